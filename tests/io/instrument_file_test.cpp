#include <lamella/io/instrument_json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>

#include "pattern_checks.hpp"
#include "scratch_folder.hpp"

using namespace lamella;
using lamella_test::contains, lamella_test::error_of;

namespace {

const double per_square = 8 * std::log(2.0) * 1e-4;

const std::string lab_prm =
    "            123456789012345678901234567890\r\n"
    "INS   BANK      1\r\n"
    "INS   HTYPE   PXCR\r\n"
    "INS  1 IRAD     3\r\n"
    "INS  1 ICONS  1.540500  1.544300      -5.0         0       0.7    0       0.5\r\n"
    "INS  1PRCF1     3    8      0.01\r\n"
    "INS  1PRCF11   2.000000E+00  -2.000000E+00   5.000000E+00   0.100000E+00\r\n"
    "INS  1PRCF12   0.300000E+01   0.400000E+01   0.100000E-01   0.200000E-01\r\n";

const std::string lab_instprm =
    "#GSAS-II instrument parameter file; do not add/delete items!\n"
    "Type:PXC;Bank:1\nLam1:1.5405;Lam2:1.5443\nI(L2)/I(L1):0.5\nZero:-0.05\nPolariz.:0.7\nU:2.1;V:-1.9;W:5.1\nX:3.0;Y:4.0;Z:0.0\n"
    "SH/L:0.03\nAzimuth:0.0\nSource:CuKa\nDiff-type:Bragg-Brentano\nGonio. radius:217.5\nInstrName:lab 1\n"
    "CorrectionCode:'''# text\nmore : text\n'''\n";

std::string instrument_error(const std::string& text) { return error_of(try_parse_gsas_instrument(text, "a.dat")); }

/// `text` with one of its parts replaced.
std::string with(std::string text, const std::string& part, const std::string& other) {
  const auto at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), other);
}

}  // namespace

TEST_CASE("instrument parameters of GSAS") {
  const auto s = parse_gsas_instrument(lab_prm, "lab.prm");
  CHECK(s.source == "lab.prm");
  CHECK(s.radiation.probe == Probe::x_rays);
  CHECK(s.radiation.count == 2);
  CHECK(s.radiation.line[0].wavelength == 1.5405);
  CHECK(s.radiation.line[1].wavelength == 1.5443);
  CHECK(s.radiation.line[1].weight == 0.5);
  CHECK(s.radiation.anode == Anode::Cu);
  CHECK(s.geometry == Geometry::bragg_brentano);
  CHECK(!s.radius);
  CHECK(s.polarisation == doctest::Approx(0.3 / 0.7));
  CHECK(s.instrument.zero == doctest::Approx(-0.05));
  CHECK(s.instrument.U == doctest::Approx(per_square * 2.1));
  CHECK(s.instrument.V == doctest::Approx(per_square * -2));
  CHECK(s.instrument.W == doctest::Approx(per_square * 5.1));
  CHECK(s.instrument.X == doctest::Approx(0.04));
  CHECK(s.instrument.Y == doctest::Approx(0.03));
  CHECK(s.instrument.asymmetry == doctest::Approx(0.015));
  CHECK(s.diffractometer().radius == Diffractometer{}.radius);
  CHECK(s.diffractometer(173).radius == 173);
  CHECK(s.diffractometer().polarisation == s.polarisation);
  // IPOLA 1: POLA is cos² of the monochromator.
  CHECK(parse_gsas_instrument(with(lab_prm, "0.7    0", "0.8    1"), "a").polarisation == 0.8);
}

TEST_CASE("other profiles of GSAS") {
  const std::string second = with(lab_prm, "INS  1PRCF1     3", "INS  1PRCF1     2");  // GU GV GW LX; LY …
  const auto s = parse_gsas_instrument(second, "a");
  CHECK(s.instrument.U == doctest::Approx(per_square * 2));
  CHECK(s.instrument.Y == doctest::Approx(0.001));
  CHECK(s.instrument.X == doctest::Approx(0.03));
  CHECK(s.instrument.asymmetry == 0);
  const std::string fourth = with(lab_prm, "INS  1PRCF1     3", "INS  1PRCF1     4") +
                             "INS  1PRCF13   0.000000E+00   0.100000E-01   0.200000E-01\r\n";
  const auto f = parse_gsas_instrument(fourth, "a");
  CHECK(f.instrument.Y == doctest::Approx(0.03));
  CHECK(f.instrument.X == 0);
  CHECK(f.instrument.asymmetry == doctest::Approx(0.015));
  // The first profile of type 3 goes before others, wherever it stands.
  const std::string both = lab_prm + "INS  1PRCF2     1    4      0.01\nINS  1PRCF21   9.0 9.0 9.0 0\n";
  CHECK(parse_gsas_instrument(both, "a").instrument.U == doctest::Approx(per_square * 2.1));
  const std::string one_profile = with(with(with(lab_prm, "PRCF1 ", "PRCF  "), "PRCF11", "PRCF 1"), "PRCF12", "PRCF 2");
  CHECK(parse_gsas_instrument(one_profile, "a").instrument.asymmetry == doctest::Approx(0.015));
}

TEST_CASE("instrument parameters of GSAS-II are those of GSAS in other words") {
  const auto a = parse_gsas_instrument(lab_prm, "a"), b = parse_gsas_instrument(lab_instprm, "b");
  CHECK(b.instrument.U == doctest::Approx(a.instrument.U));
  CHECK(b.instrument.V == doctest::Approx(per_square * -1.9));
  CHECK(b.instrument.W == doctest::Approx(a.instrument.W));
  CHECK(b.instrument.X == doctest::Approx(a.instrument.X));
  CHECK(b.instrument.Y == doctest::Approx(a.instrument.Y));
  CHECK(b.instrument.asymmetry == doctest::Approx(a.instrument.asymmetry));
  CHECK(b.instrument.zero == doctest::Approx(a.instrument.zero));
  CHECK(b.polarisation == doctest::Approx(a.polarisation));
  CHECK(b.radiation.anode == Anode::Cu);
  CHECK(b.radiation.count == 2);
  CHECK(b.radius == 217.5);
  CHECK(b.name == "lab 1");
  const auto neutrons =
      parse_gsas_instrument("#GSAS-II instrument parameter file\nType:PNC\nLam:1.54\nU:27.0\nV:-27.0\nW:27.0\nX:0.0\nY:5.0\nSH/L:0.002\n", "n");
  CHECK(neutrons.radiation.probe == Probe::neutrons);
  CHECK(neutrons.radiation.count == 1);
  CHECK(neutrons.geometry == Geometry::debye_scherrer);
  CHECK(neutrons.instrument.X == doctest::Approx(0.05));
}

TEST_CASE("banks of instrument files") {
  const std::string two = "#Bank 1: GSAS-II instrument parameter file; do not add/delete items!\n  Type:PXC\n  Lam:1.5\n  U:1\n  V:0\n  W:1\n"
                          "#Bank 2: GSAS-II instrument parameter file; do not add/delete items!\n  Type:PXC\n  Lam:1.6\n  U:1\n  V:0\n  W:1\n";
  CHECK(parse_gsas_instrument(two, "a").radiation.line[0].wavelength == 1.5);
  CHECK(parse_gsas_instrument(two, "a", 2).radiation.line[0].wavelength == 1.6);
  CHECK(contains(error_of(try_parse_gsas_instrument(two, "a.dat", 3)), "no bank 3"));
  CHECK(contains(error_of(try_parse_gsas_instrument(lab_prm, "a.dat", 2)), "no INS 2 ICONS"));
}

TEST_CASE("faults of GSAS instrument files") {
  const std::pair<std::string, const char*> cases[] = {
      {"", "no line that begins with INS"},
      {"hello\n", "no line that begins with INS"},
      {with(lab_prm, "PXCR", "PNTR"), "3: histogram type \"PNTR\", expected PXC or PNC"},
      {with(lab_prm, "INS   HTYPE", "INS   HTYPX"), "1: no INS HTYPE"},
      {with(lab_prm, "1.540500  1.544300", "x.540500  1.544300"), "5: \"x.540500\" is not a number"},
      {with(lab_prm, "1.540500  1.544300", "0.000000  1.544300"), "5: wavelengths 0 and"},
      {with(lab_prm, "IRAD     3", "IRAD    33"), "4: IRAD \"33\", expected 0 to 7"},
      {with(lab_prm, "0.7    0", "7.7    0"), "5: POLA 7.7, expected"},
      {with(lab_prm, "PRCF1     3", "PRCF1     9"), "1: no profile of type 1, 2, 3 or 4"},
      {with(lab_prm, "-2.000000E+00", "-2.0000000+00"), "7: \"-2.0000000+00\" is not a number"},
      {with(lab_prm, "-2.000000E+00", "-2.000000E+09"), "5: Gaussian widths"},
      {with(lab_prm, "0.200000E-01", "9.200000E+01"), "5: asymmetry"},
      {with(lab_instprm, "Type:PXC", "Type:PNT"), "2: type \"PNT\", expected PXC or PNC"},
      {with(lab_instprm, "Type:PXC;", ""), "1: no Type"},
      {with(lab_instprm, "U:2.1", "U:two"), "7: \"two\" is not a number, expected one for U"},
      {with(lab_instprm, "U:2.1;", ""), "1: no U"},
      {with(lab_instprm, "U:2.1", "U2.1"), "7: \"U2.1;V:-1.9"},
      {with(lab_instprm, "Z:0.0", "Z:1.5"), "8: Z 1.5, expected 0"},
      {with(lab_instprm, "Lam1:1.5405", "Lam1:nan"), "3: \"nan\" is not a number"},
      {with(lab_instprm, "radius:217.5", "radius:-1"), "radius -1, expected"},
      {with(lab_instprm, "Bragg-Brentano", "Guinier"), "Diff-type \"Guinier\""},
      {with(lab_instprm, "more : text\n'''\n", "more\n"), "text opened by ''' is not closed"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = instrument_error(text);
    CAPTURE(error);
    CHECK(contains(error, message));
  }
}

TEST_CASE("instrument files in JSON are written and read again") {
  const lamella_test::ScratchFolder folder;
  InstrumentSettings s = parse_gsas_instrument(lab_instprm, "x");
  s.instrument.displacement = -0.073;
  s.instrument.roughness.depth = 0.2;
  write_instrument_json(folder.path / "lab.json", s);
  const auto r = read_instrument(folder.path / "lab.json");
  CHECK(r.name == s.name);
  CHECK(r.radius == s.radius);
  CHECK(r.geometry == s.geometry);
  CHECK(r.polarisation == s.polarisation);
  CHECK(r.radiation.probe == s.radiation.probe);
  CHECK(r.radiation.count == 2);
  CHECK(r.radiation.anode == Anode::Cu);
  CHECK(r.radiation.line[1].wavelength == s.radiation.line[1].wavelength);
  CHECK(r.radiation.line[1].weight == 0.5);
  CHECK(r.instrument.U == s.instrument.U);
  CHECK(r.instrument.displacement == -0.073);
  CHECK(r.instrument.roughness.depth == 0.2);
  CHECK(r.instrument.asymmetry == s.instrument.asymmetry);
  CHECK(to_json(r) == to_json(s));
  CHECK(contains(r.source, "lab.json"));

  CHECK(read_instrument(folder.file("a.prm", lab_prm)).radiation.count == 2);
  CHECK(read_instrument(folder.file("a.instprm", lab_instprm)).name == "lab 1");
  CHECK(contains(try_read_instrument(folder.file("x", "no\n")).error().what(), "not JSON, GSAS-II"));
  CHECK(contains(try_read_instrument(folder.file("y", " \n")).error().what(), "is empty, expected an instrument file"));
  CHECK(!try_write_instrument_json(folder.path / "no" / "such" / "folder.json", s));
}

TEST_CASE("a short JSON file is enough; what is missing has its usual value") {
  const auto s = parse_instrument_json(R"({"schema": 1, "wavelengths": [{"wavelength": 0.5}], "parameters": {"W": 0.01}})", "a");
  CHECK(s.radiation.count == 1);
  CHECK(s.radiation.line[0].weight == 1);
  CHECK(s.instrument.W == 0.01);
  CHECK(s.instrument.U == 0);
  CHECK(s.polarisation == 1);
  CHECK(!s.radius);
}

TEST_CASE("faults of JSON instrument files") {
  const std::string good = R"({"schema": 1, "wavelengths": [{"wavelength": 0.5}]})";
  const std::pair<std::string, const char*> cases[] = {
      {"", "not valid JSON"},
      {"{\"schema\": 1,\n\"wavelengths\": [{]}\n", "2: not valid JSON"},
      {"[1]", "not a JSON object"},
      {"{}", "schema is not 1"},
      {with(good, "1", "2"), "schema is not 1"},
      {with(good, "{\"schema\"", "{\"radios\": 4, \"schema\""), "unknown key \"radios\", expected schema"},
      {R"({"schema": 1})", "no list of one or two wavelengths"},
      {with(good, "0.5", "\"0.5\""), "wavelength 1, expected"},
      {with(good, "0.5", "500"), "wavelength 1, expected"},
      {with(good, "0.5}", "0.5}, {\"wavelength\": 0.6}"), "wavelength 2, expected"},
      {with(good, "]", "], \"probe\": \"electrons\""), "probe \"electrons\""},
      {with(good, "]", "], \"anode\": \"W\""), "anode \"W\""},
      {with(good, "]", "], \"geometry\": \"guinier\""), "geometry \"guinier\", expected bragg-brentano or"},
      {with(good, "]", "], \"radius\": -5"), "radius, expected a positive number"},
      {with(good, "]", "], \"polarisation\": 200"), "polarisation, expected"},
      {with(good, "]", "], \"name\": 2"), "name is no text"},
      {with(good, "]", "], \"parameters\": 2"), "parameters is no object"},
      {with(good, "]", "], \"parameters\": {\"u\": 2}"), "unknown parameter \"u\", expected zero, displacement, U"},
      {with(good, "]", "], \"parameters\": {\"U\": null}"), "U is no number"},
      {with(good, "]", "], \"parameters\": {\"U\": 1e9}"), "U is no number"},
      {with(good, "]", "], \"parameters\": {\"asymmetry\": -0.5}"), "asymmetry -0.5"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const auto result = try_parse_instrument_json(text, "a.dat");
    REQUIRE(!result);
    const std::string error = error_of(result);
    CAPTURE(error);
    CHECK(contains(error, message));
  }
}

TEST_CASE("damaged instrument files give an error or sound settings") {
  const auto sound = [](const Result<InstrumentSettings>& result) {
    if (!result) {
      error_of(result);
      return;
    }
    const InstrumentSettings& s = result.value();
    bool good = s.radiation.count >= 1 && s.polarisation >= 0 && std::isfinite(s.polarisation);
    for (const auto& line : s.radiation.lines()) good = good && line.wavelength > 0.001 && line.wavelength < 1000 && line.weight > 0;
    for (const double x : {s.instrument.zero, s.instrument.U, s.instrument.V, s.instrument.W, s.instrument.X, s.instrument.Y,
                           s.instrument.asymmetry})
      good = good && std::isfinite(x);
    CHECK(good);
  };
  const std::string json = to_json(parse_gsas_instrument(lab_instprm, "x")).dump();
  for (const auto& text : {lab_prm, lab_instprm, json})
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string cut = text.substr(0, i);
      for (const char c : {'\0', '9', 'e', ';', ':', '"', '\xff'}) {
        std::string damaged = text;
        damaged[i] = c;
        sound(try_parse_gsas_instrument(damaged, "a.dat"));
        sound(try_parse_instrument_json(damaged, "a.dat"));
      }
      sound(try_parse_gsas_instrument(cut, "a.dat"));
      sound(try_parse_instrument_json(cut, "a.dat"));
    }
}

TEST_CASE("data: instrument files of the tutorials") {
  const std::string powder = LAMELLA_DATA_DIR "/powder/";
  // Wavelengths, zero, polarisation and widths are those of the files' own text; GSAS-II's importer reads U, V, W, zero alike.
  const auto x = read_instrument(powder + "std_pbso4_roundrobin/INST_XRY.PRM");
  CHECK(x.radiation.line[0].wavelength == 1.5405);
  CHECK(x.radiation.count == 2);
  CHECK(x.radiation.anode == Anode::Cu);
  CHECK(x.polarisation == doctest::Approx(0.3 / 0.7));
  CHECK(x.instrument.asymmetry == doctest::Approx(0.015));
  CHECK(x.instrument.W == doctest::Approx(per_square * 5.1));
  const auto n = read_instrument(powder + "std_pbso4_roundrobin/inst_d1a.prm");
  CHECK(n.radiation.probe == Probe::neutrons);
  CHECK(n.radiation.line[0].wavelength == 1.909);
  CHECK(n.instrument.zero == doctest::Approx(-0.001));
  CHECK(n.instrument.U == doctest::Approx(per_square * 354.031));
  CHECK(n.geometry == Geometry::debye_scherrer);
  const auto s = read_instrument(powder + "std_nac_11bm/11bm_gsas.prm");
  CHECK(s.radiation.line[0].wavelength == 0.413909);
  CHECK(s.radiation.count == 1);
  CHECK(!s.radiation.anode);
  CHECK(s.polarisation == doctest::Approx(0.01 / 0.99));
  CHECK(s.name == "APS11BM");
  CHECK(s.instrument.Y == doctest::Approx(0.00173));
  CHECK(s.instrument.asymmetry == doctest::Approx(0.0011));
}
