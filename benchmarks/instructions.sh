#!/bin/sh
# Counts the instructions of the hot paths with callgrind and compares them with those kept in instructions.txt: a figure that no
# other load on the machine changes. Fails where a path needs over 5 % more than what is kept.
#
#   sh benchmarks/instructions.sh           compares
#   sh benchmarks/instructions.sh --keep    keeps what it counts
#
# Needs g++ 12 and valgrind; other compilers count differently.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kept=$here/instructions.txt
command -v valgrind > /dev/null || { echo "instructions.sh: valgrind is not installed" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
g++ -std=c++20 -O3 -DNDEBUG -I "$here/../include" -isystem /usr/include/eigen3 "$here/instructions.cpp" -o "$work/program"
count() { # WHAT REPEATS: instructions of the whole program
  valgrind --tool=callgrind --callgrind-out-file="$work/out" "$work/program" "$1" "$2" 2>&1 > /dev/null | awk '/Collected/ { print $NF }'
}
status=0
for what in pattern derivatives structure_factors refinement; do
  repeats=10
  [ "$what" = refinement ] && repeats=1
  once=$(count "$what" 1)
  more=$(count "$what" $((repeats + 1)))
  each=$(((more - once) / repeats))
  echo "$what $each" >> "$work/counted"
  before=$(awk -v what="$what" '$1 == what { print $2 }' "$kept" 2> /dev/null || true)
  verdict=$(awk -v now="$each" -v before="${before:-0}" 'BEGIN { if (before == 0) print "new"; else printf "%+.1f %%%s\n", 100 * (now / before - 1), (now > 1.05 * before ? " MORE" : "") }')
  printf '%-20s %12d instructions  %s\n' "$what" "$each" "$verdict"
  case $verdict in *MORE) status=1 ;; esac
done
[ "${1:-}" = --keep ] && { cp "$work/counted" "$kept"; status=0; }
exit $status
