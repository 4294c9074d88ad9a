// composition FORMULA: what a composition alone says about a layered cathode.
#include "program.hpp"

#include <lamella/chemistry.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

using namespace lamella;
using nlohmann::json;

namespace {

json amounts(const Formula& sublattice) {
  json object = json::object();
  for (const auto& [species, amount] : sublattice) object[to_string(species)] = amount;
  return object;
}

/// The entropy on every basis, in R, elements mixing whatever their charge.
json entropies(const Sublattices& layers, AlkaliVacancies vacancies) {
  const auto s = [&](EntropyBasis basis) {
    return configurational_entropy(layers, basis, vacancies, by_element).in_R;
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

json potentials(const Sublattices& layers) {
  const CationicPotential phi = cationic_potential(layers);
  return {
      {"phi_TM", phi.phi_TM}, {"phi_Na", phi.phi_Na}, {"phi_O", phi.phi_O}, {"phi_cation", phi.phi_cation}};
}

/// What `compute` returns, or null with the reason among the warnings.
template <class Compute>
json or_null(json& warnings, Compute compute) {
  try {
    return compute();
  } catch (const Error& e) {
    json reason = e.what();
    if (std::find(warnings.begin(), warnings.end(), reason) == warnings.end()) warnings.push_back(reason);
    return nullptr;
  }
}

/// A number right-aligned in its column, a dash for null.
std::string column(const json& value, int width, int decimals) {
  std::array<char, 64> text{};
  if (value.is_null()) std::snprintf(text.data(), text.size(), "%*s", width, "-");
  else std::snprintf(text.data(), text.size(), "%*.*f", width, decimals, value.get<double>());
  return text.data();
}

/// What the boundary between P2 and O3 was not fitted to: other sodium contents, and compositions that are not neutral.
void add_doubts(json& warnings, const Sublattices& layers, double imbalance) {
  const double x = layers.alkali.total();
  if (x < 0.599 || x > 1.001)
    warnings.push_back("predicted stacking: " + column(x, 0, 3) + " sodium per two anions, beyond the 0.60 to 1 that the boundary was fitted to");
  if (std::abs(imbalance) > 0.03)
    warnings.push_back("predicted stacking: the boundary was fitted to neutral compositions");
}

json describe(const Formula& formula, const Sublattices& layers) {
  json warnings = json::array();
  json out;
  out["formula"] = to_string(formula);
  out["molar_mass"] = molar_mass(formula);
  out["sublattices"] = {
      {"alkali", amounts(layers.alkali)}, {"slab", amounts(layers.slab)}, {"anion", amounts(layers.anion)}};
  out["entropy"] = entropies(layers, without_alkali_vacancies);
  out["entropy_with_vacancies"] = or_null(warnings, [&] { return entropies(layers, with_alkali_vacancies); });
  out["charge"] = or_null(warnings, [&] { return charges(formula, warnings); });
  // Both need the charges, and the reason why there are none is among the warnings already.
  out["cationic_potential"] = out["predicted_stacking"] = nullptr;
  if (!out["charge"].is_null()) out["cationic_potential"] = or_null(warnings, [&] { return potentials(layers); });
  if (!out["cationic_potential"].is_null())
    out["predicted_stacking"] = or_null(warnings, [&] { return json(predict_stacking(layers).name()); });
  if (!out["predicted_stacking"].is_null()) add_doubts(warnings, layers, out["charge"]["imbalance"]);
  out["theoretical_capacity"] = theoretical_capacity(layers);
  out["warnings"] = warnings;
  return out;
}

/// "NaMn", or "none".
std::string words(const Formula& sublattice) { return sublattice.empty() ? "none" : to_string(sublattice); }

void print(const Sublattices& layers, const json& out) {
  std::printf("%s   %s g/mol\n\n", out["formula"].get<std::string>().c_str(),
              column(out["molar_mass"], 0, 4).c_str());
  std::printf("layers, per two anions    alkali %s | slab %s | anion %s\n", words(layers.alkali).c_str(),
              words(layers.slab).c_str(), words(layers.anion).c_str());
  std::printf("theoretical capacity      %s mAh/g", column(out["theoretical_capacity"], 0, 1).c_str());
  json ignored = json::array();  // the reason is among the warnings of the charge
  const json limited = or_null(ignored, [&] { return json(redox_sequence(layers).cation_limited_capacity); });
  std::printf(", of which cations can deliver %s\n", column(limited, 0, 1).c_str());
  if (const json& phi = out["cationic_potential"]; !phi.is_null())
    std::printf("cationic potential        %s 1/A (TM %s, alkali %s, O %s; normalisation not verified)\n",
                column(phi["phi_cation"], 0, 3).c_str(), column(phi["phi_TM"], 0, 3).c_str(),
                column(phi["phi_Na"], 0, 3).c_str(), column(phi["phi_O"], 0, 3).c_str());
  if (const json& stacking = out["predicted_stacking"]; !stacking.is_null())
    std::printf("predicted stacking        %s, %s 1/A from the boundary (own fit, in-sample)\n",
                stacking.get<std::string>().c_str(), column(predict_stacking(layers).margin, 0, 3).c_str());

  const auto slab = configurational_entropy(layers, per_TM_site, without_alkali_vacancies, by_element);
  std::printf(
      "\nentropy in R (elements)   slab only   with alkali vacancies   (%s entropy; medium from 1 R per TM site, high "
      "from 1.5 R)\n",
      to_string(entropy_class(slab)).c_str());
  for (const char* basis : {"per_TM_site", "per_formula_unit", "per_cation", "per_atom"}) {
    const json& total = out["entropy_with_vacancies"];
    std::printf("  %-20s %12s %23s\n", basis, column(out["entropy"][basis], 0, 3).c_str(),
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
      "states, cationic potential, predicted stacking, theoretical capacity.");
  std::string text, file;
  app.add_option("FORMULA", text,
                 "such as Na0.67Ni1/3Mn2/3O2; charges may be given (Na0.5Mn3+0.5Mn4+0.5O2), and where the "
                 "cations sit, by\n"
                 "square brackets around the slab (Na0.9Mg0.05[Ni0.45Mn0.5Na0.05]O2); Vac is a vacancy")
      ->required();
  app.add_option("--json", file, "write the result to this file");
  return program::main(app, argc, argv, [&] {
    const Formula formula = parse_formula(text);
    const Sublattices layers = parse_sublattices(text);
    const json out = describe(formula, layers);
    if (!file.empty()) program::write_json(file, "composition", out);
    print(layers, out);
    return 0;
  });
}
