// The cells of reference/bvse.json as structures, and small cells of the same kind that need no file.
#pragma once

#include <lamella/crystal/structure.hpp>
#include <lamella/layered/layered_crystal.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>

namespace lamella_test {

inline nlohmann::json bvse_reference() {
  return nlohmann::json::parse(std::ifstream(std::string(LAMELLA_DATA_DIR "/") + "reference/bvse.json"));
}

/// One case in P1; a mean valence becomes the two ions around it.
inline lamella::Structure<double> reference_cell(const nlohmann::json& c) {
  using namespace lamella;
  Structure<double> s;
  const auto& cell = c["cell"];
  s.cell = {cell[0], cell[1], cell[2], cell[3], cell[4], cell[5]};
  for (std::size_t i = 0; i < c["symbols"].size(); ++i) {
    const auto& f = c["frac"][i];
    const Fractional<double> position{f[0], f[1], f[2]};
    Species ion = parse_species(c["symbols"][i].get<std::string>());
    const double charge = c["oxi"][i], below = std::floor(charge + 1e-9), upper = charge - below;
    ion.charge = static_cast<std::int8_t>(below);
    s.sites.push_back({to_string(ion), ion, position, upper > 1e-9 ? 1 - upper : 1, 0});
    ++ion.charge;
    if (upper > 1e-9) s.sites.push_back({to_string(ion), ion, position, upper, 0});
  }
  return s;
}

/// O3-NaMnO2 with Mn3+, the lattice of "O3-NFM" or, with other distances, of any other.
inline lamella::Structure<double> o3_cell(double a = 2.96, double slab = 2.26, double interslab = 3.2) {
  using namespace lamella;
  return structure_of(layered_crystal(layered_lattice<stacking::O3>(a, slab, interslab), parse_formula("Na1+Mn3+O2-2")));
}

}  // namespace lamella_test
