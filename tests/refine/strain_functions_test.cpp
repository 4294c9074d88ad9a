// Functions of the alkali content: against the truth of synthetic runs, and records that cannot give them.
#include <lamella/refine/series_mechanism.hpp>
#include <lamella/refine/strain_functions.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "made_record.hpp"
#include "synthetic_run.hpp"

using namespace lamella;
using lamella_test::made_record, lamella_test::MadeRun, lamella_test::Random, lamella_test::SyntheticRun;

namespace {

/// What refinements of a synthetic run would say: its truth with noise of sizes that such patterns give.
SeriesRecord record_of(const SyntheticRun& run, Random& random, double size = 1) {
  SeriesRecord record{.phases = {{.name = "O3", .stacking = "O3"}, {.name = "P3", .stacking = "P3"}}, .patterns = {}};
  for (std::size_t i = 0; i < run.size(); ++i) {
    const auto truth = run.moment(i);
    SeriesObservation pattern{.index = i, .usable = true, .time = truth.time, .voltage = truth.voltage, .x = Measured{truth.x, 0}};
    const double fraction_esd = 0.005 * size;
    const double shared = fraction_esd * random.normal();
    for (std::size_t p = 0; p < 2; ++p) {
      const auto& of = truth.phase[p];
      PhaseObservation phase;
      const bool coexist = of.weight_fraction > 4 * fraction_esd && of.weight_fraction < 1 - 4 * fraction_esd;
      phase.present = coexist || of.weight_fraction > 0.5;
      if (phase.present) {
        const double less = size / std::sqrt(of.weight_fraction), a_esd = 1e-4 * less, c_esd = 1e-3 * less, z_esd = 0.01 * less;
        phase.a = {of.a + a_esd * random.normal(), a_esd};
        phase.c = {of.c + c_esd * random.normal(), c_esd};
        const double area = std::sqrt(0.75) * phase.a.value;
        phase.volume = {area * phase.a.value * phase.c.value, area * std::hypot(2 * phase.c.value * a_esd, phase.a.value * c_esd)};
        const double slab = of.slab + z_esd * random.normal();
        phase.layers = Derived<2>{{slab, phase.c.value / 3 - slab}, {{{z_esd * z_esd, -z_esd * z_esd}, {-z_esd * z_esd, z_esd * z_esd + c_esd * c_esd / 9}}}};
        phase.weight_fraction = coexist ? Measured{of.weight_fraction + (p == 0 ? -shared : shared), fraction_esd} : Measured{1, 0};
      }
      pattern.phases.push_back(phase);
    }
    record.patterns.push_back(pattern);
  }
  return record;
}

/// The moment at a content, on charge, of a run with many patterns.
lamella_test::SyntheticPhase truth_at(const SyntheticRun& fine, double x, std::size_t phase) {
  const double half = static_cast<double>(fine.size() / 2);
  return fine.moment(static_cast<std::size_t>(std::lround((1 - x) / fine.material().extracted * half))).phase[phase];
}

double volume_of(const lamella_test::SyntheticPhase& p) { return std::sqrt(0.75) * p.a * p.a * p.c / 3; }

}  // namespace

TEST_CASE("synthetic runs of two materials: reactions start and end within two patterns") {
  Random random(77);
  for (const auto& material : {lamella_test::synthetic_nfm(), lamella_test::synthetic_he()}) {
    CAPTURE(material.name);
    const SyntheticRun run(material);
    const auto truth = run.two_phases();
    for (int t = 0; t < 3; ++t) {
      const auto intervals = mechanisms(record_of(run, random));
      std::size_t reactions = 0;
      for (const auto& interval : intervals) {
        CAPTURE(interval.evidence);
        if (interval.mechanism != Mechanism::two_phase) {
          if (interval.last - interval.first > 10) CHECK(interval.mechanism == Mechanism::solid_solution);
          continue;
        }
        REQUIRE(reactions < 2);
        REQUIRE(interval.transition);
        CHECK(std::abs(interval.transition->start.value - truth[reactions].first) < 2);
        CHECK(std::abs(interval.transition->end.value - truth[reactions].second) < 2);
        ++reactions;
      }
      CHECK(reactions == 2);
    }
  }
}

TEST_CASE("esds ten times smaller show that cells move on curves: these are bends of one interval, and reactions stay whole") {
  Random random(78);
  for (const auto& material : {lamella_test::synthetic_nfm(), lamella_test::synthetic_he()}) {
    CAPTURE(material.name);
    const SyntheticRun run(material);
    const auto truth = run.two_phases();
    auto record = record_of(run, random, 0.1);
    double host = 2 * 15.999;  // g/mol, IUPAC weights
    for (const auto& [metal, share] : material.metals)
      host += share * (metal == "Ni" ? 58.693 : metal == "Fe" ? 55.845 : metal == "Mn" ? 54.938 : metal == "Mg" ? 24.305 : metal == "Cu" ? 63.546 : 118.71);
    for (auto& phase : record.phases) phase.host_mass = host;
    const auto intervals = mechanisms(record);
    std::size_t reactions = 0, bends = 0;
    for (const auto& interval : intervals) {
      CAPTURE(interval.first);
      CAPTURE(interval.last);
      CAPTURE(interval.evidence);
      bends += interval.bends.size();
      if (interval.mechanism != Mechanism::two_phase) continue;
      REQUIRE(reactions < 2);
      REQUIRE(interval.transition);
      CHECK(interval.transition->starts);
      CHECK(interval.transition->ends);
      // By weight the line would bend: 3 % of mass between the phases. By formula units its ends are right to their esds.
      CHECK(std::abs(interval.transition->start.value - truth[reactions].first) < 5 * interval.transition->start.esd);
      CHECK(std::abs(interval.transition->end.value - truth[reactions].second) < 5 * interval.transition->end.esd);
      CHECK(interval.transition->end.esd < 0.05);
      ++reactions;
    }
    CHECK(reactions == 2);
    CHECK(bends > 0);
    // O3, reaction, P3 with c rising and falling, the same backwards; one or two short ones where neither is sure.
    CHECK(intervals.size() >= 8);
    CHECK(intervals.size() <= 12);
  }
}

TEST_CASE("synthetic runs: volume, Ω, eigenstrain, slab and interslab with the bands they should have") {
  Random random(19);
  double value_pulls = 0, slope_pulls = 0, strain_pulls = 0, layer_pulls = 0;
  int count = 0, strains = 0;
  for (const auto& material : {lamella_test::synthetic_nfm(), lamella_test::synthetic_he()}) {
    const SyntheticRun run(material), fine(material, 200001);
    for (int t = 0; t < 6; ++t) {
      const auto functions = phase_functions(record_of(run, random));
      REQUIRE(functions.size() == 2);
      const auto& o3 = functions[0];
      REQUIRE(o3.volume);
      CHECK(o3.notes.empty());
      const double reference = o3.upper() - 0.01;
      for (std::size_t p = 0; p < 2; ++p) {
        const auto& f = functions[p];
        CHECK(f.patterns > 100);
        for (int k = 1; k < 12; ++k) {
          const double x = f.lower() + (f.upper() - f.lower()) * k / 12;
          const auto truth = truth_at(fine, x, p);
          constexpr double h = 0.002;
          const double slope = (volume_of(truth_at(fine, x + h, p)) - volume_of(truth_at(fine, x - h, p))) / (2 * h);
          const Measured v = (*f.volume)(x), omega = partial_molar_volume(f, x), slab = (*f.slab)(x), interslab = (*f.interslab)(x);
          value_pulls += square((v.value - volume_of(truth)) / v.esd);
          slope_pulls += square((omega.value - slope) / omega.esd);
          layer_pulls += 0.5 * (square((slab.value - truth.slab) / slab.esd) + square((interslab.value - truth.interslab()) / interslab.esd));
          ++count;
          const auto strain = eigenstrain(f, x, o3, reference);
          const auto start = truth_at(fine, reference, 0);
          strain_pulls += 0.5 * (square((strain.a.value - (truth.a / start.a - 1)) / strain.a.esd) + square((strain.c.value - (truth.c / start.c - 1)) / strain.c.esd));
          ++strains;
        }
      }
    }
  }
  // Neighbouring places share their noise: some 100 independent numbers stand behind each, and its mean square is known to a seventh. In
  // 120 such series they were 0.99, 0.91, 0.92 and 0.96.
  for (const double squares : {value_pulls / count, slope_pulls / count, layer_pulls / count, strain_pulls / strains}) {
    CHECK(std::sqrt(squares) > 0.75);
    CHECK(std::sqrt(squares) < 1.15);
  }
}

TEST_CASE("the strain of the reference itself is 0 without an esd, and far from it its esds hold both") {
  Random random(4);
  const auto functions = phase_functions(made_record(MadeRun{}, random));
  const auto& o3 = functions[0];
  const auto nothing = eigenstrain(o3, 0.9, o3, 0.9);
  CHECK(nothing.a.value == 0);
  CHECK(nothing.a.esd < 1e-9);
  const auto far = eigenstrain(functions[1], 0.45, o3, 0.98);
  const double expected = std::hypot((*functions[1].a)(0.45).esd, (*o3.a)(0.98).esd) / 2.99;
  CHECK(far.a.esd == doctest::Approx(expected).scale(0).epsilon(0.05));
  // −3.6 % of a, +4 % of c in the made run.
  const MadeRun run;
  CHECK(far.a.value == doctest::Approx(run.a(true, 0.45) / run.a(false, 0.98) - 1).scale(0).epsilon(0.01));
  CHECK(far.c.value == doctest::Approx(run.c(true, 0.45) / run.c(false, 0.98) - 1).scale(0).epsilon(0.01));
}

TEST_CASE("the table of a function has its values, and its derivative is Ω") {
  Random random(6);
  const auto functions = phase_functions(made_record(MadeRun{}, random));
  const auto& f = functions[0];
  const auto table = tabulate<33>(*f.volume);
  for (double x = f.lower() + 0.005; x < f.upper(); x += 0.01) {
    CHECK(std::abs(table(x) - (*f.volume)(x).value) < 0.1 * (*f.volume)(x).esd);
    CHECK(std::abs(table.derivative(x) - partial_molar_volume(f, x).value) < 0.3 * partial_molar_volume(f, x).esd);
    CHECK(table.esd_at(x) == doctest::Approx((*f.volume)(x).esd).scale(0).epsilon(0.05));
  }
}

TEST_CASE("phases that were never alone, contents that are missing and numbers that are none give no functions but notes") {
  Random random(8);
  auto record = made_record({.patterns = 60}, random);
  record.phases.push_back({.name = "O1"});
  for (auto& pattern : record.patterns) pattern.phases.emplace_back();
  auto functions = phase_functions(record);
  REQUIRE(functions.size() == 3);
  CHECK(functions[2].patterns == 0);
  CHECK_FALSE(functions[2].a);
  REQUIRE(functions[2].notes.size() == 5);
  CHECK(functions[2].notes[0] == "O1: no function of a: 0 different x, expected 5 or more for a smooth function");
  CHECK_FALSE(functions[0].slab);  // the made run has no layers
  CHECK_THROWS_AS(partial_molar_volume(functions[2], 0.9), Error);
  CHECK_THROWS_AS(eigenstrain(functions[0], 0.9, functions[2], 0.9), Error);
  CHECK_THROWS_AS(partial_molar_volume(functions[0], 0.5), Error);

  for (std::size_t i = 0; i < record.patterns.size(); i += 2) {
    record.patterns[i].x = Measured{std::numeric_limits<double>::quiet_NaN(), 0};
    record.patterns[i + 1].phases[0].c.esd = std::numeric_limits<double>::infinity();
  }
  functions = phase_functions(record);
  CHECK(functions[0].a);
  CHECK_FALSE(functions[0].layer);
  for (auto& pattern : record.patterns) pattern.x.reset();
  CHECK(phase_functions(record)[0].patterns == 0);
  CHECK(phase_functions({}).empty());
}
