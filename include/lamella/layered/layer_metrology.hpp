// Measures the layers of any structure from its coordinates alone: slabs, interslabs, and the stacking they form.
//
// Nothing is assumed of setting, space group or orientation. The stacking axis is the lattice direction along which the
// anions gather in planes with metals and alkali in alternate gaps; what lies between two planes says whether the gap
// is a slab or an interslab.
#pragma once

#include <lamella/chemistry/composition.hpp>           // is_alkali, detail::is_anion
#include <lamella/chemistry/species.hpp>               // Species
#include <lamella/core/measured.hpp>                   // detail::fixed
#include <lamella/core/scalar.hpp>                     // Scalar, value_of
#include <lamella/crystal/structure.hpp>               // Structure
#include <lamella/crystal/unit_cell.hpp>               // to_cartesian, d_spacing, volume
#include <lamella/layered/detail/anion_planes.hpp>     // atoms_of, anion_planes
#include <lamella/layered/detail/expected_bonds.hpp>   // LayerCation, expected_bonds, states_in_oxide
#include <lamella/layered/detail/plane_registry.hpp>   // PlaneRegistry
#include <lamella/layered/stacking.hpp>                // StackingSequence

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// How the anions surround a cation between two planes.
enum class SiteCoordination : std::uint8_t { octahedral, prismatic, tetrahedral, irregular };

/// "octahedral", "prismatic" …
constexpr std::string_view to_string(SiteCoordination coordination) {
  switch (coordination) {
    case SiteCoordination::octahedral: return "octahedral";
    case SiteCoordination::prismatic: return "prismatic";
    case SiteCoordination::tetrahedral: return "tetrahedral";
    case SiteCoordination::irregular: break;
  }
  return "irregular";
}

/// One gap between two neighbouring anion planes.
template <Scalar T = double>
struct Layer {
  bool is_slab = false;              ///< holds metals; otherwise it is an interslab, which holds alkali or nothing
  T thickness{};                     ///< distance of the mean heights of the two anion planes, Å
  double spread = 0;                 ///< rumpling: largest deviation of an anion from its plane's mean height, Å
  std::vector<LayerCation> cations;
  std::optional<SiteCoordination> coordination;  ///< of the layer's own cations; absent where they differ or there are none
  std::optional<T> bond_length;      ///< mean distance of the layer's own cations to their anions, Å; absent without any
  double shortest_bond = 0;          ///< the shortest of these distances, Å; 0 without any
  double metal = 0, alkali = 0;      ///< atoms per cell; hydrogen is neither
};

/// The layers of a structure, from the origin along the stacking axis.
template <Scalar T = double>
struct Layers {
  Miller axis;                             ///< the anion planes are lattice planes (hkl) of these indices
  std::vector<Layer<T>> layers;            ///< slabs and interslabs in turn
  std::optional<StackingSequence> word;    ///< absent where the planes do not form a stacking of octahedral slabs
  std::string stacking;                    ///< "O3", "P3", "O'3" …; empty without a word. A prime: distorted
  bool distorted = false;                  ///< the planes are not triangular, or displaced from the ideal positions
  double anion_distance = 0;               ///< mean distance of neighbouring anions within a plane, Å: a of the ideal lattice
  std::vector<std::string> warnings;       ///< where labels and geometry disagree

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
double plain(const T& x) {
  return static_cast<double>(value_of(x));
}
template <Scalar T>
UnitCell<double> plain(const UnitCell<T>& c) {
  return {plain(c.a), plain(c.b), plain(c.c), plain(c.alpha), plain(c.beta), plain(c.gamma)};
}
template <Scalar T>
Fractional<double> plain(const Fractional<T>& p) {
  return {plain(p.x), plain(p.y), plain(p.z)};
}

/// The unit vector along which heights are measured.
inline Cartesian<double> plane_normal(const UnitCell<double>& cell, const Miller& axis) {
  const auto g = reciprocal_metric(cell);
  const std::array h{double(axis.h), double(axis.k), double(axis.l)};
  // The reciprocal vector in direct coordinates is G*·h.
  const Fractional<double> direct{g.xx * h[0] + g.xy * h[1] + g.xz * h[2], g.xy * h[0] + g.yy * h[1] + g.yz * h[2],
                                  g.xz * h[0] + g.yz * h[1] + g.zz * h[2]};
  const auto v = to_cartesian(cell, direct);
  const double length = std::sqrt(dot(v, v));
  return {v.x / length, v.y / length, v.z / length};
}

/// What the search for neighbours needs of a cell, computed once.
template <Scalar T>
struct Frame {
  static constexpr double reach = 4.0;  ///< Å: beyond any cation-anion bond of a layered oxide

  Frame(const UnitCell<T>& cell, const Miller& axis)
      : axes(cartesian_axes(cell)), plain_axes(cartesian_axes(plain(cell))), normal(plane_normal(plain(cell), axis)) {
    // The nearest image of an atom is at most half a cell away along each axis: others matter where the cell is short.
    const auto reciprocal = reciprocal_metric(plain(cell));
    const auto images = [](double inverse_width) { return static_cast<int>(reach * std::sqrt(inverse_width) + 0.5); };
    limit = {images(reciprocal.xx), images(reciprocal.yy), images(reciprocal.zz)};
  }

  CartesianAxes<T> axes;
  CartesianAxes<double> plain_axes;
  Cartesian<double> normal;    ///< along the stacking axis, length 1
  std::array<int, 3> limit{};  ///< images to look at on either side
};

/// The anions next to a cation.
template <Scalar T>
struct Neighbourhood {
  SiteCoordination coordination = SiteCoordination::irregular;
  T sum{};               ///< of the distances to those that count, Å
  double shortest = 0;   ///< Å
  std::size_t count = 0;
};

/// Looks at the anions of the two planes around an atom.
template <Scalar T>
Neighbourhood<T> neighbourhood(const Frame<T>& frame, std::span<const LayerAtom<T>> atoms, const LayerAtom<T>& centre,
                               std::span<const std::size_t> anions) {
  struct Near {
    double distance;
    std::size_t atom;
    Fractional<double> shift;
    Cartesian<double> vector;
  };
  std::vector<Near> near;
  const auto p = plain(centre.position);
  for (const std::size_t a : anions) {
    const auto q = plain(atoms[a].position);
    const std::array base{std::round(p.x - q.x), std::round(p.y - q.y), std::round(p.z - q.z)};
    for (int i = -frame.limit[0]; i <= frame.limit[0]; ++i)
      for (int j = -frame.limit[1]; j <= frame.limit[1]; ++j)
        for (int k = -frame.limit[2]; k <= frame.limit[2]; ++k) {
          const Fractional<double> shift{base[0] + i, base[1] + j, base[2] + k};
          const auto v = frame.plain_axes(Fractional<double>{q.x + shift.x - p.x, q.y + shift.y - p.y, q.z + shift.z - p.z});
          const double d2 = dot(v, v);
          if (d2 < Frame<T>::reach * Frame<T>::reach) near.push_back({std::sqrt(d2), a, shift, v});
        }
  }
  Neighbourhood<T> result;
  if (near.size() < 4) return result;
  std::sort(near.begin(), near.end(), [](const Near& x, const Near& y) { return x.distance < y.distance; });
  const bool four = near.size() < 6 || near[4].distance > 1.25 * near[3].distance;
  // Beside a missing anion the sixth is one of the next shell.
  const bool five = !four && near[5].distance > 1.3 * near[4].distance;
  const std::size_t count = four ? 4 : five ? 5 : 6;
  std::vector<const Near*> below, above;
  for (std::size_t i = 0; i < count; ++i) (dot(near[i].vector, frame.normal) < 0 ? below : above).push_back(&near[i]);
  if (four && (below.size() == 1 || below.size() == 3)) result.coordination = SiteCoordination::tetrahedral;
  // Neither where the six are far from alike, as around the middle of an edge between two polyhedra.
  if (count == 6 && below.size() == 3 && above.size() == 3 && near[5].distance < 1.5 * near[0].distance) {
    // Octahedron: each anion has one opposite. Prism: each has one straight across the plane.
    std::size_t opposite = 0, across = 0;
    for (const Near* b : below)
      for (const Near* a : above) {
        const double angle = std::acos(std::clamp(dot(a->vector, b->vector) / (a->distance * b->distance), -1.0, 1.0)) / degree;
        if (angle > 155) ++opposite;
        if (angle < 105) ++across;
      }
    if (opposite == 3) result.coordination = SiteCoordination::octahedral;
    if (opposite == 0 && across == 3) result.coordination = SiteCoordination::prismatic;
  }
  result.count = count;
  result.shortest = near[0].distance;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& q = atoms[near[i].atom].position;
    const auto& s = near[i].shift;
    const auto v = frame.axes(Fractional<T>{q.x + T(s.x) - centre.position.x, q.y + T(s.y) - centre.position.y, q.z + T(s.z) - centre.position.z});
    using std::sqrt;
    result.sum = result.sum + sqrt(dot(v, v));
  }
  return result;
}

/// Fills one layer: what lies in it and how thick it is. The indices of its cations go to `members`.
template <Scalar T>
Layer<T> measure_layer(std::span<const LayerAtom<T>> atoms, const Miller& axis, const T& period, const AnionPlane<T>& lower,
                       const AnionPlane<T>& upper, bool wraps, bool oxide, std::vector<std::size_t>& members) {
  Layer<T> layer;
  const T fraction = upper.height - lower.height + T(wraps ? 1.0 : 0.0);
  layer.thickness = period * fraction;
  layer.spread = std::max(lower.spread, upper.spread);
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    const auto& atom = atoms[i];
    if (is_anion(atom.species, oxide)) continue;
    double above = plain(height_of(atom.position, axis)) - plain(lower.height);
    above -= std::floor(above);
    if (!(above < plain(fraction))) continue;
    members.push_back(i);
    // The hydrogen of a hydroxide belongs to its oxygen: Ni(OH)2 is slabs with nothing between them.
    if (atom.species.atomic_number != 1) (is_alkali(atom.species) ? layer.alkali : layer.metal) += atom.occupancy;
    const auto known = std::find_if(layer.cations.begin(), layer.cations.end(), [&](const LayerCation& c) { return c.species == atom.species; });
    if (known == layer.cations.end())
      layer.cations.push_back({atom.species, atom.occupancy});
    else
      known->atoms += atom.occupancy;
  }
  layer.is_slab = layer.metal > 0.5 * (layer.metal + layer.alkali);
  return layer;
}

/// Bond lengths and coordination of a layer's own cations: metals of a slab, alkali of an interslab.
template <Scalar T>
void measure_bonds(const Frame<T>& frame, std::span<const LayerAtom<T>> atoms, const AnionPlane<T>& lower, const AnionPlane<T>& upper,
                   std::span<const std::size_t> members, Layer<T>& layer) {
  std::vector<std::size_t> anions = lower.atoms;
  if (&lower != &upper) anions.insert(anions.end(), upper.atoms.begin(), upper.atoms.end());
  T sum(0.0);
  double weight = 0;
  bool first = true;
  for (const std::size_t i : members) {
    const auto& atom = atoms[i];
    if (is_alkali(atom.species) == layer.is_slab || atom.species.atomic_number == 1 || !(atom.occupancy > 0)) continue;
    const auto around = neighbourhood(frame, atoms, atom, anions);
    if (around.count > 0) {
      sum = sum + T(atom.occupancy / static_cast<double>(around.count)) * around.sum;
      weight += atom.occupancy;
      if (!(layer.shortest_bond > 0 && layer.shortest_bond <= around.shortest)) layer.shortest_bond = around.shortest;
    }
    if (first)
      layer.coordination = around.coordination;
    else if (layer.coordination != around.coordination)
      layer.coordination.reset();
    first = false;
  }
  if (weight > 0) layer.bond_length = sum / T(weight);
}

/// Bond lengths that do not suit the cations: what one sees of a swapped height or label, or of a wrong cell. Only of oxides.
template <Scalar T>
void add_bond_warnings(Layers<T>& layers, std::span<const LayerAtom<T>> atoms) {
  const bool oxide = has_oxygen(atoms);
  for (const auto& atom : atoms)
    if (is_anion(atom.species, oxide) && atom.species.atomic_number != 8) return;
  const auto states = states_in_oxide(atoms);
  // The sums hold within 0.1 Å in the slabs of layered oxides. Alkali layers widen with vacancies, charge and water, so that
  // only a distance that is too short means something. Single bonds are shorter than the mean by up to 0.35 Å (V=O).
  constexpr double metal_tolerance = 0.1, alkali_tolerance = 0.15, single_tolerance = 0.45;
  struct Worst {
    double off = 0, length = 0, low = 0, high = 0;
    bool in_slab = false;
    void note(double by, Worst found) {
      if (by <= off) return;
      *this = found;
      off = by;
    }
  };
  Worst mean_metal, mean_alkali, single;
  for (const auto& layer : layers.layers) {
    if (!layer.bond_length) continue;
    const auto expected = expected_bonds(layer.cations, !layer.is_slab, states);
    if (!expected) continue;
    const double length = plain(*layer.bond_length), shortest = layer.shortest_bond;
    const bool six = layer.coordination == SiteCoordination::octahedral || layer.coordination == SiteCoordination::prismatic;
    if (layer.is_slab) {
      const double low = expected->low - metal_tolerance, high = expected->high + metal_tolerance;
      mean_metal.note(std::max(low - length, length - high), {0, length, low, high, true});
    } else if (six) {
      const double low = expected->low - alkali_tolerance;
      mean_alkali.note(low - length, {0, length, low, 0, false});
    }
    const double low = expected->low - single_tolerance;
    single.note(low - shortest, {0, shortest, low, 0, layer.is_slab});
  }
  constexpr const char* source = " Å from Shannon's radii";
  if (mean_metal.off > 0)
    layers.warnings.push_back("metal-oxygen bonds of " + fixed(mean_metal.length, 3) + " Å in a slab, expected " +
                              fixed(mean_metal.low, 3) + " to " + fixed(mean_metal.high, 3) + source);
  if (mean_alkali.off > 0)
    layers.warnings.push_back("alkali-oxygen distances of " + fixed(mean_alkali.length, 3) + " Å, expected at least " +
                              fixed(mean_alkali.low, 3) + source);
  if (single.off > 0)
    layers.warnings.push_back(std::string(single.in_slab ? "a metal" : "an alkali") + "-oxygen distance of " +
                              fixed(single.length, 3) + " Å, expected at least " + fixed(single.low, 3) + source);
}

/// What is suspicious about measured layers.
template <Scalar T>
void add_warnings(Layers<T>& layers, std::span<const LayerAtom<T>> atoms) {
  const double slab = plain(layers.slab_thickness()), interslab = plain(layers.interslab_distance());
  const double ratio = slab / layers.anion_distance;
  if (slab > interslab)
    layers.warnings.push_back("the slabs (" + fixed(slab, 3) + " Å) are thicker than the interslabs (" + fixed(interslab, 3) +
                              " Å): the labels of metal and alkali, or the height of the anions (z and 1/2 - z), are swapped");
  else if (!(ratio > 0.62 && ratio < 0.88))
    layers.warnings.push_back("slab thickness over a is " + fixed(ratio, 3) + ", expected 0.62 to 0.88 (0.816 for regular octahedra)");
  std::size_t interslabs = 0, with_metals = 0;
  double most = 0;
  for (const auto& layer : layers.layers) {
    if (layer.is_slab) continue;
    ++interslabs;
    if (!(layer.metal > 0)) continue;
    ++with_metals;
    most = std::max(most, layer.metal / (layer.alkali + layer.metal));
  }
  if (with_metals > 0)
    layers.warnings.push_back("metals in " + std::to_string(with_metals) + " of " + std::to_string(interslabs) + " interslabs, up to " +
                              fixed(100 * most, 1) + " % of the cations there");
  add_bond_warnings(layers, atoms);
}

}  // namespace detail

/// Measures the layers of a structure; nothing where it has none. Works on any scalar: with duals the distances carry
/// their derivatives.
template <Scalar T>
std::optional<Layers<T>> measure_layers(const Structure<T>& structure) {
  const auto atoms = detail::atoms_of(structure);
  const std::span<const detail::LayerAtom<T>> all(atoms);
  const auto cell = detail::plain(structure.cell);
  const auto reciprocal = reciprocal_metric(cell);

  // The anions of layered oxides, hydrates included, take 10 to 60 Å³ each.
  const bool oxide = detail::has_oxygen(all);
  const auto anions = std::count_if(atoms.begin(), atoms.end(), [&](const auto& a) { return detail::is_anion(a.species, oxide); });
  const double per_anion = volume(cell) / static_cast<double>(anions);
  if (!(anions > 0 && per_anion > 5 && per_anion < 200)) return std::nullopt;

  // All lattice directions whose planes repeat after no less than a slab and an interslab can measure together: |h| ≤ a/period.
  constexpr double thinnest = 3.5;  // Å
  std::vector<std::pair<double, Miller>> axes;
  const auto limit = [](double edge) { return static_cast<int>(edge / thinnest); };
  for (int h = 0; h <= limit(cell.a); ++h)
    for (int k = -limit(cell.b); k <= limit(cell.b); ++k) {
      // The l of such planes lie between the roots of a quadratic equation.
      const double middle = -(h * reciprocal.xz + k * reciprocal.yz) / reciprocal.zz;
      const double rest = (1 / (thinnest * thinnest) - reciprocal.quadratic_form(Miller{h, k, 0})) / reciprocal.zz + middle * middle;
      if (!(rest >= 0)) continue;
      const double reach = std::sqrt(rest);
      for (int l = static_cast<int>(std::ceil(middle - reach)); l <= static_cast<int>(std::floor(middle + reach)); ++l) {
        const Miller m{h, k, l};
        const double inverse_square = reciprocal.quadratic_form(m);
        if (inverse_square * thinnest * thinnest < 1 && m > Miller{} && std::gcd(std::gcd(h, k), l) == 1) axes.push_back({inverse_square, m});
      }
    }
  // Largest period first; among equals prefer the direction of c, then of positive indices.
  std::sort(axes.begin(), axes.end(), [](const auto& x, const auto& y) {
    const auto rank = [](const Miller& m) { return std::array{std::abs(m.h) + std::abs(m.k), -m.l, -m.h, -m.k}; };
    return std::abs(x.first - y.first) > 1e-9 * x.first ? x.first < y.first : rank(x.second) < rank(y.second);
  });

  for (const auto& [inverse_square, axis] : axes) {
    const auto planes = detail::anion_planes(all, axis, 1 / std::sqrt(inverse_square), oxide);
    if (planes.size() < 2 || planes.size() % 2 != 0) continue;
    if (std::any_of(planes.begin(), planes.end(), [](const auto& p) { return p.spread > 0.6; })) continue;

    Layers<T> result;
    result.axis = axis;
    const T period = d_spacing(structure.cell, axis);
    std::vector<std::vector<std::size_t>> members(planes.size());
    for (std::size_t i = 0; i < planes.size(); ++i)
      result.layers.push_back(detail::measure_layer(all, axis, period, planes[i], planes[(i + 1) % planes.size()],
                                                    i + 1 == planes.size(), oxide, members[i]));
    // Slabs and interslabs take turns, and few metals stray into the alkali layer.
    bool alternate = true;
    for (std::size_t i = 0; i < result.layers.size(); ++i) {
      const auto& layer = result.layers[i];
      alternate = alternate && layer.is_slab != result.layers[(i + 1) % result.layers.size()].is_slab;
      if (!layer.is_slab) alternate = alternate && layer.metal <= 0.3 * (layer.metal + layer.alkali);
    }
    if (!alternate) continue;

    std::vector<detail::LayerAtom<double>> plain_atoms;
    for (const auto& a : atoms) plain_atoms.push_back({detail::plain(a.position), a.species, a.occupancy});
    std::vector<detail::AnionPlane<double>> plain_planes;
    for (const auto& p : planes) plain_planes.push_back({detail::plain(p.height), p.spread, p.atoms});
    const auto registry = detail::PlaneRegistry::find(cell, axis, plain_atoms, plain_planes);
    if (!registry) continue;

    result.distorted = registry->distorted();
    result.anion_distance = registry->anion_distance();
    const detail::Frame<T> frame(structure.cell, axis);
    for (std::size_t i = 0; i < planes.size(); ++i)
      detail::measure_bonds(frame, all, planes[i], planes[(i + 1) % planes.size()], members[i], result.layers[i]);
    result.word = registry->word(result.layers[0].is_slab ? 0 : 1);
    if (result.word) {
      result.stacking = std::string(stacking::name(*result.word).view());
      if (result.distorted) result.stacking.insert(result.stacking.find_first_of("0123456789"), "'");
    }
    detail::add_warnings(result, all);
    if (registry->missing() > 0)
      result.warnings.push_back("anions are missing, up to " + detail::fixed(100 * registry->missing(), 1) + " % of a plane");
    return result;
  }
  return std::nullopt;
}

}  // namespace lamella
