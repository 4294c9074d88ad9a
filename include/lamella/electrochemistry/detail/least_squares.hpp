// Linear least squares by Householder reflections: small, dense, and cheap to include.
#pragma once

#include <lamella/version.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// The x that minimises |a x - b|; `a` holds `columns` columns of b.size() numbers one after the other and is overwritten, b holds the
/// coordinates of the residual afterwards. Columns that are combinations of those before them, to rounding, get 0.
/// G. H. Golub, C. F. Van Loan, Matrix Computations (2013), section 5.3.
inline std::vector<double> solve_least_squares(std::span<double> a, std::size_t columns, std::span<double> b) {
  const std::size_t rows = b.size();
  const auto column = [&](std::size_t k) { return a.subspan(k * rows, rows); };
  std::vector<double> diagonal(columns, 0.0), x(columns, 0.0);
  for (std::size_t k = 0; k < columns && k < rows; ++k) {
    const auto v = column(k);
    double whole = 0, below = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      whole += v[i] * v[i];
      if (i >= k) below += v[i] * v[i];
    }
    if (!(below > 1e-28 * whole)) continue;
    const double norm = v[k] > 0 ? -std::sqrt(below) : std::sqrt(below);
    diagonal[k] = norm;
    v[k] -= norm;
    const double scale = 1 / (norm * v[k]);  // -2/|v|²
    const auto reflect = [&](std::span<double> y) {
      double dot = 0;
      for (std::size_t i = k; i < rows; ++i) dot += v[i] * y[i];
      dot *= scale;
      for (std::size_t i = k; i < rows; ++i) y[i] += dot * v[i];
    };
    for (std::size_t l = k + 1; l < columns; ++l) reflect(column(l));
    reflect(b);
  }
  for (std::size_t k = columns; k-- > 0;) {
    if (diagonal[k] == 0) continue;
    double sum = b[k];
    for (std::size_t l = k + 1; l < columns; ++l) sum -= column(l)[k] * x[l];
    x[k] = sum / diagonal[k];
  }
  return x;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
