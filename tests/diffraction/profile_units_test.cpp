// Instrument parameters in the units of other programs.
#include <lamella/diffraction/profile_units.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace lamella;

namespace {

double tan_deg(double x) { return std::tan(x * degree); }
double cos_deg(double x) { return std::cos(x * degree); }

}  // namespace

TEST_CASE("widths from GSAS-II parameters are those of GSAS-II's own formulas") {
  const GsasProfile g{0.01, 22.75, -17.596, 10.594, 0, 1.577, 5.778, 0.02};
  const Instrument<> i = from_gsas(g);
  for (const double two_theta : {13.4924, 40.0, 90.0, 140.0}) {
    const double theta = two_theta / 2, t = tan_deg(theta), c = cos_deg(theta);
    const double sigma = std::sqrt(g.U * t * t + g.V * t + g.W) / 100, gamma = (g.X / c + g.Y * t) / 100;
    CHECK(std::sqrt(i.U * t * t + i.V * t + i.W) == doctest::Approx(2 * std::sqrt(2 * std::log(2.0)) * sigma).epsilon(1e-12));
    CHECK(i.X * t + i.Y / c == doctest::Approx(gamma).epsilon(1e-12));
  }
  CHECK(i.asymmetry == 0.01);  // S/L = H/L, half of the sum
  CHECK(i.zero == 0.01);
}

TEST_CASE("GSAS's Gaussian P/cos² theta goes into U and W") {
  const Instrument<> i = from_gsas({0, 2, -2, 5, 3, 0, 0, 0});
  for (const double theta : {10.0, 35.0, 60.0}) {
    const double t = tan_deg(theta), c = cos_deg(theta);
    CHECK(i.U * t * t + i.V * t + i.W == doctest::Approx(8 * std::log(2.0) * 1e-4 * (2 * t * t - 2 * t + 5 + 3 / (c * c))).epsilon(1e-12));
  }
}

TEST_CASE("converting there and back changes nothing") {
  Instrument<> i;
  i.zero = 0.02;
  i.displacement = -0.05;
  i.U = 0.011;
  i.V = -0.007;
  i.W = 0.005;
  i.X = 0.08;
  i.Y = 0.03;
  i.asymmetry = 0.015;
  const auto same = [&i](const Instrument<>& j, bool displacement) {
    CHECK(j.zero == doctest::Approx(i.zero).epsilon(1e-14));
    CHECK(j.displacement == doctest::Approx(displacement ? i.displacement : 0).epsilon(1e-14));
    CHECK(j.U == doctest::Approx(i.U).epsilon(1e-14));
    CHECK(j.V == doctest::Approx(i.V).epsilon(1e-14));
    CHECK(j.W == doctest::Approx(i.W).epsilon(1e-14));
    CHECK(j.X == doctest::Approx(i.X).epsilon(1e-14));
    CHECK(j.Y == doctest::Approx(i.Y).epsilon(1e-14));
    CHECK(j.asymmetry == doctest::Approx(i.asymmetry).epsilon(1e-14));
  };
  same(from_gsas(to_gsas(i)), false);
  same(from_fullprof(to_fullprof(i, 217.5), 217.5), true);
  // The letters: strain is X here and in FullProf, Y in GSAS.
  CHECK(to_gsas(i).Y == doctest::Approx(8.0));
  CHECK(to_gsas(i).X == doctest::Approx(3.0));
  CHECK(to_fullprof(i, 240).X == 0.08);
  CHECK(to_gsas(i).U == doctest::Approx(0.011e4 / (8 * std::log(2.0))));
  CHECK(gsas_shft(displacement_from_gsas(4.90166, 173), 173) == doctest::Approx(4.90166).epsilon(1e-14));
  CHECK(displacement_from_gsas2(gsas2_shift(0.073)) == doctest::Approx(0.073).epsilon(1e-14));
  CHECK(size_from_gsas2(gsas2_size(800)) == doctest::Approx(800).epsilon(1e-14));
  CHECK(strain_from_gsas2(gsas2_mustrain(1e-3)) == doctest::Approx(1e-3).epsilon(1e-14));
  CHECK(size_from_gsas(gsas_LX(800, 1.54), 1.54) == doctest::Approx(800).epsilon(1e-14));
  CHECK(strain_from_gsas(gsas_LY(1e-3)) == doctest::Approx(1e-3).epsilon(1e-14));
  CHECK(polarisation_from_gsas(gsas_polarisation(0.8)) == doctest::Approx(0.8).epsilon(1e-14));
}

TEST_CASE("sample displacement, size and strain of other programs by their published formulas") {
  // FullProf: SyCos = -2 s/R; GSAS: s = -pi R shft/36000; GSAS-II: 4 shift cos(theta) · 0.09/(pi R).
  const double s = 0.1, R = 240, theta = 20;
  Instrument<> i;
  i.displacement = s;
  Diffractometer d;
  d.radius = R;
  const double shift = angle_shift(i, d, theta * degree);
  const double pi = std::acos(-1.0);
  CHECK(to_fullprof(i, R).SyCos * cos_deg(theta) == doctest::Approx(shift).epsilon(1e-12));
  CHECK(displacement_from_gsas(gsas_shft(s, R), R) == doctest::Approx(-pi * R * gsas_shft(s, R) / 36000).epsilon(1e-12));
  CHECK(0.01 * gsas_shft(s, R) * cos_deg(theta) == doctest::Approx(shift).epsilon(1e-12));
  CHECK(-0.09 / (pi * R) * 4 * gsas2_shift(s) * cos_deg(theta) == doctest::Approx(shift).epsilon(1e-12));

  // Widths in degrees at 20 degrees theta: 1.8 lambda/(pi Size cos) and 0.018 mustrain tan/pi in centidegrees (GSAS-II),
  // X/cos and Y tan (GSAS), against (180/pi) lambda/(L cos) and (180/pi) 4 epsilon tan.
  const double lambda = 1.5406, L = 700, strain = 8e-4;
  const double by_size = lambda / (L * cos_deg(theta)) / degree, by_strain = 4 * strain * tan_deg(theta) / degree;
  CHECK(0.01 * 1.8 * lambda / (pi * gsas2_size(L) * cos_deg(theta)) == doctest::Approx(by_size).epsilon(1e-12));
  CHECK(0.01 * 0.018 * gsas2_mustrain(strain) * tan_deg(theta) / pi == doctest::Approx(by_strain).epsilon(1e-12));
  CHECK(0.01 * gsas_LX(L, lambda) / cos_deg(theta) == doctest::Approx(by_size).epsilon(1e-12));
  CHECK(0.01 * gsas_LY(strain) * tan_deg(theta) == doctest::Approx(by_strain).epsilon(1e-12));
}

TEST_CASE("polarisation: tubes, graphite and synchrotrons") {
  CHECK(polarisation_from_gsas(0.5) == 1);
  CHECK(polarisation_from_gsas(1.0) == 0);
  const double graphite = std::pow(std::cos(26.6 * degree), 2);
  CHECK(gsas_polarisation(graphite) == doctest::Approx(0.5558).epsilon(1e-3));
  CHECK(polarisation_from_fullprof(graphite) == doctest::Approx(graphite).epsilon(1e-14));
  CHECK(polarisation_from_fullprof(1, 0.05) == doctest::Approx(0.05 / 0.95).epsilon(1e-14));
  // The angular part is the same up to a factor.
  for (const double cosine : {1.0, 0.5, 0.0}) {
    const double A = polarisation_from_gsas(0.7);
    CHECK((1 + A * cosine) / (1 + A) == doctest::Approx(0.7 + 0.3 * cosine).epsilon(1e-14));
  }
}
