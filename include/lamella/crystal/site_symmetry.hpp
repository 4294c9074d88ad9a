// Site symmetry: which operations leave a position where it is, and their symbol as International Tables write it.
#pragma once

#include <lamella/core/error.hpp>                  // fail
#include <lamella/crystal/coordinates.hpp>         // Fractional
#include <lamella/crystal/point_group.hpp>         // point_group, rotation_kind, crystal_system
#include <lamella/crystal/space_group.hpp>         // SpaceGroup
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The symmetry of one position.
struct SiteSymmetry {
  /// Oriented symbol as in International Tables Vol. A, with a dot for each set of directions that carries nothing:
  /// "-3m" (Co in R-3m), ".m.", "2/m..", "mm2..", "1" for a general position.
  std::string symbol;
  std::string_view point_group;               ///< without orientation: "mm2"
  std::size_t multiplicity = 1;               ///< number of equivalent positions in the cell
  std::vector<SymmetryOperation> operations;  ///< that map the position onto itself or a lattice translation of it
};

namespace detail {

using Direction = std::array<int, 3>;

/// The axis of a rotation or rotoinversion (the normal of a mirror) as the shortest lattice vector, first component
/// that is not 0 positive; {0,0,0} for 1 and -1.
inline Direction axis_of(const SymmetryOperation& op) {
  const int kind = rotation_kind(op);
  if (kind == 1 || kind == -1) return {0, 0, 0};
  SymmetryOperation proper{op.rotation, {}};
  if (kind < 0)
    for (int& x : proper.rotation) x = -x;
  std::array<int, 9> sum{};  // of all powers: projects onto the axis
  SymmetryOperation power;
  for (int n = 0; n < std::abs(kind); ++n, power = power * proper)
    for (std::size_t i = 0; i < 9; ++i) sum[i] += power.rotation[i];
  Direction axis{};
  for (std::size_t column = 0; column < 3 && axis == Direction{}; ++column)
    axis = {sum[column], sum[3 + column], sum[6 + column]};
  const int divisor = std::gcd(std::gcd(axis[0], axis[1]), axis[2]);
  const int first = axis[0] != 0 ? axis[0] : axis[1] != 0 ? axis[1] : axis[2];
  for (int& x : axis) x = x / divisor * (first < 0 ? -1 : 1);
  return axis;
}

/// The sets of equivalent symmetry directions of a space group, in the order of its symbol (International Tables Vol. A,
/// table 2.1.3.1); none for triclinic and monoclinic groups and for unusual axes.
inline std::vector<std::vector<Direction>> symmetry_directions(const SpaceGroup& group) {
  switch (crystal_system(group)) {
    case CrystalSystem::orthorhombic:
      return {{{1, 0, 0}}, {{0, 1, 0}}, {{0, 0, 1}}};
    case CrystalSystem::tetragonal:
      return {{{0, 0, 1}}, {{1, 0, 0}, {0, 1, 0}}, {{1, 1, 0}, {1, -1, 0}}};
    case CrystalSystem::cubic:
      return {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
              {{1, 1, 1}, {1, -1, -1}, {1, -1, 1}, {1, 1, -1}},
              {{1, 1, 0}, {1, -1, 0}, {0, 1, 1}, {0, 1, -1}, {1, 0, 1}, {1, 0, -1}}};
    case CrystalSystem::trigonal:
    case CrystalSystem::hexagonal: {
      const bool rhombohedral_axes = std::any_of(group.operations().begin(), group.operations().end(), [](const auto& op) {
        return std::abs(rotation_kind(op)) == 3 && axis_of(op) == Direction{1, 1, 1};
      });
      if (rhombohedral_axes) return {{{1, 1, 1}}, {{1, -1, 0}, {0, 1, -1}, {1, 0, -1}}};
      const std::vector<std::vector<Direction>> all = {
          {{0, 0, 1}}, {{1, 0, 0}, {0, 1, 0}, {1, 1, 0}}, {{1, -1, 0}, {1, 2, 0}, {2, 1, 0}}};
      if (lattice_centring(group) == 'R') return {all[0], all[1]};
      return all;
    }
    default:
      return {};
  }
}

/// What the operations do along one direction: "4/m", "-3", "m", "2" …; empty for nothing.
inline std::string element_along(const std::vector<SymmetryOperation>& operations, const Direction& direction) {
  int proper = 1, improper = 0;
  bool mirror = false;
  for (const auto& op : operations) {
    if (axis_of(op) != direction) continue;
    const int kind = rotation_kind(op);
    if (kind > 0) proper = std::max(proper, kind);
    else if (kind == -2) mirror = true;
    else improper = std::max(improper, -kind);
  }
  if (proper == 1) return mirror ? "m" : "";
  if (improper > proper || (improper == 3 && proper == 3)) return "-" + std::to_string(improper);  // -4, -6, -3
  return std::to_string(proper) + (mirror ? "/m" : "");
}

inline std::string oriented_symbol(const SpaceGroup& group, const std::vector<SymmetryOperation>& operations,
                                   std::string_view plain) {
  const auto sets = symmetry_directions(group);
  if (sets.empty() || plain == "1" || plain == "-1") return std::string(plain);
  const bool cubic = sets[0].size() == 3;
  std::string symbol;
  std::size_t used = 0;
  for (const auto& set : sets) {
    std::vector<std::string> elements;
    std::vector<Direction> done;
    for (const auto& direction : set) {
      if (std::find(done.begin(), done.end(), direction) != done.end()) continue;
      for (const auto& op : operations) {  // equivalent directions are named once
        Direction image{};
        for (std::size_t i = 0; i < 3; ++i)
          for (std::size_t k = 0; k < 3; ++k) image[i] += op.rotation[3 * i + k] * direction[k];
        const int first = image[0] != 0 ? image[0] : image[1] != 0 ? image[1] : image[2];
        for (int& x : image) x = first < 0 ? -x : x;
        done.push_back(image);
      }
      std::string element = element_along(operations, direction);
      if (element.empty()) continue;
      // The short symbol: 2/m is m where there is more, and so is 4/m in m-3m.
      if ((element == "2/m" && plain != "2/m") || (element == "4/m" && plain == "m-3m")) element = "m";
      elements.push_back(element);
    }
    // Order within a set: rotations of order 3 and more, then m and 2 (cubic) or 2 and m (tetragonal).
    const auto rank = [&](const std::string& e) { return e == "m" ? (cubic ? 1 : 2) : e == "2" ? (cubic ? 2 : 1) : 0; };
    std::sort(elements.begin(), elements.end(), [&](const auto& x, const auto& y) { return rank(x) != rank(y) ? rank(x) < rank(y) : x < y; });
    used += elements.size();
    if (elements.empty()) symbol += '.';
    for (const auto& element : elements) symbol += element;
  }
  return used == 0 ? std::string(plain) : symbol;
}

}  // namespace detail

/// The symmetry of a position, with the tolerance of `multiplicity` (2·10⁻³ of a cell edge). Throws where a coordinate is
/// not finite.
inline SiteSymmetry site_symmetry(const SpaceGroup& group, const Fractional<double>& position) {
  const auto same = [](double x, double y) { return std::abs(x - y - std::round(x - y)) < 2e-3; };
  SiteSymmetry site;
  for (const auto& op : group.operations()) {
    const auto image = op(position);
    if (same(image.x, position.x) && same(image.y, position.y) && same(image.z, position.z)) site.operations.push_back(op);
  }
  if (site.operations.empty()) fail("a position that is not finite has no symmetry, expected fractional coordinates");
  site.multiplicity = group.order() / site.operations.size();
  site.point_group = point_group(site.operations);
  site.symbol = detail::oriented_symbol(group, site.operations, site.point_group);
  return site;
}

}  // namespace lamella::inline LAMELLA_ABI
