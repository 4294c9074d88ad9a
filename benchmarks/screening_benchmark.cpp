// Screening: substitutions of Mg, Cu and Sn in NaNi0.2Fe0.2Mn0.6O2. Criteria of one composition after the other, without and with
// barriers (at least 10^6 and 10^3 a second are asked for), and a whole screening of 3 166 338 compositions with its Pareto front.
#include <lamella/chemistry/formula.hpp>
#include <lamella/screening.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>

using namespace lamella;

namespace {

SubstitutionGrid family(double step) {
  const std::array ranges{SubstitutionRange{parse_species("Mg"), 0, 0.2}, SubstitutionRange{parse_species("Cu"), 0, 0.2},
                          SubstitutionRange{parse_species("Sn"), 0, 0.2}};
  return {partition(parse_formula("NaNi0.2Fe0.2Mn0.6O2")), ranges, step};
}

EvaluationSettings settings(bool barriers) {
  EvaluationSettings s;
  s.barriers = barriers;
  return s;
}

void criteria(benchmark::State& state) {
  const CompositionEvaluator evaluator(family(0.02), settings(state.range(0) != 0));
  const auto parts = evaluator.grid().parts();
  std::int64_t count = 0;
  for (auto _ : state)
    for (const auto& part : parts)
      evaluator.grid().for_each(part, [&](const Steps& steps) {
        CriterionValues values;
        benchmark::DoNotOptimize(evaluator.evaluate(steps, values));
        benchmark::DoNotOptimize(values);
        ++count;
      });
  state.SetItemsProcessed(count);
}
BENCHMARK(criteria)->ArgName("barriers")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void tables(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(CompositionEvaluator(family(0.05), settings(true)).host_lattice());
}
BENCHMARK(tables)->Unit(benchmark::kMillisecond);

void whole_screening(benchmark::State& state) {
  const CompositionEvaluator evaluator(family(0.01), settings(state.range(0) != 0));
  const auto goals = default_goals(evaluator);
  for (auto _ : state) benchmark::DoNotOptimize(screen(evaluator, {}, goals).front_size());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(evaluator.grid().size()));
}
BENCHMARK(whole_screening)->ArgName("barriers")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
