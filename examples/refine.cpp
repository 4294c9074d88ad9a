// refine: Rietveld refinement of a powder pattern, with slab and interslab of every layered phase.
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/io/cif.hpp>
#include <lamella/io/powder.hpp>
#include <lamella/io/refinement_json.hpp>
#include <lamella/io/xrdml.hpp>
#include <lamella/refine/rietveld.hpp>
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
  std::vector<std::string> phases, fix, free, start;
  std::string pattern, radiation, form_factors = "as-cif", dispersion, geometry = "bragg-brentano", json, report;
  std::vector<double> wavelength, range, exclude;
  std::size_t background = 10;
  double radius = 0, monochromator = 0, polarisation = 1, zero = 0;
  bool refine_zero = false;
};

const std::map<std::string, Radiation> tubes{{"CuKa", radiation::CuKa}, {"CuKa1", radiation::CuKa1}, {"MoKa", radiation::MoKa},
                                             {"CoKa", radiation::CoKa}, {"AgKa", radiation::AgKa}};

/// The tube whose mean Kα is that wavelength, for the dispersion correction.
std::optional<Anode> anode_near(double wavelength) {
  for (const auto& [name, tube] : tubes)
    if (std::abs(tube.line[0].wavelength - wavelength) < 0.002 * wavelength) return tube.anode;
  return std::nullopt;
}

Radiation radiation_of(const Arguments& arguments, const PowderPattern& pattern) {
  if (!arguments.radiation.empty()) return tubes.at(arguments.radiation);
  const auto& w = arguments.wavelength;
  if (w.size() == 1) return {{{{w[0], 1}}}, 1, anode_near(w[0])};
  if (!w.empty()) return doublet(w[0], w[1], w.size() > 2 ? w[2] : 0.5, anode_near(w[0]));
  if (pattern.radiation) return *pattern.radiation;
  fail(pattern.source + " does not state its wavelength, expected --radiation or --wavelength");
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

PowderModel<> model_of(const Arguments& arguments, const PowderPattern& pattern) {
  PowderModel<> model;
  auto& d = model.diffractometer;
  d.radiation = radiation_of(arguments, pattern);
  d.geometry = arguments.geometry == "debye-scherrer" ? Geometry::debye_scherrer : Geometry::bragg_brentano;
  d.radius = arguments.radius > 0 ? arguments.radius : pattern.radius.value_or(Diffractometer{}.radius);
  d.polarisation = arguments.monochromator > 0 ? std::pow(std::cos(arguments.monochromator * degree), 2) : arguments.polarisation;
  model.instrument.W = 0.003;
  model.instrument.asymmetry = 0.03;
  model.instrument.zero = arguments.zero;
  model.background.coefficients.assign(arguments.background, 0.0);
  for (const auto& argument : arguments.phases) {
    model.phases.push_back(read_phase(argument, arguments.form_factors));
    for (std::size_t i = 0; i + 1 < model.phases.size(); ++i)
      if (model.phases[i].name == model.phases.back().name) fail("two phases are called " + model.phases[i].name + ", expected FILE.cif:NAME with different names");
  }
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

int run(const Arguments& arguments) {
  const auto started = std::chrono::steady_clock::now();
  const std::filesystem::path file = arguments.pattern;
  const PowderPattern measured = file.extension() == ".xrdml" ? read_xrdml(file) : read_powder(file);
  const AngleRange range = arguments.range.empty() ? AngleRange{} : AngleRange{arguments.range[0], arguments.range[1]};
  const PowderPattern pattern = select(measured, range, excluded_of(arguments));
  const PowderModel<> model = model_of(arguments, measured);

  RefinementOptions options;
  options.fix = arguments.fix;
  options.free = arguments.free;
  options.calculation.dispersion = arguments.dispersion.empty() ? model.diffractometer.radiation.anode.has_value() : arguments.dispersion == "on";
  if (arguments.refine_zero) {
    options.fix.push_back("pattern.displacement");
    options.plan = default_plan(Geometry::debye_scherrer);
  }
  options.progress = [](const StageReport& stage) {
    std::printf("%-26s %3zu parameters %3d cycles  Rwp %6.2f %%\n", stage.name.c_str(), stage.parameters, stage.cycles, 100 * stage.Rwp);
    std::fflush(stdout);
  };
  const auto fit = refine(model, pattern, options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  std::printf("\n%s\n%s\n", to_text(phase_table(fit)).c_str(), to_text(parameter_table(fit)).c_str());
  if (const auto layers = layer_table(fit); !layers.rows.empty()) std::printf("%s\n", to_text(layers).c_str());
  for (const auto& warning : fit.warnings) std::printf("Caution: %s.\n", warning.c_str());
  std::printf("%s\n%zu points, %zu parameters, %d cycles, %.2f s, %s\n", agreement_line(fit).c_str(), pattern.size(), fit.free.size(),
              fit.cycles, seconds, std::string(to_string(fit.status)).c_str());

  if (!arguments.json.empty()) {
    auto out = to_json(fit);
    out["seconds"] = seconds;
    program::write_json(arguments.json, "refine", std::move(out));
  }
  if (!arguments.report.empty()) {
    HtmlPage page{.title = "Rietveld refinement of " + file.filename().string()};
    add_refinement(page, fit, pattern, "Observed and calculated pattern, " + file.filename().string() + ".", excluded_of(arguments));
    program::write_report(arguments.report, page);
  }
  return fit.status == FitStatus::not_finite ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{"Rietveld refinement of a powder pattern. Stages and releases its parameters by itself."};
  app.add_option("--phase", a.phases, "CIF of a phase, FILE.cif or FILE.cif:NAME; repeatable")->required()->take_all();
  app.add_option("--pattern", a.pattern, "measured pattern: .xrdml, or text of two or three columns")->required();
  auto* tube = app.add_option("--radiation", a.radiation, "X-ray tube; an XRDML file states its own")->check(CLI::IsMember({"CuKa", "CuKa1", "MoKa", "CoKa", "AgKa"}));
  app.add_option("--wavelength", a.wavelength, "L1[,L2,RATIO] in Å")->delimiter(',')->expected(1, 3)->check(CLI::PositiveNumber)->excludes(tube);
  app.add_option("--range", a.range, "LO HI: angles to refine against, degrees 2θ")->expected(2);
  app.add_option("--exclude", a.exclude, "LO HI: angles left out; repeatable")->expected(2)->take_all();
  app.add_option("--background", a.background, "Chebyshev terms")->check(CLI::Range(1, 40))->capture_default_str();
  app.add_option("--geometry", a.geometry)->check(CLI::IsMember({"bragg-brentano", "debye-scherrer"}))->capture_default_str();
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
  app.add_option("--json", a.json, "write the result as JSON");
  app.add_option("--report", a.report, "write a page with figure and tables");
  for (const char* later : {"--neutron", "--preferred-orientation", "--lebail", "--instrument", "--project"}) program::refuse_option(app, later);
  return program::main(app, argc, argv, [&] { return run(a); });
}
