// A number by which a list of doubles is recognised without being kept.
#pragma once

#include <lamella/version.hpp>

#include <bit>
#include <cstdint>
#include <span>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Equal for equal bits, on all machines; two different lists have the same one by a chance of 2⁻⁶⁴. Steps of the finaliser of
/// MurmurHash3 (A. Appleby, public domain).
inline std::uint64_t fingerprint(std::span<const double> list) {
  std::uint64_t h = 0x9e3779b97f4a7c15u ^ list.size();
  for (const double x : list) {
    h ^= std::bit_cast<std::uint64_t>(x);
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
  }
  return h;
}

}  // namespace detail
}  // namespace lamella
