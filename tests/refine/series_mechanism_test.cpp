// Mechanisms: made runs whose truth is known, a measured solid solution, and records that say nothing.
#include <lamella/refine/series_mechanism.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "made_record.hpp"

using namespace lamella;
using lamella_test::made_record, lamella_test::MadeRun, lamella_test::Random;

namespace {

/// A record of one phase whose edge a is given.
SeriesRecord one_phase(const std::vector<Measured>& a) {
  SeriesRecord record{.phases = {{.name = "spinel", .stacking = "", .formula_units = 8, .slabs = 1}}, .patterns = {}};
  for (std::size_t i = 0; i < a.size(); ++i) {
    record.patterns.push_back({.index = i, .usable = true});
    record.patterns.back().phases = {{.present = true, .a = a[i], .c = a[i], .weight_fraction = {1, 0}}};
  }
  return record;
}

}  // namespace

TEST_CASE("O3 → P3 → O3: solid solutions, and two-phase reactions that start and end within two patterns") {
  Random random(101);
  const MadeRun run;
  int transitions = 0;
  double pulls = 0;
  for (int t = 0; t < 20; ++t) {
    CAPTURE(t);
    const auto intervals = mechanisms(made_record(run, random));
    std::vector<const SeriesInterval*> reactions;
    for (const auto& interval : intervals) {
      CAPTURE(interval.evidence);
      if (interval.mechanism == Mechanism::two_phase) reactions.push_back(&interval);
      else if (interval.last - interval.first > 8) CHECK(interval.mechanism == Mechanism::solid_solution);
    }
    REQUIRE(reactions.size() == 2);
    for (const bool back : {false, true}) {
      REQUIRE(reactions[back]->transition);
      const auto& transition = *reactions[back]->transition;
      const double start = back ? run.place_back(run.ends) : run.place_of(run.begins), end = back ? run.place_back(run.begins) : run.place_of(run.ends);
      CHECK(transition.from == (back ? 1 : 0));
      CHECK(transition.to == (back ? 0 : 1));
      CHECK(transition.starts);
      CHECK(transition.ends);
      CHECK(std::abs(transition.start.value - start) < 2);
      CHECK(std::abs(transition.end.value - end) < 2);
      pulls += std::pow((transition.start.value - start) / transition.start.esd, 2) + std::pow((transition.end.value - end) / transition.end.esd, 2);
      transitions += 2;
      CHECK(std::abs(static_cast<double>(reactions[back]->first) - start) <= 3);
      CHECK(std::abs(static_cast<double>(reactions[back]->last) - end) <= 3);
    }
  }
  CHECK(std::sqrt(pulls / transitions) == doctest::Approx(1).scale(0).epsilon(0.25));
}

TEST_CASE("the same by time, with a tenth of the patterns lost and esds that are three times too small") {
  Random random(7);
  MadeRun run;
  auto record = made_record(run, random);
  for (auto& pattern : record.patterns) {
    pattern.x.reset();
    for (auto& phase : pattern.phases)
      for (auto* m : {&phase.a, &phase.c, &phase.weight_fraction}) m->esd /= 3;
    if (random.uniform() < 0.1) {
      pattern.usable = false;
      pattern.phases.clear();
    }
  }
  std::size_t reactions = 0;
  for (const auto& interval : mechanisms(record)) {
    if (interval.mechanism != Mechanism::two_phase) continue;
    ++reactions;
    REQUIRE(interval.transition);
    const double start = reactions == 2 ? run.place_back(run.ends) : run.place_of(run.begins);
    CHECK(std::abs(interval.transition->start.value - start) < 2);
  }
  CHECK(reactions == 2);
}

TEST_CASE("a reaction that turns back before its end says so") {
  Random random(9);
  MadeRun run;
  run.empty = 0.66;  // 60 % of the way
  const auto intervals = mechanisms(made_record(run, random));
  std::size_t reactions = 0;
  for (const auto& interval : intervals) {
    if (interval.mechanism != Mechanism::two_phase) continue;
    REQUIRE(interval.transition);
    ++reactions;
    CHECK(interval.transition->starts == (reactions == 1));
    CHECK(interval.transition->ends == (reactions == 2));
  }
  CHECK(reactions == 2);
}

TEST_CASE("one cell that moves is a solid solution, one that stays is undecided") {
  Random random(3);
  std::vector<Measured> moving, still;
  for (int i = 0; i < 40; ++i) {
    moving.push_back({2.95 - 1e-3 * i + 1e-3 * random.normal(), 1e-3});
    still.push_back({2.95 + 1e-3 * random.normal(), 1e-3});
  }
  const auto solid = compare_mechanisms(one_phase(moving), 0, 39);
  CHECK(solid.mechanism == Mechanism::solid_solution);
  CHECK(solid.values == 40);
  // By hand: a line has two parameters and χ² about 38; a constant misses by Σ (1e-3 (i − 19.5))²/σ² = 5330 more.
  CHECK(solid.nothing.chi_square - solid.solid_solution.chi_square == doctest::Approx(5330).scale(0).epsilon(0.1));
  CHECK(solid.solid_solution.parameters == 2);
  const auto nothing = compare_mechanisms(one_phase(still), 0, 39);
  CHECK(nothing.mechanism == Mechanism::undecided);
  CHECK(nothing.evidence.find("too little") != std::string::npos);
}

TEST_CASE("two cells that move while they exchange their fractions are undecided") {
  Random random(31);
  MadeRun run;
  run.begins = 0.99;
  run.ends = 0.41;
  auto record = made_record(run, random);
  record.patterns.resize(100);
  for (std::size_t i = 0; i < 100; ++i)
    for (auto& phase : record.patterns[i].phases) {
      phase.a.value -= 1e-3 * static_cast<double>(i);
      phase.c.value += 8e-3 * static_cast<double>(i);
    }
  const auto interval = compare_mechanisms(record, 5, 94);
  CAPTURE(interval.evidence);
  CHECK(interval.mechanism == Mechanism::undecided);
  CHECK(interval.lever_share > 0.2);
  CHECK(interval.lever_share < 0.8);
  CHECK(interval.both.bic < interval.two_phase.bic);
  CHECK(interval.both.bic < interval.solid_solution.bic);
}

TEST_CASE("records without a pattern, without a usable one, with NaN and with huge numbers") {
  CHECK(mechanisms({}).empty());
  SeriesRecord lost{.phases = {{.name = "O3"}}, .patterns = {{.index = 0}, {.index = 1}, {.index = 7}}};
  auto intervals = mechanisms(lost);
  REQUIRE(intervals.size() == 1);
  CHECK(intervals[0].mechanism == Mechanism::undecided);
  CHECK(intervals[0].last == 2);
  CHECK(intervals[0].evidence == "undecided: 0 usable patterns, four are needed");

  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Measured> a;
  Random random(1);
  for (int i = 0; i < 30; ++i) a.push_back({2.9 - 0.002 * i + 1e-3 * random.normal(), 1e-3});
  a[4] = {nan, 1e-3};
  a[9] = {2.9, nan};
  a[14] = {1e300, 1};
  a[19] = {2.9, 0};
  intervals = mechanisms(one_phase(a));
  REQUIRE(intervals.size() == 1);
  CHECK(intervals[0].mechanism == Mechanism::solid_solution);
  CHECK(intervals[0].values == 26);
  for (auto& m : a) m = {1e49 * random.normal(), 1e-40};
  for (const auto& interval : mechanisms(one_phase(a))) {
    CHECK(std::isfinite(interval.nothing.bic));
    CHECK(std::isfinite(interval.solid_solution.bic));
  }

  SeriesRecord wrong = one_phase({{1, 1}, {1, 1}});
  wrong.patterns[1].phases.clear();
  CHECK_THROWS_WITH_AS(mechanisms(wrong), "pattern 1 of the series: 0 phases, expected 1", Error);
  wrong.patterns[1].index = 0;
  wrong.patterns[1].usable = false;
  CHECK_THROWS_WITH_AS(mechanisms(wrong), "pattern 0 of the series: after pattern 0, expected indices that increase", Error);
  CHECK_THROWS_AS(compare_mechanisms(one_phase(a), 3, 30), Error);
}

TEST_CASE("data: a measured spinel: a(220) falls and returns as a solid solution, and turns at pattern 47 or 48") {
  std::ifstream file(LAMELLA_DATA_DIR "/powder/operando_licovo4_spinel/peak_track.txt");
  REQUIRE(file);
  std::vector<Measured> a;
  std::string row;
  while (std::getline(file, row)) {
    std::istringstream words(row);
    std::string hkl;
    double pattern = 0, two_theta = 0, esd = 0, edge = 0;
    if (!(words >> hkl >> pattern >> two_theta >> esd >> edge) || hkl != "220") continue;
    a.push_back({edge, edge * esd * (3.14159265358979 / 360) / std::tan(two_theta * (3.14159265358979 / 360))});
  }
  REQUIRE(a.size() == 100);
  const auto intervals = mechanisms(one_phase(a));
  REQUIRE(intervals.size() >= 2);
  const SeriesInterval* before = nullptr;
  for (const auto& interval : intervals) {
    CAPTURE(interval.first);
    CAPTURE(interval.last);
    CAPTURE(interval.evidence);
    MESSAGE((interval.first + 1) << " to " << (interval.last + 1) << ": " << interval.evidence);
    CHECK(interval.mechanism != Mechanism::two_phase);
    if (interval.last < 99 && interval.last >= 40 && interval.first < 40) before = &interval;
  }
  REQUIRE(before != nullptr);
  CHECK(before->mechanism == Mechanism::solid_solution);
  CHECK(before->last + 1 >= 46);  // the last pattern before the turn, counted from 1
  CHECK(before->last + 1 <= 48);
}
