// Three lattice vectors in Cartesian axes of any orientation, as files state them.
#pragma once

#include <lamella/core/constants.hpp>       // degree
#include <lamella/crystal/coordinates.hpp>  // Fractional
#include <lamella/crystal/unit_cell.hpp>    // UnitCell, is_valid
#include <lamella/io/detail/text.hpp>       // show

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

using CartesianComponents = std::array<double, 3>;

/// a · (b × c).
inline double triple_product(const std::array<CartesianComponents, 3>& v) {
  return v[0][0] * (v[1][1] * v[2][2] - v[1][2] * v[2][1]) - v[0][1] * (v[1][0] * v[2][2] - v[1][2] * v[2][0]) +
         v[0][2] * (v[1][0] * v[2][1] - v[1][1] * v[2][0]);
}

/// A cell by its vectors. Left-handed vectors a, b, c are kept as the right-handed -a, -b, -c: the same lattice, and with all
/// fractional coordinates negated the same crystal, not its mirror image.
class LatticeVectors {
 public:
  static constexpr double shortest_edge = 0.1, longest_edge = 1e4;  // Å

  /// Takes the vectors (Å). Returns what is wrong with them, or nothing.
  std::string set(const std::array<CartesianComponents, 3>& vectors) {
    vectors_ = vectors;
    volume_ = triple_product(vectors_);
    if (volume_ < 0) {
      handedness_ = -1;
      volume_ = -volume_;
      for (auto& vector : vectors_)
        for (double& x : vector) x = -x;
    }
    const auto dot = [&](std::size_t i, std::size_t j) {
      return vectors_[i][0] * vectors_[j][0] + vectors_[i][1] * vectors_[j][1] + vectors_[i][2] * vectors_[j][2];
    };
    const CartesianComponents edges = {std::sqrt(dot(0, 0)), std::sqrt(dot(1, 1)), std::sqrt(dot(2, 2))};
    for (std::size_t i = 0; i < 3; ++i)
      if (!(edges[i] >= shortest_edge && edges[i] <= longest_edge))
        return std::string("lattice vector ") + "abc"[i] + " is " + show(edges[i]) + " Å long, expected " + show(shortest_edge) + " to " +
               show(longest_edge) + " Å";
    const auto angle = [&](std::size_t i, std::size_t j) {
      const double degrees = std::acos(std::clamp(dot(i, j) / (edges[i] * edges[j]), -1.0, 1.0)) / degree;
      for (const double usual : {90.0, 120.0})
        if (std::abs(degrees - usual) < 1e-10) return usual;
      return degrees;
    };
    cell_ = {edges[0], edges[1], edges[2], angle(1, 2), angle(0, 2), angle(0, 1)};
    if (!is_valid(cell_) || !(volume_ > 1e-5 * edges[0] * edges[1] * edges[2]))
      return "the lattice vectors enclose no volume, expected three that do not lie in a plane";
    return {};
  }

  const UnitCell<double>& cell() const noexcept { return cell_; }
  /// −1 where the vectors were left-handed, else 1.
  double handedness() const noexcept { return handedness_; }

  /// The fractions of a Cartesian vector (Å).
  Fractional<double> fractional(const CartesianComponents& p) const {
    const auto component = [&](std::size_t i) {
      auto vectors = vectors_;
      vectors[i] = p;
      return triple_product(vectors) / volume_;
    };
    return {component(0), component(1), component(2)};
  }

 private:
  std::array<CartesianComponents, 3> vectors_{};
  UnitCell<double> cell_{};
  double volume_ = 1, handedness_ = 1;
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
