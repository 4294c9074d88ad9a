// Fractions of the oxidation states of one element, their mean, and what changes between two states of charge.
#pragma once

#include <lamella/chemistry/charge_balance.hpp>  // Valence
#include <lamella/chemistry/species.hpp>         // Species
#include <lamella/core/error.hpp>                // fail
#include <lamella/core/measured.hpp>             // Measured
#include <lamella/spectra/detail/covariance.hpp>  // esd_of, propagated

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Fractions of the oxidation states of one element, summing to 1, and their covariance: esds alone hide that one state gains what
/// another loses.
struct ValenceFractions {
  std::vector<Species> states;
  std::vector<double> value;   ///< 0 to 1
  Eigen::MatrixXd covariance;  ///< empty where none is known

  std::size_t size() const noexcept { return states.size(); }
  /// Number `i` alone.
  Measured operator[](std::size_t i) const { return {value[i], detail::esd_of(covariance, i)}; }
  /// Correlation coefficient of two of them; 0 where one has no uncertainty.
  double correlation(std::size_t i, std::size_t j) const {
    const double scale = detail::esd_of(covariance, i) * detail::esd_of(covariance, j);
    return scale > 0 ? std::clamp(detail::element(covariance, i, j) / scale, -1.0, 1.0) : 0.0;
  }
  /// Σ fraction · charge in units of e, with the esd of the whole covariance.
  Measured mean_valence() const {
    std::vector<double> charge;
    double mean = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      charge.push_back(states[i].charge);
      mean += value[i] * states[i].charge;
    }
    return {mean, detail::esd_of(covariance, charge)};
  }
  /// As `audit` and `with_valences` of the chemistry take them.
  std::vector<Valence> valences() const {
    std::vector<Valence> list;
    for (std::size_t i = 0; i < size(); ++i) list.push_back({states[i], value[i]});
    return list;
  }
};

/// The fractions of areas that belong to oxidation states, one state per area; several areas may share one (a multiplet), and an
/// area of `vacancy` belongs to none (a satellite) and is left out. The area per atom is taken to be the same for all states of
/// the element. `covariance` is that of the areas; empty where none is known. Throws for states of several elements, negative
/// areas and where nothing is left.
inline ValenceFractions valence_fractions(std::span<const Species> states, std::span<const double> areas, const Eigen::MatrixXd& covariance = {}) {
  const auto n = static_cast<Eigen::Index>(areas.size());
  if (states.size() != areas.size() || (covariance.size() != 0 && (covariance.rows() != n || covariance.cols() != n)))
    fail("fractions of oxidation states: " + std::to_string(states.size()) + " states, " + std::to_string(areas.size()) +
         " areas and a covariance of " + std::to_string(covariance.rows()) + " rows, expected as many of each");
  ValenceFractions result;
  std::vector<std::size_t> place(areas.size(), areas.size());
  double total = 0;
  for (std::size_t i = 0; i < areas.size(); ++i) {
    if (!(areas[i] >= 0 && std::isfinite(areas[i])))
      fail("fractions of oxidation states: area " + to_string(Measured{areas[i], 0}) + ", expected 0 or more");
    if (states[i] == vacancy) continue;
    if (!result.states.empty() && states[i].atomic_number != result.states.front().atomic_number)
      fail("fractions of oxidation states: " + to_string(result.states.front()) + " and " + to_string(states[i]) + ", expected states of one element");
    const auto known = std::find(result.states.begin(), result.states.end(), states[i]);
    place[i] = static_cast<std::size_t>(known - result.states.begin());
    if (known == result.states.end()) {
      result.states.push_back(states[i]);
      result.value.push_back(0);
    }
    result.value[place[i]] += areas[i];
    total += areas[i];
  }
  if (!(total > 0)) fail("fractions of oxidation states: no area belongs to a state, expected one above 0");
  for (double& fraction : result.value) fraction /= total;
  // d fraction(s)/d area(i) = (1 where i belongs to s − fraction(s))/total
  std::vector<std::vector<double>> slopes(result.size(), std::vector<double>(areas.size(), 0.0));
  for (std::size_t i = 0; i < areas.size(); ++i) {
    if (states[i] == vacancy) continue;
    for (std::size_t s = 0; s < result.size(); ++s) slopes[s][i] = ((place[i] == s ? 1.0 : 0.0) - result.value[s]) / total;
  }
  result.covariance = detail::propagated(covariance, slopes);
  return result;
}

/// A difference of two independent numbers.
inline Measured difference(const Measured& after, const Measured& before) { return {after.value - before.value, std::hypot(after.esd, before.esd)}; }

}  // namespace lamella
