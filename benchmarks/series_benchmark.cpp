// Patterns of a series refined one after the other, each from where the one before it ended: O3-NaMnO2 and, in the second case, P3 beside
// it, 4000 points with counting noise, Cu Kα doublet, axial asymmetry. Free: scale, six background terms, displacement, a, c, oxygen
// heights and microstrain of each phase. Targets at -O3 on one core: 250 patterns a second with one phase, 60 with two. Beside it the same
// in segments on several threads, and all patterns at once with a law for the cell.
#include <lamella/core/executor.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/refine/parametric_series.hpp>
#include <lamella/refine/series.hpp>
#include <lamella/refine/series_segments.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
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

std::vector<PowderPattern> patterns(const PowderModel<>& start, std::size_t count = length) {
  std::vector<PowderPattern> list;
  std::uint64_t noise = 1;
  for (std::size_t i = 0; i < count; ++i) {
    PowderPattern p;
    p.source = "pattern " + std::to_string(i);
    for (int k = 0; k < 4000; ++k) p.two_theta.push_back(10 + 0.02 * k);
    p.intensity.resize(p.size());
    const auto m = at(start, static_cast<double>(i) / static_cast<double>(count));
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

SeriesOptions<> series_options(const PowderModel<>& start) {
  SeriesOptions<> options;
  options.refinement.plan = default_plan(start.diffractometer);
  options.refinement.fix = {"pattern.W", "pattern.asymmetry", "*.size", "*.*.Uiso", "P3.Na1.z"};
  if (start.phases.size() == 2)  // the metal stays in the middle of its slab
    options.refinement.constrain = [](FreeParameters& p) { p.tie(p.find("P3.O2.z").front(), p.find("P3.O1.z").front(), -1); };
  return options;
}

void series(benchmark::State& state, bool two) {
  const auto start = model(two);
  const auto list = patterns(start);
  const auto options = series_options(start);
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

/// 480 patterns of one phase in ten segments, on so many threads: real time against that of one thread is the gain, processor time what it
/// costs.
void segments(benchmark::State& state) {
  const auto start = model(false);
  const auto list = patterns(start, 480);
  const auto options = series_options(start);
  const ThreadExecutor executor(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::size_t refined = 0;
    refine_segments<Structure<double>>(start, list.size(), [&](std::size_t i) -> Result<PowderPattern> { return list[i]; },
                                       [&](const SeriesPoint& point, const SeriesRefiner<>&) { refined += point.has_values(); }, options, {.length = 48}, executor);
    if (refined != list.size()) state.SkipWithError("a pattern was not refined");
  }
  state.counters["patterns_per_second"] = benchmark::Counter(static_cast<double>(list.size()), benchmark::Counter::kIsIterationInvariantRate);
}

/// a falls with t, c goes up and down: exactly what `at` does.
template <Scalar T = double>
struct CellLaw {
  using scalar = T;
  template <Scalar U>
  using rebind = CellLaw<U>;

  T a0{2.9625}, a1{-0.028}, c0{16.22}, c1{0.3}, c2{-0.3};

  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("a0", self.a0...);
    visit("a1", self.a1...);
    visit("c0", self.c0...);
    visit("c1", self.c1...);
    visit("c2", self.c2...);
  }
  std::array<T, 2> operator()(std::span<const double> x) const { return {a0 + a1 * x[0], c0 + (c1 + c2 * x[0]) * x[0]}; }
};

/// So many patterns of one phase at once: one displacement for all, a law for the cell; scale, background, oxygen height and strain of
/// each. The time should be proportional to their number.
void parametric(benchmark::State& state) {
  const auto start = model(false);
  const auto list = patterns(start, static_cast<std::size_t>(state.range(0)));
  std::vector<ParametricPattern<>> all;
  for (std::size_t i = 0; i < list.size(); ++i) all.push_back({start, list[i], {static_cast<double>(i) / static_cast<double>(list.size())}});
  ParametricOptions options;
  options.free = {"*.scale", "pattern.background.*", "O3.O1.z", "O3.strain"};
  options.shared = {"pattern.displacement"};
  options.laws = {parametric_law("cell", {"O3.cell.a", "O3.cell.c"}, CellLaw<>{})};
  int cycles = 0;
  std::size_t parameters = 0;
  for (auto _ : state) {
    const auto fit = refine_parametrically(all, options);
    if (!fit.converged()) state.SkipWithError("not converged");
    cycles = fit.cycles;
    parameters = fit.parameters;
  }
  state.counters["cycles"] = cycles;
  state.counters["parameters"] = static_cast<double>(parameters);
  state.counters["patterns_per_second"] = benchmark::Counter(static_cast<double>(state.range(0)), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK_CAPTURE(series, one_phase, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(series, two_phases, true)->Unit(benchmark::kMillisecond);
BENCHMARK(segments)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(parametric)->Arg(50)->Arg(100)->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
