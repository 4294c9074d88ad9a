#include <lamella/chemistry/species.hpp>
#include <lamella/core/error.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/detail/neutron_table.hpp>
#include <lamella/diffraction/neutron_scattering.hpp>
#include <lamella/diffraction/reflections.hpp>
#include <lamella/diffraction/structure_factor.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "../support/powder_models.hpp"

using namespace lamella;

TEST_CASE("neutron scattering lengths of the elements of layered oxides") {
  // V. F. Sears, Neutron News 3 (1992) 26. The newer collection has -3.75 for Mn (and -3.37 for Ti instead of -3.438).
  const std::vector<std::pair<std::string, double>> sears = {
      {"Li+", -1.90}, {"O2-", 5.803}, {"Na+", 3.63},  {"Mg2+", 5.375}, {"Mn3+", -3.73}, {"Mn", -3.73}, {"Fe3+", 9.45},
      {"Co", 2.49},   {"Ni2+", 10.3}, {"Cu2+", 7.718}, {"Sn4+", 6.225}, {"Pb2+", 9.405}, {"S", 2.847},  {"P", 5.13}};
  for (const auto& [name, length] : sears) {
    CAPTURE(name);
    const Scatterer f = neutron_scatterer(parse_species(name));
    CHECK(std::abs(f.c - length) <= 0.0201);
    CHECK(f.f0(0.0) == f.c);
    CHECK(f.f0(1.0) == f.c);
    CHECK(f.f_prime == 0);
  }
  // Optical theorem: b'' = σ_a/2λ, for cadmium 2520 barn at 1.798 Å.
  CHECK(neutron_scatterer(parse_species("Cd")).f_double_prime == doctest::Approx(2520 * 100 / (2 * 1.798e5)).epsilon(1e-4));
}

#ifdef __cpp_exceptions
TEST_CASE("elements without a neutron scattering length are named") {
  const auto message = [](const char* name) {
    try {
      neutron_scatterer(parse_species(name), {"x.cif", 7, 0});
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message("Po").find("x.cif:7: no neutron scattering length for Po") == 0);
  CHECK(message("Gd3+").find("depends on the wavelength") != std::string::npos);
  CHECK_THROWS_AS(neutron_scatterer(vacancy), Error);
}
#endif

TEST_CASE("neutron structure factors: rock salt by hand") {
  // NaCl without displacements: |F|² = 16 (b_Na + b_Cl)² for even and 16 (b_Na - b_Cl)² for odd indices, fm².
  Structure<double> s{"NaCl", space_group("Fm-3m"), {5.64, 5.64, 5.64, 90, 90, 90}, {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0}, 1, 0}, {"Cl1", parse_species("Cl-"), {0.5, 0.5, 0.5}, 1, 0}};
  const auto list = reflections(s.cell, s.space_group, 1.5);
  const StructureFactors factors(s, list, {neutron_scatterer(s.sites[0].species), neutron_scatterer(s.sites[1].species)});
  std::size_t odd = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const double sum = list[i].hkl.h % 2 == 0 ? 3.63 + 9.577 : 3.63 - 9.577;
    odd += static_cast<std::size_t>(list[i].hkl.h % 2 != 0);
    CHECK(factors.squared(i, s, 0.25 / (list[i].d * list[i].d)) == doctest::Approx(16 * sum * sum).epsilon(1e-3));
  }
  CHECK(odd == 2);
  CHECK(list.size() == 5);
}

TEST_CASE("data: the neutron scattering lengths are those of the reference file and of their cross sections") {
  const auto data = lamella_test::read_json("tables/neutron.json").at("data");
  CHECK(data.size() == detail::neutron_table.size());
  std::size_t consistent = 0;
  for (const auto& row : detail::neutron_table) {
    const std::string symbol(element(row.atomic_number).symbol);
    CAPTURE(symbol);
    const auto& j = data.at(symbol);
    CHECK(row.length == j.at("b_c_fm").get<double>());
    CHECK(row.absorption == -j.at("b_c_imag_fm").get<double>());
    const double coherent = j.at("coherent_barn").get<double>();
    const double from_length = 4 * std::numbers::pi * (row.length * row.length + row.absorption * row.absorption) / 100;
    consistent += static_cast<std::size_t>(std::abs(from_length - coherent) <= 0.02 * coherent + 0.005);
  }
  CHECK(consistent >= detail::neutron_table.size() - 14);  // the measurements of lengths and of cross sections differ for some
}
