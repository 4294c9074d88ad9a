// composition FORMULA: what a composition alone says about a layered cathode.
#include <lamella/chemistry.hpp>
#include <lamella/io/atomic_file.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <string>

using namespace lamella;
using json = nlohmann::ordered_json;

namespace {

const std::string version = std::to_string(LAMELLA_VERSION_MAJOR) + "." +
                            std::to_string(LAMELLA_VERSION_MINOR) + "." +
                            std::to_string(LAMELLA_VERSION_PATCH);

json amounts(const Formula& sublattice) {
  json object = json::object();
  for (const auto& [species, amount] : sublattice) object[to_string(species)] = amount;
  return object;
}

/// The entropy on every basis, in R, elements mixing whatever their charge.
json entropies(const Formula& formula, AlkaliVacancies vacancies) {
  const auto s = [&](EntropyBasis basis) {
    return configurational_entropy(formula, basis, vacancies, by_element).in_R;
  };
  return {{"per_TM_site", s(per_TM_site)},
          {"per_formula_unit", s(per_formula_unit)},
          {"per_cation", s(per_cation)},
          {"per_atom", s(per_atom)}};
}

json charges(const Formula& formula, json& warnings) {
  const OxidationStates oxidation = oxidation_states(formula);
  json states = json::array();
  for (const auto& [element, min, max, chosen] : oxidation) {
    json state = {{"element", to_string(element)}, {"min", min}, {"max", max}, {"chosen", chosen}};
    if (!oxidation.balanced()) state["min"] = state["max"] = nullptr;
    states.push_back(state);
  }
  if (!oxidation.balanced()) warnings.push_back("charge: no assignment of usual oxidation states is neutral");
  return {{"balanced", oxidation.balanced()}, {"imbalance", oxidation.imbalance}, {"states", states}};
}

/// What `compute` returns, or null with the reason among the warnings.
template <class Compute>
json or_null(json& warnings, Compute compute) {
  try {
    return compute();
  } catch (const Error& e) {
    warnings.push_back(e.what());
    return nullptr;
  }
}

json describe(const Formula& formula) {
  const Sublattices layers = partition(formula);
  json warnings = json::array();
  json out = {{"schema", 1}, {"program", "composition"}, {"version", version}};
  out["formula"] = to_string(formula);
  out["molar_mass"] = molar_mass(formula);
  out["sublattices"] = {
      {"alkali", amounts(layers.alkali)}, {"slab", amounts(layers.slab)}, {"anion", amounts(layers.anion)}};
  out["entropy"] = entropies(formula, without_alkali_vacancies);
  out["entropy_with_vacancies"] =
      or_null(warnings, [&] { return entropies(formula, with_alkali_vacancies); });
  out["charge"] = or_null(warnings, [&] { return charges(formula, warnings); });
  out["theoretical_capacity"] = theoretical_capacity(formula);
  out["warnings"] = warnings;
  return out;
}

/// A number right-aligned in its column, a dash for null.
std::string column(const json& value, int width, int decimals) {
  std::array<char, 64> text{};
  if (value.is_null()) std::snprintf(text.data(), text.size(), "%*s", width, "-");
  else std::snprintf(text.data(), text.size(), "%*.*f", width, decimals, value.get<double>());
  return text.data();
}

void print(const Formula& formula, const json& out) {
  const Sublattices layers = partition(formula);
  std::printf("%s   %s g/mol\n\n", to_string(formula).c_str(), column(out["molar_mass"], 0, 4).c_str());
  std::printf("layers, per two anions    alkali %s | slab %s | anion %s\n", to_string(layers.alkali).c_str(),
              to_string(layers.slab).c_str(), to_string(layers.anion).c_str());
  std::printf("theoretical capacity      %s mAh/g\n\n", column(out["theoretical_capacity"], 0, 1).c_str());

  std::printf("entropy in R (elements)   slab only   with alkali vacancies\n");
  for (const auto& [basis, value] : out["entropy"].items()) {
    const json& total = out["entropy_with_vacancies"];
    std::printf("  %-20s %12s %23s\n", basis.c_str(), column(value, 0, 3).c_str(),
                column(total.is_null() ? total : total[basis], 0, 3).c_str());
  }
  if (const json& charge = out["charge"]; !charge.is_null()) {
    std::printf("\noxidation state              chosen   possible\n");
    for (const json& s : charge["states"])
      std::printf("  %-20s %12s   %s to %s\n", s["element"].get<std::string>().c_str(),
                  column(s["chosen"], 0, 3).c_str(), column(s["min"], 0, 3).c_str(),
                  column(s["max"], 0, 3).c_str());
    std::printf("  %-20s %12s e per formula\n", "imbalance", column(charge["imbalance"], 0, 3).c_str());
  }
  for (const json& warning : out["warnings"])
    std::printf("\nwarning: %s\n", warning.get<std::string>().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "What a composition alone says about a layered cathode: sublattices, configurational entropy, "
      "oxidation\n"
      "states, theoretical capacity. Not yet in the JSON: cationic_potential, predicted_stacking.");
  std::string text, file;
  app.add_option("FORMULA", text, "such as Na0.67Ni1/3Mn2/3O2; charges may be given: NaMn3+0.5Mn4+0.5O2")
      ->required();
  app.add_option("--json", file, "write the result to this file");
  app.set_version_flag("--version", version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    const Formula formula = parse_formula(text);
    const json out = describe(formula);
    if (!file.empty()) write_file(file, out.dump(2) + "\n");
    print(formula, out);
  } catch (const Error& e) {
    std::fprintf(stderr, "composition: %s\n", e.what());
    return 1;
  }
}
