// The symmetry that atoms have, found from their list in P1: against the groups that the lists were made with.
#include <lamella/chemistry/species.hpp>
#include <lamella/crystal/cell_atoms.hpp>
#include <lamella/crystal/found_symmetry.hpp>
#include <lamella/io/cif.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace lamella;

namespace {

/// All atoms of the cell one by one, without symmetry, as structure databases list them.
Structure<double> expanded(const Structure<double>& s) {
  Structure<double> p1{s.name, SpaceGroup{}, s.cell, {}};
  for (const auto& atom : cell_atoms(s)) {
    p1.sites.push_back(s.sites[atom.site]);
    p1.sites.back().label += "_" + std::to_string(p1.sites.size());
    p1.sites.back().position = {atom.position.x - std::floor(atom.position.x), atom.position.y - std::floor(atom.position.y),
                                atom.position.z - std::floor(atom.position.z)};
  }
  return p1;
}

Structure<double> crystal(const char* group, const UnitCell<double>& cell, std::vector<std::pair<const char*, Fractional<double>>> sites) {
  Structure<double> s{"test", space_group(group), cell, {}};
  for (const auto& [species, position] : sites) s.sites.push_back({species + std::to_string(s.sites.size()), parse_species(species), position, 1, 0.01});
  return s;
}

}  // namespace

TEST_CASE("the atoms of a cell have the group that they were made with") {
  const std::vector<Structure<double>> all{
      crystal("R-3m", hexagonal_cell(2.974, 15.957), {{"Na", {0, 0, 0.5}}, {"Cr", {0, 0, 0}}, {"O", {0, 0, 0.2676}}}),
      crystal("P63/mmc", hexagonal_cell(2.832, 10.917), {{"Co", {0, 0, 0.5}}, {"Na", {0, 0, 0.25}}, {"O", {1.0 / 3, 2.0 / 3, 0.0913}}}),
      crystal("C2/m", {5.32, 2.85, 5.58, 90, 110.5, 90}, {{"Na", {0, 0.5, 0.5}}, {"Ni", {0, 0, 0}}, {"O", {0.284, 0, 0.806}}}),
      crystal("Pnma", {8.48, 5.4, 6.96, 90, 90, 90}, {{"Pb", {0.188, 0.25, 0.167}}, {"S", {0.065, 0.25, 0.684}}, {"O", {0.081, 0.027, 0.808}}}),
      crystal("Fd-3m", {8.27, 8.27, 8.27, 90, 90, 90}, {{"Li", {0.125, 0.125, 0.125}}, {"Mn", {0.5, 0.5, 0.5}}, {"O", {0.2625, 0.2625, 0.2625}}}),
      crystal("P1", {4.1, 4.9, 5.6, 83, 97, 104}, {{"Fe", {0.11, 0.23, 0.31}}, {"O", {0.61, 0.17, 0.77}}, {"O", {0.34, 0.71, 0.55}}}),
      crystal("R3m", hexagonal_cell(2.9, 16.6), {{"Na", {0, 0, 0.17}}, {"Mn", {0, 0, 0}}, {"O", {0, 0, 0.398}}, {"O", {0, 0, 0.602}}})};
  for (const auto& made : all) {
    CAPTURE(made.space_group.name());
    const Structure<double> p1 = expanded(made);
    const Structure<double> found = with_found_symmetry(p1);
    CHECK(found.space_group.name() == made.space_group.name());
    CHECK(found.space_group.order() == made.space_group.order());
    REQUIRE(found.sites.size() == made.sites.size());
    CHECK(cell_atoms(found).size() == p1.sites.size());
    for (std::size_t i = 0; i < found.sites.size(); ++i) {
      CHECK(found.sites[i].species == made.sites[i].species);
      CHECK(multiplicity(found.space_group, found.sites[i].position) == multiplicity(made.space_group, made.sites[i].position));
    }
  }
}

TEST_CASE("rounded coordinates and edges are brought to what the group demands; what is further off is left alone") {
  Structure<double> p1 = expanded(crystal("R-3m", hexagonal_cell(2.974, 15.957), {{"Na", {0, 0, 0.5}}, {"Cr", {0, 0, 0}}, {"O", {0, 0, 0.2676}}}));
  p1.cell.b += 1e-4;
  for (auto& site : p1.sites)
    for (double* x : {&site.position.x, &site.position.y, &site.position.z}) *x = std::round(*x * 1e4) / 1e4;
  const auto found = with_found_symmetry(p1);
  CHECK(found.space_group.name() == "R-3m");
  CHECK(found.cell.a == doctest::Approx(found.cell.b).epsilon(1e-14));
  CHECK(found.cell.gamma == 120);
  CHECK(found.sites[2].position.x == doctest::Approx(0));
  CHECK(found.sites[2].position.z == doctest::Approx(0.2676).epsilon(1e-4));

  p1.sites[4].position.z += 0.005;  // 0.08 Å
  CHECK(with_found_symmetry(p1).space_group.order() < 36);
  Structure<double> shared = expanded(crystal("P63/mmc", hexagonal_cell(2.832, 10.917), {{"Co", {0, 0, 0.5}}, {"O", {1.0 / 3, 2.0 / 3, 0.0913}}}));
  shared.sites[0].occupancy = 0.9;  // its image is full: half of the operations are gone
  CHECK(with_found_symmetry(shared).space_group.order() == 12);
}

TEST_CASE("data: lists of a structure database in P 1 have the groups that their names say") {
  const std::string folder = std::string(LAMELLA_DATA_DIR) + "/powder/li2mno3_mixtures/";
  for (const auto& [file, group, sites] : {std::tuple<const char*, const char*, std::size_t>{"Li2MnO3_12.cif", "C2/m", 6}, {"LiMnO2_59.cif", "Pmnm", 4},
                                           {"MnO_225.cif", "Fm-3m", 2}, {"TiO2_141.cif", "I41/amd", 2}}) {
    CAPTURE(file);
    const auto stated = read_cif(folder + file);
    CHECK(stated.space_group.order() == 1);
    const auto found = with_found_symmetry(stated);
    CHECK(found.space_group.name() == group);  // Pmnm: Pmmn, number 59, in these axes
    CHECK(std::string(file).find("_" + std::to_string(found.space_group.number()) + ".") != std::string::npos);
    CHECK(found.sites.size() == sites);
    CHECK(cell_atoms(found).size() == stated.sites.size());
  }
}
