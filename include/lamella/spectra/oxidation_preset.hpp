// Binding energies at which oxidation states have been reported, with what speaks against taking them at their word.
#pragma once

#include <lamella/chemistry/species.hpp>         // Species
#include <lamella/core/error.hpp>                // fail
#include <lamella/spectra/spectrum.hpp>          // EnergyWindow
#include <lamella/spectra/spectrum_model.hpp>    // SpectrumComponent

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// An oxidation state and the binding energy of its 2p3/2 line.
struct StateEnergy {
  Species state;
  double energy;  ///< eV
};

/// States of one element.
struct OxidationPreset {
  std::string_view element;               ///< "Ni"
  std::span<const StateEnergy> states;
  EnergyWindow window;                    ///< eV, around the 2p3/2 lines and their satellites
  std::string_view source, doubt;
};

namespace detail {

inline constexpr std::array<StateEnergy, 3> nickel_states{{{{28, 2}, 854.5}, {{28, 3}, 856.6}, {{28, 4}, 859.8}}};
inline constexpr std::array<StateEnergy, 2> manganese_states{{{{25, 3}, 641.1}, {{25, 4}, 642.3}}};
inline constexpr std::string_view seed_study = "J. Mater. Chem. A 2024, 12, 31145";

inline constexpr std::array<OxidationPreset, 2> oxidation_presets{{
    {"Ni", nickel_states, {848, 870}, seed_study,
     "859.8 eV is where the shake-up satellite of Ni2+ lies (about 861 eV): intensity there is no proof of Ni4+, and pure NiO fitted so "
     "shows much of it; Ni2+ itself is a multiplet with lines at 853.8 and 855.6 eV in NiO"},
    {"Mn", manganese_states, {637, 649}, seed_study,
     "lines of Mn3+ and Mn4+ 1.2 eV apart are narrower than the multiplets of either (3 eV in MnO2): the fractions follow the charge "
     "referencing and the widths chosen; the splitting of Mn 3s tells the states apart without either"},
}};

}  // namespace detail

/// The energies that the seed study assigns: Ni2+ 854.5, Ni3+ 856.6, Ni4+ 859.8 eV; Mn3+ 641.1, Mn4+ 642.3 eV. Read `doubt` before use.
/// Throws for another element.
inline const OxidationPreset& oxidation_preset(std::string_view element) {
  for (const auto& preset : detail::oxidation_presets)
    if (preset.element == element) return preset;
  fail("preset of oxidation states for \"" + std::string(element) + "\": expected Ni or Mn");
}

/// One component per state of a preset, named "Ni2+" …, of equal widths and areas.
inline SpectrumModel<double> preset_model(const OxidationPreset& preset, LineShape shape = LineShape::pseudo_voigt_sum, double fwhm = 2.5, double mixing = 0.3) {
  SpectrumModel<double> model;
  for (const auto& [state, energy] : preset.states)
    model.components.push_back({.name = to_string(state), .shape = shape, .position = energy, .fwhm = fwhm, .mixing = has_mixing(shape) ? mixing : 0.0});
  return model;
}

/// Sets areas to start from: each component as high as the spectrum above `background` (counts, per point) at its position allows, shared
/// among all of them.
inline void start_areas(SpectrumModel<double>& model, const Spectrum& spectrum, std::span<const double> background) {
  for (auto& c : model.components) {
    const auto above = std::lower_bound(spectrum.energy.begin(), spectrum.energy.end(), c.position);
    const auto i = std::min(static_cast<std::size_t>(above - spectrum.energy.begin()), spectrum.size() - 1);
    const double top = LineProfile<double>(c.shape, c.fwhm, c.mixing, c.asymmetry)(0.0);
    c.area = std::max(spectrum.counts[i] - background[i], 1.0) / top / static_cast<double>(model.components.size());
  }
}

}  // namespace lamella
