// Peak asymmetry by axial divergence: the shifts and weights with which a symmetric profile is repeated.
//
// L. W. Finger, D. E. Cox & A. P. Jephcoat, J. Appl. Cryst. 27 (1994) 892. With equal half heights of sample and
// receiving slit, S = H, the detector sees at 2φ the height h = sqrt(cos²2φ/cos²2θ − 1) (in units of the radius) with
// the weight D d(2φ), D ∝ (2S − h)/(h cos2φ). Written as an integral over h the singularity at 2φ = 2θ drops out,
//     D d(2φ) ∝ (2S − h)/((1 + h²) sin2φ) dh,   0 ≤ h ≤ 2S,
// and Gauss-Legendre quadrature in h converges fast.
#pragma once

#include <lamella/core/constants.hpp>  // degree
#include <lamella/core/scalar.hpp>     // Scalar, value_of

#include <boost/math/special_functions/legendre.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One copy of the symmetric profile.
template <Scalar T = double>
struct AxialNode {
  T shift{};   ///< degrees 2θ, negative below 90°
  T weight{};  ///< share of the area; the weights of a rule add up to 1
};

/// Gauss-Legendre rules on [0, 1], made once and then only read.
class AxialQuadrature {
 public:
  /// Numbers of nodes of the rules.
  static constexpr std::array<std::size_t, 9> sizes{4, 6, 10, 16, 24, 36, 54, 80, 120};
  static constexpr std::size_t largest = sizes.back();

  AxialQuadrature() {
    for (const std::size_t n : sizes) {
      for (const double zero : boost::math::legendre_p_zeros<double>(static_cast<int>(n))) {
        const double slope = boost::math::legendre_p_prime(static_cast<int>(n), zero);
        const double weight = 1 / ((1 - zero * zero) * slope * slope);
        points_.push_back({0.5 + 0.5 * zero, weight});
        points_.push_back({0.5 - 0.5 * zero, weight});
      }
    }
  }

  /// The smallest rule that renders a profile of `fwhm` smeared over `span` (both degrees) to 10⁻⁴ of its height.
  static std::size_t rule_for(double span, double fwhm) {
    const double wanted = 4 + 5 * span / fwhm;
    for (std::size_t r = 0; r + 1 < sizes.size(); ++r)
      if (static_cast<double>(sizes[r]) >= wanted) return r;
    return sizes.size() - 1;
  }

  /// Fills `nodes` with rule number `rule` for a peak at `two_theta` (degrees) and half heights `s` = S/L = H/L > 0.
  /// Returns the part of `nodes` in use. Above 90° the tail points to higher angles.
  template <Scalar T>
  std::span<AxialNode<T>> nodes(std::size_t rule, const T& two_theta, const T& s, std::span<AxialNode<T>> nodes) const {
    using std::acos, std::cos, std::sin, std::sqrt, std::tan;
    const bool back = value_of(two_theta) > 90;
    const T angle = (back ? T(180.0) - two_theta : two_theta) * T(degree);
    const T cos_angle = cos(angle);
    T h_max = T(2.0) * s;
    // Very close to the primary beam the cone turns over before it leaves the slit.
    if (value_of(cos_angle) > 1e-6 && value_of(h_max) > std::tan(value_of(angle))) h_max = tan(angle);
    std::size_t first = 0;
    for (std::size_t r = 0; r < rule; ++r) first += sizes[r];
    const std::size_t n = sizes[rule];
    T sum(0.0);
    for (std::size_t i = 0; i < n; ++i) {
      const T h = h_max * T(points_[first + i].position);
      const T h2 = h * h;
      const T two_phi = acos(cos_angle * sqrt(T(1.0) + h2));
      const T shift = (two_phi - angle) / T(degree);
      const T weight = T(points_[first + i].weight) * (T(2.0) * s - h) / ((T(1.0) + h2) * sin(two_phi));
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
