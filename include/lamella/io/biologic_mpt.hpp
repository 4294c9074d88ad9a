// Tables of battery cyclers from the text files of BioLogic's EC-Lab and BT-Lab (.mpt).
//
// The first line ends in "ASCII FILE", the second states how many lines the head has ("Nb header lines : 59"); the last of them
// names the columns, separated by tabs, with units ("time/s", "Ewe/V", "<I>/mA", "(Q-Qo)/mA.h"). Text is latin-1; numbers have
// a decimal point or, of systems with another language, a comma. Of the columns of current the measured one is taken, else what
// was demanded ("control/mA"); a technique at open circuit has none. Impedance spectra (columns "freq/Hz") are refused.
// Everything else is as in lamella/io/cycling_text.hpp.
#pragma once

#include <lamella/core/error.hpp>                      // Error, Place
#include <lamella/core/result.hpp>                     // Result
#include <lamella/electrochemistry/cycling_table.hpp>  // CyclingTable
#include <lamella/io/cycling_reading.hpp>              // CyclingReading
#include <lamella/io/detail/cycling_columns.hpp>       // cycling_columns
#include <lamella/io/detail/cycling_rows.hpp>          // CyclingRows
#include <lamella/io/detail/text_lines.hpp>            // LineReader, begins_with
#include <lamella/io/text_file.hpp>                    // try_read_text_file

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Whether text is an EC-Lab or BT-Lab text file with its head.
inline bool is_biologic_mpt(std::string_view text) noexcept {
  std::string_view rest = without_mark(text).substr(0, 200);
  const std::string_view line = trimmed(take_line(rest));
  return line.ends_with("ASCII FILE") && (begins_with(line, "ec-lab") || begins_with(line, "bt-lab"));
}

}  // namespace detail

/// The table of an .mpt file in memory; what is read is said at the top of this header. `source` names the text in messages
/// and in the result.
inline Result<CyclingTable> try_parse_biologic_mpt(std::string_view text, std::string source, const CyclingReading& reading = {}) {
  const auto error = [&](std::string what, std::size_t line) { return Error(std::move(what), Place{source, line}); };
  if (!detail::is_biologic_mpt(text)) return error("expected \"EC-Lab ASCII FILE\" or \"BT-Lab ASCII FILE\" in the first line", 1);
  detail::LineReader lines{detail::without_mark(text)};
  std::string_view line;
  lines.next(line);
  lines.next(line);
  const auto colon = line.find(':');
  const auto count = colon == std::string_view::npos ? std::nullopt : detail::count_in(detail::trimmed(line.substr(colon + 1)));
  if (!count || *count < 3)
    return error(detail::in_quotes(line) + ", expected \"Nb header lines : \" and their number, 3 or more", 2);
  bool at_rest = false;
  while (lines.number < *count)
    if (!lines.next(line)) return error("ends within the head, expected " + std::to_string(*count) + " lines of it", lines.number);
    else at_rest = at_rest || detail::begins_with(detail::trimmed(line), "open circuit voltage");
  auto headers = detail::cycling_fields(line, '\t');
  const auto columns = detail::cycling_columns(headers);
  if (!columns.complete() && !columns[detail::CyclingQuantity::frequency])
    return error(detail::in_quotes(line) + ", expected names of columns with \"time/s\" and \"Ewe/V\" at the end of the head", lines.number);
  return detail::CyclingRows(std::move(source), reading, columns, std::move(headers), '\t').read(lines, false, at_rest);
}

/// `try_parse_biologic_mpt` that throws the error.
inline CyclingTable parse_biologic_mpt(std::string_view text, std::string source, const CyclingReading& reading = {}) {
  return try_parse_biologic_mpt(text, std::move(source), reading).value();
}

/// The table of an .mpt file. Errors carry file, line and row.
inline Result<CyclingTable> try_read_biologic_mpt(const std::filesystem::path& path, const CyclingReading& reading = {}) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_biologic_mpt(text.value(), path.string(), reading);
}

/// `try_read_biologic_mpt` that throws the error.
inline CyclingTable read_biologic_mpt(const std::filesystem::path& path, const CyclingReading& reading = {}) {
  return try_read_biologic_mpt(path, reading).value();
}

}  // namespace lamella::inline LAMELLA_ABI
