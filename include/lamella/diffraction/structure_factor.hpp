// Structure factors of a structure for a fixed list of reflections.
//
// F(hkl) = Σ_j o_j (f0_j + f'_j + i f''_j) exp(-8π² U_j s²) Σ_ops exp(2πi h·(R x_j + t)), s = sinθ/λ = 1/(2d).
#pragma once

#include <lamella/core/constants.hpp>              // two_pi
#include <lamella/core/error.hpp>                  // fail
#include <lamella/core/scalar.hpp>                 // Scalar, value_of
#include <lamella/crystal/structure.hpp>           // Structure, multiplicity
#include <lamella/diffraction/reflections.hpp>     // Reflection
#include <lamella/diffraction/scattering.hpp>      // Scatterer

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

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
    for (const auto& site : structure.sites)
      site_weight_.push_back(static_cast<double>(multiplicity(group, site.position)) / static_cast<double>(group.order()));
    for (const auto& reflection : list) {
      std::vector<Image> images;
      for (const auto& op : group.operations()) {
        const Image image{op.transform(reflection.hkl), op.phase(reflection.hkl), 1.0};
        const auto same = std::find_if(images.begin(), images.end(), [&](const Image& i) {
          return i.hkl == image.hkl && (i.phase - image.phase) % SymmetryOperation::denominator == 0;
        });
        if (same == images.end())
          images.push_back(image);
        else
          same->weight += 1;
      }
      // Images in pairs h, -h of opposite phase make the sum real: one of each pair is enough.
      const auto opposite = [](const Image& x, const Image& y) {
        return x.hkl == -y.hkl && (x.phase + y.phase) % SymmetryOperation::denominator == 0;
      };
      const bool real = std::all_of(images.begin(), images.end(), [&](const Image& x) {
        return std::any_of(images.begin(), images.end(), [&](const Image& y) { return opposite(x, y); });
      });
      if (real) {
        std::erase_if(images, [](const Image& i) { return i.hkl < Miller{}; });
        for (auto& i : images) i.weight *= 2;
      }
      images_.insert(images_.end(), images.begin(), images.end());
      end_.push_back(images_.size());
      real_.push_back(real);
    }
  }

  std::size_t size() const noexcept { return end_.size(); }

  /// |F|² of reflection number `i` in electrons² per cell; `s2` = (sinθ/λ)² in Å⁻². The mean of hkl and its
  /// Friedel mate, which a powder pattern cannot tell apart and which differ where f'' meets an acentric group.
  template <Scalar T>
  T squared(std::size_t i, const Structure<T>& structure, const T& s2) const {
    using std::exp, std::sin, std::cos;
    constexpr double eight_pi2 = 8 * std::numbers::pi * std::numbers::pi;
    const Image* const first = images_.data() + (i == 0 ? 0 : end_[i - 1]);
    const Image* const last = images_.data() + end_[i];
    T real_a(0.0), real_b(0.0), imaginary_a(0.0), imaginary_b(0.0);
    for (std::size_t j = 0; j < structure.sites.size(); ++j) {
      const auto& site = structure.sites[j];
      T a(0.0), b(0.0);
      for (const Image* image = first; image != last; ++image) {
        const T angle = T(two_pi * image->hkl.h) * site.position.x + T(two_pi * image->hkl.k) * site.position.y +
                        T(two_pi * image->hkl.l) * site.position.z +
                        T(two_pi / SymmetryOperation::denominator * image->phase);
        a += T(image->weight) * cos(angle);
        if (!real_[i]) b += T(image->weight) * sin(angle);
      }
      const auto& f = scatterers_[j];
      const T amplitude = T(site_weight_[j]) * site.occupancy * exp(T(-eight_pi2) * site.u_iso * s2);
      const T in_phase = amplitude * (f.f0(s2) + T(f.f_prime));
      real_a += in_phase * a;
      if (!real_[i]) real_b += in_phase * b;
      if (f.f_double_prime != 0) {
        const T out_of_phase = amplitude * T(f.f_double_prime);
        imaginary_a += out_of_phase * a;
        if (!real_[i]) imaginary_b += out_of_phase * b;
      }
    }
    return real_a * real_a + real_b * real_b + imaginary_a * imaginary_a + imaginary_b * imaginary_b;
  }

 private:
  /// A reflection as one or more operations see it: contributes weight · exp(2πi (hkl·x + phase/24)).
  struct Image {
    Miller hkl;
    int phase;
    double weight;
  };

  std::vector<Scatterer> scatterers_;
  std::vector<double> site_weight_;  ///< multiplicity over group order: undoes the repeats of a special position
  std::vector<Image> images_;
  std::vector<std::size_t> end_;
  std::vector<bool> real_;
};

}  // namespace lamella
