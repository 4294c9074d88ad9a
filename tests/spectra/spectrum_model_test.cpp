#include <lamella/spectra/spectrum_fit.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

/// A line and two doublets of different shapes on all parts of a background.
SpectrumModel<> model() {
  SpectrumModel<> m;
  m.components.push_back({.name = "a", .shape = LineShape::voigt, .position = 850, .area = 900, .fwhm = 1.1, .mixing = 0.4, .splitting = 6, .area_ratio = 0.5, .width_ratio = 1.2});
  m.components.push_back({.name = "b", .shape = LineShape::doniach_sunjic, .position = 853, .area = 700, .fwhm = 1.5, .asymmetry = 0.1, .splitting = 6.2, .area_ratio = 0.48});
  m.components.push_back({.name = "c", .shape = LineShape::pseudo_voigt_product, .position = 856, .area = 500, .fwhm = 2, .mixing = 0.3});
  m.background = {.constant = 300, .slope = 2, .shirley = 0.02, .tougaard = 0.3, .reference = 855};
  return m;
}

Spectrum spectrum_of(const SpectrumModel<>& m, double step = 0.1) {
  Spectrum s{"made", "", {}, {}, {}};
  for (int i = 0; i <= static_cast<int>(30 / step); ++i) s.energy.push_back(842 + step * i);
  s.counts = calculate(m, std::span<const double>(s.energy)).total;
  for (const double y : s.counts) s.sigma.push_back(std::sqrt(std::max(y, 1.0)));
  return s;
}

FreeParameters all_free(const SpectrumModel<>& m) {
  auto p = spectrum_parameters(m);
  p.release("*.*");
  for (const char* name : {"a.asymmetry", "b.mixing", "c.asymmetry", "c.splitting", "c.area_ratio", "c.width_ratio"}) p.hold(name);
  return p;
}

}  // namespace

TEST_CASE("derivatives of a whole model, with what follows the lines, are those of dual numbers") {
  auto m = model();
  const auto s = spectrum_of(m, 0.5);
  auto p = all_free(m);
  p.tie(8, 0);  // b.position follows a.position
  p.tie(10, 2, 0.7);
  const auto free = p.list();
  detail::SpectrumProblem problem(m, s, free, {});
  const auto start = problem.start();
  std::vector<double> r(s.size()), jacobian(s.size() * free.size());
  REQUIRE(problem.linearise(start, r, jacobian));
  for (const double x : r) CHECK(std::abs(x) < 1e-9);

  using One = Dual<double, 1>;
  for (std::size_t j = 0; j < free.size(); ++j) {
    CAPTURE(free[j].name);
    auto dual = rebound<One>(m);
    const auto address = parameter_addresses(dual);
    for (const auto& [index, coefficient] : free[j].followers) address[index]->grad[0] = coefficient;
    const auto total = calculate(dual, std::span<const double>(s.energy)).total;
    for (std::size_t i = 0; i < s.size(); ++i)
      CHECK(jacobian[j * s.size() + i] * s.sigma[i] == doctest::Approx(total[i].grad[0]).epsilon(1e-9).scale(1));
  }
}

TEST_CASE("a fit finds the model that counts were drawn from, its pulls are those of a normal") {
  const auto truth = model();
  auto m = truth;
  m.background.tougaard = 0;  // next to Shirley's it cannot be told apart on 30 eV
  const auto clean = spectrum_of(m);
  lamella_test::Random random(11);
  double sum = 0, count = 0;
  for (int trial = 0; trial < 5; ++trial) {
    auto s = clean;
    for (std::size_t i = 0; i < s.size(); ++i) {
      s.counts[i] = random.poisson(clean.counts[i]);
      s.sigma[i] = std::sqrt(std::max(s.counts[i], 1.0));
    }
    auto p = spectrum_parameters(m);
    for (const char* name : {"*.area", "*.position", "*.fwhm", "background.constant", "background.shirley"}) p.release(name);
    auto start = m;
    for (auto& c : start.components) c.position += 0.2, c.area *= 1.3, c.fwhm *= 0.9;
    const auto fit = fit_spectrum(start, s, p);
    REQUIRE(fit.converged());
    CHECK(fit.warnings.empty());
    CHECK(fit.reduced_chi_square == doctest::Approx(1).epsilon(0.35));
    for (const auto& f : fit.free) {
      const auto names = parameter_names(m);
      const auto values = parameter_values(m);
      const auto found = fit.parameter(f.name);
      const double pull = (found.value - values[f.followers.front().index]) / found.esd;
      CAPTURE(f.name);
      CHECK(std::abs(pull) < 4);
      sum += pull * pull;
      ++count;
    }
    // Areas of doublets hold both lines, those of Doniach-Šunjić only the window.
    const auto areas = component_areas(fit);
    CHECK(areas.value[0] == doctest::Approx(1.5 * fit.parameter("a.area").value));
    CHECK(std::sqrt(areas.covariance(0, 0)) == doctest::Approx(1.5 * fit.parameter("a.area").esd));
    const auto direct = derived(fit, [&](const auto& x) { return component_area(x.components[1], fit.window); });
    CHECK(areas.value[1] == doctest::Approx(direct.value));
    CHECK(std::sqrt(areas.covariance(1, 1)) == doctest::Approx(direct.esd).epsilon(1e-9));
    for (std::size_t i = 0; i < s.size(); ++i)
      CHECK(fit.calculated[i] == doctest::Approx(fit.background[i] + fit.components[0][i] + fit.components[1][i] + fit.components[2][i]));
  }
  CHECK(sum / count > 0.5);
  CHECK(sum / count < 1.7);
}

TEST_CASE("what a fit cannot do it says") {
  const auto m = model();
  auto s = spectrum_of(m, 0.5);
  const auto p = all_free(m);
  const auto message = [&](auto&& run) -> std::string {
    try {
      run();
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  };
  const auto contains = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(contains(message([&] { (void)fit_spectrum(m, s, p, {1, 2}); }), "a fixed background of 2 points, expected 61"));
  CHECK(contains(message([&] { (void)fit_spectrum(m, select(s, {850, 853}), p); }), "7 points, expected"));
  auto bad = m;
  bad.components[0].fwhm = 0;
  CHECK(contains(message([&] { (void)fit_spectrum(bad, s, p); }), "component a starts with an impossible shape"));
  bad = m;
  bad.components[1].area = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(message([&] { (void)fit_spectrum(bad, s, p); }), "start of b.area is not finite"));
  bad = m;
  bad.components[1].name = "a";
  CHECK(contains(message([&] { (void)spectrum_parameters(bad); }), "component \"a\" is there twice"));
  bad.components[1].name = "a.b";
  CHECK(contains(message([&] { (void)spectrum_parameters(bad); }), "expected a name without dots"));
  bad = m;
  bad.components.pop_back();
  CHECK(contains(message([&] { (void)fit_spectrum(bad, s, p); }), "parameters of another model"));
  s.counts[3] = std::numeric_limits<double>::infinity();
  CHECK(contains(message([&] { (void)fit_spectrum(m, s, p); }), "point 4: intensity inf"));
  s = spectrum_of(m, 0.5);
  s.energy[5] = s.energy[4];
  CHECK(contains(message([&] { (void)fit_spectrum(m, s, p); }), "expected each energy once, in increasing order"));

  // Two equal lines: the data do not say which is which.
  s = spectrum_of(m, 0.5);
  SpectrumModel<> twins{{m.components[2], m.components[2]}, {}};
  twins.components[1].name = "d";
  auto q = spectrum_parameters(twins);
  q.release("*.area");
  const auto fit = fit_spectrum(twins, s, q);
  CHECK(fit.status == FitStatus::singular);
  CHECK_FALSE(fit.warnings.empty());
  CHECK(fit.parameter("c.area").esd == 0);
}

TEST_CASE("Shirley's and Tougaard's backgrounds of a made spectrum are what it was made with") {
  auto m = model();
  m.components.resize(1);
  m.components[0].shape = LineShape::gaussian;
  m.background = {.constant = 300, .shirley = 0.05};
  auto s = spectrum_of(m, 0.05);
  const auto shirley = shirley_background(s, {.points = 1, .tolerance = 1e-12});
  CHECK(shirley.converged);
  const auto known = calculate(m, std::span<const double>(s.energy)).background;
  for (std::size_t i = 0; i < s.size(); i += 20) CHECK(shirley.values[i] == doctest::Approx(known[i]).epsilon(1e-6));
  CHECK_FALSE(shirley_background(s, {.points = 1, .tolerance = 1e-12, .max_iterations = 2}).converged);

  // I = B + S with B = K * (I - I(low)): solved point by point.
  m.background = {.constant = 300};
  s = spectrum_of(m, 0.05);
  const auto kernel = tougaard_u3(434, 551, 436);
  std::vector<double> inelastic(s.size(), 0.0);
  for (std::size_t i = 1; i < s.size(); ++i) {
    for (std::size_t j = 1; j <= i; ++j)
      inelastic[i] += 0.025 * (kernel(s.energy[i] - s.energy[j]) * (j == i ? 0 : s.counts[j] - 300) + kernel(s.energy[i] - s.energy[j - 1]) * (s.counts[j - 1] - 300));
    s.counts[i] += inelastic[i];
  }
  for (const auto height : {TougaardHeight::as_given, TougaardHeight::to_high_end}) {
    const auto t = tougaard_background(s, kernel, height, {1});
    CHECK(t.B == doctest::Approx(434).epsilon(1e-6));
    for (std::size_t i = 0; i < s.size(); i += 20) CHECK(t.values[i] == doctest::Approx(300 + inelastic[i]).epsilon(1e-6));
  }
  CHECK(tougaard_u2()(20.0) == doctest::Approx(2866 * 20.0 / ((1643 + 400.0) * (1643 + 400.0))));

  const auto line = linear_background(s, {5});
  const double first = std::accumulate(s.counts.begin(), s.counts.begin() + 5, 0.0) / 5;
  CHECK(line[2] == doctest::Approx(first));
  auto flat = s;
  for (double& y : flat.counts) y = 10;
  CHECK_THROWS_WITH_AS((void)shirley_background(flat), doctest::Contains("no area above it"), Error);
  CHECK_THROWS_WITH_AS((void)tougaard_background(flat), doctest::Contains("no B reaches the high-energy end"), Error);
  CHECK_THROWS_WITH_AS((void)linear_background(s, {0}), doctest::Contains("ends of 0 points"), Error);
  CHECK_THROWS_WITH_AS((void)linear_background(select(s, {842, 842.1}), {5}), doctest::Contains("expected from 1 to half"), Error);
}
