#include <lamella/io/rigaku_ras.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of;

namespace {

std::string ras(const std::string& header, const std::string& data) {
  return "*RAS_DATA_START\n*RAS_HEADER_START\n*FILE_SAMPLE \"a \"b\" c\"\n*HW_XG_TARGET_NAME \"Cu\"\n*HW_XG_WAVE_LENGTH_ALPHA1 \"1.540593\"\n"
         "*HW_XG_WAVE_LENGTH_ALPHA2 \"1.544414\"\n*HW_XG_WAVE_LENGTH_BETA \"1.392246\"\n*MEAS_SCAN_AXIS_X \"TwoThetaTheta\"\n" +
         header + "*RAS_HEADER_END\n*RAS_INT_START\n" + data + "*RAS_INT_END\n*RAS_DATA_END\n";
}

std::string ras_error(const std::string& text) { return error_of(try_parse_ras(text, "a.dat")); }

}  // namespace

TEST_CASE("RAS: angle, intensity and attenuation factor") {
  const auto p = parse_ras(ras("*MEAS_SCAN_UNIT_Y \"counts\"\n*MEAS_COND_XG_WAVE_TYPE \"Ka\"\n*MEAS_DATA_COUNT \"3\"\n",
                               "10.0 100 1.0\n10.1 49 10.0\n10.2 0 1.0\n"),
                           "a.ras");
  CHECK(p.two_theta == Column{10, 10.1, 10.2});
  CHECK(p.intensity == Column{100, 490, 0});
  CHECK(p.sigma == Column{10, 70, 1});
  REQUIRE(p.radiation);
  CHECK(p.radiation->count == 2);
  CHECK(p.radiation->anode == Anode::Cu);
  CHECK(p.radiation->line[0].wavelength == 1.540593);
  CHECK(p.radiation->line[1].weight == 0.5);
  CHECK(parse_ras(ras("", "10 100\n10.1 81\n"), "a").sigma == Column{10, 9});
  CHECK(parse_ras(ras("", "10 100 0\n10.1 81 0.0\n"), "a").intensity == Column{100, 81});  // some write no factor as 0
}

TEST_CASE("RAS: lines of the tube as the wave type says") {
  CHECK(parse_ras(ras("*MEAS_COND_XG_WAVE_TYPE \"Ka1\"\n", "10 100\n10.1 81\n"), "a").radiation->count == 1);
  const auto beta = parse_ras(ras("*MEAS_COND_XG_WAVE_TYPE \"Kb\"\n", "10 100\n10.1 81\n"), "a").radiation;
  CHECK(beta->count == 1);
  CHECK(beta->line[0].wavelength == 1.392246);
}

TEST_CASE("RAS: rates keep their unit and have the sigma of the counts") {
  const std::string unit = "*MEAS_SCAN_UNIT_Y \"cps\"\n*MEAS_SCAN_STEP \"0.5\"\n*MEAS_SCAN_SPEED \"2.0\"\n";
  const auto p = parse_ras(ras(unit, "10 100\n10.5 60\n"), "a");  // 15 s a step
  CHECK(p.intensity == Column{100, 60});
  CHECK(p.sigma == Column{std::sqrt(1500.0) / 15, 2});
  CHECK(parse_ras(ras(unit + "*MEAS_SCAN_SPEED_UNIT \"deg/min\"\n", "10 100\n10.5 60\n"), "a").sigma == p.sigma);
  CHECK(parse_ras(ras(unit + "*MEAS_SCAN_SPEED_UNIT \"sec\"\n", "10 100\n10.5 50\n"), "a").sigma[1] == 5);
}

TEST_CASE("RAS: commented points count and are left out; a file may end after its last point") {
  const std::string header = "*MEAS_DATA_COUNT \"3.000\"\n";
  CHECK(parse_ras(ras(header, "10 100\n#10.1 100\n10.2 81\n"), "a").two_theta == Column{10, 10.2});
  const std::string whole = ras(header, "10 100\n10.1 100\n10.2 81\n");
  CHECK(parse_ras(whole.substr(0, whole.find("*RAS_INT_END")), "a").size() == 3);
  CHECK(contains(ras_error(whole.substr(0, whole.find("10.2"))), "2 points, expected the 3"));
  const std::string uncounted = ras("", "10 100\n10.1 100\n10.2 81\n");
  CHECK(contains(ras_error(uncounted.substr(0, uncounted.find("10.2"))), "the file ends among the data, expected *RAS_INT_END"));
}

TEST_CASE("faults of RAS files") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "1: is empty"},
      {"10 5\n", "1: no *RAS_INT_START"},
      {ras("", ""), "no point with an intensity"},
      {ras("", "10 5\n11\n"), "12: 1 columns"},
      {ras("", "10 5 1 1\n"), "11: 4 columns"},
      {ras("", "10 5 1\n11 5 -1\n"), "12: attenuation factor -1"},
      {ras("", "10 x\n"), "11: \"x\" is not a number"},
      {ras("", "10 nan\n"), "11: \"nan\" is not finite"},
      {ras("", "10,0 5\n"), "11: \"10,0\" is not a number"},
      {ras("", "10 5\n9 5\n"), "12: angle 9 decreases"},
      {ras("", "10 5\n*RAS_HEADER_START\n"), "12: \"*RAS_HEADER_START\" among the data"},
      {ras("*MEAS_SCAN_AXIS_X \"Omega\"\n", "10 5\n11 5\n"), "11: scan of \"Omega\""},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = ras_error(text);
    CAPTURE(error);
    CHECK(contains(error, message));
  }
}

TEST_CASE("damaged RAS files give an error or a sound pattern") {
  lamella_test::survives_damage(
      "*RAS_DATA_START\n*RAS_HEADER_START\n*MEAS_SCAN_UNIT_Y \"cps\"\n*MEAS_SCAN_STEP \"0.1\"\n*MEAS_SCAN_SPEED \"2\"\n*MEAS_DATA_COUNT \"3\"\n"
      "*RAS_HEADER_END\n*RAS_INT_START\n10.0 100 1.0\n10.1 49 10.0\n10.2 0 1.0\n*RAS_INT_END\n*RAS_DATA_END\n",
      [](const std::string& text) { return try_parse_ras(text, "a.dat"); });
}
