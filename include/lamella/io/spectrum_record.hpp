// A spectrum as a file holds it, and its conversion to binding energies.
//
// Binding energy = photon energy − kinetic energy − work function. Which work function is a matter of what the kinetic energies
// are measured from: most programs write them already relative to the Fermi level (the exports that SpecsLab Prodigy and Kratos
// make of one measurement in both scales differ by the photon energy alone, although the files also state a work function of
// 4.1082 and −4.5 eV). So the default is 0, what the file states is in the record, and whoever knows better says so.
#pragma once

#include <lamella/core/error.hpp>              // Error, Place
#include <lamella/core/result.hpp>             // Result
#include <lamella/io/detail/pattern_text.hpp>  // counting_sigma
#include <lamella/io/detail/text.hpp>          // show, in_quotes
#include <lamella/spectra/spectrum.hpp>        // Spectrum, spectrum_point_fault

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One spectrum of a file: what stands there, not yet converted.
struct SpectrumRecord {
  std::string name;                        ///< "Ni2p": of the region or block
  std::string sample, technique;           ///< "XPS"; empty where the file does not say
  std::vector<double> energy;              ///< eV, binding or kinetic, in the order of the file
  std::vector<double> intensity;           ///< counts, or counts per second
  std::vector<double> transmission;        ///< of the analyser, where the file has it; not applied
  bool kinetic = false;                    ///< the energies are kinetic
  bool rate = false;                       ///< the intensities are counts per second
  std::optional<double> photon_energy;     ///< eV
  std::optional<double> work_function;     ///< eV, as stated
  std::optional<double> seconds;           ///< counting time per point, all scans
  Place place;                             ///< file, and the line where the record starts
};

/// How energies become binding energies.
struct BindingScale {
  std::optional<double> photon_energy = {};  ///< eV; in place of what the file states
  double work_function = 0;                  ///< eV, subtracted from photon energy − kinetic energy
  double shift = 0;                          ///< eV, added to the binding energy: charge referencing
};

/// The spectrum of a record in order of increasing binding energy. Its sigmas are those of counting, √max(n, 1), from the counting
/// time where intensities are rates (1 s where the file states none; esds scaled by the goodness of fit do not depend on it).
/// Error where kinetic energies lack a photon energy, where the energies do not all rise or all fall, and where a number is impossible.
inline Result<Spectrum> try_binding_spectrum(const SpectrumRecord& record, const BindingScale& scale = {}) {
  const auto error = [&](const std::string& what) { return Error((record.name.empty() ? "" : detail::in_quotes(record.name) + ": ") + what, record.place); };
  const auto photon_energy = scale.photon_energy ? scale.photon_energy : record.photon_energy;
  if (record.kinetic && !(photon_energy && *photon_energy > 0 && *photon_energy <= detail::largest_energy))
    return error("kinetic energies without a photon energy, expected one to convert them to binding energies");
  if (!(std::abs(scale.work_function) < 100 && std::abs(scale.shift) < 1e4))
    return error("a work function of " + detail::show(scale.work_function) + " eV and a shift of " + detail::show(scale.shift) + " eV, expected eV");
  const std::size_t n = record.energy.size();
  if (n < 2 || record.intensity.size() != n) return error(std::to_string(n) + " energies and " + std::to_string(record.intensity.size()) +
                                                           " intensities, expected two or more of each");
  Spectrum s{record.name, record.place.file, {}, {}, {}};
  const double seconds = record.rate ? record.seconds.value_or(1) : 1;
  if (!(seconds > 0 && seconds < 1e9)) return error("a counting time of " + detail::show(seconds) + " s, expected a positive number of seconds");
  const bool falls = (record.energy[1] < record.energy[0]) != record.kinetic;  // in binding energy
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = falls ? n - 1 - k : k;
    s.energy.push_back((record.kinetic ? *photon_energy - record.energy[i] - scale.work_function : record.energy[i]) + scale.shift);
    s.counts.push_back(record.intensity[i]);
    s.sigma.push_back(detail::counting_sigma(record.intensity[i] * seconds) / seconds);
    if (const std::string fault = detail::spectrum_point_fault(s, k); !fault.empty()) return error("point " + std::to_string(i + 1) + ": " + fault);
  }
  return s;
}

/// `try_binding_spectrum` that throws the error.
inline Spectrum binding_spectrum(const SpectrumRecord& record, const BindingScale& scale = {}) { return try_binding_spectrum(record, scale).value(); }

}  // namespace lamella::inline LAMELLA_ABI
