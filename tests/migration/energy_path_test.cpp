#include <lamella/migration/diffusion.hpp>
#include <lamella/migration/energy_path.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a cubic through energies and forces comes back exactly, with its extrema") {
  // E = s³ − 3 s² + 2 s: extrema at 1 ± 1/√3, E = ± 2/(3√3).
  const auto e = [](double s) { return s * (s - 1) * (s - 2); };
  const auto slope = [](double s) { return 3 * s * s - 6 * s + 2; };
  EnergyPath path{"cubic", {-0.2, 0.9, 1.3, 2.4}, {}, {}};
  for (const double s : path.distance) {
    path.energy.push_back(e(s));
    path.force.push_back(-slope(s));
  }
  const EnergyProfile profile(path);
  for (int i = 0; i <= 26; ++i) CHECK(profile.energy(-0.2 + 0.1 * i) == doctest::Approx(e(-0.2 + 0.1 * i)).epsilon(1e-12));
  REQUIRE(profile.extrema().size() == 4);
  CHECK(profile.extrema()[1].distance == doctest::Approx(1 - 1 / std::sqrt(3.0)).epsilon(1e-12));
  CHECK(profile.extrema()[1].energy == doctest::Approx(2 / std::sqrt(27.0)).epsilon(1e-12));
  CHECK(profile.extrema()[1].maximum);
  CHECK(profile.extrema()[2].distance == doctest::Approx(1 + 1 / std::sqrt(3.0)).epsilon(1e-12));
  CHECK_FALSE(profile.extrema()[2].maximum);
  CHECK_FALSE(profile.extrema()[0].maximum);
  CHECK(profile.extrema()[3].maximum);
  CHECK(profile.highest().distance == 2.4);
  CHECK(profile.barrier() == doctest::Approx(e(2.4) - e(-0.2)));
  CHECK(profile.reverse_barrier() == doctest::Approx(0).epsilon(1e-12));
  CHECK(message_of([&] { (void)profile.energy(2.5); }).find("expected -0.2 to 2.4") != std::string::npos);
  CHECK(message_of([&] { (void)profile.energy(NAN); }).find("expected") != std::string::npos);
}

TEST_CASE("without forces nothing overshoots: the barrier is that of the highest image") {
  lamella_test::Random random(5);
  for (int n = 0; n < 300; ++n) {
    EnergyPath path{"random", {0}, {0}, {}};
    const int images = 2 + static_cast<int>(random.uniform(0, 9));
    for (int i = 1; i < images; ++i) {
      path.distance.push_back(path.distance.back() + random.uniform(0.01, 2));
      path.energy.push_back(random.uniform(-1, 1));
    }
    const EnergyProfile profile(path);
    const double highest = *std::max_element(path.energy.begin(), path.energy.end());
    CHECK(profile.barrier() == highest - path.energy.front());
    CHECK(profile.reverse_barrier() == highest - path.energy.back());
    for (std::size_t i = 0; i + 1 < path.size(); ++i)
      for (int k = 0; k <= 20; ++k) {
        const double e = profile.energy(std::min(path.distance[i + 1], path.distance[i] + 0.05 * k * (path.distance[i + 1] - path.distance[i])));
        CHECK(e >= std::min(path.energy[i], path.energy[i + 1]) - 1e-12);
        CHECK(e <= std::max(path.energy[i], path.energy[i + 1]) + 1e-12);
      }
  }
}

TEST_CASE("extrema are those of a fine sampling, for any forces") {
  lamella_test::Random random(6);
  for (int n = 0; n < 200; ++n) {
    EnergyPath path{"random", {0}, {random.uniform(-1, 1)}, {random.uniform(-2, 2)}};
    for (int i = 1; i < 6; ++i) {
      path.distance.push_back(path.distance.back() + random.uniform(0.2, 2));
      path.energy.push_back(random.uniform(-1, 1));
      path.force.push_back(n % 3 == 0 ? 0 : random.uniform(-2, 2));
    }
    const EnergyProfile profile(path);
    double highest = -INFINITY, lowest = INFINITY;
    constexpr int samples = 4000;
    for (int i = 0; i <= samples; ++i) {
      const double e = profile.energy(std::min(path.distance.back(), path.distance.back() * i / samples));
      highest = std::max(highest, e);
      lowest = std::min(lowest, e);
    }
    // A parabola of curvature below 50 eV/Å² misses its top by less than 50/2 (half a step)².
    CHECK(profile.highest().energy >= highest - 1e-12);
    CHECK(profile.highest().energy < highest + 1e-4);
    double least = INFINITY;
    bool alternate = true;
    for (std::size_t i = 0; i < profile.extrema().size(); ++i) {
      least = std::min(least, profile.extrema()[i].energy);
      alternate = alternate && (i == 0 || profile.extrema()[i].maximum != profile.extrema()[i - 1].maximum);
    }
    CHECK(least <= lowest + 1e-12);
    CHECK(least > lowest - 1e-4);
    CHECK(alternate);
  }
}

TEST_CASE("level paths and paths that are none") {
  const EnergyProfile level({"level", {0, 1, 2}, {3, 3, 3}, {0, 0, 0}});
  CHECK(level.barrier() == 0);
  CHECK(level.energy(1.5) == 3);
  const auto fault = [](EnergyPath path) { return message_of([&] { EnergyProfile p(path); }); };
  CHECK(fault({"a", {0}, {0}, {}}).find("1 images, expected a path of two or more") != std::string::npos);
  CHECK(fault({"a", {0, 1}, {0}, {}}).find("expected as many of each") != std::string::npos);
  CHECK(fault({"a", {0, 1}, {0, 1}, {0}}).find("expected as many of each") != std::string::npos);
  CHECK(fault({"a", {0, 0}, {0, 1}, {}}).find("image 1: distance 0 after 0") != std::string::npos);
  CHECK(fault({"a", {0, NAN}, {0, 1}, {}}).find("expected") != std::string::npos);
  CHECK(fault({"a", {0, 1}, {0, NAN}, {}}).find("energy nan") != std::string::npos);
  CHECK(fault({"a", {0, 1}, {0, 1}, {0, INFINITY}}).find("force inf") != std::string::npos);
}

TEST_CASE("Arrhenius rates, diffusion in a layer, ratios with their error bars") {
  // kT = 0.025852 eV at 300 K.
  CHECK(thermal_energy(300) == doctest::Approx(8.617333262e-5 * 300).epsilon(1e-9));
  const auto rate = arrhenius_rate({0.30, 0.02}, 300);
  CHECK(rate.value() == doctest::Approx(1e13 * std::exp(-0.30 / (8.617333262e-5 * 300))).epsilon(1e-9));
  CHECK(rate.high() / rate.value() == doctest::Approx(std::exp(0.02 / (8.617333262e-5 * 300))));
  CHECK(rate.low() * rate.high() == doctest::Approx(rate.value() * rate.value()));
  // Mean square displacement of 6 neighbours at a in the time 1/(6 Γ): D = <r²>/(4 t) = 6 a² Γ/4.
  const auto d = layer_diffusion_coefficient(LayerNet::triangular, 3.0, rate);
  CHECK(d.value() == doctest::Approx(1.5 * 9e-16 * rate.value()));
  const auto p = layer_diffusion_coefficient(LayerNet::honeycomb, 3.0, rate);
  CHECK(p.value() == doctest::Approx(d.value() / 6));
  CHECK(d.high() / d.value() == doctest::Approx(rate.high() / rate.value()));
  // The reported barriers of NFM and HE: exp(0.107 eV/kT).
  const auto ratio = rate_ratio({0.497, 0.03}, {0.604, 0.04}, 298.15);
  CHECK(ratio.value() == doctest::Approx(std::exp(0.107 / (8.617333262e-5 * 298.15))).epsilon(1e-9));
  CHECK(ratio.ln.esd == doctest::Approx(0.05 / (8.617333262e-5 * 298.15)).epsilon(1e-9));
  CHECK(rate_ratio({0.3, 0}, {0.3, 0}, 300).value() == 1);

  for (const double t : {0.0, -5.0, 1e9, static_cast<double>(NAN)}) CHECK_THROWS_AS((void)thermal_energy(t), Error);
  CHECK_THROWS_AS((void)arrhenius_rate({-0.1, 0}, 300), Error);
  CHECK_THROWS_AS((void)arrhenius_rate({NAN, 0}, 300), Error);
  CHECK_THROWS_AS((void)arrhenius_rate({0.3, -1}, 300), Error);
  CHECK_THROWS_AS((void)arrhenius_rate({0.3, 0}, 300, 0), Error);
  CHECK(message_of([] { (void)arrhenius_rate({50, 0}, 10); }).find("at 10 K, expected a barrier and a temperature") != std::string::npos);
  CHECK_THROWS_AS((void)layer_diffusion_coefficient(LayerNet::triangular, -3, arrhenius_rate({0.3, 0}, 300)), Error);
}
