// One pattern of a series fitted from given numbers, with the phases that are there.
#pragma once

#include <lamella/core/scalar.hpp>                       // square
#include <lamella/diffraction/powder_model.hpp>          // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>        // PowderPattern
#include <lamella/fit/free_parameters.hpp>               // FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>           // minimise, LevenbergMarquardtOptions
#include <lamella/fit/parameters.hpp>                    // matches, parameter_names, parameter_values
#include <lamella/refine/detail/carried_problem.hpp>     // CarriedPrior, CarriedProblem
#include <lamella/refine/detail/cell_edges.hpp>          // cell_edges
#include <lamella/refine/detail/fingerprint.hpp>         // fingerprint
#include <lamella/refine/model_numbers.hpp>              // ModelNumbers, set_numbers, take_numbers
#include <lamella/refine/pattern_problem.hpp>            // PatternProblem
#include <lamella/refine/rietveld.hpp>                   // settle_intensities, weighted_R
#include <lamella/refine/series_checkpoint.hpp>          // CarriedState
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
    role_.assign(free_.size(), Role::other);
    const auto names = parameter_names(model_);
    for (std::size_t i = 0; i < free_.size(); ++i)
      for (std::size_t p = 0; p < range_.size(); ++p) {
        const auto own = [&](const auto& follower) { return follower.index >= range_[p].first && follower.index < range_[p].second; };
        const auto is_edge = [&](const auto& follower) {
          return names[follower.index] == model_.phases[p].name + ".cell.c" || names[follower.index] == model_.phases[p].name + ".lattice.c";
        };
        const auto& followers = free_[i].followers;
        if (!std::all_of(followers.begin(), followers.end(), own)) continue;
        owner_[i] = p;
        if (free_[i].name == model_.phases[p].name + ".scale") role_[i] = Role::scale;
        else if (std::any_of(followers.begin(), followers.end(), is_edge)) role_[i] = Role::edge;
      }
  }

  /// The model with the numbers of the last fit; precondition: a pattern has been taken.
  PowderModel<Crystal>& model() { return problem_->model(); }
  bool has_model() const noexcept { return problem_.has_value(); }
  const PowderModel<Crystal>& model() const { return problem_->model(); }

  /// Which phases are there, and which of them have but scale and edge free.
  const std::vector<bool>& present() const noexcept { return present_; }
  const std::vector<bool>& young() const noexcept { return young_; }
  double refused_line() const noexcept { return refused_line_; }
  void begin_with(const std::vector<bool>& present, const std::vector<bool>& young, double refused_line) {
    present_ = present;
    young_ = young;
    young_.resize(present_.size(), false);
    refused_line_ = refused_line;
  }
  /// The phases that are there before any pattern was seen: all but the candidates.
  std::vector<bool> given() const {
    std::vector<bool> there;
    for (const auto& phase : model_.phases) there.push_back(candidate(phase.name) == nullptr);
    return there;
  }
  /// What the last good pattern, of that GoF, says of the parameters that are carried.
  void carry(CarriedState state, double GoF) {
    carried_ = std::move(state);
    carried_GoF_ = GoF;
  }
  /// What this pattern says of them.
  CarriedState carried_on(const LeastSquaresResult& fit) const {
    CarriedState state;
    std::vector<Eigen::Index> place;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      const auto k = static_cast<Eigen::Index>(i);
      if (carried_as(free_[i].name) == nullptr || !(fit.covariance(k, k) > 0)) continue;
      place.push_back(k);
      state.names.push_back(free_[i].name);
      state.values.push_back(fit.parameters[i]);
    }
    for (const auto i : place)
      for (const auto j : place) state.covariance.push_back(fit.covariance(i, j));
    return state;
  }
  bool nothing_there() const { return std::none_of(present_.begin(), present_.end(), [](bool there) { return there; }); }
  /// Names of the phases that are not there.
  std::vector<std::string> absent() const {
    std::vector<std::string> names;
    for (std::size_t p = 0; p < present_.size(); ++p)
      if (!present_[p]) names.push_back(model_.phases[p].name);
    return names;
  }
  /// Whether a free parameter is held for want of its phase.
  bool held(std::size_t i) const {
    const std::size_t p = owner_[i];
    if (p == nobody) return false;
    if (!present_[p]) return role_[i] != Role::scale || candidate(model_.phases[p].name) != nullptr;
    return young_[p] && role_[i] == Role::other;
  }

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

 protected:
  enum class Role : std::uint8_t { scale, edge, other };
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  const SeriesCandidate<Crystal>* candidate(const std::string& phase) const {
    const auto found = std::find_if(options_.candidates.begin(), options_.candidates.end(), [&](const auto& c) { return c.phase == phase; });
    return found == options_.candidates.end() ? nullptr : &*found;
  }

  const CarriedParameter* carried_as(const std::string& name) const {
    const auto found = std::find_if(options_.carried.begin(), options_.carried.end(), [&](const auto& c) { return matches(c.name, name); });
    return found == options_.carried.end() ? nullptr : &*found;
  }

  /// What the patterns before say of these parameters.
  CarriedPrior prior(const std::vector<FreeParameter>& chosen, SeriesPoint& point) const {
    CarriedPrior prior;
    std::vector<std::size_t> place;
    std::vector<double> wandered;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const auto* const as = carried_as(chosen[i].name);
      const auto found = std::find(carried_.names.begin(), carried_.names.end(), chosen[i].name);
      if (as == nullptr || found == carried_.names.end()) continue;
      // The residuals are in units of σ, and only what comes out is scaled by GoF²: the drift, which is true as it stands, is divided by it.
      const double drift = square(as->drift / carried_GoF_);
      if (!std::isfinite(drift)) continue;
      place.push_back(static_cast<std::size_t>(found - carried_.names.begin()));
      wandered.push_back(drift);
      prior.index.push_back(i);
      prior.target.push_back(carried_.values[place.back()]);
    }
    const auto k = static_cast<Eigen::Index>(place.size());
    Eigen::MatrixXd covariance(k, k);
    for (Eigen::Index j = 0; j < k; ++j)
      for (Eigen::Index i = 0; i < k; ++i) {
        const auto row = static_cast<std::size_t>(i), column = static_cast<std::size_t>(j);
        covariance(i, j) = carried_.covariance[place[row] * carried_.names.size() + place[column]] + (i == j ? wandered[row] : 0);
      }
    if (prior.set_covariance(covariance)) return prior;
    point.notes.emplace_back("nothing is carried from the pattern before: its covariance is singular");
    return {};
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
    std::optional<CarriedProblem> with_prior;
    if (!carried_.names.empty())
      if (auto known = prior(chosen, point); !known.index.empty()) with_prior.emplace(*problem_, std::move(known));
    LeastSquaresProblem& whole = with_prior ? static_cast<LeastSquaresProblem&>(*with_prior) : *problem_;
    LeastSquaresResult fit;
    constexpr int rounds = 3;  // of reflections listed anew
    for (int round = 0; round < rounds; ++round) {
      if (drifted()) list_reflections();
      problem_->choose(chosen);
      fit = minimise(whole, problem_->values(), solver);
      problem_->set(fit.parameters);
      settle_intensities(*problem_, whole, solver, fit);
      point.cycles += fit.cycles;
      if (fit.status == FitStatus::not_finite || !drifted()) break;
    }
    SeriesOutcome r;
    if (fit.status != FitStatus::not_finite) {
      const double chi_square = fit.chi_square - problem_->restraint_chi_square() - (with_prior ? with_prior->prior().chi_square(fit.parameters) : 0);
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
  std::vector<std::size_t> owner_;  ///< of each free parameter: the phase whose own it is
  std::vector<Role> role_;          ///< and what it is of it
  std::vector<bool> present_;       ///< per phase, in the pattern at hand
  std::vector<bool> young_;         ///< per phase: with but scale and edge free
  double refused_line_ = 0;         ///< esds
  CarriedState carried_;            ///< from the last good pattern …
  double carried_GoF_ = 1;          ///< … of this GoF
  std::optional<PatternProblem<Crystal>> problem_;
  ModelNumbers listed_;             ///< that the reflections were last listed for …
  std::vector<double> edges_;       ///< … and their cell edges
  std::uint64_t angles_ = 0;        ///< fingerprint
};

}  // namespace detail
}  // namespace lamella
