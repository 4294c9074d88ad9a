// A chemical species: an element in a charge state. Ni2+ is not Ni.
#pragma once

#include <lamella/chemistry/element.hpp>  // Element, atomic_number, element
#include <lamella/core/error.hpp>         // fail
#include <lamella/core/result.hpp>        // Result

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// An element (charge 0) or an ion of it. Ordered by atomic number, then charge.
struct Species {
  std::uint8_t atomic_number = 0;  ///< Z; 0 is no atom, see `vacancy`
  std::int8_t charge = 0;          ///< in units of e, -9 … 9

  constexpr bool operator==(const Species&) const = default;
  constexpr auto operator<=>(const Species&) const = default;
};

/// An empty site: no atom, no charge.
inline constexpr Species vacancy{0, 0};

/// The element of a species. Throws Error for a vacancy.
constexpr const Element& element(Species s) { return element(s.atomic_number); }

/// The symbol of the element of a species, "Vac" for a vacancy.
inline constexpr std::string_view vacancy_symbol = "Vac";
constexpr std::string_view symbol(Species s) {
  return s.atomic_number == 0 ? vacancy_symbol : element(s).symbol;
}

/// The same element without charge.
constexpr Species neutral(Species s) noexcept { return {s.atomic_number, 0}; }

namespace detail {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

/// Reads a whole text as a species. Returns null, or what was expected.
constexpr const char* read_species(std::string_view text, Species& species) noexcept {
  const std::size_t letters = text.size() > 1 && is_lower(text[1]) ? 2 : 1;
  const int z = atomic_number(text.substr(0, letters));
  if (z == 0) return "expected an element symbol such as Na";
  std::string_view rest = text.substr(letters);
  int sign = 0;
  int digit = -1;
  const auto take_sign = [&] {
    if (sign == 0 && !rest.empty() && (rest.front() == '+' || rest.front() == '-')) {
      sign = rest.front() == '+' ? 1 : -1;
      rest.remove_prefix(1);
    }
  };
  take_sign();
  if (!rest.empty() && is_digit(rest.front())) {
    digit = rest.front() - '0';
    rest.remove_prefix(1);
  }
  take_sign();
  if (!rest.empty()) return "expected nothing or one charge such as +, 2+ or +2 after the element symbol";
  if (digit > 0 && sign == 0) return "expected the sign of the charge, as in 2+ or 2-";
  species.atomic_number = static_cast<std::uint8_t>(z);
  species.charge = static_cast<std::int8_t>(sign * (digit < 0 ? 1 : digit));
  return nullptr;
}

inline Error species_error(std::string_view text, const char* expected) {
  return Error(std::string("\"").append(text) + "\" is not a chemical species: " + expected);
}

[[noreturn, gnu::cold]] inline void fail_species(std::string_view text, const char* expected) {
  fail(species_error(text, expected));
}

/// Fails where something was expected; the compiler that stops here at a faulty literal prints the arguments.
constexpr void require_species(std::string_view text, const char* expected) {
  if (expected != nullptr) fail_species(text, expected);
}

}  // namespace detail

/// The species written as "Na", "Na0", "Na+", "Na1+", "Na+1", "O2-", "O-2" or "Mn4+". A digit without a sign
/// ("O2") is refused, because it may as well be an amount. Throws Error with the text and what was expected.
constexpr Species parse_species(std::string_view text) {
  Species species;
  detail::require_species(text, detail::read_species(text, species));
  return species;
}

/// `parse_species` that returns the error instead of throwing it.
inline Result<Species> try_parse_species(std::string_view text) {
  Species species;
  if (const char* expected = detail::read_species(text, species))
    return detail::species_error(text, expected);
  return species;
}

inline namespace literals {

/// `"Mn4+"_species`: `parse_species` at compile time. A typo does not compile.
consteval Species operator""_species(const char* text, std::size_t size) {
  return parse_species({text, size});
}

}  // namespace literals

/// "Na", "Na+", "O2-", "Mn4+": reads back with `parse_species`. A vacancy is "Vac", which is no species to read.
inline std::string to_string(Species s) {
  std::string text(symbol(s));
  const int magnitude = s.charge < 0 ? -s.charge : s.charge;
  if (magnitude > 1) text += std::to_string(magnitude);
  if (magnitude > 0) text += s.charge < 0 ? '-' : '+';
  return text;
}

}  // namespace lamella
