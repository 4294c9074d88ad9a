// Several quantities derived from one model, with their covariance.
#pragma once

#include <lamella/core/measured.hpp>  // Measured

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace lamella::inline LAMELLA_ABI {

/// Several derived quantities and their covariance: they belong together, since esds alone hide correlation.
template <std::size_t M>
struct Derived {
  std::array<double, M> value{};
  std::array<std::array<double, M>, M> covariance{};

  /// Number `i` alone.
  Measured operator[](std::size_t i) const { return {value[i], std::sqrt(std::max(0.0, covariance[i][i]))}; }
  /// Correlation coefficient of two of them, −1 … 1; 0 where one has no uncertainty.
  double correlation(std::size_t i, std::size_t j) const {
    const double scale = std::sqrt(covariance[i][i] * covariance[j][j]);
    return scale > 0 ? std::clamp(covariance[i][j] / scale, -1.0, 1.0) : 0.0;
  }
};

}  // namespace lamella
