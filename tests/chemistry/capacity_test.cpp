#include <lamella/chemistry/capacity.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace lamella;

namespace {

constexpr Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;
constexpr Formula nfm = "NaNi0.2Fe0.2Mn0.6O2"_formula;

}  // namespace

static_assert(theoretical_capacity(he) > 232.9 && theoretical_capacity(he) < 233.1);

TEST_CASE("theoretical capacities of published compositions, mAh/g") {
  CHECK(theoretical_capacity(he) == doctest::Approx(232.99).epsilon(3e-5));
  CHECK(theoretical_capacity(nfm) == doctest::Approx(241.76).epsilon(3e-5));
  CHECK(theoretical_capacity("NaNi1/3Fe1/3Mn1/3O2"_formula) == doctest::Approx(240.4).epsilon(3e-4));
  CHECK(theoretical_capacity("Na2/3Ni1/3Mn2/3O2"_formula) == doctest::Approx(172.6).epsilon(3e-4));
  CHECK(theoretical_capacity("LiCoO2"_formula) == doctest::Approx(273.8).epsilon(3e-4));
  CHECK(theoretical_capacity("CoO2"_formula) == 0);
}

TEST_CASE("it does not depend on the multiple of the formula, nor count lithium in the slab") {
  CHECK(theoretical_capacity("Na2Co2O4"_formula) ==
        doctest::Approx(theoretical_capacity("NaCoO2"_formula)).epsilon(1e-14));
  CHECK(theoretical_capacity("Na5/6Li1/4Mn3/4O2"_formula) == doctest::Approx(237.36).epsilon(3e-5));
}

TEST_CASE("117 mAh/g takes half of the sodium out of the high-entropy cathode") {
  CHECK(extracted_alkali(he, 117) == doctest::Approx(0.502).epsilon(1e-3));
  CHECK(extracted_alkali(nfm, 136) == doctest::Approx(0.562).epsilon(1.1e-3));
  CHECK(extracted_alkali(he, 0) == 0);
  CHECK(extracted_alkali(he, theoretical_capacity(he)) == doctest::Approx(1).epsilon(1e-14));
}

TEST_CASE("capacity and extracted alkali are inverse to each other") {
  for (const double x : {0.0, 0.1, 0.502, 1.0})
    CHECK(extracted_alkali(he, capacity_of(he, x)) == doctest::Approx(x).epsilon(1e-14));
}

TEST_CASE("negative and undefined amounts are refused") {
  CHECK_THROWS_WITH_AS(extracted_alkali(he, -1), "capacity -1.000000: expected a number that is not negative",
                       Error);
  CHECK_THROWS_AS(extracted_alkali(he, std::numeric_limits<double>::quiet_NaN()), Error);
  CHECK_THROWS_WITH_AS(capacity_of(he, -0.5), "alkali -0.500000: expected a number that is not negative",
                       Error);
  CHECK_THROWS_AS(capacity_of(he, std::numeric_limits<double>::infinity()), Error);
  CHECK_THROWS_AS(theoretical_capacity("NaCo"_formula), Error);
}

TEST_CASE("x and Q in both directions") {
  // 232.99 mAh/g is one Na of HE.
  CHECK(alkali_after_charge(he, 1, 117) == doctest::Approx(1 - 0.5022).epsilon(1e-3));
  CHECK(alkali_after_discharge(he, 0.5, 100) == doctest::Approx(0.5 + 100 / 232.99).epsilon(1e-4));
  CHECK(capacity_between(he, 1, 0.5) == doctest::Approx(116.495).epsilon(1e-4));
  CHECK(capacity_between(he, 0.5, 1) == -capacity_between(he, 1, 0.5));
  for (const double x : {0.0, 0.3, 0.9})
    CHECK(alkali_after_charge(nfm, 1, capacity_between(nfm, 1, x)) == doctest::Approx(x).epsilon(1e-13));
  CHECK_THROWS_AS(alkali_after_charge(he, 0.5, 120), Error);
  CHECK_THROWS_AS(alkali_after_discharge(he, 0.5, 120), Error);
  CHECK_THROWS_AS(alkali_after_charge(he, -0.1, 0), Error);
  CHECK_THROWS_AS(capacity_between(he, std::numeric_limits<double>::quiet_NaN(), 0), Error);
}

TEST_CASE("only alkali metal of the alkali layer is extracted") {
  constexpr Sublattices pillars = "Na0.8Mg0.1[Ni0.45Mn0.5Na0.05]O2"_sublattices;
  const double mass = 0.85 * 22.98976928 + 0.1 * 24.305 + 0.45 * 58.6934 + 0.5 * 54.938043 + 2 * 15.999;
  CHECK(theoretical_capacity(pillars) == doctest::Approx(0.8 * 96485.33212 / 3.6 / mass).epsilon(1e-6));
  CHECK_THROWS_AS(alkali_after_discharge(pillars, 0.8, 40), Error);  // Mg holds a tenth of the sites
}
