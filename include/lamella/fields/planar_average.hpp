// Averages of a field over lattice planes.
#pragma once

#include <lamella/core/error.hpp>              // fail
#include <lamella/crystal/coordinates.hpp>     // Miller
#include <lamella/crystal/unit_cell.hpp>       // d_spacing
#include <lamella/fields/volumetric_grid.hpp>  // VolumetricGrid

#include <array>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Means of a field over equidistant planes.
struct PlanarAverage {
  Miller axis;                 ///< the planes are lattice planes (hkl) of these indices
  double period = 0;           ///< distance after which they repeat, Å: d(hkl)
  double handedness = 1;       ///< of the grid: the sense in which the heights grow
  std::vector<double> values;  ///< unit: `value_unit` of the grid

  /// Height of plane `n` above the origin along the normal of the planes, 0 up to `period`, Å.
  double height(std::size_t n) const {
    const std::size_t count = values.size();
    return period * static_cast<double>(handedness < 0 ? (count - n) % count : n) / static_cast<double>(count);
  }
};

/// The field averaged over planes (hkl): (0 0 1) gives one value for each point along c, the mean over a and b, in the order of
/// the grid. For other indices each plane that holds points is its own value: these are exact means too, over fewer points the
/// less the steps of the grid have in common. Throws where all indices are 0, an index is beyond 1000, or a value is not finite.
inline PlanarAverage planar_average(const VolumetricGrid& grid, const Miller& axis) {
  require_valid(grid);
  const std::array<int, 3> hkl = {axis.h, axis.k, axis.l};
  std::size_t planes = 1;
  bool any = false;
  for (std::size_t d = 0; d < 3; ++d) {
    if (hkl[d] < -1000 || hkl[d] > 1000) fail("planes of index " + std::to_string(hkl[d]) + ", expected indices from -1000 to 1000");
    any = any || hkl[d] != 0;
    const std::size_t n = grid.shape[d];
    // The heights h·i/n form a cyclic group; together the three make one of the order of their least common multiple.
    planes = std::lcm(planes, n / std::gcd(n, static_cast<std::size_t>(std::abs(hkl[d]))));
  }
  if (!any) fail("planes of indices (0 0 0), expected at least one other than 0");
  std::array<std::size_t, 3> step{};  // planes between neighbouring points
  for (std::size_t d = 0; d < 3; ++d) {
    const std::size_t n = grid.shape[d], h = static_cast<std::size_t>(std::abs(hkl[d]));
    const std::size_t up = h / std::gcd(n, h) * (planes / (n / std::gcd(n, h))) % planes;
    step[d] = hkl[d] < 0 ? (planes - up) % planes : up;
  }

  PlanarAverage result{axis, d_spacing(grid.cell, axis), grid.handedness, std::vector<double>(planes, 0.0)};
  auto& sums = result.values;
  const double* row = grid.values.data();
  for (std::size_t k = 0; k < grid.shape[2]; ++k)
    for (std::size_t j = 0; j < grid.shape[1]; ++j, row += grid.shape[0]) {
      std::size_t plane = (k * step[2] + j * step[1]) % planes;
      if (step[0] == 0) {
        double sum = 0;
        for (std::size_t i = 0; i < grid.shape[0]; ++i) sum += row[i];
        sums[plane] += sum;
      } else {
        for (std::size_t i = 0; i < grid.shape[0]; ++i) {
          sums[plane] += row[i];
          plane += step[0];
          if (plane >= planes) plane -= planes;
        }
      }
    }
  const double points = static_cast<double>(grid.values.size() / planes);
  for (double& x : sums) x = detail::finite_field(x / points);
  return result;
}

}  // namespace lamella::inline LAMELLA_ABI
