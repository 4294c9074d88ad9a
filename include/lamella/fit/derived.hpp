// Quantities derived from a fitted model, with uncertainties that include every correlation.
#pragma once

#include <lamella/core/dual.hpp>            // Dual
#include <lamella/fit/derived_values.hpp>   // Derived
#include <lamella/fit/free_parameters.hpp>  // FreeParameter
#include <lamella/fit/parameters.hpp>       // for_each_parameter, parameter_addresses

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Propagates `covariance` of the free parameters through `f`, which maps a model on any scalar T to
/// std::array<T, M>. Derivatives are exact (dual numbers, swept over the parameters).
template <std::size_t M, class Model, class F>
Derived<M> propagate(const Model& model, std::span<const FreeParameter> free, const Eigen::MatrixXd& covariance, F&& f) {
  constexpr std::size_t width = 8;
  using Wide = Dual<double, width>;
  auto dual = rebound<Wide>(model);
  const auto address = parameter_addresses(dual);
  Eigen::MatrixXd slope = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(M), static_cast<Eigen::Index>(free.size()));
  Derived<M> result;
  std::size_t first = 0;
  do {
    const std::size_t count = std::min(width, free.size() - first);
    for_each_parameter([](Wide& x, const double& value) { x = Wide(value); }, dual, model);
    for (std::size_t k = 0; k < count; ++k)
      for (const auto& follower : free[first + k].followers) address[follower.index]->grad[k] = follower.coefficient;
    const std::array<Wide, M> y = f(std::as_const(dual));
    for (std::size_t i = 0; i < M; ++i) {
      result.value[i] = y[i].value;
      for (std::size_t k = 0; k < count; ++k)
        slope(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(first + k)) = y[i].grad[k];
    }
    first += count;
  } while (first < free.size());
  if (covariance.size() == 0) return result;
  const Eigen::MatrixXd spread = slope * covariance * slope.transpose();
  for (std::size_t i = 0; i < M; ++i)
    for (std::size_t j = 0; j < M; ++j)
      result.covariance[i][j] = spread(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
  return result;
}

}  // namespace lamella
