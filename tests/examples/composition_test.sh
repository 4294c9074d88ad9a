# The program composition: its JSON against numbers from elsewhere, and bad input, which ends with one line, exit status 1
# (bad input) or 2 (wrong usage), and no output file. Needs no measured data.
set -u
. "$SOURCE/tests/examples/checks.sh"

# expect STATUS PATTERN ARGUMENTS…: and no output file.
expect() {
  wanted_status=$1 wanted=$2
  shift 2
  rm -f out.json
  expect_error "$wanted_status" "$wanted" composition "$@" --json out.json
  [ ! -e out.json ] || fail "composition $*: left an output file behind"
}
expect 1 'NaXyO2.*character 3.*expected the symbol of an element' NaXyO2
expect 1 'character 4.*expected a decimal point' Na0,67CoO2
expect 1 'expected an anion such as O' NaCo
expect 1 'expected an anion such as O .not a zero.' NaNi0.5Mn0.502
expect 1 'character 6.*plain digits, not subscripts' 'NaCoO₂'
expect 1 'expected a cation other than the alkali' Na2O
expect 1 'expected an element symbol' ''
expect 1 'formulas with _x are templates' Na_xCoO2
expect 1 'expected square brackets around the slab only' 'Na[Co][O2]'
expect 1 'expected a closing bracket' 'Na(Co'
expect 1 'expected a total amount above zero' Na0
expect 1 'at most 4096 characters' "$(head -c 5000 /dev/zero | tr '\0' O)"
expect 2 'FORMULA is required'
expect 2 'not expected' NaCoO2 LiCoO2
expect 2 'not expected' NaCoO2 --nothing

# A file that cannot be written: an error, and nothing half-written.
expect_error 1 'missing' composition NaCoO2 --json missing/out.json
"$PROGRAMS/composition" --help | grep -q FORMULA || fail "no help"
"$PROGRAMS/composition" --version | grep -Eq '^[0-9]+\.[0-9]+\.[0-9]+$' || fail "no version"

# value FILE PATH EXPECTED [TOLERANCE]: a number or text in the JSON. Python's own reader, not the one under test.
if command -v python3 > /dev/null; then
  cat > check.py <<'PY'
import json, sys
file, path, expected = sys.argv[1:4]
value = json.load(open(file, encoding="utf-8"))
for part in path.split("."):
    value = value[int(part) if part.lstrip("-").isdigit() and isinstance(value, list) else part]
if len(sys.argv) > 4:
    sys.exit(not abs(value - float(expected)) <= float(sys.argv[4]))
sys.exit(json.dumps(value, sort_keys=True) != expected)
PY
  value() { python3 check.py "$@" 2> /dev/null || fail "$1: $2 is not $3: $(head -c 2000 "$1")"; }
else
  echo "python3 is missing: the numbers in the JSON are not checked"
  value() { :; }
fi
make_json() { "$PROGRAMS/composition" "$2" --json "$1" > stdout.txt 2> stderr.txt || fail "$2 is refused" stderr.txt; }

make_json he.json NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2
for key in schema program version formula molar_mass sublattices entropy entropy_with_vacancies charge cationic_potential \
           predicted_stacking theoretical_capacity warnings; do
  grep -q "\"$key\":" he.json || fail "no key $key"
done
value he.json schema 1
value he.json program '"composition"'
value he.json warnings '[]'
value he.json formula '"NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"'
value he.json molar_mass 115.033 1e-3
value he.json sublattices.alkali '{"Na": 1.0}'
value he.json sublattices.slab.Mn 0.3
value he.json entropy.per_TM_site 1.6957 1e-4        # -(0.4 ln 0.2 + 0.3 ln 0.3 + 0.3 ln 0.1)
value he.json entropy.per_formula_unit 1.6957 1e-4
value he.json entropy.per_cation 0.84785 1e-4
value he.json entropy.per_atom 0.42393 1e-4
value he.json charge.balanced true
value he.json charge.imbalance 0 1e-12
value he.json charge.states.3.element '"Mn"'
value he.json charge.states.3.chosen 4 1e-9
value he.json charge.states.3.max 4 1e-9
value he.json cationic_potential.phi_TM 4.9056 1e-4
value he.json cationic_potential.phi_Na 0.98039 1e-4
value he.json cationic_potential.phi_O 2.85714 1e-4  # 2 x 2 / 1.40
value he.json cationic_potential.phi_cation 1.6833 1e-4
value he.json predicted_stacking '"O3"'
value he.json theoretical_capacity 232.99 0.01

make_json p2.json 'Na2/3[Ni1/3Mn2/3]O2'
value p2.json predicted_stacking '"P2"'
value p2.json entropy_with_vacancies.per_formula_unit 1.27303 1e-4  # ln 3 - 2/3 ln 2 on either layer
value p2.json theoretical_capacity 172.6 0.05

make_json both.json 'Na0.9Mg0.05[Ni0.45Mn0.5Na0.05]O2'
value both.json sublattices.alkali '{"Mg": 0.05, "Na": 0.9}'
value both.json sublattices.slab '{"Mn": 0.5, "Na": 0.05, "Ni": 0.45}'
value both.json predicted_stacking null

make_json vacant.json 'Na4/7[Vac1/7Mn6/7]O2'
value vacant.json sublattices.slab.Vac 0.142857 1e-6
value vacant.json charge.states.1.chosen 4 1e-9

make_json odd.json Na3CoO2                           # no vacancies to count, no neutral assignment
value odd.json entropy_with_vacancies null
value odd.json charge.balanced false
value odd.json charge.imbalance 1 1e-9
value odd.json charge.states.1.min null
grep -q 'no assignment of usual oxidation states is neutral' odd.json || fail "no warning about the charge"
make_json cerium.json NaCeO2                         # no usual state
value cerium.json charge null
value cerium.json cationic_potential null
value cerium.json predicted_stacking null
value cerium.json theoretical_capacity 137.37 0.02   # 26801.5 / (22.990 + 140.116 + 31.998)
make_json lithium.json LiCoO2                        # the boundary was made for sodium
value lithium.json predicted_stacking null
value lithium.json theoretical_capacity 273.8 0.1
# What the boundary was not fitted to is said.
make_json sulfide.json NaTiS2
value sulfide.json predicted_stacking null
grep -q 'expected an oxide' sulfide.json || fail "no reason why a sulfide has no predicted stacking"
make_json dilute.json Na0.3CoO2
grep -q '0.300 sodium per two anions, beyond the 0.60 to 1' dilute.json || fail "no warning of little sodium"
[ "$(grep -c 'no usual oxidation state' cerium.json)" -eq 1 ] || fail "the same warning twice"
# Charges written in the formula are where the cations start: NaMn3+O2 delivers all its sodium.
"$PROGRAMS/composition" NaMn3+O2 > stdout.txt
says 'of which cations can deliver 243.8' stdout.txt
