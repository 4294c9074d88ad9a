// Bond lengths, angles, polyhedra and windows of a layered lattice.
//
// The metal sits where the lattice puts it, the alkali in the middle of its octahedron or prism. Formulas for hexagonal axes,
// with slab thickness S, interslab distance I and edge a: d(M–O) = √(a²/3 + S²/4), d(A–O) = √(a²/3 + I²/4), volumes a²S/√3 of
// MO6, a²I/√3 of an alkali octahedron and √3 a²I/4 of a prism. Monoclinic lattices from their bond vectors.
#pragma once

#include <lamella/core/constants.hpp>              // degree
#include <lamella/core/scalar.hpp>                 // Scalar, square, value_of
#include <lamella/crystal/coordinates.hpp>         // Cartesian
#include <lamella/crystal/unit_cell.hpp>           // to_cartesian
#include <lamella/layered/layered_lattice.hpp>     // LayeredLattice
#include <lamella/layered/monoclinic_lattice.hpp>  // MonoclinicStacking
#include <lamella/layered/polyhedra.hpp>           // OctahedronBonds, bond_lengths

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Two triangles of edge a at these heights below and above the centre, the upper one turned by 60° for an octahedron.
template <Scalar T>
OctahedronBonds<T> stacked_triangles(const T& a, const T& below, const T& above, bool octahedral) {
  const T r = a * T(std::numbers::inv_sqrt3), half = T(0.5) * a, short_leg = T(0.5) * r;
  const T zero(0.0);
  const T y = octahedral ? -r : r, leg = octahedral ? short_leg : -short_leg;
  return {{{zero, r, -below},
           {half, -short_leg, -below},
           {-half, -short_leg, -below},
           {zero, y, above},
           {half, leg, above},
           {-half, leg, above}}};
}

/// The three nearest of the points `p` + lattice translations of one layer (C-centred, edges a and b of `cell`), seen from
/// `centre`.
template <Scalar T>
std::array<Cartesian<T>, 3> nearest_in_layer(const UnitCell<T>& cell, const Fractional<T>& p,
                                             const Fractional<T>& centre) {
  constexpr int reach = 2;
  std::array<Cartesian<T>, 3> nearest;
  std::array<double, 3> squares{INFINITY, INFINITY, INFINITY};
  for (int i = -2 * reach; i <= 2 * reach; ++i)
    for (int j = -2 * reach; j <= 2 * reach; ++j) {
      if ((i + j) % 2 != 0) continue;  // halves of the edges, both or neither
      // Whole edges between the two points are left out by their values.
      const auto whole = [](const T& x) { return T(std::round(static_cast<double>(value_of(x)))); };
      const T dx = p.x - centre.x, dy = p.y - centre.y;
      const Cartesian<T> v = to_cartesian(
          cell, Fractional<T>{dx - whole(dx) + T(0.5 * i), dy - whole(dy) + T(0.5 * j), p.z - centre.z});
      const double square = static_cast<double>(value_of(dot(v, v)));
      for (std::size_t k = 0; k < 3; ++k) {
        if (square >= squares[k]) continue;
        for (std::size_t m = 2; m > k; --m) {
          squares[m] = squares[m - 1];
          nearest[m] = nearest[m - 1];
        }
        squares[k] = square;
        nearest[k] = v;
        break;
      }
    }
  return nearest;
}

/// The oxygen of a monoclinic lattice that lies below the metal at the origin: z in (−1/2, 0).
template <MonoclinicStacking S, Scalar T>
Fractional<T> lower_oxygen(const LayeredLattice<S, T>& lattice) {
  const T z = lattice.z_O - T(std::round(static_cast<double>(value_of(lattice.z_O))));
  if (z < T(0.0)) return {lattice.x_O, T(0.0), z};
  return {-lattice.x_O, T(0.0), -z};
}

template <Scalar T>
OctahedronBonds<T> joined(const std::array<Cartesian<T>, 3>& lower,
                          const std::array<Cartesian<T>, 3>& upper) {
  return {{lower[0], lower[1], lower[2], upper[0], upper[1], upper[2]}};
}

}  // namespace detail

/// Bond vectors M–O, Å: three down, three up. The axes are Cartesian with z along the stacking; x along a for monoclinic ones.
template <HexagonalStacking S, Scalar T>
OctahedronBonds<T> metal_oxygen_bonds(const LayeredLattice<S, T>& lattice) {
  const SlabHeights<T> heights = slab_heights(lattice);
  return detail::stacked_triangles(lattice.a, heights.below, heights.above, true);
}
template <MonoclinicStacking S, Scalar T>
OctahedronBonds<T> metal_oxygen_bonds(const LayeredLattice<S, T>& lattice) {
  const auto cell = unit_cell(lattice);
  const Fractional<T> o = detail::lower_oxygen(lattice), origin{T(0.0), T(0.0), T(0.0)};
  return detail::joined(detail::nearest_in_layer(cell, o, origin),
                        detail::nearest_in_layer(cell, Fractional<T>{-o.x, T(0.0), -o.z}, origin));
}

/// Bond vectors A–O, Å, from the middle of an octahedron or prism: three down, three up.
template <HexagonalStacking S, Scalar T>
OctahedronBonds<T> alkali_oxygen_bonds(const LayeredLattice<S, T>& lattice) {
  const T half = T(0.5) * interslab_distance(lattice);
  return detail::stacked_triangles(lattice.a, half, half, S::coordination == AlkaliCoordination::octahedral);
}
template <MonoclinicStacking S, Scalar T>
OctahedronBonds<T> alkali_oxygen_bonds(const LayeredLattice<S, T>& lattice) {
  constexpr bool octahedral = S::coordination == AlkaliCoordination::octahedral;
  const auto cell = unit_cell(lattice);
  const Fractional<T> o = detail::lower_oxygen(lattice);
  const Fractional<T> below{-o.x, T(0.0), -o.z}, above{o.x, T(0.0), o.z + T(1.0)};
  const Fractional<T> centre = octahedral
                                   ? Fractional<T>{T(0.0), T(0.5), T(0.5)}         // 2d, an inversion centre
                                   : Fractional<T>{T(1.0 / 6.0), T(0.0), T(0.5)};  // the mean of the six
  return detail::joined(detail::nearest_in_layer(cell, below, centre),
                        detail::nearest_in_layer(cell, above, centre));
}

/// The six metal-oxygen bond lengths, Å, ascending: all equal in O1, O3 and P2, three and three in P3 and O2, two and four in
/// O'3 and P'3.
template <class S, Scalar T>
std::array<T, 6> metal_oxygen_distances(const LayeredLattice<S, T>& lattice) {
  auto lengths = bond_lengths(metal_oxygen_bonds(lattice));
  std::sort(lengths.begin(), lengths.end(), [](const T& x, const T& y) { return x < y; });
  return lengths;
}

/// The six alkali-oxygen distances, Å, ascending, for an alkali in the middle of its octahedron or prism.
template <class S, Scalar T>
std::array<T, 6> alkali_oxygen_distances(const LayeredLattice<S, T>& lattice) {
  auto lengths = bond_lengths(alkali_oxygen_bonds(lattice));
  std::sort(lengths.begin(), lengths.end(), [](const T& x, const T& y) { return x < y; });
  return lengths;
}

/// Mean metal-oxygen bond length, Å.
template <class S, Scalar T>
T metal_oxygen_distance(const LayeredLattice<S, T>& lattice) {
  return mean_bond_length(metal_oxygen_bonds(lattice));
}

/// Mean alkali-oxygen distance, Å, for an alkali in the middle of its octahedron or prism.
template <class S, Scalar T>
T alkali_oxygen_distance(const LayeredLattice<S, T>& lattice) {
  return mean_bond_length(alkali_oxygen_bonds(lattice));
}

/// The twelve O–M–O angles between neighbouring bonds, degrees.
template <class S, Scalar T>
std::array<T, 12> oxygen_metal_oxygen_angles(const LayeredLattice<S, T>& lattice) {
  return octahedral_angles(metal_oxygen_bonds(lattice));
}

/// Mean O–M–O angle α of bonds to one oxygen plane, degrees: 2 asin(a/2d) in hexagonal lattices, where the angle across
/// the slab is 180° − α. Above 90° the slab is flattened along the stacking axis.
template <class S, Scalar T>
T oxygen_metal_oxygen_angle(const LayeredLattice<S, T>& lattice) {
  const auto bonds = metal_oxygen_bonds(lattice);
  T sum(0.0);
  for (const std::size_t plane : {std::size_t{0}, std::size_t{3}})
    for (std::size_t i = 0; i < 3; ++i) sum += bond_angle(bonds[plane + i], bonds[plane + (i + 1) % 3]);
  return sum / T(6.0);
}

/// Mean angle of the M–O bonds to the stacking axis, degrees: 54.7356 in a regular octahedron, above in a flattened one.
template <class S, Scalar T>
T metal_oxygen_polar_angle(const LayeredLattice<S, T>& lattice) {
  const auto bonds = metal_oxygen_bonds(lattice);
  T sum(0.0);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto& v = bonds[i];
    sum += bond_angle(v, Cartesian<T>{T(0.0), T(0.0), T(i < 3 ? -1.0 : 1.0)});
  }
  return sum / T(6.0);
}

/// Trigonal distortion of MO6 (dimensionless): slab thickness over that of a regular octahedron on the same triangles,
/// (S/a)/√(2/3) − 1. Negative in a slab flattened along the stacking axis. Monoclinic: a from the area of the layer.
template <class S, Scalar T>
T trigonal_distortion(const LayeredLattice<S, T>& lattice) {
  using std::sqrt;
  const T edge = sqrt(area_per_formula_unit(lattice) * T(2.0 * std::numbers::inv_sqrt3));
  return slab_thickness(lattice) / (T(0.81649658092772603) * edge) - T(1.0);
}

/// Volume of the MO6 octahedron, Å³: two thirds of the layer's area times the slab thickness, sheared or not.
template <class S, Scalar T>
constexpr T metal_octahedron_volume(const LayeredLattice<S, T>& lattice) {
  return T(2.0 / 3.0) * area_per_formula_unit(lattice) * slab_thickness(lattice);
}

/// Volume of the octahedron (two thirds of area times interslab distance) or prism (one half of it) around the alkali, Å³.
template <class S, Scalar T>
constexpr T alkali_polyhedron_volume(const LayeredLattice<S, T>& lattice) {
  constexpr double share = S::coordination == AlkaliCoordination::octahedral ? 2.0 / 3.0 : 0.5;
  return T(share) * area_per_formula_unit(lattice) * interslab_distance(lattice);
}

namespace detail {

/// Radius of the smallest circle around a triangle of these sides: of the largest sphere that touches the three corners
/// in passing through.
template <Scalar T>
T enclosing_radius(T x, T y, T z) {
  using std::sqrt;
  if (x < y) std::swap(x, y);
  if (x < z) std::swap(x, z);  // x is the longest
  if (!(x * x < y * y + z * z)) return T(0.5) * x;
  const T sixteen_areas_squared = (x + y + z) * (-x + y + z) * (x - y + z) * (x + y - z);
  return x * y * z / sqrt(sixteen_areas_squared);
}

template <Scalar T>
T distance(const Cartesian<T>& p, const Cartesian<T>& q) {
  using std::sqrt;
  const auto d = p - q;
  return sqrt(dot(d, d));
}

}  // namespace detail

/// Radius of the window between an alkali octahedron and the tetrahedral site beside it, Å: of the largest sphere that passes
/// through the face of three oxygen of radius `oxygen_radius` (1.40 Å, Shannon). With e = √(a²/3 + I²) between oxygen of the
/// two planes, e²/(2√(e² − a²/4)) − r_O; monoclinic: the widest of the faces. Half the free diameter of Zeo++.
template <class S, Scalar T>
requires(S::coordination == AlkaliCoordination::octahedral) T
    tetrahedral_window_radius(const LayeredLattice<S, T>& lattice, double oxygen_radius) {
  const auto bonds = alkali_oxygen_bonds(lattice);
  // The six side faces: two corners of one plane and the corner of the other plane that is opposite to neither of them.
  const auto pairs = opposite_bonds(bonds);
  T widest(0.0);
  for (std::size_t i = 0; i < 3; ++i)
    for (const bool up : {false, true}) {
      const auto corner = [&](std::size_t k, bool upper) {
        return (pairs[k].first < 3) != upper ? pairs[k].first : pairs[k].second;
      };
      const auto &p = bonds[corner(i, up)], &q = bonds[corner((i + 1) % 3, up)],
                 &r = bonds[corner((i + 2) % 3, !up)];
      const T radius =
          detail::enclosing_radius(detail::distance(p, q), detail::distance(q, r), detail::distance(r, p));
      if (widest < radius) widest = radius;
    }
  return widest - T(oxygen_radius);
}

/// Radius of the gap between the two oxygen of the edge that two alkali octahedra share, Å (oxygen dumbbell hop): e/2 − r_O
/// with e = √(a²/3 + I²); monoclinic: the widest of the edges.
template <class S, Scalar T>
requires(S::coordination == AlkaliCoordination::octahedral) T
    dumbbell_window_radius(const LayeredLattice<S, T>& lattice, double oxygen_radius) {
  const auto bonds = alkali_oxygen_bonds(lattice);
  const auto pairs = opposite_bonds(bonds);
  T widest(0.0);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      if (i == j) continue;
      const auto lower = pairs[i].first < 3 ? pairs[i].first : pairs[i].second;
      const auto upper = pairs[j].first < 3 ? pairs[j].second : pairs[j].first;
      const T edge = detail::distance(bonds[lower], bonds[upper]);
      if (widest < edge) widest = edge;
    }
  return T(0.5) * widest - T(oxygen_radius);
}

/// Radius of the rectangular face between two prisms, Å: of the largest sphere that passes through the four oxygen of radius
/// `oxygen_radius`. √(a² + I²)/2 − r_O; monoclinic: the widest of the faces, by half its shorter diagonal.
template <class S, Scalar T>
requires(S::coordination == AlkaliCoordination::prismatic) T
    prism_face_radius(const LayeredLattice<S, T>& lattice, double oxygen_radius) {
  const auto bonds = alkali_oxygen_bonds(lattice);
  // The upper corner above each lower one.
  const auto above = [&](std::size_t lower) {
    std::size_t best = 3;
    for (std::size_t u = 4; u < 6; ++u)
      if (detail::distance(bonds[lower], bonds[u]) < detail::distance(bonds[lower], bonds[best])) best = u;
    return best;
  };
  T widest(0.0);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t j = (i + 1) % 3;
    const T one = detail::distance(bonds[i], bonds[above(j)]),
            other = detail::distance(bonds[j], bonds[above(i)]);
    const T diagonal = one < other ? one : other;
    if (widest < diagonal) widest = diagonal;
  }
  return T(0.5) * widest - T(oxygen_radius);
}

}  // namespace lamella::inline LAMELLA_ABI
