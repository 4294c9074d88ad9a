#include <lamella/io/gsas_pattern.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of, lamella_test::formats;

namespace {

std::string gsas_error(const std::string& text) { return error_of(try_parse_gsas(text, "a.dat")); }

}  // namespace

TEST_CASE("STD: cells of detectors and counts per detector") {
  const auto p = parse_gsas("title\nBANK 1 4 1 CONST 1000 5 0 0 STD\n     100 4   100 1    81 2    50\n", "a.gsas");
  CHECK(p.two_theta == Column{10, 10.05, 10.1, 10.15});
  CHECK(p.intensity == Column{100, 100, 81, 50});
  CHECK(p.sigma == Column{10, 5, 9, 5});
  CHECK(p.source == "a.gsas");
}

TEST_CASE("STD is the data type of a BANK line that names none; CONS is CONST; CR LF and comments are read") {
  for (const char* text : {"t\r\nBANK 1 2 1 CONST 1000 5 0 0\r\n 1   162 1   178\r\n", "# c\nBANK 1 2 1 CONS 1000 5 0 0 STD\n# c\n 1   162 1   178",
                           "t\nInst:x.prm\nBANK 1 2 1 CONST 1000. 5.0\n     162     178\n"}) {
    CAPTURE(std::string(text));
    const auto p = parse_gsas(text, "a.gsas");
    CHECK(p.two_theta == Column{10, 10.05});
    CHECK(p.intensity == Column{162, 178});
  }
}

TEST_CASE("ESD: cells of intensity and sigma; FXYE and FXY: free lines in centidegrees") {
  const auto esd = parse_gsas("t\nBANK 1 3 1 CONST 750 0.4 0 0 ESD\n   345.2    18.3   350.7    18.5   326.4    17.8\n", "a.gda");
  CHECK(esd.intensity == Column{345.2, 350.7, 326.4});
  CHECK(esd.sigma == Column{18.3, 18.5, 17.8});
  CHECK(esd.two_theta[2] == doctest::Approx(7.508).epsilon(1e-12));
  const auto fxye = parse_gsas("t\nBANK 1 2 2 CONS 50 0.1 0 0 FXYE\n 50.5 505.4 32.8\n 50.75 497.1 32.5\n", "a.fxye");
  CHECK(fxye.two_theta == Column{0.505, 0.5075});  // those of the lines, not the steps of the BANK line
  CHECK(fxye.sigma == Column{32.8, 32.5});
  const auto fxy = parse_gsas("t\nBANK 1 2 2 CONST 50 0.1 0 0 FXY\n 50 100\n 50.1 49\n", "a.fxy");
  CHECK(fxy.sigma == Column{10, 7});
}

TEST_CASE("points without weight are left out: zeros, and angles at and below 0") {
  const auto std_zeros =
      parse_gsas("t\nBANK 1 9 1 CONST 1000 10 0 0 STD\n       0       5       0 0     0       7       8       0       0       0       0\n", "a");
  CHECK(std_zeros.intensity == Column{5, 7, 8});
  CHECK(std_zeros.two_theta == Column{10.1, 10.4, 10.5});
  CHECK(parse_gsas("t\nBANK 1 3 3 CONS 50 1 0 0 FXYE\n50 0 1\n51 5 0\n52 6 2\n53 7 2\n54 -3 2\n", "a").intensity == Column{6, 7});
  CHECK(parse_gsas("t\nBANK 1 4 1 CONST -10 10 0 0 STD\n       1       2       3       4\n", "a").two_theta == Column{0.1, 0.2});
}

TEST_CASE("a short bank is accepted where an empty line ends it, cut data are not") {
  const std::string head = "t\nBANK 1 5 1 CONST 1000 5 0 0 STD\n     100     101";
  CHECK(parse_gsas(head + "\n\n", "a").size() == 2);
  CHECK(contains(gsas_error(head + "\n"), "2 of 5 channels, then the data end"));
  CHECK(contains(gsas_error(head), "2 of 5 channels"));
}

TEST_CASE("one of several banks") {
  const std::string two = "t\nBANK 1 2 1 CONST 1000 5 0 0\n       1       2\nBANK 2 2 1 CONST 2000 5 0 0\n       3       4\n";
  CHECK(contains(gsas_error(two), "4: 2 banks, expected one; say which to read"));
  CHECK(parse_gsas(two, "a", 2).intensity == Column{3, 4});
  CHECK(contains(error_of(try_parse_gsas(two, "a.dat", 3)), "bank 3 does not exist, expected 1 to 2"));
}

TEST_CASE("faults of GSAS files") {
  const std::string bank = "t\nBANK 1 2 1 CONST 1000 5 0 0 ";
  const std::pair<std::string, const char*> cases[] = {
      {"", "1: is empty"},
      {"\n \n", "1: no BANK line"},
      {"10 5\n11 6\n", "1: no BANK line, expected a GSAS pattern"},
      {"t\nBANK 1 2 1 SLOG 1 2 3 0 FXYE\n1 2 3\n", "2: binning \"SLOG\" (time of flight or energy dispersive), expected CONST"},
      {"t\nBANK 1 2 1 RALF 1 2 3 0 ALT\n1 2 3\n", "2: binning \"RALF\""},
      {"t\nBANK 1 2 1 CONST 1 2 3 0 ALT\n1 2 3\n", "2: data type ALT (time of flight)"},
      {"t\nBANK 1 2 1 CONST 1 2 3 0 XYZ\n1 2 3\n", "2: data type \"XYZ\", expected STD"},
      {"t\nBANK 1 2\n", "2: BANK line of 3 words, expected \"BANK"},
      {"t\nBANK 1 nan 1 CONST 1 2\n", "2: \"nan\" channels"},
      {"t\nBANK 1 1 1 CONST 1 2\n       5\n", "two channels or more"},
      {"t\nBANK 1 2 1 CONST x 2\n", "2: \"x\" is not a number"},
      {"t\nBANK 1 2 1 CONST 1000 -5\n", "2: start 1000 and step -5 are impossible"},
      {"t\nBANK 1 2 1 CONST 50000 5\n", "2: start 50000"},
      {"t\nBANK 1 999999999 1 CONST 1000 0.001 0 0\n       1       2\n", "2 of 999999999 channels"},
      {bank + "STD\n     1x0     120\n", "3:1: \"     1x0\" is not a cell"},
      {bank + "STD\n100 120\n", "3:1: \"100 120\" is not a cell"},  // not in columns
      {bank + "STD\n     100     nan\n", "3:9:"},
      {bank + "STD\n-1   100     120\n", "3:1: negative number of detectors"},
      {"t\nBANK 1 3 1 CONST 1000 5 0 0 STD\n     100             120\n", "3:9: empty cell in a record"},
      {"t\nBANK 1 12 2 CONST 1000 5 0 0 STD\n     100     120\n     100     120\n", "3: record of fewer cells than 10"},
      {bank + "ESD\n   100.0\n", "3:1: \"   100.0\" is not a cell of eight"},
      {bank + "FXYE\n1000 5\n", "3: 2 columns, expected 3 (centidegrees, intensity, sigma)"},
      {bank + "FXYE\n1000 5 inf\n", "3:8: \"inf\" is not finite"},
      {bank + "FXYE\n1000,5 1 2\n", "3:1: \"1000,5\" is not a number"},
      {bank + "FXYE\n1001 5 1\n1000 5 1\n", "4: angle 10 decreases"},
      {bank + "FXYE\n20000 5 1\n20001 5 1\n", "3: angle 200 lies outside"},
      {bank + "STD\n       0       0\n", "2: no point with an intensity"},
      {bank + "STD\n       0       7\n", "2: a single point with an intensity"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = gsas_error(text);
    CAPTURE(error);
    CHECK(contains(error, message));
  }
}

TEST_CASE("damaged GSAS files give an error or a sound pattern") {
  const auto parse = [](const std::string& text) { return try_parse_gsas(text, "a.dat"); };
  lamella_test::survives_damage("t\nBANK 1 4 1 CONST 1000 5 0 0 STD\n 2   100     120     130       0\n", parse);
  lamella_test::survives_damage("t\nBANK 1 3 1 CONST 750 0.4 0 0 ESD\n   345.2    18.3   350.7    18.5   326.4    17.8\n", parse);
  lamella_test::survives_damage("t\nBANK 1 2 2 CONS 50 0.1 0 0 FXYE\n 50.5 505.4 32.8\n 50.75 497.1 32.5\n", parse);
}

TEST_CASE("data: time of flight in GSAS files is refused") {
  for (const char* name : {"gsas/PG3_17541.gsa", "gsas/gem05984.gss", "gsas/sf6_190gsas.dat"}) {
    CAPTURE(name);
    const auto result = try_read_gsas(formats + name);
    REQUIRE(!result);
    CHECK(contains(result.error().what(), "time of flight"));
  }
}

TEST_CASE("data: the round-robin patterns of PbSO4 and the pattern of NAC") {
  const auto neutron = read_gsas(LAMELLA_DATA_DIR "/powder/std_pbso4_roundrobin/PBSO4.CWN");
  CHECK(neutron.size() == 2919);  // README beside it
  CHECK(neutron.two_theta.back() == doctest::Approx(155.9).epsilon(1e-12));
  CHECK(read_gsas(LAMELLA_DATA_DIR "/powder/std_nac_11bm/11BM_NAC.fxye").size() == 59498);
}
