#include <lamella/core/error.hpp>
#include <lamella/report/hop_figure.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace lamella;

namespace {

HopNetwork network() {
  HopNetwork n;
  Hop low, high, direct;
  low.kind = high.kind = HopKind::tetrahedral;
  low.barrier = 0.5;
  low.profile = {{0, 0}, {1, 0.5}, {2, 0}};
  high.barrier = 0.7;
  high.profile = {{0, 0}, {1.1, 0.7}, {2.2, 0}};
  direct.kind = HopKind::dumbbell;
  direct.barrier = 1.25;
  direct.profile = {{0, 0}, {0.9, 1.25}, {1.8, 0}};
  n.hops = {low, high, direct};
  return n;
}

}  // namespace

TEST_CASE("a figure of hops has every point of the lowest hop of each kind") {
  const auto spec = hop_figure(network());
  const auto& points = spec["data"]["values"];
  REQUIRE(points.size() == 6);
  CHECK(points[1]["hop"] == "TSH, 0.500 eV");
  CHECK(points[1]["distance"] == 1.0);
  CHECK(points[1]["energy"] == 0.5);
  CHECK(points[4]["hop"] == "ODH, 1.250 eV");
  CHECK(points[4]["energy"] == 1.25);
  CHECK(spec["encoding"]["x"]["title"] == "distance along the path / Å");
  CHECK(spec["encoding"]["y"]["title"] == "energy above the site / eV");
  CHECK(spec["description"] == "Energy along 2 kinds of hops");
}

TEST_CASE("hops without a figure") {
  CHECK_THROWS_AS((void)hop_figure({}), Error);
  auto broken = network();
  broken.hops[0].profile[1].energy = NAN;
  CHECK_THROWS_AS((void)hop_figure(broken), Error);
}
