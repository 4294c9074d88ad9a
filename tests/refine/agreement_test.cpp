#include <lamella/refine/agreement.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

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
    for (const double x : {r.Rp, r.Rwp, r.Rexp, r.GoF, r.Rp_background_subtracted, r.Rwp_background_subtracted, r.durbin_watson})
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
