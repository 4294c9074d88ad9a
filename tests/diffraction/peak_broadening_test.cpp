#include <lamella/core/constants.hpp>
#include <lamella/core/dual.hpp>
#include <lamella/crystal/space_group.hpp>
#include <lamella/crystal/unit_cell.hpp>
#include <lamella/diffraction/peak_broadening.hpp>
#include <lamella/fit/parameters.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

#include "../support/archetype_scalar.hpp"
#include "../support/random_numbers.hpp"

using namespace lamella;
using archetype::Real;

TEST_CASE("widths by size and strain in the units of other programs") {
  const double theta = 0.4, wavelength = 1.54;
  // GSAS-II, centidegrees: 1.8 λ/(π S cosθ) with S in μm, 0.018 M tanθ/π with M = 10⁶ · 4ε.
  CHECK(size_width(2500.0, wavelength, theta) == doctest::Approx(0.01 * 1.8 * wavelength / (std::numbers::pi * 0.25 * std::cos(theta))));
  CHECK(strain_width(3e-4, theta) == doctest::Approx(0.01 * 0.018 * 1200 * std::tan(theta) / std::numbers::pi));
  // Williamson-Hall: β cosθ = λ/L + 4 ε sinθ, β in radians.
  const double beta = (size_width(800.0, wavelength, theta) + strain_width(1e-3, theta)) * degree;
  CHECK(beta * std::cos(theta) == doctest::Approx(wavelength / 800 + 4e-3 * std::sin(theta)));
  // The strain is that of d: Δ2θ = 2 Δd/d tanθ, so that ±ε on both sides make a width of 4ε tanθ.
  const double d = 2.1, half = 1e-6;
  const auto two_theta = [&](double spacing) { return 2 * std::asin(wavelength / (2 * spacing)) / degree; };
  CHECK(strain_width(half, std::asin(wavelength / (2 * d))) ==
        doctest::Approx(two_theta(d * (1 - half)) - two_theta(d * (1 + half))).epsilon(1e-6));
  const auto parts = split_width(0.2, 0.7);
  CHECK(parts.lorentzian == doctest::Approx(0.14));
  CHECK(parts.gaussian == doctest::Approx(0.06));
}

TEST_CASE("widths by plates and by uniaxial strain") {
  const SpaceGroup group = space_group("R-3m");
  const auto cell = hexagonal_cell(2.96, 16.38);
  const auto g = reciprocal_metric(cell);
  const double theta = 0.3, wavelength = 1.54;
  const UniaxialSize<> plates{{0, 0, 1}, 120, 900};
  CHECK(size_width(plates, g, group.equivalents({0, 0, 3}), wavelength, theta) == doctest::Approx(size_width(120.0, wavelength, theta)));
  CHECK(size_width(plates, g, group.equivalents({1, 1, 0}), wavelength, theta) == doctest::Approx(size_width(900.0, wavelength, theta)));
  const double cosine = 4 / 16.38 * d_spacing(cell, {1, 0, 4}), sine = std::sqrt(1 - cosine * cosine);
  // The ellipsoid of GSAS-II: S = Si Sa/√((Si cosφ)² + (Sa sinφ)²).
  const double size = 900 * 120 / std::sqrt(900 * 900 * cosine * cosine + 120 * 120 * sine * sine);
  CHECK(size_width(plates, g, std::array{Miller{1, 0, 4}}, wavelength, theta) == doctest::Approx(size_width(size, wavelength, theta)));
  CHECK(size_width(plates, g, group.equivalents({1, 0, 4}), wavelength, theta) == doctest::Approx(size_width(size, wavelength, theta)));

  const UniaxialStrain<> strain{{0, 0, 1}, 2e-3, 3e-4};
  CHECK(strain_width(strain, g, group.equivalents({0, 0, 6}), theta) == doctest::Approx(strain_width(2e-3, theta)));
  CHECK(strain_width(strain, g, group.equivalents({1, 1, 0}), theta) == doctest::Approx(strain_width(3e-4, theta)));
  CHECK(strain_width(strain, g, group.equivalents({1, 0, 4}), theta) ==
        doctest::Approx(strain_width(2e-3 * cosine * cosine + 3e-4 * sine * sine, theta)));
  // An axis with equivalents of its own: two of the six 110 lie at 0° to it, four at 60°.
  const UniaxialStrain<> oblique{{1, 1, 0}, 2e-3, 3e-4};
  CHECK(strain_width(oblique, g, group.equivalents({1, 1, 0}), theta) ==
        doctest::Approx(strain_width((2e-3 + 2 * (0.25 * 2e-3 + 0.75 * 3e-4)) / 3, theta)));
}

TEST_CASE("quartic strain") {
  lamella_test::Random random(99);
  struct Case {
    std::string group;
    UnitCell<double> cell;
  };
  for (const auto& c : {Case{"R-3m", hexagonal_cell(2.96, 16.38)}, Case{"C2/m", {5.0, 2.9, 5.7, 90, 110, 90}}, Case{"Fm-3m", {4.2, 4.2, 4.2, 90, 90, 90}},
                        Case{"P-1", {5.1, 6.3, 7.9, 82, 97, 104}}, Case{"R-3m:R", {5.1, 5.1, 5.1, 33, 33, 33}}}) {
    CAPTURE(c.group);
    const SpaceGroup group = space_group(c.group);
    const auto g = reciprocal_metric(c.cell);
    // Isotropic strain is one of the quartic ones, in every Laue class.
    const auto strain = quartic_strain(group, c.cell, 7e-4);
    CHECK(strain.coefficients.size() == quartic_invariants(group).size());
    for (int n = 0; n < 20; ++n) {
      const Miller m{int(random.uniform(-9, 10)), int(random.uniform(-9, 10)), int(random.uniform(1, 10))};
      CHECK(strain_width(strain, g, m, 0.37) == doctest::Approx(strain_width(7e-4, 0.37)).epsilon(1e-9));
    }
  }
  // A spread of lattice constants makes exactly such a variance: 1/d² = 4(h² + hk + k²)/(3a²) + l²/c², so that independent
  // spreads σ of A = 4/(3a²) and C = 1/c² give σ_A² (h² + hk + k²)² + σ_C² l⁴, and correlation r gives 2 r σ_A σ_C.
  const auto cell = hexagonal_cell(2.96, 16.38);
  const auto g = reciprocal_metric(cell);
  const double spread_a = 1e-4, spread_c = 2e-5, correlation = 0.3;
  auto strain = quartic_strain(space_group("P63/mmc"), cell, 0);
  CHECK(parameter_names(strain) == std::vector<std::string>{"S400", "S004", "S202"});
  strain.coefficients = {spread_a * spread_a, spread_c * spread_c, 2 * correlation * spread_a * spread_c / 3};
  double variance = 0;
  constexpr int samples = 200000;
  const Miller m{1, 0, 4};
  for (int i = 0; i < samples; ++i) {
    const double x = random.normal(), y = correlation * x + std::sqrt(1 - correlation * correlation) * random.normal();
    const double change = spread_a * x * (m.h * m.h + m.h * m.k + m.k * m.k) + spread_c * y * m.l * m.l;
    variance += change * change / samples;
  }
  CHECK(strain_variance(strain, m) == doctest::Approx(variance).epsilon(0.01));  // 1/√samples, times a few
  CHECK(strain_width(strain, g, m, 0.3) ==
        doctest::Approx(std::sqrt(strain_variance(strain, m)) * std::pow(d_spacing(cell, m), 2) * std::tan(0.3) / degree));
  strain.coefficients = {-1e-9, 0, 0};
  CHECK(strain_width(strain, g, m, 0.3) == 0);
}

TEST_CASE("derivatives of widths, and numbers that are not double") {
  using D = Dual<double, 1>;
  const SpaceGroup group = space_group("R-3m");
  const auto images = group.equivalents({1, 0, 4});
  const auto compare = [](auto f, double x) {
    const double step = 1e-5 * x;
    CHECK(f(D::variable(x, 0)).grad[0] == doctest::Approx((f(D(x + step)).value - f(D(x - step)).value) / (2 * step)).epsilon(1e-7));
  };
  const auto metric_of = [](const D& a) { return reciprocal_metric(hexagonal_cell(a, D(16.38))); };
  compare([](D l) { return size_width(l, D(1.54), D(0.3)); }, 800);
  compare([](D e) { return strain_width(e, D(0.3)); }, 1e-3);
  compare([](D t) { return strain_width(D(1e-3), t) + size_width(D(800), D(1.54), t); }, 0.3);
  compare([&](D l) { return size_width(UniaxialSize<D>{{0, 0, 1}, l, D(800)}, metric_of(D(2.96)), images, D(1.54), D(0.3)); }, 200);
  compare([&](D a) { return size_width(UniaxialSize<D>{{0, 0, 1}, D(200), D(800)}, metric_of(a), images, D(1.54), D(0.3)); }, 2.96);
  compare([&](D e) { return strain_width(UniaxialStrain<D>{{1, 1, 1}, e, D(1e-4)}, metric_of(D(2.96)), images, D(0.3)); }, 1e-3);
  const auto quartic = quartic_strain(group, hexagonal_cell(2.96, 16.38), 1e-3);
  compare([&](D s) {
    auto q = rebound<D>(quartic);
    q.coefficients[2] = s;
    return strain_width(q, metric_of(D(2.96)), Miller{1, 0, 4}, D(0.3));
  }, quartic.coefficients[2]);
  compare([&](D a) { return strain_width(rebound<D>(quartic), metric_of(a), Miller{1, 0, 4}, D(0.3)); }, 2.96);

  const auto real_metric = reciprocal_metric(hexagonal_cell(Real(2.96), Real(16.38)));
  const auto metric = reciprocal_metric(hexagonal_cell(2.96, 16.38));
  CHECK(value_of(size_width(UniaxialSize<Real>{{0, 0, 1}, Real(200), Real(800)}, real_metric, images, Real(1.54), Real(0.3))) ==
        doctest::Approx(size_width(UniaxialSize<>{{0, 0, 1}, 200, 800}, metric, images, 1.54, 0.3)));
  CHECK(value_of(strain_width(UniaxialStrain<Real>{{0, 0, 1}, Real(2e-3), Real(1e-3)}, real_metric, images, Real(0.3))) ==
        doctest::Approx(strain_width(UniaxialStrain<>{{0, 0, 1}, 2e-3, 1e-3}, metric, images, 0.3)));
  CHECK(value_of(strain_width(rebound<Real>(quartic), real_metric, Miller{1, 0, 4}, Real(0.3))) == doctest::Approx(strain_width(1e-3, 0.3)));
  CHECK(value_of(split_width(Real(0.2), Real(0.5)).gaussian) == 0.1);
}
