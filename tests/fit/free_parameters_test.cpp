#include <lamella/core/error.hpp>
#include <lamella/fit/free_parameters.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace lamella;

namespace {

FreeParameters six() {
  return FreeParameters({"A.cell.a", "A.cell.b", "A.cell.c", "A.O1.x", "A.O1.y", "B.cell.a"});
}

std::vector<std::string> names(const std::vector<FreeParameter>& list) {
  std::vector<std::string> result;
  for (const auto& p : list) result.push_back(p.name);
  return result;
}

}  // namespace

TEST_CASE("nothing is free until it is released") {
  FreeParameters p = six();
  CHECK(p.list().empty());
  for (std::size_t i = 0; i < 6; ++i) CHECK_FALSE(p.is_free(i));
  CHECK(p.release("A.cell.a") == 1);
  CHECK(names(p.list()) == std::vector<std::string>{"A.cell.a"});
  CHECK(p.is_free(0));
  CHECK(p.release("nonsense") == 0);
  CHECK(p.list().size() == 1);
}

TEST_CASE("patterns release and hold, in listed order") {
  FreeParameters p = six();
  CHECK(p.release("*.cell.*") == 4);
  CHECK(names(p.list()) == std::vector<std::string>{"A.cell.a", "A.cell.b", "A.cell.c", "B.cell.a"});
  CHECK(p.hold("A.*.b") == 1);
  CHECK(names(p.list()) == std::vector<std::string>{"A.cell.a", "A.cell.c", "B.cell.a"});
  CHECK(p.find("A.O1.*") == std::vector<std::size_t>{3, 4});
}

TEST_CASE("a tied parameter follows its leader and frees it") {
  FreeParameters p = six();
  p.tie(1, 0);
  CHECK(p.release("A.cell.b") == 1);
  const auto list = p.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].name == "A.cell.a");
  REQUIRE(list[0].followers.size() == 2);
  CHECK(list[0].followers[0].index == 0);
  CHECK(list[0].followers[0].coefficient == 1);
  CHECK(list[0].followers[1].index == 1);
  CHECK(list[0].followers[1].coefficient == 1);
  CHECK(p.is_free(0));
  CHECK(p.is_free(1));
  p.hold("A.cell.b");
  CHECK(p.list().empty());
}

TEST_CASE("chains of ties multiply their coefficients, whatever the order in which they are made") {
  for (const bool reverse : {false, true}) {
    CAPTURE(reverse);
    FreeParameters p = six();
    if (reverse) {
      p.tie(2, 1, 3);
      p.tie(1, 0, -2);
    } else {
      p.tie(1, 0, -2);
      p.tie(2, 1, 3);
    }
    p.release("A.cell.c");
    const auto list = p.list();
    REQUIRE(list.size() == 1);
    CHECK(list[0].name == "A.cell.a");
    REQUIRE(list[0].followers.size() == 3);
    CHECK(list[0].followers[1].index == 1);
    CHECK(list[0].followers[1].coefficient == -2);
    CHECK(list[0].followers[2].index == 2);
    CHECK(list[0].followers[2].coefficient == -6);
  }
}

TEST_CASE("ties in a circle are refused") {
  FreeParameters p = six();
  p.tie(1, 0);
  p.tie(2, 1);
  CHECK_THROWS_AS(p.tie(0, 2), Error);
  CHECK_THROWS_AS(p.tie(3, 3), Error);
}

TEST_CASE("what symmetry locks is never released") {
  FreeParameters p = six();
  p.lock(2);
  CHECK(p.release("A.cell.*") == 3);
  CHECK(names(p.list()) == std::vector<std::string>{"A.cell.a", "A.cell.b"});
  p.hold("A.cell.c");
  p.release("A.cell.c");
  CHECK_FALSE(p.is_free(2));
}

TEST_CASE("a follower of a locked parameter is locked with it") {
  FreeParameters p = six();
  p.lock(0);
  p.tie(1, 0);
  p.release("A.cell.*");
  CHECK_FALSE(p.is_free(1));
  CHECK(names(p.list()) == std::vector<std::string>{"A.cell.c"});
}

TEST_CASE("bounds belong to names and come with the list") {
  FreeParameters p = six();
  p.bound("*.cell.a", 1, 50);
  p.release("*.cell.*");
  const auto list = p.list();
  REQUIRE(list.size() == 4);
  CHECK(list[0].lower == 1);
  CHECK(list[0].upper == 50);
  CHECK(std::isinf(list[1].lower));
  CHECK(std::isinf(list[1].upper));
  CHECK(list[3].lower == 1);
}
