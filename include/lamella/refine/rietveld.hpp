// Rietveld refinement: fits a powder model to a measured pattern, stage by stage.
//
// H. M. Rietveld, J. Appl. Cryst. 2 (1969) 65.
#pragma once

#include <lamella/core/error.hpp>                           // fail
#include <lamella/core/measured.hpp>                        // Measured
#include <lamella/core/scalar.hpp>                          // square
#include <lamella/diffraction/pattern_calculator.hpp>       // PatternCalculator
#include <lamella/diffraction/powder_pattern.hpp>           // PowderPattern
#include <lamella/fit/derived.hpp>                          // propagate
#include <lamella/fit/free_parameters.hpp>                  // FreeParameters
#include <lamella/fit/levenberg_marquardt.hpp>              // minimise
#include <lamella/refine/agreement.hpp>                     // agreement
#include <lamella/refine/pattern_parameters.hpp>            // free_parameters
#include <lamella/refine/pattern_problem.hpp>               // PatternProblem
#include <lamella/refine/plan.hpp>                          // Stage, default_plan
#include <lamella/refine/restraint.hpp>                     // Restraint

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numbers>
#include <numeric>
#include <span>
#include <string>
#include <type_traits>
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
template <CrystalModel Crystal = Structure<double>>
struct RefinementOptions {
  CalculationOptions calculation{};
  std::vector<Stage> plan{};
  /// Ties of the user's own, made after those of symmetry: `equate`, `keep_sum`, `tie`, `bound` …
  std::function<void(FreeParameters&)> constrain{};
  std::vector<Restraint<Crystal>> restraints{};
  std::vector<std::string> fix{};   ///< name patterns held in every stage
  std::vector<std::string> free{};  ///< name patterns released with the last stage of the plan
  std::function<void(const StageReport&)> progress{};  ///< called after each stage
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
  std::vector<double> amplitude_R;                   ///< per phase: R_F = Σ|√I_o − √I_c| / Σ √I_o
  CalculationOptions calculation;                    ///< how the pattern was calculated

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

namespace detail {

/// The calculated area of a phase, counts summed over the points; `y` has room for them.
template <CrystalModel Crystal>
double phase_area(PatternProblem<Crystal>& problem, std::size_t phase, std::vector<double>& y) {
  std::fill(y.begin(), y.end(), 0.0);
  problem.calculator().add_phase(problem.model(), phase, y);
  return std::accumulate(y.begin(), y.end(), 0.0);
}

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
    model.phases[p].scale = 1;
    const double area = phase_area(problem, p, y);
    if (!(area > 0)) fail("phase " + model.phases[p].name + " has no reflection in the range of the pattern");
    model.phases[p].scale = std::max(above, 1e-9) / (area * static_cast<double>(model.phases.size()));
  }
}

/// The names of the phases that hold less than a tenth of the calculated area above the background.
template <CrystalModel Crystal>
std::vector<std::string> minor_phases(PatternProblem<Crystal>& problem, std::size_t points) {
  constexpr double little = 0.1;
  const auto& phases = problem.model().phases;
  std::vector<double> area(phases.size()), y(points);
  for (std::size_t p = 0; p < phases.size(); ++p) area[p] = phase_area(problem, p, y);
  const double all = std::accumulate(area.begin(), area.end(), 0.0);
  std::vector<std::string> names;
  for (std::size_t p = 0; p < phases.size(); ++p)
    if (area[p] < little * all) names.push_back(phases[p].name);
  return names;
}

/// R_B and R_F of each phase from intensities apportioned as the model has them.
template <CrystalModel Crystal>
void add_phase_agreement(PatternProblem<Crystal>& problem, Refinement<Crystal>& result) {
  for (std::size_t p = 0; p < problem.model().phases.size(); ++p) {
    double difference = 0, sum = 0, amplitude_difference = 0, amplitude_sum = 0;
    for (const auto& [calculated, observed] : problem.apportioned(p, result.calculated, result.background)) {
      difference += std::abs(observed - calculated);
      sum += observed;
      const double amplitude = std::sqrt(std::max(0.0, observed));
      amplitude_difference += std::abs(amplitude - std::sqrt(std::max(0.0, calculated)));
      amplitude_sum += amplitude;
    }
    result.bragg_R.push_back(sum > 0 ? difference / sum : 0);
    result.amplitude_R.push_back(amplitude_sum > 0 ? amplitude_difference / amplitude_sum : 0);
  }
}

/// Moves the scale of the phases of free intensities into these and apportions the pattern among them a few times.
template <CrystalModel Crystal>
void start_intensities(PatternProblem<Crystal>& problem) {
  bool any = false;
  for (auto& phase : problem.model().phases) {
    if (phase.intensity_model == IntensityModel::structure) continue;
    for (auto& i : phase.intensities) i.value *= phase.scale;
    phase.scale = 1;
    any = true;
  }
  constexpr int rounds = 5;
  for (int i = 0; any && i < rounds; ++i) problem.apportion(true);
}

/// Refuses points that are none, by their angle.
inline void require_points(const PowderPattern& pattern) {
  const std::size_t n = pattern.size();
  if (n == 0) fail("no points to refine against in " + pattern.source + ", expected a range of angles inside the pattern");
  if (pattern.intensity.size() != n || pattern.sigma.size() != n) fail(pattern.source + ": expected as many intensities and sigmas as angles");
  bool counts = false;
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = [&] { return pattern.source + ", at " + fixed(pattern.two_theta[i], 4) + "° 2θ: "; };
    if (!std::isfinite(pattern.two_theta[i]) || (i > 0 && !(pattern.two_theta[i] > pattern.two_theta[i - 1])))
      fail(pattern.source + ", point " + std::to_string(i + 1) + ": expected angles that increase");
    if (!std::isfinite(pattern.intensity[i])) fail(at() + "the intensity is not a number");
    if (!(pattern.sigma[i] > 0) || !std::isfinite(pattern.sigma[i])) fail(at() + "expected a sigma above 0");
    counts = counts || pattern.intensity[i] != 0;
  }
  if (!counts) fail(pattern.source + " has no counts: all " + std::to_string(n) + " intensities are 0");
}

/// Refuses what is no pattern, and a start from which nothing can be calculated.
template <CrystalModel Crystal>
void require_input(const PowderModel<Crystal>& model, const PowderPattern& pattern) {
  require_points(pattern);
  if (model.phases.empty()) fail("nothing to refine, expected at least one phase");
  for (std::size_t p = 0; p < model.phases.size(); ++p)
    for (std::size_t q = 0; q < p; ++q)
      if (model.phases[p].name == model.phases[q].name) fail("two phases are called " + model.phases[p].name + ", expected different names");
  for_each_named_parameter([](const std::string& name, const double& value) {
    if (!std::isfinite(value)) fail("the start of " + name + " is not a number");
  }, model);
}

/// Refuses fewer points than parameters.
inline void require_more_points(const PowderPattern& pattern, std::size_t restraints, std::size_t parameters) {
  const std::size_t equations = pattern.size() + restraints;
  if (equations <= parameters)
    fail(pattern.source + ": expected more than " + std::to_string(parameters) + " points for " + std::to_string(parameters) + " parameters, got " +
         std::to_string(equations));
}

/// How many parameters the last stage will have.
inline std::size_t largest_count(FreeParameters parameters, const std::vector<Stage>& plan, const std::vector<std::string>& held) {
  for (const auto& stage : plan)
    for (const auto& name : stage.release) parameters.release(name);
  for (const auto& name : held) parameters.hold(name);
  return parameters.list().size();
}

/// Holds what a phase without any scale has beside it: no pattern depends on that. Returns whether there was something to hold.
template <CrystalModel Crystal>
bool hold_vanished(const PowderModel<Crystal>& model, FreeParameters& parameters) {
  bool held = false;
  for (const auto& phase : model.phases) {
    if (phase.intensity_model != IntensityModel::structure || phase.scale > 0) continue;
    for (const auto& p : parameters.list()) {
      const auto own = [&](const auto& follower) { return parameters.names()[follower.index].starts_with(phase.name + "."); };
      if (p.name == phase.name + ".scale" || !std::all_of(p.followers.begin(), p.followers.end(), own)) continue;
      parameters.hold(p.name);
      held = true;
    }
  }
  return held;
}

/// Pairs of phases of one space group whose cells differ by less than 0.1 %.
template <CrystalModel Crystal>
std::vector<std::pair<std::size_t, std::size_t>> twins(const std::vector<Phase<Crystal>>& phases) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  const auto alike = [](double x, double y) { return std::abs(x - y) < 1e-3 * x; };
  for (std::size_t p = 0; p < phases.size(); ++p)
    for (std::size_t q = 0; q < p; ++q) {
      const auto one = structure_of(phases[q].crystal), other = structure_of(phases[p].crystal);
      const auto &a = one.cell, &b = other.cell;
      if (one.space_group.name() == other.space_group.name() && alike(a.a, b.a) && alike(a.b, b.b) && alike(a.c, b.c) && alike(a.alpha, b.alpha) &&
          alike(a.beta, b.beta) && alike(a.gamma, b.gamma))
        found.emplace_back(q, p);
    }
  return found;
}

/// Cell edges far from their start: of a wrong wavelength the cell makes good whatever the pattern does not show.
template <CrystalModel Crystal>
void add_cell_warnings(const std::vector<Phase<Crystal>>& start, Refinement<Crystal>& result) {
  constexpr double far = 0.04;
  for (std::size_t p = 0; p < start.size(); ++p) {
    const auto before = structure_of(start[p].crystal).cell, after = structure_of(result.model.phases[p].crystal).cell;
    double largest = 0;
    for (const double ratio : {after.a / before.a, after.b / before.b, after.c / before.c})
      if (std::abs(ratio - 1) > std::abs(largest)) largest = ratio - 1;
    if (std::abs(largest) > far)
      result.warnings.push_back("the cell of " + start[p].name + " ended " + fixed(100 * std::abs(largest), 1) +
                                (largest > 0 ? " % longer" : " % shorter") + " than it started: check the wavelength and the start");
  }
}

/// What does not fit together at all: phases that are not there, phases that are the same, a pattern that none explains.
template <CrystalModel Crystal>
void add_phase_warnings(const std::vector<Phase<Crystal>>& start, Refinement<Crystal>& result) {
  const auto& phases = result.model.phases;
  const auto& r = result.agreement;
  constexpr double much = 0.5;  // of the counts above background, and more than the noise accounts for
  if (r.Rwp_background_subtracted > much && r.GoF > 2)
    result.warnings.push_back("the model explains little of the pattern (Rwp without background " + fixed(100 * r.Rwp_background_subtracted, 0) +
                              " %): check the wavelength, and cell and space group of the phases");
  for (std::size_t p = 0; p < phases.size(); ++p) {
    if (phases[p].intensity_model != IntensityModel::structure) continue;
    if (!(phases[p].scale > 0)) {
      result.warnings.push_back("phase " + phases[p].name + " is not in the pattern: its scale went to 0, its other parameters mean nothing");
      continue;
    }
    for (std::size_t i = 0; i < result.free.size(); ++i)
      if (constexpr double sure = 3; result.free[i].name == phases[p].name + ".scale" && result.esd(i) > 0 && phases[p].scale < sure * result.esd(i))
        result.warnings.push_back("phase " + phases[p].name + " is hardly in the pattern: its scale is " + fixed(phases[p].scale / result.esd(i), 1) +
                                  " of its esd");
  }
  auto alike = twins(phases);
  const auto at_start = twins(start);
  alike.insert(alike.end(), at_start.begin(), at_start.end());
  std::sort(alike.begin(), alike.end());
  alike.erase(std::unique(alike.begin(), alike.end()), alike.end());
  for (const auto& [q, p] : alike)
    result.warnings.push_back("phases " + phases[q].name + " and " + phases[p].name +
                              " have one space group and started or ended with nearly one cell: the pattern hardly tells them apart");
}

/// Goes on with a fit until the intensities of Le Bail phases, which are apportioned once per cycle and are no parameters of the
/// solver, have settled as well.
template <CrystalModel Crystal>
void settle_intensities(PatternProblem<Crystal>& problem, const LevenbergMarquardtOptions& solver, LeastSquaresResult& fit) {
  const auto& phases = problem.model().phases;
  if (std::none_of(phases.begin(), phases.end(), [](const auto& phase) { return phase.intensity_model == IntensityModel::le_bail; })) return;
  constexpr int rounds = 20, apportions = 5;
  constexpr double settled = 1e-4;
  for (int round = 0; round < rounds && fit.status != FitStatus::not_finite; ++round) {
    const double before = fit.chi_square;
    for (int i = 0; i < apportions; ++i) problem.apportion();
    const int cycles = fit.cycles;
    fit = minimise(problem, fit.parameters, solver);
    fit.cycles += cycles;
    problem.set(fit.parameters);
    if (before - fit.chi_square < settled * before) break;
  }
}

/// What a user should know about a fit beside its numbers.
template <CrystalModel Crystal>
void add_warnings(const LeastSquaresResult& fit, Refinement<Crystal>& result) {
  const auto& free = result.free;
  const auto vanished = [&](const std::string& name) {
    return std::any_of(result.model.phases.begin(), result.model.phases.end(),
                       [&](const auto& phase) { return name == phase.name + ".scale" && !(phase.scale > 0); });
  };
  for (std::size_t i = 0; i < free.size(); ++i)
    if (fit.at_bound[i] && !vanished(free[i].name))
      result.warnings.push_back(free[i].name + " ended on a bound of its allowed range: its esd means little");
  for (const std::size_t i : fit.undetermined) result.warnings.push_back("the data do not depend on " + free[i].name);
  for (const auto& [i, j] : fit.dependent)
    result.warnings.push_back("the data do not tell " + free[i].name + " from " + free[j].name + ": hold one of them");
  constexpr double high = 0.98;
  for (std::size_t i = 0; i < free.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (const double r = result.correlation(i, j); std::abs(r) > high)
        result.warnings.push_back(free[j].name + " and " + free[i].name + " are correlated at " + fixed(r, 3));
}

inline double weighted_R(const PowderPattern& pattern, double chi_square) {
  double sum = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) sum += square(pattern.intensity[i] / pattern.sigma[i]);
  return std::sqrt(chi_square / sum);
}

/// What a refinement gives back of its last fit. The pattern is calculated anew, reflections listed for the final cell, so that it
/// depends on the model alone and not on the way there. `start`: the phases before.
template <CrystalModel Crystal>
void finish(PatternProblem<Crystal>& problem, const PowderPattern& pattern, const LeastSquaresResult& fit, std::vector<FreeParameter> free,
            const std::vector<Phase<Crystal>>& start, Refinement<Crystal>& result) {
  result.free = std::move(free);
  result.values = fit.parameters;
  result.status = fit.status;
  result.model = problem.model();
  const std::size_t n = pattern.size();
  result.calculated.resize(n);
  result.background.resize(n);
  if (fit.status == FitStatus::not_finite)
    problem.calculator().freeze_windows(problem.model());
  else
    problem.calculator().prepare(problem.model());
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
  result.calculation = problem.calculator().options();
  add_phase_agreement(problem, result);
  add_phase_warnings(start, result);
  add_cell_warnings(start, result);
  add_warnings(fit, result);
}

}  // namespace detail

/// Refines `model` against `pattern`. Its scales and background need no start: they are estimated. Throws `Error`
/// for input that cannot be refined; numerical trouble is told in `status` and `warnings`.
template <CrystalModel Crystal>
Refinement<Crystal> refine(PowderModel<Crystal> model, const PowderPattern& pattern,
                           const std::type_identity_t<RefinementOptions<Crystal>>& options = {}) {
  detail::require_input(model, pattern);
  auto plan = options.plan.empty() ? default_plan(model.diffractometer) : options.plan;
  plan.back().release.insert(plan.back().release.end(), options.free.begin(), options.free.end());

  const auto start = model.phases;
  FreeParameters parameters = free_parameters(model);
  if (options.constrain) options.constrain(parameters);
  detail::require_more_points(pattern, options.restraints.size(), detail::largest_count(parameters, plan, options.fix));
  PatternProblem<Crystal> problem(std::move(model), pattern, options.calculation, options.restraints);
  const auto address = parameter_addresses(problem.model());

  Refinement<Crystal> result;
  LeastSquaresResult fit;

  constexpr double rough = 1e-3;  // a blurred pattern is worth no exact minimum
  const double U = problem.model().instrument.U;
  std::vector<std::string> minor;
  for (std::size_t s = 0; s < plan.size();) {
    const auto& stage = plan[s];
    for (std::size_t earlier = 0; earlier <= s; ++earlier)
      for (const auto& pattern_of_names : plan[earlier].release) parameters.release(pattern_of_names);
    // Blurred, the few peaks of a minor phase would run to those of others.
    constexpr double sharp = 0.2;
    if (stage.blur > sharp)
      for (const auto& name : minor)
        for (const char* cell : {".cell.*", ".lattice.a", ".lattice.c"}) parameters.hold(name + cell);
    for (const auto& pattern_of_names : options.fix) parameters.hold(pattern_of_names);
    detail::hold_vanished(problem.model(), parameters);
    problem.model().instrument.U = U + stage.blur * stage.blur;
    problem.calculator().prepare(problem.model());
    if (s == 0) {
      detail::estimate_scale(problem, pattern);
      detail::start_intensities(problem);
    }
    problem.calculator().freeze_windows(problem.model());

    problem.choose(parameters.list());
    LevenbergMarquardtOptions solver;
    solver.max_cycles = stage.cycles;
    if (stage.blur > 0) solver.chi_square_tolerance = rough;
    // While the peaks are blurred no phase may vanish: it would have no way back.
    for (const auto& f : parameters.list()) {
      const bool scale = stage.blur > 0 && matches("*.scale", f.name);
      solver.lower.push_back(scale ? 0.01 * *address[f.followers.front().index] : f.lower);
      solver.upper.push_back(f.upper);
    }
    fit = minimise(problem, problem.values(), solver);
    problem.set(fit.parameters);
    if (s + 1 == plan.size()) detail::settle_intensities(problem, solver, fit);
    if (s == 0) minor = detail::minor_phases(problem, pattern.size());
    result.cycles += fit.cycles;
    result.stages.push_back({stage.name, parameters.list().size(), fit.cycles,
                             detail::weighted_R(pattern, fit.chi_square - problem.restraint_chi_square()), fit.status});
    if (options.progress) options.progress(result.stages.back());
    if (fit.status == FitStatus::not_finite) break;
    // A phase that vanished in the last stage leaves parameters behind that mean nothing: once more without them.
    if (s + 1 < plan.size() || !detail::hold_vanished(problem.model(), parameters)) ++s;
  }

  detail::finish(problem, pattern, fit, parameters.list(), start, result);
  return result;
}

/// Refines on from where a refinement ended: all parameters of `free` at once, from the values of `model`, scales and
/// background included. Of `options` it takes the calculation, the restraints and `progress`. Throws as `refine`, and where `free`
/// is not of this model.
template <CrystalModel Crystal>
Refinement<Crystal> refine_further(PowderModel<Crystal> model, const PowderPattern& pattern, std::vector<FreeParameter> free,
                                   const std::type_identity_t<RefinementOptions<Crystal>>& options = {}, int cycles = 30) {
  detail::require_input(model, pattern);
  detail::require_more_points(pattern, options.restraints.size(), free.size());
  const auto start = model.phases;
  PatternProblem<Crystal> problem(std::move(model), pattern, options.calculation, options.restraints);
  const std::size_t count = parameter_addresses(problem.model()).size();
  for (const auto& f : free)
    if (f.followers.empty() || std::any_of(f.followers.begin(), f.followers.end(), [&](const auto& follower) { return follower.index >= count; }))
      fail("the free parameter " + f.name + " moves nothing that the model has, expected the free parameters of this model");
  Refinement<Crystal> result;
  LevenbergMarquardtOptions solver;
  solver.max_cycles = cycles;
  for (const auto& f : free) {
    solver.lower.push_back(f.lower);
    solver.upper.push_back(f.upper);
  }
  problem.choose(free);
  const LeastSquaresResult fit = minimise(problem, problem.values(), solver);
  problem.set(fit.parameters);
  result.cycles = fit.cycles;
  const double chi_square = fit.chi_square - problem.restraint_chi_square();
  result.stages.push_back({"all", free.size(), fit.cycles, detail::weighted_R(pattern, chi_square), fit.status});
  if (options.progress) options.progress(result.stages.back());
  detail::finish(problem, pattern, fit, std::move(free), start, result);
  return result;
}

}  // namespace lamella
