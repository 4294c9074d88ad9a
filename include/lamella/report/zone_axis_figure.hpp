// A zone-axis pattern as one sees it: spots with their indices and rings of equal d, as a Vega-Lite specification.
#pragma once

#include <lamella/core/constants.hpp>           // degree
#include <lamella/core/error.hpp>               // fail
#include <lamella/core/measured.hpp>            // detail::fixed
#include <lamella/crystal/coordinates.hpp>      // Miller
#include <lamella/diffraction/zone_axis.hpp>    // ZonePattern

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

// The rings are drawn from one row per degree step; spots and labels are small tables. A white copy below each text keeps it
// readable across lines.
inline constexpr std::string_view zone_axis_specification = R"json({
  "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
  "background": "#ffffff",
  "padding": {"left": 4, "top": 4, "right": 12, "bottom": 4},
  "name": "pattern", "width": 600, "height": 600,
  "encoding": {
    "x": {"field": "x", "type": "quantitative", "scale": {"nice": false, "zero": false}, "axis": {"title": "", "grid": false}},
    "y": {"field": "y", "type": "quantitative", "scale": {"nice": false, "zero": false}, "axis": {"title": "Å⁻¹", "grid": false}}
  },
  "layer": [
    {"name": "rings",
     "params": [{"name": "zoom", "bind": "scales", "select": {"type": "interval"}}],
     "data": {"sequence": {"start": 0, "stop": 363, "step": 3, "as": "turn"}},
     "transform": [{"calculate": "", "as": "radius"}, {"flatten": ["radius"]},
                   {"calculate": "datum.radius * cos(datum.turn * PI / 180)", "as": "x"},
                   {"calculate": "datum.radius * sin(datum.turn * PI / 180)", "as": "y"}],
     "mark": {"type": "line", "color": "#aab3bd", "strokeWidth": 1, "strokeDash": [4, 3], "clip": true},
     "encoding": {"detail": {"field": "radius"}, "order": {"field": "turn"}}},
    {"name": "direct_beam", "data": {"values": [{"x": 0, "y": 0}]},
     "mark": {"type": "point", "shape": "cross", "size": 130, "color": "#d55e00", "filled": true, "opacity": 1}},
    {"name": "spots", "data": {"values": []},
     "mark": {"type": "circle", "color": "#1f2933", "opacity": 1, "clip": true},
     "encoding": {"size": {"field": "intensity", "type": "quantitative", "legend": null,
                           "scale": {"type": "sqrt", "domain": [0, 100], "range": [6, 420]}},
                  "tooltip": [{"field": "hkl", "type": "nominal", "title": "hkl"},
                              {"field": "d", "type": "quantitative", "title": "d / Å", "format": ".4f"},
                              {"field": "radius", "type": "quantitative", "title": "1/d / Å⁻¹", "format": ".4f"},
                              {"field": "angle", "type": "quantitative", "title": "angle to reference / °", "format": ".2f"},
                              {"field": "f", "type": "quantitative", "title": "|F| / Å", "format": ".3f"},
                              {"field": "intensity", "type": "quantitative", "title": "intensity", "format": ".3~g"}]}}
  ],
  "config": {
    "font": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "view": {"stroke": "#aab3bd"},
    "mark": {"aria": false},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": 500, "labelColor": "#3a434d", "titleColor": "#1f2933",
             "tickColor": "#aab3bd", "domainColor": "#aab3bd"}
  },
  "usermeta": {"lamella": {
    "hint": "Scroll to zoom, drag to pan, double-click to see all; hover for values.",
    "dark": {"#ffffff": "#15181d", "#1f2933": "#dde3ea", "#3a434d": "#b6c0cb", "#aab3bd": "#4b5561", "#d55e00": "#ff8f45",
             "#0072b2": "#56b4e9"}
  }}
})json";

/// Indices as crystallographers write them, with bars above negative ones: "1 1̅ 0".
inline std::string barred(const Miller& hkl) {
  std::string text;
  for (const int i : {hkl.h, hkl.k, hkl.l}) {
    if (!text.empty()) text += ' ';
    for (const char digit : std::to_string(std::abs(i))) {
      text += digit;
      if (i < 0) text += "\u0305";  // combining overline
    }
  }
  return text;
}

/// A layer of texts above its white outline.
inline void add_labels(nlohmann::json& layers, std::string_view name, nlohmann::json values, std::string_view colour, int size, int above) {
  for (const bool outline : {true, false}) {
    nlohmann::json mark = {{"type", "text"}, {"fontSize", size}, {"dy", -above}, {"clip", true},
                           {"color", outline ? "#ffffff" : std::string(colour)}};
    if (outline) mark.update({{"stroke", "#ffffff"}, {"strokeWidth", 4}, {"strokeJoin", "round"}});
    layers.push_back({{"name", std::string(name) + (outline ? "_outline" : "")},
                      {"data", {{"values", values}}},
                      {"mark", std::move(mark)},
                      {"encoding", {{"text", {{"field", "label"}, {"type", "nominal"}}}}}});
  }
}

}  // namespace detail

/// The pattern as a Vega-Lite 5 specification: spots whose area grows with the square root of the intensity, their indices (of the
/// forty strongest, where there are more), and rings of equal d with their d (the eight largest). The same scale on both axes, in Å⁻¹;
/// the reference points to the right and the zone axis to the viewer. `HtmlPage::figure` puts it into a report.
/// Throws on a pattern without spots and on numbers that are not finite.
inline nlohmann::json zone_axis_figure(const ZonePattern& pattern) {
  using nlohmann::json;
  constexpr std::size_t most_labels = 40, most_rings = 8;
  if (pattern.spots.empty()) fail("zone-axis figure: the pattern " + to_string(pattern.settings.zone) + " has no spots");
  for (const ZoneSpot& spot : pattern.spots)
    if (!(std::isfinite(spot.x) && std::isfinite(spot.y) && std::isfinite(spot.intensity) && spot.squared_f >= 0 && spot.d > 0))
      fail("zone-axis figure: a spot has a place or intensity that is not a finite number");

  json spec = json::parse(detail::zone_axis_specification);
  double reach = 0;
  for (const ZoneSpot& spot : pattern.spots) reach = std::max(reach, 1 / spot.d);
  const json domain = {-1.12 * reach, 1.12 * reach};
  spec["encoding"]["x"]["scale"]["domain"] = domain;
  spec["encoding"]["y"]["scale"]["domain"] = domain;

  std::vector<double> by_intensity;
  for (const ZoneSpot& spot : pattern.spots) by_intensity.push_back(spot.intensity);
  std::sort(by_intensity.rbegin(), by_intensity.rend());
  // A set of equivalent spots is labelled as a whole or not at all.
  const double weakest_labelled = by_intensity[std::min(most_labels, by_intensity.size()) - 1] * (1 - 1e-9);

  json spots = json::array(), labels = json::array();
  std::vector<double> rings;
  for (const ZoneSpot& spot : pattern.spots) {
    const std::string hkl = detail::barred(spot.hkl);
    spots.push_back({{"x", spot.x}, {"y", spot.y}, {"hkl", hkl}, {"d", spot.d}, {"radius", 1 / spot.d},
                     {"angle", spot.angle}, {"f", std::sqrt(spot.squared_f)}, {"intensity", spot.intensity}});
    if (spot.intensity >= weakest_labelled) labels.push_back({{"x", spot.x}, {"y", spot.y}, {"label", hkl}});
    if (rings.empty() || 1 / spot.d > rings.back() * (1 + 1e-6)) rings.push_back(1 / spot.d);
  }
  if (rings.size() > most_rings) rings.resize(most_rings);
  // Each ring's label stands where it keeps farthest away from spots, their indices above them, and labels before it.
  std::vector<std::pair<double, double>> taken;
  for (const ZoneSpot& spot : pattern.spots) {
    taken.emplace_back(spot.x, spot.y);
    taken.emplace_back(spot.x, spot.y + 0.06 * reach);
  }
  json ring_labels = json::array();
  std::string radii = "[";
  for (const double radius : rings) {
    std::pair<double, double> best{radius, 0};
    double most_room = -1;
    for (int angle = 270; angle < 630; angle += 2) {
      const double x = radius * std::cos(angle * degree), y = radius * std::sin(angle * degree);
      double room = reach;
      for (const auto& [other_x, other_y] : taken) room = std::min(room, std::hypot((x - other_x) / 2, y - other_y));  // a wide text
      if (room <= most_room * (1 + 1e-9)) continue;
      most_room = room;
      best = {x, y};
    }
    taken.push_back(best);
    ring_labels.push_back({{"x", best.first}, {"y", best.second}, {"label", detail::fixed(1 / radius, 3) + " Å"}});
    radii += (radii.size() > 1 ? ", " : "") + detail::fixed(radius, 9);
  }
  json& layers = spec["layer"];
  layers[0]["transform"][0]["calculate"] = radii + "]";
  layers[2]["data"]["values"] = std::move(spots);
  detail::add_labels(layers, "ring_labels", std::move(ring_labels), "#0072b2", 11, 0);
  detail::add_labels(layers, "indices", std::move(labels), "#1f2933", 12, 17);

  spec["encoding"]["x"]["axis"]["title"] = "Å⁻¹, zone axis " + to_string(pattern.settings.zone) + " to the viewer";
  spec["description"] = "Kinematic electron diffraction pattern, zone axis " + to_string(pattern.settings.zone) + ": " +
                        std::to_string(pattern.spots.size()) + " spots on circles about the direct beam";
  return spec;
}

}  // namespace lamella::inline LAMELLA_ABI
