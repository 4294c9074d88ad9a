// Which lines of a series are worth following without a model, and where they are.
#pragma once

#include <lamella/core/constants.hpp>                  // degree
#include <lamella/diffraction/instrument.hpp>          // angle_shift
#include <lamella/diffraction/pattern_calculator.hpp>  // PatternCalculator
#include <lamella/diffraction/powder_pattern.hpp>      // AngleRange
#include <lamella/diffraction/structure_factor.hpp>    // d_spacing
#include <lamella/layered/layer_metrology.hpp>         // measure_layers
#include <lamella/refine/peak_tracking.hpp>            // LineTracker
#include <lamella/refine/series_quantities.hpp>        // detail::slab_count

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A line to be followed, see `LineTracker`.
struct TrackedLine {
  std::string name;          ///< its indices: "003", "10-2"
  double position = 0;       ///< degrees 2θ of the first wavelength, as it appears in the pattern
  double half_window = 0.5;  ///< degrees 2θ
};

/// The lines of a phase in `range` that tell most, given where the model has it. Of three slabs on hexagonal axes (O3, P3) those of its
/// layers and of its stacking: 003, 006, 104, 015, 110. Of other phases up to five of the strongest that stand alone. Lines without room
/// for a window in the range, or with another such line inside it, are left out.
template <CrystalModel Crystal>
std::vector<TrackedLine> lines_to_track(const PowderModel<Crystal>& model, std::size_t phase, const AngleRange& range, double half_window = 0.5) {
  const auto structure = structure_of(model.phases[phase].crystal);
  const double wavelength = model.diffractometer.radiation.line[0].wavelength;
  const auto place = [&](const Miller& hkl) -> std::optional<double> {
    const double sine = 0.5 * wavelength / d_spacing(structure.cell, hkl);
    if (!(sine > 0 && sine < 0.99)) return std::nullopt;
    const double theta = std::asin(sine), position = 2 * theta / degree + angle_shift(model.instrument, model.diffractometer, theta);
    if (!(position - half_window >= range.low && position + half_window <= range.high)) return std::nullopt;
    return position;
  };
  const auto name_of = [](const Miller& m) { return std::to_string(m.h) + std::to_string(m.k) + std::to_string(m.l); };
  std::vector<TrackedLine> lines;

  const auto layers = measure_layers(structure);
  if (const auto& cell = structure.cell; layers && detail::slab_count(*layers) == 3 && cell.a == cell.b && cell.gamma == 120) {
    for (const Miller& hkl : {Miller{0, 0, 3}, Miller{0, 0, 6}, Miller{1, 0, 4}, Miller{0, 1, 5}, Miller{1, 1, 0}})
      if (const auto position = place(hkl)) lines.push_back({name_of(hkl), *position, half_window});
    return lines;
  }

  // By calculated area: what one sees.
  std::vector<double> grid;
  for (double angle = range.low; angle <= range.high; angle += 0.05) grid.push_back(angle);
  if (grid.size() < 2) return lines;
  CalculationOptions options;
  options.scattering.dispersion = model.diffractometer.radiation.anode.has_value();
  PatternCalculator<Crystal> calculator(model, grid, options);
  std::vector<double> counts(grid.size());
  calculator.calculate(model, counts);
  struct CalculatedLine {
    Miller hkl;
    double position, area;
  };
  std::vector<CalculatedLine> candidates;
  const auto reflections = calculator.reflections_of(phase);
  const auto peaks = calculator.peaks_of(phase);
  for (std::size_t r = 0; r < reflections.size(); ++r)
    if (const auto position = place(reflections[r].hkl)) candidates.push_back({reflections[r].hkl, *position, peaks[r * model.diffractometer.radiation.count].area});
  std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.area > b.area; });
  constexpr std::size_t most = 5;
  constexpr double weak = 0.05;  // of the strongest: no rival in a window
  for (const auto& c : candidates) {
    if (lines.size() == most || c.area < weak * candidates.front().area) break;
    const bool alone = std::none_of(candidates.begin(), candidates.end(), [&](const auto& other) {
      return !(other.hkl == c.hkl) && std::abs(other.position - c.position) < half_window && other.area > weak * c.area;
    });
    if (alone) lines.push_back({name_of(c.hkl), c.position, half_window});
  }
  std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.position < b.position; });
  return lines;
}

}  // namespace lamella
