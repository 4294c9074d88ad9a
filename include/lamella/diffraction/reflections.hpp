// The reflections of a cell: symmetry-independent hkl with their multiplicity, in order of decreasing d.
#pragma once

#include <lamella/core/error.hpp>             // fail
#include <lamella/crystal/coordinates.hpp>    // Miller
#include <lamella/crystal/space_group.hpp>    // SpaceGroup
#include <lamella/crystal/unit_cell.hpp>      // UnitCell, reciprocal_metric, metric

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A powder reflection.
struct Reflection {
  Miller hkl;              ///< the representative: the largest of its equivalents, h first
  int multiplicity = 1;    ///< number of symmetry- and Friedel-equivalent reflections that it stands for
  double d = 0;            ///< Å, for the cell it was generated from
};

/// All reflections with d_min ≤ d ≤ d_max (Å) that the group does not extinguish, one for each set of equivalents.
/// Reflections that merely share d (such as 303 and 033 in R-3m) stay apart.
inline std::vector<Reflection> reflections(const UnitCell<double>& cell, const SpaceGroup& group, double d_min,
                                           double d_max = INFINITY) {
  constexpr double most = 2e6;  // indices to look at: beyond that the request is a mistake
  if (!(d_min > 0)) fail("reflections: smallest d must be positive");
  // |h| = |d*·a| ≤ a/d for every reflection of spacing d.
  const auto limit = [&](double edge) { return std::floor(edge / d_min + 1e-9); };
  const double h_max = limit(cell.a), k_max = limit(cell.b), l_max = limit(cell.c);
  if (!((2 * h_max + 1) * (2 * k_max + 1) * (2 * l_max + 1) < most))
    fail("reflections: the cell and the range of angles ask for more than a million reflections");
  const auto g = reciprocal_metric(cell);
  std::vector<Reflection> list;
  for (int h = 0; h <= static_cast<int>(h_max); ++h)
    for (int k = -static_cast<int>(k_max); k <= static_cast<int>(k_max); ++k)
      for (int l = -static_cast<int>(l_max); l <= static_cast<int>(l_max); ++l) {
        const Miller hkl{h, k, l};
        if (hkl == Miller{}) continue;
        const double d = 1 / std::sqrt(g.quadratic_form(hkl));
        if (!(d >= d_min && d <= d_max)) continue;
        const auto equivalents = group.equivalents(hkl);
        if (hkl != equivalents.back() || group.is_absent(hkl)) continue;
        list.push_back({hkl, static_cast<int>(equivalents.size()), d});
      }
  std::sort(list.begin(), list.end(), [](const Reflection& x, const Reflection& y) {
    return x.d != y.d ? x.d > y.d : x.hkl > y.hkl;
  });
  return list;
}

}  // namespace lamella
