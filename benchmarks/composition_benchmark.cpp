// Compositions per second: entropy, oxidation-state intervals, cationic potential and capacity of changing
// compositions of eight elements. Checks that the loop does not allocate. One million should take at most 1 s.
#include <lamella/chemistry.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::size_t allocations = 0;  // this program has one thread

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

using namespace lamella;

namespace {

/// Compositions Na(Ni Fe Mn Mg Cu Sn)O2 around the high-entropy cathode, all different and neutral with usual states.
class Compositions {
 public:
  Formula next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    const double a = 0.1 * static_cast<double>(state_ >> 40) / static_cast<double>(1 << 24);
    const double b = 0.1 * static_cast<double>(state_ >> 16 & 0xffffff) / static_cast<double>(1 << 24);
    Formula f;
    f.add(Species{11, 0}, 1);
    f.add(Species{28, 0}, 0.2 + a);
    f.add(Species{26, 0}, 0.2 - a + b);
    f.add(Species{25, 0}, 0.3 - b);
    f.add(Species{12, 0}, 0.1);
    f.add(Species{29, 0}, 0.1);
    f.add(Species{50, 0}, 0.1);
    f.add(Species{8, 0}, 2);
    return f;
  }

 private:
  std::uint64_t state_ = 1;
};

/// Runs `work` on a new composition each time; refuses to give a time when it allocated.
template <class Work>
void measure(benchmark::State& state, Work work) {
  Compositions compositions;
  std::size_t allocated = 0;
  for (auto _ : state) {
    const std::size_t before = allocations;
    const Formula f = compositions.next();
    benchmark::DoNotOptimize(work(f));
    allocated += allocations - before;
  }
  state.SetItemsProcessed(state.iterations());
  if (allocated != 0) state.SkipWithError("allocates memory");
}

/// All four, as a search over compositions would ask for them.
double all(const Formula& f) {
  const Sublattices layers = partition(f);
  const OxidationStates states = oxidation_states(f);
  const double entropy =
      configurational_entropy(layers, per_TM_site, without_alkali_vacancies, by_element).in_R;
  const CationicPotential phi = cationic_potential(layers, states);
  double widths = 0;
  for (const OxidationState& s : states) widths += s.max - s.min;
  return entropy + phi.phi_cation + widths + theoretical_capacity(layers);
}

void everything(benchmark::State& state) { measure(state, all); }
void layers(benchmark::State& state) {
  measure(state, [](const Formula& f) { return partition(f).slab.total(); });
}
void entropy(benchmark::State& state) {
  measure(state, [](const Formula& f) {
    return configurational_entropy(f, per_TM_site, without_alkali_vacancies, by_element).in_R;
  });
}
void charge_intervals(benchmark::State& state) {
  measure(state, [](const Formula& f) { return oxidation_states(f).imbalance; });
}
void potential(benchmark::State& state) {
  measure(state, [](const Formula& f) { return cationic_potential(f).phi_cation; });
}
void capacity(benchmark::State& state) {
  measure(state, [](const Formula& f) { return theoretical_capacity(f); });
}
void parse(benchmark::State& state) {
  std::size_t allocated = 0;
  for (auto _ : state) {
    const std::size_t before = allocations;
    const char* text = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2";
    benchmark::DoNotOptimize(text);
    benchmark::DoNotOptimize(parse_formula(text));
    allocated += allocations - before;
  }
  state.SetItemsProcessed(state.iterations());
  if (allocated != 0) state.SkipWithError("allocates memory");
}

}  // namespace

BENCHMARK(everything);
BENCHMARK(layers);
BENCHMARK(entropy);
BENCHMARK(charge_intervals);
BENCHMARK(potential);
BENCHMARK(capacity);
BENCHMARK(parse);
BENCHMARK_MAIN();
