// Counts heap allocations: a grid computed again needs none, nor does an energy at a point.
#include <lamella/migration/site_energy_grid.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include "reference_cells.hpp"

namespace {

std::atomic<std::size_t> allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  std::abort();
}

}  // namespace

// For the whole executable. The aligned forms, which the library does not use, stay as they are.
void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

using namespace lamella;

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
