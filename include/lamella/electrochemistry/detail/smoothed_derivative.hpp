// The derivative of a noisy function: means over equal places, linear interpolation on a grid, local polynomials.
#pragma once

#include <lamella/core/error.hpp>                       // fail
#include <lamella/electrochemistry/savitzky_golay.hpp>  // savitzky_golay, savitzky_golay_weights

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A function as points of increasing place.
struct SampledFunction {
  std::vector<double> x, y;

  /// y at `place`, linear between points, constant beyond the ends. `near` is where to look first, for places in order.
  double at(double place, std::size_t& near) const noexcept {
    if (place <= x.front()) return y.front();
    if (place >= x.back()) return y.back();
    while (near + 2 < x.size() && x[near + 1] <= place) ++near;
    while (near > 0 && x[near] > place) --near;
    return y[near] + (y[near + 1] - y[near]) * (place - x[near]) / (x[near + 1] - x[near]);
  }
};

/// Points sorted by x, those of equal x replaced by their mean.
inline SampledFunction averaged(std::span<const double> x, std::span<const double> y) {
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] != x[b] ? x[a] < x[b] : a < b; });
  SampledFunction f;
  f.x.reserve(x.size());
  f.y.reserve(x.size());
  for (std::size_t i = 0; i < order.size();) {
    double sum = 0;
    const std::size_t first = i;
    for (; i < order.size() && x[order[i]] == x[order[first]]; ++i) sum += y[order[i]];
    f.x.push_back(x[order[first]]);
    f.y.push_back(sum / static_cast<double>(i - first));
  }
  return f;
}

/// A derivative on a grid, with esds from the scatter of the data about the local polynomials.
struct SmoothedDerivative {
  std::vector<double> x, y, slope;
  std::vector<double> slope_esd;      ///< of `slope`
  std::vector<double> curvature_esd;  ///< of the change of `slope` with x
};

/// How wide in points of the grid: an odd number, at least one more than the order of the polynomial.
inline std::size_t odd_points(double width, double step, std::size_t order) {
  const auto points = static_cast<std::size_t>(std::llround(width / step));
  return std::max(points + (points % 2 == 0 ? 1 : 0), order + 1 + order % 2);
}

/// The derivative of `f` at the multiples of `step` within its range: local polynomials of `order` over `width`, and again over
/// `again` through the derivative where that is not 0. `what` begins messages. Throws Error for widths and steps that make no sense,
/// and where the range is shorter than the window.
inline SmoothedDerivative smoothed_derivative(const SampledFunction& f, double step, double width, double again, std::size_t order, const std::string& what) {
  const auto text = [](double x) { return std::to_string(x); };
  if (!(step > 0 && width >= 2 * step && width < 1e6 * step)) fail(what + ": step " + text(step) + " and width " + text(width) + ", expected a width of at least two steps");
  if (!(again >= 0 && again < 1e6 * step)) fail(what + ": second width " + text(again) + ", expected 0 or a width");
  if (order < 2 || order > 8) fail(what + ": polynomial of order " + std::to_string(order) + ", expected from 2 to 8");
  const std::size_t window = odd_points(width, step, order), second = again > 0 ? odd_points(again, step, order) : 0;
  if (f.x.size() < 2 || !((f.x.back() - f.x.front()) / step < 1e6)) fail(what + ": " + std::to_string(f.x.size()) + " places, expected 2 or more and at most a million steps");
  const double first = std::ceil(f.x.front() / step - 1e-9), last = std::floor(f.x.back() / step + 1e-9);
  const auto n = static_cast<std::size_t>(std::max(last - first + 1, 0.0));
  if (n < std::max(window, second))
    fail(what + ": " + text(f.x.front()) + " to " + text(f.x.back()) + ", expected a range of at least the window, " + text(std::max(width, again)));

  SmoothedDerivative d;
  d.x.resize(n);
  std::vector<double> sampled(n);
  std::size_t near = 0;
  for (std::size_t i = 0; i < n; ++i) {
    d.x[i] = (first + static_cast<double>(i)) * step;
    sampled[i] = f.at(d.x[i], near);
  }
  d.y = savitzky_golay(sampled, window, order, 0);
  d.slope = savitzky_golay(sampled, window, order, 1);
  for (double& slope : d.slope) slope /= step;
  auto kernel = savitzky_golay_weights(window, order, static_cast<double>(window / 2), 1);
  if (second > 0) {
    d.slope = savitzky_golay(d.slope, second, order, 0);
    const auto outer = savitzky_golay_weights(second, order, static_cast<double>(second / 2), 0);
    std::vector<double> both(window + second - 1, 0);
    for (std::size_t i = 0; i < second; ++i)
      for (std::size_t j = 0; j < window; ++j) both[i + j] += outer[i] * kernel[j];
    kernel = std::move(both);
  }
  double slope_gain = 0, curvature_gain = 0;
  for (const double weight : kernel) slope_gain += weight * weight;
  for (std::size_t i = 0; i <= kernel.size() + 1; ++i) {
    const double change = ((i < kernel.size() ? kernel[i] : 0) - (i >= 2 ? kernel[i - 2] : 0)) / 2;
    curvature_gain += change * change;
  }
  slope_gain = std::sqrt(slope_gain) / step;
  curvature_gain = std::sqrt(curvature_gain) / (step * step);

  // Scatter within the window of each point; of a grid finer than the data neighbours are not independent.
  std::vector<double> squares(n + 1, 0);
  for (std::size_t i = 0; i < n; ++i) squares[i + 1] = squares[i] + (sampled[i] - d.y[i]) * (sampled[i] - d.y[i]);
  d.slope_esd.resize(n);
  d.curvature_esd.resize(n);
  const std::size_t half = window / 2;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = i > half ? i - half : 0, to = std::min(i + half + 1, n);
    const auto points = static_cast<double>(to - from);
    const auto [low, high] = std::pair(std::lower_bound(f.x.begin(), f.x.end(), d.x[from] - step / 2), std::upper_bound(f.x.begin(), f.x.end(), d.x[to - 1] + step / 2));
    const double independent = std::max(1.0, std::min(points, static_cast<double>(high - low)));
    const double freedom = std::max(points - static_cast<double>(order) - 1, 1.0);
    const double scatter = std::sqrt(std::max(squares[to] - squares[from], 0.0) / freedom * (points / independent));
    d.slope_esd[i] = scatter * slope_gain;
    d.curvature_esd[i] = scatter * curvature_gain;
  }
  return d;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
