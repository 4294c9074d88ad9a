// Electron diffraction along a zone axis: the spots of the zero-order Laue zone, kinematic.
#pragma once

#include <lamella/core/constants.hpp>                       // degree
#include <lamella/core/error.hpp>                           // fail
#include <lamella/core/scalar.hpp>                          // square
#include <lamella/crystal/coordinates.hpp>                  // Cartesian, Fractional, Miller
#include <lamella/crystal/structure.hpp>                    // Structure
#include <lamella/crystal/unit_cell.hpp>                    // cartesian_axes, reciprocal_vector
#include <lamella/diffraction/electron_scattering.hpp>      // electron_scatterer, electron_wavelength
#include <lamella/diffraction/reflections.hpp>              // Reflection
#include <lamella/diffraction/structure_factor.hpp>         // StructureFactors

#include <algorithm>
#include <cmath>
#include <compare>
#include <cstddef>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A direction u a + v b + w c of the lattice.
struct LatticeDirection {
  int u = 0, v = 0, w = 1;

  constexpr auto operator<=>(const LatticeDirection&) const = default;
};

/// "[0 0 1]".
inline std::string to_string(const LatticeDirection& zone) {
  return "[" + std::to_string(zone.u) + " " + std::to_string(zone.v) + " " + std::to_string(zone.w) + "]";
}

/// How a zone-axis pattern is taken.
struct ZoneAxisSettings {
  LatticeDirection zone;                           ///< points from the crystal towards the viewer: the electrons come down along it
  double d_min = 0.8;                              ///< smallest d, Å
  double wavelength = electron_wavelength(200e3);  ///< Å
  double thickness = 0;  ///< of the crystal along the zone axis, Å, for the damping by the excitation error; 0: no damping
  std::optional<Miller> reference = std::nullopt;  ///< the reflection on the horizontal axis; else the one of largest d
};

/// One spot.
struct ZoneSpot {
  Miller hkl;
  double d = 0;                 ///< Å
  double x = 0, y = 0;          ///< place in the pattern, Å⁻¹: x towards the reference, y 90° counter-clockwise of it as one sees it
  double angle = 0;             ///< from the reference, counter-clockwise, degrees in (−180, 180]
  double excitation_error = 0;  ///< distance to the Ewald sphere along the beam, Å⁻¹, negative outside it
  double squared_f = 0;         ///< |F|² of the cell, Å²
  double intensity = 0;         ///< |F|² times the damping, the strongest spot being 100
};

/// A zone-axis pattern.
struct ZonePattern {
  ZoneAxisSettings settings;    ///< as asked for; `reference` is the one that was taken
  std::vector<ZoneSpot> spots;  ///< by decreasing d, then by angle from the reference counter-clockwise (from 0 to 360°)
};

/// The kinematic zone-axis pattern of a structure: every hkl with hu + kv + lw = 0 and d ≥ d_min that the space group does not
/// extinguish, without 000. Intensities are |F|² with the scattering factors of neutral atoms (`electron_scatterer`), damped by
/// (sin(πts)/(πts))² where a thickness t is given, s being the excitation error on the Ewald sphere of that wavelength. Dynamical
/// effects are not included: in thick crystals intensities even out, and double diffraction lights up spots that are absent here.
///
/// Throws where zone, d_min, wavelength or thickness have no meaning, where the reference is not a spot of the pattern, where there is no
/// scattering factor, and where more than a million hkl would have to be looked at.
inline ZonePattern zone_axis_pattern(const Structure<double>& structure, const ZoneAxisSettings& settings) {
  const LatticeDirection& zone = settings.zone;
  if (zone == LatticeDirection{0, 0, 0}) fail("zone axis: [0 0 0] is no direction");
  if (!(settings.wavelength > 0 && std::isfinite(settings.wavelength))) fail("zone axis: the wavelength must be a positive number of Å");
  if (!(settings.d_min > settings.wavelength / 2 && std::isfinite(settings.d_min)))
    fail("zone axis: the smallest d must be a number of Å above half the wavelength");
  if (!(settings.thickness >= 0 && std::isfinite(settings.thickness))) fail("zone axis: the thickness must be 0 or a positive number of Å");
  require_valid(structure.cell);

  const auto axes = cartesian_axes(structure.cell);
  const auto limit = [&](double edge) { return std::floor(edge / settings.d_min + 1e-9); };  // |h| = |d*·a| ≤ a/d
  const double h_max = limit(structure.cell.a), k_max = limit(structure.cell.b), l_max = limit(structure.cell.c);
  constexpr double most = 1e6;
  if (!((2 * h_max + 1) * (2 * k_max + 1) * (2 * l_max + 1) < most))
    fail("zone axis: the cell and the smallest d ask for more than a million reflections");
  std::vector<Reflection> list;
  for (int h = -static_cast<int>(h_max); h <= static_cast<int>(h_max); ++h)
    for (int k = -static_cast<int>(k_max); k <= static_cast<int>(k_max); ++k)
      for (int l = -static_cast<int>(l_max); l <= static_cast<int>(l_max); ++l) {
        const Miller hkl{h, k, l};
        if (hkl == Miller{} || h * zone.u + k * zone.v + l * zone.w != 0 || structure.space_group.is_absent(hkl)) continue;
        const auto g = reciprocal_vector(axes, hkl);
        const double d = 1 / std::sqrt(dot(g, g));
        if (d >= settings.d_min) list.push_back({hkl, 1, d});
      }
  ZonePattern pattern{settings, {}};
  if (list.empty()) {
    if (settings.reference) fail("zone axis: the pattern " + to_string(zone) + " has no reflections, and no reference");
    return pattern;
  }
  // Without a wish, the reference is the first of largest d: the one with the largest h, then k, then l.
  const auto same_d = [](double p, double q) { return std::abs(p - q) <= 1e-9 * (p + q); };
  auto reference = std::min_element(list.begin(), list.end(), [&](const Reflection& p, const Reflection& q) {
    return same_d(p.d, q.d) ? p.hkl > q.hkl : p.d > q.d;
  });
  if (settings.reference) {
    reference = std::find_if(list.begin(), list.end(), [&](const Reflection& r) { return r.hkl == *settings.reference; });
    if (reference == list.end()) {
      const Miller& m = *settings.reference;
      fail("zone axis: the reference " + std::to_string(m.h) + " " + std::to_string(m.k) + " " + std::to_string(m.l) +
           " is no reflection of the pattern " + to_string(zone) + ", expected one in the zone, not extinct, with d of at least d_min");
    }
  }
  pattern.settings.reference = reference->hkl;

  // Right-handed axes of the pattern: x along the reference, z along the zone axis to the viewer.
  const auto scaled = [](const Cartesian<double>& v) {
    const double length = std::sqrt(dot(v, v));
    return Cartesian<double>{v.x / length, v.y / length, v.z / length};
  };
  const auto x = scaled(reciprocal_vector(axes, reference->hkl));
  const auto z = scaled(axes(Fractional<double>{double(zone.u), double(zone.v), double(zone.w)}));
  const Cartesian<double> y{z.y * x.z - z.z * x.y, z.z * x.x - z.x * x.z, z.x * x.y - z.y * x.x};

  std::vector<Scatterer> scatterers;
  for (const auto& site : structure.sites) scatterers.push_back(electron_scatterer(site.species, {site.label, 0, 0}));
  const StructureFactors factors(structure, list, std::move(scatterers));
  double strongest = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto g = reciprocal_vector(axes, list[i].hkl);
    ZoneSpot spot{list[i].hkl, list[i].d, dot(g, x), dot(g, y)};
    spot.angle = std::atan2(spot.y, spot.x) / degree;
    if (spot.angle < -180 + 1e-9) spot.angle += 360;  // 180° whatever the rounding
    // Sphere through 000 about a point 1/λ above it: how far it is below (above, negative) the spot.
    const double radius = 1 / settings.wavelength, squared_g = dot(g, g);
    spot.excitation_error = -squared_g / (radius + std::sqrt(radius * radius - squared_g));
    spot.squared_f = factors.squared(i, structure, 0.25 * squared_g);
    const double phase = std::numbers::pi * settings.thickness * spot.excitation_error;
    spot.intensity = spot.squared_f * (phase == 0 ? 1 : square(std::sin(phase) / phase));
    strongest = std::max(strongest, spot.intensity);
    pattern.spots.push_back(spot);
  }
  for (auto& spot : pattern.spots) spot.intensity = strongest > 0 ? 100 * spot.intensity / strongest : 0;
  const auto turn = [](const ZoneSpot& s) { return s.angle < -1e-9 ? s.angle + 360 : s.angle; };
  std::sort(pattern.spots.begin(), pattern.spots.end(), [](const ZoneSpot& p, const ZoneSpot& q) { return p.d > q.d; });
  for (auto first = pattern.spots.begin(); first != pattern.spots.end();) {
    const auto last = std::find_if(first, pattern.spots.end(), [&](const ZoneSpot& s) { return !same_d(s.d, first->d); });
    std::sort(first, last, [&](const ZoneSpot& p, const ZoneSpot& q) { return turn(p) < turn(q); });
    first = last;
  }
  return pattern;
}

}  // namespace lamella::inline LAMELLA_ABI
