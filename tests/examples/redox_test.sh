# redox takes oxidation states from spectra by lines at given energies and by references, and says what it cannot know.
set -e
. "$SOURCE/tests/examples/checks.sh"
# Gaussians of FWHM 2 eV at 854.5, 856.6 and 859.8 eV with areas 5 : 3 : 2 on 500 counts, from 848 to 870 eV. Synthetic.
spectrum() { # A B C: areas
  awk -v a="$1" -v b="$2" -v c="$3" 'BEGIN {
    print "synthetic"
    for (i = 0; i <= 220; ++i) {
      e = 848 + 0.1 * i
      y = 500 + 0.46971864 * (a * exp(-0.69314718 * (e - 854.5) ^ 2) + b * exp(-0.69314718 * (e - 856.6) ^ 2) + c * exp(-0.69314718 * (e - 859.8) ^ 2))
      printf "%.1f\t%.0f\n", e, y } }'
}
spectrum 50000 30000 20000 > charged.txt
spectrum 80000 20000 0 > pristine.txt
cat > lines.json <<'END'
{"components": [{"label": "two", "state": "Ni2+", "position": 854.5, "fwhm": 1.6, "shape": "gaussian"},
                {"label": "three", "state": "Ni3+", "position": 856.6, "fwhm": 1.6, "shape": "gaussian"},
                {"label": "four", "state": "Ni4+", "position": 859.8, "fwhm": 1.6, "shape": "gaussian"}], "equal": ["*.fwhm"]}
END
"$PROGRAMS/redox" charged.txt --element Ni --components lines.json --background constant --json out.json --report out.html > out.txt
says '^two  *Ni2+  *854.5  *\(2.0000\|1.9999\)' out.txt
says 'mean valence \(2.7000\|2.6999\)' out.txt
tr -d ' \n' < out.json > flat.json
says '"background":"constant,fittedwiththelines"' flat.json
says '"label":"three"' flat.json
says '"fraction":{"esd":[0-9.e-]*,"value":\(0.3000\|0.2999\)' flat.json
says '"mean_valence":{"esd":[0-9.e-]*,"value":\(2.7000\|2.6999\)' flat.json
says '"chi_square":' flat.json
says '"seconds":' flat.json
says 'A photoelectron spectrum with 3 components' out.html
# Two states of charge: Ni from 2.2 to 2.7, 0.2 per formula unit, of 0.25 Na.
"$PROGRAMS/redox" pristine.txt charged.txt --element Ni --components lines.json --background constant --formula NaNi0.2Fe0.2Mn0.6O2 --alkali 1 0.75 --json out.json > out.txt
says '^pristine.txt  *charged.txt  *\(0.5000\|0.4999\).*\(0.1000\|0.0999\).*\(0.4000\|0.3999\)' out.txt
tr -d ' \n' < out.json > flat.json
says '"share":{"esd":[0-9.e-]*,"value":\(0.400\|0.399\)' flat.json
says '"charge":0.25[,}]' flat.json
# Ni at 2.2 before any Na has left: 0.2 · 0.2 e more than NaNi0.2Fe0.2Mn0.6O2 with Ni2+ has room for.
says 'Charge balance of NaNi0.2Fe0.2Mn0.6O2, other elements in their usual states: imbalance +0.040 e per formula' out.txt
# The preset warns of itself.
"$PROGRAMS/redox" charged.txt --element Ni > out.txt
says 'Caution: energies of the preset .*859.8 eV is where the shake-up satellite of Ni2+ lies' out.txt
"$PROGRAMS/redox" charged.txt --element Ni --active --shape gaussian --fwhm 2 > out.txt
says 'shirley, fitted with the lines' out.txt
# References: the pure spectra are combinations of themselves; the mixture is 5 : 3 : 2.
spectrum 100000 0 0 > two.txt
spectrum 0 100000 0 > three.txt
spectrum 0 0 100000 > four.txt
"$PROGRAMS/redox" charged.txt --element Ni --references Ni2+=two.txt Ni3+=three.txt Ni4+=four.txt --json out.json > out.txt
says 'States: Ni2+ \(0.5000\|0.4999\).*, Ni3+ \(0.3000\|0.2999\).*, Ni4+ \(0.2000\|0.1999\)' out.txt
says 'scatter less than counts do' out.txt
# A block of VAMAS by name, kinetic energies and a shift.
{
  printf 'VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\ni\ni\no\ne\n0\nNORM\nREGULAR\n0\n0\n0\n0\n0\n0\n1\nNi 2p\ns\n2024\n1\n1\n0\n0\n0\n0\n0\nXPS\nAl\n1486.6\n0\n0\n0\n0\n0\nFAT\n20\n1\n4.1\n0\n0\n0\n0\n0\nNi\n2p\n-1\nKinetic Energy\neV\n616.8\n0.1\n1\ncounts\nd\npulse counting\n1\n1\n0\n0\n0\n0\n0\n221\n0\n99999\n'
  awk 'NR > 1 { y[NR] = $2 } END { for (i = NR; i > 1; --i) print y[i] }' charged.txt
  echo 'end of experiment'
} > charged.vms
"$PROGRAMS/redox" charged.vms:ni2p --element Ni --components lines.json --background constant --shift 0.2 > out.txt
says 'mean valence \(2.7000\|2.6999\)' out.txt
expect_error 1 'charged.vms: 0 spectra of the name "Mn2p", expected one of: 1 "Ni 2p"' redox charged.vms:Mn2p --element Ni
expect_error 1 'charged.vms: 0 points from 880.00 to 900.00 eV, expected 11 or more of Ni' redox charged.vms --element Ni --window 880 900
# What is no task.
expect_error 1 'preset of oxidation states for "Co": expected Ni or Mn' redox charged.txt --element Co
expect_error 1 'lines.json: Ni2. is no state of Mn' redox charged.txt --element Mn --components lines.json
sed 's/"position": 856.6/"place": 856.6/' lines.json > wrong.json
expect_error 1 'wrong.json: components\[1\]: unknown key "place", expected label' redox charged.txt --element Ni --components wrong.json
expect_error 1 'no.txt: no such file' redox no.txt --element Ni
expect_error 1 'references Ni3=two.txt: expected STATE=FILE' redox charged.txt --element Ni --references Ni3=two.txt
expect_error 1 'free Ni5..area: no such parameter, expected a name such as Ni2..position' redox charged.txt --element Ni --free Ni5+.area
expect_error 1 'alkali: 2 contents, expected' redox charged.txt --element Ni --formula NaNi0.2Fe0.2Mn0.6O2 --alkali 1 0.5
expect_error 1 'no Ni in it' redox charged.txt --element Ni --formula NaCoO2
printf 'a\n850 1\n851,5 2\n' > comma.txt
expect_error 1 'comma.txt:3: 3 columns, expected two' redox comma.txt --element Ni
expect_error 2 'element is required' redox charged.txt
