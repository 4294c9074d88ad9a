// Where the zero of 2θ may be, before anything is refined: shifts at which a pattern resembles the model.
#pragma once

#include <lamella/core/error.hpp>                     // fail
#include <lamella/core/measured.hpp>                  // fixed
#include <lamella/core/scalar.hpp>                    // square
#include <lamella/diffraction/pattern_calculator.hpp> // PatternCalculator
#include <lamella/diffraction/powder_model.hpp>       // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>     // PowderPattern
#include <lamella/refine/rietveld.hpp>                // RefinementOptions

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// The square root of what rises above the local level, that being the mean of all within 1.5°: heights count little, places much.
inline std::vector<double> features(const std::vector<double>& two_theta, const std::vector<double>& y) {
  constexpr double reach = 1.5;  // degrees
  std::vector<double> sum(y.size() + 1, 0.0), result(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) sum[i + 1] = sum[i] + std::sqrt(std::max(0.0, y[i]));
  std::size_t first = 0, last = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    while (two_theta[first] < two_theta[i] - reach) ++first;
    while (last < y.size() && two_theta[last] <= two_theta[i] + reach) ++last;
    result[i] = std::sqrt(std::max(0.0, y[i])) - (sum[last] - sum[first]) / static_cast<double>(last - first);
  }
  return result;
}

}  // namespace detail

/// Zeros within `range` (degrees 2θ) of the model's own at which the pattern is most like it, the likeliest first, at most `count`. The
/// model's phases that are not `absent`, equal in area and with peaks broadened by 0.15°, are correlated with the pattern at steps of a
/// third of that, both as square roots above their local level. A refinement from each decides. The start of the cell may be off by what
/// moves its peaks little against `range`. Throws where `range` is not between 0° and 10°.
template <CrystalModel Crystal>
std::vector<double> likely_zeros(PowderModel<Crystal> model, const PowderPattern& pattern, double range, const RefinementOptions<Crystal>& options = {},
                                 std::size_t count = 3) {
  if (!(range > 0 && range <= 10)) fail("search for the zero within " + detail::fixed(range, 2) + "°: expected above 0° and at most 10°");
  constexpr double blur = 0.15, step = blur / 3;
  model.instrument.W += blur * blur;
  model.background.coefficients.assign(model.background.coefficients.size(), 0.0);
  const double given = model.instrument.zero;
  for (auto& phase : model.phases)
    phase.scale = std::find(options.absent.begin(), options.absent.end(), phase.name) != options.absent.end() ? 0 : 1;
  auto calculation = options.calculation;
  calculation.window_tolerance = 1e-3;
  PatternCalculator<Crystal> calculator(model, pattern.two_theta, calculation);
  std::vector<double> y(pattern.size());
  for (std::size_t p = 0; p < model.phases.size(); ++p) {
    std::fill(y.begin(), y.end(), 0.0);
    calculator.add_phase(model, p, y);
    double area = 0;
    for (const double v : y) area += v;
    if (area > 0) model.phases[p].scale /= area;
  }
  const auto observed = detail::features(pattern.two_theta, pattern.intensity);
  std::vector<std::pair<double, double>> found;  // likeness, zero
  const auto steps = static_cast<int>(std::ceil(range / step));
  for (int k = -steps; k <= steps; ++k) {
    model.instrument.zero = given + k * range / steps;
    calculator.prepare(model);
    calculator.calculate(model, y);
    const auto calculated = detail::features(pattern.two_theta, y);
    double product = 0, norm = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      product += observed[i] * calculated[i];
      norm += square(calculated[i]);
    }
    found.emplace_back(norm > 0 ? product / std::sqrt(norm) : 0, model.instrument.zero);
  }
  std::vector<std::pair<double, double>> peaks;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool highest = (i == 0 || found[i].first >= found[i - 1].first) && (i + 1 == found.size() || found[i].first > found[i + 1].first);
    if (highest && found[i].first > 0) peaks.push_back(found[i]);
  }
  std::sort(peaks.begin(), peaks.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<double> zeros;
  for (const auto& [likeness, zero] : peaks)
    if (zeros.size() < count && std::abs(zero - given) > 0.5 * step) zeros.push_back(zero);
  return zeros;
}

}  // namespace lamella
