# Bad input to the program refine: each ends with one line that names the file and what was expected, exit status 1 (bad
# input) or 2 (wrong usage), and no output file. Needs no measured data.
set -u
. "$SOURCE/tests/examples/checks.sh"
cat > good.cif <<'CIF'
data_NaCrO2
_cell_length_a 2.974
_cell_length_b 2.974
_cell_length_c 15.956
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
awk 'BEGIN { for (i = 0; i <= 2000; i++) printf "%.2f %d\n", 15 + 0.02 * i, 100 + 50 * exp(-((i - 83) / 4) ^ 2) }' > good.xy

# expect STATUS PATTERN ARGUMENTS…: and no output file.
expect() {
  wanted_status=$1 wanted=$2
  shift 2
  rm -f out.json out.html
  expect_error "$wanted_status" "$wanted" refine "$@" --json out.json --report out.html
  [ ! -e out.json ] && [ ! -e out.html ] || fail "refine $*: left an output file behind"
}
pattern() { expect 1 "$2" --phase good.cif --pattern "$1" --radiation CuKa; }
phase() { expect 1 "$2" --phase "$1" --pattern good.xy --radiation CuKa; }

: > empty.xy;                                     pattern empty.xy 'empty\.xy.*expected'
printf '10\n10.1\n' > one.xy;                     pattern one.xy 'one\.xy:1.*one column, expected'
printf '10 5\n10.1 nan\n10.2 7\n' > nan.xy;       pattern nan.xy 'nan\.xy:2'
printf '10 5\n10.1 6\n10.05 7\n' > down.xy;       pattern down.xy 'down\.xy:3'
printf '10 5\n10.1 -6\n10.2 7\n' > negative.xy;   pattern negative.xy 'negative\.xy:2.*negative'
printf '10,0 5,0\n10,1 6,0\n' > comma.xy;         pattern comma.xy 'comma\.xy:1'
printf '10 5\r\n10.1 x\r\n' > text.xy;            pattern text.xy 'text\.xy:2'
head -c 3000 /dev/urandom > garbage.xy;           pattern garbage.xy 'garbage\.xy'
pattern missing.xy 'missing\.xy'
awk '{ print $1, 0 }' good.xy > zero.xy;          pattern zero.xy 'zero\.xy has no counts'
head -15 good.xy > few.xy;                        pattern few.xy 'few\.xy: expected more than [0-9]+ points for [0-9]+ parameters, got 15'
printf '10 5 1\n10.1 6 0\n10.2 7 1\n' > sigma.xye; pattern sigma.xye 'sigma\.xye:2.*sigma'
pattern . 'directory'
printf '<?xml version="1.0"?>\n<other/>\n' > other.xrdml;  pattern other.xrdml 'other\.xrdml.*expected'
printf '<?xml version="1.0"?>\n<xrdMeasurements>\n<scan>' > cut.xrdml; pattern cut.xrdml 'cut\.xrdml:3'

: > empty.cif;                                    phase empty.cif 'empty\.cif'
sed '/^loop_/,$d' good.cif > atomless.cif;        phase atomless.cif 'atomless\.cif.*expected'
sed 's/^Cr1 Cr/Xx1 Xx/' good.cif > element.cif;   phase element.cif 'element\.cif:16.*Xx'
sed 's/15.956/long/' good.cif > cell.cif;         phase cell.cif 'cell\.cif:4'
sed '/_cell_length_c/d' good.cif > short.cif;     phase short.cif 'short\.cif.*_cell_length_c'
sed 's/R -3 m :H/R 17 x/' good.cif > group.cif;   phase group.cif 'group\.cif:8'
sed 's/^O1 O 0 0 0.267/O1 O 0 0/' good.cif > cut.cif; phase cut.cif 'cut\.cif'
head -c 3000 /dev/urandom > garbage.cif;          phase garbage.cif 'garbage\.cif'
phase missing.cif 'missing\.cif'
sed 's/^Cr1 Cr/Cr1 Cr7+/' good.cif > ion.cif;     phase ion.cif 'form factor for Cr7\+.*expected'

expect 1 'no points.*expected' --phase good.cif --pattern good.xy --radiation CuKa --range 100 120
expect 1 'wavelength, expected --radiation' --phase good.cif --pattern good.xy
expect 1 'two phases are called A.*expected' --phase good.cif:A --phase good.cif:A --pattern good.xy --radiation CuKa
expect 1 'expected NAME=NUMBER' --phase good.cif --pattern good.xy --radiation CuKa --start nothing=1
expect 1 'no parameter.*matches.*nothing' --phase good.cif --pattern good.xy --radiation CuKa --fix nothing
expect 1 'dispersion' --phase good.cif --pattern good.xy --wavelength 0.4139 --dispersion on
expect 2 'radiation' --phase good.cif --pattern good.xy --radiation Cu
expect 2 'pattern is required' --phase good.cif
expect 1 'nowhere/all\.json.*cannot write' --phase good.cif --pattern good.xy --radiation CuKa --project nowhere/all.json
expect 2 'range' --phase good.cif --pattern good.xy --radiation CuKa --range 10

# And the same files without a fault are refined.
"$PROGRAMS/refine" --phase good.cif --pattern good.xy --radiation CuKa --json out.json > stdout.txt 2>&1 || fail "the good files are refused" stdout.txt
says '"schema": 1' out.json
