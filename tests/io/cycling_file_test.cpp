#include <lamella/io/cycling_file.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of;

namespace {

const std::string data = LAMELLA_DATA_DIR "/electrochem/";

CyclingTable parse(const std::string& text) { return parse_cycling(text, "a.dat"); }
std::string complaint(const std::string& text, const CyclingReading& reading = {}) { return error_of(try_parse_cycling(text, "a.dat", reading)); }

const std::string mpt_head =
    "EC-Lab ASCII FILE\r\nNb header lines : 5    \r\n\r\nElectrode surface area : 0,001 cm\xB2\r\n"
    "mode\ttime/s\tcontrol/mA\tEwe/V\t<I>/mA\t(Q-Qo)/mA.h\tCapacitance charge/\xB5""F\tcycle number\t\r\n";

double charged(const CyclingTable& table, double sign) {
  double sum = 0;
  for (std::size_t i = 1; i < table.size(); ++i) sum += std::max(sign * (table.charge[i] - table.charge[i - 1]), 0.0);
  return sum;
}

}  // namespace

TEST_CASE("names of columns say quantity and unit in the ways of many cyclers") {
  for (const char* head : {"time/s,Ewe/V,I/mA", "Test Time / s,Voltage / V,Current / mA", "Time [s],U[V],I[mA]", "\"Run Time (sec)\",Potential (V),\"Current (mA)\"",
                           "time/s\t<Ewe/V>\t<I>/mA", "TestTime(s);Volts;mAmps", "\xEF\xBB\xBFtime/s,Ecell/V,I/mA"}) {
    CAPTURE(std::string(head));
    const std::string first(head);
    const char separator = contains(first, "\t") ? '\t' : contains(first, ";") ? ';' : ',';
    std::string rows = "\n0,3,1\n3600,3.5,1\n";
    std::replace(rows.begin(), rows.end(), ',', separator);
    const CyclingTable t = parse(first + rows);
    CHECK(t.time == Column{0, 3600});
    CHECK(t.voltage == Column{3, 3.5});
    CHECK(t.current == Column{1, 1});
    CHECK(t.charge == Column{0, 1});
    CHECK(t.charge_source == ChargeSource::integrated);
    CHECK(t.source == "a.dat");
  }
}

TEST_CASE("units are converted: hours, millivolts, amperes, microamperes, coulombs") {
  const CyclingTable t = parse("time/h,Ewe/mV,I/A,(Q-Qo)/C\n0,3000,0.001,7\n0.5,3500,0.001,8.8\n");
  CHECK(t.time == Column{0, 1800});
  CHECK(t.voltage == Column{3, 3.5});
  CHECK(t.current == Column{1, 1});
  CHECK(t.charge[1] == doctest::Approx(0.5).epsilon(1e-14));
  CHECK(parse("time/s,Ewe/V,I/\xB5""A\n0,3,5\n1,3,5\n").current[0] == doctest::Approx(0.005));
  CHECK(parse("time/s,Ewe/V,I/\xC2\xB5""A\n0,3,5\n1,3,5\n").current[0] == doctest::Approx(0.005));
}

TEST_CASE("both notations of the Battery Data Format give the same table") {
  const CyclingTable machine = parse("test_time_second,voltage_volt,current_ampere,cycle_count,step_index\n0,3.7,0.1,1,2\n36,3.8,0.1,1,2\n");
  const CyclingTable human = parse("Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Step Index / 1\n0,3.7,0.1,1,2\n36,3.8,0.1,1,2\n");
  CHECK(machine.time == human.time);
  CHECK(machine.current == Column{100, 100});
  CHECK(human.current == Column{100, 100});
  CHECK(machine.charge[1] == doctest::Approx(1).epsilon(1e-14));
  CHECK(machine.cycle == std::vector<int>{1, 1});
  CHECK(human.step == std::vector<int>{2, 2});
}

TEST_CASE("clocks: hours and minutes, days, and dates that count from the first row") {
  CHECK(parse("Total Time;Voltage(V);Current(A)\n00:00:00;3;0\n25:10:00.5;3;0\n").time == Column{0, 90600.5});
  CHECK(parse("TestTime\tVolts\tmAmps\n  0d 00:00:00.00\t3\t0\n  1d 02:00:03.50\t3\t0\n").time == Column{0, 93603.5});
  const CyclingTable t = parse("time/s\tEcell/V\tI/mA\n12/31/2023 23:59:59.500\t3\t0\n01/01/2024 00:00:00.250\t3\t0\n02/29/2024 00:00:00\t3\t0\n");
  CHECK(t.time[1] == doctest::Approx(0.75).epsilon(1e-6));
  CHECK(t.time[2] == doctest::Approx(59 * 86400 + 0.5).epsilon(1e-9));
}

TEST_CASE("counters of charge and discharge that start again give one charge") {
  const CyclingTable t = parse(
      "Test_Time(s),Voltage(V),Current(mA),Charge_Capacity(mAh),Discharge_Capacity(mAh)\n"
      "0,3,2,5,1\n1800,4,2,6,1\n3600,4,-1,0,1\n5400,3.5,-1,0,1.5\n7200,3,-1,0,0.5\n");
  CHECK(t.charge == Column{0, 1, 1, 0.5, 0});
  CHECK(t.charge_source == ChargeSource::counted);
}

TEST_CASE("Maccor: discharged rows are negative, charge comes from the counter of the step") {
  const CyclingTable t = parse(
      "Today''s Date\t03/28/2022\n\nRec#\tCyc#\tStep\tTestTime\tmAmp-hr\tmAmps\tVolts\tState\n"
      "1\t0\t1\t0d 00:00:00\t0.0\t0.0\t3.0\tR\n2\t0\t2\t0d 00:30:00\t0.5\t1.0\t3.5\tC\n3\t1\t3\t0d 01:00:00\t0.25\t0.5\t3.0\tD\n");
  CHECK(t.current == Column{0, 1, -0.5});
  CHECK(t.charge == Column{0, 0.5, 0.25});
  CHECK(t.cycle == std::vector<int>{0, 0, 1});
  CHECK(t.step == std::vector<int>{1, 2, 3});
}

TEST_CASE("Neware's report in three levels: cycles and steps number the records") {
  const CyclingTable t = parse(
      "Cycle Index,Chg. Cap.(Ah)\n,Step Index,Step Type\n,,DataPoint,Time,Total Time,Current(A),Voltage(V),Capacity(Ah)\n"
      "1,0.5,1,Rest\n,,1,00:00:00,00:00:00,0,3.0,0\n,2,CC Chg\n,,2,00:30:00,00:30:00,0.001,3.5,0.0005\n"
      "2,0.5\n,3,CC DChg\n,,3,00:30:00,01:00:00,-0.002,3.2,0.001\n");
  CHECK(t.time == Column{0, 1800, 3600});
  CHECK(t.current == Column{0, 1, -2});
  CHECK(t.charge == Column{0, 0.5, -0.5});
  CHECK(t.cycle == std::vector<int>{1, 1, 2});
  CHECK(t.step == std::vector<int>{1, 2, 4});
}

TEST_CASE("EC-Lab text: the head has a stated length, numbers have a point or a comma") {
  const CyclingTable point = parse(mpt_head + "1\t0.0E+000\t1.0\t3.4\t0.9999\t0.0\t1\t0.0\r\n1\t3.6E+003\t1.0\t3.5\t0.9999\t1.25\t1\t1.0\r\n");
  const CyclingTable comma = parse(mpt_head + "1\t0,0E+000\t1,0\t3,4\t0,9999\t0,0\t1\t0,0\r\n1\t3,6E+003\t1,0\t3,5\t0,9999\t1,25\t1\t1,0\r\n");
  CHECK(point.time == Column{0, 3600});
  CHECK(point.current == Column{0.9999, 0.9999});  // what was measured, not what was demanded
  CHECK(point.charge == Column{0, 1.25});
  CHECK(point.cycle == std::vector<int>{0, 1});
  CHECK(comma.time == point.time);
  CHECK(comma.voltage == point.voltage);
  CHECK(comma.current == point.current);
  CHECK(comma.charge == point.charge);
}

TEST_CASE("EC-Lab text at open circuit has no current") {
  const CyclingTable t = parse("EC-Lab ASCII FILE\nNb header lines : 4\nOpen Circuit Voltage\ntime/s\tEwe/V\n0\t3\n1\t3.1\n");
  CHECK(t.current == Column{0, 0});
  CHECK(contains(complaint("EC-Lab ASCII FILE\nNb header lines : 4\n\ntime/s\tEwe/V\n0\t3\n1\t3.1\n"), "4: no column of current"));
}

TEST_CASE("what is no table of a cycler is refused with line, row and reason") {
  CHECK(contains(complaint(""), "1: is empty, expected a table"));
  CHECK(contains(complaint("\n \n"), "1: is empty, expected a table"));
  CHECK(contains(complaint("a,b\n1,2\n"), "1: no line of headers"));
  CHECK(contains(complaint("time/s,Ewe/V\n1,2\n"), "1: no column of current"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n"), "1: no row of numbers"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n0,3,1\n\n1,3\n"), "4: row 2: 2 fields, expected 3"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n0,3,1\n1,x,1\n"), "3: row 2: column \"Ewe/V\": \"x\" is not a number"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n0,3,1\n1,,1\n"), "3: row 2: column \"Ewe/V\": an empty field"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n0,3,nan\n"), "2: row 1: column \"I/mA\": \"nan\" is not finite"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n0,3,1e300\n"), "is too large"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n0:61:00,3,1\n"), "\"0:61:00\" is no time"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n02/30/2024 00:00:00,3,1\n"), "is no time"));
  CHECK(contains(complaint("time/s,Ewe/V,I/mA\n2,3,1\n1,3,1\n"), "3: row 2: time goes back from 2 s to 1 s"));
  CHECK(contains(complaint("freq/Hz,time/s,Ewe/V,I/mA\n2,3,1,1\n"), "1: an impedance spectrum (column \"freq/Hz\")"));
  CHECK(contains(complaint("EC-Lab ASCII FILE\nheader lines 4\n"), "2: \"header lines 4\", expected \"Nb header lines"));
  CHECK(contains(complaint("EC-Lab ASCII FILE\nNb header lines : 99\n"), "2: ends within the head"));
  CHECK(contains(complaint("EC-Lab ASCII FILE\nNb header lines : 3\nx\n"), "3: \"x\", expected names of columns"));
  CHECK(contains(complaint(std::string("BIO-LOGIC MODULAR FILE\x1a\0", 24)), "is a binary .mpr file"));
  CHECK(contains(complaint(std::string("PK\x03\x04\0", 5)), "is a binary file"));
}

TEST_CASE("units that a header leaves out are told by the reader, not guessed") {
  const std::string text = "Test Time (sec),Current,Voltage\n0,1,3\n3600,1,3.5\n";
  CHECK(contains(complaint(text), "1: column \"Current\" has no unit, expected A or mA"));
  CHECK(parse_cycling(text, "a", {.milliamperes_per_unit = 1000}).charge[1] == doctest::Approx(1000));
  const std::string bare = "time,Current(A),Voltage(V)\n0,1,3\n1,1,3.5\n";
  CHECK(contains(complaint(bare), "2: row 1: column \"time\" has no unit"));
  CHECK(parse_cycling(bare, "a", {.seconds_per_unit = 3600}).charge[1] == doctest::Approx(1000));
  const std::string millivolts = "TestTime(s)\tmAmps\tVolts\n0\t1\t3000\n1\t1\t3100\n";
  CHECK(contains(complaint(millivolts), "2: row 1: voltage 3000 V, expected at most 100 V (millivolts?)"));
  CHECK(parse_cycling(millivolts, "a", {.volts_per_unit = 1e-3}).voltage == Column{3, 3.1});
}

TEST_CASE("a table with faults is returned where the reader is told to keep them") {
  const std::string text = "time/s,Ewe/V,I/mA\n2,3,1\n1,3,1\n";
  const auto kept = try_parse_cycling(text, "a", {.keep_faults = true});
  REQUIRE(kept);
  CHECK(find_faults(kept.value()).size() == 1);
}

TEST_CASE("numbers of cycles that are missing in a row are left out, not invented") {
  const CyclingTable t = parse("time/s,Ewe/V,I/mA,Cycle Index,Step Index\n0,3,1,,1\n1,3,1,2,1.0\n");
  CHECK(t.cycle.empty());
  CHECK(t.step == std::vector<int>{1, 1});
}

TEST_CASE("damaged text gives a sound table or one clear error") {
  for (const std::string& text :
       {mpt_head + "1\t0,0E+000\t1,0\t3,4\t0,9999\t0,0\t1\t0,0\r\n1\t3,6E+003\t1,0\t3,5\t0,9999\t1,25\t1\t1,0\r\n",
        std::string("Cycle Index,C\n,Step Index,S\n,,DataPoint,Total Time,Current(A),Voltage(V),Capacity(Ah)\n1,0.5,1\n,,1,00:00:00,0,3.0,0\n,2,C\n"
                    ",,2,00:30:00,0.001,3.5,0.0005\n")})
    for (std::size_t i = 0; i <= text.size(); ++i)
      for (const std::string& damaged : {text.substr(0, i), text.substr(0, i) + "," + text.substr(std::min(i + 1, text.size())),
                                         text.substr(0, i) + "9" + text.substr(i)}) {
        const auto result = try_parse_cycling(damaged, "a.dat");
        if (!result) error_of(result);
        else CHECK(find_faults(result.value()).size() <= 1);
      }
}

TEST_CASE("data: tables have the rows, limits and charges that pandas finds") {
  std::ifstream file(data + "reference_cycling_misc.json");
  REQUIRE(file.good());
  const auto files = nlohmann::json::parse(file)["files"];
  std::size_t compared = 0;
  for (const auto& [name, r] : files.items()) {
    if (!r.contains("V_min") && !r.contains("U_min")) continue;
    CAPTURE(name);
    CyclingReading reading{.keep_faults = true};
    const auto result = try_read_cycling(data + name, reading);
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().what()));
    CyclingTable table = result.value();
    CHECK(table.size() == r["n_rows"].get<std::size_t>());
    const auto [low, high] = std::minmax_element(table.voltage.begin(), table.voltage.end());
    const std::string volt = r.contains("V_min") ? "V" : "U";
    CHECK(*low == r[volt + "_min"].get<double>());
    CHECK(*high == r[volt + "_max"].get<double>());
    CHECK(table.time.back() == doctest::Approx(r["t_last"].get<double>()).epsilon(1e-12));
    const bool backwards = r.contains("n_time_decreasing") && r["n_time_decreasing"].get<int>() > 0;
    for (const char* net : {"net_Ah", "net_Ah_trapz"})
      if (r.contains(net) && !backwards) {
        integrate_charge(table);
        CHECK(table.charge.back() / 1000 == doctest::Approx(r[net].get<double>()).epsilon(1e-9));
        ++compared;
      }
  }
  CHECK(compared >= 6);
}

TEST_CASE("data: counters and current times time agree within the recording interval") {
  struct Sample {
    const char* name;
    double within;  // relative; sparse records at the ends of steps
  };
  for (const auto& [name, within] : {Sample{"cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv", 1e-3}, Sample{"cycling_cellpy/20160805_test001_45_cc_raw.csv", 0.02},
                                     Sample{"cycling_cellpy/neware_uio.csv", 0.02}, Sample{"cycling_cellpy/nw_regular_export_ife_example.csv", 0.01},
                                     Sample{"cycling_bdf/SINTEF__LiGrR2032__2024-04-30__25degC__Landt.bdf.csv", 0.15}}) {  // of the currents, two are printed: 0.0002 A and its opposite
    CAPTURE(std::string(name));
    CyclingTable table = read_cycling(data + name);
    CHECK(table.charge_source == ChargeSource::counted);
    const double up = charged(table, 1), down = charged(table, -1);
    integrate_charge(table);
    CHECK(charged(table, 1) == doctest::Approx(up).epsilon(within));
    CHECK(charged(table, -1) == doctest::Approx(down).epsilon(within));
  }
}

TEST_CASE("data: the same test in English and German EC-Lab text is the same table") {
  const CyclingTable english = read_cycling(data + "cycling_biologic/mb.issue_95.mpt");
  const CyclingTable german = read_cycling(data + "cycling_biologic/mb.issue_95.de.mpt");
  CHECK(english.size() == 33);
  CHECK(english.time == german.time);
  CHECK(english.voltage == german.voltage);
  CHECK(english.current == german.current);
  CHECK(english.charge == german.charge);
}

TEST_CASE("data: every sample of a cycler is read, or refused with the row and the reason") {
  struct Refused {
    const char* name;
    const char* reason;
  };
  for (const auto& [name, reason] :
       {Refused{"cycling_bdf/SINTEF__SLPBA842124HV__2024-10-23__Rate_25degC__Neware__Time_Bug.bdf.csv", ":724: row 723: time goes back from 7200 s to 0 s"},
        Refused{"cycling_bdf/faraday__lg-INR21700M50-2019-002__2019-06-02__rate__25degC__maccor.bdf.csv", ":224: row 223: the voltage falls while the current is positive"},
        Refused{"cycling_cellpy/custom_data_001.csv", ":20: column \"current\" has no unit"}, Refused{"cycling_cellpy/maccor_three.txt", ":6: row 1: voltage 1853.8186 V"},
        Refused{"cycling_misc/sample_data_maccor.csv", ":3: column \"Current\" has no unit"}, Refused{"cycling_biologic/peis.mpt", ":70: an impedance spectrum"},
        Refused{"cycling_biologic/geis.issue_149.mpt", ":76: an impedance spectrum"}, Refused{"cycling_biologic/zir.mpt", ":50: an impedance spectrum"},
        Refused{"cycling_biologic/peis.issue_225.no_ece.mpt", ":70: an impedance spectrum"},
        Refused{"cycling_cellpy/20160805_test001_45_cc_summary_by_cellpy.csv", ":1: no line of headers"}}) {
    CAPTURE(std::string(name));
    const auto result = try_read_cycling(data + name);
    REQUIRE_FALSE(result);
    CHECK(contains(result.error().what(), reason));
  }
  struct Read {
    const char* name;
    std::size_t rows;
  };
  for (const auto& [name, rows] :  // rows: lines of the file less those of the head
       {Read{"cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv", 46102}, Read{"cycling_arbin_beep/2017-05-09_test-TC-contact_CH33.csv", 287},
        Read{"cycling_arbin_beep/FastCharge_000025_CH8.csv", 248}, Read{"cycling_bdf/arbin_example.bdf.csv", 2150}, Read{"cycling_bdf/sample.bdf.csv", 3},
        Read{"cycling_cellpy/neware_uio.csv", 9065}, Read{"cycling_cellpy/pec_Test25209.csv", 281}, Read{"cycling_misc/sample_data_arbin.csv", 13},
        Read{"cycling_misc/sample_data_novonix.csv", 207}, Read{"cycling_misc/sample_data_basytec.txt", 74}, Read{"cycling_misc/Sample_data_biologic_timestamped.txt", 8},
        Read{"cycling_misc/Sample_data_biologic_no_header.mpt", 13}, Read{"cycling_biologic/cp.issue_149.mpt", 44}, Read{"cycling_biologic/cp.mpt", 121},
        Read{"cycling_biologic/gcpl.issue_149.mpt", 132}, Read{"cycling_biologic/gcpl.issue_226.CxN.mpt", 15}, Read{"cycling_biologic/ocv.mpt", 602}}) {
    CAPTURE(std::string(name));
    const auto result = try_read_cycling(data + name);
    REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().what()));
    CHECK(result.value().size() == rows);
  }
}

TEST_CASE("data: samples that leave out a unit are read when it is told") {
  CHECK(read_cycling(data + "cycling_misc/sample_data_maccor.csv", {.milliamperes_per_unit = 1}).size() == 15);
  const CyclingTable maccor = read_cycling(data + "cycling_cellpy/maccor_three.txt", {.volts_per_unit = 1e-3});
  CHECK(maccor.size() == 4009);
  CHECK(maccor.voltage.front() == doctest::Approx(1.8538186));
  CHECK(read_cycling(data + "cycling_cellpy/custom_data_001.csv", {.milliamperes_per_unit = 1000, .seconds_per_unit = 1}).size() > 2000);
}

TEST_CASE("the column of voltage may be named") {
  const char* text = "Time [s],Voltage [V],Current [A],Positive electrode potential [mV]\n0,4.1,0,4200\n1,4.0,-0.001,4100\n2,4.05,0,4150\n";
  CyclingReading reading;
  CHECK(parse_cycling(text, "a.csv", reading).voltage[1] == 4.0);
  reading.voltage_column = "Positive electrode potential [mV]";
  CHECK(parse_cycling(text, "a.csv", reading).voltage[1] == doctest::Approx(4.1));
  reading.voltage_column = "Potential";
  CHECK(std::string(try_parse_cycling(text, "a.csv", reading).error().what()) == "a.csv:1: no column \"Potential\", expected one of the headers");
}
