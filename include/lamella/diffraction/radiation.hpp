// Radiation: what it is, its wavelengths, their intensity ratios, and the anode they come from.
#pragma once

#include <lamella/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lamella::inline LAMELLA_ABI {

/// Anode of an X-ray tube: decides the tabulated dispersion correction.
enum class Anode : std::uint8_t { Cu, Mo, Co, Ag, Fe, Cr };

/// What is diffracted.
enum class Probe : std::uint8_t { x_rays, neutrons };

/// One spectral line.
struct SpectralLine {
  double wavelength = 0;  ///< Å
  double weight = 1;      ///< integrated intensity relative to the first line
};

/// The radiation of a pattern: one line or a Kα doublet of X-rays, or neutrons of constant wavelength.
struct Radiation {
  std::array<SpectralLine, 2> line{};
  std::size_t count = 1;        ///< lines in use
  std::optional<Anode> anode;   ///< absent for a wavelength that belongs to no tabulated tube
  Probe probe = Probe::x_rays;

  constexpr std::span<const SpectralLine> lines() const noexcept { return {line.data(), count}; }
};

/// A single wavelength in Å.
constexpr Radiation monochromatic(double wavelength) { return {{{{wavelength, 1}}}, 1, std::nullopt}; }

/// Neutrons of a single wavelength in Å.
constexpr Radiation neutrons(double wavelength) { return {{{{wavelength, 1}}}, 1, std::nullopt, Probe::neutrons}; }

/// Two lines, Å; `ratio` is the integrated intensity of the second over the first.
constexpr Radiation doublet(double first, double second, double ratio, std::optional<Anode> anode = std::nullopt) {
  return {{{{first, 1}, {second, ratio}}}, 2, anode};
}

/// Kα radiations. Peak wavelengths: NIST SRD 128, R. D. Deslattes et al., Rev. Mod. Phys. 75 (2003) 35;
/// G. Hölzer et al., Phys. Rev. A 56 (1997) 4554 for the 3d metals. Ratio: the conventional 1/2 of sealed tubes.
namespace radiation {

inline constexpr Radiation CuKa = doublet(1.5405929, 1.5444274, 0.5, Anode::Cu);
inline constexpr Radiation CoKa = doublet(1.788996, 1.792835, 0.5, Anode::Co);
inline constexpr Radiation FeKa = doublet(1.936041, 1.939973, 0.5, Anode::Fe);
inline constexpr Radiation CrKa = doublet(2.289726, 2.293651, 0.5, Anode::Cr);
inline constexpr Radiation MoKa = doublet(0.70931715, 0.713607, 0.5, Anode::Mo);
inline constexpr Radiation AgKa = doublet(0.55942178, 0.5638131, 0.5, Anode::Ag);
inline constexpr Radiation CuKa1{{{{1.5405929, 1}}}, 1, Anode::Cu};

}  // namespace radiation

}  // namespace lamella
