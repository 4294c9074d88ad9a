// Spectra from VAMAS files (ISO 14976), all blocks, regular and irregular.
//
// What is read: experiment modes NORM, MAP, MAPDP, MAPSV, MAPSVDP, SDP, SDPSV, SEM and NOEXP as far as they hold spectra; of each block
// the abscissa, the first corresponding variable as intensity, a variable named "transmission", the source energy, the work function
// and counting time × scans. 1e37 stands for "not known". Comments, sputtering and geometry are read over.
// - Regular scans: abscissa start + i · increment. Irregular scans: the first variable is the abscissa.
// - Refused: parameter inclusion or exclusion lists, scans over more than one abscissa (mode MAPPING), abscissas that are no energy in eV.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/pattern_text.hpp>  // LineReader, begins_with, is_word
#include <lamella/io/detail/text.hpp>          // trimmed, in_quotes, parse_number
#include <lamella/io/spectrum_record.hpp>      // SpectrumRecord
#include <lamella/io/text_file.hpp>            // try_read_text_file

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

/// Whether text begins, after empty lines, with the identifier of the format.
inline bool is_vamas(std::string_view text) noexcept {
  LineReader lines{without_mark(text)};
  for (std::string_view line; lines.next(line);)
    if (!trimmed(line).empty()) return begins_with(trimmed(line), "vamas surface chemical analysis standard data transfer format");
  return false;
}

/// Reads one file, line by line in the order of the standard.
class VamasReader {
 public:
  VamasReader(std::string_view text, std::string source) : rest_(without_mark(text)), source_(std::move(source)) {}

  Result<std::vector<SpectrumRecord>> read() {
    std::vector<SpectrumRecord> records;
    if (!read_head()) return *fault_;
    const std::size_t blocks = count("the number of blocks");
    for (std::size_t b = 0; b < blocks && !fault_; ++b) read_block(records, b);
    if (fault_) return *fault_;
    if (records.empty()) return Error("no blocks, expected at least one spectrum", Place{source_, std::max<std::size_t>(1, line_)});
    return records;
  }

 private:
  void complain(const std::string& what) {
    if (!fault_) fault_ = Error(what, Place{source_, std::max<std::size_t>(1, line_)});
  }

  /// The next line, which is `what`. It ends at LF alone, since comments may hold a CR.
  std::string_view take(const char* what) {
    if (fault_) return {};
    if (rest_.empty()) {
      complain(std::string("the file ends, expected ") + what);
      return {};
    }
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return trimmed(line);
  }
  void skip(std::size_t lines, const char* what) {
    for (std::size_t i = 0; i < lines && !fault_; ++i) take(what);
  }
  double number(const char* what) {
    const std::string_view text = take(what);
    if (fault_) return 0;
    const auto [value, fault] = parse_number(text);
    if (fault != NumberFault::none) complain(in_quotes(text) + " " + describe(fault) + ", expected " + what);
    return value;
  }
  std::size_t count(const char* what) {
    const std::string_view text = take(what);
    if (fault_) return 0;
    const auto value = count_in(text);
    if (!value) complain(in_quotes(text) + ", expected " + what);
    return value.value_or(0);
  }
  /// A number where 1e37 and blanks stand for "not known".
  std::optional<double> known_number(const char* what) {
    const std::string_view text = take(what);
    if (fault_ || text.empty()) return std::nullopt;
    const auto [value, fault] = parse_number(text);
    if (fault != NumberFault::none) {
      complain(in_quotes(text) + " " + describe(fault) + ", expected " + what);
      return std::nullopt;
    }
    if (std::abs(value) >= 1e36) return std::nullopt;
    return value;
  }

  bool mode_is(std::initializer_list<std::string_view> modes) const {
    for (const std::string_view mode : modes)
      if (is_word(mode_, mode)) return true;
    return false;
  }

  bool read_head() {
    std::string_view line;
    do line = take("a VAMAS file");
    while (!fault_ && line.empty());
    if (!fault_ && !begins_with(line, "vamas surface chemical analysis standard data transfer format"))
      complain(in_quotes(line) + ", expected \"VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\"");
    skip(4, "institution, instrument, operator and experiment");
    skip(count("the number of comment lines"), "a comment line");
    mode_ = take("the experiment mode");
    if (!fault_ && !mode_is({"map", "mapdp", "mapsv", "mapsvdp", "norm", "sdp", "sdpsv", "sem", "noexp"}))
      complain("experiment mode " + in_quotes(mode_) + ", expected NORM, MAP, MAPDP, MAPSV, MAPSVDP, SDP, SDPSV, SEM or NOEXP");
    const std::string_view scan = take("the scan mode");
    regular_ = is_word(scan, "regular");
    if (!fault_ && !regular_ && !is_word(scan, "irregular")) complain("scan mode " + in_quotes(scan) + ", expected REGULAR or IRREGULAR");
    if (mode_is({"map", "mapdp", "norm", "sdp"})) take("the number of spectral regions");
    if (mode_is({"map", "mapdp"})) skip(3, "the numbers of analysis positions and of discrete x and y coordinates");
    variables_ = count("the number of experimental variables");
    for (std::size_t i = 0; i < variables_ && !fault_; ++i) skip(2, "label and unit of an experimental variable");
    if (const std::string_view list = take("the number of entries in the parameter inclusion or exclusion list"); !fault_ && list != "0")
      complain("a parameter inclusion or exclusion list of " + in_quotes(list) + " entries, expected 0: such files are not read");
    skip(count("the number of manually entered items"), "a manually entered item");
    const std::size_t upgrades = count("the number of future upgrade experiment entries");
    block_upgrades_ = count("the number of future upgrade block entries");
    skip(upgrades, "a future upgrade experiment entry");
    return !fault_;
  }

  void read_block(std::vector<SpectrumRecord>& records, std::size_t index) {
    SpectrumRecord record;
    record.name = take("a block identifier");
    record.place = Place{source_, line_};
    record.sample = take("a sample identifier");
    skip(7, "date and time of a block");
    skip(count("the number of lines in the block comment"), "a line of the block comment");
    record.technique = take("the technique");
    const auto technique_is = [&](std::initializer_list<std::string_view> names) {
      for (const std::string_view name : names)
        if (is_word(record.technique, name)) return true;
      return false;
    };
    const bool depth_profile = mode_is({"mapdp", "mapsvdp", "sdp", "sdpsv"});
    if (mode_is({"map", "mapdp"})) skip(2, "x and y of the block");
    skip(variables_, "the value of an experimental variable");
    take("the analysis source label");
    if (depth_profile || technique_is({"fabms", "fabms energy spec", "iss", "sims", "sims energy spec", "snms", "snms energy spec"}))
      skip(3, "atomic number, atoms and charge of the sputtering particle");
    record.photon_energy = known_number("the characteristic energy of the analysis source");
    skip(3, "strength and beam widths of the analysis source");
    if (mode_is({"map", "mapdp", "mapsv", "mapsvdp", "sem"})) skip(2, "the field of view");
    if (mode_is({"mapsv", "mapsvdp", "sem"})) skip(6, "the linescans of a map");
    skip(2, "the angles of the analysis source");
    skip(2, "analyser mode and pass energy");
    if (technique_is({"aes diff"})) take("the differential width");
    take("the magnification of the analyser");
    record.work_function = known_number("the work function of the analyser");
    skip(3, "target bias and analysis widths");
    skip(2, "the take-off angles");
    const std::string_view species = take("the species label");
    const std::string_view transition = take("the transition label");
    if (record.name.empty()) record.name = std::string(species) + (transition.empty() ? "" : " " + std::string(transition));
    if (record.name.empty()) record.name = "block " + std::to_string(index + 1);
    take("the charge of the detected particle");

    double start = 0, step = 0;
    if (regular_) {
      read_abscissa(record);
      start = number("the abscissa start");
      step = number("the abscissa increment");
      if (!fault_ && !(step != 0 && std::abs(step) < 1e36 && std::abs(start) < 1e36)) complain("an abscissa from " + show(start) + " in steps of " + show(step) + ", expected energies in eV");
    }
    const std::size_t columns = count("the number of corresponding variables");
    if (!fault_ && (columns < (regular_ ? 1u : 2u) || columns > 1000))
      complain(std::to_string(columns) + " corresponding variables, expected an intensity" + (regular_ ? "" : " beside the abscissa"));
    const std::size_t intensity = regular_ ? 0 : 1;
    std::size_t transmission = columns;
    for (std::size_t c = 0; c < columns && !fault_; ++c) {
      if (!regular_ && c == 0) {
        read_abscissa(record);
        continue;
      }
      if (is_word(take("the label of a corresponding variable"), "transmission") && c > intensity) transmission = c;
      take("the unit of a corresponding variable");
    }
    take("the signal mode");
    const auto seconds = known_number("the signal collection time");
    const auto scans = known_number("the number of scans");
    if (seconds && scans && *seconds * *scans > 0) record.seconds = *seconds * *scans;
    take("the signal time correction");
    if (depth_profile && technique_is({"aes diff", "aes dir", "edx", "els", "ups", "xps", "xrf"})) skip(7, "the sputtering source");
    skip(3, "tilt and rotation of the sample");
    const std::size_t numbers = count("the number of additional numerical parameters");
    for (std::size_t i = 0; i < numbers && !fault_; ++i) skip(3, "label, unit and value of an additional parameter");
    skip(block_upgrades_, "a future upgrade block entry");
    const std::size_t values = count("the number of ordinate values");
    if (!fault_ && values % columns != 0)
      complain(std::to_string(values) + " ordinate values, expected a multiple of the " + std::to_string(columns) + " corresponding variables");
    skip(2 * columns, "the extremes of a corresponding variable");
    for (std::size_t i = 0; i < values && !fault_; ++i) {
      const double value = number("an ordinate value");
      const std::size_t c = i % columns;
      if (c == intensity) record.intensity.push_back(value);
      if (c == transmission) record.transmission.push_back(value);
      if (!regular_ && c == 0) record.energy.push_back(value);
      if (regular_ && c == 0) record.energy.push_back(start + step * static_cast<double>(i / columns));
    }
    if (!fault_ && record.energy.size() < 2) complain(std::to_string(record.energy.size()) + " points in block " + in_quotes(record.name) + ", expected two or more");
    if (!fault_) records.push_back(std::move(record));
  }

  void read_abscissa(SpectrumRecord& record) {
    const std::string_view label = take("the abscissa label");
    record.kinetic = is_word(label, "kinetic energy");
    if (!fault_ && !record.kinetic && !is_word(label, "binding energy"))
      complain("abscissa " + in_quotes(label) + ", expected \"kinetic energy\" or \"binding energy\"");
    if (const std::string_view unit = take("the abscissa unit"); !fault_ && !is_word(unit, "ev")) complain("an abscissa in " + in_quotes(unit) + ", expected eV");
  }

  std::string_view rest_, mode_;
  std::string source_;
  std::size_t line_ = 0;
  bool regular_ = true;
  std::size_t variables_ = 0, block_upgrades_ = 0;
  std::optional<Error> fault_;
};

}  // namespace detail

/// All blocks of a VAMAS text; what is read is said at the top of this header. `source` names the text in messages.
inline Result<std::vector<SpectrumRecord>> try_parse_vamas(std::string_view text, std::string source) {
  return detail::VamasReader(text, std::move(source)).read();
}

/// `try_parse_vamas` that throws the error.
inline std::vector<SpectrumRecord> parse_vamas(std::string_view text, std::string source) { return try_parse_vamas(text, std::move(source)).value(); }

/// All blocks of a VAMAS file. Errors carry file and line.
inline Result<std::vector<SpectrumRecord>> try_read_vamas(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_vamas(text.value(), path.string());
}

/// `try_read_vamas` that throws the error.
inline std::vector<SpectrumRecord> read_vamas(const std::filesystem::path& path) { return try_read_vamas(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
