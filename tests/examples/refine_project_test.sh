# A refinement saved with --project goes on from there: the same Rwp and cell, in a cycle or two, and the file is written again.
# Damaged and contradictory projects end in one line.
set -u
. "$SOURCE/tests/examples/checks.sh"
data="$DATA/powder/o3_nacro2_lab"
if [ ! -e "$data/CG20396_jdb12-1.xrdml" ]; then echo "skipped: no measured data"; exit 77; fi
rm -f project.json first.json second.json
"$PROGRAMS/refine" --phase "$data/nacro2_gsas2.cif:O3" --pattern "$data/CG20396_jdb12-1.xrdml" --range 12 125 --project project.json \
  --json first.json > first.txt || fail "refine failed" first.txt
cp project.json saved.json
"$PROGRAMS/refine" --project project.json --json second.json --cif second.cif --table second.md > second.txt || fail "refine --project failed" second.txt
number() { grep -o "\"$2\": *[-0-9.e+]*" "$1" | head -1 | sed 's/.*: *//'; }
awk -v a="$(number first.json Rwp)" -v b="$(number second.json Rwp)" 'BEGIN { exit !(a > 5 && (a - b) ^ 2 < 1e-8) }' || fail "Rwp $(number first.json Rwp), then $(number second.json Rwp)"
awk -v c="$(number second.json cycles)" 'BEGIN { exit !(c >= 1 && c <= 2) }' || fail "$(number second.json cycles) cycles, expected 1 or 2"
awk -v a="$(number saved.json chi_square)" -v b="$(number project.json chi_square)" 'BEGIN { exit !(a > 5000 && (a / b - 1) ^ 2 < 1e-10) }' || fail "chi-square changed"

grep -q '^_pd_proc_ls_prof_wR_factor 0\.078' second.cif || fail "no Rwp in second.cif"
grep -Eq '^O1 O .* 0\.267[0-9]*\([0-9]+\) ' second.cif || fail "no esd of z in second.cif"
grep -q '^| c / Å | 15\.956[0-9]*([0-9]*) |' second.md || fail "no c in second.md"
grep -q '^| Interslab d(O–A–O) / Å | 3\.2[0-9]*([0-9]) |' second.md || fail "no interslab in second.md"

expect() { # STATUS PATTERN ARGUMENTS…
  wanted_status=$1 wanted=$2
  shift 2
  expect_error "$wanted_status" "$wanted" refine "$@"
}
head -c 2000 saved.json > cut.json;                              expect 1 'cut\.json:[0-9]+: not valid JSON' --project cut.json
sed 's/"O3.cell.b": [0-9.]*/"O3.cell.b": 3.5/' saved.json > b.json; expect 1 'b\.json: parameters: O3\.cell: the cell' --project b.json
sed 's/"O3.O1.z"/"O3.O1.zed"/' saved.json > name.json;            expect 1 'name\.json: parameters: no "O3\.O1\.z"' --project name.json
expect 1 'missing\.json' --project missing.json
expect 1 'no parameter.*expected' --project saved.json --free O3.nobody
expect 2 'start anew' --project saved.json --range 12 100
expect 2 'phase is required' --pattern "$data/CG20396_jdb12-1.xrdml"
