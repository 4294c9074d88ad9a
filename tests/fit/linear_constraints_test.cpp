// Linear constraints between parameters: several leaders, sums that stay, groups that move together.
#include <lamella/core/error.hpp>
#include <lamella/fit/free_parameters.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

using namespace lamella;

namespace {

FreeParameters four() { return FreeParameters({"P.Na1.occupancy", "P.Mg1.occupancy", "P.Li1.occupancy", "P.O1.Uiso"}); }

/// What each free variable moves: name of the variable → index of the parameter → coefficient.
std::map<std::string, std::map<std::size_t, double>> moves(const FreeParameters& p) {
  std::map<std::string, std::map<std::size_t, double>> result;
  for (const auto& free : p.list())
    for (const auto& follower : free.followers) result[free.name][follower.index] = follower.coefficient;
  return result;
}

}  // namespace

TEST_CASE("the last of a kept sum takes up what the others give") {
  FreeParameters p = four();
  p.keep_sum({{"P.Na1.occupancy", 1}, {"P.Mg1.occupancy", 2}, {"P.Li1.occupancy", 4}});
  p.release("P.*.occupancy");
  // d(Li) = −d(Na)/4 − d(Mg)/2.
  CHECK(moves(p) == std::map<std::string, std::map<std::size_t, double>>{{"P.Na1.occupancy", {{0, 1}, {2, -0.25}}}, {"P.Mg1.occupancy", {{1, 1}, {2, -0.5}}}});
  CHECK(p.is_free(2));
}

TEST_CASE("a chain of ties is resolved whatever the order in which it is made") {
  for (const bool leader_first : {false, true}) {
    FreeParameters p = four();
    if (leader_first) p.tie(1, 0, 2);
    p.follow(3, {{1, 3}, {2, 5}});
    if (!leader_first) p.tie(1, 0, 2);
    p.release("*.*.*");
    CHECK(moves(p) == std::map<std::string, std::map<std::size_t, double>>{{"P.Na1.occupancy", {{0, 1}, {1, 2}, {3, 6}}}, {"P.Li1.occupancy", {{2, 1}, {3, 5}}}});
  }
}

TEST_CASE("equated parameters move together; ties that were there stay") {
  FreeParameters p = four();
  p.tie(1, 0, -1);
  p.equate("P.*.occupancy");
  p.release("P.Li1.occupancy");
  CHECK(moves(p) == std::map<std::string, std::map<std::size_t, double>>{{"P.Na1.occupancy", {{0, 1}, {1, -1}, {2, 1}}}});
}

TEST_CASE("a held leader leaves a follower of two to the other") {
  FreeParameters p = four();
  p.follow(2, {{0, 1}, {1, 1}});
  p.release("P.Na1.occupancy");
  CHECK(moves(p) == std::map<std::string, std::map<std::size_t, double>>{{"P.Na1.occupancy", {{0, 1}, {2, 1}}}});
  p.hold("P.Li1.occupancy");
  CHECK(p.list().empty());
}

TEST_CASE("constraints that make no sense are refused") {
  FreeParameters p = four();
  CHECK_THROWS_AS(p.equate("P.*.z"), Error);
  CHECK_THROWS_AS(p.keep_sum({{"P.Na1.occupancy", 1}}), Error);
  CHECK_THROWS_AS(p.keep_sum({{"P.Na1.occupancy", 1}, {"P.K1.occupancy", 1}}), Error);
  CHECK_THROWS_AS(p.keep_sum({{"P.Na1.occupancy", 1}, {"P.Mg1.occupancy", 0}}), Error);
  p.tie(1, 0);
  CHECK_THROWS_AS(p.tie(0, 1), Error);
}
