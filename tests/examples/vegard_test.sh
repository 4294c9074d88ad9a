# The composition that the synthetic pattern was made from comes back within three of its esds, and the esd is one of a real fit.
set -u
. "$SOURCE/tests/examples/checks.sh"
"$PROGRAMS/vegard" > out.txt || fail "vegard failed" out.txt
cat out.txt
# "O3.x      0.7504(2)": x, and its esd in units of the last digit.
sed -n 's/^O3\.x  *0\.\([0-9]*\)(\([0-9]*\))$/\1 \2/p' out.txt | awk '
  { unit = 10 ^ -length($1); x = $1 * unit; esd = $2 * unit; found = 1 }
  END { exit !(found && esd > 5e-5 && esd < 2e-3 && (x - 0.75) ^ 2 <= 9 * esd ^ 2) }' || fail "x is not 0.750 within three esds"
# c = 16.80 - 1.20 x, and a third of it is slab and interslab together.
awk '/^c / { c = $2 + 0 } /^slab/ { s = $2 + 0 } /^interslab/ { i = $2 + 0 } END { exit !((c - 15.9) ^ 2 < 1e-5 && (s + i - c / 3) ^ 2 < 4e-6) }' out.txt ||
  fail "c, slab and interslab do not fit together"
says 'converged$' out.txt
