// One row of an X-ray form factor table: a sum of Gaussians and a constant.
#pragma once

#include <lamella/chemistry/species.hpp>  // Species

#include <array>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// f0(s) = c + Σ a_i exp(-b_i s²), electrons, with s = sinθ/λ in Å⁻¹ (b in Å²).
struct XrayFormFactorRow {
  Species species;
  std::array<double, 5> a, b;
  double c;
};

}  // namespace detail
}  // namespace lamella
