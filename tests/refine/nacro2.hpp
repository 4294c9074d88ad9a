// O3-NaCrO2 as measured in the laboratory, and the model that its refinements start from.
#pragma once

#include <lamella/chemistry/species.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>

#include "../support/powder_models.hpp"

namespace lamella_test {

/// O3-NaCrO2, 12 to 125 degrees.
inline lamella::PowderPattern nacro2_pattern() { return lamella::select(read_xye("powder/o3_nacro2_lab/CG20396_jdb12-1.xye"), {12, 125}); }

/// The cell and oxygen height of the refinement that comes with the data; neutral atoms as in its CIF, or ions.
inline lamella::PowderModel<> nacro2_model(bool ions = false) {
  using lamella::parse_species;
  lamella::Structure<double> s{"O3", lamella::space_group("R-3m"), lamella::hexagonal_cell(2.97421, 15.95554), {}};
  s.sites = {{"Na1", parse_species(ions ? "Na+" : "Na"), {0, 0, 0.5}, 1, 0.01},
             {"Cr1", parse_species(ions ? "Cr3+" : "Cr"), {0, 0, 0}, 1, 0.005},
             {"O1", parse_species(ions ? "O2-" : "O"), {0, 0, 0.26721}, 1, 0.008}};
  lamella::PowderModel<> m;
  m.diffractometer = {lamella::doublet(1.540598, 1.544426, 0.5, lamella::Anode::Cu), lamella::Geometry::bragg_brentano, 240, 1};
  m.instrument.W = 0.005;
  m.instrument.asymmetry = 0.02;
  m.background.coefficients.assign(10, 0.0);
  m.phases.push_back({"O3", s, 1, 2000, 1e-4});
  return m;
}

}  // namespace lamella_test
