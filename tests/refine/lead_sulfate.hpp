// PbSO4 as measured for the Rietveld round robin, and the model that its refinements start from.
#pragma once

#include <lamella/crystal/structure.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/io/cif.hpp>
#include <lamella/io/instrument_json.hpp>

#include <doctest/doctest.h>

#include <filesystem>

#include "../support/powder_models.hpp"

namespace lamella_test {

inline std::filesystem::path lead_sulfate_folder() { return std::filesystem::path(LAMELLA_DATA_DIR) / "powder/std_pbso4_roundrobin"; }

/// The X-ray pattern of the PbSO4 round robin.
inline lamella::PowderPattern lead_sulfate_pattern(double low = 16, double high = 158.4) {
  return lamella::select(read_xye("powder/std_pbso4_roundrobin/PBSO4_xray_full.xye"), {low, high});
}

inline lamella::Structure<double> lead_sulfate() { return lamella::read_cif(lead_sulfate_folder() / "PbSO4-Wyckoff.cif"); }

/// PbSO4 on the diffractometer of the instrument file, widths and slits included.
inline lamella::PowderModel<> lead_sulfate_model() {
  const lamella::InstrumentSettings instrument = lamella::read_instrument(lead_sulfate_folder() / "INST_XRY.PRM");
  lamella::PowderModel<> m;
  m.diffractometer = instrument.diffractometer();
  m.instrument = instrument.instrument;
  m.background.coefficients.assign(10, 0.0);
  m.phases.push_back({"PbSO4", lead_sulfate(), 1, 1500, 5e-4});
  return m;
}

}  // namespace lamella_test
