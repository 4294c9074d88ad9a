#include <lamella/chemistry/species.hpp>

#include <doctest/doctest.h>

#include <initializer_list>

using namespace lamella;

static_assert(parse_species("Mn4+") == Species{25, 4});
static_assert("Mn4+"_species == parse_species("Mn4+"));
static_assert(parse_species("Mn4+") != parse_species("Mn"));
static_assert(neutral(parse_species("Ni2+")) == parse_species("Ni"));
static_assert(element(parse_species("O2-")).symbol == "O");
static_assert(Species{25, 3} < Species{25, 4} && Species{25, 4} < Species{26, 0});

TEST_CASE("a species is read from each of the usual spellings") {
  for (const char* text : {"Na+", "Na1+", "Na+1"}) CHECK(parse_species(text) == Species{11, 1});
  for (const char* text : {"O2-", "O-2"}) CHECK(parse_species(text) == Species{8, -2});
  for (const char* text : {"Na", "Na0", "Na0+", "Na+0"}) CHECK(parse_species(text) == Species{11, 0});
  CHECK(parse_species("F-") == Species{9, -1});
  CHECK(parse_species("Cr3+") == Species{24, 3});
  CHECK(parse_species("S6+") == Species{16, 6});
}

TEST_CASE("a species reads back from its text") {
  CHECK(to_string(Species{11, 1}) == "Na+");
  CHECK(to_string(Species{8, -2}) == "O2-");
  CHECK(to_string(Species{9, -1}) == "F-");
  CHECK(to_string(Species{28, 0}) == "Ni");
  for (int z = 1; z <= 103; ++z)
    for (int charge = -9; charge <= 9; ++charge) {
      const Species s{static_cast<std::uint8_t>(z), static_cast<std::int8_t>(charge)};
      CHECK(parse_species(to_string(s)) == s);
    }
}

TEST_CASE("text that is not a species is an error that says what was expected") {
  CHECK_THROWS_WITH_AS(parse_species(""),
                       "\"\" is not a chemical species: expected an element symbol such as Na", Error);
  CHECK_THROWS_WITH_AS(parse_species("Xy2+"),
                       "\"Xy2+\" is not a chemical species: expected an element symbol such as Na", Error);
  CHECK_THROWS_WITH_AS(parse_species("O2"),
                       "\"O2\" is not a chemical species: expected the sign of the charge, as in 2+ or 2-",
                       Error);
  for (const char* text : {"Na++", "Na+1+", "Na12+", "Na+ ", "Na2+x", "Nax", "NA+", " Na", "Na-+", "Na1.5+",
                           "+", "2+", "Na\xc2\xb2"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_species(text), Error);
  }
}

TEST_CASE("the non-throwing reader returns the same species and the same error") {
  CHECK(try_parse_species("Fe3+").value() == Species{26, 3});
  const auto bad = try_parse_species("Fe+3+");
  REQUIRE(!bad);
  CHECK(bad.error().what() == std::string("\"Fe+3+\" is not a chemical species: expected nothing or one "
                                          "charge such as +, 2+ or +2 after the element symbol"));
}
