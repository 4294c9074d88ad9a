// Fits of photoelectron spectra: three doublets with a background, and a combination of measured references.
// Target, one core: a fit of three doublets at most 5 ms.
//
// benchmarks/peers/spectra_lmfit.py runs the same fit of the same points by lmfit.
#include <lamella/io/spectrum_file.hpp>
#include <lamella/spectra.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace lamella;

namespace {

/// Three doublets of one width and mixing on a Shirley background and a line: 301 points, with a deterministic scatter of counting size.
SpectrumModel<> doublets() {
  SpectrumModel<> m;
  for (const auto& [name, position, area] : {std::tuple{"A", 854.5, 30000.0}, {"B", 856.6, 20000.0}, {"C", 859.8, 12000.0}})
    m.components.push_back({.name = name, .position = position, .area = area, .fwhm = 2.2, .mixing = 0.3, .splitting = 17.3, .area_ratio = 0.5});
  m.background = {.constant = 3000, .shirley = 0.02, .reference = 862};
  return m;
}

Spectrum spectrum() {
  Spectrum s{"three doublets", "", {}, {}, {}};
  for (int i = 0; i <= 300; ++i) s.energy.push_back(850 + 0.1 * i);
  s.counts = calculate(doublets(), std::span<const double>(s.energy)).total;
  for (std::size_t i = 0; i < s.size(); ++i) {
    s.counts[i] += std::sqrt(s.counts[i]) * 1.4 * std::sin(static_cast<double>(i * i % 997));
    s.sigma.push_back(std::sqrt(s.counts[i]));
  }
  return s;
}

/// Free: three positions, three areas, one width, mixing, splitting, constant, and with `shirley` its factor.
void three_doublets(benchmark::State& state, bool shirley) {
  const auto s = spectrum();
  auto start = doublets();
  for (auto& c : start.components) c.position += 0.2, c.area *= 0.7, c.fwhm = 1.8, c.mixing = 0.5, c.splitting = 17.0;
  auto p = spectrum_parameters(start);
  for (const char* shared : {"*.fwhm", "*.mixing", "*.splitting"}) p.equate(shared);
  for (const char* name : {"*.position", "*.area", "*.fwhm", "*.mixing", "*.splitting", "background.constant"}) p.release(name);
  if (shirley) p.release("background.shirley");
  int cycles = 0;
  double chi_square = 0;
  for (auto _ : state) {
    const auto fit = fit_spectrum(start, s, p);
    if (!fit.converged()) state.SkipWithError("not converged");
    cycles = fit.cycles;
    chi_square = fit.chi_square;
  }
  state.counters["cycles"] = cycles;
  state.counters["chi_square"] = chi_square;
}

void references(benchmark::State& state) {
  const std::string folder = LAMELLA_DATA_DIR "/xps/xpsdeeplearning/";
  if (std::string_view(LAMELLA_DATA_DIR).empty()) return state.SkipWithError("no measured data");
  const std::vector<ReferenceSpectrum> pure{{"Mn2+"_species, read_spectrum(folder + "Mn2p_MnO.txt")},
                                            {"Mn3+"_species, read_spectrum(folder + "Mn2p_Mn2O3.txt")},
                                            {"Mn4+"_species, read_spectrum(folder + "Mn2p_MnO2.txt")}};
  const auto sample = select(pure[1].spectrum, {637, 660});
  for (auto _ : state) benchmark::DoNotOptimize(combine_references(sample, pure));
}

void read(benchmark::State& state) {
  if (std::string_view(LAMELLA_DATA_DIR).empty()) return state.SkipWithError("no measured data");
  for (auto _ : state) benchmark::DoNotOptimize(read_spectra(LAMELLA_DATA_DIR "/xps/xpsdeeplearning/EX502-506_Fe_Ni_Co_mixed_oxides.vms"));
}

}  // namespace

BENCHMARK_CAPTURE(three_doublets, constant, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(three_doublets, shirley, true)->Unit(benchmark::kMillisecond);
BENCHMARK(references)->Unit(benchmark::kMillisecond);
BENCHMARK(read)->Unit(benchmark::kMillisecond);

/// With --points prints the spectrum of the benchmark for a peer; otherwise runs.
int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--points") {
    const auto s = spectrum();
    for (std::size_t i = 0; i < s.size(); ++i) std::printf("%.17g %.17g %.17g\n", s.energy[i], s.counts[i], s.sigma[i]);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
