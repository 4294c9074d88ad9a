# The program paper: its verdicts, the recovery of the synthetic pattern, its JSON and its page.
set -u
. "$SOURCE/tests/examples/checks.sh"
"$PROGRAMS/paper" --data "$DATA" --json paper.json --report paper.html > stdout.txt || fail "paper failed" stdout.txt
[ "$(tail -n 1 stdout.txt)" = "report: paper.html" ] || fail "the last line is not the path of the report"
grep -q 'All within three esds' stdout.txt || fail "the synthetic pattern was not recovered within three esds"
grep -q 'Configurational entropy .* 1.7 .* 1.696 .* agrees' stdout.txt || fail "entropy of HE: 1.7 R reported, 1.696 R by hand"
[ "$(grep -c '"verdict": "disagrees"' paper.json)" = 4 ] || fail "four reported numbers do not agree: the (003) shift of NFM; of HE Mn3+, retention, capacity at 5C"
# 3.6 M/F times 117 mAh/g is 0.502 Na of HE, times 136 mAh/g 0.5625 Na of NFM (M = 110.858 g/mol); 78.6/95 = 82.7 %
grep -q 'Sodium left after 117 mAh/g .* 0.498 ' stdout.txt || fail "117 mAh/g are 0.502 Na"
grep -q 'Sodium left after 136 mAh/g .* 0.437 ' stdout.txt || fail "136 mAh/g are 0.5625 Na"
grep -q 'Retention of the full cell, 78.6 of 95 mAh/g .* 82.7 .* disagrees' stdout.txt || fail "78.6 of 95 mAh/g are 82.7 %"
grep -q 'not public' paper.html || fail "the page does not say what it rests on"
grep -q 'Not a measurement' paper.html || fail "the synthetic pattern is not labelled"
# 0.35 and 0.49 of 0.502 (HE) to 0.563 Na (NFM), over 0.2 Ni.
grep -q 'Ni valence change behind its share of charge .* 0.88 to 0.98 and 1.23 to 1.38 e' stdout.txt || fail "shares of Ni"
if [ -n "$DATA" ]; then
  grep -q 'Ni4+ by a line at 859.8 eV in measured NiO .* 0.306' stdout.txt || fail "the lines of the study on NiO"
  grep -q 'measured O3-NaCrO2' paper.json || fail "the measured pattern was not refined"
else
  grep -q 'is left out' stdout.txt || fail "nothing says that the measured pattern is left out"
fi
