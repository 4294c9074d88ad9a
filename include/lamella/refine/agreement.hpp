// Agreement factors of a calculated with an observed pattern.
//
// B. H. Toby, Powder Diffr. 21 (2006) 67; R. J. Hill & R. X. Fischer, J. Appl. Cryst. 23 (1990) 462; J.-F. Bérar & P. Lelann,
// J. Appl. Cryst. 24 (1991) 1.
#pragma once

#include <lamella/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace lamella::inline LAMELLA_ABI {

/// Agreement factors as fractions (0.09 is 9 %). The background counts as signal in the first three; in the
/// `background_subtracted` ones it does not.
struct Agreement {
  double Rp = 0;     ///< Σ|y_o − y_c| / Σ y_o
  double Rwp = 0;    ///< sqrt(Σ w (y_o − y_c)² / Σ w y_o²), w = 1/σ²
  double Rexp = 0;   ///< sqrt((N − P) / Σ w y_o²)
  double GoF = 0;    ///< Rwp/Rexp
  double Rp_background_subtracted = 0;
  double Rwp_background_subtracted = 0;
  double durbin_watson = 0;  ///< about 2 for residuals without serial correlation
  /// Bérar-Lelann factor: sqrt(Σ_runs (Σ δ)² / Σ δ²), δ = (y_o − y_c)/σ, a run being neighbours of one sign. What the esds, which are
  /// not scaled by it, would be multiplied by if a run held no more than one independent residual. At least 1; chance runs alone give
  /// sqrt(1 + 4/π) = 1.51.
  double serial_correlation_factor = 1;
};

/// `parameters` is the number P of free parameters. A factor whose denominator is 0 (no counts, no residuals) is 0.
inline Agreement agreement(std::span<const double> observed, std::span<const double> sigma,
                           std::span<const double> calculated, std::span<const double> background,
                           std::size_t parameters) {
  double absolute = 0, sum = 0, sum_net = 0, chi_square = 0, weighted = 0, weighted_net = 0, steps = 0, last = 0;
  double run = 0, runs = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const double difference = observed[i] - calculated[i], net = observed[i] - background[i];
    const double w = 1 / (sigma[i] * sigma[i]), scaled = difference / sigma[i];
    absolute += std::abs(difference);
    sum += observed[i];
    sum_net += std::abs(net);
    chi_square += scaled * scaled;
    weighted += w * observed[i] * observed[i];
    weighted_net += w * net * net;
    if (i > 0) steps += (scaled - last) * (scaled - last);
    if (scaled * run < 0) {
      runs += run * run;
      run = 0;
    }
    run += scaled;
    last = scaled;
  }
  runs += run * run;
  const double freedom = std::max(1.0, static_cast<double>(observed.size()) - static_cast<double>(parameters));
  const auto ratio = [](double x, double y) { return y == 0 ? 0.0 : x / y; };  // NaN in, NaN out
  Agreement r;
  r.Rp = ratio(absolute, sum);
  r.Rwp = std::sqrt(ratio(chi_square, weighted));
  r.Rexp = std::sqrt(ratio(freedom, weighted));
  r.GoF = std::sqrt(chi_square / freedom);
  r.Rp_background_subtracted = ratio(absolute, sum_net);
  r.Rwp_background_subtracted = std::sqrt(ratio(chi_square, weighted_net));
  r.durbin_watson = ratio(steps, chi_square);
  r.serial_correlation_factor = chi_square == 0 ? 1.0 : std::sqrt(runs / chi_square);
  return r;
}

}  // namespace lamella
