// Which element delivers how much of the charge, from mean valences at two states of charge.
#pragma once

#include <lamella/chemistry/composition.hpp>        // Sublattices, partition, to_formula
#include <lamella/chemistry/formula.hpp>            // Formula
#include <lamella/core/error.hpp>                   // fail
#include <lamella/core/measured.hpp>                // Measured
#include <lamella/spectra/valence_fractions.hpp>    // difference

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The mean valence of an element before and after, units of e.
struct ValenceChange {
  Species element;
  Measured before, after;
};

/// What one element gives to the charge.
struct ChargeShare {
  Species element;
  Measured electrons;  ///< per formula unit (two anions), > 0: given up
  Measured share;      ///< of the charge
};

/// The charge of a formula unit, element by element.
struct ChargeAccount {
  double charge = 0;                 ///< electrons per formula unit that left: the alkali extracted
  std::vector<ChargeShare> elements;
  Measured rest;                     ///< the share that none of them gives: other elements, oxygen, side reactions, or an error of the valences
};

/// The amount of an element per formula unit (two anions). Throws where the formula lacks it.
inline double amount_per_formula_unit(const Formula& formula, Species element) {
  const double amount = to_formula(partition(formula)).element_amount(element);
  if (!(amount > 0)) fail("formula " + to_string(formula) + ": no " + to_string(neutral(element)) + " in it, expected the element of the valences");
  return amount;
}

/// Shares of the charge, from mean valences before and after `charge` electrons per formula unit (two anions) have left; with the
/// alkali extracted from a charge curve or from x. The valences are taken to be independent of each other, `charge` to be exact.
/// Throws for a charge of 0, not finite numbers, and elements that the formula lacks.
inline ChargeAccount charge_account(const Formula& formula, std::span<const ValenceChange> changes, double charge) {
  if (!(std::abs(charge) > 1e-9 && std::abs(charge) < 1e3)) fail("shares of the charge: a charge of " + to_string(Measured{charge, 0}) + " e per formula unit, expected one that is not 0");
  ChargeAccount account{charge, {}, {1, 0}};
  double variance = 0;
  for (const auto& change : changes) {
    const Measured step = difference(change.after, change.before);
    if (!(std::isfinite(step.value) && std::isfinite(step.esd))) fail("shares of the charge: a valence of " + to_string(change.element) + " is not finite");
    const double amount = amount_per_formula_unit(formula, change.element);
    const Measured electrons{amount * step.value, amount * step.esd};
    const Measured share{electrons.value / charge, electrons.esd / std::abs(charge)};
    account.elements.push_back({neutral(change.element), electrons, share});
    account.rest.value -= share.value;
    variance += share.esd * share.esd;
  }
  account.rest.esd = std::sqrt(variance);
  return account;
}

/// The change of an element's mean valence that a share of the charge asks for: share · charge/amount, units of e.
inline double implied_valence_change(const Formula& formula, Species element, double share, double charge) {
  return share * charge / amount_per_formula_unit(formula, element);
}

}  // namespace lamella
