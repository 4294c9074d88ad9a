// A refinement written as pdCIF, read by the own readers and by gemmi.
#include <lamella/io/cif.hpp>
#include <lamella/io/pdcif.hpp>
#include <lamella/io/pdcif_writer.hpp>
#include <lamella/refine/agreement.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>

#include "../refine/synthetic_pattern.hpp"
#include "gemmi_reader.hpp"

using namespace lamella;

namespace {

struct Example {
  PowderPattern pattern;
  Refinement<Structure<double>> fit;
};

/// O3-NaMnO2 refined against its own noisy pattern, with an anisotropic oxygen; a second phase where asked for.
Example example(bool two_phases) {
  lamella_test::Random random(7);
  auto model = lamella_test::synthetic_model();
  model.phases[0].crystal.sites[2].u_aniso = AnisotropicDisplacement<double>{0.009, 0.009, 0.014, 0.0045, 0, 0};
  if (two_phases) {
    Structure<double> rock_salt{"NaCl", space_group("Fm-3m"), {5.64, 5.64, 5.64, 90, 90, 90}, {}};
    rock_salt.sites = {{"Na1", parse_species("Na+"), {0, 0, 0}, 1, 0.02}, {"Cl1", parse_species("Cl-"), {0.5, 0.5, 0.5}, 1, 0.02}};
    model.phases.push_back({"salt's", rock_salt, 0.0002, 900, 6e-4});
  }
  Example e;
  e.pattern = lamella_test::noisy_pattern(model, lamella_test::synthetic_grid(), random);
  e.fit = refine(model, e.pattern, {.plan = {}, .fix = {"pattern.asymmetry"}});
  return e;
}

void check_agreement(const PdCif& read, const Example& e) {
  const auto& r = e.fit.agreement;
  CHECK(read.pattern.size() == e.pattern.size());
  REQUIRE(read.calculated.size() == e.pattern.size());
  REQUIRE(read.background.size() == e.pattern.size());
  REQUIRE(read.parameters);
  const auto again = agreement(read.pattern.intensity, read.pattern.sigma, read.calculated, read.background, *read.parameters);
  CHECK(again.Rwp == doctest::Approx(r.Rwp).epsilon(1e-6));
  CHECK(std::abs(again.Rwp - read.Rwp.value()) < 1e-6);
  CHECK(std::abs(again.Rp - read.Rp.value()) < 1e-6);
  CHECK(std::abs(again.Rexp - read.Rexp.value()) < 1e-6);
  CHECK(std::abs(again.GoF - read.goodness_of_fit.value()) < 1e-5);
}

}  // namespace

TEST_CASE("a refinement as pdCIF: agreement recomputed from its columns, structure with esds") {
  const Example e = example(false);
  REQUIRE(e.fit.status == FitStatus::converged);
  const std::string text = to_pdcif(e.fit, e.pattern, "O3 NaMnO2");
  const PdCif read = parse_pdcif(text, "text");
  CHECK(read.block == "O3_NaMnO2");
  check_agreement(read, e);
  REQUIRE(read.pattern.radiation);
  CHECK(read.pattern.radiation->anode == Anode::Cu);
  CHECK(read.pattern.radiation->count == 2);
  CHECK(read.pattern.radiation->line[1].wavelength == radiation::CuKa.line[1].wavelength);

  const MeasuredStructure s = parse_measured_cif(text, "text", {}, {.anisotropic = true});
  const auto& fitted = e.fit.model.phases[0].crystal;
  CHECK(s.structure.space_group.number() == 166);
  CHECK(std::abs(s.structure.cell.a - fitted.cell.a) <= s.esds.cell.a);
  CHECK(s.esds.cell.a > 0);
  CHECK(s.esds.cell.a == s.esds.cell.b);
  CHECK(s.esds.cell.gamma == 0);
  REQUIRE(s.structure.sites.size() == 3);
  for (std::size_t i = 0; i < e.fit.free.size(); ++i) {
    if (e.fit.free[i].name == "O3.O1.z") {
      CHECK(std::abs(s.structure.sites[2].position.z - e.fit.values[i]) <= 0.5 * e.fit.esd(i));
      CHECK(s.esds.sites[2].position.z == doctest::Approx(e.fit.esd(i)).epsilon(0.2));  // of two digits at most
    }
    if (e.fit.free[i].name == "O3.O1.U33") CHECK(s.esds.sites[2].u_aniso.value().U33 == doctest::Approx(e.fit.esd(i)).epsilon(0.2));
    if (e.fit.free[i].name == "O3.Na1.Uiso") CHECK(s.esds.sites[0].u_iso == doctest::Approx(e.fit.esd(i)).epsilon(0.2));
  }
  CHECK(s.esds.sites[2].u_iso > 0);
  CHECK_THROWS_WITH_AS(to_pdcif(e.fit, PowderPattern{}, "x"), "pdCIF of 2900 calculated points, expected a pattern of as many, not of 0", Error);

#ifdef LAMELLA_HAVE_GEMMI
  auto document = gemmi::cif::read_string(text);
  auto& block = document.sole_block();
  CHECK(gemmi::cif::as_number(*block.find_value("_pd_proc_ls_prof_wR_factor")) == doctest::Approx(e.fit.agreement.Rwp).epsilon(1e-6));
  CHECK(block.find_values("_pd_meas_2theta_scan").length() == 2900);
  CHECK(block.find_values("_diffrn_radiation_wavelength").length() == 2);
  const auto small = gemmi::make_small_structure_from_block(block);
  CHECK(small.cell.a == doctest::Approx(fitted.cell.a).epsilon(1e-4));
  REQUIRE(small.sites.size() == 3);
  CHECK(small.sites[2].aniso.u33 == doctest::Approx(fitted.sites[2].u_aniso->U33).epsilon(0.1));
  // |F|² of 003 is what the area of its peak holds: S m |F|² (1 + cos²2θ)/(2 sin²θ cosθ).
  auto rows = block.find({"_refln_index_l", "_refln_symmetry_multiplicity", "_refln_d_spacing", "_refln_F_squared_calc"});
  REQUIRE(rows.length() > 20);
  auto row = rows[0];
  CHECK(row[0] == "3");
  CHECK(gemmi::cif::as_number(row[2]) == doctest::Approx(fitted.cell.c / 3).epsilon(1e-6));
  const double theta = std::asin(1.5405929 / (2 * fitted.cell.c / 3));
  const double lp = (1 + std::pow(std::cos(2 * theta), 2)) / (2 * std::pow(std::sin(theta), 2) * std::cos(theta));
  CHECK(gemmi::cif::as_number(row[3]) * gemmi::cif::as_number(row[1]) * lp * e.fit.model.phases[0].scale ==
        doctest::Approx(e.fit.peaks[0][0].area).epsilon(1e-4));
#endif
}

TEST_CASE("two phases as pdCIF: a block for each and one for the pattern") {
  const Example e = example(true);
  const std::string text = to_pdcif(e.fit, e.pattern, "mixture");
  const PdCif read = parse_pdcif(text, "text");
  CHECK(read.block == "mixture");
  check_agreement(read, e);
  const auto structures = parse_cif_structures(text, "text");
  REQUIRE(structures.size() == 2);
  CHECK(structures[0].name == "mixture_phase_1");
  CHECK(structures[1].space_group.number() == 225);
  CHECK(structures[1].cell.a == doctest::Approx(5.64).epsilon(1e-3));
  CHECK(text.find("2 mixture_phase_2 salt's ") != std::string::npos);
#ifdef LAMELLA_HAVE_GEMMI
  CHECK(gemmi::cif::read_string(text).blocks.size() == 3);
#endif
}
