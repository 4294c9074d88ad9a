// Measuring layers: a supercell of 972 atoms without symmetry, sound and rumpled; the cell itself; with esds.
// One supercell of about 1000 atoms should take at most 5 ms.
#include <lamella/layered/measured_layers.hpp>

#include <benchmark/benchmark.h>

#include <random>

using namespace lamella;

namespace {

MeasuredStructure o3() {
  Structure<double> s;
  s.space_group = space_group("R-3m");
  s.cell = hexagonal_cell(2.97421, 15.95554);
  s.sites = {{"Na1", parse_species("Na"), {0, 0, 0.5}, 1, 0}, {"Cr1", parse_species("Cr"), {0, 0, 0}, 1, 0}, {"O1", parse_species("O"), {0, 0, 0.26721}, 1, 0}};
  auto measured = without_esds(s);
  measured.esds.cell = {5e-5, 5e-5, 1.5e-4, 0, 0, 0};
  measured.esds.sites[2].position.z = 1.3e-4;
  return measured;
}

/// n × n × 1 cells in P1, every atom off its place by a normal deviate of `noise` Å.
Structure<double> supercell(int n, double noise) {
  const auto s = o3().structure;
  Structure<double> r;
  r.cell = hexagonal_cell(n * s.cell.a, s.cell.c);
  std::mt19937_64 random(1);
  std::normal_distribution<double> off(0, noise > 0 ? noise : 1);
  for (const auto& atom : lamella::detail::atoms_of(s))
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) {
        Fractional<double> p{(atom.position.x + i) / n, (atom.position.y + j) / n, atom.position.z};
        if (noise > 0) p = {p.x + off(random) / r.cell.a, p.y + off(random) / r.cell.a, p.z + off(random) / r.cell.c};
        r.sites.push_back({"", atom.species, p, 1, 0});
      }
  return r;
}

void atoms_972(benchmark::State& state, double noise) {
  const auto s = supercell(9, noise);
  for (auto _ : state) {
    const auto layers = measure_layers(s);
    if (!layers || layers->stacking != "O3") state.SkipWithError("not measured as O3");
    benchmark::DoNotOptimize(layers);
  }
}

void cell(benchmark::State& state) {
  const auto s = o3().structure;
  for (auto _ : state) benchmark::DoNotOptimize(measure_layers(s));
}

void cell_with_esds(benchmark::State& state) {
  const auto s = o3();
  for (auto _ : state) benchmark::DoNotOptimize(measure_layers(s));
}

}  // namespace

BENCHMARK_CAPTURE(atoms_972, ideal, 0.0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(atoms_972, rumpled, 0.02)->Unit(benchmark::kMillisecond);
BENCHMARK(cell)->Unit(benchmark::kMicrosecond);
BENCHMARK(cell_with_esds)->Unit(benchmark::kMicrosecond);
BENCHMARK_MAIN();
