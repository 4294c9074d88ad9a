// Material for tests/runner/check.cmake: one plain test case and one that needs measured data.
#include <doctest/doctest.h>

TEST_CASE("one plain case") { CHECK(1 + 1 == 2); }

TEST_CASE("data: one case that needs measured data") { CHECK(2 + 2 == 4); }
