// gemmi beside the own reader: LAMELLA_HAVE_GEMMI is defined where it is. gemmi 0.5 is optional, and does not compile with clang as
// C++20.
#pragma once

#if !defined(__clang__) && __has_include(<gemmi/smcif.hpp>)
#define LAMELLA_HAVE_GEMMI
#define USE_STD_SNPRINTF 1  // gemmi needs no stb then
#include <gemmi/cif.hpp>
#include <gemmi/smcif.hpp>
#endif
