#include <lamella/io/impedance_file.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;

namespace {

const std::string folder = std::string(LAMELLA_DATA_DIR) + "/electrochem/";

using Column = std::vector<double>;

std::string error_of(const Result<ImpedanceSpectrum>& result) {
  if (result) return "no error";
  const std::string message = result.error().what();
  CHECK(message.starts_with("a.dat:"));
  CHECK(message.find("expected") != std::string::npos);
  CHECK(message.find_first_of("\r\n") == std::string::npos);
  CHECK(message.size() < 400);
  return message.substr(6);
}

double sum(const Column& x) { return std::accumulate(x.begin(), x.end(), 0.0); }

}  // namespace

TEST_CASE("tables of impedance in the dialects of people") {
  for (const char* text :
       {"f,Z',Z''\n1000,5.5,-2\n100,7,-3.25\n", "f;Z';Z''\r\n1000;5,5;-2\r\n100;7;-3,25\r\n", "freq\tZre\t-Zim\n1000\t5.5\t2\n100\t7\t3.25\n",
        "frequency real imaginary\n1000 5.5 -2\n100 7 -3.25", "\xEF\xBB\xBF\"Freq (kHz)   Z' (a)   Z'' (b)\"\n1,5.5,-2\n0.1,7,-3.25\n",
        "some text\nof a person\nFreq/Hz, Z'/ohm, Z\"/ohm, Z/ohm\n\n1.0e+3, 5.5e+0, -2, 9\n1.0e+2, 7, -3.25, 9\n", "1000 5,5 -2\n100 7 -3,25\n",
        "Time\t-Z''/mOhm\tf/Hz\tZ'/mOhm\nx\t2e3\t1e3\t5.5e3\ny\t3250\t1e2\t7e3\n", " f/Hz \t Z'/Ohm \t -Z''/Ohm \t\n 2 \n 1e3\t 5.5\t 2\t\n 1e2\t 7\t 3.25\t\n",
        "f,Z',Z''\n0,0,0\n1000,5.5,-2\n100,7,-3.25\n", "metadata\n\n2\n1000.0 5.5 -2\n100.0 7 -3.25\n", "f,-Z',-Z''\n1000,-5.5,2\n100,-7,3.25\n"}) {
    CAPTURE(text);
    const auto spectrum = try_parse_impedance(text, "a.dat");
    REQUIRE_MESSAGE(spectrum.has_value(), (spectrum ? "" : spectrum.error().what()));
    const auto& s = spectrum.value();
    REQUIRE(s.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(s.frequency[i] == doctest::Approx(i == 0 ? 1000 : 100).epsilon(1e-15));
      CHECK(s.real[i] == doctest::Approx(i == 0 ? 5.5 : 7).epsilon(1e-15));
      CHECK(s.imaginary[i] == doctest::Approx(i == 0 ? -2 : -3.25).epsilon(1e-15));
    }
    CHECK(s.source == "a.dat");
  }
  CHECK(try_parse_impedance("1000 5.5 -2\n100 7 -3\n", "a.dat").value().notes.size() == 1);
  const auto polar = parse_impedance("freq,|Z|,phase\n10,2,-90\n1,4,0\n", "a.dat");
  CHECK(polar.imaginary[0] == doctest::Approx(-2));
  CHECK(polar.real[1] == 4);
}

TEST_CASE("sweeps one after the other are told apart, small steps back are not") {
  std::string text = "f,Z',Z''\n";
  for (int n = 0; n < 3; ++n)
    for (const char* f : {"1000", "300", "100", "30", "10"}) text += std::string(f) + "," + std::to_string(n + 1) + ",-1\n";
  CHECK(try_parse_impedance_spectra(text, "a.dat").value().size() == 3);
  CHECK(error_of(try_parse_impedance(text, "a.dat")).find("7: 3 sweeps, expected one; say which to read, from 1") != std::string::npos);
  CHECK(parse_impedance(text, "a.dat", 3).real == Column{3, 3, 3, 3, 3});
  CHECK(error_of(try_parse_impedance(text, "a.dat", 4)).find("sweep 4 does not exist, expected 1 to 3") != std::string::npos);
  CHECK(parse_impedance("f,Z',Z''\n1000,1,1\n300,1,1\n310,1,1\n100,1,1\n100,1,1\n10,1,1\n", "a.dat").size() == 6);
  CHECK(try_parse_impedance_spectra("f,Z',Z''\n1,1,1\n10,1,1\n100,1,1\n1,1,1\n10,1,1\n", "a.dat").value().size() == 2);
}

TEST_CASE("faults of impedance tables") {
  const std::string table = "f,Z',Z''\n1000,5.5,-2\n100,7,-3\n";
  const std::pair<std::string, const char*> cases[] = {
      {"", "1: is empty, expected"},
      {"\n\n", "1: is empty"},
      {"hello\n", "1: no line with headings of frequency and impedance"},
      {std::string("f,Z',Z''\n1,\0,3\n", 14), "1: is not text"},
      {"{\"f\": 1}", "1: starts with \"{\", expected a table"},
      {"<html>\n", "1: starts with \"<\""},
      {"f,Z',Z''\n", "1: no points"},
      {"f,Z',Z''\n1,2,-3\n", "2: a single point, expected a spectrum of two or more"},
      {"Re(Z)/Ohm\t-Im(Z)/Ohm\n1\t2\n", "1: no column of frequencies beside the impedance"},
      {"f,Z',Z''/mV\n1,2,3\n", "1: the column \"Z''/mV\" has another unit"},
      {"omega/Hz,Z',Z''\n1,2,3\n", "1: no column of frequencies"},
      {"f/min,Z',Z''\n1,2,3\n", "1: the column \"f/min\" has another unit"},
      {"f,Z',Z''\nx y\n", "2: \"x y\" has not the 3 cells of the headings"},
      {table + "10,8\n", "4: 2 cells, expected 3"},
      {table + "10,8,-3,5\n", "4: 4 cells, expected 3"},
      {table + "10,8,x\n", "4: \"x\" is not a number, expected an impedance"},
      {table + "nan,8,-1\n", "4: \"nan\" is not finite, expected a frequency"},
      {table + "10,1e999,-1\n", "4: \"1e999\" is too large"},
      {table + "-10,8,-1\n", "4: frequency -10, expected a positive number in Hz"},
      {table + "0,8,-1\n", "4: frequency 0, expected"},
      {table + "10,0,0\n", "4: an impedance of 0"},
      {table + "10,1e30,0\n", "4: impedance 1e+30 0, expected finite numbers"},
      {"f;Z';Z''\n1000;5.5;-2\n100;7,5;-3\n", "3: \"7,5\" has a decimal comma, expected a point as before"},
      {"f|Z'|Z''\n1|2|3\n", "1: no line with headings"},
      {"freq,|Z|,phase\n10,-2,-90\n1,4,0\n", "2: modulus -2, expected a positive number"},
      {"f\tZ'\tZ''\n3\n1\t2\t-3\n2\t2\t-3\n", "2: 2 points, expected the 3 that are announced"},
      {"text\n3\n1 2 3\n2 2 3\n", "2: 2 lines follow, expected the 3 points"},
      {"VERSION8.0\n 5\n 1\n 1\n", "2: 5 points are announced, expected nine lines for each"},
      {"VERSION8.0\n 1\n 1\n 10\n x\n 2\n0\n0\n0\n0\n0\n0\n", "5: \"x\" is not a number"},
      {"primary_data\n3\n9999999\n1 2 3\n", "2: primary_data without its count"},
      {"primary_data\n", "1: primary_data without its count"},
      {"primary_data\n3\n2\n1 2 3\n1 2\n", "5: 2 cells, expected Z', Z'' and a frequency"},
      {"EXPLAIN\nTAG\tEISPOT\n", "1: no table ZCURVE"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = error_of(try_parse_impedance(text, "a.dat"));
    CAPTURE(error);
    CHECK(error.find(message) != std::string::npos);
  }
  CHECK(std::string(try_read_impedance("/no/such/file").error().what()).find("no such file") != std::string::npos);
  CHECK_THROWS_AS((void)parse_impedance("", "a"), Error);
}

TEST_CASE("data: spectra of ten instruments as impedance.py reads them") {
  const auto files = nlohmann::json::parse(std::ifstream(folder + "eis_impedance_py/reference_impedance_py.json"))["files"];
  int read = 0;
  for (const auto& [name, expected] : files.items()) {
    const auto path = folder + "eis_impedance_py/" + name;
    if (!std::filesystem::exists(path)) continue;
    CAPTURE(name);
    const auto spectrum = try_read_impedance(path);
    if (expected.contains("failed")) {
      REQUIRE(!spectrum);
      CHECK(std::string(spectrum.error().what()).find("MissingFreq.mpt:61: no column of frequencies") != std::string::npos);
      continue;
    }
    REQUIRE_MESSAGE(spectrum.has_value(), (spectrum ? "" : spectrum.error().what()));
    const auto& s = spectrum.value();
    CHECK(s.size() == expected["n"].get<std::size_t>());
    CHECK(s.frequency.front() == doctest::Approx(expected["f_first"].get<double>()).epsilon(1e-12));
    CHECK(s.frequency.back() == doctest::Approx(expected["f_last"].get<double>()).epsilon(1e-12));
    CHECK(s.real.front() == doctest::Approx(expected["Z_first"][0].get<double>()).epsilon(1e-12));
    CHECK(s.imaginary.front() == doctest::Approx(expected["Z_first"][1].get<double>()).epsilon(1e-12));
    CHECK(s.real.back() == doctest::Approx(expected["Z_last"][0].get<double>()).epsilon(1e-12));
    CHECK(s.imaginary.back() == doctest::Approx(expected["Z_last"][1].get<double>()).epsilon(1e-12));
    CHECK(sum(s.real) == doctest::Approx(expected["sum_re"].get<double>()).epsilon(1e-10));
    CHECK(sum(s.imaginary) == doctest::Approx(expected["sum_im"].get<double>()).epsilon(1e-10));
    ++read;
  }
  CHECK(read >= 13);
}

TEST_CASE("data: one spectrum in twenty dialects is the same") {
  const auto first = read_impedance(folder + "eis_pyimpspec/data-comma.csv");
  REQUIRE(first.size() == 29);
  // Formats that keep few digits: P00 four, .z and .mpt seven, .idf six.
  const std::pair<const char*, double> files[] = {{"case-negative-real-imaginary.csv", 1e-12}, {"data-comma-decimal-separator.csv", 1e-12},
                                                  {"data-header-variant-1.csv", 1e-12}, {"data-header-variant-2.csv", 1e-12},
                                                  {"data-header-variant-3.csv", 1e-12}, {"data-header-variant-4.csv", 1e-12},
                                                  {"data-metadata.mpt", 1e-7}, {"data-semicolon.csv", 1e-12}, {"data-space.csv", 1e-12},
                                                  {"data-tab.csv", 1e-12}, {"data.P00", 6e-4}, {"data.dfr", 1e-12}, {"data.dta", 1e-12},
                                                  {"data.i2b", 1e-12}, {"data.idf", 1e-5}, {"data.mpt", 1e-7}, {"data.z", 1e-6}};
  for (const auto& [name, tolerance] : files) {
    CAPTURE(name);
    const auto s = read_impedance(folder + "eis_pyimpspec/" + name);
    REQUIRE(s.size() == 29);
    for (std::size_t i = 0; i < 29; ++i) {
      CHECK(s.frequency[i] == doctest::Approx(first.frequency[i]).epsilon(tolerance));
      CHECK(s.real[i] == doctest::Approx(first.real[i]).epsilon(tolerance));
      CHECK(s.imaginary[i] == doctest::Approx(first.imaginary[i]).epsilon(tolerance));
    }
  }
}

TEST_CASE("data: files with several sweeps, a part of one, drift, and no impedance") {
  const auto count = [](const std::string& name) {
    const auto text = try_read_text_file(folder + name);
    return try_parse_impedance_spectra(text.value(), name).value().size();
  };
  CHECK(count("eis_pyimpspec/case-multiple-spectra.csv") == 4);
  CHECK(count("eis_pyimpspec/case-multiple-spectra-reverse.csv") == 2);
  CHECK(count("eis_pyimpspec/case-multiple-spectra.mpt") == 3);
  CHECK(count("cycling_biologic/geis.issue_149.mpt") == 4);
  CHECK(count("cycling_biologic/peis.mpt") == 1);
  CHECK(read_impedance(folder + "eis_pyimpspec/case-multiple-spectra.csv", 4).size() == 29);
  CHECK(read_impedance(folder + "eis_pyimpspec/case-fragment.csv").size() == 6);
  const auto drift = read_impedance(folder + "eis_pyimpspec/drift-corrected-data.dta");
  CHECK(drift.size() == 55);
  CHECK(drift.real.back() == 163443.2);
  CHECK(drift.notes.size() == 1);
  for (const char* name : {"cycling_biologic/gcpl.issue_149.mpt", "cycling_biologic/ocv.mpt", "cycling_biologic/mb.issue_95.de.mpt", "cycling_biologic/zir.mpt",
                           "eis_pyimpspec/data.json"}) {
    const auto refused = try_read_impedance(folder + name);
    REQUIRE(!refused);
    const std::string what = refused.error().what();
    CHECK(what.find(std::string(name) + ":") != std::string::npos);
    CHECK(what.find("expected") != std::string::npos);
  }
}
