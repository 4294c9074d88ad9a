// Candidates built from a layered phase, and stackings told apart where the data can.
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/phase_candidates.hpp>
#include <lamella/refine/stacking_evidence.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "nacro2.hpp"
#include "synthetic_pattern.hpp"
#include "synthetic_run.hpp"

using namespace lamella;
using lamella_test::SyntheticRun, lamella_test::synthetic_nfm;

TEST_CASE("every candidate keeps the layers and the composition of its host and is the stacking it says") {
  const auto host = lamella_test::synthetic_model().phases[0];
  const auto layers = *measure_layers(host.crystal);
  for (const std::string name : {"O1", "O2", "O3", "O'3", "P2", "P3", "P'3", "OP4"}) {
    CAPTURE(name);
    const auto candidate = phase_candidate(name, host);
    CHECK(candidate.phase.name == name);
    CHECK(candidate.phase.scale == 0);
    const auto own = measure_layers(candidate.phase.crystal);
    REQUIRE(own);
    // Undistorted: a prime says only which cell it is in.
    CHECK(own->stacking == (name == "O'3" ? "O3" : name == "P'3" ? "P3" : name));
    CHECK(own->slab_thickness() == doctest::Approx(layers.slab_thickness()));
    CHECK(own->interslab_distance() == doctest::Approx(layers.interslab_distance()));
    const auto again = layered_host(candidate.phase.crystal);
    CHECK(again.layers.a == doctest::Approx(2.962));
    for (const auto& [species, amount] : layered_host(host.crystal).formula) CHECK(again.formula.amount(species) == doctest::Approx(amount));
  }
  CHECK_THROWS_WITH_AS(phase_candidate("P4", host), "stacking \"P4\": expected one of O1, O2, O3, O'3, P2, P3, P'3, OP4", Error);
  auto spinel = host;
  spinel.crystal.sites.resize(2);
  CHECK_THROWS_WITH_AS(phase_candidate("P3", spinel), doctest::Contains("no layers are found, expected a layered oxide"), Error);
}

TEST_CASE("a candidate has one free oxygen height: its slab grows by what its interslab loses") {
  const auto candidate = phase_candidate("P3", lamella_test::synthetic_model().phases[0]);
  PowderModel<> model;
  model.phases.push_back(candidate.phase);
  auto parameters = free_parameters(model);
  candidate.constrain(parameters);
  parameters.release("P3.*.z");
  parameters.release("P3.*.Uiso");
  const auto free = parameters.list();
  REQUIRE(free.size() == 4);  // one height; U of Na, Mn and O
  const auto address = parameter_addresses(model);
  for (const auto& f : free)
    if (matches("*.*.z", f.name))
      for (const auto& follower : f.followers) *address[follower.index] += 0.001 * follower.coefficient;
  const auto before = *measure_layers(candidate.phase.crystal), after = *measure_layers(model.phases[0].crystal);
  const double c = candidate.phase.crystal.cell.c;
  CHECK(std::abs(after.slab_thickness() - before.slab_thickness()) == doctest::Approx(0.002 * c));
  CHECK(after.slab_thickness() + after.interslab_distance() == doctest::Approx(c / 3));
  CHECK(after.stacking == "P3");
}

namespace {

RefinementOptions<> with_fixed_widths() {
  RefinementOptions<> options;
  options.fix = {"pattern.W", "pattern.asymmetry", "*.size", "*.strain", "*.*.Uiso", "*.*.occupancy"};
  return options;
}

/// The pattern of the run and its model with one of the two phases alone.
PowderModel<> alone(PowderModel<> model, std::size_t phase) {
  model.phases = {model.phases[phase]};
  return model;
}

}  // namespace

TEST_CASE("O3 and P3 are told apart by their (10l) lines, whichever the model says it is") {
  const SyntheticRun run(synthetic_nfm(), 500, 1, 1, 2000);
  for (const auto& [pattern, phase, name, other] : {std::tuple{10u, 0u, "O3", "P3"}, {10u, 0u, "O3", "O1"}, {220u, 1u, "P3", "O3"}}) {
    CAPTURE(pattern);
    const auto evidence = compare_stackings(alone(run.model(pattern), phase), 0, run.pattern(pattern), {other, name}, with_fixed_widths());
    CHECK(evidence.decided());
    CHECK(evidence.fits[0].stacking == name);
    CHECK(evidence.difference() > 1000);
    CHECK(evidence.log_likelihood_ratio() > 500);
    CHECK(evidence.noise < 1.3);
    MESSAGE(to_string(evidence));
  }
}

TEST_CASE("where little rises above the background the data cannot tell, and it says so") {
  const SyntheticRun run(synthetic_nfm(), 500, 1, 5, 2000);
  auto faint = alone(run.model(10), 0);
  faint.phases[0].scale *= 0.001;  // 3 counts in the strongest line on a background of 150 ± 12
  lamella_test::Random random(4);
  const auto evidence = compare_stackings(faint, 0, noisy_pattern(faint, run.grid(), random), {"P3", "O3"}, with_fixed_widths());
  CHECK_FALSE(evidence.decided());
  CHECK(evidence.difference() < 10);
  CHECK(to_string(evidence).find("the data cannot tell") == 0);
  MESSAGE(to_string(evidence));
}

TEST_CASE("data: laboratory O3-NaCrO2 is O3, neither P3 nor O1 nor P2") {
  auto options = with_fixed_widths();
  options.fix = {};
  const auto evidence = compare_stackings(lamella_test::nacro2_model(), 0, lamella_test::nacro2_pattern(), {"P3", "O3", "O1", "P2"}, options);
  CHECK(evidence.decided());
  CHECK(evidence.fits[0].stacking == "O3");
  CHECK(evidence.difference() > 500);
  for (const auto& fit : evidence.fits)
    MESSAGE(fit.stacking << ": BIC " << fit.BIC << ", Rwp " << fit.refinement.agreement.Rwp << ", " << fit.parameters << " parameters");
  MESSAGE(to_string(evidence) << ", noise " << evidence.noise);
}
