#include <lamella/layered/layered_crystal.hpp>

#include <lamella/core/dual.hpp>
#include <lamella/crystal/cell_contents.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace lamella;
using stacking::O3, stacking::P2, stacking::P3;

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

TEST_CASE_TEMPLATE("the cell of a layered crystal holds its formula once per slab", S, O3, P3, P2) {
  const auto crystal = layered_crystal(layered_lattice<S>(3.0, 2.2, 3.3), he);
  const auto structure = structure_of(crystal);
  const Formula content = cell_formula(structure);
  const double units = double(S::slabs_per_cell);
  for (const auto& term : he) CHECK(content.amount(term.species) == doctest::Approx(units * term.amount));
  CHECK(structure.space_group.name() == S::space_group);
}

TEST_CASE_TEMPLATE("a crystal lists its lattice, occupancies and displacements once", S, O3, P3, P2) {
  const auto crystal = layered_crystal(layered_lattice<S>(3.0, 2.2, 3.3), "Na0.7CoO2"_formula);
  CHECK(parameter_names(crystal) ==
        std::vector<std::string>{"lattice", "Na", "Co", "alkali.Uiso", "slab.Uiso", "anion.Uiso"});
}

TEST_CASE_TEMPLATE("a structure into scratch is the structure", S, O3, P3, P2) {
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

TEST_CASE_TEMPLATE("on duals the crystal is the same crystal", S, O3, P3, P2) {
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
