// Turns the atoms of a structure into ions or back, for the choice of form factors.
#pragma once

#include <lamella/chemistry/oxidation_states.hpp>  // oxidation_states
#include <lamella/core/error.hpp>                  // fail
#include <lamella/crystal/cell_contents.hpp>       // cell_formula
#include <lamella/crystal/structure.hpp>           // Structure

#include <cmath>
#include <cstdint>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// The structure with neutral atoms on all sites.
inline Structure<double> with_neutral_species(Structure<double> structure) {
  for (auto& site : structure.sites) site.species = neutral(site.species);
  return structure;
}

/// The structure with ions on all sites: charges already stated stay, the others are the conventional oxidation states
/// that make the cell neutral. Throws where an element would need a fractional charge: then state its ions.
inline Structure<double> with_ionic_species(Structure<double> structure) {
  const Formula formula = cell_formula(structure);
  const auto states = oxidation_states(neutral(formula));
  for (auto& site : structure.sites) {
    if (site.species.charge != 0) continue;
    for (const auto& state : states) {
      if (state.element != site.species) continue;
      const double charge = std::round(state.chosen);
      if (!states.balanced(0.01) || std::abs(state.chosen - charge) > 0.01 || charge == 0)
        fail("the charge of " + to_string(site.species) + " in " + to_string(formula) +
             " is not a whole number or cannot be told, expected ions in the structure file (such as Ni2+)");
      site.species.charge = static_cast<std::int8_t>(charge);
    }
  }
  return structure;
}

}  // namespace lamella
