#include <lamella/chemistry/element.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace lamella;

TEST_CASE("data: every row of elements.csv is in the element table") {
  std::ifstream file(std::string(LAMELLA_DATA_DIR "/") + "tables/elements.csv");
  REQUIRE(file);
  std::size_t rows = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#' || line.front() == 'Z') continue;
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() >= 5);
    const Element& e = element(std::stoi(cells[0]));
    CHECK(e.symbol == cells[1]);
    CHECK(e.name == cells[2]);
    CHECK(e.atomic_weight == std::stod(cells[3]));
    CHECK(e.electronegativity == (cells[4].empty() ? 0.0 : std::stod(cells[4])));
    ++rows;
  }
  CHECK(rows == detail::element_table.size());
}
