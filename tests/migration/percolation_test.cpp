#include <lamella/migration/percolation.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

/// In how many dimensions the points up to `level` percolate: a flood over unwrapped positions. Each point of a component that is
/// met in two cells gives a lattice vector; the rank of these by Gaussian elimination.
int flooded_rank(const EnergyGrid& grid, float level) {
  const std::array n{static_cast<int>(grid.shape[0]), static_cast<int>(grid.shape[1]), static_cast<int>(grid.shape[2])};
  const auto wrap = [&](std::array<int, 3> p) {
    for (std::size_t i = 0; i < 3; ++i) p[i] = ((p[i] % n[i]) + n[i]) % n[i];
    return p;
  };
  const auto energy = [&](const std::array<int, 3>& p) {
    return grid.energy[static_cast<std::size_t>((p[0] * n[1] + p[1]) * n[2] + p[2])];
  };
  std::map<std::array<int, 3>, std::array<int, 3>> seen;  // point of the cell: where the flood first met it
  int best = 0;
  for (int i = 0; i < n[0]; ++i)
    for (int j = 0; j < n[1]; ++j)
      for (int k = 0; k < n[2]; ++k) {
        const std::array<int, 3> start{i, j, k};
        if (energy(start) > level || seen.contains(start)) continue;
        std::vector<std::array<double, 3>> vectors;
        std::deque<std::array<int, 3>> queue{start};
        seen[start] = start;
        while (!queue.empty()) {
          const auto p = queue.front();
          queue.pop_front();
          for (int dx = -1; dx <= 1; ++dx)
            for (int dy = -1; dy <= 1; ++dy)
              for (int dz = -1; dz <= 1; ++dz) {
                const std::array<int, 3> q{p[0] + dx, p[1] + dy, p[2] + dz};
                const auto inside = wrap(q);
                if (energy(inside) > level) continue;
                const auto [place, fresh] = seen.try_emplace(inside, q);
                if (fresh) queue.push_back(q);
                else if (place->second != q)
                  vectors.push_back({double(q[0] - place->second[0]), double(q[1] - place->second[1]), double(q[2] - place->second[2])});
              }
        }
        int rank = 0;
        for (std::size_t column = 0; column < 3; ++column) {
          const auto pivot = std::find_if(vectors.begin() + rank, vectors.end(), [&](const auto& v) { return std::abs(v[column]) > 1e-9; });
          if (pivot == vectors.end()) continue;
          std::iter_swap(vectors.begin() + rank, pivot);
          const auto row = vectors[static_cast<std::size_t>(rank++)];
          for (std::size_t r = static_cast<std::size_t>(rank); r < vectors.size(); ++r) {
            const double f = vectors[r][column] / row[column];
            for (std::size_t c = 0; c < 3; ++c) vectors[r][c] -= f * row[c];
          }
        }
        best = std::max(best, rank);
      }
  return best;
}

EnergyGrid constant(std::array<std::size_t, 3> shape, float energy) {
  return {shape, std::vector<float>(shape[0] * shape[1] * shape[2], energy)};
}

}  // namespace

TEST_CASE("thresholds of random grids are those of a flood fill at every level") {
  lamella_test::Random random(7);
  for (const std::array<std::size_t, 3> shape : {std::array<std::size_t, 3>{4, 4, 4}, {3, 5, 6}, {8, 3, 4}, {1, 7, 5}, {2, 2, 9}, {6, 6, 6}})
    for (int repeat = 0; repeat < 12; ++repeat) {
      EnergyGrid grid = constant(shape, 0);
      // Every other grid has walls, so that the three thresholds differ widely or some are out of reach.
      for (std::size_t i = 0; i < grid.size(); ++i) {
        const bool wall = repeat % 2 == 1 && (i % shape[2] == 0 || i / shape[2] % shape[1] == 1);
        grid.energy[i] = static_cast<float>(random.uniform(-3, 3) + (wall ? random.uniform(4, 40) : 0));
      }
      const auto found = percolation_thresholds(grid);
      std::vector<float> levels = grid.energy;
      std::sort(levels.begin(), levels.end());
      CHECK(found.lowest == static_cast<double>(levels.front()));
      for (int dimension = 1; dimension <= 3; ++dimension) {
        // The lowest level that percolates, by bisection: the rank does not fall with the level.
        std::size_t low = 0, high = levels.size();
        while (low < high) {
          const std::size_t middle = (low + high) / 2;
          if (flooded_rank(grid, levels[middle]) >= dimension) high = middle;
          else low = middle + 1;
        }
        const auto threshold = found.energy[static_cast<std::size_t>(dimension - 1)];
        CAPTURE(dimension);
        CAPTURE(repeat);
        const bool within = low < levels.size() && levels[low] <= levels.front() + 30;
        REQUIRE(threshold.has_value() == within);
        if (within) CHECK(*threshold == static_cast<double>(levels[low]));
      }
    }
}

TEST_CASE("tubes, sheets and cages percolate in one, two and no dimensions") {
  EnergyGrid tube = constant({6, 6, 6}, 100);
  for (std::size_t k = 0; k < 6; ++k) tube.energy[(2 * 6 + 3) * 6 + k] = 1.5f;
  tube.energy[(2 * 6 + 3) * 6] = -0.5f;
  auto t = percolation_thresholds(tube);
  CHECK(t.barrier(1) == 2.0);
  CHECK_FALSE(t.barrier(2));
  CHECK_FALSE(t.barrier(3));
  CHECK(percolation_thresholds(tube, 1000).barrier(3) == 100.5);

  EnergyGrid sheet = constant({6, 6, 6}, 100);
  for (std::size_t j = 0; j < 6; ++j)
    for (std::size_t k = 0; k < 6; ++k) sheet.energy[(4 * 6 + j) * 6 + k] = 2;
  for (std::size_t k = 0; k < 6; ++k) sheet.energy[(4 * 6 + 1) * 6 + k] = 1;
  t = percolation_thresholds(sheet);
  CHECK(t.barrier(1) == 0.0);
  CHECK(t.barrier(2) == 1.0);
  CHECK_FALSE(t.barrier(3));

  EnergyGrid cage = constant({6, 6, 6}, 100);
  for (std::size_t i = 1; i < 4; ++i)
    for (std::size_t j = 1; j < 4; ++j)
      for (std::size_t k = 1; k < 4; ++k) cage.energy[(i * 6 + j) * 6 + k] = 1;
  CHECK_FALSE(percolation_thresholds(cage).barrier(1));
}

TEST_CASE("a diagonal that leaves through one face and comes back through another is one dimension") {
  EnergyGrid grid = constant({6, 6, 6}, 100);
  for (std::size_t i = 0; i < 6; ++i) grid.energy[(i * 6 + i) * 6 + (6 - i) % 6] = 0;
  const auto t = percolation_thresholds(grid);
  CHECK(t.barrier(1) == 0.0);
  CHECK_FALSE(t.barrier(2));
}

TEST_CASE("grids that are none") {
  const auto message = [](const EnergyGrid& grid) {
    try {
      percolation_thresholds(grid);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(message({}).find("expected one for each point") != std::string::npos);
  CHECK(message({{2, 2, 3}, std::vector<float>(11)}).find("11 energies") != std::string::npos);
  EnergyGrid broken = constant({2, 2, 2}, 1);
  broken.energy[5] = NAN;
  CHECK(message(broken).find("not finite") != std::string::npos);
  broken.energy[5] = INFINITY;
  CHECK(message(broken).find("not finite") != std::string::npos);
  CHECK_THROWS_AS((void)PercolationThresholds{}.barrier(4), Error);
}
