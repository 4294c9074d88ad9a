// Backgrounds of photoelectron spectra computed from the measured intensities: a line, Shirley's, Tougaard's.
//
// They are fixed in a fit that follows. Those that are fitted with the lines are in spectrum_model.hpp.
#pragma once

#include <lamella/core/error.hpp>            // fail
#include <lamella/spectra/spectrum.hpp>      // Spectrum

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Where a background starts and ends: the mean of this many points at each end of the window.
struct BackgroundEnds {
  std::size_t points = 5;
};

namespace detail {

struct EndValues {
  double low_energy, low, high_energy, high;  // eV, counts
};

/// "FILE: " of a spectrum that has a source.
inline std::string source_prefix(const Spectrum& s) { return s.source.empty() ? "" : s.source + ": "; }

inline EndValues end_values(const Spectrum& s, BackgroundEnds ends) {
  require_spectrum(s, 3);
  const std::size_t n = s.size(), k = ends.points;
  if (k < 1 || 2 * k > n)
    fail(source_prefix(s) + "background: ends of " + std::to_string(k) + " points, expected from 1 to half of the " + std::to_string(n) + " points of the window");
  EndValues e{};
  const double share = 1 / static_cast<double>(k);
  for (std::size_t i = 0; i < k; ++i) {
    e.low_energy += share * s.energy[i];
    e.low += share * s.counts[i];
    e.high_energy += share * s.energy[n - 1 - i];
    e.high += share * s.counts[n - 1 - i];
  }
  return e;
}

/// out[i] = ∫ from energy[0] to energy[i] by the trapezoid rule.
inline void cumulative_area(std::span<const double> energy, const double* y, double* out) {
  double sum = 0;
  out[0] = 0;
  for (std::size_t i = 1; i < energy.size(); ++i) {
    sum += 0.5 * (energy[i] - energy[i - 1]) * (y[i] + y[i - 1]);
    out[i] = sum;
  }
}

}  // namespace detail

/// The line through the means of the points at both ends, counts. Throws for fewer than three points.
inline std::vector<double> linear_background(const Spectrum& spectrum, BackgroundEnds ends = {}) {
  const auto e = detail::end_values(spectrum, ends);
  std::vector<double> values;
  values.reserve(spectrum.size());
  const double slope = (e.high - e.low) / (e.high_energy - e.low_energy);
  for (const double energy : spectrum.energy) values.push_back(e.low + slope * (energy - e.low_energy));
  return values;
}

/// When the iteration of a Shirley background ends.
struct ShirleyOptions {
  std::size_t points = 5;   ///< averaged at each end
  double tolerance = 1e-6;  ///< largest change of the background from one iteration to the next, of the highest intensity
  int max_iterations = 200;
};

/// A Shirley background, and whether its iteration converged.
struct ShirleyBackground {
  std::vector<double> values;  ///< counts
  int iterations = 0;
  bool converged = false;
};

/// Shirley's background: at each energy proportional to the area of the lines above the background at lower binding energy,
///     B(E) = I(low) + (I(high) − I(low)) · A(low … E)/A(low … high),   A = area of I − B by the trapezoid rule,
/// iterated until it does not change. D. A. Shirley, Phys. Rev. B 5 (1972) 4709; A. Proctor & P. M. A. Sherwood, Anal. Chem. 54
/// (1982) 13. Throws for fewer than three points and where no area is left above the background.
inline ShirleyBackground shirley_background(const Spectrum& spectrum, const ShirleyOptions& options = {}) {
  const auto e = detail::end_values(spectrum, {options.points});
  const std::size_t n = spectrum.size();
  const double top = *std::max_element(spectrum.counts.begin(), spectrum.counts.end());
  ShirleyBackground result{std::vector<double>(n, std::min(e.low, e.high)), 0, false};
  std::vector<double> above(n), area(n);
  while (!result.converged && result.iterations < options.max_iterations) {
    for (std::size_t i = 0; i < n; ++i) above[i] = spectrum.counts[i] - result.values[i];
    detail::cumulative_area(spectrum.energy, above.data(), area.data());
    if (!(area.back() > 0)) fail(detail::source_prefix(spectrum) + "Shirley background: no area above it, expected a line in the window");
    double change = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double next = e.low + (e.high - e.low) * area[i] / area.back();
      change = std::max(change, std::abs(next - result.values[i]));
      result.values[i] = next;
    }
    ++result.iterations;
    result.converged = change < options.tolerance * std::abs(top);
  }
  return result;
}

/// The energy-loss function K(T) = B T/((C − T²)² + D T²), T the loss in eV: S. Tougaard, Surf. Interface Anal. 25 (1997) 137. With
/// D = 4C it is the two-parameter function B T/(C + T²)².
struct TougaardKernel {
  double B = 2866, C = 1643, D = 4 * 1643;  ///< eV²; default: the two-parameter universal function, S. Tougaard, Solid State Commun. 61 (1987) 547

  /// Per eV.
  double operator()(double loss) const { return loss <= 0 ? 0 : B * loss / (square_of(C - loss * loss) + D * loss * loss); }

 private:
  static double square_of(double x) { return x * x; }
};

/// The two-parameter function B T/(C + T²)².
inline TougaardKernel tougaard_u2(double B = 2866, double C = 1643) { return {B, C, 4 * C}; }
/// The three-parameter function B T/((C − T²)² + D T²), for a class of materials.
inline TougaardKernel tougaard_u3(double B, double C, double D) { return {B, C, D}; }

/// A Tougaard background.
struct TougaardBackground {
  std::vector<double> values;  ///< counts
  double B = 0;                ///< eV², as used
};

/// How high a Tougaard background is.
enum class TougaardHeight {
  to_high_end,  ///< B is scaled so that the background meets the mean of the points at the high-energy end
  as_given,     ///< B of the kernel
};

/// Tougaard's background of electrons that lost energy on their way out,
///     B(E) = I(low) + ∫ K(E − E′) (I(E′) − I(low)) dE′ over lower binding energies E′ (trapezoid rule).
/// Throws for fewer than three points, for C or D that are not positive, and where no B reaches the high end.
inline TougaardBackground tougaard_background(const Spectrum& spectrum, TougaardKernel kernel = {}, TougaardHeight height = TougaardHeight::to_high_end,
                                              BackgroundEnds ends = {}) {
  const auto e = detail::end_values(spectrum, ends);
  if (!(kernel.B > 0 && kernel.B < 1e9 && kernel.C > 0 && kernel.C < 1e9 && kernel.D > 0 && kernel.D < 1e9))
    fail(detail::source_prefix(spectrum) + "Tougaard background: expected positive B, C and D in eV²");
  const std::size_t n = spectrum.size();
  TougaardBackground result{std::vector<double>(n, 0.0), kernel.B};
  for (std::size_t i = 1; i < n; ++i) {
    const auto lost = [&](std::size_t j) { return kernel(spectrum.energy[i] - spectrum.energy[j]) * (spectrum.counts[j] - e.low); };
    for (std::size_t j = 1; j <= i; ++j) result.values[i] += 0.5 * (spectrum.energy[j] - spectrum.energy[j - 1]) * (lost(j) + lost(j - 1));
  }
  if (height == TougaardHeight::to_high_end) {
    double reached = 0;
    for (std::size_t i = 0; i < ends.points; ++i) reached += result.values[n - 1 - i] / static_cast<double>(ends.points);
    const double factor = (e.high - e.low) / reached;
    if (!(factor > 0 && std::isfinite(factor))) fail(detail::source_prefix(spectrum) + "Tougaard background: no B reaches the high-energy end, expected more intensity there than at the low-energy end");
    result.B *= factor;
    for (double& value : result.values) value *= factor;
  }
  for (double& value : result.values) value += e.low;
  return result;
}

}  // namespace lamella
