// Instrument files in JSON: one's own diffractometer, written once and read for every pattern.
//
//   {"schema": 1, "name": "lab", "probe": "x-rays", "wavelengths": [{"wavelength": 1.5406, "weight": 1}, …], "anode": "Cu",
//    "geometry": "bragg-brentano", "radius": 240, "polarisation": 1, "parameters": {"zero": 0, "U": 0.01, …}}
//
// Wavelengths in Å, weights relative to the first; radius in mm, null where unknown; polarisation cos²2θ_M; anode null where
// there is none; geometry bragg-brentano, debye-scherrer or transmission. Parameters are those of `Instrument` by their names and in its units; one that is missing keeps the value of
// an `Instrument` that nobody touched.
#pragma once

#include <lamella/core/error.hpp>                  // Error, Place
#include <lamella/core/result.hpp>                 // Result
#include <lamella/fit/parameters.hpp>              // for_each_named_parameter
#include <lamella/io/atomic_file.hpp>              // try_write_file
#include <lamella/io/detail/pattern_text.hpp>      // anode_named, is_wavelength
#include <lamella/io/detail/text.hpp>              // in_quotes, show, line_of
#include <lamella/io/gsas_instrument.hpp>          // try_parse_gsas_instrument
#include <lamella/io/instrument_settings.hpp>      // InstrumentSettings
#include <lamella/io/text_file.hpp>                // try_read_text_file

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

inline constexpr std::array<std::pair<std::string_view, Geometry>, 3> geometry_names{{
    {"bragg-brentano", Geometry::bragg_brentano}, {"debye-scherrer", Geometry::debye_scherrer},
    {"transmission", Geometry::transmission}}};

inline constexpr std::array<std::pair<std::string_view, Anode>, 6> anode_names{{
    {"Cu", Anode::Cu}, {"Mo", Anode::Mo}, {"Co", Anode::Co}, {"Ag", Anode::Ag}, {"Fe", Anode::Fe}, {"Cr", Anode::Cr}}};

/// Finds where JSON text stops being JSON.
struct JsonFaultFinder : nlohmann::json_sax<nlohmann::json> {
  std::size_t position = 0;  ///< of the fault, from 1

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t at, const std::string&, const nlohmann::json::exception&) override {
    position = at;
    return false;
  }
};

}  // namespace detail

/// The JSON of instrument settings, as above.
inline nlohmann::json to_json(const InstrumentSettings& settings) {
  nlohmann::json out{{"schema", 1}, {"name", settings.name}, {"probe", settings.radiation.probe == Probe::neutrons ? "neutrons" : "x-rays"}};
  for (const auto& line : settings.radiation.lines())
    out["wavelengths"].push_back({{"wavelength", line.wavelength}, {"weight", line.weight}});
  out["anode"] = nullptr;
  for (const auto& [name, anode] : detail::anode_names)
    if (settings.radiation.anode == anode) out["anode"] = name;
  for (const auto& [name, geometry] : detail::geometry_names)
    if (settings.geometry == geometry) out["geometry"] = name;
  out["radius"] = settings.radius ? nlohmann::json(*settings.radius) : nlohmann::json(nullptr);
  out["polarisation"] = settings.polarisation;
  for_each_named_parameter([&out](const std::string& name, double value) { out["parameters"][name] = value; }, settings.instrument);
  return out;
}

/// Settings from JSON text in memory; `source` names it in messages and in the result. Error where the text is no JSON (with
/// the line), where a key is unknown or missing, or a value impossible.
inline Result<InstrumentSettings> try_parse_instrument_json(std::string_view text, std::string source) {
  using nlohmann::json;
  const auto error = [&source](const std::string& what) { return Error(what, Place{source}); };
  const json in = json::parse(text.begin(), text.end(), nullptr, false);
  if (in.is_discarded()) {
    detail::JsonFaultFinder finder;
    json::sax_parse(text.begin(), text.end(), &finder);
    return Error("not valid JSON, expected an instrument file",
                 Place{source, detail::line_of(text, finder.position > 0 ? finder.position - 1 : 0)});
  }
  if (!in.is_object()) return error("not a JSON object, expected an instrument file");
  for (const auto& [key, value] : in.items()) {
    bool known = false;
    for (const char* name : {"schema", "name", "probe", "wavelengths", "anode", "geometry", "radius", "polarisation", "parameters"})
      known = known || key == name;
    if (!known)
      return error("unknown key " + detail::in_quotes(key) +
                   ", expected schema, name, probe, wavelengths, anode, geometry, radius, polarisation and parameters");
  }
  const auto number = [](const json& value, double low, double high) -> std::optional<double> {
    if (!value.is_number()) return std::nullopt;
    const double x = value.get<double>();
    return x >= low && x <= high ? std::optional(x) : std::nullopt;
  };
  const auto text_of = [](const json& value) { return value.is_string() ? value.get<std::string>() : std::string("?"); };
  if (!in.contains("schema") || in["schema"] != 1) return error("schema is not 1, expected {\"schema\": 1, ...}");

  InstrumentSettings settings;
  if (in.contains("name")) {
    if (!in["name"].is_string()) return error("name is no text, expected text");
    settings.name = in["name"].get<std::string>();
  }
  if (in.contains("probe")) {
    const std::string probe = text_of(in["probe"]);
    if (probe != "x-rays" && probe != "neutrons")
      return error("probe " + detail::in_quotes(probe) + ", expected \"x-rays\" or \"neutrons\"");
    settings.radiation.probe = probe == "neutrons" ? Probe::neutrons : Probe::x_rays;
  }
  if (!in.contains("wavelengths") || !in["wavelengths"].is_array() || in["wavelengths"].empty() || in["wavelengths"].size() > 2)
    return error("no list of one or two wavelengths, expected \"wavelengths\": [{\"wavelength\": 1.5406, \"weight\": 1}]");
  settings.radiation.count = in["wavelengths"].size();
  for (std::size_t i = 0; i < settings.radiation.count; ++i) {
    const json& line = in["wavelengths"][i];
    const auto length = line.is_object() && line.contains("wavelength") ? number(line["wavelength"], 0.01, 100) : std::nullopt;
    const auto weight = line.is_object() && line.contains("weight") ? number(line["weight"], 1e-6, 1) : std::optional(i == 0 ? 1.0 : -1.0);
    if (!length || !weight || *weight < 0 || (i == 0 && *weight != 1))
      return error("wavelength " + std::to_string(i + 1) +
                   ", expected {\"wavelength\": Angstrom from 0.01 to 100, \"weight\": 1 for the first, up to 1 for the second}");
    settings.radiation.line[i] = {*length, *weight};
  }
  if (in.contains("anode") && !in["anode"].is_null()) {
    const auto anode = detail::anode_named(text_of(in["anode"]));
    if (!anode) return error("anode " + detail::in_quotes(text_of(in["anode"])) + ", expected Cu, Mo, Co, Ag, Fe, Cr or null");
    settings.radiation.anode = anode;
  }
  if (in.contains("geometry")) {
    const std::string geometry = text_of(in["geometry"]);
    bool known = false;
    std::string names;
    for (const auto& [name, value] : detail::geometry_names) {
      names.append(names.empty() ? "" : " or ").append(name);
      if (geometry != name) continue;
      settings.geometry = value;
      known = true;
    }
    if (!known) return error("geometry " + detail::in_quotes(geometry) + ", expected " + names);
  }
  if (in.contains("radius") && !in["radius"].is_null()) {
    settings.radius = number(in["radius"], 1e-3, 1e5);
    if (!settings.radius) return error("radius, expected a positive number of mm, or null");
  }
  if (in.contains("polarisation")) {
    const auto polarisation = number(in["polarisation"], 0, 100);
    if (!polarisation) return error("polarisation, expected a number from 0 to 100");
    settings.polarisation = *polarisation;
  }
  if (in.contains("parameters")) {
    if (!in["parameters"].is_object()) return error("parameters is no object, expected names and numbers");
    std::size_t found = 0;
    std::string fault, names;
    const auto set = [&](const std::string& name, double& value) {
      names.append(names.empty() ? "" : ", ").append(name);
      if (!in["parameters"].contains(name)) return;
      ++found;
      const auto given = number(in["parameters"][name], -1e6, 1e6);
      if (given) value = *given;
      else if (fault.empty()) fault = name + " is no number of possible size, expected one";
    };
    for_each_named_parameter(set, settings.instrument);
    if (!fault.empty()) return error(fault);
    if (found != in["parameters"].size())
      for (const auto& [key, value] : in["parameters"].items())
        if (names.find(key) == std::string::npos || (", " + names + ", ").find(", " + key + ", ") == std::string::npos)
          return error("unknown parameter " + detail::in_quotes(key) + ", expected " + names);
  }
  if (const std::string fault = detail::instrument_fault(settings.instrument); !fault.empty()) return error(fault);
  settings.source = std::move(source);
  return settings;
}

/// `try_parse_instrument_json` that throws the error.
inline InstrumentSettings parse_instrument_json(std::string_view text, std::string source) {
  return try_parse_instrument_json(text, std::move(source)).value();
}

/// Writes settings to a JSON file, all or nothing. Error with the path and the reason.
inline Result<std::size_t> try_write_instrument_json(const std::filesystem::path& path, const InstrumentSettings& settings) {
  return try_write_file(path, to_json(settings).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

/// `try_write_instrument_json` that throws the error.
inline void write_instrument_json(const std::filesystem::path& path, const InstrumentSettings& settings) {
  if (const auto written = try_write_instrument_json(path, settings); !written) fail(written.error());
}

/// Settings from an instrument file: JSON (text that begins with a brace), GSAS-II or GSAS (their bank 1). Errors carry the
/// file and, as far as the format has lines, the line.
inline Result<InstrumentSettings> try_read_instrument(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  const std::string_view body = detail::without_mark(text.value());
  const auto start = body.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos)
    return Error("is empty, expected an instrument file: JSON, GSAS-II or GSAS", Place{path.string(), 1});
  if (body[start] == '{') return try_parse_instrument_json(body, path.string());
  if (detail::is_instprm(body) || detail::is_prm(body)) return try_parse_gsas_instrument(body, path.string());
  return Error("is no instrument file: not JSON, GSAS-II (\"#GSAS-II ...\") or GSAS (\"INS ...\"), expected one of them",
               Place{path.string(), 1});
}

/// `try_read_instrument` that throws the error.
inline InstrumentSettings read_instrument(const std::filesystem::path& path) { return try_read_instrument(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
