# layers gives the distances of a CIF with esds their esds and correlation, and says where there are none and why.
set -e
. "$SOURCE/tests/examples/checks.sh"
cat > licoo2.cif <<'END'
data_LiCoO2
_cell_length_a 2.8185(1)
_cell_length_b 2.8185(1)
_cell_length_c 14.0664(2)
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'R -3 m :H'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_type_symbol
Li1 0 0 0.5 Li
Co1 0 0 0 Co
O1 0 0 0.2592(1) O
END
"$PROGRAMS/layers" licoo2.cif --json out.json > out.txt
# slab 2c(1/3 - z) = 2.0856 Å, sigma = 2c sigma_z = 0.0028 Å; interslab c/3 - slab
says 'slab d(O–TM–O) 2.086(3) Å, interslab d(O–A–O) 2.603(3) Å' out.txt
says 'correlation of slab and interslab -0.9997' out.txt
says '"thickness_esd": 0.00281' out.json
says '"warnings": \[\]' out.json
# without the esd of z
sed 's/0.2592(1)/0.2592/' licoo2.cif > cell_only.cif
"$PROGRAMS/layers" cell_only.cif --json out.json > out.txt
says 'slab d(O–TM–O) 2.0856 Å, interslab d(O–A–O) 2.6032 Å' out.txt
says '"thickness_esd": null' out.json
says 'coordinates without an esd have none (O1.z)' out.json
# the height of the other setting
sed 's/0.2592(1)/0.2408(1)/' licoo2.cif > swapped.cif
"$PROGRAMS/layers" swapped.cif --json out.json > out.txt
says 'Caution: the slabs (2.603 Å) are thicker than the interslabs (2.086 Å)' out.txt
says "Caution: metal-oxygen bonds of 2.084 Å in a slab, expected 1.845 to 2.045 Å from Shannon's radii" out.txt
says 'are swapped' out.json
