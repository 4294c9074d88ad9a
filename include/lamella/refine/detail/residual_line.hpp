// A line that a fit has left over: the most significant one where a phase might have its own.
#pragma once

#include <lamella/core/constants.hpp>                 // degree
#include <lamella/core/scalar.hpp>                    // square
#include <lamella/diffraction/instrument.hpp>         // angle_shift
#include <lamella/diffraction/phase_peaks.hpp>        // Peak
#include <lamella/diffraction/powder_model.hpp>       // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>     // PowderPattern
#include <lamella/diffraction/pseudo_voigt.hpp>       // pseudo_voigt

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A line left over.
struct ResidualLine {
  double spacing = 0;  ///< Å
  double esds = 0;     ///< its area over its esd
};

/// The most significant line with a spacing in [shortest, longest] in what is left of a pattern, `residual` = (observed − calculated)/σ.
/// Its width is that of the nearest of `peaks`, the calculated ones; where it lies upon one of these, nothing is looked for. `GoF` scales
/// the esds.
template <CrystalModel Crystal>
ResidualLine strongest_line(const PowderModel<Crystal>& model, const PowderPattern& pattern, std::span<const double> residual,
                            const std::vector<Peak<double>>& peaks, double shortest, double longest, double GoF) {
  ResidualLine best;
  if (peaks.empty()) return best;
  constexpr double apart = 1.5, reach = 5, step = 0.3;  // FWHM
  const auto& radiation = model.diffractometer.radiation;
  const auto position = [&](double spacing, std::size_t line) {
    const double theta = std::asin(std::min(1.0, radiation.line[line].wavelength / (2 * spacing)));
    return 2 / degree * theta + angle_shift(model.instrument, model.diffractometer, theta);
  };
  for (double spacing = longest; spacing > shortest;) {
    const double at = position(spacing, 0);
    const auto& nearest = *std::min_element(peaks.begin(), peaks.end(), [&](const auto& x, const auto& y) {
      return std::abs(x.position - at) < std::abs(y.position - at);
    });
    const double fwhm = nearest.shape.fwhm, theta = 0.5 * at * degree;
    const double here = spacing;
    spacing -= step * fwhm * 0.5 * degree * here / std::tan(theta);
    if (std::abs(nearest.position - at) < apart * fwhm) continue;
    const auto begin = pattern.two_theta.begin(), end = pattern.two_theta.end();
    const auto first = static_cast<std::size_t>(std::lower_bound(begin, end, at - reach * fwhm) - begin);
    const auto last = static_cast<std::size_t>(std::upper_bound(begin, end, at + reach * fwhm) - begin);
    // Least squares of a line on a level, both over σ.
    double pp = 0, p1 = 0, one = 0, rp = 0, r1 = 0, inside = 0;
    for (std::size_t i = first; i < last; ++i) {
      double profile = 0;
      for (std::size_t k = 0; k < radiation.count; ++k)
        profile += radiation.line[k].weight * pseudo_voigt(pattern.two_theta[i] - position(here, k), nearest.shape);
      const double level = 1 / pattern.sigma[i];
      profile *= level;
      pp += profile * profile;
      p1 += profile * level;
      one += level * level;
      rp += residual[i] * profile;
      r1 += residual[i] * level;
      if (std::abs(pattern.two_theta[i] - at) < fwhm) ++inside;
    }
    const double determinant = pp * one - p1 * p1;
    constexpr double fewest = 3;  // points within the line
    if (inside < fewest || !(determinant > 1e-9 * pp * one)) continue;
    const double esds = (one * rp - p1 * r1) / std::sqrt(determinant * one) / std::max(1.0, GoF);
    if (esds > best.esds) best = {here, esds};
  }
  return best;
}

}  // namespace detail
}  // namespace lamella
