#include <lamella/chemistry/element.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace lamella;

static_assert(atomic_number("Na") == 11);
static_assert(atomic_number("Xx") == 0);
static_assert(find_element("Xx") == nullptr);
static_assert(find_element("") == nullptr);
static_assert(element(28).symbol == "Ni");

TEST_CASE("an element is found by its exact symbol only") {
  REQUIRE(find_element("Sn") != nullptr);
  CHECK(find_element("Sn")->name == "tin");
  CHECK(find_element("na") == nullptr);
  CHECK(find_element("NA") == nullptr);
  CHECK(find_element("Na ") == nullptr);
}

TEST_CASE("rows are in the order of atomic number and symbols find themselves") {
  for (int z = 1; z <= 103; ++z) {
    CHECK(element(z).atomic_number == z);
    CHECK(find_element(element(z).symbol) == &element(z));
    CHECK(element(z).atomic_weight > 1.0);
  }
}

TEST_CASE("atomic weights and electronegativities are those of the IUPAC table and of Pauling's scale") {
  CHECK(element(11).atomic_weight == 22.98976928);
  CHECK(element(8).atomic_weight == 15.999);
  CHECK(element(8).electronegativity == 3.44);
  CHECK(element(2).electronegativity == 0.0);  // none given
}

TEST_CASE("an atomic number without an element is an error that gives the range") {
  CHECK_THROWS_WITH_AS(element(0), "no element has atomic number 0: expected 1 to 103", Error);
  CHECK_THROWS_WITH_AS(element(104), "no element has atomic number 104: expected 1 to 103", Error);
}
