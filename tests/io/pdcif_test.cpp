#include <lamella/io/pdcif.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::error_of;

namespace {

std::string pdcif_error(const std::string& text) { return error_of(try_parse_pdcif(text, "a.dat")); }

}  // namespace

TEST_CASE("numbers of a CIF with their uncertainty") {
  const auto value = [](const char* text) { return detail::cif_number(text); };
  CHECK(value("5540(160)")->value == 5540);
  CHECK(value("5540(160)")->esd == 160);
  CHECK(value("0.0123(15)")->esd == doctest::Approx(0.0015));
  CHECK(value("12.5")->esd == std::nullopt);
  CHECK(value("1.25e2(10)")->esd == doctest::Approx(10));
  CHECK(value("12.5(1.5)")->esd == doctest::Approx(1.5));
  for (const char* bad : {"", "x", "(5)", "5(", "5()", "5(x)", "5(1)x", "nan", "5(-1)", "1.5(2)e3"}) {
    CAPTURE(bad);
    CHECK(!value(bad));
  }
}

TEST_CASE("points, model, weights and published agreement of a pdCIF") {
  const auto r = parse_pdcif(
      "data_a\n_diffrn_radiation_type 'Cu K\\a'\nloop_\n_diffrn_radiation_wavelength\n_diffrn_radiation_wavelength_wt\n1.5406 1.0\n1.5444 0.5\n"
      "_pd_proc_ls_prof_R_factor 0.04\n_pd_proc_ls_prof_wR_factor 0.05\n_pd_proc_ls_prof_wR_expected ?\n"
      "_refine_ls_goodness_of_fit_all 1.3\n_refine_ls_number_parameters 7\n"
      "loop_\n_pd_meas_2theta_scan\n_pd_meas_intensity_total\n_pd_calc_intensity_total\n_pd_proc_intensity_bkg_calc\n_pd_proc_ls_weight\n"
      "10.0 100(10) 99 5 0.01\n10.1 121(11) . 5 0.0\n10.2 144(12) 150 6 0.04\n10.3 . . . .\n",
      "a.cif");
  CHECK(r.block == "a");
  CHECK(r.points == 4);
  CHECK(r.pattern.two_theta == Column{10, 10.2});
  CHECK(r.pattern.intensity == Column{100, 144});
  CHECK(r.pattern.sigma == Column{10, 5});
  CHECK(r.calculated == Column{99, 150});
  CHECK(r.background == Column{5, 6});
  CHECK(!r.corrected_angles);
  CHECK(r.Rp == 0.04);
  CHECK(r.Rwp == 0.05);
  CHECK(r.Rexp == std::nullopt);
  CHECK(r.goodness_of_fit == 1.3);
  CHECK(r.parameters == 7);
  REQUIRE(r.pattern.radiation);
  CHECK(r.pattern.radiation->count == 2);
  CHECK(r.pattern.radiation->anode == Anode::Cu);
  CHECK(r.pattern.radiation->line[1].weight == 0.5);
}

TEST_CASE("angles and uncertainties of a pdCIF, whichever way they are given") {
  const auto counts = parse_pdcif("data_a\nloop_\n_pd_meas.2theta_scan\n_pd_meas.counts_total\n10 100\n11 49\n", "a");
  CHECK(counts.pattern.sigma == Column{10, 7});
  CHECK(counts.calculated.empty());
  const auto range = parse_pdcif(
      "data_a\n_pd_meas_2theta_range_min 10\n_pd_meas_2theta_range_max 11\n_pd_meas_2theta_range_inc 0.5\n"
      "_pd_proc_2theta_range_min 10.1\n_pd_proc_2theta_range_max 11.1\n_pd_proc_2theta_range_inc 0.5\n"
      "loop_\n_pd_meas_intensity_total\n5(2)\n6(3)\n7\n",
      "a");
  CHECK(range.pattern.two_theta == Column{10, 10.5, 11});
  CHECK(range.pattern.sigma == Column{2, 3, std::sqrt(7.0)});
  const auto corrected = parse_pdcif("data_x\n_a 1\ndata_a\nloop_\n_pd_proc_2theta_corrected\n_pd_proc_intensity_total\n10 100\n11 49\n", "a");
  CHECK(corrected.corrected_angles);
  CHECK(corrected.block == "a");
  const auto loops = parse_pdcif("data_a\nloop_\n_pd_meas_2theta_scan\n10\n11\nloop_\n_pd_meas_intensity_total\n5\n6\n", "a");
  CHECK(loops.pattern.two_theta == Column{10, 11});
}

TEST_CASE("faults of pdCIF files") {
  const std::string loop = "data_a\nloop_\n_pd_meas_2theta_scan\n_pd_meas_intensity_total\n";
  const std::pair<std::string, const char*> cases[] = {
      {"", "is empty"},
      {"data_a\n_cell_length_a 3\n", "1: no measured powder pattern"},
      {loop + "10 x\n11 5\n", "5: \"x\" is not a number, expected _pd_meas_intensity_total"},
      {loop + "y 4\n11 5\n", "5: \"y\" is not a number, expected _pd_meas_2theta_scan"},
      {loop + "10 4\n10 5\n", "6: angle 10 is repeated"},
      {loop + "10 4\n11\n", "2: not valid CIF: loop of 2 columns with 3 values"},
      {loop + "10 -4\n11 5\n", "5: negative intensity"},
      {loop + "10 4\n11 ?\n", "2: a single point with an intensity"},
      {"data_a\nloop_\n_pd_meas_intensity_total\n5\n6\n", "2: no angles for the intensities"},
      {"data_a\nloop_\n_pd_meas_time_of_flight\n_pd_meas_intensity_total\n5000 5\n6000 6\n", "2: no angles"},
      {"data_a\n_pd_meas_2theta_range_min 10\n_pd_meas_2theta_range_max 20\n_pd_meas_2theta_range_inc 0.5\nloop_\n_pd_meas_intensity_total\n5\n6\n",
       "2: 2theta from 10 to 20 in steps of 0.5, expected 2 points"},
      {loop + "10 4\n11 5\nloop_\n_pd_proc_ls_weight\n1\n2\n3\n", "7: 3 values of _pd_proc_ls_weight, expected 2"},
      {loop + "10 4\n11 5\nloop_\n_pd_proc_ls_weight\nx\n2\n", "9: \"x\" is not a number, expected _pd_proc_ls_weight"},
      {"data_a\nloop_\n_pd_meas_2theta_scan\n_pd_proc_intensity_net\n10 4\n11 5\n", "5: net intensity without weight"},
  };
  for (const auto& [text, message] : cases) {
    CAPTURE(text);
    const std::string error = pdcif_error(text);
    CAPTURE(error);
    CHECK(contains(error, message));
  }
  CHECK(contains(error_of(try_parse_pdcif(loop + "10 4\n11 5\n", "a.dat", "b")), "no data block \"b\""));
}

TEST_CASE("damaged pdCIF files give an error or a sound pattern") {
  lamella_test::survives_damage(
      "data_a\nloop_\n_pd_meas_2theta_scan\n_pd_meas_intensity_total\n_pd_proc_ls_weight\n10 4(1) 2\n11 5(2) .\n12 6 1\n",
      [](const std::string& text) -> Result<PowderPattern> {
        auto read = try_parse_pdcif(text, "a.dat");
        if (!read) return read.error();
        return read.value().pattern;
      });
}
