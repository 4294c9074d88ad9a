// Tables of functions: exact where they must be, monotone between their places, at compile time and on other scalars.
#include <lamella/core/dual.hpp>
#include <lamella/fit/function_table.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "../support/counted_allocations.hpp"
#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

constexpr std::array<double, 3> cubic(double x) { return {1 + x * (2 + x * (3 + 4 * x)), 2 + x * (6 + 12 * x), 0.1 * x}; }

}  // namespace

TEST_CASE("a rising cubic is its own table, values and derivatives, at compile time") {
  constexpr auto table = tabulate<5>(cubic, 0.0, 2.0);
  static_assert(table.size() == 5 && table.place(1) == 0.5);
  static_assert(table(0.0) == 1 && table(2.0) == cubic(2)[0]);
  constexpr double x = 1.3;
  constexpr double off = table(x) - cubic(x)[0], slope_off = table.derivative(x) - cubic(x)[1];
  static_assert(off < 1e-13 && off > -1e-13 && slope_off < 1e-12 && slope_off > -1e-12);
  CHECK(table.esd_at(1.3) == doctest::Approx(0.13).scale(0));
  CHECK(table.contains(2));
  CHECK_FALSE(table.contains(2.001));
}

TEST_CASE("duals and floats look up the same table") {
  constexpr auto table = tabulate<9>(cubic, 0.0, 2.0);
  const auto x = Dual<double, 2>::variable(0.77, 1);
  CHECK(table(x).value == doctest::Approx(cubic(0.77)[0]).scale(0).epsilon(1e-14));
  CHECK(table(x).grad[0] == 0);
  CHECK(table(x).grad[1] == doctest::Approx(cubic(0.77)[1]).scale(0).epsilon(1e-14));
  CHECK(table.derivative(x).grad[1] == doctest::Approx(6 + 24 * 0.77).scale(0).epsilon(1e-13));
  constexpr auto small = tabulate<9, float>(cubic, 0.0, 2.0);
  static_assert(sizeof(small) == (2 + 3 * 9) * sizeof(float));
  static_assert(std::is_same_v<decltype(small(0.5f)), float>);
  CHECK(small(0.77f) == doctest::Approx(cubic(0.77)[0]).scale(0).epsilon(1e-6));
}

TEST_CASE("outside the table the ends go on, and NaN stays NaN") {
  constexpr auto table = tabulate<9>(cubic, 0.0, 2.0);
  for (const double x : {-1e300, -0.1, -std::numeric_limits<double>::infinity()}) {
    CHECK(table(x) == 1);
    CHECK(table.derivative(x) == 0);
  }
  for (const double x : {2.1, 1e300, std::numeric_limits<double>::infinity()}) {
    CHECK(table(x) == doctest::Approx(cubic(2)[0]).scale(0));
    CHECK(table.derivative(x) == 0);
  }
  CHECK(std::isnan(table(std::numeric_limits<double>::quiet_NaN())));
  CHECK(std::isnan(table.derivative(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("between its places a table stays within their values, whatever the slopes say") {
  lamella_test::Random random(4);
  for (int t = 0; t < 200; ++t) {
    const auto table = tabulate<8>([&](double) { return std::array{std::floor(random.uniform(-3, 3)), random.uniform(-100, 100), 0.0}; }, -1, 1);
    for (std::size_t i = 0; i + 1 < 8; ++i) {
      const double low = std::fmin(table.value[i], table.value[i + 1]), high = std::fmax(table.value[i], table.value[i + 1]);
      double before = table.value[i];
      for (int k = 0; k <= 20; ++k) {
        const double x = table.place(i) + (table.place(i + 1) - table.place(i)) * k / 20, y = table(x);
        CHECK(y >= low - 1e-12);
        CHECK(y <= high + 1e-12);
        CHECK((y - before) * (table.value[i + 1] - table.value[i]) >= -1e-12);
        before = y;
      }
    }
  }
}

TEST_CASE("a smooth function is met to the fourth power of the step, and nothing is allocated") {
  const auto sine = [](double x) { return std::array{std::sin(x), std::cos(x), 0.0}; };
  const auto coarse = tabulate<9>(sine, 0, 1.5);
  const auto fine = tabulate<17>(sine, 0, 1.5);
  double worst_coarse = 0, worst_fine = 0;
  const std::size_t before = lamella_test::allocations;
  for (int i = 0; i <= 1000; ++i) {
    const double x = 0.0015 * i;
    worst_coarse = std::fmax(worst_coarse, std::abs(coarse(x) - std::sin(x)));
    worst_fine = std::fmax(worst_fine, std::abs(fine(x) - std::sin(x)));
  }
  CHECK(lamella_test::allocations == before);
  CHECK(worst_coarse < std::pow(1.5 / 8, 4) / 384 * 1.01);  // h⁴ max|f⁗| / 384
  CHECK(worst_coarse / worst_fine == doctest::Approx(16).scale(0).epsilon(0.1));
}
