#!/bin/sh
# The pattern of O3-NFM by this library, ObjCryst++ and pymatgen, timed one after the other in the same run. Prints a
# Markdown table. A peer that is not installed is named as absent.
#
#   sh benchmarks/peers/pattern.sh BUILD        BUILD: a build folder of the preset "bench"
set -eu
build=${1:?usage: pattern.sh BUILD}
here=$(cd "$(dirname "$0")" && pwd)
for program in pattern_benchmark pattern_benchmark_native; do
  [ -x "$build/benchmarks/$program" ] || { echo "pattern.sh: no program $build/benchmarks/$program: build the preset \"bench\" first" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

own() { "$build/benchmarks/pattern_benchmark$1" --benchmark_filter="$2\$" --benchmark_min_time=0.5 --benchmark_format=csv 2> /dev/null | awk -F, 'END { printf "%.1f", $4 }'; }
reference=$(own "" pattern/symmetric)
row() { awk -v what="$1" -v us="$2" -v ours="$reference" 'BEGIN { printf "| %s | %.0f | %.2f |\n", what, us, us / ours }'; }

echo '| one warm evaluation, O3-NFM, 10-140°, 13 001 points | µs of processor time | ratio |'
echo '|---|---|---|'
row 'lamella, Cu Kα doublet, symmetric, structure factors included, tails cut (error 5e-5 of the top)' "$reference"
row 'the same with -march=native' "$(own _native pattern/symmetric)"
row 'lamella, S/L = H/L = 0.02' "$(own "" pattern/asymmetric)"
row 'lamella, S/L = H/L = 0.02, -march=native' "$(own _native pattern/asymmetric)"
row 'lamella, 44 structure factors alone' "$(own "" structure_factors)"
row 'lamella, symmetric, with the derivatives of 20 parameters' "$(own "" derivatives/symmetric)"
if [ ! -e /usr/include/ObjCryst/ObjCryst/Crystal.h ]; then
  echo '| ObjCryst++: not installed (libobjcryst-dev) | | |'
elif c++ -std=c++17 -O3 -w "$here/pattern_objcryst.cpp" -o "$work/objcryst" -lObjCryst 2> "$work/log"; then
  row 'ObjCryst++, one wavelength, symmetric, tails cut at its default' "$("$work/objcryst" 2>&1 > /dev/null | tail -n 1)"
else
  echo '| ObjCryst++: installed, but the program does not build with it | | |'
fi
if /usr/bin/python3 -c 'import pymatgen.core' 2> /dev/null; then
  row 'pymatgen, reflections only, no profile' "$(/usr/bin/python3 "$here/pattern_pymatgen.py" 2> /dev/null)"
else
  echo '| pymatgen: not installed (python3-pymatgen) | | |'
fi
