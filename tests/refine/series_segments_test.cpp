// Segments of a series: the same numbers from any number of threads, near those of a series without segments, and after an interruption.
#include <lamella/core/executor.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/series.hpp>
#include <lamella/refine/series_segments.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_model;

namespace {

constexpr std::size_t count = 20;

/// A cell that breathes: by 0.6 % in a, 1.2 % in c.
PowderModel<> drifted(std::size_t i) {
  const double t = static_cast<double>(i) / (count - 1);
  PowderModel<> m = synthetic_model();
  m.phases[0].crystal.cell = hexagonal_cell(2.962 * (1 - 0.006 * t), 16.21 * (1 + 0.012 * t));
  return m;
}

/// Scale, background, cell and oxygen height.
SeriesOptions<> few_parameters() {
  SeriesOptions<> options;
  options.refinement.plan = default_plan(synthetic_model().diffractometer);
  options.refinement.fix = {"pattern.W", "pattern.asymmetry", "pattern.displacement", "O3.size", "O3.strain", "O3.*.Uiso"};
  return options;
}

const std::vector<PowderPattern>& patterns() {
  static const std::vector<PowderPattern> made = [] {
    Random random(31);
    std::vector<PowderPattern> list;
    for (std::size_t i = 0; i < count; ++i) {
      list.push_back(noisy_pattern(drifted(i), even_grid(14, 0.06, 1400), random));
      list.back().source = "scan " + std::to_string(i);
    }
    return list;
  }();
  return made;
}
const auto source = [](std::size_t i) -> Result<PowderPattern> { return patterns()[i]; };

std::vector<SeriesPoint> in_segments(const SegmentOptions& division, const Executor& executor = SerialExecutor{}, const std::vector<SeriesCheckpoint>& from = {},
                                     const std::function<Result<PowderPattern>(std::size_t)>& read = source) {
  std::vector<SeriesPoint> points(count);
  refine_segments<Structure<double>>(synthetic_model(), count, read, [&](const SeriesPoint& point, const SeriesRefiner<>&) { points[point.index] = point; },
                                     few_parameters(), division, executor, from);
  return points;
}

bool same(const SeriesPoint& a, const SeriesPoint& b) {
  return a.index == b.index && a.source == b.source && a.status == b.status && a.Rwp == b.Rwp && a.GoF == b.GoF && a.cycles == b.cycles && a.values == b.values &&
         a.covariance == b.covariance && a.present == b.present && a.notes == b.notes;
}
bool same(const std::vector<SeriesPoint>& a, const std::vector<SeriesPoint>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return same(x, y); });
}

}  // namespace

TEST_CASE("segments give the same bits on any number of threads") {
  const SegmentOptions division{.length = 6};
  CHECK(division.segments(count) == 4);
  const auto serial = in_segments(division);
  for (const auto& point : serial) CHECK(point.has_values());
  for (const std::size_t threads : {1U, 2U, 3U}) CHECK(same(in_segments(division, ThreadExecutor(threads)), serial));
  const Executor backwards = [](std::size_t tasks, const auto& task) {
    while (tasks-- > 0) task(tasks);
  };
  CHECK(same(in_segments(division, backwards), serial));
}

TEST_CASE("segments end where a series without them ends, wherever they start") {
  std::vector<SeriesPoint> whole;
  refine_series<Structure<double>>(synthetic_model(), count, source, [&](const SeriesPoint& point, const SeriesRefiner<>&) { whole.push_back(point); }, few_parameters());
  for (const SegmentOptions& division : {SegmentOptions{.length = 1}, SegmentOptions{.length = 7, .anchors = {10}}, SegmentOptions{.length = 5, .anchors = {0, 19}},
                                         SegmentOptions{.length = 64}}) {
    CAPTURE(division.length);
    const auto points = in_segments(division);
    for (std::size_t i = 0; i < count; ++i) {
      CAPTURE(i);
      REQUIRE(points[i].has_values());
      CHECK(points[i].index == i);
      // What is left of where a fit started: it ends when no parameter moves by more than a hundredth of its esd.
      for (std::size_t k = 0; k < whole[i].values.size(); ++k) CHECK(std::abs(points[i].values[k] - whole[i].values[k]) < 0.05 * whole[i].esd(k));
    }
  }
}

TEST_CASE("an interrupted series goes on segment by segment to the same bits") {
  const SegmentOptions division{.length = 6};
  std::vector<SeriesPoint> points(count);
  std::vector<SeriesCheckpoint> last(4);
  std::size_t visited = 0;
  struct Interrupted {};
  const auto visit = [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    if (visited == 9) throw Interrupted{};
    ++visited;
    points[point.index] = point;
    last[point.index / division.length] = refiner.checkpoint();
  };
  const ThreadExecutor two(2);
  CHECK_THROWS_AS(refine_segments<Structure<double>>(synthetic_model(), count, source, visit, few_parameters(), division, two), Interrupted);
  CHECK(visited == 9);
  std::set<std::size_t> again;
  refine_segments<Structure<double>>(synthetic_model(), count, source, [&](const SeriesPoint& point, const SeriesRefiner<>&) {
    points[point.index] = point;
    again.insert(point.index);
  }, few_parameters(), division, two, last);
  CHECK(again.size() == count - 9);
  CHECK(same(points, in_segments(division)));
}

TEST_CASE("faults stay with their pattern, also where they begin a segment or are an anchor") {
  const auto read = [](std::size_t i) -> Result<PowderPattern> {
    if (i == 0) return Error("cannot be read", Place{"scan0.xye"});
    auto pattern = patterns()[i == 12 ? 11 : i];  // the last of a segment twice
    if (i == 6) pattern.intensity[10] = NAN;
    return pattern;
  };
  const SegmentOptions division{.length = 6, .anchors = {0, 6}};
  const auto points = in_segments(division, ThreadExecutor(2), {}, read);
  CHECK(points[0].status == SeriesStatus::unreadable);
  CHECK(points[6].status == SeriesStatus::unusable);
  REQUIRE(points[12].notes.size() == 1);
  CHECK(points[12].notes[0] == "the same counts as scan 11");
  for (std::size_t i = 1; i < count; ++i)
    if (i != 6) CHECK(points[i].status == SeriesStatus::refined);
  CHECK(same(points, in_segments(division, {SerialExecutor{}}, {}, read)));
  const auto nothing = [](std::size_t) -> Result<PowderPattern> { return Error("gone"); };
  for (const auto& point : in_segments(division, SerialExecutor{}, {}, nothing)) CHECK(point.status == SeriesStatus::unreadable);
}

TEST_CASE("a division that is none is refused") {
  CHECK_THROWS_WITH_AS(in_segments({.length = 0}), "segments of a series: expected a length of at least 1 pattern", Error);
  CHECK_THROWS_WITH_AS(in_segments({.length = 5, .anchors = {}}), "segments of a series: expected at least one anchor", Error);
  CHECK_THROWS_WITH_AS(in_segments({.length = 5, .anchors = {20}}), "anchor 20 of a series: expected the index of one of its 20 patterns", Error);
}
