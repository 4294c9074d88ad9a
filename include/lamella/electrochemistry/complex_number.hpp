// Complex numbers over any scalar, and the functions of them that impedances need.
//
// std::complex is specified for built-in floating point only: with dual numbers its meaning is left to chance.
#pragma once

#include <lamella/core/scalar.hpp>  // Scalar, value_of

#include <cmath>

namespace lamella::inline LAMELLA_ABI {

/// re + j im.
template <Scalar T = double>
struct ComplexNumber {
  T re{}, im{};

  friend constexpr bool operator==(const ComplexNumber&, const ComplexNumber&) = default;
  friend constexpr ComplexNumber operator-(const ComplexNumber& x) { return {-x.re, -x.im}; }
  friend constexpr ComplexNumber operator+(const ComplexNumber& x, const ComplexNumber& y) { return {x.re + y.re, x.im + y.im}; }
  friend constexpr ComplexNumber operator-(const ComplexNumber& x, const ComplexNumber& y) { return {x.re - y.re, x.im - y.im}; }
  friend constexpr ComplexNumber operator*(const ComplexNumber& x, const ComplexNumber& y) {
    return {x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
  }
  friend constexpr ComplexNumber operator*(const T& x, const ComplexNumber& y) { return {x * y.re, x * y.im}; }
};

/// |z|².
template <Scalar T>
constexpr T squared_modulus(const ComplexNumber<T>& z) {
  return z.re * z.re + z.im * z.im;
}

/// 1/z.
template <Scalar T>
constexpr ComplexNumber<T> reciprocal(const ComplexNumber<T>& z) {
  const T scale = T(1.0) / squared_modulus(z);
  return {z.re * scale, -z.im * scale};
}

/// The root with a real part of 0 or more.
template <Scalar T>
ComplexNumber<T> sqrt(const ComplexNumber<T>& z) {
  using std::sqrt;
  const T modulus = sqrt(squared_modulus(z));
  // Of re² = (|z| + re)/2 and im² = (|z| - re)/2 the one without cancellation, the other from 2 re im.
  if (z.re < T(0.0)) {
    const T root = sqrt((modulus - z.re) * T(0.5));
    const T im = z.im < T(0.0) ? -root : root;
    return {z.im / (T(2.0) * im), im};
  }
  const T re = sqrt((modulus + z.re) * T(0.5));
  return {re, z.im / (T(2.0) * re)};
}

namespace detail {

/// tanh(√(jx))/√(jx) for x ≥ 0: diffusion through a layer that ends at a sink.
template <Scalar T>
ComplexNumber<T> tanh_over_root(const T& x) {
  using std::cos, std::exp, std::sin, std::sqrt;
  // Series where the difference of exponentials would cancel; the next term is 62/2835 x⁴.
  if (value_of(x) < 1e-3) return {T(1.0) - T(2.0 / 15) * x * x, (T(-1.0 / 3) + T(17.0 / 315) * x * x) * x};
  const T a = sqrt(x * T(0.5));  // √(jx) = a (1 + j)
  const T decay = exp(T(-2.0) * a);
  const T scale = T(1.0) / (T(1.0) + decay * decay + T(2.0) * decay * cos(T(2.0) * a));
  const T re = (T(1.0) - decay * decay) * scale, im = T(2.0) * decay * sin(T(2.0) * a) * scale;
  const T half = T(0.5) / a;  // 1/(a (1 + j)) = (1 - j)/(2a)
  return {(re + im) * half, (im - re) * half};
}

/// coth(√(jx))/√(jx) for x > 0: diffusion into a layer that ends at a wall.
template <Scalar T>
ComplexNumber<T> coth_over_root(const T& x) {
  using std::cos, std::exp, std::sin, std::sqrt;
  if (value_of(x) < 1e-3) return {T(1.0 / 3) - T(2.0 / 945) * x * x, T(-1.0) / x - x * T(1.0 / 45)};
  const T a = sqrt(x * T(0.5));
  const T decay = exp(T(-2.0) * a);
  const T scale = T(1.0) / (T(1.0) + decay * decay - T(2.0) * decay * cos(T(2.0) * a));
  const T re = (T(1.0) - decay * decay) * scale, im = T(-2.0) * decay * sin(T(2.0) * a) * scale;
  const T half = T(0.5) / a;
  return {(re + im) * half, (im - re) * half};
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
