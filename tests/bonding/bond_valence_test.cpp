#include <lamella/bonding/bond_valence.hpp>
#include <lamella/core/dual.hpp>
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/crystal/space_group.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

using namespace lamella;

namespace {

// O3 cell: M on 3a, A on 3b, O on 6c.
template <Scalar T>
Structure<T> o3(Species alkali, std::vector<std::pair<Species, double>> metals, T a, T c, T z) {
  Structure<T> s{"O3", space_group("R-3m"), hexagonal_cell(a, c), {}};
  for (const auto& [metal, share] : metals)
    s.sites.push_back({"M1", metal, {T(0), T(0), T(0)}, T(share), T(0), {}});
  s.sites.push_back({"A1", alkali, {T(0), T(0), T(0.5)}, T(1), T(0), {}});
  s.sites.push_back({"O1", "O2-"_species, {T(0), T(0), z}, T(1), T(0), {}});
  return s;
}

}  // namespace

TEST_CASE("first shell of an O3 cell: six equal bonds each, the closed form") {
  const double a = 2.975, c = 15.968, z = 0.2669;
  const auto s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, a, c, z);
  const auto sums = bond_valence_sums<FirstShell>(s);
  const double slab = 2 * c * (1.0 / 3 - z), interslab = 2 * c * (z - 1.0 / 6);
  const double cr = std::sqrt(a * a / 3 + slab * slab / 4),
               na = std::sqrt(a * a / 3 + interslab * interslab / 4);
  const double v_cr = 6 * std::exp((1.724 - cr) / 0.37), v_na = 6 * std::exp((1.803 - na) / 0.37);
  CHECK(sums.sites[0].sum.value == doctest::Approx(v_cr).epsilon(1e-12));
  CHECK(sums.sites[1].sum.value == doctest::Approx(v_na).epsilon(1e-12));
  CHECK(sums.sites[2].sum.value ==
        doctest::Approx((v_cr + v_na) / 2).epsilon(1e-12));  // two oxygens for each
  CHECK(sums.sites[0].bonds == doctest::Approx(6));
  CHECK(sums.sites[2].bonds == doctest::Approx(6));
  CHECK(sums.bonds.size() == 12);
  const double d_cr = v_cr - 3, d_na = v_na - 1, d_o = (v_cr + v_na) / 2 - 2;
  CHECK(global_instability_index(s, sums) ==
        doctest::Approx(std::sqrt((d_cr * d_cr + d_na * d_na + 2 * d_o * d_o) / 4)).epsilon(1e-12));
}

TEST_CASE("softBV sums run to the cutoff: a brute-force sum over images") {
  const double a = 2.975, c = 15.968, z = 0.2669;
  const auto s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, a, c, z);
  const auto sums = bond_valence_sums<LongRange>(s);
  const std::vector<std::array<double, 3>> centring{
      {0, 0, 0}, {2.0 / 3, 1.0 / 3, 1.0 / 3}, {1.0 / 3, 2.0 / 3, 2.0 / 3}};
  int counted = 0;
  const auto around = [&](double z0, Species cation) {
    const SoftBvPair& pair = softbv_pair(cation, "O2-"_species);
    double sum = 0;
    counted = 0;
    for (int i = -5; i <= 5; ++i)
      for (int j = -5; j <= 5; ++j)
        for (int k = -2; k <= 2; ++k)
          for (const auto& t : centring)
            for (const double zo : {z, -z}) {
              const double x = t[0] + i, y = t[1] + j, h = (zo + t[2] + k - z0) * c;
              const double r = std::sqrt(a * a * (x * x + y * y - x * y) + h * h);
              if (r > pair.cutoff) continue;
              sum += std::exp((pair.R_0 - r) / pair.b);
              ++counted;
            }
    return sum;
  };
  CHECK(sums.sites[0].sum.value == doctest::Approx(around(0, "Cr3+"_species)).epsilon(1e-12));
  CHECK(sums.sites[1].sum.value == doctest::Approx(around(0.5, "Na+"_species)).epsilon(1e-12));
  CHECK(sums.sites[1].bonds == counted);
  CHECK(counted > 30);  // far beyond the first shell
}

TEST_CASE("rock salt, in any setting and origin: the same sums") {
  const double a = 5.6402;
  const double expected = 6 * std::exp((2.15 - a / 2) / 0.37);
  Structure<double> conventional{
      "NaCl",
      space_group("Fm-3m"),
      {a, a, a, 90, 90, 90},
      {{"Na1", "Na+"_species, {0, 0, 0}, 1, 0, {}}, {"Cl1", "Cl-"_species, {0.5, 0.5, 0.5}, 1, 0, {}}}};
  const double p = a / std::sqrt(2.0);
  Structure<double> primitive{"NaCl",
                              space_group("P1"),
                              {p, p, p, 60, 60, 60},
                              {{"Na1", "Na+"_species, {7.3, -2.4, 0.1}, 1, 0, {}},
                               {"Cl1", "Cl-"_species, {-3.2, 1.1, 12.6}, 1, 0, {}}}};
  for (const auto& s : {conventional, primitive}) {
    const auto sums = bond_valence_sums<FirstShell>(s);
    CHECK(sums.sites[0].sum.value == doctest::Approx(expected).epsilon(1e-9));
    CHECK(sums.sites[1].sum.value == doctest::Approx(expected).epsilon(1e-9));
    CHECK(global_instability_index(s, sums) == doctest::Approx(std::abs(expected - 1)).epsilon(1e-9));
  }
}

TEST_CASE("mixed occupancy and mixed valence: each ion with its own parameters") {
  const double a = 2.96, c = 16.0, z = 0.266;
  auto s = o3<double>("Na"_species, {{"Ni"_species, 0.4}, {"Mn"_species, 0.6}}, a, c, z);
  s.sites.back().species = "O"_species;
  const auto ions = with_usual_valences(s);  // Ni2+ 0.4, Mn 3.667: a third Mn3+
  REQUIRE(ions.sites.size() == 5);
  CHECK(ions.sites[0].species == "Ni2+"_species);
  CHECK(ions.sites[1].species == "Mn3+"_species);
  CHECK(ions.sites[1].occupancy == doctest::Approx(0.2));
  CHECK(ions.sites[2].species == "Mn4+"_species);
  CHECK(ions.sites[2].occupancy == doctest::Approx(0.4));
  const auto sums = bond_valence_sums<FirstShell>(ions);
  const double slab = 2 * c * (1.0 / 3 - z), interslab = 2 * c * (z - 1.0 / 6);
  const double m = std::sqrt(a * a / 3 + slab * slab / 4),
               na = std::sqrt(a * a / 3 + interslab * interslab / 4);
  const double v[] = {6 * std::exp((1.654 - m) / 0.37), 6 * std::exp((1.76 - m) / 0.37),
                      6 * std::exp((1.753 - m) / 0.37)};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(sums.sites[i].sum.value == doctest::Approx(v[i]).epsilon(1e-12));
    CHECK(sums.sites[i].place == 0);
  }
  const double mean = 0.4 * v[0] + 0.2 * v[1] + 0.4 * v[2];
  const double v_na = 6 * std::exp((1.803 - na) / 0.37);
  CHECK(sums.sites[4].sum.value == doctest::Approx((mean + v_na) / 2).epsilon(1e-12));
  const auto places = place_valences(ions, sums);
  REQUIRE(places.size() == 3);
  CHECK(places[0].sum.value == doctest::Approx(mean).epsilon(1e-12));
  CHECK(places[0].charge == doctest::Approx(3).epsilon(1e-12));
  CHECK(places[2].ions == doctest::Approx(6));
}

TEST_CASE("half-filled sites count half, and split sites exclude each other") {
  auto s = o3<double>("Na+"_species, {{"Mn4+"_species, 1}}, 2.9, 16.5, 0.265);
  const double full = bond_valence_sums<FirstShell>(s).sites[2].sum.value;
  const double metal = bond_valence_sums<FirstShell>(s).sites[0].sum.value;
  s.sites[1].occupancy = 0.5;
  CHECK(bond_valence_sums<FirstShell>(s).sites[2].sum.value ==
        doctest::Approx(full / 2 + metal / 4).epsilon(1e-12));
  // The same Na, in two positions 0.08 Å apart.
  s.sites[1].occupancy = 0.25;
  s.sites[1].position.z = 0.5025;
  CHECK(bond_valence_sums<FirstShell>(s).sites[1].multiplicity == 6);
  s.sites[1].occupancy = 0.6;
  CHECK_THROWS_AS(bond_valence_sums<FirstShell>(s), Error);
}

TEST_CASE("dual numbers: d(GII)/dz and d(valence)/dc agree with differences") {
  using D = Dual<double, 3>;
  const double a = 2.96, c = 16.0, z = 0.266;
  const auto s =
      o3<D>("Na+"_species, {{"Co3+"_species, 1}}, D::variable(a, 0), D::variable(c, 1), D::variable(z, 2));
  const auto sums = bond_valence_sums<FirstShell>(s);
  const D gii = global_instability_index(s, sums);
  const double h = 1e-5;
  const auto at = [&](double da, double dc, double dz) {
    const auto t = o3<double>("Na+"_species, {{"Co3+"_species, 1}}, a + da, c + dc, z + dz);
    const auto v = bond_valence_sums<FirstShell>(t);
    return std::pair{global_instability_index(t, v), v.sites[1].sum.value};
  };
  CHECK(gii.grad[2] == doctest::Approx((at(0, 0, h).first - at(0, 0, -h).first) / (2 * h)).epsilon(1e-6));
  CHECK(gii.grad[0] == doctest::Approx((at(h, 0, 0).first - at(-h, 0, 0).first) / (2 * h)).epsilon(1e-6));
  CHECK(sums.sites[1].sum.value.grad[1] ==
        doctest::Approx((at(0, h, 0).second - at(0, -h, 0).second) / (2 * h)).epsilon(1e-6));
}

TEST_CASE("bond lengths: the inverse of the valence, and the ideal length of a coordination") {
  const auto na = BondValenceSet<FirstShell>{}("Na+"_species, "O2-"_species);
  CHECK(na.source == "I. D. Brown & D. Altermatt, Acta Cryst. B41 (1985) 244");
  CHECK(bond_length(na, bond_valence(na, 2.4)) == doctest::Approx(2.4).epsilon(1e-14));
  CHECK(ideal_bond_length(na, 6) == doctest::Approx(1.803 + 0.37 * std::log(6.0)).epsilon(1e-14));
  CHECK(bond_valence(na, 3.1).value == 0);  // below 3.8 % of the charge
  const auto ni = BondValenceSet<FirstShell>{}("Ni4+"_species, "O2-"_species);
  CHECK(ni.b == 0.335);  // of the pair
  CHECK_THROWS_AS(bond_valence(na, 0.0), Error);
  CHECK_THROWS_AS(bond_valence(na, std::nan("")), Error);
  CHECK_THROWS_AS(ideal_bond_length(na, 0), Error);
  CHECK_THROWS_AS(bond_length(na, {-1}), Error);
}

TEST_CASE("own parameters come first, and fill what the table lacks") {
  auto s = o3<double>("Na+"_species, {{"Ni3+"_species, 1}}, 2.96, 15.8, 0.2672);
  CHECK_THROWS_WITH_AS(
      bond_valence_sums<FirstShell>(s),
      "no first-shell bond valence parameters for Ni3+ - O2-, expected a pair of the table or own parameters",
      Error);
  BondValenceSet<FirstShell> set;
  set.own.push_back(first_shell_parameters("Ni3+"_species, "O2-"_species, 1.7, 0.36, "own fit"));
  const double ni = std::hypot(2.96 / std::sqrt(3.0), 15.8 * (1.0 / 3 - 0.2672));
  CHECK(bond_valence_sums(s, set).sites[0].sum.value ==
        doctest::Approx(6 * std::exp((1.7 - ni) / 0.36)).epsilon(1e-12));
  CHECK(set("Ni3+"_species, "O2-"_species).source == "own fit");
  CHECK_THROWS_AS(first_shell_parameters("Ni"_species, "O2-"_species, 1.7, 0.36, ""), Error);
  CHECK_THROWS_AS(first_shell_parameters("Ni3+"_species, "O2-"_species, 1.7, 0, ""), Error);
  CHECK_THROWS_AS(first_shell_parameters("Ni3+"_species, "O2-"_species, std::nan(""), 0.37, ""), Error);
  set.own[0].cutoff = std::nan("");
  CHECK_THROWS_AS(bond_valence_sums(s, set), Error);
}

TEST_CASE("what is no structure of ions is one clear error") {
  const auto message = [](const Structure<double>& s) -> std::string {
    try {
      bond_valence_sums<FirstShell>(s);
    } catch (const Error& e) {
      return e.what();
    }
    return {};
  };
  auto s = o3<double>("Na"_species, {{"Cr3+"_species, 1}}, 2.975, 15.968, 0.2669);
  CHECK(message(s) ==
        "site A1: Na has no oxidation state, expected an ion such as Na+ (with_usual_valences states the "
        "usual ones)");
  s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, 2.975, 15.968, 0.0);  // oxygen on chromium
  CHECK(message(s).find("M1 and O1 are 0.0") != std::string::npos);
  s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, 2.975, 15.968, 0.03);  // 0.48 Å off
  CHECK(message(s).find("both occupied, expected atoms at the distance of a bond") != std::string::npos);
  s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, 2.975, 15.968, std::nan(""));
  CHECK(message(s) == "site O1 is not at a finite position, expected fractional coordinates");
  s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, 2.975, std::nan(""), 0.2669);
  CHECK(message(s).find("impossible unit cell") == 0);
  s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, 2.975e-3, 15.968e-3, 0.2669);
  CHECK_FALSE(message(s).empty());
  s = o3<double>("Na+"_species, {{"Cr3+"_species, 1.2}}, 2.975, 15.968, 0.2669);
  CHECK(message(s) == "occupancy 1.200000 of site M1, expected 0 to 1");
  s = o3<double>("Na+"_species, {{"Cr3+"_species, 1}}, 2.975, 15.968, 0.2669);
  s.sites.pop_back();
  CHECK(message(s) == "no bond valences without anions, expected both");
  s.sites.clear();
  CHECK_FALSE(message(s).empty());
}

TEST_CASE("data: the first-shell constants are those that their papers are quoted with") {
  std::ifstream file(LAMELLA_DATA_DIR "/tables/bvparm2020.json");
  REQUIRE(file);
  const auto rows = nlohmann::json::parse(file).at("data");
  std::size_t found = 0;
  for (const auto& row : detail::first_shell_table) {
    const std::string ref = row.source == ValenceSource::brown_altermatt ? "a"
                            : row.source == ValenceSource::brese_okeeffe ? "b"
                                                                         : "bs";
    for (const auto& r : rows)
      if (r["cation"] == symbol(row.cation) && r["cation_charge"] == row.cation.charge &&
          r["anion"] == symbol(row.anion) && r["anion_charge"] == row.anion.charge && r["R0"] == row.R_0 &&
          r["B"] == row.b && r["ref"] == ref) {
        ++found;
        break;
      }
  }
  CHECK(found == detail::first_shell_table.size());
}
