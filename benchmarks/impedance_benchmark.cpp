// A circuit of five parameters fitted to 57 points from one start and from ten more, the Kramers-Kronig test of the same points, one
// impedance of the typed circuit and of the one from text, and the pulses of a titration of 20 000 rows.
#include <lamella/electrochemistry.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <vector>

using namespace lamella;

namespace {

/// R-(R|Q)-W with 10 Ω, 50 Ω, 2e-5 Ω⁻¹ sⁿ, 0.85, 3 Ω s^(-1/2) and departures of up to 0.7 % in a fixed pattern.
ImpedanceSpectrum spectrum() {
  std::vector<double> frequency;
  for (int i = 0; i <= 56; ++i) frequency.push_back(0.01 * std::pow(10.0, i / 8.0));
  auto s = calculated_spectrum(series(Resistor{10.0}, parallel(Resistor{50.0}, ConstantPhaseElement{2e-5, 0.85}), Warburg{3.0}), frequency);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const double modulus = s.modulus(i);
    s.real[i] += 0.007 * modulus * std::sin(static_cast<double>(i * i % 97));
    s.imaginary[i] += 0.007 * modulus * std::sin(static_cast<double>(i * i % 89) + 1);
  }
  return s;
}

void five_parameters(benchmark::State& state) {
  const auto s = spectrum();
  const auto start = with_parameters(parse_circuit("R-(R|Q)-W"), std::vector<double>{5, 100, 1e-4, 0.7, 10});
  ImpedanceFitOptions options;
  options.starts = static_cast<int>(state.range(0));
  double chi_square = 0;
  for (auto _ : state) {
    const auto fit = fit_impedance(start, s, options);
    if (!fit.identifiable) state.SkipWithError("not identifiable");
    chi_square = fit.chi_square;
  }
  state.counters["chi_square"] = chi_square;
}

void kramers_kronig(benchmark::State& state) {
  const auto s = spectrum();
  for (auto _ : state) benchmark::DoNotOptimize(kramers_kronig_test(s));
}

template <class C>
void one_impedance(benchmark::State& state, const C& circuit) {
  double omega = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(circuit.impedance(omega));
    omega = omega < 1e6 ? 1.01 * omega : 1;
  }
}

const auto typed = series(Resistor{10.0}, parallel(Resistor{50.0}, ConstantPhaseElement{2e-5, 0.85}), Warburg{3.0});

void pulses(benchmark::State& state) {
  CyclingTable table;
  for (int p = 0; p < 40; ++p)
    for (int i = 0; i < 500; ++i) {
      const double t = p * 5000.0 + 10.0 * i;
      const bool on = i >= 100 && i < 200;
      table.time.push_back(t);
      table.current.push_back(on ? -1 : 0);
      table.voltage.push_back(4 - 0.01 * p - (on ? 0.01 + 1e-3 * std::sqrt(10.0 * (i - 100)) : i < 100 ? 0 : 0.01));
    }
  integrate_charge(table);
  for (auto _ : state) {
    const auto found = gitt_pulses(table);
    if (found.size() != 40) state.SkipWithError("not 40 pulses");
    for (const auto& p : found) benchmark::DoNotOptimize(gitt_diffusion(p, spheres({5, 0})));
  }
}

}  // namespace

BENCHMARK(five_parameters)->Arg(0)->Arg(10)->Unit(benchmark::kMillisecond);
BENCHMARK(kramers_kronig)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(one_impedance, typed, typed);
BENCHMARK_CAPTURE(one_impedance, text, circuit_of(typed));
BENCHMARK(pulses)->Unit(benchmark::kMillisecond);

/// With --points prints the spectrum of the benchmark for a peer; otherwise runs.
int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--points") {
    const auto s = spectrum();
    for (std::size_t i = 0; i < s.size(); ++i) std::printf("%.17g %.17g %.17g\n", s.frequency[i], s.real[i], s.imaginary[i]);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
