// Parameters carried from pattern to pattern with their covariance: against independent fits and the formulas of a Kalman filter.
#include <lamella/fit/detail/cholesky.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/series.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_model;

namespace {

constexpr std::size_t count = 12;

/// Constant but for a cell that changes. `brightness`: times the usual counts.
std::vector<PowderPattern> patterns_of(std::uint64_t seed, double brightness = 1) {
  Random random(seed);
  std::vector<PowderPattern> patterns;
  for (std::size_t i = 0; i < count; ++i) {
    auto truth = synthetic_model();
    truth.phases[0].scale *= brightness;
    for (double& c : truth.background.coefficients) c *= brightness;
    truth.phases[0].crystal.cell = hexagonal_cell(2.962 - 0.0002 * static_cast<double>(i), 16.21 + 0.003 * static_cast<double>(i));
    patterns.push_back(noisy_pattern(truth, even_grid(14, 0.06, 1400), random));
  }
  return patterns;
}

/// Scale, background, cell, oxygen height and `free`.
SeriesOptions<> options_with(const std::vector<std::string>& free) {
  SeriesOptions<> options;
  options.refinement.plan = default_plan(synthetic_model().diffractometer);
  for (const char* name : {"pattern.W", "pattern.asymmetry", "pattern.displacement", "O3.size", "O3.strain", "O3.*.Uiso"})
    if (std::find(free.begin(), free.end(), name) == free.end()) options.refinement.fix.emplace_back(name);
  return options;
}

/// Values and covariances, scaled by GoF², of some parameters along a series.
struct Course {
  std::vector<Eigen::VectorXd> values;
  std::vector<Eigen::MatrixXd> covariance;
  std::vector<double> GoF;

  double value(std::size_t i) const { return values[i][0]; }
  double esd(std::size_t i) const { return std::sqrt(covariance[i](0, 0)); }
};

Course course(const std::vector<PowderPattern>& patterns, const SeriesOptions<>& options, const std::vector<std::string>& names) {
  Course c;
  SeriesRefiner<> refiner(synthetic_model(), options);
  const auto n = static_cast<Eigen::Index>(names.size());
  for (const auto& pattern : patterns) {
    const auto point = refiner.refine(pattern);
    REQUIRE(point.status == SeriesStatus::refined);
    CHECK(point.notes.empty());
    std::vector<Eigen::Index> place;
    for (const auto& name : names) {
      const auto& free = refiner.free();
      const auto found = std::find_if(free.begin(), free.end(), [&](const auto& f) { return f.name == name; });
      REQUIRE(found != free.end());
      place.push_back(found - free.begin());
    }
    c.values.emplace_back(n);
    c.covariance.emplace_back(n, n);
    for (Eigen::Index i = 0; i < n; ++i) {
      c.values.back()[i] = point.values[static_cast<std::size_t>(place[static_cast<std::size_t>(i)])];
      for (Eigen::Index j = 0; j < n; ++j)
        c.covariance.back()(i, j) = point.covariance(place[static_cast<std::size_t>(i)], place[static_cast<std::size_t>(j)]);
    }
    c.GoF.push_back(point.GoF);
  }
  return c;
}

Eigen::MatrixXd inverse(const Eigen::MatrixXd& matrix) {
  detail::Cholesky cholesky;
  REQUIRE(cholesky.compute(matrix));
  return cholesky.inverse();
}

}  // namespace

TEST_CASE("a constant that is carried is known better with every pattern, as well as by the mean of independent fits") {
  const std::vector<std::string> name{"pattern.displacement"};
  const auto patterns = patterns_of(4);
  auto options = options_with(name);
  const auto alone = course(patterns, options, name);
  options.carried = {{"pattern.displacement"}};
  const auto carried = course(patterns, options, name);
  CHECK(carried.value(0) == alone.value(0));
  CHECK(carried.esd(0) == alone.esd(0));
  double weight = 0, sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    weight += 1 / square(alone.esd(i));
    sum += alone.value(i) / square(alone.esd(i));
    // Esds of patterns alike are alike but for their GoF, which scatters by 1/√(2·1400) = 2 %.
    CHECK(carried.esd(i) == doctest::Approx(alone.esd(0) / std::sqrt(static_cast<double>(i + 1))).epsilon(0.1));
    CHECK(std::abs(carried.value(i) - sum / weight) < 0.3 * carried.esd(i));
    CHECK(std::abs(carried.value(i) - 0.03) < 4 * carried.esd(i));
    CHECK(carried.GoF[i] == doctest::Approx(alone.GoF[i]).epsilon(0.01));  // of the pattern alone
  }
  MESSAGE("esd alone " << alone.esd(0) << ", carried " << carried.esd(count - 1) << "; pull " << (carried.value(count - 1) - 0.03) / carried.esd(count - 1)
                       << "; from the mean " << (carried.value(count - 1) - sum / weight) / carried.esd(count - 1) << " esds");
}

TEST_CASE("what drifts is carried as by a Kalman filter, whatever the unit of the sigmas") {
  const std::vector<std::string> name{"pattern.displacement"};
  auto patterns = patterns_of(5);
  auto options = options_with(name);
  const auto alone = course(patterns, options, name);
  const double drift = 0.5 * alone.esd(0);
  options.carried = {{"pattern.*", drift}};
  const auto carried = course(patterns, options, name);
  for (auto& pattern : patterns)
    for (double& sigma : pattern.sigma) sigma /= 3;
  const auto optimistic = course(patterns, options, name);
  // In units of the sigmas, where an outlier of the GoF does not change what a pattern weighs.
  double variance = square(alone.esd(0) / alone.GoF[0]), value = alone.value(0);
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    if (i > 0) {
      const double expected = variance + square(drift / carried.GoF[i - 1]), own = square(alone.esd(i) / alone.GoF[i]);
      variance = 1 / (1 / expected + 1 / own);
      value = variance * (value / expected + alone.value(i) / own);
    }
    CHECK(carried.esd(i) / carried.GoF[i] == doctest::Approx(std::sqrt(variance)).epsilon(0.02));
    CHECK(std::abs(carried.value(i) - value) < 0.05 * carried.esd(i));
    CHECK(optimistic.GoF[i] == doctest::Approx(3 * carried.GoF[i]).epsilon(1e-3));
    CHECK(optimistic.esd(i) == doctest::Approx(carried.esd(i)).epsilon(0.01));
    CHECK(std::abs(optimistic.value(i) - carried.value(i)) < 0.02 * carried.esd(i));  // where a fit stops
  }
}

TEST_CASE("with a drift far above the esds what is carried says nothing") {
  const std::vector<std::string> name{"pattern.displacement"};
  const auto patterns = patterns_of(6);
  auto options = options_with(name);
  const auto alone = course(patterns, options, name);
  options.carried = {{"pattern.displacement", 1e4 * alone.esd(0)}};
  const auto carried = course(patterns, options, name);
  for (std::size_t i = 0; i < count; ++i) {
    CAPTURE(i);
    CHECK(std::abs(carried.value(i) - alone.value(i)) < 1e-6 * alone.esd(i));
    CHECK(carried.esd(i) == doctest::Approx(alone.esd(i)).epsilon(1e-6));
  }
}

TEST_CASE("size and strain are carried with their correlation") {
  const std::vector<std::string> names{"O3.size", "O3.strain"};
  const auto patterns = patterns_of(7, 10);  // many counts: the esd of a size grows with the size, and fits that came out small would weigh too much
  auto options = options_with(names);
  const auto alone = course(patterns, options, names);
  options.carried = {{"O3.size"}, {"O3.strain"}};
  const auto carried = course(patterns, options, names);
  // The mean of independent fits, weighted by the inverse of their covariances.
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(2, 2);
  Eigen::VectorXd weighted = Eigen::VectorXd::Zero(2);
  for (std::size_t i = 0; i < count; ++i) {
    const Eigen::MatrixXd weight = inverse(alone.covariance[i]);
    information += weight;
    weighted += weight * alone.values[i];
  }
  const Eigen::MatrixXd together = inverse(information);
  const Eigen::VectorXd mean = together * weighted;
  const Eigen::MatrixXd& covariance = carried.covariance.back();
  const auto correlation = [](const Eigen::MatrixXd& c) { return c(0, 1) / std::sqrt(c(0, 0) * c(1, 1)); };
  const Eigen::VectorXd off = carried.values.back() - mean;
  MESSAGE("correlation " << correlation(covariance) << "; esds alone " << alone.esd(0) << ", " << std::sqrt(alone.covariance[0](1, 1)) << ", carried "
                         << std::sqrt(covariance(0, 0)) << ", " << std::sqrt(covariance(1, 1)) << "; from the mean " << off[0] / std::sqrt(covariance(0, 0))
                         << ", " << off[1] / std::sqrt(covariance(1, 1)) << " esds");
  for (Eigen::Index i = 0; i < 2; ++i) {
    CAPTURE(i);
    CHECK(std::abs(off[i]) < 0.3 * std::sqrt(covariance(i, i)));
    CHECK(std::sqrt(covariance(i, i)) == doctest::Approx(std::sqrt(together(i, i))).epsilon(0.1));
  }
  CHECK(correlation(covariance) == doctest::Approx(correlation(together)).epsilon(0.05));
  CHECK(std::abs(carried.values.back()[0] - 900) < 4 * std::sqrt(covariance(0, 0)));
  CHECK(std::abs(carried.values.back()[1] - 6e-4) < 4 * std::sqrt(covariance(1, 1)));
}

TEST_CASE("of a phase that is not there nothing is carried") {
  Random random(8);
  auto model = synthetic_model();
  model.phases.push_back(model.phases[0]);
  model.phases[1].name = "P3";
  model.phases[1].crystal.cell = hexagonal_cell(2.92, 16.8);
  auto options = options_with({});
  options.refinement.fix.insert(options.refinement.fix.end(), {"P3.size", "P3.strain", "P3.*.Uiso", "P3.O1.z"});
  options.carried = {{"*.cell.c"}};
  SeriesRefiner<> refiner(model, options);
  std::vector<std::vector<std::string>> carried;
  std::vector<double> esd;
  for (const bool there : {true, true, false, true}) {
    auto truth = model;
    truth.phases[1].scale = there ? 0.001 : 0;
    const auto point = refiner.refine(noisy_pattern(truth, even_grid(14, 0.06, 1400), random));
    REQUIRE(point.status == SeriesStatus::refined);
    carried.push_back(refiner.state().carried.names);
    for (std::size_t i = 0; i < refiner.free().size(); ++i)
      if (refiner.free()[i].name == "P3.cell.c") esd.push_back(point.esd(i));
  }
  const std::vector<std::string> both{"O3.cell.c", "P3.cell.c"}, one{"O3.cell.c"};
  CHECK(carried == std::vector{both, both, one, both});
  REQUIRE(esd.size() == 4);
  CHECK(esd[1] == doctest::Approx(esd[0] / std::sqrt(2.0)).epsilon(0.1));
  CHECK(esd[2] == 0);
  CHECK(esd[3] == doctest::Approx(esd[0]).epsilon(0.1));
}

TEST_CASE("what cannot be carried is refused by name") {
  auto options = options_with({});
  options.carried = {{"O3.cell.a", -1}};
  CHECK_THROWS_WITH_AS(SeriesRefiner<>(synthetic_model(), options), "drift of carried O3.cell.a: expected a number from 0", Error);
  options.carried = {{"O3.cell.a", NAN}};
  CHECK_THROWS_WITH_AS(SeriesRefiner<>(synthetic_model(), options), "drift of carried O3.cell.a: expected a number from 0", Error);
  options.carried = {{"pattern.displacment"}};
  CHECK_THROWS_WITH_AS(SeriesRefiner<>(synthetic_model(), options), "carried pattern.displacment: no parameter of the model has such a name", Error);
}
