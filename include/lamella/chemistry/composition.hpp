// The sublattices of a layered cathode: alkali layer, slab cations and anions of a formula.
#pragma once

#include <lamella/chemistry/formula.hpp>  // Formula, Species
#include <lamella/core/error.hpp>         // fail

#include <cstddef>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// Li, Na, K, Rb or Cs, in any charge state.
constexpr bool is_alkali(Species s) noexcept {
  return detail::is_one_of(s.atomic_number, {3, 11, 19, 37, 55});
}

/// What each kind of layer holds, in moles per formula unit A_x M O2, that is per two anions. An ordinary
/// aggregate: where metals are known to sit in the other layer, write them there (`parse_sublattices`) or move
/// them (`move_to_alkali_layer`, `move_to_slab`). Vacancies may be written (`vacancy`); they are no atoms.
struct Sublattices {
  Formula alkali;  ///< between the slabs; one site per formula unit, the rest of it is vacant
  Formula slab;    ///< cations inside the MO2 slabs
  Formula anion;   ///< amounts add up to 2
};

/// All layers together, per two anions; vacancies stay.
constexpr Formula to_formula(const Sublattices& layers) { return layers.alkali + layers.slab + layers.anion; }

namespace detail {

/// Li fills a slab that lacks more than this per formula unit; less is the rounding of written amounts.
inline constexpr double slab_rounding = 0.02;

constexpr bool is_anion(Species s, bool has_oxygen) noexcept {
  if (s.charge != 0) return s.charge < 0;
  if (s.atomic_number == 52) return !has_oxygen;                     // Te
  return is_one_of(s.atomic_number, {7, 8, 9, 16, 17, 34, 35, 53});  // N, O, F, S, Cl, Se, Br, I
}

/// The formula less `amount` of a species; what is left of it is dropped where it is rounding.
constexpr Formula without(const Formula& formula, Species species, double amount) {
  Formula rest;
  for (const Formula::Term& term : formula) {
    double left = term.amount;
    if (term.species == species) left = left - amount > 1e-12 * left ? left - amount : 0;
    rest.add(term.species, left);
  }
  return rest;
}

[[noreturn, gnu::cold]] inline void fail_move(const Formula& from, Species species, double amount) {
  fail(std::string("moving ") + std::to_string(amount) + " of " + to_string(species) + " from the layer " +
       to_string(from) + ": expected at most what it holds, and no negative amount");
}

/// Moves part of a species from one layer to another.
constexpr void move_species(Formula& from, Formula& to, Species species, double amount) {
  const double held = from.amount(species);
  if (!(amount >= 0 && amount <= held * (1 + 1e-12))) fail_move(from, species, amount);
  from = without(from, species, amount);
  to.add(species, amount);
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
/// - Vacancies fill what the cations leave empty of the slab; the rest of them are in the alkali layer. Where
///   a formula has Li, vacancies, and such room in the slab, this would be a guess: an Error asks for brackets.
///
/// A convention on the formula alone, not a measurement: it cannot know of Mg or Zn in the alkali layer or of
/// slab vacancies in a lithium oxide. `parse_sublattices` reads a formula that says where its cations sit.
/// Throws Error without anions or without slab cations.
constexpr Sublattices partition(const Formula& formula) {
  const bool has_oxygen = formula.element_amount(Species{8, 0}) > 0;
  double anions = 0;
  for (const Formula::Term& term : formula)
    if (detail::is_anion(term.species, has_oxygen)) anions += term.amount;
  if (anions == 0) detail::fail_partition(formula, "expected an anion such as O (not a zero)");

  const Formula unit = (2 / anions) * formula;
  Sublattices layers;
  for (const Formula::Term& term : unit) {
    if (detail::is_anion(term.species, has_oxygen)) layers.anion.add(term.species, term.amount);
    else if (!is_alkali(term.species) && term.species != vacancy) layers.slab.add(term.species, term.amount);
  }
  if (layers.slab.empty()) detail::fail_partition(formula, "expected a cation other than the alkali metals");

  double lithium = 0;
  for (const Formula::Term& term : unit)
    if (term.species.atomic_number == 3) lithium += term.amount;
  const double vacant = 1 - layers.slab.total();
  const double holes = unit.amount(vacancy);
  if (holes > 0) {
    if (lithium > 0 && vacant > detail::slab_rounding)
      detail::fail_partition(formula,
                             "expected square brackets around the slab to place its lithium and vacancies");
    const double in_slab = vacant <= 0 ? 0 : vacant < holes ? vacant : holes;
    // Rounded amounts do not make vacancies.
    const double slab_holes = in_slab > 1e-9 ? in_slab : 0;
    layers.slab.add(vacancy, slab_holes);
    layers.alkali.add(vacancy, holes - slab_holes);
  }
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

/// The layers with `amount` (per formula unit) of a slab cation in the alkali layer instead, such as Mg or Zn
/// pillars or antisite Ni. Throws Error where the slab holds less.
constexpr Sublattices move_to_alkali_layer(Sublattices layers, Species species, double amount) {
  detail::move_species(layers.slab, layers.alkali, species, amount);
  return layers;
}

/// The layers with `amount` (per formula unit) of a cation of the alkali layer in the slab instead, such as
/// antisite Na or Li. Throws Error where the alkali layer holds less.
constexpr Sublattices move_to_slab(Sublattices layers, Species species, double amount) {
  detail::move_species(layers.alkali, layers.slab, species, amount);
  return layers;
}

namespace detail {

/// Where the square brackets of the slab open, and the first character of the anions.
struct SlabBrackets {
  std::size_t open = std::string_view::npos;
  std::size_t end = std::string_view::npos;
  std::size_t second = std::string_view::npos;  ///< where other square brackets open
};

constexpr SlabBrackets slab_brackets(std::string_view text) noexcept {
  SlabBrackets found;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '[' && depth == 0) (found.open == std::string_view::npos ? found.open : found.second) = i;
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') --depth;
    if (c == ']' && depth == 0 && found.end == std::string_view::npos) {
      found.end = i + 1;
      while (found.end < text.size() &&
             (is_digit(text[found.end]) || text[found.end] == '.' || text[found.end] == '/'))
        ++found.end;
    }
  }
  return found;
}

/// Reads one part of a formula; a fault is reported at its place in the whole text.
constexpr Formula parse_part(std::string_view text, std::size_t begin, std::size_t end) {
  Formula formula;
  FormulaReader reader(text.substr(begin, end - begin));
  reader.read_part(formula);
  const FormulaFault fault = reader.fault();
  require_formula(text, begin + fault.position + 1, fault.expected, fault.length);
  return formula;
}

}  // namespace detail

/// The layers of a formula that says what is where: the alkali layer before, the slab in, and the anions after
/// the only square brackets that are not inside others, normalised to two anions:
///
///     Na0.9Mg0.05[Ni0.45Mn0.5Na0.05]O2    Na2/3□1/3[□1/7Mn6/7]O2    [Co]O2
///
/// A formula without such brackets is distributed by `partition`. Inside the slab use any brackets. Throws
/// Error like `parse_formula` and `partition`, for second square brackets, and where what follows the slab are
/// not anions alone or what precedes it holds anions.
constexpr Sublattices parse_sublattices(std::string_view text) {
  const Formula whole = parse_formula(text);
  const detail::SlabBrackets brackets = detail::slab_brackets(text);
  if (brackets.open == std::string_view::npos) return partition(whole);
  if (brackets.second != std::string_view::npos)
    detail::require_formula(text, brackets.second + 1, "expected square brackets around the slab only", 1);
  std::size_t begin = 0;
  while (begin < brackets.open && text[begin] == ' ') ++begin;
  Sublattices layers;
  if (begin < brackets.open) layers.alkali = detail::parse_part(text, begin, brackets.open);
  layers.slab = detail::parse_part(text, brackets.open, brackets.end);
  layers.anion = detail::parse_part(text, brackets.end, text.size());
  const bool has_oxygen = whole.element_amount(Species{8, 0}) > 0;
  for (const Formula::Term& term : layers.anion)
    if (!detail::is_anion(term.species, has_oxygen))
      detail::fail_partition(whole, "expected only anions after the square brackets");
  for (const Formula* cations : {&layers.alkali, &layers.slab})
    for (const Formula::Term& term : *cations)
      if (term.species != vacancy && detail::is_anion(term.species, has_oxygen))
        detail::fail_partition(whole, "expected anions after the square brackets only");
  if (!(layers.slab.total() > 0 && layers.anion.total() > 0))
    detail::fail_partition(whole, "expected cations in the square brackets and anions after them");
  const double factor = 2 / layers.anion.total();
  return {factor * layers.alkali, factor * layers.slab, factor * layers.anion};
}

inline namespace literals {

/// `"Na0.9Mg0.1[Ni0.5Mn0.5]O2"_sublattices`: `parse_sublattices` at compile time. A typo does not compile.
consteval Sublattices operator""_sublattices(const char* text, std::size_t size) {
  return parse_sublattices({text, size});
}

}  // namespace literals

/// "Na0.9Mg0.05[Ni0.45Mn0.5Na0.05]O2": what `parse_sublattices` reads back.
inline std::string to_string(const Sublattices& layers) {
  return to_string(layers.alkali) + "[" + to_string(layers.slab) + "]" + to_string(layers.anion);
}

}  // namespace lamella
