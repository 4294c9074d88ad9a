// What compositions are judged by: the criteria with unit and origin, requirements on them and goals.
#pragma once

#include <lamella/core/error.hpp>   // Error
#include <lamella/core/result.hpp>  // Result

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// What a composition is judged by.
enum class Criterion : std::uint8_t {
  entropy,          ///< ideal mixing on the metal site, elements mixing
  charge_slack,     ///< how far neutrality is from the nearer limit of the oxidation states
  phi_TM,           ///< ionic potential of the slab
  phi_cation,       ///< cationic potential
  stacking_margin,  ///< distance to the boundary between P2 (above 0) and O3 (below)
  size_mismatch,    ///< spread of the ionic radii of the slab
  a,                ///< lattice parameter a by Vegard's law on the radii
  slab,             ///< slab thickness d(O–TM–O), likewise
  interslab,        ///< interslab distance d(O–A–O), likewise
  barrier,          ///< bond-valence site energy (BVSE) of the tetrahedral hop in that lattice
  capacity,         ///< all alkali extracted
  cation_capacity,  ///< as long as cations are oxidised
  redox_inactive,   ///< share of elements with one oxidation state
  cost,             ///< of the elements, by the given prices
  abundance         ///< of the scarcest element, as given
};
inline constexpr std::size_t criterion_count = 15;

/// A value for each criterion.
using CriterionValues = std::array<double, criterion_count>;

/// What a criterion is called, its unit, and where its values come from.
struct CriterionFacts {
  std::string_view name, unit;
  bool estimated = false;  ///< a rule that ranks, not a quantity that follows from the composition
  int better = 0;          ///< 1: larger values are better as a rule, −1: smaller ones, 0: neither
  std::string_view meaning;

  constexpr std::string_view origin() const noexcept { return estimated ? "estimated" : "computed"; }
};

/// By number of the criterion.
inline constexpr std::array<CriterionFacts, criterion_count> criterion_facts = {{
    {"entropy", "R per TM site", false, 1, "ideal mixing of the elements on the metal site"},
    {"charge_slack", "e per formula unit", false, 1, "distance of neutrality from the nearer limit of the usual oxidation states"},
    {"phi_TM", "1/Å", false, 0, "mean charge over radius of the slab cations"},
    {"phi_cation", "1/Å", false, 0, "cationic potential (normalisation not verified)"},
    {"stacking_margin", "1/Å", true, 0, "phi_TM above the line between O3 (below 0) and P2 (above 0), own fit"},
    {"size_mismatch", "fraction", false, -1, "spread of the slab's ionic radii over their mean"},
    {"a", "Å", true, 0, "Vegard's law on Shannon's radii"},
    {"slab", "Å", true, -1, "thickness d(O-TM-O), Vegard's law on Shannon's radii"},
    {"interslab", "Å", true, 1, "distance d(O-A-O), the alkali-oxygen bond of the host kept"},
    {"barrier", "eV", true, -1, "BVSE of the tetrahedral hop in the estimated O3 lattice: ranks, is no DFT barrier"},
    {"capacity", "mAh/g", false, 1, "all alkali extracted"},
    {"cation_capacity", "mAh/g", false, 1, "what cations deliver up to their highest usual states"},
    {"redox_inactive", "fraction of TM sites", false, -1, "elements with one usual oxidation state"},
    {"cost", "per kg of cathode", false, -1, "of its elements, by the given prices per kg"},
    {"abundance", "as given", false, 1, "of the scarcest element of the slab"},
}};

constexpr const CriterionFacts& facts_of(Criterion c) noexcept { return criterion_facts[static_cast<std::size_t>(c)]; }
constexpr std::string_view to_string(Criterion c) noexcept { return facts_of(c).name; }

/// The criterion of a name, or nothing.
constexpr std::optional<Criterion> find_criterion(std::string_view name) noexcept {
  for (std::size_t i = 0; i < criterion_count; ++i)
    if (criterion_facts[i].name == name) return static_cast<Criterion>(i);
  return std::nullopt;
}

namespace detail {

inline Error unknown_criterion(std::string_view name) {
  std::string known;
  for (const auto& facts : criterion_facts) known += (known.empty() ? "" : ", ") + std::string(facts.name);
  return Error("\"" + std::string(name.substr(0, 40)) + "\" is no criterion, expected one of " + known);
}

constexpr std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace detail

/// A bound on a criterion that a composition must keep.
struct Requirement {
  Criterion criterion = Criterion::entropy;
  bool at_least = true;  ///< else at most
  bool strict = false;   ///< the bound itself does not do
  double bound = 0;      ///< in the unit of the criterion

  /// Whether a value keeps the bound; 10⁻⁹ of rounding is forgiven.
  bool holds(double value) const noexcept {
    const double above = at_least ? value - bound : bound - value;
    return strict ? above > 1e-9 : above >= -1e-9;
  }
};

/// Reads "entropy>=1.5", "size_mismatch < 0.1": a criterion, one of >= <= > <, and a number. Error that says what was expected.
inline Result<Requirement> try_parse_requirement(std::string_view text) {
  const std::size_t sign = text.find_first_of("<>");
  const auto fault = [&] {
    return Error("requirement \"" + std::string(text.substr(0, 60)) + "\", expected a criterion, one of >= <= > <, and a number, as in entropy>=1.5");
  };
  if (sign == std::string_view::npos) return fault();
  const auto name = detail::without_blanks(text.substr(0, sign));
  const auto criterion = find_criterion(name);
  if (!criterion) return detail::unknown_criterion(name);
  Requirement r{*criterion, text[sign] == '>', true, 0};
  std::string_view rest = text.substr(sign + 1);
  if (rest.starts_with('=')) {
    r.strict = false;
    rest.remove_prefix(1);
  }
  rest = detail::without_blanks(rest);
  const auto [stop, status] = std::from_chars(rest.data(), rest.data() + rest.size(), r.bound);
  if (rest.empty() || status != std::errc{} || stop != rest.data() + rest.size() || !std::isfinite(r.bound)) return fault();
  return r;
}

/// A criterion to make large or small: what the Pareto front and the ranks are about.
struct Goal {
  Criterion criterion = Criterion::entropy;
  bool maximise = true;
};

/// Reads "max entropy", "min barrier", or a criterion alone that has a usual sense. Error that says what was expected.
inline Result<Goal> try_parse_goal(std::string_view text) {
  std::string_view name = detail::without_blanks(text);
  int sense = 0;
  for (const auto& [word, s] : {std::pair<std::string_view, int>{"max ", 1}, {"min ", -1}})
    if (name.starts_with(word)) {
      sense = s;
      name = detail::without_blanks(name.substr(4));
      break;
    }
  const auto criterion = find_criterion(name);
  if (!criterion) return detail::unknown_criterion(name);
  if (sense == 0) sense = facts_of(*criterion).better;
  if (sense == 0) return Error("goal \"" + std::string(name) + "\", expected \"max " + std::string(name) + "\" or \"min " + std::string(name) + "\"");
  return Goal{*criterion, sense > 0};
}

}  // namespace lamella::inline LAMELLA_ABI
