// Figures of cycling as Vega-Lite specifications: charge curves, dQ/dV, and capacity, efficiency and voltage against the cycle.
#pragma once

#include <lamella/core/error.hpp>                              // fail
#include <lamella/electrochemistry/capacity_peaks.hpp>         // CapacityPeak
#include <lamella/electrochemistry/cycle_summary.hpp>          // Cycle
#include <lamella/electrochemistry/differential_capacity.hpp>  // DifferentialCapacity
#include <lamella/electrochemistry/half_cycles.hpp>            // ChargeCurve
#include <lamella/report/rietveld_figure.hpp>                  // detail::append_number

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The unit in which a figure shows charges.
struct CapacityScale {
  double per_mAh = 1;        ///< shown per mAh: 1, or 1000 over the mass in mg for mAh/g
  std::string unit = "mAh";  ///< "mAh" or "mAh/g"
};

/// A half cycle in a figure of charge curves.
struct ShownCurve {
  std::size_t cycle = 0;  ///< its number as the reader counts
  ChargeCurve curve;
};

/// A half cycle in a figure of dQ/dV.
struct ShownDifferential {
  std::size_t cycle = 0;
  DifferentialCapacity curve;
  std::vector<CapacityPeak> peaks{};
};

namespace detail {

inline constexpr std::size_t most_points_of_a_curve = 800;

/// Head of a figure whose data are lines of CSV.
inline nlohmann::json csv_figure(std::string description, std::string rows, nlohmann::json parse, double height) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"description", std::move(description)},
          {"width", "container"},
          {"height", height},
          {"data", {{"values", std::move(rows)}, {"format", {{"type", "csv"}, {"parse", std::move(parse)}}}}}};
}

inline nlohmann::json quantity_axis(const char* field, const std::string& title) {
  return {{"field", field}, {"type", "quantitative"}, {"title", title}, {"scale", {{"zero", false}, {"nice", true}}}};
}

/// Colours by number of the cycle, the same in all figures of a page.
inline nlohmann::json cycle_colour(const std::vector<std::size_t>& cycles) {
  // Okabe & Ito's colours, which the colour-blind tell apart too.
  constexpr std::array<std::string_view, 6> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};
  nlohmann::json domain = nlohmann::json::array(), range = nlohmann::json::array();
  for (const std::size_t cycle : cycles) {
    if (std::find(domain.begin(), domain.end(), nlohmann::json(cycle)) != domain.end()) continue;
    range.push_back(colours[domain.size() % colours.size()]);
    domain.push_back(cycle);
  }
  return {{"field", "cycle"}, {"type", "nominal"}, {"title", "cycle"}, {"scale", {{"domain", std::move(domain)}, {"range", std::move(range)}}}};
}

inline std::string_view name_of(CurrentDirection direction) { return direction == CurrentDirection::charge ? "charge" : "discharge"; }

}  // namespace detail

/// Voltage against charge, each half cycle from 0; at most 800 points of each. Throws Error where there are no curves.
inline nlohmann::json charge_curve_figure(const std::vector<ShownCurve>& curves, const CapacityScale& scale = {}) {
  using nlohmann::json;
  std::string rows = "q,v,cycle,half";
  std::vector<std::size_t> shown;
  for (const ShownCurve& c : curves) {
    shown.push_back(c.cycle);
    const std::size_t n = c.curve.charge.size(), stride = n / detail::most_points_of_a_curve + 1;
    for (std::size_t i = 0; i < n; i += (i + 1 < n && i + stride >= n ? n - 1 - i : stride)) {
      rows += '\n';
      detail::append_number(rows, c.curve.charge[i] * scale.per_mAh, 6);
      rows += ',';
      detail::append_number(rows, c.curve.voltage[i], 6);
      rows.append(",").append(std::to_string(c.cycle)).append(",").append(detail::name_of(c.curve.direction));
    }
  }
  if (curves.empty() || rows.find('\n') == std::string::npos) fail("figure of charge curves: no points, expected a half cycle with records");
  json spec = detail::csv_figure("Voltage against charge of " + std::to_string(curves.size()) + " half cycles", std::move(rows),
                                 {{"q", "number"}, {"v", "number"}, {"cycle", "number"}, {"half", "string"}}, 380);
  spec["name"] = "curves";
  spec["mark"] = {{"type", "line"}, {"strokeWidth", 1.6}, {"clip", true}};
  spec["encoding"] = {{"x", detail::quantity_axis("q", "charge passed in the half cycle / " + scale.unit)},
                      {"y", detail::quantity_axis("v", "voltage / V")},
                      {"color", detail::cycle_colour(shown)},
                      {"detail", {{"field", "half"}}},
                      {"order", {{"field", "q"}}},
                      {"tooltip", {{{"field", "cycle"}, {"type", "nominal"}},
                                   {{"field", "half"}, {"type", "nominal"}, {"title", "half cycle"}},
                                   {{"field", "q"}, {"type", "quantitative"}, {"title", "charge / " + scale.unit}, {"format", ".4~g"}},
                                   {{"field", "v"}, {"type", "quantitative"}, {"title", "voltage / V"}, {"format", ".4f"}}}}};
  return spec;
}

/// dQ/dV against voltage, discharges below zero, with a mark at each peak. Throws Error where there are no curves.
inline nlohmann::json differential_capacity_figure(const std::vector<ShownDifferential>& curves, const CapacityScale& scale = {}) {
  using nlohmann::json;
  std::string rows = "v,y,cycle,half,text";
  std::vector<std::size_t> shown;
  const auto add = [&](double voltage, double value, const ShownDifferential& c, const std::string& text) {
    rows += '\n';
    detail::append_number(rows, voltage, 6);
    rows += ',';
    detail::append_number(rows, (c.curve.direction == CurrentDirection::charge ? 1 : -1) * value * scale.per_mAh, 5);
    rows.append(",").append(std::to_string(c.cycle)).append(",").append(detail::name_of(c.curve.direction)).append(",").append(text);
  };
  for (const ShownDifferential& c : curves) {
    shown.push_back(c.cycle);
    const std::size_t n = c.curve.value.size(), stride = n / (3 * detail::most_points_of_a_curve) + 1;
    for (std::size_t i = 0; i < n; i += stride) add(c.curve.voltage[i], c.curve.value[i], c, "");
    for (const CapacityPeak& peak : c.peaks) add(peak.voltage.value, peak.height.value, c, to_string(peak.voltage));
  }
  if (curves.empty() || rows.find('\n') == std::string::npos) fail("figure of dQ/dV: no points, expected a half cycle");
  json spec = detail::csv_figure("dQ/dV of " + std::to_string(curves.size()) + " half cycles", std::move(rows),
                                 {{"v", "number"}, {"y", "number"}, {"cycle", "number"}, {"half", "string"}, {"text", "string"}}, 420);
  const std::string title = std::string("dQ/dV / ") + (scale.unit == "mAh" ? "mAh V⁻¹" : "mAh g⁻¹ V⁻¹");
  spec["encoding"] = {{"x", detail::quantity_axis("v", "voltage / V")},
                      {"y", {{"field", "y"}, {"type", "quantitative"}, {"title", title}}},
                      {"color", detail::cycle_colour(shown)}};
  spec["layer"] = {{{"name", "differential"},
                    {"transform", {{{"filter", "!datum.text"}}}},
                    {"mark", {{"type", "line"}, {"strokeWidth", 1.4}, {"clip", true}}},
                    {"encoding", {{"detail", {{"field", "half"}}}, {"order", {{"field", "v"}}}}}},
                   {{"name", "peaks"},
                    {"transform", {{{"filter", "datum.text"}}}},
                    {"mark", {{"type", "point"}, {"size", 46}, {"filled", true}, {"opacity", 0.9}}},
                    {"encoding", {{"tooltip", {{{"field", "cycle"}, {"type", "nominal"}},
                                               {{"field", "half"}, {"type", "nominal"}, {"title", "half cycle"}},
                                               {{"field", "text"}, {"type", "nominal"}, {"title", "peak / V"}},
                                               {{"field", "y"}, {"type", "quantitative"}, {"title", title}, {"format", ".4~g"}}}}}}}};
  return spec;
}

/// Capacities, coulombic efficiency and mean voltages against the cycle, in three panels. `numbers`: of the cycles, as the reader
/// counts. Throws Error where there are no cycles or not as many numbers.
inline nlohmann::json cycle_figure(const std::vector<Cycle>& all, const std::vector<std::size_t>& numbers, const CapacityScale& scale = {}) {
  using nlohmann::json;
  if (all.empty() || numbers.size() != all.size())
    fail("figure of cycles: " + std::to_string(numbers.size()) + " numbers of " + std::to_string(all.size()) + " cycles, expected one of each");
  std::string capacities = "cycle,half,q,v,i", efficiencies = "cycle,e";
  bool any_efficiency = false;
  for (std::size_t k = 0; k < all.size(); ++k) {
    for (const auto& half : {all[k].charge, all[k].discharge}) {
      if (!half) continue;
      capacities.append("\n").append(std::to_string(numbers[k])).append(",").append(detail::name_of(half->direction));
      for (const double x : {half->capacity * scale.per_mAh, half->mean_voltage, half->mean_current}) {
        capacities += ',';
        detail::append_number(capacities, x, 6);
      }
    }
    if (const auto efficiency = all[k].coulombic_efficiency()) {
      any_efficiency = true;
      efficiencies.append("\n").append(std::to_string(numbers[k])).append(",");
      detail::append_number(efficiencies, 100 * *efficiency, 6);
    }
  }
  const auto axis = [](bool labelled) {
    return json{{"field", "cycle"}, {"type", "quantitative"}, {"scale", {{"zero", false}, {"nice", false}, {"padding", 12}}},
                {"axis", {{"title", labelled ? json("cycle") : json(nullptr)}, {"format", "d"}, {"tickMinStep", 1}, {"grid", false}}}};
  };
  const json colour{{"field", "half"}, {"type", "nominal"}, {"title", nullptr}, {"legend", {{"orient", "top"}, {"offset", 4}}}, {"scale", {{"domain", {"charge", "discharge"}}, {"range", {"#d55e00", "#0072b2"}}}}};
  const json tooltip{{{"field", "cycle"}, {"type", "quantitative"}, {"format", "d"}},
                     {{"field", "half"}, {"type", "nominal"}, {"title", "half cycle"}},
                     {{"field", "q"}, {"type", "quantitative"}, {"title", "capacity / " + scale.unit}, {"format", ".5~g"}},
                     {{"field", "v"}, {"type", "quantitative"}, {"title", "mean voltage / V"}, {"format", ".4f"}},
                     {{"field", "i"}, {"type", "quantitative"}, {"title", "mean current / mA"}, {"format", ".4~g"}}};
  const json mark{{"type", "line"}, {"strokeWidth", 1}, {"point", {{"size", 40}, {"filled", true}}}};
  const auto panel = [&](const char* name, const char* field, const std::string& title, bool labelled) {
    return json{{"name", name}, {"width", 820}, {"height", 190}, {"mark", mark},
                {"encoding", {{"x", axis(labelled)}, {"y", detail::quantity_axis(field, title)}, {"color", colour}, {"tooltip", tooltip}}}};
  };
  json spec = detail::csv_figure("Capacity, efficiency and mean voltage of " + std::to_string(all.size()) + " cycles", std::move(capacities),
                                 {{"cycle", "number"}, {"half", "string"}, {"q", "number"}, {"v", "number"}, {"i", "number"}}, 190);
  spec.erase("width");
  spec.erase("height");
  spec["spacing"] = 14;
  spec["resolve"] = {{"scale", {{"x", "shared"}}}};
  json& views = spec["vconcat"] = json::array({panel("capacity", "q", "capacity / " + scale.unit, false)});
  if (any_efficiency)
    views.push_back({{"name", "efficiency"}, {"width", 820}, {"height", 110},
                     {"data", {{"values", std::move(efficiencies)}, {"format", {{"type", "csv"}, {"parse", {{"cycle", "number"}, {"e", "number"}}}}}}},
                     {"mark", {{"type", "line"}, {"strokeWidth", 1}, {"color", "#009e73"}, {"point", {{"size", 40}, {"filled", true}, {"color", "#009e73"}}}}},
                     {"encoding",
                      {{"x", axis(false)}, {"y", detail::quantity_axis("e", "efficiency / %")},
                       {"tooltip", {{{"field", "cycle"}, {"type", "quantitative"}, {"format", "d"}},
                                    {{"field", "e"}, {"type", "quantitative"}, {"title", "coulombic efficiency / %"}, {"format", ".3f"}}}}}}});
  views.push_back(panel("voltage", "v", "mean voltage / V", true));
  return spec;
}

}  // namespace lamella::inline LAMELLA_ABI
