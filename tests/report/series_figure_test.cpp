#include <lamella/core/error.hpp>
#include <lamella/report/intensity_map.hpp>
#include <lamella/report/series_figure.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace lamella;

namespace {

PowderPattern flat(std::vector<double> two_theta, double intensity) {
  PowderPattern p;
  p.two_theta = std::move(two_theta);
  p.intensity.assign(p.two_theta.size(), intensity);
  p.sigma.assign(p.two_theta.size(), 1.0);
  return p;
}

}  // namespace

TEST_CASE("a map of intensities holds means over bins of angle and over neighbouring patterns") {
  const auto binned = binned_intensity(flat({10, 10.4, 11.5, 13.0, 14}, 6), {10, 14}, 4);
  CHECK(binned[0] == 6);
  CHECK(binned[1] == 6);
  CHECK(std::isnan(binned[2]));
  CHECK(binned[3] == 6);  // the last edge belongs to the last bin

  IntensityMap map({10, 14}, 5, 4, 2);  // five patterns in at most two columns: three each
  CHECK(map.columns() == 2);
  CHECK(map.patterns_per_column() == 3);
  map.add(0, std::vector<double>{1, 2, NAN, 4});
  map.add(2, std::vector<double>{3, 2, NAN, 4});
  map.add(4, std::vector<double>{7, 7, 7, 7});
  map.add(99, std::vector<double>{1e9, 1e9, 1e9, 1e9});
  CHECK(map.at(0, 0) == 2);
  CHECK(map.at(0, 3) == 4);
  CHECK(std::isnan(map.at(0, 2)));
  CHECK(map.at(1, 2) == 7);
  CHECK_THROWS_AS(IntensityMap({14, 10}, 5), Error);
  CHECK_THROWS_AS(IntensityMap({10, 14}, 0), Error);
}

TEST_CASE("the figure of a series has a view for the map, the stretches and each panel with values, all over the same patterns") {
  SeriesPlot plot{.patterns = 3, .map = IntensityMap({10, 14}, 3, 4)};
  for (std::size_t i = 0; i < 3; ++i) plot.map->add(i, std::vector<double>{1, 2, 3, 4});
  plot.panels = {{"a / Å", {{"O3", {Measured{2.97, 0.001}, std::nullopt, Measured{2.98, 0.001}}}}}, {"none", {{"O3", {std::nullopt, std::nullopt, std::nullopt}}}}};
  plot.stretches = {{0, 2, "solid solution"}};
  const auto spec = series_figure(plot);
  REQUIRE(spec["vconcat"].size() == 3);
  for (const auto& view : spec["vconcat"])
    for (const auto& layer : view["layer"]) CHECK(layer["encoding"]["x"]["scale"]["domain"] == nlohmann::json({0.5, 3.5}));
  const std::string rows = spec["data"]["values"];
  CHECK(rows == "x,v0\n1,\"2.9700(10)\"\n2,\n3,\"2.9800(10)\"");
  const std::string curve = spec["vconcat"][2]["layer"][0]["data"]["values"];
  CHECK(curve == "x,name,v,low,high,run\n1,\"O3\",2.97,2.969,2.971,1\n3,\"O3\",2.98,2.979,2.981,2");
}

TEST_CASE("the figure of a series refuses numbers that are not finite, curves of another length, and nothing") {
  CHECK_THROWS_WITH_AS(series_figure({}), "figure of a series: no patterns, expected one or more", Error);
  CHECK_THROWS_AS(series_figure({.patterns = 2}), Error);
  CHECK_THROWS_WITH_AS(series_figure({.patterns = 2, .panels = {{"a / Å", {{"O3", {Measured{1, 0}}}}}}}),
                       "figure of a series: 'a / Å' has 1 values, expected one per pattern: 2", Error);
  CHECK_THROWS_AS(series_figure({.patterns = 1, .panels = {{"a / Å", {{"O3", {Measured{NAN, 0}}}}}}}), Error);
  CHECK_THROWS_AS(series_figure({.patterns = 2, .panels = {{"a", {{"", {Measured{1, 0}, Measured{1, 0}}}}}}, .stretches = {{1, 2, "x"}}}), Error);
}
