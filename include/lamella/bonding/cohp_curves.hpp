// Curves of the crystal orbital Hamilton population (or COOP, COBI) against energy, bond by bond.
#pragma once

#include <lamella/bonding/bond_strengths.hpp>  // StrengthMeasure
#include <lamella/core/error.hpp>              // fail

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What one curve belongs to.
struct CohpInteraction {
  std::size_t number = 0;     ///< as the file numbers it, from 1; 0 for the average over all bonds
  std::string first, second;  ///< labels of atoms or fragments; empty for the average
  std::string first_orbital, second_orbital;  ///< "2p_y"; empty where the curve is of the whole bond
  double length = 0;                          ///< Å; 0 for the average

  bool is_average() const noexcept { return number == 0; }
  bool is_orbital() const noexcept { return !first_orbital.empty(); }
};

/// The curves of a COHPCAR, COOPCAR or COBICAR. Energies are relative to the Fermi level.
struct CohpCurves {
  StrengthMeasure measure = StrengthMeasure::icohp;  ///< which integral belongs to the curves
  bool spin_polarised = false;
  double fermi_energy = 0;                    ///< eV, on the scale of the calculation
  std::vector<double> energies;               ///< E − E_F, eV, rising
  std::vector<CohpInteraction> interactions;  ///< the average first
  std::vector<double> values;                 ///< see `curve` and `integral`
  std::string source;                         ///< file

  std::size_t spins() const noexcept { return spin_polarised ? 2 : 1; }
  /// COHP of an interaction at an energy, for one spin (0 up, 1 down), eV per eV. Precondition: indices in range.
  double curve(std::size_t interaction, std::size_t energy, std::size_t spin = 0) const {
    return values[at(interaction, energy, spin)];
  }
  /// ICOHP, the integral up to that energy, eV, for one spin.
  double integral(std::size_t interaction, std::size_t energy, std::size_t spin = 0) const {
    return values[at(interaction, energy, spin) + 1];
  }
  /// The same with both spins summed.
  double curve_spins_summed(std::size_t interaction, std::size_t energy) const {
    return curve(interaction, energy) + (spin_polarised ? curve(interaction, energy, 1) : 0);
  }
  double integral_spins_summed(std::size_t interaction, std::size_t energy) const {
    return integral(interaction, energy) + (spin_polarised ? integral(interaction, energy, 1) : 0);
  }

  /// ICOHP of an interaction up to the Fermi level, spins summed, eV: what the ICOHPLIST holds. Between two energies of the grid
  /// it is interpolated. Throws Error where the Fermi level is outside the range of energies.
  double integral_to_fermi_level(std::size_t interaction) const {
    if (energies.empty() || energies.front() > 0 || energies.back() < 0)
      fail("the Fermi level is outside the energies of the curves, expected it within", Place{source});
    std::size_t i = 0;
    while (energies[i] < 0) ++i;
    if (energies[i] == 0 || i == 0) return integral_spins_summed(interaction, i);
    const double share = -energies[i - 1] / (energies[i] - energies[i - 1]);
    return (1 - share) * integral_spins_summed(interaction, i - 1) +
           share * integral_spins_summed(interaction, i);
  }

 private:
  // Rows of the file: spin by spin, interaction by interaction, curve and integral.
  std::size_t at(std::size_t interaction, std::size_t energy, std::size_t spin) const {
    return 2 * ((energy * spins() + spin) * interactions.size() + interaction);
  }
};

}  // namespace lamella::inline LAMELLA_ABI
