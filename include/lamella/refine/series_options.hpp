// Settings of a series of refinements.
#pragma once

#include <lamella/diffraction/phase.hpp>    // CrystalModel
#include <lamella/refine/rietveld.hpp>      // RefinementOptions

#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Settings of a series.
template <CrystalModel Crystal = Structure<double>>
struct SeriesOptions {
  RefinementOptions<Crystal> refinement{};  ///< of the first pattern and of every restart
  /// Name patterns of what is free in the first pattern alone and then held where it ended: the displacement of a cell that stays
  /// where it is, the widths of the instrument. The esds of the others do not contain those of the held ones.
  std::vector<std::string> hold_after_first{};
  /// A phase enters with a scale above `enter` of its esds, and leaves with one below `leave` (in the first pattern below `enter`): then
  /// its other parameters are held where it was last seen, at first as given.
  double enter = 4, leave = 3;
  double jump = 1.2;   ///< Rwp and GoF that both exceed those of the last good pattern by this factor are far above it
  double drift = 1e-3; ///< lists the reflections anew where a cell edge has changed by this fraction since they were listed
  int cycles = 30;     ///< of a fit from where the pattern before ended, at most
};

}  // namespace lamella
