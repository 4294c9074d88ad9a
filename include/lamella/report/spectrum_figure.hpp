// A fitted spectrum as a Vega-Lite specification: data, background, components, envelope and residual.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One component of a fitted spectrum.
struct SpectrumCurve {
  std::string name;
  std::span<const double> values = {};  ///< above the background, one per point
};

/// What the figure of a spectrum shows. The spans have one value per point, in the order of increasing binding energy, and must live
/// until `spectrum_figure` returns.
struct SpectrumPlot {
  std::span<const double> energy = {};      ///< binding energy, eV
  std::span<const double> observed = {};    ///< in `intensity_unit`
  std::span<const double> calculated = {};  ///< the envelope: background and components
  std::span<const double> background = {};
  std::span<const double> sigma = {};       ///< esd of `observed`; where given, the residual is shown divided by it
  std::vector<SpectrumCurve> components = {};
  std::string intensity_unit = "counts";
};

namespace detail {

inline void require_plot(const SpectrumPlot& plot) {
  const std::size_t n = plot.energy.size();
  if (n < 2) fail("figure of a spectrum: " + std::to_string(n) + " points, expected two or more");
  const auto check = [n](std::string_view name, std::span<const double> values, bool optional) {
    if (optional && values.empty()) return;
    if (values.size() != n)
      fail("figure of a spectrum: '" + std::string(name) + "' has " + std::to_string(values.size()) + " values, expected as many as points: " + std::to_string(n));
    for (std::size_t i = 0; i < n; ++i)
      if (!std::isfinite(values[i])) fail("figure of a spectrum: '" + std::string(name) + "' is not a finite number at point " + std::to_string(i + 1));
  };
  check("energy", plot.energy, false);
  check("observed", plot.observed, false);
  check("calculated", plot.calculated, false);
  check("background", plot.background, false);
  check("sigma", plot.sigma, true);
  for (const double s : plot.sigma)
    if (!(s > 0)) fail("figure of a spectrum: 'sigma' is not positive");
  for (std::size_t k = 0; k < plot.components.size(); ++k) {
    check(plot.components[k].name, plot.components[k].values, false);
    for (std::size_t j = 0; j < k; ++j)
      if (plot.components[j].name == plot.components[k].name) fail("figure of a spectrum: two components have the name '" + plot.components[k].name + "'");
  }
}

/// For distinct components, in this order.
inline constexpr std::array<std::string_view, 7> component_colours{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#7f5fb5", "#a6761d"};

}  // namespace detail

/// The figure as a Vega-Lite 5 specification: above, the data as dots, the background, each component filled down to it, and the envelope;
/// below, observed − calculated (over sigma where that is given). Binding energy rises to the left, as the field draws it.
/// Throws on fewer than two points, spans of different lengths, numbers that are not finite and components of one name.
inline nlohmann::json spectrum_figure(const SpectrumPlot& plot) {
  using nlohmann::json;
  detail::require_plot(plot);
  json points = json::array(), curves = json::array();
  const bool weighted = !plot.sigma.empty();
  for (std::size_t i = 0; i < plot.energy.size(); ++i) {
    const double difference = plot.observed[i] - plot.calculated[i];
    points.push_back({{"x", plot.energy[i]}, {"o", plot.observed[i]}, {"c", plot.calculated[i]}, {"b", plot.background[i]},
                      {"d", weighted ? difference / plot.sigma[i] : difference}});
  }
  json names = json::array({"observed", "envelope", "background"}), colours = json::array({"#1f2933", "#d55e00", "#6b7a89"});
  for (std::size_t k = 0; k < plot.components.size(); ++k) {
    names.push_back(plot.components[k].name);
    colours.push_back(detail::component_colours[k % detail::component_colours.size()]);
    for (std::size_t i = 0; i < plot.energy.size(); ++i)
      curves.push_back({{"x", plot.energy[i]}, {"y", plot.background[i] + plot.components[k].values[i]}, {"b", plot.background[i]}, {"name", plot.components[k].name}});
  }
  const auto axis_x = [&](json axis) {
    return json{{"field", "x"}, {"type", "quantitative"}, {"axis", std::move(axis)},
                {"scale", {{"reverse", true}, {"nice", false}, {"zero", false}, {"domain", {plot.energy.front(), plot.energy.back()}}}}};
  };
  const auto axis_y = [](const char* field, json axis, bool zero) {
    return json{{"field", field}, {"type", "quantitative"}, {"axis", std::move(axis)}, {"scale", {{"nice", false}, {"zero", zero}, {"padding", 8}}}};
  };
  const std::string unit = plot.intensity_unit.empty() ? "" : " / " + plot.intensity_unit;
  const json intensity{{"title", "Intensity" + unit}, {"tickCount", 6}};
  const auto quantity = [](const char* field, const char* title, const char* format) {
    return json{{"field", field}, {"type", "quantitative"}, {"title", title}, {"format", format}};
  };
  const json colour{{"type", "nominal"}, {"scale", {{"domain", names}, {"range", colours}}},
                    {"legend", {{"title", nullptr}, {"orient", "top"}, {"direction", "horizontal"}, {"columns", 6}, {"columnPadding", 18}, {"labelLimit", 220},
                                {"symbolType", "stroke"}, {"symbolStrokeWidth", 3}, {"symbolSize", 200}, {"symbolOpacity", 1}}}};
  const auto coloured = [&](const char* name) { return json{{"datum", name}}; };
  const auto line = [&](const char* name, const char* field, const char* of, double width) {
    return json{{"name", name}, {"mark", {{"type", "line"}, {"strokeWidth", width}, {"strokeJoin", "round"}}},
                {"encoding", {{"y", axis_y(field, intensity, false)}, {"color", coloured(of)}}}};
  };

  json layers = json::array();
  if (!plot.components.empty()) {
    // Each area lies on the background of its own points.
    layers.push_back({{"name", "component_areas"}, {"data", {{"values", curves}}}, {"mark", {{"type", "area"}, {"opacity", 0.18}}},
                      {"encoding", {{"y", axis_y("y", intensity, false)}, {"y2", {{"field", "b"}}}, {"color", {{"field", "name"}, {"sort", nullptr}}}}}});
    layers.push_back({{"name", "components"}, {"data", {{"values", curves}}}, {"mark", {{"type", "line"}, {"strokeWidth", 1.4}}},
                      {"encoding", {{"y", axis_y("y", intensity, false)}, {"color", {{"field", "name"}, {"sort", nullptr}}}}}});
  }
  layers.push_back(line("background", "b", "background", 1.2));
  layers.push_back({{"name", "observed"}, {"mark", {{"type", "circle"}, {"size", 14}, {"opacity", 0.8}}},
                    {"encoding", {{"y", axis_y("o", intensity, false)}, {"color", coloured("observed")},
                                  {"tooltip", json::array({quantity("x", "binding energy / eV", ".2f"), quantity("o", "observed", ".6g"), quantity("c", "envelope", ".6g"),
                                                           quantity("b", "background", ".6g"), quantity("d", weighted ? "(obs − calc)/σ" : "obs − calc", ".3g")})}}}});
  layers.push_back(line("envelope", "c", "envelope", 1.4));

  const json residual_axis{{"title", weighted ? std::string("(obs − calc) / σ") : "Obs − calc" + unit}, {"tickCount", 4}};
  json residual{{"name", "residual"}, {"width", 900}, {"height", 120}, {"encoding", {{"x", axis_x({{"title", "Binding energy / eV"}})}}},
                {"layer", json::array({json{{"name", "zero"}, {"data", {{"values", json::array({json::object()})}}}, {"mark", {{"type", "rule"}, {"color", "#8a94a0"}}},
                                            {"encoding", {{"x", nullptr}, {"y", {{"datum", 0}, {"type", "quantitative"}}}}}},
                                       json{{"name", "difference"}, {"mark", {{"type", "line"}, {"color", "#0072b2"}, {"strokeWidth", 1.1}}},
                                            {"encoding", {{"y", axis_y("d", residual_axis, true)}}}}})}};
  json spectrum{{"name", "spectrum"}, {"width", 900}, {"height", 360},
                {"encoding", {{"x", axis_x({{"title", nullptr}, {"labels", false}, {"ticks", false}})}, {"color", colour}}}, {"layer", std::move(layers)}};
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"description", "A photoelectron spectrum with " + std::to_string(plot.components.size()) + " components"},
          {"background", "#ffffff"},
          {"padding", {{"left", 4}, {"top", 4}, {"right", 12}, {"bottom", 4}}},
          {"spacing", 6},
          {"data", {{"values", points}}},
          {"vconcat", json::array({std::move(spectrum), std::move(residual)})},
          {"config",
           {{"font", "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"},
            {"view", {{"stroke", "#aab3bd"}}},
            {"axis", {{"labelFontSize", 11}, {"titleFontSize", 12}, {"titleFontWeight", 500}, {"labelColor", "#3a434d"}, {"titleColor", "#1f2933"}, {"gridColor", "#e9edf1"},
                      {"tickColor", "#aab3bd"}, {"domainColor", "#aab3bd"}}},
            {"axisY", {{"minExtent", 54}, {"titlePadding", 6}}},
            {"legend", {{"labelFontSize", 12}, {"labelColor", "#1f2933"}}}}},
          {"usermeta",
           {{"lamella",
             {{"dark", {{"#ffffff", "#15181d"}, {"#1f2933", "#dde3ea"}, {"#3a434d", "#b6c0cb"}, {"#e9edf1", "#262c34"}, {"#aab3bd", "#4b5561"}, {"#8a94a0", "#7d8894"},
                        {"#d55e00", "#ff8f45"}, {"#6b7a89", "#8fa0b2"}, {"#0072b2", "#56b4e9"}, {"#56b4e9", "#a6d8f5"}, {"#7f5fb5", "#b79be6"}, {"#a6761d", "#d0a050"}}}}}}}};
}

}  // namespace lamella::inline LAMELLA_ABI
