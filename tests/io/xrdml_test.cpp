#include <lamella/io/powder.hpp>
#include <lamella/io/xrdml.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "scratch_folder.hpp"

using namespace lamella;
namespace fs = std::filesystem;

namespace {

using Column = std::vector<double>;

constexpr const char* wavelengths = R"(<usedWavelength intended="K-Alpha">
   <kAlpha1 unit="Angstrom">1.5405980</kAlpha1>
   <kAlpha2 unit="Angstrom">1.5444260</kAlpha2>
   <kBeta unit="Angstrom">1.3922500</kBeta>
   <ratioKAlpha2KAlpha1>0.5000</ratioKAlpha2KAlpha1>
  </usedWavelength>)";
constexpr const char* angles =
    R"(<positions axis="2Theta" unit="deg"><startPosition>10</startPosition><endPosition>12</endPosition></positions>)";

/// A small document; line 13 holds the positions, line 14 the counts.
std::string document(const std::string& points, const std::string& wavelength = wavelengths,
                     const std::string& scan = "") {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5" status="Completed">
 <xrdMeasurement status="Completed">
  )" + wavelength +
         R"(
  <incidentBeamPath><radius unit="mm">200.00</radius><xRayTube><anodeMaterial>Cu</anodeMaterial></xRayTube></incidentBeamPath>
  <diffractedBeamPath><radius unit="mm">240.00</radius></diffractedBeamPath>
  <scan )" +
         scan + R"(><dataPoints>
)" + points +
         R"(
  </dataPoints></scan>
 </xrdMeasurement>
</xrdMeasurements>
)";
}

std::string scan_of(const std::string& more) { return document(std::string(angles) + "\n" + more); }

PowderPattern pattern_of(const std::string& text) {
  const auto result = try_parse_xrdml(text, "a.xrdml");
  if (!result) FAIL(std::string(result.error().what()));
  return result.value();
}

std::string error_of(const std::string& text) {
  const auto result = try_parse_xrdml(text, "a.xrdml");
  if (result) return "no error";
  const std::string message = result.error().what();
  REQUIRE(message.starts_with("a.xrdml:"));
  CHECK(message.find('\n') == std::string::npos);
  return message.substr(8);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string sound = scan_of("<intensities unit=\"counts\">100 0 25</intensities>");

}  // namespace

TEST_CASE("a scan has equal steps from start to end, counts, and the sigma of Poisson counting") {
  const auto p = pattern_of(sound);
  CHECK(p.two_theta == Column{10, 11, 12});
  CHECK(p.intensity == Column{100, 0, 25});
  CHECK(p.sigma == Column{10, 1, 5});
  CHECK(p.source == "a.xrdml");
  REQUIRE(p.radiation);
  CHECK(p.radiation->count == 2);
  CHECK(p.radiation->line[0].wavelength == 1.540598);
  CHECK(p.radiation->line[1].wavelength == 1.544426);
  CHECK(p.radiation->line[1].weight == 0.5);
  CHECK(p.radiation->anode == Anode::Cu);
  CHECK(p.radius == 240.0);  // of the diffracted beam
}

TEST_CASE("listed positions are taken as they are") {
  const std::string axis =
      R"(<positions axis="2Theta" unit="deg"><listPositions>10 10.5  12.25</listPositions></positions>)";
  CHECK(pattern_of(document(axis + "<counts unit=\"counts\">1 2 3</counts>")).two_theta ==
        Column{10, 10.5, 12.25});
}

TEST_CASE("counts get the attenuation factor, intensities have it already") {
  const std::string factors = "<beamAttenuationFactors>1.00 1.00 188.00</beamAttenuationFactors>\n";
  const auto raw = pattern_of(scan_of(factors + "<counts unit=\"counts\">100 14400 2500</counts>"));
  CHECK(raw.intensity == Column{100, 14400, 470000});
  CHECK(raw.sigma == Column{10, 120, 188 * 50});
  const auto corrected =
      pattern_of(scan_of(factors + "<intensities unit=\"counts\">100 14400 470000</intensities>"));
  CHECK(corrected.intensity == raw.intensity);
  CHECK(corrected.sigma == raw.sigma);
  const auto common = pattern_of(scan_of(
      "<commonBeamAttenuationFactor>10</commonBeamAttenuationFactor><counts unit=\"counts\">1 4 0</counts>"));
  CHECK(common.intensity == Column{10, 40, 0});
  CHECK(common.sigma == Column{10, 20, 10});
}

TEST_CASE("a common counting time scales nothing, a list of times scales to the longest") {
  CHECK(pattern_of(scan_of("<commonCountingTime unit=\"seconds\">62.23</commonCountingTime><counts "
                           "unit=\"counts\">1 4 9</counts>"))
            .intensity == Column{1, 4, 9});
  const auto p =
      pattern_of(scan_of("<countingTimes unit=\"seconds\">10 20 40</countingTimes><counts "
                         "unit=\"counts\">100 400 900</counts>"));
  CHECK(p.intensity == Column{400, 800, 900});
  CHECK(p.sigma == Column{40, 40, 30});
}

TEST_CASE("the radiation is a doublet where the ratio of the lines is not zero, whichever is intended") {
  const auto radiation = [&](const std::string& wavelength) {
    return pattern_of(document(std::string(angles) + "<counts>1 2 3</counts>", wavelength)).radiation;
  };
  const std::string both = wavelengths;
  CHECK(radiation(replaced(both, "K-Alpha", "K-Alpha 1"))->count == 2);
  const auto single = radiation(replaced(both, "0.5000", "0.0000"));
  CHECK(single->count == 1);
  CHECK(single->line[0].wavelength == 1.540598);
  CHECK(single->anode == Anode::Cu);
  const auto beta = radiation(replaced(both, "K-Alpha", "K-Beta"));
  CHECK(beta->count == 1);
  CHECK(beta->line[0].wavelength == 1.39225);
  CHECK(!radiation("").has_value());
}

TEST_CASE("anodes without a table and missing radii are left open") {
  CHECK(!pattern_of(replaced(sound, "Cu", "W")).radiation->anode);
  CHECK(pattern_of(replaced(sound, "Cu", " Mo ")).radiation->anode == Anode::Mo);
  CHECK(pattern_of(replaced(sound, "<radius unit=\"mm\">240.00</radius>", "")).radius == 200.0);
  CHECK(!pattern_of(replaced(replaced(sound, "<radius unit=\"mm\">240.00</radius>", ""),
                             "<radius unit=\"mm\">200.00</radius>", ""))
             .radius);
}

TEST_CASE("prefixes, comments, CDATA, line ends and a byte order mark do not matter") {
  std::string prefixed = sound;
  for (std::size_t at = 0; (at = prefixed.find('<', at)) != std::string::npos; ++at) {
    if (prefixed[at + 1] == '?' || prefixed[at + 1] == '!') continue;
    prefixed.insert(at + (prefixed[at + 1] == '/' ? 2 : 1), "x:");
  }
  CHECK(pattern_of(replaced(prefixed, "xmlns=", "xmlns:x=")).intensity == Column{100, 0, 25});
  CHECK(pattern_of(scan_of("<counts>100 <!-- 7 --> 0 <![CDATA[25]]></counts>")).intensity ==
        Column{100, 0, 25});
  CHECK(pattern_of("\xEF\xBB\xBF" + sound).size() == 3);
  std::string crlf;
  for (const char c : sound) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(pattern_of(crlf).size() == 3);
  CHECK(error_of(replaced(crlf, "100 0 25", "100 x 25")) ==
        "14: \"x\" is not a number, expected numbers in <intensities>");
}

TEST_CASE("one of several scans must be chosen") {
  const std::string second = replaced(sound, " </xrdMeasurement>",
                                      " <scan status=\"Completed\"><dataPoints>" + std::string(angles) +
                                          "<counts>7 8</counts></dataPoints></scan>\n </xrdMeasurement>");
  CHECK(error_of(second) == "16: 2 scans, expected one; say which to read, from 1");
  CHECK(try_parse_xrdml(second, "a", 1).value().size() == 3);
  CHECK(try_parse_xrdml(second, "a", 2).value().intensity == Column{7, 8});
  CHECK(try_parse_xrdml(second, "a", 2).value().two_theta == Column{10, 12});
  CHECK(try_parse_xrdml(second, "a", 3).error().what() ==
        std::string("a:2: scan 3 does not exist, expected 1 to 2"));
  CHECK(!try_parse_xrdml(second, "a", 0));
}

TEST_CASE("every fault is one line with the place, the fault and what was expected") {
  CHECK(error_of("") == "1: is empty, expected an XRDML document");
  CHECK(error_of("\n \n") == "1: is empty, expected an XRDML document");
  CHECK(error_of("\xEF\xBB\xBF\r\n") == "1: is empty, expected an XRDML document");
  CHECK(error_of("\n10 5\n11 6\n") == "2: is not XML, expected an XRDML document");
  CHECK(error_of(std::string("\0\1\2", 3)) == "1: is not XML, expected an XRDML document");
  CHECK(error_of("\xFF\xFE<") == "1: is UTF-16 text, expected an XRDML document in UTF-8");
  CHECK(error_of("<?xml version=\"1.0\"?>\n<gpx>\n</gpx>") ==
        "2: root element <gpx>, expected <xrdMeasurements>");
  CHECK(error_of("<html>\n<body></html>") ==
        "2: not well-formed XML (Start-end tags mismatch), expected an XRDML document");
  CHECK(error_of(sound.substr(0, sound.size() / 2)).find("not well-formed XML (") != std::string::npos);
  CHECK(error_of("<xrdMeasurements>\n<xrdMeasurement/></xrdMeasurements>") ==
        "1: no scan, expected <xrdMeasurement> with <scan> in it");
  CHECK(error_of(document("<counts>1 2 3</counts>", wavelengths, "status=\"Aborted\"")) ==
        "12: scan with status \"Aborted\", expected \"Completed\"");
  CHECK(error_of("<xrdMeasurements><xrdMeasurement>\n<scan/></xrdMeasurement></xrdMeasurements>") ==
        "2: no <dataPoints> in <scan>, expected the measured points");

  CHECK(error_of(document(angles)) ==
        "12: no <counts> and no <intensities> in <dataPoints>, expected one of them");
  CHECK(error_of(scan_of("<counts>1 2 3</counts>\n<intensities>1 2 3</intensities>")) ==
        "15: both <counts> and <intensities> in <dataPoints>, expected one of them");
  CHECK(error_of(scan_of("<counts>1 2 3</counts>\n<counts>1 2 3</counts>")) ==
        "15: second <counts>, expected one");
  CHECK(error_of(scan_of("<counts unit=\"cps\">1 2 3</counts>")) ==
        "14: unit \"cps\" of <counts>, expected \"counts\"");
  CHECK(error_of(scan_of("<counts></counts>")) == "14: nothing, expected numbers in <counts>");
  CHECK(error_of(scan_of("<counts>5</counts>")) == "14: a single point, expected a pattern of two or more");
  CHECK(error_of(scan_of("<counts>\n1 2\n3 four 5</counts>")) ==
        "16: \"four\" is not a number, expected numbers in <counts>");
  CHECK(error_of(scan_of("<counts>1 nan 3</counts>")) ==
        "14: \"nan\" is not finite, expected numbers in <counts>");
  CHECK(error_of(scan_of("<counts>1 1e999 3</counts>")) ==
        "14: \"1e999\" is too large or too small for a double, expected numbers in <counts>");
  CHECK(error_of(scan_of("<counts>1 1e300 3</counts>")) ==
        "14: point 2: intensity 1e+300 is too large, expected at most 1e+15");
  CHECK(error_of(scan_of("<counts>1 2,5 3</counts>")) ==
        "14: \"2,5\" is not a number, expected numbers in <counts>");
  CHECK(error_of(scan_of("<counts>1 <b/> 3</counts>")) == "14: <b>, expected numbers in <counts>");
  CHECK(error_of(scan_of("<counts>1 -2 3</counts>")) ==
        "14: point 2: negative intensity -2, expected counts of 0 or more, background included (the weights "
        "of background-subtracted data "
        "are unknown)");

  const std::string counts = "\n<counts>1 2 3</counts>";
  CHECK(error_of(document("<positions axis=\"Omega\" unit=\"deg\"/>" + counts)) ==
        "12: no <positions axis=\"2Theta\"> in <dataPoints>, expected the angles of the scan");
  CHECK(error_of(document(std::string(angles) + angles + counts)) ==
        "13: second <positions axis=\"2Theta\">, expected one");
  CHECK(error_of(document("<positions axis=\"2Theta\" unit=\"rad\"/>" + counts)) ==
        "13: unit \"rad\" of the 2Theta axis, expected \"deg\"");
  CHECK(error_of(document(
            "<positions axis=\"2Theta\" unit=\"deg\"><commonPosition>30</commonPosition></positions>" +
            counts)) ==
        "13: 2Theta is fixed in this scan, expected startPosition and endPosition or listPositions");
  CHECK(error_of(
            document("<positions axis=\"2Theta\"><startPosition>30</startPosition></positions>" + counts)) ==
        "13: no <startPosition> and <endPosition>, expected them or <listPositions>");
  CHECK(error_of(document(
            "<positions "
            "axis=\"2Theta\"><startPosition>a</startPosition><endPosition>30</endPosition></positions>" +
            counts)) == "13: \"a\" is not a number, expected numbers in <startPosition>");
  CHECK(error_of(document("<positions axis=\"2Theta\"><startPosition>1 "
                          "2</startPosition><endPosition>30</endPosition></positions>" +
                          counts)) == "13: 2 numbers, expected one in <startPosition>");
  CHECK(error_of(document("<positions axis=\"2Theta\"><listPositions>10 11</listPositions></positions>" +
                          counts)) == "13: 2 positions for 3 counts, expected as many");
  CHECK(error_of(document("<positions axis=\"2Theta\"><listPositions>10 11 11</listPositions></positions>" +
                          counts)) ==
        "14: point 3: angle 11 is repeated after 11, expected strictly increasing angles");
  CHECK(error_of(replaced(sound, "<endPosition>12", "<endPosition>8")) ==
        "14: point 2: angle 9 decreases after 10, expected strictly increasing angles");
  CHECK(
      error_of(replaced(sound, "<endPosition>12", "<endPosition>200")) ==
      "14: point 3: angle 200 lies outside the possible range, expected 2theta in degrees between 0 and 180");
  CHECK(error_of(replaced(sound, "<startPosition>10", "<startPosition>0")) ==
        "14: point 1: angle 0 lies outside the possible range, expected 2theta in degrees between 0 and 180");

  CHECK(error_of(scan_of("<beamAttenuationFactors>1 2</beamAttenuationFactors>" + counts)) ==
        "14: 2 numbers in <beamAttenuationFactors>, expected 3");
  CHECK(error_of(scan_of("<beamAttenuationFactors>1 0 1</beamAttenuationFactors>" + counts)) ==
        "14: value 0 in <beamAttenuationFactors>, expected positive numbers");
  CHECK(error_of(scan_of("<countingTimes>1 -1 1</countingTimes>" + counts)) ==
        "14: value -1 in <countingTimes>, expected positive numbers");
  CHECK(error_of(scan_of("<commonCountingTime>1 2</commonCountingTime>" + counts)) ==
        "14: 2 numbers in <commonCountingTime>, expected 1");
  CHECK(
      error_of(scan_of("<divergenceCorrections>1 1.5 1</divergenceCorrections>" + counts)) ==
      "12: divergence correction 1.5, expected 1: patterns measured with a variable slit are not supported");
  CHECK(pattern_of(scan_of("<commonDivergenceCorrection>1.0</commonDivergenceCorrection>" + counts)).size() ==
        3);

  CHECK(error_of(replaced(sound, "1.5405980", "Cu")) ==
        "5: \"Cu\" is not a number, expected numbers in <kAlpha1>");
  CHECK(error_of(replaced(sound, "1.5405980", "0")) == "5: wavelength 0, expected Angstrom from 0.01 to 100");
  CHECK(error_of(replaced(sound, "unit=\"Angstrom\">1.5444", "unit=\"nm\">0.15444")) ==
        "6: unit \"nm\" of <kAlpha2>, expected \"Angstrom\"");
  CHECK(error_of(replaced(sound, "0.5000", "1.5000")) ==
        "8: ratio 1.5 of K-alpha 2 to K-alpha 1, expected 0 to 1");
  CHECK(error_of(replaced(sound, "<kAlpha1 unit=\"Angstrom\">1.5405980</kAlpha1>", "")) ==
        "4: no <kAlpha1> in <usedWavelength>, expected a wavelength in Angstrom");
  CHECK(error_of(replaced(sound, "K-Alpha", "L-Alpha")) ==
        "4: intended wavelength \"L-Alpha\", expected K-Alpha, K-Alpha 1 or K-Beta");
  CHECK(error_of(replaced(sound, "240.00", "-1")) == "11: radius -1, expected a positive number of mm");
}

TEST_CASE("files that are missing or no XRDML are one clear error") {
  const lamella_test::ScratchFolder folder;
  const auto missing = folder.path / "missing.xrdml";
  CHECK(try_read_xrdml(missing).error().what() == missing.string() + ": no such file");
  CHECK_THROWS_WITH_AS(read_xrdml(missing), (missing.string() + ": no such file").c_str(), Error);
  const auto empty = folder.file("empty.xrdml", "");
  CHECK(try_read_xrdml(empty).error().what() == empty.string() + ":1: is empty, expected an XRDML document");
  CHECK(read_xrdml(folder.file("a.xrdml", sound)).size() == 3);
}

// The .xye files were made independently of this library: angles to 10⁻⁶ degrees, counts, sigma = sqrt(counts) to 10⁻⁴.
TEST_CASE("data: every point of nine XRDML files is that of the xye file beside it") {
  std::vector<fs::path> files = {fs::path(LAMELLA_DATA_DIR) / "powder/o3_nacro2_lab/CG20396_jdb12-1.xrdml"};
  for (int i = 1; i <= 8; ++i)
    files.push_back(fs::path(LAMELLA_DATA_DIR) / "powder/o3_nacro2_insitu" /
                    ("Scan_C" + std::to_string(i) + ".xrdml"));
  for (auto file : files) {
    CAPTURE(file.string());
    const auto p = read_xrdml(file);
    const auto q = read_powder(file.replace_extension(".xye"));
    REQUIRE(p.size() == 7181);
    REQUIRE(q.size() == 7181);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
      equal += std::abs(p.two_theta[i] - q.two_theta[i]) < 5.1e-7 && p.intensity[i] == q.intensity[i] &&
               std::abs(p.sigma[i] - q.sigma[i]) < 5.1e-5;
    CHECK(equal == 7181);
    REQUIRE(p.radiation);
    CHECK(p.radiation->count == 2);
    CHECK(p.radiation->anode == Anode::Cu);
    CHECK(p.radius == 240.0);
  }
}

TEST_CASE("data: an XRDML file and the vendor's exports of it are the same pattern") {
  const fs::path folder = fs::path(LAMELLA_DATA_DIR) / "patternformats";
  const auto p = read_xrdml(folder / "panalytical/210520step1_30min.xrdml");
  for (const char* name : {"xy/210520step1_30min.xy", "xy/210520step1_30min_panalytical.csv"}) {
    const auto q = read_powder(folder / name);
    CHECK(p.intensity == q.intensity);
    CHECK(p.sigma == q.sigma);
    REQUIRE(p.size() == q.size());
    double largest = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
      largest = std::max(largest, std::abs(p.two_theta[i] - q.two_theta[i]));
    CHECK(largest < 6e-10);
  }
  CHECK(p.radiation->count == 1);  // behind a monochromator: ratio 0
  CHECK(p.radiation->line[0].wavelength == 1.540598);
}

// reference_gsas2.json: importers of GSAS-II, run without it; they do not apply attenuation factors.
TEST_CASE("data: XRDML patterns agree with the importers of GSAS-II") {
  const fs::path folder = fs::path(LAMELLA_DATA_DIR) / "patternformats";
  const auto reference = nlohmann::json::parse(std::ifstream(folder / "reference_gsas2.json"));
  int compared = 0;
  for (const auto& [name, readers] : reference.at("files").items()) {
    if (!name.starts_with("panalytical") || !readers.contains("G2pwd_Panalytical.Panalytical_ReaderClass"))
      continue;
    CAPTURE(name);
    const auto& expected = readers["G2pwd_Panalytical.Panalytical_ReaderClass"];
    const auto p = read_xrdml(folder / name);
    ++compared;
    CHECK(p.size() == expected["n"]);
    CHECK(p.two_theta[0] == expected["x_first"]);
    CHECK(p.two_theta[1] == doctest::Approx(double(expected["x_second"])).epsilon(1e-14));
    CHECK(p.two_theta.back() == doctest::Approx(double(expected["x_last"])).epsilon(1e-14));
    for (std::size_t i = 0; i < 3; ++i) CHECK(p.intensity[i] == expected["y_first3"][i]);
    CHECK(p.intensity.back() == expected["y_last"]);
    const double sum = std::accumulate(p.intensity.begin(), p.intensity.end(), 0.0);
    if (name.find("attenuator") == std::string::npos) {
      CHECK(sum == expected["y_sum"]);
      CHECK(*std::max_element(p.intensity.begin(), p.intensity.end()) == expected["y_max"]);
    } else {  // one point of 1877 counts behind the attenuator of 188
      CHECK(sum == double(expected["y_sum"]) + 187 * 1877);
      const auto highest = std::max_element(p.intensity.begin(), p.intensity.end()) - p.intensity.begin();
      CHECK(highest == 1336);
      CHECK(p.intensity[1336] == 188 * 1877);
      CHECK(p.sigma[1336] == doctest::Approx(188 * std::sqrt(1877.0)).epsilon(1e-15));
    }
  }
  CHECK(compared == 7);
}

TEST_CASE("data: radiation and radius are those that the files state") {
  const fs::path folder = fs::path(LAMELLA_DATA_DIR) / "patternformats/panalytical";
  const struct {
    const char* file;
    std::size_t lines;
    double radius;
  } cases[] = {{"CG20396_jdb12-1.xrdml", 2, 240},
               {"dara_NiO-Li2CO3-TiO2_2min.xrdml", 2, 145},
               {"empyrean.xrdml", 2, 240},
               {"rietx_panalytical_attenuator.xrdml", 2, 320},
               {"rietx_panalytical_powder.xrdml", 2, 240},
               {"xrdtools_test_scan.xrdml", 1, 320}};
  for (const auto& [file, lines, radius] : cases) {
    CAPTURE(std::string(file));
    const auto p = read_xrdml(folder / file);
    CHECK(p.radiation->count == lines);
    CHECK(p.radiation->anode == Anode::Cu);
    CHECK(p.radius == radius);
  }
}
