// Warm evaluations of a powder pattern: O3-NFM, Cu Kα doublet, 13 001 points, with the structure factors in every one.
// Targets at -O3 on one core: 0.35 ms for the pattern, 2 ms with the derivatives of 20 parameters, tails cut so that the
// error stays below 1e-4 of the strongest peak. Last, a whole refinement of the same pattern with noise.
#include "nfm.hpp"

#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/refine/rietveld.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace lamella;

namespace {

std::vector<FreeParameter> twenty_parameters(const PowderModel<>& model, bool asymmetric) {
  FreeParameters parameters = free_parameters(model);
  for (const char* name : {"pattern.background.*", "pattern.W", "O3.cell.a", "O3.cell.c", "O3.O1.z", "O3.*.Uiso", "O3.scale"})
    parameters.release(name);
  parameters.release(asymmetric ? "pattern.asymmetry" : "O3.strain");
  parameters.release("O3.size");
  return parameters.list();
}

/// `size` in Å broadens the peaks; 1e9 leaves the width of the instrument alone.
void pattern(benchmark::State& state, double asymmetry, double size) {
  auto model = nfm_model(asymmetry);
  model.phases[0].size = size;
  PatternCalculator<Structure<double>> calculator(model, nfm_angles(), {.scattering = {.dispersion = false}});
  std::vector<double> y(calculator.two_theta().size());
  for (auto _ : state) {
    calculator.calculate(model, y);
    benchmark::DoNotOptimize(y.data());
  }
  // The truncation error beside the time: against tails that are never cut off.
  PatternCalculator<Structure<double>> whole(model, nfm_angles(), {.scattering = {.dispersion = false}, .window_tolerance = 1e-300});
  std::vector<double> full(y.size());
  whole.calculate(model, full);
  double error = 0, peak = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    error = std::max(error, std::abs(y[i] - full[i]));
    peak = std::max(peak, full[i]);
  }
  state.counters["truncation"] = error / peak;
}

void derivatives(benchmark::State& state, double asymmetry) {
  const auto model = nfm_model(asymmetry);
  const auto free = twenty_parameters(model, asymmetry > 0);
  PatternCalculator<Structure<double>> calculator(model, nfm_angles(), {.scattering = {.dispersion = false}});
  std::vector<double> y(calculator.two_theta().size()), jacobian(y.size() * free.size());
  for (auto _ : state) {
    calculator.differentiate(model, free, y, jacobian);
    benchmark::DoNotOptimize(jacobian.data());
  }
  state.counters["parameters"] = static_cast<double>(free.size());
}

void structure_factors(benchmark::State& state) {
  const auto model = nfm_model(0);
  const auto& structure = model.phases[0].crystal;
  const double wavelength = radiation::CuKa.line[0].wavelength;
  const auto list = reflections(structure.cell, structure.space_group, wavelength / (2 * std::sin(70 * degree)));
  std::vector<Scatterer> scatterers;
  for (const auto& site : structure.sites) scatterers.push_back(scatterer(site.species));
  const StructureFactors factors(structure, list, scatterers);
  for (auto _ : state) {
    double sum = 0;
    for (std::size_t i = 0; i < list.size(); ++i) sum += factors.squared(i, structure, 0.25 / (list[i].d * list[i].d));
    benchmark::DoNotOptimize(sum);
  }
  state.counters["reflections"] = static_cast<double>(list.size());
}

/// A refinement from 0.3 % off in a and c with the default plan: all cycles of all stages.
void refinement(benchmark::State& state, double asymmetry) {
  auto model = nfm_model(asymmetry);
  model.phases[0].size = 1500;
  model.phases[0].scale = 1e-3;
  std::fill(model.background.coefficients.begin() + 1, model.background.coefficients.end(), 0.0);
  model.background.coefficients[0] = 200;
  PowderPattern data{"synthetic", nfm_angles(), {}, {}, {}, {}};
  data.intensity.resize(data.size());
  PatternCalculator<Structure<double>> calculator(model, data.two_theta);
  calculator.calculate(model, data.intensity);
  std::uint64_t noise = 1;
  for (double& y : data.intensity) {
    data.sigma.push_back(std::sqrt(y));
    noise = noise * 6364136223846793005u + 1442695040888963407u;  // uniform, of the variance of the counts
    y = std::max(0.0, y + std::sqrt(12 * y) * (static_cast<double>(noise >> 11) * 0x1p-53 - 0.5));
  }
  auto start = model;
  start.phases[0].crystal.cell = hexagonal_cell(2.96 * 1.003, 16.38 * 0.997);
  start.phases[0].crystal.sites[4].position.z += 0.003;
  int cycles = 0;
  double off = 0;
  for (auto _ : state) {
    const auto fit = refine(start, data);
    cycles = fit.cycles;
    off = std::abs(fit.model.phases[0].crystal.cell.a - 2.96);
    if (!fit.converged() || off > 1e-4) state.SkipWithError("did not find the cell");
  }
  state.counters["cycles"] = cycles;
  state.counters["per_cycle"] = benchmark::Counter(cycles, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

}  // namespace

BENCHMARK_CAPTURE(pattern, symmetric, 0.0, 1e9)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(pattern, asymmetric, 0.02, 1e9)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(pattern, symmetric_broad, 0.0, 300)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(derivatives, symmetric, 0.0)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(derivatives, asymmetric, 0.02)->Unit(benchmark::kMicrosecond);
BENCHMARK(structure_factors)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(refinement, symmetric, 0.0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refinement, asymmetric, 0.02)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
