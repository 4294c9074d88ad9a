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
  explicit FreeParameters(std::vector<std::string> names) : names_(std::move(names)), leader_(names_.size()) {
    for (std::size_t i = 0; i < leader_.size(); ++i) leader_[i] = {i, 1.0};
    lower_.assign(names_.size(), -std::numeric_limits<double>::infinity());
    upper_.assign(names_.size(), std::numeric_limits<double>::infinity());
    freedom_.assign(names_.size(), Freedom::held);
  }

  /// Names of all parameters of the model, in listed order.
  const std::vector<std::string>& names() const noexcept { return names_; }

  /// Lets `follower`, and all that follows it, move with `leader`: d(follower) = coefficient · d(leader).
  /// Throws where a parameter would come to follow itself.
  void tie(std::size_t follower, std::size_t leader, double coefficient = 1) {
    const Leader head{leader_[leader].index, coefficient * leader_[leader].coefficient};
    if (head.index == follower)
      fail("tie of " + names_[follower] + " to " + names_[leader] + ": a parameter cannot follow itself");
    leader_[follower] = head;
    for (auto& l : leader_)
      if (l.index == follower) l = {head.index, l.coefficient * head.coefficient};
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

  /// Frees all parameters whose name matches (symmetry-locked ones stay); a tied one frees its leader.
  /// Returns how many names matched.
  std::size_t release(std::string_view pattern) { return set(pattern, Freedom::released); }
  /// Holds all parameters whose name matches.
  std::size_t hold(std::string_view pattern) { return set(pattern, Freedom::held); }

  bool is_free(std::size_t index) const { return freedom_[leader_[index].index] == Freedom::released; }

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
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (leader_[i].index != i || freedom_[i] != Freedom::released) continue;
      FreeParameter parameter{names_[i], {{i, 1.0}}, lower_[i], upper_[i]};
      for (std::size_t j = 0; j < names_.size(); ++j)
        if (j != i && leader_[j].index == i) parameter.followers.push_back({j, leader_[j].coefficient});
      free.push_back(std::move(parameter));
    }
    return free;
  }

 private:
  enum class Freedom { held, released, locked };
  struct Leader {
    std::size_t index;
    double coefficient;
  };

  std::size_t set(std::string_view pattern, Freedom freedom) {
    const auto found = find(pattern);
    for (const std::size_t i : found) {
      auto& state = freedom_[leader_[i].index];
      if (state != Freedom::locked) state = freedom;
    }
    return found.size();
  }

  std::vector<std::string> names_;
  std::vector<Leader> leader_;
  std::vector<double> lower_, upper_;
  std::vector<Freedom> freedom_;
};

}  // namespace lamella
