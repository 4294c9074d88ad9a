// A function as a table for the inner loop of a simulation: looked up in constant time with its derivative, without allocation, at
// compile time too. For phase-field and battery codes: nothing but this header and the scalars is needed.
#pragma once

#include <lamella/core/scalar.hpp>  // Scalar, value_of

#include <array>
#include <concepts>
#include <cstddef>

namespace lamella::inline LAMELLA_ABI {

/// N equidistant places of a function of x between `lower` and `upper`, with the slopes and the esds there. Between two places it is the
/// cubic of their values and slopes.
///
/// Outside it keeps the value of its end, with derivative 0; NaN gives NaN. Made by `tabulate`, which limits the slopes so that between
/// two places the table never leaves the range of their values: where the function rises or falls, so does the table.
template <std::size_t N, std::floating_point T = double>
struct FunctionTable {
  static_assert(N >= 2, "a table needs two places");

  T lower = 0, upper = 1;
  std::array<T, N> value{};
  std::array<T, N> slope{};  ///< per unit of x
  std::array<T, N> esd{};    ///< of the values; 0: not known

  static constexpr std::size_t size() noexcept { return N; }
  constexpr bool contains(T x) const noexcept { return x >= lower && x <= upper; }
  constexpr T place(std::size_t i) const noexcept { return lower + (upper - lower) * static_cast<T>(i) / static_cast<T>(N - 1); }

  /// The value at x, which may be a dual number.
  template <Scalar X>
  constexpr X operator()(const X& x) const {
    const auto [i, t] = find(x);
    const auto c = cubic(i);
    return X(static_cast<double>(c[0])) + t * (X(static_cast<double>(c[1])) + t * (X(static_cast<double>(c[2])) + t * X(static_cast<double>(c[3]))));
  }

  /// The derivative of the table at x.
  template <Scalar X>
  constexpr X derivative(const X& x) const {
    if (value_of(x) < lower || value_of(x) > upper) return X(0.0);
    const auto [i, t] = find(x);
    const auto c = cubic(i);
    const X rise = X(static_cast<double>(c[1])) + t * (X(static_cast<double>(2 * c[2])) + t * X(static_cast<double>(3 * c[3])));
    return rise * X(static_cast<double>(1 / step()));
  }

  /// The esd at x, interpolated.
  constexpr T esd_at(T x) const {
    const auto [i, t] = find(x);
    return esd[i] + t * (esd[i + 1] - esd[i]);
  }

 private:
  template <class X>
  struct Spot {
    std::size_t interval;
    X fraction;
  };

  constexpr T step() const noexcept { return (upper - lower) / static_cast<T>(N - 1); }

  template <Scalar X>
  constexpr Spot<X> find(const X& x) const {
    const X place = (x - X(static_cast<double>(lower))) * X(static_cast<double>(1 / step()));
    const auto u = value_of(place);
    using U = decltype(u);
    if (u < U(0)) return {0, X(0.0)};
    if (u > static_cast<U>(N - 1)) return {N - 2, X(1.0)};
    if (!(u < static_cast<U>(N - 1))) return {N - 2, place - X(static_cast<double>(N - 2))};  // the last place, or NaN
    const auto i = static_cast<std::size_t>(u);
    return {i, place - X(static_cast<double>(i))};
  }

  /// Coefficients in the fraction of an interval.
  constexpr std::array<T, 4> cubic(std::size_t i) const {
    const T rise = value[i + 1] - value[i], m = step() * slope[i], n = step() * slope[i + 1];
    return {value[i], m, 3 * rise - 2 * m - n, m + n - 2 * rise};
  }
};

/// Tabulates a function that gives its value, slope and esd at x as an array of three. Slopes are limited as by F. N. Fritsch & R. E.
/// Carlson (SIAM J. Numer. Anal. 17 (1980) 238): at most three times the slope of the chords on both sides, 0 at an extremum.
template <std::size_t N, std::floating_point T = double, class F>
constexpr FunctionTable<N, T> tabulate(F&& f, double lower, double upper) {
  FunctionTable<N, T> table{.lower = static_cast<T>(lower), .upper = static_cast<T>(upper)};
  for (std::size_t i = 0; i < N; ++i) {
    const auto [value, slope, esd] = f(i + 1 < N ? lower + (upper - lower) * static_cast<double>(i) / static_cast<double>(N - 1) : upper);
    table.value[i] = static_cast<T>(value);
    table.slope[i] = static_cast<T>(slope);
    table.esd[i] = static_cast<T>(esd);
  }
  const T step = (table.upper - table.lower) / static_cast<T>(N - 1);
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const T chord = (table.value[i + 1] - table.value[i]) / step;
    for (T* m : {&table.slope[i], &table.slope[i + 1]}) {
      if (*m * chord <= 0) *m = 0;
      else if (chord > 0 ? *m > 3 * chord : *m < 3 * chord) *m = 3 * chord;
    }
  }
  return table;
}

}  // namespace lamella::inline LAMELLA_ABI
