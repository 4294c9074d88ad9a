// Whether esds and correlations mean what they say: many noisy patterns, refined.
#include <lamella/fit/parameters.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <Eigen/Core>
#include <Eigen/LU>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_grid, lamella_test::synthetic_model;

namespace {

/// Refines that many noisy patterns and checks pulls, covariance and goodness of fit.
void check_pulls(int trials, std::uint64_t seed) {
  const PowderModel<> truth = synthetic_model();
  RefinementOptions<> options;
  options.plan = {{"scale and background", {"O3.scale", "pattern.background.*"}, 5, 0},
                  {"all",
                   {"O3.cell.a", "O3.cell.c", "O3.O1.z", "O3.*.Uiso", "O3.size", "O3.strain", "pattern.W", "pattern.displacement",
                    "pattern.asymmetry"},
                   20, 0}};
  Random random(seed);
  std::vector<std::string> names;
  std::vector<double> sum, square;
  double chi_square = 0, gof = 0;
  std::array<double, 2> layer_sum{}, layer_square{};
  double layer_product = 0, stated_correlation = 0;
  for (int trial = 0; trial < trials; ++trial) {
    CAPTURE(trial);
    PowderModel<> start = truth;
    start.phases[0].crystal.cell = hexagonal_cell(2.963, 16.205);
    start.phases[0].crystal.sites[2].position.z += 0.001;
    start.phases[0].size = 1100;
    start.phases[0].strain = 5e-4;
    start.instrument.W = 0.005;
    start.instrument.displacement = 0.02;
    start.instrument.asymmetry = 0.025;
    for (auto& site : start.phases[0].crystal.sites) site.u_iso = 0.01;
    const auto fit = refine(start, noisy_pattern(truth, synthetic_grid(), random), options);
    REQUIRE(fit.status == FitStatus::converged);
    CHECK(fit.warnings.empty());
    const auto exact = parameter_values(truth);
    const auto n = static_cast<Eigen::Index>(fit.free.size());
    Eigen::VectorXd shift(n);
    if (names.empty()) {
      for (const auto& p : fit.free) names.push_back(p.name);
      sum.assign(names.size(), 0);
      square.assign(names.size(), 0);
    }
    REQUIRE(names.size() == fit.free.size());
    for (std::size_t i = 0; i < fit.free.size(); ++i) {
      shift[static_cast<Eigen::Index>(i)] = fit.values[i] - exact[fit.free[i].followers.front().index];
      const double pull = shift[static_cast<Eigen::Index>(i)] / fit.esd(i);
      sum[i] += pull;
      square[i] += pull * pull;
    }
    chi_square += shift.dot(fit.covariance.partialPivLu().solve(shift));
    gof += fit.agreement.GoF;

    const auto layers = derived_jointly(fit, [](const auto& m) {
      const auto& s = m.phases[0].crystal;
      return std::array{2.0 * s.cell.c * (1.0 / 3 - s.sites[2].position.z), 2.0 * s.cell.c * (s.sites[2].position.z - 1.0 / 6)};
    });
    const std::array<double, 2> true_layers{2 * 16.21 * (1.0 / 3 - 0.2654), 2 * 16.21 * (0.2654 - 1.0 / 6)};
    std::array<double, 2> pull{};
    for (std::size_t k = 0; k < 2; ++k) {
      pull[k] = (layers[k].value - true_layers[k]) / layers[k].esd;
      layer_sum[k] += pull[k];
      layer_square[k] += pull[k] * pull[k];
    }
    layer_product += pull[0] * pull[1];
    stated_correlation += layers.correlation(0, 1) / trials;
  }

  REQUIRE(names.size() == 15);
  // Of n numbers with deviation 1 the mean scatters by 1/sqrt(n) and the mean square by sqrt(2/n). Four of these; of 15 parameters
  // the worst is then reached by chance once in a thousand runs.
  const double mean_limit = 4 / std::sqrt(trials), square_limit = 4 * std::sqrt(2.0 / trials);
  for (std::size_t i = 0; i < names.size(); ++i) {
    CAPTURE(names[i]);
    const double mean = sum[i] / trials, mean_square = square[i] / trials;
    CAPTURE(mean);
    CAPTURE(mean_square);
    CHECK(std::abs(mean) < mean_limit);
    CHECK(std::abs(mean_square - 1) < square_limit);
  }
  // The whole covariance: shiftᵀ C⁻¹ shift has mean P and deviation sqrt(2 P/trials).
  const double parameters = static_cast<double>(names.size());
  MESSAGE("mean of shift' C^-1 shift: " << chi_square / trials << " for " << names.size() << " parameters, mean GoF " << gof / trials);
  CHECK(std::abs(chi_square / trials - parameters) < 4 * std::sqrt(2 * parameters / trials));
  // GoF scatters by 1/sqrt(2 N) = 0.013 for each pattern.
  CHECK(std::abs(gof / trials - 1) < 4 * 0.013 / std::sqrt(trials));
  for (std::size_t k = 0; k < 2; ++k) {
    CHECK(std::abs(layer_sum[k] / trials) < mean_limit);
    CHECK(std::abs(layer_square[k] / trials - 1) < square_limit);
  }
  // With 500 patterns the limits of the project: mean 0 ± 0.15, deviation 1 ± 0.1, where chance alone has 0.045 and 0.032.
  const auto check_project_limits = [&](const std::string& name, double total, double total_square) {
    const double mean = total / trials, deviation = std::sqrt(total_square / trials - mean * mean);
    MESSAGE(name << ": pulls " << mean << " +- " << deviation << " in " << trials << " patterns");
    if (trials < 500) return;
    CAPTURE(name);
    CHECK(std::abs(mean) < 0.15);
    CHECK(std::abs(deviation - 1) < 0.1);
  };
  std::size_t checked = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != "O3.cell.a" && names[i] != "O3.cell.c" && names[i] != "O3.O1.z") continue;
    check_project_limits(names[i], sum[i], square[i]);
    ++checked;
  }
  CHECK(checked == 3);
  check_project_limits("slab", layer_sum[0], layer_square[0]);
  check_project_limits("interslab", layer_sum[1], layer_square[1]);
  // Slab and interslab: stated at about -1, and so they are.
  const double found = layer_product / std::sqrt(layer_square[0] * layer_square[1]);
  MESSAGE("correlation of slab and interslab: stated " << stated_correlation << ", found " << found);
  CHECK(stated_correlation < -0.99);
  CHECK(found < -0.99);
}

}  // namespace

TEST_CASE("the pulls of many noisy refinements have mean 0 and deviation 1, correlations included") { check_pulls(60, 20240917); }

TEST_CASE("slow: the pulls of 500 noisy refinements have mean 0 and deviation 1, correlations included") { check_pulls(500, 20240918); }
