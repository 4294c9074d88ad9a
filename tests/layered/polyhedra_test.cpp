#include <lamella/layered/polyhedra.hpp>

#include <lamella/core/dual.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

using namespace lamella;

namespace {

OctahedronBonds<double> axes(double x, double y, double z) {
  return {{{x, 0, 0}, {0, y, 0}, {0, 0, z}, {-x, 0, 0}, {0, -y, 0}, {0, 0, -z}}};
}

/// Two triangles of edge a, 2h apart, turned by 60°: the MO6 of a layered oxide.
OctahedronBonds<double> trigonal(double a, double h) {
  OctahedronBonds<double> bonds;
  for (std::size_t i = 0; i < 6; ++i) {
    const double phi = (90 + 60.0 * double(i)) * degree, r = a / std::sqrt(3.0);
    bonds[i] = {r * std::cos(phi), r * std::sin(phi), i % 2 == 0 ? h : -h};
  }
  return bonds;
}

/// Numbers in [0, 1), the same on every machine.
struct Random {
  std::uint64_t state = 20240607;
  double operator()() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return double(state >> 11) / 9007199254740992.0;
  }
};

/// A rotation about the three axes in turn, and another order of the bonds.
OctahedronBonds<double> rotated(const OctahedronBonds<double>& bonds, Random& random) {
  OctahedronBonds<double> r = bonds;
  const double p = 6.3 * random(), q = 6.3 * random(), s = 6.3 * random();
  for (auto& v : r) {
    v = {v.x * std::cos(p) - v.y * std::sin(p), v.x * std::sin(p) + v.y * std::cos(p), v.z};
    v = {v.x, v.y * std::cos(q) - v.z * std::sin(q), v.y * std::sin(q) + v.z * std::cos(q)};
    v = {v.x * std::cos(s) - v.y * std::sin(s), v.x * std::sin(s) + v.y * std::cos(s), v.z};
  }
  for (std::size_t i = 5; i > 0; --i) std::swap(r[i], r[std::size_t(random() * double(i + 1))]);
  return r;
}

}  // namespace

TEST_CASE("a regular octahedron is not distorted") {
  const auto bonds = axes(2, 2, 2);
  CHECK(mean_bond_length(bonds) == 2);
  CHECK(baur_distortion_index(bonds) == 0);
  CHECK(bond_length_deviation(bonds) == 0);
  CHECK(bond_angle_variance(bonds) == doctest::Approx(0));
  CHECK(octahedron_volume(bonds) == doctest::Approx(4.0 / 3 * 8));
  CHECK(quadratic_elongation(bonds) == doctest::Approx(1));
  CHECK(jahn_teller_modes(bonds).Q2 == 0);
  CHECK(jahn_teller_modes(bonds).Q3 == 0);
}

// NaNiO2 (Dick et al. 1997): Ni-O 1.911 four times and 2.144 twice; as if all angles were right.
TEST_CASE("a tetragonal elongation in closed form") {
  const double s = 1.911, l = 2.144, mean = (4 * s + 2 * l) / 6;
  const auto bonds = axes(s, l, s);
  CHECK(mean_bond_length(bonds) == doctest::Approx(mean));
  CHECK(baur_distortion_index(bonds) == doctest::Approx((4 * (mean - s) + 2 * (l - mean)) / 6 / mean));
  CHECK(baur_distortion_index(bonds) == doctest::Approx(0.05207).epsilon(1e-3));
  CHECK(bond_length_deviation(bonds) == doctest::Approx((l - s) * std::sqrt(2.0) / 3));
  CHECK(octahedron_volume(bonds) == doctest::Approx(4.0 / 3 * s * s * l));
  CHECK(quadratic_elongation(bonds) ==
        doctest::Approx((2 * s * s + l * l) / 3 / std::cbrt(s * s * l * s * s * l)));
  const auto modes = jahn_teller_modes(bonds);
  CHECK(modes.Q2 == doctest::Approx(0));
  CHECK(modes.Q3 == doctest::Approx(2 * (l - s) / std::sqrt(3.0)));
  CHECK(modes.amplitude() == doctest::Approx(modes.Q3));
  CHECK(jahn_teller_modes(axes(l, l, s)).Q3 == doctest::Approx(-2 * (l - s) / std::sqrt(3.0)));
}

// Opposite bonds being equal, Q2² + Q3² is the sum of (l − l̄)² over the six bonds.
TEST_CASE("the modes hold the whole spread of three axes") {
  Random random;
  for (int i = 0; i < 50; ++i) {
    const auto bonds =
        rotated(axes(1.8 + 0.5 * random(), 1.8 + 0.5 * random(), 1.8 + 0.5 * random()), random);
    const auto modes = jahn_teller_modes(bonds);
    CHECK(modes.Q2 >= 0);
    CHECK(std::abs(modes.Q3) * std::sqrt(3.0) >= modes.Q2 * (1 - 1e-12));  // z differs most
    CHECK(modes.amplitude() == doctest::Approx(std::sqrt(6.0) * bond_length_deviation(bonds)).epsilon(1e-12));
    CHECK(bond_angle_variance(bonds) < 1e-20);
  }
}

// Trigonal MO6 (D3d): six angles α = 2 asin(a/2d) and six 180° − α, so that σ² = 12 (α − 90°)²/11; V = a² S/√3.
TEST_CASE("a trigonal octahedron in closed form, in any orientation") {
  Random random;
  for (const double a : {2.7, 2.83, 3.0, 3.4})
    for (const double slab : {1.9, 2.0525, 2.3, 2.6}) {
      const auto bonds = rotated(trigonal(a, slab / 2), random);
      const double d = std::sqrt(a * a / 3 + slab * slab / 4), alpha = 2 * std::asin(a / (2 * d)) / degree;
      CHECK(mean_bond_length(bonds) == doctest::Approx(d));
      CHECK(baur_distortion_index(bonds) < 1e-14);
      CHECK(bond_angle_variance(bonds) ==
            doctest::Approx(12 * (alpha - 90) * (alpha - 90) / 11).epsilon(1e-9));
      CHECK(octahedron_volume(bonds) == doctest::Approx(a * a * slab / std::sqrt(3.0)));
      CHECK(quadratic_elongation(bonds) ==
            doctest::Approx(d * d / std::pow(0.75 * a * a * slab / std::sqrt(3.0), 2.0 / 3)));
      CHECK(quadratic_elongation(bonds) >= 1 - 1e-12);
      const auto angles = octahedral_angles(bonds);
      CHECK(std::count_if(angles.begin(), angles.end(),
                          [&](double x) { return std::abs(x - alpha) < 1e-9; }) >= 6);
      CHECK(std::count_if(angles.begin(), angles.end(),
                          [&](double x) { return std::abs(x - 180 + alpha) < 1e-9; }) >= 6);
    }
}

// LiCoO2 (COD 4505482): O-Co-O within a plane 94.153°.
TEST_CASE("the octahedron of LiCoO2") {
  const auto angles = octahedral_angles(trigonal(2.815, 2.05247 / 2));
  CHECK(*std::max_element(angles.begin(), angles.end()) == doctest::Approx(94.153).epsilon(2e-5));
  CHECK(bond_angle_variance(trigonal(2.815, 2.05247 / 2)) ==
        doctest::Approx(12 * 4.153 * 4.153 / 11).epsilon(1e-3));
}

// Volume by another way: the convex hull of an affine image has the volume times the determinant.
TEST_CASE("volume follows an affine map") {
  Random random;
  for (int i = 0; i < 20; ++i) {
    auto bonds = axes(2, 2, 2);
    double m[3][3];
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 3; ++c) m[r][c] = (r == c) + 0.2 * (random() - 0.5);
    for (auto& v : bonds)
      v = {m[0][0] * v.x + m[0][1] * v.y + m[0][2] * v.z, m[1][0] * v.x + m[1][1] * v.y + m[1][2] * v.z,
           m[2][0] * v.x + m[2][1] * v.y + m[2][2] * v.z};
    const double det = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                       m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                       m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    CHECK(octahedron_volume(bonds) == doctest::Approx(32.0 / 3 * det));
    CHECK(quadratic_elongation(bonds) >= 1 - 1e-12);
  }
}

TEST_CASE("derivatives of the measures are those of their values") {
  using D = Dual<double, 1>;
  Random random;
  const double step = 1e-6;
  for (int trial = 0; trial < 20; ++trial) {
    auto plain = rotated(trigonal(2.9, 1.05), random);
    for (auto& v : plain) v.x += 0.1 * (random() - 0.5);
    OctahedronBonds<D> bonds;
    for (std::size_t i = 0; i < 6; ++i) bonds[i] = {D(plain[i].x), D(plain[i].y), D(plain[i].z)};
    bonds[2].y.grad[0] = 1;
    auto up = plain, down = plain;
    up[2].y += step;
    down[2].y -= step;
    const auto agrees = [&](const D& dual, double high, double low) {
      CHECK(dual.grad[0] == doctest::Approx((high - low) / (2 * step)).epsilon(1e-6).scale(1));
    };
    agrees(bond_angle_variance(bonds), bond_angle_variance(up), bond_angle_variance(down));
    agrees(quadratic_elongation(bonds), quadratic_elongation(up), quadratic_elongation(down));
    agrees(octahedron_volume(bonds), octahedron_volume(up), octahedron_volume(down));
    agrees(baur_distortion_index(bonds), baur_distortion_index(up), baur_distortion_index(down));
    agrees(bond_length_deviation(bonds), bond_length_deviation(up), bond_length_deviation(down));
    agrees(jahn_teller_modes(bonds).Q3, jahn_teller_modes(up).Q3, jahn_teller_modes(down).Q3);
  }
}
