// What an element on the metal site does to its bonds and to the layers: computed from the ICOHP lists of a host and of its
// substituted cells, or estimated from charges and ionic radii. The two are different types and different units.
//
// What the estimates rest on, and what they cannot do:
// - Metal-oxygen: Pauling's strength, the charge over six. The mean over all metals is that of their mean charge, 3 in NaMO2,
//   whatever they are: an estimate cannot make all of them stronger at once. It knows no covalency and no d electrons.
// - Alkali-oxygen: what an oxygen with one such neighbour has left of its valence of 2. Small, highly charged ions weaken it,
//   large ions of low charge strengthen it. Again the mean over all oxygens does not change.
// - Layers: octahedra grow in proportion with the mean of Shannon's radii and keep their shape, alkali-oxygen bonds keep their
//   length. From NaCrO2 to NaYO2 this gives the interslab distance (−0.62 Å, reported −0.63), but twice the change of the slab. For
//   the substitution of Mg, Cu and Sn in NaNi0.2Fe0.2Mn0.6O2 it gives +0.01 and −0.02 Å: not the reported contraction of the slab
//   by 0.05 and expansion of the interslab by 0.1 Å (doi 10.1039/d4ta05924g), of which it has neither sign. What flattens
//   octahedra at constant bond length is not in radii. Measure the layers or compute them.
#pragma once

#include <lamella/bonding/bond_groups.hpp>              // anion_bridges, by_elements, BridgeGroup
#include <lamella/bonding/bond_valence_parameters.hpp>  // BondValenceSet, bond_valence
#include <lamella/chemistry/composition.hpp>            // Sublattices, partition, to_formula
#include <lamella/chemistry/ionic_radius.hpp>           // octahedral_radius
#include <lamella/chemistry/oxidation_states.hpp>       // with_usual_valences
#include <lamella/core/error.hpp>                       // fail
#include <lamella/layered/layered_lattice.hpp>          // LayeredLattice, slab_thickness, interslab_distance

#include <cmath>
#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A number that a calculation gave for this very compound. Compares and subtracts with its like only.
struct Computed {
  double value = 0;
  constexpr auto operator<=>(const Computed&) const = default;
  friend constexpr Computed operator-(Computed x, Computed y) { return {x.value - y.value}; }
};

/// A number by a rule, not for this very compound. Compares and subtracts with its like only.
struct Estimated {
  double value = 0;
  constexpr auto operator<=>(const Estimated&) const = default;
  friend constexpr Estimated operator-(Estimated x, Estimated y) { return {x.value - y.value}; }
};

/// One metal of a substituted cell, from lists of LOBSTER. Strengths are −ICOHP (eV), ICOOP or ICOBI per bond, spins summed,
/// means over all configurations alkali-anion-metal.
struct ComputedDopant {
  std::string element, anion;
  std::size_t configurations = 0;
  Computed metal_anion_strength;   ///< of its own bonds
  Computed alkali_anion_strength;  ///< of the alkali bonds of its anions
  Computed metal_anion_change;     ///< against the mean over all metals of the host
  Computed alkali_anion_change;    ///< against the mean of the host
};

namespace detail {

/// Means over all configurations of a list.
inline BridgeGroup mean_bridge(const BondStrengthList& list, const std::vector<BridgeGroup>& groups,
                               std::string_view anion) {
  BridgeGroup mean;
  for (const BridgeGroup& group : groups) {
    if (group.anion != anion) continue;
    const auto n = static_cast<double>(group.count);
    mean.count += group.count;
    mean.alkali_strength += n * group.alkali_strength;
    mean.metal_strength += n * group.metal_strength;
  }
  if (mean.count == 0)
    fail("no alkali-" + std::string(anion) + "-metal configuration in the list of the host, expected some",
         Place{list.source});
  mean.alkali_strength /= static_cast<double>(mean.count);
  mean.metal_strength /= static_cast<double>(mean.count);
  return mean;
}

}  // namespace detail

/// The metals of a substituted cell against the host, each from its own list of the same kind. Throws Error where the lists
/// measure different things, or where one has no configuration alkali-anion-metal.
inline std::vector<ComputedDopant> computed_dopants(const BondStrengthList& host,
                                                    const BondStrengthList& substituted) {
  if (host.measure != substituted.measure)
    fail("a list of " + std::string(to_string(substituted.measure)) + " against a host of " +
             std::string(to_string(host.measure)) + ", expected the same measure",
         Place{substituted.source});
  const auto of_host = by_elements(host, anion_bridges(host));
  const auto groups = by_elements(substituted, anion_bridges(substituted));
  if (groups.empty())
    fail("no alkali-anion-metal configuration in the list, expected some", Place{substituted.source});
  std::vector<ComputedDopant> rows;
  for (const BridgeGroup& group : groups) {
    const BridgeGroup mean = detail::mean_bridge(host, of_host, group.anion);
    rows.push_back({group.metal,
                    group.anion,
                    group.count,
                    {group.metal_strength},
                    {group.alkali_strength},
                    {group.metal_strength - mean.metal_strength},
                    {group.alkali_strength - mean.alkali_strength}});
  }
  return rows;
}

/// Layers by ionic radii, Å.
struct EstimatedLayers {
  Estimated a, slab, interslab;
};

/// Mean six-coordinate Shannon radius of the slab cations, Å, in the usual charges and spin states. Throws Error where the table
/// has none, or there are no slab cations.
constexpr double mean_slab_radius(const Sublattices& layers) {
  const Sublattices ions = with_usual_valences(layers);
  double sum = 0, total = 0;
  for (const Formula::Term& term : ions.slab) {
    if (term.species == vacancy) continue;
    sum += term.amount * octahedral_radius(term.species);
    total += term.amount;
  }
  if (!(total > 0))
    fail(std::string("mean radius of the slab of ") + to_string(layers) + ": expected cations in it");
  return sum / total;
}

/// The layers of another composition, from the lattice of a host: see the top of this header for what that is worth. Throws
/// Error where a radius is missing, and where the octahedra become too large for the alkali-oxygen bonds to bridge.
template <class S>
EstimatedLayers estimated_layers(const LayeredLattice<S>& lattice, const Formula& host,
                                 const Formula& other) {
  const double a = lattice.a, slab = slab_thickness(lattice), interslab = interslab_distance(lattice);
  const double before = std::hypot(a / std::sqrt(3.0), slab / 2);
  if (!(before > 0 && std::isfinite(before) && interslab > 0 && std::isfinite(interslab)))
    fail("lattice with a = " + std::to_string(a) + " Å, slab " + std::to_string(slab) + " Å, interslab " +
         std::to_string(interslab) + " Å, expected positive lengths");
  const double growth = mean_slab_radius(partition(other)) - mean_slab_radius(partition(host));
  const double scale = 1 + growth / before;
  const double square_of_bond = a * a / 3 + interslab * interslab / 4;
  const double left = square_of_bond - scale * scale * a * a / 3;
  if (!(left > 0))
    fail("octahedra " + std::to_string(growth) + " Å larger leave no interslab to alkali-oxygen bonds of " +
         std::to_string(std::sqrt(square_of_bond)) + " Å, expected a composition more like " +
         to_string(host));
  return {{scale * a}, {scale * slab}, {2 * std::sqrt(left)}};
}

/// One candidate for the metal site, without any calculation. Strengths in valence units (e per bond), which are no ICOHP.
struct EstimatedDopant {
  Species ion;
  Estimated metal_oxygen_strength;   ///< charge over six
  Estimated alkali_oxygen_strength;  ///< of an oxygen with one such metal, the other two being as in the host
  Estimated metal_oxygen_change;     ///< against the mean of the host
  Estimated alkali_oxygen_change;    ///< against the host
  Estimated metal_oxygen_length;     ///< sum of Shannon's radii, Å
  /// First-shell valence sum of the ion in an octahedron of the host's size less its charge: positive where it is squeezed.
  /// Nothing where the constants are not in the table.
  std::optional<Estimated> overbonding;
  Estimated slab_change, interslab_change;  ///< Å, of the whole lattice at this amount
};

/// Candidates in place of some of a metal of a host A_x M O2, with the usual charges of the others made up for theirs (Mg2+ for
/// Mn: the rest of Mn is oxidised). `lattice` is that of the host. Throws Error where the host holds less of the metal than
/// `amount`, moles per formula unit, where no usual charges balance, or a radius is missing.
template <class S>
std::vector<EstimatedDopant> estimated_dopants(const Formula& host, const LayeredLattice<S>& lattice,
                                               Species replaced, double amount,
                                               std::span<const Species> candidates) {
  const Sublattices layers = with_usual_valences(partition(host));
  double charge = 0, metals = 0, alkali = 0, available = 0;
  for (const Formula::Term& term : layers.slab)
    if (term.species != vacancy) {
      charge += term.amount * term.species.charge;
      metals += term.amount;
      if (term.species.atomic_number == replaced.atomic_number) available += term.amount;
    }
  for (const Formula::Term& term : layers.alkali)
    if (term.species != vacancy) alkali += term.amount;
  if (!(amount > 0 && amount <= available + 1e-9))
    fail(std::to_string(amount) + " of " + to_string(neutral(replaced)) + " to replace in " +
         to_string(host) + ", expected more than 0 and at most " + std::to_string(available));
  if (!(alkali > 0))
    fail("no alkali in " + to_string(host) + ", expected some for the strength of its bonds");
  const double mean_charge = charge / metals;
  // Three metals and three alkali sites around each oxygen.
  const auto left_for_alkali = [&](double sum_of_charges) { return (2 - sum_of_charges / 6) / (3 * alkali); };
  const double length = std::hypot(lattice.a / std::sqrt(3.0), slab_thickness(lattice) / 2);

  std::vector<EstimatedDopant> rows;
  for (const Species ion : candidates) {
    if (ion.charge <= 0)
      fail(to_string(ion) +
           " as a candidate for the metal site, expected a cation with its charge such as Mg2+");
    Formula substituted;
    double remaining = amount;
    for (const Formula::Term& term : host) {
      double kept = term.amount;
      if (term.species.atomic_number == replaced.atomic_number) {
        const double taken = kept < remaining ? kept : remaining;
        kept -= taken;
        remaining -= taken;
      }
      if (kept > 1e-12) substituted.add(term.species, kept);
    }
    substituted.add(ion, amount);
    if (!oxidation_states(substituted).balanced(1e-6))
      fail("no usual charges balance " + to_string(substituted) +
           ", expected a candidate that the other metals can make up for");
    const EstimatedLayers after = estimated_layers(lattice, host, substituted);
    EstimatedDopant row;
    row.ion = ion;
    row.metal_oxygen_strength = {ion.charge / 6.0};
    row.alkali_oxygen_strength = {left_for_alkali(ion.charge + 2 * mean_charge)};
    row.metal_oxygen_change = row.metal_oxygen_strength - Estimated{mean_charge / 6};
    row.alkali_oxygen_change = row.alkali_oxygen_strength - Estimated{left_for_alkali(3 * mean_charge)};
    row.metal_oxygen_length = {octahedral_radius(ion) + octahedral_radius(Species{8, -2})};
    if (const auto parameters = BondValenceSet<FirstShell>{}.find(ion, Species{8, -2}))
      row.overbonding = Estimated{6 * bond_valence(*parameters, length).value - ion.charge};
    row.slab_change = {after.slab.value - slab_thickness(lattice)};
    row.interslab_change = {after.interslab.value - interslab_distance(lattice)};
    rows.push_back(row);
  }
  return rows;
}

/// Candidates for a metal site, what is computed apart from what is estimated.
struct DopantTable {
  std::vector<ComputedDopant> computed;
  std::vector<EstimatedDopant> estimated;
};

}  // namespace lamella::inline LAMELLA_ABI
