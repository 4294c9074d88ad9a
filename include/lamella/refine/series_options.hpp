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

/// Free parameters that are held softly to where the last good pattern had them.
struct CarriedParameter {
  std::string name;  ///< pattern: "pattern.displacement", "O3.*.Uiso"
  double drift = 0;  ///< how far they may wander from one pattern to the next, in their unit; 0: constants, known better with every pattern
};

/// Settings of a series.
template <CrystalModel Crystal = Structure<double>>
struct SeriesOptions {
  RefinementOptions<Crystal> refinement{};  ///< of the first pattern and of every restart
  /// Name patterns of what is free in the first pattern alone and then held where it ended: the displacement of a cell that stays
  /// where it is, the widths of the instrument. The esds of the others do not contain those of the held ones.
  std::vector<std::string> hold_after_first{};
  /// Free parameters of which each pattern also knows what those before it said (R. E. Kalman, J. Basic Eng. 82 (1960) 35): they are
  /// expected at the values of the last good pattern with their covariance there, correlations included, plus drift² (of the first name
  /// pattern that matches). Values and esds of a pattern then contain those of the ones before, and are not independent of them: not to
  /// be averaged, and a trend of what is carried with too small a drift lags behind. Bad patterns in between add no drift. Not carried
  /// are the parameters of a phase that is not there, or was not in the last good pattern, and what that one did not depend on. Rwp and
  /// GoF are of the pattern alone.
  /// The esds as a whole are scaled by the GoF of the pattern at hand, the carried part as if the earlier patterns had the same.
  std::vector<CarriedParameter> carried{};
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
