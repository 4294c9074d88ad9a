// Rietveld refinement: fits a powder model to a measured pattern, stage by stage.
//
// H. M. Rietveld, J. Appl. Cryst. 2 (1969) 65.
#pragma once

#include <lamella/core/error.hpp>                           // fail
#include <lamella/core/measured.hpp>                        // Measured
#include <lamella/diffraction/pattern_calculator.hpp>       // PatternCalculator
#include <lamella/diffraction/powder_pattern.hpp>           // PowderPattern
#include <lamella/fit/derived.hpp>                          // propagate
#include <lamella/fit/free_parameters.hpp>                  // FreeParameters
#include <lamella/fit/levenberg_marquardt.hpp>              // minimise
#include <lamella/fit/parameters.hpp>                       // parameter_names
#include <lamella/refine/agreement.hpp>                     // agreement
#include <lamella/refine/plan.hpp>                          // Stage, default_plan
#include <lamella/refine/symmetry_constraints.hpp>          // constrain

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <span>
#include <string>
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

/// Settings of a refinement. An empty plan means `default_plan`.
struct RefinementOptions {
  CalculationOptions calculation;
  std::vector<Stage> plan;
  std::vector<std::string> fix;   ///< name patterns held in every stage
  std::vector<std::string> free;  ///< name patterns released with the last stage of the plan
  std::function<void(const StageReport&)> progress;  ///< called after each stage
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
  std::vector<std::vector<Reflection>> reflections;  ///< per phase
  std::vector<std::vector<Peak<double>>> peaks;      ///< per phase, for each reflection one per spectral line
  std::vector<double> bragg_R;                       ///< per phase: R_B = Σ|I_o − I_c| / Σ I_o

  /// Estimated standard deviation of free parameter number `i`; 0 where the fit is singular.
  double esd(std::size_t i) const {
    const auto k = static_cast<Eigen::Index>(i);
    return covariance.size() == 0 ? 0 : std::sqrt(std::max(0.0, covariance(k, k)));
  }
  /// Correlation coefficient of two free parameters.
  double correlation(std::size_t i, std::size_t j) const {
    const auto a = static_cast<Eigen::Index>(i), b = static_cast<Eigen::Index>(j);
    return covariance.size() == 0 ? 0 : covariance(a, b) / std::sqrt(covariance(a, a) * covariance(b, b));
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

/// The sum of squares of a powder pattern, as the solver sees it.
template <CrystalModel Crystal>
class PatternProblem final : public LeastSquaresProblem {
 public:
  PatternProblem(PowderModel<Crystal> model, const PowderPattern& pattern, const CalculationOptions& options)
      : model_(std::move(model)),
        calculator_(model_, pattern.two_theta, options),
        observed_(pattern.intensity),
        weight_(pattern.size()),
        address_(parameter_addresses(model_)) {
    for (std::size_t i = 0; i < weight_.size(); ++i) weight_[i] = 1 / pattern.sigma[i];
  }

  PowderModel<Crystal>& model() noexcept { return model_; }
  PatternCalculator<Crystal>& calculator() noexcept { return calculator_; }

  /// Makes `free` the parameters of the problem, starting from the model's present values.
  void choose(std::vector<FreeParameter> free) {
    free_ = std::move(free);
    start_.clear();
    for (const auto& parameter : free_)
      for (const auto& follower : parameter.followers) start_.push_back(*address_[follower.index]);
  }
  std::vector<double> values() const {
    std::vector<double> p;
    for (const auto& parameter : free_) p.push_back(*address_[parameter.followers.front().index]);
    return p;
  }
  /// Sets the model to the free parameters `p`.
  void set(std::span<const double> p) {
    std::size_t k = 0;
    for (std::size_t f = 0; f < free_.size(); ++f) {
      const double shift = p[f] - start_[k];  // a parameter leads its own followers
      for (const auto& follower : free_[f].followers) *address_[follower.index] = start_[k++] + follower.coefficient * shift;
    }
  }

  std::size_t residual_count() const override { return observed_.size(); }
  std::size_t parameter_count() const override { return free_.size(); }

  bool residuals(std::span<const double> p, std::span<double> r) override {
    set(p);
    calculator_.calculate(model_, r);
    for (std::size_t i = 0; i < r.size(); ++i) r[i] = (observed_[i] - r[i]) * weight_[i];
    return true;
  }

  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    set(p);
    calculator_.freeze_windows(model_);
    calculator_.differentiate(model_, free_, r, jacobian);
    const std::size_t n = r.size();
    for (std::size_t i = 0; i < n; ++i) r[i] = (observed_[i] - r[i]) * weight_[i];
    for (std::size_t f = 0; f < free_.size(); ++f)
      for (std::size_t i = 0; i < n; ++i) jacobian[f * n + i] *= weight_[i];
    return true;
  }

 private:
  PowderModel<Crystal> model_;
  PatternCalculator<Crystal> calculator_;
  std::vector<double> observed_, weight_;
  std::vector<double*> address_;
  std::vector<FreeParameter> free_;
  std::vector<double> start_;  ///< values of all followers when `choose` was called
};

/// All parameters of a powder model: symmetry constraints applied, physical bounds set, none released.
template <CrystalModel Crystal>
FreeParameters free_parameters(const PowderModel<Crystal>& model) {
  FreeParameters parameters(parameter_names(model));
  for (const auto& phase : model.phases) constrain(phase.crystal, phase.name, parameters);
  parameters.bound("pattern.W", 1e-6, 4);
  parameters.bound("pattern.asymmetry", 1e-3, 0.3);
  parameters.bound("*.scale", 0, INFINITY);
  parameters.bound("*.size", 20, 1e6);
  parameters.bound("*.strain", 0, 0.1);
  parameters.bound("*.*.Uiso", 0, 1);
  parameters.bound("*.*.occupancy", 0, 1);
  return parameters;
}

namespace detail {

/// Starts the scales so that the phases share the area above a level background.
template <CrystalModel Crystal>
void estimate_scale(PatternProblem<Crystal>& problem, const PowderPattern& pattern) {
  auto& model = problem.model();
  std::vector<double> sorted = pattern.intensity;
  const auto tenth = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 10);
  std::nth_element(sorted.begin(), tenth, sorted.end());
  auto& background = model.background.coefficients;
  std::fill(background.begin(), background.end(), 0.0);
  if (!background.empty()) background[0] = *tenth;
  double above = 0;
  for (const double y : pattern.intensity) above += std::max(0.0, y - *tenth);
  std::vector<double> y(pattern.size());
  for (std::size_t p = 0; p < model.phases.size(); ++p) {
    std::fill(y.begin(), y.end(), 0.0);
    model.phases[p].scale = 1;
    problem.calculator().add_phase(model, p, y);
    double area = 0;
    for (const double v : y) area += v;
    if (!(area > 0)) fail("phase " + model.phases[p].name + " has no reflection in the range of the pattern");
    model.phases[p].scale = std::max(above, 1e-9) / (area * static_cast<double>(model.phases.size()));
  }
}

/// R_B of each phase from intensities apportioned as the model has them (Rietveld's recipe).
template <CrystalModel Crystal>
std::vector<double> bragg_factors(PatternProblem<Crystal>& problem, const PowderPattern& pattern,
                                  std::span<const double> calculated, std::span<const double> background) {
  auto& calculator = problem.calculator();
  const auto& model = problem.model();
  std::vector<double> result, y(pattern.size());
  for (std::size_t p = 0; p < model.phases.size(); ++p) {
    double difference = 0, sum = 0;
    for (std::size_t r = 0; r < calculator.reflections_of(p).size(); ++r) {
      const auto [first, last] = calculator.points_of(model, p, r);
      std::fill(y.begin() + static_cast<std::ptrdiff_t>(first), y.begin() + static_cast<std::ptrdiff_t>(last), 0.0);
      calculator.add_reflection(model, p, r, y);
      double observed = 0, own = 0;
      for (std::size_t i = first; i < last; ++i) {
        const double net = calculated[i] - background[i];
        if (!(net > 0)) continue;
        own += y[i];
        observed += y[i] / net * (pattern.intensity[i] - background[i]);
      }
      difference += std::abs(observed - own);
      sum += observed;
    }
    result.push_back(sum > 0 ? difference / sum : 0);
  }
  return result;
}

}  // namespace detail

/// Refines `model` against `pattern`. Its scales and background need no start: they are estimated. Throws `Error`
/// for input that cannot be refined; numerical trouble is told in `status` and `warnings`.
template <CrystalModel Crystal>
Refinement<Crystal> refine(PowderModel<Crystal> model, const PowderPattern& pattern, const RefinementOptions& options = {}) {
  if (pattern.size() == 0) fail("no points to refine against in " + pattern.source + ", expected a range of angles inside the pattern");
  if (model.phases.empty()) fail("nothing to refine, expected at least one phase");
  auto plan = options.plan.empty() ? default_plan(model.diffractometer.geometry) : options.plan;
  plan.back().release.insert(plan.back().release.end(), options.free.begin(), options.free.end());

  FreeParameters parameters = free_parameters(model);
  PatternProblem<Crystal> problem(std::move(model), pattern, options.calculation);
  const auto address = parameter_addresses(problem.model());

  Refinement<Crystal> result;
  LeastSquaresResult fit;
  const auto weighted_R = [&, sum = [&] {
    double s = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) s += std::pow(pattern.intensity[i] / pattern.sigma[i], 2);
    return s;
  }()](double chi_square) { return std::sqrt(chi_square / sum); };

  const double U = problem.model().instrument.U;
  for (std::size_t s = 0; s < plan.size(); ++s) {
    const auto& stage = plan[s];
    for (const auto& pattern_of_names : stage.release) parameters.release(pattern_of_names);
    for (const auto& pattern_of_names : options.fix) parameters.hold(pattern_of_names);
    problem.model().instrument.U = U + stage.blur * stage.blur;
    problem.calculator().prepare(problem.model());
    if (s == 0) detail::estimate_scale(problem, pattern);
    problem.calculator().freeze_windows(problem.model());

    problem.choose(parameters.list());
    LevenbergMarquardtOptions solver;
    solver.max_cycles = stage.cycles;
    for (const auto& f : parameters.list()) {
      solver.lower.push_back(f.lower);
      solver.upper.push_back(f.upper);
    }
    fit = minimise(problem, problem.values(), solver);
    problem.set(fit.parameters);
    result.cycles += fit.cycles;
    result.stages.push_back({stage.name, parameters.list().size(), fit.cycles, weighted_R(fit.chi_square), fit.status});
    if (options.progress) options.progress(result.stages.back());
    if (fit.status == FitStatus::not_finite) break;
  }

  result.free = parameters.list();
  result.values = fit.parameters;
  result.status = fit.status;
  result.model = problem.model();
  const std::size_t n = pattern.size();
  result.calculated.resize(n);
  result.background.resize(n);
  problem.calculator().freeze_windows(problem.model());
  problem.calculator().calculate(problem.model(), result.calculated);
  problem.calculator().background(problem.model(), result.background);
  result.agreement = agreement(pattern.intensity, pattern.sigma, result.calculated, result.background, result.free.size());
  if (fit.covariance.size() != 0) result.covariance = fit.covariance * (result.agreement.GoF * result.agreement.GoF);
  for (std::size_t p = 0; p < problem.model().phases.size(); ++p) {
    const auto list = problem.calculator().reflections_of(p);
    const auto peaks = problem.calculator().peaks_of(p);
    result.reflections.emplace_back(list.begin(), list.end());
    result.peaks.emplace_back(peaks.begin(), peaks.end());
  }
  result.bragg_R = detail::bragg_factors(problem, pattern, result.calculated, result.background);

  for (std::size_t i = 0; i < result.free.size(); ++i)
    if (fit.at_bound[i]) result.warnings.push_back(result.free[i].name + " ended on a bound of its allowed range: its esd means little");
  for (const std::size_t i : fit.undetermined)
    result.warnings.push_back("the data do not depend on " + result.free[i].name);
  return result;
}

}  // namespace lamella
