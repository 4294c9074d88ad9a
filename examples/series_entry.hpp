// What the program operando keeps of each pattern, and how its journal holds it.
#pragma once

#include <lamella/core/error.hpp>
#include <lamella/core/measured.hpp>
#include <lamella/io/series_json.hpp>
#include <lamella/refine/peak_tracking.hpp>
#include <lamella/refine/series_record.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace program {

using namespace lamella;
using nlohmann::json;

inline constexpr std::size_t map_bins = 240;

/// One pattern as refined. The journal keeps it, to the last bit.
struct Entry {
  std::size_t index = 0;
  std::string file{}, status{}, started{}, finished{};
  std::vector<std::string> notes{};
  int cycles = 0;
  double seconds = 0;
  SeriesObservation observation{};
  std::vector<std::optional<std::array<Measured, 7>>> cells{};  ///< per phase: a, b, c, α, β, γ, volume
  std::map<std::string, std::optional<LineFit>> lines{}; ///< by name
  std::vector<double> map{};                             ///< mean counts in bins of angle, NaN without points
};

inline json record_of(const Entry& e) {
  json out{{"index", e.index}, {"file", e.file}, {"status", e.status}, {"started", e.started}, {"finished", e.finished}, {"notes", e.notes},
           {"cycles", e.cycles}, {"seconds", e.seconds}, {"observation", to_json(e.observation)}, {"cells", json::array()}, {"lines", json::object()}, {"map", json::array()}};
  for (const auto& cell : e.cells) {
    json values = nullptr;
    if (cell)
      for (const Measured& m : *cell) values.push_back({m.value, m.esd});
    out["cells"].push_back(std::move(values));
  }
  for (const auto& [name, line] : e.lines) {
    out["lines"][name] = nullptr;
    if (line)
      for (const Measured& m : {line->position, line->fwhm, line->area}) out["lines"][name].push_back({m.value, m.esd});
  }
  for (const double y : e.map) out["map"].push_back(std::isfinite(y) ? json(y) : json(nullptr));
  return out;
}

inline Entry entry_of(const json& record, const std::string& journal) {
  try {
    Entry e{.index = record.at("index"), .file = record.at("file"), .status = record.at("status"), .started = record.at("started"), .finished = record.at("finished"),
            .notes = record.at("notes"), .cycles = record.at("cycles"), .seconds = record.at("seconds"), .observation = observation_from(record.at("observation"), journal)};
    for (const auto& values : record.at("cells")) {
      auto& cell = e.cells.emplace_back();
      if (values.is_null()) continue;
      cell.emplace();
      for (std::size_t k = 0; k < cell->size(); ++k) (*cell)[k] = {values.at(k).at(0), values.at(k).at(1)};
    }
    for (const auto& [name, values] : record.at("lines").items()) {
      auto& line = e.lines[name];
      if (values.is_null()) continue;
      line.emplace();
      Measured* const targets[] = {&line->position, &line->fwhm, &line->area};
      for (std::size_t k = 0; k < 3; ++k) *targets[k] = {values.at(k).at(0), values.at(k).at(1)};
      line->found = true;
    }
    for (const auto& y : record.at("map")) e.map.push_back(y.is_null() ? NAN : y.get<double>());
    return e;
  } catch (const json::exception& fault) {
    fail(Error(std::string("is no journal of this program: ") + fault.what(), Place{journal}));
  }
}

}  // namespace program
