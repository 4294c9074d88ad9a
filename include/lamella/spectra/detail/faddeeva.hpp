// The Faddeeva function w(z) = exp(−z²) erfc(−iz) in the upper half plane, on any scalar.
//
// J. A. C. Weideman, SIAM J. Numer. Anal. 31 (1994) 1497, with 32 terms: the error of w is below 1e-13 everywhere, that of
// the profile relative to its top.
#pragma once

#include <lamella/core/dual.hpp>    // Dual, differentiates_double
#include <lamella/core/scalar.hpp>  // Scalar

#include <array>
#include <cstddef>
#include <numbers>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Coefficients of the powers 31 … 0 of (L + iz)/(L − iz): the discrete Fourier transform of exp(−t²)(L² + t²) at t = L tan(θ/2),
/// L = √(32/√2), over 128 angles (section 4 of the paper).
inline constexpr double weideman_scale = 4.756828460010884;
inline constexpr std::array<double, 32> weideman_coefficients{
    -1.3031797863050087e-12, 3.740951992625696e-12,  8.03035415941622e-12,   -2.1543655748246238e-11, -5.54423729148823e-11, 1.165826046811702e-10,
    4.15374443174521e-10,    -5.231020686058407e-10, -3.2080151035618343e-09, 8.124890309157973e-10,   2.379755679061263e-08, 2.293043906143044e-08,
    -1.4813078910620194e-07, -4.184076370551958e-07, 4.255833137338123e-07,  4.401531731492494e-06,   6.821031944001985e-06, -2.140961920187231e-05,
    -0.00013075449254633574, -0.00024532980270021025, 0.0003925913607005805, 0.004519541105349148,    0.019006155784845324,  0.057304403529837206,
    0.1406071622689377,      0.2954445107150873,     0.5460139720639341,     0.9019254893648001,      1.345544169234545,     1.8256696296324813,
    2.2635372999002676,      2.5722534081245696};

template <class T>
struct ComplexPair {
  T re, im;
};

/// w(x + iy) for y ≥ 0.
template <Scalar T>
ComplexPair<T> faddeeva(const T& x, const T& y) {
  const T L = T(weideman_scale);
  // L − iz = (L + y) − ix, L + iz = (L − y) + ix
  const T dr = L + y, norm = T(1) / (dr * dr + x * x);
  const T ir = dr * norm, ii = x * norm;  // 1/(L − iz)
  const T nr = L - y;
  const T zr = nr * ir - x * ii, zi = nr * ii + x * ir;
  T pr = T(weideman_coefficients[0]), pi = T(0.0);
  for (std::size_t n = 1; n < weideman_coefficients.size(); ++n) {
    const T next = pr * zr - pi * zi + T(weideman_coefficients[n]);
    pi = pr * zi + pi * zr;
    pr = next;
  }
  const T sr = ir * ir - ii * ii, si = T(2) * ir * ii;
  const T c = T(std::numbers::inv_sqrtpi);
  return {T(2) * (pr * sr - pi * si) + c * ir, T(2) * (pr * si + pi * sr) + c * ii};
}

/// Re w(x + iy), y ≥ 0: the Voigt function of height 1 at x = y = 0.
template <Scalar T>
T voigt_function(const T& x, const T& y) {
  if constexpr (differentiates_double<T>) {
    // w′ = −2 z w + 2i/√π, so that one evaluation on doubles gives the value and both slopes.
    const auto [u, v] = faddeeva(x.value, y.value);
    return chain(u, -2 * (x.value * u - y.value * v), x, 2 * (x.value * v + y.value * u) - 2 * std::numbers::inv_sqrtpi, y);
  } else {
    return faddeeva(x, y).re;
  }
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
