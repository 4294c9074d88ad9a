// Profile parameters in the units of GSAS, GSAS-II and FullProf: the only place where those appear.
//
// Here (H FWHM in degrees 2θ):  H_G² = U tan²θ + V tanθ + W,  H_L = X tanθ + Y/cosθ: X widens as strain does, Y as size.
// GSAS, GSAS-II (σ, γ in centidegrees):  σ² = U tan²θ + V tanθ + W + P/cos²θ is a variance,  γ = X/cosθ + Y tanθ: the letters X
// and Y are swapped. P/cos²θ = P + P tan²θ.
// FullProf (Npr 7):  H_G² = U tan²θ + V tanθ + W + I_G/cos²θ,  H_L = X tanθ + Y/cosθ, as here.
// Sources: A. C. Larson & R. B. Von Dreele, GSAS, LAUR 86-748 (2004); B. H. Toby & R. B. Von Dreele, J. Appl. Cryst. 46 (2013)
// 544 and the code that goes with it; J. Rodríguez-Carvajal, FullProf manual.
#pragma once

#include <lamella/core/constants.hpp>          // pi
#include <lamella/diffraction/instrument.hpp>  // Instrument

namespace lamella::inline LAMELLA_ABI {

/// FWHM² of a Gaussian over its variance, 8 ln 2.
inline constexpr double fwhm_squared_over_variance = 5.545177444479562;

/// Instrument parameters in the units of GSAS and GSAS-II.
struct GsasProfile {
  double zero = 0;              ///< of 2θ, added to every angle, degrees in GSAS-II (GSAS: centidegrees)
  double U = 0, V = 0, W = 0;   ///< Gaussian variance, centidegrees²
  double P = 0;                 ///< Gaussian variance times cos²θ, centidegrees²; only GSAS has it
  double X = 0, Y = 0;          ///< Lorentzian FWHM, centidegrees: X/cosθ (size), Y tanθ (strain)
  double SH_over_L = 0;         ///< (S + H)/L: the sum of both half heights over the radius
};

/// Instrument parameters in the units of FullProf, profile 7.
struct FullProfProfile {
  double zero = 0;              ///< of 2θ, added to every angle, degrees
  double U = 0, V = 0, W = 0;   ///< Gaussian FWHM², degrees²
  double I_G = 0;               ///< Gaussian FWHM² times cos²θ, degrees²
  double X = 0, Y = 0;          ///< Lorentzian FWHM, degrees: X tanθ (strain), Y/cosθ (size)
  double S_L = 0, D_L = 0;      ///< half heights of sample and detector over the radius
  double SyCos = 0;             ///< shift of peaks times 1/cosθ, degrees
};

/// The instrument of GSAS or GSAS-II parameters. S/L and H/L are taken as equal; what GSAS has not is 0.
constexpr Instrument<> from_gsas(const GsasProfile& g) noexcept {
  constexpr double per_square = fwhm_squared_over_variance * 1e-4;
  Instrument<> i;
  i.zero = g.zero;
  i.U = per_square * (g.U + g.P);
  i.V = per_square * g.V;
  i.W = per_square * (g.W + g.P);
  i.X = 0.01 * g.Y;
  i.Y = 0.01 * g.X;
  i.asymmetry = 0.5 * g.SH_over_L;
  return i;
}

/// The GSAS-II parameters of an instrument, with P = 0.
constexpr GsasProfile to_gsas(const Instrument<>& i) noexcept {
  constexpr double per_square = 1e4 / fwhm_squared_over_variance;
  GsasProfile g;
  g.zero = i.zero;
  g.U = per_square * i.U;
  g.V = per_square * i.V;
  g.W = per_square * i.W;
  g.X = 100 * i.Y;
  g.Y = 100 * i.X;
  g.SH_over_L = 2 * i.asymmetry;
  return g;
}

/// The instrument of FullProf parameters; `radius` in mm turns SyCos into the height of a flat sample. The mean of S_L and D_L
/// stands for both.
constexpr Instrument<> from_fullprof(const FullProfProfile& f, double radius) noexcept {
  Instrument<> i;
  i.zero = f.zero;
  i.displacement = -f.SyCos * radius * degree / 2;
  i.U = f.U + f.I_G;
  i.V = f.V;
  i.W = f.W + f.I_G;
  i.X = f.X;
  i.Y = f.Y;
  i.asymmetry = 0.5 * (f.S_L + f.D_L);
  return i;
}

/// The FullProf parameters of an instrument with that radius, mm; I_G = 0.
constexpr FullProfProfile to_fullprof(const Instrument<>& i, double radius) noexcept {
  FullProfProfile f;
  f.zero = i.zero;
  f.SyCos = -2 * i.displacement / (radius * degree);
  f.U = i.U;
  f.V = i.V;
  f.W = i.W;
  f.X = i.X;
  f.Y = i.Y;
  f.S_L = i.asymmetry;
  f.D_L = i.asymmetry;
  return f;
}

/// Height of a flat sample, mm, from GSAS's `shft` (centidegrees times 1/cosθ) at a radius in mm: −π R shft/36000.
constexpr double displacement_from_gsas(double shft, double radius) noexcept { return -radius * degree * shft / 200; }
/// GSAS's `shft` of a height in mm.
constexpr double gsas_shft(double displacement, double radius) noexcept { return -200 * displacement / (radius * degree); }

/// Height of a flat sample, mm, from GSAS-II's sample shift, µm: the signs agree.
constexpr double displacement_from_gsas2(double shift) noexcept { return 1e-3 * shift; }
/// GSAS-II's sample shift, µm, of a height in mm.
constexpr double gsas2_shift(double displacement) noexcept { return 1e3 * displacement; }

/// Apparent crystallite size, Å, from GSAS-II's size, µm (both with Scherrer constant 1 and the Lorentzian FWHM).
constexpr double size_from_gsas2(double size) noexcept { return 1e4 * size; }
/// GSAS-II's size, µm, of an apparent size in Å.
constexpr double gsas2_size(double size) noexcept { return 1e-4 * size; }

/// Apparent microstrain ε, FWHM (180/π) 4 ε tanθ, from GSAS-II's mustrain, FWHM (180/π) 10⁻⁶ mustrain tanθ.
constexpr double strain_from_gsas2(double mustrain) noexcept { return 0.25e-6 * mustrain; }
/// GSAS-II's mustrain of an apparent microstrain.
constexpr double gsas2_mustrain(double strain) noexcept { return 4e6 * strain; }

/// Apparent size, Å, of GSAS's LX, the Lorentzian FWHM times cosθ in centidegrees, at a wavelength in Å.
constexpr double size_from_gsas(double LX, double wavelength) noexcept { return 100 * wavelength / (degree * LX); }
/// GSAS's LX of an apparent size in Å.
constexpr double gsas_LX(double size, double wavelength) noexcept { return 100 * wavelength / (degree * size); }

/// Apparent microstrain of GSAS's LY, the Lorentzian FWHM over tanθ in centidegrees.
constexpr double strain_from_gsas(double LY) noexcept { return 0.0025 * degree * LY; }
/// GSAS's LY of an apparent microstrain.
constexpr double gsas_LY(double strain) noexcept { return 400 * strain / degree; }

/// A = cos²2θ_M from the share `pola` of the beam that is polarised across the plane of diffraction (GSAS POLA with IPOLA 0,
/// GSAS-II Polariz.): pola + (1 − pola) cos²2θ = pola (1 + A cos²2θ). 0.5 is a tube without monochromator.
constexpr double polarisation_from_gsas(double pola) noexcept { return (1 - pola) / pola; }
/// GSAS's POLA of A.
constexpr double gsas_polarisation(double polarisation) noexcept { return 1 / (1 + polarisation); }

/// A = cos²2θ_M from FullProf's Rpolarz K and Cthm: 1 − K + K Cthm cos²2θ. Without K given, tubes have K = 0.5.
constexpr double polarisation_from_fullprof(double Cthm, double K = 0.5) noexcept { return K * Cthm / (1 - K); }

}  // namespace lamella::inline LAMELLA_ABI
