// fields: integral, averages over planes, and averages around the oxygens of each layer of a volumetric grid.
#include <lamella/fields.hpp>
#include <lamella/io/grid_file.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"

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

/// "a", "b", "c" of a cell axis, "(1 0 -1)" of other planes.
std::string name(const Miller& axis) {
  if (axis == Miller{1, 0, 0}) return "a";
  if (axis == Miller{0, 1, 0}) return "b";
  if (axis == Miller{0, 0, 1}) return "c";
  return "(" + std::to_string(axis.h) + " " + std::to_string(axis.k) + " " + std::to_string(axis.l) + ")";
}

nlohmann::json figure(const PlanarAverage& average, const std::vector<OxygenLayer>& layers, const std::string& quantity) {
  nlohmann::json points = nlohmann::json::array(), rules = nlohmann::json::array();
  for (std::size_t n = 0; n < average.values.size(); ++n) points.push_back({{"height", average.height(n)}, {"value", average.values[n]}});
  for (const auto& layer : layers) rules.push_back({{"height", layer.height}, {"what", "oxygen layer"}});
  const nlohmann::json x{{"field", "height"}, {"type", "quantitative"}, {"title", "height / Å"}};
  const nlohmann::json tooltip = nlohmann::json::array({{{"field", "height"}, {"title", "height / Å"}, {"format", ".3f"}},
                                                        {{"field", "value"}, {"title", "mean"}, {"format", ".5g"}}});
  nlohmann::json marks = nlohmann::json::array(
      {{{"data", {{"values", points}}},
        {"mark", {{"type", "line"}, {"interpolate", "monotone"}, {"tooltip", true}}},
        {"encoding", {{"x", x}, {"y", {{"field", "value"}, {"type", "quantitative"}, {"title", quantity}}}, {"tooltip", tooltip}, {"order", {{"field", "height"}}}}}}});
  if (!layers.empty())
    marks.push_back({{"data", {{"values", rules}}}, {"mark", {{"type", "rule"}, {"strokeDash", {4, 3}}, {"color", "#888"}}}, {"encoding", {{"x", x}}}});
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"}, {"width", "container"}, {"height", 320}, {"layer", marks}};
}

}  // namespace

int main(int argc, char** argv) {
  std::string file, json, report, axis;
  std::optional<GridFile> kind;
  double radius = 1;
  std::vector<double> at;
  const std::map<std::string, GridFile> kinds{
      {"ELFCAR", GridFile::elfcar}, {"CHGCAR", GridFile::chgcar}, {"LOCPOT", GridFile::locpot}, {"cube", GridFile::cube}};
  CLI::App app{"Integral and averages of a volumetric grid: over planes, and around the oxygens of each layer by metal neighbour."};
  app.add_option("FILE", file, "ELFCAR, CHGCAR, LOCPOT or cube, also .gz")->required();
  app.add_option("--kind", kind, "what the file is, where its name does not tell")->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--axis", axis, "planar averages along this axis (default: the stacking axis of a layered structure, else c)")
      ->check(CLI::IsMember({"a", "b", "c"}));
  app.add_option("--radius", radius, "radius of the spheres around the oxygens, Å (default 1)");
  app.add_option("--at", at, "fractional position to interpolate the field at, three numbers (repeatable)")->expected(3)->allow_extra_args(false);
  app.add_option("--json", json, "write the result as JSON");
  app.add_option("--report", report, "write a self-contained HTML page");
  return program::main(app, argc, argv, [&] {
    const auto data = read_grid(file, kind);
    const std::string kind_name(to_string(kind.value_or(grid_file_kind(file).value_or(GridFile::cube))));
    nlohmann::json out{{"kind", kind_name}, {"warnings", nlohmann::json::array()}};
    const auto caution = [&](const std::string& text) {
      out["warnings"].push_back(text);
      std::printf("Caution: %s.\n", text.c_str());
    };
    for (const auto& note : data.notes) caution(note);

    HtmlPage page{.title = "Field: " + (data.structure.name.empty() ? kind_name : data.structure.name), .subtitle = file};
    nlohmann::json grids = nlohmann::json::array();
    for (std::size_t g = 0; g < data.grids.size(); ++g) {
      const auto& grid = data.grids[g];
      const std::string quantity(to_string(grid.quantity)), unit(value_unit(grid.quantity));
      // The atoms of a molecule in a box are no crystal, but then nothing is layered either.
      const auto oxygens = oxygen_layers(grid, data.structure, radius);
      const bool layered = !oxygens.layers.empty();
      const Miller along = axis == "a" ? Miller{1, 0, 0} : axis == "b" ? Miller{0, 1, 0} : axis == "c" ? Miller{0, 0, 1} : oxygens.axis;
      const auto average = planar_average(grid, along);
      const auto low = minimum(grid), high = maximum(grid);
      nlohmann::json heights = nlohmann::json::array(), layers = nlohmann::json::array(), values = nlohmann::json::array();
      for (std::size_t n = 0; n < average.values.size(); ++n) heights.push_back(average.height(n));

      std::printf("%s%s, %zu × %zu × %zu points\n", quantity.c_str(), g == 0 ? "" : (", grid " + std::to_string(g + 1)).c_str(), grid.shape[0],
                  grid.shape[1], grid.shape[2]);
      std::printf("integral %.10g %s, mean %.10g, from %.6g to %.6g %s\n", integral(grid), std::string(integral_unit(grid.quantity)).c_str(), mean(grid),
                  low.value, high.value, unit.c_str());
      for (std::size_t i = 0; i + 2 < at.size(); i += 3) {
        const double value = value_at(grid, {at[i], at[i + 1], at[i + 2]});
        values.push_back({{"position", {at[i], at[i + 1], at[i + 2]}}, {"value", value}});
        std::printf("at %g %g %g: %.8g %s\n", at[i], at[i + 1], at[i + 2], value, unit.c_str());
      }
      ReportTable table{.caption = quantity + " within " + fixed(radius, 2) + " Å of the oxygens, layer by layer",
                        .columns = {{"Height / Å", Align::decimal}, {"Oxygens", Align::decimal}, {"Mean", Align::decimal}, {"Maximum", Align::decimal},
                                    {"Mean by metal neighbour"}}};
      for (const auto& layer : oxygens.layers) {
        nlohmann::json by_metal = nlohmann::json::object();
        std::string metals;
        for (const auto& metal : layer.metals) {
          const std::string element(symbol(metal.element));
          by_metal[element] = metal.mean;
          metals += (metals.empty() ? "" : "  ") + element + " " + fixed(metal.mean, 5);
        }
        layers.push_back({{"height", layer.height}, {"oxygens", layer.oxygens}, {"mean", layer.mean}, {"maximum", layer.maximum}, {"by_metal", by_metal}});
        table.rows.push_back({fixed(layer.height, 4), std::to_string(layer.oxygens), fixed(layer.mean, 5), fixed(layer.maximum, 5), metals});
      }
      if (layered) std::printf("\n%s\n", to_text(table).c_str());

      nlohmann::json entry{{"quantity", quantity}, {"unit", unit}, {"shape", grid.shape}, {"integral", integral(grid)},
                           {"integral_unit", integral_unit(grid.quantity)}, {"mean", mean(grid)}, {"minimum", low.value}, {"maximum", high.value},
                           {"planar_average", {{"axis", name(along)}, {"period", average.period}, {"heights", heights}, {"values", average.values}}},
                           {"oxygen_layers", layers}, {"oxygen_radius", radius}};
      if (!values.empty()) entry["values"] = values;
      if (g == 0) out.update(entry);
      grids.push_back(std::move(entry));

      page.heading(quantity + (g == 0 ? "" : ", grid " + std::to_string(g + 1)));
      page.highlights({{"integral", fixed(integral(grid), 6), std::string(integral_unit(grid.quantity))},
                       {"mean", fixed(mean(grid), 6), unit},
                       {"maximum", fixed(high.value, 6), unit}});
      page.figure(figure(average, along == oxygens.axis ? oxygens.layers : std::vector<OxygenLayer>{}, quantity + " / " + unit),
                  "Planar average along " + name(along) + (layered ? "; dashed: oxygen layers." : "."));
      if (layered) page.table(std::move(table));
    }
    if (out["oxygen_layers"].empty()) {
      const std::string text = "no oxygen layers: the structure is not layered";
      caution(data.structure.sites.empty() ? "no oxygen layers: the file names no atoms" : text);
    }
    if (data.grids.size() > 1) out["grids"] = grids;
    if (!json.empty()) program::write_json(json, "fields", std::move(out));
    if (!report.empty()) program::write_report(report, page);
    return 0;
  });
}
