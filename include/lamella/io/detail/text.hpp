// Numbers in text, and text in messages: what the readers share.
#pragma once

#include <lamella/core/error.hpp>     // Error, Place
#include <lamella/core/measured.hpp>  // Measured, to_string

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// `text` in quotes for a message: at most 40 characters, and none that could break the line.
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string shown = "\"";
  for (const char c : text.substr(0, longest)) shown += (c >= 0 && c < ' ') || c == 127 ? '?' : c;
  return shown + (text.size() > longest ? "...\"" : "\"");
}

/// A number as text, with a decimal point whatever the locale.
inline std::string show(double x) { return to_string(Measured{x, 0}); }

enum class NumberFault : std::uint8_t { none, no_number, not_finite, out_of_range };

struct ParsedNumber {
  double value = 0;
  NumberFault fault = NumberFault::none;
};

/// The whole of `text` as a finite decimal number ("12", "+1.5", ".5", "1.2E-3"); independent of the locale.
inline ParsedNumber parse_number(std::string_view text) noexcept {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  ParsedNumber number;
  const auto end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, number.value);
  if (stop != end || status == std::errc::invalid_argument) number.fault = NumberFault::no_number;
  else if (status != std::errc{}) number.fault = NumberFault::out_of_range;
  else if (!std::isfinite(number.value)) number.fault = NumberFault::not_finite;
  if (number.fault != NumberFault::none) number.value = 0;
  return number;
}

/// How many characters a number has behind its decimal point.
constexpr std::size_t decimals_of(std::string_view number) noexcept {
  const std::size_t point = number.find('.');
  return point == std::string_view::npos ? 0 : number.size() - point - 1;
}

/// What to say of text that is not a number, after its name: "is not a number" and so on.
inline std::string describe(NumberFault fault) {
  switch (fault) {
    case NumberFault::not_finite:
      return "is not finite";
    case NumberFault::out_of_range:
      return "is too large or too small for a double";
    default:
      return "is not a number";
  }
}

/// `text` without blanks, tabs and form feeds at both ends.
constexpr std::string_view trimmed(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\f'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes the next line from `rest`, without its end (LF, CR LF or CR).
constexpr std::string_view take_line(std::string_view& rest) noexcept {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '\n' && rest[end] != '\r') ++end;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end);
  if (rest.starts_with("\r\n")) rest.remove_prefix(2);
  else if (!rest.empty()) rest.remove_prefix(1);
  return line;
}

/// The number, from 1, of the line that holds the byte at `offset`.
inline std::size_t line_of(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::string_view rest = text.substr(0, std::min(offset, text.size()));
  if (rest.size() < text.size() && rest.ends_with('\r') && text[rest.size()] == '\n') rest.remove_suffix(1);
  for (; rest.find_first_of("\r\n") != std::string_view::npos; ++line) take_line(rest);
  return line;
}

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
