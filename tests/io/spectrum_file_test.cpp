#include <lamella/io/spectrum_file.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;

namespace {

const std::string folder = LAMELLA_DATA_DIR "/xps/";

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

template <class T>
std::string error_of(const Result<T>& result) {
  if (result) return "no error";
  const std::string message = result.error().what();
  CHECK(message.starts_with("a.dat:"));
  CHECK(contains(message, "expected"));
  CHECK(message.find_first_of("\r\n") == std::string::npos);
  CHECK(message.size() < 600);
  return message.substr(std::min<std::size_t>(6, message.size()));
}

const std::string vamas_head =
    "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4\ninstitute\ninstrument\noperator\nexperiment\n1\na comment\nNORM\n";

std::string vamas(const std::string& scan, const std::string& axis, const std::string& values) {
  return vamas_head + scan + "\n0\n1\nExp Variable\nd\n0\n0\n0\n0\n1\nNi2p\nsample\n2024\n1\n1\n0\n0\n0\n0\n1\nblock comment\nXPS\n0\nAl\n1486.61\n" +
         "0\n0\n0\n54.5\n180\nFAT\n20\n1\n4.1\n0\n0\n0\n0\n0\nNi\n2p\n-1\n" + axis + "pulse counting\n0.5\n4\n0\n0\n0\n0\n0\n" + values;
}
const std::string regular = vamas("REGULAR", "kinetic energy\neV\n600\n0.5\n2\ncounts\nd\nTransmission\nd\n", "6\n10\n30\n1\n1\n10\n1\n30\n1\n20\n1\nend of experiment\n");
const std::string irregular = vamas("IRREGULAR", "3\nKinetic Energy\neV\nIntensity\nd\ntransmission\nd\n", "9\n600\n601\n10\n30\n1\n1\n600\n10\n1\n600.5\n30\n1\n601\n20\n1\nend of experiment\n");
const std::string specs =
    "# Created by: SpecsLab\n#   Counts Per Second: yes\n#   Kinetic Energy Axis: yes\n# Group: sample\n# Region: Ni2p\n# Analysis Method: XPS\n# Number of Scans: 4\n"
    "# Dwell Time: 0.5\n# Excitation Energy: 1486.61\n# Eff. Workfunction: 4.1\n# Cycle: 0\n#\n# Cycle: 0, Curve: 0\n#\n# ColumnLabels: energy counts/s transmission\n600 10 1\n600.5 30 1\n601 20 1\n";

}  // namespace

TEST_CASE("VAMAS regular and irregular, and SPECS xy, hold the same spectrum") {
  std::string with_return = regular;
  with_return.replace(with_return.find("block comment"), 5, "bl\rck");  // seen in comments: no end of a line
  for (const std::string& text : {regular, irregular, specs, "\n\r\n" + regular, with_return, std::string("\xEF\xBB\xBF") + specs}) {
    const auto records = try_parse_spectra(text, "a.dat").value();
    REQUIRE(records.size() == 1);
    const auto& r = records[0];
    CHECK(r.name == "Ni2p");
    CHECK(r.sample == "sample");
    CHECK(r.technique == "XPS");
    CHECK(r.kinetic);
    CHECK(r.energy == std::vector<double>{600, 600.5, 601});
    CHECK(r.intensity == std::vector<double>{10, 30, 20});
    CHECK(r.transmission == std::vector<double>{1, 1, 1});
    CHECK(r.photon_energy == 1486.61);
    CHECK(r.work_function == 4.1);
    CHECK(r.seconds == 2.0);
    // Binding = photon − kinetic − work function, the last only where it is asked for.
    const auto s = binding_spectrum(r);
    CHECK(s.energy[0] == doctest::Approx(885.61));
    CHECK(s.energy[2] == doctest::Approx(886.61));
    CHECK(s.counts == std::vector<double>{20, 30, 10});
    CHECK(s.sigma[1] == doctest::Approx(r.rate ? std::sqrt(60.0) / 2 : std::sqrt(30.0)));
    CHECK(binding_spectrum(r, {.photon_energy = 1486.6, .work_function = *r.work_function, .shift = -0.2}).energy[0] == doctest::Approx(1486.6 - 601 - 4.1 - 0.2));
  }
}

TEST_CASE("two columns with and without a title, in any order") {
  for (const std::string& text : {std::string("885 10\n885.5 30\n886 20\n"), std::string("NiO\r\n886,20\r\n885.5,30\r\n885,10\r\n"), std::string("BE/eV;I\n885;10;\n885.5;30;\n886;20;\n"),
                                  std::string("\xEF\xBB\xBF# NiO\n\n8.86e2\t2e1\t\t\n# \n8.855e2\t30\t\t\n885\t10\t\t\n")}) {
    CAPTURE(text);
    const auto s = binding_spectrum(parse_spectrum_columns(text, "a.dat"));
    CHECK(s.energy == std::vector<double>{885, 885.5, 886});
    CHECK(s.counts == std::vector<double>{10, 30, 20});
    CHECK(s.sigma[0] == std::sqrt(10.0));
  }
  const auto kinetic = parse_spectrum_columns("#E_kin, intensity, hv=180eV\n84.0,96.0\n85,30\n", "a.dat");
  CHECK(kinetic.kinetic);
  CHECK(kinetic.photon_energy == 180);
  CHECK(binding_spectrum(kinetic).energy == std::vector<double>{95, 96});
}

TEST_CASE("faults of files of spectra") {
  const std::string big = "999999999";
  const auto replaced = [](std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
  };
  const std::pair<std::string, const char*> cases[] = {
      {"", "1: 0 lines of two numbers"},
      {"a\nb\n", "0 lines of two numbers"},
      {"885 1\n", "1 lines of two numbers"},
      {"885 1\n886 x\n", "2: \"x\" is not a number, expected an intensity"},
      {"885 1\n886 nan\n", "2: \"nan\" is not finite"},
      {"885 1\n886 2 3\n", "2: 3 columns, expected two"},
      {"885,5\t10\n886,0\t11\n", "1: 3 columns, expected two: energy in eV and intensity, with decimal points"},
      {"885 1\n1e999 1\n", "too large"},
      {std::string(101, 'x') + "\n" + [] { std::string t; for (int i = 0; i < 120; ++i) t += "<p>\n"; return t; }(), "101: still no line of two numbers"},
      {replaced(regular, "NORM", "NORMAL"), "8: experiment mode \"NORMAL\""},
      {replaced(regular, "REGULAR", "REG"), "9: scan mode \"REG\""},
      {replaced(regular, "kinetic energy\neV", "kinetic energy\nmeV"), "an abscissa in \"meV\", expected eV"},
      {replaced(regular, "kinetic energy", "mass"), "abscissa \"mass\", expected \"kinetic energy\""},
      {replaced(regular, "600\n0.5\n2", "600\n0\n2"), "in steps of 0"},
      {replaced(regular, "\n6\n10\n30\n", "\n7\n10\n30\n"), "7 ordinate values, expected a multiple of the 2"},
      {replaced(regular, "\n6\n10\n30\n", "\n" + big + "\n10\n30\n"), "expected a multiple"},
      {replaced(regular, "\n6\n10\n30\n", "\n999999998\n10\n30\n"), "\"end of experiment\" is not a number, expected an ordinate value"},
      {replaced(regular, "\n30\n1\n20", "\n3,0\n1\n20"), "\"3,0\" is not a number, expected an ordinate value"},
      {replaced(regular, "\n0\n0\n0\n0\n1\nNi2p", "\n3\n0\n0\n0\n1\nNi2p"), "a parameter inclusion or exclusion list of \"3\" entries"},
      {replaced(regular, "1\na comment", big + "\na comment"), "the file ends, expected a comment line"},
      {replaced(regular, "\n1\nNi2p", "\n0\nNi2p"), "no blocks"},
      {replaced(regular, "\n1\nNi2p", "\n2\nNi2p"), "expected a sample identifier"},
      {regular.substr(0, 200), "the file ends, expected"},
      {replaced(irregular, "3\nKinetic", "1\nKinetic"), "1 corresponding variables, expected an intensity beside the abscissa"},
      {replaced(specs, "600.5 30 1", "600.5 30"), "17: 2 columns, expected 3 as before"},
      {replaced(specs, "600.5 30 1", "600.5 3O 1"), "17: \"3O\" is not a number, expected an intensity"},
      {replaced(specs, "# Cycle: 0, Curve: 0", "#"), "expected a line \"# Cycle: 0, Curve: 0\""},
      {replaced(specs, "\n600.5 30 1\n601 20 1", ""), "a single point"},
      {replaced(specs, "# Dwell Time", "# Cycle: 0, Curve: 1\n# Dwell"), ""},
      {"# Created by: SpecsLab\n", "no rows of energy and intensity"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text.substr(0, 300));
    const auto result = try_parse_spectra(text, "a.dat");
    if (message[0] == '\0') {
      CHECK(result.has_value());
      continue;
    }
    const std::string error = error_of(result);
    CAPTURE(error);
    CHECK(contains(error, message));
  }

  auto record = parse_vamas(regular, "a.dat")[0];
  record.photon_energy.reset();
  CHECK(contains(error_of(try_binding_spectrum(record)), "kinetic energies without a photon energy"));
  CHECK(contains(error_of(try_binding_spectrum(parse_spectrum_columns("E_kin\n1 2\n3 4\n", "a.dat"))), "kinetic energies without a photon energy"));
  CHECK(contains(error_of(try_binding_spectrum(parse_spectrum_columns("885 1\n886 2\n885.5 3\n", "a.dat"))), "point 3: energy 885.5 after 886, expected each energy once"));
  CHECK(contains(error_of(try_binding_spectrum(parse_spectrum_columns("885 1\n886 1e30\n", "a.dat"))), "point 2: intensity 1e+30"));
  const auto two = try_parse_spectra(replaced(specs, "601 20 1\n", "601 20 1\n# Region: O 1s\n# Cycle: 0, Curve: 0\n530 1 1\n531 1 1\n"), "a.dat").value();
  REQUIRE(two.size() == 2);
  CHECK(contains(error_of(choose_spectrum(two, "", "a.dat")), " 2 spectra, expected one of: 1 \"Ni2p\", 2 \"O 1s\""));
  CHECK(choose_spectrum(two, "o1s", "a.dat").value().name == "O 1s");
  CHECK(choose_spectrum(two, "2", "a.dat").value().name == "O 1s");
  CHECK(contains(error_of(choose_spectrum(two, "Mn 2p", "a.dat")), "0 spectra of the name \"Mn 2p\""));
  CHECK(contains(try_read_spectra("/no/such/file").error().what(), "no such file"));

  // Cut anywhere and damaged anywhere: one error or a sound spectrum.
  const auto sound = [](const std::string& text) {
    const auto records = try_parse_spectra(text, "a.dat");
    if (!records) {
      error_of(records);
      return true;
    }
    for (const auto& r : records.value()) {
      const auto s = try_binding_spectrum(r);
      if (!s) error_of(s);
      else if (s.value().size() < 2 || !std::isfinite(s.value().counts[1])) return false;
    }
    return true;
  };
  for (const std::string& text : {regular, irregular, specs, std::string("title\n885 10\n886 20\n887 4\n")}) {
    for (std::size_t i = 0; i < text.size(); i += 1 + i / 300) CHECK(sound(text.substr(0, i)));
    for (std::size_t i = 0; i < text.size(); i += 1 + i / 100)
      for (const char c : {'9', '-', ' ', '\n', '\0', '\xff'}) {
        std::string damaged = text;
        damaged[i] = c;
        CHECK(sound(damaged));
      }
  }
}

TEST_CASE("data: all blocks of the VAMAS and SPECS files as xylib reads them") {
  const auto reference = nlohmann::json::parse(std::ifstream(folder + "reference_xyconv.json"));
  std::size_t blocks = 0;
  for (const auto& [file, r] : reference["files"].items()) {
    if (!r.contains("blocks") || r["n_blocks"] == 0 || file == "xylib/Spectra.1" || contains(file, "MgFe2O4") || contains(file, ".csv")) continue;
    CAPTURE(file);
    const auto records = try_read_spectra(folder + file);
    if (contains(file, ".txt") && !contains(file, "xpsdeeplearning")) continue;  // several columns, which xylib takes as blocks
    CAPTURE(records ? "" : records.error().what());
    REQUIRE(records.has_value());
    REQUIRE(records.value().size() == r["n_blocks"].get<std::size_t>());
    for (std::size_t b = 0; b < r["blocks"].size(); ++b) {
      const auto& record = records.value()[b];
      const auto& expected = r["blocks"][b];
      CAPTURE(record.name);
      CHECK(record.energy.size() == expected["n"].get<std::size_t>());
      CHECK(record.energy.front() == doctest::Approx(expected["x_first"].get<double>()).epsilon(1e-12));
      CHECK(record.energy.back() == doctest::Approx(expected["x_last"].get<double>()).epsilon(1e-9));
      CHECK(record.intensity.front() == expected["y_first"].get<double>());
      CHECK(std::accumulate(record.intensity.begin(), record.intensity.end(), 0.0) == doctest::Approx(expected["y_sum"].get<double>()).epsilon(1e-12));
      CHECK(*std::max_element(record.intensity.begin(), record.intensity.end()) == expected["y_max"].get<double>());
      ++blocks;
    }
  }
  CHECK(blocks > 20);
}

TEST_CASE("data: irregular VAMAS, and one measurement in two files on two scales") {
  const auto feo = read_spectra(folder + "pynxtools_xps/FeO_analyzed.vms");
  REQUIRE(feo.size() == 1);
  CHECK(feo[0].energy.size() == 1121);
  CHECK_FALSE(feo[0].work_function);  // 1e37
  const auto s = binding_spectrum(feo[0]);
  CHECK(s.energy.back() == doctest::Approx(750.0));
  CHECK(s.energy.front() == doctest::Approx(694.0));
  CHECK(s.counts.back() == 12516.9);

  // The same survey by SpecsLab Prodigy: kinetic energies in VAMAS, binding energies in xy. Equal without the work function.
  const auto vamas_file = read_spectra(folder + "pynxtools_xps/irregular.vms"), xy = read_spectra(folder + "pynxtools_xps/MgFe2O4_small.xy");
  REQUIRE(xy.size() == 2);
  CHECK(xy[0].work_function == 4.1082);
  const auto a = binding_spectrum(vamas_file[0]), b = binding_spectrum(xy[0]);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a.energy[i] == doctest::Approx(b.energy[i]).epsilon(1e-9).scale(1));
    CHECK(a.counts[i] == doctest::Approx(b.counts[i]).epsilon(1e-5));  // printed to six digits
  }
  // Kratos: likewise, beside the instrument's own export.
  const auto ni = read_spectrum(folder + "lg4x/0-150W.vms", "Ni 2p"), exported = read_spectrum(folder + "lg4x/0-150W_NiWNi2p_Ni2p.txt");
  REQUIRE(ni.size() == exported.size());
  CHECK(ni.counts == exported.counts);
  CHECK(ni.energy.front() == doctest::Approx(exported.energy.front()));
  // 68 blocks of mixed oxides.
  CHECK(read_spectra(folder + "xpsdeeplearning/EX502-506_Fe_Ni_Co_mixed_oxides.vms").size() == 68);
  CHECK(contains(try_read_spectra(folder + "pynxtools_xps/kratos.vms").error().what(), "expected"));
}
