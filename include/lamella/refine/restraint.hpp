// Soft restraints: what a refinement should roughly keep to, such as bond lengths or the slab thickness.
#pragma once

#include <lamella/core/dual.hpp>                 // Dual
#include <lamella/core/error.hpp>                // fail
#include <lamella/diffraction/powder_model.hpp>  // PowderModel

#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// A quantity of the model that is pulled towards a target: ((target − value)/sigma)² is added to χ².
template <CrystalModel Crystal>
struct Restraint {
  static constexpr std::size_t width = 8;  ///< parameters per sweep of dual numbers
  using Wide = Dual<double, width>;
  using DualModel = typename PowderModel<Crystal>::template rebind<Wide>;

  std::string name;
  double target = 0;
  double sigma = 1;  ///< in the unit of the target
  std::function<double(const PowderModel<Crystal>&)> value;
  std::function<Wide(const DualModel&)> value_with_slopes;
  bool named = false;  ///< found by its name (see named_restraint.hpp): the name, target and sigma are all of it
};

/// Restrains `f`, which maps a model on any scalar T to a T. Throws where `sigma` is not positive. `Crystal` is that of the
/// model: `restrain<Structure<double>>("slab", 2.1, 0.02, f)`.
template <CrystalModel Crystal, class F>
Restraint<Crystal> restrain(std::string name, double target, double sigma, F f) {
  if (!(sigma > 0) || !std::isfinite(target)) fail("restraint " + name + ": expected a finite target and a sigma above 0");
  return {std::move(name), target, sigma, f, f, false};
}

}  // namespace lamella
