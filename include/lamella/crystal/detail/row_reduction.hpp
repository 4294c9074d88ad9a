// The reduced row echelon form of a small matrix: a basis of what its rows span that is the same however they were found.
#pragma once

#include <lamella/version.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Rows whose first non-zero element (the pivot) is 1 and stands alone in its column, in the order of their pivots. Elements
/// below `negligible` count as zero: the elements of a matrix of integers or of a projector that are not 0 are far above.
template <std::size_t N>
std::vector<std::array<double, N>> row_reduced(std::vector<std::array<double, N>> rows) {
  constexpr double negligible = 1e-9;
  std::size_t rank = 0;
  for (std::size_t column = 0; column < N && rank < rows.size(); ++column) {
    std::size_t pivot = rank;
    for (std::size_t i = rank + 1; i < rows.size(); ++i)
      if (std::abs(rows[i][column]) > std::abs(rows[pivot][column])) pivot = i;
    if (!(std::abs(rows[pivot][column]) > negligible)) continue;
    std::swap(rows[pivot], rows[rank]);
    const double scale = rows[rank][column];
    for (double& x : rows[rank]) x /= scale;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == rank) continue;
      const double factor = rows[i][column];
      for (std::size_t j = 0; j < N; ++j) rows[i][j] -= factor * rows[rank][j];
      rows[i][column] = 0;
    }
    ++rank;
  }
  rows.resize(rank);
  for (auto& row : rows)
    for (double& x : row)
      if (std::abs(x) < negligible) x = 0;
  return rows;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
