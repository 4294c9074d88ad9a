// In which order parameters are released.
//
// L. B. McCusker, R. B. Von Dreele, D. E. Cox, D. Louër & P. Scardi, J. Appl. Cryst. 32 (1999) 36.
#pragma once

#include <lamella/diffraction/instrument.hpp>  // Geometry

#include <string>
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

/// Scale and background, cell with blurred then with sharp peaks, profile, coordinates, displacement parameters.
inline std::vector<Stage> default_plan(Geometry geometry) {
  const std::string shift = geometry == Geometry::bragg_brentano ? "pattern.displacement" : "pattern.zero";
  return {
      {"scale and background", {"*.scale", "pattern.background.*"}, 6, 0.8},
      {"cell, blurred", {"*.cell.a", "*.cell.b", "*.cell.c", "*.cell.alpha", "*.cell.beta", "*.cell.gamma", "*.lattice.a", "*.lattice.c"}, 8, 0.8},
      {"cell, less blurred", {}, 8, 0.3},
      {"cell and displacement", {shift}, 8, 0.1},
      {"widths", {"*.strain", "*.size"}, 10, 0},
      {"profile", {"pattern.W", "pattern.asymmetry"}, 15, 0},
      {"coordinates", {"*.*.x", "*.*.y", "*.*.z", "*.lattice.z_O", "*.lattice.z_O1", "*.lattice.z_O2"}, 10, 0},
      {"displacement parameters", {"*.*.Uiso"}, 30, 0},
  };
}

}  // namespace lamella
