#include <lamella/bonding/dopant_table.hpp>
#include <lamella/io/icohplist.hpp>
#include <lamella/layered/stacking.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>

using namespace lamella;

namespace {

const Formula nfm = "NaNi0.2Fe0.2Mn0.6O2"_formula;
const Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;
// The lattices of the study of NFM and HE: reported slab and interslab, a from the reported d(104).
const auto nfm_lattice = layered_lattice<stacking::O3>(2.96, 2.26, 3.20);

}  // namespace

TEST_CASE("Mg, Cu and Sn for Mn: the signs that charges and radii give") {
  const std::array<Species, 4> candidates{"Mg2+"_species, "Cu2+"_species, "Sn4+"_species, "Ti4+"_species};
  const auto rows = estimated_dopants(nfm, nfm_lattice, "Mn"_species, 0.1, candidates);
  REQUIRE(rows.size() == 4);
  // Mean charge 3: strength 1/2, and 1/6 for Na-O.
  for (const std::size_t i :
       {std::size_t{0}, std::size_t{1}}) {  // two charges: weaker metal bonds, stronger Na-O beside them
    CHECK(rows[i].metal_oxygen_strength.value == doctest::Approx(1.0 / 3));
    CHECK(rows[i].metal_oxygen_change.value == doctest::Approx(-1.0 / 6));
    CHECK(rows[i].alkali_oxygen_strength.value == doctest::Approx(2.0 / 9));
    CHECK(rows[i].alkali_oxygen_change.value == doctest::Approx(1.0 / 18));
  }
  for (const std::size_t i : {std::size_t{2}, std::size_t{3}}) {  // four: stronger metal bonds, weaker Na-O
    CHECK(rows[i].metal_oxygen_change.value == doctest::Approx(1.0 / 6));
    CHECK(rows[i].alkali_oxygen_strength.value == doctest::Approx(1.0 / 9));
    CHECK(rows[i].alkali_oxygen_change.value == doctest::Approx(-1.0 / 18));
  }
  CHECK(rows[0].metal_oxygen_length.value == doctest::Approx(2.12));
  // In octahedra of 2.049 Å Mg2+ and Cu2+ are squeezed, Ti4+ is loose; Sn4+ fits within 0.1.
  const double length = std::hypot(2.96 / std::sqrt(3.0), 1.13);
  CHECK(rows[0].overbonding->value == doctest::Approx(6 * std::exp((1.693 - length) / 0.37) - 2));
  CHECK(rows[0].overbonding->value > 0.2);
  CHECK(rows[1].overbonding->value > 0.1);
  CHECK(std::abs(rows[2].overbonding->value) < 0.1);
  CHECK(rows[3].overbonding->value < -0.5);
  // Sn4+ (0.69 Å) makes 0.1 Mn4+ into Mn3+; Mg2+ (0.72) makes 0.1 Mn3+ into Mn4+.
  const double d_mg = 0.1 * (0.72 - 0.645) + 0.1 * (0.53 - 0.645), d_sn = 0.1 * (0.69 - 0.53);
  CHECK(rows[0].slab_change.value == doctest::Approx(2.26 * d_mg / length).epsilon(1e-9));
  CHECK(rows[2].slab_change.value == doctest::Approx(2.26 * d_sn / length).epsilon(1e-9));
  CHECK(rows[0].slab_change < Estimated{0});
  CHECK(rows[0].interslab_change > Estimated{0});
  CHECK(rows[2].slab_change > Estimated{0});
  CHECK(rows[2].interslab_change < Estimated{0});
}

TEST_CASE("what the estimate of layers can do: the interslab of NaYO2 from NaCrO2, but not its slab") {
  // NaCrO2: slab 2.11, interslab 3.208 Å, a = 2.9742 Å (GSAS-II). NaYO2: 2.25 and 2.58 Å as reported; Y3+ is half as large again.
  const auto layers = estimated_layers(layered_lattice<stacking::O3>(2.9742, 2.110, 3.208), "NaCrO2"_formula,
                                       "NaY3+O2"_formula);
  CHECK(std::abs(layers.interslab.value - 2.58) < 0.03);
  CHECK(layers.slab.value > 2.25 + 0.1);
}

TEST_CASE("what it cannot: the reported layers of the high-entropy compound") {
  const auto layers = estimated_layers(nfm_lattice, nfm, he);
  // Reported: slab 2.26 to 2.21, interslab 3.20 to 3.30 Å. Radii give neither sign.
  const double length = std::hypot(2.96 / std::sqrt(3.0), 1.13), growth = 0.640 - 0.631;
  CHECK(layers.slab.value == doctest::Approx(2.26 * (1 + growth / length)).epsilon(1e-9));
  CHECK(layers.slab.value > 2.26);
  CHECK(layers.interslab.value < 3.20);
  CHECK(layers.interslab.value > 3.17);
  // The bond length itself they do give: a = 3.00, slab 2.21 Å are bonds 0.006 Å longer.
  CHECK(std::hypot(3.00 / std::sqrt(3.0), 1.105) - length == doctest::Approx(growth).epsilon(0.5));
}

TEST_CASE("lists of a host and a substituted cell: changes against the mean of the host") {
  const std::string header =
      "  COHP#  atomMU  atomNU     distance     translation      ICOHP (at) eF   for spin  1\n";
  const auto host = parse_icohplist(header +
                                        "1 Na1 O3 2.40 0 0 0 -0.40000\n"
                                        "2 Mn2 O3 1.95 0 0 0 -2.00000\n",
                                    "host");
  const auto doped = parse_icohplist(header +
                                         "1 Na1 O3 2.40 0 0 0 -0.30000\n"
                                         "2 Sn2 O3 2.05 0 0 0 -3.00000\n"
                                         "3 Mn4 O3 1.95 0 0 0 -2.20000\n",
                                     "doped");
  const auto rows = computed_dopants(host, doped);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].element == "Mn");
  CHECK(rows[0].metal_anion_change.value == doctest::Approx(0.2));
  CHECK(rows[1].element == "Sn");
  CHECK(rows[1].metal_anion_strength.value == doctest::Approx(3));
  CHECK(rows[1].metal_anion_change.value == doctest::Approx(1));
  CHECK(rows[1].alkali_anion_change.value == doctest::Approx(-0.1));
  const auto other = parse_icohplist(
      "  COOP#  atomMU  atomNU     distance     translation      ICOOP (at) eF   for spin  1\n"
      "1 Na1 O3 2.40 0 0 0 0.10000\n",
      "coop");
  CHECK_THROWS_WITH_AS(computed_dopants(host, other),
                       "coop: a list of ICOOP against a host of ICOHP, expected the same measure", Error);
  const auto bare = parse_icohplist(header + "1 Mn1 O3 1.95 0 0 0 -2.00000\n", "bare");
  CHECK_THROWS_AS(computed_dopants(host, bare), Error);
  CHECK_THROWS_AS(computed_dopants(bare, host), Error);
}

TEST_CASE("what cannot be estimated is an error") {
  const std::array<Species, 1> sn{"Sn4+"_species}, sb{"Sb5+"_species}, neutral_mg{"Mg"_species};
  CHECK_THROWS_WITH_AS(
      estimated_dopants(nfm, nfm_lattice, "Mn"_species, 0.7, sn),
      "0.700000 of Mn to replace in NaNi0.2Fe0.2Mn0.6O2, expected more than 0 and at most 0.600000", Error);
  CHECK_THROWS_AS(estimated_dopants(nfm, nfm_lattice, "Co"_species, 0.1, sn), Error);
  CHECK_THROWS_AS(estimated_dopants(nfm, nfm_lattice, "Mn"_species, std::nan(""), sn), Error);
  CHECK_THROWS_AS(estimated_dopants(nfm, nfm_lattice, "Mn"_species, 0.1, neutral_mg), Error);
  CHECK_THROWS_AS(estimated_dopants("NaCrO2"_formula, nfm_lattice, "Cr"_species, 0.5, sb), Error);
  CHECK_THROWS_AS(
      estimated_layers(layered_lattice<stacking::O3>(2.9, 2.0, 0.5), "NaCrO2"_formula, "NaY3+O2"_formula),
      Error);
}
