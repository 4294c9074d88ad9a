// The crystal of a layered lattice and a composition: a structure whose only geometry is a, c and the oxygen heights.
#pragma once

#include <lamella/chemistry/composition.hpp>      // partition
#include <lamella/chemistry/formula.hpp>          // Formula
#include <lamella/core/error.hpp>                 // fail
#include <lamella/core/scalar.hpp>                // Scalar
#include <lamella/crystal/structure.hpp>          // Structure, Site
#include <lamella/layered/layered_lattice.hpp>    // LayeredLattice

#include <concepts>
#include <cstddef>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One species of a layer and its share of the layer's site, 0-1.
template <Scalar T = double>
struct Occupant {
  Species species;
  T occupancy{};
};

/// A layered oxide AxMO2: lattice, what fills the layers, and one displacement parameter U (Å²) for each layer.
template <class S, Scalar T = double>
struct LayeredCrystal {
  using scalar = T;

  LayeredLattice<S, T> lattice;
  std::vector<Occupant<T>> alkali;   ///< per formula unit
  std::vector<Occupant<T>> slab;     ///< per formula unit
  Species anion;
  T u_alkali{0.012}, u_slab{0.005}, u_anion{0.008};

  template <Scalar U>
  using rebind = LayeredCrystal<S, U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    visit("lattice", self.lattice, others.lattice...);
    for (std::size_t i = 0; i < self.alkali.size(); ++i)
      visit(element(self.alkali[i].species).symbol, self.alkali[i].occupancy, others.alkali[i].occupancy...);
    for (std::size_t i = 0; i < self.slab.size(); ++i)
      visit(element(self.slab[i].species).symbol, self.slab[i].occupancy, others.slab[i].occupancy...);
    visit("alkali.Uiso", self.u_alkali, others.u_alkali...);
    visit("slab.Uiso", self.u_slab, others.u_slab...);
    visit("anion.Uiso", self.u_anion, others.u_anion...);
  }
};

/// Fills a lattice with a composition. Throws where the formula has no layers, more than one alkali or metal per
/// formula unit, or several anions.
template <class S>
LayeredCrystal<S, double> layered_crystal(const LayeredLattice<S, double>& lattice, const Formula& formula) {
  const Sublattices layers = partition(formula);
  constexpr double rounding = 1e-6;
  if (layers.alkali.total() > 1 + rounding || layers.slab.total() > 1 + rounding)
    fail("layered crystal of " + to_string(formula) + ": expected at most one alkali and one slab cation per formula unit AxMO2");
  if (layers.anion.size() != 1) fail("layered crystal of " + to_string(formula) + ": expected a single anion");
  LayeredCrystal<S, double> crystal{lattice, {}, {}, layers.anion[0].species};
  for (const auto& term : layers.alkali) crystal.alkali.push_back({term.species, term.amount});
  for (const auto& term : layers.slab) crystal.slab.push_back({term.species, term.amount});
  return crystal;
}

namespace detail {

/// Sets the coordinates that the lattice decides. The sites come in the order alkali (for P2 all on 2b, then all on
/// 2d), slab, anion.
template <class S, Scalar T>
void place_sites(const LayeredCrystal<S, T>& crystal, std::vector<Site<T>>& sites) {
  const auto& lattice = crystal.lattice;
  std::size_t s = 0;
  const auto put = [&](const T& x, const T& y, const T& z, const T& occupancy, const T& u) {
    auto& site = sites[s++];
    site.position = {x, y, z};
    site.occupancy = occupancy;
    site.u_iso = u;
  };
  const T zero(0.0), third(1.0 / 3.0), two_thirds(2.0 / 3.0);
  if constexpr (std::same_as<S, stacking::O3>) {
    for (const auto& o : crystal.alkali) put(zero, zero, T(0.5), o.occupancy, crystal.u_alkali);
    for (const auto& o : crystal.slab) put(zero, zero, zero, o.occupancy, crystal.u_slab);
    put(zero, zero, lattice.z_O, T(1.0), crystal.u_anion);
  } else if constexpr (std::same_as<S, stacking::P3>) {
    // The middle of the gap, z = 1/2 on (2/3,1/3), is (0,0,1/6) by the centring.
    const T middle = T(0.5) * (lattice.z_O1 + lattice.z_O2) - third;
    for (const auto& o : crystal.alkali) put(zero, zero, middle, o.occupancy, crystal.u_alkali);
    for (const auto& o : crystal.slab) put(zero, zero, zero, o.occupancy, crystal.u_slab);
    put(zero, zero, lattice.z_O1, T(1.0), crystal.u_anion);
    put(zero, zero, lattice.z_O2, T(1.0), crystal.u_anion);
  } else {
    static_assert(std::same_as<S, stacking::P2>);
    // Without further knowledge the alkali spreads evenly over the two kinds of prism.
    for (const auto& o : crystal.alkali) put(zero, zero, T(0.25), T(0.5) * o.occupancy, crystal.u_alkali);
    for (const auto& o : crystal.alkali) put(two_thirds, third, T(0.25), T(0.5) * o.occupancy, crystal.u_alkali);
    for (const auto& o : crystal.slab) put(zero, zero, zero, o.occupancy, crystal.u_slab);
    put(third, two_thirds, lattice.z_O, T(1.0), crystal.u_anion);
  }
}

}  // namespace detail

/// The structure of a layered crystal: R-3m (O3), R3m with one of the two prisms of each slab filled (P3), or
/// P6_3/mmc with the alkali spread evenly over both prisms (P2).
template <class S, Scalar T>
Structure<T> structure_of(const LayeredCrystal<S, T>& crystal) {
  Structure<T> structure{std::string(S::delmas_name), space_group(S::space_group), unit_cell(crystal.lattice), {}};
  const auto add = [&](Species species, const std::string& suffix) {
    structure.sites.push_back({std::string(element(species).symbol) + suffix, species, {}, T(1.0), T(0.0)});
  };
  constexpr bool two_alkali_sites = std::same_as<S, stacking::P2>, two_anion_sites = std::same_as<S, stacking::P3>;
  for (const auto& o : crystal.alkali) add(o.species, "1");
  if constexpr (two_alkali_sites)
    for (const auto& o : crystal.alkali) add(o.species, "2");
  for (const auto& o : crystal.slab) add(o.species, "1");
  add(crystal.anion, "1");
  if constexpr (two_anion_sites) add(crystal.anion, "2");
  detail::place_sites(crystal, structure.sites);
  return structure;
}

/// As above into `scratch`, which a call of the other form has shaped: nothing is allocated.
template <class S, Scalar T>
const Structure<T>& structure_of(const LayeredCrystal<S, T>& crystal, Structure<T>& scratch) {
  scratch.cell = unit_cell(crystal.lattice);
  detail::place_sites(crystal, scratch.sites);
  return scratch;
}

/// The same crystal on another scalar: species copied, values converted, derivatives zero.
template <Scalar U, class S>
LayeredCrystal<S, U> rebound(const LayeredCrystal<S, double>& crystal) {
  LayeredCrystal<S, U> r{{}, {}, {}, crystal.anion, U(crystal.u_alkali), U(crystal.u_slab), U(crystal.u_anion)};
  for (const auto& o : crystal.alkali) r.alkali.push_back({o.species, U(o.occupancy)});
  for (const auto& o : crystal.slab) r.slab.push_back({o.species, U(o.occupancy)});
  const auto& l = crystal.lattice;
  if constexpr (std::same_as<S, stacking::P3>)
    r.lattice = {U(l.a), U(l.c), U(l.z_O1), U(l.z_O2)};
  else
    r.lattice = {U(l.a), U(l.c), U(l.z_O)};
  return r;
}

}  // namespace lamella
