// Quantities of a series as columns, for change points and for the comparison of mechanisms.
#pragma once

#include <lamella/core/measured.hpp>            // Measured
#include <lamella/core/scalar.hpp>              // square
#include <lamella/fit/change_points.hpp>        // SeriesColumn
#include <lamella/fit/detail/line_growth.hpp>   // LineGrowth
#include <lamella/fit/detail/noisy_data.hpp>    // weighable, moderate
#include <lamella/refine/series_record.hpp>     // SeriesRecord

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Fractions as numbers that can be weighted: of an absent phase 0, of the only one 1, both with the usual esd of the series.
inline std::vector<SeriesColumn> fraction_columns(const SeriesRecord& record) {
  std::vector<double> esds;
  for (const auto& pattern : record.patterns)
    for (std::size_t p = 0; p < record.phases.size(); ++p)
      if (shows(pattern, p) && weighable(pattern.phases[p].weight_fraction)) esds.push_back(pattern.phases[p].weight_fraction.esd);
  double usual = 0.01;
  if (!esds.empty()) {
    const auto middle = esds.begin() + static_cast<std::ptrdiff_t>(esds.size() / 2);
    std::nth_element(esds.begin(), middle, esds.end());
    usual = *middle;
  }
  std::vector<SeriesColumn> columns(record.phases.size(), SeriesColumn(record.patterns.size()));
  for (std::size_t i = 0; i < record.patterns.size(); ++i) {
    const auto& pattern = record.patterns[i];
    if (!pattern.usable) continue;
    for (std::size_t p = 0; p < record.phases.size(); ++p) {
      const auto& phase = pattern.phases[p];
      if (weighable(phase.weight_fraction)) columns[p][i] = phase.weight_fraction;
      else if (!phase.present) columns[p][i] = Measured{0, usual};
      else if (only_phase(pattern)) columns[p][i] = Measured{1, usual};
    }
  }
  return columns;
}

/// A quantity of the cell of a phase where it is there.
inline SeriesColumn cell_column(const SeriesRecord& record, std::size_t phase, Measured PhaseObservation::*quantity) {
  SeriesColumn column(record.patterns.size());
  for (std::size_t i = 0; i < record.patterns.size(); ++i)
    if (shows(record.patterns[i], phase) && weighable(record.patterns[i].phases[phase].*quantity)) column[i] = record.patterns[i].phases[phase].*quantity;
  return column;
}

/// Whether c repeats a, as in a cubic cell.
inline bool c_is_a(const SeriesColumn& a, const SeriesColumn& c) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] && c[i] && a[i]->value != c[i]->value) return false;
  return true;
}

/// What a reaction advances with: the alkali content where every usable pattern has it, else the time, else the place in the list.
struct Progress {
  std::vector<double> s;
  bool by_content = true;
};
inline Progress progress(const SeriesRecord& record) {
  bool content = true, time = true;
  for (const auto& pattern : record.patterns) {
    if (!pattern.usable) continue;
    content = content && pattern.x && moderate(pattern.x->value);
    time = time && pattern.time && moderate(*pattern.time);
  }
  std::vector<double> s;
  for (std::size_t i = 0; i < record.patterns.size(); ++i) {
    const auto& pattern = record.patterns[i];
    s.push_back(!pattern.usable ? 0 : content ? pattern.x->value : time ? *pattern.time : static_cast<double>(i));
  }
  return {std::move(s), content};
}

/// A quantity in an interval, as a constant and as a line.
struct MechanismQuantity {
  LineGrowth constant{false}, line{true};
  std::size_t values = 0;

  MechanismQuantity() = default;
  MechanismQuantity(const std::vector<double>& s, const SeriesColumn& column, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i <= last; ++i) {
      if (!column[i]) continue;
      const double weight = 1 / square(column[i]->esd);
      constant.add(s[i], column[i]->value, weight);
      line.add(s[i], column[i]->value, weight);
      ++values;
    }
  }
  /// −2 ln likelihood but for a constant: esds enlarged by the scatter where that is larger.
  double misfit(bool moves) const {
    const auto n = static_cast<double>(values);
    const double chi_square = (moves ? line : constant).chi_square(), ratio = std::max(1.0, chi_square / n);
    return values == 0 ? 0 : n * std::log(ratio) + chi_square / ratio;
  }
};

/// The columns of a series.
struct SeriesColumns {
  explicit SeriesColumns(const SeriesRecord& record) : fraction(fraction_columns(record)) {
    Progress advance = progress(record);
    s = std::move(advance.s);
    by_content = advance.by_content;
    std::vector<double> sum(record.phases.size(), 0.0);
    for (std::size_t p = 0; p < record.phases.size(); ++p) {
      a.push_back(cell_column(record, p, &PhaseObservation::a));
      c.push_back(cell_column(record, p, &PhaseObservation::c));
      cubic.push_back(c_is_a(a.back(), c.back()));
      for (const auto& w : fraction[p])
        if (w) sum[p] += w->value;
    }
    if (!sum.empty()) most = static_cast<std::size_t>(std::max_element(sum.begin(), sum.end()) - sum.begin());
  }

  /// All that can move: cells, and the fractions of all phases but one.
  std::vector<SeriesColumn> moving() const {
    std::vector<SeriesColumn> columns;
    for (std::size_t p = 0; p < a.size(); ++p) {
      columns.push_back(a[p]);
      if (!cubic[p]) columns.push_back(c[p]);
      if (p != most) columns.push_back(fraction[p]);
    }
    return columns;
  }

  std::vector<double> s;                     ///< what a reaction advances with
  bool by_content = false;                   ///< whether that is the alkali content
  std::vector<SeriesColumn> fraction, a, c;  ///< per phase
  std::vector<bool> cubic;
  std::size_t most = 0;                      ///< the phase of most of the series
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
