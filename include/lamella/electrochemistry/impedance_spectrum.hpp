// Impedance against frequency: measured, or calculated from a circuit.
#pragma once

#include <lamella/core/constants.hpp>                      // two_pi
#include <lamella/core/error.hpp>                          // fail
#include <lamella/core/measured.hpp>                       // Measured, to_string
#include <lamella/electrochemistry/circuit_elements.hpp>   // CircuitPart

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Points of an impedance spectrum, in the order of measurement.
struct ImpedanceSpectrum {
  std::vector<double> frequency;   ///< Hz, positive
  std::vector<double> real;        ///< Z′, Ω
  std::vector<double> imaginary;   ///< Z″, Ω; negative where capacitive
  std::string source;              ///< what messages call it, such as a file name
  std::vector<std::string> notes;  ///< what a reader had to assume

  std::size_t size() const { return frequency.size(); }
  /// |Z| of point `i`, Ω.
  double modulus(std::size_t i) const { return std::hypot(real[i], imaginary[i]); }
};

/// What is wrong with point `i`, from 0, of a spectrum; empty where it is sound.
inline std::string impedance_point_fault(const ImpedanceSpectrum& spectrum, std::size_t i) {
  const auto show = [](double x) { return to_string(Measured{x, 0}); };
  const double f = spectrum.frequency[i], re = spectrum.real[i], im = spectrum.imaginary[i];
  if (!(f > 1e-12 && f < 1e12)) return "frequency " + show(f) + ", expected a positive number in Hz";
  if (!(std::abs(re) < 1e18) || !(std::abs(im) < 1e18)) return "impedance " + show(re) + " " + show(im) + ", expected finite numbers in Ω";
  if (!(std::hypot(re, im) > 1e-18)) return "an impedance of 0, expected Ω";
  return {};
}

/// Throws unless the columns of the spectrum are equally long, of at least `fewest` points, and each point is sound: a positive
/// frequency and an impedance that is finite and not 0.
inline void require_valid(const ImpedanceSpectrum& spectrum, std::size_t fewest = 1) {
  const Place place{spectrum.source};
  if (spectrum.real.size() != spectrum.size() || spectrum.imaginary.size() != spectrum.size())
    fail("impedance: " + std::to_string(spectrum.size()) + " frequencies, " + std::to_string(spectrum.real.size()) + " real and " +
             std::to_string(spectrum.imaginary.size()) + " imaginary parts, expected equally many",
         place);
  if (spectrum.size() < fewest)
    fail("impedance of " + std::to_string(spectrum.size()) + " points, expected at least " + std::to_string(fewest), place);
  for (std::size_t i = 0; i < spectrum.size(); ++i)
    if (const std::string fault = impedance_point_fault(spectrum, i); !fault.empty()) fail("point " + std::to_string(i + 1) + ": " + fault, place);
}

/// The points for which `keep(frequency in Hz, Z′, Z″)` holds.
template <class Keep>
ImpedanceSpectrum selected(const ImpedanceSpectrum& spectrum, Keep&& keep) {
  ImpedanceSpectrum part{{}, {}, {}, spectrum.source, spectrum.notes};
  for (std::size_t i = 0; i < spectrum.size(); ++i) {
    if (!keep(spectrum.frequency[i], spectrum.real[i], spectrum.imaginary[i])) continue;
    part.frequency.push_back(spectrum.frequency[i]);
    part.real.push_back(spectrum.real[i]);
    part.imaginary.push_back(spectrum.imaginary[i]);
  }
  return part;
}

/// The impedance of a circuit at frequencies in Hz. Throws where one is not positive or the circuit has no finite impedance there
/// (a parameter of 0, or not finite).
template <CircuitPart P>
ImpedanceSpectrum calculated_spectrum(const P& circuit, std::span<const double> frequencies) {
  ImpedanceSpectrum spectrum;
  spectrum.source = "circuit";
  for (const double f : frequencies) {
    if (!(f > 0 && f < 1e12)) fail("impedance at " + to_string(Measured{f, 0}) + " Hz, expected a positive frequency");
    const auto z = circuit.impedance(two_pi * f);
    const double re = static_cast<double>(value_of(z.re)), im = static_cast<double>(value_of(z.im));
    if (!std::isfinite(re) || !std::isfinite(im))
      fail("the circuit has no impedance at " + to_string(Measured{f, 0}) + " Hz, expected parameters that are positive and finite");
    spectrum.frequency.push_back(f);
    spectrum.real.push_back(re);
    spectrum.imaginary.push_back(im);
  }
  return spectrum;
}

}  // namespace lamella::inline LAMELLA_ABI
