// Points of a periodic cell around a position: every image within a radius.
#pragma once

#include <lamella/core/error.hpp>           // fail
#include <lamella/crystal/coordinates.hpp>  // Fractional, Cartesian
#include <lamella/crystal/unit_cell.hpp>    // UnitCell, cartesian_axes, reciprocal_metric, require_valid

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One image of a point near a position.
struct Neighbour {
  std::size_t point = 0;  ///< index into the points searched
  std::array<int, 3>
      translation;  ///< cells to add to the point as it was given, to be near the position as it was given
  double squared_distance = 0;  ///< Å²
};

/// Points of a cell sorted into boxes, so that the neighbours of a position cost time in proportion to their number, not to
/// that of the points.
class NeighbourSearch {
 public:
  /// Searches up to `reach`, Å. Throws for an impossible cell, a position that is not finite, and a cell so small against the
  /// reach that a position has more than about 10⁷ neighbours.
  NeighbourSearch(const UnitCell<double>& cell, std::span<const Fractional<double>> points, double reach)
      : axes_(cartesian_axes(cell)), squared_reach_(reach * reach) {
    require_valid(cell);
    if (!(reach > 0 && reach < 1e4))
      fail("search radius " + std::to_string(reach) + " Å, expected a positive length");
    const auto reciprocal = reciprocal_metric(cell);
    const std::array<double, 3> width{1 / std::sqrt(reciprocal.xx), 1 / std::sqrt(reciprocal.yy),
                                      1 / std::sqrt(reciprocal.zz)};
    // Boxes about as wide as the reach, but not many more of them than points.
    const double most = std::cbrt(static_cast<double>(points.size()) + 1) * 2;
    double images = 1;
    for (std::size_t k = 0; k < 3; ++k) {
      boxes_[k] = static_cast<int>(std::clamp(std::floor(width[k] / reach), 1.0, most));
      const double sides = std::ceil(reach * boxes_[k] / width[k]);
      images *= 2 * sides + 1;
      if (!(images * static_cast<double>(points.size()) < 3e7 * boxes_[k]))
        fail("the cell is too small for neighbours up to " + std::to_string(reach) +
             " Å, expected edges of some Å");
      sides_[k] = static_cast<int>(sides);
    }
    const auto count = static_cast<std::size_t>(boxes_[0] * boxes_[1] * boxes_[2]);
    first_.assign(count + 1, 0);
    std::vector<std::size_t> box(points.size());
    std::vector<Wrapped> wrapped;
    wrapped.reserve(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
      wrapped.push_back(wrap(points[i]));
      box[i] = index_of(box_of(wrapped[i].inside));
      ++first_[box[i] + 1];
    }
    for (std::size_t b = 0; b < count; ++b) first_[b + 1] += first_[b];
    points_.resize(points.size());
    auto next = first_;
    for (std::size_t i = 0; i < points.size(); ++i)
      points_[next[box[i]]++] = {axes_(wrapped[i].inside), wrapped[i].cells, i};
  }

  /// Calls `visit(Neighbour)` for every image within the reach of a position, one at the position itself included, in an
  /// order that depends on nothing but the points.
  template <class Visit>
  void around(const Fractional<double>& position, Visit visit) const {
    const Wrapped centre = wrap(position);
    const Cartesian<double> p = axes_(centre.inside);
    const std::array<int, 3> home = box_of(centre.inside);
    std::array<int, 3> at{}, image{};
    const auto step = [&](std::size_t k, int d) {
      const int b = home[k] + d;
      image[k] = b >= 0 ? b / boxes_[k] : -((boxes_[k] - 1 - b) / boxes_[k]);
      at[k] = b - image[k] * boxes_[k];
    };
    for (int i = -sides_[0]; i <= sides_[0]; ++i) {
      step(0, i);
      for (int j = -sides_[1]; j <= sides_[1]; ++j) {
        step(1, j);
        for (int k = -sides_[2]; k <= sides_[2]; ++k) {
          step(2, k);
          const Cartesian<double> shift = axes_(
              {static_cast<double>(image[0]), static_cast<double>(image[1]), static_cast<double>(image[2])});
          const Cartesian<double> from = p - shift;
          const std::size_t b = index_of(at);
          for (std::size_t n = first_[b]; n < first_[b + 1]; ++n) {
            const Cartesian<double> v = points_[n].position - from;
            const double d2 = dot(v, v);
            if (d2 > squared_reach_) continue;
            const auto& cells = points_[n].cells;
            visit(Neighbour{points_[n].point,
                            {image[0] - cells[0] + centre.cells[0], image[1] - cells[1] + centre.cells[1],
                             image[2] - cells[2] + centre.cells[2]},
                            d2});
          }
        }
      }
    }
  }

 private:
  struct Wrapped {
    Fractional<double> inside;
    std::array<int, 3> cells;
  };
  struct Point {
    Cartesian<double> position;
    std::array<int, 3> cells{};
    std::size_t point = 0;
  };

  static Wrapped wrap(const Fractional<double>& p) {
    const auto far = [](double x) { return !(std::abs(x) < 1e6); };
    if (far(p.x) || far(p.y) || far(p.z))
      fail("a position is not finite or very far off, expected fractional coordinates");
    const double x = std::floor(p.x), y = std::floor(p.y), z = std::floor(p.z);
    return {{p.x - x, p.y - y, p.z - z}, {static_cast<int>(x), static_cast<int>(y), static_cast<int>(z)}};
  }
  std::array<int, 3> box_of(const Fractional<double>& p) const {
    const auto box = [](double x, int n) { return std::min(n - 1, static_cast<int>(x * n)); };
    return {box(p.x, boxes_[0]), box(p.y, boxes_[1]), box(p.z, boxes_[2])};
  }
  std::size_t index_of(const std::array<int, 3>& b) const {
    return static_cast<std::size_t>((b[0] * boxes_[1] + b[1]) * boxes_[2] + b[2]);
  }

  CartesianAxes<double> axes_;
  double squared_reach_;
  std::array<int, 3> boxes_{}, sides_{};
  std::vector<std::size_t> first_;
  std::vector<Point> points_;
};

}  // namespace lamella::inline LAMELLA_ABI
