# The program paper: its verdicts, the recovery of the synthetic pattern, its JSON and its page.
set -u
. "$SOURCE/tests/examples/checks.sh"
"$PROGRAMS/paper" --data "$DATA" --json paper.json --report paper.html > stdout.txt || fail "paper failed" stdout.txt
[ "$(tail -n 1 stdout.txt)" = "report: paper.html" ] || fail "the last line is not the path of the report"
grep -q 'All within three esds' stdout.txt || fail "the synthetic pattern was not recovered within three esds"
grep -q 'Configurational entropy .* 1.7 .* 1.696 .* agrees' stdout.txt || fail "entropy of HE: 1.7 R reported, 1.696 R by hand"
[ "$(grep -c '"verdict": "disagrees"' paper.json)" = 2 ] || fail "two reported numbers do not agree: the (003) shift of NFM and Mn3+ in HE"
grep -q 'not public' paper.html || fail "the page does not say what it rests on"
grep -q 'Not a measurement' paper.html || fail "the synthetic pattern is not labelled"
if [ -n "$DATA" ]; then
  grep -q 'measured O3-NaCrO2' paper.json || fail "the measured pattern was not refined"
else
  grep -q 'is left out' stdout.txt || fail "nothing says that the measured pattern is left out"
fi
