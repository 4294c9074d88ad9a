// Positions and indices as distinct types, so that spaces cannot be mixed up.
#pragma once

#include <lamella/core/scalar.hpp>  // Scalar

#include <compare>

namespace lamella::inline LAMELLA_ABI {

/// A position in fractions of the cell edges (dimensionless).
template <Scalar T = double>
struct Fractional {
  T x{}, y{}, z{};

  template <Scalar U>
  using rebind = Fractional<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("x", self.x...);
    visit("y", self.y...);
    visit("z", self.z...);
  }
};

/// A position in Å along orthonormal axes: x along a, y in the plane of a and b, z along c*.
template <Scalar T = double>
struct Cartesian {
  T x{}, y{}, z{};

  friend constexpr Cartesian operator-(const Cartesian& p, const Cartesian& q) {
    return {p.x - q.x, p.y - q.y, p.z - q.z};
  }
  friend constexpr T dot(const Cartesian& p, const Cartesian& q) { return p.x * q.x + p.y * q.y + p.z * q.z; }
};

/// Miller indices of a reflection.
struct Miller {
  int h = 0, k = 0, l = 0;

  constexpr auto operator<=>(const Miller&) const = default;
  constexpr Miller operator-() const { return {-h, -k, -l}; }
};

}  // namespace lamella::inline LAMELLA_ABI
