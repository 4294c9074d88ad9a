#include <lamella/io/fullprof_pattern.hpp>
#include <lamella/io/gsas_pattern.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of, lamella_test::formats, lamella_test::sum;

namespace {

std::string dat_error(const std::string& text, FullProfFormat format = FullProfFormat::any) {
  return error_of(try_parse_fullprof(text, "a.dat", format));
}

const std::string free_text = "10.0 0.5 12.0 a title\n 5 6 7\n 8 0\n";
const std::string dmc_text = "HRPT\nlambda= 1.494\n 10.0 0.5 11.5 18000., x\n 700. 800. 0. 900.\n 8.1 8.2 7.0 8.4\n Filelist='a 1'\n";
const std::string old_d1a_text = "10.0 0.5 11.5 title\n 1   220 2   214 1   219 4   400\n";
const std::string d1a_text =
    " title\n     100       0   0.050      10       0       0\n  10.000\n  10000.      0.    0.00    0.00\n 1   220 2   214 1   219\n 4   400\n   -1000\n  -10000\n";
const std::string two_axes_text = "title\n Ident: 1\n 1.9 A\n  4  -1.000 100.0  1 100000.0 0.0\n  10.0 0.5 11.5\n 0.8 0.3 0.0 0.7\n 0.58 0.30 0.22 0.53\n";
const std::string xy_text = "XYDATA title\na\nb\nc\nINTER 1.0 10.0 0 0\nTEMP 300.0\n 10.0 100 5\n 10.1 90 4\n";

}  // namespace

TEST_CASE("the layouts of .dat files are told apart and read") {
  const auto free = parse_fullprof(free_text, "a.dat");
  CHECK(free.two_theta == Column{10, 10.5, 11, 11.5, 12});
  CHECK(free.intensity == Column{5, 6, 7, 8, 0});
  CHECK(free.sigma.back() == 1);
  CHECK(parse_fullprof("comment\n! more\n" + free_text, "a.dat").intensity == free.intensity);
  CHECK(parse_fullprof("10.0,0.5,12.0\r\n 5 6 7 8 0\r\n", "a.dat").intensity == free.intensity);

  const auto dmc = parse_fullprof(dmc_text, "a.dat");
  CHECK(dmc.intensity == Column{700, 800, 900});  // 0 was not measured
  CHECK(dmc.two_theta == Column{10, 10.5, 11.5});
  CHECK(dmc.sigma == Column{8.1, 8.2, 8.4});
  CHECK(parse_fullprof(dmc_text, "a.dat", FullProfFormat::dmc).sigma == dmc.sigma);

  const auto old = parse_fullprof(old_d1a_text, "a.dat");
  CHECK(old.intensity == Column{220, 214, 219, 400});
  CHECK(old.sigma == Column{std::sqrt(220.0), std::sqrt(107.0), std::sqrt(219.0), 10});

  const auto d1a = parse_fullprof(d1a_text, "a.dat");
  CHECK(d1a.intensity == old.intensity);
  CHECK(d1a.sigma == old.sigma);
  CHECK(d1a.two_theta == Column{10, 10.05, 10 + 0.05 * 2, 10 + 0.05 * 3});

  const auto axes = parse_fullprof(two_axes_text, "a.dat");
  CHECK(axes.intensity == Column{0.8, 0.3, 0.7});
  CHECK(axes.sigma == Column{0.58, 0.30, 0.53});

  const auto xy = parse_fullprof(xy_text, "a.dat");
  CHECK(xy.intensity == Column{1000, 900});
  CHECK(xy.sigma == Column{50, 40});
}

TEST_CASE("monitors scale the variance") {
  std::string text = d1a_text;
  text.replace(text.find("      0.    0.00"), 16, "   2500.    0.00");
  CHECK(parse_fullprof(text, "a.dat").sigma[3] == doctest::Approx(20));  // sqrt(400/4 · 10000/2500)
  std::string axes = two_axes_text;
  axes.replace(axes.find("  1 100000.0 0.0"), 16, "  0 100000.0 1e5");
  axes.resize(axes.find(" 0.58"));
  CHECK(parse_fullprof(axes, "a.dat").sigma == Column{1, 1, 1});
}

TEST_CASE("points at negative angles are left out") {
  CHECK(parse_fullprof("-1.0 0.5 1.0\n 1 2 3 4 5\n", "a.dat").intensity == Column{4, 5});
}

TEST_CASE("faults of .dat files") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "1: is empty"},
      {"\n\n", "1: is empty"},
      {"words\nonly\n", "1: no line of start, step and stop"},
      {"10 0.5 12\n5 6 7 8\n", "2: 4 of 5 intensities, then the file ends"},
      {"10 0.5 12\n5 6 7 8 9 10\n", "2: more numbers than 5 intensities"},
      {"10 0.5 12\n5 6 7 8 9\n10\n", "3: 1 of 5 sigmas after the intensities"},
      {"10 0.5 12\n5 6 x 8 9\n", "2: \"x\" is not a number, expected 5 intensities"},
      {"10 0.5 12\n5 6 nan 8 9\n", "2: \"nan\" is not finite"},
      {"10 0.5 12\n5 6,5 7 8 9\n", "2: \"6,5\" is not a number"},
      {"10 0.5 12\n5 6 -7 8 9\n", "point 3: negative intensity"},
      {"10 0.000001 100\n5 6\n", "2: 2 of 90000001 intensities"},
      {"10 1e-300 100\n5 6\n", "no line of start, step and stop"},
      {"100 50 250\n5 6 7 8\n", "point 3: angle 200 lies outside"},
      {"10.0 0.5 11.5\n 1   220 1   214 1   219\n", "2: 3 of 4 cells"},
      {"10.0 0.5 11.0\n 1   220 1   214 1   219 1   219\n", "2: more cells than 3"},
      {" t\n     100       0   0.050\n  10.000\n  10000.\n 1   220 2   214\n", "5: the file ends without the intensity -1000"},
      {" t\n     100       0   0.050\n  10.000\n  10000.\n 1   2x0 2   214\n  -1000\n", "5:1: \" 1   2x0\" is not a cell"},
      {"XYDATA\n1\n2\n3\n4\n5\n", "expected XYDATA, five more lines"},
      {"XYDATA\n1\n2\n3\n4\n5\n3001.5 100 5\n3003 90 5\n", "7: abscissa 3001.5 is no angle"},
      {"XYDATA\nINTER 0 1\n2\n3\n4\n5\n30 100 5\n31 90 5\n", "2: factors \"0\" and \"1\" after INTER"},
      {"XYDATA\n1\n2\n3\n4\n5\n30 100 5\n31 90\n", "8: 2 columns, expected angle"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = dat_error(text);
    CAPTURE(error);
    CHECK(contains(error, message));
  }
  CHECK(contains(dat_error(free_text, FullProfFormat::two_axes), "expected three lines of text"));
  CHECK(contains(dat_error(free_text, FullProfFormat::d1a), "expected a title"));
  CHECK(contains(dat_error("a\nb\n" + free_text, FullProfFormat::dmc), "0 of 5 sigmas"));
}

TEST_CASE("damaged .dat files give an error or a sound pattern") {
  for (const auto& text : {free_text, dmc_text, old_d1a_text, d1a_text, two_axes_text, xy_text})
    lamella_test::survives_damage(text, [](const std::string& damaged) { return try_parse_fullprof(damaged, "a.dat"); });
}

TEST_CASE("data: the D1A sum is the round-robin pattern with its counters") {
  const auto p = read_fullprof(formats + "fullprof_ill/cryspy_pbso4.dat");
  const auto plain = read_fullprof(formats + "fullprof_ill/objcryst_neutron-pattern.dat");
  CHECK(p.two_theta == plain.two_theta);
  CHECK(p.intensity == plain.intensity);
  const auto gsas = read_gsas(LAMELLA_DATA_DIR "/powder/std_pbso4_roundrobin/PBSO4.CWN");  // without the last but one
  REQUIRE(gsas.size() + 1 == p.size());
  for (std::size_t i = 0; i + 1 < gsas.size(); ++i) {
    CHECK(p.intensity[i] == gsas.intensity[i]);
    CHECK(p.sigma[i] == gsas.sigma[i]);
  }
}

TEST_CASE("data: PbSO4 X-ray data agree between FullProf and GSAS files within 3 counts") {
  const auto a = read_fullprof(formats + "fullprof_ill/objcryst_xray-pattern.dat");
  const auto b = read_gsas(formats + "gsas/PBSO4.XRA");
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a.intensity[i] - b.intensity[i]));
  CHECK(worst == 3);
}
