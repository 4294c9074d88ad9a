// What the readers of powder patterns share: points with weight, and the lines of X-ray tubes.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/diffraction/radiation.hpp>       // Radiation, Anode
#include <lamella/io/detail/powder_point.hpp>      // point_fault
#include <lamella/io/detail/text.hpp>              // parse_number, in_quotes
#include <lamella/io/detail/text_lines.hpp>        // LineReader, words_of, is_word

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Appends a point, or returns what is wrong with it. Points at 0° and below, where detectors pass the direct beam,
/// are left out.
inline std::string add_point(PowderPattern& pattern, double two_theta, double intensity, double sigma) {
  if (two_theta <= 0) return {};
  std::string fault = point_fault(pattern, two_theta, intensity, sigma);
  if (!fault.empty()) return fault;
  pattern.two_theta.push_back(two_theta);
  pattern.intensity.push_back(intensity);
  pattern.sigma.push_back(sigma);
  return fault;
}

/// Uncertainty of a number of counts by Poisson statistics; 1 for none.
inline double counting_sigma(double counts) noexcept { return std::sqrt(std::max(counts, 1.0)); }

/// The anode of that chemical symbol, where it is one of a tabulated tube.
inline std::optional<Anode> anode_named(std::string_view symbol) noexcept {
  constexpr std::pair<std::string_view, Anode> anodes[] = {{"cu", Anode::Cu}, {"mo", Anode::Mo}, {"co", Anode::Co},
                                                           {"ag", Anode::Ag}, {"fe", Anode::Fe}, {"cr", Anode::Cr}};
  for (const auto& [name, anode] : anodes)
    if (is_word(symbol, name)) return anode;
  return std::nullopt;
}

constexpr bool is_wavelength(double length) noexcept { return length > 0.01 && length < 100; }

/// One line, or a doublet where `second` is a wavelength and `ratio` from 10⁻⁶ to 1; nothing where a number is none of a
/// tube (some programs write 0 for "unknown").
inline std::optional<Radiation> tube_radiation(double first, double second, double ratio,
                                               std::optional<Anode> anode) noexcept {
  if (!is_wavelength(first)) return std::nullopt;
  if (is_wavelength(second) && second != first && ratio >= 1e-6 && ratio <= 1) return doublet(first, second, ratio, anode);
  Radiation line = monochromatic(first);
  line.anode = anode;
  return line;
}

/// The pattern under its name, or the error that it has too few points. `place` is the line of the data.
inline Result<PowderPattern> finished(PowderPattern pattern, const Place& place) {
  if (pattern.size() < 2)
    return Error((pattern.size() == 0 ? "no point with an intensity" : "a single point with an intensity") +
                     std::string(", expected a pattern of two or more"),
                 place);
  pattern.source = place.file;
  return pattern;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
