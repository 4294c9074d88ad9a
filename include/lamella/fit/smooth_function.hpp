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
#include <numeric>
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

/// The different x in order, of those nearer than a thousandth of their range one.
inline std::vector<double> places_apart(std::span<const double> x) {
  std::vector<double> places(x.begin(), x.end()), apart;
  std::sort(places.begin(), places.end());
  if (places.empty()) return apart;
  const double nearest = 1e-3 * (places.back() - places.front());
  apart.push_back(places.front());
  for (const double place : places)
    if (place - apart.back() >= nearest && places.back() - place >= nearest && place > apart.back()) apart.push_back(place);
  if (places.back() > places.front()) apart.push_back(places.back());
  return apart;
}

/// What is wrong with points for a smooth function, or nothing.
inline std::string smoothing_fault(std::span<const double> x, std::span<const Measured> y) {
  if (std::string fault = data_fault(x, y); !fault.empty()) return fault;
  const auto places = places_apart(x);
  if (places.size() < fewest_places_to_smooth)
    return std::to_string(places.size()) + " different x, expected " + std::to_string(fewest_places_to_smooth) + " or more for a smooth function";
  if (!(places.back() - places.front() > 1e-30)) return "x within " + to_string(Measured{places.back() - places.front(), 0}) + ", expected a wider range";
  return {};
}

/// Some of the places, all of them where they are few enough.
inline std::vector<double> knots_among(const std::vector<double>& places, std::size_t most) {
  const std::size_t n = places.size(), count = std::clamp<std::size_t>(most, fewest_places_to_smooth, n);
  std::vector<double> knots;
  for (std::size_t k = 0; k < count; ++k) knots.push_back(places[k * (n - 1) / (count - 1)]);
  return knots;
}

}  // namespace detail

/// A smooth function of one variable between the lowest and the highest x of the points it was made from.
///
/// x counts as exact: an error that all x share shifts the function along x. Points may be in any order and repeat an x.
class SmoothFunction {
 public:
  /// Throws for numbers that are not finite, esds that are not above 0 and fewer than five different x; x nearer than a thousandth of their
  /// range count as one there.
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

    Data data;
    offset_ = y[0].value;
    for (std::size_t i = 0; i < points_; ++i) {
      data.value.push_back((y[i].value - offset_) / unit_);
      data.weight.push_back(square(unit_ / y[i].esd));
      data.polynomial.push_back(spline_.polynomial(scaled(x[i]), 0));
      data.bending.push_back(spline_.bending(scaled(x[i]), 0));
    }
    solve(data, options.scatter_enlarges, options.average);
  }

  double lower() const noexcept { return lower_; }
  double upper() const noexcept { return upper_; }
  std::size_t points() const noexcept { return points_; }
  /// The most likely λ, to the esds as stated.
  double smoothing() const { return lambda_ * std::pow(upper_ - lower_, 2 * static_cast<double>(spline_.order()) - 1) / square(unit_); }
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
    return square(unit_) * (form(a.polynomial, polynomial_covariance_, b.polynomial) + form(a.bending, bending_covariance_, b.bending));
  }

 private:
  using Row = detail::NaturalSpline::Row;

  /// What the coefficients contribute at some x; the two kinds are independent of each other.
  struct Contributions {
    Row polynomial, bending;
  };
  /// Points in units of the mean esd, and what the coefficients contribute to each.
  struct Data {
    std::vector<double> value, weight;
    std::vector<Row> polynomial, bending;
  };

  static double product(const Row& a, const Row& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
  /// aᵀ M b.
  static double form(const Row& a, const Eigen::MatrixXd& m, const Row& b) {
    double sum = 0;
    for (std::size_t j = 0; j < b.size(); ++j)
      for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * m(index(i), index(j)) * b[j];
    return sum;
  }
  static Eigen::Index index(std::size_t i) { return static_cast<Eigen::Index>(i); }
  /// Σ w aᵀ a of rows, by their lower half.
  static Eigen::MatrixXd normal_matrix(const std::vector<Row>& rows, const std::vector<double>& weight) {
    const std::size_t n = rows.front().size();
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(index(n), index(n));
    for (std::size_t k = 0; k < rows.size(); ++k)
      for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = j; i < n; ++i) sum(index(i), index(j)) += weight[k] * rows[k][i] * rows[k][j];
    return sum;
  }
  /// Σ w a y of rows.
  static Eigen::VectorXd right_side(const std::vector<Row>& rows, const std::vector<double>& weight, const std::vector<double>& y) {
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(index(rows.front().size()));
    for (std::size_t k = 0; k < rows.size(); ++k)
      for (std::size_t i = 0; i < rows[k].size(); ++i) sum(index(i)) += weight[k] * rows[k][i] * y[k];
    return sum;
  }
  static Row row_of(const Eigen::VectorXd& v) { return Row(v.data(), v.data() + v.size()); }
  static Eigen::MatrixXd inverse_of(const Eigen::LLT<Eigen::MatrixXd>& factor) {
    const Eigen::Index n = factor.matrixLLT().rows();
    Eigen::MatrixXd inverse(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
      Eigen::VectorXd unit = Eigen::VectorXd::Zero(n);
      unit(j) = 1;
      const Eigen::VectorXd column = factor.solve(unit);
      for (Eigen::Index i = 0; i < n; ++i) inverse(i, j) = column(i);
    }
    return inverse;
  }

  static std::vector<double> knots_of(std::span<const double> x, std::span<const Measured> y, const SmoothingOptions& options) {
    if (const std::string fault = detail::smoothing_fault(x, y); !fault.empty()) fail("smooth function: " + fault);
    std::vector<double> places = detail::places_apart(x);
    const double low = places.front(), range = places.back() - low;
    for (auto& place : places) place = (place - low) / range;
    return detail::knots_among(places, options.knots);
  }

  double scaled(double x) const { return (x - lower_) / (upper_ - lower_); }

  Contributions at(double x, std::size_t derivative) const {
    if (!(x >= lower_ && x <= upper_))
      fail("smooth function at " + to_string(Measured{x, 0}) + ", expected " + to_string(Measured{lower_, 0}) + " to " + to_string(Measured{upper_, 0}));
    Contributions c{spline_.polynomial(scaled(x), derivative), spline_.bending(scaled(x), derivative)};
    make_orthogonal(c.bending, c.polynomial);
    return c;
  }

  /// Takes from what bends at some x its part of the polynomial there.
  void make_orthogonal(Row& bending, const Row& polynomial) const {
    for (std::size_t j = 0; j < bending.size(); ++j) bending[j] -= product(polynomial, projection_[j]);
  }

  /// The polynomial is fitted by itself, and what bends is made orthogonal to it.
  void solve(Data& data, bool enlarge, bool average) {
    const std::size_t count = spline_.bends(), points = data.value.size();
    const Eigen::LLT<Eigen::MatrixXd> even(normal_matrix(data.polynomial, data.weight));
    polynomial_values_ = row_of(even.solve(right_side(data.polynomial, data.weight, data.value)));
    polynomial_covariance_ = inverse_of(even);
    std::vector<double> column(points);
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t k = 0; k < points; ++k) column[k] = data.bending[k][j];
      projection_.push_back(row_of(even.solve(right_side(data.polynomial, data.weight, column))));
    }
    std::vector<double> rest(points);
    for (std::size_t k = 0; k < points; ++k) {
      make_orthogonal(data.bending[k], data.polynomial[k]);
      rest[k] = data.value[k] - product(data.polynomial[k], polynomial_values_);
    }
    const Eigen::MatrixXd normal = normal_matrix(data.bending, data.weight);
    const Eigen::VectorXd right = right_side(data.bending, data.weight, rest);
    double size = 1e-280, gram = 0;  // λ at which data and penalty are alike in size
    for (std::size_t j = 0; j < count; ++j) {
      size += normal(index(j), index(j));
      gram += spline_.gram(j, j);
    }
    size /= gram / static_cast<double>(count);

    const double free = static_cast<double>(points - spline_.order()), rank = static_cast<double>(count);
    Eigen::LLT<Eigen::MatrixXd> factor;
    double ratio = 1;  // of the variance of a point to what its esd says
    const auto criterion = [&](double exponent) {
      const double lambda = size * std::pow(10, exponent);
      Eigen::MatrixXd penalised = normal;
      for (std::size_t j = 0; j < count; ++j)
        for (std::size_t i = j; i < count; ++i) penalised(index(i), index(j)) += lambda * spline_.gram(i, j);
      factor.compute(penalised);
      bending_values_ = row_of(factor.solve(right));
      double misfit = 0, log_determinant = 0;
      for (std::size_t k = 0; k < points; ++k) misfit += data.weight[k] * square(rest[k] - product(data.bending[k], bending_values_));
      for (std::size_t j = 0; j < count; ++j) {
        for (std::size_t i = 0; i < count; ++i) misfit += lambda * bending_values_[i] * spline_.gram(i, j) * bending_values_[j];
        log_determinant += 2 * std::log(factor.matrixLLT()(index(j), index(j)));
      }
      ratio = enlarge && free > 0 ? std::max(1.0, misfit / free) : 1;
      // −2 ln of the restricted likelihood, but for a constant.
      const double c = free * std::log(ratio) + misfit / ratio + log_determinant - rank * std::log(lambda);
      return std::isfinite(c) ? c : std::numeric_limits<double>::max();
    };
    constexpr double least = -13, most = 4, step = 0.25;  // decades of λ: from interpolation to the polynomial
    std::vector<double> height;
    for (double exponent = least; exponent <= most; exponent += step) height.push_back(criterion(exponent));
    const double about = least + step * static_cast<double>(std::min_element(height.begin(), height.end()) - height.begin());
    constexpr int bits = 20;
    const auto [best, depth] = boost::math::tools::brent_find_minima(criterion, std::max(least, about - step), std::min(most, about + step), bits);
    lambda_ = size * std::pow(10, best);

    // The posterior: a mixture of those of all λ, each with its likelihood.
    bending_covariance_ = Eigen::MatrixXd::Zero(index(count), index(count));
    Row mean(count, 0.0);
    double all = 0, mean_ratio = 0;
    effective_ = 0;
    const auto add = [&](double exponent, double likelihood) {
      criterion(exponent);
      const Eigen::MatrixXd inverse = inverse_of(factor);
      for (std::size_t j = 0; j < count; ++j) {
        mean[j] += likelihood * bending_values_[j];
        for (std::size_t i = 0; i < count; ++i) {
          effective_ += likelihood * inverse(index(i), index(j)) * normal(index(std::max(i, j)), index(std::min(i, j)));
          bending_covariance_(index(i), index(j)) += likelihood * (ratio * inverse(index(i), index(j)) + bending_values_[i] * bending_values_[j]);
        }
      }
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
    for (auto& m : mean) m /= all;
    bending_values_ = mean;
    mean_ratio /= all;
    for (std::size_t j = 0; j < count; ++j)
      for (std::size_t i = 0; i < count; ++i) bending_covariance_(index(i), index(j)) = bending_covariance_(index(i), index(j)) / all - mean[i] * mean[j];
    for (std::size_t j = 0; j < spline_.order(); ++j)
      for (std::size_t i = 0; i < spline_.order(); ++i) polynomial_covariance_(index(i), index(j)) *= mean_ratio;
    effective_ = static_cast<double>(spline_.order()) + effective_ / all;
    scatter_ = std::sqrt(mean_ratio);
  }

  Measured measured(double x, std::size_t derivative) const {
    const double per_x = derivative == 0 ? 1 : 1 / (upper_ - lower_);
    const auto c = at(x, derivative);
    const double value = product(c.polynomial, polynomial_values_) + product(c.bending, bending_values_);
    const double variance = form(c.polynomial, polynomial_covariance_, c.polynomial) + form(c.bending, bending_covariance_, c.bending);
    return {(derivative == 0 ? offset_ : 0) + per_x * unit_ * value, per_x * unit_ * std::sqrt(std::max(0.0, variance))};
  }

  detail::NaturalSpline spline_;
  std::size_t points_;
  double lower_ = 0, upper_ = 1;
  double unit_ = 1, offset_ = 0;             ///< the esd of a point of mean weight; a value
  std::vector<Row> projection_;              ///< of each function that bends on the polynomial
  Row polynomial_values_, bending_values_;
  Eigen::MatrixXd polynomial_covariance_, bending_covariance_;
  double lambda_ = 0;                        ///< for x of unit range and points of mean weight 1
  double scatter_ = 1, effective_ = 0;
};

}  // namespace lamella::inline LAMELLA_ABI
