// Diffusion coefficients of a titration by pulses as a Vega-Lite specification.
#pragma once

#include <lamella/core/error.hpp>              // fail
#include <lamella/core/measured.hpp>           // Measured
#include <lamella/electrochemistry/gitt.hpp>   // GittDiffusion

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// D (cm²/s, logarithmic) by both forms against `position`, such as x or volts, under `title`; esds as bars. Points that a flag puts in
/// doubt are hollow. Throws where the lengths differ or nothing can be drawn.
inline nlohmann::json gitt_figure(std::span<const double> position, std::span<const GittDiffusion> diffusion, const std::string& title) {
  using nlohmann::json;
  if (position.size() != diffusion.size())
    fail("figure of diffusion coefficients: " + std::to_string(position.size()) + " positions and " + std::to_string(diffusion.size()) + " coefficients, expected as many");
  json points = json::array();
  const auto add = [&](std::size_t i, const std::optional<Measured>& d, const char* form) {
    if (!d) return;
    if (!std::isfinite(position[i]) || !(d->value > 0) || !std::isfinite(d->esd)) fail("figure of diffusion coefficients: a number that is not finite");
    std::string flags;
    for (const GittFlag flag : diffusion[i].flags) flags += (flags.empty() ? "" : ", ") + std::string(to_string(flag));
    // On a logarithmic axis a bar goes down to a tenth at most.
    points.push_back({{"x", position[i]}, {"D", d->value}, {"low", std::max(d->value - d->esd, 0.1 * d->value)}, {"high", d->value + d->esd}, {"form", form},
                      {"pulse", i + 1}, {"valid", flags.empty() ? "yes" : "in doubt"}, {"flags", flags.empty() ? "none" : flags}});
  };
  for (std::size_t i = 0; i < diffusion.size(); ++i) {
    add(i, diffusion[i].weppner_huggins, "end points");
    add(i, diffusion[i].slope, "slope");
  }
  if (points.empty()) fail("figure of diffusion coefficients: no pulse has one, expected some");
  const json x{{"field", "x"}, {"type", "quantitative"}, {"title", title}, {"scale", {{"zero", false}, {"nice", false}, {"padding", 14}}}};
  const json y{{"field", "D"}, {"type", "quantitative"}, {"title", "D / cm² s⁻¹"}, {"scale", {{"type", "log"}}}, {"axis", {{"format", ".0e"}, {"tickCount", 5}}}};
  const json colour{{"field", "form"}, {"type", "nominal"}, {"title", nullptr}, {"scale", {{"domain", {"end points", "slope"}}}}, {"legend", {{"orient", "top"}}}};
  const json tooltip = json::array({{{"field", "pulse"}, {"type", "quantitative"}, {"title", "pulse"}},
                                    {{"field", "x"}, {"type", "quantitative"}, {"title", title}, {"format", ".4f"}},
                                    {{"field", "D"}, {"type", "quantitative"}, {"title", "D / cm² s⁻¹"}, {"format", ".3e"}},
                                    {{"field", "flags"}, {"type", "nominal"}, {"title", "flags"}}});
  const auto points_of = [&](const char* valid, bool filled) {
    return json{{"transform", json::array({{{"filter", std::string("datum.valid == '") + valid + "'"}}})}, {"mark", {{"type", "point"}, {"size", 55}, {"strokeWidth", 1.6}, {"filled", filled}}},
                {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"tooltip", tooltip}}}};
  };
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"description", "Diffusion coefficients of " + std::to_string(diffusion.size()) + " pulses"},
          {"width", 760},
          {"height", 340},
          {"data", {{"values", std::move(points)}}},
          {"layer",
           {{{"mark", {{"type", "rule"}, {"opacity", 0.6}}}, {"encoding", {{"x", x}, {"y", {{"field", "low"}, {"type", "quantitative"}, {"title", "D / cm² s⁻¹"}}}, {"y2", {{"field", "high"}}}, {"color", colour}}}},
            points_of("yes", true), points_of("in doubt", false)}}};
}

}  // namespace lamella::inline LAMELLA_ABI
