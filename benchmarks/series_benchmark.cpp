// Patterns of a series refined one after the other, each from where the one before it ended: O3-NaMnO2 and, in the second case, P3 beside
// it, 4000 points with counting noise, Cu Kα doublet, axial asymmetry. Free: scale, six background terms, displacement, a, c, oxygen
// heights and microstrain of each phase. Targets at -O3 on one core: 250 patterns a second with one phase, 60 with two.
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/refine/series.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace lamella;

namespace {

constexpr std::size_t length = 60;  // patterns: more are the same again

PowderModel<> model(bool two) {
  PowderModel<> m;
  m.diffractometer = {radiation::CuKa, Geometry::bragg_brentano, 240, 1};
  m.instrument.displacement = 0.03;
  m.instrument.W = 0.004;
  m.instrument.asymmetry = 0.02;
  m.background.coefficients = {120, -40, 15, -5, 2, 0};
  Structure<double> o3{"O3", space_group("R-3m"), hexagonal_cell(2.962, 16.21), {}};
  o3.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.5}, 1, 0.015},
              {"Mn1", parse_species("Mn3+"), {0, 0, 0}, 1, 0.006},
              {"O1", parse_species("O2-"), {0, 0, 0.2654}, 1, 0.009}};
  m.phases.push_back({"O3", o3, 0.0015, 900, 6e-4});
  if (!two) return m;
  Structure<double> p3{"P3", space_group("R3m"), hexagonal_cell(2.91, 16.75), {}};
  p3.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.1667}, 0.5, 0.02},
              {"Mn1", parse_species("Mn3+"), {0, 0, 0}, 1, 0.006},
              {"O1", parse_species("O2-"), {0, 0, 0.3985}, 1, 0.009},
              {"O2", parse_species("O2-"), {0, 0, 0.6015}, 1, 0.009}};
  m.phases.push_back({"P3", p3, 0.0012, 900, 6e-4});
  return m;
}

/// A cell that breathes by 1 % in a, 2 % in c.
PowderModel<> at(const PowderModel<>& start, double t) {
  auto m = start;
  for (auto& phase : m.phases) {
    auto& cell = phase.crystal.cell;
    cell = hexagonal_cell(cell.a * (1 - 0.01 * t), cell.c * (1 + 0.02 * t * (1 - t)));
  }
  if (m.phases.size() == 2) {
    m.phases[0].scale *= 1 - 0.7 * t;
    m.phases[1].scale *= 0.3 + 0.7 * t;
  }
  return m;
}

std::vector<PowderPattern> patterns(const PowderModel<>& start) {
  std::vector<PowderPattern> list;
  std::uint64_t noise = 1;
  for (std::size_t i = 0; i < length; ++i) {
    PowderPattern p;
    p.source = "pattern " + std::to_string(i);
    for (int k = 0; k < 4000; ++k) p.two_theta.push_back(10 + 0.02 * k);
    p.intensity.resize(p.size());
    const auto m = at(start, static_cast<double>(i) / length);
    PatternCalculator<Structure<double>>(m, p.two_theta).calculate(m, p.intensity);
    for (double& y : p.intensity) {
      p.sigma.push_back(std::sqrt(y));
      noise = noise * 6364136223846793005u + 1442695040888963407u;  // uniform, of the variance of the counts
      y = std::max(0.0, y + std::sqrt(12 * y) * (static_cast<double>(noise >> 11) * 0x1p-53 - 0.5));
    }
    list.push_back(std::move(p));
  }
  return list;
}

void series(benchmark::State& state, bool two) {
  const auto start = model(two);
  const auto list = patterns(start);
  SeriesOptions<> options;
  options.refinement.plan = default_plan(start.diffractometer);
  options.refinement.fix = {"pattern.W", "pattern.asymmetry", "*.size", "*.*.Uiso", "P3.Na1.z"};
  SeriesRefiner<> refiner(start, options);
  refiner.refine(list[0]);  // in stages
  int cycles = 0;
  for (auto _ : state) {
    cycles = 0;
    for (const auto& p : list) {
      const auto point = refiner.refine(p);
      if (point.status != SeriesStatus::refined) state.SkipWithError("a pattern was not refined");
      cycles += point.cycles;
    }
    for (std::size_t i = length; i-- > 0;) cycles += refiner.refine(list[i]).cycles;
  }
  const double count = 2 * length;
  state.counters["parameters"] = static_cast<double>(refiner.free().size());
  state.counters["cycles"] = cycles / count;
  state.counters["patterns_per_second"] = benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK_CAPTURE(series, one_phase, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(series, two_phases, true)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
