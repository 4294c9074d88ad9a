# layers reads a POSCAR as it reads a CIF, told by the file's name or its content, and reports faults with their line.
set -e
. "$SOURCE/tests/examples/checks.sh"
cat > POSCAR_O3 <<'END'
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
cp POSCAR_O3 structure.txt
for file in POSCAR_O3 structure.txt; do
  "$PROGRAMS/layers" "$file" --json out.json > out.txt
  says '"stacking": *"O3"' out.json
  # slab 2 (1/3 - 0.2665) 16.38 = 2.18946 Å, interslab 16.38/3 - slab = 3.27054 Å
  says 'slab d(O–TM–O) 2.1895 Å, interslab d(O–A–O) 3.2705 Å' out.txt
done
sed 's/0.0 0.0 0.2665/0.0 0.0 0,2665/' POSCAR_O3 > POSCAR_comma
expect_error 1 'POSCAR_comma:15: coordinate "0,2665" is not a number' layers POSCAR_comma
