// Change points: against an exhaustive search, known divisions, and series that have nothing to find.
#include <lamella/fit/change_points.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

std::vector<double> counting(std::size_t n) {
  std::vector<double> x(n);
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i);
  return x;
}

/// χ² of the weighted mean or line of some points, by normal equations about the first point.
double chi_square_of(const std::vector<double>& x, const std::vector<Measured>& y, std::size_t first, std::size_t last, bool straight) {
  double s = 0, sx = 0, sxx = 0, sy = 0, sxy = 0;
  for (std::size_t i = first; i < last; ++i) {
    const double w = 1 / (y[i].esd * y[i].esd), u = x[i] - x[first], v = y[i].value - y[first].value;
    s += w;
    sx += w * u;
    sxx += w * u * u;
    sy += w * v;
    sxy += w * u * v;
  }
  const double determinant = s * sxx - sx * sx, slope = straight ? (s * sxy - sx * sy) / determinant : 0, base = (sy - slope * sx) / s;
  double chi_square = 0;
  for (std::size_t i = first; i < last; ++i) {
    const double r = (y[i].value - y[first].value - base - slope * (x[i] - x[first])) / y[i].esd;
    chi_square += r * r;
  }
  return chi_square;
}

/// The lowest χ² of all divisions of points from `first` on into `stretches`, by trying each.
double least(const std::vector<double>& x, const std::vector<Measured>& y, std::size_t first, std::size_t stretches, std::size_t shortest, bool straight) {
  const std::size_t n = x.size();
  if (stretches == 1) return n - first < shortest ? std::numeric_limits<double>::infinity() : chi_square_of(x, y, first, n, straight);
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t next = first + shortest; next + shortest <= n; ++next)
    best = std::min(best, chi_square_of(x, y, first, next, straight) + least(x, y, next, stretches - 1, shortest, straight));
  return best;
}

}  // namespace

TEST_CASE("no division into as many stretches is better: every one is tried") {
  Random random(5);
  for (int trial = 0; trial < 30; ++trial) {
    const bool straight = trial % 2 == 0;
    const std::size_t n = 14 + static_cast<std::size_t>(random.uniform(0, 6)), shortest = straight ? 3 : 2;
    std::vector<double> x(n);
    std::vector<Measured> y(n);
    double place = random.uniform(-5, 5), level = random.uniform(-3, 3);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = place += random.uniform(0.1, 2);
      if (random.uniform() < 0.2) level += random.uniform(-5, 5);
      const double esd = random.uniform(0.2, 1);
      y[i] = {level + esd * random.normal(), esd};
    }
    const auto found = change_points(x, y, {.stretch = straight ? Stretch::straight : Stretch::constant, .shortest = shortest, .most = 4, .scatter_enlarges = false});
    REQUIRE(found.bic.size() == 4);
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t k = 1; k <= 4; ++k) {
      const double count = static_cast<double>((straight ? 2 : 1) * k + k - 1);
      const double expected = least(x, y, 0, k, shortest, straight) + count * std::log(static_cast<double>(n));
      CHECK(found.bic[k - 1] == doctest::Approx(expected).scale(0).epsilon(1e-10));
      lowest = std::min(lowest, expected);
    }
    const double taken = found.chi_square + static_cast<double>((straight ? 3 : 2) * found.changes.size() + (straight ? 2 : 1)) * std::log(static_cast<double>(n));
    CHECK(taken == doctest::Approx(lowest).scale(0).epsilon(1e-10));
  }
}

TEST_CASE("a step, a kink and a step are found where they are, and their places scatter as their esds say") {
  Random random(11);
  int exact = 0, inside = 0, right_number = 0;
  double pull_sum = 0, pull_square = 0;
  constexpr int trials = 100;
  for (int t = 0; t < trials; ++t) {
    const std::size_t n = 120;
    const auto x = counting(n);
    std::vector<Measured> y(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double s = x[i];
      const double truth = s < 29.5 ? 10 : s < 69.5 ? 13 + 0.1 * (s - 30) : s < 99.5 ? 17 - 0.4 * (s - 69.5) : 2;
      y[i] = {truth + 0.5 * random.normal(), 0.5};
    }
    const auto found = change_points(x, y);
    right_number += found.changes.size() == 3;
    if (found.changes.size() != 3) continue;
    exact += found.changes[0].first == 30;
    inside += found.changes[1].earliest <= 71 && found.changes[1].latest >= 69;
    const double pull = (found.changes[1].position.value - 69.5) / found.changes[1].position.esd;
    pull_sum += pull;
    pull_square += pull * pull;
    CHECK(found.changes[0].evidence > 10);
  }
  CHECK(right_number >= 95);
  CHECK(exact >= 95);
  CHECK(inside >= 90);
  // Pulls of a place that is a whole number are not normal; their mean square is near 1 all the same.
  const double rms = std::sqrt(pull_square / right_number);
  CAPTURE(pull_sum / right_number);
  CHECK(rms > 0.6);
  CHECK(rms < 1.3);
}

TEST_CASE("noise alone has no changes, whether its esds are right or too small by five") {
  Random random(3);
  int false_ones = 0;
  for (int t = 0; t < 100; ++t) {
    const auto x = counting(100);
    std::vector<Measured> y(100);
    for (std::size_t i = 0; i < 100; ++i) y[i] = {2.9 + 0.001 * x[i] + 0.01 * random.normal(), t % 2 == 0 ? 0.01 : 0.002};
    const auto found = change_points(x, y);
    false_ones += !found.changes.empty();
    if (t % 2 == 1) CHECK(found.scatter[0] == doctest::Approx(5).scale(0).epsilon(0.5));
  }
  CHECK(false_ones <= 6);
}

TEST_CASE("quantities that change together are divided together, and a phase that comes later lacks the points before") {
  Random random(23);
  const auto x = counting(90);
  std::vector<SeriesColumn> columns(2, SeriesColumn(90));
  for (std::size_t i = 0; i < 90; ++i) {
    if (i != 17) columns[0][i] = Measured{(i < 45 ? 0.0 : 1.1) + 0.5 * random.normal(), 0.5};
    if (i >= 30) columns[1][i] = Measured{(i < 45 ? 0.0 : 1.1) + 0.5 * random.normal(), 0.5};
  }
  columns[1][17].reset();
  const auto both = change_points(x, columns, {.stretch = Stretch::constant});
  REQUIRE(both.changes.size() == 1);
  CHECK(both.changes[0].earliest <= 45);
  CHECK(both.changes[0].latest >= 45);
  CHECK(both.values == 89 + 60);
  const auto one = change_points(x, std::span(columns).first(1), {.stretch = Stretch::constant});
  REQUIRE(one.changes.size() == 1);
  CHECK(both.changes[0].position.esd < one.changes[0].position.esd);
}

TEST_CASE("a limit on the number of stretches is told where it was met") {
  const auto x = counting(60);
  std::vector<Measured> y(60);
  for (std::size_t i = 0; i < 60; ++i) y[i] = {i / 10 % 2 == 0 ? 0.0 : 5.0, 0.1};
  const ChangePointOptions two{.stretch = Stretch::constant, .most = 2, .scatter_enlarges = false};
  CHECK(change_points(x, y, two).limited);
  const auto found = change_points(x, y, {.stretch = Stretch::constant});
  CHECK_FALSE(found.limited);
  REQUIRE(found.changes.size() == 5);
  for (std::size_t k = 0; k < 5; ++k) CHECK(found.changes[k].first == 10 * (k + 1));
}

TEST_CASE("constant series, short ones, repeated places and huge numbers") {
  const std::vector<Measured> flat(50, Measured{3.0, 1e-4});
  auto found = change_points(counting(50), flat);
  CHECK(found.changes.empty());
  CHECK(found.chi_square == 0);
  CHECK(found.scatter[0] == 1);

  for (std::size_t n = 0; n < 4; ++n) {
    found = change_points(counting(n), std::vector<Measured>(n, Measured{1, 1}));
    CHECK(found.changes.empty());
    CHECK(found.bic.empty());
  }

  const std::vector<double> same(20, 7.0);
  found = change_points(same, std::vector<Measured>(20, Measured{1, 1}));
  CHECK(found.changes.empty());
  CHECK(std::isfinite(found.bic[0]));

  std::vector<Measured> huge(40, Measured{1e49, 1e-49});
  for (std::size_t i = 20; i < 40; ++i) huge[i].value = -1e49;
  auto far = counting(40);
  for (auto& x : far) x = 1e49 + 1e47 * x;
  found = change_points(far, huge);
  for (const double bic : found.bic) CHECK(std::isfinite(bic));
  REQUIRE(found.changes.size() == 1);
  CHECK(found.changes[0].first == 20);
  CHECK(std::isfinite(found.changes[0].evidence));
  CHECK(std::isfinite(found.changes[0].position.esd));
}

TEST_CASE("what cannot be weighted is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Measured> y(10, Measured{1, 0.1});
  auto x = counting(10);
  const auto message = [&] {
    try {
      change_points(x, y);
      return std::string();
    } catch (const Error& e) {
      return std::string(e.what());
    }
  };
  CHECK(message().empty());
  y[3].value = nan;
  CHECK(message() == "change points: point 3: expected finite numbers, the esd above 0");
  y[3] = {1, 0};
  CHECK(message() == "change points: point 3: expected finite numbers, the esd above 0");
  y[3] = {1, 0.1};
  x[4] = nan;
  CHECK(message() == "change points: point 4: expected a finite x");
  x[4] = 1;
  CHECK(message() == "change points: point 4: expected x that does not decrease");
  x.pop_back();
  CHECK_FALSE(message().empty());
}
