// The symmetry that a structure has, whatever group it is stated in: files of structure databases list all atoms of a cell in P 1.
#pragma once

#include <lamella/core/constants.hpp>              // degree
#include <lamella/crystal/cell_atoms.hpp>          // cell_atoms
#include <lamella/crystal/coordinates.hpp>         // Fractional
#include <lamella/crystal/space_group.hpp>         // SpaceGroup, identify_setting
#include <lamella/crystal/special_position.hpp>    // nearest_special_position
#include <lamella/crystal/structure.hpp>           // Structure
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation, detail::is_crystallographic
#include <lamella/crystal/unit_cell.hpp>           // UnitCell, metric

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Finds the operations that map a structure onto itself.
class SymmetryFinder {
 public:
  SymmetryFinder(const Structure<double>& structure, double tolerance)
      : structure_(structure), atoms_(cell_atoms(structure)), tolerance_(tolerance) {
    const auto m = metric(structure.cell);
    metric_ = {{{m.xx, m.xy, m.xz}, {m.xy, m.yy, m.yz}, {m.xz, m.yz, m.zz}}};
  }

  /// Those whose translations are multiples of 1/24 of an edge, the identity first.
  std::vector<SymmetryOperation> operations() const {
    std::vector<SymmetryOperation> found{SymmetryOperation{}};
    if (atoms_.empty()) return found;
    const std::size_t origin = rarest();
    SymmetryOperation op;
    constexpr int rotations = 19683;  // 3⁹: elements −1, 0, 1
    for (int code = 0; code < rotations; ++code) {
      for (int rest = code; int& element : op.rotation) {
        element = rest % 3 - 1;
        rest /= 3;
      }
      if (!is_crystallographic(op.rotation) || !keeps_metric(op.rotation)) continue;
      op.translation = {};
      const auto turned = op(atoms_[origin].position);
      for (std::size_t j = 0; j < atoms_.size(); ++j) {
        if (!alike(origin, j)) continue;
        SymmetryOperation candidate = op;
        if (!translate(candidate, turned, atoms_[j].position) || !maps(candidate)) continue;
        if (std::find(found.begin(), found.end(), candidate) == found.end()) found.push_back(candidate);
      }
    }
    return found;
  }

  /// The sites of an asymmetric unit in `group`: the first atom of each orbit, on its special position.
  std::vector<Site<double>> sites(const SpaceGroup& group) const {
    std::vector<Site<double>> list;
    std::vector<bool> seen(atoms_.size(), false);
    const double edge = std::sqrt(std::min({metric_[0][0], metric_[1][1], metric_[2][2]}));
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      if (seen[i]) continue;
      list.push_back(structure_.sites[atoms_[i].site]);
      for (const auto& op : group.operations()) {
        const auto image = op(atoms_[i].position);
        for (std::size_t j = i; j < atoms_.size(); ++j)
          if (!seen[j] && alike(i, j) && distance(image, atoms_[j].position) <= 2 * tolerance_) seen[j] = true;
      }
      list.back().position = nearest_special_position(group, atoms_[i].position, 2 * tolerance_ / edge);
    }
    return list;
  }

  /// The cell with the mean of the metrics into which `group` turns it: edges and angles are exactly what the group demands.
  UnitCell<double> cell(const SpaceGroup& group) const {
    std::array<std::array<double, 3>, 3> mean{};
    for (const auto& op : group.operations())
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) mean[i][j] += turned_metric(op.rotation, i, j) / static_cast<double>(group.order());
    const auto angle = [&](std::size_t i, std::size_t j) {
      const double exact = std::acos(mean[i][j] / std::sqrt(mean[i][i] * mean[j][j])) / degree;
      for (const double usual : {60.0, 90.0, 120.0})
        if (std::abs(exact - usual) < 1e-9) return usual;
      return exact;
    };
    return {std::sqrt(mean[0][0]), std::sqrt(mean[1][1]), std::sqrt(mean[2][2]), angle(1, 2), angle(0, 2), angle(0, 1)};
  }

 private:
  /// An atom of the species that the cell has fewest of: the fewest translations to try.
  std::size_t rarest() const {
    std::size_t best = 0, least = atoms_.size() + 1;
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      std::size_t count = 0;
      for (std::size_t j = 0; j < atoms_.size(); ++j) count += alike(i, j) ? 1 : 0;
      if (count < least) {
        least = count;
        best = i;
      }
    }
    return best;
  }

  bool alike(std::size_t i, std::size_t j) const {
    const auto &a = structure_.sites[atoms_[i].site], &b = structure_.sites[atoms_[j].site];
    constexpr double rounding = 1e-3;  // of occupancies in files
    return a.species == b.species && std::abs(a.occupancy - b.occupancy) < rounding;
  }

  double turned_metric(const std::array<int, 9>& r, std::size_t i, std::size_t j) const {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t l = 0; l < 3; ++l) sum += r[3 * k + i] * metric_[k][l] * r[3 * l + j];
    return sum;
  }

  bool keeps_metric(const std::array<int, 9>& r) const {
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = i; j < 3; ++j)
        if (std::abs(turned_metric(r, i, j) - metric_[i][j]) > tolerance_ * (std::sqrt(metric_[i][i]) + std::sqrt(metric_[j][j]))) return false;
    return true;
  }

  /// Gives an operation without translation that which takes `from` to `to`; false where it is no multiple of 1/24.
  bool translate(SymmetryOperation& op, const Fractional<double>& from, const Fractional<double>& to) const {
    const std::array<double, 3> exact{to.x - from.x, to.y - from.y, to.z - from.z};
    for (std::size_t i = 0; i < 3; ++i) {
      const double steps = exact[i] * SymmetryOperation::denominator;
      if (std::abs(steps - std::round(steps)) * std::sqrt(metric_[i][i]) > 2 * tolerance_ * SymmetryOperation::denominator) return false;
      op.translation[i] = static_cast<int>(std::lround(steps - SymmetryOperation::denominator * std::floor(steps / SymmetryOperation::denominator + 1e-9))) %
                          SymmetryOperation::denominator;
      if (op.translation[i] < 0) op.translation[i] += SymmetryOperation::denominator;
    }
    return true;
  }

  bool maps(const SymmetryOperation& op) const {
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      const auto image = op(atoms_[i].position);
      bool met = false;
      for (std::size_t j = 0; j < atoms_.size() && !met; ++j) met = alike(i, j) && distance(image, atoms_[j].position) <= 2 * tolerance_;
      if (!met) return false;
    }
    return true;
  }

  /// From the nearest image, Å.
  double distance(const Fractional<double>& p, const Fractional<double>& q) const {
    std::array<double, 3> d{p.x - q.x, p.y - q.y, p.z - q.z};
    for (double& x : d) x -= std::round(x);
    double sum = 0;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) sum += d[i] * metric_[i][j] * d[j];
    return std::sqrt(std::max(0.0, sum));
  }

  const Structure<double>& structure_;
  std::vector<CellAtom<double>> atoms_;
  double tolerance_;
  std::array<std::array<double, 3>, 3> metric_{};
};

}  // namespace detail

/// The structure in the space group that its atoms have, in the same cell: operations that move no atom by more than twice the `tolerance`
/// (Å) from a like one, species and occupancy the same. One site of each orbit stays, under its label and on its special position; the cell becomes
/// exactly what the group demands. The group has the name of its tabulated setting, or "P1 and n operations" where these axes
/// or this origin are none. Returned as it is: a structure without more symmetry than it states, one whose operations do not close to
/// a group within the tolerance, and one with anisotropic displacements. Operations whose translations are no multiples of 1/24 of an edge, for
/// an origin anywhere, are not found.
inline Structure<double> with_found_symmetry(const Structure<double>& structure, double tolerance = 0.005) {
  if (std::any_of(structure.sites.begin(), structure.sites.end(), [](const auto& site) { return site.u_aniso.has_value(); })) return structure;
  const detail::SymmetryFinder finder(structure, tolerance);
  const auto operations = finder.operations();
  if (operations.size() <= structure.space_group.order()) return structure;
  auto group = SpaceGroup::try_generated_by(operations, "P1 and " + std::to_string(operations.size() - 1) + " operations", 0);
  if (!group || group.value().order() != operations.size()) return structure;
  const SpaceGroupSetting* setting = identify_setting(group.value());
  Structure<double> found{structure.name, setting != nullptr ? space_group(*setting) : std::move(group).value(), {}, {}};
  found.cell = finder.cell(found.space_group);
  found.sites = finder.sites(found.space_group);
  return found;
}

}  // namespace lamella::inline LAMELLA_ABI
