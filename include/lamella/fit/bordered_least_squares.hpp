// Least squares in many blocks that share a few parameters: normal equations with a bordered block diagonal.
//
// Each block has parameters of its own; the common ones border the diagonal of the blocks. Eliminating block by block leaves equations
// in the common parameters alone (the Schur complement; Å. Björck, Numerical Methods for Least Squares Problems, SIAM 1996, section 6.3,
// doi:10.1137/1.9781611971484), so that time and memory grow with the number of blocks and no matrix of the whole is ever formed.
#pragma once

#include <lamella/core/executor.hpp>            // Executor, SerialExecutor
#include <lamella/fit/detail/cholesky.hpp>      // Cholesky, sound_inverse
#include <lamella/fit/levenberg_marquardt.hpp>  // LeastSquaresProblem, LevenbergMarquardtOptions, FitStatus

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One of many sums of squares. Its problem's first parameters are its own; the others, if any, are functions of the common ones.
struct BorderedBlock {
  LeastSquaresProblem* problem = nullptr;  ///< not owned; blocks are evaluated at once where the executor does so, each by one thread
  std::vector<double> start;               ///< of its own parameters
  std::vector<double> lower{}, upper{};    ///< bounds of these; empty: none
  /// Writes the values of the problem's other parameters, and their derivatives (column by column, one per common parameter). False
  /// where the common parameters give none.
  std::function<bool(std::span<const double> common, std::span<double> values, std::span<double> slopes)> link{};
};

/// What a fit of many blocks ended with. Covariances are not yet scaled by the goodness of fit, and 0 for what is undetermined.
struct BorderedResult {
  struct Block {
    std::vector<double> parameters;  ///< its own
    Eigen::MatrixXd covariance;      ///< of them, what the common parameters add included; empty where they depend on each other
    Eigen::MatrixXd cross;           ///< covariance of its own (rows) with the common ones (columns)
    double chi_square = 0;
    std::vector<std::size_t> undetermined{};
    std::vector<std::pair<std::size_t, std::size_t>> dependent{};  ///< like those of LeastSquaresResult
    std::vector<bool> at_bound{};
    bool finite = true;              ///< false: its residuals or derivatives were not (status not_finite)
  };

  std::vector<double> common;
  Eigen::MatrixXd covariance;  ///< of the common parameters; empty where these depend on each other or on those of the blocks
  std::vector<Block> blocks;
  double chi_square = 0;
  int cycles = 0;
  FitStatus status = FitStatus::cycle_limit;  ///< singular where a common parameter is; blocks have their own lists
  std::vector<std::size_t> undetermined;      ///< common parameters on which the data do not depend
  std::vector<std::pair<std::size_t, std::size_t>> dependent;  ///< … that act like others; beside itself one that acts like the blocks' own
  std::vector<bool> at_bound;
};

namespace detail {

/// The normal equations of all blocks and of what they share.
class BorderedSystem {
 public:
  double chi_square = 0, shift_over_esd = 0;

  BorderedSystem(const std::vector<BorderedBlock>& blocks, std::vector<double> common, const LevenbergMarquardtOptions& options, const Executor& executor)
      : executor_(executor), common_(std::move(common), options.lower, options.upper), matrix_(common_.size(), common_.size()) {
    blocks_.reserve(blocks.size());
    for (const auto& block : blocks) blocks_.emplace_back(block, common_.size());
    groups_.resize((blocks.size() + group_size - 1) / group_size, {Eigen::MatrixXd(common_.size(), common_.size()), Eigen::VectorXd(common_.size())});
  }

  bool linearise() {
    for_each_group([&](Group& group, std::span<Block> blocks) {
      group.matrix.setZero();
      group.gradient.setZero();
      Scratch scratch;
      for (auto& block : blocks) linearise(block, group, scratch);
    });
    matrix_.setZero();
    common_.gradient.setZero();
    for (const auto& group : groups_) {
      matrix_ += group.matrix;
      common_.gradient += group.gradient;
    }
    common_.diagonal = matrix_.diagonal().cwiseSqrt();
    chi_square = 0;
    bool finite = true;
    for (const auto& block : blocks_) {
      chi_square += block.chi_square;
      finite = finite && block.finite;
    }
    return finite && std::isfinite(chi_square) && common_.diagonal.allFinite() && common_.gradient.allFinite();
  }

  bool solve(double damping) {
    if (!eliminate(damping, [](const BoundedParameters& p, Eigen::Index i) { return p.blocked(i); })) return false;
    common_.step = right_;
    cholesky_.solve(common_.step.data());
    shift_over_esd = common_.take_step();
    for (auto& block : blocks_) {
      if (block.own.size() == 0) continue;
      block.own.step = block.own_alone - block.follow.lazyProduct(common_.step);
      shift_over_esd = std::max(shift_over_esd, block.own.take_step());
    }
    return true;
  }

  double evaluate() {
    for_each_group([&](Group&, std::span<Block> blocks) {
      Scratch scratch;
      for (auto& block : blocks) {
        scratch.residual.resize(static_cast<Eigen::Index>(block.problem->residual_count()));
        const bool valid = linked(block, common_.trial, block.own.trial, scratch) && block.problem->residuals(scratch.parameters, as_span(scratch.residual));
        block.trial_chi_square = valid ? scratch.residual.squaredNorm() : INFINITY;
      }
    });
    return std::accumulate(blocks_.begin(), blocks_.end(), 0.0, [](double sum, const Block& block) { return sum + block.trial_chi_square; });
  }

  void accept() {
    common_.value = common_.trial;
    chi_square = 0;
    for (auto& block : blocks_) {
      block.own.value = block.own.trial;
      block.chi_square = block.trial_chi_square;
      chi_square += block.chi_square;
    }
  }

  /// Parameters, and where all was finite what is determined, with covariances.
  void report(BorderedResult& result) {
    result.chi_square = chi_square;
    result.common = common_.value;
    result.at_bound = common_.all_at_bound();
    for (const auto& block : blocks_) {
      result.blocks.push_back({block.own.value, {}, {}, block.chi_square});
      result.blocks.back().at_bound = block.own.all_at_bound();
      result.blocks.back().finite = block.finite;
    }
    if (result.status == FitStatus::not_finite) return;
    result.undetermined = common_.undetermined();
    if (!result.undetermined.empty()) result.status = FitStatus::singular;
    const auto apart = [](const BoundedParameters& p, Eigen::Index i) { return p.apart(i); };
    // Of a block whose own parameters depend on each other the common ones hear all the same: those combinations that the data do
    // not determine do not act on the data.
    constexpr double ridge = 1e-10;
    std::vector<std::optional<Eigen::MatrixXd>> inverses;
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      result.blocks[b].undetermined = blocks_[b].own.undetermined();
      const Eigen::MatrixXd scaled = blocks_[b].scaled(0, apart);
      inverses.push_back(sound_inverse(scaled));
      if (inverses.back()) continue;
      result.blocks[b].dependent = dependent_parameters(scaled);
      blocks_[b].ridge = ridge;
    }
    std::optional<Eigen::MatrixXd> all;
    if (eliminate(0, apart)) all = sound_inverse(reduced_);
    // Before the blocks were eliminated the diagonal was 1: what is left of it must be more than rounding.
    constexpr double rounding = 1e-13;
    if (!all || !(largest_column(*all) < 1 / rounding)) {
      result.status = FitStatus::singular;
      result.dependent = dependent_common();
      return;
    }
    result.covariance = unscaled(*all, common_, common_);
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
      const auto& block = blocks_[b];
      if (!inverses[b]) continue;
      const Eigen::MatrixXd cross = -block.follow.lazyProduct(*all);
      result.blocks[b].cross = unscaled(cross, block.own, common_);
      result.blocks[b].covariance = unscaled(*inverses[b] - cross.lazyProduct(block.follow.transpose()), block.own, block.own);
    }
  }

 private:
  struct Block {
    LeastSquaresProblem* problem;
    const BorderedBlock* source;
    BoundedParameters own;
    Eigen::MatrixXd matrix, border;  ///< own × own (lower half), own × common
    Eigen::MatrixXd follow;     ///< how the scaled own parameters follow the common ones, with the opposite sign: matrix⁻¹ border
    Eigen::VectorXd own_alone;  ///< their step with these held: matrix⁻¹ gradient
    double chi_square = 0, trial_chi_square = 0, ridge = 0;
    bool finite = true;

    Block(const BorderedBlock& block, Eigen::Index common)
        : problem(block.problem), source(&block), own(block.start, block.lower, block.upper), matrix(own.size(), own.size()), border(own.size(), common) {}

    template <class Out>
    Eigen::MatrixXd scaled(double damping, const Out& out) const {
      Eigen::MatrixXd s(own.size(), own.size());
      for (Eigen::Index j = 0; j < s.cols(); ++j)
        for (Eigen::Index i = j; i < s.rows(); ++i)
          s(i, j) = s(j, i) = scaled_element(matrix, own.diagonal, i, j, [&](Eigen::Index k) { return out(own, k); }) + (i == j ? damping : 0);
      return s;
    }
  };
  /// What some blocks in a row add to the equations of the common parameters, summed in the same order by any executor.
  struct Group {
    Eigen::MatrixXd matrix;
    Eigen::VectorXd gradient;
  };
  static constexpr std::size_t group_size = 4;
  /// Of one task.
  struct Scratch {
    std::vector<double> parameters, slopes;
    Eigen::VectorXd residual;
    Eigen::MatrixXd jacobian, normal;
  };

  static std::span<double> as_span(auto& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }

  template <class Visit>
  void for_each_group(const Visit& visit) {
    executor_(groups_.size(), [&](std::size_t g) {
      const std::size_t first = g * group_size;
      visit(groups_[g], std::span(blocks_).subspan(first, std::min(group_size, blocks_.size() - first)));
    });
  }

  /// Puts all parameters of the block's problem together.
  static bool linked(const Block& block, const std::vector<double>& common, const std::vector<double>& own, Scratch& scratch) {
    scratch.parameters = own;
    const std::size_t all = block.problem->parameter_count();
    scratch.parameters.resize(all);
    if (all == own.size()) return true;
    scratch.slopes.assign((all - own.size()) * common.size(), 0.0);
    return block.source->link(common, std::span(scratch.parameters).subspan(own.size()), scratch.slopes);
  }

  void linearise(Block& block, Group& group, Scratch& scratch) {
    auto& [parameters, slopes, residual, jacobian, normal] = scratch;
    const auto m = static_cast<Eigen::Index>(block.problem->residual_count()), n = static_cast<Eigen::Index>(block.problem->parameter_count());
    const Eigen::Index own = block.own.size(), others = n - own;
    residual.resize(m);
    jacobian.resize(m, n);
    block.finite = linked(block, common_.value, block.own.value, scratch) && block.problem->linearise(parameters, as_span(residual), as_span(jacobian));
    if (!block.finite) return;
    block.chi_square = residual.squaredNorm();
    Eigen::VectorXd gradient(n);
    for (Eigen::Index i = 0; i < n; ++i) gradient[i] = jacobian.col(i).dot(residual);
    normal.setZero(n, n);
    normal.selfadjointView<Eigen::Lower>().rankUpdate(jacobian.transpose());
    block.finite = std::isfinite(block.chi_square) && gradient.allFinite() && normal.diagonal().allFinite();
    block.matrix = normal.topLeftCorner(own, own);
    block.own.gradient = gradient.head(own);
    block.own.diagonal = block.matrix.diagonal().cwiseSqrt();
    if (others == 0) {
      block.border.setZero();
      return;
    }
    const Eigen::Map<const Eigen::MatrixXd> slope(slopes.data(), others, common_.size());
    block.border = normal.bottomLeftCorner(others, own).transpose().lazyProduct(slope);
    block.finite = block.finite && block.border.allFinite();
    group.gradient += slope.transpose().lazyProduct(gradient.tail(others));
    const Eigen::MatrixXd full = normal.bottomRightCorner(others, others).selfadjointView<Eigen::Lower>(), half = full.lazyProduct(slope);
    group.matrix += slope.transpose().lazyProduct(half);
  }

  /// Eliminates the blocks, all matrices scaled to unit diagonal, and decomposes what is left. False where one has no decomposition.
  template <class Out>
  bool eliminate(double damping, const Out& out) {
    const auto out_common = [&](Eigen::Index i) { return out(common_, i); };
    const Eigen::Index n = common_.size();
    reduced_.setZero(n, n);
    right_.setZero(n);
    for (Eigen::Index j = 0; j < n; ++j) {
      for (Eigen::Index i = j; i < n; ++i) reduced_(i, j) = reduced_(j, i) = scaled_element(matrix_, common_.diagonal, i, j, out_common) + (i == j ? damping : 0);
      if (!out_common(j)) right_[j] = common_.gradient[j] / common_.diagonal[j];
    }
    for (auto& block : blocks_) {
      const Eigen::Index own = block.own.size();
      if (own == 0) continue;
      Cholesky cholesky;
      if (!cholesky.compute(block.scaled(damping + block.ridge, out))) return false;
      Eigen::MatrixXd border = Eigen::MatrixXd::Zero(own, n);
      block.own_alone.setZero(own);
      for (Eigen::Index i = 0; i < own; ++i) {
        if (out(block.own, i)) continue;
        block.own_alone[i] = block.own.gradient[i] / block.own.diagonal[i];
        for (Eigen::Index j = 0; j < n; ++j)
          if (!out_common(j)) border(i, j) = block.border(i, j) / (block.own.diagonal[i] * common_.diagonal[j]);
      }
      block.follow = border;
      for (Eigen::Index j = 0; j < n; ++j) cholesky.solve(block.follow.data() + j * own);
      cholesky.solve(block.own_alone.data());
      reduced_ -= border.transpose().lazyProduct(block.follow);
      right_ -= border.transpose().lazyProduct(block.own_alone);
    }
    // What rounding made of two halves that are one.
    for (Eigen::Index j = 0; j < n; ++j)
      for (Eigen::Index i = j + 1; i < n; ++i) reduced_(j, i) = reduced_(i, j);
    return cholesky_.compute(reduced_);
  }

  /// Which common parameters the blocks' own can stand in for, and which of the rest depend on those before them.
  std::vector<std::pair<std::size_t, std::size_t>> dependent_common() const {
    constexpr double rounding = 1e-9;
    Eigen::MatrixXd left = reduced_;
    std::vector<std::pair<std::size_t, std::size_t>> found;
    for (Eigen::Index i = 0; i < left.rows(); ++i) {
      if (const auto k = static_cast<std::size_t>(i); left(i, i) < rounding) {
        found.emplace_back(k, k);
        left.row(i).setZero();
        left.col(i).setZero();
        left(i, i) = 1;
      }
    }
    const Eigen::VectorXd scale = left.diagonal().cwiseSqrt().cwiseInverse();
    const auto others = dependent_parameters(scale.asDiagonal() * left * scale.asDiagonal());
    found.insert(found.end(), others.begin(), others.end());
    return found;
  }

  /// Back to the units of the parameters; 0 for what is undetermined.
  static Eigen::MatrixXd unscaled(const Eigen::MatrixXd& scaled, const BoundedParameters& rows, const BoundedParameters& columns) {
    Eigen::MatrixXd r(scaled.rows(), scaled.cols());
    for (Eigen::Index j = 0; j < r.cols(); ++j)
      for (Eigen::Index i = 0; i < r.rows(); ++i)
        r(i, j) = rows.apart(i) || columns.apart(j) ? 0.0 : scaled(i, j) / (rows.diagonal[i] * columns.diagonal[j]);
    return r;
  }

  const Executor& executor_;
  BoundedParameters common_;
  Eigen::MatrixXd matrix_;  ///< of the common parameters, the blocks not yet eliminated
  std::vector<Block> blocks_;
  std::vector<Group> groups_;
  Eigen::MatrixXd reduced_;  ///< … and eliminated, scaled
  Eigen::VectorXd right_;
  Cholesky cholesky_;
};

}  // namespace detail

/// Minimises the sum over all blocks from their starts and the start `common` of what they share; in `options` the bounds are of that. The numbers
/// are the same for every executor, to the bit. Never throws for numerical reasons: see the statuses.
inline BorderedResult minimise_bordered(const std::vector<BorderedBlock>& blocks, std::vector<double> common, const LevenbergMarquardtOptions& options = {},
                                        const Executor& executor = SerialExecutor{}) {
  detail::BorderedSystem system(blocks, std::move(common), options, executor);
  BorderedResult result;
  result.status = detail::run_cycles(system, options, result.cycles);
  system.report(result);
  return result;
}

}  // namespace lamella
