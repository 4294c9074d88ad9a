// Walks over the parameters of a model: names, values, and the same model on another scalar.
//
// A model lists its parameters once, in a static member
//     template <class Visitor, class... Self>
//     static constexpr void parameters(Visitor& visit, Self&... self) { visit("a", self.a...); … }
// where a visited member is a scalar or a model itself. Any number of equally shaped models can be walked together.
#pragma once

#include <lamella/core/scalar.hpp>  // Scalar, value_of

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Calls `leaf(path, scalars…)` for every scalar; `path` grows only where `Named`, since names cost allocations.
template <bool Named, class Leaf>
class ParameterWalk {
 public:
  explicit ParameterWalk(Leaf& leaf) : leaf_(leaf) {}

  template <class First, class... Others>
  void operator()(std::string_view name, First& first, Others&... others) {
    const std::size_t length = path_.size();
    if constexpr (Named) {
      if (length != 0) path_ += '.';
      path_ += name;
    }
    if constexpr (Scalar<std::remove_const_t<First>>)
      leaf_(static_cast<const std::string&>(path_), first, others...);
    else
      std::remove_const_t<First>::parameters(*this, first, others...);
    path_.resize(length);
  }

  template <class Model, class... Others>
  void walk(Model& model, Others&... others) {
    std::remove_const_t<Model>::parameters(*this, model, others...);
  }

 private:
  Leaf& leaf_;
  std::string path_;
};

}  // namespace detail

/// Calls `visit(scalars…)` for each parameter of one model or of several equally shaped ones, in listed order.
template <class Visit, class Model, class... Others>
void for_each_parameter(Visit visit, Model& model, Others&... others) {
  auto leaf = [&](const std::string&, auto&... scalars) { visit(scalars...); };
  detail::ParameterWalk<false, decltype(leaf)>(leaf).walk(model, others...);
}

/// Calls `visit(name, scalars…)`; the name is the path of members joined by dots, e.g. "O3.cell.a".
template <class Visit, class Model, class... Others>
void for_each_named_parameter(Visit visit, Model& model, Others&... others) {
  auto leaf = [&](const std::string& name, auto&... scalars) { visit(name, scalars...); };
  detail::ParameterWalk<true, decltype(leaf)>(leaf).walk(model, others...);
}

/// Names of all parameters, in listed order.
template <class Model>
std::vector<std::string> parameter_names(const Model& model) {
  std::vector<std::string> names;
  for_each_named_parameter([&](const std::string& name, const auto&) { names.push_back(name); }, model);
  return names;
}

/// Values of all parameters, in listed order.
template <class Model>
std::vector<double> parameter_values(const Model& model) {
  std::vector<double> values;
  for_each_parameter([&](const auto& x) { values.push_back(static_cast<double>(value_of(x))); }, model);
  return values;
}

/// Addresses of all parameters, in listed order: valid while the model is neither moved nor reshaped.
template <class Model>
auto parameter_addresses(Model& model) {
  using T = typename Model::scalar;
  std::vector<T*> addresses;
  for_each_parameter([&](T& x) { addresses.push_back(&x); }, model);
  return addresses;
}

/// "O3.*.Uiso" against "O3.Na1.Uiso": parts separated by dots, `*` stands for one whole part.
inline bool matches(std::string_view pattern, std::string_view name) {
  while (true) {
    const auto p = pattern.find('.');
    const auto n = name.find('.');
    const auto part = pattern.substr(0, p);
    if (part != "*" && part != name.substr(0, n)) return false;
    if (p == std::string_view::npos || n == std::string_view::npos) return p == n;
    pattern.remove_prefix(p + 1);
    name.remove_prefix(n + 1);
  }
}

}  // namespace lamella
