#include <lamella/refine/agreement.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

TEST_CASE("agreement factors of four points are those of the hand calculation") {
  const std::vector<double> observed{100, 400, 225, 64}, sigma{10, 20, 15, 8}, calculated{90, 420, 225, 60}, background{50, 50, 25, 24};
  const Agreement r = agreement(observed, sigma, calculated, background, 1);
  // Differences 10, -20, 0, 4; over sigma 1, -1, 0, 0.5; weights 1/y, so that sum w y² = sum y = 789.
  CHECK(r.Rp == doctest::Approx(34.0 / 789));
  CHECK(r.Rwp == doctest::Approx(std::sqrt(2.25 / 789)));
  CHECK(r.Rexp == doctest::Approx(std::sqrt(3.0 / 789)));
  CHECK(r.GoF == doctest::Approx(std::sqrt(2.25 / 3)));
  // Net 50, 350, 200, 40: sum 640, sum w net² = 25 + 306.25 + 177.777… + 25.
  CHECK(r.Rp_background_subtracted == doctest::Approx(34.0 / 640));
  CHECK(r.Rwp_background_subtracted == doctest::Approx(std::sqrt(2.25 / (25 + 306.25 + 40000.0 / 225 + 25))));
  // Steps -2, 1, 0.5: squares 4, 1, 0.25.
  CHECK(r.durbin_watson == doctest::Approx(5.25 / 2.25));
  // Runs 1 | -1 | 0.5, the 0 counting with its neighbours: no two residuals share a sign.
  CHECK(r.serial_correlation_factor == doctest::Approx(1));
}

TEST_CASE("the Berar-Lelann factor counts runs of one sign as one residual") {
  const auto factor = [](const std::vector<double>& residuals) {
    const std::vector<double> sigma(residuals.size(), 2), zero(residuals.size(), 0);
    std::vector<double> observed;
    for (const double d : residuals) observed.push_back(2 * d);
    return agreement(observed, sigma, zero, zero, 0).serial_correlation_factor;
  };
  std::vector<double> tens, alternating;
  for (int i = 0; i < 30; ++i) tens.push_back(i / 10 == 1 ? -1 : 1);
  for (int i = 0; i < 30; ++i) alternating.push_back(i % 2 == 0 ? -1 : 1);
  CHECK(factor(tens) == doctest::Approx(std::sqrt(10.0)));  // 10² against 10 in each run
  CHECK(factor(alternating) == doctest::Approx(1));
  CHECK(factor({1, 2, -3, 0, 4, 5}) == doctest::Approx(std::sqrt((9.0 + 9 + 81) / 55)));
  CHECK(factor({1, 0, -1}) == doctest::Approx(1));
  CHECK(factor({0, 0, 0}) == 1);  // a perfect fit
  // Independent normal residuals: runs have a geometric length L of mean 2, so (2 + 2/π E[L(L − 1)])/2 = 1 + 4/π. The square of the
  // factor scatters by about 3/sqrt(50000) = 0.013.
  lamella_test::Random random(5);
  std::vector<double> white(50000);
  for (double& d : white) d = random.normal();
  CHECK(factor(white) == doctest::Approx(std::sqrt(1 + 4 / std::numbers::pi)).epsilon(0.02));
}

TEST_CASE("GoF is Rwp over Rexp") {
  const std::vector<double> observed{10, 20, 30, 40, 50}, sigma{1, 2, 3, 4, 5}, calculated{11, 18, 33, 36, 55}, background(5, 0.0);
  const Agreement r = agreement(observed, sigma, calculated, background, 2);
  CHECK(r.GoF == doctest::Approx(r.Rwp / r.Rexp));
  CHECK(r.GoF == doctest::Approx(std::sqrt(5.0 / 3)));
  CHECK(r.Rp_background_subtracted == doctest::Approx(r.Rp));  // without background both are the same
  CHECK(r.Rwp_background_subtracted == doctest::Approx(r.Rwp));
}

TEST_CASE("residuals of alternating sign have a Durbin-Watson number near four, constant ones near zero") {
  std::vector<double> observed(100, 100), sigma(100, 10), alternating(100), constant(100, 90), background(100, 0);
  for (std::size_t i = 0; i < 100; ++i) alternating[i] = i % 2 == 0 ? 90 : 110;
  CHECK(agreement(observed, sigma, alternating, background, 0).durbin_watson == doctest::Approx(4 * 99.0 / 100));
  CHECK(agreement(observed, sigma, constant, background, 0).durbin_watson == 0);
}

TEST_CASE("agreement factors are numbers, whatever the pattern") {
  const std::vector<double> zero(4, 0), sigma(4, 1), ten(4, 10);
  for (const Agreement& r : {agreement(ten, sigma, ten, zero, 1),     // perfect
                             agreement(ten, sigma, ten, ten, 1),      // nothing but background
                             agreement(zero, sigma, ten, zero, 1),    // no counts at all
                             agreement(ten, sigma, zero, zero, 9)})   // more parameters than points
    for (const double x : {r.Rp, r.Rwp, r.Rexp, r.GoF, r.Rp_background_subtracted, r.Rwp_background_subtracted, r.durbin_watson,
                           r.serial_correlation_factor})
      CHECK(std::isfinite(x));
}

TEST_CASE("data that are no numbers do not pass for a perfect fit") {
  const std::vector<double> ten(4, 10), sigma(4, 1), zero(4, 0);
  auto observed = ten, bad_sigma = sigma;
  observed[2] = bad_sigma[1] = std::nan("");
  for (const Agreement& r : {agreement(observed, sigma, ten, zero, 1), agreement(ten, bad_sigma, ten, zero, 1)}) {
    CHECK(!(r.Rwp >= 0));
    CHECK(!(r.GoF >= 0));
  }
}
