#include <lamella/io/text_file.hpp>
#include <lamella/spectra/spectrum_background.hpp>
#include <lamella/spectra/spectrum_fit.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

const std::string folder = LAMELLA_DATA_DIR "/xps/";

/// Lines of two numbers, whatever stands between and after them; the others are left out.
Spectrum table(const std::string& file) {
  std::ifstream in(folder + file);
  std::vector<std::array<double, 2>> points;
  for (std::string line; std::getline(in, line);) {
    for (char& c : line)
      if (c == ',') c = ' ';
    double x = 0, y = 0;
    if (std::sscanf(line.c_str(), "%lf %lf", &x, &y) == 2) points.push_back({x, y});
  }
  std::sort(points.begin(), points.end());
  Spectrum s{file, file, {}, {}, {}};
  for (const auto& [x, y] : points) {
    s.energy.push_back(x);
    s.counts.push_back(y);
    s.sigma.push_back(std::sqrt(std::max(y, 1.0)));
  }
  return s;
}

nlohmann::json reference() { return nlohmann::json::parse(std::ifstream(folder + "reference_lmfit.json")); }

const nlohmann::json& fit_of(const nlohmann::json& all, const std::string& start) {
  for (const auto& [name, fit] : all["fits"].items())
    if (name.starts_with(start)) return fit;
  FAIL("no reference fit " << start);
  return all;
}

/// Value within a tenth of the reference's standard error, esd within 2 % (lmfit's derivatives are differences).
void check(const Measured& m, const nlohmann::json& reference, double factor = 1) {
  const double value = factor * reference["value"].get<double>(), error = factor * reference["stderr"].get<double>();
  CHECK(std::abs(m.value - value) < 0.1 * error);
  CHECK(m.esd == doctest::Approx(error).epsilon(0.02));
}

void check_chi_square(const SpectrumFit& fit, const nlohmann::json& reference) {
  CHECK(fit.converged());
  CHECK(std::abs(fit.chi_square / reference["chisqr"].get<double>() - 1) < 1e-6);
}

SpectrumComponent<double> line(std::string name, double position, double area, double fwhm, double mixing) {
  return {.name = std::move(name), .position = position, .area = area, .fwhm = fwhm, .mixing = mixing};
}

/// lmfit's line: intercept at 0 eV.
Measured intercept(const SpectrumFit& fit) {
  return derived(fit, [](const auto& m) { return m.background.constant - m.background.slope * decltype(m.background.slope)(m.background.reference); });
}

}  // namespace

TEST_CASE("data: C 1s as lmfit fits it: two pseudo-Voigts of one width on a line") {
  const auto all = reference();
  const auto& r = fit_of(all, "C1s");
  const auto s = unweighted(select(table(r["file"]), {280, 292}));
  REQUIRE(s.size() == 121);
  SpectrumModel<> model{{line("p1", 285, 20000, 2, 0.3), line("p2", 287, 3000, 2, 0.3)}, {.constant = 1000, .reference = 286}};
  auto p = spectrum_parameters(model);
  p.equate("*.fwhm");
  for (const char* name : {"*.area", "*.position", "*.fwhm", "background.constant", "background.slope"}) p.release(name);
  const auto fit = fit_spectrum(model, s, p);
  CHECK(fit.free.size() == 7);
  check_chi_square(fit, r);
  const auto& v = r["params"];
  for (const std::string k : {"p1", "p2"}) {
    check(fit.parameter(k + ".area"), v[k + "_amplitude"]);
    check(fit.parameter(k + ".position"), v[k + "_center"]);
    check(fit.parameter(k + ".fwhm"), v[k + "_sigma"], 2);
  }
  check(fit.parameter("background.slope"), v["b_slope"]);
  check(intercept(fit), v["b_intercept"]);
}

TEST_CASE("data: NiO as lmfit fits it, on a fixed Shirley background and on a fitted line") {
  const auto all = reference();
  const auto s = unweighted(select(table("xpsdeeplearning/Ni2p_NiO.txt"), {850.49, 869.51}));
  REQUIRE(s.size() == 191);
  const auto shirley = shirley_background(s);
  CHECK(shirley.converged);
  double sum = 0;
  for (const double b : shirley.values) sum += b;
  const auto& rs = all["shirley_NiO_Ni2p3half"];
  CHECK(sum == doctest::Approx(rs["B_sum"].get<double>()).epsilon(1e-7));
  for (const auto& [i, b] : rs["B_at"].items()) CHECK(shirley.values[std::stoul(i)] == doctest::Approx(b.get<double>()).epsilon(2e-6));

  for (const bool fixed : {true, false}) {
    const auto& r = fit_of(all, fixed ? "NiO Ni2p3/2: fixed" : "NiO Ni2p3/2: linear");
    SpectrumModel<> model{{line("p1", 853.8, 30000, 1.2, 0.3), line("p2", 855.6, 50000, 2.6, 0.3), line("p3", 861, 75000, 5.5, 0.3)},
                          {.constant = fixed ? 0.0 : 12000.0, .reference = 860}};
    auto p = spectrum_parameters(model);
    for (const char* name : {"*.area", "*.position", "*.fwhm"}) p.release(name);
    if (!fixed) p.release("background.constant"), p.release("background.slope");
    const auto fit = fit_spectrum(model, s, p, fixed ? shirley.values : std::vector<double>{});
    CHECK(fit.free.size() == (fixed ? 9 : 11));
    check_chi_square(fit, r);
    const auto& v = r["params"];
    for (const std::string k : {"p1", "p2", "p3"}) {
      check(fit.parameter(k + ".area"), v[k + "_amplitude"]);
      check(fit.parameter(k + ".position"), v[k + "_center"]);
      check(fit.parameter(k + ".fwhm"), v[k + "_sigma"], 2);
    }
    if (!fixed) check(intercept(fit), v["b_intercept"]);
  }
}

TEST_CASE("data: MnO2 as lmfit fits it: one doublet of areas 2:1 with free splitting and width ratio") {
  const auto all = reference();
  const auto& r = fit_of(all, "MnO2");
  const auto s = unweighted(select(table(r["file"]), {637.99, 660.01}));
  REQUIRE(s.size() == 221);
  const auto shirley = shirley_background(s);
  const auto& rs = all["shirley_MnO2_Mn2p"];
  for (const auto& [i, b] : rs["B_at"].items()) CHECK(shirley.values[std::stoul(i)] == doctest::Approx(b.get<double>()).epsilon(1e-5));
  SpectrumModel<> model;
  model.components.push_back({.name = "Mn", .position = 642, .area = 15000, .fwhm = 3, .mixing = 0.5, .splitting = 11.6, .area_ratio = 0.5});
  auto p = spectrum_parameters(model);
  for (const char* name : {"Mn.area", "Mn.position", "Mn.fwhm", "Mn.mixing", "Mn.splitting", "Mn.width_ratio"}) p.release(name);
  const auto fit = fit_spectrum(model, s, p, shirley.values);
  check_chi_square(fit, r);
  const auto& v = r["params"];
  check(fit.parameter("Mn.area"), v["p1_amplitude"]);
  check(fit.parameter("Mn.position"), v["p1_center"]);
  check(fit.parameter("Mn.fwhm"), v["p1_sigma"], 2);
  check(fit.parameter("Mn.mixing"), v["p1_fraction"]);
  check(fit.parameter("Mn.splitting"), v["split"]);
  check(fit.parameter("Mn.width_ratio"), v["wr"]);
  check(derived(fit, [](const auto& m) { return m.components[0].position + m.components[0].splitting; }), v["p3_center"]);
  check(derived(fit, [](const auto& m) { return m.components[0].fwhm * m.components[0].width_ratio; }), v["p3_sigma"], 2);
}

TEST_CASE("data: Au 4f as lmfit fits it: two Voigts with gamma equal to sigma") {
  const auto all = reference();
  const auto& r = fit_of(all, "Au4f");
  const auto s = unweighted(table(r["file"]));
  REQUIRE(s.size() == 294);
  const double gaussian = 2 * std::sqrt(2 * std::log(2.0)), ratio = 2 / gaussian;  // FWHM over sigma; FWHMs at gamma = sigma
  SpectrumModel<> model{{line("a", 92.4, 80000, 0.2 * gaussian, ratio), line("b", 88.7, 60000, 0.2 * gaussian, ratio)}, {.constant = 6000, .reference = 90}};
  for (auto& c : model.components) c.shape = LineShape::voigt;
  auto p = spectrum_parameters(model);
  for (const char* name : {"*.area", "*.position", "*.fwhm", "background.constant", "background.slope"}) p.release(name);
  const auto fit = fit_spectrum(model, s, p);
  check_chi_square(fit, r);
  const auto& v = r["params"];
  for (const std::string k : {"a", "b"}) {
    check(fit.parameter(k + ".area"), v[k + "_amplitude"]);
    check(fit.parameter(k + ".position"), v[k + "_center"]);
    check(fit.parameter(k + ".fwhm"), v[k + "_sigma"], gaussian);
  }
  check(fit.parameter("background.slope"), v["l_slope"]);
  check(intercept(fit), v["l_intercept"]);
}
