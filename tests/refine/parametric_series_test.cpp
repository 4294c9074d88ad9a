// Patterns refined at once: what is shared and what laws give comes back with esds that mean what they say.
#include <lamella/core/executor.hpp>
#include <lamella/fit/derived.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/joint_refinement.hpp>
#include <lamella/refine/parametric_series.hpp>
#include <lamella/refine/series.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "licovo4.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_model;

namespace {

/// a and c of a hexagonal cell as parabolas of one coordinate.
template <Scalar T = double>
struct CellLaw {
  using scalar = T;
  template <Scalar U>
  using rebind = CellLaw<U>;

  T a0{2.962}, a1{}, a2{}, c0{16.21}, c1{}, c2{};

  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a0", self.a0...);
    visit("a1", self.a1...);
    visit("a2", self.a2...);
    visit("c0", self.c0...);
    visit("c1", self.c1...);
    visit("c2", self.c2...);
  }
  std::array<T, 2> operator()(std::span<const double> x) const {
    const T t(x[0]);
    return {a0 + (a1 + a2 * t) * t, c0 + (c1 + c2 * t) * t};
  }
};

const CellLaw<> true_law{2.962, -0.02, -0.01, 16.21, 0.4, -0.5};
constexpr double true_zero = 0.04;
/// Where the law starts: linear terms known to a tenth, no curvature.
const CellLaw<> start_law{2.9625, -0.022, 0, 16.215, 0.35, -0.4};

PowderModel<> model_at(double x) {
  PowderModel<> m = synthetic_model();
  const auto [a, c] = true_law(std::array{x});
  m.phases[0].crystal.cell = hexagonal_cell(a, c);
  m.instrument.zero = true_zero;
  m.instrument.displacement = 0;
  m.phases[0].scale *= 1 + 0.3 * x;  // drifts
  return m;
}

/// Patterns made from `model_at`, each with the model that its refinement starts from.
std::vector<ParametricPattern<>> series(std::size_t count, Random& random, std::size_t points = 1300) {
  std::vector<ParametricPattern<>> list;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0.5;
    ParametricPattern<> p{model_at(x), noisy_pattern(model_at(x), even_grid(14, 85.0 / static_cast<double>(points), points), random), {x}};
    p.pattern.source = "scan " + std::to_string(i);
    p.model.instrument.zero = 0;
    list.push_back(std::move(p));
  }
  return list;
}

/// One zero for all, the law for the cell; scale, background and oxygen height are each pattern's own.
ParametricOptions options_with_law() {
  ParametricOptions options;
  options.free = {"*.scale", "pattern.background.*", "O3.O1.z"};
  options.shared = {"pattern.zero"};
  options.laws = {parametric_law("cell", {"O3.cell.a", "O3.cell.c"}, start_law)};
  return options;
}

std::vector<double> truth_of(const ParametricSeries<Structure<double>>& fit) {
  std::vector<double> truth(fit.names.size(), true_zero);
  const auto law = parameter_values(true_law);
  std::copy(law.begin(), law.end(), truth.end() - static_cast<std::ptrdiff_t>(law.size()));
  return truth;
}

bool noted(const std::vector<std::string>& notes, const std::string& text) {
  return std::any_of(notes.begin(), notes.end(), [&](const auto& note) { return note.find(text) != std::string::npos; });
}

/// All numbers of a refinement.
std::vector<double> numbers(const ParametricSeries<Structure<double>>& fit) {
  std::vector<double> all = fit.values;
  const auto add = [&](const Eigen::MatrixXd& m) { all.insert(all.end(), m.data(), m.data() + m.size()); };
  add(fit.covariance);
  for (const auto& point : fit.points) {
    all.insert(all.end(), point.values.begin(), point.values.end());
    add(point.covariance);
    all.insert(all.end(), {point.Rwp, point.GoF});
  }
  return all;
}

}  // namespace

TEST_CASE("one zero for all and a law for the cell come back with pulls of deviation 1") {
  constexpr std::size_t runs = 12, count = 10;
  Random random(21);
  double sum = 0, square_sum = 0, own_square = 0, layer_square = 0;
  std::size_t pulls = 0, own_pulls = 0, layers = 0;
  for (std::size_t run = 0; run < runs; ++run) {
    const auto patterns = series(count, random);
    const auto fit = refine_parametrically(patterns, options_with_law());
    REQUIRE(fit.converged());
    CHECK(fit.warnings.empty());
    CHECK(fit.names == std::vector<std::string>{"pattern.zero", "cell.a0", "cell.a1", "cell.a2", "cell.c0", "cell.c1", "cell.c2"});
    CHECK(fit.parameters == 7 + count * 5);
    CHECK(std::abs(fit.GoF - 1) < 0.05);
    const auto truth = truth_of(fit);
    for (std::size_t k = 0; k < truth.size(); ++k) {
      const double pull = (fit.values[k] - truth[k]) / fit.esd(k);
      sum += pull;
      square_sum += pull * pull;
      ++pulls;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto& point = fit.points[i];
      REQUIRE(point.used);
      CHECK(point.notes.empty());
      const auto made = model_at(patterns[i].coordinates[0]);
      const auto values = parameter_values(made);
      for (std::size_t k = 0; k < point.free.size(); ++k) {
        if (point.free[k].name != "O3.O1.z" && point.free[k].name != "O3.scale") continue;
        own_square += square((point.values[k] - values[point.free[k].followers.front().index]) / point.esd(k));
        ++own_pulls;
      }
      // The interslab from own and common parameters together: 2c(z − 1/6) with TM at 0.
      const auto interslab = [](const auto& m) {
        const auto& s = m.phases[0].crystal;
        return 2.0 * s.cell.c * (s.sites[2].position.z - 1.0 / 6);
      };
      const auto d = propagate<1>(point.model, point.free, point.covariance, [&](const auto& m) { return std::array{interslab(m)}; })[0];
      layer_square += square((d.value - interslab(made)) / d.esd);
      ++layers;
    }
  }
  const double mean = sum / static_cast<double>(pulls), deviation = std::sqrt(square_sum / static_cast<double>(pulls)),
               own = std::sqrt(own_square / static_cast<double>(own_pulls)), layer = std::sqrt(layer_square / static_cast<double>(layers));
  // 84 pulls of the common parameters, which are correlated: their deviation scatters by 0.08 or somewhat more; 240 and 120 others.
  MESSAGE("pulls: of " << pulls << " common ones mean " << mean << ", deviation " << deviation << "; of " << own_pulls << " own ones " << own << "; of " << layers
                       << " interslabs " << layer);
  CHECK(std::abs(mean) < 0.3);
  CHECK(std::abs(deviation - 1) < 0.15);
  CHECK(std::abs(own - 1) < 0.15);
  CHECK(std::abs(layer - 1) < 0.2);
}

TEST_CASE("a refinement of all patterns agrees with one of each and is more certain") {
  Random random(22);
  const auto patterns = series(8, random);
  const auto law = options_with_law();
  const auto fit = refine_parametrically(patterns, law);
  REQUIRE(fit.converged());
  auto alone = law;
  alone.laws.clear();
  alone.shared.clear();
  alone.free.insert(alone.free.end(), {"pattern.zero", "O3.cell.*"});
  double square_sum = 0;
  for (const auto& pattern : patterns) {
    const auto one = refine_parametrically<Structure<double>>({pattern}, alone);
    REQUIRE(one.converged());
    CHECK(one.names.empty());
    const auto& point = one.points[0];
    const auto from_law = fit.at(law.laws[0], pattern.coordinates);
    for (std::size_t k = 0; k < point.free.size(); ++k)
      for (const auto& [name, i] : {std::pair{"O3.cell.a", 0}, {"O3.cell.c", 1}})
        if (point.free[k].name == name) {
          const auto v = static_cast<std::size_t>(i);
          const double esd = std::sqrt(from_law.covariance(i, i));
          CHECK(esd < 0.7 * point.esd(k));  // seven parameters for all instead of three for each of eight
          // Part of the same data: the variance of the difference is the difference of the variances.
          const double pull = (point.values[k] - from_law.value[v]) / std::sqrt(square(point.esd(k)) - square(esd));
          CHECK(std::abs(pull) < 4);
          square_sum += pull * pull;
        }
  }
  CHECK(std::sqrt(square_sum / 16) == doctest::Approx(1).epsilon(0.5));  // 16 pulls: ± 0.18, correlated in pairs

  // `refine` ends where a parametric refinement of one pattern with the same parameters does.
  RefinementOptions<> options;
  options.plan = {{"scale", {"*.scale", "pattern.background.*"}, 6, 0}, {"all", {"pattern.zero", "O3.cell.*", "O3.O1.z"}, 30, 0}};
  const auto reference = refine(patterns[3].model, patterns[3].pattern, options);
  const auto one = refine_parametrically<Structure<double>>({patterns[3]}, alone);
  REQUIRE(reference.free.size() == one.points[0].free.size());
  CHECK(one.GoF == doctest::Approx(reference.agreement.GoF).epsilon(1e-4));
  for (std::size_t k = 0; k < reference.free.size(); ++k) {
    REQUIRE(reference.free[k].name == one.points[0].free[k].name);
    CHECK(std::abs(reference.values[k] - one.points[0].values[k]) < 0.02 * reference.esd(k));
    CHECK(one.points[0].esd(k) == doctest::Approx(reference.esd(k)).epsilon(1e-3));
  }
}

TEST_CASE("a law that was not refined has values and esds from the parameters of one that was") {
  struct Slope {  // da/dx at x from the same parameters
    static ParametricLaw of() {
      auto law = parametric_law("cell", {"O3.cell.a", "O3.cell.c"}, CellLaw<>{});
      law.targets = {"slope"};
      law.evaluate = [](std::span<const double> p, std::span<const double> x, std::span<double> values, std::span<double> slopes) {
        values[0] = p[1] + 2 * p[2] * x[0];
        std::fill(slopes.begin(), slopes.end(), 0.0);
        slopes[1] = 1;
        slopes[2] = 2 * x[0];
      };
      return law;
    }
  };
  Random random(23);
  const auto fit = refine_parametrically(series(6, random), options_with_law());
  const auto v = fit.at(Slope::of(), std::array{0.5});
  const auto i = static_cast<Eigen::Index>(fit.find("cell.a1"));
  const double esd = std::sqrt(fit.covariance(i, i) + fit.covariance(i + 1, i + 1) + 2 * fit.covariance(i, i + 1));
  CHECK(v.value[0] == doctest::Approx(fit.values[fit.find("cell.a1")] + fit.values[fit.find("cell.a2")]));
  CHECK(std::sqrt(v.covariance(0, 0)) == doctest::Approx(esd).epsilon(1e-9));
  CHECK(std::abs(v.value[0] + 0.03) < 5 * esd);
  CHECK_THROWS_WITH_AS(fit.find("cell.b0"), "no common parameter is called cell.b0", Error);
}

TEST_CASE("threads change no bit of a parametric refinement") {
  Random random(24);
  const auto patterns = series(9, random);
  auto options = options_with_law();
  const auto serial = numbers(refine_parametrically(patterns, options));
  CHECK(serial.size() > 300);
  for (const std::size_t threads : {1U, 2U, 4U}) {
    options.executor = ThreadExecutor(threads);
    CHECK(numbers(refine_parametrically(patterns, options)) == serial);
  }
}

TEST_CASE("faults of patterns stay with them") {
  Random random(25);
  auto patterns = series(7, random);
  const auto good = std::vector(patterns.begin() + 4, patterns.end());
  patterns[0].pattern.intensity[30] = NAN;
  std::fill(patterns[1].pattern.intensity.begin(), patterns[1].pattern.intensity.end(), 0.0);
  patterns[2].coordinates[0] = INFINITY;
  auto blank = model_at(0.5);  // the phase is not there
  blank.phases[0].scale = 0;
  patterns[3].pattern = noisy_pattern(blank, patterns[3].pattern.two_theta, random);
  patterns[3].pattern.source = "blank";
  const auto fit = refine_parametrically(patterns, options_with_law());
  CHECK(fit.converged());
  const auto& p = fit.points;
  for (const std::size_t i : {0U, 1U, 2U}) CHECK_FALSE(p[i].used);
  CHECK(noted(p[0].notes, "scan 0, at"));
  CHECK(noted(p[0].notes, "the intensity is not a number"));
  CHECK(noted(p[1].notes, "scan 1 has no counts"));
  CHECK(noted(p[2].notes, "scan 2: a law starts without a value"));
  CHECK(p[3].used);
  CHECK(noted(p[3].notes, "blank: phase O3 is hardly in the pattern"));
  CHECK(p[3].esd(0) > 0);
  for (const auto& point : p)
    for (const double v : point.values) CHECK(std::isfinite(v));
  // The common parameters are those of the good patterns: the blank one says nothing of them.
  const auto of_good = refine_parametrically(good, options_with_law());
  for (std::size_t k = 0; k < fit.values.size(); ++k) {
    CHECK(std::abs(fit.values[k] - of_good.values[k]) < 0.2 * of_good.esd(k));
    CHECK(fit.esd(k) == doctest::Approx(of_good.esd(k)).epsilon(0.1));
  }
}

TEST_CASE("what cannot be told apart, and what makes no refinement, is said") {
  Random random(26);
  const auto patterns = series(3, random);
  auto options = options_with_law();
  SUBCASE("all patterns at one coordinate do not determine a slope") {
    auto same = patterns;
    for (auto& p : same) p.coordinates[0] = 0.5;
    const auto fit = refine_parametrically(same, options);
    CHECK(fit.status == FitStatus::singular);
    CHECK(noted(fit.warnings, "the data do not tell cell.a1 from cell.a0"));
    CHECK(fit.covariance.size() == 0);
  }
  SUBCASE("a target that symmetry ties") {
    options.laws = {parametric_law("cell", {"O3.cell.b", "O3.cell.c"}, start_law)};
    CHECK_THROWS_WITH_AS(refine_parametrically(patterns, options), "law cell: O3.cell.b is held, follows another parameter, or is given by another law, expected one that is free", Error);
  }
  SUBCASE("a law with another number of values") {
    CHECK_THROWS_WITH_AS(parametric_law("cell", {"O3.cell.a"}, start_law), "law cell: expected the names of 2 parameters of the model, as many as it has values, got 1", Error);
    CHECK_THROWS_WITH_AS(parametric_law("cell", {"a", "c"}, CellLaw<>{NAN}), "the start of cell.a0 is not a number", Error);
  }
  SUBCASE("no pattern") {
    CHECK_THROWS_WITH_AS(refine_parametrically<Structure<double>>({}, options), "no pattern can be refined, expected at least one", Error);
    auto empty = patterns[0];
    empty.pattern = select(empty.pattern, {150, 160});
    CHECK_THROWS_WITH_AS(refine_parametrically<Structure<double>>({empty}, options),
                         "no pattern can be refined: no points to refine against in scan 0, expected a range of angles inside the pattern", Error);
  }
}

TEST_CASE("patterns of different instruments share a structure") {
  // X-rays and neutrons: oxygen weighs as much as the metals for the latter.
  Random random(27);
  auto x_rays = synthetic_model(), neutrons = synthetic_model();
  neutrons.diffractometer = {lamella::neutrons(1.5), Geometry::debye_scherrer, 240, 1};
  neutrons.phases[0].scale = 5;
  std::vector<ParametricPattern<>> patterns;
  for (const auto* truth : {&x_rays, &neutrons}) patterns.push_back({*truth, noisy_pattern(*truth, even_grid(14, 0.06, 1600), random)});
  for (auto& p : patterns) p.model.phases[0].crystal.sites[2].position.z += 0.001;
  ParametricOptions options;
  options.shared = {"O3.cell.*", "O3.*.z", "O3.*.Uiso"};
  const auto fit = refine_parametrically(patterns, options);
  REQUIRE(fit.converged());
  CHECK(fit.names == std::vector<std::string>{"O3.cell.a", "O3.cell.c", "O3.Na1.Uiso", "O3.Mn1.Uiso", "O3.O1.z", "O3.O1.Uiso"});
  const std::vector<double> truth{2.962, 16.21, 0.015, 0.006, 0.2654, 0.009};
  for (std::size_t k = 0; k < truth.size(); ++k) {
    CAPTURE(fit.names[k]);
    CHECK(std::abs(fit.values[k] - truth[k]) < 4 * fit.esd(k));
  }
  // The dense solver of `refine_jointly`, where the patterns are the same problem, ends at the same numbers.
  std::vector<JointPattern<>> dense;
  for (std::size_t i = 0; i < 2; ++i) dense.push_back({fit.points[i].model, patterns[i].pattern, fit.points[i].free});
  const auto whole = refine_jointly(dense, {.shared = options.shared});
  REQUIRE(whole.names.size() == fit.parameters);
  CHECK(whole.GoF == doctest::Approx(fit.GoF).epsilon(1e-5));
  for (std::size_t k = 0; k < truth.size(); ++k) {
    const auto at = static_cast<std::size_t>(std::find(whole.names.begin(), whole.names.end(), fit.names[k]) - whole.names.begin());
    REQUIRE(at < whole.names.size());
    CHECK(std::abs(whole.values[at] - fit.values[k]) < 0.01 * fit.esd(k));
    CHECK(whole.esd(at) == doctest::Approx(fit.esd(k)).epsilon(1e-3));
  }
  // Each alone knows less than both.
  for (const auto& pattern : patterns) {
    const auto one = refine_parametrically<Structure<double>>({pattern}, options);
    REQUIRE(one.converged());
    for (std::size_t k = 0; k < truth.size(); ++k) CHECK(one.esd(k) > fit.esd(k));
  }
}

TEST_CASE("data: one displacement for the patterns of a spinel through charge and discharge") {
  auto measured = lamella_test::spinel_patterns();
  for (std::size_t i = 1; i < 50; ++i) measured[i] = measured[2 * i];  // every other one: number 1, 47 at the end of charge, 99
  measured.resize(50);
  std::vector<ParametricPattern<>> patterns;
  std::vector<double> a_in_series;
  refine_series<Structure<double>>(lamella_test::spinel_model(), measured.size(), [&](std::size_t i) -> Result<PowderPattern> { return measured[i]; },
                                   [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    patterns.push_back({refiner.model(), measured[point.index]});
    a_in_series.push_back(refiner.model().phases[0].crystal.cell.a);
  }, lamella_test::spinel_options());
  REQUIRE(patterns.size() == 50);
  ParametricOptions options;
  options.free = {"*.scale", "pattern.background.*", "spinel.cell.a", "spinel.strain"};
  options.shared = {"pattern.displacement"};
  options.executor = ThreadExecutor();
  const auto fit = refine_parametrically(patterns, options);
  REQUIRE(fit.converged());
  CHECK(fit.names == std::vector<std::string>{"pattern.displacement"});
  std::vector<double> a;
  for (const auto& point : fit.points) {
    REQUIRE(point.used);
    a.push_back(point.model.phases[0].crystal.cell.a);
    // The series has the displacement of its first pattern, which is uncertain: that moves all cells alike.
    CHECK(std::abs(a.back() - a_in_series[a.size() - 1] - (a[0] - a_in_series[0])) < 5e-4);
  }
  const auto one = refine_parametrically<Structure<double>>({patterns[0]}, options);
  REQUIRE(one.converged());
  MESSAGE("displacement " << to_string(Measured{fit.values[0], fit.esd(0)}) << " mm, by the first pattern " << to_string(Measured{one.values[0], one.esd(0)}) << "; a "
                          << a[0] << ", " << a[23] << ", " << a[49] << "; " << fit.parameters << " parameters, GoF " << fit.GoF);
  // The README's change, of which a constant displacement is no part. The cell itself depends on the axial divergence that is assumed, by 0.005 Å.
  CHECK(std::abs(a[0] - a[23] - 0.0901) < 0.003);
  CHECK(std::abs(a[49] - a[23] - 0.0916) < 0.003);
  CHECK(std::abs(a[0] - 8.274) < 0.007);
  CHECK(one.esd(0) > 4 * fit.esd(0));
  CHECK(std::abs(one.values[0] - fit.values[0]) < 4 * one.esd(0));
}
