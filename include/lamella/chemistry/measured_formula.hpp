// Measured compositions: ICP amounts with esds to a normalised formula with its full covariance.
#pragma once

#include <lamella/chemistry/composition.hpp>   // is_alkali, detail::is_anion
#include <lamella/chemistry/detail/items.hpp>  // Items
#include <lamella/chemistry/entropy.hpp>       // ConfigurationalEntropy
#include <lamella/chemistry/formula.hpp>       // Formula
#include <lamella/core/error.hpp>              // fail
#include <lamella/core/measured.hpp>           // Measured

#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// The measured amount of one species, in moles or in mass (any unit, the same for all).
struct MeasuredAmount {
  Species species;
  Measured amount;
};

/// A formula whose amounts have a covariance: normalisation ties them together (amounts on a site that was set
/// to 1 add up to exactly 1, their errors to 0). No heap.
class MeasuredFormula {
 public:
  static constexpr std::size_t capacity = Formula::capacity;

  constexpr std::size_t size() const noexcept { return size_; }
  constexpr Species species(std::size_t i) const noexcept { return species_[i]; }

  /// Amount and esd of the i-th species, moles per mole of formula.
  Measured operator[](std::size_t i) const { return {value_[i], std::sqrt(covariance(i, i))}; }

  /// Amount and esd of exactly this species; 0 where it is absent.
  Measured amount(Species s) const {
    for (std::size_t i = 0; i < size_; ++i)
      if (species_[i] == s) return (*this)[i];
    return {};
  }

  /// Covariance of two amounts, mol² per mol² of formula.
  constexpr double covariance(std::size_t i, std::size_t j) const noexcept {
    return covariance_[i < j ? index(i, j) : index(j, i)];
  }

  /// The amounts without their esds. Species measured as 0 are left out.
  constexpr Formula formula() const {
    Formula f;
    for (std::size_t i = 0; i < size_; ++i) f.add(species_[i], value_[i]);
    return f;
  }

  /// Adds a species that was not measured with the others, such as an assumed O2, independent of them. Throws
  /// Error for one that is there already, negative or infinite numbers, NaN, and too many species.
  MeasuredFormula& add(Species s, Measured amount) {
    check(s, amount);
    value_[size_] = amount.value;
    species_[size_] = s;
    ++size_;
    set_covariance(size_ - 1, size_ - 1, amount.esd * amount.esd);
    return *this;
  }

  /// Precondition: i ≤ j < size().
  constexpr void set_covariance(std::size_t i, std::size_t j, double c) noexcept {
    covariance_[index(i, j)] = c;
  }

 private:
  static constexpr std::size_t index(std::size_t i, std::size_t j) noexcept { return j * (j + 1) / 2 + i; }

  void check(Species s, Measured amount) const {
    const char* fault = nullptr;
    if (size_ == capacity) fault = "expected at most 32 species";
    for (std::size_t i = 0; i < size_; ++i)
      if (species_[i] == s) fault = "it is given twice, expected each species once";
    if (!(amount.value >= 0 && amount.value <= Formula::max_amount))
      fault = "expected a value from 0 to 1e9 (0 with its esd for what was not detected)";
    if (!(amount.esd >= 0 && amount.esd <= Formula::max_amount))
      fault = "expected an esd that is not negative";
    if (fault != nullptr) fail(std::string("measured amount of ") + to_string(s) + ": " + fault);
  }

  std::array<Species, capacity> species_{};
  std::array<double, capacity> value_{};
  std::array<double, capacity*(capacity + 1) / 2> covariance_{};
  std::size_t size_ = 0;
};

/// What a measured composition is normalised on: the species whose amounts are to add up to `total`.
class Normalisation {
 public:
  /// All cations but Li, Na, K, Rb and Cs: TM = 1, whatever their charges. Li in the slab, or Mg in the alkali
  /// layer, need `on_species`.
  static Normalisation on_slab(double total = 1) { return {Kind::slab, {}, total}; }
  /// All anions: O = 2. They must have been measured; ICP does not see oxygen.
  static Normalisation on_anions(double total = 2) { return {Kind::anions, {}, total}; }
  /// A site with exactly these species.
  static Normalisation on_species(std::initializer_list<Species> site, double total) {
    Normalisation n{Kind::species, {}, total};
    for (const Species s : site) n.site_.add(s, 1);
    return n;
  }

  bool includes(Species s, bool has_oxygen) const {
    if (kind_ == Kind::species) return site_.amount(s) > 0;
    const bool anion = detail::is_anion(s, has_oxygen);
    return kind_ == Kind::anions ? anion : !anion && !is_alkali(s) && s != vacancy;
  }
  double total() const noexcept { return total_; }

 private:
  enum class Kind { slab, anions, species };
  Normalisation(Kind kind, const Formula& site, double total) : kind_(kind), site_(site), total_(total) {}

  Kind kind_;
  Formula site_;
  double total_;
};

namespace detail {

inline MeasuredFormula normalised(Items<MeasuredAmount> moles, const Normalisation& normalisation) {
  MeasuredFormula checked;
  for (const MeasuredAmount& m : moles) checked.add(m.species, m.amount);
  const bool has_oxygen = checked.formula().element_amount(Species{8, 0}) > 0;
  const double total = normalisation.total();
  if (!(total > 0 && total <= Formula::max_amount))
    fail("normalisation: expected a total above zero, at most 1e9");
  double sum = 0;
  for (const MeasuredAmount& m : moles)
    if (normalisation.includes(m.species, has_oxygen)) sum += m.amount.value;
  if (!(sum > 0)) fail("normalisation: none of the species of its site was measured, expected at least one");

  MeasuredFormula result;
  for (const MeasuredAmount& m : moles) result.add(m.species, {total * m.amount.value / sum, 0});
  const auto derivative = [&](std::size_t i, std::size_t j) {
    const double y = total * moles[i].amount.value / sum;
    return ((i == j ? total : 0) - (normalisation.includes(moles[j].species, has_oxygen) ? y : 0)) / sum;
  };
  for (std::size_t j = 0; j < moles.size(); ++j)
    for (std::size_t i = 0; i <= j; ++i) {
      double c = 0;
      for (std::size_t k = 0; k < moles.size(); ++k)
        c += derivative(i, k) * derivative(j, k) * moles[k].amount.esd * moles[k].amount.esd;
      result.set_covariance(i, j, c);
    }
  return result;
}

inline MeasuredFormula normalised_masses(Items<MeasuredAmount> masses, const Normalisation& normalisation) {
  std::array<MeasuredAmount, MeasuredFormula::capacity> moles{};
  if (masses.size() > moles.size()) fail("measured masses: expected at most 32 species");
  for (std::size_t i = 0; i < masses.size(); ++i) {
    const double weight = element(masses[i].species).atomic_weight;
    moles[i] = {masses[i].species, {masses[i].amount.value / weight, masses[i].amount.esd / weight}};
  }
  return normalised({moles.data(), masses.size()}, normalisation);
}

}  // namespace detail

/// The formula of measured molar amounts, y_i = T m_i / Σ m_s over the species s of the normalisation. The
/// measured amounts are taken as independent; a common factor (dilution, sample mass) cancels and should not be
/// in their esds. Covariance to first order: J diag(σ²) Jᵀ with ∂y_i/∂m_j = (T δ_ij - y_i [j in s]) / Σ m_s.
/// Throws Error for a species given twice, bad numbers, and where nothing of the site was measured.
inline MeasuredFormula formula_from_moles(std::span<const MeasuredAmount> amounts,
                                          const Normalisation& normalisation) {
  return detail::normalised({amounts.data(), amounts.size()}, normalisation);
}
inline MeasuredFormula formula_from_moles(std::initializer_list<MeasuredAmount> amounts,
                                          const Normalisation& normalisation) {
  return detail::normalised({amounts.begin(), amounts.size()}, normalisation);
}

/// The same from masses (or mass fractions), divided by the atomic weights, which are taken as exact.
inline MeasuredFormula formula_from_masses(std::span<const MeasuredAmount> amounts,
                                           const Normalisation& normalisation) {
  return detail::normalised_masses({amounts.data(), amounts.size()}, normalisation);
}
inline MeasuredFormula formula_from_masses(std::initializer_list<MeasuredAmount> amounts,
                                           const Normalisation& normalisation) {
  return detail::normalised_masses({amounts.begin(), amounts.size()}, normalisation);
}

/// A `FormulaTemplate` (formula_template.hpp) at a measured x: all amounts move together. Throws Error where its
/// `at` does.
template <class Template>
requires requires(const Template& formula) {
  formula.at(0.5);
  formula[0].slope;
}
MeasuredFormula at(const Template& formula, Measured x) {
  MeasuredFormula result;
  const Formula center = formula.at(x.value);
  for (const auto& term : formula) result.add(term.species, {center.amount(term.species), 0});
  for (std::size_t j = 0; j < formula.size(); ++j)
    for (std::size_t i = 0; i <= j; ++i)
      result.set_covariance(i, j, formula[i].slope * formula[j].slope * x.esd * x.esd);
  return result;
}

/// A function of a measured formula with the esd that the covariance of the amounts gives it, to first order:
/// derivatives by differences of a thousandth of each esd. `f` takes a `Formula` and returns a number. It must be
/// smooth there: the esd of an entropy at an amount of 0, where its slope is infinite, has no meaning.
template <class F>
Measured derived(const MeasuredFormula& measured, F f) {
  std::array<double, MeasuredFormula::capacity> slope{};
  const auto shifted = [&](std::size_t i, double h) {
    Formula formula;
    for (std::size_t k = 0; k < measured.size(); ++k)
      formula.add(measured.species(k), measured[k].value + (k == i ? h : 0));
    return static_cast<double>(f(formula));
  };
  const double value = static_cast<double>(f(measured.formula()));
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const auto [center, esd] = measured[i];
    if (esd == 0) continue;
    double h = 1e-3 * esd;
    if (h < 1e-7 * center) h = 1e-7 * center;
    const double below = center - h > 0 ? h : 0;
    slope[i] = (shifted(i, h) - shifted(i, -below)) / (h + below);
  }
  double variance = 0;
  for (std::size_t i = 0; i < measured.size(); ++i)
    for (std::size_t j = 0; j < measured.size(); ++j)
      variance += slope[i] * slope[j] * measured.covariance(i, j);
  return {value, std::sqrt(variance > 0 ? variance : 0)};
}

/// Ideal configurational entropy of a measured formula, R, with its esd: `configurational_entropy` of the same
/// arguments. What was measured without its anions needs them first: `measured.add("O"_species, {2, 0})`. Throws
/// Error where that does.
inline Measured configurational_entropy(const MeasuredFormula& formula, EntropyBasis basis,
                                        AlkaliVacancies vacancies = without_alkali_vacancies,
                                        MixingEntities entities = MixingEntities::unambiguous) {
  return derived(
      formula, [&](const Formula& f) { return configurational_entropy(f, basis, vacancies, entities).in_R; });
}

/// "Na0.981(12)Ni0.203(3)Mn0.797(3)O2": to read, not to be read back.
inline std::string to_string(const MeasuredFormula& formula) {
  std::string text;
  for (std::size_t i = 0; i < formula.size(); ++i) {
    const Measured amount = formula[i];
    Formula single;
    single.add(formula.species(i), 1);
    text += to_string(single);
    if (amount.value != 1 || amount.esd != 0) text += to_string(amount);
  }
  return text;
}

}  // namespace lamella
