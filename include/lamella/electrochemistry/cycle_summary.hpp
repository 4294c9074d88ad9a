// Cycles of a cell: coulombic efficiency, retention, rates, and how the voltage decays.
#pragma once

#include <lamella/core/error.hpp>                    // fail
#include <lamella/core/measured.hpp>                 // Measured
#include <lamella/electrochemistry/half_cycles.hpp>  // HalfCycle

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A charge and the discharge after it. The first cycle may lack the charge (a cell that begins with a discharge), the last one
/// the discharge.
struct Cycle {
  std::optional<HalfCycle> charge = std::nullopt;
  std::optional<HalfCycle> discharge = std::nullopt;

  /// What the discharge returned of the charge before it: discharge over charge. Some programs print charge over discharge, or pair a
  /// charge with the discharge before it: those are other numbers.
  std::optional<double> coulombic_efficiency() const noexcept { return ratio(&HalfCycle::capacity); }
  /// Energy given over energy taken up.
  std::optional<double> energy_efficiency() const noexcept { return ratio(&HalfCycle::energy); }

 private:
  std::optional<double> ratio(double HalfCycle::*what) const noexcept {
    if (!charge || !discharge || !(*charge.*what > 0)) return std::nullopt;
    return *discharge.*what / (*charge.*what);
  }
};

/// The half cycles in pairs: every charge begins a cycle, and a discharge without a charge before it stands alone.
inline std::vector<Cycle> cycles(const std::vector<HalfCycle>& halves) {
  std::vector<Cycle> all;
  for (const HalfCycle& half : halves) {
    if (half.direction == CurrentDirection::charge) all.push_back({.charge = half});
    else if (all.empty() || all.back().discharge) all.push_back({.discharge = half});
    else all.back().discharge = half;
  }
  return all;
}

/// The cycle to which retention refers where nothing is said: the first with a charge and a discharge.
inline std::optional<std::size_t> first_full_cycle(const std::vector<Cycle>& all) {
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].charge && all[i].discharge) return i;
  return std::nullopt;
}

/// Discharge capacity of cycle `i` over that of cycle `reference`, both from 0; nothing where one has no discharge.
inline std::optional<double> retention(const std::vector<Cycle>& all, std::size_t i, std::size_t reference) {
  if (i >= all.size() || reference >= all.size())
    fail("retention: cycle " + std::to_string(std::max(i, reference) + 1) + " of " + std::to_string(all.size()));
  if (!all[i].discharge || !all[reference].discharge) return std::nullopt;
  return all[i].discharge->capacity / all[reference].discharge->capacity;
}

/// Consecutive cycles discharged by the same current.
struct RateStep {
  std::size_t first = 0, last = 0;  ///< cycles, from 0, both included
  double current = 0;               ///< mA, mean of the discharges
  double hours = 0;                 ///< of a discharge, mean: the rate is C/hours by the capacity delivered
  Measured capacity{};              ///< mAh, mean of the discharges; esd: standard deviation of one (0 of a single one)
  double mean_voltage = 0;          ///< V, mean of the discharges
};

/// The steps of a rate test: cycles in a row whose discharge currents agree with the first of them within `tolerance`, a fraction.
/// Cycles that lack a half are left out: a discharge without the charge before it is not a full one. One step for a cell that is
/// always discharged alike.
inline std::vector<RateStep> rate_table(const std::vector<Cycle>& all, double tolerance = 0.05) {
  if (!(tolerance >= 0 && tolerance < 1)) fail("rate table: tolerance " + std::to_string(tolerance) + ", expected from 0 to less than 1");
  std::vector<RateStep> steps;
  std::vector<double> capacities;
  double reference = 0;
  const auto close = [&] {
    if (steps.empty()) return;
    RateStep& step = steps.back();
    const auto n = static_cast<double>(capacities.size());
    step.current /= n;
    step.hours /= n;
    step.mean_voltage /= n;
    double sum = 0, squares = 0;
    for (const double capacity : capacities) sum += capacity;
    for (const double capacity : capacities) squares += (capacity - sum / n) * (capacity - sum / n);
    step.capacity = {sum / n, n > 1 ? std::sqrt(squares / (n - 1)) : 0};
    capacities.clear();
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].charge || !all[i].discharge) continue;
    const HalfCycle& half = *all[i].discharge;
    if (steps.empty() || std::abs(half.mean_current - reference) > tolerance * reference) {
      close();
      steps.push_back({.first = i, .last = i});
      reference = half.mean_current;
    }
    RateStep& step = steps.back();
    step.last = i;
    step.current += half.mean_current;
    step.hours += half.duration / 3600;
    step.mean_voltage += half.mean_voltage;
    capacities.push_back(half.capacity);
  }
  close();
  return steps;
}

/// A quantity's straight trend over the cycles: its value at the first cycle used and its change per cycle. The esds are those of
/// ordinary least squares with the scatter about the line.
struct CycleTrend {
  Measured start{};
  Measured per_cycle{};
  std::size_t cycles = 0;  ///< how many were used
};

/// The trend of `quantity(half cycle)` over the discharges (or charges) of cycles `first` to `last` (from 0, both included); nothing
/// for fewer than three. Discharges of different rates do not make a trend: choose cycles of one step of the rate table.
template <class Quantity>
std::optional<CycleTrend> cycle_trend(const std::vector<Cycle>& all, std::size_t first, std::size_t last, CurrentDirection direction,
                                      Quantity quantity) {
  std::vector<double> x, y;
  for (std::size_t i = first; i <= last && i < all.size(); ++i) {
    const auto& half = direction == CurrentDirection::charge ? all[i].charge : all[i].discharge;
    if (!half) continue;
    x.push_back(static_cast<double>(i));
    y.push_back(quantity(*half));
  }
  if (x.size() < 3) return std::nullopt;
  const auto n = static_cast<double>(x.size());
  double x_mean = 0, y_mean = 0, xx = 0, xy = 0, scatter = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    x_mean += x[i] / n;
    y_mean += y[i] / n;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - x_mean) * (x[i] - x_mean);
    xy += (x[i] - x_mean) * (y[i] - y_mean);
  }
  const double slope = xy / xx;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double residual = y[i] - y_mean - slope * (x[i] - x_mean);
    scatter += residual * residual / (n - 2);
  }
  const double offset = x.front() - x_mean;
  return CycleTrend{{y_mean + slope * offset, std::sqrt(scatter * (1 / n + offset * offset / xx))}, {slope, std::sqrt(scatter / xx)}, x.size()};
}

/// Change of the mean discharge voltage per cycle, V.
inline std::optional<CycleTrend> voltage_decay(const std::vector<Cycle>& all, std::size_t first, std::size_t last) {
  return cycle_trend(all, first, last, CurrentDirection::discharge, [](const HalfCycle& half) { return half.mean_voltage; });
}

}  // namespace lamella::inline LAMELLA_ABI
