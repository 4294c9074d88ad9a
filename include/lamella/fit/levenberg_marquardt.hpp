// Non-linear least squares by Levenberg-Marquardt, with the full covariance.
//
// K. Levenberg, Quart. Appl. Math. 2 (1944) 164; D. W. Marquardt, J. SIAM 11 (1963) 431. Normal equations in
// parameters scaled to unit diagonal, Cholesky decomposition.
#pragma once

#include <lamella/version.hpp>

#include <Eigen/Cholesky>
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
  double shift_tolerance = 0.01;        ///< one is enough if no parameter moved by more than this many esds
  double initial_damping = 1e-3;        ///< Marquardt's λ at the start, relative to the diagonal
  std::vector<double> lower, upper;     ///< bounds; empty: none
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

/// Minimises the sum of squared residuals from the start `p`. Never throws for numerical reasons: see `status`.
inline LeastSquaresResult minimise(LeastSquaresProblem& problem, std::vector<double> p,
                                   const LevenbergMarquardtOptions& options = {}) {
  using Eigen::Index, Eigen::MatrixXd, Eigen::VectorXd;
  const auto n = static_cast<Index>(problem.parameter_count());
  const auto m = static_cast<Index>(problem.residual_count());
  const auto as_span = [](auto& v) { return std::span(v.data(), static_cast<std::size_t>(v.size())); };

  VectorXd residual(m), trial_residual(m), gradient(n), diagonal(n), step(n);
  MatrixXd jacobian(m, n), normal(n, n), damped(n, n);
  Eigen::LLT<MatrixXd> cholesky(n);
  std::vector<double> trial(p.size());

  const auto lower = [&](std::size_t i) { return options.lower.empty() ? -INFINITY : options.lower[i]; };
  const auto upper = [&](std::size_t i) { return options.upper.empty() ? INFINITY : options.upper[i]; };
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = std::clamp(p[i], lower(i), upper(i));

  LeastSquaresResult result;
  result.parameters = p;
  result.at_bound.assign(p.size(), false);
  if (n == 0 || m == 0) {  // nothing to vary, or nothing to vary it for: no matrix has an element
    const bool valid = problem.residuals(p, as_span(residual));
    result.chi_square = valid ? residual.squaredNorm() : NAN;
    result.status = !std::isfinite(result.chi_square) ? FitStatus::not_finite : n == 0 ? FitStatus::converged : FitStatus::singular;
    for (std::size_t i = 0; i < p.size(); ++i) {
      result.undetermined.push_back(i);
      result.at_bound[i] = p[i] <= lower(i) || p[i] >= upper(i);
    }
    return result;
  }
  const auto linearise = [&] {
    if (!problem.linearise(p, as_span(residual), as_span(jacobian))) return false;
    result.chi_square = residual.squaredNorm();
    gradient.noalias() = jacobian.transpose() * residual;
    normal.setZero();
    normal.selfadjointView<Eigen::Lower>().rankUpdate(jacobian.transpose());
    diagonal = normal.diagonal().cwiseSqrt();
    return std::isfinite(result.chi_square) && diagonal.allFinite() && gradient.allFinite();
  };
  const auto find_undetermined = [&] {
    for (Index i = 0; i < n; ++i)
      if (!(diagonal[i] > 0)) result.undetermined.push_back(static_cast<std::size_t>(i));
    return !result.undetermined.empty();
  };
  // Left out of the cycle: a parameter on its bound whose step would leave it again, and one on which nothing depends.
  const auto blocked = [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    return !(diagonal[i] > 0) || (p[k] <= lower(k) && gradient[i] < 0) || (p[k] >= upper(k) && gradient[i] > 0);
  };

  double damping = options.initial_damping;
  int small_gains = 0;
  if (!linearise()) {
    result.status = FitStatus::not_finite;
    return result;
  }
  for (result.cycles = 1; result.cycles <= options.max_cycles; ++result.cycles) {
    bool accepted = false;
    double shift_over_esd = 0;
    const double before = result.chi_square;
    double after = before;
    for (int attempt = 0; attempt < 12 && !accepted; ++attempt) {
      for (Index j = 0; j < n; ++j)
        for (Index i = j; i < n; ++i)
          damped(i, j) = i == j ? 1 + damping : (blocked(i) || blocked(j) ? 0.0 : normal(i, j) / (diagonal[i] * diagonal[j]));
      cholesky.compute(damped);
      if (cholesky.info() != Eigen::Success) {
        damping = std::max(10 * damping, 1e-6);
        continue;
      }
      for (Index i = 0; i < n; ++i) step[i] = blocked(i) ? 0.0 : gradient[i] / diagonal[i];
      cholesky.solveInPlace(step);
      shift_over_esd = 0;
      for (Index i = 0; i < n; ++i) {
        const auto k = static_cast<std::size_t>(i);
        trial[k] = blocked(i) ? p[k] : std::clamp(p[k] + step[i] / diagonal[i], lower(k), upper(k));
        shift_over_esd = std::max(shift_over_esd, std::abs(trial[k] - p[k]) * diagonal[i]);
      }
      const bool valid = problem.residuals(trial, as_span(trial_residual));
      after = valid ? trial_residual.squaredNorm() : INFINITY;
      // NaN compares false: a step into the undefined is refused like a bad one.
      accepted = after <= before * (1 + 1e-12);
      damping = accepted ? std::max(damping / 10, 1e-12) : std::max(10 * damping, 1e-6);
    }
    if (!accepted) {
      // No downhill step, however short: the minimum to working precision, unless the gradient says otherwise.
      result.status = shift_over_esd < options.shift_tolerance ? FitStatus::converged : FitStatus::no_progress;
      break;
    }
    p = trial;
    result.parameters = p;
    const bool go_on = !options.observer || options.observer(result.cycles, after);
    if (!linearise()) {
      result.status = FitStatus::not_finite;
      break;
    }
    if (!go_on) {
      result.status = FitStatus::stopped;
      break;
    }
    // sqrt of the diagonal of JᵀJ is 1/esd at best (without correlation): the test errs on the strict side.
    const bool small_shift = shift_over_esd < options.shift_tolerance;
    small_gains = before - after <= options.chi_square_tolerance * before ? small_gains + 1 : 0;
    if (small_gains > 0 && (small_shift || small_gains > 2)) {
      result.status = FitStatus::converged;
      break;
    }
  }
  result.cycles = std::min(result.cycles, options.max_cycles);
  for (std::size_t i = 0; i < p.size(); ++i) result.at_bound[i] = p[i] <= lower(i) || p[i] >= upper(i);
  if (result.status == FitStatus::not_finite) return result;
  if (find_undetermined()) result.status = FitStatus::singular;

  // What the data do not depend on stays apart, with a variance of 0.
  const auto apart = [&](Index i) { return !(diagonal[i] > 0); };
  MatrixXd scaled(n, n);
  for (Index j = 0; j < n; ++j)
    for (Index i = j; i < n; ++i)
      scaled(i, j) = apart(i) || apart(j) ? (i == j ? 1.0 : 0.0) : normal(i, j) / (diagonal[i] * diagonal[j]);
  cholesky.compute(scaled);
  if (cholesky.info() != Eigen::Success || !(cholesky.rcond() > 1e-13)) {
    result.status = FitStatus::singular;
    result.dependent = detail::dependent_parameters(scaled);
    return result;
  }
  result.covariance = MatrixXd::Identity(n, n);
  cholesky.solveInPlace(result.covariance);
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i) result.covariance(i, j) = apart(i) || apart(j) ? 0.0 : result.covariance(i, j) / (diagonal[i] * diagonal[j]);
  return result;
}

}  // namespace lamella
