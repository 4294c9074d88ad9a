// The Pareto front: what nothing else beats in every goal.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// The points that no other beats clearly: each goal is cut into equal levels, and a point is out where some point is at a higher
/// level in every goal. Takes most points out in one pass.
inline std::vector<std::uint32_t> not_beaten_by_cells(std::span<const double> values, std::size_t goals, std::span<const double> low,
                                                      std::span<const double> high) {
  constexpr double most_cells = 1 << 22;
  const auto levels = static_cast<std::size_t>(std::clamp(std::floor(std::pow(most_cells, 1.0 / static_cast<double>(goals)) + 1e-9), 1.0, 1024.0));
  const std::size_t count = values.size() / goals;
  std::vector<std::uint32_t> left, cell_of(count);
  std::size_t cells = 1;
  if (levels < 2) {  // more goals than levels fit for

    for (std::size_t p = 0; p < count; ++p) left.push_back(static_cast<std::uint32_t>(p));
    return left;
  }
  for (std::size_t g = 0; g < goals; ++g) cells *= levels;
  std::vector<unsigned char> taken(cells, 0);
  for (std::size_t p = 0; p < count; ++p) {
    std::size_t cell = 0;
    for (std::size_t g = goals; g-- > 0;) {
      const double share = high[g] > low[g] ? (values[p * goals + g] - low[g]) / (high[g] - low[g]) : 0;
      cell = cell * levels + std::min(levels - 1, static_cast<std::size_t>(share * static_cast<double>(levels)));
    }
    cell_of[p] = static_cast<std::uint32_t>(cell);
    taken[cell] = 1;
  }
  // Afterwards `taken` of a cell tells of all cells at its level or higher in every goal.
  for (std::size_t g = 0, stride = 1; g < goals; ++g, stride *= levels)
    for (std::size_t cell = cells; cell-- > 0;)
      if (cell / stride % levels + 1 < levels) taken[cell] |= taken[cell + stride];
  std::size_t up = 0;  // one level higher in every goal
  for (std::size_t g = 0, stride = 1; g < goals; ++g, stride *= levels) up += stride;
  for (std::size_t p = 0; p < count; ++p) {
    bool inside = true;
    for (std::size_t g = 0, rest = cell_of[p]; g < goals; ++g, rest /= levels) inside = inside && rest % levels + 1 < levels;
    if (!inside || taken[cell_of[p] + up] == 0) left.push_back(static_cast<std::uint32_t>(p));
  }
  return left;
}

/// Points in a tree of boxes, which tells whether one of them beats a given one: whole boxes whose best corner does not are passed over.
class DominanceTree {
 public:
  DominanceTree(std::span<const double> values, std::size_t goals, std::span<const std::uint32_t> points) : goals_(goals) {
    std::vector<std::uint32_t> order(points.begin(), points.end());
    rows_.reserve(order.size() * goals);
    if (!order.empty()) build(values, order, 0, order.size(), 0);
  }

  /// Whether a point of the tree is at least as good as `x` in every goal and better in one.
  bool beats(std::span<const double> x) const {
    std::array<std::uint32_t, 64> open{};  // the depth is at most that of 2^32 points
    std::size_t size = 0;
    if (!nodes_.empty()) open[size++] = 0;
    while (size > 0) {
      const std::uint32_t n = open[--size];
      const Node& node = nodes_[n];
      const double* best = corners_.data() + n * goals_;
      bool possible = true;
      for (std::size_t g = 0; g < goals_; ++g) possible = possible && best[g] >= x[g];
      if (!possible) continue;
      if (node.right != 0) {
        open[size++] = n + 1;
        open[size++] = node.right;
        continue;
      }
      for (std::size_t p = node.first; p < node.last; ++p) {
        const double* y = rows_.data() + p * goals_;
        bool as_good = true, better = false;
        for (std::size_t g = 0; g < goals_; ++g) {
          as_good = as_good && y[g] >= x[g];
          better = better || y[g] > x[g];
        }
        if (as_good && better) return true;
      }
    }
    return false;
  }

 private:
  struct Node {
    std::uint32_t first = 0, last = 0, right = 0;  ///< points of a leaf; the left child follows its parent
  };

  void build(std::span<const double> values, std::vector<std::uint32_t>& order, std::size_t first, std::size_t last, std::size_t goal) {
    constexpr std::size_t leaf = 8;
    const std::size_t n = nodes_.size();
    nodes_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last), 0});
    corners_.resize(corners_.size() + goals_, -INFINITY);
    for (std::size_t i = first; i < last; ++i)
      for (std::size_t g = 0; g < goals_; ++g) corners_[n * goals_ + g] = std::max(corners_[n * goals_ + g], values[order[i] * goals_ + g]);
    if (last - first <= leaf) {
      for (std::size_t i = first; i < last; ++i) rows_.insert(rows_.end(), values.begin() + static_cast<std::ptrdiff_t>(order[i] * goals_),
                                                              values.begin() + static_cast<std::ptrdiff_t>((order[i] + 1) * goals_));
      return;
    }
    const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    const std::size_t middle = (first + last) / 2;
    std::nth_element(at(first), at(middle), at(last), [&](std::uint32_t x, std::uint32_t y) { return values[x * goals_ + goal] < values[y * goals_ + goal]; });
    build(values, order, first, middle, (goal + 1) % goals_);
    nodes_[n].right = static_cast<std::uint32_t>(nodes_.size());
    build(values, order, middle, last, (goal + 1) % goals_);
  }

  std::size_t goals_;
  std::vector<Node> nodes_;
  std::vector<double> corners_;  // of each node, its best in each goal
  std::vector<double> rows_;     // of the points, leaf by leaf
};

}  // namespace detail

/// Ranks and front of points by several goals, all to be made large.
struct ParetoRanking {
  std::vector<std::uint32_t> order;  ///< the points, best score first; among equal scores the better in the first goals, then in the order given
  std::vector<bool> front;           ///< by point: whether no other is at least as good in every goal and better in one
  std::vector<double> score;         ///< by point: mean over the goals of the position between the worst (0) and the best (1)
};

/// Ranks `values.size() / goals` points; the goals of a point follow each other in `values`, larger ones being better. A goal in
/// which all points are alike counts for nothing. Throws where a value is not finite, or the values do not divide by the goals.
inline ParetoRanking pareto_ranking(std::span<const double> values, std::size_t goals) {
  if (goals == 0 || values.size() % goals != 0)
    fail(std::to_string(values.size()) + " values of " + std::to_string(goals) + " goals, expected as many for each point");
  const std::size_t count = values.size() / goals;
  if (count > 0xffffffffU) fail(std::to_string(count) + " points to rank, expected at most 2^32");
  std::vector<double> low(goals, INFINITY), high(goals, -INFINITY);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double x = values[i];
    if (!std::isfinite(x)) fail("a goal that is not finite, expected numbers");
    low[i % goals] = std::min(low[i % goals], x);
    high[i % goals] = std::max(high[i % goals], x);
  }
  ParetoRanking result;
  result.score.resize(count);
  std::vector<std::pair<double, std::uint32_t>> order(count);
  for (std::size_t p = 0; p < count; ++p) {
    double sum = 0;
    for (std::size_t g = 0; g < goals; ++g)
      if (high[g] > low[g]) sum += (values[p * goals + g] - low[g]) / (high[g] - low[g]);
    result.score[p] = sum / static_cast<double>(goals);
    order[p] = {-result.score[p], static_cast<std::uint32_t>(p)};
  }
  std::sort(order.begin(), order.end(), [&](const auto& x, const auto& y) {
    if (x.first != y.first) return x.first < y.first;
    // Rounding may hide from the scores that one beats the other: it still comes first.
    const double *p = values.data() + x.second * goals, *q = values.data() + y.second * goals;
    for (std::size_t g = 0; g < goals; ++g)
      if (p[g] != q[g]) return p[g] > q[g];
    return x.second < y.second;
  });
  result.order.reserve(count);
  for (const auto& entry : order) result.order.push_back(entry.second);

  const auto left = detail::not_beaten_by_cells(values, goals, low, high);
  const detail::DominanceTree tree(values, goals, left);
  result.front.assign(count, false);
  for (const std::uint32_t p : left) result.front[p] = !tree.beats({values.data() + p * goals, goals});
  return result;
}

}  // namespace lamella::inline LAMELLA_ABI
