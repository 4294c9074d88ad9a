#include <lamella/core/error.hpp>
#include <lamella/crystal/space_group.hpp>
#include <lamella/diffraction/reflections.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

struct GroupAndCell {
  std::string name;
  UnitCell<double> cell;  ///< without equalities that the crystal system does not demand
};

const std::vector<GroupAndCell>& groups() {
  const UnitCell<double> triclinic{5.31, 6.17, 7.43, 83.7, 101.3, 95.9}, monoclinic{5.31, 6.17, 7.43, 90, 101.3, 90},
      orthorhombic{5.31, 6.17, 7.43, 90, 90, 90}, tetragonal{5.31, 5.31, 7.43, 90, 90, 90},
      hexagonal{5.31, 5.31, 7.43, 90, 90, 120}, cubic{6.83, 6.83, 6.83, 90, 90, 90};
  static const std::vector<GroupAndCell> list = {
      {"P1", triclinic}, {"P-1", triclinic}, {"C2/m", monoclinic}, {"P21/c", monoclinic}, {"Pmmn", orthorhombic},
      {"Pnma", orthorhombic}, {"Cmcm", orthorhombic}, {"Fdd2", orthorhombic}, {"I41/amd", tetragonal}, {"P4bm", tetragonal},
      {"P3121", hexagonal}, {"R3m", hexagonal}, {"P-3m1", hexagonal}, {"P-31m", hexagonal}, {"R-3m", hexagonal},
      {"R-3c", hexagonal}, {"P61", hexagonal}, {"P63/m", hexagonal}, {"P63mc", hexagonal}, {"P-6m2", hexagonal},
      {"P63/mmc", hexagonal}, {"Pa-3", cubic}, {"Pm-3m", cubic}, {"Fm-3m", cubic}, {"Fd-3m", cubic}, {"Ia-3d", cubic}};
  return list;
}

/// F(hkl) of a few atoms in general positions, by summing over every atom of the cell: knows nothing of reciprocal
/// symmetry, absences or multiplicities.
struct GenericCrystal {
  std::vector<std::array<double, 4>> atoms;  ///< x, y, z, weight

  explicit GenericCrystal(const SpaceGroup& group, std::uint64_t seed) {
    Random random(seed);
    for (int a = 0; a < 3; ++a) {
      const Fractional<double> p{random.uniform(), random.uniform(), random.uniform()};
      const double weight = random.uniform(1, 3);
      for (const auto& op : group.operations()) {
        const auto q = op(p);
        atoms.push_back({q.x, q.y, q.z, weight});
      }
    }
  }
  double squared(const Miller& m) const {
    std::complex<double> f;
    for (const auto& [x, y, z, w] : atoms) f += w * std::polar(1.0, 2 * std::numbers::pi * (m.h * x + m.k * y + m.l * z));
    return std::norm(f);
  }
};

std::vector<Miller> all_within(const UnitCell<double>& cell, double d_min, double d_max) {
  // 1/d from Cartesian reciprocal vectors made by hand: independent of the library's metric tensors.
  constexpr double degree_ = std::numbers::pi / 180;
  const double ca = std::cos(cell.alpha * degree_), cb = std::cos(cell.beta * degree_), cg = std::cos(cell.gamma * degree_);
  const double sg = std::sin(cell.gamma * degree_);
  const std::array<double, 3> a{cell.a, 0, 0}, b{cell.b * cg, cell.b * sg, 0};
  const double cy = (ca - cb * cg) / sg;
  const std::array<double, 3> c{cell.c * cb, cell.c * cy, cell.c * std::sqrt(1 - cb * cb - cy * cy)};
  const auto cross = [](const auto& u, const auto& v) {
    return std::array<double, 3>{u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
  };
  const auto bc = cross(b, c), ca_ = cross(c, a), ab = cross(a, b);
  const double volume = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
  std::vector<Miller> found;
  constexpr int reach = 25;  // far beyond edge/d_min of every case below
  for (int h = -reach; h <= reach; ++h)
    for (int k = -reach; k <= reach; ++k)
      for (int l = -reach; l <= reach; ++l) {
        if (h == 0 && k == 0 && l == 0) continue;
        double q2 = 0;
        for (std::size_t i = 0; i < 3; ++i) q2 += std::pow((h * bc[i] + k * ca_[i] + l * ab[i]) / volume, 2);
        const double d = 1 / std::sqrt(q2);
        if (d >= d_min && d <= d_max) found.push_back({h, k, l});
      }
  return found;
}

}  // namespace

TEST_CASE("count, multiplicity and absences agree with sums over all atoms of a cell, in groups of every system") {
  for (const auto& [name, cell] : groups()) {
    CAPTURE(name);
    const SpaceGroup group = space_group(name);
    const GenericCrystal crystal(group, 99), second(group, 100);
    constexpr double d_min = 1.15, d_max = 4.9;

    // Two reflections belong together if two unrelated crystals give them equal |F|².
    struct Class {
      double f, g;
      std::set<Miller> members;
    };
    std::vector<Class> classes;
    std::size_t present = 0;
    const double scale = crystal.squared({0, 0, 0});
    for (const Miller& m : all_within(cell, d_min, d_max)) {
      const double f = crystal.squared(m) / scale, g = second.squared(m) / scale;
      if (f < 1e-20 && g < 1e-20) continue;
      ++present;
      const auto own = std::find_if(classes.begin(), classes.end(), [&](const Class& c) {
        return std::abs(c.f - f) < 1e-11 && std::abs(c.g - g) < 1e-11;
      });
      if (own == classes.end())
        classes.push_back({f, g, {m}});
      else
        own->members.insert(m);
    }
    REQUIRE(present > 50);

    const auto list = reflections(cell, group, d_min, d_max);
    std::size_t total = 0;
    std::set<Miller> seen;
    for (const auto& r : list) {
      CAPTURE(r.hkl.h);
      CAPTURE(r.hkl.k);
      CAPTURE(r.hkl.l);
      CHECK(seen.insert(r.hkl).second);
      total += static_cast<std::size_t>(r.multiplicity);
      const auto own = std::find_if(classes.begin(), classes.end(), [&](const Class& c) { return c.members.contains(r.hkl); });
      REQUIRE(own != classes.end());
      CHECK(own->members.size() == static_cast<std::size_t>(r.multiplicity));
      CHECK(*own->members.rbegin() == r.hkl);  // the largest of its equivalents
    }
    CHECK(total == present);
    CHECK(list.size() == classes.size());
  }
}

TEST_CASE("absent are the reflections that International Tables Vol. A lists") {
  const auto even = [](int n) { return n % 2 == 0; };
  const auto multiple_of_3 = [](int n) { return n % 3 == 0; };
  const auto check = [&](const std::string& name, auto allowed) {
    CAPTURE(name);
    const SpaceGroup group = space_group(name);
    std::size_t absent = 0;
    for (int h = -6; h <= 6; ++h)
      for (int k = -6; k <= 6; ++k)
        for (int l = -9; l <= 9; ++l) {
          const bool expected = allowed(h, k, l);
          absent += !expected;
          if (group.is_absent({h, k, l}) == expected) {
            CAPTURE(h);
            CAPTURE(k);
            CAPTURE(l);
            CHECK(group.is_absent({h, k, l}) != expected);
          }
        }
    CHECK(absent > 0);
  };
  check("R-3m", [&](int h, int k, int l) { return multiple_of_3(-h + k + l); });  // obverse
  check("R3m", [&](int h, int k, int l) { return multiple_of_3(-h + k + l); });
  check("C2/m", [&](int h, int k, int) { return even(h + k); });
  check("Fm-3m", [&](int h, int k, int l) { return even(h + k) && even(k + l); });
  check("P63/m", [&](int h, int k, int l) { return h != 0 || k != 0 || even(l); });
  const auto c_glide = [&](int h, int k, int l) {  // h h -2h l and its images, 0 0 l: l even
    return !(h == k || k == -2 * h || h == -2 * k) || even(l);
  };
  check("P63mc", c_glide);
  check("P63/mmc", c_glide);
  check("Pnma", [&](int h, int k, int l) {
    return (h != 0 || even(k + l)) && (l != 0 || even(h)) && (k != 0 || l != 0 || even(h)) &&
           (h != 0 || l != 0 || even(k)) && (h != 0 || k != 0 || even(l));
  });
  check("Cmcm", [&](int h, int k, int l) { return even(h + k) && (k != 0 || (even(h) && even(l))); });
  check("Pmmn", [&](int h, int k, int l) { return l != 0 || even(h + k); });
}

TEST_CASE("groups without absences keep every reflection") {
  for (const std::string name : {"P1", "P-1", "P-3m1", "P-6m2", "Pm-3m"}) {
    CAPTURE(name);
    const SpaceGroup group = space_group(name);
    for (int h = -4; h <= 4; ++h)
      for (int k = -4; k <= 4; ++k)
        for (int l = -4; l <= 4; ++l) CHECK_FALSE(group.is_absent({h, k, l}));
  }
}

TEST_CASE("303 and 033 of R-3m share their d and stay apart") {
  const SpaceGroup group = space_group("R-3m");
  const auto list = reflections(hexagonal_cell(2.96, 16.38), group, 0.79);
  std::vector<Reflection> pair;
  for (const auto& r : list)
    for (const Miller& m : group.equivalents(r.hkl))
      if (m == Miller{3, 0, 3} || m == Miller{0, 3, 3}) pair.push_back(r);
  REQUIRE(pair.size() == 2);
  CHECK(pair[0].d == doctest::Approx(pair[1].d).epsilon(1e-14));
  CHECK(pair[0].multiplicity == 6);
  CHECK(pair[1].multiplicity == 6);
  CHECK(pair[0].hkl != pair[1].hkl);
}

TEST_CASE("the lines of O3 have the multiplicities and the order of the textbook") {
  // Hexagonal, R-3m: 00l 2, 10l 6, 110 6, 11l 12 (l ≠ 0).
  const auto list = reflections(hexagonal_cell(2.96, 16.38), space_group("R-3m"), 1.4);
  const std::vector<std::array<int, 2>> expected{{3, 2}, {6, 2}, {1, 6}, {2, 6}, {4, 6}, {5, 6}, {9, 2}, {7, 6}, {8, 6}, {0, 6}, {3, 12}};
  REQUIRE(list.size() == expected.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(list[i].hkl.l) == expected[i][0]);
    CHECK(list[i].multiplicity == expected[i][1]);
    if (i > 0) CHECK(list[i].d < list[i - 1].d);
  }
  CHECK(list[0].d == doctest::Approx(16.38 / 3));
  CHECK(list[9].d == doctest::Approx(2.96 / 2));
}

TEST_CASE("the limits of d include their ends and exclude the rest") {
  const UnitCell<double> cube{4, 4, 4, 90, 90, 90};
  const SpaceGroup group = space_group("Pm-3m");
  CHECK(reflections(cube, group, 4.0).size() == 1);
  CHECK(reflections(cube, group, 4.0 + 1e-9).empty());
  CHECK(reflections(cube, group, 2.0).size() == 4);  // 100 110 111 200
  CHECK(reflections(cube, group, 2.0, 3.9).size() == 3);
  CHECK(reflections(cube, group, 2.0, 1.0).empty());
}

TEST_CASE("requests that cannot be meant are refused") {
  const UnitCell<double> cube{4, 4, 4, 90, 90, 90};
  const SpaceGroup group = space_group("Pm-3m");
  CHECK_THROWS_AS(reflections(cube, group, 0), Error);
  CHECK_THROWS_AS(reflections(cube, group, -1), Error);
  CHECK_THROWS_AS(reflections(cube, group, std::nan("")), Error);
  CHECK_THROWS_AS(reflections(cube, group, 1e-3), Error);
  CHECK_THROWS_AS(reflections(UnitCell<double>{4e9, 4, 4, 90, 90, 90}, group, 1), Error);
}
