// How an atom scatters X-rays: form factor and dispersion correction of a species.
#pragma once

#include <lamella/chemistry/species.hpp>                        // Species, to_string
#include <lamella/core/error.hpp>                               // fail
#include <lamella/core/scalar.hpp>                              // Scalar
#include <lamella/diffraction/detail/dispersion_table.hpp>      // dispersion_table
#include <lamella/diffraction/detail/xray_form_factor_row.hpp>  // XrayFormFactorRow
#include <lamella/diffraction/detail/xray_it92_table.hpp>       // xray_it92_table
#include <lamella/diffraction/detail/xray_wk95_table.hpp>       // xray_wk95_table
#include <lamella/diffraction/radiation.hpp>                    // Anode

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Tables of form factors.
enum class FormFactorTable {
  wk95,  ///< D. Waasmaier & A. Kirfel, Acta Cryst. A51 (1995) 416: five Gaussians, sinθ/λ < 6 Å⁻¹
  it92,  ///< International Tables Vol. C (1992) 6.1.1.4: four Gaussians, sinθ/λ < 2 Å⁻¹
};

/// f(s) = f0(s) + f' + i f'', electrons.
struct Scatterer {
  std::array<double, 5> a{}, b{};  ///< Gaussians of f0: electrons; Å²
  double c = 0;                    ///< constant of f0, electrons
  double f_prime = 0;              ///< dispersion correction, real part, electrons
  double f_double_prime = 0;       ///< dispersion correction, imaginary part, electrons

  /// f0 at `s2` = (sinθ/λ)² in Å⁻².
  template <Scalar T>
  T f0(const T& s2) const {
    using std::exp;
    T f(c);
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] != 0) f += T(a[i]) * exp(T(-b[i]) * s2);
    return f;
  }
};

/// The form factor of an element or ion. Throws where the table has no such ion: Ni2+ is never silently Ni. `where` names
/// what asks for it in the message.
inline Scatterer scatterer(Species species, FormFactorTable table = FormFactorTable::wk95, const Place& where = {}) {
  const auto find = [&](const auto& rows) -> const detail::XrayFormFactorRow* {
    const auto row = std::lower_bound(rows.begin(), rows.end(), species,
                                      [](const detail::XrayFormFactorRow& r, Species s) { return r.species < s; });
    return row != rows.end() && row->species == species ? &*row : nullptr;
  };
  const auto* row = table == FormFactorTable::wk95 ? find(detail::xray_wk95_table) : find(detail::xray_it92_table);
  if (row == nullptr)
    fail("no form factor for " + to_string(species) + " in the table " +
         (table == FormFactorTable::wk95 ? "of Waasmaier and Kirfel (1995)" : "of International Tables C (1992)") +
         ", expected an element or one of its tabulated ions", where);
  return {row->a, row->b, row->c, 0, 0};
}

/// Adds f' and f'' of the free atom at the mean Kα of `anode` (Cromer-Liberman). Throws for transuranium elements.
inline Scatterer with_dispersion(Scatterer f, Species species, Anode anode) {
  const std::size_t z = species.atomic_number;
  if (z == 0 || z > detail::dispersion_table.size())
    fail("no dispersion correction for " + to_string(species) + ", expected hydrogen to uranium");
  const auto& row = detail::dispersion_table[z - 1];
  f.f_prime = row.f_prime[static_cast<std::size_t>(anode)];
  f.f_double_prime = row.f_double_prime[static_cast<std::size_t>(anode)];
  return f;
}

static_assert(detail::dispersion_anodes[static_cast<std::size_t>(Anode::Cu)] == "Cu" &&
              detail::dispersion_anodes[static_cast<std::size_t>(Anode::Mo)] == "Mo" &&
              detail::dispersion_anodes[static_cast<std::size_t>(Anode::Co)] == "Co" &&
              detail::dispersion_anodes[static_cast<std::size_t>(Anode::Ag)] == "Ag" &&
              detail::dispersion_anodes[static_cast<std::size_t>(Anode::Fe)] == "Fe" &&
              detail::dispersion_anodes[static_cast<std::size_t>(Anode::Cr)] == "Cr");

}  // namespace lamella
