// Structure factors of a structure for a fixed list of reflections.
//
// F(hkl) = Σ_j o_j (f0_j + f'_j + i f''_j) exp(-8π² U_j s²) Σ_ops exp(2πi h·(R x_j + t)), s = sinθ/λ = 1/(2d).
#pragma once

#include <lamella/core/constants.hpp>              // two_pi
#include <lamella/core/error.hpp>                  // fail
#include <lamella/core/dual.hpp>                   // Dual
#include <lamella/core/scalar.hpp>                 // Scalar, value_of
#include <lamella/crystal/structure.hpp>           // Structure, multiplicity
#include <lamella/crystal/unit_cell.hpp>           // reciprocal_metric
#include <lamella/diffraction/detail/power_of_two.hpp>  // power_of_two
#include <lamella/diffraction/detail/turns.hpp>    // cos_sin_turns
#include <lamella/diffraction/reflections.hpp>     // Reflection
#include <lamella/diffraction/scattering.hpp>      // Scatterer

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Reflections as the operations see them, each contributing weight · exp(2πi (hkl·x + phase)). Columns, so that loops over
/// images become SIMD.
struct ReflectionImages {
  std::vector<double> h, k, l;
  std::vector<double> phase;  ///< turns
  std::vector<double> weight;

  std::size_t size() const noexcept { return h.size(); }
};

/// Real and imaginary part of a sum over images.
template <Scalar T>
struct ImageSum {
  T a{}, b{};
};

/// Scalars whose values are doubles: what is computed of the value alone goes through SIMD loops.
template <class T>
inline constexpr bool fast_scalar = std::same_as<T, double> || differentiates_double<T>;

/// The exponentials of a few sites at once: five Gaussians of the form factor and the temperature factor of each.
struct SiteExponentials {
  static constexpr std::size_t block = 8;  ///< sites
  static constexpr std::size_t terms = 6;
  static constexpr double eight_pi2 = 8 * std::numbers::pi * std::numbers::pi;

  /// Of the sites from `first` on.
  template <Scalar T>
  void evaluate(const std::vector<Scatterer>& scatterers, const std::vector<Site<T>>& sites, std::size_t first, double s2) {
    const std::size_t count = std::min(block, sites.size() - first);
    for (std::size_t j = 0; j < count; ++j) {
      const auto& b = scatterers[first + j].b;
      for (std::size_t k = 0; k < b.size(); ++k) value[terms * j + k] = b[k];
      value[terms * j + 5] = eight_pi2 * static_cast<double>(value_of(sites[first + j].u_iso));
    }
    const double factor = -std::numbers::log2e * s2;
    // Clamped in a loop of its own: in one the compiler finds no SIMD for it.
    for (std::size_t k = 0; k < terms * count; ++k) value[k] = std::min(990.0, std::max(-990.0, factor * value[k]));
    for (std::size_t k = 0; k < terms * count; ++k) value[k] = power_of_two(value[k]);
  }

  /// f0 of site `j`, the last block evaluated being its own.
  template <Scalar T>
  T form_factor(std::size_t j, const Scatterer& f, const T& s2) const {
    const double* const e = &value[terms * (j % block)];
    double sum = f.c, slope = 0;
    for (std::size_t k = 0; k < f.a.size(); ++k) {
      sum += f.a[k] * e[k];
      slope -= f.a[k] * f.b[k] * e[k];
    }
    if constexpr (std::same_as<T, double>)
      return sum;
    else
      return chain(sum, slope, s2);
  }

  /// The temperature factor of site `j`: exp(exponent).
  template <Scalar T>
  T damping(std::size_t j, const T& exponent) const {
    const double e = value[terms * (j % block) + 5];
    if constexpr (std::same_as<T, double>)
      return e;
    else
      return chain(e, e, exponent);
  }

  std::array<double, terms * block> value;
};

/// Whether two positions are the same, derivatives included.
template <Scalar T>
bool identical(const Fractional<T>& p, const Fractional<T>& q) {
  if constexpr (differentiates_double<T>)
    return p.x.value == q.x.value && p.y.value == q.y.value && p.z.value == q.z.value && p.x.grad == q.x.grad && p.y.grad == q.y.grad && p.z.grad == q.z.grad;
  else
    return value_of(p.x) == value_of(q.x) && value_of(p.y) == value_of(q.y) && value_of(p.z) == value_of(q.z) && std::same_as<T, double>;
}

/// Calls `take(i, cos, sin)` for the images [first, last). Phases come in blocks: the loop that computes them has no sum in
/// it, and so becomes SIMD.
template <bool WithSine, class Take>
void for_each_phase(const ReflectionImages& images, std::size_t first, std::size_t last, double x, double y, double z, Take&& take) {
  constexpr std::size_t lanes = 16;
  std::array<double, lanes> cosine, sine;
  for (; first < last; first += lanes) {
    const std::size_t n = std::min(lanes, last - first);
    const double *h = images.h.data() + first, *k = images.k.data() + first, *l = images.l.data() + first, *phase = images.phase.data() + first;
    for (std::size_t i = 0; i < n; ++i) {
      const auto [c, s] = cos_sin_turns(h[i] * x + k[i] * y + l[i] * z + phase[i]);
      cosine[i] = c;
      if constexpr (WithSine) sine[i] = s;
    }
    for (std::size_t i = 0; i < n; ++i) take(first + i, cosine[i], WithSine ? sine[i] : 0.0);
  }
}

/// The sum over images and its derivatives with respect to the position, which its duals then carry on: one sine and cosine
/// per image, however many parameters there are.
template <std::size_t N>
ImageSum<Dual<double, N>> sum_with_slopes(const ReflectionImages& images, std::size_t first, std::size_t last, const Fractional<Dual<double, N>>& position) {
  double a = 0, b = 0, ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0;
  for_each_phase<true>(images, first, last, position.x.value, position.y.value, position.z.value, [&](std::size_t i, double c, double s) {
    const double wc = images.weight[i] * c, ws = images.weight[i] * s;
    a += wc;
    b += ws;
    ax -= images.h[i] * ws;
    ay -= images.k[i] * ws;
    az -= images.l[i] * ws;
    bx += images.h[i] * wc;
    by += images.k[i] * wc;
    bz += images.l[i] * wc;
  });
  ImageSum<Dual<double, N>> sum{Dual<double, N>(a), Dual<double, N>(b)};
  for (std::size_t n = 0; n < N; ++n) {
    const double dx = two_pi * position.x.grad[n], dy = two_pi * position.y.grad[n], dz = two_pi * position.z.grad[n];
    sum.a.grad[n] = ax * dx + ay * dy + az * dz;
    sum.b.grad[n] = bx * dx + by * dy + bz * dz;
  }
  return sum;
}

}  // namespace detail

/// Everything about the structure factors of a structure that its parameters cannot change: the images of each
/// reflection under the group, the multiplicities of the sites and the form factors of their species.
class StructureFactors {
 public:
  StructureFactors() = default;

  /// `scatterers` belong to the sites of `structure`, in order.
  StructureFactors(const Structure<double>& structure, std::span<const Reflection> list,
                   std::vector<Scatterer> scatterers)
      : scatterers_(std::move(scatterers)) {
    if (scatterers_.size() != structure.sites.size()) fail("structure factors: one scatterer per site expected");
    const auto& group = structure.space_group;
    for (const auto& site : structure.sites) {
      site_weight_.push_back(static_cast<double>(multiplicity(group, site.position)) / static_cast<double>(group.order()));
      anisotropic_ = anisotropic_ || site.u_aniso.has_value();
    }
    for (const auto& reflection : list) {
      struct Found {
        Miller hkl;
        int phase;
        double weight;
      };
      std::vector<Found> images;
      for (const auto& op : group.operations()) {
        const Found image{op.transform(reflection.hkl), op.phase(reflection.hkl), 1.0};
        const auto same = std::find_if(images.begin(), images.end(), [&](const Found& i) {
          return i.hkl == image.hkl && (i.phase - image.phase) % SymmetryOperation::denominator == 0;
        });
        if (same == images.end())
          images.push_back(image);
        else
          same->weight += 1;
      }
      // Images in pairs h, -h of opposite phase make the sum real: one of each pair is enough.
      const auto opposite = [](const Found& x, const Found& y) {
        return x.hkl == -y.hkl && (x.phase + y.phase) % SymmetryOperation::denominator == 0;
      };
      const bool real = std::all_of(images.begin(), images.end(), [&](const Found& x) {
        return std::any_of(images.begin(), images.end(), [&](const Found& y) { return opposite(x, y); });
      });
      if (real) {
        std::erase_if(images, [](const Found& i) { return i.hkl < Miller{}; });
        for (auto& i : images) i.weight *= 2;
      }
      for (const auto& i : images) {
        images_.h.push_back(i.hkl.h);
        images_.k.push_back(i.hkl.k);
        images_.l.push_back(i.hkl.l);
        images_.phase.push_back(static_cast<double>(i.phase) / SymmetryOperation::denominator);
        images_.weight.push_back(i.weight);
      }
      end_.push_back(images_.size());
      real_.push_back(real);
    }
  }

  std::size_t size() const noexcept { return end_.size(); }

  /// |F|² of reflection number `i` in electrons² (neutrons: fm²) per cell; `s2` = (sinθ/λ)² in Å⁻². The mean of hkl and its
  /// Friedel mate, which a powder pattern cannot tell apart and which differ where f'' meets an acentric group.
  template <Scalar T>
  T squared(std::size_t i, const Structure<T>& structure, const T& s2) const {
    using std::exp;
    const bool real = real_[i];
    const auto reciprocal_edges = anisotropic_ ? edges_of(structure.cell) : std::array<T, 3>{};
    T real_a(0.0), real_b(0.0), imaginary_a(0.0), imaginary_b(0.0);
    detail::ImageSum<T> sum{};
    const Fractional<T>* summed = nullptr;  // where `sum` was taken: several species share a position
    detail::SiteExponentials exponentials;
    for (std::size_t j = 0; j < structure.sites.size(); ++j) {
      const auto& site = structure.sites[j];
      const auto& scatterer = scatterers_[j];
      if constexpr (detail::fast_scalar<T>)
        if (j % detail::SiteExponentials::block == 0) exponentials.evaluate(scatterers_, structure.sites, j, static_cast<double>(value_of(s2)));
      T amplitude = T(site_weight_[j]) * site.occupancy;
      if (site.u_aniso) {
        sum = sum_of_images(i, site.position, [&](double h, double k, double l) { return damping(*site.u_aniso, reciprocal_edges, h, k, l); });
        summed = nullptr;
      } else {
        if (summed == nullptr || !detail::identical(*summed, site.position)) sum = sum_of_images(i, site.position);
        summed = &site.position;
        const T exponent = T(-detail::SiteExponentials::eight_pi2) * site.u_iso * s2;
        if constexpr (detail::fast_scalar<T>)
          amplitude = amplitude * exponentials.damping(j, exponent);
        else
          amplitude = amplitude * exp(exponent);
      }
      T form;
      if constexpr (detail::fast_scalar<T>)
        form = exponentials.form_factor(j, scatterer, s2);
      else
        form = scatterer.f0(s2);
      const T in_phase = amplitude * (form + T(scatterer.f_prime));
      real_a += in_phase * sum.a;
      if (!real) real_b += in_phase * sum.b;
      if (scatterer.f_double_prime != 0) {
        const T out_of_phase = amplitude * T(scatterer.f_double_prime);
        imaginary_a += out_of_phase * sum.a;
        if (!real) imaginary_b += out_of_phase * sum.b;
      }
    }
    return real_a * real_a + real_b * real_b + imaginary_a * imaginary_a + imaginary_b * imaginary_b;
  }

 private:
  static constexpr auto undamped = nullptr;

  template <Scalar T>
  static std::array<T, 3> edges_of(const UnitCell<T>& cell) {
    using std::sqrt;
    const auto g = reciprocal_metric(cell);
    return {sqrt(g.xx), sqrt(g.yy), sqrt(g.zz)};
  }

  /// exp(−2π² Σ U_ij h_i h_j a*_i a*_j).
  template <Scalar T>
  static T damping(const AnisotropicDisplacement<T>& u, const std::array<T, 3>& edges, double h_index, double k_index, double l_index) {
    using std::exp;
    const T h = T(h_index) * edges[0], k = T(k_index) * edges[1], l = T(l_index) * edges[2];
    constexpr double two_pi2 = 2 * std::numbers::pi * std::numbers::pi;
    return exp(T(-two_pi2) * (u.U11 * h * h + u.U22 * k * k + u.U33 * l * l + T(2.0) * (u.U12 * h * k + u.U13 * h * l + u.U23 * k * l)));
  }

  /// Σ weight · exp(2πi (hkl·x + phase/24)) over the images of a reflection, each multiplied by `damped(hkl)` if given. The
  /// imaginary part is left out where the images make the sum real.
  template <Scalar T, class Damping = std::nullptr_t>
  detail::ImageSum<T> sum_of_images(std::size_t i, const Fractional<T>& position, const Damping& damped = undamped) const {
    using std::cos, std::sin;
    const std::size_t first = i == 0 ? 0 : end_[i - 1], last = end_[i];
    constexpr bool plain = std::same_as<Damping, std::nullptr_t>;
    if constexpr (plain && detail::differentiates_double<T>) {
      return detail::sum_with_slopes(images_, first, last, position);
    } else if constexpr (plain && std::same_as<T, double>) {
      detail::ImageSum<double> sum;
      const auto add = [&](std::size_t n, double c, double s) {
        sum.a += images_.weight[n] * c;
        sum.b += images_.weight[n] * s;
      };
      if (real_[i])
        detail::for_each_phase<false>(images_, first, last, position.x, position.y, position.z, add);
      else
        detail::for_each_phase<true>(images_, first, last, position.x, position.y, position.z, add);
      return sum;
    } else {
      detail::ImageSum<T> sum{T(0.0), T(0.0)};
      for (std::size_t n = first; n < last; ++n) {
        const double h = images_.h[n], k = images_.k[n], l = images_.l[n];
        T weight(images_.weight[n]);
        if constexpr (!plain) weight = weight * damped(h, k, l);
        const T angle = T(two_pi) * (T(h) * position.x + T(k) * position.y + T(l) * position.z + T(images_.phase[n]));
        sum.a += weight * cos(angle);
        if (!real_[i]) sum.b += weight * sin(angle);
      }
      return sum;
    }
  }

  std::vector<Scatterer> scatterers_;
  std::vector<double> site_weight_;  ///< multiplicity over group order: undoes the repeats of a special position
  detail::ReflectionImages images_;
  std::vector<std::size_t> end_;
  std::vector<char> real_;  ///< not bool: read in the innermost loops
  bool anisotropic_ = false;
};

}  // namespace lamella
