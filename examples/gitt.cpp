// gitt: pulses of a galvanostatic intermittent titration and the diffusion coefficients that they give, with their validity.
#include <lamella/chemistry/formula.hpp>
#include <lamella/electrochemistry/alkali_content.hpp>
#include <lamella/electrochemistry/gitt.hpp>
#include <lamella/electrochemistry/molar_volume.hpp>
#include <lamella/io/cycling_file.hpp>
#include <lamella/io/structure_file.hpp>
#include <lamella/report/gitt_figure.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;

namespace {

/// "5.22" or "5.22(12)": the esd in units of the last digit.
Measured measured(const std::string& text, const char* option, const char* unit) {
  const auto open = text.find('(');
  const std::string_view number = std::string_view(text).substr(0, open);
  const auto value = lamella::detail::parse_number(number);
  Measured m{value.value, 0};
  bool good = value.fault == lamella::detail::NumberFault::none && m.value > 0;
  if (good && open != std::string::npos) {
    const auto esd = lamella::detail::parse_number(std::string_view(text).substr(open + 1, text.size() - open - 2));
    good = text.back() == ')' && esd.fault == lamella::detail::NumberFault::none && esd.value >= 0;
    m.esd = esd.value * std::pow(10.0, -static_cast<double>(lamella::detail::decimals_of(number)));
  }
  if (!good) fail(std::string(option) + " " + text + ": expected a positive number in " + unit + " such as 5.2 or 5.22(12)");
  return m;
}

std::string scientific(double x, int decimals) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::scientific, decimals);
  return std::string(buffer.data(), end.ptr);
}

/// "1.22(5)e-11".
std::string shown(const std::optional<Measured>& d) {
  if (!d) return "–";
  const double unit = std::pow(10.0, std::floor(std::log10(d->value)));
  if (!(d->esd > 0)) return scientific(d->value, 2);
  return to_string(Measured{d->value / unit, d->esd / unit}) + "e" + std::to_string(static_cast<int>(std::floor(std::log10(d->value))));
}

/// A number with its esd, or with a few decimals where it has none.
std::string text_of(const Measured& m) { return m.esd > 0 ? to_string(m) : fixed(m.value, 3); }

nlohmann::json number(const Measured& m) { return {{"value", m.value}, {"esd", m.esd > 0 ? nlohmann::json(m.esd) : nlohmann::json(nullptr)}}; }

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string radius, volume, area, structure, formula, json, report;
  double mass = 0;
  GittOptions options;
  CyclingReading reading;
  CLI::App app{"Diffusion coefficients from galvanostatic intermittent titration, cm²/s, by end points (Weppner-Huggins) and by slopes."};
  app.add_option("FILE", files, "records of a cycler in order: CSV, BDF, BioLogic .mpt, …")->required();
  auto* sphere = app.add_option("--radius", radius, "of spherical particles, µm: 5.2 or 5.22(12)");
  auto* face = app.add_option("--area", area, "between solid and electrolyte, cm²: needs --mass, --formula and --molar-volume or --structure");
  auto* molar = app.add_option("--molar-volume", volume, "per formula unit of two anions, cm³/mol");
  auto* cell = app.add_option("--structure", structure, "CIF or POSCAR whose cell gives the molar volume");
  auto* weighed = app.add_option("--mass", mass, "of active material, mg")->check(CLI::PositiveNumber);
  auto* composition = app.add_option("--formula", formula, "of the active material where the record begins, for x and the molar mass");
  app.add_option("--voltage-column", reading.voltage_column, "header of the column of voltage, such as that of one electrode");
  app.add_option("--pulse-current", options.pulse_current, "smallest current of a pulse, mA (default: half the largest)")->check(CLI::PositiveNumber);
  app.add_option("--rest-current", options.rest_current, "largest current of a rest, mA (default: 1 % of the largest)")->check(CLI::PositiveNumber);
  app.add_option("--settle", options.settle, "seconds after the start of each pulse that are left out of the pulse (default 0)")->check(CLI::NonNegativeNumber);
  app.add_option("--json", json, "write the result as JSON");
  app.add_option("--report", report, "write a self-contained HTML page with D against x");
  sphere->excludes(face);
  molar->excludes(cell);
  face->needs(weighed);
  face->needs(composition);
  molar->needs(face);
  cell->needs(face);
  weighed->needs(composition);
  composition->needs(weighed);
  return program::main(app, argc, argv, [&] {
    if (radius.empty() && area.empty()) fail("no diffusion length, expected --radius, or --area with --mass, --formula and --molar-volume or --structure");
    if (!area.empty() && volume.empty() && structure.empty()) fail("no molar volume, expected --molar-volume or --structure beside --area");
    std::optional<ActiveMaterial> material;
    if (!formula.empty()) material = active_material(parse_formula(formula), mass);
    DiffusionLength way;
    std::optional<Measured> used_volume;
    if (!radius.empty()) {
      way = spheres(measured(radius, "--radius", "µm"));
    } else {
      const double molar_mass = lamella::detail::unit_mass(material->layers);
      used_volume = volume.empty() ? molar_volume(read_measured_structure(structure)) : measured(volume, "--molar-volume", "cm³/mol");
      way = layer(mass, molar_mass, *used_volume, measured(area, "--area", "cm²"));
    }

    std::vector<GittPulse> pulses;
    double charge = 0;  // of the files before
    std::vector<std::string> warnings;
    for (const std::string& file : files) {
      const CyclingTable table = read_cycling(file, reading);
      auto found = gitt_pulses(table, options);
      if (found.empty()) warnings.push_back(file + ": no pulses");
      const double first = table.charge.empty() ? 0 : table.charge.front();
      for (auto& p : found) {
        p.charge_before += charge - first;
        p.charge_after += charge - first;
        pulses.push_back(std::move(p));
      }
      if (!table.charge.empty()) charge += table.charge.back() - first;
    }
    if (pulses.empty()) fail("no pulses in " + std::to_string(files.size()) + (files.size() == 1 ? " file" : " files") + ", expected currents between rests");

    std::vector<GittDiffusion> diffusion;
    std::vector<double> position, content;
    std::map<GittFlag, std::size_t> counts;
    std::size_t valid = 0;
    for (const GittPulse& p : pulses) {
      diffusion.push_back(gitt_diffusion(p, way));
      for (const GittFlag flag : diffusion.back().flags) ++counts[flag];
      if (diffusion.back().flags.empty()) ++valid;
      if (material) content.push_back(alkali_content(*material, 0.5 * (p.charge_before + p.charge_after)));
      position.push_back(material ? content.back() : 0.5 * (p.voltage_before + p.voltage_after));
    }
    for (const auto& [flag, count] : counts) {
      static const std::map<GittFlag, const char*> meaning{
          {GittFlag::no_rest_before, "no rest before the pulse: no ΔEs, no D"},
          {GittFlag::no_rest_after, "no rest after the pulse: no ΔEs, no D"},
          {GittFlag::not_relaxed, "the voltage still changes at the end of the rest: ΔEs is not that of equilibrium"},
          {GittFlag::few_points, "fewer than five points in the pulse"},
          {GittFlag::not_linear, "not linear in the root of time: more than diffusion in one phase"},
          {GittFlag::small_step, "ΔEs is not more than its noise: a plateau has no D of this kind"},
          {GittFlag::opposite_steps, "ΔEs and ΔEt have different signs"},
          {GittFlag::long_pulse, "too long beside L²/D: finite size makes D more than 10 % too small"}};
      warnings.push_back(std::string(to_string(flag)) + ", " + std::to_string(count) + " of " + std::to_string(pulses.size()) + " pulses: " + meaning.at(flag));
    }
    if (material)
      for (const double x : content)
        if (x < -0.05 || x > 1.05 * std::max(1.0, material->start)) {
          warnings.push_back("x from " + fixed(*std::min_element(content.begin(), content.end()), 3) + " to " + fixed(*std::max_element(content.begin(), content.end()), 3) +
                             ": the mass, the formula or the sign of the current is wrong, or other reactions take part");
          break;
        }

    ReportTable table{.caption = "Pulses", .columns = {{"Pulse", Align::decimal}}};
    if (material) table.columns.push_back({"x", Align::decimal});
    for (const auto& [header, align] : {std::pair{"E / V", Align::decimal}, {"τ / s", Align::decimal}, {"I / mA", Align::decimal}, {"ΔEs / mV", Align::decimal}, {"ΔEt / mV", Align::decimal},
                                        {"D, end points", Align::decimal}, {"D, slope", Align::decimal}, {"Flags", Align::left}})
      table.columns.push_back({header, align});
    for (std::size_t i = 0; i < pulses.size(); ++i) {
      const auto& p = pulses[i];
      std::string flags;
      for (const GittFlag flag : diffusion[i].flags) flags += (flags.empty() ? "" : ", ") + std::string(to_string(flag));
      std::vector<TableCell> row{std::to_string(i + 1)};
      if (material) row.emplace_back(fixed(content[i], 4));
      for (const std::string& cell_text : {fixed(0.5 * (p.voltage_before + p.voltage_after), 4), fixed(p.duration, 1), fixed(p.current, 4), fixed(1000 * p.steady_step.value, 2),
                                           fixed(1000 * p.transient_step.value, 2), shown(diffusion[i].weppner_huggins), shown(diffusion[i].slope)})
        row.emplace_back(cell_text);
      row.push_back(flags.empty() ? TableCell(Mark::good, "valid") : TableCell(Mark::bad, flags));
      table.rows.push_back(std::move(row));
    }
    table.notes.push_back("D in cm²/s, esds from the scatter of the voltage" + std::string(way.length.esd > 0 ? " and the esd of the length." : "."));
    const std::string volume_text = used_volume ? text_of(*used_volume) : "";
    const std::string length = way.sphere ? "spheres of radius " + text_of(Measured{3e4 * way.length.value, 3e4 * way.length.esd}) + " µm"
                                          : "layer of " + text_of(Measured{1e7 * way.length.value, 1e7 * way.length.esd}) + " nm";
    std::printf("%zu pulses, %zu valid; %s\n%s\n", pulses.size(), valid, length.c_str(), to_text(table).c_str());
    if (used_volume) std::printf("molar volume %s cm³/mol\n", volume_text.c_str());
    for (const auto& warning : warnings) std::printf("Caution: %s.\n", warning.c_str());

    if (!json.empty()) {
      nlohmann::json list = nlohmann::json::array();
      for (std::size_t i = 0; i < pulses.size(); ++i) {
        const auto& p = pulses[i];
        nlohmann::json flags = nlohmann::json::array();
        for (const GittFlag flag : diffusion[i].flags) flags.push_back(to_string(flag));
        const auto or_null = [](const std::optional<Measured>& d) { return d ? number(*d) : nlohmann::json(nullptr); };
        list.push_back({{"x", material ? nlohmann::json(content[i]) : nlohmann::json(nullptr)}, {"voltage", 0.5 * (p.voltage_before + p.voltage_after)},
                        {"D_weppner_huggins", or_null(diffusion[i].weppner_huggins)}, {"D_slope", or_null(diffusion[i].slope)}, {"flags", std::move(flags)},
                        {"start", p.start}, {"duration", p.duration}, {"current", p.current}, {"steady_step", number(p.steady_step)},
                        {"transient_step", number(p.transient_step)}, {"slope", number(p.slope)}, {"drift", p.drift}});
      }
      nlohmann::json out{{"pulses", std::move(list)}, {"diffusion_length", number(way.length)}, {"geometry", way.sphere ? "sphere" : "layer"},
                         {"molar_volume", used_volume ? number(*used_volume) : nlohmann::json(nullptr)}, {"units", {{"D", "cm2/s"}, {"diffusion_length", "cm"}, {"molar_volume", "cm3/mol"}}},
                         {"valid", valid}, {"warnings", warnings}};
      program::write_json(json, "gitt", std::move(out));
    }
    if (!report.empty()) {
      HtmlPage page{.title = "GITT: " + std::to_string(pulses.size()) + " pulses", .subtitle = files.front() + (files.size() > 1 ? " … " + files.back() : "")};
      std::vector<double> sizes;
      for (const auto& d : diffusion)
        if (d.slope) sizes.push_back(d.slope->value);
      if (!sizes.empty()) {
        std::sort(sizes.begin(), sizes.end());
        page.highlights({{"median D, slope", scientific(sizes[sizes.size() / 2], 2), "cm²/s"}, {"range", scientific(sizes.front(), 1) + " – " + scientific(sizes.back(), 1), "cm²/s"},
                         {"valid pulses", std::to_string(valid), "of " + std::to_string(pulses.size())}});
      }
      for (const auto& warning : warnings) page.warning(warning + ".");
      page.paragraph("Diffusion length: " + length + (used_volume ? ", molar volume " + volume_text + " cm³/mol." : "."));
      if (std::any_of(diffusion.begin(), diffusion.end(), [](const auto& d) { return d.slope || d.weppner_huggins; }))
        page.figure(gitt_figure(position, diffusion, material ? "x" : "equilibrium voltage / V"), "Diffusion coefficients by both forms; hollow where a flag puts them in doubt.");
      page.table(std::move(table));
      program::write_report(report, page);
    }
    return 0;
  });
}
