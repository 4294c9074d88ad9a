// refine: Rietveld refinement of a powder pattern, with slab and interslab of every layered phase.
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/io/cif.hpp>
#include <lamella/io/instrument_json.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/pdcif_writer.hpp>
#include <lamella/io/project.hpp>
#include <lamella/io/refinement_json.hpp>
#include <lamella/refine/free_intensities.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/report/refinement_page.hpp>

#include "program.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>

using namespace lamella;

namespace {

struct Arguments {
  std::vector<std::string> phases, fix, free, start, orientations;
  std::string project, cif, table, instrument, pattern, radiation, form_factors = "as-cif", dispersion, geometry, json, report;
  std::vector<double> wavelength, range, exclude;
  std::size_t background = 10;
  double neutron = 0, radius = 0, monochromator = 0;
  std::optional<double> polarisation, zero;
  bool refine_zero = false, le_bail = false;
};

const std::map<std::string, Radiation> tubes{{"CuKa", radiation::CuKa}, {"CuKa1", radiation::CuKa1}, {"MoKa", radiation::MoKa},
                                             {"CoKa", radiation::CoKa}, {"AgKa", radiation::AgKa}};

const std::map<std::string, Geometry> geometries{{"bragg-brentano", Geometry::bragg_brentano}, {"debye-scherrer", Geometry::debye_scherrer},
                                                 {"transmission", Geometry::transmission}};

/// The tube whose mean Kα is that wavelength, for the dispersion correction.
std::optional<Anode> anode_near(double wavelength) {
  for (const auto& [name, tube] : tubes)
    if (std::abs(tube.line[0].wavelength - wavelength) < 0.002 * wavelength) return tube.anode;
  return std::nullopt;
}

Radiation radiation_of(const Arguments& arguments, const PowderPattern& pattern, const std::optional<Diffractometer>& instrument) {
  if (arguments.neutron > 0) return neutrons(arguments.neutron);
  if (!arguments.radiation.empty()) return tubes.at(arguments.radiation);
  const auto& w = arguments.wavelength;
  if (w.size() == 1) return {{{{w[0], 1}}}, 1, anode_near(w[0])};
  if (!w.empty()) return doublet(w[0], w[1], w.size() > 2 ? w[2] : 0.5, anode_near(w[0]));
  if (instrument) return instrument->radiation;
  if (pattern.radiation) return *pattern.radiation;
  fail(pattern.source + " does not state its wavelength, expected --radiation, --wavelength, --neutron or --instrument");
}

/// "FILE.cif" or "FILE.cif:NAME". The name becomes part of parameter names, so it keeps letters, digits and _ only.
Phase<Structure<double>> read_phase(const std::string& argument, const std::string& form_factors) {
  const auto colon = std::filesystem::exists(argument) ? std::string::npos : argument.rfind(':');
  const std::filesystem::path file = argument.substr(0, colon);
  std::string name = colon == std::string::npos ? file.stem().string() : argument.substr(colon + 1);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  Structure<double> structure = read_cif(file);
  if (form_factors == "ionic") structure = with_ionic_species(std::move(structure));
  if (form_factors == "neutral") structure = with_neutral_species(std::move(structure));
  return {name, std::move(structure), 1, 1500, 5e-4};
}

/// "PHASE:H,K,L": preferred orientation of a phase, by its name or its number.
void orient(PowderModel<>& model, const std::string& argument) {
  const auto colon = argument.rfind(':');
  Miller axis;
  const char* text = argument.data() + (colon == std::string::npos ? argument.size() : colon + 1);
  const char* const end = argument.data() + argument.size();
  bool read = true;
  for (int* index : {&axis.h, &axis.k, &axis.l}) {
    const auto [next, error] = std::from_chars(text, end, *index);
    read = read && error == std::errc{} && (index == &axis.l ? next == end : next != end && *next == ',');
    text = next == end ? end : next + 1;
  }
  if (!read || axis == Miller{}) fail("--preferred-orientation " + argument + ": expected PHASE:H,K,L, such as " + model.phases.front().name + ":0,0,1");
  const std::string wanted = argument.substr(0, colon);
  for (std::size_t p = 0; p < model.phases.size(); ++p)
    if (model.phases[p].name == wanted || std::to_string(p + 1) == wanted) {
      model.phases[p].preferred_orientation = MarchDollase<double>{axis, 1};
      return;
    }
  fail("--preferred-orientation " + argument + ": no phase is called " + wanted + ", expected " + model.phases.front().name +
       " or a number from 1 to " + std::to_string(model.phases.size()));
}

constexpr double largest_asymmetry = 0.03;  ///< where a refinement starts: from too small a one it does not find its way

PowderModel<> model_of(const Arguments& arguments, const PowderPattern& pattern) {
  PowderModel<> model;
  auto& d = model.diffractometer;
  model.instrument.W = 0.003;
  model.instrument.asymmetry = largest_asymmetry;
  if (arguments.neutron > 0) model.instrument.W = 0.05;
  std::optional<Diffractometer> instrument;
  if (!arguments.instrument.empty()) {
    const InstrumentSettings settings = read_instrument(arguments.instrument);
    instrument = settings.diffractometer(pattern.radius.value_or(Diffractometer{}.radius));
    d = *instrument;
    model.instrument = settings.instrument;
    if (!(model.instrument.asymmetry > 0)) model.instrument.asymmetry = largest_asymmetry;  // not stated
  } else if (pattern.radius) {
    d.radius = *pattern.radius;
  }
  d.radiation = radiation_of(arguments, pattern, instrument);
  if (!d.radiation.anode && d.radiation.probe == Probe::x_rays) d.radiation.anode = anode_near(d.radiation.line[0].wavelength);
  if (!arguments.geometry.empty()) d.geometry = geometries.at(arguments.geometry);
  if (arguments.radius > 0) d.radius = arguments.radius;
  if (arguments.polarisation) d.polarisation = *arguments.polarisation;
  if (arguments.monochromator > 0) d.polarisation = std::pow(std::cos(arguments.monochromator * degree), 2);
  if (arguments.zero) model.instrument.zero = *arguments.zero;
  model.background.coefficients.assign(arguments.background, 0.0);
  for (const auto& argument : arguments.phases) {
    model.phases.push_back(read_phase(argument, arguments.form_factors));
    for (std::size_t i = 0; i + 1 < model.phases.size(); ++i)
      if (model.phases[i].name == model.phases.back().name) fail("two phases are called " + model.phases[i].name + ", expected FILE.cif:NAME with different names");
  }
  for (const auto& argument : arguments.orientations) orient(model, argument);
  if (arguments.le_bail)
    for (std::size_t p = 0; p < model.phases.size(); ++p) free_intensities(model, p, IntensityModel::le_bail, pattern);
  const auto names = parameter_names(model);
  const auto address = parameter_addresses(model);
  for (const auto* patterns : {&arguments.fix, &arguments.free})
    for (const auto& wanted : *patterns)
      if (std::none_of(names.begin(), names.end(), [&](const auto& name) { return matches(wanted, name); }))
        fail("no parameter of the model matches " + wanted + ", expected a name such as " + names.back() + " or *.scale");
  for (const auto& start : arguments.start) {
    const auto equals = start.find('=');
    const auto name = std::find(names.begin(), names.end(), start.substr(0, equals));
    double value = 0;
    const char* const end = start.data() + start.size();
    const bool read = equals != std::string::npos && std::from_chars(start.data() + equals + 1, end, value).ptr == end;
    if (name == names.end() || !read) fail("--start " + start + ": expected NAME=NUMBER with the name of a parameter, such as " + names.back() + "=0.001");
    *address[static_cast<std::size_t>(name - names.begin())] = value;
  }
  return model;
}

std::vector<AngleRange> excluded_of(const Arguments& arguments) {
  std::vector<AngleRange> ranges;
  for (std::size_t i = 0; i + 1 < arguments.exclude.size(); i += 2) ranges.push_back({arguments.exclude[i], arguments.exclude[i + 1]});
  return ranges;
}

void print_stage(const StageReport& stage) {
  std::printf("%-26s %3zu parameters %3d cycles  Rwp %6.2f %%\n", stage.name.c_str(), stage.parameters, stage.cycles, 100 * stage.Rwp);
  std::fflush(stdout);
}

/// What a refinement starts from and what it ends with.
struct Refined {
  PowderPattern pattern;
  Refinement<Structure<double>> fit;
  std::vector<AngleRange> excluded;
};

/// From CIF files and a pattern, stage by stage.
Refined refine_anew(const Arguments& arguments) {
  const PowderPattern measured = read_pattern(arguments.pattern);
  const AngleRange range = arguments.range.empty() ? AngleRange{} : AngleRange{arguments.range[0], arguments.range[1]};
  auto excluded = excluded_of(arguments);
  PowderPattern pattern = select(measured, range, excluded);
  const PowderModel<> model = model_of(arguments, pattern);

  RefinementOptions<> options;
  options.fix = arguments.fix;
  options.free = arguments.free;
  options.calculation.scattering.dispersion = arguments.dispersion.empty() ? model.diffractometer.radiation.anode.has_value() : arguments.dispersion == "on";
  // The slits that an instrument file states are known; its widths are where to start from.
  const bool asked = std::any_of(options.free.begin(), options.free.end(), [](const auto& name) { return matches(name, "pattern.asymmetry"); });
  if (!arguments.instrument.empty() && read_instrument(arguments.instrument).instrument.asymmetry > 0 && !asked) options.fix.push_back("pattern.asymmetry");
  if (arguments.refine_zero) {
    options.plan = default_plan(model.diffractometer);
    for (auto& stage : options.plan) std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
  }
  options.progress = print_stage;
  auto fit = refine(model, pattern, options);
  return {std::move(pattern), std::move(fit), std::move(excluded)};
}

/// From where a project ended, all its free parameters at once; those of --free in addition, those of --fix no longer.
Refined refine_on(const Arguments& arguments) {
  Project project = read_project(arguments.project);
  FreeParameters parameters = free_parameters(project.model);
  for (const auto& wanted : arguments.free)
    if (parameters.release(wanted) == 0) fail("--free " + wanted + ": no parameter of " + arguments.project + " matches, expected a name such as " + parameters.names().back());
  const auto moved = [&](std::size_t index) {
    return std::any_of(project.free.begin(), project.free.end(), [&](const FreeParameter& f) {
      return std::any_of(f.followers.begin(), f.followers.end(), [&](const auto& follower) { return follower.index == index; });
    });
  };
  for (const auto& added : parameters.list())
    if (std::none_of(added.followers.begin(), added.followers.end(), [&](const auto& follower) { return moved(follower.index); })) project.free.push_back(added);
  for (const auto& held : arguments.fix)
    if (std::erase_if(project.free, [&](const FreeParameter& f) { return matches(held, f.name); }) == 0)
      fail("--fix " + held + ": no free parameter of " + arguments.project + " matches, expected a name such as " + parameters.names().front());
  auto fit = refine_further(project.model, project.pattern, project.free,
                            {.calculation = project.calculation, .restraints = restraints_of(project), .progress = print_stage});
  return {std::move(project.pattern), std::move(fit), std::move(project.excluded)};
}

int run(const Arguments& arguments) {
  const auto started = std::chrono::steady_clock::now();
  const auto [pattern, fit, excluded] = arguments.pattern.empty() ? refine_on(arguments) : refine_anew(arguments);
  const std::filesystem::path file = pattern.source;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  std::printf("\n%s\n%s\n", to_text(phase_table(fit)).c_str(), to_text(parameter_table(fit)).c_str());
  if (const auto layers = layer_table(fit); !layers.rows.empty()) std::printf("%s\n", to_text(layers).c_str());
  for (const auto& warning : fit.warnings) std::printf("Caution: %s.\n", warning.c_str());
  std::printf("%s\n%zu points, %zu parameters, %d cycles, %.2f s, %s\n", agreement_line(fit).c_str(), pattern.size(), fit.free.size(),
              fit.cycles, seconds, std::string(to_string(fit.status)).c_str());

  if (!arguments.project.empty() && fit.status != FitStatus::not_finite) write_project(arguments.project, project_of(fit, pattern, excluded));
  if (!arguments.cif.empty()) write_pdcif(arguments.cif, fit, pattern, file.stem().string());
  if (!arguments.table.empty()) {
    const auto data = publication_table(fit, pattern);
    const auto sites = site_table(fit);
    const bool markdown = std::filesystem::path(arguments.table).extension() == ".md";
    const auto text = [&](const ReportTable& t) { return markdown ? to_markdown(t) : to_text(t); };
    write_file(arguments.table, text(data) + (sites.rows.empty() ? "" : "\n" + text(sites)));
  }
  if (!arguments.json.empty()) {
    auto out = to_json(fit);
    out["seconds"] = seconds;
    program::write_json(arguments.json, "refine", std::move(out));
  }
  if (!arguments.report.empty()) {
    HtmlPage page{.title = "Rietveld refinement of " + file.filename().string()};
    add_refinement(page, fit, pattern, "Observed and calculated pattern, " + file.filename().string() + ".", excluded);
    program::write_report(arguments.report, page);
  }
  return fit.status == FitStatus::not_finite ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{"Rietveld refinement of a powder pattern. Stages and releases its parameters by itself."};
  app.add_option("--phase", a.phases, "CIF of a phase, FILE.cif or FILE.cif:NAME; repeatable")->take_all();
  app.add_option("--pattern", a.pattern, "measured pattern: columns, XRDML, GSAS, FullProf/ILL, UXD, RAS or pdCIF");
  app.add_option("--project", a.project, "file of the whole refinement: written after it; without --phase and --pattern read and refined on (--fix and --free apply)");
  auto* tube = app.add_option("--radiation", a.radiation, "X-ray tube; an XRDML file states its own")->check(CLI::IsMember({"CuKa", "CuKa1", "MoKa", "CoKa", "AgKa"}));
  app.add_option("--wavelength", a.wavelength, "L1[,L2,RATIO] in Å")->delimiter(',')->expected(1, 3)->check(CLI::PositiveNumber)->excludes(tube);
  app.add_option("--neutron", a.neutron, "wavelength of neutrons in Å")->check(CLI::PositiveNumber)->excludes(tube)->excludes("--wavelength");
  app.add_option("--instrument", a.instrument, "instrument file: .prm, .instprm or JSON; its axial divergence is held unless freed");
  app.add_option("--range", a.range, "LO HI: angles to refine against, degrees 2θ")->expected(2);
  app.add_option("--exclude", a.exclude, "LO HI: angles left out; repeatable")->expected(2)->take_all();
  app.add_option("--background", a.background, "Chebyshev terms")->check(CLI::Range(1, 40))->capture_default_str();
  app.add_option("--geometry", a.geometry, "bragg-brentano unless an instrument file says otherwise")->check(CLI::IsMember({"bragg-brentano", "debye-scherrer", "transmission"}));
  app.add_option("--radius", a.radius, "goniometer radius in mm; an XRDML file states its own")->check(CLI::PositiveNumber);
  auto* crystal = app.add_option("--monochromator", a.monochromator, "2θ of a monochromator crystal, degrees (graphite, Cu Kα: 26.6)")->check(CLI::Range(0.0, 180.0));
  app.add_option("--polarisation", a.polarisation, "cos²2θ_M of the monochromator; 1 without one")->check(CLI::Range(0.0, 1.0))->excludes(crystal);
  app.add_option("--form-factors", a.form_factors, "of the species in the CIF, of neutral atoms, or of ions")->check(CLI::IsMember({"as-cif", "neutral", "ionic"}))->capture_default_str();
  app.add_option("--dispersion", a.dispersion, "f' and f''; on wherever the anode is known")->check(CLI::IsMember({"on", "off"}));
  app.add_option("--zero", a.zero, "zero of 2θ at the start, degrees");
  app.add_flag("--refine-zero", a.refine_zero, "refine the zero instead of the sample displacement");
  app.add_option("--fix", a.fix, "hold a parameter (* stands for one part of a name); repeatable")->take_all();
  app.add_option("--free", a.free, "release one more parameter; repeatable")->take_all();
  app.add_option("--start", a.start, "NAME=VALUE; repeatable")->take_all();
  app.add_option("--cif", a.cif, "write structures, pattern and agreement as pdCIF");
  app.add_option("--table", a.table, "write the table for a publication: Markdown (.md) or text");
  app.add_option("--json", a.json, "write the result as JSON");
  app.add_option("--report", a.report, "write a page with figure and tables");
  app.add_option("--preferred-orientation", a.orientations, "PHASE:H,K,L: March-Dollase about that axis; PHASE by name or number; repeatable")->take_all();
  app.add_flag("--lebail", a.le_bail, "intensities free: no structure is refined");
  // Without a project, or with new input for it, phases and a pattern are needed; a project to go on with states all the rest itself.
  app.final_callback([&] {
    const bool goes_on = !a.project.empty() && a.phases.empty() && a.pattern.empty();
    if (!goes_on && a.phases.empty()) throw CLI::RequiredError("--phase");
    if (!goes_on && a.pattern.empty()) throw CLI::RequiredError("--pattern");
    for (const auto* option : app.get_options()) {
      const std::string name = option->get_name();
      const bool allowed = name == "--project" || name == "--cif" || name == "--table" || name == "--json" || name == "--report" || name == "--free" || name == "--fix";
      if (goes_on && option->count() > 0 && !allowed) throw CLI::ValidationError(name, "a project states it itself; start anew with --phase and --pattern");
    }
  });
  return program::main(app, argc, argv, [&] { return run(a); });
}
