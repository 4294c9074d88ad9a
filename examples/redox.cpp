// redox: oxidation states of an element from photoelectron spectra, and its share of the charge between them.
#include <lamella/chemistry.hpp>
#include <lamella/io/spectrum_file.hpp>
#include <lamella/io/spectrum_model_json.hpp>
#include <lamella/report/spectrum_figure.hpp>
#include <lamella/report/table.hpp>
#include <lamella/spectra.hpp>

#include "program.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;
using nlohmann::json;

namespace {

struct Options {
  std::vector<std::string> spectra, references, free, fix;
  std::string element, components, background = "shirley", shape = "pseudo-voigt", formula, json, report;
  std::vector<double> window, alkali;
  double photon_energy = 0, work_function = 0, shift = 0, fwhm = 2.5, mixing = 0.3;
  std::size_t ends = 5;
  bool active = false, is_unweighted = false;
};

/// What one spectrum gave.
struct Analysis {
  Spectrum spectrum;
  std::string background, status;
  std::vector<std::string> labels, warnings;
  std::vector<Species> states;
  std::vector<Measured> position, fwhm, area;  ///< position and width of value 0 for references
  std::vector<Measured> share;                 ///< of each component in the areas that belong to a state; value < 0: none
  std::vector<std::vector<double>> curves;
  std::vector<double> calculated, background_curve;
  ValenceFractions fractions;
  double chi_square = 0, reduced = 0, seconds = 0;
};

/// A name of a file as valid UTF-8.
std::string readable(const std::string& name) {
  return json::parse(json(name).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

/// "FILE" or "FILE:BLOCK".
Spectrum spectrum_named(const std::string& text, const Options& o) {
  BindingScale scale{.photon_energy = {}, .work_function = o.work_function, .shift = o.shift};
  if (o.photon_energy > 0) scale.photon_energy = o.photon_energy;
  std::error_code status;
  const auto colon = text.rfind(':');
  const bool whole = colon == std::string::npos || std::filesystem::exists(text, status);
  auto s = read_spectrum(text.substr(0, whole ? text.size() : colon), whole ? "" : text.substr(colon + 1), scale);
  s.name = readable(s.name);
  return s;
}

void release(FreeParameters& p, const std::vector<std::string>& patterns, bool free, const char* option) {
  for (const auto& pattern : patterns)
    if ((free ? p.release(pattern) : p.hold(pattern)) == 0)
      fail(std::string(option) + " " + pattern + ": no such parameter, expected a name such as " + p.names().front() + " or a pattern such as *.position");
}

/// Components at given energies.
Analysis by_components(const Options& o, Spectrum spectrum, SpectrumPlan plan) {
  Analysis a;
  if (o.is_unweighted) spectrum = unweighted(std::move(spectrum));
  const bool active = o.background != "none" && (o.active || o.background == "constant");
  std::vector<double> fixed_background(spectrum.size(), 0.0);
  if (o.background == "constant") fixed_background.assign(spectrum.size(), lamella::detail::end_values(spectrum, {o.ends}).low);
  if (o.background == "shirley") {
    auto shirley = shirley_background(spectrum, {.points = o.ends});
    if (!shirley.converged) a.warnings.push_back("the Shirley background did not converge");
    fixed_background = std::move(shirley.values);
  } else if (o.background == "linear") {
    fixed_background = linear_background(spectrum, {o.ends});
  } else if (o.background == "tougaard") {
    fixed_background = tougaard_background(spectrum, {}, TougaardHeight::to_high_end, {o.ends}).values;
  }
  auto& model = plan.model;
  auto with_areas = model;
  start_areas(with_areas, spectrum, fixed_background);
  for (std::size_t k = 0; k < model.components.size(); ++k)
    if (model.components[k].area == 0) model.components[k].area = with_areas.components[k].area;
  a.background = o.background + (active ? ", fitted with the lines" : "");
  if (active) {
    auto& b = model.background;
    b.reference = 0.5 * (spectrum.energy.front() + spectrum.energy.back());
    b.constant = fixed_background.front();
    double area = 0;
    for (const auto& c : model.components) area += c.area * (1 + c.area_ratio);
    if (o.background == "linear") {
      b.slope = (fixed_background.back() - fixed_background.front()) / (spectrum.energy.back() - spectrum.energy.front());
      b.constant = 0.5 * (fixed_background.front() + fixed_background.back());
    } else if (o.background == "shirley") {
      b.shirley = (fixed_background.back() - fixed_background.front()) / area;
    } else if (o.background == "tougaard") {
      b.tougaard = 1;
    }
    fixed_background.clear();
  }
  auto p = spectrum_parameters(model);
  for (const auto& pattern : plan.equal) p.equate(pattern);
  release(p, plan.free, true, "free");
  if (active) {
    p.release("background.constant");
    p.release("background." + std::string(o.background == "linear" ? "slope" : o.background));
  }
  release(p, o.free, true, "--free");
  release(p, o.fix, false, "--fix");
  const auto fit = fit_spectrum(model, spectrum, p, fixed_background);

  a.warnings.insert(a.warnings.end(), fit.warnings.begin(), fit.warnings.end());
  a.status = to_string(fit.status);
  const auto areas = component_areas(fit);
  for (std::size_t k = 0; k < plan.states.size(); ++k) {
    const auto& c = fit.model.components[k];
    a.labels.push_back(readable(c.name));
    a.position.push_back(fit.parameter(c.name + ".position"));
    a.fwhm.push_back(fit.parameter(c.name + ".fwhm"));
    a.area.push_back(areas[k]);
  }
  a.states = plan.states;
  a.fractions = valence_fractions(plan.states, areas.value, areas.covariance);
  // The same with each component as a state of its own: its share beside those of the others.
  for (std::size_t k = 0; k < plan.states.size(); ++k) {
    std::vector<Species> own(plan.states.size(), vacancy);
    for (std::size_t j = 0; j < own.size(); ++j)
      if (plan.states[j] != vacancy) own[j] = {1, static_cast<std::int8_t>(j == k ? 1 : 0)};
    if (plan.states[k] == vacancy) {
      a.share.push_back({-1, 0});
      continue;
    }
    const auto each = valence_fractions(own, areas.value, areas.covariance);
    a.share.push_back(each[each.states.front().charge == 1 ? 0 : 1]);
  }
  for (const auto& c : fit.model.components)
    if (c.shape == LineShape::doniach_sunjic) {
      a.warnings.push_back("the area of a Doniach-Šunjić line is what lies in the window: its whole area is infinite");
      break;
    }
  a.curves = fit.components;
  a.calculated = fit.calculated;
  a.background_curve = fit.background;
  a.chi_square = fit.chi_square;
  a.reduced = fit.reduced_chi_square;
  a.spectrum = std::move(spectrum);
  return a;
}

/// A non-negative combination of measured references.
Analysis by_references(const Options& o, Spectrum spectrum, const std::vector<ReferenceSpectrum>& references, const std::vector<std::string>& labels) {
  Analysis a;
  if (o.is_unweighted) spectrum = unweighted(std::move(spectrum));
  const auto background = o.background == "none" ? CombinationBackground::none : o.background == "linear" ? CombinationBackground::line : CombinationBackground::constant;
  const auto found = combine_references(spectrum, references, {.background = background, .points = o.ends});
  a.background = std::string("of the references") + (background == CombinationBackground::none ? "" : background == CombinationBackground::line ? " and a line" : " and a constant");
  a.status = to_string(found.status);
  if (!found.converged()) a.warnings.push_back("combination: " + a.status);
  a.labels = labels;
  for (std::size_t k = 0; k < references.size(); ++k) {
    a.states.push_back(references[k].state);
    a.position.push_back({});
    a.fwhm.push_back({});
    a.area.push_back({found.areas[k], lamella::detail::esd_of(found.covariance, k)});
    if (found.at_zero[k]) a.warnings.push_back(labels[k] + " ended at 0: its esd is that without the bound");
  }
  a.fractions = found.fractions;
  for (std::size_t k = 0; k < references.size(); ++k)
    for (std::size_t s = 0; s < a.fractions.size(); ++s)
      if (a.fractions.states[s] == a.states[k]) a.share.push_back(a.fractions[s]);
  a.curves = found.components;
  a.calculated = found.calculated;
  a.background_curve = found.background;
  a.chi_square = found.chi_square;
  a.reduced = found.reduced_chi_square;
  a.spectrum = std::move(spectrum);
  return a;
}

json number(const Measured& m) { return {{"value", m.value}, {"esd", m.esd > 0 ? json(m.esd) : json(nullptr)}}; }

json to_json(const Analysis& a, const std::string& file) {
  json components = json::array(), fractions = json::array(), correlations = json::array();
  for (std::size_t k = 0; k < a.labels.size(); ++k)
    components.push_back({{"label", a.labels[k]}, {"state", a.states[k] == vacancy ? json(nullptr) : json(to_string(a.states[k]))},
                          {"position", a.position[k].value == 0 ? json(nullptr) : number(a.position[k])}, {"fwhm", a.fwhm[k].value == 0 ? json(nullptr) : number(a.fwhm[k])},
                          {"area", number(a.area[k])}, {"fraction", a.share[k].value < 0 ? json(nullptr) : number(a.share[k])}});
  for (std::size_t s = 0; s < a.fractions.size(); ++s) {
    fractions.push_back({{"state", to_string(a.fractions.states[s])}, {"fraction", number(a.fractions[s])}});
    for (std::size_t t = 0; t < s; ++t)
      correlations.push_back({{"a", to_string(a.fractions.states[t])}, {"b", to_string(a.fractions.states[s])}, {"r", a.fractions.correlation(t, s)}});
  }
  return {{"file", file}, {"name", a.spectrum.name}, {"points", a.spectrum.size()}, {"window", {a.spectrum.energy.front(), a.spectrum.energy.back()}},
          {"background", a.background}, {"components", components}, {"fractions", fractions}, {"correlations", correlations},
          {"mean_valence", number(a.fractions.mean_valence())}, {"chi_square", a.chi_square}, {"reduced_chi_square", a.reduced}, {"status", a.status}, {"seconds", a.seconds}};
}

ReportTable table_of(const Analysis& a) {
  ReportTable t{.caption = a.spectrum.name + ", background: " + a.background,
                .columns = {{"Component"}, {"State"}, {"Position / eV", Align::decimal}, {"FWHM / eV", Align::decimal}, {"Area", Align::decimal}, {"Fraction", Align::decimal}}};
  for (std::size_t k = 0; k < a.labels.size(); ++k)
    t.rows.push_back({a.labels[k], a.states[k] == vacancy ? std::string("–") : to_string(a.states[k]), a.position[k].value == 0 ? TableCell("–") : TableCell(a.position[k]),
                      a.fwhm[k].value == 0 ? TableCell("–") : TableCell(a.fwhm[k]), a.area[k], a.share[k].value < 0 ? TableCell("–") : TableCell(a.share[k])});
  std::string states, together;
  for (std::size_t s = 0; s < a.fractions.size(); ++s) {
    states += (s == 0 ? "" : ", ") + to_string(a.fractions.states[s]) + " " + to_string(a.fractions[s]);
    for (std::size_t u = 0; u < s; ++u)
      together += (together.empty() ? "" : ", ") + to_string(a.fractions.states[u]) + "/" + to_string(a.fractions.states[s]) + " " + fixed(a.fractions.correlation(u, s), 2);
  }
  t.notes = {"States: " + states + "; mean valence " + to_string(a.fractions.mean_valence()) + ". Esds scaled by the goodness of fit, χ²/(points − parameters) = " + fixed(a.reduced, 2) + "."};
  if (!together.empty()) t.notes.push_back("Correlation of the fractions: " + together + ".");
  return t;
}

/// The formula with its alkali metals scaled to `x` per formula unit of two anions.
Formula with_alkali(const Formula& formula, double x) {
  const Sublattices layers = partition(formula);
  double full = 0;
  for (const auto& term : layers.alkali) full += is_alkali(term.species) ? term.amount : 0;
  if (!(full > 0 && x >= 0 && x <= full * (1 + 1e-9))) fail("--alkali " + fixed(x, 4) + ": expected from 0 to the " + fixed(full, 4) + " of the formula");
  Formula charged;
  for (const auto& term : to_formula(layers)) charged.add(term.species, is_alkali(term.species) ? term.amount * (x / full) : term.amount);
  return charged;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"Oxidation states of an element from photoelectron spectra: lines at given energies, or measured references. Several spectra are states of charge."};
  app.add_option("SPECTRUM", o.spectra, "FILE or FILE:BLOCK (VAMAS, SPECS xy, two columns); BLOCK is a name or a number")->required();
  app.add_option("--element", o.element, "the element, such as Ni")->required();
  auto* components = app.add_option("--components", o.components, "\"preset\" (Ni, Mn: the energies of the seed study) or a JSON file of lines (default: preset)");
  app.add_option("--references", o.references, "STATE=FILE[:BLOCK] of a pure state, such as Mn3+=Mn2O3.txt (several)")->excludes(components);
  app.add_option("--window", o.window, "binding energies LO HI, eV")->expected(2);
  app.add_option("--background", o.background, "shirley, linear, tougaard, constant or none (with references: constant, linear or none)")
      ->check(CLI::IsMember({"shirley", "linear", "tougaard", "constant", "none"}))
      ->capture_default_str();
  app.add_flag("--active", o.active, "fit the background with the lines");
  app.add_option("--ends", o.ends, "points averaged at each end of the background")->capture_default_str();
  app.add_option("--shape", o.shape, "shape of the preset's lines")->capture_default_str();
  app.add_option("--fwhm", o.fwhm, "width that the preset's lines start from, eV")->capture_default_str();
  app.add_option("--mixing", o.mixing, "Lorentzian part of the preset's lines")->capture_default_str();
  app.add_option("--free", o.free, "also vary parameters of that name, such as *.position (repeatable)")->allow_extra_args(false);
  app.add_option("--fix", o.fix, "hold parameters of that name (repeatable)")->allow_extra_args(false);
  app.add_flag("--unweighted", o.is_unweighted, "give all points the same weight");
  app.add_option("--photon-energy", o.photon_energy, "eV, in place of what the file states");
  app.add_option("--work-function", o.work_function, "eV, subtracted from photon energy - kinetic energy (default 0: most files have it in their kinetic energies)");
  app.add_option("--shift", o.shift, "eV, added to all binding energies of the spectra: charge referencing");
  app.add_option("--formula", o.formula, "composition: charge balance, and with --alkali the share of the charge");
  app.add_option("--alkali", o.alkali, "x of each spectrum, per two anions");
  app.add_option("--json", o.json, "write the result as JSON");
  app.add_option("--report", o.report, "write a self-contained HTML page");
  return program::main(app, argc, argv, [&] {
    const Species element = parse_species(o.element);
    if (element.charge != 0) fail("--element " + o.element + ": expected an element without charge, such as Ni");
    if (!o.alkali.empty() && (o.formula.empty() || o.alkali.size() != o.spectra.size()))
      fail("--alkali: " + std::to_string(o.alkali.size()) + " contents, expected --formula and one content for each of the " + std::to_string(o.spectra.size()) + " spectra");
    if (!o.references.empty() && (o.background == "tougaard" || o.active)) fail("--references bring their background: expected --background constant, linear or none");
    std::optional<Formula> formula;
    if (!o.formula.empty()) {
      formula = parse_formula(o.formula);
      amount_per_formula_unit(*formula, element);
    }
    json out{{"warnings", json::array()}};
    HtmlPage page{.title = "Oxidation states of " + o.element, .subtitle = o.spectra.front() + (o.spectra.size() > 1 ? " and " + std::to_string(o.spectra.size() - 1) + " more" : "")};
    const auto caution = [&](const std::string& text) {
      for (const auto& known : out["warnings"])
        if (known == text) return;
      out["warnings"].push_back(text);
      std::printf("Caution: %s.\n", text.c_str());
      page.warning(text + ".");
    };

    std::vector<ReferenceSpectrum> references;
    std::vector<std::string> labels;
    for (const auto& text : o.references) {
      const auto equals = text.find('=');
      const auto state = try_parse_species(text.substr(0, equals));
      if (equals == std::string::npos || !state || state.value().atomic_number != element.atomic_number)
        fail("--references " + text + ": expected STATE=FILE with a state of " + o.element + ", such as " + o.element + "2+=FILE");
      Options plain = o;
      plain.shift = 0;
      references.push_back({state.value(), spectrum_named(text.substr(equals + 1), plain)});
      labels.push_back(to_string(state.value()) + " " + std::filesystem::path(text.substr(equals + 1)).stem().string());
    }
    SpectrumPlan plan;
    std::optional<EnergyWindow> window;
    if (o.references.empty()) {
      if (o.components.empty() || o.components == "preset") {
        const auto& preset = oxidation_preset(o.element);
        plan.model = preset_model(preset, parse_line_shape(o.shape), o.fwhm, o.mixing);
        for (const auto& state : preset.states) plan.states.push_back(state.state);
        plan.free = {"*.area", "*.fwhm"};
        plan.equal = {"*.fwhm"};
        window = preset.window;
        caution("energies of the preset (" + std::string(preset.source) + "): " + std::string(preset.doubt));
      } else {
        plan = read_spectrum_plan(o.components);
        window = plan.window;
        for (const auto& state : plan.states)
          if (state != vacancy && state.atomic_number != element.atomic_number) fail(o.components + ": " + to_string(state) + " is no state of " + o.element + ", expected one");
      }
    }
    if (o.window.size() == 2) window = EnergyWindow{o.window[0], o.window[1]};

    std::vector<Analysis> all;
    json spectra = json::array();
    for (const auto& name : o.spectra) {
      const auto start = std::chrono::steady_clock::now();
      auto spectrum = spectrum_named(name, o);
      auto here = window.value_or(EnergyWindow{spectrum.energy.front(), spectrum.energy.back()});
      if (!window)
        for (const auto& r : references) here = {std::max(here.low, r.spectrum.energy.front()), std::min(here.high, r.spectrum.energy.back())};
      spectrum = select(spectrum, here);
      if (spectrum.size() < 2 * o.ends + 1)
        fail(name + ": " + std::to_string(spectrum.size()) + " points from " + fixed(here.low, 2) + " to " + fixed(here.high, 2) + " eV, expected " + std::to_string(2 * o.ends + 1) + " or more of " + o.element);
      auto a = references.empty() ? by_components(o, std::move(spectrum), plan) : by_references(o, std::move(spectrum), references, labels);
      a.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (a.spectrum.name.empty()) a.spectrum.name = std::filesystem::path(name).stem().string();

      if (a.reduced < 0.1) a.warnings.push_back("χ² of " + fixed(a.reduced, 3) + " per degree of freedom: the points scatter less than counts do, so that their esds rest on that scatter alone");
      if (a.reduced > 10 && !o.is_unweighted)
        a.warnings.push_back("χ² of " + fixed(a.reduced, 0) + " per degree of freedom: the lines do not describe the spectrum within counting noise; the esds do not cover what the model lacks");
      page.heading(o.spectra.size() > 1 ? name : "Spectrum " + a.spectrum.name);
      for (const auto& text : a.warnings) caution((o.spectra.size() > 1 ? name + ": " : "") + text);
      const auto table = table_of(a);
      std::printf("%s\n", to_text(table).c_str());
      std::vector<html::Highlights::Item> highlights{{"mean valence of " + o.element, to_string(a.fractions.mean_valence())}};
      for (std::size_t s = 0; s < a.fractions.size(); ++s) highlights.push_back({to_string(a.fractions.states[s]), to_string(a.fractions[s])});
      page.highlights(std::move(highlights));
      SpectrumPlot plot{.energy = a.spectrum.energy, .observed = a.spectrum.counts, .calculated = a.calculated, .background = a.background_curve, .sigma = {}, .components = {}};
      if (!o.is_unweighted) plot.sigma = a.spectrum.sigma;
      for (std::size_t k = 0; k < a.labels.size(); ++k) plot.components.push_back({a.labels[k], a.curves[k]});
      page.figure(spectrum_figure(plot), "Data, background, components, envelope and residual of " + a.spectrum.name + ".");
      page.table(table);

      json entry = to_json(a, name);
      if (formula) {
        const auto charged = o.alkali.empty() ? *formula : with_alkali(*formula, o.alkali[all.size()]);
        const auto report = audit(charged, a.fractions.valences());
        const double esd = charged.element_amount(element) * a.fractions.mean_valence().esd;
        entry["audit"] = {{"formula", to_string(charged)}, {"imbalance", number({report.imbalance, esd})}, {"explainable", report.explainable()}, {"text", to_string(report)}};
        const std::string text = "Charge balance of " + to_string(charged) + ", other elements in their usual states: " + to_string(report) + (esd > 0 ? "; esd " + fixed(esd, 3) + " e" : "") + ".";
        std::printf("%s\n\n", text.c_str());
        page.note(text);
      }
      if (all.empty()) out.update(entry);
      spectra.push_back(std::move(entry));
      all.push_back(std::move(a));
    }

    if (all.size() > 1) {
      out["spectra"] = spectra;
      ReportTable t{.caption = "Between the spectra", .columns = {{"From"}, {"To"}, {"Change of the mean valence", Align::decimal}}};
      if (!o.alkali.empty()) {
        t.columns.push_back({"Electrons per formula unit", Align::decimal});
        t.columns.push_back({"Share of the charge", Align::decimal});
      }
      json steps = json::array();
      const auto add = [&](std::size_t i, std::size_t j) {
        const Measured step = difference(all[j].fractions.mean_valence(), all[i].fractions.mean_valence());
        json entry{{"from", o.spectra[i]}, {"to", o.spectra[j]}, {"change", number(step)}};
        const auto stem = [&](std::size_t k) { return std::filesystem::path(o.spectra[k]).filename().string(); };
        std::vector<TableCell> row{stem(i), stem(j), step};
        if (!o.alkali.empty() && o.alkali[i] != o.alkali[j]) {
          const ValenceChange change{element, all[i].fractions.mean_valence(), all[j].fractions.mean_valence()};
          const auto account = charge_account(*formula, std::span(&change, 1), o.alkali[i] - o.alkali[j]);
          entry.update({{"charge", account.charge}, {"electrons", number(account.elements[0].electrons)}, {"share", number(account.elements[0].share)}});
          row.push_back(account.elements[0].electrons);
          row.push_back(account.elements[0].share);
        }
        row.resize(t.columns.size(), TableCell("–"));
        t.rows.push_back(std::move(row));
        steps.push_back(std::move(entry));
      };
      for (std::size_t i = 1; i < all.size(); ++i) add(i - 1, i);
      if (all.size() > 2) add(0, all.size() - 1);
      t.notes.push_back("Spectra are independent measurements: their esds add in quadrature. A common error of the assignment is not in the esds.");
      out["changes"] = steps;
      std::printf("%s\n", to_text(t).c_str());
      page.heading("Change").table(t);
    }
    if (!o.json.empty()) program::write_json(o.json, "redox", std::move(out));
    if (!o.report.empty()) program::write_report(o.report, page);
    return 0;
  });
}
