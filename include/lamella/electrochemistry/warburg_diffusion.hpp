// From the coefficient of a Warburg element to a diffusion coefficient.
#pragma once

#include <lamella/core/constants.hpp>  // gas_constant, faraday_constant
#include <lamella/core/error.hpp>      // fail
#include <lamella/core/measured.hpp>   // Measured, to_string

#include <cmath>
#include <string>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// Where a semi-infinite diffusion takes place.
struct WarburgConditions {
  double temperature = 298.15;  ///< K
  double area = 1;              ///< cm²
  double concentration = 0;     ///< of the species that diffuses, mol/cm³
  double charge_number = 1;     ///< electrons per species
};

/// D = R²T²/(2 A² n⁴ F⁴ C² σ²), cm²/s, from σ in Ω s^(−1/2), with the esd that σ's makes. For an ideal solution, whose potential follows
/// Nernst: in insertion electrodes RT/(nFC) is to be replaced by the slope of the equilibrium potential (C. Ho et al., J. Electrochem.
/// Soc. 127 (1980) 343), so that this is an order of magnitude there. Throws unless all numbers are positive.
inline Measured warburg_diffusion(const Measured& coefficient, const WarburgConditions& at) {
  for (const auto& [name, x] : {std::pair{"coefficient", coefficient.value}, {"temperature", at.temperature}, {"area", at.area},
                                {"concentration", at.concentration}, {"charge number", at.charge_number}})
    if (!(x > 0 && x < 1e30)) fail(std::string("Warburg diffusion: ") + name + " " + to_string(Measured{x, 0}) + ", expected a positive number");
  const double n = at.charge_number, charge = n * faraday_constant;
  const double root = gas_constant * at.temperature / (at.area * charge * charge * at.concentration * coefficient.value);
  const double d = root * root / 2;
  if (!(d > 0) || !std::isfinite(d)) fail("Warburg diffusion: no finite coefficient, expected numbers of ordinary size");
  return {d, 2 * d * coefficient.esd / coefficient.value};
}

}  // namespace lamella::inline LAMELLA_ABI
