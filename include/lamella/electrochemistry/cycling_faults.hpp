// What cyclers and converters get wrong in a table of numbers that are all readable: found by physics, named by row.
#pragma once

#include <lamella/core/measured.hpp>                   // to_string
#include <lamella/electrochemistry/cycling_table.hpp>  // CyclingTable, require_columns

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

enum class CyclingFaultKind : std::uint8_t {
  time_goes_back,     ///< a row is earlier than the one before
  repeated_row,       ///< time, voltage, current and charge of the row before: harmless to integrals, and to none of the others
  unsigned_current,   ///< the current has one sign while the cell charges and discharges
  reversed_current,   ///< the current is positive on discharge
  wrong_time_unit,    ///< charge counted and current times time differ, or the cell would be charged within seconds
  impossible_value,   ///< |voltage| above 100 V, or a test of more than ten years
};

/// A fault of a table and where it shows.
struct CyclingFault {
  CyclingFaultKind kind = CyclingFaultKind::time_goes_back;
  std::size_t row = 0;  ///< from 1
  std::string what;     ///< "time 12 s after 15 s, expected …"
};

namespace detail {

inline std::string brief(double x) {
  const double size = std::abs(x);
  return to_string(Measured{size > 1e-3 && size < 1e9 ? std::round(x * 1e4) / 1e4 : x, 0});
}

/// How the voltage moves under constant current. A passive cell cannot fall by a good part of its window while a steady
/// current charges it, nor rise while one discharges it: relaxation and nucleation are far smaller. Each member is the
/// first row, from 1, that shows it; 0 where none does.
struct CurrentSigns {
  std::size_t falls_on_charge = 0, rises_on_charge = 0, falls_on_discharge = 0, rises_on_discharge = 0;
  std::size_t within_seconds = 0;  ///< more than half of the window, and 0.5 V, in less than 36 s and 30 records or more
};

inline CurrentSigns current_signs(const CyclingTable& table) {
  CurrentSigns signs;
  const std::size_t n = table.size();
  if (n < 4) return signs;
  const auto [low, high] = std::minmax_element(table.voltage.begin(), table.voltage.end());
  const double move = std::max(0.2 * (*high - *low), 0.05);
  for (std::size_t first = 0; first < n;) {
    const double current = table.current[first];
    std::size_t last = first;
    while (last + 1 < n && std::abs(table.current[last + 1] - current) <= 0.02 * std::abs(current)) ++last;
    // The first rows of a run may still show the ohmic step.
    const std::size_t settled = first + (last - first) / 10 + 1;
    if (current != 0 && last >= settled + 2) {
      const auto note = [](std::size_t& noted, std::size_t row) {
        if (noted == 0) noted = row + 1;
      };
      double lowest = table.voltage[settled], highest = lowest;
      for (std::size_t i = settled + 1; i <= last; ++i) {
        const double voltage = table.voltage[i];
        if (voltage < highest - move) note(current > 0 ? signs.falls_on_charge : signs.falls_on_discharge, i);
        if (voltage > lowest + move) note(current > 0 ? signs.rises_on_charge : signs.rises_on_discharge, i);
        lowest = std::min(lowest, voltage);
        highest = std::max(highest, voltage);
      }
      const double interval = table.time[last] - table.time[first];
      if (highest - lowest > std::max(2.5 * move, 0.5) && last - first >= 30 && interval >= 0 && interval < 36) note(signs.within_seconds, last);
    }
    first = last + 1;
  }
  return signs;
}

}  // namespace detail

/// The faults of `table` in the order of their rows; of a kind that would fill pages the first `most`. None for a sound table.
/// Throws Error for columns of different lengths and numbers that are not finite.
///
/// - Sign: runs of constant current (within 2 %) in which the voltage moves by more than a fifth of the table's window, and
///   50 mV, against its sign.
/// - Unit of time: where the charge was counted by the cycler, it has to agree with current times time within a factor of 20
///   (records may be far apart) over the intervals of high current: hours taken for seconds are off by 3600, minutes by 60. Where it was not, a run of constant
///   current of 30 records or more that crosses half the window within 36 s (100C) is no time in seconds.
inline std::vector<CyclingFault> find_faults(const CyclingTable& table, std::size_t most = 20) {
  require_columns(table);
  std::vector<CyclingFault> faults;
  const auto seconds = [](double t) { return detail::brief(t) + " s"; };
  std::size_t back = 0, repeated = 0, impossible = 0;
  double duration = 0, moved = 0, counted = 0, highest = 0;
  for (const double current : table.current) highest = std::max(highest, std::abs(current));
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (std::abs(table.voltage[i]) > 100 && impossible++ == 0)
      faults.push_back({CyclingFaultKind::impossible_value, i + 1,
                        "voltage " + detail::brief(table.voltage[i]) + " V, expected at most 100 V (millivolts?)"});
    if (i == 0) continue;
    const double interval = table.time[i] - table.time[i - 1];
    if (interval < 0 && back++ < most)
      faults.push_back({CyclingFaultKind::time_goes_back, i + 1,
                        "time goes back from " + seconds(table.time[i - 1]) + " to " + seconds(table.time[i]) +
                            ", expected times in order"});
    if (interval == 0 && table.voltage[i] == table.voltage[i - 1] && table.current[i] == table.current[i - 1] &&
        table.charge[i] == table.charge[i - 1] && repeated++ < most)
      faults.push_back({CyclingFaultKind::repeated_row, i + 1, "repeats the row before, expected each record once"});
    if (interval <= 0) continue;
    duration += interval;
    if (std::min(std::abs(table.current[i]), std::abs(table.current[i - 1])) < 0.5 * highest) continue;
    counted += std::abs(table.charge[i] - table.charge[i - 1]);
    moved += 0.5 * std::abs(table.current[i] + table.current[i - 1]) * interval / 3600;
  }
  constexpr double year = 365.25 * 86400;
  if (duration > 10 * year)
    faults.push_back({CyclingFaultKind::impossible_value, table.size(),
                      "the test lasts " + detail::brief(duration / year) + " years, expected at most ten (wrong unit of time?)"});
  if (table.charge_source == ChargeSource::counted && moved > 0 && counted > 0 && !(counted < 20 * moved && moved < 20 * counted)) {
    const double ratio = counted / moved;
    std::string what = "the counters say " + detail::brief(counted) + " mAh, current times time " + detail::brief(moved) + " mAh, expected the same";
    for (const auto& [factor, unit] : {std::pair<double, const char*>{3600, "hours"}, {60, "minutes"}}) {
      if (ratio > factor / 2 && ratio < factor * 2) what += std::string(" (") + unit + " for seconds?)";
      if (1 / ratio > factor / 2 && 1 / ratio < factor * 2) what += std::string(" (seconds for ") + unit + "?)";
    }
    faults.push_back({CyclingFaultKind::wrong_time_unit, table.size(), std::move(what)});
  }
  const detail::CurrentSigns signs = detail::current_signs(table);
  if (signs.within_seconds != 0 && table.charge_source == ChargeSource::integrated)
    faults.push_back({CyclingFaultKind::wrong_time_unit, signs.within_seconds,
                      "a charge or discharge within 36 s, expected times in seconds (hours for seconds?)"});
  if (signs.falls_on_charge != 0 && signs.rises_on_charge != 0)
    faults.push_back({CyclingFaultKind::unsigned_current, signs.falls_on_charge,
                      "the voltage falls while the current is positive, expected a negative current on discharge"});
  else if (signs.rises_on_discharge != 0 && signs.falls_on_discharge != 0)
    faults.push_back({CyclingFaultKind::unsigned_current, signs.rises_on_discharge,
                      "the voltage rises while the current is negative, expected a positive current on charge"});
  else if (signs.falls_on_charge != 0 || signs.rises_on_discharge != 0)
    faults.push_back({CyclingFaultKind::reversed_current, std::max(signs.falls_on_charge, signs.rises_on_discharge),
                      "the voltage moves against the current, expected a current that is positive on charge"});
  std::sort(faults.begin(), faults.end(),
            [](const CyclingFault& a, const CyclingFault& b) { return a.row != b.row ? a.row < b.row : a.kind < b.kind; });
  return faults;
}

}  // namespace lamella::inline LAMELLA_ABI
