// What a refinement ends with: the refined model, its uncertainties, the pattern as calculated.
#pragma once

#include <lamella/core/measured.hpp>                    // Measured
#include <lamella/diffraction/pattern_calculator.hpp>   // CalculationOptions, Peak, Reflection
#include <lamella/diffraction/powder_model.hpp>         // PowderModel
#include <lamella/fit/derived.hpp>                      // propagate
#include <lamella/fit/free_parameters.hpp>              // FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>          // FitStatus
#include <lamella/refine/agreement.hpp>                 // Agreement
#include <lamella/refine/restraint.hpp>                 // Restraint

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What a stage of a refinement reached.
struct StageReport {
  std::string name;
  std::size_t parameters = 0;  ///< free ones
  int cycles = 0;
  double Rwp = 0;              ///< fraction
  FitStatus status = FitStatus::converged;
};

/// A refined model with its uncertainties. Esds are scaled by the goodness of fit.
template <CrystalModel Crystal>
struct Refinement {
  PowderModel<Crystal> model;
  std::vector<FreeParameter> free;
  std::vector<double> values;        ///< of the free parameters
  Eigen::MatrixXd covariance;        ///< of the free parameters, scaled by GoF²; empty where the fit is singular
  Agreement agreement;
  FitStatus status = FitStatus::converged;
  int cycles = 0;
  std::vector<StageReport> stages;
  std::vector<std::string> warnings; ///< parameters at bounds, undetermined ones, high correlations …

  std::vector<double> calculated, background;        ///< one value per point of the pattern
  std::vector<std::vector<double>> contributions;    ///< per phase, likewise: with the background they add up to `calculated`
  std::vector<std::vector<Reflection>> reflections;  ///< per phase
  std::vector<std::vector<Peak<double>>> peaks;      ///< per phase, for each reflection one per spectral line
  std::vector<double> bragg_R;                       ///< per phase: R_B = Σ|I_o − I_c| / Σ I_o
  std::vector<double> amplitude_R;                   ///< per phase: R_F = Σ|√I_o − √I_c| / Σ √I_o
  CalculationOptions calculation;                    ///< how the pattern was calculated
  std::vector<Restraint<Crystal>> restraints;        ///< that it was refined with

  /// Estimated standard deviation of free parameter number `i`; 0 where the fit is singular.
  double esd(std::size_t i) const {
    const auto k = static_cast<Eigen::Index>(i);
    return covariance.size() == 0 ? 0 : std::sqrt(std::max(0.0, covariance(k, k)));
  }
  /// Correlation coefficient of two free parameters; 0 where one has no esd.
  double correlation(std::size_t i, std::size_t j) const {
    const auto a = static_cast<Eigen::Index>(i), b = static_cast<Eigen::Index>(j);
    if (covariance.size() == 0) return 0;
    const double scale = std::sqrt(covariance(a, a) * covariance(b, b));
    return scale > 0 ? covariance(a, b) / scale : 0;
  }
  bool converged() const { return status == FitStatus::converged; }
};

/// Any number of quantities derived from a refined model, with their covariance: `f` maps a model on any scalar T
/// to std::array<T, M>.
template <CrystalModel Crystal, class F>
auto derived_jointly(const Refinement<Crystal>& fit, F&& f) {
  using Array = decltype(f(fit.model));
  return propagate<std::tuple_size_v<Array>>(fit.model, fit.free, fit.covariance, std::forward<F>(f));
}

/// One quantity derived from a refined model, with its esd: `f` maps a model on any scalar T to a T.
template <CrystalModel Crystal, class F>
Measured derived(const Refinement<Crystal>& fit, F&& f) {
  return derived_jointly(fit, [&](const auto& model) { return std::array{f(model)}; })[0];
}

}  // namespace lamella
