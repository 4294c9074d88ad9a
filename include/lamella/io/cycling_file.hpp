// Tables of battery cyclers from files whose format is told by their content.
#pragma once

#include <lamella/core/error.hpp>                      // Error, Place
#include <lamella/core/result.hpp>                     // Result
#include <lamella/electrochemistry/cycling_table.hpp>  // CyclingTable
#include <lamella/io/biologic_mpt.hpp>                 // try_parse_biologic_mpt
#include <lamella/io/cycling_reading.hpp>              // CyclingReading
#include <lamella/io/cycling_text.hpp>                 // try_parse_cycling_text
#include <lamella/io/text_file.hpp>                    // try_read_text_file

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// A table from content in memory: EC-Lab and BT-Lab text with its head (lamella/io/biologic_mpt.hpp), else a table with a line
/// of headers (lamella/io/cycling_text.hpp). `source` names it in messages and in the result. Binary files of cyclers (.mpr,
/// .res, .nda, .ndax, workbooks) are refused by their first bytes.
inline Result<CyclingTable> try_parse_cycling(std::string_view text, std::string source, const CyclingReading& reading = {}) {
  if (detail::is_biologic_mpt(text)) return try_parse_biologic_mpt(text, std::move(source), reading);
  if (text.starts_with("BIO-LOGIC MODULAR FILE"))
    return Error("is a binary .mpr file, expected text: export it from EC-Lab as .mpt", Place{std::move(source)});
  if (text.substr(0, 4096).find('\0') != std::string_view::npos || text.starts_with("PK\x03\x04"))
    return Error("is a binary file, expected text: export it as CSV", Place{std::move(source)});
  return try_parse_cycling_text(text, std::move(source), reading);
}

/// `try_parse_cycling` that throws the error.
inline CyclingTable parse_cycling(std::string_view text, std::string source, const CyclingReading& reading = {}) {
  return try_parse_cycling(text, std::move(source), reading).value();
}

/// The table of a file of any format above. Errors carry file, line and row.
inline Result<CyclingTable> try_read_cycling(const std::filesystem::path& path, const CyclingReading& reading = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_cycling(text.value(), path.string(), reading);
}

/// `try_read_cycling` that throws the error.
inline CyclingTable read_cycling(const std::filesystem::path& path, const CyclingReading& reading = {}) {
  return try_read_cycling(path, reading).value();
}

}  // namespace lamella::inline LAMELLA_ABI
