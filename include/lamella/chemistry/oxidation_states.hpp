// Oxidation states that make a formula neutral: intervals per element, and the conventional choice.
#pragma once

#include <lamella/chemistry/charge_balance.hpp>  // fixed_charge
#include <lamella/chemistry/composition.hpp>     // Sublattices, detail::is_anion
#include <lamella/chemistry/formula.hpp>         // Formula, Species
#include <lamella/core/error.hpp>                // fail

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

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

  /// The state of an element whatever its charge, or a null pointer where the formula lacks it.
  constexpr const OxidationState* find(Species element) const noexcept {
    for (const OxidationState& s : *this)
      if (s.element.atomic_number == element.atomic_number) return &s;
    return nullptr;
  }

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

/// One oxidation of one element, such as Ni2+ to Ni3+ {28, 2, 3}.
struct RedoxCouple {
  std::uint8_t atomic_number;
  int from, to;  ///< charges in units of e, from < to
};

/// In the order in which the elements of a layered oxide are taken to give up electrons, the most easily
/// oxidised first. A convention for naming the usual states (Ni2+ Mn4+, not Ni3+ Mn3+), not a series of
/// measured potentials.
inline constexpr std::array<RedoxCouple, 17> default_redox_order = {{
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

namespace detail {

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

/// The charges between which an element may be; both 0 where none are known.
struct ChargeRange {
  int low = 0, high = 0;
};

/// From the first to the last charge of an element in `default_redox_order`, else its `usual_charge`. A switch,
/// because it is asked for every element of every composition; the tests compare it with the order.
constexpr ChargeRange usual_range(Species element, bool has_oxygen) noexcept {
  // clang-format off
  switch (element.atomic_number) {
    case 3: case 11: case 19: return {1, 1};            // Li, Na, K
    case 8: return {-2, -2};                            // O
    case 12: case 30: return {2, 2};                    // Mg, Zn
    case 13: return {3, 3};                             // Al
    case 22: return {3, 4};                             // Ti
    case 23: case 44: return {3, 5};                    // V, Ru
    case 24: return {3, 6};                             // Cr
    case 25: case 26: case 27: case 28: return {2, 4};  // Mn, Fe, Co, Ni
    case 29: return {1, 3};                             // Cu
    case 40: case 50: return {4, 4};                    // Zr, Sn
    case 77: return {4, 5};                             // Ir
    default: break;
  }
  // clang-format on
  const int charge = usual_charge(element, has_oxygen);
  return {charge, charge};
}

[[noreturn, gnu::cold]] inline void fail_order(const RedoxCouple& couple) {
  fail(std::string("redox order with ") + to_string(Species{couple.atomic_number, 0}) + " from " +
       std::to_string(couple.from) + " to " + std::to_string(couple.to) +
       ": expected couples of one element to follow each other upwards, within -9 to 9");
}

[[noreturn, gnu::cold]] inline void fail_order_size(std::size_t size, std::size_t most) {
  fail(std::string("redox order of ") + std::to_string(size) + " couples: expected at most " +
       std::to_string(most));
}

using RedoxOrder = Items<RedoxCouple>;

/// An own order with the default one behind it for the elements that it does not name.
struct RedoxSeries {
  static constexpr std::size_t capacity = 64;
  RedoxCouple couples[capacity] = {};
  std::size_t own = 0, size = 0;  ///< the first `own` ones come from the user

  constexpr explicit RedoxSeries(RedoxOrder order) {
    for (const RedoxCouple& couple : order) {
      if (own + default_redox_order.size() == capacity) fail_order_size(own + 1, own);
      const ChargeRange before = range(Species{couple.atomic_number, 0}, {});
      const bool seen = before.low < before.high;
      if (couple.atomic_number == 0 || couple.atomic_number > element_table.size() ||
          couple.from >= couple.to || couple.from < -9 || couple.to > 9 ||
          (seen && before.high != couple.from))
        fail_order(couple);
      couples[own++] = couple;
    }
    size = own;
    for (const RedoxCouple& couple : default_redox_order)
      if (const ChargeRange r = range(Species{couple.atomic_number, 0}, {}); r.low == r.high)
        couples[size++] = couple;
  }

  /// The range that the own order gives an element, or `otherwise` where it does not name it.
  constexpr ChargeRange range(Species element, ChargeRange otherwise) const noexcept {
    bool seen = false;
    for (std::size_t i = 0; i < own; ++i) {
      if (couples[i].atomic_number != element.atomic_number) continue;
      otherwise = {seen ? otherwise.low : couples[i].from, couples[i].to};
      seen = true;
    }
    return otherwise;
  }
  constexpr RedoxOrder order() const noexcept { return {couples, size}; }
};

inline constexpr RedoxOrder default_order{default_redox_order.data(), default_redox_order.size()};

/// The charges an element may have, by an own order where one is given.
constexpr ChargeRange charge_range(const Formula& formula, Species element, bool has_oxygen,
                                   const RedoxSeries* own = nullptr) {
  ChargeRange range = usual_range(element, has_oxygen);
  if (own != nullptr) range = own->range(element, range);
  if (range.low == 0 && range.high == 0)
    fail_charge(formula, element, "has no usual oxidation state: expected a charge, as in Mn4+0.3");
  return range;
}

/// What written charges mean: the charge of their atoms, or the lowest that they have while cations are oxidised.
enum class WrittenCharges : std::uint8_t { fixed, start };

/// The part of a couple that an atom of a written charge has before it.
constexpr int electrons_left(const RedoxCouple& couple, int charge) noexcept {
  const int from = charge > couple.from ? charge : couple.from;
  return couple.to > from ? couple.to - from : 0;
}

/// Charges of the elements of a formula, e per formula, at their lowest and highest.
struct ChargeLimits {
  struct Limit {
    Species element;
    double amount = 0, free = 0, low = 0, high = 0;  ///< `free`: moles without a written charge
  };
  Limit limits[Formula::capacity] = {};
  std::uint8_t index[element_table.size() + 1] = {};  ///< by atomic number, from 1; 0: absent
  std::size_t size = 0;
  double lowest = 0, highest = 0;

  constexpr explicit ChargeLimits(const Formula& formula, const RedoxSeries* own = nullptr,
                                  WrittenCharges written = WrittenCharges::fixed) {
    const bool has_oxygen = formula.element_amount(Species{8, 0}) > 0;
    for (const Formula::Term& term : formula) {
      if (term.species == vacancy) continue;
      std::uint8_t& place = index[term.species.atomic_number];
      if (place == 0) {
        limits[size].element = neutral(term.species);
        place = static_cast<std::uint8_t>(++size);
      }
      Limit& limit = limits[place - 1];
      ChargeRange range{term.species.charge, term.species.charge};
      if (term.species.charge == 0) {
        range = charge_range(formula, term.species, has_oxygen, own);
        limit.free += term.amount;
      } else if (written == WrittenCharges::start) {
        ChargeRange usual = usual_range(term.species, has_oxygen);
        if (own != nullptr) usual = own->range(term.species, usual);
        range.high += electrons_left({term.species.atomic_number, usual.low, usual.high}, term.species.charge);
      }
      limit.amount += term.amount;
      limit.low += range.low * term.amount;
      limit.high += range.high * term.amount;
    }
    for (std::size_t i = 0; i < size; ++i) {
      lowest += limits[i].low;
      highest += limits[i].high;
    }
  }

  /// Moles of an element whose charge the couples may change.
  constexpr double free(int atomic_number) const noexcept {
    const std::size_t place = index[atomic_number];
    return place == 0 ? 0 : limits[place - 1].free;
  }
};

/// Electrons per formula that a couple can take from the atoms with a written charge.
constexpr double electrons_of_written(const Formula& formula, const RedoxCouple& couple) noexcept {
  double sum = 0;
  for (const Formula::Term& term : formula)
    if (term.species.atomic_number == couple.atomic_number && term.species.charge != 0)
      sum += term.amount * electrons_left(couple, term.species.charge);
  return sum;
}

constexpr OxidationStates assign_states(const Formula& formula, RedoxOrder order, const RedoxSeries* own,
                                        WrittenCharges written = WrittenCharges::fixed) {
  const ChargeLimits charges(formula, own, written);
  double chosen[Formula::capacity] = {};
  for (std::size_t i = 0; i < charges.size; ++i) chosen[i] = charges.limits[i].low;
  double missing = -charges.lowest;  // positive charge still to be created
  for (const RedoxCouple& couple : order) {
    if (!(missing > 0)) break;
    const std::size_t place = charges.index[couple.atomic_number];
    if (place == 0) continue;
    double most = (couple.to - couple.from) * charges.limits[place - 1].free;
    if (written == WrittenCharges::start) most += electrons_of_written(formula, couple);
    const double step = most < missing ? most : missing;
    chosen[place - 1] += step;
    missing -= step;
  }

  OxidationStates result;
  const double tolerance = 1e-9 * (charges.highest - charges.lowest + 1);
  const bool possible = charges.lowest <= tolerance && charges.highest >= -tolerance;
  result.imbalance = possible ? 0 : -missing;
  for (std::size_t i = 0; i < charges.size; ++i) {
    const ChargeLimits::Limit& limit = charges.limits[i];
    double min = limit.low, max = limit.high;
    if (possible) {
      const double others_high = charges.highest - max, others_low = charges.lowest - min;
      if (-others_high > min) min = -others_high;
      if (-others_low < max) max = -others_low;
      if (max < min) max = min;  // rounding
    }
    result.add({limit.element, min / limit.amount, max / limit.amount, chosen[i] / limit.amount});
  }
  return result;
}

/// Calls `visit(species, amount)` for a term with its charge, split over the two whole charges around the
/// chosen mean of those atoms of its element that have no written charge. Vacancies are left out.
template <class Visit>
constexpr void visit_valences(const Formula::Term& term, const Formula& whole, const OxidationStates& states,
                              Visit visit) {
  if (term.species == vacancy) return;
  if (term.species.charge != 0) return visit(term.species, term.amount);
  const OxidationState* state = states.find(term.species);
  if (state == nullptr) fail_charge(whole, term.species, "is not among the oxidation states: expected a charge, as in Mn4+0.3");
  double mean = state->chosen;
  double amount = 0, free = 0, written = 0;
  for (const Formula::Term& t : whole) {
    if (t.species.atomic_number != term.species.atomic_number) continue;
    amount += t.amount;
    if (t.species.charge == 0) free += t.amount;
    else written += t.species.charge * t.amount;
  }
  if (free != amount && free > 0) mean = (mean * amount - written) / free;
  int below = static_cast<int>(mean);
  if (below > mean) --below;
  double upper = mean - below;  // the share that has the higher charge
  if (upper > 1 - 1e-9) {
    ++below;
    upper = 0;
  } else if (upper < 1e-9) {
    upper = 0;
  }
  const Species ion{term.species.atomic_number, static_cast<std::int8_t>(below)};
  visit(ion, term.amount * (1 - upper));
  if (upper > 0) visit(Species{ion.atomic_number, static_cast<std::int8_t>(below + 1)}, term.amount * upper);
}

}  // namespace detail

/// Which mean oxidation states make the formula neutral: for each element the interval that its own limits
/// and those of the others leave (exact: the linear programme of one equation between box limits, solved in
/// closed form), and the choice by a fixed order of oxidation, `default_redox_order`: Ti V Fe(II) Cu(I) Mn(II)
/// V(IV) Ru(III) Co(II) Mn(III) Ni(II) Ru(IV) Ni(III) Co(III) Fe(III) Cu(II) Ir Cr.
///
/// Limits: Ti 3-4, V 3-5, Cr 3-6, Mn 2-4, Fe 2-4, Co 2-4, Ni 2-4, Cu 1-3, Ru 3-5, Ir 4-5; one state for
/// Sn(4), Nb, Sb, Ta (5), Mo, W, Te (6), halogens (-1), S, Se (-2), N (-3) and where `fixed_charge` has one.
/// Charges written in the formula are kept. Throws Error for another element without a charge.
constexpr OxidationStates oxidation_states(const Formula& formula) {
  return detail::assign_states(formula, detail::default_order, nullptr);
}

/// The same with an own order of oxidation, whose couples also are the limits of the elements that it names
/// (each upwards without a gap). The elements it does not name follow in the default order. Throws Error for
/// an order that goes down or leaves a gap.
constexpr OxidationStates oxidation_states(const Formula& formula, std::span<const RedoxCouple> order) {
  const detail::RedoxSeries series({order.data(), order.size()});
  return detail::assign_states(formula, series.order(), &series);
}

/// The formula with a whole charge on every atom: written charges stay, the others are those of `states`, a
/// fractional mean being split over the two charges around it (3.33 becomes 2/3 Mn3+ and 1/3 Mn4+).
/// Throws Error for an element that is not among the states.
constexpr Formula with_usual_valences(const Formula& formula, const OxidationStates& states) {
  Formula charged;
  for (const Formula::Term& term : formula)
    detail::visit_valences(term, formula, states, [&](Species s, double n) { charged.add(s, n); });
  return charged;
}
/// With the states chosen by `oxidation_states`.
constexpr Formula with_usual_valences(const Formula& formula) {
  return with_usual_valences(formula, oxidation_states(formula));
}

/// The same for layers: an element in two layers has the same mean charge in both. Vacancies stay.
constexpr Sublattices with_usual_valences(const Sublattices& layers, const OxidationStates& states) {
  const Formula whole = to_formula(layers);
  Sublattices charged;
  const auto fill = [&](const Formula& from, Formula& to) {
    for (const Formula::Term& term : from) {
      if (term.species == vacancy) to.add(vacancy, term.amount);
      detail::visit_valences(term, whole, states, [&](Species s, double n) { to.add(s, n); });
    }
  };
  fill(layers.alkali, charged.alkali);
  fill(layers.slab, charged.slab);
  fill(layers.anion, charged.anion);
  return charged;
}
constexpr Sublattices with_usual_valences(const Sublattices& layers) {
  return with_usual_valences(layers, oxidation_states(to_formula(layers)));
}

}  // namespace lamella
