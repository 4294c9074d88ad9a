#include <lamella/io/uxd.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of;

namespace {

const std::string head =
    "; comment\n_FILEVERSION=2\n_SAMPLE='x=y'\n_GONIOMETER_RADIUS=217.5\n_WL_UNIT='A'\n_WL1=1.540600\n_WL2=1.544390\n"
    "_WLRATIO=0.5\n_ANODE='Cu'\n; (Data for Range number 1)\n_DRIVE='COUPLED'\n_STEPTIME=4.0\n_STEPSIZE=0.1\n_START=10.0\n";

}  // namespace

TEST_CASE("UXD intensities without angles lie on the grid of the header") {
  for (const char* data : {"_COUNTS\n 100 121 144\n 81\n", "_COUNTS\r\n100,121,144\r\n; c\r\n81\r\n", "_counts\n100\n121\n144\n81"}) {
    CAPTURE(std::string(data));
    const auto p = parse_uxd(head + data, "a.uxd");
    CHECK(p.two_theta == Column{10, 10.1, 10 + 0.1 * 2, 10 + 0.1 * 3});
    CHECK(p.intensity == Column{100, 121, 144, 81});
    CHECK(p.sigma == Column{10, 11, 12, 9});
    REQUIRE(p.radiation);
    CHECK(p.radiation->count == 2);
    CHECK(p.radiation->anode == Anode::Cu);
    CHECK(p.radiation->line[1].wavelength == 1.54439);
    CHECK(p.radiation->line[1].weight == 0.5);
    CHECK(p.radius == 217.5);
  }
}

TEST_CASE("UXD rates keep their unit and have the sigma of the counts") {
  const auto p = parse_uxd(head + "_2THETACPS\n10.000 25\n10.100 100\n", "a.uxd");
  CHECK(p.intensity == Column{25, 100});
  CHECK(p.sigma == Column{2.5, 5});  // 100 and 400 counts in 4 s
}

TEST_CASE("UXD counts with times are scaled to the longest") {
  const auto p = parse_uxd(head + "_2THETACOUNTSTIME\n10.0 100 1\n10.1 400 4\n", "a.uxd");
  CHECK(p.intensity == Column{400, 400});
  CHECK(p.sigma == Column{40, 20});
}

TEST_CASE("UXD angles of few digits give way to the grid of the header where they agree with it") {
  std::string fine = head;
  fine.replace(fine.find("0.1\n"), 3, "0.0156");
  CHECK(parse_uxd(fine + "_2THETACOUNTS\n10.00 1\n10.02 2\n10.03 3\n", "a").two_theta == Column{10, 10.0156, 10 + 0.0156 * 2});
  CHECK(parse_uxd(fine + "_2THETACOUNTS\n10.00 1\n10.02 2\n10.05 3\n", "a").two_theta == Column{10, 10.02, 10.05});
  CHECK(parse_uxd("_FILEVERSION=2\n_2THETACOUNTS\n10.00 1\n10.02 2\n", "a").two_theta == Column{10, 10.02});
}

TEST_CASE("one of several UXD ranges, each with what the header before it says") {
  const std::string two = head + "_COUNTS\n1 2\n; range 2\n_DRIVE='COUPLED'\n_START=40\n_COUNTS\n3 4\n";
  CHECK(contains(error_of(try_parse_uxd(two, "a.dat")), "20: 2 ranges, expected one; say which to read"));
  CHECK(parse_uxd(two, "a", 1).two_theta == Column{10, 10.1});
  CHECK(parse_uxd(two, "a", 2).two_theta == Column{40, 40.1});
  CHECK(parse_uxd(two, "a", 2).intensity == Column{3, 4});
  CHECK(contains(error_of(try_parse_uxd(two, "a.dat", 3)), "range 3 does not exist, expected 1 to 2"));
}

TEST_CASE("faults of UXD files") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "1: is empty"},
      {"_FILEVERSION=2\n", "1: no line _COUNTS"},
      {head + "_COUNTS\n", "16: no point with an intensity"},
      {head + "_COUNTS\n5\n", "16: a single point"},
      {head + "_COUNTS\n5 x\n", "16: \"x\" is not a number, expected intensities"},
      {head + "_COUNTS\n5 nan\n", "16: \"nan\" is not finite"},
      {head + "_2THETACOUNTS\n10 5\n11\n", "17: 1 numbers, expected a multiple of 2"},
      {head + "_2THETACOUNTS\n10 5\n9 5\n", "point 2: angle 9 decreases"},
      {head + "_STEPCOUNT=3\n_COUNTS\n5 6\n", "2 intensities, expected the 3 of _STEPCOUNT"},
      {"_FILEVERSION=2\n_COUNTS\n5 6\n", "2: no _START and positive _STEPSIZE"},
      {"_FILEVERSION=2\n5 6\n_COUNTS\n5 6\n", "2: \"5 6\" before a line that names the columns"},
      {"_FILEVERSION=2\n_DRIVE='THETA'\n_START=1\n_STEPSIZE=1\n_COUNTS\n5 6\n", "2: scan of \"THETA\", expected a scan of 2theta"},
      {"_FILEVERSION=2\n_STEPTIME=0\n_START=1\n_STEPSIZE=1\n_CPS\n5 6\n", "2: _STEPTIME 0, expected a positive"},
      {"_FILEVERSION=2\n_NONSENSE\n_COUNTS\n5 6\n", "2: \"_NONSENSE\" has no value"},
      {head + "_2THETACOUNTSTIME\n10 5 0\n11 5 1\n", "point 1: time 0"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = error_of(try_parse_uxd(text, "a.dat"));
    CAPTURE(error);
    CHECK(contains(error, message));
  }
}

TEST_CASE("damaged UXD files give an error or a sound pattern") {
  for (const char* data : {"_COUNTS\n 100 121\n", "_2THETACPS\n10.0 25\n10.1 100\n", "_2THETACOUNTSTIME\n10.0 100 1\n10.1 400 4\n"})
    lamella_test::survives_damage("_WL1=1.54\n_STEPTIME=4\n_STEPSIZE=0.1\n_START=10\n" + std::string(data),
                                  [](const std::string& text) { return try_parse_uxd(text, "a.dat"); });
}
