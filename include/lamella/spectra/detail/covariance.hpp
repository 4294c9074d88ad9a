// Sums over a covariance matrix, element by element: the matrices are small, and expressions of Eigen would cost every unit that
// includes this room a second to compile.
#pragma once

#include <lamella/version.hpp>

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Element (i, j).
inline double element(const Eigen::MatrixXd& c, std::size_t i, std::size_t j) { return c(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)); }

/// √c(i, i); 0 for an empty matrix.
inline double esd_of(const Eigen::MatrixXd& c, std::size_t i) {
  if (c.size() == 0) return 0;
  const double variance = element(c, i, i);
  return variance > 0 ? std::sqrt(variance) : 0;
}

/// a c bᵀ.
inline double covariance_of(const Eigen::MatrixXd& c, std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j) sum += a[i] * element(c, i, j) * b[j];
  return sum;
}

/// Esd of a · x, x of covariance c; 0 where that is empty.
inline double esd_of(const Eigen::MatrixXd& c, std::span<const double> a) {
  if (c.size() == 0) return 0;
  const double variance = covariance_of(c, a, a);
  return variance > 0 ? std::sqrt(variance) : 0;
}

/// Covariance of the quantities whose derivatives are `slopes`, one row each; empty where `c` is.
inline Eigen::MatrixXd propagated(const Eigen::MatrixXd& c, const std::vector<std::vector<double>>& slopes) {
  if (c.size() == 0) return {};
  const auto n = static_cast<Eigen::Index>(slopes.size());
  Eigen::MatrixXd result(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      result(i, j) = result(j, i) = covariance_of(c, slopes[static_cast<std::size_t>(i)], slopes[static_cast<std::size_t>(j)]);
  return result;
}

/// The first `n` rows and columns times a factor; empty where `c` is.
inline Eigen::MatrixXd scaled(const Eigen::MatrixXd& c, std::size_t n, double factor) {
  if (c.size() == 0) return {};
  Eigen::MatrixXd result(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n));
  for (Eigen::Index i = 0; i < result.rows(); ++i)
    for (Eigen::Index j = 0; j < result.cols(); ++j) result(i, j) = factor * c(i, j);
  return result;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
