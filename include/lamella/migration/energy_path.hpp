// The energy along a path of images, as a nudged elastic band of another program gives it: barriers from energies and forces.
//
// Between two images the energy is the cubic that has their energies and, as slopes, minus their forces along the path (the rule of
// VTST's nebspline and of ASE's fit). Its extrema are roots of a quadratic, not the highest of some samples. A spline through the
// energies alone, with its slopes left to smoothness, overshoots where images are far apart.
#pragma once

#include <lamella/core/error.hpp>     // fail
#include <lamella/core/measured.hpp>  // to_string

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Images of a path: how far along it, how high, and how strongly pulled back.
struct EnergyPath {
  std::string source;            ///< file or name
  std::vector<double> distance;  ///< along the path from its beginning, Å, ascending
  std::vector<double> energy;    ///< eV, from any zero
  std::vector<double> force;     ///< of the true potential along the path, eV/Å (positive drives onwards); empty where not known

  std::size_t size() const noexcept { return distance.size(); }
};

namespace detail {

/// What is wrong with a path, or nothing.
inline std::string path_fault(const EnergyPath& path) {
  const auto image = [](std::size_t i) { return "image " + std::to_string(i) + ": "; };
  const auto show = [](double x) { return to_string(Measured{x, 0}); };
  if (path.size() < 2) return std::to_string(path.size()) + " images, expected a path of two or more";
  if (path.energy.size() != path.size() || (!path.force.empty() && path.force.size() != path.size()))
    return std::to_string(path.size()) + " distances, " + std::to_string(path.energy.size()) + " energies and " +
           std::to_string(path.force.size()) + " forces, expected as many of each, or no forces";
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!(std::abs(path.distance[i]) < 1e6)) return image(i) + "distance " + show(path.distance[i]) + ", expected Å along the path";
    if (i > 0 && !(path.distance[i] - path.distance[i - 1] > 1e-6))
      return image(i) + "distance " + show(path.distance[i]) + " after " + show(path.distance[i - 1]) +
             ", expected distances that increase along the path";
    if (!(std::abs(path.energy[i]) < 1e9)) return image(i) + "energy " + show(path.energy[i]) + ", expected eV";
    if (!path.force.empty() && !(std::abs(path.force[i]) < 1e9)) return image(i) + "force " + show(path.force[i]) + ", expected eV/Å";
  }
  return {};
}

}  // namespace detail

/// A highest or lowest place of a path; the two ends count.
struct PathExtremum {
  double distance = 0;  ///< Å
  double energy = 0;    ///< eV
  bool maximum = false;
};

/// The energy along the whole path: a cubic between each two images.
///
/// With forces the slopes are exact. Without them they are those of the monotone interpolation of F. N. Fritsch & J. Butland (SIAM J.
/// Sci. Stat. Comput. 5 (1984) 300), zero at both ends: it never leaves the range of its two images, so that the barrier is that of
/// the highest image, a lower limit.
class EnergyProfile {
 public:
  /// Throws where the path has fewer than two images, lists of different lengths, numbers that are not finite or distances that do
  /// not increase.
  explicit EnergyProfile(EnergyPath path) : path_(std::move(path)) {
    if (const std::string fault = detail::path_fault(path_); !fault.empty())
      fail((path_.source.empty() ? "energy path" : path_.source) + ": " + fault);
    const std::size_t n = path_.size();
    slope_.assign(n, 0.0);
    if (!path_.force.empty())
      for (std::size_t i = 0; i < n; ++i) slope_[i] = -path_.force[i];
    else
      for (std::size_t i = 1; i + 1 < n; ++i) {
        const double before = secant(i - 1), after = secant(i), h = width(i - 1), k = width(i);
        if (before * after > 0) slope_[i] = 3 * (h + k) / ((2 * k + h) / before + (k + 2 * h) / after);
      }
    find_extrema();
  }

  const EnergyPath& path() const noexcept { return path_; }

  /// Energy at a distance along the path, eV. Throws outside the path: nothing is extrapolated.
  double energy(double distance) const {
    if (!(distance >= path_.distance.front() && distance <= path_.distance.back()))
      fail((path_.source.empty() ? "energy path" : path_.source) + ": energy at " + to_string(Measured{distance, 0}) +
           " Å, expected " + to_string(Measured{path_.distance.front(), 0}) + " to " + to_string(Measured{path_.distance.back(), 0}));
    const auto after = std::upper_bound(path_.distance.begin(), path_.distance.end(), distance);
    const auto i = std::min(static_cast<std::size_t>(after - path_.distance.begin()), path_.size() - 1) - 1;
    return segment(i).at((distance - path_.distance[i]) / width(i));
  }

  /// All extrema along the path, both ends among them.
  const std::vector<PathExtremum>& extrema() const noexcept { return extrema_; }

  /// The highest place of the path.
  const PathExtremum& highest() const noexcept {
    return *std::max_element(extrema_.begin(), extrema_.end(), [](const auto& x, const auto& y) { return x.energy < y.energy; });
  }

  /// Barrier from the beginning, eV: 0 where the path goes downhill from there.
  double barrier() const noexcept { return highest().energy - path_.energy.front(); }
  /// Barrier from the end, eV.
  double reverse_barrier() const noexcept { return highest().energy - path_.energy.back(); }

 private:
  /// Energy as a cubic of the fraction t of a segment.
  struct Cubic {
    double c0, c1, c2, c3;
    double at(double t) const noexcept { return c0 + t * (c1 + t * (c2 + t * c3)); }
  };

  double width(std::size_t i) const noexcept { return path_.distance[i + 1] - path_.distance[i]; }
  double secant(std::size_t i) const noexcept { return (path_.energy[i + 1] - path_.energy[i]) / width(i); }
  Cubic segment(std::size_t i) const noexcept {
    const double rise = path_.energy[i + 1] - path_.energy[i], m = width(i) * slope_[i], n = width(i) * slope_[i + 1];
    return {path_.energy[i], m, 3 * rise - 2 * m - n, m + n - 2 * rise};
  }

  void find_extrema() {
    // All stationary points in order, both ends, and only then which of them are extrema: between two of them the energy is monotone.
    std::vector<PathExtremum> places{{path_.distance.front(), path_.energy.front(), false}};
    for (std::size_t i = 0; i + 1 < path_.size(); ++i) {
      const Cubic cubic = segment(i);
      // c1 + 2 c2 t + 3 c3 t² = 0, without cancellation.
      const double a = 3 * cubic.c3, b = cubic.c2, c = cubic.c1;
      const double discriminant = b * b - a * c;
      std::vector<double> roots;
      if (discriminant >= 0) {
        const double q = -(b + std::copysign(std::sqrt(discriminant), b));
        if (a != 0) roots.push_back(q / a);
        if (q != 0) roots.push_back(c / q);
      }
      std::sort(roots.begin(), roots.end());
      constexpr double rounding = 1e-9;  // of a root that is at an image
      for (const double t : roots)
        if (t > rounding && t < 1 - rounding) places.push_back({path_.distance[i] + t * width(i), cubic.at(t), false});
      places.push_back({path_.distance[i + 1], path_.energy[i + 1], false});
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      const double here = places[i].energy;
      const bool first = i == 0, last = i + 1 == places.size();
      if (!first && !last && here == places[i - 1].energy) continue;  // of a level stretch its beginning stands for all
      std::size_t next = i + 1;
      while (next + 1 < places.size() && places[next].energy == here) ++next;
      const double before = first ? here : places[i - 1].energy, after = last ? here : places[next].energy;
      if (!first && !last && (here > before) != (here > after)) continue;
      extrema_.push_back({places[i].distance, here, here > (first ? after : before)});
    }
  }

  EnergyPath path_;
  std::vector<double> slope_;  ///< dE/ds at the images, eV/Å
  std::vector<PathExtremum> extrema_;
};

}  // namespace lamella::inline LAMELLA_ABI
