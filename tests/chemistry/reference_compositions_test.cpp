// All rows of the reference compositions: an own calculation from the same definitions, made elsewhere.
#include <lamella/chemistry/capacity.hpp>
#include <lamella/chemistry/charge_balance.hpp>
#include <lamella/chemistry/entropy.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <string>

using namespace lamella;

namespace {

/// Na_x, the species of the row and O2.
Formula from_species(const nlohmann::json& row) {
  Formula f;
  f.add("Na+"_species, row.at("x_Na").get<double>());
  for (const auto& s : row.at("species"))
    f.add(parse_species(s.at(0).get<std::string>() + "+" + std::to_string(s.at(1).get<int>())),
          s.at(2).get<double>());
  f.add("O2-"_species, 2);
  return f;
}

}  // namespace

TEST_CASE("data: every reference composition has its entropy, charge, molar mass and capacity") {
  std::ifstream file(std::string(LAMELLA_DATA_DIR "/") + "tables/compositions.json");
  REQUIRE(file);
  const nlohmann::json rows = nlohmann::json::parse(file).at("data");
  REQUIRE(rows.size() == 35);
  for (const auto& row : rows) {
    const std::string name = row.at("name").get<std::string>();
    CAPTURE(name);
    const auto number = [&row](const char* key) { return row.at(key).get<double>(); };
    const auto near = [](double x, double y, double tolerance) { return std::abs(x - y) <= tolerance; };
    const Formula written = parse_formula(name.substr(0, name.find(' ')));
    const Formula charged = from_species(row);

    // The two descriptions of a row are the same composition.
    CHECK(neutral(charged).size() == written.size());
    for (const auto& [species, amount] : written) CHECK(near(charged.element_amount(species), amount, 2e-6));

    for (const Formula& f : {written, charged}) {
      const auto s = [&f](EntropyBasis basis, AlkaliVacancies v, MixingEntities e) {
        return configurational_entropy(f, basis, v, e);
      };
      CHECK(near(s(per_TM_site, without_alkali_vacancies, by_element).in_R, number("S_TM_elements_over_R"),
                 1e-4));
      CHECK(near(s(per_formula_unit, with_alkali_vacancies, by_element).in_R, number("S_total_per_fu_over_R"),
                 1.1e-4));
      CHECK(near(s(per_formula_unit, with_alkali_vacancies, by_element).in_R -
                     s(per_formula_unit, without_alkali_vacancies, by_element).in_R,
                 number("S_Na_vacancy_over_R"), 1e-4));
      CHECK(near(s(per_atom, with_alkali_vacancies, by_element).in_joules(),
                 number("S_total_per_atom_J_molK"), 2e-4));
      CHECK(near(molar_mass(f), number("molar_mass"), 1e-4));
      CHECK(near(theoretical_capacity(f), number("Q_theoretical_mAh_g"), 0.006));
    }
    CHECK(near(configurational_entropy(charged, per_TM_site, without_alkali_vacancies, by_species).in_R,
               number("S_TM_with_valence_over_R"), 1e-4));
    CHECK(near(audit_charges(charged).imbalance(), number("charge_residual"), 1e-4));
  }
}
