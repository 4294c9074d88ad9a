// Powder patterns from the .dat files of FullProf and of the neutron diffractometers of ILL, LLB and PSI.
//
// Names of the formats are FullProf's INSTRM; the layouts are those of its manual (J. Rodriguez-Carvajal, FullProf 2k):
// - 0, free: up to seven lines of text, a line "start step stop" (degrees 2theta, text may follow), the intensities in any
//   number a line.  sigma = sqrt(max(y, 1)).
// - 8, DMC and HRPT at PSI: two lines of text, the line "start step stop", the intensities, as many sigmas, more text.
// - 1, old D1A/D2B: the line "start step stop", then 10 cells a line of I2 counters and F6 intensity per counter.
// - 6, D1A/D2B: a title, a line with the step in columns 17-24, a line with the start, a line of monitors m1 and m2, the
//   same cells up to an intensity of -1000.  sigma = sqrt(y/counters · m1/m2), m1/m2 being 1 where m2 is 0.
// - 5, two axes: three lines of text, "points T T ivari m1 m2", "start step stop", the intensities and, where ivari is 1,
//   their sigmas; otherwise sigma = sqrt(y · m1/m2).
// - 10, XYDATA: the word XYDATA and five more lines, of which "INTER fx fy …" gives factors of angle and intensity, then
//   lines of angle, intensity and perhaps sigma.
// In formats 1, 5, 6 and 8 a point whose intensity or sigma is 0 was not measured and is left out, as are points at 0° and
// below in all. Time of flight is refused.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/pattern_text.hpp>      // LineReader, words_of, add_point, finished
#include <lamella/io/detail/text.hpp>              // trimmed, in_quotes, show
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The layout of a .dat file by FullProf's number INSTRM.
enum class FullProfFormat : std::uint8_t {
  free = 0,      ///< start, step and stop, then intensities
  old_d1a = 1,   ///< start, step and stop, then cells of counters and intensity
  two_axes = 5,  ///< ILL general two-axes format
  d1a = 6,       ///< D1A and D2B sums: cells of counters and intensity
  dmc = 8,       ///< PSI: intensities, then sigmas
  xydata = 10,   ///< XYDATA: angle, intensity, sigma
  any = 255,     ///< the content decides
};

namespace detail {

/// The text of a .dat file in lines, and what its layouts share.
class FullProfReader {
 public:
  FullProfReader(std::string_view text, std::string source) : place_{std::move(source)} {
    LineReader lines{without_mark(text)};
    for (std::string_view line; lines.next(line);) lines_.push_back(line);
    while (!lines_.empty() && trimmed(lines_.back()).empty()) lines_.pop_back();
  }

  Result<PowderPattern> read(FullProfFormat format) const {
    if (lines_.empty()) return error("is empty, expected a pattern of FullProf or ILL", 1);
    if (format == FullProfFormat::any) {
      if (begins_with(lines_[0], "xydata")) format = FullProfFormat::xydata;
      else if (is_two_axes()) format = FullProfFormat::two_axes;
      else if (is_d1a()) format = FullProfFormat::d1a;
      else format = FullProfFormat::free;
      if (format == FullProfFormat::free) {
        const auto head = steps_line(7);
        if (!head)
          return error("no line of start, step and stop in the first lines, expected a pattern of FullProf or ILL", 1);
        if (are_counter_cells(*head + 1)) format = FullProfFormat::old_d1a;
      }
    }
    switch (format) {
      case FullProfFormat::xydata:
        return read_xydata();
      case FullProfFormat::two_axes:
        return read_two_axes();
      case FullProfFormat::d1a:
        return read_d1a();
      case FullProfFormat::old_d1a:
        return read_steps(0, true, false);
      case FullProfFormat::dmc:
        return read_steps(2, false, true);
      default:
        return read_steps(7, false, false);
    }
  }

 private:
  struct Steps {
    double start = 0, step = 0;
    std::size_t count = 0;
    double angle(std::size_t i) const { return start + step * static_cast<double>(i); }
  };

  Error error(const std::string& what, std::size_t line) const { return Error(what, Place{place_.file, line}); }

  /// Start, step and number of points where `line` begins with start, step and stop; text may follow.
  static std::optional<Steps> steps_in(std::string_view line) {
    const auto words = words_of(line, ',');
    if (words.size() < 3) return std::nullopt;
    const auto start = number_in(words[0]), step = number_in(words[1]), stop = number_in(words[2]);
    if (!start || !step || !stop) return std::nullopt;
    if (!(*step > 0) || !(*stop > *start)) return std::nullopt;
    const double steps = (*stop - *start) / *step;
    if (!(steps >= 1 && steps < 1e8)) return std::nullopt;
    return Steps{*start, *step, static_cast<std::size_t>(std::floor(steps + 0.5)) + 1};
  }

  /// The first line, from 0, that begins with start, step and stop, after at most `skipped` lines.
  std::optional<std::size_t> steps_line(std::size_t skipped) const {
    for (std::size_t i = 0; i < std::min(skipped + 1, lines_.size()); ++i)
      if (steps_in(lines_[i])) return i;
    return std::nullopt;
  }

  /// Whether the lines from `first` are cells of two digits and six, each with both: "-1" to "99", blank, number.
  bool are_counter_cells(std::size_t first) const {
    if (first >= lines_.size()) return false;
    for (std::size_t i = first; i < lines_.size(); ++i) {
      std::string_view line = lines_[i];
      while (line.ends_with(' ')) line.remove_suffix(1);
      for (std::size_t at = 0; at < line.size(); at += 8) {
        const std::string_view cell = line.substr(at, 8);
        if (cell.size() < 8 || cell[1] < '0' || cell[1] > '9' || cell[2] != ' ') return false;
      }
    }
    return true;
  }

  bool is_two_axes() const {
    if (lines_.size() < 6) return false;
    const auto words = words_of(lines_[3]);
    const auto steps = steps_in(lines_[4]);
    if (words.size() < 4 || !steps) return false;
    const auto count = count_in(words[0]);
    return count && *count == steps->count;
  }

  bool is_d1a() const {
    if (lines_.size() < 5 || lines_[1].size() < 17) return false;
    const auto step = number_in(trimmed(lines_[1].substr(16, 8)));
    const auto start = number_in(trimmed(lines_[2]));
    return step && *step > 0 && start && trimmed(lines_[2]).size() <= 8 && words_of(lines_[2]).size() == 1;
  }

  struct Numbers {
    std::vector<double> values;
    std::size_t next_line = 0;  ///< first line, from 0, after the numbers
  };

  /// `count` numbers from line `first` on, ending with a line.
  Result<Numbers> numbers(std::size_t first, std::size_t count, const std::string& what) const {
    Numbers found;
    for (std::size_t i = first; found.values.size() < count; ++i) {
      if (i >= lines_.size())
        return error(std::to_string(found.values.size()) + " of " + std::to_string(count) + " " + what +
                         ", then the file ends, expected them all",
                     lines_.size());
      for (const std::string_view word : words_of(lines_[i])) {
        const auto [value, fault] = parse_number(word);
        if (fault != NumberFault::none)
          return error(in_quotes(word) + " " + describe(fault) + ", expected " + std::to_string(count) + " " + what, i + 1);
        if (found.values.size() == count)
          return error("more numbers than " + std::to_string(count) + " " + what +
                           ", expected as many as start, step and stop say",
                       i + 1);
        found.values.push_back(value);
      }
      found.next_line = i + 1;
    }
    return found;
  }

  /// Formats 0 and 8 (`counters` false) and 1 (true). `sigmas` demands those of format 8.
  Result<PowderPattern> read_steps(std::size_t skipped, bool counters, bool sigmas) const {
    const auto head = steps_line(skipped);
    if (!head) return error("no line of start, step and stop, expected it within the first " + std::to_string(skipped + 1), 1);
    const Steps steps = *steps_in(lines_[*head]);
    if (counters) return read_cells(*head + 1, steps, 1, false);
    const auto intensities = numbers(*head + 1, steps.count, "intensities");
    if (!intensities) return intensities.error();
    const std::size_t next = intensities.value().next_line;
    std::vector<double> sigma;
    if (sigmas || (next < lines_.size() && !words_of(lines_[next]).empty() && number_in(words_of(lines_[next])[0]))) {
      const auto read = numbers(next, steps.count, "sigmas after the intensities");
      if (!read) return read.error();
      sigma = read.value().values;
    }
    return assembled(steps, intensities.value().values, sigma, 1, sigma.empty(), *head + 2);
  }

  Result<PowderPattern> read_two_axes() const {
    if (!is_two_axes())
      return error("expected three lines of text, the number of points with the flag of sigmas, and start, step and stop",
                   std::min<std::size_t>(lines_.size(), 4));
    const auto words = words_of(lines_[3]);
    const auto flag = number_in(words[3]);
    if (!flag) return error(in_quotes(words[3]) + " is not a number, expected 1 where sigmas follow, else 0", 4);
    const Steps steps = *steps_in(lines_[4]);
    const auto intensities = numbers(5, steps.count, "intensities");
    if (!intensities) return intensities.error();
    std::vector<double> sigma;
    if (*flag == 1) {
      const auto read = numbers(intensities.value().next_line, steps.count, "sigmas after the intensities");
      if (!read) return read.error();
      sigma = read.value().values;
    }
    return assembled(steps, intensities.value().values, sigma, monitor_ratio(words, 4), false, 6);
  }

  /// The variance's factor m1/m2 of the words `at` and after; 1 where they are not both positive.
  static double monitor_ratio(const std::vector<std::string_view>& words, std::size_t at) {
    if (words.size() < at + 2) return 1;
    const double first = number_in(words[at]).value_or(0), second = number_in(words[at + 1]).value_or(0);
    return first > 0 && second >= 1 ? first / second : 1;
  }

  Result<PowderPattern> read_d1a() const {
    if (!is_d1a())
      return error("expected a title, a line with the step in columns 17 to 24 and a line with the start",
                   std::min<std::size_t>(lines_.size(), 2));
    Steps steps{*number_in(trimmed(lines_[2])), *number_in(trimmed(lines_[1].substr(16, 8))), 0};
    return read_cells(4, steps, monitor_ratio(words_of(lines_[3]), 0), true);
  }

  /// Cells of I2 counters and F6 intensity from line `first` on: `steps.count` of them, or up to -1000.
  Result<PowderPattern> read_cells(std::size_t first, const Steps& steps, double ratio, bool to_end_mark) const {
    PowderPattern pattern;
    std::size_t count = 0;
    bool ended = false;
    for (std::size_t i = first; i < lines_.size() && !ended; ++i) {
      const std::string_view line = lines_[i];
      if (to_end_mark && words_of(line).size() == 1 && number_in(trimmed(line)).value_or(0) <= -1000) {
        ended = true;
        break;
      }
      for (std::size_t at = 0; at < std::min<std::size_t>(line.size(), 80) && !ended; at += 8) {
        const std::string_view counters = trimmed(line.substr(at, 2));
        const std::string_view intensity = trimmed(line.substr(std::min(at + 2, line.size()), 6));
        if (counters.empty() && intensity.empty()) break;
        const auto n = number_in(counters), y = number_in(intensity);
        if ((!counters.empty() && !n) || !y || (n && *n < 0))
          return Error(in_quotes(line.substr(at, 8)) +
                           " is not a cell of two digits for counters and six for an intensity, expected fixed columns",
                       Place{place_.file, i + 1, at + 1});
        if (to_end_mark && *y <= -1000) {
          ended = true;
          break;
        }
        if (!to_end_mark && count == steps.count)
          return error("more cells than " + std::to_string(steps.count) + ", expected as many as start, step and stop say",
                       i + 1);
        const double sigma = std::sqrt(std::max(*y, 0.0) * ratio / std::max(n.value_or(1), 1.0));
        const double angle = steps.angle(count);
        ++count;
        if (*y == 0) continue;
        if (const std::string fault = add_point(pattern, angle, *y, sigma); !fault.empty()) return error(fault, i + 1);
      }
    }
    if (to_end_mark ? !ended : count < steps.count)
      return error(to_end_mark ? "the file ends without the intensity -1000, expected it after the last cell"
                               : std::to_string(count) + " of " + std::to_string(steps.count) +
                                     " cells, then the file ends, expected them all",
                   lines_.size());
    return finished(std::move(pattern), Place{place_.file, first + 1});
  }

  /// A pattern of equal steps. Without `sigma` it is that of counting, times sqrt(`ratio`); `keep_zeros` says whether an
  /// intensity of 0 was measured.
  Result<PowderPattern> assembled(const Steps& steps, const std::vector<double>& intensity, const std::vector<double>& sigma,
                                  double ratio, bool keep_zeros, std::size_t line) const {
    PowderPattern pattern;
    for (std::size_t i = 0; i < intensity.size(); ++i) {
      const double s = sigma.empty() ? std::sqrt(ratio) * counting_sigma(intensity[i]) : sigma[i];
      if (!keep_zeros && (intensity[i] == 0 || s == 0)) continue;
      if (const std::string fault = add_point(pattern, steps.angle(i), intensity[i], s); !fault.empty())
        return error("point " + std::to_string(i + 1) + ": " + fault, line);
    }
    return finished(std::move(pattern), Place{place_.file, line});
  }

  Result<PowderPattern> read_xydata() const {
    constexpr std::size_t header = 6;
    if (lines_.size() <= header)
      return error("expected XYDATA, five more lines and then angle, intensity and sigma", lines_.size());
    double angle_factor = 1, intensity_factor = 1;
    for (std::size_t i = 1; i < header; ++i) {
      const auto words = words_of(lines_[i]);
      if (words.size() < 3 || !is_word(words[0], "inter")) continue;
      const auto x = number_in(words[1]), y = number_in(words[2]);
      if (!x || !y || !(*x > 0) || !(*y > 0))
        return error("factors " + in_quotes(words[1]) + " and " + in_quotes(words[2]) +
                         " after INTER, expected positive numbers for angle and intensity",
                     i + 1);
      angle_factor = *x;
      intensity_factor = *y;
    }
    PowderPattern pattern;
    std::size_t columns = 0;
    for (std::size_t i = header; i < lines_.size(); ++i) {
      const auto words = words_of(lines_[i]);
      if (words.empty() || words[0].front() == '!' || words[0].front() == '#') continue;
      if (columns == 0) columns = words.size();
      if (words.size() != columns || columns < 2 || columns > 3)
        return error(std::to_string(words.size()) + " columns, expected angle, intensity and perhaps sigma, the same on each line",
                     i + 1);
      double value[3] = {0, 0, 0};
      for (std::size_t c = 0; c < columns; ++c) {
        const auto [parsed, fault] = parse_number(words[c]);
        if (fault != NumberFault::none)
          return error(in_quotes(words[c]) + " " + describe(fault) + ", expected angle, intensity and sigma", i + 1);
        value[c] = parsed;
      }
      const double angle = angle_factor * value[0], y = intensity_factor * value[1];
      if (angle >= 180)
        return error("abscissa " + show(angle) + " is no angle, expected 2theta in degrees (time of flight is not read)", i + 1);
      const double sigma = columns == 3 ? intensity_factor * value[2] : intensity_factor * counting_sigma(value[1]);
      if (const std::string fault = add_point(pattern, angle, y, sigma); !fault.empty()) return error(fault, i + 1);
    }
    return finished(std::move(pattern), Place{place_.file, header + 1});
  }

  Place place_;
  std::vector<std::string_view> lines_;
};

}  // namespace detail

/// A pattern from the text of a .dat file in memory; the layouts are at the top of this header. `source` names the text in
/// messages and in the result.
inline Result<PowderPattern> try_parse_fullprof(std::string_view text, std::string source,
                                                FullProfFormat format = FullProfFormat::any) {
  return detail::FullProfReader(text, std::move(source)).read(format);
}

/// `try_parse_fullprof` that throws the error.
inline PowderPattern parse_fullprof(std::string_view text, std::string source, FullProfFormat format = FullProfFormat::any) {
  return try_parse_fullprof(text, std::move(source), format).value();
}

/// A pattern from a .dat file of FullProf or ILL. Errors carry file and line.
inline Result<PowderPattern> try_read_fullprof(const std::filesystem::path& path,
                                               FullProfFormat format = FullProfFormat::any) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_fullprof(text.value(), path.string(), format);
}

/// `try_read_fullprof` that throws the error.
inline PowderPattern read_fullprof(const std::filesystem::path& path, FullProfFormat format = FullProfFormat::any) {
  return try_read_fullprof(path, format).value();
}

}  // namespace lamella::inline LAMELLA_ABI
