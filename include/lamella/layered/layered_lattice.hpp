// Lattices of the layered structure types, where the setting is part of the type: slab and interslab from a, c and z.
//
// The setting is that of `StackingSymmetry`: hexagonal axes, the metal at height 0. What the oxygen heights mean is computed
// from the word of the stacking:
//   O1  P-3m1    metal (0,0,0), alkali (0,0,1/2), oxygen (1/3,2/3,z_O), z_O near 0.2
//   O3  R-3m     metal 3a (0,0,0), alkali 3b (0,0,1/2), oxygen 6c (0,0,z_O), z_O near 0.267
//   P2  P6_3/mmc metal 2a (0,0,0), alkali 2b (0,0,1/4) and 2d (2/3,1/3,1/4), oxygen 4f (1/3,2/3,z_O), z_O near 0.09
//   P3  R3m      metal (0,0,0), alkali (0,0,~1/6), oxygen (0,0,z_O1) and (0,0,z_O2) below and above a gap, near 0.40 and 0.60
//   O2  P6_3mc   metal (1/3,2/3,0), alkali (2/3,1/3,~1/4), oxygen (0,0,z_O1) and (1/3,2/3,z_O2), near 0.10 and 0.40
// The other common setting of O3 has the alkali at the origin and z near 0.233: z here = 1/2 − z there. Mixing the two swaps
// slab and interslab.
#pragma once

#include <lamella/core/error.hpp>         // fail
#include <lamella/core/scalar.hpp>        // Scalar, square
#include <lamella/crystal/unit_cell.hpp>  // UnitCell, hexagonal_cell
#include <lamella/layered/stacking.hpp>   // stacking::O3 …

#include <cmath>
#include <cstddef>
#include <numbers>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// The oxygen site of number `i` of a stacking.
template <class S>
constexpr StackingSite oxygen_site(std::size_t i) {
  for (const StackingSite& site : S::symmetry)
    if (site.kind == StackingSiteKind::oxygen && i-- == 0) return site;
  return {};
}

/// Height of the middle of its slab, in fractions of c.
template <class S, Scalar T>
constexpr T slab_middle(std::size_t i) {
  return T(oxygen_site<S>(i).half_repeats / (2.0 * static_cast<double>(S::slabs_per_cell)));
}

}  // namespace detail

/// A stacking on hexagonal axes.
template <class S>
concept HexagonalStacking = requires {
  S::symmetry.space_group();
};

/// A stacking whose symmetry leaves one oxygen height free: the metal is in the middle of its slab. O1, O3, P2.
template <class S>
concept CentredSlabStacking = HexagonalStacking<S> && S::symmetry.count(StackingSiteKind::metal) == 1 &&
                              S::symmetry.count(StackingSiteKind::oxygen) == 1;

/// A stacking whose symmetry leaves two oxygen heights free, one for each plane of a slab. P3 with one prism filled, O2.
template <class S>
concept PolarSlabStacking = HexagonalStacking<S> && S::symmetry.count(StackingSiteKind::metal) == 1 &&
                            S::symmetry.count(StackingSiteKind::oxygen) == 2;

/// The ideal lattice of a stacking `S`: cell edges in Å and the free heights of its oxygen planes as fractions of c. For the
/// common stackings; other words by `stacking_structure`.
template <class S, Scalar T = double>
struct LayeredLattice;

/// O1, O3 and P2: z_O is 1/3 − S/(2c) for O3, S/(2c) for O1 and P2, with the slab thickness S.
template <CentredSlabStacking S, Scalar T>
struct LayeredLattice<S, T> {
  using scalar = T;
  T a{}, c{}, z_O{};

  /// The lattice of these distances, Å; not checked.
  static constexpr LayeredLattice with_layers(const T& a, const T& slab, const T& interslab) {
    const T c = T(static_cast<double>(S::slabs_per_cell)) * (slab + interslab);
    constexpr double side = detail::oxygen_site<S>(0).side;
    return {a, c, detail::slab_middle<S, T>(0) + T(side) * slab / (T(2.0) * c)};
  }

  template <Scalar U>
  using rebind = LayeredLattice<S, U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a", self.a...);
    visit("c", self.c...);
    visit("z_O", self.z_O...);
  }
};

/// P3 and O2: z_O1 is the upper plane of one slab and z_O2 the lower plane of the next, so that c (z_O2 − z_O1) is the interslab
/// distance.
template <PolarSlabStacking S, Scalar T>
struct LayeredLattice<S, T> {
  using scalar = T;
  static_assert(detail::oxygen_site<S>(0).side == 1 && detail::oxygen_site<S>(1).side == -1 &&
                detail::oxygen_site<S>(1).half_repeats - detail::oxygen_site<S>(0).half_repeats == 2);
  T a{}, c{}, z_O1{}, z_O2{};

  /// The lattice of these distances, Å, with the metal in the middle of its slab; not checked.
  static constexpr LayeredLattice with_layers(const T& a, const T& slab, const T& interslab) {
    const T c = T(static_cast<double>(S::slabs_per_cell)) * (slab + interslab);
    const T half = slab / (T(2.0) * c);
    return {a, c, detail::slab_middle<S, T>(0) + half, detail::slab_middle<S, T>(1) - half};
  }

  template <Scalar U>
  using rebind = LayeredLattice<S, U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a", self.a...);
    visit("c", self.c...);
    visit("z_O1", self.z_O1...);
    visit("z_O2", self.z_O2...);
  }
};

/// Distance from one metal plane to the next, Å: slab thickness plus interslab distance, c over the slabs per cell.
template <HexagonalStacking S, Scalar T>
constexpr T layer_repeat(const LayeredLattice<S, T>& lattice) {
  return lattice.c / T(static_cast<double>(S::slabs_per_cell));
}

/// Heights of the two oxygen planes of a slab below and above its metal, Å, both positive; they add up to the slab thickness.
template <Scalar T>
struct SlabHeights {
  T below{}, above{};
};
template <CentredSlabStacking S, Scalar T>
constexpr SlabHeights<T> slab_heights(const LayeredLattice<S, T>& lattice) {
  constexpr double side = detail::oxygen_site<S>(0).side;
  const T half = T(side) * lattice.c * (lattice.z_O - detail::slab_middle<S, T>(0));
  return {half, half};
}
template <PolarSlabStacking S, Scalar T>
constexpr SlabHeights<T> slab_heights(const LayeredLattice<S, T>& lattice) {
  return {lattice.c * (detail::slab_middle<S, T>(1) - lattice.z_O2),
          lattice.c * (lattice.z_O1 - detail::slab_middle<S, T>(0))};
}

/// Slab thickness d(O–TM–O), Å: distance between the two oxygen planes of an MO2 slab.
template <HexagonalStacking S, Scalar T>
constexpr T slab_thickness(const LayeredLattice<S, T>& lattice) {
  const SlabHeights<T> heights = slab_heights(lattice);
  return heights.below + heights.above;
}

/// Interslab distance d(O–A–O), Å: distance between the oxygen planes on either side of the alkali layer.
template <class S, Scalar T>
constexpr T interslab_distance(const LayeredLattice<S, T>& lattice) {
  return layer_repeat(lattice) - slab_thickness(lattice);
}

/// Area of a layer per formula unit, Å².
template <HexagonalStacking S, Scalar T>
constexpr T area_per_formula_unit(const LayeredLattice<S, T>& lattice) {
  return T(0.5 * std::numbers::sqrt3) * lattice.a * lattice.a;
}

/// Volume per formula unit AxMO2, Å³.
template <class S, Scalar T>
constexpr T volume_per_formula_unit(const LayeredLattice<S, T>& lattice) {
  return area_per_formula_unit(lattice) * layer_repeat(lattice);
}

/// The lattice with the given a, slab thickness and interslab distance (Å), undistorted where `S` is monoclinic. Throws unless
/// all are positive and finite.
template <class S, Scalar T>
constexpr LayeredLattice<S, T> layered_lattice(const T& a, const T& slab, const T& interslab) {
  const auto positive = [](const T& x) { return T(0.0) < x && x < T(1e6); };
  if (!positive(a) || !positive(slab) || !positive(interslab))
    fail("layered lattice: positive a, slab thickness and interslab distance in Å expected");
  return LayeredLattice<S, T>::with_layers(a, slab, interslab);
}

/// The unit cell, hexagonal axes.
template <HexagonalStacking S, Scalar T>
constexpr UnitCell<T> unit_cell(const LayeredLattice<S, T>& lattice) {
  return hexagonal_cell(lattice.a, lattice.c);
}

}  // namespace lamella::inline LAMELLA_ABI
