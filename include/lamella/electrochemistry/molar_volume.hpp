// Molar volume and density of a solid from its refined structure.
#pragma once

#include <lamella/core/constants.hpp>          // avogadro_constant
#include <lamella/core/error.hpp>              // fail
#include <lamella/core/measured.hpp>           // Measured
#include <lamella/crystal/cell_contents.hpp>   // cell_mass
#include <lamella/crystal/structure.hpp>       // Structure
#include <lamella/crystal/unit_cell.hpp>       // volume, require_valid

#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Volume of a mole of what weighs `molar_mass` (g/mol), cm³/mol: V N_A M / (mass of the cell). `volume_esd` is that of the cell, Å³.
/// The number of formula units in the cell need not be known. Throws where the cell is empty.
inline Measured molar_volume(const Structure<double>& structure, double molar_mass, double volume_esd = 0) {
  const double mass = cell_mass(structure);
  if (!(mass > 0)) fail("molar volume: the cell of " + (structure.name.empty() ? std::string("the structure") : structure.name) + " is empty, expected atoms");
  if (!(molar_mass > 0 && molar_mass < 1e9)) fail("molar volume: molar mass " + to_string(Measured{molar_mass, 0}) + ", expected a positive number in g/mol");
  const double per_volume = avogadro_constant * 1e-24 * molar_mass / mass;
  return {volume(structure.cell) * per_volume, volume_esd * per_volume};
}

}  // namespace lamella::inline LAMELLA_ABI
