// The softBV set by ion and ion pair: Morse and bond valence parameters, ion data, covalent radii by the set they belong to.
#pragma once

#include <lamella/bonding/detail/softbv_table.hpp>  // SoftBvIon, SoftBvPair, softbv_ions, softbv_pairs, cordero_radii
#include <lamella/chemistry/species.hpp>            // Species, to_string
#include <lamella/core/error.hpp>                   // fail, Error
#include <lamella/core/result.hpp>                  // Result

#include <cstddef>
#include <cstdint>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// The softBV parameters of a cation-anion pair, or a null pointer.
constexpr const SoftBvPair* find_softbv_pair(Species cation, Species anion) noexcept {
  std::size_t low = 0, high = detail::softbv_pairs.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    const SoftBvPair& row = detail::softbv_pairs[middle];
    if (row.cation < cation || (row.cation == cation && row.anion < anion)) low = middle + 1;
    else high = middle;
  }
  if (low == detail::softbv_pairs.size()) return nullptr;
  const SoftBvPair& row = detail::softbv_pairs[low];
  return row.cation == cation && row.anion == anion ? &row : nullptr;
}

/// The softBV data of an ion, or a null pointer.
constexpr const SoftBvIon* find_softbv_ion(Species ion) noexcept {
  for (const SoftBvIon& row : detail::softbv_ions)
    if (row.ion == ion) return &row;
  return nullptr;
}

namespace detail {

inline Error no_softbv_pair(Species cation, Species anion) {
  std::string known;
  for (const SoftBvPair& row : softbv_pairs)
    if (row.anion == anion && row.cation.atomic_number == cation.atomic_number)
      known += (known.empty() ? "" : ", ") + to_string(row.cation) + " - " + to_string(row.anion);
  return Error(
      "no softBV parameters for " + to_string(cation) + " - " + to_string(anion) +
      (known.empty() ? ": expected a cation and an anion of the set" : ": expected one of " + known));
}

[[noreturn, gnu::cold]] inline void fail_softbv_pair(Species cation, Species anion) {
  fail(no_softbv_pair(cation, anion));
}

[[noreturn, gnu::cold]] inline void fail_softbv_ion(Species ion) {
  std::string known;
  for (const SoftBvIon& row : softbv_ions)
    if (row.ion.atomic_number == ion.atomic_number) known += (known.empty() ? "" : ", ") + to_string(row.ion);
  fail("no softBV data for " + to_string(ion) +
       (known.empty() ? std::string(": expected an ion of the set") : ": expected one of " + known));
}

}  // namespace detail

/// The softBV parameters of a cation-anion pair. Throws Error "no softBV parameters for Na3+ - O2-: …" that names the
/// charge states of the cation that have some.
constexpr const SoftBvPair& softbv_pair(Species cation, Species anion) {
  const SoftBvPair* const pair = find_softbv_pair(cation, anion);
  if (pair == nullptr) detail::fail_softbv_pair(cation, anion);
  return *pair;
}

/// `softbv_pair` that returns the error instead of throwing it.
inline Result<SoftBvPair> try_softbv_pair(Species cation, Species anion) {
  if (const SoftBvPair* const pair = find_softbv_pair(cation, anion)) return *pair;
  return detail::no_softbv_pair(cation, anion);
}

/// Principal quantum number, block, softness and radius of an ion in the softBV set. Throws Error that names the charge
/// states of the element that the set has.
constexpr const SoftBvIon& softbv_ion(Species ion) {
  const SoftBvIon* const row = find_softbv_ion(ion);
  if (row == nullptr) detail::fail_softbv_ion(ion);
  return *row;
}

/// Which covalent radii screen the Coulomb repulsion of a site energy. The sets differ by 0.3 Å for the 3d metals, so that
/// an energy without the name of its set is no number.
enum class CovalentRadii : std::uint8_t {
  cordero,  ///< of the element: B. Cordero et al., Dalton Trans. (2008) 2832, doi 10.1039/b801115j (Na 1.66, Fe 1.32, O 0.66 Å)
  softbv  ///< of the ion: H. Chen, L. L. Wong & S. Adams, Acta Cryst. B75 (2019) 18 (Na+ 1.66, Fe3+ 1.26, O2- 1.33 Å)
};

/// "cordero", "softbv".
constexpr const char* to_string(CovalentRadii set) noexcept {
  return set == CovalentRadii::cordero ? "cordero" : "softbv";
}

/// Covalent radius of an ion in a set, Å. Throws Error where the set has none.
constexpr double covalent_radius(Species ion, CovalentRadii set) {
  if (set == CovalentRadii::softbv) return softbv_ion(ion).radius;
  if (ion.atomic_number == 0 || ion.atomic_number > detail::cordero_radii.size())
    fail(std::string("no covalent radius of Cordero for ") + to_string(ion) +
         ": expected an element up to Cm");
  return detail::cordero_radii[ion.atomic_number - std::size_t{1}] / 100.0;
}

}  // namespace lamella::inline LAMELLA_ABI
