// Monoclinic layered lattices: O'3 and P'3 in C2/m, their map to hexagonal axes and the strain between the two.
//
// Undistorted, a_m = √3 a_h, b_m = a_h, c_m cos β = −a_m/3 and c_m sin β is one layer repeat. The metal is on 2a (0,0,0), the
// alkali of O'3 on 2d (0,1/2,1/2), that of P'3 on 4i (1/6,0,1/2), the middle of its prism, and oxygen on 4i (x,0,z).
#pragma once

#include <lamella/core/constants.hpp>           // degree
#include <lamella/core/error.hpp>               // fail
#include <lamella/core/scalar.hpp>              // Scalar, value_of
#include <lamella/crystal/unit_cell.hpp>        // UnitCell
#include <lamella/layered/layered_lattice.hpp>  // LayeredLattice, SlabHeights

#include <cmath>
#include <numbers>

namespace lamella::inline LAMELLA_ABI {

/// A monoclinic distortion C2/m: O3_prime, P3_prime.
template <class S>
concept MonoclinicStacking = requires {
  typename S::undistorted;
};

/// O'3 and P'3, C2/m (unique axis b): edges in Å, β in degrees, oxygen at (x_O,0,z_O). Either of the two equivalent positions
/// (x,0,z) and (−x,0,−z) will do. Undistorted, the one with z in (1/2,1), near 0.8, has x = 1/3 − (1 − z)/3, near 0.27, for
/// O'3 and x = −1/3 − (1 − z)/3, near −0.40, for P'3.
template <MonoclinicStacking S, Scalar T>
struct LayeredLattice<S, T> {
  using scalar = T;
  T a{}, b{}, c{}, beta{}, x_O{}, z_O{};

  /// The undistorted lattice of these distances, Å, a being that of the hexagonal axes; not checked.
  static LayeredLattice with_layers(const T& a, const T& slab, const T& interslab) {
    using std::atan2, std::sqrt;
    const T repeat = slab + interslab;
    const T long_edge = T(std::numbers::sqrt3) * a, shear = long_edge / T(3.0);
    const T z = T(1.0) - slab / (T(2.0) * repeat);
    constexpr double third = S::coordination == AlkaliCoordination::octahedral ? 1.0 / 3.0 : -1.0 / 3.0;
    return {long_edge,
            a,
            sqrt(repeat * repeat + shear * shear),
            atan2(repeat, -shear) / T(degree),
            T(third) - (T(1.0) - z) / T(3.0),
            z};
  }

  template <Scalar U>
  using rebind = LayeredLattice<S, U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a", self.a...);
    visit("b", self.b...);
    visit("c", self.c...);
    visit("beta", self.beta...);
    visit("x_O", self.x_O...);
    visit("z_O", self.z_O...);
  }
};

/// The unit cell, unique axis b.
template <MonoclinicStacking S, Scalar T>
constexpr UnitCell<T> unit_cell(const LayeredLattice<S, T>& lattice) {
  return {lattice.a, lattice.b, lattice.c, T(90.0), lattice.beta, T(90.0)};
}

/// Distance from one metal plane to the next, Å: c sin β.
template <MonoclinicStacking S, Scalar T>
T layer_repeat(const LayeredLattice<S, T>& lattice) {
  using std::sin;
  return lattice.c * sin(lattice.beta * T(degree));
}

/// Heights of the two oxygen planes of a slab below and above its metal, Å. Equal: the metal is an inversion centre.
template <MonoclinicStacking S, Scalar T>
SlabHeights<T> slab_heights(const LayeredLattice<S, T>& lattice) {
  const T z = lattice.z_O - T(std::round(static_cast<double>(value_of(lattice.z_O))));
  const T height = (z < T(0.0) ? -z : z) * layer_repeat(lattice);
  return {height, height};
}

/// Slab thickness d(O–TM–O), Å: distance between the two oxygen planes of an MO2 slab.
template <MonoclinicStacking S, Scalar T>
T slab_thickness(const LayeredLattice<S, T>& lattice) {
  const SlabHeights<T> heights = slab_heights(lattice);
  return heights.below + heights.above;
}

/// Area of a layer per formula unit, Å².
template <MonoclinicStacking S, Scalar T>
constexpr T area_per_formula_unit(const LayeredLattice<S, T>& lattice) {
  return T(0.5) * lattice.a * lattice.b;
}

/// The monoclinic cell C2/m of one layer that describes an undistorted rhombohedral stacking of three slabs per cell
/// (hexagonal a and c in Å, obverse): a_m = a + 2b, b_m = −a, c_m = (c − a_m)/3 in vectors of the hexagonal cell.
template <Scalar T>
UnitCell<T> monoclinic_cell(const T& a, const T& c) {
  using std::atan2, std::sqrt;
  const T long_edge = T(std::numbers::sqrt3) * a, shear = long_edge / T(3.0), repeat = c / T(3.0);
  return {long_edge, a, sqrt(repeat * repeat + shear * shear), T(90.0), atan2(repeat, -shear) / T(degree),
          T(90.0)};
}

/// The hexagonal cell of three layers that is nearest to a monoclinic cell C2/m of one layer: the same area per formula unit,
/// a = √(a_m b_m/√3), and the same layer repeat, c = 3 c_m sin β.
template <Scalar T>
UnitCell<T> mean_hexagonal_cell(const UnitCell<T>& monoclinic) {
  using std::sin, std::sqrt;
  return hexagonal_cell(T(sqrt(monoclinic.a * monoclinic.b * T(std::numbers::inv_sqrt3))),
                        T(T(3.0) * monoclinic.c * sin(monoclinic.beta * T(degree))));
}

/// Spontaneous strain of a monoclinic cell C2/m: the infinitesimal strain (F + Fᵀ)/2 − 1 of the map F from the undistorted
/// cell (J. L. Schlenker, G. V. Gibbs & M. B. Boisen, Acta Cryst. A34 (1978) 52), dimensionless, along orthonormal axes:
/// 1 along a_m, 2 along b_m, 3 along c*. `xx` = e11, `yy` = e22, `zz` = e33, `xz` = e13; the others are zero by symmetry.
template <Scalar T>
SymmetricTensor<T> spontaneous_strain(const UnitCell<T>& monoclinic, const UnitCell<T>& hexagonal) {
  using std::cos, std::sin;
  const T angle = monoclinic.beta * T(degree), repeat = hexagonal.c / T(3.0);
  const T stretch = monoclinic.a / (T(std::numbers::sqrt3) * hexagonal.a);
  return {stretch - T(1.0),
          monoclinic.b / hexagonal.a - T(1.0),
          monoclinic.c * sin(angle) / repeat - T(1.0),
          T(0.0),
          T(0.5) * (monoclinic.c * cos(angle) + monoclinic.a / T(3.0)) / repeat,
          T(0.0)};
}

/// Spontaneous strain against the `mean_hexagonal_cell`: what the distortion does beside the change of area and height.
template <Scalar T>
SymmetricTensor<T> spontaneous_strain(const UnitCell<T>& monoclinic) {
  return spontaneous_strain(monoclinic, mean_hexagonal_cell(monoclinic));
}

/// How far the triangles of a layer are stretched along a: a_m/(√3 b_m), 1 undistorted, 1.079 for NaNiO2.
template <MonoclinicStacking S, Scalar T>
constexpr T axial_ratio(const LayeredLattice<S, T>& lattice) {
  return lattice.a / (T(std::numbers::sqrt3) * lattice.b);
}

/// The hexagonal lattice of the same a (by area), slab thickness and interslab distance.
template <MonoclinicStacking S, Scalar T>
LayeredLattice<typename S::undistorted, T> undistorted(const LayeredLattice<S, T>& lattice) {
  return layered_lattice<typename S::undistorted>(mean_hexagonal_cell(unit_cell(lattice)).a,
                                                  slab_thickness(lattice), interslab_distance(lattice));
}

/// The monoclinic description of a hexagonal lattice, undistorted.
template <MonoclinicStacking S, Scalar T>
LayeredLattice<S, T> monoclinic(const LayeredLattice<typename S::undistorted, T>& lattice) {
  return layered_lattice<S>(lattice.a, slab_thickness(lattice), interslab_distance(lattice));
}

}  // namespace lamella::inline LAMELLA_ABI
