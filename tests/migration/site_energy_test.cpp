#include <lamella/core/dual.hpp>
#include <lamella/layered/layered_crystal.hpp>
#include <lamella/migration/site_energy.hpp>
#include <lamella/migration/site_energy_grid.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

#include "reference_cells.hpp"

using namespace lamella;
using lamella_test::o3_cell;

namespace {

constexpr Species na = "Na+"_species;

/// The sum of the header's formula over 15 × 15 × 9 cells, with the constants of Na-O and Na-Mn written out.
double plain_sum(const Structure<double>& cell, const Fractional<double>& point, double weight, double radii) {
  double energy = 0;
  for (const auto& atom : detail::atoms_of(cell)) {
    if (atom.species.atomic_number == 11) continue;
    for (int i = -7; i <= 7; ++i)
      for (int j = -7; j <= 7; ++j)
        for (int k = -4; k <= 4; ++k) {
          const auto d = to_cartesian(cell.cell, Fractional<double>{point.x - atom.position.x + i, point.y - atom.position.y + j,
                                                                    point.z - atom.position.z + k});
          const double r = std::sqrt(dot(d, d));
          if (r > 10) continue;
          if (atom.species.atomic_number == 8)
            energy += atom.occupancy * weight * 0.575227 * (std::pow(std::exp(2.074689 * (2.374335 - r)) - 1, 2) - 1);
          else
            energy += atom.occupancy * 14.4 * atom.species.charge / std::sqrt(3 * 4.0) * std::erfc(r / (0.74 * radii)) / r;
        }
  }
  return energy;
}

std::string message_of(const Structure<double>& cell, Species mobile, const BVSE& convention = {}) {
  try {
    SiteEnergy<BVSE>(cell, mobile, convention);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the site energy is the sum of its formula, for either weight and set of radii") {
  const auto cell = o3_cell();
  const SiteEnergy<BVSE> half(cell, na);
  const SiteEnergy<BVEL> whole(cell, na);
  const SiteEnergy<BVSE> soft(cell, na, {.radii = CovalentRadii::softbv});
  CHECK(half.settings().morse_weight == 0.5);
  CHECK(whole.settings().morse_weight == 1);
  CHECK(half.net_charge() == doctest::Approx(0).epsilon(1e-12));
  lamella_test::Random random(3);
  for (int n = 0; n < 12; ++n) {
    const Fractional<double> p{random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(-2, 2)};
    // Within 2·10⁻⁵ relative: the set's alpha is 1/b, here it is the six printed digits.
    CHECK(half(p) == doctest::Approx(plain_sum(cell, p, 0.5, 1.66 + 1.39)).epsilon(2e-5));
    CHECK(whole(p) == doctest::Approx(plain_sum(cell, p, 1, 1.66 + 1.39)).epsilon(2e-5));
    CHECK(soft(p) == doctest::Approx(plain_sum(cell, p, 0.5, 1.66 + 1.26)).epsilon(2e-5));
  }
}

TEST_CASE("analytic derivatives are those of dual numbers and of differences") {
  auto cell = o3_cell();
  cell.cell.beta = 86;  // no symmetry left to hide behind
  cell.space_group = SpaceGroup();
  const SiteEnergy<BVSE> energy(cell, na);
  using D = Dual<double, 3>;
  const SiteEnergy<BVSE, D> dual(rebound<D>(cell), na);
  const Fractional<double> p{0.31, 0.12, 0.47};
  const auto at = energy.expansion(p);
  CHECK(at.energy == doctest::Approx(energy(p)).epsilon(1e-13));
  // Cartesian: x = axes · fractional, so dE/d(fractional) = axesᵀ · gradient.
  const auto e = dual(Fractional<D>{D::variable(p.x, 0), D::variable(p.y, 1), D::variable(p.z, 2)});
  const auto& axes = energy.axes();
  CHECK(e.value == doctest::Approx(at.energy).epsilon(1e-13));
  CHECK(e.grad[0] == doctest::Approx(axes.a_x * at.gradient[0]).epsilon(1e-10));
  CHECK(e.grad[1] == doctest::Approx(axes.b_x * at.gradient[0] + axes.b_y * at.gradient[1]).epsilon(1e-10));
  CHECK(e.grad[2] == doctest::Approx(axes.c_x * at.gradient[0] + axes.c_y * at.gradient[1] + axes.c_z * at.gradient[2]).epsilon(1e-10));
  const double h = 1e-5;  // Å; central differences of the gradient
  for (std::size_t i = 0; i < 3; ++i) {
    std::array<double, 3> by{};
    by[i] = h;
    const auto step = Fractional<double>{(by[0] - axes.b_x * ((by[1] - axes.c_y * by[2] / axes.c_z) / axes.b_y) - axes.c_x * by[2] / axes.c_z) / axes.a_x,
                                         (by[1] - axes.c_y * by[2] / axes.c_z) / axes.b_y, by[2] / axes.c_z};
    const auto up = energy.expansion({p.x + step.x, p.y + step.y, p.z + step.z});
    const auto down = energy.expansion({p.x - step.x, p.y - step.y, p.z - step.z});
    for (std::size_t k = 0; k < 3; ++k)
      CHECK((up.gradient[k] - down.gradient[k]) / (2 * h) == doctest::Approx(at.hessian[i][k]).epsilon(1e-6));
  }
}

TEST_CASE("mean valences and partial occupancies weigh their ions") {
  const auto full = o3_cell();
  auto mixed = full;
  for (auto& site : mixed.sites)
    if (site.species == "Mn3+"_species) site.occupancy = 0.75;
  mixed.sites.push_back(mixed.sites[1]);
  REQUIRE(mixed.sites[1].species == "Mn3+"_species);
  mixed.sites.back().species = "Mn4+"_species;
  mixed.sites.back().occupancy = 0.25;
  auto oxidised = full;
  for (auto& site : oxidised.sites)
    if (site.species.atomic_number == 25) site.species.charge = 4;
  const Fractional<double> p{0.1, 0.2, 0.45};
  const double e3 = SiteEnergy<BVSE>(full, na)(p), e4 = SiteEnergy<BVSE>(oxidised, na)(p);
  const SiteEnergy<BVSE> mean(mixed, na);
  CHECK(mean(p) == doctest::Approx(0.75 * e3 + 0.25 * e4).epsilon(1e-12));
  CHECK(mean.net_charge() == doctest::Approx(0.75));  // three formula units, each a quarter of an electron short
  // Vacant and empty sites count for nothing.
  auto vacant = full;
  vacant.sites.push_back({"Vac", vacancy, {0.1, 0.2, 0.3}, 0.5, 0});
  vacant.sites.push_back({"X", "Sn"_species, {0.1, 0.2, 0.3}, 0, 0});
  CHECK(SiteEnergy<BVSE>(vacant, na)(p) == e3);
}

TEST_CASE("a mobile anion sees cations by their Morse terms and anions by Coulomb's") {
  Structure<double> cell;
  cell.cell = {5.463, 5.463, 5.463, 90, 90, 90};
  cell.space_group = space_group("Fm-3m");
  cell.sites = {{"Ca", "Ca2+"_species, {0, 0, 0}, 1, 0}, {"F", "F-"_species, {0.25, 0.25, 0.25}, 1, 0}};
  const SiteEnergy<BVSE> energy(cell, "F-"_species);
  CHECK(energy.framework().size() == 4);
  CHECK(energy({0.25, 0.25, 0.25}) < energy({0.5, 0.5, 0.5}));
  CHECK(energy({0.25, 0.25, 0.25}) < 0);
}

TEST_CASE("the grid is the exact sum to 5e-4 eV up to 30 eV above the lowest point") {
  lamella_test::Random random(11);
  std::vector<Structure<double>> cells{o3_cell(), structure_of(layered_crystal(layered_lattice<stacking::P3>(2.9, 2.1, 3.5), parse_formula("Na1+Mn3+O2-2")))};
  auto skewed = cells[0];  // triclinic: the same atoms in cells that lean
  skewed.space_group = SpaceGroup();
  skewed.cell = {6.1, 5.2, 4.4, 71, 83, 97};
  cells.push_back(skewed);
  for (const auto& cell : cells) {
    const SiteEnergy<BVSE> energy(cell, na);
    const auto grid = site_energy_grid(energy, 0.17);
    REQUIRE(grid.size() == grid.shape[0] * grid.shape[1] * grid.shape[2]);
    float lowest = grid.energy[0];
    for (const float e : grid.energy) lowest = std::min(lowest, e);
    double worst = 0;
    for (std::size_t i = 0; i < grid.size(); i += 1 + static_cast<std::size_t>(random.uniform(0, 20)))
      if (const double exact = energy(grid.position(i)); exact < static_cast<double>(lowest) + 30)
        worst = std::max(worst, std::abs(exact - static_cast<double>(grid.energy[i])));
    CHECK(worst > 0);
    CHECK(worst < 5e-4);
  }
}

TEST_CASE("grids lie on special positions and are refused before memory is taken") {
  const auto cell = hexagonal_cell(2.96, 16.38);
  CHECK(grid_shape(cell, 0.1) == std::array<std::size_t, 3>{30, 30, 168});
  CHECK(grid_shape(hexagonal_cell(2.8322, 10.9169), 0.1)[2] % 4 == 0);  // P2: alkali at z = 1/4
  CHECK(grid_shape(hexagonal_cell(3.0, 18.0), 0.1) == std::array<std::size_t, 3>{30, 30, 180});
  const auto message = [](const UnitCell<double>& c, double spacing) {
    try {
      grid_shape(c, spacing);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(contains(message(cell, 0.011), "more than 20 million points, expected a coarser grid"));
  for (const double spacing : {0.0, -0.1, 1e-9, 0.6, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    CHECK(contains(message(cell, spacing), "expected 0.01 to 0.5"));
  CHECK(contains(message({1e6, 1e6, 1e6, 90, 90, 90}, 0.5), "more than 20 million"));
  CHECK(contains(message({3, 3, 3, 90, 90, 190}, 0.1), "impossible unit cell"));
}

TEST_CASE("structures without a site energy") {
  const auto good = o3_cell();
  CHECK(message_of(good, na) == "no error");
  CHECK(contains(message_of(good, "K+"_species), "no K in O3, expected the mobile ion"));
  CHECK(contains(message_of(good, "Na"_species), "expected an ion such as Na+"));
  CHECK(contains(message_of(good, vacancy), "expected an ion"));
  CHECK(contains(message_of(good, na, {.cutoff = 1}), "cutoff 1 Å, expected 3 to 30"));
  CHECK(contains(message_of(good, na, {.cutoff = NAN}), "expected 3 to 30"));
  CHECK(contains(message_of(good, na, {.screening = 0}), "screening factor 0"));

  auto bad = good;
  bad.sites[1].species.charge = 0;
  CHECK(contains(message_of(bad, na), "site Mn1: no oxidation state of Mn, expected an ion"));
  bad = good;
  bad.sites[2].species = "P3-"_species;
  CHECK(contains(message_of(bad, na), "no softBV parameters for Na+ - P3-"));
  bad = good;
  bad.sites[1].species.charge = 9;
  CHECK(contains(message_of(bad, na), "no softBV data for Mn9+"));
  bad = good;
  bad.sites[1].occupancy = NAN;
  CHECK(contains(message_of(bad, na), "occupancy nan, expected 0 to 1"));
  bad = good;
  bad.sites[2].position.z = INFINITY;
  CHECK(contains(message_of(bad, na), "site O1: a coordinate is not finite"));
  bad = good;
  bad.sites.push_back({"X", "Fe3+"_species, {0, 0, 0}, 1, 0});
  CHECK(contains(message_of(bad, na), "0.000 Å apart and hold 2.00 atoms"));
  bad = good;
  bad.cell.a = -1;
  CHECK(contains(message_of(bad, na), "impossible unit cell"));
  bad = good;
  bad.sites.resize(1);
  CHECK(contains(message_of(bad, na), "expected a framework"));
  // On top of an ion the energy is large, and still a number.
  const SiteEnergy<BVSE> energy(good, na);
  CHECK(std::isfinite(energy({0, 0, 0})));
  CHECK(energy({0, 0, 0}) > 100);
  CHECK(std::isfinite(energy.expansion({0, 0, 0}).energy));
}

TEST_CASE("data: energies at the reference points to 3e-6 eV") {
  const auto reference = lamella_test::bvse_reference();
  std::size_t points = 0;
  for (const auto& [name, c] : reference["cases"].items()) {
    const SiteEnergy<BVSE> energy(lamella_test::reference_cell(c), parse_species(c["mobile"].get<std::string>()));
    for (const auto& [label, point] : c["points"].items()) {
      CAPTURE(name);
      CAPTURE(label);
      const auto& f = point["frac"];
      // The set's alpha is 1/b to all digits, the reference has it rounded to six.
      CHECK(std::abs(energy({f[0], f[1], f[2]}) - point["E"].get<double>()) < 3e-6);
      ++points;
    }
  }
  CHECK(points == 18);
}

TEST_CASE("data: energies of NaFeO2 at two interslab distances to 1e-5 eV") {
  const auto table = nlohmann::json::parse(std::ifstream(LAMELLA_DATA_DIR "/tables/ref_bvse.json"));
  REQUIRE(table["data"].size() == 2);
  for (const auto& row : table["data"]) {
    const LayeredLattice<stacking::O3> lattice{row["a"], row["c"], row["z_O"]};
    const SiteEnergy<BVSE> energy(structure_of(layered_crystal(lattice, parse_formula("Na1+Fe3+O2-2"))), na);
    CHECK(std::abs(energy({0, 0, 0.5}) - row["E_oct"]["total"].get<double>()) < 1e-5);
    CHECK(std::abs(energy({0.5, 0, 0.5}) - row["E_mid_ODH_(0.5,0,0.5)"]["total"].get<double>()) < 1e-5);
    // The lowest point of the tetrahedral column, printed to three digits of z and four of the energy.
    const auto& tet = row["E_tet_column_min"];
    CHECK(std::abs(energy({2.0 / 3, 1.0 / 3, tet["z"]}) - tet["total"].get<double>()) < 1e-4);
  }
}
