// cycling: capacities, efficiencies, mean voltages, dQ/dV and plateaus of a cell from the table of its cycler.
#include <lamella/chemistry/formula.hpp>
#include <lamella/electrochemistry/alkali_content.hpp>
#include <lamella/electrochemistry/capacity_peaks.hpp>
#include <lamella/electrochemistry/cycle_summary.hpp>
#include <lamella/electrochemistry/plateaus.hpp>
#include <lamella/io/cycling_file.hpp>
#include <lamella/report/cycling_figures.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;

namespace {

struct Arguments {
  std::string file, json, report, formula, current_unit, voltage_unit, time_unit;
  double mass = 0;
  std::optional<double> start, rest;
  std::optional<std::size_t> reference;
  DifferentialCapacityRule smoothing{};
  PeakRule peaks{};
  PlateauRule flat{};
  bool keep_faults = false;
};

nlohmann::json measured(const Measured& m) { return {{"value", m.value}, {"esd", m.esd}}; }
nlohmann::json or_null(const std::optional<double>& x) { return x ? nlohmann::json(*x) : nlohmann::json(nullptr); }
std::string number(const std::optional<double>& x, int decimals) { return x ? fixed(*x, decimals) : std::string("–"); }

/// value(esd), or as many decimals where the scatter is only that of rounding.
std::string scattered(const Measured& m, int decimals) { return m.esd > std::pow(10.0, -decimals - 2) ? to_string(m) : fixed(m.value, decimals); }

/// What is analysed of one half cycle.
struct HalfAnalysis {
  std::size_t cycle = 0;
  double charge_before = 0;  // of the table at its beginning, mAh
  ChargeCurve curve;
  std::optional<DifferentialCapacity> differential;  // not of a half cycle shorter than the window
  std::vector<CapacityPeak> peaks;
  std::vector<VoltageJump> jumps;
  std::vector<Plateau> plateaus;
};

/// The cycles of a cell under their numbers, with all that is computed of them.
struct Analysis {
  CyclingTable table;
  std::vector<Cycle> cycles;
  std::vector<std::size_t> numbers;  // 0: a discharge before the first charge
  std::optional<std::size_t> reference;
  std::vector<HalfAnalysis> halves;
  std::vector<RateStep> rates;
  std::optional<CycleTrend> decay;
  std::optional<RateStep> longest;  // which the decay is of
  CapacityScale scale;
  std::optional<ActiveMaterial> material;
  std::vector<std::string> warnings;
  bool unfinished = false;  // the table ends within the last half cycle

  std::optional<double> efficiency(std::size_t i) const { return finished(i) ? cycles[i].coulombic_efficiency() : std::nullopt; }
  std::optional<double> kept(std::size_t i) const { return finished(i) && reference ? retention(cycles, i, *reference) : std::nullopt; }
  bool finished(std::size_t i) const { return !unfinished || i + 1 != cycles.size() || !cycles[i].discharge; }
  double content(double charge) const { return alkali_content(*material, charge); }
  Measured content_at(const HalfAnalysis& half, const Measured& charge) const {
    const double sign = half.curve.direction == CurrentDirection::charge ? 1 : -1;
    return {content(half.charge_before + sign * charge.value), charge.esd / charge_per_alkali(*material)};
  }
};

CyclingTable read(const Arguments& a) {
  const std::map<std::string, double> factors{{"A", 1000}, {"mA", 1}, {"uA", 1e-3}, {"V", 1}, {"mV", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}};
  CyclingReading reading{.keep_faults = a.keep_faults};
  if (!a.current_unit.empty()) reading.milliamperes_per_unit = factors.at(a.current_unit);
  if (!a.voltage_unit.empty()) reading.volts_per_unit = factors.at(a.voltage_unit);
  if (!a.time_unit.empty()) reading.seconds_per_unit = factors.at(a.time_unit);
  auto table = try_read_cycling(a.file, reading);
  if (table) return std::move(table).value();
  std::string what = table.error().what();
  if (what.find("has no unit") != std::string::npos) what += what.find("column of current") != std::string::npos || what.find("A or mA") != std::string::npos ? " (--current-unit)" : " (--time-unit)";
  else if (what.find("millivolts?") != std::string::npos) what += " (--voltage-unit mV)";
  else if (what.find("for seconds?") != std::string::npos) what += " (--time-unit)";
  fail(what);
}

Analysis analyse(const Arguments& a) {
  Analysis result;
  result.table = read(a);
  std::size_t repeated = 0;
  for (const CyclingFault& fault : find_faults(result.table, a.keep_faults ? 5 : 1000000)) {
    if (fault.kind == CyclingFaultKind::repeated_row) ++repeated;
    else result.warnings.push_back("row " + std::to_string(fault.row) + ": " + fault.what + "; kept as told");
  }
  if (repeated > 0) result.warnings.push_back(std::to_string(repeated) + (repeated == 1 ? " row repeats" : " rows repeat") + " the one before");
  if (a.mass > 0) result.scale = {1000 / a.mass, "mAh/g"};
  if (!a.formula.empty()) {
    result.material = active_material(parse_formula(a.formula), a.mass);
    if (a.start) result.material->start = *a.start;
  }

  const HalfCycleRule rule{.rest_current = a.rest};
  const auto halves = half_cycles(result.table, rule);
  if (halves.empty()) fail("no charge or discharge: no current" + std::string(a.rest ? " above that of --rest" : "") + ", expected a cycled cell", Place{a.file});
  result.cycles = cycles(halves);
  const std::size_t first = result.cycles.front().charge ? 1 : 0;
  for (std::size_t i = 0; i < result.cycles.size(); ++i) result.numbers.push_back(first + i);
  result.reference = first_full_cycle(result.cycles);
  if (a.reference) {
    if (*a.reference < first || *a.reference - first >= result.cycles.size() || !result.cycles[*a.reference - first].discharge)
      fail("--reference " + std::to_string(*a.reference) + ": expected a cycle with a discharge, from " + std::to_string(first) + " to " + std::to_string(result.numbers.back()), Place{a.file});
    result.reference = *a.reference - first;
  }
  result.unfinished = last_is_unfinished(result.table, halves);
  if (result.unfinished) {
    const bool charging = halves.back().direction == CurrentDirection::charge;
    result.warnings.push_back("the file ends within the last " + std::string(charging ? "charge" : "discharge") + ", at " + fixed(result.table.voltage.back(), 3) +
                              " V" + (charging ? "" : ": no efficiency and retention of cycle " + std::to_string(result.numbers.back())));
  }
  std::vector<Cycle> whole = result.cycles;
  if (!result.finished(whole.size() - 1)) whole.pop_back();
  result.rates = rate_table(whole);
  for (const RateStep& step : result.rates)
    if (!result.longest || step.last - step.first > result.longest->last - result.longest->first) result.longest = step;
  if (result.longest) result.decay = voltage_decay(whole, result.longest->first, result.longest->last);

  std::size_t shorter = 0;
  for (std::size_t i = 0; i < result.cycles.size(); ++i)
    for (const auto& half : {result.cycles[i].charge, result.cycles[i].discharge}) {
      if (!half) continue;
      HalfAnalysis part{result.numbers[i], result.table.charge[half->first == 0 ? 0 : half->first - 1], charge_curve(result.table, *half, rule), std::nullopt, {}, {}, {}};
      const auto& v = part.curve.voltage;
      const auto [low, high] = std::minmax_element(v.begin(), v.end());
      const double window = std::max(a.smoothing.width, a.smoothing.again) + 4 * a.smoothing.step;
      if (v.size() >= 10 && *high - *low > window && part.curve.charge.back() > part.curve.charge.front()) {
        part.differential = differential_capacity(part.curve, a.smoothing);
        part.peaks = capacity_peaks(*part.differential, a.peaks);
        const auto slope = differential_voltage(part.curve);
        part.jumps = voltage_jumps(slope);
        part.plateaus = plateaus(slope, a.flat);
      } else {
        ++shorter;
      }
      result.halves.push_back(std::move(part));
    }
  if (shorter > 0) result.warnings.push_back("no dQ/dV of " + std::to_string(shorter) + (shorter == 1 ? " half cycle" : " half cycles") + ": fewer than 10 records, or a voltage range shorter than the window");
  for (std::size_t i = 0; i < result.cycles.size(); ++i)
    if (const auto e = result.efficiency(i); e && *e > 1.05)
      result.warnings.push_back("cycle " + std::to_string(result.numbers[i]) + " gives " + fixed(100 * *e, 1) +
                                " % of what it took up: a cell that was charged before, or another electrode than a cathode");
  if (result.material) {
    const auto [low, high] = std::minmax_element(result.table.charge.begin(), result.table.charge.end());
    for (const double x : {result.content(*high), result.content(*low)})
      if (!(x > -0.005 && x < 1.005))
        result.warnings.push_back("the alkali content reaches " + fixed(x, 3) + ", outside 0 to 1: wrong mass, formula or start, or charge that moved no alkali");
  }
  return result;
}

nlohmann::json to_json(const Analysis& r, const Arguments& a) {
  using nlohmann::json;
  json out{{"file", a.file}, {"rows", r.table.size()}, {"capacity_unit", r.scale.unit}, {"energy_unit", r.scale.unit == "mAh" ? "mWh" : "mWh/g"},
           {"charge_source", r.table.charge_source == ChargeSource::counted ? "counted" : "integrated"},
           {"coulombic_efficiency_convention", "discharge over the charge before it"}, {"warnings", r.warnings}};
  out["retention_reference"] = r.reference ? json(r.numbers[*r.reference]) : json(nullptr);
  const double s = r.scale.per_mAh;
  for (std::size_t i = 0; i < r.cycles.size(); ++i) {
    const Cycle& c = r.cycles[i];
    const auto of = [](const std::optional<HalfCycle>& half, double HalfCycle::*what, double factor = 1) {
      return half ? json(*half.*what * factor) : json(nullptr);
    };
    json row{{"index", r.numbers[i]}, {"charge_capacity", of(c.charge, &HalfCycle::capacity, s)}, {"discharge_capacity", of(c.discharge, &HalfCycle::capacity, s)},
             {"coulombic_efficiency", or_null(r.efficiency(i))}, {"mean_charge_voltage", of(c.charge, &HalfCycle::mean_voltage)},
             {"mean_discharge_voltage", of(c.discharge, &HalfCycle::mean_voltage)}, {"charge_energy", of(c.charge, &HalfCycle::energy, s)},
             {"energy", of(c.discharge, &HalfCycle::energy, s)}, {"energy_efficiency", or_null(r.finished(i) ? c.energy_efficiency() : std::nullopt)},
             {"charge_current", of(c.charge, &HalfCycle::mean_current)}, {"discharge_current", of(c.discharge, &HalfCycle::mean_current)},
             {"retention", or_null(r.kept(i))}};
    if (r.material) {
      const auto x = [&](const std::optional<HalfCycle>& half) { return half ? json(r.content(r.table.charge[half->last])) : json(nullptr); };
      row["x"] = {{"charged", x(c.charge)}, {"discharged", x(c.discharge)}};
    }
    out["cycles"].push_back(std::move(row));
  }
  out["rates"] = out["dqdv"] = out["dvdq"] = out["plateaus"] = json::array();
  for (const RateStep& step : r.rates)
    out["rates"].push_back({{"first", r.numbers[step.first]}, {"last", r.numbers[step.last]}, {"current", step.current}, {"hours", step.hours},
                            {"capacity", step.last > step.first ? measured({step.capacity.value * s, step.capacity.esd * s}) : json{{"value", step.capacity.value * s}, {"esd", nullptr}}},
                            {"mean_voltage", step.mean_voltage}});
  out["voltage_decay"] = nullptr;
  if (r.decay)
    out["voltage_decay"] = {{"per_cycle", measured(r.decay->per_cycle)}, {"first", r.numbers[r.longest->first]}, {"last", r.numbers[r.longest->last]}};
  out["smoothing"] = {{"step", a.smoothing.step}, {"width", a.smoothing.width}, {"again", a.smoothing.again}, {"order", a.smoothing.order}};
  for (const HalfAnalysis& half : r.halves) {
    const auto direction = lamella::detail::name_of(half.curve.direction);
    if (!half.differential) continue;
    json peaks = json::array();
    for (const CapacityPeak& p : half.peaks)
      peaks.push_back({{"voltage", measured(p.voltage)}, {"height", measured({p.height.value * s, p.height.esd * s})}, {"prominence", p.prominence * s},
                       {"width", p.width}, {"charge", p.charge * s}});
    out["dqdv"].push_back({{"cycle", half.cycle}, {"direction", direction}, {"peaks", std::move(peaks)}});
    json jumps = json::array();
    for (const VoltageJump& j : half.jumps) {
      jumps.push_back({{"charge", measured({j.charge.value * s, j.charge.esd * s})}, {"voltage", j.voltage}, {"height", measured({j.height.value / s, j.height.esd / s})}});
      if (r.material) jumps.back()["x"] = measured(r.content_at(half, j.charge));
    }
    out["dvdq"].push_back({{"cycle", half.cycle}, {"direction", direction}, {"jumps", std::move(jumps)}});
    for (const Plateau& p : half.plateaus)
      out["plateaus"].push_back({{"cycle", half.cycle}, {"direction", direction}, {"voltage", p.voltage}, {"change", p.change},
                                 {"from", p.from * s}, {"to", p.to * s}, {"part", p.part}});
  }
  return out;
}

ReportTable cycle_table(const Analysis& r) {
  const std::string unit = r.scale.unit;
  ReportTable table{.caption = "Cycles",
                    .columns = {{"Cycle", Align::decimal}, {"Charge / " + unit, Align::decimal}, {"Discharge / " + unit, Align::decimal}, {"Efficiency / %", Align::decimal},
                                {"Retention / %", Align::decimal}, {"Mean charge / V", Align::decimal}, {"Mean discharge / V", Align::decimal},
                                {"Energy / " + std::string(unit == "mAh" ? "mWh" : "mWh/g"), Align::decimal}}};
  if (r.material) table.columns.push_back({"x charged, discharged"});
  const double s = r.scale.per_mAh;
  const int digits = r.scale.unit == "mAh" ? 4 : 2;
  const auto percent = [](const std::optional<double>& x) { return x ? fixed(100 * *x, 2) : std::string("–"); };
  const auto of = [&](const std::optional<HalfCycle>& half, double HalfCycle::*what, double factor, int decimals) {
    return half ? fixed(*half.*what * factor, decimals) : std::string("–");
  };
  for (std::size_t i = 0; i < r.cycles.size(); ++i) {
    const Cycle& c = r.cycles[i];
    table.rows.push_back({std::to_string(r.numbers[i]), of(c.charge, &HalfCycle::capacity, s, digits), of(c.discharge, &HalfCycle::capacity, s, digits),
                          percent(r.efficiency(i)), percent(r.kept(i)),
                          of(c.charge, &HalfCycle::mean_voltage, 1, 4), of(c.discharge, &HalfCycle::mean_voltage, 1, 4), of(c.discharge, &HalfCycle::energy, s, digits)});
    if (r.material) {
      const auto x = [&](const std::optional<HalfCycle>& half) {
        return number(half ? std::optional(r.content(r.table.charge[half->last])) : std::nullopt, 4);
      };
      table.rows.back().push_back({x(c.charge) + ", " + x(c.discharge)});
    }
  }
  table.notes.push_back("Efficiency: discharge over the charge before it. Retention: discharge over that of cycle " +
                        (r.reference ? std::to_string(r.numbers[*r.reference]) : std::string("–")) + ". Mean voltages over the charge. Charge " +
                        (r.table.charge_source == ChargeSource::counted ? "as counted by the cycler." : "integrated from current and time."));
  if (r.material) table.notes.push_back("x if all charge moved alkali: what went elsewhere adds up from cycle to cycle.");
  return table;
}

ReportTable rates_table(const Analysis& r) {
  ReportTable table{.caption = "Discharges by rate",
                    .columns = {{"Cycles"}, {"Current / mA", Align::decimal}, {"Hours", Align::decimal}, {"Capacity / " + r.scale.unit, Align::decimal}, {"Mean / V", Align::decimal}}};
  for (const RateStep& step : r.rates)
    table.rows.push_back({std::to_string(r.numbers[step.first]) + (step.last > step.first ? "–" + std::to_string(r.numbers[step.last]) : ""), fixed(step.current, 4),
                          fixed(step.hours, 3), scattered({step.capacity.value * r.scale.per_mAh, step.capacity.esd * r.scale.per_mAh}, r.scale.unit == "mAh" ? 4 : 2),
                          fixed(step.mean_voltage, 4)});
  table.notes.push_back("Hours of a discharge: the rate is C/hours by the capacity delivered. In brackets the standard deviation of one cycle.");
  if (r.decay)
    table.notes.push_back("Mean discharge voltage of cycles " + std::to_string(r.numbers[r.longest->first]) + " to " + std::to_string(r.numbers[r.longest->last]) + ": " +
                          scattered({1000 * r.decay->per_cycle.value, 1000 * r.decay->per_cycle.esd}, 3) + " mV per cycle.");
  return table;
}

ReportTable peak_table(const Analysis& r, const Arguments& a, bool all) {
  const std::string slope = r.scale.unit == "mAh" ? "mAh/V" : "mAh/g/V";
  ReportTable table{.caption = all ? "Peaks of dQ/dV" : "Peaks of dQ/dV of the first full cycle and the last",
                    .columns = {{"Peak / V", Align::decimal}, {"dQ/dV / " + slope, Align::decimal}, {"Width / V", Align::decimal}, {"Charge / " + r.scale.unit, Align::decimal}}};
  const std::size_t last = r.halves.back().cycle, reference = r.reference ? r.numbers[*r.reference] : last;
  for (const HalfAnalysis& half : r.halves) {
    if (!all && half.cycle != last && half.cycle != reference) continue;
    if (half.peaks.empty()) continue;
    table.rows.push_back({"Cycle " + std::to_string(half.cycle) + ", " + std::string(lamella::detail::name_of(half.curve.direction))});
    for (const CapacityPeak& p : half.peaks)
      table.rows.push_back({p.voltage, Measured{p.height.value * r.scale.per_mAh, p.height.esd * r.scale.per_mAh}, fixed(p.width, 4), fixed(p.charge * r.scale.per_mAh, r.scale.unit == "mAh" ? 3 : 1)});
  }
  table.notes.push_back("Charge against voltage at steps of " + fixed(1000 * a.smoothing.step, 1) + " mV, local polynomials of order " + std::to_string(a.smoothing.order) + " over " +
                        fixed(1000 * a.smoothing.width, 1) + " mV" + (a.smoothing.again > 0 ? ", the derivative once more over " + fixed(1000 * a.smoothing.again, 1) + " mV" : std::string()) +
                        ". Esds are of the scatter; wider windows move peaks.");
  return table;
}

ReportTable jump_table(const Analysis& r, bool all) {
  ReportTable table{.caption = all ? "Jumps of the voltage (peaks of dV/dQ)" : "Jumps of the voltage (peaks of dV/dQ) of the first full cycle and the last",
                    .columns = {{"Charge / " + r.scale.unit, Align::decimal}, {"Voltage / V", Align::decimal}, {"dV/dQ / V/" + (r.scale.unit == "mAh" ? "mAh" : "(" + r.scale.unit + ")"), Align::decimal}}};
  if (r.material) table.columns.push_back({"x", Align::decimal});
  const std::size_t last = r.halves.back().cycle, reference = r.reference ? r.numbers[*r.reference] : last;
  const double s = r.scale.per_mAh;
  for (const HalfAnalysis& half : r.halves) {
    if ((!all && half.cycle != last && half.cycle != reference) || half.jumps.empty()) continue;
    table.rows.push_back({"Cycle " + std::to_string(half.cycle) + ", " + std::string(lamella::detail::name_of(half.curve.direction))});
    for (const VoltageJump& j : half.jumps) {
      table.rows.push_back({scattered({j.charge.value * s, j.charge.esd * s}, 3), fixed(j.voltage, 4), scattered({j.height.value / s, j.height.esd / s}, 3)});
      if (r.material) table.rows.back().push_back(scattered(r.content_at(half, j.charge), 4));
    }
  }
  table.notes.push_back("Voltage against charge at steps of 0.1 % of the capacity, local polynomials of order 3 over 2 %. An ordered composition between two plateaus shows as a jump.");
  return table;
}

ReportTable plateau_table(const Analysis& r, const Arguments& a, bool all) {
  ReportTable table{.caption = all ? "Plateaus" : "Plateaus of the first full cycle and the last",
                    .columns = {{"Half cycle"}, {"Voltage / V", Align::decimal}, {"Change / mV", Align::decimal}, {"From / " + r.scale.unit, Align::decimal}, {"To / " + r.scale.unit, Align::decimal}, {"Part / %", Align::decimal}}};
  const std::size_t last = r.halves.back().cycle, reference = r.reference ? r.numbers[*r.reference] : last;
  const int digits = r.scale.unit == "mAh" ? 3 : 1;
  for (const HalfAnalysis& half : r.halves)
    if (all || half.cycle == last || half.cycle == reference)
      for (const Plateau& p : half.plateaus)
        table.rows.push_back({std::to_string(half.cycle) + ", " + std::string(lamella::detail::name_of(half.curve.direction)), fixed(p.voltage, 4), fixed(1000 * p.change, 1),
                              fixed(p.from * r.scale.per_mAh, digits), fixed(p.to * r.scale.per_mAh, digits), fixed(100 * p.part, 1)});
  table.notes.push_back("Stretches of " + fixed(100 * a.flat.shortest, 0) + " % of the capacity or more where dV/dQ, smoothed over 2 % of it, is below " + fixed(a.flat.flatness, 2) +
                        " of its mean. Two phases make a plateau; not every plateau is two phases: diffraction decides.");
  return table;
}

HtmlPage page_of(const Analysis& r, const Arguments& a) {
  HtmlPage page{.title = "Cycling of " + std::filesystem::path(a.file).filename().string(),
                .subtitle = std::to_string(r.table.size()) + " records, " + fixed((r.table.time.back() - r.table.time.front()) / 3600, 1) + " hours" +
                            (r.material ? "; " + fixed(a.mass, 3) + " mg of " + a.formula : std::string())};
  std::vector<html::Highlights::Item> items;
  const int digits = r.scale.unit == "mAh" ? 3 : 1;
  if (r.reference) {
    const Cycle& c = r.cycles[*r.reference];
    items.push_back({"Discharge", fixed(c.discharge->capacity * r.scale.per_mAh, digits) + " " + r.scale.unit, "cycle " + std::to_string(r.numbers[*r.reference])});
    if (const auto e = r.efficiency(*r.reference)) items.push_back({"Efficiency", fixed(100 * *e, 1) + " %", "discharge over charge"});
    items.push_back({"Mean voltage", fixed(c.discharge->mean_voltage, 3) + " V", "of that discharge"});
    for (std::size_t i = r.cycles.size(); i-- > *r.reference + 1;)
      if (const auto kept = r.kept(i)) {
        items.push_back({"Retention", fixed(100 * *kept, 1) + " %", "cycle " + std::to_string(r.numbers[i])});
        break;
      }
  }
  if (!items.empty()) page.highlights(std::move(items));
  for (const std::string& warning : r.warnings) page.warning(warning + ".");

  // A few cycles tell it: the first, the reference, the middle and the last.
  std::vector<std::size_t> chosen{r.numbers.front(), r.numbers.back(), r.numbers[r.numbers.size() / 2]};
  if (r.reference) chosen.push_back(r.numbers[*r.reference]);
  const auto is_chosen = [&](const HalfAnalysis& half) { return std::find(chosen.begin(), chosen.end(), half.cycle) != chosen.end(); };
  std::vector<ShownCurve> curves;
  std::vector<ShownDifferential> differentials;
  for (const HalfAnalysis& half : r.halves) {
    if (!is_chosen(half)) continue;
    if (!half.curve.charge.empty()) curves.push_back({half.cycle, half.curve});
    if (half.differential) differentials.push_back({half.cycle, *half.differential, half.peaks});
  }
  page.heading("Charge curves").figure(charge_curve_figure(curves, r.scale), "Voltage against the charge passed in each half cycle, cycles of the legend.");
  if (!differentials.empty())
    page.heading("dQ/dV")
        .figure(differential_capacity_figure(differentials, r.scale), "dQ/dV of the same cycles; discharges below zero; marks: peaks. Hover a mark for its voltage and esd.")
        .table(peak_table(r, a, false));
  page.table(jump_table(r, false)).table(plateau_table(r, a, false));
  std::vector<Cycle> shown = r.cycles;
  if (!r.finished(shown.size() - 1)) shown.pop_back();
  const std::vector<std::size_t> numbers(r.numbers.begin(), r.numbers.begin() + static_cast<std::ptrdiff_t>(shown.size()));
  page.heading("Rate and retention").figure(cycle_figure(shown, numbers, r.scale), "Capacity, coulombic efficiency (discharge over the charge before it) and mean voltage of each cycle.");
  page.table(cycle_table(r));
  if (!r.rates.empty()) page.table(rates_table(r));
  page.details("All peaks, jumps and plateaus", {html::Block{peak_table(r, a, true)}, html::Block{jump_table(r, true)}, html::Block{plateau_table(r, a, true)}});
  return page;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{"Cycles of a cell from the table of its cycler: capacities, efficiency, retention, rates, dQ/dV with its peaks, plateaus."};
  app.add_option("FILE", a.file, "CSV, BDF, EC-Lab .mpt, or the text of Arbin, Neware, Maccor, Basytec, Novonix, PEC")->required();
  auto* mass = app.add_option("--mass", a.mass, "active material, mg: capacities become mAh/g")->check(CLI::Range(1e-6, 1e9));
  auto* formula = app.add_option("--formula", a.formula, "composition of the active material: its alkali content is followed")->needs(mass);
  app.add_option("--start", a.start, "alkali per formula unit at the first row (default: that of the formula)")->needs(formula)->check(CLI::Range(0.0, 2.0));
  app.add_option("--width", a.smoothing.width, "window of dQ/dV, V")->capture_default_str()->check(CLI::Range(1e-5, 10.0));
  app.add_option("--again", a.smoothing.again, "second window, through dQ/dV itself, V (0: none)")->capture_default_str()->check(CLI::Range(0.0, 10.0));
  app.add_option("--step", a.smoothing.step, "step of dQ/dV, V")->capture_default_str()->check(CLI::Range(1e-5, 1.0));
  app.add_option("--order", a.smoothing.order, "order of the local polynomials")->capture_default_str()->check(CLI::Range(2, 8));
  app.add_option("--prominence", a.peaks.prominence, "of a peak, part of the highest value")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  app.add_option("--flatness", a.flat.flatness, "of a plateau: dV/dQ below this part of its mean")->capture_default_str()->check(CLI::Range(0.001, 10.0));
  app.add_option("--reference", a.reference, "cycle to which retention refers (default: the first full one)");
  app.add_option("--rest", a.rest, "current, mA, that counts as none (default: a thousandth of the highest)")->check(CLI::Range(0.0, 1e9));
  app.add_option("--current-unit", a.current_unit, "of a column that does not say")->check(CLI::IsMember({"A", "mA", "uA"}));
  app.add_option("--voltage-unit", a.voltage_unit, "instead of what the header says")->check(CLI::IsMember({"V", "mV"}));
  app.add_option("--time-unit", a.time_unit, "instead of what the header says")->check(CLI::IsMember({"s", "min", "h"}));
  app.add_flag("--keep-faults", a.keep_faults, "go on where the table cannot be right, and say where");
  app.add_option("--json", a.json, "write the result as JSON");
  app.add_option("--report", a.report, "write a page with charge curves, dQ/dV, rate and retention");
  return program::main(app, argc, argv, [&] {
    const Analysis result = analyse(a);
    std::printf("%s\n", to_text(cycle_table(result), 130).c_str());
    if (!result.rates.empty()) std::printf("%s\n", to_text(rates_table(result)).c_str());
    if (std::any_of(result.halves.begin(), result.halves.end(), [](const HalfAnalysis& h) { return !h.peaks.empty(); }))
      std::printf("%s\n", to_text(peak_table(result, a, false)).c_str());
    if (const auto jumps = jump_table(result, false); !jumps.rows.empty()) std::printf("%s\n", to_text(jumps).c_str());
    if (const auto flat = plateau_table(result, a, false); !flat.rows.empty()) std::printf("%s\n", to_text(flat).c_str());
    for (const auto& warning : result.warnings) std::printf("Caution: %s.\n", warning.c_str());
    if (!a.json.empty()) program::write_json(a.json, "cycling", to_json(result, a));
    if (!a.report.empty()) program::write_report(a.report, page_of(result, a));
    return 0;
  });
}
