// Measures the layers of any structure from its coordinates alone: slabs, interslabs, and the stacking they form.
//
// Nothing is assumed of setting, space group or orientation. The stacking axis is the lattice direction along which the
// anions gather in planes with metals and alkali in alternate gaps; what lies between two planes says whether the gap
// is a slab or an interslab.
#pragma once

#include <lamella/chemistry/composition.hpp>  // is_alkali, detail::is_anion
#include <lamella/chemistry/species.hpp>      // Species
#include <lamella/core/scalar.hpp>            // Scalar, value_of
#include <lamella/crystal/structure.hpp>      // Structure
#include <lamella/crystal/unit_cell.hpp>      // to_cartesian, d_spacing
#include <lamella/layered/stacking.hpp>       // StackingSequence

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One gap between two neighbouring anion planes.
template <Scalar T = double>
struct Layer {
  bool is_slab = false;                   ///< holds metals; otherwise it is an interslab, which holds alkali or nothing
  T thickness{};                          ///< distance of the mean heights of the two anion planes, Å
  double spread = 0;                      ///< rumpling: largest deviation of an anion from its plane's mean height, Å
  std::vector<Species> cations;           ///< the species inside, each once
  double metal = 0, alkali = 0;           ///< atoms inside per cell
};

/// The layers of a structure, from the origin along the stacking axis.
template <Scalar T = double>
struct Layers {
  Miller axis;                             ///< the anion planes are lattice planes (hkl) of these indices
  std::vector<Layer<T>> layers;            ///< slabs and interslabs in turn
  std::optional<StackingSequence> word;    ///< absent where the planes do not form a stacking of octahedral slabs
  std::string stacking;                    ///< "O3", "P3", "O'3" …; empty without a word. A prime: distorted
  bool distorted = false;                  ///< the planes are not triangular, or displaced from the ideal positions

  /// Mean thickness of the slabs d(O–TM–O), Å.
  T slab_thickness() const { return mean(true); }
  /// Mean interslab distance d(O–A–O), Å.
  T interslab_distance() const { return mean(false); }

 private:
  T mean(bool slab) const {
    T sum(0.0);
    double count = 0;
    for (const auto& layer : layers)
      if (layer.is_slab == slab) {
        sum = sum + layer.thickness;
        ++count;
      }
    return sum / T(count);
  }
};

namespace detail {

template <Scalar T>
struct LayerAtom {
  Fractional<T> position;
  Species species;
  double occupancy;
};

/// All atoms of the cell.
template <Scalar T>
std::vector<LayerAtom<T>> atoms_of(const Structure<T>& structure) {
  const auto near = [](const auto& x, const auto& y) {
    const double d = static_cast<double>(value_of(x)) - static_cast<double>(value_of(y));
    return std::abs(d - std::round(d)) < 1e-3;
  };
  std::vector<LayerAtom<T>> atoms;
  for (const auto& site : structure.sites) {
    const std::size_t first = atoms.size();
    for (const auto& op : structure.space_group.operations()) {
      const auto p = op(site.position);
      const bool known = std::any_of(atoms.begin() + static_cast<std::ptrdiff_t>(first), atoms.end(), [&](const auto& a) {
        return near(a.position.x, p.x) && near(a.position.y, p.y) && near(a.position.z, p.z);
      });
      if (!known) atoms.push_back({p, site.species, static_cast<double>(value_of(site.occupancy))});
    }
  }
  return atoms;
}

/// A plane of anions: its mean height in periods of the axis, and its atoms.
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

/// Groups the anions into planes along `axis`, in order of height from 0 to 1. Empty where they form none.
template <Scalar T>
std::vector<AnionPlane<T>> anion_planes(std::span<const LayerAtom<T>> atoms, const Miller& axis, double period) {
  constexpr double gap = 0.9;  // Å: planes of one slab are about 2 Å apart, rumpling stays below half an Å
  std::vector<std::pair<double, std::size_t>> heights;
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    if (!is_anion(atoms[i].species, true)) continue;
    const double h = static_cast<double>(value_of(height_of(atoms[i].position, axis)));
    heights.push_back({h - std::floor(h), i});
  }
  if (heights.size() < 2) return {};
  std::sort(heights.begin(), heights.end());
  std::size_t start = heights.size();  // the first anion above an empty stretch
  for (std::size_t i = 0; i < heights.size() && start == heights.size(); ++i) {
    const double below = i == 0 ? heights.back().first - 1 : heights[i - 1].first;
    if ((heights[i].first - below) * period > gap) start = i;
  }
  if (start == heights.size()) return {};
  std::vector<AnionPlane<T>> planes;
  double last = -INFINITY;
  for (std::size_t k = 0; k < heights.size(); ++k) {
    auto [h, atom] = heights[(start + k) % heights.size()];
    if (start + k >= heights.size()) h += 1;
    if ((h - last) * period > gap) planes.emplace_back();
    auto& plane = planes.back();
    const T exact = height_of(atoms[atom].position, axis);
    plane.height = plane.height + exact + T(std::round(h - static_cast<double>(value_of(exact))));
    plane.atoms.push_back(atom);
    last = h;
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

/// The triangular lattice of the anion planes and where each plane sits on it.
class PlaneRegistry {
 public:
  /// `normal_period` is an integer vector n with axis·n = 1. Invalid where the planes are not triangular lattices.
  static std::optional<PlaneRegistry> find(const UnitCell<double>& cell, const Miller& axis, std::span<const LayerAtom<double>> atoms,
                                           std::span<const AnionPlane<double>> planes) {
    PlaneRegistry r;
    // Lattice vectors within the plane (the two shortest) and one that leads to the next period.
    std::vector<std::pair<double, Miller>> in_plane;
    std::optional<std::pair<double, Miller>> step;
    const auto g = metric(cell);
    constexpr int reach = 4;
    for (int u = -reach; u <= reach; ++u)
      for (int v = -reach; v <= reach; ++v)
        for (int w = -reach; w <= reach; ++w) {
          const int along = axis.h * u + axis.k * v + axis.l * w;
          const double length = g.quadratic_form({u, v, w});
          if (along == 0 && Miller{u, v, w} > Miller{}) in_plane.push_back({length, {u, v, w}});
          if (along == 1 && (!step || length < step->first)) step = {length, {u, v, w}};
        }
    std::sort(in_plane.begin(), in_plane.end());
    const auto cartesian = [&](const Miller& m) {
      return to_cartesian(cell, Fractional<double>{double(m.h), double(m.k), double(m.l)});
    };
    if (in_plane.empty() || !step) return std::nullopt;
    const auto p1 = cartesian(in_plane.front().second);
    const auto cross = [](const Cartesian<double>& a, const Cartesian<double>& b) {
      return Cartesian<double>{a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
    };
    const auto second = std::find_if(in_plane.begin(), in_plane.end(), [&](const auto& candidate) {
      const auto n = cross(p1, cartesian(candidate.second));
      return dot(n, n) > 1e-6 * dot(p1, p1) * candidate.first;
    });
    if (second == in_plane.end()) return std::nullopt;
    auto p2 = cartesian(second->second);
    const double h_area = std::sqrt(dot(cross(p1, p2), cross(p1, p2)));

    // Plane coordinates: e1 along p1, e2 perpendicular, right-handed about the upward normal.
    const auto up = cartesian(step->second);
    auto normal = cross(p1, p2);
    if (dot(normal, up) < 0) normal = {-normal.x, -normal.y, -normal.z};
    const auto unit = [](const Cartesian<double>& v) {
      const double l = std::sqrt(dot(v, v));
      return Cartesian<double>{v.x / l, v.y / l, v.z / l};
    };
    r.e1_ = unit(p1);
    r.e2_ = cross(unit(normal), r.e1_);
    const auto flat = [&](const Cartesian<double>& v) { return std::array{dot(v, r.e1_), dot(v, r.e2_)}; };

    // Nearest neighbours of an anion within its plane give approximate axes of the triangular lattice.
    const auto& first = planes.front();
    const double per_anion = h_area / static_cast<double>(first.atoms.size());
    const double expected = std::sqrt(per_anion * 2 / std::sqrt(3.0));
    if (!(expected > 2.2 && expected < 4.5)) return std::nullopt;
    std::vector<std::array<double, 2>> neighbours;
    const auto origin = to_cartesian(cell, atoms[first.atoms.front()].position);
    const auto flat1 = flat(p1), flat2 = flat(p2);
    for (const std::size_t a : first.atoms) {
      const auto d = flat(to_cartesian(cell, atoms[a].position) - origin);
      for (int i = -reach; i <= reach; ++i)
        for (int j = -reach; j <= reach; ++j) {
          const std::array v{d[0] + i * flat1[0] + j * flat2[0], d[1] + i * flat1[1] + j * flat2[1]};
          const double length = std::hypot(v[0], v[1]);
          if (length > 0.5 && length < 1.35 * expected) neighbours.push_back(v);
        }
    }
    if (neighbours.size() < 6) return std::nullopt;
    std::sort(neighbours.begin(), neighbours.end(), [](const auto& x, const auto& y) { return std::hypot(x[0], x[1]) < std::hypot(y[0], y[1]); });
    const auto v1 = neighbours.front();
    const auto v2 = std::find_if(neighbours.begin(), neighbours.end(), [&](const auto& v) {
      const double angle = std::atan2(v1[0] * v[1] - v1[1] * v[0], v1[0] * v[0] + v1[1] * v[1]) / degree;
      return angle > 105 && angle < 135;
    });
    if (v2 == neighbours.end()) return std::nullopt;
    // In-plane lattice vectors are whole numbers of triangular steps: that makes the axes exact also in a supercell.
    const auto solve = [](const std::array<double, 2>& a, const std::array<double, 2>& b, const std::array<double, 2>& v) {
      const double det = a[0] * b[1] - a[1] * b[0];
      return std::array{(v[0] * b[1] - v[1] * b[0]) / det, (a[0] * v[1] - a[1] * v[0]) / det};
    };
    auto n1 = solve(v1, *v2, flat1), n2 = solve(v1, *v2, flat2);
    for (auto* n : {&n1, &n2})
      for (double& x : *n) x = std::round(x);
    const double det = n1[0] * n2[1] - n1[1] * n2[0];
    if (std::abs(std::abs(det) - static_cast<double>(first.atoms.size())) > 0.5) return std::nullopt;
    for (std::size_t i = 0; i < 2; ++i) {
      r.axis1_[i] = (n2[1] * flat1[i] - n1[1] * flat2[i]) / det;
      r.axis2_[i] = (n1[0] * flat2[i] - n2[0] * flat1[i]) / det;
    }
    const double l1 = std::hypot(r.axis1_[0], r.axis1_[1]), l2 = std::hypot(r.axis2_[0], r.axis2_[1]),
                 l3 = std::hypot(r.axis1_[0] + r.axis2_[0], r.axis1_[1] + r.axis2_[1]);
    const double longest = std::max({l1, l2, l3}), shortest = std::min({l1, l2, l3});
    r.distorted_ = longest > 1.005 * shortest;

    const auto place = [&](const Cartesian<double>& v) { return solve(r.axis1_, r.axis2_, flat(v)); };
    const auto letter_of = [&](double u, double v) -> std::optional<LayerLetter> {
      for (int k = 0; k < 3; ++k) {
        const double du = u - k / 3.0, dv = v - 2 * k / 3.0;
        const double eu = du - std::round(du), ev = dv - std::round(dv);
        const double off = std::sqrt(std::abs(eu * eu + ev * ev - eu * ev));
        if (off > 0.2) continue;
        if (off > 0.02) r.distorted_ = true;
        return static_cast<LayerLetter>(k);
      }
      return std::nullopt;
    };
    for (const auto& plane : planes) {
      if (plane.atoms.size() != first.atoms.size()) return std::nullopt;
      std::complex<double> mean_u, mean_v;
      for (const std::size_t a : plane.atoms) {
        const auto [u, v] = place(to_cartesian(cell, atoms[a].position) - origin);
        mean_u += std::polar(1.0, 2 * std::numbers::pi * u);
        mean_v += std::polar(1.0, 2 * std::numbers::pi * v);
      }
      const double count = static_cast<double>(plane.atoms.size());
      if (std::abs(mean_u) < 0.6 * count || std::abs(mean_v) < 0.6 * count) return std::nullopt;
      const double whole = std::round(height_of(atoms[plane.atoms.front()].position, axis) - plane.height);
      const auto shift = place(cartesian(step->second));
      const auto letter = letter_of(std::arg(mean_u) / (2 * std::numbers::pi) - whole * shift[0],
                                    std::arg(mean_v) / (2 * std::numbers::pi) - whole * shift[1]);
      if (!letter) return std::nullopt;
      r.letters_.push_back(*letter);
    }
    const auto shift = place(up);
    const auto letter = letter_of(shift[0], shift[1]);
    if (!letter) return std::nullopt;
    r.shift_ = *letter;
    return r;
  }

  const std::vector<LayerLetter>& letters() const { return letters_; }
  /// By how many letters the next period is moved.
  LayerLetter shift() const { return shift_; }
  bool distorted() const { return distorted_; }

 private:
  Cartesian<double> e1_, e2_;
  std::array<double, 2> axis1_{}, axis2_{};
  std::vector<LayerLetter> letters_;
  LayerLetter shift_ = 0;
  bool distorted_ = false;
};

/// Plain values of atoms and planes.
template <Scalar T>
UnitCell<double> values_of(const UnitCell<T>& c) {
  const auto v = [](const T& x) { return static_cast<double>(value_of(x)); };
  return {v(c.a), v(c.b), v(c.c), v(c.alpha), v(c.beta), v(c.gamma)};
}

}  // namespace detail

/// Measures the layers of a structure; nothing where it has none. Works on any scalar: with duals the distances carry
/// their derivatives.
template <Scalar T>
std::optional<Layers<T>> measure_layers(const Structure<T>& structure) {
  const auto atoms = detail::atoms_of(structure);
  const auto cell = detail::values_of(structure.cell);
  const auto reciprocal = reciprocal_metric(cell);

  std::vector<std::pair<double, Miller>> axes;
  constexpr int reach = 4;
  for (int h = -reach; h <= reach; ++h)
    for (int k = -reach; k <= reach; ++k)
      for (int l = -reach; l <= reach; ++l)
        if (const Miller m{h, k, l}; m > Miller{} && std::gcd(std::gcd(h, k), l) == 1) axes.push_back({reciprocal.quadratic_form(m), m});
  // Largest period first; among equals prefer the direction of c, then of positive indices.
  std::sort(axes.begin(), axes.end(), [](const auto& x, const auto& y) {
    const auto rank = [](const Miller& m) { return std::array{std::abs(m.h) + std::abs(m.k), -m.l, -m.h, -m.k}; };
    return std::abs(x.first - y.first) > 1e-9 * x.first ? x.first < y.first : rank(x.second) < rank(y.second);
  });

  for (const auto& [inverse_square, axis] : axes) {
    const double period = 1 / std::sqrt(inverse_square);
    if (period < 3.5) break;  // thinner than any slab and interslab together
    const auto planes = detail::anion_planes(std::span<const detail::LayerAtom<T>>(atoms), axis, period);
    if (planes.size() < 2 || planes.size() % 2 != 0) continue;
    if (std::any_of(planes.begin(), planes.end(), [](const auto& p) { return p.spread > 0.6; })) continue;

    Layers<T> result;
    result.axis = axis;
    const T exact_period = d_spacing(structure.cell, axis);
    for (std::size_t i = 0; i < planes.size(); ++i) {
      const bool wraps = i + 1 == planes.size();
      const auto& lower = planes[i];
      const auto& upper = planes[wraps ? 0 : i + 1];
      Layer<T> layer;
      const T fraction = upper.height - lower.height + T(wraps ? 1.0 : 0.0);
      layer.thickness = exact_period * fraction;
      layer.spread = std::max(lower.spread, upper.spread);
      for (const auto& atom : atoms) {
        if (detail::is_anion(atom.species, true)) continue;
        double above = static_cast<double>(value_of(detail::height_of(atom.position, axis) - lower.height));
        above -= std::floor(above);
        if (!(above < static_cast<double>(value_of(fraction)))) continue;
        (is_alkali(atom.species) ? layer.alkali : layer.metal) += atom.occupancy;
        if (std::find(layer.cations.begin(), layer.cations.end(), atom.species) == layer.cations.end())
          layer.cations.push_back(atom.species);
      }
      layer.is_slab = layer.metal > 0.5 * (layer.metal + layer.alkali);
      result.layers.push_back(std::move(layer));
    }
    // Slabs and interslabs take turns, and few metals stray into the alkali layer.
    bool alternate = true;
    for (std::size_t i = 0; i < result.layers.size(); ++i) {
      const auto& layer = result.layers[i];
      alternate = alternate && layer.is_slab != result.layers[(i + 1) % result.layers.size()].is_slab;
      if (!layer.is_slab) alternate = alternate && layer.metal <= 0.3 * (layer.metal + layer.alkali);
    }
    if (!alternate) continue;

    std::vector<detail::LayerAtom<double>> plain;
    for (const auto& a : atoms)
      plain.push_back({{static_cast<double>(value_of(a.position.x)), static_cast<double>(value_of(a.position.y)),
                        static_cast<double>(value_of(a.position.z))}, a.species, a.occupancy});
    std::vector<detail::AnionPlane<double>> plain_planes;
    for (const auto& p : planes) plain_planes.push_back({static_cast<double>(value_of(p.height)), p.spread, p.atoms});
    const auto registry = detail::PlaneRegistry::find(cell, axis, plain, plain_planes);
    if (!registry) continue;
    result.distorted = registry->distorted();
    const auto& letters = registry->letters();
    const std::size_t periods = registry->shift() == 0 ? 1 : 3;
    StackingSequence word;
    bool octahedral = letters.size() / 2 * periods <= StackingSequence::capacity;
    for (std::size_t p = 0; p < periods && octahedral; ++p)
      for (std::size_t i = result.layers[0].is_slab ? 0 : 1; i < letters.size() && octahedral; i += 2) {
        const auto moved = [&](std::size_t k) {
          const std::size_t extra = k / letters.size();
          return static_cast<LayerLetter>((letters[k % letters.size()] + (p + extra) * registry->shift()) % 3);
        };
        const Slab slab{moved(i), moved(i + 1)};
        octahedral = slab.bottom != slab.top;
        if (octahedral) word.push_back(slab);
      }
    if (octahedral) {
      result.word = word;
      const auto name = stacking::name(word);
      result.stacking = std::string(name.view());
      if (result.distorted) result.stacking.insert(result.stacking.find_first_of("0123456789"), "'");
    }
    return result;
  }
  return std::nullopt;
}

}  // namespace lamella
