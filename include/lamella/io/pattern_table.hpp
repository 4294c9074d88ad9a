// Many powder patterns in one text file: a column of angles and a column of counts for each pattern, as exports of series have them.
//
//   # any comment
//   22.112 603.3 501.3 510.8 …
//   22.126 …
//
// Columns are separated by blanks or tabs, or all by commas or semicolons; the decimal mark is a point. Lines that begin with # ! ' or //, and
// lines of headers before the first number, are passed over. Sigmas are those of counts, √max(y, 1).
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/powder_point.hpp>      // point_fault
#include <lamella/io/detail/text.hpp>              // parse_number, in_quotes, trimmed
#include <lamella/io/detail/text_lines.hpp>        // LineReader, words_of, without_mark
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// What separates the columns of a line of data.
inline char column_separator(std::string_view line) noexcept {
  return line.find(';') != std::string_view::npos ? ';' : line.find(',') != std::string_view::npos ? ',' : ' ';
}

/// The fields of a line: at runs of blanks, or at each comma or semicolon; a separator at the end of the line adds none.
inline std::vector<std::string_view> fields_of(std::string_view line, char separator) {
  if (separator == ' ') return words_of(line);
  std::vector<std::string_view> fields;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(separator), line.size());
    fields.push_back(trimmed(line.substr(0, end)));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fields;
}

/// The columns of the first line that begins with a number; 0 where there is none.
inline std::size_t pattern_table_columns(std::string_view text) {
  LineReader lines{without_mark(text)};
  for (std::string_view line; lines.next(line);) {
    line = trimmed(line);
    const auto fields = fields_of(line, column_separator(line));
    if (!fields.empty() && number_in(fields.front())) return fields.size();
  }
  return 0;
}

}  // namespace detail

/// Whether text has the columns of several patterns: more than the three that one pattern can have.
inline bool is_pattern_table(std::string_view text) { return detail::pattern_table_columns(text) > 3; }

/// The patterns of a table in memory, in the order of their columns; "source, pattern 7" names each in messages.
inline Result<std::vector<PowderPattern>> try_parse_pattern_table(std::string_view text, const std::string& source) {
  const auto error = [&](const std::string& what, std::size_t line) { return Error(what, Place{source, line}); };
  constexpr std::string_view expected = "expected lines of 2theta in degrees and the counts of each pattern";
  std::vector<PowderPattern> patterns;
  detail::LineReader lines{detail::without_mark(text)};
  std::size_t first_line = 0;
  char separator = ' ';
  for (std::string_view line; lines.next(line);) {
    line = detail::trimmed(line);
    if (line.empty() || line.front() == '#' || line.front() == '!' || line.front() == '\'' || line.starts_with("//")) continue;
    if (first_line == 0) separator = detail::column_separator(line);
    const auto fields = detail::fields_of(line, separator);
    if (first_line == 0) {
      if (fields.empty() || !detail::number_in(fields.front())) continue;  // headers
      first_line = lines.number;
      if (fields.size() < 2) return error("one column, " + std::string(expected), lines.number);
      patterns.resize(fields.size() - 1);
      for (std::size_t p = 0; p < patterns.size(); ++p) patterns[p].source = source + ", pattern " + std::to_string(p + 1);
    }
    if (fields.size() != patterns.size() + 1)
      return error(std::to_string(fields.size()) + " columns, expected " + std::to_string(patterns.size() + 1) + " as on line " + std::to_string(first_line), lines.number);
    double angle = 0;
    for (std::size_t c = 0; c < fields.size(); ++c) {
      const auto [value, fault] = detail::parse_number(fields[c]);
      if (fault != detail::NumberFault::none)
        return error("column " + std::to_string(c + 1) + ": " + detail::in_quotes(fields[c]) + " " + std::string(detail::describe(fault)) + ", expected " +
                         (c == 0 ? "2theta in degrees" : "counts"),
                     lines.number);
      if (c == 0) {
        angle = value;
        continue;
      }
      PowderPattern& pattern = patterns[c - 1];
      const double sigma = std::sqrt(std::max(value, 1.0));
      if (const std::string wrong = detail::point_fault(pattern, angle, value, sigma); !wrong.empty())
        return error("column " + std::to_string(c + 1) + ": " + wrong, lines.number);
      pattern.two_theta.push_back(angle);
      pattern.intensity.push_back(value);
      pattern.sigma.push_back(sigma);
    }
  }
  if (first_line == 0) return error("no data, " + std::string(expected), 1);
  if (patterns.front().size() < 2) return error("a single point, expected patterns of two or more", first_line);
  return patterns;
}

/// The patterns of a file. Errors carry file and line.
inline Result<std::vector<PowderPattern>> try_read_pattern_table(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_pattern_table(text.value(), path.string());
}

/// `try_read_pattern_table` that throws the error.
inline std::vector<PowderPattern> read_pattern_table(const std::filesystem::path& path) { return try_read_pattern_table(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
