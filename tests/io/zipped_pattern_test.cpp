// Patterns in zip archives: Bruker BRML and Rigaku RASX.
#include <lamella/io/brml.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/rigaku_rasx.hpp>

#include <doctest/doctest.h>

#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains;

namespace {

void add(std::string& bytes, std::size_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

/// `content` deflated as zip archives hold it.
std::string deflated(const std::string& content) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(content.size() + 100, '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

/// A zip archive of these files, after PKWARE's APPNOTE.
std::string zip(const std::vector<std::pair<std::string, std::string>>& files, bool pack = true) {
  std::string bytes, directory;
  for (const auto& [name, content] : files) {
    const std::string data = pack ? deflated(content) : content;
    const std::size_t crc = crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    const std::size_t offset = bytes.size();
    std::string common;  // from "version needed" to "extra length"
    add(common, 20, 2);
    add(common, 0, 2);
    add(common, pack ? 8 : 0, 2);
    add(common, 0, 4);
    add(common, crc, 4);
    add(common, data.size(), 4);
    add(common, content.size(), 4);
    add(common, name.size(), 2);
    add(common, 0, 2);
    bytes += "PK\x03\x04" + common + name + data;
    directory += "PK\x01\x02";
    add(directory, 20, 2);
    directory += common;
    add(directory, 0, 2);
    add(directory, 0, 4);
    add(directory, 0, 4);
    add(directory, offset, 4);
    directory += name;
  }
  std::string end = "PK\x05\x06";
  add(end, 0, 4);
  add(end, files.size(), 2);
  add(end, files.size(), 2);
  add(end, directory.size(), 4);
  add(end, bytes.size(), 4);
  add(end, 0, 2);
  return bytes + directory + end;
}

std::string raw_data(const std::string& data, const std::string& points = "2") {
  return "<?xml version=\"1.0\"?>\n<RawData>\n<DataRoutes><DataRoute RouteFlag=\"Measured\"><ScanInformation><MeasurementPoints>" + points +
         "</MeasurementPoints></ScanInformation>\n" + data +
         "<DataViews><RawDataView Start=\"0\" Length=\"1\" LogicName=\"MeasuredTime\"/><RawDataView Start=\"1\" Length=\"1\" LogicName=\"AbsorptionFactor\"/>"
         "<RawDataView Start=\"2\" Length=\"2\"><Varying><FieldDefinitions FieldName=\"Theta\"/><FieldDefinitions FieldName=\"TwoTheta\"/></Varying></RawDataView>"
         "<RawDataView Start=\"4\" Length=\"1\"><Recording><Unit Base=\"Counts\"/></Recording></RawDataView></DataViews></DataRoute></DataRoutes>\n"
         "<FixedInformation><Instrument><PrimaryTracks><TrackInfoData><Radius Unit=\"mm\" Value=\"141\"/><Tube><WaveLengthAlpha1 Value=\"1.5406\"/>"
         "<WaveLengthAlpha2 Value=\"1.54439\"/><WaveLengthRatio Value=\"0.5\"/><TubeMaterial>Cu</TubeMaterial></Tube></TrackInfoData></PrimaryTracks>"
         "</Instrument></FixedInformation></RawData>\n";
}

const std::string datum = "<Datum>2,1,5,10,100</Datum>\n<Datum>2,1,5.1,10.2,81</Datum>\n";

/// The one line of an error, without the name "a.dat" in front.
template <class T>
std::string zip_error(const Result<T>& result) {
  if (result) return "no error";
  const std::string message = result.error().what();
  CHECK(message.starts_with("a.dat"));
  CHECK(contains(message, "expected"));
  CHECK(message.find_first_of("\r\n") == std::string::npos);
  return message.substr(std::min<std::size_t>(5, message.size()));
}

}  // namespace

TEST_CASE("BRML: the columns that the file names, packed or stored") {
  for (const bool pack : {true, false}) {
    const auto p = parse_brml(zip({{"x.xml", "<a/>"}, {"Experiment0/RawData0.xml", raw_data(datum)}}, pack), "a.brml");
    CHECK(p.two_theta == Column{10, 10.2});
    CHECK(p.intensity == Column{100, 81});
    CHECK(p.sigma == Column{10, 9});
    CHECK(p.radius == 141);
    REQUIRE(p.radiation);
    CHECK(p.radiation->count == 2);
    CHECK(p.radiation->anode == Anode::Cu);
    CHECK(p.source == "a.brml");
  }
  const auto times = try_parse_brml_scan(raw_data("<Datum>1,1,5,10,100</Datum><Datum>2,1,5.1,10.2,100</Datum>"), "a").value();
  CHECK(times.intensity == Column{200, 100});
  CHECK(times.sigma == Column{20, 10});
  const auto plain = try_parse_brml_scan("<RawData><DataRoutes><DataRoute><ScanInformation><ScanAxes><ScanAxisInfo AxisId=\"TwoTheta\"/>"
                                         "<ScanAxisInfo AxisId=\"Theta\"/></ScanAxes></ScanInformation><Datum>1,1,10,5,7</Datum><Datum>1,1,11,5.5,8</Datum>"
                                         "</DataRoute></DataRoutes></RawData>",
                                         "a").value();
  CHECK(plain.two_theta == Column{10, 11});
  CHECK(plain.intensity == Column{7, 8});
}

TEST_CASE("RASX: points and conditions") {
  const std::string conditions =
      "<?xml version=\"1.0\"?><m><TargetName>Cu</TargetName><WaveType>Ka1</WaveType><WavelengthKalpha1>1.540593</WavelengthKalpha1>"
      "<WavelengthKalpha2>1.544414</WavelengthKalpha2><ScanInformation><AxisName>TwoThetaTheta</AxisName><IntensityUnit>counts</IntensityUnit>"
      "<DataCount>2</DataCount></ScanInformation></m>";
  const std::string points = "\xEF\xBB\xBF" "10.0\t100\t1\r\n10.1\t49\t10\r\n";
  const auto p = parse_rasx(zip({{"Data0/Profile0.txt", points}, {"Data0/MesurementConditions0.xml", conditions}, {"root.xml", "<a/>"}}), "a.rasx");
  CHECK(p.two_theta == Column{10, 10.1});
  CHECK(p.intensity == Column{100, 490});
  CHECK(p.sigma == Column{10, 70});
  CHECK(p.source == "a.rasx");
  REQUIRE(p.radiation);
  CHECK(p.radiation->count == 1);
  CHECK(parse_rasx(zip({{"Data0/Profile0.txt", points}}), "a").size() == 2);
  const std::string two = zip({{"Data10/Profile10.txt", "30 1\n31 2\n"}, {"Data2/Profile2.txt", points}});
  CHECK(contains(zip_error(try_parse_rasx(two, "a.dat")), "2 scans, expected one"));
  CHECK(parse_rasx(two, "a", 2).two_theta == Column{30, 31});  // by number, not by name
  CHECK(contains(zip_error(try_parse_rasx(zip({{"Data0/Profile0.txt", points}, {"Data0/MesurementConditions0.xml", "<a>"}}), "a.dat")),
                 "!Data0/MesurementConditions0.xml:1: not well-formed XML"));
  CHECK(contains(zip_error(try_parse_rasx(zip({{"Data0/Profile0.txt", "10 x\n"}}), "a.dat")), "!Data0/Profile0.txt:1: \"x\" is not a number"));
}

TEST_CASE("faults of zip archives and of what is in them") {
  const std::string good = zip({{"Experiment0/RawData0.xml", raw_data(datum)}});
  const auto changed = [&good](std::size_t at, char c) {
    std::string bytes = good;
    bytes[at] = c;
    return bytes;
  };
  const std::size_t directory = good.find("PK\x01\x02");
  const std::pair<std::string, const char*> cases[] = {
      {"", "is no zip archive, expected one"},
      {"PK\x03\x04 and no more than this text", "has no directory at its end"},
      {good.substr(0, good.size() / 2), "has no directory at its end"},
      {zip({{"a.xml", "<a/>"}}), "no RawData in the zip archive"},
      {changed(directory, 'X'), "the directory of the zip archive is damaged"},
      {changed(directory + 8, 1), "is encrypted"},
      {changed(directory + 10, 12), "is packed by method 12, expected stored"},
      {changed(directory + 16, 'X'), "is damaged (length or checksum)"},
      {changed(directory + 27, 0x7f), "bytes, expected at most 268435456"},
      {changed(directory + 25, 0x7f), "is damaged (deflate)"},
      {changed(directory + 23, 0x7f), "is cut off"},
      {changed(directory + 45, 0x7f), "is not where the zip archive says"},
      {changed(30 + 24 + 5, 'X'), "is damaged"},
      {zip({{"RawData0.xml", "<RawData"}}), "not well-formed XML"},
      {zip({{"RawData0.xml", "<Other/>"}}), "root element <Other>, expected <RawData>"},
      {zip({{"RawData0.xml", "<RawData/>"}}), "no <DataRoute>"},
      {zip({{"RawData0.xml", raw_data("<Datum>2,1,5,10</Datum>")}}), "is no number or has too few"},
      {zip({{"RawData0.xml", raw_data("<Datum>2,1,5,x,4</Datum>")}}), "RawData0.xml:4: \"x\" is no number"},
      {zip({{"RawData0.xml", raw_data("<Datum>2,12.5,5,10,4</Datum>")}}), "absorption factor 12.5, expected 1"},
      {zip({{"RawData0.xml", raw_data("<Datum>0,1,5,10,4</Datum>")}}), "time 0, expected"},
      {zip({{"RawData0.xml", raw_data(datum, "3")}}), "2 points, expected the 3 of <MeasurementPoints>"},
      {zip({{"RawData0.xml", raw_data("<Datum>2,1,5,10,4</Datum>", "1")}}), "a single point"},
      {zip({{"RawData0.xml", raw_data(datum)}, {"RawData1.xml", raw_data(datum)}}), "2 scans, expected one"},
  };
  for (const auto& [bytes, message] : cases) {
    const std::string error = zip_error(try_parse_brml(bytes, "a.dat"));
    CAPTURE(error);
    CAPTURE(std::string(message));
    CHECK(contains(error, message));
  }
  CHECK(contains(zip_error(try_parse_rasx(good, "a.dat")), "no Profile in the zip archive"));
}

TEST_CASE("damaged zip archives give an error or a sound pattern") {
  const std::string good = zip({{"RawData0.xml", raw_data(datum)}});
  const auto sound = [](const Result<PowderPattern>& result) {
    if (!result) zip_error(result);
    else CHECK(result.value().size() >= 2);
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    sound(try_parse_brml(good.substr(0, i), "a.dat"));
    for (const char c : {'\0', '\xff', 'P'}) {
      std::string damaged = good;
      damaged[i] = c;
      sound(try_parse_brml(damaged, "a.dat"));
      sound(try_parse_pattern("a.dat", damaged));
    }
  }
}

TEST_CASE("archives are told apart by the names in them") {
  CHECK(marked_pattern_format(zip({{"Experiment0/RawData0.xml", raw_data(datum)}})) == PatternFormat::brml);
  CHECK(marked_pattern_format(zip({{"Data0/Profile0.txt", "10 5\n11 7\n"}})) == PatternFormat::rasx);
  CHECK(marked_pattern_format(raw_data(datum)) == PatternFormat::brml);
  CHECK(try_parse_pattern("RawData0.xml", raw_data(datum)).value().size() == 2);
  CHECK(try_parse_pattern("a", zip({{"Data0/Profile0.txt", "10 5\n11 7\n"}})).value().intensity == Column{5, 7});
}
