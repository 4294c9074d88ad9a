// A number with its standard uncertainty, and the crystallographer's way of writing it: 2.97421(5).
#pragma once

#include <lamella/version.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// A value and its estimated standard deviation, both in the same unit.
/// `esd` of 0 means that the number was fixed or is exact.
struct Measured {
  double value = 0;
  double esd = 0;
};

namespace detail {

/// `x` with that many decimals (at most 350). Always a decimal point.
inline std::string fixed(double x, int decimals) {
  std::array<char, 720> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::fixed, decimals);
  return std::string(buffer.data(), end.ptr);
}

/// The digits of an integral `x` and `zeros` more behind them.
inline std::string integer(double x, int zeros) {
  return fixed(x, 0) + std::string(x != 0 ? static_cast<std::size_t>(zeros) : 0, '0');
}

}  // namespace detail

/// "value(esd)", the esd in units of the last digit, rounded by the rule of 19 (IUCr): the esd is written
/// with one digit where that is 2 or more and with two digits (10 … 19) below. Without an esd (0, or below 10⁻³⁰⁰)
/// the shortest text that reads back as the same double; "value(?)" where the esd is negative, infinite or NaN.
/// Always a decimal point, whatever the locale.
inline std::string to_string(const Measured& m) {
  const bool known = m.esd >= 0 && std::isfinite(m.esd);
  if (!known || m.esd < 1e-300 || !std::isfinite(m.value)) {
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), m.value);
    return std::string(buffer.data(), end.ptr) + (known || !std::isfinite(m.value) ? "" : "(?)");
  }
  const int exponent = static_cast<int>(std::floor(std::log10(m.esd)));  // of the esd's first digit
  const int decimals = (m.esd / std::pow(10.0, exponent) < 1.95) ? 1 - exponent : -exponent;
  const double digits = std::round(m.esd * std::pow(10.0, decimals));
  if (decimals <= 0) {
    const double unit = std::pow(10.0, -decimals);
    return detail::integer(std::round(m.value / unit), -decimals) + "(" + detail::integer(digits, -decimals) + ")";
  }
  return detail::fixed(m.value, decimals) + "(" + detail::fixed(digits, 0) + ")";
}

}  // namespace lamella
