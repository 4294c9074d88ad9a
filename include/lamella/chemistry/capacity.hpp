// Theoretical capacity of a cathode, and alkali content against capacity.
#pragma once

#include <lamella/chemistry/composition.hpp>  // partition
#include <lamella/core/constants.hpp>         // faraday_constant
#include <lamella/core/error.hpp>             // fail

#include <string>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Charge of one electron per formula unit of this molar mass (g/mol), mAh/g: F / 3.6 M.
constexpr double capacity_per_electron(double molar_mass) { return faraday_constant / (3.6 * molar_mass); }

/// Molar mass of the formula unit with two anions.
constexpr double unit_mass(const Sublattices& layers) {
  return molar_mass(layers.alkali) + molar_mass(layers.slab) + molar_mass(layers.anion);
}

constexpr double checked_amount(double x, const char* what) {
  if (!(x >= 0 && x <= 1e9))
    fail(std::string(what) + " " + std::to_string(x) + ": expected a number that is not negative");
  return x;
}

}  // namespace detail

/// Theoretical gravimetric capacity, mAh/g: all alkali of the alkali layer extracted, one electron each,
/// divided by the mass of the formula as written: Q = x F / 3.6 M. Li inside the slab does not count (see
/// `partition`). Throws Error where the formula has no layers.
constexpr double theoretical_capacity(const Formula& formula) {
  const Sublattices layers = partition(formula);
  return layers.alkali.total() * detail::capacity_per_electron(detail::unit_mass(layers));
}

/// Alkali extracted per formula unit (two anions) by a charge of `capacity` mAh per gram of the formula as
/// written. May exceed what the formula holds: then part of the charge went elsewhere. Throws Error for a
/// negative capacity.
constexpr double extracted_alkali(const Formula& formula, double capacity) {
  return detail::checked_amount(capacity, "capacity") /
         detail::capacity_per_electron(detail::unit_mass(partition(formula)));
}

/// The inverse of `extracted_alkali`: mAh per gram for `alkali` per formula unit (two anions).
/// Throws Error for a negative amount.
constexpr double capacity_of(const Formula& formula, double alkali) {
  return detail::checked_amount(alkali, "alkali") *
         detail::capacity_per_electron(detail::unit_mass(partition(formula)));
}

}  // namespace lamella
