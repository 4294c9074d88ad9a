#include <lamella/io/powder.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <locale>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scratch_folder.hpp"

using namespace lamella;
using lamella_test::ScratchFolder;
namespace fs = std::filesystem;

namespace {

using Column = std::vector<double>;

/// The message of the error that `text` gives, without the name of the source.
std::string error_of(std::string_view text, PowderFormat format = PowderFormat::columns) {
  const auto result = try_parse_powder(text, "a.xy", format);
  if (result) return "no error";
  const std::string message = result.error().what();
  REQUIRE(message.starts_with("a.xy:"));
  CHECK(message.find('\n') == std::string::npos);
  return message.substr(5);
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("two columns are angles and counts with the sigma of Poisson counting") {
  const auto p = parse_powder("10 100\n10.02 0\n10.04 0.25\n10.06 2\n", "a.xy");
  CHECK(p.two_theta == Column{10, 10.02, 10.04, 10.06});
  CHECK(p.intensity == Column{100, 0, 0.25, 2});
  CHECK(p.sigma == Column{10, 1, 1, std::sqrt(2.0)});
  CHECK(p.source == "a.xy");
  CHECK(!p.radiation);
  CHECK(!p.radius);
}

TEST_CASE("a third column is the sigma") {
  const auto p = parse_powder("10 100 7\n10.02 0 0.5\n", "a.xye", PowderFormat::xye);
  CHECK(p.intensity == Column{100, 0});
  CHECK(p.sigma == Column{7, 0.5});
  CHECK(parse_powder("10 100 7\n10.02 0 0.5\n", "a.dat").sigma == Column{7, 0.5});
}

TEST_CASE("blanks, tabs, commas and semicolons separate; every kind of line end ends a line") {
  const Column angles{10, 10.5, 11};
  const Column counts{5, 6, 7};
  for (const char* text :
       {"10 5\n10.5 6\n11 7\n", "10\t5\n10.5\t6\n11\t7\n", "  10   5 \n 10.5 \t 6\n11 7",
        "10,5\n10.5,6\n11,7\n", "10 , 5\n10.5 ,6\n11, 7\n", "10;5\n10.5; 6\n11 ;7",
        "10 5\r\n10.5 6\r\n11 7\r\n", "10 5\r10.5 6\r11 7\r",
        "\xEF\xBB\xBF"
        "10 5\n10.5 6\n11 7\n",
        "10 5\n\n10.5 6\n   \n11 7\n\n\n", "10 5\n10.5 6\r\n11 7\f\n\f\n",
        "+10 +5\n10.5e0 6.\n1.1E+01 .7e1\n", "10.0000000000000000000 5\n0.105E2 6\n1100e-2 7"}) {
    CAPTURE(std::string(text));
    const auto result = try_parse_powder(text, "a.dat");
    if (!result) FAIL_CHECK(std::string(result.error().what()));
    if (!result) continue;
    CHECK(result.value().two_theta == angles);
    CHECK(result.value().intensity == counts);
  }
}

TEST_CASE("comments are left out wherever they are, header text before the first data line") {
  for (const char* text :
       {"# a\n! b\n' c\n// d\n10 5\n# 10.2 9\n! x\n'\n//\n11 7\n# end",
        "/* from\n5 5\n# x */\n10 5\n11 7\n/* 12 8 */\n/* 13\n14 9 */\n", "theta,intensity\n10,5\n11,7\n",
        "2theta I\n10 5\n11 7\n", "2Theta,Counts\n10,5\n11,7\n", "2-theta  I\n10 5\n11 7\n",
        "2 Theta; I\n10;5\n11;7\n", "2\xCE\xB8 counts\n10 5\n11 7\n",
        "[Scan points]\nAngle,Intensity\n10,5\n11,7\n", "'Id: \"\" Anode: \"Cu\" \r\n10 5\r\n11 7\r\n",
        "-----  -----\n10 5\n11 7\n", "\"10 5\"\n10 5\n11 7\n", "Time per step,50.165\n10,5\n11,7",
        "nano\ninformation\n10 5\n11 7"}) {
    CAPTURE(std::string(text));
    const auto result = try_parse_powder(text, "a.dat");
    if (!result) FAIL_CHECK(std::string(result.error().what()));
    if (!result) continue;
    CHECK(result.value().two_theta == Column{10, 11});
    CHECK(result.value().intensity == Column{5, 7});
  }
}

TEST_CASE("numbers do not depend on the locale") {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::locale before = std::locale::global(std::locale(std::locale(), new Comma));
  const auto p = parse_powder("10.5 1234.5\n10.75 2000\n", "a.xy");
  const std::string error = error_of("10.5 1234.5\n10.25 -2000\n");
  std::locale::global(before);
  CHECK(p.two_theta == Column{10.5, 10.75});
  CHECK(p.intensity == Column{1234.5, 2000});
  CHECK(contains(error, "10.25"));
}

TEST_CASE("every fault is one line with the place, the fault and what was expected") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "1: is empty, expected lines of two or three numbers (2theta in degrees, counts, sigma)"},
      {" \n\n\t\r\n",
       "1: is empty, expected lines of two or three numbers (2theta in degrees, counts, sigma)"},
      {"\xEF\xBB\xBF",
       "1: is empty, expected lines of two or three numbers (2theta in degrees, counts, sigma)"},
      {"# only\n# comments\n",
       "1: no data in 2 lines of text, expected lines of two or three numbers (2theta in degrees, counts, "
       "sigma)"},
      {"header\nmore text\nand more\n",
       "1: no data in 3 lines of text, expected lines of two or three numbers (2theta in degrees, counts, "
       "sigma)"},
      {"10 5\n", "1: a single point, expected a pattern of two or more"},
      {"10\n11\n", "1: one column, expected two (2theta, counts) or three (2theta, counts, sigma)"},
      {"# x\n1 2 3 4\n", "2: 4 columns, expected two (2theta, counts) or three (2theta, counts, sigma)"},
      {"10 5\n11 6\n12\n", "3: one column, expected 2 as on line 1"},
      {"# x\n10 5\n11 6 7\n", "3: 3 columns, expected 2 as on line 2"},
      {"10 5 1\n11 6\n", "2: 2 columns, expected 3 as on line 1"},
      {"10,5\n11 6\n",
       "2:1: decimal comma or mixed separators in \"11 6\", expected decimal points and one kind of "
       "separator"},
      {"10,5\n11\n", "2: one column, expected 2 as on line 1"},
      {"10 5\n11,6\n",
       "2:1: decimal comma or mixed separators in \"11,6\", expected decimal points and one kind of "
       "separator"},
      {"10,01 100\n10,02 200\n",
       "1:4: decimal comma or mixed separators in \"10,01 100\", expected decimal points and one kind of "
       "separator"},
      {"10,01;100\n10,02;200\n",
       "1:1: decimal comma or mixed separators in \"10,01;100\", expected decimal points and one kind of "
       "separator"},
      {"10,01\t100\n",
       "1:4: decimal comma or mixed separators in \"10,01?100\", expected decimal points and one kind of "
       "separator"},
      {"10,01\n10,02\n10,03\n", "2: angle 10 is repeated after 10, expected strictly increasing angles"},
      {"10,5,\n11,6,\n", "1:6: \"\" is not a number, expected a sigma"},
      {",10,5\n11,6\n", "1:1: \"\" is not a number, expected 2theta in degrees"},
      {"header\n ; 10;5\n11;6\n", "2:2: \"\" is not a number, expected 2theta in degrees"},
      {"10,,5\n", "1:4: \"\" is not a number, expected counts"},
      {"10 5\n11 nan\n", "2:4: \"nan\" is not finite, expected counts"},
      {"10 5\nnan 6\n", "2:1: \"nan\" is not finite, expected 2theta in degrees"},
      {"nan 5\n11 6\n", "1:1: \"nan\" is not finite, expected 2theta in degrees"},
      {"-NaN 5\n11 6\n", "1:1: \"-NaN\" is not finite, expected 2theta in degrees"},
      {"inf,5\n11,6\n", "1:1: \"inf\" is not finite, expected 2theta in degrees"},
      {"10 5 1\n11 6 inf\n", "2:6: \"inf\" is not finite, expected a sigma"},
      {"10 5\n11 1e999\n", "2:4: \"1e999\" is too large or too small for a double, expected counts"},
      {"10 5\n11 1e300\n", "2: intensity 1e+300 is too large, expected at most 1e+15"},
      {"10 5\n11 0x10\n", "2:4: \"0x10\" is not a number, expected counts"},
      {"10 5\n11 6counts\n", "2:4: \"6counts\" is not a number, expected counts"},
      {"10 5\n11 +-6\n", "2:4: \"+-6\" is not a number, expected counts"},
      {"10 5\n11 1.D+3\n", "2:4: \"1.D+3\" is not a number, expected counts"},
      {"1O.0 5\n11 6\n", "1:1: \"1O.0\" is not a number, expected 2theta in degrees"},
      {"10 5\nend of data\n", "2: 3 columns, expected 2 as on line 1"},
      {"10 5\nend data\n", "2:1: \"end\" is not a number, expected 2theta in degrees"},
      {"10 5\n11 6 # comment\n", "2: 4 columns, expected 2 as on line 1"},
      {"10 5\n9 6\n", "2: angle 9 decreases after 10, expected strictly increasing angles"},
      {"10 5\n\n10 6\n", "3: angle 10 is repeated after 10, expected strictly increasing angles"},
      {"10 5\n11 -6\n",
       "2: negative intensity -6, expected counts of 0 or more, background included (the weights of "
       "background-subtracted data are unknown)"},
      {"10 5 1\n11 -6 1\n",
       "2: negative intensity -6, expected counts of 0 or more, background included (the weights of "
       "background-subtracted data are unknown)"},
      {"10 5 1\n11 6 0\n", "2: sigma 0 is not positive, expected the standard uncertainty of the intensity"},
      {"10 5 -1\n11 6 1\n",
       "1: sigma -1 is not positive, expected the standard uncertainty of the intensity"},
      {"10 5 1e-200\n11 6 1\n", "1: sigma 1e-200 is impossible, expected 1e-15 to 1e+15"},
      {"0 5\n11 6\n",
       "1: angle 0 lies outside the possible range, expected 2theta in degrees between 0 and 180"},
      {"-5 5\n11 6\n",
       "1: angle -5 lies outside the possible range, expected 2theta in degrees between 0 and 180"},
      {"10 5\n180 6\n",
       "2: angle 180 lies outside the possible range, expected 2theta in degrees between 0 and 180"},
      {"10010.7 392 85\n",
       "1: angle 10010.7 lies outside the possible range, expected 2theta in degrees between 0 and 180"},
      {"/* never\n10 5\n11 6\n", "1: comment opened by /* is not closed, expected a line that ends with */"},
      {"10 5\n/*/\n11 6\n", "2: comment opened by /* is not closed, expected a line that ends with */"},
      {"<?xml version=\"1.0\"?>\n<xrdMeasurements/>",
       "1: this is XML, expected lines of two or three numbers (2theta in degrees, counts, sigma); XRDML is "
       "read by read_xrdml of "
       "lamella/io/xrdml.hpp"},
      {"10 5\n11 \x01\x02\n",
       "2: binary data or UTF-16 text, expected lines of two or three numbers (2theta in degrees, counts, "
       "sigma)"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(std::string(text));
    CHECK(error_of(text) == message);
  }
  CHECK(contains(error_of(std::string_view("\xFF\xFE"
                                           "1\0000\0 \0005\0",
                                           10)),
                 "1: binary data or UTF-16 text"));
  const auto place = try_parse_powder("# x\n10 5\n11 oops\n", "some/file.xy").error().place();
  CHECK(place.file == "some/file.xy");
  CHECK(place.line == 3);
  CHECK(place.column == 4);
}

TEST_CASE("the format says how many columns there are") {
  CHECK(error_of("10 5 1\n11 6 1\n", PowderFormat::xy) ==
        "1: three columns in an xy file, expected two (2theta, counts): is the third a sigma (then read it "
        "as xye) or something else?");
  CHECK(error_of("10 5\n11 6\n", PowderFormat::xye) ==
        "1: 2 columns, expected three (2theta, counts, sigma)");
  CHECK(error_of("10\n11\n", PowderFormat::xy) ==
        "1: one column, expected two (2theta, counts) or three (2theta, counts, sigma)");
}

TEST_CASE("lines are counted alike with every line end") {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    const std::string text = std::string("# a") + end + end + "10 5" + end + "11 x" + end;
    CHECK(error_of(text) == "4:4: \"x\" is not a number, expected counts");
  }
}

TEST_CASE("the line of a byte counts each line end once") {
  for (const std::string_view text : {"ab\ncd\n\ne", "ab\rcd\r\re"})
    for (const auto& [offset, line] :
         {std::pair(0, 1), {2, 1}, {3, 2}, {5, 2}, {6, 3}, {7, 4}, {8, 4}, {99, 4}})
      CHECK(detail::line_of(text, static_cast<std::size_t>(offset)) == static_cast<std::size_t>(line));
  for (const auto& [offset, line] : {std::pair(0, 1), {2, 1}, {3, 1}, {4, 2}, {6, 2}, {7, 2}, {8, 3}})
    CHECK(detail::line_of("ab\r\ncd\r\ne", static_cast<std::size_t>(offset)) ==
          static_cast<std::size_t>(line));
}

TEST_CASE("long and unprintable text is shortened in messages") {
  const std::string message = error_of("10 5\n11 " + std::string(5000, 'x') + "\n");
  CHECK(message.size() < 200);
  CHECK(contains(message, "xxx...\" is not a number"));
}

TEST_CASE("files are read by their names") {
  const ScratchFolder folder;
  const std::string two = "10 5\n11 6\n";
  const std::string three = "10 5 1\n11 6 1\n";
  for (const char* name : {"a.xy", "a.XY", "a.dat", "a.txt", "a.prn", "a.asc", "a.xye", "a"})
    CHECK(read_powder(folder.file(name, two)).size() == 2);
  for (const char* name : {"a.xye", "a.dat", "a.TXT", "a.prn"})
    CHECK(read_powder(folder.file(name, three)).sigma == Column{1, 1});
  CHECK(read_powder(folder.file("a.csv", "10,5\n11,6\n")).size() == 2);
  CHECK(read_powder(folder.file("a.tsv", "10\t5\n11\t6\n")).size() == 2);
  CHECK(!try_read_powder(folder.file("b.xy", three)));
  CHECK(read_powder(folder.file("b.weird", three), PowderFormat::xye).size() == 2);
  CHECK(read_powder(folder.file("c.xy", two)).source == (folder.path / "c.xy").string());
}

TEST_CASE("what is no readable text file is one clear error") {
  const ScratchFolder folder;
  const auto message = [&](const fs::path& path) {
    const auto result = try_read_powder(path);
    REQUIRE(!result);
    CHECK(result.error().place().file == path.string());
    return std::string(result.error().what()).substr(path.string().size());
  };
  CHECK(message(folder.path / "missing.xy") == ": no such file");
  fs::create_directory(folder.path / "dir.xy");
  CHECK(message(folder.path / "dir.xy") == ": is a directory, expected a file");
  CHECK(message(folder.file("empty.xye", "")).starts_with(":1: is empty, expected"));
  CHECK(message(folder.file("a.raw", "10 5\n11 6\n")) ==
        ": has an unknown extension \".raw\", expected .xy, .xye, .dat, .txt, .csv, .tsv, .prn or .asc");
  CHECK(message(folder.file("a.xrdml", "10 5\n11 6\n")) ==
        ": is not a text pattern: XRDML is read by read_xrdml of lamella/io/xrdml.hpp, expected .xy, .xye, "
        ".dat, .txt, .csv, .tsv, "
        ".prn or .asc");
  CHECK(message(folder.file("bad.xy", "10 5\n9 6\n")).starts_with(":2: angle 9 decreases"));
  CHECK_THROWS_WITH_AS(read_powder(folder.path / "none.xy"),
                       ((folder.path / "none.xy").string() + ": no such file").c_str(), Error);
}

TEST_CASE("files beyond the limit are refused, those at the limit are not") {
  const ScratchFolder folder;
  const auto file = folder.file("a.xy", std::string(1000, 'x'));
  CHECK(try_read_text_file(file, 1000).value().size() == 1000);
  CHECK(try_read_text_file(file, 999).error().what() ==
        file.string() + ": is too large, expected a text file of at most 999 bytes (0 MiB)");
  CHECK(largest_text_file == 268435456);
  CHECK(try_read_text_file(folder.file("b", "")).value().empty());
}

// reference_gsas2.json: importers of GSAS-II, run without it. Its weights are 1/sigma^2, and 1/counts for two columns.
TEST_CASE("data: text patterns agree with the importers of GSAS-II") {
  const fs::path folder = fs::path(LAMELLA_DATA_DIR) / "patternformats";
  const auto reference = nlohmann::json::parse(std::ifstream(folder / "reference_gsas2.json"));
  int compared = 0;
  for (const auto& [name, readers] : reference.at("files").items()) {
    if (!name.starts_with("xy")) continue;
    CAPTURE(name);
    for (const auto& [reader, expected] : readers.items()) {
      if (!expected.contains("n")) continue;
      const auto result = try_read_powder(folder / name);
      if (expected["x_first"] <= 0 || expected["x_last"] >= 180) {  // the direct beam, and time of flight
        REQUIRE(!result);
        CHECK(contains(result.error().what(), "lies outside the possible range"));
        continue;
      }
      if (!result) FAIL_CHECK(std::string(result.error().what()));
      if (!result) continue;
      const PowderPattern& p = result.value();
      ++compared;
      CHECK(p.size() == expected["n"]);
      CHECK(p.two_theta[0] == expected["x_first"]);
      CHECK(p.two_theta[1] == expected["x_second"]);
      CHECK(p.two_theta.back() == expected["x_last"]);
      for (std::size_t i = 0; i < 3; ++i) {
        CHECK(p.intensity[i] == expected["y_first3"][i]);
        if (p.intensity[i] >= 1)
          CHECK(1 / (p.sigma[i] * p.sigma[i]) ==
                doctest::Approx(double(expected["w_first3"][i])).epsilon(1e-12));
      }
      CHECK(p.intensity.back() == expected["y_last"]);
      CHECK(std::accumulate(p.intensity.begin(), p.intensity.end(), 0.0) ==
            doctest::Approx(double(expected["y_sum"])).epsilon(1e-12));
      const auto highest = std::max_element(p.intensity.begin(), p.intensity.end()) - p.intensity.begin();
      CHECK(p.intensity[static_cast<std::size_t>(highest)] == expected["y_max"]);
      CHECK(p.two_theta[static_cast<std::size_t>(highest)] == expected["x_at_max"]);
      if (*std::min_element(p.intensity.begin(), p.intensity.end()) >= 1) {
        double weights = 0;
        for (const double s : p.sigma) weights += 1 / (s * s);
        CHECK(weights == doctest::Approx(double(expected["w_sum"])).epsilon(1e-12));
      }
    }
  }
  CHECK(compared >= 15);
}

TEST_CASE("data: measured patterns of other shapes are read or refused with a reason") {
  const fs::path data = LAMELLA_DATA_DIR;
  const struct {
    const char* file;
    std::size_t points;
    double first, last;
  } readable[] = {
      {"patternformats/xy/210520step1_30min_panalytical.csv", 4489, 5.00835563, 80.0085308},
      {"powder/o3_nacro2_lab/CG20396_jdb12-1.xye", 7181, 5.008356, 124.995267},
      {"powder/std_lab6_srm660c/srm660c_100a.xye", 5332, 20.3, 150.908},
      {"powder/p2_naxcoo2_topas/KD1-2_5-90_30min.xy", 6474, 5.00117, 89.99347},
      {"powder/std_fluorapatite_lab/FAP.xye", 5753, 15, 130.04},
      {"powder/std_pbso4_roundrobin/PBSO4_xray_full.xye", 6001, 10, 160},
      {"powder/std_pbso4_roundrobin/ed-13_pbso4_d1a_neutron.dat", 1801, 10, 100},
      {"powder/qpa_cpd_roundrobin/cpd-1a.prn", 7251, 5, 150},
      {"powder/li2mno3_mixtures/xerus_LiMnO2+Li2MnO3_parsed.csv", 9001, 10, 100},
  };
  for (const auto& [file, points, first, last] : readable) {
    CAPTURE(std::string(file));
    const auto p = read_powder(data / file);
    CHECK(p.size() == points);
    CHECK(p.two_theta.front() == first);
    CHECK(p.two_theta.back() == last);
  }
  const std::pair<const char*, const char*> refused[] = {
      {"powder/li2mno3_mixtures/Li2MnO3+MnO+TiO2.xy",
       ":1: three columns in an xy file"},  // the third is a background
      {"powder/o3_nacro2_lab/gsas2_fit.txt", ":2: 4 columns, expected two"},
      {"powder/operando_licovo4_spinel/patterns.txt", ":2: 101 columns, expected two"},
      {"powder/operando_licovo4_spinel/charge.txt", ":1:1: \"00:00:00\" is not a number"},
      {"patternformats/xy/xylib_with_commas.txt", ":2:7: decimal comma or mixed separators"},
      {"patternformats/fullprof_ill/cryspy_pbso4.dat", ":2: 6 columns, expected two"},
      {"patternformats/fullprof_ill/fox_cime.dat", ":2: 10 columns, expected 3 as on line 1"},
      {"patternformats/gsas/sf6_190gsas.dat", ": 12 columns, expected two"},
      {"patternformats/bruker/BT86.raw", ": has an unknown extension \".raw\""},
      {"powder/std_nac_11bm/11BM_NAC.fxye", ": has an unknown extension \".fxye\""},
  };
  for (const auto& [file, message] : refused) {
    CAPTURE(std::string(file));
    const auto result = try_read_powder(data / file);
    REQUIRE(!result);
    CAPTURE(std::string(result.error().what()));
    CHECK(contains(result.error().what(), message));
  }
  CHECK(
      contains(try_read_powder(data / "patternformats/bruker/BT86.raw", PowderFormat::columns).error().what(),
               ":1: binary data"));
}
