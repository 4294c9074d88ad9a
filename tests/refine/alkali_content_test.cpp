// The alkali content three ways, by hand and on made runs, and how well they close.
#include <lamella/chemistry/formula.hpp>
#include <lamella/refine/alkali_content.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "made_record.hpp"

using namespace lamella;
using lamella_test::made_record, lamella_test::MadeRun, lamella_test::Random;

namespace {

template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("content from charge: 117 mAh/g of the HE composition are 0.502 Na") {
  const auto layers = partition(parse_formula("NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"));
  const auto cathode = CathodeCharge::of(layers, {10, 0.1});
  CHECK(cathode.start.value == 1);
  const Measured x = alkali_from_charge(cathode, 1.17);  // 10 mg
  CHECK(x.value == doctest::Approx(1 - 0.502).scale(0).epsilon(0.001));
  CHECK(x.esd == doctest::Approx(0.502 * 0.01).scale(0).epsilon(0.001));
  CHECK(alkali_from_charge(cathode, 0).esd == 0);
  CHECK(alkali_from_charge(cathode, -0.1).value > 1);
  // M(NaTMO2) − M(Na), from the molar masses of the elements.
  CHECK(host_mass(layers) == doctest::Approx(molar_mass(layers.slab) + 2 * 15.999).scale(0).epsilon(1e-6));
  CHECK_THROWS_AS(alkali_from_charge({}, 1), Error);
  CHECK_THROWS_AS(alkali_from_charge(cathode, std::numeric_limits<double>::infinity()), Error);
}

TEST_CASE("content from the c axis: linear between samples, with the esds of both, and nothing beyond") {
  const AlkaliCalibration calibration({{16.4, {0.8, 0.01}}, {16.0, {1.0, 0.01}}, {16.6, {0.75, 0.02}}});
  const auto x = calibration.alkali({16.1, 0.02});
  REQUIRE(x);
  CHECK(x->value == doctest::Approx(0.95).scale(0));
  CHECK(x->esd == doctest::Approx(std::sqrt(0.01 * 0.01 + 0.0075 * 0.0075 + 0.0025 * 0.0025)).scale(0));
  CHECK(calibration.alkali({16.5, 0})->value == doctest::Approx(0.775).scale(0));
  CHECK(calibration.alkali({16.6, 0})->value == doctest::Approx(0.75).scale(0));
  CHECK(calibration.alkali({16.61, 0.01})->value == doctest::Approx(0.75).scale(0));
  CHECK_FALSE(calibration.alkali({16.7, 0.01}));
  CHECK_FALSE(calibration.alkali({std::numeric_limits<double>::quiet_NaN(), 0.01}));
  CHECK(message_of([] { AlkaliCalibration(std::vector<AlkaliCalibration::Sample>{{16, {1, 0}}}); }) == "calibration of alkali by c: 1 samples, expected two or more");
  CHECK(message_of([] { AlkaliCalibration({{16, {1, 0}}, {16.4, {0.8, 0}}, {16.5, {0.9, 0}}}); }) ==
        "calibration of alkali by c: between 16.4 and 16.5 Å: expected a content that rises or falls with c throughout");
  CHECK_FALSE(message_of([] { AlkaliCalibration({{16, {1, 0}}, {16, {0.8, 0}}}); }).empty());
}

TEST_CASE("two phases at the limits of their ranges: the lever rule with formula units, not weights") {
  // 0.4 of the weight in units of 100 + 0.75·23 = 117.25, 0.6 in units of 100 + 0.60·23 = 113.8 g/mol.
  SeriesRecord record{.phases = {{.name = "O3", .host_mass = 100}, {.name = "P3", .host_mass = 100}}, .patterns = {{.index = 0, .usable = true}}};
  record.patterns[0].phases = {{.present = true, .weight_fraction = {0.4, 0.01}}, {.present = true, .weight_fraction = {0.6, 0.01}}};
  AlkaliSources sources{.coexisting = {Measured{0.75, 0.002}, Measured{0.60, 0.004}}, .alkali_mass = 23};
  const auto content = alkali_contents(record, sources)[0];
  const double o3 = 0.4 / 117.25, p3 = 0.6 / 113.8, share = o3 / (o3 + p3);
  REQUIRE(content.weighted);
  CHECK(content.weighted->value == doctest::Approx(share * 0.75 + (1 - share) * 0.60).scale(0).epsilon(1e-12));
  // The fractions err together: dx = 0.15 dw, here by formula units to 0.1 %.
  CHECK(content.weighted->esd == doctest::Approx(std::sqrt(std::pow(0.15 * 0.01, 2) + std::pow(share * 0.002, 2) + std::pow((1 - share) * 0.004, 2))).scale(0).epsilon(0.01));
  CHECK_FALSE(content.charge);
  CHECK_FALSE(content.occupancy);
}

TEST_CASE("a made run closes within its esds, and a wrong mass shows") {
  Random random(12);
  const MadeRun run;
  auto record = made_record(run, random);
  CathodeCharge cathode{.start = {1, 0.002}, .active_mass = {10, 0.05}, .capacity_per_alkali = 240};
  for (std::size_t i = 0; i < record.patterns.size(); ++i) {
    auto& pattern = record.patterns[i];
    pattern.charge = (1 - run.x(static_cast<double>(i))) * 10e-3 * 240;
    pattern.x.reset();
  }
  // The c axes that the run was made with.
  AlkaliSources sources{.charge = cathode,
                        .calibration = {AlkaliCalibration({{run.c(false, 1.00), {1.00, 0.001}}, {run.c(false, 0.75), {0.75, 0.001}}}),
                                        AlkaliCalibration({{run.c(true, 0.60), {0.60, 0.001}}, {run.c(true, 0.40), {0.40, 0.001}}})},
                        .coexisting = {Measured{0.75, 0.001}, Measured{0.60, 0.001}}};
  const auto contents = alkali_contents(record, sources);
  const auto agrees = closure(record, contents, &AlkaliContent::charge, &AlkaliContent::weighted);
  REQUIRE(agrees);
  CHECK(agrees->patterns > 190);
  CHECK(std::abs(agrees->mean.value) < agrees->mean.esd);
  CHECK(agrees->scatter < 0.003);
  CHECK(std::abs(agrees->worst_difference.value) < 4 * agrees->worst_difference.esd);
  CHECK_FALSE(closure(record, alkali_contents(record, {.charge = cathode}), &AlkaliContent::charge, &AlkaliContent::weighted));

  sources.charge->active_mass = {8, 0.05};  // two milligrams too few: too much alkali seems to leave
  const auto off = closure(record, alkali_contents(record, sources), &AlkaliContent::charge, &AlkaliContent::occupancy);
  REQUIRE(off);
  CHECK(off->mean.value < -5 * off->mean.esd);
  CHECK(std::abs(static_cast<double>(off->worst) - 99.5) < 60);  // near the end of charge

  take_contents(record, contents);
  CHECK(record.patterns[50].x->value == contents[50].charge->value);
}

TEST_CASE("unusable patterns, fractions and contents that are no numbers have no content; wrong sources are refused") {
  Random random(2);
  auto record = made_record({.patterns = 20}, random);
  record.patterns[3].usable = false;
  record.patterns[4].phases[0].weight_fraction.value = std::numeric_limits<double>::quiet_NaN();
  for (auto& pattern : record.patterns)
    for (auto& phase : pattern.phases) phase.alkali = Measured{0.8, 0.01};
  record.patterns[5].phases[0].alkali = Measured{1e300, 1};
  const auto contents = alkali_contents(record, {});
  CHECK_FALSE(contents[3].occupancy);
  CHECK_FALSE(contents[4].occupancy);
  CHECK_FALSE(contents[5].occupancy);
  REQUIRE(contents[2].occupancy);
  CHECK(contents[2].occupancy->value == doctest::Approx(0.8).scale(0));
  CHECK(contents[2].weighted->value == doctest::Approx(0.8).scale(0));
  AlkaliSources wrong;
  wrong.coexisting.resize(3);
  CHECK_THROWS_WITH_AS(alkali_contents(record, wrong), "alkali content: 3 phases in the sources, expected 2", Error);
  CHECK_THROWS_AS(take_contents(record, {}), Error);
}
