// Phases that a layered phase may turn into, built from what is known of it: O3, P3, O'3, P'3, O1, P2 …
#pragma once

#include <lamella/chemistry/composition.hpp>        // partition, to_formula
#include <lamella/chemistry/formula.hpp>            // Formula
#include <lamella/core/error.hpp>                   // fail
#include <lamella/crystal/cell_contents.hpp>        // cell_formula
#include <lamella/crystal/structure.hpp>            // Structure
#include <lamella/crystal/unit_cell.hpp>            // volume
#include <lamella/diffraction/phase.hpp>            // Phase
#include <lamella/diffraction/powder_model.hpp>     // PowderModel
#include <lamella/fit/free_parameters.hpp>          // FreeParameters
#include <lamella/layered/layer_metrology.hpp>      // measure_layers
#include <lamella/layered/layered_crystal.hpp>      // layered_crystal, structure_of
#include <lamella/layered/stacking.hpp>             // stacking::O3 …
#include <lamella/layered/stacking_structure.hpp>   // LayerDistances, stacking_structure
#include <lamella/refine/series_options.hpp>        // SeriesOptions

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What the candidates have in common: a composition AxMO2 and the distances of its layers.
struct LayeredHost {
  Formula formula;
  LayerDistances<double> layers;  ///< a of the triangular lattice of the same area, Å
};

/// That of a structure. Throws where it has no layers or does not consist of MO2 slabs with one metal each.
inline LayeredHost layered_host(const Structure<double>& structure) {
  const auto layers = measure_layers(structure);
  if (!layers) fail(structure.name + ": no layers are found, expected a layered oxide AxMO2");
  double anions = 0;
  const Formula cell = cell_formula(structure);
  for (const auto& [species, amount] : cell)
    if (detail::is_anion(species, true)) anions += amount;
  const double units = 0.5 * anions;
  Formula formula;
  for (const auto& [species, amount] : cell) formula.add(species, amount / units);
  Sublattices parts = partition(formula);
  // Refined occupancies may add up to more than there is room for.
  for (Formula* layer : {&parts.alkali, &parts.slab}) {
    if (layer->total() <= 1) continue;
    Formula scaled;
    for (const auto& [species, amount] : *layer) scaled.add(species, amount / layer->total());
    *layer = scaled;
  }
  const double slab = layers->slab_thickness(), interslab = layers->interslab_distance();
  const double area = volume(structure.cell) / (units * (slab + interslab));
  return {to_formula(parts), {std::sqrt(2 * area * std::numbers::inv_sqrt3), slab, interslab}};
}

/// A phase offered to a refinement, with ties that leave it one free oxygen height: metals stay in the middle of their slabs, alkali in
/// the middle of its gaps, and all oxygen has one U.
struct PhaseCandidate {
  Phase<Structure<double>> phase;               ///< its name is that of the stacking; not there yet: its scale is 0
  std::vector<std::string> locked{};            ///< parameters, by full name
  std::vector<std::pair<std::string, double>> heights{};  ///< oxygen heights and how they move with the first of them
  std::vector<std::string> displacements{};     ///< U of oxygen, all as the first

  void rename(const std::string& name) {
    const auto exchange = [&](std::string& of_parameter) { of_parameter.replace(0, phase.name.size(), name); };
    for (auto& parameter : locked) exchange(parameter);
    for (auto& [parameter, slope] : heights) exchange(parameter);
    for (auto& parameter : displacements) exchange(parameter);
    phase.name = name;
  }

  /// For `RefinementOptions::constrain`.
  void constrain(FreeParameters& parameters) const {
    const auto index = [&](const std::string& name) {
      const auto found = parameters.find(name);
      if (found.empty()) fail("candidate " + phase.name + ": the model has no parameter " + name);
      return found.front();
    };
    for (const auto& name : locked) parameters.lock(index(name));
    for (std::size_t i = 1; i < heights.size(); ++i) parameters.tie(index(heights[i].first), index(heights[0].first), heights[i].second);
    for (std::size_t i = 1; i < displacements.size(); ++i) parameters.tie(index(displacements[i]), index(displacements[0]));
  }
};

/// The stackings that `candidate_structure` builds.
inline constexpr std::string_view candidate_stackings = "O1, O2, O3, O'3, P2, P3, P'3, OP4";

/// The crystal of a host in another stacking, undistorted: the same a, slab and interslab. Throws where the name is none of
/// `candidate_stackings`.
inline Structure<double> candidate_structure(std::string_view stacking, const LayeredHost& host) {
  const auto build = [&]<class S>(S) {
    const auto& d = host.layers;
    return structure_of(layered_crystal(layered_lattice<S>(d.a, d.slab, d.interslab), host.formula));
  };
  if (stacking == "O1") return build(stacking::O1{});
  if (stacking == "O2") return build(stacking::O2{});
  if (stacking == "O3") return build(stacking::O3{});
  if (stacking == "O'3") return build(stacking::O3_prime{});
  if (stacking == "P2") return build(stacking::P2{});
  if (stacking == "P3") return build(stacking::P3{});
  if (stacking == "P'3") return build(stacking::P3_prime{});
  if (stacking == "OP4")
    return stacking_structure(stacking::OP4::sequence, host.layers, host.formula,
                              partition(host.formula).alkali.empty() ? AlkaliFilling::none : AlkaliFilling::all);
  fail("stacking \"" + std::string(stacking) + "\": expected one of " + std::string(candidate_stackings));
}

/// Builds a candidate from the phase at hand, with its peak widths, texture along the stacking axis and displacement parameters. Throws as `layered_host` and
/// `candidate_structure`.
inline PhaseCandidate phase_candidate(std::string_view stacking, const Phase<Structure<double>>& at_hand) {
  LayeredHost host = layered_host(at_hand.crystal);
  PhaseCandidate candidate{at_hand};
  auto& phase = candidate.phase;
  phase.name = stacking;
  phase.crystal = candidate_structure(stacking, host);
  phase.scale = 0;
  // What is given for directions or reflections of the other cell means nothing here.
  phase.uniaxial_size.reset();
  phase.uniaxial_strain.reset();
  phase.quartic_strain.reset();
  phase.texture.reset();
  if (phase.preferred_orientation) phase.preferred_orientation->axis = {0, 0, 1};
  phase.intensity_model = IntensityModel::structure;
  phase.intensities.clear();

  for (auto& site : phase.crystal.sites)
    for (const auto& own : at_hand.crystal.sites)
      if (own.species == site.species && !own.u_aniso) site.u_iso = own.u_iso;

  constexpr double thicker = 1e-3;  // Å
  host.layers.slab += thicker;
  host.layers.interslab -= thicker;
  const auto moved = candidate_structure(stacking, host);
  double first = 0;
  for (std::size_t i = 0; i < moved.sites.size(); ++i) {
    const auto& site = phase.crystal.sites[i];
    const std::string name = phase.name + "." + site.label;
    if (!detail::is_anion(site.species, true)) {
      candidate.locked.push_back(name + ".z");
      if (stacking == "P'3") candidate.locked.push_back(name + ".x");
      continue;
    }
    const double shift = moved.sites[i].position.z - site.position.z;
    if (candidate.heights.empty()) first = shift;
    candidate.heights.emplace_back(name + ".z", shift / first);
    candidate.displacements.push_back(name + ".Uiso");
  }
  return candidate;
}

namespace detail {

/// The layers of a hexagonal or monoclinic cell along c, by its height and the layer repeat of the host it was built from.
inline std::size_t layer_count(const Structure<double>& structure, const LayeredHost& host) {
  const double height = 1 / std::sqrt(reciprocal_metric(structure.cell).zz);
  return static_cast<std::size_t>(std::lround(height / (host.layers.slab + host.layers.interslab)));
}

}  // namespace detail

/// Offers candidates to a series: adds them to the model, which has the phase at hand as number `at_hand`, and to the options, with a search
/// for their first basal line from 4 % below to 9 % above its layer repeat. A candidate whose name is taken is called "P3-2" and so on.
/// Throws as `phase_candidate`.
inline void offer_candidates(const std::vector<std::string>& stackings, std::size_t at_hand, PowderModel<>& model, SeriesOptions<>& options) {
  if (at_hand >= model.phases.size()) fail("candidates: expected the number of one of the " + std::to_string(model.phases.size()) + " phases");
  constexpr double shorter = 0.96, longer = 1.09;
  const LayeredHost host = layered_host(model.phases[at_hand].crystal);
  const double repeat = host.layers.slab + host.layers.interslab;
  for (const auto& stacking : stackings) {
    auto candidate = phase_candidate(stacking, model.phases[at_hand]);
    const auto taken = [&](const std::string& name) {
      return std::any_of(model.phases.begin(), model.phases.end(), [&](const auto& phase) { return phase.name == name; });
    };
    std::string name = candidate.phase.name;
    for (int number = 2; taken(name); ++number) name = candidate.phase.name + "-" + std::to_string(number);
    candidate.rename(name);
    const std::size_t slabs = detail::layer_count(candidate.phase.crystal, host);
    const auto spacing = [slabs](const Phase<Structure<double>>& phase) {
      const auto g = reciprocal_metric(phase.crystal.cell);
      return 1 / std::sqrt(g.zz) / static_cast<double>(slabs);
    };
    const auto place = [stacking, at_hand](Phase<Structure<double>>& phase, double distance, const PowderModel<>& now) {
      const auto& own = now.phases[at_hand];
      LayeredHost there = layered_host(own.crystal);
      there.layers.interslab = std::max(0.1 * distance, distance - there.layers.slab);
      there.layers.slab = distance - there.layers.interslab;
      const auto crystal = candidate_structure(stacking, there);
      phase.crystal.cell = crystal.cell;
      for (std::size_t i = 0; i < crystal.sites.size(); ++i) {
        phase.crystal.sites[i].position = crystal.sites[i].position;
        phase.crystal.sites[i].occupancy = crystal.sites[i].occupancy;
      }
      // Its grains are, to begin with, those of the phase at hand.
      phase.size = own.size;
      phase.strain = own.strain;
      phase.size_mixing = own.size_mixing;
      phase.strain_mixing = own.strain_mixing;
      if (phase.preferred_orientation) phase.preferred_orientation->r = own.preferred_orientation->r;
    };
    options.candidates.push_back({.phase = name, .shortest = shorter * repeat, .longest = longer * repeat, .place = place, .spacing = spacing});
    const auto before = options.refinement.constrain;
    options.refinement.constrain = [before, candidate](FreeParameters& parameters) {
      candidate.constrain(parameters);
      if (before) before(parameters);
    };
    model.phases.push_back(candidate.phase);
  }
}

}  // namespace lamella
