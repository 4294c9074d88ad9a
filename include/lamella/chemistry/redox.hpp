// Which elements deliver the charge while the alkali is extracted, and how much of it cations can deliver.
#pragma once

#include <lamella/chemistry/capacity.hpp>          // capacity_per_alkali
#include <lamella/chemistry/composition.hpp>       // Sublattices
#include <lamella/chemistry/oxidation_states.hpp>  // RedoxCouple, default_redox_order
#include <lamella/core/error.hpp>                  // fail

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// One couple at work during the extraction. Alkali contents are per formula unit (two anions).
struct RedoxStep {
  Species element;       ///< charge 0
  int from = 0, to = 0;  ///< the couple: charges before and after
  double electrons = 0;  ///< given up per formula unit, at most what the remaining alkali asks for
  double x_begin = 0;    ///< alkali content where the couple starts
  double x_end = 0;      ///< alkali content where it is used up, or 0
  double capacity = 0;   ///< mAh per gram of the composition as written
};

/// The order in which cations are oxidised from a composition to its empty alkali layer.
class RedoxSequence {
 public:
  constexpr const RedoxStep* begin() const noexcept { return steps_.data(); }
  constexpr const RedoxStep* end() const noexcept { return steps_.data() + size_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr const RedoxStep& operator[](std::size_t i) const noexcept { return steps_[i]; }
  /// Precondition: there is room (a sequence has at most as many steps as the order has couples, 64).
  constexpr void add(const RedoxStep& step) { steps_[size_++] = step; }

  double alkali = 0;                ///< x of the composition
  double x_limit = 0;               ///< x at which the cations are exhausted; 0 where they suffice
  double theoretical_capacity = 0;  ///< mAh/g: all alkali extracted
  double cation_limited_capacity =
      0;  ///< mAh/g: as long as cations are oxidised; the rest would take the anions

  /// Electrons per formula unit that an element gives up from `x_from` down to `x_to`. Throws Error unless
  /// alkali ≥ x_from ≥ x_to ≥ 0.
  constexpr double electrons(Species element, double x_from, double x_to) const {
    check(x_from, x_to);
    double sum = 0;
    for (const RedoxStep& step : *this) {
      if (step.element.atomic_number != element.atomic_number) continue;
      const double upper = x_from < step.x_begin ? x_from : step.x_begin;
      const double lower = x_to > step.x_end ? x_to : step.x_end;
      if (upper > lower) sum += upper - lower;
    }
    return sum;
  }

  /// Share of an element in the charge from `x_from` down to `x_to`, 0 to 1; 0 where x does not change. What
  /// the shares of all elements lack to 1 no cation delivers.
  constexpr double share(Species element, double x_from, double x_to) const {
    const double given = electrons(element, x_from, x_to);
    return x_from > x_to ? given / (x_from - x_to) : 0;
  }
  /// The same from the composition to the empty alkali layer.
  constexpr double share(Species element) const { return share(element, alkali, 0); }
  /// Share of the charge, from `x_from` down to `x_to`, that no cation delivers (anion redox or a side reaction).
  constexpr double uncompensated_share(double x_from, double x_to) const {
    check(x_from, x_to);
    const double upper = x_from < x_limit ? x_from : x_limit;
    return upper > x_to ? (upper - x_to) / (x_from - x_to) : 0;
  }

 private:
  constexpr void check(double x_from, double x_to) const {
    if (!(x_from <= alkali * (1 + 1e-12) && x_from >= x_to && x_to >= 0)) fail_range(x_from, x_to);
  }
  [[noreturn, gnu::cold]] void fail_range(double x_from, double x_to) const {
    fail(std::string("redox from x = ") + std::to_string(x_from) + " to " + std::to_string(x_to) +
         ": expected contents that fall, between " + std::to_string(alkali) + " and 0");
  }

  std::array<RedoxStep, detail::RedoxSeries::capacity> steps_{};
  std::size_t size_ = 0;
};

namespace detail {

/// Refuses layers that no usual oxidation states make neutral: there is no state to start from.
constexpr void require_neutral(const Sublattices& layers, const ChargeLimits& limits) {
  constexpr double rounding = 0.01 * (1 + 1e-9);  // e per formula unit
  if (!(limits.lowest <= rounding && limits.highest >= -rounding))
    fail(std::string("redox of ") + to_string(layers) +
         ": no assignment of usual oxidation states is neutral, expected one to start from");
}

}  // namespace detail

/// The couples that are oxidised while all alkali metal of the alkali layer is extracted, one electron each, in
/// the given order (elements that it does not name follow in the default one; see `oxidation_states`). The
/// order is a convention, not a voltage curve: couples of similar potential work side by side. Atoms with a charge
/// written in the formula start from it: NaMn3+O2 delivers as much as NaMnO2. Throws Error for a composition that no
/// usual oxidation states make neutral within 0.01 e per formula unit, which forgives rounded amounts.
constexpr RedoxSequence redox_sequence(const Sublattices& layers, std::span<const RedoxCouple> order) {
  const detail::RedoxSeries series({order.data(), order.size()});
  const Formula whole = to_formula(layers);
  const detail::ChargeLimits limits(whole, &series);
  detail::require_neutral(layers, limits);

  RedoxSequence result;
  const double per_alkali = capacity_per_alkali(layers);
  result.alkali = detail::mobile_alkali(layers);
  double used = -limits.lowest > 0 ? -limits.lowest : 0;  // positive charge that the composition already has
  double x = result.alkali;
  for (const RedoxCouple& couple : series.order()) {
    double available = (couple.to - couple.from) * limits.free(couple.atomic_number);
    const double before = available < used ? available : used;
    used -= before;
    available += detail::electrons_of_written(whole, couple) - before;
    const double electrons = available < x ? available : x;
    if (electrons <= 1e-12) continue;
    const double rest = x - electrons > 1e-12 ? x - electrons : 0;
    result.add({Species{couple.atomic_number, 0}, couple.from, couple.to, electrons, x, rest,
                electrons * per_alkali});
    x = rest;
  }
  result.x_limit = x;
  result.theoretical_capacity = result.alkali * per_alkali;
  result.cation_limited_capacity = (result.alkali - x) * per_alkali;
  return result;
}
constexpr RedoxSequence redox_sequence(const Sublattices& layers) { return redox_sequence(layers, {}); }
constexpr RedoxSequence redox_sequence(const Formula& formula, std::span<const RedoxCouple> order = {}) {
  return redox_sequence(partition(formula), order);
}

/// The capacity (mAh per gram of the composition as written) that cations can deliver: at most the theoretical
/// one, and no more than their highest usual oxidation states allow (Mn4+, Fe4+, Co4+, Ni4+, Cu3+, Cr6+ …; see
/// `oxidation_states`).
constexpr double cation_limited_capacity(const Formula& formula) {
  return redox_sequence(formula).cation_limited_capacity;
}

/// The oxidation states with `x` alkali left per formula unit: those of `oxidation_states` for the composition
/// with its alkali metals scaled to x, in which atoms with a written charge may have risen above it. Throws Error
/// for more alkali than the composition has, negative numbers and NaN, and for a composition that is not neutral to
/// start with (see `redox_sequence`).
constexpr OxidationStates oxidation_states_at(const Sublattices& layers, double x,
                                              std::span<const RedoxCouple> order = {}) {
  const double full = detail::mobile_alkali(layers);
  if (!(x >= 0 && x <= full * (1 + 1e-12)))
    fail(std::string("oxidation states of ") + to_string(layers) + " at x = " + std::to_string(x) +
         ": expected x from 0 to " + std::to_string(full));
  const detail::RedoxSeries series({order.data(), order.size()});
  detail::require_neutral(layers, detail::ChargeLimits(to_formula(layers), &series));
  Sublattices charged = layers;
  charged.alkali = Formula{};
  for (const Formula::Term& term : layers.alkali)
    charged.alkali.add(term.species, is_alkali(term.species) ? term.amount * (x / full) : term.amount);
  return detail::assign_states(to_formula(charged), series.order(), &series, detail::WrittenCharges::start);
}

}  // namespace lamella
