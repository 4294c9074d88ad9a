// How an atom scatters electrons: elastic scattering factors of atoms, and the wavelength of fast electrons.
#pragma once

#include <lamella/chemistry/species.hpp>                    // Species, to_string
#include <lamella/core/constants.hpp>                       // electron_mass, planck_constant …
#include <lamella/core/error.hpp>                           // fail, Place
#include <lamella/core/scalar.hpp>                          // Scalar
#include <lamella/diffraction/detail/electron_table.hpp>    // electron_table
#include <lamella/diffraction/scattering.hpp>               // Scatterer

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lamella::inline LAMELLA_ABI {

/// Wavelength (Å) of electrons accelerated by `voltage` (V), relativistic: h/√(2 m e V (1 + eV/2mc²)). 0.02508 Å at 200 kV. Throws
/// where the voltage is not a positive number.
inline double electron_wavelength(double voltage) {
  if (!(voltage > 0 && std::isfinite(voltage))) fail("electrons: the accelerating voltage must be a positive number of volts");
  const double energy = elementary_charge * voltage;
  const double rest = electron_mass * speed_of_light * speed_of_light;
  return 1e10 * planck_constant / std::sqrt(2 * electron_mass * energy * (1 + energy / (2 * rest)));
}

/// How the neutral atom of an element scatters electrons: the sum of Gaussians in Å, in the first Born approximation, without the
/// factor 1 + eV/mc² that is the same for all atoms. sinθ/λ < 2 Å⁻¹. |F|² is then in Å² per cell.
///
/// The charge of an ion is ignored: the factor of an ion has a pole at s = 0, which the potential of its neighbours cancels in the
/// crystal; see `mott_bethe` for larger s. Throws for an element without an entry. `where` names what asks for it in the message.
/// Source: International Tables Vol. C (2011), table 4.3.2.2.
inline Scatterer electron_scatterer(Species species, const Place& where = {}) {
  const auto row = std::lower_bound(detail::electron_table.begin(), detail::electron_table.end(), species.atomic_number,
                                    [](const detail::ElectronFormFactorRow& r, int z) { return r.atomic_number < z; });
  if (row == detail::electron_table.end() || row->atomic_number != species.atomic_number)
    fail("no electron scattering factor for " + to_string(species) + ", expected an element of International Tables C (2011)", where);
  return {row->a, row->b, 0, 0, 0};
}

/// The electron scattering factor (Å) of an atom or ion of atomic number `z` from its X-ray form factor `f_x` (electrons) at `s2` =
/// (sinθ/λ)² > 0 (Å⁻²): (Z − f_x)/(8π² a₀ s²). N. F. Mott (1930), H. Bethe (1930); International Tables Vol. C, 4.3.1.
template <Scalar T>
T mott_bethe(int z, const T& f_x, const T& s2) {
  return (T(static_cast<double>(z)) - f_x) / (T(8 * std::numbers::pi * std::numbers::pi * bohr_radius) * s2);
}

}  // namespace lamella::inline LAMELLA_ABI
