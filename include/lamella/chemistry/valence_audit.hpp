// Reported valence fractions against charge neutrality: the imbalance in electrons, and what could explain it.
#pragma once

#include <lamella/chemistry/charge_balance.hpp>    // Valence, with_valences
#include <lamella/chemistry/oxidation_states.hpp>  // oxidation_states
#include <lamella/core/measured.hpp>               // detail::fixed

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// What reported valences mean for the charge of a formula.
struct ValenceAudit {
  Formula formula;       ///< with the reported valences; the other elements without charges are as they were
  double imbalance = 0;  ///< e per formula as written, all elements without a report in their usual states:
                         ///< > 0 electrons are lacking, < 0 electrons are too many

  /// The states that would make the formula neutral, the reported ones being right. `balanced()` there tells
  /// whether any exist; the intervals are what the other elements would have to be.
  OxidationStates explanation;

  /// Neutral within `tolerance` (e per formula): 0.01 forgives rounded amounts and percentages.
  constexpr bool balanced(double tolerance = 0.01) const noexcept {
    return imbalance <= tolerance && imbalance >= -tolerance;
  }
  /// Whether other oxidation states of the elements without a report could make it neutral.
  constexpr bool explainable() const noexcept { return explanation.balanced(); }
};

namespace detail {

constexpr ValenceAudit audit_valences(const Formula& formula, Items<Valence> reported) {
  ValenceAudit result;
  result.formula = split_valences(formula, reported);
  const OxidationStates usual = oxidation_states(formula);
  for (const OxidationState& s : usual) {
    bool is_reported = false;
    for (const Valence& v : reported)
      if (v.species.atomic_number == s.element.atomic_number) is_reported = true;
    if (!is_reported) {
      result.imbalance += s.chosen * formula.element_amount(s.element);
      continue;
    }
    for (const Formula::Term& term : result.formula)
      if (term.species.atomic_number == s.element.atomic_number)
        result.imbalance += term.species.charge * term.amount;
  }
  result.explanation = oxidation_states(result.formula);
  return result;
}

}  // namespace detail

/// Compares valence fractions, such as those that XPS reports, with charge neutrality. The usual states of the
/// elements without a report are those that `oxidation_states` chooses for the formula without any report (for
/// NaNi0.2Fe0.2Mn0.6O2 Ni2+ and Fe3+): a report on Mn is thus judged by its own deviation from what these leave
/// for Mn. Throws Error like `with_valences` and `oxidation_states`.
constexpr ValenceAudit audit(const Formula& formula, std::span<const Valence> reported) {
  return detail::audit_valences(formula, {reported.data(), reported.size()});
}
constexpr ValenceAudit audit(const Formula& formula, std::initializer_list<Valence> reported) {
  return detail::audit_valences(formula, {reported.begin(), reported.size()});
}

/// "imbalance -0.207 e per formula; neutral with Ni 3.035" or "neutral".
inline std::string to_string(const ValenceAudit& audit) {
  if (audit.balanced(5e-4)) return "neutral";
  std::string text = std::string(audit.imbalance > 0 ? "imbalance +" : "imbalance ") +
                     detail::fixed(audit.imbalance, 3) + " e per formula";
  if (!audit.explainable()) return text + "; no usual oxidation states of the other elements make it neutral";
  std::string others;
  for (const OxidationState& s : audit.explanation) {
    if (s.max - s.min < 1e-9) continue;
    others += std::string(others.empty() ? "" : ", ") + to_string(s.element) + " " + detail::fixed(s.min, 3) +
              " to " + detail::fixed(s.max, 3);
  }
  return others.empty() ? text : text + "; neutral within " + others;
}

}  // namespace lamella
