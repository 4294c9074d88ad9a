#include <lamella/core/dual.hpp>
#include <lamella/fit/levenberg_marquardt.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "../support/random_numbers.hpp"
#include "nist_problems.hpp"

using namespace lamella;
using lamella_test::Certified, lamella_test::Random;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A problem from functions of the parameters: residual i is target[i] - model(i, p), derivatives by duals.
template <std::size_t P, class Model>
class Problem final : public LeastSquaresProblem {
 public:
  Problem(std::vector<double> target, Model model) : target_(std::move(target)), model_(std::move(model)) {}

  std::size_t residual_count() const override { return target_.size(); }
  std::size_t parameter_count() const override { return P; }
  bool residuals(std::span<const double> p, std::span<double> r) override {
    std::array<double, P> x{};
    std::copy(p.begin(), p.end(), x.begin());
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = target_[i] - model_(i, x);
    return true;
  }
  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    using D = Dual<double, P>;
    std::array<D, P> x;
    for (std::size_t k = 0; k < P; ++k) x[k] = D::variable(p[k], k);
    for (std::size_t i = 0; i < r.size(); ++i) {
      const D y = model_(i, x);
      r[i] = target_[i] - y.value;
      for (std::size_t k = 0; k < P; ++k) jacobian[k * r.size() + i] = y.grad[k];
    }
    ++cycles;
    return true;
  }

  int cycles = 0;

 private:
  std::vector<double> target_;
  Model model_;
};

template <std::size_t P, class Model>
Problem<P, Model> problem(std::vector<double> target, Model model) {
  return {std::move(target), std::move(model)};
}

/// Runs a certified problem from both starts; compares to `digits` significant digits.
template <std::size_t P, class Model>
void check_certified(const Certified<P>& c, Model model, double tolerance, int first_start = 0) {
  CAPTURE(c.name);
  std::vector<double> y;
  for (const auto& point : c.data) y.push_back(point[0]);
  for (std::size_t s = static_cast<std::size_t>(first_start); s < 2; ++s) {
    CAPTURE(s);
    auto fit = problem<P>(y, [&](std::size_t i, const auto& b) { return model(c.data[i][1], b); });
    LevenbergMarquardtOptions options;
    options.max_cycles = 500;
    options.chi_square_tolerance = 1e-14;
    options.shift_tolerance = 1e-7;
    const auto result = minimise(fit, {c.start[s].begin(), c.start[s].end()}, options);
    CHECK(result.status == FitStatus::converged);
    CHECK(result.chi_square == doctest::Approx(c.sum_of_squares).epsilon(tolerance));
    const double variance = result.chi_square / static_cast<double>(y.size() - P);
    REQUIRE(result.covariance.rows() == static_cast<Eigen::Index>(P));
    for (std::size_t k = 0; k < P; ++k) {
      CAPTURE(k);
      const auto d = static_cast<Eigen::Index>(k);
      CHECK(result.parameters[k] == doctest::Approx(c.value[k]).epsilon(tolerance));
      CHECK(std::sqrt(result.covariance(d, d) * variance) == doctest::Approx(c.deviation[k]).epsilon(tolerance));
      CHECK_FALSE(result.at_bound[k]);
    }
    CHECK(result.undetermined.empty());
  }
}

/// (AᵀA)⁻¹ and the least-squares solution by Gauss-Jordan elimination in long double: the independent reference.
struct Linear {
  std::vector<std::vector<long double>> inverse;
  std::vector<long double> solution;
};
Linear solve_linear(const std::vector<std::vector<double>>& a, const std::vector<double>& y) {
  const std::size_t n = a.front().size();
  std::vector<std::vector<long double>> m(n, std::vector<long double>(2 * n, 0));
  std::vector<long double> rhs(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      for (const auto& row : a) m[i][j] += static_cast<long double>(row[i]) * row[j];
    for (std::size_t k = 0; k < a.size(); ++k) rhs[i] += static_cast<long double>(a[k][i]) * y[k];
    m[i][n + i] = 1;
  }
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c; r < n; ++r)
      if (std::abs(m[r][c]) > std::abs(m[pivot][c])) pivot = r;
    std::swap(m[c], m[pivot]);
    const long double f = m[c][c];
    for (auto& x : m[c]) x /= f;
    for (std::size_t r = 0; r < n; ++r) {
      if (r == c) continue;
      const long double g = m[r][c];
      for (std::size_t j = 0; j < 2 * n; ++j) m[r][j] -= g * m[c][j];
    }
  }
  Linear result{std::vector(n, std::vector<long double>(n)), std::vector<long double>(n, 0)};
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      result.inverse[i][j] = m[i][n + j];
      result.solution[i] += m[i][n + j] * rhs[j];
    }
  return result;
}

}  // namespace

// Tolerances of the certified problems: the certificates have eleven digits; forming normal equations loses some of the
// double's sixteen (the condition number of Thurber's is 10^9 unscaled), so that seven remain everywhere.
TEST_CASE("Misra1a comes out as NIST certifies it, esds included") {
  check_certified(lamella_test::misra1a, [](double x, const auto& b) { using std::exp; return b[0] * (1.0 - exp(-b[1] * x)); }, 1e-7);
}

TEST_CASE("Thurber comes out as NIST certifies it, esds included") {
  check_certified(lamella_test::thurber, [](double x, const auto& b) {
    return (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) / (1.0 + x * (b[4] + x * (b[5] + x * b[6])));
  }, 1e-7);
}

TEST_CASE("Rat43 comes out as NIST certifies it, esds included") {
  check_certified(lamella_test::rat43, [](double x, const auto& b) {
    using std::exp, std::log;
    return b[0] * exp(-log(1.0 + exp(b[1] - b[2] * x)) / b[3]);
  }, 1e-7);
}

TEST_CASE("MGH09, which has a second minimum at infinity, comes out as NIST certifies it") {
  check_certified(lamella_test::mgh09, [](double x, const auto& b) {
    return b[0] * (x * x + x * b[1]) / (x * x + x * b[2] + b[3]);
  }, 1e-6);
}

TEST_CASE("a straight line has the parameters and the covariance of the textbook") {
  // Equal weights: var(slope) = 1/Sxx, var(intercept) = 1/n + mean²/Sxx, cov = -mean/Sxx.
  const std::vector<double> x{1, 2, 4, 7, 11}, y{3.1, 4.8, 9.3, 14.9, 23.2};
  const double n = 5, mean = 5, sxx = 16 + 9 + 1 + 4 + 36, mean_y = (3.1 + 4.8 + 9.3 + 14.9 + 23.2) / 5;
  double sxy = 0;
  for (std::size_t i = 0; i < 5; ++i) sxy += (x[i] - mean) * (y[i] - mean_y);
  auto line = problem<2>(y, [&](std::size_t i, const auto& p) { return p[0] + p[1] * x[i]; });
  const auto fit = minimise(line, {0, 0});
  REQUIRE(fit.status == FitStatus::converged);
  CHECK(fit.parameters[1] == doctest::Approx(sxy / sxx).epsilon(1e-9));
  CHECK(fit.parameters[0] == doctest::Approx(mean_y - sxy / sxx * mean).epsilon(1e-9));
  CHECK(fit.covariance(1, 1) == doctest::Approx(1 / sxx).epsilon(1e-12));
  CHECK(fit.covariance(0, 0) == doctest::Approx(1 / n + mean * mean / sxx).epsilon(1e-12));
  CHECK(fit.covariance(0, 1) == doctest::Approx(-mean / sxx).epsilon(1e-12));
  CHECK(fit.covariance(1, 0) == doctest::Approx(-mean / sxx).epsilon(1e-12));
}

TEST_CASE("random linear problems agree with elimination in extended precision, whatever the units of the parameters") {
  Random random(11);
  for (int trial = 0; trial < 10; ++trial) {
    CAPTURE(trial);
    constexpr std::size_t n = 6;
    std::vector<std::vector<double>> a(40, std::vector<double>(n));
    std::vector<double> y(40);
    std::array<double, n> unit{};
    for (auto& u : unit) u = std::pow(10.0, random.uniform(-8, 8));
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t k = 0; k < n; ++k) a[i][k] = random.normal() * unit[k];
      y[i] = random.normal() * 3;
    }
    const auto exact = solve_linear(a, y);
    auto linear = problem<n>(y, [&](std::size_t i, const auto& p) {
      auto sum = p[0] * a[i][0];
      for (std::size_t k = 1; k < n; ++k) sum += p[k] * a[i][k];
      return sum;
    });
    LevenbergMarquardtOptions options;
    options.chi_square_tolerance = 1e-15;
    options.shift_tolerance = 1e-9;
    const auto fit = minimise(linear, std::vector<double>(n, 0.0), options);
    REQUIRE(fit.status == FitStatus::converged);
    for (std::size_t i = 0; i < n; ++i) {
      const double esd = static_cast<double>(std::sqrt(exact.inverse[i][i]));
      CHECK(std::abs(fit.parameters[i] - static_cast<double>(exact.solution[i])) < 1e-6 * esd);
      for (std::size_t j = 0; j < n; ++j) {
        const double other = static_cast<double>(std::sqrt(exact.inverse[j][j]));
        CHECK(std::abs(fit.covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) -
                       static_cast<double>(exact.inverse[i][j])) < 1e-10 * esd * other);
      }
    }
  }
}

TEST_CASE("Rosenbrock's valley is walked to its end") {
  auto valley = problem<2>({0, 1}, [](std::size_t i, const auto& p) { return i == 0 ? 10.0 * (p[1] - p[0] * p[0]) : p[0]; });
  LevenbergMarquardtOptions options;
  options.max_cycles = 200;
  options.chi_square_tolerance = 1e-12;
  options.shift_tolerance = 1e-8;
  for (const std::vector<double>& start : {std::vector<double>{-1.2, 1}, {3, -5}, {0, 0}}) {
    const auto fit = minimise(valley, start, options);
    CHECK(fit.status == FitStatus::converged);
    CHECK(fit.parameters[0] == doctest::Approx(1).epsilon(1e-7));
    CHECK(fit.parameters[1] == doctest::Approx(1).epsilon(1e-7));
    CHECK(fit.chi_square < 1e-12);
  }
}

TEST_CASE("a bound holds the parameter and lets the others find their minimum beside it") {
  // chi² = (p0 + p1 - 4)² + (p0 - p1)²: free minimum (2, 2); with p0 ≤ 1 the minimum is p1 = 2.
  // d/dp1 = 2 (p0 + p1 - 4) - 2 (p0 - p1) = 0 gives p1 = 2 for every p0: make the two depend on each other:
  // chi² = (p0 + p1 - 4)² + (p0 - 2 p1)²: free minimum (8/3, 4/3); with p0 = 1: (p1 - 3) - 2 (1 - 2 p1) = 0, p1 = 1.
  auto quadratic = problem<2>({4, 0}, [](std::size_t i, const auto& p) { return i == 0 ? p[0] + p[1] : p[0] - 2.0 * p[1]; });
  LevenbergMarquardtOptions options;
  const auto free_fit = minimise(quadratic, {0, 0}, options);
  CHECK(free_fit.parameters[0] == doctest::Approx(8.0 / 3).epsilon(1e-6));
  CHECK(free_fit.parameters[1] == doctest::Approx(4.0 / 3).epsilon(1e-6));

  options.lower = {-10, -10};
  options.upper = {1, 10};
  for (const double start : {-3.0, 0.0, 1.0, 5.0}) {  // the last one lies outside and is brought in
    CAPTURE(start);
    const auto fit = minimise(quadratic, {start, 7}, options);
    CHECK(fit.status == FitStatus::converged);
    CHECK(fit.parameters[0] == 1);
    CHECK(fit.parameters[1] == doctest::Approx(1).epsilon(1e-6));
    CHECK(fit.at_bound[0]);
    CHECK_FALSE(fit.at_bound[1]);
    CHECK(fit.chi_square == doctest::Approx(4 + 1).epsilon(1e-9));
  }
}

TEST_CASE("a parameter leaves its bound when the minimum lies inside") {
  auto line = problem<1>({3}, [](std::size_t, const auto& p) { return p[0] * 1.0; });
  LevenbergMarquardtOptions options;
  options.lower = {0};
  options.upper = {10};
  for (const double start : {0.0, 10.0, -4.0, 40.0}) {
    const auto fit = minimise(line, {start}, options);
    CHECK(fit.status == FitStatus::converged);
    CHECK(fit.parameters[0] == doctest::Approx(3).epsilon(1e-6));
    CHECK_FALSE(fit.at_bound[0]);
  }
}

TEST_CASE("a parameter without influence is named, stays where it is and does not stop the others") {
  auto blind = problem<3>({1, 2, 4}, [](std::size_t i, const auto& p) { return p[0] + p[2] * static_cast<double>(i) + p[1] * 0.0; });
  const auto fit = minimise(blind, {0, 0, 0});
  CHECK(fit.status == FitStatus::singular);
  CHECK(fit.undetermined == std::vector<std::size_t>{1});
  // The straight line through (0, 1), (1, 2), (2, 4): intercept 5/6, slope 3/2; (JᵀJ)⁻¹ = [5/6 −1/2; −1/2 1/2].
  CHECK(fit.parameters[0] == doctest::Approx(5.0 / 6).epsilon(1e-6));
  CHECK(fit.parameters[1] == 0);
  CHECK(fit.parameters[2] == doctest::Approx(1.5).epsilon(1e-6));
  REQUIRE(fit.covariance.size() == 9);
  CHECK(fit.covariance(0, 0) == doctest::Approx(5.0 / 6).epsilon(1e-9));
  CHECK(fit.covariance(0, 2) == doctest::Approx(-0.5).epsilon(1e-9));
  CHECK(fit.covariance(2, 2) == doctest::Approx(0.5).epsilon(1e-9));
  for (const int k : {0, 1, 2}) CHECK(fit.covariance(1, k) == 0);
}

TEST_CASE("a parameter of which rounding alone speaks does not stop the others: its esd would be far beyond its bounds") {
  // The same line; the derivative by the second parameter is rounding, as where contributions cancel.
  auto nearly = problem<3>({1, 2, 4}, [](std::size_t i, const auto& p) {
    return p[0] + p[2] * static_cast<double>(i) + p[1] * (i == 1 ? 1e-13 : -0.5e-13) + p[1] * p[1] * p[1] * 100.0;
  });
  LevenbergMarquardtOptions bounded;
  bounded.lower = {-INFINITY, -15, -INFINITY};
  bounded.upper = {INFINITY, 15, INFINITY};
  const auto fit = minimise(nearly, {0, 0, 0}, bounded);
  CHECK(fit.status == FitStatus::singular);
  CHECK(fit.undetermined == std::vector<std::size_t>{1});
  CHECK(fit.parameters[0] == doctest::Approx(5.0 / 6).epsilon(1e-6));
  CHECK(fit.parameters[1] == 0);
  CHECK(fit.parameters[2] == doctest::Approx(1.5).epsilon(1e-6));
  REQUIRE(fit.covariance.size() == 9);
  CHECK(fit.covariance(0, 0) == doctest::Approx(5.0 / 6).epsilon(1e-9));
  for (const int k : {0, 1, 2}) CHECK(fit.covariance(1, k) == 0);
}

TEST_CASE("two parameters that cannot be told apart make the fit singular, not wrong") {
  auto twins = problem<2>({1, 2, 3.5}, [](std::size_t i, const auto& p) { return (p[0] + p[1]) * static_cast<double>(i + 1); });
  const auto fit = minimise(twins, {0, 0});
  CHECK(fit.status == FitStatus::singular);
  CHECK(fit.dependent == std::vector<std::pair<std::size_t, std::size_t>>{{1, 0}});
  CHECK(fit.covariance.size() == 0);
  // The sum is determined: (1 + 4 + 10.5)/14.
  CHECK(fit.parameters[0] + fit.parameters[1] == doctest::Approx(15.5 / 14).epsilon(1e-4));
}

TEST_CASE("a model that is NaN at the start says so and invents nothing") {
  auto broken = problem<1>({1, 2}, [](std::size_t, const auto& p) { using std::sqrt; return sqrt(p[0]); });
  const auto fit = minimise(broken, {-1});
  CHECK(fit.status == FitStatus::not_finite);
  CHECK(fit.covariance.size() == 0);
  CHECK(fit.parameters == std::vector<double>{-1});
}

TEST_CASE("steps into NaN are refused and the fit goes on") {
  // sqrt(p) = 0.1 from p = 4: the full step goes to p = -3.6.
  auto root = problem<1>({0.1, 0.1}, [](std::size_t, const auto& p) { using std::sqrt; return sqrt(p[0]); });
  LevenbergMarquardtOptions options;
  options.chi_square_tolerance = 1e-12;
  options.shift_tolerance = 1e-6;
  const auto fit = minimise(root, {4}, options);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.parameters[0] == doctest::Approx(0.01).epsilon(1e-4));
}

TEST_CASE("a model without a value beyond a point is kept away from there") {
  struct Fence final : LeastSquaresProblem {
    std::size_t residual_count() const override { return 1; }
    std::size_t parameter_count() const override { return 1; }
    bool residuals(std::span<const double> p, std::span<double> r) override {
      r[0] = 5 - p[0];
      return p[0] < 2;
    }
    bool linearise(std::span<const double> p, std::span<double> r, std::span<double> j) override {
      j[0] = 1;
      return residuals(p, r);
    }
  } fence;
  const auto fit = minimise(fence, {0});
  CHECK(fit.parameters[0] < 2);
  CHECK(fit.parameters[0] > 0);
  CHECK(std::isfinite(fit.chi_square));
  CHECK(minimise(fence, {3}).status == FitStatus::not_finite);
}

TEST_CASE("wrong derivatives end without progress, and say so") {
  struct Uphill final : LeastSquaresProblem {
    std::size_t residual_count() const override { return 2; }
    std::size_t parameter_count() const override { return 1; }
    bool residuals(std::span<const double> p, std::span<double> r) override {
      r[0] = 1 - p[0];
      r[1] = 3 - p[0];
      return true;
    }
    bool linearise(std::span<const double> p, std::span<double> r, std::span<double> j) override {
      j[0] = j[1] = -1;  // the sign is wrong
      return residuals(p, r);
    }
  } uphill;
  LevenbergMarquardtOptions options;
  options.shift_tolerance = 1e-12;
  const auto fit = minimise(uphill, {0}, options);
  CHECK(fit.status == FitStatus::no_progress);
  CHECK(fit.parameters[0] == 0);
}

TEST_CASE("a fit that starts in its minimum stays there") {
  auto line = problem<2>({1, 3, 5}, [](std::size_t i, const auto& p) { return p[0] + p[1] * static_cast<double>(i); });
  const auto fit = minimise(line, {1, 2});
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.parameters[0] == doctest::Approx(1));
  CHECK(fit.parameters[1] == doctest::Approx(2));
  CHECK(fit.chi_square == doctest::Approx(0));
  CHECK(fit.covariance.rows() == 2);
}

TEST_CASE("cycles are limited, and the limit is told") {
  auto valley = problem<2>({0, 1}, [](std::size_t i, const auto& p) { return i == 0 ? 10.0 * (p[1] - p[0] * p[0]) : p[0]; });
  LevenbergMarquardtOptions options;
  options.max_cycles = 3;
  const auto fit = minimise(valley, {-1.2, 1}, options);
  CHECK(fit.status == FitStatus::cycle_limit);
  CHECK(fit.cycles == 3);
  CHECK(valley.cycles == 4);  // the start and three cycles
  options.max_cycles = 0;
  CHECK(minimise(valley, {-1.2, 1}, options).status == FitStatus::cycle_limit);
  CHECK(minimise(valley, {-1.2, 1}, options).parameters == std::vector<double>{-1.2, 1});
}

TEST_CASE("the observer sees chi-square fall and may stop the fit") {
  auto valley = problem<2>({0, 1}, [](std::size_t i, const auto& p) { return i == 0 ? 10.0 * (p[1] - p[0] * p[0]) : p[0]; });
  LevenbergMarquardtOptions options;
  std::vector<double> seen;
  options.observer = [&](int cycle, double chi_square) {
    CHECK(cycle == static_cast<int>(seen.size()) + 1);
    if (!seen.empty()) CHECK(chi_square <= seen.back());
    seen.push_back(chi_square);
    return seen.size() < 4;
  };
  const auto fit = minimise(valley, {-1.2, 1}, options);
  CHECK(fit.status == FitStatus::stopped);
  CHECK(seen.size() == 4);
  CHECK(fit.chi_square == doctest::Approx(seen.back()));
}

TEST_CASE("a problem without parameters is evaluated, not refused") {
  struct Nothing final : LeastSquaresProblem {
    std::size_t residual_count() const override { return 2; }
    std::size_t parameter_count() const override { return 0; }
    bool residuals(std::span<const double>, std::span<double> r) override {
      r[0] = 3;
      r[1] = 4;
      return true;
    }
    bool linearise(std::span<const double> p, std::span<double> r, std::span<double>) override { return residuals(p, r); }
  } nothing;
  const auto fit = minimise(nothing, {});
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.chi_square == 25);
}

TEST_CASE("without data every parameter is undetermined") {
  auto empty = problem<2>({}, [](std::size_t, const auto& p) { return p[0] * p[1]; });
  const auto fit = minimise(empty, {1, 2});
  CHECK(fit.status == FitStatus::singular);
  CHECK(fit.undetermined == std::vector<std::size_t>{0, 1});
  CHECK(fit.parameters == std::vector<double>{1, 2});
}

TEST_CASE("residuals that are infinite or NaN in one place do not pass") {
  auto infinite = problem<1>({1, 2}, [](std::size_t i, const auto& p) { return i == 0 ? p[0] * 1.0 : p[0] * not_a_number; });
  CHECK(minimise(infinite, {1}).status == FitStatus::not_finite);
}
