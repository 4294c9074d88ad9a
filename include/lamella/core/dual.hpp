// Dual numbers: a value together with its derivatives with respect to N parameters.
#pragma once

#include <lamella/core/scalar.hpp>  // Scalar, value_of

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>
#include <type_traits>

namespace lamella::inline LAMELLA_ABI {

/// A value and its gradient with respect to `N` parameters (forward-mode automatic differentiation).
///
/// Eager and trivially copyable. Comparisons look at the value alone. Nest (`Dual<Dual<double, N>, N>`)
/// for second derivatives. `N` is a compile-time width: a model with more free parameters is swept in
/// chunks of `N`.
template <class T, std::size_t N>
struct Dual {
  T value{};                  ///< f
  std::array<T, N> grad{};    ///< df/dp_i, in the unit of f per unit of p_i

  constexpr Dual() = default;
  /// A constant: all derivatives zero.
  constexpr Dual(T v) : value(v) {}  // NOLINT(google-explicit-constructor): constants mix freely with duals
  template <class A>
    requires(std::is_arithmetic_v<A> && !std::same_as<A, T>)
  constexpr Dual(A v) : value(T(static_cast<double>(v))) {}  // NOLINT(google-explicit-constructor)
  constexpr Dual(T v, const std::array<T, N>& g) : value(v), grad(g) {}

  /// The independent variable number `i` with value `v`: df/dp_i = 1.
  static constexpr Dual variable(T v, std::size_t i) {
    Dual x(v);
    x.grad[i] = T(1);
    return x;
  }

  constexpr Dual& operator+=(const Dual& y) { return *this = *this + y; }
  constexpr Dual& operator-=(const Dual& y) { return *this = *this - y; }
  constexpr Dual& operator*=(const Dual& y) { return *this = *this * y; }
  constexpr Dual& operator/=(const Dual& y) { return *this = *this / y; }

  friend constexpr Dual operator+(const Dual& x) { return x; }
  friend constexpr Dual operator-(const Dual& x) { return chain(-x.value, T(-1), x); }
  friend constexpr Dual operator+(const Dual& x, const Dual& y) {
    Dual r(x.value + y.value);
    for (std::size_t i = 0; i < N; ++i) r.grad[i] = x.grad[i] + y.grad[i];
    return r;
  }
  friend constexpr Dual operator-(const Dual& x, const Dual& y) {
    Dual r(x.value - y.value);
    for (std::size_t i = 0; i < N; ++i) r.grad[i] = x.grad[i] - y.grad[i];
    return r;
  }
  friend constexpr Dual operator*(const Dual& x, const Dual& y) {
    return chain(x.value * y.value, y.value, x, x.value, y);
  }
  friend constexpr Dual operator/(const Dual& x, const Dual& y) {
    const T inverse = T(1) / y.value;
    const T quotient = x.value * inverse;
    return chain(quotient, inverse, x, -quotient * inverse, y);
  }

  friend constexpr bool operator==(const Dual& x, const Dual& y) { return x.value == y.value; }
  friend constexpr auto operator<=>(const Dual& x, const Dual& y) { return x.value <=> y.value; }

  /// f(x) from its value and derivative: the one place of the chain rule for one argument.
  friend constexpr Dual chain(const T& f, const T& df, const Dual& x) {
    Dual r(f);
    for (std::size_t i = 0; i < N; ++i) r.grad[i] = df * x.grad[i];
    return r;
  }
  /// f(x, y) from its value and its two partial derivatives.
  friend constexpr Dual chain(const T& f, const T& fx, const Dual& x, const T& fy, const Dual& y) {
    Dual r(f);
    for (std::size_t i = 0; i < N; ++i) r.grad[i] = fx * x.grad[i] + fy * y.grad[i];
    return r;
  }

  friend Dual sqrt(const Dual& x) {
    using std::sqrt;
    const T f = sqrt(x.value);
    return steep(f, T(0.5) / f, x);
  }
  friend Dual exp(const Dual& x) {
    using std::exp;
    const T f = exp(x.value);
    return chain(f, f, x);
  }
  friend Dual log(const Dual& x) {
    using std::log;
    return chain(log(x.value), T(1) / x.value, x);
  }
  friend Dual sin(const Dual& x) {
    using std::cos, std::sin;
    return chain(sin(x.value), cos(x.value), x);
  }
  friend Dual cos(const Dual& x) {
    using std::cos, std::sin;
    return chain(cos(x.value), -sin(x.value), x);
  }
  friend Dual tan(const Dual& x) {
    using std::tan;
    const T f = tan(x.value);
    return chain(f, T(1) + f * f, x);
  }
  friend Dual asin(const Dual& x) {
    using std::asin, std::sqrt;
    return steep(asin(x.value), T(1) / sqrt(T(1) - x.value * x.value), x);
  }
  friend Dual acos(const Dual& x) {
    using std::acos, std::sqrt;
    return steep(acos(x.value), T(-1) / sqrt(T(1) - x.value * x.value), x);
  }
  friend Dual atan(const Dual& x) {
    using std::atan;
    return chain(atan(x.value), T(1) / (T(1) + x.value * x.value), x);
  }
  friend Dual atan2(const Dual& y, const Dual& x) {
    using std::atan2;
    const T r2 = x.value * x.value + y.value * y.value;
    return chain(atan2(y.value, x.value), x.value / r2, y, -y.value / r2, x);
  }
  /// x to a constant power.
  friend Dual pow(const Dual& x, double p) {
    using std::pow;
    if (p == 0) return Dual(T(1));
    return steep(T(pow(x.value, p)), T(p) * T(pow(x.value, p - 1)), x);
  }
  /// Complementary error function.
  friend Dual erfc(const Dual& x) {
    using std::erfc, std::exp;
    return chain(erfc(x.value), T(-2.0 * std::numbers::inv_sqrtpi) * exp(-x.value * x.value), x);
  }
  friend Dual abs(const Dual& x) { return x.value < T(0) ? -x : x; }

 private:
  /// `chain` where the slope may be infinite: what does not depend on a parameter does not do so there either.
  static Dual steep(const T& f, const T& df, const Dual& x) {
    Dual r = chain(f, df, x);
    if (!std::isfinite(value_of(df)))
      for (std::size_t i = 0; i < N; ++i)
        if (value_of(x.grad[i]) == 0) r.grad[i] = T(0);
    return r;
  }
};

namespace detail {

/// Whether T carries first derivatives of a double: where a value and its slopes are cheaper by hand than by the chain rule.
template <class T>
inline constexpr bool differentiates_double = false;
template <std::size_t N>
inline constexpr bool differentiates_double<Dual<double, N>> = true;

}  // namespace detail

/// The plain number inside a dual, through any depth of nesting.
template <class T, std::size_t N>
constexpr auto value_of(const Dual<T, N>& x) {
  return value_of(x.value);
}

}  // namespace lamella
