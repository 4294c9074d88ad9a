// Lines fitted without a model: known ones, none at all, and measured ones as found by another program.
#include <lamella/refine/peak_tracking.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <limits>
#include <numbers>
#include <sstream>
#include <string>
#include <vector>

#include "../support/powder_models.hpp"
#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

/// A doublet of Gaussians in 1/3 and Lorentzians in 2/3 on a slope, with Poisson noise: written out anew.
PowderPattern doublet_pattern(double position, double fwhm, double area, Random& random) {
  PowderPattern p;
  p.source = "synthetic";
  const double pi = std::numbers::pi, second = 360 / pi * std::asin(std::sin(position * pi / 360) * 1.544426 / 1.540598);
  for (int i = 0; i < 200; ++i) {
    const double x = position - 1 + 0.01 * i;
    double y = 200 + 15 * (x - position);
    for (const auto& [centre, share] : {std::array{position, 2.0 / 3}, {second, 1.0 / 3}}) {
      const double h = 0.5 * fwhm, d = x - centre;
      const double lorentzian = h / pi / (d * d + h * h), gaussian = std::sqrt(std::log(2) / pi) / h * std::exp(-std::log(2) * d * d / (h * h));
      y += area * share * (2.0 / 3 * lorentzian + 1.0 / 3 * gaussian);
    }
    p.two_theta.push_back(x);
    p.sigma.push_back(std::sqrt(y));
    p.intensity.push_back(random.poisson(y));
  }
  return p;
}

const Radiation copper = doublet(1.540598, 1.544426, 0.5, Anode::Cu);

}  // namespace

TEST_CASE("a doublet is fitted with esds that mean what they say") {
  constexpr int trials = 200;
  Random random(17);
  std::array<double, 3> sum{}, square{};
  for (int t = 0; t < trials; ++t) {
    const double position = random.uniform(15, 100), fwhm = random.uniform(0.08, 0.25), area = random.uniform(100, 400);
    CAPTURE(position);
    const auto fit = fit_line(doublet_pattern(position, fwhm, area, random), copper, {position - 0.9, position + 0.9});
    REQUIRE(fit.found);
    const std::array pulls{(fit.position.value - position) / fit.position.esd, (fit.fwhm.value - fwhm) / fit.fwhm.esd,
                           (fit.area.value - area) / fit.area.esd};
    for (std::size_t k = 0; k < 3; ++k) {
      sum[k] += pulls[k];
      square[k] += pulls[k] * pulls[k];
    }
    CHECK(std::abs(fit.background - 200) < 20);
  }
  // The mean of 200 scatters by 0.07, the mean square by 0.1: four of these.
  for (std::size_t k = 0; k < 3; ++k) {
    CAPTURE(k);
    CHECK(std::abs(sum[k] / trials) < 0.28);
    CHECK(std::abs(square[k] / trials - 1) < 0.4);
  }
  MESSAGE("mean squares of the pulls of position, fwhm, area: " << square[0] / trials << ", " << square[1] / trials << ", " << square[2] / trials);
}

TEST_CASE("where there is no line none is found, with the reason") {
  Random random(4);
  int found = 0;
  for (int t = 0; t < 50; ++t) found += fit_line(doublet_pattern(30, 0.15, 0, random), copper, {29.1, 30.9}).found;
  CHECK(found <= 5);  // noise of three esds somewhere in the window
  const auto good = doublet_pattern(30, 0.15, 300, random);
  const auto reason = [&](const PowderPattern& p, const AngleRange& window) {
    const auto fit = fit_line(p, copper, window);
    CHECK_FALSE(fit.found);
    CHECK(fit.position.value == 0);
    return fit.note;
  };
  CHECK(reason(good, {50, 60}) == "no points to refine against in synthetic, expected a range of angles inside the pattern");
  CHECK(reason(good, {29.95, 30.02}) == "synthetic: expected 12 points or more in the window of a line, got 8");
  auto bad = good;
  bad.intensity[100] = std::numeric_limits<double>::quiet_NaN();
  CHECK(reason(bad, {29, 31}) == "synthetic, at 30.0000° 2θ: the intensity is not a number");
  std::fill(bad.intensity.begin(), bad.intensity.end(), 0.0);
  CHECK(reason(bad, {29, 31}) == "synthetic has no counts: all 200 intensities are 0");
  CHECK_THROWS_AS(LineTracker(copper, 30, -1), Error);
  CHECK_THROWS_AS(LineTracker(copper, std::numeric_limits<double>::quiet_NaN(), 1), Error);
}

TEST_CASE("a line is followed further than its window and across a gap") {
  Random random(6);
  LineTracker tracker(copper, 30.05, 0.6);
  for (int i = 0; i < 30; ++i) {
    const double position = 30 + 0.05 * i;
    const auto fit = tracker.follow(doublet_pattern(position, 0.15, i == 12 ? 0 : 300, random));
    CAPTURE(i);
    if (i == 12) {
      CHECK_FALSE(fit.found);
      continue;
    }
    REQUIRE(fit.found);
    CHECK(std::abs(fit.position.value - position) < 5 * fit.position.esd);
  }
  CHECK(tracker.position() > 31.4);
}

TEST_CASE("data: the (003) line of O3-NaCrO2 during charge is where another fit has it") {
  const auto reference = lamella_test::read_json("powder/o3_nacro2_insitu/refs.json")["peak003_raw"];
  LineTracker tracker(copper, 17.6, 1.0);
  std::vector<double> positions;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto fit = tracker.follow(lamella_test::read_xye("powder/o3_nacro2_insitu/Scan_C" + std::to_string(i + 1) + ".xye"));
    CAPTURE(i);
    REQUIRE(fit.found);
    positions.push_back(fit.position.value);
    MESSAGE("scan " << i + 1 << ": " << to_string(fit.position) << " (" << reference[i].get<double>() << "), fwhm " << to_string(fit.fwhm)
                    << ", height " << fit.height << ", GoF " << fit.GoF);
    CHECK(std::abs(fit.position.value - reference[i].get<double>()) < 0.002);
    // Asymmetric as all lines at low angles; the width of the other fit is 0.097 to 0.108.
    CHECK(fit.fwhm.value > 0.09);
    CHECK(fit.fwhm.value < 0.115);
  }
}

TEST_CASE("data: the (220) line of a spinel through charge and discharge is where another fit has it") {
  std::ifstream track(LAMELLA_DATA_DIR "/powder/operando_licovo4_spinel/peak_track.txt");
  REQUIRE(track);
  std::vector<Measured> reference;
  for (std::string line; std::getline(track, line);) {
    std::istringstream fields(line);
    std::string hkl;
    int number = 0;
    Measured position;
    if (fields >> hkl >> number >> position.value >> position.esd && hkl == "220") reference.push_back(position);
  }
  REQUIRE(reference.size() == 100);
  std::ifstream file(LAMELLA_DATA_DIR "/powder/operando_licovo4_spinel/patterns.txt");
  REQUIRE(file);
  std::vector<PowderPattern> patterns(100);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    double angle = 0, y = 0;
    if (!(fields >> angle) || angle < 29 || angle > 33) continue;
    for (auto& p : patterns) {
      fields >> y;
      REQUIRE(fields);
      p.two_theta.push_back(angle);
      p.intensity.push_back(y);
      p.sigma.push_back(std::sqrt(y));
    }
  }
  LineTracker tracker(doublet(1.54060, 1.54439, 0.497, Anode::Cu), 30.57, 1.0);
  double square = 0, largest = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    CAPTURE(i);
    const auto fit = tracker.follow(patterns[i]);
    CAPTURE(fit.note);
    REQUIRE(fit.found);
    const double pull = (fit.position.value - reference[i].value) / reference[i].esd;
    square += pull * pull;
    largest = std::max(largest, std::abs(pull));
  }
  MESSAGE("of 100 positions against the other fit, in its esds: root mean square " << std::sqrt(square / 100) << ", largest " << largest);
  // The same counts: what differs is the window and the shape.
  CHECK(std::sqrt(square / 100) < 0.5);
  CHECK(largest < 2);
}
