// A powder pattern as the sum of squares that the solver sees.
#pragma once

#include <lamella/core/error.hpp>                      // fail
#include <lamella/diffraction/pattern_calculator.hpp>  // PatternCalculator
#include <lamella/diffraction/powder_pattern.hpp>      // PowderPattern
#include <lamella/fit/free_parameters.hpp>             // FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>         // LeastSquaresProblem
#include <lamella/fit/parameters.hpp>                  // parameter_addresses, for_each_parameter, matches
#include <lamella/refine/restraint.hpp>                // Restraint

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What a reflection holds: its own calculated points, and its part of the observed ones in proportion to what is calculated
/// there (H. M. Rietveld, J. Appl. Cryst. 2 (1969) 65). Counts summed over points.
struct ApportionedIntensity {
  double calculated = 0, observed = 0;
};

/// Weighted residuals of a pattern and of restraints, with their derivatives.
template <CrystalModel Crystal>
class PatternProblem final : public LeastSquaresProblem {
 public:
  PatternProblem(PowderModel<Crystal> model, const PowderPattern& pattern, const CalculationOptions& options,
                 std::vector<Restraint<Crystal>> restraints = {})
      : model_(std::move(model)),
        calculator_(model_, pattern.two_theta, options),
        observed_(pattern.intensity),
        address_(parameter_addresses(model_)),
        restraints_(std::move(restraints)),
        scratch_(pattern.size()) {
    weigh_by(pattern);
    if (!restraints_.empty()) {
      dual_ = rebound<Wide>(model_);
      dual_address_ = parameter_addresses(dual_);
    }
  }

  PowderModel<Crystal>& model() noexcept { return model_; }
  const PowderModel<Crystal>& model() const noexcept { return model_; }
  PatternCalculator<Crystal>& calculator() noexcept { return calculator_; }

  /// Whether a pattern has the angles of the present one.
  bool same_angles(const PowderPattern& pattern) const { return std::ranges::equal(calculator_.two_theta(), pattern.two_theta); }
  /// Goes over to another pattern of the same angles: model, reflections and free parameters stay, nothing is allocated. Throws
  /// where the angles differ.
  void set_pattern(const PowderPattern& pattern) {
    if (!same_angles(pattern)) fail(pattern.source + ": expected the angles of the pattern before");
    observed_ = pattern.intensity;
    weigh_by(pattern);
  }

  /// Makes `free` the parameters of the problem, starting from the model's present values. As long as none is an intensity,
  /// those of Pawley phases are apportioned from the pattern as Le Bail's are.
  void choose(std::vector<FreeParameter> free) {
    free_ = std::move(free);
    intensities_free_ = std::any_of(free_.begin(), free_.end(), [](const FreeParameter& p) { return matches("*.intensity.*", p.name); });
    start_.clear();
    for (const auto& parameter : free_)
      for (const auto& follower : parameter.followers) start_.push_back(*address_[follower.index]);
  }
  std::vector<double> values() const {
    std::vector<double> p;
    for (const auto& parameter : free_) p.push_back(*address_[parameter.followers.front().index]);
    return p;
  }
  /// Sets the model to the free parameters `p`.
  void set(std::span<const double> p) {
    std::size_t k = 0;
    for (const auto& parameter : free_)
      for (const auto& follower : parameter.followers) *address_[follower.index] = start_[k++];
    k = 0;
    for (std::size_t f = 0; f < free_.size(); ++f) {
      const double shift = p[f] - start_[k];  // a parameter leads its own followers
      for (const auto& follower : free_[f].followers) {
        *address_[follower.index] += follower.coefficient * shift;
        ++k;
      }
    }
  }

  std::size_t residual_count() const override { return observed_.size() + restraints_.size(); }
  std::size_t parameter_count() const override { return free_.size(); }

  bool residuals(std::span<const double> p, std::span<double> r) override {
    set(p);
    calculator_.calculate(model_, r.first(observed_.size()));
    weigh(r);
    return true;
  }

  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    set(p);
    calculator_.freeze_windows(model_);
    apportion(!intensities_free_);
    const std::size_t n = observed_.size(), rows = r.size();
    jacobian_.resize(restraints_.empty() ? 0 : n * free_.size());
    const std::span<double> columns = restraints_.empty() ? jacobian : std::span<double>(jacobian_);
    calculator_.differentiate(model_, free_, r.first(n), columns);
    weigh(r);
    for (std::size_t f = 0; f < free_.size(); ++f)
      for (std::size_t i = 0; i < n; ++i) jacobian[f * rows + i] = columns[f * n + i] * weight_[i];
    if (!restraints_.empty()) differentiate_restraints(jacobian, rows);
    return true;
  }

  const std::vector<Restraint<Crystal>>& restraints() const noexcept { return restraints_; }

  /// The share of χ² that the restraints have, at the model's present values.
  double restraint_chi_square() const {
    double sum = 0;
    for (const auto& restraint : restraints_) sum += square((restraint.target - restraint.value(model_)) / restraint.sigma);
    return sum;
  }

  /// Apportions the pattern among the reflections of a phase, as the calculator last left its peaks.
  std::vector<ApportionedIntensity> apportioned(std::size_t phase, std::span<const double> calculated, std::span<const double> background) {
    std::vector<ApportionedIntensity> list(calculator_.reflections_of(phase).size());
    for (std::size_t r = 0; r < list.size(); ++r) {
      const auto [first, last] = profile_of(phase, r);
      for (std::size_t i = first; i < last; ++i) {
        const double net = calculated[i] - background[i];
        if (!(net > 0)) continue;
        list[r].calculated += scratch_[i];
        list[r].observed += scratch_[i] / net * (observed_[i] - background[i]);
      }
    }
    return list;
  }

  /// Brings the free intensities of Le Bail phases closer to the pattern, all by one step; with `pawley` also those of phases whose
  /// intensities are parameters, for a start. The observed points are shared out among the reflections in proportion to what
  /// is calculated there, as Le Bail does, but weighted by 1/σ²: I ← I Σ w φ (y_o − b)/Σ w φ (y_c − b) with φ the profile. What this ends at is
  /// the least-squares fit (D. D. Lee & H. S. Seung, Adv. Neural Inf. Process. Syst. 13 (2001) 556), where sums of counts would gather the noise and
  /// the misfit of all of a peak's tails.
  void apportion(bool pawley = false) {
    const auto wanted = [&](const auto& phase) {
      return phase.intensity_model == IntensityModel::le_bail || (pawley && phase.intensity_model == IntensityModel::pawley);
    };
    if (std::none_of(model_.phases.begin(), model_.phases.end(), wanted)) return;
    constexpr double least = 0.1;  // of a step: what once is 0 remains so
    std::vector<double> y(observed_.size()), background(observed_.size());
    calculator_.calculate(model_, y);
    calculator_.background(model_, background);
    for (std::size_t p = 0; p < model_.phases.size(); ++p) {
      if (!wanted(model_.phases[p])) continue;
      for (std::size_t r = 0; r < calculator_.reflections_of(p).size(); ++r) {
        double calculated = 0, observed = 0;
        const auto [first, last] = profile_of(p, r);
        for (std::size_t i = first; i < last; ++i) {
          const double share = weight_[i] * weight_[i] * scratch_[i];
          calculated += share * (y[i] - background[i]);
          observed += share * (observed_[i] - background[i]);
        }
        if (calculated > 0) model_.phases[p].intensities[r].value *= std::max(least, observed / calculated);
      }
    }
  }

 private:
  using Wide = typename Restraint<Crystal>::Wide;

  void weigh_by(const PowderPattern& pattern) {
    weight_.resize(pattern.size());
    for (std::size_t i = 0; i < weight_.size(); ++i) weight_[i] = 1 / pattern.sigma[i];
  }

  /// Leaves the calculated points of a reflection in `scratch_`; which ones they are.
  std::pair<std::size_t, std::size_t> profile_of(std::size_t phase, std::size_t reflection) {
    const auto [first, last] = calculator_.points_of(model_, phase, reflection);
    std::fill(scratch_.begin() + static_cast<std::ptrdiff_t>(first), scratch_.begin() + static_cast<std::ptrdiff_t>(last), 0.0);
    calculator_.add_reflection(model_, phase, reflection, scratch_);
    return {first, last};
  }

  void weigh(std::span<double> r) const {
    const std::size_t n = observed_.size();
    for (std::size_t i = 0; i < n; ++i) r[i] = (observed_[i] - r[i]) * weight_[i];
    for (std::size_t i = 0; i < restraints_.size(); ++i) r[n + i] = (restraints_[i].target - restraints_[i].value(model_)) / restraints_[i].sigma;
  }

  void differentiate_restraints(std::span<double> jacobian, std::size_t rows) {
    const std::size_t n = observed_.size();
    for_each_parameter([](Wide& x, const double& value) { x = Wide(value); }, dual_, model_);
    for (std::size_t first = 0; first < free_.size(); first += Restraint<Crystal>::width) {
      const std::size_t count = std::min(Restraint<Crystal>::width, free_.size() - first);
      for (std::size_t k = 0; k < count; ++k)
        for (const auto& follower : free_[first + k].followers) dual_address_[follower.index]->grad[k] = follower.coefficient;
      for (std::size_t i = 0; i < restraints_.size(); ++i) {
        const Wide value = restraints_[i].value_with_slopes(dual_);
        for (std::size_t k = 0; k < count; ++k) jacobian[(first + k) * rows + n + i] = value.grad[k] / restraints_[i].sigma;
      }
      for (std::size_t k = 0; k < count; ++k)
        for (const auto& follower : free_[first + k].followers) dual_address_[follower.index]->grad[k] = 0;
    }
  }

  PowderModel<Crystal> model_;
  PatternCalculator<Crystal> calculator_;
  std::vector<double> observed_, weight_;
  std::vector<double*> address_;
  std::vector<FreeParameter> free_;
  bool intensities_free_ = false;
  std::vector<double> start_;     ///< values of all followers when `choose` was called
  std::vector<Restraint<Crystal>> restraints_;
  typename Restraint<Crystal>::DualModel dual_;
  std::vector<Wide*> dual_address_;
  std::vector<double> jacobian_;  ///< of the points alone, where restraints lengthen the columns
  std::vector<double> scratch_;
};

}  // namespace lamella
