// Crystal structures from files whose kind is told by their name or content.
#pragma once

#include <lamella/core/result.hpp>                 // Result
#include <lamella/crystal/measured_structure.hpp>  // MeasuredStructure, without_esds
#include <lamella/crystal/structure.hpp>           // Structure
#include <lamella/io/cif.hpp>                      // try_parse_measured_cif
#include <lamella/io/detail/text.hpp>              // take_line, trimmed, byte_order_mark
#include <lamella/io/poscar.hpp>                   // try_parse_poscar
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

inline std::string lowered(std::string_view text) {
  std::string result;
  for (const char c : text) result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

/// Whether a file is a POSCAR: by its name ("POSCAR…", "CONTCAR…", ".vasp", ".poscar"; ".cif" is none), otherwise where
/// no line of its text opens a data block.
inline bool is_poscar(const std::filesystem::path& path, std::string_view text) {
  const std::string name = lowered(path.filename().string());
  if (name.ends_with(".cif")) return false;
  if (name.starts_with("poscar") || name.starts_with("contcar") || name.ends_with(".vasp") || name.ends_with(".poscar"))
    return true;
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  while (!text.empty())
    if (lowered(trimmed(take_line(text)).substr(0, 5)) == "data_") return false;
  return true;
}

}  // namespace detail

/// The structure of a CIF (its first data block with atoms, or the one named `block`), POSCAR or CONTCAR file, with the esds
/// that the file states. A file named "POSCAR…", "CONTCAR…", "….vasp" or "….poscar" is a POSCAR, one named "….cif" a CIF;
/// otherwise the content tells. Errors carry file and line.
inline Result<MeasuredStructure> try_read_measured_structure(const std::filesystem::path& path,
                                                             std::string_view block = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  if (!detail::is_poscar(path, text.value())) return try_parse_measured_cif(text.value(), path.string(), block);
  auto structure = try_parse_poscar(text.value(), path.string());
  if (!structure) return structure.error();
  return without_esds(std::move(structure).value());
}

/// `try_read_measured_structure` without the esds.
inline Result<Structure<double>> try_read_structure(const std::filesystem::path& path, std::string_view block = {}) {
  auto measured = try_read_measured_structure(path, block);
  if (!measured) return measured.error();
  return std::move(measured).value().structure;
}

/// `try_read_measured_structure` that throws the error.
inline MeasuredStructure read_measured_structure(const std::filesystem::path& path, std::string_view block = {}) {
  return try_read_measured_structure(path, block).value();
}

/// `try_read_structure` that throws the error.
inline Structure<double> read_structure(const std::filesystem::path& path, std::string_view block = {}) {
  return try_read_structure(path, block).value();
}

}  // namespace lamella::inline LAMELLA_ABI
