// The barrier within a layer of a layered lattice, and how it follows a, slab thickness and interslab distance: no grid, a search
// from where the geometry puts sites and windows. About a tenth of a millisecond each, for scans and screening. A bond-valence
// site energy ranks: these are no barriers of first-principles calculations (site_energy.hpp).
#pragma once

#include <lamella/core/dual.hpp>                          // Dual
#include <lamella/core/error.hpp>                         // fail
#include <lamella/layered/layered_crystal.hpp>            // LayeredCrystal, structure_of
#include <lamella/migration/detail/stationary_point.hpp>  // find_stationary
#include <lamella/migration/hop_network.hpp>              // HopKind
#include <lamella/migration/site_energy.hpp>              // SiteEnergy

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// The way of an ion within its layer: from the deepest site over the lowest saddle to the next.
struct LayerBarrier {
  HopKind kind = HopKind::other;
  double barrier = 0;               ///< eV
  double site_energy = 0;           ///< of the deepest site, eV
  double saddle_energy = 0;         ///< eV
  Fractional<double> site, saddle;  ///< in the setting of the lattice
};

/// How much a barrier changes with each length while the others stay, eV/Å.
struct BarrierDerivatives {
  double a = 0, slab = 0, interslab = 0;
};

namespace detail {

/// The lattice with other lengths, the metal dividing its slab as before.
template <CentredSlabStacking S, Scalar T>
LayeredLattice<S, T> with_lengths(const LayeredLattice<S, double>& /*lattice*/, const T& a, const T& slab, const T& interslab) {
  return LayeredLattice<S, T>::with_layers(a, slab, interslab);
}
template <PolarSlabStacking S, Scalar T>
LayeredLattice<S, T> with_lengths(const LayeredLattice<S, double>& lattice, const T& a, const T& slab, const T& interslab) {
  const SlabHeights<double> heights = slab_heights(lattice);
  const double share = heights.above / (heights.above + heights.below);
  const T c = T(static_cast<double>(S::slabs_per_cell)) * (slab + interslab);
  return {a, c, slab_middle<S, T>(0) + T(share) * slab / c, slab_middle<S, T>(1) - T(1 - share) * slab / c};
}

template <class S>
[[noreturn]] void fail_layer_barrier(const LayeredLattice<S, double>& lattice, const char* what) {
  fail("layer barrier of " + std::string(S::delmas_name) + " with a = " + fixed(lattice.a, 4) + " Å and an interslab distance of " +
       fixed(interslab_distance(lattice), 4) + " Å: " + what);
}

}  // namespace detail

/// The barrier of `mobile` within a layer of a layered crystal with ions on its sites. Octahedral layers: through the tetrahedral
/// site; prismatic ones: through the face of two prisms. The convention is part of the call: `layer_barrier<BVSE>(crystal, ion)`.
/// Throws as `SiteEnergy` does, and where the geometry has no such site or saddle (far from any layered oxide).
template <SiteEnergyConvention C, HexagonalStacking S>
LayerBarrier layer_barrier(const LayeredCrystal<S, double>& crystal, Species mobile, const C& convention = {}) {
  using detail::Stationary;
  constexpr bool octahedral = S::coordination == AlkaliCoordination::octahedral;
  const auto structure = structure_of(crystal);
  const SiteEnergy<C> field(structure, mobile, convention);
  const auto& lattice = crystal.lattice;
  Fractional<double> start{};
  for (const auto& site : structure.sites)
    if (site.species.atomic_number == mobile.atomic_number) {
      start = site.position;
      break;
    }
  const auto site = detail::find_stationary(field, start, Stationary::minimum);
  if (!site || detail::distance(field.axes(), site->position, start) > 1)
    detail::fail_layer_barrier(lattice, "no minimum of the site energy at the alkali site, expected one");
  LayerBarrier result;
  result.site = site->position;
  result.site_energy = site->energy;
  const Fractional<double> centre = site->position;
  std::optional<detail::StationaryPoint> best;
  const auto keep = [&](const detail::StationaryPoint& saddle) {
    if (detail::distance(field.axes(), saddle.position, centre) > lattice.a || !(saddle.energy > site->energy)) return;
    if (!best || saddle.energy < best->energy) best = saddle;
  };
  const auto consider = [&](const Fractional<double>& from) {
    if (const auto saddle = detail::find_stationary(field, from, Stationary::saddle)) keep(*saddle);
  };
  if constexpr (octahedral) {
    // Most of the way to the tetrahedral site, which lies towards the plane of its base.
    result.kind = HopKind::tetrahedral;
    for (const double way : {0.75, 1.0}) {
      const double lift = 0.12 * way * interslab_distance(lattice) / lattice.c;
      double last = NAN;
      for (const auto& column : {std::array{2.0 / 3, 1.0 / 3}, {1.0 / 3, 2.0 / 3}}) {
        const auto at = [&](double height) {
          return Fractional<double>{centre.x + way * column[0], centre.y + way * column[1], centre.z + height};
        };
        const double up = field(at(lift)), down = field(at(-lift)), lower = std::min(up, down);
        // By symmetry the two columns are often alike.
        if (std::abs(lower - last) < 1e-9) continue;
        last = lower;
        const auto from = at(up < down ? lift : -lift);
        if (way < 1) consider(from);
        // The tetrahedral site is flat or no minimum, the saddles are close around it.
        else if (const auto flat = detail::find_stationary(field, from, Stationary::nearest))
          for (const auto& saddle : detail::saddles_around(field, *flat)) keep(saddle);
      }
      if (best) break;
    }
  } else {
    result.kind = HopKind::prism_face;
    // Of the two other columns one is over oxygen, the other is the second prism.
    const Fractional<double> one{centre.x + 1.0 / 3, centre.y + 2.0 / 3, centre.z}, other{centre.x + 2.0 / 3, centre.y + 1.0 / 3, centre.z};
    const Fractional<double> next = field(one) < field(other) ? one : other;
    const auto second = detail::find_stationary(field, next, Stationary::minimum);
    if (second && second->energy < result.site_energy) {
      result.site = second->position;
      result.site_energy = second->energy;
    }
    consider({0.5 * (centre.x + next.x), 0.5 * (centre.y + next.y), 0.5 * (centre.z + next.z)});
  }
  if (!best) detail::fail_layer_barrier(lattice, "no saddle between two alkali sites, expected one at the window");
  result.saddle = best->position;
  result.saddle_energy = best->energy;
  result.barrier = best->energy - result.site_energy;
  return result;
}

/// The exact derivatives of a barrier that `layer_barrier` found for this crystal. Site and saddle are stationary, so that their own
/// shifts do not enter: the derivatives are those of the energies at fixed fractional positions, by dual numbers.
template <SiteEnergyConvention C, HexagonalStacking S>
BarrierDerivatives barrier_derivatives(const LayeredCrystal<S, double>& crystal, Species mobile, const LayerBarrier& barrier,
                                       const C& convention = {}) {
  using D = Dual<double, 3>;
  auto varied = rebound<D>(crystal);
  varied.lattice = detail::with_lengths(crystal.lattice, D::variable(crystal.lattice.a, 0),
                                        D::variable(slab_thickness(crystal.lattice), 1),
                                        D::variable(interslab_distance(crystal.lattice), 2));
  const SiteEnergy<C, D> field(structure_of(varied), mobile, convention);
  const auto at = [&](const Fractional<double>& p) { return field(Fractional<D>{D(p.x), D(p.y), D(p.z)}); };
  const D difference = at(barrier.saddle) - at(barrier.site);
  return {difference.grad[0], difference.grad[1], difference.grad[2]};
}

/// What the change from one layered crystal to another does to a barrier, eV: each of interslab distance, slab thickness, a and the ions
/// of the layers changed alone in the first crystal, and what is left because they act together.
struct BarrierChange {
  double before = 0, after = 0;
  double interslab = 0, slab = 0, a = 0, ions = 0, together = 0;  ///< they add up to after − before
};

/// Splits the change of a barrier from one crystal to another of the same stacking.
template <SiteEnergyConvention C, HexagonalStacking S>
BarrierChange barrier_change(const LayeredCrystal<S, double>& before, const LayeredCrystal<S, double>& after, Species mobile,
                             const C& convention = {}) {
  const auto barrier = [&](const LayeredCrystal<S, double>& crystal) { return layer_barrier<C>(crystal, mobile, convention).barrier; };
  BarrierChange change;
  change.before = barrier(before);
  change.after = barrier(after);
  const auto alone = [&](double a, double slab, double interslab) {
    LayeredCrystal<S, double> crystal = before;
    crystal.lattice = detail::with_lengths(before.lattice, a, slab, interslab);
    return barrier(crystal) - change.before;
  };
  const double a = before.lattice.a, slab = slab_thickness(before.lattice), interslab = interslab_distance(before.lattice);
  change.interslab = alone(a, slab, interslab_distance(after.lattice));
  change.slab = alone(a, slab_thickness(after.lattice), interslab);
  change.a = alone(after.lattice.a, slab, interslab);
  LayeredCrystal<S, double> other_ions = after;
  other_ions.lattice = before.lattice;
  change.ions = barrier(other_ions) - change.before;
  change.together = change.after - change.before - change.interslab - change.slab - change.a - change.ions;
  return change;
}

}  // namespace lamella::inline LAMELLA_ABI
