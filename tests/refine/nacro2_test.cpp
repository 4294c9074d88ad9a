// O3-NaCrO2 as measured in the laboratory, against independent refinements of the same file.
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "nacro2.hpp"
#include "refined_values.hpp"

using namespace lamella;
using lamella_test::esd_of, lamella_test::nacro2_model, lamella_test::nacro2_pattern, lamella_test::read_json, lamella_test::value_of;

namespace {

/// The model with a relative error of a and c and a shift of z.
PowderModel<> moved(double relative_a, double relative_c, double shift_z) {
  PowderModel<> m = nacro2_model();
  auto& crystal = m.phases[0].crystal;
  crystal.cell = hexagonal_cell(crystal.cell.a * (1 + relative_a), crystal.cell.c * (1 + relative_c));
  crystal.sites[2].position.z += shift_z;
  return m;
}

Derived<2> layers(const Refinement<Structure<double>>& fit) {
  return derived_jointly(fit, [](const auto& m) {
    const auto& s = m.phases[0].crystal;  // TM at 0: slab 2c(1/3 - z), interslab 2c(z - 1/6)
    return std::array{2.0 * s.cell.c * (1.0 / 3 - s.sites[2].position.z), 2.0 * s.cell.c * (s.sites[2].position.z - 1.0 / 6)};
  });
}

/// The targets of the project: the scatter of six variants of the independent refinement that comes with the data.
void check_targets(const Refinement<Structure<double>>& fit) {
  CHECK(fit.status == FitStatus::converged);
  CHECK(std::abs(value_of(fit, "O3.cell.a") - 2.9742) <= 0.0004);
  CHECK(std::abs(value_of(fit, "O3.cell.c") - 15.9555) <= 0.002);
  CHECK(std::abs(value_of(fit, "O3.O1.z") - 0.2674) <= 0.0008);
  CHECK(fit.agreement.Rwp <= 0.08);
  CHECK(fit.agreement.GoF <= 1.45);
}

}  // namespace

TEST_CASE("data: O3-NaCrO2 refines to the cell, oxygen height and layers of independent programs") {
  const auto pattern = nacro2_pattern();
  CHECK(pattern.size() == 6762);
  const auto fit = refine(nacro2_model(), pattern);
  check_targets(fit);
  const auto& cell = fit.model.phases[0].crystal.cell;
  CHECK(cell.a == cell.b);
  CHECK(cell.gamma == 120);
  CHECK(fit.model.phases[0].crystal.sites[0].position.z == 0.5);
  CHECK(fit.agreement.Rwp > 0.07);  // of counting noise alone it would be 6.4 %

  const auto l = layers(fit);
  CHECK(std::abs(l[0].value - 2.10) <= 0.03);
  CHECK(std::abs(l[1].value - 3.22) <= 0.03);
  CHECK(l[0].esd > 0.0005);
  CHECK(l[0].esd < 0.01);
  CHECK(l.correlation(0, 1) < -0.99);
  MESSAGE("a " << to_string(Measured{value_of(fit, "O3.cell.a"), esd_of(fit, "O3.cell.a")}) << ", c "
               << to_string(Measured{value_of(fit, "O3.cell.c"), esd_of(fit, "O3.cell.c")}) << ", z "
               << to_string(Measured{value_of(fit, "O3.O1.z"), esd_of(fit, "O3.O1.z")}) << ", slab " << to_string(l[0]) << ", interslab "
               << to_string(l[1]) << ", correlation " << l.correlation(0, 1) << ", Rwp " << fit.agreement.Rwp << ", GoF "
               << fit.agreement.GoF);

  // The three programs differ among themselves by 2.5e-4, 1.9e-3 and 2.5e-4; ours lies among them.
  struct Peer {
    std::string name;
    double a, c, z, sigma_a, sigma_c, sigma_z, Rwp;
  };
  const auto g = read_json("reference/w3_nacro2_gsas2.json"), o = read_json("reference/w3_nacro2_objcryst.json"),
             r = read_json("reference/w3_nacro2_rietx.json");
  const std::vector<Peer> peers = {
      // GSAS-II's sigma(a) is 5/3 too large on hexagonal axes.
      {"GSAS-II", g["cell"]["length_a"], g["cell"]["length_c"], g["atoms"][2]["xyz"][2], g["cell_esd"]["length_a"].get<double>() * 3 / 5,
       g["cell_esd"]["length_c"], g["params"]["0::dAz:2"]["esd"], g["Rwp"]},
      {"ObjCryst++", o["cell"]["a"], o["cell"]["c"], o["zO"], o["cell_esd"]["a"], o["cell_esd"]["c"], o["zO_esd"], o["Rwp"]}};
  for (const Peer& p : peers) {
    CAPTURE(p.name);
    CHECK(std::abs(value_of(fit, "O3.cell.a") - p.a) < 0.0004);
    CHECK(std::abs(value_of(fit, "O3.cell.c") - p.c) < 0.0025);
    CHECK(std::abs(value_of(fit, "O3.O1.z") - p.z) < 0.0004);
    // Esds of one size: the peers fit worse by a tenth and have other profile parameters.
    CHECK(esd_of(fit, "O3.cell.a") > 0.5 * p.sigma_a);
    CHECK(esd_of(fit, "O3.cell.a") < 2 * p.sigma_a);
    CHECK(esd_of(fit, "O3.cell.c") > 0.5 * p.sigma_c);
    CHECK(esd_of(fit, "O3.cell.c") < 2 * p.sigma_c);
    CHECK(esd_of(fit, "O3.O1.z") > 0.5 * p.sigma_z);
    CHECK(esd_of(fit, "O3.O1.z") < 2 * p.sigma_z);
    CHECK(100 * fit.agreement.Rwp < p.Rwp);  // a converged asymmetry
  }
  // rietx has the same profile (TCH, converged axial asymmetry); it scales its esds for serial correlation.
  CHECK(std::abs(value_of(fit, "O3.cell.a") - r["cell"]["a"].get<double>()) < 5e-5);
  CHECK(std::abs(value_of(fit, "O3.cell.c") - r["cell"]["c"].get<double>()) < 3e-4);
  CHECK(std::abs(value_of(fit, "O3.O1.z") - r["params"]["phases.0.atoms.2.z"]["value"].get<double>()) < 3e-5);
  CHECK(100 * fit.agreement.Rwp == doctest::Approx(r["Rwp"].get<double>()).epsilon(0.02));
}

TEST_CASE("data: O3-NaCrO2 is found from half a percent off in a and c and 0.005 off in z") {
  const auto pattern = nacro2_pattern();
  const auto best = refine(nacro2_model(), pattern);
  for (const auto& [da, dc, dz] : {std::array{0.005, 0.005, 0.005}, {-0.005, -0.005, 0.005}, {0.005, -0.005, -0.005}, {-0.005, 0.005, -0.005}}) {
    CAPTURE(da);
    CAPTURE(dc);
    CAPTURE(dz);
    const auto fit = refine(moved(da, dc, dz), pattern);
    check_targets(fit);
    // One minimum: the same to a tenth of an esd.
    for (const auto* name : {"O3.cell.a", "O3.cell.c", "O3.O1.z"})
      CHECK(std::abs(value_of(fit, name) - value_of(best, name)) < 0.1 * esd_of(best, name));
    CHECK(fit.agreement.Rwp == doctest::Approx(best.agreement.Rwp).epsilon(1e-4));
  }
}

TEST_CASE("data: ionic form factors move the layers of O3-NaCrO2 by more than their esds") {
  const auto pattern = nacro2_pattern();
  const auto neutral_fit = refine(nacro2_model(), pattern), ionic_fit = refine(nacro2_model(true), pattern);
  const auto n = layers(neutral_fit), i = layers(ionic_fit);
  CHECK(ionic_fit.status == FitStatus::converged);
  CHECK(ionic_fit.agreement.Rwp <= 0.093);
  CHECK(std::abs(value_of(ionic_fit, "O3.O1.z") - 0.2674) <= 0.0008);
  // An independent calculation found 2.085 and 3.234 with ions, 2.099 and 3.220 without.
  CHECK(i[0].value == doctest::Approx(2.085).epsilon(0.003));
  CHECK(i[1].value == doctest::Approx(3.234).epsilon(0.002));
  CHECK(n[0].value == doctest::Approx(2.099).epsilon(0.003));
  CHECK(n[1].value == doctest::Approx(3.220).epsilon(0.002));
  CHECK(std::abs(i[0].value - n[0].value) > 2 * n[0].esd);
  MESSAGE("neutral: slab " << to_string(n[0]) << ", interslab " << to_string(n[1]) << ", Rwp " << neutral_fit.agreement.Rwp
                           << "; ions: " << to_string(i[0]) << ", " << to_string(i[1]) << ", Rwp " << ionic_fit.agreement.Rwp);
}
