// Natural splines of which the m-th derivative is penalised: polynomials below degree m, and as many functions more as there are knots
// beyond m, each the m-fold integral of a B-spline of order m. I. J. Schoenberg, Proc. Natl. Acad. Sci. 52 (1964) 947; C. de Boor, A
// Practical Guide to Splines, 1978, chapter XIV.
#pragma once

#include <lamella/version.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// With m = 2 (cubic) or 3 (quintic), on at least m + 1 knots from 0 to 1.
class NaturalSpline {
 public:
  using Row = Eigen::RowVectorXd;

  NaturalSpline(std::vector<double> knots, int order) : knots_(std::move(knots)), order_(order) {
    const Eigen::Index functions = bends();
    gram_ = Eigen::MatrixXd::Zero(functions, functions);
    Eigen::MatrixXd state = Eigen::MatrixXd::Zero(order_, functions);  // derivatives at the left end of an interval
    for (std::size_t i = 0; i + 1 < knots_.size(); ++i) {
      const double h = knots_[i + 1] - knots_[i];
      // Row r: coefficients of u^r within the interval, u from its left end.
      Eigen::MatrixXd piece = Eigen::MatrixXd::Zero(2 * order_, functions);
      double factorial = 1;
      for (int r = 0; r < order_; ++r) {
        piece.row(r) = state.row(r) / factorial;
        factorial *= r + 1;
      }
      const Eigen::Index first = static_cast<Eigen::Index>(i) - order_ + 1;
      for (Eigen::Index j = std::max<Eigen::Index>(first, 0); j <= static_cast<Eigen::Index>(i) && j < functions; ++j) {
        const Polynomial b = b_spline(static_cast<std::size_t>(j), order_, i);
        for (int r = 0; r < order_; ++r) {
          double divisor = 1;
          for (int q = 1; q <= order_; ++q) divisor *= r + q;
          piece(r + order_, j) = b[static_cast<std::size_t>(r)] / divisor;
        }
        for (Eigen::Index l = std::max<Eigen::Index>(first, 0); l <= j; ++l) {
          const double product = integral(b, b_spline(static_cast<std::size_t>(l), order_, i), h);
          gram_(j, l) += product;
          if (l != j) gram_(l, j) += product;
        }
      }
      pieces_.push_back(piece);
      for (int d = 0; d < order_; ++d) state.row(d) = derivative(piece, h, d);
    }
  }

  int order() const noexcept { return order_; }
  Eigen::Index bends() const { return static_cast<Eigen::Index>(knots_.size()) - order_; }
  /// Integrals of products of the m-th derivatives of the functions that bend.
  const Eigen::MatrixXd& gram() const noexcept { return gram_; }

  /// The functions that bend, or a derivative of them, at x.
  Row bending(double x, int derivative_number) const {
    const auto after = std::upper_bound(knots_.begin() + 1, knots_.end() - 1, x);
    const auto i = static_cast<std::size_t>(after - knots_.begin() - 1);
    return derivative(pieces_[i], x - knots_[i], derivative_number);
  }
  /// 1, x − ½, (x − ½)², or a derivative of them.
  Row polynomial(double x, int derivative_number) const {
    Row row = Row::Zero(order_);
    double power = 1;
    for (int r = derivative_number; r < order_; ++r) {
      double factor = 1;
      for (int q = 0; q < derivative_number; ++q) factor *= r - q;
      row(r) = factor * power;
      power *= x - 0.5;
    }
    return row;
  }

 private:
  using Polynomial = std::array<double, 3>;

  static Row derivative(const Eigen::MatrixXd& piece, double u, int number) {
    Row row = Row::Zero(piece.cols());
    for (Eigen::Index r = piece.rows(); r-- > number;) {
      double factor = 1;
      for (int q = 0; q < number; ++q) factor *= static_cast<double>(r - q);
      row = row * u + factor * piece.row(r);
    }
    return row;
  }

  static double integral(const Polynomial& p, const Polynomial& q, double h) {
    double sum = 0, outer = h;
    for (std::size_t r = 0; r < p.size(); ++r, outer *= h) {
      double power = outer;
      for (std::size_t s = 0; s < q.size(); ++s, power *= h) sum += p[r] * q[s] * power / static_cast<double>(r + s + 1);
    }
    return sum;
  }

  /// B-spline number j of that order within interval i, as a polynomial from the interval's left end: the recurrence of Cox and de Boor.
  Polynomial b_spline(std::size_t j, int order, std::size_t i) const {
    if (order == 1) return {i == j ? 1.0 : 0.0, 0, 0};
    const auto k = static_cast<std::size_t>(order);
    Polynomial sum{};
    const auto add = [&](const Polynomial& p, double constant, double slope) {
      for (std::size_t r = 0; r < p.size(); ++r) {
        sum[r] += constant * p[r];
        if (r + 1 < p.size()) sum[r + 1] += slope * p[r];
      }
    };
    const double left = knots_[j + k - 1] - knots_[j], right = knots_[j + k] - knots_[j + 1];
    add(b_spline(j, order - 1, i), (knots_[i] - knots_[j]) / left, 1 / left);
    add(b_spline(j + 1, order - 1, i), (knots_[j + k] - knots_[i]) / right, -1 / right);
    return sum;
  }

  std::vector<double> knots_;
  int order_;
  std::vector<Eigen::MatrixXd> pieces_;  ///< per interval, per power: of each function
  Eigen::MatrixXd gram_;
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
