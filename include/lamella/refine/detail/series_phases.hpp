// Phases of a series let in and out of its patterns: those that are given by their scale, candidates by a line that nothing explains.
//
// G. Schwarz, Ann. Statist. 6 (1978) 461; R. E. Kass & A. E. Raftery, J. Am. Stat. Assoc. 90 (1995) 773.
#pragma once

#include <lamella/core/measured.hpp>                     // fixed
#include <lamella/core/scalar.hpp>                       // square
#include <lamella/diffraction/phase_peaks.hpp>           // Peak
#include <lamella/diffraction/powder_pattern.hpp>        // PowderPattern
#include <lamella/fit/parameters.hpp>                    // for_each_parameter, parameter_names
#include <lamella/refine/detail/residual_line.hpp>       // strongest_line
#include <lamella/refine/detail/series_fit.hpp>          // SeriesFit, SeriesOutcome
#include <lamella/refine/model_numbers.hpp>              // ModelNumbers, numbers_of, set_numbers
#include <lamella/refine/series_options.hpp>             // SeriesCandidate
#include <lamella/refine/series_point.hpp>               // SeriesPoint

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// The fit of a pattern, and which phases it is made with.
template <CrystalModel Crystal>
class SeriesPhases : public SeriesFit<Crystal> {
 public:
  using SeriesFit<Crystal>::held;

  /// `model` gives the topology. Both must outlive this.
  SeriesPhases(const PowderModel<Crystal>& model, const SeriesOptions<Crystal>& options) : SeriesFit<Crystal>(model, options), names_(parameter_names(model)) {}

  /// Fits, and lets phases in and out; one that leaves gets its numbers of `last_good`. A phase that is there stays as long as its scale is
  /// above `leave` of its esds.
  SeriesOutcome fit(const PowderPattern& pattern, double leave, const ModelNumbers& last_good, SeriesPoint& point) {
    SeriesOutcome r = fit_present(pattern, point);
    const auto change = [&](bool enters) {
      bool any = false;
      for (std::size_t p = 0; p < present_.size() && r.usable(); ++p) {
        if (present_[p] == enters || (enters && candidate(model_.phases[p].name) != nullptr)) continue;
        const double of_esd = significance(p, r);
        if (enters ? of_esd < options_.enter : of_esd >= leave) continue;
        say(point, p, enters ? "enters" : "leaves", of_esd);
        present_[p] = enters;
        young_[p] = false;
        if (!enters) put_back(p, last_good);
        any = true;
      }
      if (any) r = fit_present(pattern, point);
    };
    change(true);
    change(false);
    if (!options_.candidates.empty() && r.usable()) {
      grow_up(pattern, r, point);
      let_in_candidate(pattern, r, point);
    }
    return r;
  }

 private:
  using Base = SeriesFit<Crystal>;
  using Role = typename Base::Role;
  using Base::candidate, Base::fit_present, Base::free_, Base::list_reflections, Base::model_, Base::nobody, Base::options_, Base::owner_,
      Base::present_, Base::problem_, Base::range_, Base::refused_line_, Base::role_, Base::young_;

  void say(SeriesPoint& point, std::size_t p, const std::string& what, double of_esd) const {
    point.notes.push_back("phase " + model_.phases[p].name + " " + what + ": its scale is " + fixed(of_esd, 1) + " of its esd");
  }

  /// The scale of a phase over its esd; infinite where it has no esd.
  double significance(std::size_t phase, const SeriesOutcome& r) const {
    for (std::size_t i = 0; i < free_.size(); ++i) {
      if (owner_[i] != phase || role_[i] != Role::scale) continue;
      const auto k = static_cast<Eigen::Index>(i);
      const double esd = r.GoF * std::sqrt(std::max(0.0, r.fit.covariance(k, k)));
      return r.fit.parameters[i] > 0 ? (esd > 0 ? r.fit.parameters[i] / esd : INFINITY) : 0;
    }
    return INFINITY;
  }

  /// Puts a phase back to where it was last seen, without a scale.
  void put_back(std::size_t p, const ModelNumbers& last_good) {
    std::size_t i = range_[p].first;
    for_each_parameter([&](double& x) { x = last_good.parameters[i++]; }, problem_->model().phases[p]);
    problem_->model().phases[p].scale = 0;
  }

  /// A way to explain a pattern.
  struct Trial {
    std::size_t phase = nobody;  ///< that it was made with
    ModelNumbers numbers;
    std::vector<bool> present, young;
    SeriesOutcome outcome;
    double chi_square = INFINITY, parameters = 0;
  };

  Trial trial(std::size_t phase, SeriesOutcome outcome) const {
    Trial t{phase, numbers_of(problem_->model()), present_, young_, std::move(outcome), INFINITY, 0};
    for (std::size_t i = 0; i < free_.size(); ++i) t.parameters += held(i) ? 0 : 1;
    if (t.outcome.usable()) t.chi_square = t.outcome.fit.chi_square;
    return t;
  }
  void return_to(const Trial& t) {
    set_numbers(problem_->model(), t.numbers);
    present_ = t.present;
    young_ = t.young;
    list_reflections();
  }

  /// Multiplies the edges a and b of a phase.
  void stretch(std::size_t p, double factor) {
    std::size_t i = range_[p].first;
    const std::string& name = model_.phases[p].name;
    for_each_parameter([&](double& x) {
      const std::string& own = names_[i++];
      for (const char* edge : {".cell.a", ".cell.b", ".lattice.a", ".lattice.b"})
        if (own.compare(name.size(), std::string::npos, edge) == 0) x *= factor;
    }, problem_->model().phases[p]);
  }

  /// Tries a candidate with its line at a spacing and the edges in the plane where they explain most of what is left.
  Trial try_candidate(const PowderPattern& pattern, std::size_t p, double spacing, bool young, SeriesPoint& point) {
    auto& phase = problem_->model().phases[p];
    const auto& sought = *candidate(phase.name);
    sought.place(phase, spacing, problem_->model());
    present_[p] = true;
    young_[p] = young;
    phase.scale = 0;
    std::vector<double> rest(problem_->residual_count()), own(pattern.size());
    problem_->choose(free_);
    problem_->residuals(problem_->values(), rest);
    double noise = 0;
    for (std::size_t i = 0; i < own.size(); ++i) noise += square(rest[i]) / static_cast<double>(own.size());
    struct Explained {
      double factor = 1, gain = 0, scale = 0;  // gain: of χ²
    };
    phase.scale = 1;
    const auto explained = [&](double factor) {
      stretch(p, factor);
      problem_->calculator().prepare(problem_->model());
      std::fill(own.begin(), own.end(), 0.0);
      problem_->calculator().add_phase(problem_->model(), p, own);
      stretch(p, 1 / factor);
      double sum = 0, norm = 0;
      for (std::size_t i = 0; i < own.size(); ++i) {
        sum += own[i] / pattern.sigma[i] * rest[i];
        norm += square(own[i] / pattern.sigma[i]);
      }
      return norm > 0 ? Explained{factor, sum > 0 ? sum * sum / norm : 0, std::max(sum / norm, 1e-3 / std::sqrt(norm))} : Explained{factor, 0, 0};
    };
    const Explained unchanged = explained(1);
    Explained best = unchanged;
    const auto search = [&](double from, double to, double step) {
      for (double factor = from; factor <= to; factor += step)
        if (const auto here = explained(factor); here.gain > best.gain) best = here;
    };
    constexpr double coarse = 0.002, fine = 0.0004;  // less than half a width at moderate angles
    search(1 - sought.smaller, 1 + sought.larger, coarse);
    search(best.factor - coarse, best.factor + coarse, fine);
    constexpr double sure = 9;  // three esds
    if (best.gain - unchanged.gain < sure * std::max(1.0, noise)) best = unchanged;
    stretch(p, best.factor);
    phase.scale = best.scale;
    list_reflections();
    return trial(p, fit_present(pattern, point));
  }

  /// How much better the Bayesian information criterion of `b` is than that of `a`; the misfit of the better counts as noise.
  static double evidence(const Trial& a, const Trial& b, const PowderPattern& pattern) {
    const double n = static_cast<double>(pattern.size());
    const double noise = std::max(1.0, std::min(a.chi_square, b.chi_square) / (n - std::max(a.parameters, b.parameters)));
    return (a.chi_square - b.chi_square) / noise + (a.parameters - b.parameters) * std::log(n);
  }

  /// The better of two, and a word on whether the data can tell them apart.
  void choose_between(Trial& best, Trial other, const PowderPattern& pattern, std::string& doubt) const {
    if (!other.outcome.usable()) return;
    const double gain = evidence(best, other, pattern);
    const auto name = [&](const Trial& t) { return model_.phases[t.phase].name; };
    if (best.phase != nobody && !(std::abs(gain) >= options_.evidence))
      doubt = "the data cannot tell " + name(best) + " from " + name(other) + ": ΔBIC " + fixed(std::abs(gain), 1);
    else if (gain > 0)
      doubt.clear();
    if (gain > 0) best = std::move(other);
  }

  /// Looks for a line that no phase explains, and lets in the candidate that does it best.
  void let_in_candidate(const PowderPattern& pattern, SeriesOutcome& r, SeriesPoint& point) {
    constexpr double noticed = 5, stronger = 1.3;  // esds; times what was refused before
    std::vector<Peak<double>> peaks;
    for (std::size_t p = 0; p < present_.size(); ++p)
      if (present_[p]) {
        const auto list = problem_->calculator().peaks_of(p);
        peaks.insert(peaks.end(), list.begin(), list.end());
      }
    std::vector<double> rest(problem_->residual_count());
    problem_->residuals(problem_->values(), rest);
    std::vector<std::pair<std::size_t, ResidualLine>> lines;
    double strongest = 0;
    for (std::size_t p = 0; p < present_.size(); ++p) {
      const auto* const sought = candidate(model_.phases[p].name);
      if (sought == nullptr || present_[p]) continue;
      lines.emplace_back(p, strongest_line(problem_->model(), pattern, rest, peaks, sought->shortest, sought->longest, r.GoF));
      strongest = std::max(strongest, lines.back().second.esds);
    }
    if (strongest < std::max(noticed, stronger * refused_line_)) return;
    const Trial before = trial(nobody, r);
    Trial best = before;
    std::string doubt;
    for (const auto& [p, line] : lines) {
      if (line.esds < noticed) continue;
      Trial tried = try_candidate(pattern, p, line.spacing, true, point);
      if (tried.outcome.usable() && significance(p, tried.outcome) >= options_.enter) choose_between(best, std::move(tried), pattern, doubt);
      return_to(before);
    }
    if (best.phase == nobody || evidence(before, best, pattern) < options_.evidence) {
      refused_line_ = strongest;
      return;
    }
    refused_line_ = 0;
    return_to(best);
    r = best.outcome;
    say(point, best.phase, "enters", significance(best.phase, r));
    point.notes.back() += ", ΔBIC " + fixed(evidence(before, best, pattern), 1);
    if (!doubt.empty()) point.notes.push_back(doubt);
    grow_up(pattern, r, point);
  }

  /// Frees all of a young phase whose scale is sure, as whichever candidate explains it best; holds what goes with it where it no longer is.
  void grow_up(const PowderPattern& pattern, SeriesOutcome& r, SeriesPoint& point) {
    constexpr double below = 0.7;  // of `mature`: hysteresis
    for (std::size_t p = 0; p < present_.size(); ++p) {
      if (!present_[p] || candidate(model_.phases[p].name) == nullptr) continue;
      const double of_esd = significance(p, r);
      if (!young_[p] && of_esd < below * options_.mature) young_[p] = true;
      if (!young_[p] || of_esd < options_.mature) continue;
      const Trial before = trial(p, r);
      young_[p] = false;
      Trial best = trial(p, fit_present(pattern, point));
      if (!best.outcome.usable()) {
        return_to(before);
        continue;
      }
      std::string doubt;
      const double spacing = spacing_of(p, before);
      for (std::size_t q = 0; q < present_.size(); ++q) {
        if (present_[q] || candidate(model_.phases[q].name) == nullptr) continue;
        return_to(before);
        present_[p] = young_[p] = false;
        problem_->model().phases[p].scale = 0;
        choose_between(best, try_candidate(pattern, q, spacing, false, point), pattern, doubt);
      }
      return_to(best);
      r = best.outcome;
      say(point, p, best.phase == p ? "is sure" : "is rather " + model_.phases[best.phase].name, of_esd);
      if (!doubt.empty()) point.notes.push_back(doubt);
    }
  }

  /// The spacing of the basal line of a phase.
  double spacing_of(std::size_t p, const Trial& t) const {
    auto phase = model_.phases[p];
    std::size_t i = range_[p].first;
    for_each_parameter([&](double& x) { x = t.numbers.parameters[i++]; }, phase);
    return candidate(phase.name)->spacing(phase);
  }

  std::vector<std::string> names_;  ///< of all parameters
};

}  // namespace detail
}  // namespace lamella
