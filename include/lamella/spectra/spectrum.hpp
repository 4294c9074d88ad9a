// A measured photoelectron spectrum: binding energies, intensities and their standard uncertainties.
#pragma once

#include <lamella/core/error.hpp>     // fail
#include <lamella/core/measured.hpp>  // to_string

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Points of a spectrum in order of increasing binding energy; the three columns have the same length. The steps need not
/// be equal.
struct Spectrum {
  std::string name;             ///< "Ni 2p", as the file calls it
  std::string source;           ///< where it came from, for messages
  std::vector<double> energy;   ///< binding energy, eV, strictly increasing
  std::vector<double> counts;   ///< counts, or counts scaled by a constant (counts per second, corrected for transmission)
  std::vector<double> sigma;    ///< standard uncertainty of `counts`, > 0

  std::size_t size() const noexcept { return energy.size(); }
};

/// A closed interval of binding energies, eV.
struct EnergyWindow {
  double low = 0, high = 0;

  constexpr bool contains(double energy) const noexcept { return energy >= low && energy <= high; }
};

namespace detail {

/// Bounds of what a spectrum may hold: beyond them squares on the way to a fit may overflow.
inline constexpr double largest_counts = 1e15;
inline constexpr double smallest_counts_sigma = 1e-15;
inline constexpr double largest_energy = 1e6;  // eV

/// What is wrong with point `i` of a spectrum whose columns have equal lengths; empty where nothing is.
inline std::string spectrum_point_fault(const Spectrum& s, std::size_t i) {
  const auto show = [](double x) { return to_string(Measured{x, 0}); };
  if (!(std::abs(s.energy[i]) <= largest_energy)) return "energy " + show(s.energy[i]) + ", expected a binding energy in eV";
  if (i > 0 && !(s.energy[i] > s.energy[i - 1]))
    return "energy " + show(s.energy[i]) + " after " + show(s.energy[i - 1]) + ", expected each energy once, in increasing order";
  if (!(std::abs(s.counts[i]) <= largest_counts)) return "intensity " + show(s.counts[i]) + ", expected at most " + show(largest_counts);
  if (!(s.sigma[i] >= smallest_counts_sigma && s.sigma[i] <= largest_counts))
    return "sigma " + show(s.sigma[i]) + ", expected the standard uncertainty of the intensity, > 0";
  return {};
}

/// Throws unless the spectrum has at least `least` sound points.
inline void require_spectrum(const Spectrum& s, std::size_t least) {
  const std::string name = "spectrum" + (s.name.empty() ? "" : " " + s.name) + (s.source.empty() ? "" : " of " + s.source) + ": ";
  if (s.counts.size() != s.size() || s.sigma.size() != s.size())
    fail(name + std::to_string(s.size()) + " energies, " + std::to_string(s.counts.size()) + " intensities and " +
         std::to_string(s.sigma.size()) + " sigmas, expected as many of each");
  if (s.size() < least) fail(name + std::to_string(s.size()) + " points, expected " + std::to_string(least) + " or more");
  for (std::size_t i = 0; i < s.size(); ++i)
    if (const std::string fault = spectrum_point_fault(s, i); !fault.empty()) fail(name + "point " + std::to_string(i + 1) + ": " + fault);
}

}  // namespace detail

/// The points of a spectrum inside a window of binding energies.
inline Spectrum select(const Spectrum& spectrum, const EnergyWindow& window) {
  Spectrum kept{spectrum.name, spectrum.source, {}, {}, {}};
  for (std::size_t i = 0; i < spectrum.size(); ++i) {
    if (!window.contains(spectrum.energy[i])) continue;
    kept.energy.push_back(spectrum.energy[i]);
    kept.counts.push_back(spectrum.counts[i]);
    kept.sigma.push_back(spectrum.sigma[i]);
  }
  return kept;
}

/// The same spectrum with every point of the same weight (sigma 1), as many programs fit. Esds that are scaled by the
/// goodness of fit then rest on the scatter about the model alone.
inline Spectrum unweighted(Spectrum spectrum) {
  spectrum.sigma.assign(spectrum.size(), 1.0);
  return spectrum;
}

/// The same spectrum with all energies moved by `shift`, eV: charge referencing.
inline Spectrum shifted(Spectrum spectrum, double shift) {
  if (!(std::abs(shift) <= detail::largest_energy)) fail("shift of a spectrum by " + to_string(Measured{shift, 0}) + ": expected eV");
  for (double& energy : spectrum.energy) energy += shift;
  return spectrum;
}

}  // namespace lamella
