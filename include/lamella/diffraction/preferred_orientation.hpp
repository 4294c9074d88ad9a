// Preferred orientation of crystallites that are platy or needle-like: the March-Dollase factor.
#pragma once

#include <lamella/core/scalar.hpp>          // Scalar, square
#include <lamella/crystal/coordinates.hpp>  // Miller
#include <lamella/crystal/unit_cell.hpp>    // SymmetricTensor

#include <cmath>
#include <span>

namespace lamella::inline LAMELLA_ABI {

/// Preferred orientation after A. March (1932) and W. A. Dollase, J. Appl. Cryst. 19 (1986) 267.
template <Scalar T = double>
struct MarchDollase {
  Miller axis{0, 0, 1};  ///< normal of the plates, or long axis of the needles, as the plane (hkl) that it is normal to
  T r{1};                ///< in reflection from a flat sample below 1 for plates, above 1 for needles; 1 for none; > 0

  template <Scalar U>
  using rebind = MarchDollase<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("r", self.r...);
  }
};

/// Factor on the intensity of a reflection: the mean of W(α) = (r² cos²α + sin²α/r)^(−3/2) over its symmetry equivalents, α
/// being their angles to `axis`. The mean of W over all directions is 1. `reciprocal`: the reciprocal metric of the cell;
/// `equivalents`: not empty; Friedel mates may be left out. Precondition: r > 0, `axis` and equivalents are not 000.
template <Scalar T>
T march_dollase(const T& r, const SymmetricTensor<T>& reciprocal, const Miller& axis, std::span<const Miller> equivalents) {
  using std::sqrt;
  const T axis_axis = reciprocal.quadratic_form(axis);
  const T inverse_r = T(1.0) / r;
  const T excess = r * r - inverse_r;
  T sum(0.0);
  for (const Miller& hkl : equivalents) {
    const T cosine2 = square(reciprocal.bilinear_form(axis, hkl)) / (axis_axis * reciprocal.quadratic_form(hkl));
    const T w = inverse_r + excess * cosine2;
    sum += T(1.0) / (w * sqrt(w));
  }
  return sum * T(1.0 / static_cast<double>(equivalents.size()));
}

/// `march_dollase` of a model.
template <Scalar T>
T orientation_factor(const MarchDollase<T>& model, const SymmetricTensor<T>& reciprocal, std::span<const Miller> equivalents) {
  return march_dollase(model.r, reciprocal, model.axis, equivalents);
}

}  // namespace lamella::inline LAMELLA_ABI
