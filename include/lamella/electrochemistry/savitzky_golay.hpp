// Local polynomials through equally spaced values: the smoothing and differentiation of Savitzky and Golay.
//
// A. Savitzky & M. J. E. Golay, Anal. Chem. 36 (1964) 1627; weights from discrete orthogonal polynomials, P. A. Gorry, Anal. Chem. 62
// (1990) 570. At the ends the polynomial through the outermost window is evaluated off its centre (as scipy.signal.savgol_filter does
// with mode "interp"), so that no value is invented.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Weights w with Σ w_i y_i = the `derivative`-th derivative (0, 1 or 2; per spacing to that power) of the polynomial of `order` that
/// fits `points` equally spaced values best, at place `at` (0 is the first value, may be fractional). Throws Error unless
/// order < points and derivative ≤ order.
inline std::vector<double> savitzky_golay_weights(std::size_t points, std::size_t order, double at, std::size_t derivative = 0) {
  if (points == 0 || order >= points || derivative > 2 || derivative > order)
    fail("Savitzky-Golay: derivative " + std::to_string(derivative) + " of order " + std::to_string(order) + " on " + std::to_string(points) +
         " points, expected derivative <= order < points and no more than the second");
  // Gram polynomials on t = -1 … 1 by their three-term recurrence, with derivatives at `at`.
  const double scale = points > 1 ? 2 / static_cast<double>(points - 1) : 1;
  const auto place = [&](double i) { return i * scale - (points > 1 ? 1 : 0); };
  std::vector<double> weights(points, 0), before(points, 0), now(points, 1);
  double t = place(at), value[3] = {1, 0, 0}, value_before[3] = {0, 0, 0}, norm_before = 1;
  for (std::size_t k = 0;; ++k) {
    double norm = 0;
    for (const double p : now) norm += p * p;
    for (std::size_t i = 0; i < points; ++i) weights[i] += now[i] * value[derivative] / norm;
    if (k == order) break;
    const double beta = k == 0 ? 0 : norm / norm_before;
    const double next[3] = {t * value[0] - beta * value_before[0], value[0] + t * value[1] - beta * value_before[1],
                            2 * value[1] + t * value[2] - beta * value_before[2]};
    for (std::size_t d = 0; d < 3; ++d) {
      value_before[d] = value[d];
      value[d] = next[d];
    }
    for (std::size_t i = 0; i < points; ++i) {
      const double p = place(static_cast<double>(i)) * now[i] - beta * before[i];
      before[i] = now[i];
      now[i] = p;
    }
    norm_before = norm;
  }
  for (double& weight : weights) weight *= std::pow(scale, static_cast<double>(derivative));
  return weights;
}

/// The `derivative`-th derivative (0 or 1 …; per spacing) of `values` by local polynomials of `order` through windows of `points` (odd)
/// of them; windows are cut to what is there where there are fewer. Throws Error for an even window and an order that is not lower.
inline std::vector<double> savitzky_golay(std::span<const double> values, std::size_t points, std::size_t order, std::size_t derivative = 0) {
  if (points % 2 == 0) fail("Savitzky-Golay: a window of " + std::to_string(points) + " points, expected an odd number");
  if (values.size() < points) points = values.size() % 2 == 1 ? values.size() : values.size() - 1;
  if (values.empty() || order >= points)
    fail("Savitzky-Golay: " + std::to_string(values.size()) + " values for order " + std::to_string(order) + ", expected more");
  const std::size_t n = values.size(), half = points / 2;
  std::vector<double> result(n);
  const auto sum = [&](const std::vector<double>& weights, std::size_t first) {
    double s = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) s += weights[i] * values[first + i];
    return s;
  };
  const auto centre = savitzky_golay_weights(points, order, static_cast<double>(half), derivative);
  for (std::size_t i = half; i + half < n; ++i) result[i] = sum(centre, i - half);
  for (std::size_t i = 0; i < half; ++i) {
    result[i] = sum(savitzky_golay_weights(points, order, static_cast<double>(i), derivative), 0);
    result[n - 1 - i] = sum(savitzky_golay_weights(points, order, static_cast<double>(points - 1 - i), derivative), n - points);
  }
  return result;
}

}  // namespace lamella::inline LAMELLA_ABI
