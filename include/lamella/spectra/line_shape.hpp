// Shapes of photoelectron lines, each of unit area, and their areas in a window.
//
// G(x) = exp(−4 ln 2 x²), L(x) = 1/(1 + 4x²), x = distance from the position / fwhm.
#pragma once

#include <lamella/core/error.hpp>               // fail
#include <lamella/core/scalar.hpp>              // Scalar, square
#include <lamella/spectra/detail/faddeeva.hpp>  // voigt_function

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// The shape of a line. `fwhm`, `mixing` and `asymmetry` are the parameters of `LineProfile`.
enum class LineShape : std::uint8_t {
  gaussian,              ///< G
  lorentzian,            ///< L
  pseudo_voigt_sum,      ///< η L + (1 − η) G, both of unit area, η = `mixing`: the fraction of the *area*
  pseudo_voigt_height,   ///< m L + (1 − m) G, both of unit height, m = `mixing`: "SGL" of some programs
  pseudo_voigt_product,  ///< exp(−4 ln 2 (1 − m) x²)/(1 + 4 m x²), m = `mixing`: "GL" of some programs; `fwhm` is nominal for
                         ///< 0 < m < 1: the half width is up to 5 % smaller
  voigt,                 ///< convolution of a Gaussian of `fwhm` with a Lorentzian of FWHM `mixing` · `fwhm`
  doniach_sunjic,        ///< cos(πα/2 − (1 − α) atan u)/(1 + u²)^((1 − α)/2), u = 2x, α = `asymmetry`; S. Doniach & M. Šunjić, J. Phys. C
                         ///< 3 (1970) 285. Tail to high binding energy; the whole area is infinite for α > 0, see `LineProfile`
};

/// Name of a shape, as the programs take it.
constexpr std::string_view to_string(LineShape shape) noexcept {
  switch (shape) {
    case LineShape::gaussian: return "gaussian";
    case LineShape::lorentzian: return "lorentzian";
    case LineShape::pseudo_voigt_sum: return "pseudo-voigt";
    case LineShape::pseudo_voigt_height: return "pseudo-voigt-height";
    case LineShape::pseudo_voigt_product: return "pseudo-voigt-product";
    case LineShape::voigt: return "voigt";
    case LineShape::doniach_sunjic: return "doniach-sunjic";
  }
  return "unknown";
}

/// All shapes, in the order of the enumeration.
inline constexpr std::array<LineShape, 7> line_shapes{LineShape::gaussian, LineShape::lorentzian, LineShape::pseudo_voigt_sum,
                                                      LineShape::pseudo_voigt_height, LineShape::pseudo_voigt_product, LineShape::voigt,
                                                      LineShape::doniach_sunjic};

/// Whether `mixing` (or `asymmetry`) is a parameter of the shape.
constexpr bool has_mixing(LineShape shape) noexcept {
  return shape != LineShape::gaussian && shape != LineShape::lorentzian && shape != LineShape::doniach_sunjic;
}
constexpr bool has_asymmetry(LineShape shape) noexcept { return shape == LineShape::doniach_sunjic; }

namespace detail {

inline constexpr double gaussian_height = 0.9394372786996513;  ///< 2 √(ln 2/π): unit area, unit FWHM
inline constexpr double lorentzian_height = 2 * std::numbers::inv_pi;

/// ∫ exp(−a x²)/(1 + b x²) dx over all x, a ≥ 0, b ≥ 0, not both 0: π/√b · exp(z²) erfc(z), z² = a/b.
template <Scalar T>
T product_integral(const T& a, const T& b) {
  using std::erfc, std::exp, std::sqrt;
  if (value_of(a) > 144 * value_of(b)) {  // asymptotic series of exp(z²) erfc(z) in q = 1/(2z²) < 1/288: nine terms suffice
    const T q = b / (T(2) * a);
    T sum(1.0);
    for (int n = 17; n > 0; n -= 2) sum = T(1) - T(n) * q * sum;
    return sqrt(T(std::numbers::pi) / a) * sum;
  }
  const T z2 = a / b;
  const T z = sqrt(z2);
  return T(std::numbers::pi) / sqrt(b) * exp(z2) * erfc(z);
}

}  // namespace detail

/// A line of unit area at 0, per eV. The Doniach-Šunjić line, whose whole area is infinite for α > 0, has the scale of the Lorentzian
/// of unit area that it is at α = 0: f(0) = 2 cos(πα/2)/(π fwhm).
///
/// `T` is any scalar: with dual numbers all derivatives are exact. What does not depend on the energy is computed once.
template <Scalar T = double>
class LineProfile {
 public:
  /// `fwhm` in eV, > 0; `mixing` from 0 to 1 (Voigt: ≥ 0); `asymmetry` from 0 to 1, exclusive.
  LineProfile(LineShape shape, const T& fwhm, const T& mixing, const T& asymmetry)
      : shape_(shape), inverse_(T(1) / fwhm), mixing_(mixing), asymmetry_(asymmetry) {
    using std::sqrt;
    switch (shape_) {
      case LineShape::gaussian: scale_ = T(detail::gaussian_height) * inverse_; break;
      case LineShape::lorentzian:
      case LineShape::doniach_sunjic: scale_ = T(detail::lorentzian_height) * inverse_; break;
      case LineShape::pseudo_voigt_sum:
        lorentzian_ = T(detail::lorentzian_height) * inverse_ * mixing_;
        gaussian_ = T(detail::gaussian_height) * inverse_ * (T(1) - mixing_);
        break;
      case LineShape::pseudo_voigt_height: {
        const T height = inverse_ / (mixing_ * T(1 / detail::lorentzian_height) + (T(1) - mixing_) * T(1 / detail::gaussian_height));
        lorentzian_ = height * mixing_;
        gaussian_ = height * (T(1) - mixing_);
        break;
      }
      case LineShape::pseudo_voigt_product:
        gaussian_ = T(4 * std::numbers::ln2) * (T(1) - mixing_);
        lorentzian_ = T(4) * mixing_;
        scale_ = inverse_ / detail::product_integral(gaussian_, lorentzian_);
        break;
      case LineShape::voigt:
        scale_ = T(detail::gaussian_height) * inverse_;
        lorentzian_ = T(std::sqrt(std::numbers::ln2)) * mixing_;  // y of the Voigt function
        break;
    }
  }

  /// Value at a distance from the position, eV (positive: higher binding energy); per eV.
  T operator()(const T& distance) const {
    using std::atan, std::cos, std::exp, std::log;
    const T x = distance * inverse_;
    constexpr double g = -4 * std::numbers::ln2;
    switch (shape_) {
      case LineShape::gaussian: return scale_ * exp(T(g) * square(x));
      case LineShape::lorentzian: return scale_ / (T(1) + T(4) * square(x));
      case LineShape::pseudo_voigt_sum:
      case LineShape::pseudo_voigt_height: {
        const T square_of_x = square(x);
        return lorentzian_ / (T(1) + T(4) * square_of_x) + gaussian_ * exp(T(g) * square_of_x);
      }
      case LineShape::pseudo_voigt_product: {
        const T square_of_x = square(x);
        return scale_ * exp(-(gaussian_ * square_of_x)) / (T(1) + lorentzian_ * square_of_x);
      }
      case LineShape::voigt: return scale_ * detail::voigt_function(T(2 * std::sqrt(std::numbers::ln2)) * x, lorentzian_);
      case LineShape::doniach_sunjic: {
        const T u = T(2) * x, rest = T(1) - asymmetry_;
        return scale_ * cos(T(std::numbers::pi / 2) * asymmetry_ - rest * atan(u)) * exp(T(-0.5) * rest * log(T(1) + square(u)));
      }
    }
    return scale_;
  }

  /// Area of the line between two distances from its position, eV. In closed form; for the product and the Voigt line, which
  /// have none, by Simpson's rule in steps that leave an error below 1e-9.
  T area(const T& low, const T& high) const {
    if (shape_ == LineShape::pseudo_voigt_product || shape_ == LineShape::voigt) return simpson(low, high);
    return antiderivative(high) - antiderivative(low);
  }

 private:
  /// Area from far below the line up to a distance.
  T antiderivative(const T& distance) const {
    using std::atan, std::erfc, std::exp, std::log, std::sin;
    const T x = distance * inverse_;
    const double root = 2 * std::sqrt(std::numbers::ln2);
    const auto lorentz = [&] { return T(0.5) + T(std::numbers::inv_pi) * atan(T(2) * x); };
    const auto gauss = [&] { return T(0.5) * erfc(T(-root) * x); };
    switch (shape_) {
      case LineShape::gaussian: return gauss();
      case LineShape::lorentzian: return lorentz();
      case LineShape::pseudo_voigt_sum:
      case LineShape::pseudo_voigt_height: {
        const T share = lorentzian_ / (T(detail::lorentzian_height) * inverse_);
        return share * lorentz() + (T(1) - share) * gauss();
      }
      default: break;
    }
    // The line is Re[exp(iπα/2) (1 + iu)^(α − 1)], so that its antiderivative is (1 + u²)^(α/2) sin(α (atan u + π/2))/α.
    const T u = T(2) * x, angle = atan(u) + T(std::numbers::pi / 2), turned = asymmetry_ * angle;
    const T ratio = value_of(turned) < 1e-4 ? angle * (T(1) - square(turned) * T(1.0 / 6)) : sin(turned) / asymmetry_;
    return T(std::numbers::inv_pi) * exp(T(0.5) * asymmetry_ * log(T(1) + square(u))) * ratio;
  }

  T simpson(const T& low, const T& high) const {
    // Panels of equal length in t, distance = fwhm · sinh t: dense at the line, sparse in the tails.
    using std::asinh, std::exp;
    constexpr int panels = 2000;
    const double a = std::asinh(value_of(low) * value_of(inverse_)), b = std::asinh(value_of(high) * value_of(inverse_));
    const double h = (b - a) / panels;
    T sum(0.0);
    for (int i = 0; i <= panels; ++i) {
      const double t = a + h * i, weight = (i == 0 || i == panels ? 1 : i % 2 == 1 ? 4 : 2) * h / 3;
      sum += (*this)(T(std::sinh(t)) / inverse_) * T(weight * std::cosh(t)) / inverse_;
    }
    // The ends move with what they depend on.
    const T ends = (*this)(high) * (high * inverse_ - T(std::sinh(b))) / inverse_ - (*this)(low) * (low * inverse_ - T(std::sinh(a))) / inverse_;
    return sum + ends;
  }

  LineShape shape_;
  T inverse_, mixing_, asymmetry_;
  T scale_{0.0}, lorentzian_{0.0}, gaussian_{0.0};
};

/// The shape of that name. Throws where there is none.
inline LineShape parse_line_shape(std::string_view name) {
  std::string known;
  for (const LineShape shape : line_shapes) {
    if (to_string(shape) == name) return shape;
    known += (known.empty() ? "" : ", ") + std::string(to_string(shape));
  }
  fail("line shape \"" + std::string(name) + "\": expected one of " + known);
}

}  // namespace lamella
