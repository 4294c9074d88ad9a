#include <lamella/crystal/neighbour_search.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace lamella;

TEST_CASE("neighbours are those of a sum over all images, whatever the cell") {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> anywhere(-1.5, 2.5);
  for (const auto& cell :
       {UnitCell<double>{2.9, 2.9, 16.2, 90, 90, 120}, UnitCell<double>{3, 4, 5, 70, 80, 100},
        UnitCell<double>{25, 11, 14, 90, 110, 90}, UnitCell<double>{4, 4, 4, 60, 60, 60}}) {
    std::vector<Fractional<double>> points(40);
    for (auto& p : points) p = {anywhere(random), anywhere(random), anywhere(random)};
    points.push_back({0, 0, 0});
    points.push_back({-1, 1, 2});
    const auto axes = cartesian_axes(cell);
    for (const double reach : {0.1, 2.5, 6.0}) {
      const NeighbourSearch search(cell, points, reach);
      for (const Fractional<double> centre :
           {points[3], points[41], Fractional<double>{0.999999999, -2.25, 7}}) {
        struct Found {
          std::size_t point;
          std::array<int, 3> translation;
          auto operator<=>(const Found&) const = default;
        };
        std::vector<Found> found, expected;
        search.around(centre, [&](const Neighbour& n) {
          found.push_back({n.point, n.translation});
          const auto& q = points[n.point];
          const auto v = axes({q.x + n.translation[0] - centre.x, q.y + n.translation[1] - centre.y,
                               q.z + n.translation[2] - centre.z});
          CHECK(dot(v, v) == doctest::Approx(n.squared_distance).epsilon(1e-9));
        });
        for (std::size_t i = 0; i < points.size(); ++i) {
          const auto& q = points[i];
          const int x0 = static_cast<int>(std::round(centre.x - q.x)),
                    y0 = static_cast<int>(std::round(centre.y - q.y)),
                    z0 = static_cast<int>(std::round(centre.z - q.z));
          for (int x = x0 - 5; x <= x0 + 5; ++x)
            for (int y = y0 - 5; y <= y0 + 5; ++y)
              for (int z = z0 - 5; z <= z0 + 5; ++z) {
                const auto v = axes({q.x + x - centre.x, q.y + y - centre.y, q.z + z - centre.z});
                if (dot(v, v) <= reach * reach) expected.push_back({i, {x, y, z}});
              }
        }
        std::sort(found.begin(), found.end());
        std::sort(expected.begin(), expected.end());
        CHECK(found == expected);
      }
    }
  }
}

TEST_CASE("searches that make no sense are refused") {
  const std::vector<Fractional<double>> one{{0, 0, 0}};
  CHECK_THROWS_AS(NeighbourSearch({3, 3, 3, 90, 90, 90}, one, 0), Error);
  CHECK_THROWS_AS(NeighbourSearch({3, 3, 3, 90, 90, 90}, one, std::nan("")), Error);
  CHECK_THROWS_AS(NeighbourSearch({1e-3, 1e-3, 1e-3, 90, 90, 90}, one, 6), Error);
  CHECK_THROWS_AS(NeighbourSearch({3, 3, 3, 90, 90, 400}, one, 6), Error);
  CHECK_THROWS_AS(
      NeighbourSearch({3, 3, 3, 90, 90, 90}, std::vector<Fractional<double>>{{0, std::nan(""), 0}}, 6),
      Error);
  CHECK_THROWS_AS(
      NeighbourSearch({3, 3, 3, 90, 90, 90}, one, 6).around({0, 0, 1e300}, [](const Neighbour&) {}), Error);
  NeighbourSearch({3, 3, 3, 90, 90, 90}, {}, 6).around({0, 0, 0}, [](const Neighbour&) { CHECK(false); });
}
