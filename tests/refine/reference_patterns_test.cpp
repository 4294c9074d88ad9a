// Measured patterns that other programs have refined, each under the conditions that its README states.
#include <lamella/chemistry/species.hpp>
#include <lamella/io/cif.hpp>
#include <lamella/io/instrument_json.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/refine/phase_quantities.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include "../support/powder_models.hpp"
#include "lead_sulfate.hpp"

using namespace lamella;
using lamella_test::lead_sulfate, lamella_test::lead_sulfate_model, lamella_test::lead_sulfate_pattern, lamella_test::read_json, lamella_test::read_xye;

namespace {

using Fit = Refinement<Structure<double>>;

std::filesystem::path data(const std::string& path) { return std::filesystem::path(LAMELLA_DATA_DIR) / "powder" / path; }

constexpr double u_of_b(double b) { return b / (8 * std::numbers::pi * std::numbers::pi); }

/// One phase on a diffractometer; widths and slits as they stand where a refinement begins.
PowderModel<> model_of(std::string name, Structure<double> structure, const Diffractometer& diffractometer, std::size_t background) {
  PowderModel<> m;
  m.diffractometer = diffractometer;
  m.instrument.W = 0.003;
  m.instrument.asymmetry = 0.03;
  m.background.coefficients.assign(background, 0.0);
  m.phases.push_back({std::move(name), std::move(structure), 1, 1500, 5e-4});
  return m;
}

const UnitCell<double>& cell_of(const Fit& fit, std::size_t phase = 0) { return fit.model.phases[phase].crystal.cell; }

void report(const std::string& what, const Fit& fit) {
  const auto& c = cell_of(fit);
  MESSAGE(what << ": a " << c.a << ", b " << c.b << ", c " << c.c << ", Rwp " << fit.agreement.Rwp << ", GoF " << fit.agreement.GoF << ", "
               << fit.free.size() << " parameters, " << fit.cycles << " cycles");
}

double ppm(double value, double reference) { return (value / reference - 1) * 1e6; }

}  // namespace

TEST_CASE("data: P2-NaxCoO2 with its texture agrees with GSAS-II and TOPAS") {
  const auto refs = read_json("powder/p2_naxcoo2_topas/refs.json");
  const auto pattern = select(read_xye("powder/p2_naxcoo2_topas/KD1-2_5-90_30min.xye"), {10, 90});
  Structure<double> s{"P2", space_group("P63/mmc"), hexagonal_cell(2.832, 10.917), {}};  // TM at z = 1/2, as in the TOPAS input
  s.sites = {{"Co1", parse_species("Co"), {0, 0, 0.5}, 1, u_of_b(0.27)},
             {"Na1", parse_species("Na"), {0, 0, 0.25}, 0.23, u_of_b(1.3)},
             {"Na2", parse_species("Na"), {2.0 / 3, 1.0 / 3, 0.25}, 0.51, u_of_b(1.3)},
             {"O1", parse_species("O"), {1.0 / 3, 2.0 / 3, 0.0913}, 1, u_of_b(0.54)}};
  PowderModel<> m = model_of("P2", s, {doublet(1.540596, 1.544493, 0.5, Anode::Cu), Geometry::bragg_brentano, 240, 1}, 6);
  m.phases[0].preferred_orientation = MarchDollase<double>{{0, 0, 1}, 1};
  RefinementOptions<> options;
  options.fix = {"P2.*.Uiso"};
  const Fit fit = refine(m, pattern, options);
  report("P2", fit);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.agreement.Rwp <= 0.0256);
  const double z = fit.model.phases[0].crystal.sites[3].position.z;
  for (const char* peer : {"gsas2", "topas"}) {
    CAPTURE(peer);
    CHECK(std::abs(cell_of(fit).a - refs[peer]["a"].get<double>()) <= refs["tolerance"]["a"].get<double>());
    CHECK(std::abs(cell_of(fit).c - refs[peer]["c"].get<double>()) <= refs["tolerance"]["c"].get<double>());
    CHECK(std::abs(z - refs[peer]["z_O"].get<double>()) <= refs["tolerance"]["z_O"].get<double>());
  }
  CHECK(fit.model.phases[0].preferred_orientation->r == doctest::Approx(refs["gsas2"]["MD001"].get<double>()).epsilon(0.04));
  const auto layers = refined_layers(fit, 0);
  REQUIRE(layers);
  CHECK(layers->stacking == "P2");
  CHECK(layers->slab_thickness().value + layers->interslab_distance().value == doctest::Approx(cell_of(fit).c / 2));
}

TEST_CASE("slow: data: X-ray pattern of PbSO4 gives the cell of the round robin") {
  const auto refs = read_json("powder/std_pbso4_roundrobin/refs.json");
  const PowderModel<> m = lead_sulfate_model();
  CHECK(m.instrument.asymmetry == doctest::Approx(0.015));
  // The slits of the instrument file are held. Free ones come out at 0.0275, as on other diffractometers of this kind, fit better
  // (Rwp 8.1 %) and make the cell 0.02 % longer: peak positions in this pattern follow neither a zero nor a displacement (against the
  // reference cell they are off by -10 millidegrees at 85 degrees and +50 beyond 140), and what the strong peaks at low angles then
  // leave to the cell depends on their share of asymmetry.
  RefinementOptions<> options;
  options.fix = {"pattern.asymmetry"};
  const Fit fit = refine(m, lead_sulfate_pattern(), options);
  report("PbSO4, X-rays", fit);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.agreement.Rwp <= 0.104);
  CHECK(fit.stages.back().name == "zero instead of displacement");  // Rwp 9.23 instead of 9.30 %
  CHECK(std::abs(cell_of(fit).a - refs["a"].get<double>()) <= 4e-4);
  CHECK(std::abs(cell_of(fit).b - refs["b"].get<double>()) <= 4e-4);
  CHECK(std::abs(cell_of(fit).c - refs["c"].get<double>()) <= 4e-4);
}

TEST_CASE("slow: data: neutron pattern of PbSO4 gives the cell of the round robin but for its wavelength") {
  const auto refs = read_json("powder/std_pbso4_roundrobin/refs.json");
  PowderModel<> m = model_of("PbSO4", lead_sulfate(), {neutrons(1.909), Geometry::debye_scherrer, 240, 1}, 10);
  m.instrument.W = 0.05;
  m.phases[0].strain = 0;
  RefinementOptions<> options;
  options.fix = {"PbSO4.strain"};  // U, V, W and a size are as much as the pattern tells of widths
  const Fit fit = refine(m, read_xye("powder/std_pbso4_roundrobin/PBSO4_neutron_full.xye"), options);
  report("PbSO4, neutrons", fit);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.agreement.Rwp <= 0.043);
  // At the stated 1.909 Å all three edges come out shorter than those of the X-ray pattern, by the same 0.1 %. So they do in the joint
  // refinement of GSAS-II, which gives the neutron pattern strains of its own (joint_refinement_test.cpp); neutrons of 1.9110 Å
  // would belong to the cell of the X-ray pattern.
  const double true_wavelength = 1.9110;
  const std::array edges{cell_of(fit).a, cell_of(fit).b, cell_of(fit).c};
  const std::array joint{refs["a"].get<double>(), refs["b"].get<double>(), refs["c"].get<double>()};
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(std::abs(edges[i] - joint[i]) > 4e-3);
    CHECK(std::abs(edges[i] * (true_wavelength / 1.909) - joint[i]) <= 4e-4);
  }
}

TEST_CASE("slow: data: fluorapatite agrees with GSAS within 120 ppm") {
  const auto refs = read_json("powder/std_fluorapatite_lab/refs.json");
  Structure<double> s{"FAP", space_group("P63/m"), hexagonal_cell(9.371724, 6.885867), {}};  // atoms of FAP.EXP
  s.sites = {{"Ca1", parse_species("Ca"), {1.0 / 3, 2.0 / 3, 0.001913}, 1, 0.006079}, {"Ca2", parse_species("Ca"), {0.241976, 0.992603, 0.25}, 1, 0.004561},
             {"P3", parse_species("P"), {0.397416, 0.367704, 0.25}, 1, 0.003978},     {"F4", parse_species("F"), {0, 0, 0.25}, 1, 0.013850},
             {"O5", parse_species("O"), {0.325053, 0.484763, 0.25}, 1, 0.004916},     {"O6", parse_species("O"), {0.591494, 0.469954, 0.25}, 1, 0.006609},
             {"O7", parse_species("O"), {0.339510, 0.258126, 0.070641}, 1, 0.006713}};
  const Fit fit = refine(model_of("FAP", s, {doublet(1.5405, 1.5443, 0.5, Anode::Cu), Geometry::bragg_brentano, 240, 1}, 6),
                         select(read_xye("powder/std_fluorapatite_lab/FAP.xye"), {15, 129.98}));
  report("fluorapatite", fit);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.agreement.Rwp <= 0.097);
  // With the zero, which fits better here; with the displacement both are +102, where an independent program finds +116.
  CHECK(fit.stages.back().name == "zero instead of displacement");
  CHECK(std::abs(ppm(cell_of(fit).a, refs["a"])) <= 30);
  CHECK(std::abs(ppm(cell_of(fit).c, refs["c"])) <= 30);
  for (std::size_t i = 0; i < s.sites.size(); ++i) {
    CAPTURE(s.sites[i].label);
    const auto &found = fit.model.phases[0].crystal.sites[i].position, &gsas = s.sites[i].position;
    for (const double shift : {found.x - gsas.x, found.y - gsas.y, found.z - gsas.z}) CHECK(std::abs(shift) < 0.0015);
  }
}

TEST_CASE("slow: data: NAC on a synchrotron, with its impurity of fluorite") {
  const auto refs = read_json("powder/std_nac_11bm/refs.json");
  const InstrumentSettings instrument = read_instrument(data("std_nac_11bm/11bm_gsas.prm"));
  PowderModel<> m = model_of("NAC", read_cif(data("std_nac_11bm/NAC.cif")), instrument.diffractometer(), 10);
  m.diffractometer.geometry = Geometry::debye_scherrer;  // a capillary; the file says nothing of it
  m.instrument = instrument.instrument;
  auto fluorite = m.phases[0];
  fluorite.name = "CaF2";
  fluorite.crystal = read_cif(data("std_nac_11bm/CaF2.cif"));
  m.phases.push_back(fluorite);
  for (auto& phase : m.phases)
    for (auto& site : phase.crystal.sites)
      if (!(site.u_iso > 0)) site.u_iso = 0.01;  // the fluorite's are negative in the file
  RefinementOptions<> options;
  options.fix = {"pattern.asymmetry"};
  options.calculation.scattering.dispersion = false;  // none is tabulated for 0.4139 Å
  const Fit fit = refine(m, select(read_pattern(data("std_nac_11bm/11BM_NAC.fxye")), {2.5, 32.1}), options);
  report("NAC", fit);
  CHECK(fit.status == FitStatus::converged);
  CHECK(fit.agreement.Rwp <= 0.091);
  CHECK(std::abs(ppm(cell_of(fit).a, refs["a"])) <= 30);  // the same wavelength, so that its 1e-4 does not count
  CHECK(std::abs(cell_of(fit, 1).a - 5.46476) <= 2e-4);
  const auto& sites = fit.model.phases[0].crystal.sites;  // the coordinates of the README, from GSAS-II
  const std::vector<std::array<double, 3>> gsas{{0.46635, 0, 0.25},       {0.24821, 0.24821, 0.24821}, {0.08475, 0.08475, 0.08475},
                                                {0.13882, 0.30600, 0.12113}, {0.36380, 0.36253, 0.18796}, {0.46149, 0.46149, 0.46149}};
  REQUIRE(sites.size() == gsas.size());
  for (std::size_t i = 0; i < gsas.size(); ++i) {
    CAPTURE(sites[i].label);
    CHECK(std::abs(sites[i].position.x - gsas[i][0]) < 0.002);
    CHECK(std::abs(sites[i].position.y - gsas[i][1]) < 0.002);
    CHECK(std::abs(sites[i].position.z - gsas[i][2]) < 0.002);
  }
}

TEST_CASE("slow: data: mixtures of the CPD round robin weigh what was weighed") {
  Structure<double> corundum{"C", space_group("R-3c"), hexagonal_cell(4.7588, 12.993), {}};
  corundum.sites = {{"Al1", parse_species("Al"), {0, 0, 0.3522}, 1, 0.004}, {"O1", parse_species("O"), {0.3063, 0, 0.25}, 1, 0.004}};
  Structure<double> zincite{"Z", space_group("P63mc"), hexagonal_cell(3.2501, 5.2071), {}};
  zincite.sites = {{"Zn1", parse_species("Zn"), {1.0 / 3, 2.0 / 3, 0}, 1, 0.005}, {"O1", parse_species("O"), {1.0 / 3, 2.0 / 3, 0.3825}, 1, 0.005}};
  Structure<double> fluorite{"F", space_group("Fm-3m"), {5.4631, 5.4631, 5.4631, 90, 90, 90}, {}};
  fluorite.sites = {{"Ca1", parse_species("Ca"), {0, 0, 0}, 1, 0.006}, {"F1", parse_species("F"), {0.25, 0.25, 0.25}, 1, 0.008}};

  const Diffractometer philips{radiation::CuKa, Geometry::bragg_brentano, 173, std::pow(std::cos(26.6 * degree), 2)};
  PowderModel<> m = model_of("corundum", corundum, philips, 10);
  m.phases.push_back({"zincite", zincite, 1, 1500, 5e-4});
  m.phases.push_back({"fluorite", fluorite, 1, 1500, 5e-4});
  struct Mixture {
    std::string file;
    std::array<double, 3> weighed;  // wt%
  };
  for (const Mixture& mixture : {Mixture{"cpd-1a.prn", {1.15, 4.04, 94.81}}, {"cpd-1g.prn", {31.37, 34.21, 34.42}}}) {
    CAPTURE(mixture.file);
    const Fit fit = refine(m, select(read_pattern(data("qpa_cpd_roundrobin/" + mixture.file)), {20, 150}));
    report(mixture.file, fit);
    CHECK(fit.status == FitStatus::converged);
    double sum = 0;
    for (std::size_t p = 0; p < 3; ++p) {
      CAPTURE(p);
      const Measured w = weight_fraction(fit, p);
      MESSAGE(mixture.file << ", " << fit.model.phases[p].name << ": " << 100 * w.value << "(" << 100 * w.esd << ") wt%, weighed " << mixture.weighed[p]);
      CHECK(std::abs(100 * w.value - mixture.weighed[p]) <= 0.62);
      CHECK(w.esd > 0);
      CHECK(w.esd < 0.005);
      sum += w.value;
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-12));
  }
}
