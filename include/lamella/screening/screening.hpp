// Screening: all substitutions of a grid judged by criteria, those that keep the requirements ranked by goals, with the Pareto front.
#pragma once

#include <lamella/chemistry/composition.hpp>               // Sublattices
#include <lamella/chemistry/formula.hpp>                   // Formula, to_string
#include <lamella/core/error.hpp>                          // fail
#include <lamella/core/executor.hpp>                       // ThreadExecutor
#include <lamella/screening/composition_evaluator.hpp>     // CompositionEvaluator
#include <lamella/screening/criteria.hpp>                  // Criterion, Goal, Requirement
#include <lamella/screening/pareto_front.hpp>              // pareto_ranking
#include <lamella/screening/substitution_grid.hpp>         // SubstitutionGrid, Steps

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A composition and what became of it.
struct Candidate {
  Steps steps{};
  Sublattices layers;
  CriterionValues values{};  ///< only the criteria that the evaluator `has`
  std::size_t rank = 0;      ///< from 1, by score
  bool pareto = false;       ///< no other feasible composition is at least as good in every goal and better in one
  double score = 0;          ///< mean over the goals of the position between the worst (0) and the best (1) feasible composition
};

/// The feasible compositions of a grid by rank. They are kept by their steps; `candidate` evaluates one again.
class Screening {
 public:
  std::uint64_t enumerated() const noexcept { return enumerated_; }
  std::size_t feasible() const noexcept { return steps_.size(); }
  std::size_t front_size() const noexcept { return static_cast<std::size_t>(std::count(ranking_.front.begin(), ranking_.front.end(), true)); }
  const CompositionEvaluator& evaluator() const noexcept { return *evaluator_; }

  /// The composition of a rank, 0 being the first.
  Candidate candidate(std::size_t rank) const {
    const std::size_t p = ranking_.order[rank];
    Candidate c;
    for (std::size_t i = 0; i < evaluator_->grid().elements().size(); ++i) c.steps[i] = steps_[p][i];
    c.layers = evaluator_->grid().layers(c.steps);
    evaluator_->evaluate(c.steps, c.values);
    c.rank = rank + 1;
    c.pareto = ranking_.front[p];
    c.score = ranking_.score[p];
    return c;
  }

  /// The rank of a composition, 0 being the first; nothing where it is not on the grid or not feasible.
  std::optional<std::size_t> find(const Sublattices& layers) const {
    const auto steps = evaluator_->grid().find(layers);
    if (!steps) return std::nullopt;
    for (std::size_t rank = 0; rank < ranking_.order.size(); ++rank)
      if (steps_[ranking_.order[rank]] == *steps) return rank;
    return std::nullopt;
  }

 private:
  friend Screening screen(const CompositionEvaluator&, const std::vector<Requirement>&, const std::vector<Goal>&, std::size_t);
  explicit Screening(const CompositionEvaluator& evaluator) : evaluator_(&evaluator), enumerated_(evaluator.grid().size()) {}

  const CompositionEvaluator* evaluator_;
  std::uint64_t enumerated_;
  std::vector<Steps> steps_;
  ParetoRanking ranking_;
};

/// The goals where none are given: high entropy, small size mismatch, wide interslab (with barriers: a low barrier instead), high
/// capacity from cations, and low cost and common elements where these are given.
inline std::vector<Goal> default_goals(const CompositionEvaluator& evaluator) {
  std::vector<Goal> goals{{Criterion::entropy, true}, {Criterion::size_mismatch, false}};
  goals.push_back(evaluator.has(Criterion::barrier) ? Goal{Criterion::barrier, false} : Goal{Criterion::interslab, true});
  goals.push_back({Criterion::cation_capacity, true});
  if (evaluator.has(Criterion::cost)) goals.push_back({Criterion::cost, false});
  if (evaluator.has(Criterion::abundance)) goals.push_back({Criterion::abundance, true});
  return goals;
}

/// Evaluates all compositions of the evaluator's grid on `threads` threads, keeps those that are neutral and keep all requirements,
/// and ranks them by the goals. The result is the same for any number of threads. Goals are compared to 10⁻⁹ of their unit. The
/// evaluator must outlive the result. Throws for requirements and goals on criteria that the evaluator does not have, without goals,
/// and for a number of threads outside 1 to 1024.
inline Screening screen(const CompositionEvaluator& evaluator, const std::vector<Requirement>& requirements, const std::vector<Goal>& goals,
                        std::size_t threads = 1) {
  const auto require = [&](Criterion c) {
    if (!evaluator.has(c))
      fail("criterion " + std::string(to_string(c)) + " has no values here, expected " +
           (c == Criterion::barrier         ? "barriers to be asked for"
            : c == Criterion::cost          ? "prices of the elements"
            : c == Criterion::abundance     ? "abundances of the elements"
                                            : "a host with sodium alone in its alkali layer"));
  };
  for (const Requirement& r : requirements) require(r.criterion);
  for (const Goal& g : goals) require(g.criterion);
  if (goals.empty()) fail("no goals, expected at least one criterion to make large or small");
  const ThreadExecutor executor(threads);

  struct Part {
    std::vector<Steps> steps;
    std::vector<double> goals;
  };
  const auto parts = evaluator.grid().parts();
  std::vector<Part> found(parts.size());
  executor(parts.size(), [&](std::size_t n) {
    Part& part = found[n];
    CriterionValues values{};
    evaluator.grid().for_each(parts[n], [&](const Steps& steps) {
      if (!evaluator.evaluate(steps, values)) return;
      for (const Requirement& r : requirements)
        if (!r.holds(values[static_cast<std::size_t>(r.criterion)])) return;
      part.steps.push_back(steps);
      for (const Goal& g : goals) {
        const double x = std::round(values[static_cast<std::size_t>(g.criterion)] * 1e9) / 1e9;
        part.goals.push_back(g.maximise ? x : -x);
      }
    });
  });

  Screening result(evaluator);
  std::vector<double> values;
  std::size_t count = 0;
  for (const Part& part : found) count += part.steps.size();
  result.steps_.reserve(count);
  values.reserve(count * goals.size());
  for (Part& part : found) {
    result.steps_.insert(result.steps_.end(), part.steps.begin(), part.steps.end());
    values.insert(values.end(), part.goals.begin(), part.goals.end());
    part = {};
  }
  result.ranking_ = pareto_ranking(values, goals.size());
  return result;
}

}  // namespace lamella::inline LAMELLA_ABI
