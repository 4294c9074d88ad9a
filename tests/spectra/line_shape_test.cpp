#include <lamella/core/dual.hpp>
#include <lamella/spectra/line_shape.hpp>
#include <lamella/spectra/spectrum_model.hpp>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

double quadrature(const LineProfile<double>& line, double low, double high) {
  return boost::math::quadrature::gauss_kronrod<double, 31>::integrate([&](double x) { return line(x); }, low, high, 15, 1e-13);
}

}  // namespace

TEST_CASE("the Voigt function is that of scipy") {
  // scipy.special.wofz(x + iy).real
  constexpr std::array<std::array<double, 3>, 7> values{{{0, 0, 1.0},
                                                         {0.3, 0.1, 0.8272460069145307},
                                                         {1.5, 0.8325546111576977, 0.2111965004001931},
                                                         {3, 0.001, 0.00020197242455732037},
                                                         {6, 2, 0.029170144290321783},
                                                         {0.5, 10, 0.05600435223166482},
                                                         {40, 0.5, 0.00017644716324837745}}};
  for (const auto& [x, y, w] : values) {
    CHECK(std::abs(detail::voigt_function(x, y) - w) < 1e-13);
    // The slopes by hand are those of the series on dual numbers.
    using Two = Dual<double, 2>;
    const auto by_hand = detail::voigt_function(Two::variable(x, 0), Two::variable(y, 1));
    const auto by_series = detail::faddeeva(Two::variable(x, 0), Two::variable(y, 1)).re;
    for (std::size_t i = 0; i < 2; ++i) CHECK(std::abs(by_hand.grad[i] - by_series.grad[i]) < 1e-11);
  }
}

TEST_CASE("lines have the area one and, but for the product, the half width that they are given") {
  for (const LineShape shape : line_shapes)
    for (const double mixing : {0.0, 1e-4, 0.01, 0.3, 0.8, 0.999}) {
      if (shape == LineShape::doniach_sunjic) continue;
      CAPTURE(to_string(shape));
      CAPTURE(mixing);
      const LineProfile<double> line(shape, 1.7, mixing, 0);
      // Tails of at most 1/x² are folded into finite ranges: x = ±(30 + t/(1 − t)).
      double area = 0;
      for (const double side : {-1.0, 1.0})
        area += boost::math::quadrature::gauss_kronrod<double, 31>::integrate([&](double x) { return line(side * x); }, 0.0, 30.0, 15, 1e-13) +
                boost::math::quadrature::gauss_kronrod<double, 31>::integrate(
                    [&](double t) { return line(side * (30 + t / (1 - t))) / ((1 - t) * (1 - t)); }, 0.0, 1.0 - 1e-12, 15, 1e-12);
      CHECK(area == doctest::Approx(1).epsilon(1e-9));
      if (shape == LineShape::voigt && mixing > 0) continue;  // its fwhm is that of the Gaussian part
      const double half = line(0.85) / line(0.0);
      if (shape == LineShape::pseudo_voigt_product) CHECK(std::abs(half - 0.5 * std::exp2(mixing) / (1 + mixing)) < 1e-12);
      else CHECK(half == doctest::Approx(0.5).epsilon(1e-12));
    }
}

TEST_CASE("areas in a window are those of adaptive quadrature") {
  lamella_test::Random random(71);
  for (const LineShape shape : line_shapes)
    for (int k = 0; k < 8; ++k) {
      const LineProfile<double> line(shape, random.uniform(0.5, 4), random.uniform(0, 0.99), k == 0 ? 0.0 : k == 1 ? 1e-6 : random.uniform(0, 0.6));
      const double low = random.uniform(-30, 2), high = low + random.uniform(0.5, 30);
      CAPTURE(to_string(shape));
      CHECK(std::abs(line.area(low, high) - quadrature(line, low, high)) < 1e-9);
    }
}

TEST_CASE("the Doniach-Šunjić line is the Lorentzian at asymmetry 0 and has its tail at high binding energy") {
  const LineProfile<double> symmetric(LineShape::doniach_sunjic, 1.2, 0, 0), lorentzian(LineShape::lorentzian, 1.2, 0, 0), tailed(LineShape::doniach_sunjic, 1.2, 0, 0.2);
  for (const double x : {-3.0, -0.4, 0.0, 0.7, 9.0}) CHECK(symmetric(x) == doctest::Approx(lorentzian(x)).epsilon(1e-14));
  CHECK(tailed(5) > 2 * tailed(-5));
  // The slope vanishes at x = −(fwhm/2) cot(π/(2 − α)).
  const double at = -0.6 / std::tan(std::numbers::pi / 1.8);
  CHECK(tailed(at) > tailed(at - 1e-4));
  CHECK(tailed(at) > tailed(at + 1e-4));
}

TEST_CASE("derivatives of all shapes are those of differences, and any scalar will do") {
  using Four = Dual<double, 4>;
  lamella_test::Random random(5);
  for (const LineShape shape : line_shapes)
    for (int k = 0; k < 10; ++k) {
      const std::array<double, 4> at{random.uniform(-4, 4), random.uniform(0.5, 3), random.uniform(0.05, 0.9), random.uniform(0.01, 0.6)};
      const auto value = [&](const std::array<double, 4>& p) { return LineProfile<double>(shape, p[1], p[2], p[3])(p[0]); };
      const LineProfile<Four> line(shape, Four::variable(at[1], 1), Four::variable(at[2], 2), Four::variable(at[3], 3));
      const Four exact = line(Four::variable(at[0], 0));
      CHECK(exact.value == doctest::Approx(value(at)).epsilon(1e-14));
      for (std::size_t i = 0; i < 4; ++i) {
        auto above = at, below = at;
        above[i] += 1e-5;
        below[i] -= 1e-5;
        CHECK(std::abs(exact.grad[i] - (value(above) - value(below)) / 2e-5) < 1e-8);
      }
      CHECK(LineProfile<float>(shape, float(at[1]), float(at[2]), float(at[3]))(float(at[0])) == doctest::Approx(exact.value).epsilon(2e-5));
      const auto area = line.area(Four(-2.0), Four::variable(at[0] + 5, 0));
      const auto area_of = [&](const std::array<double, 4>& p) { return LineProfile<double>(shape, p[1], p[2], p[3]).area(-2, p[0] + 5); };
      for (std::size_t i = 0; i < 4; ++i) {
        auto above = at, below = at;
        above[i] += 1e-5;
        below[i] -= 1e-5;
        CHECK(std::abs(area.grad[i] - (area_of(above) - area_of(below)) / 2e-5) < 1e-7);
      }
    }
}

TEST_CASE("names of shapes read back, and others are refused with the list") {
  for (const LineShape shape : line_shapes) CHECK(parse_line_shape(to_string(shape)) == shape);
  CHECK_THROWS_WITH_AS(parse_line_shape("voight"), doctest::Contains("expected one of gaussian, lorentzian"), Error);
}
