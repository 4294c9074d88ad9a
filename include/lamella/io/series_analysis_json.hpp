// What a series says as JSON: intervals and their mechanism, contents of alkali, functions of the content.
#pragma once

#include <lamella/core/error.hpp>                // fail
#include <lamella/core/measured.hpp>             // Measured
#include <lamella/io/measured_json.hpp>          // to_json
#include <lamella/refine/alkali_content.hpp>     // AlkaliContent, AlkaliClosure
#include <lamella/refine/series_mechanism.hpp>   // SeriesInterval
#include <lamella/refine/strain_functions.hpp>   // PhaseFunctions, StrainReference

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

inline nlohmann::json to_json(const std::optional<Measured>& m) { return m ? to_json(*m) : nlohmann::json(nullptr); }

/// `x_Na` of a pattern: {charge, occupancy, weighted}, null where not known.
inline nlohmann::json to_json(const AlkaliContent& content) {
  return {{"charge", to_json(content.charge)}, {"occupancy", to_json(content.occupancy)}, {"weighted", to_json(content.weighted)}};
}

/// {patterns, mean {value, esd}, scatter, worst {index, difference}}; null where no pattern had both.
inline nlohmann::json to_json(const std::optional<AlkaliClosure>& closure) {
  if (!closure) return nullptr;
  return {{"patterns", closure->patterns},
          {"mean", to_json(closure->mean)},
          {"scatter", closure->scatter},
          {"worst", {{"index", closure->worst}, {"difference", to_json(closure->worst_difference)}}}};
}

/// `intervals` of a series: first, last and bends as indices of patterns, mechanism, evidence in words and as χ², BIC and numbers of parameters; of a
/// transition the phases and its start and end in indices.
inline nlohmann::json to_json(const SeriesRecord& record, const std::vector<SeriesInterval>& intervals) {
  using nlohmann::json;
  const auto name = [&](std::size_t phase) { return record.phases.at(phase).name; };
  json list = json::array();
  for (const auto& interval : intervals) {
    if (interval.last >= record.patterns.size()) fail("interval to place " + std::to_string(interval.last) + " of " + std::to_string(record.patterns.size()) + " patterns");
    const std::size_t shift = record.patterns[interval.first].index - interval.first;
    json entry{{"first", record.patterns[interval.first].index}, {"last", record.patterns[interval.last].index},
               {"mechanism", to_string(interval.mechanism)}, {"evidence", interval.evidence}, {"values", interval.values},
               {"lever_share", interval.lever_share}, {"phases", json::array()}, {"transition", nullptr}};
    for (const std::size_t p : interval.phases) entry["phases"].push_back(name(p));
    entry["bends"] = json::array();
    for (const std::size_t place : interval.bends) entry["bends"].push_back(record.patterns.at(place).index);
    const auto add = [&](const char* key, const MechanismModel& model) {
      entry["models"][key] = {{"chi_square", model.chi_square}, {"BIC", model.bic}, {"parameters", model.parameters}};
    };
    add("nothing", interval.nothing);
    add("solid-solution", interval.solid_solution);
    add("two-phase", interval.two_phase);
    add("both", interval.both);
    if (const auto& t = interval.transition) {
      const auto place = [&](const Measured& m) { return to_json(Measured{m.value + static_cast<double>(shift), m.esd}); };
      entry["transition"] = {{"from", name(t->from)}, {"to", name(t->to)}, {"start", place(t->start)}, {"end", place(t->end)},
                             {"starts", t->starts}, {"ends", t->ends}};
    }
    list.push_back(std::move(entry));
  }
  return list;
}

namespace detail {

/// Columns x, value, esd and, where wanted, slope and slope_esd.
inline nlohmann::json columns_of(const SmoothFunction& f, std::size_t points, bool slopes) {
  nlohmann::json table{{"x", nlohmann::json::array()}, {"value", nlohmann::json::array()}, {"esd", nlohmann::json::array()}};
  for (std::size_t i = 0; i < points; ++i) {
    const double x = i + 1 == points ? f.upper() : f.lower() + (f.upper() - f.lower()) * static_cast<double>(i) / static_cast<double>(points - 1);
    const Measured value = f(x);
    table["x"].push_back(x);
    table["value"].push_back(value.value);
    table["esd"].push_back(value.esd);
    if (!slopes) continue;
    const Measured slope = f.slope(x);
    table["slope"].push_back(slope.value);
    table["slope_esd"].push_back(slope.esd);
  }
  return table;
}

}  // namespace detail

/// `functions` of a series, each a list with a table per phase over the x it had by itself: omega (Å³ per alkali), volume (Å³ per formula unit),
/// eigenstrain (tensor components a and c against the reference), slab and interslab (Å, with slopes). Throws for fewer than two points and a
/// reference that the functions do not reach.
inline nlohmann::json to_json(const std::vector<PhaseFunctions>& functions, std::optional<StrainReference> reference, std::size_t points = 51) {
  using nlohmann::json;
  if (points < 2) fail("tables of functions: " + std::to_string(points) + " points, expected two or more");
  if (reference && reference->phase >= functions.size())
    fail("reference of eigenstrains: phase " + std::to_string(reference->phase) + ", expected one of " + std::to_string(functions.size()));
  json out{{"omega", json::array()}, {"volume", json::array()}, {"eigenstrain", json::array()}, {"slab", json::array()}, {"interslab", json::array()}};
  const auto add = [&](const char* key, const PhaseFunctions& f, const char* unit, json table) {
    table["phase"] = f.name;
    table["unit"] = unit;
    out[key].push_back(std::move(table));
  };
  for (const auto& f : functions) {
    if (f.volume) {
      json volume = detail::columns_of(*f.volume, points, true);
      add("omega", f, "Å³ per alkali", {{"x", volume["x"]}, {"value", volume["slope"]}, {"esd", volume["slope_esd"]}});
      volume.erase("slope");
      volume.erase("slope_esd");
      add("volume", f, "Å³ per formula unit", std::move(volume));
    }
    if (f.slab) add("slab", f, "Å", detail::columns_of(*f.slab, points, true));
    if (f.interslab) add("interslab", f, "Å", detail::columns_of(*f.interslab, points, true));
    if (!reference || !f.a || !f.layer) continue;
    const PhaseFunctions& from = functions[reference->phase];
    json table{{"reference", {{"phase", from.name}, {"x", reference->x}}}};
    const double low = std::max(f.a->lower(), f.layer->lower()), high = std::min(f.a->upper(), f.layer->upper());
    for (std::size_t i = 0; i < points && low < high; ++i) {
      const double x = i + 1 == points ? high : low + (high - low) * static_cast<double>(i) / static_cast<double>(points - 1);
      const Eigenstrain strain = eigenstrain(f, x, from, reference->x);
      table["x"].push_back(x);
      table["a"]["value"].push_back(strain.a.value);
      table["a"]["esd"].push_back(strain.a.esd);
      table["c"]["value"].push_back(strain.c.value);
      table["c"]["esd"].push_back(strain.c.esd);
    }
    add("eigenstrain", f, "1", std::move(table));
  }
  return out;
}

}  // namespace lamella::inline LAMELLA_ABI
