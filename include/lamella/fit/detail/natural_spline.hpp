// Natural splines of which the m-th derivative is penalised: polynomials below degree m, and as many functions more as there are knots
// beyond m, each the m-fold integral of a B-spline of order m. I. J. Schoenberg, Proc. Natl. Acad. Sci. 52 (1964) 947; C. de Boor, A
// Practical Guide to Splines, 1978, chapter XIV.
#pragma once

#include <lamella/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// With m = 2 (cubic) or 3 (quintic), on at least m + 1 knots from 0 to 1. Written element by element: expressions of Eigen would more than
/// double what the header costs to include.
class NaturalSpline {
 public:
  using Row = std::vector<double>;

  NaturalSpline(std::vector<double> knots, int order) : knots_(std::move(knots)), order_(static_cast<std::size_t>(order)) {
    const std::size_t functions = bends();
    gram_.assign(functions * functions, 0.0);
    std::vector<Row> state(order_, Row(functions, 0.0));  // derivatives at the left end of an interval
    for (std::size_t i = 0; i + 1 < knots_.size(); ++i) {
      const double h = knots_[i + 1] - knots_[i];
      // Row r: coefficients of u^r within the interval, u from its left end.
      std::vector<Row> piece(2 * order_, Row(functions, 0.0));
      double factorial = 1;
      for (std::size_t r = 0; r < order_; ++r) {
        for (std::size_t j = 0; j < functions; ++j) piece[r][j] = state[r][j] / factorial;
        factorial *= static_cast<double>(r + 1);
      }
      const std::size_t first = i + 1 < order_ ? 0 : i + 1 - order_;
      for (std::size_t j = first; j <= i && j < functions; ++j) {
        const Polynomial b = b_spline(j, order_, i);
        for (std::size_t r = 0; r < order_; ++r) {
          double divisor = 1;
          for (std::size_t q = 1; q <= order_; ++q) divisor *= static_cast<double>(r + q);
          piece[r + order_][j] = b[r] / divisor;
        }
        for (std::size_t l = first; l <= j; ++l) {
          const double product = integral(b, b_spline(l, order_, i), h);
          gram_[j * functions + l] += product;
          if (l != j) gram_[l * functions + j] += product;
        }
      }
      for (std::size_t d = 0; d < order_; ++d) state[d] = derivative(piece, h, d);
      pieces_.push_back(std::move(piece));
    }
  }

  std::size_t order() const noexcept { return order_; }
  std::size_t bends() const noexcept { return knots_.size() - order_; }
  /// Integral of the product of the m-th derivatives of two of the functions that bend.
  double gram(std::size_t i, std::size_t j) const { return gram_[i * bends() + j]; }

  /// The functions that bend, or a derivative of them, at x.
  Row bending(double x, std::size_t derivative_number) const {
    const auto after = std::upper_bound(knots_.begin() + 1, knots_.end() - 1, x);
    const auto i = static_cast<std::size_t>(after - knots_.begin() - 1);
    return derivative(pieces_[i], x - knots_[i], derivative_number);
  }
  /// 1, x − ½, (x − ½)², or a derivative of them.
  Row polynomial(double x, std::size_t derivative_number) const {
    Row row(order_, 0.0);
    double power = 1;
    for (std::size_t r = derivative_number; r < order_; ++r) {
      double factor = 1;
      for (std::size_t q = 0; q < derivative_number; ++q) factor *= static_cast<double>(r - q);
      row[r] = factor * power;
      power *= x - 0.5;
    }
    return row;
  }

 private:
  using Polynomial = std::array<double, 3>;

  static Row derivative(const std::vector<Row>& piece, double u, std::size_t number) {
    Row row(piece.front().size(), 0.0);
    for (std::size_t r = piece.size(); r-- > number;) {
      double factor = 1;
      for (std::size_t q = 0; q < number; ++q) factor *= static_cast<double>(r - q);
      for (std::size_t j = 0; j < row.size(); ++j) row[j] = row[j] * u + factor * piece[r][j];
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

  /// B-spline number j of order k within interval i, as a polynomial from the interval's left end: the recurrence of Cox and de Boor.
  Polynomial b_spline(std::size_t j, std::size_t k, std::size_t i) const {
    if (k == 1) return {i == j ? 1.0 : 0.0, 0, 0};
    Polynomial sum{};
    const auto add = [&](const Polynomial& p, double constant, double slope) {
      for (std::size_t r = 0; r < p.size(); ++r) {
        sum[r] += constant * p[r];
        if (r + 1 < p.size()) sum[r + 1] += slope * p[r];
      }
    };
    const double left = knots_[j + k - 1] - knots_[j], right = knots_[j + k] - knots_[j + 1];
    add(b_spline(j, k - 1, i), (knots_[i] - knots_[j]) / left, 1 / left);
    add(b_spline(j + 1, k - 1, i), (knots_[j + k] - knots_[i]) / right, -1 / right);
    return sum;
  }

  std::vector<double> knots_;
  std::size_t order_;
  std::vector<std::vector<Row>> pieces_;  ///< per interval, per power: of each function
  std::vector<double> gram_;
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
