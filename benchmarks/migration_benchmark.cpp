// The site energy of an O3 cell and of a supercell on a 0.1 Å grid, percolation, the network of hops, and the barrier of a layer.
// Targets, one core: grid at most 0.15 s, thresholds 0.05 s, 50 MB; 5 × 2 × 1 supercell 5 s in all; 10³ layer barriers a second.
//
// BVlain 0.24.8 (Python, numpy) needed for the same cells at 0.1 Å, measured on such a machine: 3.8 to 10.5 s for the grid, 5.9 to
// 12 s for the thresholds, 0.87 to 1.3 GB; for a 5 × 2 × 1 supercell at 0.2 Å (an eighth of the points here) 6.8 to 7.8 s, 18 to
// 20 s and 1.6 GB. The memory in the column "MB" is the program's peak so far.
#include <lamella/layered/layered_crystal.hpp>
#include <lamella/migration/hop_network.hpp>
#include <lamella/migration/layer_barrier.hpp>

#include <benchmark/benchmark.h>

#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace lamella;

namespace {

constexpr Species na = "Na+"_species;

LayeredCrystal<stacking::O3> nfm() {
  return layered_crystal(layered_lattice<stacking::O3>(2.96, 2.26, 3.2), "Na1+Mn3+O2-2"_formula);
}

/// 5 × 2 × 1 cells of NFM, its ions placed at random on the 30 metal sites.
Structure<double> supercell() {
  const auto cell = structure_of(nfm());
  Structure<double> r;
  r.cell = cell.cell;
  r.cell.a *= 5;
  r.cell.b *= 2;
  std::vector<Species> metals;
  for (const auto& [ion, count] : {std::pair{"Ni2+"_species, 6}, {"Fe3+"_species, 6}, {"Mn3+"_species, 12}, {"Mn4+"_species, 6}})
    metals.insert(metals.end(), static_cast<std::size_t>(count), ion);
  std::mt19937 random(1);
  std::shuffle(metals.begin(), metals.end(), random);
  auto metal = metals.begin();
  for (const auto& atom : lamella::detail::atoms_of(cell))
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 2; ++j)
        r.sites.push_back({"", atom.species.atomic_number == 25 ? *metal++ : atom.species,
                           {(atom.position.x + i) / 5, (atom.position.y + j) / 2, atom.position.z}, 1, 0});
  return r;
}

const SiteEnergy<BVSE>& field(bool large) {
  static const SiteEnergy<BVSE> small_field(structure_of(nfm()), na), large_field(supercell(), na);
  return large ? large_field : small_field;
}

void report(benchmark::State& state, std::size_t points) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["points"] = static_cast<double>(points);
  state.counters["MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

void grid(benchmark::State& state, bool large) {
  const auto shape = grid_shape(field(large).cell(), 0.1);
  SiteEnergyGridCalculator calculator(field(large), shape);
  std::vector<float> energy(calculator.size());
  for (auto _ : state) {
    calculator.calculate(energy);
    benchmark::DoNotOptimize(energy.data());
  }
  report(state, energy.size());
}

void thresholds(benchmark::State& state, bool large) {
  const auto energies = site_energy_grid(field(large), 0.1);
  for (auto _ : state) {
    const auto t = percolation_thresholds(energies);
    if (!t.energy[1]) state.SkipWithError("no path in two dimensions");
    benchmark::DoNotOptimize(t);
  }
  report(state, energies.size());
}

/// Grid, thresholds, sites, saddles and paths.
void everything(benchmark::State& state, bool large) {
  std::size_t points = 0;
  for (auto _ : state) {
    const auto energies = site_energy_grid(field(large), 0.1);
    const auto network = hop_network(field(large), energies);
    if (!network.warnings.empty() || network.hops.empty()) state.SkipWithError("an incomplete network");
    points = energies.size();
  }
  report(state, points);
}

void layer(benchmark::State& state) {
  const auto crystal = nfm();
  for (auto _ : state) benchmark::DoNotOptimize(layer_barrier<BVSE>(crystal, na));
}

void layer_derivatives(benchmark::State& state) {
  const auto crystal = nfm();
  const auto barrier = layer_barrier<BVSE>(crystal, na);
  for (auto _ : state) benchmark::DoNotOptimize(barrier_derivatives<BVSE>(crystal, na, barrier));
}

}  // namespace

BENCHMARK_CAPTURE(grid, cell, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(thresholds, cell, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(everything, cell, false)->Unit(benchmark::kMillisecond);
BENCHMARK(layer)->Unit(benchmark::kMicrosecond);
BENCHMARK(layer_derivatives)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(grid, supercell, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(thresholds, supercell, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(everything, supercell, true)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
