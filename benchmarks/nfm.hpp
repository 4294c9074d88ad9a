// The phase that all pattern benchmarks calculate: O3-NaNi0.2Fe0.2Mn0.6O2 from 10 to 140°, 13 001 points.
#pragma once

#include <lamella/diffraction/powder_model.hpp>

#include <cmath>
#include <numbers>
#include <vector>

/// a 2.96, c 16.38, z_O 0.2645 Å, B 0.5 Å² on all sites; Gaussian FWHM² = 8 ln2 (2 tan²θ − 2 tanθ + 5) 10⁻⁴ °², Lorentzian
/// FWHM 0.02 tanθ + 0.01/cosθ °; ten background terms.
inline lamella::PowderModel<> nfm_model(double asymmetry) {
  using namespace lamella;
  constexpr double u = 0.5 / (8 * std::numbers::pi * std::numbers::pi);
  Structure<double> s;
  s.space_group = space_group("R-3m");
  s.cell = hexagonal_cell(2.96, 16.38);
  s.sites = {{"Na1", parse_species("Na"), {0, 0, 0.5}, 1, u},  {"Ni1", parse_species("Ni"), {0, 0, 0}, 0.2, u},
             {"Fe1", parse_species("Fe"), {0, 0, 0}, 0.2, u},  {"Mn1", parse_species("Mn"), {0, 0, 0}, 0.6, u},
             {"O1", parse_species("O"), {0, 0, 0.2645}, 1, u}};
  PowderModel<> model;
  model.phases.push_back({"O3", s, 1, 1e9, 0});
  const double k = 8 * std::numbers::ln2 * 1e-4;
  model.instrument = {.U = 2 * k, .V = -2 * k, .W = 5 * k, .X = 0.02, .Y = 0.01, .asymmetry = asymmetry};
  model.background.coefficients.assign(10, 10.0);
  return model;
}

inline std::vector<double> nfm_angles() {
  std::vector<double> angles;
  for (int i = 0; i <= 13000; ++i) angles.push_back(10 + 0.01 * i);
  return angles;
}
