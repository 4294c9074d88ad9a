// The hot loops: one pseudo-Voigt peak, with or without axial asymmetry, added to a stretch of a pattern.
#pragma once

#include <lamella/core/dual.hpp>                       // Dual
#include <lamella/diffraction/axial_divergence.hpp>    // AxialNode
#include <lamella/diffraction/detail/exponential.hpp>  // exponential
#include <lamella/diffraction/pseudo_voigt.hpp>        // PseudoVoigt

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Beyond this many FWHM from the centre the Gaussian part is below 10⁻¹⁰ of its height.
inline constexpr double gaussian_reach = 3.0;

/// Where a peak is evaluated: all points in [first, last); those in [core_first, core_last) lie near the centre.
struct PeakWindow {
  std::size_t first = 0, last = 0;
  std::size_t core_first = 0, core_last = 0;
  std::size_t rule = 0;  ///< quadrature rule of the axial divergence
  bool asymmetric = false;
};

/// Derivatives of an axial node with respect to the position of the peak (degrees) and S/L = H/L.
using AxialDual = Dual<double, 2>;

/// Factors of the two parts of a pseudo-Voigt of unit area.
struct PseudoVoigtFactors {
  explicit PseudoVoigtFactors(const PseudoVoigt<double>& shape)
      : width(4 / (shape.fwhm * shape.fwhm)),
        lorentzian(shape.eta * 2 / (std::numbers::pi * shape.fwhm)),
        gaussian((1 - shape.eta) * 2 * std::sqrt(std::numbers::ln2 / std::numbers::pi) / shape.fwhm) {}

  double width;       ///< u = width · distance²
  double lorentzian;  ///< lorentzian / (1 + u)
  double gaussian;    ///< gaussian · exp(−ln2 u)
};

/// exp(−ln2 u), cut off where it is far below rounding so that the fast exponential stays in its range.
inline double gaussian_of(double u) { return exponential(std::max(-80.0, -std::numbers::ln2 * u)); }

/// y += area · Lorentzian part, centred at `centre`, over n points.
inline void add_lorentzian(const double* __restrict x, double* __restrict y, std::size_t n, double centre,
                           double area, const PseudoVoigtFactors& f) {
  const double height = area * f.lorentzian, width = f.width;
  for (std::size_t i = 0; i < n; ++i) {
    const double dx = x[i] - centre;
    y[i] += height / (1 + width * dx * dx);
  }
}

/// y += area · Gaussian part, centred at `centre`, over n points.
inline void add_gaussian(const double* __restrict x, double* __restrict y, std::size_t n, double centre,
                         double area, const PseudoVoigtFactors& f) {
  const double height = area * f.gaussian, width = f.width;
  for (std::size_t i = 0; i < n; ++i) {
    const double dx = x[i] - centre;
    y[i] += height * gaussian_of(width * dx * dx);
  }
}

/// Adds a peak to `y` (same grid as `x`). `near` and `far` are its axial nodes; empty for a symmetric peak.
inline void add_peak(const double* x, double* y, const PeakWindow& w, double position, double area,
                     const PseudoVoigt<double>& shape, std::span<const AxialNode<double>> near,
                     std::span<const AxialNode<double>> far) {
  const PseudoVoigtFactors f(shape);
  const std::size_t core = w.core_last - w.core_first;
  if (!w.asymmetric) {
    add_lorentzian(x + w.first, y + w.first, w.last - w.first, position, area, f);
    add_gaussian(x + w.core_first, y + w.core_first, core, position, area, f);
    return;
  }
  for (const auto& node : far) {
    add_lorentzian(x + w.first, y + w.first, w.core_first - w.first, position + node.shift,
                   area * node.weight, f);
    add_lorentzian(x + w.core_last, y + w.core_last, w.last - w.core_last, position + node.shift,
                   area * node.weight, f);
  }
  for (const auto& node : near) {
    add_lorentzian(x + w.core_first, y + w.core_first, core, position + node.shift, area * node.weight, f);
    add_gaussian(x + w.core_first, y + w.core_first, core, position + node.shift, area * node.weight, f);
  }
}

/// A peak of unit area and its derivatives on the points of a window: storage for the largest window.
struct PeakColumns {
  static constexpr std::size_t count = 5;
  enum : std::size_t { value, position, fwhm, eta, asymmetry };

  std::array<std::vector<double>, count> column;  ///< d(peak)/d(…), per unit area; `value` is d(peak)/d(area)

  void reserve(std::size_t points) {
    for (auto& c : column) c.resize(std::max(c.size(), points));
  }
};

/// Adds one node's share to the columns, over n points. With `WithGaussian` false only the Lorentzian part is added:
/// the tail of the peak.
template <bool WithGaussian>
void add_node_columns(const double* __restrict x, std::size_t n, double centre,
                      const PseudoVoigt<double>& shape, const PseudoVoigtFactors& f, double weight,
                      double weight_slope, double weight_asymmetry, double shift_slope,
                      double shift_asymmetry, double* __restrict value, double* __restrict position,
                      double* __restrict fwhm, double* __restrict eta, double* __restrict asymmetry) {
  constexpr double ln2 = std::numbers::ln2;
  const double inverse_fwhm = 1 / shape.fwhm;
  const double unit_lorentzian = 2 / (std::numbers::pi * shape.fwhm);
  const double unit_gaussian = 2 * std::sqrt(ln2 / std::numbers::pi) / shape.fwhm;
  const double l_share = shape.eta, g_share = 1 - shape.eta;
  const double width = f.width;
  for (std::size_t i = 0; i < n; ++i) {
    const double dx = x[i] - centre;
    const double u = width * dx * dx;
    const double inverse = 1 / (1 + u);
    const double lorentzian = unit_lorentzian * inverse;
    const double two_width_dx = 2 * width * dx;
    double p = l_share * lorentzian;                             // the profile,
    double slope = p * two_width_dx * inverse;                   // its derivative with respect to the centre,
    double widening = p * inverse_fwhm * (2 * u * inverse - 1);  // to the width,
    double mixing = lorentzian;                                  // and to η
    if constexpr (WithGaussian) {
      const double gaussian = unit_gaussian * gaussian_of(u);
      const double g = g_share * gaussian;
      p += g;
      slope += g * ln2 * two_width_dx;
      widening += g * inverse_fwhm * (2 * ln2 * u - 1);
      mixing -= gaussian;
    }
    value[i] += weight * p;
    position[i] += weight * (1 + shift_slope) * slope + weight_slope * p;
    fwhm[i] += weight * widening;
    eta[i] += weight * mixing;
    asymmetry[i] += weight * shift_asymmetry * slope + weight_asymmetry * p;
  }
}

/// Fills `columns` (entry 0 is point `w.first`) for a peak of unit area.
inline void fill_columns(const double* x, const PeakWindow& w, double peak_position,
                         const PseudoVoigt<double>& shape, std::span<const AxialNode<AxialDual>> near,
                         std::span<const AxialNode<AxialDual>> far, PeakColumns& columns) {
  const PseudoVoigtFactors f(shape);
  const std::size_t n = w.last - w.first;
  for (auto& c : columns.column) std::fill_n(c.begin(), n, 0.0);
  const auto add = [&]<bool WithGaussian>(const AxialNode<AxialDual>& node, std::size_t from,
                                          std::size_t to) {
    const std::size_t o = from - w.first;
    auto& c = columns.column;
    add_node_columns<WithGaussian>(x + from, to - from, peak_position + node.shift.value, shape, f,
                                   node.weight.value, node.weight.grad[0], node.weight.grad[1],
                                   node.shift.grad[0], node.shift.grad[1], &c[0][o], &c[1][o], &c[2][o],
                                   &c[3][o], &c[4][o]);
  };
  const AxialNode<AxialDual> centre{AxialDual(0.0), AxialDual(1.0)};
  const std::span<const AxialNode<AxialDual>> only(&centre, 1);
  for (const auto& node : w.asymmetric ? far : only) {
    if (w.first < w.core_first) add.template operator()<false>(node, w.first, w.core_first);
    if (w.core_last < w.last) add.template operator()<false>(node, w.core_last, w.last);
  }
  if (w.core_first < w.core_last)
    for (const auto& node : w.asymmetric ? near : only)
      add.template operator()<true>(node, w.core_first, w.core_last);
}

}  // namespace detail
}  // namespace lamella
