#include <lamella/chemistry/redox.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace lamella;

namespace {

constexpr Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;

}  // namespace

static_assert(redox_sequence(he).size() == 4);

TEST_CASE("NaNi0.5Mn0.5O2: nickel delivers it all, from 2+ over 3+ to 4+") {
  const RedoxSequence r = redox_sequence("NaNi0.5Mn0.5O2"_formula);
  REQUIRE(r.size() == 2);
  CHECK(r[0].element == "Ni"_species);
  CHECK(r[0].from == 2);
  CHECK(r[0].to == 3);
  CHECK(r[0].electrons == doctest::Approx(0.5));
  CHECK(r[0].x_begin == 1);
  CHECK(r[0].x_end == doctest::Approx(0.5));
  CHECK(r[1].from == 3);
  CHECK(r[1].x_end == 0);
  CHECK(r.x_limit == 0);
  CHECK(r.share("Ni"_species) == doctest::Approx(1));
  CHECK(r.share("Mn"_species) == 0);
  CHECK(r.cation_limited_capacity == r.theoretical_capacity);
  CHECK(r[0].capacity + r[1].capacity == doctest::Approx(theoretical_capacity("NaNi0.5Mn0.5O2"_formula)));
}

TEST_CASE("the high-entropy cathode: Mg, Sn and Mn4+ deliver nothing, the cations stop at x = 0.3") {
  const RedoxSequence r = redox_sequence(he);
  // Ni 2-4 gives 0.4, Fe 3-4 0.2, Cu 2-3 0.1.
  CHECK(r.electrons("Ni"_species, 1, 0) == doctest::Approx(0.4));
  CHECK(r.electrons("Fe"_species, 1, 0) == doctest::Approx(0.2));
  CHECK(r.electrons("Cu"_species, 1, 0) == doctest::Approx(0.1));
  CHECK(r.x_limit == doctest::Approx(0.3));
  CHECK(r.cation_limited_capacity == doctest::Approx(0.7 * 232.99).epsilon(1e-4));
  CHECK(r.theoretical_capacity == doctest::Approx(232.99).epsilon(1e-4));
  CHECK(cation_limited_capacity(he) == r.cation_limited_capacity);
  CHECK(r.uncompensated_share(1, 0) == doctest::Approx(0.3));
  CHECK(r.uncompensated_share(1, 0.5) == 0);
  // The reported 117 mAh/g end at x = 0.498: 0.4 from Ni, 0.102 from Fe.
  const double x = alkali_after_charge(he, 1, 117);
  CHECK(r.share("Ni"_species, 1, x) == doctest::Approx(0.4 / 0.5022).epsilon(1e-3));
  CHECK(r.share("Fe"_species, 1, x) == doctest::Approx(0.1022 / 0.5022).epsilon(1e-2));
  CHECK_THROWS_AS(r.share("Ni"_species, 0.5, 0.7), Error);
  CHECK_THROWS_AS(r.electrons("Ni"_species, 1.2, 0), Error);
  CHECK_THROWS_AS(r.uncompensated_share(1, -0.1), Error);
}

TEST_CASE("another order gives the same charge by other couples") {
  const std::vector<RedoxCouple> iron_first = {{26, 2, 3}, {26, 3, 4}, {28, 2, 3}, {28, 3, 4}};
  const RedoxSequence r = redox_sequence("NaNi0.25Fe0.5Mn0.25O2"_formula, iron_first);
  // Charges add up to 3. Fe takes first: 0.5 x 4 = 2, leaving 1 for Ni and Mn of 0.25 each: both 2+. Then the
  // couples of Ni, which the order names, go before those of Mn: four of 0.25 each.
  REQUIRE(r.size() == 4);
  CHECK(r[0].element == "Ni"_species);
  CHECK(r[0].electrons == doctest::Approx(0.25));
  CHECK(r[2].element == "Mn"_species);
  CHECK(r.share("Fe"_species) == 0);
  CHECK(redox_sequence("NaNi0.25Fe0.5Mn0.25O2"_formula).share("Fe"_species) == doctest::Approx(0.5));
}

TEST_CASE("a couple that is half used goes on where it stopped") {
  const RedoxSequence r = redox_sequence("Na0.67MnO2"_formula);  // Mn 3.33: 0.67 Mn3+ left
  REQUIRE(r.size() == 1);
  CHECK(r[0].electrons == doctest::Approx(0.67));
  CHECK(r.x_limit == 0);
  const RedoxSequence chromium = redox_sequence("NaCrO2"_formula);  // three electrons each: enough
  CHECK(chromium.x_limit == 0);
  CHECK(redox_sequence("Na2/3Mg1/3Mn2/3O2"_formula).cation_limited_capacity == 0);
  CHECK(redox_sequence("CoO2"_formula).theoretical_capacity == 0);
  CHECK(redox_sequence("CoO2"_formula).share("Co"_species) == 0);
  CHECK_THROWS_AS(redox_sequence("Na3CoO2"_formula), Error);
}

TEST_CASE("the sequence agrees with the oxidation states of the partly charged formula") {
  std::mt19937 random(3);
  const char* const symbols[] = {"Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Mg", "Ru"};
  int compared = 0;
  for (int trial = 0; trial < 200; ++trial) {
    Formula f;
    f.add("Na"_species, 1);
    double sum = 0;
    std::vector<double> amounts;
    for (std::size_t i = 0; i < 10; ++i) {
      amounts.push_back(static_cast<double>(random() % 4));
      sum += amounts.back();
    }
    if (sum == 0) continue;
    for (std::size_t i = 0; i < 10; ++i) f.add(parse_species(symbols[i]), amounts[i] / sum);
    f.add("O"_species, 2);
    const Sublattices layers = partition(f);
    const OxidationStates pristine = oxidation_states(f);
    if (!pristine.balanced()) continue;
    const RedoxSequence r = redox_sequence(layers);
    for (const double x : {0.9, 0.6, 0.25}) {
      const OxidationStates charged = oxidation_states_at(layers, x);
      if (x < r.x_limit) continue;
      CHECK(charged.balanced(1e-8));
      for (const OxidationState& s : charged) {
        const double given = (s.chosen - pristine.find(s.element)->chosen) * f.element_amount(s.element);
        if (s.element == "Na"_species || s.element == "O"_species) continue;
        CHECK(r.electrons(s.element, 1, x) == doctest::Approx(given).scale(1).epsilon(1e-9));
        ++compared;
      }
    }
  }
  CHECK(compared > 1000);
  CHECK_THROWS_AS(oxidation_states_at(partition(he), 1.1), Error);
  CHECK_THROWS_AS(oxidation_states_at(partition(he), -0.1), Error);
}

TEST_CASE("written charges are where the extraction starts") {
  // Written or chosen, the same states deliver the same.
  const RedoxSequence cobalt = redox_sequence("Na1+Co3+O2-2"_formula);
  REQUIRE(cobalt.size() == 1);
  CHECK(cobalt[0].from == 3);
  CHECK(cobalt[0].electrons == doctest::Approx(1));
  CHECK(cobalt.cation_limited_capacity == doctest::Approx(theoretical_capacity("NaCoO2"_formula)));
  CHECK(redox_sequence("Na0.5Mn3+0.5Mn4+0.5O2"_formula).electrons("Mn"_species, 0.5, 0) == doctest::Approx(0.5));
  // Ni3+ where the default order has Ni2+ and Mn4+: Mn3+ goes first, then Ni3+, half an electron each.
  const RedoxSequence odd = redox_sequence("NaNi3+0.5Mn3+0.5O2"_formula);
  REQUIRE(odd.size() == 2);
  CHECK(odd[0].element == "Mn"_species);
  CHECK(odd[1].element == "Ni"_species);
  CHECK(odd[1].x_begin == doctest::Approx(0.5));
  CHECK(odd.x_limit == doctest::Approx(0));
  // Only the manganese is written: 0.3 Ni2+ 0.3 Fe3+ 0.4 Mn3.75+, of which 0.1 Mn3+.
  const Formula part = "NaNi0.3Fe0.3Mn3+0.1Mn4+0.3O2"_formula;
  const RedoxSequence mixed = redox_sequence(part);
  CHECK(mixed.electrons("Mn"_species, 1, 0) == doctest::Approx(0.1));
  CHECK(mixed.electrons("Ni"_species, 1, 0) == doctest::Approx(0.6));
  CHECK(mixed.electrons("Fe"_species, 1, 0) == doctest::Approx(0.3));
  CHECK(mixed.x_limit == doctest::Approx(0).scale(1));
  for (const double x : {1.0, 0.95, 0.5, 0.1}) {
    const OxidationStates states = oxidation_states_at(partition(part), x);
    CHECK(states.balanced(1e-8));
    CHECK(states.find("Mn"_species)->chosen == doctest::Approx((1.5 + mixed.electrons("Mn"_species, 1, x)) / 0.4));
    CHECK(states.find("Ni"_species)->chosen == doctest::Approx(2 + mixed.electrons("Ni"_species, 1, x) / 0.3));
    CHECK(states.find("Mn"_species)->min >= 3.75);
  }
  // A state beyond the couples of its element gives nothing, and an ion of one state neither.
  CHECK(redox_sequence("NaNi2+0.5Te6+0.5O2.5"_formula).share("Te"_species) == 0);
  CHECK(redox_sequence("Na0.5Co4+0.5Co3+0.5O2"_formula).electrons("Co"_species, 0.5, 0) == doctest::Approx(0.5));
  // Rounded amounts are forgiven (4.01 positive charges), a wrong state is not.
  const RedoxSequence rounded = redox_sequence("Na0.67Ni2+0.33Mn4+0.67O2"_formula);
  CHECK(rounded.electrons("Ni"_species, 0.67, 0) == doctest::Approx(0.66));
  CHECK(rounded.x_limit == doctest::Approx(0.01));
  CHECK_THROWS_AS(redox_sequence("NaMn4+O2"_formula), Error);
  CHECK_THROWS_AS(oxidation_states_at(partition("NaMn2+O2"_formula), 0.5), Error);
}
