// Plateaus of a charge or discharge: where the voltage hardly depends on the composition, as it does while two phases are there.
#pragma once

#include <lamella/core/error.hpp>                              // fail
#include <lamella/electrochemistry/differential_capacity.hpp>  // DifferentialVoltage

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A stretch of nearly constant voltage. Gibbs' phase rule demands one while two phases coexist in equilibrium; the reverse does not
/// hold: a solid solution can be as flat, and a current makes two-phase regions slope. Diffraction decides.
struct Plateau {
  double from = 0, to = 0;  ///< mAh since the beginning of the half cycle
  double voltage = 0;       ///< V, mean over the charge
  double change = 0;        ///< V from its beginning to its end, with the direction of the half cycle positive
  double part = 0;          ///< of the half cycle's capacity
};

/// What counts as a plateau.
struct PlateauRule {
  double flatness = 0.25;  ///< dV/dQ below this part of its mean over the half cycle
  double shortest = 0.04;  ///< of the half cycle's capacity
};

/// The plateaus of a half cycle, by charge: maximal stretches in which dV/dQ, smoothed over the width that `curve` states, stays below
/// `flatness` times the mean of the half cycle (voltage span over capacity).
inline std::vector<Plateau> plateaus(const DifferentialVoltage& curve, const PlateauRule& rule = {}) {
  if (!(rule.flatness > 0 && rule.shortest > 0)) fail("plateaus: flatness and shortest length, expected positive numbers");
  std::vector<Plateau> found;
  const std::size_t n = curve.value.size();
  if (n < 2) return found;
  const double span = std::abs(curve.voltage.back() - curve.voltage.front()), capacity = curve.charge.back() - curve.charge.front();
  const double limit = rule.flatness * span / capacity;
  const double sign = curve.direction == CurrentDirection::charge ? 1 : -1;
  for (std::size_t i = 0; i < n;) {
    std::size_t end = i;
    double sum = 0;
    while (end < n && curve.value[end] < limit) sum += curve.voltage[end++];
    if (end > i + 1) {
      const double part = (curve.charge[end - 1] - curve.charge[i]) / capacity;
      if (part >= rule.shortest)
        found.push_back({curve.charge[i], curve.charge[end - 1], sum / static_cast<double>(end - i),
                         sign * (curve.voltage[end - 1] - curve.voltage[i]), part});
    }
    i = end + 1;
  }
  return found;
}

}  // namespace lamella::inline LAMELLA_ABI
