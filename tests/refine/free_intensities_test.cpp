// Le Bail and Pawley refinements beside the Rietveld refinement of the same pattern.
#include <lamella/refine/free_intensities.hpp>
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "lead_sulfate.hpp"
#include "nacro2.hpp"
#include "refined_values.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::esd_of, lamella_test::even_grid, lamella_test::lead_sulfate_model, lamella_test::lead_sulfate_pattern, lamella_test::nacro2_model,
    lamella_test::nacro2_pattern, lamella_test::noisy_pattern, lamella_test::Random, lamella_test::synthetic_model;

namespace {

using Fit = Refinement<Structure<double>>;

const UnitCell<double>& cell_of(const Fit& fit) { return fit.model.phases[0].crystal.cell; }

/// The reflections that stand alone: strong ones further from all others than `apart`, degrees 2θ.
std::vector<std::size_t> strong_and_alone(const Fit& fit, double apart) {
  const auto& list = fit.reflections[0];
  const auto& peaks = fit.peaks[0];
  const std::size_t lines = peaks.size() / list.size();
  double top = 0;
  for (std::size_t r = 0; r < list.size(); ++r) top = std::max(top, peaks[r * lines].area);
  std::vector<std::size_t> found;
  for (std::size_t r = 0; r < list.size(); ++r) {
    bool alone = peaks[r * lines].area > 0.1 * top;
    for (std::size_t other = 0; other < list.size(); ++other)
      alone = alone && (other == r || std::abs(peaks[other * lines].position - peaks[r * lines].position) > apart);
    if (alone) found.push_back(r);
  }
  return found;
}

double area_of(const Fit& fit, const Miller& hkl) {
  const auto& list = fit.reflections[0];
  for (std::size_t r = 0; r < list.size(); ++r)
    if (list[r].hkl == hkl) return fit.peaks[0][r * (fit.peaks[0].size() / list.size())].area;
  FAIL("no reflection " << hkl.h << hkl.k << hkl.l);
  return 0;
}

/// Areas of the peaks that overlap with no other, against those of the structure.
void check_intensities(const Fit& rietveld, const Fit& free, double apart, double relative, std::size_t at_least) {
  const auto alone = strong_and_alone(rietveld, apart);
  CHECK(alone.size() >= at_least);
  for (const std::size_t r : alone) {
    const Miller& hkl = rietveld.reflections[0][r].hkl;
    CAPTURE(hkl.h);
    CAPTURE(hkl.k);
    CAPTURE(hkl.l);
    CHECK(area_of(free, hkl) == doctest::Approx(area_of(rietveld, hkl)).epsilon(relative));
  }
}

Fit with_free_intensities(PowderModel<> model, IntensityModel intensities, const PowderPattern& pattern, const RefinementOptions<>& options = {}) {
  free_intensities(model, 0, intensities, pattern);
  return refine(model, pattern, options);
}

/// What both methods owe to the same pattern.
void check_against_rietveld(const Fit& rietveld, const Fit& free, double tolerance) {
  CHECK(free.agreement.Rwp < rietveld.agreement.Rwp);
  CHECK(std::abs(cell_of(free).a - cell_of(rietveld).a) < tolerance);
  CHECK(std::abs(cell_of(free).b - cell_of(rietveld).b) < tolerance);
  CHECK(std::abs(cell_of(free).c - cell_of(rietveld).c) < tolerance * cell_of(free).c / cell_of(free).a);
  for (const auto& p : free.free)
    for (const char* structural : {".x", ".y", ".z", ".Uiso", ".occupancy", ".scale"}) CHECK_FALSE(p.name.ends_with(structural));
  for (const auto& i : free.model.phases[0].intensities) {
    CHECK(std::isfinite(i.value));
    if (free.model.phases[0].intensity_model == IntensityModel::le_bail) CHECK(i.value >= 0);
  }
}

}  // namespace

TEST_CASE("intensities that Le Bail and Pawley extract from a synthetic pattern are those it was made with") {
  const PowderModel<> truth = synthetic_model();
  Random random(3);
  const auto pattern = noisy_pattern(truth, even_grid(14, 0.03, 2180), random);
  const Fit rietveld = refine(truth, pattern);
  PowderModel<> start = truth;
  start.phases[0].crystal.cell = hexagonal_cell(2.964, 16.20);
  start.phases[0].crystal.sites[2].position.z = 0.25;  // a structure that is wrong has no influence
  for (const auto method : {IntensityModel::le_bail, IntensityModel::pawley}) {
    CAPTURE(static_cast<int>(method));
    const Fit fit = with_free_intensities(start, method, pattern);
    CHECK(fit.status == FitStatus::converged);
    check_against_rietveld(rietveld, fit, 3e-4);
    CHECK(fit.agreement.GoF == doctest::Approx(1).epsilon(0.06));
    check_intensities(rietveld, fit, 0.8, 0.05, 4);
    if (method == IntensityModel::le_bail) continue;
    // Pawley: each intensity has an esd, and that of the structure, which is far better known, is within four of it.
    std::size_t compared = 0;
    for (const std::size_t r : strong_and_alone(rietveld, 0.8)) {
      const Miller& hkl = rietveld.reflections[0][r].hkl;
      const double esd = esd_of(fit, "O3.intensity." + index_name(hkl));
      CHECK(esd > 0);
      double value = 0;
      for (const auto& i : fit.model.phases[0].intensities)
        if (i.hkl == hkl) value = i.value;
      CHECK(std::abs(value - value * area_of(rietveld, hkl) / area_of(fit, hkl)) < 4 * esd);
      CHECK(esd < 0.1 * value);
      ++compared;
    }
    CHECK(compared >= 4);
  }
}

TEST_CASE("data: Le Bail and Pawley of O3-NaCrO2 fit better than the structure, with the same cell and strong reflections") {
  const auto pattern = nacro2_pattern();
  const PowderModel<> m = nacro2_model();
  const Fit rietveld = refine(m, pattern);
  for (const auto method : {IntensityModel::le_bail, IntensityModel::pawley}) {
    const Fit fit = with_free_intensities(m, method, pattern);
    MESSAGE(std::string(method == IntensityModel::le_bail ? "Le Bail" : "Pawley") << ": a " << cell_of(fit).a << ", c " << cell_of(fit).c << ", Rwp " << fit.agreement.Rwp
            << " (Rietveld " << rietveld.agreement.Rwp << "), " << fit.free.size() << " parameters, " << to_string(fit.status));
    check_against_rietveld(rietveld, fit, 2e-4);
    check_intensities(rietveld, fit, 0.6, 0.1, 4);
    if (method == IntensityModel::pawley)
      for (const std::size_t r : strong_and_alone(rietveld, 0.6)) CHECK(esd_of(fit, "O3.intensity." + index_name(rietveld.reflections[0][r].hkl)) > 0);
  }
}

TEST_CASE("slow: data: Le Bail and Pawley of PbSO4 fit better than the structure, with the same cell") {
  const auto pattern = lead_sulfate_pattern(16, 100);
  const PowderModel<> m = lead_sulfate_model();
  RefinementOptions<> options;
  options.fix = {"pattern.asymmetry", "pattern.displacement"};
  options.free = {"pattern.zero"};
  const Fit rietveld = refine(m, pattern, options);
  for (const auto method : {IntensityModel::le_bail, IntensityModel::pawley}) {
    const Fit fit = with_free_intensities(m, method, pattern, options);
    MESSAGE(std::string(method == IntensityModel::le_bail ? "Le Bail" : "Pawley") << ": a " << cell_of(fit).a << ", b " << cell_of(fit).b << ", c " << cell_of(fit).c << ", Rwp "
            << fit.agreement.Rwp << " (Rietveld " << rietveld.agreement.Rwp << ", a " << cell_of(rietveld).a << ", b " << cell_of(rietveld).b << ", c "
            << cell_of(rietveld).c << "), " << fit.free.size() << " parameters, " << to_string(fit.status));
    check_against_rietveld(rietveld, fit, 6e-4);
    check_intensities(rietveld, fit, 0.4, 0.15, 2);
  }
}
