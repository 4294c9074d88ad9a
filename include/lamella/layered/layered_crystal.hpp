// The crystal of a layered lattice and a composition: a structure whose only geometry is a, c and the oxygen heights.
#pragma once

#include <lamella/chemistry/composition.hpp>       // partition
#include <lamella/chemistry/formula.hpp>           // Formula
#include <lamella/core/error.hpp>                  // fail
#include <lamella/core/scalar.hpp>                 // Scalar
#include <lamella/crystal/structure.hpp>           // Structure, Site
#include <lamella/layered/layered_lattice.hpp>     // LayeredLattice
#include <lamella/layered/monoclinic_lattice.hpp>  // LayeredLattice of O3_prime, P3_prime

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
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
  std::vector<Occupant<T>> alkali;  ///< per formula unit
  std::vector<Occupant<T>> slab;    ///< per formula unit
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
    fail("layered crystal of " + to_string(formula) +
         ": expected at most one alkali and one slab cation per formula unit AxMO2");
  if (layers.anion.size() != 1)
    fail("layered crystal of " + to_string(formula) + ": expected a single anion");
  LayeredCrystal<S, double> crystal{lattice, {}, {}, layers.anion[0].species};
  for (const auto& term : atoms(layers.alkali)) crystal.alkali.push_back({term.species, term.amount});
  for (const auto& term : atoms(layers.slab)) crystal.slab.push_back({term.species, term.amount});
  return crystal;
}

namespace detail {

/// How many alkali sites and how many oxygen sites the asymmetric unit has.
template <class S>
inline constexpr std::size_t alkali_site_count = [] {
  if constexpr (HexagonalStacking<S>) return S::symmetry.count(StackingSiteKind::alkali);
  else return std::size_t{1};
}();
template <class S>
inline constexpr std::size_t oxygen_site_count = [] {
  if constexpr (HexagonalStacking<S>) return S::symmetry.count(StackingSiteKind::oxygen);
  else return std::size_t{1};
}();

/// Heights of the oxygen sites of the asymmetric unit, fractions of c.
template <CentredSlabStacking S, Scalar T>
constexpr std::array<T, 1> oxygen_heights(const LayeredLattice<S, T>& lattice) {
  return {lattice.z_O};
}
template <PolarSlabStacking S, Scalar T>
constexpr std::array<T, 2> oxygen_heights(const LayeredLattice<S, T>& lattice) {
  return {lattice.z_O1, lattice.z_O2};
}

/// How far the middle of a gap lies above the middle between the two metal planes, in fractions of c.
template <CentredSlabStacking S, Scalar T>
constexpr T gap_offset(const LayeredLattice<S, T>& /*lattice*/) {
  return T(0.0);
}
template <PolarSlabStacking S, Scalar T>
constexpr T gap_offset(const LayeredLattice<S, T>& lattice) {
  return T(0.5) * ((lattice.z_O1 - slab_middle<S, T>(0)) + (lattice.z_O2 - slab_middle<S, T>(1)));
}

/// Sets the coordinates that the lattice decides. The sites come in the order alkali (all occupants of the first site, then
/// of the second), slab, anion.
template <class S, Scalar T>
void place_sites(const LayeredCrystal<S, T>& crystal, std::vector<Site<T>>& sites) {
  const auto& lattice = crystal.lattice;
  std::size_t s = 0;
  const auto put = [&](const Fractional<T>& position, const T& occupancy, const T& u) {
    auto& site = sites[s++];
    site.position = position;
    site.occupancy = occupancy;
    site.u_iso = u;
  };
  if constexpr (HexagonalStacking<S>) {
    // Without further knowledge the alkali spreads evenly over the sites that are filled.
    const T share(1.0 / S::symmetry.alkali_sites_per_formula_unit());
    const auto heights = oxygen_heights(lattice);
    std::size_t oxygen = 0;
    for (const StackingSite& site : S::symmetry) {
      const T x(site.x()), y(site.y());
      const T middle(site.half_repeats / (2.0 * static_cast<double>(S::slabs_per_cell)));
      if (site.kind == StackingSiteKind::alkali) {
        for (const auto& o : crystal.alkali)
          put({x, y, middle + gap_offset(lattice)}, share * o.occupancy, crystal.u_alkali);
      } else if (site.kind == StackingSiteKind::metal) {
        for (const auto& o : crystal.slab) put({x, y, middle}, o.occupancy, crystal.u_slab);
      } else {
        put({x, y, heights[oxygen++]}, T(1.0), crystal.u_anion);
      }
    }
  } else {
    constexpr bool octahedral = S::coordination == AlkaliCoordination::octahedral;
    const Fractional<T> middle =
        octahedral ? Fractional<T>{T(0.0), T(0.5), T(0.5)} : Fractional<T>{T(1.0 / 6.0), T(0.0), T(0.5)};
    for (const auto& o : crystal.alkali)
      put(middle, T(octahedral ? 1.0 : 0.5) * o.occupancy, crystal.u_alkali);
    for (const auto& o : crystal.slab) put({T(0.0), T(0.0), T(0.0)}, o.occupancy, crystal.u_slab);
    put({lattice.x_O, T(0.0), lattice.z_O}, T(1.0), crystal.u_anion);
  }
}

}  // namespace detail

/// The structure of a layered crystal in the setting of its lattice: R-3m (O3), R3m with one of the two prisms of each slab
/// filled (P3), P6_3/mmc with the alkali spread evenly over both prisms (P2), P-3m1 (O1), P6_3mc (O2), C2/m (O'3; P'3 with the
/// alkali spread over both prisms).
template <class S, Scalar T>
Structure<T> structure_of(const LayeredCrystal<S, T>& crystal) {
  Structure<T> structure{
      std::string(S::delmas_name), space_group(S::space_group), unit_cell(crystal.lattice), {}};
  const auto add = [&](Species species, std::size_t number) {
    structure.sites.push_back(
        {std::string(element(species).symbol) + std::to_string(number), species, {}, T(1.0), T(0.0)});
  };
  for (std::size_t i = 1; i <= detail::alkali_site_count<S>; ++i)
    for (const auto& o : crystal.alkali) add(o.species, i);
  for (const auto& o : crystal.slab) add(o.species, 1);
  for (std::size_t i = 1; i <= detail::oxygen_site_count<S>; ++i) add(crystal.anion, i);
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
  LayeredCrystal<S, U> r{
      {}, {}, {}, crystal.anion, U(crystal.u_alkali), U(crystal.u_slab), U(crystal.u_anion)};
  for (const auto& o : crystal.alkali) r.alkali.push_back({o.species, U(o.occupancy)});
  for (const auto& o : crystal.slab) r.slab.push_back({o.species, U(o.occupancy)});
  auto convert = [](std::string_view, U& to, const double& from) { to = U(from); };
  LayeredLattice<S, double>::parameters(convert, r.lattice, crystal.lattice);
  return r;
}

}  // namespace lamella::inline LAMELLA_ABI
