#include <lamella/electrochemistry/circuit_text.hpp>
#include <lamella/report/gitt_figure.hpp>
#include <lamella/report/impedance_figure.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace lamella;

namespace {

ImpedanceSpectrum arc() {
  return calculated_spectrum(series(Resistor{10.0}, parallel(Resistor{50.0}, Capacitor{2e-5})), std::vector<double>{1, 10, 100, 1000, 10000});
}

}  // namespace

TEST_CASE("a Nyquist plot has the same length for an ohm on both axes, and the sign of electrochemists") {
  const auto measured = arc();
  const auto spec = nyquist_figure(measured, &measured);
  CHECK(spec["data"]["values"].size() == 10);
  CHECK(spec["data"]["values"][2]["re"] == measured.real[2]);
  CHECK(spec["data"]["values"][2]["im"] == -measured.imaginary[2]);
  REQUIRE(spec["layer"].size() == 2);
  const auto& encoding = spec["layer"][0]["encoding"];
  const auto width = [&](const char* axis) {
    const auto& domain = encoding[axis]["scale"]["domain"];
    return domain[1].get<double>() - domain[0].get<double>();
  };
  CHECK(width("x") / spec["width"].get<double>() == doctest::Approx(width("y") / spec["height"].get<double>()));
  for (const auto& row : spec["data"]["values"]) {
    CHECK(row["re"].get<double>() > encoding["x"]["scale"]["domain"][0].get<double>());
    CHECK(row["re"].get<double>() < encoding["x"]["scale"]["domain"][1].get<double>());
    CHECK(row["im"].get<double>() < encoding["y"]["scale"]["domain"][1].get<double>());
  }
  CHECK(nyquist_figure(measured)["layer"].size() == 1);
}

TEST_CASE("Bode plots and residuals") {
  const auto measured = arc();
  const auto spec = bode_figure(measured);
  REQUIRE(spec["vconcat"].size() == 2);
  CHECK(spec["vconcat"][0]["data"]["values"][1]["y"] == measured.modulus(1));
  CHECK(spec["vconcat"][1]["data"]["values"][1]["y"].get<double>() == doctest::Approx(-std::atan2(measured.imaginary[1], measured.real[1]) * 180 / 3.14159265358979));
  CHECK(spec["vconcat"][0]["layer"].size() == 1);
  CHECK(bode_figure(measured, &measured)["vconcat"][0]["layer"].size() == 2);
  const std::vector<double> small(5, 0.01);
  const auto residuals = impedance_residual_figure(measured.frequency, small, small);
  CHECK(residuals["data"]["values"].size() == 10);
  CHECK(residuals["data"]["values"][0]["y"] == 1.0);
  CHECK_THROWS_AS((void)impedance_residual_figure(measured.frequency, small, {}), Error);
  CHECK_THROWS_AS((void)impedance_residual_figure(measured.frequency, small, std::vector<double>(5, NAN)), Error);
  CHECK_THROWS_AS((void)bode_figure({}), Error);
}

TEST_CASE("diffusion coefficients: a point per form, bars within the logarithmic axis, flags in words") {
  std::vector<GittDiffusion> d(2);
  d[0].weppner_huggins = Measured{1e-10, 2e-10};
  d[0].slope = Measured{2e-10, 1e-11};
  d[1].slope = Measured{3e-10, 0};
  d[1].flags = {GittFlag::long_pulse, GittFlag::not_relaxed};
  const auto spec = gitt_figure(std::vector<double>{0.9, 0.8}, d, "x");
  const auto& points = spec["data"]["values"];
  REQUIRE(points.size() == 3);
  CHECK(points[0]["low"].get<double>() == doctest::Approx(1e-11));
  CHECK(points[1]["high"].get<double>() == doctest::Approx(2.1e-10));
  CHECK(points[2]["valid"] == "in doubt");
  CHECK(points[2]["flags"] == "long-pulse, not-relaxed");
  CHECK(spec["layer"][1]["encoding"]["x"]["title"] == "x");
  CHECK_THROWS_AS((void)gitt_figure(std::vector<double>{1}, d, "x"), Error);
  CHECK_THROWS_AS((void)gitt_figure(std::vector<double>{1}, std::vector<GittDiffusion>(1), "x"), Error);
  CHECK_THROWS_AS((void)gitt_figure(std::vector<double>{NAN, 1}, d, "x"), Error);
}
