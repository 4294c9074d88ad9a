// operando_mpi: runs of many patterns refined by many processes, on one machine or several: mpirun -n 4 operando_mpi …
//
// Runs are divided into segments that start from the run's first pattern; each process refines every n-th segment of all, the first one
// gathers what the others found and writes it. The division is an option, so that the file is the same, byte
// for byte, for any number of processes. What MPI has to do with it is all below: an executor that leaves out other processes' tasks, and one gathering
// at the end, which every process reaches whatever happens to it before.
#include <lamella/core/error.hpp>
#include <lamella/core/executor.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/series_segments.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

// The C interface alone: that of C++ left the standard.
#define OMPI_SKIP_MPICXX
#define MPICH_SKIP_MPICXX
#include <mpi.h>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pattern_list.hpp"
#include "powder_options.hpp"
#include "program.hpp"

namespace {

using namespace lamella;
using nlohmann::json;

struct Arguments {
  program::PowderOptions model;
  std::vector<std::string> runs, hold;
  std::size_t segment = 64;
  std::string json;
};

/// Of this process.
struct Rank {
  int number = 0, count = 1;
  bool first() const { return number == 0; }
};

json to_json(const SeriesPoint& point, const std::string& file, const SeriesRefiner<>& refiner) {
  json values = json::object();
  for (std::size_t i = 0; i < point.values.size(); ++i)
    values[refiner.free()[i].name] = {{"value", point.values[i]}, {"esd", point.esd(i) > 0 ? json(point.esd(i)) : json(nullptr)}};
  return {{"file", file}, {"status", to_string(point.status)}, {"Rwp", 100 * point.Rwp}, {"GoF", point.GoF}, {"values", std::move(values)}, {"notes", point.notes}};
}

/// Refines this process's segments of a run; `segments` counts those of all runs so far.
void refine_run(const Arguments& a, const std::string& run, const Rank& rank, std::size_t& segments, std::map<std::size_t, json>& points) {
  const program::Patterns patterns({std::filesystem::is_directory(run) ? run + "/*" : run}, program::range_of(a.model), program::excluded_of(a.model));
  const SegmentOptions division{.length = a.segment == 0 ? patterns.size() : a.segment};
  const std::size_t offset = segments, count = division.segments(patterns.size());
  segments += count;
  const auto is_mine = [&](std::size_t i) { return (offset + i) % static_cast<std::size_t>(rank.count) == static_cast<std::size_t>(rank.number); };
  bool any = false;
  for (std::size_t i = 0; i < count; ++i) any = any || is_mine(i);
  if (!any) return;

  const PowderModel<> model = program::model_of(a.model, patterns.first());
  SeriesOptions<> options;
  options.refinement = program::refinement_options(a.model, model);
  options.hold_after_first = a.hold;
  const Executor mine = [&](std::size_t tasks, const ExecutorTask& task) {
    for (std::size_t i = 0; i < tasks; ++i)
      if (is_mine(i)) task(i);
  };
  const auto source = [&](std::size_t i) { return patterns(i); };
  const auto visit = [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) { points[point.index] = to_json(point, patterns.name(point.index), refiner); };
  refine_segments<Structure<double>>(model, patterns.size(), source, visit, options, division, mine);
}

/// What this process found: of each run the points by their number, or why there are none.
json refine_mine(const Arguments& a, const Rank& rank) {
  json found{{"runs", json::array()}};
  std::size_t segments = 0;
  try {
    for (const auto& patterns : a.runs) {
      std::map<std::size_t, json> points;
      refine_run(a, patterns, rank, segments, points);
      found["runs"].push_back(json::array());
      for (auto& [index, point] : points) found["runs"].back().push_back({index, std::move(point)});
    }
  } catch (const std::exception& e) {
    found["error"] = e.what();
  }
  return found;
}

/// As it is sent: names of files are bytes, text is UTF-8; lengths are counted in `int`.
std::string to_text(const json& found, const Rank& rank) {
  const auto written = [](const json& j) { return j.dump(-1, ' ', false, json::error_handler_t::replace); };
  std::string text = written(found);
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max() / rank.count))
    text = written({{"runs", json::array()}, {"error", "more results than one gathering holds, expected fewer runs at once"}});
  return text;
}

/// The texts of all processes, in the first one.
std::vector<std::string> gather(const std::string& text, const Rank& rank) {
  const int length = static_cast<int>(text.size());
  std::vector<int> lengths(static_cast<std::size_t>(rank.count)), places(lengths.size());
  MPI_Gather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
  for (std::size_t i = 1; i < places.size(); ++i) places[i] = places[i - 1] + lengths[i - 1];
  std::string all(rank.first() ? static_cast<std::size_t>(places.back() + lengths.back()) : 0, ' ');
  MPI_Gatherv(text.data(), length, MPI_CHAR, all.data(), lengths.data(), places.data(), MPI_CHAR, 0, MPI_COMM_WORLD);
  std::vector<std::string> texts;
  if (rank.first())
    for (std::size_t i = 0; i < places.size(); ++i) texts.push_back(all.substr(static_cast<std::size_t>(places[i]), static_cast<std::size_t>(lengths[i])));
  return texts;
}

/// Puts together what all processes found, writes it and prints a line for each run.
void write(const Arguments& a, const std::vector<std::string>& texts) {
  std::vector<std::map<std::size_t, json>> runs(a.runs.size());
  std::vector<json> all;
  for (const auto& text : texts) all.push_back(json::parse(text));
  // Of several errors the one of the first run, which is the same for any number of processes.
  const json* error = nullptr;
  for (const json& found : all)
    if (found.contains("error") && (error == nullptr || found["runs"].size() < (*error)["runs"].size())) error = &found;
  if (error != nullptr) fail((*error)["error"].get<std::string>());
  for (const json& found : all) {
    for (std::size_t r = 0; r < runs.size(); ++r)
      for (const auto& point : found["runs"][r]) runs[r][point[0]] = point[1];
  }
  json result{{"segment", a.segment}, {"runs", json::array()}};
  for (std::size_t r = 0; r < runs.size(); ++r) {
    json points = json::array();
    std::size_t good = 0;
    for (auto& [index, point] : runs[r]) {
      good += point["values"].empty() ? 0 : 1;
      points.push_back(std::move(point));
    }
    std::printf("%s: %zu patterns, %zu with values\n", a.runs[r].c_str(), points.size(), good);
    result["runs"].push_back({{"run", a.runs[r]}, {"patterns", std::move(points)}});
  }
  if (!a.json.empty()) program::write_json(a.json, "operando_mpi", std::move(result));
}

int run(int argc, char** argv, const Rank& rank) {
  CLI::App app{"Refines runs of many patterns by as many processes as mpirun starts. The result does not depend on their number.", "operando_mpi"};
  Arguments a;
  program::add_powder_options(app, a.model);
  app.get_option("--phase")->required();
  app.add_option("--patterns", a.runs, "the patterns of one run: a folder, a wildcard in quotes, or a file whose columns they are; repeatable")->required()->take_all();
  app.add_option("--segment", a.segment, "patterns per segment, of which processes take one after another; 0: whole runs")->capture_default_str();
  app.add_option("--hold", a.hold, "free in the first pattern of a run alone (* stands for one part of a name); repeatable")->take_all();
  app.add_option("--json", a.json, "write the results there");
  app.set_version_flag("--version", program::version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (rank.first()) app.exit(e);
    return e.get_exit_code() == 0 ? 0 : 2;
  }
  const auto texts = gather(to_text(refine_mine(a, rank), rank), rank);
  int status = 0;
  if (rank.first()) {
    try {
      write(a, texts);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      status = 1;
    }
  }
  MPI_Bcast(&status, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  Rank rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank.number);
  MPI_Comm_size(MPI_COMM_WORLD, &rank.count);
  const int status = run(argc, argv, rank);
  MPI_Finalize();
  return status;
}
