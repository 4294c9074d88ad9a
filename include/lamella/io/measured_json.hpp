// Numbers with uncertainties as JSON.
#pragma once

#include <lamella/core/measured.hpp>  // Measured

#include <nlohmann/json.hpp>

#include <cmath>

namespace lamella::inline LAMELLA_ABI {

/// {"value": v, "esd": s}; the esd is null where there is none, and so is a value that is not finite.
inline nlohmann::json to_json(const Measured& m) {
  const auto finite = [](double x) { return std::isfinite(x) ? nlohmann::json(x) : nlohmann::json(nullptr); };
  return {{"value", finite(m.value)}, {"esd", m.esd > 0 ? finite(m.esd) : nlohmann::json(nullptr)}};
}

}  // namespace lamella::inline LAMELLA_ABI
