// What every fuzzer demands of the library.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Ends the run, which saves the input, where something does not hold; says `what`, and of which text.
inline void require(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}
