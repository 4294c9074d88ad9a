#include <lamella/electrochemistry/alkali_content.hpp>
#include <lamella/electrochemistry/cycle_summary.hpp>
#include <lamella/electrochemistry/half_cycles.hpp>
#include <lamella/io/cycling_file.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

using namespace lamella;

namespace {

const std::string data = LAMELLA_DATA_DIR "/electrochem/";

/// Appends a step of constant current (mA) that lasts `seconds` and takes the voltage from `from` to `to` in a straight line.
void add_step(CyclingTable& table, double current, double seconds, double from, double to, int records = 50) {
  const double start = table.size() == 0 ? 0 : table.time.back();
  for (int i = 0; i <= records; ++i) {
    table.time.push_back(start + seconds * i / records);
    table.voltage.push_back(from + (to - from) * i / records);
    table.current.push_back(current);
  }
}

/// Rest, then `cycles` charges of 10 mAh by `current` and discharges of 10 mAh less 0.1 for each cycle, with rests between.
CyclingTable cell(int cycles, double current = 10) {
  CyclingTable table;
  add_step(table, 0, 600, 3, 3);
  for (int i = 0; i < cycles; ++i) {
    add_step(table, current, 36000 / current, 3, 4);
    add_step(table, 0, 60, 3.99, 3.98);
    add_step(table, -current, (36000 - 360 * i) / current, 3.9 - 0.01 * i, 2.9 - 0.01 * i);
    add_step(table, 0, 60, 2.95, 3);
  }
  integrate_charge(table);
  return table;
}

}  // namespace

TEST_CASE("a straight charge has the capacity, energy and mean voltage of its trapezium") {
  const auto halves = half_cycles(cell(1));
  REQUIRE(halves.size() == 2);
  CHECK(halves[0].direction == CurrentDirection::charge);
  CHECK(halves[1].direction == CurrentDirection::discharge);
  for (const HalfCycle& half : halves) {
    CHECK(half.capacity == doctest::Approx(10).epsilon(1e-12));
    CHECK(half.duration == doctest::Approx(3600).epsilon(1e-12));
    CHECK(half.mean_current == doctest::Approx(10).epsilon(1e-12));
  }
  CHECK(halves[0].energy == doctest::Approx(35).epsilon(1e-12));
  CHECK(halves[0].mean_voltage == doctest::Approx(3.5).epsilon(1e-12));
  CHECK(halves[1].mean_voltage == doctest::Approx(3.4).epsilon(1e-12));
  CHECK(halves[0].first == 51);
  CHECK(halves[0].last == 101);
}

TEST_CASE("the mean voltage is weighed by charge, not by time") {
  CyclingTable table;
  add_step(table, 10, 3600, 3, 3);
  add_step(table, 1, 36000, 4, 4);  // the same charge in ten times the time
  integrate_charge(table);
  const auto halves = half_cycles(table);
  REQUIRE(halves.size() == 1);
  CHECK(halves[0].mean_voltage == doctest::Approx(3.5).epsilon(1e-12));
}

TEST_CASE("rests do not divide a half cycle, noise about zero is none") {
  CyclingTable table;
  add_step(table, 10, 1800, 3, 3.5);
  add_step(table, 0, 600, 3.4, 3.4);
  for (std::size_t i = table.size() - 40; i < table.size(); i += 2) table.current[i] = -0.005;
  add_step(table, 10, 1800, 3.5, 4);
  add_step(table, -1e-4, 600, 4, 4);
  integrate_charge(table);
  const auto halves = half_cycles(table);
  REQUIRE(halves.size() == 1);
  CHECK(halves[0].capacity == doctest::Approx(10).epsilon(1e-4));
  CHECK(halves[0].duration == doctest::Approx(3600).epsilon(1e-3));
  CHECK(half_cycles(table, {.rest_current = 1e-5, .smallest = 0}).size() > 1);
}

TEST_CASE("a table without current has no half cycles, rules without sense are refused") {
  CyclingTable table;
  CHECK(half_cycles(table).empty());
  add_step(table, 0, 600, 3, 3);
  integrate_charge(table);
  CHECK(half_cycles(table).empty());
  CHECK_THROWS_AS(half_cycles(table, {.rest_current = -1}), Error);
  CHECK_THROWS_AS(half_cycles(table, {.smallest = 1}), Error);
  CHECK_THROWS_AS(charge_curve(table, HalfCycle{.first = 0, .last = 1000}), Error);
}

TEST_CASE("the curve of a half cycle begins at no charge and leaves rests out") {
  const CyclingTable table = cell(1);
  const auto halves = half_cycles(table);
  const ChargeCurve curve = charge_curve(table, halves[1]);
  REQUIRE(curve.charge.size() == 51);
  CHECK(curve.charge.front() == doctest::Approx(0).epsilon(1e-12));
  CHECK(curve.charge.back() == doctest::Approx(10).epsilon(1e-12));
  CHECK(curve.voltage.front() == 3.9);
  CHECK(curve.voltage.back() == doctest::Approx(2.9));
}

TEST_CASE("a table that ends within a half cycle is noticed by the voltage it had not reached") {
  CyclingTable table;
  for (const double end : {2.9, 3.3}) {
    add_step(table, 10, 3600, 3, 4);
    add_step(table, -10, 3600 * (3.9 - end), 3.9, end);
    integrate_charge(table);
    const auto halves = half_cycles(table);
    CHECK(last_is_unfinished(table, halves) == (end > 3));
  }
  add_step(table, 0, 600, 3.4, 3.5);  // stopped, and kept at rest
  integrate_charge(table);
  CHECK_FALSE(last_is_unfinished(table, half_cycles(table)));
  CHECK_FALSE(last_is_unfinished(table, {}));
}

TEST_CASE("coulombic efficiency is discharge over the charge before it; a first discharge stands alone") {
  CyclingTable table;
  add_step(table, -10, 360, 3, 2);
  add_step(table, 10, 3600, 3, 4);
  add_step(table, -10, 3240, 4, 3);
  add_step(table, 10, 3600, 3, 4);
  integrate_charge(table);
  const auto all = cycles(half_cycles(table));
  REQUIRE(all.size() == 3);
  CHECK_FALSE(all[0].charge);
  CHECK_FALSE(all[0].coulombic_efficiency());
  REQUIRE(all[1].coulombic_efficiency());
  CHECK(*all[1].coulombic_efficiency() == doctest::Approx(0.9).epsilon(1e-9));
  CHECK(*all[1].energy_efficiency() == doctest::Approx(0.9).epsilon(1e-9));
  CHECK_FALSE(all[2].discharge);
  CHECK(*first_full_cycle(all) == 1);
  CHECK_FALSE(retention(all, 2, 1));
  CHECK(*retention(all, 0, 1) == doctest::Approx(1 / 9.0).epsilon(1e-9));
  CHECK_THROWS_AS(retention(all, 3, 1), Error);
}

TEST_CASE("retention and voltage decay of a cell that loses 1 % and 10 mV per cycle") {
  const auto all = cycles(half_cycles(cell(10)));
  REQUIRE(all.size() == 10);
  CHECK(*retention(all, 9, 0) == doctest::Approx(0.91).epsilon(1e-10));
  const auto decay = voltage_decay(all, 0, 9);
  REQUIRE(decay);
  CHECK(decay->per_cycle.value == doctest::Approx(-0.01).epsilon(1e-9));
  CHECK(decay->per_cycle.esd < 1e-9);
  CHECK(decay->start.value == doctest::Approx(3.4).epsilon(1e-9));
  CHECK_FALSE(voltage_decay(all, 0, 1));
  const auto fade = cycle_trend(all, 0, 9, CurrentDirection::discharge, [](const HalfCycle& half) { return half.capacity; });
  CHECK(fade->per_cycle.value == doctest::Approx(-0.1).epsilon(1e-9));
}

TEST_CASE("the esds of a trend are those of ordinary least squares") {
  std::vector<Cycle> all;
  for (const double voltage : {3.0, 3.2, 3.1, 3.5}) all.push_back({.discharge = HalfCycle{.direction = CurrentDirection::discharge, .mean_voltage = voltage}});
  const auto trend = voltage_decay(all, 0, 3);
  REQUIRE(trend);
  // numpy.polyfit([0, 1, 2, 3], …, 1, cov=True) with the covariance scaled by Σr²/(n − 2)
  CHECK(trend->per_cycle.value == doctest::Approx(0.14).epsilon(1e-12));
  CHECK(trend->per_cycle.esd == doctest::Approx(std::sqrt(0.042 / 2 / 5)).epsilon(1e-12));
  CHECK(trend->start.value == doctest::Approx(2.99).epsilon(1e-12));
  CHECK(trend->start.esd == doctest::Approx(std::sqrt(0.042 / 2 * (0.25 + 2.25 / 5))).epsilon(1e-12));
}

TEST_CASE("a rate test gives a step for each current") {
  CyclingTable table = cell(3, 10);
  for (const double current : {50.0, 10.0}) {
    CyclingTable more = cell(2, current);
    const double time = table.time.back();
    for (std::size_t i = 0; i < more.size(); ++i) {
      table.time.push_back(time + more.time[i]);
      table.voltage.push_back(more.voltage[i]);
      table.current.push_back(more.current[i]);
    }
  }
  integrate_charge(table);
  const auto steps = rate_table(cycles(half_cycles(table)));
  REQUIRE(steps.size() == 3);
  CHECK(steps[0].first == 0);
  CHECK(steps[0].last == 2);
  CHECK(steps[0].current == doctest::Approx(10).epsilon(1e-9));
  CHECK(steps[0].capacity.value == doctest::Approx(9.9).epsilon(1e-9));
  CHECK(steps[0].capacity.esd == doctest::Approx(0.1).epsilon(1e-6));
  CHECK(steps[1].current == doctest::Approx(50).epsilon(1e-9));
  CHECK(steps[1].hours == doctest::Approx((10 + 9.9) / 2 / 50).epsilon(1e-9));
  CHECK(steps[2].last == 6);
  CHECK(rate_table({}).empty());
}

TEST_CASE("sodium left in NaCrO2 after half of its charge, and what one sodium is in mAh") {
  // M(NaCrO2) = 22.98977 + 51.9961 + 2·15.999 g/mol; F/3.6 M = 250.6 mAh/g
  const ActiveMaterial material = active_material("NaCrO2"_formula, 8);
  CHECK(charge_per_alkali(material) == doctest::Approx(96485.33212 / 3.6 / 106.984 * 8e-3).epsilon(1e-5));
  CHECK(alkali_content(material, 0) == 1);
  CHECK(alkali_content(material, charge_per_alkali(material) / 2) == doctest::Approx(0.5).epsilon(1e-12));
  CHECK_THROWS_WITH_AS(active_material("NaCrO2"_formula, 0), "active material: mass 0.000000 mg, expected a positive number", Error);
}

TEST_CASE("data: half cycles of the NaCoO2 cell have the capacities, energies and mean voltages of plain numpy") {
  std::ifstream file(data + "cycling_NaCoO2/reference_cycling.json");
  REQUIRE(file.good());
  const auto reference = nlohmann::json::parse(file)["files"]["jdb11-1_c3_NaCoO2_gcpl.csv"]["half_cycles"];
  const CyclingTable table = read_cycling(data + "cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv");
  const auto halves = half_cycles(table);
  REQUIRE(halves.size() == reference.size());
  REQUIRE(halves.size() == 13);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    CAPTURE(i);
    const auto& r = reference[i];
    CHECK(halves[i].capacity == doctest::Approx(r["Q_maxabs_mAh"].get<double>()).epsilon(1e-6));
    CHECK(halves[i].mean_voltage == doctest::Approx(r["mean_voltage_trapz_VdQ_over_Q"].get<double>()).epsilon(1e-6));
    CHECK(halves[i].energy == doctest::Approx(r["energy_mWh"].get<double>()).epsilon(1e-6));
    CHECK((halves[i].direction == CurrentDirection::charge) == (r["Q_last_mAh"].get<double>() > 0));
    CHECK(table.voltage[halves[i].last] == r["V_last"].get<double>());
  }
  const auto all = cycles(halves);
  REQUIRE(all.size() == 7);
  CHECK(*all[1].coulombic_efficiency() == doctest::Approx(0.8528550 / 0.9867814).epsilon(1e-6));
}

TEST_CASE("data: cycles of a measured half cell have the capacities that cellpy sums") {
  // Two files of the same test: raw records, and the summary by cellpy, ampere hours.
  std::ifstream file(data + "cycling_cellpy/20160805_test001_45_cc_summary_by_cellpy.csv");
  REQUIRE(file.good());
  const auto halves = half_cycles(read_cycling(data + "cycling_cellpy/20160805_test001_45_cc_raw.csv"));
  std::vector<double> charges, discharges;
  for (const HalfCycle& half : halves) (half.direction == CurrentDirection::charge ? charges : discharges).push_back(half.capacity);
  std::string line;
  std::getline(file, line);
  std::size_t row = 0;
  while (std::getline(file, line)) {
    std::vector<double> fields;
    for (std::size_t at = 0; at != std::string::npos && fields.size() < 5; at = line.find(',', at) == std::string::npos ? at : line.find(',', at) + 1)
      fields.push_back(std::stod(line.substr(at)));
    CAPTURE(row);
    REQUIRE(row < discharges.size());
    CHECK(discharges[row] == doctest::Approx(1000 * fields[4]).epsilon(1e-6));
    if (row < charges.size()) CHECK(charges[row] == doctest::Approx(1000 * fields[3]).epsilon(1e-6));
    ++row;
  }
  CHECK(row == 18);
}

TEST_CASE("data: charge and discharge of the LNMO cell are those of plain trapezoids") {
  const auto halves = half_cycles(read_cycling(data + "cycling_bdf/DLR__LiLNMOHydra0b__20221125__POCV__25degC__Basytec.bdf.csv"));
  REQUIRE(halves.size() == 3);
  // reference_cycling_misc.json: rows of one sign, with and without the intervals to the rests beside them
  CHECK(halves[0].capacity == doctest::Approx(1.62915463604574e-2).epsilon(1e-3));
  CHECK(halves[1].capacity == doctest::Approx(6.287814237844216).epsilon(1e-6));
  CHECK(halves[2].capacity == doctest::Approx(6.174057979933565).epsilon(1e-6));
}
