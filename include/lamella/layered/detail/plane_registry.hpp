// On which of the three positions of a triangular lattice each anion plane sits.
#pragma once

#include <lamella/core/constants.hpp>                // degree
#include <lamella/crystal/unit_cell.hpp>             // UnitCell, cartesian_axes
#include <lamella/layered/detail/anion_planes.hpp>   // AnionPlane, LayerAtom
#include <lamella/layered/stacking.hpp>              // LayerLetter

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Lattice vectors for planes (hkl): two that span the plane and one that leads to the next.
struct PlaneBasis {
  std::array<Miller, 2> in_plane;
  Miller step;  ///< axis·step = 1
};

/// x, y and the positive g = gcd(a, b) = x a + y b.
struct Bezout {
  int g, x, y;
};
constexpr Bezout bezout(int a, int b) {
  int x0 = 1, y0 = 0, x1 = 0, y1 = 1;
  while (b != 0) {
    const int q = a / b;
    a = std::exchange(b, a - q * b);
    x0 = std::exchange(x1, x0 - q * x1);
    y0 = std::exchange(y1, y0 - q * y1);
  }
  return a < 0 ? Bezout{-a, -x0, -y0} : Bezout{a, x0, y0};
}

/// For indices without a common divisor.
constexpr PlaneBasis plane_basis(const Miller& axis) {
  const auto [g, p, q] = bezout(axis.h, axis.k);
  if (g == 0) return {{Miller{1, 0, 0}, Miller{0, 1, 0}}, Miller{0, 0, axis.l}};
  const auto along = bezout(g, axis.l);
  return {{Miller{axis.k / g, -axis.h / g, 0}, Miller{-p * axis.l, -q * axis.l, g}}, Miller{along.x * p, along.x * q, along.y}};
}

/// The triangular lattice of the anion planes and where each plane sits on it.
class PlaneRegistry {
 public:
  /// Nothing where the planes are not (nearly) triangular lattices, one like the other. Up to a fifth of the anions of a plane
  /// may be missing (less than the quarter that a kagome net lacks).
  static std::optional<PlaneRegistry> find(const UnitCell<double>& cell, const Miller& axis, std::span<const LayerAtom<double>> atoms,
                                           std::span<const AnionPlane<double>> planes) {
    PlaneRegistry r;
    const auto basis = plane_basis(axis);
    const auto axes = cartesian_axes(cell);
    const auto cartesian = [&](const Miller& m) { return axes(Fractional<double>{double(m.h), double(m.k), double(m.l)}); };
    const auto cross = [](const Cartesian<double>& u, const Cartesian<double>& v) {
      return Cartesian<double>{u.y * v.z - u.z * v.y, u.z * v.x - u.x * v.z, u.x * v.y - u.y * v.x};
    };
    // The two shortest lattice vectors of the plane (Gauss' reduction).
    auto p1 = cartesian(basis.in_plane[0]), p2 = cartesian(basis.in_plane[1]);
    const auto less = [](const Cartesian<double>& u, const Cartesian<double>& v, double n) {
      return Cartesian<double>{u.x - n * v.x, u.y - n * v.y, u.z - n * v.z};
    };
    for (int i = 0; i < 100; ++i) {
      if (dot(p2, p2) < dot(p1, p1)) std::swap(p1, p2);
      const double n = std::round(dot(p1, p2) / dot(p1, p1));
      if (n == 0) break;
      p2 = less(p2, p1, n);
    }
    const double h_area = std::sqrt(dot(cross(p1, p2), cross(p1, p2)));

    // Plane coordinates: e1 along p1, e2 perpendicular, right-handed about the upward normal.
    const auto up = cartesian(basis.step);
    auto normal = cross(p1, p2);
    if (dot(normal, up) < 0) normal = {-normal.x, -normal.y, -normal.z};
    const auto unit = [](const Cartesian<double>& v) {
      const double l = std::sqrt(dot(v, v));
      return Cartesian<double>{v.x / l, v.y / l, v.z / l};
    };
    r.e1_ = unit(p1);
    r.e2_ = cross(unit(normal), r.e1_);
    const auto flat = [&](const Cartesian<double>& v) { return std::array{dot(v, r.e1_), dot(v, r.e2_)}; };

    // Nearest neighbours of an anion within its plane give approximate axes of the triangular lattice.
    const auto& first = *std::max_element(planes.begin(), planes.end(), [](const auto& p, const auto& q) { return p.atoms.size() < q.atoms.size(); });
    const double per_anion = h_area / static_cast<double>(first.atoms.size());
    const double expected = std::sqrt(per_anion * 2 / std::sqrt(3.0));
    if (!(expected > 2.2 && expected < 4.5)) return std::nullopt;
    constexpr int reach = 3;  // periods of the reduced lattice: more than any neighbour needs
    const auto solve = [](const std::array<double, 2>& u, const std::array<double, 2>& v, const std::array<double, 2>& x) {
      const double det = u[0] * v[1] - u[1] * v[0];
      return std::array{(x[0] * v[1] - x[1] * v[0]) / det, (u[0] * x[1] - u[1] * x[0]) / det};
    };
    // Where an atom of a plane is, brought back by whole periods to the height at which the plane is counted.
    const auto position = [&](const AnionPlane<double>& plane, std::size_t atom) {
      return less(axes(atoms[atom].position), up, std::round(height_of(atoms[atom].position, axis) - plane.height));
    };
    const auto flat1 = flat(p1), flat2 = flat(p2);
    const auto neighbours_of = [&](const Cartesian<double>& centre) {
      std::vector<std::array<double, 2>> list;
      for (const std::size_t a : first.atoms) {
        const auto d = flat(position(first, a) - centre);
        const auto whole = solve(flat1, flat2, d);
        for (int i = -reach; i <= reach; ++i)
          for (int j = -reach; j <= reach; ++j) {
            const double u = i - std::round(whole[0]), v = j - std::round(whole[1]);
            const std::array x{d[0] + u * flat1[0] + v * flat2[0], d[1] + u * flat1[1] + v * flat2[1]};
            const double length = std::hypot(x[0], x[1]);
            if (length > 0.5 && length < 1.35 * expected) list.push_back(x);
          }
      }
      return list;
    };
    // The first anion that has all its neighbours.
    auto origin = position(first, first.atoms.front());
    auto neighbours = neighbours_of(origin);
    for (std::size_t i = 1; i < first.atoms.size() && neighbours.size() < 6; ++i) {
      origin = position(first, first.atoms[i]);
      neighbours = neighbours_of(origin);
    }
    if (neighbours.size() < 6) return std::nullopt;
    std::sort(neighbours.begin(), neighbours.end(), [](const auto& x, const auto& y) { return std::hypot(x[0], x[1]) < std::hypot(y[0], y[1]); });
    const auto v1 = neighbours.front();
    const auto v2 = std::find_if(neighbours.begin(), neighbours.end(), [&](const auto& v) {
      const double angle = std::atan2(v1[0] * v[1] - v1[1] * v[0], v1[0] * v[0] + v1[1] * v[1]) / degree;
      return angle > 105 && angle < 135;
    });
    if (v2 == neighbours.end()) return std::nullopt;
    // In-plane lattice vectors are whole numbers of triangular steps: that makes the axes exact also in a supercell.
    auto n1 = solve(v1, *v2, flat1), n2 = solve(v1, *v2, flat2);
    for (auto* n : {&n1, &n2})
      for (double& x : *n) x = std::round(x);
    const double det = n1[0] * n2[1] - n1[1] * n2[0];
    const double places = std::abs(det);  // of the triangular lattice, per plane of the cell
    const auto fills = [&](const AnionPlane<double>& plane) {
      const auto count = static_cast<double>(plane.atoms.size());
      return count < places + 0.5 && count > 0.8 * places - 1e-6;
    };
    if (!fills(first)) return std::nullopt;
    for (std::size_t i = 0; i < 2; ++i) {
      r.axis1_[i] = (n2[1] * flat1[i] - n1[1] * flat2[i]) / det;
      r.axis2_[i] = (n1[0] * flat2[i] - n2[0] * flat1[i]) / det;
    }
    const double l1 = std::hypot(r.axis1_[0], r.axis1_[1]), l2 = std::hypot(r.axis2_[0], r.axis2_[1]),
                 l3 = std::hypot(r.axis1_[0] + r.axis2_[0], r.axis1_[1] + r.axis2_[1]);
    const double longest = std::max({l1, l2, l3}), shortest = std::min({l1, l2, l3});
    r.distorted_ = longest > 1.005 * shortest;
    r.anion_distance_ = (l1 + l2 + l3) / 3;

    const auto place = [&](const Cartesian<double>& v) { return solve(r.axis1_, r.axis2_, flat(v)); };
    const auto letter_of = [&](double u, double v) -> std::optional<LayerLetter> {
      for (int k = 0; k < 3; ++k) {
        const double du = u - k / 3.0, dv = v - 2 * k / 3.0;
        const double eu = du - std::round(du), ev = dv - std::round(dv);
        const double off = std::sqrt(std::abs(eu * eu + ev * ev - eu * ev));
        if (off > 0.2) continue;
        if (off > 0.02) r.distorted_ = true;
        return static_cast<LayerLetter>(k);
      }
      return std::nullopt;
    };
    for (const auto& plane : planes) {
      if (!fills(plane)) return std::nullopt;
      r.missing_ = std::max(r.missing_, 1 - static_cast<double>(plane.atoms.size()) / places);
      std::complex<double> mean_u, mean_v;
      for (const std::size_t a : plane.atoms) {
        const auto [u, v] = place(position(plane, a) - origin);
        mean_u += std::polar(1.0, 2 * std::numbers::pi * u);
        mean_v += std::polar(1.0, 2 * std::numbers::pi * v);
      }
      const double count = static_cast<double>(plane.atoms.size());
      if (std::abs(mean_u) < 0.6 * count || std::abs(mean_v) < 0.6 * count) return std::nullopt;
      const auto letter = letter_of(std::arg(mean_u) / (2 * std::numbers::pi), std::arg(mean_v) / (2 * std::numbers::pi));
      if (!letter) return std::nullopt;
      r.letters_.push_back(*letter);
    }
    const auto shift = place(up);
    const auto letter = letter_of(shift[0], shift[1]);
    if (!letter) return std::nullopt;
    r.shift_ = *letter;
    return r;
  }

  /// The stacking, when plane number `first` is the lower one of a slab; nothing where a slab is not octahedral or the
  /// word is too long.
  std::optional<StackingSequence> word(std::size_t first) const {
    const std::size_t periods = shift_ == 0 ? 1 : 3;
    if (letters_.size() / 2 * periods > StackingSequence::capacity) return std::nullopt;
    StackingSequence sequence;
    for (std::size_t p = 0; p < periods; ++p)
      for (std::size_t i = first; i < first + letters_.size(); i += 2) {
        const auto letter = [&](std::size_t k) {
          const std::size_t moves = (p + k / letters_.size()) * shift_;
          return static_cast<LayerLetter>((letters_[k % letters_.size()] + moves) % 3);
        };
        const Slab slab{letter(i), letter(i + 1)};
        if (slab.bottom == slab.top) return std::nullopt;
        sequence.push_back(slab);
      }
    return sequence;
  }
  /// Whether the planes are not triangular or do not sit on the three positions.
  bool distorted() const { return distorted_; }
  /// The largest share of its anions that a plane lacks.
  double missing() const { return missing_; }
  /// Mean distance of neighbouring anions within a plane, Å.
  double anion_distance() const { return anion_distance_; }

 private:
  Cartesian<double> e1_, e2_;
  std::array<double, 2> axis1_{}, axis2_{};
  std::vector<LayerLetter> letters_;
  LayerLetter shift_ = 0;
  bool distorted_ = false;
  double anion_distance_ = 0;
  double missing_ = 0;
};

}  // namespace detail
}  // namespace lamella
