// refine: Rietveld refinement of a powder pattern, with slab and interslab of every layered phase.
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/pdcif_writer.hpp>
#include <lamella/io/project.hpp>
#include <lamella/io/refinement_json.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/report/refinement_page.hpp>

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
};

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
  auto excluded = program::excluded_of(arguments.model);
  PowderPattern pattern = select(read_pattern(arguments.pattern), program::range_of(arguments.model), excluded);
  const PowderModel<> model = program::model_of(arguments.model, pattern);
  RefinementOptions<> options = program::refinement_options(arguments.model, model);
  options.progress = print_stage;
  auto fit = refine(model, pattern, options);
  return {std::move(pattern), std::move(fit), std::move(excluded)};
}

/// From where a project ended, all its free parameters at once; those of --free in addition, those of --fix no longer.
Refined refine_on(const Arguments& arguments) {
  Project project = read_project(arguments.project);
  FreeParameters parameters = free_parameters(project.model);
  for (const auto& wanted : arguments.model.free)
    if (parameters.release(wanted) == 0) fail("--free " + wanted + ": no parameter of " + arguments.project + " matches, expected a name such as " + parameters.names().back());
  const auto moved = [&](std::size_t index) {
    return std::any_of(project.free.begin(), project.free.end(), [&](const FreeParameter& f) {
      return std::any_of(f.followers.begin(), f.followers.end(), [&](const auto& follower) { return follower.index == index; });
    });
  };
  for (const auto& added : parameters.list())
    if (std::none_of(added.followers.begin(), added.followers.end(), [&](const auto& follower) { return moved(follower.index); })) project.free.push_back(added);
  for (const auto& held : arguments.model.fix)
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
  app.add_option("--pattern", a.pattern, "measured pattern: columns, XRDML, GSAS, FullProf/ILL, UXD, RAS or pdCIF");
  app.add_option("--project", a.project, "file of the whole refinement: written after it; without --phase and --pattern read and refined on (--fix and --free apply)");
  program::add_powder_options(app, a.model);
  app.add_option("--cif", a.cif, "write structures, pattern and agreement as pdCIF");
  app.add_option("--table", a.table, "write the table for a publication: Markdown (.md) or text");
  app.add_option("--json", a.json, "write the result as JSON");
  app.add_option("--report", a.report, "write a page with figure and tables");
  // Without a project, or with new input for it, phases and a pattern are needed; a project to go on with states all the rest itself.
  app.final_callback([&] {
    const bool goes_on = !a.project.empty() && a.model.phases.empty() && a.pattern.empty();
    if (!goes_on && a.model.phases.empty()) throw CLI::RequiredError("--phase");
    if (!goes_on && a.pattern.empty()) throw CLI::RequiredError("--pattern");
    for (const auto* option : app.get_options()) {
      const std::string name = option->get_name();
      const bool allowed = name == "--project" || name == "--cif" || name == "--table" || name == "--json" || name == "--report" || name == "--free" || name == "--fix";
      if (goes_on && option->count() > 0 && !allowed) throw CLI::ValidationError(name, "a project states it itself; start anew with --phase and --pattern");
    }
  });
  return program::main(app, argc, argv, [&] { return run(a); });
}
