// Material for tests/runner/check.cmake: one plain test case, one that needs measured data, and slow ones.
#include <doctest/doctest.h>

TEST_CASE("one plain case") { CHECK(1 + 1 == 2); }

TEST_CASE("data: one case that needs measured data") { CHECK(2 + 2 == 4); }

TEST_CASE("slow: data: one case that takes long and needs measured data") { CHECK(3 + 3 == 6); }
