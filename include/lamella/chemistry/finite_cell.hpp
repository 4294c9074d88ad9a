// Exact configurational entropy of a finite cell, counted instead of Stirling's limit.
#pragma once

#include <lamella/chemistry/composition.hpp>       // Sublattices
#include <lamella/chemistry/entropy.hpp>           // AlkaliVacancies, MixingEntities
#include <lamella/chemistry/oxidation_states.hpp>  // detail::charge_range
#include <lamella/core/error.hpp>                  // fail

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The number of arrangements in a cell, and the entropy it makes.
struct CellEntropy {
  int formula_units = 0;
  double ln_count = 0;  ///< natural logarithm of the number of arrangements

  /// R per formula unit (two anions): ln W / N. Below the ideal limit, which it approaches as (ln N)/N.
  constexpr double in_R() const noexcept { return ln_count / formula_units; }
};

namespace detail {

inline constexpr int max_formula_units = 100'000;

/// ln n!
inline double ln_factorial(double n) {
#if defined(__GLIBC__)
  int sign = 0;
  return ::lgamma_r(n + 1, &sign);  // std::lgamma writes to a global
#else
  return std::lgamma(n + 1);
#endif
}

/// The whole number of atoms that an amount per formula unit is in the cell.
inline double whole_count(const Sublattices& layers, Species species, double amount, int formula_units) {
  const double exact = amount * formula_units;
  const double count = std::round(exact);
  if (std::abs(exact - count) > 1e-3)
    fail("cell of " + std::to_string(formula_units) + " formula units " + to_string(layers) + " with " +
         std::to_string(exact) + " " + to_string(species) +
         ": expected a cell in which all counts are whole");
  return count;
}

inline void check_cell(const Sublattices& layers, int formula_units) {
  if (formula_units < 1 || formula_units > max_formula_units)
    fail("cell of " + std::to_string(formula_units) + " formula units " + to_string(layers) +
         ": expected 1 to 100000 formula units");
}

/// ln of the multinomial coefficient of one sublattice with `vacancies` (per formula unit) beside those written.
inline double ln_arrangements(const Sublattices& layers, const Formula& sublattice, double vacancies,
                              int formula_units) {
  double sites = whole_count(layers, vacancy, vacancies, formula_units);
  double sum = ln_factorial(sites);
  for (const Formula::Term& term : sublattice) {
    const double n = whole_count(layers, term.species, term.amount, formula_units);
    sites += n;
    sum += ln_factorial(n);
  }
  return ln_factorial(sites) - sum;
}

}  // namespace detail

/// Exact number of ways to arrange the slab cations of a cell on its sites and, `with_alkali_vacancies`, the
/// alkali layer too: the product of multinomial coefficients N! / Π n_i!, by lgamma (no Stirling). What counts
/// as a species, and the vacancies, are as in `configurational_entropy`, whose value per formula unit is the
/// limit of large cells. Throws Error where that does, and for a cell in which the counts are not whole.
inline CellEntropy cell_entropy(const Sublattices& layers, int formula_units,
                                AlkaliVacancies vacancies = without_alkali_vacancies,
                                MixingEntities entities = MixingEntities::unambiguous) {
  detail::check_cell(layers, formula_units);
  const Sublattices mixing = detail::mixing_layers(layers, entities);
  double ln_count = detail::ln_arrangements(layers, mixing.slab, 0, formula_units);
  if (vacancies == AlkaliVacancies::counted)
    ln_count +=
        detail::ln_arrangements(layers, mixing.alkali, detail::unwritten_vacancies(mixing), formula_units);
  return {formula_units, ln_count > 0 ? ln_count : 0};
}

/// The same with the oxidation states free: every atom without a written charge may have any of the usual
/// charges of its element (see `oxidation_states`), and atoms of different charge are different species.
struct NeutralCellEntropy {
  CellEntropy neutral;  ///< only arrangements with a neutral cell
  CellEntropy free;     ///< all arrangements, neutral or not

  /// The share of arrangements that are neutral, as a natural logarithm (≤ 0).
  constexpr double ln_share() const noexcept { return neutral.ln_count - free.ln_count; }
};

/// Counts the arrangements of elements and oxidation states in a cell, with and without charge neutrality. Exact:
/// W = (arrangements of the elements) x (coefficient of the wanted charge in Π (Σ t^q)^n over the elements),
/// multiplied out in logarithms. Time grows with the square of the cell. Throws Error where `cell_entropy` and
/// `oxidation_states` do, for more than 2000 formula units, and where no arrangement is neutral.
inline NeutralCellEntropy neutral_cell_entropy(const Sublattices& layers, int formula_units,
                                               AlkaliVacancies vacancies = without_alkali_vacancies) {
  const Sublattices mixing = detail::mixing_layers(layers, MixingEntities::species);
  const CellEntropy places = cell_entropy(layers, formula_units, vacancies, MixingEntities::species);
  if (formula_units > 2000)
    fail("neutral cell of " + std::to_string(formula_units) + " formula units: expected at most 2000");
  const Formula whole = to_formula(mixing);
  const bool has_oxygen = whole.element_amount(Species{8, 0}) > 0;
  constexpr double none = -std::numeric_limits<double>::infinity();

  std::vector<double> ways{0.0};  // ln of the number of ways to have each charge above `lowest`
  std::vector<double> next;
  double lowest = 0;
  double ln_free = 0;
  for (const Formula* layer : {&mixing.alkali, &mixing.slab, &mixing.anion}) {
    for (const Formula::Term& term : *layer) {
      if (term.species == vacancy) continue;
      const double count = detail::whole_count(layers, term.species, term.amount, formula_units);
      detail::ChargeRange range{term.species.charge, term.species.charge};
      if (term.species.charge == 0) range = detail::charge_range(whole, term.species, has_oxygen);
      lowest += range.low * count;
      const std::size_t width = static_cast<std::size_t>(range.high - range.low);
      if (width == 0) continue;
      ln_free += count * std::log(static_cast<double>(width + 1));
      for (double atom = 0; atom < count; ++atom) {
        next.assign(ways.size() + width, none);
        for (std::size_t q = 0; q < next.size(); ++q) {
          const std::size_t first = q >= width ? q - width : 0, last = std::min(q, ways.size() - 1);
          double most = none;
          for (std::size_t k = first; k <= last; ++k) most = std::max(most, ways[k]);
          if (most == none) continue;
          double sum = 0;
          for (std::size_t k = first; k <= last; ++k) sum += std::exp(ways[k] - most);
          next[q] = most + std::log(sum);
        }
        ways.swap(next);
      }
    }
  }
  const double wanted = -lowest;
  if (!(wanted >= 0 && wanted < static_cast<double>(ways.size())) ||
      ways[static_cast<std::size_t>(wanted)] == none)
    fail("neutral cell of " + std::to_string(formula_units) + " formula units " + to_string(layers) +
         ": no arrangement of usual oxidation states is neutral");
  return {{formula_units, places.ln_count + ways[static_cast<std::size_t>(wanted)]},
          {formula_units, places.ln_count + ln_free}};
}

}  // namespace lamella
