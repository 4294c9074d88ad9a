// Broadening of peaks by the sample: crystallite size and microstrain, each isotropic, uniaxial, or quartic.
//
// All widths are FWHM in degrees 2θ, all angles `theta` radians. Lorentzian widths of several causes add, Gaussian ones add as squares.
#pragma once

#include <lamella/core/constants.hpp>            // degree
#include <lamella/core/scalar.hpp>               // Scalar, square, value_of
#include <lamella/crystal/coordinates.hpp>       // Miller
#include <lamella/crystal/space_group.hpp>       // SpaceGroup
#include <lamella/crystal/tensor_symmetry.hpp>   // QuarticForm, quartic_invariants, detail::quartic_monomials
#include <lamella/crystal/unit_cell.hpp>         // SymmetricTensor

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Width by crystallites of apparent size L (Å): (180/π) λ/(L cosθ), Scherrer constant 1. `wavelength` in Å.
/// P. Scherrer (1918); A. R. Stokes & A. J. C. Wilson (1942).
template <Scalar T>
T size_width(const T& size, const T& wavelength, const T& theta) {
  using std::cos;
  return T(1 / degree) * wavelength / (size * cos(theta));
}

/// Width by apparent microstrain ε (dimensionless): (180/π) 4 ε tanθ. A. R. Stokes & A. J. C. Wilson, Proc. Phys. Soc. 56 (1944) 174.
template <Scalar T>
T strain_width(const T& strain, const T& theta) {
  using std::tan;
  return T(4 / degree) * strain * tan(theta);
}

/// The two parts of a width.
template <Scalar T = double>
struct PeakWidths {
  T lorentzian{}, gaussian{};  ///< FWHM, degrees 2θ
};

/// Divides a width: `share` of it is a Lorentzian FWHM, the rest a Gaussian one (Stephens' ζ, GSAS-II's mixing coefficient).
template <Scalar T>
PeakWidths<T> split_width(const T& width, const T& share) {
  return {share * width, (T(1.0) - share) * width};
}

/// Crystallites as ellipsoids of revolution.
template <Scalar T = double>
struct UniaxialSize {
  Miller axis{0, 0, 1};            ///< axis of revolution, as the plane (hkl) that it is normal to
  T axial{2000}, equatorial{2000};  ///< apparent size along the axis and normal to it, Å

  template <Scalar U>
  using rebind = UniaxialSize<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("axial", self.axial...);
    visit("equatorial", self.equatorial...);
  }
};

/// Microstrain that differs along an axis and normal to it.
template <Scalar T = double>
struct UniaxialStrain {
  Miller axis{0, 0, 1};     ///< as the plane (hkl) that it is normal to
  T axial{}, equatorial{};  ///< apparent microstrain ε along the axis and normal to it, dimensionless

  template <Scalar U>
  using rebind = UniaxialStrain<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("axial", self.axial...);
    visit("equatorial", self.equatorial...);
  }
};

namespace detail {

/// The mean of f(cos²φ) over the angles φ of reflections to an axis.
template <Scalar T, class F>
T mean_about_axis(const SymmetricTensor<T>& reciprocal, const Miller& axis, std::span<const Miller> equivalents, F&& f) {
  const T axis_axis = reciprocal.quadratic_form(axis);
  T sum(0.0);
  for (const Miller& hkl : equivalents)
    sum += f(square(reciprocal.bilinear_form(axis, hkl)) / (axis_axis * reciprocal.quadratic_form(hkl)));
  return sum * T(1.0 / static_cast<double>(equivalents.size()));
}

}  // namespace detail

/// Width by ellipsoids: that of the size L_a L_e/√((L_e cosφ)² + (L_a sinφ)²) at the angle φ to the axis (as GSAS-II), averaged
/// over the symmetry equivalents of a reflection. One of them is enough where the axis is a threefold or higher one. `reciprocal`: reciprocal
/// metric of the cell. Precondition: sizes > 0, `equivalents` not empty.
template <Scalar T>
T size_width(const UniaxialSize<T>& size, const SymmetricTensor<T>& reciprocal, std::span<const Miller> equivalents,
             const T& wavelength, const T& theta) {
  using std::sqrt;
  const T axial = T(1.0) / square(size.axial), equatorial = T(1.0) / square(size.equatorial);
  const T inverse_size = detail::mean_about_axis(reciprocal, size.axis, equivalents, [&](const T& cosine2) {
    return sqrt(axial * cosine2 + equatorial * (T(1.0) - cosine2));
  });
  return size_width(T(1.0) / inverse_size, wavelength, theta);
}

/// Width by the strain ε_a cos²φ + ε_e sin²φ at the angle φ to the axis, averaged over the symmetry equivalents of a reflection. Unlike
/// GSAS-II's harmonic form it is smooth where a strain is 0; both are the same on the axis and normal to it.
template <Scalar T>
T strain_width(const UniaxialStrain<T>& strain, const SymmetricTensor<T>& reciprocal, std::span<const Miller> equivalents,
               const T& theta) {
  const T mean = detail::mean_about_axis(reciprocal, strain.axis, equivalents, [&](const T& cosine2) {
    return strain.axial * cosine2 + strain.equatorial * (T(1.0) - cosine2);
  });
  return strain_width(mean, theta);
}

/// Anisotropic microstrain as the variance of 1/d²: P. W. Stephens, J. Appl. Cryst. 32 (1999) 281.
template <Scalar T = double>
struct QuarticStrain {
  std::vector<QuarticForm> forms;  ///< those of the Laue class
  std::vector<T> coefficients;     ///< S_HKL, one for each form, Å⁻⁴ (GSAS-II's are 10¹² times these)

  template <Scalar U>
  using rebind = QuarticStrain<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    for (std::size_t i = 0; i < self.coefficients.size(); ++i)
      visit(std::string(self.forms[i].name), self.coefficients[i], others.coefficients[i]...);
  }
};

/// The quartic strain of a group that broadens as the isotropic microstrain `strain` in `cell`: where to start from, since the slope at
/// S = 0 is infinite.
inline QuarticStrain<double> quartic_strain(const SpaceGroup& group, const UnitCell<double>& cell, double strain) {
  QuarticStrain<double> result{quartic_invariants(group), {}};
  // σ²(1/d²) = (4ε/d²)²: the coefficient of the monomial that names a form, which no other form contains, over its factor.
  const auto g = reciprocal_metric(cell);
  const std::array<double, 6> quadratic = {g.xx, g.yy, g.zz, 2 * g.yz, 2 * g.xz, 2 * g.xy};
  constexpr std::array<std::array<int, 3>, 6> power = {{{2, 0, 0}, {0, 2, 0}, {0, 0, 2}, {0, 1, 1}, {1, 0, 1}, {1, 1, 0}}};
  for (const auto& form : result.forms) {
    std::size_t pivot = 0;
    while (detail::quartic_monomials[pivot].name != form.name) ++pivot;
    const auto& wanted = detail::quartic_monomials[pivot];
    double coefficient = 0;
    for (std::size_t i = 0; i < 6; ++i)
      for (std::size_t j = 0; j < 6; ++j)
        if (power[i][0] + power[j][0] == wanted.power[0] && power[i][1] + power[j][1] == wanted.power[1] &&
            power[i][2] + power[j][2] == wanted.power[2])
          coefficient += quadratic[i] * quadratic[j];
    result.coefficients.push_back(16 * strain * strain * coefficient / wanted.factor);
  }
  return result;
}

/// The same strain on another scalar.
template <Scalar U>
QuarticStrain<U> rebound(const QuarticStrain<double>& strain) {
  QuarticStrain<U> r{strain.forms, {}};
  for (const double c : strain.coefficients) r.coefficients.push_back(U(c));
  return r;
}

/// Variance σ²(1/d²) = Σ S_HKL Q_HKL(hkl) of a reflection, Å⁻⁴; the same for its equivalents. Negative values have no meaning.
template <Scalar T>
T strain_variance(const QuarticStrain<T>& strain, const Miller& hkl) {
  T sum(0.0);
  for (std::size_t i = 0; i < strain.forms.size(); ++i) sum += strain.coefficients[i] * T(strain.forms[i](hkl));
  return sum;
}

/// Width (180/π) √(σ²(1/d²)) d² tanθ by quartic strain; 0 where the variance is not positive. `reciprocal`: reciprocal metric of the cell.
template <Scalar T>
T strain_width(const QuarticStrain<T>& strain, const SymmetricTensor<T>& reciprocal, const Miller& hkl, const T& theta) {
  using std::sqrt, std::tan;
  const T variance = strain_variance(strain, hkl);
  if (!(value_of(variance) > 0)) return T(0.0);
  return T(1 / degree) * sqrt(variance) * tan(theta) / reciprocal.quadratic_form(hkl);
}

}  // namespace lamella::inline LAMELLA_ABI
