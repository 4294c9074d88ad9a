// The elements of equivalent circuits: each a value whose impedance is a function of the angular frequency ω.
//
// Conventions: Z = Z′ + jZ″, Ω; capacitive arcs have Z″ < 0. Definitions as in A. Lasia, Electrochemical Impedance Spectroscopy
// and its Applications (Springer 2014), and E. Barsoukov, J. R. Macdonald, Impedance Spectroscopy (Wiley 2005).
#pragma once

#include <lamella/core/scalar.hpp>                      // Scalar
#include <lamella/electrochemistry/complex_number.hpp>  // ComplexNumber, tanh_over_root, coth_over_root

#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// What a parameter of a circuit is: decides its unit, where a fit looks for it, and that it stays positive.
enum class CircuitQuantity : std::uint8_t {
  resistance,           ///< Ω
  capacitance,          ///< F
  inductance,           ///< H
  pseudo_capacitance,   ///< Ω⁻¹ sⁿ
  exponent,             ///< 0 … 1
  warburg_coefficient,  ///< Ω s^(−1/2)
  time,                 ///< s
};

/// Unit of a parameter, as text; empty for an exponent.
constexpr std::string_view unit_of(CircuitQuantity quantity) {
  switch (quantity) {
    case CircuitQuantity::resistance: return "Ω";
    case CircuitQuantity::capacitance: return "F";
    case CircuitQuantity::inductance: return "H";
    case CircuitQuantity::pseudo_capacitance: return "Ω⁻¹ sⁿ";
    case CircuitQuantity::exponent: return "";
    case CircuitQuantity::warburg_coefficient: return "Ω s⁻¹ᐟ²";
    case CircuitQuantity::time: return "s";
  }
  return "";
}

/// A parameter of an element: what follows the name of the element in its own name, and what it is.
struct CircuitParameter {
  std::string_view name;  ///< empty where the element has no other
  CircuitQuantity quantity;
};

/// Part of a circuit: an element, or parts in series or in parallel. A model of it says what the impedance in Ω is at an angular
/// frequency in s⁻¹ (positive), and lists its parameters as fit/parameters.hpp wants.
template <class P>
concept CircuitPart = Scalar<typename P::scalar> && requires(const P part, double omega) {
  { part.impedance(omega) } -> std::same_as<ComplexNumber<typename P::scalar>>;
};

/// Z = R.
template <Scalar T = double>
struct Resistor {
  using scalar = T;
  template <Scalar U>
  using rebind = Resistor<U>;
  static constexpr std::string_view symbol = "R";
  static constexpr std::array<CircuitParameter, 1> quantities{{{"", CircuitQuantity::resistance}}};

  T resistance{1.0};  ///< Ω

  ComplexNumber<T> impedance(double /*omega*/) const { return {resistance, T(0.0)}; }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("R", self.resistance...);
  }
};

/// Z = 1/(jωC).
template <Scalar T = double>
struct Capacitor {
  using scalar = T;
  template <Scalar U>
  using rebind = Capacitor<U>;
  static constexpr std::string_view symbol = "C";
  static constexpr std::array<CircuitParameter, 1> quantities{{{"", CircuitQuantity::capacitance}}};

  T capacitance{1.0};  ///< F

  ComplexNumber<T> impedance(double omega) const { return {T(0.0), T(-1.0) / (T(omega) * capacitance)}; }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("C", self.capacitance...);
  }
};

/// Z = jωL.
template <Scalar T = double>
struct Inductor {
  using scalar = T;
  template <Scalar U>
  using rebind = Inductor<U>;
  static constexpr std::string_view symbol = "L";
  static constexpr std::array<CircuitParameter, 1> quantities{{{"", CircuitQuantity::inductance}}};

  T inductance{1.0};  ///< H

  ComplexNumber<T> impedance(double omega) const { return {T(0.0), T(omega) * inductance}; }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("L", self.inductance...);
  }
};

/// Constant-phase element: Z = 1/(Y (jω)ⁿ). A capacitor where n = 1; some authors write Y as Q.
template <Scalar T = double>
struct ConstantPhaseElement {
  using scalar = T;
  template <Scalar U>
  using rebind = ConstantPhaseElement<U>;
  static constexpr std::string_view symbol = "Q";
  static constexpr std::array<CircuitParameter, 2> quantities{
      {{"Y", CircuitQuantity::pseudo_capacitance}, {"n", CircuitQuantity::exponent}}};

  T pseudo_capacitance{1.0};  ///< Y, Ω⁻¹ sⁿ
  T exponent = T(0.8);      ///< n, 0 … 1

  ComplexNumber<T> impedance(double omega) const {
    using std::cos, std::exp, std::sin;
    const T modulus = exp(T(-std::log(omega)) * exponent) / pseudo_capacitance;
    const T angle = T(-std::numbers::pi / 2) * exponent;
    return {modulus * cos(angle), modulus * sin(angle)};
  }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("Y", self.pseudo_capacitance...);
    visit("n", self.exponent...);
  }
};

/// Semi-infinite diffusion: Z = σ (1 − j)/√ω. The other convention, Z = 1/(Y √(jω)), has Y = 1/(σ√2).
template <Scalar T = double>
struct Warburg {
  using scalar = T;
  template <Scalar U>
  using rebind = Warburg<U>;
  static constexpr std::string_view symbol = "W";
  static constexpr std::array<CircuitParameter, 1> quantities{{{"", CircuitQuantity::warburg_coefficient}}};

  T coefficient{1.0};  ///< σ, Ω s^(−1/2)

  ComplexNumber<T> impedance(double omega) const {
    const T part = coefficient * T(1 / std::sqrt(omega));
    return {part, -part};
  }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("sigma", self.coefficient...);
  }
};

/// Diffusion into a layer that ends at a wall (an insertion electrode): Z = R coth(√(jωτ))/√(jωτ), τ = l²/D.
template <Scalar T = double>
struct OpenWarburg {
  using scalar = T;
  template <Scalar U>
  using rebind = OpenWarburg<U>;
  static constexpr std::string_view symbol = "Wo";
  static constexpr std::array<CircuitParameter, 2> quantities{
      {{"R", CircuitQuantity::resistance}, {"tau", CircuitQuantity::time}}};

  T resistance{1.0};  ///< Ω; three times the limit of Z′ at low frequency
  T time{1.0};        ///< τ, s

  ComplexNumber<T> impedance(double omega) const { return resistance * detail::coth_over_root(T(omega) * time); }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("R", self.resistance...);
    visit("tau", self.time...);
  }
};

/// Diffusion through a layer that ends at a sink: Z = R tanh(√(jωτ))/√(jωτ), τ = l²/D.
template <Scalar T = double>
struct ShortWarburg {
  using scalar = T;
  template <Scalar U>
  using rebind = ShortWarburg<U>;
  static constexpr std::string_view symbol = "Ws";
  static constexpr std::array<CircuitParameter, 2> quantities{
      {{"R", CircuitQuantity::resistance}, {"tau", CircuitQuantity::time}}};

  T resistance{1.0};  ///< Ω; the limit of Z′ at low frequency
  T time{1.0};        ///< τ, s

  ComplexNumber<T> impedance(double omega) const { return resistance * detail::tanh_over_root(T(omega) * time); }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("R", self.resistance...);
    visit("tau", self.time...);
  }
};

/// Diffusion with a reaction that consumes the species: Z = R/√(1 + jωτ).
template <Scalar T = double>
struct Gerischer {
  using scalar = T;
  template <Scalar U>
  using rebind = Gerischer<U>;
  static constexpr std::string_view symbol = "G";
  static constexpr std::array<CircuitParameter, 2> quantities{
      {{"R", CircuitQuantity::resistance}, {"tau", CircuitQuantity::time}}};

  T resistance{1.0};  ///< Ω
  T time{1.0};        ///< τ = 1/k of the reaction, s

  ComplexNumber<T> impedance(double omega) const {
    return resistance * reciprocal(sqrt(ComplexNumber<T>{T(1.0), T(omega) * time}));
  }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("R", self.resistance...);
    visit("tau", self.time...);
  }
};

}  // namespace lamella::inline LAMELLA_ABI
