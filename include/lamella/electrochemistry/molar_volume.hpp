// Molar volume of a layered oxide from its refined structure.
#pragma once

#include <lamella/chemistry/composition.hpp>      // partition
#include <lamella/core/constants.hpp>             // avogadro_constant
#include <lamella/core/dual.hpp>                  // Dual
#include <lamella/core/measured.hpp>              // Measured
#include <lamella/crystal/cell_contents.hpp>      // cell_formula
#include <lamella/crystal/measured_structure.hpp> // MeasuredStructure
#include <lamella/crystal/structure.hpp>          // Structure
#include <lamella/crystal/unit_cell.hpp>          // volume

#include <array>
#include <cmath>
#include <cstddef>

namespace lamella::inline LAMELLA_ABI {

/// Volume of a mole of formula units (two anions each, as `partition` counts), cm³/mol: V N_A/Z. `volume_esd` is that of the cell, Å³.
/// How much alkali the structure holds does not matter but through its volume. Throws where it has no anions or no slab cations.
inline Measured molar_volume(const Structure<double>& structure, double volume_esd = 0) {
  const Formula cell = cell_formula(structure);
  double anions = 0;
  for (const auto& term : partition(cell).anion) anions += cell.amount(term.species);
  const double per_volume = avogadro_constant * 1e-24 / (0.5 * anions);
  return {volume(structure.cell) * per_volume, volume_esd * per_volume};
}

/// Volume of a cell with its esd, Å³, from the esds of a refinement. Equal edges (or angles) with equal esds are one parameter, as
/// symmetry makes them; different ones are taken as uncorrelated, which a list of esds cannot tell.
inline Measured measured_volume(const UnitCell<double>& cell, const UnitCell<double>& esds) {
  using Wide = Dual<double, 6>;
  const std::array<double, 6> value{cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma};
  const std::array<double, 6> esd{esds.a, esds.b, esds.c, esds.alpha, esds.beta, esds.gamma};
  const auto at = [&](std::size_t i) { return Wide::variable(value[i], i); };
  const Wide v = volume(UnitCell<Wide>{at(0), at(1), at(2), at(3), at(4), at(5)});
  double square = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    bool counted = false;
    double slope = 0;
    for (std::size_t k = i < 3 ? 0 : 3; k < (i < 3 ? 3U : 6U); ++k) {
      if (value[k] != value[i] || esd[k] != esd[i]) continue;
      counted = counted || k < i;
      slope += v.grad[k];
    }
    if (!counted) square += slope * slope * esd[i] * esd[i];
  }
  return {v.value, std::sqrt(square)};
}

/// `molar_volume` of a refined structure, with the esd that those of its cell make.
inline Measured molar_volume(const MeasuredStructure& refined) {
  return molar_volume(refined.structure, measured_volume(refined.structure.cell, refined.esds.cell).esd);
}

}  // namespace lamella::inline LAMELLA_ABI
