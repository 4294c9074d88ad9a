// The sublattices of a layered cathode: alkali layer, slab cations and anions of a formula.
#pragma once

#include <lamella/chemistry/formula.hpp>  // Formula, Species
#include <lamella/core/error.hpp>         // fail

#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Li, Na, K, Rb or Cs, in any charge state.
constexpr bool is_alkali(Species s) noexcept {
  return detail::is_one_of(s.atomic_number, {3, 11, 19, 37, 55});
}

/// What each kind of layer holds, in moles per formula unit A_x M O2, that is per two anions. An ordinary
/// aggregate: where metals are known to sit elsewhere (Mg or Zn in the alkali layer), move them.
struct Sublattices {
  Formula alkali;  ///< between the slabs; one site per formula unit, the rest of it is vacant
  Formula slab;    ///< cations inside the MO2 slabs
  Formula anion;   ///< amounts add up to 2
};

namespace detail {

/// Li fills a slab that lacks more than this per formula unit; less is the rounding of written amounts.
inline constexpr double slab_rounding = 0.02;

constexpr bool is_anion(Species s, bool has_oxygen) noexcept {
  if (s.charge != 0) return s.charge < 0;
  if (s.atomic_number == 52) return !has_oxygen;                     // Te
  return is_one_of(s.atomic_number, {7, 8, 9, 16, 17, 34, 35, 53});  // N, O, F, S, Cl, Se, Br, I
}

[[noreturn, gnu::cold]] inline void fail_partition(const Formula& formula, const char* expected) {
  fail(std::string("formula ") + to_string(formula) + " has no layers: " + expected);
}

}  // namespace detail

/// Distributes a formula over the layers of a cathode and normalises it to two anions, so that Na2Co2O4 is
/// NaCoO2.
///
/// - Anions: what is written with a negative charge; without a charge N, O, F, S, Cl, Se, Br, I, and Te where
///   there is no O (Na2Ni2TeO6 holds Te6+).
/// - Alkali: Li, Na, K, Rb, Cs. But Li, which fits into the slab, fills it where the other cations leave more
///   than 0.02 of the one slab site per formula unit empty: Na0.66Li0.22Ti0.78O2 has all its Li in the slab,
///   Li1.2Mn0.6Ni0.2O2 0.2.
/// - Slab: all other cations.
///
/// A convention on the formula alone, not a measurement: it cannot know of Mg or Zn in the alkali layer or of
/// slab vacancies in a lithium oxide. Throws Error without anions or without slab cations.
constexpr Sublattices partition(const Formula& formula) {
  const bool has_oxygen = formula.element_amount(Species{8, 0}) > 0;
  double anions = 0;
  for (const Formula::Term& term : formula)
    if (detail::is_anion(term.species, has_oxygen)) anions += term.amount;
  if (anions == 0) detail::fail_partition(formula, "expected an anion such as O");

  const Formula unit = (2 / anions) * formula;
  Sublattices layers;
  for (const Formula::Term& term : unit) {
    if (detail::is_anion(term.species, has_oxygen)) layers.anion.add(term.species, term.amount);
    else if (!is_alkali(term.species)) layers.slab.add(term.species, term.amount);
  }
  if (layers.slab.empty()) detail::fail_partition(formula, "expected a cation other than the alkali metals");

  double lithium = 0;
  for (const Formula::Term& term : unit)
    if (term.species.atomic_number == 3) lithium += term.amount;
  const double vacant = 1 - layers.slab.total();
  double share = 0;  // of the lithium that sits in the slab
  if (lithium > 0 && vacant > detail::slab_rounding)
    share = lithium <= vacant + detail::slab_rounding ? 1 : vacant / lithium;
  for (const Formula::Term& term : unit) {
    if (!is_alkali(term.species)) continue;
    const double in_slab = term.species.atomic_number == 3 ? share * term.amount : 0;
    layers.slab.add(term.species, in_slab);
    layers.alkali.add(term.species, term.amount - in_slab);
  }
  return layers;
}

}  // namespace lamella
