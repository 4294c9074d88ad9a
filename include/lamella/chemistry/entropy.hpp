// Configurational entropy of ideal mixing, which always names its basis.
#pragma once

#include <lamella/chemistry/composition.hpp>  // partition, Sublattices
#include <lamella/core/constants.hpp>         // gas_constant
#include <lamella/core/error.hpp>             // fail
#include <lamella/core/measured.hpp>          // detail::fixed
#include <lamella/core/scalar.hpp>            // Scalar

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// What one mole of the entropy is a mole of.
enum class EntropyBasis {
  TM_site,  ///< occupied sites of the slab; equal to the formula unit where the slab is full, as in NaTMO2
  formula_unit,  ///< A_x M O2, two anions
  cation,        ///< alkali and slab cations
  atom           ///< cations and anions
};
inline constexpr EntropyBasis per_TM_site = EntropyBasis::TM_site;
inline constexpr EntropyBasis per_formula_unit = EntropyBasis::formula_unit;
inline constexpr EntropyBasis per_cation = EntropyBasis::cation;
inline constexpr EntropyBasis per_atom = EntropyBasis::atom;

/// What mixes: elements whatever their charge, or every oxidation state as a species of its own (Mn3+ with
/// Mn4+).
enum class MixingEntities {
  elements,
  species,
  unambiguous  ///< either; refused where the two differ
};
inline constexpr MixingEntities by_element = MixingEntities::elements;
inline constexpr MixingEntities by_species = MixingEntities::species;

/// Whether the alkali layer mixes too, its vacancies included. If so, a vacancy counts as a cation and as an
/// atom.
enum class AlkaliVacancies { left_out, counted };
inline constexpr AlkaliVacancies without_alkali_vacancies = AlkaliVacancies::left_out;
inline constexpr AlkaliVacancies with_alkali_vacancies = AlkaliVacancies::counted;

/// A configurational entropy with everything its number depends on.
struct ConfigurationalEntropy {
  double in_R = 0;  ///< in units of the gas constant, per mole of `basis`
  EntropyBasis basis = EntropyBasis::TM_site;
  MixingEntities entities = MixingEntities::unambiguous;
  AlkaliVacancies vacancies = AlkaliVacancies::left_out;

  /// J K⁻¹ per mole of `basis`.
  constexpr double in_joules() const noexcept { return in_R * gas_constant; }
};

/// "1.696 R per TM site", followed by what else the number rests on.
inline std::string to_string(const ConfigurationalEntropy& entropy) {
  constexpr std::array<const char*, 4> bases{"TM site", "formula unit", "cation", "atom"};
  std::string text =
      detail::fixed(entropy.in_R, 3) + " R per " + bases[static_cast<std::size_t>(entropy.basis)];
  if (entropy.entities == MixingEntities::elements) text += ", elements mixing";
  if (entropy.entities == MixingEntities::species) text += ", oxidation states mixing";
  text += entropy.vacancies == AlkaliVacancies::counted ? ", with alkali vacancies" : ", slab only";
  return text;
}

/// Entropy of ideal mixing on one kind of site, in units of R per mole of occupied sites: -Σ x ln x with x
/// the shares of `amounts`, which need not add up to 1. Amounts of 0 add nothing. 0 where all amounts are 0.
/// Precondition: no amount is negative.
template <Scalar T>
T ideal_mixing_entropy(std::span<const T> amounts) {
  using std::log;
  T total(0.0);
  for (const T& n : amounts) total = total + n;
  T sum(0.0);
  for (const T& n : amounts)
    if (T(0.0) < n) sum = sum - n / total * log(n / total);
  return sum;
}

namespace detail {

[[noreturn, gnu::cold]] inline void fail_entropy(const Formula& formula, const std::string& expected) {
  fail(std::string("entropy of ") + to_string(formula) + ": " + expected);
}

/// Entropy of one sublattice with `vacancies` (an amount) beside those written, R per formula unit.
inline double sublattice_entropy(const Formula& sublattice, double vacancies) {
  double sites = vacancies;
  double sum = 0;  // of n ln n
  if (vacancies > 0) sum += vacancies * std::log(vacancies);
  for (const Formula::Term& term : sublattice) {
    sites += term.amount;
    sum += term.amount * std::log(term.amount);
  }
  const double entropy = sites > 0 ? sites * std::log(sites) - sum : 0;
  return entropy > 0 ? entropy : 0;  // rounding
}

/// Vacancies that the alkali layer has beyond those written, on its one site per formula unit.
inline double unwritten_vacancies(const Sublattices& layers) {
  const double vacant = 1 - layers.alkali.sites();
  if (vacant < -1e-9)
    fail_entropy(to_formula(layers), "expected at most one alkali per formula unit, to count its vacancies");
  return vacant > 0 ? vacant : 0;
}

inline bool has_charges(const Formula& sublattice) {
  for (const Formula::Term& term : sublattice)
    if (term.species.charge != 0) return true;
  return false;
}

/// The layers whose species are to mix: as they are, or without charges.
inline Sublattices mixing_layers(const Sublattices& layers, MixingEntities entities) {
  const bool charged = has_charges(layers.alkali) || has_charges(layers.slab) || has_charges(layers.anion);
  if (entities == MixingEntities::species || !charged) return layers;
  const Sublattices elements{neutral(layers.alkali), neutral(layers.slab), neutral(layers.anion)};
  if (entities == MixingEntities::unambiguous &&
      (elements.slab.size() != layers.slab.size() || elements.alkali.size() != layers.alkali.size()))
    fail_entropy(to_formula(layers),
                 "an element has several charge states: expected by_element or by_species");
  return elements;
}

/// Moles of `basis` per formula unit.
inline double moles_of(const Sublattices& layers, EntropyBasis basis, AlkaliVacancies vacancies) {
  const double slab = layers.slab.total();
  const double alkali = vacancies == AlkaliVacancies::counted ? 1 : layers.alkali.total();
  if (basis == EntropyBasis::TM_site) return slab;
  if (basis == EntropyBasis::cation) return slab + alkali;
  if (basis == EntropyBasis::atom) return slab + alkali + layers.anion.total();
  return 1;
}

}  // namespace detail

/// Ideal configurational entropy of a layered cathode: of its slab cations and, `with_alkali_vacancies`, also
/// of the alkali layer with the vacancies on its one site per formula unit. Anions do not count
/// (`sublattice_entropies` has them). The basis has no default:
///
///     configurational_entropy(he, per_TM_site)                                 // 1.696 R per TM site
///     configurational_entropy(he, per_cation)                                  // 0.848 R per cation
///     configurational_entropy(nfm, per_TM_site, without_alkali_vacancies, by_species)
///
/// Without the last argument a formula that splits an element into several charge states (Mn3+ and Mn4+) is
/// refused, because elements and oxidation states then give different numbers. The layers of a formula are
/// those of `partition`; vacancies written in the slab mix there, but are no TM sites, cations or atoms to
/// count by. Throws Error then, where `partition` does, and for vacancies where there is more alkali than
/// sites.
inline ConfigurationalEntropy configurational_entropy(const Sublattices& layers, EntropyBasis basis,
                                                      AlkaliVacancies vacancies = without_alkali_vacancies,
                                                      MixingEntities entities = MixingEntities::unambiguous) {
  const auto entropy_of = [&](const Sublattices& mixing) {
    double entropy = detail::sublattice_entropy(mixing.slab, 0);
    if (vacancies == AlkaliVacancies::counted)
      entropy += detail::sublattice_entropy(mixing.alkali, detail::unwritten_vacancies(mixing));
    return entropy / detail::moles_of(mixing, basis, vacancies);
  };
  const bool charged = detail::has_charges(layers.alkali) || detail::has_charges(layers.slab);
  const double in_R = entities == MixingEntities::species || !charged
                          ? entropy_of(layers)
                          : entropy_of(detail::mixing_layers(layers, entities));
  return {in_R, basis, entities, vacancies};
}
inline ConfigurationalEntropy configurational_entropy(const Formula& formula, EntropyBasis basis,
                                                      AlkaliVacancies vacancies = without_alkali_vacancies,
                                                      MixingEntities entities = MixingEntities::unambiguous) {
  return configurational_entropy(partition(formula), basis, vacancies, entities);
}

/// Ideal mixing entropy of each sublattice, in R per formula unit (two anions).
struct SublatticeEntropies {
  double alkali = 0;  ///< with the vacancies on its one site per formula unit
  double slab = 0;    ///< with the vacancies that are written
  double anion = 0;   ///< such as O and F

  constexpr double total() const noexcept { return alkali + slab + anion; }
};

/// The entropy of each sublattice and, as `total()`, of all three. Throws Error like
/// `configurational_entropy` with alkali vacancies.
inline SublatticeEntropies sublattice_entropies(const Sublattices& layers,
                                                MixingEntities entities = MixingEntities::unambiguous) {
  const Sublattices mixing = detail::mixing_layers(layers, entities);
  return {detail::sublattice_entropy(mixing.alkali, detail::unwritten_vacancies(mixing)),
          detail::sublattice_entropy(mixing.slab, 0), detail::sublattice_entropy(mixing.anion, 0)};
}
inline SublatticeEntropies sublattice_entropies(const Formula& formula,
                                                MixingEntities entities = MixingEntities::unambiguous) {
  return sublattice_entropies(partition(formula), entities);
}

/// What the field calls a composition by its entropy.
enum class EntropyClass { low, medium, high };

inline constexpr double medium_entropy = 1.0;  ///< R per TM site: "medium entropy" from here
inline constexpr double high_entropy = 1.5;    ///< R per TM site: "high entropy" from here

/// Low below 1 R, medium from 1 R, high from 1.5 R per TM site. Thresholds in general use for high-entropy
/// oxides and, before them, alloys; five equimolar cations have ln 5 = 1.609 R. They are a habit without a
/// physical boundary behind them, and were recalled rather than taken from one source. Throws Error for an
/// entropy on another basis or with alkali vacancies, for which the thresholds were not made.
inline EntropyClass entropy_class(const ConfigurationalEntropy& entropy) {
  if (entropy.basis != EntropyBasis::TM_site || entropy.vacancies != AlkaliVacancies::left_out)
    fail("entropy class of " + to_string(entropy) +
         ": expected an entropy per TM site without alkali vacancies");
  return entropy.in_R >= high_entropy     ? EntropyClass::high
         : entropy.in_R >= medium_entropy ? EntropyClass::medium
                                          : EntropyClass::low;
}

/// "low", "medium" or "high".
inline std::string to_string(EntropyClass c) {
  return c == EntropyClass::high ? "high" : c == EntropyClass::medium ? "medium" : "low";
}

}  // namespace lamella
