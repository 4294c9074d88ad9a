#include <lamella/chemistry/ionic_radius.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;

static_assert(shannon_radius("Na+"_species, Coordination::VI) == 1.02);
static_assert(shannon_radius("Mn3+"_species, Coordination::VI, Spin::low) == 0.58);
static_assert(octahedral_radius("O2-"_species) == 1.40);

TEST_CASE(
    "six-coordinate radii of the ions of layered cathodes, as printed by Shannon, in the usual spin state") {
  for (const auto& [ion, radius] :
       {std::pair{"Na+", 1.02}, {"Li+", 0.76},   {"K+", 1.38},    {"Ni2+", 0.69},  {"Ni3+", 0.56},
        {"Ni4+", 0.48},         {"Fe3+", 0.645}, {"Fe2+", 0.78},  {"Mn2+", 0.83},  {"Mn3+", 0.645},
        {"Mn4+", 0.53},         {"Co2+", 0.745}, {"Co3+", 0.545}, {"Co4+", 0.53},  {"Cu2+", 0.73},
        {"Mg2+", 0.72},         {"Zn2+", 0.74},  {"Al3+", 0.535}, {"Cr3+", 0.615}, {"Ti4+", 0.605},
        {"Ti3+", 0.67},         {"Sn4+", 0.69},  {"Sb5+", 0.60},  {"Zr4+", 0.72},  {"Ru4+", 0.62},
        {"O2-", 1.40}})
    CHECK(octahedral_radius(parse_species(ion)) == radius);
}

TEST_CASE("a radius that depends on the spin state is never guessed nor averaged") {
  CHECK_THROWS_WITH_AS(
      shannon_radius("Mn3+"_species, Coordination::VI),
      "ionic radius of Mn3+ in coordination VI differs between high and low spin: expected a spin state",
      Error);
  for (const char* ion : {"Mn2+", "Mn3+", "Fe2+", "Fe3+", "Co2+", "Co3+", "Ni3+", "Cr2+"})
    CHECK_THROWS_AS(shannon_radius(parse_species(ion), Coordination::VI), Error);
  CHECK(shannon_radius("Mn3+"_species, Coordination::V) == 0.58);               // one radius only
  CHECK(shannon_radius("Ni4+"_species, Coordination::VI) == 0.48);              // low spin is the only row
  CHECK(shannon_radius("Mn4+"_species, Coordination::VI, Spin::high) == 0.53);  // d3: no distinction
}

TEST_CASE("what the table lacks is an error that names what it has") {
  CHECK_THROWS_WITH_AS(shannon_radius("Mn3+"_species, Coordination::IV),
                       "ionic radius of Mn3+ in coordination IV is not in Shannon's table: expected one of "
                       "V, VI high spin, VI low spin",
                       Error);
  CHECK_THROWS_WITH_AS(
      shannon_radius("Cu3+"_species, Coordination::VI, Spin::high),
      "ionic radius of Cu3+ in coordination VI, high spin, is not in Shannon's table: expected one of VI "
      "low spin",
      Error);
  CHECK_THROWS_WITH_AS(
      shannon_radius("Na2+"_species, Coordination::VI),
      "ionic radius of Na2+ in coordination VI is not in Shannon's table: it has no radius for this charge",
      Error);
  CHECK_THROWS_AS(shannon_radius("Na"_species, Coordination::VI), Error);
  CHECK_THROWS_AS(shannon_radius("He+"_species, Coordination::VI), Error);
  CHECK_THROWS_AS(shannon_radius(vacancy, Coordination::VI), Error);
  CHECK_THROWS_AS(shannon_radius("Lr3+"_species, Coordination::VI), Error);
}

TEST_CASE(
    "data: every row of shannon.csv is found by charge, coordination and spin, and there are no others") {
  std::ifstream file(std::string(LAMELLA_DATA_DIR "/") + "tables/shannon.csv");
  REQUIRE(file);
  const std::vector<std::pair<std::string, Coordination>> names = {{"I", Coordination::single},
                                                                   {"II", Coordination::II},
                                                                   {"III", Coordination::III},
                                                                   {"IIIPY", Coordination::III_pyramidal},
                                                                   {"IV", Coordination::IV},
                                                                   {"IVSQ", Coordination::IV_square},
                                                                   {"IVPY", Coordination::IV_pyramidal},
                                                                   {"V", Coordination::V},
                                                                   {"VI", Coordination::VI},
                                                                   {"VII", Coordination::VII},
                                                                   {"VIII", Coordination::VIII},
                                                                   {"IX", Coordination::IX},
                                                                   {"X", Coordination::X},
                                                                   {"XI", Coordination::XI},
                                                                   {"XII", Coordination::XII},
                                                                   {"XIV", Coordination::XIV}};
  std::size_t rows = 0, left_out = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#' || line.starts_with("element,")) continue;
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() >= 6);
    CAPTURE(line);
    if (atomic_number(cells[0]) == 0) {
      ++left_out;  // D
      continue;
    }
    const Species ion{static_cast<std::uint8_t>(atomic_number(cells[0])),
                      static_cast<std::int8_t>(std::stoi(cells[1]))};
    const Spin spin = cells[3] == "HS" ? Spin::high : cells[3] == "LS" ? Spin::low : Spin::none;
    bool found = false;
    for (const auto& [name, coordination] : names)
      if (name == cells[2]) {
        CHECK(shannon_radius(ion, coordination, spin) == std::stod(cells[4]));
        found = true;
      }
    CHECK(found);
    ++rows;
  }
  CHECK(rows == detail::shannon_table.size());
  CHECK(left_out == 1);
}
