// A nested model that has nothing to do with crystals: two plates and a list of layers.
#pragma once

#include <lamella/core/scalar.hpp>
#include <lamella/fit/parameters.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace lamella_test {

template <lamella::Scalar T = double>
struct Plate {
  T width{}, height{};

  template <lamella::Scalar U>
  using rebind = Plate<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("width", self.width...);
    visit("height", self.height...);
  }
};

template <lamella::Scalar T = double>
struct Toy {
  using scalar = T;

  T offset{};
  Plate<T> top{}, bottom{};
  std::vector<T> layers;

  template <lamella::Scalar U>
  using rebind = Toy<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    visit("offset", self.offset, others.offset...);
    visit("top", self.top, others.top...);
    visit("bottom", self.bottom, others.bottom...);
    for (std::size_t i = 0; i < self.layers.size(); ++i)
      visit("layer" + std::to_string(i), self.layers[i], others.layers[i]...);
  }
};

template <lamella::Scalar U>
Toy<U> rebound(const Toy<double>& t) {
  Toy<U> r{U(t.offset), {U(t.top.width), U(t.top.height)}, {U(t.bottom.width), U(t.bottom.height)}, {}};
  for (const double x : t.layers) r.layers.push_back(U(x));
  return r;
}

inline Toy<double> toy() { return {0.5, {1, 2}, {3, 4}, {5, 6, 7}}; }

}  // namespace lamella_test
