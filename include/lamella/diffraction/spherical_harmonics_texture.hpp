// Preferred orientation of any kind in a sample of cylindrical symmetry: spherical harmonics that obey the Laue class.
//
// H.-J. Bunge, Texture Analysis in Materials Science (1982); R. B. Von Dreele, J. Appl. Cryst. 30 (1997) 517. The harmonics are
// found by averaging over the operations of the group, so that any group in any setting will do.
#pragma once

#include <lamella/core/constants.hpp>                    // degree, two_pi
#include <lamella/core/error.hpp>                        // fail
#include <lamella/core/scalar.hpp>                       // Scalar
#include <lamella/crystal/coordinates.hpp>               // Cartesian, Miller
#include <lamella/crystal/detail/row_reduction.hpp>      // row_reduced
#include <lamella/crystal/space_group.hpp>               // SpaceGroup
#include <lamella/crystal/symmetry_operation.hpp>        // SymmetryOperation
#include <lamella/crystal/unit_cell.hpp>                 // CartesianAxes, cartesian_axes, reciprocal_vector

#include <boost/math/special_functions/legendre.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The real harmonics of even order that a group leaves unchanged, as functions of a direction in the crystal.
///
/// Each is normalised to a mean square of 1/(2l + 1) over the sphere, and two different ones are orthogonal: with an axis of
/// order three or more along c, number l,0 is the Legendre polynomial P_l(cosα) of the angle to c.
class TextureHarmonics {
 public:
  static constexpr int highest_order = 12;

  /// No harmonics: no preferred orientation.
  TextureHarmonics() = default;

  /// The harmonics of orders 2, 4 … `order` for a group. `cell` is one that the group allows; it matters only where the axes are so
  /// unusual that operations mix unequal ones. Throws where `order` is odd, negative or above 12.
  TextureHarmonics(const SpaceGroup& group, const UnitCell<double>& cell, int order) {
    if (order < 0 || order > highest_order || order % 2 != 0)
      fail("texture: harmonics of order " + std::to_string(order) + ", expected an even number from 0 to " +
           std::to_string(highest_order));
    for (int l = 2; l <= order; l += 2) add_order(group, cartesian_axes(cell), l);
    std::sort(elements_.begin(), elements_.end(), [](const Element& x, const Element& y) {
      return x.m != y.m ? x.m < y.m : x.order < y.order;
    });
  }

  /// The number of harmonics.
  std::size_t size() const noexcept { return names_.size(); }
  /// The order l of harmonic number `i`.
  int order(std::size_t i) const { return orders_[i]; }
  /// "C_4_3" for order l = 4 and n = 3, which is the lowest multiple of the azimuth in it: cos nφ, or sin |n|φ where n is negative.
  /// φ is the azimuth about c* from a.
  const std::string& name(std::size_t i) const { return names_[i]; }

  /// Σ_i coefficient(i) K_i(direction); the direction need not be of unit length, and −direction gives the same. `coefficient` is a
  /// function of the number of the harmonic.
  template <Scalar T, class Coefficient>
  T sum(const Cartesian<T>& direction, Coefficient&& coefficient) const {
    T result(0.0);
    visit(direction, [&](std::size_t harmonic, const T& value) { result += coefficient(harmonic) * value; });
    return result;
  }

 private:
  /// A part of a harmonic: factor · dᵐP_l/dzᵐ · Re or Im (x + iy)^m.
  struct Element {
    std::size_t harmonic;
    int order, m;
    bool sine;
    double factor;
  };

  /// Calls `part(harmonic, value)` for the parts of the harmonics, whose values add up.
  template <Scalar T, class Part>
  void visit(const Cartesian<T>& direction, Part&& part) const {
    using std::sqrt;
    const T inverse = T(1.0) / sqrt(dot(direction, direction));
    const T x = direction.x * inverse, y = direction.y * inverse, z = direction.z * inverse;
    T cosine(1.0), sine(0.0);  // real and imaginary part of (x + iy)^m
    T first(1.0);              // (2m − 1)!!
    std::array<T, highest_order + 1> legendre{};  // dᵐP_l/dzᵐ at l
    int m = 0;
    for (auto e = elements_.begin(); e != elements_.end();) {
      for (; m < e->m; ++m) {
        const T next = x * cosine - y * sine;
        sine = x * sine + y * cosine;
        cosine = next;
        first = first * T(2.0 * m + 1);
      }
      const auto last = std::find_if(e, elements_.end(), [&](const Element& other) { return other.m != m; });
      const auto at = [&](int l) -> T& { return legendre[static_cast<std::size_t>(l)]; };
      at(m) = first;
      for (int l = m + 1; l <= std::prev(last)->order; ++l) {
        at(l) = T((2.0 * l - 1) / (l - m)) * z * at(l - 1);
        if (l > m + 1) at(l) = at(l) - T((l + m - 1.0) / (l - m)) * at(l - 2);
      }
      for (; e != last; ++e) part(e->harmonic, T(e->factor) * at(e->order) * (e->sine ? sine : cosine));
    }
  }

  /// Makes (Re or Im)(x + iy)^m dᵐP_l/dzᵐ a function of mean square 1/(2l + 1).
  static double normalisation(int l, int m) {
    double product = m == 0 ? 1 : 2;
    for (int i = l - m + 1; i <= l + m; ++i) product /= i;
    return std::sqrt(product);
  }

  void add_order(const SpaceGroup& group, const CartesianAxes<double>& axes, int l) {
    // The 2l + 1 harmonics without symmetry, in the order m = 0, 1, −1, 2, −2 …, as a basis of one element each.
    constexpr std::size_t most = 2 * highest_order + 1;
    using Row = std::array<double, most>;
    const auto count = static_cast<std::size_t>(2 * l + 1);
    TextureHarmonics all;
    for (int m = 0; m <= l; ++m)
      for (const bool sine : {false, true}) {
        if (m == 0 && sine) continue;
        all.elements_.push_back({all.elements_.size(), l, m, sine, normalisation(l, m)});
      }
    const auto values = [&](const Cartesian<double>& direction) {
      Row row{};
      all.visit(direction, [&](std::size_t i, double value) { row[i] = value; });
      return row;
    };
    std::vector<SymmetryOperation> rotations;
    for (const auto& op : group.operations()) rotations.push_back({op.rotation, {}});
    std::sort(rotations.begin(), rotations.end());
    rotations.erase(std::unique(rotations.begin(), rotations.end()), rotations.end());
    // Projector (2l + 1) ⟨K_i(x) mean K_j(R x)⟩ by a product quadrature that is exact up to order 2l.
    std::vector<Row> projector(count, Row{});
    const int azimuths = 2 * l + 2;
    for (const double zero : boost::math::legendre_p_zeros<double>(l + 1))
      for (const double z : {zero, -zero}) {
        if (zero == 0 && std::signbit(z)) continue;
        const double slope = boost::math::legendre_p_prime(l + 1, zero);
        const double weight = 1 / ((1 - zero * zero) * slope * slope * azimuths);
        for (int j = 0; j < azimuths; ++j) {
          const double phi = two_pi * j / azimuths, rho = std::sqrt(1 - z * z);
          const Cartesian<double> point{rho * std::cos(phi), rho * std::sin(phi), z};
          Row mean{};
          for (const auto& op : rotations) {
            const Row image = values(rotated(op, axes, point));
            for (std::size_t k = 0; k < count; ++k) mean[k] += image[k] / static_cast<double>(rotations.size());
          }
          const Row here = values(point);
          for (std::size_t i = 0; i < count; ++i)
            for (std::size_t k = 0; k < count; ++k)
              projector[i][k] += (2 * l + 1) * weight * here[i] * mean[k];
        }
      }
    // Its image, reduced so that each harmonic begins with an azimuth of its own, then orthonormalised from the last to the first.
    std::vector<Row> rows = detail::row_reduced(std::move(projector));
    for (std::size_t i = rows.size(); i-- > 0;) {
      const auto dot_product = [](const Row& p, const Row& q) {
        double s = 0;
        for (std::size_t k = 0; k < most; ++k) s += p[k] * q[k];
        return s;
      };
      for (std::size_t other = i + 1; other < rows.size(); ++other) {
        const double share = dot_product(rows[i], rows[other]);
        for (std::size_t k = 0; k < most; ++k) rows[i][k] -= share * rows[other][k];
      }
      const double scale = 1 / std::sqrt(dot_product(rows[i], rows[i]));
      for (double& x : rows[i]) x *= scale;
    }
    for (const Row& row : rows) {
      std::string name;
      for (std::size_t k = 0; k < count; ++k) {
        if (std::abs(row[k]) < 1e-9) continue;
        const Element& element = all.elements_[k];
        if (name.empty()) name = "C_" + std::to_string(l) + "_" + (element.sine ? "-" : "") + std::to_string(element.m);
        elements_.push_back({names_.size(), l, element.m, element.sine, row[k] * element.factor});
      }
      names_.push_back(std::move(name));
      orders_.push_back(l);
    }
  }

  /// The image of a Cartesian vector under an operation without translation.
  static Cartesian<double> rotated(const SymmetryOperation& op, const CartesianAxes<double>& axes, const Cartesian<double>& v) {
    const double z = v.z / axes.c_z, y = (v.y - axes.c_y * z) / axes.b_y, x = (v.x - axes.b_x * y - axes.c_x * z) / axes.a_x;
    return axes(op(Fractional<double>{x, y, z}));
  }

  std::vector<Element> elements_;  ///< by m, then order
  std::vector<std::string> names_;
  std::vector<int> orders_;
};

/// Preferred orientation as a series of symmetrised harmonics, for a sample whose orientations are symmetric about an axis.
template <Scalar T = double>
struct SphericalHarmonicsTexture {
  TextureHarmonics harmonics;
  std::vector<T> coefficients;  ///< C_l^n, one for each harmonic; all 0 is a powder without texture
  double tilt = 0;  ///< angle of the sample's axis to the scattering vector, degrees: 0 in symmetric reflection from a flat
                    ///< sample, 90 for a capillary and in symmetric transmission

  template <Scalar U>
  using rebind = SphericalHarmonicsTexture<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    for (std::size_t i = 0; i < self.coefficients.size(); ++i)
      visit(self.harmonics.name(i), self.coefficients[i], others.coefficients[i]...);
  }
};

/// A texture of harmonics up to `order` with all coefficients 0. Throws as `TextureHarmonics`.
template <Scalar T = double>
SphericalHarmonicsTexture<T> harmonics_texture(const SpaceGroup& group, const UnitCell<double>& cell, int order, double tilt = 0) {
  SphericalHarmonicsTexture<T> texture{TextureHarmonics(group, cell, order), {}, tilt};
  texture.coefficients.resize(texture.harmonics.size(), T(0.0));
  return texture;
}

/// The same texture on another scalar.
template <Scalar U>
SphericalHarmonicsTexture<U> rebound(const SphericalHarmonicsTexture<double>& texture) {
  SphericalHarmonicsTexture<U> r{texture.harmonics, {}, texture.tilt};
  for (const double c : texture.coefficients) r.coefficients.push_back(U(c));
  return r;
}

/// Factor on the intensity of a reflection: 1 + Σ_l P_l(cos tilt) Σ_n C_l^n K_l^n(hkl); its mean over all directions is 1. `axes` are
/// those of the cell. Equivalent reflections have the same factor. A series that is cut off may be negative somewhere.
template <Scalar T>
T orientation_factor(const SphericalHarmonicsTexture<T>& texture, const CartesianAxes<T>& axes, const Miller& hkl) {
  std::array<double, TextureHarmonics::highest_order + 1> sample{1, std::cos(texture.tilt * degree)};  // P_l
  for (std::size_t l = 2; l < sample.size(); ++l) {
    const auto n = static_cast<double>(l);
    sample[l] = ((2 * n - 1) * sample[1] * sample[l - 1] - (n - 1) * sample[l - 2]) / n;
  }
  return T(1.0) + texture.harmonics.sum(reciprocal_vector(axes, hkl), [&](std::size_t i) {
    return T(sample[static_cast<std::size_t>(texture.harmonics.order(i))]) * texture.coefficients[i];
  });
}

/// Texture index J = 1 + Σ C²/(2l + 1): the mean square of the density of orientations, 1 for none. Its mean-square deviation from
/// a random powder is J − 1.
template <Scalar T>
T texture_index(const SphericalHarmonicsTexture<T>& texture) {
  T sum(1.0);
  for (std::size_t i = 0; i < texture.coefficients.size(); ++i)
    sum += square(texture.coefficients[i]) * T(1.0 / (2 * texture.harmonics.order(i) + 1));
  return sum;
}

}  // namespace lamella::inline LAMELLA_ABI
