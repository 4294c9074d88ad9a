// Peaks of dQ/dV: voltages at which a cell takes up or gives much charge, with esds.
#pragma once

#include <lamella/core/error.hpp>                              // fail
#include <lamella/core/measured.hpp>                           // Measured
#include <lamella/electrochemistry/differential_capacity.hpp>  // DifferentialCapacity

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A peak of dQ/dV.
struct CapacityPeak {
  Measured voltage{};     ///< V; esd from the scatter about the local polynomials, which says nothing of the shift by smoothing
  Measured height{};      ///< mAh/V
  double prominence = 0;  ///< mAh/V above the higher of the two valleys beside it
  double width = 0;       ///< V, full width at half of the prominence
  double charge = 0;      ///< mAh since the beginning of the half cycle
};

/// Which maxima count.
struct PeakRule {
  double prominence = 0.05;  ///< at least, as a part of the highest value of the curve
  double significance = 3;   ///< at least, in esds of the value
};

/// The peaks of `curve` by rising voltage. The position is that of the parabola through the highest point and its neighbours; its esd
/// is the esd of the slope there over the curvature, which is taken over half of the window (of neighbours alone it is too noisy). A maximum at an end of the curve is none: the cell was not followed past it.
inline std::vector<CapacityPeak> capacity_peaks(const DifferentialCapacity& curve, const PeakRule& rule = {}) {
  if (!(rule.prominence >= 0 && rule.significance >= 0)) fail("peaks of dQ/dV: prominence and significance, expected 0 or more");
  const std::vector<double>& y = curve.value;
  const std::size_t n = y.size();
  std::vector<CapacityPeak> peaks;
  if (n < 3) return peaks;
  const double highest = *std::max_element(y.begin(), y.end());
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (!(y[i] > y[i - 1] && y[i] >= y[i + 1])) continue;
    std::size_t right = i;  // over equal values
    while (right + 1 < n && y[right + 1] == y[i]) ++right;
    if (right + 1 == n || y[right + 1] > y[i]) continue;
    double left_valley = y[i], right_valley = y[i];
    for (std::size_t k = i; k-- > 0 && y[k] <= y[i];) left_valley = std::min(left_valley, y[k]);
    for (std::size_t k = right + 1; k < n && y[k] <= y[i]; ++k) right_valley = std::min(right_valley, y[k]);
    const double prominence = y[i] - std::max(left_valley, right_valley);
    if (!(y[i] > 0 && prominence >= rule.prominence * highest && prominence >= rule.significance * curve.esd[i])) continue;

    CapacityPeak peak;
    peak.prominence = prominence;
    const double step = curve.rule.step, curvature = (y[i - 1] - 2 * y[i] + y[i + 1]) / (step * step);
    const double shift = curvature < 0 ? std::clamp((y[i - 1] - y[i + 1]) / (2 * step * curvature), -step, step) : 0;
    const auto quarter = static_cast<std::size_t>(std::max(std::llround(curve.rule.width / step / 4), 1LL));
    const std::size_t reach = std::min({quarter, i, n - 1 - i});
    const double bend = (2 * y[i] - y[i - reach] - y[i + reach]) / (static_cast<double>(reach * reach) * step * step);
    peak.voltage = {curve.voltage[i] + shift, bend > 0 ? std::min(curve.slope_esd[i] / bend, curve.voltage[n - 1] - curve.voltage[0]) : step};
    peak.height = {y[i] - 0.5 * curvature * shift * shift, curve.esd[i]};
    peak.charge = curve.charge[i];
    const double level = y[i] - prominence / 2;
    const auto crossing = [&](bool upwards) {
      std::size_t k = i;
      while (y[k] > level && (upwards ? k + 1 < n : k > 0)) upwards ? ++k : --k;
      const std::size_t inner = upwards ? k - 1 : k + 1;
      if (y[k] > level) return curve.voltage[k];
      return curve.voltage[inner] + (curve.voltage[k] - curve.voltage[inner]) * (y[inner] - level) / (y[inner] - y[k]);
    };
    peak.width = crossing(true) - crossing(false);
    peaks.push_back(peak);
  }
  return peaks;
}

}  // namespace lamella::inline LAMELLA_ABI
