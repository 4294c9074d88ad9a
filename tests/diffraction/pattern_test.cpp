// Whole patterns: values, truncation of tails, grids, and input that makes no sense.
#include <lamella/core/error.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/fit/free_parameters.hpp>
#include <lamella/fit/parameters.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../support/powder_models.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::o3_nfm, lamella_test::o3_nfm_pattern, lamella_test::read_json;
using Calculator = PatternCalculator<Structure<double>>;

namespace {

constexpr CalculationOptions settings{{FormFactorTable::wk95, false}, 1e-5};

/// A laboratory pattern without background.
PowderModel<> laboratory() {
  PowderModel<> m = o3_nfm_pattern();
  m.diffractometer.radiation = radiation::CuKa;
  return m;
}

double highest(const std::vector<double>& y) { return *std::max_element(y.begin(), y.end()); }

struct Untruncated {
  std::vector<double> y;
  double strongest = 0;  ///< height of the strongest peak, on the grid or not
};

/// The pattern without windows: every peak below 165°, whether it lies on the grid or not, at every point.
/// (Beyond, the Lorentz factor and the widths in 2θ grow without limit: such a peak has no meaningful tail.)
Untruncated untruncated(const PowderModel<>& model, const std::vector<double>& grid, const CalculationOptions& options) {
  Calculator wide(model, even_grid(1, 0.5, 357), options);
  std::vector<double> scratch(357);
  Untruncated result{std::vector<double>(grid.size()), 0};
  wide.calculate(model, scratch);
  for (std::size_t p = 0; p < model.phases.size(); ++p)
    for (std::size_t k = 0; k < wide.peaks_of(p).size(); ++k) {
      const std::size_t lines = model.diffractometer.radiation.count;
      const auto& peak = wide.peaks_of(p)[k];
      if (wide.peaks_of(p)[k - k % lines].position > 165) continue;
      result.strongest = std::max(result.strongest, peak.area * pseudo_voigt(0.0, peak.shape));
      for (std::size_t i = 0; i < grid.size(); ++i) result.y[i] += peak.area * pseudo_voigt(grid[i] - peak.position, peak.shape);
    }
  return result;
}

/// Largest error by truncation, as a fraction of the height of the strongest peak on the grid.
double truncation_error(const PowderModel<>& model, const std::vector<double>& grid) {
  Calculator calculator(model, grid, settings);
  std::vector<double> y(grid.size());
  calculator.calculate(model, y);
  const auto exact = untruncated(model, grid, settings);
  double worst = 0;
  for (std::size_t i = 0; i < grid.size(); ++i) worst = std::max(worst, std::abs(y[i] - exact.y[i]));
  return worst / exact.strongest;
}

}  // namespace

TEST_CASE("cutting the tails costs less than 1e-4 of the strongest peak, for narrow and broad peaks") {
  struct Case {
    std::string name;
    double size, strain, low, high;
  };
  for (const Case& c : {Case{"narrow", 1e30, 0, 10, 140}, {"size 3000", 3000, 1e-4, 10, 140}, {"size 1000", 1000, 1e-3, 10, 140},
                        {"size 300", 300, 2e-3, 10, 140}, {"size 100", 100, 2e-3, 10, 140}, {"size 50", 50, 5e-3, 10, 140},
                        {"size 300 above the strongest line", 300, 2e-3, 20, 100},
                        {"size 100 between two lines", 100, 2e-3, 47, 49}, {"narrow between two lines", 2000, 2e-4, 47, 49}}) {
    CAPTURE(c.name);
    PowderModel<> m = laboratory();
    m.phases[0].size = c.size;
    m.phases[0].strain = c.strain;
    const double error = truncation_error(m, even_grid(c.low, 0.05, static_cast<std::size_t>((c.high - c.low) / 0.05) + 1));
    CHECK(error < 1e-4);
    MESSAGE(c.name << ": " << error);
  }
}

TEST_CASE("cutting the tails of many overlapping peaks costs less than 1e-4 of the strongest") {
  // A monoclinic cell with some hundred reflections below 100°.
  Structure<double> s{"M", space_group("C2/m"), {9.7, 8.9, 7.1, 90, 104, 90}, {}};
  s.sites = {{"Fe1", parse_species("Fe"), {0.1, 0.2, 0.3}, 1, 0.005}, {"O1", parse_species("O"), {0.37, 0.29, 0.61}, 1, 0.01}};
  PowderModel<> m = laboratory();
  m.phases = {{"M", s, 1, 200, 1e-3}};
  const auto grid = even_grid(8, 0.1, 921);
  const double error = truncation_error(m, grid);
  CHECK(error < 1e-4);
  MESSAGE("error " << error);
  m.phases[0].size = 2000;
  CHECK(truncation_error(m, grid) < 1e-4);
}

TEST_CASE("a finer tolerance gives a finer pattern") {
  PowderModel<> m = laboratory();
  m.phases[0].size = 800;
  const auto grid = even_grid(10, 0.05, 2601);
  const auto exact = untruncated(m, grid, settings);
  double last = 1;
  for (const double tolerance : {1e-3, 1e-4, 1e-5, 1e-7}) {
    Calculator calculator(m, grid, {{FormFactorTable::wk95, false}, tolerance});
    std::vector<double> y(grid.size());
    calculator.calculate(m, y);
    double worst = 0;
    for (std::size_t i = 0; i < grid.size(); ++i) worst = std::max(worst, std::abs(y[i] - exact.y[i]) / exact.strongest);
    CHECK(worst < 10 * tolerance);
    CHECK(worst < last);
    last = worst;
  }
}

TEST_CASE("a value depends on its angle alone, not on the grid around it") {
  const PowderModel<> m = [] {
    PowderModel<> x = laboratory();
    x.instrument.asymmetry = 0.025;
    return x;
  }();
  const auto even = even_grid(10, 0.01, 13001);
  std::vector<double> uneven, values(even.size());
  std::vector<std::size_t> origin;
  for (std::size_t i = 0; i < even.size(); i += 1 + i % 7) {
    if (even[i] > 60 && even[i] < 61.5) continue;  // an excluded region
    uneven.push_back(even[i]);
    origin.push_back(i);
  }
  if (origin.back() != even.size() - 1) {
    uneven.push_back(even.back());
    origin.push_back(even.size() - 1);
  }
  Calculator on_even(m, even, settings), on_uneven(m, uneven, settings);
  on_even.calculate(m, values);
  std::vector<double> y(uneven.size());
  on_uneven.calculate(m, y);
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(values[origin[i]]).epsilon(1e-12));
}

TEST_CASE("the background is the Chebyshev polynomial over the range of the grid") {
  PowderModel<> m = laboratory();
  m.background.coefficients = {10, 4, -3, 2, 1};
  const std::vector<double> grid{20, 30, 45, 60, 71, 80};
  Calculator calculator(m, grid, settings);
  std::vector<double> y(grid.size());
  calculator.background(m, y);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const double t = std::acos(2 * (grid[i] - 20) / 60 - 1);  // T_k(cos t) = cos kt
    CHECK(y[i] == doctest::Approx(10 + 4 * std::cos(t) - 3 * std::cos(2 * t) + 2 * std::cos(3 * t) + std::cos(4 * t)).epsilon(1e-13));
  }
  m.background.coefficients.clear();
  Calculator bare(m, grid, settings);
  bare.background(m, y);
  CHECK(highest(y) == 0);
}

TEST_CASE("peaks stand where Bragg's law and the shifts put them, with the areas of the formula") {
  PowderModel<> m = laboratory();
  m.instrument.zero = 0.05;
  m.instrument.displacement = 0.1;
  m.diffractometer.radius = 200;
  m.diffractometer.polarisation = 0.8;
  m.phases[0].scale = 3;
  Calculator calculator(m, even_grid(10, 0.02, 6501), settings);
  std::vector<double> y(6501);
  calculator.calculate(m, y);
  const auto list = calculator.reflections_of(0);
  const auto peaks = calculator.peaks_of(0);
  REQUIRE(peaks.size() == 2 * list.size());
  std::vector<Scatterer> scatterers;
  for (const auto& site : m.phases[0].crystal.sites) scatterers.push_back(scatterer(site.species));
  const StructureFactors factors(m.phases[0].crystal, list, scatterers);
  constexpr double pi = std::numbers::pi;
  for (std::size_t r = 0; r < list.size(); ++r)
    for (std::size_t line = 0; line < 2; ++line) {
      const double wavelength = line == 0 ? 1.5405929 : 1.5444274, ratio = line == 0 ? 1 : 0.5;
      const double theta = std::asin(wavelength / (2 * list[r].d));
      const double cos2 = std::pow(std::cos(2 * theta), 2);
      CHECK(peaks[2 * r + line].position ==
            doctest::Approx(2 * theta * 180 / pi + 0.05 - 2 * 0.1 / 200 * std::cos(theta) * 180 / pi).epsilon(1e-12));
      const double f2 = factors.squared(r, m.phases[0].crystal, 0.25 / (list[r].d * list[r].d));
      CHECK(peaks[2 * r + line].area ==
            doctest::Approx(3 * ratio * list[r].multiplicity * f2 * (1 + 0.8 * cos2) / (1.8 * std::pow(std::sin(theta), 2) * std::cos(theta)))
                .epsilon(1e-12));
    }
}

TEST_CASE("widths follow Caglioti, Scherrer and Stokes-Wilson") {
  PowderModel<> m = laboratory();
  m.instrument = {0, 0, 0.02, -0.01, 0.006, 0.03, 0.02, 0};
  m.phases[0].size = 500;
  m.phases[0].strain = 1e-3;
  Calculator calculator(m, even_grid(10, 0.02, 6501), settings);
  std::vector<double> y(6501);
  calculator.calculate(m, y);
  constexpr double radian = 180 / std::numbers::pi;
  for (std::size_t i = 0; i < calculator.peaks_of(0).size(); ++i) {
    const double wavelength = i % 2 == 0 ? 1.5405929 : 1.5444274;
    const double theta = std::asin(wavelength / (2 * calculator.reflections_of(0)[i / 2].d));
    const double t = std::tan(theta), c = std::cos(theta);
    const double gauss2 = 0.02 * t * t - 0.01 * t + 0.006;
    const double lorentz = 0.03 * t + 0.02 / c + radian * (wavelength / (500 * c) + 4 * 1e-3 * t);
    const auto expected = thompson_cox_hastings(gauss2, lorentz);
    CHECK(calculator.peaks_of(0)[i].shape.fwhm == doctest::Approx(expected.fwhm).epsilon(1e-12));
    CHECK(calculator.peaks_of(0)[i].shape.eta == doctest::Approx(expected.eta).epsilon(1e-12));
  }
}

TEST_CASE("the area under a pattern is the sum of the areas of its peaks, asymmetric or not") {
  for (const double asymmetry : {0.0, 0.03}) {
    PowderModel<> m = laboratory();
    m.phases[0].crystal.cell = hexagonal_cell(2.96, 6.0);  // few lines
    m.instrument.asymmetry = asymmetry;
    m.instrument.X = 0;
    m.instrument.Y = 0;  // Gaussian: no tails to lose
    const auto grid = even_grid(5, 0.004, 42501);
    Calculator calculator(m, grid, settings);
    std::vector<double> y(grid.size());
    calculator.calculate(m, y);
    double area = 0, expected = 0;
    for (const double v : y) area += 0.004 * v;
    for (const auto& peak : calculator.peaks_of(0))
      if (peak.position > 6 && peak.position < 174) expected += peak.area;
    CHECK(expected > 0);
    CHECK(area == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("phases add up") {
  PowderModel<> m = laboratory();
  auto other = o3_nfm();
  other.cell = hexagonal_cell(2.9, 17.0);
  m.background.coefficients = {5, 1};
  PowderModel<> two = m, second = m;
  second.phases = {{"B", other, 0.3, 500, 1e-3}};
  two.phases.push_back(second.phases[0]);
  const auto grid = even_grid(10, 0.05, 2000);
  std::vector<double> a(2000), b(2000), both(2000), back(2000);
  CalculationOptions fine = settings;
  fine.window_tolerance = 1e-14;
  Calculator(m, grid, fine).calculate(m, a);
  Calculator(second, grid, fine).calculate(second, b);
  Calculator sum(two, grid, fine);
  sum.calculate(two, both);
  sum.background(two, back);
  for (std::size_t i = 0; i < grid.size(); ++i) CHECK(both[i] == doctest::Approx(a[i] + b[i] - back[i]).epsilon(1e-10));
}

TEST_CASE("a reflection outside the range leaves its tail and nothing else") {
  PowderModel<> m = laboratory();
  Calculator calculator(m, even_grid(17, 0.01, 200), settings);  // (003) at 16.22° and 16.26°, no line inside
  std::vector<double> y(200);
  calculator.calculate(m, y);
  CHECK(y.front() > 0);
  for (std::size_t i = 1; i < y.size(); ++i) CHECK(y[i] <= y[i - 1]);
  for (const double v : y) CHECK(std::isfinite(v));
}

TEST_CASE("parameters that are no numbers neither crash nor hang") {
  const PowderModel<> good = [] {
    PowderModel<> m = laboratory();
    m.instrument.asymmetry = 0.02;
    m.background.coefficients = {1, 2};
    return m;
  }();
  const auto grid = even_grid(10, 2, 66);
  Calculator calculator(good, grid, settings);
  FreeParameters p(parameter_names(good));
  for (const char* pattern : {"*", "*.*", "*.*.*"}) p.release(pattern);
  const auto free = p.list();
  std::vector<double> reference(grid.size()), y(grid.size()), jacobian(grid.size() * free.size());
  calculator.calculate(good, reference);
  const std::size_t count = parameter_values(good).size();
  for (std::size_t i = 0; i < count; ++i)
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(), -1e9, 1e9, 0.0, -1.0}) {
      PowderModel<> m = good;
      *parameter_addresses(m)[i] = bad;
      calculator.calculate(m, y);
      calculator.differentiate(m, free, y, jacobian);
      calculator.freeze_windows(m);
      calculator.calculate(m, y);
    }
  calculator.freeze_windows(good);
  calculator.calculate(good, y);
  CHECK(y == reference);  // nothing is left behind
}

TEST_CASE("grids that are no grids and species without form factors are refused") {
  const PowderModel<> m = laboratory();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto on = [&](std::vector<double> grid) { Calculator calculator(m, std::move(grid), settings); };
  CHECK_THROWS_AS(on({}), Error);
  CHECK_THROWS_AS(on({20.0}), Error);
  CHECK_THROWS_AS(on({20.0, 20.0}), Error);
  CHECK_THROWS_AS(on({20.0, 19.0}), Error);
  CHECK_THROWS_AS(on({0.0, 19.0}), Error);
  CHECK_THROWS_AS(on({20.0, 180.0}), Error);
  CHECK_THROWS_AS(on({20.0, nan}), Error);
  CHECK_THROWS_AS(on({nan, 20.0}), Error);
  CHECK_NOTHROW(on({20.0, 20.1}));

  PowderModel<> ion = m;
  ion.phases[0].crystal.sites[1].species = parse_species("Ni4+");
  CHECK_THROWS_AS(Calculator(ion, std::vector{20.0, 30.0}, settings), Error);
  PowderModel<> unknown = m;
  unknown.diffractometer.radiation = monochromatic(1.5);
  CHECK_THROWS_AS(Calculator(unknown, std::vector{20.0, 30.0}, CalculationOptions{}), Error);  // f' of which anode?
}

TEST_CASE("data: the pattern of O3-NFM is the sum of its definition in the reference file") {
  const auto j = read_json("reference/w2_reference_pattern.json");
  const PowderModel<> m = [] {
    PowderModel<> x = o3_nfm_pattern();
    x.phases[0].scale = 2;  // their Lorentz-polarisation factor is twice ours
    return x;
  }();
  const auto grid = even_grid(j.at("start"), j.at("step"), j.at("n"));
  const std::size_t every = j.at("every");
  const auto& reference = j.at("y");
  REQUIRE(reference.size() == 1301);
  CAPTURE(every);
  CalculationOptions fine = settings;
  for (const double tolerance : {1e-300, 1e-5}) {
    fine.window_tolerance = tolerance;
    Calculator calculator(m, grid, fine);
    std::vector<double> y(grid.size()), all(grid.size());
    calculator.add_phase(m, 0, all);
    std::size_t lines = 0;
    for (std::size_t r = 0; r < calculator.reflections_of(0).size(); ++r) {
      const double position = calculator.peaks_of(0)[r].position;
      if (position < 10 || position > 140) continue;  // the file sums the 44 lines between 10° and 140°
      calculator.add_reflection(m, 0, r, y);
      ++lines;
    }
    CHECK(lines == 44);
    double worst = 0, relative = 0, top = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) top = std::max(top, reference.at(i).get<double>());
    for (std::size_t i = 0; i < reference.size(); ++i) {
      const double expected = reference.at(i);
      worst = std::max(worst, std::abs(y[i * every] - expected) / top);
      relative = std::max(relative, std::abs(y[i * every] / expected - 1));
    }
    MESSAGE("tolerance " << tolerance << ": largest deviation " << worst << " of the top, " << relative << " of the value");
    if (tolerance < 1e-100) {
      CHECK(relative < 1e-6);  // the structure factors of the file have seven digits
      CHECK(worst < 1e-6);
    } else {
      CHECK(worst < 1e-4);
    }
  }
}
