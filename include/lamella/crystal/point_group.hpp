// What a space group is apart from its translations: point group, Laue class, crystal system, centre, lattice.
//
// International Tables for Crystallography Vol. A, chapters 1.4 and 3.2.
#pragma once

#include <lamella/core/error.hpp>                  // fail
#include <lamella/crystal/space_group.hpp>         // SpaceGroup
#include <lamella/crystal/symmetry_operation.hpp>  // SymmetryOperation

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Crystal systems; trigonal groups are those with one threefold axis, whatever their lattice.
enum class CrystalSystem : std::uint8_t { triclinic, monoclinic, orthorhombic, tetragonal, trigonal, hexagonal, cubic };

constexpr std::string_view to_string(CrystalSystem system) noexcept {
  constexpr std::array<std::string_view, 7> names = {"triclinic", "monoclinic", "orthorhombic", "tetragonal",
                                                     "trigonal",  "hexagonal",  "cubic"};
  return names[static_cast<std::size_t>(system)];
}

/// The kind of the rotation part: 1, 2, 3, 4, 6, or -1, -2 (mirror), -3, -4, -6 for rotoinversions.
/// Precondition: it is one of a lattice.
constexpr int rotation_kind(const SymmetryOperation& op) noexcept {
  const auto& r = op.rotation;
  const int determinant = r[0] * (r[4] * r[8] - r[5] * r[7]) - r[1] * (r[3] * r[8] - r[5] * r[6]) +
                          r[2] * (r[3] * r[7] - r[4] * r[6]);
  const int trace = determinant * (r[0] + r[4] + r[8]);
  const int order = trace == 3 ? 1 : trace == -1 ? 2 : trace == 0 ? 3 : trace == 1 ? 4 : 6;
  return determinant * order;
}

namespace detail {

/// One of the 32 point groups: how many rotations it has of each kind.
struct PointGroupRow {
  std::string_view symbol;
  CrystalSystem system;
  std::string_view laue_class;
  std::array<int, 10> counts;  ///< of -6, -4, -3, -2, -1, 1, 2, 3, 4, 6
};

inline constexpr std::array<PointGroupRow, 32> point_group_table = {{
    {"1", CrystalSystem::triclinic, "-1", {0, 0, 0, 0, 0, 1, 0, 0, 0, 0}},
    {"-1", CrystalSystem::triclinic, "-1", {0, 0, 0, 0, 1, 1, 0, 0, 0, 0}},
    {"2", CrystalSystem::monoclinic, "2/m", {0, 0, 0, 0, 0, 1, 1, 0, 0, 0}},
    {"m", CrystalSystem::monoclinic, "2/m", {0, 0, 0, 1, 0, 1, 0, 0, 0, 0}},
    {"2/m", CrystalSystem::monoclinic, "2/m", {0, 0, 0, 1, 1, 1, 1, 0, 0, 0}},
    {"222", CrystalSystem::orthorhombic, "mmm", {0, 0, 0, 0, 0, 1, 3, 0, 0, 0}},
    {"mm2", CrystalSystem::orthorhombic, "mmm", {0, 0, 0, 2, 0, 1, 1, 0, 0, 0}},
    {"mmm", CrystalSystem::orthorhombic, "mmm", {0, 0, 0, 3, 1, 1, 3, 0, 0, 0}},
    {"4", CrystalSystem::tetragonal, "4/m", {0, 0, 0, 0, 0, 1, 1, 0, 2, 0}},
    {"-4", CrystalSystem::tetragonal, "4/m", {0, 2, 0, 0, 0, 1, 1, 0, 0, 0}},
    {"4/m", CrystalSystem::tetragonal, "4/m", {0, 2, 0, 1, 1, 1, 1, 0, 2, 0}},
    {"422", CrystalSystem::tetragonal, "4/mmm", {0, 0, 0, 0, 0, 1, 5, 0, 2, 0}},
    {"4mm", CrystalSystem::tetragonal, "4/mmm", {0, 0, 0, 4, 0, 1, 1, 0, 2, 0}},
    {"-42m", CrystalSystem::tetragonal, "4/mmm", {0, 2, 0, 2, 0, 1, 3, 0, 0, 0}},
    {"4/mmm", CrystalSystem::tetragonal, "4/mmm", {0, 2, 0, 5, 1, 1, 5, 0, 2, 0}},
    {"3", CrystalSystem::trigonal, "-3", {0, 0, 0, 0, 0, 1, 0, 2, 0, 0}},
    {"-3", CrystalSystem::trigonal, "-3", {0, 0, 2, 0, 1, 1, 0, 2, 0, 0}},
    {"32", CrystalSystem::trigonal, "-3m", {0, 0, 0, 0, 0, 1, 3, 2, 0, 0}},
    {"3m", CrystalSystem::trigonal, "-3m", {0, 0, 0, 3, 0, 1, 0, 2, 0, 0}},
    {"-3m", CrystalSystem::trigonal, "-3m", {0, 0, 2, 3, 1, 1, 3, 2, 0, 0}},
    {"6", CrystalSystem::hexagonal, "6/m", {0, 0, 0, 0, 0, 1, 1, 2, 0, 2}},
    {"-6", CrystalSystem::hexagonal, "6/m", {2, 0, 0, 1, 0, 1, 0, 2, 0, 0}},
    {"6/m", CrystalSystem::hexagonal, "6/m", {2, 0, 2, 1, 1, 1, 1, 2, 0, 2}},
    {"622", CrystalSystem::hexagonal, "6/mmm", {0, 0, 0, 0, 0, 1, 7, 2, 0, 2}},
    {"6mm", CrystalSystem::hexagonal, "6/mmm", {0, 0, 0, 6, 0, 1, 1, 2, 0, 2}},
    {"-6m2", CrystalSystem::hexagonal, "6/mmm", {2, 0, 0, 4, 0, 1, 3, 2, 0, 0}},
    {"6/mmm", CrystalSystem::hexagonal, "6/mmm", {2, 0, 2, 7, 1, 1, 7, 2, 0, 2}},
    {"23", CrystalSystem::cubic, "m-3", {0, 0, 0, 0, 0, 1, 3, 8, 0, 0}},
    {"m-3", CrystalSystem::cubic, "m-3", {0, 0, 8, 3, 1, 1, 3, 8, 0, 0}},
    {"432", CrystalSystem::cubic, "m-3m", {0, 0, 0, 0, 0, 1, 9, 8, 6, 0}},
    {"-43m", CrystalSystem::cubic, "m-3m", {0, 6, 0, 6, 0, 1, 3, 8, 0, 0}},
    {"m-3m", CrystalSystem::cubic, "m-3m", {0, 6, 8, 9, 1, 1, 9, 8, 6, 0}},
}};

/// The point group of a closed set of operations; lattice translations count once.
constexpr const PointGroupRow& point_group_row(std::span<const SymmetryOperation> operations) {
  std::array<int, 10> counts{};
  for (std::size_t i = 0; i < operations.size(); ++i) {
    bool seen = false;
    for (std::size_t j = 0; j < i && !seen; ++j) seen = operations[j].rotation == operations[i].rotation;
    if (seen) continue;
    constexpr std::array<int, 10> kinds = {-6, -4, -3, -2, -1, 1, 2, 3, 4, 6};
    const int kind = rotation_kind(operations[i]);
    for (std::size_t k = 0; k < kinds.size(); ++k) counts[k] += static_cast<int>(kinds[k] == kind);
  }
  for (const auto& row : point_group_table)
    if (row.counts == counts) return row;
  fail("the operations are no crystallographic point group, expected a closed set");
}

}  // namespace detail

/// The point group of closed operations as its Hermann-Mauguin symbol without orientation, one of the 32 such as "-3m",
/// "mm2" or "-42m". Throws where the operations are not closed.
constexpr std::string_view point_group(std::span<const SymmetryOperation> operations) {
  return detail::point_group_row(operations).symbol;
}
inline std::string_view point_group(const SpaceGroup& group) { return point_group(group.operations()); }

/// The Laue class, one of -1, 2/m, mmm, 4/m, 4/mmm, -3, -3m, 6/m, 6/mmm, m-3, m-3m: the symmetry of intensities.
inline std::string_view laue_class(const SpaceGroup& group) {
  return detail::point_group_row(group.operations()).laue_class;
}

inline CrystalSystem crystal_system(const SpaceGroup& group) {
  return detail::point_group_row(group.operations()).system;
}

/// Whether the group has an inversion, at the origin or elsewhere.
inline bool is_centrosymmetric(const SpaceGroup& group) {
  return std::any_of(group.operations().begin(), group.operations().end(),
                     [](const SymmetryOperation& op) { return rotation_kind(op) == -1; });
}

/// The letter of the lattice of the cell: P A B C I F, R (obverse), or the S, T (reverse) and H of Hall symbols; nothing
/// where the translations are those of none of them (a supercell).
inline std::optional<char> lattice_centring(const SpaceGroup& group) {
  std::vector<std::array<int, 3>> translations;
  for (const auto& op : group.operations())
    if (op.rotation == SymmetryOperation{}.rotation) translations.push_back(op.translation);
  std::sort(translations.begin(), translations.end());
  constexpr std::string_view letters = "PABCIFRSTH";
  for (const char letter : letters) {
    std::vector<std::array<int, 3>> wanted;
    const std::array<char, 3> symbol = {letter, ' ', '1'};
    for (const auto& op : parse_hall_symbol({symbol.data(), symbol.size()})) wanted.push_back(op.translation);
    std::sort(wanted.begin(), wanted.end());
    if (wanted == translations) return letter;
  }
  return std::nullopt;
}

}  // namespace lamella::inline LAMELLA_ABI
