#include <lamella/chemistry/valence_audit.hpp>

#include <doctest/doctest.h>

using namespace lamella;

namespace {

constexpr Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;
constexpr Formula nfm = "NaNi0.2Fe0.2Mn0.6O2"_formula;

}  // namespace

static_assert(!audit(he, {{"Mn3+"_species, 0.69}, {"Mn4+"_species, 0.31}}).balanced());

TEST_CASE("69 % Mn3+ in the high-entropy cathode has 0.207 electrons too many beside Ni2+ and Fe3+") {
  const ValenceAudit a = audit(he, {{"Mn3+"_species, 0.69}, {"Mn4+"_species, 0.31}});
  CHECK(a.imbalance == doctest::Approx(-0.207).epsilon(1e-12));  // 0.3 x 0.69
  CHECK(a.explainable());
  // Others at most: Fe 4 and Cu 3 give 0.3, so that Ni may stay; Ni alone would be 2 + 0.207/0.2.
  CHECK(a.explanation.find("Ni"_species)->min == doctest::Approx(2));
  CHECK(to_string(a) ==
        "imbalance -0.207 e per formula; neutral within Ni 2.000 to 4.000, Fe 2.000 to 4.000, Cu 1.000 to "
        "3.000");
  const ValenceAudit whole =
      audit(he, {{"Mn3+"_species, 0.69}, {"Mn4+"_species, 0.31}, {"Fe3+"_species}, {"Cu2+"_species}});
  CHECK(whole.imbalance == doctest::Approx(-0.207).epsilon(1e-12));
  CHECK(whole.explanation.find("Ni"_species)->min == doctest::Approx(2 + 0.207 / 0.2));
  CHECK(whole.explanation.find("Ni"_species)->max == doctest::Approx(2 + 0.207 / 0.2));
}

TEST_CASE("a report that fits is neutral, one that nothing explains says so") {
  CHECK(audit(nfm, {{"Mn3+"_species, 0.667}, {"Mn4+"_species, 0.333}}).balanced());
  CHECK(to_string(audit(he, {{"Mn4+"_species}})) == "neutral");
  const ValenceAudit a = audit("NaNi0.5Mn0.5O2"_formula, {{"Ni2+"_species}, {"Mn3+"_species}});
  CHECK(a.imbalance == doctest::Approx(-0.5));
  CHECK(!a.explainable());
  CHECK(to_string(a) ==
        "imbalance -0.500 e per formula; no usual oxidation states of the other elements make it neutral");
  CHECK_THROWS_AS(audit(he, {{"Mn3+"_species, 0.5}}), Error);
}
