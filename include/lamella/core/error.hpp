// The one error type: what was wrong, where, and what was expected.
#pragma once

#include <lamella/version.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// Where in outside data an error sits. `line` and `column` count from 1; 0 means "not applicable".
struct Place {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  /// "file:line:column: ", with the unknown parts left out; empty when nothing is known.
  std::string prefix() const {
    std::string text = file;
    if (line != 0) text.append(text.empty() ? "line " : ":").append(std::to_string(line));
    if (line != 0 && column != 0) text.append(":").append(std::to_string(column));
    if (!text.empty()) text.append(": ");
    return text;
  }
};

/// Invalid input: `what()` is one line that names the place, the fault and what was expected.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, Place where = {})
      : std::runtime_error(where.prefix() + message), place_(std::move(where)) {}

  /// File, line and column of the fault, where there is one.
  const Place& place() const noexcept { return place_; }

 private:
  Place place_;
};

/// Throws `error`; without exceptions, prints it and aborts. The only place in the library that throws.
/// Not `constexpr`: reaching it in a constant expression is a compile error.
[[noreturn, gnu::cold]] inline void fail(Error error) {
#ifdef __cpp_exceptions
  throw error;  // NOLINT(misc-throw-by-value-catch-by-reference)
#else
  std::fprintf(stderr, "lamella: %s\n", error.what());
  std::abort();
#endif
}

[[noreturn, gnu::cold]] inline void fail(const std::string& message, Place where = {}) {
  fail(Error(message, std::move(where)));
}

}  // namespace lamella
