// Rough surfaces of flat samples in reflection: the loss of intensity at low angles.
#pragma once

#include <lamella/core/scalar.hpp>  // Scalar

#include <cmath>

namespace lamella::inline LAMELLA_ABI {

/// A surface after P. Suortti, J. Appl. Cryst. 5 (1972) 325. The defaults are a smooth one.
template <Scalar T = double>
struct SuorttiRoughness {
  T grazing{0.5};  ///< a: share of the intensity that is left at grazing angles, 0-1
  T depth{};       ///< b: optical depth of the rough layer, dimensionless, ≥ 0; 0 is a smooth surface

  template <Scalar U>
  using rebind = SuorttiRoughness<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("grazing", self.grazing...);
    visit("depth", self.depth...);
  }
};

/// Factor (a + (1 − a) exp(−b/sinθ))/(a + (1 − a) exp(−b)): 1 at θ = 90°. `theta` in radians, above 0. With b = 0 the share a has no
/// effect: refine b first.
template <Scalar T>
T surface_roughness(const SuorttiRoughness<T>& surface, const T& theta) {
  using std::exp, std::sin;
  const auto left = [&](const T& depth) { return surface.grazing + (T(1.0) - surface.grazing) * exp(-depth); };
  return left(surface.depth / sin(theta)) / left(surface.depth);
}

/// A surface after W. Pitschke, H. Hermann & N. Mattern, Powder Diffr. 8 (1993) 74. The defaults are a smooth one.
template <Scalar T = double>
struct PitschkeRoughness {
  T strength{};       ///< c, dimensionless; 0 is a smooth surface
  T depth{0.05};      ///< τ: depth of the roughness in units of the absorption length, dimensionless

  template <Scalar U>
  using rebind = PitschkeRoughness<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("strength", self.strength...);
    visit("depth", self.depth...);
  }
};

/// Factor 1 − c u (1 − u) with u = τ/sinθ; the part that does not depend on the angle is left to the scale. `theta` in radians,
/// above 0. Meant for sinθ ≥ 2τ, where the factor rises with the angle; for sinθ < τ it would amplify.
template <Scalar T>
T surface_roughness(const PitschkeRoughness<T>& surface, const T& theta) {
  using std::sin;
  const T u = surface.depth / sin(theta);
  return T(1.0) - surface.strength * u * (T(1.0) - u);
}

}  // namespace lamella::inline LAMELLA_ABI
