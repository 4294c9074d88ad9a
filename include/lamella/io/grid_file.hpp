// Volumetric grids from files whose kind is told by their name, plain or compressed with gzip.
//
// Needs zlib (CMake component lamella::patterns); without it use `try_parse_vasp_grid` and `try_parse_cube`.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/fields/volumetric_grid.hpp>  // VolumetricData
#include <lamella/io/gaussian_cube.hpp>        // try_parse_cube
#include <lamella/io/gzip.hpp>                 // try_read_unpacked_text
#include <lamella/io/vasp_grid.hpp>            // try_parse_vasp_grid, VaspGrid

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// The kinds of files that hold grids.
enum class GridFile : std::uint8_t { elfcar, chgcar, locpot, cube };

/// "ELFCAR", "CHGCAR", "LOCPOT", "cube".
constexpr std::string_view to_string(GridFile kind) noexcept {
  constexpr std::array<std::string_view, 4> names = {"ELFCAR", "CHGCAR", "LOCPOT", "cube"};
  return names[static_cast<std::size_t>(kind)];
}

/// Largest text of a grid that the readers take, bytes (4 GiB): 200 million values.
inline constexpr std::size_t largest_grid_file = std::size_t{4} << 30;

/// The kind of a file by its name, whatever the case of its letters: ".cube", ".cub", and names with ELFCAR, CHGCAR, PARCHG,
/// AECCAR, LOCPOT or CHG in them; ".gz" at the end does not count. Nothing where the name does not tell.
inline std::optional<GridFile> grid_file_kind(const std::filesystem::path& path) {
  std::string name;
  for (const char c : path.filename().string()) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name.ends_with(".GZ")) name.resize(name.size() - 3);
  if (name.ends_with(".CUBE") || name.ends_with(".CUB")) return GridFile::cube;
  constexpr std::array<std::pair<std::string_view, GridFile>, 7> parts{{{"ELFCAR", GridFile::elfcar},
                                                                        {"LOCPOT", GridFile::locpot},
                                                                        {"CHGCAR", GridFile::chgcar},
                                                                        {"PARCHG", GridFile::chgcar},
                                                                        {"AECCAR", GridFile::chgcar},
                                                                        {"CHG", GridFile::chgcar},
                                                                        {"CUBE", GridFile::cube}}};
  for (const auto& [part, kind] : parts)
    if (name.find(part) != std::string::npos) return kind;
  return std::nullopt;
}

/// The grids of a file, plain or compressed with gzip. `kind`: what it is; where not given, its name tells (`grid_file_kind`).
/// Errors carry file and line.
inline Result<VolumetricData> try_read_grid(const std::filesystem::path& path, std::optional<GridFile> kind = {}) {
  auto text = try_read_unpacked_text(path, largest_grid_file);
  if (!text) return text.error();
  if (!kind) kind = grid_file_kind(path);
  if (!kind)
    return Error("the name does not say what the values are, expected one with ELFCAR, CHGCAR or LOCPOT in it, or that ends with .cube",
                 Place{path.string()});
  switch (*kind) {
    case GridFile::elfcar: return try_parse_vasp_grid(text.value(), VaspGrid::elfcar, path.string());
    case GridFile::chgcar: return try_parse_vasp_grid(text.value(), VaspGrid::chgcar, path.string());
    case GridFile::locpot: return try_parse_vasp_grid(text.value(), VaspGrid::locpot, path.string());
    case GridFile::cube: break;
  }
  return try_parse_cube(text.value(), path.string());
}

/// `try_read_grid` that throws the error.
inline VolumetricData read_grid(const std::filesystem::path& path, std::optional<GridFile> kind = {}) {
  return try_read_grid(path, kind).value();
}

}  // namespace lamella::inline LAMELLA_ABI
