#include <lamella/core/error.hpp>
#include <lamella/io/series_json.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace lamella;
using nlohmann::json;

namespace {

SeriesCheckpoint sample() {
  SeriesCheckpoint c;
  c.done = 7;
  c.free = {"O3.cell.a", "pattern.zero"};
  c.started = true;
  c.zero_for_displacement = true;
  c.start.parameters = {0.1, 1.0 / 3, -1e-300};
  c.last_good = {{{0.1 + 0.2, 5e-324, 1e300}, {2.5}}, 0.0789, 1.236, "scan 7", {true, false}, {false, true}, 6.25, {{"O3.cell.a", "pattern.zero"}, {1.0 / 3, -0.1}, {0.1, -1e-17, -1e-17, 5e-324}}};
  c.turn = c.last_good;
  c.doubtful = {0.2, 3, "scan 3"};
  c.model.parameters = {1, 2, 3};
  c.listed.parameters = {3, 2, 1};
  c.angles = std::numeric_limits<std::uint64_t>::max();
  c.counts = (1ULL << 53) + 1;  // no double
  c.first_angle = 10.02;
  c.last_angle = 80;
  c.points = 4000;
  c.counts_source = "scan 7";
  return c;
}

}  // namespace

TEST_CASE("a checkpoint reads back to the last bit, through text") {
  const auto c = sample();
  CHECK(checkpoint_from(json::parse(to_json(c).dump()), "j") == c);
  auto without = c;
  without.turn.reset();
  without.last_good.carried = {};
  CHECK_FALSE(to_json(without)["last_good"].contains("carried"));
  CHECK(checkpoint_from(json::parse(to_json(without).dump()), "j") == without);
}

TEST_CASE("JSON that is no checkpoint is one error with the place") {
  const json good = to_json(sample());
  const auto error_of = [](const json& j) -> std::string {
    try {
      (void)checkpoint_from(j, "j");
    } catch (const Error& e) {
      return e.what();
    }
    return "read";
  };
  for (const auto& [key, value] : good.items()) {
    if (key == "turn") continue;  // may be absent
    CAPTURE(key);
    json bad = good;
    bad.erase(key);
    CHECK(error_of(bad) == "j: checkpoint: no \"" + key + "\", expected it");
    bad[key] = json::array({json::array()});
    CHECK(error_of(bad).starts_with("j: checkpoint." + key));
  }
  CHECK(error_of(json::array()).starts_with("j: checkpoint: is no object"));
  json bad = good;
  bad["angles"] = "12x";
  CHECK(error_of(bad) == "j: checkpoint.angles: expected a whole number as text");
  bad = good;
  bad["last_good"]["carried"]["covariance"].erase(0);
  CHECK(error_of(bad) == "j: checkpoint.last_good.carried: expected a value for each name, and a covariance for each two");
  bad["last_good"]["carried"].erase("values");
  CHECK(error_of(bad) == "j: checkpoint.last_good.carried: no \"values\", expected it");
}

TEST_CASE("what a pattern said of its phases reads back the same") {
  SeriesObservation o;
  o.index = 3;
  o.usable = true;
  o.Rwp = 0.1;
  o.GoF = 1.0 / 3;
  PhaseObservation p;
  p.present = true;
  p.a = {2.97, 1e-4};
  p.c = {15.96, 1e-3};
  p.volume = {121.9, 0.01};
  p.weight_fraction = {0.75, 0.01};
  p.layers = Derived<2>{{2.1, 3.2}, {{{1e-4, -0.9e-4}, {-0.9e-4, 1e-4}}}};
  p.alkali = Measured{0.8, 0.02};
  o.phases = {p, PhaseObservation{}};
  const auto read = observation_from(json::parse(to_json(o).dump()), "j");
  CHECK(to_json(read) == to_json(o));
  CHECK(read.phases[0].layers->covariance[1][0] == -0.9e-4);
  CHECK(read.phases[0].alkali->esd == 0.02);
  CHECK_FALSE(read.phases[1].layers.has_value());
  json bad = to_json(o);
  bad["phases"][0]["a"] = json::array({1});
  CHECK_THROWS_WITH_AS(observation_from(bad, "j"), "j: observation.phases[0].a: expected a value and its esd", Error);
}
