#include <lamella/diffraction/instrument.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/diffraction/radiation.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "../support/powder_models.hpp"

using namespace lamella;

namespace {

PowderPattern ten_points() {
  PowderPattern p;
  p.source = "ten";
  p.radius = 240;
  p.radiation = radiation::CuKa;
  for (int i = 0; i < 10; ++i) {
    p.two_theta.push_back(10 + i);
    p.intensity.push_back(100 * i);
    p.sigma.push_back(1 + i);
  }
  return p;
}

}  // namespace

TEST_CASE("a selection keeps the points inside a range and outside all gaps, ends included") {
  const PowderPattern p = ten_points();
  const PowderPattern s = select(p, {12, 18}, {{14, 15}, {17.5, 17.9}});
  CHECK(s.two_theta == std::vector<double>{12, 13, 16, 17, 18});
  CHECK(s.intensity == std::vector<double>{200, 300, 600, 700, 800});
  CHECK(s.sigma == std::vector<double>{3, 4, 7, 8, 9});
  CHECK(s.source == "ten");
  CHECK(s.radius == 240);
  REQUIRE(s.radiation);
  CHECK(s.radiation->count == 2);
  CHECK(select(p, {0, 180}).size() == 10);
  CHECK(select(p, {30, 40}).size() == 0);
  CHECK(select(p, {12, 18}, {{0, 180}}).size() == 0);
}

TEST_CASE("the Lorentz-polarisation factor has the values of the textbook") {
  // 2θ = 90°: cos²2θ = 0, sin²45° cos45° = 1/(2 sqrt 2): 2 sqrt(2)/(1 + A).
  const double right = std::numbers::pi / 4;
  CHECK(lorentz_polarisation(right, 1.0) == doctest::Approx(std::sqrt(2.0)).epsilon(1e-14));
  CHECK(lorentz_polarisation(right, 0.0) == doctest::Approx(2 * std::sqrt(2.0)).epsilon(1e-14));
  // 2θ = 60°: cos²2θ = 1/4, sin²30° cos30° = sqrt(3)/8.
  CHECK(lorentz_polarisation(std::numbers::pi / 6, 1.0) == doctest::Approx(5.0 / 8 * 8 / std::sqrt(3.0)).epsilon(1e-14));
  CHECK(lorentz_polarisation(std::numbers::pi / 6, 0.8) == doctest::Approx(1.2 / 1.8 * 8 / std::sqrt(3.0)).epsilon(1e-14));
}

TEST_CASE("a sample off the axis moves peaks as its geometry has it") {
  Instrument<double> i;
  i.displacement = 0.1;
  Diffractometer d;
  d.radius = 200;
  // 2 s cosθ/R = 2 · 0.1 · cos 30°/200 radians.
  CHECK(angle_shift(i, d, std::numbers::pi / 6) == doctest::Approx(-0.1 / 100 * std::sqrt(3.0) / 2 * 180 / std::numbers::pi).epsilon(1e-13));
  i.zero = 0.02;
  d.geometry = Geometry::debye_scherrer;
  CHECK(angle_shift(i, d, 0.5) == doctest::Approx(0.02 - 0.1 / (degree * d.radius) * std::cos(1.0)).epsilon(1e-12));
  // A plate in symmetric transmission, off by s along its normal: the beam meets it s/cosθ later, seen under 2θ: 2 s sinθ.
  d.geometry = Geometry::transmission;
  CHECK(angle_shift(i, d, 0.5) == doctest::Approx(0.02 - 2 * 0.1 / (degree * d.radius) * std::sin(0.5)).epsilon(1e-12));
  // Transparency of a flat sample: −(180/π) sin2θ/(2μR).
  d.geometry = Geometry::bragg_brentano;
  i.displacement = 0;
  i.transparency = 0.3;
  CHECK(angle_shift(i, d, 0.5) == doctest::Approx(0.02 - 0.3 * std::sin(1.0) / (2 * degree * d.radius)).epsilon(1e-12));
}

TEST_CASE("lines of a radiation are listed as it has them") {
  CHECK(radiation::CuKa.lines().size() == 2);
  CHECK(radiation::CuKa1.lines().size() == 1);
  CHECK(radiation::CuKa.lines()[1].weight == 0.5);
  CHECK(monochromatic(1.5).lines().size() == 1);
  CHECK_FALSE(monochromatic(1.5).anode);
  CHECK(doublet(1, 1.01, 0.5, Anode::Mo).anode == Anode::Mo);
}

TEST_CASE("data: K-alpha wavelengths are the peaks of the reference file") {
  const auto data = lamella_test::read_json("tables/xray_kalpha.json").at("data");
  const std::vector<std::pair<std::string, Radiation>> ours = {{"Cu", radiation::CuKa}, {"Co", radiation::CoKa}, {"Fe", radiation::FeKa},
                                                               {"Cr", radiation::CrKa}, {"Mo", radiation::MoKa}, {"Ag", radiation::AgKa}};
  for (const auto& [name, r] : ours) {
    CAPTURE(name);
    CHECK(r.line[0].wavelength == data.at(name).at("Ka1").get<double>());
    CHECK(r.line[1].wavelength == data.at(name).at("Ka2").get<double>());
    CHECK(r.line[1].weight == data.at(name).at("ratio_conventional").get<double>());
  }
}
