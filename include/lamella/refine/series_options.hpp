// Settings of a series of refinements.
#pragma once

#include <lamella/diffraction/phase.hpp>         // CrystalModel, Phase
#include <lamella/diffraction/powder_model.hpp>  // PowderModel
#include <lamella/refine/rietveld.hpp>           // RefinementOptions

#include <functional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A phase that is not there at first and whose cell is not known: it is looked for by its first basal line, the strongest and most
/// isolated of a layered phase.
template <CrystalModel Crystal = Structure<double>>
struct SeriesCandidate {
  std::string phase;                       ///< its name in the model
  double shortest = 0, longest = 0;        ///< Å: spacing of that line
  double smaller = 0.03, larger = 0.015;   ///< relative to where `place` puts them: how far its edges a and b are looked for
  /// Gives the phase a cell with this spacing; the rest of it as suits the model at that moment.
  std::function<void(Phase<Crystal>&, double spacing, const PowderModel<Crystal>& now)> place;
  std::function<double(const Phase<Crystal>&)> spacing;  ///< Å: of that line by the phase's cell
};

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
  /// Phases that are looked for while they are not there. Whichever explains the line best is let in, if its scale is above `enter` esds and its
  /// BIC is better than without it by `evidence` (10: very strong, R. E. Kass & A. E. Raftery 1995). While its scale is below `mature` of
  /// its esds only its scale and its edge c (of a cubic phase a) are free; when it is above, the candidates are compared again.
  std::vector<SeriesCandidate<Crystal>> candidates{};
  double evidence = 10, mature = 25;
  double zero_search = 0;  ///< degrees 2θ: how far from the given zero the first pattern may be; 0: the zero is known
  double jump = 1.2;   ///< Rwp and GoF that both exceed those of the last good pattern by this factor are far above it
  double drift = 1e-3; ///< lists the reflections anew where a cell edge has changed by this fraction since they were listed
  int cycles = 30;     ///< of a fit from where the pattern before ended, at most
};

}  // namespace lamella
