// The model of a spectrum: lines, single or in doublets, and a background that follows them.
#pragma once

#include <lamella/core/error.hpp>                   // fail
#include <lamella/core/scalar.hpp>                  // Scalar
#include <lamella/fit/free_parameters.hpp>          // FreeParameters
#include <lamella/fit/parameters.hpp>               // parameter_names
#include <lamella/spectra/line_shape.hpp>           // LineShape, LineProfile
#include <lamella/spectra/spectrum_background.hpp>  // TougaardKernel

#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A line, or a doublet of two lines whose distance, areas and widths are tied.
template <Scalar T = double>
struct SpectrumComponent {
  std::string name;                              ///< "Ni2+": unique in a model, without dots
  LineShape shape = LineShape::pseudo_voigt_sum;
  T position{};        ///< of the first line, eV binding energy
  T area{};            ///< of the first line, counts · eV (Doniach-Šunjić: see LineProfile)
  T fwhm{1};           ///< of the first line, eV (Voigt: of its Gaussian part)
  T mixing{};          ///< see LineShape
  T asymmetry{};       ///< see LineShape
  T splitting{};       ///< position of the second line minus that of the first, eV
  T area_ratio{};      ///< area of the second line over that of the first; 0: no second line
  T width_ratio{1};    ///< FWHM of the second line over that of the first

  template <Scalar U>
  using rebind = SpectrumComponent<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("position", self.position...);
    visit("area", self.area...);
    visit("fwhm", self.fwhm...);
    visit("mixing", self.mixing...);
    visit("asymmetry", self.asymmetry...);
    visit("splitting", self.splitting...);
    visit("area_ratio", self.area_ratio...);
    visit("width_ratio", self.width_ratio...);
  }
};

/// A background that is fitted with the lines ("active"): a straight line and what the lines, summed up in S, leave behind them,
///     B(E) = constant + slope (E − reference) + shirley ∫ S dE′ + tougaard ∫ K(E − E′) S(E′) dE′,   both over E′ < E.
/// The integrals are trapezoid sums over the points of the spectrum. With `shirley` or `tougaard` at 0 and held, that part is absent.
template <Scalar T = double>
struct ActiveBackground {
  T constant{};          ///< counts
  T slope{};             ///< counts/eV
  T shirley{};           ///< per eV
  T tougaard{};          ///< factor of the kernel
  double reference = 0;  ///< eV: where the line has the value `constant`
  TougaardKernel kernel{}; ///< its B multiplies `tougaard`

  template <Scalar U>
  using rebind = ActiveBackground<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("constant", self.constant...);
    visit("slope", self.slope...);
    visit("shirley", self.shirley...);
    visit("tougaard", self.tougaard...);
  }
};

/// Lines on a background. Parameters: "Ni2+.position", "background.slope".
template <Scalar T = double>
struct SpectrumModel {
  using scalar = T;

  std::vector<SpectrumComponent<T>> components;
  ActiveBackground<T> background;

  template <Scalar U>
  using rebind = SpectrumModel<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    for (std::size_t k = 0; k < self.components.size(); ++k) visit(self.components[k].name, self.components[k], others.components[k]...);
    visit("background", self.background, others.background...);
  }
};

/// The same component on another scalar.
template <Scalar U, Scalar T>
SpectrumComponent<U> rebound(const SpectrumComponent<T>& c) {
  return {c.name, c.shape, U(c.position), U(c.area), U(c.fwhm), U(c.mixing), U(c.asymmetry), U(c.splitting), U(c.area_ratio), U(c.width_ratio)};
}

/// The same model on another scalar.
template <Scalar U>
SpectrumModel<U> rebound(const SpectrumModel<double>& m) {
  SpectrumModel<U> r;
  for (const auto& c : m.components) r.components.push_back(rebound<U>(c));
  const auto& b = m.background;
  r.background = {U(b.constant), U(b.slope), U(b.shirley), U(b.tougaard), b.reference, b.kernel};
  return r;
}

/// Intensity of one component at a binding energy, counts.
template <Scalar T>
class ComponentProfile {
 public:
  explicit ComponentProfile(const SpectrumComponent<T>& c)
      : first_(c.shape, c.fwhm, c.mixing, c.asymmetry), second_(c.shape, c.fwhm * c.width_ratio, c.mixing, c.asymmetry),
        position_(c.position), other_(c.position + c.splitting), area_(c.area), other_area_(c.area * c.area_ratio) {}

  T operator()(double energy) const { return area_ * first_(T(energy) - position_) + other_area_ * second_(T(energy) - other_); }

  /// Area of both lines in a window, counts · eV.
  T area(const EnergyWindow& window) const {
    const T low(window.low), high(window.high);
    return area_ * first_.area(low - position_, high - position_) + other_area_ * second_.area(low - other_, high - other_);
  }

 private:
  LineProfile<T> first_, second_;
  T position_, other_, area_, other_area_;
};

/// Area of a component, both lines, counts · eV: the whole of it; of a Doniach-Šunjić line, whose whole area is infinite, what lies in
/// the window.
template <Scalar T>
T component_area(const SpectrumComponent<T>& c, const EnergyWindow& window) {
  if (c.shape == LineShape::doniach_sunjic) return ComponentProfile<T>(c).area(window);
  return c.area * (T(1) + c.area_ratio);
}

/// What a model gives at each energy, counts.
template <Scalar T>
struct SpectrumCurves {
  std::vector<std::vector<T>> components;  ///< one curve each
  std::vector<T> background;               ///< without a fixed one
  std::vector<T> total;
};

/// Calculates a model at increasing binding energies, eV.
template <Scalar T>
SpectrumCurves<T> calculate(const SpectrumModel<T>& model, std::span<const double> energy) {
  const std::size_t n = energy.size();
  SpectrumCurves<T> curves;
  std::vector<T> sum(n, T(0.0));
  for (const auto& component : model.components) {
    const ComponentProfile<T> profile(component);
    auto& curve = curves.components.emplace_back();
    curve.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      curve.push_back(profile(energy[i]));
      sum[i] += curve[i];
    }
  }
  const auto& b = model.background;
  T below(0.0);
  for (std::size_t i = 0; i < n; ++i) {
    T lost(0.0);
    if (i > 0) below += T(0.5 * (energy[i] - energy[i - 1])) * (sum[i] + sum[i - 1]);
    if (!std::floating_point<T> || value_of(b.tougaard) != 0)
      for (std::size_t j = 1; j <= i; ++j) {
        const double half = 0.5 * (energy[j] - energy[j - 1]);
        lost += T(half * b.kernel(energy[i] - energy[j])) * sum[j] + T(half * b.kernel(energy[i] - energy[j - 1])) * sum[j - 1];
      }
    curves.background.push_back(b.constant + b.slope * T(energy[i] - b.reference) + b.shirley * below + b.tougaard * lost);
    curves.total.push_back(curves.background[i] + sum[i]);
  }
  return curves;
}

/// The parameters of a model for a fit: all held, with the bounds that keep each line a line (area ≥ 0, widths > 0, mixing from 0 to 1,
/// asymmetry from 0 to 0.9, ratios ≥ 0). `release`, `tie` and `bound` do the rest:
///     parameters.release("*.area");  parameters.equate("*.fwhm");
inline FreeParameters spectrum_parameters(const SpectrumModel<double>& model) {
  constexpr double infinite = std::numeric_limits<double>::infinity(), narrowest = 1e-3;
  for (std::size_t i = 0; i < model.components.size(); ++i) {
    const auto& name = model.components[i].name;
    if (name.empty() || name == "background" || name.find('.') != std::string::npos)
      fail("component \"" + name + "\": expected a name without dots other than \"background\"");
    for (std::size_t j = 0; j < i; ++j)
      if (model.components[j].name == name) fail("component \"" + name + "\" is there twice, expected names that differ");
  }
  FreeParameters parameters(parameter_names(model));
  for (const auto& c : model.components) {
    parameters.bound(c.name + ".area", 0, infinite);
    parameters.bound(c.name + ".fwhm", narrowest, infinite);
    // The area of the product shape has an infinite slope at m = 1.
    parameters.bound(c.name + ".mixing", 0, c.shape == LineShape::voigt ? infinite : c.shape == LineShape::pseudo_voigt_product ? 0.999 : 1);
    parameters.bound(c.name + ".asymmetry", 0, 0.9);
    parameters.bound(c.name + ".area_ratio", 0, infinite);
    parameters.bound(c.name + ".width_ratio", narrowest, infinite);
  }
  return parameters;
}

}  // namespace lamella
