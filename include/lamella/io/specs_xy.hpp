// Spectra from the XY export of SpecsLab and SpecsLab Prodigy, all regions, cycles and scans.
//
// What is read, as the files describe themselves: comment lines "# Key: value" and, after each line "# Cycle: …, Curve: …", rows of
// energy, intensity and, where "Transmission Function" or a third column label says so, transmission. Region, Analysis Method,
// Excitation Energy, Eff. Workfunction, Dwell Time and Number of Scans belong to the record; "Kinetic Energy Axis" or "Energy Axis"
// tells the scale, "Counts Per Second" or "Count Rate" whether intensities are rates.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/pattern_text.hpp>  // LineReader, words_of, begins_with
#include <lamella/io/detail/text.hpp>          // trimmed, in_quotes, parse_number
#include <lamella/io/spectrum_record.hpp>      // SpectrumRecord
#include <lamella/io/text_file.hpp>            // try_read_text_file

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Whether text begins with a comment of SpecsLab.
inline bool is_specs_xy(std::string_view text) noexcept {
  LineReader lines{without_mark(text)};
  for (std::string_view line; lines.next(line) && lines.number < 20;) {
    line = trimmed(line);
    if (line.empty()) continue;
    if (line.front() != '#') return false;
    if (line.find("SpecsLab") != std::string_view::npos || line.find("XY-Serializer") != std::string_view::npos) return true;
  }
  return false;
}

/// Reads one file.
class SpecsReader {
 public:
  SpecsReader(std::string_view text, std::string source) : lines_{without_mark(text)}, source_(std::move(source)) {}

  Result<std::vector<SpectrumRecord>> read() {
    for (std::string_view line; lines_.next(line) && !fault_;) {
      line = trimmed(line);
      if (line.empty()) continue;
      if (line.front() == '#') comment(trimmed(line.substr(1)));
      else row(line);
    }
    if (fault_) return *fault_;
    finish();
    if (fault_) return *fault_;
    if (records_.empty()) return Error("no rows of energy and intensity, expected a spectrum", Place{source_, std::max<std::size_t>(1, lines_.number)});
    return std::move(records_);
  }

 private:
  void complain(const std::string& what) {
    if (!fault_) fault_ = Error(what, Place{source_, std::max<std::size_t>(1, lines_.number)});
  }

  void comment(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view key = trimmed(text.substr(0, colon)), value = trimmed(text.substr(colon + 1));
    if (is_word(key, "cycle") && text.find("Curve") != std::string_view::npos) {
      finish();
      open_ = true;
      current_ = region_;
      current_.place = Place{source_, lines_.number};
      if (curves_of_region_++ > 0) current_.name += ", " + std::string(text);
    } else if (is_word(key, "region")) {
      finish();
      region_ = SpectrumRecord{};
      region_.name = value;
      region_.kinetic = kinetic_;
      region_.rate = rate_;
      dwell_.reset();
      scans_ = 1;
      curves_of_region_ = 0;
    } else if (is_word(key, "kinetic energy axis")) {
      kinetic_ = is_word(value, "yes");
    } else if (is_word(key, "energy axis")) {
      kinetic_ = is_word(value, "kinetic energy");
      if (!kinetic_ && !is_word(value, "binding energy")) complain("energy axis " + in_quotes(value) + ", expected kinetic or binding energy");
    } else if (is_word(key, "counts per second")) {
      rate_ = is_word(value, "yes");
    } else if (is_word(key, "count rate")) {
      rate_ = is_word(value, "counts per second");
    } else if (is_word(key, "separate scan data")) {
      separate_scans_ = is_word(value, "yes");
    } else if (is_word(key, "analysis method")) {
      region_.technique = value;
    } else if (is_word(key, "excitation energy")) {
      region_.photon_energy = number_in(value);
    } else if (is_word(key, "eff. workfunction")) {
      region_.work_function = number_in(value);
    } else if (is_word(key, "dwell time")) {
      dwell_ = number_in(value);
    } else if (is_word(key, "number of scans")) {
      scans_ = number_in(value).value_or(1);
    } else if (is_word(key, "group")) {
      sample_ = value;
    }
    region_.sample = sample_;
    if (dwell_ && *dwell_ * scans_ > 0) region_.seconds = *dwell_ * (separate_scans_ ? 1 : scans_);
  }

  void row(std::string_view line) {
    if (!open_) return complain(in_quotes(line) + ", expected a line \"# Cycle: 0, Curve: 0\" before the numbers");
    const auto words = words_of(line);
    if (words.size() < 2 || (columns_ != 0 && words.size() != columns_))
      return complain(std::to_string(words.size()) + " columns, expected " + (columns_ == 0 ? "energy and intensity" : std::to_string(columns_) + " as before"));
    columns_ = words.size();
    for (std::size_t c = 0; c < std::min<std::size_t>(3, columns_); ++c) {
      const auto [value, fault] = parse_number(words[c]);
      if (fault != NumberFault::none) return complain(in_quotes(words[c]) + " " + describe(fault) + ", expected " + (c == 0 ? "an energy in eV" : "an intensity"));
      (c == 0 ? current_.energy : c == 1 ? current_.intensity : current_.transmission).push_back(value);
    }
  }

  void finish() {
    if (!std::exchange(open_, false)) return;
    columns_ = 0;
    if (current_.energy.empty()) return;
    if (current_.energy.size() < 2) return complain("a single point of " + in_quotes(current_.name) + ", expected two or more");
    records_.push_back(std::move(current_));
  }

  LineReader lines_;
  std::string source_, sample_;
  SpectrumRecord region_, current_;
  bool kinetic_ = false, rate_ = false, separate_scans_ = false, open_ = false;
  std::optional<double> dwell_;
  double scans_ = 1;
  std::size_t curves_of_region_ = 0, columns_ = 0;
  std::vector<SpectrumRecord> records_;
  std::optional<Error> fault_;
};

}  // namespace detail

/// All spectra of an XY export in memory; what is read is said at the top of this header. `source` names the text in messages.
inline Result<std::vector<SpectrumRecord>> try_parse_specs_xy(std::string_view text, std::string source) {
  return detail::SpecsReader(text, std::move(source)).read();
}

/// `try_parse_specs_xy` that throws the error.
inline std::vector<SpectrumRecord> parse_specs_xy(std::string_view text, std::string source) { return try_parse_specs_xy(text, std::move(source)).value(); }

/// All spectra of an XY export. Errors carry file and line.
inline Result<std::vector<SpectrumRecord>> try_read_specs_xy(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_specs_xy(text.value(), path.string());
}

/// `try_read_specs_xy` that throws the error.
inline std::vector<SpectrumRecord> read_specs_xy(const std::filesystem::path& path) { return try_read_specs_xy(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
