// Charges and discharges of a cycling table: capacity, energy and mean voltage of each.
#pragma once

#include <lamella/core/error.hpp>                      // fail
#include <lamella/electrochemistry/cycling_table.hpp>  // CyclingTable, require_columns

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

enum class CurrentDirection : std::uint8_t { charge, discharge };

/// A charge or a discharge: rows whose current has one sign, and rests between them.
struct HalfCycle {
  CurrentDirection direction = CurrentDirection::charge;
  std::size_t first = 0, last = 0;  ///< rows with that current, from 0, both included
  double capacity = 0;              ///< mAh, positive
  double energy = 0;                ///< mWh taken up (charge) or given (discharge), ∫ V dQ by trapezoids, positive
  double mean_voltage = 0;          ///< V: energy over capacity, the mean over the charge and not over the time
  double mean_current = 0;          ///< mA, positive: capacity over the time with current
  double duration = 0;              ///< s with current
};

/// What counts as a current, and what as a half cycle.
struct HalfCycleRule {
  /// mA: no more than this is rest; a thousandth of the table's highest where nothing is said.
  std::optional<double> rest_current = std::nullopt;
  /// Half cycles of less than this part of the largest capacity are taken as rests (noise about 0, pulses).
  double smallest = 1e-3;
};

/// The half cycles of `table` in their order, directions alternating. The charge between two rows belongs to the half cycle of the
/// later row, or, where that row is at rest, to the one before: the capacities add up to the charge of the table, less what
/// passed in rests and in half cycles left out. Throws Error for columns of different lengths and numbers that are not
/// finite. Precondition: no faults but repeated rows (see `find_faults`).
inline std::vector<HalfCycle> half_cycles(const CyclingTable& table, const HalfCycleRule& rule = {}) {
  require_columns(table);
  if (rule.rest_current && !(*rule.rest_current >= 0)) fail("half cycles: rest current " + std::to_string(*rule.rest_current) + " mA, expected 0 or more");
  if (!(rule.smallest >= 0 && rule.smallest < 1)) fail("half cycles: smallest part " + std::to_string(rule.smallest) + ", expected from 0 to less than 1");
  double highest = 0;
  for (const double current : table.current) highest = std::max(highest, std::abs(current));
  const double rest = rule.rest_current.value_or(1e-3 * highest);
  const auto direction_at = [&](std::size_t i) -> std::optional<CurrentDirection> {
    if (!(std::abs(table.current[i]) > rest)) return std::nullopt;
    return table.current[i] > 0 ? CurrentDirection::charge : CurrentDirection::discharge;
  };

  std::vector<HalfCycle> runs;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto direction = direction_at(i);
    if (direction) {
      if (runs.empty() || runs.back().direction != *direction) runs.push_back({.direction = *direction, .first = i, .last = i});
      runs.back().last = i;
    }
    if (i == 0 || runs.empty() || (!direction && runs.back().last + 1 != i)) continue;
    HalfCycle& run = runs.back();
    const double sign = run.direction == CurrentDirection::charge ? 1 : -1;
    const double passed = sign * (table.charge[i] - table.charge[i - 1]);
    run.capacity += passed;
    run.energy += 0.5 * (table.voltage[i] + table.voltage[i - 1]) * passed;
    if (direction) run.duration += std::max(table.time[i] - table.time[i - 1], 0.0);
  }
  double largest = 0;
  for (const HalfCycle& run : runs) largest = std::max(largest, run.capacity);
  std::vector<HalfCycle> kept;
  for (const HalfCycle& run : runs) {
    if (!(run.capacity > 0 && run.capacity >= rule.smallest * largest)) continue;
    if (kept.empty() || kept.back().direction != run.direction) {
      kept.push_back(run);
      continue;
    }
    kept.back().last = run.last;
    kept.back().capacity += run.capacity;
    kept.back().energy += run.energy;
    kept.back().duration += run.duration;
  }
  for (HalfCycle& half : kept) {
    half.mean_voltage = half.energy / half.capacity;
    half.mean_current = half.duration > 0 ? half.capacity / (half.duration / 3600) : std::abs(table.current[half.last]);
  }
  return kept;
}

/// Whether the table ends within its last half cycle: at the last row with a voltage short of where the half cycle of the same
/// direction before it ended, by more than a twentieth of the table's range of voltages. Where there is none before it, nobody knows: false.
inline bool last_is_unfinished(const CyclingTable& table, const std::vector<HalfCycle>& halves) {
  if (halves.size() < 3 || halves.back().last + 1 != table.size()) return false;
  const HalfCycle &last = halves.back(), &before = halves[halves.size() - 3];
  const auto [low, high] = std::minmax_element(table.voltage.begin(), table.voltage.end());
  const double sign = last.direction == CurrentDirection::charge ? 1 : -1;
  return sign * (table.voltage[before.last] - table.voltage[last.last]) > 0.05 * (*high - *low);
}

/// Voltage against charge within a half cycle.
struct ChargeCurve {
  CurrentDirection direction = CurrentDirection::charge;
  std::vector<double> charge;   ///< mAh since its beginning, positive, does not fall
  std::vector<double> voltage;  ///< V
};

/// The rows of `half` under current, those at rest and those whose charge goes back (noise of a counter) left out.
inline ChargeCurve charge_curve(const CyclingTable& table, const HalfCycle& half, const HalfCycleRule& rule = {}) {
  if (half.last >= table.size() || half.first > half.last)
    fail("charge curve: rows " + std::to_string(half.first + 1) + " to " + std::to_string(half.last + 1) + " of " + std::to_string(table.size()));
  ChargeCurve curve{.direction = half.direction, .charge = {}, .voltage = {}};
  curve.charge.reserve(half.last - half.first + 1);
  curve.voltage.reserve(half.last - half.first + 1);
  const double sign = half.direction == CurrentDirection::charge ? 1 : -1;
  double highest = 0;
  if (!rule.rest_current)
    for (const double current : table.current) highest = std::max(highest, std::abs(current));
  const double rest = rule.rest_current.value_or(1e-3 * highest);
  const double start = half.first == 0 ? table.charge[0] : table.charge[half.first - 1];
  for (std::size_t i = half.first; i <= half.last; ++i) {
    if (!(sign * table.current[i] > rest)) continue;
    const double charge = sign * (table.charge[i] - start);
    if (charge < 0 || (!curve.charge.empty() && charge < curve.charge.back())) continue;
    curve.charge.push_back(charge);
    curve.voltage.push_back(table.voltage[i]);
  }
  return curve;
}

}  // namespace lamella::inline LAMELLA_ABI
