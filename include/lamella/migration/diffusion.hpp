// From a barrier to hops and diffusion: Arrhenius rates, random walks in a layer, ratios between materials.
//
// A rate is as good as its barrier: 0.06 eV is a factor of ten at room temperature. Bond-valence site energies do not give barriers
// to put in here (they rank), and their ratio between two materials exaggerates: feed these functions barriers of nudged elastic
// bands or measurements.
#pragma once

#include <lamella/core/constants.hpp>  // boltzmann_constant, elementary_charge
#include <lamella/core/error.hpp>      // fail
#include <lamella/core/measured.hpp>   // Measured, to_string

#include <cmath>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// kT in eV at a temperature in K. Throws unless it is positive and at most 10⁵ K.
inline double thermal_energy(double temperature) {
  if (!(temperature > 0 && temperature <= 1e5))
    fail("temperature " + to_string(Measured{temperature, 0}) + " K, expected more than 0 and at most 100000 K");
  return boltzmann_constant / elementary_charge * temperature;
}

/// A number known by its logarithm: error bars of a barrier are factors, not differences.
struct LogMeasured {
  Measured ln;  ///< natural logarithm of the value in its unit, and its esd

  double value() const { return std::exp(ln.value); }
  /// One esd below and above: the value divided and multiplied by the same factor.
  double low() const { return std::exp(ln.value - ln.esd); }
  double high() const { return std::exp(ln.value + ln.esd); }
};

namespace detail {

inline double require_positive(double x, const char* what, const char* unit) {
  if (!(x > 0 && x < 1e300)) fail(std::string(what) + " " + to_string(Measured{x, 0}) + ", expected a positive number in " + unit);
  return x;
}

inline void require_barrier(const Measured& barrier) {
  if (!(barrier.value >= 0 && barrier.value < 100) || !(barrier.esd >= 0 && barrier.esd < 100))
    fail("barrier " + to_string(barrier) + " eV, expected 0 to 100 eV with an esd");
}

/// Throws where a rate is beyond what a double holds.
inline LogMeasured require_representable(const LogMeasured& x, double temperature) {
  if (!(std::abs(x.ln.value) + x.ln.esd < 700))
    fail("a rate or ratio of exp(" + to_string(Measured{x.ln.value, 0}) + ") at " + to_string(Measured{temperature, 0}) +
         " K, expected a barrier and a temperature with one between 1e-304 and 1e304");
  return x;
}

}  // namespace detail

/// Jumps per second over a barrier (eV, with its esd) at a temperature (K): ν exp(−E/kT). ν is the attempt frequency, Hz; 10¹³ is
/// usual for alkali ions in oxides and counts as exact.
inline LogMeasured arrhenius_rate(const Measured& barrier, double temperature, double attempt_frequency = 1e13) {
  detail::require_barrier(barrier);
  const double kT = thermal_energy(temperature);
  return detail::require_representable(
      {{std::log(detail::require_positive(attempt_frequency, "attempt frequency", "Hz")) - barrier.value / kT, barrier.esd / kT}},
      temperature);
}

/// The nets of sites in an alkali layer.
enum class LayerNet {
  triangular,  ///< octahedra of O3, O2, O1: six neighbours at a
  honeycomb    ///< prisms of P2, P3: three neighbours at a/√3
};

/// Diffusion coefficient of a random walk in two dimensions, cm²/s: D = z l² Γ/4, with z neighbours at the distance l and the rate Γ
/// to each; `a` is the edge of the layer's triangular lattice, Å. Dilute and uncorrelated: no blocked sites, no interaction.
inline LogMeasured layer_diffusion_coefficient(LayerNet net, double a, const LogMeasured& rate_per_neighbour) {
  detail::require_positive(a, "lattice edge", "Å");
  // z l²: 6 a² or 3 a²/3.
  const double z_l_squared = (net == LayerNet::triangular ? 6.0 : 1.0) * a * a * 1e-16;
  return {{rate_per_neighbour.ln.value + std::log(0.25 * z_l_squared), rate_per_neighbour.ln.esd}};
}

/// How many times faster the ion hops over the first barrier than over the second (eV) at a temperature (K), the same attempt
/// frequency supposed: exp((E2 − E1)/kT). The two esds are taken as independent; where the errors of two barriers of one method are
/// alike they cancel, and this is too wide.
inline LogMeasured rate_ratio(const Measured& first, const Measured& second, double temperature) {
  detail::require_barrier(first);
  detail::require_barrier(second);
  const double kT = thermal_energy(temperature);
  return detail::require_representable({{(second.value - first.value) / kT, std::hypot(first.esd, second.esd) / kT}}, temperature);
}

}  // namespace lamella::inline LAMELLA_ABI
