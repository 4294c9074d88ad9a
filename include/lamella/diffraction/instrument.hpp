// The diffractometer: geometry, angle corrections, Lorentz-polarisation factor and peak widths.
#pragma once

#include <lamella/core/constants.hpp>            // degree
#include <lamella/core/dual.hpp>                 // differentiates_double
#include <lamella/core/scalar.hpp>               // Scalar, square
#include <lamella/diffraction/absorption.hpp>    // cylinder_absorption, plate_transmission
#include <lamella/diffraction/radiation.hpp>     // Radiation
#include <lamella/diffraction/surface_roughness.hpp>  // SuorttiRoughness, surface_roughness

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace lamella::inline LAMELLA_ABI {

/// How the beam meets the sample.
enum class Geometry : std::uint8_t {
  bragg_brentano,  ///< flat plate in reflection, thicker than the beam penetrates
  debye_scherrer,  ///< cylinder bathed in the beam
  transmission,    ///< flat plate in symmetric transmission
};

/// What is known of the diffractometer and not refined.
struct Diffractometer {
  Radiation radiation = lamella::radiation::CuKa;
  Geometry geometry = Geometry::bragg_brentano;
  double radius = 240;         ///< goniometer radius, mm
  double polarisation = 1;     ///< A = cos²2θ_M of a monochromator crystal; 1 without one, 0 polarised across the plane; neutrons: not used
};

/// The refinable part of the diffractometer. What the geometry has no use for is not looked at.
template <Scalar T = double>
struct Instrument {
  T zero{};           ///< zero of 2θ: added to every angle, degrees
  T displacement{};   ///< offset of the sample, mm: height over the axis (Bragg-Brentano), across the beam (Debye-Scherrer), along the plate's normal (transmission)
  T U{}, V{}, W{};    ///< Gaussian FWHM² = U tan²θ + V tanθ + W, degrees²
  T X{}, Y{};         ///< Lorentzian FWHM = X tanθ + Y/cosθ, degrees
  T asymmetry{};      ///< axial divergence: half heights of sample and of receiving slit over radius, S/L = H/L
  T transparency{};   ///< Bragg-Brentano: depth 1/μ to which the beam penetrates, mm; Debye-Scherrer: offset of the sample along the beam, mm
  T absorption{};     ///< Debye-Scherrer: μR of the cylinder; transmission: μt of the plate; dimensionless
  SuorttiRoughness<T> roughness{};  ///< Bragg-Brentano

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
    visit("transparency", self.transparency...);
    visit("absorption", self.absorption...);
    visit("roughness", self.roughness...);
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

/// As above for the diffractometer's radiation: neutrons are not polarised, A = 0.
template <Scalar T>
T lorentz_polarisation(const T& theta, const Diffractometer& diffractometer) {
  return lorentz_polarisation(theta, diffractometer.radiation.probe == Probe::neutrons ? 0.0 : diffractometer.polarisation);
}

namespace detail {

/// Whether x is 0 and depends on nothing: then a correction that it scales is not computed.
template <Scalar T>
bool is_absent(const T& x) {
  if constexpr (differentiates_double<T>)
    return x.value == 0 && x.grad == decltype(x.grad){};
  else if constexpr (std::is_floating_point_v<T>)
    return x == 0;
  else
    return false;
}

}  // namespace detail

/// What the geometry does to intensities: surface roughness (Bragg-Brentano), absorption by a cylinder (Debye-Scherrer) or by
/// a plate (transmission). θ in radians.
template <Scalar T>
T sample_factor(const Instrument<T>& instrument, const Diffractometer& diffractometer, const T& theta) {
  switch (diffractometer.geometry) {
    case Geometry::bragg_brentano:
      return detail::is_absent(instrument.roughness.depth) ? T(1.0) : surface_roughness(instrument.roughness, theta);
    case Geometry::debye_scherrer:
      return detail::is_absent(instrument.absorption) ? T(1.0) : cylinder_absorption(instrument.absorption, theta);
    case Geometry::transmission: break;
  }
  return plate_transmission(instrument.absorption, theta);
}

/// Shift of a peak from its Bragg angle, degrees 2θ, beside the zero, with s the displacement, t the transparency, R the radius:
/// −(180/π)(2 s cosθ + ½ t sin2θ)/R for a flat sample that is `s` mm high; (180/π)(t sin2θ − s cos2θ)/R for a cylinder off the
/// axis; −(180/π) 2 s sinθ/R for a plate in transmission.
template <Scalar T>
T angle_shift(const Instrument<T>& instrument, const Diffractometer& diffractometer, const T& theta) {
  using std::cos, std::sin;
  const T per_length(1 / (degree * diffractometer.radius));
  switch (diffractometer.geometry) {
    case Geometry::bragg_brentano: {
      const T cosine = cos(theta);
      return instrument.zero - per_length * cosine * (T(2.0) * instrument.displacement + instrument.transparency * sin(theta));
    }
    case Geometry::debye_scherrer:
      return instrument.zero + per_length * (instrument.transparency * sin(T(2.0) * theta) - instrument.displacement * cos(T(2.0) * theta));
    case Geometry::transmission: break;
  }
  return instrument.zero - per_length * T(2.0) * instrument.displacement * sin(theta);
}

}  // namespace lamella
