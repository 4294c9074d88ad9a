// The diffractometer: geometry, angle corrections, Lorentz-polarisation factor and peak widths.
#pragma once

#include <lamella/core/constants.hpp>            // degree
#include <lamella/core/scalar.hpp>               // Scalar, square
#include <lamella/diffraction/radiation.hpp>     // Radiation

#include <cmath>

namespace lamella::inline LAMELLA_ABI {

/// How the beam meets the sample.
enum class Geometry { bragg_brentano, debye_scherrer };

/// What is known of the diffractometer and not refined.
struct Diffractometer {
  Radiation radiation = lamella::radiation::CuKa;
  Geometry geometry = Geometry::bragg_brentano;
  double radius = 240;         ///< goniometer radius, mm
  double polarisation = 1;     ///< cos²2θ_M of a monochromator crystal; 1 without one
};

/// The refinable part of the diffractometer.
template <Scalar T = double>
struct Instrument {
  T zero{};           ///< zero of 2θ: added to every angle, degrees
  T displacement{};   ///< height of the sample surface off the axis, mm; positive moves peaks to lower angle
  T U{}, V{}, W{};    ///< Gaussian FWHM² = U tan²θ + V tanθ + W, degrees²
  T X{}, Y{};         ///< Lorentzian FWHM = X tanθ + Y/cosθ, degrees
  T asymmetry{};      ///< axial divergence: half heights of sample and of receiving slit over radius, S/L = H/L

  template <Scalar V_>
  using rebind = Instrument<V_>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("zero", self.zero...);
    visit("displacement", self.displacement...);
    visit("U", self.U...);
    visit("V", self.V...);
    visit("W", self.W...);
    visit("X", self.X...);
    visit("Y", self.Y...);
    visit("asymmetry", self.asymmetry...);
  }
};

/// Lorentz-polarisation factor (1 + A cos²2θ)/((1 + A) sin²θ cosθ) with A = cos²2θ_M, θ in radians.
template <Scalar T>
T lorentz_polarisation(const T& theta, double polarisation) {
  using std::cos, std::sin;
  const T cos_two_theta = cos(T(2.0) * theta);
  return (T(1.0) + T(polarisation) * cos_two_theta * cos_two_theta) /
         (T(1 + polarisation) * square(sin(theta)) * cos(theta));
}

/// Shift of a peak from its Bragg angle, degrees 2θ: zero − (180/π) 2 s cosθ/R for a flat sample that is `s` mm high.
template <Scalar T>
T angle_shift(const Instrument<T>& instrument, const Diffractometer& diffractometer, const T& theta) {
  using std::cos;
  if (diffractometer.geometry != Geometry::bragg_brentano) return instrument.zero;
  return instrument.zero - T(2 / (degree * diffractometer.radius)) * instrument.displacement * cos(theta);
}

}  // namespace lamella
