# The program operando on a made-up series: what it finds, killed at any moment and resumed to the same file, and its error messages. Needs no
# measured data.
set -u
. "$SOURCE/tests/examples/checks.sh"
rm -rf run echem.csv killed.json* ./*.json ./*.html ./*.journal
mkdir -p run
cat > phase.cif <<'CIF'
data_O3
_cell_length_a 2.96
_cell_length_b 2.96
_cell_length_c 16.20
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'R -3 m :H'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Na1 Na 0 0 0.5
Mn1 Mn 0 0 0
O1 O 0 0 0.265
CIF
# 40 patterns of Gaussian lines at the Bragg angles of a cell whose c rises by 0.01 Å from one to the next up to the 20th and then falls; intensities
# are free in the refinement (--lebail).
awk 'BEGIN {
  pi = atan2(0, -1); lambda = 1.5405929
  split("0 0 3  1 0 1  0 1 2  1 0 4  0 1 5  0 0 6  1 0 7  0 1 8  1 1 0", q, " ")
  for (n = 1; n <= 40; n++) {
    a = 2.96; c = 16.20 + 0.01 * (n <= 20 ? n - 1 : 39 - n); file = "run/scan" n ".xy"
    for (i = 1; i <= 9; i++) {
      h = q[3 * i - 2]; k = q[3 * i - 1]; l = q[3 * i]
      s = lambda / 2 * sqrt(4 / 3 * (h * h + h * k + k * k) / (a * a) + l * l / (c * c))
      at[i] = 2 * atan2(s, sqrt(1 - s * s)) * 180 / pi
    }
    for (j = 0; j < 1400; j++) {
      x = 14 + 0.04 * j; y = 200
      for (i = 1; i <= 9; i++) if ((d = (x - at[i]) / 0.07) > -8 && d < 8) y += (4000 - 300 * i) * exp(-d * d)
      printf "%.2f %.1f\n", x, y + 10 * sin(12.9898 * j + 78.233 * n) > file
    }
    close(file)
  }
}'
settings="--phase phase.cif --patterns run/scan*.xy --radiation CuKa1 --lebail --background 3 --fix pattern.displacement --fix pattern.asymmetry --start pattern.asymmetry=0"
# The wildcard is for the program to expand, in natural order.
operando() { (set -f; exec "$PROGRAMS/operando" $settings "$@"); }

# refused STATUS PATTERN ARGUMENTS…
refused() {
  wanted_status=$1 wanted=$2
  shift 2
  expect_error "$wanted_status" "$wanted" operando "$@"
}

operando --interval 600 --json whole.json --report whole.html > whole.txt 2> progress.txt || fail "the series is refused" whole.txt
says '40 of 40 patterns refined' whole.txt
says '40 of 40 patterns, .* patterns/s, 0 s left' progress.txt
says 'solid-solution' whole.txt
says '"schema": 1' whole.json
says '"program": "operando"' whole.json
says '"mechanism": "solid-solution"' whole.json
says 'series' whole.html
# c / Å of the first and the 20th pattern, in natural order of the names: 16.20 and 16.39 (the 20th by dictionary would be scan27).
says 'c / Å  *16\.20[0-9]*(.*16\.39[0-9]*(.* 20$' whole.txt

# Killed at some moment and resumed, again and again: the result is that of the run that was left alone, but for the time it took.
without_time() { grep -v -e '"seconds"' -e '"patterns_per_second"' "$1"; }
tries=0
until [ -e killed.json ]; do
  tries=$((tries + 1))
  [ $tries -le 99 ] || fail "99 interrupted runs did not end"
  (set -f; exec "$PROGRAMS/operando" $settings --interval 600 --json killed.json --resume) > killed.txt 2>&1 &
  pid=$!
  sleep "$(awk -v n=$tries 'BEGIN { print 0.03 * n }')"
  kill -9 $pid 2> /dev/null
  wait $pid 2> /dev/null
done
[ $tries -gt 1 ] || fail "no run was interrupted"
rm -f .lamella-*  # what a run was writing when it was killed
operando --interval 600 --json killed.json --resume > killed.txt 2>&1 || fail "resuming a finished run is refused" killed.txt
says '40 of them before' killed.txt
without_time whole.json > a.txt
without_time killed.json > b.txt
cmp a.txt b.txt || fail "$tries interrupted runs ended with another file than one that was left alone"

# A journal that was cut anywhere is gone on from before the cut.
cp killed.json.journal full.journal
size=$(wc -c < full.journal)
for bytes in 5 $((size / 3)) $((size / 2)) $((size - 100)) $((size - 1)); do
  head -c "$bytes" full.journal > killed.json.journal
  operando --interval 600 --json killed.json --resume > killed.txt 2>&1 || fail "a journal cut to $bytes bytes is refused" killed.txt
  without_time killed.json > b.txt
  cmp a.txt b.txt || fail "a journal cut to $bytes bytes leads to another file"
done
says '39 of them before' killed.txt

# Segments decide the numbers, threads do not; and a journal of segments is gone on from like any other.
for threads in 1 2 3; do
  operando --interval 600 --segment 7 --parallel $threads --json "threads$threads.json" > threads.txt 2>&1 || fail "segments are refused" threads.txt
  without_time "threads$threads.json" > "threads$threads.txt"
done
cmp threads1.txt threads2.txt || fail "two threads make other numbers than one"
cmp threads1.txt threads3.txt || fail "three threads make other numbers than one"
size=$(wc -c < threads3.json.journal)
head -c $((size / 2)) threads3.json.journal > cut && mv cut threads3.json.journal
operando --interval 600 --segment 7 --parallel 2 --json threads3.json --resume > threads.txt 2>&1 || fail "a journal of segments is refused" threads.txt
without_time threads3.json > threads3.txt
cmp threads1.txt threads3.txt || fail "a journal of segments leads to another file"

# A line of no phase at 24°: fitted as such, it spoils the rest no longer.
mkdir -p foreign
for n in 1 2 3 4 5; do awk '{ d = ($1 - 24) / 0.1; printf "%s %.1f\n", $1, $2 + 3000 * exp(-d * d) }' run/scan$n.xy > foreign/scan$n.xy; done
foreign() { "$PROGRAMS/operando" --phase phase.cif --patterns 'foreign/*.xy' --radiation CuKa1 --lebail --background 3 --fix pattern.displacement --fix pattern.asymmetry --start pattern.asymmetry=0 "$@"; }
foreign --json with.json --foreign-line 24 > with.txt 2>&1 || fail "a foreign line is refused" with.txt
foreign --json without.json > without.txt 2>&1 || fail "the series without a foreign line is refused" without.txt
first_Rwp() { sed -n 's/^ *"Rwp": \([0-9.]*\),*/\1/p' "$1" | head -1; }
awk -v with="$(first_Rwp with.json)" -v without="$(first_Rwp without.json)" 'BEGIN { exit !(with < 0.5 * without) }' \
  || fail "Rwp with a foreign line $(first_Rwp with.json), without $(first_Rwp without.json)"
refused 1 'metal of a cell "Xx": expected one of Be, Al, Cu, Fe' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --foreign Xx
refused 1 'stacking "O9": expected one of' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --candidates O9

# The zero carried from pattern to pattern is known better with each.
foreign --foreign-line 24 --free pattern.zero --carry pattern.zero=0 --json carried.json > carried.txt 2>&1 || fail "a carried parameter is refused" carried.txt
refused 1 'carry pattern.zero: expected NAME=DRIFT' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --carry pattern.zero

# Two processes do not write one journal.
if command -v flock > which.txt; then
  (flock 9; operando --json killed.json --resume > locked.txt 2>&1; echo $? > status.txt) 9>> killed.json.journal
  [ "$(cat status.txt)" -eq 1 ] || fail "a journal that another process has open is written to" locked.txt
  says 'killed.json.journal: cannot write the file: another process has it open' locked.txt
fi

refused 1 'killed\.json\.journal:1.*is of another computation: expected background 4, got 3' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --lebail --background 4 \
  --fix pattern.displacement --fix pattern.asymmetry --start pattern.asymmetry=0 --json killed.json --resume
refused 1 "nothing/\\*: no such file, expected patterns" --phase phase.cif --patterns 'nothing/*' --radiation CuKa1
refused 1 'anchor 41: expected a pattern from 1 to 40' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --anchor 41
refused 1 'echem.csv' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --echem echem.csv
printf 'Test Time / s,Voltage / V,Current / mA\n0,3.0,1\n600,3.1,x\n' > echem.csv
refused 1 'echem.csv:3' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --echem echem.csv
printf 'Test Time / s,Voltage / V,Current / mA\n0,3.0,1\n600,3.1,1\n' > echem.csv
refused 1 'echem.csv: run/scan1.xy states no time, expected --interval' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --echem echem.csv
refused 2 'json' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --resume
refused 2 'formula' --phase phase.cif --patterns 'run/scan*.xy' --radiation CuKa1 --mass 10
refused 2 'patterns' --phase phase.cif --radiation CuKa1

# Faults stay with their pattern: missing, empty, garbage, twice the same, another range.
rm run/scan5.xy
: > run/scan7.xy
head -c 2000 /dev/urandom > run/scan9.xy
cp run/scan10.xy run/scan11.xy
head -700 run/scan13.xy > cut && mv cut run/scan13.xy
operando --interval 600 --json faults.json > faults.txt 2>&1 || fail "a series with faults is refused" faults.txt
says 'scan7.xy: unreadable' faults.txt
says 'scan9.xy: unreadable' faults.txt
says 'the same counts as run/scan10.xy' faults.txt
says '37 of 39 patterns refined' faults.txt

# Voltage and content: an hour of 1 mA takes 1 mAh; NaMnO2 holds 243.8 mAh/g.
awk 'BEGIN { print "Test Time / s,Voltage / V,Current / mA"; for (t = 0; t <= 30000; t += 30) printf "%d,%.3f,1\n", t, 2.5 + t / 30000 }' > echem.csv
operando --interval 600 --echem echem.csv --mass 50 --formula NaMnO2 --json joined.json --tables tables.hpp > joined.txt 2>&1 || fail "a cycling table is refused" joined.txt
says '"voltage": 2.51' joined.json
# In the middle of the first pattern, after 300 s, 1/12 mAh have left 50 mg: 0.0068 of the sodium.
says '"value": 0.993' joined.json
says 'phase_phase_volume' tables.hpp
says '"unit": "Å³ per alkali"' joined.json
