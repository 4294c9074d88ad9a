#include <lamella/core/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

using namespace lamella;

namespace {

Result<int> half(int x) {
  if (x % 2 != 0) return Error(std::to_string(x) + " is odd, expected an even number", Place{"list", 4, 2});
  return x / 2;
}

}  // namespace

static_assert(!std::is_convertible_v<Result<int>, bool>);  // only in conditions: no arithmetic by accident

TEST_CASE("a result holds the value") {
  const Result<int> r = half(10);
  REQUIRE(r);
  CHECK(r.has_value());
  CHECK(r.value() == 5);
  CHECK(half(6).value() == 3);
}

TEST_CASE("a result holds the error, and throws it when asked for the value") {
  const Result<int> r = half(7);
  REQUIRE_FALSE(r);
  CHECK(std::string(r.error().what()) == "list:4:2: 7 is odd, expected an even number");
  CHECK(r.error().place().line == 4);
  CHECK_THROWS_WITH_AS(r.value(), "list:4:2: 7 is odd, expected an even number", Error);
  CHECK_THROWS_AS(half(7).value(), Error);
}

TEST_CASE("a value that can only be moved moves out") {
  Result<std::unique_ptr<int>> r = std::make_unique<int>(3);
  REQUIRE(r);
  CHECK(*r.value() == 3);
  const std::unique_ptr<int> taken = std::move(r).value();
  CHECK(*taken == 3);
}

TEST_CASE("a result of errors keeps the two apart") {
  const Result<std::string> text = std::string("fine");
  CHECK(text.value() == "fine");
  const Result<std::string> bad = Error("not fine");
  CHECK_FALSE(bad.has_value());
}
