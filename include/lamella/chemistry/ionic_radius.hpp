// Shannon's effective ionic radii by charge, coordination and spin state.
#pragma once

#include <lamella/chemistry/detail/shannon_table.hpp>  // Coordination, Spin, shannon_table
#include <lamella/chemistry/species.hpp>               // Species
#include <lamella/core/error.hpp>                      // fail

#include <array>
#include <cstddef>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// "VI", "IV square", …
inline std::string to_string(Coordination coordination) {
  constexpr std::array<const char*, 16> names{
      "I",  "II", "III", "III pyramidal", "IV", "IV square", "IV pyramidal", "V", "VI", "VII", "VIII",
      "IX", "X",  "XI",  "XII",           "XIV"};
  return names[static_cast<std::size_t>(coordination)];
}

/// "high spin", "low spin" or "".
inline std::string to_string(Spin spin) {
  return spin == Spin::high ? "high spin" : spin == Spin::low ? "low spin" : "";
}

/// Rows of Shannon's table, to iterate over.
struct ShannonRows {
  const ShannonRow* first = nullptr;
  const ShannonRow* last = nullptr;
  constexpr const ShannonRow* begin() const noexcept { return first; }
  constexpr const ShannonRow* end() const noexcept { return last; }
};

/// All rows of Shannon's table for an element, sorted by charge, coordination and spin.
constexpr ShannonRows shannon_rows(Species element) noexcept {
  if (element.atomic_number + std::size_t{1} >= detail::shannon_first.size()) return {};
  const ShannonRow* const rows = detail::shannon_table.data();
  return {rows + detail::shannon_first[element.atomic_number],
          rows + detail::shannon_first[element.atomic_number + std::size_t{1}]};
}

namespace detail {

/// How many rows of the table fit, and the radius of the last of them (no pointer to it: g++ 12 does not take one
/// for a constant under the undefined-behaviour sanitizer).
struct RadiusChoice {
  int rows = 0;
  double radius = 0;
};

constexpr RadiusChoice choose_radius(Species ion, Coordination coordination, Spin spin) noexcept {
  RadiusChoice choice;
  for (const ShannonRow& row : shannon_rows(ion)) {
    if (row.charge != ion.charge || row.coordination != coordination) continue;
    if (spin != Spin::none && row.spin != Spin::none && row.spin != spin) continue;
    ++choice.rows;
    choice.radius = row.ionic_radius;
  }
  return choice;
}

[[noreturn, gnu::cold]] inline void fail_radius(Species ion, Coordination coordination, Spin spin,
                                                bool ambiguous) {
  std::string text =
      std::string("ionic radius of ") + to_string(ion) + " in coordination " + to_string(coordination);
  if (ambiguous) fail(text + " differs between high and low spin: expected a spin state");
  if (spin != Spin::none) text += std::string(", ") + to_string(spin) + ",";
  std::string known;
  for (const ShannonRow& row : shannon_rows(ion)) {
    if (row.charge != ion.charge) continue;
    known += (known.empty() ? "" : ", ") + to_string(row.coordination);
    if (row.spin != Spin::none) known += std::string(" ") + to_string(row.spin);
  }
  fail(text + " is not in Shannon's table: " +
       (known.empty() ? std::string("it has no radius for this charge")
                      : std::string("expected one of ") + known));
}

}  // namespace detail

/// Effective ionic radius, Å (R. D. Shannon, Acta Cryst. A32 (1976) 751; six-coordinate O2- is 1.40 Å).
///
/// Where the table distinguishes high and low spin (Mn3+ VI: 0.645 and 0.58 Å) the spin state has to be given:
/// without it this is an Error, never a mean. Where the table has one radius for all spin states the spin is
/// ignored. Throws Error that names the known coordinations where the table has no such row.
constexpr double shannon_radius(Species ion, Coordination coordination, Spin spin = Spin::none) {
  const detail::RadiusChoice choice = detail::choose_radius(ion, coordination, spin);
  if (choice.rows != 1) detail::fail_radius(ion, coordination, spin, choice.rows > 1);
  return choice.radius;
}

/// The spin state that an ion is taken to have in the octahedra of a layered oxide: low for Co3+, Ni3+, Ni4+
/// and Cu3+, high for Cr2+, Mn2+, Mn3+, Fe2+, Fe3+, Co2+ and Co4+ (Shannon has no low-spin radius of Co4+, which
/// is low-spin in CoO2 slabs); `none` for all others. A convention, the one that the reference compositions
/// of this library rest on: not a prediction of the spin state.
constexpr Spin usual_spin(Species ion) noexcept {
  const int z = ion.atomic_number, q = ion.charge;
  if ((z == 27 && q == 3) || (z == 28 && (q == 3 || q == 4)) || (z == 29 && q == 3)) return Spin::low;
  if ((z == 24 && q == 2) || (z == 25 && (q == 2 || q == 3)) || (z == 26 && (q == 2 || q == 3)) ||
      (z == 27 && (q == 2 || q == 4)))
    return Spin::high;
  return Spin::none;
}

/// Six-coordinate Shannon radius, Å, in the usual spin state (`usual_spin`). Throws Error where the table has none.
constexpr double octahedral_radius(Species ion) {
  return shannon_radius(ion, Coordination::VI, usual_spin(ion));
}

}  // namespace lamella
