#include <lamella/screening.hpp>

#include <lamella/bonding/dopant_table.hpp>
#include <lamella/chemistry.hpp>
#include <lamella/layered/layered_crystal.hpp>
#include <lamella/migration/layer_barrier.hpp>

#include "../support/random_numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace lamella;
using doctest::Approx;

namespace {

Species element_named(const char* name) { return parse_species(name); }

/// The seed's family: magnesium, copper and tin in NaNi0.2Fe0.2Mn0.6O2.
const Sublattices nfm = partition(parse_formula("NaNi0.2Fe0.2Mn0.6O2"));
std::vector<SubstitutionRange> dopants(double most = 0.2) {
  return {{element_named("Mg"), 0, most}, {element_named("Cu"), 0, most}, {element_named("Sn"), 0, most}};
}

std::vector<Steps> all_of(const SubstitutionGrid& grid) {
  std::vector<Steps> all;
  for (const auto& part : grid.parts()) grid.for_each(part, [&](const Steps& s) { all.push_back(s); });
  return all;
}

}  // namespace

TEST_CASE("substitution grid: every composition once, against nested loops over all amounts") {
  const SubstitutionGrid grid(nfm, dopants(), 0.05);
  const auto all = all_of(grid);
  // Twentieths: nickel and iron 0 to 4, manganese 0 to 12, magnesium, copper and tin 0 to 4 each, 20 together.
  std::size_t count = 0;
  for (int ni = 0; ni <= 4; ++ni)
    for (int fe = 0; fe <= 4; ++fe)
      for (int mn = 0; mn <= 12; ++mn)
        for (int mg = 0; mg <= 4; ++mg)
          for (int cu = 0; cu <= 4; ++cu)
            for (int sn = 0; sn <= 4; ++sn) count += ni + fe + mn + mg + cu + sn == 20;
  CHECK(grid.size() == count);
  CHECK(all.size() == count);
  CHECK(std::set<Steps>(all.begin(), all.end()).size() == count);
  for (const Steps& s : all) {
    double total = 0;
    for (std::size_t i = 0; i < grid.elements().size(); ++i) total += grid.amount(i, s[i]);
    CHECK(total == Approx(1).epsilon(1e-12));
    REQUIRE(grid.find(grid.layers(s)) == s);
  }
  const auto he = grid.find(partition(parse_formula("NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2")));
  REQUIRE(he.has_value());
  CHECK((*he)[2] == -6);
  CHECK(!grid.find(partition(parse_formula("NaNi0.2Fe0.2Mn0.57Mg0.03O2"))));
  CHECK(!grid.find(partition(parse_formula("Na0.9Ni0.2Fe0.2Mn0.6O2"))));
  CHECK(!grid.find(partition(parse_formula("NaNi0.2Fe0.2Mn0.3Ti0.3O2"))));
}

TEST_CASE("substitution grid: ranges of host elements, one or two elements, thirds") {
  const std::array ranges{SubstitutionRange{element_named("Mn"), 0.5, 0.7}, SubstitutionRange{element_named("Ti"), 0.05, 0.1}};
  const SubstitutionGrid grid(nfm, ranges, 0.05);
  for (const Steps& s : all_of(grid)) {
    const auto layers = grid.layers(s);
    const double mn = layers.slab.amount(element_named("Mn")), ti = layers.slab.amount(element_named("Ti"));
    CHECK(mn >= 0.5 - 1e-9);
    CHECK(mn <= 0.7 + 1e-9);
    CHECK(ti >= 0.05 - 1e-9);
    CHECK(ti <= 0.1 + 1e-9);
  }
  CHECK(grid.size() == all_of(grid).size());
  CHECK(grid.size() > 0);
  CHECK(SubstitutionGrid(partition(parse_formula("NaCrO2")), {}, 0.1).size() == 1);
  const std::array ti{SubstitutionRange{element_named("Ti"), 0, 0.3}};
  CHECK(all_of(SubstitutionGrid(partition(parse_formula("NaCrO2")), ti, 0.1)).size() == 4);
  const SubstitutionGrid thirds(partition(parse_formula("NaNi1/3Fe1/3Mn1/3O2")), ti, 0.1);
  CHECK(thirds.size() == all_of(thirds).size());
  CHECK(thirds.size() == 1 + 3 + 6 + 10);  // the ways to take 0 to 3 tenths from three elements
}

TEST_CASE("criteria: against the functions of the chemistry room on random compositions") {
  // Other elements and layers than the seed's: fixed and variable charges, sodium-poor, lithium in the slab, fluorine.
  const std::array<std::pair<const char*, std::vector<SubstitutionRange>>, 5> families{{
      {"NaNi0.2Fe0.2Mn0.6O2", dopants()},
      {"Na0.7Mn0.6Co0.2Cr0.2O2", {{element_named("Ti"), 0, 0.4}, {element_named("Zn"), 0, 0.2}, {element_named("Sb"), 0, 0.2}}},
      {"Na0.9[Ni0.4Mn0.6]O1.9F0.1", {{element_named("Li"), 0, 0.2}, {element_named("Ru"), 0, 0.3}, {element_named("V"), 0, 0.2}}},
      {"NaFe0.5Mn0.5O2", {{element_named("Cu"), 0, 0.3}, {element_named("Al"), 0, 0.3}, {element_named("Zr"), 0, 0.1}, {element_named("Ni"), 0, 0.5}}},
      {"NaCrO2", {{element_named("Mg"), 0, 1}, {element_named("Sn"), 0, 1}}},  // not neutral with much of either
  }};
  lamella_test::Random random(3);
  std::size_t neutral_ones = 0, others = 0;
  for (const auto& [formula, ranges] : families) {
    const Sublattices host = parse_sublattices(formula);
    const SubstitutionGrid grid(host, ranges, 0.02);
    const CompositionEvaluator evaluator(grid, {});
    const auto parts = grid.parts();
    for (int n = 0; n < 300; ++n) {
      // Any composition: random steps that add up to 0, by rejection.
      Steps steps{};
      const auto& elements = grid.elements();
      for (int sum = 1; sum != 0;) {
        sum = 0;
        for (std::size_t i = 0; i < elements.size(); ++i) {
          const double span = elements[i].last - elements[i].first + 1;
          steps[i] = static_cast<std::int16_t>(elements[i].first + static_cast<int>(random.uniform() * span));
          sum += steps[i];
        }
      }
      const Sublattices layers = grid.layers(steps);
      CAPTURE(to_string(layers));
      const auto states = oxidation_states(to_formula(layers));
      CriterionValues v{};
      const bool neutral_one = evaluator.evaluate(steps, v);
      REQUIRE(neutral_one == states.balanced());
      if (!neutral_one) {
        ++others;
        continue;
      }
      ++neutral_ones;
      const auto value = [&](Criterion c) { return v[static_cast<std::size_t>(c)]; };
      CHECK(value(Criterion::entropy) == Approx(configurational_entropy(layers, per_TM_site, without_alkali_vacancies, by_element).in_R).epsilon(1e-10));
      const auto phi = cationic_potential(layers, states);
      CHECK(value(Criterion::phi_TM) == Approx(phi.phi_TM).epsilon(1e-10));
      CHECK(value(Criterion::phi_cation) == Approx(phi.phi_cation).epsilon(1e-10));
      CHECK(value(Criterion::stacking_margin) == Approx(predict_stacking(phi).margin).epsilon(1e-9));
      // The square of the mismatch is a difference of numbers near 1: 1e-14 of it is 1e-7 at a mismatch of 0.
      CHECK(std::abs(value(Criterion::size_mismatch) - slab_mixing(layers).size_mismatch) < 1e-7);
      CHECK(value(Criterion::capacity) == Approx(theoretical_capacity(layers)).epsilon(1e-10));
      CHECK(value(Criterion::cation_capacity) == Approx(redox_sequence(layers).cation_limited_capacity).epsilon(1e-9));
      double inactive = 0, low = 0, high = 0;
      for (const auto& term : to_formula(layers)) {
        const auto range = lamella::detail::usual_range(term.species, true);
        low += range.low * term.amount;
        high += range.high * term.amount;
        if (range.low == range.high && layers.slab.amount(term.species) > 0) inactive += layers.slab.amount(term.species);
      }
      CHECK(value(Criterion::redox_inactive) == Approx(inactive / layers.slab.total()).epsilon(1e-10));
      CHECK(value(Criterion::charge_slack) == Approx(std::min(-low, high)).epsilon(1e-9));
      const HostLattice of_host = evaluator.host_lattice();
      const auto estimated = estimated_layers(layered_lattice<stacking::O3>(of_host.a, of_host.slab, of_host.interslab), to_formula(host), to_formula(layers));
      // `estimated_layers` distributes the formula anew, and takes lithium up to 0.02 out of the slab.
      if (layers.slab.amount(element_named("Li")) > 0 && layers.slab.amount(element_named("Li")) < 0.03) continue;
      CHECK(value(Criterion::a) == Approx(estimated.a.value).epsilon(1e-9));
      CHECK(value(Criterion::slab) == Approx(estimated.slab.value).epsilon(1e-9));
      CHECK(value(Criterion::interslab) == Approx(estimated.interslab.value).epsilon(1e-9));
    }
  }
  CHECK(neutral_ones > 500);
  CHECK(others > 20);
}

TEST_CASE("criteria: the seed's composition, by hand") {
  const SubstitutionGrid grid(nfm, dopants(), 0.05);
  EvaluationSettings settings;
  settings.lattice = HostLattice{2.96, 2.26, 3.20};
  settings.barriers = true;
  for (const auto& [name, price, abundance] : {std::tuple{"Na", 3.0, 23550.0}, {"Ni", 14.0, 84.0}, {"Fe", 0.4, 56300.0}, {"Mn", 1.8, 950.0},
                                               {"Mg", 2.3, 23300.0}, {"Cu", 6.0, 60.0}, {"Sn", 19.0, 2.3}}) {
    settings.prices.push_back({element_named(name), price});
    settings.abundances.push_back({element_named(name), abundance});
  }
  const CompositionEvaluator evaluator(grid, settings);
  CriterionValues v{};
  REQUIRE(evaluator.evaluate(*grid.find(partition(parse_formula("NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"))), v));
  const auto value = [&](Criterion c) { return v[static_cast<std::size_t>(c)]; };
  CHECK(value(Criterion::entropy) == Approx(1.6957).epsilon(1e-4));
  CHECK(value(Criterion::capacity) == Approx(233.0).epsilon(1e-3));
  CHECK(value(Criterion::redox_inactive) == Approx(0.2));
  // Ni2+ .2, Fe3+ .2, Mn4+ .3, Mg .1, Cu2+ .1, Sn4+ .1 by Shannon: 0.6400 Å; the host with Ni2+, Fe3+, 2/3 Mn3+ and 1/3 Mn4+ 0.6310 Å.
  // Bonds of the host: sqrt(2.96²/3 + 2.26²/4) = 2.04876 Å.
  CHECK(value(Criterion::a) == Approx(2.96 * (1 + 0.0090 / 2.04876)).epsilon(1e-6));
  const double mass = 22.990 + 0.2 * 58.693 + 0.2 * 55.845 + 0.3 * 54.938 + 0.1 * (24.305 + 63.546 + 118.710) + 2 * 15.999;
  const double price = 3.0 * 22.990 + 0.2 * 14 * 58.693 + 0.2 * 0.4 * 55.845 + 0.3 * 1.8 * 54.938 + 0.1 * (2.3 * 24.305 + 6 * 63.546 + 19 * 118.710);
  CHECK(value(Criterion::cost) == Approx(price / mass).epsilon(1e-4));
  CHECK(value(Criterion::abundance) == 2.3);
  // The barrier is that of the exact sum in the estimated lattice.
  const auto lattice = layered_lattice<stacking::O3>(value(Criterion::a), value(Criterion::slab), value(Criterion::interslab));
  const auto crystal = layered_crystal(lattice, parse_formula("Na1+Ni2+0.2Fe3+0.2Mn4+0.3Mg2+0.1Cu2+0.1Sn4+0.1O2-2"));
  CHECK(value(Criterion::barrier) == Approx(layer_barrier<BVSE>(crystal, parse_species("Na+")).barrier).epsilon(1e-5));
}

TEST_CASE("Pareto front: against all pairs, with ties and a goal that is alike for all") {
  lamella_test::Random random(11);
  for (const std::size_t goals : {std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    std::vector<double> values;
    const std::size_t points = 400;
    for (std::size_t p = 0; p < points; ++p)
      for (std::size_t g = 0; g < goals; ++g) values.push_back(g == 3 ? 7.0 : std::floor(random.uniform() * 12));
    const auto ranking = pareto_ranking(values, goals);
    for (std::size_t p = 0; p < points; ++p) {
      bool beaten = false;
      for (std::size_t q = 0; q < points; ++q) {
        bool as_good = true, better = false;
        for (std::size_t g = 0; g < goals; ++g) {
          as_good = as_good && values[q * goals + g] >= values[p * goals + g];
          better = better || values[q * goals + g] > values[p * goals + g];
        }
        beaten = beaten || (as_good && better);
      }
      CHECK(ranking.front[p] == !beaten);
    }
    for (std::size_t n = 1; n < points; ++n) CHECK(ranking.score[ranking.order[n - 1]] >= ranking.score[ranking.order[n]]);
    CHECK(std::set<std::uint32_t>(ranking.order.begin(), ranking.order.end()).size() == points);
  }
  // One beats the other by less than the rounding of the scores.
  const std::vector<double> close{1, 0, 1 + 1e-16 * 4, 1e-300, 0, 1};
  const auto ranking = pareto_ranking(close, 2);
  CHECK(!ranking.front[0]);
  CHECK(ranking.front[1]);
  CHECK(pareto_ranking({}, 2).order.empty());
  const std::vector<double> bad{1, std::nan("")};
  CHECK_THROWS(pareto_ranking(bad, 2));
  CHECK_THROWS(pareto_ranking(bad, 0));
}

TEST_CASE("screening: requirements hold, ranks are by score, threads change nothing") {
  const SubstitutionGrid grid(nfm, dopants(), 0.05);
  EvaluationSettings settings;
  settings.lattice = HostLattice{2.96, 2.26, 3.20};
  settings.barriers = true;
  const CompositionEvaluator evaluator(grid, settings);
  const std::vector<Requirement> requirements{try_parse_requirement("entropy >= 1.5").value(), try_parse_requirement("redox_inactive<0.25").value()};
  const auto one = screen(evaluator, requirements, default_goals(evaluator), 1), four = screen(evaluator, requirements, default_goals(evaluator), 4);
  CHECK(one.enumerated() == grid.size());
  std::size_t expected = 0;
  for (const Steps& s : all_of(grid)) {
    CriterionValues v{};
    if (evaluator.evaluate(s, v) && v[0] >= 1.5 - 1e-9 && v[static_cast<std::size_t>(Criterion::redox_inactive)] < 0.25 - 1e-9) ++expected;
  }
  REQUIRE(one.feasible() == expected);
  REQUIRE(four.feasible() == expected);
  REQUIRE(expected > 100);
  CHECK(one.front_size() > 0);
  double before = 2;
  for (std::size_t r = 0; r < one.feasible(); ++r) {
    const auto a = one.candidate(r), b = four.candidate(r);
    CHECK(a.steps == b.steps);
    CHECK(a.pareto == b.pareto);
    CHECK(a.score == b.score);
    CHECK(a.score <= before);
    before = a.score;
  }
  // The seed's composition is one of its family, wherever it stands.
  const auto he = one.find(partition(parse_formula("NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2")));
  REQUIRE(he.has_value());
  CHECK(to_string(to_formula(one.candidate(*he).layers)) == "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2");
  CHECK(!one.find(nfm));  // 0.95 R
}

TEST_CASE("screening: what cannot be screened") {
  const auto grid_fails = [](const char* host, std::vector<SubstitutionRange> ranges, double step, const char* message) {
    CAPTURE(message);
    CHECK_THROWS_WITH(SubstitutionGrid(parse_sublattices(host), ranges, step), doctest::Contains(message));
  };
  const char* host = "NaNi0.2Fe0.2Mn0.6O2";
  for (const double step : {0.0, -0.1, 2.0, 1e-9, std::nan("")}) grid_fails(host, dopants(), step, "step ");
  grid_fails(host, dopants(), 0.03, "not a whole number of steps");
  grid_fails(host, {{element_named("Mg"), 0.02, 0.2}}, 0.05, "not a whole number of steps");
  grid_fails(host, {{element_named("Mg"), 0.2, 0.1}}, 0.05, "range of Mg");
  grid_fails(host, {{element_named("Mg"), -0.1, 0.1}}, 0.05, "range of Mg");
  grid_fails(host, {{element_named("Mg"), 0, 1.5}}, 0.05, "range of Mg");
  grid_fails(host, {{element_named("Mg"), 0, std::nan("")}}, 0.05, "range of Mg");
  grid_fails(host, {{element_named("Mg"), 0, 0.1}, {element_named("Mg"), 0, 0.1}}, 0.05, "given twice");
  grid_fails(host, {{element_named("Mn"), 0, 0.6}, {element_named("Mn"), 0, 0.6}}, 0.05, "given twice");
  grid_fails(host, {{element_named("F"), 0, 0.1}}, 0.05, "expected cations");
  grid_fails("NaMn3+0.5Mn4+0.5O2", {}, 0.05, "several charges");
  std::vector<SubstitutionRange> many;
  for (const char* e : {"Mg", "Cu", "Sn", "Ti", "Zn", "Al"}) many.push_back({element_named(e), 0, 0.5});
  grid_fails(host, many, 0.01, "compositions, expected at most 20000000");
  for (const char* e : {"Co", "Cr", "V", "Zr"}) many.push_back({element_named(e), 0, 0.1});
  grid_fails(host, many, 0.05, "too many elements");

  const SubstitutionGrid grid(nfm, dopants(), 0.05);
  const CompositionEvaluator evaluator(grid, {});
  const auto goals = default_goals(evaluator);
  CHECK_THROWS_WITH(screen(evaluator, {{Criterion::barrier, false, false, 1}}, goals), doctest::Contains("barriers to be asked for"));
  CHECK_THROWS_WITH(screen(evaluator, {{Criterion::cost, false, false, 1}}, goals), doctest::Contains("prices"));
  CHECK_THROWS_WITH(screen(evaluator, {}, {}), doctest::Contains("no goals"));
  CHECK_THROWS_WITH(screen(evaluator, {}, goals, 0), doctest::Contains("0 threads"));
  EvaluationSettings settings;
  settings.prices = {{element_named("Ni"), 14}};
  CHECK_THROWS_WITH(CompositionEvaluator(grid, settings), doctest::Contains("no price of"));
  settings.prices.clear();
  settings.lattice = HostLattice{2.96, -2.2, 3.2};
  CHECK_THROWS_WITH(CompositionEvaluator(grid, settings), doctest::Contains("lattice of the host"));
  const std::array helium{SubstitutionRange{element_named("He"), 0, 0.1}};
  CHECK_THROWS_WITH(CompositionEvaluator(SubstitutionGrid(nfm, helium, 0.05), {}), doctest::Contains("no usual oxidation state"));
  CHECK_THROWS_WITH(CompositionEvaluator(SubstitutionGrid(partition(parse_formula("LiCoO2")), {}, 0.05), {}), doctest::Contains("no lattice of the host"));
}

TEST_CASE("requirements and goals: read and refused") {
  const auto r = try_parse_requirement(" size_mismatch < 0.1 ").value();
  CHECK(r.criterion == Criterion::size_mismatch);
  CHECK(!r.at_least);
  CHECK(r.strict);
  CHECK(!r.holds(0.1));
  CHECK(r.holds(0.0999));
  CHECK(try_parse_requirement("entropy>=1.5").value().holds(1.5));
  for (const char* text : {"entropy", "entropy=1.5", "entropy>=", "entropy>=abc", "entropy>=1.5x", "entropy>=nan", "entropy>=1,5", "", ">=1"}) {
    CAPTURE(text);
    const auto read = try_parse_requirement(text);
    REQUIRE(!read);
    CHECK(std::string_view(read.error().what()).find("expected") != std::string_view::npos);
  }
  CHECK(std::string_view(try_parse_requirement("entopy>=1").error().what()).find("\"entopy\" is no criterion, expected one of entropy, charge_slack") == 0);
  CHECK(try_parse_goal("max slab").value().maximise);
  CHECK(!try_parse_goal("barrier").value().maximise);
  CHECK(!try_parse_goal("phi_TM"));
  CHECK(!try_parse_goal("max nothing"));
  for (std::size_t i = 0; i < criterion_count; ++i) CHECK(find_criterion(criterion_facts[i].name) == static_cast<Criterion>(i));
}
