#include <lamella/chemistry/species.hpp>
#include <lamella/core/error.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/reflections.hpp>
#include <lamella/diffraction/scattering.hpp>
#include <lamella/diffraction/structure_factor.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

constexpr double two_pi_ = 2 * std::numbers::pi;

std::vector<Scatterer> scatterers_of(const Structure<double>& s, bool dispersion) {
  std::vector<Scatterer> result;
  for (const auto& site : s.sites) {
    const auto f = scatterer(site.species);
    result.push_back(dispersion ? with_dispersion(f, site.species, Anode::Cu) : f);
  }
  return result;
}

/// The textbook sum over every atom of the cell with complex scattering factors, and the mean of hkl and its Friedel
/// mate. Positions are made once from the operations and repeats on special positions are removed.
double squared_by_atoms(const Structure<double>& s, const std::vector<Scatterer>& f, const Miller& m, double s2) {
  std::array<double, 2> result{};
  for (const int friedel : {0, 1}) {
    const double sign = friedel == 0 ? 1 : -1;
    std::complex<double> sum;
    for (std::size_t j = 0; j < s.sites.size(); ++j) {
      const auto& site = s.sites[j];
      double f0 = f[j].c;
      for (std::size_t i = 0; i < 5; ++i) f0 += f[j].a[i] * std::exp(-f[j].b[i] * s2);
      const std::complex<double> amplitude =
          site.occupancy * std::exp(-2 * two_pi_ * two_pi_ * site.u_iso * s2) *
          std::complex<double>(f0 + f[j].f_prime, f[j].f_double_prime);
      std::vector<std::array<double, 3>> positions;
      for (const auto& op : s.space_group.operations()) {
        const auto q = op(site.position);
        const std::array<double, 3> p{q.x - std::floor(q.x), q.y - std::floor(q.y), q.z - std::floor(q.z)};
        const bool known = std::any_of(positions.begin(), positions.end(), [&](const auto& r) {
          double far = 0;
          for (std::size_t i = 0; i < 3; ++i) far = std::max(far, std::abs(p[i] - r[i] - std::round(p[i] - r[i])));
          return far < 1e-6;
        });
        if (!known) positions.push_back(p);
      }
      for (const auto& [x, y, z] : positions) sum += amplitude * std::polar(1.0, sign * two_pi_ * (m.h * x + m.k * y + m.l * z));
    }
    result[static_cast<std::size_t>(friedel)] = std::norm(sum);
  }
  return 0.5 * (result[0] + result[1]);
}

struct GroupAndCell {
  std::string name;
  UnitCell<double> cell;
};

const std::vector<GroupAndCell>& groups() {
  const UnitCell<double> triclinic{5.1, 6.3, 7.7, 83, 97, 104}, monoclinic{5.3192, 2.8451, 5.5826, 90, 110.449, 90},
      orthorhombic{5.1, 6.3, 7.7, 90, 90, 90}, tetragonal{3.8, 3.8, 9.5, 90, 90, 90}, hexagonal{2.9, 2.9, 16.4, 90, 90, 120},
      cubic{4.6, 4.6, 4.6, 90, 90, 90};
  static const std::vector<GroupAndCell> list = {
      {"P1", triclinic}, {"P-1", triclinic}, {"C2/m", monoclinic}, {"P21/c", monoclinic}, {"Pmmn", orthorhombic},
      {"Pnma", orthorhombic}, {"Cmcm", orthorhombic}, {"Fdd2", orthorhombic}, {"I41/amd", tetragonal}, {"P4bm", tetragonal},
      {"P3121", hexagonal}, {"R3m", hexagonal}, {"P-3m1", hexagonal}, {"R-3m", hexagonal}, {"R-3c", hexagonal},
      {"P61", hexagonal}, {"P63/m", hexagonal}, {"P63mc", hexagonal}, {"P-6m2", hexagonal}, {"P63/mmc", hexagonal},
      {"Pa-3", cubic}, {"Pm-3m", cubic}, {"Fm-3m", cubic}, {"Fd-3m", cubic}};
  return list;
}

UnitCell<double> cell_for(const std::string& group) {
  for (const auto& [name, cell] : groups())
    if (name == group) return cell;
  FAIL("no cell for " << group);
  return {};
}

/// Two ions in general positions and one on the origin.
Structure<double> random_structure(const std::string& group, std::uint64_t seed) {
  Random random(seed);
  Structure<double> s{"random", space_group(group), cell_for(group), {}};
  // Not within 0.02 of a special position, where sites count as lying on it.
  const auto position = [&] {
    for (;;) {
      const Fractional<double> p{random.uniform(), random.uniform(), random.uniform()};
      const auto near = [](double x) { return std::abs(x - std::round(x)) < 0.02; };
      const bool special = std::any_of(s.space_group.operations().begin() + 1, s.space_group.operations().end(), [&](const auto& op) {
        const auto q = op(p);
        return near(q.x - p.x) && near(q.y - p.y) && near(q.z - p.z);
      });
      if (!special) return p;
    }
  };
  s.sites = {{"Fe1", parse_species("Fe3+"), position(), random.uniform(0.2, 1), random.uniform(0.002, 0.02)},
             {"O1", parse_species("O2-"), position(), 1, random.uniform(0.002, 0.02)},
             {"Na1", parse_species("Na+"), {0, 0, 0}, random.uniform(0.2, 1), random.uniform(0.002, 0.05)}};
  return s;
}

}  // namespace

TEST_CASE("|F|² with dispersion is the Friedel mean of the complex sum over all atoms, in groups of every system") {
  for (const auto& [name, cell] : groups()) {
    CAPTURE(name);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      CAPTURE(seed);
      const auto s = random_structure(name, seed);
      const auto list = reflections(s.cell, s.space_group, 1.3);
      REQUIRE(list.size() > 3);
      for (const bool dispersion : {false, true}) {
        const auto f = scatterers_of(s, dispersion);
        const StructureFactors factors(s, list, f);
        REQUIRE(factors.size() == list.size());
        double largest = 0;
        for (std::size_t i = 0; i < list.size(); ++i) {
          CAPTURE(i);
          const double s2 = 0.25 / (list[i].d * list[i].d);
          const double exact = squared_by_atoms(s, f, list[i].hkl, s2);
          largest = std::max(largest, exact);
          // Rounding of sums of up to 200 terms.
          CHECK(std::abs(factors.squared(i, s, s2) - exact) <= 1e-10 * std::max(exact, largest));
        }
      }
    }
  }
}

TEST_CASE("in an acentric group the two Friedel mates differ and a powder sees their mean") {
  // P3-type NaMnO2 in R3m: the sum of one hemisphere alone is off by several percent.
  Structure<double> s{"P3", space_group("R3m"), hexagonal_cell(2.88, 16.8), {}};
  s.sites = {{"Mn1", parse_species("Mn4+"), {0, 0, 0}, 1, 0.006},
             {"O1", parse_species("O2-"), {0, 0, 0.397}, 1, 0.01},
             {"O2", parse_species("O2-"), {0, 0, 0.603}, 1, 0.01},
             {"Na1", parse_species("Na+"), {0, 0, 0.17}, 0.6, 0.03}};
  const auto f = scatterers_of(s, true);
  const auto list = reflections(s.cell, s.space_group, 1.2);
  const StructureFactors factors(s, list, f);
  double largest_split = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const double s2 = 0.25 / (list[i].d * list[i].d);
    const double mean = squared_by_atoms(s, f, list[i].hkl, s2);
    CHECK(factors.squared(i, s, s2) == doctest::Approx(mean).epsilon(1e-10));
    // f'' reversed turns one mate into the other: the mean must not notice.
    auto reversed = f;
    for (auto& x : reversed) x.f_double_prime = -x.f_double_prime;
    CHECK(StructureFactors(s, list, reversed).squared(i, s, s2) == doctest::Approx(mean).epsilon(1e-10));
    std::complex<double> plus, minus;
    for (std::size_t j = 0; j < s.sites.size(); ++j) {
      const double angle = two_pi_ * list[i].hkl.l * s.sites[j].position.z;  // x = y = 0: centring adds in phase
      const double dw = s.sites[j].occupancy * std::exp(-2 * two_pi_ * two_pi_ * s.sites[j].u_iso * s2);
      const std::complex<double> fj(f[j].f0(s2) + f[j].f_prime, f[j].f_double_prime);
      plus += 3 * dw * fj * std::polar(1.0, angle);
      minus += 3 * dw * fj * std::polar(1.0, -angle);
    }
    CHECK(0.5 * (std::norm(plus) + std::norm(minus)) == doctest::Approx(mean).epsilon(1e-9));
    largest_split = std::max(largest_split, std::abs(std::norm(plus) - std::norm(minus)) / mean);
  }
  CHECK(largest_split > 0.02);
}

TEST_CASE("rock salt has the structure factors of the textbook") {
  // Fm-3m NaCl type: F = 4 (f1 ± f2), + for even, - for odd indices; U = 0.
  Structure<double> s{"NaF", space_group("Fm-3m"), {4.63, 4.63, 4.63, 90, 90, 90}, {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0}, 1, 0}, {"F1", parse_species("F-"), {0.5, 0.5, 0.5}, 1, 0}};
  const auto f = scatterers_of(s, false);
  const auto list = reflections(s.cell, s.space_group, 0.8);
  REQUIRE(list.size() > 10);
  const StructureFactors factors(s, list, f);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const double s2 = 0.25 / (list[i].d * list[i].d);
    const double sign = list[i].hkl.h % 2 == 0 ? 1 : -1;
    CHECK(factors.squared(i, s, s2) == doctest::Approx(std::pow(4 * (f[0].f0(s2) + sign * f[1].f0(s2)), 2)).epsilon(1e-10));
  }
}

TEST_CASE("reflections that the group extinguishes have no structure factor") {
  for (const std::string name : {"P63/mmc", "R-3m", "C2/m", "Fm-3m", "Pnma", "P63/m", "Cmcm"}) {
    CAPTURE(name);
    const auto s = random_structure(name, 4);
    std::vector<Reflection> absent;
    for (int h = 0; h <= 2; ++h)
      for (int k = 0; k <= 2; ++k)
        for (int l = 1; l <= 5; ++l)
          if (s.space_group.is_absent({h, k, l})) absent.push_back({{h, k, l}, 1, d_spacing(s.cell, {h, k, l})});
    REQUIRE_FALSE(absent.empty());
    const auto f = scatterers_of(s, true);
    const StructureFactors factors(s, absent, f);
    for (std::size_t i = 0; i < absent.size(); ++i) {
      const double s2 = 0.25 / (absent[i].d * absent[i].d);
      CHECK(squared_by_atoms(s, f, absent[i].hkl, s2) < 1e-16);
      CHECK(factors.squared(i, s, s2) < 1e-16);  // rounding of cancelling terms of 30 electrons
    }
  }
}

TEST_CASE("a site on a special position counts once, also with coordinates rounded as in a file") {
  Structure<double> s{"P2", space_group("P63/mmc"), hexagonal_cell(2.85, 10.8), {}};
  s.sites = {{"Co1", parse_species("Co3+"), {0, 0, 0}, 1, 0.0045},
             {"O1", parse_species("O2-"), {1.0 / 3, 2.0 / 3, 0.0908}, 1, 0.005},
             {"Na1", parse_species("Na+"), {2.0 / 3, 1.0 / 3, 0.25}, 0.6, 0.012}};
  auto rounded = s;
  rounded.sites[1].position = {0.3333, 0.6667, 0.0908};
  rounded.sites[2].position = {0.6667, 0.3333, 0.25};
  const auto list = reflections(s.cell, s.space_group, 1.0);
  const auto f = scatterers_of(s, false);
  const StructureFactors exact(s, list, f), coarse(rounded, list, f);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const double s2 = 0.25 / (list[i].d * list[i].d);
    const double reference = squared_by_atoms(s, f, list[i].hkl, s2);
    CHECK(exact.squared(i, s, s2) == doctest::Approx(reference).epsilon(1e-10));
    // 3e-5 of a cell edge moves phases by 2e-4 h; a site counted twice would change everything.
    CHECK(std::abs(coarse.squared(i, rounded, s2) - reference) < 0.003 * reference + 0.5);
  }
}

TEST_CASE("ions, elements and unknown species are told apart") {
  CHECK_THROWS_AS(scatterer(parse_species("Ni4+")), Error);  // in neither table
  CHECK(scatterer(parse_species("Ni2+")).f0(0.0) == doctest::Approx(26).epsilon(0.003));
  CHECK(scatterer(parse_species("Ni")).f0(0.0) == doctest::Approx(28).epsilon(0.003));
  CHECK(scatterer(parse_species("O2-"), FormFactorTable::wk95).f0(0.0) == doctest::Approx(10).epsilon(0.006));
  const auto structure = random_structure("P1", 1);
  CHECK_THROWS_AS(StructureFactors(structure, {}, {}), Error);
}
