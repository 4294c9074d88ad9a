// One of several patterns that are refined together.
#pragma once

#include <lamella/core/error.hpp>                      // fail
#include <lamella/core/measured.hpp>                   // fixed
#include <lamella/diffraction/powder_pattern.hpp>      // PowderPattern
#include <lamella/fit/bordered_least_squares.hpp>      // BorderedResult
#include <lamella/fit/free_parameters.hpp>             // FreeParameters, FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>         // minimise, LevenbergMarquardtOptions
#include <lamella/fit/parameters.hpp>                  // matches
#include <lamella/fit/parametric_law.hpp>              // ParametricLaw
#include <lamella/refine/detail/cell_edges.hpp>        // cell_edges, drifted
#include <lamella/refine/pattern_problem.hpp>          // PatternProblem
#include <lamella/refine/rietveld.hpp>                 // estimate_scale, phase_area

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

inline bool matches_any(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return matches(pattern, name); });
}

/// A law among the parameters of a parametric refinement.
struct PlacedLaw {
  const ParametricLaw* law;
  std::size_t first;  ///< of its parameters among the common ones
};

/// The free parameters of a pattern: those of its own, those whose value is a common one, those that laws give.
struct SortedParameters {
  struct Shared {
    FreeParameter parameter;
    std::size_t common = 0;  ///< which of the common ones
  };
  struct Given {
    FreeParameter parameter;
    std::size_t law = 0, value = 0;  ///< which value of which law
  };
  std::vector<FreeParameter> own;
  std::vector<Shared> shared;
  std::vector<Given> given;

  std::vector<FreeParameter> linked() const {
    std::vector<FreeParameter> list;
    for (const auto& s : shared) list.push_back(s.parameter);
    for (const auto& g : given) list.push_back(g.parameter);
    return list;
  }
  std::vector<FreeParameter> all() const {
    auto list = own;
    const auto others = linked();
    list.insert(list.end(), others.begin(), others.end());
    return list;
  }

  /// Values of the linked ones and their derivatives by the common ones. False where a law has no value within the bounds of its target.
  bool link(const std::vector<PlacedLaw>& laws, std::span<const double> x, std::span<const double> common, std::span<double> values,
            std::span<double> slopes) const {
    const std::size_t count = values.size();
    for (std::size_t i = 0; i < shared.size(); ++i) {
      values[i] = common[shared[i].common];
      slopes[shared[i].common * count + i] = 1;
    }
    std::vector<double> y, slope;
    for (std::size_t l = 0; l < laws.size(); ++l) {
      const auto& [law, first] = laws[l];
      if (std::none_of(given.begin(), given.end(), [&](const Given& g) { return g.law == l; })) continue;
      const std::size_t parameters = law->start.size();
      y.assign(law->targets.size(), 0.0);
      slope.assign(y.size() * parameters, 0.0);
      law->evaluate(common.subspan(first, parameters), x, y, slope);
      for (std::size_t g = 0; g < given.size(); ++g) {
        if (given[g].law != l) continue;
        const std::size_t i = shared.size() + g;
        values[i] = y[given[g].value];
        // NaN compares false.
        if (!(values[i] >= given[g].parameter.lower && values[i] <= given[g].parameter.upper)) return false;
        for (std::size_t p = 0; p < parameters; ++p) slopes[(first + p) * count + i] = slope[p * y.size() + given[g].value];
      }
    }
    return true;
  }
};

/// What a pattern needs while it is refined with others.
template <CrystalModel Crystal>
struct ParametricFit {
  std::unique_ptr<PatternProblem<Crystal>> problem{};  ///< none: the pattern is left out
  SortedParameters parameters{};
  std::vector<std::string> notes{};

  void leave_out(std::string why) {
    notes.push_back(std::move(why));
    problem.reset();
  }

  /// Sets the linked parameters and starts the own ones: scales and background from the counts if `estimate`, then by a fit of these
  /// alone, then of all own ones. Of a phase that is not in the pattern only the scale stays free.
  void start(const PowderPattern& pattern, std::span<const double> linked, bool estimate) {
    problem->choose(parameters.linked());
    problem->set(linked);
    list_reflections();
    std::vector<double> y(pattern.size());
    const auto& phases = problem->model().phases;
    for (std::size_t p = 0; p < phases.size(); ++p)
      if (phases[p].scale > 0 && !(phase_area(*problem, p, y) > 0))
        return leave_out(pattern.source + ": phase " + phases[p].name + " has no reflection in the range of the pattern");
    if (estimate) {
      estimate_scale(*problem, pattern);
      problem->calculator().freeze_windows(problem->model());
    }
    std::vector<FreeParameter> linear;
    const auto of_scale = [](const FreeParameter& p) { return matches("*.scale", p.name); };
    std::copy_if(parameters.own.begin(), parameters.own.end(), std::back_inserter(linear),
                 [&](const FreeParameter& p) { return of_scale(p) || matches("pattern.background.*", p.name); });
    if (const auto fit = fit_own(linear); problem && fit.covariance.size() != 0) {
      const double GoF = std::sqrt(fit.chi_square / static_cast<double>(pattern.size()));
      for (std::size_t i = 0; i < linear.size(); ++i) {
        if (!of_scale(linear[i])) continue;
        constexpr double sure = 3;
        const auto k = static_cast<Eigen::Index>(i);
        const double esd = GoF * std::sqrt(fit.covariance(k, k));
        if (fit.parameters[i] >= sure * esd && fit.parameters[i] > 0) continue;
        const std::string phase = linear[i].name.substr(0, linear[i].name.find('.'));
        notes.push_back(pattern.source + ": phase " + phase + " is hardly in the pattern, its scale is " + fixed(esd > 0 ? fit.parameters[i] / esd : 0, 1) +
                        " of its esd: what else it has of its own is held");
        std::erase_if(parameters.own, [&](const FreeParameter& p) { return !of_scale(p) && p.name.starts_with(phase + "."); });
      }
    }
    if (problem && linear.size() < parameters.own.size()) fit_own(parameters.own);
    if (problem) problem->choose(parameters.all());
  }

  /// Takes over the end of a fit. Returns whether the cell went so far that the reflections were listed anew.
  template <class Link>
  bool settle(const std::vector<double>& own, const std::vector<double>& common, const Link& link) {
    std::vector<double> p = own;
    p.resize(problem->parameter_count());
    std::vector<double> slopes((p.size() - own.size()) * common.size());
    link(common, std::span(p).subspan(own.size()), slopes);
    problem->set(p);
    constexpr double drift = 1e-3;  // of a cell edge
    if (!drifted(cell_edges(problem->model()), listed_for_, drift)) return false;
    list_reflections();
    return true;
  }

  /// Of all free parameters: own, shared, given. `of_common` and those of `block` as the solver has them.
  template <class Link>
  Eigen::MatrixXd covariance(const std::vector<double>& common, const Eigen::MatrixXd& of_common, const BorderedResult::Block& block, const Link& link) const {
    const std::size_t linked = problem->parameter_count() - parameters.own.size();
    const auto own = static_cast<Eigen::Index>(parameters.own.size()), others = static_cast<Eigen::Index>(linked), n = own + others;
    std::vector<double> values(linked);
    Eigen::MatrixXd slopes = Eigen::MatrixXd::Zero(others, static_cast<Eigen::Index>(common.size()));
    link(common, values, {slopes.data(), linked * common.size()});
    Eigen::MatrixXd all(n, n);
    all.topLeftCorner(own, own) = block.covariance;
    all.topRightCorner(own, others) = block.cross.lazyProduct(slopes.transpose());
    all.bottomLeftCorner(others, own) = all.topRightCorner(own, others).transpose();
    const Eigen::MatrixXd half = slopes.lazyProduct(of_common);
    all.bottomRightCorner(others, others) = half.lazyProduct(slopes.transpose());
    return all;
  }

  std::vector<double> own_values() const {
    auto values = problem->values();
    values.resize(parameters.own.size());
    return values;
  }

 private:
  std::vector<double> listed_for_{};  ///< cell edges that the reflections were last listed for

  void list_reflections() {
    problem->calculator().prepare(problem->model());
    listed_for_ = cell_edges(problem->model());
  }

  LeastSquaresResult fit_own(const std::vector<FreeParameter>& free) {
    problem->choose(free);
    LevenbergMarquardtOptions solver;
    solver.chi_square_tolerance = 1e-3;  // a start, no more
    solver.shift_tolerance = INFINITY;
    for (const auto& f : free) {
      solver.lower.push_back(f.lower);
      solver.upper.push_back(f.upper);
    }
    auto fit = minimise(*problem, problem->values(), solver);
    if (fit.status == FitStatus::not_finite)
      leave_out(std::string(to_string(fit.status)));
    else
      problem->set(fit.parameters);
    return fit;
  }
};

}  // namespace detail
}  // namespace lamella
