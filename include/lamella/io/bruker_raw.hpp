// Powder patterns from the binary .raw files of Siemens and Bruker, versions 1 to 4.
//
// The versions by the first bytes: 1 "RAW ", 2 "RAW2", 3 "RAW1.01", 4 "RAW4.00"; little-endian. Layouts after DIFFRACplus XCH
// V5.0 User's Manual (2002), appendix A, for 1-3; of 4 the segments that public readers agree on. Read are counts, start and step
// of 2theta, the lines of the tube, and of 3 the goniometer radius. sigma = sqrt(max(n, 1)).
// - Numbers that 1 and 2 store in single precision are taken as the shortest decimal that they stand for (0.02, not
//   0.0199999996).
// - Version 3 with more than the intensity in its records: the measured 2theta is used where the mask says that it is there.
// - Refused: scans of another axis than 2theta.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/chosen_part.hpp>       // chosen_part
#include <lamella/io/detail/pattern_text.hpp>      // add_point, tube_radiation, finished
#include <lamella/io/detail/text.hpp>              // in_quotes, show
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
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
namespace detail {

/// Numbers in bytes, little-endian; 0 beyond the end.
struct Bytes {
  std::string_view data;

  std::uint64_t integer(std::size_t at, std::size_t size) const noexcept {
    if (at > data.size() || data.size() - at < size) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(data[at + i]);
    return value;
  }
  std::size_t u16(std::size_t at) const noexcept { return static_cast<std::size_t>(integer(at, 2)); }
  std::size_t u32(std::size_t at) const noexcept { return static_cast<std::size_t>(integer(at, 4)); }
  double f32(std::size_t at) const noexcept {
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(integer(at, 4))));
  }
  double f64(std::size_t at) const noexcept { return std::bit_cast<double>(integer(at, 8)); }
  /// Text up to a null, at most `size` bytes.
  std::string_view text(std::size_t at, std::size_t size) const noexcept {
    const std::string_view field = at < data.size() ? data.substr(at, size) : std::string_view{};
    return trimmed(field.substr(0, field.find('\0')));
  }
  /// A number in single precision as the shortest decimal that is the same one.
  double decimal(std::size_t at) const noexcept {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(integer(at, 4)));
    if (!std::isfinite(value)) return static_cast<double>(value);
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    double exact = 0;
    std::from_chars(buffer.data(), end.ptr, exact);
    return exact;
  }
};

/// Whether bytes begin like a .raw file of Siemens or Bruker.
constexpr bool is_bruker_raw(std::string_view bytes) noexcept {
  return bytes.starts_with("RAW1.01") || bytes.starts_with("RAW4.00") || bytes.starts_with("RAW2") ||
         (bytes.starts_with("RAW ") && bytes.size() > 7 && bytes[7] == '\0');
}

/// One range of a .raw file.
struct BrukerRange {
  std::size_t header = 0;       ///< where it begins, for messages
  std::size_t data = 0;         ///< where its records begin
  std::size_t points = 0;
  std::size_t record = 4;       ///< bytes of a point
  double start = 0, step = 0;   ///< degrees 2theta
  bool measured_angle = false;  ///< whether the records hold 2theta behind the intensity
  std::string fault;            ///< why it cannot be read; empty where it can
  double first = 0, second = 0, ratio = 0;  ///< lines of the tube, Å
};

/// Reads .raw files.
class BrukerRawReader {
 public:
  BrukerRawReader(std::string_view bytes, std::string source) : bytes_{bytes}, place_{std::move(source)} {}

  Result<PowderPattern> read(std::optional<std::size_t> wanted) {
    if (bytes_.data.empty()) return error("is empty, expected a RAW file of Siemens or Bruker");
    if (!is_bruker_raw(bytes_.data))
      return error("begins with " + in_quotes(bytes_.data.substr(0, 7)) + ", expected \"RAW \", \"RAW2\", \"RAW1.01\" or \"RAW4.00\"");
    std::string fault;
    if (bytes_.data.starts_with("RAW1.01")) fault = find_version_3();
    else if (bytes_.data.starts_with("RAW4.00")) fault = find_version_4();
    else if (bytes_.data.starts_with("RAW2")) fault = find_version_2();
    else fault = find_version_1();
    if (!fault.empty()) return error(fault);
    if (ranges_.empty()) return error("no range, expected one with counts");
    const ChosenPart range = chosen_part(wanted, ranges_.size(), "range");
    if (!range.complaint.empty()) return error(range.complaint);
    return read_range(ranges_[range.index]);
  }

 private:
  Error error(const std::string& what) const { return Error(what, place_); }

  /// Keeps a range and moves `at` behind its data; what is wrong where the file ends before.
  std::string keep(BrukerRange range, std::size_t& at) {
    const std::size_t left = range.data <= bytes_.data.size() ? bytes_.data.size() - range.data : 0;
    if (range.record < 4 || range.points > left / range.record || range.data > bytes_.data.size())
      return "range " + std::to_string(ranges_.size() + 1) + " at byte " + std::to_string(range.header) + " declares " +
             std::to_string(range.points) + " points of " + std::to_string(range.record) + " bytes, expected no more than the " +
             std::to_string(left) + " bytes left hold";
    at = range.data + range.points * range.record;
    ranges_.push_back(std::move(range));
    return {};
  }

  std::string cut(std::size_t at) const {
    return "the file ends in the header at byte " + std::to_string(at) + ", expected a whole range";
  }

  std::string find_version_1() {
    constexpr std::size_t header = 156;
    for (std::size_t at = 0;;) {
      // Early files have "RAW " before the first range only.
      if (!ranges_.empty() && bytes_.data.substr(std::min(at, bytes_.data.size())).starts_with("RAW ")) at += 4;
      else if (ranges_.empty()) at = 4;
      const std::size_t base = at - 4;  // offsets are those with the mark
      if (base + header > bytes_.data.size()) return cut(at);
      BrukerRange range;
      range.header = at;
      range.points = bytes_.u32(base + 4);
      range.step = bytes_.decimal(base + 12);
      range.start = bytes_.decimal(base + 24);
      range.first = bytes_.decimal(base + 72);
      range.second = bytes_.decimal(base + 76);
      range.ratio = 0.5;
      range.data = base + header;
      const bool more = bytes_.u32(base + 152) > 0;
      if (std::string fault = keep(std::move(range), at); !fault.empty()) return fault;
      if (!more) return {};
    }
  }

  std::string find_version_2() {
    const std::size_t count = bytes_.u16(4);
    const auto anode = anode_named(bytes_.text(188, 2));
    anode_ = anode;
    std::size_t at = 256;
    for (std::size_t i = 0; i < count; ++i) {
      if (bytes_.data.size() < 48 || at > bytes_.data.size() - 48) return cut(at);
      BrukerRange range;
      range.header = at;
      range.points = bytes_.u16(at + 2);
      range.step = bytes_.decimal(at + 12);
      range.start = bytes_.decimal(at + 16);
      range.first = bytes_.decimal(190);
      range.second = bytes_.decimal(194);
      range.ratio = bytes_.decimal(198);
      if (bytes_.u16(at) < 48)
        return "header of " + std::to_string(bytes_.u16(at)) + " bytes at byte " + std::to_string(at) + ", expected 48 or more";
      range.data = at + bytes_.u16(at);
      if (std::string fault = keep(std::move(range), at); !fault.empty()) return fault;
    }
    return {};
  }

  std::string find_version_3() {
    constexpr std::size_t file_header = 712, shortest = 260;
    const std::size_t count = bytes_.u32(12);
    anode_ = anode_named(bytes_.text(608, 4));
    if (const double radius = bytes_.decimal(564); radius > 0 && radius < 1e5) radius_ = radius;
    std::size_t at = file_header;
    for (std::size_t i = 0; i < count; ++i) {
      if (bytes_.data.size() < shortest || at > bytes_.data.size() - shortest) return cut(at);
      const std::size_t header = bytes_.u32(at);
      if (header < shortest || header > bytes_.data.size())
        return "header of " + std::to_string(header) + " bytes at byte " + std::to_string(at) + ", expected 260 or more, within the file";
      BrukerRange range;
      range.header = at;
      range.points = bytes_.u32(at + 4);
      range.start = bytes_.f64(at + 16);
      range.step = bytes_.f64(at + 176);
      const std::size_t scan = bytes_.u32(at + 196);
      if (scan >= 3 && scan <= 12)
        range.fault = "scan of type " + std::to_string(scan) + ", expected a scan of 2theta (0, 1 or 2)";
      const std::size_t mask = bytes_.u32(at + 248);
      range.record = bytes_.u32(at + 252);
      range.measured_angle = (mask & 1) != 0 && range.record >= 12;
      range.data = at + header + bytes_.u32(at + 256);
      const double used = bytes_.f64(at + 240), beta = bytes_.f64(640);
      range.first = bytes_.f64(624);
      range.second = bytes_.f64(632);
      range.ratio = bytes_.f64(648);
      if (is_wavelength(beta) && std::abs(used - beta) < 1e-4) {
        range.first = beta;
        range.second = 0;
      }
      if (std::string fault = keep(std::move(range), at); !fault.empty()) return fault;
    }
    return {};
  }

  std::string find_version_4() {
    std::size_t at = 61;
    double first = 0, second = 0, beta = 0, ratio = 0;
    const auto left = [&](std::size_t from) { return from <= bytes_.data.size() ? bytes_.data.size() - from : 0; };
    for (;;) {
      if (left(at) < 8) return cut(at);
      const std::size_t kind = bytes_.u32(at), length = bytes_.u32(at + 4);
      if (kind == 0 || kind == 160) break;
      if (length < 8 || length > left(at))
        return "segment of " + std::to_string(length) + " bytes at byte " + std::to_string(at) + ", expected 8 or more, within the file";
      if (kind == 30 && length >= 120) {
        first = bytes_.f64(at + 80);
        second = bytes_.f64(at + 88);
        beta = bytes_.f64(at + 96);
        ratio = bytes_.f64(at + 104);
        anode_ = anode_named(bytes_.text(at + 116, 4));
      }
      at += length;
    }
    constexpr std::size_t header = 160;
    while (left(at) > 0) {
      if (left(at) < header) return cut(at);
      if (const std::size_t kind = bytes_.u32(at); kind != 0 && kind != 160) {
        // Segments after the ranges.
        const std::size_t length = bytes_.u32(at + 4);
        if (length < 8 || length > left(at)) return cut(at);
        at += length;
        continue;
      }
      BrukerRange range;
      range.header = at;
      range.points = bytes_.u32(at + 88);
      range.start = bytes_.f64(at + 72);
      range.step = bytes_.f64(at + 80);
      range.record = bytes_.u32(at + 136);
      const std::size_t more = bytes_.u32(at + 140);
      const std::string_view scan = bytes_.text(at + 32, 24);
      if (scan.find("Coupled") == std::string_view::npos && scan.find("Detector") == std::string_view::npos &&
          scan.find("2Theta") == std::string_view::npos)
        range.fault = "scan " + in_quotes(scan) + ", expected a scan of 2theta (\"Locked Coupled\" or its like)";
      range.first = first;
      range.second = second;
      range.ratio = ratio;
      if (const double used = bytes_.f64(at + 112); is_wavelength(beta) && std::abs(used - beta) < 1e-4) {
        range.first = beta;
        range.second = 0;
      }
      range.data = at + header + more;
      if (std::string fault = keep(std::move(range), at); !fault.empty()) return fault;
    }
    return {};
  }

  Result<PowderPattern> read_range(const BrukerRange& range) const {
    if (!range.fault.empty()) return error(range.fault);
    if (!range.measured_angle && !(range.step > 0 && range.step < 180))
      return error("step " + show(range.step) + " of the range at byte " + std::to_string(range.header) +
                   ", expected a positive number of degrees 2theta");
    PowderPattern pattern;
    for (std::size_t i = 0; i < range.points; ++i) {
      const std::size_t at = range.data + i * range.record;
      const double counts = bytes_.f32(at);
      const double two_theta = range.measured_angle ? bytes_.f64(at + 4) : range.start + range.step * static_cast<double>(i);
      if (!std::isfinite(two_theta) || !std::isfinite(counts))
        return error("point " + std::to_string(i + 1) + " at byte " + std::to_string(at) + " is not finite, expected an intensity");
      if (const std::string fault = add_point(pattern, two_theta, counts, counting_sigma(counts)); !fault.empty())
        return error("point " + std::to_string(i + 1) + " at byte " + std::to_string(at) + ": " + fault);
    }
    pattern.radiation = tube_radiation(range.first, range.second, range.ratio, anode_);
    pattern.radius = radius_;
    return finished(std::move(pattern), place_);
  }

  Bytes bytes_;
  Place place_;
  std::vector<BrukerRange> ranges_;
  std::optional<Anode> anode_;
  std::optional<double> radius_;
};

}  // namespace detail

/// A pattern from the bytes of a .raw file in memory; what is read is said at the top of this header. `source` names them in
/// messages and in the result. A file with several ranges is an error unless `range` says which to read, from 1.
inline Result<PowderPattern> try_parse_bruker_raw(std::string_view bytes, std::string source,
                                                  std::optional<std::size_t> range = std::nullopt) {
  return detail::BrukerRawReader(bytes, std::move(source)).read(range);
}

/// `try_parse_bruker_raw` that throws the error.
inline PowderPattern parse_bruker_raw(std::string_view bytes, std::string source, std::optional<std::size_t> range = std::nullopt) {
  return try_parse_bruker_raw(bytes, std::move(source), range).value();
}

/// A pattern and its radiation from a .raw file. Errors carry the file and, inside ranges, the byte.
inline Result<PowderPattern> try_read_bruker_raw(const std::filesystem::path& path,
                                                 std::optional<std::size_t> range = std::nullopt) {
  const auto bytes = try_read_text_file(path);
  if (!bytes) return bytes.error();
  return try_parse_bruker_raw(bytes.value(), path.string(), range);
}

/// `try_read_bruker_raw` that throws the error.
inline PowderPattern read_bruker_raw(const std::filesystem::path& path, std::optional<std::size_t> range = std::nullopt) {
  return try_read_bruker_raw(path, range).value();
}

}  // namespace lamella::inline LAMELLA_ABI
