# operando_mpi writes the same file with one process and with 2, 3 and 4, and ends with one error where a process meets bad input.
set -u
. "$SOURCE/tests/examples/checks.sh"
if [ ! -x "$PROGRAMS/operando_mpi" ] || ! command -v mpirun > where.txt; then
  echo "skipped: no MPI"
  exit 77
fi
# Containers run as root with few cores; other kinds of MPI do not know these names.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_mpi_yield_when_idle=1

cat > o3.cif <<'CIF'
data_NaCrO2
_cell_length_a 2.97
_cell_length_b 2.97
_cell_length_c 16.00
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'R -3 m :H'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Na1 Na 0 0 0.5
Cr1 Cr 0 0 0
O1 O 0 0 0.267
CIF

# pattern A C SEED: peaks of such a cell on a level background with noise, 14 to 50 degrees. Lorentzian peaks at their Bragg angles; heights are
# made up, for their intensities are free in the refinement (--lebail).
pattern() {
  awk -v a="$1" -v c="$2" -v seed="$3" 'BEGIN {
    srand(seed); pi = atan2(0, -1); w = 1.5406
    n = split("0 0 3 3000 0 0 6 500 1 0 1 900 0 1 2 700 1 0 4 2500 0 1 5 800", t, " ")
    for (k = 0; k < n / 4; ++k) {
      h = t[4*k+1]; j = t[4*k+2]; l = t[4*k+3]; top[k] = t[4*k+4]
      s = w / 2 * sqrt(4 / 3 * (h*h + h*j + j*j) / (a*a) + l*l / (c*c))
      at[k] = 360 / pi * atan2(s, sqrt(1 - s*s))
    }
    for (i = 0; i <= 900; ++i) {
      x = 14 + 0.04 * i; y = 100
      for (k = 0; k < n / 4; ++k) y += top[k] / (1 + ((x - at[k]) / 0.06) ^ 2)
      printf "%.2f %.1f %.3f\n", x, y + sqrt(y) * (rand() + rand() + rand() + rand() - 2) * sqrt(3), sqrt(y)
    }
  }'
}
rm -rf charge rest broken
mkdir charge rest broken
for i in 0 1 2 3 4; do
  pattern "$(awk "BEGIN { print 2.97 - 0.002 * $i }")" "$(awk "BEGIN { print 16.00 + 0.02 * $i }")" "$i" > charge/scan$i.xye
done
for i in 0 1 2; do pattern 2.975 15.97 "1$i" > rest/scan$i.xye; done
echo 'not a pattern' > charge/scan3.xye # stays with that pattern

options='--phase o3.cif:O3 --wavelength 1.5406 --lebail --background 2 --fix pattern.asymmetry --fix pattern.displacement --fix *.strain --fix pattern.W --start pattern.asymmetry=0.001 --start pattern.W=0.00001'
set -f # * above is for the program
refine() { # PROCESSES JSON ARGUMENTS…
  processes=$1 file=$2
  shift 2
  rm -f "$file"
  timeout 300 mpirun -n "$processes" "$PROGRAMS/operando_mpi" $options --json "$file" "$@" > out.txt 2> error.txt
}

"$PROGRAMS/operando_mpi" $options --patterns charge --patterns rest --segment 2 --json alone.json > out.txt 2> error.txt || fail "without mpirun" error.txt
says '^charge: 5 patterns, 4 with values$' out.txt
says '^rest: 3 patterns, 3 with values$' out.txt
tr -d ' \n' < alone.json > flat.json
says '"program":"operando_mpi"' flat.json
says '"file":"charge/scan3.xye","notes":\["charge/scan3.xye:1[^"]*"\],"status":"unreadable","values":{}' flat.json
[ "$(grep -c '"status": "refined"' alone.json)" -eq 7 ] || fail "not all refined" alone.json
# a falls by 0.002 and c rises by 0.02 from pattern to pattern; their esds are some 10⁻⁴ and 10⁻³.
grep -A2 '"O3.cell.[ac]": {' alone.json | awk '/value/ { v[n++] = $2 + 0 } END {
  exit !(n == 14 && (v[0] - 2.97) ^ 2 < 1e-6 && (v[1] - 16) ^ 2 < 1e-4 && (v[6] - 2.962) ^ 2 < 1e-6 && (v[7] - 16.08) ^ 2 < 1e-4 && (v[8] - 2.975) ^ 2 < 1e-6) }' ||
  fail "the cells are not those that the patterns were made with" alone.json
for processes in 2 3 4; do
  refine $processes many.json --patterns charge --patterns rest --segment 2 || fail "with $processes processes" error.txt
  cmp alone.json many.json || fail "another result with $processes processes"
done
# Whole runs; more processes than these.
"$PROGRAMS/operando_mpi" $options --patterns charge --patterns rest --segment 0 --json alone.json > out.txt 2> error.txt || fail "whole runs" error.txt
refine 3 many.json --patterns charge --patterns rest --segment 0 || fail "whole runs with 3 processes" error.txt
cmp alone.json many.json || fail "another result of whole runs with 3 processes"

# A run that one process alone works on is bad: all end, with its message and no file.
refused() { # PATTERN
  status=0
  refine 3 many.json --patterns charge --patterns "$2" --segment 0 || status=$?
  [ "$status" -eq 1 ] || fail "exit status $status with a bad run, expected 1" error.txt
  [ "$(grep -c -e "$1" error.txt)" -eq 1 ] || fail "not once '$1':" error.txt
  [ ! -e many.json ] || fail "left a file behind"
}
refused 'nowhere: no such file' nowhere
refused 'broken/\*: no such file, expected patterns' broken
set +f
cp charge/scan3.xye broken/
set -f
refused 'broken/scan3.xye:1' broken
expect_error 2 'patterns is required' operando_mpi --phase o3.cif
expect_error 1 'none.cif' operando_mpi --phase none.cif --patterns rest --wavelength 1.5
