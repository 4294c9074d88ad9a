// The model of a powder pattern: instrument, background and phases.
#pragma once

#include <lamella/core/scalar.hpp>                // Scalar
#include <lamella/crystal/structure.hpp>          // Structure
#include <lamella/diffraction/instrument.hpp>     // Instrument, Diffractometer
#include <lamella/diffraction/powder_pattern.hpp>  // AngleRange

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A structure is its own description. Other crystal models, such as a `LayeredCrystal`, fill `scratch` instead;
/// `scratch` has the topology of `structure_of(crystal)` so that nothing is allocated.
template <Scalar T>
const Structure<T>& structure_of(const Structure<T>& structure, Structure<T>& /*scratch*/) {
  return structure;
}
template <Scalar T>
Structure<T> structure_of(const Structure<T>& structure) {
  return structure;
}

/// What can stand in a powder pattern: a model on some scalar that yields a `Structure`.
template <class C>
concept CrystalModel = requires(const C& crystal, Structure<typename C::scalar>& scratch) {
  { structure_of(crystal) } -> std::same_as<Structure<typename C::scalar>>;
  { structure_of(crystal, scratch) } -> std::convertible_to<const Structure<typename C::scalar>&>;
};

/// One crystalline phase of a powder.
template <CrystalModel Crystal>
struct Phase {
  using scalar = typename Crystal::scalar;

  std::string name;        ///< first part of its parameters' names
  Crystal crystal;
  scalar scale{1};         ///< S in I = S m |F|² LP, F of the conventional cell
  scalar size{2000};       ///< apparent crystallite size L, Å: Lorentzian FWHM (180/π) λ/(L cosθ), Scherrer constant 1
  scalar strain{0};        ///< apparent microstrain ε: Lorentzian FWHM (180/π) 4 ε tanθ (A. R. Stokes & A. J. C. Wilson 1944)

  template <Scalar U>
  using rebind = Phase<typename Crystal::template rebind<U>>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    Crystal::parameters(visit, self.crystal...);
    visit("scale", self.scale...);
    visit("size", self.size...);
    visit("strain", self.strain...);
  }
};

/// Background: Chebyshev polynomials of the first kind on the range of the pattern.
template <Scalar T = double>
struct Background {
  std::vector<T> coefficients;  ///< counts; number k multiplies T_k(x), x = −1 … 1 over the range of angles

  template <Scalar U>
  using rebind = Background<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    for (std::size_t k = 0; k < self.coefficients.size(); ++k)
      visit(std::to_string(k), self.coefficients[k], others.coefficients[k]...);
  }
};

/// A powder pattern as the sum of a background and of phases on one diffractometer.
template <CrystalModel Crystal = Structure<double>>
struct PowderModel {
  using scalar = typename Crystal::scalar;

  Diffractometer diffractometer;
  Instrument<scalar> instrument;
  Background<scalar> background;
  std::vector<Phase<Crystal>> phases;

  template <Scalar U>
  using rebind = PowderModel<typename Crystal::template rebind<U>>;

  /// "pattern.zero" … "pattern.background.0" … "<phase>.cell.a" …
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    visit("pattern", self.instrument, others.instrument...);
    visit("pattern.background", self.background, others.background...);
    for (std::size_t i = 0; i < self.phases.size(); ++i)
      visit(self.phases[i].name, self.phases[i], others.phases[i]...);
  }
};

/// The same model on another scalar: names and settings copied, values converted, derivatives zero.
template <Scalar U, CrystalModel Crystal>
Phase<typename Crystal::template rebind<U>> rebound(const Phase<Crystal>& phase) {
  return {phase.name, rebound<U>(phase.crystal), U(phase.scale), U(phase.size), U(phase.strain)};
}
template <Scalar U, CrystalModel Crystal>
PowderModel<typename Crystal::template rebind<U>> rebound(const PowderModel<Crystal>& model) {
  PowderModel<typename Crystal::template rebind<U>> r{model.diffractometer, {}, {}, {}};
  r.background.coefficients.resize(model.background.coefficients.size());
  for (const auto& phase : model.phases) r.phases.push_back(rebound<U>(phase));
  const auto& i = model.instrument;
  r.instrument = {U(i.zero), U(i.displacement), U(i.U), U(i.V), U(i.W), U(i.X), U(i.Y), U(i.asymmetry)};
  for (std::size_t k = 0; k < model.background.coefficients.size(); ++k)
    r.background.coefficients[k] = U(model.background.coefficients[k]);
  return r;
}

}  // namespace lamella
