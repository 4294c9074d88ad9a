# The particle agrees with the closed forms it prints beside itself, the function with the law it was made with, and stress levels the
# sodium out.
set -u
. "$SOURCE/tests/examples/checks.sh"
"$PROGRAMS/diffusion_strain" > out.txt || fail "diffusion_strain failed" out.txt
cat out.txt
# "check  2 min: surface S closed form S, stress P closed form P MPa": contents to 2e-5 (60 shells), stresses to a thousandth.
awk '/^check/ { n++; d = $5 - $8; e = $10 / $13 - 1; if (d * d > 4e-10 || e * e > 1e-6) bad = 1 } END { exit !(n == 3 && !bad) }' out.txt || fail "not the closed form"
# Ω in "0.40  41.0277(18)  3.84(3) (3.80)": within three esds of the law.
awk '/^0\.[0-9]* / { split($3, a, /[().]/); unit = 10 ^ -length(a[2]); d = $3 + 0 - substr($4, 2); n++; if (d * d > 9 * (a[3] * unit) ^ 2) bad = 1 } END { exit !(n == 4 && !bad) }' out.txt ||
  fail "Ω is not that of the law"
# All sodium that the flux took is gone, and the feedback makes the sphere more even and less stressed.
awk '/^ *60  / { gsub(/[(),]/, ""); found = 1; d = $2 - 0.5; if (d * d > 1e-8 || $3 <= $5 || $4 >= $6) bad = 1 } END { exit !(found && !bad) }' out.txt || fail "the particle at the end"
