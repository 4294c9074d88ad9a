// What the columns of a cycler's table mean, from their names and units.
#pragma once

#include <lamella/io/detail/text.hpp>        // trimmed
#include <lamella/io/detail/text_lines.hpp>  // lower_case, is_word

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// What a column of a cycler may hold that is of use here.
enum class CyclingQuantity : std::uint8_t {
  none,
  time,               ///< of the test
  voltage,
  current,
  net_charge,         ///< rises on charge and falls on discharge, never reset
  charge_counter,     ///< rises on charge; may start again from 0 at any row
  discharge_counter,  ///< likewise on discharge
  step_counter,       ///< rises on both, starts again from 0 in each step
  cycle,
  step,
  state,              ///< C, D or R: charge, discharge, rest
  frequency,          ///< or another mark of an impedance spectrum
};
inline constexpr std::size_t cycling_quantities = 12;

/// A column: what it holds, how much of our unit (s, V, mA, mAh) one of its is (0 where it does not say), and which of
/// several columns of a quantity to prefer (the lowest rank).
struct RecordColumn {
  CyclingQuantity quantity = CyclingQuantity::none;
  double factor = 0;
  int rank = 0;
};

/// A header's name and unit: "Ewe/V", "<Ewe>/V", "<Ewe/V>", "Voltage / V", "Voltage(V)", "U[V]".
struct NameAndUnit {
  std::string name;  ///< lower-case letters and digits only
  std::string unit;  ///< lower-case; without dots, blanks and brackets; "u" for micro
};

inline NameAndUnit name_and_unit(std::string_view header) {
  std::string text;
  for (const char c : header)
    if (c != '<' && c != '>' && c != '~' && c != '"') text += lower_case(c);
  std::string_view name = trimmed(text), unit;
  if (!name.empty() && (name.back() == ')' || name.back() == ']')) {
    const auto open = name.find_last_of("([");
    if (open != std::string_view::npos && open > 0) {
      unit = name.substr(open + 1, name.size() - open - 2);
      name = name.substr(0, open);
    }
  } else if (const auto slash = name.rfind('/'); slash != std::string_view::npos) {
    unit = name.substr(slash + 1);
    name = name.substr(0, slash);
  } else {  // the machine-readable notation of the Battery Data Format
    for (const auto& [ending, symbol] : {std::pair<std::string_view, std::string_view>{"_second", "s"}, {"_volt", "v"}, {"_ampere", "a"}, {"_ah", "ah"}})
      if (name.ends_with(ending)) {
        name.remove_suffix(ending.size());
        unit = symbol;
        break;
      }
  }
  NameAndUnit parts;
  for (const char c : name)
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) parts.name += c;
  for (std::size_t i = 0; i < unit.size(); ++i) {
    if (unit[i] == '.' || unit[i] == ' ' || unit[i] == '\xC2') continue;
    parts.unit += unit[i] == '\xB5' ? 'u' : unit[i];
  }
  return parts;
}

/// How much of our unit of `quantity` one `unit` is; 0 for a unit that is none of that quantity.
inline double cycling_unit(CyclingQuantity quantity, std::string_view unit) noexcept {
  struct Unit {
    std::string_view symbol;
    double factor;
  };
  const auto find = [&](const auto& units) {
    for (const Unit& known : units)
      if (known.symbol == unit) return known.factor;
    return 0.0;
  };
  switch (quantity) {
    case CyclingQuantity::time:
      return find(std::array{Unit{"s", 1}, Unit{"sec", 1}, Unit{"seconds", 1}, Unit{"second", 1}, Unit{"min", 60}, Unit{"minutes", 60},
                             Unit{"h", 3600}, Unit{"hr", 3600}, Unit{"hours", 3600}, Unit{"ms", 1e-3}, Unit{"d", 86400}});
    case CyclingQuantity::voltage:
      return find(std::array{Unit{"v", 1}, Unit{"mv", 1e-3}});
    case CyclingQuantity::current:
      return find(std::array{Unit{"a", 1000}, Unit{"ma", 1}, Unit{"ua", 1e-3}, Unit{"na", 1e-6}});
    case CyclingQuantity::net_charge:
    case CyclingQuantity::charge_counter:
    case CyclingQuantity::discharge_counter:
    case CyclingQuantity::step_counter:
      return find(std::array{Unit{"ah", 1000}, Unit{"mah", 1}, Unit{"uah", 1e-3}, Unit{"c", 1 / 3.6}});
    default:
      return 1;
  }
}

/// What a column named `header` holds.
inline RecordColumn cycling_column(std::string_view header) {
  using Q = CyclingQuantity;
  struct Known {
    std::string_view name;
    Q quantity;
    int rank;
    double factor;  // of the name itself; 0 where the unit has to be said
  };
  static constexpr std::array known{
      Known{"testtime", Q::time, 0, 0},          Known{"totaltime", Q::time, 1, 0},        Known{"cumulativetime", Q::time, 1, 0},
      Known{"runtime", Q::time, 1, 0},           Known{"elapsedtime", Q::time, 1, 0},      Known{"time", Q::time, 2, 0},
      Known{"zeit", Q::time, 2, 0},              Known{"temps", Q::time, 2, 0},            Known{"ewe", Q::voltage, 0, 0},
      Known{"ecell", Q::voltage, 0, 0},          Known{"voltage", Q::voltage, 0, 0},       Known{"volts", Q::voltage, 0, 1},
      Known{"potential", Q::voltage, 1, 0},      Known{"spannung", Q::voltage, 1, 0},      Known{"u", Q::voltage, 1, 0},
      Known{"i", Q::current, 0, 0},              Known{"current", Q::current, 0, 0},       Known{"strom", Q::current, 0, 0},
      Known{"amps", Q::current, 0, 1000},        Known{"mamps", Q::current, 0, 1},         Known{"control", Q::current, 5, 0},
      Known{"qqo", Q::net_charge, 0, 0},         Known{"netcapacity", Q::net_charge, 0, 0},
      Known{"chargecapacity", Q::charge_counter, 0, 0},       Known{"chargingcapacity", Q::charge_counter, 0, 0},
      Known{"chgcap", Q::charge_counter, 0, 0},               Known{"qcharge", Q::charge_counter, 0, 0},
      Known{"dischargecapacity", Q::discharge_counter, 0, 0}, Known{"dischargingcapacity", Q::discharge_counter, 0, 0},
      Known{"dchgcap", Q::discharge_counter, 0, 0},           Known{"qdischarge", Q::discharge_counter, 0, 0},
      Known{"mamphr", Q::step_counter, 0, 1},    Known{"amphr", Q::step_counter, 0, 1000}, Known{"stepcumulativecapacity", Q::step_counter, 0, 0},
      Known{"cycleindex", Q::cycle, 0, 1},       Known{"cyclenumber", Q::cycle, 0, 1},     Known{"cyclecount", Q::cycle, 0, 1},
      Known{"cycle", Q::cycle, 1, 1},            Known{"cyc", Q::cycle, 1, 1},             Known{"cyclec", Q::cycle, 1, 1},
      Known{"stepindex", Q::step, 0, 1},         Known{"stepid", Q::step, 0, 1},           Known{"stepnumber", Q::step, 1, 1},
      Known{"stepcount", Q::step, 1, 1},         Known{"step", Q::step, 2, 1},             Known{"ns", Q::step, 2, 1},
      Known{"state", Q::state, 0, 1},            Known{"freq", Q::frequency, 0, 1},        Known{"frequency", Q::frequency, 0, 1},
      Known{"rez", Q::frequency, 1, 1}};
  const auto [name, unit] = name_and_unit(header);
  for (const Known& entry : known) {
    if (name != entry.name) continue;
    RecordColumn column{entry.quantity, entry.factor, entry.rank};
    if (unit.empty() || column.factor != 0) return column;
    column.factor = cycling_unit(column.quantity, unit);
    // "Total Time (Hours in hh:mm:ss)": the fields say themselves what they are.
    const bool clock = column.quantity == Q::time && unit.find(':') != std::string::npos;
    if (column.factor == 0 && !clock) return {};
    return column;
  }
  return {};
}

/// The columns of a table: for each quantity which column to take, where there is one.
struct RecordColumns {
  std::array<std::optional<std::size_t>, cycling_quantities> at{};
  std::array<RecordColumn, cycling_quantities> column{};

  static std::size_t index(CyclingQuantity quantity) noexcept { return static_cast<std::size_t>(quantity); }
  std::optional<std::size_t> operator[](CyclingQuantity quantity) const noexcept { return at[index(quantity)]; }
  double& factor(CyclingQuantity quantity) noexcept { return column[index(quantity)].factor; }

  /// Whether these are the columns of a table of records.
  bool complete() const noexcept {
    return at[index(CyclingQuantity::time)] && (at[index(CyclingQuantity::voltage)] || at[index(CyclingQuantity::frequency)]);
  }
};

/// The meaning of a line of headers. Of columns of the same quantity the one of lowest rank is taken, then one whose unit is
/// said, then the first. Units that Arbin leaves out are s, V, A and Ah. `nested`: of Neware's records below rows of steps, whose
/// "Capacity" is that of the step.
inline RecordColumns cycling_columns(const std::vector<std::string_view>& headers, bool nested = false) {
  RecordColumns columns;
  std::size_t arbin = 0;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::string name = name_and_unit(headers[i]).name;
    if (name == "testtime" || name == "cycleindex" || name == "stepindex" || name == "datapoint" || name == "testid") ++arbin;
    RecordColumn column = cycling_column(headers[i]);
    if (nested && name == "capacity")
      column = {CyclingQuantity::step_counter, cycling_unit(CyclingQuantity::step_counter, name_and_unit(headers[i]).unit), 0};
    if (column.quantity == CyclingQuantity::none) continue;
    const std::size_t q = RecordColumns::index(column.quantity);
    const bool better = !columns.at[q] || column.rank < columns.column[q].rank ||
                        (column.rank == columns.column[q].rank && columns.column[q].factor == 0 && column.factor != 0);
    if (!better) continue;
    columns.at[q] = i;
    columns.column[q] = column;
  }
  if (arbin >= 4) {
    using Q = CyclingQuantity;
    for (const auto& [quantity, factor] : {std::pair<Q, double>{Q::time, 1}, {Q::voltage, 1}, {Q::current, 1000},
                                           {Q::charge_counter, 1000}, {Q::discharge_counter, 1000}})
      if (columns.factor(quantity) == 0) columns.factor(quantity) = factor;
  }
  return columns;
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
