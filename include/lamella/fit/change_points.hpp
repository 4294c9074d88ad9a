// Where a noisy series changes: the optimal division into stretches that are constant or straight, and how sure each change is.
//
// Of all divisions the one of lowest Σχ² is found by dynamic programming (R. Bellman, Commun. ACM 4 (1961) 284; I. E. Auger & C. E.
// Lawrence, Bull. Math. Biol. 51 (1989) 39), not by splitting step by step, and their number by the criterion of G. Schwarz (Ann.
// Statist. 6 (1978) 461) with each place of change as one parameter (Y.-C. Yao, Stat. Probab. Lett. 6 (1988) 181).
#pragma once

#include <lamella/core/error.hpp>               // fail
#include <lamella/core/measured.hpp>            // Measured
#include <lamella/core/scalar.hpp>              // square
#include <lamella/fit/detail/line_growth.hpp>   // LineGrowth
#include <lamella/fit/detail/noisy_data.hpp>    // moderate, weighable

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What a quantity does between two changes.
enum class Stretch : std::uint8_t { constant, straight };

/// How changes are looked for.
struct ChangePointOptions {
  Stretch stretch = Stretch::straight;
  std::size_t shortest = 4;      ///< points between two changes, at least
  std::size_t most = 40;         ///< stretches, at most
  bool scatter_enlarges = true;  ///< esds smaller than the scatter from point to point are enlarged to it, one factor per quantity
};

/// A change between two neighbouring points.
struct ChangePoint {
  std::size_t first = 0;             ///< of the points after the change
  std::size_t earliest = 0, latest = 0;  ///< where `first` is with 95 % probability, the other changes staying where they are
  Measured position{};               ///< in x, mean and standard deviation of that distribution
  double evidence = 0;               ///< ΔBIC: BIC without this change less that with it; above 10 is very strong (Kass & Raftery 1995)
};

/// A series divided into stretches.
struct ChangePoints {
  std::vector<ChangePoint> changes;
  std::vector<double> bic;      ///< of the best division into 1, 2, … stretches; the smallest is the one taken
  std::vector<double> scatter;  ///< by which factor the esds of each quantity were enlarged
  double chi_square = 0;        ///< of the division taken
  std::size_t values = 0;       ///< numbers that were fitted
  bool limited = false;         ///< whether `most` was taken, though the points would have allowed more
};

/// A quantity of a series; nothing where a point lacks it.
using SeriesColumn = std::vector<std::optional<Measured>>;

namespace detail {

/// Scatter from point to point over what the esds say: of each point against the line through its neighbours, by the median, which
/// steps and outliers do not move. At least 1.
inline double scatter_over_esd(std::span<const double> x, const SeriesColumn& column) {
  std::vector<std::size_t> there;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (column[i]) there.push_back(i);
  std::vector<double> pull;
  for (std::size_t k = 1; k + 1 < there.size(); ++k) {
    const auto [i, j, l] = std::array{there[k - 1], there[k], there[k + 1]};
    const double share = x[l] > x[i] ? (x[j] - x[i]) / (x[l] - x[i]) : 0.5;
    const double off = column[j]->value - ((1 - share) * column[i]->value + share * column[l]->value);
    const double spread = std::hypot(column[j]->esd, (1 - share) * column[i]->esd, share * column[l]->esd);
    pull.push_back(std::abs(off) / spread);
  }
  constexpr std::size_t enough = 8;
  if (pull.size() < enough) return 1;
  const auto middle = pull.begin() + static_cast<std::ptrdiff_t>(pull.size() / 2);
  std::nth_element(pull.begin(), middle, pull.end());
  constexpr double median_of_normal = 0.6744897501960817;
  return std::max(1.0, *middle / median_of_normal);
}

/// What stretches of a series cost: χ², and ln n for each parameter.
class StretchCost {
 public:
  StretchCost(std::span<const double> x, std::span<const SeriesColumn> columns, const std::vector<double>& scatter, Stretch stretch)
      : x_(x), columns_(columns.size()), growth_(columns.size(), LineGrowth(stretch == Stretch::straight)) {
    std::size_t values = 0;
    for (std::size_t c = 0; c < columns.size(); ++c)
      for (const auto& m : columns[c]) {
        columns_[c].push_back(m ? Weighted{m->value, 1 / square(m->esd * scatter[c])} : Weighted{});
        values += m.has_value();
      }
    per_parameter_ = std::log(static_cast<double>(std::max<std::size_t>(values, 2)));
    values_ = values;
  }

  double per_parameter() const noexcept { return per_parameter_; }
  std::size_t values() const noexcept { return values_; }
  double chi_square() const noexcept {
    double sum = 0;
    for (const auto& g : growth_) sum += g.chi_square();
    return sum;
  }

  void begin() {
    for (auto& g : growth_) g.clear();
  }
  /// Adds point `i` to the stretch, at either end. Returns the cost of the whole stretch.
  double add(std::size_t i) {
    double sum = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (columns_[c][i].weight > 0) growth_[c].add(x_[i], columns_[c][i].value, columns_[c][i].weight);
      sum += growth_[c].chi_square() + per_parameter_ * growth_[c].parameters();
    }
    return sum;
  }
  double of(std::size_t first, std::size_t last) {
    begin();
    double sum = 0;
    for (std::size_t i = first; i < last; ++i) sum = add(i);
    return sum;
  }

 private:
  struct Weighted {
    double value = 0, weight = 0;
  };
  std::span<const double> x_;
  std::vector<std::vector<Weighted>> columns_;
  std::vector<LineGrowth> growth_;
  double per_parameter_ = 1;
  std::size_t values_ = 0;
};

/// The best divisions of n points into 1 … `most` stretches of at least `shortest`.
class BestDivisions {
 public:
  BestDivisions(StretchCost& cost, std::size_t n, std::size_t shortest, std::size_t most)
      : n_(n), width_(most + 1), best_((n + 1) * width_, infinity), from_((n + 1) * width_, 0) {
    best_[0] = 0;
    for (std::size_t i = 0; i + shortest <= n; ++i) {
      const double* before = &best_[i * width_];
      std::size_t reach = 0;  // of the numbers of stretches that can end at i
      for (std::size_t k = 0; k < most; ++k)
        if (before[k] < infinity) reach = k + 1;
      if (reach == 0) continue;
      cost.begin();
      for (std::size_t j = i + 1; j <= n; ++j) {
        const double c = cost.add(j - 1);
        if (j - i < shortest) continue;
        double* here = &best_[j * width_];
        for (std::size_t k = 0; k < reach; ++k)
          if (before[k] + c < here[k + 1]) {
            here[k + 1] = before[k] + c;
            from_[j * width_ + k + 1] = static_cast<std::uint32_t>(i);
          }
      }
    }
  }

  double cost(std::size_t stretches) const { return best_[n_ * width_ + stretches]; }
  /// Where the second, third … stretch begins.
  std::vector<std::size_t> changes(std::size_t stretches) const {
    std::vector<std::size_t> first;
    for (std::size_t k = stretches, j = n_; k > 1; --k) first.push_back(j = from_[j * width_ + k]);
    std::reverse(first.begin(), first.end());
    return first;
  }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  std::size_t n_, width_;
  std::vector<double> best_;
  std::vector<std::uint32_t> from_;
};

/// How the place of one change is distributed when it lies between `begin` and `end`: probability exp(−cost/2).
inline ChangePoint locate(StretchCost& cost, std::span<const double> x, std::size_t begin, std::size_t first, std::size_t end, std::size_t shortest) {
  const std::size_t lowest = begin + shortest, places = end - shortest - lowest + 1;
  std::vector<double> sum(places, 0.0);
  cost.begin();
  for (std::size_t i = begin; i < end - shortest; ++i)
    if (const double c = cost.add(i); i + 1 >= lowest) sum[i + 1 - lowest] += c;
  cost.begin();
  for (std::size_t i = end; i-- > lowest;)
    if (const double c = cost.add(i); i < lowest + places) sum[i - lowest] += c;
  const double least = *std::min_element(sum.begin(), sum.end());
  double all = 0, mean = 0, square_mean = 0;
  const auto weight = [&](std::size_t k) { return std::exp(-0.5 * (sum[k] - least)); };
  const auto middle = [&](std::size_t k) { return 0.5 * (x[lowest + k - 1] + x[lowest + k]) - x[first]; };
  for (std::size_t k = 0; k < places; ++k) {
    const double width = x[lowest + k] - x[lowest + k - 1], p = weight(k);
    all += p;
    mean += p * middle(k);
    square_mean += p * (square(middle(k)) + square(width) / 12);  // anywhere between two points
  }
  mean /= all;
  ChangePoint change{.first = first};
  change.position = {x[first] + mean, std::sqrt(std::max(0.0, square_mean / all - square(mean)))};
  double below = 0;
  constexpr double tail = 0.025;
  bool begun = false;
  for (std::size_t k = 0; k < places; ++k) {
    below += weight(k) / all;
    if (!begun && below > tail) {
      change.earliest = lowest + k;
      begun = true;
    }
    change.latest = lowest + k;
    if (below >= 1 - tail) break;
  }
  change.evidence = cost.of(begin, end) - sum[first - lowest] - cost.per_parameter();
  return change;
}

}  // namespace detail

/// Divides a series into stretches; several quantities of it change together. `x` must not decrease. Points without any quantity are
/// passed over. Neighbouring stretches need not meet: a kink costs one parameter more than it needs, a jump is found as well. Time grows
/// with the square of the number of points (10⁴ points and one quantity: about a second). Throws for numbers that are not finite, esds
/// that are not above 0, and columns of other lengths than `x`.
inline ChangePoints change_points(std::span<const double> x, std::span<const SeriesColumn> columns, const ChangePointOptions& options = {}) {
  if (options.shortest == 0 || options.most == 0) fail("change points: expected at least one point in a stretch and one stretch");
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!detail::moderate(x[i])) fail("change points: point " + std::to_string(i) + ": expected a finite x");
    if (i > 0 && x[i] < x[i - 1]) fail("change points: point " + std::to_string(i) + ": expected x that does not decrease");
    bool any = false;
    for (const auto& column : columns) {
      if (column.size() != x.size()) fail("change points: " + std::to_string(column.size()) + " values, expected as many as places, " + std::to_string(x.size()));
      if (column[i] && !detail::weighable(*column[i])) fail("change points: point " + std::to_string(i) + ": expected finite numbers, the esd above 0");
      any = any || column[i];
    }
    if (any) rows.push_back(i);
  }
  std::vector<double> place;
  std::vector<SeriesColumn> column(columns.size());
  for (const std::size_t i : rows) {
    place.push_back(x[i]);
    for (std::size_t c = 0; c < columns.size(); ++c) column[c].push_back(columns[c][i]);
  }

  ChangePoints result;
  for (const auto& c : column) result.scatter.push_back(options.scatter_enlarges ? detail::scatter_over_esd(place, c) : 1);
  detail::StretchCost cost(place, column, result.scatter, options.stretch);
  result.values = cost.values();
  const std::size_t n = rows.size(), shortest = options.shortest;
  if (n < shortest) return result;
  const std::size_t most = std::min(options.most, n / shortest);
  const detail::BestDivisions divisions(cost, n, shortest, most);
  std::size_t best = 1;
  for (std::size_t k = 1; k <= most; ++k) {
    result.bic.push_back(divisions.cost(k) + static_cast<double>(k - 1) * cost.per_parameter());
    if (result.bic.back() < result.bic[best - 1]) best = k;
  }
  result.limited = best == options.most && n / shortest > options.most;
  const auto firsts = divisions.changes(best);
  for (std::size_t k = 0; k <= firsts.size(); ++k) {
    const std::size_t begin = k == 0 ? 0 : firsts[k - 1], end = k == firsts.size() ? n : firsts[k];
    cost.of(begin, end);
    result.chi_square += cost.chi_square();
    if (k == firsts.size()) break;
    auto change = detail::locate(cost, place, begin, firsts[k], k + 1 == firsts.size() ? n : firsts[k + 1], shortest);
    for (auto* row : {&change.first, &change.earliest, &change.latest}) *row = rows[*row];
    result.changes.push_back(change);
  }
  return result;
}

/// The same of one quantity that every point has.
inline ChangePoints change_points(std::span<const double> x, std::span<const Measured> y, const ChangePointOptions& options = {}) {
  const SeriesColumn column(y.begin(), y.end());
  return change_points(x, std::span(&column, 1), options);
}

}  // namespace lamella::inline LAMELLA_ABI
