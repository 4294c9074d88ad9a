// A line of a powder pattern without a structural model: a profile fitted to it, and the same line followed through a series.
#pragma once

#include <lamella/core/constants.hpp>               // degree
#include <lamella/core/dual.hpp>                    // Dual
#include <lamella/core/error.hpp>                   // fail
#include <lamella/core/measured.hpp>                // Measured, fixed
#include <lamella/core/scalar.hpp>                  // Scalar, square
#include <lamella/diffraction/powder_pattern.hpp>   // PowderPattern, select
#include <lamella/diffraction/pseudo_voigt.hpp>     // PseudoVoigt, pseudo_voigt
#include <lamella/diffraction/radiation.hpp>        // Radiation
#include <lamella/fit/levenberg_marquardt.hpp>      // minimise
#include <lamella/refine/detail/input_checks.hpp>   // points_fault

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A line fitted by itself: one pseudo-Voigt for each wavelength, all of one width and shape, on a sloping background. Esds are
/// scaled by the goodness of fit. Where no line was found all numbers are 0.
struct LineFit {
  bool found = false;     ///< converged, inside the window, its area more than three esds
  Measured position{};    ///< degrees 2θ as measured, of the first wavelength
  Measured fwhm{};        ///< degrees 2θ, of one wavelength
  Measured area{};        ///< counts × degrees, of all wavelengths
  Measured eta{};         ///< Lorentzian fraction
  double height = 0;      ///< counts, of the first wavelength above the background
  double background = 0;  ///< counts at the position
  double GoF = 0;
  std::string note{};     ///< why there is none, or what the numbers suffer from
};

namespace detail {

/// Counts of a narrow range of angles as one line on a sloping background.
class LineProblem final : public LeastSquaresProblem {
 public:
  static constexpr std::size_t count = 6;  ///< position, fwhm, area, η, background in the middle and its slope per degree

  LineProblem(const PowderPattern& pattern, const Radiation& radiation)
      : pattern_(pattern), radiation_(radiation), middle_(0.5 * (pattern.two_theta.front() + pattern.two_theta.back())) {
    for (const auto& line : radiation_.lines()) weights_ += line.weight;
  }

  double middle() const noexcept { return middle_; }
  /// The share of the first wavelength in the area.
  double first_share() const noexcept { return radiation_.line[0].weight / weights_; }

  std::size_t residual_count() const override { return pattern_.size(); }
  std::size_t parameter_count() const override { return count; }

  bool residuals(std::span<const double> p, std::span<double> r) override {
    std::array<double, count> x;
    std::copy_n(p.begin(), count, x.begin());
    const auto positions = positions_of(x[0]);
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = (pattern_.intensity[i] - counts(x, positions, pattern_.two_theta[i])) / pattern_.sigma[i];
    return true;
  }
  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    using Slopes = Dual<double, count>;
    std::array<Slopes, count> x;
    for (std::size_t k = 0; k < count; ++k) x[k] = Slopes::variable(p[k], k);
    const auto positions = positions_of(x[0]);
    for (std::size_t i = 0; i < r.size(); ++i) {
      const Slopes y = counts(x, positions, pattern_.two_theta[i]);
      r[i] = (pattern_.intensity[i] - y.value) / pattern_.sigma[i];
      for (std::size_t k = 0; k < count; ++k) jacobian[k * r.size() + i] = y.grad[k] / pattern_.sigma[i];
    }
    return true;
  }

 private:
  template <Scalar T>
  std::array<T, 2> positions_of(const T& first) const {
    using std::asin, std::sin;
    std::array<T, 2> positions{first, first};
    for (std::size_t i = 1; i < radiation_.count; ++i)
      positions[i] = T(2 / degree) * asin(T(radiation_.line[i].wavelength / radiation_.line[0].wavelength) * sin(T(0.5 * degree) * first));
    return positions;
  }
  template <Scalar T>
  T counts(const std::array<T, count>& x, const std::array<T, 2>& positions, double two_theta) const {
    T y = x[4] + x[5] * T(two_theta - middle_);
    for (std::size_t i = 0; i < radiation_.count; ++i)
      y = y + T(radiation_.line[i].weight / weights_) * x[2] * pseudo_voigt<T>(T(two_theta) - positions[i], {x[1], x[3]});
    return y;
  }

  const PowderPattern& pattern_;
  Radiation radiation_;
  double middle_;
  double weights_ = 0;
};

}  // namespace detail

/// Fits the strongest line of a range of angles, wide enough to show background on both sides. What is wrong with the pattern
/// there is told in `note`.
inline LineFit fit_line(const PowderPattern& pattern, const Radiation& radiation, const AngleRange& window) {
  LineFit result;
  const auto none = [&](std::string why) {
    LineFit r;
    r.note = std::move(why);
    return r;
  };
  const PowderPattern points = select(pattern, window);
  if (std::string fault = detail::points_fault(points); !fault.empty()) return none(std::move(fault));
  constexpr std::size_t fewest = 12;
  const std::size_t n = points.size();
  if (n < fewest) return none(pattern.source + ": expected " + std::to_string(fewest) + " points or more in the window of a line, got " + std::to_string(n));
  if (!(points.two_theta.front() > 0 && points.two_theta.back() < 170)) return none(pattern.source + ": expected a window between 0° and 170° 2θ");

  // Start: the maximum of a running mean, the background as at the ends, the area above it.
  std::size_t top = 0;
  double highest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t first = i < 2 ? 0 : i - 2, last = std::min(n, i + 3);
    double mean = 0;
    for (std::size_t j = first; j < last; ++j) mean += points.intensity[j] / static_cast<double>(last - first);
    if (mean > highest) {
      highest = mean;
      top = i;
    }
  }
  const std::size_t end = std::max<std::size_t>(n / 10, 1);
  double level = 0, area = 0;
  for (std::size_t i = 0; i < end; ++i) level += (points.intensity[i] + points.intensity[n - 1 - i]) / (2 * static_cast<double>(end));
  for (std::size_t i = 1; i < n; ++i)
    area += std::max(0.0, 0.5 * (points.intensity[i - 1] + points.intensity[i]) - level) * (points.two_theta[i] - points.two_theta[i - 1]);
  const double width = points.two_theta.back() - points.two_theta.front(), step = width / static_cast<double>(n - 1);
  detail::LineProblem problem(points, radiation);
  const double rise = std::max(highest - level, 1e-3 * std::max(std::abs(highest), 1e-9));
  const double fwhm = std::clamp(problem.first_share() * area / rise, 2 * step, 0.3 * width);
  LevenbergMarquardtOptions solver;
  constexpr double free = std::numeric_limits<double>::infinity();
  solver.max_cycles = 500;  // weak lines: steps in width and shape overshoot by turns and settle slowly
  solver.lower = {points.two_theta.front(), step, 0, 0, -free, -free};
  solver.upper = {points.two_theta.back(), width, free, 1, free, free};
  const auto fit = minimise(problem, {points.two_theta[top], fwhm, std::max(area, 1e-3 * rise * step), 0.5, level, 0}, solver);

  const auto& p = fit.parameters;
  if (fit.status != FitStatus::converged || fit.covariance.size() == 0) return none("no line: " + std::string(to_string(fit.status)));
  result.GoF = std::sqrt(fit.chi_square / static_cast<double>(n - detail::LineProblem::count));
  const auto measured = [&](std::size_t i) {
    const auto k = static_cast<Eigen::Index>(i);
    return Measured{p[i], result.GoF * std::sqrt(std::max(0.0, fit.covariance(k, k)))};
  };
  result.position = measured(0);
  result.fwhm = measured(1);
  result.area = measured(2);
  result.eta = measured(3);
  result.background = p[4] + p[5] * (p[0] - problem.middle());
  result.height = problem.first_share() * p[2] * pseudo_voigt(0.0, PseudoVoigt<double>{p[1], p[3]});
  constexpr double sure = 3;
  if (fit.at_bound[0] || fit.at_bound[1] || !(result.area.value > sure * result.area.esd))
    return none("no line: area " + to_string(result.area) + ", position " + to_string(result.position) + "°");
  result.found = true;
  if (fit.at_bound[3]) result.note = p[3] > 0.5 ? "wholly Lorentzian" : "wholly Gaussian";
  return result;
}

/// Follows a line from pattern to pattern: the window goes where the line was last found.
class LineTracker {
 public:
  /// `start`: about where the line is in the first pattern, degrees 2θ; `half_window`: how far to either side the fit reaches, degrees.
  LineTracker(const Radiation& radiation, double start, double half_window) : radiation_(radiation), position_(start), half_window_(half_window) {
    if (!(half_window > 0 && half_window < 45 && start > 0 && start < 170))
      fail("line at " + detail::fixed(start, 2) + "° in a window of ±" + detail::fixed(half_window, 2) + "°: expected 0° to 170° and a window up to ±45°");
  }

  /// Where the line was last found, degrees 2θ.
  double position() const noexcept { return position_; }

  LineFit follow(const PowderPattern& pattern) {
    LineFit fit = fit_line(pattern, radiation_, {position_ - half_window_, position_ + half_window_});
    if (fit.found) position_ = fit.position.value;
    return fit;
  }

 private:
  Radiation radiation_;
  double position_, half_window_;
};

}  // namespace lamella
