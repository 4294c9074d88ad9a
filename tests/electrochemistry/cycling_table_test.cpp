#include <lamella/electrochemistry/cycling_faults.hpp>
#include <lamella/electrochemistry/cycling_table.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

using namespace lamella;

namespace {

/// A cell that is charged from 3 V to 4 V by 10 mA within an hour, and discharged likewise; a record each minute.
CyclingTable triangle() {
  CyclingTable table{.source = "a.csv"};
  for (int i = 0; i <= 120; ++i) {
    const bool charging = i <= 60;
    table.time.push_back(60.0 * i);
    table.voltage.push_back(charging ? 3 + i / 60.0 : 5 - i / 60.0);
    table.current.push_back(charging ? 10 : -10);
  }
  integrate_charge(table);
  return table;
}

std::vector<CyclingFaultKind> kinds(const CyclingTable& table) {
  std::vector<CyclingFaultKind> found;
  for (const CyclingFault& fault : find_faults(table)) {
    CHECK(fault.row >= 1);
    CHECK(fault.row <= table.size());
    CHECK(fault.what.find("expected") != std::string::npos);
    found.push_back(fault.kind);
  }
  return found;
}

using Kinds = std::vector<CyclingFaultKind>;

}  // namespace

TEST_CASE("charge is the integral of the current over time, in mAh") {
  const CyclingTable table = triangle();
  CHECK(table.charge[60] == doctest::Approx(10).epsilon(1e-14));
  CHECK(table.charge[61] == doctest::Approx(10).epsilon(1e-14));  // from +10 to -10 mA
  CHECK(table.charge.back() == doctest::Approx(10 - 59.0 / 60 * 10).epsilon(1e-12));
  CHECK(table.charge_source == ChargeSource::integrated);
}

TEST_CASE("the state between two rows is linear, and there is none outside of them") {
  const CyclingTable table = triangle();
  const auto state = state_at(table, 1830);
  REQUIRE(state);
  CHECK(state->voltage == doctest::Approx(3 + 30.5 / 60).epsilon(1e-14));
  CHECK(state->current == 10);
  CHECK(state->charge == doctest::Approx(30.5 / 60 * 10).epsilon(1e-12));
  REQUIRE(state_at(table, 7200));
  CHECK(state_at(table, 7200)->voltage == 3);
  CHECK_FALSE(state_at(table, 7200.1));
  CHECK_FALSE(state_at(table, -1));
  CHECK_FALSE(state_at(table, std::numeric_limits<double>::quiet_NaN()));
  CHECK_FALSE(state_at(CyclingTable{}, 0));
}

TEST_CASE("of rows at the same time the last says the state") {
  CyclingTable table{.time = {0, 10, 10, 20}, .voltage = {3, 3.1, 3.3, 3.4}, .current = {0, 0, 1, 1}};
  integrate_charge(table);
  CHECK(state_at(table, 10)->voltage == 3.3);
  CHECK(state_at(table, 5)->voltage == doctest::Approx(3.05));
}

TEST_CASE("a sound table has no faults") { CHECK(kinds(triangle()).empty()); }

TEST_CASE("times that go back are named by their rows") {
  CyclingTable table = triangle();
  table.time[70] = table.time[60] - 1;
  const auto faults = find_faults(table);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].kind == CyclingFaultKind::time_goes_back);
  CHECK(faults[0].row == 71);
  CHECK(faults[0].what == "time goes back from 4140 s to 3599 s, expected times in order");
}

TEST_CASE("records that are there twice are named by their rows") {
  CyclingTable table = triangle();
  for (auto* column : {&table.time, &table.voltage, &table.current, &table.charge}) (*column)[5] = (*column)[4];
  const auto faults = find_faults(table);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].kind == CyclingFaultKind::repeated_row);
  CHECK(faults[0].row == 6);
}

TEST_CASE("a current without sign is noticed by the voltage that falls, whichever sign it has") {
  CyclingTable table = triangle();
  for (double& current : table.current) current = 10;
  CHECK(kinds(table) == Kinds{CyclingFaultKind::unsigned_current});
  CHECK(find_faults(table)[0].row > 61);
  for (std::size_t i = 61; i < table.size(); ++i) table.current[i] = 12;
  CHECK(kinds(table) == Kinds{CyclingFaultKind::unsigned_current});
  for (double& current : table.current) current = -current;
  CHECK(kinds(table) == Kinds{CyclingFaultKind::unsigned_current});
}

TEST_CASE("a current that is positive on discharge is noticed") {
  CyclingTable table = triangle();
  for (double& current : table.current) current = -current;
  CHECK(kinds(table) == Kinds{CyclingFaultKind::reversed_current});
}

TEST_CASE("hours for seconds are noticed by the charge counted, and by a charge within seconds") {
  CyclingTable table = triangle();
  for (double& time : table.time) time /= 3600;
  table.charge_source = ChargeSource::counted;
  const auto faults = find_faults(table);
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].kind == CyclingFaultKind::wrong_time_unit);
  CHECK(faults[0].what.find("(hours for seconds?)") != std::string::npos);
  integrate_charge(table);
  CHECK(kinds(table) == Kinds{CyclingFaultKind::wrong_time_unit});
}

TEST_CASE("minutes for seconds, and seconds for hours, are noticed by the charge counted") {
  CyclingTable table = triangle();
  table.charge_source = ChargeSource::counted;
  CyclingTable minutes = table, hours = table;
  for (double& time : minutes.time) time /= 60;
  for (double& time : hours.time) time *= 3600;
  REQUIRE(find_faults(minutes).size() == 1);
  CHECK(find_faults(minutes)[0].what.find("(minutes for seconds?)") != std::string::npos);
  REQUIRE(find_faults(hours).size() == 1);
  CHECK(find_faults(hours)[0].what.find("(seconds for hours?)") != std::string::npos);
}

TEST_CASE("millivolts for volts and tests of decades are impossible") {
  CyclingTable table = triangle();
  for (double& voltage : table.voltage) voltage *= 1000;
  CHECK(kinds(table) == Kinds{CyclingFaultKind::impossible_value});
  table = triangle();
  for (double& time : table.time) time *= 3600 * 24;
  CHECK(kinds(table) == Kinds{CyclingFaultKind::impossible_value});
}

TEST_CASE("columns of different lengths and numbers that are not finite are refused") {
  CyclingTable table = triangle();
  table.current.pop_back();
  CHECK_THROWS_WITH_AS(find_faults(table), "a.csv: cycling table: 120 rows of current, expected 121 as of time", Error);
  table = triangle();
  table.voltage[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(find_faults(table), "a.csv: cycling table, row 4: a number that is not finite", Error);
}
