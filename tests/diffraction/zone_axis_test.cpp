#include <lamella/chemistry/species.hpp>
#include <lamella/core/constants.hpp>
#include <lamella/core/error.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/detail/electron_table.hpp>
#include <lamella/diffraction/electron_scattering.hpp>
#include <lamella/diffraction/zone_axis.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../support/powder_models.hpp"

using namespace lamella;

namespace {

/// O3 of the high-entropy oxide NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2, a 3.00, c 16.53 Å, TM at 0.
Structure<double> o3_he() {
  Structure<double> s{"O3", space_group("R-3m"), hexagonal_cell(3.00, 16.53), {}};
  const double u = 0.006;
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.5}, 1, 2 * u}};
  const std::vector<std::pair<const char*, double>> metals = {{"Ni2+", 0.2}, {"Fe3+", 0.2}, {"Mn4+", 0.3}, {"Mg2+", 0.1}, {"Cu2+", 0.1}, {"Sn4+", 0.1}};
  for (const auto& [name, share] : metals) s.sites.push_back({std::string(name) + " ", parse_species(name), {0, 0, 0}, share, u});
  s.sites.push_back({"O1", parse_species("O2-"), {0, 0, 0.26648}, 1, u});
  return s;
}

/// |F|² as the plain sum over every atom of the cell.
double squared_by_atoms(const Structure<double>& s, const Miller& m) {
  const double s2 = 0.25 * reciprocal_metric(s.cell).quadratic_form(m);
  std::complex<double> f = 0;
  for (const auto& site : s.sites) {
    std::set<std::vector<long>> seen;
    for (const auto& op : s.space_group.operations()) {
      const auto p = op(site.position);
      const auto cell = [](double x) { return (std::lround(x * 1e5) % 100000 + 100000) % 100000; };
      if (!seen.insert({cell(p.x), cell(p.y), cell(p.z)}).second) continue;
      f += site.occupancy * electron_scatterer(site.species).f0(s2) * std::exp(-8 * std::numbers::pi * std::numbers::pi * site.u_iso * s2) *
           std::polar(1.0, two_pi * (m.h * p.x + m.k * p.y + m.l * p.z));
    }
  }
  return std::norm(f);
}

const ZoneSpot& spot_of(const ZonePattern& pattern, const Miller& m) {
  const auto found = std::find_if(pattern.spots.begin(), pattern.spots.end(), [&](const ZoneSpot& s) { return s.hkl == m; });
  REQUIRE(found != pattern.spots.end());
  return *found;
}

bool has(const ZonePattern& pattern, const Miller& m) {
  return std::any_of(pattern.spots.begin(), pattern.spots.end(), [&](const ZoneSpot& s) { return s.hkl == m; });
}

}  // namespace

TEST_CASE("wavelengths of electrons") {
  // International Tables Vol. C, table 4.2.1 (and any textbook): Å.
  CHECK(electron_wavelength(100e3) == doctest::Approx(0.037014).epsilon(2e-5));
  CHECK(electron_wavelength(200e3) == doctest::Approx(0.025079).epsilon(2e-5));
  CHECK(electron_wavelength(300e3) == doctest::Approx(0.019687).epsilon(4e-5));
  CHECK(electron_wavelength(100) == doctest::Approx(1.2264).epsilon(1e-4));  // 12.264/√V at low voltage
}

TEST_CASE("electron scattering factors are those of Mott and Bethe from the X-ray table") {
  const std::set<int> off_by_more = {3, 19, 20, 37, 55, 87, 93};  // Li K Ca Rb Cs Fr Np
  double worst = 0;
  std::size_t compared = 0;
  for (const auto& row : detail::electron_table) {
    const Species atom{row.atomic_number, 0};
    CAPTURE(to_string(atom));
    if (row.atomic_number > 95) continue;  // of which there is no X-ray fit
    const Scatterer xray = scatterer(atom);
    ++compared;
    for (double s = 0.1; s < 1.001; s += 0.05) {
      const double expected = mott_bethe(row.atomic_number, xray.f0(s * s), s * s);
      const double off = std::abs(electron_scatterer(atom).f0(s * s) / expected - 1);
      // Both are fits of Gaussians to computed atoms; the diffuse ones with one electron outside a closed shell are fitted worst.
      const bool diffuse = off_by_more.contains(row.atomic_number);
      if (!diffuse) worst = std::max(worst, off);
      CHECK(off < (diffuse ? 0.04 : 0.0101));
    }
  }
  CHECK(compared > 90);
  MESSAGE("largest relative deviation, 0.1 < s < 1: " << worst);
  CHECK(electron_scatterer(parse_species("Ni3+")).f0(0.1) == electron_scatterer(parse_species("Ni")).f0(0.1));
}

TEST_CASE("data: the electron scattering factors are those of the reference file") {
  const auto data = lamella_test::read_json("tables/electron_it4322.json").at("data");
  CHECK(data.size() == detail::electron_table.size());
  for (const auto& row : detail::electron_table) {
    const auto& j = data.at(std::string(element(row.atomic_number).symbol));
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(row.a[i] == j.at("a").at(i).get<double>());
      CHECK(row.b[i] == j.at("b").at(i).get<double>());
    }
  }
}

TEST_CASE("[001] of O3: hexagons of 110, 300, 220 …, nothing at 100") {
  const auto structure = o3_he();
  const auto pattern = zone_axis_pattern(structure, {});
  REQUIRE(pattern.settings.reference.has_value());
  // h0l needs -h + l = 3n in the obverse setting, so that hk0 needs -h + k = 3n: 100, 200, 210 are extinct, 110 and 300 are not.
  CHECK_FALSE(has(pattern, {1, 0, 0}));
  CHECK_FALSE(has(pattern, {2, 0, 0}));
  CHECK_FALSE(has(pattern, {2, 1, 0}));
  CHECK_FALSE(has(pattern, {0, 0, 0}));
  const double a = 3.00;
  for (const auto& spot : pattern.spots) {
    const auto& m = spot.hkl;
    CHECK(m.l == 0);
    CHECK((m.k - m.h) % 3 == 0);
    CHECK(1 / (spot.d * spot.d) == doctest::Approx(4.0 / 3 * (m.h * m.h + m.h * m.k + m.k * m.k) / (a * a)).epsilon(1e-12));
    CHECK(std::hypot(spot.x, spot.y) == doctest::Approx(1 / spot.d).epsilon(1e-12));
    CHECK(spot.d >= 0.8);
  }
  // d(110) = a/2; the radii go as 1 : √3 with 30° between; six spots to a ring.
  REQUIRE(pattern.spots.size() == 12);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(pattern.spots[i].d == doctest::Approx(1.5));
    CHECK(std::abs(std::remainder(pattern.spots[i].angle - 60.0 * double(i), 360)) < 1e-9);
    CHECK(pattern.spots[6 + i].d == doctest::Approx(1.5 / std::sqrt(3)));
    CHECK(std::abs(std::remainder(pattern.spots[6 + i].angle - (30 + 60.0 * double(i)), 360)) < 1e-9);
  }
  CHECK(pattern.spots[0].intensity == doctest::Approx(100));
  // The reference is the largest of the first ring; counter-clockwise about the axis that points to the viewer, a* turns to b*.
  CHECK(*pattern.settings.reference == Miller{2, -1, 0});
  CHECK(spot_of(pattern, {1, 1, 0}).angle == doctest::Approx(60));
  CHECK(spot_of(pattern, {-1, 2, 0}).angle == doctest::Approx(120));
  CHECK(spot_of(pattern, {-2, 1, 0}).angle == doctest::Approx(180));
  CHECK(spot_of(pattern, {-1, -1, 0}).angle == doctest::Approx(-120));
  // From the other side the pattern is mirrored; with another reference it is turned.
  ZoneAxisSettings other;
  other.zone = {0, 0, -1};
  CHECK(spot_of(zone_axis_pattern(structure, other), {1, 1, 0}).angle == doctest::Approx(-60));
  other.zone = {0, 0, 1};
  other.reference = Miller{3, 0, 0};
  const auto turned = zone_axis_pattern(structure, other);
  CHECK(spot_of(turned, {3, 0, 0}).y == doctest::Approx(0));
  CHECK(spot_of(turned, {1, 1, 0}).angle == doctest::Approx(30));
}

TEST_CASE("intensities are those of the sum over all atoms") {
  ZoneAxisSettings settings;
  settings.d_min = 0.7;
  for (const LatticeDirection zone : {LatticeDirection{0, 0, 1}, {1, 0, 0}, {1, 1, 0}, {4, 2, 1}, {2, 1, 1}}) {
    settings.zone = zone;
    const auto structure = o3_he();
    const auto pattern = zone_axis_pattern(structure, settings);
    CHECK(pattern.spots.size() >= 4);
    for (const auto& spot : pattern.spots) {
      CHECK(spot.hkl.h * zone.u + spot.hkl.k * zone.v + spot.hkl.l * zone.w == 0);
      CHECK(spot.squared_f == doctest::Approx(squared_by_atoms(structure, spot.hkl)).epsilon(1e-9));
    }
  }
}

TEST_CASE("[100] of O3 is oblique, [1-10]-type rectangular: angles by the metric") {
  ZoneAxisSettings settings;
  settings.zone = {1, 0, 0};
  settings.d_min = 1.0;
  settings.reference = Miller{0, 0, 3};
  const auto structure = o3_he();
  const auto pattern = zone_axis_pattern(structure, settings);
  const auto g = reciprocal_metric(structure.cell);
  for (const auto& spot : pattern.spots) {
    const double cosine = g.bilinear_form(spot.hkl, {0, 0, 3}) * spot.d / std::sqrt(g.quadratic_form({0, 0, 3}));
    CHECK(std::cos(spot.angle * degree) == doctest::Approx(cosine).epsilon(1e-9));
  }
  CHECK(has(pattern, {0, 1, 2}));  // -h + k + l = 3n
  CHECK_FALSE(has(pattern, {0, 1, 1}));
  CHECK_FALSE(has(pattern, {0, 0, 1}));
  for (std::size_t i = 1; i < pattern.spots.size(); ++i) CHECK(pattern.spots[i].d <= pattern.spots[i - 1].d * (1 + 1e-9));
}

TEST_CASE("damping by the excitation error") {
  ZoneAxisSettings settings;
  settings.thickness = 300;
  const auto structure = o3_he();
  const auto plain = zone_axis_pattern(structure, {});
  const auto damped = zone_axis_pattern(structure, settings);
  double strongest = 0;
  for (const auto& spot : damped.spots) {
    // −λg²/2 to first order: the sphere falls away from the plane as a parabola.
    CHECK(spot.excitation_error == doctest::Approx(-settings.wavelength / (2 * spot.d * spot.d)).epsilon(1e-3));
    strongest = std::max(strongest, spot.intensity);
  }
  CHECK(strongest == doctest::Approx(100));
  const auto factor = [&](const Miller& m) {
    const double x = std::numbers::pi * 300 * settings.wavelength / (2 * std::pow(spot_of(plain, m).d, 2));
    return std::pow(std::sin(x) / x, 2);
  };
  const double ratio = spot_of(damped, {3, 0, 0}).intensity / spot_of(damped, {1, 1, 0}).intensity;
  const double undamped = spot_of(plain, {3, 0, 0}).intensity / spot_of(plain, {1, 1, 0}).intensity;
  CHECK(ratio / undamped == doctest::Approx(factor({3, 0, 0}) / factor({1, 1, 0})).epsilon(2e-2));
}

#ifdef __cpp_exceptions
TEST_CASE("what has no meaning is refused in words") {
  const auto message = [](auto change) {
    ZoneAxisSettings settings;
    auto structure = o3_he();
    change(settings, structure);
    try {
      zone_axis_pattern(structure, settings);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  using S = ZoneAxisSettings;
  using C = Structure<double>;
  CHECK(message([](S& s, C&) { s.zone = {0, 0, 0}; }).find("[0 0 0]") != std::string::npos);
  CHECK(message([](S& s, C&) { s.d_min = 0; }).find("smallest d") != std::string::npos);
  CHECK(message([](S& s, C&) { s.d_min = NAN; }).find("smallest d") != std::string::npos);
  CHECK(message([](S& s, C&) { s.d_min = 0.02; }).find("million") != std::string::npos);
  CHECK(message([](S& s, C&) { s.wavelength = -1; }).find("wavelength") != std::string::npos);
  CHECK(message([](S& s, C&) { s.thickness = -1; }).find("thickness") != std::string::npos);
  CHECK(message([](S& s, C&) { s.reference = Miller{1, 0, 0}; }).find("reference 1 0 0") != std::string::npos);
  CHECK(message([](S&, C& c) { c.cell.a = -1; }).find("cell") != std::string::npos);
  CHECK(message([](S&, C& c) { c.sites[0].species = vacancy; }).find("Na1: no electron scattering factor for Vac") == 0);
  CHECK(message([](S&, C&) {}) == "nothing");
  CHECK_THROWS_AS(electron_wavelength(0), Error);
  ZoneAxisSettings empty;
  empty.d_min = 5;
  CHECK(zone_axis_pattern(o3_he(), empty).spots.empty());
}
#endif
