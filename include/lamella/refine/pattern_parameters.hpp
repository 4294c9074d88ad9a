// Which parameters of a powder model may be refined, and within which bounds.
#pragma once

#include <lamella/core/constants.hpp>               // degree
#include <lamella/crystal/unit_cell.hpp>            // reciprocal_metric
#include <lamella/diffraction/powder_model.hpp>     // PowderModel
#include <lamella/fit/free_parameters.hpp>          // FreeParameters
#include <lamella/fit/parameters.hpp>               // parameter_names, for_each_named_parameter, matches
#include <lamella/refine/symmetry_constraints.hpp>  // constrain

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

inline void lock_all(FreeParameters& parameters, const std::string& pattern) {
  for (const std::size_t i : parameters.find(pattern)) parameters.lock(i);
}

/// Without a structure only cell, widths and intensities act; reflections that the pattern cannot tell apart share a change.
template <CrystalModel Crystal>
void constrain_free_intensities(const PowderModel<Crystal>& model, std::size_t p, FreeParameters& parameters) {
  const auto& phase = model.phases[p];
  const auto structure = structure_of(phase.crystal);
  for (const char* unused : {"scale", "preferred_orientation.r", "extinction"}) lock_all(parameters, phase.name + "." + unused);
  for (const char* unused : {"x", "y", "z", "occupancy", "Uiso", "U11", "U22", "U33", "U12", "U13", "U23"})
    lock_all(parameters, phase.name + ".*." + unused);
  if (phase.intensity_model != IntensityModel::pawley) return;
  const auto g = reciprocal_metric(structure.cell);
  const double wavelength = model.diffractometer.radiation.line[0].wavelength;
  const auto angle = [&](std::size_t i) {
    return 2 / degree * std::asin(std::min(1.0, 0.5 * wavelength * std::sqrt(g.quadratic_form(phase.intensities[i].hkl))));
  };
  std::vector<std::size_t> order(phase.intensities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return angle(i) < angle(j); });
  constexpr double apart = 0.01;  // degrees 2θ: closer peaks are one peak to any powder diffractometer
  const auto index = [&](std::size_t i) { return parameters.find(phase.name + ".intensity." + index_name(phase.intensities[i].hkl)).front(); };
  for (std::size_t k = 1, head = 0; k < order.size(); ++k) {
    if (angle(order[k]) - angle(order[head]) < apart)
      parameters.tie(index(order[k]), index(order[head]));
    else
      head = k;
  }
}

/// Keeps cells and sites near their start: what lies further off is another cell or structure, and a fit that goes there has lost its way.
template <CrystalModel Crystal>
void bound_crystals(const PowderModel<Crystal>& model, FreeParameters& parameters) {
  constexpr double edge = 0.15, angle = 15, coordinate = 0.5;  // relative; degrees; of an edge
  for_each_named_parameter([&](const std::string& name, const double& value) {
    for (const char* pattern : {"*.cell.a", "*.cell.b", "*.cell.c", "*.lattice.a", "*.lattice.b", "*.lattice.c"})
      if (matches(pattern, name)) parameters.bound(name, (1 - edge) * value, (1 + edge) * value);
    for (const char* pattern : {"*.cell.alpha", "*.cell.beta", "*.cell.gamma", "*.lattice.beta"})
      if (matches(pattern, name)) parameters.bound(name, value - angle, value + angle);
    for (const char* pattern : {"*.*.x", "*.*.y", "*.*.z"})
      if (matches(pattern, name)) parameters.bound(name, value - coordinate, value + coordinate);
  }, model);
}

}  // namespace detail

/// All parameters of a powder model: symmetry constraints applied, physical bounds set, what the geometry has no use for locked,
/// none released.
template <CrystalModel Crystal>
FreeParameters free_parameters(const PowderModel<Crystal>& model) {
  FreeParameters parameters(parameter_names(model));
  for (std::size_t p = 0; p < model.phases.size(); ++p) {
    const auto& phase = model.phases[p];
    constrain(phase.crystal, phase.name, parameters);
    if (phase.intensity_model != IntensityModel::structure) detail::constrain_free_intensities(model, p, parameters);
  }
  for (const auto& phase : model.phases) {
    if (phase.uniaxial_size) detail::lock_all(parameters, phase.name + ".size");
    if (phase.uniaxial_strain || phase.quartic_strain) detail::lock_all(parameters, phase.name + ".strain");
  }
  const Geometry geometry = model.diffractometer.geometry;
  if (geometry == Geometry::bragg_brentano)
    detail::lock_all(parameters, "pattern.absorption");
  else
    detail::lock_all(parameters, "pattern.roughness.*");
  if (geometry == Geometry::transmission) detail::lock_all(parameters, "pattern.transparency");

  detail::bound_crystals(model, parameters);
  parameters.bound("pattern.W", 1e-6, 4);
  parameters.bound("pattern.asymmetry", 1e-3, 0.3);
  parameters.bound("pattern.absorption", 0, 10);
  parameters.bound("pattern.roughness.grazing", 0, 1);
  parameters.bound("pattern.roughness.depth", 0, 2);
  parameters.bound("pattern.background.hump.*.fwhm", 0.1, 90);
  parameters.bound("pattern.background.hump.*.eta", 0, 1);
  parameters.bound("*.scale", 0, INFINITY);
  for (const char* size : {"*.size", "*.uniaxial_size.*"}) parameters.bound(size, 20, 1e6);
  for (const char* strain : {"*.strain", "*.uniaxial_strain.*"}) parameters.bound(strain, 0, 0.1);
  for (const char* mixing : {"*.size_mixing", "*.strain_mixing"}) parameters.bound(mixing, 0, 1);
  parameters.bound("*.preferred_orientation.r", 0.1, 10);
  parameters.bound("*.extinction", 0, 1e4);
  parameters.bound("*.*.Uiso", 0, 1);
  parameters.bound("*.*.occupancy", 0, 1);
  return parameters;
}

}  // namespace lamella
