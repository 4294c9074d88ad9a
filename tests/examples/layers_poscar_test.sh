# layers reads a POSCAR as it reads a CIF, told by the file's name or its content, and reports faults with their line.
set -e
. "$SOURCE/tests/examples/checks.sh"
o3_poscar Co 0.2665 > POSCAR_O3
cp POSCAR_O3 structure.txt
for file in POSCAR_O3 structure.txt; do
  "$PROGRAMS/layers" "$file" --json out.json > out.txt
  says '"stacking": *"O3"' out.json
  # slab 2 (1/3 - 0.2665) 16.38 = 2.18946 Å, interslab 16.38/3 - slab = 3.27054 Å
  says 'slab d(O–TM–O) 2.1895 Å, interslab d(O–A–O) 3.2705 Å' out.txt
done
sed 's/0.0 0.0 0.2665/0.0 0.0 0,2665/' POSCAR_O3 > POSCAR_comma
expect_error 1 'POSCAR_comma:15: coordinate "0,2665" is not a number' layers POSCAR_comma
# What has no layers is said, with exit status 0, and why in the JSON.
sed 's/^Na Co O$/Co Co O/' POSCAR_O3 > POSCAR_metals
"$PROGRAMS/layers" POSCAR_metals --json out.json > out.txt
says '^Not layered: in no direction' out.txt
says '"layered": false' out.json
says '"not layered: in no direction' out.json
says '"word": null' out.json
# The upper oxygen plane of every slab over the lower one: the metal sits in a prism, which no stacking word has.
awk 'NR == 18 { $1 = "0.666666666666667"; $2 = "0.333333333333333" } NR == 19 { $1 = "0.333333333333333"; $2 = "0.666666666666667" }
     NR == 20 { $1 = $2 = "0.0" } { print }' POSCAR_O3 > POSCAR_prisms
"$PROGRAMS/layers" POSCAR_prisms --json out.json > out.txt
says 'no stacking of octahedral slabs' out.txt
says '"stacking": null' out.json
says '"no stacking: a slab is not octahedral' out.json
