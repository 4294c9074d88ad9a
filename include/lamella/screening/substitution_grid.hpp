// The compositions that substitution on the metal site can make: a grid on the simplex of amounts, one step apart.
#pragma once

#include <lamella/chemistry/composition.hpp>  // Sublattices
#include <lamella/chemistry/formula.hpp>      // Formula
#include <lamella/chemistry/species.hpp>      // Species, neutral
#include <lamella/core/error.hpp>             // fail
#include <lamella/core/measured.hpp>          // Measured, to_string

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The amounts that an element may have in the slab, moles per formula unit (two anions), both ends included.
struct SubstitutionRange {
  Species species;
  double low = 0, high = 0;
};

/// Most elements of a slab that is screened.
inline constexpr std::size_t most_screened_elements = 12;
/// Most compositions of one screening.
inline constexpr std::uint64_t most_compositions = 20'000'000;

/// How many steps each element of a grid is above its amount in the host (below: negative); they add up to 0.
using Steps = std::array<std::int16_t, most_screened_elements>;

/// All compositions of a slab whose elements are whole steps away from the host, within the range of each, at constant total:
/// what a candidate brings, host elements give up. A host element without a range of its own may be replaced altogether.
class SubstitutionGrid {
 public:
  struct Element {
    Species species;
    double host = 0;  ///< moles per formula unit in the host
    int first = 0, last = 0;
  };

  /// Throws where the step is not between 10⁻³ and 1, a range is impossible, its ends are not whole steps apart or from the
  /// host's amount, an element is given twice, there are too many elements, or more than `most_compositions` compositions.
  SubstitutionGrid(const Sublattices& host, std::span<const SubstitutionRange> candidates, double step) : host_(host), step_(step) {
    if (!(step >= 1e-3 && step <= 1)) fail("step " + show(step) + ", expected 0.001 to 1 mole per formula unit");
    if (!(host.slab.total() <= 2)) fail("more than two atoms on the metal site per two anions in the host, expected a layered oxide");
    if (host.slab.empty()) fail("nothing on the metal site of the host, expected a slab to substitute in");
    for (const Formula::Term& term : host.slab) {
      if (term.species == vacancy) fail("vacancies on the metal site of the host, expected atoms only");
      for (const Element& e : elements_)
        if (e.species.atomic_number == term.species.atomic_number)
          fail("the host holds " + std::string(symbol(term.species)) + " in several charges, expected one, or none written");
      add({term.species, term.amount, 0, 0});
    }
    const std::size_t of_host = elements_.size();
    std::array<bool, most_screened_elements> ranged{};
    for (const SubstitutionRange& range : candidates) {
      const std::string name = to_string(range.species);
      if (range.species.atomic_number == 0) fail("a vacancy among the candidates, expected elements");
      if (is_anion_like(range.species)) fail(name + " among the candidates of the metal site, expected cations");
      if (!(range.low >= 0 && range.low <= range.high && range.high <= host.slab.total() * (1 + 1e-9)))
        fail("range of " + name + " from " + show(range.low) + " to " + show(range.high) + ", expected 0 <= low <= high <= " + show(host.slab.total()));
      std::size_t i = 0;
      while (i < elements_.size() && elements_[i].species.atomic_number != range.species.atomic_number) ++i;
      if (i < elements_.size() && (ranged[i] || i >= of_host)) fail(name + " is given twice, expected one range for each element");
      if (i == elements_.size()) add({range.species, 0, 0, 0});
      else if (range.species.charge != 0) elements_[i].species = range.species;
      ranged[i] = true;
      elements_[i].first = steps_to(range.low, elements_[i].host, name);
      elements_[i].last = steps_to(range.high, elements_[i].host, name);
    }
    for (std::size_t i = 0; i < of_host; ++i)
      if (!ranged[i]) elements_[i].first = -static_cast<int>(std::floor(elements_[i].host / step * (1 + 1e-9)));
    for (std::size_t i = elements_.size(); i-- > 0;) {
      lowest_left_[i] = (i + 1 < elements_.size() ? lowest_left_[i + 1] + elements_[i + 1].first : 0);
      highest_left_[i] = (i + 1 < elements_.size() ? highest_left_[i + 1] + elements_[i + 1].last : 0);
    }
    size_ = counted();
    if (size_ > most_compositions)
      fail((size_ == too_many ? std::string("more than 10^18") : std::to_string(size_)) + " compositions, expected at most " +
           std::to_string(most_compositions) + ": a larger step or narrower ranges");
  }

  const std::vector<Element>& elements() const noexcept { return elements_; }
  const Sublattices& host() const noexcept { return host_; }
  double step() const noexcept { return step_; }
  /// How many compositions there are.
  std::uint64_t size() const noexcept { return size_; }

  /// Moles per formula unit of element `i` at `steps` from the host; what is left of rounding is 0.
  double amount(std::size_t i, int steps) const noexcept {
    const double x = std::round((elements_[i].host + steps * step_) * 1e12) / 1e12;
    return x > 1e-9 ? x : 0;
  }

  /// The layers of a composition.
  Sublattices layers(const Steps& steps) const {
    Sublattices result{host_.alkali, {}, host_.anion};
    for (std::size_t i = 0; i < elements_.size(); ++i) result.slab.add(elements_[i].species, amount(i, steps[i]));
    return result;
  }

  /// The steps of a composition, or nothing where it is not on the grid (its layers differ, or an amount by more than 10⁻⁶).
  std::optional<Steps> find(const Sublattices& layers) const {
    const auto same = [](double x, double y) { return std::abs(x - y) < 1e-6; };
    for (const auto& [a, b] : {std::pair{&layers.alkali, &host_.alkali}, std::pair{&layers.anion, &host_.anion}}) {
      if (!same(a->total(), b->total())) return std::nullopt;
      for (const Formula::Term& term : *a)
        if (!same(term.amount, b->amount(term.species))) return std::nullopt;
    }
    Steps steps{};
    double total = 0;
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      const double x = layers.slab.element_amount(neutral(elements_[i].species));
      const double n = std::round((x - elements_[i].host) / step_);
      if (n < elements_[i].first || n > elements_[i].last || !same(x, elements_[i].host + n * step_)) return std::nullopt;
      steps[i] = static_cast<std::int16_t>(n);
      total += x;
    }
    return same(total, layers.slab.total()) ? std::optional(steps) : std::nullopt;
  }

  /// The steps of the first two elements that some composition has, in order: parts of the grid that are enumerated alone.
  std::vector<std::array<int, 2>> parts() const {
    std::vector<std::array<int, 2>> result;
    const auto& e = elements_;
    if (e.size() < 3) return {{0, 0}};
    for (int i = e[0].first; i <= e[0].last; ++i)
      for (int j = e[1].first; j <= e[1].last; ++j)
        if (i + j + lowest_left_[1] <= 0 && i + j + highest_left_[1] >= 0) result.push_back({i, j});
    return result;
  }

  /// Calls `visit(steps)` for every composition of one of the `parts`, in order.
  template <class Visit>
  void for_each(const std::array<int, 2>& part, Visit visit) const {
    Steps steps{};
    if (elements_.size() < 3) return descend(0, 0, steps, visit);
    steps[0] = static_cast<std::int16_t>(part[0]);
    steps[1] = static_cast<std::int16_t>(part[1]);
    descend(2, part[0] + part[1], steps, visit);
  }

 private:
  static constexpr std::uint64_t too_many = std::numeric_limits<std::uint64_t>::max();

  static std::string show(double x) { return std::isfinite(x) ? lamella::to_string(Measured{x, 0}) : std::string("that is not finite"); }
  static bool is_anion_like(Species s) noexcept { return detail::is_anion(s, true); }

  void add(const Element& element) {
    if (elements_.size() == most_screened_elements)
      fail("too many elements on the metal site, expected at most " + std::to_string(most_screened_elements) + " with those of the host");
    elements_.push_back(element);
  }

  int steps_to(double amount, double host, const std::string& name) const {
    const double n = (amount - host) / step_, whole = std::round(n);
    if (std::abs(n - whole) > 1e-6)
      fail("range of " + name + ": " + show(amount) + " is not a whole number of steps of " + show(step_) + " from " + show(host) +
           ", its amount in the host, expected one that is");
    return static_cast<int>(whole);
  }

  /// The number of ways to reach a sum of 0, from all sums of the elements so far.
  std::uint64_t counted() const {
    std::vector<std::uint64_t> ways{1};
    int low = 0;
    for (const Element& e : elements_) {
      // Saturated additions: a count beyond the limit need not be exact.
      const std::size_t width = static_cast<std::size_t>(e.last - e.first) + 1;
      std::vector<std::uint64_t> next(ways.size() + width - 1, 0);
      for (std::size_t i = 0; i < ways.size(); ++i)
        for (std::size_t j = 0; j < width; ++j) next[i + j] = ways[i] > limit - std::min(limit, next[i + j]) ? limit : next[i + j] + ways[i];
      ways = std::move(next);
      low += e.first;
    }
    const int zero = -low;
    if (zero < 0 || static_cast<std::size_t>(zero) >= ways.size()) return 0;
    const std::uint64_t n = ways[static_cast<std::size_t>(zero)];
    return n >= limit ? too_many : n;
  }
  static constexpr std::uint64_t limit = 1'000'000'000'000'000'000;

  template <class Visit>
  void descend(std::size_t i, int sum, Steps& steps, Visit& visit) const {
    const Element& e = elements_[i];
    if (i + 1 == elements_.size()) {
      if (-sum < e.first || -sum > e.last) return;
      steps[i] = static_cast<std::int16_t>(-sum);
      visit(std::as_const(steps));
      return;
    }
    const int from = std::max(e.first, -sum - highest_left_[i]), to = std::min(e.last, -sum - lowest_left_[i]);
    for (int k = from; k <= to; ++k) {
      steps[i] = static_cast<std::int16_t>(k);
      descend(i + 1, sum + k, steps, visit);
    }
  }

  Sublattices host_;
  double step_;
  std::vector<Element> elements_;
  std::array<int, most_screened_elements> lowest_left_{}, highest_left_{};  // of the elements behind
  std::uint64_t size_ = 0;
};

}  // namespace lamella::inline LAMELLA_ABI
