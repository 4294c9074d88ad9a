// What happened between two changes of a series: one cell that moves, or two cells that stay and exchange their fractions.
//
// A solid solution has one cell at a time, which moves with the alkali content; in a two-phase reaction the cells of both phases stay and
// the fractions follow the lever rule. Both are fitted to the same numbers and compared by the criterion of G. Schwarz (Ann. Statist. 6
// (1978) 461); ΔBIC above 10 is very strong evidence (R. E. Kass & A. E. Raftery, J. Am. Stat. Assoc. 90 (1995) 773).
#pragma once

#include <lamella/core/measured.hpp>               // Measured, to_string
#include <lamella/fit/change_points.hpp>           // change_points
#include <lamella/fit/detail/noisy_data.hpp>       // weighable
#include <lamella/refine/detail/series_columns.hpp> // SeriesColumns
#include <lamella/refine/series_record.hpp>        // SeriesRecord

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

enum class Mechanism : std::uint8_t { solid_solution, two_phase, undecided };

inline std::string_view to_string(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::solid_solution: return "solid-solution";
    case Mechanism::two_phase: return "two-phase";
    case Mechanism::undecided: return "undecided";
  }
  return "unknown";
}

/// One explanation of an interval. Of each quantity of each phase, esds smaller than its scatter about the model are enlarged to it.
struct MechanismModel {
  double chi_square = 0;       ///< with the esds as they are
  double bic = 0;              ///< with the esds as enlarged
  std::size_t parameters = 0;
};

/// A phase that becomes another.
struct Transition {
  std::size_t from = 0, to = 0;  ///< numbers of the phases
  Measured start{}, end{};       ///< where the line of the lever rule reaches 0 and 1, as places in the list of patterns (1.5: between 1 and 2)
  bool starts = false, ends = false;  ///< whether the series shows them: otherwise the line reaches them outside of it or the reaction turns before
};

/// What happened in a stretch of a series.
struct SeriesInterval {
  std::size_t first = 0, last = 0;      ///< places in the list of patterns, both included
  Mechanism mechanism = Mechanism::undecided;
  std::vector<std::size_t> phases{};    ///< numbers of those that are there in a third of its patterns or more
  std::size_t values = 0;               ///< cells and fractions that the models were fitted to
  MechanismModel nothing{};             ///< cells and fractions stay
  MechanismModel solid_solution{};      ///< cells move linearly, fractions stay
  MechanismModel two_phase{};           ///< cells stay, fractions move linearly
  MechanismModel both{};                ///< both move
  double lever_share = 0;               ///< of the change of the mean cell, what comes of the fractions; 1: all
  std::optional<Transition> transition{};  ///< of a two-phase interval
  std::vector<std::size_t> bends{};        ///< places inside where the pace changed: changes that did not change the mechanism or turn a cell back
  std::string evidence{};               ///< the comparison in words and numbers
};

/// How mechanisms are told apart.
struct MechanismOptions {
  ChangePointOptions changes{};
  double decisive = 10;               ///< ΔBIC for a verdict
  double alkali_mass = 22.98976928;   ///< g/mol, sodium: makes weights of phases of known mass formula units, which the lever rule is about
};

namespace detail {

/// Where s passes a value, as a place in the list of patterns: of the crossings the one nearest to `near`; nothing where it never does.
inline std::optional<double> crossing(const SeriesRecord& record, const std::vector<double>& s, double value, double near) {
  std::optional<double> best;
  std::optional<std::size_t> before;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (!record.patterns[i].usable) continue;
    if (before && (s[*before] - value) * (s[i] - value) <= 0 && s[i] != s[*before]) {
      const double place = static_cast<double>(*before) + static_cast<double>(i - *before) * (value - s[*before]) / (s[i] - s[*before]);
      if (!best || std::abs(place - near) < std::abs(*best - near)) best = place;
    }
    before = i;
  }
  return best;
}

/// The quantities of the phases of an interval, and how the mechanisms fit them.
class MechanismFit {
 public:
  MechanismFit(const SeriesColumns& columns, const std::vector<std::size_t>& phases, std::size_t first, std::size_t last) : phases_(phases), columns_(columns), first_(first), last_(last) {
    double highest = -1;
    for (const std::size_t p : phases) {
      cells_.emplace_back(columns.s, columns.a[p], first, last);
      cells_.push_back(columns.cubic[p] ? MechanismQuantity() : MechanismQuantity(columns.s, columns.c[p], first, last));
      fractions_.emplace_back(columns.s, columns.fraction[p], first, last);
      if (const double mean = fractions_.back().constant.at(0); mean > highest) {
        highest = mean;
        rest_ = fractions_.size() - 1;
      }
    }
  }

  std::size_t values() const {
    std::size_t count = 0;
    for_each([&](const MechanismQuantity& q, bool) { count += q.values; });
    return count;
  }
  MechanismModel model(bool cells_move, bool fractions_move) const {
    MechanismModel m;
    for_each([&](const MechanismQuantity& q, bool fraction) {
      const bool moves = fraction ? fractions_move : cells_move;
      const auto& line = moves ? q.line : q.constant;
      m.chi_square += line.chi_square();
      m.bic += q.misfit(moves);
      m.parameters += static_cast<std::size_t>(line.parameters());
    });
    m.bic += static_cast<double>(m.parameters) * std::log(static_cast<double>(std::max<std::size_t>(values(), 2)));
    return m;
  }

  /// How far the fraction of phase number `k` of the interval goes.
  double transfer(std::size_t k) const {
    if (k != rest_) return change(fractions_[k]);
    double others = 0;
    for (std::size_t j = 0; j < fractions_.size(); ++j) others += j == rest_ ? 0 : change(fractions_[j]);
    return -others;
  }

  /// The part of the change of the mean cell that comes of the fractions, sizes of strain in a and c added.
  double lever_share() const {
    double by_fractions = 0, by_cells = 0;
    for (std::size_t edge = 0; edge < 2; ++edge) {
      double exchanged = 0, moved = 0;
      for (std::size_t k = 0; k < phases_.size(); ++k) {
        const auto& q = cells_[2 * k + edge];
        const double size = q.constant.at(0);
        if (q.values == 0 || size == 0) continue;
        const double reference = cells_[edge].constant.at(0);
        exchanged += transfer(k) * (size - reference) / size;
        moved += share(k) * change(q) / size;
      }
      by_fractions += std::abs(exchanged);
      by_cells += std::abs(moved);
    }
    return by_fractions + by_cells > 0 ? by_fractions / (by_fractions + by_cells) : 0;
  }

 private:
  template <class F>
  void for_each(F&& f) const {
    for (const auto& q : cells_)
      if (q.values > 0) f(q, false);
    for (std::size_t k = 0; k < fractions_.size(); ++k)
      if (k != rest_) f(fractions_[k], true);
  }
  double change(const MechanismQuantity& q) const { return q.line.at(columns_.s[last_]) - q.line.at(columns_.s[first_]); }
  double share(std::size_t k) const {
    if (phases_.size() == 1) return 1;
    return fractions_[k].constant.at(0);
  }

  const std::vector<std::size_t>& phases_;
  const SeriesColumns& columns_;
  std::size_t first_, last_;
  std::vector<MechanismQuantity> cells_;      ///< a and c of each phase
  std::vector<MechanismQuantity> fractions_;  ///< of each phase
  std::size_t rest_ = 0;                      ///< the phase whose fraction is what the others leave
};

/// The line of the lever rule through the patterns that show both phases. `masses` of a formula unit of both make weights formula units.
inline std::pair<LineGrowth, double> lever_line(const SeriesRecord& record, const SeriesColumns& columns, std::size_t from, std::size_t to, std::size_t first, std::size_t last,
                                                const std::array<double, 2>& masses) {
  LineGrowth line(true);
  double patterns = 0;
  for (std::size_t i = first; i <= last; ++i) {
    if (!shows(record.patterns[i], from) || !shows(record.patterns[i], to)) continue;
    const Measured& w = *columns.fraction[to][i];
    // n = (w/m)/((1 − w)/m′ + w/m)
    const double all = (1 - w.value) * masses[1] + w.value * masses[0], slope = masses[0] * masses[1] / square(all);
    line.add(columns.s[i], w.value * masses[0] / all, 1 / square(w.esd * slope));
    ++patterns;
  }
  return {line, patterns};
}

/// Where it begins and ends.
inline std::optional<Transition> transition_of(const SeriesRecord& record, const SeriesColumns& columns, std::size_t from, std::size_t to, std::size_t first, std::size_t last,
                                               double alkali_mass) {
  auto [line, patterns] = lever_line(record, columns, from, to, first, last, {1, 1});
  if (patterns < 3 || line.slope() == 0 || columns.s[first] == columns.s[last]) return std::nullopt;
  if (columns.by_content && record.phases[from].host_mass > 0 && record.phases[to].host_mass > 0) {
    const double mass_from = record.phases[from].host_mass + alkali_mass * line.place_of(0), mass_to = record.phases[to].host_mass + alkali_mass * line.place_of(1);
    if (mass_from > 0 && mass_to > 0) line = lever_line(record, columns, from, to, first, last, {mass_from / mass_to, 1}).first;
  }
  const double scatter = std::max(1.0, line.chi_square() / (patterns - 2));
  const double length = static_cast<double>(last - first), per_s = length / (columns.s[last] - columns.s[first]);
  Transition transition{.from = from, .to = to};
  for (const bool end : {false, true}) {
    const double level = end ? 1 : 0, s = line.place_of(level), boundary = static_cast<double>(end ? last : first);
    const Measured straight{static_cast<double>(first) + (s - columns.s[first]) * per_s, std::abs(per_s) * std::sqrt(scatter * line.variance_of_place(level))};
    const auto place = crossing(record, columns.s, s, boundary);
    const double tolerance = 2 + 3 * straight.esd + 0.1 * length;
    const bool shown = place && std::abs(*place - boundary) <= tolerance;
    (end ? transition.end : transition.start) = {shown ? *place : straight.value, straight.esd};
    (end ? transition.ends : transition.starts) = shown;
  }
  return transition;
}

inline SeriesInterval compare(const SeriesRecord& record, const SeriesColumns& columns, std::size_t first, std::size_t last, const MechanismOptions& options) {
  SeriesInterval interval{.first = first, .last = last};
  // Of unusable patterns at the ends nothing is known.
  while (first < last && !record.patterns[first].usable) ++first;
  while (last > first && !record.patterns[last].usable) --last;
  std::size_t usable = 0;
  std::vector<std::size_t> seen(record.phases.size(), 0);
  for (std::size_t i = first; i <= last; ++i) {
    usable += record.patterns[i].usable;
    for (std::size_t p = 0; p < seen.size(); ++p) seen[p] += shows(record.patterns[i], p);
  }
  for (std::size_t p = 0; p < seen.size(); ++p)
    if (seen[p] > 0 && 3 * seen[p] >= usable) interval.phases.push_back(p);
  constexpr std::size_t fewest = 4;
  if (usable < fewest || interval.phases.empty()) {
    interval.evidence = "undecided: " + std::to_string(usable) + " usable patterns" + (usable < fewest ? ", four are needed" : ", no phase in a third of them");
    return interval;
  }

  const MechanismFit fit(columns, interval.phases, first, last);
  interval.values = fit.values();
  interval.nothing = fit.model(false, false);
  interval.solid_solution = fit.model(true, false);
  interval.two_phase = fit.model(false, true);
  interval.both = fit.model(true, true);
  interval.lever_share = fit.lever_share();
  const double over_nothing = interval.nothing.bic - std::min({interval.solid_solution.bic, interval.two_phase.bic, interval.both.bic});
  const double lead = interval.solid_solution.bic - interval.two_phase.bic;  // of two phases
  const bool one_suffices = interval.both.bic > std::min(interval.solid_solution.bic, interval.two_phase.bic) - options.decisive;
  constexpr double nearly_all = 0.8;
  const bool several = interval.phases.size() > 1, moves = over_nothing > options.decisive;
  if (moves && several && lead > options.decisive && (one_suffices || interval.lever_share > nearly_all)) interval.mechanism = Mechanism::two_phase;
  if (moves && (!several || (-lead > options.decisive && (one_suffices || interval.lever_share < 1 - nearly_all)))) interval.mechanism = Mechanism::solid_solution;

  std::string& text = interval.evidence;
  const auto number = [](double x) { return std::abs(x) < 1e6 ? fixed(x, 1) : to_string(Measured{x, 0}); };
  text = std::string(to_string(interval.mechanism)) + ": χ² of " + std::to_string(interval.values) + " values is " + number(interval.solid_solution.chi_square) +
         (several ? " where cells move and fractions stay, " + number(interval.two_phase.chi_square) + " where cells stay and fractions follow the lever rule" : " where the cell moves") +
         ", " + number(interval.nothing.chi_square) + " where nothing moves; ΔBIC " + number(several ? std::abs(lead) : over_nothing) +
         (several ? (lead > 0 ? " for two phases" : " for a solid solution") : moves ? " for a cell that moves" : " for a cell that moves, too little");
  if (several) text += "; " + fixed(100 * interval.lever_share, 0) + " % of the change of the mean cell comes of the fractions";
  if (several && !moves) text += "; nothing moves";

  if (interval.mechanism == Mechanism::two_phase) {
    std::size_t from = 0, to = 0;
    for (std::size_t k = 1; k < interval.phases.size(); ++k) {
      if (fit.transfer(k) < fit.transfer(from)) from = k;
      if (fit.transfer(k) > fit.transfer(to)) to = k;
    }
    interval.transition = transition_of(record, columns, interval.phases[from], interval.phases[to], first, last, options.alkali_mass);
  }
  return interval;
}

/// Per phase and edge whether it grows (1), shrinks (−1) or neither, by three esds, in an interval.
inline std::vector<int> motion(const SeriesColumns& columns, const SeriesInterval& interval) {
  std::vector<int> signs(2 * columns.a.size(), 0);
  for (const std::size_t p : interval.phases)
    for (const bool of_c : {false, true}) {
      const auto& column = of_c ? columns.c[p] : columns.a[p];
      LineGrowth line(true);
      double values = 0;
      for (std::size_t i = interval.first; i <= interval.last; ++i) {
        if (!column[i]) continue;
        line.add(static_cast<double>(i), column[i]->value, 1 / square(column[i]->esd));
        ++values;
      }
      const double ratio = std::max(1.0, line.chi_square() / std::max(values - 2, 1.0));
      if (square(line.slope()) > 9 * ratio * line.slope_variance() && values > 2) signs[2 * p + of_c] = line.slope() > 0 ? 1 : -1;
    }
  return signs;
}

/// Two neighbouring intervals as one where nothing but the pace changed between them: a cell that moves on the same way, or the same reaction.
inline std::optional<SeriesInterval> joined(const SeriesRecord& record, const SeriesColumns& columns, const SeriesInterval& left, const SeriesInterval& right,
                                            const MechanismOptions& options) {
  if (left.phases != right.phases) return std::nullopt;
  const bool solid = left.mechanism == Mechanism::solid_solution && right.mechanism == Mechanism::solid_solution;
  const bool reaction = left.mechanism != Mechanism::solid_solution && right.mechanism != Mechanism::solid_solution && (left.transition || right.transition);
  if (!solid && !reaction) return std::nullopt;
  if (solid) {
    const auto before = motion(columns, left), after = motion(columns, right);
    for (std::size_t k = 0; k < before.size(); ++k)
      if (before[k] * after[k] < 0) return std::nullopt;
  }
  SeriesInterval both = compare(record, columns, left.first, right.last, options);
  if (both.mechanism != (solid ? Mechanism::solid_solution : Mechanism::two_phase)) return std::nullopt;
  for (const auto* part : {&left, &right})
    if (part->transition && (!both.transition || both.transition->from != part->transition->from || both.transition->to != part->transition->to)) return std::nullopt;
  both.bends = left.bends;
  both.bends.push_back(right.first);
  both.bends.insert(both.bends.end(), right.bends.begin(), right.bends.end());
  return both;
}

}  // namespace detail

/// Compares the mechanisms between two places of the list of patterns, both included. With fewer than four patterns that can be used, or where
/// nothing moves, the verdict is undecided. Two cells nearer than the lines are wide, refined as one phase, look like one cell that moves.
inline SeriesInterval compare_mechanisms(const SeriesRecord& record, std::size_t first, std::size_t last, const MechanismOptions& options = {}) {
  check(record);
  if (!(first <= last && last < record.patterns.size()))
    fail("interval " + std::to_string(first) + " to " + std::to_string(last) + ": expected places among " + std::to_string(record.patterns.size()) + " patterns");
  return detail::compare(record, detail::SeriesColumns(record), first, last, options);
}

/// Divides a series where its cells and fractions change, all together, and compares the mechanisms in each interval. Neighbours between which
/// only the pace changed are one interval, with its `bends`. Patterns that are not usable belong to the interval around them. Throws for records that contradict themselves.
inline std::vector<SeriesInterval> mechanisms(const SeriesRecord& record, const MechanismOptions& options = {}) {
  check(record);
  std::vector<SeriesInterval> intervals;
  if (record.patterns.empty()) return intervals;
  const detail::SeriesColumns columns(record);
  std::vector<double> place(record.patterns.size());
  for (std::size_t i = 0; i < place.size(); ++i) place[i] = static_cast<double>(i);
  const auto found = change_points(place, columns.moving(), options.changes);
  std::size_t first = 0;
  for (std::size_t k = 0; k <= found.changes.size(); ++k) {
    const std::size_t next = k < found.changes.size() ? found.changes[k].first : record.patterns.size();
    intervals.push_back(detail::compare(record, columns, first, next - 1, options));
    first = next;
    while (intervals.size() > 1) {
      auto both = detail::joined(record, columns, intervals[intervals.size() - 2], intervals.back(), options);
      if (!both) break;
      intervals.pop_back();
      intervals.back() = std::move(*both);
    }
  }
  return intervals;
}

}  // namespace lamella::inline LAMELLA_ABI
