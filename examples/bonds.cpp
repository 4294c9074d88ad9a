// bonds: bond valence sums of a structure, and bond strengths of a list of LOBSTER, per pair of elements and per site.
#include <lamella/bonding.hpp>
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/io/gzip.hpp>
#include <lamella/io/icohplist.hpp>
#include <lamella/io/structure_file.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"
#include "stated_charges.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;

namespace {

using Pair = std::array<std::string, 2>;

/// The bonds between two elements in a structure.
struct PairValence {
  double count = 0, shortest = INFINITY, lengths = 0, valences = 0;
};

struct Label {
  std::string label, species;
  double ions = 0, sum = 0, charge = 0, bonds = 0;
};

/// What a structure gives, whichever the convention.
struct Valences {
  std::string convention;
  std::map<Pair, PairValence> pairs;
  std::vector<Label> sites;
  double global_instability_index = 0;
  std::vector<std::string> sources;
};

Pair sorted(std::string a, std::string b) { return a < b ? Pair{a, b} : Pair{b, a}; }

template <ValenceConvention C>
Valences valences_of(const Structure<double>& ions) {
  const BondValenceSet<C> set;
  const auto sums = bond_valence_sums(ions, set);
  Valences result;
  result.convention = C::name;
  result.global_instability_index = global_instability_index(ions, sums);
  const auto elements = [&](const auto& bond) {
    return sorted(std::string(symbol(ions.sites[bond.cation].species)), std::string(symbol(ions.sites[bond.anion].species)));
  };
  for (const auto& bond : sums.bonds) {
    PairValence& pair = result.pairs[elements(bond)];
    pair.shortest = std::min(pair.shortest, bond.length);
  }
  for (const auto& bond : sums.bonds) {
    PairValence& pair = result.pairs[elements(bond)];
    if (bond.length > first_shell_width * pair.shortest && std::same_as<C, LongRange>) continue;
    pair.count += bond.per_cell;
    pair.lengths += bond.per_cell * bond.length;
    pair.valences += bond.per_cell * bond.valence.value;
    const std::string source(set(ions.sites[bond.cation].species, ions.sites[bond.anion].species).source);
    if (std::find(result.sources.begin(), result.sources.end(), source) == result.sources.end()) result.sources.push_back(source);
  }
  for (std::size_t i = 0; i < ions.sites.size(); ++i) {
    const auto& site = ions.sites[i];
    auto row = std::find_if(result.sites.begin(), result.sites.end(), [&](const Label& l) { return l.label == site.label; });
    if (row == result.sites.end()) row = result.sites.insert(row, Label{site.label, {}, 0, 0, 0, 0});
    const double weight = sums.sites[i].multiplicity * site.occupancy;
    row->species += (row->species.empty() ? "" : " ") + to_string(site.species);
    if (site.occupancy < 1) row->species += " " + fixed(site.occupancy, 3);
    row->ions += weight;
    row->sum += weight * sums.sites[i].sum.value;
    row->charge += weight * site.species.charge;
    row->bonds += weight * sums.sites[i].bonds;
  }
  std::erase_if(result.sites, [](const Label& l) { return !(l.ions > 0); });
  return result;
}

/// The first pair of ions for which there are no first-shell constants.
std::optional<std::string> missing_pair(const Structure<double>& ions) {
  const BondValenceSet<FirstShell> set;
  for (const auto& cation : ions.sites)
    for (const auto& anion : ions.sites)
      if (cation.species.charge > 0 && anion.species.charge < 0 && !set.find(cation.species, anion.species))
        return to_string(cation.species) + " - " + to_string(anion.species);
  return std::nullopt;
}

nlohmann::json or_null(const std::optional<double>& x) { return x ? nlohmann::json(*x) : nlohmann::json(nullptr); }

std::string number(const std::optional<double>& x, int decimals) { return x ? fixed(*x, decimals) : std::string("–"); }

}  // namespace

int main(int argc, char** argv) {
  std::string file, lobster, json, convention;
  std::vector<std::string> oxidation;
  CLI::App app{"Bond valence sums of a structure and bond strengths of a LOBSTER list, per pair of elements and per site."};
  auto* structure_option = app.add_option("FILE", file, "CIF or POSCAR/CONTCAR");
  auto* lobster_option = app.add_option("--lobster", lobster, "ICOHPLIST, ICOOPLIST or ICOBILIST of LOBSTER 2 to 5.1, also .gz");
  app.add_option("--valence", convention, "scale of the bond valences (default: first-shell, or softbv where a pair has no such constants)")
      ->check(CLI::IsMember({"first-shell", "softbv"}));
  app.add_option("--oxidation", oxidation, "mean charges, such as Mn=3.333,Ni=2 (default: those of the file, else the usual ones)")
      ->delimiter(',');
  app.add_option("--json", json, "write the result as JSON");
  app.callback([&] {
    if (structure_option->count() + lobster_option->count() == 0) throw CLI::RequiredError("FILE or --lobster");
  });
  return program::main(app, argc, argv, [&] {
    std::vector<std::string> warnings;
    std::optional<Valences> valences;
    if (!file.empty()) {
      Structure<double> ions = read_structure(file);
      const auto computed = [&]() -> Result<Valences> {
        try {
          ions = with_usual_valences(program::with_stated_charges(std::move(ions), oxidation));
          if (convention.empty())
            if (const auto missing = missing_pair(ions)) {
              convention = "softbv";
              warnings.push_back("no first-shell constants for " + *missing + ": all bond valences are those of softBV");
            }
          return convention == "softbv" ? valences_of<LongRange>(ions) : valences_of<FirstShell>(ions);
        } catch (const Error& e) {
          const bool charges = std::string(e.what()).find("expected a charge") != std::string::npos;
          return Error(e.what() + std::string(charges ? " in the file, or --oxidation Ag=1" : ""), Place{file});
        }
      }();
      valences = computed.value();
      if (valences->global_instability_index > 0.3)
        warnings.push_back("the global instability index is " + fixed(valences->global_instability_index, 2) +
                           " valence units, above 0.3: a strained structure, wrong charges or wrong coordinates");
    }
    std::optional<BondStrengthList> list;
    if (!lobster.empty()) {
      const auto text = try_read_unpacked_text(lobster);
      list = parse_icohplist(text.value(), lobster);
    }

    nlohmann::json out{{"pairs", nlohmann::json::array()}, {"sites", nlohmann::json::array()}, {"global_instability_index", nullptr}};
    const std::string measure = list ? std::string(to_string(list->measure)) : "ICOHP";
    const std::string unit = measure == "ICOHP" ? " / eV" : "";
    const std::string key = measure == "ICOHP" ? "icohp" : measure == "ICOOP" ? "icoop" : "icobi";
    ReportTable pairs{.caption = "Bonds by pair of elements",
                      .columns = {{"Pair"}, {"Bonds", Align::decimal}, {"Shortest / Å", Align::decimal}, {"Mean / Å", Align::decimal}}};
    if (list)
      for (const char* column : {"Sum of ", "Mean ", "Spread of "}) pairs.columns.push_back({column + measure + unit, Align::decimal});
    if (valences) pairs.columns.push_back({"Mean valence", Align::decimal});
    const auto add = [&](const Pair& elements, const std::optional<BondGroup>& group, const std::optional<BondGroup>& shell,
                         const PairValence* valence) {
      const double count = group ? static_cast<double>(group->count) : valence->count;
      const std::optional<double> mean_valence =
          valence != nullptr && valence->count > 0 ? std::optional(valence->valences / valence->count) : std::nullopt;
      const double shortest = group ? group->shortest : valence->shortest;
      const double mean_length = group ? group->mean_length : valence->lengths / valence->count;
      nlohmann::json row{{"elements", elements}, {"shortest", shortest}, {"mean_length", mean_length}, {"icohp_sum", nullptr},
                         {"icohp_mean", nullptr}, {"valence_mean", or_null(mean_valence)}};
      if (std::abs(count - std::round(count)) < 1e-9) row["count"] = std::llround(count);
      else row["count"] = count;
      if (group) {
        row[key + "_sum"] = group->sum_over_bonds;
        row[key + "_mean"] = group->mean_per_bond;
        row[key + "_spread"] = group->spread_per_bond;
        row["first_shell"] = {{"count", shell->count}, {"mean_length", shell->mean_length}, {key + "_sum", shell->sum_over_bonds},
                              {key + "_mean", shell->mean_per_bond}};
        if (valence != nullptr && std::abs(valence->shortest - group->shortest) > 0.05)
          warnings.push_back("the shortest " + elements[0] + "-" + elements[1] + " bond of the list has " + fixed(group->shortest, 3) +
                             " Å, that of the structure " + fixed(valence->shortest, 3) + " Å; expected those of the same cell");
      }
      out["pairs"].push_back(std::move(row));
      std::vector<TableCell> cells{elements[0] + "-" + elements[1], fixed(count, std::abs(count - std::round(count)) < 1e-9 ? 0 : 2),
                                   fixed(shortest, 4), fixed(mean_length, 4)};
      if (group)
        for (const double x : {group->sum_over_bonds, group->mean_per_bond, group->spread_per_bond}) cells.push_back(fixed(x, 5));
      if (valences) cells.push_back(number(mean_valence, 3));
      pairs.rows.push_back(std::move(cells));
    };
    if (list) {
      for (const auto& pair : by_element_pair(*list)) {
        const auto found = valences ? valences->pairs.find(pair.elements) : std::map<Pair, PairValence>::iterator{};
        add(pair.elements, bond_group(*list, pair.bonds), bond_group(*list, first_shell(*list, pair.bonds)),
            valences && found != valences->pairs.end() ? &found->second : nullptr);
      }
      if (valences)
        for (const auto& [elements, pair] : valences->pairs)
          if (pair.count > 0 && bonds_between(*list, elements[0], elements[1]).empty())
            warnings.push_back("the list has no " + elements[0] + "-" + elements[1] + " bonds, but the structure has");
      out["list"] = {{"measure", measure}, {"spin_polarised", list->spin_polarised}, {"bonds", list->bonds.size()},
                     {"convention", "per bond, both spins summed"}};
    } else {
      for (const auto& [elements, pair] : valences->pairs)
        if (pair.count > 0) add(elements, std::nullopt, std::nullopt, &pair);
    }
    std::printf("%s\n", to_text(pairs).c_str());

    if (list && !list->fragments) {
      ReportTable bridges{.caption = "Alkali-anion-metal, means per bond" + unit + ", positive where it binds",
                          .columns = {{"Configuration"}, {"Number", Align::decimal}, {"Alkali-anion", Align::decimal}, {"Metal-anion", Align::decimal},
                                      {"Difference", Align::decimal}, {"Ratio", Align::decimal}}};
      out["bridges"] = nlohmann::json::array();
      for (const auto& group : by_elements(*list, anion_bridges(*list))) {
        bridges.rows.push_back({group.alkali + "-" + group.anion + "-" + group.metal, std::to_string(group.count), fixed(group.alkali_strength, 4),
                                fixed(group.metal_strength, 4), fixed(group.difference, 4), number(group.ratio, 4)});
        out["bridges"].push_back({{"elements", {group.alkali, group.anion, group.metal}}, {"count", group.count},
                                  {"alkali_strength", group.alkali_strength}, {"metal_strength", group.metal_strength},
                                  {"difference", group.difference}, {"ratio", or_null(group.ratio)}});
      }
      if (!bridges.rows.empty()) std::printf("%s\n", to_text(bridges).c_str());
    }
    if (valences) {
      out["valence_convention"] = valences->convention;
      out["valence_sources"] = valences->sources;
      ReportTable sites{.caption = "Bond valence sums, " + valences->convention,
                        .columns = {{"Site"}, {"Ions"}, {"Charge", Align::decimal}, {"Valence sum", Align::decimal}, {"Bonds", Align::decimal}}};
      for (const Label& site : valences->sites) {
        const double sum = site.sum / site.ions, charge = site.charge / site.ions, bonds = site.bonds / site.ions;
        out["sites"].push_back({{"label", site.label}, {"species", site.species}, {"charge", charge}, {"bond_valence_sum", sum}, {"bonds", bonds}});
        sites.rows.push_back({site.label, site.species, fixed(charge, 3), fixed(sum, 3), fixed(bonds, 2)});
      }
      out["global_instability_index"] = valences->global_instability_index;
      for (const std::string& source : valences->sources) sites.notes.push_back("Constants: " + source + ".");
      std::printf("%s\nglobal instability index %s valence units\n", to_text(sites).c_str(), fixed(valences->global_instability_index, 4).c_str());
    }
    for (const auto& warning : warnings) std::printf("Caution: %s.\n", warning.c_str());
    out["warnings"] = warnings;
    if (!json.empty()) program::write_json(json, "bonds", std::move(out));
    return 0;
  });
}
