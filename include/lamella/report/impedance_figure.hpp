// Impedance spectra as Vega-Lite specifications: Nyquist, Bode, and what a fit leaves over.
#pragma once

#include <lamella/core/constants.hpp>                       // degree
#include <lamella/core/error.hpp>                           // fail
#include <lamella/electrochemistry/impedance_fit.hpp>       // ImpedanceFit
#include <lamella/electrochemistry/impedance_spectrum.hpp>  // ImpedanceSpectrum
#include <lamella/electrochemistry/kramers_kronig.hpp>      // KramersKronigTest

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Points and, where there are any of kind "fit", lines over a logarithmic axis of frequency; rows hold f, y, kind and one of `names`.
inline nlohmann::json frequency_panel(nlohmann::json rows, const std::vector<std::string>& names, const std::string& title, bool logarithmic, int height) {
  constexpr int width = 760;
  using nlohmann::json;
  const json x{{"field", "f"}, {"type", "quantitative"}, {"title", "frequency / Hz"}, {"scale", {{"type", "log"}, {"nice", false}, {"padding", 8}}}, {"axis", {{"format", "~s"}, {"tickCount", 8}}}};
  json y{{"field", "y"}, {"type", "quantitative"}, {"title", title}};
  if (logarithmic) y["scale"] = {{"type", "log"}, {"nice", false}};
  const json colour{{"field", "what"}, {"type", "nominal"}, {"title", nullptr}, {"scale", {{"domain", names}}}, {"legend", {{"orient", "top"}}}};
  const json tooltip = json::array({{{"field", "what"}, {"type", "nominal"}, {"title", "quantity"}},
                                    {{"field", "f"}, {"type", "quantitative"}, {"title", "f / Hz"}, {"format", ".4g"}},
                                    {{"field", "y"}, {"type", "quantitative"}, {"title", title}, {"format", ".4g"}}});
  json layers = json::array();
  if (std::find(names.begin(), names.end(), "fit") != names.end())
    layers.push_back({{"transform", json::array({{{"filter", "datum.kind == 'fit'"}}})}, {"mark", {{"type", "line"}, {"strokeWidth", 1.5}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"order", {{"field", "f"}}}}}});
  layers.push_back({{"transform", json::array({{{"filter", "datum.kind == 'measured'"}}})}, {"mark", {{"type", "point"}, {"size", 22}, {"filled", true}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"tooltip", tooltip}}}});
  return {{"width", width}, {"height", height}, {"data", {{"values", std::move(rows)}}}, {"layer", std::move(layers)}};
}

}  // namespace detail

/// -Z″ against Z′ with equal scales; a line where `fitted` is given.
inline nlohmann::json nyquist_figure(const ImpedanceSpectrum& measured, const ImpedanceSpectrum* fitted = nullptr) {
  using nlohmann::json;
  require_valid(measured);
  if (fitted != nullptr) require_valid(*fitted);
  json rows = json::array();
  double left = INFINITY, right = -INFINITY, bottom = INFINITY, top = -INFINITY;
  const auto add = [&](const ImpedanceSpectrum& s, const char* what) {
    for (std::size_t i = 0; i < s.size(); ++i) {
      rows.push_back({{"re", s.real[i]}, {"im", -s.imaginary[i]}, {"f", s.frequency[i]}, {"what", what}});
      left = std::min(left, s.real[i]);
      right = std::max(right, s.real[i]);
      bottom = std::min(bottom, -s.imaginary[i]);
      top = std::max(top, -s.imaginary[i]);
    }
  };
  add(measured, "measured");
  if (fitted != nullptr) add(*fitted, "fit");
  // One ohm is as long on both axes; the larger extent fills its side.
  constexpr double width = 560, height = 360;
  const double scale = std::max((right - left) / width, (top - bottom) / height) * 1.08;
  const double unit = scale > 0 ? scale : std::max(std::abs(right), 1e-9) / width;
  const double x0 = (left + right) / 2 - unit * width / 2, y0 = (bottom + top) / 2 - unit * height / 2;
  const json x{{"field", "re"}, {"type", "quantitative"}, {"title", "Z′ / Ω"}, {"axis", {{"tickCount", 7}}}, {"scale", {{"domain", {x0, x0 + unit * width}}, {"nice", false}, {"zero", false}}}};
  const json y{{"field", "im"}, {"type", "quantitative"}, {"title", "−Z″ / Ω"}, {"axis", {{"tickCount", 6}}}, {"scale", {{"domain", {y0, y0 + unit * height}}, {"nice", false}, {"zero", false}}}};
  const json colour{{"field", "what"}, {"type", "nominal"}, {"title", nullptr}, {"scale", {{"domain", fitted != nullptr ? json{"measured", "fit"} : json::array({"measured"})}}}, {"legend", {{"orient", "top"}}}};
  const json tooltip = json::array({{{"field", "f"}, {"type", "quantitative"}, {"title", "f / Hz"}, {"format", ".4g"}},
                                    {{"field", "re"}, {"type", "quantitative"}, {"title", "Z′ / Ω"}, {"format", ".5g"}},
                                    {{"field", "im"}, {"type", "quantitative"}, {"title", "−Z″ / Ω"}, {"format", ".5g"}}});
  json layers = json::array();
  if (fitted != nullptr)
    layers.push_back({{"transform", json::array({{{"filter", "datum.what == 'fit'"}}})}, {"mark", {{"type", "line"}, {"strokeWidth", 1.5}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"order", {{"field", "f"}}}}}});
  layers.push_back({{"transform", json::array({{{"filter", "datum.what == 'measured'"}}})}, {"mark", {{"type", "point"}, {"size", 28}, {"filled", true}}}, {"encoding", {{"x", x}, {"y", y}, {"color", colour}, {"tooltip", tooltip}}}});
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"}, {"description", "Nyquist plot of " + std::to_string(measured.size()) + " points"}, {"width", width}, {"height", height},
          {"data", {{"values", std::move(rows)}}}, {"layer", std::move(layers)}};
}

/// |Z| and -phase against frequency.
inline nlohmann::json bode_figure(const ImpedanceSpectrum& measured, const ImpedanceSpectrum* fitted = nullptr) {
  using nlohmann::json;
  require_valid(measured);
  if (fitted != nullptr) require_valid(*fitted);
  json moduli = json::array(), phases = json::array();
  const auto add = [&](const ImpedanceSpectrum& s, const char* kind) {
    for (std::size_t i = 0; i < s.size(); ++i) {
      moduli.push_back({{"f", s.frequency[i]}, {"y", s.modulus(i)}, {"what", kind}, {"kind", kind}});
      phases.push_back({{"f", s.frequency[i]}, {"y", -std::atan2(s.imaginary[i], s.real[i]) / degree}, {"what", kind}, {"kind", kind}});
    }
  };
  add(measured, "measured");
  std::vector<std::string> names{"measured"};
  if (fitted != nullptr) {
    add(*fitted, "fit");
    names.push_back("fit");
  }
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"}, {"description", "Bode plot of " + std::to_string(measured.size()) + " points"},
          {"vconcat", {detail::frequency_panel(std::move(moduli), names, "|Z| / Ω", true, 220), detail::frequency_panel(std::move(phases), names, "−phase / °", false, 180)}}};
}

/// What a fit leaves over, in per cent of |Z|, against frequency.
inline nlohmann::json impedance_residual_figure(const std::vector<double>& frequency, const std::vector<double>& real, const std::vector<double>& imaginary) {
  using nlohmann::json;
  if (real.size() != frequency.size() || imaginary.size() != frequency.size()) fail("figure of residuals: columns of different lengths, expected one residual per frequency");
  json rows = json::array();
  for (std::size_t i = 0; i < frequency.size(); ++i) {
    if (!std::isfinite(real[i]) || !std::isfinite(imaginary[i])) fail("figure of residuals: a number that is not finite");
    rows.push_back({{"f", frequency[i]}, {"y", 100 * real[i]}, {"what", "Z′"}, {"kind", "measured"}});
    rows.push_back({{"f", frequency[i]}, {"y", 100 * imaginary[i]}, {"what", "Z″"}, {"kind", "measured"}});
  }
  json panel = detail::frequency_panel(std::move(rows), {"Z′", "Z″"}, "residual / % of |Z|", false, 180);
  panel["$schema"] = "https://vega.github.io/schema/vega-lite/v5.json";
  panel["description"] = "Residuals of " + std::to_string(frequency.size()) + " points";
  return panel;
}

}  // namespace lamella::inline LAMELLA_ABI
