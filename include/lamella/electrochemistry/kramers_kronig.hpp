// Whether an impedance spectrum can be that of a linear, causal, stable system: the linear Kramers-Kronig test.
//
// B. A. Boukamp, J. Electrochem. Soc. 142 (1995) 1885: a resistor in series with M resistor-capacitor pairs of fixed time constants
// obeys the Kramers-Kronig relations by construction, and its resistances follow from linear least squares. What it leaves over shows
// drift, non-linearity and bad contacts. M by M. Schönleber, D. Klotz, E. Ivers-Tiffée, Electrochim. Acta 131 (2014) 20: the smallest
// M for which negative resistances begin to be used for noise, μ = 1 - Σ|R<0| / Σ|R≥0| below a limit. A sharp time constant between two
// of the fixed ones needs negative resistances, too, while M is still far too small: therefore μ has to be below its limit for M and
// M + 1, and four more pairs must not lessen the residuals by more than 30 %. Time constants are spread evenly on a logarithmic scale
// from 1/ω(max) to 1/ω(min); weights are 1/|Z|².
#pragma once

#include <lamella/core/constants.hpp>                         // two_pi
#include <lamella/core/error.hpp>                             // fail
#include <lamella/electrochemistry/detail/least_squares.hpp>  // solve_least_squares
#include <lamella/electrochemistry/impedance_spectrum.hpp>    // ImpedanceSpectrum, require_valid

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// How the linear Kramers-Kronig test is done.
struct KramersKronigOptions {
  double mu_limit = 0.85;         ///< of μ, 0 … 1: smaller gives more pairs
  std::size_t largest_count = 0;  ///< of pairs; 0: as many as points, at most 80
  bool capacitor = true;          ///< also a capacitor in series: for spectra whose low end does not reach the real axis
};

/// What the test found.
struct KramersKronigTest {
  std::size_t pairs = 0;                  ///< M
  double mu = 1;                          ///< at that M
  bool limit_reached = false;             ///< whether M is that of the criterion; if not, it is the largest allowed
  std::vector<double> residual_real;      ///< (Z′ - Z′ of the model)/|Z|, one per point
  std::vector<double> residual_imaginary;
  double max_residual = 0;                ///< largest modulus among both
  double rms_residual = 0;
};

/// The linear Kramers-Kronig test of a spectrum of 5 points or more. Residuals of at most 0.01 or so, without a trend, are those of a
/// good measurement. Throws where the spectrum is not valid or all frequencies are the same.
inline KramersKronigTest kramers_kronig_test(const ImpedanceSpectrum& spectrum, const KramersKronigOptions& options = {}) {
  require_valid(spectrum, 5);
  const auto [low, high] = std::minmax_element(spectrum.frequency.begin(), spectrum.frequency.end());
  if (!(*high > *low)) fail("Kramers-Kronig test: all points have the same frequency, expected a spectrum", Place{spectrum.source});
  if (!(options.mu_limit > 0 && options.mu_limit < 1)) fail("Kramers-Kronig test: a limit of μ outside 0 … 1, expected one such as 0.85");
  const double first = 1 / (two_pi * *high), span = std::log(*high / *low);
  const std::size_t n = spectrum.size();
  // More unknowns than the 2n numbers would describe anything.
  const std::size_t most = std::min(options.largest_count == 0 ? std::min<std::size_t>(n, 80) : options.largest_count, 2 * n - 4);

  std::vector<double> observed(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    observed[i] = spectrum.real[i] / spectrum.modulus(i);
    observed[n + i] = spectrum.imaginary[i] / spectrum.modulus(i);
  }
  struct Trial {
    double mu = 0, rms = 0;
    std::vector<double> residual;
  };
  std::vector<Trial> trials;  // of 1, 2, … pairs
  constexpr std::size_t fewest = 3, ahead = 4;
  std::size_t chosen = 0;
  bool reached = false;
  for (std::size_t pairs = 1; pairs <= most; ++pairs) {
    const std::size_t columns = pairs + 2 + (options.capacitor ? 1 : 0);
    std::vector<double> design(2 * n * columns, 0.0);
    const auto at = [&](std::size_t row, std::size_t column) -> double& { return design[column * 2 * n + row]; };
    for (std::size_t i = 0; i < n; ++i) {
      const double omega = two_pi * spectrum.frequency[i], weight = 1 / spectrum.modulus(i);
      for (std::size_t k = 0; k < pairs; ++k) {
        const double tau = first * std::exp(pairs > 1 ? span * static_cast<double>(k) / static_cast<double>(pairs - 1) : 0.0);
        const double x = omega * tau, scale = weight / (1 + x * x);
        at(i, k) = scale;
        at(n + i, k) = -x * scale;
      }
      at(i, pairs) = weight;
      at(n + i, pairs + 1) = omega * weight;
      if (options.capacitor) at(n + i, pairs + 2) = -weight / omega;
    }
    const std::vector<double> model = design;
    std::vector<double> right = observed;
    const std::vector<double> solution = detail::solve_least_squares(design, columns, right);
    std::vector<double> residual = observed;
    for (std::size_t k = 0; k < columns; ++k)
      for (std::size_t row = 0; row < 2 * n; ++row) residual[row] -= model[k * 2 * n + row] * solution[k];
    double negative = 0, positive = 0, square = 0;
    for (std::size_t k = 0; k < pairs; ++k) (solution[k] < 0 ? negative : positive) += std::abs(solution[k]);
    for (const double r : residual) square += r * r;
    trials.push_back({positive > 0 ? 1 - negative / positive : 0, std::sqrt(square / (2 * static_cast<double>(n))), std::move(residual)});
    chosen = trials.size() - 1;
    if (trials.size() < fewest + ahead) continue;
    const std::size_t k = trials.size() - 1 - ahead;
    reached = trials[k].mu < options.mu_limit && trials[k + 1].mu < options.mu_limit && trials[k + ahead].rms > 0.7 * trials[k].rms;
    if (reached) {
      chosen = k;
      break;
    }
  }
  const std::vector<double>& residual = trials[chosen].residual;
  KramersKronigTest test;
  test.pairs = chosen + 1;
  test.mu = trials[chosen].mu;
  test.limit_reached = reached;
  test.rms_residual = trials[chosen].rms;
  for (const double r : residual) test.max_residual = std::max(test.max_residual, std::abs(r));
  if (!std::isfinite(test.rms_residual) || !std::isfinite(test.mu))
    fail("Kramers-Kronig test: no finite solution, expected impedances of ordinary size", Place{spectrum.source});
  test.residual_real.assign(residual.begin(), residual.begin() + static_cast<std::ptrdiff_t>(n));
  test.residual_imaginary.assign(residual.begin() + static_cast<std::ptrdiff_t>(n), residual.end());
  return test;
}

}  // namespace lamella::inline LAMELLA_ABI
