// Starts off the truth end in one minimum: cell ± 0.5 %, coordinates ± 0.005, widths up to twice as large or small.
#include <lamella/chemistry/species.hpp>
#include <lamella/io/cif.hpp>
#include <lamella/io/instrument_json.hpp>
#include <lamella/refine/rietveld.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "../support/powder_models.hpp"
#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random, lamella_test::read_xye;

namespace {

/// Moves all that symmetry lets move: each free cell edge and coordinate by itself, all widths.
PowderModel<> moved(PowderModel<> model, Random& random) {
  FreeParameters parameters = free_parameters(model);
  for (const char* name : {"*.cell.*", "*.*.x", "*.*.y", "*.*.z"}) parameters.release(name);
  const auto address = parameter_addresses(model);
  for (const auto& p : parameters.list()) {
    const bool cell = matches("*.cell.*", p.name);
    const double shift = cell ? *address[p.followers.front().index] * random.uniform(-0.005, 0.005) : random.uniform(-0.005, 0.005);
    for (const auto& follower : p.followers) *address[follower.index] += follower.coefficient * shift;
  }
  const auto factor = [&] { return std::pow(2.0, random.uniform(-1, 1)); };
  model.instrument.W *= factor();
  for (auto& phase : model.phases) {
    phase.size *= factor();
    phase.strain *= factor();
  }
  return model;
}

void check_one_minimum(const PowderModel<>& model, const PowderPattern& pattern, const RefinementOptions<>& options, int starts) {
  const auto best = refine(model, pattern, options);
  CHECK(best.status == FitStatus::converged);
  Random random(7);
  double worst = 0, furthest = 0;
  std::string worst_name;
  int failed = 0;
  for (int start = 0; start < starts; ++start) {
    CAPTURE(start);
    const PowderModel<> begin = moved(model, random);
    furthest = std::max(furthest, std::abs(begin.phases[0].crystal.cell.a / model.phases[0].crystal.cell.a - 1));
    const auto fit = refine(begin, pattern, options);
    CHECK(fit.status == FitStatus::converged);
    CHECK(fit.agreement.Rwp == doctest::Approx(best.agreement.Rwp).epsilon(1e-4));
    failed += !(std::abs(fit.agreement.Rwp / best.agreement.Rwp - 1) < 1e-4);
    REQUIRE(fit.free.size() == best.free.size());
    for (std::size_t i = 0; i < fit.free.size(); ++i) {
      if (!(best.esd(i) > 0)) continue;
      const bool structural = matches("*.cell.*", fit.free[i].name) || matches("*.*.x", fit.free[i].name) || matches("*.*.y", fit.free[i].name) ||
                              matches("*.*.z", fit.free[i].name);
      if (!structural) continue;
      CAPTURE(fit.free[i].name);
      const double distance = std::abs(fit.values[i] - best.values[i]) / best.esd(i);
      CHECK(distance < 0.2);
      if (distance > worst) {
        worst = distance;
        worst_name = fit.free[i].name;
      }
    }
  }
  CHECK(furthest > 0.002);  // they did start elsewhere
  MESSAGE(starts << " starts, " << failed << " elsewhere; Rwp " << best.agreement.Rwp << "; the largest distance is " << worst << " esds, of " << worst_name);
}

}  // namespace

TEST_CASE("slow: data: O3-NaCrO2 has one minimum from 20 starts") {
  Structure<double> s{"O3", space_group("R-3m"), hexagonal_cell(2.97421, 15.95554), {}};
  s.sites = {{"Na1", parse_species("Na"), {0, 0, 0.5}, 1, 0.01}, {"Cr1", parse_species("Cr"), {0, 0, 0}, 1, 0.005}, {"O1", parse_species("O"), {0, 0, 0.26721}, 1, 0.008}};
  PowderModel<> m;
  m.diffractometer = {doublet(1.540598, 1.544426, 0.5, Anode::Cu), Geometry::bragg_brentano, 240, 1};
  m.instrument.W = 0.005;
  m.instrument.asymmetry = 0.02;
  m.background.coefficients.assign(10, 0.0);
  m.phases.push_back({"O3", s, 1, 2000, 1e-4});
  check_one_minimum(m, select(read_xye("powder/o3_nacro2_lab/CG20396_jdb12-1.xye"), {12, 125}), {}, 20);
}

TEST_CASE("slow: data: PbSO4 has one minimum from 5 starts") {  // and from 20, which take a minute
  const std::filesystem::path folder = std::filesystem::path(LAMELLA_DATA_DIR) / "powder/std_pbso4_roundrobin";
  const InstrumentSettings instrument = read_instrument(folder / "INST_XRY.PRM");
  PowderModel<> m;
  m.diffractometer = instrument.diffractometer();
  m.instrument = instrument.instrument;
  m.background.coefficients.assign(10, 0.0);
  m.phases.push_back({"PbSO4", read_cif(folder / "PbSO4-Wyckoff.cif"), 1, 1500, 5e-4});
  RefinementOptions<> options;
  options.plan = default_plan(m.diffractometer);
  for (auto& stage : options.plan) std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
  options.fix = {"pattern.asymmetry"};
  check_one_minimum(m, select(read_xye("powder/std_pbso4_roundrobin/PBSO4_xray_full.xye"), {16, 158.4}), options, 5);
}
