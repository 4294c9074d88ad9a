// Phases that a series finds by itself, and a zero that nobody told it.
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/foreign_phases.hpp>
#include <lamella/refine/phase_candidates.hpp>
#include <lamella/refine/series.hpp>
#include <lamella/refine/zero_search.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "nacro2.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_model;

namespace {

/// O3-NaCrO2 in its cell, nothing known of the zero, platelets lying flat.
PowderModel<> charged_model() {
  auto model = lamella_test::nacro2_model();
  model.background.coefficients.assign(12, 0.0);
  model.phases[0].preferred_orientation = MarchDollase<double>{{0, 0, 1}, 1};
  return model;
}

}  // namespace

TEST_CASE("a zero of up to two degrees is found, one that is right is kept") {
  Random random(2);
  for (const double zero : {-1.9, -0.7, 0.0, 1.0, 2.0}) {
    CAPTURE(zero);
    auto truth = synthetic_model();
    truth.instrument.zero = zero;
    const auto pattern = noisy_pattern(truth, lamella_test::even_grid(14, 0.05, 1500), random);
    auto start = synthetic_model();
    start.phases[0].crystal.cell = hexagonal_cell(2.962 * 1.002, 16.21 * 0.997);
    const auto zeros = likely_zeros(start, pattern, 2.2);
    REQUIRE_FALSE(zeros.empty());
    if (zero != 0) CHECK(std::abs(zeros[0] - zero) < 0.15);
    SeriesOptions<> options;
    options.zero_search = 2.2;
    options.refinement.plan = default_plan(start.diffractometer);
    for (auto& stage : options.refinement.plan)
      std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
    options.refinement.fix = {"pattern.W", "pattern.asymmetry", "*.size", "*.strain", "*.*.Uiso"};
    SeriesRefiner<> refiner(start, options);
    const auto point = refiner.refine(pattern);
    CHECK(point.status == SeriesStatus::refined);
    CHECK(std::abs(refiner.model().instrument.zero - zero) < 0.01);
    CHECK(std::abs(refiner.model().phases[0].crystal.cell.c - 16.21) < 0.01);
  }
  CHECK_THROWS_WITH_AS(likely_zeros(synthetic_model(), noisy_pattern(synthetic_model(), lamella_test::even_grid(14, 0.05, 1500), random), 0),
                       "search for the zero within 0.00°: expected above 0° and at most 10°", Error);
}

TEST_CASE("data: O3-NaCrO2 during charge, neither the zero nor the second phase given") {
  auto model = charged_model();
  SeriesOptions<> options;
  options.zero_search = 2;
  options.refinement.plan = default_plan(model.diffractometer);
  for (auto& stage : options.refinement.plan)
    std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
  // Texture, window and electrolyte leave the intensities little to say about heights and displacement parameters.
  options.refinement.fix = {"*.*.Uiso", "*.*.z", "*.size"};
  offer_candidates({"P'3", "O'3", "P3", "O1"}, 0, model, options);
  SeriesRefiner<> refiner(model, options);
  const auto number = [&](const std::string& name) {
    const auto found = std::find_if(refiner.free().begin(), refiner.free().end(), [&](const auto& f) { return f.name == name; });
    REQUIRE(found != refiner.free().end());
    return static_cast<std::size_t>(found - refiner.free().begin());
  };
  const auto reference = lamella_test::read_json("powder/o3_nacro2_insitu/refs.json")["scans"];
  std::vector<double> a, c;
  for (std::size_t scan = 1; scan <= 8; ++scan) {
    CAPTURE(scan);
    const auto read = lamella_test::read_xye("powder/o3_nacro2_insitu/Scan_C" + std::to_string(scan) + ".xye");
    const auto point = refiner.refine(select(read, {13, 83}, {{45.5, 47.8}, {49.8, 57.0}, {71.2, 73.2}}));  // beryllium
    CHECK(point.status == SeriesStatus::refined);
    a.push_back(point.values[number("O3.cell.a")]);
    c.push_back(point.values[number("O3.cell.c")]);
    for (const auto& note : point.notes) MESSAGE("scan " << scan << ": " << note);
    MESSAGE("scan " << scan << ": a " << a.back() << ", c " << c.back() << ", zero " << refiner.model().instrument.zero << ", Rwp " << point.Rwp << ", cycles " << point.cycles);
    CHECK(std::abs(refiner.model().instrument.zero - 1) < 0.03);
    if (reference.contains(std::to_string(scan))) {
      const auto& r = reference[std::to_string(scan)];
      CHECK(std::abs(a.back() - r["a"].get<double>()) < 0.003);
      CHECK(std::abs(c.back() - r["c"].get<double>()) < 0.01);
    }
    const auto others = std::count(point.present.begin() + 1, point.present.end(), true);
    CHECK(point.present[0]);
    if (scan < 6) CHECK(others == 0);
    if (scan == 8) {
      REQUIRE(others == 1);
      const auto p = static_cast<std::size_t>(std::find(point.present.begin() + 1, point.present.end(), true) - point.present.begin());
      // The layer repeat of c = 16.40 to 16.41 Å in both orders of its line in differences of scans.
      const double repeat = options.candidates[p - 1].spacing(refiner.model().phases[p]);
      MESSAGE(refiner.model().phases[p].name << ": c of three layers " << 3 * repeat);
      CHECK(std::abs(3 * repeat - 16.405) < 0.04);
    }
  }
  // Nothing happens up to scan 5; then a shrinks and c grows.
  for (std::size_t i = 1; i < 5; ++i) CHECK(std::abs(a[i] - a[0]) < 3e-4);
  for (std::size_t i = 5; i < 8; ++i) {
    CHECK(a[i] < a[4] - 3e-4);
    CHECK(c[i] > c[4] + 0.002);
  }
}

TEST_CASE("data: the beryllium window as a phase of its own instead of excluded ranges") {
  auto model = charged_model();
  model.instrument.zero = 1;
  const auto scan = select(lamella_test::read_xye("powder/o3_nacro2_insitu/Scan_C1.xye"), {13, 83});
  add_foreign_phase("Be", scan, model);
  RefinementOptions<> options;
  options.plan = default_plan(model.diffractometer);
  for (auto& stage : options.plan)
    std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
  options.fix = {"O3.*.Uiso", "O3.O1.z", "O3.size"};
  const auto fit = refine(model, scan, options);
  const auto &o3 = fit.model.phases[0].crystal.cell, &be = fit.model.phases[1].crystal.cell;
  MESSAGE("a " << o3.a << ", c " << o3.c << ", Be a " << be.a << ", c " << be.c << ", Rwp " << fit.agreement.Rwp << ", zero " << fit.model.instrument.zero);
  CHECK(std::abs(o3.a - 2.9746) < 0.003);
  CHECK(std::abs(o3.c - 15.954) < 0.01);
  // The window lies outside the plane of the sample: its lines are up to 0.1° further up.
  CHECK(std::abs(be.a - 2.2858) < 0.01);
  CHECK(std::abs(be.c - 3.5843) < 0.015);
}

TEST_CASE("metals of cells are known by name") {
  const auto d111 = [](const char* name) { return d_spacing(foreign_structure(name).cell, {1, 1, 1}); };
  CHECK(d111("Al") == doctest::Approx(2.338).epsilon(1e-3));
  CHECK(d111("Cu") == doctest::Approx(2.087).epsilon(1e-3));
  CHECK(d_spacing(foreign_structure("Fe").cell, {1, 1, 0}) == doctest::Approx(2.0268).epsilon(1e-3));
  CHECK(d_spacing(foreign_structure("Be").cell, {1, 0, 1}) == doctest::Approx(1.7328).epsilon(1e-3));
  CHECK_THROWS_WITH_AS(foreign_structure("W"), "metal of a cell \"W\": expected one of Be, Al, Cu, Fe", Error);
  Random random(2);
  auto model = synthetic_model();
  const auto pattern = noisy_pattern(model, lamella_test::even_grid(14, 0.05, 1500), random);
  add_foreign_phase("Al", pattern, model);
  CHECK_THROWS_WITH_AS(add_foreign_phase("Al", pattern, model), "two phases are called Al, expected different names", Error);
}
