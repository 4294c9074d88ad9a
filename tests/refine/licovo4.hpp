// The measured run powder/operando_licovo4_spinel: a cubic spinel through charge and discharge.
#pragma once

#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/refine/series_options.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace lamella_test {

/// The 100 patterns, without the lines of aluminium, lithium and parts of the cell.
inline std::vector<lamella::PowderPattern> spinel_patterns() {
  std::ifstream file(LAMELLA_DATA_DIR "/powder/operando_licovo4_spinel/patterns.txt");
  REQUIRE(file);
  std::string line;
  std::getline(file, line);
  std::vector<std::vector<double>> column(101);
  while (std::getline(file, line)) {
    std::istringstream numbers(line);
    for (auto& c : column) c.emplace_back(), numbers >> c.back();
    REQUIRE(numbers);
  }
  REQUIRE(column[0].size() == 3516);
  std::vector<lamella::PowderPattern> patterns;
  for (std::size_t i = 1; i < column.size(); ++i) {
    lamella::PowderPattern p;
    p.source = "pattern " + std::to_string(i);
    p.two_theta = column[0];
    p.intensity = column[i];
    for (const double y : p.intensity) p.sigma.push_back(std::sqrt(std::max(y, 1.0)));
    patterns.push_back(select(p, {25, 72.8}, {{35.3, 37.3}, {38.1, 39.0}, {41.8, 43.0}, {44.5, 45.2}, {48.9, 50}, {64.7, 66.5}}));
  }
  return patterns;
}

/// LiCoVO4: vanadium in the tetrahedra, lithium and cobalt in the octahedra.
inline lamella::PowderModel<> spinel_model() {
  using lamella::parse_species;
  lamella::Structure<double> s{"spinel", lamella::space_group("Fd-3m:2"), {8.26, 8.26, 8.26, 90, 90, 90}, {}};
  s.sites = {{"V1", parse_species("V"), {0.125, 0.125, 0.125}, 1, 0.008},
             {"Co1", parse_species("Co"), {0.5, 0.5, 0.5}, 0.5, 0.01},
             {"Li1", parse_species("Li"), {0.5, 0.5, 0.5}, 0.5, 0.01},
             {"O1", parse_species("O"), {0.245, 0.245, 0.245}, 1, 0.01}};
  lamella::PowderModel<> model;
  model.diffractometer = {lamella::doublet(1.54060, 1.54439, 0.497, lamella::Anode::Cu), lamella::Geometry::bragg_brentano, 240, 1};
  model.instrument.W = 0.01;
  model.instrument.asymmetry = 0.02;
  model.background.coefficients.assign(6, 0.0);
  model.phases.push_back({"spinel", s, 1, 2000, 1e-3});
  return model;
}

/// The cell stays where it is: its displacement is held after the first pattern.
inline lamella::SeriesOptions<> spinel_options() {
  lamella::SeriesOptions<> options;
  options.refinement.fix = {"pattern.zero", "pattern.W", "pattern.asymmetry", "spinel.size", "spinel.*.Uiso", "spinel.O1.*"};
  options.hold_after_first = {"pattern.displacement"};
  return options;
}

}  // namespace lamella_test
