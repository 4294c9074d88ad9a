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

/// Alkali metals in the alkali layer, per formula unit.
constexpr double mobile_alkali(const Sublattices& layers) noexcept {
  double x = 0;
  for (const Formula::Term& term : layers.alkali)
    if (is_alkali(term.species)) x += term.amount;
  return x;
}

constexpr double checked_amount(double x, const char* what) {
  if (!(x >= 0 && x <= 1e9))
    fail(std::string(what) + " " + std::to_string(x) + ": expected a number that is not negative");
  return x;
}

}  // namespace detail

/// Charge of one alkali ion per formula unit (two anions), mAh per gram of the composition as written: F/3.6 M.
constexpr double capacity_per_alkali(const Sublattices& layers) {
  return detail::capacity_per_electron(detail::unit_mass(layers));
}
constexpr double capacity_per_alkali(const Formula& formula) {
  return capacity_per_alkali(partition(formula));
}

/// Theoretical gravimetric capacity, mAh/g: all alkali metal of the alkali layer extracted, one electron each,
/// divided by the mass of the formula as written: Q = x F / 3.6 M. Alkali inside the slab does not count (see
/// `partition`), nor do other metals in the alkali layer. Throws Error where the formula has no layers.
constexpr double theoretical_capacity(const Sublattices& layers) {
  return detail::mobile_alkali(layers) * capacity_per_alkali(layers);
}
constexpr double theoretical_capacity(const Formula& formula) {
  return theoretical_capacity(partition(formula));
}

/// Alkali extracted per formula unit (two anions) by a charge of `capacity` mAh per gram of the formula as
/// written. May exceed what the formula holds: then part of the charge went elsewhere. Throws Error for a
/// negative capacity.
constexpr double extracted_alkali(const Sublattices& layers, double capacity) {
  return detail::checked_amount(capacity, "capacity") / capacity_per_alkali(layers);
}
constexpr double extracted_alkali(const Formula& formula, double capacity) {
  return extracted_alkali(partition(formula), capacity);
}

/// The inverse of `extracted_alkali`: mAh per gram for `alkali` per formula unit (two anions).
/// Throws Error for a negative amount.
constexpr double capacity_of(const Sublattices& layers, double alkali) {
  return detail::checked_amount(alkali, "alkali") * capacity_per_alkali(layers);
}
constexpr double capacity_of(const Formula& formula, double alkali) {
  return capacity_of(partition(formula), alkali);
}

/// x after charging: alkali left per formula unit when `capacity` mAh per gram of the composition as written
/// were taken out of a cathode with `x_start`. Throws Error where that is more than there is, for negative
/// numbers and NaN.
constexpr double alkali_after_charge(const Sublattices& layers, double x_start, double capacity) {
  const double x = detail::checked_amount(x_start, "alkali") - extracted_alkali(layers, capacity);
  if (x < -1e-9)
    fail(std::string("charge of ") + std::to_string(capacity) + " mAh/g from x = " + std::to_string(x_start) +
         ": expected at most " + std::to_string(capacity_of(layers, x_start)) + " mAh/g, which empties it");
  return x > 0 ? x : 0;
}
constexpr double alkali_after_charge(const Formula& formula, double x_start, double capacity) {
  return alkali_after_charge(partition(formula), x_start, capacity);
}

/// x after discharging: alkali per formula unit when `capacity` mAh per gram of the composition as written were
/// put into a cathode with `x_start`. Throws Error where that is more than the one site per formula unit holds
/// (other metals on it are counted), for negative numbers and NaN.
constexpr double alkali_after_discharge(const Sublattices& layers, double x_start, double capacity) {
  const double x = detail::checked_amount(x_start, "alkali") + extracted_alkali(layers, capacity);
  const double held = 1 - (layers.alkali.total() - detail::mobile_alkali(layers));
  const double most = held > x_start ? held : x_start;
  if (x > most + 1e-9)
    fail(std::string("discharge of ") + std::to_string(capacity) +
         " mAh/g from x = " + std::to_string(x_start) + ": expected at most " +
         std::to_string(capacity_of(layers, most - x_start)) + " mAh/g, which fills it");
  return x;
}
constexpr double alkali_after_discharge(const Formula& formula, double x_start, double capacity) {
  return alkali_after_discharge(partition(formula), x_start, capacity);
}

/// mAh per gram of the composition as written between two alkali contents per formula unit: positive on
/// charge (x_from > x_to), negative on discharge. Throws Error for negative contents and NaN.
constexpr double capacity_between(const Sublattices& layers, double x_from, double x_to) {
  return (detail::checked_amount(x_from, "alkali") - detail::checked_amount(x_to, "alkali")) *
         capacity_per_alkali(layers);
}
constexpr double capacity_between(const Formula& formula, double x_from, double x_to) {
  return capacity_between(partition(formula), x_from, x_to);
}

}  // namespace lamella
