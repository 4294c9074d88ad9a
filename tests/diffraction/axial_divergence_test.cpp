#include <lamella/core/constants.hpp>
#include <lamella/core/dual.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/axial_divergence.hpp>
#include <lamella/diffraction/pattern_calculator.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "../support/powder_models.hpp"

using namespace lamella;
using lamella_test::fwhm2_per_variance, lamella_test::read_json;

namespace {

constexpr double pi = std::numbers::pi;

/// Thompson-Cox-Hastings pseudo-Voigt from σ² and the Lorentzian FWHM, written out once more.
struct Shape {
  double fwhm, eta;
  Shape(double variance, double l) {
    const double g = std::sqrt(fwhm2_per_variance * variance);
    fwhm = std::pow(std::pow(g, 5) + 2.69269 * std::pow(g, 4) * l + 2.42843 * std::pow(g, 3) * l * l +
                        4.47163 * g * g * std::pow(l, 3) + 0.07842 * g * std::pow(l, 4) + std::pow(l, 5), 0.2);
    const double r = l / fwhm;
    eta = 1.36603 * r - 0.47719 * r * r + 0.11116 * r * r * r;
  }
  double operator()(double x) const {
    const double u = 4 * x * x / (fwhm * fwhm);
    return eta * 2 / (pi * fwhm) / (1 + u) + (1 - eta) * 2 / fwhm * std::sqrt(std::numbers::ln2 / pi) * std::exp(-std::numbers::ln2 * u);
  }
};

/// Finger, Cox and Jephcoat's equations as they print them: D(2φ) = W/(h cos2φ), h = sqrt(cos²2φ/cos²2θ - 1),
/// W = H + S - h between 2φ_min and 2φ_infl and 2 min(H, S) from there to 2θ (with H = S: 2φ_infl = 2θ),
/// the profile divided by the integral of D. Midpoint rule in u, 2φ = 2θ - (2θ - 2φ_min) u², which takes the singularity
/// of D at 2θ away; the error falls with the square of the number of points.
double finger_cox_jephcoat(double two_theta, double half_height, const Shape& shape, double dx, int points = 1500) {
  const bool back = two_theta > 90;
  const double angle = (back ? 180 - two_theta : two_theta) * pi / 180;
  const double cosine = std::cos(angle);
  const double edge = cosine * std::sqrt(4 * half_height * half_height + 1);
  const double lowest = edge < 1 ? std::acos(edge) : 0;  // close to the primary beam the cone turns over first
  double weights = 0, sum = 0;
  for (int i = 0; i < points; ++i) {
    const double u = (i + 0.5) / points;
    const double two_phi = angle - (angle - lowest) * u * u;
    const double h = std::sqrt(std::pow(std::cos(two_phi) / cosine, 2) - 1);
    const double w = (2 * half_height - h) / (h * std::cos(two_phi)) * u;  // u du is the measure
    const double shift = (two_phi - angle) * 180 / pi;
    weights += w;
    sum += w * shape(dx - (back ? -shift : shift));
  }
  return sum / weights;
}

/// Our profile of one reflection at `two_theta`, on the way that patterns take: per degree, area 1.
std::vector<double> our_profile(double two_theta, double variance, double lorentzian, double half_height,
                                const std::vector<double>& offsets, double tolerance = 1e-5) {
  const double wavelength = 1.54, theta = 0.5 * two_theta * degree;
  const double edge = wavelength / (2 * std::sin(theta));  // (100) of a cubic cell
  Structure<double> s{"X", SpaceGroup(), {edge, edge, edge, 90, 90, 90}, {}};
  s.sites = {{"Fe1", parse_species("Fe"), {0, 0, 0}, 1, 0}};
  PowderModel<> m;
  m.diffractometer.radiation = monochromatic(wavelength);
  m.phases.push_back({"X", s, 1, 1e30, 0});
  m.instrument.W = fwhm2_per_variance * variance;
  m.instrument.Y = lorentzian * std::cos(theta);
  m.instrument.asymmetry = half_height;
  std::vector<double> grid;
  for (const double dx : offsets) grid.push_back(two_theta + dx);
  PatternCalculator<Structure<double>> calculator(m, grid, {{FormFactorTable::wk95, false}, tolerance});
  std::vector<double> y(grid.size(), 0.0);
  calculator.add_phase(m, 0, y);  // leaves the peaks of the reflections behind
  std::vector<double> profile(grid.size(), 0.0);
  for (std::size_t r = 0; r < calculator.reflections_of(0).size(); ++r) {
    if (std::abs(calculator.reflections_of(0)[r].d - edge) > 1e-9 || calculator.reflections_of(0)[r].hkl.h == 0) continue;
    calculator.add_reflection(m, 0, r, profile);
    const auto& peak = calculator.peaks_of(0)[r];
    CHECK(peak.position == doctest::Approx(two_theta).epsilon(1e-10));
    for (double& v : profile) v /= peak.area;
    return profile;
  }
  FAIL("no reflection at the wanted angle");
  return {};
}

/// Largest deviation of our profile from the brute-force one, as a fraction of its top.
double largest_deviation(double two_theta, double variance, double lorentzian, double half_height, double low, double high) {
  std::vector<double> offsets;
  for (int i = 0; i <= 100; ++i) {
    const double dx = low + (high - low) * i / 100;
    if (two_theta + dx > 0.01 && two_theta + dx < 179.9) offsets.push_back(dx);
  }
  const Shape shape(variance, lorentzian);
  const auto ours = our_profile(two_theta, variance, lorentzian, half_height, offsets);
  double worst = 0, top = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const double exact = finger_cox_jephcoat(two_theta, half_height, shape, offsets[i]);
    worst = std::max(worst, std::abs(ours[i] - exact));
    top = std::max(top, exact);
  }
  return worst / top;
}

}  // namespace

TEST_CASE("the brute-force integral of the test is converged") {
  for (const double two_theta : {3.0, 10.0, 32.0, 120.0})
    for (const double s : {0.001, 0.03}) {
      const Shape shape(1e-6, 0.05);
      for (const double dx : {-0.1, -0.02, 0.0, 0.03}) {
        const double fine = finger_cox_jephcoat(two_theta, s, shape, dx, 16000);
        CHECK(std::abs(finger_cox_jephcoat(two_theta, s, shape, dx) - fine) < 2e-6 * shape(0));
      }
    }
}

TEST_CASE("the smeared profile is that of Finger, Cox and Jephcoat within 1e-4 of its height") {
  double worst = 0;
  for (const double two_theta : {5.0, 10.0, 16.5, 32.0, 60.0, 85.0, 89.5, 90.5, 95.0, 120.0, 150.0})
    for (const double s : {0.001, 0.003, 0.01, 0.03, 0.06})
      for (const auto& [variance, lorentzian] : {std::array{1e-6, 0.05}, {0.0004, 0.0}, {0.0004, 0.05}, {2e-5, 0.03}, {0.01, 0.3}}) {
        CAPTURE(two_theta);
        CAPTURE(s);
        CAPTURE(variance);
        CAPTURE(lorentzian);
        const double span = 2 * s * s / std::tan((two_theta > 90 ? 180 - two_theta : two_theta) * degree) / degree;
        const double width = 5 * Shape(variance, lorentzian).fwhm;
        const double off = two_theta > 90 ? largest_deviation(two_theta, variance, lorentzian, s, -width, span + width)
                                          : largest_deviation(two_theta, variance, lorentzian, s, -span - width, width);
        CHECK(off < 1e-4);
        worst = std::max(worst, off);
      }
  CHECK(worst > 0);
  MESSAGE("largest deviation as a fraction of the height: " << worst);
}

TEST_CASE("near the primary beam the cone turns over and the profile follows") {
  // tan 2θ < 2 S: the lowest 2φ is 0.
  for (const double two_theta : {2.0, 3.0, 4.0})
    for (const double s : {0.03, 0.05}) {
      CAPTURE(two_theta);
      CAPTURE(s);
      CHECK(largest_deviation(two_theta, 0.0004, 0.03, s, -two_theta, 1.0) < 1e-4);
    }
}

TEST_CASE("the tail points to low angles below 90 degrees, to high angles above, and vanishes at 90") {
  std::vector<double> offsets;
  for (int i = -400; i <= 400; ++i) offsets.push_back(0.002 * i);
  const auto at = [&](double two_theta) { return our_profile(two_theta, 4e-4, 0.02, 0.03, offsets); };
  const auto below = at(40), above = at(140), square = at(90);
  const double top = *std::max_element(below.begin(), below.end());
  double mean_below = 0, mean_above = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // cos²2θ is the same at 40° and 140°: mirror images.
    CHECK(std::abs(below[i] - above[offsets.size() - 1 - i]) < 5e-6 * top);  // the far tails begin a point earlier or later
    CHECK(square[i] == doctest::Approx(square[offsets.size() - 1 - i]).epsilon(1e-9));
    mean_below += below[i] * offsets[i];
    mean_above += above[i] * offsets[i];
  }
  CHECK(mean_below < 0);
  CHECK(mean_above > 0);
}

TEST_CASE("profile and derivatives pass smoothly through 90 degrees") {
  std::vector<double> offsets;
  for (int i = -50; i <= 50; ++i) offsets.push_back(0.004 * i);
  const auto before = our_profile(89.9999, 4e-4, 0.02, 0.03, offsets), at = our_profile(90, 4e-4, 0.02, 0.03, offsets),
             behind = our_profile(90.0001, 4e-4, 0.02, 0.03, offsets);
  const double top = *std::max_element(at.begin(), at.end());
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    CHECK(std::abs(before[i] - at[i]) < 1e-5 * top);
    CHECK(std::abs(behind[i] - at[i]) < 1e-5 * top);
  }
}

TEST_CASE("nodes have weight one and the mean shift of the closed formula") {
  // Small S: D du ∝ (2S - h) dh and shift = -(h²/2) cot2θ, so that the mean is -(2S)²/12 cot2θ (radians).
  const AxialQuadrature quadrature;
  std::vector<AxialNode<double>> store(AxialQuadrature::largest);
  for (std::size_t rule = 0; rule < AxialQuadrature::sizes.size(); ++rule)
    for (const double two_theta : {20.0, 60.0, 89.0, 91.0, 130.0}) {
      CAPTURE(rule);
      CAPTURE(two_theta);
      const double s = 0.001;
      const auto nodes = quadrature.nodes(rule, two_theta, s, std::span(store));
      REQUIRE(nodes.size() == AxialQuadrature::sizes[rule]);
      double sum = 0, mean = 0;
      for (const auto& n : nodes) {
        CHECK(n.weight > 0);
        sum += n.weight;
        mean += n.weight * n.shift;
      }
      CHECK(sum == doctest::Approx(1).epsilon(1e-13));
      CHECK(mean == doctest::Approx(-4 * s * s / 12 / std::tan(two_theta * degree) / degree).epsilon(1e-4));
      CHECK(std::abs(axial_span(two_theta, s) - (-2 * s * s / std::tan(two_theta * degree) / degree)) <
            1e-4 * std::abs(axial_span(two_theta, s)));
    }
}

TEST_CASE("a profile of zero divergence is the symmetric one, and a small one tends to it") {
  std::vector<double> offsets;
  for (int i = -50; i <= 50; ++i) offsets.push_back(0.01 * i);
  const auto symmetric = our_profile(20, 4e-4, 0.05, 0, offsets);
  const Shape shape(4e-4, 0.05);
  const auto small = our_profile(20, 4e-4, 0.05, 1e-5, offsets);
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    CHECK(symmetric[i] == doctest::Approx(shape(offsets[i])).epsilon(1e-6));
    CHECK(small[i] == doctest::Approx(symmetric[i]).epsilon(1e-5));
  }
}

TEST_CASE("two distant nodes have the first four moments of the many") {
  const AxialQuadrature quadrature;
  std::vector<AxialNode<double>> store(AxialQuadrature::largest);
  const auto nodes = quadrature.nodes(4, 12.0, 0.03, std::span(store));
  const auto two = distant_nodes<double>(nodes);
  for (int moment = 0; moment <= 3; ++moment) {
    double many = 0, few = 0;
    for (const auto& n : nodes) many += n.weight * std::pow(n.shift, moment);
    for (const auto& n : two) few += n.weight * std::pow(n.shift, moment);
    CHECK(few == doctest::Approx(many).epsilon(1e-12));
  }
}

TEST_CASE("data: the smeared profile agrees with the reference file within 1e-4 of its height") {
  // Exception: the rows with S/L = H/L = 0.001. They are the symmetric profile (equal values at +dx and -dx), whereas the
  // mean shift of the smeared one is -(2S)²/12 cot2θ: their quadrature neglected the asymmetry. They are compared to the
  // brute-force integral like all others, and what the file holds is checked to be the symmetric profile.
  const auto rows = read_json("tables/ref_fcj_profile.json").at("data");
  REQUIRE(rows.size() == 252);
  struct Row {
    double dx, value;
  };
  std::size_t against_file = 0, symmetric_rows = 0;
  double worst_file = 0, worst_brute = 0, largest_error_of_file = 0;
  for (std::size_t first = 0; first < rows.size(); first += 7) {
    const auto& head = rows.at(first);
    const double two_theta = head.at("two_theta0"), variance = head.at("sigma2_deg2"), lorentzian = head.at("gamma_fwhm_deg"),
                 s = head.at("S_over_L");
    CHECK(head.at("H_over_L").get<double>() == s);
    CAPTURE(two_theta);
    CAPTURE(variance);
    CAPTURE(lorentzian);
    CAPTURE(s);
    std::vector<double> offsets;
    for (std::size_t i = first; i < first + 7; ++i) {
      REQUIRE(rows.at(i).at("S_over_L").get<double>() == s);
      offsets.push_back(rows.at(i).at("dx_deg").get<double>());
    }
    const auto ours = our_profile(two_theta, variance, lorentzian, s, offsets);
    const Shape shape(variance, lorentzian);
    double top = 0;
    for (double dx = -0.3; dx <= 0.3; dx += 0.002) top = std::max(top, finger_cox_jephcoat(two_theta, s, shape, dx, 400));
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      const double in_file = rows.at(first + i).at("value_quad"), dx = offsets[i];
      CAPTURE(dx);
      const double brute = finger_cox_jephcoat(two_theta, s, shape, dx);
      CHECK(std::abs(ours[i] - brute) < 1e-4 * top);
      worst_brute = std::max(worst_brute, std::abs(ours[i] - brute) / top);
      if (s > 0.002) {
        CHECK(std::abs(ours[i] - in_file) < 1e-4 * top);
        worst_file = std::max(worst_file, std::abs(ours[i] - in_file) / top);
        ++against_file;
      } else {
        CHECK(std::abs(in_file - shape(dx)) < 1e-7 * top);
        largest_error_of_file = std::max(largest_error_of_file, std::abs(in_file - brute) / top);
        ++symmetric_rows;
      }
    }
  }
  CHECK(against_file == 168);
  CHECK(symmetric_rows == 84);
  CHECK(largest_error_of_file > 1e-4);  // else the exception would be without reason
  MESSAGE("against the file: " << worst_file << ", against the brute-force integral: " << worst_brute
                               << ", the file's symmetric rows are off by up to " << largest_error_of_file << " of the height");
}
