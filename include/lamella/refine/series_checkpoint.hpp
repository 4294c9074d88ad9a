// Where a series of patterns stands, as plain data: what a program must keep to go on after an interruption.
#pragma once

#include <lamella/refine/model_numbers.hpp>  // ModelNumbers

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What a pattern, and those before it, say of the parameters that are carried to the next.
struct CarriedState {
  std::vector<std::string> names{};
  std::vector<double> values{};
  std::vector<double> covariance{};  ///< row by row, not scaled by GoF²

  friend bool operator==(const CarriedState&, const CarriedState&) = default;
};

/// A pattern from which others can start.
struct SeriesState {
  ModelNumbers numbers;
  double Rwp = 0, GoF = 0;      ///< fractions; of this pattern
  std::string source{};         ///< its name
  std::vector<bool> present{};  ///< per phase
  std::vector<bool> young{};    ///< per phase: present, but only its scale and its edge c are free
  double refused_line = 0;      ///< how sure the last line was, in esds, that no candidate explained
  CarriedState carried{};

  friend bool operator==(const SeriesState&, const SeriesState&) = default;
};

/// How well a pattern was fitted that was not good enough to start from.
struct DoubtfulPattern {
  double Rwp = 0, GoF = 0;
  std::string source{};  ///< empty: there is none

  friend bool operator==(const DoubtfulPattern&, const DoubtfulPattern&) = default;
};

/// All of the state of a `SeriesRefiner`. One made of the same model and options and restored from this goes on as if it had
/// never stopped, to the last bit, if the doubles are kept to the last bit (17 significant digits).
struct SeriesCheckpoint {
  std::size_t done = 0;                     ///< patterns so far, unreadable ones included
  std::vector<std::string> free{};          ///< names of the free parameters: by them another model is noticed
  bool started = false;                     ///< whether a pattern was refined from which others can start
  bool zero_for_displacement = false;       ///< what the first pattern decided for all
  ModelNumbers start{};                     ///< of the model as given
  SeriesState last_good{};                  ///< where not `started`: as given
  std::optional<SeriesState> turn{};        ///< from where a series that began in the middle goes back
  DoubtfulPattern doubtful{};               ///< the last one that was refined in stages, if it came after the last good one
  ModelNumbers model{};                     ///< of the last pattern that has values
  ModelNumbers listed{};                    ///< for which the reflections were listed
  std::uint64_t angles = 0;                 ///< fingerprint of the angles of the last pattern
  double first_angle = 0, last_angle = 0;   ///< of the first pattern, degrees 2θ
  std::size_t points = 0;                   ///< of the first pattern
  std::uint64_t counts = 0;                 ///< fingerprint of the counts of the last pattern …
  std::string counts_source{};              ///< … and its name

  friend bool operator==(const SeriesCheckpoint&, const SeriesCheckpoint&) = default;
};

}  // namespace lamella
