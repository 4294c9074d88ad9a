// One pattern of a series fitted from given numbers, phases let in and out.
#pragma once

#include <lamella/core/measured.hpp>                     // fixed
#include <lamella/diffraction/powder_model.hpp>          // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>        // PowderPattern
#include <lamella/fit/free_parameters.hpp>               // FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>           // minimise, LevenbergMarquardtOptions
#include <lamella/fit/parameters.hpp>                    // for_each_parameter, parameter_values
#include <lamella/refine/detail/cell_edges.hpp>            // cell_edges
#include <lamella/refine/detail/fingerprint.hpp>         // fingerprint
#include <lamella/refine/model_numbers.hpp>              // ModelNumbers, set_numbers, take_numbers
#include <lamella/refine/pattern_problem.hpp>            // PatternProblem
#include <lamella/refine/rietveld.hpp>                   // settle_intensities, weighted_R
#include <lamella/refine/series_options.hpp>             // SeriesOptions
#include <lamella/refine/series_point.hpp>               // SeriesPoint

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A fit and how well it agrees with the pattern.
struct SeriesOutcome {
  LeastSquaresResult fit;
  double Rwp = INFINITY, GoF = INFINITY;

  /// What the data do not depend on is no reason to refuse the rest.
  bool usable() const { return fit.covariance.size() != 0 && (fit.status == FitStatus::converged || (fit.status == FitStatus::singular && fit.dependent.empty())); }
};

/// The free parameters of a series, one grid of angles and list of reflections as long as these stay the same, and which phases are there.
template <CrystalModel Crystal>
class SeriesFit {
 public:
  /// `model` gives the topology. Both must outlive this.
  SeriesFit(const PowderModel<Crystal>& model, const SeriesOptions<Crystal>& options) : model_(model), options_(options) {
    const auto count = [](const auto& part) { return parameter_values(part).size(); };
    std::size_t next = count(model.instrument) + count(model.background);
    for (const auto& phase : model.phases) {
      const std::size_t first = next;
      next += count(phase);
      range_.emplace_back(first, next);
    }
  }

  const std::vector<FreeParameter>& free() const noexcept { return free_; }
  void choose_free(std::vector<FreeParameter> free) {
    free_ = std::move(free);
    owner_.assign(free_.size(), nobody);
    for (std::size_t i = 0; i < free_.size(); ++i)
      for (std::size_t p = 0; p < range_.size(); ++p) {
        const auto own = [&](const auto& follower) { return follower.index >= range_[p].first && follower.index < range_[p].second; };
        if (free_[i].name != model_.phases[p].name + ".scale" && std::all_of(free_[i].followers.begin(), free_[i].followers.end(), own)) owner_[i] = p;
      }
  }

  /// The model with the numbers of the last fit; precondition: a pattern has been taken.
  PowderModel<Crystal>& model() { return problem_->model(); }
  bool has_model() const noexcept { return problem_.has_value(); }
  const PowderModel<Crystal>& model() const { return problem_->model(); }

  std::vector<bool>& present() noexcept { return present_; }
  const std::vector<bool>& present() const noexcept { return present_; }
  bool nothing_there() const { return std::none_of(present_.begin(), present_.end(), [](bool there) { return there; }); }
  /// Whether a free parameter is held for want of its phase.
  bool held(std::size_t i) const { return owner_[i] != nobody && !present_[owner_[i]]; }

  /// For which numbers and angles the reflections are listed.
  const ModelNumbers& listed() const noexcept { return listed_; }
  std::uint64_t angles() const noexcept { return angles_; }
  void list_for(const ModelNumbers& numbers, std::uint64_t angles) {
    problem_.reset();
    listed_ = numbers;
    angles_ = angles;
  }
  void forget_pattern() { list_for({}, 0); }

  /// Whether a pattern has the angles of the one before.
  bool same_angles(const PowderPattern& pattern) const {
    return problem_ ? problem_->same_angles(pattern) : !listed_.parameters.empty() && fingerprint(pattern.two_theta) == angles_;
  }

  /// Goes over to a pattern, the model with these numbers. Other angles have the reflections listed anew, for these numbers.
  void take(const PowderPattern& pattern, const ModelNumbers& numbers) {
    if (problem_ && problem_->same_angles(pattern)) {
      problem_->set_pattern(pattern);
    } else {
      if (!same_angles(pattern)) list_for(numbers, fingerprint(pattern.two_theta));
      auto model = model_;
      set_numbers(model, listed_);
      problem_.emplace(std::move(model), pattern, options_.refinement.calculation, options_.refinement.restraints);
      edges_ = cell_edges(problem_->model());
    }
    set_numbers(problem_->model(), numbers);
  }

  /// Fits, and lets phases in and out; one that leaves gets its numbers of `last_good`. A phase that is there stays as long as its scale is
  /// above `leave` of its esds.
  SeriesOutcome fit(const PowderPattern& pattern, double leave, const ModelNumbers& last_good, SeriesPoint& point) {
    SeriesOutcome r = fit_present(pattern, point);
    const auto change = [&](bool enters) {
      bool any = false;
      for (std::size_t p = 0; p < present_.size() && r.usable(); ++p) {
        const double of_esd = significance(p, r);
        if (present_[p] == enters || (enters ? of_esd < options_.enter : of_esd >= leave)) continue;
        const std::string& name = model_.phases[p].name;
        point.notes.push_back("phase " + name + (enters ? " enters" : " leaves") + ": its scale is " + fixed(of_esd, 1) + " of its esd");
        present_[p] = enters;
        if (!enters) put_back(p, last_good);
        any = true;
      }
      if (any) r = fit_present(pattern, point);
    };
    change(true);
    change(false);
    return r;
  }

 private:
  /// The scale of a phase over its esd; infinite where it has no esd.
  double significance(std::size_t phase, const SeriesOutcome& r) const {
    const std::string name = model_.phases[phase].name + ".scale";
    for (std::size_t i = 0; i < free_.size(); ++i) {
      if (free_[i].name != name) continue;
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

  bool drifted() const { return detail::drifted(cell_edges(problem_->model()), edges_, options_.drift); }
  void list_reflections() {
    problem_->calculator().prepare(problem_->model());
    take_numbers(problem_->model(), listed_);
    edges_ = cell_edges(problem_->model());
  }

  /// Fits the free parameters of the phases that are there from the present values. What is held gets no variance.
  SeriesOutcome fit_present(const PowderPattern& pattern, SeriesPoint& point) {
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
      settle_intensities(*problem_, solver, fit);
      point.cycles += fit.cycles;
      if (fit.status == FitStatus::not_finite || !drifted()) break;
    }
    SeriesOutcome r;
    if (fit.status != FitStatus::not_finite) {
      const double chi_square = fit.chi_square - problem_->restraint_chi_square();
      r.Rwp = weighted_R(pattern, chi_square);
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

  const PowderModel<Crystal>& model_;
  const SeriesOptions<Crystal>& options_;
  std::vector<std::pair<std::size_t, std::size_t>> range_;  ///< parameters of each phase: [first, last)
  std::vector<FreeParameter> free_;
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
  std::vector<std::size_t> owner_;  ///< of each free parameter: the phase that it means nothing without
  std::vector<bool> present_;       ///< per phase, in the pattern at hand
  std::optional<PatternProblem<Crystal>> problem_;
  ModelNumbers listed_;             ///< that the reflections were last listed for …
  std::vector<double> edges_;       ///< … and their cell edges
  std::uint64_t angles_ = 0;        ///< fingerprint
};

}  // namespace detail
}  // namespace lamella
