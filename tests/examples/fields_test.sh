# fields reads grids of VASP and cubes, plain or compressed, and averages them over planes and around the oxygens of each layer.
set -e
. "$SOURCE/tests/examples/checks.sh"
{ o3_poscar Co 0.2665; echo; } > head.txt
# A field that is the height k of the point: planar averages 0, 1, … 59, mean 29.5.
{ cat head.txt; echo ' 12 12 60'; awk 'BEGIN { for (k = 0; k < 60; ++k) for (n = 0; n < 144; ++n) printf " 0.%02dE+02%s", k, n % 5 == 4 ? "\n" : ""; print "" }'; } > ELFCAR_O3
"$PROGRAMS/fields" ELFCAR_O3 --json out.json --report out.html > out.txt
tr -d ' \n' < out.json > flat.json
says '"kind":"ELFCAR"' flat.json
says '"shape":\[12,12,60\]' flat.json
says '"mean":29.5[,}]' flat.json
says '"values":\[0.0,1.0,2.0,3.0,' flat.json
says '"axis":"c"' flat.json
says '"by_metal":{"Co":' flat.json
# Oxygen planes at (1/3 - 0.2665) c = 1.0947 Å and 0.2665 c = 4.3653 Å.
says '"height":1.09472' flat.json
says '"height":4.3652' flat.json
[ "$(grep -c '"by_metal"' out.json)" -eq 6 ] || fail "not six oxygen layers"
says 'integral .* Å³, mean 29.5' out.txt
says '<figure>' out.html
# The same numbers are electrons in a CHGCAR; a compressed file gives the same.
cp ELFCAR_O3 copy
"$PROGRAMS/fields" copy --kind CHGCAR --json charge.json --axis a > out.txt
tr -d ' \n' < charge.json > flat.json
says '"integral":29.5[,}]' flat.json
says '"integral_unit":"electrons"' flat.json
says '"axis":"a"' flat.json
if command -v gzip > gzip.txt; then
  gzip -nc ELFCAR_O3 > ELFCAR_O3.gz
  "$PROGRAMS/fields" ELFCAR_O3.gz --json packed.json > out.txt
  cmp out.json packed.json || fail "another result from the compressed file"
fi
expect_error 1 'copy: the name does not say what the values are, expected' fields copy
head -c 20000 ELFCAR_O3 > ELFCAR_cut
expect_error 1 'ELFCAR_cut:.*expected' fields ELFCAR_cut
sed 's/0.41E+02/NaN/' ELFCAR_O3 > ELFCAR_nan
expect_error 1 'ELFCAR_nan:[0-9]*: "NaN" is not finite, expected a number' fields ELFCAR_nan
sed 's/ 12 12 60/ 12 12 59/' ELFCAR_O3 > ELFCAR_count
expect_error 1 'ELFCAR_count:[0-9]*: more values than the divisions of the grid declare' fields ELFCAR_count
sed 's/ 12 12 60/ 90000 90000 90000/' ELFCAR_O3 > ELFCAR_huge
expect_error 1 'more than the rest of the file can hold' fields ELFCAR_huge
expect_error 2 'FILE is required' fields
