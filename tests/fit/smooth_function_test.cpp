// The smoothing spline: against other programs, on lines and constants, and its error bands against a truth.
#include <lamella/fit/smooth_function.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

const std::vector<double> places{0.05, 0.11, 0.19, 0.2, 0.28, 0.36, 0.41, 0.5, 0.57, 0.61, 0.7, 0.78, 0.83, 0.9, 0.97};
const std::vector<Measured> points{{2.81, .02}, {2.83, .03}, {2.80, .02}, {2.86, .025}, {2.84, .02}, {2.88, .03}, {2.93, .02}, {2.92, .02},
                                   {2.96, .025}, {3.01, .02}, {2.98, .02}, {2.97, .03}, {2.95, .02}, {2.90, .02}, {2.85, .03}};

const std::array at{0.05, 0.15, 0.45, 0.66, 0.97};
const SmoothingOptions cubic{.roughness = Roughness::curvature, .average = false}, quintic{.average = false};

}  // namespace

TEST_CASE("the cubic spline: λ is that of the Gaussian process that it is, values, slopes and esds are those of scipy's splines") {
  // Reference: numpy 1.24, the restricted likelihood of y ~ N(a + bx, φ(k/λ + σ²)) with k the covariance of integrated Brownian motion,
  // maximised over λ with φ ≥ 1; values and slopes at that λ by scipy 1.10 make_smoothing_spline; esds by (W + λK)⁻¹ with K from the second
  // derivatives of scipy's natural CubicSpline through each unit vector.
  const SmoothFunction f(places, points, cubic);
  CHECK(f.smoothing() == doctest::Approx(0.950206).scale(0).epsilon(1e-3));
  CHECK(f.scatter() == 1);
  CHECK(f.effective_parameters() == doctest::Approx(5.540498).scale(0).epsilon(1e-3));
  const std::array value{2.80829862, 2.81952519, 2.92491188, 2.98745021, 2.86021486}, slope{0.10288839, 0.13964537, 0.3871802, 0.00807085, -0.64145706};
  const std::array esd{0.01781005, 0.01234539, 0.01236433, 0.01235571, 0.02265988}, slope_esd{0.24444775, 0.15573621, 0.14237842, 0.14345255, 0.27550977};
  for (std::size_t i = 0; i < at.size(); ++i) {
    CAPTURE(at[i]);
    CHECK(f(at[i]).value == doctest::Approx(value[i]).scale(0).epsilon(1e-6));
    CHECK(f(at[i]).esd == doctest::Approx(esd[i]).scale(0).epsilon(1e-4));
    CHECK(std::abs(f.slope(at[i]).value - slope[i]) < 1e-4);
    CHECK(f.slope(at[i]).esd == doctest::Approx(slope_esd[i]).scale(0).epsilon(1e-3));
  }
  CHECK(std::abs(f.covariance(0.15, 0.66) + 6.48564e-7) < 1e-8);
  CHECK(f.covariance(0.45, 0.45) == doctest::Approx(0.01236433 * 0.01236433).scale(0).epsilon(1e-4));

  auto sure = points;
  for (auto& m : sure) m.esd /= 3;
  const SmoothFunction g(places, sure, cubic);
  CHECK(g.smoothing() == doctest::Approx(8.129196).scale(0).epsilon(1e-3));
  CHECK(g.scatter() == doctest::Approx(std::sqrt(8.588204)).scale(0).epsilon(1e-4));
}

TEST_CASE("the quintic spline is the Gaussian process of twice integrated Brownian motion") {
  // Reference: as above with a parabola and that covariance; values, slopes and, at the knots, esds by its conditional mean and covariance.
  const SmoothFunction f(places, points, quintic);
  CHECK(f.smoothing() == doctest::Approx(0.0332121).scale(0).epsilon(1e-3));
  CHECK(f.scatter() == 1);
  const std::array value{2.80915546, 2.8171958, 2.92566951, 2.98571595, 2.84666723}, slope{-0.00733268, 0.1679263, 0.4332807, 0.0505444, -0.9611422};
  for (std::size_t i = 0; i < at.size(); ++i) {
    CAPTURE(at[i]);
    CHECK(f(at[i]).value == doctest::Approx(value[i]).scale(0).epsilon(1e-6));
    CHECK(std::abs(f.slope(at[i]).value - slope[i]) < 1e-4);
  }
  CHECK(f(0.05).esd == doctest::Approx(0.01800028).scale(0).epsilon(1e-4));
  CHECK(f(0.28).esd == doctest::Approx(0.0109101).scale(0).epsilon(1e-4));
  CHECK(f(0.97).esd == doctest::Approx(0.02296076).scale(0).epsilon(1e-4));
  CHECK(f.covariance(0.05, 0.28) == doctest::Approx(-2.50665e-5).scale(0).epsilon(1e-3));
  CHECK(f.covariance(0.28, 0.97) == doctest::Approx(1.16340e-5).scale(0).epsilon(1e-3));
}

TEST_CASE("order, offset, unit and repetition of points do not matter") {
  const SmoothFunction f(places, points, quintic);
  std::vector<double> x(places.rbegin(), places.rend());
  std::vector<Measured> y(points.rbegin(), points.rend());
  std::swap(x[2], x[11]);
  std::swap(y[2], y[11]);
  for (auto& m : y) m = {1e6 + 1e3 * m.value, 1e3 * m.esd};
  // One point in two halves of √2 the esd each.
  x.push_back(x[5]);
  y[5].esd *= std::numbers::sqrt2;
  y.push_back(y[5]);
  const SmoothFunction g(x, y, quintic);
  for (const double t : {0.05, 0.3, 0.61, 0.97}) {
    CHECK(g(t).value == doctest::Approx(1e6 + 1e3 * f(t).value).scale(0).epsilon(1e-9));
    CHECK(g(t).esd == doctest::Approx(1e3 * f(t).esd).scale(0).epsilon(0.02));  // one point more counts in the likelihood
    CHECK(g.slope(t).value == doctest::Approx(1e3 * f.slope(t).value).scale(0).epsilon(0.02));
  }
}

TEST_CASE("the slope is the derivative of the value") {
  const SmoothFunction f(places, points);
  constexpr double h = 1e-5;
  for (const double t : {0.1, 0.195, 0.33, 0.7, 0.9}) CHECK(f.slope(t).value == doctest::Approx((f(t + h).value - f(t - h).value) / (2 * h)).scale(0).epsilon(1e-6));
}

TEST_CASE("a line stays a line with the esds of the regression, a constant a constant") {
  std::vector<double> x;
  std::vector<Measured> line, flat;
  for (int i = 0; i <= 20; ++i) {
    x.push_back(0.4 + 0.02 * i);
    line.push_back({16.0 - 0.8 * x.back(), 0.01});
    flat.push_back({2.9, 1e-5});
  }
  const SmoothFunction f(x, line, cubic);
  CHECK(f.effective_parameters() == doctest::Approx(2).scale(0).epsilon(1e-2));
  // Of 21 points h = 0.02 apart: variance of the slope σ²/(h² n(n² − 1)/12), of the mean σ²/n.
  const double slope_esd = 0.01 / std::sqrt(0.02 * 0.02 * 21 * 440 / 12.0);
  for (const double t : {0.4, 0.6, 0.8}) {
    CHECK(std::abs(f(t).value - (16.0 - 0.8 * t)) < 1e-9);
    CHECK(std::abs(f.slope(t).value + 0.8) < 1e-8);
    CHECK(f.slope(t).esd == doctest::Approx(slope_esd).scale(0).epsilon(0.05));
    CHECK(f(t).esd == doctest::Approx(std::hypot(0.01 / std::sqrt(21.0), slope_esd * (t - 0.6))).scale(0).epsilon(0.02));
  }
  const SmoothFunction g(x, flat, quintic), h(x, line, quintic), averaged(x, line);
  CHECK(std::abs(g(0.5).value - 2.9) < 1e-12);
  CHECK(std::abs(g.slope(0.5).value) < 1e-9);
  CHECK(g.scatter() == 1);
  CHECK(g.effective_parameters() == doctest::Approx(3).scale(0).epsilon(1e-2));
  for (const double t : {0.4, 0.6, 0.8}) {
    CHECK(std::abs(h(t).value - (16.0 - 0.8 * t)) < 1e-9);
    CHECK(std::abs(h.slope(t).value + 0.8) < 1e-8);
  }
  CHECK(std::abs(averaged(0.5).value - (16.0 - 0.8 * 0.5)) < 1e-9);
  CHECK(averaged.slope(0.6).esd > slope_esd);
  CHECK(h.slope(0.6).esd == doctest::Approx(slope_esd).scale(0).epsilon(0.05));  // in the middle a parabola's slope is as sure as a line's
}

TEST_CASE("error bands of values and slopes cover the truth as often as they say") {
  Random random(41);
  double pull_square = 0, slope_square = 0;
  int count = 0, scattered = 0;
  for (int t = 0; t < 60; ++t) {
    const std::size_t n = t % 2 == 0 ? 60 : 300;  // fewer and more points than knots
    const double understated = t % 3 == 0 ? 2 : 1;
    std::vector<double> x;
    std::vector<Measured> y;
    const auto truth = [](double s) { return 16 + 0.5 * std::sin(4 * s); };
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back(random.uniform());
      const double esd = random.uniform(0.02, 0.06);
      y.push_back({truth(x.back()) + esd * random.normal(), esd / understated});
    }
    const SmoothFunction f(x, y);
    if (understated == 2) {
      CHECK(f.scatter() == doctest::Approx(2).scale(0).epsilon(0.25));
      ++scattered;
    }
    for (double s = 0.06; s < 0.95; s += 0.05) {
      if (!(s > f.lower() && s < f.upper())) continue;
      pull_square += square((f(s).value - truth(s)) / f(s).esd);
      slope_square += square((f.slope(s).value - 2 * std::cos(4 * s)) / f.slope(s).esd);
      ++count;
    }
  }
  CHECK(scattered == 20);
  CHECK(count > 1000);
  const double pulls = std::sqrt(pull_square / count), slope_pulls = std::sqrt(slope_square / count);
  CHECK(pulls > 0.85);
  CHECK(pulls < 1.1);
  CHECK(slope_pulls > 0.7);
  CHECK(slope_pulls < 1.1);
}

TEST_CASE("points that cannot be smoothed are refused, and nothing is extrapolated") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto message = [](std::vector<double> x, std::vector<Measured> y) {
    try {
      const SmoothFunction f(x, y);
      return std::string();
    } catch (const Error& e) {
      return std::string(e.what());
    }
  };
  CHECK(message({}, {}) == "smooth function: 0 different x, expected 5 or more for a smooth function");
  CHECK(message({1, 2, 2, 3, 3}, std::vector<Measured>(5, Measured{1, 1})) == "smooth function: 3 different x, expected 5 or more for a smooth function");
  CHECK(message({1, 2, 3}, {{1, 1}}) == "smooth function: 3 places for 1 values, expected as many");
  CHECK(message({1, 2, nan, 4}, std::vector<Measured>(4, Measured{1, 1})) == "smooth function: point 2: x is nan, expected a finite number");
  CHECK(message({1, 2, 3, 4, 5}, {{1, 1}, {1, 0}, {1, 1}, {1, 1}, {1, 1}}) == "smooth function: point 1: 1 with esd 0, expected finite numbers, the esd above 0");
  CHECK(message({1, 2, 3, 4, 5}, {{1, 1}, {1e300, 1}, {1, 1}, {1, 1}, {1, 1}}) == "smooth function: point 1: 1e+300 with esd 1, expected finite numbers, the esd above 0");
  CHECK(message({0, 1e-6, 2e-6, 3e-6, 1}, std::vector<Measured>(5, Measured{1, 1})) == "smooth function: 2 different x, expected 5 or more for a smooth function");
  CHECK(message({3, 3, 3, 3, 3}, std::vector<Measured>(5, Measured{1, 1})) == "smooth function: 1 different x, expected 5 or more for a smooth function");
  const SmoothFunction f(places, points);
  CHECK_THROWS_AS(f(0.04), Error);
  CHECK_THROWS_AS(f.slope(1), Error);
  CHECK_THROWS_AS(f(nan), Error);

  // Esds of all sizes, huge values, places that nearly coincide: finite numbers come out.
  std::vector<double> x;
  std::vector<Measured> y;
  Random random(2);
  for (int i = 0; i < 30; ++i) {
    x.push_back(i % 3 == 0 ? 1e40 + 1e25 * i : 1e41 * random.uniform());
    y.push_back({1e49 * random.normal(), std::pow(10, random.uniform(-49, 49))});
  }
  const SmoothFunction g(x, y);
  for (const double t : {g.lower(), 0.5 * (g.lower() + g.upper()), g.upper()}) {
    CHECK(std::isfinite(g(t).value));
    CHECK(std::isfinite(g(t).esd));
    CHECK(std::isfinite(g.slope(t).esd));
  }
}
