#include <lamella/crystal/unit_cell.hpp>

#include <lamella/core/dual.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "../support/archetype_scalar.hpp"
#include "../support/random_numbers.hpp"

using namespace lamella;

template struct lamella::UnitCell<float>;
template struct lamella::SymmetricTensor<float>;

namespace {

constexpr double pi = 3.14159265358979323846;
double cosd(double x) { return std::cos(x * pi / 180); }
double sind(double x) { return std::sin(x * pi / 180); }

UnitCell<double> random_cell(lamella_test::Random& random) {
  for (;;) {
    const UnitCell<double> cell{random.uniform(2, 20),   random.uniform(2, 20),   random.uniform(2, 20),
                                random.uniform(60, 125), random.uniform(60, 125), random.uniform(60, 125)};
    if (is_valid(cell) && volume(cell) > 20) return cell;
  }
}

}  // namespace

// International Tables Vol. C (2006), table 1.1.1.1: lattice spacings in the crystal systems.
TEST_CASE("d-spacings follow the closed formula of each crystal system") {
  lamella_test::Random random(1);
  for (int trial = 0; trial < 50; ++trial) {
    const double a = random.uniform(2, 20), b = random.uniform(2, 20), c = random.uniform(2, 20);
    const double beta = random.uniform(70, 120);
    const double alpha_rhombohedral = random.uniform(30, 110);
    const int h = 1 + trial % 5, k = -3 + trial % 7, l = 2 - trial % 6;
    const Miller m{h, k, l};
    const auto inverse_square = [&](const UnitCell<double>& cell) {
      return 1 / std::pow(d_spacing(cell, m), 2);
    };
    CHECK(inverse_square({a, a, a, 90, 90, 90}) ==
          doctest::Approx((h * h + k * k + l * l) / (a * a)).epsilon(1e-13));
    CHECK(inverse_square({a, a, c, 90, 90, 90}) ==
          doctest::Approx((h * h + k * k) / (a * a) + l * l / (c * c)).epsilon(1e-13));
    CHECK(inverse_square({a, b, c, 90, 90, 90}) ==
          doctest::Approx(h * h / (a * a) + k * k / (b * b) + l * l / (c * c)).epsilon(1e-13));
    CHECK(inverse_square(hexagonal_cell(a, c)) ==
          doctest::Approx(4.0 / 3.0 * (h * h + h * k + k * k) / (a * a) + l * l / (c * c)).epsilon(1e-13));
    CHECK(inverse_square({a, b, c, 90, beta, 90}) ==
          doctest::Approx((h * h / (a * a) + k * k * sind(beta) * sind(beta) / (b * b) + l * l / (c * c) -
                           2 * h * l * cosd(beta) / (a * c)) /
                          (sind(beta) * sind(beta)))
              .epsilon(1e-12));
    const double ca = cosd(alpha_rhombohedral), sa = sind(alpha_rhombohedral);
    CHECK(inverse_square({a, a, a, alpha_rhombohedral, alpha_rhombohedral, alpha_rhombohedral}) ==
          doctest::Approx(((h * h + k * k + l * l) * sa * sa + 2 * (h * k + k * l + h * l) * (ca * ca - ca)) /
                          (a * a * (1 - 3 * ca * ca + 2 * ca * ca * ca)))
              .epsilon(1e-11));
  }
}

TEST_CASE("volumes follow the closed formula") {
  CHECK(volume(hexagonal_cell(2.97421, 15.95554)) ==
        doctest::Approx(std::sqrt(3.0) / 2 * 2.97421 * 2.97421 * 15.95554).epsilon(1e-14));
  CHECK(volume(UnitCell<double>{5.3192, 2.8451, 5.5826, 90, 110.449, 90}) ==
        doctest::Approx(5.3192 * 2.8451 * 5.5826 * sind(110.449)).epsilon(1e-14));
  lamella_test::Random random(2);
  for (int trial = 0; trial < 50; ++trial) {
    const auto cell = random_cell(random);
    const double x = cosd(cell.alpha), y = cosd(cell.beta), z = cosd(cell.gamma);
    CHECK(volume(cell) ==
          doctest::Approx(cell.a * cell.b * cell.c * std::sqrt(1 - x * x - y * y - z * z + 2 * x * y * z))
              .epsilon(1e-12));
  }
}

// Computed with pymatgen 2022.11.7 (Lattice.from_parameters, d_hkl).
TEST_CASE("a triclinic cell agrees with pymatgen") {
  const UnitCell<double> cell{5.1, 6.3, 7.7, 81, 95, 103};
  CHECK(volume(cell) == doctest::Approx(237.74492032212876).epsilon(1e-13));
  CHECK(d_spacing(cell, {1, 0, 0}) == doctest::Approx(4.96203753163065).epsilon(1e-13));
  CHECK(d_spacing(cell, {0, 1, 0}) == doctest::Approx(6.077236243812463).epsilon(1e-13));
  CHECK(d_spacing(cell, {0, 0, 1}) == doctest::Approx(7.59410483453512).epsilon(1e-13));
  CHECK(d_spacing(cell, {1, 1, 1}) == doctest::Approx(3.226953558468241).epsilon(1e-13));
  CHECK(d_spacing(cell, {-1, 2, 3}) == doctest::Approx(2.0795476066541645).epsilon(1e-13));
  CHECK(d_spacing(cell, {2, -1, 1}) == doctest::Approx(2.2927928969858407).epsilon(1e-13));
  const auto d = to_cartesian(cell, Fractional<double>{0.05, 0.05, 0.12});
  CHECK(std::sqrt(dot(d, d)) == doctest::Approx(1.01581493).epsilon(1e-8));
  CHECK(height_along_c_star(cell) == doctest::Approx(7.59410483453512).epsilon(1e-13));
}

TEST_CASE("the cells of standards give their published line positions") {
  const auto two_theta = [](const UnitCell<double>& cell, const Miller& m, double wavelength) {
    return 2 / degree * std::asin(wavelength / (2 * d_spacing(cell, m)));
  };
  // LaB6, certificate of NIST SRM 660a: a = 4.1569162 Å, wavelength 1.5405929 Å
  const UnitCell<double> lab6{4.1569162, 4.1569162, 4.1569162, 90, 90, 90};
  CHECK(std::abs(two_theta(lab6, {1, 0, 0}, 1.5405929) - 21.358) < 1e-3);
  CHECK(std::abs(two_theta(lab6, {1, 1, 0}, 1.5405929) - 30.385) < 1e-3);
  CHECK(std::abs(two_theta(lab6, {1, 1, 1}, 1.5405929) - 37.442) < 1e-3);
  CHECK(std::abs(two_theta(lab6, {2, 1, 0}, 1.5405929) - 48.957) < 1e-3);
  CHECK(std::abs(two_theta(lab6, {2, 1, 1}, 1.5405929) - 53.989) < 1e-3);
  // corundum, powder diffraction file 46-1212: wavelength 1.5405981 Å, measured positions
  const auto corundum = hexagonal_cell(4.7587, 12.9929);
  CHECK(std::abs(two_theta(corundum, {0, 1, 2}, 1.5405981) - 25.578) < 0.006);
  CHECK(std::abs(two_theta(corundum, {1, 0, 4}, 1.5405981) - 35.152) < 0.006);
  CHECK(std::abs(two_theta(corundum, {1, 1, 0}, 1.5405981) - 37.776) < 0.006);
  CHECK(std::abs(two_theta(corundum, {1, 1, 3}, 1.5405981) - 43.355) < 0.006);
  CHECK(std::abs(two_theta(corundum, {1, 1, 6}, 1.5405981) - 57.496) < 0.006);
  // monoclinic zirconia, powder diffraction file 37-1484: wavelength 1.5405981 Å, measured positions
  const UnitCell<double> baddeleyite{5.3129, 5.2125, 5.1471, 90, 99.218, 90};
  CHECK(std::abs(two_theta(baddeleyite, {-1, 1, 1}, 1.5405981) - 28.175) < 0.02);
  CHECK(std::abs(two_theta(baddeleyite, {1, 1, 1}, 1.5405981) - 31.468) < 0.02);
  CHECK(std::abs(two_theta(baddeleyite, {1, 1, 0}, 1.5405981) - 24.048) < 0.02);
  CHECK(std::abs(two_theta(baddeleyite, {0, 1, 1}, 1.5405981) - 24.441) < 0.02);
}

TEST_CASE("laws of the metric hold in every cell") {
  lamella_test::Random random(3);
  for (int trial = 0; trial < 100; ++trial) {
    const auto cell = random_cell(random);
    CAPTURE(to_string(cell));
    const auto g = metric(cell);
    const auto r = reciprocal_metric(cell);
    // G G* = 1
    CHECK(g.xx * r.xx + g.xy * r.xy + g.xz * r.xz == doctest::Approx(1).epsilon(1e-10));
    CHECK(g.xy * r.xy + g.yy * r.yy + g.yz * r.yz == doctest::Approx(1).epsilon(1e-10));
    CHECK(g.xz * r.xz + g.yz * r.yz + g.zz * r.zz == doctest::Approx(1).epsilon(1e-10));
    CHECK(std::abs(g.xx * r.xy + g.xy * r.yy + g.xz * r.yz) < 1e-10);
    CHECK(std::abs(g.xx * r.xz + g.xy * r.yz + g.xz * r.zz) < 1e-10);
    CHECK(std::abs(g.xy * r.xz + g.yy * r.yz + g.yz * r.zz) < 1e-10);
    // Cartesian lengths are those of the metric, for integer vectors exactly comparable
    for (const Miller v :
         {Miller{1, 0, 0}, Miller{0, 1, 0}, Miller{0, 0, 1}, Miller{2, -1, 3}, Miller{-1, -1, 4}}) {
      const auto p = to_cartesian(cell, Fractional<double>{double(v.h), double(v.k), double(v.l)});
      CHECK(dot(p, p) == doctest::Approx(g.quadratic_form(v)).epsilon(1e-11));
    }
    // a along x, b in the plane of x and y, c* along z
    const auto a = to_cartesian(cell, Fractional<double>{1, 0, 0});
    const auto b = to_cartesian(cell, Fractional<double>{0, 1, 0});
    const auto c = to_cartesian(cell, Fractional<double>{0, 0, 1});
    CHECK(a.y == 0);
    CHECK(a.z == 0);
    CHECK(b.z == 0);
    CHECK(c.z == doctest::Approx(height_along_c_star(cell)).epsilon(1e-11));
    CHECK(a.x * b.y * c.z == doctest::Approx(volume(cell)).epsilon(1e-11));
    // d(hkl) of a multiple is the fraction
    CHECK(d_spacing(cell, {2, -4, 6}) == doctest::Approx(d_spacing(cell, {1, -2, 3}) / 2).epsilon(1e-13));
  }
}

TEST_CASE("right angles and 120 degrees are exact") {
  const auto g = metric(hexagonal_cell(3.0, 16.0));
  CHECK(g.xy == -4.5);
  CHECK(g.xz == 0);
  CHECK(g.yz == 0);
  CHECK(d_spacing(hexagonal_cell(3.0, 16.5), {0, 0, 3}) == doctest::Approx(5.5).epsilon(1e-15));
}

TEST_CASE("derivatives by duals are those of the formulas, also at the exact angles") {
  using D = Dual<double, 6>;
  const auto seeded = [](const UnitCell<double>& c) {
    UnitCell<D> cell{D(c.a), D(c.b), D(c.c), D(c.alpha), D(c.beta), D(c.gamma)};
    std::size_t i = 0;
    for (D* p : {&cell.a, &cell.b, &cell.c, &cell.alpha, &cell.beta, &cell.gamma}) p->grad[i++] = 1;
    return cell;
  };
  for (const UnitCell<double>& cell : {hexagonal_cell(2.97, 15.95), UnitCell<double>{5, 6, 7, 90, 90, 90},
                                       UnitCell<double>{5.1, 6.3, 7.7, 81, 95, 103}}) {
    CAPTURE(to_string(cell));
    const Miller m{1, -2, 4};
    const D d = d_spacing(seeded(cell), m);
    const D v = volume(seeded(cell));
    CHECK(value_of(d) == doctest::Approx(d_spacing(cell, m)).epsilon(1e-14));
    for (std::size_t i = 0; i < 6; ++i) {
      const double step = 1e-4;
      auto low = cell, high = cell;
      double* const p[2][6] = {{&low.a, &low.b, &low.c, &low.alpha, &low.beta, &low.gamma},
                               {&high.a, &high.b, &high.c, &high.alpha, &high.beta, &high.gamma}};
      *p[0][i] -= step;
      *p[1][i] += step;
      CHECK(std::abs(d.grad[i] - (d_spacing(high, m) - d_spacing(low, m)) / (2 * step)) < 1e-8);
      CHECK(std::abs(v.grad[i] - (volume(high) - volume(low)) / (2 * step)) < 1e-5);
    }
  }
}

TEST_CASE("the cell asks of its scalar nothing but what the concept promises") {
  using archetype::Real;
  const UnitCell<Real> cell{Real(3), Real(3), Real(16), Real(90), Real(90), Real(120)};
  CHECK(value_of(d_spacing(cell, {0, 0, 3})) == doctest::Approx(16.0 / 3));
  CHECK(value_of(volume(cell)) == doctest::Approx(std::sqrt(3.0) / 2 * 9 * 16));
  CHECK(value_of(to_cartesian(cell, Fractional<Real>{Real(0), Real(1), Real(0)}).x) == doctest::Approx(-1.5));
  const UnitCell<float> single = hexagonal_cell(3.0F, 16.0F);
  CHECK(d_spacing(single, {0, 0, 3}) == doctest::Approx(16.0 / 3).epsilon(1e-6));
}

TEST_CASE("impossible cells are refused with their numbers") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  for (const UnitCell<double>& cell :
       {UnitCell<double>{0, 1, 1, 90, 90, 90}, UnitCell<double>{1, -1, 1, 90, 90, 90},
        UnitCell<double>{1, 1, nan, 90, 90, 90}, UnitCell<double>{inf, 1, 1, 90, 90, 90},
        UnitCell<double>{1e60, 1e60, 1e60, 90, 90, 90}, UnitCell<double>{1, 1, 1, 0, 90, 90},
        UnitCell<double>{1, 1, 1, 90, 180, 90}, UnitCell<double>{1, 1, 1, 90, 90, nan},
        UnitCell<double>{1, 1, 1, 120, 120, 120}, UnitCell<double>{2.97421, 2.97421, 15.95554, 120, 120, 120},
        UnitCell<double>{1, 1, 1, 30, 30, 90}}) {
    CAPTURE(to_string(cell));
    CHECK(!is_valid(cell));
    CHECK_THROWS_AS(require_valid(cell), Error);
  }
  CHECK_NOTHROW(require_valid({5.1, 6.3, 7.7, 81, 95, 103}));
  CHECK_THROWS_WITH_AS(require_valid({2.97, 2.97, -16, 90, 90, 120}, Place{"x.cif", 7}),
                       "x.cif:7: impossible unit cell (a b c alpha beta gamma = 2.97 2.97 -16 90 90 120), "
                       "expected positive edges in Å "
                       "and angles in degrees that enclose a volume",
                       Error);
}
