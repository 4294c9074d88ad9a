// Warm evaluations of a powder pattern: O3-NFM, Cu Kα doublet, 13 001 points, with the structure factors in every one.
// Targets at -O3 on one core: 0.35 ms for the pattern, 2 ms with the derivatives of 20 parameters.
#include "nfm.hpp"

#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/refine/rietveld.hpp>

#include <benchmark/benchmark.h>

using namespace lamella;

namespace {

std::vector<FreeParameter> twenty_parameters(const PowderModel<>& model, bool asymmetric) {
  FreeParameters parameters = free_parameters(model);
  for (const char* name : {"pattern.background.*", "pattern.displacement", "pattern.W", "O3.cell.a", "O3.cell.c", "O3.O1.z", "O3.*.Uiso", "O3.scale"})
    parameters.release(name);
  parameters.release(asymmetric ? "pattern.asymmetry" : "O3.strain");
  parameters.release("O3.size");
  return parameters.list();
}

void pattern(benchmark::State& state, double asymmetry) {
  const auto model = nfm_model(asymmetry);
  PatternCalculator<Structure<double>> calculator(model, nfm_angles(), {.dispersion = false});
  std::vector<double> y(calculator.two_theta().size());
  for (auto _ : state) {
    calculator.calculate(model, y);
    benchmark::DoNotOptimize(y.data());
  }
  // The truncation error beside the time: against tails that are never cut off.
  PatternCalculator<Structure<double>> whole(model, nfm_angles(), {.dispersion = false, .window_tolerance = 1e-300});
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
  PatternCalculator<Structure<double>> calculator(model, nfm_angles(), {.dispersion = false});
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

}  // namespace

BENCHMARK_CAPTURE(pattern, symmetric, 0.0)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(pattern, asymmetric, 0.02)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(derivatives, symmetric, 0.0)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(derivatives, asymmetric, 0.02)->Unit(benchmark::kMicrosecond);
BENCHMARK(structure_factors)->Unit(benchmark::kMicrosecond);
BENCHMARK_MAIN();
