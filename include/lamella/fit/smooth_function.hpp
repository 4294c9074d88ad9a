// A smooth function through noisy points, with esds of its value and slope: the smoothing spline.
//
// Minimised is Σ ((y − f(x))/σ)² + λ ∫ (dᵐf/dxᵐ)² dx. How likely λ is, its restricted likelihood says (REML; G. Wahba, Ann. Statist. 13 (1985)
// 1378; S. N. Wood, J. R. Statist. Soc. B 73 (2011) 3); value and esds are those of the posterior (G. Wahba, J. R. Statist. Soc. B 45 (1983)
// 133) on the knots used, averaged over ln λ. On average over x the bands cover the truth at least as often as they say (D. Nychka, J. Am.
// Stat. Assoc. 83 (1988) 1134).
#pragma once

#include <lamella/core/error.hpp>                 // fail
#include <lamella/core/measured.hpp>              // Measured
#include <lamella/core/scalar.hpp>                // square
#include <lamella/fit/detail/natural_spline.hpp>  // NaturalSpline
#include <lamella/fit/detail/noisy_data.hpp>      // data_fault

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <boost/math/tools/minima.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What a smooth function has little of.
enum class Roughness {
  curvature,         ///< m = 2, the cubic spline: follows a kink; where there is none its slope has esds up to twice too large
  curvature_change,  ///< m = 3, the quintic spline: for what has no kinks; near one its bands are too narrow
};

/// How a function is smoothed.
struct SmoothingOptions {
  Roughness roughness = Roughness::curvature_change;
  std::size_t knots = 40;        ///< at most; with fewer different x there is one at each of them
  bool scatter_enlarges = true;  ///< the scatter about the function enlarges the esds where it is larger than they say
  bool average = true;           ///< over all λ by their likelihood, so that the esds contain the uncertainty of λ; else the most likely λ alone
};

namespace detail {

inline constexpr std::size_t fewest_places_to_smooth = 5;

/// What is wrong with points for a smooth function, or nothing.
inline std::string smoothing_fault(std::span<const double> x, std::span<const Measured> y) {
  if (std::string fault = data_fault(x, y); !fault.empty()) return fault;
  std::vector<double> places(x.begin(), x.end());
  std::sort(places.begin(), places.end());
  const auto different = static_cast<std::size_t>(std::unique(places.begin(), places.end()) - places.begin());
  if (different < fewest_places_to_smooth)
    return std::to_string(different) + " different x, expected " + std::to_string(fewest_places_to_smooth) + " or more for a smooth function";
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  if (!(*high - *low > 1e-30)) return "x within " + to_string(Measured{*high - *low, 0}) + ", expected a wider range";
  return {};
}

/// Knots among the sorted x: equally many points apart, never very near each other.
inline std::vector<double> knots_among(std::vector<double> places, std::size_t most) {
  places.erase(std::unique(places.begin(), places.end()), places.end());
  const std::size_t n = places.size(), count = std::clamp<std::size_t>(most, fewest_places_to_smooth, n);
  const double nearest = 1e-3 * (places.back() - places.front());
  std::vector<double> knots{places.front()};
  for (std::size_t k = 1; k + 1 < count; ++k) {
    const double place = places[k * (n - 1) / (count - 1)];
    if (place - knots.back() >= nearest && places.back() - place >= nearest) knots.push_back(place);
  }
  knots.push_back(places.back());
  return knots;
}

}  // namespace detail

/// A smooth function of one variable between the lowest and the highest x of the points it was made from.
///
/// x counts as exact: an error that all x share shifts the function along x. Points may be in any order and repeat an x.
class SmoothFunction {
 public:
  /// Throws for numbers that are not finite, esds that are not above 0 and fewer than five different x.
  SmoothFunction(std::span<const double> x, std::span<const Measured> y, const SmoothingOptions& options = {})
      : spline_(knots_of(x, y, options), options.roughness == Roughness::curvature ? 2 : 3), points_(x.size()) {
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    lower_ = *low;
    upper_ = *high;
    // Weights relative to the mean one: the size of the numbers does not matter.
    double least_esd = std::numeric_limits<double>::infinity(), mean_weight = 0;
    for (const auto& m : y) least_esd = std::min(least_esd, m.esd);
    for (const auto& m : y) mean_weight += square(least_esd / m.esd) / static_cast<double>(points_);
    unit_ = least_esd / std::sqrt(mean_weight);

    const auto n = static_cast<Eigen::Index>(points_);
    Eigen::VectorXd value(n), weight(n);
    Eigen::MatrixXd polynomial(n, spline_.order()), bending(n, spline_.bends());
    offset_ = y[0].value;
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto k = static_cast<std::size_t>(i);
      value(i) = (y[k].value - offset_) / unit_;
      weight(i) = square(unit_ / y[k].esd);
      polynomial.row(i) = spline_.polynomial(scaled(x[k]), 0);
      bending.row(i) = spline_.bending(scaled(x[k]), 0);
    }
    solve(value, weight, polynomial, bending, options.scatter_enlarges, options.average);
  }

  double lower() const noexcept { return lower_; }
  double upper() const noexcept { return upper_; }
  std::size_t points() const noexcept { return points_; }
  /// The most likely λ, to the esds as stated.
  double smoothing() const { return lambda_ * std::pow(upper_ - lower_, 2 * spline_.order() - 1) / square(unit_); }
  /// How many parameters the function has in effect, at least m: then it is a line (m = 2) or a parabola (m = 3).
  double effective_parameters() const noexcept { return effective_; }
  /// By which factor the scatter enlarged the esds of the points: 1 where they explain it.
  double scatter() const noexcept { return scatter_; }

  /// The value at x. Throws outside the range of the points: nothing is extrapolated.
  Measured operator()(double x) const { return measured(x, 0); }
  /// The slope at x, likewise.
  Measured slope(double x) const { return measured(x, 1); }
  /// Covariance of the values at two places.
  double covariance(double x, double other) const {
    const auto a = at(x, 0), b = at(other, 0);
    return square(unit_) * (a.polynomial.dot(polynomial_covariance_ * b.polynomial.transpose()) + a.bending.dot(bending_covariance_ * b.bending.transpose()));
  }

 private:
  /// What the coefficients contribute at some x; the two kinds are independent of each other.
  struct Contributions {
    Eigen::RowVectorXd polynomial, bending;
  };

  static std::vector<double> knots_of(std::span<const double> x, std::span<const Measured> y, const SmoothingOptions& options) {
    if (const std::string fault = detail::smoothing_fault(x, y); !fault.empty()) fail("smooth function: " + fault);
    std::vector<double> places(x.begin(), x.end());
    std::sort(places.begin(), places.end());
    const double low = places.front(), range = places.back() - low;
    for (auto& place : places) place = (place - low) / range;
    return detail::knots_among(std::move(places), options.knots);
  }

  double scaled(double x) const { return (x - lower_) / (upper_ - lower_); }

  Contributions at(double x, int derivative) const {
    if (!(x >= lower_ && x <= upper_))
      fail("smooth function at " + to_string(Measured{x, 0}) + ", expected " + to_string(Measured{lower_, 0}) + " to " + to_string(Measured{upper_, 0}));
    Contributions c;
    c.polynomial = spline_.polynomial(scaled(x), derivative);
    c.bending = (spline_.bending(scaled(x), derivative) - c.polynomial * projection_) * whitening_;
    return c;
  }

  /// The polynomial is fitted by itself, and what bends is made orthogonal to it and scaled so that its penalty is λ times a sum of squares.
  void solve(const Eigen::VectorXd& value, const Eigen::VectorXd& weight, const Eigen::MatrixXd& polynomial, Eigen::MatrixXd& bending, bool enlarge, bool average) {
    const Eigen::MatrixXd weighted = weight.asDiagonal() * polynomial;
    const Eigen::LLT<Eigen::MatrixXd> even(polynomial.transpose() * weighted);
    polynomial_values_ = even.solve(weighted.transpose() * value);
    polynomial_covariance_ = even.solve(Eigen::MatrixXd::Identity(polynomial.cols(), polynomial.cols()));
    projection_ = even.solve(weighted.transpose() * bending);
    const auto count = bending.cols();
    const Eigen::LLT<Eigen::MatrixXd> gram(spline_.gram());
    whitening_ = gram.matrixU().solve(Eigen::MatrixXd::Identity(count, count));
    bending = (bending - polynomial * projection_) * whitening_;
    const Eigen::VectorXd rest = value - polynomial * polynomial_values_;
    const Eigen::MatrixXd normal = bending.transpose() * weight.asDiagonal() * bending;
    const Eigen::VectorXd right = bending.transpose() * (weight.asDiagonal() * rest);

    const double free = static_cast<double>(value.size() - polynomial.cols()), rank = static_cast<double>(count);
    Eigen::LLT<Eigen::MatrixXd> factor;
    double ratio = 1;  // of the variance of a point to what its esd says
    const auto evaluate = [&](double lambda) {
      factor.compute(normal + lambda * Eigen::MatrixXd::Identity(count, count));
      bending_values_ = factor.solve(right);
      const double misfit = weight.dot((rest - bending * bending_values_).cwiseAbs2()) + lambda * bending_values_.squaredNorm();
      ratio = enlarge && free > 0 ? std::max(1.0, misfit / free) : 1;
      // −2 ln of the restricted likelihood, but for a constant.
      return free * std::log(ratio) + misfit / ratio + 2 * factor.matrixLLT().diagonal().array().log().sum() - rank * std::log(lambda);
    };
    const double size = std::max(normal.trace(), 1e-280);
    const auto criterion = [&](double exponent) {
      const double c = evaluate(size * std::pow(10, exponent));
      return std::isfinite(c) ? c : std::numeric_limits<double>::max();
    };
    constexpr double least = -13, most = 4, step = 0.25;  // decades of λ: from interpolation to the polynomial
    std::vector<double> height;
    for (double exponent = least; exponent <= most; exponent += step) height.push_back(criterion(exponent));
    const auto lowest = std::min_element(height.begin(), height.end());
    const double about = least + step * static_cast<double>(lowest - height.begin());
    constexpr int bits = 20;
    const auto [best, depth] = boost::math::tools::brent_find_minima(criterion, std::max(least, about - step), std::min(most, about + step), bits);
    lambda_ = size * std::pow(10, best);

    // The posterior: a mixture of those of all λ, each with its likelihood.
    bending_covariance_ = Eigen::MatrixXd::Zero(count, count);
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(count);
    double all = 0, mean_ratio = 0;
    effective_ = 0;
    const auto add = [&](double exponent, double likelihood) {
      criterion(exponent);
      const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(count, count));
      effective_ += likelihood * inverse.cwiseProduct(normal).sum();
      mean += likelihood * bending_values_;
      bending_covariance_ += likelihood * (ratio * inverse + bending_values_ * bending_values_.transpose());
      mean_ratio += likelihood * ratio;
      all += likelihood;
    };
    if (average) {
      for (std::size_t k = 0; k < height.size(); ++k) {
        const double likelihood = std::exp(-0.5 * (height[k] - depth));
        constexpr double negligible = 1e-6;
        if (likelihood > negligible) add(least + step * static_cast<double>(k), likelihood);
      }
    } else {
      add(best, 1);
    }
    mean /= all;
    bending_values_ = mean;
    bending_covariance_ = bending_covariance_ / all - mean * mean.transpose();
    effective_ = static_cast<double>(polynomial.cols()) + effective_ / all;
    scatter_ = std::sqrt(mean_ratio / all);
    polynomial_covariance_ *= mean_ratio / all;
  }

  Measured measured(double x, int derivative) const {
    const double per_x = derivative == 0 ? 1 : 1 / (upper_ - lower_);
    const auto c = at(x, derivative);
    const double value = c.polynomial.dot(polynomial_values_) + c.bending.dot(bending_values_);
    const double variance = c.polynomial.dot(polynomial_covariance_ * c.polynomial.transpose()) + c.bending.dot(bending_covariance_ * c.bending.transpose());
    return {(derivative == 0 ? offset_ : 0) + per_x * unit_ * value, per_x * unit_ * std::sqrt(std::max(0.0, variance))};
  }

  detail::NaturalSpline spline_;
  std::size_t points_;
  double lower_ = 0, upper_ = 1;
  double unit_ = 1, offset_ = 0;             ///< the esd of a point of mean weight; a value
  Eigen::MatrixXd projection_, whitening_;   ///< of what bends on the polynomial; to unit penalty
  Eigen::VectorXd polynomial_values_, bending_values_;
  Eigen::MatrixXd polynomial_covariance_, bending_covariance_;
  double lambda_ = 0;                        ///< for x of unit range and points of mean weight 1
  double scatter_ = 1, effective_ = 0;
};

}  // namespace lamella::inline LAMELLA_ABI
