// Starts off the truth end in one minimum: cell ± 0.5 %, coordinates ± 0.005, widths up to twice as large or small.
#include <lamella/refine/compiled_refinement.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"
#include "lead_sulfate.hpp"
#include "nacro2.hpp"

using namespace lamella;
using lamella_test::lead_sulfate_model, lamella_test::lead_sulfate_pattern, lamella_test::nacro2_model, lamella_test::nacro2_pattern, lamella_test::Random;

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
  check_one_minimum(nacro2_model(), nacro2_pattern(), {}, 20);
}

TEST_CASE("slow: data: PbSO4 has one minimum from 5 starts") {  // and from 20, which take a minute
  RefinementOptions<> options;
  options.fix = {"pattern.asymmetry"};
  check_one_minimum(lead_sulfate_model(), lead_sulfate_pattern(), options, 5);
}
