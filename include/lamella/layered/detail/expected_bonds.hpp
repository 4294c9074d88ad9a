// The bond lengths to expect of the cations of a layer: sums of Shannon's octahedral radii.
#pragma once

#include <lamella/chemistry/composition.hpp>         // is_alkali
#include <lamella/chemistry/formula.hpp>             // Formula
#include <lamella/chemistry/ionic_radius.hpp>        // octahedral_radius, shannon_rows, choose_radius
#include <lamella/chemistry/oxidation_states.hpp>    // oxidation_states, usual_range
#include <lamella/chemistry/species.hpp>             // Species
#include <lamella/core/scalar.hpp>                   // Scalar
#include <lamella/layered/detail/anion_planes.hpp>   // LayerAtom

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

namespace lamella::inline LAMELLA_ABI {

/// A species in a layer.
struct LayerCation {
  Species species;
  double atoms = 0;  ///< per cell of the structure, occupancies counted
};

namespace detail {

/// From the shortest to the longest, Å.
struct LengthRange {
  double low = 0, high = 0;

  void include(double x) {
    low = std::min(low, x);
    high = std::max(high, x);
  }
};

/// Octahedral radii of an element between two charges: in the usual spin state where the table distinguishes, of all spin
/// states where that one is not in it. Nothing where the table has none.
inline std::optional<LengthRange> octahedral_radii(Species element, int lowest, int highest) {
  std::optional<LengthRange> range;
  const auto take = [&](double radius) {
    if (!range) range = LengthRange{radius, radius};
    range->include(radius);
  };
  for (int charge = lowest; charge <= highest; ++charge) {
    const Species ion{element.atomic_number, static_cast<std::int8_t>(charge)};
    if (const auto usual = choose_radius(ion, Coordination::VI, usual_spin(ion)); usual.rows == 1) {
      take(usual.radius);
      continue;
    }
    for (const ShannonRow& row : shannon_rows(ion))
      if (row.charge == charge && row.coordination == Coordination::VI) take(row.ionic_radius);
  }
  return range;
}

/// The octahedral radii that a species may have in an oxide of this composition: of its charge, or without one of the states
/// that neutrality allows its element, or that the element has in layered oxides, or of all that the table knows.
inline std::optional<LengthRange> possible_radii(Species species, const std::optional<OxidationStates>& states) {
  constexpr int most = 9;
  if (species.charge > 0)
    if (const auto range = octahedral_radii(species, species.charge, species.charge)) return range;
  int low = 1, high = most;
  if (const ChargeRange usual = usual_range(neutral(species), true); usual.high > 0) {
    low = usual.low;
    high = usual.high;
  }
  if (states)
    if (const OxidationState* state = states->find(species)) {
      // Occupancies are rounded: a tenth of a charge beyond a whole number is none.
      low = std::max(low, static_cast<int>(std::floor(state->min + 0.1)));
      high = std::min(high, static_cast<int>(std::ceil(state->max - 0.1)));
    }
  return octahedral_radii(species, low, high);
}

/// The states that neutrality allows the elements of an oxide, within their limits in layered oxides; nothing where it has
/// other anions, or an element without such limits.
template <Scalar T>
std::optional<OxidationStates> states_in_oxide(std::span<const LayerAtom<T>> atoms) {
  Formula formula;
  for (const LayerAtom<T>& atom : atoms) {
    if (atom.species == vacancy || atom.occupancy == 0) continue;
    const bool known = formula.amount(atom.species) > 0;
    if (!known && (formula.size() == Formula::capacity || (atom.species.charge == 0 && usual_range(atom.species, true).low == 0)))
      return std::nullopt;
    if (!(atom.occupancy > 0 && atom.occupancy <= 1 + 1e-6)) return std::nullopt;
    formula.add(atom.species, atom.occupancy);
  }
  return oxidation_states(formula);
}

/// The bond lengths to expect of those cations of a layer that are alkali, or of those that are not: means of the radii,
/// weighted by amount, and 1.40 Å for oxygen. Nothing where there are none, or a radius is not known.
inline std::optional<LengthRange> expected_bonds(std::span<const LayerCation> cations, bool alkali,
                                                 const std::optional<OxidationStates>& states) {
  constexpr double oxygen = octahedral_radius(Species{8, -2});
  LengthRange sum;
  double weight = 0;
  for (const LayerCation& cation : cations) {
    if (is_alkali(cation.species) != alkali || cation.species == vacancy || !(cation.atoms > 0)) continue;
    const auto radii = possible_radii(cation.species, states);
    if (!radii) return std::nullopt;
    sum.low += cation.atoms * radii->low;
    sum.high += cation.atoms * radii->high;
    weight += cation.atoms;
  }
  if (!(weight > 0)) return std::nullopt;
  return LengthRange{sum.low / weight + oxygen, sum.high / weight + oxygen};
}

}  // namespace detail
}  // namespace lamella
