// Powder patterns from Rigaku .rasx files: zip archives with the points (Data0/Profile0.txt) and the conditions
// (Data0/MesurementConditions0.xml) of each scan.
//
// What is read is that of .ras files (lamella/io/rigaku_ras.hpp): angle, intensity, attenuation factor; unit, step, speed, axis
// and number of points of <ScanInformation>; TargetName, WaveType, WavelengthKalpha1, …Kalpha2, …Kbeta.
//
// Needs pugixml and zlib (CMake component lamella::patterns).
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/archived_scan.hpp>     // archived_scan, path_of, named
#include <lamella/io/detail/pattern_text.hpp>      // LineReader, number_in
#include <lamella/io/rigaku_ras.hpp>               // RigakuScan, rigaku_points
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <pugixml.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// A pattern from the bytes of a .rasx file in memory; what is read is said at the top of this header. `source` names them in
/// messages and in the result. A file with several scans is an error unless `scan` says which to read, from 1.
inline Result<PowderPattern> try_parse_rasx(std::string_view bytes, std::string source,
                                            std::optional<std::size_t> scan = std::nullopt) {
  const Place place{std::move(source)};
  const auto chosen = detail::archived_scan(bytes, place, "/Profile", ".txt", "no Profile in the zip archive, expected a Rigaku RASX file", scan);
  if (!chosen) return chosen.error();
  const auto& [archive, entry, points] = chosen.value();

  detail::RigakuScan header;
  pugi::xml_document document;
  std::string conditions;
  const std::string folder = entry.name.substr(0, entry.name.rfind('/') + 1);
  for (const auto& other : archive.entries())
    if (other.name.starts_with(folder) && other.name.find("Conditions") != std::string::npos && other.name.ends_with(".xml")) {
      auto text = archive.extract(other);
      if (!text) return text.error();
      conditions = std::move(text).value();
      const auto status = document.load_buffer(conditions.data(), conditions.size(), pugi::parse_default, pugi::encoding_utf8);
      if (!status)
        return Error("not well-formed XML (" + std::string(status.description()) + "), expected the conditions of a scan",
                     Place{detail::path_of(place, other),
                           detail::line_of(conditions, static_cast<std::size_t>(status.offset < 0 ? 0 : status.offset))});
    }
  const auto text_of = [&document](const char* name) {
    return detail::trimmed(
        document.find_node([name](pugi::xml_node node) { return std::string_view(node.name()) == name; }).text().get());
  };
  const auto information =
      document.find_node([](pugi::xml_node node) { return std::string_view(node.name()) == "ScanInformation"; });
  const auto scan_text = [&information](const char* name) { return detail::trimmed(information.child(name).text().get()); };
  header.axis = scan_text("AxisName");
  header.unit = scan_text("IntensityUnit");
  header.speed_unit = scan_text("SpeedUnit");
  header.step = detail::number_in(scan_text("Step"));
  header.speed = detail::number_in(scan_text("Speed"));
  header.count = detail::number_in(scan_text("DataCount"));
  header.target = text_of("TargetName");
  header.wave_type = text_of("WaveType");
  header.alpha1 = detail::number_in(text_of("WavelengthKalpha1"));
  header.alpha2 = detail::number_in(text_of("WavelengthKalpha2"));
  header.beta = detail::number_in(text_of("WavelengthKbeta"));
  header.line = 1;
  return detail::named(detail::rigaku_points(detail::LineReader{detail::without_mark(points)}, header, {},
                                             Place{detail::path_of(place, entry)}),
                       place.file);
}

/// `try_parse_rasx` that throws the error.
inline PowderPattern parse_rasx(std::string_view bytes, std::string source, std::optional<std::size_t> scan = std::nullopt) {
  return try_parse_rasx(bytes, std::move(source), scan).value();
}

/// A pattern and its radiation from a .rasx file. Errors carry the file, the text in it and its line.
inline Result<PowderPattern> try_read_rasx(const std::filesystem::path& path, std::optional<std::size_t> scan = std::nullopt) {
  const auto bytes = try_read_text_file(path);
  if (!bytes) return bytes.error();
  return try_parse_rasx(bytes.value(), path.string(), scan);
}

/// `try_read_rasx` that throws the error.
inline PowderPattern read_rasx(const std::filesystem::path& path, std::optional<std::size_t> scan = std::nullopt) {
  return try_read_rasx(path, scan).value();
}

}  // namespace lamella::inline LAMELLA_ABI
