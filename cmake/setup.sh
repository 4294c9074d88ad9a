#!/bin/sh
# Installs what building Lamella needs and is not there yet. Run with --help for its options.
set -eu

usage() {
  cat <<'END'
usage: sh cmake/setup.sh [--vega] [--ci]

Installs what building Lamella needs and is not there yet: compiler, CMake, Ninja and the libraries, with
apt, dnf or brew, and with sudo unless run as root. Does nothing when nothing is missing.

  --vega   also installs the JavaScript of the report figures into build/vega (with npm), so that reports
           work without a network
  --ci     all of that, and what the full test run uses besides: clang, clang-tidy, MPI, a browser
END
}

vega_version=5.33.1
vega_lite_version=5.23.0
vega_embed_version=6.29.0
cmake_needed=3.25

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

want_vega=no
want_ci=no
for argument in "$@"; do
  case "$argument" in
    --vega) want_vega=yes ;;
    --ci) want_ci=yes want_vega=yes ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown option '$argument'; known are --vega, --ci, --help" ;;
  esac
done

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    fail "installing needs root, and there is no sudo here; as root, run: $*"
  fi
}

have() { command -v "$1" >/dev/null 2>&1; }

# True when version $1 is at least $2 (both dotted numbers).
at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

cmake_version() { cmake --version 2>/dev/null | sed -n '1s/^cmake version \([0-9.]*\).*/\1/p'; }
cmake_is_enough() { have cmake && at_least "$(cmake_version)" "$cmake_needed"; }

missing=
need() { missing="$missing $*"; }

# ---- what is missing, per package manager ---------------------------------------------------------------------

apt_has() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
apt_missing() {
  have c++ || need g++
  cmake_is_enough || need cmake
  have ninja || need ninja-build
  for package in libeigen3-dev libboost-dev nlohmann-json3-dev libpugixml-dev zlib1g-dev libcli11-dev \
    doctest-dev libbenchmark-dev; do
    apt_has "$package" || need "$package"
  done
  if [ "$want_vega" = yes ] && ! have npm; then need npm; fi
  if [ "$want_ci" = yes ]; then
    have clang++-19 || need clang-19
    have clang-tidy-19 || need clang-tidy-19
    have pkg-config || need pkg-config
    have git || need git
    # The sanitizers of clang; other programs' readers and symmetry tables, to compare with; MPI for the example that uses it.
    for package in libclang-rt-19-dev gemmi-dev tao-pegtl-dev libsymspg-dev python3 libopenmpi-dev openmpi-bin; do apt_has "$package" || need "$package"; done
    if ! have chromium && ! have google-chrome; then need chromium; fi
  fi
}
apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update
  # A package that this release does not have is left to CMake, which gets a pinned archive instead.
  known=
  for package in $missing; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      known="$known $package"
    else
      say "this system has no package $package; CMake will get that dependency, or say what it lacks"
    fi
  done
  # shellcheck disable=SC2086  # a list of words
  [ -z "$known" ] || as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $known
}

dnf_has() { rpm -q "$1" >/dev/null 2>&1; }
dnf_missing() {
  have c++ || need gcc-c++
  cmake_is_enough || need cmake
  have ninja || need ninja-build
  for package in eigen3-devel boost-devel json-devel pugixml-devel zlib-devel cli11-devel doctest-devel google-benchmark-devel; do
    dnf_has "$package" || need "$package"
  done
  if [ "$want_vega" = yes ] && ! have npm; then need npm; fi
  if [ "$want_ci" = yes ]; then
    have clang++ || need clang
    have clang-tidy || need clang-tools-extra
    have pkg-config || need pkgconf-pkg-config
    have git || need git
    have chromium || have chromium-browser || need chromium
  fi
}
# shellcheck disable=SC2086
dnf_install() { as_root dnf install -y $missing; }

brew_has() { brew list --formula "$1" >/dev/null 2>&1; }
brew_missing() {
  have c++ || fail "there is no C++ compiler; run: xcode-select --install"
  cmake_is_enough || need cmake
  have ninja || need ninja
  for package in eigen boost nlohmann-json pugixml zlib cli11 doctest google-benchmark; do
    brew_has "$package" || need "$package"
  done
  if [ "$want_vega" = yes ] && ! have npm; then need node; fi
  if [ "$want_ci" = yes ]; then
    brew_has llvm || need llvm
    have pkg-config || need pkgconf
  fi
}
# shellcheck disable=SC2086
brew_install() { brew install $missing; }

if have apt-get; then
  manager=apt
elif have dnf; then
  manager=dnf
elif have brew; then
  manager=brew
else
  fail "found none of apt-get, dnf and brew; install by hand: a C++20 compiler (g++ 12 or clang 16 or newer)," \
    "CMake $cmake_needed, Ninja, Eigen 3.4, Boost 1.74, nlohmann_json 3.11, pugixml, zlib, CLI11, doctest, Google Benchmark"
fi

"${manager}_missing"
if [ -n "$missing" ]; then
  say "installing with $manager:$missing"
  "${manager}_install"
  say "installed"
else
  say "nothing to install: compiler, CMake, Ninja and all libraries are here"
fi

# ---- is it enough? --------------------------------------------------------------------------------------------

have c++ || fail "there is still no C++ compiler (c++)"
cmake_is_enough || fail "CMake $cmake_needed or newer is needed, this system offers '$(cmake_version)';" \
  "see https://cmake.org/download"
have ninja || fail "there is still no ninja"

# ---- the figures' JavaScript ----------------------------------------------------------------------------------

if [ "$want_vega" = yes ]; then
  have npm || fail "the report figures need npm, which is not here"
  modules="$root/build/vega/node_modules"
  wanted="vega@$vega_version vega-lite@$vega_lite_version vega-embed@$vega_embed_version"
  if [ "$(cat "$modules/.lamella" 2>/dev/null)" = "$wanted" ]; then
    say "nothing to install: $wanted are in build/vega"
  else
    say "installing with npm into build/vega: $wanted"
    mkdir -p "$root/build/vega"
    # shellcheck disable=SC2086
    npm install --prefix "$root/build/vega" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
      --loglevel=error $wanted
    printf '%s\n' "$wanted" >"$modules/.lamella"
    say "installed"
  fi
elif [ ! -f "$root/build/vega/node_modules/.lamella" ]; then
  say "optional: 'sh cmake/setup.sh --vega' makes the reports work without a network"
fi
