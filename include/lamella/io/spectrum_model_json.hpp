// The lines of a spectrum from JSON: what belongs to which oxidation state, and what a fit may vary.
//
//     {"components": [{"label": "Ni2+ main", "state": "Ni2+", "position": 853.8, "fwhm": 1.2, "shape": "voigt", "mixing": 0.5},
//                     {"label": "satellite", "position": 861.0, "fwhm": 4}],
//      "free": ["*.area", "*.fwhm"], "equal": ["*.fwhm"], "window": [848, 870]}
//
// Of a component only "label" (without dots) and "position" are required; without "state" it is a satellite, which counts for no state.
// Other members: area, fwhm, mixing, asymmetry, splitting, area_ratio, width_ratio as in SpectrumComponent, shape as `to_string` writes
// it. "free" defaults to all areas and widths, "equal" to none, "window" to the whole spectrum. Energies in eV.
#pragma once

#include <lamella/chemistry/species.hpp>        // try_parse_species, vacancy
#include <lamella/core/error.hpp>               // Error, Place
#include <lamella/core/result.hpp>              // Result
#include <lamella/io/detail/json_reader.hpp>    // JsonReader
#include <lamella/io/text_file.hpp>             // try_read_text_file
#include <lamella/spectra/spectrum_model.hpp>   // SpectrumModel

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Lines with their states and what is free.
struct SpectrumPlan {
  SpectrumModel<double> model;
  std::vector<Species> states;      ///< one per component; `vacancy` for a satellite
  std::vector<std::string> free;    ///< patterns of parameter names
  std::vector<std::string> equal;   ///< patterns whose parameters keep their distance from the first
  std::optional<EnergyWindow> window;
};

/// A plan from JSON in memory. `source` names the text in messages.
inline Result<SpectrumPlan> try_parse_spectrum_plan(std::string_view text, const std::string& source) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return Error("is not JSON, expected an object with \"components\"", Place{source});
  detail::JsonReader reader(source);
  const detail::JsonNode root{&document, ""};
  constexpr double most = 1e6;
  std::array<std::pair<std::string_view, LineShape>, line_shapes.size()> shapes;
  for (std::size_t i = 0; i < shapes.size(); ++i) shapes[i] = {to_string(line_shapes[i]), line_shapes[i]};
  SpectrumPlan plan;
  reader.allow_only(root, {"components", "free", "equal", "window"});
  for (const auto& node : reader.elements(reader.at(root, "components"))) {
    reader.allow_only(node, {"label", "state", "shape", "position", "area", "fwhm", "mixing", "asymmetry", "splitting", "area_ratio", "width_ratio"});
    SpectrumComponent<double> c;
    const auto label = reader.at(node, "label");
    c.name = reader.text(label);
    for (const auto& other : plan.model.components)
      if (other.name == c.name) reader.complain(label.path, detail::in_quotes(c.name) + " is there twice, expected labels that differ");
    if (c.name.empty() || c.name == "background" || c.name.find('.') != std::string::npos || c.name.size() > 60 ||
        std::any_of(c.name.begin(), c.name.end(), [](char x) { return x >= 0 && x < ' '; }))
      reader.complain(label.path, detail::in_quotes(c.name) + ", expected a label of at most 60 characters without dots, other than \"background\"");
    Species state = vacancy;
    if (reader.has(node, "state")) {
      const auto stated = reader.at(node, "state");
      const auto species = try_parse_species(reader.text(stated));
      if (species) state = species.value();
      else reader.complain(stated.path, species.error().what());
    }
    if (reader.has(node, "shape")) c.shape = reader.word(reader.at(node, "shape"), shapes);
    c.position = reader.number(reader.at(node, "position"), -most, most);
    const auto optional_number = [&](const char* key, double& value, double low, double high) {
      if (reader.has(node, key)) value = reader.number(reader.at(node, key), low, high);
    };
    optional_number("area", c.area, 0, 1e15);
    optional_number("fwhm", c.fwhm, 1e-3, 1e4);
    optional_number("mixing", c.mixing, 0, c.shape == LineShape::voigt ? 1e3 : c.shape == LineShape::pseudo_voigt_product ? 0.999 : 1);
    optional_number("asymmetry", c.asymmetry, 0, 0.9);
    optional_number("splitting", c.splitting, -1e4, 1e4);
    optional_number("area_ratio", c.area_ratio, 0, 1e3);
    optional_number("width_ratio", c.width_ratio, 1e-3, 1e3);
    plan.model.components.push_back(std::move(c));
    plan.states.push_back(state);
  }
  if (!reader.fault() && plan.model.components.empty()) reader.complain("components", "are none, expected at least one");
  for (const auto& [key, list] : {std::pair{"free", &plan.free}, {"equal", &plan.equal}})
    if (reader.has(root, key))
      for (const auto& pattern : reader.elements(reader.at(root, key))) list->push_back(reader.text(pattern));
  if (!reader.has(root, "free")) plan.free = {"*.area", "*.fwhm"};
  if (reader.has(root, "window")) {
    const auto node = reader.at(root, "window");
    const auto limits = reader.numbers(node, -most, most);
    if (!reader.fault() && !(limits.size() == 2 && limits[0] < limits[1])) reader.complain(node.path, "expected two energies in eV, the lower one first");
    else if (!reader.fault()) plan.window = EnergyWindow{limits[0], limits[1]};
  }
  if (reader.fault()) return *reader.fault();
  return plan;
}

/// `try_parse_spectrum_plan` that throws the error.
inline SpectrumPlan parse_spectrum_plan(std::string_view text, const std::string& source) { return try_parse_spectrum_plan(text, source).value(); }

/// A plan from a JSON file.
inline Result<SpectrumPlan> try_read_spectrum_plan(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_spectrum_plan(text.value(), path.string());
}

/// `try_read_spectrum_plan` that throws the error.
inline SpectrumPlan read_spectrum_plan(const std::filesystem::path& path) { return try_read_spectrum_plan(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
