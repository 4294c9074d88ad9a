// The unit cell: edges and angles, volume, d-spacings, Cartesian coordinates.
#pragma once

#include <lamella/core/constants.hpp>       // degree
#include <lamella/core/error.hpp>           // fail
#include <lamella/core/measured.hpp>        // Measured, to_string
#include <lamella/core/scalar.hpp>          // Scalar, square, value_of
#include <lamella/crystal/coordinates.hpp>  // Fractional, Cartesian, Miller

#include <cmath>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Edges in Å, angles in degrees. Hexagonal axes (γ = 120°) for trigonal and hexagonal groups.
template <Scalar T = double>
struct UnitCell {
  T a{1}, b{1}, c{1};
  T alpha{90}, beta{90}, gamma{90};

  template <Scalar U>
  using rebind = UnitCell<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a", self.a...);
    visit("b", self.b...);
    visit("c", self.c...);
    visit("alpha", self.alpha...);
    visit("beta", self.beta...);
    visit("gamma", self.gamma...);
  }
};

/// The cell of hexagonal axes: a = b, γ = 120°. Å.
template <Scalar T>
constexpr UnitCell<T> hexagonal_cell(const T& a, const T& c) {
  return {a, a, c, T(90), T(90), T(120)};
}

/// A symmetric 3×3 tensor, by its six components.
template <Scalar T = double>
struct SymmetricTensor {
  T xx{}, yy{}, zz{}, yz{}, xz{}, xy{};

  /// v·M·v for integer v.
  constexpr T quadratic_form(const Miller& v) const {
    const auto n = [](int i) { return T(static_cast<double>(i)); };
    return n(v.h * v.h) * xx + n(v.k * v.k) * yy + n(v.l * v.l) * zz + n(2 * v.k * v.l) * yz +
           n(2 * v.h * v.l) * xz + n(2 * v.h * v.k) * xy;
  }

  /// v·M·w for integer v and w.
  constexpr T bilinear_form(const Miller& v, const Miller& w) const {
    const auto n = [](int i) { return T(static_cast<double>(i)); };
    return n(v.h * w.h) * xx + n(v.k * w.k) * yy + n(v.l * w.l) * zz + n(v.k * w.l + v.l * w.k) * yz +
           n(v.h * w.l + v.l * w.h) * xz + n(v.h * w.k + v.k * w.h) * xy;
  }
};

namespace detail {

/// Cosine of an angle in degrees, exact at the angles that symmetry fixes.
template <Scalar T>
T cos_degrees(const T& angle) {
  using std::cos;
  T c = cos(angle * T(degree));
  if (value_of(angle) == 90.0) c = c - T(value_of(c));
  if (value_of(angle) == 120.0) c = c - T(value_of(c) + 0.5);
  return c;
}

}  // namespace detail

/// Metric tensor G of the direct lattice, Å²: lengths² are v·G·v.
template <Scalar T>
SymmetricTensor<T> metric(const UnitCell<T>& cell) {
  return {cell.a * cell.a,
          cell.b * cell.b,
          cell.c * cell.c,
          cell.b * cell.c * detail::cos_degrees(cell.alpha),
          cell.a * cell.c * detail::cos_degrees(cell.beta),
          cell.a * cell.b * detail::cos_degrees(cell.gamma)};
}

/// Determinant of a symmetric tensor.
template <Scalar T>
T determinant(const SymmetricTensor<T>& m) {
  return m.xx * (m.yy * m.zz - m.yz * m.yz) - m.xy * (m.xy * m.zz - m.yz * m.xz) +
         m.xz * (m.xy * m.yz - m.yy * m.xz);
}

/// Inverse of a symmetric tensor.
template <Scalar T>
SymmetricTensor<T> inverse(const SymmetricTensor<T>& m) {
  const T f = T(1) / determinant(m);
  return {(m.yy * m.zz - m.yz * m.yz) * f, (m.xx * m.zz - m.xz * m.xz) * f, (m.xx * m.yy - m.xy * m.xy) * f,
          (m.xz * m.xy - m.xx * m.yz) * f, (m.xy * m.yz - m.yy * m.xz) * f, (m.xz * m.yz - m.zz * m.xy) * f};
}

/// Cell volume, Å³.
template <Scalar T>
T volume(const UnitCell<T>& cell) {
  using std::sqrt;
  return sqrt(determinant(metric(cell)));
}

/// Metric tensor of the reciprocal lattice, Å⁻²: h·G*·h = 1/d².
template <Scalar T>
SymmetricTensor<T> reciprocal_metric(const UnitCell<T>& cell) {
  return inverse(metric(cell));
}

/// Distance of the lattice planes (hkl), Å.
template <Scalar T>
T d_spacing(const UnitCell<T>& cell, const Miller& hkl) {
  using std::sqrt;
  return T(1) / sqrt(reciprocal_metric(cell).quadratic_form(hkl));
}

/// The Cartesian axes of a cell, computed once for many positions: x along a, y in the plane of a and b. Å.
template <Scalar T = double>
struct CartesianAxes {
  T a_x{}, b_x{}, b_y{}, c_x{}, c_y{}, c_z{};

  constexpr Cartesian<T> operator()(const Fractional<T>& p) const {
    return {a_x * p.x + b_x * p.y + c_x * p.z, b_y * p.y + c_y * p.z, c_z * p.z};
  }
};

template <Scalar T>
CartesianAxes<T> cartesian_axes(const UnitCell<T>& cell) {
  using std::sqrt;
  const T cos_alpha = detail::cos_degrees(cell.alpha);
  const T cos_beta = detail::cos_degrees(cell.beta);
  const T cos_gamma = detail::cos_degrees(cell.gamma);
  const T sin_gamma = sqrt(T(1) - cos_gamma * cos_gamma);
  const T c_y = (cos_alpha - cos_beta * cos_gamma) / sin_gamma;
  const T c_z = sqrt(T(1) - cos_beta * cos_beta - c_y * c_y);
  return {cell.a, cell.b * cos_gamma, cell.b * sin_gamma, cell.c * cos_beta, cell.c * c_y, cell.c * c_z};
}

/// Cartesian coordinates of a fractional position, Å.
template <Scalar T>
Cartesian<T> to_cartesian(const UnitCell<T>& cell, const Fractional<T>& p) {
  return cartesian_axes(cell)(p);
}

/// The reciprocal lattice vector h a* + k b* + l c* along the Cartesian axes of a cell, Å⁻¹: normal to (hkl), of length 1/d.
template <Scalar T>
Cartesian<T> reciprocal_vector(const CartesianAxes<T>& axes, const Miller& hkl) {
  const T x = T(static_cast<double>(hkl.h)) / axes.a_x;
  const T y = (T(static_cast<double>(hkl.k)) - axes.b_x * x) / axes.b_y;
  const T z = (T(static_cast<double>(hkl.l)) - axes.c_x * x - axes.c_y * y) / axes.c_z;
  return {x, y, z};
}

/// Height of one cell above the plane of a and b, Å: 1/c*. The period of a stacking along c*.
template <Scalar T>
T height_along_c_star(const UnitCell<T>& cell) {
  return d_spacing(cell, Miller{0, 0, 1});
}

/// Whether edges are positive, angles lie in (0°, 180°), the three angles enclose a volume (more than 10⁻⁵ a b c, so that
/// rounding cannot make one), and all of that is finite.
inline bool is_valid(const UnitCell<double>& cell) noexcept {
  const bool edges = cell.a > 0 && cell.b > 0 && cell.c > 0;
  const bool angles = cell.alpha > 0 && cell.alpha < 180 && cell.beta > 0 && cell.beta < 180 &&
                      cell.gamma > 0 && cell.gamma < 180;
  if (!edges || !angles) return false;
  const double squared_volume = determinant(metric(cell));
  return std::isfinite(squared_volume) && squared_volume > 1e-10 * square(cell.a * cell.b * cell.c);
}

/// "a b c alpha beta gamma" with decimal points.
inline std::string to_string(const UnitCell<double>& cell) {
  std::string text;
  for (const double x : {cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma})
    text.append(text.empty() ? "" : " ").append(to_string(Measured{x, 0}));
  return text;
}

/// Throws unless the cell `is_valid`.
inline void require_valid(const UnitCell<double>& cell, const Place& where = {}) {
  if (!is_valid(cell))
    fail("impossible unit cell (a b c alpha beta gamma = " + to_string(cell) +
             "), expected positive edges in Å and angles in degrees that enclose a volume",
         where);
}

}  // namespace lamella::inline LAMELLA_ABI
