#include <lamella/chemistry/composition.hpp>

#include <doctest/doctest.h>

using namespace lamella;

static_assert(partition("NaNi0.5Mn0.5O2"_formula).alkali == "Na"_formula);
static_assert(partition("NaNi0.5Mn0.5O2"_formula).slab == "Ni0.5Mn0.5"_formula);
static_assert(partition("NaNi0.5Mn0.5O2"_formula).anion == "O2"_formula);

TEST_CASE("a formula is normalised to two anions") {
  CHECK(partition("Na2Co2O4"_formula).alkali == "Na"_formula);
  CHECK(partition("Na0.7MnO1.9F0.1"_formula).anion == "O1.9F0.1"_formula);
  CHECK(partition("Na4Mn6O14"_formula).slab.total() == doctest::Approx(6.0 / 7.0));
  CHECK(partition("NaTiS2"_formula).anion == "S2"_formula);
}

TEST_CASE("fully charged, potassium and charged formulas find their layers") {
  CHECK(partition("CoO2"_formula).alkali.empty());
  CHECK(partition("K0.5Na0.2MnO2"_formula).alkali == "K0.5Na0.2"_formula);
  CHECK(partition("Na1+Mn3+O2-2"_formula).slab == "Mn3+"_formula);
}

TEST_CASE("lithium fills a slab that lacks cations, sodium never does") {
  CHECK(partition("Na0.66Li0.22Ti0.78O2"_formula).slab == "Li0.22Ti0.78"_formula);
  CHECK(partition("Na0.66Li0.22Ti0.78O2"_formula).alkali == "Na0.66"_formula);
  const Sublattices rich = partition("Li1.2Mn0.6Ni0.2O2"_formula);
  CHECK(rich.slab.amount("Li"_species) == doctest::Approx(0.2));
  CHECK(rich.alkali.amount("Li"_species) == doctest::Approx(1.0));
  CHECK(rich.slab.total() == doctest::Approx(1.0));
  CHECK(partition("Na0.9Mn0.9O2"_formula).slab == "Mn0.9"_formula);
}

TEST_CASE("lithium stays out of a slab that is full but for the rounding of the amounts") {
  CHECK(partition("LiNi0.33Mn0.33Co0.33O2"_formula).slab == "Ni0.33Mn0.33Co0.33"_formula);
  CHECK(partition("LiCoO2"_formula).alkali == "Li"_formula);
  CHECK(partition("LiCoO2"_formula).slab == "Co"_formula);
}

TEST_CASE("tellurium is a cation beside oxygen and an anion without, unless its charge says so") {
  CHECK(partition("Na2Ni2TeO6"_formula).slab.amount("Te"_species) == doctest::Approx(1.0 / 3.0));
  CHECK(partition("NaCrTe2"_formula).anion == "Te2"_formula);
  CHECK(partition("Na1+Cr3+Te2-2"_formula).anion == "Te2-2"_formula);
  CHECK(partition("NaMnO1.5S0.5"_formula).anion == "O1.5S0.5"_formula);
}

TEST_CASE("a formula without layers is an error") {
  CHECK_THROWS_WITH_AS(partition("NaCo"_formula), "formula NaCo has no layers: expected an anion such as O (not a zero)",
                       Error);
  CHECK_THROWS_WITH_AS(partition("Na2O"_formula),
                       "formula Na2O has no layers: expected a cation other than the alkali metals", Error);
  CHECK_THROWS_AS(partition(Formula{}), Error);
}

TEST_CASE("square brackets say where the cations sit, also a metal in both layers") {
  constexpr Sublattices pillars = "Na0.9Mg0.05[Ni0.45Mn0.5Na0.05]O2"_sublattices;
  static_assert(pillars.alkali == "Na0.9Mg0.05"_formula);
  static_assert(pillars.slab == "Ni0.45Mn0.5Na0.05"_formula);
  CHECK(pillars.anion == "O2"_formula);
  CHECK(to_formula(pillars).amount("Na"_species) == doctest::Approx(0.95).epsilon(1e-15));
  CHECK(to_formula(pillars).size() == 5);
  const Sublattices antisite = parse_sublattices("Li0.96Ni0.04[Ni0.96Li0.04]O2");
  CHECK(antisite.alkali.amount("Ni"_species) == 0.04);
  CHECK(antisite.slab.amount("Li"_species) == 0.04);
  CHECK(parse_sublattices("Na2[Co2]O4").slab == "Co"_formula);
  CHECK(parse_sublattices("[Co]O2").alkali.empty());
  CHECK(parse_sublattices("Vac[Co]O2").alkali.amount(vacancy) == 1);
  CHECK(parse_sublattices("Na[Ni(Mn[Fe])0.5]1/2O2").slab == "Ni0.5Mn0.25Fe0.25"_formula);
  CHECK(parse_sublattices(" Na0.7 [Co] O1.9F0.1").anion == "O1.9F0.1"_formula);
  CHECK(parse_sublattices("Na0.66Li0.22Ti0.78O2").slab ==
        "Li0.22Ti0.78"_formula);  // without brackets: the convention
  for (const char* text : {"Na0.9Mg0.05[Ni0.45Mn0.5Na0.05]O2", "[Co]O2", "Na4/7Vac3/7[Vac1/7Mn6/7]O2"})
    CHECK(to_string(parse_sublattices(text)) == text);
}

TEST_CASE("brackets that are not those of a slab are refused, at their place in the text") {
  CHECK_THROWS_WITH_AS(
      parse_sublattices("Na[Co][O2]"),
      "formula \"Na[Co][O2]\", character 7 (\"[\"): expected square brackets around the slab only", Error);
  CHECK_THROWS_WITH_AS(parse_sublattices("Na[CoXx]O2"),
                       "formula \"Na[CoXx]O2\", character 6 (\"Xx\"): expected the symbol of an element",
                       Error);
  for (const char* text : {"[NaCoO2]", "Na[CoO]O", "NaO[Co]O", "Na[Co]NaO2", "Na[Co]", "Na[Vac]O2",
                           "Na[Co]O2]", "Na]Co[O2", "Na([Co]O2", ""}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_sublattices(text), Error);
  }
}

TEST_CASE("species move between the layers by name, and never more than there is") {
  const Sublattices layers = partition("NaNi0.4Zn0.1Mn0.5O2"_formula);
  const Sublattices moved = move_to_slab(move_to_alkali_layer(layers, "Zn"_species, 0.1), "Na"_species, 0.1);
  CHECK(moved.alkali == "Na0.9Zn0.1"_formula);
  CHECK(moved.slab == "Ni0.4Mn0.5Na0.1"_formula);
  CHECK(to_formula(moved).amount("Na"_species) == doctest::Approx(1));
  CHECK_THROWS_WITH_AS(
      move_to_alkali_layer(layers, "Zn"_species, 0.2),
      "moving 0.200000 of Zn from the layer Ni0.4Zn0.1Mn0.5: expected at most what it holds, and no "
      "negative amount",
      Error);
  CHECK_THROWS_AS(move_to_slab(layers, "K"_species, 0.1), Error);
  CHECK_THROWS_AS(move_to_slab(layers, "Na"_species, -0.1), Error);
}

TEST_CASE("vacancies fill the slab first, and beside lithium they have to be placed") {
  const Sublattices mn = partition("Na4/7Mn6/7Vac4/7O2"_formula);
  CHECK(mn.slab.amount(vacancy) == doctest::Approx(1.0 / 7));
  CHECK(mn.alkali.amount(vacancy) == doctest::Approx(3.0 / 7));
  CHECK(partition("Na0.7Vac0.3CoO2"_formula).slab.amount(vacancy) == 0);
  CHECK_THROWS_WITH_AS(
      partition("Li0.9Vac0.1Ni0.9O2"_formula),
      "formula Li0.9Vac0.1Ni0.9O2 has no layers: expected square brackets around the slab to place its "
      "lithium and vacancies",
      Error);
  CHECK(partition("Li0.5Vac0.5CoO2"_formula).alkali == "Li0.5Vac0.5"_formula);
}
