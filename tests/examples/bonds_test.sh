# bonds sums the valences of a CIF and the entries of a LOBSTER list, says which constants, and refuses what it cannot read.
set -e
. "$SOURCE/tests/examples/checks.sh"
cat > nacro2.cif <<'END'
data_NaCrO2
_cell_length_a 2.975
_cell_length_b 2.975
_cell_length_c 15.968
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
Na1 0 0 0.5 Na
Cr1 0 0 0 Cr
O1 0 0 0.2669 O
END
cat > ICOHPLIST.lobster <<'END'
  COHP#  atomMU  atomNU     distance     translation      ICOHP (at) eF   for spin  1
      1     Na1      O3      2.35600       0   0  -1           -0.40000
      2     Na1      O3      2.45000       0   1   0           -0.20000
      3      O3     Cr2      2.02000       0   0   0           -2.00000
END
"$PROGRAMS/bonds" nacro2.cif --lobster ICOHPLIST.lobster --json out.json > out.txt
# Cr-O 2.0188 Å, Na-O 2.3477 Å (slab 2.1216 Å, interslab 3.2010 Å): 6 exp((1.724 - R)/0.37) = 2.705, 6 exp((1.803 - R)/0.37) = 1.376
says '^Na1 *Na+ *1.000 *1.376 *6.00$' out.txt
says '^Cr1 *Cr3+ *3.000 *2.705 *6.00$' out.txt
says '^Na-O *2 *2.3560 *2.4030 *-0.60000 *-0.30000 *0.10000 *0.229$' out.txt
says '^Na-O-Cr *2 *0.3000 *2.0000 *1.7000 *0.1500$' out.txt
for key in pairs elements count shortest mean_length icohp_sum icohp_mean valence_mean sites label bond_valence_sum global_instability_index; do
  says "\"$key\":" out.json
done
says '"warnings": \[\]' out.json
# each alone
"$PROGRAMS/bonds" nacro2.cif --json out.json > out.txt
says '^Cr-O *18 *2.0188 *2.0188 *0.451$' out.txt
says '"icohp_sum": null' out.json
"$PROGRAMS/bonds" --lobster ICOHPLIST.lobster --json out.json > out.txt
says '"global_instability_index": null' out.json
# the other scale, on demand and where the first lacks a pair
"$PROGRAMS/bonds" nacro2.cif --valence softbv > out.txt
says 'Bond valence sums, softbv' out.txt
sed 's/Cr$/Ni/' nacro2.cif > nanio2.cif
"$PROGRAMS/bonds" nanio2.cif > out.txt
says 'Caution: no first-shell constants for Ni3+ - O2-: all bond valences are those of softBV' out.txt
# mixed valence: a third of Mn4+
sed 's/Cr$/Mn/' nacro2.cif > mn.cif
expect_error 1 'make Na0.999Na1\+2.001Mn3\+2.001Mn4\+0.999O6 neutral, expected ions' bonds mn.cif --oxidation Na=0.667,Mn=3.333
sed -e 's/0.5 Na/0.5 Na/' -e 's/_atom_site_type_symbol/_atom_site_type_symbol\n_atom_site_occupancy/' -e 's/ Na$/ Na 0.667/' -e 's/ Mn$/ Mn 1/' -e 's/ O$/ O 1/' mn.cif > na067.cif
"$PROGRAMS/bonds" na067.cif > out.txt
says '^Cr1 *Mn3+ 0.667 Mn4+ 0.333 *3.333' out.txt
# what cannot be read: one line with the place, exit status 1
refused() {
  wanted=$1; shift
  expect_error 1 "$wanted" bonds "$@"
}
sed 's/-0.20000/-0,20000/' ICOHPLIST.lobster > comma.lobster
refused 'comma.lobster:3: "-0,20000" is not a number, expected an ICOHP' --lobster comma.lobster
head -c 300 ICOHPLIST.lobster > cut.lobster
refused 'cut.lobster:4: .* expected' --lobster cut.lobster
sed 's/O1 0 0 0.2669/O1 0 0 0.02/' nacro2.cif > close.cif
refused 'close.cif: sites Cr1 and O1 are .* expected atoms at the distance of a bond' close.cif
refused 'nanio2.cif: no first-shell bond valence parameters for Ni3\+ - O2-, expected' nanio2.cif --valence first-shell
sed 's/Cr$/Xe/' nacro2.cif > xe.cif
refused 'xe.cif: .*Xe.* expected' xe.cif
refused 'nothing.cif: no such file' nothing.cif
refused 'mn.cif: --oxidation Mn=4: Mn has a charge already' mn.cif --oxidation Mn=3,Mn=4
expect_error 2 'FILE or --lobster' bonds
