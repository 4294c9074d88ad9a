// Least squares in blocks against the same problem solved as a whole.
#include <lamella/core/executor.hpp>
#include <lamella/fit/bordered_least_squares.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

/// Peaks on a slope, one data set after another: height and background are each set's own, the width is one for all, and the position
/// follows a law c0 + c1 t² of the set's t. Parameters of a set: height, background, width, position.
class Set final : public LeastSquaresProblem {
 public:
  Set(double height, double background, double width, double position, Random& random) {
    for (int i = 0; i < 60; ++i) {
      x_.push_back(0.1 * i);
      y_.push_back(at(x_.back(), height, background, width, position) + sigma * random.normal());
    }
  }
  std::size_t residual_count() const override { return x_.size(); }
  std::size_t parameter_count() const override { return 4; }
  bool residuals(std::span<const double> p, std::span<double> r) override {
    for (std::size_t i = 0; i < x_.size(); ++i) r[i] = (y_[i] - at(x_[i], p[0], p[1], p[2], p[3])) / sigma;
    return std::isfinite(r[0]);
  }
  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    const std::size_t m = x_.size();
    for (std::size_t i = 0; i < m; ++i) {
      const double u = (x_[i] - p[3]) / p[2], e = std::exp(-u * u);
      jacobian[i] = e / sigma;
      jacobian[m + i] = 1 / sigma;
      jacobian[2 * m + i] = p[0] * e * 2 * u * u / p[2] / sigma;
      jacobian[3 * m + i] = p[0] * e * 2 * u / p[2] / sigma;
    }
    return residuals(p, r);
  }

  static constexpr double sigma = 0.05;

 private:
  static double at(double x, double height, double background, double width, double position) {
    const double u = (x - position) / width;
    return background + height * std::exp(-u * u);
  }
  std::vector<double> x_, y_;
};

constexpr double width = 0.7, c0 = 2, c1 = 1.5;

struct Sets {
  std::vector<std::unique_ptr<Set>> sets;
  std::vector<BorderedBlock> blocks;
};

/// The link of width and position to the common parameters (width, c0, c1).
auto link_at(double t) {
  return [t](std::span<const double> common, std::span<double> values, std::span<double> slopes) {
    values[0] = common[0];
    values[1] = common[1] + common[2] * t * t;
    slopes[0] = 1;               // d width / d width
    slopes[2 * 1 + 1] = 1;       // d position / d c0
    slopes[2 * 2 + 1] = t * t;   // d position / d c1
    return true;
  };
}

Sets some_sets(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Sets s;
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(count), height = 2 + random.uniform(), background = random.uniform();
    s.sets.push_back(std::make_unique<Set>(height, background, width, c0 + c1 * t * t, random));
    s.blocks.push_back({.problem = s.sets.back().get(), .start = {1.5, 0.2}, .link = link_at(t)});
  }
  return s;
}

const std::vector<double> common_start{0.9, 2.2, 1.2};

/// All blocks as one problem: own parameters block by block, the common ones last.
class Whole final : public LeastSquaresProblem {
 public:
  Whole(const std::vector<BorderedBlock>& blocks, std::size_t common) : blocks_(blocks), common_(common) {}
  std::size_t residual_count() const override {
    return std::accumulate(blocks_.begin(), blocks_.end(), std::size_t{0}, [](std::size_t n, const auto& b) { return n + b.problem->residual_count(); });
  }
  std::size_t parameter_count() const override {
    return std::accumulate(blocks_.begin(), blocks_.end(), common_, [](std::size_t n, const auto& b) { return n + b.start.size(); });
  }
  bool residuals(std::span<const double> p, std::span<double> r) override { return run(p, r, {}); }
  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override { return run(p, r, jacobian); }

 private:
  bool run(std::span<const double> p, std::span<double> r, std::span<double> jacobian) {
    std::fill(jacobian.begin(), jacobian.end(), 0.0);
    const auto common = p.last(common_);
    std::size_t row = 0, column = 0;
    for (const auto& block : blocks_) {
      const std::size_t m = block.problem->residual_count(), n = block.problem->parameter_count(), own = block.start.size(), others = n - own;
      std::vector<double> q(p.begin() + static_cast<std::ptrdiff_t>(column), p.begin() + static_cast<std::ptrdiff_t>(column + own)), slopes(others * common_), j(m * n);
      q.resize(n);
      if (others > 0 && !block.link(common, std::span(q).subspan(own), slopes)) return false;
      if (jacobian.empty() ? !block.problem->residuals(q, r.subspan(row, m)) : !block.problem->linearise(q, r.subspan(row, m), j)) return false;
      if (!jacobian.empty())
        for (std::size_t i = 0; i < m; ++i) {
          for (std::size_t k = 0; k < own; ++k) jacobian[(column + k) * r.size() + row + i] = j[k * m + i];
          for (std::size_t g = 0; g < common_; ++g)
            for (std::size_t k = 0; k < others; ++k) jacobian[(p.size() - common_ + g) * r.size() + row + i] += j[(own + k) * m + i] * slopes[g * others + k];
        }
      row += m;
      column += own;
    }
    return true;
  }
  const std::vector<BorderedBlock>& blocks_;
  std::size_t common_;
};

LeastSquaresResult as_a_whole(const std::vector<BorderedBlock>& blocks, const std::vector<double>& common, const LevenbergMarquardtOptions& options = {}) {
  Whole whole(blocks, common.size());
  std::vector<double> start;
  for (const auto& block : blocks) start.insert(start.end(), block.start.begin(), block.start.end());
  start.insert(start.end(), common.begin(), common.end());
  return minimise(whole, start, options);
}

/// Parameters, χ² and every element of the covariance that blocks report.
void check_same(const BorderedResult& blocks, const LeastSquaresResult& whole, double tolerance) {
  CHECK(blocks.status == whole.status);
  CHECK(blocks.cycles == whole.cycles);
  CHECK(blocks.chi_square == doctest::Approx(whole.chi_square).epsilon(tolerance));
  REQUIRE(blocks.covariance.rows() == static_cast<Eigen::Index>(blocks.common.size()));
  const auto common = static_cast<Eigen::Index>(blocks.common.size());
  double worst = 0;
  const auto compare = [&](double a, double b, double scale) { worst = std::max(worst, std::abs(a - b) / scale); };
  Eigen::Index at = 0;
  const auto esd = [&](Eigen::Index i) { return std::sqrt(whole.covariance(i, i)); };
  const auto first = whole.covariance.rows() - common;
  const auto block_like = [&](const Eigen::MatrixXd& m, Eigen::Index row, Eigen::Index column) {
    for (Eigen::Index i = 0; i < m.rows(); ++i)
      for (Eigen::Index j = 0; j < m.cols(); ++j) compare(m(i, j), whole.covariance(row + i, column + j), esd(row + i) * esd(column + j));
  };
  for (const auto& block : blocks.blocks) {
    const auto own = static_cast<Eigen::Index>(block.parameters.size());
    REQUIRE(block.covariance.rows() == own);
    REQUIRE(block.cross.cols() == common);
    for (Eigen::Index i = 0; i < own; ++i) compare(block.parameters[static_cast<std::size_t>(i)], whole.parameters[static_cast<std::size_t>(at + i)], esd(at + i));
    block_like(block.covariance, at, at);
    block_like(block.cross, at, first);
    at += own;
  }
  for (std::size_t g = 0; g < blocks.common.size(); ++g)
    compare(blocks.common[g], whole.parameters[static_cast<std::size_t>(first) + g], esd(first + static_cast<Eigen::Index>(g)));
  block_like(blocks.covariance, first, first);
  CHECK(worst < tolerance);
}

bool same(const BorderedResult& a, const BorderedResult& b) {
  bool equal = a.common == b.common && a.covariance == b.covariance && a.chi_square == b.chi_square && a.cycles == b.cycles && a.blocks.size() == b.blocks.size();
  for (std::size_t i = 0; equal && i < a.blocks.size(); ++i)
    equal = a.blocks[i].parameters == b.blocks[i].parameters && a.blocks[i].covariance == b.blocks[i].covariance && a.blocks[i].cross == b.blocks[i].cross;
  return equal;
}

}  // namespace

// The equations are the same but for the order of sums: parameters agree to 10⁻⁷ esds, covariances to 10⁻⁷ of their scale.
TEST_CASE("blocks with common parameters end where the same problem solved as a whole does, cycle by cycle and with its covariance") {
  const auto s = some_sets(11, 3);
  for (const int cycles : {1, 2, 30}) {
    CAPTURE(cycles);
    LevenbergMarquardtOptions options;
    options.max_cycles = cycles;
    const auto blocks = minimise_bordered(s.blocks, common_start, options);
    check_same(blocks, as_a_whole(s.blocks, common_start, options), 1e-7);
    if (cycles == 30) {
      CHECK(blocks.status == FitStatus::converged);
      // 660 points of unit deviation less 25 parameters: 635 ± 36.
      CHECK(std::abs(blocks.chi_square - 635) < 5 * 36);
      for (std::size_t k = 0; k < 3; ++k) {
        const auto i = static_cast<Eigen::Index>(k);
        CHECK(std::abs(blocks.common[k] - std::vector{width, c0, c1}[k]) < 5 * std::sqrt(blocks.covariance(i, i)));
      }
    }
  }
}

TEST_CASE("bounds of own and of common parameters hold as they do for the problem as a whole") {
  auto s = some_sets(5, 4);
  LevenbergMarquardtOptions whole_options, options;
  const double none = std::numeric_limits<double>::infinity();
  options.lower = {0.75, -none, -none};
  options.upper = {none, none, none};
  for (std::size_t b = 0; b < s.blocks.size(); ++b) {
    s.blocks[b].lower = {-none, -none};
    s.blocks[b].upper = {b == 2 ? 1.8 : none, none};
    whole_options.lower.insert(whole_options.lower.end(), s.blocks[b].lower.begin(), s.blocks[b].lower.end());
    whole_options.upper.insert(whole_options.upper.end(), s.blocks[b].upper.begin(), s.blocks[b].upper.end());
  }
  whole_options.lower.insert(whole_options.lower.end(), options.lower.begin(), options.lower.end());
  whole_options.upper.insert(whole_options.upper.end(), options.upper.begin(), options.upper.end());
  const auto blocks = minimise_bordered(s.blocks, common_start, options);
  check_same(blocks, as_a_whole(s.blocks, common_start, whole_options), 1e-6);
  CHECK(blocks.at_bound == std::vector{true, false, false});
  CHECK(blocks.common[0] == 0.75);
  CHECK(blocks.blocks[2].at_bound == std::vector{true, false});
  CHECK(blocks.blocks[1].at_bound == std::vector{false, false});
}

TEST_CASE("blocks that share nothing are fitted each for itself") {
  Random random(9);
  Sets s;
  for (std::size_t i = 0; i < 3; ++i) {
    s.sets.push_back(std::make_unique<Set>(2, 0.5, width, 2.0 + 0.2 * static_cast<double>(i), random));
    s.blocks.push_back({.problem = s.sets.back().get(), .start = {1.5, 0.2, 0.9, 2.2}});
  }
  const auto all = minimise_bordered(s.blocks, {});
  CHECK(all.status == FitStatus::converged);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto alone = minimise(*s.sets[i], s.blocks[i].start);
    const auto& block = all.blocks[i];
    for (Eigen::Index k = 0; k < 4; ++k) {
      const double esd = std::sqrt(alone.covariance(k, k));
      // Each stops by its own rule: a thousandth of an esd apart at most.
      CHECK(std::abs(block.parameters[static_cast<std::size_t>(k)] - alone.parameters[static_cast<std::size_t>(k)]) < 2e-3 * esd);
      CHECK(std::sqrt(block.covariance(k, k)) == doctest::Approx(esd).epsilon(1e-3));
    }
  }
  const auto nothing = minimise_bordered({}, {1, 2});
  CHECK(nothing.status == FitStatus::singular);
  CHECK(nothing.undetermined == std::vector<std::size_t>{0, 1});
}

TEST_CASE("threads change no bit of the result") {
  const auto s = some_sets(23, 5);
  const auto serial = minimise_bordered(s.blocks, common_start);
  for (const std::size_t threads : {1U, 2U, 5U}) CHECK(same(minimise_bordered(s.blocks, common_start, {}, ThreadExecutor(threads)), serial));
  // Nor does the order in which an executor takes them.
  const Executor backwards = [](std::size_t count, const ExecutorTask& task) {
    while (count-- > 0) task(count);
  };
  CHECK(same(minimise_bordered(s.blocks, common_start, {}, backwards), serial));
}

TEST_CASE("what no data tell is named: of a block, of the common parameters, and of both together") {
  auto s = some_sets(6, 6);
  SUBCASE("a common parameter on which nothing depends") {
    const auto link = [](std::size_t i) { return link_at(static_cast<double>(i) / 6); };
    for (std::size_t b = 0; b < 6; ++b) s.blocks[b].link = [inner = link(b)](auto common, auto values, auto slopes) { return inner(common.first(3), values, slopes); };
    const auto r = minimise_bordered(s.blocks, {0.9, 2.2, 1.2, 7});
    CHECK(r.status == FitStatus::singular);
    CHECK(r.undetermined == std::vector<std::size_t>{3});
    CHECK(r.common[3] == 7);
    const auto without = minimise_bordered(s.blocks, common_start);
    for (Eigen::Index i = 0; i < 3; ++i) CHECK(r.covariance(i, i) == doctest::Approx(without.covariance(i, i)).epsilon(1e-9));
    CHECK(r.covariance(3, 3) == 0);
  }
  SUBCASE("two common parameters that only act as a sum") {
    for (auto& block : s.blocks)
      block.link = [](std::span<const double> common, std::span<double> values, std::span<double> slopes) {
        values[0] = common[0];
        values[1] = common[1] + common[2];
        slopes[0] = slopes[3] = slopes[5] = 1;
        return true;
      };
    const auto r = minimise_bordered(s.blocks, common_start);
    CHECK(r.status == FitStatus::singular);
    REQUIRE(r.dependent.size() == 1);
    CHECK(r.dependent[0] == std::pair<std::size_t, std::size_t>{2, 1});
    CHECK(r.covariance.size() == 0);
  }
  SUBCASE("a common parameter that the blocks' own can stand in for") {
    // The position is own here, and a common shift is added to it.
    struct Shifted final : LeastSquaresProblem {
      explicit Shifted(Set& of) : set(of) {}
      Set& set;
      std::size_t residual_count() const override { return set.residual_count(); }
      std::size_t parameter_count() const override { return 5; }
      bool residuals(std::span<const double> p, std::span<double> r) override { return set.residuals(std::vector{p[0], p[1], p[2], p[3] + p[4]}, r); }
      bool linearise(std::span<const double> p, std::span<double> r, std::span<double> j) override {
        const bool ok = set.linearise(std::vector{p[0], p[1], p[2], p[3] + p[4]}, r, j.first(4 * r.size()));
        std::copy_n(j.begin() + static_cast<std::ptrdiff_t>(3 * r.size()), r.size(), j.begin() + static_cast<std::ptrdiff_t>(4 * r.size()));
        return ok;
      }
    };
    std::vector<std::unique_ptr<Shifted>> shifted;
    for (std::size_t b = 0; b < 6; ++b) {
      shifted.push_back(std::make_unique<Shifted>(*s.sets[b]));
      s.blocks[b] = {.problem = shifted.back().get(), .start = {1.5, 0.2, 0.8, 2.2}, .link = [](auto common, auto values, auto slopes) {
                       values[0] = common[0];
                       slopes[0] = 1;
                       return true;
                     }};
    }
    const auto r = minimise_bordered(s.blocks, {0});
    CHECK(r.status == FitStatus::singular);
    REQUIRE(r.dependent.size() == 1);
    CHECK(r.dependent[0] == std::pair<std::size_t, std::size_t>{0, 0});
  }
  SUBCASE("an own parameter on which its data do not depend: the rest has covariances as if it were not there") {
    struct Idle final : LeastSquaresProblem {
      explicit Idle(Set& of) : set(of) {}
      Set& set;
      std::size_t residual_count() const override { return set.residual_count(); }
      std::size_t parameter_count() const override { return 5; }
      static std::vector<double> rest(std::span<const double> p) { return {p.begin() + 1, p.end()}; }
      bool residuals(std::span<const double> p, std::span<double> r) override { return set.residuals(rest(p), r); }
      bool linearise(std::span<const double> p, std::span<double> r, std::span<double> j) override {
        std::fill_n(j.begin(), r.size(), 0.0);
        return set.linearise(rest(p), r, j.subspan(r.size()));
      }
    };
    const auto before = minimise_bordered(s.blocks, common_start);
    Idle idle(*s.sets[3]);
    s.blocks[3].problem = &idle;
    s.blocks[3].start.insert(s.blocks[3].start.begin(), 42);
    const auto r = minimise_bordered(s.blocks, common_start);
    CHECK(r.status == FitStatus::converged);
    CHECK(r.blocks[3].undetermined == std::vector<std::size_t>{0});
    CHECK(r.blocks[3].parameters[0] == 42);
    CHECK(r.blocks[3].covariance(0, 0) == 0);
    CHECK(r.blocks[3].covariance(1, 1) == doctest::Approx(before.blocks[3].covariance(0, 0)).epsilon(1e-9));
    CHECK(r.covariance(2, 2) == doctest::Approx(before.covariance(2, 2)).epsilon(1e-9));
  }
  SUBCASE("own parameters that only act as a sum: the common ones have the covariance that the data give") {
    struct Twice final : LeastSquaresProblem {
      explicit Twice(Set& of) : set(of) {}
      Set& set;
      std::size_t residual_count() const override { return set.residual_count(); }
      std::size_t parameter_count() const override { return 5; }
      static std::vector<double> sum(std::span<const double> p) { return {p[0], p[1] + p[2], p[3], p[4]}; }
      bool residuals(std::span<const double> p, std::span<double> r) override { return set.residuals(sum(p), r); }
      bool linearise(std::span<const double> p, std::span<double> r, std::span<double> j) override {
        std::vector<double> inner(4 * r.size());
        const bool ok = set.linearise(sum(p), r, inner);
        for (const std::size_t k : {0U, 1U, 2U, 3U, 4U}) std::copy_n(inner.begin() + static_cast<std::ptrdiff_t>((k < 2 ? k : k - 1) * r.size()), r.size(), j.begin() + static_cast<std::ptrdiff_t>(k * r.size()));
        return ok;
      }
    };
    const auto before = minimise_bordered(s.blocks, common_start);
    Twice twice(*s.sets[3]);
    s.blocks[3].problem = &twice;
    s.blocks[3].start = {1.5, 0.1, 0.1};
    const auto r = minimise_bordered(s.blocks, common_start);
    CHECK(r.status == FitStatus::converged);
    REQUIRE(r.blocks[3].dependent.size() == 1);
    CHECK(r.blocks[3].dependent[0] == std::pair<std::size_t, std::size_t>{2, 1});
    CHECK(r.blocks[3].covariance.size() == 0);
    // The ridge that stands in for what is undetermined is 10⁻¹⁰.
    for (Eigen::Index i = 0; i < 3; ++i) CHECK(r.covariance(i, i) == doctest::Approx(before.covariance(i, i)).epsilon(1e-6));
  }
}

TEST_CASE("a block without finite residuals is named, and a law without a value is a refused step") {
  auto s = some_sets(4, 8);
  SUBCASE("at the start") {
    s.blocks[2].start[0] = std::numeric_limits<double>::quiet_NaN();
    const auto r = minimise_bordered(s.blocks, common_start);
    CHECK(r.status == FitStatus::not_finite);
    CHECK_FALSE(r.blocks[2].finite);
    CHECK(r.blocks[1].finite);
    CHECK(r.covariance.size() == 0);
  }
  SUBCASE("on the way") {
    const auto free = minimise_bordered(s.blocks, common_start);
    int refused = 0;
    // The first step overshoots c0 from here, to where this law has no value.
    for (auto& block : s.blocks)
      block.link = [&refused, inner = block.link](auto common, auto values, auto slopes) {
        refused += common[1] < 1.9;
        return common[1] >= 1.9 && inner(common, values, slopes);
      };
    const auto r = minimise_bordered(s.blocks, {0.5, 2.6, 0.8});
    CHECK(refused > 0);
    CHECK(r.status == FitStatus::converged);
    for (Eigen::Index i = 0; i < 3; ++i)
      CHECK(std::abs(r.common[static_cast<std::size_t>(i)] - free.common[static_cast<std::size_t>(i)]) < 0.01 * std::sqrt(free.covariance(i, i)));
  }
}

// χ² = Σ_b [(own_b + common − target_b)² + weight (common − 1)²] with own ≥ 0: where target_b < common the best own is 0, and
// the common parameter is where the sum of (common − target_b) over those and 12 weight (common − 1) is 0.
TEST_CASE("with many own parameters on their bounds the common one ends where the condition of the minimum says") {
  constexpr static double weight = 0.01;
  struct Pull final : LeastSquaresProblem {
    explicit Pull(double to) : target(to) {}
    double target;
    std::size_t residual_count() const override { return 2; }
    std::size_t parameter_count() const override { return 2; }
    bool residuals(std::span<const double> p, std::span<double> r) override {
      r[0] = target - p[0] - p[1];
      r[1] = std::sqrt(weight) * (1 - p[1]);
      return true;
    }
    bool linearise(std::span<const double> p, std::span<double> r, std::span<double> j) override {
      j[0] = j[2] = 1;
      j[1] = 0;
      j[3] = std::sqrt(weight);
      return residuals(p, r);
    }
  };
  std::deque<Pull> pulls;
  for (int b = 0; b < 12; ++b) pulls.emplace_back(0.1 * b);
  std::vector<BorderedBlock> blocks;
  for (auto& pull : pulls)
    blocks.push_back({.problem = &pull, .start = {0.5}, .lower = {0}, .upper = {10}, .link = [](auto common, auto values, auto slopes) {
                        values[0] = common[0];
                        slopes[0] = 1;
                        return true;
                      }});
  LevenbergMarquardtOptions options;
  options.chi_square_tolerance = options.shift_tolerance = 1e-9;
  const auto r = minimise_bordered(blocks, {2.0}, options);
  CHECK(r.status == FitStatus::converged);
  // Bisection on the condition above.
  double low = 0, high = 2;
  for (int i = 0; i < 60; ++i) {
    const double c = 0.5 * (low + high);
    double sum = 12 * weight * (c - 1);
    for (const auto& pull : pulls) sum += std::max(0.0, c - pull.target);
    (sum > 0 ? high : low) = c;
  }
  CHECK(r.common[0] == doctest::Approx(low).epsilon(1e-6));
  for (std::size_t b = 0; b < 12; ++b) {
    CHECK(r.blocks[b].parameters[0] == doctest::Approx(std::max(0.0, pulls[b].target - low)).epsilon(1e-5));
    CHECK(r.blocks[b].at_bound[0] == (pulls[b].target < low));
  }
  CHECK(r.cycles <= 10);
}
