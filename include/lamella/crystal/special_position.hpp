// The special position that rounded coordinates mean: 0.3333 is one third where symmetry says so.
#pragma once

#include <lamella/crystal/coordinates.hpp>  // Fractional
#include <lamella/crystal/space_group.hpp>  // SpaceGroup

#include <cmath>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The point of the highest site symmetry within `tolerance` (fraction of a cell edge, in each coordinate) of `p`: the
/// mean of the images of `p` that fall near it, which is the nearest point fixed by those operations. `p` itself where
/// there is no special position so near. The result is exact to rounding, e.g. 1/3 for 0.3333 on a threefold axis.
inline Fractional<double> nearest_special_position(const SpaceGroup& group, const Fractional<double>& p,
                                                   double tolerance = 1e-3) {
  const auto nearest_image = [&](const SymmetryOperation& op, const Fractional<double>& q) {
    const auto image = op(q);
    return Fractional<double>{image.x - std::round(image.x - q.x), image.y - std::round(image.y - q.y),
                              image.z - std::round(image.z - q.z)};
  };
  const auto within = [](const Fractional<double>& a, const Fractional<double>& b, double limit) {
    return std::abs(a.x - b.x) <= limit && std::abs(a.y - b.y) <= limit && std::abs(a.z - b.z) <= limit;
  };
  // A shift d moves an image by (R - 1) d: at most three times the largest component of d.
  for (const double reach : {3.0, 2.0, 1.0, 0.1}) {
    std::vector<const SymmetryOperation*> near;
    Fractional<double> mean{0, 0, 0};
    for (const auto& op : group.operations()) {
      const auto image = nearest_image(op, p);
      if (!within(image, p, reach * tolerance)) continue;
      near.push_back(&op);
      mean.x += image.x - p.x;
      mean.y += image.y - p.y;
      mean.z += image.z - p.z;
    }
    const double n = static_cast<double>(near.size());
    mean = {p.x + mean.x / n, p.y + mean.y / n, p.z + mean.z / n};
    bool fixed = within(mean, p, tolerance * (1 + 1e-9));
    for (const auto* op : near) fixed = fixed && within(nearest_image(*op, mean), mean, 1e-9);
    const auto settle = [](double to, double from) { return std::abs(to - from) < 1e-14 ? from : to; };
    if (fixed) return {settle(mean.x, p.x), settle(mean.y, p.y), settle(mean.z, p.z)};
  }
  return p;
}

}  // namespace lamella::inline LAMELLA_ABI
