// Spectra from two columns of numbers: energy and intensity.
//
// What is read: lines before the first one of two numbers are a title; after it each line has two numbers, apart by blanks, tabs,
// commas or semicolons (at the end of a line these may stand alone); lines that begin with "#" and empty lines are left out. A title
// with "kinetic", "E_kin" or "KE" says that the energies are kinetic, and then a number after "hv=" is the photon energy; without
// such a title they are binding energies.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/pattern_text.hpp>  // LineReader, words_of, lower_case
#include <lamella/io/detail/text.hpp>          // trimmed, in_quotes, parse_number
#include <lamella/io/spectrum_record.hpp>      // SpectrumRecord
#include <lamella/io/text_file.hpp>            // try_read_text_file

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Reads one table.
class SpectrumColumnsReader {
 public:
  SpectrumColumnsReader(std::string_view text, std::string source) : text_(without_mark(text)), source_(std::move(source)) {}

  Result<SpectrumRecord> read() {
    SpectrumRecord record;
    record.place = Place{source_, 1};
    LineReader lines{text_};
    std::size_t titles = 0;
    for (std::string_view line; lines.next(line);) {
      line = trimmed(line);
      const auto complain = [&](const std::string& what) { return Error(what, Place{source_, lines.number}); };
      if (line.empty()) continue;
      std::string separated(line);
      for (char& c : separated)
        if (c == ';') c = ',';
      const auto words = words_of(separated, ',');
      const bool comment = line.front() == '#';
      if (record.energy.empty() && (comment || words.size() < 2 || !number_in(words[0]) || !number_in(words[1]))) {
        if (++titles > longest_title) return complain("still no line of two numbers, expected energy in eV and intensity");
        if (titles == 1) record.name = title_of(line);
        title(record, line);
        continue;
      }
      if (comment) continue;
      if (words.size() != 2)
        return complain(std::to_string(words.size()) + " columns, expected two: energy in eV and intensity, with decimal points");
      std::array<double, 2> values{};
      for (std::size_t c = 0; c < 2; ++c) {
        const auto [value, fault] = parse_number(words[c]);
        if (fault != NumberFault::none) return complain(in_quotes(words[c]) + " " + describe(fault) + ", expected " + (c == 0 ? "an energy in eV" : "an intensity"));
        values[c] = value;
      }
      if (record.energy.empty()) record.place.line = lines.number;
      record.energy.push_back(values[0]);
      record.intensity.push_back(values[1]);
    }
    if (record.energy.size() < 2)
      return Error(std::to_string(record.energy.size()) + " lines of two numbers, expected a spectrum of two or more: energy in eV and intensity",
                   Place{source_, std::max<std::size_t>(1, lines.number)});
    return record;
  }

 private:
  static constexpr std::size_t longest_title = 100;  // lines

  static std::string title_of(std::string_view line) {
    while (!line.empty() && (line.front() == '#' || line.front() == ' ')) line.remove_prefix(1);
    std::string name;
    for (const char c : line.substr(0, 60)) name += c == '\t' ? ' ' : c;
    return name;
  }

  static void title(SpectrumRecord& record, std::string_view line) {
    std::string lower;
    for (const char c : line) lower += lower_case(c);
    if (lower.find("kinetic") != std::string::npos || lower.find("e_kin") != std::string::npos || lower.find("ekin") != std::string::npos ||
        begins_with(trimmed(line), "ke"))
      record.kinetic = true;
    if (const auto at = lower.find("hv="); at != std::string::npos) {
      const auto end = lower.find_first_not_of("0123456789.", at + 3);
      record.photon_energy = number_in(std::string_view(lower).substr(at + 3, end == std::string::npos ? end : end - at - 3));
    }
  }

  std::string_view text_;
  std::string source_;
};

}  // namespace detail

/// The spectrum of a table in memory; what is read is said at the top of this header. `source` names the text in messages.
inline Result<SpectrumRecord> try_parse_spectrum_columns(std::string_view text, std::string source) {
  return detail::SpectrumColumnsReader(text, std::move(source)).read();
}

/// `try_parse_spectrum_columns` that throws the error.
inline SpectrumRecord parse_spectrum_columns(std::string_view text, std::string source) { return try_parse_spectrum_columns(text, std::move(source)).value(); }

}  // namespace lamella::inline LAMELLA_ABI
