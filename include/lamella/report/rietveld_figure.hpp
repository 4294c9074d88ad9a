// The Rietveld plot: observed, calculated, background, difference and reflections, as a Vega-Lite specification.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Where one reflection is drawn and what its tooltip says.
struct ReflectionTick {
  double two_theta = 0;  ///< degrees, as it appears in the pattern (with zero and displacement)
  std::string hkl;       ///< "1 0 -4" or any other label
  double d_spacing = 0;  ///< Å; 0 where it is not to be shown
};

/// The reflections of one phase: a row of ticks.
struct PhaseTicks {
  std::string phase;
  std::vector<ReflectionTick> reflections;
};

/// A range of 2θ that took no part in the fit, degrees.
struct ExcludedRange {
  double from = 0;
  double to = 0;
};

/// Scale of the intensity axis. The square root makes weak reflections visible and gives every point of
/// counting statistics the same scatter.
enum class IntensityScale { linear, square_root };

/// What a Rietveld plot shows. The spans have one value per point, in the order of increasing 2θ, and must
/// live until `rietveld_figure` returns.
struct RietveldPlot {
  std::span<const double> two_theta = {};   ///< degrees
  std::span<const double> observed = {};    ///< in `intensity_unit`
  std::span<const double> calculated = {};  ///< the same unit, background included
  std::span<const double> background = {};  ///< the same unit; empty where there is none
  std::span<const double> sigma = {};       ///< esd of `observed`; where given, the difference is shown divided by it
  std::vector<PhaseTicks> phases = {};      ///< reflections outside the pattern's range are left out
  std::vector<ExcludedRange> excluded = {};
  IntensityScale scale = IntensityScale::linear;
  std::string intensity_unit = "counts";
};

namespace detail {

// Views, from top to bottom: the pattern, the reflections (one row per phase), the difference. All three show
// the same range of 2θ and are zoomed and panned together; the intensity axes follow what is in view. The
// points are one table of text; every layer reads that one. A tile of the height of its panel and the width
// of a step carries each point's tooltip, so that the pointer need not hit the point.
inline constexpr std::string_view rietveld_specification = R"json({
  "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
  "background": "#ffffff",
  "padding": {"left": 4, "top": 4, "right": 12, "bottom": 4},
  "spacing": 6,
  "resolve": {"scale": {"color": "independent"}},
  "data": {"values": "", "format": {"type": "csv", "parse": {}}},
  "transform": [
    {"window": [{"op": "lag", "field": "x", "as": "left"}, {"op": "lead", "field": "x", "as": "right"}]},
    {"calculate": "", "as": "from"},
    {"calculate": "", "as": "to"},
    {"filter": ""}
  ],
  "params": [
    {"name": "zoom", "views": ["observed", "reflections", "difference"], "bind": "scales",
     "select": {"type": "interval", "encodings": ["x"]}},
    {"name": "hover", "views": ["pattern_values", "difference_values"],
     "select": {"type": "point", "fields": ["x"], "on": "pointermove", "clear": "pointerout", "toggle": false}}
  ],
  "vconcat": [
    {
      "name": "pattern", "width": 900, "height": 360,
      "encoding": {
        "x": {"field": "x", "type": "quantitative", "scale": {"nice": false, "zero": false},
              "axis": {"title": null, "labels": false, "ticks": false}},
        "y": {"type": "quantitative", "scale": {"nice": false, "zero": false, "padding": 8}, "axis": {"tickCount": 6}},
        "color": {"type": "nominal", "scale": {"domain": [], "range": []},
                  "legend": {"title": null, "orient": "top", "direction": "horizontal", "offset": 4, "columnPadding": 18,
                             "symbolType": {"expr": "datum.value === 'observed' ? 'circle' : 'stroke'"},
                             "symbolSize": {"expr": "datum.value === 'observed' ? 14 : 200"},
                             "symbolStrokeWidth": 2, "symbolOpacity": 1}}
      },
      "layer": [
        {"name": "observed", "mark": {"type": "circle", "size": {"expr": ""}, "opacity": 0.75, "clip": true},
         "encoding": {"y": {"field": "o"}, "color": {"datum": "observed"}}},
        {"name": "calculated", "mark": {"type": "line", "strokeWidth": 1.3, "strokeJoin": "round", "clip": true},
         "encoding": {"y": {"field": "c"}, "color": {"datum": "calculated"}, "detail": {"field": "s"}}},
        {"name": "pattern_cursor", "data": {"values": [{}]},
         "transform": [{"calculate": "isValid(hover) && isDefined(hover.x) ? hover.x[0] : null", "as": "x"},
                       {"filter": "isValid(datum.x)"}],
         "mark": {"type": "rule", "color": "#8a94a0", "strokeWidth": 1, "clip": true},
         "encoding": {"y": {"value": 0}, "y2": {"value": "height"}, "color": {"value": "#8a94a0"}}},
        {"name": "pattern_values", "mark": {"type": "rect", "opacity": 0, "clip": true},
         "encoding": {"x": {"field": "from"}, "x2": {"field": "to"}, "y": {"value": 0}, "y2": {"value": "height"},
                      "color": {"value": "#8a94a0"}}}
      ]
    },
    {
      "name": "difference_panel", "width": 900, "height": 130,
      "encoding": {
        "x": {"field": "x", "type": "quantitative", "scale": {"nice": false, "zero": false},
              "axis": {"title": "2θ / °"}},
        "y": {"type": "quantitative", "scale": {"nice": false, "zero": true, "padding": 6}, "axis": {"tickCount": 4}}
      },
      "layer": [
        {"name": "zero", "data": {"values": [{}]}, "mark": {"type": "rule", "color": "#8a94a0", "strokeWidth": 1},
         "encoding": {"x": null, "y": {"datum": 0}}},
        {"name": "difference", "mark": {"type": "line", "color": "#0072b2", "strokeWidth": 1.1, "strokeJoin": "round", "clip": true},
         "encoding": {"y": {"field": "d"}, "detail": {"field": "s"}}},
        {"name": "difference_cursor", "data": {"values": [{}]},
         "transform": [{"calculate": "isValid(hover) && isDefined(hover.x) ? hover.x[0] : null", "as": "x"},
                       {"filter": "isValid(datum.x)"}],
         "mark": {"type": "rule", "color": "#8a94a0", "strokeWidth": 1, "clip": true},
         "encoding": {"y": {"value": 0}, "y2": {"value": "height"}}},
        {"name": "difference_values", "mark": {"type": "rect", "opacity": 0, "clip": true},
         "encoding": {"x": {"field": "from"}, "x2": {"field": "to"}, "y": {"value": 0}, "y2": {"value": "height"}}}
      ]
    }
  ],
  "config": {
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "view": {"stroke": "#aab3bd"},
    "mark": {"aria": false},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": 500, "labelColor": "#3a434d", "titleColor": "#1f2933",
             "gridColor": "#e9edf1", "tickColor": "#aab3bd", "domainColor": "#aab3bd", "labelFlush": false},
    "axisY": {"minExtent": 54, "titlePadding": 6, "labelLimit": 110},
    "legend": {"labelFontSize": 12, "labelColor": "#1f2933"}
  },
  "usermeta": {"lamella": {
    "hint": "Scroll to zoom, drag to pan, double-click to see all; hover for values.",
    "zoom": {"signal": "zoom_x", "extent": []},
    "dark": {"#ffffff": "#15181d", "#1f2933": "#dde3ea", "#3a434d": "#b6c0cb", "#e9edf1": "#262c34", "#aab3bd": "#4b5561",
             "#8a94a0": "#7d8894", "#d55e00": "#ff8f45", "#6b7a89": "#8fa0b2", "#0072b2": "#56b4e9", "#7f5fb5": "#b79be6"}
  }}
})json";

inline constexpr std::string_view rietveld_reflections = R"json({
  "name": "reflections", "width": 900, "height": {"step": 20},
  "data": {"values": []},
  "mark": {"type": "tick", "size": 13, "thickness": 1.4, "opacity": 1, "clip": true, "stroke": "transparent", "strokeWidth": 5},
  "encoding": {
    "x": {"field": "x", "type": "quantitative", "scale": {"nice": false, "zero": false},
          "axis": {"title": null, "labels": false, "ticks": false}},
    "y": {"field": "phase", "type": "nominal", "sort": [], "axis": {"title": null, "ticks": false, "domain": false, "labelPadding": 6}},
    "color": {"field": "phase", "type": "nominal", "legend": null, "scale": {"domain": [], "range": []}},
    "tooltip": []
  }
})json";

inline constexpr std::string_view rietveld_excluded = R"json({
  "name": "excluded", "data": {"values": []},
  "mark": {"type": "rect", "color": "#8a94a0", "opacity": 0.16, "clip": true},
  "encoding": {"x": {"field": "from"}, "x2": {"field": "to"}, "y": {"value": 0}, "y2": {"value": "height"},
               "color": {"value": "#8a94a0"},
               "tooltip": [{"field": "from", "type": "quantitative", "title": "excluded from / °", "format": ".2f"},
                           {"field": "to", "type": "quantitative", "title": "to / °", "format": ".2f"}]}
})json";

inline constexpr std::array<std::string_view, 6> phase_colours{"#009e73", "#cc79a7", "#e69f00",
                                                              "#56b4e9", "#7f5fb5", "#a6761d"};

/// Appends the shortest of `x` with `digits` significant digits, locale-free.
inline void append_number(std::string& out, double x, int digits) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::general, digits);
  out.append(buffer.data(), end.ptr);
}

inline std::string expression_number(double x) {
  std::string text;
  append_number(text, x, 12);
  return text;
}

inline void require_plot(const RietveldPlot& plot) {
  const std::size_t n = plot.two_theta.size();
  if (n < 2) fail("Rietveld figure: " + std::to_string(n) + " points, expected two or more");
  const auto check = [n](std::string_view name, std::span<const double> values, bool optional) {
    if (optional && values.empty()) return;
    if (values.size() != n) {
      fail("Rietveld figure: '" + std::string(name) + "' has " + std::to_string(values.size()) +
           " values, expected as many as points: " + std::to_string(n));
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (std::isfinite(values[i])) continue;
      fail("Rietveld figure: '" + std::string(name) + "' is not a finite number at point " + std::to_string(i + 1));
    }
  };
  check("two_theta", plot.two_theta, false);
  check("observed", plot.observed, false);
  check("calculated", plot.calculated, false);
  check("background", plot.background, true);
  check("sigma", plot.sigma, true);
  for (std::size_t i = 1; i < n; ++i) {
    if (plot.two_theta[i] > plot.two_theta[i - 1]) continue;
    fail("Rietveld figure: 'two_theta' does not increase at point " + std::to_string(i + 1));
  }
  for (std::size_t i = 0; i < plot.sigma.size(); ++i) {
    if (plot.sigma[i] > 0) continue;
    fail("Rietveld figure: 'sigma' is not positive at point " + std::to_string(i + 1));
  }
  for (std::size_t i = 0; i < plot.phases.size(); ++i) {
    const PhaseTicks& phase = plot.phases[i];
    for (std::size_t j = 0; j < i; ++j) {
      if (plot.phases[j].phase == phase.phase) fail("Rietveld figure: two phases have the name '" + phase.phase + "'");
    }
    for (const ReflectionTick& tick : phase.reflections) {
      if (std::isfinite(tick.two_theta) && std::isfinite(tick.d_spacing)) continue;
      fail("Rietveld figure: a position or d of phase '" + phase.phase + "' is not a finite number");
    }
  }
  for (const ExcludedRange& range : plot.excluded) {
    if (std::isfinite(range.from) && std::isfinite(range.to) && range.from < range.to) continue;
    fail("Rietveld figure: an excluded range must be two finite numbers, the lower one first");
  }
}

inline double median_step(std::span<const double> x) {
  std::vector<double> steps(x.size() - 1);
  for (std::size_t i = 1; i < x.size(); ++i) steps[i - 1] = x[i] - x[i - 1];
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

/// The points outside the excluded ranges as lines "x,o,c[,b],d[,w],s": 2θ, observed, calculated, background,
/// difference, difference over its esd, number of the uninterrupted stretch.
inline std::string rietveld_rows(const RietveldPlot& plot) {
  const std::span<const double> x = plot.two_theta;
  const auto is_excluded = [&plot](double position) {
    return std::any_of(plot.excluded.begin(), plot.excluded.end(), [position](const ExcludedRange& range) {
      return position >= range.from && position <= range.to;
    });
  };
  // A stretch ends where points were excluded or where a step is much longer than both of its neighbours.
  const auto is_gap = [x](std::size_t i) {
    const double before = i >= 2 ? x[i - 1] - x[i - 2] : 0;
    const double after = i + 1 < x.size() ? x[i + 1] - x[i] : 0;
    const double usual = std::max(before, after);
    return usual > 0 && x[i] - x[i - 1] > 3 * usual;
  };
  const auto crosses_exclusion = [&plot](double left, double right) {
    return std::any_of(plot.excluded.begin(), plot.excluded.end(),
                       [=](const ExcludedRange& range) { return left < range.from && range.to < right; });
  };

  std::string out = plot.background.empty() ? "x,o,c,d" : "x,o,c,b,d";
  out += plot.sigma.empty() ? ",s" : ",w,s";
  out.reserve(x.size() * 48);
  std::size_t stretch = 0;
  bool open = false;
  bool any = false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (is_excluded(x[i])) {
      open = false;
      continue;
    }
    if (open && (is_gap(i) || crosses_exclusion(x[i - 1], x[i]))) open = false;
    if (!open && any) ++stretch;
    open = any = true;
    const double difference = plot.observed[i] - plot.calculated[i];
    out += '\n';
    append_number(out, x[i], 8);
    out += ',';
    append_number(out, plot.observed[i], 7);
    out += ',';
    append_number(out, plot.calculated[i], 6);
    if (!plot.background.empty()) {
      out += ',';
      append_number(out, plot.background[i], 5);
    }
    out += ',';
    append_number(out, difference, 4);
    if (!plot.sigma.empty()) {
      out += ',';
      append_number(out, difference / plot.sigma[i], 3);
    }
    out += ',' + std::to_string(stretch);
  }
  if (!any) fail("Rietveld figure: the excluded ranges leave no point");
  return out;
}

}  // namespace detail

/// The plot as a Vega-Lite 5 specification: the pattern, a row of ticks per phase and, below, the difference
/// observed − calculated (divided by sigma where that is given) with its zero line. Complete by itself: it can
/// be saved as JSON and opened in any Vega-Lite viewer; `HtmlPage::figure` puts it into a report.
/// Ranges without points are gaps in every line, and shaded where they were excluded.
/// Throws on fewer than two points, on spans of different lengths, on numbers that are not finite, on angles
/// that do not increase, on a sigma that is not positive, on two phases of one name.
inline nlohmann::json rietveld_figure(const RietveldPlot& plot) {
  using nlohmann::json;
  detail::require_plot(plot);
  const double first = plot.two_theta.front();
  const double last = plot.two_theta.back();
  const double step = detail::median_step(plot.two_theta);
  const bool with_background = !plot.background.empty();
  const bool with_sigma = !plot.sigma.empty();
  const std::string& unit = plot.intensity_unit;
  const json domain = {first, last};

  json spec = json::parse(detail::rietveld_specification);
  json& data = spec["data"];
  data["values"] = detail::rietveld_rows(plot);
  for (const char* column : {"x", "o", "c", "b", "d", "w", "s"}) {
    const bool present = (*column != 'b' || with_background) && (*column != 'w' || with_sigma);
    if (present) data["format"]["parse"][column] = "number";
  }

  const std::string reach = detail::expression_number(step);
  spec["transform"][1]["calculate"] =
      "isValid(datum.left) ? max((datum.left + datum.x) / 2, datum.x - " + reach + ") : datum.x - " + reach + " / 2";
  spec["transform"][2]["calculate"] =
      "isValid(datum.right) ? min((datum.right + datum.x) / 2, datum.x + " + reach + ") : datum.x + " + reach + " / 2";
  const std::string margin = detail::expression_number(4 * step);
  spec["transform"][3]["filter"] = "!isValid(zoom) || !isValid(zoom.x) || (datum.x >= zoom.x[0] - " + margin +
                                   " && datum.x <= zoom.x[1] + " + margin + ")";

  // The tooltip is evaluated for every tile whenever the view changes: the numbers as they are, no formatting.
  std::string tooltip = "{'2θ / °': datum.x, observed: datum.o, calculated: datum.c";
  if (with_background) tooltip += ", background: datum.b";
  tooltip += ", difference: datum.d";
  if (with_sigma) tooltip += ", 'difference / σ': datum.w";
  tooltip += "}";

  json& pattern = spec["vconcat"][0];
  json& difference = spec["vconcat"][1];
  for (json* panel : {&pattern, &difference}) {
    (*panel)["encoding"]["x"]["scale"]["domain"] = domain;
    (*panel)["layer"].back()["encoding"]["tooltip"]["value"]["expr"] = tooltip;
  }
  // The dots grow as fewer of them are in view.
  pattern["layer"][0]["mark"]["size"]["expr"] = "isValid(zoom) && isValid(zoom.x) ? clamp(7 * pow(" +
                                                detail::expression_number(last - first) +
                                                " / (zoom.x[1] - zoom.x[0]), 0.45), 7, 32) : 7";
  json& intensity = pattern["encoding"]["y"];
  intensity["title"] = "Intensity" + (unit.empty() ? std::string() : " / " + unit);
  if (plot.scale == IntensityScale::square_root) {
    intensity["scale"]["type"] = "sqrt";
    intensity["axis"]["tickCount"] = 10;
    intensity["title"] = intensity["title"].get<std::string>() + "  (square-root scale)";
  }
  difference["layer"][1]["encoding"]["y"]["field"] = with_sigma ? "w" : "d";
  difference["encoding"]["y"]["title"] =
      with_sigma ? "(obs − calc) / σ" : "Obs − calc" + (unit.empty() ? std::string() : " / " + unit);

  json& series = pattern["encoding"]["color"]["scale"];
  series["domain"] = {"observed", "calculated"};
  series["range"] = {"#1f2933", "#d55e00"};
  if (with_background) {
    series["domain"].push_back("background");
    series["range"].push_back("#6b7a89");
    const json line = {{"name", "background"},
                       {"mark", {{"type", "line"}, {"strokeWidth", 1.2}, {"clip", true}}},
                       {"encoding",
                        {{"y", {{"field", "b"}}}, {"color", {{"datum", "background"}}}, {"detail", {{"field", "s"}}}}}};
    pattern["layer"].insert(pattern["layer"].begin() + 1, line);
  }
  if (!plot.excluded.empty()) {
    json band = json::parse(detail::rietveld_excluded);
    for (const ExcludedRange& range : plot.excluded) {
      const double from = std::max(range.from, first);
      const double to = std::min(range.to, last);
      if (from < to) band["data"]["values"].push_back({{"from", from}, {"to", to}});
    }
    pattern["layer"].insert(pattern["layer"].begin(), band);
    band["name"] = "difference_excluded";
    difference["layer"].insert(difference["layer"].begin(), band);
  }

  std::size_t ticks = 0;
  if (!plot.phases.empty()) {
    json panel = json::parse(detail::rietveld_reflections);
    panel["encoding"]["x"]["scale"]["domain"] = domain;
    json& colours = panel["encoding"]["color"]["scale"];
    bool with_d = false;
    for (std::size_t i = 0; i < plot.phases.size(); ++i) {
      const PhaseTicks& phase = plot.phases[i];
      panel["encoding"]["y"]["sort"].push_back(phase.phase);
      colours["domain"].push_back(phase.phase);
      colours["range"].push_back(detail::phase_colours[i % detail::phase_colours.size()]);
      for (const ReflectionTick& tick : phase.reflections) {
        if (tick.two_theta < first || tick.two_theta > last) continue;
        json row = {{"x", tick.two_theta}, {"phase", phase.phase}, {"hkl", tick.hkl}};
        if (tick.d_spacing > 0) {
          row["d"] = tick.d_spacing;
          with_d = true;
        }
        panel["data"]["values"].push_back(std::move(row));
        ++ticks;
      }
    }
    panel["encoding"]["y"]["scale"]["domain"] = colours["domain"];
    json& lines = panel["encoding"]["tooltip"];
    lines = json::array({{{"field", "phase"}, {"type", "nominal"}, {"title", "phase"}},
                         {{"field", "hkl"}, {"type", "nominal"}, {"title", "hkl"}},
                         {{"field", "x"}, {"type", "quantitative"}, {"title", "2θ / °"}, {"format", ".4f"}}});
    if (with_d) lines.push_back({{"field", "d"}, {"type", "quantitative"}, {"title", "d / Å"}, {"format", ".4f"}});
    spec["vconcat"].insert(spec["vconcat"].begin() + 1, std::move(panel));
  } else {
    spec["params"][0]["views"] = {"observed", "difference"};
  }

  spec["usermeta"]["lamella"]["zoom"]["extent"] = domain;
  spec["description"] = "Rietveld plot: observed and calculated intensity, " +
                        std::string(with_background ? "background, " : "") + "difference and " +
                        std::to_string(ticks) + " reflections against 2θ from " + detail::expression_number(first) +
                        " to " + detail::expression_number(last) + " degrees";
  return spec;
}

}  // namespace lamella
