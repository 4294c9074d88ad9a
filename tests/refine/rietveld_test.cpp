// What a refinement does with its plan, its constraints and unusable input; synthetic patterns.
#include <lamella/core/error.hpp>
#include <lamella/fit/parameters.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_grid, lamella_test::synthetic_model;

namespace {

PowderPattern noisy(std::uint64_t seed) {
  Random random(seed);
  return noisy_pattern(synthetic_model(), synthetic_grid(), random);
}

bool is_free(const Refinement<Structure<double>>& fit, const std::string& name) {
  return std::any_of(fit.free.begin(), fit.free.end(), [&](const FreeParameter& p) { return p.name == name; });
}

}  // namespace

TEST_CASE("the default plan finds the truth within four esds from a poor start") {
  const PowderModel<> truth = synthetic_model();
  PowderModel<> start = truth;
  start.phases[0].crystal.cell = hexagonal_cell(2.962 * 1.005, 16.21 * 0.995);
  start.phases[0].crystal.sites[2].position.z += 0.005;
  start.phases[0].scale = 1e6;                            // estimated anew
  start.background.coefficients = {1e4, 0, 0};
  start.phases[0].size = 3000;
  start.phases[0].strain = 0;
  start.instrument.W = 0.01;
  start.instrument.displacement = 0;
  std::vector<StageReport> seen;
  RefinementOptions<> options;
  options.progress = [&](const StageReport& r) { seen.push_back(r); };
  const auto fit = refine(start, noisy(1), options);
  CHECK(fit.status == FitStatus::converged);
  const auto exact = parameter_values(truth);
  for (std::size_t i = 0; i < fit.free.size(); ++i) {
    CAPTURE(fit.free[i].name);
    CHECK(fit.esd(i) > 0);
    CHECK(std::abs(fit.values[i] - exact[fit.free[i].followers.front().index]) < 4 * fit.esd(i));
  }
  CHECK(fit.agreement.GoF == doctest::Approx(1).epsilon(0.06));
  CHECK(fit.agreement.durbin_watson == doctest::Approx(2).epsilon(0.1));
  CHECK(fit.bragg_R.size() == 1);
  CHECK(fit.bragg_R[0] < 0.05);

  const auto plan = default_plan(Diffractometer{});
  REQUIRE(seen.size() == plan.size());
  REQUIRE(fit.stages.size() == plan.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    CHECK(seen[i].name == plan[i].name);
    CHECK(fit.stages[i].name == plan[i].name);
    if (i > 0) CHECK(seen[i].parameters >= seen[i - 1].parameters);  // what is released stays free
  }
  CHECK(seen.back().parameters == fit.free.size());
  CHECK(seen.back().Rwp == doctest::Approx(fit.agreement.Rwp).epsilon(1e-3));
  CHECK(seen.front().Rwp > 2 * seen.back().Rwp);
}

TEST_CASE("of zero and displacement the default plan keeps the one that the pattern was made with") {
  for (const bool zero : {true, false}) {
    CAPTURE(zero);
    PowderModel<> truth = synthetic_model();
    truth.instrument.zero = zero ? 0.1 : 0;
    truth.instrument.displacement = zero ? 0 : -0.2;
    truth.phases[0].scale *= 30;  // what tells them apart is small
    Random random(17);
    const auto pattern = noisy_pattern(truth, lamella_test::even_grid(14, 0.03, 4200), random);
    PowderModel<> start = truth;
    start.instrument.zero = start.instrument.displacement = 0;
    RefinementOptions<> options;
    const auto fit = refine(start, pattern, options);
    CHECK(fit.status == FitStatus::converged);
    CHECK(is_free(fit, "pattern.zero") == zero);
    CHECK(is_free(fit, "pattern.displacement") == !zero);
    CHECK((fit.stages.back().name == "zero instead of displacement") == zero);
    CHECK((zero ? fit.model.instrument.displacement : fit.model.instrument.zero) == 0);
    const auto exact = parameter_values(truth);
    for (std::size_t i = 0; i < fit.free.size(); ++i) {
      CAPTURE(fit.free[i].name);
      CHECK(std::abs(fit.values[i] - exact[fit.free[i].followers.front().index]) < 4 * fit.esd(i));
    }
    // Asked for, nothing is exchanged: by a plan, by holding the zero, by freeing both.
    options.plan = default_plan(start.diffractometer);
    CHECK(is_free(refine(start, pattern, options), "pattern.displacement"));
    options.plan.clear();
    options.fix = {"pattern.zero"};
    CHECK(is_free(refine(start, pattern, options), "pattern.displacement"));
    options.fix.clear();
    options.free = {"pattern.zero"};
    const auto both = refine(start, pattern, options);
    CHECK(is_free(both, "pattern.displacement"));
    CHECK(is_free(both, "pattern.zero"));
  }
}

TEST_CASE("symmetry ties a and b, holds angles and special positions, and ties what shares a site") {
  PowderModel<> m = synthetic_model();
  auto& sites = m.phases[0].crystal.sites;
  sites.push_back(sites[1]);
  sites.back().label = "Fe1";
  sites.back().species = parse_species("Fe3+");
  sites.back().occupancy = 0.3;
  sites[1].occupancy = 0.7;
  const FreeParameters all = [&] {
    FreeParameters p = free_parameters(m);
    for (const char* pattern : {"*", "*.*", "*.*.*"}) p.release(pattern);
    return p;
  }();
  std::vector<std::string> names;
  for (const auto& p : all.list()) names.push_back(p.name);
  const auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  CHECK(has("O3.cell.a"));
  CHECK(has("O3.cell.c"));
  CHECK_FALSE(has("O3.cell.b"));
  for (const auto* angle : {"O3.cell.alpha", "O3.cell.beta", "O3.cell.gamma"}) CHECK_FALSE(has(angle));
  CHECK(has("O3.O1.z"));
  for (const auto* fixed : {"O3.O1.x", "O3.O1.y", "O3.Na1.x", "O3.Na1.z", "O3.Mn1.z", "O3.Fe1.z"}) CHECK_FALSE(has(fixed));
  CHECK(has("O3.Mn1.Uiso"));
  CHECK_FALSE(has("O3.Fe1.Uiso"));
  CHECK(has("O3.Mn1.occupancy"));
  CHECK(has("O3.Fe1.occupancy"));  // occupancies of a shared site stay apart
  for (const auto& p : all.list())
    if (p.name == "O3.cell.a") CHECK(p.followers.size() == 2);
}

TEST_CASE("parameters are fixed and freed by name, and U keeps its value when it is not refined") {
  PowderModel<> start = synthetic_model();
  start.instrument.U = 0.001;
  RefinementOptions<> options;
  options.fix = {"*.Na1.Uiso", "pattern.asymmetry"};
  options.free = {"pattern.zero"};
  options.fix.push_back("pattern.displacement");
  const auto fit = refine(start, noisy(2), options);
  CHECK_FALSE(is_free(fit, "O3.Na1.Uiso"));
  CHECK_FALSE(is_free(fit, "pattern.asymmetry"));
  CHECK_FALSE(is_free(fit, "pattern.displacement"));
  CHECK(is_free(fit, "pattern.zero"));
  CHECK(fit.model.phases[0].crystal.sites[0].u_iso == 0.015);
  CHECK(fit.model.instrument.asymmetry == 0.02);
  CHECK(fit.model.instrument.U == 0.001);  // the blur of the first stages is gone
}

TEST_CASE("the calculated pattern is that of the refined model, and the residuals are those of the agreement factors") {
  const auto pattern = noisy(3);
  const auto fit = refine(synthetic_model(), pattern);
  REQUIRE(fit.calculated.size() == pattern.size());
  REQUIRE(fit.background.size() == pattern.size());
  PatternCalculator<Structure<double>> calculator(fit.model, pattern.two_theta);
  std::vector<double> y(pattern.size());
  calculator.calculate(fit.model, y);
  const double top = *std::max_element(y.begin(), y.end());
  double chi_square = 0, weighted = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    CHECK(std::abs(y[i] - fit.calculated[i]) < 1e-4 * top);
    chi_square += std::pow((pattern.intensity[i] - fit.calculated[i]) / pattern.sigma[i], 2);
    weighted += std::pow(pattern.intensity[i] / pattern.sigma[i], 2);
  }
  CHECK(fit.agreement.Rwp == doctest::Approx(std::sqrt(chi_square / weighted)).epsilon(1e-12));
  CHECK(fit.reflections.size() == 1);
  CHECK(fit.peaks[0].size() == 2 * fit.reflections[0].size());
  REQUIRE(fit.contributions.size() == 1);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(std::abs(fit.background[i] + fit.contributions[0][i] - fit.calculated[i]) < 1e-11 * top);
}

TEST_CASE("a cell stated in P1 is refined although the pattern does not depend on the angles that symmetry would hold") {
  PowderModel<> m = synthetic_model();
  m.phases[0].name = "P";
  m.phases[0].crystal = {"P", space_group("P1"), {2.9, 4.1, 5.3, 90, 90, 90}, {}};
  m.phases[0].crystal.sites = {{"Mn1", parse_species("Mn3+"), {0, 0, 0}, 1, 0.006}, {"O1", parse_species("O2-"), {0.5, 0.5, 0.3}, 1, 0.009},
                               {"O2", parse_species("O2-"), {0.5, 0.5, 0.7}, 1, 0.009}};
  Random random(4);
  const auto pattern = noisy_pattern(m, even_grid(14, 0.05, 1500), random);
  auto& cell = m.phases[0].crystal.cell;
  cell.a *= 1.004;
  cell.b *= 0.997;
  const auto fit = refine(m, pattern);
  CHECK(fit.model.phases[0].crystal.cell.a == doctest::Approx(2.9).epsilon(1e-4));
  CHECK(fit.model.phases[0].crystal.cell.b == doctest::Approx(4.1).epsilon(1e-4));
  CHECK(fit.model.phases[0].crystal.cell.c == doctest::Approx(5.3).epsilon(1e-4));
  CHECK(fit.agreement.GoF < 1.1);
  CHECK(fit.status == FitStatus::singular);  // what it does not tell apart is named, in a few lines
  CHECK(fit.warnings.size() < 10);
  CHECK(std::any_of(fit.warnings.begin(), fit.warnings.end(), [](const auto& w) { return w.find("states less symmetry than it has") != std::string::npos; }));
}

TEST_CASE("esds do not depend on the unit of the sigmas: they are scaled by the goodness of fit") {
  const auto pattern = noisy(8);
  auto doubtful = pattern;
  for (double& s : doubtful.sigma) s *= 3;
  const auto fit = refine(synthetic_model(), pattern), other = refine(synthetic_model(), doubtful);
  CHECK(other.agreement.GoF == doctest::Approx(fit.agreement.GoF / 3).epsilon(1e-6));
  CHECK(other.agreement.Rwp == doctest::Approx(fit.agreement.Rwp).epsilon(1e-6));
  REQUIRE(other.free.size() == fit.free.size());
  for (std::size_t i = 0; i < fit.free.size(); ++i) {
    CAPTURE(fit.free[i].name);
    CHECK(other.esd(i) == doctest::Approx(fit.esd(i)).epsilon(1e-3));
  }
}

TEST_CASE("two phases are refined together and their scales are found") {
  PowderModel<> truth = synthetic_model();
  auto second = truth.phases[0];
  second.name = "P";
  second.crystal.cell = hexagonal_cell(2.90, 16.9);
  second.scale = 0.0006;
  truth.phases.push_back(second);
  Random random(4);
  const auto pattern = noisy_pattern(truth, synthetic_grid(), random);
  PowderModel<> start = truth;
  start.phases[0].scale = start.phases[1].scale = 1;
  RefinementOptions<> options;
  options.plan = {{"scales", {"*.scale", "pattern.background.*"}, 8, 0}, {"cells", {"*.cell.a", "*.cell.c"}, 10, 0}};
  const auto fit = refine(start, pattern, options);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.free.size() == 2 + 3 + 4);
  const auto exact = parameter_values(truth);
  for (std::size_t i = 0; i < fit.free.size(); ++i) {
    CAPTURE(fit.free[i].name);
    CHECK(std::abs(fit.values[i] - exact[fit.free[i].followers.front().index]) < 4 * fit.esd(i));
  }
  CHECK(fit.bragg_R.size() == 2);
}

TEST_CASE("a parameter that ends on its bound is named in a warning") {
  // U 0 in truth: noise draws it below in about half of the patterns, where it is held at 0.
  PowderModel<> truth = synthetic_model();
  truth.phases[0].crystal.sites[0].u_iso = 0;
  Random random(6);
  int warned = 0;
  for (int i = 0; i < 10; ++i) {
    RefinementOptions<> options;
    options.plan = {{"scale", {"O3.scale", "pattern.background.*"}, 8, 0}, {"U", {"O3.*.Uiso"}, 10, 0}};
    const auto fit = refine(truth, noisy_pattern(truth, synthetic_grid(), random), options);
    CHECK(fit.model.phases[0].crystal.sites[0].u_iso >= 0);
    if (fit.model.phases[0].crystal.sites[0].u_iso > 0) continue;
    ++warned;
    REQUIRE_FALSE(fit.warnings.empty());
    CHECK(fit.warnings[0].find("O3.Na1.Uiso") != std::string::npos);
  }
  CHECK(warned > 0);
  CHECK(warned < 10);
}

TEST_CASE("a parameter on which the data do not depend is named") {
  PowderModel<> m = synthetic_model();
  m.phases[0].crystal.sites[0].occupancy = 0;  // then its U has no influence
  Random random(6);
  const auto fit = refine(m, noisy_pattern(m, synthetic_grid(), random));
  CHECK(fit.status == FitStatus::singular);
  const bool named = std::any_of(fit.warnings.begin(), fit.warnings.end(), [](const std::string& w) { return w.find("O3.Na1.Uiso") != std::string::npos; });
  CHECK(named);
}

TEST_CASE("input that cannot be refined is refused with a reason") {
  const PowderModel<> m = synthetic_model();
  const PowderPattern good = noisy(7);
  PowderPattern empty;
  empty.source = "nothing.xye";
  CHECK_THROWS_WITH_AS(refine(m, empty), doctest::Contains("nothing.xye"), Error);
  PowderModel<> bare = m;
  bare.phases.clear();
  CHECK_THROWS_AS(refine(bare, good), Error);
  PowderModel<> ion = m;
  ion.phases[0].crystal.sites[1].species = parse_species("Mn7+");
  CHECK_THROWS_AS(refine(ion, good), Error);
  PowderModel<> elsewhere = m;  // no dispersion for this wavelength
  elsewhere.diffractometer.radiation = monochromatic(1.23);
  CHECK_THROWS_AS(refine(elsewhere, good), Error);
  CHECK_THROWS_AS(refine(m, select(good, {170, 175})), Error);
}
