// Counts heap allocations: once set up, the cycles of a refinement need none.
#include <lamella/fit/levenberg_marquardt.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "../support/counted_allocations.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;

TEST_CASE("the cycles of a refinement allocate nothing once the first two have made room") {
  lamella_test::Random random(1);
  PowderModel<> m = lamella_test::synthetic_model();
  const auto pattern = lamella_test::noisy_pattern(m, lamella_test::synthetic_grid(), random);
  FreeParameters parameters = free_parameters(m);
  for (const char* name : {"*.scale", "pattern.background.*", "*.cell.a", "*.cell.c", "pattern.displacement", "*.strain", "*.size", "pattern.W",
                           "pattern.asymmetry", "*.*.z", "*.*.Uiso"})
    parameters.release(name);
  m.phases[0].crystal.cell = hexagonal_cell(2.965, 16.21);
  m.phases[0].size = 1500;
  PatternProblem<Structure<double>> problem(m, pattern, {});
  problem.choose(parameters.list());
  std::vector<std::size_t> counted;
  counted.reserve(100);
  LevenbergMarquardtOptions options;
  options.observer = [&](int, double) {
    counted.push_back(lamella_test::allocations);
    return true;
  };
  const auto fit = minimise(problem, problem.values(), options);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.parameters.size() == 15);
  REQUIRE(counted.size() > 3);
  CHECK(counted[0] > 0);
  CHECK(counted.back() == counted[1]);
}
