// A synthetic pattern of an O3 cathode with counting noise, and the model that it was made from.
#pragma once

#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../support/powder_models.hpp"
#include "../support/random_numbers.hpp"

namespace lamella_test {

/// O3-NaMnO2 on a laboratory diffractometer: a few thousand counts in the strongest peak.
inline lamella::PowderModel<> synthetic_model() {
  using lamella::parse_species;
  lamella::Structure<double> s{"O3", lamella::space_group("R-3m"), lamella::hexagonal_cell(2.962, 16.21), {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.5}, 1, 0.015},
             {"Mn1", parse_species("Mn3+"), {0, 0, 0}, 1, 0.006},
             {"O1", parse_species("O2-"), {0, 0, 0.2654}, 1, 0.009}};
  lamella::PowderModel<> m;
  m.diffractometer = {lamella::radiation::CuKa, lamella::Geometry::bragg_brentano, 240, 1};
  m.instrument.displacement = 0.03;
  m.instrument.W = 0.004;
  m.instrument.asymmetry = 0.02;
  m.background.coefficients = {120, -40, 15};
  m.phases.push_back({"O3", s, 0.0015, 900, 6e-4});
  return m;
}

inline std::vector<double> synthetic_grid() { return even_grid(14, 0.03, 2900); }

/// The pattern of `model` with Poisson noise. The sigmas are those of the expected counts: sigmas from the noisy counts
/// would pull every fit towards the low points, which is a property of the data, not of the program.
inline lamella::PowderPattern noisy_pattern(const lamella::PowderModel<>& model, const std::vector<double>& grid, Random& random) {
  lamella::PatternCalculator<lamella::Structure<double>> calculator(model, grid);
  lamella::PowderPattern p;
  p.source = "synthetic";
  p.two_theta = grid;
  p.intensity.resize(grid.size());
  calculator.calculate(model, p.intensity);
  for (double& y : p.intensity) {
    p.sigma.push_back(std::sqrt(y));
    y = random.poisson(y);
  }
  return p;
}

}  // namespace lamella_test
