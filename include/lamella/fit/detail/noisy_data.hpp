// What numbers with esds must be like to be fitted: finite, weights that neither vanish nor overflow.
#pragma once

#include <lamella/core/measured.hpp>  // Measured, to_string

#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Products of two squares of such numbers stay finite.
inline bool moderate(double x) { return std::abs(x) < 1e50; }

/// Whether a value can be weighted by its esd.
inline bool weighable(const Measured& m) { return moderate(m.value) && m.esd > 1e-50 && m.esd < 1e50; }

/// The first fault of points, or nothing.
inline std::string data_fault(std::span<const double> x, std::span<const Measured> y) {
  if (x.size() != y.size()) return std::to_string(x.size()) + " places for " + std::to_string(y.size()) + " values, expected as many";
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::string point = "point " + std::to_string(i) + ": ";
    if (!moderate(x[i])) return point + "x is " + to_string(Measured{x[i], 0}) + ", expected a finite number";
    if (!weighable(y[i]))
      return point + to_string(Measured{y[i].value, 0}) + " with esd " + to_string(Measured{y[i].esd, 0}) + ", expected finite numbers, the esd above 0";
  }
  return {};
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
