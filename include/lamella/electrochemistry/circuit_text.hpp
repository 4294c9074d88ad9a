// Equivalent circuits written as text: "R-(R|C)-W". The same elements as in equivalent_circuit.hpp, put together at run time.
//
//   circuit  = branch { "-" branch }        in series
//   branch   = part { "|" part }            in parallel; binds tighter than "-"
//   part     = "(" circuit ")" | element
//   element  = R | C | L | Q (constant phase) | W (Warburg) | Wo (to a wall) | Ws (to a sink) | G (Gerischer), a number may follow
//
// An element without a number gets the next free one of its kind, from 1: "R-(R|C)" is "R1-(R2|C1)". Blanks do not matter.
#pragma once

#include <lamella/core/error.hpp>                           // fail, Error
#include <lamella/core/result.hpp>                          // Result
#include <lamella/electrochemistry/circuit_elements.hpp>    // the elements
#include <lamella/electrochemistry/equivalent_circuit.hpp>  // Series, Parallel

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Any element.
template <Scalar T>
using CircuitElement = std::variant<Resistor<T>, Capacitor<T>, Inductor<T>, ConstantPhaseElement<T>, Warburg<T>, OpenWarburg<T>,
                                    ShortWarburg<T>, Gerischer<T>>;

/// A node of a circuit: an element where `parts` is 0, otherwise so many parts, which follow, in series or in parallel.
struct CircuitStep {
  bool parallel = false;
  std::size_t parts = 0;
  friend bool operator==(const CircuitStep&, const CircuitStep&) = default;
};

/// A circuit whose topology is known at run time.
template <Scalar T = double>
struct Circuit {
  using scalar = T;
  template <Scalar U>
  using rebind = Circuit<U>;

  std::vector<std::string> names;           ///< of the elements: "R1", "C1"
  std::vector<CircuitElement<T>> elements;  ///< in the order of the text
  std::vector<CircuitStep> steps;           ///< the tree, each part before its own parts; not empty

  ComplexNumber<T> impedance(double omega) const {
    auto step = steps.data();
    auto element = elements.data();
    return evaluate(step, element, omega);
  }
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    const auto& first = std::get<0>(std::tie(self...));
    for (std::size_t i = 0; i < first.elements.size(); ++i)
      visit_alternative(std::make_index_sequence<std::variant_size_v<CircuitElement<T>>>(), first.names[i], i, visit, self...);
  }

 private:
  static ComplexNumber<T> evaluate(const CircuitStep*& step, const CircuitElement<T>*& element, double omega) {
    const CircuitStep now = *step++;
    if (now.parts == 0) return std::visit([&](const auto& e) { return e.impedance(omega); }, *element++);
    ComplexNumber<T> sum = evaluate(step, element, omega);
    if (now.parallel) sum = reciprocal(sum);
    for (std::size_t i = 1; i < now.parts; ++i) {
      const ComplexNumber<T> part = evaluate(step, element, omega);
      sum = sum + (now.parallel ? reciprocal(part) : part);
    }
    return now.parallel ? reciprocal(sum) : sum;
  }
  template <std::size_t... K, class Visitor, class... Self>
  static constexpr void visit_alternative(std::index_sequence<K...>, std::string_view name, std::size_t i, Visitor& visit,
                                          Self&... self) {
    const auto visit_one = [&]<std::size_t A>(std::integral_constant<std::size_t, A>) {
      if ((... && (self.elements[i].index() == A))) visit(name, *std::get_if<A>(&self.elements[i])...);
    };
    (visit_one(std::integral_constant<std::size_t, K>{}), ...);
  }
};

namespace detail {

/// An element of the kind `text` says, on `T`.
template <Scalar T>
std::optional<CircuitElement<T>> element_of(std::string_view text) {
  std::optional<CircuitElement<T>> found;
  const auto try_one = [&]<class E>(const E& element) {
    if (E::symbol == text) found = element;
  };
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    (try_one(std::variant_alternative_t<K, CircuitElement<T>>{}), ...);
  }(std::make_index_sequence<std::variant_size_v<CircuitElement<T>>>());
  return found;
}

/// Gives each element without a number the next free one of its kind.
template <Scalar T>
void number_elements(Circuit<T>& circuit) {
  for (std::size_t i = 0; i < circuit.elements.size(); ++i) {
    if (!circuit.names[i].empty()) continue;
    const std::string symbol(std::visit([](const auto& e) { return e.symbol; }, circuit.elements[i]));
    std::size_t number = 1;
    const auto taken = [&](const std::string& name) { return std::find(circuit.names.begin(), circuit.names.end(), name) != circuit.names.end(); };
    while (taken(symbol + std::to_string(number))) ++number;
    circuit.names[i] = symbol + std::to_string(number);
  }
}

/// Reads a circuit by recursive descent.
class CircuitParser {
 public:
  explicit CircuitParser(std::string_view text) : text_(text) {}

  Result<Circuit<double>> read() {
    if (text_.size() > longest) return Error("circuit of " + std::to_string(text_.size()) + " characters, expected at most " + std::to_string(longest));
    if (!parse(false, 0)) return error();
    if (peek() != '\0') {
      complain("unexpected " + shown());
      return error();
    }
    number_elements(circuit_);
    return std::move(circuit_);
  }

 private:
  static constexpr std::size_t longest = 400;
  static constexpr std::size_t deepest = 40;

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  std::string shown() { return peek() == '\0' ? "end" : "\"" + std::string(1, static_cast<unsigned char>(peek()) < 0x20 || peek() == 127 ? '?' : peek()) + "\""; }
  void complain(std::string what) {
    if (complaint_.empty()) complaint_ = std::move(what) + ", expected R, C, L, Q, W, Wo, Ws or G, \"-\" for series, \"|\" for parallel, or parentheses";
  }
  Error error() const {
    std::string shown;
    for (const char c : text_.substr(0, 60)) shown += static_cast<unsigned char>(c) < 0x20 || c == 127 ? '?' : c;
    return Error("circuit \"" + shown + (text_.size() > 60 ? "...\"" : "\"") + ", character " + std::to_string(at_ + 1) + ": " + complaint_);
  }

  /// Parts in series, or in parallel where `in_parallel`.
  bool parse(bool in_parallel, std::size_t depth) {
    if (depth > deepest) {
      complain("more than " + std::to_string(deepest / 2) + " parentheses in each other");
      return false;
    }
    const std::size_t start = circuit_.steps.size();
    std::size_t parts = 0;
    do {
      if (parts > 0) ++at_;
      if (!(in_parallel ? part(depth) : parse(true, depth + 1))) return false;
      ++parts;
    } while (peek() == (in_parallel ? '|' : '-'));
    if (parts > 1) circuit_.steps.insert(circuit_.steps.begin() + static_cast<std::ptrdiff_t>(start), {in_parallel, parts});
    return true;
  }

  bool part(std::size_t depth) {
    if (peek() == '(') {
      ++at_;
      if (!parse(false, depth + 1)) return false;
      if (peek() != ')') {
        complain("unexpected " + shown() + " before a parenthesis is closed");
        return false;
      }
      ++at_;
      return true;
    }
    const std::size_t begin = at_;
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t end = begin;
    while (end < text_.size() && letter(text_[end])) ++end;
    const std::string_view symbol = text_.substr(begin, end - begin);
    if (symbol.empty()) {
      complain("unexpected " + shown());
      return false;
    }
    const auto element = element_of<double>(symbol);
    if (!element) {
      complain("no element \"" + std::string(symbol.substr(0, 20)) + "\"");
      return false;
    }
    const std::size_t number = end;
    while (end < text_.size() && digit(text_[end])) ++end;
    std::string name;
    if (end > number) {
      name = std::string(text_.substr(begin, end - begin));
      if (std::find(circuit_.names.begin(), circuit_.names.end(), name) != circuit_.names.end()) {
        complain("a second " + name.substr(0, 20));
        return false;
      }
    }
    at_ = end;
    circuit_.names.push_back(std::move(name));
    circuit_.elements.push_back(*element);
    circuit_.steps.push_back({});
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string complaint_;
  Circuit<double> circuit_;
};

/// Appends a typed part to a circuit.
template <Scalar T, class Element>
void append_part(Circuit<T>& circuit, const Element& element) {
  circuit.names.emplace_back();
  circuit.elements.push_back(element);
  circuit.steps.push_back({});
}
template <Scalar T, class Parts>
void append_parts(Circuit<T>& circuit, const Parts& parts, bool in_parallel);
template <Scalar T, class... P>
void append_part(Circuit<T>& circuit, const Series<P...>& part) {
  append_parts(circuit, part.parts, false);
}
template <Scalar T, class... P>
void append_part(Circuit<T>& circuit, const Parallel<P...>& part) {
  append_parts(circuit, part.parts, true);
}
template <Scalar T, class Parts>
void append_parts(Circuit<T>& circuit, const Parts& parts, bool in_parallel) {
  if constexpr (std::tuple_size_v<Parts> > 1) circuit.steps.push_back({in_parallel, std::tuple_size_v<Parts>});
  std::apply([&](const auto&... part) { (append_part(circuit, part), ...); }, parts);
}

}  // namespace detail

/// A circuit from its text; the grammar is at the top of this header. Values are those of the elements' defaults.
inline Result<Circuit<double>> try_parse_circuit(std::string_view text) { return detail::CircuitParser(text).read(); }

/// `try_parse_circuit` that throws the error, which names the character.
inline Circuit<double> parse_circuit(std::string_view text) { return try_parse_circuit(text).value(); }

/// A typed circuit with its topology as a value: same elements, same numbers.
template <CircuitPart P>
Circuit<typename P::scalar> circuit_of(const P& part) {
  Circuit<typename P::scalar> circuit;
  detail::append_part(circuit, part);
  detail::number_elements(circuit);
  return circuit;
}
template <Scalar T>
Circuit<T> circuit_of(const Circuit<T>& circuit) {
  return circuit;
}

/// The part with these parameters, in the order in which it lists them.
template <CircuitPart P>
P with_parameters(P part, std::span<const double> values) {
  std::size_t next = 0;
  for_each_parameter([&](auto& x) { x = typename P::scalar(next < values.size() ? values[next++] : 0.0); }, part);
  return part;
}

/// "R1-(R2|C1)-W1": reads back as the same circuit.
template <Scalar T>
std::string to_string(const Circuit<T>& circuit) {
  std::size_t step = 0, element = 0;
  const auto write = [&](const auto& self, bool inside) -> std::string {
    const auto now = circuit.steps[step++];
    if (now.parts == 0) return circuit.names[element++];
    std::string text = inside ? "(" : "";
    for (std::size_t i = 0; i < now.parts; ++i) {
      if (i > 0) text += now.parallel ? "|" : "-";
      text += self(self, true);
    }
    return text + (inside ? ")" : "");
  };
  return circuit.steps.empty() ? std::string() : write(write, false);
}

/// A parameter of a circuit under its full name: "R1", "Q1.Y".
struct NamedCircuitParameter {
  std::string name;
  CircuitQuantity quantity;
};

/// The parameters in the order in which models list them.
template <Scalar T>
std::vector<NamedCircuitParameter> circuit_parameters(const Circuit<T>& circuit) {
  std::vector<NamedCircuitParameter> list;
  for (std::size_t i = 0; i < circuit.elements.size(); ++i)
    std::visit(
        [&](const auto& e) {
          for (const CircuitParameter& p : e.quantities)
            list.push_back({p.name.empty() ? circuit.names[i] : circuit.names[i] + "." + std::string(p.name), p.quantity});
        },
        circuit.elements[i]);
  return list;
}

/// The circuit on another scalar.
template <Scalar U, Scalar T>
Circuit<U> rebound(const Circuit<T>& circuit) {
  Circuit<U> other;
  other.names = circuit.names;
  other.steps = circuit.steps;
  for (const auto& element : circuit.elements)
    other.elements.push_back(std::visit(
        []<class E>(const E& e) {
          typename E::template rebind<U> to;
          for_each_parameter([](U& x, const T& value) { x = U(value); }, to, e);
          return CircuitElement<U>(to);
        },
        element));
  return other;
}

}  // namespace lamella::inline LAMELLA_ABI
