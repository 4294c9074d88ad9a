#include <lamella/electrochemistry/capacity_peaks.hpp>
#include <lamella/electrochemistry/differential_capacity.hpp>
#include <lamella/electrochemistry/plateaus.hpp>
#include <lamella/electrochemistry/savitzky_golay.hpp>
#include <lamella/io/cycling_file.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

const std::string data = LAMELLA_DATA_DIR "/electrochem/";

/// Charge that a sigmoid step of `capacity` at `centre` with the width kT = `width` has taken up at `voltage`; its dQ/dV has its
/// maximum capacity/(4 width) at the centre, and half of it at ±1.7627 width.
double step(double voltage, double capacity, double centre, double width) { return capacity / (1 + std::exp(-(voltage - centre) / width)); }

ChargeCurve two_steps(double noise = 0, unsigned seed = 1) {
  lamella_test::Random random(seed);
  ChargeCurve curve;
  for (int i = 0; i <= 4000; ++i) {
    const double voltage = 2 + i * 0.0005;
    curve.voltage.push_back(voltage);
    curve.charge.push_back(step(voltage, 1, 2.8, 0.02) + step(voltage, 0.5, 3.4, 0.03) + 0.1 * (voltage - 2) + noise * random.normal());
  }
  return curve;
}

}  // namespace

TEST_CASE("local polynomials are exact for polynomials of their order, also at the ends") {
  const auto f = [](double x) { return 1 + x * (2 - x * (0.3 - 0.05 * x)); };
  const auto slope = [](double x) { return 2 - 0.6 * x + 0.15 * x * x; };
  std::vector<double> values;
  for (int i = 0; i < 20; ++i) values.push_back(f(i));
  const auto smooth = savitzky_golay(values, 7, 3), first = savitzky_golay(values, 7, 3, 1), second = savitzky_golay(values, 7, 3, 2);
  for (int i = 0; i < 20; ++i) {
    const auto k = static_cast<std::size_t>(i);
    CHECK(smooth[k] == doctest::Approx(f(i)).epsilon(1e-11));
    CHECK(first[k] == doctest::Approx(slope(i)).epsilon(1e-10));
    CHECK(second[k] == doctest::Approx(-0.6 + 0.3 * i).epsilon(1e-9));
  }
}

TEST_CASE("weights of Savitzky and Golay's tables") {
  // Anal. Chem. 36 (1964) 1627, tables I and IV: quadratic smoothing by 5 points, cubic first derivative by 7 points
  const auto smoothing = savitzky_golay_weights(5, 2, 2);
  const double five[] = {-3, 12, 17, 12, -3}, seven[] = {22, -67, -58, 0, 58, 67, -22};
  for (std::size_t i = 0; i < 5; ++i) CHECK(smoothing[i] == doctest::Approx(five[i] / 35).epsilon(1e-13));
  const auto derivative = savitzky_golay_weights(7, 3, 3, 1);
  for (std::size_t i = 0; i < 7; ++i) CHECK(derivative[i] == doctest::Approx(seven[i] / 252).epsilon(1e-12));
  CHECK_THROWS_AS(savitzky_golay_weights(3, 3, 1), Error);
  CHECK_THROWS_AS(savitzky_golay(std::vector<double>(9), 4, 2), Error);
}

TEST_CASE("dQ/dV of sigmoid steps has their maxima") {
  const auto curve = differential_capacity(two_steps());
  const auto peaks = capacity_peaks(curve);
  REQUIRE(peaks.size() == 2);
  CHECK(peaks[0].voltage.value == doctest::Approx(2.8).epsilon(1e-6));
  CHECK(peaks[0].height.value == doctest::Approx(1 / 0.08 + 0.1).epsilon(0.01));
  CHECK(peaks[0].width == doctest::Approx(2 * 1.7627 * 0.02).epsilon(0.02));
  CHECK(peaks[0].charge == doctest::Approx(0.58).epsilon(1e-3));
  CHECK(peaks[1].voltage.value == doctest::Approx(3.4).epsilon(1e-6));
}

TEST_CASE("dQ/dV of a discharge is positive, by rising voltage") {
  ChargeCurve curve = two_steps();
  std::vector<double> voltage(curve.voltage.rbegin(), curve.voltage.rend()), charge;
  for (auto q = curve.charge.rbegin(); q != curve.charge.rend(); ++q) charge.push_back(curve.charge.back() - *q);
  const auto peaks = capacity_peaks(differential_capacity({CurrentDirection::discharge, charge, voltage}));
  REQUIRE(peaks.size() == 2);
  CHECK(peaks[0].voltage.value == doctest::Approx(2.8).epsilon(1e-6));
  CHECK(peaks[0].height.value > 0);
  const auto bins = binned_differential_capacity({CurrentDirection::discharge, charge, voltage}, 0.02);
  CHECK(std::accumulate(bins.value.begin(), bins.value.end(), 0.0) * 0.02 == doctest::Approx(charge.back()).epsilon(1e-12));
}

TEST_CASE("esds of peaks are the scatter of their positions over noisy repetitions") {
  std::vector<double> positions;
  double claimed = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const auto peaks = capacity_peaks(differential_capacity(two_steps(2e-3, seed), {.step = 0.001, .width = 0.05}), {.prominence = 0.3});
    REQUIRE(!peaks.empty());
    positions.push_back(peaks[0].voltage.value);
    claimed += peaks[0].voltage.esd / 60;
  }
  const double mean = std::accumulate(positions.begin(), positions.end(), 0.0) / 60;
  double variance = 0;
  for (const double position : positions) variance += (position - mean) * (position - mean) / 59;
  CHECK(mean == doctest::Approx(2.8).epsilon(1e-3));
  CHECK(claimed > 0.8 * std::sqrt(variance));  // the scatter itself is known to 9 %
  CHECK(claimed < 1.4 * std::sqrt(variance));
}

TEST_CASE("dV/dQ of a straight line is constant, and its plateaus are where the voltage stays") {
  ChargeCurve curve;
  for (int i = 0; i <= 1000; ++i) {
    const double q = i / 1000.0;
    curve.charge.push_back(q);
    curve.voltage.push_back(q < 0.3 ? 2 + 3 * q : q < 0.6 ? 2.9 + 0.01 * (q - 0.3) : 2.903 + 2 * (q - 0.6));
  }
  const auto slope = differential_voltage(curve);
  CHECK(slope.width == doctest::Approx(0.02));
  CHECK(slope.value[100] == doctest::Approx(3).epsilon(1e-9));
  CHECK(slope.value[900] == doctest::Approx(2).epsilon(1e-9));
  const auto found = plateaus(slope);
  REQUIRE(found.size() == 1);
  CHECK(found[0].from == doctest::Approx(0.3).epsilon(0.04));  // the window is 0.02 wide
  CHECK(found[0].to == doctest::Approx(0.6).epsilon(0.02));
  CHECK(found[0].voltage == doctest::Approx(2.9015).epsilon(1e-3));
  CHECK(found[0].part == doctest::Approx(0.3).epsilon(0.05));
  CHECK(plateaus(slope, {.shortest = 0.5}).empty());
}

TEST_CASE("dV/dQ has a peak where the voltage jumps between two plateaus") {
  // Two lattice gases of one site each that fill one after the other: V(q) rises by 0.4 V around q = 0.4 of 1 mAh.
  ChargeCurve curve;
  for (int i = 1; i < 2000; ++i) {
    const double q = i / 2000.0;
    curve.charge.push_back(q);
    curve.voltage.push_back(3 + 0.4 / (1 + std::exp(-(q - 0.4) / 0.01)) + 0.1 * q);
  }
  const auto jumps = voltage_jumps(differential_voltage(curve));
  REQUIRE(jumps.size() == 1);
  CHECK(jumps[0].charge.value == doctest::Approx(0.4).epsilon(1e-4));
  CHECK(jumps[0].height.value == doctest::Approx(0.4 / 0.04 + 0.1).epsilon(0.02));
  CHECK(jumps[0].voltage == doctest::Approx(3.24).epsilon(1e-3));
  CHECK(jumps[0].width == doctest::Approx(2 * 1.7627 * 0.01).epsilon(0.05));
}

TEST_CASE("rules without sense and curves that are too short are refused") {
  const ChargeCurve curve = two_steps();
  CHECK_THROWS_AS(differential_capacity(curve, {.step = 0}), Error);
  CHECK_THROWS_AS(differential_capacity(curve, {.width = 5}), Error);
  CHECK_THROWS_AS(differential_capacity(curve, {.order = 1}), Error);
  CHECK_THROWS_AS(differential_capacity(curve, {.again = -1}), Error);
  CHECK_THROWS_AS(differential_capacity(ChargeCurve{}), Error);
  CHECK_THROWS_AS(differential_voltage(ChargeCurve{}), Error);
  CHECK_THROWS_AS(binned_differential_capacity(curve, 0), Error);
  CHECK_THROWS_AS(binned_differential_capacity(curve, 1e-12), Error);
  CHECK_THROWS_WITH_AS(differential_capacity({CurrentDirection::charge, {0, 1}, {3, 3.01}}),
                       "dQ/dV: 3.000000 to 3.010000, expected a range of at least the window, 0.020000", Error);
}

TEST_CASE("data: binned dQ/dV of the NaCoO2 cell is that of numpy") {
  std::ifstream file(data + "cycling_NaCoO2/reference_cycling.json");
  REQUIRE(file.good());
  const auto reference = nlohmann::json::parse(file)["files"]["jdb11-1_c3_NaCoO2_gcpl.csv"]["binned_dqdv"];
  const CyclingTable table = read_cycling(data + "cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv");
  const auto halves = half_cycles(table);
  REQUIRE(reference.size() == 4);
  for (const auto& r : reference) {
    const auto number = r["half_cycle"].get<std::size_t>();  // of the file, which has no 1
    CAPTURE(number);
    const auto bins = binned_differential_capacity(charge_curve(table, halves[number - 1]), 0.02);
    const double sign = bins.direction == CurrentDirection::charge ? 1 : -1;
    // The reference begins at 2.00 V; below, a bin of a few 10 µV.
    std::size_t offset = 0;
    while (bins.voltage[offset] < 2) ++offset;
    REQUIRE(bins.value.size() >= offset + 90);
    // The reference is of another column of the file, both rounded to 1e-7 mAh: 1e-7 mAh at each edge, over 0.02 V.
    for (std::size_t i = 0; i < 90; ++i) CHECK(std::abs(bins.value[offset + i] - sign * r["values"][i].get<double>()) <= 1.001e-5);
  }
}

TEST_CASE("data: the ordering steps of the NaCoO2 cell are where navani finds them with the same smoothing") {
  std::ifstream file(data + "cycling_NaCoO2/reference_cycling.json");
  REQUIRE(file.good());
  const auto reference = nlohmann::json::parse(file)["files"]["jdb11-1_c3_NaCoO2_gcpl.csv"]["navani_dqdv"];
  const CyclingTable table = read_cycling(data + "cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv");
  const auto halves = half_cycles(table);
  std::size_t compared = 0;
  double worst = 0;
  for (const auto& r : reference) {
    if (r["peaks_V"].is_null()) continue;
    const auto number = r["half_cycle"].get<std::size_t>();
    CAPTURE(number);
    const ChargeCurve curve = charge_curve(table, halves[number - 1]);
    // navani: 10 000 equidistant voltages, windows of 101 points for the charge and of 1001 for the derivative, quintic
    const double grid = std::abs(curve.voltage.back() - curve.voltage.front()) / 9999;
    const auto peaks = capacity_peaks(differential_capacity(curve, {.step = grid, .width = 101 * grid, .again = 1001 * grid, .order = 5}),
                                      {.prominence = 0, .significance = 0});
    const double sign = curve.direction == CurrentDirection::charge ? 1 : -1;
    for (std::size_t i = 0; i < r["peaks_V"].size(); ++i) {
      if (!(sign * r["peaks_dQdV"][i].get<double>() > 0)) continue;  // an overshoot of the polynomial
      const double voltage = r["peaks_V"][i].get<double>();
      CAPTURE(voltage);
      double nearest = 1;
      for (const CapacityPeak& peak : peaks)
        if (std::abs(peak.voltage.value - voltage) < std::abs(nearest)) nearest = peak.voltage.value - voltage;
      CHECK(std::abs(nearest) < 0.005);
      worst = std::max(worst, std::abs(nearest));
      ++compared;
    }
  }
  CHECK(compared == 46);
  MESSAGE("farthest from navani: " << 1000 * worst << " mV");
}

TEST_CASE("data: the voltage of the NaCoO2 cell jumps at the same charge in each discharge") {
  // The highest jump, from 3.64 to 3.26 V: within 1 % of the capacity over five cycles at one current.
  const CyclingTable table = read_cycling(data + "cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv");
  const auto halves = half_cycles(table);
  std::vector<double> places;
  for (const std::size_t i : {4U, 6U, 8U, 10U, 12U}) {
    const auto jumps = voltage_jumps(differential_voltage(charge_curve(table, halves[i])));
    REQUIRE(jumps.size() >= 3);
    const auto& highest = *std::max_element(jumps.begin(), jumps.end(), [](const auto& a, const auto& b) { return a.height.value < b.height.value; });
    CHECK(highest.voltage > 3.3);
    CHECK(highest.voltage < 3.6);
    CHECK(highest.charge.esd < 0.005);
    places.push_back(highest.charge.value);
  }
  const auto [low, high] = std::minmax_element(places.begin(), places.end());
  CHECK(*high - *low < 0.01 * halves[4].capacity);
}

TEST_CASE("data: with a narrow window the steps of the NaCoO2 cell are where scipy's filter has them") {
  // scipy.signal.savgol_filter(window of 21 points of 1 mV, order 3, deriv 1) and find_peaks, half cycle 5 (a discharge)
  const CyclingTable table = read_cycling(data + "cycling_NaCoO2/jdb11-1_c3_NaCoO2_gcpl.csv");
  const auto peaks = capacity_peaks(differential_capacity(charge_curve(table, half_cycles(table)[4])));
  const double scipy[] = {2.322, 2.340, 2.423, 2.533, 2.590, 2.664, 2.951, 3.154, 3.238, 3.257, 3.648};
  REQUIRE(peaks.size() == 11);
  for (std::size_t i = 0; i < 11; ++i) {
    CHECK(peaks[i].voltage.value == doctest::Approx(scipy[i]).epsilon(0.0005 / 3));  // half a point of the grid
    CHECK(peaks[i].voltage.esd < 0.002);
  }
}
