#include <lamella/core/constants.hpp>

#include <doctest/doctest.h>

using namespace lamella;

// CODATA 2018, https://physics.nist.gov/cuu/Constants: exact since the SI of 2019.
static_assert(boltzmann_constant == 1.380649e-23);
static_assert(avogadro_constant == 6.02214076e23);
static_assert(elementary_charge == 1.602176634e-19);
static_assert(planck_constant == 6.62607015e-34);
static_assert(speed_of_light == 299792458.0);

TEST_CASE("derived constants have the values of CODATA 2018") {
  CHECK(gas_constant == doctest::Approx(8.31446261815324).epsilon(1e-15));
  CHECK(faraday_constant == doctest::Approx(96485.3321233100184).epsilon(1e-15));
  // hc = 1.239 841 984... x 10^-6 eV m.
  CHECK(photon_energy_wavelength == doctest::Approx(12398.41984332003).epsilon(1e-13));
}

TEST_CASE("a full circle is 360 degrees") {
  CHECK(360 * degree == doctest::Approx(6.283185307179586).epsilon(1e-16));
  CHECK(two_pi == 6.283185307179586);
}
