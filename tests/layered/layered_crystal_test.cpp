#include <lamella/layered/layered_crystal.hpp>

#include <lamella/core/dual.hpp>
#include <lamella/crystal/cell_contents.hpp>
#include <lamella/crystal/symmetry_constraints.hpp>
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/layered/stacking_structure.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace lamella;
using stacking::O1, stacking::O2, stacking::O3, stacking::P2, stacking::P3, stacking::O3_prime,
    stacking::P3_prime;

namespace {

const Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;

template <class Crystal>
std::vector<std::string> parameter_names(const Crystal& crystal) {
  std::vector<std::string> names;
  auto visit = [&](std::string_view name, const auto&) { names.emplace_back(name); };
  Crystal::parameters(visit, crystal);
  return names;
}

template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE_TEMPLATE("the cell of a layered crystal holds its formula once per slab", S, O1, O2, O3, P2, P3,
                   O3_prime, P3_prime) {
  const auto crystal = layered_crystal(layered_lattice<S>(3.0, 2.2, 3.3), he);
  const auto structure = structure_of(crystal);
  const Formula content = cell_formula(structure);
  const double units = double(S::slabs_per_cell) * (structure.space_group.name() == "C2/m" ? 2 : 1);
  for (const auto& term : he) CHECK(content.amount(term.species) == doctest::Approx(units * term.amount));
  CHECK(structure.space_group.name() == S::space_group);
}

TEST_CASE_TEMPLATE("a crystal lists its lattice, occupancies and displacements once", S, O1, O2, O3, P2, P3,
                   O3_prime, P3_prime) {
  const auto crystal = layered_crystal(layered_lattice<S>(3.0, 2.2, 3.3), "Na0.7CoO2"_formula);
  CHECK(parameter_names(crystal) ==
        std::vector<std::string>{"lattice", "Na", "Co", "alkali.Uiso", "slab.Uiso", "anion.Uiso"});
}

TEST_CASE_TEMPLATE("a structure into scratch is the structure", S, O1, O2, O3, P2, P3, O3_prime, P3_prime) {
  const auto crystal = layered_crystal(layered_lattice<S>(3.0, 2.2, 3.3), he);
  auto scratch = structure_of(layered_crystal(layered_lattice<S>(2.8, 2.0, 3.0), he));
  const auto expected = structure_of(crystal);
  const auto& filled = structure_of(crystal, scratch);
  CHECK(filled.cell.a == expected.cell.a);
  CHECK(filled.cell.c == expected.cell.c);
  REQUIRE(filled.sites.size() == expected.sites.size());
  for (std::size_t i = 0; i < expected.sites.size(); ++i) {
    CHECK(filled.sites[i].position.x == expected.sites[i].position.x);
    CHECK(filled.sites[i].position.z == expected.sites[i].position.z);
    CHECK(filled.sites[i].occupancy == expected.sites[i].occupancy);
    CHECK(filled.sites[i].u_iso == expected.sites[i].u_iso);
  }
}

TEST_CASE_TEMPLATE("on duals the crystal is the same crystal", S, O1, O2, O3, P2, P3, O3_prime, P3_prime) {
  const auto crystal = layered_crystal(layered_lattice<S>(3.0, 2.2, 3.3), he);
  const auto dual = rebound<Dual<double, 2>>(crystal);
  CHECK(slab_thickness(dual.lattice).value == slab_thickness(crystal.lattice));
  CHECK(interslab_distance(dual.lattice).value == interslab_distance(crystal.lattice));
  REQUIRE(dual.slab.size() == crystal.slab.size());
  for (std::size_t i = 0; i < crystal.slab.size(); ++i) {
    CHECK(dual.slab[i].species == crystal.slab[i].species);
    CHECK(dual.slab[i].occupancy.value == crystal.slab[i].occupancy);
  }
  CHECK(dual.u_anion.value == crystal.u_anion);
}

// The lattices with their own formulas against the crystal built from the word alone.
TEST_CASE_TEMPLATE("a layered crystal is the crystal of its word", S, O1, O2, O3, P2, P3) {
  const auto crystal =
      structure_of(layered_crystal(layered_lattice<S>(2.9, 2.1, 3.2), "Na0.7Co0.4Mn0.6O2"_formula));
  const auto built = stacking_structure(S::sequence, LayerDistances<double>{2.9, 2.1, 3.2},
                                        "Na0.7Co0.4Mn0.6O2"_formula, S::filling);
  CHECK(crystal.name == built.name);
  CHECK(crystal.space_group.name() == built.space_group.name());
  CHECK(crystal.cell.c == doctest::Approx(built.cell.c).epsilon(1e-14));
  REQUIRE(crystal.sites.size() == built.sites.size());
  for (std::size_t i = 0; i < built.sites.size(); ++i) {
    CAPTURE(built.sites[i].label);
    CHECK(crystal.sites[i].label == built.sites[i].label);
    CHECK(crystal.sites[i].species == built.sites[i].species);
    CHECK(crystal.sites[i].occupancy == doctest::Approx(built.sites[i].occupancy).epsilon(1e-14));
    CHECK(crystal.sites[i].u_iso == built.sites[i].u_iso);
    CHECK(crystal.sites[i].position.x == doctest::Approx(built.sites[i].position.x).epsilon(1e-14));
    CHECK(crystal.sites[i].position.y == doctest::Approx(built.sites[i].position.y).epsilon(1e-14));
    CHECK(crystal.sites[i].position.z == doctest::Approx(built.sites[i].position.z).epsilon(1e-14));
  }
}

TEST_CASE_TEMPLATE("a layered crystal is measured as what it is", S, O1, O2, O3, P2, P3, O3_prime, P3_prime) {
  const auto layers = measure_layers(structure_of(layered_crystal(layered_lattice<S>(2.9, 2.1, 3.2), he)));
  REQUIRE(layers);
  REQUIRE(layers->word);
  CHECK(canonical(*layers->word) == canonical(S::sequence));
  CHECK(layers->slab_thickness() == doctest::Approx(2.1).epsilon(1e-12));
  CHECK(layers->interslab_distance() == doctest::Approx(3.2).epsilon(1e-12));
}

// In P3 and O2 the metal need not be in the middle of its slab; the alkali stays in the middle of the gap.
TEST_CASE_TEMPLATE("a slab off its metal", S, P3, O2) {
  auto lattice = layered_lattice<S>(2.9, 2.1, 3.2);
  lattice.z_O1 += 0.002;
  lattice.z_O2 += 0.002;
  const auto structure = structure_of(layered_crystal(lattice, "NaCoO2"_formula));
  const auto layers = measure_layers(structure);
  REQUIRE(layers);
  CHECK(layers->slab_thickness() == doctest::Approx(2.1).epsilon(1e-12));
  CHECK(slab_thickness(lattice) == doctest::Approx(2.1).epsilon(1e-12));
  const auto undisturbed = structure_of(layered_crystal(layered_lattice<S>(2.9, 2.1, 3.2), "NaCoO2"_formula));
  CHECK(structure.sites[0].position.z - undisturbed.sites[0].position.z ==
        doctest::Approx(0.002).epsilon(1e-9));
}

// Every site lies where its symmetry leaves only what the lattice lists free: heights, and x_O in C2/m.
TEST_CASE_TEMPLATE("sites are special positions", S, O1, O2, O3, P2, P3, O3_prime, P3_prime) {
  const auto structure = structure_of(layered_crystal(layered_lattice<S>(2.9, 2.1, 3.2), "NaCoO2"_formula));
  for (const auto& site : structure.sites)
    for (const auto& direction : site_freedom(structure.space_group, site.position)) {
      CHECK(direction[1] == 0);
      if (structure.space_group.name() != "C2/m") CHECK(direction[0] == 0);
    }
}

TEST_CASE("formulas without one alkali, one slab cation and one anion per unit are refused") {
  const auto lattice = layered_lattice<O3>(3.0, 2.2, 3.3);
  CHECK(message_of([&] {
          layered_crystal(lattice, "Na1.2CoO2"_formula);
        }).find("at most one alkali and one slab cation") != std::string::npos);
  CHECK(message_of([&] {
          layered_crystal(lattice, "NaCo1.1O2"_formula);
        }).find("at most one alkali and one slab cation") != std::string::npos);
  CHECK(message_of([&] {
          layered_crystal(lattice, "NaCoO1.9F0.1"_formula);
        }).find("expected a single anion") != std::string::npos);
  CHECK(message_of([&] { layered_crystal(lattice, "NaCl"_formula); }).find("has no layers") !=
        std::string::npos);
}
