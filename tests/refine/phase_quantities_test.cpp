#include <lamella/refine/phase_quantities.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "refined_values.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::noisy_pattern, lamella_test::number_of, lamella_test::Random, lamella_test::synthetic_grid, lamella_test::synthetic_model;

namespace {

/// O3-NaMnO2 and cubic MgO, whose masses are known by heart: Na 22.990, Mn 54.938, O 15.999, Mg 24.305.
PowderModel<> mixture() {
  PowderModel<> m = synthetic_model();
  Structure<double> periclase{"MgO", space_group("Fm-3m"), {4.212, 4.212, 4.212, 90, 90, 90}, {}};
  periclase.sites = {{"Mg1", parse_species("Mg2+"), {0, 0, 0}, 1, 0.004}, {"O1", parse_species("O2-"), {0.5, 0.5, 0.5}, 1, 0.004}};
  m.phases.push_back({"MgO", periclase, 0.002, 1000, 5e-4});
  return m;
}

Refinement<Structure<double>> refined_mixture() {
  Random random(12);
  RefinementOptions<> options;
  options.plan = {{"scales", {"*.scale", "pattern.background.*"}, 8, 0}, {"cells", {"*.cell.a", "*.cell.c", "O3.O1.z"}, 10, 0}};
  return refine(mixture(), noisy_pattern(mixture(), synthetic_grid(), random), options);
}

}  // namespace

TEST_CASE("weight fractions follow S Z M V, with esds from both scales and their covariance") {
  const auto fit = refined_mixture();
  REQUIRE(fit.status == FitStatus::converged);
  // Z M V by hand: three NaMnO2 in sqrt(3)/2 a² c, four MgO in a³.
  const auto &hexagonal = fit.model.phases[0].crystal.cell, &cubic = fit.model.phases[1].crystal.cell;
  const double mass_o3 = 3 * (22.990 + 54.938 + 2 * 15.999), mass_mgo = 4 * (24.305 + 15.999);
  const double k1 = mass_o3 * std::sqrt(3.0) / 2 * hexagonal.a * hexagonal.a * hexagonal.c, k2 = mass_mgo * std::pow(cubic.a, 3);
  const std::size_t i = number_of(fit, "O3.scale"), j = number_of(fit, "MgO.scale");
  const double s1 = fit.values[i], s2 = fit.values[j], sum = s1 * k1 + s2 * k2;
  const Measured o3 = weight_fraction(fit, 0), mgo = weight_fraction(fit, 1);
  CHECK(o3.value == doctest::Approx(s1 * k1 / sum).epsilon(1e-4));  // atomic weights to three decimals
  CHECK(o3.value + mgo.value == doctest::Approx(1).epsilon(1e-14));
  // dW = W1 W2 (dS1/S1 - dS2/S2); the cells add less than a thousandth of that.
  const double r1 = fit.esd(i) / s1, r2 = fit.esd(j) / s2, rho = fit.correlation(i, j);
  const double esd = o3.value * mgo.value * std::sqrt(r1 * r1 + r2 * r2 - 2 * rho * r1 * r2);
  CHECK(o3.esd == doctest::Approx(esd).epsilon(1e-3));
  CHECK(mgo.esd == doctest::Approx(o3.esd).epsilon(1e-10));  // two fractions that add up to one
  // And the truth is found.
  const double true_1 = 0.0015 * mass_o3 * std::sqrt(3.0) / 2 * 2.962 * 2.962 * 16.21, true_2 = 0.002 * mass_mgo * std::pow(4.212, 3);
  CHECK(std::abs(o3.value - true_1 / (true_1 + true_2)) < 4 * o3.esd);
}

TEST_CASE("the volume of a cubic cell has three times the relative esd of its edge") {
  const auto fit = refined_mixture();
  const std::size_t i = number_of(fit, "MgO.cell.a");
  const Measured v = cell_volume(fit, 1);
  CHECK(v.value == doctest::Approx(std::pow(fit.values[i], 3)).epsilon(1e-12));
  CHECK(v.esd / v.value == doctest::Approx(3 * fit.esd(i) / fit.values[i]).epsilon(1e-10));
}

TEST_CASE("spacings of a hexagonal cell have the esds of the closed formula, correlation included") {
  const auto fit = refined_mixture();
  const auto& cell = fit.model.phases[0].crystal.cell;
  const std::size_t i = number_of(fit, "O3.cell.a"), j = number_of(fit, "O3.cell.c");
  const double esd_a = fit.esd(i), esd_c = fit.esd(j), rho = fit.correlation(i, j);
  const Measured d003 = reflection_spacing(fit, 0, {0, 0, 3}), d104 = reflection_spacing(fit, 0, {1, 0, 4});
  CHECK(d003.value == doctest::Approx(cell.c / 3).epsilon(1e-12));
  CHECK(d003.esd == doctest::Approx(esd_c / 3).epsilon(1e-9));
  // 1/d² = 4/(3 a²) + 16/c²: dd = d³ (4/(3 a³) da + 16/c³ dc).
  const double d = 1 / std::sqrt(4 / (3 * cell.a * cell.a) + 16 / (cell.c * cell.c));
  const double by_a = 4 * std::pow(d / cell.a, 3) / 3 * esd_a, by_c = 16 * std::pow(d / cell.c, 3) * esd_c;
  CHECK(d104.value == doctest::Approx(d).epsilon(1e-12));
  CHECK(d104.esd == doctest::Approx(std::sqrt(by_a * by_a + by_c * by_c + 2 * rho * by_a * by_c)).epsilon(1e-9));
}

TEST_CASE("the refined layers are those of the closed formula, with its esds and correlation") {
  const auto fit = refined_mixture();
  const auto layers = refined_layers(fit, 0);
  REQUIRE(layers);
  CHECK(layers->stacking == "O3");
  const std::size_t i = number_of(fit, "O3.cell.c"), j = number_of(fit, "O3.O1.z");
  const double c = fit.values[i], z = fit.values[j], sc = fit.esd(i), sz = fit.esd(j), scz = fit.correlation(i, j) * sc * sz;
  const double slab = 2 * c * (1.0 / 3 - z), interslab = 2 * c * (z - 1.0 / 6);
  CHECK(layers->slab_thickness().value == doctest::Approx(slab).epsilon(1e-9));
  CHECK(layers->interslab_distance().value == doctest::Approx(interslab).epsilon(1e-9));
  const double dc1 = slab / c, dz1 = -2 * c, dc2 = interslab / c, dz2 = 2 * c;
  const double v1 = dc1 * dc1 * sc * sc + dz1 * dz1 * sz * sz + 2 * dc1 * dz1 * scz;
  const double v2 = dc2 * dc2 * sc * sc + dz2 * dz2 * sz * sz + 2 * dc2 * dz2 * scz;
  const double v12 = dc1 * dc2 * sc * sc + dz1 * dz2 * sz * sz + (dc1 * dz2 + dc2 * dz1) * scz;
  CHECK(layers->slab_thickness().esd == doctest::Approx(std::sqrt(v1)).epsilon(1e-6));
  CHECK(layers->interslab_distance().esd == doctest::Approx(std::sqrt(v2)).epsilon(1e-6));
  CHECK(layers->correlation() == doctest::Approx(v12 / std::sqrt(v1 * v2)).epsilon(1e-6));
  CHECK(layers->correlation() < -0.99);
  CHECK_FALSE(refined_layers(fit, 1));  // rock salt MgO has no layers
}

TEST_CASE("the list of parameters tells the free, the tied and the held apart") {
  const auto fit = refined_mixture();
  const auto list = named_parameters(fit);
  CHECK(list.size() == parameter_names(fit.model).size());
  const auto find = [&](const std::string& name) {
    const auto p = std::find_if(list.begin(), list.end(), [&](const NamedParameter& q) { return q.name == name; });
    REQUIRE(p != list.end());
    return *p;
  };
  const std::size_t a = number_of(fit, "MgO.cell.a");
  for (const std::string name : {"MgO.cell.a", "MgO.cell.b", "MgO.cell.c"}) {
    CHECK(find(name).free);
    CHECK(find(name).value.value == fit.values[a]);
    CHECK(find(name).value.esd == fit.esd(a));
  }
  for (const std::string name : {"MgO.cell.alpha", "O3.cell.gamma", "O3.Na1.Uiso", "O3.O1.x", "pattern.zero"}) {
    CHECK_FALSE(find(name).free);
    CHECK(find(name).value.esd == 0);
  }
}
