// The model of a powder pattern: instrument, background and phases.
#pragma once

#include <lamella/core/scalar.hpp>              // Scalar
#include <lamella/crystal/structure.hpp>        // Structure
#include <lamella/diffraction/background.hpp>   // Background
#include <lamella/diffraction/instrument.hpp>   // Instrument, Diffractometer
#include <lamella/diffraction/phase.hpp>        // Phase
#include <lamella/fit/parameters.hpp>           // for_each_parameter

#include <cstddef>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

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
PowderModel<typename Crystal::template rebind<U>> rebound(const PowderModel<Crystal>& model) {
  PowderModel<typename Crystal::template rebind<U>> r{model.diffractometer, {}, {}, {}};
  r.background.coefficients.resize(model.background.coefficients.size());
  r.background.knots = model.background.knots;
  r.background.levels.resize(model.background.levels.size());
  r.background.humps.resize(model.background.humps.size());
  for (const auto& phase : model.phases) {
    Phase<typename Crystal::template rebind<U>> p{phase.name, rebound<U>(phase.crystal)};
    if (phase.uniaxial_size) p.uniaxial_size.emplace().axis = phase.uniaxial_size->axis;
    if (phase.uniaxial_strain) p.uniaxial_strain.emplace().axis = phase.uniaxial_strain->axis;
    if (phase.quartic_strain) p.quartic_strain = rebound<U>(*phase.quartic_strain);
    if (phase.preferred_orientation) p.preferred_orientation.emplace().axis = phase.preferred_orientation->axis;
    if (phase.texture) p.texture = rebound<U>(*phase.texture);
    if (phase.extinction) p.extinction.emplace();
    p.intensity_model = phase.intensity_model;
    for (const auto& i : phase.intensities) p.intensities.push_back({i.hkl, i.multiplicity, U(i.value)});
    r.phases.push_back(std::move(p));
  }
  for_each_parameter([](U& to, const auto& from) { to = U(from); }, r, model);
  return r;
}

}  // namespace lamella
