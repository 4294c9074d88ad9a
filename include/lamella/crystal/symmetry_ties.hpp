// Ties the parameters of a structure as its space group demands.
#pragma once

#include <lamella/crystal/structure.hpp>             // Structure, AnisotropicDisplacement
#include <lamella/crystal/symmetry_constraints.hpp>  // cell_freedom, site_freedom
#include <lamella/crystal/tensor_symmetry.hpp>       // displacement_freedom
#include <lamella/crystal/unit_cell.hpp>             // reciprocal_metric
#include <lamella/fit/free_parameters.hpp>           // FreeParameters
#include <lamella/fit/parameters.hpp>                // for_each_parameter

#include <array>
#include <cmath>
#include <cstddef>
#include <unordered_map>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Where the parameters of a structure stand among those it lists.
class ParameterIndex {
 public:
  /// Of `structure`, which must stay where it is.
  explicit ParameterIndex(const Structure<double>& structure) {
    for_each_parameter([&](const double& x) { places_.emplace(&x, places_.size()); }, structure);
  }

  /// The number of a parameter of that structure: `index(structure.cell.a)` is 0.
  std::size_t operator()(const double& parameter) const { return places_.at(&parameter); }
  std::size_t size() const noexcept { return places_.size(); }

 private:
  std::unordered_map<const double*, std::size_t> places_;
};

/// Ties and locks the cell, the coordinates and the displacement tensors of `structure`, whose parameters are those of `parameters` from number `first`
/// on. Sites on one position (several species sharing it) move together and share U.
inline void tie_by_symmetry(const Structure<double>& structure, std::size_t first, FreeParameters& parameters) {
  const ParameterIndex place(structure);
  const auto index = [&](const double& parameter) { return first + place(parameter); };
  const auto freedom = cell_freedom(structure.space_group);
  const auto& c = structure.cell;
  const std::array<const double*, 6> cell{&c.a, &c.b, &c.c, &c.alpha, &c.beta, &c.gamma};
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (freedom.fixed[i])
      parameters.lock(index(*cell[i]));
    else if (freedom.tied_to[i] != i)
      parameters.tie(index(*cell[i]), index(*cell[freedom.tied_to[i]]));
  }
  const auto components = [](const AnisotropicDisplacement<double>& u) {
    return std::array<const double*, 6>{&u.U11, &u.U22, &u.U33, &u.U12, &u.U13, &u.U23};
  };
  const auto& sites = structure.sites;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const auto& p = sites[s].position;
    const std::array<const double*, 3> own{&p.x, &p.y, &p.z};
    std::size_t twin = 0;
    for (; twin < s; ++twin) {
      const auto& q = sites[twin].position;
      if (std::abs(p.x - q.x) + std::abs(p.y - q.y) + std::abs(p.z - q.z) < 1e-4) break;
    }
    if (twin < s) {
      const auto& q = sites[twin].position;
      const std::array<const double*, 3> other{&q.x, &q.y, &q.z};
      for (std::size_t i = 0; i < 3; ++i) parameters.tie(index(*own[i]), index(*other[i]));
      if (sites[s].u_aniso.has_value() != sites[twin].u_aniso.has_value()) continue;
      if (sites[s].u_aniso) {
        const auto mine = components(*sites[s].u_aniso), theirs = components(*sites[twin].u_aniso);
        for (std::size_t i = 0; i < mine.size(); ++i) parameters.tie(index(*mine[i]), index(*theirs[i]));
      } else {
        parameters.tie(index(sites[s].u_iso), index(sites[twin].u_iso));
      }
      continue;
    }
    if (sites[s].u_aniso) {
      const auto u = components(*sites[s].u_aniso);
      const auto g = reciprocal_metric(structure.cell);
      std::array<std::vector<FreeParameters::Term>, 6> terms;
      std::array<bool, 6> leads{};
      for (const auto& row : displacement_freedom(structure.space_group, p, {std::sqrt(g.xx), std::sqrt(g.yy), std::sqrt(g.zz)})) {
        std::size_t lead = 0;
        while (row[lead] == 0) ++lead;
        leads[lead] = true;
        for (std::size_t i = lead + 1; i < 6; ++i)
          if (row[i] != 0) terms[i].push_back({index(*u[lead]), row[i]});
      }
      for (std::size_t i = 0; i < 6; ++i) {
        if (!terms[i].empty())
          parameters.follow(index(*u[i]), terms[i]);
        else if (!leads[i])
          parameters.lock(index(*u[i]));
      }
    }
    std::array<bool, 3> moves{};
    for (const auto& direction : site_freedom(structure.space_group, p)) {
      std::size_t lead = 0;
      while (std::abs(direction[lead]) < 1e-9) ++lead;
      moves[lead] = true;
      for (std::size_t i = lead + 1; i < 3; ++i) {
        if (std::abs(direction[i]) < 1e-9) continue;
        parameters.tie(index(*own[i]), index(*own[lead]), direction[i]);
        moves[i] = true;
      }
    }
    for (std::size_t i = 0; i < 3; ++i)
      if (!moves[i]) parameters.lock(index(*own[i]));
  }
}

}  // namespace lamella
