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

/// Entropy per mole of occupied sites plus `vacancies` (an amount) of one sublattice, units of R.
inline double sublattice_entropy(const Formula& sublattice, double vacancies) {
  std::array<double, Formula::capacity + 1> amounts{vacancies};
  std::size_t size = 1;
  for (const Formula::Term& term : sublattice) amounts[size++] = term.amount;
  return ideal_mixing_entropy(std::span<const double>(amounts.data(), size));
}

}  // namespace detail

/// Ideal configurational entropy of a layered cathode: of its slab cations and, `with_alkali_vacancies`, also
/// of the alkali layer with the vacancies on its one site per formula unit. Anions do not count. The basis
/// has no default:
///
///     configurational_entropy(he, per_TM_site)                                 // 1.696 R per TM site
///     configurational_entropy(he, per_cation)                                  // 0.848 R per cation
///     configurational_entropy(nfm, per_TM_site, without_alkali_vacancies, by_species)
///
/// Without the last argument a formula that splits an element into several charge states (Mn3+ and Mn4+) is
/// refused, because elements and oxidation states then give different numbers. The layers are those of
/// `partition(formula)`. Throws Error then, where `partition` does, and for vacancies where there is more
/// alkali than sites.
inline ConfigurationalEntropy configurational_entropy(const Formula& formula, EntropyBasis basis,
                                                      AlkaliVacancies vacancies = without_alkali_vacancies,
                                                      MixingEntities entities = MixingEntities::unambiguous) {
  Sublattices layers = partition(formula);
  if (entities != MixingEntities::species) {
    const Sublattices elements{neutral(layers.alkali), neutral(layers.slab), neutral(layers.anion)};
    if (entities == MixingEntities::unambiguous &&
        (elements.slab.size() != layers.slab.size() || elements.alkali.size() != layers.alkali.size()))
      detail::fail_entropy(formula,
                           "an element has several charge states: expected by_element or by_species");
    layers = elements;
  }

  const double slab = layers.slab.total();
  double alkali = layers.alkali.total();
  double entropy = slab * detail::sublattice_entropy(layers.slab, 0);  // per formula unit
  if (vacancies == AlkaliVacancies::counted) {
    const double vacant = 1 - alkali;
    if (vacant < -1e-9)
      detail::fail_entropy(formula, "expected at most one alkali per formula unit, to count its vacancies");
    entropy += detail::sublattice_entropy(layers.alkali, vacant > 0 ? vacant : 0);
    alkali = 1;
  }

  double moles = 1;
  if (basis == EntropyBasis::TM_site) moles = slab;
  if (basis == EntropyBasis::cation) moles = slab + alkali;
  if (basis == EntropyBasis::atom) moles = slab + alkali + layers.anion.total();
  return {entropy / moles, basis, entities, vacancies};
}

}  // namespace lamella
