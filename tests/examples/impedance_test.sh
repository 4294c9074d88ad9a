# impedance fits a circuit to a spectrum, says what is determined, and refuses what is no spectrum or no circuit.
set -e
. "$SOURCE/tests/examples/checks.sh"
# R-(R|C) with 10 Ω, 50 Ω, 2e-5 F, printed with eight digits.
awk 'BEGIN { print "f,Z'"'"',Z'"''"'"; for (i = 0; i <= 24; ++i) { f = 10^(i / 6); w = 2 * 3.14159265358979 * f * 50 * 2e-5;
  printf "%.10g,%.10g,%.10g\n", f, 10 + 50 / (1 + w * w), -50 * w / (1 + w * w) } }' > arc.csv
"$PROGRAMS/impedance" arc.csv --circuit 'R-(R|C)' --json out.json --report out.html > out.txt
tr -d ' \n' < out.json > flat.json
says '"R1":{"determined":true,"esd":[0-9.e-]*,"held":false,"unit":"Ω","value":\(10.00\|9.9999\)' flat.json
says '"R2":{[^}]*"value":\(50.00\|49.999\)' flat.json
says '"C1":{[^}]*"value":\(2.0000[0-9]*\|1.9999[0-9]*\)e-05' flat.json
says '"identifiable":true' flat.json
says '"kramers_kronig":{"limit_reached":' flat.json
says '"warnings":\[\]' flat.json
says 'identifiable: the data determine every element' out.txt
[ "$(grep -c '<figure>' out.html)" -eq 4 ] || fail "not four figures"
# Two resistors in series cannot be told apart; one that is held can be.
"$PROGRAMS/impedance" arc.csv --circuit 'R-R-(R|C)' --json out.json > out.txt
tr -d ' \n' < out.json > flat.json
says '"identifiable":false' flat.json
says 'Caution: R2 is not determined: it acts like R1' out.txt
"$PROGRAMS/impedance" arc.csv --circuit 'R-R-(R|C)' --fix R2=4 --starts 5 > out.txt
says 'R1 *6.000' out.txt
says 'R2 *4 .*held' out.txt
"$PROGRAMS/impedance" arc.csv --circuit 'R-(R|C)' --starts 0 --start R1=5 --start R2=80 --start C1=1e-5 --weighting unit --range 2 5000 > out.txt
says 'C1 *\(20.00\|19.999\)[0-9(.)]*e-6' out.txt
says 'a single start' out.txt
expect_error 1 'circuit "R-X", character 3: no element "X", expected' impedance arc.csv --circuit R-X
expect_error 1 'start R9=1: expected NAME=VALUE, a positive value of one of R1, R2, C1' impedance arc.csv --circuit 'R-(R|C)' --start R9=1
expect_error 1 'fix R1: expected NAME=VALUE' impedance arc.csv --circuit 'R-(R|C)' --fix R1
expect_error 1 'none of 25 points is left' impedance arc.csv --circuit R --range 1e6 1e7
expect_error 1 'sweep 2 does not exist, expected 1 to 1' impedance arc.csv --circuit R --sweep 2
expect_error 1 'none.csv: no such file' impedance none.csv --circuit R
sed '5s/,/;/' arc.csv > broken.csv
expect_error 1 'broken.csv:5: 2 cells, expected 3' impedance broken.csv --circuit R
expect_error 2 'circuit is required' impedance arc.csv
