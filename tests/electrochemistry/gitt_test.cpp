#include <lamella/crystal/space_group.hpp>
#include <lamella/electrochemistry/gitt.hpp>
#include <lamella/electrochemistry/molar_volume.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

using namespace lamella;

namespace {

/// A pulse on an electrode of known diffusion coefficient, by finite volumes and the rule of Crank and Nicolson: layers of thickness 1 or
/// a sphere of radius 1 in units of `size` (cm), whose potential falls linearly with the concentration at the surface, and an ohmic drop.
struct Simulation {
  bool sphere = false;
  double diffusion = 1e-10;  ///< cm²/s
  double size = 1e-4;        ///< L or R, cm
  double pulse = 20;         ///< s
  double rest = 20;          ///< in units of size²/D
  double noise = 0;          ///< V, alternating
  int pulses = 1;

  CyclingTable run() const {
    constexpr std::size_t cells = 400;
    const double h = 1.0 / static_cast<double>(cells);
    std::vector<double> content(cells), face(cells + 1), c(cells, 0.0);
    for (std::size_t i = 0; i <= cells; ++i) face[i] = sphere ? std::pow(static_cast<double>(i) * h, 2) : (i == 0 ? 0.0 : 1.0);
    for (std::size_t i = 0; i < cells; ++i) {
      const double a = static_cast<double>(i) * h, b = a + h;
      content[i] = sphere ? (b * b * b - a * a * a) / 3 : h;
    }
    CyclingTable table;
    const double unit = size * size / diffusion;  // s per unit of time
    double now = 0, charge = 0;
    int row = 0;
    const auto record = [&](double flux) {
      const double surface = c[cells - 1] + 0.5 * h * flux;
      table.time.push_back(now * unit);
      table.voltage.push_back(4 - 0.05 * surface - 0.01 * (flux != 0 ? 1 : 0) + (row++ % 2 == 0 ? noise : -noise));
      table.current.push_back(flux != 0 ? -1.0 : 0.0);
      table.charge.push_back(-charge);
    };
    const auto advance = [&](double flux, double length) {
      double step = 1e-6 * length;
      for (double done = 0; done < length;) {
        step = std::min({step * 1.03, length / 200, length - done});
        // (content/dt + K/2) c' = (content/dt - K/2) c + flux, K the exchange between cells: Thomas' algorithm.
        std::vector<double> lower(cells), diagonal(cells), upper(cells), right(cells);
        for (std::size_t i = 0; i < cells; ++i) {
          const double left = i > 0 ? 0.5 * face[i] / h : 0, out = i + 1 < cells ? 0.5 * face[i + 1] / h : 0;
          lower[i] = -left;
          upper[i] = -out;
          diagonal[i] = content[i] / step + left + out;
          right[i] = (content[i] / step - left - out) * c[i] + (i > 0 ? left * c[i - 1] : 0) + (i + 1 < cells ? out * c[i + 1] : flux * face[cells]);
        }
        for (std::size_t i = 1; i < cells; ++i) {
          const double factor = lower[i] / diagonal[i - 1];
          diagonal[i] -= factor * upper[i - 1];
          right[i] -= factor * right[i - 1];
        }
        c[cells - 1] = right[cells - 1] / diagonal[cells - 1];
        for (std::size_t i = cells - 1; i-- > 0;) c[i] = (right[i] - upper[i] * c[i + 1]) / diagonal[i];
        done += step;
        now += step;
        charge += flux * step;
        record(flux);
      }
    };
    for (int k = 0; k < 10; ++k) {
      record(0);
      now += 0.01;
    }
    record(0);
    for (int n = 0; n < pulses; ++n) {
      record(0.1);  // the ohmic drop comes at once
      advance(0.1, pulse / unit);
      advance(0, rest);
    }
    return table;
  }

  DiffusionLength way() const { return sphere ? spheres({size * 1e4, 0}) : DiffusionLength{{size, 0}, false}; }
  GittDiffusion result() const { return gitt_diffusion(gitt_pulses(run()).at(0), way()); }
};

bool has(const std::vector<GittFlag>& flags, GittFlag flag) { return std::find(flags.begin(), flags.end(), flag) != flags.end(); }

/// ∫ erfc from x to ∞.
double ierfc(double x) { return std::exp(-x * x) * std::numbers::inv_sqrtpi - x * std::erfc(x); }

}  // namespace

TEST_CASE("a simulated layer gives back its diffusion coefficient while the pulse is short") {
  Simulation s;
  s.pulse = 0.02 * 1e-8 / 1e-10;  // D τ/L² = 0.02
  const auto pulse = gitt_pulses(s.run()).at(0);
  const auto d = gitt_diffusion(pulse, s.way());
  REQUIRE(d.weppner_huggins);
  REQUIRE(d.slope);
  CHECK(d.weppner_huggins->value == doctest::Approx(1e-10).epsilon(0.01));
  CHECK(d.slope->value == doctest::Approx(1e-10).epsilon(0.01));
  CHECK(d.flags.empty());
  CHECK(pulse.duration == doctest::Approx(2).epsilon(1e-9));
  CHECK(pulse.current == doctest::Approx(-1));
  CHECK(pulse.intercept == doctest::Approx(3.99).epsilon(1e-4));  // the ohmic drop is in neither form
}

TEST_CASE("outside validity a layer's coefficient is too small, as much as theory says, and flagged") {
  for (const double theta : {0.3, 1.0, 3.0}) {
    CAPTURE(theta);
    Simulation s;
    s.pulse = theta * 100;
    const auto d = s.result();
    double series = 0;
    for (int n = 1; n < 20; ++n) series += ierfc(n / std::sqrt(theta));
    const double bias = std::pow(1 + 2 * std::sqrt(std::numbers::pi) * series, -2);
    CHECK(d.weppner_huggins->value == doctest::Approx(1e-10 * bias).epsilon(0.01));
    CHECK(has(d.flags, GittFlag::long_pulse) == (bias < 0.9));
  }
}

TEST_CASE("a sphere's coefficient falls with the root of the pulse's length, and is flagged at 10 %") {
  for (const double theta : {1e-4, 1e-3, 0.01, 0.05}) {
    CAPTURE(theta);
    Simulation s;
    s.sphere = true;
    s.size = 5e-4;
    s.diffusion = 3e-11;
    s.pulse = theta * 25e-8 / 3e-11;
    const auto d = s.result();
    const double bias = std::pow(1 + 0.5 * std::sqrt(std::numbers::pi * theta), -2);
    // The expansion is of first order; the grid of 400 shells resolves the shortest pulse to 2 %.
    CHECK(d.weppner_huggins->value == doctest::Approx(3e-11 * bias).epsilon(theta < 2e-4 ? 0.02 : 0.03));
    CHECK(has(d.flags, GittFlag::long_pulse) == (bias < 0.9));
  }
}

TEST_CASE("a rest that is too short is flagged and makes the coefficient wrong") {
  Simulation s;
  s.pulse = 5;
  s.rest = 0.2;
  const auto d = s.result();
  CHECK(has(d.flags, GittFlag::not_relaxed));
  CHECK(std::abs(d.weppner_huggins->value / 1e-10 - 1) > 0.1);
}

TEST_CASE("noise of the voltage becomes an esd of the coefficient") {
  Simulation s;
  s.pulse = 5;
  s.noise = 1e-4;
  const auto pulse = gitt_pulses(s.run()).at(0);
  CHECK(pulse.steady_step.esd == doctest::Approx(std::numbers::sqrt2 * 1e-4).epsilon(0.1));
  const auto d = gitt_diffusion(pulse, {{1e-4, 5e-6}, false});
  CHECK(d.slope->esd / d.slope->value > 0.1);  // twice the 5 % of the length
  CHECK(std::abs(d.slope->value - 1e-10) < 3 * d.slope->esd);
  s.noise = 0.05;
  CHECK(has(s.result().flags, GittFlag::small_step));
}

TEST_CASE("pulses are told from rests and switching") {
  CyclingTable t;
  const auto add = [&](double time, double voltage, double current) {
    t.time.push_back(time);
    t.voltage.push_back(voltage);
    t.current.push_back(current);
    t.charge.push_back(0);
  };
  add(0, 3.0, 0);
  add(10, 3.0, 0);
  add(10.1, 3.01, 0.2);   // switching
  add(10.2, 3.02, 1);
  for (int i = 1; i < 8; ++i) add(10.2 + i, 3.02 + 0.01 * std::sqrt(i), 1);
  add(18, 3.03, 0);
  add(100, 3.01, 0);
  add(101, 2.9, -1);
  add(102, 2.89, -1);
  const auto pulses = gitt_pulses(t);
  REQUIRE(pulses.size() == 2);
  CHECK(pulses[0].first == 3);
  CHECK(pulses[0].last == 10);
  CHECK(pulses[0].rest_last == 12);
  CHECK(pulses[0].voltage_before == 3.0);   // not that of the row of switching
  CHECK(pulses[0].slope.value == doctest::Approx(0.01).epsilon(1e-9));
  CHECK(pulses[1].current == doctest::Approx(-1));
  CHECK(pulses[1].has(GittFlag::no_rest_after));
  CHECK(pulses[1].has(GittFlag::few_points));
  CHECK(!gitt_diffusion(pulses[1], spheres({1, 0})).slope);
  CHECK(to_string(GittFlag::no_rest_after) == "no-rest-after");
  GittOptions settle;
  settle.settle = 2.5;
  CHECK(gitt_pulses(t, settle)[0].voltage_on == t.voltage[6]);

  CyclingTable odd = t;
  odd.time[5] = 1;
  CHECK_THROWS_WITH_AS((void)gitt_pulses(odd), "GITT, row 6: time goes back, expected one record in order", Error);
  odd = t;
  for (double& current : odd.current) current = 0;
  CHECK_THROWS_WITH_AS((void)gitt_pulses(odd), "GITT: no current in any row, expected pulses", Error);
  CHECK_THROWS_AS((void)gitt_pulses(CyclingTable{}), Error);
  odd = t;
  odd.voltage.pop_back();
  CHECK_THROWS_AS((void)gitt_pulses(odd), Error);
  CHECK_THROWS_AS((void)gitt_pulses(t, {.pulse_current = 1, .rest_current = 2}), Error);
  CHECK_THROWS_AS((void)gitt_pulses(t, {.pulse_current = -1}), Error);
  CHECK_THROWS_AS((void)spheres({0, 0}), Error);
  CHECK_THROWS_AS((void)layer(1, 100, {25, 0}, {NAN, 0}), Error);
}

TEST_CASE("length of a layer and molar volume from a structure") {
  // 1 mg of 100 g/mol at 25 cm³/mol is 2.5e-4 cm³; over 50 cm² 5e-6 cm.
  const auto way = layer(1, 100, {25, 0.25}, {50, 1});
  CHECK(way.length.value == doctest::Approx(5e-6));
  CHECK(way.length.esd == doctest::Approx(5e-6 * std::hypot(0.01, 0.02)));
  CHECK(spheres({3, 0.3}).length.value == doctest::Approx(1e-4));
  Structure<double> s;
  s.space_group = space_group("R-3m");
  s.cell = hexagonal_cell(2.97421, 15.95554);
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.5}, 1, 0, {}}, {"Cr1", parse_species("Cr3+"), {0, 0, 0}, 1, 0, {}}, {"O1", parse_species("O2-"), {0, 0, 0.26721}, 1, 0, {}}};
  // a² c √3/2 = 122.233 Å³ for three NaCrO2: 40.744 Å³ · 0.602214 = 24.537 cm³/mol.
  const auto v = molar_volume(s, 0.03);
  CHECK(v.value == doctest::Approx(std::sqrt(3) / 2 * 2.97421 * 2.97421 * 15.95554 / 3 * 0.602214076).epsilon(1e-4));
  CHECK(v.esd == doctest::Approx(0.01 * 0.602214076).epsilon(1e-4));
  // Half the sodium: as many formula units in the same cell.
  s.sites[0].occupancy = 0.5;
  CHECK(molar_volume(s).value == doctest::Approx(v.value).epsilon(1e-12));
  // V = a² c sin 120°: 2 σ(a)/a and σ(c)/c, not √2 σ(a)/a as for two edges of their own.
  UnitCell<double> esds{0.0003, 0.0003, 0.004, 0, 0, 0};
  const auto cell = measured_volume(s.cell, esds);
  CHECK(cell.esd == doctest::Approx(cell.value * std::hypot(2 * 0.0003 / 2.97421, 0.004 / 15.95554)).epsilon(1e-9));
  esds.b = 0.0004;
  CHECK(measured_volume(s.cell, esds).esd == doctest::Approx(cell.value * std::hypot(0.0003 / 2.97421, 0.0004 / 2.97421, 0.004 / 15.95554)).epsilon(1e-9));
  s.sites.clear();
  CHECK_THROWS_AS((void)molar_volume(s), Error);
}

TEST_CASE("slopes of an equilibrium curve are exact for parabolas inside") {
  const std::vector<double> x{0, 1, 3, 4}, y{0, 1, 9, 16};
  const auto slope = equilibrium_slopes(x, y);
  CHECK(slope[0] == doctest::Approx(1));
  CHECK(slope[1] == doctest::Approx(2));
  CHECK(slope[2] == doctest::Approx(6));
  CHECK(slope[3] == doctest::Approx(7));
  CHECK_THROWS_AS((void)equilibrium_slopes(x, std::vector<double>{1, 2}), Error);
  CHECK_THROWS_AS((void)equilibrium_slopes(std::vector<double>{0, 1, 1}, std::vector<double>{1, 2, 3}), Error);
  CHECK_THROWS_AS((void)diffusion_from_slopes(1, 20, 1, 1, 0), Error);
}

TEST_CASE("data: forty pulses of a layered cathode by three definitions") {
  const std::string folder = std::string(LAMELLA_DATA_DIR) + "/electrochem/gitt_pybamm_param/";
  const auto reference = nlohmann::json::parse(std::ifstream(folder + "reference_gitt.json"));
  const auto& parameters = reference["parameters"];
  REQUIRE(reference["pulses"].size() == 40);
  const double radius = parameters["r_m"].get<double>() * 1e6, stretch = parameters["stretch"];
  const auto way = spheres({radius, 0});
  // V_m = 1/c(max); the area is that of all spheres, 3 ε/r per volume of the electrode.
  const double molar_volume = 1e6 / parameters["cmax_mol_m3"].get<double>();
  const double area = 1e4 * parameters["area_m2"].get<double>() * parameters["L_m"].get<double>() * 3 * parameters["eps"].get<double>() / parameters["r_m"].get<double>();
  std::vector<double> x, open, root_slope;
  std::size_t physical = 0;
  for (const auto& expected : reference["pulses"]) {
    const int number = expected["pulse"];
    CAPTURE(number);
    std::ifstream file(folder + "pulse_" + std::to_string(number) + ".csv");
    CyclingTable table;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      std::replace(line.begin(), line.end(), ',', ' ');
      std::istringstream cells(line);
      double time = 0, cell = 0, current = 0, negative = 0, positive = 0;
      REQUIRE(static_cast<bool>(cells >> time >> cell >> current >> negative >> positive));
      table.time.push_back(time);
      table.voltage.push_back(positive);
      table.current.push_back(current * 1000);
    }
    integrate_charge(table);
    REQUIRE(table.size() == expected["n_points"].get<std::size_t>());
    // The reference takes every row below 1 mA as rest, also that of switching.
    const auto pulses = gitt_pulses(table, {.pulse_current = 1, .rest_current = 1});
    REQUIRE(pulses.size() == 1);
    const auto& p = pulses[0];
    const auto is = [&](const char* name, double value) { CHECK(value == doctest::Approx(expected[name].get<double>()).epsilon(1e-6)); };
    CHECK(p.last - p.first + 1 == expected["n_in_pulse"].get<std::size_t>());
    is("tau_s", p.duration);
    is("dEs", p.steady_step.value);
    is("dEt", p.transient_step.value);
    is("slope_V_per_sqrt_s", p.slope.value);
    is("U0", p.intercept);
    is("rmse_V", p.rms);
    const auto d = gitt_diffusion(p, way);
    is("D_B_m2_s", d.weppner_huggins->value * 1e-4);
    is("D_C_m2_s", d.slope->value * 1e-4);
    x.push_back(expected["charge_start_Ah"].get<double>() / stretch);
    open.push_back(expected["E_first"]);
    root_slope.push_back(p.slope.value);
    // By default E before the pulse is that of the last row without current.
    const auto usual = gitt_pulses(table);
    REQUIRE(usual.size() == 1);
    physical += std::abs(table.current[usual[0].first]) > 1 && std::abs(usual[0].voltage_before - open.back()) < 0.002 ? 1 : 0;
  }
  CHECK(physical == 40);
  const auto slopes = equilibrium_slopes(x, open);
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    const auto& expected = reference["pulses"][i];
    CHECK(slopes[i] == doctest::Approx(expected["dUdx"].get<double>()).epsilon(1e-6));
    CHECK(diffusion_from_slopes(1000 * parameters["I_A"].get<double>(), molar_volume, area, slopes[i], root_slope[i]) * 1e-4 ==
          doctest::Approx(expected["D_A_m2_s"].get<double>()).epsilon(1e-6));
  }
}
