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
  std::int8_t low = 0, high = 0;
};
using ChargeRanges = std::array<ChargeRange, element_table.size() + 1>;

[[noreturn, gnu::cold]] inline void fail_order(const RedoxCouple& couple) {
  fail(std::string("redox order with ") + to_string(Species{couple.atomic_number, 0}) + " from " +
       std::to_string(couple.from) + " to " + std::to_string(couple.to) +
       ": expected couples of one element to follow each other upwards, within -9 to 9");
}

/// Widens the ranges by the couples of an order, which replace the ranges of the elements they name.
constexpr void add_couples(ChargeRanges& ranges, std::span<const RedoxCouple> order) {
  std::array<bool, element_table.size() + 1> seen{};
  for (const RedoxCouple& couple : order) {
    const std::size_t z = couple.atomic_number;
    if (z == 0 || z >= ranges.size() || couple.from >= couple.to || couple.from < -9 || couple.to > 9 ||
        (seen[z] && ranges[z].high != couple.from))
      fail_order(couple);
    if (!seen[z]) ranges[z].low = static_cast<std::int8_t>(couple.from);
    ranges[z].high = static_cast<std::int8_t>(couple.to);
    seen[z] = true;
  }
}

/// By atomic number; Te as in oxides.
inline constexpr ChargeRanges usual_ranges = [] {
  ChargeRanges ranges{};
  for (std::size_t z = 1; z < ranges.size(); ++z) {
    const auto charge =
        static_cast<std::int8_t>(usual_charge(Species{static_cast<std::uint8_t>(z), 0}, true));
    ranges[z] = {charge, charge};
  }
  add_couples(ranges, default_redox_order);
  return ranges;
}();

constexpr ChargeRange charge_range(const Formula& formula, Species element, bool has_oxygen,
                                   const ChargeRanges& ranges) {
  if (element.atomic_number == 52 && !has_oxygen) return {-2, -2};
  const ChargeRange range = ranges[element.atomic_number];
  if (range.low == 0 && range.high == 0)
    fail_charge(formula, element, "has no usual oxidation state: expected a charge, as in Mn4+0.3");
  return range;
}

/// The order with the default one behind it for the elements that it does not name.
struct RedoxSeries {
  static constexpr std::size_t capacity = 64;
  std::array<RedoxCouple, capacity> couples{};
  std::size_t size = 0;
  ChargeRanges ranges = usual_ranges;

  constexpr explicit RedoxSeries(std::span<const RedoxCouple> order) {
    if (order.size() + default_redox_order.size() > capacity)
      fail(std::string("redox order of ") + std::to_string(order.size()) + " couples: expected at most " +
           std::to_string(capacity - default_redox_order.size()));
    add_couples(ranges, order);
    for (const RedoxCouple& couple : order) couples[size++] = couple;
    for (const RedoxCouple& couple : default_redox_order) {
      bool named = false;
      for (const RedoxCouple& other : order)
        if (other.atomic_number == couple.atomic_number) named = true;
      if (!named) couples[size++] = couple;
    }
  }
  constexpr std::span<const RedoxCouple> order() const noexcept { return {couples.data(), size}; }
};

/// Charges of the elements of a formula, e per formula, at their lowest and highest.
struct ChargeLimits {
  std::array<Species, Formula::capacity> elements{};
  std::array<double, Formula::capacity> amount{}, free{}, low{},
      high{};                                                  ///< `free`: without a written charge
  std::array<std::uint8_t, element_table.size() + 1> index{};  ///< by atomic number, from 1; 0: absent
  std::size_t size = 0;
  double lowest = 0, highest = 0;

  constexpr ChargeLimits(const Formula& formula, const ChargeRanges& ranges) {
    const bool has_oxygen = formula.element_amount(Species{8, 0}) > 0;
    for (const Formula::Term& term : formula) {
      if (term.species == vacancy) continue;
      std::uint8_t& place = index[term.species.atomic_number];
      if (place == 0) {
        elements[size] = neutral(term.species);
        place = static_cast<std::uint8_t>(++size);
      }
      const std::size_t i = place - std::size_t{1};
      int from = term.species.charge, to = term.species.charge;
      if (from == 0) {
        const ChargeRange range = charge_range(formula, term.species, has_oxygen, ranges);
        from = range.low;
        to = range.high;
        free[i] += term.amount;
      }
      amount[i] += term.amount;
      low[i] += from * term.amount;
      high[i] += to * term.amount;
    }
    for (std::size_t i = 0; i < size; ++i) {
      lowest += low[i];
      highest += high[i];
    }
  }
};

constexpr OxidationStates assign_states(const Formula& formula, std::span<const RedoxCouple> order,
                                        const ChargeRanges& ranges) {
  const ChargeLimits limits(formula, ranges);
  std::array<double, Formula::capacity> chosen = limits.low;
  double missing = -limits.lowest;  // positive charge still to be created
  for (const RedoxCouple& couple : order) {
    if (!(missing > 0)) break;
    const std::size_t place = limits.index[couple.atomic_number];
    if (place == 0) continue;
    const double most = (couple.to - couple.from) * limits.free[place - 1];
    const double step = most < missing ? most : missing;
    chosen[place - 1] += step;
    missing -= step;
  }

  OxidationStates result;
  const double tolerance = 1e-9 * (limits.highest - limits.lowest + 1);
  const bool possible = limits.lowest <= tolerance && limits.highest >= -tolerance;
  result.imbalance = possible ? 0 : -missing;
  for (std::size_t i = 0; i < limits.size; ++i) {
    double min = limits.low[i], max = limits.high[i];
    if (possible) {
      const double others_high = limits.highest - max, others_low = limits.lowest - min;
      if (-others_high > min) min = -others_high;
      if (-others_low < max) max = -others_low;
      if (max < min) max = min;  // rounding
    }
    const double amount = limits.amount[i];
    result.add({limits.elements[i], min / amount, max / amount, chosen[i] / amount});
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
  if (state == nullptr) fail_charge(whole, term.species, "is not among the oxidation states");
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
  return detail::assign_states(formula, default_redox_order, detail::usual_ranges);
}

/// The same with an own order of oxidation, whose couples also are the limits of the elements that it names
/// (each upwards without a gap). The elements it does not name follow in the default order. Throws Error for
/// an order that goes down or leaves a gap.
constexpr OxidationStates oxidation_states(const Formula& formula, std::span<const RedoxCouple> order) {
  const detail::RedoxSeries series(order);
  return detail::assign_states(formula, series.order(), series.ranges);
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
