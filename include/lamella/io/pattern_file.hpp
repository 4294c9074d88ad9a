// Powder patterns from files whose format is told by their content.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/brml.hpp>                     // try_parse_brml
#include <lamella/io/bruker_raw.hpp>               // try_parse_bruker_raw
#include <lamella/io/detail/pattern_text.hpp>      // LineReader, begins_with
#include <lamella/io/fullprof_pattern.hpp>         // try_parse_fullprof
#include <lamella/io/gsas_pattern.hpp>             // try_parse_gsas
#include <lamella/io/pdcif.hpp>                    // try_parse_pdcif
#include <lamella/io/powder.hpp>                   // try_parse_powder
#include <lamella/io/rigaku_ras.hpp>               // try_parse_ras
#include <lamella/io/rigaku_rasx.hpp>              // try_parse_rasx
#include <lamella/io/text_file.hpp>                // try_read_text_file
#include <lamella/io/uxd.hpp>                      // try_parse_uxd
#include <lamella/io/xrdml.hpp>                    // try_parse_xrdml

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// The formats of powder patterns that are told apart by their content.
enum class PatternFormat : std::uint8_t {
  columns,   ///< two or three columns of numbers (lamella/io/powder.hpp)
  fullprof,  ///< FullProf and ILL .dat with a head of start and step (lamella/io/fullprof_pattern.hpp)
  gsas,      ///< GSAS banks (lamella/io/gsas_pattern.hpp)
  uxd,       ///< Bruker UXD (lamella/io/uxd.hpp)
  raw,       ///< Siemens and Bruker RAW, versions 1 to 4 (lamella/io/bruker_raw.hpp)
  brml,      ///< Bruker BRML (lamella/io/brml.hpp)
  ras,       ///< Rigaku RAS (lamella/io/rigaku_ras.hpp)
  rasx,      ///< Rigaku RASX (lamella/io/rigaku_rasx.hpp)
  pdcif,     ///< pdCIF (lamella/io/pdcif.hpp)
  xrdml,     ///< PANalytical XRDML (lamella/io/xrdml.hpp)
};

/// Name of a format for messages.
constexpr std::string_view to_string(PatternFormat format) noexcept {
  switch (format) {
    case PatternFormat::columns:
      return "columns";
    case PatternFormat::fullprof:
      return "FullProf/ILL";
    case PatternFormat::gsas:
      return "GSAS";
    case PatternFormat::uxd:
      return "UXD";
    case PatternFormat::raw:
      return "Bruker RAW";
    case PatternFormat::brml:
      return "BRML";
    case PatternFormat::ras:
      return "RAS";
    case PatternFormat::rasx:
      return "RASX";
    case PatternFormat::pdcif:
      return "pdCIF";
    case PatternFormat::xrdml:
      return "XRDML";
  }
  return "unknown";
}

namespace detail {

/// Whether text is a CIF: the first word that is no comment opens a data block.
inline bool is_cif(std::string_view text) noexcept {
  LineReader lines{without_mark(text)};
  for (std::string_view line; lines.next(line);) {
    line = trimmed(line);
    if (line.empty() || line.front() == '#') continue;
    return begins_with(line, "data_");
  }
  return false;
}

}  // namespace detail

/// The format that content shows by a mark of its own; nothing where it has none: then it is columns or FullProf/ILL.
inline std::optional<PatternFormat> marked_pattern_format(std::string_view text) noexcept {
  const std::string_view body = detail::without_mark(text);
  const auto start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return std::nullopt;
  if (detail::is_bruker_raw(text)) return PatternFormat::raw;
  // What is in an archive shows in the names of its files, which stand in clear.
  if (detail::is_zip(text)) return text.find("/Profile") != std::string_view::npos ? PatternFormat::rasx : PatternFormat::brml;
  if (body[start] == '<') return text.find("<RawData") != std::string_view::npos ? PatternFormat::brml : PatternFormat::xrdml;
  if (detail::is_ras(body)) return PatternFormat::ras;
  if (detail::is_uxd(body)) return PatternFormat::uxd;
  if (detail::is_cif(body)) return PatternFormat::pdcif;
  if (detail::has_gsas_bank(body)) return PatternFormat::gsas;
  if (detail::begins_with(body, "xydata")) return PatternFormat::fullprof;
  return std::nullopt;
}

/// A pattern from content in memory. `path` names it in messages and in the result; the content decides the format, the
/// name only that ".xy" has two columns. Where the content shows no mark of a format, columns are tried, then the layouts of
/// FullProf and ILL; the error says what each lacked. `scan` says which of several scans, ranges or banks to read, from 1.
inline Result<PowderPattern> try_parse_pattern(const std::filesystem::path& path, std::string_view text,
                                               std::optional<std::size_t> scan = std::nullopt) {
  const std::string source = path.string();
  if (const auto format = marked_pattern_format(text)) {
    switch (*format) {
      case PatternFormat::xrdml:
        return try_parse_xrdml(text, source, scan);
      case PatternFormat::raw:
        return try_parse_bruker_raw(text, source, scan);
      case PatternFormat::brml:
        return detail::is_zip(text) ? try_parse_brml(text, source, scan) : try_parse_brml_scan(text, source);
      case PatternFormat::rasx:
        return try_parse_rasx(text, source, scan);
      case PatternFormat::ras:
        return try_parse_ras(text, source, scan);
      case PatternFormat::uxd:
        return try_parse_uxd(text, source, scan);
      case PatternFormat::gsas:
        return try_parse_gsas(text, source, scan);
      case PatternFormat::pdcif: {
        auto published = try_parse_pdcif(text, source);
        if (!published) return published.error();
        return std::move(published).value().pattern;
      }
      default:
        return try_parse_fullprof(text, source);
    }
  }
  std::string extension = path.extension().string();
  for (char& c : extension) c = detail::lower_case(c);
  auto columns = try_parse_powder(text, source, extension == ".xy" ? PowderFormat::xy : PowderFormat::columns);
  if (columns || extension == ".xy" || extension == ".xye") return columns;
  auto stepped = try_parse_fullprof(text, source);
  if (stepped) return stepped;
  const auto reason = [&](const Error& error) {
    std::string what = error.what();
    if (what.starts_with(source + ":")) what.erase(0, source.size() + 1);
    return what;
  };
  return Error("is no powder pattern: not XRDML, BRML, RAS, RASX, RAW, UXD, CIF or GSAS; as columns, line " + reason(columns.error()) +
                   "; as FullProf/ILL, line " + reason(stepped.error()),
               Place{source});
}

/// The pattern of a file of any format above. Errors carry file and line, and what was tried.
inline Result<PowderPattern> try_read_pattern(const std::filesystem::path& path,
                                              std::optional<std::size_t> scan = std::nullopt) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_pattern(path, text.value(), scan);
}

/// `try_read_pattern` that throws the error.
inline PowderPattern read_pattern(const std::filesystem::path& path, std::optional<std::size_t> scan = std::nullopt) {
  return try_read_pattern(path, scan).value();
}

}  // namespace lamella::inline LAMELLA_ABI
