// Series of patterns: known drifts recovered, faults that stay with their pattern, and two measured runs.
#include <lamella/fit/derived.hpp>
#include <lamella/fit/parameters.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/series.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "licovo4.hpp"
#include "nacro2.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_grid, lamella_test::synthetic_model;

namespace {

/// The points of a whole series, with the names of the free parameters.
struct Run {
  std::vector<SeriesPoint> points;
  std::vector<std::string> names;

  std::size_t number(const std::string& name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    REQUIRE_MESSAGE(found != names.end(), name << " is not free");
    return static_cast<std::size_t>(found - names.begin());
  }
  double value(std::size_t i, const std::string& name) const {
    REQUIRE(points[i].has_values());
    return points[i].values[number(name)];
  }
  double esd(std::size_t i, const std::string& name) const { return points[i].esd(number(name)); }
};

/// The points in order of their index.
Run run_of(const PowderModel<>& model, std::size_t count, const std::function<Result<PowderPattern>(std::size_t)>& source,
           const SeriesOptions<>& options, std::size_t anchor = 0) {
  Run run;
  run.points.resize(count);
  std::size_t visited = 0;
  refine_series(model, count, source, [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    run.points[point.index] = point;
    run.names.clear();
    for (const auto& f : refiner.free()) run.names.push_back(f.name);
    ++visited;
  }, options, anchor);
  CHECK(visited == count);
  return run;
}

/// Scale, background, cell and oxygen height; the rest stays as the patterns were made.
SeriesOptions<> few_parameters() {
  SeriesOptions<> options;
  options.refinement.plan = default_plan(synthetic_model().diffractometer);
  options.refinement.fix = {"pattern.W", "pattern.asymmetry", "pattern.displacement", "O3.size", "O3.strain", "O3.*.Uiso"};
  return options;
}

/// A cell that breathes and an oxygen layer that glides along: by 1 % in a, 2 % in c.
PowderModel<> drifted(double t) {
  PowderModel<> m = synthetic_model();
  m.phases[0].crystal.cell = hexagonal_cell(2.962 * (1 - 0.01 * t), 16.21 * (1 + 0.02 * std::sin(std::numbers::pi * t)));
  m.phases[0].crystal.sites[2].position.z = 0.2654 + 0.002 * t;
  return m;
}

bool noted(const SeriesPoint& point, const std::string& text) {
  return std::any_of(point.notes.begin(), point.notes.end(), [&](const auto& note) { return note.find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("a problem goes over to another pattern of the same angles as if it were made for it") {
  Random random(5);
  const auto model = synthetic_model();
  const auto first = noisy_pattern(model, synthetic_grid(), random), second = noisy_pattern(drifted(0.3), synthetic_grid(), random);
  PatternProblem<Structure<double>> moved(model, first, {}), fresh(model, second, {});
  CHECK(moved.same_angles(second));
  moved.set_pattern(second);
  std::vector<double> a(first.size()), b(first.size());
  moved.residuals({}, a);
  fresh.residuals({}, b);
  CHECK(a == b);
  const auto shorter = select(second, {20, 80});
  CHECK_FALSE(moved.same_angles(shorter));
  CHECK_THROWS_WITH_AS(moved.set_pattern(shorter), "synthetic: expected the angles of the pattern before", Error);
}

TEST_CASE("a known drift is recovered pattern by pattern with esds that mean what they say") {
  constexpr std::size_t count = 100;
  Random random(11);
  std::vector<PowderPattern> patterns;
  for (std::size_t i = 0; i < count; ++i)
    patterns.push_back(noisy_pattern(drifted(static_cast<double>(i) / (count - 1)), synthetic_grid(), random));
  double square = 0, sum = 0, layer_square = 0;
  std::vector<std::size_t> order;
  const auto started = std::chrono::steady_clock::now();
  refine_series(synthetic_model(), count, [&](std::size_t i) -> Result<PowderPattern> { return patterns[i]; },
                [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    CAPTURE(point.index);
    REQUIRE(point.status == SeriesStatus::refined);
    CHECK(point.notes.empty());
    order.push_back(point.index);
    const auto truth = parameter_values(drifted(static_cast<double>(point.index) / (count - 1)));
    for (std::size_t k = 0; k < refiner.free().size(); ++k) {
      const auto& f = refiner.free()[k];
      if (!matches("O3.cell.*", f.name) && !matches("O3.O1.z", f.name)) continue;
      const double pull = (point.values[k] - truth[f.followers.front().index]) / point.esd(k);
      CHECK(std::abs(pull) < 5);
      sum += pull;
      square += pull * pull;
    }
    // The interslab from all of the covariance: 2c(z − 1/6) with TM at 0.
    const auto interslab = [](const auto& m) {
      const auto& s = m.phases[0].crystal;
      return 2.0 * s.cell.c * (s.sites[2].position.z - 1.0 / 6);
    };
    const auto d = propagate<1>(refiner.model(), refiner.free(), point.covariance, [&](const auto& m) { return std::array{interslab(m)}; })[0];
    const double pull = (d.value - interslab(drifted(static_cast<double>(point.index) / (count - 1)))) / d.esd;
    layer_square += pull * pull;
  }, few_parameters());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  REQUIRE(order.size() == count);
  CHECK(std::is_sorted(order.begin(), order.end()));
  // 300 pulls of deviation 1: their mean scatters by 0.06, their deviation by 0.04; of the 100 of the interslab by 0.07.
  MESSAGE("pulls: mean " << sum / 300 << ", deviation " << std::sqrt(square / 300) << ", of the interslab " << std::sqrt(layer_square / count)
                         << "; " << 1e3 * seconds / count << " ms per pattern");
  CHECK(std::abs(sum / 300) < 0.25);
  CHECK(std::abs(std::sqrt(square / 300) - 1) < 0.15);
  CHECK(std::abs(std::sqrt(layer_square / count) - 1) < 0.3);
}

TEST_CASE("forward, backward and from an anchor a series comes to the same values") {
  constexpr std::size_t count = 12;
  Random random(3);
  std::vector<PowderPattern> patterns;
  for (std::size_t i = 0; i < count; ++i) patterns.push_back(noisy_pattern(drifted(0.02 * static_cast<double>(i)), synthetic_grid(), random));
  const auto source = [&](std::size_t i) -> Result<PowderPattern> { return patterns[i]; };
  const auto forward = run_of(synthetic_model(), count, source, few_parameters());
  for (const std::size_t anchor : {std::size_t{5}, count - 1}) {
    const auto other = run_of(synthetic_model(), count, source, few_parameters(), anchor);
    REQUIRE(other.names == forward.names);
    for (std::size_t i = 0; i < count; ++i) {
      REQUIRE(other.points[i].status == SeriesStatus::refined);
      for (std::size_t k = 0; k < forward.names.size(); ++k)
        CHECK(std::abs(other.points[i].values[k] - forward.points[i].values[k]) < 0.05 * forward.points[i].esd(k));
    }
  }
  CHECK_THROWS_WITH_AS(run_of(synthetic_model(), count, source, few_parameters(), count),
                       "anchor 12 of a series: expected the index of one of its 12 patterns", Error);
}

TEST_CASE("faults of patterns stay with them and the series goes on") {
  constexpr std::size_t count = 12;
  Random random(8);
  const auto truth = [](std::size_t i) { return drifted(0.01 * static_cast<double>(i)); };
  auto blank = synthetic_model();
  blank.phases[0].scale = 0;
  const auto source = [&](std::size_t i) -> Result<PowderPattern> {
    auto pattern = noisy_pattern(i == 8 ? blank : truth(i), synthetic_grid(), random);
    pattern.source = "scan " + std::to_string(i);
    if (i == 0) pattern = select(pattern, {150, 160});
    if (i == 2) return Error("cannot be read", Place{"scan2.xye"});
    if (i == 3) std::fill(pattern.intensity.begin(), pattern.intensity.end(), 0.0);
    if (i == 4) std::swap(pattern.two_theta[100], pattern.two_theta[101]);
    if (i == 5) pattern.intensity[7] = NAN;
    if (i == 6) pattern = select(pattern, {20, 90});
    if (i == 7) pattern = select(pattern, {14.1, 14.2});
    if (i == 9) pattern = noisy_pattern(truth(i), lamella_test::even_grid(14, 0.02, 4000), random);
    return pattern;
  };
  const auto run = run_of(synthetic_model(), count, source, few_parameters());
  const auto& p = run.points;
  CHECK(p[0].status == SeriesStatus::unusable);
  CHECK(noted(p[0], "no points to refine against in scan 0"));
  CHECK(p[2].status == SeriesStatus::unreadable);
  CHECK(p[2].source == "scan2.xye");
  CHECK(noted(p[2], "scan2.xye: cannot be read"));
  CHECK(noted(p[3], "scan 3 has no counts: all 2900 intensities are 0"));
  CHECK(noted(p[4], "scan 4, point 102: expected angles that increase"));
  CHECK(noted(p[5], "scan 5, at 14.2100° 2θ: the intensity is not a number"));
  CHECK(noted(p[6], "other angles than in the first pattern: 2334 points from 20.000° to 89.990° 2θ"));
  CHECK(noted(p[7], "scan 7: expected more than 7 points for as many parameters, got 3"));
  CHECK(noted(p[9], "other angles than in the first pattern: 4000 points"));
  for (const std::size_t i : {2u, 3u, 4u, 5u, 7u}) CHECK_FALSE(p[i].has_values());
  for (const std::size_t i : {3u, 4u, 5u, 7u}) CHECK(p[i].status == SeriesStatus::unusable);
  // A pattern without any peak leaves no trace in the next ones.
  CHECK((p[8].status == SeriesStatus::doubtful || p[8].status == SeriesStatus::not_converged));
  CHECK_FALSE(p[8].notes.empty());
  for (const std::size_t i : {1u, 6u, 9u, 10u, 11u}) {
    CAPTURE(i);
    CHECK(p[i].status == SeriesStatus::refined);
    const auto cell = truth(i).phases[0].crystal.cell;
    CHECK(std::abs(run.value(i, "O3.cell.a") - cell.a) < 5 * run.esd(i, "O3.cell.a"));
    CHECK(std::abs(run.value(i, "O3.cell.c") - cell.c) < 5 * run.esd(i, "O3.cell.c"));
    CHECK(p[i].GoF < 1.1);
  }
}

TEST_CASE("points at the limit of the detector are left out, and patterns out of order are refined all the same") {
  Random random(12);
  const std::array<double, 6> order{0, 0.4, 0.1, 0.5, 0.2, 0.3};
  const auto source = [&](std::size_t i) -> Result<PowderPattern> {
    auto pattern = noisy_pattern(drifted(order[i]), synthetic_grid(), random);
    if (i == 3)
      for (std::size_t k = 0; k < pattern.size(); ++k) {
        pattern.intensity[k] = std::min(pattern.intensity[k], 1200.0);
        pattern.sigma[k] = std::min(pattern.sigma[k], std::sqrt(1200.0));
      }
    return pattern;
  };
  const auto run = run_of(synthetic_model(), order.size(), source, few_parameters());
  for (std::size_t i = 0; i < order.size(); ++i) {
    CAPTURE(i);
    CHECK(run.points[i].status == SeriesStatus::refined);
    CHECK(noted(run.points[i], "saturated: ") == (i == 3));
    CHECK(run.points[i].GoF < 1.1);
    const auto cell = drifted(order[i]).phases[0].crystal.cell;
    CHECK(std::abs(run.value(i, "O3.cell.a") - cell.a) < 5 * run.esd(i, "O3.cell.a"));
    CHECK(std::abs(run.value(i, "O3.cell.c") - cell.c) < 5 * run.esd(i, "O3.cell.c"));
  }
}

TEST_CASE("a pattern seen twice is named") {
  Random random(9);
  const auto pattern = noisy_pattern(synthetic_model(), synthetic_grid(), random);
  const auto run = run_of(synthetic_model(), 2, [&](std::size_t) -> Result<PowderPattern> { return pattern; }, few_parameters());
  CHECK(run.points[0].notes.empty());
  CHECK(noted(run.points[1], "the same counts as synthetic"));
  CHECK(run.points[1].values.size() == run.points[0].values.size());
}

TEST_CASE("where the cell leaps further than a fit can follow the pattern is refined in stages") {
  Random random(21);
  const auto truth = [](std::size_t i) {
    auto m = synthetic_model();
    if (i >= 3) m.phases[0].crystal.cell = hexagonal_cell(2.962 * 1.03, 16.21 * 1.03);
    return m;
  };
  const auto run = run_of(synthetic_model(), 6, [&](std::size_t i) -> Result<PowderPattern> { return noisy_pattern(truth(i), synthetic_grid(), random); },
                          few_parameters());
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(run.points[i].status == (i == 3 ? SeriesStatus::restarted : SeriesStatus::refined));
    const auto cell = truth(i).phases[0].crystal.cell;
    CHECK(std::abs(run.value(i, "O3.cell.a") - cell.a) < 5 * run.esd(i, "O3.cell.a"));
    CHECK(std::abs(run.value(i, "O3.cell.c") - cell.c) < 5 * run.esd(i, "O3.cell.c"));
    CHECK(run.points[i].GoF < 1.1);
  }
  CHECK(noted(run.points[3], "Rwp rose from"));
  CHECK(noted(run.points[3], "refined in stages from synthetic"));
}

TEST_CASE("a pattern that the model does not explain is doubtful and leaves the next ones alone") {
  Random random(34);
  // Of patterns 2 and 3 the sample is another.
  const auto truth = [](std::size_t i) {
    auto m = synthetic_model();
    if (i == 2 || i == 3) m.phases[0].crystal.cell = hexagonal_cell(4.6, 11.0);
    return m;
  };
  const auto run = run_of(synthetic_model(), 6, [&](std::size_t i) -> Result<PowderPattern> {
    auto pattern = noisy_pattern(truth(i), synthetic_grid(), random);
    pattern.source = "scan " + std::to_string(i);
    return pattern;
  }, few_parameters());
  for (const std::size_t i : {2u, 3u}) {
    CAPTURE(i);
    CHECK((run.points[i].status == SeriesStatus::doubtful || run.points[i].status == SeriesStatus::not_converged));
    CHECK_FALSE(run.points[i].notes.empty());
  }
  for (const std::size_t i : {0u, 1u, 4u, 5u}) {
    CAPTURE(i);
    CHECK(run.points[i].status == SeriesStatus::refined);
    CHECK(std::abs(run.value(i, "O3.cell.a") - 2.962) < 5 * run.esd(i, "O3.cell.a"));
    CHECK(std::abs(run.value(i, "O3.cell.c") - 16.21) < 5 * run.esd(i, "O3.cell.c"));
  }
}

TEST_CASE("a phase enters where the data show it and leaves where they do not") {
  Random random(21);
  auto model = synthetic_model();
  model.phases.push_back(model.phases[0]);
  model.phases[1].name = "P3";
  model.phases[1].crystal.cell = hexagonal_cell(2.92, 16.8);
  // Patterns 0-3 are of the first phase alone, 24-27 of the second.
  const auto truth = [&](std::size_t i) {
    auto m = model;
    const double share = std::clamp((static_cast<double>(i) - 3) / 21, 0.0, 1.0);
    m.phases[0].scale = 0.0015 * (1 - share);
    m.phases[1].scale = 0.0015 * share;
    m.phases[0].crystal.cell = hexagonal_cell(2.962 - 0.0002 * static_cast<double>(i), 16.21 + 0.003 * static_cast<double>(i));
    m.phases[1].crystal.cell = hexagonal_cell(2.92, 16.8 + 0.002 * static_cast<double>(i));
    return m;
  };
  auto options = few_parameters();
  options.refinement.fix.insert(options.refinement.fix.end(), {"P3.size", "P3.strain", "P3.*.Uiso", "P3.O1.z"});
  const auto run = run_of(model, 28, [&](std::size_t i) -> Result<PowderPattern> { return noisy_pattern(truth(i), synthetic_grid(), random); }, options);
  double square = 0;
  int pulls = 0;
  for (std::size_t i = 0; i < 28; ++i) {
    CAPTURE(i);
    const auto& point = run.points[i];
    REQUIRE(point.status == SeriesStatus::refined);
    CHECK(point.GoF < 1.1);
    CHECK(point.present == std::vector<bool>{i < 24, i > 3});
    for (std::size_t p = 0; p < 2; ++p) {
      const std::string name = model.phases[p].name;
      if (!point.present[p]) {
        CHECK(run.esd(i, name + ".cell.a") == 0);
        CHECK(run.value(i, name + ".scale") < 5 * run.esd(i, name + ".scale"));
        continue;
      }
      const auto exact = truth(i);
      const auto& cell = exact.phases[p].crystal.cell;
      for (const auto& [parameter, value] : {std::pair{".cell.a", cell.a}, {".cell.c", cell.c}, {".scale", exact.phases[p].scale}}) {
        const double pull = (run.value(i, name + parameter) - value) / run.esd(i, name + parameter);
        CHECK(std::abs(pull) < 5);
        square += pull * pull;
        ++pulls;
      }
    }
  }
  REQUIRE(pulls == 144);
  MESSAGE("deviation of the pulls of cells and scales: " << std::sqrt(square / pulls));
  CHECK(std::abs(std::sqrt(square / pulls) - 1) < 0.24);  // of 144 it scatters by 0.06
  CHECK(noted(run.points[0], "phase P3 leaves: its scale is"));
  CHECK(noted(run.points[4], "phase P3 enters: its scale is"));
  CHECK(noted(run.points[24], "phase O3 leaves: its scale is"));
}

namespace {

/// O3-NaCrO2 in its cell: the whole scale one degree high, platelets lying flat.
PowderModel<> charged_model() {
  auto model = lamella_test::nacro2_model();
  model.instrument.zero = 1;
  model.background.coefficients.assign(12, 0.0);
  model.phases[0].preferred_orientation = MarchDollase<double>{{0, 0, 1}, 1};
  return model;
}

SeriesOptions<> charged_options(const PowderModel<>& model) {
  SeriesOptions<> options;
  options.refinement.plan = default_plan(model.diffractometer);
  for (auto& stage : options.refinement.plan)
    std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
  // Texture, window and electrolyte leave the intensities little to say about heights and displacement parameters.
  options.refinement.fix = {"O3.*.Uiso", "O3.O1.z", "O3.size"};
  return options;
}

Result<PowderPattern> charged_pattern(std::size_t i) {
  const auto scan = lamella_test::read_xye("powder/o3_nacro2_insitu/Scan_C" + std::to_string(i + 1) + ".xye");
  return select(scan, {13, 83}, {{45.5, 47.8}, {49.8, 57.0}, {71.2, 73.2}});  // beryllium
}

}  // namespace

TEST_CASE("data: O3-NaCrO2 during charge, one degree off in 2theta") {
  const auto model = charged_model();
  const auto started = std::chrono::steady_clock::now();
  const auto run = run_of(model, 8, charged_pattern, charged_options(model));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const auto reference = lamella_test::read_json("powder/o3_nacro2_insitu/refs.json")["scans"];
  for (const std::size_t scan : {1u, 3u, 5u, 8u}) {
    CAPTURE(scan);
    const auto& r = reference[std::to_string(scan)];
    const double a = run.value(scan - 1, "O3.cell.a"), c = run.value(scan - 1, "O3.cell.c");
    CHECK(std::abs(a - r["a"].get<double>()) < 0.003);
    CHECK(std::abs(c - r["c"].get<double>()) < 0.01);
    CHECK(std::abs(run.value(scan - 1, "pattern.zero") - 1) < 0.03);
    MESSAGE("scan " << scan << ": a " << to_string(Measured{a, run.esd(scan - 1, "O3.cell.a")}) << " (" << r["a"].get<double>() << "), c "
                    << to_string(Measured{c, run.esd(scan - 1, "O3.cell.c")}) << " (" << r["c"].get<double>() << "), Rwp "
                    << run.points[scan - 1].Rwp);
  }
  // Nothing happens up to scan 5; then a shrinks and c grows.
  for (std::size_t i = 0; i < 8; ++i) CHECK(run.points[i].status == SeriesStatus::refined);
  for (std::size_t i = 1; i < 5; ++i) CHECK(std::abs(run.value(i, "O3.cell.a") - run.value(0, "O3.cell.a")) < 3e-4);
  for (std::size_t i = 5; i < 8; ++i) {
    CHECK(run.value(i, "O3.cell.a") < run.value(4, "O3.cell.a") - 3e-4);
    CHECK(run.value(i, "O3.cell.c") > run.value(4, "O3.cell.c") + 0.002);
  }
  MESSAGE("in all " << 1e3 * seconds / 8 << " ms per pattern, the first in stages, reading included");
}

TEST_CASE("data: a second phase is let in at scan 8 of O3-NaCrO2 during charge, with its own c") {
  auto model = charged_model();
  model.phases[0].preferred_orientation->r = 0.6;
  model.phases.push_back(model.phases[0]);
  model.phases[1].name = "expanded";
  model.phases[1].crystal.cell = hexagonal_cell(2.95, 16.45);
  auto options = charged_options(model);
  // Little more than one line: its place and its height.
  options.refinement.fix.insert(options.refinement.fix.end(), {"expanded.cell.a", "expanded.size", "expanded.strain", "expanded.preferred_orientation.r",
                                                               "expanded.*.Uiso", "expanded.O1.z"});
  const auto run = run_of(model, 8, charged_pattern, options);
  for (std::size_t i = 0; i < 7; ++i) CHECK(run.points[i].present == std::vector<bool>{true, false});
  CHECK(run.points[7].present == std::vector<bool>{true, true});
  // 16.40 to 16.41 Å from both orders of the line in differences of scans.
  CHECK(std::abs(run.value(7, "expanded.cell.c") - 16.405) < 0.03);
  MESSAGE("c of the second phase: " << to_string(Measured{run.value(7, "expanded.cell.c"), run.esd(7, "expanded.cell.c")}));
  for (const auto& note : run.points[7].notes) MESSAGE(note);
}

TEST_CASE("data: a cubic spinel through charge and discharge") {
  const auto patterns = lamella_test::spinel_patterns();
  const auto source = [&](std::size_t i) -> Result<PowderPattern> { return patterns[i]; };
  const auto started = std::chrono::steady_clock::now();
  const auto run = run_of(lamella_test::spinel_model(), 100, source, lamella_test::spinel_options());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  std::vector<double> a;
  for (std::size_t i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(run.points[i].status == SeriesStatus::refined);
    CHECK(run.points[i].GoF < 1.2);
    a.push_back(run.value(i, "spinel.cell.a"));
  }
  const auto least = static_cast<std::size_t>(std::min_element(a.begin(), a.end()) - a.begin());
  MESSAGE("a " << a[0] << ", " << a[46] << " at the end of charge, " << a[99] << "; least in pattern " << least + 1 << "; "
               << 10 * seconds << " ms per pattern");
  CHECK(std::abs(a[0] - 8.274) < 0.005);
  CHECK(std::abs(a[46] - 8.180) < 0.005);
  CHECK(std::abs(a[99] - 8.276) < 0.005);
  CHECK(least + 1 >= 47);
  CHECK(least + 1 <= 48);
  // The change, of which a constant displacement is no part, by the (220) line fitted alone: 0.0901 and 0.0916 Å.
  CHECK(std::abs(a[0] - a[46] - 0.0901) < 0.005);
  CHECK(std::abs(a[99] - a[46] - 0.0916) < 0.005);
}
