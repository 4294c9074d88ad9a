// At which energy an ion gets through the whole crystal: exact thresholds of an energy grid in one, two and three dimensions. Of a
// bond-valence site energy they rank crystals; they are no barriers of first-principles calculations.
#pragma once

#include <lamella/core/error.hpp>                        // fail
#include <lamella/migration/detail/winding_forest.hpp>   // WindingForest
#include <lamella/migration/site_energy_grid.hpp>        // EnergyGrid

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The energies at which connected points first run through the crystal along one, two and three independent directions, eV.
struct PercolationThresholds {
  double lowest = 0;                               ///< energy of the lowest site, eV
  std::array<std::optional<double>, 3> energy{};   ///< 1D, 2D, 3D; absent where there is none below the cap

  /// Energy above the lowest site, eV, for 1, 2 or 3 dimensions.
  std::optional<double> barrier(std::size_t dimensions) const {
    if (dimensions < 1 || dimensions > 3) fail("a barrier in " + std::to_string(dimensions) + " dimensions, expected 1, 2 or 3");
    const auto& e = energy[dimensions - 1];
    return e ? std::optional(*e - lowest) : std::nullopt;
  }
};

/// How far above the lowest energy percolation is looked for, eV: beyond, ions overlap.
inline constexpr double highest_barrier = 30;

namespace detail {

/// A point of a grid and its energy as bits that sort like it.
struct EnergyPoint {
  std::uint32_t key;
  std::uint32_t point;
};

/// Energies as unsigned numbers of the same order.
inline std::uint32_t ordered_bits(float energy) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(energy);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

/// The points of energy up to `most`, ascending; among equals in their order in the grid. A radix sort of three passes.
inline std::vector<EnergyPoint> ascending_points(const EnergyGrid& grid, float most) {
  constexpr std::size_t buckets = 2048;
  std::vector<EnergyPoint> points, other;
  points.reserve(static_cast<std::size_t>(
      std::count_if(grid.energy.begin(), grid.energy.end(), [&](float e) { return e <= most; })));
  for (std::size_t i = 0; i < grid.size(); ++i)
    if (grid.energy[i] <= most) points.push_back({ordered_bits(grid.energy[i]), static_cast<std::uint32_t>(i)});
  other.resize(points.size());
  for (const unsigned shift : {0u, 11u, 22u}) {
    std::array<std::uint32_t, buckets> start{};
    for (const auto& p : points) ++start[p.key >> shift & (buckets - 1)];
    std::uint32_t sum = 0;
    for (auto& s : start) sum += std::exchange(s, sum);
    for (const auto& p : points) other[start[p.key >> shift & (buckets - 1)]++] = p;
    points.swap(other);
  }
  return points;
}

/// The 26 points around a point of a periodic grid, in terms of array positions and cells.
class GridNeighbours {
 public:
  static constexpr std::size_t count = 26;
  struct Neighbour {
    std::size_t point = 0;
    Winding cell{};
  };

  explicit GridNeighbours(const std::array<std::size_t, 3>& shape) : shape_(shape) {}

  std::array<Neighbour, count> operator()(std::size_t point) const noexcept {
    const std::array at{point / shape_[2] / shape_[1], point / shape_[2] % shape_[1], point % shape_[2]};
    std::array<std::array<std::size_t, 3>, 3> to;
    std::array<std::array<std::int32_t, 3>, 3> cell{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::size_t n = shape_[axis], x = at[axis];
      to[axis] = {x == 0 ? n - 1 : x - 1, x, x + 1 == n ? 0 : x + 1};
      cell[axis] = {x == 0 ? -1 : 0, 0, x + 1 == n ? 1 : 0};
    }
    std::array<Neighbour, count> all;
    std::size_t next = 0;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        for (std::size_t k = 0; k < 3; ++k) {
          if (i == 1 && j == 1 && k == 1) continue;
          all[next++] = {(to[0][i] * shape_[1] + to[1][j]) * shape_[2] + to[2][k], {cell[0][i], cell[1][j], cell[2][k]}};
        }
    return all;
  }

 private:
  std::array<std::size_t, 3> shape_;
};

inline void require_grid(const EnergyGrid& grid) {
  const auto& n = grid.shape;
  if (grid.size() == 0 || n[0] * n[1] * n[2] != grid.size() || grid.size() > 100'000'000)
    fail("energy grid of " + std::to_string(n[0]) + " x " + std::to_string(n[1]) + " x " + std::to_string(n[2]) + " points with " +
         std::to_string(grid.size()) + " energies, expected one for each point and at most 100 million");
  if (!std::all_of(grid.energy.begin(), grid.energy.end(), [](float e) { return std::isfinite(e); }))
    fail("energy grid: an energy is not finite, expected eV");
}

}  // namespace detail

/// The thresholds of a grid, exactly: points enter from the lowest energy up and join their 26 neighbours; the energy at which a
/// component first has 1, 2, 3 independent lattice vectors among its cycles is the threshold. `cap` is in eV above the lowest
/// energy. Throws where the grid is empty or holds an energy that is not finite.
inline PercolationThresholds percolation_thresholds(const EnergyGrid& grid, double cap = highest_barrier) {
  detail::require_grid(grid);
  PercolationThresholds result;
  const float lowest = *std::min_element(grid.energy.begin(), grid.energy.end());
  result.lowest = static_cast<double>(lowest);
  const auto points = detail::ascending_points(grid, static_cast<float>(result.lowest + cap));
  const detail::GridNeighbours neighbours(grid.shape);
  detail::WindingForest forest(grid.size());
  std::size_t reached = 0;
  for (const auto& [key, point] : points) {
    forest.insert(point);
    for (const auto& [other, cell] : neighbours(point)) {
      if (!forest.contains(other)) continue;
      for (const auto rank = static_cast<std::size_t>(forest.join(point, other, cell)); reached < rank;)
        result.energy[reached++] = static_cast<double>(grid.energy[point]);
    }
    if (reached == 3) break;
  }
  return result;
}

}  // namespace lamella::inline LAMELLA_ABI
