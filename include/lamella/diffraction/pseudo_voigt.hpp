// The Thompson-Cox-Hastings pseudo-Voigt profile.
//
// P. Thompson, D. E. Cox & J. B. Hastings, J. Appl. Cryst. 20 (1987) 79.
#pragma once

#include <lamella/core/scalar.hpp>  // Scalar, square

#include <cmath>
#include <numbers>

namespace lamella::inline LAMELLA_ABI {

/// Width and mixing of a pseudo-Voigt profile η L + (1 − η) G.
template <Scalar T = double>
struct PseudoVoigt {
  T fwhm{1};  ///< of both parts, degrees 2θ
  T eta{};    ///< Lorentzian fraction
};

/// The pseudo-Voigt that approximates the convolution of a Gaussian (given by its FWHM², degrees²) and a
/// Lorentzian (FWHM, degrees). At least one must be positive.
template <Scalar T>
PseudoVoigt<T> thompson_cox_hastings(const T& gaussian_fwhm_squared, const T& lorentzian_fwhm) {
  using std::pow, std::sqrt;
  const T g = sqrt(gaussian_fwhm_squared), l = lorentzian_fwhm;
  const T g2 = gaussian_fwhm_squared, l2 = l * l;
  const T fifth = g2 * g2 * g + T(2.69269) * g2 * g2 * l + T(2.42843) * g2 * g * l2 + T(4.47163) * g2 * l2 * l +
                  T(0.07842) * g * l2 * l2 + l2 * l2 * l;
  const T fwhm = pow(fifth, 0.2);
  const T r = l / fwhm;
  return {fwhm, r * (T(1.36603) - r * (T(0.47719) - T(0.11116) * r))};
}

/// Normalised pseudo-Voigt at a distance from its centre (degrees); per degree.
template <Scalar T>
T pseudo_voigt(const T& distance, const PseudoVoigt<T>& shape) {
  using std::exp;
  const T u = T(4.0) * square(distance / shape.fwhm);
  const T lorentzian = T(2 / std::numbers::pi) / (shape.fwhm * (T(1.0) + u));
  const T gaussian = T(2 * std::sqrt(std::numbers::ln2 / std::numbers::pi)) / shape.fwhm * exp(T(-std::numbers::ln2) * u);
  return shape.eta * lorentzian + (T(1.0) - shape.eta) * gaussian;
}

}  // namespace lamella
