// In which order parameters are released.
//
// L. B. McCusker, R. B. Von Dreele, D. E. Cox, D. Louër & P. Scardi, J. Appl. Cryst. 32 (1999) 36.
#pragma once

#include <lamella/diffraction/instrument.hpp>  // Diffractometer

#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One step of a refinement: what it releases stays free in the following ones.
struct Stage {
  std::string name;
  std::vector<std::string> release;  ///< name patterns, "*" for one part of a name
  int cycles = 10;                   ///< at most
  /// Extra peak width during this stage, FWHM in degrees 2θ per tanθ. It lets a cell find its peaks from far off:
  /// an error of 1 % in d shifts a peak by 1.15° tanθ. Falls to 0 over the stages.
  double blur = 0;
};

/// Scale and background, cell with blurred then with sharp peaks, texture, widths and Pawley's intensities, profile, coordinates, displacement parameters. Of zero and
/// displacement, which act almost alike, the one that is usual for the geometry. Cylinders are measured with neutrons and synchrotron
/// radiation, whose peaks are mostly Gaussian: all of U, V, W; flat samples keep the given U and V.
inline std::vector<Stage> default_plan(const Diffractometer& diffractometer) {
  const bool flat = diffractometer.geometry == Geometry::bragg_brentano && diffractometer.radiation.probe == Probe::x_rays;
  const std::string shift = flat ? "pattern.displacement" : "pattern.zero";
  std::vector<std::string> profile{"pattern.W", "pattern.asymmetry"};
  if (!flat) profile.insert(profile.end(), {"pattern.U", "pattern.V"});
  const int last = flat ? 30 : 100;  // U, V, W beside size and strain form a long flat valley
  return {
      {"scale and background", {"*.scale", "pattern.background.*"}, 6, 0.8},
      {"cell, blurred", {"*.cell.a", "*.cell.b", "*.cell.c", "*.cell.alpha", "*.cell.beta", "*.cell.gamma", "*.lattice.a", "*.lattice.b", "*.lattice.c", "*.lattice.beta"}, 8, 0.8},
      {"cell, less blurred", {"*.preferred_orientation.r"}, 8, 0.3},
      {"cell and displacement", {shift}, 8, 0.1},
      {"widths", {"*.strain", "*.size", "*.intensity.*"}, 10, 0},
      {"profile", std::move(profile), 15, 0},
      {"coordinates", {"*.*.x", "*.*.y", "*.*.z", "*.lattice.x_O", "*.lattice.z_O", "*.lattice.z_O1", "*.lattice.z_O2"}, 10, 0},
      {"displacement parameters", {"*.*.Uiso", "*.*.U11", "*.*.U22", "*.*.U33", "*.*.U12", "*.*.U13", "*.*.U23"}, last, 0},
  };
}

}  // namespace lamella
