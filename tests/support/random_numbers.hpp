// Seeded random numbers for tests: the same sequence with every compiler and library.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace lamella_test {

/// SplitMix64 (G. L. Steele, D. Lea & C. H. Flood, OOPSLA 2014): small, and good enough for picking test points.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// Uniform in [0, 1).
  double uniform() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1.0p-53;
  }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// Standard normal (Box-Muller).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

  /// Poisson with this mean: multiplication below 30, else a normal with continuity (mean and variance are right,
  /// the skewness 1/sqrt(mean) is not needed here).
  double poisson(double mean) {
    if (mean > 30) return std::fmax(0.0, std::round(mean + std::sqrt(mean) * normal()));
    const double limit = std::exp(-mean);
    double product = uniform();
    int count = 0;
    for (; product > limit; ++count) product *= uniform();
    return count;
  }

 private:
  std::uint64_t state_;
};

}  // namespace lamella_test
