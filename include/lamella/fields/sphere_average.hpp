// Average and maximum of a field within a sphere.
#pragma once

#include <lamella/core/error.hpp>              // fail
#include <lamella/core/measured.hpp>           // Measured, to_string
#include <lamella/crystal/coordinates.hpp>     // Fractional
#include <lamella/crystal/unit_cell.hpp>       // cartesian_axes, reciprocal_metric
#include <lamella/fields/volumetric_grid.hpp>  // VolumetricGrid

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// A field within a sphere. Mean times points over all points of the cell is the share of the sphere in `mean` of the grid:
/// electrons in the sphere where the values are a density times volume.
struct SphereAverage {
  double mean = 0, maximum = 0;  ///< unit: `value_unit` of the grid
  std::size_t points = 0;        ///< grid points within the sphere, images counted each
};

/// The field within `radius` (Å) of a position, from the grid points there, those at the very radius included. Throws where the
/// radius is not above 0 and up to 20 Å, the position is not finite, or the sphere holds no grid point.
inline SphereAverage sphere_average(const VolumetricGrid& grid, const Fractional<double>& centre, double radius) {
  require_valid(grid);
  if (!(radius > 0 && radius <= 20)) fail("a sphere of radius " + to_string(Measured{radius, 0}) + " Å, expected above 0 and up to 20 Å");
  const auto reciprocal = reciprocal_metric(grid.cell);
  const std::array<double, 3> c = {centre.x, centre.y, centre.z};
  const std::array<double, 3> inverse_width = {std::sqrt(reciprocal.xx), std::sqrt(reciprocal.yy), std::sqrt(reciprocal.zz)};
  // Along each axis the indices that the sphere spans, in steps of the file.
  std::array<long, 3> first{}, last{}, count{};
  std::array<double, 3> middle{};
  for (std::size_t d = 0; d < 3; ++d) {
    if (!std::isfinite(c[d])) fail("a position that is not finite, expected fractional coordinates");
    count[d] = static_cast<long>(grid.shape[d]);
    const double n = static_cast<double>(count[d]);
    middle[d] = grid.handedness * c[d];
    middle[d] = (middle[d] - std::floor(middle[d])) * n;
    const double reach = radius * inverse_width[d] * n;
    first[d] = static_cast<long>(std::floor(middle[d] - reach));
    last[d] = static_cast<long>(std::ceil(middle[d] + reach));
  }
  const auto axes = cartesian_axes(grid.cell);
  const auto wrapped = [&](long index, std::size_t d) { return static_cast<std::size_t>((index % count[d] + count[d]) % count[d]); };
  const auto offset = [&](long index, std::size_t d) { return (static_cast<double>(index) - middle[d]) / static_cast<double>(count[d]); };
  const double limit = radius * radius * (1 + 1e-12);  // so that rounding does not lose points at the very radius
  SphereAverage result;
  double sum = 0;
  for (long k = first[2]; k <= last[2]; ++k)
    for (long j = first[1]; j <= last[1]; ++j) {
      const auto row = axes(Fractional<double>{0, offset(j, 1), offset(k, 2)});
      const double rest = limit - row.y * row.y - row.z * row.z;
      if (rest < 0) continue;
      const std::size_t line = grid.shape[0] * (wrapped(j, 1) + grid.shape[1] * wrapped(k, 2));
      for (long i = first[0]; i <= last[0]; ++i) {
        const double x = row.x + axes.a_x * offset(i, 0);
        if (x * x > rest) continue;
        const double value = grid.values[line + wrapped(i, 0)];
        sum += value;
        result.maximum = result.points == 0 ? value : std::max(result.maximum, value);
        ++result.points;
      }
    }
  if (result.points == 0)
    fail("a sphere of radius " + to_string(Measured{radius, 0}) + " Å holds no grid point, expected a larger one or a finer grid");
  result.mean = detail::finite_field(sum / static_cast<double>(result.points));
  return result;
}

}  // namespace lamella::inline LAMELLA_ABI
