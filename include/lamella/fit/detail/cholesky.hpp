// The Cholesky decomposition of normal matrices.
//
// Plain loops over the columns: for the tens of parameters of a fit as fast as Eigen's blocked decomposition, which costs every unit
// that includes a fit one and a half seconds to compile (g++ 12).
#pragma once

#include <lamella/version.hpp>

#include <Eigen/Core>

#include <cmath>
#include <optional>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A = L Lᵀ of a symmetric positive definite A.
class Cholesky {
 public:
  /// Decomposes the matrix of which `lower` is the lower half. False where it is not positive definite, or not finite: then nothing else means
  /// anything.
  bool compute(const Eigen::MatrixXd& lower) {
    factor_ = lower;
    const Eigen::Index n = factor_.rows();
    for (Eigen::Index k = 0; k < n; ++k) {
      double* const column = factor_.data() + k * n;
      if (!(column[k] > 0)) return false;
      const double pivot = std::sqrt(column[k]);
      for (Eigen::Index i = k; i < n; ++i) column[i] /= pivot;
      for (Eigen::Index j = k + 1; j < n; ++j) {
        double* const other = factor_.data() + j * n;
        const double share = column[j];
        for (Eigen::Index i = j; i < n; ++i) other[i] -= share * column[i];
      }
    }
    return n == 0 || std::isfinite(factor_(n - 1, n - 1));
  }

  /// Puts L⁻¹ x in the place of the x of that many numbers: what has the covariance A then has that of unit weight.
  void whiten(double* x) const {
    const Eigen::Index n = factor_.rows();
    for (Eigen::Index k = 0; k < n; ++k) {
      const double* const column = factor_.data() + k * n;
      x[k] /= column[k];
      for (Eigen::Index i = k + 1; i < n; ++i) x[i] -= x[k] * column[i];
    }
  }

  /// Puts A⁻¹ x in the place of the x of that many numbers.
  void solve(double* x) const {
    const Eigen::Index n = factor_.rows();
    whiten(x);
    for (Eigen::Index k = n; k-- > 0;) {
      const double* const column = factor_.data() + k * n;
      for (Eigen::Index i = k + 1; i < n; ++i) x[k] -= column[i] * x[i];
      x[k] /= column[k];
    }
  }

  /// A⁻¹, both halves the same.
  Eigen::MatrixXd inverse() const {
    const Eigen::Index n = factor_.rows();
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Zero(n, n);
    for (Eigen::Index k = 0; k < n; ++k) {
      inverse(k, k) = 1;
      solve(inverse.data() + k * n);
    }
    for (Eigen::Index k = 0; k < n; ++k)
      for (Eigen::Index i = k + 1; i < n; ++i) inverse(k, i) = inverse(i, k);
    return inverse;
  }

 private:
  Eigen::MatrixXd factor_;  ///< L in its lower half
};

/// The largest sum of the sizes in a column: the 1-norm of a symmetric matrix given by both halves.
inline double largest_column(const Eigen::MatrixXd& matrix) {
  double largest = 0;
  for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
    double sum = 0;
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) sum += std::abs(matrix(i, j));
    largest = std::fmax(largest, sum);
  }
  return largest;
}

/// The inverse of a symmetric matrix scaled to unit diagonal, given by both halves; nothing where it is not positive definite or its
/// condition in the 1-norm says that rounding has taken over.
inline std::optional<Eigen::MatrixXd> sound_inverse(const Eigen::MatrixXd& matrix) {
  constexpr double least_condition = 1e-13;  // reciprocal
  Cholesky cholesky;
  if (!cholesky.compute(matrix)) return std::nullopt;
  Eigen::MatrixXd inverse = cholesky.inverse();
  if (!(largest_column(matrix) * largest_column(inverse) < 1 / least_condition)) return std::nullopt;
  return inverse;
}

}  // namespace detail
}  // namespace lamella
