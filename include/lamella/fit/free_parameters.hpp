// Which parameters of a model are free, and how the others follow them.
#pragma once

#include <lamella/core/error.hpp>      // fail
#include <lamella/fit/parameters.hpp>  // matches

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One free variable p of a fit and the model parameters that move with it: x_i = x_i(start) + coefficient · (p - p(start)).
struct FreeParameter {
  struct Follower {
    std::size_t index;   ///< position in the model's list of parameters
    double coefficient;  ///< dx_i/dp
  };

  std::string name;                ///< that of its first follower, e.g. "O3.cell.a"
  std::vector<Follower> followers; ///< the parameter itself first (coefficient 1), then those tied to it
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
};

/// The free variables of a model and the linear constraints between its parameters.
class FreeParameters {
 public:
  /// One share of a linear combination of parameters.
  using Term = FreeParameter::Follower;

  explicit FreeParameters(std::vector<std::string> names) : names_(std::move(names)), leaders_(names_.size()) {
    for (std::size_t i = 0; i < leaders_.size(); ++i) leaders_[i] = {{i, 1.0}};
    lower_.assign(names_.size(), -std::numeric_limits<double>::infinity());
    upper_.assign(names_.size(), std::numeric_limits<double>::infinity());
    freedom_.assign(names_.size(), Freedom::held);
  }

  /// Names of all parameters of the model, in listed order.
  const std::vector<std::string>& names() const noexcept { return names_; }

  /// Lets `follower`, and all that follows it, move with `leader`: d(follower) = coefficient · d(leader).
  /// Throws where a parameter would come to follow itself.
  void tie(std::size_t follower, std::size_t leader, double coefficient = 1) { follow(follower, {{leader, coefficient}}); }

  /// Lets `follower`, and all that follows it, move with several: d(follower) = Σ coefficient · d(parameter).
  /// Throws where a parameter would come to follow itself.
  void follow(std::size_t follower, const std::vector<Term>& terms) {
    std::vector<Term> heads;
    for (const auto& term : terms) add(heads, leaders_[term.index], term.coefficient);
    for (const auto& head : heads)
      if (head.index == follower) fail("tie of " + names_[follower] + " to " + names_[terms.front().index] + ": a parameter cannot follow itself");
    for (auto& leaders : leaders_) {
      const auto own = std::find_if(leaders.begin(), leaders.end(), [&](const Term& t) { return t.index == follower; });
      if (own == leaders.end()) continue;
      const double coefficient = own->coefficient;
      leaders.erase(own);
      add(leaders, heads, coefficient);
    }
  }

  /// Keeps all parameters whose name matches at their distance from the first of them: shared displacement parameters,
  /// one zero for all. Those that a symmetry or an earlier tie already moves together stay as they are. Throws where
  /// no name matches.
  void equate(std::string_view pattern) {
    const auto found = find_some(pattern);
    for (const std::size_t i : found)
      if (leaders_[i].size() == 1 && leaders_[i].front().index == i && leaders_[found.front()].front().index != i) tie(i, found.front());
  }

  /// Keeps Σ coefficient · parameter at its starting value, the last of the terms following the others: occupancies that
  /// add up to 1, a composition. Names, not patterns. Throws where a name is unknown or the last term cannot follow.
  void keep_sum(const std::vector<std::pair<std::string, double>>& terms) {
    if (terms.size() < 2 || terms.back().second == 0) fail("a sum to be kept: expected at least two terms and a last coefficient other than 0");
    std::vector<Term> others;
    for (std::size_t i = 0; i + 1 < terms.size(); ++i)
      others.push_back({find_some(terms[i].first).front(), -terms[i].second / terms.back().second});
    follow(find_some(terms.back().first).front(), others);
  }

  /// Takes a parameter out of reach of `release`: symmetry decides its value.
  void lock(std::size_t index) { freedom_[index] = Freedom::locked; }

  /// Bounds for all parameters whose name matches.
  void bound(std::string_view pattern, double lower, double upper) {
    for (const std::size_t i : find(pattern)) {
      lower_[i] = lower;
      upper_[i] = upper;
    }
  }

  /// Frees all parameters whose name matches (symmetry-locked ones stay); a tied one frees its leaders.
  /// Returns how many names matched.
  std::size_t release(std::string_view pattern) { return set(pattern, Freedom::released); }
  /// Holds all parameters whose name matches, and with a tied one its leaders.
  std::size_t hold(std::string_view pattern) { return set(pattern, Freedom::held); }

  /// Whether any free variable moves the parameter.
  bool is_free(std::size_t index) const {
    return std::any_of(leaders_[index].begin(), leaders_[index].end(), [&](const Term& t) { return freedom_[t.index] == Freedom::released; });
  }

  /// Indices of the parameters whose name matches `pattern` ("*" stands for one part of a name).
  std::vector<std::size_t> find(std::string_view pattern) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (matches(pattern, names_[i])) found.push_back(i);
    return found;
  }

  /// The free variables, in listed order.
  std::vector<FreeParameter> list() const {
    std::vector<FreeParameter> free;
    std::vector<std::size_t> place(names_.size(), names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (!leads(i) || freedom_[i] != Freedom::released) continue;
      place[i] = free.size();
      free.push_back({names_[i], {{i, 1.0}}, lower_[i], upper_[i]});
    }
    for (std::size_t j = 0; j < names_.size(); ++j)
      for (const auto& head : leaders_[j])
        if (head.index != j && place[head.index] < free.size()) free[place[head.index]].followers.push_back({j, head.coefficient});
    return free;
  }

 private:
  enum class Freedom { held, released, locked };

  bool leads(std::size_t i) const { return leaders_[i].size() == 1 && leaders_[i].front().index == i; }

  static void add(std::vector<Term>& sum, const std::vector<Term>& terms, double factor) {
    for (const auto& term : terms) {
      const auto known = std::find_if(sum.begin(), sum.end(), [&](const Term& t) { return t.index == term.index; });
      if (known == sum.end())
        sum.push_back({term.index, factor * term.coefficient});
      else
        known->coefficient += factor * term.coefficient;
    }
  }

  std::vector<std::size_t> find_some(std::string_view pattern) const {
    auto found = find(pattern);
    if (found.empty()) fail("no parameter of the model matches " + std::string(pattern));
    return found;
  }

  std::size_t set(std::string_view pattern, Freedom freedom) {
    const auto found = find(pattern);
    for (const std::size_t i : found)
      for (const auto& head : leaders_[i])
        if (freedom_[head.index] != Freedom::locked) freedom_[head.index] = freedom;
    return found.size();
  }

  std::vector<std::string> names_;
  std::vector<std::vector<Term>> leaders_;  ///< of each parameter: the leaders that move it
  std::vector<double> lower_, upper_;
  std::vector<Freedom> freedom_;
};

}  // namespace lamella
