// dQ/dV and dV/dQ of a half cycle, with the widths of what smooths them.
//
// dQ/dV has a peak where the voltage hardly moves (two phases, or a filling order), dV/dQ where it jumps (an ordered composition).
// Smoothing moves and merges them: a window as wide as a peak displaces it by a good part of its width, so the width is part of the
// result and belongs beside every position.
#pragma once

#include <lamella/electrochemistry/detail/smoothed_derivative.hpp>  // smoothed_derivative, averaged
#include <lamella/electrochemistry/half_cycles.hpp>                 // ChargeCurve

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// How dQ/dV is smoothed: charge against voltage (the mean of the charges at equal voltages, sorted by voltage, linear between) is
/// taken at multiples of `step` and differentiated by local polynomials of `order` over `width` (Savitzky and Golay); `again` smooths
/// the derivative once more over that width.
struct DifferentialCapacityRule {
  double step = 0.001;    ///< V
  double width = 0.02;    ///< V, full width of the window
  double again = 0;       ///< V, full width of a second window; 0: none
  std::size_t order = 3;
};

/// dQ/dV of a half cycle at equidistant voltages.
struct DifferentialCapacity {
  CurrentDirection direction = CurrentDirection::charge;
  DifferentialCapacityRule rule = {};
  std::vector<double> voltage;    ///< V, rising
  std::vector<double> charge;     ///< mAh since the beginning of the half cycle, smoothed
  std::vector<double> value;      ///< mAh/V, positive where the half cycle moves on
  std::vector<double> esd;        ///< of `value`, from the scatter of the records within the window
  std::vector<double> slope_esd;  ///< of the derivative of `value`, mAh/V²
};

/// dQ/dV of a half cycle. Throws Error for rules that make no sense, and for a curve that spans less than the window.
inline DifferentialCapacity differential_capacity(const ChargeCurve& curve, const DifferentialCapacityRule& rule = {}) {
  auto d = detail::smoothed_derivative(detail::averaged(curve.voltage, curve.charge), rule.step, rule.width, rule.again, rule.order, "dQ/dV");
  if (curve.direction == CurrentDirection::discharge)
    for (double& slope : d.slope) slope = -slope;
  return {curve.direction, rule, std::move(d.x), std::move(d.y), std::move(d.slope), std::move(d.slope_esd), std::move(d.curvature_esd)};
}

/// dQ/dV in bins of voltage.
struct BinnedDifferentialCapacity {
  CurrentDirection direction = CurrentDirection::charge;
  double width = 0;             ///< V
  std::vector<double> voltage;  ///< V, middles of the bins
  std::vector<double> value;    ///< mAh/V, positive where the half cycle moves on
};

/// dQ/dV by its plainest definition: charge at the edges of bins (multiples of `width` volts; the mean of the charges at equal
/// voltages, sorted by voltage, linear between, constant beyond the ends), differences over the width. Its sum times the width is the
/// charge between the curve's extreme voltages. Throws Error for a width that is not positive or gives more than a million bins.
inline BinnedDifferentialCapacity binned_differential_capacity(const ChargeCurve& curve, double width) {
  const auto f = detail::averaged(curve.voltage, curve.charge);
  if (f.x.empty() || !(width > 0) || !((f.x.back() - f.x.front()) / width < 1e6))
    fail("binned dQ/dV: bins of " + std::to_string(width) + " V, expected a positive width and at most a million bins");
  const double first = std::floor(f.x.front() / width), last = std::max(std::ceil(f.x.back() / width), first + 1);
  const double sign = curve.direction == CurrentDirection::charge ? 1 : -1;
  BinnedDifferentialCapacity bins{curve.direction, width, {}, {}};
  std::size_t near = 0;
  double before = f.at(first * width, near);
  for (double edge = first; edge < last; ++edge) {
    const double after = f.at((edge + 1) * width, near);
    bins.voltage.push_back((edge + 0.5) * width);
    bins.value.push_back(sign * (after - before) / width);
    before = after;
  }
  return bins;
}

/// How dV/dQ is smoothed: as dQ/dV with voltage and charge exchanged, in parts of the half cycle's capacity.
struct DifferentialVoltageRule {
  double step = 0.001;
  double width = 0.02;  ///< full width of the window
  std::size_t order = 3;
};

/// dV/dQ of a half cycle at equidistant charges.
struct DifferentialVoltage {
  CurrentDirection direction = CurrentDirection::charge;
  DifferentialVoltageRule rule = {};
  double width = 0;             ///< mAh, of the window
  std::vector<double> charge;   ///< mAh since the beginning of the half cycle
  std::vector<double> voltage;  ///< V, smoothed
  std::vector<double> value;    ///< V/mAh, positive where the voltage moves on
  std::vector<double> esd;      ///< of `value`, from the scatter of the records within the window
  std::vector<double> slope_esd;  ///< of the derivative of `value`, V/mAh²
};

/// dV/dQ of a half cycle. Throws Error for rules that make no sense, and for a curve without charge.
inline DifferentialVoltage differential_voltage(const ChargeCurve& curve, const DifferentialVoltageRule& rule = {}) {
  const auto f = detail::averaged(curve.charge, curve.voltage);
  const double capacity = f.x.empty() ? 0 : f.x.back();
  if (!(capacity > 0)) fail("dV/dQ: a half cycle without charge, expected records under current");
  auto d = detail::smoothed_derivative(f, rule.step * capacity, rule.width * capacity, 0, rule.order, "dV/dQ");
  if (curve.direction == CurrentDirection::discharge)
    for (double& slope : d.slope) slope = -slope;
  return {curve.direction, rule, rule.width * capacity, std::move(d.x), std::move(d.y), std::move(d.slope), std::move(d.slope_esd), std::move(d.curvature_esd)};
}

}  // namespace lamella::inline LAMELLA_ABI
