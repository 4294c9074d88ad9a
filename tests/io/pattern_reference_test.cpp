// The readers of powder patterns against reference values that other programs computed of the same files.
#include <lamella/io/bruker_raw.hpp>
#include <lamella/io/fullprof_pattern.hpp>
#include <lamella/io/gsas_pattern.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/pdcif.hpp>
#include <lamella/io/rigaku_ras.hpp>
#include <lamella/io/uxd.hpp>

#include <lamella/refine/agreement.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "pattern_checks.hpp"

using namespace lamella;
using lamella_test::Column, lamella_test::contains, lamella_test::formats, lamella_test::sum;

namespace {

/// The values of a file of references.
nlohmann::json reference(const std::string& name) {
  std::ifstream file(formats + name);
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
}

}  // namespace

TEST_CASE("data: GSAS patterns have the points, sums and sigmas of a plain reading of their columns") {
  const auto files = reference("reference_gsas_plain.json")["files"];
  REQUIRE(files.size() == 10);
  for (const auto& [name, r] : files.items()) {
    CAPTURE(name);
    const auto p = read_gsas(formats + name);
    std::size_t zeros = r["n_read"].get<std::size_t>() - p.size();  // they carry no weight
    if (name == "gsas/105870-pe-GaPO4_ed.gsas") CHECK(zeros == 54);
    else if (name == "gsas/FAP.XRA") CHECK(zeros == 2);
    else CHECK(zeros == 0);
    CHECK(sum(p.intensity) == doctest::Approx(r["y_sum"].get<double>()).epsilon(1e-12));
    CHECK(sum(p.sigma) == doctest::Approx(r["esd_sum"].get<double>()).epsilon(1e-12));
    const auto top = static_cast<std::size_t>(std::max_element(p.intensity.begin(), p.intensity.end()) - p.intensity.begin());
    CHECK(p.intensity[top] == r["y_max"].get<double>());
    CHECK(p.two_theta[top] == doctest::Approx(r["x_at_max"].get<double>()).epsilon(1e-12));
    if (zeros == 0) {
      CHECK(p.two_theta.front() == doctest::Approx(r["x_first"].get<double>()).epsilon(1e-12));
      CHECK(p.two_theta[1] == doctest::Approx(r["x_second"].get<double>()).epsilon(1e-12));
      CHECK(p.two_theta.back() == doctest::Approx(r["x_last"].get<double>()).epsilon(1e-12));
      CHECK(p.intensity.back() == r["y_last"].get<double>());
      for (std::size_t i = 0; i < 3; ++i) {
        CHECK(p.intensity[i] == r["y_first3"][i].get<double>());
        CHECK(p.sigma[i] == doctest::Approx(r["esd_first3"][i].get<double>()).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("data: weights of GSAS patterns are those of GSAS-II") {
  const auto files = reference("reference_gsas2.json")["files"];
  // GSAS-II drops the last channel of STD files, and 1/sigma² of it with it.
  for (const char* name : {"gsas/PBSO4.XRA", "gsas/Er2Ge2O7_2K.gss", "gsas/11bmb_8716.fxye", "gsas/NIST660CBI.gsas", "gsas/Quinoli.gda",
                           "gsas/La7Ca3MnO3_50k.gsas", "gsas/garnet.raw", "gsas/PrSrMnO.gda", "gsas/FAP.XRA",
                           "gsas/105870-pe-GaPO4_ed.gsas"}) {
    CAPTURE(name);
    const auto r = files[name]["G2pwd_fxye.GSAS_ReaderClass"];
    const auto p = read_gsas(formats + name);
    const double last = r["x_last"].get<double>() + 1e-6;
    double weights = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
      if (p.two_theta[i] <= last) weights += 1 / (p.sigma[i] * p.sigma[i]);
    CHECK(weights == doctest::Approx(r["w_sum"].get<double>()).epsilon(1e-9));
  }
}

TEST_CASE("data: .dat files have the points of ObjCryst++ and GSAS-II") {
  const auto files = reference("reference_objcryst.json")["files"];
  for (const char* name : {"objcryst_neutron-pattern.dat", "objcryst_xray-pattern.dat", "fox_cime.dat", "PSI_DMC.dat"}) {
    CAPTURE(name);
    const auto r = files[std::string("fullprof_ill/") + name];
    const auto p = read_fullprof(formats + "fullprof_ill/" + name);
    CHECK(p.size() == r["n"].get<std::size_t>() - (name == std::string("PSI_DMC.dat") ? 2 : 0));  // two dead channels of 0
    CHECK(p.two_theta.front() == doctest::Approx(r["x_first"].get<double>()).epsilon(1e-12));
    CHECK(p.two_theta[1] == doctest::Approx(r["x_second"].get<double>()).epsilon(1e-12));
    CHECK(p.two_theta.back() == doctest::Approx(r["x_last"].get<double>()).epsilon(1e-12));
    CHECK(sum(p.intensity) == doctest::Approx(r["y_sum"].get<double>()).epsilon(1e-12));
    CHECK(p.intensity.back() == r["y_last"].get<double>());
    for (std::size_t i = 0; i < 3; ++i) CHECK(p.intensity[i] == r["y_first3"][i].get<double>());
  }
  // HRPT sums counters: its own sigmas, below sqrt(y).
  const auto dmc = read_fullprof(formats + "fullprof_ill/PSI_DMC.dat");
  CHECK(dmc.sigma.front() == 81.5);
  CHECK(dmc.sigma.back() == 89.7);
}

TEST_CASE("data: D1A5.dat has the intensities of xylib at angles above 0") {
  const auto r = reference("reference_xyconv.json")["files"]["fullprof_ill/D1A5.dat"]["blocks"][0];
  const auto p = read_fullprof(formats + "fullprof_ill/D1A5.dat");
  CHECK(r["n"] == 1680);  // 101 of them from -10° to 0°
  CHECK(p.size() == 1579);
  CHECK(p.two_theta.back() == doctest::Approx(r["x_last"].get<double>()).epsilon(1e-9));
  CHECK(p.intensity.back() == r["y_last"].get<double>());
  const auto top = static_cast<std::size_t>(std::max_element(p.intensity.begin(), p.intensity.end()) - p.intensity.begin());
  CHECK(p.intensity[top] == r["y_max"].get<double>());
  CHECK(p.two_theta[top] == doctest::Approx(r["x_at_max"].get<double>()).epsilon(1e-9));
  CHECK(p.sigma.back() == 7.35);
}

TEST_CASE("data: a UXD file has the points of xylib, with the angles of its grid") {
  const auto r = reference("reference_xyconv.json")["files"]["bruker/BT86_.UXD"]["blocks"][0];
  const auto p = read_uxd(formats + "bruker/BT86_.UXD");
  CHECK(p.size() == r["n"].get<std::size_t>());
  CHECK(sum(p.intensity) == r["y_sum"].get<double>());
  CHECK(p.intensity.front() == r["y_first"].get<double>());
  CHECK(p.intensity.back() == r["y_last"].get<double>());
  // The file prints four digits (three decimals below 10°); the raw file that it was made from says 40.000291 at the end.
  CHECK(std::abs(p.two_theta[1] - r["x_second"].get<double>()) <= 0.00051);
  CHECK(std::abs(p.two_theta.back() - r["x_last"].get<double>()) <= 0.0051);
  const auto raw = reference("reference_xyconv.json")["files"]["bruker/BT86.raw"]["blocks"][0];
  CHECK(std::abs(p.two_theta.back() - raw["x_last"].get<double>()) <= 0.0005);
  REQUIRE(p.radiation);
  CHECK(p.radiation->line[0].wavelength == 1.5406);
  CHECK(p.radius == 200.5);
}

TEST_CASE("data: RAW files have the points of xylib") {
  const auto files = reference("reference_xyconv.json")["files"];
  for (const char* name : {"bruker/BT86.raw", "bruker/Cu3Au-1.raw", "bruker/D5000_1.RAW", "bruker/format1.raw", "bruker/pyxrd_brk_raw1.raw",
                           "bruker/pyxrd_brk_raw2.raw", "gsas/KGA1-CONT.RAW", "gsas/LaB6_Jan2018.raw"}) {
    CAPTURE(name);
    std::size_t range = 0;
    for (const auto& r : files[name]["blocks"]) {
      const auto p = read_bruker_raw(formats + name, ++range);
      CHECK(p.size() == r["n"].get<std::size_t>());
      CHECK(sum(p.intensity) == doctest::Approx(r["y_sum"].get<double>()).epsilon(1e-12));
      CHECK(p.intensity.front() == r["y_first"].get<double>());
      CHECK(p.intensity.back() == r["y_last"].get<double>());
      // xylib prints six decimals and takes single precision as it is.
      CHECK(std::abs(p.two_theta[1] - r["x_second"].get<double>()) < 1e-6);
      CHECK(std::abs(p.two_theta.back() - r["x_last"].get<double>()) < 4e-6);
    }
    CHECK(range >= 1);
  }
  CHECK(contains(try_read_bruker_raw(formats + "bruker/format1.raw").error().what(), "3 ranges, expected one"));
}

TEST_CASE("data: a RAW file of version 4 has the points of GSAS-II") {
  const auto r = reference("reference_gsas2.json")["files"]["bruker/TiO2.raw"]["G2pwd_BrukerRAW.raw_ReaderClass"];
  const auto p = read_bruker_raw(formats + "bruker/TiO2.raw");
  CHECK(p.size() == r["n"].get<std::size_t>());
  CHECK(sum(p.intensity) == r["y_sum"].get<double>());
  CHECK(p.two_theta.back() == doctest::Approx(r["x_last"].get<double>()).epsilon(1e-12));
  for (std::size_t i = 0; i < 3; ++i) CHECK(p.intensity[i] == r["y_first3"][i].get<double>());
  CHECK(p.radiation->line[0].wavelength == 1.5406);
}

TEST_CASE("data: RAS files have the points of GSAS-II") {
  const auto files = reference("reference_gsas2.json")["files"];
  for (const char* name : {"rigaku/rigaku_nims.ras", "rigaku/rigaku_three_column.ras", "rigaku/rigaku_multiscan.ras"}) {
    CAPTURE(name);
    const auto r = files[name]["G2pwd_rigaku.Rigaku_rasReaderClass"];
    const auto p = read_ras(formats + name, 1);
    CHECK(p.size() == r["n"].get<std::size_t>());
    CHECK(p.two_theta.front() == r["x_first"].get<double>());
    CHECK(p.two_theta.back() == r["x_last"].get<double>());
    CHECK(p.intensity.back() == r["y_last"].get<double>());
    CHECK(sum(p.intensity) == doctest::Approx(r["y_sum"].get<double>()).epsilon(1e-12));
  }
  CHECK(contains(try_read_ras(formats + "rigaku/rigaku_multiscan.ras").error().what(), "2 scans, expected one"));
  CHECK(read_ras(formats + "rigaku/rigaku_multiscan.ras", 2).intensity == Column{80.3, 90.1, 110.7});
  CHECK(read_ras(formats + "rigaku/rigaku_three_column.ras").radiation->anode == Anode::Mo);
}

TEST_CASE("data: published R factors follow from the columns of a pdCIF") {
  const auto r = reference("reference_pdcif.json")["files"]["pdcif/1517474.cif"];
  const auto p = read_pdcif(formats + "pdcif/1517474.cif");
  CHECK(p.points == r["n_rows"].get<std::size_t>());
  REQUIRE(p.pattern.size() == r["n_used"].get<std::size_t>());
  REQUIRE(p.calculated.size() == p.pattern.size());
  REQUIRE(p.background.size() == p.pattern.size());
  CHECK(sum(p.calculated) == doctest::Approx(r["calc_sum"].get<double>()).epsilon(1e-12));
  CHECK(p.pattern.two_theta.front() == doctest::Approx(6.85).epsilon(1e-12));  // 1.5° + 107 · 0.05°
  REQUIRE(p.Rp);
  REQUIRE(p.Rwp);
  REQUIRE(p.Rexp);
  REQUIRE(p.parameters);
  CHECK(*p.parameters == 47);

  const Agreement a = agreement(p.pattern.intensity, p.pattern.sigma, p.calculated, p.background, *p.parameters);
  CHECK(std::abs(a.Rp - *p.Rp) < 1e-4);
  CHECK(std::abs(a.Rwp - *p.Rwp) < 1e-4);
  const auto again = r["recomputed"];  // by numpy
  CHECK(a.Rp == doctest::Approx(again["Rp"].get<double>()).epsilon(1e-10));
  CHECK(a.Rwp == doctest::Approx(again["wRp"].get<double>()).epsilon(1e-10));
  CHECK(a.Rwp_background_subtracted == doctest::Approx(again["wRp_minus_bkg"].get<double>()).epsilon(1e-10));
  // GSAS published Rexp without regard to the number of parameters.
  const Agreement all = agreement(p.pattern.intensity, p.pattern.sigma, p.calculated, p.background, 0);
  CHECK(std::abs(all.Rexp - *p.Rexp) < 1e-4);
  CHECK(all.Rexp == doctest::Approx(again["Rexp_ignoring_parameters"].get<double>()).epsilon(1e-10));
  CHECK(p.pattern.radiation->line[0].wavelength == 2.0785);
  CHECK(p.pattern.radiation->probe == Probe::neutrons);
}

TEST_CASE("data: a pdCIF with regions, in two blocks") {
  const auto blocks = reference("reference_pdcif.json")["files"]["pdcif/nist_srm660c_100a.cif"];
  for (const auto& [name, r] : blocks.items()) {
    CAPTURE(name);
    const auto p = read_pdcif(formats + "pdcif/nist_srm660c_100a.cif", name);
    CHECK(p.pattern.size() == r["n"].get<std::size_t>());
    CHECK(p.corrected_angles);
    CHECK(sum(p.pattern.two_theta) == doctest::Approx(r["_pd_proc_2theta_corrected"]["sum"].get<double>()).epsilon(1e-12));
    CHECK(sum(p.pattern.intensity) == doctest::Approx(r["_pd_proc_intensity_total"]["sum"].get<double>()).epsilon(1e-12));
    double weights = 0;
    for (const double sigma : p.pattern.sigma) weights += 1 / (sigma * sigma);
    CHECK(weights == doctest::Approx(r["_pd_proc_ls_weight"]["sum"].get<double>()).epsilon(1e-12));
  }
  CHECK(read_pdcif(formats + "pdcif/nist_srm660c_100a.cif").block == "pd_proc_660_cert_cif_mosaic_consensus_100a_meas");
}

TEST_CASE("data: BRML and RASX files have the points of GSAS-II") {
  const auto files = reference("reference_gsas2.json")["files"];
  for (const auto& [name, reader] : {std::pair{"bruker/TiOF.brml", "G2pwd_BrukerBRML.brml_ReaderClass"},
                                     {"rigaku/JO_KL_16.rasx", "G2pwd_rigaku.Rigaku_rasReaderClass"},
                                     {"rigaku/rigaku_powder.rasx", "G2pwd_rigaku.Rigaku_rasReaderClass"},
                                     {"rigaku/rigaku_zno_counts.rasx", "G2pwd_rigaku.Rigaku_rasReaderClass"}}) {
    CAPTURE(name);
    const auto r = files[name][reader];
    const auto p = read_pattern(formats + name);
    CHECK(p.size() == r["n"].get<std::size_t>());
    CHECK(p.two_theta.front() == doctest::Approx(r["x_first"].get<double>()).epsilon(1e-12));
    CHECK(p.two_theta.back() == doctest::Approx(r["x_last"].get<double>()).epsilon(1e-12));
    CHECK(p.intensity.back() == doctest::Approx(r["y_last"].get<double>()).epsilon(1e-12));
    CHECK(sum(p.intensity) == doctest::Approx(r["y_sum"].get<double>()).epsilon(1e-12));
    double weights = 0;  // GSAS-II gives intensities of 0 no weight, and those below 1 more than they have
    for (std::size_t i = 0; i < p.size(); ++i)
      if (p.intensity[i] > 0) weights += 1 / (p.sigma[i] * p.sigma[i]);
    CHECK(weights == doctest::Approx(r["w_sum"].get<double>()).epsilon(1e-9));
    REQUIRE(p.radiation);
    CHECK(p.radiation->anode == Anode::Cu);
    CHECK(p.radiation->count == (name == std::string("rigaku/rigaku_powder.rasx") ? 1 : 2));  // Ge(220)x2: K-alpha 1
  }
  CHECK(read_pattern(formats + "bruker/TiOF.brml").radius == 141);
}
