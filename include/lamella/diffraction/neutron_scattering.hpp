// How a nucleus scatters neutrons: the bound coherent scattering length of an element.
#pragma once

#include <lamella/chemistry/species.hpp>                   // Species, to_string
#include <lamella/core/error.hpp>                          // fail, Place
#include <lamella/diffraction/detail/neutron_table.hpp>    // neutron_table
#include <lamella/diffraction/scattering.hpp>              // Scatterer

#include <algorithm>

namespace lamella::inline LAMELLA_ABI {

/// How the natural isotopic mixture of an element scatters neutrons: `c` is b' and `f_double_prime` is b'' of the scattering
/// length b' − i b'', in fm, whatever the angle. The charge of an ion is ignored, because nuclei scatter; magnetic scattering is
/// not included. |F|² is then in fm² per cell.
///
/// b'' is that of absorption, independent of the wavelength for all but resonant absorbers. Throws for an element without an
/// entry and for Sm, Eu and Gd, whose lengths change by some fm over thermal wavelengths: give a `Scatterer` of your own. `where`
/// names what asks for it in the message. Source: Neutron Data Booklet (2003), see the table.
inline Scatterer neutron_scatterer(Species species, const Place& where = {}) {
  const auto row = std::lower_bound(detail::neutron_table.begin(), detail::neutron_table.end(), species.atomic_number,
                                    [](const detail::NeutronRow& r, int z) { return r.atomic_number < z; });
  if (row == detail::neutron_table.end() || row->atomic_number != species.atomic_number)
    fail("no neutron scattering length for " + to_string(species) + ", expected an element of the Neutron Data Booklet (2003)",
         where);
  constexpr int samarium = 62, europium = 63, gadolinium = 64;
  if (const int z = row->atomic_number; z == samarium || z == europium || z == gadolinium)
    fail("the neutron scattering length of " + to_string(species) +
             " depends on the wavelength, expected an element without a resonance at thermal energies",
         where);
  return {{}, {}, row->length, 0, row->absorption};
}

}  // namespace lamella::inline LAMELLA_ABI
