// The atoms of a cell and the planes that its anions form.
#pragma once

#include <lamella/chemistry/composition.hpp>  // detail::is_anion
#include <lamella/chemistry/species.hpp>      // Species
#include <lamella/core/scalar.hpp>            // Scalar, value_of
#include <lamella/crystal/coordinates.hpp>    // Fractional, Miller
#include <lamella/crystal/structure.hpp>      // Structure

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

template <Scalar T>
struct LayerAtom {
  Fractional<T> position;
  Species species;
  double occupancy;
};

/// Whether two positions are one, modulo the lattice.
template <Scalar T>
bool same_place(const Fractional<T>& p, const Fractional<T>& q) {
  const auto near = [](const T& x, const T& y) {
    const double d = static_cast<double>(value_of(x)) - static_cast<double>(value_of(y));
    return std::abs(d - std::round(d)) < 1e-3;
  };
  return near(p.x, q.x) && near(p.y, q.y) && near(p.z, q.z);
}

/// All atoms of the cell.
template <Scalar T>
std::vector<LayerAtom<T>> atoms_of(const Structure<T>& structure) {
  std::vector<LayerAtom<T>> atoms;
  for (const auto& site : structure.sites) {
    const std::size_t first = atoms.size();
    for (const auto& op : structure.space_group.operations()) {
      const auto p = op(site.position);
      const bool known = std::any_of(atoms.begin() + static_cast<std::ptrdiff_t>(first), atoms.end(), [&](const auto& a) {
        return same_place(a.position, p);
      });
      if (!known) atoms.push_back({p, site.species, static_cast<double>(value_of(site.occupancy))});
    }
  }
  return atoms;
}

/// A plane of anions: its mean height in periods of the axis, and its atoms. Species that share a place count once.
template <Scalar T>
struct AnionPlane {
  T height{};
  double spread = 0;  ///< Å
  std::vector<std::size_t> atoms;
};

template <Scalar T>
T height_of(const Fractional<T>& p, const Miller& axis) {
  return T(double(axis.h)) * p.x + T(double(axis.k)) * p.y + T(double(axis.l)) * p.z;
}

/// Whether any of the atoms is oxygen, beside which tellurium is a cation.
template <Scalar T>
bool has_oxygen(std::span<const LayerAtom<T>> atoms) {
  return std::any_of(atoms.begin(), atoms.end(), [](const LayerAtom<T>& a) { return a.species.atomic_number == 8; });
}

/// Groups the anions into planes along `axis`, in order of height from 0 to 1. Empty where they form none.
template <Scalar T>
std::vector<AnionPlane<T>> anion_planes(std::span<const LayerAtom<T>> atoms, const Miller& axis, double period, bool oxide) {
  constexpr double gap = 0.9;  // Å: planes of one slab are about 2 Å apart, rumpling stays below half an Å
  std::vector<std::pair<double, std::size_t>> heights;
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    if (!is_anion(atoms[i].species, oxide)) continue;
    const double h = static_cast<double>(value_of(height_of(atoms[i].position, axis)));
    heights.push_back({h - std::floor(h), i});
  }
  if (heights.size() < 2) return {};
  // Most directions scatter the anions over all heights: a coarse count says so without sorting.
  constexpr std::size_t bins = 256;
  std::array<bool, bins> taken{};
  for (const auto& [h, atom] : heights) taken[std::min(bins - 1, static_cast<std::size_t>(h * bins))] = true;
  const auto needed = static_cast<std::size_t>(gap / period * bins) - 1;  // an empty stretch covers at least that many bins
  std::size_t longest = 0, run = 0;
  for (std::size_t i = 0; i < 2 * bins; ++i) {
    run = taken[i % bins] ? 0 : run + 1;
    longest = std::max(longest, run);
  }
  if (gap / period * bins > 2 && longest < needed) return {};
  std::sort(heights.begin(), heights.end());
  std::size_t start = heights.size();  // the first anion above an empty stretch
  for (std::size_t i = 0; i < heights.size() && start == heights.size(); ++i) {
    const double below = i == 0 ? heights.back().first - 1 : heights[i - 1].first;
    if ((heights[i].first - below) * period > gap) start = i;
  }
  if (start == heights.size()) return {};
  const auto species_of = [&](const std::pair<double, std::size_t>& a) { return atoms[a.second].species; };
  const bool mixed = std::any_of(heights.begin(), heights.end(), [&](const auto& a) { return species_of(a) != species_of(heights.front()); });
  std::vector<AnionPlane<T>> planes;
  double last = -INFINITY;
  for (std::size_t k = 0; k < heights.size(); ++k) {
    auto [h, atom] = heights[(start + k) % heights.size()];
    if (start + k >= heights.size()) h += 1;
    if ((h - last) * period > gap) planes.emplace_back();
    auto& plane = planes.back();
    last = h;
    const auto shared = [&](std::size_t other) { return same_place(atoms[other].position, atoms[atom].position); };
    if (mixed && std::any_of(plane.atoms.begin(), plane.atoms.end(), shared)) continue;
    const T exact = height_of(atoms[atom].position, axis);
    plane.height = plane.height + exact + T(std::round(h - static_cast<double>(value_of(exact))));
    plane.atoms.push_back(atom);
  }
  for (auto& plane : planes) {
    plane.height = plane.height / T(static_cast<double>(plane.atoms.size()));
    for (const std::size_t a : plane.atoms) {
      const double off = static_cast<double>(value_of(height_of(atoms[a].position, axis) - plane.height));
      plane.spread = std::max(plane.spread, std::abs(off - std::round(off)) * period);
    }
  }
  return planes;
}

}  // namespace detail
}  // namespace lamella
