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
  CHECK_THROWS_WITH_AS(partition("NaCo"_formula), "formula NaCo has no layers: expected an anion such as O",
                       Error);
  CHECK_THROWS_WITH_AS(partition("Na2O"_formula),
                       "formula Na2O has no layers: expected a cation other than the alkali metals", Error);
  CHECK_THROWS_AS(partition(Formula{}), Error);
}
