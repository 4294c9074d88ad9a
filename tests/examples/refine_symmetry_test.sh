# A CIF that lists all atoms in P 1, as structure databases write it, is refined in the symmetry that its atoms have; --start moves
# what symmetry ties; a zone axis comes with spacings and esds.
set -u
. "$SOURCE/tests/examples/checks.sh"
data="$DATA/powder/li2mno3_mixtures"
if [ ! -e "$data/LiMnO2.xy" ]; then echo "skipped: no measured data"; exit 77; fi
"$PROGRAMS/refine" --phase "$data/LiMnO2_59.cif:LiMnO2" --pattern "$data/LiMnO2.xy" --radiation CuKa --zone-axis 0,1,0 --json out.json --report out.html > out.txt || fail "refine failed" out.txt
says 'the file states P 1, its atoms have the symmetry of Pmnm' out.txt
says '^LiMnO2  Pmnm  *4\.58[0-9]*([0-9]*) *5\.7[0-9]*([0-9]*) *2\.80[0-9]*([0-9]*)' out.txt
says 'LiMnO2 along \[0 1 0\]' out.html
says '"zone_axis": \[' out.json
"$PROGRAMS/refine" --phase "$data/LiMnO2_59.cif:LiMnO2" --pattern "$data/LiMnO2.xy" --radiation CuKa --symmetry as-cif > p1.txt || fail "refine in P 1 failed" p1.txt
says '^LiMnO2  P1  *4\.58' p1.txt
says 'states less symmetry than it has' p1.txt

nacro2="$DATA/powder/o3_nacro2_lab"
"$PROGRAMS/refine" --phase "$nacro2/nacro2_gsas2.cif:O3" --pattern "$nacro2/CG20396_jdb12-1.xrdml" --range 12 125 --start O3.cell.b=2.98 > start.txt || fail "--start failed" start.txt
says '^O3  *R-3m  *2\.9744[0-9]*([0-9]*) *2\.9744' start.txt
expect_error 1 'symmetry or geometry decides this value' refine --phase "$nacro2/nacro2_gsas2.cif:O3" --pattern "$nacro2/CG20396_jdb12-1.xrdml" --start O3.cell.gamma=119
