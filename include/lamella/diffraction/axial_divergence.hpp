// Peak asymmetry by axial divergence: the shifts and weights with which a symmetric profile is repeated.
//
// L. W. Finger, D. E. Cox & A. P. Jephcoat, J. Appl. Cryst. 27 (1994) 892. With equal half heights of sample and
// receiving slit, S = H, the detector sees at 2φ the height h = sqrt(cos²2φ/cos²2θ − 1) (in units of the radius) with
// the weight D d(2φ), D ∝ (2S − h)/(h cos2φ), as far as h ≤ 2S. With h = tan2θ sinψ,
//     sin2φ = sin2θ cosψ,   D d(2φ) ∝ (2S − h)/(1 + h²) dψ,   0 ≤ ψ ≤ asin(2S/tan2θ), at most π/2,
// nothing is singular: neither at 2φ = 2θ (ψ = 0), nor at 2θ = 90°, nor at 2φ = 0 (ψ = π/2), where close to the primary
// beam the cone turns over before it leaves the slit. Gauss-Legendre quadrature in ψ converges fast.
#pragma once

#include <lamella/core/constants.hpp>  // degree
#include <lamella/core/scalar.hpp>     // Scalar, value_of

#include <boost/math/special_functions/legendre.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One copy of the symmetric profile.
template <Scalar T = double>
struct AxialNode {
  T shift{};   ///< degrees 2θ, negative below 90°
  T weight{};  ///< share of the area; the weights of a rule add up to 1
};

/// Gauss-Legendre rules on [0, 1], made once and then only read. The longest repeat the one before them on two halves.
class AxialQuadrature {
 public:
  /// Numbers of nodes of the rules.
  static constexpr std::array<std::size_t, 24> sizes{2,  3,  4,  5,  6,  7,  8,  10,  12,  14,  16,  20,
                                                     24, 30, 36, 44, 54, 66, 80, 100, 120, 240, 480, 960};
  static constexpr std::size_t largest = sizes.back();

  AxialQuadrature() {
    for (const std::size_t n : sizes) {
      if (n > 120) {
        const std::size_t before = points_.size() - n / 2;
        for (std::size_t i = before; i < before + n / 2; ++i) {
          const auto [position, weight] = points_[i];
          points_.push_back({0.5 * position, 0.5 * weight});
          points_.push_back({0.5 + 0.5 * position, 0.5 * weight});
        }
        continue;
      }
      for (const double zero : boost::math::legendre_p_zeros<double>(static_cast<int>(n))) {
        const double slope = boost::math::legendre_p_prime(static_cast<int>(n), zero);
        const double weight = 1 / ((1 - zero * zero) * slope * slope);
        points_.push_back({0.5 + 0.5 * zero, weight});
        if (zero != 0) points_.push_back({0.5 - 0.5 * zero, weight});
      }
    }
  }

  /// The smallest rule that renders a profile of `fwhm` smeared over `span` (both degrees) to 10⁻⁴ of its height. The
  /// bounds were found by comparison with longer rules. The longest rule serves a span of up to 150 FWHM.
  static std::size_t rule_for(double span, double fwhm) {
    const double ratio = span / fwhm;
    if (ratio < 0.018) return 0;
    if (ratio < 0.15) return 1;
    for (std::size_t r = 2; r + 1 < sizes.size(); ++r)
      if (static_cast<double>(sizes[r]) >= 2 + (sizes[r] <= 120 ? 5.35 : 6.4) * ratio) return r;
    return sizes.size() - 1;
  }

  /// Fills `nodes` with rule number `rule` for a peak at `two_theta` (degrees) and half heights `s` = S/L = H/L > 0.
  /// Returns the part of `nodes` in use. Above 90° the tail points to higher angles.
  template <Scalar T>
  std::span<AxialNode<T>> nodes(std::size_t rule, const T& two_theta, const T& s, std::span<AxialNode<T>> nodes) const {
    using std::asin, std::cos, std::sin, std::sqrt;
    const bool back = value_of(two_theta) > 90;
    const T angle = (back ? T(180.0) - two_theta : two_theta) * T(degree);
    const T cosine = cos(angle), sine = sin(angle);
    const T tangent = sine / cosine, product = sine * cosine;
    const T h_max = T(2.0) * s;
    const T end = value_of(h_max) < value_of(tangent) ? asin(h_max / tangent) : T(0.5 * std::numbers::pi);
    std::size_t first = 0;
    for (std::size_t r = 0; r < rule; ++r) first += sizes[r];
    const std::size_t n = sizes[rule];
    T sum(0.0);
    for (std::size_t i = 0; i < n; ++i) {
      const T psi = end * T(points_[first + i].position);
      const T sin_psi = sin(psi), cos_psi = cos(psi);
      const T h = tangent * sin_psi;
      const T one_h2 = T(1.0) + h * h;
      // sin(2φ − 2θ), free of cancellation; the shift is so small an angle that asin has no second branch.
      const T shift = asin(product * (sin_psi * sin_psi + h * h) / (cos_psi + sqrt(one_h2))) / T(-degree);
      const T weight = T(points_[first + i].weight) * (h_max - h) / one_h2;
      nodes[i] = {back ? -shift : shift, weight};
      sum += weight;
    }
    const T scale = T(1.0) / sum;
    for (std::size_t i = 0; i < n; ++i) nodes[i].weight = nodes[i].weight * scale;
    return nodes.first(n);
  }

 private:
  struct Point {
    double position, weight;
  };
  std::vector<Point> points_;  ///< the rules one after the other
};

/// How far the tail of axial divergence reaches from the peak, degrees 2θ (signed as `AxialNode::shift`).
inline double axial_span(double two_theta, double s) {
  const bool back = two_theta > 90;
  const double angle = (back ? 180 - two_theta : two_theta) * degree;
  const double reach = std::acos(std::min(1.0, std::cos(angle) * std::sqrt(1 + 4 * s * s)));
  return (back ? angle - reach : reach - angle) / degree;
}

/// Two nodes with the first four moments of `nodes`: what a smooth profile sees from afar.
template <Scalar T>
std::array<AxialNode<T>, 2> distant_nodes(std::span<const AxialNode<T>> nodes) {
  using std::sqrt;
  T mean(0.0), variance(0.0), third(0.0);
  for (const auto& n : nodes) mean += n.weight * n.shift;
  for (const auto& n : nodes) {
    const T off = n.shift - mean;
    variance += n.weight * off * off;
    third += n.weight * off * off * off;
  }
  constexpr double negligible = 1e-18;  // degrees²: a delta function
  if (!(value_of(variance) > negligible)) return {{{mean, T(0.5)}, {mean, T(0.5)}}};
  const T skew = third / variance;
  const T root = sqrt(skew * skew + T(4.0) * variance);
  const T low = T(0.5) * (skew - root), high = T(0.5) * (skew + root);
  return {{{mean + low, high / root}, {mean + high, -low / root}}};
}

}  // namespace lamella
