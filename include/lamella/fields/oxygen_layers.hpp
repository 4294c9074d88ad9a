// A field around the oxygens of each layer, and by the metals they are bonded to.
#pragma once

#include <lamella/chemistry/composition.hpp>           // is_alkali, detail::is_anion
#include <lamella/chemistry/species.hpp>               // Species, neutral
#include <lamella/core/error.hpp>                      // fail
#include <lamella/crystal/coordinates.hpp>             // Fractional, Cartesian, Miller
#include <lamella/crystal/structure.hpp>               // Structure
#include <lamella/crystal/unit_cell.hpp>               // cartesian_axes, d_spacing, reciprocal_metric
#include <lamella/fields/sphere_average.hpp>           // sphere_average
#include <lamella/fields/volumetric_grid.hpp>          // VolumetricGrid
#include <lamella/layered/detail/anion_planes.hpp>     // atoms_of, anion_planes
#include <lamella/layered/layer_metrology.hpp>         // measure_layers

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A field around the anions of one plane, in layered oxides the oxygens.
struct OxygenLayer {
  /// The bonds of one metal to the oxygens of the layer.
  struct Metal {
    Species element;
    std::size_t bonds = 0;
    double mean = 0;  ///< of the spheres around the oxygens of these bonds, an oxygen counted once for each bond
  };

  double height = 0;          ///< above the origin along the stacking axis, Å
  std::size_t oxygens = 0;    ///< per cell
  double mean = 0;            ///< over the spheres around the oxygens
  double maximum = 0;         ///< the largest value in these spheres
  std::vector<Metal> metals;  ///< by atomic number
};

/// The oxygen layers of a field on the grid of a layered structure, by height, and their stacking axis; no layers where the
/// structure is not layered.
struct OxygenLayers {
  Miller axis{0, 0, 1};  ///< the layers are lattice planes (hkl) of these indices
  std::vector<OxygenLayer> layers;
};

/// Averages a field within `radius` (Å) of each oxygen, layer by layer; the layers and the stacking axis are those of
/// `measure_layers`. A metal is a neighbour of an oxygen within 2.9 Å: farther than the long bonds of Jahn-Teller octahedra
/// (2.4 Å), nearer than the next metals of a slab (3.5 Å). Alkali is no metal here. Throws where the structure is of another
/// cell than the grid, and as `sphere_average`.
inline OxygenLayers oxygen_layers(const VolumetricGrid& grid, const Structure<double>& structure, double radius = 1.0) {
  constexpr double longest_bond = 2.9;
  const auto edges = [](const UnitCell<double>& c) { return std::array{c.a, c.b, c.c, c.alpha, c.beta, c.gamma}; };
  const auto of_grid = edges(grid.cell), of_structure = edges(structure.cell);
  for (std::size_t i = 0; i < 6; ++i)
    if (!(std::abs(of_grid[i] - of_structure[i]) <= 1e-6 * std::abs(of_grid[i])))
      fail("a structure with the cell " + to_string(structure.cell) + " for a grid on " + to_string(grid.cell) + ", expected the same");
  OxygenLayers result;
  if (structure.sites.empty()) return result;
  const auto layers = measure_layers(structure);
  if (!layers) return result;
  result.axis = layers->axis;

  const auto atoms = detail::atoms_of(structure);
  const double period = d_spacing(structure.cell, layers->axis);
  const auto axes = cartesian_axes(structure.cell);
  const auto reciprocal = reciprocal_metric(structure.cell);
  const auto images = [&](double inverse_square) { return static_cast<int>(longest_bond * std::sqrt(inverse_square) + 0.5); };
  const std::array<int, 3> reach = {images(reciprocal.xx), images(reciprocal.yy), images(reciprocal.zz)};
  /// How many images of `metal` are within a bond of `oxygen`.
  const auto bonds = [&](const Fractional<double>& oxygen, const Fractional<double>& metal) {
    std::size_t count = 0;
    const auto nearest = [](double d) { return d - std::round(d); };
    const Fractional<double> d{nearest(metal.x - oxygen.x), nearest(metal.y - oxygen.y), nearest(metal.z - oxygen.z)};
    for (int i = -reach[0]; i <= reach[0]; ++i)
      for (int j = -reach[1]; j <= reach[1]; ++j)
        for (int k = -reach[2]; k <= reach[2]; ++k) {
          const auto v = axes(Fractional<double>{d.x + i, d.y + j, d.z + k});
          if (dot(v, v) <= longest_bond * longest_bond) ++count;
        }
    return count;
  };

  const std::span<const detail::LayerAtom<double>> all(atoms);
  for (const auto& plane : detail::anion_planes(all, layers->axis, period, detail::has_oxygen(all))) {
    OxygenLayer layer;
    layer.height = (plane.height - std::floor(plane.height)) * period;
    layer.oxygens = plane.atoms.size();
    std::map<Species, std::pair<std::size_t, double>> metals;
    for (const std::size_t o : plane.atoms) {
      const auto sphere = sphere_average(grid, atoms[o].position, radius);
      layer.mean += sphere.mean / static_cast<double>(layer.oxygens);
      layer.maximum = o == plane.atoms.front() ? sphere.maximum : std::max(layer.maximum, sphere.maximum);
      for (const auto& atom : atoms) {
        if (is_alkali(atom.species) || detail::is_anion(atom.species, true)) continue;
        const std::size_t count = bonds(atoms[o].position, atom.position);
        if (count == 0) continue;
        auto& [number, sum] = metals[neutral(atom.species)];
        number += count;
        sum += static_cast<double>(count) * sphere.mean;
      }
    }
    for (const auto& [element, found] : metals) layer.metals.push_back({element, found.first, found.second / static_cast<double>(found.first)});
    result.layers.push_back(std::move(layer));
  }
  std::sort(result.layers.begin(), result.layers.end(), [](const auto& x, const auto& y) { return x.height < y.height; });
  return result;
}

}  // namespace lamella::inline LAMELLA_ABI
