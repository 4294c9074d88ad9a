#include <lamella/core/constants.hpp>
#include <lamella/core/dual.hpp>
#include <lamella/electrochemistry/circuit_elements.hpp>
#include <lamella/electrochemistry/equivalent_circuit.hpp>
#include <lamella/electrochemistry/warburg_diffusion.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <complex>
#include <fstream>
#include <string>

using namespace lamella;

namespace {

using Complex = std::complex<double>;

Complex plain(const ComplexNumber<double>& z) { return {z.re, z.im}; }
const Complex j(0, 1);

/// |a - b| ≤ tolerance · |b|.
bool close(const Complex& a, const Complex& b, double tolerance) { return std::abs(a - b) <= tolerance * std::abs(b); }

}  // namespace

TEST_CASE("elements are the textbook's functions of frequency, by the standard library's complex numbers") {
  for (const double omega : {1e-6, 1e-3, 0.02, 0.7, 1.0, 5.3, 120.0, 4e4, 1e8}) {
    CAPTURE(omega);
    const Complex s = j * omega;
    CHECK(close(plain(Resistor{3.5}.impedance(omega)), 3.5, 1e-15));
    CHECK(close(plain(Capacitor{2e-6}.impedance(omega)), 1.0 / (s * 2e-6), 1e-15));
    CHECK(close(plain(Inductor{4e-7}.impedance(omega)), s * 4e-7, 1e-15));
    CHECK(close(plain(ConstantPhaseElement{3e-4, 0.83}.impedance(omega)), 1.0 / (3e-4 * std::pow(s, 0.83)), 1e-13));
    CHECK(close(plain(Warburg{12.0}.impedance(omega)), 12.0 * Complex(1, -1) / std::sqrt(omega), 1e-15));
    CHECK(close(plain(Warburg{12.0}.impedance(omega)), 12.0 * std::sqrt(2.0) / std::sqrt(s), 1e-14));
    CHECK(close(plain(Gerischer{7.0, 0.4}.impedance(omega)), 7.0 / std::sqrt(1.0 + 0.4 * s), 1e-14));
    // The library functions lose digits where hyperbolic functions are near 1 or near their argument: 1e-9 there.
    const Complex root = std::sqrt(s * 0.3);
    if (std::abs(root) < 300) {
      const double tolerance = std::abs(root) < 0.01 ? 1e-9 : 1e-12;
      CHECK(close(plain(ShortWarburg{9.0, 0.3}.impedance(omega)), 9.0 * std::tanh(root) / root, tolerance));
      CHECK(close(plain(OpenWarburg{9.0, 0.3}.impedance(omega)), 9.0 / (std::tanh(root) * root), tolerance));
    }
  }
}

TEST_CASE("a constant-phase element with n = 1 is a capacitor, with n = 0 a resistor") {
  CHECK(close(plain(ConstantPhaseElement{2e-6, 1.0}.impedance(50)), plain(Capacitor{2e-6}.impedance(50)), 1e-14));
  CHECK(close(plain(ConstantPhaseElement{0.25, 0.0}.impedance(50)), 4.0, 1e-15));
}

TEST_CASE("finite diffusion has the limits of its series where the series begins") {
  // Both sides of ωτ = 10⁻³, where the closed form gives way to the series.
  for (const double x : {0.9999999e-3, 1.0000001e-3}) {
    const Complex root = std::sqrt(j * x);
    CHECK(close(plain(ShortWarburg{1.0, 1.0}.impedance(x)), std::tanh(root) / root, 1e-12));
    CHECK(close(plain(OpenWarburg{1.0, 1.0}.impedance(x)), 1.0 / (std::tanh(root) * root), 1e-12));
  }
  CHECK(ShortWarburg{5.0, 2.0}.impedance(1e-12).re == doctest::Approx(5.0).epsilon(1e-12));
  CHECK(OpenWarburg{5.0, 2.0}.impedance(1e-9).re == doctest::Approx(5.0 / 3).epsilon(1e-12));
  // At high frequency a layer is as good as infinite: R/√(jωτ).
  CHECK(close(plain(ShortWarburg{5.0, 2.0}.impedance(1e9)), 5.0 / std::sqrt(j * 2e9), 1e-14));
  CHECK(close(plain(OpenWarburg{5.0, 2.0}.impedance(1e9)), 5.0 / std::sqrt(j * 2e9), 1e-14));
}

TEST_CASE("derivatives of all elements by dual numbers agree with differences") {
  using D = Dual<double, 2>;
  const auto check = [](const auto& make, double a, double b, double omega) {
    const auto z = make(D::variable(a, 0), D::variable(b, 1)).impedance(omega);
    for (std::size_t k = 0; k < 2; ++k) {
      const double h = 1e-5 * (k == 0 ? a : b);
      const auto up = make(a + (k == 0 ? h : 0), b + (k == 1 ? h : 0)).impedance(omega);
      const auto down = make(a - (k == 0 ? h : 0), b - (k == 1 ? h : 0)).impedance(omega);
      const double scale = std::hypot(up.re, up.im) / (k == 0 ? a : b);
      // Central differences: h² of the third derivative and rounding over h, both below 1e-8 of |Z|/p.
      CHECK(std::abs(z.re.grad[k] - (up.re - down.re) / (2 * h)) < 1e-8 * scale);
      CHECK(std::abs(z.im.grad[k] - (up.im - down.im) / (2 * h)) < 1e-8 * scale);
    }
  };
  const auto cpe = []<class T>(T a, T b) { return ConstantPhaseElement<T>{a, b}; };
  const auto open = []<class T>(T a, T b) { return OpenWarburg<T>{a, b}; };
  const auto shorted = []<class T>(T a, T b) { return ShortWarburg<T>{a, b}; };
  const auto gerischer = []<class T>(T a, T b) { return Gerischer<T>{a, b}; };
  const auto randles = []<class T>(T a, T b) { return series(Resistor<T>{T(3.0)}, parallel(Resistor<T>{a}, Capacitor<T>{b}, Warburg<T>{T(2.0)})); };
  const auto coil = []<class T>(T a, T b) { return parallel(Inductor<T>{a}, Warburg<T>{b}); };
  for (const double omega : {1e-5, 0.3, 8.0, 2e3}) {
    CAPTURE(omega);
    check(cpe, 0.2, 0.7, omega);
    check(open, 4.0, 1.5, omega);
    check(shorted, 4.0, 1.5, omega);
    check(gerischer, 4.0, 1.5, omega);
    check(randles, 4.0, 1.5, omega);
    check(coil, 4.0, 1.5, omega);
  }
}

TEST_CASE("square roots of complex numbers") {
  for (const Complex z : {Complex(3, 4), Complex(-3, 4), Complex(-3, -4), Complex(3, -4), Complex(-5, 0), Complex(5, 0), Complex(0, 2), Complex(-1, 1e-9)}) {
    const auto root = lamella::sqrt(ComplexNumber<double>{z.real(), z.imag()});
    CHECK(close(plain(root), std::sqrt(z), 1e-15));
  }
}

TEST_CASE("a typed circuit is a constant expression and lists its parameters by place") {
  constexpr auto circuit = series(Resistor{100.0}, parallel(Resistor{200.0}, Capacitor{8e-7}));
  static_assert(std::is_trivially_destructible_v<decltype(circuit)>);
  static_assert(sizeof(circuit) == 3 * sizeof(double));
  const double omega = two_pi * 1000;
  const Complex expected = 100.0 + 1.0 / (1 / 200.0 + j * omega * 8e-7);
  CHECK(close(plain(circuit.impedance(omega)), expected, 1e-15));
  CHECK(parameter_values(circuit) == std::vector<double>{100, 200, 8e-7});
  CHECK(parameter_names(circuit) == std::vector<std::string>{"1.R", "2.1.R", "2.2.C"});
}

TEST_CASE("a Warburg coefficient becomes a diffusion coefficient") {
  // (8.314462618 · 298.15)² / (2 · 2² · 96485.33212⁴ · 0.02² · 15²), by hand.
  const auto d = warburg_diffusion({15, 0.3}, {.area = 2, .concentration = 0.02});
  CHECK(d.value == doctest::Approx(9.848278387626521e-14).epsilon(1e-9));
  CHECK(d.esd == doctest::Approx(0.04 * d.value));
  CHECK_THROWS_WITH_AS((void)warburg_diffusion({15, 0}, {}), "Warburg diffusion: concentration 0, expected a positive number", Error);
  CHECK_THROWS_AS((void)warburg_diffusion({NAN, 0}, {.concentration = 1}), Error);
}

TEST_CASE("data: elements equal those of impedance.py") {
  const auto reference =
      nlohmann::json::parse(std::ifstream(std::string(LAMELLA_DATA_DIR) + "/electrochem/eis_impedance_py/reference_impedance_py.json"));
  const auto& elements = reference["elements_at_f"];
  const auto check = [&](const char* name, const auto& make) {
    const auto& one = elements[name];
    REQUIRE(one["f"].size() == 3);
    const auto element = make(one["params"]);
    for (std::size_t i = 0; i < 3; ++i) {
      const Complex expected(one["Z"][i][0].get<double>(), one["Z"][i][1].get<double>());
      CAPTURE(name);
      CHECK(close(plain(element.impedance(two_pi * one["f"][i].get<double>())), expected, 1e-12));
    }
  };
  check("R", [](const auto& p) { return Resistor<double>{p[0]}; });
  check("C", [](const auto& p) { return Capacitor<double>{p[0]}; });
  check("L", [](const auto& p) { return Inductor<double>{p[0]}; });
  check("W", [](const auto& p) { return Warburg<double>{p[0]}; });
  check("Wo", [](const auto& p) { return OpenWarburg<double>{p[0], p[1]}; });
  check("Ws", [](const auto& p) { return ShortWarburg<double>{p[0], p[1]}; });
  check("CPE", [](const auto& p) { return ConstantPhaseElement<double>{p[0], p[1]}; });
  check("G", [](const auto& p) { return Gerischer<double>{p[0], p[1]}; });
  check("K", [](const auto& p) {
    const double resistance = p[0], time = p[1];
    return parallel(Resistor{resistance}, Capacitor{time / resistance});
  });
}
