#include <lamella/layered/layer_geometry.hpp>
#include <lamella/layered/layered_lattice.hpp>

#include <lamella/core/dual.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace lamella;
using stacking::O1, stacking::O2, stacking::O3, stacking::P2, stacking::P3;

namespace {

constexpr LayeredLattice<O3> seed{.a = 3.00, .c = 16.53, .z_O = 0.26648};
static_assert(slab_thickness(seed) > 2.2095 && slab_thickness(seed) < 2.2105);
static_assert(interslab_distance(seed) > 3.2995 && interslab_distance(seed) < 3.3005);

}  // namespace

// LiCoO2, COD 4505482 (10.1021/cg201238n): a 2.815, c 14.0516, Li on 3a, O at z 0.2397: 0.5 - z in the setting here.
TEST_CASE("LiCoO2: slab, interslab and bond lengths of the published structure") {
  const LayeredLattice<O3> lattice{.a = 2.815, .c = 14.0516, .z_O = 0.5 - 0.2397};
  CHECK(slab_thickness(lattice) == doctest::Approx(2.0525).epsilon(3e-5));
  CHECK(interslab_distance(lattice) == doctest::Approx(2.6314).epsilon(3e-5));
  CHECK(metal_oxygen_distance(lattice) == doctest::Approx(1.9221).epsilon(3e-5));
  CHECK(alkali_oxygen_distance(lattice) == doctest::Approx(2.0910).epsilon(3e-5));
}

// NaYO2: a 3.404, c 16.602; Y-O 2.25(1), Na-O 2.58(1) (CET1441069). The two bond lengths are independent of c.
TEST_CASE("NaYO2: the layers of the published bond lengths add up to c/3") {
  const double a = 3.404;
  const auto thickness = [&](double bond) { return 2 * std::sqrt(bond * bond - a * a / 3); };
  CHECK(thickness(2.25) + thickness(2.58) == doctest::Approx(16.602 / 3).epsilon(2e-5));
  const auto lattice = layered_lattice<O3>(a, thickness(2.25), thickness(2.58));
  CHECK(lattice.c == doctest::Approx(16.602).epsilon(2e-5));
  CHECK(lattice.z_O == doctest::Approx(0.26735).epsilon(2e-5));
  CHECK(metal_oxygen_distance(lattice) == doctest::Approx(2.25));
  CHECK(alkali_oxygen_distance(lattice) == doctest::Approx(2.58));
}

// Na0.7Ni0.35Sn0.65O2 (10.1002/anie.201804130): a 3.1044, c 16.638, d(O-Na-O) 3.379, V 138.87 for Z = 3.
TEST_CASE("Na0.7Ni0.35Sn0.65O2: slab and volume follow from the published interslab distance") {
  const auto lattice = layered_lattice<O3>(3.1044, 16.638 / 3 - 3.379, 3.379);
  CHECK(slab_thickness(lattice) == doctest::Approx(2.167));
  CHECK(lattice.z_O == doctest::Approx(0.26821).epsilon(2e-5));
  CHECK(metal_oxygen_distance(lattice) == doctest::Approx(2.0944).epsilon(3e-5));
  CHECK(alkali_oxygen_distance(lattice) == doctest::Approx(2.4631).epsilon(3e-5));
  CHECK(3 * volume_per_formula_unit(lattice) == doctest::Approx(138.87).epsilon(1e-4));
}

// P2-Na0.8CoO2: a 2.85, c 10.8, z 0.0908.
TEST_CASE("P2: slab and interslab share half of c") {
  const LayeredLattice<P2> lattice{.a = 2.85, .c = 10.8, .z_O = 0.0908};
  CHECK(slab_thickness(lattice) == doctest::Approx(1.9613).epsilon(3e-5));
  CHECK(interslab_distance(lattice) == doctest::Approx(3.4387).epsilon(3e-5));
  CHECK(metal_oxygen_distance(lattice) == doctest::Approx(1.9155).epsilon(3e-5));
  CHECK(alkali_oxygen_distance(lattice) == doctest::Approx(2.3799).epsilon(3e-5));
}

static_assert(CentredSlabStacking<O1> && CentredSlabStacking<O3> && CentredSlabStacking<P2>);
static_assert(PolarSlabStacking<P3> && PolarSlabStacking<O2>);
static_assert(!CentredSlabStacking<stacking::OP4> && !PolarSlabStacking<stacking::OP4>);

// SCIENCE section 6: O3 S = 2c(1/3 - z), P2 S = 2cz, P3 I = c(z2 - z1); O1 and O2 likewise from their words.
TEST_CASE("heights mean what the literature says") {
  CHECK(slab_thickness(LayeredLattice<O3>{3, 16, 0.267}) == doctest::Approx(2 * 16 * (1.0 / 3 - 0.267)));
  CHECK(interslab_distance(LayeredLattice<O3>{3, 16, 0.267}) == doctest::Approx(2 * 16 * (0.267 - 1.0 / 6)));
  CHECK(slab_thickness(LayeredLattice<P2>{3, 11, 0.09}) == doctest::Approx(2 * 11 * 0.09));
  CHECK(slab_thickness(LayeredLattice<O1>{3, 5, 0.21}) == doctest::Approx(2 * 5 * 0.21));
  CHECK(interslab_distance(LayeredLattice<P3>{3, 17, 0.398, 0.603}) == doctest::Approx(17 * (0.603 - 0.398)));
  CHECK(interslab_distance(LayeredLattice<O2>{3, 10, 0.1, 0.41}) == doctest::Approx(10 * (0.41 - 0.1)));
  const auto p3 = slab_heights(LayeredLattice<P3>{3, 17, 0.398, 0.603});
  CHECK(p3.above == doctest::Approx(17 * (0.398 - 1.0 / 3)));
  CHECK(p3.below == doctest::Approx(17 * (2.0 / 3 - 0.603)));
}

TEST_CASE_TEMPLATE("slab and interslab make a lattice that has them", S, O1, O2, O3, P2, P3) {
  for (const double a : {2.8, 3.0, 3.4})
    for (const double slab : {1.9, 2.2})
      for (const double interslab : {2.6, 3.4}) {
        const auto lattice = layered_lattice<S>(a, slab, interslab);
        CHECK(slab_thickness(lattice) == doctest::Approx(slab).epsilon(1e-13));
        CHECK(interslab_distance(lattice) == doctest::Approx(interslab).epsilon(1e-13));
        CHECK(lattice.c == doctest::Approx(double(S::slabs_per_cell) * (slab + interslab)).epsilon(1e-14));
        CHECK(volume(unit_cell(lattice)) ==
              doctest::Approx(double(S::slabs_per_cell) * volume_per_formula_unit(lattice)).epsilon(1e-13));
      }
}

TEST_CASE_TEMPLATE("lengths that are none are refused", S, O1, O2, O3, P2, P3) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, nan, inf}) {
    CHECK_THROWS_AS(layered_lattice<S>(bad, 2.2, 3.3), Error);
    CHECK_THROWS_AS(layered_lattice<S>(3.0, bad, 3.3), Error);
    CHECK_THROWS_AS(layered_lattice<S>(3.0, 2.2, bad), Error);
  }
}

// S = 2c(1/3 - z): dS/dc = S/c, dS/dz = -2c, and the opposite for I but for c/3.
TEST_CASE("derivatives of slab and interslab with respect to c and z") {
  using D = Dual<double, 3>;
  const LayeredLattice<O3, D> lattice{D::variable(3.0, 0), D::variable(16.53, 1), D::variable(0.26648, 2)};
  const D slab = slab_thickness(lattice), interslab = interslab_distance(lattice);
  CHECK(slab.grad[0] == 0);
  CHECK(slab.grad[1] == doctest::Approx(slab.value / 16.53));
  CHECK(slab.grad[2] == doctest::Approx(-2 * 16.53));
  CHECK(interslab.grad[1] == doctest::Approx(interslab.value / 16.53));
  CHECK(interslab.grad[2] == doctest::Approx(2 * 16.53));
  const D bond = metal_oxygen_distance(lattice);
  CHECK(bond.grad[0] == doctest::Approx(3.0 / (3 * bond.value)));
}
