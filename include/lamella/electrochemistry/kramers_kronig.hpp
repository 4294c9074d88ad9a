// Whether an impedance spectrum can be that of a linear, causal, stable system: the linear Kramers-Kronig test.
//
// B. A. Boukamp, J. Electrochem. Soc. 142 (1995) 1885: a resistor in series with M resistor-capacitor pairs of fixed time constants
// obeys the Kramers-Kronig relations by construction, and its resistances follow from linear least squares. What it leaves over shows
// drift, non-linearity and bad contacts. M by M. Schönleber, D. Klotz, E. Ivers-Tiffée, Electrochim. Acta 131 (2014) 20: the smallest
// M for which negative resistances begin to be used for noise, μ = 1 - Σ|R<0| / Σ|R≥0| below a limit; here for M and M + 1, since μ
// dips now and then while there are too few pairs. Time constants are spread evenly on a logarithmic scale from 1/ω(max) to 1/ω(min);
// weights are 1/|Z|².
#pragma once

#include <lamella/core/constants.hpp>                       // two_pi
#include <lamella/core/error.hpp>                           // fail
#include <lamella/electrochemistry/impedance_spectrum.hpp>  // ImpedanceSpectrum, require_valid

#include <Eigen/Core>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// How the linear Kramers-Kronig test is done.
struct KramersKronigOptions {
  double mu_limit = 0.85;         ///< of μ, 0 … 1: smaller gives more pairs
  std::size_t largest_count = 0;  ///< of pairs; 0: as many as points
  bool capacitor = true;          ///< also a capacitor in series: for spectra whose low end does not reach the real axis
};

/// What the test found.
struct KramersKronigTest {
  std::size_t pairs = 0;                  ///< M
  double mu = 1;                          ///< at that M
  bool limit_reached = false;             ///< whether μ fell below its limit; if not, M is the largest allowed
  std::vector<double> residual_real;      ///< (Z′ - Z′ of the model)/|Z|, one per point
  std::vector<double> residual_imaginary;
  double max_residual = 0;                ///< largest modulus among both
  double rms_residual = 0;
};

/// The linear Kramers-Kronig test of a spectrum of 5 points or more. Residuals of at most 0.01 or so, without a trend, are those of a
/// good measurement. Throws where the spectrum is not valid or all frequencies are the same.
inline KramersKronigTest kramers_kronig_test(const ImpedanceSpectrum& spectrum, const KramersKronigOptions& options = {}) {
  using Eigen::Index, Eigen::MatrixXd, Eigen::VectorXd;
  require_valid(spectrum, 5);
  const auto [low, high] = std::minmax_element(spectrum.frequency.begin(), spectrum.frequency.end());
  if (!(*high > *low)) fail("Kramers-Kronig test: all points have the same frequency, expected a spectrum", Place{spectrum.source});
  if (!(options.mu_limit > 0 && options.mu_limit < 1)) fail("Kramers-Kronig test: a limit of μ outside 0 … 1, expected one such as 0.85");
  const double first = 1 / (two_pi * *high), span = std::log(*high / *low);
  const std::size_t n = spectrum.size();
  // More unknowns than the 2n numbers would describe anything.
  const std::size_t most = std::min(options.largest_count == 0 ? n : options.largest_count, 2 * n - 4);
  const auto N = static_cast<Index>(n);

  VectorXd observed(2 * N);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = static_cast<Index>(i);
    observed[row] = spectrum.real[i] / spectrum.modulus(i);
    observed[N + row] = spectrum.imaginary[i] / spectrum.modulus(i);
  }
  KramersKronigTest test;
  VectorXd residual, last_residual;
  for (std::size_t pairs = 1; pairs <= most; ++pairs) {
    const auto M = static_cast<Index>(pairs);
    MatrixXd design = MatrixXd::Zero(2 * N, M + 2 + (options.capacitor ? 1 : 0));
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<Index>(i);
      const double omega = two_pi * spectrum.frequency[i], weight = 1 / spectrum.modulus(i);
      for (Index k = 0; k < M; ++k) {
        const double tau = first * std::exp(M > 1 ? span * static_cast<double>(k) / static_cast<double>(M - 1) : 0.0);
        const double x = omega * tau, scale = weight / (1 + x * x);
        design(row, k) = scale;
        design(N + row, k) = -x * scale;
      }
      design(row, M) = weight;
      design(N + row, M + 1) = omega * weight;
      if (options.capacitor) design(N + row, M + 2) = -weight / omega;
    }
    // Columns of unit length: what is "of no weight" is then independent of units.
    const VectorXd length = design.colwise().norm();
    for (Index k = 0; k < design.cols(); ++k) design.col(k) /= length[k];
    const Eigen::ColPivHouseholderQR<MatrixXd> decomposition(design);
    const VectorXd solution = decomposition.solve(observed);
    last_residual = residual;
    residual = observed - design * solution;
    double negative = 0, positive = 0;
    for (Index k = 0; k < M; ++k) (solution[k] < 0 ? negative : positive) += std::abs(solution[k] / length[k]);
    const double mu = positive > 0 ? 1 - negative / positive : 0;
    if (pairs > 1 && mu < options.mu_limit && test.mu < options.mu_limit) {
      test.limit_reached = true;
      residual = last_residual;
      break;
    }
    test.pairs = pairs;
    test.mu = mu;
  }
  if (!residual.allFinite()) fail("Kramers-Kronig test: no finite solution, expected impedances of ordinary size", Place{spectrum.source});
  for (std::size_t i = 0; i < n; ++i) {
    test.residual_real.push_back(residual[static_cast<Index>(i)]);
    test.residual_imaginary.push_back(residual[N + static_cast<Index>(i)]);
  }
  test.max_residual = residual.cwiseAbs().maxCoeff();
  test.rms_residual = residual.norm() / std::sqrt(2 * static_cast<double>(n));
  return test;
}

}  // namespace lamella::inline LAMELLA_ABI
