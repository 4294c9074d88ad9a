// Maxima of a curve on an even grid, with prominence, width and an esd of the position.
#pragma once

#include <lamella/core/measured.hpp>  // Measured

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

struct CurvePeak {
  std::size_t at = 0;  ///< point of the grid
  Measured position{}, height{};
  double prominence = 0, width = 0;
};

/// A curve that peaks are looked for in; the esds are those of `y` and of its derivative.
struct PeakCurve {
  std::span<const double> x, y, esd, slope_esd;
  double step = 0, window = 0;  ///< of the grid and of the smoothing, in units of x
};

/// Maxima whose prominence is at least `part` of the highest value and `significance` esds. The position is that of the parabola
/// through the highest point and its neighbours; its esd is the esd of the slope there over the curvature, which is taken over half of
/// the window (of neighbours alone it is too noisy). A maximum at an end is none.
inline std::vector<CurvePeak> find_peaks(const PeakCurve& curve, double part, double significance) {
  const auto y = curve.y;
  const std::size_t n = y.size();
  std::vector<CurvePeak> peaks;
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
    if (!(y[i] > 0 && prominence >= part * highest && prominence >= significance * curve.esd[i])) continue;

    CurvePeak peak;
    peak.at = i;
    peak.prominence = prominence;
    const double step = curve.step, curvature = (y[i - 1] - 2 * y[i] + y[i + 1]) / (step * step);
    const double shift = curvature < 0 ? std::clamp((y[i - 1] - y[i + 1]) / (2 * step * curvature), -step, step) : 0;
    const auto quarter = static_cast<std::size_t>(std::max(std::llround(curve.window / step / 4), 1LL));
    const std::size_t reach = std::min({quarter, i, n - 1 - i});
    const double bend = (2 * y[i] - y[i - reach] - y[i + reach]) / (static_cast<double>(reach * reach) * step * step);
    peak.position = {curve.x[i] + shift, bend > 0 ? std::min(curve.slope_esd[i] / bend, curve.x[n - 1] - curve.x[0]) : step};
    peak.height = {y[i] - 0.5 * curvature * shift * shift, curve.esd[i]};
    const double level = y[i] - prominence / 2;
    const auto crossing = [&](bool upwards) {
      std::size_t k = i;
      while (y[k] > level && (upwards ? k + 1 < n : k > 0)) upwards ? ++k : --k;
      const std::size_t inner = upwards ? k - 1 : k + 1;
      if (y[k] > level) return curve.x[k];
      return curve.x[inner] + (curve.x[k] - curve.x[inner]) * (y[inner] - level) / (y[inner] - y[k]);
    };
    peak.width = crossing(true) - crossing(false);
    peaks.push_back(peak);
  }
  return peaks;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
