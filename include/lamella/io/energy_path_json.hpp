// Paths of nudged elastic bands from the JSON of pymatgen's NEBAnalysis: "r" in Å, "energies" in eV, "forces" along the path in eV/Å.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/json_reader.hpp>   // JsonReader
#include <lamella/io/text_file.hpp>            // try_read_text_file
#include <lamella/migration/energy_path.hpp>   // EnergyPath, detail::path_fault

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// The path in the text of such a JSON document; without "forces", or with null, a path without forces. Other members are left out.
inline Result<EnergyPath> try_parse_energy_path_json(std::string_view text, const std::string& source) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_discarded()) return Error("is not JSON, expected an object with \"r\" and \"energies\"", Place{source});
  detail::JsonReader reader(source);
  const detail::JsonNode root{&document, ""};
  EnergyPath path;
  path.source = source;
  path.distance = reader.numbers(reader.at(root, "r"));
  path.energy = reader.numbers(reader.at(root, "energies"));
  if (reader.has(root, "forces")) path.force = reader.numbers(reader.at(root, "forces"));
  if (reader.fault()) return *reader.fault();
  if (const std::string fault = detail::path_fault(path); !fault.empty()) return Error(fault, Place{source});
  return path;
}

/// `try_parse_energy_path_json` that throws the error.
inline EnergyPath parse_energy_path_json(std::string_view text, const std::string& source) {
  return try_parse_energy_path_json(text, source).value();
}

/// The path in such a file.
inline Result<EnergyPath> try_read_energy_path_json(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_energy_path_json(text.value(), path.string());
}

/// `try_read_energy_path_json` that throws the error.
inline EnergyPath read_energy_path_json(const std::filesystem::path& path) { return try_read_energy_path_json(path).value(); }

}  // namespace lamella::inline LAMELLA_ABI
