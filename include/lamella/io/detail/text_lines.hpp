// Numbered lines, words and their comparison: what readers of text files share.
#pragma once

#include <lamella/io/detail/text.hpp>  // take_line, parse_number, byte_order_mark

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Walks through text line by line.
struct LineReader {
  std::string_view rest;
  std::size_t number = 0;  ///< of the line last taken, from 1

  /// Takes the next line into `line`; false at the end of the text.
  bool next(std::string_view& line) noexcept {
    if (rest.empty()) return false;
    line = take_line(rest);
    ++number;
    return true;
  }
};

/// Text without a UTF-8 byte order mark.
constexpr std::string_view without_mark(std::string_view text) noexcept {
  return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

constexpr char lower_case(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Whether `text` begins with `beginning`, without regard to case; `beginning` is in lower case.
constexpr bool begins_with(std::string_view text, std::string_view beginning) noexcept {
  if (text.size() < beginning.size()) return false;
  for (std::size_t i = 0; i < beginning.size(); ++i)
    if (lower_case(text[i]) != beginning[i]) return false;
  return true;
}

/// Whether `text` is `word` (in lower case), without regard to case.
constexpr bool is_word(std::string_view text, std::string_view word) noexcept {
  return text.size() == word.size() && begins_with(text, word);
}

/// The parts of a line between blanks and tabs; with `separator`, that character separates too.
inline std::vector<std::string_view> words_of(std::string_view line, char separator = ' ') {
  const char characters[] = {' ', '\t', '\f', separator};
  const std::string_view blanks(characters, sizeof characters);
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(blanks, end);
  }
  return words;
}

/// `text` as a finite number.
inline std::optional<double> number_in(std::string_view text) noexcept {
  const auto [value, fault] = parse_number(text);
  if (fault != NumberFault::none) return std::nullopt;
  return value;
}

/// `text` as a whole number from 0 to 10⁹.
inline std::optional<std::size_t> count_in(std::string_view text) noexcept {
  const auto value = number_in(text);
  if (!value || !(*value >= 0 && *value <= 1e9) || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::size_t>(*value);
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
