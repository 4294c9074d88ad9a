// A cycler's table of 46 000 rows: reading it, and all that the program cycling computes of it.
//
// The measured NaCoO2 cell where the data are there, else a table of the same size with the same number of half cycles.
// benchmarks/peers/cycling_pandas.py does the same with pandas, numpy and scipy.
#include <lamella/electrochemistry/capacity_peaks.hpp>
#include <lamella/electrochemistry/cycle_summary.hpp>
#include <lamella/electrochemistry/plateaus.hpp>
#include <lamella/io/cycling_file.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

using namespace lamella;

namespace {

const std::string& text() {
  static const std::string content = [] {
    if (auto file = try_read_text_file(LAMELLA_DATA_DIR "/electrochem/cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv")) return std::move(file).value();
    std::string made = "time/s,Ewe/V,control/mA,(Q-Qo)/mA.h\n";
    char line[80];
    for (int i = 0; i < 46102; ++i) {
      const int half = i / 3547, k = i % 3547;
      const double part = half % 2 == 0 ? k / 3547.0 : 1 - k / 3547.0;
      std::snprintf(line, sizeof line, "%d.00,%.5f,%.6f,%.7f\n", 10 * i, 2 + 1.8 * part + 0.05 * std::sin(40 * part), half % 2 == 0 ? 0.0888 : -0.0888, 0.875 * part);
      made += line;
    }
    return made;
  }();
  return content;
}

void read_table(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_cycling(text(), "a.csv").charge.data());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text().size()));
}
BENCHMARK(read_table)->Unit(benchmark::kMillisecond);

struct Found {
  double capacity = 0;
  std::size_t peaks = 0, plateaus = 0;
};

Found analyse(const CyclingTable& table) {
  Found found;
  const auto halves = half_cycles(table);
  for (const HalfCycle& half : halves) {
    found.capacity += half.capacity;
    const ChargeCurve curve = charge_curve(table, half);
    found.peaks += capacity_peaks(differential_capacity(curve)).size();
    const auto slope = differential_voltage(curve);
    found.plateaus += plateaus(slope).size();
    benchmark::DoNotOptimize(voltage_jumps(slope).size());
  }
  benchmark::DoNotOptimize(rate_table(cycles(halves)).size());
  return found;
}

void read_and_analyse(benchmark::State& state) {
  Found found;
  for (auto _ : state) {
    found = analyse(parse_cycling(text(), "a.csv"));
    benchmark::DoNotOptimize(found);
  }
  if (found.peaks == 0) state.SkipWithError("no peaks");
  state.counters["rows"] = static_cast<double>(parse_cycling(text(), "a.csv").size());
  state.counters["capacity"] = found.capacity;
  state.counters["peaks"] = static_cast<double>(found.peaks);
  state.counters["plateaus"] = static_cast<double>(found.plateaus);
}
BENCHMARK(read_and_analyse)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
