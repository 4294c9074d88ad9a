// Volumetric grids: reading a CHGCAR of 56 × 56 × 56 values from text in memory, and averaging it over planes and in spheres.
#include <lamella/fields.hpp>
#include <lamella/io/vasp_grid.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

using namespace lamella;

namespace {

constexpr std::size_t points = 56;

/// Rock salt with smooth values, in the form of VASP.
const std::string& chgcar() {
  static const std::string text = [] {
    std::string out = "NaCl\n5.65\n 0 .5 .5\n .5 0 .5\n .5 .5 0\nNa Cl\n1 1\nDirect\n0 0 0\n.5 .5 .5\n\n 56 56 56\n";
    char number[32];
    for (std::size_t n = 0; n < points * points * points; ++n) {
      std::snprintf(number, sizeof number, " 0.%011lldE+0%d%s", static_cast<long long>(1e10 * (1.5 + std::sin(0.37 * static_cast<double>(n)))), static_cast<int>(n % 3),
                    n % 5 == 4 ? "\n" : "");
      out += number;
    }
    return out + "\n";
  }();
  return text;
}

void read_chgcar(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_vasp_grid(chgcar(), VaspGrid::chgcar, "CHGCAR").grids[0].values.data());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(chgcar().size()));
}
BENCHMARK(read_chgcar)->Unit(benchmark::kMillisecond);

void three_planar_averages(benchmark::State& state) {
  const auto data = parse_vasp_grid(chgcar(), VaspGrid::chgcar, "CHGCAR");
  for (auto _ : state)
    for (const Miller axis : {Miller{1, 0, 0}, Miller{0, 1, 0}, Miller{0, 0, 1}}) benchmark::DoNotOptimize(planar_average(data.grids[0], axis).values.data());
}
BENCHMARK(three_planar_averages)->Unit(benchmark::kMicrosecond);

void sphere(benchmark::State& state) {
  const auto data = parse_vasp_grid(chgcar(), VaspGrid::chgcar, "CHGCAR");
  for (auto _ : state) benchmark::DoNotOptimize(sphere_average(data.grids[0], {0.5, 0.5, 0.5}, 1.0).mean);
}
BENCHMARK(sphere)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
