// Cationic potential of a layered oxide, and the stacking (P2 or O3) that it suggests.
#pragma once

#include <lamella/chemistry/composition.hpp>       // Sublattices
#include <lamella/chemistry/ionic_radius.hpp>      // octahedral_radius
#include <lamella/chemistry/oxidation_states.hpp>  // OxidationStates
#include <lamella/core/error.hpp>                  // fail

#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Ionic potentials (charge over radius, Å⁻¹) of the layers of A_x M O2 and the cationic potential made of them.
///
/// C. Zhao et al., Science 370 (2020) 708, define Φ_cation = Φ_TM Φ_Na / Φ_O with Φ_TM = Σ w_i n_i / R_i. What of
/// this is verified: the product form agrees with a public program. What is not: the normalisation of Φ_O, the
/// set of radii and the published boundary line were not available to the authors of this header. Here Φ_O is
/// taken per formula unit, all radii are Shannon's six-coordinate ones in the usual spin state (`usual_spin`),
/// and lithium in the slab counts as a slab cation; absolute values of Φ_cation may therefore differ from the
/// published ones by a constant factor.
struct CationicPotential {
  double phi_TM = 0;  ///< Å⁻¹ per slab cation: Σ w_i n_i / R_i, shares w_i of the occupied slab sites
  double phi_Na = 0;  ///< Å⁻¹ per formula unit: Σ n_i / R_i over the alkali layer, x / 1.02 Å for sodium
  double phi_O = 0;   ///< Å⁻¹ per formula unit: Σ |n_i| / R_i over the anions, 2 · 2 / 1.40 Å for O2
  double phi_cation = 0;  ///< Å⁻¹: phi_TM phi_Na / phi_O
};

/// The potentials of layers whose oxidation states are known: written charges are kept, the others are taken
/// from `states`. Throws Error where Shannon has no six-coordinate radius of an ion.
constexpr CationicPotential cationic_potential(const Sublattices& layers, const OxidationStates& states) {
  const Formula whole = to_formula(layers);
  const auto potential = [&](const Formula& sublattice) {
    double sum = 0;
    for (const Formula::Term& term : sublattice)
      detail::visit_valences(term, whole, states, [&](Species s, double n) {
        sum += n * (s.charge < 0 ? -s.charge : s.charge) / octahedral_radius(s);
      });
    return sum;
  };
  CationicPotential phi;
  phi.phi_TM = potential(layers.slab) / layers.slab.total();
  phi.phi_Na = potential(layers.alkali);
  phi.phi_O = potential(layers.anion);
  phi.phi_cation = phi.phi_TM * phi.phi_Na / phi.phi_O;
  return phi;
}

/// With the states chosen by `oxidation_states`.
constexpr CationicPotential cationic_potential(const Sublattices& layers) {
  return cationic_potential(layers, oxidation_states(to_formula(layers)));
}
constexpr CationicPotential cationic_potential(const Formula& formula) {
  return cationic_potential(partition(formula));
}

/// What the cationic potential suggests.
struct StackingPrediction {
  bool P2 = false;    ///< P2, else O3
  double margin = 0;  ///< Å⁻¹, how far phi_TM lies above (P2) or below (O3, negative) the boundary line

  constexpr const char* name() const noexcept { return P2 ? "P2" : "O3"; }
};

/// P2 where Φ_TM > 2.607 + 3.508 Φ_Na (Å⁻¹), else O3.
///
/// This line is not the published one, which was not available: it is an own maximum-margin fit to 32
/// charge-neutral sodium compositions (within 0.03 e) with stackings named in public texts, 0.60 ≤ x ≤ 1, which it
/// separates: the nearest of either class are 0.232 Å⁻¹ away from it along Φ_TM. In-sample only; no composition
/// was kept back to test it. Near the line the synthesis decides: the same composition is known in both
/// stackings. P3 and the distorted O′3 are not told from P2 and O3.
constexpr StackingPrediction predict_stacking(const CationicPotential& phi) noexcept {
  const double margin = phi.phi_TM - (2.607 + 3.508 * phi.phi_Na);
  return {margin > 0, margin};
}

/// The prediction for a composition. Throws Error where the line was not made for it: the alkali layer is empty or
/// holds another metal than sodium, or an anion is not oxygen; and where `cationic_potential` does.
constexpr StackingPrediction predict_stacking(const Sublattices& layers) {
  if (!(layers.alkali.total() > 0))
    fail(std::string("stacking of ") + to_string(layers) + ": expected sodium in the alkali layer");
  for (const Formula::Term& term : layers.alkali)
    if (term.species.atomic_number != 11 && term.species != vacancy)
      fail(std::string("stacking of ") + to_string(layers) +
           ": expected only sodium in the alkali layer, for which " +
           "the boundary between P2 and O3 was made");
  for (const Formula::Term& term : layers.anion)
    if (term.species.atomic_number != 8)
      fail(std::string("stacking of ") + to_string(layers) +
           ": expected an oxide, for which the boundary between P2 and O3 was made");
  return predict_stacking(cationic_potential(layers));
}
constexpr StackingPrediction predict_stacking(const Formula& formula) {
  return predict_stacking(partition(formula));
}

}  // namespace lamella
