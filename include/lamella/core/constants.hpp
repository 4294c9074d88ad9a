// Physical constants and unit factors.
#pragma once

#include <lamella/version.hpp>

#include <numbers>

namespace lamella::inline LAMELLA_ABI {

// CODATA 2018 (the first five exact by the SI of 2019): E. Tiesinga et al., Rev. Mod. Phys. 93 (2021) 025010.
inline constexpr double boltzmann_constant = 1.380649e-23;                 ///< J K⁻¹
inline constexpr double avogadro_constant = 6.02214076e23;                 ///< mol⁻¹
inline constexpr double elementary_charge = 1.602176634e-19;               ///< C
inline constexpr double planck_constant = 6.62607015e-34;                  ///< J s
inline constexpr double speed_of_light = 299792458.0;                      ///< m s⁻¹
inline constexpr double electron_mass = 9.1093837015e-31;                  ///< kg
inline constexpr double bohr_radius = 0.529177210903;                      ///< Å
inline constexpr double classical_electron_radius = 2.8179403262e-5;       ///< Å
inline constexpr double gas_constant = boltzmann_constant * avogadro_constant;       ///< J mol⁻¹ K⁻¹
inline constexpr double faraday_constant = elementary_charge * avogadro_constant;    ///< C mol⁻¹

/// hc in eV Å: energy of a photon times its wavelength.
inline constexpr double photon_energy_wavelength = planck_constant * speed_of_light / elementary_charge * 1e10;

inline constexpr double degree = std::numbers::pi / 180.0;                 ///< one degree in radians
inline constexpr double two_pi = 2.0 * std::numbers::pi;

}  // namespace lamella
