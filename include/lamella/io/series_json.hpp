// Where a series stands, and what it has seen, as JSON: read back to the last bit.
#pragma once

#include <lamella/core/error.hpp>                 // Error, fail
#include <lamella/io/detail/json_reader.hpp>      // JsonReader, nlohmann::json
#include <lamella/io/refinement_json.hpp>         // to_json(Measured)
#include <lamella/refine/series_checkpoint.hpp>   // SeriesCheckpoint
#include <lamella/refine/series_record.hpp>       // SeriesObservation

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

inline nlohmann::json to_json(const ModelNumbers& n) { return {{"parameters", n.parameters}, {"intensities", n.intensities}}; }
inline nlohmann::json to_json(const SeriesState& s) {
  nlohmann::json out{{"numbers", to_json(s.numbers)}, {"Rwp", s.Rwp}, {"GoF", s.GoF}, {"source", s.source}, {"present", s.present}, {"young", s.young},
                     {"refused_line", s.refused_line}};
  if (s.carried != CarriedState{}) out["carried"] = {{"names", s.carried.names}, {"values", s.carried.values}, {"covariance", s.carried.covariance}};
  return out;
}
/// 64 bits as text: JSON's numbers hold 53 everywhere.
inline std::string bits_text(std::uint64_t bits) { return std::to_string(bits); }

inline ModelNumbers model_numbers(JsonReader& json, const JsonNode& node) {
  return {json.numbers(json.at(node, "parameters")), json.numbers(json.at(node, "intensities"))};
}
inline std::size_t size_in(JsonReader& json, const JsonNode& node) { return static_cast<std::size_t>(json.integer(node, 0, 2147483647)); }
inline std::vector<bool> flags(JsonReader& json, const JsonNode& node) {
  std::vector<bool> list;
  for (const auto& element : json.elements(node)) list.push_back(json.boolean(element));
  return list;
}
/// Nothing where a state has none.
inline CarriedState carried_state(JsonReader& json, const JsonNode& state) {
  if (!json.has(state, "carried")) return {};
  const JsonNode node = json.at(state, "carried");
  CarriedState c;
  for (const auto& name : json.elements(json.at(node, "names"))) c.names.push_back(json.text(name));
  c.values = json.numbers(json.at(node, "values"));
  c.covariance = json.numbers(json.at(node, "covariance"));
  const std::size_t n = c.names.size();
  if (c.values.size() != n || c.covariance.size() != n * n) json.complain(node.path, "expected a value for each name, and a covariance for each two");
  return c;
}
inline SeriesState series_state(JsonReader& json, const JsonNode& node) {
  return {model_numbers(json, json.at(node, "numbers")), json.number(json.at(node, "Rwp")), json.number(json.at(node, "GoF")), json.text(json.at(node, "source")),
          flags(json, json.at(node, "present")), flags(json, json.at(node, "young")), json.number(json.at(node, "refused_line")),
          carried_state(json, node)};
}
inline std::uint64_t bits(JsonReader& json, const JsonNode& node) {
  const std::string text = json.text(node);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) json.complain(node.path, "expected a whole number as text");
  return value;
}

inline Measured measured(JsonReader& json, const JsonNode& node) {
  const auto values = json.numbers(node);
  if (values.size() == 2) return {values[0], values[1]};
  json.complain(node.path, "expected a value and its esd");
  return {};
}
inline nlohmann::json pair(const Measured& m) { return nlohmann::json::array({m.value, m.esd}); }

}  // namespace detail

/// A checkpoint as JSON. Its doubles read back as the same.
inline nlohmann::json to_json(const SeriesCheckpoint& c) {
  return {{"done", c.done},
          {"free", c.free},
          {"started", c.started},
          {"zero_for_displacement", c.zero_for_displacement},
          {"start", detail::to_json(c.start)},
          {"last_good", detail::to_json(c.last_good)},
          {"turn", c.turn ? detail::to_json(*c.turn) : nlohmann::json(nullptr)},
          {"doubtful", {{"Rwp", c.doubtful.Rwp}, {"GoF", c.doubtful.GoF}, {"source", c.doubtful.source}}},
          {"model", detail::to_json(c.model)},
          {"listed", detail::to_json(c.listed)},
          {"angles", detail::bits_text(c.angles)},
          {"first_angle", c.first_angle},
          {"last_angle", c.last_angle},
          {"points", c.points},
          {"counts", detail::bits_text(c.counts)},
          {"counts_source", c.counts_source}};
}

/// The checkpoint that JSON holds. `source` names it in errors. Throws where something is missing or of the wrong kind.
inline SeriesCheckpoint checkpoint_from(const nlohmann::json& json, const std::string& source) {
  detail::JsonReader reader(source);
  const detail::JsonNode root{&json, "checkpoint"};
  SeriesCheckpoint c;
  c.done = detail::size_in(reader, reader.at(root, "done"));
  for (const auto& name : reader.elements(reader.at(root, "free"))) c.free.push_back(reader.text(name));
  c.started = reader.boolean(reader.at(root, "started"));
  c.zero_for_displacement = reader.boolean(reader.at(root, "zero_for_displacement"));
  c.start = detail::model_numbers(reader, reader.at(root, "start"));
  c.last_good = detail::series_state(reader, reader.at(root, "last_good"));
  if (reader.has(root, "turn")) c.turn = detail::series_state(reader, reader.at(root, "turn"));
  const auto doubtful = reader.at(root, "doubtful");
  c.doubtful = {reader.number(reader.at(doubtful, "Rwp")), reader.number(reader.at(doubtful, "GoF")), reader.text(reader.at(doubtful, "source"))};
  c.model = detail::model_numbers(reader, reader.at(root, "model"));
  c.listed = detail::model_numbers(reader, reader.at(root, "listed"));
  c.angles = detail::bits(reader, reader.at(root, "angles"));
  c.first_angle = reader.number(reader.at(root, "first_angle"));
  c.last_angle = reader.number(reader.at(root, "last_angle"));
  c.points = detail::size_in(reader, reader.at(root, "points"));
  c.counts = detail::bits(reader, reader.at(root, "counts"));
  c.counts_source = reader.text(reader.at(root, "counts_source"));
  if (reader.fault()) fail(*reader.fault());
  return c;
}

/// What a pattern said of its phases, as JSON to go on with: each quantity as [value, esd].
inline nlohmann::json to_json(const SeriesObservation& o) {
  nlohmann::json out{{"index", o.index}, {"usable", o.usable}, {"Rwp", o.Rwp}, {"GoF", o.GoF}, {"phases", nlohmann::json::array()}};
  for (const auto& p : o.phases) {
    nlohmann::json phase{{"present", p.present}, {"a", detail::pair(p.a)}, {"c", detail::pair(p.c)}, {"volume", detail::pair(p.volume)},
                         {"weight_fraction", detail::pair(p.weight_fraction)}, {"layers", nullptr}, {"alkali", nullptr}};
    if (p.layers)
      phase["layers"] = {p.layers->value[0], p.layers->value[1], p.layers->covariance[0][0], p.layers->covariance[0][1], p.layers->covariance[1][1]};
    if (p.alkali) phase["alkali"] = detail::pair(*p.alkali);
    out["phases"].push_back(std::move(phase));
  }
  return out;
}

/// The observation that JSON holds; time, voltage and charge are not part of it. Throws where something is missing or of the wrong kind.
inline SeriesObservation observation_from(const nlohmann::json& json, const std::string& source) {
  detail::JsonReader reader(source);
  const detail::JsonNode root{&json, "observation"};
  SeriesObservation o;
  o.index = detail::size_in(reader, reader.at(root, "index"));
  o.usable = reader.boolean(reader.at(root, "usable"));
  o.Rwp = reader.number(reader.at(root, "Rwp"));
  o.GoF = reader.number(reader.at(root, "GoF"));
  for (const auto& node : reader.elements(reader.at(root, "phases"))) {
    PhaseObservation p;
    p.present = reader.boolean(reader.at(node, "present"));
    p.a = detail::measured(reader, reader.at(node, "a"));
    p.c = detail::measured(reader, reader.at(node, "c"));
    p.volume = detail::measured(reader, reader.at(node, "volume"));
    p.weight_fraction = detail::measured(reader, reader.at(node, "weight_fraction"));
    if (reader.has(node, "layers")) {
      const auto values = reader.numbers(reader.at(node, "layers"));
      if (values.size() == 5)
        p.layers = Derived<2>{{values[0], values[1]}, {{{values[2], values[3]}, {values[3], values[4]}}}};
      else
        reader.complain(node.path + ".layers", "expected slab, interslab and their covariance");
    }
    if (reader.has(node, "alkali")) p.alkali = detail::measured(reader, reader.at(node, "alkali"));
    o.phases.push_back(p);
  }
  if (reader.fault()) fail(*reader.fault());
  return o;
}

}  // namespace lamella::inline LAMELLA_ABI
