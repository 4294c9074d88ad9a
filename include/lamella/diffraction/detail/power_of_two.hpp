// 2^x for moderate x, in a form that compilers vectorise.
#pragma once

#include <lamella/version.hpp>

#include <bit>
#include <cstdint>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// 2^x for −1000 < x < 1000, relative error below 10⁻¹¹ (Taylor polynomial of degree 9): for profiles.
inline double power_of_two(double x) {
  constexpr double shifter = 6755399441055744.0;  // 1.5 · 2⁵²: adding it rounds to the nearest integer
  const double shifted = x + shifter;
  const double r = (x - (shifted - shifter)) * 0.69314718055994530942;
  double p = 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  // The low bits of `shifted` hold the integral part: moved into the exponent they multiply by 2ⁿ.
  const auto exponent = std::bit_cast<std::uint64_t>(shifted) << 52;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(p) + exponent);
}

}  // namespace detail
}  // namespace lamella
