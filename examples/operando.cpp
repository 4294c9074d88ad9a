// operando: a series of powder patterns, refined one after the other and joined with the cell's voltage and charge.
#include <lamella/core/executor.hpp>
#include <lamella/electrochemistry/clock_join.hpp>
#include <lamella/electrochemistry/clock_time.hpp>
#include <lamella/io/cycling_file.hpp>
#include <lamella/io/detail/text.hpp>
#include <lamella/io/function_table_header.hpp>
#include <lamella/io/json_journal.hpp>
#include <lamella/io/series_analysis_json.hpp>
#include <lamella/refine/alkali_content.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/foreign_phases.hpp>
#include <lamella/refine/phase_candidates.hpp>
#include <lamella/refine/series.hpp>
#include <lamella/refine/series_mechanism.hpp>
#include <lamella/refine/series_quantities.hpp>
#include <lamella/refine/series_segments.hpp>
#include <lamella/refine/strain_functions.hpp>
#include <lamella/refine/tracked_lines.hpp>
#include <lamella/report/intensity_map.hpp>
#include <lamella/report/series_figure.hpp>
#include <lamella/report/table.hpp>

#include "pattern_list.hpp"
#include "powder_options.hpp"
#include "program.hpp"
#include "series_entry.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;
using nlohmann::json;
using program::Entry;
using program::Patterns;

namespace {

struct Arguments {
  program::PowderOptions model;
  std::vector<std::string> patterns, hold;
  std::vector<std::string> calibrations, coexisting, candidates, foreign, carried;
  std::vector<double> mass, lines;
  std::string echem, formula, json, report, tables;
  std::optional<double> x_start;
  std::size_t anchor = 1, parallel = 1, segment = 0;
  double interval = 0, tolerance = 60, offset = 0, zero_search = 0;
  bool resume = false, no_lines = false;
};

double number_of(std::string_view text, const std::string& option, const char* expected) {
  const auto [value, fault] = lamella::detail::parse_number(text);
  if (fault != lamella::detail::NumberFault::none) fail(option + ": expected " + expected);
  return value;
}

double seconds_since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

/// How far the work is, on standard error: a bar on a terminal, else a line every tenth.
class Progress {
 public:
  Progress(std::size_t count, std::size_t done) : count_(count), done_(done), before_(done), bar_(isatty(STDERR_FILENO) != 0) {}

  void step() {
    ++done_;
    const double rate = static_cast<double>(done_ - before_) / std::max(seconds_since(start_), 1e-9);
    const double left = static_cast<double>(count_ - done_) / rate;
    if (bar_) {
      constexpr std::size_t width = 30;
      const std::size_t full = width * done_ / count_;
      std::fprintf(stderr, "\r%s%s %zu of %zu, %.1f patterns/s, %s left ", std::string(full, '#').c_str(), std::string(width - full, '.').c_str(), done_, count_, rate, time(left).c_str());
      if (done_ == count_) std::fprintf(stderr, "\n");
      std::fflush(stderr);
    } else if (10 * done_ / count_ != 10 * (done_ - 1) / count_) {
      std::fprintf(stderr, "%zu of %zu patterns, %.1f patterns/s, %s left\n", done_, count_, rate, time(left).c_str());
    }
  }

 private:
  static std::string time(double seconds) {
    const auto s = static_cast<long>(std::min(seconds, 1e9));
    return s < 100 ? std::to_string(s) + " s" : std::to_string(s / 60) + " min";
  }

  std::size_t count_, done_, before_;
  bool bar_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// What the journal is of: a refinement with other settings does not go on from it.
json journal_head(const Arguments& a, const Patterns& patterns) {
  const auto& m = a.model;
  const auto optional = [](const auto& x) { return x ? json(*x) : json(nullptr); };
  return {{"kind", "operando"}, {"schema", 1}, {"version", program::version}, {"first_pattern", patterns.name(0)}, {"phase", m.phases}, {"fix", m.fix}, {"free", m.free},
          {"start", m.start}, {"preferred_orientation", m.orientations}, {"instrument", m.instrument}, {"radiation", m.radiation}, {"form_factors", m.form_factors},
          {"dispersion", m.dispersion}, {"geometry", m.geometry}, {"wavelength", m.wavelength}, {"range", m.range}, {"exclude", m.exclude}, {"background", m.background},
          {"neutron", m.neutron}, {"radius", m.radius}, {"monochromator", optional(m.monochromator)}, {"polarisation", optional(m.polarisation)}, {"zero", optional(m.zero)},
          {"refine_zero", m.refine_zero}, {"lebail", m.le_bail}, {"hold", a.hold}, {"candidates", a.candidates}, {"foreign", a.foreign}, {"carry", a.carried}, {"foreign_line", a.lines}, {"zero_search", a.zero_search}, {"anchor", a.anchor}, {"segment", a.segment}, {"no_lines", a.no_lines}};
}

/// Follows lines of the first phase from pattern to pattern.
class Lines {
 public:
  Lines(bool wanted, AngleRange range) : wanted_(wanted), range_(range) {}

  /// The lines where `entry` found them are where the next ones are looked for.
  void go_on_from(const PowderModel<>& model, const Entry& entry) {
    if (!wanted_ || entry.lines.empty()) return;
    choose(model);
    for (auto& [name, tracker] : trackers_)
      if (const auto found = entry.lines.find(name); found != entry.lines.end() && found->second)
        tracker = LineTracker(model.diffractometer.radiation, found->second->position.value, half_window_);
  }

  void follow(const PowderModel<>& model, const PowderPattern& pattern, Entry& entry) {
    if (!wanted_) return;
    if (trackers_.empty()) choose(model);
    for (auto& [name, tracker] : trackers_) {
      const LineFit fit = tracker.follow(pattern);
      entry.lines[name] = fit.found ? std::optional(fit) : std::nullopt;
    }
  }

 private:
  void choose(const PowderModel<>& model) {
    if (!trackers_.empty()) return;
    for (const auto& line : lines_to_track(model, 0, range_, half_window_)) trackers_.emplace_back(line.name, LineTracker(model.diffractometer.radiation, line.position, half_window_));
  }

  static constexpr double half_window_ = 0.5;
  bool wanted_;
  AngleRange range_;
  std::vector<std::pair<std::string, LineTracker>> trackers_;
};

/// The whole series, refined or read from the journal.
struct Series {
  std::vector<SeriesPhase> phases;
  std::vector<Entry> entries;  ///< in the order of the patterns
  AngleRange range;
  std::size_t from_journal = 0;
};

/// What one refiner after the other needs, of the whole series or of a segment.
struct Chain {
  Lines lines;
  SeriesCheckpoint from{};     ///< where it stands by the journal
  std::optional<Entry> last{}; ///< with lines, by the journal
};

Series refine_all(const Arguments& a, const Patterns& patterns) {
  const PowderPattern first = patterns.first();
  if (!a.echem.empty() && a.interval == 0 && first.started.empty())
    fail("--echem " + a.echem + ": " + first.source + " states no time, expected --interval with the seconds from one pattern to the next");
  PowderModel<> model = program::model_of(a.model, first);
  for (const auto& metal : a.foreign) add_foreign_phase(metal, first, model);
  for (const double position : a.lines) model.background.humps.push_back({position, 0, 0.2, 0.5});
  SeriesOptions<> options;
  options.refinement = program::refinement_options(a.model, model);
  if (!a.lines.empty()) options.refinement.free.insert(options.refinement.free.end(), {"pattern.background.hump.*.area", "pattern.background.hump.*.fwhm"});
  options.hold_after_first = a.hold;
  options.zero_search = a.zero_search;
  for (const auto& argument : a.carried) {
    const auto equals = std::min(argument.find('='), argument.size());
    const double drift = number_of(std::string_view(argument).substr(std::min(equals + 1, argument.size())), "--carry " + argument, "NAME=DRIFT in the unit of the parameter");
    options.carried.push_back({argument.substr(0, equals), drift});
  }
  // The phase at hand is no candidate for itself.
  std::vector<std::string> offered = a.candidates;
  if (const auto layers = measure_layers(model.phases.front().crystal)) std::erase(offered, layers->stacking);
  offer_candidates(offered, 0, model, options);

  Series series{.phases = series_phases(model), .entries = std::vector<Entry>(patterns.size()), .range = {first.two_theta.front(), first.two_theta.back()}};
  const SegmentOptions division{.length = a.segment > 0 ? a.segment : patterns.size(), .anchors = {a.anchor - 1}};
  std::vector<Chain> chains(division.segments(patterns.size()), Chain{Lines(!a.no_lines, series.range)});
  const auto chain_of = [&](std::size_t index) -> Chain& { return chains[index / division.length]; };
  std::optional<JsonJournal> journal;
  if (!a.json.empty()) {
    const std::string path = a.json + ".journal";
    const json head = journal_head(a, patterns);
    const auto take = [&](const json& record) {
      if (!record.contains("entry") || !record.contains("checkpoint")) fail(Error("a record without entry and checkpoint, expected both", Place{path}));
      Entry entry = program::entry_of(record.at("entry"), path);
      if (entry.index >= patterns.size() || entry.file != patterns.name(entry.index))
        fail(Error("pattern " + std::to_string(entry.index + 1) + " is " + entry.file + ", expected " + (entry.index < patterns.size() ? patterns.name(entry.index) : "no such pattern"), Place{path}));
      Chain& chain = chain_of(entry.index);
      chain.from = checkpoint_from(record.at("checkpoint"), path);
      if (!entry.lines.empty()) chain.last = entry;
      series.entries[entry.index] = std::move(entry);
      ++series.from_journal;
    };
    if (a.resume)
      journal.emplace(path, head, take);
    else
      journal.emplace(path, head);
  }

  Progress progress(patterns.size(), series.from_journal);
  std::vector<std::chrono::steady_clock::time_point> started(chains.size(), std::chrono::steady_clock::now());
  // The pattern that this thread read last, which is the one that it visits next: patterns are read once.
  static thread_local std::optional<std::pair<std::size_t, PowderPattern>> latest;
  const auto source = [&](std::size_t i) {
    auto pattern = patterns(i);
    latest = pattern ? std::optional(std::pair(i, pattern.value())) : std::nullopt;
    return pattern;
  };
  const auto visit = [&](const SeriesPoint& point, const SeriesRefiner<>& refiner) {
    Chain& chain = chain_of(point.index);
    auto& begun = started[point.index / division.length];
    Entry& entry = series.entries[point.index];
    entry = {.index = point.index, .file = patterns.name(point.index), .status = std::string(to_string(point.status)), .notes = point.notes, .cycles = point.cycles};
    entry.observation = observe(refiner.model(), refiner.free(), point, series.phases);
    for (std::size_t p = 0; p < series.phases.size(); ++p) {
      auto& cell = entry.cells.emplace_back();
      if (!entry.observation.usable || !point.present[p]) continue;
      const auto values = observed_cell(refiner.model(), refiner.free(), point, p);
      cell.emplace();
      for (std::size_t k = 0; k < cell->size(); ++k) (*cell)[k] = values[k];
      const auto& distances = entry.observation.phases[p].layers;
      if (!distances) continue;
      if (distances->correlation(0, 1) > 0.99) entry.notes.push_back(series.phases[p].name + ": the height of its anions is held, slab and interslab follow c and their esds are those of c alone");
      if (const auto layers = measure_layers(structure_of(refiner.model().phases[p].crystal)))
        for (const auto& warning : layers->warnings) entry.notes.push_back(series.phases[p].name + ": " + warning);
    }
    if (latest && latest->first == point.index) {
      const PowderPattern& pattern = latest->second;
      entry.started = pattern.started;
      entry.finished = pattern.finished;
      if (chain.last) chain.lines.go_on_from(refiner.model(), *std::exchange(chain.last, std::nullopt));
      if (entry.observation.usable) chain.lines.follow(refiner.model(), pattern, entry);
      entry.map = binned_intensity(pattern, series.range, program::map_bins);
      for (double& y : entry.map)
        if (std::isfinite(y)) y = std::round(10 * y) / 10;
    }
    const auto ended = std::chrono::steady_clock::now();
    entry.seconds = std::chrono::duration<double>(ended - begun).count();
    begun = ended;
    if (journal) journal->append({{"entry", program::record_of(entry)}, {"checkpoint", to_json(refiner.checkpoint())}});
    progress.step();
  };
  if (a.segment > 0) {
    std::vector<SeriesCheckpoint> from;
    for (const auto& chain : chains) from.push_back(chain.from);
    refine_segments<Structure<double>>(model, patterns.size(), source, visit, options, division, ThreadExecutor(a.parallel), from);
  } else {
    refine_series<Structure<double>>(model, patterns.size(), source, visit, options, a.anchor - 1, chains.front().from);
  }
  return series;
}

/// When each pattern was measured: its time stamps, or a constant interval; seconds since the first one began.
std::vector<std::optional<PatternTime>> times_of(const Arguments& a, const Series& series, std::vector<std::string>& warnings) {
  std::vector<std::optional<PatternTime>> times(series.entries.size());
  if (a.interval > 0) {
    for (std::size_t i = 0; i < times.size(); ++i) times[i] = PatternTime{a.interval * static_cast<double>(i), a.interval};
    return times;
  }
  std::optional<ClockTime> first;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto& entry = series.entries[i];
    if (entry.started.empty()) continue;
    const auto started = try_parse_clock_time(entry.started);
    if (!started) {
      warnings.push_back(entry.file + ": " + started.error().what());
      continue;
    }
    if (!first) first = started.value();
    const auto since = try_seconds_between(*first, started.value());
    if (!since) {
      warnings.push_back(entry.file + ": " + since.error().what());
      continue;
    }
    PatternTime time{since.value(), 0};
    if (const auto finished = try_parse_clock_time(entry.finished); finished)
      if (const auto duration = try_seconds_between(started.value(), finished.value()); duration && duration.value() > 0) time.duration = duration.value();
    if (i > 0 && times[i - 1] && time.start < times[i - 1]->start) warnings.push_back(entry.file + " was measured before " + series.entries[i - 1].file + ", which stands before it");
    times[i] = time;
  }
  return times;
}

SeriesRecord record_of(const Arguments& a, const Series& series, const std::optional<CyclingTable>& table, std::vector<std::string>& warnings) {
  SeriesRecord record{series.phases, {}};
  for (const auto& entry : series.entries) {
    record.patterns.push_back(entry.observation);
    record.patterns.back().index = entry.index + 1;  // as people count
  }
  const auto times = times_of(a, series, warnings);
  for (std::size_t i = 0; i < times.size(); ++i)
    if (times[i]) record.patterns[i].time = times[i]->middle();
  if (!table) return record;
  const auto joined = join_clocks(times, {table->time, table->voltage, table->charge}, {a.tolerance, a.offset});
  std::size_t without = 0;
  for (std::size_t i = 0; i < joined.size(); ++i) {
    if (joined[i].joined()) {
      record.patterns[i].voltage = joined[i].voltage;
      record.patterns[i].charge = joined[i].charge;
    } else if (++without == 1) {
      warnings.push_back("pattern " + std::to_string(i + 1) + " has no voltage: " + joined[i].reason);
    }
  }
  if (without > 1) warnings.push_back(std::to_string(without) + " patterns have no voltage");
  return record;
}

/// "NAME=REST" or "NAME:REST": the number of the phase, and the rest.
std::pair<std::size_t, std::string_view> phase_and(const std::string& argument, char mark, const SeriesRecord& record, const std::string& option, const char* expected) {
  const auto at = argument.find(mark);
  for (std::size_t p = 0; p < record.phases.size() && at != std::string::npos; ++p)
    if (argument.compare(0, at, record.phases[p].name) == 0 && at == record.phases[p].name.size()) return {p, std::string_view(argument).substr(at + 1)};
  fail(option + " " + argument + ": expected " + expected + " with the name of a phase, such as " + record.phases.front().name);
}

/// Where the alkali content comes from: mass and formula with the charge, calibrations by c, limits of coexisting phases, occupancies.
AlkaliSources sources_of(const Arguments& a, const SeriesRecord& record) {
  AlkaliSources sources;
  if (!a.mass.empty()) {
    const auto layers = partition(parse_formula(a.formula));
    sources.charge = CathodeCharge::of(layers, {a.mass[0], a.mass.size() > 1 ? a.mass[1] : 0});
    if (a.x_start) sources.charge->start = {*a.x_start, 0};
  }
  if (!a.calibrations.empty()) sources.calibration.resize(record.phases.size());
  for (const auto& argument : a.calibrations) {
    constexpr const char* expected = "PHASE:C=X,C=X… in Å and per formula unit";
    auto [phase, rest] = phase_and(argument, ':', record, "--calibration", expected);
    std::vector<AlkaliCalibration::Sample> samples;
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const auto equals = std::min(pair.find('='), pair.size());
      samples.push_back({number_of(pair.substr(0, equals), "--calibration " + argument, expected),
                         {number_of(pair.substr(std::min(equals + 1, pair.size())), "--calibration " + argument, expected), 0}});
    }
    sources.calibration[phase].emplace(std::move(samples));
  }
  if (!a.coexisting.empty()) sources.coexisting.resize(record.phases.size());
  for (const auto& argument : a.coexisting) {
    constexpr const char* expected = "PHASE=X per formula unit";
    const auto [phase, rest] = phase_and(argument, '=', record, "--coexisting", expected);
    sources.coexisting[phase] = Measured{number_of(rest, "--coexisting " + argument, expected), 0};
  }
  return sources;
}

// ---- what is told ------------------------------------------------------------------------------------------------

json to_json(const Series& series, const SeriesRecord& record, const std::vector<AlkaliContent>& contents, const std::vector<SeriesInterval>& intervals,
             const std::vector<PhaseFunctions>& functions, const std::vector<std::string>& warnings) {
  const auto optional = [](const std::optional<double>& x) { return x ? json(*x) : json(nullptr); };
  json out{{"patterns", json::array()}, {"peaks", json::object()}, {"warnings", warnings}};
  double seconds = 0;
  for (std::size_t i = 0; i < series.entries.size(); ++i) {
    const auto& entry = series.entries[i];
    const auto& seen = record.patterns[i];
    seconds += entry.seconds;
    json pattern{{"file", entry.file}, {"index", i + 1}, {"time", optional(seen.time)}, {"voltage", optional(seen.voltage)}, {"charge", optional(seen.charge)},
                 {"x_Na", lamella::to_json(contents[i])},
                 {"Rwp", seen.usable ? json(100 * seen.Rwp) : json(nullptr)}, {"GoF", seen.usable ? json(seen.GoF) : json(nullptr)}, {"status", entry.status}, {"notes", entry.notes}, {"phases", json::array()}};
    for (std::size_t p = 0; p < seen.phases.size(); ++p) {
      const auto& phase = seen.phases[p];
      json own{{"name", record.phases[p].name}, {"stacking", record.phases[p].stacking}, {"present", phase.present}, {"weight_fraction", lamella::to_json(phase.weight_fraction)}, {"cell", nullptr}, {"layers", nullptr}};
      if (const auto& cell = entry.cells[p]) {
        constexpr const char* names[] = {"a", "b", "c", "alpha", "beta", "gamma", "volume"};
        for (std::size_t k = 0; k < cell->size(); ++k) own["cell"][names[k]] = lamella::to_json((*cell)[k]);
      }
      if (phase.layers)
        own["layers"] = {{"slab_thickness", lamella::to_json((*phase.layers)[0])}, {"interslab_distance", lamella::to_json((*phase.layers)[1])}, {"correlation", phase.layers->correlation(0, 1)}};
      pattern["phases"].push_back(std::move(own));
    }
    out["patterns"].push_back(std::move(pattern));
    for (const auto& [name, line] : entry.lines) {
      json& list = out["peaks"][name];
      while (list.size() < i) list.push_back(nullptr);
      list.push_back(line ? json{{"position", lamella::to_json(line->position)}, {"fwhm", lamella::to_json(line->fwhm)}, {"area", lamella::to_json(line->area)}} : json(nullptr));
    }
  }
  for (auto& [name, list] : out["peaks"].items())
    while (list.size() < series.entries.size()) list.push_back(nullptr);
  out["intervals"] = lamella::to_json(record, intervals);
  out["closure"] = {{"charge_weighted", lamella::to_json(closure(record, contents, &AlkaliContent::charge, &AlkaliContent::weighted))},
                    {"charge_occupancy", lamella::to_json(closure(record, contents, &AlkaliContent::charge, &AlkaliContent::occupancy))},
                    {"weighted_occupancy", lamella::to_json(closure(record, contents, &AlkaliContent::weighted, &AlkaliContent::occupancy))}};
  out["functions"] = lamella::to_json(functions, default_strain_reference(functions));
  out["seconds"] = seconds;
  out["patterns_per_second"] = static_cast<double>(series.entries.size()) / std::max(seconds, 1e-9);
  return out;
}

/// The curves of a quantity of all phases.
SeriesPanel panel_of(const SeriesRecord& record, const std::string& title, const std::function<std::optional<Measured>(const PhaseObservation&)>& quantity) {
  SeriesPanel panel{title, {}};
  for (std::size_t p = 0; p < record.phases.size(); ++p) {
    SeriesCurve curve{record.phases[p].name, {}};
    for (const auto& pattern : record.patterns) curve.values.push_back(pattern.usable && pattern.phases[p].present ? quantity(pattern.phases[p]) : std::nullopt);
    panel.curves.push_back(std::move(curve));
  }
  return panel;
}

SeriesPlot plot_of(const Series& series, const SeriesRecord& record, const std::vector<SeriesInterval>& intervals) {
  SeriesPlot plot{.patterns = series.entries.size(), .map = IntensityMap(series.range, series.entries.size(), program::map_bins)};
  for (const auto& entry : series.entries) plot.map->add(entry.index, entry.map);
  const auto single = [&](const std::string& title, int decimals, const std::function<std::optional<double>(const SeriesObservation&)>& quantity) {
    SeriesPanel panel{title, {{"", {}}}, decimals};
    for (const auto& pattern : record.patterns) {
      const auto value = quantity(pattern);
      panel.curves[0].values.push_back(value ? std::optional(Measured{*value, 0}) : std::nullopt);
    }
    plot.panels.push_back(std::move(panel));
  };
  single("voltage / V", 3, [](const auto& o) { return o.voltage; });
  {
    SeriesPanel panel{"x", {{"", {}}}};
    for (const auto& pattern : record.patterns) panel.curves[0].values.push_back(pattern.x);
    plot.panels.push_back(std::move(panel));
  }
  if (const auto with = std::find_if(series.entries.begin(), series.entries.end(), [](const auto& e) { return !e.lines.empty(); }); with != series.entries.end()) {
    const std::string name = with->lines.begin()->first;  // the others are in the JSON
    SeriesPanel panel{"2θ(" + name + ") / °", {{"", {}}}};
    for (const auto& entry : series.entries) {
      const auto line = entry.lines.find(name);
      panel.curves[0].values.push_back(line != entry.lines.end() && line->second ? std::optional(line->second->position) : std::nullopt);
    }
    plot.panels.push_back(std::move(panel));
  }
  plot.panels.push_back(panel_of(record, "a / Å", [](const auto& p) { return std::optional(p.a); }));
  const bool cubic = std::all_of(record.patterns.begin(), record.patterns.end(), [](const auto& o) {
    return std::all_of(o.phases.begin(), o.phases.end(), [](const auto& p) { return p.a.value == p.c.value; });
  });
  if (!cubic) plot.panels.push_back(panel_of(record, "c / Å", [](const auto& p) { return std::optional(p.c); }));
  plot.panels.push_back(panel_of(record, "V / Å³", [](const auto& p) { return std::optional(p.volume); }));
  plot.panels.push_back(panel_of(record, "slab / Å", [](const auto& p) { return p.slab(); }));
  plot.panels.push_back(panel_of(record, "interslab / Å", [](const auto& p) { return p.interslab(); }));
  if (record.phases.size() > 1) plot.panels.push_back(panel_of(record, "weight fraction", [](const auto& p) { return std::optional(p.weight_fraction); }));
  single("Rwp / %", 2, [](const auto& o) { return o.usable ? std::optional(100 * o.Rwp) : std::nullopt; });
  for (const auto& interval : intervals) plot.stretches.push_back({interval.first, interval.last, std::string(to_string(interval.mechanism)), interval.evidence});
  for (const auto& entry : series.entries) plot.remarks.push_back(entry.status == "refined" ? "" : entry.status);
  return plot;
}

ReportTable interval_table(const SeriesRecord& record, const std::vector<SeriesInterval>& intervals) {
  ReportTable table{.caption = "What happened", .columns = {{"Patterns"}, {"Mechanism"}, {"Phases"}, {"Evidence"}}};
  for (const auto& interval : intervals) {
    std::string phases;
    for (const std::size_t p : interval.phases) phases += (phases.empty() ? std::string() : ", ") + record.phases[p].name;
    table.rows.push_back({std::to_string(interval.first + 1) + "–" + std::to_string(interval.last + 1), to_string(interval.mechanism), phases, interval.evidence});
  }
  return table;
}

/// First, last and extreme values of each phase.
ReportTable range_table(const SeriesRecord& record) {
  ReportTable table{.caption = "Lattices", .columns = {{"Quantity"}, {"First", Align::decimal}, {"Last", Align::decimal}, {"Least", Align::decimal}, {"in pattern"}, {"Largest", Align::decimal}, {"in pattern"}}};
  const std::pair<const char*, std::function<std::optional<Measured>(const PhaseObservation&)>> quantities[] = {
      {"a / Å", [](const auto& p) { return std::optional(p.a); }},           {"c / Å", [](const auto& p) { return std::optional(p.c); }},
      {"V / Å³", [](const auto& p) { return std::optional(p.volume); }},     {"slab / Å", [](const auto& p) { return p.slab(); }},
      {"interslab / Å", [](const auto& p) { return p.interslab(); }}};
  for (std::size_t p = 0; p < record.phases.size(); ++p) {
    if (std::none_of(record.patterns.begin(), record.patterns.end(), [&](const auto& pattern) { return pattern.usable && pattern.phases[p].present; })) continue;
    table.rows.push_back({record.phases[p].name});
    for (const auto& [name, quantity] : quantities) {
      std::vector<std::pair<std::size_t, Measured>> values;
      for (std::size_t i = 0; i < record.patterns.size(); ++i) {
        const auto& pattern = record.patterns[i];
        if (!pattern.usable || !pattern.phases[p].present) continue;
        if (const auto m = quantity(pattern.phases[p])) values.emplace_back(i + 1, *m);
      }
      if (values.empty()) continue;
      const auto [least, largest] = std::minmax_element(values.begin(), values.end(), [](const auto& a, const auto& b) { return a.second.value < b.second.value; });
      const auto cell = [](const Measured& m) { return m.esd > 0 ? to_string(m) : fixed(m.value, 4); };
      table.rows.push_back({name, cell(values.front().second), cell(values.back().second), cell(least->second), std::to_string(least->first), cell(largest->second), std::to_string(largest->first)});
    }
  }
  return table;
}

/// How far the ways to the alkali content agree, in words.
std::vector<std::string> closures(const SeriesRecord& record, const std::vector<AlkaliContent>& contents) {
  std::vector<std::string> lines;
  const auto add = [&](const char* names, std::optional<Measured> AlkaliContent::*first, std::optional<Measured> AlkaliContent::*second) {
    const auto c = closure(record, contents, first, second);
    if (c) lines.push_back(std::string("Alkali content, ") + names + ": mean difference " + to_string(c->mean) + " over " + std::to_string(c->patterns) + " patterns, scatter " +
                           fixed(c->scatter, 4) + ", worst " + to_string(c->worst_difference) + " in pattern " + std::to_string(c->worst));
  };
  add("charge less weighted", &AlkaliContent::charge, &AlkaliContent::weighted);
  add("charge less occupancy", &AlkaliContent::charge, &AlkaliContent::occupancy);
  add("weighted less occupancy", &AlkaliContent::weighted, &AlkaliContent::occupancy);
  return lines;
}

/// Every note with the patterns that have it: "s 1–4, 7" or " 3", in the order of their first pattern.
std::vector<std::pair<std::string, std::string>> decisions(const Series& series) {
  std::vector<std::pair<std::vector<std::size_t>, std::string>> found;
  for (const auto& entry : series.entries)
    for (const auto& note : entry.notes) {
      const auto known = std::find_if(found.begin(), found.end(), [&](const auto& f) { return f.second == note; });
      if (known == found.end())
        found.push_back({{entry.index + 1}, note});
      else
        known->first.push_back(entry.index + 1);
    }
  std::vector<std::pair<std::string, std::string>> list;
  for (const auto& [patterns, note] : found) {
    std::string where = patterns.size() > 1 ? "s" : "";
    for (std::size_t i = 0; i < patterns.size();) {
      std::size_t j = i;
      while (j + 1 < patterns.size() && patterns[j + 1] == patterns[j] + 1) ++j;
      where += (i == 0 ? " " : ", ") + std::to_string(patterns[i]) + (j > i ? "–" + std::to_string(patterns[j]) : "");
      i = j + 1;
    }
    list.emplace_back(std::move(where), note);
  }
  return list;
}

/// The functions of all phases as constants of a C++ header. Throws where there are none.
std::string function_tables(const std::vector<PhaseFunctions>& functions, const std::string& first) {
  constexpr std::size_t places = 65;
  std::vector<NamedTable<places>> tables;
  for (const auto& f : functions) {
    std::string name;
    for (const char c : f.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    const auto add = [&](const char* what, const char* meaning, const std::optional<SmoothFunction>& function) {
      if (function) tables.push_back({"phase_" + name + "_" + what, std::string(meaning) + " of " + f.name + " against alkali per formula unit", tabulate<places>(*function)});
    };
    add("volume", "volume of a formula unit, Å³,", f.volume);
    add("a", "edge a, Å,", f.a);
    add("layer", "height of a slab and an interslab, Å,", f.layer);
    add("slab", "slab thickness, Å,", f.slab);
    add("interslab", "interslab distance, Å,", f.interslab);
  }
  if (tables.empty()) fail("--tables: no phase has enough patterns by itself with an alkali content, expected --mass with --echem, or --calibration");
  return function_table_header("operando", "Refined from the series that begins with " + first + ".", tables);
}

int run(const Arguments& a) {
  const Patterns patterns(a.patterns, program::range_of(a.model), program::excluded_of(a.model));
  if (a.anchor > patterns.size()) fail("--anchor " + std::to_string(a.anchor) + ": expected a pattern from 1 to " + std::to_string(patterns.size()));
  // What can be wrong shows before the long work.
  const auto table = a.echem.empty() ? std::nullopt : std::optional(read_cycling(a.echem));
  const Series series = refine_all(a, patterns);
  std::vector<std::string> warnings;
  SeriesRecord record = record_of(a, series, table, warnings);
  const auto contents = alkali_contents(record, sources_of(a, record));
  take_contents(record, contents);
  const auto intervals = mechanisms(record);
  const auto functions = phase_functions(record);

  std::printf("%s\n%s\n", to_text(range_table(record)).c_str(), to_text(interval_table(record, intervals)).c_str());
  std::size_t good = 0;
  double seconds = 0;
  for (const auto& entry : series.entries) {
    good += entry.observation.usable;
    seconds += entry.seconds;
    if (entry.status != "refined") std::printf("Pattern %zu, %s: %s.\n", entry.index + 1, entry.file.c_str(), entry.status.c_str());
  }
  for (const auto& [where, note] : decisions(series)) std::printf("Pattern%s: %s.\n", where.c_str(), note.c_str());
  for (const auto& line : closures(record, contents)) std::printf("%s.\n", line.c_str());
  for (const auto& warning : warnings) std::printf("Caution: %s.\n", warning.c_str());
  std::printf("%zu of %zu patterns refined, %.2f s, %.1f patterns/s%s\n", good, series.entries.size(), seconds, static_cast<double>(series.entries.size()) / std::max(seconds, 1e-9),
              series.from_journal > 0 ? (", " + std::to_string(series.from_journal) + " of them before").c_str() : "");

  if (!a.tables.empty()) write_file(a.tables, function_tables(functions, patterns.name(0)));
  if (!a.json.empty()) program::write_json(a.json, "operando", to_json(series, record, contents, intervals, functions, warnings));
  if (!a.report.empty()) {
    HtmlPage page{.title = "Operando series", .subtitle = std::to_string(series.entries.size()) + " patterns, " + patterns.name(0) + " to " + patterns.name(patterns.size() - 1)};
    page.figure(series_figure(plot_of(series, record, intervals)), "Intensity against 2θ and pattern; below it what was refined, with esds.");
    for (const auto& line : closures(record, contents)) page.note(line + ".");
    for (const auto& warning : warnings) page.warning(warning);
    page.table(interval_table(record, intervals)).table(range_table(record));
    ReportTable notes{.caption = "What was decided, and what the numbers suffer from", .columns = {{"Patterns"}, {"Note"}}};
    for (const auto& [where, note] : decisions(series)) notes.rows.push_back({where.substr(where.find(' ') + 1), note});
    if (!notes.rows.empty()) page.details("Every decision", {html::Block{std::move(notes)}});
    program::write_report(a.report, page);
  }
  return good > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{"A series of powder patterns refined one after the other: lattices, layers, fractions, and what the transitions were."};
  program::add_powder_options(app, a.model);
  app.get_option("--phase")->required();
  app.add_option("--patterns", a.patterns, "files or a quoted wildcard such as 'run/*.xrdml', in natural order; or one file with a column for each pattern")->required()->take_all();
  app.add_option("--candidates", a.candidates, "stackings that the first phase may turn into, such as P3,O1: looked for where a line is not explained, let in and out by their evidence")->delimiter(',');
  app.add_option("--foreign", a.foreign, "metals of the cell in the pattern (Be, Al, Cu, Fe), refined with free intensities")->delimiter(',');
  app.add_option("--foreign-line", a.lines, "degrees 2θ of a single line that is no phase: a peak that stays where it is, of free area and width; repeatable")->take_all();
  app.add_option("--zero-search", a.zero_search, "degrees 2θ that the zero may be off the given one, looked for in the first pattern")->check(CLI::Range(0.0, 10.0));
  app.add_option("--hold", a.hold, "hold a parameter after the first pattern, such as pattern.displacement; repeatable")->take_all();
  app.add_option("--carry", a.carried, "NAME=DRIFT: hold a free parameter softly to the pattern before, which it may leave by DRIFT from one to the next (0: constant); repeatable")->take_all();
  app.add_option("--anchor", a.anchor, "the pattern to begin with, from 1: from there to the last, then back to the first")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--segment", a.segment, "divide the series into segments of so many patterns, each begun from the anchor; they, not the threads, decide the numbers (default: none, 64 with --parallel)");
  app.add_option("--parallel", a.parallel, "threads that work on segments at once")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--echem", a.echem, "table of a cycler (CSV, BDF, .mpt, Arbin, Neware, Maccor), joined by time");
  app.add_option("--interval", a.interval, "seconds from the start of one pattern to the next, where the files state no times")->check(CLI::PositiveNumber);
  app.add_option("--tolerance", a.tolerance, "of the clocks: seconds from a pattern's middle to the nearest row")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--offset", a.offset, "seconds on the cycler's clock when the first pattern began")->capture_default_str();
  auto* mass = app.add_option("--mass", a.mass, "MG[,ESD]: active mass, for the alkali content from the charge")->delimiter(',')->expected(1, 2)->check(CLI::PositiveNumber);
  app.add_option("--formula", a.formula, "the cathode as the mass is of it, such as NaNi0.5Mn0.5O2");
  app.add_option("--x-start", a.x_start, "alkali per formula unit before the run (default: that of the formula)");
  app.add_option("--calibration", a.calibrations, "PHASE:C=X,C=X…: alkali per formula unit of a phase by its c / Å; repeatable")->take_all();
  app.add_option("--coexisting", a.coexisting, "PHASE=X: alkali per formula unit of a phase beside another, the limit of its range; repeatable")->take_all();
  app.add_flag("--resume", a.resume, "go on from the journal beside the JSON file (FILE.journal) after an interruption");
  app.add_flag("--no-lines", a.no_lines, "do not fit single lines beside the refinement");
  app.add_option("--json", a.json, "write the result as JSON, and FILE.journal on the way");
  app.add_option("--tables", a.tables, "write volume, cell, slab and interslab against the alkali content as a C++ header for simulations");
  app.add_option("--report", a.report, "write a page with figure and tables");
  app.final_callback([&] {
    if (a.parallel > 1 && a.segment == 0) a.segment = 64;
    if (mass->count() > 0 && a.formula.empty()) throw CLI::RequiredError("--formula (which --mass is of)");
    if (mass->count() > 0 && a.echem.empty()) throw CLI::RequiredError("--echem (whose charge --mass turns into a content)");
    if (a.resume && a.json.empty()) throw CLI::RequiredError("--json (whose journal --resume goes on from)");
  });
  return program::main(app, argc, argv, [&] { return run(a); });
}
