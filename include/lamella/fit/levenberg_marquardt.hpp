// Non-linear least squares by Levenberg-Marquardt, with the full covariance.
//
// K. Levenberg, Quart. Appl. Math. 2 (1944) 164; D. W. Marquardt, J. SIAM 11 (1963) 431. Normal equations in
// parameters scaled to unit diagonal, Cholesky decomposition.
#pragma once

#include <lamella/fit/detail/cholesky.hpp>  // Cholesky, sound_inverse

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A sum of squares to minimise. The boundary between models and solver: nothing here is a template.
class LeastSquaresProblem {
 public:
  LeastSquaresProblem() = default;
  LeastSquaresProblem(const LeastSquaresProblem&) = delete;
  LeastSquaresProblem& operator=(const LeastSquaresProblem&) = delete;
  virtual ~LeastSquaresProblem() = default;

  virtual std::size_t residual_count() const = 0;
  virtual std::size_t parameter_count() const = 0;
  /// Weighted residuals (observed - calculated)/σ at `p`. False where the model has no value there.
  virtual bool residuals(std::span<const double> p, std::span<double> r) = 0;
  /// Residuals and the derivatives of the *calculated* values over σ, column by column.
  virtual bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) = 0;
};

/// When to stop, and how far a parameter may go.
struct LevenbergMarquardtOptions {
  int max_cycles = 30;
  double chi_square_tolerance = 1e-6;   ///< relative decrease of χ² that counts as small; three small ones end the fit,
  double shift_tolerance = 0.01;        ///< one is enough if no parameter moved by more than this many esds, before scaling by the goodness of fit
  double initial_damping = 1e-3;        ///< Marquardt's λ at the start, relative to the diagonal
  std::vector<double> lower, upper;     ///< bounds; empty: none
  double longest_esd = 1e4;             ///< a parameter whose esd, without correlation, would exceed its allowed range by this factor counts as undetermined
  std::function<bool(int cycle, double chi_square)> observer;  ///< called after each cycle; false stops
};

/// How a fit ended.
enum class FitStatus { converged, cycle_limit, singular, no_progress, stopped, not_finite };

/// How a fit ended, in words.
inline std::string_view to_string(FitStatus status) {
  switch (status) {
    case FitStatus::converged: return "converged";
    case FitStatus::cycle_limit: return "cycle limit reached";
    case FitStatus::singular: return "singular: the data do not determine all parameters";
    case FitStatus::no_progress: return "no step lowers chi-square";
    case FitStatus::stopped: return "stopped";
    case FitStatus::not_finite: return "the pattern became infinite or undefined";
  }
  return "unknown";
}

/// What a fit ended with.
struct LeastSquaresResult {
  std::vector<double> parameters;
  Eigen::MatrixXd covariance;      ///< (JᵀJ)⁻¹: not yet scaled by the goodness of fit; 0 for what is undetermined; empty where parameters depend on each other
  double chi_square = 0;           ///< Σ r²
  int cycles = 0;
  FitStatus status = FitStatus::cycle_limit;
  std::vector<std::size_t> undetermined;  ///< parameters on which the data do not depend (status singular)
  std::vector<std::pair<std::size_t, std::size_t>> dependent;  ///< parameters that act like others, with the one most alike (status singular)
  std::vector<bool> at_bound;             ///< parameters that ended on a bound
};

namespace detail {

/// Which parameters are combinations of those before them, by the lower half of a normal matrix with unit diagonal: what is
/// left of their diagonal when those are eliminated is rounding. Beside each the one before it that is most alike.
inline std::vector<std::pair<std::size_t, std::size_t>> dependent_parameters(Eigen::MatrixXd matrix) {
  constexpr double rounding = 1e-9;
  const Eigen::MatrixXd original = matrix;
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (Eigen::Index k = 0; k < matrix.rows(); ++k) {
    if (matrix(k, k) < rounding) {
      Eigen::Index partner = 0;
      for (Eigen::Index j = 0; j < k; ++j)
        if (std::abs(original(k, j)) > std::abs(original(k, partner))) partner = j;
      if (k > 0) found.emplace_back(static_cast<std::size_t>(k), static_cast<std::size_t>(partner));
      continue;
    }
    for (Eigen::Index j = k + 1; j < matrix.rows(); ++j) {
      const double factor = matrix(j, k) / matrix(k, k);
      for (Eigen::Index i = j; i < matrix.rows(); ++i) matrix(i, j) -= factor * matrix(i, k);
    }
  }
  return found;
}

}  // namespace detail

namespace detail {

/// The cycles of a fit, whatever its normal equations look like. The system has
///   bool linearise()             residuals and derivatives at the present parameters, and χ²; false where they are not finite
///   bool solve(double damping)   the trial parameters and a bound of their largest shift over its esd; false where the equations have no solution
///   double evaluate()            χ² at the trial parameters
///   void accept()                makes them the present ones, and this χ² the present one
///   double chi_square, shift_over_esd
/// What ends with a small shift ends without derivatives at the last parameters: those of so near by do for the covariance.
/// Writes how many cycles it took to `cycles`.
template <class System>
FitStatus run_cycles(System& system, const LevenbergMarquardtOptions& options, int& cycles) {
  double damping = options.initial_damping;
  int small_gains = 0;
  cycles = 0;
  if (!system.linearise()) return FitStatus::not_finite;
  while (cycles < options.max_cycles) {
    ++cycles;
    bool accepted = false;
    const double before = system.chi_square;
    double after = before;
    system.shift_over_esd = 0;
    for (int attempt = 0; attempt < 12 && !accepted; ++attempt) {
      if (!system.solve(damping)) {
        damping = std::max(10 * damping, 1e-6);
        continue;
      }
      after = system.evaluate();
      // NaN compares false: a step into the undefined is refused like a bad one.
      accepted = after <= before * (1 + 1e-12);
      damping = accepted ? std::max(damping / 10, 1e-12) : std::max(10 * damping, 1e-6);
    }
    const bool small_shift = system.shift_over_esd < options.shift_tolerance;
    // No downhill step, however short: the minimum to working precision, unless the gradient says otherwise.
    if (!accepted) return small_shift ? FitStatus::converged : FitStatus::no_progress;
    system.accept();
    const bool go_on = !options.observer || options.observer(cycles, after);
    small_gains = before - after <= options.chi_square_tolerance * before ? small_gains + 1 : 0;
    if (go_on && small_gains > 0 && small_shift) return FitStatus::converged;
    if (!system.linearise()) return FitStatus::not_finite;
    if (!go_on) return FitStatus::stopped;
    if (small_gains > 2) return FitStatus::converged;
  }
  return FitStatus::cycle_limit;
}

/// Parameters between their bounds, with gradient and diagonal of their normal equations and the step of the cycle at hand.
struct BoundedParameters {
  std::vector<double> value, trial, lower, upper;
  Eigen::VectorXd gradient, diagonal, step;  ///< diagonal: the square root of that of JᵀJ
  double longest_esd = LevenbergMarquardtOptions{}.longest_esd;

  /// Empty bounds: none.
  BoundedParameters(std::vector<double> start, std::vector<double> low, std::vector<double> high)
      : value(std::move(start)), trial(value), lower(std::move(low)), upper(std::move(high)) {
    lower.resize(value.size(), -INFINITY);
    upper.resize(value.size(), INFINITY);
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = std::clamp(value[i], lower[i], upper[i]);
    gradient.resize(size());
    diagonal.resize(size());
    step.resize(size());
  }

  Eigen::Index size() const { return static_cast<Eigen::Index>(value.size()); }
  bool at_bound(Eigen::Index i) const {
    const auto k = static_cast<std::size_t>(i);
    return value[k] <= lower[k] || value[k] >= upper[k];
  }
  std::vector<bool> all_at_bound() const {
    std::vector<bool> list;
    for (Eigen::Index i = 0; i < size(); ++i) list.push_back(at_bound(i));
    return list;
  }
  /// Nothing depends on it: its esd would exceed all that it may be by far. Where symmetry makes its derivatives cancel, rounding leaves a
  /// little of them, and steps by that are wild.
  bool apart(Eigen::Index i) const {
    const auto k = static_cast<std::size_t>(i);
    return !(diagonal[i] > 0) || diagonal[i] * longest_esd * (upper[k] - lower[k]) < 1;
  }
  /// Left out of the cycle: a parameter on its bound whose step would leave it again, and one on which nothing depends.
  bool blocked(Eigen::Index i) const {
    const auto k = static_cast<std::size_t>(i);
    return apart(i) || (value[k] <= lower[k] && gradient[i] < 0) || (value[k] >= upper[k] && gradient[i] > 0);
  }
  std::vector<std::size_t> undetermined() const {
    std::vector<std::size_t> list;
    for (Eigen::Index i = 0; i < size(); ++i)
      if (apart(i)) list.push_back(static_cast<std::size_t>(i));
    return list;
  }
  /// The trial from the scaled step; the largest shift over what its esd is without correlation: at least that over the esd.
  double take_step() {
    double shift = 0;
    for (Eigen::Index i = 0; i < size(); ++i) {
      const auto k = static_cast<std::size_t>(i);
      trial[k] = blocked(i) ? value[k] : std::clamp(value[k] + step[i] / diagonal[i], lower[k], upper[k]);
      shift = std::max(shift, std::abs(trial[k] - value[k]) * diagonal[i]);
    }
    return shift;
  }
  /// Another bound of it, where these are all parameters: |Δ_i| is at most esd_i √(ΔᵀNΔ), by Cauchy and Schwarz, and ΔᵀNΔ at most Δᵀg.
  double step_norm() const {
    double sum = 0;
    for (Eigen::Index i = 0; i < size(); ++i)
      if (!blocked(i)) sum += step[i] * gradient[i] / diagonal[i];
    return std::sqrt(std::max(0.0, sum));
  }
};

/// An element of the lower half of a normal matrix scaled to unit diagonal; what is `out` stays apart.
template <class Out>
double scaled_element(const Eigen::MatrixXd& normal, const Eigen::VectorXd& diagonal, Eigen::Index i, Eigen::Index j, const Out& out) {
  if (i == j) return 1;
  return out(i) || out(j) ? 0.0 : normal(i, j) / (diagonal[i] * diagonal[j]);
}

/// The normal equations of one problem as a whole.
struct DenseSystem {
  LeastSquaresProblem& problem;
  BoundedParameters p;
  Eigen::VectorXd residual, trial_residual;
  Eigen::MatrixXd jacobian, normal, damped;
  Cholesky cholesky;
  double chi_square = 0, trial_chi_square = 0, shift_over_esd = 0;

  DenseSystem(LeastSquaresProblem& of, std::vector<double> start, const LevenbergMarquardtOptions& options)
      : problem(of), p(std::move(start), options.lower, options.upper) {
    p.longest_esd = options.longest_esd;
    const Eigen::Index n = p.size(), m = static_cast<Eigen::Index>(problem.residual_count());
    residual.resize(m);
    trial_residual.resize(m);
    jacobian.resize(m, n);
    normal.resize(n, n);
    damped.resize(n, n);
  }

  template <class Vector>
  static std::span<double> as_span(Vector& v) {
    return {v.data(), static_cast<std::size_t>(v.size())};
  }
  bool linearise() {
    if (!problem.linearise(p.value, as_span(residual), as_span(jacobian))) return false;
    chi_square = residual.squaredNorm();
    for (Eigen::Index i = 0; i < p.size(); ++i) p.gradient[i] = jacobian.col(i).dot(residual);
    normal.setZero();
    normal.selfadjointView<Eigen::Lower>().rankUpdate(jacobian.transpose());
    p.diagonal = normal.diagonal().cwiseSqrt();
    return std::isfinite(chi_square) && p.diagonal.allFinite() && p.gradient.allFinite();
  }
  bool solve(double damping) {
    const Eigen::Index n = p.size();
    for (Eigen::Index j = 0; j < n; ++j)
      for (Eigen::Index i = j; i < n; ++i)
        damped(i, j) = scaled_element(normal, p.diagonal, i, j, [&](Eigen::Index k) { return p.blocked(k); }) + (i == j ? damping : 0);
    if (!cholesky.compute(damped)) return false;
    for (Eigen::Index i = 0; i < n; ++i) p.step[i] = p.blocked(i) ? 0.0 : p.gradient[i] / p.diagonal[i];
    cholesky.solve(p.step.data());
    shift_over_esd = std::min(p.take_step(), p.step_norm());
    return true;
  }
  double evaluate() { return trial_chi_square = problem.residuals(p.trial, as_span(trial_residual)) ? trial_residual.squaredNorm() : INFINITY; }
  void accept() {
    p.value = p.trial;
    chi_square = trial_chi_square;
  }
};

}  // namespace detail

/// Minimises the sum of squared residuals from the start `p`. Never throws for numerical reasons: see `status`.
inline LeastSquaresResult minimise(LeastSquaresProblem& problem, std::vector<double> p,
                                   const LevenbergMarquardtOptions& options = {}) {
  using Eigen::Index, Eigen::MatrixXd;
  detail::DenseSystem system(problem, std::move(p), options);
  const Index n = system.p.size();
  LeastSquaresResult result;
  if (n == 0 || system.residual.size() == 0) {  // nothing to vary, or nothing to vary it for: no matrix has an element
    const bool valid = problem.residuals(system.p.value, system.as_span(system.residual));
    result.chi_square = valid ? system.residual.squaredNorm() : NAN;
    result.status = !std::isfinite(result.chi_square) ? FitStatus::not_finite : n == 0 ? FitStatus::converged : FitStatus::singular;
    for (std::size_t i = 0; i < system.p.value.size(); ++i) result.undetermined.push_back(i);
    result.at_bound = system.p.all_at_bound();
    result.parameters = system.p.value;
    return result;
  }
  result.status = detail::run_cycles(system, options, result.cycles);
  result.chi_square = system.chi_square;
  result.parameters = system.p.value;
  result.at_bound = system.p.all_at_bound();
  if (result.status == FitStatus::not_finite) return result;
  result.undetermined = system.p.undetermined();
  if (!result.undetermined.empty()) result.status = FitStatus::singular;

  // What the data do not depend on stays apart, with a variance of 0.
  const auto apart = [&](Index i) { return system.p.apart(i); };
  const auto& diagonal = system.p.diagonal;
  MatrixXd scaled(n, n);
  for (Index j = 0; j < n; ++j)
    for (Index i = j; i < n; ++i) scaled(i, j) = scaled(j, i) = detail::scaled_element(system.normal, diagonal, i, j, apart);
  const auto inverse = detail::sound_inverse(scaled);
  if (!inverse) {
    result.status = FitStatus::singular;
    result.dependent = detail::dependent_parameters(scaled);
    return result;
  }
  result.covariance.resize(n, n);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i) result.covariance(i, j) = apart(i) || apart(j) ? 0.0 : (*inverse)(i, j) / (diagonal[i] * diagonal[j]);
  return result;
}

}  // namespace lamella
