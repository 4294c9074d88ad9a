// Layers with esds: what `measure_layers` finds in a structure whose cell and coordinates have esds.
#pragma once

#include <lamella/core/dual.hpp>                    // Dual
#include <lamella/core/error.hpp>                   // fail
#include <lamella/core/measured.hpp>                // Measured
#include <lamella/crystal/measured_structure.hpp>   // MeasuredStructure
#include <lamella/crystal/structure.hpp>            // rebound
#include <lamella/crystal/symmetry_constraints.hpp> // polar_directions
#include <lamella/crystal/symmetry_ties.hpp>        // tie_by_symmetry, ParameterIndex
#include <lamella/fit/derived_values.hpp>           // Derived
#include <lamella/fit/free_parameters.hpp>          // FreeParameter, FreeParameters
#include <lamella/fit/parameters.hpp>               // for_each_parameter, parameter_addresses, …
#include <lamella/layered/layer_metrology.hpp>      // measure_layers, Layers

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The layers of a structure and the esds of their distances, 0 where a distance has none.
///
/// Propagated from the esds of the cell and the coordinates to first order, exact derivatives, the parameters that symmetry
/// leaves free being independent (a and b of a hexagonal cell are one parameter, and so are x and 2x). A file states no
/// correlations between its parameters; those of the refinement itself are in its covariance (`derived`). Occupancies weight
/// the mean bond lengths and count as exact. Cell edges and angles without an esd count as exact where other parameters have
/// one; a distance that depends on a free coordinate without an esd has none, but for the one that holds the origin of a polar
/// group.
struct MeasuredLayers {
  Layers<double> layers;
  std::vector<Measured> thickness;                   ///< of each of `layers.layers`, Å
  std::vector<std::optional<Measured>> bond_length;  ///< mean bond length of each of `layers.layers`, Å
  Derived<2> mean_thickness;                         ///< [0] slabs d(O–TM–O), [1] interslabs d(O–A–O), Å
  std::vector<std::string> notes;                    ///< what is left out of the esds

  Measured slab_thickness() const { return mean_thickness[0]; }
  Measured interslab_distance() const { return mean_thickness[1]; }
  /// Of slab and interslab: about −1 where both rest on the height of the anions. 0 without esds.
  double correlation() const { return mean_thickness.correlation(0, 1); }
};

namespace detail {

/// A direction in the space of parameters: what moves, and how far per esd.
struct EsdDirection {
  struct Step {
    std::size_t parameter;
    double size;
  };
  std::vector<Step> steps;
};

/// How far each independent parameter moves within its esd.
struct EsdDirections {
  std::vector<EsdDirection> known;
  EsdDirection unknown;              ///< all free coordinates without an esd, each by a size of its own
  std::vector<std::string> missing;  ///< the names of the latter
  bool cell_incomplete = false;      ///< whether a free cell parameter has none
};

inline EsdDirections esd_directions(const MeasuredStructure& measured) {
  const auto names = parameter_names(measured.structure);
  const auto esds = parameter_values(measured.esds);
  FreeParameters parameters(std::vector<std::string>(names.size(), "free"));
  tie_by_symmetry(measured.structure, 0, parameters);
  parameters.release("free");
  // What may carry an esd: parameters of the cell (3) and coordinates, by their axis (0, 1, 2).
  constexpr std::size_t of_cell = 3, other = 4;
  std::vector<std::size_t> kind(names.size(), other);
  const ParameterIndex index(measured.structure);
  for_each_parameter([&](const double& x) { kind[index(x)] = of_cell; }, measured.structure.cell);
  for (const auto& site : measured.structure.sites) {
    std::size_t axis = 0;
    for_each_parameter([&](const double& x) { kind[index(x)] = axis++; }, site.position);
  }
  EsdDirections directions;
  // The origin of a polar group is held by a coordinate that has no esd because it needs none.
  std::array<bool, 3> origin_to_hold{};
  for (const auto& direction : polar_directions(measured.structure.space_group))
    for (std::size_t i = 0; i < 3; ++i)
      if (direction[i] != 0) {
        origin_to_hold[i] = true;
        break;
      }
  for (const FreeParameter& free : parameters.list()) {
    const std::size_t lead = free.followers.front().index;
    if (kind[lead] == other) continue;
    const bool in_cell = kind[lead] == of_cell;
    double esd = 0;
    for (const auto& follower : free.followers)
      if (!(esd > 0 && std::isfinite(esd))) esd = esds[follower.index] / std::abs(follower.coefficient);
    if (!std::isfinite(esd)) esd = 0;
    EsdDirection direction;
    const auto add = [&](EsdDirection& to, double size) {
      for (const auto& follower : free.followers) to.steps.push_back({follower.index, follower.coefficient * size});
    };
    if (esd > 0) {
      add(direction, esd);
      directions.known.push_back(std::move(direction));
    } else if (in_cell) {
      directions.cell_incomplete = true;
    } else if (bool& hold = origin_to_hold[kind[lead]]; hold) {
      hold = false;
    } else {
      // Sizes between 1 and 2 without a common measure, so that no two of them cancel.
      const double golden = static_cast<double>(directions.missing.size() + 1) * 0.6180339887498949;
      add(directions.unknown, 1 + golden - std::floor(golden));
      directions.missing.push_back(names[lead]);
    }
  }
  return directions;
}

/// The distances that get esds: mean slab and interslab, then thickness and bond length (0 where there is none) of each layer.
template <Scalar T>
std::vector<T> layer_distances(const Layers<T>& layers) {
  std::vector<T> distances{layers.slab_thickness(), layers.interslab_distance()};
  for (const auto& layer : layers.layers) {
    distances.push_back(layer.thickness);
    distances.push_back(layer.bond_length.value_or(T(0.0)));
  }
  return distances;
}

}  // namespace detail

/// Measures the layers of a structure with esds; nothing where it has none. Throws where `esds` lists other sites than
/// `structure`.
inline std::optional<MeasuredLayers> measure_layers(const MeasuredStructure& measured) {
  const auto& structure = measured.structure;
  if (measured.esds.sites.size() != structure.sites.size())
    fail("esds of " + std::to_string(measured.esds.sites.size()) + " sites, expected " + std::to_string(structure.sites.size()));
  for (std::size_t i = 0; i < structure.sites.size(); ++i)
    if (measured.esds.sites[i].u_aniso.has_value() != structure.sites[i].u_aniso.has_value())
      fail("esds of site \"" + structure.sites[i].label + "\" with other displacement parameters than its own, expected the same");
  auto layers = measure_layers(structure);
  if (!layers) return std::nullopt;
  MeasuredLayers result{std::move(*layers), {}, {}, {}, {}};
  const auto values = detail::layer_distances(result.layers);
  std::vector<double> variance(values.size(), 0.0);
  double covariance = 0;

  auto directions = detail::esd_directions(measured);
  if (!directions.known.empty()) {
    constexpr std::size_t width = 8;
    using Wide = Dual<double, width>;
    auto& all = directions.known;
    const std::size_t known = all.size();
    if (!directions.missing.empty()) all.push_back(std::move(directions.unknown));
    std::vector<bool> unknown(values.size(), false);
    for (std::size_t first = 0; first < all.size(); first += width) {
      const std::size_t last = std::min(first + width, all.size());
      auto dual = rebound<Wide>(structure);
      const auto address = parameter_addresses(dual);
      for (std::size_t d = first; d < last; ++d)
        for (const auto& step : all[d].steps) address[step.parameter]->grad[d - first] = step.size;
      const auto moved = measure_layers(dual);
      if (!moved) continue;  // the decisions rest on values, which are the same
      const auto distances = detail::layer_distances(*moved);
      for (std::size_t d = first; d < last; ++d) {
        const auto shift = [&](std::size_t i) { return distances[i].grad[d - first]; };
        for (std::size_t i = 0; i < distances.size(); ++i) {
          if (d < known) variance[i] += shift(i) * shift(i);
          else unknown[i] = std::abs(shift(i)) > 1e-7;  // Å per unit of the coordinate: more than rounding
        }
        if (d < known) covariance += shift(0) * shift(1);
      }
    }
    const auto has_none = [&](std::size_t i) { return unknown[i] || !std::isfinite(variance[i]); };
    if (has_none(0) || has_none(1)) covariance = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (has_none(i)) variance[i] = 0;
    if (std::find(unknown.begin(), unknown.end(), true) != unknown.end()) {
      std::string names;
      for (std::size_t i = 0; i < std::min<std::size_t>(3, directions.missing.size()); ++i)
        names += (i == 0 ? "" : ", ") + directions.missing[i];
      result.notes.push_back("distances that depend on coordinates without an esd have none (" + names +
                             (directions.missing.size() > 3 ? ", …)" : ")"));
    }
    if (directions.cell_incomplete)
      result.notes.push_back("cell parameters without an esd count as exact in the esds of the distances");
  }

  result.mean_thickness = {{values[0], values[1]}, {{{variance[0], covariance}, {covariance, variance[1]}}}};
  for (std::size_t i = 0; i < result.layers.layers.size(); ++i) {
    result.thickness.push_back({values[2 + 2 * i], std::sqrt(variance[2 + 2 * i])});
    result.bond_length.emplace_back();
    if (result.layers.layers[i].bond_length) result.bond_length.back() = Measured{values[3 + 2 * i], std::sqrt(variance[3 + 2 * i])};
  }
  return result;
}

}  // namespace lamella
