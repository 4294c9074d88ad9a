#include <lamella/chemistry/species.hpp>
#include <lamella/core/error.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/zone_axis.hpp>
#include <lamella/report/zone_axis_figure.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>

using namespace lamella;

namespace {

ZonePattern o3_pattern(const LatticeDirection& zone, double d_min) {
  Structure<double> s{"O3", space_group("R-3m"), hexagonal_cell(3.00, 16.53), {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.5}, 1, 0.01},
             {"Ni1", parse_species("Ni3+"), {0, 0, 0}, 1, 0.005},
             {"O1", parse_species("O2-"), {0, 0, 0.26648}, 1, 0.005}};
  ZoneAxisSettings settings;
  settings.zone = zone;
  settings.d_min = d_min;
  return zone_axis_pattern(s, settings);
}

const nlohmann::json& layer(const nlohmann::json& spec, const std::string& name) {
  for (const auto& candidate : spec["layer"])
    if (candidate["name"] == name) return candidate;
  FAIL("no layer " << name);
  return spec;
}

}  // namespace

TEST_CASE("a zone-axis figure shows every spot once, with indices, on a scale that is the same in both directions") {
  const auto pattern = o3_pattern({0, 0, 1}, 0.8);
  const auto spec = zone_axis_figure(pattern);
  const auto& spots = layer(spec, "spots")["data"]["values"];
  REQUIRE(spots.size() == 12);
  CHECK(spec["width"] == spec["height"]);
  const auto& x_domain = spec["encoding"]["x"]["scale"]["domain"];
  CHECK(x_domain == spec["encoding"]["y"]["scale"]["domain"]);
  CHECK(x_domain[0].get<double>() == -x_domain[1].get<double>());
  for (const auto& spot : spots) {
    const double radius = std::hypot(spot["x"].get<double>(), spot["y"].get<double>());
    CHECK(radius < x_domain[1].get<double>());
    CHECK(radius * spot["d"].get<double>() == doctest::Approx(1));
  }
  CHECK(spots[0]["hkl"] == "2 1\u0305 0");  // the reference is first, to the right
  CHECK(spots[0]["y"].get<double>() == doctest::Approx(0));
  CHECK(layer(spec, "indices")["data"]["values"].size() == 12);
  // Two rings, 1.500 Å and 0.866 Å = 1.5 Å/√3.
  CHECK(layer(spec, "rings")["transform"][0]["calculate"] == "[0.666666667, 1.154700538]");
  const auto& rings = layer(spec, "ring_labels")["data"]["values"];
  REQUIRE(rings.size() == 2);
  CHECK(rings[0]["label"] == "1.500 Å");
  CHECK(rings[1]["label"] == "0.866 Å");
  CHECK(spec["description"].get<std::string>().find("[0 0 1]: 12 spots") != std::string::npos);
}

TEST_CASE("a crowded zone-axis figure has the strongest spots labelled and the innermost rings drawn") {
  const auto pattern = o3_pattern({1, 0, 0}, 0.6);
  const auto spec = zone_axis_figure(pattern);
  CHECK(pattern.spots.size() > 100);
  CHECK(layer(spec, "spots")["data"]["values"].size() == pattern.spots.size());
  const auto& labels = layer(spec, "indices")["data"]["values"];
  CHECK(labels.size() >= 40);
  CHECK(labels.size() < 50);  // equivalent spots are labelled together
  CHECK(layer(spec, "ring_labels")["data"]["values"].size() == 8);
  CHECK(layer(spec, "ring_labels")["data"]["values"][0]["label"] == "5.510 Å");
  // No two ring labels on one another.
  const auto& rings = layer(spec, "ring_labels")["data"]["values"];
  for (std::size_t i = 0; i < rings.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      CHECK(std::hypot(rings[i]["x"].get<double>() - rings[j]["x"].get<double>(), rings[i]["y"].get<double>() - rings[j]["y"].get<double>()) > 0.05);
}

TEST_CASE("indices with bars") {
  CHECK(detail::barred({1, -1, 0}) == "1 1\u0305 0");
  CHECK(detail::barred({0, 0, -12}) == "0 0 1\u03052\u0305");
}

#ifdef __cpp_exceptions
TEST_CASE("a pattern without spots is no figure") {
  CHECK_THROWS_WITH_AS(zone_axis_figure(o3_pattern({0, 0, 1}, 2)), "zone-axis figure: the pattern [0 0 1] has no spots", Error);
  auto pattern = o3_pattern({0, 0, 1}, 0.8);
  pattern.spots[0].x = NAN;
  CHECK_THROWS_AS(zone_axis_figure(pattern), Error);
}
#endif
