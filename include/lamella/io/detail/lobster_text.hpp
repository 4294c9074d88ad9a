// What the readers of LOBSTER share: words of a line, labels of atoms, and the limits of sensible numbers.
#pragma once

#include <lamella/bonding/bond_strengths.hpp>  // BondPartner
#include <lamella/chemistry/element.hpp>       // atomic_number
#include <lamella/chemistry/species.hpp>       // is_digit, is_lower
#include <lamella/io/detail/text.hpp>          // parse_number, trimmed

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Takes the next word from the rest of a line; false at its end.
constexpr bool next_word(std::string_view& rest, std::string_view& word) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\f'; };
  std::size_t at = 0;
  while (at < rest.size() && blank(rest[at])) ++at;
  std::size_t end = at;
  while (end < rest.size() && !blank(rest[end])) ++end;
  word = rest.substr(at, end - at);
  rest.remove_prefix(end);
  return !word.empty();
}

/// The words of a line, as many as a list of LOBSTER has columns and some more.
struct LobsterWords {
  static constexpr std::size_t capacity = 16;
  std::array<std::string_view, capacity> words;
  std::size_t size = 0;  ///< may be larger than the capacity: then the others are not there

  explicit LobsterWords(std::string_view line) noexcept {
    for (std::string_view word; next_word(line, word); ++size)
      if (size < capacity) words[size] = word;
  }
  std::string_view operator[](std::size_t i) const noexcept { return words[i]; }
};

/// A whole number, within ± `most`.
inline std::optional<int> lobster_integer(std::string_view text, int most = 1'000'000'000) noexcept {
  int value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (stop != end || status != std::errc{} || value < -most || value > most) return std::nullopt;
  return value;
}

/// A bond length, Å, that may be one.
constexpr bool is_bond_length(double length) noexcept { return length > 0.1 && length < 1000; }

/// Whether a COHP, COOP or COBI or its integral may be one: far beyond any, and far from overflowing in sums.
constexpr bool is_population(double value) noexcept { return value > -1e6 && value < 1e6; }

/// An atom's label, its element's symbol and its number in the cell ("Ti2"), or where `fragments` are meant that of a fragment,
/// a name and a number ("AlN_1"). Nothing where the text is none.
inline std::optional<BondPartner> bond_partner(std::string_view label, bool fragments) {
  const std::size_t digits = label.size() - std::min(label.size(), label.find_last_not_of("0123456789") + 1);
  if (digits == 0 || digits > 9 || digits == label.size()) return std::nullopt;
  std::string_view kind = label.substr(0, label.size() - digits);
  if (fragments) {
    if (kind.back() != '_' || kind.size() < 2) return std::nullopt;
    kind.remove_suffix(1);
  }
  for (const char c : kind)
    if (c <= ' ' || c > '~') return std::nullopt;
  const int z = atomic_number(kind);
  if (z == 0 && !fragments) return std::nullopt;
  return BondPartner{std::string(label), std::string(kind), Species{static_cast<std::uint8_t>(z), 0}};
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
