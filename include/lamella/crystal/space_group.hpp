// Space groups: closed sets of symmetry operations, by name or from their operations.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place, fail
#include <lamella/core/result.hpp>                 // Result
#include <lamella/crystal/coordinates.hpp>         // Miller
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation, parse_operation

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A space group as the list of its operations modulo the lattice of the conventional cell
/// (International Tables Vol. A; hexagonal axes, obverse setting, for R groups).
class SpaceGroup {
 public:
  /// P1.
  SpaceGroup() : operations_{SymmetryOperation{}} {}

  /// The group that `generators` span. `name` and `number` describe it; number 0 means "not stated".
  /// Error where the operations do not close to at most 192 (the order of Fm-3m).
  static Result<SpaceGroup> try_generated_by(std::span<const SymmetryOperation> generators, std::string name,
                                             int number, const Place& where = {}) {
    constexpr std::size_t largest = 192;
    SpaceGroup group;
    group.name_ = std::move(name);
    group.number_ = number;
    auto& all = group.operations_;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const auto& g : generators) {
        const auto product = g * all[i];
        if (std::find(all.begin(), all.end(), product) != all.end()) continue;
        // The rotations of two operations may generate an infinite group: stop before its elements overflow.
        if (all.size() == largest || !detail::is_crystallographic(product.rotation))
          return Error("symmetry operations of " + group.name_ +
                           " do not form a space group, expected operations that close to at most 192",
                       where);
        all.push_back(product);
      }
    }
    return group;
  }

  /// `try_generated_by` that throws the error.
  static SpaceGroup generated_by(std::span<const SymmetryOperation> generators, std::string name, int number,
                                 const Place& where = {}) {
    return try_generated_by(generators, std::move(name), number, where).value();
  }

  /// Hermann-Mauguin symbol as given, e.g. "R-3m".
  const std::string& name() const noexcept { return name_; }
  /// Number in International Tables; 0 where it was not stated.
  int number() const noexcept { return number_; }
  /// All operations, the identity first; centring translations included.
  std::span<const SymmetryOperation> operations() const noexcept { return operations_; }
  std::size_t order() const noexcept { return operations_.size(); }

  /// Whether the group extinguishes the reflection (systematic absence).
  bool is_absent(const Miller& m) const {
    return std::any_of(operations_.begin(), operations_.end(), [&](const SymmetryOperation& op) {
      return op.transform(m) == m && op.phase(m) % SymmetryOperation::denominator != 0;
    });
  }

  /// The distinct reflections that symmetry and Friedel's law make equivalent to `m`, sorted.
  std::vector<Miller> equivalents(const Miller& m) const {
    std::vector<Miller> all;
    all.reserve(2 * operations_.size());
    for (const auto& op : operations_) {
      const Miller image = op.transform(m);
      all.push_back(image);
      all.push_back(-image);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

 private:
  std::string name_ = "P1";
  int number_ = 1;
  std::vector<SymmetryOperation> operations_;
};

namespace detail {

struct SpaceGroupRow {
  int number;
  std::string_view name;        ///< short Hermann-Mauguin symbol without blanks
  std::string_view full_name;   ///< its full, qualified or older spelling, without blanks; may be empty
  std::string_view generators;  ///< separated by ';'
};

/// International Tables for Crystallography Vol. A, generators of the standard settings (unique axis b,
/// hexagonal axes, origin at the inversion centre).
inline constexpr std::array space_group_table = {
    SpaceGroupRow{1, "P1", "", "x,y,z"},
    SpaceGroupRow{2, "P-1", "", "-x,-y,-z"},
    SpaceGroupRow{12, "C2/m", "C12/m1", "x+1/2,y+1/2,z;-x,y,-z;-x,-y,-z"},
    SpaceGroupRow{59, "Pmmn", "Pmmn:2", "-x+1/2,-y+1/2,z;-x,y+1/2,-z;-x,-y,-z"},
    SpaceGroupRow{62, "Pnma", "", "-x+1/2,-y,z+1/2;-x,y+1/2,-z;-x,-y,-z"},
    SpaceGroupRow{63, "Cmcm", "", "x+1/2,y+1/2,z;-x,-y,z+1/2;-x,y,-z+1/2;-x,-y,-z"},
    SpaceGroupRow{160, "R3m", "", "x+2/3,y+1/3,z+1/3;-y,x-y,z;-y,-x,z"},
    SpaceGroupRow{164, "P-3m1", "", "-y,x-y,z;y,x,-z;-x,-y,-z"},
    SpaceGroupRow{166, "R-3m", "", "x+2/3,y+1/3,z+1/3;-y,x-y,z;y,x,-z;-x,-y,-z"},
    SpaceGroupRow{176, "P63/m", "", "-y,x-y,z;-x,-y,z+1/2;-x,-y,-z"},
    SpaceGroupRow{186, "P63mc", "", "-y,x-y,z;-x,-y,z+1/2;-y,-x,z"},
    SpaceGroupRow{187, "P-6m2", "", "-y,x-y,z;x,y,-z;-y,-x,z"},
    SpaceGroupRow{194, "P63/mmc", "", "-y,x-y,z;-x,-y,z+1/2;y,x,-z;-x,-y,-z"},
    SpaceGroupRow{221, "Pm-3m", "Pm3m", "-x,-y,z;-x,y,-z;z,x,y;y,x,-z;-x,-y,-z"},
    SpaceGroupRow{225, "Fm-3m", "Fm3m", "x,y+1/2,z+1/2;x+1/2,y,z+1/2;-x,-y,z;-x,y,-z;z,x,y;y,x,-z;-x,-y,-z"},
};

/// A Hermann-Mauguin symbol without blanks and underscores, the lattice letter as given, the rest lower case, and
/// without the letter for hexagonal axes ("R -3 m :H", "R -3 m H"), which are the standard ones here.
inline std::string plain_symbol(std::string_view symbol) {
  std::string plain;
  for (const char c : symbol)
    if (c != ' ' && c != '_' && c != '\t')
      plain += (c >= 'A' && c <= 'Z' && !plain.empty()) ? char(c - 'A' + 'a') : c;
  if (plain.starts_with('R') && plain.ends_with('h')) {
    plain.pop_back();
    if (plain.ends_with(':')) plain.pop_back();
  }
  return plain;
}

}  // namespace detail

/// The tabulated space group of that Hermann-Mauguin symbol in its standard setting ("R -3 m :H", "P6_3/mmc",
/// "C 1 2/m 1", the older "P m 3 m" …), or nothing where the table has none: then give its operations to
/// `SpaceGroup::generated_by`.
inline std::optional<SpaceGroup> find_space_group(std::string_view symbol) {
  const std::string wanted = detail::plain_symbol(symbol);
  for (const auto& row : detail::space_group_table) {
    if (wanted != row.name && (row.full_name.empty() || wanted != detail::plain_symbol(row.full_name)))
      continue;
    std::vector<SymmetryOperation> generators;
    for (std::string_view rest = row.generators; !rest.empty();) {
      const auto end = std::min(rest.find(';'), rest.size());
      generators.push_back(parse_operation(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return SpaceGroup::generated_by(generators, std::string(row.name), row.number);
  }
  return std::nullopt;
}

/// As `find_space_group`, but throws where the table has none.
inline SpaceGroup space_group(std::string_view symbol) {
  auto found = find_space_group(symbol);
  if (!found) {
    std::string known;
    for (const auto& row : detail::space_group_table) known += " " + std::string(row.name);
    fail("space group \"" + std::string(symbol) + "\" is not tabulated, expected one of" + known +
         ", or the list of symmetry operations");
  }
  return *std::move(found);
}

}  // namespace lamella::inline LAMELLA_ABI
