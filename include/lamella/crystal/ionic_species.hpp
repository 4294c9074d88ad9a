// Turns the atoms of a structure into ions or back, for the choice of form factors and of bond valences.
#pragma once

#include <lamella/chemistry/oxidation_states.hpp>  // oxidation_states
#include <lamella/core/error.hpp>                  // fail
#include <lamella/core/measured.hpp>               // Measured, to_string
#include <lamella/crystal/cell_contents.hpp>       // cell_formula, cell_text
#include <lamella/crystal/structure.hpp>           // Structure

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

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
        fail("the charge of " + to_string(site.species) + " in " + detail::cell_text(structure) +
             " is not a whole number or cannot be told, expected ions in the structure file (such as Ni2+)");
      site.species.charge = static_cast<std::int8_t>(charge);
    }
  }
  return structure;
}

/// The structure with every atom of an element, whatever its charge was, at a mean charge: one site at a whole number, two in
/// the same place at another (Mn 3.333+: 2/3 Mn3+ and 1/3 Mn4+). Throws Error outside −9 … 9 and where no site has the element.
inline Structure<double> with_mean_charge(Structure<double> structure, Species element, double charge) {
  if (!(charge >= -9 && charge <= 9))
    fail("charge " + to_string(Measured{charge, 0}) + " of " + to_string(neutral(element)) + ", expected -9 to 9");
  double below = std::floor(charge), upper = charge - below;  // the share at the higher charge
  if (upper > 1 - 1e-9) ++below, upper = 0;
  if (upper < 1e-9) upper = 0;
  std::vector<Site<double>> sites;
  bool found = false;
  for (auto& site : structure.sites) {
    const bool meant = site.species.atomic_number == element.atomic_number;
    found = found || meant;
    sites.push_back(site);
    if (!meant) continue;
    sites.back().species.charge = static_cast<std::int8_t>(below);
    if (upper == 0) continue;
    sites.back().occupancy = site.occupancy * (1 - upper);
    sites.push_back(std::move(site));
    sites.back().species.charge = static_cast<std::int8_t>(below + 1);
    sites.back().occupancy *= upper;
  }
  if (!found) fail("no site holds " + to_string(neutral(element)) + ", expected an element of the structure");
  structure.sites = std::move(sites);
  return structure;
}

/// The structure with a whole charge on every atom: charges already stated stay, a site without one takes the mean oxidation
/// state of its element in `states`, and where that is no whole number becomes two sites in the same place with the charges
/// around it (Mn3.33+: 2/3 Mn3+ and 1/3 Mn4+). Throws Error where the states leave more than 1 % of the charge unbalanced or
/// lack an element.
inline Structure<double> with_usual_valences(Structure<double> structure, const OxidationStates& states) {
  const Formula formula = cell_formula(structure);
  double positive = 0;
  for (const auto& state : states)
    if (state.chosen > 0) positive += state.chosen * formula.element_amount(state.element);
  if (!states.balanced(0.01 * positive))
    fail("no usual oxidation states make " + detail::cell_text(structure) +
         " neutral, expected ions in the structure (such as Ni3+)");
  std::vector<Site<double>> sites;
  for (auto& site : structure.sites)
    detail::visit_valences({site.species, site.occupancy}, formula, states,
                           [&](Species ion, double occupancy) {
                             sites.push_back(site);
                             sites.back().species = ion;
                             sites.back().occupancy = occupancy;
                           });
  structure.sites = std::move(sites);
  return structure;
}
/// With the states chosen by `oxidation_states`. Throws Error for an element that has no usual state.
inline Structure<double> with_usual_valences(Structure<double> structure) {
  const OxidationStates states = oxidation_states(cell_formula(structure));
  return with_usual_valences(std::move(structure), states);
}

}  // namespace lamella::inline LAMELLA_ABI
