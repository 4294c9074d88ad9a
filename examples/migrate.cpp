// migrate: sites, hops and percolation barriers of an ion by the bond-valence site energy.
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/io/structure_file.hpp>
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/migration/hop_network.hpp>
#include <lamella/migration/windows.hpp>
#include <lamella/report/hop_figure.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"
#include "stated_charges.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;

namespace {

/// The structure with ions on all sites: stated charges first, then those of the file, then the usual ones that make it neutral.
Structure<double> ions_of(Structure<double> structure, const std::vector<std::string>& stated) {
  structure = program::with_stated_charges(std::move(structure), stated);
  const auto neutral_site = [](const Site<double>& s) { return s.species.charge == 0 && s.species != vacancy; };
  if (std::none_of(structure.sites.begin(), structure.sites.end(), neutral_site)) return structure;
  const Formula formula = cell_formula(structure);
  const auto states = [&] {
    try {
      return oxidation_states(formula);
    } catch (const Error& e) {
      fail(std::string(e.what()) + ", or --oxidation with its mean charge");
    }
  }();
  if (states.balanced(0.01 * formula.total())) return with_usual_valences(std::move(structure), states);
  // Not neutral: then only elements that have one state may be left without a stated one.
  for (auto& site : structure.sites) {
    if (!neutral_site(site)) continue;
    const auto* state = states.find(site.species);
    if (state == nullptr || state->min != state->max)
      fail("no oxidation state of " + to_string(site.species) + " makes " + lamella::detail::cell_text(structure) + " neutral, expected --oxidation " +
           to_string(site.species) + "=… or ions in the file");
    site.species.charge = static_cast<std::int8_t>(std::lround(state->min));
  }
  return structure;
}

/// The ion that moves: as written, or with the charge that it has in the structure.
Species mobile_ion(const std::string& text, const Structure<double>& ions) {
  const Species wanted = parse_species(text);
  std::string elements;
  for (const auto& site : ions.sites) {
    const std::string name(symbol(site.species));
    if (site.species.atomic_number == wanted.atomic_number) return wanted.charge != 0 ? wanted : site.species;
    if (elements.find(name + " ") == std::string::npos) elements += name + " ";
  }
  fail("--ion " + text + ": no such ion in the structure, expected one of " + elements.substr(0, elements.size() - 1));
}

nlohmann::json or_null(const std::optional<double>& x) { return x ? nlohmann::json(*x) : nlohmann::json(nullptr); }
nlohmann::json triple(const Fractional<double>& p) { return {p.x, p.y, p.z}; }
std::string place(const Fractional<double>& p) { return fixed(p.x, 4) + " " + fixed(p.y, 4) + " " + fixed(p.z, 4); }

nlohmann::json to_json(const HopNetwork& network) {
  nlohmann::json minima = nlohmann::json::array(), hops = nlohmann::json::array();
  for (const auto& site : network.sites)
    minima.push_back({{"position", triple(site.position)}, {"energy", site.energy}, {"intermediate", site.intermediate}});
  for (const Hop& hop : network.hops) {
    nlohmann::json profile = nlohmann::json::array();
    for (const auto& p : hop.profile) profile.push_back({p.distance, p.energy});
    hops.push_back({{"kind", to_string(hop.kind)}, {"barrier", hop.barrier}, {"reverse_barrier", hop.reverse_barrier}, {"length", hop.length},
                    {"saddle", triple(hop.saddle)}, {"profile", std::move(profile)}, {"multiplicity", hop.multiplicity}, {"from", hop.from},
                    {"to", hop.to}, {"cell", hop.cell}, {"minimum_energy_path", hop.minimum_energy_path}});
  }
  const auto barriers = [](const PercolationThresholds& t) {
    return nlohmann::json{{"1D", or_null(t.barrier(1))}, {"2D", or_null(t.barrier(2))}, {"3D", or_null(t.barrier(3))}};
  };
  return {{"barrier", barriers(network.thresholds)}, {"grid_barrier", barriers(network.grid)}, {"lowest_energy", network.thresholds.lowest},
          {"minima", std::move(minima)}, {"hops", std::move(hops)}};
}

constexpr const char* meaning =
    "Bond-valence site energies rank structures and paths; they are not the barriers of first-principles calculations: in layered oxides "
    "they are 2 to 5 times as large with weight 1/2, nearly twice that with weight 1. Rigid framework, no interaction of the mobile ions";

}  // namespace

int main(int argc, char** argv) {
  std::string file, ion, json, report, radii = "cordero";
  std::vector<std::string> oxidation;
  double weight = 0.5, cutoff = 10, spacing = 0.1;
  CLI::App app{"Sites, hops and percolation barriers of an ion by the bond-valence site energy."};
  app.add_option("FILE", file, "CIF or POSCAR/CONTCAR")->required();
  app.add_option("--ion", ion, "the ion that moves, such as Na or Na+")->required();
  app.add_option("--oxidation", oxidation, "mean charges, such as Mn=3.333,Ni=2 (default: those of the file, else the usual ones)")->delimiter(',');
  app.add_option("--weight", weight, "weight of the Morse term: 0.5 (BVlain, softBV; default) or 1 (FullProf)")->check(CLI::IsMember({0.5, 1.0}));
  app.add_option("--cutoff", cutoff, "of the sums, Å (default 10)");
  app.add_option("--radii", radii, "covalent radii of the Coulomb screening (default cordero)")->check(CLI::IsMember({"cordero", "softbv"}));
  app.add_option("--grid", spacing, "largest distance of the points of the grid, Å (default 0.1)");
  app.add_option("--json", json, "write the result as JSON");
  app.add_option("--report", report, "write a self-contained HTML page with the energy profiles");
  return program::main(app, argc, argv, [&] {
    const Structure<double> structure = read_structure(file);
    const CovalentRadii set = radii == "softbv" ? CovalentRadii::softbv : CovalentRadii::cordero;
    // Errors of the computation name the file, as those of reading do.
    const auto computed = [&]() -> Result<std::pair<SiteEnergyField<double>, Structure<double>>> {
      try {
        auto ions = ions_of(structure, oxidation);
        const Species mobile = mobile_ion(ion, ions);
        (void)grid_shape(ions.cell, spacing);
        if (weight == 1) return std::pair<SiteEnergyField<double>, Structure<double>>{SiteEnergy<BVEL>(ions, mobile, {.cutoff = cutoff, .radii = set}), std::move(ions)};
        return std::pair<SiteEnergyField<double>, Structure<double>>{SiteEnergy<BVSE>(ions, mobile, {.cutoff = cutoff, .radii = set}), std::move(ions)};
      } catch (const Error& e) {
        return Error(e.what(), Place{file});
      }
    }();
    const auto& [field, ions] = computed.value();
    const auto start = std::chrono::steady_clock::now();
    const EnergyGrid grid = site_energy_grid(field, spacing);
    const HopNetwork network = hop_network(field, grid);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    std::vector<std::string> warnings = network.warnings;
    if (std::abs(field.net_charge()) > 0.01)
      warnings.push_back("the oxidation states leave a charge of " + fixed(field.net_charge(), 3) + " e per cell");
    for (std::size_t d = 1; d <= 3; ++d) {
      const auto barrier = network.thresholds.barrier(d);
      if (!barrier)
        warnings.push_back("no path in " + std::to_string(d) + " dimensions below " + fixed(highest_barrier, 0) + " eV: its barrier is null");
      else if (*barrier > highest_hop)
        warnings.push_back("the barrier in " + std::to_string(d) + " dimensions is above " + fixed(highest_hop, 0) +
                           " eV: only through ions that overlap, which is no path");
    }
    MigrationWindows<double> windows;
    const auto layers = measure_layers(structure);
    const bool oxide = std::any_of(ions.sites.begin(), ions.sites.end(), [](const auto& s) { return s.species == Species{8, -2}; });
    if (!is_alkali(field.mobile())) {
      warnings.push_back("windows are those of alkali layers: null for " + to_string(field.mobile()));
    } else if (layers && oxide) {
      windows = migration_windows(*layers);
      if (!windows.tetrahedral) warnings.push_back("no octahedral alkali layer: the windows TSH and ODH are null");
      if (!windows.prism_face) warnings.push_back("no prismatic alkali layer: the window prism is null");
      if (layers->distorted) warnings.push_back("distorted planes: the windows are those of the mean triangular planes");
      for (const auto& warning : layers->warnings) warnings.push_back(warning);
    } else {
      warnings.push_back(oxide ? "not layered: the windows are null" : "no oxide: the windows are null");
    }

    const SiteEnergySettings& settings = field.settings();
    const auto show = [](const std::optional<double>& x) { return x ? fixed(*x, 4) : std::string("–"); };
    ReportTable hops{.caption = "Hops of " + to_string(field.mobile()) + ", up to " + fixed(highest_hop, 0) + " eV",
                     .columns = {{"Kind"}, {"Number per cell", Align::decimal}, {"Barrier / eV", Align::decimal}, {"Back / eV", Align::decimal},
                                 {"Length / Å", Align::decimal}, {"Saddle (fractions)"}}};
    constexpr std::size_t most_rows = 40;
    for (std::size_t i = 0; i < std::min(most_rows, network.hops.size()); ++i) {
      const Hop& hop = network.hops[i];
      hops.rows.push_back({std::string(to_string(hop.kind)), std::to_string(hop.multiplicity), fixed(hop.barrier, 4), fixed(hop.reverse_barrier, 4),
                           fixed(hop.length, 3), place(hop.saddle)});
    }
    if (network.hops.size() > most_rows) hops.notes.push_back(std::to_string(network.hops.size() - most_rows) + " more kinds of hops.");
    if (std::any_of(network.hops.begin(), network.hops.end(), [](const Hop& h) { return !h.minimum_energy_path; }))
      hops.notes.push_back("ODH: the straight way between two oxygen, a maximum in two directions; it relaxes into TSH.");
    ReportTable sites{.caption = "Sites", .columns = {{"Position (fractions)"}, {"Energy / eV", Align::decimal}, {"Role"}}};
    for (std::size_t i = 0; i < std::min(most_rows, network.sites.size()); ++i)
      sites.rows.push_back({place(network.sites[i].position), fixed(network.sites[i].energy, 4), network.sites[i].intermediate ? "on the way" : "site"});
    if (network.sites.size() > most_rows) sites.notes.push_back(std::to_string(network.sites.size() - most_rows) + " more.");

    const std::string convention = "Morse weight " + std::string(settings.morse_weight == 1 ? "1" : "1/2") + ", screening " + fixed(settings.screening, 2) +
                                   ", cutoff " + fixed(settings.cutoff, 1) + " Å, radii " + to_string(settings.radii);
    std::printf("%s in %s: %s\n%s\n%s\n", to_string(field.mobile()).c_str(), lamella::detail::cell_text(ions).c_str(), convention.c_str(),
                to_text(sites).c_str(), to_text(hops).c_str());
    for (std::size_t d = 1; d <= 3; ++d)
      std::printf("%zuD barrier %s eV (grid %s)\n", d, show(network.thresholds.barrier(d)).c_str(), show(network.grid.barrier(d)).c_str());
    if (windows.tetrahedral) std::printf("windows: TSH %.4f Å, ODH %.4f Å (oxygen of 1.40 Å)\n", *windows.tetrahedral, *windows.dumbbell);
    if (windows.prism_face) std::printf("window: prism face %.4f Å (oxygen of 1.40 Å)\n", *windows.prism_face);
    std::printf("%zu points in %.3f s\n%s.\n", grid.size(), seconds, meaning);
    for (const auto& warning : warnings) std::printf("Caution: %s.\n", warning.c_str());

    if (!json.empty()) {
      nlohmann::json out = to_json(network);
      out["mobile"] = to_string(field.mobile());
      out["ions"] = lamella::detail::cell_text(ions);
      out["meaning"] = meaning;
      out["convention"] = {{"weight", settings.morse_weight}, {"screening", settings.screening}, {"cutoff", settings.cutoff},
                           {"radii", to_string(settings.radii)}, {"grid", spacing}};
      out["windows"] = {{"TSH", or_null(windows.tetrahedral)}, {"ODH", or_null(windows.dumbbell)}, {"prism", or_null(windows.prism_face)}};
      out["grid_points"] = grid.size();
      out["grid_shape"] = grid.shape;
      out["seconds"] = seconds;
      out["warnings"] = warnings;
      program::write_json(json, "migrate", std::move(out));
    }
    if (!report.empty()) {
      HtmlPage page{.title = "Migration of " + to_string(field.mobile()) + ": " + (structure.name.empty() ? file : structure.name), .subtitle = convention};
      page.note(std::string(meaning) + ".");
      page.highlights({{"1D barrier", show(network.thresholds.barrier(1)), "eV"}, {"2D barrier", show(network.thresholds.barrier(2)), "eV"},
                       {"3D barrier", show(network.thresholds.barrier(3)), "eV"}});
      if (!network.hops.empty())
        page.figure(hop_figure(network), "Energy along the hops, above their deeper site; of each kind the lowest.");
      page.table(std::move(hops)).table(std::move(sites));
      for (const auto& warning : warnings) page.warning(warning + ".");
      program::write_report(report, page);
    }
    return 0;
  });
}
