# cycling sums a triangle of charge, says x, finds the step it was given, follows rates, and refuses what it cannot read.
set -e
. "$SOURCE/tests/examples/checks.sh"
# 1 mg of NaCrO2: three charges of 0.12 mAh by 0.12 mA and discharges of 0.108 mAh; a sigmoid step at 3.0 V takes it all.
awk '
  function voltage(part) { return 3 + 0.08 * log((part + 0.001) / (1.001 - part)) }
  BEGIN {
    print "Test Time / s,Voltage / V,Current / mA"
    for (cycle = 0; cycle < 3; ++cycle) {
      for (i = 0; i <= 600; ++i) printf "%d,%.5f,0.12\n", t + 6 * i, voltage(i / 600)
      t += 3600
      for (i = 0; i <= 540; ++i) printf "%d,%.5f,-0.12\n", t + 6 * i, voltage(1 - i / 600) - 0.05
      t += 3240
    }
  }' > cell.csv
"$PROGRAMS/cycling" cell.csv --mass 1 --formula NaCrO2 --json out.json --report out.html > out.txt
says '^ *1 *120.00 *108.00 *90.00 *100.00 ' out.txt
# F/3.6 M = 250.5 mAh/g: x = 1 - 120/250.5, and 108 mAh/g more after the discharge
says ' 0.5210, 0.9521$' out.txt
says '^1–3 *0.1200 *0.900 *108.00 ' out.txt
says '^ *3.000[0-9]*([0-9]*) ' out.txt
says '^report: out.html$' out.txt
for key in cycles index charge_capacity discharge_capacity coulombic_efficiency mean_charge_voltage mean_discharge_voltage energy retention dqdv cycle direction \
           peaks voltage height dvdq jumps plateaus rates voltage_decay capacity_unit smoothing x schema; do
  says "\"$key\":" out.json
done
says '"warnings": \[\]' out.json
says '"capacity_unit": "mAh/g"' out.json
says 'Charge curves' out.html
# a discharge that no charge came before is cycle 0
awk 'NR == 1 || NR > 602' cell.csv > discharge.csv
"$PROGRAMS/cycling" discharge.csv > out.txt
says '^ *0 *– *0.1080 *– ' out.txt
# Units that are not said, and tables that cannot be right: one line each
sed '1s/ \/ mA//' cell.csv > unit.csv
expect_error 1 '^unit.csv:1: column "Current" has no unit, expected A or mA .* \(--current-unit\)$' cycling unit.csv
"$PROGRAMS/cycling" unit.csv --current-unit mA > out.txt
says '^ *1 *0.1200 *0.1080 ' out.txt
sed 's/,-0/,0/' cell.csv > unsigned.csv
expect_error 1 '^unsigned.csv:[0-9]+: row [0-9]+: the voltage falls while the current is positive, expected' cycling unsigned.csv
"$PROGRAMS/cycling" unsigned.csv --keep-faults > out.txt
says 'Caution: row .* kept as told' out.txt
awk -F, -v OFS=, 'NR > 1 { $1 = $1 / 3600 } { print }' cell.csv > hours.csv
expect_error 1 '^hours.csv:[0-9]+: row .* within 36 s, expected times in seconds \(hours for seconds\?\) \(--time-unit\)$' cycling hours.csv
"$PROGRAMS/cycling" hours.csv --time-unit h > out.txt
says '^ *1 *0.1200 *0.1080 ' out.txt
sed '100s/^[0-9]*/1/' cell.csv > back.csv
expect_error 1 '^back.csv:100: row 99: time goes back from 582 s to 1 s, expected times in order$' cycling back.csv
sed '50s/,/,x/' cell.csv > text.csv
expect_error 1 '^text.csv:50: row 49: column "Voltage / V": "x[0-9.]*" is not a number, expected a number$' cycling text.csv
printf 'a,b\n1,2\n' > none.csv
expect_error 1 '^none.csv:1: no line of headers, expected names of columns' cycling none.csv
expect_error 1 '^nothing.csv: no such file' cycling nothing.csv
expect_error 1 '^cell.csv: --reference 7: expected a cycle with a discharge, from 1 to 3$' cycling cell.csv --reference 7
expect_error 2 'formula requires --mass' cycling cell.csv --formula NaCrO2
expect_error 2 'FILE is required' cycling
# Measured: a cell of NaCoO2
if [ -n "$DATA" ]; then
  "$PROGRAMS/cycling" "$DATA/electrochem/cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv" --json out.json > out.txt
  says '^ *0 *– *0.2065 *– *24.22 *– *2.2964 ' out.txt
  says '^ *6 *0.9559 *0.8795 *92.01 *103.12 *2.9665 *2.8680 ' out.txt
fi
