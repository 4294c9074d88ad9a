// The hot loops: one pseudo-Voigt peak, with or without axial asymmetry, added to a stretch of a pattern.
#pragma once

#include <lamella/core/dual.hpp>                       // Dual
#include <lamella/diffraction/axial_divergence.hpp>    // AxialNode
#include <lamella/diffraction/detail/power_of_two.hpp>  // power_of_two
#include <lamella/diffraction/pseudo_voigt.hpp>        // PseudoVoigt

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// How far from the centre, in FWHM, the Gaussian part rises above `fraction` of its height: √(log₂(1/fraction))/2.
inline double gaussian_reach(double fraction) { return fraction < 1 ? 0.5 * std::sqrt(-std::log2(std::max(fraction, 1e-12))) : 0.0; }

/// Where a peak is evaluated: all points in [first, last). In [core_first, core_last) they lie near the centre: all nodes, Gaussian
/// and Lorentzian part. Around it, in [tail_first, tail_last), two nodes see what the Lorentzian sees of the many; beyond, one.
struct PeakWindow {
  std::size_t first = 0, last = 0;
  std::size_t core_first = 0, core_last = 0;
  std::size_t tail_first = 0, tail_last = 0;
  std::size_t rule = 0;  ///< quadrature rule of the axial divergence
  bool asymmetric = false;

  /// Of it what lies in [from, to).
  PeakWindow within(std::size_t from, std::size_t to) const {
    const auto clip = [&](std::size_t i) { return std::clamp(i, from, to); };
    return {clip(first), clip(last), clip(core_first), clip(core_last), clip(tail_first), clip(tail_last), rule, asymmetric};
  }
};

/// Derivatives of an axial node with respect to the position of the peak (degrees) and S/L = H/L.
using AxialDual = Dual<double, 2>;

/// The nodes of a peak for each distance from its centre.
template <Scalar T>
class PeakNodes {
 public:
  /// A symmetric peak.
  PeakNodes() = default;
  /// `near` must live as long as this.
  explicit PeakNodes(std::span<const AxialNode<T>> near) : near_(near), tail_(distant_nodes(near)), asymmetric_(true) {
    const T mean = tail_[0].weight * tail_[0].shift + tail_[1].weight * tail_[1].shift;
    far_ = {mean, T(1.0)};
  }

  std::span<const AxialNode<T>> near() const { return asymmetric_ ? near_ : far(); }
  std::span<const AxialNode<T>> tail() const { return asymmetric_ ? std::span<const AxialNode<T>>(tail_) : far(); }
  std::span<const AxialNode<T>> far() const { return {&far_, 1}; }

 private:
  std::span<const AxialNode<T>> near_;
  std::array<AxialNode<T>, 2> tail_{};
  AxialNode<T> far_{T(0.0), T(1.0)};
  bool asymmetric_ = false;
};

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

/// exp(−ln2 u) = 2⁻ᵘ, cut off where it is far below rounding.
inline double gaussian_of(double u) { return power_of_two(std::max(-100.0, -u)); }

/// y += area · Lorentzian part, centred at `centre`, over n points.
inline void add_lorentzian(const double* __restrict x, double* __restrict y, std::size_t n, double centre,
                           double area, const PseudoVoigtFactors& f) {
  const double height = area * f.lorentzian, width = f.width;
  for (std::size_t i = 0; i < n; ++i) {
    const double dx = x[i] - centre;
    y[i] += height / (1 + width * dx * dx);
  }
}

/// Points are taken in blocks of this size, so that the sums over nodes stay in registers and no loop has a remainder.
inline constexpr std::size_t point_block = 8;

/// The angles of a block; those beyond the end of the pattern are repeated.
inline std::array<double, point_block> block_of(const double* x, std::size_t n) {
  std::array<double, point_block> xs;
  for (std::size_t k = 0; k < point_block; ++k) xs[k] = x[std::min(k, n - 1)];
  return xs;
}

/// y += area · Σ weight · pseudo-Voigt(centre + shift) over n points.
inline void add_nodes(const double* x, double* y, std::size_t n, double centre, double area, const PseudoVoigtFactors& f,
                      std::span<const AxialNode<double>> nodes) {
  const double width = f.width;
  for (std::size_t first = 0; first < n; first += point_block) {
    const std::size_t count = std::min(point_block, n - first);
    const auto xs = block_of(x + first, count);
    std::array<double, point_block> sum{};
    for (const auto& node : nodes) {
      const double position = centre + node.shift;
      const double lorentzian = node.weight * f.lorentzian, gaussian = node.weight * f.gaussian;
      for (std::size_t k = 0; k < point_block; ++k) {
        const double dx = xs[k] - position;
        const double u = width * dx * dx;
        sum[k] += lorentzian / (1 + u) + gaussian * gaussian_of(u);
      }
    }
    for (std::size_t k = 0; k < count; ++k) y[first + k] += area * sum[k];
  }
}

/// Adds a peak to `y` (same grid as `x`).
inline void add_peak(const double* x, double* y, const PeakWindow& w, double position, double area, const PseudoVoigt<double>& shape,
                     const PeakNodes<double>& nodes) {
  const PseudoVoigtFactors f(shape);
  const auto add = [&](std::size_t from, std::size_t to, std::span<const AxialNode<double>> list) {
    for (const auto& node : list) add_lorentzian(x + from, y + from, to - from, position + node.shift, area * node.weight, f);
  };
  add(w.first, w.tail_first, nodes.far());
  add(w.tail_first, w.core_first, nodes.tail());
  if (w.core_first < w.core_last) add_nodes(x + w.core_first, y + w.core_first, w.core_last - w.core_first, position, area, f, nodes.near());
  add(w.core_last, w.tail_last, nodes.tail());
  add(w.tail_last, w.last, nodes.far());
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

/// What one node adds to each column at one point, by its distance from the node.
struct NodeTerms {
  NodeTerms(const PseudoVoigt<double>& shape, const AxialNode<AxialDual>& node)
      : width(4 / (shape.fwhm * shape.fwhm)),
        lorentzian(node.weight.value * 2 / (std::numbers::pi * shape.fwhm)),
        gaussian(node.weight.value * 2 * std::sqrt(std::numbers::ln2 / std::numbers::pi) / shape.fwhm),
        eta(shape.eta),
        shift_slope(1 + node.shift.grad[0]),
        shift_asymmetry(node.shift.grad[1]),
        weight_slope(node.weight.grad[0] / node.weight.value),
        weight_asymmetry(node.weight.grad[1] / node.weight.value) {}

  double width, lorentzian, gaussian, eta;
  double shift_slope, shift_asymmetry;    ///< d(centre)/d(position), d(centre)/d(asymmetry)
  double weight_slope, weight_asymmetry;  ///< relative

  /// Adds to the sums; `by_width` lacks the factor 1/FWHM. With `WithGaussian` false only the Lorentzian part is added.
  template <bool WithGaussian>
  void add(double dx, double& value, double& by_position, double& by_width, double& by_eta, double& by_asymmetry) const {
    constexpr double ln2 = std::numbers::ln2;
    const double two_width_dx = 2 * width * dx;
    const double u = width * dx * dx;
    const double inverse = 1 / (1 + u);
    double mixing = lorentzian * inverse;
    double p = eta * mixing;
    double slope = p * inverse * two_width_dx;
    double widening = p * (2 * u * inverse - 1);
    if constexpr (WithGaussian) {
      const double g = gaussian * gaussian_of(u), share = (1 - eta) * g;
      p += share;
      slope += ln2 * share * two_width_dx;
      widening += share * (2 * ln2 * u - 1);
      mixing -= g;
    }
    value += p;
    by_position += shift_slope * slope + weight_slope * p;
    by_width += widening;
    by_eta += mixing;
    by_asymmetry += shift_asymmetry * slope + weight_asymmetry * p;
  }
};

/// Writes the columns of n points from entry `offset` on: Lorentzian tails of one or two nodes.
template <std::size_t Nodes>
void fill_tail(const double* __restrict x, std::size_t n, double centre, const PseudoVoigt<double>& shape,
               std::span<const AxialNode<AxialDual>> nodes, PeakColumns& columns, std::size_t offset) {
  const NodeTerms first(shape, nodes.front()), last(shape, nodes.back());
  const double first_centre = centre + nodes.front().shift.value, last_centre = centre + nodes.back().shift.value;
  const double inverse_fwhm = 1 / shape.fwhm;
  auto& c = columns.column;
  double* __restrict const value = &c[PeakColumns::value][offset];
  double* __restrict const position = &c[PeakColumns::position][offset];
  double* __restrict const fwhm = &c[PeakColumns::fwhm][offset];
  double* __restrict const eta = &c[PeakColumns::eta][offset];
  double* __restrict const asymmetry = &c[PeakColumns::asymmetry][offset];
  for (std::size_t i = 0; i < n; ++i) {
    double p = 0, by_position = 0, by_width = 0, by_eta = 0, by_asymmetry = 0;
    first.add<false>(x[i] - first_centre, p, by_position, by_width, by_eta, by_asymmetry);
    if constexpr (Nodes == 2) last.add<false>(x[i] - last_centre, p, by_position, by_width, by_eta, by_asymmetry);
    value[i] = p;
    position[i] = by_position;
    fwhm[i] = inverse_fwhm * by_width;
    eta[i] = by_eta;
    asymmetry[i] = by_asymmetry;
  }
}

/// Writes the columns of n points from entry `offset` on: all nodes, Gaussian and Lorentzian part.
inline void fill_core(const double* x, std::size_t n, double centre, const PseudoVoigt<double>& shape,
                      std::span<const AxialNode<AxialDual>> nodes, PeakColumns& columns, std::size_t offset) {
  const double inverse_fwhm = 1 / shape.fwhm;
  auto& c = columns.column;
  for (std::size_t begin = 0; begin < n; begin += point_block) {
    const std::size_t count = std::min(point_block, n - begin);
    const auto xs = block_of(x + begin, count);
    std::array<double, point_block> value{}, position{}, fwhm{}, eta{}, asymmetry{};
    for (const auto& node : nodes) {
      const NodeTerms terms(shape, node);
      const double at = centre + node.shift.value;
      for (std::size_t k = 0; k < point_block; ++k) terms.add<true>(xs[k] - at, value[k], position[k], fwhm[k], eta[k], asymmetry[k]);
    }
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t i = offset + begin + k;
      c[PeakColumns::value][i] = value[k];
      c[PeakColumns::position][i] = position[k];
      c[PeakColumns::fwhm][i] = inverse_fwhm * fwhm[k];
      c[PeakColumns::eta][i] = eta[k];
      c[PeakColumns::asymmetry][i] = asymmetry[k];
    }
  }
}

/// Fills `columns` (entry 0 is point `w.first`) for a peak of unit area.
inline void fill_columns(const double* x, const PeakWindow& w, double position, const PseudoVoigt<double>& shape,
                         const PeakNodes<AxialDual>& nodes, PeakColumns& columns) {
  const auto tail = [&](std::size_t from, std::size_t to, std::span<const AxialNode<AxialDual>> list) {
    if (from >= to) return;
    const auto fill = list.size() == 2 ? fill_tail<2> : fill_tail<1>;
    fill(x + from, to - from, position, shape, list, columns, from - w.first);
  };
  tail(w.first, w.tail_first, nodes.far());
  tail(w.tail_first, w.core_first, nodes.tail());
  if (w.core_first < w.core_last)
    fill_core(x + w.core_first, w.core_last - w.core_first, position, shape, nodes.near(), columns, w.core_first - w.first);
  tail(w.core_last, w.tail_last, nodes.tail());
  tail(w.tail_last, w.last, nodes.far());
}

}  // namespace detail
}  // namespace lamella
