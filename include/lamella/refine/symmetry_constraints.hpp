// Ties the parameters of a structure as its space group demands.
#pragma once

#include <lamella/crystal/structure.hpp>             // Structure
#include <lamella/crystal/symmetry_constraints.hpp>  // cell_freedom, site_freedom
#include <lamella/fit/free_parameters.hpp>           // FreeParameters
#include <lamella/layered/layered_crystal.hpp>       // LayeredCrystal

#include <array>
#include <cmath>
#include <cstddef>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Ties and locks the cell and the coordinates of `structure`, whose parameters begin with `prefix`. Sites on one
/// position (several species sharing it) move together and share U.
inline void constrain(const Structure<double>& structure, const std::string& prefix, FreeParameters& parameters) {
  const auto index = [&](const std::string& name) { return parameters.find(prefix + "." + name).front(); };
  constexpr std::array cell_names{"a", "b", "c", "alpha", "beta", "gamma"};
  const auto freedom = cell_freedom(structure.space_group);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto own = index(std::string("cell.") + cell_names[i]);
    if (freedom.fixed[i])
      parameters.lock(own);
    else if (freedom.tied_to[i] != i)
      parameters.tie(own, index(std::string("cell.") + cell_names[freedom.tied_to[i]]));
  }
  constexpr std::array axis_names{".x", ".y", ".z"};
  const auto& sites = structure.sites;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const auto& p = sites[s].position;
    std::size_t twin = 0;
    for (; twin < s; ++twin) {
      const auto& q = sites[twin].position;
      if (std::abs(p.x - q.x) + std::abs(p.y - q.y) + std::abs(p.z - q.z) < 1e-4) break;
    }
    const std::string own = sites[s].label, other = sites[twin].label;
    if (twin < s) {
      for (const auto* axis : axis_names) parameters.tie(index(own + axis), index(other + axis));
      parameters.tie(index(own + ".Uiso"), index(other + ".Uiso"));
      continue;
    }
    std::array<bool, 3> moves{};
    for (const auto& direction : site_freedom(structure.space_group, p)) {
      std::size_t lead = 0;
      while (std::abs(direction[lead]) < 1e-9) ++lead;
      moves[lead] = true;
      for (std::size_t i = lead + 1; i < 3; ++i) {
        if (std::abs(direction[i]) < 1e-9) continue;
        parameters.tie(index(own + axis_names[i]), index(own + axis_names[lead]), direction[i]);
        moves[i] = true;
      }
    }
    for (std::size_t i = 0; i < 3; ++i)
      if (!moves[i]) parameters.lock(index(own + axis_names[i]));
  }
}

/// A layered crystal obeys its symmetry by construction.
template <class S>
void constrain(const LayeredCrystal<S, double>& /*crystal*/, const std::string& /*prefix*/, FreeParameters& /*parameters*/) {}

}  // namespace lamella
