// Alkali content of a cathode in a cell from the charge passed: x in Na_xTMO2 along a cycling table.
#pragma once

#include <lamella/chemistry/capacity.hpp>     // capacity_per_alkali, mobile_alkali
#include <lamella/chemistry/composition.hpp>  // Sublattices
#include <lamella/core/error.hpp>             // fail

#include <string>

namespace lamella::inline LAMELLA_ABI {

/// The active material in an electrode. `mass` is that of the composition as written: of the oxide, without carbon and binder.
struct ActiveMaterial {
  Sublattices layers{};
  double mass = 0;   ///< mg
  double start = 0;  ///< alkali per formula unit (two anions) where the charge is 0
};

/// An active material of `mass` mg whose alkali content at charge 0 is what the formula says. Throws Error for a mass that is not
/// positive and a formula without layers.
inline ActiveMaterial active_material(const Formula& formula, double mass) {
  if (!(mass > 0 && mass < 1e9)) fail("active material: mass " + std::to_string(mass) + " mg, expected a positive number");
  const Sublattices layers = partition(formula);
  return {layers, mass, detail::mobile_alkali(layers)};
}

/// mAh that move one alkali per formula unit in or out of the electrode.
inline double charge_per_alkali(const ActiveMaterial& material) { return capacity_per_alkali(material.layers) * material.mass / 1000; }

/// Alkali per formula unit after a charge (mAh, positive on charge) if all of it moved alkali. Below 0 or above what the lattice holds
/// where it did not, or where the mass is wrong: the caller decides, the number is not cut.
inline double alkali_content(const ActiveMaterial& material, double charge) { return material.start - charge / charge_per_alkali(material); }

}  // namespace lamella::inline LAMELLA_ABI
