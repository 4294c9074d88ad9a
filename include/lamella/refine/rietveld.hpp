// Rietveld refinement: fits a powder model to a measured pattern, stage by stage.
//
// H. M. Rietveld, J. Appl. Cryst. 2 (1969) 65.
#pragma once

#include <lamella/core/constants.hpp>                         // degree
#include <lamella/core/error.hpp>                             // fail
#include <lamella/core/scalar.hpp>                            // square
#include <lamella/diffraction/pattern_calculator.hpp>         // CalculationOptions
#include <lamella/diffraction/powder_pattern.hpp>             // PowderPattern
#include <lamella/fit/free_parameters.hpp>                    // FreeParameters
#include <lamella/fit/levenberg_marquardt.hpp>                // minimise
#include <lamella/fit/parameters.hpp>                         // parameter_values, matches
#include <lamella/refine/agreement.hpp>                       // agreement
#include <lamella/refine/detail/input_checks.hpp>             // require_input, require_more_points
#include <lamella/refine/detail/refinement_warnings.hpp>      // add_warnings
#include <lamella/refine/pattern_parameters.hpp>              // free_parameters
#include <lamella/refine/pattern_problem.hpp>                 // PatternProblem
#include <lamella/refine/plan.hpp>                            // Stage, default_plan
#include <lamella/refine/refinement.hpp>                      // Refinement, StageReport
#include <lamella/refine/restraint.hpp>                       // Restraint

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

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
  std::vector<std::string> absent{};  ///< phases that are not there: without scale and with nothing free
  std::function<void(const StageReport&)> progress{};  ///< called after each stage
};

namespace detail {

/// The calculated area of a phase, counts summed over the points; `y` has room for them.
template <CrystalModel Crystal>
double phase_area(PatternProblem<Crystal>& problem, std::size_t phase, std::vector<double>& y) {
  std::fill(y.begin(), y.end(), 0.0);
  problem.calculator().add_phase(problem.model(), phase, y);
  return std::accumulate(y.begin(), y.end(), 0.0);
}

/// Starts the scales so that the phases that are not `absent` share the area above a level background.
template <CrystalModel Crystal>
void estimate_scale(PatternProblem<Crystal>& problem, const PowderPattern& pattern, const std::vector<std::string>& absent = {}) {
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
  const auto is_absent = [&](const auto& phase) { return std::find(absent.begin(), absent.end(), phase.name) != absent.end(); };
  const auto there = std::count_if(model.phases.begin(), model.phases.end(), [&](const auto& phase) { return !is_absent(phase); });
  for (std::size_t p = 0; p < model.phases.size(); ++p) {
    model.phases[p].scale = is_absent(model.phases[p]) ? 0 : 1;
    if (is_absent(model.phases[p])) continue;
    const double area = phase_area(problem, p, y);
    if (!(area > 0)) fail("phase " + model.phases[p].name + " has no reflection in the range of the pattern");
    model.phases[p].scale = std::max(above, 1e-9) / (area * static_cast<double>(there));
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

/// Goes on with a fit until the intensities of Le Bail phases, which are apportioned once per cycle and are no parameters of the
/// solver, have settled as well. `whole`: what is minimised, the problem or one that contains it.
template <CrystalModel Crystal>
void settle_intensities(PatternProblem<Crystal>& problem, LeastSquaresProblem& whole, const LevenbergMarquardtOptions& solver, LeastSquaresResult& fit) {
  const auto& phases = problem.model().phases;
  if (std::none_of(phases.begin(), phases.end(), [](const auto& phase) { return phase.intensity_model == IntensityModel::le_bail; })) return;
  constexpr int rounds = 20, apportions = 5;
  constexpr double settled = 1e-4;
  for (int round = 0; round < rounds && fit.status != FitStatus::not_finite; ++round) {
    const double before = fit.chi_square;
    for (int i = 0; i < apportions; ++i) problem.apportion();
    const int cycles = fit.cycles;
    fit = minimise(whole, fit.parameters, solver);
    fit.cycles += cycles;
    problem.set(fit.parameters);
    if (before - fit.chi_square < settled * before) break;
  }
}

/// Fits the free parameters as a stage demands. Only the `last` needs the minimum itself, the others end with the first cycle that
/// gains little.
template <CrystalModel Crystal>
LeastSquaresResult run_stage(PatternProblem<Crystal>& problem, const Stage& stage, bool last, const FreeParameters& parameters,
                             const std::vector<double*>& address) {
  constexpr double rough = 1e-3;
  const auto free = parameters.list();
  problem.choose(free);
  LevenbergMarquardtOptions solver;
  solver.max_cycles = stage.cycles;
  if (!last) {
    solver.chi_square_tolerance = rough;
    solver.shift_tolerance = INFINITY;
  }
  // While the peaks are blurred no phase may vanish: it would have no way back.
  for (const auto& f : free) {
    const bool scale = stage.blur > 0 && matches("*.scale", f.name);
    solver.lower.push_back(scale ? 0.01 * *address[f.followers.front().index] : f.lower);
    solver.upper.push_back(f.upper);
  }
  LeastSquaresResult fit = minimise(problem, problem.values(), solver);
  problem.set(fit.parameters);
  if (last) settle_intensities(problem, problem, solver, fit);
  return fit;
}

/// Whether the displacement is free, tied to nothing, and the zero neither free nor to be held.
inline bool may_exchange_for_zero(const FreeParameters& parameters, const std::vector<std::string>& fix) {
  const auto free = parameters.list();
  const auto alone = [](const char* name) { return [name](const FreeParameter& p) { return p.name == name && p.followers.size() == 1; }; };
  return std::any_of(free.begin(), free.end(), alone("pattern.displacement")) && !parameters.is_free(parameters.find("pattern.zero").front()) &&
         std::none_of(fix.begin(), fix.end(), [](const auto& held) { return matches(held, "pattern.zero"); });
}

/// The displacement of a flat sample moves peaks by cosθ, a zero moves all alike: beside a free cell and asymmetry nearly the
/// same, and yet the cell differs by some 10⁻⁴. Tries a free zero instead, the displacement back at `start`, and keeps it where χ² falls by
/// more than 9 GoF², three standard deviations. Returns whether it does; `parameters` and `fit` are then those of the exchange.
template <CrystalModel Crystal>
bool exchange_for_zero(PatternProblem<Crystal>& problem, const std::vector<double*>& address, double start, FreeParameters& parameters,
                       LeastSquaresResult& fit, int& cycles) {
  auto other = parameters;
  other.hold("pattern.displacement");
  other.release("pattern.zero");
  const auto values = parameter_values(problem.model());
  auto& instrument = problem.model().instrument;
  constexpr double typical = 20 * degree;  // θ of a strong peak
  instrument.zero -= 2 * (instrument.displacement - start) * std::cos(typical) / (degree * problem.model().diffractometer.radius);
  instrument.displacement = start;
  auto tried = run_stage(problem, {"zero instead of displacement", {}, 30}, true, other, address);
  cycles += tried.cycles;
  const double freedom = static_cast<double>(problem.residual_count() - fit.parameters.size());
  if (tried.status == FitStatus::converged && fit.chi_square - tried.chi_square > 9 * fit.chi_square / freedom) {
    parameters = std::move(other);
    fit = std::move(tried);
    return true;
  }
  for (std::size_t i = 0; i < values.size(); ++i) *address[i] = values[i];
  problem.choose(parameters.list());
  return false;
}

inline double weighted_R(const PowderPattern& pattern, double chi_square) {
  double sum = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) sum += square(pattern.intensity[i] / pattern.sigma[i]);
  return std::sqrt(chi_square / sum);
}

/// What a refinement gives back of its last fit. The pattern is calculated anew, reflections listed for the final cell, so that it
/// depends on the model alone and not on the way there. `start`: the phases before; `GoF`: what the esds are scaled by, its own where 0.
template <CrystalModel Crystal>
void finish(PatternProblem<Crystal>& problem, const PowderPattern& pattern, const LeastSquaresResult& fit, std::vector<FreeParameter> free,
            const std::vector<Phase<Crystal>>& start, Refinement<Crystal>& result, double GoF = 0) {
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
  result.contributions.assign(problem.model().phases.size(), std::vector<double>(n, 0.0));
  for (std::size_t p = 0; p < result.contributions.size(); ++p) problem.calculator().add_phase(problem.model(), p, result.contributions[p]);
  result.agreement = agreement(pattern.intensity, pattern.sigma, result.calculated, result.background, result.free.size());
  if (fit.covariance.size() != 0) result.covariance = fit.covariance * square(GoF > 0 ? GoF : result.agreement.GoF);
  for (std::size_t p = 0; p < problem.model().phases.size(); ++p) {
    const auto list = problem.calculator().reflections_of(p);
    const auto peaks = problem.calculator().peaks_of(p);
    result.reflections.emplace_back(list.begin(), list.end());
    result.peaks.emplace_back(peaks.begin(), peaks.end());
  }
  result.calculation = problem.calculator().options();
  result.restraints = problem.restraints();
  add_phase_agreement(problem, result);
  add_phase_warnings(start, result);
  add_cell_warnings(start, result);
  add_warnings(fit, result);
}

}  // namespace detail

/// Refines `model` against `pattern`. Its scales and background need no start: they are estimated. Without a plan of one's own
/// the displacement of a flat sample gives way to the zero where that fits better (`fix` "pattern.zero" or give a plan to have the same in
/// every pattern of a series). Throws `Error` for input that cannot be refined; numerical trouble is told in `status` and `warnings`.
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
  const auto report = [&](const std::string& name) {
    result.stages.push_back({name, parameters.list().size(), fit.cycles, detail::weighted_R(pattern, fit.chi_square - problem.restraint_chi_square()), fit.status});
    if (options.progress) options.progress(result.stages.back());
  };

  const double displacement = problem.model().instrument.displacement;
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
    for (auto& phase : problem.model().phases)
      if (std::find(options.absent.begin(), options.absent.end(), phase.name) != options.absent.end()) {
        phase.scale = 0;
        parameters.hold(phase.name + ".scale");
      }
    detail::hold_vanished(problem.model(), parameters);
    problem.model().instrument.U = U + stage.blur * stage.blur;
    problem.calculator().prepare(problem.model());
    if (s == 0) {
      detail::estimate_scale(problem, pattern, options.absent);
      detail::start_intensities(problem);
    }
    problem.calculator().freeze_windows(problem.model());

    fit = detail::run_stage(problem, stage, s + 1 == plan.size(), parameters, address);
    if (s == 0) minor = detail::minor_phases(problem, pattern.size());
    result.cycles += fit.cycles;
    report(stage.name);
    if (fit.status == FitStatus::not_finite) break;
    // A phase that vanished in the last stage leaves parameters behind that mean nothing: once more without them.
    if (s + 1 < plan.size() || !detail::hold_vanished(problem.model(), parameters)) ++s;
  }

  if (options.plan.empty() && fit.status == FitStatus::converged && detail::may_exchange_for_zero(parameters, options.fix) &&
      detail::exchange_for_zero(problem, address, displacement, parameters, fit, result.cycles))
    report("zero instead of displacement");

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
