// Peaks of dQ/dV and of dV/dQ with esds: voltages at which a cell takes up or gives much charge, and charges at which its voltage jumps.
#pragma once

#include <lamella/core/error.hpp>                              // fail
#include <lamella/core/measured.hpp>                           // Measured
#include <lamella/electrochemistry/detail/find_peaks.hpp>      // find_peaks
#include <lamella/electrochemistry/differential_capacity.hpp>  // DifferentialCapacity, DifferentialVoltage

#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Which maxima count.
struct PeakRule {
  double prominence = 0.05;  ///< at least, as a part of the highest value of the curve
  double significance = 3;   ///< at least, in esds of the value
};

/// A peak of dQ/dV.
struct CapacityPeak {
  Measured voltage{};     ///< V; esd from the scatter about the local polynomials, which says nothing of the shift by smoothing
  Measured height{};      ///< mAh/V
  double prominence = 0;  ///< mAh/V above the higher of the two valleys beside it
  double width = 0;       ///< V, full width at half of the prominence
  double charge = 0;      ///< mAh since the beginning of the half cycle
};

/// The peaks of dQ/dV by rising voltage. A maximum at an end of the curve is none: the cell was not followed past it.
inline std::vector<CapacityPeak> capacity_peaks(const DifferentialCapacity& curve, const PeakRule& rule = {}) {
  if (!(rule.prominence >= 0 && rule.significance >= 0)) fail("peaks of dQ/dV: prominence and significance, expected 0 or more");
  std::vector<CapacityPeak> peaks;
  const detail::PeakCurve plain{curve.voltage, curve.value, curve.esd, curve.slope_esd, curve.rule.step, curve.rule.width};
  for (const detail::CurvePeak& p : detail::find_peaks(plain, rule.prominence, rule.significance))
    peaks.push_back({p.position, p.height, p.prominence, p.width, curve.charge[p.at]});
  return peaks;
}

/// A peak of dV/dQ: a composition at which the voltage jumps, as that of an ordered phase.
struct VoltageJump {
  Measured charge{};      ///< mAh since the beginning of the half cycle; esd as that of a peak of dQ/dV
  Measured height{};      ///< V/mAh
  double prominence = 0;  ///< V/mAh above the higher of the two valleys beside it
  double width = 0;       ///< mAh, full width at half of the prominence
  double voltage = 0;     ///< V
};

/// The peaks of dV/dQ by charge. The steep ends of a half cycle are none, but they set what the highest value is: hence the lower
/// prominence where nothing is said.
inline std::vector<VoltageJump> voltage_jumps(const DifferentialVoltage& curve, const PeakRule& rule = {.prominence = 0.02}) {
  if (!(rule.prominence >= 0 && rule.significance >= 0)) fail("peaks of dV/dQ: prominence and significance, expected 0 or more");
  std::vector<VoltageJump> jumps;
  if (curve.charge.size() < 3) return jumps;
  const detail::PeakCurve plain{curve.charge, curve.value, curve.esd, curve.slope_esd, curve.charge[1] - curve.charge[0], curve.width};
  for (const detail::CurvePeak& p : detail::find_peaks(plain, rule.prominence, rule.significance))
    jumps.push_back({p.position, p.height, p.prominence, p.width, curve.voltage[p.at]});
  return jumps;
}

}  // namespace lamella::inline LAMELLA_ABI
