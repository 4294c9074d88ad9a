// Everything in this room that is templated on its scalar works with a number that has only the promised operations.
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/axial_divergence.hpp>
#include <lamella/diffraction/instrument.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/pseudo_voigt.hpp>
#include <lamella/diffraction/reflections.hpp>
#include <lamella/diffraction/scattering.hpp>
#include <lamella/diffraction/structure_factor.hpp>
#include <lamella/fit/parameters.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <span>
#include <vector>

#include "../support/archetype_scalar.hpp"
#include "../support/powder_models.hpp"

using namespace lamella;
using archetype::Real;

TEST_CASE("models and formulas of diffraction ask no more of a number than Scalar promises") {
  const auto s = lamella_test::o3_nfm();
  const Structure<Real> r = rebound<Real>(s);
  const auto list = reflections(s.cell, s.space_group, 1.2);
  std::vector<Scatterer> f;
  for (const auto& site : s.sites) f.push_back(with_dispersion(scatterer(site.species), site.species, Anode::Cu));
  const StructureFactors factors(s, list, f);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const double s2 = 0.25 / (list[i].d * list[i].d);
    CHECK(value_of(factors.squared(i, r, Real(s2))) == doctest::Approx(factors.squared(i, s, s2)).epsilon(1e-10));
    CHECK(value_of(f[0].f0(Real(s2))) == doctest::Approx(f[0].f0(s2)).epsilon(1e-14));
  }

  const auto shape = thompson_cox_hastings(Real(0.004), Real(0.03));
  CHECK(value_of(pseudo_voigt(Real(0.02), shape)) ==
        doctest::Approx(pseudo_voigt(0.02, thompson_cox_hastings(0.004, 0.03))).epsilon(1e-13));
  CHECK(value_of(lorentz_polarisation(Real(0.3), 0.8)) == doctest::Approx(lorentz_polarisation(0.3, 0.8)).epsilon(1e-14));

  const AxialQuadrature quadrature;
  std::vector<AxialNode<Real>> real_nodes(AxialQuadrature::largest);
  std::vector<AxialNode<double>> nodes(AxialQuadrature::largest);
  const std::span<const AxialNode<Real>> a = quadrature.nodes(2, Real(30.0), Real(0.02), std::span(real_nodes));
  const std::span<const AxialNode<double>> b = quadrature.nodes(2, 30.0, 0.02, std::span(nodes));
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(value_of(a[i].shift) == doctest::Approx(b[i].shift).epsilon(1e-13));
  CHECK(value_of(distant_nodes(a)[0].weight) == doctest::Approx(distant_nodes(b)[0].weight).epsilon(1e-12));

  PowderModel<> model = lamella_test::o3_nfm_pattern();
  model.background.coefficients = {1, 2};
  const auto real_model = rebound<Real>(model);
  CHECK(parameter_values(real_model) == parameter_values(model));
  CHECK(parameter_names(real_model) == parameter_names(model));
  CHECK(value_of(angle_shift(real_model.instrument, model.diffractometer, Real(0.2))) ==
        angle_shift(model.instrument, model.diffractometer, 0.2));
}
