// The record of a series: what each pattern says of its phases, as numbers with esds, however it was refined.
#pragma once

#include <lamella/core/error.hpp>          // fail
#include <lamella/core/measured.hpp>       // Measured
#include <lamella/fit/derived_values.hpp>  // Derived

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What is the same of a phase in all patterns of a series.
struct SeriesPhase {
  std::string name{};
  std::string stacking{};      ///< "O3", "P3" …; empty where it has no layers
  double formula_units = 3;    ///< of AₓMO₂ in the cell: 3 in O3 and P3 on hexagonal axes, 2 in P2
  double slabs = 3;            ///< in one edge c: 3 in O3 and P3, 2 in P2, 1 in O1
  double host_mass = 0;        ///< g/mol of the formula unit without its alkali; 0 where not known: then phases count as of equal mass
};

/// A phase in one pattern. Of one that is not present only the weight fraction means something.
struct PhaseObservation {
  bool present = false;
  Measured a{}, c{};                    ///< Å, hexagonal axes; c = a of a cubic cell
  Measured volume{};                    ///< Å³, of the cell
  std::optional<Derived<2>> layers{};   ///< [0] slab d(O–TM–O), [1] interslab d(O–A–O), Å, correlated at about −1
  Measured weight_fraction{};           ///< among the crystalline phases, 0–1; of an absent phase what its scale says, esd 0: not known
  std::optional<Measured> alkali{};     ///< per formula unit, from refined occupancies

  std::optional<Measured> slab() const { return layers ? std::optional((*layers)[0]) : std::nullopt; }
  std::optional<Measured> interslab() const { return layers ? std::optional((*layers)[1]) : std::nullopt; }
};

/// One pattern of a series. A pattern that could not be refined is not `usable`; it keeps its place.
struct SeriesObservation {
  std::size_t index = 0;                    ///< in the series
  bool usable = false;
  std::optional<double> time{};             ///< of the middle of the pattern, s, on one clock for all
  std::optional<double> voltage{};          ///< V
  std::optional<double> charge{};           ///< mAh that left the cathode since its start, negative: that entered
  std::optional<Measured> x{};              ///< alkali per formula unit, of all phases together
  std::vector<PhaseObservation> phases{};   ///< in the order of the record's phases
  double Rwp = 0, GoF = 0;                  ///< fraction; dimensionless
};

/// A series: its phases and its patterns, in the order they were measured.
struct SeriesRecord {
  std::vector<SeriesPhase> phases{};
  std::vector<SeriesObservation> patterns{};
};

namespace detail {

inline bool shows(const SeriesObservation& pattern, std::size_t phase) {
  return pattern.usable && phase < pattern.phases.size() && pattern.phases[phase].present;
}

/// The phase of a pattern that has but one, and has it usably.
inline std::optional<std::size_t> only_phase(const SeriesObservation& pattern) {
  std::optional<std::size_t> only;
  for (std::size_t p = 0; p < pattern.phases.size(); ++p) {
    if (!shows(pattern, p)) continue;
    if (only) return std::nullopt;
    only = p;
  }
  return only;
}

}  // namespace detail

/// Throws where a record contradicts itself: other numbers of phases in a pattern than in the record, patterns out of order.
inline void check(const SeriesRecord& record) {
  for (std::size_t i = 0; i < record.patterns.size(); ++i) {
    const auto& pattern = record.patterns[i];
    const std::string where = "pattern " + std::to_string(pattern.index) + " of the series: ";
    if (pattern.usable && pattern.phases.size() != record.phases.size())
      fail(where + std::to_string(pattern.phases.size()) + " phases, expected " + std::to_string(record.phases.size()));
    if (i > 0 && pattern.index <= record.patterns[i - 1].index)
      fail(where + "after pattern " + std::to_string(record.patterns[i - 1].index) + ", expected indices that increase");
  }
  for (const auto& phase : record.phases)
    if (!(phase.formula_units > 0 && phase.slabs > 0 && phase.host_mass >= 0 && std::isfinite(phase.formula_units * phase.slabs * phase.host_mass)))
      fail("phase " + phase.name + ": expected formula units and slabs above 0 and a mass that is not negative");
}

}  // namespace lamella::inline LAMELLA_ABI
