// Powder patterns from Rigaku .ras text files.
//
// What is read, as the files describe themselves: for each scan a header of "*KEY "value"" lines between *RAS_HEADER_START
// and *RAS_HEADER_END, and lines of angle, intensity and attenuation factor between *RAS_INT_START and *RAS_INT_END.
// - With an attenuation factor f (1 where the column is absent, or 0 as some files write): intensity = f n,
//   sigma = f sqrt(max(n, 1)).
// - Unit cps (*MEAS_SCAN_UNIT_Y): intensities stay counts per second, sigma = f sqrt(max(n t, 1))/t with t the time a step,
//   from *MEAS_SCAN_STEP and *MEAS_SCAN_SPEED in deg/min; 1 s where the file does not tell.
// - Radiation: *HW_XG_WAVE_LENGTH_ALPHA1, …_ALPHA2, …_BETA (Å) and *HW_XG_TARGET_NAME, as *MEAS_COND_XG_WAVE_TYPE says
//   (Ka: the doublet with the conventional ratio 1/2; Ka1; Kb). The radius is not read: the files hold several.
// - Lines that begin with # among the data are comments. The number of points must be *MEAS_DATA_COUNT where that is there.
// - Refused: scans of another axis than 2theta (*MEAS_SCAN_AXIS_X).
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/chosen_part.hpp>       // chosen_part
#include <lamella/io/detail/pattern_text.hpp>      // LineReader, words_of, add_point, finished
#include <lamella/io/detail/text.hpp>              // trimmed, in_quotes, show
#include <lamella/io/text_file.hpp>                // try_read_text_file

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

/// Whether text looks like RAS.
inline bool is_ras(std::string_view text) noexcept {
  text = without_mark(text);
  return text.starts_with("*RAS_DATA_START") || text.starts_with("*RAS_HEADER_START") ||
         text.starts_with("*DSC_DATA_START");
}

/// What a scan of Rigaku says of itself, in a .ras or a .rasx file.
struct RigakuScan {
  std::string_view axis, unit, target, wave_type, speed_unit;
  std::optional<double> step, speed, count, alpha1, alpha2, beta;
  std::size_t line = 0;  ///< where the numbers begin

  /// Seconds a step, as far as the scan tells; 1 otherwise.
  double step_time() const noexcept {
    if (!step || !speed || !(*step > 0) || !(*speed > 0)) return 1;
    if (begins_with(speed_unit, "sec")) return *speed;
    if (!speed_unit.empty() && !begins_with(speed_unit, "deg/min")) return 1;
    return 60 * *step / *speed;
  }

  std::optional<Radiation> radiation() const noexcept {
    const auto anode = anode_named(target);
    if (is_word(wave_type, "kb")) return tube_radiation(beta.value_or(0), 0, 0, anode);
    return tube_radiation(alpha1.value_or(0), alpha2.value_or(0), is_word(wave_type, "ka1") ? 0 : 0.5, anode);
  }
};

/// Reads the lines of angle, intensity and attenuation of a scan, until `end` (or the end of the text where it is empty).
inline Result<PowderPattern> rigaku_points(LineReader lines, const RigakuScan& scan, std::string_view end,
                                           const Place& place) {
  const auto error = [&](const std::string& what, std::size_t line) { return Error(what, Place{place.file, line}); };
  if (!scan.axis.empty() && scan.axis.find("TwoTheta") == std::string_view::npos &&
      !begins_with(scan.axis, "2theta") && !scan.axis.starts_with('2'))
    return error("scan of " + in_quotes(scan.axis) + ", expected a scan of 2theta", scan.line);
  const bool rate = begins_with(scan.unit, "cps");
  const double seconds = rate ? scan.step_time() : 1;
  PowderPattern pattern;
  std::size_t points = 0, columns = 0;
  bool ended = end.empty();
  for (std::string_view line; lines.next(line);) {
    line = trimmed(line);
    if (line.empty()) continue;
    if (!end.empty() && line.starts_with('*')) {
      if (line != end) return error(in_quotes(line) + " among the data, expected " + std::string(end), lines.number);
      ended = true;
      break;
    }
    ++points;
    if (line.starts_with('#')) continue;
    const auto words = words_of(line);
    if (columns == 0) columns = words.size();
    if (words.size() != columns || columns < 2 || columns > 3)
      return error(std::to_string(words.size()) + " columns, expected angle, intensity and attenuation, the same on each line",
                   lines.number);
    double value[3] = {0, 0, 1};
    for (std::size_t i = 0; i < columns; ++i) {
      const auto [parsed, fault] = parse_number(words[i]);
      if (fault != NumberFault::none)
        return error(in_quotes(words[i]) + " " + describe(fault) + ", expected angle, intensity and attenuation", lines.number);
      value[i] = parsed;
    }
    if (value[2] == 0) value[2] = 1;
    if (!(value[2] > 0 && value[2] <= 1e9))
      return error("attenuation factor " + show(value[2]) + ", expected a positive number", lines.number);
    if (const std::string fault = add_point(pattern, value[0], value[2] * value[1],
                                            value[2] * counting_sigma(value[1] * seconds) / seconds);
        !fault.empty())
      return error(fault, lines.number);
  }
  if (scan.count && *scan.count != static_cast<double>(points))
    return error(std::to_string(points) + " points, expected the " + show(*scan.count) + " that the header states", lines.number);
  if (!ended && !scan.count)
    return error("the file ends among the data, expected " + std::string(end), lines.number);
  pattern.radiation = scan.radiation();
  return finished(std::move(pattern), Place{place.file, scan.line});
}

}  // namespace detail

/// A pattern from RAS text in memory; what is read is said at the top of this header. `source` names the text in messages
/// and in the result. Text with several scans is an error unless `scan` says which to read, from 1.
inline Result<PowderPattern> try_parse_ras(std::string_view text, std::string source,
                                           std::optional<std::size_t> scan = std::nullopt) {
  const Place place{std::move(source)};
  const auto error = [&](const std::string& what, std::size_t line) { return Error(what, Place{place.file, line}); };
  text = detail::without_mark(text);
  if (detail::trimmed(text).empty()) return error("is empty, expected a Rigaku RAS pattern", 1);
  struct Found {
    detail::RigakuScan scan;
    detail::LineReader lines;
  };
  std::vector<Found> scans;
  detail::RigakuScan header;
  detail::LineReader lines{text};
  bool internal_axis = false;
  for (std::string_view line; lines.next(line);) {
    line = detail::trimmed(line);
    if (!line.starts_with('*')) continue;
    if (line == "*RAS_HEADER_START") {
      header = {};
      internal_axis = false;
      continue;
    }
    if (line == "*RAS_INT_START") {
      header.line = lines.number;
      scans.push_back({header, lines});
      continue;
    }
    const std::size_t blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos) continue;
    const std::string_view key = line.substr(1, blank - 1);
    std::string_view value = detail::trimmed(line.substr(blank));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (key == "MEAS_SCAN_AXIS_X_INTERNAL") {
      header.axis = value;
      internal_axis = true;
    } else if (key == "MEAS_SCAN_AXIS_X" && !internal_axis) header.axis = value;
    else if (key == "MEAS_SCAN_UNIT_Y") header.unit = value;
    else if (key == "MEAS_SCAN_STEP") header.step = detail::number_in(value);
    else if (key == "MEAS_SCAN_SPEED") header.speed = detail::number_in(value);
    else if (key == "MEAS_SCAN_SPEED_UNIT") header.speed_unit = value;
    else if (key == "MEAS_DATA_COUNT") header.count = detail::number_in(value);
    else if (key == "MEAS_COND_XG_WAVE_TYPE") header.wave_type = value;
    else if (key == "HW_XG_TARGET_NAME") header.target = value;
    else if (key == "HW_XG_WAVE_LENGTH_ALPHA1") header.alpha1 = detail::number_in(value);
    else if (key == "HW_XG_WAVE_LENGTH_ALPHA2") header.alpha2 = detail::number_in(value);
    else if (key == "HW_XG_WAVE_LENGTH_BETA") header.beta = detail::number_in(value);
  }
  if (scans.empty()) return error("no *RAS_INT_START, expected a Rigaku RAS pattern", 1);
  const detail::ChosenPart chosen = detail::chosen_part(scan, scans.size(), "scan");
  if (!chosen.complaint.empty()) return error(chosen.complaint, chosen.ambiguous ? scans[1].scan.line : 1);
  return detail::rigaku_points(scans[chosen.index].lines, scans[chosen.index].scan, "*RAS_INT_END", place);
}

/// `try_parse_ras` that throws the error.
inline PowderPattern parse_ras(std::string_view text, std::string source, std::optional<std::size_t> scan = std::nullopt) {
  return try_parse_ras(text, std::move(source), scan).value();
}

/// A pattern and its radiation from a .ras file. Errors carry file and line.
inline Result<PowderPattern> try_read_ras(const std::filesystem::path& path, std::optional<std::size_t> scan = std::nullopt) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_ras(text.value(), path.string(), scan);
}

/// `try_read_ras` that throws the error.
inline PowderPattern read_ras(const std::filesystem::path& path, std::optional<std::size_t> scan = std::nullopt) {
  return try_read_ras(path, scan).value();
}

}  // namespace lamella::inline LAMELLA_ABI
