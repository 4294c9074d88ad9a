// A series of patterns as one figure: the map of intensities and, below it, what was refined, all against the number of the pattern.
#pragma once

#include <lamella/core/error.hpp>               // fail
#include <lamella/core/measured.hpp>            // Measured, fixed
#include <lamella/report/intensity_map.hpp>     // IntensityMap
#include <lamella/report/rietveld_figure.hpp>   // detail::append_number, phase_colours

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One quantity of one phase along the series; a pattern without it has none.
struct SeriesCurve {
  std::string name;  ///< of the phase, in legend and tooltip; empty where the panel has one curve
  std::vector<std::optional<Measured>> values;  ///< one per pattern
};

/// One panel: curves that share an axis.
struct SeriesPanel {
  std::string title;  ///< with the unit: "a / Å"
  std::vector<SeriesCurve> curves;
  int decimals = 3;   ///< in tooltips
  double height = 90; ///< pixels
};

/// What happened from one pattern to another: a shaded stretch with a name.
struct SeriesStretch {
  std::size_t first = 0, last = 0;  ///< patterns, counted from 0
  std::string name;                 ///< "solid solution"
  std::string remark = {};          ///< in the tooltip
};

/// What the figure shows. Patterns are counted from 1 in it.
struct SeriesPlot {
  std::size_t patterns = 0;
  std::optional<IntensityMap> map{};
  std::vector<SeriesPanel> panels{};      ///< those without any value are left out
  std::vector<SeriesStretch> stretches{}; ///< in order
  std::vector<std::string> remarks{};     ///< one per pattern, in the tooltip; may be empty
};

namespace detail {

// The map on top, then a strip that names the stretches, then the panels. All show the same patterns, are zoomed and panned together, and
// mark the pattern under the pointer in every one of them. Tiles as wide as a pattern and as high as the panel carry the tooltip.
inline constexpr std::string_view series_specification = R"json({
  "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
  "background": "#ffffff",
  "padding": {"left": 4, "top": 4, "right": 12, "bottom": 4},
  "spacing": 8,
  "resolve": {"scale": {"color": "independent"}},
  "data": {"values": "", "format": {"type": "csv", "parse": {}}},
  "params": [
    {"name": "zoom", "views": [], "bind": "scales", "select": {"type": "interval", "encodings": ["x"]}},
    {"name": "hover", "views": [], "select": {"type": "point", "fields": ["x"], "on": "pointermove", "clear": "pointerout", "toggle": false}}
  ],
  "vconcat": [],
  "config": {
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "view": {"stroke": "#aab3bd"},
    "mark": {"aria": false},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": 500, "labelColor": "#3a434d", "titleColor": "#1f2933",
             "gridColor": "#e9edf1", "tickColor": "#aab3bd", "domainColor": "#aab3bd", "labelFlush": false},
    "axisY": {"minExtent": 54, "titlePadding": 6, "labelLimit": 110},
    "legend": {"labelFontSize": 12, "labelColor": "#1f2933", "titleFontSize": 12, "titleFontWeight": 500, "titleColor": "#1f2933"}
  },
  "usermeta": {"lamella": {
    "hint": "Scroll to zoom, drag to pan, double-click to see all; the pattern under the pointer is marked in every panel.",
    "zoom": {"signal": "zoom_x", "extent": []},
    "dark": {"#ffffff": "#15181d", "#1f2933": "#dde3ea", "#3a434d": "#b6c0cb", "#e9edf1": "#262c34", "#aab3bd": "#4b5561",
             "#8a94a0": "#7d8894", "#0072b2": "#56b4e9", "#7f5fb5": "#b79be6"}
  }}
})json";

inline constexpr std::string_view series_cursor = R"json({
  "data": {"values": [{}]},
  "transform": [{"calculate": "isValid(hover) && isDefined(hover.x) ? hover.x[0] : null", "as": "x"}, {"filter": "isValid(datum.x)"}],
  "mark": {"type": "rule", "color": "#8a94a0", "strokeWidth": 1, "clip": true},
  "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"value": 0}, "y2": {"value": "height"}}
})json";

inline nlohmann::json series_x_axis(std::size_t patterns, bool labelled) {
  nlohmann::json axis{{"title", labelled ? nlohmann::json("pattern") : nlohmann::json(nullptr)}, {"format", "d"}, {"tickMinStep", 1}, {"grid", false}};
  if (!labelled) axis.update({{"labels", false}, {"ticks", false}});
  return {{"field", "x"},
          {"type", "quantitative"},
          {"scale", {{"domain", {0.5, static_cast<double>(patterns) + 0.5}}, {"nice", false}, {"zero", false}}},
          {"axis", std::move(axis)}};
}

inline void require_plot(const SeriesPlot& plot) {
  if (plot.patterns == 0) fail("figure of a series: no patterns, expected one or more");
  for (const auto& panel : plot.panels)
    for (const auto& curve : panel.curves) {
      if (curve.values.size() != plot.patterns)
        fail("figure of a series: '" + panel.title + "' has " + std::to_string(curve.values.size()) + " values, expected one per pattern: " + std::to_string(plot.patterns));
      for (const auto& m : curve.values)
        if (m && !(std::isfinite(m->value) && std::isfinite(m->esd))) fail("figure of a series: '" + panel.title + "' has a value that is not a finite number");
    }
  for (const auto& s : plot.stretches)
    if (s.first > s.last || s.last >= plot.patterns) fail("figure of a series: stretch '" + s.name + "' is not within the patterns");
  if (!plot.remarks.empty() && plot.remarks.size() != plot.patterns) fail("figure of a series: expected a remark for each pattern or none");
}

/// A text as a field of CSV.
inline std::string csv_field(std::string_view text) {
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c == '\n' || c == '\r' ? ' ' : c;
  }
  return field + '"';
}

}  // namespace detail

/// The figure as a Vega-Lite 5 specification, complete by itself; `HtmlPage::figure` puts it into a report. Esds are bars. Throws where
/// numbers are not finite or a curve has another number of values than there are patterns.
inline nlohmann::json series_figure(const SeriesPlot& plot) {
  using nlohmann::json;
  detail::require_plot(plot);
  json spec = json::parse(detail::series_specification);
  const auto has_values = [](const SeriesCurve& c) { return std::any_of(c.values.begin(), c.values.end(), [](const auto& m) { return m.has_value(); }); };
  std::vector<const SeriesPanel*> panels;
  for (const auto& panel : plot.panels)
    if (std::any_of(panel.curves.begin(), panel.curves.end(), has_values)) panels.push_back(&panel);

  // Colours of phases are the same in all panels.
  std::vector<std::string> names;
  for (const auto* panel : panels)
    for (const auto& curve : panel->curves)
      if (!curve.name.empty() && std::find(names.begin(), names.end(), curve.name) == names.end()) names.push_back(curve.name);
  json colours = json::array();
  for (std::size_t i = 0; i < names.size(); ++i) colours.push_back(detail::phase_colours[i % detail::phase_colours.size()]);

  // One row per pattern: what tooltips say. Columns are v0, v1 …
  std::string rows = "x";
  std::string tooltip = "{pattern: datum.x";
  std::size_t column = 0;
  for (const auto* panel : panels)
    for (const auto& curve : panel->curves) {
      if (!has_values(curve)) continue;
      const std::string field = "v" + std::to_string(column++);
      rows += "," + field;
      tooltip += ", " + json((curve.name.empty() ? "" : curve.name + ": ") + panel->title).dump() + ": datum." + field;
    }
  if (!plot.remarks.empty()) {
    rows += ",remark";
    tooltip += ", remark: datum.remark";
  }
  tooltip += "}";
  for (std::size_t i = 0; i < plot.patterns; ++i) {
    rows += "\n" + std::to_string(i + 1);
    for (const auto* panel : panels)
      for (const auto& curve : panel->curves) {
        if (!has_values(curve)) continue;
        rows += ',';
        if (const auto& m = curve.values[i]) rows += detail::csv_field(m->esd > 0 ? to_string(*m) : detail::fixed(m->value, panel->decimals));
      }
    if (!plot.remarks.empty()) rows += "," + detail::csv_field(plot.remarks[i]);
  }
  spec["data"]["values"] = std::move(rows);
  spec["data"]["format"]["parse"] = {{"x", "number"}};
  for (std::size_t c = 0; c < column; ++c) spec["data"]["format"]["parse"]["v" + std::to_string(c)] = "string";
  if (!plot.remarks.empty()) spec["data"]["format"]["parse"]["remark"] = "string";

  json& views = spec["vconcat"];
  const auto tiles = [&](const std::string& name) {
    spec["params"][1]["views"].push_back(name);
    return json{{"name", name},
                {"transform", {{{"calculate", "datum.x - 0.5"}, {"as", "from"}}, {{"calculate", "datum.x + 0.5"}, {"as", "to"}}}},
                {"mark", {{"type", "rect"}, {"opacity", 0}, {"clip", true}}},
                {"encoding",
                 {{"x", {{"field", "from"}, {"type", "quantitative"}}},
                  {"x2", {{"field", "to"}}},
                  {"y", {{"value", 0}}},
                  {"y2", {{"value", "height"}}},
                  {"tooltip", {{"value", {{"expr", tooltip}}}}}}}};
  };
  const auto add_view = [&](const std::string& name, double height, json layers, bool last) {
    // The first layer carries the zoom, whose signal is named after the field: "x" in every view. Scale and axis are stated once for all layers.
    layers[0]["name"] = name + "_first";
    spec["params"][0]["views"].push_back(name + "_first");
    json cursor = json::parse(detail::series_cursor);
    cursor["name"] = name + "_cursor";
    layers.push_back(std::move(cursor));
    layers.push_back(tiles(name + "_tiles"));
    const json x = detail::series_x_axis(plot.patterns, last);
    for (auto& layer : layers) layer["encoding"]["x"].update({{"scale", x["scale"]}, {"axis", x["axis"]}});
    views.push_back({{"name", name}, {"width", 900}, {"height", height}, {"layer", std::move(layers)}});
  };

  const std::size_t count = (plot.map ? 1U : 0U) + (plot.stretches.empty() ? 0U : 1U) + panels.size();
  if (count == 0) fail("figure of a series: neither a map nor any value");
  std::size_t done = 0;

  if (plot.map) {
    const auto& map = *plot.map;
    std::string cells = "x,to,low,high,v";
    std::vector<double> all;
    const double width = (map.range().high - map.range().low) / static_cast<double>(map.bins());
    const auto per_column = static_cast<double>(map.patterns_per_column());
    for (std::size_t c = 0; c < map.columns(); ++c)
      for (std::size_t b = 0; b < map.bins(); ++b) {
        const double v = map.at(c, b);
        if (!std::isfinite(v)) continue;
        all.push_back(v);
        const double numbers[] = {static_cast<double>(c) * per_column + 0.5, std::min(static_cast<double>(c + 1) * per_column, static_cast<double>(plot.patterns)) + 0.5,
                                  map.range().low + width * static_cast<double>(b), map.range().low + width * static_cast<double>(b + 1), v};
        cells += '\n';
        for (std::size_t k = 0; k < std::size(numbers); ++k) {
          if (k > 0) cells += ',';
          detail::append_number(cells, numbers[k], k < 4 ? 7 : 4);
        }
      }
    if (all.empty()) fail("figure of a series: the map of intensities is empty");
    // The weak lines are what one looks for: colours from the floor to where 1 % of the cells are brighter.
    const auto quantile = [&](double share) {
      const auto place = all.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(all.size() - 1));
      std::nth_element(all.begin(), place, all.end());
      return *place;
    };
    const double low = std::max(0.0, quantile(0.02)), high = std::max(quantile(0.99), low + 1e-9 * std::max(1.0, std::abs(low)));
    json cell{{"data", {{"values", std::move(cells)}, {"format", {{"type", "csv"}, {"parse", {{"x", "number"}, {"to", "number"}, {"low", "number"}, {"high", "number"}, {"v", "number"}}}}}}},
              {"mark", {{"type", "rect"}, {"clip", true}, {"strokeWidth", 0.6}}},
              {"encoding",
               {{"x", {{"field", "x"}, {"type", "quantitative"}}},
                {"x2", {{"field", "to"}}},
                {"y", {{"field", "low"}, {"type", "quantitative"}, {"scale", {{"domain", {map.range().low, map.range().high}}, {"nice", false}, {"zero", false}}},
                       {"axis", {{"title", "2θ / °"}, {"grid", false}}}}},
                {"y2", {{"field", "high"}}}}}};
    const json colour{{"field", "v"}, {"type", "quantitative"}, {"scale", {{"type", "sqrt"}, {"domain", {low, high}}, {"clamp", true}, {"scheme", "viridis"}}},
                      {"legend", {{"title", "counts"}, {"orient", "top"}, {"direction", "horizontal"}, {"gradientLength", 220}, {"tickCount", 4}, {"offset", 4}}}};
    cell["encoding"]["color"] = colour;
    cell["encoding"]["stroke"] = {{"field", "v"}, {"type", "quantitative"}, {"scale", colour["scale"]}, {"legend", nullptr}};  // no seams between cells
    add_view("map", 330, json::array({std::move(cell)}), ++done == count);
  }

  if (!plot.stretches.empty()) {
    json bars = json::array();
    std::vector<std::string> kinds;
    for (const auto& s : plot.stretches) {
      bars.push_back({{"x", static_cast<double>(s.first) + 0.5}, {"to", static_cast<double>(s.last) + 1.5}, {"middle", 0.5 * static_cast<double>(s.first + s.last) + 1},
                      {"kind", s.name}, {"patterns", std::to_string(s.first + 1) + " to " + std::to_string(s.last + 1)}, {"remark", s.remark}});
      if (std::find(kinds.begin(), kinds.end(), s.name) == kinds.end()) kinds.push_back(s.name);
    }
    constexpr std::string_view fills[] = {"#dbe7f2", "#f4ddc9", "#e3e6ea", "#dcefe4"};
    json range = json::array();
    for (std::size_t i = 0; i < kinds.size(); ++i) range.push_back(fills[i % std::size(fills)]);
    json bar{{"data", {{"values", bars}}},
             {"mark", {{"type", "rect"}, {"clip", true}, {"stroke", "#ffffff"}, {"strokeWidth", 1}}},
             {"encoding", {{"x", {{"field", "x"}, {"type", "quantitative"}}}, {"x2", {{"field", "to"}}}, {"y", {{"value", 0}}}, {"y2", {{"value", "height"}}},
                           {"color", {{"field", "kind"}, {"type", "nominal"}, {"scale", {{"domain", kinds}, {"range", range}}}, {"legend", nullptr}}}}}};
    json text{{"data", {{"values", bars}}},
              {"mark", {{"type", "text"}, {"fontSize", 11}, {"clip", true}, {"color", "#333c46"}}},
              {"encoding", {{"x", {{"field", "middle"}, {"type", "quantitative"}}}, {"y", {{"value", 11}}}, {"text", {{"field", "kind"}, {"type", "nominal"}}}}}};
    add_view("stretches", 22, json::array({std::move(bar), std::move(text)}), ++done == count);
  }

  for (std::size_t p = 0; p < panels.size(); ++p) {
    const auto& panel = *panels[p];
    const std::string name = "panel" + std::to_string(p);
    std::string values = "x,name,v,low,high,run";
    bool esds = false, named = false;
    std::size_t run = 0;  // a line is broken where patterns are missing
    for (const auto& curve : panel.curves) {
      named = named || !curve.name.empty();
      ++run;
      for (std::size_t i = 0; i < plot.patterns; ++i) {
        const auto& m = curve.values[i];
        if (!m) {
          ++run;
          continue;
        }
        esds = esds || m->esd > 0;
        values += "\n" + std::to_string(i + 1) + "," + detail::csv_field(curve.name);
        for (const double v : {m->value, m->value - m->esd, m->value + m->esd}) {
          values += ',';
          detail::append_number(values, v, 8);
        }
        values += "," + std::to_string(run);
      }
    }
    const json data{{"values", std::move(values)},
                    {"format", {{"type", "csv"}, {"parse", {{"x", "number"}, {"name", "string"}, {"v", "number"}, {"low", "number"}, {"high", "number"}, {"run", "number"}}}}}};
    json y{{"field", "v"}, {"type", "quantitative"}, {"scale", {{"zero", false}, {"nice", true}, {"padding", 5}}}, {"axis", {{"title", panel.title}, {"tickCount", 4}}}};
    json colour = {{"value", "#0072b2"}};
    if (named) {
      colour = {{"field", "name"}, {"type", "nominal"}, {"scale", {{"domain", names}, {"range", colours}}}, {"legend", nullptr}};
      const bool first = std::none_of(panels.begin(), panels.begin() + static_cast<std::ptrdiff_t>(p), [](const auto* q) {
        return std::any_of(q->curves.begin(), q->curves.end(), [](const auto& c) { return !c.name.empty(); });
      });
      if (first && names.size() > 1) colour["legend"] = {{"title", nullptr}, {"orient", "top"}, {"direction", "horizontal"}, {"offset", 2}, {"symbolType", "stroke"}, {"symbolStrokeWidth", 2}};
    }
    const json x{{"field", "x"}, {"type", "quantitative"}};
    json layers = json::array();
    layers.push_back({{"data", data}, {"mark", {{"type", "line"}, {"strokeWidth", 1.3}, {"clip", true}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"detail", {{"field", "run"}}}}}});
    if (esds) {
      json lower = y;
      lower["field"] = "low";
      layers.push_back({{"data", data}, {"mark", {{"type", "rule"}, {"strokeWidth", 1}, {"opacity", 0.55}, {"clip", true}}}, {"encoding", {{"x", x}, {"y", lower}, {"y2", {{"field", "high"}}}, {"color", colour}}}});
    }
    layers.push_back({{"data", data}, {"mark", {{"type", "circle"}, {"size", plot.patterns > 150 ? 5 : 14}, {"opacity", 0.9}, {"clip", true}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}}}});
    add_view(name, panel.height, std::move(layers), ++done == count);
  }

  spec["usermeta"]["lamella"]["zoom"]["extent"] = {0.5, static_cast<double>(plot.patterns) + 0.5};
  spec["description"] = "A series of " + std::to_string(plot.patterns) + " patterns: " + std::string(plot.map ? "map of intensities, " : "") + std::to_string(panels.size()) +
                        " panels of refined quantities against the number of the pattern";
  return spec;
}

}  // namespace lamella
