// What `instructions.sh` counts instructions of:  instructions WHAT REPEATS
// WHAT: pattern, derivatives (22 parameters), structure_factors (44 reflections), refinement. O3-NFM with S/L = H/L = 0.02.
#include "nfm.hpp"

#include <lamella/diffraction/pattern_calculator.hpp>
#include <lamella/refine/rietveld.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

using namespace lamella;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view what = argv[1];
  const int repeats = std::atoi(argv[2]);
  auto model = nfm_model(0.02);
  model.phases[0].size = 1500;
  PatternCalculator<Structure<double>> calculator(model, nfm_angles(), {.scattering = {.dispersion = false}});
  std::vector<double> y(calculator.two_theta().size());
  FreeParameters parameters = free_parameters(model);
  for (const char* name : {"pattern.background.*", "pattern.displacement", "pattern.W", "pattern.asymmetry", "O3.cell.a", "O3.cell.c", "O3.O1.z",
                           "O3.*.Uiso", "O3.scale", "O3.size", "O3.strain"})
    parameters.release(name);
  const auto free = parameters.list();
  double result = 0;
  if (what == "pattern") {
    for (int i = 0; i < repeats; ++i) calculator.calculate(model, y);
    result = y[100];
  } else if (what == "derivatives") {
    std::vector<double> jacobian(y.size() * free.size());
    for (int i = 0; i < repeats; ++i) calculator.differentiate(model, free, y, jacobian);
    result = jacobian[100];
  } else if (what == "structure_factors") {
    const auto& structure = model.phases[0].crystal;
    const auto list = reflections(structure.cell, structure.space_group, 1.5405929 / (2 * std::sin(70 * degree)));
    const StructureFactors factors(structure, list, scatterers_of(structure, model.diffractometer.radiation, {.dispersion = false}, "O3"));
    for (int i = 0; i < repeats; ++i)
      for (std::size_t r = 0; r < list.size(); ++r) result += factors.squared(r, structure, 0.25 / (list[r].d * list[r].d));
  } else if (what == "refinement") {
    PowderPattern pattern{"synthetic", nfm_angles(), {}, {}, {}, {}};
    calculator.calculate(model, y);
    pattern.intensity = y;
    for (const double v : y) pattern.sigma.push_back(std::sqrt(std::max(1.0, v)));
    model.phases[0].crystal.cell = hexagonal_cell(2.96 * 1.003, 16.38 * 0.997);
    for (int i = 0; i < repeats; ++i) result += refine(model, pattern, {.calculation = {.scattering = {.dispersion = false}}}).agreement.Rwp;
  } else {
    return 2;
  }
  std::printf("%g\n", result);
}
