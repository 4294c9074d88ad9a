#include <lamella/electrochemistry/impedance_fit.hpp>
#include <lamella/io/impedance_file.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;

namespace {

const std::string folder = std::string(LAMELLA_DATA_DIR) + "/electrochem/";

std::vector<double> decades(double low, double high, int per_decade) {
  std::vector<double> f;
  const int n = static_cast<int>(std::lround(std::log10(high / low) * per_decade));
  for (int i = 0; i <= n; ++i) f.push_back(low * std::pow(10.0, static_cast<double>(i) / per_decade));
  return f;
}

/// `spectrum` with relative normal noise, by the polar method on a fixed generator.
ImpedanceSpectrum with_noise(ImpedanceSpectrum spectrum, double relative, unsigned seed) {
  std::mt19937_64 generator(seed);
  const auto uniform = [&] { return static_cast<double>(generator() >> 11) * 0x1p-53; };
  for (std::size_t i = 0; i < spectrum.size(); ++i) {
    const double radius = relative * spectrum.modulus(i) * std::sqrt(-2 * std::log(uniform() + 1e-300)), angle = two_pi * uniform();
    spectrum.real[i] += radius * std::cos(angle);
    spectrum.imaginary[i] += radius * std::sin(angle);
  }
  return spectrum;
}

bool warns(const ImpedanceFit& fit, const std::string& text) {
  for (const auto& w : fit.warnings)
    if (w.find(text) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a typed circuit is found again from random starts, and put back into its type") {
  const auto truth = series(Resistor{10.0}, parallel(Resistor{50.0}, ConstantPhaseElement{2e-5, 0.85}), OpenWarburg{30.0, 40.0});
  const auto spectrum = calculated_spectrum(truth, decades(0.001, 1e5, 6));
  ImpedanceFitOptions options;
  options.given_start = false;
  const auto fit = fit_impedance(truth, spectrum, options);
  CHECK(fit.identifiable);
  CHECK(fit.chi_square < 1e-18);
  const auto found = with_parameters(truth, parameter_values(fit.circuit));
  const auto expected = parameter_values(truth), values = parameter_values(found);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(values[i] == doctest::Approx(expected[i]).epsilon(1e-8));
  CHECK(to_string(fit.circuit) == "R1-(R2|Q1)-Wo1");
  CHECK(fit.find("Q1.n")->value.value == doctest::Approx(0.85));
  CHECK(fit.find("nothing") == nullptr);
}

TEST_CASE("esds are the scatter of repeated measurements") {
  const auto truth = series(Resistor{10.0}, parallel(Resistor{50.0}, Capacitor{2e-5}));
  const auto clean = calculated_spectrum(truth, decades(1, 1e4, 6));
  const double expected[] = {10, 50, 2e-5};
  double sum[3] = {}, chi = 0;
  constexpr int repeats = 200;
  ImpedanceFitOptions options;
  options.starts = 0;
  for (unsigned n = 0; n < repeats; ++n) {
    const auto fit = fit_impedance(truth, with_noise(clean, 0.01, n + 1), options);
    for (std::size_t i = 0; i < 3; ++i) sum[i] += std::pow((fit.parameters[i].value.value - expected[i]) / fit.parameters[i].value.esd, 2);
    chi += fit.reduced_chi_square;
  }
  // Mean squares of 200 normal numbers scatter by 0.1: three of these.
  for (const double s : sum) CHECK(s / repeats == doctest::Approx(1).epsilon(0.3));
  CHECK(chi / repeats == doctest::Approx(1e-4).epsilon(0.05));
}

TEST_CASE("the same seed gives the same result, held parameters stay") {
  const auto truth = series(Resistor{10.0}, parallel(Resistor{50.0}, Capacitor{2e-5}), Warburg{3.0});
  const auto spectrum = with_noise(calculated_spectrum(truth, decades(1, 1e4, 6)), 0.01, 7);
  const auto one = fit_impedance(parse_circuit("R-(R|C)-W"), spectrum), two = fit_impedance(parse_circuit("R-(R|C)-W"), spectrum);
  CHECK(parameter_values(one.circuit) == parameter_values(two.circuit));
  ImpedanceFitOptions options;
  options.held = {"R1", "W1"};
  const auto fit = fit_impedance(truth, spectrum, options);
  CHECK(fit.find("R1")->value.value == 10);
  CHECK(fit.find("R1")->held);
  CHECK(fit.find("R1")->value.esd == 0);
  CHECK(fit.find("W1")->value.value == 3);
  CHECK(fit.find("R2")->value.value == doctest::Approx(50).epsilon(0.01));
  CHECK(fit.correlation(0, 1) == 0);
  CHECK(fit.correlation(1, 1) == 1);
}

TEST_CASE("what the data do not determine is said") {
  const auto truth = series(Resistor{10.0}, parallel(Resistor{50.0}, Capacitor{2e-5}));
  const auto spectrum = with_noise(calculated_spectrum(truth, decades(1, 1e4, 6)), 0.005, 3);
  SUBCASE("two resistors in series act alike") {
    const auto fit = fit_impedance(parse_circuit("R-R-(R|C)"), spectrum);
    CHECK(!fit.identifiable);
    CHECK(!fit.find("R1")->determined);
    CHECK(!fit.find("R2")->determined);
    CHECK(fit.find("C1")->determined);
    CHECK(warns(fit, "R2 is not determined: it acts like R1"));
    CHECK(fit.minima.size() < 4);  // the valley is one
  }
  SUBCASE("an inductor below all frequencies runs away or stays vague") {
    const auto fit = fit_impedance(parse_circuit("R-(R|C)-L"), spectrum);
    CHECK(!fit.identifiable);
    CHECK(!fit.find("L1")->determined);
    CHECK(warns(fit, "L1 is not determined"));
    CHECK(fit.find("R2")->value.value == doctest::Approx(50).epsilon(0.02));
  }
  SUBCASE("a constant-phase element in place of a capacitor ends near 1") {
    const auto fit = fit_impedance(parse_circuit("R-(R|Q)"), spectrum);
    CHECK(fit.find("Q1.n")->value.value == doctest::Approx(1).epsilon(0.02));
  }
  SUBCASE("two arcs at once: exchange of the two is no second minimum") {
    const auto two = calculated_spectrum(series(Resistor{10.0}, parallel(Resistor{50.0}, Capacitor{2e-5}), parallel(Resistor{20.0}, Capacitor{2e-3})),
                                         decades(0.1, 1e5, 6));
    const auto fit = fit_impedance(parse_circuit("R-(R|C)-(R|C)"), with_noise(two, 0.002, 5));
    CHECK(fit.identifiable);
    CHECK(fit.minima[0].found >= 5);
  }
}

TEST_CASE("fits that cannot be") {
  const auto circuit = parse_circuit("R-(R|C)");
  ImpedanceSpectrum few{{1, 10}, {2, 3}, {-1, -1}, "a.csv", {}};
  CHECK_THROWS_WITH_AS((void)fit_impedance(parse_circuit("R-(R|C)-W"), few), "a.csv: impedance of 2 points, expected more than 2 for 4 parameters", Error);
  few.frequency[1] = -10;
  CHECK_THROWS_WITH_AS((void)fit_impedance(circuit, few), "a.csv: point 2: frequency -10, expected a positive number in Hz", Error);
  few.frequency[1] = 10;
  few.real[0] = NAN;
  CHECK_THROWS_AS((void)fit_impedance(circuit, few), Error);
  few.real[0] = few.imaginary[0] = 0;
  CHECK_THROWS_WITH_AS((void)fit_impedance(circuit, few), "a.csv: point 1: an impedance of 0, expected Ω", Error);
  few.real.pop_back();
  CHECK_THROWS_AS((void)fit_impedance(circuit, few), Error);
  const auto good = calculated_spectrum(series(Resistor{10.0}, parallel(Resistor{50.0}, Capacitor{2e-5})), decades(1, 1e4, 6));
  ImpedanceFitOptions options;
  options.held = {"R9"};
  CHECK_THROWS_WITH_AS((void)fit_impedance(circuit, good, options), "no parameter \"R9\" to hold, expected one of R1, R2, C1", Error);
  options.held = {"C1"};
  CHECK_THROWS_WITH_AS((void)fit_impedance(with_parameters(circuit, std::vector<double>{1, 1, 0}), good, options),
                       "parameter C1 held at 0, expected a positive number", Error);
  CHECK_THROWS_AS((void)calculated_spectrum(Capacitor{0.0}, std::vector<double>{1.0}), Error);
  CHECK_THROWS_AS((void)calculated_spectrum(Capacitor{1.0}, std::vector<double>{0.0}), Error);
}

TEST_CASE("data: the dummy cells from ten random starts each") {
  const auto reference = nlohmann::json::parse(std::ifstream(folder + "eis_impedance_py/reference_impedance_py.json"));
  const std::pair<const char*, std::vector<double>> cells[] = {
      {"Circuit1_EIS_1.z", {29.1, 46.7, 1.04e-5}}, {"Circuit1_EIS_2.z", {29.1, 46.7, 1.04e-5}},
      {"Circuit2_EIS_1.z", {150, 502, 3.12e-8}},   {"Circuit2_EIS_2.z", {150, 502, 3.12e-8}},
      {"Circuit3_EIS_1.z", {1510, 4630, 2.02e-8}}, {"Circuit3_EIS_2.z", {1510, 4630, 2.02e-8}}};
  int checked = 0;
  for (const auto& [file, printed] : cells) {
    const std::string path = folder + "eis_impedance_py/" + file;
    if (!std::filesystem::exists(path)) continue;
    const auto spectrum = read_impedance(path);
    for (const auto weighting : {ImpedanceWeighting::unit, ImpedanceWeighting::modulus})
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        ImpedanceFitOptions options;
        options.weighting = weighting;
        options.starts = 1;
        options.given_start = false;
        options.seed = seed;
        const auto fit = fit_impedance(parse_circuit("R0-(R1|C1)"), spectrum, options);
        CAPTURE(file);
        CAPTURE(seed);
        for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(fit.parameters[i].value.value / printed[i] - 1) < 0.01);
        CHECK(fit.identifiable);
        const auto& theirs = reference["fits"][std::string(file) + " dummy cell (R-RC known a priori)"];
        if (weighting != ImpedanceWeighting::unit || !theirs.is_object()) continue;
        CHECK(fit.chi_square <= theirs["sum_sq_residual"].get<double>() * (1 + 1e-9));
        ++checked;
        // Its differences step by 1.5e-8 F: fine for the 1e-5 F of the first cell, half of the others' capacity.
        if (printed[2] < 1e-6) continue;
        for (std::size_t i = 0; i < 3; ++i) {
          const double esd = theirs["conf"][i].get<double>();
          CHECK(std::abs(fit.parameters[i].value.value - theirs["parameters"][i].get<double>()) < 0.01 * esd);
          CHECK(fit.parameters[i].value.esd == doctest::Approx(esd).epsilon(1e-3));
        }
      }
  }
  CHECK(checked >= 40);
}

TEST_CASE("data: values and esds of a dummy cell equal those of SciPy in logarithms") {
  ImpedanceFitOptions options;
  options.weighting = ImpedanceWeighting::unit;
  const auto fit = fit_impedance(parse_circuit("R-(R|C)"), read_impedance(folder + "eis_impedance_py/Circuit2_EIS_1.z"), options);
  // scipy.optimize.least_squares 1.10.1, method lm, tolerances 1e-15.
  const double value[] = {1.50274293e+02, 5.02480554e+02, 3.11307389e-08}, esd[] = {3.41773248e-01, 3.78262654e-01, 6.67884214e-11};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(fit.parameters[i].value.value == doctest::Approx(value[i]).epsilon(1e-6));
    CHECK(fit.parameters[i].value.esd == doctest::Approx(esd[i]).epsilon(1e-5));
  }
  CHECK(fit.chi_square == doctest::Approx(164.3306488970569).epsilon(1e-9));
}

TEST_CASE("data: the noise-free spectrum in its dialects gives back its circuit") {
  const double printed[] = {100, 200, 8e-7, 500, 1 / (4e-4 * std::sqrt(2.0))};
  for (const auto& [file, tolerance] : {std::pair{"data-comma.csv", 1e-9}, {"data-header-variant-4.csv", 1e-9}, {"data.dta", 1e-9}, {"data.z", 1e-4}, {"data.idf", 1e-3}}) {
    CAPTURE(file);
    const auto fit = fit_impedance(parse_circuit("R-(R|C)-(R|W)"), read_impedance(folder + "eis_pyimpspec/" + file));
    for (std::size_t i = 0; i < 5; ++i) CHECK(fit.parameters[i].value.value == doctest::Approx(printed[i]).epsilon(tolerance));
    CHECK(fit.identifiable);
  }
}

TEST_CASE("data: fits of a measured cell are as good as those of impedance.py, and their second minimum is reported") {
  const auto reference = nlohmann::json::parse(std::ifstream(folder + "eis_impedance_py/reference_impedance_py.json"))["fits"];
  const auto spectrum = selected(read_impedance(folder + "eis_impedance_py/exampleData.csv"), [](double, double, double im) { return im < 0; });
  ImpedanceFitOptions options;
  options.starts = 30;
  options.weighting = ImpedanceWeighting::unit;
  const auto fit = fit_impedance(parse_circuit("R0-(R1|C1)-((R2-Wo1)|C2)"), spectrum, options);
  const auto& local = reference["exampleData getting-started local"];
  CHECK(fit.chi_square < local["sum_sq_residual"].get<double>());
  CHECK(fit.find("R0")->value.value == doctest::Approx(0.0165).epsilon(0.01));
  CHECK(!fit.identifiable);
  bool there = false;
  for (const auto& m : fit.minima) there = there || std::abs(m.chi_square / local["sum_sq_residual"].get<double>() - 1) < 1e-3;
  CHECK(there);
  // Parameters held, one start, as in the notebook: one minimum.
  ImpedanceFitOptions held;
  held.held = {"R0", "Wo1.tau"};
  held.weighting = ImpedanceWeighting::unit;
  const auto constants = fit_impedance(with_parameters(parse_circuit("R0-(R1|C1)-(R2|C2)-Wo1"), std::vector<double>{0.02, 0.005, 0.1, 0.005, 0.1, 0.001, 200}), spectrum, held);
  const auto& theirs = reference["exampleData fitting_example constants"];
  CHECK(constants.chi_square == doctest::Approx(theirs["sum_sq_residual"].get<double>()).epsilon(1e-6));
  CHECK(constants.find("Wo1.R")->value.value == doctest::Approx(theirs["parameters"][4].get<double>()).epsilon(1e-4));
  CHECK(constants.find("Wo1.R")->value.esd == doctest::Approx(theirs["conf"][4].get<double>()).epsilon(1e-3));
}
