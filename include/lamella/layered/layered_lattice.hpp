// Lattices of the layered structure types, where the setting is part of the type: slab and interslab from a, c and z.
#pragma once

#include <lamella/core/error.hpp>         // fail
#include <lamella/core/scalar.hpp>        // Scalar, square
#include <lamella/crystal/unit_cell.hpp>  // UnitCell, hexagonal_cell
#include <lamella/layered/stacking.hpp>   // stacking::O3 …

#include <cmath>

namespace lamella::inline LAMELLA_ABI {

/// The ideal lattice of a stacking `S`: cell edges in Å and the free heights of its oxygen planes as fractions of c.
/// Hexagonal axes, the metal at the origin.
template <class S, Scalar T = double>
struct LayeredLattice;

/// O3, R-3m: metal 3a (0,0,0), alkali 3b (0,0,1/2), oxygen 6c (0,0,z) with z near 0.267. The other common setting has
/// the alkali at the origin and z near 0.233: z here = 1/2 − z there. Mixing the two swaps slab and interslab.
template <Scalar T>
struct LayeredLattice<stacking::O3, T> {
  using scalar = T;
  T a{}, c{}, z_O{};

  template <Scalar U>
  using rebind = LayeredLattice<stacking::O3, U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a", self.a...);
    visit("c", self.c...);
    visit("z_O", self.z_O...);
  }
};

/// P3, R3m: metal (0,0,0), oxygen (0,0,z_O1) and (0,0,z_O2) below and above the gap, near 0.40 and 0.60.
template <Scalar T>
struct LayeredLattice<stacking::P3, T> {
  using scalar = T;
  T a{}, c{}, z_O1{}, z_O2{};

  template <Scalar U>
  using rebind = LayeredLattice<stacking::P3, U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a", self.a...);
    visit("c", self.c...);
    visit("z_O1", self.z_O1...);
    visit("z_O2", self.z_O2...);
  }
};

/// P2, P6_3/mmc: metal 2a (0,0,0), oxygen 4f (1/3,2/3,z) with z near 0.09; alkali 2b (0,0,1/4) and 2d (2/3,1/3,1/4).
template <Scalar T>
struct LayeredLattice<stacking::P2, T> {
  using scalar = T;
  T a{}, c{}, z_O{};

  template <Scalar U>
  using rebind = LayeredLattice<stacking::P2, U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a", self.a...);
    visit("c", self.c...);
    visit("z_O", self.z_O...);
  }
};

/// Distance from one metal plane to the next, Å: slab thickness plus interslab distance, c over the slabs per cell.
template <class S, Scalar T>
constexpr T layer_repeat(const LayeredLattice<S, T>& lattice) {
  return lattice.c / T(static_cast<double>(S::slabs_per_cell));
}

/// Slab thickness d(O–TM–O), Å: distance between the two oxygen planes of an MO2 slab.
template <Scalar T>
constexpr T slab_thickness(const LayeredLattice<stacking::O3, T>& lattice) {
  return T(2.0) * lattice.c * (T(1.0 / 3.0) - lattice.z_O);
}
template <Scalar T>
constexpr T slab_thickness(const LayeredLattice<stacking::P3, T>& lattice) {
  return layer_repeat(lattice) - lattice.c * (lattice.z_O2 - lattice.z_O1);
}
template <Scalar T>
constexpr T slab_thickness(const LayeredLattice<stacking::P2, T>& lattice) {
  return T(2.0) * lattice.c * lattice.z_O;
}

/// Interslab distance d(O–A–O), Å: distance between the oxygen planes on either side of the alkali layer.
template <class S, Scalar T>
constexpr T interslab_distance(const LayeredLattice<S, T>& lattice) {
  return layer_repeat(lattice) - slab_thickness(lattice);
}

/// Volume per formula unit AxMO2, Å³.
template <class S, Scalar T>
constexpr T volume_per_formula_unit(const LayeredLattice<S, T>& lattice) {
  constexpr double half_root_three = 0.86602540378443865;
  return T(half_root_three) * lattice.a * lattice.a * layer_repeat(lattice);
}

/// Metal-oxygen bond length, Å: all six are equal in the ideal lattice.
template <class S, Scalar T>
T metal_oxygen_distance(const LayeredLattice<S, T>& lattice) {
  using std::sqrt;
  return sqrt(lattice.a * lattice.a / T(3.0) + square(T(0.5) * slab_thickness(lattice)));
}

/// Alkali-oxygen distance, Å, for an alkali in the middle of its octahedron or prism.
template <class S, Scalar T>
T alkali_oxygen_distance(const LayeredLattice<S, T>& lattice) {
  using std::sqrt;
  return sqrt(lattice.a * lattice.a / T(3.0) + square(T(0.5) * interslab_distance(lattice)));
}

/// The lattice with the given a, slab thickness and interslab distance (Å). Throws unless all are positive and finite.
template <class S, Scalar T>
constexpr LayeredLattice<S, T> layered_lattice(const T& a, const T& slab, const T& interslab) {
  const auto positive = [](const T& x) { return T(0.0) < x && x < T(1e6); };
  if (!positive(a) || !positive(slab) || !positive(interslab))
    fail("layered lattice: positive a, slab thickness and interslab distance in Å expected");
  const T c = T(static_cast<double>(S::slabs_per_cell)) * (slab + interslab);
  if constexpr (std::same_as<S, stacking::O3>) {
    return {a, c, T(1.0 / 3.0) - slab / (T(2.0) * c)};
  } else if constexpr (std::same_as<S, stacking::P3>) {
    return {a, c, T(0.5) - interslab / (T(2.0) * c), T(0.5) + interslab / (T(2.0) * c)};
  } else {
    static_assert(std::same_as<S, stacking::P2>);
    return {a, c, slab / (T(2.0) * c)};
  }
}

/// The unit cell, hexagonal axes.
template <class S, Scalar T>
constexpr UnitCell<T> unit_cell(const LayeredLattice<S, T>& lattice) {
  return hexagonal_cell(lattice.a, lattice.c);
}

}  // namespace lamella
