// Which stacking a pattern shows: each refined against it, compared by likelihood over the lines in which stackings differ.
//
// G. Schwarz, Ann. Statist. 6 (1978) 461; R. E. Kass & A. E. Raftery, J. Am. Stat. Assoc. 90 (1995) 773.
#pragma once

#include <lamella/core/error.hpp>                  // fail
#include <lamella/core/measured.hpp>               // fixed
#include <lamella/core/scalar.hpp>                 // square
#include <lamella/diffraction/powder_model.hpp>    // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/refine/phase_candidates.hpp>     // phase_candidate
#include <lamella/refine/refinement.hpp>           // Refinement
#include <lamella/refine/rietveld.hpp>             // refine, RefinementOptions

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A stacking refined against a pattern.
struct StackingFit {
  std::string stacking;
  double chi_square = 0;        ///< over the lines that tell stackings apart
  std::size_t parameters = 0;
  double BIC = 0;               ///< Bayesian information criterion over these lines, that of the best being 0
  bool converged = false;
  Refinement<Structure<double>> refinement;
};

/// Stackings compared, the best first.
struct StackingEvidence {
  std::vector<StackingFit> fits;
  std::size_t points = 0;   ///< of the pattern, on lines other than (00l)
  double noise = 1;         ///< what χ² was divided by: that of the best per degree of freedom, times what serial correlation makes of it
  double bound = 10;        ///< of ΔBIC below which the data cannot tell

  /// BIC of the second less that of the first.
  double difference() const { return fits.size() < 2 ? 0 : fits[1].BIC - fits[0].BIC; }
  bool decided() const { return difference() >= bound; }
  /// ln of the likelihoods' ratio of first and second.
  double log_likelihood_ratio() const { return fits.size() < 2 ? 0 : 0.5 * (fits[1].chi_square - fits[0].chi_square) / noise; }
};

/// "O3 rather than P3: ΔBIC 1234.5" or "the data cannot tell O3 from P3: ΔBIC 3.2, below 10.0".
inline std::string to_string(const StackingEvidence& evidence) {
  if (evidence.fits.size() < 2) return "nothing to compare";
  const auto &best = evidence.fits[0].stacking, &second = evidence.fits[1].stacking;
  const std::string difference = "ΔBIC " + detail::fixed(evidence.difference(), 1);
  return evidence.decided() ? best + " rather than " + second + ": " + difference
                            : "the data cannot tell " + best + " from " + second + ": " + difference + ", below " + detail::fixed(evidence.bound, 1);
}

/// Refines phase number `phase` of `model` as each of the `stackings`, built by `phase_candidate` from what it is, all else as `options`
/// say, and compares them over the points within three FWHM of a line of that phase with other indices than (00l), which all stackings of one
/// cell share. χ² is divided by that of the best fit per point, at least 1, and by its serial correlation beyond chance, so that misfit does not
/// pass for evidence. `bound`: of ΔBIC, 10 being very strong evidence by Kass and Raftery. Throws as `refine` and `phase_candidate`.
inline StackingEvidence compare_stackings(const PowderModel<>& model, std::size_t phase, const PowderPattern& pattern,
                                          const std::vector<std::string>& stackings, const RefinementOptions<>& options = {}, double bound = 10) {
  if (phase >= model.phases.size()) fail("comparison of stackings: expected the number of one of the " + std::to_string(model.phases.size()) + " phases");
  StackingEvidence evidence;
  evidence.bound = bound;
  std::vector<char> chosen(pattern.size(), 0);
  for (const auto& stacking : stackings) {
    const auto candidate = phase_candidate(stacking, model.phases[phase]);
    auto tried = model;
    const std::string name = tried.phases[phase].name;
    tried.phases[phase] = candidate.phase;
    auto own = options;
    own.constrain = [&](FreeParameters& parameters) {
      candidate.constrain(parameters);
      if (options.constrain) options.constrain(parameters);
    };
    // What is said of the phase by its name is meant for the candidate.
    const auto rename = [&](std::vector<std::string>& patterns) {
      for (auto& p : patterns)
        if (p.starts_with(name + ".")) p.replace(0, name.size(), candidate.phase.name);
    };
    rename(own.fix);
    rename(own.free);
    StackingFit fit{stacking, 0, 0, 0, false, refine(std::move(tried), pattern, own)};
    fit.converged = fit.refinement.converged();
    fit.parameters = fit.refinement.free.size();
    constexpr double widths = 3;
    const auto& list = fit.refinement.reflections[phase];
    const auto& peaks = fit.refinement.peaks[phase];
    const std::size_t lines = list.empty() ? 0 : peaks.size() / list.size();
    for (std::size_t r = 0; r < list.size(); ++r) {
      if (list[r].hkl.h == 0 && list[r].hkl.k == 0) continue;
      for (std::size_t i = r * lines; i < (r + 1) * lines; ++i) {
        const double reach = widths * peaks[i].shape.fwhm;
        const auto begin = pattern.two_theta.begin();
        const auto first = std::lower_bound(begin, pattern.two_theta.end(), peaks[i].position - reach);
        const auto last = std::upper_bound(first, pattern.two_theta.end(), peaks[i].position + reach);
        std::fill(chosen.begin() + (first - begin), chosen.begin() + (last - begin), char{1});
      }
    }
    evidence.fits.push_back(std::move(fit));
  }
  std::vector<std::size_t> points;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (chosen[i] != 0) points.push_back(i);
  evidence.points = points.size();
  for (auto& fit : evidence.fits)
    for (const std::size_t i : points) fit.chi_square += square((pattern.intensity[i] - fit.refinement.calculated[i]) / pattern.sigma[i]);
  std::sort(evidence.fits.begin(), evidence.fits.end(), [](const auto& x, const auto& y) { return x.chi_square < y.chi_square; });
  if (evidence.fits.empty() || points.empty()) return evidence;

  const auto& best = evidence.fits.front();
  const double n = static_cast<double>(points.size());
  constexpr double by_chance = 1 + 4 / std::numbers::pi;  // square of the Bérar-Lelann factor without serial correlation
  const double runs = square(best.refinement.agreement.serial_correlation_factor) / by_chance;
  evidence.noise = std::max(1.0, best.chi_square / n) * std::max(1.0, runs);
  for (auto& fit : evidence.fits) fit.BIC = fit.chi_square / evidence.noise + static_cast<double>(fit.parameters) * std::log(n);
  std::sort(evidence.fits.begin(), evidence.fits.end(), [](const auto& x, const auto& y) { return x.BIC < y.BIC; });
  const double least = evidence.fits.front().BIC;
  for (auto& fit : evidence.fits) fit.BIC -= least;
  return evidence;
}

}  // namespace lamella
