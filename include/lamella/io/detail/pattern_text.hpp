// What the readers of powder patterns share: numbered lines, fields, points with weight, and the lines of X-ray tubes.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/diffraction/radiation.hpp>       // Radiation, Anode
#include <lamella/io/detail/powder_point.hpp>      // point_fault
#include <lamella/io/detail/text.hpp>              // take_line, parse_number, in_quotes

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// Appends a point, or returns what is wrong with it. Points at 0° and below, where detectors pass the direct beam,
/// are left out.
inline std::string add_point(PowderPattern& pattern, double two_theta, double intensity, double sigma) {
  if (two_theta <= 0) return {};
  std::string fault = point_fault(pattern, two_theta, intensity, sigma);
  if (!fault.empty()) return fault;
  pattern.two_theta.push_back(two_theta);
  pattern.intensity.push_back(intensity);
  pattern.sigma.push_back(sigma);
  return fault;
}

/// Uncertainty of a number of counts by Poisson statistics; 1 for none.
inline double counting_sigma(double counts) noexcept { return std::sqrt(std::max(counts, 1.0)); }

/// The anode of that chemical symbol, where it is one of a tabulated tube.
inline std::optional<Anode> anode_named(std::string_view symbol) noexcept {
  constexpr std::pair<std::string_view, Anode> anodes[] = {{"cu", Anode::Cu}, {"mo", Anode::Mo}, {"co", Anode::Co},
                                                           {"ag", Anode::Ag}, {"fe", Anode::Fe}, {"cr", Anode::Cr}};
  for (const auto& [name, anode] : anodes)
    if (is_word(symbol, name)) return anode;
  return std::nullopt;
}

constexpr bool is_wavelength(double length) noexcept { return length > 0.01 && length < 100; }

/// One line, or a doublet where `second` is a wavelength and `ratio` from 10⁻⁶ to 1; nothing where a number is none of a
/// tube (some programs write 0 for "unknown").
inline std::optional<Radiation> tube_radiation(double first, double second, double ratio,
                                               std::optional<Anode> anode) noexcept {
  if (!is_wavelength(first)) return std::nullopt;
  if (is_wavelength(second) && second != first && ratio >= 1e-6 && ratio <= 1) return doublet(first, second, ratio, anode);
  Radiation line = monochromatic(first);
  line.anode = anode;
  return line;
}

/// The pattern under its name, or the error that it has too few points. `place` is the line of the data.
inline Result<PowderPattern> finished(PowderPattern pattern, const Place& place) {
  if (pattern.size() < 2)
    return Error((pattern.size() == 0 ? "no point with an intensity" : "a single point with an intensity") +
                     std::string(", expected a pattern of two or more"),
                 place);
  pattern.source = place.file;
  return pattern;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
