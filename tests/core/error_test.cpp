#include <lamella/core/error.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <type_traits>

using namespace lamella;

static_assert(std::is_base_of_v<std::runtime_error, Error>);
static_assert(std::is_nothrow_copy_constructible_v<std::runtime_error>);

TEST_CASE("a place says as much as is known of it") {
  CHECK(Place{}.prefix() == "");
  CHECK(Place{"a.xye", 0, 0}.prefix() == "a.xye: ");
  CHECK(Place{"a.xye", 12, 0}.prefix() == "a.xye:12: ");
  CHECK(Place{"a.xye", 12, 3}.prefix() == "a.xye:12:3: ");
  CHECK(Place{"", 12, 0}.prefix() == "line 12: ");
  CHECK(Place{"", 12, 3}.prefix() == "line 12:3: ");
  CHECK(Place{"a.xye", 0, 3}.prefix() == "a.xye: ");  // a column without a line means nothing
}

TEST_CASE("an error names the place, then the fault") {
  const Error error("two columns, expected three", Place{"scan.xye", 7, 1});
  CHECK(std::string(error.what()) == "scan.xye:7:1: two columns, expected three");
  CHECK(error.place().file == "scan.xye");
  CHECK(error.place().line == 7);
  CHECK(error.place().column == 1);
  CHECK(std::string(Error("nothing to do").what()) == "nothing to do");
  CHECK(Error("nothing to do").place().line == 0);
}

TEST_CASE("fail throws the error it was given") {
  CHECK_THROWS_WITH_AS(fail("bad"), "bad", Error);
  CHECK_THROWS_WITH_AS(fail("bad", Place{"f", 2, 0}), "f:2: bad", Error);
  CHECK_THROWS_WITH_AS(fail(Error("worse", Place{"g", 0, 0})), "g: worse", Error);
  CHECK_THROWS_AS(fail("caught as a standard exception"), std::runtime_error);
  try {
    fail("kept", Place{"h", 3, 4});
  } catch (const Error& error) {
    CHECK(error.place().column == 4);
  }
}
