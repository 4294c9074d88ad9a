#include <lamella/io/pattern_file.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "pattern_checks.hpp"
#include "scratch_folder.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of, lamella_test::formats;

namespace {

const std::pair<PatternFormat, std::string> samples[] = {
    {PatternFormat::gsas, "t\nBANK 1 2 1 CONST 1000 100 0 0 STD\n       5       7\n"},
    {PatternFormat::uxd, "; c\n_FILEVERSION=2\n_START=10\n_STEPSIZE=1\n_COUNTS\n5 7\n"},
    {PatternFormat::ras, "*RAS_DATA_START\n*RAS_HEADER_START\n*RAS_HEADER_END\n*RAS_INT_START\n10 5 1\n11 7 1\n*RAS_INT_END\n"},
    {PatternFormat::pdcif, "# c\ndata_a\nloop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n10 5\n11 7\n"},
    {PatternFormat::xrdml,
     "<?xml version=\"1.0\"?><xrdMeasurements><xrdMeasurement><scan><dataPoints><positions axis=\"2Theta\"><startPosition>10</startPosition>"
     "<endPosition>11</endPosition></positions><counts>5 7</counts></dataPoints></scan></xrdMeasurement></xrdMeasurements>"},
    {PatternFormat::fullprof, "XYDATA\n1\n2\n3\n4\n5\n10 5\n11 7\n"},
};

}  // namespace

TEST_CASE("the content tells the format, whatever the name") {
  for (const auto& [format, text] : samples)
    for (const char* name : {"a.dat", "a.raw", "a.xy", "a"}) {
      CAPTURE(text);
      CHECK(marked_pattern_format(text) == format);
      CHECK(marked_pattern_format("\xEF\xBB\xBF" + text) == format);
      const auto p = try_parse_pattern(name, text);
      if (!p) FAIL_CHECK(std::string(p.error().what()));
      if (!p) continue;
      CHECK(p.value().two_theta == Column{10, 11});
      CHECK(p.value().intensity == Column{5, 7});
      CHECK(p.value().source == name);
    }
  CHECK(to_string(PatternFormat::fullprof) == "FullProf/ILL");
}

TEST_CASE("text without a mark is columns, else FullProf/ILL") {
  for (const char* text : {"10 5\n11 7\n", "10 5 2\n11 7 2\n", "10 1 11\n5 7\n", "title\n10 1 11 x\n5 7\n"}) {
    CAPTURE(std::string(text));
    CHECK(!marked_pattern_format(text));
    CHECK(try_parse_pattern("a.dat", text).value().intensity == Column{5, 7});
  }
  CHECK(contains(error_of(try_parse_pattern("a.dat", "no\nnumbers\n")),
                 "is no powder pattern: not XRDML, BRML, RAS, RASX, RAW, UXD, CIF or GSAS; as columns, line 1: no data in 2 lines"));
  CHECK(contains(error_of(try_parse_pattern("a.dat", "no\nnumbers\n")), "as FullProf/ILL, line 1: no line of start"));
  CHECK(contains(error_of(try_parse_pattern("a.dat", "")), "is empty"));
  // A name that promises columns is held to it.
  CHECK(contains(try_parse_pattern("a.xy", "10 5 2\n11 7 2\n").error().what(), "three columns in an xy file"));
  CHECK(contains(try_parse_pattern("a.xye", "no\n").error().what(), "a.xye:1: no data"));
}

TEST_CASE("patterns are read from files") {
  const lamella_test::ScratchFolder folder;
  CHECK(read_pattern(folder.file("x.gsas", samples[0].second)).intensity == Column{5, 7});
  CHECK(contains(try_read_pattern(folder.path / "absent.raw").error().what(), "no such file"));
}

TEST_CASE("data: patterns of every format are found by their content") {
  // Points, as other programs count them (reference files) less those without weight.
  const std::pair<const char*, std::size_t> files[] = {
      {"patternformats/bruker/TiOF.brml", 2469},          {"patternformats/rigaku/rigaku_zno_counts.rasx", 7001},
      {"patternformats/bruker/TiO2.raw", 1647},            {"patternformats/gsas/LaB6_Jan2018.raw", 3040},
      {"patternformats/bruker/BT86_.UXD", 2374},           {"patternformats/bruker/D5000_1.xy", 3651},
      {"patternformats/fullprof_ill/PSI_DMC.dat", 3198},   {"patternformats/fullprof_ill/cryspy_FeMn39_20.dat", 1267},
      {"patternformats/fullprof_ill/cryspy_pbso4.dat", 2920}, {"patternformats/gsas/Cr2WO6_T4K.dat", 1749},
      {"patternformats/gsas/garnet.raw", 2679},            {"patternformats/gsas/PBSO4.XRA", 6001},
      {"patternformats/pdcif/1517474.cif", 2963},          {"patternformats/rigaku/rigaku_nims.ras", 3501},
      {"patternformats/panalytical/210520step1_30min.xrdml", 4489}, {"patternformats/xy/qarr_cpd-1a.prn", 7251},
      {"patternformats/xye/example_mythen.dat", 730},      {"patternformats/xy/210520step1_30min_panalytical.csv", 4489},
      {"patternformats/xy/xylib_pesa_CR.txt", 41},         {"powder/std_pbso4_roundrobin/ed-16_pbso4_lab_xray.dat", 3601},
  };
  for (const auto& [name, points] : files) {
    CAPTURE(name);
    const auto p = try_read_pattern(LAMELLA_DATA_DIR "/" + std::string(name));
    if (!p) FAIL_CHECK(std::string(p.error().what()));
    if (p) CHECK(p.value().size() == points);
  }
}

TEST_CASE("data: what is no pattern of constant wavelength is refused") {
  for (const char* name : {"other/ExampleChiPlot.chi", "xy/xylib_with_commas.txt", "xye/wish_ncaf_5_6_tof.xye", "rigaku/rxylib_ExampleRigaku.dat",
                           "fullprof_ill/cryspy_cecual_tof.dat", "gsas/PG3_17541.gsa", "panalytical/rietx_panalytical_powder.xrdml.json"}) {
    CAPTURE(name);
    const auto p = try_read_pattern(formats + name);
    REQUIRE(!p);
    CHECK(contains(p.error().what(), "expected"));
  }
}
