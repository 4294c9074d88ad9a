// What a series says, as JSON: keys, units and nulls, from a made run.
#include <lamella/io/series_analysis_json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "../refine/made_record.hpp"

using namespace lamella;
using lamella_test::made_record, lamella_test::MadeRun, lamella_test::Random;

TEST_CASE("intervals with their mechanism, evidence and transition, in indices of patterns") {
  Random random(3);
  const MadeRun run;
  auto record = made_record(run, random);
  for (auto& pattern : record.patterns) pattern.index += 1000;
  const auto list = to_json(record, mechanisms(record));
  REQUIRE(list.size() >= 5);
  CHECK(list.front()["first"] == 1000);
  CHECK(list.back()["last"] == 1199);
  int reactions = 0;
  for (const auto& interval : list) {
    CHECK(interval["evidence"].get<std::string>().starts_with(interval["mechanism"].get<std::string>() + ": "));
    for (const auto& bend : interval["bends"]) CHECK(bend > interval["first"]);
    CHECK(interval["models"]["two-phase"]["BIC"].is_number());
    if (interval["mechanism"] != "two-phase") {
      CHECK(interval["transition"].is_null());
      continue;
    }
    if (++reactions > 1) continue;
    CHECK(interval["transition"]["from"] == "O3");
    CHECK(interval["transition"]["to"] == "P3");
    CHECK(std::abs(interval["transition"]["start"]["value"].get<double>() - 1000 - run.place_of(run.begins)) < 2);
  }
  CHECK(reactions == 2);
  CHECK(to_json(SeriesRecord{}, std::vector<SeriesInterval>{}) == nlohmann::json::array());
}

TEST_CASE("functions as tables against x with units, one per phase that has them") {
  Random random(5);
  const auto functions = phase_functions(made_record(MadeRun{}, random));
  const auto reference = default_strain_reference(functions);
  REQUIRE(reference);
  CHECK(reference->phase == 0);
  CHECK(reference->x == functions[0].upper());
  const auto out = to_json(functions, reference, 11);
  CHECK(out["omega"].size() == 2);
  CHECK(out["slab"].empty());
  const auto& omega = out["omega"][0];
  CHECK(omega["phase"] == "O3");
  CHECK(omega["unit"] == "Å³ per alkali");
  REQUIRE(omega["x"].size() == 11);
  CHECK(omega["value"][4].get<double>() == partial_molar_volume(functions[0], omega["x"][4]).value);
  CHECK(omega["esd"][4].get<double>() == partial_molar_volume(functions[0], omega["x"][4]).esd);
  const auto& strain = out["eigenstrain"][0];
  CHECK(strain["reference"]["phase"] == "O3");
  CHECK(strain["a"]["value"].back() == 0.0);
  CHECK(strain["c"]["esd"].size() == 11);
  CHECK(out["volume"][1]["value"][0].get<double>() == (*functions[1].volume)(functions[1].volume->lower()).value);
  CHECK_FALSE(out["volume"][1].contains("slope"));
  CHECK_FALSE(default_strain_reference({}));
  CHECK(to_json(std::vector<PhaseFunctions>{}, std::nullopt)["omega"].empty());
  CHECK_THROWS_AS(to_json(functions, reference, 1), Error);
  CHECK_THROWS_AS(to_json(functions, StrainReference{5, 1}), Error);
  CHECK_THROWS_AS(to_json(functions, StrainReference{0, 0.2}), Error);
}

TEST_CASE("contents and their closure; what is not known is null") {
  CHECK(to_json(AlkaliContent{.charge = Measured{0.5, 0.01}}).dump() == R"({"charge":{"esd":0.01,"value":0.5},"occupancy":null,"weighted":null})");
  CHECK(to_json(std::optional<AlkaliClosure>{}).is_null());
  const auto closed = to_json(std::optional(AlkaliClosure{.patterns = 3, .mean = {0.01, 0.005}, .scatter = 0.002, .worst = 7, .worst_difference = {0.02, 0}}));
  CHECK(closed["worst"]["index"] == 7);
  CHECK(closed["worst"]["difference"]["esd"].is_null());
  CHECK(closed["mean"]["value"] == 0.01);
}
