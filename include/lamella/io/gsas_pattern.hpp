// Powder patterns from GSAS files (.gsas, .gda, .gss, .xra, .cwn, .fxye, .raw …), constant wavelength.
//
// What is read, after A. C. Larson & R. B. Von Dreele, GSAS, Los Alamos report LAUR 86-748 (2004), "Powder data":
// - A title line, lines that begin with # and an instrument line, then for each bank
//   "BANK n channels records type c1 c2 c3 c4 data-type" and its records.
// - Type CONST (also CONS): steps of c2 from c1, both in centidegrees 2theta. Data types: STD (also where none is named),
//   10 cells a record of I2 detectors and F6 counts: counts per detector, sigma = sqrt(counts/detectors); ESD, 5 cells a
//   record of F8 intensity and F8 sigma; FXYE and FXY, free lines of angle in centidegrees, intensity and (FXYE) sigma.
// - A point without intensity or without sigma carries no weight in GSAS and is left out: zeros pad the last record and
//   stand for what was not measured. Points at 0° and below are left out too.
// - What follows the last declared channel is not read, except that FXYE and FXY lines are read to the end of the bank. Fewer
//   channels than declared are accepted where an empty line ends them, as some programs write; otherwise the file is cut
//   off.
// - Refused: time of flight and energy dispersion (SLOG, RALF, LOG6, TIME_MAP, LPSD, CONQ, EDS; data type ALT).
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/chosen_part.hpp>       // chosen_part
#include <lamella/io/detail/pattern_text.hpp>      // LineReader, words_of, add_point, finished
#include <lamella/io/detail/text.hpp>              // trimmed, in_quotes, show
#include <lamella/io/text_file.hpp>                // try_read_text_file

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

/// A line that opens a bank.
constexpr bool is_gsas_bank(std::string_view line) noexcept {
  return line.size() > 4 && line.starts_with("BANK") && (line[4] == ' ' || line[4] == '\t');
}

/// Whether text has a line that opens a bank of GSAS.
inline bool has_gsas_bank(std::string_view text) noexcept {
  LineReader lines{without_mark(text)};
  for (std::string_view line; lines.next(line);)
    if (is_gsas_bank(line)) return true;
  return false;
}

/// What a BANK line says.
struct GsasBank {
  enum class Data { std, esd, fxy, fxye };
  std::size_t line = 0;
  std::size_t channels = 0;
  double start = 0, step = 0;  ///< centidegrees 2theta
  Data data = Data::std;
};

/// Reads a BANK line.
inline Result<GsasBank> gsas_bank(std::string_view line, const Place& place) {
  const auto words = words_of(line);
  constexpr std::string_view form = ", expected \"BANK number channels records CONST start step 0 0 type\"";
  if (words.size() < 7) return Error("BANK line of " + std::to_string(words.size()) + " words" + std::string(form), place);
  GsasBank bank;
  bank.line = place.line;
  const std::string_view type = words[4];
  const std::string_view data = words.size() > 9 ? words[9] : words.back();
  if (!begins_with(type, "cons"))
    return Error("binning " + in_quotes(type) + " (time of flight or energy dispersive), expected CONST: patterns of " +
                     "constant wavelength in centidegrees",
                 place);
  if (is_word(data, "alt"))
    return Error("data type ALT (time of flight), expected STD, ESD, FXY or FXYE", place);
  if (is_word(data, "fxye")) bank.data = GsasBank::Data::fxye;
  else if (is_word(data, "fxy")) bank.data = GsasBank::Data::fxy;
  else if (is_word(data, "esd")) bank.data = GsasBank::Data::esd;
  else if (!is_word(data, "std") && !number_in(data))
    return Error("data type " + in_quotes(data) + ", expected STD, ESD, FXY or FXYE", place);
  const auto channels = count_in(words[2]);
  if (!channels || *channels < 2)
    return Error(in_quotes(words[2]) + " channels" + std::string(form) + " with two channels or more", place);
  bank.channels = *channels;
  const auto start = number_in(words[5]), step = number_in(words[6]);
  if (!start || !step)
    return Error(in_quotes(!start ? words[5] : words[6]) + " is not a number" + std::string(form), place);
  if (!(*step > 0) || !(*start > -18000 && *start < 18000))
    return Error("start " + show(*start) + " and step " + show(*step) +
                     " are impossible, expected centidegrees 2theta up to 18000 and a positive step",
                 place);
  bank.start = *start;
  bank.step = *step;
  return bank;
}

/// The text of a cell of a record, without blanks; empty where the record is shorter.
inline std::string_view gsas_cell(std::string_view record, std::size_t at, std::size_t width) noexcept {
  return at < record.size() ? trimmed(record.substr(at, width)) : std::string_view{};
}

}  // namespace detail

/// A pattern from GSAS text in memory; what is read is said at the top of this header. `source` names the text in messages
/// and in the result. Text with several banks is an error unless `bank` says which to read, from 1 in order of appearance.
inline Result<PowderPattern> try_parse_gsas(std::string_view text, std::string source,
                                            std::optional<std::size_t> bank = std::nullopt) {
  const Place start{std::move(source)};
  const auto error = [&](const std::string& what, std::size_t line, std::size_t column = 0) {
    return Error(what, Place{start.file, line, column});
  };
  text = detail::without_mark(text);
  if (detail::trimmed(text).empty()) return error("is empty, expected a GSAS pattern with a BANK line", 1);

  detail::LineReader lines{text};
  std::vector<std::pair<std::string_view, detail::LineReader>> banks;
  for (std::string_view line; lines.next(line);)
    if (detail::is_gsas_bank(line)) banks.emplace_back(line, lines);
  if (banks.empty()) return error("no BANK line, expected a GSAS pattern", 1);
  const detail::ChosenPart chosen = detail::chosen_part(bank, banks.size(), "bank");
  const auto& [line_of_bank, after_bank] = banks[chosen.index];
  const auto header = detail::gsas_bank(line_of_bank, {start.file, after_bank.number});
  if (!chosen.complaint.empty() && (header || !chosen.ambiguous)) return error(chosen.complaint, banks[chosen.ambiguous ? 1 : 0].second.number);
  if (!header) return header.error();
  const detail::GsasBank& b = header.value();
  using Data = detail::GsasBank::Data;
  const bool cells = b.data == Data::std || b.data == Data::esd;
  const std::size_t width = b.data == Data::esd ? 16 : 8;
  const std::size_t per_record = 80 / width;

  PowderPattern pattern;
  lines = after_bank;
  std::size_t channel = 0;
  bool ended_by_empty_line = false;
  std::size_t short_record = 0;  // the line of a record with fewer cells than it should have
  // Adds one channel; what is wrong with it where something is.
  const auto add = [&](double two_theta, double intensity, double sigma) -> std::string {
    ++channel;
    return intensity > 0 && sigma > 0 ? detail::add_point(pattern, two_theta, intensity, sigma) : std::string{};
  };
  for (std::string_view line; (!cells || channel < b.channels) && lines.next(line);) {
    if (line.starts_with('#')) continue;
    if (detail::is_gsas_bank(line)) break;
    if (detail::trimmed(line).empty()) {
      ended_by_empty_line = true;
      break;
    }
    if (short_record != 0)
      return error("record of fewer cells than " + std::to_string(per_record) + ", expected only the last to be short",
                   short_record);
    if (cells) {
      for (std::size_t cell = 0; cell < per_record && channel < b.channels; ++cell) {
        const std::size_t at = cell * width;
        const std::size_t split = b.data == Data::std ? 2 : 8;
        const std::string_view first = detail::gsas_cell(line, at, split);
        const std::string_view second = detail::gsas_cell(line, at + split, width - split);
        if (first.empty() && second.empty()) {
          if (!detail::trimmed(line.substr(std::min(at, line.size()))).empty())
            return error("empty cell in a record, expected " +
                             std::string(b.data == Data::std ? "counts" : "an intensity and its sigma"),
                         lines.number, at + 1);
          short_record = lines.number;
          break;
        }
        const auto a = detail::number_in(first), c = detail::number_in(second);
        if ((!first.empty() && !a) || !c)
          return error(detail::in_quotes(line.substr(at, width)) + " is not " +
                           (b.data == Data::std ? "a cell of two digits for detectors and six for counts"
                                                : "a cell of eight characters for an intensity and eight for its sigma") +
                           ", expected fixed columns",
                       lines.number, at + 1);
        std::string fault;
        const double two_theta = (b.start + b.step * static_cast<double>(channel)) / 100;
        if (b.data == Data::std) {
          const double detectors = a.value_or(1);
          if (!(detectors >= 0)) return error("negative number of detectors, expected 0 to 99", lines.number, at + 1);
          fault = add(two_theta, *c, std::sqrt(std::max(*c, 0.0) / std::max(detectors, 1.0)));
        } else {
          fault = add(two_theta, a.value_or(0), *c);
        }
        if (!fault.empty()) return error(fault, lines.number, at + 1);
      }
    } else {
      const auto words = detail::words_of(line);
      const std::size_t columns = b.data == Data::fxye ? 3 : 2;
      if (words.size() != columns)
        return error(std::to_string(words.size()) + " columns, expected " + std::to_string(columns) +
                         (columns == 3 ? " (centidegrees, intensity, sigma)" : " (centidegrees, intensity)"),
                     lines.number);
      double value[3] = {0, 0, 0};
      for (std::size_t i = 0; i < columns; ++i) {
        const auto [parsed, fault] = detail::parse_number(words[i]);
        if (fault != detail::NumberFault::none)
          return error(detail::in_quotes(words[i]) + " " + detail::describe(fault) +
                           ", expected centidegrees, intensity and sigma",
                       lines.number, static_cast<std::size_t>(words[i].data() - line.data()) + 1);
        value[i] = parsed;
      }
      const double sigma = columns == 3 ? value[2] : std::sqrt(std::max(value[1], 0.0));
      if (const std::string fault = add(value[0] / 100, value[1], sigma); !fault.empty())
        return error(fault, lines.number);
    }
  }
  if (channel < b.channels && !ended_by_empty_line)
    return error(std::to_string(channel) + " of " + std::to_string(b.channels) +
                     " channels, then the data end, expected the channels that the BANK line declares",
                 std::max(lines.number, b.line));
  return detail::finished(std::move(pattern), Place{start.file, b.line});
}

/// `try_parse_gsas` that throws the error.
inline PowderPattern parse_gsas(std::string_view text, std::string source, std::optional<std::size_t> bank = std::nullopt) {
  return try_parse_gsas(text, std::move(source), bank).value();
}

/// A pattern from a GSAS file. Errors carry file and line.
inline Result<PowderPattern> try_read_gsas(const std::filesystem::path& path, std::optional<std::size_t> bank = std::nullopt) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_gsas(text.value(), path.string(), bank);
}

/// `try_read_gsas` that throws the error.
inline PowderPattern read_gsas(const std::filesystem::path& path, std::optional<std::size_t> bank = std::nullopt) {
  return try_read_gsas(path, bank).value();
}

}  // namespace lamella::inline LAMELLA_ABI
