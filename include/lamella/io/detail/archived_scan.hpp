// One scan of the many files in a zip archive. Needs zlib (CMake component lamella::patterns).
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/chosen_part.hpp>       // chosen_part
#include <lamella/io/detail/zip_archive.hpp>       // ZipArchive, numbered_entries

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A scan and the archive that it comes from.
struct ArchivedScan {
  ZipArchive archive;
  ZipArchive::Entry entry;
  std::string text;  ///< its file, unpacked
};

/// How messages call a file in an archive.
inline std::string path_of(const Place& archive, const ZipArchive::Entry& entry) { return archive.file + "!" + entry.shown_name(); }

/// Unpacks the scan `wanted`, from 1, of those whose names have `part` in them and `end` at their end. `missing` is the complaint
/// where there is none.
inline Result<ArchivedScan> archived_scan(std::string_view bytes, const Place& place, std::string_view part, std::string_view end,
                                          const std::string& missing, std::optional<std::size_t> wanted) {
  auto archive = ZipArchive::open(bytes, place.file);
  if (!archive) return archive.error();
  const auto scans = numbered_entries(archive.value(), part, end);
  if (scans.empty()) return Error(missing, place);
  const ChosenPart chosen = chosen_part(wanted, scans.size(), "scan");
  if (!chosen.complaint.empty()) return Error(chosen.complaint, place);
  auto text = archive.value().extract(scans[chosen.index]);
  if (!text) return text.error();
  return ArchivedScan{std::move(archive).value(), scans[chosen.index], std::move(text).value()};
}

/// The pattern by the name of its archive instead of that of the file in it.
inline Result<PowderPattern> named(Result<PowderPattern> pattern, const std::string& source) {
  if (!pattern) return pattern;
  PowderPattern own = std::move(pattern).value();
  own.source = source;
  return own;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
