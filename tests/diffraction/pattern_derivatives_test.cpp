// The derivatives of whole patterns with respect to every parameter, against central differences.
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/fit/free_parameters.hpp>
#include <lamella/fit/parameters.hpp>
#include <lamella/refine/free_intensities.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "../support/powder_models.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::o3_nfm;

namespace {

/// Every parameter of `model` free, without ties: the strongest demand on the derivatives.
std::vector<FreeParameter> everything(const PowderModel<>& model) {
  FreeParameters p(parameter_names(model));
  for (const char* pattern : {"*", "*.*", "*.*.*", "*.*.*.*", "*.*.*.*.*"}) p.release(pattern);
  REQUIRE(p.list().size() == p.names().size());
  return p.list();
}

/// Neville extrapolation of central differences with steps h, h/2, h/4 (error of sixth order), for steps of every size;
/// taken is the step where the estimates of two neighbouring steps differ least. What is tested is not asked.
std::vector<double> central_differences(PatternCalculator<Structure<double>>& calculator, PowderModel<> model,
                                        const FreeParameter& parameter, double scale) {
  const std::size_t n = calculator.two_theta().size();
  const auto address = parameter_addresses(model);
  std::vector<double> start;
  for (const auto& f : parameter.followers) start.push_back(*address[f.index]);
  std::vector<double> y(n);
  const auto evaluate = [&](double shift) {
    for (std::size_t i = 0; i < start.size(); ++i)
      *address[parameter.followers[i].index] = start[i] + parameter.followers[i].coefficient * shift;
    calculator.calculate(model, y);
    return y;
  };
  const auto slope = [&](double h) {
    auto up = evaluate(h);
    const auto down = evaluate(-h);
    for (std::size_t i = 0; i < n; ++i) up[i] = (up[i] - down[i]) / (2 * h);
    return up;
  };
  std::vector<double> best, previous;
  double least = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> slopes;
  constexpr int halvings = 14;
  for (int k = 0; k < halvings; ++k) {
    slopes.push_back(slope(scale * std::ldexp(1.0, -k)));
    if (k < 2) continue;
    const auto &a = slopes[slopes.size() - 3], &b = slopes[slopes.size() - 2], &c = slopes.back();
    std::vector<double> d(n);
    for (std::size_t i = 0; i < n; ++i) {
      const double ab = (4 * b[i] - a[i]) / 3, bc = (4 * c[i] - b[i]) / 3;
      d[i] = (16 * bc - ab) / 15;
    }
    if (!previous.empty()) {
      double change = 0;
      for (std::size_t i = 0; i < n; ++i) change = std::max(change, std::abs(d[i] - previous[i]));
      if (change < least) {
        least = change;
        best = d;
      }
    }
    previous = std::move(d);
  }
  return best;
}

struct Outcome {
  double worst = 0;
  std::string parameter;
  std::size_t tested = 0;
};

/// Compares all columns; the tolerance is 1e-6 of the parameter's largest derivative (the target of the project).
Outcome check(const PowderModel<>& model, std::vector<double> grid, const std::vector<FreeParameter>& free) {
  const std::size_t n = grid.size();
  PatternCalculator<Structure<double>> calculator(model, std::move(grid), {{FormFactorTable::wk95, true}, 1e-5});
  std::vector<double> y(n), plain(n), jacobian(n * free.size());
  calculator.differentiate(model, free, y, jacobian);
  calculator.calculate(model, plain);
  const double top = *std::max_element(plain.begin(), plain.end());
  for (std::size_t i = 0; i < n; ++i) CHECK(std::abs(y[i] - plain[i]) <= 1e-11 * top);  // one pattern, two ways to it

  Outcome outcome;
  const auto values = parameter_values(model);
  for (std::size_t f = 0; f < free.size(); ++f) {
    CAPTURE(free[f].name);
    const double value = values[free[f].followers.front().index];
    // Widest step: a hundredth of the value, or of 1 for those that are 0; positions move by a fraction of a width.
    const bool moves_peaks = free[f].name.find(".cell.") != std::string::npos;
    const double scale = moves_peaks ? 1e-4 * value : free[f].name.find("size") != std::string::npos ? 0.1 * value
                         : value != 0 ? 0.02 * std::abs(value) : 1e-3;
    const auto difference = central_differences(calculator, model, free[f], scale);
    double largest = 0, off = 0;
    for (std::size_t i = 0; i < n; ++i) {
      largest = std::max(largest, std::abs(difference[i]));
      off = std::max(off, std::abs(difference[i] - jacobian[f * n + i]));
    }
    CAPTURE(largest);
    CAPTURE(off);
    if (largest < 1e-9 * top) {  // rounding: x of an atom on a threefold axis, the displacement in Debye-Scherrer geometry …
      CHECK(off < 1e-9 * top);
      continue;
    }
    CHECK(off <= 1e-6 * largest);
    ++outcome.tested;
    if (off / largest > outcome.worst) outcome = {off / largest, free[f].name, outcome.tested};
  }
  MESSAGE(outcome.tested << " parameters, worst " << outcome.parameter << ": " << outcome.worst << " of its largest derivative");
  return outcome;
}

/// O3 with everything that a pattern knows: doublet, background, displacement, zero, size and strain.
PowderModel<> model_with(double asymmetry) {
  PowderModel<> m;
  m.diffractometer = {radiation::CuKa, Geometry::bragg_brentano, 240, 0.8};
  m.instrument = {0.013, 0.08, 0.006, -0.004, 0.004, 0.02, 0.015, asymmetry};
  m.background.coefficients = {90, -30, 12, 5, -2};
  m.phases.push_back({"O3", o3_nfm(), 0.01, 1500, 4e-4});
  return m;
}

/// A triclinic crystal with three atoms in general positions: every cell and site parameter acts.
Structure<double> triclinic() {
  Structure<double> s{"T", space_group("P1"), {4.1, 4.9, 5.6, 83, 97, 104}, {}};
  s.sites = {{"Fe1", parse_species("Fe3+"), {0.11, 0.23, 0.31}, 0.9, 0.006},
             {"O1", parse_species("O2-"), {0.61, 0.17, 0.77}, 0.8, 0.011},
             {"Na1", parse_species("Na+"), {0.34, 0.71, 0.55}, 0.7, 0.02}};
  return s;
}

}  // namespace

TEST_CASE("derivatives of a symmetric pattern agree with central differences for every parameter") {
  const auto m = model_with(0);
  const auto outcome = check(m, even_grid(14, 0.04, 2400), everything(m));
  // 12 instrument (the asymmetry has no slope at 0, an absorbing cylinder or plate is not there, the roughness has depth 0 and so
  // no share), 5 background, 6 cell, 25 sites, 5 phase; x and y of sites on the threefold axis and z of those on an inversion
  // centre (4 sites; the oxygen has its z) have no slope by symmetry.
  CHECK(outcome.tested == 12 - 3 + 5 + 6 + 25 - 14 + 5);
}

TEST_CASE("derivatives of an asymmetric pattern agree with central differences for every parameter") {
  const auto m = model_with(0.03);
  check(m, even_grid(14, 0.05, 1900), everything(m));
}

TEST_CASE("derivatives with respect to all cell and site parameters of a triclinic phase agree with central differences") {
  PowderModel<> m = model_with(0.02);
  m.background.coefficients.clear();
  m.phases = {{"T", triclinic(), 0.02, 800, 1e-3}};
  const auto outcome = check(m, even_grid(15, 0.15, 300), everything(m));
  CHECK(outcome.tested == 12 - 2 + 6 + 15 + 5);
}

TEST_CASE("derivatives of every correction of instrument, sample and background agree with central differences") {
  for (const Geometry geometry : {Geometry::bragg_brentano, Geometry::debye_scherrer, Geometry::transmission})
    for (const bool neutron : {false, true}) {
      CAPTURE(neutron);
      PowderModel<> m = model_with(0.02);
      m.diffractometer.geometry = geometry;
      if (neutron) m.diffractometer.radiation = neutrons(1.6);
      m.instrument.transparency = 0.1;
      m.instrument.absorption = 0.7;
      m.instrument.roughness = {0.6, 0.05};
      m.background.knots = {20, 35, 52};
      m.background.levels = {5, 9, 4};
      m.background.humps = {{24, 300, 6, 0.2}, {33, 200, 9, 0.0}};
      auto structure = triclinic();
      structure.sites[0].u_aniso = AnisotropicDisplacement<double>{0.006, 0.008, 0.011, 0.001, -0.002, 0.003};
      m.phases = {{"T", structure, 0.02, 800, 1e-3}, {"O3", o3_nfm(), 0.01, 1500, 4e-4}};
      m.phases[0].size_mixing = 0.6;
      m.phases[0].strain_mixing = 0.3;
      m.phases[0].extinction = 0.02;
      m.phases[0].quartic_strain = quartic_strain(structure.space_group, structure.cell, 1.5e-3);
      m.phases[1].preferred_orientation = MarchDollase<double>{{0, 0, 1}, 0.8};
      m.phases[1].texture = harmonics_texture(m.phases[1].crystal.space_group, m.phases[1].crystal.cell, 4);
      m.phases[1].texture->coefficients.assign(m.phases[1].texture->coefficients.size(), 0.05);
      m.phases[1].strain_mixing = 0.5;
      m.phases[1].uniaxial_size = UniaxialSize<double>{{0, 0, 1}, 500, 900};
      m.phases[1].uniaxial_strain = UniaxialStrain<double>{{0, 0, 1}, 2e-3, 1e-3};
      const auto outcome = check(m, even_grid(15, 0.15, 300), everything(m));
      CHECK(outcome.tested > 90);
    }
}

TEST_CASE("derivatives of free intensities agree with central differences") {
  PowderModel<> m = model_with(0.02);
  PowderPattern pattern{"", even_grid(15, 0.05, 900), {}, {}, {}, {}};
  free_intensities(m, 0, IntensityModel::pawley, pattern);
  for (std::size_t i = 0; i < m.phases[0].intensities.size(); ++i) m.phases[0].intensities[i].value = 40.0 + 7 * static_cast<double>(i);
  const auto outcome = check(m, pattern.two_theta, everything(m));
  CHECK(outcome.tested >= m.phases[0].intensities.size() + 12);
}

TEST_CASE("derivatives of two phases in Debye-Scherrer geometry on an uneven grid agree with central differences") {
  PowderModel<> m = model_with(0.01);
  m.diffractometer = {monochromatic(0.8), Geometry::debye_scherrer, 1000, 0.05};
  m.diffractometer.radiation.anode = Anode::Mo;
  auto second = o3_nfm();
  second.cell = hexagonal_cell(2.90, 17.1);
  second.sites[4].position.z = 0.2612;
  m.phases.push_back({"B", second, 0.004, 600, 1e-3});
  m.instrument.displacement = 0;
  std::vector<double> grid;
  for (double x = 5; x < 60; x += 0.04 + 0.08 * std::pow(std::sin(x), 2)) grid.push_back(x);
  const auto outcome = check(m, grid, everything(m));
  CHECK(outcome.tested > 40);
}

TEST_CASE("derivatives with respect to tied parameters include all that they move") {
  const auto m = model_with(0.02);
  FreeParameters p(parameter_names(m));
  const auto index = [&](const std::string& name) { return p.find(name).at(0); };
  p.tie(index("O3.cell.b"), index("O3.cell.a"));
  p.tie(index("O3.Fe1.Uiso"), index("O3.Ni1.Uiso"));
  p.tie(index("O3.Mn1.Uiso"), index("O3.Ni1.Uiso"));
  p.tie(index("O3.Mn1.occupancy"), index("O3.Fe1.occupancy"), -1);      // a sum that stays
  p.tie(index("pattern.background.1"), index("O3.scale"), 1000);         // across rooms of the model
  p.tie(index("pattern.Y"), index("pattern.zero"), 0.5);
  for (const char* name : {"O3.cell.a", "O3.cell.c", "O3.Ni1.Uiso", "O3.Fe1.occupancy", "O3.scale", "pattern.zero",
                           "pattern.background.0", "O3.O1.z", "pattern.asymmetry", "O3.size"})
    REQUIRE(p.release(name) == 1);
  REQUIRE(p.list().size() == 10);
  const auto outcome = check(m, even_grid(14, 0.05, 1900), p.list());
  CHECK(outcome.tested == 10);
}

TEST_CASE("derivatives of peaks close to 90 degrees, above, and near the primary beam agree with central differences") {
  // (100) of cubes at 4°, 89.99°, 90.01° and 150°, asymmetric.
  for (const double two_theta : {4.0, 89.99, 90.01, 150.0}) {
    CAPTURE(two_theta);
    const double edge = 1.54 / (2 * std::sin(0.5 * two_theta * degree));
    Structure<double> s{"X", space_group("P1"), {edge, edge, edge, 90, 90, 90}, {}};
    s.sites = {{"Fe1", parse_species("Fe"), {0, 0, 0}, 1, 0.01}};
    PowderModel<> m;
    m.diffractometer.radiation = monochromatic(1.54);
    m.diffractometer.radiation.anode = Anode::Cu;
    m.instrument = {0, 0.02, 0.002, -0.001, 0.004, 0.01, 0.02, 0.03};
    m.phases.push_back({"X", s, 1, 1000, 5e-4});
    FreeParameters p(parameter_names(m));
    for (const char* name : {"pattern.zero", "pattern.displacement", "pattern.asymmetry", "pattern.W", "pattern.Y", "X.cell.a",
                             "X.cell.b", "X.size", "X.strain", "X.scale"})
      REQUIRE(p.release(name) == 1);
    check(m, even_grid(two_theta - 1.5, 0.03, 100), p.list());
  }
}
