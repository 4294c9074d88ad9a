// Several patterns of one sample refined together: X-rays and neutrons, several wavelengths.
#pragma once

#include <lamella/core/error.hpp>                // fail
#include <lamella/core/measured.hpp>             // fixed
#include <lamella/core/scalar.hpp>               // square
#include <lamella/fit/free_parameters.hpp>       // FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>   // minimise, LeastSquaresProblem
#include <lamella/fit/parameters.hpp>            // parameter_names, matches
#include <lamella/refine/pattern_problem.hpp>    // PatternProblem
#include <lamella/refine/refinement.hpp>         // Refinement
#include <lamella/refine/rietveld.hpp>           // detail::finish

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One pattern of several, as a refinement of its own left it or as one wants to start: see `Refinement`.
template <CrystalModel Crystal = Structure<double>>
struct JointPattern {
  PowderModel<Crystal> model;
  PowderPattern pattern;
  std::vector<FreeParameter> free;  ///< with what follows them, indices as `parameter_names(model)`
  CalculationOptions calculation{};
  std::vector<Restraint<Crystal>> restraints{};  ///< of what patterns share: in one of them only, or they count twice
};

/// What patterns of one sample have in common.
struct JointOptions {
  /// Name patterns of what has one value in all patterns that have it: cells, coordinates, occupancies, displacement parameters.
  std::vector<std::string> shared{"*.cell.*", "*.lattice.*", "*.*.x",   "*.*.y",   "*.*.z",   "*.*.occupancy", "*.*.Uiso",
                                  "*.*.U11",  "*.*.U22",     "*.*.U33", "*.*.U12", "*.*.U13", "*.*.U23"};
  std::vector<std::string> separate{};  ///< exceptions: "*.cell.*" where the sample was at another temperature
  int cycles = 100;                     ///< at most
};

/// Several patterns refined together. Esds are scaled by the goodness of the joint fit.
template <CrystalModel Crystal>
struct JointRefinement {
  /// Each pattern with its agreement factors and with the part of the covariance that is its own and the shared parameters'.
  std::vector<Refinement<Crystal>> patterns;
  std::vector<std::string> names;  ///< of the free parameters; what pattern 2 has to itself is "pattern2.zero", "pattern2.O3.scale"
  std::vector<std::size_t> owner;  ///< of each: the first pattern that has it
  std::vector<double> values;
  Eigen::MatrixXd covariance;      ///< of all free parameters, scaled by GoF²; empty where the fit is singular
  double Rwp = 0, Rexp = 0;        ///< of all points together, fractions, background included
  double GoF = 0;                  ///< Rwp/Rexp
  FitStatus status = FitStatus::converged;
  int cycles = 0;
  std::vector<std::string> warnings;  ///< about the patterns together; those about one stand there

  double esd(std::size_t i) const {
    const auto k = static_cast<Eigen::Index>(i);
    return covariance.size() == 0 ? 0 : std::sqrt(std::max(0.0, covariance(k, k)));
  }
};

namespace detail {

/// What the first pattern calls "pattern.zero" and "O3.scale" is "pattern2.zero" and "pattern2.O3.scale" in the second (`pattern` 1).
inline std::string own_name(std::size_t pattern, const std::string& name) {
  if (pattern == 0) return name;
  const std::string first = "pattern.", own = "pattern" + std::to_string(pattern + 1) + ".";
  return own + (name.starts_with(first) ? name.substr(first.size()) : name);
}

/// The residuals of several patterns one below the other.
template <CrystalModel Crystal>
class JointProblem final : public LeastSquaresProblem {
 public:
  /// `joint`: which parameter of the joint fit each free one of the pattern is.
  void add(std::unique_ptr<PatternProblem<Crystal>> problem, std::vector<std::size_t> joint) {
    for (const std::size_t j : joint) parameters_ = std::max(parameters_, j + 1);
    parts_.push_back({std::move(problem), std::move(joint), {}, {}});
  }
  PatternProblem<Crystal>& part(std::size_t k) { return *parts_[k].problem; }

  const std::vector<std::size_t>& joint_of(std::size_t k) const { return parts_[k].joint; }

  /// The values that pattern `k` has of the joint parameters `p`.
  std::span<const double> values_of(std::size_t k, std::span<const double> p) {
    auto& part = parts_[k];
    part.values.clear();
    for (const std::size_t j : part.joint) part.values.push_back(p[j]);
    return part.values;
  }

  std::size_t residual_count() const override {
    std::size_t sum = 0;
    for (const auto& part : parts_) sum += part.problem->residual_count();
    return sum;
  }
  std::size_t parameter_count() const override { return parameters_; }

  bool residuals(std::span<const double> p, std::span<double> r) override {
    std::size_t first = 0;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      const std::size_t rows = part(k).residual_count();
      if (!part(k).residuals(values_of(k, p), r.subspan(first, rows))) return false;
      first += rows;
    }
    return true;
  }

  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    std::fill(jacobian.begin(), jacobian.end(), 0.0);
    std::size_t first = 0;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      auto& [problem, joint, values, columns] = parts_[k];
      const std::size_t rows = problem->residual_count();
      columns.resize(rows * joint.size());
      if (!problem->linearise(values_of(k, p), r.subspan(first, rows), columns)) return false;
      for (std::size_t f = 0; f < joint.size(); ++f)
        std::copy_n(columns.data() + f * rows, rows, jacobian.data() + joint[f] * r.size() + first);
      first += rows;
    }
    return true;
  }

 private:
  struct Part {
    std::unique_ptr<PatternProblem<Crystal>> problem;
    std::vector<std::size_t> joint;
    std::vector<double> values, columns;
  };
  std::vector<Part> parts_;
  std::size_t parameters_ = 0;
};

inline bool is_shared(const JointOptions& options, const std::string& name) {
  const auto any = [&](const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return matches(pattern, name); });
  };
  return any(options.shared) && !any(options.separate);
}

/// What is shared and free in one pattern is free in all that have it, followed there by what follows it here.
template <CrystalModel Crystal>
void free_what_is_shared(std::vector<JointPattern<Crystal>>& patterns, const JointOptions& options) {
  std::vector<std::vector<std::string>> names;
  for (const auto& p : patterns) names.push_back(parameter_names(p.model));
  for (std::size_t k = 0; k < patterns.size(); ++k)
    for (std::size_t f = 0; f < patterns[k].free.size(); ++f) {
      const FreeParameter wanted = patterns[k].free[f];
      if (!is_shared(options, wanted.name)) continue;
      for (std::size_t other = 0; other < patterns.size(); ++other) {
        auto& free = patterns[other].free;
        if (other == k || std::any_of(free.begin(), free.end(), [&](const auto& p) { return p.name == wanted.name; })) continue;
        FreeParameter added{wanted.name, {}, wanted.lower, wanted.upper};
        for (const auto& follower : wanted.followers) {
          const auto place = std::find(names[other].begin(), names[other].end(), names[k][follower.index]);
          if (place == names[other].end()) break;  // a pattern without that phase
          const auto index = static_cast<std::size_t>(place - names[other].begin());
          for (const auto& p : free)
            if (std::any_of(p.followers.begin(), p.followers.end(), [&](const auto& own) { return own.index == index; }))
              fail(*place + " follows " + wanted.name + " in pattern " + std::to_string(k + 1) + " and " + p.name + " in pattern " +
                   std::to_string(other + 1) + ", expected the same ties in both");
          added.followers.push_back({index, follower.coefficient});
        }
        if (added.followers.size() == wanted.followers.size()) free.push_back(std::move(added));
      }
    }
}

/// Cells that the patterns had apart and that are to be one now.
template <CrystalModel Crystal>
void warn_of_cells(const std::vector<JointPattern<Crystal>>& patterns, const JointOptions& options, std::vector<std::string>& warnings) {
  constexpr double far = 2e-4;
  for (const auto& phase : patterns.front().model.phases)
    for (std::size_t k = 1; k < patterns.size(); ++k)
      for (const auto& other : patterns[k].model.phases) {
        if (other.name != phase.name || !is_shared(options, phase.name + ".cell.a")) continue;
        const auto one = structure_of(phase.crystal).cell, two = structure_of(other.crystal).cell;
        const double mean = (two.a / one.a + two.b / one.b + two.c / one.c) / 3 - 1;
        if (std::abs(mean) < far) continue;
        const auto& line = patterns[k].model.diffractometer.radiation.line[0];
        warnings.push_back("the cell of " + phase.name + " by pattern " + std::to_string(k + 1) + " alone is " + fixed(100 * std::abs(mean), 3) + " % " +
                           (mean > 0 ? "longer" : "shorter") + " than by pattern 1: another temperature or a wavelength that is not as stated (" +
                           fixed(line.wavelength / (1 + mean), 4) + " instead of " + fixed(line.wavelength, 4) +
                           " Å would make them agree); keep " + phase.name + ".cell.* separate");
      }
}

}  // namespace detail

/// Refines several patterns together from where they are: what they share has one value, that of the first pattern at the start, all
/// else is each pattern's own. Each point counts with its own sigma. Refine every pattern by itself before: that is what finds scales, widths
/// and backgrounds. Throws as `refine_further`, and where the patterns share no free parameter.
template <CrystalModel Crystal>
JointRefinement<Crystal> refine_jointly(std::vector<JointPattern<Crystal>> patterns, const JointOptions& options = {}) {
  JointRefinement<Crystal> result;
  if (patterns.size() < 2) fail("a joint refinement: expected at least two patterns");
  detail::warn_of_cells(patterns, options, result.warnings);
  detail::free_what_is_shared(patterns, options);

  detail::JointProblem<Crystal> problem;
  LevenbergMarquardtOptions solver;
  solver.max_cycles = options.cycles;
  std::vector<std::size_t> users;
  for (std::size_t k = 0; k < patterns.size(); ++k) {
    auto& own = patterns[k];
    detail::require_input(own.model, own.pattern);
    detail::require_more_points(own.pattern, own.restraints.size(), own.free.size());
    auto part = std::make_unique<PatternProblem<Crystal>>(own.model, own.pattern, own.calculation, own.restraints);
    part->choose(own.free);
    auto values = part->values();
    std::vector<std::size_t> joint;
    for (std::size_t f = 0; f < own.free.size(); ++f) {
      const auto& parameter = own.free[f];
      const bool shared = detail::is_shared(options, parameter.name);
      const std::string name = shared ? parameter.name : detail::own_name(k, parameter.name);
      const auto known = std::find(result.names.begin(), result.names.end(), name);
      joint.push_back(static_cast<std::size_t>(known - result.names.begin()));
      if (known != result.names.end()) {
        if (!shared) fail("two parameters are called " + name + ", expected phases that are not called like a pattern");
        values[f] = result.values[joint.back()];
        ++users[joint.back()];
        continue;
      }
      result.names.push_back(name);
      result.owner.push_back(k);
      result.values.push_back(values[f]);
      users.push_back(1);
      solver.lower.push_back(parameter.lower);
      solver.upper.push_back(parameter.upper);
    }
    part->set(values);
    part->calculator().prepare(part->model());
    part->choose(own.free);
    problem.add(std::move(part), std::move(joint));
  }
  if (std::none_of(users.begin(), users.end(), [](std::size_t n) { return n > 1; }))
    fail("the patterns share no free parameter, expected phases of one name in them");

  const LeastSquaresResult fit = minimise(problem, result.values, solver);
  result.values = fit.parameters;
  result.status = fit.status;
  result.cycles = fit.cycles;
  double observed = 0;
  for (const auto& own : patterns)
    for (std::size_t i = 0; i < own.pattern.size(); ++i) observed += square(own.pattern.intensity[i] / own.pattern.sigma[i]);
  const auto freedom = static_cast<double>(problem.residual_count()) - static_cast<double>(fit.parameters.size());
  double chi_square = fit.chi_square;
  for (std::size_t k = 0; k < patterns.size(); ++k) {
    problem.part(k).set(problem.values_of(k, fit.parameters));
    chi_square -= problem.part(k).restraint_chi_square();
  }
  result.Rwp = std::sqrt(chi_square / observed);
  result.Rexp = freedom > 0 ? std::sqrt(freedom / observed) : 0;
  result.GoF = result.Rexp > 0 ? result.Rwp / result.Rexp : 0;
  if (fit.covariance.size() != 0) result.covariance = fit.covariance * square(result.GoF);

  for (std::size_t k = 0; k < patterns.size(); ++k) {
    const auto& joint = problem.joint_of(k);
    LeastSquaresResult own;
    own.status = fit.status;
    std::vector<Eigen::Index> rows;
    for (std::size_t f = 0; f < joint.size(); ++f) {
      own.parameters.push_back(fit.parameters[joint[f]]);
      own.at_bound.push_back(fit.at_bound[joint[f]]);
      rows.push_back(static_cast<Eigen::Index>(joint[f]));
      if (std::find(fit.undetermined.begin(), fit.undetermined.end(), joint[f]) != fit.undetermined.end()) own.undetermined.push_back(f);
    }
    if (fit.covariance.size() != 0) own.covariance = fit.covariance(rows, rows);
    auto& refined = result.patterns.emplace_back();
    refined.cycles = fit.cycles;
    detail::finish(problem.part(k), patterns[k].pattern, own, patterns[k].free, patterns[k].model.phases, refined, result.GoF);
    refined.stages.push_back({"joint", patterns[k].free.size(), fit.cycles, refined.agreement.Rwp, fit.status});
  }
  for (const auto& [i, j] : fit.dependent)
    result.warnings.push_back("the patterns do not tell " + result.names[i] + " from " + result.names[j] + ": hold one of them");
  return result;
}

}  // namespace lamella
