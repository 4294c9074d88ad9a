#include <lamella/layered/layered_crystal.hpp>
#include <lamella/migration/layer_barrier.hpp>
#include <lamella/screening/barrier_table.hpp>

#include "../support/random_numbers.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace lamella;
using doctest::Approx;

namespace {

using O3 = LayeredLattice<stacking::O3>;
constexpr Species na = parse_species("Na+"), oxide = parse_species("O2-");

}  // namespace

TEST_CASE("data: the tetrahedral hop of O3 cells against an independent lattice sum and saddle search") {
  const auto all = nlohmann::json::parse(std::ifstream(std::filesystem::path(LAMELLA_DATA_DIR) / "reference/bvse.json"))["cases"];
  std::size_t cells = 0;
  for (const auto& [name, expected] : all.items()) {
    if (!name.starts_with("O3") || !expected.contains("barrier_TSH")) continue;
    CAPTURE(name);
    const auto cell = expected["cell"];
    const auto symbols = expected["symbols"].get<std::vector<std::string>>();
    const auto fractions = expected["frac"];
    double z = 0;
    Species metal{}, mobile{};
    double charge = 0;
    for (std::size_t i = symbols.size(); i-- > 0;) {
      const Species s = parse_species(symbols[i]);
      const double height = fractions[i][2].get<double>();
      if (s == parse_species("O") && std::abs(fractions[i][0].get<double>()) < 1e-9 && height < 0.4) z = height;
      if (s == parse_species("Na") || s == parse_species("Li")) mobile = {s.atomic_number, 1};
      else if (s != parse_species("O")) {
        metal = s;
        charge = expected["oxi"][i].get<double>();
      }
    }
    const O3 lattice{cell[0].get<double>(), cell[2].get<double>(), z};
    std::vector<O3> lattices;  // the second is that of the reference
    for (const double more : {-0.02, 0.0, 0.02, 0.04})
      lattices.push_back(layered_lattice<stacking::O3>(lattice.a + more, slab_thickness(lattice), interslab_distance(lattice)));
    const std::array elements{metal};
    const std::array charges{charge};
    const BarrierTable table(lattices, mobile, oxide, elements, charges);
    // The reference gives its energies to 1e-6 eV.
    CHECK(table(lattice.a, charges) == Approx(expected["barrier_TSH"].get<double>()).epsilon(2e-5));
    ++cells;
  }
  CHECK(cells >= 3);
}

TEST_CASE("barrier table: within 1e-4 eV of the exact barrier for any mixture") {
  const std::array elements{parse_species("Ni"), parse_species("Fe"), parse_species("Mn"), parse_species("Mg"), parse_species("Cu"), parse_species("Sn")};
  std::vector<O3> lattices;
  for (int n = 0; n < 32; ++n) {
    const double a = 2.90 + 0.005 * n;
    lattices.push_back(layered_lattice<stacking::O3>(a, 0.71 * a, 2 * std::sqrt(2.35 * 2.35 - a * a / 3)));
  }
  const std::array ions{parse_species("Ni2+"), parse_species("Fe3+"), parse_species("Mn4+"), parse_species("Mg2+"), parse_species("Cu2+"), parse_species("Sn4+")};
  const std::array mean{0.5, 0.5, 0.5, 0.5, 0.5, 0.5};
  const BarrierTable table(lattices, na, oxide, elements, mean);
  lamella_test::Random random(5);
  double worst = 0;
  for (int n = 0; n < 60; ++n) {
    std::array<double, 6> charge{};
    double total = 0;
    for (double& q : charge) total += q = random.uniform() < 0.4 ? 0 : random.uniform();
    if (total == 0) continue;
    const double a = random.uniform(2.90, 3.05);
    LayeredCrystal<stacking::O3> crystal{layered_lattice<stacking::O3>(a, 0.71 * a, 2 * std::sqrt(2.35 * 2.35 - a * a / 3)), {{na, 1}}, {}, oxide};
    for (std::size_t i = 0; i < charge.size(); ++i) {
      crystal.slab.push_back({ions[i], charge[i] / total});
      charge[i] *= ions[i].charge / total;
    }
    const double exact = layer_barrier<BVSE>(crystal, na).barrier;
    worst = std::max(worst, std::abs(table(a, charge) - exact));
  }
  CHECK(worst < 1e-4);
  CHECK(worst > 0);
}

TEST_CASE("barrier table: elements without data, lattices without a saddle, too few lattices") {
  std::vector<O3> usual, wide;
  for (const double a : {2.9, 2.95, 3.0, 3.05}) {
    usual.push_back(layered_lattice<stacking::O3>(a, 2.2, 3.25));
    wide.push_back(layered_lattice<stacking::O3>(a, 2.2, 12.0));
  }
  const std::array helium{parse_species("He")}, iron{parse_species("Fe")};
  const std::array mean{3.0};
  CHECK_THROWS_WITH(BarrierTable(usual, na, oxide, helium, mean), doctest::Contains("no softBV data for He"));
  CHECK_THROWS_WITH(BarrierTable(wide, na, oxide, iron, mean), doctest::Contains("expected one with a saddle"));
  usual.pop_back();
  CHECK_THROWS_WITH(BarrierTable(usual, na, oxide, iron, mean), doctest::Contains("at least four"));
}
