// Shapes of coordination polyhedra: bond lengths, angles, volume and distortion, from the bond vectors.
//
// Bond vectors lead from the central atom to its neighbours, in Å along orthonormal axes. Six of them make an octahedron, in
// any order and orientation: opposite neighbours are found from the angles.
//   distortion index       W. H. Baur, Acta Cryst. B30 (1974) 1195
//   quadratic elongation, bond-angle variance
//                          K. Robinson, G. V. Gibbs & P. H. Ribbe, Science 172 (1971) 567
//   modes Q2 and Q3        J. H. Van Vleck, J. Chem. Phys. 7 (1939) 72
#pragma once

#include <lamella/core/constants.hpp>       // degree
#include <lamella/core/scalar.hpp>          // Scalar, square, value_of
#include <lamella/crystal/coordinates.hpp>  // Cartesian

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// The bond vectors of an octahedron, Å.
template <Scalar T = double>
using OctahedronBonds = std::array<Cartesian<T>, 6>;

/// Lengths of the bonds, Å, in the order given.
template <Scalar T, std::size_t N>
std::array<T, N> bond_lengths(const std::array<Cartesian<T>, N>& bonds) {
  using std::sqrt;
  std::array<T, N> lengths;
  for (std::size_t i = 0; i < N; ++i) lengths[i] = sqrt(dot(bonds[i], bonds[i]));
  return lengths;
}

/// Mean bond length, Å.
template <Scalar T, std::size_t N>
T mean_bond_length(const std::array<Cartesian<T>, N>& bonds) {
  T sum(0.0);
  for (const T& l : bond_lengths(bonds)) sum += l;
  return sum / T(static_cast<double>(N));
}

/// Distortion index D of Baur: mean of |l − l̄|/l̄ over the bonds (dimensionless, 0 where all are equal).
template <Scalar T, std::size_t N>
T baur_distortion_index(const std::array<Cartesian<T>, N>& bonds) {
  const T mean = mean_bond_length(bonds);
  T sum(0.0);
  for (const T& l : bond_lengths(bonds)) sum += l < mean ? mean - l : l - mean;
  return sum / (T(static_cast<double>(N)) * mean);
}

/// Standard deviation of the bond lengths σ_JT, Å: √(Σ (l − l̄)²/n), the size of a Jahn-Teller distortion.
template <Scalar T, std::size_t N>
T bond_length_deviation(const std::array<Cartesian<T>, N>& bonds) {
  using std::sqrt;
  const T mean = mean_bond_length(bonds);
  T sum(0.0);
  for (const T& l : bond_lengths(bonds)) sum += square(l - mean);
  return sqrt(sum / T(static_cast<double>(N)));
}

/// Angle between two bonds, degrees, 0-180.
template <Scalar T>
T bond_angle(const Cartesian<T>& p, const Cartesian<T>& q) {
  using std::atan2, std::sqrt;
  const Cartesian<T> normal{p.y * q.z - p.z * q.y, p.z * q.x - p.x * q.z, p.x * q.y - p.y * q.x};
  const T squared = dot(normal, normal);
  if (!(T(0.0) < squared)) return dot(p, q) < T(0.0) ? T(180.0) : T(0.0);
  return atan2(sqrt(squared), dot(p, q)) / T(degree);
}

/// The opposite neighbour of each of the six: three pairs of numbers.
template <Scalar T>
std::array<std::pair<std::size_t, std::size_t>, 3> opposite_bonds(const OctahedronBonds<T>& bonds) {
  std::array<std::pair<std::size_t, std::size_t>, 3> pairs{};
  std::array<bool, 6> used{};
  const std::array<T, 6> lengths = bond_lengths(bonds);
  for (auto& pair : pairs) {
    // The most nearly straight pair of those that are left.
    double straightest = 2;
    for (std::size_t i = 0; i < 6; ++i)
      for (std::size_t j = i + 1; j < 6; ++j) {
        if (used[i] || used[j]) continue;
        const double cosine = static_cast<double>(value_of(dot(bonds[i], bonds[j]))) /
                              static_cast<double>(value_of(lengths[i] * lengths[j]));
        if (cosine >= straightest) continue;
        straightest = cosine;
        pair = {i, j};
      }
    used[pair.first] = used[pair.second] = true;
  }
  return pairs;
}

/// The twelve angles between neighbouring bonds of an octahedron, degrees.
template <Scalar T>
std::array<T, 12> octahedral_angles(const OctahedronBonds<T>& bonds) {
  const auto opposite = opposite_bonds(bonds);
  std::array<T, 12> angles;
  std::size_t n = 0;
  for (std::size_t p = 0; p < 3; ++p)
    for (std::size_t q = p + 1; q < 3; ++q)
      for (const std::size_t i : {opposite[p].first, opposite[p].second})
        for (const std::size_t j : {opposite[q].first, opposite[q].second})
          angles[n++] = bond_angle(bonds[i], bonds[j]);
  return angles;
}

/// Bond-angle variance σ² of an octahedron, degrees²: Σ (θ − 90°)²/11 over its twelve angles.
template <Scalar T>
T bond_angle_variance(const OctahedronBonds<T>& bonds) {
  T sum(0.0);
  for (const T& angle : octahedral_angles(bonds)) sum += square(angle - T(90.0));
  return sum / T(11.0);
}

/// Volume of an octahedron around its central atom, Å³: the eight tetrahedra of the centre and one face.
template <Scalar T>
T octahedron_volume(const OctahedronBonds<T>& bonds) {
  const auto opposite = opposite_bonds(bonds);
  T volume(0.0);
  for (const std::size_t i : {opposite[0].first, opposite[0].second})
    for (const std::size_t j : {opposite[1].first, opposite[1].second})
      for (const std::size_t k : {opposite[2].first, opposite[2].second}) {
        const auto &p = bonds[i], &q = bonds[j], &r = bonds[k];
        const T product =
            p.x * (q.y * r.z - q.z * r.y) + p.y * (q.z * r.x - q.x * r.z) + p.z * (q.x * r.y - q.y * r.x);
        volume += product < T(0.0) ? -product : product;
      }
  return volume / T(6.0);
}

/// Mean quadratic elongation ⟨λ⟩ of an octahedron (dimensionless, 1 where it is regular): mean of (l/l0)² with the centre-to-
/// vertex distance l0 of the regular octahedron of the same volume 4/3 l0³.
template <Scalar T>
T quadratic_elongation(const OctahedronBonds<T>& bonds) {
  using std::exp, std::log;
  T sum(0.0);
  for (const Cartesian<T>& bond : bonds) sum += dot(bond, bond);
  const T l0_squared = exp(T(2.0 / 3.0) * log(T(0.75) * octahedron_volume(bonds)));
  return sum / (T(6.0) * l0_squared);
}

/// The two Jahn-Teller active modes e_g of an octahedron.
template <Scalar T = double>
struct JahnTellerModes {
  T Q2{};  ///< difference of the two axes that are nearer in length, Å, never negative
  T Q3{};  ///< elongation (positive) or compression (negative) along the third axis, Å

  /// Size of the distortion √(Q2² + Q3²), Å.
  T amplitude() const {
    using std::sqrt;
    return sqrt(Q2 * Q2 + Q3 * Q3);
  }
};

/// Modes Q2 and Q3 of the three axes of an octahedron, x, y and z being half the sum of two opposite bond lengths:
/// Q2 = x − y, Q3 = (2z − x − y)/√3 (Van Vleck's normal coordinates of the six neighbours; √2 times as large where they are
/// written Q2 = (1/√2)(X1 − X4 − Y2 + Y5)). z is the axis that differs most from the mean, and x ≥ y.
template <Scalar T>
JahnTellerModes<T> jahn_teller_modes(const OctahedronBonds<T>& bonds) {
  const auto lengths = bond_lengths(bonds);
  const auto opposite = opposite_bonds(bonds);
  std::array<T, 3> axis;
  for (std::size_t i = 0; i < 3; ++i)
    axis[i] = T(0.5) * (lengths[opposite[i].first] + lengths[opposite[i].second]);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j + 1 < 3; ++j)
      if (axis[j] < axis[j + 1]) std::swap(axis[j], axis[j + 1]);
  // Descending: the middle one is nearer to one end; the other end is z.
  const bool elongated = !(axis[0] - axis[1] < axis[1] - axis[2]);
  const T &z = elongated ? axis[0] : axis[2], &x = elongated ? axis[1] : axis[0],
          &y = elongated ? axis[2] : axis[1];
  return {x - y, (T(2.0) * z - x - y) * T(std::numbers::inv_sqrt3)};
}

}  // namespace lamella::inline LAMELLA_ABI
