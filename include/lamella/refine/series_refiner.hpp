// Patterns of a series refined as they come, each from where the one before it ended.
#pragma once

#include <lamella/core/constants.hpp>                    // degree
#include <lamella/core/measured.hpp>                     // fixed
#include <lamella/diffraction/phase.hpp>                 // IntensityModel
#include <lamella/diffraction/powder_model.hpp>          // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>        // PowderPattern
#include <lamella/diffraction/reflections.hpp>           // reflections
#include <lamella/fit/free_parameters.hpp>               // FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>           // minimise, LevenbergMarquardtOptions
#include <lamella/fit/parameters.hpp>                    // for_each_parameter
#include <lamella/refine/detail/input_checks.hpp>        // points_fault
#include <lamella/refine/pattern_parameters.hpp>         // free_parameters
#include <lamella/refine/pattern_problem.hpp>            // PatternProblem
#include <lamella/refine/plan.hpp>                       // default_plan
#include <lamella/refine/rietveld.hpp>                   // refine, RefinementOptions
#include <lamella/refine/series_options.hpp>             // SeriesOptions
#include <lamella/refine/series_point.hpp>               // SeriesPoint, SeriesStatus

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Refines patterns as they come. The first usable one is refined in stages, like by `refine`; it also decides for all whether the zero
/// or the displacement is free, which act almost alike and must not take turns. Each of the others starts from the last good one with all
/// parameters free at once, on one grid of angles and list of reflections as long as these stay the same. Of a phase that is not there only
/// the scale is free: it is noticed where it comes within the width of its peaks. What goes wrong with a pattern is its status and its notes. Memory does not grow with the number of patterns.
///
/// Derived quantities of a pattern: `propagate<M>(refiner.model(), refiner.free(), point.covariance, f)`.
template <CrystalModel Crystal = Structure<double>>
class SeriesRefiner {
 public:
  /// From where the next pattern starts.
  struct State {
    PowderModel<Crystal> model;
    double Rwp = 0, GoF = 0;
    std::string source{};
    std::vector<bool> present{};  ///< per phase
  };

  explicit SeriesRefiner(PowderModel<Crystal> model, SeriesOptions<Crystal> options = {}) : options_(std::move(options)), state_{.model = std::move(model)} {
    prepare_restart();
    choose_free();
  }

  /// Whether a pattern has been refined from which others can start.
  bool started() const noexcept { return problem_.has_value(); }
  /// With the values of the last point that has any.
  const PowderModel<Crystal>& model() const noexcept { return started() ? problem_->model() : state_.model; }
  /// The free parameters, the same for all patterns.
  const std::vector<FreeParameter>& free() const noexcept { return free_; }
  /// The last good pattern, and how to go on from one before it.
  const State& state() const noexcept { return state_; }
  void go_on_from(const State& state) {
    state_ = state;
    doubtful_ = {};
  }

  /// Refines one pattern. Throws only where the model itself cannot be refined, with the first usable pattern.
  SeriesPoint refine(const PowderPattern& pattern) {
    SeriesPoint point{.index = count_++, .source = pattern.source};
    if (std::string fault = fault_of(pattern); !fault.empty()) {
      point.status = SeriesStatus::unusable;
      point.notes.push_back(std::move(fault));
      return point;
    }
    if (pattern.intensity == previous_) point.notes.push_back("the same counts as " + previous_source_);
    previous_ = pattern.intensity;
    previous_source_ = pattern.source;
    if (started())
      go_on(pattern, point);
    else
      start(pattern, point);
    return point;
  }

 private:
  /// A fit and how well it agrees with the pattern.
  struct Outcome {
    LeastSquaresResult fit;
    double Rwp = INFINITY, GoF = INFINITY;
  };

  void prepare_restart() {
    restart_ = options_.refinement;
    if (restart_.plan.empty()) restart_.plan = default_plan(state_.model.diffractometer);
  }

  void choose_free() {
    FreeParameters parameters = free_parameters(state_.model);
    if (restart_.constrain) restart_.constrain(parameters);
    for (const auto& stage : restart_.plan)
      for (const auto& name : stage.release) parameters.release(name);
    for (const auto& name : restart_.free) parameters.release(name);
    for (const auto& name : restart_.fix) parameters.hold(name);
    free_ = parameters.list();
    owner_.assign(free_.size(), nobody);
    const auto& phases = state_.model.phases;
    for (std::size_t i = 0; i < free_.size(); ++i)
      for (std::size_t p = 0; p < phases.size(); ++p) {
        const auto own = [&](const auto& follower) { return parameters.names()[follower.index].starts_with(phases[p].name + "."); };
        if (free_[i].name != phases[p].name + ".scale" && std::all_of(free_[i].followers.begin(), free_[i].followers.end(), own)) owner_[i] = p;
      }
  }

  /// Whether a free parameter is held for want of its phase.
  bool held(std::size_t i) const { return owner_[i] != nobody && !present_[owner_[i]]; }

  std::string fault_of(const PowderPattern& pattern) const {
    if (std::string fault = detail::points_fault(pattern); !fault.empty()) return fault;
    if (started() && problem_->same_angles(pattern)) return {};
    if (pattern.size() <= free_.size())
      return pattern.source + ": expected more than " + std::to_string(free_.size()) + " points for as many parameters, got " + std::to_string(pattern.size());
    const double first = pattern.two_theta.front(), last = pattern.two_theta.back();
    if (!(first > 0 && last < 180)) return pattern.source + ": expected angles between 0° and 180° 2θ";
    const double wavelength = state_.model.diffractometer.radiation.line[0].wavelength;
    const auto d_at = [&](double two_theta) { return wavelength / (2 * std::sin(0.5 * two_theta * degree)); };
    for (const auto& phase : state_.model.phases) {
      const auto structure = structure_of(phase.crystal);
      if (reflections(structure.cell, structure.space_group, d_at(last), d_at(first)).empty())
        return pattern.source + ": phase " + phase.name + " has no reflection in the range of the pattern";
    }
    return {};
  }

  /// What the data do not depend on is no reason to refuse the rest.
  static bool usable(const LeastSquaresResult& fit) {
    return fit.covariance.size() != 0 && (fit.status == FitStatus::converged || (fit.status == FitStatus::singular && fit.dependent.empty()));
  }

  /// The scale of a phase over its esd; infinite where it has no esd.
  double significance(std::size_t phase, const Outcome& r) const {
    const std::string name = problem_->model().phases[phase].name + ".scale";
    for (std::size_t i = 0; i < free_.size(); ++i) {
      if (free_[i].name != name) continue;
      const auto k = static_cast<Eigen::Index>(i);
      const double esd = r.GoF * std::sqrt(std::max(0.0, r.fit.covariance(k, k)));
      return r.fit.parameters[i] > 0 ? (esd > 0 ? r.fit.parameters[i] / esd : INFINITY) : 0;
    }
    return INFINITY;
  }
  bool nothing_there() const { return std::none_of(present_.begin(), present_.end(), [](bool there) { return there; }); }

  static std::vector<double> edges_of(const PowderModel<Crystal>& model) {
    std::vector<double> edges;
    for (const auto& phase : model.phases) {
      const auto structure = structure_of(phase.crystal);
      edges.insert(edges.end(), {structure.cell.a, structure.cell.b, structure.cell.c});
    }
    return edges;
  }
  bool drifted() const {
    const auto edges = edges_of(problem_->model());
    for (std::size_t i = 0; i < edges.size(); ++i)
      if (std::abs(edges[i] - listed_for_[i]) > options_.drift * listed_for_[i]) return true;
    return false;
  }
  void list_reflections() {
    problem_->calculator().prepare(problem_->model());
    listed_for_ = edges_of(problem_->model());
  }

  /// Takes over the numbers of a model of the same topology.
  void set_values(const PowderModel<Crystal>& from) {
    auto& to = problem_->model();
    for_each_parameter([](double& x, const double& value) { x = value; }, to, from);
    for (std::size_t p = 0; p < to.phases.size(); ++p)
      for (std::size_t i = 0; i < to.phases[p].intensities.size(); ++i) to.phases[p].intensities[i].value = from.phases[p].intensities[i].value;
  }

  /// Fits the free parameters of the phases that are there from the present values. What is held gets no variance.
  Outcome fit_present(const PowderPattern& pattern, SeriesPoint& point) {
    std::vector<FreeParameter> chosen;
    std::vector<std::size_t> place;
    LevenbergMarquardtOptions solver;
    solver.max_cycles = options_.cycles;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      if (held(i)) continue;
      chosen.push_back(free_[i]);
      place.push_back(i);
      solver.lower.push_back(free_[i].lower);
      solver.upper.push_back(free_[i].upper);
    }
    LeastSquaresResult fit;
    constexpr int rounds = 3;  // of reflections listed anew
    for (int round = 0; round < rounds; ++round) {
      if (drifted()) list_reflections();
      problem_->choose(chosen);
      fit = minimise(*problem_, problem_->values(), solver);
      problem_->set(fit.parameters);
      detail::settle_intensities(*problem_, solver, fit);
      point.cycles += fit.cycles;
      if (fit.status == FitStatus::not_finite || !drifted()) break;
    }
    Outcome r;
    if (fit.status != FitStatus::not_finite) {
      const double chi_square = fit.chi_square - problem_->restraint_chi_square();
      r.Rwp = detail::weighted_R(pattern, chi_square);
      r.GoF = std::sqrt(chi_square / static_cast<double>(pattern.size() - chosen.size()));
    }
    problem_->choose(free_);
    r.fit = fit;
    r.fit.parameters = problem_->values();
    r.fit.at_bound.assign(free_.size(), false);
    for (std::size_t k = 0; k < place.size(); ++k) r.fit.at_bound[place[k]] = fit.at_bound[k];
    for (auto& i : r.fit.undetermined) i = place[i];
    if (fit.covariance.size() != 0) {
      const auto n = static_cast<Eigen::Index>(free_.size());
      r.fit.covariance = Eigen::MatrixXd::Zero(n, n);
      for (std::size_t j = 0; j < place.size(); ++j)
        for (std::size_t k = 0; k < place.size(); ++k)
          r.fit.covariance(static_cast<Eigen::Index>(place[j]), static_cast<Eigen::Index>(place[k])) =
              fit.covariance(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k));
    }
    return r;
  }

  /// Fits, and lets phases in and out.
  Outcome fit(const PowderPattern& pattern, SeriesPoint& point, bool first = false) {
    const double leave = first ? options_.enter : options_.leave;
    Outcome r = fit_present(pattern, point);
    const auto change = [&](bool enters) {
      bool any = false;
      for (std::size_t p = 0; p < present_.size() && usable(r.fit); ++p) {
        const double of_esd = significance(p, r);
        if (present_[p] == enters || (enters ? of_esd < options_.enter : of_esd >= leave)) continue;
        const std::string& name = problem_->model().phases[p].name;
        point.notes.push_back("phase " + name + (enters ? " enters" : " leaves") + ": its scale is " + detail::fixed(of_esd, 1) + " of its esd");
        present_[p] = enters;
        if (!enters) restore(p);
        any = true;
      }
      if (any) r = fit_present(pattern, point);
    };
    change(true);
    change(false);
    return r;
  }

  /// Puts a phase back to where it was last seen, without a scale.
  void restore(std::size_t p) {
    auto& phase = problem_->model().phases[p];
    for_each_parameter([](double& x, const double& value) { x = value; }, phase, state_.model.phases[p]);
    phase.scale = 0;
  }

  void start(const PowderPattern& pattern, SeriesPoint& point) {
    const auto begin = state_.model;
    auto first = lamella::refine(begin, pattern, options_.refinement);
    point.cycles = first.cycles;
    if (first.status != FitStatus::not_finite) {
      const auto is_free = [&](const char* name) {
        return std::any_of(first.free.begin(), first.free.end(), [&](const auto& f) { return f.name == name; });
      };
      const bool exchanged = options_.refinement.plan.empty() && is_free("pattern.zero") && !is_free("pattern.displacement");
      if (exchanged) {
        for (auto& stage : restart_.plan)
          std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
      }
      restart_.fix.insert(restart_.fix.end(), options_.hold_after_first.begin(), options_.hold_after_first.end());
      state_.model.instrument = first.model.instrument;
      choose_free();
      take_angles(pattern);
      set_values(first.model);
      list_reflections();
      present_.assign(begin.phases.size(), true);
      if (const auto r = fit(pattern, point, true); usable(r.fit) && !nothing_there()) {
        if (exchanged) point.notes.push_back("the zero is free instead of the displacement, in all patterns");
        low_ = pattern.two_theta.front();
        high_ = pattern.two_theta.back();
        points_ = pattern.size();
        accept(r, point);
        return;
      } else {
        point.notes.emplace_back(usable(r.fit) ? "no phase is found in the pattern" : to_string(r.fit.status));
      }
    } else {
      point.notes.emplace_back(to_string(first.status));
    }
    point.notes.emplace_back("the next pattern is refined in stages from the start");
    point.status = SeriesStatus::not_converged;
    problem_.reset();
    state_.model = begin;
    prepare_restart();
    choose_free();
  }

  void take_angles(const PowderPattern& pattern) {
    problem_.emplace(state_.model, pattern, options_.refinement.calculation, options_.refinement.restraints);
    listed_for_ = edges_of(state_.model);
  }

  void go_on(const PowderPattern& pattern, SeriesPoint& point) {
    if (problem_->same_angles(pattern)) {
      problem_->set_pattern(pattern);
      set_values(state_.model);
    } else {
      take_angles(pattern);
      const double step = (high_ - low_) / static_cast<double>(points_ - 1);
      if (pattern.size() != points_ || std::abs(pattern.two_theta.front() - low_) > step || std::abs(pattern.two_theta.back() - high_) > step)
        point.notes.push_back("other angles than in the first pattern: " + std::to_string(pattern.size()) + " points from " +
                              detail::fixed(pattern.two_theta.front(), 3) + "° to " + detail::fixed(pattern.two_theta.back(), 3) + "° 2θ");
    }
    present_ = state_.present;
    Outcome best = fit(pattern, point);
    bool good = usable(best.fit);
    const bool warm_worse = good && far_above(best, state_.Rwp, state_.GoF);
    if (good && !warm_worse) {
      accept(best, point);
      return;
    }
    point.notes.push_back(warm_worse ? "Rwp rose from " + percent(state_.Rwp) + " to " + percent(best.Rwp) : std::string(to_string(best.fit.status)));
    // What stages did not make better in the doubtful pattern before they will not here.
    const bool known = good && !doubtful_.source.empty() && !far_above(best, doubtful_.Rwp, doubtful_.GoF);
    if (known)
      point.notes.push_back("as in " + doubtful_.source);
    else if (refine_in_stages(pattern, best, good, point))
      point.status = SeriesStatus::restarted;
    if (!good) {
      set_values(state_.model);
      point.status = SeriesStatus::not_converged;
      point.notes.push_back("no minimum in stages from " + state_.source + " either: the next pattern starts from there");
    } else if (far_above(best, state_.Rwp, state_.GoF)) {
      point.status = SeriesStatus::doubtful;
      if (!known) doubtful_ = {best.Rwp, best.GoF, point.source};
      report(best, point);
    } else {
      accept(best, point);
    }
  }

  bool far_above(const Outcome& r, double Rwp, double GoF) const { return r.Rwp > options_.jump * Rwp && r.GoF > options_.jump * GoF; }

  /// Refines in stages from the last good pattern. Where that ends lower than `best`, or `best` is not `good`, it takes the place.
  bool refine_in_stages(const PowderPattern& pattern, Outcome& best, bool& good, SeriesPoint& point) {
    const auto warm_model = problem_->model();
    const auto warm_present = present_;
    present_ = state_.present;
    auto options = restart_;
    for (std::size_t i = 0; i < free_.size(); ++i)
      if (held(i)) options.fix.push_back(free_[i].name);
    const auto anew = lamella::refine(state_.model, pattern, options);
    point.cycles += anew.cycles;
    if (anew.status != FitStatus::not_finite) {
      set_values(anew.model);
      Outcome staged = fit(pattern, point);
      constexpr double gain = 0.999;  // of Rwp: what is less is the same minimum
      if (usable(staged.fit) && (!good || staged.Rwp < gain * best.Rwp)) {
        point.notes.push_back("refined in stages from " + state_.source + ": Rwp " + percent(staged.Rwp));
        best = std::move(staged);
        good = true;
        return true;
      }
    }
    set_values(warm_model);
    present_ = warm_present;
    if (good) point.notes.push_back("no better in stages from " + state_.source + ": kept");
    return false;
  }

  static std::string percent(double fraction) { return detail::fixed(100 * fraction, 2) + " %"; }

  void report(const Outcome& r, SeriesPoint& point) const {
    point.Rwp = r.Rwp;
    point.GoF = r.GoF;
    point.values = r.fit.parameters;
    point.covariance = r.fit.covariance * (r.GoF * r.GoF);
    for (std::size_t i = 0; i < free_.size(); ++i)
      if (r.fit.at_bound[i] && free_[i].name.find(".scale") == std::string::npos) point.notes.push_back(free_[i].name + " ended on a bound of its allowed range: its esd means little");
    for (const std::size_t i : r.fit.undetermined) point.notes.push_back("the data do not depend on " + free_[i].name);
    point.present = present_;
  }

  /// Reports, and lets the next pattern start from here.
  void accept(const Outcome& r, SeriesPoint& point) {
    report(r, point);
    if (nothing_there()) {
      point.status = SeriesStatus::doubtful;
      return;
    }
    state_ = {problem_->model(), r.Rwp, r.GoF, point.source, present_};
    doubtful_ = {};
  }

  SeriesOptions<Crystal> options_;
  RefinementOptions<Crystal> restart_;  ///< with a plan that has the choice of zero or displacement
  State state_;
  struct {
    double Rwp = 0, GoF = 0;
    std::string source{};
  } doubtful_;                          ///< the last doubtful pattern that was refined in stages, if it came after the last good one
  std::vector<FreeParameter> free_;
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  std::vector<std::size_t> owner_;      ///< of each free parameter: the phase that it means nothing without
  std::vector<bool> present_;           ///< per phase, in the pattern at hand
  std::optional<PatternProblem<Crystal>> problem_;
  std::vector<double> listed_for_;      ///< cell edges that the reflections were last listed for
  double low_ = 0, high_ = 0;           ///< of the first pattern, degrees 2θ
  std::size_t points_ = 0;
  std::vector<double> previous_;        ///< counts of the pattern before
  std::string previous_source_;
  std::size_t count_ = 0;
};

}  // namespace lamella
