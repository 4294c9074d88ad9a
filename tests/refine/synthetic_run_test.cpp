// A synthetic charge and discharge, O3 to P3 and back, with only O3 known at its start: what is recovered, and whether the esds mean what they
// say.
#include <lamella/crystal/cell_contents.hpp>
#include <lamella/fit/derived.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/phase_candidates.hpp>
#include <lamella/refine/series.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "synthetic_run.hpp"

using namespace lamella;
using lamella_test::SyntheticRun, lamella_test::synthetic_he, lamella_test::synthetic_nfm;

namespace {

/// Pulls of one quantity.
struct Pulls {
  std::string name;
  double sum = 0, square = 0, largest = 0;
  int count = 0;

  void add(const Measured& m, double truth) {
    const double pull = (m.value - truth) / m.esd;
    sum += pull;
    square += pull * pull;
    largest = std::max(largest, std::abs(pull));
    ++count;
  }
  double mean() const { return sum / count; }
  double deviation() const { return std::sqrt(square / count - mean() * mean()); }
};

/// a, c, slab, interslab and sodium of the two phases, the weight fraction of the second and the sodium of both.
template <class Model>
auto quantities(const Model& model) {
  using T = typename Model::scalar;
  std::array<T, 12> q;
  std::array<T, 2> mass, moles;
  for (std::size_t p = 0; p < 2; ++p) {
    const auto& s = model.phases[p].crystal;
    const auto& oxygen = s.sites[s.sites.size() - 1 - p].position;  // "O1"
    const T half = p == 0 ? T(s.cell.c * (T(1.0 / 3) - oxygen.z)) : T(s.cell.c * (oxygen.z - T(1.0 / 3)));
    q[5 * p] = s.cell.a;
    q[5 * p + 1] = s.cell.c;
    q[5 * p + 2] = T(2.0) * half;
    q[5 * p + 3] = s.cell.c / T(3.0) - T(2.0) * half;
    q[5 * p + 4] = s.sites[0].occupancy;
    moles[p] = model.phases[p].scale * volume(s.cell);
    mass[p] = moles[p] * cell_mass(s);
  }
  q[10] = mass[1] / (mass[0] + mass[1]);
  q[11] = (moles[0] * q[4] + moles[1] * q[9]) / (moles[0] + moles[1]);
  return q;
}

void recover(const SyntheticRun& run, double tolerance) {
  auto model = run.model();
  model.phases.resize(1);
  SeriesOptions<> options;
  options.refinement.plan = default_plan(model.diffractometer);
  options.refinement.fix = {"pattern.W", "pattern.asymmetry", "*.size", "*.strain", "*.*.Uiso"};
  options.refinement.free = {"*.Na1.occupancy"};
  offer_candidates({"P3"}, 0, model, options);
  const auto source = [&](std::size_t i) -> Result<PowderPattern> { return run.pattern(i); };
  std::vector<Pulls> pulls;
  for (const char* phase : {"O3", "P3"})
    for (const char* quantity : {" a", " c", " slab", " interslab", " x"}) pulls.push_back({std::string(phase) + quantity});
  pulls.push_back({"fraction of P3"});
  pulls.push_back({"x of both"});
  int refined = 0, restarted = 0;
  std::array<std::vector<std::size_t>, 2> seen;
  double in_fit = 0;
  auto clock = std::chrono::steady_clock::now();
  refine_series(model, run.size(), source, [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    in_fit += std::chrono::duration<double>(std::chrono::steady_clock::now() - clock).count();
    CAPTURE(point.index);
    for (const auto& note : point.notes) INFO(note);
    refined += point.status == SeriesStatus::refined ? 1 : 0;
    restarted += point.status == SeriesStatus::restarted ? 1 : 0;
    REQUIRE(point.has_values());
    const auto truth = run.moment(point.index);
    const auto d = propagate<12>(refiner.model(), refiner.free(), point.covariance, [](const auto& m) { return quantities(m); });
    const auto sure = [&](std::size_t p) {  // what has its own parameters free, and is above five esds
      for (std::size_t k = 0; k < refiner.free().size(); ++k)
        if (refiner.free()[k].name == model.phases[p].name + ".scale") return point.present[p] && point.values[k] > 5 * point.esd(k);
      return false;
    };
    for (std::size_t p = 0; p < 2; ++p) {
      if (point.present[p]) seen[p].push_back(point.index);
      if (!sure(p)) continue;
      const auto& t = truth.phase[p];
      const std::array<double, 5> exact{t.a, t.c, t.slab, t.interslab(), t.x};
      for (std::size_t k = 0; k < 5; ++k)
        if (d[5 * p + 2].esd > 0 && d[5 * p].esd > 0 && d[5 * p + 4].esd > 0) pulls[5 * p + k].add(d[5 * p + k], exact[k]);
    }
    const auto mature = [&](std::size_t p) { return !point.present[p] || d[5 * p].esd > 0; };
    if (sure(0) && sure(1) && mature(0) && mature(1)) pulls[10].add(d[10], truth.phase[1].weight_fraction);
    if ((sure(0) || sure(1)) && mature(0) && mature(1) && d[11].esd > 0) pulls[11].add(d[11], truth.x);
    clock = std::chrono::steady_clock::now();
  }, options);
  MESSAGE(run.material().name << ": " << refined << " refined, " << restarted << " restarted of " << run.size() << "; " << 1e3 * in_fit / static_cast<double>(run.size())
                              << " ms per pattern, its making included");
  CHECK(refined + restarted == static_cast<int>(run.size()));
  for (const auto& p : pulls) {
    CAPTURE(p.name);
    MESSAGE(p.name << ": " << p.count << " pulls, mean " << p.mean() << ", deviation " << p.deviation() << ", largest " << p.largest);
    REQUIRE(p.count > 8);
    // Of n pulls the deviation itself scatters by 1/√(2n).
    CHECK(std::abs(p.deviation() - 1) < tolerance + 2 / std::sqrt(2.0 * p.count));
    CHECK(std::abs(p.mean()) < 4 / std::sqrt(p.count));
  }
  // P3 is seen where it is, within two patterns.
  const auto [charge, discharge] = run.two_phases();
  REQUIRE_FALSE(seen[1].empty());
  MESSAGE("P3 in patterns " << seen[1].front() << " to " << seen[1].back() << ", there from " << charge.first << " to " << discharge.second);
  CHECK(std::abs(static_cast<double>(seen[1].front()) - charge.first) < 2.5);
  CHECK(std::abs(static_cast<double>(seen[1].back()) - discharge.second) < 2.5);
}

}  // namespace

TEST_CASE("a short synthetic charge and discharge of NFM is recovered") { recover(SyntheticRun(synthetic_nfm(), 80, 1, 3, 2000), 0.15); }

TEST_CASE("slow: synthetic charge and discharge of NFM, 500 patterns of 4000 points") { recover(SyntheticRun(synthetic_nfm()), 0.15); }

TEST_CASE("slow: synthetic charge and discharge of HE, 500 patterns of 4000 points") { recover(SyntheticRun(synthetic_he()), 0.15); }
