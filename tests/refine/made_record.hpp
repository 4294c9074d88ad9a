// A record of a series that was never measured: O3 → P3 → O3 with prescribed cells and fractions, and noise as its esds say.
#pragma once

#include <lamella/refine/series_record.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "../support/random_numbers.hpp"

namespace lamella_test {

/// Charged from x = 1.00 to 0.40 and back. O3 moves until x = 0.75, turns into P3 until x = 0.60, which moves on.
struct MadeRun {
  std::size_t patterns = 200;
  double fraction_esd = 0.005, a_esd = 2e-4, c_esd = 2e-3;
  double full = 1.00, empty = 0.40, begins = 0.75, ends = 0.60;

  double x(double place) const {
    const double middle = 0.5 * static_cast<double>(patterns - 1), t = std::abs(place - middle) / middle;
    return empty + (full - empty) * t;
  }
  /// The place on charge where x is reached.
  double place_of(double content) const { return 0.5 * static_cast<double>(patterns - 1) * (1 - (content - empty) / (full - empty)); }
  /// On discharge.
  double place_back(double content) const { return static_cast<double>(patterns - 1) - place_of(content); }
  double p3_fraction(double content) const { return std::clamp((begins - content) / (begins - ends), 0.0, 1.0); }
  double a(bool p3, double content) const { return p3 ? 2.905 - 0.15 * (ends - content) : 2.99 - 0.22 * (full - content); }
  double c(bool p3, double content) const { return p3 ? 16.75 + 0.9 * (ends - content) : 16.05 + 1.6 * (full - content); }
};

inline lamella::SeriesRecord made_record(const MadeRun& run, Random& random) {
  using lamella::Measured;
  lamella::SeriesRecord record{.phases = {{.name = "O3", .stacking = "O3"}, {.name = "P3", .stacking = "P3"}}, .patterns = {}};
  for (std::size_t i = 0; i < run.patterns; ++i) {
    const double x = run.x(static_cast<double>(i)), p3 = run.p3_fraction(x);
    lamella::SeriesObservation pattern{.index = i, .usable = true, .time = 300.0 * static_cast<double>(i), .x = Measured{x, 0.005}};
    const double w = p3 > 0 && p3 < 1 ? p3 + run.fraction_esd * random.normal() : p3;
    const bool both = w > 4 * run.fraction_esd && w < 1 - 4 * run.fraction_esd;
    for (const bool is_p3 : {false, true}) {
      lamella::PhaseObservation phase;
      const double own = is_p3 ? w : 1 - w;
      phase.present = both || own > 0.5;
      if (phase.present) {
        const double content = std::clamp(x, is_p3 ? 0.0 : run.begins, is_p3 ? run.ends : 2.0), less = 1 / std::sqrt(std::max(own, 0.01));
        const double a = run.a(is_p3, content) + run.a_esd * less * random.normal(), c = run.c(is_p3, content) + run.c_esd * less * random.normal();
        phase.a = {a, run.a_esd * less};
        phase.c = {c, run.c_esd * less};
        phase.volume = {std::sqrt(0.75) * a * a * c, std::sqrt(0.75) * a * std::hypot(2 * c * phase.a.esd, a * phase.c.esd)};
        phase.weight_fraction = both ? Measured{own, run.fraction_esd} : Measured{1, 0};
      }
      pattern.phases.push_back(phase);
    }
    record.patterns.push_back(pattern);
  }
  return record;
}

}  // namespace lamella_test
