// The number concept on which every model is templated.
#pragma once

#include <lamella/version.hpp>

#include <concepts>
#include <type_traits>

namespace lamella::inline LAMELLA_ABI {

/// A real number that models compute with: `double`, `float`, `Dual<double, N>` and look-alikes.
///
/// `a + b` must *be* a `T`. Scalars whose operators return expression templates are refused, because a
/// value deduced with `auto` would then hold references to dead temporaries and give wrong numbers silently.
template <class T>
concept Scalar = std::semiregular<T> && !std::integral<T> && std::constructible_from<T, double> && requires(T a, T b) {
  { a + b } -> std::same_as<T>;
  { a - b } -> std::same_as<T>;
  { a * b } -> std::same_as<T>;
  { a / b } -> std::same_as<T>;
  { -a } -> std::same_as<T>;
  { a += b } -> std::same_as<T&>;
  { a < b } -> std::convertible_to<bool>;
};

/// The plain number inside a scalar: `x` itself for floating point; duals overload it.
template <std::floating_point T>
constexpr T value_of(T x) noexcept {
  return x;
}

/// `x * x`, without the cost or the domain questions of `pow`.
template <Scalar T>
constexpr T square(const T& x) {
  return x * x;
}

}  // namespace lamella
