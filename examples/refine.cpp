// refine: Rietveld refinement of a powder pattern, with slab and interslab of every layered phase.
#include <lamella/diffraction/zone_axis.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/pdcif_writer.hpp>
#include <lamella/io/project.hpp>
#include <lamella/io/refinement_json.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/joint_refinement.hpp>
#include <lamella/report/refinement_page.hpp>
#include <lamella/report/zone_axis_figure.hpp>

#include "powder_options.hpp"
#include "program.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>

using namespace lamella;

namespace {

struct Arguments {
  program::PowderOptions model;
  std::string pattern, project, cif, table, json, report;
  std::vector<std::string> with, separate;
  std::vector<int> zone;  // u, v, w
};

void print_stage(const StageReport& stage) {
  std::printf("%-26s %3zu parameters %3d cycles  Rwp %6.2f %%\n", stage.name.c_str(), stage.parameters, stage.cycles, 100 * stage.Rwp);
  std::fflush(stdout);
}

void write_table(const std::filesystem::path& file, const Refinement<Structure<double>>& fit, const PowderPattern& pattern) {
  const auto data = publication_table(fit, pattern);
  const auto sites = site_table(fit);
  const auto text = [markdown = file.extension() == ".md"](const ReportTable& t) { return markdown ? to_markdown(t) : to_text(t); };
  write_file(file, text(data) + (sites.rows.empty() ? "" : "\n" + text(sites)));
}

/// What a refinement starts from and what it ends with.
struct Refined {
  PowderPattern pattern;
  Refinement<Structure<double>> fit;
  std::vector<AngleRange> excluded;
};

/// From CIF files and a pattern, stage by stage.
Refined refine_anew(const Arguments& arguments) {
  auto excluded = program::excluded_of(arguments.model);
  PowderPattern pattern = select(read_pattern(arguments.pattern), program::range_of(arguments.model), excluded);
  const PowderModel<> model = program::model_of(arguments.model, pattern);
  RefinementOptions<> options = program::refinement_options(arguments.model, model);
  options.progress = print_stage;
  auto fit = refine(model, pattern, options);
  return {std::move(pattern), std::move(fit), std::move(excluded)};
}

/// Releases and holds parameters of a project as --free and --fix demand; `adapt` turns a name of theirs into one of this project, or
/// into nothing where it is about another pattern. Whether a name was found: one count per name of `arguments.model.free`, then of `arguments.model.fix`.
template <class Adapt>
void release_and_hold(Project& project, const Arguments& arguments, const Adapt& adapt, std::vector<std::size_t>& found) {
  found.resize(arguments.model.free.size() + arguments.model.fix.size());
  FreeParameters parameters = free_parameters(project.model);
  for (std::size_t i = 0; i < arguments.model.free.size(); ++i)
    if (const auto wanted = adapt(arguments.model.free[i]); !wanted.empty()) found[i] += parameters.release(wanted);
  const auto moved = [&](std::size_t index) {
    return std::any_of(project.free.begin(), project.free.end(), [&](const FreeParameter& f) {
      return std::any_of(f.followers.begin(), f.followers.end(), [&](const auto& follower) { return follower.index == index; });
    });
  };
  for (const auto& added : parameters.list())
    if (std::none_of(added.followers.begin(), added.followers.end(), [&](const auto& follower) { return moved(follower.index); })) project.free.push_back(added);
  for (std::size_t i = 0; i < arguments.model.fix.size(); ++i)
    if (const auto held = adapt(arguments.model.fix[i]); !held.empty())
      found[arguments.model.free.size() + i] += std::erase_if(project.free, [&](const FreeParameter& f) { return matches(held, f.name); });
}

/// Refuses names of --free and --fix that are those of no parameter.
void require_found(const Arguments& arguments, const std::vector<std::size_t>& found, const std::string& where, const std::string& example) {
  for (std::size_t i = 0; i < arguments.model.free.size(); ++i)
    if (found[i] == 0) fail("--free " + arguments.model.free[i] + ": no parameter of " + where + " matches, expected a name such as " + example);
  for (std::size_t i = 0; i < arguments.model.fix.size(); ++i)
    if (found[arguments.model.free.size() + i] == 0) fail("--fix " + arguments.model.fix[i] + ": no free parameter of " + where + " matches, expected a name such as " + example);
}

/// From where a project ended, all its free parameters at once; those of --free in addition, those of --fix no longer.
Refined refine_on(const Arguments& arguments) {
  Project project = read_project(arguments.project);
  const std::string example = project.free.empty() ? parameter_names(project.model).back() : project.free.back().name;
  std::vector<std::size_t> found;
  release_and_hold(project, arguments, [](const std::string& name) { return name; }, found);
  require_found(arguments, found, arguments.project, example);
  auto fit = refine_further(project.model, project.pattern, project.free,
                            {.calculation = project.calculation, .restraints = restraints_of(project), .progress = print_stage});
  return {std::move(project.pattern), std::move(fit), std::move(project.excluded)};
}

/// The name in pattern number `k` (from 0) of a parameter of a joint refinement; empty where it is another pattern's.
std::string name_in(std::size_t k, const std::string& joint) {
  const auto dot = joint.find('.');
  const std::string first = joint.substr(0, dot);
  if (!first.starts_with("pattern")) return joint;  // a phase: in all
  if (first != "pattern" + (k == 0 ? std::string() : std::to_string(k + 1))) return {};
  if (k == 0) return joint;
  const std::string rest = joint.substr(std::min(joint.size(), dot + 1));
  // "pattern2.zero" is "pattern.zero" there, "pattern2.O3.scale" is "O3.scale".
  const bool of_instrument = rest.find('.') == std::string::npos || rest.starts_with("background.") || rest.starts_with("roughness.");
  return of_instrument ? "pattern." + rest : rest;
}

/// Several projects refined together; each is written back.
int run_jointly(const Arguments& arguments) {
  const auto started = std::chrono::steady_clock::now();
  std::vector<std::string> files{arguments.project};
  files.insert(files.end(), arguments.with.begin(), arguments.with.end());
  std::vector<Project> projects;
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < files.size(); ++k) {
    projects.push_back(read_project(files[k]));
    release_and_hold(projects[k], arguments, [k](const std::string& name) { return name_in(k, name); }, found);
  }
  require_found(arguments, found, "these projects", detail::own_name(1, "pattern.zero"));
  std::vector<JointPattern<>> patterns;
  for (const auto& p : projects) patterns.push_back({p.model, p.pattern, p.free, p.calculation, restraints_of(p)});
  JointOptions options;
  options.separate = arguments.separate;
  const auto joint = refine_jointly(std::move(patterns), options);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  std::printf("%s\n", to_text(parameter_table(joint)).c_str());
  std::size_t points = 0;
  for (std::size_t k = 0; k < files.size(); ++k) {
    const auto& fit = joint.patterns[k];
    points += projects[k].pattern.size();
    std::printf("Pattern %zu, %s\n\n%s\n", k + 1, projects[k].pattern.source.c_str(), to_text(phase_table(fit)).c_str());
    if (const auto layers = layer_table(fit); !layers.rows.empty()) std::printf("%s\n", to_text(layers).c_str());
    for (const auto& warning : fit.warnings) std::printf("Caution: %s.\n", warning.c_str());
    std::printf("%s\n\n", agreement_line(fit).c_str());
  }
  for (const auto& warning : joint.warnings) std::printf("Caution: %s.\n", warning.c_str());
  std::printf("%s\n%zu points, %zu parameters, %d cycles, %.2f s, %s\n", agreement_line(joint).c_str(), points, joint.names.size(), joint.cycles,
              seconds, std::string(to_string(joint.status)).c_str());
  if (joint.status == FitStatus::not_finite) return 1;

  for (std::size_t k = 0; k < files.size(); ++k) write_project(files[k], project_of(joint.patterns[k], projects[k].pattern, projects[k].excluded));
  const auto numbered = [](const std::string& file, std::size_t k) {  // fit.cif, fit-2.cif
    const std::filesystem::path path = file;
    return k == 0 ? path : path.parent_path() / (path.stem().string() + "-" + std::to_string(k + 1) + path.extension().string());
  };
  for (std::size_t k = 0; k < files.size(); ++k) {
    const auto& fit = joint.patterns[k];
    const auto& pattern = projects[k].pattern;
    if (!arguments.cif.empty()) write_pdcif(numbered(arguments.cif, k), fit, pattern, std::filesystem::path(pattern.source).stem().string());
    if (!arguments.table.empty()) write_table(numbered(arguments.table, k), fit, pattern);
  }
  if (!arguments.json.empty()) {
    auto out = to_json(joint);
    for (std::size_t k = 0; k < files.size(); ++k) out["patterns"][k]["file"] = projects[k].pattern.source;
    out["seconds"] = seconds;
    program::write_json(arguments.json, "refine", std::move(out));
  }
  if (!arguments.report.empty()) {
    HtmlPage page{.title = "Joint Rietveld refinement of " + std::to_string(files.size()) + " patterns"};
    page.highlights({{"Rwp, all patterns", lamella::detail::fixed(100 * joint.Rwp, 2) + " %", "expected " + lamella::detail::fixed(100 * joint.Rexp, 2) + " %"},
                     {"GoF", lamella::detail::fixed(joint.GoF, 2), std::string(to_string(joint.status))},
                     {"points", std::to_string(points), std::to_string(joint.names.size()) + " parameters"}});
    for (const auto& text : joint.warnings) page.warning(text);
    for (std::size_t k = 0; k < files.size(); ++k) {
      const std::string file = std::filesystem::path(projects[k].pattern.source).filename().string();
      page.heading("Pattern " + std::to_string(k + 1) + ", " + file);
      add_refinement(page, joint.patterns[k], projects[k].pattern, "Observed and calculated pattern, " + file + ".", projects[k].excluded);
    }
    page.heading("All patterns");
    page.table(parameter_table(joint));
    program::write_report(arguments.report, page);
  }
  return 0;
}

/// The spots of a zone axis of a phase, each with the spacing that the refined cell has, esd included.
nlohmann::json spots_json(const Refinement<Structure<double>>& fit, std::size_t phase, const ZonePattern& zone) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& spot : zone.spots)
    list.push_back({{"hkl", {spot.hkl.h, spot.hkl.k, spot.hkl.l}}, {"d", to_json(reflection_spacing(fit, phase, spot.hkl))}, {"angle", spot.angle}, {"intensity", spot.intensity}});
  return list;
}

ReportTable spot_table(const Refinement<Structure<double>>& fit, std::size_t phase, const ZonePattern& zone) {
  ReportTable table{.caption = "Spots of zone " + to_string(zone.settings.zone) + ", electrons, kinematic; angles counter-clockwise from the first",
                    .columns = {{"h k l"}, {"d / Å", Align::decimal}, {"Angle / °", Align::decimal}, {"Intensity", Align::decimal}}};
  for (const auto& spot : zone.spots)
    table.rows.push_back({std::to_string(spot.hkl.h) + " " + std::to_string(spot.hkl.k) + " " + std::to_string(spot.hkl.l), reflection_spacing(fit, phase, spot.hkl),
                          lamella::detail::fixed(spot.angle, 2), lamella::detail::fixed(spot.intensity, 1)});
  return table;
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

  std::vector<ZonePattern> zones;
  if (!arguments.zone.empty())
    for (const auto& phase : fit.model.phases)
      zones.push_back(zone_axis_pattern(phase.crystal, {.zone = {arguments.zone[0], arguments.zone[1], arguments.zone[2]}, .d_min = 0.9}));

  if (!arguments.project.empty() && fit.status != FitStatus::not_finite) write_project(arguments.project, project_of(fit, pattern, excluded));
  if (!arguments.cif.empty()) write_pdcif(arguments.cif, fit, pattern, file.stem().string());
  if (!arguments.table.empty()) write_table(arguments.table, fit, pattern);
  if (!arguments.json.empty()) {
    auto out = to_json(fit);
    out["seconds"] = seconds;
    for (std::size_t p = 0; p < zones.size(); ++p) out["phases"][p]["zone_axis"] = spots_json(fit, p, zones[p]);
    program::write_json(arguments.json, "refine", std::move(out));
  }
  if (!arguments.report.empty()) {
    HtmlPage page{.title = "Rietveld refinement of " + file.filename().string()};
    add_refinement(page, fit, pattern, "Observed and calculated pattern, " + file.filename().string() + ".", excluded);
    for (std::size_t p = 0; p < zones.size(); ++p) {
      page.heading(fit.model.phases[p].name + " along " + to_string(zones[p].settings.zone));
      page.figure(zone_axis_figure(zones[p]), "Electron diffraction along " + to_string(zones[p].settings.zone) + ", kinematic, by the refined structure.");
      page.table(spot_table(fit, p, zones[p]));
    }
    program::write_report(arguments.report, page);
  }
  return fit.status == FitStatus::not_finite ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{"Rietveld refinement of a powder pattern. Stages and releases its parameters by itself."};
  app.add_option("--pattern", a.pattern, "measured pattern: columns, XRDML, GSAS, FullProf/ILL, UXD, RAS or pdCIF");
  app.add_option("--project", a.project, "file of the whole refinement: written after it; without --phase and --pattern read and refined on (--fix and --free apply)");
  auto* with = app.add_option("--with", a.with, "project of another pattern of the same sample: refined together with --project, both written; repeatable")->take_all()->needs(app.get_option("--project"));
  app.add_option("--separate", a.separate, "what the patterns of --with do not share although it is one sample: '*.cell.*' at two temperatures; repeatable")->take_all()->needs(with);
  program::add_powder_options(app, a.model);
  app.add_option("--zone-axis", a.zone, "U,V,W: adds the electron diffraction along that axis, with d and esds, to --report and --json")->delimiter(',')->expected(3);
  app.add_option("--cif", a.cif, "write structures, pattern and agreement as pdCIF");
  app.add_option("--table", a.table, "write the table for a publication: Markdown (.md) or text");
  app.add_option("--json", a.json, "write the result as JSON");
  app.add_option("--report", a.report, "write a page with figure and tables");
  // Without a project, or with new input for it, phases and a pattern are needed; a project to go on with states all the rest itself.
  app.final_callback([&] {
    const bool goes_on = !a.project.empty() && a.model.phases.empty() && a.pattern.empty();
    if (!goes_on && !a.with.empty()) throw CLI::ValidationError("--with", "goes on from projects; refine each pattern by itself first");
    if (!goes_on && a.model.phases.empty()) throw CLI::RequiredError("--phase");
    if (!goes_on && a.pattern.empty()) throw CLI::RequiredError("--pattern");
    for (const auto* option : app.get_options()) {
      const std::string name = option->get_name();
      const bool allowed = name == "--project" || name == "--cif" || name == "--table" || name == "--json" || name == "--report" || name == "--free" || name == "--fix" ||
                           name == "--with" || name == "--separate" || name == "--zone-axis";
      if (goes_on && option->count() > 0 && !allowed) throw CLI::ValidationError(name, "a project states it itself; start anew with --phase and --pattern");
    }
  });
  return program::main(app, argc, argv, [&] { return a.with.empty() ? run(a) : run_jointly(a); });
}
