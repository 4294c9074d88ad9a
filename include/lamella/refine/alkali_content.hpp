// The alkali content of a cathode during a run, three ways: from the charge that passed, from what the phases say, from their weighted mean.
#pragma once

#include <lamella/chemistry/capacity.hpp>       // capacity_per_alkali
#include <lamella/chemistry/composition.hpp>    // Sublattices
#include <lamella/core/error.hpp>               // fail
#include <lamella/core/measured.hpp>            // Measured
#include <lamella/core/scalar.hpp>              // square
#include <lamella/fit/detail/noisy_data.hpp>    // moderate
#include <lamella/refine/series_record.hpp>     // SeriesRecord

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What turns a charge into a content.
struct CathodeCharge {
  Measured start{1, 0};            ///< alkali per formula unit before the run
  Measured active_mass{};          ///< mg, of the composition as written; 1000 mg where charges are mAh/g
  double capacity_per_alkali = 0;  ///< mAh/g for one alkali per formula unit, of the composition as written

  /// Of a composition in layers: `CathodeCharge::of(partition("NaNi0.5Mn0.5O2"_formula), {12.3, 0.1})`; `start` is what the formula holds.
  static CathodeCharge of(const Sublattices& layers, const Measured& active_mass) {
    return {.start = {detail::mobile_alkali(layers), 0}, .active_mass = active_mass, .capacity_per_alkali = lamella::capacity_per_alkali(layers)};
  }
};

/// Alkali per formula unit after `charge` mAh left the cathode (negative: entered): x₀ − Q/(m q), its esd from those of x₀ and of the mass, which
/// all patterns share. Charge that went into side reactions counts as alkali: so it may leave the range of the formula. Throws where mass or
/// capacity are not above 0.
inline Measured alkali_from_charge(const CathodeCharge& cathode, double charge) {
  if (!(cathode.active_mass.value > 0 && cathode.capacity_per_alkali > 0 && detail::moderate(cathode.capacity_per_alkali / cathode.active_mass.value)))
    fail("alkali content from charge: expected an active mass and a capacity above 0");
  if (!detail::moderate(charge)) fail("alkali content from charge: expected a finite charge");
  const double change = charge / (1e-3 * cathode.active_mass.value * cathode.capacity_per_alkali);
  return {cathode.start.value - change, std::hypot(cathode.start.esd, change * cathode.active_mass.esd / cathode.active_mass.value)};
}

/// The content of a phase by its edge c, from samples of known composition; linear between them.
class AlkaliCalibration {
 public:
  struct Sample {
    double c = 0;      ///< Å
    Measured alkali{}; ///< per formula unit
  };

  /// Throws for fewer than two samples, numbers that are not finite, and where x does not rise or fall with c throughout: then c does not
  /// tell x. Divide such a calibration at its extremum.
  explicit AlkaliCalibration(std::vector<Sample> samples) : samples_(std::move(samples)) {
    if (samples_.size() < 2) fail("calibration of alkali by c: " + std::to_string(samples_.size()) + " samples, expected two or more");
    for (const auto& s : samples_)
      if (!detail::moderate(s.c) || !detail::moderate(s.alkali.value) || !(s.alkali.esd >= 0 && detail::moderate(s.alkali.esd)))
        fail("calibration of alkali by c: expected finite numbers");
    std::sort(samples_.begin(), samples_.end(), [](const Sample& a, const Sample& b) { return a.c < b.c; });
    const bool rises = samples_.back().alkali.value > samples_.front().alkali.value;
    for (std::size_t i = 1; i < samples_.size(); ++i)
      if (!(samples_[i].c > samples_[i - 1].c) || samples_[i].alkali.value == samples_[i - 1].alkali.value ||
          (samples_[i].alkali.value > samples_[i - 1].alkali.value) != rises)
        fail("calibration of alkali by c: between " + to_string(Measured{samples_[i - 1].c, 0}) + " and " + to_string(Measured{samples_[i].c, 0}) +
             " Å: expected a content that rises or falls with c throughout");
  }

  /// Nothing outside the samples, but for what three esds of c explain: then that of the nearest.
  std::optional<Measured> alkali(const Measured& c) const {
    if (!detail::moderate(c.value) || !(c.esd >= 0)) return std::nullopt;
    const double low = samples_.front().c, high = samples_.back().c;
    if (c.value < low - 3 * c.esd || c.value > high + 3 * c.esd) return std::nullopt;
    const double inside = std::clamp(c.value, low, high);
    const auto after = std::upper_bound(samples_.begin() + 1, samples_.end() - 1, inside, [](double value, const Sample& s) { return value < s.c; });
    const Sample &a = *(after - 1), &b = *after;
    const double part = (inside - a.c) / (b.c - a.c), slope = (b.alkali.value - a.alkali.value) / (b.c - a.c);
    return Measured{a.alkali.value + part * (b.alkali.value - a.alkali.value),
                    std::hypot(slope * c.esd, (1 - part) * a.alkali.esd, part * b.alkali.esd)};
  }

 private:
  std::vector<Sample> samples_;
};

/// Where contents come from; what is absent is not used.
struct AlkaliSources {
  std::optional<CathodeCharge> charge{};                                 ///< with the charge of each pattern
  std::vector<std::optional<AlkaliCalibration>> calibration{};           ///< per phase of the record, or empty
  std::vector<std::optional<Measured>> coexisting{};                     ///< per phase: its content beside another phase, the limit of its range
  double alkali_mass = 22.98976928;                                      ///< g/mol; sodium
};

/// The content of one pattern, alkali per formula unit, as far as it is known.
struct AlkaliContent {
  std::optional<Measured> charge{};     ///< from the charge that passed
  std::optional<Measured> occupancy{};  ///< mean over the phases of what refined occupancies say, or where a phase has none its c-axis
  std::optional<Measured> weighted{};   ///< mean over the phases that coexist, each at the limit of its range: the lever rule; of one phase alone as its c-axis says, or its occupancies
};

namespace detail {

/// Mean over the phases of a pattern, weighted by formula units. An error of the fractions moves the mean from phase to phase: exact for
/// two phases, an upper limit for more.
template <class Content>
std::optional<Measured> mean_content(const SeriesRecord& record, const SeriesObservation& pattern, double alkali_mass, Content&& content_of) {
  std::vector<Measured> content, share;
  double all = 0;
  const bool masses = std::all_of(record.phases.begin(), record.phases.end(), [](const auto& p) { return p.host_mass > 0; });
  for (std::size_t p = 0; p < record.phases.size(); ++p) {
    if (!shows(pattern, p)) continue;
    const std::optional<Measured> x = content_of(p);
    const Measured& w = pattern.phases[p].weight_fraction;
    if (!x || !moderate(x->value) || !(x->esd >= 0 && moderate(x->esd)) || !(w.value >= 0 && moderate(w.value))) return std::nullopt;
    const double unit = masses ? record.phases[p].host_mass + std::max(0.0, x->value) * alkali_mass : 1;
    content.push_back(*x);
    share.push_back({w.value / unit, w.esd >= 0 && moderate(w.esd) ? w.esd / unit : 0});
    all += share.back().value;
  }
  if (!(all > 0)) return std::nullopt;
  double mean = 0, of_contents = 0, of_shares = 0;
  for (std::size_t k = 0; k < content.size(); ++k) {
    mean += share[k].value / all * content[k].value;
    of_contents += square(share[k].value / all * content[k].esd);
  }
  for (std::size_t k = 0; k < content.size() && content.size() > 1; ++k) of_shares += std::abs(content[k].value - mean) * share[k].esd / all;
  return Measured{mean, std::hypot(std::sqrt(of_contents), of_shares)};
}

}  // namespace detail

/// The contents of all patterns, in their order. Throws for records that contradict themselves and sources of other numbers of phases.
inline std::vector<AlkaliContent> alkali_contents(const SeriesRecord& record, const AlkaliSources& sources) {
  check(record);
  for (const std::size_t given : {sources.calibration.size(), sources.coexisting.size()})
    if (given != 0 && given != record.phases.size())
      fail("alkali content: " + std::to_string(given) + " phases in the sources, expected " + std::to_string(record.phases.size()));
  std::vector<AlkaliContent> contents;
  contents.reserve(record.patterns.size());
  for (const auto& pattern : record.patterns) {
    AlkaliContent& content = contents.emplace_back();
    if (sources.charge && pattern.charge && detail::moderate(*pattern.charge)) content.charge = alkali_from_charge(*sources.charge, *pattern.charge);
    if (!pattern.usable) continue;
    const bool alone = detail::only_phase(pattern).has_value();
    const auto by_c = [&](std::size_t p) -> std::optional<Measured> {
      if (sources.calibration.empty() || !sources.calibration[p]) return std::nullopt;
      return sources.calibration[p]->alkali(pattern.phases[p].c);
    };
    const auto by_occupancy = [&](std::size_t p) { return pattern.phases[p].alkali; };
    content.occupancy = detail::mean_content(record, pattern, sources.alkali_mass, [&](std::size_t p) { return by_occupancy(p) ? by_occupancy(p) : by_c(p); });
    content.weighted = detail::mean_content(record, pattern, sources.alkali_mass, [&](std::size_t p) -> std::optional<Measured> {
      if (!alone && !sources.coexisting.empty() && sources.coexisting[p]) return sources.coexisting[p];
      return by_c(p) ? by_c(p) : by_occupancy(p);
    });
  }
  return contents;
}

/// How well two ways to a content agree over a run.
struct AlkaliClosure {
  std::size_t patterns = 0;      ///< that have both
  Measured mean{};               ///< of the differences; its esd does not fall with their number: mass and start are the same for all
  double scatter = 0;            ///< standard deviation of the differences
  std::size_t worst = 0;         ///< index of the pattern with the largest difference over its esd; without esds with the largest difference
  Measured worst_difference{};
};

/// Compares two ways, first less second: `closure(record, contents, &AlkaliContent::charge, &AlkaliContent::weighted)`. Nothing where no
/// pattern has both.
inline std::optional<AlkaliClosure> closure(const SeriesRecord& record, const std::vector<AlkaliContent>& contents, std::optional<Measured> AlkaliContent::*first,
                                            std::optional<Measured> AlkaliContent::*second) {
  if (contents.size() != record.patterns.size())
    fail("closure: " + std::to_string(contents.size()) + " contents, expected " + std::to_string(record.patterns.size()));
  AlkaliClosure result;
  double sum = 0, squares = 0, variance = 0, worst = -1;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const auto &a = contents[i].*first, &b = contents[i].*second;
    if (!a || !b) continue;
    const Measured difference{a->value - b->value, std::hypot(a->esd, b->esd)};
    ++result.patterns;
    const double n = static_cast<double>(result.patterns), off = difference.value - sum;
    sum += off / n;  // the running mean
    squares += off * (difference.value - sum);
    variance += square(difference.esd);
    const double size = std::abs(difference.value) / (difference.esd > 0 ? difference.esd : 1);
    if (size > worst) {
      worst = size;
      result.worst = record.patterns[i].index;
      result.worst_difference = difference;
    }
  }
  if (result.patterns == 0) return std::nullopt;
  const double n = static_cast<double>(result.patterns);
  result.mean = {sum, std::sqrt(variance / n)};
  result.scatter = result.patterns > 1 ? std::sqrt(squares / (n - 1)) : 0;
  return result;
}

/// Writes into each pattern the content it is best known by: charge, else weighted mean, else occupancies.
inline void take_contents(SeriesRecord& record, const std::vector<AlkaliContent>& contents) {
  if (contents.size() != record.patterns.size())
    fail("contents of " + std::to_string(contents.size()) + " patterns, expected " + std::to_string(record.patterns.size()));
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const auto& c = contents[i];
    record.patterns[i].x = c.charge ? c.charge : c.weighted ? c.weighted : c.occupancy;
  }
}

/// Molar mass of a composition's formula unit without the alkali between its slabs, g/mol: the `host_mass` of its phases.
inline double host_mass(const Sublattices& layers) { return molar_mass(layers.slab) + molar_mass(layers.anion); }

}  // namespace lamella::inline LAMELLA_ABI
