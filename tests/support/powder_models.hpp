// Models and measured data that several tests share.
#pragma once

#include <lamella/chemistry/species.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/diffraction/radiation.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

namespace lamella_test {

/// U of B = 0.5 Å².
inline constexpr double u_of_b_half = 0.5 / (8 * std::numbers::pi * std::numbers::pi);

/// Variance (σ², any unit) to FWHM²: 8 ln 2.
inline constexpr double fwhm2_per_variance = 8 * std::numbers::ln2;

/// O3-NaNi0.2Fe0.2Mn0.6O2 of the reference files w1 and w2: neutral atoms, B = 0.5 Å², TM at 0, Na at 1/2.
inline lamella::Structure<double> o3_nfm() {
  using lamella::parse_species;
  lamella::Structure<double> s{"O3", lamella::space_group("R-3m"), lamella::hexagonal_cell(2.96, 16.38), {}};
  const double u = u_of_b_half;
  s.sites = {{"Na1", parse_species("Na"), {0, 0, 0.5}, 1, u},
             {"Ni1", parse_species("Ni"), {0, 0, 0}, 0.2, u},
             {"Fe1", parse_species("Fe"), {0, 0, 0}, 0.2, u},
             {"Mn1", parse_species("Mn"), {0, 0, 0}, 0.6, u},
             {"O1", parse_species("O"), {0, 0, 0.2645}, 1, u}};
  return s;
}

/// The pattern of w2: GSAS-II's U, V, W = 2, -2, 5 (σ² in centidegrees²) and X, Y = 1, 2 (FWHM in centidegrees, X/cosθ and
/// Y tanθ), in FWHM² and degrees, where X and Y stand the other way round. No size or strain on top.
inline lamella::PowderModel<> o3_nfm_pattern() {
  lamella::PowderModel<> m;
  m.diffractometer.radiation = lamella::radiation::CuKa1;
  const double k = fwhm2_per_variance * 1e-4;
  m.instrument.U = 2 * k;
  m.instrument.V = -2 * k;
  m.instrument.W = 5 * k;
  m.instrument.Y = 0.01;
  m.instrument.X = 0.02;
  m.phases.push_back({"O3", o3_nfm(), 1, 1e30, 0});
  return m;
}

/// low, low + step … (count points).
inline std::vector<double> even_grid(double low, double step, std::size_t count) {
  std::vector<double> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = low + step * static_cast<double>(i);
  return x;
}

inline nlohmann::json read_json(const std::string& path) {
  std::ifstream file(std::string(LAMELLA_DATA_DIR "/") + path);
  INFO(path);
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

/// Three columns of numbers, nothing else.
inline lamella::PowderPattern read_xye(const std::string& path) {
  std::ifstream file(std::string(LAMELLA_DATA_DIR "/") + path);
  INFO(path);
  REQUIRE(file);
  lamella::PowderPattern p;
  p.source = path;
  for (double x = 0, y = 0, e = 0; file >> x >> y >> e;) {
    p.two_theta.push_back(x);
    p.intensity.push_back(y);
    p.sigma.push_back(e);
  }
  REQUIRE(file.eof());
  REQUIRE(p.size() > 1000);
  return p;
}

}  // namespace lamella_test
