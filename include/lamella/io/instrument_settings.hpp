// What an instrument file says: radiation, geometry and the profile of the instrument.
#pragma once

#include <lamella/diffraction/instrument.hpp>  // Diffractometer, Instrument
#include <lamella/diffraction/radiation.hpp>   // Radiation

#include <optional>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// A diffractometer and its instrument parameters, as a file states them.
struct InstrumentSettings {
  std::string source;              ///< where they came from, for messages
  std::string name;                ///< of the instrument; empty where the file has none
  Radiation radiation;             ///< X-rays or neutrons, and their wavelengths
  Geometry geometry = Geometry::bragg_brentano;
  std::optional<double> radius;    ///< goniometer radius in mm, where the file states it
  double polarisation = 1;         ///< A = cos²2θ_M of a monochromator; 1 without one
  Instrument<> instrument;         ///< zero, widths and asymmetry

  /// The diffractometer of these settings; `radius` where the file states none.
  Diffractometer diffractometer(double default_radius = Diffractometer{}.radius) const {
    Diffractometer d;
    d.radiation = radiation;
    d.geometry = geometry;
    d.radius = radius.value_or(default_radius);
    d.polarisation = polarisation;
    return d;
  }
};

}  // namespace lamella::inline LAMELLA_ABI
