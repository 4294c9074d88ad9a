// Tables of battery cyclers from text with a line of headers: CSV, the Battery Data Format, and what Arbin, Neware, Maccor,
// Basytec, Novonix and PEC export.
//
// - The headers are the first line (of the first 1000) that names a time and a voltage, separated by tabs, semicolons or
//   commas; what stands above is skipped. Units are read from the names: "Current(A)", "I/mA", "U[V]", "Voltage / V",
//   "current_ampere" (both notations of the Battery Data Format). Where several columns hold the same quantity, that of the
//   test goes before that of the step, and one that says its unit before one that does not.
// - Time: seconds, or the unit said, or clocks ("25:10:00", "1d 02:00:03.5", "11/20/2024 11:38:41.707", which counts from the
//   first row). Current in A or mA; a column that does not say which is an error unless the reader is told. Arbin's columns
//   without units are s, V, A and Ah. A voltage without unit is in V, and no more than 100.
// - Signs: positive on charge. Maccor's column "State" makes the current of rows "D" negative.
// - Charge: from the counters of the file where it has a net one, both of charge and discharge, or one per step (counters may
//   start again from 0); else integrated from current and time.
// - Neware's report in three levels: rows of cycles and steps number the records below them.
// - Decimal commas where the separator is none. Blank lines are skipped. Bytes that are not ASCII matter only in headers.
// - What cannot be right is an error that names the row: see `find_faults`.
#pragma once

#include <lamella/core/error.hpp>                      // Error, Place
#include <lamella/core/result.hpp>                     // Result
#include <lamella/electrochemistry/cycling_table.hpp>  // CyclingTable
#include <lamella/io/cycling_reading.hpp>              // CyclingReading
#include <lamella/io/detail/cycling_columns.hpp>       // cycling_columns
#include <lamella/io/detail/cycling_rows.hpp>          // CyclingRows
#include <lamella/io/detail/text_lines.hpp>            // LineReader, without_mark
#include <lamella/io/text_file.hpp>                    // try_read_text_file

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// The separator for which a line names the columns of a table, or 0.
inline char cycling_separator(std::string_view line) {
  if (line.size() > 8192) return 0;
  for (const char separator : {'\t', ';', ','})
    if (line.find(separator) != std::string_view::npos && cycling_columns(cycling_fields(line, separator)).complete()) return separator;
  return 0;
}

}  // namespace detail

/// The table of a cycler from text in memory; what is read is said at the top of this header. `source` names the text in
/// messages and in the result.
inline Result<CyclingTable> try_parse_cycling_text(std::string_view text, std::string source, const CyclingReading& reading = {}) {
  detail::LineReader lines{detail::without_mark(text)};
  bool empty = true;
  std::string_view above;
  for (std::string_view line; lines.number < 1000 && lines.next(line); above = line) {
    empty = empty && detail::trimmed(line).empty();
    const char separator = detail::cycling_separator(line);
    if (separator == 0) continue;
    auto headers = detail::cycling_fields(line, separator);
    const bool nested = headers.size() > 2 && headers[0].empty() && headers[1].empty() && !above.empty() && above.front() == separator;
    const auto columns = detail::cycling_columns(headers, nested);
    return detail::CyclingRows(std::move(source), reading, columns, std::move(headers), separator).read(lines, nested, false);
  }
  return Error(empty ? "is empty, expected a table of time, voltage and current"
                     : "no line of headers, expected names of columns of time and voltage such as \"Test Time / s\" and \"Voltage / V\"",
               Place{std::move(source), 1});
}

/// `try_parse_cycling_text` that throws the error.
inline CyclingTable parse_cycling_text(std::string_view text, std::string source, const CyclingReading& reading = {}) {
  return try_parse_cycling_text(text, std::move(source), reading).value();
}

/// The table of a cycler from a text file. Errors carry file, line and row.
inline Result<CyclingTable> try_read_cycling_text(const std::filesystem::path& path, const CyclingReading& reading = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_cycling_text(text.value(), path.string(), reading);
}

/// `try_read_cycling_text` that throws the error.
inline CyclingTable read_cycling_text(const std::filesystem::path& path, const CyclingReading& reading = {}) {
  return try_read_cycling_text(path, reading).value();
}

}  // namespace lamella::inline LAMELLA_ABI
