// Intensity against 2θ and number of the pattern, coarse enough for a figure: means over bins of angle and over neighbouring patterns.
#pragma once

#include <lamella/core/error.hpp>                  // fail
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern, AngleRange

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Mean intensity of a pattern in equal bins of angle; NaN in a bin without points.
inline std::vector<double> binned_intensity(const PowderPattern& pattern, const AngleRange& range, std::size_t bins) {
  std::vector<double> sum(bins, 0.0);
  std::vector<std::size_t> count(bins, 0);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const double place = (pattern.two_theta[i] - range.low) / (range.high - range.low) * static_cast<double>(bins);
    if (!(place >= 0 && place <= static_cast<double>(bins)) || !std::isfinite(pattern.intensity[i])) continue;
    const std::size_t bin = std::min(static_cast<std::size_t>(place), bins - 1);
    sum[bin] += pattern.intensity[i];
    ++count[bin];
  }
  for (std::size_t b = 0; b < bins; ++b) sum[b] = count[b] > 0 ? sum[b] / static_cast<double>(count[b]) : NAN;
  return sum;
}

/// The map of a series. Its size does not grow with the series: of many patterns, neighbours are averaged.
class IntensityMap {
 public:
  /// For `patterns` patterns over `range`, in `bins` bins of angle and at most `most_columns` columns. Throws where there is nothing to map.
  IntensityMap(const AngleRange& range, std::size_t patterns, std::size_t bins = 240, std::size_t most_columns = 200)
      : range_(range), bins_(bins), per_column_(patterns / std::max<std::size_t>(most_columns, 1) + (patterns % std::max<std::size_t>(most_columns, 1) != 0)) {
    if (!(range.low < range.high && std::isfinite(range.high - range.low)) || patterns == 0 || bins == 0 || most_columns == 0)
      fail("map of intensities: expected a range of angles, patterns, bins and columns");
    const std::size_t columns = (patterns + per_column_ - 1) / per_column_;
    sum_.assign(columns * bins, 0.0);
    count_.assign(columns * bins, 0);
  }

  const AngleRange& range() const noexcept { return range_; }
  std::size_t bins() const noexcept { return bins_; }
  std::size_t columns() const noexcept { return sum_.size() / bins_; }
  std::size_t patterns_per_column() const noexcept { return per_column_; }

  /// Adds the binned intensities of pattern number `index`, from 0. Those of patterns and bins that the map has no place for are left out.
  void add(std::size_t index, std::span<const double> binned) {
    const std::size_t column = index / per_column_;
    if (column >= columns()) return;
    for (std::size_t b = 0; b < std::min(bins_, binned.size()); ++b) {
      if (!std::isfinite(binned[b])) continue;
      sum_[column * bins_ + b] += binned[b];
      ++count_[column * bins_ + b];
    }
  }

  /// Mean intensity in a bin of a column; NaN where there is none.
  double at(std::size_t column, std::size_t bin) const {
    const std::size_t i = column * bins_ + bin;
    return count_[i] > 0 ? sum_[i] / static_cast<double>(count_[i]) : NAN;
  }

 private:
  AngleRange range_;
  std::size_t bins_, per_column_;
  std::vector<double> sum_;
  std::vector<std::size_t> count_;
};

}  // namespace lamella
