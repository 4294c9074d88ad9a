// Ties the parameters of a crystal in a model as its space group demands.
#pragma once

#include <lamella/crystal/structure.hpp>             // Structure
#include <lamella/crystal/symmetry_constraints.hpp>  // polar_directions
#include <lamella/crystal/symmetry_ties.hpp>         // tie_by_symmetry
#include <lamella/diffraction/phase.hpp>             // CrystalModel
#include <lamella/fit/free_parameters.hpp>           // FreeParameters

#include <array>
#include <cstddef>
#include <string>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// In a polar group the origin floats along some axes, and no pattern tells where it is: the heaviest atom holds it.
inline void hold_origin(const Structure<double>& structure, const std::string& prefix, FreeParameters& parameters) {
  const Site<double>* heaviest = nullptr;
  for (const auto& site : structure.sites)
    if (heaviest == nullptr || site.species.atomic_number > heaviest->species.atomic_number) heaviest = &site;
  if (heaviest == nullptr) return;
  constexpr std::array axis_names{".x", ".y", ".z"};
  for (const auto& direction : polar_directions(structure.space_group)) {
    std::size_t lead = 0;
    while (direction[lead] == 0) ++lead;
    parameters.lock(parameters.find(prefix + "." + heaviest->label + axis_names[lead]).front());
  }
}

}  // namespace detail

/// Ties and locks the cell and the coordinates of `structure`, whose parameters begin with `prefix`. Sites on one
/// position (several species sharing it) move together and share U. Where the group leaves the origin free along an axis, the
/// heaviest atom holds it.
inline void constrain(const Structure<double>& structure, const std::string& prefix, FreeParameters& parameters) {
  tie_by_symmetry(structure, parameters.find(prefix + ".cell.a").front(), parameters);
  detail::hold_origin(structure, prefix, parameters);
}

/// The default for crystal models that are no list of sites, such as a `LayeredCrystal`: they obey their symmetry by construction.
template <CrystalModel Crystal>
void constrain(const Crystal& /*crystal*/, const std::string& /*prefix*/, FreeParameters& /*parameters*/) {}

}  // namespace lamella
