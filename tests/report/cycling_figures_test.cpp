#include <lamella/core/error.hpp>
#include <lamella/report/cycling_figures.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

using namespace lamella;

namespace {

ChargeCurve line(std::size_t points) {
  ChargeCurve curve;
  for (std::size_t i = 0; i < points; ++i) {
    curve.charge.push_back(static_cast<double>(i) / static_cast<double>(points - 1));
    curve.voltage.push_back(3 + 0.5 * curve.charge.back());
  }
  return curve;
}

std::size_t rows(const nlohmann::json& spec) {
  const auto text = spec["data"]["values"].get<std::string>();
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool contains(const nlohmann::json& spec, const std::string& part) { return spec["data"]["values"].get<std::string>().find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a charge curve keeps its first and last point and no more than 800 between") {
  const auto few = charge_curve_figure({{1, line(11)}}, {100, "mAh/g"});
  CHECK(rows(few) == 11);
  CHECK(contains(few, "\n0,3,1,charge"));
  CHECK(contains(few, "\n100,3.5,1,charge"));
  CHECK(few["encoding"]["x"]["title"] == "charge passed in the half cycle / mAh/g");
  for (const std::size_t points : {799U, 800U, 801U, 1600U, 5001U}) {
    const auto many = charge_curve_figure({{1, line(points)}});
    CHECK(rows(many) <= 802);
    CHECK(rows(many) >= 400);
    CHECK(contains(many, "\n1,3.5,1,charge"));
  }
}

TEST_CASE("dQ/dV of a discharge is drawn below zero, with its peaks and their esds") {
  ShownDifferential shown{2, {}, {}};
  shown.curve.direction = CurrentDirection::discharge;
  shown.curve.voltage = {3, 3.1, 3.2};
  shown.curve.value = {1, 4, 1};
  shown.peaks.push_back({.voltage = {3.1, 0.002}, .height = {4, 0.1}});
  const auto spec = differential_capacity_figure({shown});
  CHECK(rows(spec) == 4);
  CHECK(contains(spec, "\n3.1,-4,2,discharge,\n"));
  CHECK(contains(spec, "\n3.1,-4,2,discharge,3.100(2)"));
  CHECK(spec["encoding"]["color"]["scale"]["domain"] == nlohmann::json::array({2}));
}

TEST_CASE("cycles have a panel of efficiency only where there is one") {
  const HalfCycle charge{.capacity = 2, .energy = 6, .mean_voltage = 3, .mean_current = 1, .duration = 7200};
  HalfCycle discharge = charge;
  discharge.direction = CurrentDirection::discharge;
  discharge.capacity = 1.9;
  const auto both = cycle_figure({{.discharge = discharge}, {.charge = charge, .discharge = discharge}}, {0, 1}, {10, "mAh/g"});
  CHECK(rows(both) == 3);
  CHECK(contains(both, "\n1,charge,20,3,1"));
  REQUIRE(both["vconcat"].size() == 3);
  CHECK(both["vconcat"][1]["data"]["values"] == "cycle,e\n1,95");
  CHECK(cycle_figure({{.charge = charge}}, {1})["vconcat"].size() == 2);
}

TEST_CASE("figures without anything to show are refused") {
  CHECK_THROWS_AS(charge_curve_figure({}), Error);
  CHECK_THROWS_AS(charge_curve_figure({{1, {}}}), Error);
  CHECK_THROWS_AS(differential_capacity_figure({}), Error);
  CHECK_THROWS_AS(cycle_figure({}, {}), Error);
  CHECK_THROWS_AS(cycle_figure({Cycle{}}, {}), Error);
}
