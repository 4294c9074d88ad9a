#include <lamella/bonding/site_energy_parameters.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace lamella;

static_assert(softbv_pair("Na+"_species, "O2-"_species).R_min == 2.374335);
static_assert(covalent_radius("Na+"_species, CovalentRadii::cordero) == 1.66);

TEST_CASE("Na-O and Li-O are the published rows; alpha(Na-O) is not that of K-O") {
  const SoftBvPair na = softbv_pair("Na+"_species, "O2-"_species);
  CHECK(na.R_0 == 1.56225);
  CHECK(na.b == 0.482);
  CHECK(na.coordination == 6.52);
  CHECK(na.cutoff == 6.0);
  CHECK(na.D_0 == 0.575227);
  CHECK(std::abs(na.alpha() - 2.074689) < 5e-7);  // printed to six decimals
  const SoftBvPair li = softbv_pair("Li+"_species, "O2-"_species);
  CHECK(li.R_0 == 1.17096);
  CHECK(li.R_min == 1.940013);
  CHECK(li.D_0 == 0.988160);
  CHECK(std::abs(li.alpha() - 1.937984) < 5e-7);
}

TEST_CASE("R_min and D_0 of every pair follow from R_0, b, N_C and the ions") {
  // R_min = R_0 (0.9185 + 0.2285 |s_A - s_X|) - b ln(V_A/N_C) and
  // D_0 = 14.4 eV Å k (V_A |V_X|)^(1/c) b^2/(2 R_min sqrt(n_A n_X)), c = 1, k = 1 for s and p, c = 2, k = 2 sqrt(2) for d and f.
  int nitrides = 0;
  for (const SoftBvPair& pair : detail::softbv_pairs) {
    CAPTURE(to_string(pair.cation));
    CAPTURE(to_string(pair.anion));
    const SoftBvIon& cation = softbv_ion(pair.cation);
    const SoftBvIon& anion = softbv_ion(pair.anion);
    const double V = pair.cation.charge, VX = -pair.anion.charge;
    const double R_min = pair.R_0 * (0.9185 + 0.2285 * std::abs(cation.softness - anion.softness)) -
                         pair.b * std::log(V / pair.coordination);
    const bool is_d = cation.block == SoftBvBlock::d || cation.block == SoftBvBlock::f;
    const double D_0 =
        14.4 * (is_d ? 2 * std::sqrt(2) * std::sqrt(V * VX) : V * VX) * pair.b * pair.b /
        (2 * pair.R_min * std::sqrt(1.0 * cation.principal_quantum_number * anion.principal_quantum_number));
    const bool nitride = pair.anion == "N3-"_species;
    nitrides += nitride;
    CHECK(std::abs(pair.R_min - R_min) < (nitride ? 0.02 : 5e-4));
    CHECK(std::abs(pair.D_0 / D_0 - 1) < 1e-3);
    CHECK(&softbv_pair(pair.cation, pair.anion) == &pair);
  }
  CHECK(nitrides == 8);
}

TEST_CASE("what the set lacks is an error that names what it has") {
  CHECK_THROWS_WITH_AS(softbv_pair("Na2+"_species, "O2-"_species),
                       "no softBV parameters for Na2+ - O2-: expected one of Na+ - O2-", Error);
  CHECK_THROWS_WITH_AS(softbv_pair("O2-"_species, "Na+"_species),
                       "no softBV parameters for O2- - Na+: expected a cation and an anion of the set",
                       Error);
  CHECK(find_softbv_pair("Mn"_species, "O2-"_species) == nullptr);
  CHECK(find_softbv_pair("Be2+"_species, "S2-"_species) == nullptr);  // negative b in the source
  CHECK(std::string(try_softbv_pair("Mn8+"_species, "O2-"_species).error().what()) ==
        "no softBV parameters for Mn8+ - O2-: expected one of Mn2+ - O2-, Mn3+ - O2-, Mn4+ - O2-, Mn5+ - "
        "O2-, Mn6+ - O2-, "
        "Mn7+ - O2-");
  CHECK(try_softbv_pair("Mn4+"_species, "O2-"_species).value().R_0 == 1.73272);
  CHECK_THROWS_WITH_AS(softbv_ion("Ni5+"_species),
                       "no softBV data for Ni5+: expected one of Ni2+, Ni3+, Ni4+", Error);
  CHECK_THROWS_AS(softbv_ion(vacancy), Error);
}

TEST_CASE("the two radii sets are told apart by name") {
  CHECK(covalent_radius("Fe3+"_species, CovalentRadii::cordero) == 1.32);
  CHECK(covalent_radius("O2-"_species, CovalentRadii::cordero) == 0.66);
  CHECK(covalent_radius("Ni2+"_species, CovalentRadii::softbv) == 1.21);
  CHECK(covalent_radius("O2-"_species, CovalentRadii::softbv) == 1.33);
  CHECK(covalent_radius("Cm3+"_species, CovalentRadii::cordero) == 1.69);
  CHECK_THROWS_WITH_AS(covalent_radius("Lr3+"_species, CovalentRadii::cordero),
                       "no covalent radius of Cordero for Lr3+: expected an element up to Cm", Error);
  CHECK_THROWS_AS(covalent_radius(vacancy, CovalentRadii::cordero), Error);
  CHECK_THROWS_AS(covalent_radius("Fe6+"_species, CovalentRadii::softbv), Error);
}
