// Bond strengths from LOBSTER: one list of integrated COHP, COOP or COBI per bond, spins and orbitals kept apart.
//
// Convention, everywhere: a value is that of one bond with both spins summed unless its name says otherwise. ICOHP is negative
// where a bond binds; functions whose names say `strength` give −ICOHP (eV), ICOOP or ICOBI, positive where it binds.
#pragma once

#include <lamella/chemistry/species.hpp>  // Species
#include <lamella/core/error.hpp>         // fail

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Which integral a list holds, up to the Fermi level.
enum class StrengthMeasure : std::uint8_t {
  icohp,  ///< crystal orbital Hamilton population, eV: R. Dronskowski & P. E. Blöchl, J. Phys. Chem. 97 (1993) 8617
  icoop,  ///< crystal orbital overlap population, electrons
  icobi  ///< crystal orbital bond index, dimensionless: P. C. Müller et al., J. Phys. Chem. C 125 (2021) 7959
};

/// "ICOHP", "ICOOP", "ICOBI".
constexpr std::string_view to_string(StrengthMeasure measure) noexcept {
  switch (measure) {
    case StrengthMeasure::icohp:
      return "ICOHP";
    case StrengthMeasure::icoop:
      return "ICOOP";
    case StrengthMeasure::icobi:
      break;
  }
  return "ICOBI";
}

/// An end of bonds: an atom of the cell, or a fragment of several (LOBSTER's LCFO lists).
struct BondPartner {
  std::string label;  ///< "Ti2"; of a fragment "AlN_1"
  std::string kind;   ///< "Ti"; "AlN"
  Species element;    ///< without charge; `vacancy` for a fragment of several atoms
};

/// One bond of a list.
struct BondStrength {
  std::size_t number = 0;             ///< in the list, from 1
  std::size_t first = 0, second = 0;  ///< the partners, indices into the list's
  double length = 0;                  ///< Å
  std::array<int, 3>
      translation{};  ///< cells from the first partner to the second; zeros in lists of LOBSTER 2, which lack it
  std::array<double, 2>
      by_spin{};  ///< ICOHP, ICOOP or ICOBI of spin up and down; all in the first without spin polarisation
  std::size_t averaged_over = 1;  ///< equivalent bonds whose mean this is (LOBSTER 2)

  /// ICOHP (eV), ICOOP or ICOBI of one bond, both spins.
  constexpr double spins_summed() const noexcept { return by_spin[0] + by_spin[1]; }
};

/// The part of a bond that two orbitals make.
struct OrbitalStrength {
  std::size_t bond = 0;                               ///< index into the list's bonds
  std::size_t first_orbital = 0, second_orbital = 0;  ///< indices into the list's orbital names
  std::array<double, 2> by_spin{};                    ///< as in `BondStrength`

  constexpr double spins_summed() const noexcept { return by_spin[0] + by_spin[1]; }
};

/// A whole ICOHPLIST, ICOOPLIST or ICOBILIST. LOBSTER lists a bond between different atoms of the cell once, and one between an
/// atom and its own image in both directions, so that every entry with an atom is one neighbour of it.
struct BondStrengthList {
  StrengthMeasure measure = StrengthMeasure::icohp;
  bool spin_polarised = false;
  bool fragments = false;  ///< of LOBSTER's LCFO
  bool has_translations = false;
  std::vector<BondPartner> partners;  ///< in the order in which they appear
  std::vector<BondStrength> bonds;
  std::vector<std::string> orbitals;         ///< names: "5s", "2p_y", "5d_x^2-y^2"
  std::vector<OrbitalStrength> by_orbitals;  ///< bond by bond; empty where the list does not resolve orbitals
  std::string source;                        ///< file

  /// The partner of that label. Throws Error where the list has none.
  std::size_t partner(std::string_view label) const {
    for (std::size_t i = 0; i < partners.size(); ++i)
      if (partners[i].label == label) return i;
    fail("no atom \"" + std::string(label) + "\" in the list, expected one such as " +
             (partners.empty() ? "Ti2" : partners.front().label),
         Place{source});
  }

  /// How strongly a bond binds, positive: −ICOHP (eV), ICOOP or ICOBI of the one bond, spins summed.
  double strength_per_bond(const BondStrength& bond) const noexcept {
    return measure == StrengthMeasure::icohp ? -bond.spins_summed() : bond.spins_summed();
  }
};

}  // namespace lamella::inline LAMELLA_ABI
