// Absorption, surface roughness and extinction: factors on the intensity.
#include <lamella/core/constants.hpp>
#include <lamella/core/dual.hpp>
#include <lamella/diffraction/absorption.hpp>
#include <lamella/diffraction/extinction.hpp>
#include <lamella/diffraction/surface_roughness.hpp>

#include <boost/math/special_functions/bessel.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "../support/archetype_scalar.hpp"

using namespace lamella;
using archetype::Real;

namespace {

/// The mean of exp(−μR (path in + path out)) over the cross section of a cylinder, by the midpoint rule on rings that crowd at
/// the rim. Converged to 10⁻⁴ up to μR = 5 (compared with four times as many points).
double cylinder_by_integration(double mu_r, double theta) {
  constexpr int rings = 150, spokes = 360;
  double sum = 0, area = 0;
  for (int i = 0; i < rings; ++i) {
    const double u = (i + 0.5) / rings;
    const double r = 1 - (1 - u) * (1 - u), ring = r * 2 * (1 - u);
    for (int j = 0; j < spokes; ++j) {
      const double phi = two_pi * (j + 0.5) / spokes;
      // The path from a point at distance r to the rim, in a direction at an angle to its radius.
      const auto path = [&](double angle) { return -r * std::cos(angle) + std::sqrt(1 - r * r * std::sin(angle) * std::sin(angle)); };
      sum += ring * std::exp(-mu_r * (path(std::numbers::pi - phi) + path(2 * theta - phi)));
      area += ring;
    }
  }
  return sum / area;
}

/// The derivative of f at x by central differences.
double slope(auto f, double x, double step) { return (f(x + step) - f(x - step)) / (2 * step); }

}  // namespace

TEST_CASE("absorption of a cylinder is that of the integral over its cross section") {
  double worst_1 = 0, worst_5 = 0;
  for (const double mu_r : {0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0})
    for (double theta = 0.5; theta < 90; theta += 7.4) {
      const double exact = cylinder_by_integration(mu_r, theta * degree);
      const double off = std::abs(cylinder_absorption(mu_r, theta * degree) / exact - 1);
      (mu_r <= 1 ? worst_1 : worst_5) = std::max(mu_r <= 1 ? worst_1 : worst_5, off);
    }
  CHECK(worst_1 < 0.007);  // the accuracies stated with the formula
  CHECK(worst_5 < 0.014);
  MESSAGE("largest relative deviation: " << worst_1 << " up to 1, " << worst_5 << " up to 5");
  CHECK(cylinder_absorption(0.0, 0.7) == 1.0);
  // Without much absorption the mean path decides: 16 R/3π in forward direction.
  CHECK(cylinder_absorption(1e-4, 0.01) == doctest::Approx(1 - 1e-4 * 16 / (3 * std::numbers::pi)).epsilon(1e-8));
}

TEST_CASE("absorption of plates is that of the integral over their depth") {
  for (const double mu_t : {0.01, 0.5, 2.0})
    for (const double theta : {0.1, 0.5, 1.2}) {
      double transmitted = 0, reflected = 0;
      constexpr int layers = 2000;
      for (int i = 0; i < layers; ++i) {
        const double z = (i + 0.5) / layers;  // of the thickness
        transmitted += std::exp(-mu_t * (z + (1 - z)) / std::cos(theta)) / (layers * std::cos(theta));
        reflected += std::exp(-2 * mu_t * z / std::sin(theta)) * 2 * mu_t / (layers * std::sin(theta));
      }
      CHECK(plate_transmission(mu_t, theta) == doctest::Approx(transmitted).epsilon(1e-6));
      CHECK(plate_reflection(mu_t, theta) == doctest::Approx(reflected).epsilon(1e-4));
    }
}

TEST_CASE("surface roughness") {
  // By hand: a = 0.5, b = 0.1 at 30°: (1 + e^-0.2)/(1 + e^-0.1); c = 0.2, τ = 0.1 at 30°: u = 0.2.
  CHECK(surface_roughness(SuorttiRoughness<>{0.5, 0.1}, 30 * degree) == doctest::Approx(1.818730753077982 / 1.904837418035960));
  CHECK(surface_roughness(PitschkeRoughness<>{0.2, 0.1}, 30 * degree) == doctest::Approx(1 - 0.2 * 0.2 * 0.8));
  for (const double theta : {0.05, 0.3, 1.0, std::numbers::pi / 2}) {
    CHECK(surface_roughness(SuorttiRoughness<>{}, theta) == 1.0);
    CHECK(surface_roughness(PitschkeRoughness<>{}, theta) == 1.0);
    CHECK(surface_roughness(SuorttiRoughness<>{1.0, 0.3}, theta) == doctest::Approx(1.0));
    CHECK(surface_roughness(SuorttiRoughness<>{0.3, 0.2}, theta) <= 1.0 + 1e-15);
    CHECK(surface_roughness(SuorttiRoughness<>{0.3, 0.2}, theta) >= 0.3);
  }
  CHECK(surface_roughness(SuorttiRoughness<>{0.3, 0.2}, std::numbers::pi / 2) == doctest::Approx(1.0));
}

TEST_CASE("extinction is that of Sabine's series and of the Bessel functions they come from") {
  for (const double x : {1e-6, 0.01, 0.1, 0.3, 0.9, 1.0, 1.1, 3.0, 10.0, 19.999, 20.0, 20.001, 50.0, 300.0}) {
    CAPTURE(x);
    const double bragg = sabine_extinction(x, std::numbers::pi / 2), laue = sabine_extinction(x, 0.0);
    CHECK(bragg == doctest::Approx(1 / std::sqrt(1 + x)).epsilon(1e-14));
    CHECK(laue == doctest::Approx(std::exp(-x) * (boost::math::cyl_bessel_i(0, x) + boost::math::cyl_bessel_i(1, x))).epsilon(1e-13));
    const double theta = 0.4;
    CHECK(sabine_extinction(x, theta) ==
          doctest::Approx(bragg * std::sin(theta) * std::sin(theta) + laue * std::cos(theta) * std::cos(theta)).epsilon(1e-14));
    // The series as printed.
    if (x <= 0.3) CHECK(laue == doctest::Approx(1 - x / 2 + x * x / 4 - 5 * x * x * x / 48 + 7 * x * x * x * x / 192).epsilon(1e-4));
    if (x >= 10)
      CHECK(laue == doctest::Approx(std::sqrt(2 / (std::numbers::pi * x)) *
                                    (1 - 1 / (8 * x) - 3 / (128 * x * x) - 15 / (1024 * x * x * x))).epsilon(1e-5));
  }
  // Dimensions: GSAS-II's factor 0.079411 for X-rays (electrons, μm²); neutrons in units of 10⁻¹² cm = 10 fm without a factor.
  CHECK(xray_extinction_depth(2.0, 900.0, 1.54, 100.0, std::numbers::pi / 4) ==
        doctest::Approx(2 * 900 * 1.54 * 1.54 / 1e4 * 0.079411 / 2).epsilon(1e-4));
  CHECK(neutron_extinction_depth(2.0, 900.0, 1.54, 100.0) == doctest::Approx(2 * 9.0 * 1.54 * 1.54 / 1e4));
  CHECK(sabine_extinction(-0.01, 0.4) == doctest::Approx(1.005));
  CHECK(sabine_extinction(0.0, 0.4) == doctest::Approx(1.0).epsilon(1e-15));
}

TEST_CASE("derivatives of the corrections are those of differences") {
  using D = Dual<double, 1>;
  const auto compare = [](auto f, double x) {
    CAPTURE(x);
    const double exact = f(D::variable(x, 0)).grad[0];
    CHECK(exact == doctest::Approx(slope([&](double p) { return f(D(p)).value; }, x, 1e-5)).epsilon(1e-6));
  };
  for (const double x : {0.4, 1.3, 4.1, 7.0}) {
    compare([](D m) { return cylinder_absorption(m, D(0.6)); }, x);
    compare([](D m) { return plate_transmission(m, D(0.6)); }, x);
    compare([](D m) { return plate_reflection(m, D(0.6)); }, x);
    compare([](D d) { return sabine_extinction(d, D(0.6)); }, x);
    compare([](D d) { return sabine_extinction(D(20.0) + d, D(0.6)); }, x);
  }
  for (const double theta : {0.1, 0.5, 1.4}) {
    compare([](D t) { return cylinder_absorption(D(0.7), t); }, theta);
    compare([](D t) { return cylinder_absorption(D(3.7), t); }, theta);
    compare([](D t) { return surface_roughness(SuorttiRoughness<D>{D(0.4), D(0.1)}, t); }, theta);
    compare([](D t) { return surface_roughness(PitschkeRoughness<D>{D(0.4), D(0.04)}, t); }, theta);
    compare([](D t) { return sabine_extinction(xray_extinction_depth(D(3.0), D(9e4), D(1.5), D(130.0), t), t); }, theta);
  }
  CHECK(sabine_extinction(D::variable(0, 0), D(0.6)).grad[0] == doctest::Approx(-0.5));
}

TEST_CASE("the corrections ask no more of a number than Scalar promises") {
  CHECK(value_of(cylinder_absorption(Real(0.7), Real(0.5))) == doctest::Approx(cylinder_absorption(0.7, 0.5)).epsilon(1e-14));
  CHECK(value_of(cylinder_absorption(Real(4.0), Real(0.5))) == doctest::Approx(cylinder_absorption(4.0, 0.5)).epsilon(1e-14));
  CHECK(value_of(plate_transmission(Real(0.7), Real(0.5))) == doctest::Approx(plate_transmission(0.7, 0.5)).epsilon(1e-14));
  CHECK(value_of(plate_reflection(Real(0.7), Real(0.5))) == doctest::Approx(plate_reflection(0.7, 0.5)).epsilon(1e-14));
  CHECK(value_of(surface_roughness(SuorttiRoughness<Real>{Real(0.3), Real(0.1)}, Real(0.5))) ==
        doctest::Approx(surface_roughness(SuorttiRoughness<>{0.3, 0.1}, 0.5)).epsilon(1e-14));
  CHECK(value_of(surface_roughness(PitschkeRoughness<Real>{}, Real(0.5))) == 1);
  CHECK(value_of(sabine_extinction(xray_extinction_depth(Real(1.0), Real(9.0), Real(1.5), Real(9.0), Real(0.4)), Real(0.4))) ==
        doctest::Approx(sabine_extinction(xray_extinction_depth(1.0, 9.0, 1.5, 9.0, 0.4), 0.4)).epsilon(1e-14));
  CHECK(value_of(neutron_extinction_depth(Real(1.0), Real(9.0), Real(1.5), Real(9.0))) ==
        doctest::Approx(neutron_extinction_depth(1.0, 9.0, 1.5, 9.0)).epsilon(1e-14));
}
