# The page of the program paper in a browser: every figure drawn with its marks, nothing on the console, no network.
set -u
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "skipped: no browser to open the page in"; exit 77; }
command -v node > /dev/null || { echo "skipped: no Node.js to drive the browser"; exit 77; }
[ -d "$VEGA" ] || { echo "skipped: no Vega files, the page would need the network"; exit 77; }
"$PROGRAMS/paper" --data "$DATA" --report paper.html > stdout.txt || { echo "paper failed"; exit 1; }
node "$SOURCE/tests/report/browser/check_report.mjs" "$browser" paper.html paper.png
