#include <lamella/fields.hpp>

#include "../support/random_numbers.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using doctest::Approx;

namespace {

constexpr UnitCell<double> skew{4.1, 5.3, 6.7, 81, 97, 112};

template <class Function>
VolumetricGrid sampled(const UnitCell<double>& cell, std::array<std::size_t, 3> shape, Function f) {
  VolumetricGrid grid{FieldQuantity::potential, cell, shape, {}};
  for (std::size_t k = 0; k < shape[2]; ++k)
    for (std::size_t j = 0; j < shape[1]; ++j)
      for (std::size_t i = 0; i < shape[0]; ++i) grid.values.push_back(f(grid.position(i, j, k)));
  return grid;
}

VolumetricGrid noise(std::array<std::size_t, 3> shape) {
  lamella_test::Random random(7);
  return sampled(skew, shape, [&](const auto&) { return random.uniform(); });
}

double wave(double x) { return std::cos(2 * std::numbers::pi * x); }

}  // namespace

TEST_CASE("volumetric grid: means, integrals and planar averages of waves") {
  // Sampled waves average to nothing over whole periods, exactly but for rounding.
  auto grid = sampled(skew, {8, 6, 12}, [](const auto& p) { return 2 + wave(p.x) + 3 * wave(2 * p.z + 0.1) + wave(p.x + p.y); });
  CHECK(mean(grid) == Approx(2).epsilon(1e-14));
  CHECK(integral(grid) == Approx(2 * volume(skew)).epsilon(1e-14));
  grid.quantity = FieldQuantity::charge_times_volume;
  CHECK(integral(grid) == Approx(2).epsilon(1e-14));
  grid.quantity = FieldQuantity::atomic_units;
  CHECK(integral(grid) == Approx(2 * volume(skew) / std::pow(0.529177210903, 3)).epsilon(1e-14));
  CHECK(maximum(grid).value == grid(maximum(grid).index[0], maximum(grid).index[1], maximum(grid).index[2]));

  const auto along_a = planar_average(grid, {1, 0, 0}), along_c = planar_average(grid, {0, 0, 1}), diagonal = planar_average(grid, {1, 1, 0});
  REQUIRE(along_a.values.size() == 8);
  REQUIRE(along_c.values.size() == 12);
  REQUIRE(diagonal.values.size() == 24);  // the least common multiple of 8 and 6
  for (std::size_t n = 0; n < 8; ++n) CHECK(along_a.values[n] == Approx(2 + wave(static_cast<double>(n) / 8)).epsilon(1e-13));
  for (std::size_t n = 0; n < 12; ++n) {
    CHECK(along_c.values[n] == Approx(2 + 3 * wave(static_cast<double>(n) / 6 + 0.1)).epsilon(1e-13));
    CHECK(along_c.height(n) == Approx(static_cast<double>(n) / 12 * d_spacing(skew, {0, 0, 1})).epsilon(1e-14));
  }
}

TEST_CASE("planar average: any lattice planes, by sorting all points by their height") {
  const auto grid = noise({4, 6, 10});
  for (const Miller axis : {Miller{1, 0, 0}, Miller{0, 1, 0}, Miller{0, 0, 1}, Miller{1, 1, 0}, Miller{2, -1, 3}, Miller{0, 0, 5}, Miller{-1, 2, 0}}) {
    CAPTURE(axis.h);
    CAPTURE(axis.k);
    CAPTURE(axis.l);
    std::map<int, std::pair<double, int>> planes;  // by height in sixtieths, the common measure of 4, 6 and 10
    for (int k = 0; k < 10; ++k)
      for (int j = 0; j < 6; ++j)
        for (int i = 0; i < 4; ++i) {
          auto& [sum, count] = planes[((axis.h * i * 15 + axis.k * j * 10 + axis.l * k * 6) % 60 + 60) % 60];
          sum += grid(static_cast<std::size_t>(i), static_cast<std::size_t>(j), static_cast<std::size_t>(k));
          ++count;
        }
    const auto average = planar_average(grid, axis);
    CHECK(average.period == Approx(d_spacing(skew, axis)));
    REQUIRE(average.values.size() == planes.size());
    std::size_t n = 0;
    for (const auto& [height, plane] : planes) {
      CHECK(average.height(n) == Approx(average.period * height / 60).epsilon(1e-13));
      CHECK(average.values[n++] == Approx(plane.first / plane.second).epsilon(1e-13));
    }
  }
}

TEST_CASE("value at a position: exact at points, linear between, across the faces") {
  const auto grid = noise({4, 5, 6});
  for (std::size_t k = 0; k < 6; ++k)
    for (std::size_t j = 0; j < 5; ++j)
      for (std::size_t i = 0; i < 4; ++i) {
        auto p = grid.position(i, j, k);
        CHECK(value_at(grid, p) == Approx(grid(i, j, k)).epsilon(1e-12));
        p = {p.x - 3, p.y + 2, p.z + 7};
        CHECK(value_at(grid, p) == Approx(grid(i, j, k)).epsilon(1e-12));
      }
  CHECK(value_at(grid, {3.5 / 4, 0, 0}) == Approx((grid(3, 0, 0) + grid(0, 0, 0)) / 2).epsilon(1e-13));
  CHECK(value_at(grid, {0.25, 0.2, 5.25 / 6}) == Approx(0.75 * grid(1, 1, 5) + 0.25 * grid(1, 1, 0)).epsilon(1e-13));
  CHECK(value_at(grid, {-1e-300, 0, 0}) == Approx(grid(0, 0, 0)));
  auto mirrored = grid;
  mirrored.handedness = -1;
  CHECK(value_at(mirrored, {-0.3, 0.11, -0.77}) == Approx(value_at(grid, {0.3, -0.11, 0.77})).epsilon(1e-13));
}

TEST_CASE("sphere average: against all points of all images") {
  const auto grid = noise({7, 9, 11});
  const auto axes = cartesian_axes(skew);
  for (const double radius : {0.5, 1.3, 4.0}) {
    CAPTURE(radius);
    const Fractional<double> centre{0.93, -0.2, 4.51};
    double sum = 0, largest = -1;
    std::size_t count = 0;
    for (int i = -14; i < 21; ++i)
      for (int j = -18; j < 27; ++j)
        for (int k = 33; k < 66; ++k) {
          const auto v = axes(Fractional<double>{i / 7.0 - centre.x, j / 9.0 - centre.y, k / 11.0 - centre.z});
          if (dot(v, v) > radius * radius) continue;
          const double value = grid(static_cast<std::size_t>((i + 14) % 7), static_cast<std::size_t>((j + 18) % 9), static_cast<std::size_t>(k % 11));
          sum += value;
          largest = std::max(largest, value);
          ++count;
        }
    const auto sphere = sphere_average(grid, centre, radius);
    CHECK(sphere.points == count);
    CHECK(sphere.mean == Approx(sum / static_cast<double>(count)).epsilon(1e-12));
    CHECK(sphere.maximum == largest);
    auto mirrored = grid;
    mirrored.handedness = -1;
    CHECK(sphere_average(mirrored, {-centre.x, -centre.y, -centre.z}, radius).mean == Approx(sphere.mean).epsilon(1e-12));
  }
}

TEST_CASE("oxygen layers: an ordered O3 layer of Ni and Sn") {
  // A 2 × 1 × 1 cell: one row of nickel, one of tin, so that the oxygens have two of one and one of the other.
  Structure<double> structure{"NaNi0.5Sn0.5O2", SpaceGroup{}, {6.0, 3.0, 16.5, 90, 90, 120}, {}};
  constexpr double z_oxygen = 0.2665;
  const Species na = parse_species("Na"), ni = parse_species("Ni"), sn = parse_species("Sn"), oxygen = parse_species("O");
  std::vector<std::array<double, 3>> oxygens;
  const double shift[3][3] = {{0, 0, 0}, {1.0 / 3, 1.0 / 3, 1.0 / 3}, {1.0 / 6, 2.0 / 3, 2.0 / 3}};  // (2/3 1/3 1/3) … of the small cell
  int number = 0;
  const auto add = [&](Species species, double x, double y, double z) {
    structure.sites.push_back({std::to_string(++number), species, {x, y, z}, 1, 0.01});
  };
  for (const auto& s : shift)
    for (const double half : {0.0, 0.5}) {
      add(half == 0 ? ni : sn, s[0] + half, s[1], s[2]);
      add(na, s[0] + half, s[1], s[2] + 0.5);
      for (const double z : {z_oxygen, -z_oxygen}) {
        add(oxygen, s[0] + half, s[1], s[2] + z);
        oxygens.push_back({s[0] + half, s[1], s[2] + z});
      }
    }
  // The field around an oxygen is the number of nickels next to it.
  const auto axes = cartesian_axes(structure.cell);
  const auto distance = [&](double x, double y, double z) {
    double best = 1e9;
    for (int i = -2; i <= 2; ++i)
      for (int j = -2; j <= 2; ++j)
        for (int k = -1; k <= 1; ++k) {
          const auto v = axes(Fractional<double>{x - std::round(x) + i, y - std::round(y) + j, z - std::round(z) + k});
          best = std::min(best, std::sqrt(dot(v, v)));
        }
    return best;
  };
  const auto nickels = [&](const std::array<double, 3>& o) {
    int count = 0;
    for (const auto& site : structure.sites)
      if (site.species == ni)
        for (int i = -2; i <= 2; ++i)
          for (int j = -2; j <= 2; ++j)
            for (int k = -2; k <= 2; ++k) {
              const auto v = axes(Fractional<double>{site.position.x + i - o[0], site.position.y + j - o[1], site.position.z + k - o[2]});
              if (dot(v, v) < 2.5 * 2.5) ++count;
            }
    return count;
  };
  const auto grid = sampled(structure.cell, {20, 10, 50}, [&](const auto& p) {
    for (const auto& o : oxygens)
      if (distance(p.x - o[0], p.y - o[1], p.z - o[2]) < 1.2) return static_cast<double>(nickels(o));
    return 100.0;
  });

  const auto found = oxygen_layers(grid, structure, 1.0);
  CHECK(found.axis == Miller{0, 0, 1});
  REQUIRE(found.layers.size() == 6);
  double below = -1;
  for (const auto& layer : found.layers) {
    CHECK(layer.height > below);
    below = layer.height;
    CHECK(layer.oxygens == 2);
    CHECK(layer.mean == Approx(1.5).epsilon(1e-12));
    CHECK(layer.maximum == 2);
    REQUIRE(layer.metals.size() == 2);
    CHECK(layer.metals[0].element == ni);
    CHECK(layer.metals[0].bonds == 3);
    CHECK(layer.metals[0].mean == Approx((2 * 2 + 1 * 1) / 3.0).epsilon(1e-12));
    CHECK(layer.metals[1].element == sn);
    CHECK(layer.metals[1].mean == Approx((1 * 2 + 2 * 1) / 3.0).epsilon(1e-12));
  }
  // Planes at ±z and those plus 1/3 and 2/3 of c.
  CHECK(found.layers[0].height == Approx(16.5 * (1.0 / 3 - z_oxygen)).epsilon(1e-12));
  CHECK(found.layers[1].height == Approx(16.5 * z_oxygen).epsilon(1e-12));

  auto other = structure;
  other.cell.c = 16.6;
  CHECK_THROWS_WITH(oxygen_layers(grid, other), doctest::Contains("expected the same"));
  other = structure;
  for (auto& site : other.sites) site.species = na;
  CHECK(oxygen_layers(grid, other).layers.empty());
}

TEST_CASE("volumetric grid: what is no grid is an error") {
  auto grid = noise({2, 3, 4});
  auto bad = grid;
  bad.values.pop_back();
  CHECK_THROWS_WITH(mean(bad), doctest::Contains("2 × 3 × 4 points with 23 values"));
  bad.shape = {0, 3, 4};
  CHECK_THROWS(mean(bad));
  bad.shape = {std::numeric_limits<std::size_t>::max(), 3, 4};
  CHECK_THROWS(mean(bad));
  bad = grid;
  bad.cell.a = 0;
  CHECK_THROWS(integral(bad));
  bad = grid;
  bad.values[5] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(mean(bad), doctest::Contains("not finite"));
  CHECK_THROWS(planar_average(bad, {0, 0, 1}));
  CHECK_THROWS(sphere_average(bad, {0, 0, 0}, 5));
  CHECK_THROWS_WITH(planar_average(grid, {0, 0, 0}), doctest::Contains("(0 0 0)"));
  CHECK_THROWS_WITH(sphere_average(grid, {0.1, 0.1, 0.1}, 0.01), doctest::Contains("no grid point"));
  for (const double radius : {0.0, -1.0, 21.0, std::nan("")}) CHECK_THROWS_WITH(sphere_average(grid, {0, 0, 0}, radius), doctest::Contains("sphere of radius"));
  CHECK_THROWS(value_at(grid, {std::nan(""), 0, 0}));
  CHECK_THROWS(sphere_average(grid, {0, INFINITY, 0}, 1));
}
