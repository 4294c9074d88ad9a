#!/usr/bin/env bash
# What including a header costs: seconds to compile a unit that includes nothing else, beside a unit that includes only
# the standard headers which that header (with everything of the library it includes) names. Prints a Markdown table.
#
#   bash benchmarks/include_cost.sh [--runs N] [--check] [HEADER-PREFIX...]
#
#   bash benchmarks/include_cost.sh                                  every public header
#   bash benchmarks/include_cost.sh --check core chemistry layered/stacking
#
# With --check the exit status is 1 when a header of core/, chemistry/ or layered/stacking.hpp exceeds its budget, 1.4 times
# the standard headers. CXX chooses the compiler (default c++). Numbers are processor seconds, the median of the runs.
set -euo pipefail
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
compiler=${CXX:-c++}
runs=5
check=no
budget=1.4
prefixes=()
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=$2 && shift ;;
    --check) check=yes ;;
    -h | --help)
      sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    -*)
      echo "include_cost: unknown option $1" >&2
      exit 2
      ;;
    *) prefixes+=("$1") ;;
  esac
  shift
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
eigen=$(pkg-config --cflags-only-I eigen3 2>/dev/null || true)
read -ra flags <<<"-std=c++20 -O2 -I$root/include ${eigen:--I/usr/include/eigen3}"

cd "$root/include"
mapfile -t headers < <(find lamella -name '*.hpp' -not -path '*/detail/*' | sort)
if [ ${#prefixes[@]} -gt 0 ]; then
  mapfile -t headers < <(printf '%s\n' "${headers[@]}" | grep -E "^lamella/($(IFS='|' && echo "${prefixes[*]}"))" || true)
fi
if [ ${#headers[@]} -eq 0 ]; then
  echo "include_cost: no such header" >&2
  exit 2
fi

# The headers of the library that $1 includes, itself among them, directly or not.
closure() {
  local todo=("$1") seen=" " header
  while [ ${#todo[@]} -gt 0 ]; do
    header=${todo[0]}
    todo=("${todo[@]:1}")
    case $seen in *" $header "*) continue ;; esac
    seen+="$header "
    mapfile -t -O ${#todo[@]} todo < <(sed -n 's/^ *# *include *<\(lamella\/[^>]*\)>.*/\1/p' "$header")
  done
  # shellcheck disable=SC2086  # a list of words
  printf '%s\n' $seen
}

# Processor seconds of compiling $1.
seconds() {
  local TIMEFORMAT='%U %S'
  { time "$compiler" "${flags[@]}" -c "$1" -o "$work/unit.o" 2>"$work/errors" || touch "$work/failed"; } 2>&1 | awk '{print $1 + $2}'
  if [ -e "$work/failed" ]; then
    cat "$work/errors" >&2
    exit 2
  fi
}

median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

echo "| header | seconds | standard headers alone | ratio | budget |"
echo "|---|---|---|---|---|"
over=0
for header in "${headers[@]}"; do
  echo "#include <$header>" >"$work/header.cpp"
  closure "$header" | xargs sed -n 's/^ *# *include *<\([a-z_0-9]*\)>.*/#include <\1>/p' | sort -u >"$work/standard.cpp"
  : >"$work/with" && : >"$work/without"
  for ((run = 0; run <= runs; ++run)); do
    with=$(seconds "$work/header.cpp")
    without=$(seconds "$work/standard.cpp")
    if [ "$run" -gt 0 ]; then # the first run only warms the file cache
      echo "$with" >>"$work/with"
      echo "$without" >>"$work/without"
    fi
  done
  case $header in
    lamella/core/* | lamella/core.hpp | lamella/chemistry/* | lamella/chemistry.hpp | lamella/layered/stacking.hpp) limit=$budget ;;
    *) limit= ;;
  esac
  awk -v header="${header#lamella/}" -v with="$(median <"$work/with")" -v without="$(median <"$work/without")" -v limit="$limit" \
    'BEGIN {
       ratio = with / without
       printf "| `%s` | %.2f | %.2f | %.2f | %s |\n", header, with, without, ratio, limit == "" ? "" : (ratio > limit ? limit " **exceeded**" : limit)
       exit limit != "" && ratio > limit
     }' || over=$((over + 1))
done
if [ "$over" -gt 0 ]; then
  echo "include_cost: $over header(s) over budget" >&2
  [ "$check" = no ] || exit 1
fi
