// Counts heap allocations: a grid computed again needs none, nor does an energy at a point.
#include <lamella/migration/site_energy_grid.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "../support/counted_allocations.hpp"
#include "reference_cells.hpp"

using namespace lamella;
using lamella_test::allocations;

TEST_CASE("a grid and the energies at points allocate nothing once they are set up") {
  const SiteEnergy<BVSE> energy(lamella_test::o3_cell(), "Na+"_species);
  SiteEnergyGridCalculator calculator(energy, grid_shape(energy.cell(), 0.4));
  std::vector<float> grid(calculator.size());

  std::size_t before = allocations;
  std::vector<int> proof(10);
  CHECK(allocations == before + 1);  // the counter counts
  CHECK(proof.size() == 10);

  before = allocations;
  calculator.calculate(grid);
  double sum = energy({0.1, 0.2, 0.3}) + energy.expansion({0.1, 0.2, 0.3}).energy;
  CHECK(allocations - before == 0);
  CHECK(sum != 0);
  CHECK(grid[5] != 0);
}
