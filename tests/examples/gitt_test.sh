# gitt finds pulses, gives D by both forms with flags, takes the molar volume from a structure, and refuses what has no pulses.
set -e
. "$SOURCE/tests/examples/checks.sh"
# Two pulses of 100 s and -1 mA on a layer: E falls by 10 mV at once and by 2 mV per root of a second; each step of equilibrium is 20 mV.
awk 'BEGIN { print "Time [s],Voltage [V],Current [A]"; t = 0; e = 4
  for (p = 0; p < 2; ++p) {
    for (i = 0; i < 5; ++i) { printf "%.3f,%.6f,0\n", t, e; t += 60 }
    for (i = 0; i <= 100; i += 5) printf "%.3f,%.6f,-0.001\n", t + i, e - 0.01 - 0.002 * sqrt(i)
    t += 101; e -= 0.02
    for (i = 0; i < 40; ++i) { printf "%.3f,%.6f,0\n", t, e - 0.01 * exp(-i / 2); t += 60 }
  } }' > pulses.csv
"$PROGRAMS/gitt" pulses.csv --radius '3.0(3)' --json out.json --report out.html > out.txt
tr -d ' \n' < out.json > flat.json
# L = 1e-4 cm: D = 4/π · 1e-8/100 · (20/20)² = 1.2732e-10 cm²/s by either form.
[ "$(grep -c '"D_slope"' out.json)" -eq 2 ] || fail "not two pulses"
says '"D_slope":{"esd":[^,]*,"value":1.27[0-9]*e-10}' flat.json
says '"D_weppner_huggins":{"esd":[^,]*,"value":1.27[0-9]*e-10}' flat.json
says '"flags":\["long-pulse"\]' flat.json
says '"x":null' flat.json
says '2 pulses, 0 valid; spheres of radius 3.0(3) µm' out.txt
says 'long-pulse, 2 of 2 pulses' out.txt
says '<figure>' out.html
# The layer of NaCrO2 by mass and area; x falls back by what 0.028 mAh are of 10 mg.
cat > POSCAR <<'END'
O3 NaCrO2
1.0
 2.97421 0.0 0.0
 -1.487105 2.575741 0.0
 0.0 0.0 15.95554
Na Cr O
3 3 6
Direct
0.0 0.0 0.5
0.666666666666667 0.333333333333333 0.833333333333333
0.333333333333333 0.666666666666667 0.166666666666667
0.0 0.0 0.0
0.666666666666667 0.333333333333333 0.333333333333333
0.333333333333333 0.666666666666667 0.666666666666667
0.0 0.0 0.26721
0.666666666666667 0.333333333333333 0.600543333333333
0.333333333333333 0.666666666666667 0.933876666666667
0.0 0.0 0.73279
0.666666666666667 0.333333333333333 0.066123333333333
0.333333333333333 0.666666666666667 0.399456666666667
END
"$PROGRAMS/gitt" pulses.csv --structure POSCAR --formula Na0.6CrO2 --mass 10 --area '100(5)' --json out.json > out.txt
tr -d ' \n' < out.json > flat.json
says 'molar volume 24.5' out.txt
says '"geometry":"layer"' flat.json
says '"x":0.60' flat.json
"$PROGRAMS/gitt" pulses.csv --molar-volume 24.5 --formula Na0.6CrO2 --mass 10 --area 100 > other.txt
says 'molar volume 24.500 cm' other.txt
says 'layer of 250.542 nm' other.txt
sed 's/-0.001$/0/' pulses.csv > rest.csv
expect_error 1 'no current in any row, expected pulses' gitt rest.csv --radius 3
expect_error 1 'expected --radius, or --area' gitt pulses.csv
expect_error 1 'radius -3: expected a positive number in µm' gitt pulses.csv --radius=-3
expect_error 1 'radius 3\(x\): expected' gitt pulses.csv --radius '3(x)'
expect_error 1 'no column "Potential"' gitt pulses.csv --radius 3 --voltage-column Potential
expect_error 1 'expected --molar-volume or --structure' gitt pulses.csv --formula NaCrO2 --mass 10 --area 100
expect_error 1 'none.csv: no such file' gitt none.csv --radius 3
expect_error 2 'area requires' gitt pulses.csv --area 100
expect_error 2 'excludes' gitt pulses.csv --area 100 --radius 3 --mass 1 --formula NaCrO2
