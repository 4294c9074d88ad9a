// Charge neutrality: audits of reported valences, and the oxidation state that one element must have.
#pragma once

#include <lamella/chemistry/detail/items.hpp>  // Items
#include <lamella/chemistry/formula.hpp>       // Formula, Species
#include <lamella/core/error.hpp>              // fail
#include <lamella/core/measured.hpp>           // detail::fixed

#include <initializer_list>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// The charge of elements that have only one oxidation state in oxides; 0 for all others.
/// Alkali +1; Be, Mg, Ca, Sr, Ba, Zn, Cd +2; Al, Ga, In, Sc, Y, La, Gd, Lu +3; Zr, Hf, Si, Ge +4; O -2; F -1.
constexpr int fixed_charge(Species element) noexcept {
  const int z = element.atomic_number;
  if (detail::is_one_of(z, {3, 11, 19, 37, 55})) return 1;
  if (detail::is_one_of(z, {4, 12, 20, 38, 56, 30, 48})) return 2;
  if (detail::is_one_of(z, {13, 31, 49, 21, 39, 57, 64, 71})) return 3;
  if (detail::is_one_of(z, {40, 72, 14, 32})) return 4;
  if (z == 8) return -2;
  if (z == 9) return -1;
  return 0;
}

/// The share of an element that has this charge: {"Mn3+"_species, 0.69}.
struct Valence {
  Species species;
  double fraction = 1;
};

namespace detail {

[[noreturn, gnu::cold]] inline void fail_charge(const Formula& formula, Species species, const char* what) {
  fail(std::string("charge of ") + to_string(formula) + ": " + to_string(species) + " " + what);
}

/// The charge of a term: the one written or, where none is, the only possible one.
constexpr int charge_of(const Formula& formula, Species species) {
  const int charge = species.charge != 0 ? species.charge : fixed_charge(species);
  if (charge == 0)
    fail_charge(formula, species, "has no oxidation state: expected one in the formula, as in Mn4+0.3");
  return charge;
}

}  // namespace detail

namespace detail {

constexpr Formula split_valences(const Formula& formula, Items<Valence> valences) {
  for (const Valence& v : valences) {
    if (v.species.charge == 0) fail_charge(formula, v.species, "among the valences has no charge");
    if (!(v.fraction >= 0 && v.fraction <= 1))
      fail_charge(formula, v.species, "needs a fraction from 0 to 1");
    if (formula.amount(neutral(v.species)) == 0)
      fail_charge(formula, v.species, "is given, but the formula has no such element without a charge");
  }
  Formula result;
  for (const Formula::Term& term : formula) {
    double sum = 0;
    bool given = false;
    for (const Valence& v : valences) {
      if (term.species != neutral(v.species)) continue;
      sum += v.fraction;
      given = true;
    }
    if (!given) {
      result.add(term.species, term.amount);
      continue;
    }
    if (!(sum > 0.99 && sum < 1.01))
      fail_charge(formula, term.species, "has fractions that do not add up to 1");
    for (const Valence& v : valences)
      if (term.species == neutral(v.species)) result.add(v.species, term.amount * (v.fraction / sum));
  }
  return result;
}

}  // namespace detail

/// The formula with the given elements split into oxidation states, such as those reported by XPS. The
/// fractions of each element must add up to 1 within 0.01 (rounded percentages) and are scaled to do so.
/// Throws Error otherwise, for a fraction outside 0 … 1, a species without charge, and an element that the
/// formula lacks or already gives a charge.
constexpr Formula with_valences(const Formula& formula, std::span<const Valence> valences) {
  return detail::split_valences(formula, {valences.data(), valences.size()});
}
constexpr Formula with_valences(const Formula& formula, std::initializer_list<Valence> valences) {
  return detail::split_valences(formula, {valences.begin(), valences.size()});
}

/// Positive and negative charge of a formula.
struct ChargeAudit {
  double positive = 0;  ///< e per formula as written
  double negative = 0;  ///< e per formula as written, ≤ 0

  /// Electrons that the formula lacks (> 0) or has too many (< 0), per formula as written.
  constexpr double imbalance() const noexcept { return positive + negative; }
  /// Neutral within `tolerance` (e per formula): 0.01 forgives amounts rounded to two decimals.
  constexpr bool balanced(double tolerance = 0.01) const noexcept {
    return imbalance() <= tolerance && imbalance() >= -tolerance;
  }
};

/// Adds up the charges written in the formula and the fixed ones (`fixed_charge`) of elements without.
/// Throws Error that names an element whose oxidation state is neither.
constexpr ChargeAudit audit_charges(const Formula& formula) {
  ChargeAudit audit;
  for (const Formula::Term& term : formula) {
    if (term.species == vacancy) continue;
    const int charge = detail::charge_of(formula, term.species);
    (charge > 0 ? audit.positive : audit.negative) += charge * term.amount;
  }
  return audit;
}

/// "imbalance -0.207 e per formula" or "neutral".
inline std::string to_string(const ChargeAudit& audit) {
  if (audit.balanced(5e-4)) return "neutral";
  return std::string(audit.imbalance() > 0 ? "imbalance +" : "imbalance ") +
         detail::fixed(audit.imbalance(), 3) + " e per formula";
}

/// Mean charge of an element over the charge states in the formula (`fixed_charge` where none is written).
/// Throws Error where the element or its charge is missing.
constexpr double mean_oxidation_state(const Formula& formula, Species element) {
  double amount = 0;
  double charge = 0;
  for (const Formula::Term& term : formula) {
    if (term.species.atomic_number != element.atomic_number) continue;
    amount += term.amount;
    charge += term.amount * detail::charge_of(formula, term.species);
  }
  if (amount == 0) detail::fail_charge(formula, neutral(element), "is not in the formula");
  return charge / amount;
}

/// The mean oxidation state that `element` must have for the formula to be neutral, all other charges being
/// as written or fixed. A charge written for the element itself is ignored. No check whether such a state
/// exists: +6 for Mn says that the other charges are wrong. Throws Error where the element or another charge
/// is missing.
constexpr double balancing_oxidation_state(const Formula& formula, Species element) {
  const double amount = formula.element_amount(element);
  if (amount == 0) detail::fail_charge(formula, neutral(element), "is not in the formula");
  double charge = 0;
  for (const Formula::Term& term : formula)
    if (term.species.atomic_number != element.atomic_number && term.species != vacancy)
      charge += term.amount * detail::charge_of(formula, term.species);
  return -charge / amount;
}

}  // namespace lamella
