// Decimal text to the nearest double, at compile time.
#pragma once

#include <lamella/version.hpp>

#include <bit>
#include <cstdint>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

inline constexpr int max_decimal_digits = 19;  ///< significant digits that `nearest_double` can take
inline constexpr int max_decimal_places = 37;  ///< digits after the point that `nearest_double` can take

/// The double nearest to digits / 10^places (ties to even), as `strtod` gives it; `std::from_chars` is not
/// constexpr. Preconditions: digits < 10^19, 0 ≤ places ≤ 37. Binary long division: every step is exact in
/// 128 bits.
constexpr double nearest_double(std::uint64_t digits, int places) noexcept {
  __extension__ using Wide = unsigned __int128;
  if (digits == 0) return 0;
  Wide divisor = 1;
  for (int i = 0; i < places; ++i) divisor *= 10;
  std::uint64_t mantissa = static_cast<std::uint64_t>(digits / divisor);
  Wide remainder = digits % divisor;
  int exponent = 0;
  while (std::bit_width(mantissa) < 55) {  // 53 bits, one to round by, one to spare
    remainder *= 2;
    const bool bit = remainder >= divisor;
    if (bit) remainder -= divisor;
    mantissa = mantissa * 2 + (bit ? 1 : 0);
    --exponent;
  }
  const int surplus = static_cast<int>(std::bit_width(mantissa)) - 53;
  const std::uint64_t half = std::uint64_t{1} << (surplus - 1);
  const std::uint64_t tail = mantissa & (2 * half - 1);
  mantissa >>= surplus;
  exponent += surplus;
  if (tail > half || (tail == half && (remainder != 0 || (mantissa & 1) != 0))) ++mantissa;
  double value = static_cast<double>(mantissa);  // at most 2^53: exact, and so is each power of two below
  for (; exponent > 0; --exponent) value *= 2;
  for (; exponent < 0; ++exponent) value /= 2;
  return value;
}

}  // namespace detail
}  // namespace lamella
