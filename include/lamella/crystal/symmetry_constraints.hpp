// What symmetry leaves free: the independent cell parameters and site coordinates, found from the operations.
#pragma once

#include <lamella/crystal/coordinates.hpp>           // Fractional
#include <lamella/crystal/detail/row_reduction.hpp>  // row_reduced
#include <lamella/crystal/space_group.hpp>           // SpaceGroup
#include <lamella/crystal/symmetry_operation.hpp>    // SymmetryOperation
#include <lamella/crystal/unit_cell.hpp>             // UnitCell, SymmetricTensor, metric

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Which of a, b, c, α, β, γ a space group leaves free. `tied_to[i]` is the index of the parameter that the
/// i-th follows (its own index where it leads); `fixed[i]` says that symmetry sets its value.
struct CellFreedom {
  std::array<std::size_t, 6> tied_to{0, 1, 2, 3, 4, 5};
  std::array<bool, 6> fixed{};
};

/// Finds the free cell parameters of a group by averaging two unrelated metric tensors over its operations:
/// what is equal, 90° or 120° in both averages is so by symmetry.
inline CellFreedom cell_freedom(const SpaceGroup& group) {
  const auto average = [&](const std::array<double, 6>& m) {
    const double g[3][3] = {{m[0], m[5], m[4]}, {m[5], m[1], m[3]}, {m[4], m[3], m[2]}};
    std::array<double, 9> sum{};
    for (const auto& op : group.operations())
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
          for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t l = 0; l < 3; ++l)
              sum[3 * i + j] += op.rotation[3 * k + i] * g[k][l] * op.rotation[3 * l + j];
    std::array<double, 6> edges_and_cosines{};
    for (std::size_t i = 0; i < 3; ++i) edges_and_cosines[i] = std::sqrt(sum[4 * i]);
    const auto cosine = [&](std::size_t i, std::size_t j) {
      return sum[3 * i + j] / (edges_and_cosines[i] * edges_and_cosines[j]);
    };
    edges_and_cosines[3] = cosine(1, 2);
    edges_and_cosines[4] = cosine(0, 2);
    edges_and_cosines[5] = cosine(0, 1);
    return edges_and_cosines;
  };
  const auto first = average({9.1, 12.7, 17.9, 2.3, 1.1, 3.1});
  const auto second = average({15.3, 8.9, 11.3, -1.7, 2.9, 0.7});
  const auto same = [](double x, double y) {
    return std::abs(x - y) < 1e-9 * (std::abs(x) + std::abs(y) + 1);
  };
  const auto tied = [&](std::size_t i, std::size_t j) {
    return same(first[i], first[j]) && same(second[i], second[j]);
  };
  CellFreedom freedom;
  for (const std::size_t base : {std::size_t{0}, std::size_t{3}})
    for (std::size_t i = base + 1; i < base + 3; ++i)
      for (std::size_t j = i; j-- > base;)
        if (tied(i, j)) freedom.tied_to[i] = j;
  for (std::size_t i = 3; i < 6; ++i)
    freedom.fixed[i] =
        same(first[i], second[i]) && (same(first[i], 0) || same(first[i], -0.5) || same(first[i], 0.5));
  for (std::size_t i = 0; i < 6; ++i)
    while (freedom.tied_to[freedom.tied_to[i]] != freedom.tied_to[i])
      freedom.tied_to[i] = freedom.tied_to[freedom.tied_to[i]];
  return freedom;
}

namespace detail {

/// The directions that all operations chosen by `keep` leave as they are: each is (dx, dy, dz) with its first non-zero
/// component 1.
template <class Keep>
std::vector<std::array<double, 3>> unchanged_directions(const SpaceGroup& group, Keep keep) {
  std::vector<std::array<double, 3>> mean(3, std::array<double, 3>{});  // projector: the mean of the rotations
  for (const auto& op : group.operations()) {
    if (!keep(op)) continue;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        mean[j][i] += op.rotation[3 * i + j];  // columns as rows: they span the image
  }
  return row_reduced(std::move(mean));
}

}  // namespace detail

/// Directions in which a site may move without changing its site symmetry: each is (dx, dy, dz) with its first
/// non-zero component 1. Empty for a fixed position. Images within 2·10⁻³ of a cell edge count as one, as in `multiplicity`.
inline std::vector<std::array<double, 3>> site_freedom(const SpaceGroup& group, const Fractional<double>& p) {
  const auto near_zero = [](double x) { return std::abs(x - std::round(x)) < 2e-3; };
  return detail::unchanged_directions(group, [&](const SymmetryOperation& op) {
    const auto q = op(p);
    return near_zero(q.x - p.x) && near_zero(q.y - p.y) && near_zero(q.z - p.z);
  });
}

/// Directions in which the whole structure may move without changing: those along which the origin of a polar group is a
/// matter of choice, in the form of `site_freedom`. Empty in groups that are not polar.
inline std::vector<std::array<double, 3>> polar_directions(const SpaceGroup& group) {
  return detail::unchanged_directions(group, [](const SymmetryOperation&) { return true; });
}

}  // namespace lamella::inline LAMELLA_ABI
