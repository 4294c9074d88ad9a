// What the reader of a cycler's file is told that the file does not say.
#pragma once

#include <lamella/version.hpp>

#include <optional>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Units that headers leave out or state wrongly, and what to do with tables that cannot be right.
struct CyclingReading {
  /// mA per unit of the column of current where its header does not say (1000: ampere), and of its charges likewise.
  std::optional<double> milliamperes_per_unit = std::nullopt;
  std::optional<double> seconds_per_unit = std::nullopt;  ///< of time, instead of what the header says
  std::optional<double> volts_per_unit = std::nullopt;    ///< of voltage, instead of what the header says
  std::string voltage_column = {};  ///< header of the column of voltage as written, such as that of one electrode; empty: by its meaning
  bool keep_faults = false;  ///< returns a table that `find_faults` complains of; else the first fault is an error
};

}  // namespace lamella::inline LAMELLA_ABI
