# What the tests of the programs share; each reads it with `. "$SOURCE/tests/examples/checks.sh"`. The first check that fails ends
# the test.

# fail TEXT [FILE]
fail() {
  echo "$1"
  [ $# -lt 2 ] || cat "$2"
  exit 1
}

# says PATTERN FILE: a line of the file matches the basic regular expression.
says() { grep -q -e "$1" "$2" || fail "no '$1' in $2:" "$2"; }

# expect_error STATUS PATTERN PROGRAM ARGUMENTS…: the program ends with this status (1 bad input, 2 wrong usage), what it writes to
# standard error matches the extended regular expression and is one line where the status is 1, and no temporary file stays behind.
expect_error() {
  expected=$1 pattern=$2 program=$3
  shift 3
  status=0
  "$PROGRAMS/$program" "$@" > refused.txt 2> error.txt || status=$?
  [ "$status" -eq "$expected" ] || fail "$program $*: exit status $status, expected $expected:" error.txt
  grep -Eq -e "$pattern" error.txt || fail "$program $*: the message does not match '$pattern':" error.txt
  [ "$expected" -ne 1 ] || [ "$(wc -l < error.txt)" -eq 1 ] || fail "$program $*: not one line:" error.txt
  if ls .lamella-* > leftovers.txt 2> none.txt; then fail "$program $*: left a file behind:" leftovers.txt; fi
}

# o3_poscar METAL Z: the POSCAR of O3-NaMETALO2 with a 2.96 and c 16.38 Å, the metal at the origin and oxygen at (0, 0, Z).
o3_poscar() {
  awk -v metal="$1" -v z="$2" '
    function wrapped(height) { return height - (height >= 1) }
    function sites(height) {
      printf "0.0 0.0 %s\n", height
      printf "0.666666666666667 0.333333333333333 %.15f\n", wrapped(height + 1 / 3)
      printf "0.333333333333333 0.666666666666667 %.15f\n", wrapped(height + 2 / 3)
    }
    BEGIN {
      printf "O3 Na%sO2\n1.0\n 2.96 0.0 0.0\n -1.48 2.5634351951998455 0.0\n 0.0 0.0 16.38\nNa %s O\n3 3 6\nDirect\n", metal, metal
      sites("0.5")
      sites("0.0")
      sites(z)
      sites(sprintf("%.15g", 1 - z))
    }'
}
