// A series that is interrupted goes on as if it had never stopped: all doubles alike, to the last bit.
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/free_intensities.hpp>
#include <lamella/refine/phase_candidates.hpp>
#include <lamella/refine/series.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "synthetic_pattern.hpp"
#include "synthetic_run.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_model;

namespace {

SeriesOptions<> few_parameters() {
  SeriesOptions<> options;
  options.refinement.fix = {"pattern.W", "pattern.asymmetry", "*.size", "*.strain", "*.*.Uiso", "P3.O1.z", "Al.O1.z"};
  return options;
}

/// Two phases of which the second comes at pattern 7.
PowderModel<> two_phases() {
  auto model = synthetic_model();
  model.phases.push_back(model.phases[0]);
  model.phases[1].name = "P3";
  model.phases[1].crystal.cell = hexagonal_cell(2.92, 16.8);
  return model;
}

/// Everything that can go wrong, and a cell that drifts far enough for the reflections to be listed anew.
std::vector<Result<PowderPattern>> faulty_patterns() {
  Random random(17);
  std::vector<Result<PowderPattern>> patterns;
  for (std::size_t i = 0; i < 13; ++i) {
    auto truth = two_phases();
    const double t = static_cast<double>(i);
    truth.phases[0].crystal.cell = hexagonal_cell(2.962 - 0.002 * t, 16.21 + 0.015 * t);
    truth.phases[1].scale = i < 7 ? 0 : 0.0006;
    if (i == 5) truth.phases[0].crystal.cell = hexagonal_cell(4.6, 11.0);                                  // another sample
    if (i >= 10) truth.phases[0].crystal.cell = hexagonal_cell(2.95 * 1.03, 16.3 * 1.03);                  // a leap
    auto pattern = noisy_pattern(truth, i == 8 ? even_grid(15, 0.07, 1000) : even_grid(14, 0.06, 1100), random);
    pattern.source = "scan " + std::to_string(i);
    if (i == 0) pattern = select(pattern, {79, 81});                                                       // nothing to begin with
    if (i == 3) std::fill(pattern.intensity.begin(), pattern.intensity.end(), 0.0);
    if (i == 11) pattern.intensity = patterns.back().value().intensity;
    if (i == 4)
      patterns.emplace_back(Error("cannot be read", Place{"scan4.xye"}));
    else
      patterns.emplace_back(std::move(pattern));
  }
  return patterns;
}

/// All that a program keeps of a pattern.
struct Kept {
  SeriesPoint point;
  std::vector<double> model;
};

bool same(const Kept& a, const Kept& b) {
  const auto &p = a.point, &q = b.point;
  return p.index == q.index && p.source == q.source && p.status == q.status && p.Rwp == q.Rwp && p.GoF == q.GoF && p.cycles == q.cycles &&
         p.values == q.values && p.covariance.rows() == q.covariance.rows() && (p.covariance.array() == q.covariance.array()).all() &&
         p.present == q.present && p.notes == q.notes && a.model == b.model;
}

/// Runs a series without a pause and, interrupted after every pattern, the rest of it.
void compare(const PowderModel<>& model, const std::vector<Result<PowderPattern>>& patterns, const SeriesOptions<>& options, std::size_t anchor) {
  const auto source = [&](std::size_t i) { return patterns[i]; };
  std::vector<Kept> whole;
  std::vector<SeriesCheckpoint> checkpoints;
  refine_series(model, patterns.size(), source, [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    whole.push_back({point, parameter_values(refiner.model())});
    checkpoints.push_back(refiner.checkpoint());
  }, options, anchor);
  REQUIRE(whole.size() == patterns.size());
  for (std::size_t stop = 0; stop + 1 < patterns.size(); ++stop) {
    CAPTURE(stop);
    CHECK(checkpoints[stop].done == stop + 1);
    // Another start of the same topology: all numbers come from the checkpoint. One pattern on, then interrupted again.
    auto other = model;
    other.phases[0].scale = 12;
    other.instrument.displacement = 0.1;
    std::size_t n = stop + 1;
    SeriesCheckpoint next;
    struct Interrupted {};
    try {
      refine_series(other, patterns.size(), source, [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
        CHECK(same({point, parameter_values(refiner.model())}, whole[n]));
        next = refiner.checkpoint();
        CHECK(next == checkpoints[n]);
        if (++n == stop + 3) throw Interrupted{};
      }, options, anchor, checkpoints[stop]);
    } catch (const Interrupted&) {
    }
    if (stop % 4 != 0) continue;
    refine_series(other, patterns.size(), source, [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
      CHECK(same({point, parameter_values(refiner.model())}, whole[n++]));
    }, options, anchor, next);
    CHECK(n == patterns.size());
  }
}

}  // namespace

TEST_CASE("interrupted after any pattern a faulty series goes on to the same bits") {
  const auto patterns = faulty_patterns();
  compare(two_phases(), patterns, few_parameters(), 0);
}

TEST_CASE("from an anchor in the middle as well, with a parameter that is held after the first pattern") {
  auto options = few_parameters();
  options.hold_after_first = {"pattern.displacement"};
  compare(two_phases(), faulty_patterns(), options, 6);
}

TEST_CASE("what is carried from pattern to pattern is kept as well") {
  auto options = few_parameters();
  options.carried = {{"pattern.displacement"}, {"pattern.zero"}, {"*.cell.*", 0.02}};
  auto patterns = faulty_patterns();
  patterns.erase(patterns.begin() + 7, patterns.end());
  patterns.erase(patterns.begin() + 5);  // another sample: much work, and nothing to carry
  compare(two_phases(), patterns, options, 2);
}

TEST_CASE("intensities without a structure are kept as well") {
  auto patterns = faulty_patterns();
  patterns.erase(patterns.begin());
  auto model = synthetic_model();
  free_intensities(model, 0, IntensityModel::le_bail, patterns[0].value());
  auto options = few_parameters();
  options.refinement.fix.push_back("pattern.displacement");
  compare(model, patterns, options, 0);
}

TEST_CASE("a candidate that comes, grows up and goes is kept as well") {
  const lamella_test::SyntheticRun run(lamella_test::synthetic_nfm(), 60, 1, 4, 1000);
  auto model = run.model();
  model.phases.resize(1);
  SeriesOptions<> options;
  options.refinement.plan = default_plan(model.diffractometer);
  options.refinement.fix = {"pattern.W", "pattern.asymmetry", "*.size", "*.strain", "*.*.Uiso"};
  offer_candidates({"P3"}, 0, model, options);
  std::vector<Result<PowderPattern>> patterns;
  for (std::size_t i = 8; i < 53; i += i == 16 ? 28 : 1) patterns.emplace_back(run.pattern(i));  // the middle is P3 alone, and is left out
  std::size_t young = 0, grown = 0;
  refine_series(model, patterns.size(), [&](std::size_t i) { return patterns[i]; }, [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    if (point.has_values() && point.present[1]) ++(refiner.state().young[1] ? young : grown);
  }, options);
  CHECK(young + grown > 3);
  CHECK(grown > 0);
  compare(model, patterns, options, 0);
}

TEST_CASE("a checkpoint of another series is refused and changes nothing") {
  Random random(3);
  const auto pattern = noisy_pattern(synthetic_model(), even_grid(14, 0.06, 1100), random);
  SeriesRefiner<> refiner(synthetic_model(), few_parameters());
  refiner.refine(pattern);
  const auto before = refiner.checkpoint();

  SeriesRefiner<> two(two_phases(), few_parameters());
  CHECK_THROWS_WITH_AS(two.restore(before), doctest::Contains("expected 67 parameters and 0 intensities, got 41 and 0"), Error);
  auto options = few_parameters();
  options.refinement.fix.push_back("O3.O1.z");
  SeriesRefiner<> fewer(synthetic_model(), options);
  const auto empty = fewer.checkpoint();
  CHECK_THROWS_WITH_AS(fewer.restore(before), doctest::Contains("O3.O1.z is not free here"), Error);
  CHECK(fewer.checkpoint() == empty);
  CHECK_FALSE(fewer.started());
  auto broken = before;
  broken.last_good.present.clear();
  CHECK_THROWS_WITH_AS(refiner.restore(broken), "checkpoint of a series with 0 phases, expected the 1 of this model", Error);
  broken = before;
  broken.last_good.carried.names = {"O3.cell.a"};
  CHECK_THROWS_WITH_AS(refiner.restore(broken), doctest::Contains("carries 1 parameters: expected as many values and 1 elements of their covariance, got 0 and 0"), Error);
  CHECK(refiner.checkpoint() == before);
}
