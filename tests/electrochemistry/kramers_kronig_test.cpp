#include <lamella/electrochemistry/circuit_text.hpp>
#include <lamella/electrochemistry/kramers_kronig.hpp>
#include <lamella/io/impedance_file.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

using namespace lamella;

namespace {

std::vector<double> decades(double low, double high, int per_decade) {
  std::vector<double> f;
  const int n = static_cast<int>(std::lround(std::log10(high / low) * per_decade));
  for (int i = 0; i <= n; ++i) f.push_back(low * std::pow(10.0, static_cast<double>(i) / per_decade));
  return f;
}

double largest(const std::vector<double>& x) {
  double m = 0;
  for (const double v : x) m = std::max(m, std::abs(v));
  return m;
}

ImpedanceSpectrum cell() {
  return calculated_spectrum(series(Resistor{10.0}, parallel(Resistor{50.0}, ConstantPhaseElement{2e-5, 0.85}), parallel(Resistor{30.0}, Capacitor{3e-3})),
                             decades(0.01, 1e5, 8));
}

}  // namespace

TEST_CASE("a circuit obeys the Kramers-Kronig relations") {
  const auto test = kramers_kronig_test(cell());
  CHECK(test.max_residual < 3e-3);
  CHECK(test.rms_residual <= test.max_residual);
  REQUIRE(test.residual_real.size() == cell().size());
  CHECK(std::max(largest(test.residual_real), largest(test.residual_imaginary)) == test.max_residual);
}

TEST_CASE("a sharp time constant between those of the test is no fault, and noise stays what it is") {
  auto dummy = calculated_spectrum(series(Resistor{150.0}, parallel(Resistor{502.0}, Capacitor{3.12e-8})), decades(1, 3e5, 10));
  // Residuals of ± 0.1 % in turn: no circuit of few pairs follows them.
  for (std::size_t i = 0; i < dummy.size(); ++i) {
    dummy.real[i] += (i % 2 == 0 ? 1e-3 : -1e-3) * dummy.modulus(i);
    dummy.imaginary[i] += (i / 2 % 2 == 0 ? 1e-3 : -1e-3) * dummy.modulus(i);
  }
  const auto test = kramers_kronig_test(dummy);
  CHECK(test.limit_reached);
  CHECK(test.mu < 0.85);
  CHECK(test.rms_residual == doctest::Approx(1e-3).epsilon(0.3));
  CHECK(test.max_residual < 4e-3);
}

TEST_CASE("a cell that drifts, a conjugate and a shifted phase do not") {
  auto drifting = cell();
  for (std::size_t i = 0; i < drifting.size(); ++i) {
    // The resistance grows while the sweep goes on: real part only.
    drifting.real[i] *= 1 + 0.3 * static_cast<double>(i) / static_cast<double>(drifting.size());
  }
  CHECK(kramers_kronig_test(drifting).max_residual > 0.02);
  auto conjugate = cell();
  for (double& x : conjugate.imaginary) x = -x;
  CHECK(kramers_kronig_test(conjugate).max_residual > 0.1);
}

TEST_CASE("spectra that cannot be tested") {
  CHECK_THROWS_WITH_AS((void)kramers_kronig_test({}), "impedance of 0 points, expected at least 5", Error);
  ImpedanceSpectrum same{{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, {-1, -1, -1, -1, -1}, "a.csv", {}};
  CHECK_THROWS_WITH_AS((void)kramers_kronig_test(same), "a.csv: Kramers-Kronig test: all points have the same frequency, expected a spectrum", Error);
  KramersKronigOptions silly;
  silly.mu_limit = 1.5;
  CHECK_THROWS_AS((void)kramers_kronig_test(cell(), silly), Error);
}

TEST_CASE("data: the test equals that of impedance.py") {
  const std::string folder = std::string(LAMELLA_DATA_DIR) + "/electrochem/eis_impedance_py/";
  const auto reference = nlohmann::json::parse(std::ifstream(folder + "reference_impedance_py.json"))["linKK exampleData (c=.5,max_M=100,complex,add_cap)"];
  const auto spectrum = selected(read_impedance(folder + "exampleData.csv"), [](double, double, double im) { return im < 0; });
  REQUIRE(spectrum.size() == 57);
  const auto test = kramers_kronig_test(spectrum, {.mu_limit = 0.5, .largest_count = 100});
  CHECK(test.pairs == reference["M"].get<std::size_t>());
  // The reference inverts the normal matrix; least squares by Householder in NumPy gives 0.319804.
  CHECK(test.mu == doctest::Approx(reference["mu"].get<double>()).epsilon(2e-4));
  CHECK(largest(test.residual_real) == doctest::Approx(reference["max_abs_res_real"].get<double>()).epsilon(1e-4));
  CHECK(largest(test.residual_imaginary) == doctest::Approx(reference["max_abs_res_imag"].get<double>()).epsilon(1e-4));
}
