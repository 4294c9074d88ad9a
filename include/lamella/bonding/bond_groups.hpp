// Bond strengths put together: per pair of elements, per atom, per polyhedron, against distance, and of every path from an
// alkali over an anion to a metal.
#pragma once

#include <lamella/bonding/bond_strengths.hpp>  // BondStrengthList
#include <lamella/chemistry/composition.hpp>   // is_alkali, detail::is_anion
#include <lamella/chemistry/species.hpp>       // Species
#include <lamella/core/error.hpp>              // fail

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Indices of bonds in a list.
using BondSelection = std::vector<std::size_t>;

/// Several bonds of one list. ICOHP in eV (negative: binds), ICOOP or ICOBI; spins summed; each entry of the list counts once,
/// those that LOBSTER 2 averaged over several bonds too. All is 0 without bonds.
struct BondGroup {
  std::size_t count = 0;
  double sum_over_bonds = 0;
  double mean_per_bond = 0;
  double spread_per_bond = 0;                         ///< standard deviation √(Σ(x − x̄)²/n)
  double shortest = 0, longest = 0, mean_length = 0;  ///< Å
};

/// Sum, mean and spread of selected bonds.
inline BondGroup bond_group(const BondStrengthList& list, const BondSelection& selection) {
  BondGroup group;
  if (selection.empty()) return group;
  group.count = selection.size();
  group.shortest = std::numeric_limits<double>::infinity();
  double lengths = 0;
  for (const std::size_t i : selection) {
    const BondStrength& bond = list.bonds[i];
    group.sum_over_bonds += bond.spins_summed();
    lengths += bond.length;
    group.shortest = std::min(group.shortest, bond.length);
    group.longest = std::max(group.longest, bond.length);
  }
  const auto n = static_cast<double>(group.count);
  group.mean_per_bond = group.sum_over_bonds / n;
  group.mean_length = lengths / n;
  double squares = 0;
  for (const std::size_t i : selection) {
    const double d = list.bonds[i].spins_summed() - group.mean_per_bond;
    squares += d * d;
  }
  group.spread_per_bond = std::sqrt(squares / n);
  return group;
}

/// The bonds of a list whose partners are of these two kinds (element symbols, or fragments), in either order.
inline BondSelection bonds_between(const BondStrengthList& list, std::string_view kind,
                                   std::string_view other) {
  BondSelection selection;
  for (std::size_t i = 0; i < list.bonds.size(); ++i) {
    const auto& a = list.partners[list.bonds[i].first].kind;
    const auto& b = list.partners[list.bonds[i].second].kind;
    if ((a == kind && b == other) || (a == other && b == kind)) selection.push_back(i);
  }
  return selection;
}

/// All bonds of one atom.
inline BondSelection bonds_of(const BondStrengthList& list, std::size_t partner) {
  BondSelection selection;
  for (std::size_t i = 0; i < list.bonds.size(); ++i)
    if (list.bonds[i].first == partner || list.bonds[i].second == partner) selection.push_back(i);
  return selection;
}

/// The bonds of one atom with neighbours of one kind.
inline BondSelection bonds_of(const BondStrengthList& list, std::size_t partner, std::string_view neighbour) {
  BondSelection selection = bonds_of(list, partner);
  std::erase_if(selection, [&](std::size_t i) {
    const BondStrength& bond = list.bonds[i];
    return list.partners[bond.first == partner ? bond.second : bond.first].kind != neighbour;
  });
  return selection;
}

/// Up to how many times the shortest length a bond counts to the first shell: above the Jahn-Teller octahedra of Mn3+
/// (2.40/1.93 Å), below the second shells of layered oxides (1.6).
inline constexpr double first_shell_width = 1.3;

/// Those of the selected bonds that are at most `width` times as long as the shortest of them.
inline BondSelection first_shell(const BondStrengthList& list, BondSelection selection,
                                 double width = first_shell_width) {
  double shortest = std::numeric_limits<double>::infinity();
  for (const std::size_t i : selection) shortest = std::min(shortest, list.bonds[i].length);
  std::erase_if(selection, [&](std::size_t i) { return list.bonds[i].length > width * shortest; });
  return selection;
}

/// Those of the selected bonds whose strength (−ICOHP, ICOOP, ICOBI; spins summed) is at least that share of the strongest
/// in the whole list. With cation-anion bonds and 0.1 these are the "relevant bonds" of J. George et al., ChemPlusChem 87
/// (2022) e202200123.
inline BondSelection strong_bonds(const BondStrengthList& list, BondSelection selection, double share = 0.1) {
  double strongest = 0;
  for (const BondStrength& bond : list.bonds) strongest = std::max(strongest, list.strength_per_bond(bond));
  std::erase_if(selection,
                [&](std::size_t i) { return list.strength_per_bond(list.bonds[i]) < share * strongest; });
  return selection;
}

/// The bonds of a central atom with the ligands of its first shell.
inline BondSelection polyhedron(const BondStrengthList& list, std::size_t centre, std::string_view ligand,
                                double width = first_shell_width) {
  return first_shell(list, bonds_of(list, centre, ligand), width);
}

/// Two kinds of partners, in alphabetical order, and their bonds.
struct ElementPairBonds {
  std::array<std::string, 2> elements;
  BondSelection bonds;
};

/// All bonds of a list by the kinds of their partners, the pairs in alphabetical order.
inline std::vector<ElementPairBonds> by_element_pair(const BondStrengthList& list) {
  std::vector<ElementPairBonds> pairs;
  for (std::size_t i = 0; i < list.bonds.size(); ++i) {
    const std::string* a = &list.partners[list.bonds[i].first].kind;
    const std::string* b = &list.partners[list.bonds[i].second].kind;
    if (*b < *a) std::swap(a, b);
    auto pair = std::find_if(pairs.begin(), pairs.end(),
                             [&](const auto& p) { return p.elements[0] == *a && p.elements[1] == *b; });
    if (pair == pairs.end()) pair = pairs.insert(pairs.end(), ElementPairBonds{{*a, *b}, {}});
    pair->bonds.push_back(i);
  }
  std::sort(pairs.begin(), pairs.end(), [](const auto& x, const auto& y) { return x.elements < y.elements; });
  return pairs;
}

/// The selected bonds against distance: groups of nearly equal length, from the shortest. A group ends where the next bond is
/// more than `gap`, Å, longer than the one before.
inline std::vector<BondSelection> by_distance(const BondStrengthList& list, BondSelection selection,
                                              double gap = 0.01) {
  std::sort(selection.begin(), selection.end(), [&](std::size_t i, std::size_t j) {
    return std::pair{list.bonds[i].length, i} < std::pair{list.bonds[j].length, j};
  });
  std::vector<BondSelection> shells;
  for (const std::size_t i : selection) {
    if (shells.empty() || list.bonds[i].length - list.bonds[shells.back().back()].length > gap)
      shells.emplace_back();
    shells.back().push_back(i);
  }
  return shells;
}

/// One anion between an alkali ion and a metal: Na–O–TM.
struct AnionBridge {
  std::size_t anion = 0;                        ///< partner of the list
  std::size_t alkali_bond = 0, metal_bond = 0;  ///< bonds of the list
  double alkali_strength = 0;  ///< −ICOHP (eV), ICOOP or ICOBI of the one alkali-anion bond, spins summed
  double metal_strength = 0;   ///< of the one metal-anion bond

  /// How much more strongly the anion holds to the metal.
  constexpr double difference() const noexcept { return metal_strength - alkali_strength; }
  /// Alkali-anion over metal-anion strength; nothing where the metal bond does not bind.
  constexpr std::optional<double> ratio() const noexcept {
    if (!(metal_strength > 0)) return std::nullopt;
    return alkali_strength / metal_strength;
  }
};

/// Every configuration alkali-anion-metal of a list: each bond of an anion with an alkali ion together with each with a metal, both
/// in the first shells of their pairs of elements. Throws Error for a list of fragments.
inline std::vector<AnionBridge> anion_bridges(const BondStrengthList& list,
                                              double width = first_shell_width) {
  if (list.fragments)
    fail("a list of fragments, expected one of atoms for alkali-anion-metal configurations",
         Place{list.source});
  const auto anion_of = [&](const BondStrength& bond) -> std::optional<std::pair<std::size_t, std::size_t>> {
    const bool first = detail::is_anion(list.partners[bond.first].element, true);
    if (first == detail::is_anion(list.partners[bond.second].element, true)) return std::nullopt;
    return first ? std::pair{bond.first, bond.second} : std::pair{bond.second, bond.first};
  };
  std::vector<BondSelection> alkali(list.partners.size()), metal(list.partners.size());
  for (const auto& pair : by_element_pair(list))
    for (const std::size_t i : first_shell(list, pair.bonds, width))
      if (const auto ends = anion_of(list.bonds[i]))
        (is_alkali(list.partners[ends->second].element) ? alkali : metal)[ends->first].push_back(i);
  std::vector<AnionBridge> bridges;
  for (std::size_t anion = 0; anion < list.partners.size(); ++anion)
    for (const std::size_t a : alkali[anion])
      for (const std::size_t m : metal[anion])
        bridges.push_back(
            {anion, a, m, list.strength_per_bond(list.bonds[a]), list.strength_per_bond(list.bonds[m])});
  return bridges;
}

/// The configurations of one alkali, anion and metal element.
struct BridgeGroup {
  std::string alkali, anion, metal;  ///< element symbols
  std::size_t count = 0;
  double alkali_strength = 0, metal_strength = 0, difference = 0;  ///< means per bond, spins summed
  std::optional<double> ratio;  ///< mean of the ratios; nothing where a metal bond does not bind
};

/// Means of `anion_bridges` over the elements, in the order of the bridges.
inline std::vector<BridgeGroup> by_elements(const BondStrengthList& list,
                                            const std::vector<AnionBridge>& bridges) {
  const auto other = [&](const BondStrength& bond, std::size_t anion) -> const std::string& {
    return list.partners[bond.first == anion ? bond.second : bond.first].kind;
  };
  std::vector<BridgeGroup> groups;
  for (const AnionBridge& bridge : bridges) {
    const std::string& alkali = other(list.bonds[bridge.alkali_bond], bridge.anion);
    const std::string& metal = other(list.bonds[bridge.metal_bond], bridge.anion);
    const std::string& anion = list.partners[bridge.anion].kind;
    auto group = std::find_if(groups.begin(), groups.end(), [&](const BridgeGroup& g) {
      return g.alkali == alkali && g.anion == anion && g.metal == metal;
    });
    if (group == groups.end()) group = groups.insert(groups.end(), {alkali, anion, metal, 0, 0, 0, 0, 0.0});
    ++group->count;
    group->alkali_strength += bridge.alkali_strength;
    group->metal_strength += bridge.metal_strength;
    group->difference += bridge.difference();
    const auto ratio = bridge.ratio();
    if (group->ratio && ratio) *group->ratio += *ratio;
    else group->ratio.reset();
  }
  for (BridgeGroup& group : groups) {
    const auto n = static_cast<double>(group.count);
    group.alkali_strength /= n;
    group.metal_strength /= n;
    group.difference /= n;
    if (group.ratio) *group.ratio /= n;
  }
  return groups;
}

}  // namespace lamella::inline LAMELLA_ABI
