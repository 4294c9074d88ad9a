#include <lamella/core/dual.hpp>
#include <lamella/fit/parameters.hpp>

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "toy_model.hpp"

using namespace lamella;
using lamella_test::Plate, lamella_test::Toy, lamella_test::toy;

TEST_CASE("names are the paths of members, in listed order") {
  CHECK(parameter_names(toy()) == std::vector<std::string>{"offset", "top.width", "top.height", "bottom.width",
                                                           "bottom.height", "layer0", "layer1", "layer2"});
}

TEST_CASE("values and addresses come in the order of the names") {
  Toy<double> t = toy();
  CHECK(parameter_values(t) == std::vector<double>{0.5, 1, 2, 3, 4, 5, 6, 7});
  const auto address = parameter_addresses(t);
  REQUIRE(address.size() == 8);
  CHECK(address[0] == &t.offset);
  CHECK(address[4] == &t.bottom.height);
  CHECK(address[7] == &t.layers[2]);
  *address[2] = 20;
  CHECK(t.top.height == 20);
}

TEST_CASE("a model without parameters in its lists is walked too") {
  Toy<double> t = toy();
  t.layers.clear();
  CHECK(parameter_names(t).size() == 5);
  CHECK(parameter_values(t).back() == 4);
}

TEST_CASE("models of equal shape are walked in pairs and in threes, also on different scalars") {
  using D = Dual<double, 2>;
  Toy<double> a = toy();
  const Toy<double> b{10, {20, 30}, {40, 50}, {60, 70, 80}};
  int visits = 0;
  for_each_parameter([&](double& x, const double& y) { x += y; ++visits; }, a, b);
  CHECK(visits == 8);
  CHECK(parameter_values(a) == std::vector<double>{10.5, 21, 32, 43, 54, 65, 76, 87});

  auto dual = rebound<D>(a);
  for_each_parameter([](D& x, const double& y, double& z) { x = D(y) * 2.0; z = -y; }, dual, b, a);
  CHECK(parameter_values(dual) == std::vector<double>{20, 40, 60, 80, 100, 120, 140, 160});
  CHECK(parameter_values(a) == std::vector<double>{-10, -20, -30, -40, -50, -60, -70, -80});

  std::string names;
  for_each_named_parameter([&](const std::string& name, const D& x, const double& y) {
    names += name + ";";
    CHECK(x.value == 2 * y);
  }, dual, b);
  CHECK(names == "offset;top.width;top.height;bottom.width;bottom.height;layer0;layer1;layer2;");
}

TEST_CASE("constant models give constant references") {
  const Toy<double> t = toy();
  for_each_parameter([](auto& x) { static_assert(std::is_const_v<std::remove_reference_t<decltype(x)>>); }, t);
  static_assert(std::is_same_v<decltype(parameter_addresses(std::declval<Toy<double>&>())), std::vector<double*>>);
}

TEST_CASE("a model changes its scalar by rebind") {
  static_assert(std::is_same_v<Toy<double>::rebind<Dual<double, 3>>, Toy<Dual<double, 3>>>);
  static_assert(std::is_same_v<Plate<float>::rebind<double>, Plate<double>>);
  CHECK(parameter_values(rebound<Dual<double, 3>>(toy())) == parameter_values(toy()));
}

TEST_CASE("a star stands for exactly one part of a name") {
  CHECK(matches("O3.cell.a", "O3.cell.a"));
  CHECK(matches("*.cell.a", "O3.cell.a"));
  CHECK(matches("O3.*.a", "O3.cell.a"));
  CHECK(matches("O3.cell.*", "O3.cell.a"));
  CHECK(matches("*.*.*", "O3.cell.a"));
  CHECK(matches("*", "scale"));

  CHECK_FALSE(matches("*", "O3.scale"));
  CHECK_FALSE(matches("*.*", "O3.cell.a"));
  CHECK_FALSE(matches("*.*.*.*", "O3.cell.a"));
  CHECK_FALSE(matches("O3.cell", "O3.cell.a"));
  CHECK_FALSE(matches("O3.cell.a", "O3.cell"));
  CHECK_FALSE(matches("O3.cell.a", "O3.cell.alpha"));  // no prefixes
  CHECK_FALSE(matches("O3.cell.alpha", "O3.cell.a"));
  CHECK_FALSE(matches("O3.c*.a", "O3.cell.a"));        // no part of a part
  CHECK_FALSE(matches("", "scale"));
  CHECK_FALSE(matches("O3..a", "O3.cell.a"));
  CHECK_FALSE(matches("o3.cell.a", "O3.cell.a"));      // capitals matter
}
