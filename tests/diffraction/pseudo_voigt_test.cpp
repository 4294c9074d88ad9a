#include <lamella/core/dual.hpp>
#include <lamella/diffraction/detail/peak_kernel.hpp>
#include <lamella/diffraction/detail/power_of_two.hpp>
#include <lamella/diffraction/detail/turns.hpp>
#include <lamella/diffraction/pseudo_voigt.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

constexpr double pi = std::numbers::pi;

/// Voigt function by brute force: convolution of a Gaussian (FWHM g) and a Lorentzian (FWHM l), trapezoid over ±6 FWHM of
/// the Gaussian, whose integrand and derivatives vanish at the ends: exact to rounding.
double voigt(double x, double g, double l) {
  constexpr int n = 4000;
  const double reach = 6 * g, step = 2 * reach / n;
  double sum = 0;
  for (int i = 0; i <= n; ++i) {
    const double t = -reach + i * step;
    const double gaussian = 2 / g * std::sqrt(std::numbers::ln2 / pi) * std::exp(-4 * std::numbers::ln2 * t * t / (g * g));
    sum += gaussian * (2 / (pi * l)) / (1 + 4 * (x - t) * (x - t) / (l * l)) * step;
  }
  return sum;
}

}  // namespace

TEST_CASE("the area is one, tails included") {
  for (const double eta : {0.0, 0.3, 1.0}) {
    CAPTURE(eta);
    const PseudoVoigt<double> shape{0.08, eta};
    // Simpson within ±40 FWHM; outside only the Lorentzian is left, with area (1 - (2/π) atan(80)) η.
    constexpr int n = 20000;
    const double reach = 40 * 0.08, step = 2 * reach / n;
    double sum = 0;
    for (int i = 0; i <= n; ++i) sum += (i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2) * pseudo_voigt(-reach + i * step, shape);
    const double area = sum * step / 3 + eta * (1 - 2 / pi * std::atan(80.0));
    CHECK(area == doctest::Approx(1).epsilon(1e-9));
  }
}

TEST_CASE("half the height is reached at half the width") {
  for (const double eta : {0.0, 0.42, 1.0}) {
    const PseudoVoigt<double> shape{0.13, eta};
    const double top = pseudo_voigt(0.0, shape);
    // Both parts have the FWHM of the whole.
    CHECK(pseudo_voigt(0.065, shape) == doctest::Approx(top / 2).epsilon(1e-13));
    CHECK(pseudo_voigt(-0.065, shape) == doctest::Approx(top / 2).epsilon(1e-13));
    CHECK(top == doctest::Approx((eta * 2 / pi + (1 - eta) * 2 * std::sqrt(std::numbers::ln2 / pi)) / 0.13).epsilon(1e-14));
  }
}

TEST_CASE("Thompson, Cox and Hastings: pure shapes keep their width, mixed ones follow the published polynomials") {
  const auto gaussian = thompson_cox_hastings(0.01, 0.0);
  CHECK(gaussian.fwhm == doctest::Approx(0.1).epsilon(1e-14));
  CHECK(gaussian.eta == 0);
  const auto lorentzian = thompson_cox_hastings(1e-30, 0.2);
  CHECK(lorentzian.fwhm == doctest::Approx(0.2).epsilon(1e-12));
  CHECK(lorentzian.eta == doctest::Approx(1).epsilon(1e-12));  // 1.36603 - 0.47719 + 0.11116 = 1
  Random random(3);
  for (int i = 0; i < 20; ++i) {
    // J. Appl. Cryst. 20 (1987) 79, equations as printed.
    const double g = random.uniform(0.01, 0.3), l = random.uniform(0.001, 0.3);
    const double h = std::pow(std::pow(g, 5) + 2.69269 * std::pow(g, 4) * l + 2.42843 * std::pow(g, 3) * std::pow(l, 2) +
                                  4.47163 * std::pow(g, 2) * std::pow(l, 3) + 0.07842 * g * std::pow(l, 4) + std::pow(l, 5), 0.2);
    const double eta = 1.36603 * (l / h) - 0.47719 * std::pow(l / h, 2) + 0.11116 * std::pow(l / h, 3);
    const auto shape = thompson_cox_hastings(g * g, l);
    CHECK(shape.fwhm == doctest::Approx(h).epsilon(1e-13));
    CHECK(shape.eta == doctest::Approx(eta).epsilon(1e-13));
  }
}

TEST_CASE("the pseudo-Voigt stays within 1.5 % of the height of the convolution that it stands for") {
  // The approximation's own error, known from the literature: 1 to 1.5 % of the peak in the worst mixture.
  double worst = 0;
  for (const double g : {0.02, 0.05, 0.1})
    for (const double ratio : {0.1, 0.3, 1.0, 3.0}) {
      const double l = g * ratio;
      const auto shape = thompson_cox_hastings(g * g, l);
      const double top = voigt(0, g, l);
      for (double x = 0; x < 3 * (g + l); x += 0.1 * (g + l)) worst = std::max(worst, std::abs(pseudo_voigt(x, shape) - voigt(x, g, l)) / top);
      // The width is far better than the shape.
      CHECK(voigt(shape.fwhm / 2, g, l) / top == doctest::Approx(0.5).epsilon(0.002));
    }
  CHECK(worst < 0.015);
  CHECK(worst > 0.002);  // the comparison is not empty
}

TEST_CASE("the fast power of two is good to 1e-11") {
  double worst = 0;
  for (int i = -100000; i <= 100000; ++i) {
    const double x = 0.0099 * i;
    worst = std::max(worst, std::abs(detail::power_of_two(x) / std::exp2(x) - 1));
  }
  CHECK(worst < 1e-11);
  CHECK(detail::power_of_two(0) == 1);
  for (const double x : {-1e-300, -1e-17, -0.5, -0.4999999999, 0.5000000001, 17.0, -999.9})
    CHECK(detail::power_of_two(x) == doctest::Approx(std::exp2(x)).epsilon(1e-11));
}

TEST_CASE("the fast sine and cosine of turns are good to 1e-15 beside the rounding of the angle") {
  for (const double start : {-3.0, 0.0, 1234.0})
    for (int i = -4000; i <= 4000; ++i) {
      const double t = start + i / 8192.0;  // exact
      const double fraction = t - std::round(t);
      const auto [c, s] = detail::cos_sin_turns(t);
      CHECK(std::abs(c - std::cos(2 * std::numbers::pi * fraction)) < 1e-15);
      CHECK(std::abs(s - std::sin(2 * std::numbers::pi * fraction)) < 1e-15);
    }
}

TEST_CASE("the analytic derivatives of a peak are those of the formula on dual numbers") {
  using D = Dual<double, 3>;  // position, width, mixing
  Random random(21);
  for (int trial = 0; trial < 20; ++trial) {
    const double position = random.uniform(20, 120), fwhm = random.uniform(0.03, 0.6), eta = random.uniform(0, 1);
    std::vector<double> x;
    for (int i = -60; i <= 60; ++i) x.push_back(position + 0.1 * fwhm * i * std::sqrt(std::abs(i)) / 5 + 0.013 * fwhm);
    detail::PeakWindow w;
    w.last = x.size();
    w.core_last = w.tail_last = x.size();
    detail::PeakColumns columns;
    columns.reserve(x.size());
    detail::fill_columns(x.data(), w, position, {fwhm, eta}, {}, columns);
    std::vector<double> y(x.size(), 0.0);
    detail::add_peak(x.data(), y.data(), w, position, 2.5, {fwhm, eta}, {});
    const double top = pseudo_voigt(0.0, PseudoVoigt<double>{fwhm, eta});
    for (std::size_t i = 0; i < x.size(); ++i) {
      CAPTURE(i);
      const D exact = pseudo_voigt(x[i] - D::variable(position, 0), PseudoVoigt<D>{D::variable(fwhm, 1), D::variable(eta, 2)});
      const double slope = top / fwhm;  // tolerances: ten times the error of `power_of_two`
      CHECK(std::abs(columns.column[0][i] - exact.value) <= 1e-11 * top);
      CHECK(std::abs(columns.column[1][i] - exact.grad[0]) <= 1e-10 * slope);
      CHECK(std::abs(columns.column[2][i] - exact.grad[1]) <= 1e-10 * slope);
      CHECK(std::abs(columns.column[3][i] - exact.grad[2]) <= 1e-10 * top);
      CHECK(columns.column[4][i] == 0);
      CHECK(std::abs(y[i] - 2.5 * exact.value) <= 1e-10 * top);
    }
  }
}

TEST_CASE("outside the core of a peak only its Lorentzian is left, and that is all there is") {
  const PseudoVoigt<double> gaussian{0.1, 0};
  for (const double fraction : {0.5, 1e-3, 1e-5, 1e-11})
    CHECK(pseudo_voigt(detail::gaussian_reach(fraction) * 0.1, gaussian) == doctest::Approx(fraction * pseudo_voigt(0.0, gaussian)).epsilon(1e-9));
  CHECK(detail::gaussian_reach(2) == 0);
  std::vector<double> x, y;
  for (int i = 0; i < 400; ++i) x.push_back(49 + 0.005 * i);
  y.assign(x.size(), 0.0);
  detail::PeakWindow w;
  w.last = x.size();
  w.core_first = 140;  // 49.70 … 50.30 is three FWHM on both sides
  w.core_last = 261;
  w.tail_last = x.size();
  const PseudoVoigt<double> shape{0.1, 0.5};
  detail::add_peak(x.data(), y.data(), w, 50, 1, shape, {});
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == doctest::Approx(pseudo_voigt(x[i] - 50, shape)).epsilon(1e-6));
}
