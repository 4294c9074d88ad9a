# Projects of X-rays and neutrons refined together with --with: cells, R factors and atoms of the reference; every mistake ends in a message.
set -u
. "$SOURCE/tests/examples/checks.sh"
data="$DATA/powder/std_pbso4_roundrobin"
if [ ! -e "$data/PBSO4.CWN" ]; then echo "skipped: no measured data"; exit 77; fi
rm -f x.json n.json joint.json
"$PROGRAMS/refine" --phase "$data/PbSO4-Wyckoff.cif:PbSO4" --pattern "$data/PBSO4.XRA" --instrument "$data/INST_XRY.PRM" --range 16 158.4 --project x.json > x.txt || fail "X-rays failed" x.txt
"$PROGRAMS/refine" --phase "$data/PbSO4-Wyckoff.cif:PbSO4" --pattern "$data/PBSO4.CWN" --instrument "$data/inst_d1a.prm" --project n.json > n.txt || fail "neutrons failed" n.txt
says 'converged' n.txt
cp x.json x0.json; cp n.json n0.json
"$PROGRAMS/refine" --project x.json --with n.json --separate '*.cell.*' --json joint.json --report joint.html --cif joint.cif --table joint.md > joint.txt || fail "the joint refinement failed" joint.txt
says 'All patterns: Rwp 5\.[0-9]* %' joint.txt
says 'converged$' joint.txt
says '^pattern2.PbSO4.cell.a *8\.47' joint.txt
for file in joint-2.cif joint-2.md joint.html; do [ -s "$file" ] || fail "no $file"; done
"$PROGRAMS/refine" --project x0.json --with n0.json > one.txt || fail "with one cell failed" one.txt
says 'Caution: the cell of PbSO4 by pattern 2 alone is 0\.1[0-9]* % shorter than by pattern 1: .*1\.911' one.txt
"$PROGRAMS/refine" --project x.json --with n.json --separate '*.cell.*' --fix pattern2.PbSO4.strain --free pattern2.displacement > more.txt || fail "--fix, --free failed" more.txt
says '^pattern2.displacement ' more.txt
if grep -q '^pattern2.PbSO4.strain' more.txt; then fail "--fix had no effect" more.txt; fi

expect_error 1 'no parameter of these projects matches' refine --project x.json --with n.json --free pattern3.zero
expect_error 1 'missing\.json' refine --project x.json --with missing.json
expect_error 2 'requires --project' refine --with n.json
expect_error 2 'requires --with' refine --project x.json --separate PbSO4.cell.a
expect_error 2 'refine each pattern by itself first' refine --project x.json --with n.json --phase "$data/PbSO4-Wyckoff.cif" --pattern "$data/PBSO4.XRA"
