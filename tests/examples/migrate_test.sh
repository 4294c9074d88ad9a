# migrate: barriers, hops, windows and convention of CIF and POSCAR, and one clear line for what cannot be computed.
set -e
. "$SOURCE/tests/examples/checks.sh"
# O3 with slab 2.26 and interslab 3.2 Å, trivalent manganese: the reference barriers are 1.75896 (TSH) and 3.08510 eV (ODH).
o3_poscar Mn 0.264346764346764 > POSCAR_O3
"$PROGRAMS/migrate" POSCAR_O3 --ion Na --grid 0.15 --json out.json --report out.html > out.txt
says '1D barrier 1.7590 eV' out.txt
says '2D barrier 1.7590 eV' out.txt
says '^TSH  *18  *1.7590  *1.7590' out.txt
says '^ODH  *9  *3.0851  *3.0851' out.txt
says 'TSH 0.5867 Å, ODH 0.4139 Å' out.txt
says 'rank structures and paths; they are not the barriers' out.txt
says '"weight": 0.5' out.json
says '"radii": "cordero"' out.json
says '"kind": "TSH"' out.json
says '"prism": null' out.json
says '"mobile": "Na+"' out.json
says 'Energy along 2 kinds of hops' out.html
# The whole Morse term: 3.349 eV.
"$PROGRAMS/migrate" POSCAR_O3 --ion Na+ --grid 0.2 --weight 1 > out.txt
says '2D barrier 3.34[89]' out.txt
# Tetravalent: 1.815 eV, and the cell is no longer neutral.
"$PROGRAMS/migrate" POSCAR_O3 --ion Na --grid 0.2 --oxidation Mn=4 --json out.json > out.txt
says '2D barrier 1.81[45]' out.txt
says 'leave a charge of 3.000 e per cell' out.json
# P2 with mean valence: 0.3209 eV through the prism face, nothing along c.
cat > p2.cif <<'EOF'
data_P2
_cell_length_a 2.8322
_cell_length_b 2.8322
_cell_length_c 10.9169
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'P 63/m m c'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Co1 Co 0 0 0 1
O1 O 0.333333 0.666667 0.0913 1
Na1 Na 0 0 0.25 0.333333
Na2 Na 0.666667 0.333333 0.25 0.333333
EOF
"$PROGRAMS/migrate" p2.cif --ion Na --oxidation Co=3.33333 --grid 0.15 --json out.json > out.txt
says '^prism  *6  *0.3209' out.txt
says '"ions": "Co3+1.33334Co4+0.66666O2-4Na1+1.333332"' out.json
says 'window: prism face 0.8376 Å' out.txt
says '"3D": null' out.json
says 'no path in 3 dimensions below 30 eV' out.json
# What is no task: exit status 1 and one line.
refused() { # PATTERN ARGUMENTS…
  wanted=$1
  shift
  expect_error 1 "$wanted" migrate "$@"
}
refused 'no such ion in the structure, expected one of Na Mn O' POSCAR_O3 --ion K
refused 'is not a chemical species' POSCAR_O3 --ion Xx
refused 'no softBV data for Na4\+: expected one of Na\+' POSCAR_O3 --ion Na4+
refused 'no softBV data for Mn8\+' POSCAR_O3 --ion Na --oxidation Mn=8
refused 'expected an element and its mean charge' POSCAR_O3 --ion Na --oxidation Mn:3
refused 'Mn has a charge already, expected one of each element' POSCAR_O3 --ion Na --oxidation Mn=3,Mn=4
refused 'charge 1e\+300 of Mn, expected -9 to 9' POSCAR_O3 --ion Na --oxidation Mn=1e300
refused 'expected 0.01 to 0.5' POSCAR_O3 --ion Na --grid 1e-6
refused 'more than 20 million points' POSCAR_O3 --ion Na --grid 0.015
refused 'cutoff 100 Å, expected 3 to 30' POSCAR_O3 --ion Na --cutoff 100
refused 'no such file' missing.cif --ion Na
sed 's/^Na Mn O/Na Pt O/' POSCAR_O3 > POSCAR_Pt
refused 'POSCAR_Pt: .*Pt has no usual oxidation state.* or --oxidation' POSCAR_Pt --ion Na
sed 's/^0.0 0.0 0.0$/0.0 0.0 0.264346764346764/' POSCAR_O3 > POSCAR_twice
refused '0.000 Å apart' POSCAR_twice --ion Na
sed 's/^0.0 0.0 0.5$/0.0 0.0 nan/' POSCAR_O3 > POSCAR_nan
refused 'POSCAR_nan:9: ' POSCAR_nan --ion Na
expect_error 2 'weight' migrate POSCAR_O3 --ion Na --weight 0.7
