// One crystalline phase of a powder: its crystal, its scale, and what its grains do to the peaks.
#pragma once

#include <lamella/core/scalar.hpp>           // Scalar
#include <lamella/crystal/coordinates.hpp>   // Miller
#include <lamella/crystal/structure.hpp>     // Structure
#include <lamella/diffraction/peak_broadening.hpp>              // UniaxialSize, UniaxialStrain, QuarticStrain
#include <lamella/diffraction/preferred_orientation.hpp>        // MarchDollase
#include <lamella/diffraction/spherical_harmonics_texture.hpp>  // SphericalHarmonicsTexture
#include <lamella/fit/parameters.hpp>        // for_each_parameter

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A structure is its own description.
template <Scalar T>
const Structure<T>& structure_of(const Structure<T>& structure, Structure<T>& /*scratch*/) {
  return structure;
}
template <Scalar T>
Structure<T> structure_of(const Structure<T>& structure) {
  return structure;
}

/// What can stand in a powder pattern: any model on some scalar that yields a `Structure`, found with its derivatives from the
/// model's own parameters. A model of one's own, in one's own namespace, needs four things:
///
///     template <Scalar T = double>
///     struct Vegard {
///       using scalar = T;                                     // 1. what it computes with
///       template <Scalar U> using rebind = Vegard<U>;         // 2. the same on another scalar
///       T x{0.7};
///       template <class Visitor, class... Self>
///       static constexpr void parameters(Visitor& visit, Self&... self) { visit("x", self.x...); }  // 3. its parameters
///     };
///     template <Scalar T>
///     Structure<T> structure_of(const Vegard<T>& crystal);    // 4. cell, group and sites from them
///
/// The sites and the group must not depend on the parameters, only numbers may. Three more may be given, where the default will not do:
/// - `rebound<U>(crystal)`: the same crystal on another scalar. Default: a `rebind<U>{}` with the parameters converted. Give one where the
///   model has members beside its parameters, such as species.
/// - `structure_of(crystal, scratch)`: fills `scratch`, which has the topology of `structure_of(crystal)`, and returns it. Default:
///   assigns it. Give one where a calculation must not allocate.
/// - `constrain(crystal, prefix, parameters)`: ties and locks of its parameters, whose names begin with `prefix`. Default: none.
/// `LayeredCrystal` gives all of them, examples/vegard.cpp none.
template <class C>
concept CrystalModel = requires(const C& crystal) {
  { structure_of(crystal) } -> std::same_as<Structure<typename C::scalar>>;
};

/// The default for crystal models: the structure anew, into `scratch`.
template <CrystalModel C>
const Structure<typename C::scalar>& structure_of(const C& crystal, Structure<typename C::scalar>& scratch) {
  scratch = structure_of(crystal);
  return scratch;
}

/// The default for crystal models: all parameters converted, derivatives zero.
template <Scalar U, CrystalModel C>
typename C::template rebind<U> rebound(const C& crystal) {
  typename C::template rebind<U> r{};
  for_each_parameter([](U& to, const auto& from) { to = U(from); }, r, crystal);
  return r;
}

/// Where the intensities of a phase come from.
enum class IntensityModel : std::uint8_t {
  structure,  ///< structure factors (Rietveld)
  le_bail,    ///< free: apportioned from the pattern in each cycle (A. Le Bail, H. Duroy & J. L. Fourquet, Mat. Res. Bull. 23 (1988) 447)
  pawley,     ///< free: parameters of the fit (G. S. Pawley, J. Appl. Cryst. 14 (1981) 357)
};

/// A free intensity.
template <Scalar T = double>
struct ReflectionIntensity {
  Miller hkl;
  int multiplicity = 1;
  T value{};  ///< what stands for S m |F|²: without the Lorentz-polarisation factor
};

/// "0_0_3", "1_0_-2": part of a parameter's name.
inline std::string index_name(const Miller& m) {
  return std::to_string(m.h) + "_" + std::to_string(m.k) + "_" + std::to_string(m.l);
}

/// One crystalline phase of a powder.
template <CrystalModel Crystal>
struct Phase {
  using scalar = typename Crystal::scalar;

  std::string name;        ///< first part of its parameters' names
  Crystal crystal;
  scalar scale{1};         ///< S in I = S m |F|² LP, F of the conventional cell
  scalar size{2000};       ///< apparent crystallite size L, Å: FWHM (180/π) λ/(L cosθ), Scherrer constant 1
  scalar strain{0};        ///< apparent microstrain ε: FWHM (180/π) 4 ε tanθ (A. R. Stokes & A. J. C. Wilson 1944)
  scalar size_mixing{1};   ///< Lorentzian share of the width by size, 0–1; the rest is Gaussian
  scalar strain_mixing{1}; ///< Lorentzian share of the width by strain, 0–1; the rest is Gaussian

  std::optional<UniaxialSize<scalar>> uniaxial_size{};      ///< in place of `size` where there is one
  std::optional<UniaxialStrain<scalar>> uniaxial_strain{};  ///< in place of `strain`
  std::optional<QuarticStrain<scalar>> quartic_strain{};    ///< in place of `strain`
  std::optional<MarchDollase<scalar>> preferred_orientation{};  ///< for a flat plate in reflection
  std::optional<SphericalHarmonicsTexture<scalar>> texture{};
  std::optional<scalar> extinction{};    ///< Sabine's primary extinction: square of the block size, µm²

  IntensityModel intensity_model = IntensityModel::structure;
  std::vector<ReflectionIntensity<scalar>> intensities{};  ///< of Le Bail and Pawley

  template <Scalar U>
  using rebind = Phase<typename Crystal::template rebind<U>>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    Crystal::parameters(visit, self.crystal, others.crystal...);
    visit("scale", self.scale, others.scale...);
    visit("size", self.size, others.size...);
    visit("strain", self.strain, others.strain...);
    visit("size_mixing", self.size_mixing, others.size_mixing...);
    visit("strain_mixing", self.strain_mixing, others.strain_mixing...);
    if (self.uniaxial_size) visit("uniaxial_size", *self.uniaxial_size, *others.uniaxial_size...);
    if (self.uniaxial_strain) visit("uniaxial_strain", *self.uniaxial_strain, *others.uniaxial_strain...);
    if (self.quartic_strain) visit("quartic_strain", *self.quartic_strain, *others.quartic_strain...);
    if (self.preferred_orientation) visit("preferred_orientation", *self.preferred_orientation, *others.preferred_orientation...);
    if (self.texture) visit("texture", *self.texture, *others.texture...);
    if (self.extinction) visit("extinction", *self.extinction, *others.extinction...);
    if (self.intensity_model == IntensityModel::pawley)
      for (std::size_t i = 0; i < self.intensities.size(); ++i)
        visit("intensity." + index_name(self.intensities[i].hkl), self.intensities[i].value, others.intensities[i].value...);
  }
};

}  // namespace lamella
