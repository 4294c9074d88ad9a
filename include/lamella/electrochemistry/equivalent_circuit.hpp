// Equivalent circuits as types: series(Resistor{100.}, parallel(Resistor{200.}, Capacitor{8e-7}), Warburg{1768.}).
//
// The type is the topology, the value holds the parameters; nothing is allocated and the compiler sees through all of it. The same
// circuits written as text: circuit_text.hpp.
#pragma once

#include <lamella/electrochemistry/circuit_elements.hpp>  // CircuitPart and the elements
#include <lamella/fit/parameters.hpp>                     // what `parameters` is for

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Names of the parts of a circuit for `parameters`: "1", "2", …
inline constexpr std::array<std::string_view, 16> part_names{"1", "2",  "3",  "4",  "5",  "6",  "7",  "8",
                                                             "9", "10", "11", "12", "13", "14", "15", "16"};

template <std::size_t... I, class Visitor, class... Self>
constexpr void visit_parts(std::index_sequence<I...>, Visitor& visit, Self&... self) {
  const auto visit_one = [&]<std::size_t K>(std::integral_constant<std::size_t, K>) { visit(part_names[K], std::get<K>(self.parts)...); };
  (visit_one(std::integral_constant<std::size_t, I>{}), ...);
}

}  // namespace detail

/// Parts one after the other: impedances add.
template <CircuitPart First, CircuitPart... Others>
struct Series {
  static_assert(sizeof...(Others) >= 1, "expected two parts or more");
  static_assert(sizeof...(Others) < detail::part_names.size());
  using scalar = typename First::scalar;
  template <Scalar U>
  using rebind = Series<typename First::template rebind<U>, typename Others::template rebind<U>...>;

  std::tuple<First, Others...> parts;

  ComplexNumber<scalar> impedance(double omega) const {
    return std::apply([&](const auto&... part) { return (... + part.impedance(omega)); }, parts);
  }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    detail::visit_parts(std::make_index_sequence<1 + sizeof...(Others)>(), visit, self...);
  }
};

/// Parts side by side: admittances add.
template <CircuitPart First, CircuitPart... Others>
struct Parallel {
  static_assert(sizeof...(Others) >= 1, "expected two parts or more");
  static_assert(sizeof...(Others) < detail::part_names.size());
  using scalar = typename First::scalar;
  template <Scalar U>
  using rebind = Parallel<typename First::template rebind<U>, typename Others::template rebind<U>...>;

  std::tuple<First, Others...> parts;

  ComplexNumber<scalar> impedance(double omega) const {
    return reciprocal(std::apply([&](const auto&... part) { return (... + reciprocal(part.impedance(omega))); }, parts));
  }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    detail::visit_parts(std::make_index_sequence<1 + sizeof...(Others)>(), visit, self...);
  }
};

/// The parts one after the other.
template <CircuitPart... Parts>
constexpr Series<Parts...> series(const Parts&... parts) {
  return {{parts...}};
}

/// The parts side by side.
template <CircuitPart... Parts>
constexpr Parallel<Parts...> parallel(const Parts&... parts) {
  return {{parts...}};
}

}  // namespace lamella::inline LAMELLA_ABI
