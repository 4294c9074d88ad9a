// Records of a battery cycler: time, voltage, current and charge in one set of units, whatever program wrote them.
//
// Signs: the current is positive while the cell is charged (the cathode is oxidised and gives up alkali), as BioLogic, Arbin,
// Neware and the Battery Data Format have it; the charge rises with it. In a half cell against the alkali metal that is the
// working electrode's current.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Where the column of charge of a table comes from.
enum class ChargeSource : std::uint8_t {
  integrated,  ///< trapezoids of the current over time
  counted,     ///< the cycler's own counters, which see more points than it records
};

/// Rows of a cycler in the order of the file. The columns have the same length, except that `cycle` and `step` are empty
/// where the file does not number them.
struct CyclingTable {
  std::string source = {};            ///< where it came from, for messages
  std::vector<double> time = {};      ///< s, as the file counts them; does not decrease in a sound table (see `find_faults`)
  std::vector<double> voltage = {};   ///< V
  std::vector<double> current = {};   ///< mA, positive on charge
  std::vector<double> charge = {};    ///< mAh passed since the first row, rises on charge
  std::vector<int> cycle = {};        ///< the file's number of the cycle
  std::vector<int> step = {};         ///< the file's number of the step of the schedule
  ChargeSource charge_source = ChargeSource::integrated;

  std::size_t size() const noexcept { return time.size(); }
};

/// The state of a cell at a time: volts, mA (positive on charge), mAh since the first row.
struct CyclingState {
  double voltage = 0;
  double current = 0;
  double charge = 0;
};

/// Throws Error unless all columns of `table` have their lengths and all numbers are finite; `find_faults` looks at what they say.
inline void require_columns(const CyclingTable& table) {
  const std::size_t n = table.size();
  const auto wrong = [&](const char* name, std::size_t length) {
    fail("cycling table: " + std::to_string(length) + " rows of " + name + ", expected " + std::to_string(n) + " as of time",
         Place{table.source});
  };
  if (table.voltage.size() != n) wrong("voltage", table.voltage.size());
  if (table.current.size() != n) wrong("current", table.current.size());
  if (table.charge.size() != n) wrong("charge", table.charge.size());
  if (!table.cycle.empty() && table.cycle.size() != n) wrong("cycle", table.cycle.size());
  if (!table.step.empty() && table.step.size() != n) wrong("step", table.step.size());
  for (std::size_t i = 0; i < n; ++i)
    if (!std::isfinite(table.time[i] + table.voltage[i] + table.current[i] + table.charge[i]))
      fail("cycling table, row " + std::to_string(i + 1) + ": a number that is not finite", Place{table.source});
}

/// Fills `table.charge` from current and time by trapezoids, mAh. Intervals of time that go back count as none.
inline void integrate_charge(CyclingTable& table) {
  table.charge.assign(table.size(), 0);
  table.charge_source = ChargeSource::integrated;
  for (std::size_t i = 1; i < table.size(); ++i) {
    const double interval = std::max(table.time[i] - table.time[i - 1], 0.0);
    table.charge[i] = table.charge[i - 1] + 0.5 * (table.current[i] + table.current[i - 1]) * interval / 3600;
  }
}

/// The state at `time` (s, on the clock of the table), linear between the rows around it; of rows at the same time the last.
/// Nothing before the first row, after the last one and for an empty table. Precondition: time does not decrease.
inline std::optional<CyclingState> state_at(const CyclingTable& table, double time) {
  if (table.size() == 0 || !(time >= table.time.front() && time <= table.time.back())) return std::nullopt;
  const auto after = std::upper_bound(table.time.begin(), table.time.end(), time);
  const auto i = static_cast<std::size_t>(after - table.time.begin()) - 1;
  if (i + 1 == table.size()) return CyclingState{table.voltage[i], table.current[i], table.charge[i]};
  const double part = (time - table.time[i]) / (table.time[i + 1] - table.time[i]);
  const auto between = [&](const std::vector<double>& column) { return column[i] + part * (column[i + 1] - column[i]); };
  return CyclingState{between(table.voltage), between(table.current), between(table.charge)};
}

}  // namespace lamella::inline LAMELLA_ABI
