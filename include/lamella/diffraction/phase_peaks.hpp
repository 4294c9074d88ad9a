// From a phase to its peaks: position, area and shape of every spectral line of every reflection, on any scalar.
#pragma once

#include <lamella/core/constants.hpp>                   // degree
#include <lamella/core/error.hpp>                       // fail, Place
#include <lamella/core/scalar.hpp>                      // Scalar, value_of, square
#include <lamella/crystal/structure.hpp>                // Structure
#include <lamella/crystal/unit_cell.hpp>                // reciprocal_metric, cartesian_axes, volume
#include <lamella/diffraction/extinction.hpp>           // sabine_extinction
#include <lamella/diffraction/instrument.hpp>           // Instrument, Diffractometer, angle_shift, lorentz_polarisation
#include <lamella/diffraction/neutron_scattering.hpp>   // neutron_scatterer
#include <lamella/diffraction/peak_broadening.hpp>      // size_width, strain_width, split_width
#include <lamella/diffraction/phase.hpp>                // Phase
#include <lamella/diffraction/preferred_orientation.hpp>         // orientation_factor
#include <lamella/diffraction/pseudo_voigt.hpp>         // PseudoVoigt, thompson_cox_hastings
#include <lamella/diffraction/radiation.hpp>            // Radiation, Probe
#include <lamella/diffraction/reflections.hpp>          // Reflection
#include <lamella/diffraction/scattering.hpp>           // scatterer, with_dispersion
#include <lamella/diffraction/spherical_harmonics_texture.hpp>   // orientation_factor
#include <lamella/diffraction/structure_factor.hpp>     // StructureFactors

#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One peak on the detector: one spectral line of one reflection.
template <Scalar T = double>
struct Peak {
  T position{};            ///< degrees 2θ, shifts included
  T area{};                ///< counts × degrees
  PseudoVoigt<T> shape{};  ///< width in degrees 2θ
};

/// Which tables the structure factors come from.
struct ScatteringOptions {
  FormFactorTable form_factors = FormFactorTable::wk95;
  bool dispersion = true;  ///< with f' and f'' of the radiation's anode; refused where it has none
};

/// The scatterers of the sites of a structure for a radiation, in order. `phase` names them in messages. Throws where a table
/// lacks a species or the radiation has no dispersion correction.
template <Scalar T>
std::vector<Scatterer> scatterers_of(const Structure<T>& structure, const Radiation& radiation, const ScatteringOptions& options,
                                     const std::string& phase) {
  std::vector<Scatterer> list;
  for (const auto& site : structure.sites) {
    const Place where{phase + ", site " + site.label};
    if (radiation.probe == Probe::neutrons) {
      list.push_back(neutron_scatterer(site.species, where));
      continue;
    }
    list.push_back(scatterer(site.species, options.form_factors, where));
    if (!options.dispersion) continue;
    if (!radiation.anode) fail("no dispersion correction is tabulated for this wavelength, expected an anode or dispersion off");
    list.back() = with_dispersion(list.back(), site.species, *radiation.anode);
  }
  return list;
}

/// What a reflection of a phase needs beside parameters: computed once for a list of reflections.
class PhasePeaks {
 public:
  PhasePeaks() = default;

  /// `structure` is that of the phase, `list` in any order.
  template <class AnyPhase>
  PhasePeaks(const AnyPhase& phase, const Structure<double>& structure, std::vector<Reflection> list, std::vector<Scatterer> scatterers)
      : reflections_(std::move(list)) {
    if (phase.intensity_model == IntensityModel::structure) factors_ = StructureFactors(structure, reflections_, std::move(scatterers));
    if (phase.preferred_orientation || phase.uniaxial_size || phase.uniaxial_strain)
      for (const auto& reflection : reflections_) {
        const auto equivalents = structure.space_group.equivalents(reflection.hkl);
        equivalents_.insert(equivalents_.end(), equivalents.begin(), equivalents.end());
        equivalents_end_.push_back(equivalents_.size());
      }
  }

  const std::vector<Reflection>& reflections() const noexcept { return reflections_; }

  /// Fills `peaks`: for each reflection one per spectral line. `scratch` has the topology of the phase's structure. Nothing
  /// is allocated.
  template <CrystalModel Crystal, Scalar T>
  void locate(const Diffractometer& diffractometer, const Instrument<T>& instrument, const Phase<Crystal>& phase, Structure<T>& scratch,
              std::span<Peak<T>> peaks) const {
    using std::asin, std::sqrt;
    const Structure<T>& structure = structure_of(phase.crystal, scratch);
    const auto g = reciprocal_metric(structure.cell);
    const CartesianAxes<T> axes = phase.texture ? cartesian_axes(structure.cell) : CartesianAxes<T>{};
    const T volume = phase.extinction ? lamella::volume(structure.cell) : T(1.0);
    std::size_t i = 0;
    for (std::size_t r = 0; r < reflections_.size(); ++r) {
      const auto& reflection = reflections_[r];
      const T s2 = T(0.25) * g.quadratic_form(reflection.hkl);
      const T s = sqrt(s2);
      const bool free_intensity = phase.intensity_model != IntensityModel::structure;
      const T squared_f = free_intensity ? T(1.0) : factors_.squared(r, structure, s2);
      T strength = phase.scale * (free_intensity ? phase.intensities[r].value : T(double(reflection.multiplicity)) * squared_f);
      if (!free_intensity && phase.preferred_orientation) strength = strength * orientation_factor(*phase.preferred_orientation, g, equivalents(r));
      if (!free_intensity && phase.texture) strength = strength * orientation_factor(*phase.texture, axes, reflection.hkl);
      for (const auto& line : diffractometer.radiation.lines()) {
        Peak<T>& peak = peaks[i++];
        const T sine = T(line.wavelength) * s;
        if (!(value_of(sine) < 0.99999)) {
          peak = {T(180.0), T(0.0), {T(1.0), T(0.0)}};
          continue;
        }
        const T theta = asin(sine);
        peak.position = T(2 / degree) * theta + angle_shift(instrument, diffractometer, theta);
        peak.area = T(line.weight) * strength * lorentz_polarisation(theta, diffractometer) * sample_factor(instrument, diffractometer, theta);
        if (phase.extinction && !free_intensity)
          peak.area = peak.area * extinction(*phase.extinction, squared_f, line.wavelength, volume, theta, diffractometer.radiation.probe);
        peak.shape = shape(r, instrument, phase, g, theta, line.wavelength);
      }
    }
  }

  /// The shape of a peak at `theta` (radians) by the isotropic parts of the broadening.
  template <CrystalModel Crystal, Scalar T>
  static PseudoVoigt<T> isotropic_shape(const Instrument<T>& instrument, const Phase<Crystal>& phase, const T& theta, double wavelength) {
    return convolution(instrument, phase, theta, size_width(phase.size, T(wavelength), theta), strain_width(phase.strain, theta));
  }

 private:
  std::span<const Miller> equivalents(std::size_t r) const {
    const std::size_t first = r == 0 ? 0 : equivalents_end_[r - 1];
    return std::span(equivalents_).subspan(first, equivalents_end_[r] - first);
  }

  template <Scalar T>
  static T extinction(const T& block_area, const T& squared_f, double wavelength, const T& volume, const T& theta, Probe probe) {
    const T depth = probe == Probe::neutrons ? neutron_extinction_depth(block_area, squared_f, T(wavelength), volume)
                                             : xray_extinction_depth(block_area, squared_f, T(wavelength), volume, theta);
    return sabine_extinction(depth, theta);
  }

  /// Of reflection `r` at `theta` (radians).
  template <CrystalModel Crystal, Scalar T>
  PseudoVoigt<T> shape(std::size_t r, const Instrument<T>& instrument, const Phase<Crystal>& phase,
                       const SymmetricTensor<T>& reciprocal, const T& theta, double wavelength) const {
    const T by_size = phase.uniaxial_size ? size_width(*phase.uniaxial_size, reciprocal, equivalents(r), T(wavelength), theta)
                                          : size_width(phase.size, T(wavelength), theta);
    const T by_strain = phase.quartic_strain    ? strain_width(*phase.quartic_strain, reciprocal, reflections_[r].hkl, theta)
                        : phase.uniaxial_strain ? strain_width(*phase.uniaxial_strain, reciprocal, equivalents(r), theta)
                                                : strain_width(phase.strain, theta);
    return convolution(instrument, phase, theta, by_size, by_strain);
  }

  /// Of the instrument, with what size and strain add (FWHM, degrees).
  template <CrystalModel Crystal, Scalar T>
  static PseudoVoigt<T> convolution(const Instrument<T>& instrument, const Phase<Crystal>& phase, const T& theta, const T& by_size,
                                    const T& by_strain) {
    using std::cos, std::tan;
    constexpr double smallest_width = 1e-8;  // degrees²: keeps a peak without width from dividing by zero
    const T tangent = tan(theta);
    const auto size = split_width(by_size, phase.size_mixing), strain = split_width(by_strain, phase.strain_mixing);
    T gauss = instrument.U * tangent * tangent + instrument.V * tangent + instrument.W + square(size.gaussian) + square(strain.gaussian);
    if (!(value_of(gauss) > smallest_width)) gauss = T(smallest_width);
    T lorentz = instrument.X * tangent + instrument.Y / cos(theta) + size.lorentzian + strain.lorentzian;
    if (!(value_of(lorentz) > 0)) lorentz = T(0.0);
    return thompson_cox_hastings(gauss, lorentz);
  }

  std::vector<Reflection> reflections_;
  StructureFactors factors_;
  std::vector<Miller> equivalents_;           ///< of all reflections, where something depends on their angle to an axis
  std::vector<std::size_t> equivalents_end_;  ///< of each reflection
};

}  // namespace lamella
