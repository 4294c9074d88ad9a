// Least squares with what is known of some parameters beforehand.
#pragma once

#include <lamella/core/scalar.hpp>              // square
#include <lamella/fit/detail/cholesky.hpp>      // Cholesky
#include <lamella/fit/levenberg_marquardt.hpp>  // LeastSquaresProblem

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Values that some parameters of a problem are expected to have, and how surely.
struct CarriedPrior {
  std::vector<std::size_t> index;  ///< of the parameters in the problem
  std::vector<double> target;
  Eigen::MatrixXd root;            ///< R with RᵀR the inverse of their covariance, in units of the residuals

  /// False where it is not positive definite.
  bool set_covariance(const Eigen::MatrixXd& covariance) {
    Cholesky cholesky;
    if (!cholesky.compute(covariance)) return false;
    root = Eigen::MatrixXd::Identity(covariance.rows(), covariance.rows());
    for (Eigen::Index k = 0; k < root.cols(); ++k) cholesky.whiten(root.data() + k * root.rows());
    return true;
  }

  /// R (target − p), one for each of the parameters.
  void residuals(std::span<const double> p, std::span<double> r) const {
    std::fill(r.begin(), r.end(), 0.0);
    for (std::size_t j = 0; j < index.size(); ++j)
      for (std::size_t i = 0; i < r.size(); ++i) r[i] += root(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) * (target[j] - p[index[j]]);
  }
  /// Their share of χ².
  double chi_square(std::span<const double> p) const {
    std::vector<double> r(index.size());
    residuals(p, r);
    double sum = 0;
    for (const double x : r) sum += square(x);
    return sum;
  }
};

/// A problem with the residuals of a prior after its own. The problem must outlive this.
class CarriedProblem final : public LeastSquaresProblem {
 public:
  CarriedProblem(LeastSquaresProblem& problem, CarriedPrior prior) : problem_(problem), prior_(std::move(prior)) {}

  const CarriedPrior& prior() const noexcept { return prior_; }

  std::size_t residual_count() const override { return problem_.residual_count() + prior_.index.size(); }
  std::size_t parameter_count() const override { return problem_.parameter_count(); }

  bool residuals(std::span<const double> p, std::span<double> r) override {
    const std::size_t own = problem_.residual_count();
    prior_.residuals(p, r.subspan(own));
    return problem_.residuals(p, r.first(own));
  }

  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    const std::size_t own = problem_.residual_count(), rows = r.size();
    jacobian_.resize(own * p.size());
    if (!problem_.linearise(p, r.first(own), jacobian_)) return false;
    prior_.residuals(p, r.subspan(own));
    std::fill(jacobian.begin(), jacobian.end(), 0.0);
    for (std::size_t f = 0; f < p.size(); ++f) std::copy_n(&jacobian_[f * own], own, &jacobian[f * rows]);
    for (std::size_t j = 0; j < prior_.index.size(); ++j)
      for (std::size_t i = 0; i < prior_.index.size(); ++i)
        jacobian[prior_.index[j] * rows + own + i] = prior_.root(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
    return true;
  }

 private:
  LeastSquaresProblem& problem_;
  CarriedPrior prior_;
  std::vector<double> jacobian_;  ///< of the problem
};

}  // namespace detail
}  // namespace lamella
