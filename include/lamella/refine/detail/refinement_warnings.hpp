// What a user should know about a refinement beside its numbers.
#pragma once

#include <lamella/core/measured.hpp>            // fixed
#include <lamella/diffraction/phase.hpp>        // Phase, structure_of
#include <lamella/fit/levenberg_marquardt.hpp>  // LeastSquaresResult
#include <lamella/refine/refinement.hpp>        // Refinement

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Pairs of phases of one space group whose cells differ by less than 0.1 %.
template <CrystalModel Crystal>
std::vector<std::pair<std::size_t, std::size_t>> twins(const std::vector<Phase<Crystal>>& phases) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  const auto alike = [](double x, double y) { return std::abs(x - y) < 1e-3 * x; };
  for (std::size_t p = 0; p < phases.size(); ++p)
    for (std::size_t q = 0; q < p; ++q) {
      const auto one = structure_of(phases[q].crystal), other = structure_of(phases[p].crystal);
      const auto &a = one.cell, &b = other.cell;
      if (one.space_group.name() == other.space_group.name() && alike(a.a, b.a) && alike(a.b, b.b) && alike(a.c, b.c) && alike(a.alpha, b.alpha) &&
          alike(a.beta, b.beta) && alike(a.gamma, b.gamma))
        found.emplace_back(q, p);
    }
  return found;
}

/// Cell edges far from their start: of a wrong wavelength the cell makes good whatever the pattern does not show.
template <CrystalModel Crystal>
void add_cell_warnings(const std::vector<Phase<Crystal>>& start, Refinement<Crystal>& result) {
  constexpr double far = 0.04;
  for (std::size_t p = 0; p < start.size(); ++p) {
    const auto before = structure_of(start[p].crystal).cell, after = structure_of(result.model.phases[p].crystal).cell;
    double largest = 0;
    for (const double ratio : {after.a / before.a, after.b / before.b, after.c / before.c})
      if (std::abs(ratio - 1) > std::abs(largest)) largest = ratio - 1;
    if (std::abs(largest) > far)
      result.warnings.push_back("the cell of " + start[p].name + " ended " + fixed(100 * std::abs(largest), 1) +
                                (largest > 0 ? " % longer" : " % shorter") + " than it started: check the wavelength and the start");
  }
}

/// What does not fit together at all: phases that are not there, phases that are the same, a pattern that none explains.
template <CrystalModel Crystal>
void add_phase_warnings(const std::vector<Phase<Crystal>>& start, Refinement<Crystal>& result) {
  const auto& phases = result.model.phases;
  const auto& r = result.agreement;
  constexpr double much = 0.5;  // of the counts above background, and more than the noise accounts for
  if (r.Rwp_background_subtracted > much && r.GoF > 2)
    result.warnings.push_back("the model explains little of the pattern (Rwp without background " + fixed(100 * r.Rwp_background_subtracted, 0) +
                              " %): check the wavelength, and cell and space group of the phases");
  for (std::size_t p = 0; p < phases.size(); ++p) {
    if (phases[p].intensity_model != IntensityModel::structure) continue;
    if (!(phases[p].scale > 0)) {
      result.warnings.push_back("phase " + phases[p].name + " is not in the pattern: its scale went to 0, its other parameters mean nothing");
      continue;
    }
    for (std::size_t i = 0; i < result.free.size(); ++i)
      if (constexpr double sure = 3; result.free[i].name == phases[p].name + ".scale" && result.esd(i) > 0 && phases[p].scale < sure * result.esd(i))
        result.warnings.push_back("phase " + phases[p].name + " is hardly in the pattern: its scale is " + fixed(phases[p].scale / result.esd(i), 1) +
                                  " of its esd");
  }
  auto alike = twins(phases);
  const auto at_start = twins(start);
  alike.insert(alike.end(), at_start.begin(), at_start.end());
  std::sort(alike.begin(), alike.end());
  alike.erase(std::unique(alike.begin(), alike.end()), alike.end());
  for (const auto& [q, p] : alike)
    result.warnings.push_back("phases " + phases[q].name + " and " + phases[p].name +
                              " have one space group and started or ended with nearly one cell: the pattern hardly tells them apart");
}

/// What a user should know about a fit beside its numbers.
template <CrystalModel Crystal>
void add_warnings(const LeastSquaresResult& fit, Refinement<Crystal>& result) {
  const auto& free = result.free;
  const auto vanished = [&](const std::string& name) {
    return std::any_of(result.model.phases.begin(), result.model.phases.end(),
                       [&](const auto& phase) { return name == phase.name + ".scale" && !(phase.scale > 0); });
  };
  for (std::size_t i = 0; i < free.size(); ++i)
    if (fit.at_bound[i] && !vanished(free[i].name))
      result.warnings.push_back(free[i].name + " ended on a bound of its allowed range: its esd means little");
  // More than a few are one mistake: the sites of a file that states less symmetry than it has.
  constexpr std::size_t few = 5;
  const auto more = [&](std::size_t count) {
    return count > few ? ", and " + std::to_string(count - 1) + " more of that kind: do sites repeat each other, as in a file that states less symmetry than it has?" : "";
  };
  for (std::size_t k = 0; k < (fit.undetermined.size() > few ? 1 : fit.undetermined.size()); ++k)
    result.warnings.push_back("the data do not depend on " + free[fit.undetermined[k]].name + more(fit.undetermined.size()));
  for (std::size_t k = 0; k < (fit.dependent.size() > few ? 1 : fit.dependent.size()); ++k)
    result.warnings.push_back("the data do not tell " + free[fit.dependent[k].first].name + " from " + free[fit.dependent[k].second].name + ": hold one of them" +
                              more(fit.dependent.size()));
  constexpr double high = 0.98;
  for (std::size_t i = 0; i < free.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (const double r = result.correlation(i, j); std::abs(r) > high)
        result.warnings.push_back(free[j].name + " and " + free[i].name + " are correlated at " + fixed(r, 3));
}

}  // namespace detail
}  // namespace lamella
