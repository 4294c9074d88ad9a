// Primary extinction in the mosaic blocks of a powder.
//
// T. M. Sabine, Acta Cryst. A44 (1988) 368; T. M. Sabine, R. B. Von Dreele & J.-E. Jørgensen, Acta Cryst. A44 (1988) 374, for
// blocks that do not absorb.
#pragma once

#include <lamella/core/constants.hpp>  // two_pi, classical_electron_radius
#include <lamella/core/scalar.hpp>     // Scalar, square, value_of

#include <cmath>

namespace lamella::inline LAMELLA_ABI {

/// Sabine's x = ℓ² (λ F r/V)², dimensionless, for X-rays that are not polarised: r² is r_e² (1 + cos²2θ)/2. Precisely:
/// x = block_area · 10⁸ Å²/μm² · |F|² (r_e λ/V)² (1 + cos²2θ)/2.
///
/// `block_area`: ℓ², the square of the size of a block, μm² (as GSAS-II's "extinction"); the area, not the length, because at
/// zero a refinement finds its slope. `squared_f`: |F|², electrons² per cell. `wavelength` Å, `volume` of the cell Å³, `theta`
/// in radians.
template <Scalar T>
T xray_extinction_depth(const T& block_area, const T& squared_f, const T& wavelength, const T& volume, const T& theta) {
  using std::cos;
  const T amplitude = T(1e4 * classical_electron_radius) * wavelength / volume;  // μm⁻¹ per electron
  const T polarisation = T(0.5) + T(0.5) * square(cos(T(2.0) * theta));
  return block_area * squared_f * square(amplitude) * polarisation;
}

/// As `xray_extinction_depth`, for neutrons: `squared_f` in fm² per cell, no polarisation.
template <Scalar T>
T neutron_extinction_depth(const T& block_area, const T& squared_f, const T& wavelength, const T& volume) {
  const T amplitude = T(0.1) * wavelength / volume;  // μm⁻¹ per fm
  return block_area * squared_f * square(amplitude);
}

/// Factor on the intensity, 1 without extinction: E_B sin²θ + E_L cos²θ with E_B = 1/√(1 + x) (Bragg) and
/// E_L = e⁻ˣ (I₀(x) + I₁(x)) (Laue). The latter is what Sabine's two series, in x for x ≤ 1 and in 1/x above, are of: here they
/// meet without the jump of 3.6 % that they have when cut where GSAS-II cuts them. `depth`: x of `xray_extinction_depth`; below 0,
/// where there is no meaning, the factor goes on in a straight line. `theta` in radians.
template <Scalar T>
T sabine_extinction(const T& depth, const T& theta) {
  using std::cos, std::exp, std::sin, std::sqrt;
  const T s2 = square(sin(theta));
  if (value_of(depth) < 0) return T(1.0) - T(0.5) * depth;
  const T bragg = T(1.0) / sqrt(T(1.0) + depth);
  T laue(1.0);
  if (value_of(depth) < 20) {
    // Σ tᵏ tᵏ/(k!)² (1 + t/(k + 1)), t = x/2; all terms positive.
    const T t = T(0.5) * depth;
    T term(1.0), sum(0.0);
    for (int k = 0; k == 0 || value_of(term) > 1e-17 * value_of(sum); ++k) {
      if (k > 0) term = term * t * t * T(1.0 / (k * k));
      sum += term * (T(1.0) + t * T(1.0 / (k + 1)));
    }
    laue = exp(-depth) * sum;
  } else {
    // √(2/πx) (1 − 1/8x − 3/128x² − …): terms by the asymptotic series of both Bessel functions.
    const T inverse = T(1.0) / depth;
    T first(1.0), second(1.0), sum(2.0);
    for (int k = 1; k <= 12; ++k) {
      const double odd = (2 * k - 1) * (2 * k - 1);
      first = first * inverse * T(odd / (8 * k));
      second = second * inverse * T((odd - 4) / (8 * k));
      sum += first + second;
    }
    laue = sum / sqrt(T(two_pi) * depth);
  }
  return bragg * s2 + laue * (T(1.0) - s2);
}

}  // namespace lamella::inline LAMELLA_ABI
