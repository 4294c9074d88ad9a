// exp(x) for moderate negative x, in a form that compilers vectorise.
#pragma once

#include <lamella/version.hpp>

#include <bit>
#include <cstdint>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// exp(x) for −700 < x ≤ 0, relative error below 10⁻¹³ (argument reduction by ln 2, Taylor polynomial of degree 11).
/// No branches and no calls, so that loops over it become SIMD without -ffast-math.
inline double exponential(double x) {
  constexpr double log2_e = 1.4426950408889634;
  constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
  constexpr double shifter = 6755399441055744.0;  // 1.5 · 2⁵²: adding it rounds to the nearest integer
  const double shifted = x * log2_e + shifter;
  const double n = shifted - shifter;
  const double r = (x - n * ln2_high) - n * ln2_low;
  double p = 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  // The low bits of `shifted` hold n: moved into the exponent they multiply by 2ⁿ.
  const auto exponent = std::bit_cast<std::uint64_t>(shifted) << 52;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(p) + exponent);
}

}  // namespace detail
}  // namespace lamella
