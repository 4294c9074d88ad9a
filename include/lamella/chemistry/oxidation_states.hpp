// Oxidation states that make a formula neutral: intervals per element, and the conventional choice.
#pragma once

#include <lamella/chemistry/charge_balance.hpp>  // fixed_charge
#include <lamella/chemistry/composition.hpp>     // detail::is_anion
#include <lamella/chemistry/formula.hpp>         // Formula, Species
#include <lamella/core/error.hpp>                // fail

#include <array>
#include <cstddef>
#include <cstdint>

namespace lamella::inline LAMELLA_ABI {

/// The mean oxidation state of one element, in units of e.
struct OxidationState {
  Species element;  ///< charge 0
  double min = 0;   ///< lowest that neutrality allows, the other elements being free within their own limits
  double max = 0;   ///< highest
  double chosen = 0;  ///< by the redox order
};

/// Oxidation states of all elements of a formula, in its order.
class OxidationStates {
 public:
  constexpr const OxidationState* begin() const noexcept { return states_.data(); }
  constexpr const OxidationState* end() const noexcept { return states_.data() + size_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr void add(const OxidationState& state) { states_[size_++] = state; }

  /// e per formula that remain with the chosen states; 0 where some assignment is neutral.
  double imbalance = 0;

  /// Neutral within `tolerance`, e per formula. Where it is not, `min` and `max` are the limits of the
  /// elements.
  constexpr bool balanced(double tolerance = 1e-9) const noexcept {
    return imbalance <= tolerance && imbalance >= -tolerance;
  }

 private:
  std::array<OxidationState, Formula::capacity> states_{};
  std::size_t size_ = 0;
};

namespace detail {

/// One oxidation of one element.
struct RedoxCouple {
  std::uint8_t atomic_number;
  int from, to;
};

/// In the order in which the elements of a layered oxide are taken to give up electrons, the most easily
/// oxidised first. A convention for naming the usual states (Ni2+ Mn4+, not Ni3+ Mn3+), not a series of
/// measured potentials.
inline constexpr std::array<RedoxCouple, 17> redox_order = {{
    {22, 3, 4},  // Ti
    {23, 3, 4},  // V
    {26, 2, 3},  // Fe
    {29, 1, 2},  // Cu
    {25, 2, 3},  // Mn
    {23, 4, 5},  // V
    {44, 3, 4},  // Ru
    {27, 2, 3},  // Co
    {25, 3, 4},  // Mn
    {28, 2, 3},  // Ni
    {44, 4, 5},  // Ru
    {28, 3, 4},  // Ni
    {27, 3, 4},  // Co
    {26, 3, 4},  // Fe
    {29, 2, 3},  // Cu
    {77, 4, 5},  // Ir
    {24, 3, 6},  // Cr
}};

/// The state of elements taken to have one only in layered cathodes, beyond `fixed_charge`; 0 for the others.
constexpr int usual_charge(Species element, bool has_oxygen) noexcept {
  if (const int charge = fixed_charge(element); charge != 0) return charge;
  const int z = element.atomic_number;
  if (z == 52) return is_anion(element, has_oxygen) ? -2 : 6;  // Te
  if (z == 7) return -3;                                       // N
  if (is_one_of(z, {16, 34})) return -2;                       // S, Se
  if (is_one_of(z, {17, 35, 53})) return -1;                   // Cl, Br, I
  if (z == 50) return 4;                                       // Sn
  if (is_one_of(z, {41, 51, 73})) return 5;                    // Nb, Sb, Ta
  if (is_one_of(z, {42, 74})) return 6;                        // Mo, W
  return 0;
}

}  // namespace detail

/// Which mean oxidation states make the formula neutral: for each element the interval that its own limits
/// and those of the others leave (exact: one linear equation between box limits), and the choice by a fixed
/// order of oxidation Ti V Fe(II) Cu(I) Mn(II) V(IV) Ru(III) Co(II) Mn(III) Ni(II) Ru(IV) Ni(III) Co(III)
/// Fe(III) Cu(II) Ir Cr.
///
/// Limits: Ti 3-4, V 3-5, Cr 3-6, Mn 2-4, Fe 2-4, Co 2-4, Ni 2-4, Cu 1-3, Ru 3-5, Ir 4-5; one state for
/// Sn(4), Nb, Sb, Ta (5), Mo, W, Te (6), halogens (-1), S, Se (-2), N (-3) and where `fixed_charge` has one.
/// Charges written in the formula are kept. Throws Error for another element without a charge.
constexpr OxidationStates oxidation_states(const Formula& formula) {
  const Formula elements = neutral(formula);
  const bool has_oxygen = formula.element_amount(Species{8, 0}) > 0;
  std::array<double, Formula::capacity> free{};                   // amount whose charge is not written
  std::array<double, Formula::capacity> low{}, high{}, chosen{};  // charge of each element, e per formula
  std::size_t size = 0;
  double lowest = 0, highest = 0;
  for (const Formula::Term& e : elements) {
    const std::size_t i = size++;
    for (const Formula::Term& term : formula) {
      if (neutral(term.species) != e.species) continue;
      int from = term.species.charge, to = term.species.charge;
      if (from == 0) {
        free[i] = term.amount;
        from = to = detail::usual_charge(e.species, has_oxygen);
        for (const detail::RedoxCouple& couple : detail::redox_order) {
          if (couple.atomic_number != e.species.atomic_number) continue;
          if (from == 0) from = couple.from;
          to = couple.to;
        }
        if (from == 0)
          detail::fail_charge(formula, e.species,
                              "has no usual oxidation state: expected a charge, as in Mn4+0.3");
      }
      low[i] += from * term.amount;
      high[i] += to * term.amount;
    }
    chosen[i] = low[i];
    lowest += low[i];
    highest += high[i];
  }

  double missing = -lowest;  // positive charge still to be created
  for (const detail::RedoxCouple& couple : detail::redox_order) {
    for (std::size_t i = 0; i < size && missing > 0; ++i) {
      if (elements[i].species.atomic_number != couple.atomic_number) continue;
      const double most = (couple.to - couple.from) * free[i];
      const double step = most < missing ? most : missing;
      chosen[i] += step;
      missing -= step;
    }
  }

  OxidationStates result;
  const double tolerance = 1e-9 * (highest - lowest + 1);
  const bool possible = lowest <= tolerance && highest >= -tolerance;
  result.imbalance = possible ? 0 : -missing;
  for (std::size_t i = 0; i < size; ++i) {
    const double amount = elements[i].amount;
    double min = low[i], max = high[i];
    if (possible) {
      const double others_high = highest - high[i], others_low = lowest - low[i];
      if (-others_high > min) min = -others_high;
      if (-others_low < max) max = -others_low;
      if (max < min) max = min;  // rounding
    }
    result.add({elements[i].species, min / amount, max / amount, chosen[i] / amount});
  }
  return result;
}

}  // namespace lamella
