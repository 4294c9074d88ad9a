// Powder patterns from Bruker UXD text files.
//
// What is read, as the files describe themselves: "; comment" lines, "_KEY=VALUE" lines and, for each range, a line that
// names the columns of the numbers after it: _COUNTS and _CPS (intensities alone, at _START + i _STEPSIZE),
// _2THETACOUNTS and _2THETACPS (pairs), each also with TIME (one more column, seconds).
// - Counts: sigma = sqrt(max(n, 1)). Counts per second stay as they are, with sigma = sqrt(max(n, 1))/t, n = rate · t and t
//   of the TIME column or of _STEPTIME (1 s where neither is there). Counts with times are scaled to the longest of them.
// - Angles that are printed with few digits are replaced by _START + i _STEPSIZE where these agree with all of them within
//   their rounding: some programs print four digits, 0.01° above 10°, of steps that are as small.
// - Radiation: _WL1, _WL2, _WLRATIO in Å and _ANODE; radius: _GONIOMETER_RADIUS, mm.
// - Refused: scans of another axis than 2theta, peak lists.
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

/// Whether text looks like UXD: its first line that is no comment is "_KEY=VALUE" or names columns.
inline bool is_uxd(std::string_view text) noexcept {
  LineReader lines{without_mark(text)};
  for (std::string_view line; lines.next(line);) {
    line = trimmed(line);
    if (line.empty() || line.front() == ';') continue;
    return begins_with(line, "_fileversion") || begins_with(line, "_sample=") || begins_with(line, "_drive=") ||
           begins_with(line, "_wl");
  }
  return false;
}

/// Half a unit of the last digit of a decimal number without exponent; 0 where it is written otherwise.
inline double rounding_of(std::string_view number) noexcept {
  if (number.find_first_not_of("+-.0123456789") != std::string_view::npos) return 0;
  const auto point = number.find('.');
  return 0.5 * std::pow(10.0, point == std::string_view::npos ? 0.0 : -static_cast<double>(number.size() - point - 1));
}

/// Reads one range of a UXD text.
class UxdReader {
 public:
  UxdReader(std::string_view text, std::string source) : text_(without_mark(text)), place_{std::move(source)} {}

  Result<PowderPattern> read(std::optional<std::size_t> wanted) {
    if (trimmed(text_).empty()) return error("is empty, expected a UXD pattern", 1);
    std::size_t ranges = 0, second = 0;
    {
      LineReader lines{text_};
      for (std::string_view line; lines.next(line);)
        if (columns_of(trimmed(line))) {
          ++ranges;
          if (ranges == 2) second = lines.number;
        }
    }
    if (ranges == 0) return error("no line _COUNTS, _CPS, _2THETACOUNTS or _2THETACPS, expected a UXD pattern", 1);
    const ChosenPart range = chosen_part(wanted, ranges, "range");
    if (!range.complaint.empty()) return error(range.complaint, range.ambiguous ? second : 1);

    LineReader lines{text_};
    std::size_t seen = 0;
    for (std::string_view line; lines.next(line);) {
      line = trimmed(line);
      if (line.empty() || line.front() == ';') continue;
      if (line.front() == '_') {
        if (const auto columns = columns_of(line)) {
          if (seen++ == range.index) return read_range(lines, *columns);
          continue;
        }
        if (begins_with(line, "_d-i") || begins_with(line, "_2theta-i")) continue;
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos)
          return error(in_quotes(line) + " has no value, expected \"_KEY=VALUE\" or a line that names columns", lines.number);
        set(line.substr(1, equals - 1), trimmed(line.substr(equals + 1)), lines.number);
      } else if (seen == 0) {
        return error(in_quotes(line) + " before a line that names the columns, expected _COUNTS or _2THETACOUNTS first",
                     lines.number);
      }
    }
    return error("the range ends before its data, expected numbers", lines.number);
  }

 private:
  struct Columns {
    bool angle = false, rate = false, time = false;
  };
  struct Value {
    std::string_view key, text;
    std::size_t line = 0;
  };

  Error error(const std::string& what, std::size_t line) const { return Error(what, Place{place_.file, line}); }

  static std::optional<Columns> columns_of(std::string_view line) noexcept {
    Columns columns;
    if (!line.starts_with('_')) return std::nullopt;
    line.remove_prefix(1);
    if (begins_with(line, "2theta")) {
      columns.angle = true;
      line.remove_prefix(6);
    }
    if (begins_with(line, "counts")) line.remove_prefix(6);
    else if (begins_with(line, "cps")) {
      columns.rate = true;
      line.remove_prefix(3);
    } else return std::nullopt;
    if (begins_with(line, "time")) {
      columns.time = true;
      line.remove_prefix(4);
    }
    if (!trimmed(line).empty()) return std::nullopt;
    return columns;
  }

  void set(std::string_view key, std::string_view text, std::size_t line) {
    if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
    for (Value& value : values_)
      if (value.key == key) {
        value = {key, text, line};
        return;
      }
    values_.push_back({key, text, line});
  }

  const Value* find(std::string_view key) const noexcept {
    for (const Value& value : values_)
      if (is_word(value.key, key)) return &value;
    return nullptr;
  }

  std::optional<double> number(std::string_view key) const noexcept {
    const Value* value = find(key);
    return value == nullptr ? std::nullopt : number_in(value->text);
  }

  Result<PowderPattern> read_range(LineReader lines, const Columns& columns) const {
    const std::size_t first_line = lines.number + 1;
    if (const Value* drive = find("drive"))
      for (const std::string_view other : {"theta", "omega", "phi", "chi", "khi", "x", "y", "z"})
        if (is_word(drive->text, other))
          return error("scan of " + in_quotes(drive->text) + ", expected a scan of 2theta", drive->line);
    const auto start = number("start"), step = number("stepsize"), stated_time = number("steptime");
    if (!columns.angle && (!start || !step || !(*step > 0)))
      return error("no _START and positive _STEPSIZE, expected them before intensities without angles", lines.number);
    if (stated_time && !(*stated_time > 0 && *stated_time < 1e9))
      return error("_STEPTIME " + show(*stated_time) + ", expected a positive number of seconds", find("steptime")->line);

    std::vector<double> angle, intensity, time;
    bool on_grid = columns.angle && start && step && *step > 0;
    const std::size_t width = 1 + (columns.angle ? 1 : 0) + (columns.time ? 1 : 0);
    for (std::string_view line; lines.next(line);) {
      line = trimmed(line);
      if (line.empty() || line.front() == ';') continue;
      if (line.front() == '_') break;
      const auto words = words_of(line, ',');
      if (words.size() % width != 0)
        return error(std::to_string(words.size()) + " numbers, expected a multiple of " + std::to_string(width), lines.number);
      for (std::size_t i = 0; i < words.size(); ++i) {
        const auto [value, fault] = parse_number(words[i]);
        if (fault != NumberFault::none)
          return error(in_quotes(words[i]) + " " + describe(fault) + ", expected " +
                           (columns.angle ? "angles and intensities" : "intensities"),
                       lines.number);
        const std::size_t column = i % width + (columns.angle ? 0 : 1);
        if (column == 0) {
          // The step is printed with six decimals.
          if (on_grid) {
            const double grid = *start + *step * static_cast<double>(angle.size());
            on_grid = std::abs(grid - value) <= 1.01 * rounding_of(words[i]) + 5e-7 * static_cast<double>(angle.size() + 1);
          }
          angle.push_back(value);
        } else {
          (column == 1 ? intensity : time).push_back(value);
        }
      }
    }
    if (const auto stated = number("stepcount"); stated && *stated != static_cast<double>(intensity.size()))
      return error(std::to_string(intensity.size()) + " intensities, expected the " + show(*stated) + " of _STEPCOUNT",
                   first_line);
    double longest = 1;
    for (std::size_t i = 0; i < time.size(); ++i) {
      if (!(time[i] > 0 && time[i] < 1e9))
        return error("point " + std::to_string(i + 1) + ": time " + show(time[i]) + ", expected a positive number of seconds",
                     first_line);
      longest = i == 0 ? time[i] : std::max(longest, time[i]);
    }
    PowderPattern pattern;
    for (std::size_t i = 0; i < intensity.size(); ++i) {
      const double two_theta = columns.angle && !on_grid ? angle[i] : *start + *step * static_cast<double>(i);
      const double seconds = columns.time ? time[i] : stated_time.value_or(1);
      double y = intensity[i], sigma;
      if (columns.rate) {
        sigma = counting_sigma(y * seconds) / seconds;
      } else {
        const double scale = columns.time ? longest / seconds : 1;
        sigma = scale * counting_sigma(y);
        y *= scale;
      }
      if (const std::string fault = add_point(pattern, two_theta, y, sigma); !fault.empty())
        return error("point " + std::to_string(i + 1) + ": " + fault, first_line);
    }
    const Value* anode = find("anode");
    pattern.radiation = tube_radiation(number("wl1").value_or(0), number("wl2").value_or(0), number("wlratio").value_or(0),
                                       anode != nullptr ? anode_named(anode->text) : std::nullopt);
    if (const auto radius = number("goniometer_radius"); radius && *radius > 0 && *radius < 1e5) pattern.radius = radius;
    return finished(std::move(pattern), Place{place_.file, first_line});
  }

  std::string_view text_;
  Place place_;
  std::vector<Value> values_;
};

}  // namespace detail

/// A pattern from UXD text in memory; what is read is said at the top of this header. `source` names the text in messages
/// and in the result. Text with several ranges is an error unless `range` says which to read, from 1.
inline Result<PowderPattern> try_parse_uxd(std::string_view text, std::string source,
                                           std::optional<std::size_t> range = std::nullopt) {
  return detail::UxdReader(text, std::move(source)).read(range);
}

/// `try_parse_uxd` that throws the error.
inline PowderPattern parse_uxd(std::string_view text, std::string source, std::optional<std::size_t> range = std::nullopt) {
  return try_parse_uxd(text, std::move(source), range).value();
}

/// A pattern, its radiation and goniometer radius from a UXD file. Errors carry file and line.
inline Result<PowderPattern> try_read_uxd(const std::filesystem::path& path, std::optional<std::size_t> range = std::nullopt) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_uxd(text.value(), path.string(), range);
}

/// `try_read_uxd` that throws the error.
inline PowderPattern read_uxd(const std::filesystem::path& path, std::optional<std::size_t> range = std::nullopt) {
  return try_read_uxd(path, range).value();
}

}  // namespace lamella::inline LAMELLA_ABI
