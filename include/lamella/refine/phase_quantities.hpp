// What is read off a refined phase: weight fractions, volume, layers, each with its uncertainty.
#pragma once

#include <lamella/core/measured.hpp>              // Measured
#include <lamella/crystal/cell_contents.hpp>      // cell_mass
#include <lamella/crystal/measured_structure.hpp> // MeasuredStructure
#include <lamella/crystal/structure.hpp>          // equivalent_displacement
#include <lamella/crystal/unit_cell.hpp>          // volume, d_spacing
#include <lamella/layered/layer_metrology.hpp>    // measure_layers
#include <lamella/refine/refinement.hpp>          // Refinement, derived, derived_jointly

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
  if (fit.model.phases.size() == 1) return {1, 0};
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

/// The structure of a refined phase with the esds of its cell, positions, occupancies and displacements, each with every
/// correlation; sites with a tensor have the equivalent isotropic displacement and its esd beside it.
template <CrystalModel Crystal>
MeasuredStructure measured_structure(const Refinement<Crystal>& fit, std::size_t phase) {
  MeasuredStructure result = without_esds(structure_of(fit.model.phases[phase].crystal));
  auto& [structure, esds] = result;
  const auto cell = derived_jointly(fit, [phase](const auto& model) {
    const auto c = structure_of(model.phases[phase].crystal).cell;
    return std::array{c.a, c.b, c.c, c.alpha, c.beta, c.gamma};
  });
  esds.cell = {cell[0].esd, cell[1].esd, cell[2].esd, cell[3].esd, cell[4].esd, cell[5].esd};
  for (std::size_t s = 0; s < structure.sites.size(); ++s) {
    const auto values = derived_jointly(fit, [phase, s](const auto& model) {
      using T = typename std::remove_cvref_t<decltype(model)>::scalar;
      const auto own = structure_of(model.phases[phase].crystal);
      const auto& site = own.sites[s];
      const auto u = site.u_aniso.value_or(AnisotropicDisplacement<T>{});
      const T equivalent = site.u_aniso ? equivalent_displacement(own.cell, u) : site.u_iso;
      return std::array{site.position.x, site.position.y, site.position.z, site.occupancy, equivalent, u.U11, u.U22, u.U33, u.U12, u.U13, u.U23};
    });
    Site<double>& site = esds.sites[s];
    site.position = {values[0].esd, values[1].esd, values[2].esd};
    site.occupancy = values[3].esd;
    site.u_iso = values[4].esd;
    structure.sites[s].u_iso = values[4].value;
    if (site.u_aniso) site.u_aniso = {values[5].esd, values[6].esd, values[7].esd, values[8].esd, values[9].esd, values[10].esd};
  }
  return result;
}

/// Spacing d(hkl) of a phase, Å: d(003) and d(104) of an O3 phase, to compare with a lattice image or a zone-axis pattern.
template <CrystalModel Crystal>
Measured reflection_spacing(const Refinement<Crystal>& fit, std::size_t phase, const Miller& hkl) {
  return derived(fit, [phase, hkl](const auto& model) { return d_spacing(structure_of(model.phases[phase].crystal).cell, hkl); });
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
