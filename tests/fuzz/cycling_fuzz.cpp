// Any bytes as a cycler's table: one clear error, or a sound table from which everything can be computed.
#include <lamella/electrochemistry/capacity_peaks.hpp>
#include <lamella/electrochemistry/cycle_summary.hpp>
#include <lamella/electrochemistry/cycling_faults.hpp>
#include <lamella/electrochemistry/plateaus.hpp>
#include <lamella/io/cycling_file.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.hpp"

using namespace lamella;

namespace {

void analyse(const CyclingTable& table, std::string_view text) {
  const auto halves = half_cycles(table);
  for (const HalfCycle& half : halves) {
    require(half.first <= half.last && half.last < table.size() && half.capacity > 0 && std::isfinite(half.mean_voltage) && std::isfinite(half.energy) &&
                std::isfinite(half.mean_current) && half.duration >= 0,
            "half cycle", text);
    const ChargeCurve curve = charge_curve(table, half);
    require(curve.charge.size() == curve.voltage.size(), "curve", text);
    try {
      const auto differential = differential_capacity(curve, {.step = 0.01, .width = 0.05});
      for (std::size_t i = 0; i < differential.value.size(); ++i)
        require(std::isfinite(differential.value[i]) && std::isfinite(differential.esd[i]) && std::isfinite(differential.charge[i]), "dQ/dV", text);
      for (const CapacityPeak& peak : capacity_peaks(differential))
        require(std::isfinite(peak.voltage.value) && std::isfinite(peak.voltage.esd) && peak.prominence >= 0 && std::isfinite(peak.width), "peak", text);
      const auto slope = differential_voltage(curve);
      for (const VoltageJump& jump : voltage_jumps(slope)) require(std::isfinite(jump.charge.value) && std::isfinite(jump.charge.esd), "jump", text);
      for (const Plateau& plateau : plateaus(slope)) require(std::isfinite(plateau.voltage) && plateau.from <= plateau.to, "plateau", text);
    } catch (const Error& error) {
      require(std::string_view(error.what()).find("expected") != std::string_view::npos, error.what(), text);
    }
  }
  const auto all = cycles(halves);
  for (const Cycle& cycle : all)
    if (const auto efficiency = cycle.coulombic_efficiency()) require(std::isfinite(*efficiency), "efficiency", text);
  for (const RateStep& step : rate_table(all)) require(std::isfinite(step.capacity.value + step.capacity.esd + step.current), "rate", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  CyclingReading reading;
  if ((data[0] & 1) != 0) reading.milliamperes_per_unit = 1;
  if ((data[0] & 2) != 0) reading.keep_faults = true;
  const auto result = try_parse_cycling(text, "a.dat", reading);
  if (!result) {
    const std::string_view what = result.error().what();
    require(what.starts_with("a.dat") && what.find("expected") != std::string_view::npos, "message", what);
    require(what.find('\n') == std::string_view::npos && what.size() < 600, "message of several lines or too long", what);
    return 0;
  }
  const CyclingTable& table = result.value();
  require(table.size() >= 1, "empty table", text);
  bool sound = true;
  for (const CyclingFault& fault : find_faults(table)) {
    require(fault.row >= 1 && fault.row <= table.size(), "row of a fault", text);
    sound = sound && fault.kind == CyclingFaultKind::repeated_row;
  }
  require(sound || reading.keep_faults, "faults without being told to keep them", text);
  if (sound) analyse(table, text);
  return 0;
}
