#include <lamella/chemistry/charge_balance.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace lamella;

namespace {

constexpr Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;
constexpr Formula nfm = "NaNi0.2Fe0.2Mn0.6O2"_formula;

/// HE with the valences reported from XPS for Mn and the usual ones elsewhere.
constexpr Formula he_reported = with_valences(he, {{"Ni2+"_species},
                                                   {"Fe3+"_species},
                                                   {"Mn3+"_species, 0.69},
                                                   {"Mn4+"_species, 0.31},
                                                   {"Cu2+"_species},
                                                   {"Sn4+"_species}});

}  // namespace

static_assert(audit_charges("NaCr3+O2"_formula).imbalance() == 0);
static_assert(audit_charges("Na1+Cr3+O2-2"_formula).balanced());
static_assert(he_reported.element_amount("Ni"_species) == 0.2);

TEST_CASE("charges add up over written and fixed oxidation states") {
  const ChargeAudit audit = audit_charges("Na0.67Ni2+0.33Mn4+0.67O2"_formula);
  CHECK(audit.positive == doctest::Approx(0.67 + 0.66 + 2.68));
  CHECK(audit.negative == -4);
  CHECK(audit.imbalance() == doctest::Approx(0.01));
  CHECK(!audit.balanced(0.005));
  CHECK(audit.balanced(0.02));
  CHECK(audit_charges("LiAlO2"_formula).balanced(0));
}

TEST_CASE("Mn3+ at 69 % in the high-entropy cathode lacks 0.207 electrons' worth of charge") {
  // 0.3 (0.69 * 3 + 0.31 * 4) = 0.993 instead of 1.2
  const ChargeAudit audit = audit_charges(he_reported);
  CHECK(audit.imbalance() == doctest::Approx(-0.207).epsilon(1e-12));
  CHECK(!audit.balanced());
  CHECK(to_string(audit) == "imbalance -0.207 e per formula");
  CHECK(mean_oxidation_state(he_reported, "Mn"_species) == doctest::Approx(3.31));
  CHECK(balancing_oxidation_state(he_reported, "Ni"_species) == doctest::Approx(2 + 0.207 / 0.2));
  CHECK(balancing_oxidation_state(he_reported, "Mn"_species) == doctest::Approx(4.0));
}

TEST_CASE("the oxidation state of manganese follows from neutrality") {
  CHECK(balancing_oxidation_state(with_valences(nfm, {{"Ni2+"_species}, {"Fe3+"_species}}), "Mn"_species) ==
        doctest::Approx(10.0 / 3.0).epsilon(1e-14));
  CHECK(balancing_oxidation_state("Na0.67MnO2"_formula, "Mn"_species) == doctest::Approx(3.33));
  CHECK(balancing_oxidation_state("Fe3O4"_formula, "Fe"_species) == doctest::Approx(8.0 / 3.0));
  CHECK(to_string(audit_charges("Fe2+Fe3+2O4"_formula)) == "neutral");
}

TEST_CASE("rounded fractions are scaled to one, others are refused") {
  CHECK(with_valences("MnO2"_formula, {{"Mn3+"_species, 0.333}, {"Mn4+"_species, 0.666}})
            .element_amount("Mn"_species) == doctest::Approx(1.0).epsilon(1e-14));
  CHECK_THROWS_WITH_AS(with_valences(nfm, {{"Mn3+"_species, 0.69}}),
                       "charge of NaNi0.2Fe0.2Mn0.6O2: Mn has fractions that do not add up to 1", Error);
  CHECK_THROWS_WITH_AS(with_valences(nfm, {{"Mn3+"_species, 69}}),
                       "charge of NaNi0.2Fe0.2Mn0.6O2: Mn3+ needs a fraction from 0 to 1", Error);
  CHECK_THROWS_AS(with_valences(nfm, {{"Mn3+"_species, std::numeric_limits<double>::quiet_NaN()}}), Error);
  CHECK_THROWS_WITH_AS(with_valences(nfm, {{"Mn"_species}}),
                       "charge of NaNi0.2Fe0.2Mn0.6O2: Mn among the valences has no charge", Error);
  CHECK_THROWS_WITH_AS(
      with_valences(nfm, {{"Co3+"_species}}),
      "charge of NaNi0.2Fe0.2Mn0.6O2: Co3+ is given, but the formula has no such element without a charge",
      Error);
  CHECK_THROWS_AS(with_valences("NaMn3+O2"_formula, {{"Mn3+"_species}}), Error);
}

TEST_CASE("a missing charge or element is an error that names it") {
  CHECK_THROWS_WITH_AS(
      audit_charges(nfm),
      "charge of NaNi0.2Fe0.2Mn0.6O2: Ni has no oxidation state: expected one in the formula, as in Mn4+0.3",
      Error);
  CHECK_THROWS_AS(balancing_oxidation_state(nfm, "Mn"_species), Error);
  CHECK_THROWS_WITH_AS(balancing_oxidation_state("NaCrO2"_formula, "Mn4+"_species),
                       "charge of NaCrO2: Mn is not in the formula", Error);
  CHECK_THROWS_WITH_AS(mean_oxidation_state("NaCr3+O2"_formula, "Mn"_species),
                       "charge of NaCr3+O2: Mn is not in the formula", Error);
}
