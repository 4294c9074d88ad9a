#include <lamella/crystal/structure.hpp>

#include <lamella/core/dual.hpp>
#include <lamella/crystal/cell_contents.hpp>
#include <lamella/crystal/special_position.hpp>
#include <lamella/crystal/symmetry_constraints.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

using namespace lamella;

namespace {

using Direction = std::array<double, 3>;

constexpr double third = 1.0 / 3, two_thirds = 2.0 / 3;
constexpr double x = 0.0713, y = 0.1297, z = 0.2311;  // unrelated numbers for free coordinates

struct Wyckoff {
  const char* group;
  const char* letter;
  Fractional<double> position;
  std::size_t multiplicity;
  std::vector<Direction> free;  ///< reduced row echelon form of the free directions
};

const std::vector<Direction> everything = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

// International Tables Vol. A: Wyckoff positions of the tabulated groups.
const std::vector<Wyckoff> wyckoff_positions = {
    {"P1", "a", {x, y, z}, 1, everything},
    {"P-1", "a", {0, 0, 0}, 1, {}},
    {"P-1", "h", {0.5, 0.5, 0.5}, 1, {}},
    {"P-1", "i", {x, y, z}, 2, everything},
    {"C2/m", "a", {0, 0, 0}, 2, {}},
    {"C2/m", "b", {0, 0.5, 0}, 2, {}},
    {"C2/m", "c", {0, 0, 0.5}, 2, {}},
    {"C2/m", "d", {0, 0.5, 0.5}, 2, {}},
    {"C2/m", "e", {0.25, 0.25, 0}, 4, {}},
    {"C2/m", "f", {0.25, 0.25, 0.5}, 4, {}},
    {"C2/m", "g", {0, y, 0}, 4, {{0, 1, 0}}},
    {"C2/m", "h", {0, y, 0.5}, 4, {{0, 1, 0}}},
    {"C2/m", "i", {x, 0, z}, 4, {{1, 0, 0}, {0, 0, 1}}},
    {"C2/m", "j", {x, y, z}, 8, everything},
    {"Pmmn", "a", {0.25, 0.25, z}, 2, {{0, 0, 1}}},
    {"Pmmn", "b", {0.25, 0.75, z}, 2, {{0, 0, 1}}},
    {"Pmmn", "c", {0, 0, 0}, 4, {}},
    {"Pmmn", "d", {0, 0, 0.5}, 4, {}},
    {"Pmmn", "e", {0.25, y, z}, 4, {{0, 1, 0}, {0, 0, 1}}},
    {"Pmmn", "f", {x, 0.25, z}, 4, {{1, 0, 0}, {0, 0, 1}}},
    {"Pmmn", "g", {x, y, z}, 8, everything},
    {"Pnma", "a", {0, 0, 0}, 4, {}},
    {"Pnma", "b", {0, 0, 0.5}, 4, {}},
    {"Pnma", "c", {x, 0.25, z}, 4, {{1, 0, 0}, {0, 0, 1}}},
    {"Pnma", "d", {x, y, z}, 8, everything},
    {"Cmcm", "a", {0, 0, 0}, 4, {}},
    {"Cmcm", "b", {0, 0.5, 0}, 4, {}},
    {"Cmcm", "c", {0, y, 0.25}, 4, {{0, 1, 0}}},
    {"Cmcm", "d", {0.25, 0.25, 0}, 8, {}},
    {"Cmcm", "e", {x, 0, 0}, 8, {{1, 0, 0}}},
    {"Cmcm", "f", {0, y, z}, 8, {{0, 1, 0}, {0, 0, 1}}},
    {"Cmcm", "g", {x, y, 0.25}, 8, {{1, 0, 0}, {0, 1, 0}}},
    {"Cmcm", "h", {x, y, z}, 16, everything},
    {"R3m", "a", {0, 0, z}, 3, {{0, 0, 1}}},
    {"R3m", "b", {x, -x, z}, 9, {{1, -1, 0}, {0, 0, 1}}},
    {"R3m", "c", {x, y, z}, 18, everything},
    {"P-3m1", "a", {0, 0, 0}, 1, {}},
    {"P-3m1", "b", {0, 0, 0.5}, 1, {}},
    {"P-3m1", "c", {0, 0, z}, 2, {{0, 0, 1}}},
    {"P-3m1", "d", {third, two_thirds, z}, 2, {{0, 0, 1}}},
    {"P-3m1", "e", {0.5, 0, 0}, 3, {}},
    {"P-3m1", "f", {0.5, 0, 0.5}, 3, {}},
    {"P-3m1", "g", {x, 0, 0}, 6, {{1, 0, 0}}},
    {"P-3m1", "h", {x, 0, 0.5}, 6, {{1, 0, 0}}},
    {"P-3m1", "i", {x, -x, z}, 6, {{1, -1, 0}, {0, 0, 1}}},
    {"P-3m1", "j", {x, y, z}, 12, everything},
    {"R-3m", "a", {0, 0, 0}, 3, {}},
    {"R-3m", "b", {0, 0, 0.5}, 3, {}},
    {"R-3m", "a, shifted", {two_thirds, third, third}, 3, {}},
    {"R-3m", "c", {0, 0, z}, 6, {{0, 0, 1}}},
    {"R-3m", "d", {0.5, 0, 0.5}, 9, {}},
    {"R-3m", "e", {0.5, 0, 0}, 9, {}},
    {"R-3m", "f", {x, 0, 0}, 18, {{1, 0, 0}}},
    {"R-3m", "g", {x, 0, 0.5}, 18, {{1, 0, 0}}},
    {"R-3m", "h", {x, -x, z}, 18, {{1, -1, 0}, {0, 0, 1}}},
    {"R-3m", "h, another image", {x, 2 * x, z}, 18, {{1, 2, 0}, {0, 0, 1}}},
    {"R-3m", "i", {x, y, z}, 36, everything},
    {"P63/m", "a", {0, 0, 0.25}, 2, {}},
    {"P63/m", "b", {0, 0, 0}, 2, {}},
    {"P63/m", "c", {third, two_thirds, 0.25}, 2, {}},
    {"P63/m", "d", {two_thirds, third, 0.25}, 2, {}},
    {"P63/m", "e", {0, 0, z}, 4, {{0, 0, 1}}},
    {"P63/m", "f", {third, two_thirds, z}, 4, {{0, 0, 1}}},
    {"P63/m", "g", {0.5, 0, 0}, 6, {}},
    {"P63/m", "h", {x, y, 0.25}, 6, {{1, 0, 0}, {0, 1, 0}}},
    {"P63/m", "i", {x, y, z}, 12, everything},
    {"P63mc", "a", {0, 0, z}, 2, {{0, 0, 1}}},
    {"P63mc", "b", {third, two_thirds, z}, 2, {{0, 0, 1}}},
    {"P63mc", "c", {x, -x, z}, 6, {{1, -1, 0}, {0, 0, 1}}},
    {"P63mc", "d", {x, y, z}, 12, everything},
    {"P-6m2", "a", {0, 0, 0}, 1, {}},
    {"P-6m2", "d", {third, two_thirds, 0.5}, 1, {}},
    {"P-6m2", "e", {two_thirds, third, 0}, 1, {}},
    {"P-6m2", "g", {0, 0, z}, 2, {{0, 0, 1}}},
    {"P-6m2", "i", {two_thirds, third, z}, 2, {{0, 0, 1}}},
    {"P-6m2", "j", {x, -x, 0}, 3, {{1, -1, 0}}},
    {"P-6m2", "l", {x, y, 0}, 6, {{1, 0, 0}, {0, 1, 0}}},
    {"P-6m2", "n", {x, -x, z}, 6, {{1, -1, 0}, {0, 0, 1}}},
    {"P-6m2", "o", {x, y, z}, 12, everything},
    {"P63/mmc", "a", {0, 0, 0}, 2, {}},
    {"P63/mmc", "b", {0, 0, 0.25}, 2, {}},
    {"P63/mmc", "c", {third, two_thirds, 0.25}, 2, {}},
    {"P63/mmc", "d", {third, two_thirds, 0.75}, 2, {}},
    {"P63/mmc", "e", {0, 0, z}, 4, {{0, 0, 1}}},
    {"P63/mmc", "f", {third, two_thirds, z}, 4, {{0, 0, 1}}},
    {"P63/mmc", "g", {0.5, 0, 0}, 6, {}},
    {"P63/mmc", "h", {x, 2 * x, 0.25}, 6, {{1, 2, 0}}},
    {"P63/mmc", "i", {x, 0, 0}, 12, {{1, 0, 0}}},
    {"P63/mmc", "j", {x, y, 0.25}, 12, {{1, 0, 0}, {0, 1, 0}}},
    {"P63/mmc", "k", {x, 2 * x, z}, 12, {{1, 2, 0}, {0, 0, 1}}},
    {"P63/mmc", "l", {x, y, z}, 24, everything},
    {"Pm-3m", "a", {0, 0, 0}, 1, {}},
    {"Pm-3m", "b", {0.5, 0.5, 0.5}, 1, {}},
    {"Pm-3m", "c", {0, 0.5, 0.5}, 3, {}},
    {"Pm-3m", "d", {0.5, 0, 0}, 3, {}},
    {"Pm-3m", "e", {x, 0, 0}, 6, {{1, 0, 0}}},
    {"Pm-3m", "f", {x, 0.5, 0.5}, 6, {{1, 0, 0}}},
    {"Pm-3m", "g", {x, x, x}, 8, {{1, 1, 1}}},
    {"Pm-3m", "h", {x, 0.5, 0}, 12, {{1, 0, 0}}},
    {"Pm-3m", "i", {0, y, y}, 12, {{0, 1, 1}}},
    {"Pm-3m", "j", {0.5, y, y}, 12, {{0, 1, 1}}},
    {"Pm-3m", "k", {0, y, z}, 24, {{0, 1, 0}, {0, 0, 1}}},
    {"Pm-3m", "l", {0.5, y, z}, 24, {{0, 1, 0}, {0, 0, 1}}},
    {"Pm-3m", "m", {x, x, z}, 24, {{1, 1, 0}, {0, 0, 1}}},
    {"Pm-3m", "n", {x, y, z}, 48, everything},
    {"Fm-3m", "a", {0, 0, 0}, 4, {}},
    {"Fm-3m", "b", {0.5, 0.5, 0.5}, 4, {}},
    {"Fm-3m", "c", {0.25, 0.25, 0.25}, 8, {}},
    {"Fm-3m", "d", {0, 0.25, 0.25}, 24, {}},
    {"Fm-3m", "e", {x, 0, 0}, 24, {{1, 0, 0}}},
    {"Fm-3m", "f", {x, x, x}, 32, {{1, 1, 1}}},
    {"Fm-3m", "g", {x, 0.25, 0.25}, 48, {{1, 0, 0}}},
    {"Fm-3m", "h", {0, y, y}, 48, {{0, 1, 1}}},
    {"Fm-3m", "i", {0.5, y, y}, 48, {{0, 1, 1}}},
    {"Fm-3m", "j", {0, y, z}, 96, {{0, 1, 0}, {0, 0, 1}}},
    {"Fm-3m", "k", {x, x, z}, 96, {{1, 1, 0}, {0, 0, 1}}},
    {"Fm-3m", "l", {x, y, z}, 192, everything},
};

}  // namespace

TEST_CASE("sites have the multiplicities and freedoms of their Wyckoff positions, at every image") {
  for (const auto& w : wyckoff_positions) {
    CAPTURE(std::string(w.group));
    CAPTURE(std::string(w.letter));
    const auto group = space_group(w.group);
    CHECK(multiplicity(group, w.position) == w.multiplicity);
    const auto free = site_freedom(group, w.position);
    REQUIRE(free.size() == w.free.size());
    for (std::size_t i = 0; i < free.size(); ++i)
      for (std::size_t j = 0; j < 3; ++j) CHECK(free[i][j] == doctest::Approx(w.free[i][j]).epsilon(1e-12));
    for (const auto& op : group.operations()) {
      const auto image = op(w.position);
      CHECK(multiplicity(group, image) == w.multiplicity);
      CHECK(site_freedom(group, image).size() == w.free.size());
    }
    // a step along a free direction keeps the multiplicity; a step along any other one raises it
    for (const auto& d : free)
      CHECK(multiplicity(group, {w.position.x + 0.007 * d[0], w.position.y + 0.007 * d[1],
                                 w.position.z + 0.007 * d[2]}) == w.multiplicity);
    if (free.size() < 3)
      CHECK(multiplicity(group, {w.position.x + 0.011, w.position.y + 0.017, w.position.z + 0.023}) >
            w.multiplicity);
  }
}

TEST_CASE("coordinates rounded to three digits still lie on their special position") {
  const auto p2 = space_group("P63/mmc");
  CHECK(multiplicity(p2, {0.333, 0.667, 0.25}) == 2);
  CHECK(multiplicity(p2, {0.667, 0.333, 0.25}) == 2);
  CHECK(multiplicity(p2, {0.333, 0.667, 0.091}) == 4);
  CHECK(site_freedom(p2, {0.333, 0.667, 0.091}).size() == 1);
  CHECK(site_freedom(p2, {0.333, 0.667, 0.25}).empty());
}

TEST_CASE("the nearest special position is exact") {
  const auto p2 = space_group("P63/mmc");
  for (const Fractional<double>& rounded :
       {Fractional<double>{0.3333, 0.6667, 0.25}, Fractional<double>{0.333, 0.667, 0.2501},
        Fractional<double>{0.33333333, 0.66666667, 0.25}, Fractional<double>{0.3334, 0.6666, 0.2495}}) {
    const auto p = nearest_special_position(p2, rounded);
    CHECK(p.x == doctest::Approx(third).epsilon(1e-15));
    CHECK(p.y == doctest::Approx(two_thirds).epsilon(1e-15));
    CHECK(p.z == doctest::Approx(0.25).epsilon(1e-15));
  }
  const auto oxygen = nearest_special_position(p2, {0.333333, -0.333333, 0.0908});
  CHECK(oxygen.x == doctest::Approx(third).epsilon(1e-15));
  CHECK(oxygen.y == doctest::Approx(-third).epsilon(1e-15));
  CHECK(oxygen.z == doctest::Approx(0.0908).epsilon(1e-15));
  // exact positions and positions too far away stay as they are
  for (const auto& w : wyckoff_positions) {
    CAPTURE(std::string(w.group));
    CAPTURE(std::string(w.letter));
    const auto p = nearest_special_position(space_group(w.group), w.position);
    CHECK(std::abs(p.x - w.position.x) < 1e-15);
    CHECK(std::abs(p.y - w.position.y) < 1e-15);
    CHECK(std::abs(p.z - w.position.z) < 1e-15);
    const auto q = nearest_special_position(space_group(w.group),
                                            {w.position.x + 2e-4, w.position.y - 3e-4, w.position.z + 1e-4});
    CHECK(multiplicity(space_group(w.group), q) == w.multiplicity);
  }
  const auto far = nearest_special_position(p2, {0.33, 0.67, 0.25});
  CHECK(far.x == 0.33);
  CHECK(far.y == 0.67);
  const auto near = nearest_special_position(p2, {0.33, 0.67, 0.25}, 0.005);
  CHECK(near.x == doctest::Approx(third).epsilon(1e-15));
}

TEST_CASE("symmetry fixes and ties the cell parameters of each crystal system") {
  const auto operations = [](std::initializer_list<const char*> list) {
    std::vector<SymmetryOperation> ops;
    for (const char* text : list) ops.push_back(parse_operation(text));
    return SpaceGroup::generated_by(ops, "test", 0);
  };
  const auto check = [](const SpaceGroup& group, std::array<std::size_t, 3> edges,
                        std::array<bool, 3> fixed_angles) {
    CAPTURE(group.name());
    const auto freedom = cell_freedom(group);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(freedom.tied_to[i] == edges[i]);
      CHECK(!freedom.fixed[i]);
      CHECK(freedom.fixed[3 + i] == fixed_angles[i]);
    }
    return freedom;
  };
  for (const char* name : {"P1", "P-1"}) {
    const auto freedom = check(space_group(name), {0, 1, 2}, {false, false, false});
    for (std::size_t i = 0; i < 6; ++i) CHECK(freedom.tied_to[i] == i);
  }
  check(space_group("C2/m"), {0, 1, 2}, {true, false, true});
  check(operations({"-x,-y,z"}), {0, 1, 2}, {true, true, false});  // unique axis c
  for (const char* name : {"Pmmn", "Pnma", "Cmcm"}) check(space_group(name), {0, 1, 2}, {true, true, true});
  check(operations({"-y,x,z+1/4"}), {0, 0, 2}, {true, true, true});  // tetragonal
  for (const char* name : {"R3m", "P-3m1", "R-3m", "P63/m", "P63mc", "P-6m2", "P63/mmc"})
    check(space_group(name), {0, 0, 2}, {true, true, true});
  for (const char* name : {"Pm-3m", "Fm-3m"}) check(space_group(name), {0, 0, 0}, {true, true, true});
  const auto rhombohedral = check(operations({"z,x,y", "-x,-y,-z"}), {0, 0, 0}, {false, false, false});
  CHECK(rhombohedral.tied_to[4] == 3);
  CHECK(rhombohedral.tied_to[5] == 3);
}

TEST_CASE("a structure lists its parameters in a fixed order") {
  const Structure<double> s{"O3",
                            space_group("R-3m"),
                            hexagonal_cell(2.97421, 15.95554),
                            {{"Na1", parse_species("Na"), {0, 0, 0.5}, 0.9, 0.012},
                             {"O1", parse_species("O"), {0, 0, 0.26721}, 1, 0.008}}};
  std::string names;
  const auto print = [&](auto& self, std::string_view name, const auto& value) -> void {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, double>) {
      names += std::string(name) + " ";
    } else {
      names += std::string(name) + "{ ";
      const auto inner = [&](std::string_view n, const auto& v) { self(self, n, v); };
      std::decay_t<decltype(value)>::parameters(inner, value);
      names += "} ";
    }
  };
  const auto visit = [&](std::string_view name, const auto& value) { print(print, name, value); };
  Structure<double>::parameters(visit, s);
  CHECK(names == "cell{ a b c alpha beta gamma } Na1{ x y z occupancy Uiso } O1{ x y z occupancy Uiso } ");

  const auto dual = rebound<Dual<double, 2>>(s);
  CHECK(value_of(dual.cell.c) == s.cell.c);
  CHECK(value_of(dual.sites[1].position.z) == 0.26721);
  CHECK(dual.sites[0].label == "Na1");
  CHECK(dual.sites[0].species == s.sites[0].species);
  CHECK(value_of(dual.sites[0].occupancy) == 0.9);
}

TEST_CASE("the contents of a cell are its formula and mass") {
  const Structure<double> s{"O3",
                            space_group("R-3m"),
                            hexagonal_cell(2.97421, 15.95554),
                            {{"Na1", parse_species("Na"), {0, 0, 0.5}, 1, 0.012},
                             {"Cr1", parse_species("Cr"), {0, 0, 0}, 1, 0.006},
                             {"O1", parse_species("O"), {0, 0, 0.26721}, 1, 0.008}}};
  CHECK(multiplicity(s, s.sites[0]) == 3);
  CHECK(multiplicity(s, s.sites[2]) == 6);
  // IUPAC 2021 abridged standard atomic weights: Na 22.990, Cr 51.996, O 15.999
  CHECK(std::abs(cell_mass(s) - 3 * (22.990 + 51.996 + 2 * 15.999)) < 0.01);
}
