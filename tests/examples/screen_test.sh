# screen enumerates the substitutions of a host, ranks them and tells the place of a composition; the same on any number of threads.
set -e
. "$SOURCE/tests/examples/checks.sh"
family='--host NaNi0.2Fe0.2Mn0.6O2 --candidates Mg:0..0.2,Cu:0..0.2,Sn:0..0.2'
he=NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2
"$PROGRAMS/screen" $family --site TM --step 0.05 --require 'entropy>=1.5' --barriers --lattice 2.96,2.26,3.20 --mark $he --top 30 \
  --threads 1 --json one.json --csv one.csv --report one.html > one.txt
tr -d ' \n' < one.json > flat.json
# Twentieths of Ni, Fe (0 to 4), Mn (0 to 12), Mg, Cu, Sn (0 to 4) that add up to 20.
count=$(awk 'BEGIN { for (a = 0; a < 5; ++a) for (b = 0; b < 5; ++b) for (c = 0; c < 5; ++c) for (d = 0; d < 5; ++d) for (e = 0; e < 5; ++e)
  { m = 20 - a - b - c - d - e; if (m >= 0 && m <= 12) ++n } print n }')
says "\"enumerated\":$count[,}]" flat.json
says '"criteria":\[{"meaning":"[^"]*","name":"entropy","origin":"computed","unit":"RperTMsite"}' flat.json
says '"name":"barrier","origin":"estimated","unit":"eV"' flat.json
says '"seconds":' flat.json
[ "$(grep -c '"rank"' one.json)" -eq 32 ] || fail "not 30 candidates, the host and one marked"
[ "$(wc -l < one.csv)" -eq 31 ] || fail "not 30 lines of CSV"
says '^1,Na' one.csv
says "marked $he: rank [0-9]* of [0-9]*" one.txt
says '"reason": "not neutral with usual oxidation states, or a requirement is not kept"' one.json # the host: 0.95 R
says '<figure>' one.html
# Every candidate keeps the requirement.
awk -F, 'NR > 1 && $5 < 1.5 - 1e-9 { exit 1 }' one.csv || fail "a candidate below 1.5 R"
for threads in 2 5; do
  "$PROGRAMS/screen" $family --step 0.05 --require 'entropy>=1.5' --barriers --lattice 2.96,2.26,3.20 --mark $he --top 30 --threads $threads --csv other.csv --json other.json > other.txt
  cmp one.csv other.csv || fail "another result on $threads threads"
  grep -v '"seconds"' one.json > a.json
  grep -v '"seconds"' other.json > b.json
  cmp a.json b.json || fail "other JSON on $threads threads"
done
fails() { # PATTERN ARGUMENTS…
  wanted=$1
  shift
  expect_error 1 "$wanted" screen "$@"
}
host='--host NaNi0.2Fe0.2Mn0.6O2'
fails 'Xx' $host --candidates Xx:0..0.2
fails 'range of Mg from 0.3 to 0.1' $host --candidates Mg:0.3..0.1
fails 'expected elements with their amounts' $host --candidates Mg=0.2
fails 'is no number' $host --candidates Mg:0..zero
fails 'step 0, expected' $family --step 0
fails 'not a whole number of steps' $family --step 0.03
fails '[0-9]* compositions, expected at most 20000000' $family --step 0.002
fails '"entopy" is no criterion, expected one of entropy' $family --require 'entopy>=1.5'
fails 'requirement "entropy", expected' $family --require entropy
fails 'expected barriers to be asked for' $family --require 'barrier<2'
fails 'no price of' $family --prices Ni=14
fails 'expected a, slab and interslab' $family --lattice 2.96,3.2
"$PROGRAMS/screen" $family --step 0.1 --require 'entropy>=3' --json none.json > none.txt # nothing is feasible: no failure
says '"feasible": 0' none.json
says 'no composition is neutral' none.txt
expect_error 2 'site' screen $family --site Na
