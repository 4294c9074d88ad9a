// The criteria of one composition of a grid, from tables that are made once: no allocation, some 10⁶ compositions a second.
//
// Conventions are those of the chemistry room: entropy per TM site with elements mixing, oxidation states by `default_redox_order`,
// Shannon's six-coordinate radii in the usual spin state.
#pragma once

#include <lamella/bonding/dopant_table.hpp>              // mean_slab_radius
#include <lamella/chemistry/capacity.hpp>                // detail::capacity_per_electron
#include <lamella/chemistry/composition.hpp>             // Sublattices
#include <lamella/chemistry/element.hpp>                 // element
#include <lamella/chemistry/ionic_radius.hpp>            // octahedral_radius
#include <lamella/chemistry/oxidation_states.hpp>        // default_redox_order, detail::charge_range
#include <lamella/core/error.hpp>                        // fail
#include <lamella/core/measured.hpp>                     // detail::fixed
#include <lamella/layered/layered_lattice.hpp>           // layered_lattice
#include <lamella/screening/criteria.hpp>                // Criterion, CriterionValues
#include <lamella/screening/substitution_grid.hpp>       // SubstitutionGrid, Steps
#include <lamella/screening/barrier_table.hpp>           // BarrierTable

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The O3 lattice of the host, which those of the compositions are estimated from.
struct HostLattice {
  double a = 0, slab = 0, interslab = 0;  ///< Å
};

/// A number that the user gives for an element: its price, its abundance.
struct ElementValue {
  Species element;
  double value = 0;
};

/// What the criteria rest on beyond the compositions.
struct EvaluationSettings {
  std::optional<HostLattice> lattice;     ///< where not given: estimated, for sodium hosts only
  bool barriers = false;
  std::vector<ElementValue> prices;       ///< per kg of the element; empty: no cost. Anions cost nothing unless given
  std::vector<ElementValue> abundances;   ///< any unit; empty: no such criterion
};

/// Evaluates the compositions of a grid. Const members may be called from several threads.
class CompositionEvaluator {
 public:
  /// Throws for elements without usual oxidation states or radii, an element that is both in the slab and, with a charge that may
  /// change, in the alkali layer; prices and abundances that are not positive or missing; lattices that are impossible.
  CompositionEvaluator(const SubstitutionGrid& grid, EvaluationSettings settings) : grid_(grid) {
    const Sublattices& host = grid.host();
    prepare_rest(host);
    for (const auto& e : grid.elements()) prepare_element(e);
    for (const RedoxCouple& couple : default_redox_order)
      for (std::size_t i = 0; i < tables_.size(); ++i)
        if (grid.elements()[i].species.atomic_number == couple.atomic_number && tables_[i].low < tables_[i].high)
          couples_.push_back({i, static_cast<double>(couple.to - couple.from)});
    prepare_values(settings);
    prepare_lattice(settings);
  }

  const SubstitutionGrid& grid() const noexcept { return grid_; }

  /// Whether a criterion has values here: barriers, cost and abundance only where asked for or given, the stacking margin for sodium.
  bool has(Criterion c) const noexcept { return available_[static_cast<std::size_t>(c)]; }

  /// The lattice of the host, given or estimated.
  const HostLattice& host_lattice() const noexcept { return lattice_; }

  /// The lattice of a mean radius of the slab cations (Å) by Vegard's law, as `estimated_layers` has it: metal-anion bonds grow with the
  /// radius and octahedra keep their shape, so that a and the slab scale; the alkali-anion bond keeps its length, which gives the interslab.
  HostLattice lattice_of(double mean_radius) const noexcept {
    const double scale = 1 + (mean_radius - host_radius_) / metal_bond_;
    const double a = lattice_.a * scale;
    return {a, lattice_.slab * scale, 2 * std::sqrt(alkali_bond_ * alkali_bond_ - a * a / 3)};
  }

  /// Fills the criteria of a composition. False where no usual oxidation states make it neutral, or the barrier is asked for and
  /// has no saddle: then only part of them is filled.
  bool evaluate(const Steps& steps, CriterionValues& values) const noexcept {
    std::array<double, most_screened_elements> amounts{}, charges{};
    double n_ln_n = 0, mass = rest_mass_, lowest = rest_charge_, highest = rest_charge_, inactive = 0, price = rest_price_, scarcest = 0;
    const std::size_t count = tables_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const ElementTable& t = tables_[i];
      const auto at = static_cast<std::size_t>(steps[i] - t.first);
      const double x = t.amounts[at];
      amounts[i] = x;
      n_ln_n += t.x_ln_x[at];
      mass += t.weight * x;
      charges[i] = t.low * x;
      lowest += t.low * x;
      highest += t.high * x;
      inactive += t.inactive ? x : 0;
      price += t.price * x;
      if (x > 0 && (scarcest == 0 || t.abundance < scarcest)) scarcest = t.abundance;
    }
    const double tolerance = 1e-9 * (highest - lowest + 1);
    if (!(lowest <= tolerance && highest >= -tolerance)) return false;
    const auto set = [&](Criterion c, double value) { values[static_cast<std::size_t>(c)] = value; };
    set(Criterion::charge_slack, std::max(0.0, std::min(-lowest, highest)));
    set(Criterion::entropy, std::max(0.0, std::log(total_) - n_ln_n / total_));
    set(Criterion::redox_inactive, inactive / total_);
    const double per_alkali = detail::capacity_per_electron(mass);
    set(Criterion::capacity, mobile_ * per_alkali);
    set(Criterion::cation_capacity, std::clamp(highest, 0.0, mobile_) * per_alkali);
    set(Criterion::cost, price / mass);
    set(Criterion::abundance, scarcest);

    // The redox order fills up the charges until the composition is neutral.
    double missing = -lowest;
    for (const Couple& couple : couples_) {
      if (!(missing > 0)) break;
      const double step = std::min(couple.electrons * amounts[couple.element], missing);
      charges[couple.element] += step;
      missing -= step;
    }
    double sum_r = 0, sum_r2 = 0, potential = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (amounts[i] == 0) continue;
      const ElementTable& t = tables_[i];
      // Whole charges around the mean.
      const double above = charges[i] / amounts[i] - t.low;
      auto below = static_cast<std::size_t>(std::max(0.0, above));
      double upper = above - static_cast<double>(below);
      if (upper > 1 - 1e-9) {
        ++below;
        upper = 0;
      } else if (upper < 1e-9) {
        upper = 0;
      }
      const auto add = [&](const IonTable& ion, double n) {
        sum_r += n * ion.radius;
        sum_r2 += n * ion.radius * ion.radius;
        potential += n * ion.potential;
      };
      add(t.ions[below], amounts[i] * (1 - upper));
      if (upper > 0) add(t.ions[below + 1], amounts[i] * upper);
    }
    const double mean_radius = sum_r / total_;
    set(Criterion::size_mismatch, std::sqrt(std::max(0.0, sum_r2 / (total_ * mean_radius * mean_radius) - 1)));
    const double phi_TM = potential / total_;
    set(Criterion::phi_TM, phi_TM);
    set(Criterion::phi_cation, phi_TM * phi_alkali_ / phi_anion_);
    set(Criterion::stacking_margin, phi_TM - (2.607 + 3.508 * phi_alkali_));
    const HostLattice lattice = lattice_of(mean_radius);
    set(Criterion::a, lattice.a);
    set(Criterion::slab, lattice.slab);
    set(Criterion::interslab, lattice.interslab);
    if (barriers_) {
      const double barrier = (*barriers_)(lattice.a, {charges.data(), count});
      if (!(barrier > 0)) return false;
      set(Criterion::barrier, barrier);
    }
    return true;
  }

 private:
  struct IonTable {
    double radius = 0, potential = 0;  // Å, 1/Å
  };
  struct ElementTable {
    int first = 0;
    std::vector<double> amounts, x_ln_x;  // by steps from `first`
    int low = 0, high = 0;                // charges
    std::vector<IonTable> ions;           // by charge from `low`
    double weight = 0, price = 0, abundance = 1;
    bool inactive = false;
  };
  struct Couple {
    std::size_t element;
    double electrons;  // per atom
  };

  /// The layers that do not change: charge, mass, potentials.
  void prepare_rest(const Sublattices& host) {
    const auto fixed = [&](Species s) {
      const auto range = s.charge != 0 ? detail::ChargeRange{s.charge, s.charge} : detail::charge_range(to_formula(host), s, true);
      if (range.low != range.high)
        fail(std::string(symbol(s)) + " outside the metal site has several oxidation states, expected a written charge");
      for (const auto& e : grid_.elements())
        if (e.species.atomic_number == s.atomic_number && s.charge == 0 && e.species.charge != 0)
          fail(std::string(symbol(s)) + " with and without a charge in the host, expected one way of writing");
      return range.low;
    };
    total_ = host.slab.total();
    mobile_ = detail::mobile_alkali(host);
    rest_mass_ = molar_mass(host.alkali) + molar_mass(host.anion);
    double anion_radius = 0;
    for (const Formula* layer : {&host.alkali, &host.anion})
      for (const Formula::Term& term : *layer) {
        if (term.species == vacancy) continue;
        const int q = fixed(term.species);
        rest_charge_ += q * term.amount;
        const double radius = octahedral_radius({term.species.atomic_number, static_cast<std::int8_t>(q)});
        (layer == &host.alkali ? phi_alkali_ : phi_anion_) += std::abs(q) / radius * term.amount;
        if (layer == &host.anion) anion_radius += radius * term.amount;
        if (layer == &host.alkali && is_alkali(term.species)) {
          sodium_only_ = sodium_only_ && term.species.atomic_number == 11;
          mobile_species_ = {term.species.atomic_number, 1};
          ++alkali_kinds_;
        } else if (layer == &host.alkali) {
          sodium_only_ = false;
        } else {
          oxide_only_ = oxide_only_ && term.species.atomic_number == 8;
        }
      }
    anion_radius_ = anion_radius / host.anion.total();
    if (!(mobile_ > 0)) fail("no alkali metal in the host, expected Na, Li or K in the alkali layer");
  }

  void prepare_element(const SubstitutionGrid::Element& e) {
    ElementTable t;
    t.first = e.first;
    for (int k = e.first; k <= e.last; ++k) {
      const double x = grid_.amount(tables_.size(), k);
      t.amounts.push_back(x);
      t.x_ln_x.push_back(x > 0 ? x * std::log(x) : 0);
    }
    Formula alone;
    alone.add(e.species, 1);
    const auto range = e.species.charge != 0 ? detail::ChargeRange{e.species.charge, e.species.charge} : detail::charge_range(alone, e.species, true);
    t.low = range.low;
    t.high = range.high;
    for (int q = range.low; q <= range.high; ++q) {
      const double radius = octahedral_radius({e.species.atomic_number, static_cast<std::int8_t>(q)});
      t.ions.push_back({radius, q / radius});
    }
    t.weight = element(e.species).atomic_weight;
    t.inactive = t.low == t.high;
    tables_.push_back(std::move(t));
  }

  static double value_of_element(std::span<const ElementValue> given, Species species, const char* what) {
    for (const auto& v : given)
      if (v.element.atomic_number == species.atomic_number) {
        if (!(v.value > 0 && v.value < 1e12)) fail(std::string(what) + " of " + std::string(symbol(species)) + ", expected a number above 0");
        return v.value;
      }
    fail("no " + std::string(what) + " of " + std::string(symbol(species)) + ", expected one for every element of the slab and the alkali layer");
  }

  void prepare_values(const EvaluationSettings& settings) {
    available_.fill(true);
    const auto drop = [&](Criterion c) { available_[static_cast<std::size_t>(c)] = false; };
    if (!sodium_only_) drop(Criterion::stacking_margin);
    if (settings.prices.empty()) drop(Criterion::cost);
    if (settings.abundances.empty()) drop(Criterion::abundance);
    if (!settings.barriers) drop(Criterion::barrier);
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      const Species s = grid_.elements()[i].species;
      if (!settings.prices.empty()) tables_[i].price = value_of_element(settings.prices, s, "price") * tables_[i].weight;
      if (!settings.abundances.empty()) tables_[i].abundance = value_of_element(settings.abundances, s, "abundance");
    }
    if (settings.prices.empty()) return;
    const Sublattices& host = grid_.host();
    for (const Formula* layer : {&host.alkali, &host.anion})
      for (const Formula::Term& term : *layer) {
        if (term.species == vacancy) continue;
        const bool given = std::any_of(settings.prices.begin(), settings.prices.end(),
                                       [&](const auto& v) { return v.element.atomic_number == term.species.atomic_number; });
        if (layer == &host.anion && !given) continue;
        rest_price_ += value_of_element(settings.prices, term.species, "price") * element(term.species).atomic_weight * term.amount;
      }
  }

  /// Range of the mean radius over the grid: the elements with the extreme radii first, as far as their ranges go.
  std::array<double, 2> radius_range() const {
    std::array<double, 2> range{};
    for (const int sign : {-1, 1}) {
      std::vector<std::pair<double, std::size_t>> order;  // by extreme radius
      double left = total_, sum = 0;
      for (std::size_t i = 0; i < tables_.size(); ++i) {
        double extreme = tables_[i].ions[0].radius;
        for (const auto& ion : tables_[i].ions) extreme = sign < 0 ? std::min(extreme, ion.radius) : std::max(extreme, ion.radius);
        order.push_back({sign * extreme, i});
        left -= tables_[i].amounts.front();
        sum += tables_[i].amounts.front() * extreme;
      }
      std::sort(order.begin(), order.end(), [](const auto& x, const auto& y) { return x.first > y.first; });
      for (const auto& [radius, i] : order) {
        const double more = std::min(std::max(0.0, left), tables_[i].amounts.back() - tables_[i].amounts.front());
        sum += more * sign * radius;
        left -= more;
      }
      range[sign < 0 ? 0 : 1] = sum / total_;
    }
    return range;
  }

  void prepare_lattice(const EvaluationSettings& settings) {
    host_radius_ = mean_slab_radius(grid_.host());
    if (settings.lattice) {
      lattice_ = *settings.lattice;
      for (const double x : {lattice_.a, lattice_.slab, lattice_.interslab})
        if (!(x > 1 && x < 10)) fail("lattice of the host with " + detail::fixed(x, 3) + " Å, expected a, slab and interslab of 1 to 10 Å");
    } else {
      if (!sodium_only_) fail("no lattice of the host, expected a, slab and interslab where the alkali is not sodium alone");
      // The shape of the octahedra and the Na-O bond of O3-NaCrO2, a 2.9742, slab 2.110, interslab 3.208 Å.
      constexpr double a = 2.9742, slab = 2.110, interslab = 3.208;
      lattice_.a = a * (host_radius_ + anion_radius_) / std::sqrt(a * a / 3 + slab * slab / 4);
      lattice_.slab = slab / a * lattice_.a;
      const double alkali_bond = std::sqrt(a * a / 3 + interslab * interslab / 4);
      const double square = alkali_bond * alkali_bond - lattice_.a * lattice_.a / 3;
      if (!(square > 0)) fail("cations too large for an O3 lattice, expected a, slab and interslab of the host");
      lattice_.interslab = 2 * std::sqrt(square);
    }
    metal_bond_ = std::sqrt(lattice_.a * lattice_.a / 3 + lattice_.slab * lattice_.slab / 4);
    alkali_bond_ = std::sqrt(lattice_.a * lattice_.a / 3 + lattice_.interslab * lattice_.interslab / 4);
    const auto range = radius_range();
    const double largest = lattice_.a * (1 + (range[1] - host_radius_) / metal_bond_);
    if (!(alkali_bond_ * alkali_bond_ - largest * largest / 3 > 0.25))
      fail("cations up to a mean radius of " + detail::fixed(range[1], 3) + " Å leave no interslab by Vegard's law, expected smaller ones or less of them");
    if (!settings.barriers) return;
    if (alkali_kinds_ != 1 || !oxide_only_) fail("barriers in a host with several alkali metals or anions other than oxygen, expected one alkali in an oxide");
    constexpr std::size_t nodes = 40;
    const double from = lattice_of(range[0]).a - 1e-3, to = lattice_of(range[1]).a + 1e-3;
    std::vector<LayeredLattice<stacking::O3>> lattices;
    for (std::size_t n = 0; n < nodes; ++n) {
      const double a = from + (to - from) * static_cast<double>(n) / static_cast<double>(nodes - 1);
      const HostLattice l = lattice_of(host_radius_ + (a / lattice_.a - 1) * metal_bond_);
      lattices.push_back(layered_lattice<stacking::O3>(l.a, l.slab, l.interslab));
    }
    std::vector<Species> elements;
    for (const auto& e : grid_.elements()) elements.push_back(neutral(e.species));
    const std::vector<double> mean(elements.size(), -rest_charge_ / static_cast<double>(elements.size()));
    barriers_.emplace(lattices, mobile_species_, Species{8, -2}, elements, mean);
  }

  SubstitutionGrid grid_;
  std::vector<ElementTable> tables_;
  std::vector<Couple> couples_;
  std::array<bool, criterion_count> available_{};
  double total_ = 0, mobile_ = 0, rest_mass_ = 0, rest_charge_ = 0, rest_price_ = 0;
  double phi_alkali_ = 0, phi_anion_ = 0, anion_radius_ = 0;
  bool sodium_only_ = true, oxide_only_ = true;
  std::size_t alkali_kinds_ = 0;
  Species mobile_species_{};
  HostLattice lattice_{};
  double host_radius_ = 0, metal_bond_ = 1, alkali_bond_ = 1;  // of the host, Å
  std::optional<BarrierTable> barriers_;
};

}  // namespace lamella::inline LAMELLA_ABI
