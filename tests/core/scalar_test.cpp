#include <lamella/core/dual.hpp>
#include <lamella/core/scalar.hpp>
#include <lamella/crystal/symmetry_operation.hpp>
#include <lamella/crystal/unit_cell.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <string>

#include "../support/archetype_scalar.hpp"

using namespace lamella;

namespace scalar_test {  // named, since not every operator is used

/// A scalar whose sum is an expression that refers to its operands.
struct Lazy {
  double x = 0;
  Lazy() = default;
  explicit Lazy(double v) : x(v) {}
  struct Sum {
    const Lazy* a;
    const Lazy* b;
  };
  Lazy(const Sum& s) : x(s.a->x + s.b->x) {}
  friend Sum operator+(const Lazy& a, const Lazy& b) { return {&a, &b}; }
  friend Lazy operator-(const Lazy& a, const Lazy& b) { return Lazy(a.x - b.x); }
  friend Lazy operator*(const Lazy& a, const Lazy& b) { return Lazy(a.x * b.x); }
  friend Lazy operator/(const Lazy& a, const Lazy& b) { return Lazy(a.x / b.x); }
  friend Lazy operator-(const Lazy& a) { return Lazy(-a.x); }
  friend Lazy& operator+=(Lazy& a, const Lazy& b) { return a = a + b; }
  friend bool operator<(const Lazy& a, const Lazy& b) { return a.x < b.x; }
};

/// Everything but an order.
struct Unordered {
  Unordered() = default;
  explicit Unordered(double) {}
  friend Unordered operator+(const Unordered& a, const Unordered&) { return a; }
  friend Unordered operator-(const Unordered& a, const Unordered&) { return a; }
  friend Unordered operator*(const Unordered& a, const Unordered&) { return a; }
  friend Unordered operator/(const Unordered& a, const Unordered&) { return a; }
  friend Unordered operator-(const Unordered& a) { return a; }
  friend Unordered& operator+=(Unordered& a, const Unordered&) { return a; }
};

/// A scalar that cannot be copied.
struct MoveOnly : archetype::Real {
  using archetype::Real::Real;
  MoveOnly(MoveOnly&&) = default;
  MoveOnly& operator=(MoveOnly&&) = default;
};

enum class Color { red };

}  // namespace scalar_test
using namespace scalar_test;

static_assert(Scalar<double> && Scalar<float> && Scalar<long double>);
static_assert(Scalar<Dual<double, 1>> && Scalar<Dual<double, 16>>);
static_assert(Scalar<Dual<float, 3>>);
static_assert(Scalar<Dual<Dual<double, 2>, 2>>);
static_assert(Scalar<archetype::Real>);

static_assert(!Scalar<int> && !Scalar<unsigned long> && !Scalar<bool> && !Scalar<char>);
static_assert(!Scalar<std::complex<double>>);
static_assert(!Scalar<Lazy>);
static_assert(!Scalar<Unordered>);
static_assert(!Scalar<MoveOnly>);
static_assert(!Scalar<Color> && !Scalar<std::string> && !Scalar<double*> && !Scalar<void>);
static_assert(!Scalar<double&> && !Scalar<const double>);

static_assert(value_of(1.5) == 1.5 && std::same_as<decltype(value_of(1.5F)), float>);
static_assert(value_of(Dual<Dual<double, 2>, 2>(2.5)) == 2.5);
static_assert(square(3.0) == 9.0);

TEST_CASE("cells and symmetry operations ask no more of a number than Scalar promises") {
  using archetype::Real;
  // C2/m cell of NaNiO2; volume a b c sin(beta) and d(001) = c sin(beta) by hand.
  const UnitCell<Real> cell{Real(5.3192), Real(2.8451), Real(5.5826), Real(90.0), Real(110.449), Real(90.0)};
  const double sine = std::sin(110.449 * std::acos(-1.0) / 180);
  CHECK(value_of(volume(cell)) == doctest::Approx(5.3192 * 2.8451 * 5.5826 * sine).epsilon(1e-14));
  CHECK(value_of(d_spacing(cell, {0, 0, 1})) == doctest::Approx(5.5826 * sine).epsilon(1e-14));
  CHECK(value_of(height_along_c_star(cell)) == doctest::Approx(5.5826 * sine).epsilon(1e-14));
  const auto p = to_cartesian(cell, Fractional<Real>{Real(0.0), Real(1.0), Real(0.0)});
  CHECK(value_of(p.x) == doctest::Approx(0.0).epsilon(1e-14));
  CHECK(value_of(p.y) == doctest::Approx(2.8451).epsilon(1e-14));
  CHECK(value_of(dot(p - p, p)) == 0.0);
  const auto image = parse_operation("-y,x-y,z+1/3")(Fractional<Real>{Real(0.1), Real(0.2), Real(0.3)});
  CHECK(value_of(image.x) == doctest::Approx(-0.2));
  CHECK(value_of(image.y) == doctest::Approx(-0.1));
  CHECK(value_of(image.z) == doctest::Approx(0.3 + 1.0 / 3));
}

TEST_CASE_TEMPLATE("a cell of single precision keeps single precision", T, float, double, long double) {
  // Hexagonal: V = sqrt(3)/2 a^2 c.
  const UnitCell<T> cell = hexagonal_cell(T(2.96), T(16.38));
  const double exact = std::sqrt(3.0) / 2 * 2.96 * 2.96 * 16.38;
  const double tolerance = std::same_as<T, float> ? 3e-6 : 1e-15;
  CHECK(static_cast<double>(volume(cell)) == doctest::Approx(exact).epsilon(tolerance));
  static_assert(std::same_as<decltype(volume(cell)), T>);
}

TEST_CASE_TEMPLATE("duals of single precision and nested duals compute", T, Dual<float, 2>, Dual<Dual<double, 2>, 2>) {
  const UnitCell<T> cell = hexagonal_cell(T(2.96), T(16.38));
  CHECK(static_cast<double>(value_of(volume(cell))) ==
        doctest::Approx(std::sqrt(3.0) / 2 * 2.96 * 2.96 * 16.38).epsilon(3e-6));
}
