#include <lamella/core/dual.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

using D1 = Dual<double, 1>;
using DD = Dual<D1, 1>;
constexpr std::uint64_t seed = 20240917;

/// A function on any scalar, with its derivatives in closed form and its domain.
struct Case {
  const char* name;
  double low, high;
  double (*plain)(double);
  D1 (*dual)(const D1&);
  DD (*nested)(const DD&);
  double (*first)(double);
  double (*second)(double);
};

#define LAMELLA_TEST_FUNCTION(expression)                                                     \
  [](double x) -> double { using namespace std; return expression; },                         \
      [](const D1& x) -> D1 { return expression; }, [](const DD& x) -> DD { return expression; }

const std::vector<Case> cases = {
    {"sqrt", 0.1, 9, LAMELLA_TEST_FUNCTION(sqrt(x)), [](double x) { return 0.5 / std::sqrt(x); },
     [](double x) { return -0.25 / (x * std::sqrt(x)); }},
    {"exp", -4, 4, LAMELLA_TEST_FUNCTION(exp(x)), [](double x) { return std::exp(x); },
     [](double x) { return std::exp(x); }},
    {"log", 0.05, 20, LAMELLA_TEST_FUNCTION(log(x)), [](double x) { return 1 / x; },
     [](double x) { return -1 / (x * x); }},
    {"sin", -7, 7, LAMELLA_TEST_FUNCTION(sin(x)), [](double x) { return std::cos(x); },
     [](double x) { return -std::sin(x); }},
    {"cos", -7, 7, LAMELLA_TEST_FUNCTION(cos(x)), [](double x) { return -std::sin(x); },
     [](double x) { return -std::cos(x); }},
    {"tan", -1.4, 1.4, LAMELLA_TEST_FUNCTION(tan(x)), [](double x) { return 1 / std::pow(std::cos(x), 2); },
     [](double x) { return 2 * std::sin(x) / std::pow(std::cos(x), 3); }},
    {"asin", -0.95, 0.95, LAMELLA_TEST_FUNCTION(asin(x)), [](double x) { return 1 / std::sqrt((1 - x) * (1 + x)); },
     [](double x) { return x / std::pow((1 - x) * (1 + x), 1.5); }},
    {"acos", -0.95, 0.95, LAMELLA_TEST_FUNCTION(acos(x)), [](double x) { return -1 / std::sqrt((1 - x) * (1 + x)); },
     [](double x) { return -x / std::pow((1 - x) * (1 + x), 1.5); }},
    {"atan", -6, 6, LAMELLA_TEST_FUNCTION(atan(x)), [](double x) { return 1 / (1 + x * x); },
     [](double x) { return -2 * x / std::pow(1 + x * x, 2); }},
    {"atan2(x, 3)", -6, 6, LAMELLA_TEST_FUNCTION(atan2(x, decltype(x)(3.0))),
     [](double x) { return 3 / (9 + x * x); }, [](double x) { return -6 * x / std::pow(9 + x * x, 2); }},
    {"atan2(-2, x)", -6, 6, LAMELLA_TEST_FUNCTION(atan2(decltype(x)(-2.0), x)),
     [](double x) { return 2 / (4 + x * x); }, [](double x) { return -4 * x / std::pow(4 + x * x, 2); }},
    {"x^0.2", 0.05, 30, LAMELLA_TEST_FUNCTION(pow(x, 0.2)), [](double x) { return 0.2 * std::pow(x, -0.8); },
     [](double x) { return -0.16 * std::pow(x, -1.8); }},
    {"x^-1.5", 0.2, 8, LAMELLA_TEST_FUNCTION(pow(x, -1.5)), [](double x) { return -1.5 * std::pow(x, -2.5); },
     [](double x) { return 3.75 * std::pow(x, -3.5); }},
    {"x^3 of either sign", -3, 3, LAMELLA_TEST_FUNCTION(pow(x, 3)), [](double x) { return 3 * x * x; },
     [](double x) { return 6 * x; }},
    {"abs", 0.1, 3, LAMELLA_TEST_FUNCTION(abs(x)), [](double) { return 1.0; }, [](double) { return 0.0; }},
    {"abs below zero", -3, -0.1, LAMELLA_TEST_FUNCTION(abs(x)), [](double) { return -1.0; }, [](double) { return 0.0; }},
    {"-x", -3, 3, LAMELLA_TEST_FUNCTION(-x), [](double) { return -1.0; }, [](double) { return 0.0; }},
    {"+x", -3, 3, LAMELLA_TEST_FUNCTION(+x), [](double) { return 1.0; }, [](double) { return 0.0; }},
    {"x + 2", -3, 3, LAMELLA_TEST_FUNCTION(x + 2.0), [](double) { return 1.0; }, [](double) { return 0.0; }},
    {"2 - x", -3, 3, LAMELLA_TEST_FUNCTION(2.0 - x), [](double) { return -1.0; }, [](double) { return 0.0; }},
    {"x * x", -3, 3, LAMELLA_TEST_FUNCTION(x * x), [](double x) { return 2 * x; }, [](double) { return 2.0; }},
    {"3 / x", 0.2, 5, LAMELLA_TEST_FUNCTION(3.0 / x), [](double x) { return -3 / (x * x); },
     [](double x) { return 6 / (x * x * x); }},
    {"x / (1 + x * x)", -4, 4, LAMELLA_TEST_FUNCTION(x / (1.0 + x * x)),
     [](double x) { return (1 - x * x) / std::pow(1 + x * x, 2); },
     [](double x) { return 2 * x * (x * x - 3) / std::pow(1 + x * x, 3); }},
    {"exp(-x^2) cos(3x)", -2, 2, LAMELLA_TEST_FUNCTION(exp(-x * x) * cos(3.0 * x)),
     [](double x) { return std::exp(-x * x) * (-2 * x * std::cos(3 * x) - 3 * std::sin(3 * x)); },
     [](double x) { return std::exp(-x * x) * ((4 * x * x - 11) * std::cos(3 * x) + 12 * x * std::sin(3 * x)); }},
};

/// Central difference of f at x, extrapolated twice (error of sixth order in the step).
double central_difference(double (*f)(double), double x, double h) {
  const auto slope = [&](double step) { return (f(x + step) - f(x - step)) / (2 * step); };
  const double a = slope(h), b = slope(h / 2), c = slope(h / 4);
  const double ab = (4 * b - a) / 3, bc = (4 * c - b) / 3;
  return (16 * bc - ab) / 15;
}

}  // namespace

static_assert(std::is_trivially_copyable_v<Dual<double, 8>>);
static_assert(sizeof(Dual<double, 7>) == 8 * sizeof(double));
static_assert(std::is_same_v<decltype(D1() + 1.0), D1> && std::is_same_v<decltype(2.0 * D1()), D1>);
static_assert([] {  // arithmetic is usable in constant expressions
  using D = Dual<double, 2>;
  const D x = D::variable(3, 0), y = D::variable(4, 1);
  const D z = x * y + x / y - 2.0;
  return z.value == 10.75 && z.grad[0] == 4.25 && z.grad[1] == 3 - 3.0 / 16;
}());

TEST_CASE("every function of a dual has the derivative of the textbook") {
  Random random(seed);
  for (const auto& c : cases) {
    CAPTURE(c.name);
    for (int i = 0; i < 20; ++i) {
      const double x = random.uniform(c.low, c.high);
      CAPTURE(x);
      const D1 y = c.dual(D1::variable(x, 0));
      CHECK(y.value == doctest::Approx(c.plain(x)).epsilon(1e-15));
      // Both sides round: 1e-13 of the derivative, or of 1 where it passes through zero.
      CHECK(std::abs(y.grad[0] - c.first(x)) <= 1e-13 * std::max(1.0, std::abs(c.first(x))));
    }
  }
}

TEST_CASE("every function of a dual has the derivative that central differences find") {
  Random random(seed + 1);
  for (const auto& c : cases) {
    CAPTURE(c.name);
    for (int i = 0; i < 20; ++i) {
      const double x = random.uniform(c.low, c.high);
      CAPTURE(x);
      const double h = 0.2 * std::min({0.1, x - c.low + 0.02, c.high - x + 0.02});
      const double difference = central_difference(c.plain, x, h);
      const double slope = c.dual(D1::variable(x, 0)).grad[0];
      // Rounding 1e-16/h and the sixth order of the step leave 1e-7 with room.
      CHECK(std::abs(slope - difference) <= 1e-7 * std::max(1.0, std::abs(difference)));
    }
  }
}

TEST_CASE("nested duals give second derivatives") {
  Random random(seed + 2);
  for (const auto& c : cases) {
    CAPTURE(c.name);
    for (int i = 0; i < 20; ++i) {
      const double x = random.uniform(c.low, c.high);
      CAPTURE(x);
      const DD y = c.nested(DD::variable(D1::variable(x, 0), 0));
      CHECK(value_of(y) == doctest::Approx(c.plain(x)).epsilon(1e-15));
      const double scale = std::max({1.0, std::abs(c.first(x)), std::abs(c.second(x))});
      CHECK(std::abs(y.grad[0].value - c.first(x)) <= 1e-12 * scale);
      CHECK(std::abs(y.value.grad[0] - c.first(x)) <= 1e-12 * scale);
      CHECK(std::abs(y.grad[0].grad[0] - c.second(x)) <= 1e-12 * scale);
    }
  }
}

TEST_CASE("the Hessian of a function of three variables is complete and symmetric") {
  // f = x y^2 exp(z/x): all derivatives by hand.
  using D = Dual<double, 3>;
  using H = Dual<D, 3>;
  Random random(seed + 3);
  for (int i = 0; i < 20; ++i) {
    const double x = random.uniform(0.5, 3), y = random.uniform(-2, 2), z = random.uniform(-2, 2);
    const H hx = H::variable(D::variable(x, 0), 0), hy = H::variable(D::variable(y, 1), 1),
            hz = H::variable(D::variable(z, 2), 2);
    const H f = hx * hy * hy * exp(hz / hx);
    const double e = std::exp(z / x);
    const std::array<double, 3> gradient{y * y * e * (1 - z / x), 2 * x * y * e, y * y * e};
    const std::array<std::array<double, 3>, 3> hessian{{{y * y * e * z * z / (x * x * x), 2 * y * e * (1 - z / x), -y * y * e * z / (x * x)},
                                                        {2 * y * e * (1 - z / x), 2 * x * e, 2 * y * e},
                                                        {-y * y * e * z / (x * x), 2 * y * e, y * y * e / x}}};
    for (std::size_t a = 0; a < 3; ++a) {
      CHECK(std::abs(f.grad[a].value - gradient[a]) <= 1e-11 * std::max(1.0, std::abs(gradient[a])));
      for (std::size_t b = 0; b < 3; ++b)
        CHECK(std::abs(f.grad[a].grad[b] - hessian[a][b]) <= 1e-11 * std::max(1.0, std::abs(hessian[a][b])));
    }
  }
}

TEST_CASE("atan2 knows all four quadrants and their derivatives") {
  using D = Dual<double, 2>;
  for (const double y : {-1.3, -1e-9, 1e-9, 2.0})
    for (const double x : {-0.7, -1e-9, 1e-9, 3.0}) {
      CAPTURE(x);
      CAPTURE(y);
      const D f = atan2(D::variable(y, 0), D::variable(x, 1));
      CHECK(f.value == std::atan2(y, x));
      CHECK(f.grad[0] == doctest::Approx(x / (x * x + y * y)).epsilon(1e-14));
      CHECK(f.grad[1] == doctest::Approx(-y / (x * x + y * y)).epsilon(1e-14));
    }
}

TEST_CASE("compound assignment survives its own argument") {
  using D = Dual<double, 1>;
  D x = D::variable(3, 0);
  x *= x;
  CHECK(x.value == 9);
  CHECK(x.grad[0] == 6);
  x /= x;
  CHECK(x.value == 1);
  CHECK(x.grad[0] == 0);
  x = D::variable(3, 0);
  x -= x;
  CHECK(x.grad[0] == 0);
  x = D::variable(3, 0);
  x += x;
  CHECK(x.value == 6);
  CHECK(x.grad[0] == 2);
}

TEST_CASE("comparisons look at the value alone") {
  using D = Dual<double, 2>;
  const D x = D::variable(2, 0), y = D::variable(2, 1);
  CHECK(x == y);
  CHECK_FALSE(x < y);
  CHECK(x <= y);
  CHECK(x < 2.5);
  CHECK(1.5 < x);
  CHECK(x == 2.0);
  CHECK(x != D(2.1));
  const D nan(std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(nan == nan);
  CHECK_FALSE(nan < x);
  CHECK_FALSE(nan > x);
}

TEST_CASE("powers at the origin have the derivatives that limits give") {
  using D = Dual<double, 1>;
  const D zero = D::variable(0, 0);
  CHECK(pow(zero, 2).value == 0);
  CHECK(pow(zero, 2).grad[0] == 0);
  CHECK(pow(zero, 1).grad[0] == 1);
  CHECK(pow(zero, 0).value == 1);
  CHECK(pow(zero, 0).grad[0] == 0);  // x^0 is 1 everywhere
  CHECK(std::isinf(pow(zero, 0.5).grad[0]));
  CHECK(std::isinf(sqrt(zero).grad[0]));
  CHECK(abs(zero).value == 0);
  CHECK(std::abs(abs(zero).grad[0]) <= 1);  // any subgradient
  CHECK(pow(D::variable(-2, 0), 3).value == -8);
  CHECK(pow(D::variable(-2, 0), 3).grad[0] == 12);
}

TEST_CASE("a constant stays a constant, also where the slope is infinite") {
  using D = Dual<double, 2>;
  for (const D& y : {sqrt(D(0.0)), pow(D(0.0), 0.2), asin(D(1.0)), acos(D(-1.0))}) {
    CAPTURE(y.value);
    CHECK(y.grad[0] == 0);
    CHECK(y.grad[1] == 0);
  }
}

TEST_CASE("arguments outside the domain give NaN, not garbage") {
  using D = Dual<double, 1>;
  for (const D& y : {sqrt(D::variable(-1, 0)), log(D::variable(-1, 0)), asin(D::variable(1.5, 0)), acos(D::variable(-1.5, 0))})
    CHECK(std::isnan(y.value));
  const D inverse = 1.0 / D::variable(0, 0);
  CHECK(std::isinf(inverse.value));
}

TEST_CASE("a dual is made from a constant or as a variable") {
  using D = Dual<double, 3>;
  const D c = 2.5;
  CHECK(c.value == 2.5);
  for (const double g : c.grad) CHECK(g == 0);
  const D v = D::variable(2.5, 1);
  CHECK(v.grad == std::array<double, 3>{0, 1, 0});
  CHECK(D().value == 0);
  const Dual<float, 2> f(1.5);
  CHECK(f.value == 1.5F);
  const Dual<float, 2> g = pow(Dual<float, 2>::variable(2.0F, 0), 3) + 0.5;
  CHECK(g.value == 8.5F);
  CHECK(g.grad[0] == 12.0F);
}

TEST_CASE("chain applies one and two derivatives") {
  using D = Dual<double, 2>;
  const D x = D::variable(1, 0), y = D::variable(2, 1);
  CHECK(chain(5.0, 3.0, x).grad == std::array<double, 2>{3, 0});
  CHECK(chain(5.0, 3.0, x, -2.0, y).grad == std::array<double, 2>{3, -2});
  CHECK(chain(5.0, 3.0, x, -2.0, y).value == 5);
}

TEST_CASE("complementary error function") {
  // d erfc(x)/dx = -2/sqrt(pi) exp(-x²), d²/dx² = 4x/sqrt(pi) exp(-x²).
  using D2 = Dual<Dual<double, 1>, 1>;
  const double x = 0.7;
  const D2 y = erfc(D2::variable(Dual<double, 1>::variable(x, 0), 0));
  CHECK(y.value.value == std::erfc(x));
  CHECK(y.grad[0].value == doctest::Approx(-2 / std::sqrt(std::numbers::pi) * std::exp(-x * x)).epsilon(1e-14));
  CHECK(y.grad[0].grad[0] == doctest::Approx(4 * x / std::sqrt(std::numbers::pi) * std::exp(-x * x)).epsilon(1e-13));
}
