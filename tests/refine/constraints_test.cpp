// Restraints, ties of the user, anisotropic displacement and texture in refinements of synthetic patterns.
#include <lamella/core/error.hpp>
#include <lamella/diffraction/spherical_harmonics_texture.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "refined_values.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::noisy_pattern, lamella_test::number_of, lamella_test::Random, lamella_test::synthetic_model;

namespace {

using Fit = Refinement<Structure<double>>;

PowderPattern pattern_of(const PowderModel<>& model, std::uint64_t seed) {
  Random random(seed);
  return noisy_pattern(model, even_grid(14, 0.04, 1900), random);
}

/// Scale and background, then all that a test asks for.
RefinementOptions<> releasing(std::vector<std::string> names) {
  RefinementOptions<> options;
  names.insert(names.end(), {"*.cell.a", "*.cell.c"});
  options.plan = {{"scale", {"*.scale", "pattern.background.*"}, 6, 0}, {"all", std::move(names), 30, 0}};
  return options;
}

/// Slab thickness of O3 with the metal at 0: 2c(1/3 − z).
constexpr auto slab = [](const auto& m) {
  const auto& s = m.phases[0].crystal;
  return 2.0 * s.cell.c * (1.0 / 3 - s.sites[2].position.z);
};

}  // namespace

TEST_CASE("a tight restraint on the slab is obeyed, a loose one shifts it as weighted means say") {
  const auto pattern = pattern_of(synthetic_model(), 11);
  auto options = releasing({"O3.O1.z", "O3.*.Uiso"});
  const Fit without = refine(synthetic_model(), pattern, options);
  const Measured free = derived(without, slab);
  CHECK(without.status == FitStatus::converged);
  const double gof = without.agreement.GoF;  // esds are scaled by it, the restraint's sigma enters as it is
  const double data = free.esd / gof;

  const double target = free.value + 3 * data;
  options.restraints = {restrain<Structure<double>>("slab", target, 0.01 * data, slab)};
  const Measured tight = derived(refine(synthetic_model(), pattern, options), slab);
  CHECK(std::abs(tight.value - target) < 1e-3 * data);
  CHECK(tight.esd < 0.02 * free.esd);

  for (const double ratio : {0.5, 1.0, 3.0}) {  // sigma of the restraint over that of the data
    CAPTURE(ratio);
    options.restraints = {restrain<Structure<double>>("slab", target, ratio * data, slab)};
    const Fit fit = refine(synthetic_model(), pattern, options);
    CHECK(fit.status == FitStatus::converged);
    const Measured found = derived(fit, slab);
    const double weight = 1 / (ratio * ratio);  // of the restraint; the data have 1
    // Exact for a model that is linear over three esds; it is to about a percent of the shift.
    CHECK(found.value == doctest::Approx(free.value + (target - free.value) * weight / (1 + weight)).epsilon(0.03 * data / free.value));
    CHECK(found.esd / fit.agreement.GoF == doctest::Approx(data / std::sqrt(1 + weight)).epsilon(0.02));
  }
  CHECK_THROWS_AS(restrain<Structure<double>>("slab", 2.1, 0, slab), Error);
  CHECK_THROWS_AS(restrain<Structure<double>>("slab", std::nan(""), 1, slab), Error);
}

TEST_CASE("a sum of occupancies is kept, and the shares are found") {
  PowderModel<> truth = synthetic_model();
  auto& sites = truth.phases[0].crystal.sites;
  sites.push_back(sites[1]);
  sites[1].occupancy = 0.7;
  sites[3].label = "Ti1";
  sites[3].species = parse_species("Ti4+");
  sites[3].occupancy = 0.3;
  const auto pattern = pattern_of(truth, 12);
  PowderModel<> start = truth;
  start.phases[0].crystal.sites[1].occupancy = 0.5;
  start.phases[0].crystal.sites[3].occupancy = 0.5;
  auto options = releasing({"O3.O1.z", "O3.*.Uiso", "O3.Mn1.occupancy"});
  options.constrain = [](FreeParameters& p) { p.keep_sum({{"O3.Mn1.occupancy", 1}, {"O3.Ti1.occupancy", 1}}); };
  const Fit fit = refine(start, pattern, options);
  CHECK(fit.status == FitStatus::converged);
  const auto& found = fit.model.phases[0].crystal.sites;
  CHECK(found[1].occupancy + found[3].occupancy == doctest::Approx(1).epsilon(1e-12));
  const double esd = fit.esd(number_of(fit, "O3.Mn1.occupancy"));
  CHECK(esd > 0.001);
  CHECK(std::abs(found[1].occupancy - 0.7) < 4 * esd);
  // The sum has no uncertainty, each share the same.
  const auto both = derived_jointly(fit, [](const auto& m) {
    const auto& s = m.phases[0].crystal.sites;
    return std::array{s[1].occupancy, s[3].occupancy, s[1].occupancy + s[3].occupancy};
  });
  CHECK(both[0].esd == doctest::Approx(esd));
  CHECK(both[1].esd == doctest::Approx(esd));
  CHECK(both[2].esd < 1e-9);
}

TEST_CASE("one displacement parameter for all atoms") {
  PowderModel<> truth = synthetic_model();
  for (auto& site : truth.phases[0].crystal.sites) site.u_iso = 0.009;
  PowderModel<> start = truth;
  for (auto& site : start.phases[0].crystal.sites) site.u_iso = 0.02;
  auto options = releasing({"O3.*.Uiso"});
  options.constrain = [](FreeParameters& p) { p.equate("*.*.Uiso"); };
  const Fit fit = refine(start, pattern_of(truth, 13), options);
  CHECK(fit.status == FitStatus::converged);
  std::size_t displacements = 0;
  for (const auto& p : fit.free) displacements += p.name.ends_with(".Uiso");
  CHECK(displacements == 1);
  const auto& sites = fit.model.phases[0].crystal.sites;
  CHECK(sites[0].u_iso == doctest::Approx(sites[1].u_iso).epsilon(1e-12));
  CHECK(sites[0].u_iso == doctest::Approx(sites[2].u_iso).epsilon(1e-12));
  CHECK(std::abs(sites[0].u_iso - 0.009) < 4 * fit.esd(number_of(fit, "O3.Na1.Uiso")));
}

TEST_CASE("anisotropic displacement is found in the form that the site allows") {
  PowderModel<> truth = synthetic_model();
  auto& oxygen = truth.phases[0].crystal.sites[2];  // on a threefold axis: U11 = U22 = 2 U12, U33
  oxygen.u_aniso = AnisotropicDisplacement<double>{0.008, 0.008, 0.020, 0.004, 0, 0};
  auto& manganese = truth.phases[0].crystal.sites[1];
  manganese.u_aniso = AnisotropicDisplacement<double>{0.004, 0.004, 0.009, 0.002, 0, 0};
  truth.phases[0].scale *= 5;
  PowderModel<> start = truth;
  for (std::size_t i : {1u, 2u}) start.phases[0].crystal.sites[i].u_aniso = AnisotropicDisplacement<double>{0.01, 0.01, 0.01, 0.005, 0, 0};
  const Fit fit = refine(start, pattern_of(truth, 14), releasing({"O3.O1.z", "O3.*.U11", "O3.*.U22", "O3.*.U33", "O3.*.U12", "O3.*.U13", "O3.*.U23"}));
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.agreement.GoF == doctest::Approx(1).epsilon(0.08));
  const std::array<const char*, 2> labels{"Mn1", "O1"};
  for (std::size_t i : {1u, 2u}) {
    const std::string label = labels[i - 1];
    CAPTURE(label);
    const auto &found = *fit.model.phases[0].crystal.sites[i].u_aniso, &exact = *truth.phases[0].crystal.sites[i].u_aniso;
    CHECK(found.U22 == doctest::Approx(found.U11).epsilon(1e-12));
    CHECK(found.U12 == doctest::Approx(found.U11 / 2).epsilon(1e-12));
    CHECK(found.U13 == 0);
    CHECK(found.U23 == 0);
    const double esd_11 = fit.esd(number_of(fit, "O3." + label + ".U11")), esd_33 = fit.esd(number_of(fit, "O3." + label + ".U33"));
    CHECK(std::abs(found.U11 - exact.U11) < 4 * esd_11);
    CHECK(std::abs(found.U33 - exact.U33) < 4 * esd_33);
    CHECK(found.U33 - found.U11 > 3 * std::hypot(esd_11, esd_33));  // told apart from a sphere
    for (const auto& p : fit.free)
      for (const char* tied : {".U22", ".U12", ".U13", ".U23"}) CHECK(p.name != "O3." + label + tied);
  }
}

TEST_CASE("March-Dollase texture is found") {
  PowderModel<> truth = synthetic_model();
  truth.phases[0].preferred_orientation = MarchDollase<double>{{0, 0, 1}, 0.7};
  PowderModel<> start = truth;
  start.phases[0].preferred_orientation->r = 1;
  const auto pattern = pattern_of(truth, 15);
  const Fit fit = refine(start, pattern, releasing({"O3.preferred_orientation.r", "O3.O1.z"}));
  CHECK(fit.status == FitStatus::converged);
  CHECK(std::abs(fit.model.phases[0].preferred_orientation->r - 0.7) < 4 * fit.esd(number_of(fit, "O3.preferred_orientation.r")));
  CHECK(fit.agreement.GoF == doctest::Approx(1).epsilon(0.08));
  start.phases[0].preferred_orientation.reset();
  CHECK(refine(start, pattern, releasing({"O3.O1.z"})).agreement.GoF > 1.5 * fit.agreement.GoF);
}

TEST_CASE("spherical-harmonics texture is found, and no other coefficient with it") {
  PowderModel<> truth = synthetic_model();
  auto& phase = truth.phases[0];
  phase.texture = harmonics_texture(phase.crystal.space_group, phase.crystal.cell, 4);
  REQUIRE(phase.texture->coefficients.size() >= 2);
  phase.texture->coefficients[0] = 0.8;
  PowderModel<> start = truth;
  start.phases[0].texture->coefficients[0] = 0;
  const Fit fit = refine(start, pattern_of(truth, 16), releasing({"O3.texture.*", "O3.O1.z"}));
  CHECK(fit.status == FitStatus::converged);
  std::size_t harmonics = 0;
  for (std::size_t i = 0; i < fit.free.size(); ++i) {
    if (!fit.free[i].name.starts_with("O3.texture.")) continue;
    CAPTURE(fit.free[i].name);
    const double exact = harmonics == 0 ? 0.8 : 0;
    CHECK(fit.esd(i) > 0);
    CHECK(fit.esd(i) < 0.1);
    CHECK(std::abs(fit.values[i] - exact) < 4 * fit.esd(i));
    ++harmonics;
  }
  CHECK(harmonics == phase.texture->coefficients.size());
}
