// Bond valence sums of a structure, full or partial occupancies and mixed valence included, and the global instability index.
//
// A site shared by several species, in one or several charges, is listed once for each, with its own parameters: the sum of a
// species runs over all counter-ions, each weighted with its occupancy. What such sums cannot do: they see the average
// structure, in which every species of a shared site has the same surroundings. Small and large ions on it come out under- and
// overbonded although in the crystal each pulls its neighbours in or pushes them out; compare means over the site.
#pragma once

#include <lamella/bonding/bond_valence_parameters.hpp>  // BondValence, BondValenceSet, ValenceConvention
#include <lamella/chemistry/species.hpp>                // Species, to_string
#include <lamella/core/error.hpp>                       // fail
#include <lamella/core/scalar.hpp>                      // Scalar, square, value_of
#include <lamella/crystal/cell_atoms.hpp>               // cell_atoms
#include <lamella/crystal/neighbour_search.hpp>         // NeighbourSearch
#include <lamella/crystal/structure.hpp>                // Structure

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The valence sum of one species on one site.
template <ValenceConvention C, Scalar T = double>
struct SiteValence {
  BondValence<C, T> sum;  ///< of the bonds of one such ion
  double bonds = 0;       ///< counter-ions within the cutoff, occupancies counted
  std::size_t place =
      0;  ///< index of the first site of the structure in the same place; its own where it shares with none before
  double multiplicity = 0;  ///< how often the cell repeats the site
};

/// The bonds between two sites, as seen from one cation.
template <ValenceConvention C, Scalar T = double>
struct ValenceBond {
  std::size_t cation = 0, anion = 0;  ///< sites of the structure
  T length{};                         ///< Å
  BondValence<C, T> valence;          ///< of the one bond, not weighted
  double per_cell = 0;  ///< how many the cell has on average: occupancies times the cation's multiplicity
};

/// Valence sums of all sites of a structure, in its order.
template <ValenceConvention C, Scalar T = double>
struct BondValenceSums {
  std::vector<SiteValence<C, T>> sites;
  std::vector<ValenceBond<C, T>> bonds;  ///< of the first image of each cation, in the order of the sites
};

namespace detail {

/// Ions closer than this, Å, do not occur: they are alternatives, or an error.
inline constexpr double shortest_ionic_bond = 0.6;
/// Sites within this distance, Å, are one place.
inline constexpr double same_place_distance = 0.1;

[[noreturn, gnu::cold]] inline void fail_close(const std::string& a, const std::string& b,
                                               double squared_distance) {
  fail("sites " + a + " and " + b + " are " + std::to_string(std::sqrt(squared_distance)) +
       " Å apart and both occupied, expected atoms at the distance of a bond, or occupancies that exclude "
       "each other");
}

template <Scalar T>
void require_ions(const Structure<T>& structure) {
  for (const auto& site : structure.sites) {
    const double occupancy = static_cast<double>(value_of(site.occupancy));
    if (!(occupancy >= 0 && occupancy <= 1.0001))
      fail("occupancy " + std::to_string(occupancy) + " of site " + site.label + ", expected 0 to 1");
    if (site.species.charge == 0)
      fail(
          "site " + site.label + ": " + to_string(site.species) +
          " has no oxidation state, expected an ion such as Na+ (with_usual_valences states the usual ones)");
  }
}

}  // namespace detail

/// Valence sums in the convention C of every site of a structure of ions (`with_usual_valences` makes one of atoms). With duals
/// as scalar, derivatives with respect to cell, positions and occupancies.
///
/// Throws Error for a site without charge, a cation-anion pair without parameters that is near enough to matter, atoms in the
/// same place that do not exclude each other, and what is no structure (impossible cell, NaN).
template <ValenceConvention C, Scalar T>
BondValenceSums<C, T> bond_valence_sums(const Structure<T>& structure, const BondValenceSet<C>& set = {}) {
  const auto plain = [](const T& x) { return static_cast<double>(value_of(x)); };
  detail::require_ions(structure);
  const UnitCell<double> cell{plain(structure.cell.a),    plain(structure.cell.b),
                              plain(structure.cell.c),    plain(structure.cell.alpha),
                              plain(structure.cell.beta), plain(structure.cell.gamma)};
  require_valid(cell);
  const auto atoms = cell_atoms(structure);
  const auto& sites = structure.sites;

  BondValenceSums<C, T> result;
  result.sites.resize(sites.size());
  std::vector<std::size_t> first(sites.size());  // the site's own position
  std::vector<Fractional<double>> all, anions;
  std::vector<std::size_t> anion_atoms;
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    const auto& p = atoms[i].position;
    all.push_back({plain(p.x), plain(p.y), plain(p.z)});
    auto& site = result.sites[atoms[i].site];
    if (site.multiplicity == 0) first[atoms[i].site] = i;
    site.multiplicity += 1;
    if (sites[atoms[i].site].species.charge < 0) {
      anions.push_back(all.back());
      anion_atoms.push_back(i);
    }
  }

  // Places, and atoms that are too close to exist.
  const NeighbourSearch near(cell, all, detail::same_place_distance);
  for (std::size_t s = 0; s < sites.size(); ++s) {
    result.sites[s].place = s;
    double filled = 0;
    std::size_t other = s;
    near.around(all[first[s]], [&](const Neighbour& n) {
      const std::size_t t = atoms[n.point].site;
      result.sites[s].place = std::min(result.sites[s].place, t);
      filled += plain(sites[t].occupancy);
      if (t != s) other = t;
    });
    if (filled > 1.01) detail::fail_close(sites[s].label, sites[other].label, 0);
  }

  // Parameters of the pairs of ions that occur, once each.
  std::vector<Species> cation_species, anion_species;
  std::vector<std::size_t> index(sites.size());
  for (std::size_t s = 0; s < sites.size(); ++s) {
    auto& list = sites[s].species.charge > 0 ? cation_species : anion_species;
    index[s] = static_cast<std::size_t>(std::find(list.begin(), list.end(), sites[s].species) - list.begin());
    if (index[s] == list.size()) list.push_back(sites[s].species);
  }
  if (cation_species.empty() || anion_species.empty())
    fail("no bond valences without " + std::string(cation_species.empty() ? "cations" : "anions") +
         ", expected both");
  std::vector<BondValenceParameters<C>> parameters;
  double reach = 1;
  for (const Species c : cation_species)
    for (const Species a : anion_species) {
      parameters.push_back(set(c, a));
      detail::require_sound(parameters.back());
      reach = std::max(reach, parameters.back().cutoff);
    }

  const NeighbourSearch search(cell, anions, reach);
  const CartesianAxes<T> axes = cartesian_axes(structure.cell);
  for (std::size_t s = 0; s < sites.size(); ++s) {
    if (sites[s].species.charge < 0 || plain(sites[s].occupancy) == 0) continue;
    SiteValence<C, T>& own = result.sites[s];
    const Fractional<T>& p = atoms[first[s]].position;
    const double present = plain(sites[s].occupancy);
    search.around(all[first[s]], [&](const Neighbour& n) {
      const CellAtom<T>& anion = atoms[anion_atoms[n.point]];
      const Site<T>& site = sites[anion.site];
      const double occupancy = plain(site.occupancy);
      const BondValenceParameters<C>& pair = parameters[index[s] * anion_species.size() + index[anion.site]];
      if (occupancy == 0 || n.squared_distance > pair.cutoff * pair.cutoff) return;
      if (n.squared_distance < square(detail::shortest_ionic_bond)) {
        if (present + occupancy > 1.01) detail::fail_close(sites[s].label, site.label, n.squared_distance);
        return;
      }
      using std::exp, std::sqrt;
      const auto& [tx, ty, tz] = n.translation;
      const Cartesian<T> v = axes({anion.position.x + T(static_cast<double>(tx)) - p.x,
                                   anion.position.y + T(static_cast<double>(ty)) - p.y,
                                   anion.position.z + T(static_cast<double>(tz)) - p.z});
      const T length = sqrt(dot(v, v));
      const BondValence<C, T> valence{exp((T(pair.R_0) - length) / T(pair.b))};
      own.sum += site.occupancy * valence;
      own.bonds += occupancy;
      // As many bonds end at the anion's images as start at the cation's.
      SiteValence<C, T>& end = result.sites[anion.site];
      const double share = own.multiplicity / end.multiplicity;
      end.sum += T(share) * sites[s].occupancy * valence;
      end.bonds += share * present;
      result.bonds.push_back({s, anion.site, length, valence, own.multiplicity * present * occupancy});
    });
  }
  return result;
}

/// What the ions of one place have in the mean.
template <ValenceConvention C, Scalar T = double>
struct PlaceValence {
  std::size_t site = 0;   ///< the first site of the structure in this place
  BondValence<C, T> sum;  ///< mean over the ions there, occupancies as weights
  T charge{};             ///< their mean charge, e
  T ions{};               ///< in the cell: multiplicity times the sum of occupancies
};

/// The means over each place of a structure, in the order of its sites. Places without any ion are left out.
template <ValenceConvention C, Scalar T>
std::vector<PlaceValence<C, T>> place_valences(const Structure<T>& structure,
                                               const BondValenceSums<C, T>& sums) {
  if (sums.sites.size() != structure.sites.size())
    fail("valence sums of " + std::to_string(sums.sites.size()) +
         " sites, expected those of the structure's " + std::to_string(structure.sites.size()));
  std::vector<PlaceValence<C, T>> places;
  for (std::size_t s = 0; s < structure.sites.size(); ++s) {
    const auto& own = sums.sites[s];
    const auto& site = structure.sites[s];
    if (!(static_cast<double>(value_of(site.occupancy)) > 0)) continue;
    auto place =
        std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.site == own.place; });
    if (place == places.end()) place = places.insert(places.end(), {own.place, {}, T(0.0), T(0.0)});
    const T ions = T(own.multiplicity) * site.occupancy;
    place->ions += ions;
    place->sum += ions * own.sum;
    place->charge += ions * T(static_cast<double>(site.species.charge));
  }
  for (auto& place : places) {
    place.sum = (T(1.0) / place.ions) * place.sum;
    place.charge = place.charge / place.ions;
  }
  return places;
}

/// Global instability index, valence units: the root mean square over all ions of the cell of the difference between the
/// valence sum and the charge of their place (A. Salinas-Sanchez et al., J. Solid State Chem. 100 (1992) 201). On a shared place
/// it is the means that are compared, see above.
template <ValenceConvention C, Scalar T>
T global_instability_index(const Structure<T>& structure, const BondValenceSums<C, T>& sums) {
  using std::sqrt;
  T squares(0.0), ions(0.0);
  for (const auto& place : place_valences(structure, sums)) {
    const T expected = place.charge < T(0.0) ? -place.charge : place.charge;
    squares += place.ions * square(place.sum.value - expected);
    ions += place.ions;
  }
  if (!(T(0.0) < ions)) fail("no ions in the structure, expected some for the global instability index");
  if (!(T(0.0) < squares)) return T(0.0);  // where the root has no derivative
  return sqrt(squares / ions);
}

}  // namespace lamella::inline LAMELLA_ABI
