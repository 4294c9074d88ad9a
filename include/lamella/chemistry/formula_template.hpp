// Formulas that depend on x, such as Na_xCoO2 and Na_xNi_{x/2}Mn_{1-x/2}O2, to be evaluated at any x.
#pragma once

#include <lamella/chemistry/formula.hpp>  // Formula, detail::FormulaReader
#include <lamella/core/error.hpp>         // fail
#include <lamella/core/result.hpp>        // Result

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// A formula whose amounts are linear in one parameter x: constant + slope x moles of each species.
/// Literal type, no heap.
class FormulaTemplate {
 public:
  struct Term {
    Species species;
    double constant = 0;  ///< moles per mole of formula at x = 0; may be negative
    double slope = 0;     ///< moles per mole of formula and x
  };

  static constexpr std::size_t capacity = Formula::capacity;

  constexpr const Term* begin() const noexcept { return terms_.data(); }
  constexpr const Term* end() const noexcept { return terms_.data() + size_; }
  constexpr const Term& operator[](std::size_t i) const noexcept { return terms_[i]; }
  constexpr std::size_t size() const noexcept { return size_; }

  /// Adds to the amount of a species, or appends it. Precondition: there is room.
  constexpr void add(Species species, double constant, double slope) noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      if (terms_[i].species != species) continue;
      terms_[i].constant += constant;
      terms_[i].slope += slope;
      return;
    }
    terms_[size_++] = {species, constant, slope};
  }

  constexpr bool contains(Species species) const noexcept {
    for (const Term& term : *this)
      if (term.species == species) return true;
    return false;
  }

  /// The smallest x at which no amount is negative, or -1e9 where x may be any small.
  constexpr double lowest_x() const noexcept { return limit(1); }
  /// The largest x at which no amount is negative, or 1e9 where x may be any large. Smaller than
  /// `lowest_x()` where no x is possible.
  constexpr double highest_x() const noexcept { return limit(-1); }

  /// The formula at this x. Amounts that are zero but for rounding (10⁻¹² of their parts) are left out.
  /// Throws Error that names a species whose amount is negative and the possible x, for an x beyond ±1e9 or
  /// NaN, and where nothing is left.
  constexpr Formula at(double x) const {
    if (!(x >= -1e9 && x <= 1e9)) fail_x(x, "is out of range: expected a number of at most 1e9");
    Formula formula;
    for (const Term& term : *this) {
      const double part = term.slope * x;
      double amount = term.constant + part;
      const double rounding = 1e-12 * (magnitude(term.constant) + magnitude(part));
      if (magnitude(amount) <= rounding) amount = 0;
      if (amount < 0) fail_negative(term.species, x);
      formula.add(term.species, amount);
    }
    if (!(formula.total() > 0)) fail_x(x, "leaves no atoms: expected a total amount above zero");
    return formula;
  }
  constexpr Formula operator()(double x) const { return at(x); }

  /// The same amounts of the same species, whatever their order.
  friend constexpr bool operator==(const FormulaTemplate& a, const FormulaTemplate& b) noexcept {
    if (a.size_ != b.size_) return false;
    for (const Term& s : a) {
      bool found = false;
      for (const Term& t : b)
        if (s.species == t.species) found = s.constant == t.constant && s.slope == t.slope;
      if (!found) return false;
    }
    return true;
  }

 private:
  static constexpr double magnitude(double a) noexcept { return a < 0 ? -a : a; }

  /// The outermost zero of the amounts that fall towards `side`: 1 for the lowest, -1 for the highest x.
  constexpr double limit(double side) const noexcept {
    double x = -1e9;  // times `side`
    for (const Term& term : *this) {
      if (!(term.slope * side > 0)) continue;
      const double zero = -term.constant / term.slope * side;
      if (zero > x) x = zero;
    }
    return x * side + 0.0;  // no negative zero
  }

  [[noreturn, gnu::cold]] inline void fail_negative(Species species, double x) const;
  [[noreturn, gnu::cold]] inline void fail_x(double x, const char* what) const;

  std::array<Term, capacity> terms_{};
  std::size_t size_ = 0;
};

namespace detail {

constexpr bool read_formula_template(FormulaReader& reader, std::string_view text,
                                     FormulaTemplate& result) noexcept {
  if (!reader.read()) return false;
  FormulaTemplate terms;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    const auto& [species, amount, position] = reader[i];
    if (amount.constant == 0 && amount.slope == 0) continue;
    if (terms.size() == FormulaTemplate::capacity && !terms.contains(species))
      return reader.stop("expected at most 32 different species", position);
    terms.add(species, amount.constant, amount.slope);
  }
  FormulaTemplate present;  // without what cancels
  for (const auto& [species, constant, slope] : terms) {
    if (too_small(constant) || too_small(slope))
      return reader.stop("expected amounts of at least 1e-20", 0, text.size());
    if (constant > Formula::max_amount || constant < -Formula::max_amount || slope > Formula::max_amount ||
        slope < -Formula::max_amount)
      return reader.stop("expected amounts of at most 1e9", 0, text.size());
    if (constant != 0 || slope != 0) present.add(species, constant, slope);
  }
  if (present.size() == 0) return reader.stop("expected a total amount above zero", 0, text.size());
  result = present;
  return true;
}

/// "2x/3" or "0.25x", without a sign.
inline std::string slope_text(double slope) {
  std::string text = amount_text(slope < 0 ? -slope : slope);
  const std::size_t bar = text.find('/');
  text.insert(bar == std::string::npos ? text.size() : bar, "x");
  return text.starts_with("1x") ? text.substr(1) : text;
}

}  // namespace detail

/// A formula in which amounts may depend on x: what `parse_formula` reads and, as an amount, "_" and an
/// expression linear in x. Between braces the expression may hold brackets ( ) of its own:
///
///     Na_xCoO2    Na_xNi_x/2Mn_1-x/2O2    Li[Li_{1/3-2x/3}Ni_xMn_{2/3-x/3}]O2    Na(Ni0.5Mn0.5)_{(2-x)/2}Ti_x/2O2
///
/// Numbers, x and products of a number and x ("2x", "0.5*x"), each perhaps divided by a number ("x/2"), are
/// joined by + and -. "1/3x" is refused, because it could mean x/3 or 1/(3x): write "x/3". x may stand in a
/// bracket or after it, not both. Throws Error with the character (from 1) and what was expected there.
constexpr FormulaTemplate parse_formula_template(std::string_view text) {
  FormulaTemplate result;
  detail::FormulaReader reader(text, true);
  detail::read_formula_template(reader, text, result);
  const detail::FormulaFault fault = reader.fault();
  detail::require_formula(text, fault.position + 1, fault.expected, fault.length);
  return result;
}

/// `parse_formula_template` that returns the error instead of throwing it.
inline Result<FormulaTemplate> try_parse_formula_template(std::string_view text) {
  FormulaTemplate result;
  detail::FormulaReader reader(text, true);
  if (!detail::read_formula_template(reader, text, result))
    return detail::formula_error(text, reader.fault());
  return result;
}

inline namespace literals {

/// `"Na_xCoO2"_formula_template`: `parse_formula_template` at compile time. A typo does not compile.
consteval FormulaTemplate operator""_formula_template(const char* text, std::size_t size) {
  return parse_formula_template({text, size});
}

}  // namespace literals

/// The template as text that `parse_formula_template` reads back as the same one: "Na_{x}CoO2",
/// "Ni_{1/3-x/2}".
inline std::string to_string(const FormulaTemplate& formula) {
  std::string text;
  for (const auto& [species, constant, slope] : formula) {
    Formula single;
    single.add(species, 1);
    text += to_string(single);
    if (slope == 0 && constant >= 0) {
      if (constant != 1) text += detail::amount_text(constant);
      continue;
    }
    text += "_{";
    if (constant != 0)
      text += (constant < 0 ? "-" : "") + detail::amount_text(constant < 0 ? -constant : constant);
    if (slope != 0) text += (slope < 0 ? "-" : constant != 0 ? "+" : "") + detail::slope_text(slope);
    text += '}';
  }
  return text;
}

inline void FormulaTemplate::fail_negative(Species species, double x) const {
  const double low = lowest_x(), high = highest_x();
  fail(std::string("formula ") + to_string(*this) + " at x = " + std::to_string(x) +
       " has a negative amount of " + lamella::to_string(species) + ": " +
       (low <= high ? std::string("expected x from ") + std::to_string(low) + " to " + std::to_string(high)
                    : std::string("no x is possible")));
}

inline void FormulaTemplate::fail_x(double x, const char* what) const {
  fail(std::string("formula ") + to_string(*this) + ": x = " + std::to_string(x) + " " + what);
}

}  // namespace lamella
