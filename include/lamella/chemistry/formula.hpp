// Chemical formulas: the literal "NaNi0.5Mn0.5O2"_formula, the same reader at run time, and back to text.
// Formulas with x as in Na_xCoO2 are in formula_template.hpp.
#pragma once

#include <lamella/chemistry/detail/decimal.hpp>  // nearest_double
#include <lamella/chemistry/species.hpp>         // Species
#include <lamella/core/error.hpp>                // Error, fail
#include <lamella/core/result.hpp>               // Result

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// How much of each species there is, in the order written. A species of charge 0 is an element whose
/// oxidation state is not stated; `vacancy` is an empty site. Each species occurs once; every amount is
/// positive and at most `max_amount`. Literal type, no heap.
class Formula {
 public:
  struct Term {
    Species species;
    double amount = 0;  ///< moles per mole of formula
  };

  static constexpr std::size_t capacity = 32;  ///< most species in one formula
  static constexpr double max_amount = 1e9;    ///< largest amount of one species

  // A range of terms: `for (const auto& [species, amount] : formula)`.
  constexpr const Term* begin() const noexcept { return terms_.data(); }
  constexpr const Term* end() const noexcept { return terms_.data() + size_; }
  constexpr const Term& operator[](std::size_t i) const noexcept { return terms_[i]; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }

  /// The amount of exactly this species, 0 where it is absent: Mn, Mn3+ and Mn4+ are three species.
  constexpr double amount(Species species) const noexcept {
    for (const Term& term : *this)
      if (term.species == species) return term.amount;
    return 0;
  }

  /// The amount of an element in all its charge states, 0 where it is absent.
  constexpr double element_amount(Species species) const noexcept {
    double sum = 0;
    for (const Term& term : *this)
      if (term.species.atomic_number == species.atomic_number) sum += term.amount;
    return sum;
  }

  /// The sum of all amounts of atoms: vacancies do not count.
  constexpr double total() const noexcept {
    double sum = 0;
    for (const Term& term : *this)
      if (term.species != vacancy) sum += term.amount;
    return sum;
  }

  /// The sum of all amounts, vacancies included.
  constexpr double sites() const noexcept {
    double sum = 0;
    for (const Term& term : *this) sum += term.amount;
    return sum;
  }

  /// Adds `amount` of a species; an amount of 0 changes nothing. Throws Error for a negative, infinite or too
  /// large amount, NaN, and more than `capacity` species.
  constexpr void add(Species species, double amount) {
    if (!(amount >= 0 && amount <= max_amount)) fail_amount(species, amount);
    if (amount == 0) return;
    for (std::size_t i = 0; i < size_; ++i) {
      if (terms_[i].species != species) continue;
      if (!(terms_[i].amount + amount <= max_amount)) fail_amount(species, terms_[i].amount + amount);
      terms_[i].amount += amount;
      return;
    }
    if (size_ == capacity) fail_capacity();
    terms_[size_++] = {species, amount};
  }

  /// The same amounts of the same species, whatever their order.
  friend constexpr bool operator==(const Formula& x, const Formula& y) noexcept {
    if (x.size_ != y.size_) return false;
    for (const Term& term : x)
      if (y.amount(term.species) != term.amount) return false;
    return true;
  }

 private:
  [[noreturn, gnu::cold]] static void fail_amount(Species species, double amount) {
    fail(std::string("amount ") + std::to_string(amount) + " of " + to_string(species) +
         ": expected a number from 0 to 1e9");
  }
  [[noreturn, gnu::cold]] static void fail_capacity() {
    fail(std::string("formula with too many species: expected at most ") + std::to_string(capacity));
  }

  std::array<Term, capacity> terms_{};
  std::size_t size_ = 0;
};

/// Every amount times `factor`. Throws Error where an amount becomes invalid.
constexpr Formula operator*(double factor, const Formula& formula) {
  Formula scaled;
  for (const Formula::Term& term : formula) scaled.add(term.species, factor * term.amount);
  return scaled;
}

/// The formula without its vacancies.
constexpr Formula atoms(const Formula& formula) {
  Formula occupied;
  for (const Formula::Term& term : formula)
    if (term.species != vacancy) occupied.add(term.species, term.amount);
  return occupied;
}

/// The amounts of both formulas added up.
constexpr Formula operator+(const Formula& x, const Formula& y) {
  Formula sum = x;
  for (const Formula::Term& term : y) sum.add(term.species, term.amount);
  return sum;
}

/// The same elements without their charges: Mn3+0.4Mn4+0.2 becomes Mn0.6.
constexpr Formula neutral(const Formula& formula) {
  Formula elements;
  for (const Formula::Term& term : formula) elements.add(neutral(term.species), term.amount);
  return elements;
}

namespace detail {

/// What is wrong with a formula's text: `length` characters at `position` (from 0), and what was expected
/// instead.
struct FormulaFault {
  const char* expected = nullptr;
  std::size_t position = 0;
  std::size_t length = 0;
};

inline constexpr double smallest_amount = 1e-20;  ///< that a text may have

/// An amount that may depend on x: constant + slope x. The slope is 0 where no x is written.
struct LinearAmount {
  double constant = 0;
  double slope = 0;
};

/// Neither 0 nor large enough to be written with 37 decimals and all its digits.
constexpr bool too_small(double amount) noexcept {
  return amount != 0 && amount < smallest_amount && amount > -smallest_amount;
}

constexpr LinearAmount operator*(double factor, LinearAmount a) noexcept {
  return {factor * a.constant, factor * a.slope};
}
constexpr LinearAmount operator+(LinearAmount a, LinearAmount b) noexcept {
  return {a.constant + b.constant, a.slope + b.slope};
}

/// Recursive grammar, read with an explicit stack: see `parse_formula`, and `parse_formula_template` for the
/// amounts that depend on x, which are read where `with_x` says so.
class FormulaReader {
 public:
  static constexpr std::size_t max_text = 4096;  ///< what `to_string` writes is shorter
  static constexpr std::size_t max_terms = 64;
  static constexpr std::size_t max_depth = 16;

  struct Raw {
    Species species;
    LinearAmount amount;
    std::size_t position = 0;
  };

  constexpr explicit FormulaReader(std::string_view text, bool with_x = false) noexcept
      : text_(text), with_x_(with_x) {}

  /// False and `fault()` where the text is not a formula.
  constexpr bool read(Formula& formula) noexcept { return read() && gather(formula, true); }

  /// The same for a part of a formula, which may hold no atoms ("Vac", "Na0").
  constexpr bool read_part(Formula& formula) noexcept { return read() && gather(formula, false); }

  /// Reads the terms, as they stand and with the factors of their brackets; false and `fault()` where the
  /// text is wrong.
  constexpr bool read() noexcept {
    if (text_.size() > max_text) return stop("expected a formula of at most 4096 characters", max_text);
    while (true) {
      while (peek() == ' ') ++at_;
      if (at_ == text_.size()) break;
      const char c = peek();
      if (c == '(' || c == '[') {
        if (depth_ == max_depth) return stop("expected at most 16 nested brackets", at_);
        open_[depth_++] = {at_++, count_};
      } else if (c == ')' || c == ']') {
        if (!close()) return false;
      } else if (is_upper(c) || box()) {
        if (!term()) return false;
      } else {
        return stop(complaint(c), at_);
      }
    }
    if (depth_ > 0) return stop("expected a closing bracket for this one", open_[depth_ - 1].position);
    if (count_ == 0) return stop(start_, at_);
    return true;
  }

  constexpr std::size_t size() const noexcept { return count_; }
  constexpr const Raw& operator[](std::size_t i) const noexcept { return raw_[i]; }

  /// Sets the fault; false.
  constexpr bool stop(const char* expected, std::size_t position, std::size_t length = 1) noexcept {
    fault_ = {expected, position, length};
    return false;
  }

  constexpr FormulaFault fault() const noexcept { return fault_; }

 private:
  static constexpr std::string_view box_ = "\xe2\x96\xa1";
  static constexpr const char* start_ = "expected an element symbol or an opening bracket";

  struct Open {
    std::size_t position = 0;
    std::size_t first = 0;
  };
  constexpr char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  /// The sign of a vacant site, U+25A1.
  constexpr bool box() const noexcept { return text_.substr(at_).starts_with(box_); }

  /// A subscript or superscript digit as text copied from a page has it: U+2080 to U+2089, U+2070, U+2074 to U+2079, ¹, ², ³.
  constexpr bool raised_digit() const noexcept {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("\xc2\xb2") || rest.starts_with("\xc2\xb3") || rest.starts_with("\xc2\xb9")) return true;
    if (rest.size() < 3 || rest[0] != '\xe2') return false;
    const auto last = static_cast<unsigned char>(rest[2]);
    return (rest[1] == '\x82' && last >= 0x80 && last <= 0x89) ||
           (rest[1] == '\x81' && (last == 0xb0 || (last >= 0xb4 && last <= 0xb9)));
  }

  constexpr const char* complaint(char c) const noexcept {
    if (raised_digit()) return "expected plain digits, not subscripts or superscripts, as in O2";
    if (c == ',') return "expected a decimal point, not a comma";
    if (c == '+' || c == '-')
      return "expected a charge only right after the element symbol and with its digit, as in Mn3+0.2";
    if (is_digit(c) || c == '.' || c == '/')
      return "expected the amount right after its element or bracket, as in Na0.67 or (NiMn)1/2";
    if (c == '_') return "expected a plain amount such as 0.2; formulas with _x are templates";
    if (is_lower(c))
      return "expected a plain amount such as 0.2 or 1/3, or an element symbol, which starts with a capital";
    return start_;
  }

  constexpr bool term() noexcept {
    const std::size_t begin = at_;
    int z = 0;
    if (box()) {
      at_ += box_.size();
    } else {
      ++at_;
      while (is_lower(peek())) ++at_;
      const std::string_view symbol = text_.substr(begin, at_ - begin);
      z = atomic_number(symbol);
      if (z == 0 && symbol != vacancy_symbol)
        return stop("expected the symbol of an element", begin, at_ - begin);
    }
    if (count_ == max_terms) return stop("expected at most 64 terms", begin, at_ - begin);
    Raw raw{{static_cast<std::uint8_t>(z), 0}, {1, 0}, begin};
    const std::size_t after = at_;
    if (!charge(raw.species)) return false;
    if (z == 0 && at_ != after) return stop("expected no charge on a vacancy", after, at_ - after);
    if (!amount(raw.amount)) return false;
    raw_[count_++] = raw;
    return true;
  }

  constexpr bool charge(Species& species) noexcept {
    std::size_t digits = 0;
    while (is_digit(peek(digits))) ++digits;
    const char sign = peek(digits);
    if (sign != '+' && sign != '-') return true;
    if (digits == 0)
      return stop("expected an amount, which is not negative, or a charge with its digit, as in Na1+", at_);
    if (digits > 1 || peek() == '0') return stop("expected a charge from 1 to 9", at_, digits + 1);
    const int magnitude = peek() - '0';
    species.charge = static_cast<std::int8_t>(sign == '+' ? magnitude : -magnitude);
    at_ += 2;
    return true;
  }

  constexpr bool close() noexcept {
    if (depth_ == 0) return stop("expected an opening bracket before this one", at_);
    const Open open = open_[depth_ - 1];
    const char partner = text_[open.position] == '(' ? ')' : ']';
    if (peek() != partner) return stop(partner == ')' ? "expected ) here" : "expected ] here", at_);
    if (open.first == count_) return stop("expected an element between the brackets", at_);
    --depth_;
    const std::size_t begin = ++at_;
    LinearAmount factor{1, 0};
    if (!amount(factor)) return false;
    for (std::size_t i = open.first; i < count_; ++i) {
      LinearAmount& inner = raw_[i].amount;
      if (inner.slope != 0 && factor.slope != 0)
        return stop("expected x inside this bracket or after it, not both", begin, at_ - begin);
      inner = {inner.constant * factor.constant,
               inner.constant * factor.slope + inner.slope * factor.constant};
      if (too_large(inner)) return stop("expected amounts of at most 1e9", begin, at_ - begin);
    }
    return true;
  }

  static constexpr bool too_large(LinearAmount a) noexcept {
    constexpr double most = Formula::max_amount;
    return !(a.constant <= most && a.constant >= -most && a.slope <= most && a.slope >= -most);
  }

  /// Leaves `value` alone where no amount is written.
  constexpr bool amount(LinearAmount& value) noexcept {
    if (peek() == '.') return stop("expected a digit before the decimal point", at_);
    if (with_x_ && peek() == '_') {
      const std::size_t begin = ++at_;
      const bool braces = peek() == '{';
      if (braces) ++at_;
      if (!sum(value, braces, 0)) return false;
      if (braces && peek() != '}') return stop("expected + - or } here", at_);
      if (braces) ++at_;
      if (too_large(value)) return stop("expected amounts of at most 1e9", begin, at_ - begin);
      return after_amount(true);
    }
    if (!is_digit(peek())) return after_amount(false);
    const std::size_t begin = at_;
    std::uint64_t digits = 0;
    int places = 0;
    value.slope = 0;
    if (!decimal(digits, places)) return false;
    if (places == 0 && peek() == '/') {
      ++at_;
      const std::size_t second = at_;
      std::uint64_t divisor = 0;
      if (!is_digit(peek())) return stop("expected the digits of a denominator", at_);
      if (!digit_run(divisor, nullptr, second)) return false;
      if (divisor == 0) return stop("expected a denominator that is not zero", second, at_ - second);
      if (digits > max_integer || divisor > max_integer)
        return stop("expected at most 15 digits in a numerator or denominator", begin, at_ - begin);
      value.constant = static_cast<double>(digits) / static_cast<double>(divisor);
    } else {
      value.constant = nearest_double(digits, places);
    }
    if (value.constant > Formula::max_amount)
      return stop("expected amounts of at most 1e9", begin, at_ - begin);
    return after_amount(true);
  }

  /// Products joined by + and -, the first of them perhaps with a sign.
  constexpr bool sum(LinearAmount& value, bool braces, int depth) noexcept {
    value = {};
    double sign = 1;
    if (peek() == '-') {
      sign = -1;
      ++at_;
    }
    while (true) {
      LinearAmount part;
      if (!product(part, braces, depth)) return false;
      value = value + sign * part;
      if (peek() != '+' && peek() != '-') return true;
      sign = peek() == '+' ? 1 : -1;
      ++at_;
    }
  }

  /// A number, x, a number times x or, between braces, times a bracketed sum; all perhaps divided by a number.
  constexpr bool product(LinearAmount& value, bool braces, int depth) noexcept {
    const std::size_t begin = at_;
    value = {1, 0};
    bool complete = false;
    if (is_digit(peek())) {
      if (!factor(value.constant)) return false;
      complete = true;
      if (peek() == '*') {
        ++at_;
        complete = false;
      }
    }
    if (peek() == 'x') {
      ++at_;
      value = {0, value.constant};
    } else if (braces && peek() == '(') {
      if (depth == 4) return stop("expected at most 4 nested brackets in an amount", at_);
      ++at_;
      LinearAmount inner;
      if (!sum(inner, braces, depth + 1)) return false;
      if (peek() != ')') return stop("expected + - or ) here", at_);
      ++at_;
      value = value.constant * inner;
    } else if (!complete) {
      return stop(braces ? "expected a number, x or an opening bracket" : "expected a number or x", at_);
    }
    if (peek() == '/') {
      const std::size_t second = ++at_;
      double divisor = 0;
      if (!is_digit(peek())) return stop("expected the digits of a denominator", at_);
      if (!factor(divisor)) return false;
      if (divisor == 0) return stop("expected a denominator that is not zero", second, at_ - second);
      value = {value.constant / divisor, value.slope / divisor};
    }
    if (too_large(value)) return stop("expected amounts of at most 1e9", begin, at_ - begin);
    return true;
  }

  /// A decimal number within an amount that depends on x.
  constexpr bool factor(double& value) noexcept {
    std::uint64_t digits = 0;
    int places = 0;
    if (!decimal(digits, places)) return false;
    value = nearest_double(digits, places);
    return true;
  }

  /// Digits, perhaps with a point between them.
  constexpr bool decimal(std::uint64_t& digits, int& places) noexcept {
    const std::size_t begin = at_;
    if (!digit_run(digits, nullptr, begin)) return false;
    if (peek() != '.') return true;
    ++at_;
    if (!is_digit(peek())) return stop("expected a digit after the decimal point", at_);
    return digit_run(digits, &places, begin);
  }

  /// Appends a run of digits to `digits`; counts them in `places` where given.
  constexpr bool digit_run(std::uint64_t& digits, int* places, std::size_t begin) noexcept {
    for (; is_digit(peek()); ++at_) {
      if (digits >= max_digits || (places != nullptr && *places == max_decimal_places))
        return stop("expected at most 18 significant digits and 37 decimals", begin, at_ + 1 - begin);
      digits = digits * 10 + static_cast<std::uint64_t>(peek() - '0');
      if (places != nullptr) ++*places;
    }
    return true;
  }

  /// After an amount comes a term, a bracket, a space or the end: names the faults that would otherwise read
  /// badly.
  constexpr bool after_amount(bool written) noexcept {
    const char c = peek();
    if (c == '\0' && at_ == text_.size()) return true;
    if (c == ' ' || is_upper(c) || box() || c == '(' || c == ')' || c == '[' || c == ']') return true;
    if (written && (c == '.' || c == '/'))
      return stop("expected one decimal such as 0.2 or one fraction such as 1/3", at_);
    return stop(complaint(c), at_);
  }

  constexpr bool gather(Formula& formula, bool with_atoms) noexcept {
    Formula result;
    for (std::size_t i = 0; i < count_; ++i) {
      const double more = raw_[i].amount.constant;
      if (result.amount(raw_[i].species) + more > Formula::max_amount)
        return stop("expected amounts of at most 1e9", raw_[i].position);
      if (result.size() == Formula::capacity && result.amount(raw_[i].species) == 0)
        return stop("expected at most 32 different species", raw_[i].position);
      result.add(raw_[i].species, more);
    }
    for (const Formula::Term& term : result)
      if (too_small(term.amount)) return stop("expected amounts of at least 1e-20", 0, text_.size());
    if (with_atoms && !(result.total() > 0))
      return stop("expected a total amount above zero", 0, text_.size());
    formula = result;
    return true;
  }

  static constexpr std::uint64_t max_digits = 100'000'000'000'000'000;  // 10^17: one more digit still fits
  static constexpr std::uint64_t max_integer = 999'999'999'999'999;

  std::string_view text_;
  bool with_x_ = false;
  std::size_t at_ = 0;
  std::array<Raw, max_terms> raw_{};
  std::size_t count_ = 0;
  std::array<Open, max_depth> open_{};
  std::size_t depth_ = 0;
  FormulaFault fault_;
};

/// Text fit for one line of a message: control characters replaced, the middle of a long text left out.
inline std::string one_line(std::string_view text) {
  std::string line = text.size() <= 80 ? std::string(text) : std::string(text.substr(0, 60)) + "...";
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return line;
}

inline Error formula_error(std::string_view text, FormulaFault fault) {
  std::size_t end = fault.position + fault.length;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    ++end;  // whole UTF-8 character
  const std::string what =
      fault.position >= text.size()
          ? std::string("the end")
          : std::string("\"") + one_line(text.substr(fault.position, end - fault.position)) + "\"";
  return Error(std::string("formula \"") + one_line(text) + "\", character " +
                   std::to_string(fault.position + 1) + " (" + what + "): " + fault.expected,
               Place{"", 0, fault.position + 1});
}

[[noreturn, gnu::cold]] inline void fail_formula(std::string_view text, FormulaFault fault) {
  fail(formula_error(text, fault));
}

/// Fails where something was expected. A function of its own, because the compiler that stops here at a
/// faulty literal prints the values of the arguments.
constexpr void require_formula(std::string_view text, std::size_t character, const char* expected,
                               std::size_t length) {
  if (expected != nullptr) fail_formula(text, {expected, character - 1, length});
}

}  // namespace detail

/// The formula written as element symbols, each with an optional charge and an optional amount:
///
///     NaNi0.2Fe0.2Mn0.6O2    Na2/3[Ni1/3Mn2/3]O2    Na1+Ni2+0.5Mn4+0.5O2-2    Na0.67 (Ni(Mg)0.5)0.4 Mn0.8 O2
///
/// - An amount is a decimal ("0.2") or a fraction of integers ("1/3"); it becomes the nearest double. No
///   exponent, sign or decimal comma; at most 18 significant digits, 0 or 1e-20 to 1e9. A missing amount is
///   1;
///   species of amount 0 are left out.
/// - A charge is one digit and its sign, right after the symbol and before the amount: "Mn3+0.2" is 0.2 Mn3+,
///   "O2-2" is two O2-. "Na+" and "O-2" are refused, because the digit after a sign could be either.
/// - Brackets ( ) and [ ] nest up to 16 deep and multiply what they hold; which kind is used has no meaning.
/// - "□" or "Vac" is a vacant site: "Na4/7[□1/7Mn6/7]O2". It takes an amount, but no charge.
/// - Spaces may stand between terms and at the ends, not between a symbol and its amount.
/// - The same species written twice is added up; Mn, Mn3+ and Mn4+ are different species.
///
/// Throws Error with the character (from 1) at which the text is wrong and what was expected there.
constexpr Formula parse_formula(std::string_view text) {
  Formula formula;
  detail::FormulaReader reader(text);
  reader.read(formula);
  const detail::FormulaFault fault = reader.fault();
  detail::require_formula(text, fault.position + 1, fault.expected, fault.length);
  return formula;
}

/// `parse_formula` that returns the error instead of throwing it.
inline Result<Formula> try_parse_formula(std::string_view text) {
  Formula formula;
  detail::FormulaReader reader(text);
  if (!reader.read(formula)) return detail::formula_error(text, reader.fault());
  return formula;
}

inline namespace literals {

/// `"NaNi0.5Mn0.5O2"_formula`: `parse_formula` at compile time. A typo does not compile.
consteval Formula operator""_formula(const char* text, std::size_t size) {
  return parse_formula({text, size});
}

}  // namespace literals

namespace detail {

/// An amount as short text that reads back as the same double: a short decimal, else a fraction n/d with d ≤
/// 999 that is exactly this double, else all digits.
inline std::string amount_text(double amount) {
  std::array<char, 400> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), amount, std::chars_format::fixed);
  std::string decimal(buffer.data(), end.ptr);
  if (decimal.size() <= 8 || amount > 1e6) return decimal;
  for (int d = 2; d <= 999; ++d) {
    const double n = static_cast<double>(static_cast<long long>(amount * d + 0.5));
    if (n > 0 && n / d == amount) return std::to_string(static_cast<long long>(n)) + "/" + std::to_string(d);
  }
  return decimal;
}

}  // namespace detail

/// The formula as text, in its order and without brackets: "Na2/3Ni1/3Mn2/3O2", "Na1+Mn3+0.2...", vacancies
/// as "Vac1/7".
/// `parse_formula` reads it back as the same formula, with the same doubles (for amounts of at least 1e-20).
inline std::string to_string(const Formula& formula) {
  std::string text;
  for (const auto& [species, amount] : formula) {
    text += symbol(species);
    if (species.charge != 0) {
      text += std::to_string(species.charge < 0 ? -species.charge : species.charge);
      text += species.charge < 0 ? '-' : '+';
    }
    if (amount != 1) text += detail::amount_text(amount);
  }
  return text;
}

/// Molar mass, g/mol, of the formula as written: standard atomic weights (see `Element`); the mass of the
/// electrons that ions lack or have is not counted.
constexpr double molar_mass(const Formula& formula) {
  double mass = 0;
  for (const Formula::Term& term : formula)
    if (term.species != vacancy) mass += term.amount * element(term.species).atomic_weight;
  return mass;
}

}  // namespace lamella
