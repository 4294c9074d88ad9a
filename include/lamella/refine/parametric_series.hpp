// Several patterns refined at once: parameters of each, parameters with one value for all, and laws that hold through the series.
#pragma once

#include <lamella/core/error.hpp>                     // fail
#include <lamella/core/executor.hpp>                  // Executor, SerialExecutor
#include <lamella/diffraction/pattern_calculator.hpp> // CalculationOptions
#include <lamella/diffraction/powder_model.hpp>       // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>     // PowderPattern
#include <lamella/fit/bordered_least_squares.hpp>     // minimise_bordered
#include <lamella/fit/free_parameters.hpp>            // FreeParameters
#include <lamella/fit/parametric_law.hpp>             // ParametricLaw
#include <lamella/refine/detail/input_checks.hpp>     // points_fault, range_fault, require_input
#include <lamella/refine/detail/parametric_fit.hpp>        // ParametricFit
#include <lamella/refine/pattern_parameters.hpp>      // free_parameters
#include <lamella/refine/restraint.hpp>               // Restraint

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One of the patterns. Each has a model of its own: another diffractometer, other phases, its own start. Parameters are the same
/// quantity in two patterns if they have the same name and are shared or given by a law.
template <CrystalModel Crystal = Structure<double>>
struct ParametricPattern {
  PowderModel<Crystal> model;
  PowderPattern pattern;
  std::vector<double> coordinates{};  ///< on which the laws depend: temperature, composition, time …
  CalculationOptions calculation{};
  std::vector<Restraint<Crystal>> restraints{};
};

/// What is refined, and how.
struct ParametricOptions {
  /// Name patterns of what each pattern has for itself, unless it is shared or given by a law.
  std::vector<std::string> free{"*.scale", "pattern.background.*"};
  std::vector<std::string> shared{};  ///< name patterns of what has one value in all patterns whose model has it, e.g. "pattern.zero"
  std::vector<ParametricLaw> laws{};  ///< what they give is free in no pattern
  std::vector<std::string> fix{};     ///< name patterns held in all patterns
  std::function<void(FreeParameters&)> constrain{};  ///< ties of the user's own, made in each pattern after those of symmetry
  bool estimate = true;               ///< scales and backgrounds from the counts; false: from the models
  int cycles = 50;                    ///< at most
  std::function<bool(int cycle, double chi_square)> observer{};  ///< called after each cycle of all patterns; false stops
  Executor executor = SerialExecutor{};  ///< patterns are calculated at once where it does so; the result is the same for all, to the bit
};

/// What became of one of the patterns.
template <CrystalModel Crystal>
struct ParametricPoint {
  std::string source;               ///< of the pattern
  bool used = false;                ///< false: left out, `notes` say why; then there is nothing else
  PowderModel<Crystal> model{};
  std::vector<FreeParameter> free{};  ///< its own, the shared, those that laws give
  std::vector<double> values{};     ///< of these
  Eigen::MatrixXd covariance{};     ///< of these, correlations through what is common included, scaled by GoF² of all; empty where singular
  double Rwp = 0;                   ///< fraction, the background counted as signal
  double GoF = 0;                   ///< of this pattern, its own parameters counted
  std::vector<std::string> notes{};

  double esd(std::size_t i) const {
    const auto k = static_cast<Eigen::Index>(i);
    return k < covariance.rows() ? std::sqrt(std::max(0.0, covariance(k, k))) : 0;
  }
};

/// Values that a law gives, with their covariance.
struct LawValues {
  std::vector<double> value;
  Eigen::MatrixXd covariance;
};

/// Several patterns refined together. Derived quantities of one of them:
/// `propagate<M>(point.model, point.free, point.covariance, f)`.
template <CrystalModel Crystal>
struct ParametricSeries {
  std::vector<std::string> names;    ///< of the common parameters: "pattern.zero" … "<law>.<parameter>" …
  std::vector<double> values;        ///< of these
  Eigen::MatrixXd covariance;        ///< of these, scaled by GoF²; empty where the fit is singular
  std::vector<ParametricPoint<Crystal>> points;  ///< one per pattern
  double Rwp = 0, GoF = 0;           ///< of all patterns together
  std::size_t parameters = 0;        ///< common and own ones
  FitStatus status = FitStatus::converged;
  int cycles = 0;
  std::vector<std::string> warnings;

  bool converged() const { return status == FitStatus::converged; }
  double esd(std::size_t i) const {
    const auto k = static_cast<Eigen::Index>(i);
    return k < covariance.rows() ? std::sqrt(std::max(0.0, covariance(k, k))) : 0;
  }
  /// The number of a common parameter. Throws where there is none of that name.
  std::size_t find(std::string_view name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) fail("no common parameter is called " + std::string(name));
    return static_cast<std::size_t>(found - names.begin());
  }
  /// What a law gives at the coordinates `x`, with the covariance that its parameters have: a curve and its error band. Any law of the same
  /// name and parameters will do, also one that was not refined: an expansion coefficient from the law of a cell edge.
  LawValues at(const ParametricLaw& law, std::span<const double> x) const {
    const std::size_t n = law.start.size(), m = law.targets.size(), first = n == 0 ? 0 : find(law.names.front());
    for (std::size_t i = 0; i < n; ++i)
      if (first + i >= names.size() || names[first + i] != law.names[i]) fail("the refined law has no parameter " + law.names[i]);
    LawValues r{std::vector<double>(m), {}};
    Eigen::MatrixXd slopes(static_cast<Eigen::Index>(m), static_cast<Eigen::Index>(n));
    law.evaluate(std::span(values).subspan(first, n), x, r.value, {slopes.data(), m * n});
    const auto at = static_cast<Eigen::Index>(first), size = slopes.cols();
    if (covariance.size() == 0) return r;
    const Eigen::MatrixXd half = slopes.lazyProduct(covariance.block(at, at, size, size));
    r.covariance = half.lazyProduct(slopes.transpose());
    return r;
  }
};

namespace detail {

/// Which parameters of a pattern are its own, shared or given by laws. New shared ones are added to the list of common names.
template <CrystalModel Crystal>
SortedParameters sort_parameters(const ParametricPattern<Crystal>& input, const ParametricOptions& options, std::vector<std::string>& shared) {
  FreeParameters parameters = free_parameters(input.model);
  if (options.constrain) options.constrain(parameters);
  for (const auto* names : {&options.free, &options.shared})
    for (const auto& name : *names) parameters.release(name);
  for (const auto& law : options.laws)
    for (const auto& target : law.targets) parameters.release(target);
  for (const auto& name : options.fix) parameters.hold(name);
  SortedParameters sorted;
  std::vector<FreeParameter> rest = parameters.list();
  for (std::size_t l = 0; l < options.laws.size(); ++l)
    for (std::size_t v = 0; v < options.laws[l].targets.size(); ++v) {
      const auto& target = options.laws[l].targets[v];
      if (std::find(parameters.names().begin(), parameters.names().end(), target) == parameters.names().end()) continue;  // a phase that this model lacks
      const auto found = std::find_if(rest.begin(), rest.end(), [&](const auto& p) { return p.name == target; });
      if (found == rest.end())
        fail("law " + options.laws[l].name + ": " + target + " is held, follows another parameter, or is given by another law, expected one that is free");
      sorted.given.push_back({std::move(*found), l, v});
      rest.erase(found);
    }
  for (auto& p : rest) {
    if (!matches_any(options.shared, p.name)) {
      sorted.own.push_back(std::move(p));
      continue;
    }
    const auto known = std::find(shared.begin(), shared.end(), p.name);
    sorted.shared.push_back({p, static_cast<std::size_t>(known - shared.begin())});
    if (known == shared.end()) shared.push_back(p.name);
  }
  return sorted;
}

/// Agreement, covariances and what else there is to say.
template <CrystalModel Crystal, class LinkOf>
void report_parametric(const std::vector<ParametricPattern<Crystal>>& patterns, std::vector<ParametricFit<Crystal>>& fits, const std::vector<std::size_t>& used,
                  const BorderedResult& fit, const LinkOf& link_of, ParametricSeries<Crystal>& result) {
  double chi_square = 0, weight = 0;
  std::size_t points = 0;
  result.parameters = result.names.size();
  for (std::size_t b = 0; b < used.size(); ++b) {
    const auto& pattern = patterns[used[b]].pattern;
    const auto& f = fits[used[b]];
    auto& point = result.points[used[b]];
    point.used = true;
    point.model = f.problem->model();
    point.free = f.parameters.all();
    point.values = f.problem->values();
    const double own = fit.blocks[b].chi_square - f.problem->restraint_chi_square();
    point.Rwp = weighted_R(pattern, own);
    for (std::size_t i = 0; i < pattern.size(); ++i) weight += square(pattern.intensity[i] / pattern.sigma[i]);
    point.GoF = std::sqrt(own / static_cast<double>(pattern.size() - f.parameters.own.size()));
    chi_square += own;
    points += pattern.size();
    result.parameters += f.parameters.own.size();
  }
  result.Rwp = std::sqrt(chi_square / weight);
  result.GoF = points > result.parameters ? std::sqrt(chi_square / static_cast<double>(points - result.parameters)) : 0;
  const double scale = square(result.GoF);
  result.covariance = fit.covariance * scale;
  for (const std::size_t i : fit.undetermined) result.warnings.push_back("the data do not depend on " + result.names[i]);
  for (const auto& [i, j] : fit.dependent)
    result.warnings.push_back(i == j ? "the data do not tell " + result.names[i] + " from parameters of the single patterns: hold one of them"
                                     : "the data do not tell " + result.names[i] + " from " + result.names[j] + ": hold one of them");
  for (std::size_t i = 0; i < result.names.size(); ++i)
    if (fit.at_bound[i]) result.warnings.push_back(result.names[i] + " ended on a bound of its allowed range: its esd means little");
  for (std::size_t b = 0; b < used.size(); ++b) {
    const auto& f = fits[used[b]];
    const auto& block = fit.blocks[b];
    auto& point = result.points[used[b]];
    if (fit.covariance.rows() == static_cast<Eigen::Index>(result.names.size()) && block.dependent.empty() && fit.status != FitStatus::not_finite)
      point.covariance = f.covariance(fit.common, fit.covariance, block, link_of(used[b])) * scale;
    const auto& own = f.parameters.own;
    if (!block.finite) fits[used[b]].notes.push_back(patterns[used[b]].pattern.source + ": the pattern became infinite or undefined");
    for (const std::size_t i : block.undetermined) fits[used[b]].notes.push_back("the data do not depend on " + own[i].name);
    for (const auto& [i, j] : block.dependent) fits[used[b]].notes.push_back("the data do not tell " + own[i].name + " from " + own[j].name + ": hold one of them");
    for (std::size_t i = 0; i < own.size(); ++i)
      if (block.at_bound[i] && !matches("*.scale", own[i].name))
        fits[used[b]].notes.push_back(own[i].name + " ended on a bound of its allowed range: its esd means little");
  }
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    result.points[i].source = patterns[i].pattern.source;
    result.points[i].notes = std::move(fits[i].notes);
  }
}

}  // namespace detail

/// Refines all patterns at once: minimises the sum of their χ² over what each has for itself and what all have in common. Starts from the
/// models; scales and backgrounds are estimated unless `options` say otherwise. There is no staged release: models should be
/// near, as they are after each was refined for itself or in a series. Normal equations are kept per pattern: time and memory grow with
/// the number of patterns (a calculator each, some twenty numbers per point). A pattern that cannot be used is left out and says why. Throws for models and options that
/// cannot be refined, and where no pattern is left; numerical trouble is told in `status` and `warnings`.
template <CrystalModel Crystal>
ParametricSeries<Crystal> refine_parametrically(const std::vector<ParametricPattern<Crystal>>& patterns, const ParametricOptions& options = {}) {
  using Fit = detail::ParametricFit<Crystal>;
  const std::size_t count = patterns.size();
  ParametricSeries<Crystal> result;
  result.points.resize(count);

  // What is common, and where it starts: shared parameters from the first usable pattern that has them, laws as they are.
  std::vector<Fit> fits(count);
  std::vector<double> start;
  LevenbergMarquardtOptions solver;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& input = patterns[i];
    for (const auto& phase : input.model.phases)
      if (phase.intensity_model == IntensityModel::le_bail)
        fail(input.pattern.source + ": the intensities of phase " + phase.name + " are apportioned (Le Bail), expected a structure or Pawley's intensities");
    if (auto fault = detail::points_fault(input.pattern); !fault.empty()) {
      fits[i].notes.push_back(std::move(fault));
      continue;
    }
    detail::require_input(input.model, input.pattern);
    fits[i].parameters = detail::sort_parameters(input, options, result.names);
    if (auto fault = detail::range_fault(input.pattern, input.model, fits[i].parameters.own.size()); !fault.empty()) {
      fits[i].notes.push_back(std::move(fault));
      continue;
    }
    const auto values = parameter_values(input.model);
    start.resize(result.names.size(), NAN);
    solver.lower.resize(start.size(), -INFINITY);
    solver.upper.resize(start.size(), INFINITY);
    for (const auto& [parameter, common] : fits[i].parameters.shared) {
      if (std::isnan(start[common])) start[common] = values[parameter.followers.front().index];
      solver.lower[common] = std::max(solver.lower[common], parameter.lower);
      solver.upper[common] = std::min(solver.upper[common], parameter.upper);
    }
    fits[i].problem = std::make_unique<PatternProblem<Crystal>>(input.model, input.pattern, input.calculation, input.restraints);
  }
  std::vector<detail::PlacedLaw> laws;
  for (const auto& law : options.laws) {
    laws.push_back({&law, start.size()});
    start.insert(start.end(), law.start.begin(), law.start.end());
    result.names.insert(result.names.end(), law.names.begin(), law.names.end());
  }
  solver.lower.resize(start.size(), -INFINITY);
  solver.upper.resize(start.size(), INFINITY);

  // What each has for itself starts from a fit with the common ones held.
  const auto link_of = [&](std::size_t i) {
    return [&laws, &fit = fits[i], &x = patterns[i].coordinates](std::span<const double> common, std::span<double> values, std::span<double> slopes) {
      return fit.parameters.link(laws, x, common, values, slopes);
    };
  };
  options.executor(count, [&](std::size_t i) {
    if (!fits[i].problem) return;
    const std::size_t linked = fits[i].parameters.shared.size() + fits[i].parameters.given.size();
    std::vector<double> values(linked), slopes(linked * start.size());
    if (link_of(i)(start, values, slopes))
      fits[i].start(patterns[i].pattern, values, options.estimate);
    else
      fits[i].leave_out(patterns[i].pattern.source + ": a law starts without a value, or outside the allowed range of the parameter that it gives");
  });

  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < count; ++i)
    if (fits[i].problem) used.push_back(i);
  if (used.empty()) fail("no pattern can be refined" + (count == 0 ? std::string(", expected at least one") : ": " + fits.front().notes.back()));

  solver.max_cycles = options.cycles;
  // χ² of many patterns is large, and what counts for a common parameter is a change of 1.
  solver.chi_square_tolerance = 1e-8;
  solver.observer = options.observer;
  BorderedResult fit;
  fit.common = start;
  constexpr int rounds = 3;  // of reflections listed anew
  for (int round = 0; round < rounds; ++round) {
    std::vector<BorderedBlock> blocks;
    for (const std::size_t i : used) {
      BorderedBlock block{.problem = fits[i].problem.get(), .start = fits[i].own_values(), .link = link_of(i)};
      for (const auto& p : fits[i].parameters.own) {
        block.lower.push_back(p.lower);
        block.upper.push_back(p.upper);
      }
      blocks.push_back(std::move(block));
    }
    const int cycles = fit.cycles;
    fit = minimise_bordered(blocks, fit.common, solver, options.executor);
    fit.cycles += cycles;
    bool drifted = false;
    for (std::size_t b = 0; b < used.size(); ++b) drifted = fits[used[b]].settle(fit.blocks[b].parameters, fit.common, link_of(used[b])) || drifted;
    if (!drifted || fit.status == FitStatus::not_finite || fit.status == FitStatus::stopped) break;
  }
  result.values = fit.common;
  result.status = fit.status;
  result.cycles = fit.cycles;
  detail::report_parametric(patterns, fits, used, fit, link_of, result);
  return result;
}

}  // namespace lamella
