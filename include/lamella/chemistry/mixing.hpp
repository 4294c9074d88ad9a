// How different the cations of a slab are: size mismatch and electronegativity difference.
#pragma once

#include <lamella/chemistry/composition.hpp>       // Sublattices
#include <lamella/chemistry/ionic_radius.hpp>      // octahedral_radius
#include <lamella/chemistry/oxidation_states.hpp>  // with_usual_valences
#include <lamella/core/error.hpp>                  // fail

#include <cmath>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Means and spreads over the occupied slab sites, weighted by the shares c_i of the ions.
struct SlabMixing {
  double mean_radius = 0;    ///< Å: r̄ = Σ c_i r_i
  double size_mismatch = 0;  ///< fraction: δ = sqrt(Σ c_i (1 - r_i/r̄)²); often given in per cent
  double mean_electronegativity = 0;        ///< Pauling: χ̄ = Σ c_i χ_i
  double electronegativity_difference = 0;  ///< Pauling: Δχ = sqrt(Σ c_i (χ_i - χ̄)²)
};

/// Descriptors of the slab of a layered oxide, as used for high-entropy alloys and oxides. Radii are Shannon's
/// six-coordinate ones in the usual spin state (`usual_spin`), of written charges and, where none are written, of
/// those that `oxidation_states` chooses (an ion of each whole charge around a fractional mean).
/// Electronegativities are those of `Element`. Throws Error where a radius or an electronegativity is missing.
inline SlabMixing slab_mixing(const Sublattices& layers) {
  const Formula slab = with_usual_valences(layers).slab;
  const double total = slab.total();
  SlabMixing mixing;
  for (const Formula::Term& term : slab) {
    if (term.species == vacancy) continue;
    const double chi = element(term.species).electronegativity;
    if (chi == 0) fail("electronegativity of " + to_string(term.species) + ": none is known");
    mixing.mean_radius += term.amount / total * octahedral_radius(term.species);
    mixing.mean_electronegativity += term.amount / total * chi;
  }
  double size = 0, electronegativity = 0;
  for (const Formula::Term& term : slab) {
    if (term.species == vacancy) continue;
    const double r = 1 - octahedral_radius(term.species) / mixing.mean_radius;
    const double chi = element(term.species).electronegativity - mixing.mean_electronegativity;
    size += term.amount / total * r * r;
    electronegativity += term.amount / total * chi * chi;
  }
  mixing.size_mismatch = std::sqrt(size);
  mixing.electronegativity_difference = std::sqrt(electronegativity);
  return mixing;
}
inline SlabMixing slab_mixing(const Formula& formula) { return slab_mixing(partition(formula)); }

}  // namespace lamella
