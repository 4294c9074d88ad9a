// A number with its standard uncertainty, and the crystallographer's way of writing it: 2.97421(5).
#pragma once

#include <lamella/version.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// A value and its estimated standard deviation, both in the same unit.
/// `esd` of 0 means that the number was fixed or is exact.
struct Measured {
  double value = 0;
  double esd = 0;
};

namespace detail {

inline std::string fixed(double x, int decimals) {
  std::array<char, 400> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::fixed, decimals);
  return std::string(buffer.data(), end.ptr);
}

}  // namespace detail

/// "value(esd)", the esd in units of the last digit, rounded by the rule of 19 (IUCr): the esd is written
/// with one digit where that is 2 or more and with two digits (10 … 19) below. Without an esd the shortest
/// text that reads back as the same double. Always a decimal point, whatever the locale.
inline std::string to_string(const Measured& m) {
  std::array<char, 40> buffer{};
  if (!(m.esd > 0) || !std::isfinite(m.value) || !std::isfinite(m.esd)) {
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), m.value);
    return std::string(buffer.data(), end.ptr);
  }
  int exponent = static_cast<int>(std::floor(std::log10(m.esd)));  // of the esd's first digit
  int decimals = (m.esd / std::pow(10.0, exponent) < 1.95) ? 1 - exponent : -exponent;
  double digits = std::round(m.esd * std::pow(10.0, decimals));
  if (decimals <= 0) {
    const double unit = std::pow(10.0, -decimals);
    return detail::fixed(std::round(m.value / unit) * unit, 0) + "(" + detail::fixed(digits * unit, 0) + ")";
  }
  return detail::fixed(m.value, std::min(decimals, 300)) + "(" + detail::fixed(digits, 0) + ")";
}

}  // namespace lamella
