// Two clocks joined: voltage and charge of a cell at the times its patterns were measured.
#pragma once

#include <lamella/core/error.hpp>                      // fail
#include <lamella/core/measured.hpp>                   // to_string
#include <lamella/electrochemistry/cycling_table.hpp>  // CyclingTable

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// When a pattern was measured, on the clock of the patterns.
struct PatternTime {
  double start = 0;     ///< s
  double duration = 0;  ///< s; 0 where not known: then the start counts as the middle

  double middle() const noexcept { return start + 0.5 * duration; }
};

/// Columns of a cycler. Times do not decrease; of rows at the same time the last one counts from then on.
struct CyclingColumns {
  std::span<const double> time;     ///< s
  std::span<const double> voltage;  ///< V
  std::span<const double> charge;   ///< mAh; empty where not recorded
};

/// Whether a pattern found its rows.
enum class ClockStatus : std::uint8_t {
  joined,
  no_time,       ///< the pattern has no time
  before_table,  ///< the first row is later by more than the tolerance
  after_table,   ///< the last row is earlier by more than the tolerance
  gap,           ///< no row within the tolerance on either side
};

/// In words.
inline std::string_view to_string(ClockStatus status) {
  switch (status) {
    case ClockStatus::joined: return "joined";
    case ClockStatus::no_time: return "no time";
    case ClockStatus::before_table: return "before the table";
    case ClockStatus::after_table: return "after the table";
    case ClockStatus::gap: return "in a gap of the table";
  }
  return "unknown";
}

/// The cell in the middle of a pattern; 0 where the pattern was not joined.
struct JoinedPattern {
  ClockStatus status = ClockStatus::no_time;
  double time = 0;      ///< of the middle, s on the clock of the table
  double voltage = 0;   ///< V
  double charge = 0;    ///< mAh
  double distance = 0;  ///< to the nearest row, s
  std::string reason{}; ///< why the pattern was not joined

  bool joined() const noexcept { return status == ClockStatus::joined; }
};

/// How far the clocks may be apart.
struct ClockJoin {
  double tolerance = 0;  ///< s: the nearest row may be that far from the middle of a pattern; to be stated, it depends on the experiment
  double offset = 0;     ///< s: the table's clock less that of the patterns
};

namespace detail {

inline void check(const CyclingColumns& table, const ClockJoin& join) {
  const std::size_t n = table.time.size();
  if (!(join.tolerance > 0 && std::isfinite(join.tolerance))) fail("clocks: expected a tolerance above 0 s, got " + to_string(Measured{join.tolerance, 0}));
  if (!std::isfinite(join.offset)) fail("clocks: expected a finite offset between them");
  if (table.voltage.size() != n || (!table.charge.empty() && table.charge.size() != n))
    fail("clocks: " + std::to_string(n) + " times, " + std::to_string(table.voltage.size()) + " voltages and " + std::to_string(table.charge.size()) +
         " charges, expected as many of each, or no charges");
  for (std::size_t i = 0; i < n; ++i) {
    const std::string row = "clocks: row " + std::to_string(i + 1) + " of the cycling table: ";
    if (!std::isfinite(table.time[i]) || !std::isfinite(table.voltage[i]) || (!table.charge.empty() && !std::isfinite(table.charge[i])))
      fail(row + "expected finite numbers");
    if (i > 0 && table.time[i] < table.time[i - 1])
      fail(row + to_string(Measured{table.time[i], 0}) + " s after " + to_string(Measured{table.time[i - 1], 0}) + " s, expected times that do not decrease");
  }
}

}  // namespace detail

/// Voltage and charge in the middle of each pattern, linear between the rows around it; beyond the ends, within the tolerance, those of the
/// end. A pattern without a row near enough is not joined, with the reason. Throws where the table is no table (times that decrease, numbers
/// that are not finite, columns of different lengths) and where no tolerance is stated.
inline std::vector<JoinedPattern> join_clocks(std::span<const std::optional<PatternTime>> patterns, const CyclingColumns& table, const ClockJoin& join) {
  detail::check(table, join);
  const auto seconds = [](double s) { return detail::fixed(s, 1) + " s"; };
  std::vector<JoinedPattern> result;
  result.reserve(patterns.size());
  for (const auto& pattern : patterns) {
    JoinedPattern& joined = result.emplace_back();
    if (!pattern || !std::isfinite(pattern->middle())) {
      joined.reason = "the pattern has no time";
      continue;
    }
    joined.time = pattern->middle() + join.offset;
    if (table.time.empty()) {
      joined.status = ClockStatus::gap;
      joined.reason = "the cycling table has no rows";
      continue;
    }
    const auto after = std::upper_bound(table.time.begin(), table.time.end(), joined.time);
    const auto next = static_cast<std::size_t>(after - table.time.begin()), last = table.time.size() - 1;
    const std::size_t i = next == 0 ? 0 : next - 1, k = std::min(next, last);
    joined.distance = std::min(std::abs(joined.time - table.time[i]), std::abs(table.time[k] - joined.time));
    if (!(joined.distance <= join.tolerance)) {
      joined.status = next == 0 ? ClockStatus::before_table : next > last ? ClockStatus::after_table : ClockStatus::gap;
      joined.reason = "at " + seconds(joined.time) + " the nearest row is " + seconds(joined.distance) + " away, more than the tolerance of " + seconds(join.tolerance);
      continue;
    }
    const double part = k > i ? (joined.time - table.time[i]) / (table.time[k] - table.time[i]) : 0;
    joined.status = ClockStatus::joined;
    joined.voltage = std::lerp(table.voltage[i], table.voltage[k], part);
    if (!table.charge.empty()) joined.charge = std::lerp(table.charge[i], table.charge[k], part);
  }
  return result;
}

/// The same with a table of a cycler.
inline std::vector<JoinedPattern> join_clocks(std::span<const std::optional<PatternTime>> patterns, const CyclingTable& table, const ClockJoin& join) {
  return join_clocks(patterns, CyclingColumns{table.time, table.voltage, table.charge}, join);
}

}  // namespace lamella::inline LAMELLA_ABI
