// What cannot be refined at all, told before anything is calculated.
#pragma once

#include <lamella/core/constants.hpp>               // degree
#include <lamella/core/error.hpp>                   // fail
#include <lamella/core/measured.hpp>                // fixed
#include <lamella/diffraction/powder_model.hpp>     // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>   // PowderPattern
#include <lamella/diffraction/reflections.hpp>      // reflections
#include <lamella/fit/free_parameters.hpp>          // FreeParameters
#include <lamella/fit/parameters.hpp>               // for_each_named_parameter
#include <lamella/refine/plan.hpp>                  // Stage

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// What is wrong with the points of a pattern, by its name and their angle; empty where nothing is.
inline std::string points_fault(const PowderPattern& pattern) {
  const std::size_t n = pattern.size();
  if (n == 0) return "no points to refine against in " + pattern.source + ", expected a range of angles inside the pattern";
  if (pattern.intensity.size() != n || pattern.sigma.size() != n) return pattern.source + ": expected as many intensities and sigmas as angles";
  bool counts = false;
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = [&] { return pattern.source + ", at " + fixed(pattern.two_theta[i], 4) + "° 2θ: "; };
    if (!std::isfinite(pattern.two_theta[i]) || (i > 0 && !(pattern.two_theta[i] > pattern.two_theta[i - 1])))
      return pattern.source + ", point " + std::to_string(i + 1) + ": expected angles that increase";
    if (!std::isfinite(pattern.intensity[i])) return at() + "the intensity is not a number";
    if (!(pattern.sigma[i] > 0) || !std::isfinite(pattern.sigma[i])) return at() + "expected a sigma above 0";
    counts = counts || pattern.intensity[i] != 0;
  }
  if (!counts) return pattern.source + " has no counts: all " + std::to_string(n) + " intensities are 0";
  return {};
}

/// The points of a pattern where its detector was at its limit: the highest count, far above its noise, three times or more in a row.
inline std::vector<std::size_t> saturated_points(const PowderPattern& pattern) {
  constexpr std::size_t in_a_row = 3;
  constexpr double sure = 30;  // σ: neighbours of so many counts are equal by chance once in a hundred times
  const double highest = *std::max_element(pattern.intensity.begin(), pattern.intensity.end());
  std::vector<std::size_t> points;
  std::size_t longest = 0, run = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool there = pattern.intensity[i] == highest && highest > sure * pattern.sigma[i];
    run = there ? run + 1 : 0;
    longest = std::max(longest, run);
    if (there) points.push_back(i);
  }
  if (longest < in_a_row) points.clear();
  return points;
}

/// Why the range of a pattern does not do for a model with so many free parameters; empty where it does.
template <CrystalModel Crystal>
std::string range_fault(const PowderPattern& pattern, const PowderModel<Crystal>& model, std::size_t parameters) {
  if (pattern.size() <= parameters)
    return pattern.source + ": expected more than " + std::to_string(parameters) + " points for as many parameters, got " + std::to_string(pattern.size());
  const double first = pattern.two_theta.front(), last = pattern.two_theta.back();
  if (!(first > 0 && last < 180)) return pattern.source + ": expected angles between 0° and 180° 2θ";
  const double wavelength = model.diffractometer.radiation.line[0].wavelength;
  const auto d_at = [&](double two_theta) { return wavelength / (2 * std::sin(0.5 * two_theta * degree)); };
  for (const auto& phase : model.phases) {
    const auto structure = structure_of(phase.crystal);
    if (reflections(structure.cell, structure.space_group, d_at(last), d_at(first)).empty())
      return pattern.source + ": phase " + phase.name + " has no reflection in the range of the pattern";
  }
  return {};
}

/// Refuses what is no pattern, and a start from which nothing can be calculated.
template <CrystalModel Crystal>
void require_input(const PowderModel<Crystal>& model, const PowderPattern& pattern) {
  if (const auto fault = points_fault(pattern); !fault.empty()) fail(fault);
  if (model.phases.empty()) fail("nothing to refine, expected at least one phase");
  for (std::size_t p = 0; p < model.phases.size(); ++p)
    for (std::size_t q = 0; q < p; ++q)
      if (model.phases[p].name == model.phases[q].name) fail("two phases are called " + model.phases[p].name + ", expected different names");
  for_each_named_parameter([](const std::string& name, const double& value) {
    if (!std::isfinite(value)) fail("the start of " + name + " is not a number");
  }, model);
}

/// Refuses fewer points than parameters.
inline void require_more_points(const PowderPattern& pattern, std::size_t restraints, std::size_t parameters) {
  const std::size_t equations = pattern.size() + restraints;
  if (equations <= parameters)
    fail(pattern.source + ": expected more than " + std::to_string(parameters) + " points for " + std::to_string(parameters) + " parameters, got " +
         std::to_string(equations));
}

/// How many parameters the last stage will have.
inline std::size_t largest_count(FreeParameters parameters, const std::vector<Stage>& plan, const std::vector<std::string>& held) {
  for (const auto& stage : plan)
    for (const auto& name : stage.release) parameters.release(name);
  for (const auto& name : held) parameters.hold(name);
  return parameters.list().size();
}

}  // namespace detail
}  // namespace lamella
