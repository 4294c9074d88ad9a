// What is observed in a pattern of a series, against closed formulas and a brute-force propagation.
#include <lamella/fit/parameters.hpp>
#include <lamella/refine/pattern_parameters.hpp>
#include <lamella/refine/series_quantities.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::synthetic_model;

namespace {

/// O3 and P3 of NaMnO2.
PowderModel<> two_phases() {
  PowderModel<> m = synthetic_model();
  Structure<double> s{"P3", space_group("R3m"), hexagonal_cell(2.90, 16.9), {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 1.0 / 6}, 0.6, 0.015},
             {"Mn1", parse_species("Mn4+"), {0, 0, 0}, 1, 0.006},
             {"O1", parse_species("O2-"), {0, 0, 0.398}, 1, 0.009},
             {"O2", parse_species("O2-"), {0, 0, 0.602}, 1, 0.009}};
  m.phases.push_back({"P3", s, 0.0005, 900, 6e-4});
  return m;
}

/// A point with these esds of the free parameters and no correlation.
SeriesPoint point_of(const PowderModel<>& model, const std::vector<FreeParameter>& free, const std::vector<bool>& present) {
  SeriesPoint point;
  const auto address = parameter_addresses(const_cast<PowderModel<>&>(model));
  point.covariance = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(free.size()), static_cast<Eigen::Index>(free.size()));
  for (std::size_t i = 0; i < free.size(); ++i) {
    point.values.push_back(*address[free[i].followers.front().index]);
    const auto k = static_cast<Eigen::Index>(i);
    point.covariance(k, k) = std::pow(1e-4 * point.values.back(), 2);
  }
  point.present = present;
  return point;
}

std::vector<FreeParameter> free_of(const PowderModel<>& model) {
  FreeParameters parameters = free_parameters(model);
  for (const char* name : {"*.scale", "*.cell.a", "*.cell.c", "O3.O1.z", "P3.Na1.occupancy"}) parameters.release(name);
  return parameters.list();
}

}  // namespace

TEST_CASE("cell, layers and fractions of a pattern are those of the closed formulas, with their esds") {
  const auto model = two_phases();
  const auto free = free_of(model);
  const auto phases = series_phases(model);
  REQUIRE(phases.size() == 2);
  CHECK(phases[0].stacking == "O3");
  CHECK(phases[1].stacking == "P3");
  CHECK(phases[0].formula_units == 3);
  CHECK(phases[0].slabs == 3);
  CHECK(phases[0].host_mass == doctest::Approx(54.938 + 2 * 15.999).epsilon(1e-6));  // MnO2 by IUPAC weights

  const auto seen = observe(model, free, point_of(model, free, {true, true}), phases);
  REQUIRE(seen.usable);
  const auto& o3 = seen.phases[0];
  const double a = 2.962, c = 16.21, z = 0.2654;
  CHECK(o3.a.value == doctest::Approx(a).epsilon(1e-12));
  CHECK(o3.a.esd == doctest::Approx(1e-4 * a).epsilon(1e-9));
  CHECK(o3.c.value == doctest::Approx(c).epsilon(1e-12));
  CHECK(o3.c.esd == doctest::Approx(1e-4 * c).epsilon(1e-9));
  CHECK(o3.volume.value == doctest::Approx(std::sqrt(3.0) / 2 * a * a * c).epsilon(1e-12));
  CHECK(o3.volume.esd == doctest::Approx(o3.volume.value * 1e-4 * std::sqrt(5.0)).epsilon(1e-9));  // 2 σ_a/a and σ_c/c
  REQUIRE(o3.layers);
  CHECK((*o3.layers)[0].value == doctest::Approx(2 * c * (1.0 / 3 - z)).epsilon(1e-12));
  CHECK((*o3.layers)[1].value == doctest::Approx(2 * c * (z - 1.0 / 6)).epsilon(1e-12));
  CHECK((*o3.layers)[0].esd == doctest::Approx(std::hypot(2 * (1.0 / 3 - z) * 1e-4 * c, 2 * c * 1e-4 * z)).epsilon(1e-9));
  CHECK_FALSE(o3.alkali.has_value());  // held
  REQUIRE(seen.phases[1].alkali);
  CHECK(seen.phases[1].alkali->value == doctest::Approx(0.6));
  CHECK(seen.phases[1].alkali->esd == doctest::Approx(6e-5));

  // S Z M V of both, and its esd by moving each free parameter.
  const auto fraction = [](PowderModel<> m) {
    double own = 0, sum = 0;
    for (std::size_t p = 0; p < 2; ++p) {
      const auto& cell = m.phases[p].crystal.cell;
      const double mass = 3 * (m.phases[p].crystal.sites[0].occupancy * 22.98977 + 54.938 + 2 * 15.999);
      const double x = m.phases[p].scale * mass * std::sqrt(3.0) / 2 * cell.a * cell.a * cell.c;
      sum += x;
      if (p == 1) own = x;
    }
    return own / sum;
  };
  double variance = 0;
  for (const auto& f : free) {
    auto up = model;
    const auto address = parameter_addresses(up);
    const double step = 1e-4 * *address[f.followers.front().index];
    for (const auto& follower : f.followers) *address[follower.index] += follower.coefficient * step;
    variance += std::pow(fraction(up) - fraction(model), 2);
  }
  CHECK(seen.phases[1].weight_fraction.value == doctest::Approx(fraction(model)).epsilon(1e-6));
  CHECK(seen.phases[1].weight_fraction.esd == doctest::Approx(std::sqrt(variance)).epsilon(1e-3));  // differences of first order
}

TEST_CASE("an absent phase has its share of the scale alone, a pattern without values is not usable") {
  const auto model = two_phases();
  const auto free = free_of(model);
  const auto phases = series_phases(model);
  const auto seen = observe(model, free, point_of(model, free, {true, false}), phases);
  CHECK_FALSE(seen.phases[1].present);
  CHECK_FALSE(seen.phases[1].layers.has_value());
  CHECK(seen.phases[1].weight_fraction.esd == 0);
  CHECK(seen.phases[1].weight_fraction.value > 0.2);
  SeriesPoint none;
  none.index = 7;
  const auto unusable = observe(model, free, none, phases);
  CHECK_FALSE(unusable.usable);
  CHECK(unusable.index == 7);
}

TEST_CASE("a monoclinic cell of an undistorted O3 lattice has the a and c of hexagonal axes") {
  const double a = 2.96, c = 16.2, z = 0.2654;
  PowderModel<> m = synthetic_model();
  // a_m = (−2 −1 0), b_m = (0 −1 0), c_m = (2/3 1/3 1/3) on hexagonal axes: what is at (0 0 z) there is at (z 0 3z) here.
  const double c_m = std::sqrt(a * a / 3 + c * c / 9), beta = std::acos(-std::sqrt(3.0) * a / 3 / c_m) * 180 / std::acos(-1.0);
  Structure<double> s{"O'3", space_group("C2/m"), {std::sqrt(3.0) * a, a, c_m, 90, beta, 90}, {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0.5, 0.5}, 1, 0.015},
             {"Mn1", parse_species("Mn3+"), {0, 0, 0}, 1, 0.006},
             {"O1", parse_species("O2-"), {z, 0, 3 * z}, 1, 0.009}};
  m.phases[0].crystal = s;
  const auto phases = series_phases(m);
  REQUIRE(phases[0].slabs == 1);
  FreeParameters parameters = free_parameters(m);
  parameters.release("O3.cell.b");
  const auto free = parameters.list();
  const auto seen = observe(m, free, point_of(m, free, {true}), phases);
  REQUIRE(seen.phases[0].layers);
  CHECK(seen.phases[0].a.value == doctest::Approx(a).epsilon(1e-9));
  CHECK(3 * seen.phases[0].c.value == doctest::Approx(c).epsilon(1e-9));  // one slab in the cell
  CHECK((*seen.phases[0].layers)[1].value == doctest::Approx(2 * c * (z - 1.0 / 6)).epsilon(1e-9));
}
