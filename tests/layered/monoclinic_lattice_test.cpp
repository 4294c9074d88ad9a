#include <lamella/layered/monoclinic_lattice.hpp>

#include <lamella/core/dual.hpp>
#include <lamella/layered/layer_geometry.hpp>
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/layered/layered_crystal.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace lamella;
using stacking::O3, stacking::P3, stacking::O3_prime, stacking::P3_prime;

namespace {

// NaNiO2, M. Dick et al., Powder Diffr. 12 (1997); oxygen from the two published Ni-O distances 1.911(2) and 2.144(2).
constexpr LayeredLattice<O3_prime> nanio2{
    .a = 5.3192, .b = 2.8451, .c = 5.5826, .beta = 110.449, .x_O = 0.28368, .z_O = 0.80572};

}  // namespace

static_assert(O3_prime::delmas_name == "O'3" && P3_prime::delmas_name == "P'3");
static_assert(O3_prime::coordination == AlkaliCoordination::octahedral);
static_assert(P3_prime::coordination == AlkaliCoordination::prismatic);
static_assert(stacking::distorted_name("AcB BcA"_layers) == "P'2");

// Published: Na-O 2.328(2) and 2.369(4), which were not used to place the oxygen.
TEST_CASE("NaNiO2: bond lengths of the Jahn-Teller distorted octahedra") {
  const auto ni = metal_oxygen_distances(nanio2);
  for (std::size_t i = 0; i < 4; ++i) CHECK(ni[i] == doctest::Approx(1.911).epsilon(1e-4));
  for (std::size_t i = 4; i < 6; ++i) CHECK(ni[i] == doctest::Approx(2.144).epsilon(1e-4));
  const auto na = alkali_oxygen_distances(nanio2);
  for (std::size_t i = 0; i < 4; ++i) CHECK(na[i] == doctest::Approx(2.3268).epsilon(2e-5));
  for (std::size_t i = 4; i < 6; ++i) CHECK(na[i] == doctest::Approx(2.3684).epsilon(2e-5));
  CHECK(axial_ratio(nanio2) == doctest::Approx(1.0794).epsilon(3e-5));
  CHECK(slab_thickness(nanio2) + interslab_distance(nanio2) ==
        doctest::Approx(5.5826 * std::sin(110.449 * degree)));
  CHECK(slab_thickness(nanio2) == doctest::Approx(2 * (1 - 0.80572) * 5.5826 * std::sin(110.449 * degree)));
  CHECK(2 * volume_per_formula_unit(nanio2) == doctest::Approx(volume(unit_cell(nanio2))));
  const auto modes = jahn_teller_modes(metal_oxygen_bonds(nanio2));
  CHECK(modes.Q2 == doctest::Approx(0).epsilon(1e-9));
  CHECK(modes.Q3 == doctest::Approx(2 * (ni[5] - ni[0]) / std::sqrt(3.0)));
}

TEST_CASE("either of the two equivalent oxygen positions will do") {
  auto other = nanio2;
  other.x_O = -nanio2.x_O;
  other.z_O = 1 - nanio2.z_O;
  auto far = nanio2;
  far.x_O += 3;
  far.z_O -= 2;
  for (const auto& lattice : {other, far}) {
    CHECK(slab_thickness(lattice) == doctest::Approx(slab_thickness(nanio2)));
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(metal_oxygen_distances(lattice)[i] == doctest::Approx(metal_oxygen_distances(nanio2)[i]));
      CHECK(alkali_oxygen_distances(lattice)[i] == doctest::Approx(alkali_oxygen_distances(nanio2)[i]));
    }
  }
}

TEST_CASE("the layers of NaNiO2 are measured as O'3") {
  const auto layers = measure_layers(structure_of(layered_crystal(nanio2, "NaNiO2"_formula)));
  REQUIRE(layers);
  CHECK(layers->stacking == "O'3");
  CHECK(layers->slab_thickness() == doctest::Approx(slab_thickness(nanio2)).epsilon(1e-12));
  CHECK(layers->interslab_distance() == doctest::Approx(interslab_distance(nanio2)).epsilon(1e-12));
}

// Undistorted: c_m = √(a²/3 + c²/9), cos β = −a_m/(3 c_m).
TEST_CASE("the monoclinic cell of a rhombohedral lattice") {
  const double a = 2.96, c = 16.38;
  const auto cell = monoclinic_cell(a, c);
  CHECK(cell.a == doctest::Approx(std::sqrt(3.0) * a));
  CHECK(cell.b == doctest::Approx(a));
  CHECK(cell.c == doctest::Approx(std::sqrt(a * a / 3 + c * c / 9)));
  CHECK(std::cos(cell.beta * degree) == doctest::Approx(-cell.a / (3 * cell.c)));
  CHECK(volume(cell) == doctest::Approx(volume(hexagonal_cell(a, c)) * 2 / 3));
  // The vectors a + 2b, -a, (c - a_m)/3 of the hexagonal cell have this metric.
  const auto hex = hexagonal_cell(a, c);
  const auto am = to_cartesian(hex, Fractional<double>{1, 2, 0}),
             bm = to_cartesian(hex, Fractional<double>{-1, 0, 0}),
             cm = to_cartesian(hex, Fractional<double>{-1.0 / 3, -2.0 / 3, 1.0 / 3});
  CHECK(std::sqrt(dot(am, am)) == doctest::Approx(cell.a));
  CHECK(std::sqrt(dot(bm, bm)) == doctest::Approx(cell.b));
  CHECK(std::sqrt(dot(cm, cm)) == doctest::Approx(cell.c));
  CHECK(std::abs(dot(am, bm)) < 1e-12);
  CHECK(dot(am, cm) == doctest::Approx(cell.a * cell.c * std::cos(cell.beta * degree)));
  CHECK(am.x * bm.y - am.y * bm.x > 0);  // right-handed
  const auto back = mean_hexagonal_cell(cell);
  CHECK(back.a == doctest::Approx(a));
  CHECK(back.c == doctest::Approx(c));
}

// With its own a and c, cos β = −a/(3c) would make 108.518°; NaNiO2 has 110.449°.
TEST_CASE("NaNiO2 is sheared beyond its stretched triangles") {
  CHECK(std::acos(-nanio2.a / (3 * nanio2.c)) / degree == doctest::Approx(108.518).epsilon(5e-6));
  CHECK(spontaneous_strain(unit_cell(nanio2)).xz < -0.01);
}

TEST_CASE("no strain without distortion, and a known one with it") {
  const auto cell = monoclinic_cell(2.96, 16.38);
  const auto none = spontaneous_strain(cell, hexagonal_cell(2.96, 16.38));
  for (const double e : {none.xx, none.yy, none.zz, none.yz, none.xz, none.xy}) CHECK(std::abs(e) < 1e-14);

  // Deform the undistorted vectors by a known map F = 1 + (e11, e22, e33 on the diagonal, shear of 1 along 3).
  const double e11 = 0.02, e22 = -0.013, e33 = 0.004, shear = 0.006;
  const double am = cell.a, bm = cell.b, lateral = -cell.a / 3, repeat = 16.38 / 3;
  UnitCell<double> strained = cell;
  strained.a = am * (1 + e11);
  strained.b = bm * (1 + e22);
  const double x = lateral * (1 + e11) + repeat * shear, z = repeat * (1 + e33);
  strained.c = std::hypot(x, z);
  strained.beta = std::atan2(z, x) / degree;
  const auto e = spontaneous_strain(strained, hexagonal_cell(2.96, 16.38));
  CHECK(e.xx == doctest::Approx(e11));
  CHECK(e.yy == doctest::Approx(e22));
  CHECK(e.zz == doctest::Approx(e33));
  CHECK(e.xz == doctest::Approx(shear / 2));
  CHECK(e.xy == 0);
  CHECK(e.yz == 0);
}

// Against the mean hexagonal cell, area and height do not change: (1 + e11)(1 + e22) = 1 and e33 = 0.
TEST_CASE("the strain of NaNiO2 against its mean hexagonal cell") {
  const auto e = spontaneous_strain(unit_cell(nanio2));
  CHECK((1 + e.xx) * (1 + e.yy) == doctest::Approx(1));
  CHECK((1 + e.xx) / (1 + e.yy) == doctest::Approx(axial_ratio(nanio2)));
  CHECK(std::abs(e.zz) < 1e-14);
}

TEST_CASE_TEMPLATE("hexagonal to monoclinic and back", S, O3_prime, P3_prime) {
  using Hexagonal = typename S::undistorted;
  for (const double slab : {1.95, 2.2})
    for (const double interslab : {2.7, 3.4}) {
      const auto hexagonal = layered_lattice<Hexagonal>(2.93, slab, interslab);
      const auto distorted = monoclinic<S>(hexagonal);
      CHECK(slab_thickness(distorted) == doctest::Approx(slab).epsilon(1e-13));
      CHECK(interslab_distance(distorted) == doctest::Approx(interslab).epsilon(1e-13));
      const auto back = undistorted(distorted);
      CHECK(back.a == doctest::Approx(hexagonal.a).epsilon(1e-13));
      CHECK(back.c == doctest::Approx(hexagonal.c).epsilon(1e-13));
      CHECK(metal_oxygen_distance(distorted) ==
            doctest::Approx(metal_oxygen_distance(hexagonal)).epsilon(1e-12));
      CHECK(alkali_oxygen_distance(distorted) ==
            doctest::Approx(alkali_oxygen_distance(hexagonal)).epsilon(1e-12));
      const auto cell = monoclinic_cell(hexagonal.a, hexagonal.c);
      CHECK(distorted.c == doctest::Approx(cell.c));
      CHECK(distorted.beta == doctest::Approx(cell.beta));
    }
}

TEST_CASE_TEMPLATE("lengths that are none are refused", S, O3_prime, P3_prime) {
  CHECK_THROWS_AS(layered_lattice<S>(0.0, 2.2, 3.3), Error);
  CHECK_THROWS_AS(layered_lattice<S>(3.0, std::nan(""), 3.3), Error);
  CHECK_THROWS_AS(layered_lattice<S>(3.0, 2.2, -3.3), Error);
}

// S = 2 (1 - z) c sin β.
TEST_CASE("derivatives of the slab thickness with respect to c, beta and z") {
  using D = Dual<double, 3>;
  const LayeredLattice<O3_prime, D> lattice{D(5.3192),
                                            D(2.8451),
                                            D::variable(5.5826, 0),
                                            D::variable(110.449, 1),
                                            D(0.28368),
                                            D::variable(0.80572, 2)};
  const D slab = slab_thickness(lattice);
  CHECK(slab.grad[0] == doctest::Approx(slab.value / 5.5826));
  CHECK(slab.grad[1] == doctest::Approx(2 * (1 - 0.80572) * 5.5826 * std::cos(110.449 * degree) * degree));
  CHECK(slab.grad[2] == doctest::Approx(-2 * 5.5826 * std::sin(110.449 * degree)));
}
