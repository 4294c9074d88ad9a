// Powder patterns from text files of two or three columns (xy, xye and their relatives).
//
// The rules, the same for every file name:
// - A data line holds two numbers (2theta in degrees, counts) or three (and the standard uncertainty of the counts),
//   separated by blanks or tabs, by one comma each, or by one semicolon each; the first data line decides which, and
//   every other line must follow it. Without a third column sigma is that of Poisson counting, sqrt(max(counts, 1)).
// - Blank lines, lines that begin with # ! ' or //, and blocks from a line that begins with /* to one that ends
//   with */ are comments wherever they are.
// - Before the first data line, a line that does not begin with a number is header text ("2Theta" counts as text,
//   "nan" and "inf" as numbers). From the first data line on, everything but data, comments and blank lines is an error.
// - The decimal sign is the point, whatever the locale. Lines may end in LF, CR LF or CR, the last one in nothing;
//   a UTF-8 byte order mark is skipped.
// - Angles increase strictly within (0°, 180°); counts are not negative; there are two points or more.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/powder_point.hpp>      // point_fault
#include <lamella/io/detail/text.hpp>              // parse_number, in_quotes, take_line
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// How many columns a text pattern has.
enum class PowderFormat : std::uint8_t {
  columns,  ///< two or three: the first data line decides
  xy,       ///< exactly two: 2theta, counts
  xye,      ///< exactly three: 2theta, counts, sigma
};

namespace detail {

/// Whether a line is data by its beginning: a number, or the words for what is none (nan, inf), also after an empty
/// field.
constexpr bool begins_like_number(std::string_view line) noexcept {
  while (!line.empty() && std::string_view(" \t,;").find(line.front()) != std::string_view::npos)
    line.remove_prefix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  if (!line.empty() && (line.front() == '+' || line.front() == '-')) line.remove_prefix(1);
  for (const std::string_view word : {"nan", "inf", "infinity"}) {
    bool equal = line.size() >= word.size();
    for (std::size_t i = 0; equal && i < word.size(); ++i) equal = lower(line[i]) == word[i];
    if (equal && (line.size() == word.size() ||
                  std::string_view(" \t,;").find(line[word.size()]) != std::string_view::npos))
      return true;
  }
  if (line.size() > 1 && line.front() == '2') {  // "2theta", "2-Theta", "2 theta", "2θ"
    std::string_view rest = line.substr(1);
    if (rest.size() > 1 && (rest.front() == '-' || rest.front() == '_' || rest.front() == ' '))
      rest.remove_prefix(1);
    if (lower(rest.front()) == 't' || rest.starts_with("\xCE\xB8") || rest.starts_with("\xCE\x98"))
      return false;
  }
  if (line.size() > 1 && line.front() == '.') line.remove_prefix(1);
  return !line.empty() && digit(line.front());
}

/// The fields of a data line. `count` may exceed what is kept.
struct PowderFields {
  std::array<std::string_view, 3> field{};
  std::size_t count = 0;

  constexpr void add(std::string_view text) noexcept {
    if (count < field.size()) field[count] = text;
    ++count;
  }
};

/// Splits a line at each comma or semicolon, or (separator ' ') at runs of blanks and tabs.
constexpr PowderFields split_fields(std::string_view line, char separator) noexcept {
  PowderFields fields;
  if (separator != ' ') {
    for (;;) {
      const std::size_t end = std::min(line.find(separator), line.size());
      fields.add(trimmed(line.substr(0, end)));
      if (end == line.size()) return fields;
      line.remove_prefix(end + 1);
    }
  }
  for (line = trimmed(line); !line.empty(); line = trimmed(line)) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    fields.add(line.substr(0, end));
    line.remove_prefix(end);
  }
  return fields;
}

inline std::string column_count(std::size_t count) {
  return count == 1 ? std::string("one column") : std::to_string(count) + " columns";
}

/// Why the first data line cannot have this many columns; empty where it can.
inline std::string columns_fault(std::size_t count, PowderFormat format) {
  if (format == PowderFormat::xy && count == 3)
    return "three columns in an xy file, expected two (2theta, counts): is the third a sigma (then read it "
           "as xye) or something else?";
  if (format == PowderFormat::xye && count != 3)
    return column_count(count) + ", expected three (2theta, counts, sigma)";
  if (count != 2 && count != 3)
    return column_count(count) + ", expected two (2theta, counts) or three (2theta, counts, sigma)";
  return {};
}

}  // namespace detail

/// A pattern from text in memory; the rules are at the top of this header. `source` names the text in messages and in
/// the result. Radiation and radius are left unset: column files do not state them in a common way.
inline Result<PowderPattern> try_parse_powder(std::string_view text, std::string source,
                                              PowderFormat format = PowderFormat::columns) {
  if (text.starts_with(detail::byte_order_mark)) text.remove_prefix(detail::byte_order_mark.size());
  const auto error = [&](const std::string& what, std::size_t line, std::size_t column = 0) {
    return Error(what, Place{source, line, column});
  };
  constexpr std::string_view expected_columns =
      "expected lines of two or three numbers (2theta in degrees, counts, sigma)";

  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 127)
      return error("binary data or UTF-16 text, " + std::string(expected_columns), detail::line_of(text, i));
  }
  if (const auto start = text.find_first_not_of(" \t\r\n\f"); start == std::string_view::npos)
    return error("is empty, " + std::string(expected_columns), 1);
  else if (text[start] == '<')
    return error("this is XML, " + std::string(expected_columns) +
                     "; XRDML is read by read_xrdml of lamella/io/xrdml.hpp",
                 detail::line_of(text, start));

  PowderPattern pattern;
  std::size_t line_number = 0;
  std::size_t first_data_line = 0;
  std::size_t columns = 0;
  std::size_t comment_start = 0;  // line of an open /*
  char separator = ' ';
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view raw = detail::take_line(rest);
    ++line_number;
    const std::string_view line = detail::trimmed(raw);
    if (comment_start != 0) {
      if (line.ends_with("*/")) comment_start = 0;
      continue;
    }
    if (line.starts_with("/*")) {
      if (line.size() < 4 || !line.ends_with("*/")) comment_start = line_number;
      continue;
    }
    if (line.empty() || line.front() == '#' || line.front() == '!' || line.front() == '\'' ||
        line.starts_with("//"))
      continue;
    if (first_data_line == 0) {
      if (!detail::begins_like_number(line)) continue;
      first_data_line = line_number;
      separator = line.find(';') != std::string_view::npos   ? ';'
                  : line.find(',') != std::string_view::npos ? ','
                                                             : ' ';
    }
    const detail::PowderFields fields = detail::split_fields(line, separator);
    const auto column_of = [&](std::size_t i) {
      return fields.field[i].data() == nullptr
                 ? 0
                 : static_cast<std::size_t>(fields.field[i].data() - raw.data()) + 1;
    };
    for (std::size_t i = 0; i < std::min(fields.count, fields.field.size()); ++i) {
      const std::string_view field = fields.field[i];
      if (separator != ',' ? field.find(',') != std::string_view::npos
                           : field.find_first_of(" \t") != std::string_view::npos)
        return error("decimal comma or mixed separators in " + detail::in_quotes(line) +
                         ", expected decimal points and one kind of separator",
                     line_number, column_of(i));
    }
    if (columns == 0) {
      if (const std::string fault = detail::columns_fault(fields.count, format); !fault.empty())
        return error(fault, line_number);
      columns = fields.count;
    } else if (fields.count != columns) {
      return error(detail::column_count(fields.count) + ", expected " + std::to_string(columns) +
                       " as on line " + std::to_string(first_data_line),
                   line_number);
    }
    std::array<double, 3> number{};
    for (std::size_t i = 0; i < columns; ++i) {
      const auto [value, fault] = detail::parse_number(fields.field[i]);
      if (fault != detail::NumberFault::none) {
        constexpr std::array<std::string_view, 3> names = {"2theta in degrees", "counts", "a sigma"};
        return error(detail::in_quotes(fields.field[i]) + " " + detail::describe(fault) + ", expected " +
                         std::string(names[i]),
                     line_number, column_of(i));
      }
      number[i] = value;
    }
    const double sigma = columns == 3 ? number[2] : std::sqrt(std::max(number[1], 1.0));
    if (const std::string fault = detail::point_fault(pattern, number[0], number[1], sigma); !fault.empty())
      return error(fault, line_number);
    pattern.two_theta.push_back(number[0]);
    pattern.intensity.push_back(number[1]);
    pattern.sigma.push_back(sigma);
  }
  if (comment_start != 0)
    return error("comment opened by /* is not closed, expected a line that ends with */", comment_start);
  if (first_data_line == 0)
    return error(
        "no data in " + std::to_string(line_number) + " lines of text, " + std::string(expected_columns), 1);
  if (pattern.size() < 2) return error("a single point, expected a pattern of two or more", first_data_line);
  pattern.source = std::move(source);
  return pattern;
}

/// `try_parse_powder` that throws the error.
inline PowderPattern parse_powder(std::string_view text, std::string source,
                                  PowderFormat format = PowderFormat::columns) {
  return try_parse_powder(text, std::move(source), format).value();
}

/// A pattern from a text file of that format, whatever its name. Errors carry file and line.
inline Result<PowderPattern> try_read_powder(const std::filesystem::path& path, PowderFormat format) {
  auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_powder(text.value(), path.string(), format);
}

/// A pattern from a text file whose name ends in .xy (two columns), or in .xye, .dat, .txt, .csv, .tsv, .prn, .asc or
/// nothing (two or three). Other names are errors: XRDML has its own reader (lamella/io/xrdml.hpp), and a text file
/// under an unusual name is read by giving its format. Errors carry file and line.
inline Result<PowderPattern> try_read_powder(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (extension == ".xy") return try_read_powder(path, PowderFormat::xy);
  for (const std::string_view known : {".xye", ".dat", ".txt", ".csv", ".tsv", ".prn", ".asc", ""})
    if (extension == known) return try_read_powder(path, PowderFormat::columns);
  const std::string expected =
      extension == ".xrdml" || extension == ".xml"
          ? "is not a text pattern: XRDML is read by read_xrdml of lamella/io/xrdml.hpp"
          : "has an unknown extension " + detail::in_quotes(extension);
  return Error(expected + ", expected .xy, .xye, .dat, .txt, .csv, .tsv, .prn or .asc", Place{path.string()});
}

/// `try_read_powder` that throws the error.
inline PowderPattern read_powder(const std::filesystem::path& path, PowderFormat format) {
  return try_read_powder(path, format).value();
}

/// `try_read_powder` that throws the error.
inline PowderPattern read_powder(const std::filesystem::path& path) { return try_read_powder(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
