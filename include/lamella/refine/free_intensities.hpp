// Patterns without a structure: reflections whose intensities are free (Le Bail, Pawley).
#pragma once

#include <lamella/core/error.hpp>                   // fail
#include <lamella/diffraction/powder_model.hpp>     // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>   // PowderPattern
#include <lamella/diffraction/reflections.hpp>      // reflections

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace lamella::inline LAMELLA_ABI {

/// Frees the intensities of a phase: lists its reflections within the pattern, which then keeps the list. Its crystal gives cell
/// and space group only. Throws where no reflection lies in the pattern.
template <CrystalModel Crystal>
void free_intensities(PowderModel<Crystal>& model, std::size_t phase, IntensityModel intensity_model, const PowderPattern& pattern) {
  auto& own = model.phases[phase];
  const auto structure = structure_of(own.crystal);
  const double wavelength = model.diffractometer.radiation.line[0].wavelength;
  const auto d_at = [&](double two_theta) { return wavelength / (2 * std::sin(0.5 * std::clamp(two_theta, 0.1, 179.0) * degree)); };
  own.intensity_model = intensity_model;
  own.scale = 1;
  own.intensities.clear();
  if (pattern.size() > 0)
    for (const auto& r : reflections(structure.cell, structure.space_group, d_at(pattern.two_theta.back()), d_at(pattern.two_theta.front())))
      own.intensities.push_back({r.hkl, r.multiplicity, 1});
  if (own.intensities.empty()) fail("phase " + own.name + " has no reflection in the range of the pattern");
}

}  // namespace lamella
