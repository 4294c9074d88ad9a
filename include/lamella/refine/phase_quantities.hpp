// What is read off a refined phase: weight fractions, volume, layers, each with its uncertainty.
#pragma once

#include <lamella/core/measured.hpp>              // Measured
#include <lamella/crystal/cell_contents.hpp>      // cell_mass
#include <lamella/crystal/unit_cell.hpp>          // volume
#include <lamella/layered/layer_metrology.hpp>    // measure_layers
#include <lamella/refine/rietveld.hpp>            // Refinement, derived, derived_jointly

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A parameter of a refined model. Its esd is 0 where it was held.
struct NamedParameter {
  std::string name;
  Measured value;
  bool free = false;
};

/// All parameters of a refined model, in listed order; those tied to a free one have its esd, scaled.
template <CrystalModel Crystal>
std::vector<NamedParameter> named_parameters(const Refinement<Crystal>& fit) {
  std::vector<NamedParameter> list;
  for_each_named_parameter([&](const std::string& name, const double& value) { list.push_back({name, {value, 0}, false}); }, fit.model);
  for (std::size_t f = 0; f < fit.free.size(); ++f)
    for (const auto& follower : fit.free[f].followers) {
      list[follower.index].value.esd = std::abs(follower.coefficient) * fit.esd(f);
      list[follower.index].free = true;
    }
  return list;
}

/// Weight fraction of a phase among the crystalline ones, 0-1: S Z M V over its sum, with S the scale, Z M the mass and V
/// the volume of the cell. R. J. Hill & C. J. Howard, J. Appl. Cryst. 20 (1987) 467.
template <CrystalModel Crystal>
Measured weight_fraction(const Refinement<Crystal>& fit, std::size_t phase) {
  return derived(fit, [phase](const auto& model) {
    using T = typename std::remove_cvref_t<decltype(model)>::scalar;
    T own(0.0), all(0.0);
    for (std::size_t p = 0; p < model.phases.size(); ++p) {
      const auto structure = structure_of(model.phases[p].crystal);
      const T mass = model.phases[p].scale * cell_mass(structure) * volume(structure.cell);
      all = all + mass;
      if (p == phase) own = mass;
    }
    return own / all;
  });
}

/// Cell volume of a phase, Å³.
template <CrystalModel Crystal>
Measured cell_volume(const Refinement<Crystal>& fit, std::size_t phase) {
  return derived(fit, [phase](const auto& model) { return volume(structure_of(model.phases[phase].crystal).cell); });
}

/// Slab and interslab of a refined phase, which share the error of the oxygen height and so are correlated at about −1.
struct RefinedLayers {
  std::string stacking;
  Derived<2> thickness;  ///< [0] slab d(O–TM–O), [1] interslab d(O–A–O), Å

  Measured slab_thickness() const { return thickness[0]; }
  Measured interslab_distance() const { return thickness[1]; }
  double correlation() const { return thickness.correlation(0, 1); }
};

/// The layers of a phase; nothing where its structure has none.
template <CrystalModel Crystal>
std::optional<RefinedLayers> refined_layers(const Refinement<Crystal>& fit, std::size_t phase) {
  const auto layers = measure_layers(structure_of(fit.model.phases[phase].crystal));
  if (!layers) return std::nullopt;
  return RefinedLayers{layers->stacking, derived_jointly(fit, [phase](const auto& model) {
                         const auto measured = measure_layers(structure_of(model.phases[phase].crystal));
                         return std::array{measured->slab_thickness(), measured->interslab_distance()};
                       })};
}

}  // namespace lamella
