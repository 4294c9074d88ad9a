// Patterns of a series refined as they come, each from where the one before it ended.
#pragma once

#include <lamella/core/error.hpp>                        // Error, fail
#include <lamella/core/measured.hpp>                     // fixed
#include <lamella/diffraction/powder_model.hpp>          // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>        // PowderPattern
#include <lamella/fit/free_parameters.hpp>               // FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>           // FitStatus
#include <lamella/fit/parameters.hpp>                    // matches, parameter_names
#include <lamella/refine/detail/fingerprint.hpp>         // fingerprint
#include <lamella/refine/detail/input_checks.hpp>        // points_fault, range_fault, saturated_points
#include <lamella/refine/detail/series_phases.hpp>       // SeriesPhases, SeriesOutcome
#include <lamella/refine/model_numbers.hpp>              // numbers_of, set_numbers
#include <lamella/refine/pattern_parameters.hpp>         // free_parameters
#include <lamella/refine/plan.hpp>                       // default_plan
#include <lamella/refine/rietveld.hpp>                   // refine, RefinementOptions
#include <lamella/refine/series_checkpoint.hpp>          // CarriedState, SeriesCheckpoint, SeriesState
#include <lamella/refine/series_options.hpp>             // SeriesOptions
#include <lamella/refine/series_point.hpp>               // SeriesPoint, SeriesStatus
#include <lamella/refine/zero_search.hpp>                // likely_zeros

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Refines patterns as they come. The first usable one is refined in stages, like by `refine`; it also decides for all whether the zero
/// or the displacement is free, which act almost alike and must not take turns. Each of the others starts from the last good one with all
/// parameters free at once, on one grid of angles and list of reflections as long as these stay the same. Of a phase that is not there only
/// the scale is free: it is noticed where it comes within the width of its peaks. A candidate is looked for by its line. Points at the limit
/// of the detector are left out. What goes wrong with a pattern is its status and its notes. Memory does not grow with the number of patterns.
///
/// Derived quantities of a pattern: `propagate<M>(refiner.model(), refiner.free(), point.covariance, f)`.
template <CrystalModel Crystal = Structure<double>>
class SeriesRefiner {
 public:
  explicit SeriesRefiner(PowderModel<Crystal> model, SeriesOptions<Crystal> options = {})
      : options_(std::move(options)), model_(std::move(model)), start_(numbers_of(model_)), last_good_{.numbers = start_} {
    require_carried();
    restart_ = restart_options();
    fit_.choose_free(free_list());
  }
  SeriesRefiner(const SeriesRefiner&) = delete;
  SeriesRefiner& operator=(const SeriesRefiner&) = delete;

  /// Whether a pattern has been refined from which others can start.
  bool started() const noexcept { return started_; }
  /// With the values of the last point that has any.
  const PowderModel<Crystal>& model() const noexcept { return started_ && fit_.has_model() ? fit_.model() : model_; }
  /// The free parameters, the same for all patterns.
  const std::vector<FreeParameter>& free() const noexcept { return fit_.free(); }
  /// Patterns so far, unreadable ones included.
  std::size_t done() const noexcept { return done_; }

  /// The last good pattern, and how to go on from one before it.
  const SeriesState& state() const noexcept { return last_good_; }
  void go_on_from(const SeriesState& state) {
    auto model = model_;
    set_numbers(model, state.numbers);  // refuses those of another model
    require_whole(state.carried);
    last_good_ = state;
    doubtful_ = {};
  }
  /// Remembers the last good pattern, once; `turn_back` goes on from it.
  void remember_turn() {
    if (!turn_) turn_ = last_good_;
  }
  void turn_back() {
    if (turn_) go_on_from(*turn_);
  }

  /// Refines one pattern. Throws only where the model itself cannot be refined, with the first usable pattern.
  SeriesPoint refine(const PowderPattern& pattern) {
    SeriesPoint point{.index = done_++, .source = pattern.source};
    if (std::string fault = fault_of(pattern); !fault.empty()) {
      point.status = SeriesStatus::unusable;
      point.notes.push_back(std::move(fault));
      return point;
    }
    const std::uint64_t counts = detail::fingerprint(pattern.intensity);
    if (counts == counts_) point.notes.push_back("the same counts as " + counts_source_);
    counts_ = counts;
    counts_source_ = pattern.source;
    if (const auto saturated = detail::saturated_points(pattern); saturated.empty()) {
      take(pattern, point);
    } else {
      constexpr double without_weight = 1e100;  // σ
      PowderPattern rest = pattern;
      for (const std::size_t i : saturated) rest.sigma[i] = without_weight;
      point.notes.push_back("saturated: " + std::to_string(saturated.size()) + " points of the highest count, " + detail::fixed(rest.intensity[saturated[0]], 0) +
                            ", are left out");
      take(rest, point);
    }
    return point;
  }

  /// What stands for a pattern that could not be read.
  SeriesPoint skip(const Error& why) {
    SeriesPoint point{.index = done_++, .source = why.place().file, .status = SeriesStatus::unreadable};
    point.notes.emplace_back(why.what());
    return point;
  }

  /// All of the state.
  SeriesCheckpoint checkpoint() const {
    SeriesCheckpoint c{.done = done_, .started = started_, .zero_for_displacement = exchanged_, .start = start_, .last_good = last_good_, .turn = turn_,
                       .doubtful = doubtful_, .model = numbers_of(model()), .listed = fit_.listed(), .angles = fit_.angles(), .first_angle = low_,
                       .last_angle = high_, .points = points_, .counts = counts_, .counts_source = counts_source_};
    for (const auto& f : fit_.free()) c.free.push_back(f.name);
    return c;
  }

  /// Goes on from there: model and options are those that the checkpoint was made with. Throws where they are not, as far as that
  /// shows: other parameters, phases or free parameters.
  void restore(const SeriesCheckpoint& c) {
    auto model = model_;
    for (const auto* numbers : {&c.start, &c.last_good.numbers, &c.model}) set_numbers(model, *numbers);
    require_whole(c.last_good.carried);
    if (c.turn) {
      set_numbers(model, c.turn->numbers);
      require_whole(c.turn->carried);
    }
    if (!c.listed.parameters.empty()) set_numbers(model, c.listed);
    if (c.started && (c.last_good.present.size() != model.phases.size() || c.last_good.young.size() != model.phases.size()))
      fail("checkpoint of a series with " + std::to_string(c.last_good.present.size()) + " phases, expected the " + std::to_string(model.phases.size()) +
           " of this model");
    const auto become = [this](const ModelNumbers& numbers, bool exchanged, bool started) {
      set_numbers(model_, numbers);
      exchanged_ = exchanged;
      started_ = started;
      restart_ = restart_options();
    };
    const auto before = std::tuple{numbers_of(model_), exchanged_, started_};
    become(c.start, c.zero_for_displacement, c.started);
    auto free = free_list();
    if (!std::equal(free.begin(), free.end(), c.free.begin(), c.free.end(), [](const auto& f, const std::string& name) { return f.name == name; })) {
      std::apply(become, before);
      fail("checkpoint of a series with other free parameters than this model and these options have: " + difference(c.free, free));
    }
    fit_.choose_free(std::move(free));
    fit_.list_for(c.listed, c.angles);
    set_numbers(model_, c.model);  // for `model()` until the next pattern
    start_ = c.start;
    last_good_ = c.last_good;
    turn_ = c.turn;
    doubtful_ = c.doubtful;
    low_ = c.first_angle;
    high_ = c.last_angle;
    points_ = c.points;
    counts_ = c.counts;
    counts_source_ = c.counts_source;
    done_ = c.done;
  }

 private:
  using Outcome = detail::SeriesOutcome;

  void require_carried() const {
    const auto names = parameter_names(model_);
    for (const auto& c : options_.carried) {
      if (!(c.drift >= 0 && std::isfinite(c.drift))) fail("drift of carried " + c.name + ": expected a number from 0");
      if (std::none_of(names.begin(), names.end(), [&](const auto& name) { return matches(c.name, name); }))
        fail("carried " + c.name + ": no parameter of the model has such a name");
    }
  }
  static void require_whole(const CarriedState& carried) {
    const std::size_t n = carried.names.size();
    if (carried.values.size() != n || carried.covariance.size() != n * n)
      fail("state of a series that carries " + std::to_string(n) + " parameters: expected as many values and " + std::to_string(n * n) +
           " elements of their covariance, got " + std::to_string(carried.values.size()) + " and " + std::to_string(carried.covariance.size()));
  }

  void take(const PowderPattern& pattern, SeriesPoint& point) {
    if (started_)
      go_on(pattern, point);
    else
      start(pattern, point);
  }

  /// Those of a restart: with a plan that has the choice of zero or displacement, and with what is held after the first pattern.
  RefinementOptions<Crystal> restart_options() const {
    auto options = options_.refinement;
    if (options.plan.empty()) options.plan = default_plan(model_.diffractometer);
    if (exchanged_)
      for (auto& stage : options.plan)
        std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
    if (started_) options.fix.insert(options.fix.end(), options_.hold_after_first.begin(), options_.hold_after_first.end());
    return options;
  }

  std::vector<FreeParameter> free_list() const {
    FreeParameters parameters = free_parameters(model_);
    if (restart_.constrain) restart_.constrain(parameters);
    for (const auto& stage : restart_.plan)
      for (const auto& name : stage.release) parameters.release(name);
    for (const auto& name : restart_.free) parameters.release(name);
    for (const auto& name : restart_.fix) parameters.hold(name);
    return parameters.list();
  }

  /// The first name that one of two lists lacks.
  static std::string difference(const std::vector<std::string>& names, const std::vector<FreeParameter>& free) {
    for (const auto& name : names)
      if (std::none_of(free.begin(), free.end(), [&](const auto& f) { return f.name == name; })) return name + " is not free here";
    for (const auto& f : free)
      if (std::find(names.begin(), names.end(), f.name) == names.end()) return f.name + " was not free there";
    return "their order differs";
  }

  std::string fault_of(const PowderPattern& pattern) const {
    if (std::string fault = detail::points_fault(pattern); !fault.empty()) return fault;
    if (started_ && fit_.same_angles(pattern)) return {};
    auto model = model_;
    set_numbers(model, last_good_.numbers);
    return detail::range_fault(pattern, model, free().size());
  }

  void start(const PowderPattern& pattern, SeriesPoint& point) {
    fit_.begin_with(fit_.given(), std::vector<bool>(model_.phases.size(), false), 0);
    fit_.carry({}, 1);
    auto options = options_.refinement;
    options.absent = fit_.absent();
    auto first = lamella::refine(model_, pattern, options);
    point.cycles = first.cycles;
    if (options_.zero_search > 0) search_zero(pattern, options, first, point);
    if (first.status != FitStatus::not_finite) {
      const auto is_free = [&](const char* name) {
        return std::any_of(first.free.begin(), first.free.end(), [&](const auto& f) { return f.name == name; });
      };
      exchanged_ = options_.refinement.plan.empty() && is_free("pattern.zero") && !is_free("pattern.displacement");
      started_ = true;
      restart_ = restart_options();
      fit_.choose_free(free_list());
      fit_.forget_pattern();
      fit_.take(pattern, numbers_of(first.model));
      if (const auto r = fit_.fit(pattern, options_.enter, start_, point); r.usable() && !fit_.nothing_there()) {
        if (exchanged_) point.notes.push_back("the zero is free instead of the displacement, in all patterns");
        low_ = pattern.two_theta.front();
        high_ = pattern.two_theta.back();
        points_ = pattern.size();
        accept(r, point);
        return;
      } else {
        point.notes.emplace_back(r.usable() ? "no phase is found in the pattern" : to_string(r.fit.status));
      }
    } else {
      point.notes.emplace_back(to_string(first.status));
    }
    point.notes.emplace_back("the next pattern is refined in stages from the start");
    point.status = SeriesStatus::not_converged;
    exchanged_ = started_ = false;
    restart_ = restart_options();
    fit_.choose_free(free_list());
    fit_.forget_pattern();
  }

  /// Refines from other zeros as well, where the pattern resembles the model as much, and keeps the best.
  void search_zero(const PowderPattern& pattern, const RefinementOptions<Crystal>& options, Refinement<Crystal>& best, SeriesPoint& point) const {
    const double given = model_.instrument.zero;
    constexpr double better = 0.97;  // times Rwp: what is less is no reason to leave the given zero
    for (const double zero : likely_zeros(model_, pattern, options_.zero_search, options)) {
      auto model = model_;
      model.instrument.zero = zero;
      auto other = lamella::refine(std::move(model), pattern, options);
      point.cycles += other.cycles;
      if (other.status == FitStatus::not_finite || !(other.agreement.Rwp < better * best.agreement.Rwp)) continue;
      best = std::move(other);
      point.notes.push_back("zero found at " + detail::fixed(best.model.instrument.zero, 3) + "°, given " + detail::fixed(given, 3) + "°: Rwp " +
                            percent(best.agreement.Rwp));
    }
  }

  void go_on(const PowderPattern& pattern, SeriesPoint& point) {
    const bool other_angles = !fit_.same_angles(pattern);
    fit_.take(pattern, last_good_.numbers);
    if (other_angles) {
      const double step = (high_ - low_) / static_cast<double>(points_ - 1);
      if (pattern.size() != points_ || std::abs(pattern.two_theta.front() - low_) > step || std::abs(pattern.two_theta.back() - high_) > step)
        point.notes.push_back("other angles than in the first pattern: " + std::to_string(pattern.size()) + " points from " +
                              detail::fixed(pattern.two_theta.front(), 3) + "° to " + detail::fixed(pattern.two_theta.back(), 3) + "° 2θ");
    }
    fit_.begin_with(last_good_.present, last_good_.young, last_good_.refused_line);
    fit_.carry(last_good_.carried, last_good_.GoF);
    Outcome best = fit_.fit(pattern, options_.leave, last_good_.numbers, point);
    bool good = best.usable();
    const bool warm_worse = good && far_above(best, last_good_.Rwp, last_good_.GoF);
    if (good && !warm_worse) {
      accept(best, point);
      return;
    }
    point.notes.push_back(warm_worse ? "Rwp rose from " + percent(last_good_.Rwp) + " to " + percent(best.Rwp) : std::string(to_string(best.fit.status)));
    // What stages did not make better in the doubtful pattern before they will not here.
    const bool known = good && !doubtful_.source.empty() && !far_above(best, doubtful_.Rwp, doubtful_.GoF);
    if (known)
      point.notes.push_back("as in " + doubtful_.source);
    else if (refine_in_stages(pattern, best, good, point))
      point.status = SeriesStatus::restarted;
    if (!good) {
      set_numbers(fit_.model(), last_good_.numbers);
      point.status = SeriesStatus::not_converged;
      point.notes.push_back("no minimum in stages from " + last_good_.source + " either: the next pattern starts from there");
    } else if (far_above(best, last_good_.Rwp, last_good_.GoF)) {
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
    const auto warm = numbers_of(fit_.model());
    const auto warm_present = fit_.present(), warm_young = fit_.young();
    const double warm_line = fit_.refused_line();
    fit_.begin_with(last_good_.present, last_good_.young, last_good_.refused_line);
    auto options = restart_;
    options.absent = fit_.absent();
    for (std::size_t i = 0; i < free().size(); ++i)
      if (fit_.held(i)) options.fix.push_back(free()[i].name);
    auto from = model_;
    set_numbers(from, last_good_.numbers);
    const auto anew = lamella::refine(std::move(from), pattern, options);
    point.cycles += anew.cycles;
    if (anew.status != FitStatus::not_finite) {
      set_numbers(fit_.model(), numbers_of(anew.model));
      Outcome staged = fit_.fit(pattern, options_.leave, last_good_.numbers, point);
      constexpr double gain = 0.999;  // of Rwp: what is less is the same minimum
      if (staged.usable() && (!good || staged.Rwp < gain * best.Rwp)) {
        point.notes.push_back("refined in stages from " + last_good_.source + ": Rwp " + percent(staged.Rwp));
        best = std::move(staged);
        good = true;
        return true;
      }
    }
    set_numbers(fit_.model(), warm);
    fit_.begin_with(warm_present, warm_young, warm_line);
    if (good) point.notes.push_back("no better in stages from " + last_good_.source + ": kept");
    return false;
  }

  static std::string percent(double fraction) { return detail::fixed(100 * fraction, 2) + " %"; }

  void report(const Outcome& r, SeriesPoint& point) const {
    point.Rwp = r.Rwp;
    point.GoF = r.GoF;
    point.values = r.fit.parameters;
    point.covariance = r.fit.covariance * (r.GoF * r.GoF);
    for (std::size_t i = 0; i < free().size(); ++i)
      if (r.fit.at_bound[i] && free()[i].name.find(".scale") == std::string::npos)
        point.notes.push_back(free()[i].name + " ended on a bound of its allowed range: its esd means little");
    for (const std::size_t i : r.fit.undetermined) point.notes.push_back("the data do not depend on " + free()[i].name);
    point.present = fit_.present();
  }

  /// Reports, and lets the next pattern start from here.
  void accept(const Outcome& r, SeriesPoint& point) {
    report(r, point);
    if (fit_.nothing_there()) {
      point.status = SeriesStatus::doubtful;
      return;
    }
    take_numbers(fit_.model(), last_good_.numbers);
    last_good_.Rwp = r.Rwp;
    last_good_.GoF = r.GoF;
    last_good_.source = point.source;
    last_good_.present = point.present;
    last_good_.young = fit_.young();
    last_good_.refused_line = fit_.refused_line();
    last_good_.carried = fit_.carried_on(r.fit);
    doubtful_ = {};
  }

  const SeriesOptions<Crystal> options_;
  PowderModel<Crystal> model_;           ///< as given; after `restore` with the numbers of the last pattern that has values
  ModelNumbers start_;                   ///< as given
  detail::SeriesPhases<Crystal> fit_{model_, options_};
  RefinementOptions<Crystal> restart_;
  bool started_ = false;
  bool exchanged_ = false;               ///< the zero is free instead of the displacement
  SeriesState last_good_;
  std::optional<SeriesState> turn_;
  DoubtfulPattern doubtful_;
  double low_ = 0, high_ = 0;            ///< of the first pattern, degrees 2θ
  std::size_t points_ = 0;
  std::uint64_t counts_ = 0;             ///< fingerprint of the pattern before
  std::string counts_source_;
  std::size_t done_ = 0;
};

}  // namespace lamella
