// cos and sin of an angle given in turns, in a form that compilers vectorise.
#pragma once

#include <lamella/version.hpp>

#include <cmath>
#include <numbers>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

struct CosSin {
  double cos, sin;
};

/// cos(2πt) and sin(2πt) for |t| < 2⁵⁰, absolute error below 10⁻¹⁵ beside that of t itself. The angle is folded into a
/// quarter turn around zero (Taylor polynomials of degree 21 there). No branches and no calls: loops over it become SIMD.
inline CosSin cos_sin_turns(double t) {
  constexpr double shifter = 6755399441055744.0;  // 1.5 · 2⁵²: adding it rounds to the nearest integer
  const double r = t - ((t + shifter) - shifter);
  const double x = (0.25 - std::abs(r)) * (2 * std::numbers::pi);  // cos 2πr = sin x, |sin 2πr| = cos x
  const double y = x * x;
  double s = 1 / 51090942171709440000.0;
  s = s * y - 1 / 121645100408832000.0;
  s = s * y + 1 / 355687428096000.0;
  s = s * y - 1 / 1307674368000.0;
  s = s * y + 1 / 6227020800.0;
  s = s * y - 1 / 39916800.0;
  s = s * y + 1 / 362880.0;
  s = s * y - 1 / 5040.0;
  s = s * y + 1 / 120.0;
  s = s * y - 1 / 6.0;
  s = (s * y + 1) * x;
  double c = 1 / 2432902008176640000.0;
  c = c * y - 1 / 6402373705728000.0;
  c = c * y + 1 / 20922789888000.0;
  c = c * y - 1 / 87178291200.0;
  c = c * y + 1 / 479001600.0;
  c = c * y - 1 / 3628800.0;
  c = c * y + 1 / 40320.0;
  c = c * y - 1 / 720.0;
  c = c * y + 1 / 24.0;
  c = c * y - 0.5;
  c = c * y + 1;
  return {s, std::copysign(c, r)};
}

}  // namespace detail
}  // namespace lamella
