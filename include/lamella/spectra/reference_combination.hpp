// A spectrum as a non-negative combination of measured spectra of pure states.
#pragma once

#include <lamella/chemistry/species.hpp>             // Species
#include <lamella/core/error.hpp>                    // fail
#include <lamella/fit/levenberg_marquardt.hpp>       // minimise, LeastSquaresProblem
#include <lamella/spectra/detail/covariance.hpp>     // scaled
#include <lamella/spectra/spectrum.hpp>              // Spectrum
#include <lamella/spectra/spectrum_background.hpp>   // shirley_background
#include <lamella/spectra/valence_fractions.hpp>     // ValenceFractions

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The measured spectrum of a pure state.
struct ReferenceSpectrum {
  Species state;
  Spectrum spectrum;
};

/// What a combination has beside its references.
enum class CombinationBackground : std::uint8_t { none, constant, line };

/// How references are combined.
struct CombinationOptions {
  CombinationBackground background = CombinationBackground::constant;  ///< of any sign: the references bring their own
  std::size_t points = 5;  ///< averaged at the ends of the Shirley backgrounds under which the references' areas are measured
};

/// The combination that comes closest to a spectrum, w ≥ 0. Esds are scaled by the goodness of fit.
struct ReferenceCombination {
  std::vector<double> areas;       ///< counts · eV of each reference's lines in the spectrum
  Eigen::MatrixXd covariance;      ///< of the areas, scaled by the reduced χ²; empty where the references depend on each other
  std::vector<bool> at_zero;       ///< references that would be negative; their esds are those that they would have without the bound
  double chi_square = 0, reduced_chi_square = 0;
  FitStatus status = FitStatus::converged;
  std::vector<double> calculated, background;    ///< counts, per point; the background is what the references do not bring
  std::vector<std::vector<double>> components;   ///< counts, each reference with its own inelastic background
  ValenceFractions fractions;

  bool converged() const { return status == FitStatus::converged; }
};

namespace detail {

/// Linear least squares: the columns are the derivatives.
class LinearProblem final : public LeastSquaresProblem {
 public:
  LinearProblem(const std::vector<std::vector<double>>& columns, const Spectrum& spectrum) : columns_(columns), spectrum_(spectrum) {}

  std::size_t residual_count() const override { return spectrum_.size(); }
  std::size_t parameter_count() const override { return columns_.size(); }
  bool residuals(std::span<const double> p, std::span<double> r) override {
    bool finite = true;
    for (std::size_t i = 0; i < r.size(); ++i) {
      double rest = spectrum_.counts[i];
      for (std::size_t k = 0; k < columns_.size(); ++k) rest -= p[k] * columns_[k][i];
      r[i] = rest / spectrum_.sigma[i];
      finite = finite && std::isfinite(r[i]);
    }
    return finite;
  }
  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    for (std::size_t k = 0; k < columns_.size(); ++k)
      for (std::size_t i = 0; i < r.size(); ++i) jacobian[k * r.size() + i] = columns_[k][i] / spectrum_.sigma[i];
    return residuals(p, r);
  }

 private:
  const std::vector<std::vector<double>>& columns_;
  const Spectrum& spectrum_;
};

/// Counts of a spectrum at an energy inside it, by linear interpolation.
inline double interpolated(const Spectrum& s, double energy) {
  const auto above = static_cast<std::size_t>(std::upper_bound(s.energy.begin(), s.energy.end(), energy) - s.energy.begin());
  const std::size_t i = std::clamp<std::size_t>(above, 1, s.size() - 1);
  const double share = (energy - s.energy[i - 1]) / (s.energy[i] - s.energy[i - 1]);
  return (1 - share) * s.counts[i - 1] + share * s.counts[i];
}

}  // namespace detail

/// Fits `spectrum` by non-negative multiples of the references, each taken with its own background and scaled to the area of its lines
/// above a Shirley background in the window of `spectrum`. The fractions of states are those of these areas: the same signal per atom
/// is assumed for all references. References are interpolated linearly to the energies of the spectrum; their own noise is not part of
/// the esds, and errors of charge referencing are not corrected (see `shifted`). Throws for no references, references that do not cover
/// the window or have no lines in it, and states of several elements.
inline ReferenceCombination combine_references(const Spectrum& spectrum, std::span<const ReferenceSpectrum> references, const CombinationOptions& options = {}) {
  const std::size_t n = spectrum.size(), count = references.size();
  const std::size_t extra = options.background == CombinationBackground::none ? 0 : options.background == CombinationBackground::constant ? 1 : 2;
  if (count == 0) fail("combination of reference spectra: no references, expected at least one");
  detail::require_spectrum(spectrum, std::max<std::size_t>(count + extra + 1, 2 * options.points));
  const double low = spectrum.energy.front(), high = spectrum.energy.back();

  std::vector<std::vector<double>> columns;
  double heights = 0;  // of all references together
  std::vector<double> start;
  LevenbergMarquardtOptions settings;
  for (std::size_t k = 0; k < count; ++k) {
    const auto& reference = references[k].spectrum;
    detail::require_spectrum(reference, 2);
    const double slack = 1e-6;
    if (!(reference.energy.front() <= low + slack && reference.energy.back() >= high - slack))
      fail("reference " + (reference.source.empty() ? to_string(references[k].state) : reference.source) + ": from " + to_string(Measured{reference.energy.front(), 0}) +
           " to " + to_string(Measured{reference.energy.back(), 0}) + " eV, expected the whole window from " + to_string(Measured{low, 0}) + " to " + to_string(Measured{high, 0}) + " eV");
    Spectrum here{reference.name, reference.source, spectrum.energy, {}, std::vector<double>(n, 1.0)};
    for (const double energy : spectrum.energy) here.counts.push_back(detail::interpolated(reference, energy));
    const auto shirley = shirley_background(here, {.points = options.points});
    std::vector<double> above(n), sums(n);
    for (std::size_t i = 0; i < n; ++i) above[i] = here.counts[i] - shirley.values[i];
    detail::cumulative_area(spectrum.energy, above.data(), sums.data());
    for (double& y : here.counts) heights += y /= sums.back();
    columns.push_back(std::move(here.counts));
    settings.lower.push_back(0);
    start.push_back(0);
  }
  // A start at one level: the sum of equal shares.
  const double scale = std::accumulate(spectrum.counts.begin(), spectrum.counts.end(), 0.0) / heights;
  for (double& area : start) area = std::max(scale, 0.0);
  const double centre = 0.5 * (low + high);
  for (std::size_t e = 0; e < extra; ++e) {
    auto& column = columns.emplace_back(n, 1.0);
    if (e == 1)
      for (std::size_t i = 0; i < n; ++i) column[i] = spectrum.energy[i] - centre;
    start.push_back(0);
    settings.lower.push_back(-std::numeric_limits<double>::infinity());
  }
  settings.upper.assign(start.size(), std::numeric_limits<double>::infinity());
  settings.max_cycles = 200;
  settings.initial_damping = 1e-9;  // the problem is linear: each step is whole
  settings.chi_square_tolerance = 1e-13;
  settings.shift_tolerance = 1e-6;

  detail::LinearProblem problem(columns, spectrum);
  const auto solved = minimise(problem, start, settings);
  ReferenceCombination result;
  result.status = solved.status;
  result.chi_square = solved.chi_square;
  result.reduced_chi_square = solved.chi_square / static_cast<double>(n - start.size());
  result.areas.assign(solved.parameters.begin(), solved.parameters.begin() + static_cast<std::ptrdiff_t>(count));
  result.at_zero.assign(solved.at_bound.begin(), solved.at_bound.begin() + static_cast<std::ptrdiff_t>(count));
  result.covariance = detail::scaled(solved.covariance, count, result.reduced_chi_square);
  result.background.assign(n, 0.0);
  for (std::size_t k = 0; k < start.size(); ++k) {
    auto& curve = columns[k];
    for (double& y : curve) y *= solved.parameters[k];
    if (k < count) result.components.push_back(std::move(curve));
    else
      for (std::size_t i = 0; i < n; ++i) result.background[i] += curve[i];
  }
  result.calculated = result.background;
  for (const auto& component : result.components)
    for (std::size_t i = 0; i < n; ++i) result.calculated[i] += component[i];
  std::vector<Species> states;
  for (const auto& reference : references) states.push_back(reference.state);
  result.fractions = valence_fractions(states, result.areas, result.covariance);
  return result;
}

}  // namespace lamella
