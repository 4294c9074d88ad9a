#include <lamella/chemistry/species.hpp>
#include <lamella/diffraction/detail/dispersion_table.hpp>
#include <lamella/diffraction/detail/xray_it92_table.hpp>
#include <lamella/diffraction/detail/xray_wk95_table.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <span>
#include <string>

using namespace lamella;
using detail::dispersion_table, detail::xray_it92_table, detail::xray_wk95_table, detail::XrayFormFactorRow;

namespace {

nlohmann::json read_table(const std::string& name) {
  std::ifstream file(std::string(LAMELLA_DATA_DIR "/") + "tables/" + name);
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

constexpr bool sorted_and_unique(std::span<const XrayFormFactorRow> table) {
  for (std::size_t i = 1; i < table.size(); ++i)
    if (!(table[i - 1].species < table[i].species)) return false;
  return true;
}

const XrayFormFactorRow& row_of(std::span<const XrayFormFactorRow> table, Species species) {
  const auto row = std::lower_bound(table.begin(), table.end(), species,
                                    [](const XrayFormFactorRow& r, Species s) { return r.species < s; });
  REQUIRE(row != table.end());
  REQUIRE(row->species == species);
  return *row;
}

/// Compares every plain species of the file, bit by bit; returns the number of rows compared.
std::size_t compare(std::span<const XrayFormFactorRow> table, const nlohmann::json& data, std::size_t terms) {
  std::size_t rows = 0;
  for (const auto& [label, values] : data.items()) {
    const auto species = try_parse_species(label);
    if (!species) {
      CHECK(label == "Cval");
      continue;
    }
    CAPTURE(label);
    const XrayFormFactorRow& row = row_of(table, species.value());
    REQUIRE(values.at("a").size() == terms);
    REQUIRE(values.at("b").size() == terms);
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(row.a[i] == (i < terms ? values.at("a").at(i).get<double>() : 0.0));
      CHECK(row.b[i] == (i < terms ? values.at("b").at(i).get<double>() : 0.0));
    }
    CHECK(row.c == values.at("c").get<double>());
    ++rows;
  }
  return rows;
}

void check_number_of_electrons(std::span<const XrayFormFactorRow> table) {
  for (const XrayFormFactorRow& row : table) {
    double f0 = row.c;
    for (const double a : row.a) f0 += a;
    CAPTURE(to_string(row.species));
    CHECK(std::abs(f0 - (row.species.atomic_number - row.species.charge)) < 0.06);
  }
}

}  // namespace

static_assert(sorted_and_unique(xray_it92_table));
static_assert(sorted_and_unique(xray_wk95_table));
static_assert(dispersion_table.front().atomic_number == 1 && dispersion_table.back().atomic_number == 92);

TEST_CASE("f0(0) of every row is the number of electrons within 0.06") {
  check_number_of_electrons(xray_it92_table);
  check_number_of_electrons(xray_wk95_table);
}

TEST_CASE("the dispersion rows are those of their elements") {
  for (std::size_t i = 0; i < dispersion_table.size(); ++i) CHECK(dispersion_table[i].atomic_number == i + 1);
  // Cromer-Liberman at Cu K-alpha, as quoted in the literature to three decimals.
  CHECK(dispersion_table[25].f_prime[0] == doctest::Approx(-1.139).epsilon(1e-3));
  CHECK(dispersion_table[25].f_double_prime[0] == doctest::Approx(3.202).epsilon(1e-3));
  CHECK(detail::dispersion_anodes[0] == "Cu");
}

TEST_CASE("data: the IT C (1992) form factors are those of the reference file") {
  CHECK(compare(xray_it92_table, read_table("xray_it92.json").at("data"), 4) == xray_it92_table.size());
}

TEST_CASE("data: the Waasmaier-Kirfel form factors are those of the reference file") {
  CHECK(compare(xray_wk95_table, read_table("xray_wk95.json").at("data"), 5) == xray_wk95_table.size());
}

TEST_CASE("data: the dispersion corrections are the Cromer-Liberman column of the reference file") {
  const nlohmann::json lines = read_table("anomalous_kalpha.json").at("lines");
  CHECK(lines.size() == detail::dispersion_anodes.size());
  for (std::size_t anode = 0; anode < detail::dispersion_anodes.size(); ++anode) {
    const nlohmann::json& line = lines.at(std::string(detail::dispersion_anodes[anode]));
    CHECK(detail::dispersion_wavelengths[anode] == line.at("lambda_A").get<double>());
    std::size_t without = 0;
    for (const auto& row : dispersion_table) {
      const std::string symbol(element(row.atomic_number).symbol);
      CAPTURE(symbol);
      const nlohmann::json& methods = line.at("data").at(symbol);
      if (!methods.contains("CL")) {
        ++without;
        CHECK(row.atomic_number <= 2);
        CHECK(row.f_prime[anode] == 0.0);
        CHECK(row.f_double_prime[anode] == 0.0);
        continue;
      }
      CHECK(row.f_prime[anode] == methods.at("CL").at(0).get<double>());
      CHECK(row.f_double_prime[anode] == methods.at("CL").at(1).get<double>());
    }
    CHECK(without == 2);
  }
}
