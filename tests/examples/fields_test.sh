# fields reads grids of VASP and cubes, plain or compressed, and averages them over planes and around the oxygens of each layer.
set -e
cat > head.txt <<'END'
O3 NaCoO2
1.0
 2.96 0.0 0.0
 -1.48 2.5634351951998455 0.0
 0.0 0.0 16.38
Na Co O
3 3 6
Direct
0.0 0.0 0.5
0.666666666666667 0.333333333333333 0.833333333333333
0.333333333333333 0.666666666666667 0.166666666666667
0.0 0.0 0.0
0.666666666666667 0.333333333333333 0.333333333333333
0.333333333333333 0.666666666666667 0.666666666666667
0.0 0.0 0.2665
0.666666666666667 0.333333333333333 0.599833333333333
0.333333333333333 0.666666666666667 0.933166666666667
0.0 0.0 0.7335
0.666666666666667 0.333333333333333 0.066833333333333
0.333333333333333 0.666666666666667 0.400166666666667

END
# A field that is the height k of the point: planar averages 0, 1, … 59, mean 29.5.
{ cat head.txt; echo ' 12 12 60'; awk 'BEGIN { for (k = 0; k < 60; ++k) for (n = 0; n < 144; ++n) printf " 0.%02dE+02%s", k, n % 5 == 4 ? "\n" : ""; print "" }'; } > ELFCAR_O3
"$PROGRAMS/fields" ELFCAR_O3 --json out.json --report out.html > out.txt
tr -d ' \n' < out.json > flat.json
has() { grep -q "$1" "$2" || { echo "no $1 in $2"; cat "$2"; exit 1; }; }
has '"kind":"ELFCAR"' flat.json
has '"shape":\[12,12,60\]' flat.json
has '"mean":29.5[,}]' flat.json
has '"values":\[0.0,1.0,2.0,3.0,' flat.json
has '"axis":"c"' flat.json
has '"by_metal":{"Co":' flat.json
# Oxygen planes at (1/3 - 0.2665) c = 1.0947 Å and 0.2665 c = 4.3653 Å.
has '"height":1.09472' flat.json
has '"height":4.3652' flat.json
[ "$(grep -c '"by_metal"' out.json)" -eq 6 ] || { echo "not six oxygen layers"; exit 1; }
has 'integral .* Å³, mean 29.5' out.txt
has '<figure>' out.html
# The same numbers are electrons in a CHGCAR; a compressed file gives the same.
cp ELFCAR_O3 copy
"$PROGRAMS/fields" copy --kind CHGCAR --json charge.json --axis a > out.txt
tr -d ' \n' < charge.json > flat.json
has '"integral":29.5[,}]' flat.json
has '"integral_unit":"electrons"' flat.json
has '"axis":"a"' flat.json
if command -v gzip > gzip.txt; then
  gzip -nc ELFCAR_O3 > ELFCAR_O3.gz
  "$PROGRAMS/fields" ELFCAR_O3.gz --json packed.json > out.txt
  cmp out.json packed.json || { echo "another result from the compressed file"; exit 1; }
fi
fails() {
  status=0
  "$PROGRAMS/fields" "$1" > out.txt 2> error.txt || status=$?
  [ "$status" -eq 1 ] || { echo "exit status $status for $1, expected 1"; exit 1; }
  [ "$(wc -l < error.txt)" -eq 1 ] || { echo "more than one line"; cat error.txt; exit 1; }
  has "$2" error.txt
}
fails copy 'copy: the name does not say what the values are, expected'
head -c 20000 ELFCAR_O3 > ELFCAR_cut
fails ELFCAR_cut 'ELFCAR_cut:.*expected'
sed 's/0.41E+02/NaN/' ELFCAR_O3 > ELFCAR_nan
fails ELFCAR_nan 'ELFCAR_nan:[0-9]*: "NaN" is not finite, expected a number'
sed 's/ 12 12 60/ 12 12 59/' ELFCAR_O3 > ELFCAR_count
fails ELFCAR_count 'ELFCAR_count:[0-9]*: more values than the divisions of the grid declare'
sed 's/ 12 12 60/ 90000 90000 90000/' ELFCAR_O3 > ELFCAR_huge
fails ELFCAR_huge 'more than the rest of the file can hold'
status=0
"$PROGRAMS/fields" > out.txt 2>&1 || status=$?
[ "$status" -eq 2 ] || { echo "exit status $status without a file, expected 2"; exit 1; }
