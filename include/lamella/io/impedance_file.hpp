// Impedance spectra from the text files of instruments and of people.
//
// What is read, recognised by content:
// - Tables with headings, after any lines before them: BioLogic EC-Lab (.mpt), Scribner ZPlot (.z), Gamry (.DTA, the table ZCURVE),
//   Autolab, PAR Parstat and VersaStudio (.par), PowerSuite, CH Instruments, ThalesXT and others; CSV with headings such as "f, Z', Z''",
//   "freq, Zre, -Zim", "frequency, |Z|, phase". A heading that starts with "-" means that the negative is written. Units: Hz, kHz, MHz;
//   mOhm, Ohm, kOhm, MOhm; degrees, rad.
// - Tables without headings: three columns, taken as frequency, Z′, Z″ (a note says so).
// - Elins P00, Eco Chemie .dfr (nine numbers a point), .i2b (a count, then so many lines), Ivium .idf (the table primary_data).
// Separators are tabs, semicolons, commas or blanks; decimals have a point or, where commas do not separate, a comma.
// Rows of frequency 0 and impedance 0 are those of direct current and are left out.
//
// Where the frequency jumps back by more than half of the decades covered so far, a new spectrum begins.
#pragma once

#include <lamella/core/constants.hpp>                       // degree
#include <lamella/core/error.hpp>                           // Error, Place
#include <lamella/core/result.hpp>                          // Result
#include <lamella/electrochemistry/impedance_spectrum.hpp>  // ImpedanceSpectrum, impedance_point_fault
#include <lamella/io/detail/chosen_part.hpp>                // chosen_part
#include <lamella/io/detail/impedance_columns.hpp>          // impedance_columns
#include <lamella/io/detail/text.hpp>                       // parse_number, in_quotes, trimmed
#include <lamella/io/detail/text_lines.hpp>                 // LineReader, words_of, number_in, count_in
#include <lamella/io/text_file.hpp>                         // try_read_text_file

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Reads all spectra of a text.
class ImpedanceReader {
 public:
  struct Found {
    ImpedanceSpectrum spectrum;
    std::size_t line = 1;  ///< of its first point
  };

  ImpedanceReader(std::string_view text, std::string source) : place_{std::move(source)} {
    LineReader lines{without_mark(text)};
    for (std::string_view line; lines.next(line);) lines_.push_back(line);
    while (!lines_.empty() && trimmed(lines_.back()).empty()) lines_.pop_back();
    binary_ = text.find('\0') != std::string_view::npos;
  }

  Result<std::vector<Found>> read() {
    if (lines_.empty()) return error("is empty, expected an impedance spectrum", 1);
    if (const auto ivium = find_line("primary_data")) return finish(read_ivium(*ivium + 1));
    if (binary_) return error("is not text, expected an impedance spectrum as text", 1);
    const std::string_view first = trimmed(lines_[0]);
    if (first.starts_with('{') || first.starts_with('[') || first.starts_with('<')) {
      // VersaStudio writes sections in angle brackets.
      if (!first.starts_with("<Application>")) return error("starts with " + in_quotes(first.substr(0, 1)) + ", expected a table of text with headings", 1);
    }
    if (begins_with(first, "version") && lines_.size() > 2 && count_in(trimmed(lines_[1]))) return finish(read_dfr());
    if (const auto fault = find_headings()) return *fault;
    if (headings_) return finish(read_rows(*headings_ + 1, columns_));
    if (const auto counted = find_count()) return finish(read_counted(*counted));
    if (are_three_numbers(lines_[0])) {
      notes_.push_back("no headings: the columns are taken as frequency in Hz, Z′ and Z″ in Ω");
      return finish(read_rows(0, plain_columns()));
    }
    return error("no line with headings of frequency and impedance, expected such as \"freq/Hz, Re(Z)/Ohm, -Im(Z)/Ohm\"", 1);
  }

 private:
  Error error(const std::string& what, std::size_t line) const { return Error(what, Place{place_.file, line}); }

  /// Number, from 0, of the line that is `word`.
  std::optional<std::size_t> find_line(std::string_view word) const {
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (trimmed(lines_[i]) == word) return i;
    return std::nullopt;
  }

  static std::vector<std::string_view> split(std::string_view line, char separator) {
    std::vector<std::string_view> cells;
    if (separator == ' ') return words_of(line);
    for (std::size_t at = 0;;) {
      const std::size_t end = std::min(line.find(separator, at), line.size());
      cells.push_back(trimmed(line.substr(at, end - at)));
      if (end == line.size()) break;
      at = end + 1;
    }
    while (!cells.empty() && cells.back().empty()) cells.pop_back();
    return cells;
  }

  static std::vector<std::string_view> split_headings(std::string_view line) {
    if (begins_with(line, "definition=")) {  // VersaStudio ends its list with a 0 that is no column
      auto headings = split(line.substr(11), ',');
      if (!headings.empty() && headings.back() == "0") headings.pop_back();
      return headings;
    }
    if (const auto inside = trimmed(line); inside.size() > 1 && inside.front() == '"' && inside.back() == '"') line = inside.substr(1, inside.size() - 2);
    for (const char separator : {'\t', ';', ','})
      if (line.find(separator) != std::string_view::npos) return split(line, separator);
    // Columns set by several blanks may have single blanks in their headings.
    line = trimmed(line);
    if (line.find("  ") == std::string_view::npos) return words_of(line);
    std::vector<std::string_view> cells;
    while (!line.empty()) {
      const std::size_t end = std::min(line.find("  "), line.size());
      cells.push_back(line.substr(0, end));
      line = trimmed(line.substr(end));
    }
    return cells;
  }

  /// Looks for the line of headings. Returns an error where one is nearly right.
  std::optional<Error> find_headings() {
    const bool gamry = trimmed(lines_[0]) == "EXPLAIN";
    bool in_curve = !gamry;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (gamry && begins_with(lines_[i], "zcurve")) {
        in_curve = true;
        continue;
      }
      if (!in_curve || lines_[i].size() > 20000) continue;
      const ImpedanceColumns columns = impedance_columns(split_headings(lines_[i]));
      if (columns.complete()) {
        if (!columns.unknown_unit.empty())
          return error("the column " + in_quotes(columns.unknown_unit) + " has another unit, expected Hz, ohm or degrees", i + 1);
        columns_ = columns;
        headings_ = i;
        if (columns.drift_corrected) notes_.push_back("the impedance as measured is read, not the columns corrected for drift");
        return std::nullopt;
      }
      if (columns.first && columns.second && !columns.polar)
        return error("no column of frequencies beside the impedance, expected such as \"freq/Hz\"", i + 1);
    }
    if (gamry && !in_curve) return error("no table ZCURVE, expected an impedance measurement of Gamry", 1);
    return std::nullopt;
  }

  static bool are_three_numbers(std::string_view line) {
    const char separator = separator_of(line, 3);
    if (separator == '\0') return false;
    for (const auto cell : split(line, separator))
      if (!number_in(cell) && !number_in(with_point(cell))) return false;
    return true;
  }

  /// A line with a single count, followed by exactly so many rows of three numbers.
  std::optional<std::size_t> find_count() const {
    for (std::size_t i = 0; i + 1 < lines_.size(); ++i) {
      const auto count = count_in(trimmed(lines_[i]));
      if (count && *count > 0 && are_three_numbers(lines_[i + 1])) return i;
    }
    return std::nullopt;
  }

  static ImpedanceColumns plain_columns() {
    ImpedanceColumns columns;
    columns.frequency = {0, 1};
    columns.first = {1, 1};
    columns.second = {2, 1};
    columns.count = 3;
    return columns;
  }

  /// What separates the `count` cells of a line; '\0' where nothing does.
  static char separator_of(std::string_view line, std::size_t count) {
    for (const char separator : {'\t', ';', ',', ' '})
      if (split(line, separator).size() == count) return separator;
    return '\0';
  }

  static std::string with_point(std::string_view text) {
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), ',', '.');
    return plain;
  }

  std::optional<Error> number(std::string_view cell, char separator, std::size_t line, const char* what, double& value) {
    ParsedNumber parsed = parse_number(cell);
    if (parsed.fault == NumberFault::none && cell.find('.') != std::string_view::npos) decimal_point_ = true;
    if (parsed.fault == NumberFault::no_number && separator != ',' && cell.find(',') != std::string_view::npos && cell.find('.') == std::string_view::npos) {
      parsed = parse_number(with_point(cell));
      if (parsed.fault == NumberFault::none && decimal_point_) return error(in_quotes(cell) + " has a decimal comma, expected a point as before", line);
    }
    if (parsed.fault != NumberFault::none) return error(in_quotes(cell) + " " + describe(parsed.fault) + ", expected " + what, line);
    value = parsed.value;
    return std::nullopt;
  }

  std::optional<Error> add(double frequency, double first, double second, bool polar, std::size_t line) {
    if (frequency == 0 && first == 0 && second == 0) return std::nullopt;
    if (polar && !(first > 0)) return error("modulus " + show(first) + ", expected a positive number in ohm", line);
    all_.frequency.push_back(frequency);
    all_.real.push_back(polar ? first * std::cos(second * degree) : first);
    all_.imaginary.push_back(polar ? first * std::sin(second * degree) : second);
    line_.push_back(line);
    const std::string fault = impedance_point_fault(all_, all_.size() - 1);
    if (!fault.empty()) return error(fault, line);
    return std::nullopt;
  }

  /// Rows of a table until its end; what comes before the first row may be units or a count.
  std::optional<Error> read_rows(std::size_t from, const ImpedanceColumns& columns) {
    char separator = '\0';
    std::size_t count = columns.count;
    std::optional<std::size_t> stated;
    bool seen = false;
    for (std::size_t i = from; i < lines_.size(); ++i) {
      const std::string_view line = lines_[i], content = trimmed(line);
      if (content.empty()) continue;
      if (!seen) {
        if (content == "End Comments") continue;
        if (const auto n = count_in(content); n && count > 1) {
          stated = n;
          continue;
        }
        separator = separator_of(line, count);
        if (separator == '\0')
          return error(in_quotes(content) + " has not the " + std::to_string(count) + " cells of the headings, expected numbers", i + 1);
        if (impedance_unit(ImpedanceColumn::frequency, split(line, separator)[columns.frequency->index])) continue;  // a line of units
      } else if (content.starts_with("</") || content.find("TABLE") != std::string_view::npos || content.find("TOGGLE") != std::string_view::npos) {
        break;
      }
      const auto cells = split(line, separator);
      if (cells.size() != count)
        return error(std::to_string(cells.size()) + " cells, expected " + std::to_string(count) + " as in the first row", i + 1);
      seen = true;
      double frequency = 0, first = 0, second = 0;
      if (auto fault = number(cells[columns.frequency->index], separator, i + 1, "a frequency", frequency)) return fault;
      if (auto fault = number(cells[columns.first->index], separator, i + 1, "an impedance", first)) return fault;
      if (auto fault = number(cells[columns.second->index], separator, i + 1, columns.polar ? "a phase" : "an impedance", second)) return fault;
      if (auto fault = add(frequency * columns.frequency->factor, first * columns.first->factor, second * columns.second->factor, columns.polar, i + 1))
        return fault;
    }
    if (stated && *stated != all_.size())
      return error(std::to_string(all_.size()) + " points, expected the " + std::to_string(*stated) + " that are announced", from + 1);
    return std::nullopt;
  }

  std::optional<Error> read_counted(std::size_t at) {
    const std::size_t count = *count_in(trimmed(lines_[at]));
    if (lines_.size() - at - 1 != count)
      return error(std::to_string(lines_.size() - at - 1) + " lines follow, expected the " + std::to_string(count) + " points that are announced", at + 1);
    return read_rows(at + 1, plain_columns());
  }

  /// Ivium: the number of columns, the number of points, then rows of Z′, Z″ and frequency.
  std::optional<Error> read_ivium(std::size_t at) {
    const auto at_line = [&](std::size_t i) { return i < lines_.size() ? trimmed(lines_[i]) : std::string_view(); };
    const auto width = count_in(at_line(at)), count = count_in(at_line(at + 1));
    if (!width || !count || *width != 3 || *count == 0 || *count > lines_.size() - std::min(at + 2, lines_.size()))
      return error("primary_data without its count of three columns and of points, expected an impedance measurement of Ivium", std::min(at + 1, lines_.size()));
    for (std::size_t i = at + 2; i < at + 2 + *count; ++i) {
      const auto cells = words_of(lines_[i]);
      if (cells.size() != 3) return error(std::to_string(cells.size()) + " cells, expected Z', Z'' and a frequency", i + 1);
      double value[3] = {};
      for (std::size_t k = 0; k < 3; ++k)
        if (auto fault = number(cells[k], ' ', i + 1, k == 2 ? "a frequency" : "an impedance", value[k])) return fault;
      if (auto fault = add(value[2], value[0], value[1], false, i + 1)) return fault;
    }
    return std::nullopt;
  }

  /// Eco Chemie: version, count, a flag; nine lines a point: frequency, Z′, -Z″ and six more.
  std::optional<Error> read_dfr() {
    constexpr std::size_t head = 3, lines_per_point = 9;
    const std::size_t count = *count_in(trimmed(lines_[1]));
    if (count == 0 || count > (lines_.size() - head) / lines_per_point)
      return error(std::to_string(count) + " points are announced, expected nine lines for each", 2);
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t at = head + n * lines_per_point;
      double value[3] = {};
      for (std::size_t k = 0; k < 3; ++k)
        if (auto fault = number(trimmed(lines_[at + k]), ' ', at + k + 1, k == 0 ? "a frequency" : "an impedance", value[k])) return fault;
      if (auto fault = add(value[0], value[1], -value[2], false, at + 1)) return fault;
    }
    return std::nullopt;
  }

  /// The points divided into spectra, unless there was a fault.
  Result<std::vector<Found>> finish(const std::optional<Error>& fault) {
    if (fault) return *fault;
    if (all_.size() == 0) return error("no points, expected an impedance spectrum", headings_.value_or(0) + 1);
    std::vector<std::size_t> starts{0};
    double low = all_.frequency[0], high = low;
    int direction = 0;
    for (std::size_t i = 1; i < all_.size(); ++i) {
      const double f = all_.frequency[i], previous = all_.frequency[i - 1];
      if (direction == 0 && f != previous) direction = f > previous ? 1 : -1;
      const double back = -direction * std::log(f / previous);
      if (i - starts.back() >= 3 && back > 0.5 * std::log(high / low) && high > low) {
        starts.push_back(i);
        low = high = f;
        direction = 0;
        continue;
      }
      low = std::min(low, f);
      high = std::max(high, f);
    }
    starts.push_back(all_.size());
    std::vector<Found> found;
    for (std::size_t k = 0; k + 1 < starts.size(); ++k) {
      const auto part = [&](const std::vector<double>& column) {
        return std::vector<double>(column.begin() + static_cast<std::ptrdiff_t>(starts[k]), column.begin() + static_cast<std::ptrdiff_t>(starts[k + 1]));
      };
      found.push_back({{part(all_.frequency), part(all_.real), part(all_.imaginary), place_.file, notes_}, line_[starts[k]]});
    }
    return found;
  }

  std::vector<std::string_view> lines_;
  Place place_;
  bool binary_ = false;
  bool decimal_point_ = false;
  std::optional<std::size_t> headings_;  ///< line, from 0
  ImpedanceColumns columns_;
  ImpedanceSpectrum all_;
  std::vector<std::size_t> line_;
  std::vector<std::string> notes_;
};

}  // namespace detail

/// All impedance spectra of a text in memory, one or more; what is read is said at the top of this header. `source` names the text in
/// messages and in the result.
inline Result<std::vector<ImpedanceSpectrum>> try_parse_impedance_spectra(std::string_view text, std::string source) {
  auto found = detail::ImpedanceReader(text, std::move(source)).read();
  if (!found) return found.error();
  std::vector<ImpedanceSpectrum> spectra;
  for (const auto& part : found.value()) spectra.push_back(part.spectrum);
  return spectra;
}

/// The impedance spectrum of a text. A text with several sweeps is an error unless `wanted` says which, from 1; so is a single point.
inline Result<ImpedanceSpectrum> try_parse_impedance(std::string_view text, std::string source, std::optional<std::size_t> wanted = std::nullopt) {
  auto found = detail::ImpedanceReader(text, source).read();
  if (!found) return found.error();
  const auto& all = found.value();
  const auto chosen = detail::chosen_part(wanted, all.size(), "sweep");
  if (!chosen.complaint.empty()) return Error(chosen.complaint, Place{std::move(source), all[chosen.ambiguous ? 1 : 0].line});
  const auto& part = all[chosen.index];
  if (part.spectrum.size() < 2) return Error("a single point, expected a spectrum of two or more", Place{std::move(source), part.line});
  return part.spectrum;
}

/// `try_parse_impedance` that throws the error.
inline ImpedanceSpectrum parse_impedance(std::string_view text, std::string source, std::optional<std::size_t> wanted = std::nullopt) {
  return try_parse_impedance(text, std::move(source), wanted).value();
}

/// The impedance spectrum of a file. Errors carry file and line.
inline Result<ImpedanceSpectrum> try_read_impedance(const std::filesystem::path& path, std::optional<std::size_t> wanted = std::nullopt) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_impedance(text.value(), path.string(), wanted);
}

/// `try_read_impedance` that throws the error.
inline ImpedanceSpectrum read_impedance(const std::filesystem::path& path, std::optional<std::size_t> wanted = std::nullopt) {
  return try_read_impedance(path, wanted).value();
}

}  // namespace lamella::inline LAMELLA_ABI
