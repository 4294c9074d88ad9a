// Volumetric grids from ELFCAR, CHGCAR (CHG, PARCHG, AECCAR) and LOCPOT files of VASP 4, 5 and 6.
//
// What is read, and how:
// - Cell and atoms: as `try_parse_poscar` does. Files of VASP 4 that name no elements give a structure without sites.
// - Values: as written, the index along a running fastest. CHGCAR holds density times volume of the cell, ELFCAR the plain
//   function, LOCPOT eV. Numbers as Fortran writes them: "-.46E+02", "0.25-101".
// - Spin: each further block behind a repeated line of the three divisions is a grid of its own. In CHGCAR it is the magnetisation
//   (one block, or three components); in ELFCAR and LOCPOT the first two are spin up and spin down.
// - Augmentation occupancies and magnetic moments between the blocks are left out.
//
// Source: VASP wiki, pages CHGCAR, ELFCAR and LOCPOT.
#pragma once

#include <lamella/core/error.hpp>               // Error
#include <lamella/core/result.hpp>              // Result
#include <lamella/fields/volumetric_grid.hpp>   // VolumetricData, VolumetricGrid, FieldQuantity, minimum, maximum
#include <lamella/io/detail/grid_values.hpp>    // NumberStream
#include <lamella/io/detail/text.hpp>           // take_line, trimmed
#include <lamella/io/poscar.hpp>                // detail::PoscarReader

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// The files of VASP that hold grids. Their content does not tell them apart.
enum class VaspGrid : std::uint8_t {
  elfcar,  ///< electron localisation function
  chgcar,  ///< charge density times volume; CHG, PARCHG and AECCAR too
  locpot,  ///< potential
};

namespace detail {

/// The three whole numbers of a line that holds nothing else.
inline std::optional<std::array<std::size_t, 3>> grid_divisions(std::string_view line) {
  std::array<std::size_t, 3> shape{};
  std::size_t found = 0;
  for (line = trimmed(line); !line.empty(); line = trimmed(line)) {
    if (found == 3) return std::nullopt;
    const auto [stop, status] = std::from_chars(line.data(), line.data() + line.size(), shape[found]);
    if (status != std::errc{}) return std::nullopt;
    line.remove_prefix(static_cast<std::size_t>(stop - line.data()));
    if (!line.empty() && line.front() != ' ' && line.front() != '\t') return std::nullopt;
    ++found;
  }
  return found == 3 ? std::optional(shape) : std::nullopt;
}

/// Whether a line holds numbers only, and how many.
inline std::optional<std::size_t> numbers_of(std::string_view line) {
  std::size_t count = 0;
  NumberStream words(line, {});
  for (auto word = words.word(); !word.empty(); word = words.word(), ++count)
    if (parse_number(word).fault != NumberFault::none) return std::nullopt;
  return count;
}

}  // namespace detail

/// The grids of an ELFCAR, CHGCAR or LOCPOT from text in memory; what is read is said at the top of this header. `source` names
/// the text in messages. Error where a grid is cut off, holds what is no finite number or more values than it declares, or declares
/// more than the text can hold (before anything is allocated for them).
inline Result<VolumetricData> try_parse_vasp_grid(std::string_view text, VaspGrid kind, std::string source) {
  constexpr std::size_t most_blocks = 4;
  detail::PoscarReader head(text, source);
  auto structure = head.without_names().structure();
  if (!structure) return structure.error();
  VolumetricData data{std::move(structure).value(), {}, {}};
  const std::size_t atoms = head.atoms();
  if (data.structure.sites.size() != atoms) {
    data.notes.push_back("the file (VASP 4) names no elements: the atoms are left out");
    data.structure.sites.clear();
  }

  detail::NumberStream numbers(text, std::move(source), text.size() - head.rest().size());
  std::array<std::size_t, 3> shape{};
  for (std::size_t& n : shape) n = numbers.count("a division of the grid", 1, 100'000);
  while (!numbers.fault() && data.grids.size() < most_blocks) {
    if (!numbers.has_room_for(shape)) break;
    VolumetricGrid grid;
    grid.quantity = kind == VaspGrid::elfcar   ? FieldQuantity::electron_localisation
                    : kind == VaspGrid::locpot ? FieldQuantity::potential
                    : data.grids.empty()       ? FieldQuantity::charge_times_volume
                                               : FieldQuantity::magnetisation_times_volume;
    grid.cell = data.structure.cell;
    grid.handedness = head.handedness();
    grid.shape = shape;
    grid.values.resize(shape[0] * shape[1] * shape[2]);
    for (double& value : grid.values)
      if (!numbers.number(value)) break;
    if (numbers.fault()) break;
    data.grids.push_back(std::move(grid));

    // Behind the values of a block nothing, or a moment for each atom (three components at most), or occupancies.
    bool another = false, listed = true;
    std::size_t loose = 0;
    if (!detail::trimmed(numbers.rest_of_line()).empty()) numbers.complain("more values than the divisions of the grid declare, expected as many");
    while (!another && numbers.left() > 0 && !numbers.fault()) {
      const std::size_t before = numbers.offset();
      const auto line = numbers.rest_of_line();
      if (const auto divisions = detail::grid_divisions(line)) {
        another = *divisions == shape;
        // Three whole numbers among the occupancies are unheard of, and so is a block of another size.
        if (!another) {
          numbers.rewind(before);
          numbers.complain("divisions of a further block that differ from those of the first, expected the same");
        }
      } else if (listed) {
        const auto count = detail::numbers_of(line);
        listed = count.has_value();
        loose += count.value_or(0);
        if (loose > 3 * atoms + 3) {
          numbers.rewind(before);
          numbers.complain("more values than the divisions of the grid declare, expected as many");
        }
      }
    }
    if (!another) break;
  }
  if (numbers.fault()) return *numbers.fault();
  if (kind == VaspGrid::elfcar)
    for (const auto& grid : data.grids)
      if (minimum(grid).value < -0.01 || maximum(grid).value > 1.01) {
        data.notes.push_back("values outside 0 to 1, between which the electron localisation function lies: perhaps no ELFCAR");
        break;
      }
  return data;
}

/// `try_parse_vasp_grid` that throws the error.
inline VolumetricData parse_vasp_grid(std::string_view text, VaspGrid kind, std::string source) {
  return try_parse_vasp_grid(text, kind, std::move(source)).value();
}

}  // namespace lamella::inline LAMELLA_ABI
