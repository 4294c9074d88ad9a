// Laws that give parameters of a model as functions of coordinates: a cell edge against temperature or composition.
#pragma once

#include <lamella/core/dual.hpp>       // Dual
#include <lamella/core/error.hpp>      // fail
#include <lamella/fit/parameters.hpp>  // for_each_parameter, parameter_names, parameter_values

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A law as its user writes it: a small struct on any scalar T with parameters of its own, like any model, and a call that takes
/// the coordinates of a data set (temperature, composition, time …) and gives values of N parameters of the model as std::array<T, N>.
///
///     template <Scalar T = double>
///     struct CellLaw {
///       using scalar = T;
///       template <Scalar U>
///       using rebind = CellLaw<U>;
///       T a0{2.97}, a1{}, c0{16}, c1{};
///       template <class Visitor, class... Self>
///       static constexpr void parameters(Visitor& visit, Self&... self) {
///         visit("a0", self.a0...); …
///       }
///       std::array<T, 2> operator()(std::span<const double> x) const { return {a0 + a1 * x[0], c0 + c1 * x[0]}; }
///     };
///
/// Constants belong into the code: only parameters are carried from one scalar to another.
template <class L>
concept Law = Scalar<typename L::scalar> && std::default_initializable<typename L::template rebind<double>> &&
              requires(const L& law, std::span<const double> x) {
                { law(x)[0] } -> std::convertible_to<typename L::scalar>;
                std::tuple_size<decltype(law(x))>::value;
              };

/// A law whatever its type: what a fit needs of it. Made by `parametric_law`.
struct ParametricLaw {
  std::string name;                  ///< first part of the names of its parameters
  std::vector<std::string> targets;  ///< names of the model's parameters whose values it gives, in its order
  std::vector<std::string> names;    ///< "<name>.<parameter>"
  std::vector<double> start;         ///< of its parameters
  /// Values at the coordinates `x` for its parameters `p`, and their derivatives: `slopes` has a column of one element per value for each
  /// parameter.
  std::function<void(std::span<const double> p, std::span<const double> x, std::span<double> values, std::span<double> slopes)> evaluate;
};

/// The law `law`, its parameters starting as they are in it. `targets`: names of the parameters of the model that it gives, e.g.
/// {"O3.cell.a", "O3.cell.c"}. Throws where there are not as many as the law has values, or a start is not finite.
template <Law L>
ParametricLaw parametric_law(std::string name, std::vector<std::string> targets, const L& law) {
  constexpr std::size_t count = std::tuple_size_v<decltype(law(std::span<const double>{}))>, width = 8;
  using Wide = Dual<double, width>;
  if (targets.size() != count)
    fail("law " + name + ": expected the names of " + std::to_string(count) + " parameters of the model, as many as it has values, got " + std::to_string(targets.size()));
  ParametricLaw r{std::move(name), std::move(targets), {}, parameter_values(law), {}};
  for (const auto& parameter : parameter_names(law)) r.names.push_back(r.name + "." + parameter);
  for (std::size_t i = 0; i < r.start.size(); ++i)
    if (!std::isfinite(r.start[i])) fail("the start of " + r.names[i] + " is not a number");
  r.evaluate = [](std::span<const double> p, std::span<const double> x, std::span<double> values, std::span<double> slopes) {
    typename L::template rebind<Wide> dual{};
    std::size_t first = 0;
    do {  // once even where the law has no parameter
      std::size_t k = 0;
      for_each_parameter([&](Wide& parameter) {
        parameter = Wide(p[k]);
        if (k >= first && k < first + width) parameter.grad[k - first] = 1;
        ++k;
      }, dual);
      const auto y = std::as_const(dual)(x);
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = y[i].value;
        for (std::size_t j = first; j < std::min(first + width, p.size()); ++j) slopes[j * count + i] = y[i].grad[j - first];
      }
      first += width;
    } while (first < p.size());
  };
  return r;
}

}  // namespace lamella
