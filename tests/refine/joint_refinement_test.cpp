// Several patterns refined together: against the same points in one pattern, and X-rays with neutrons as GSAS-II has them.
#include <lamella/core/error.hpp>
#include <lamella/io/instrument_json.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/joint_refinement.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "lead_sulfate.hpp"
#include "refined_values.hpp"
#include "synthetic_pattern.hpp"

using namespace lamella;
using lamella_test::even_grid, lamella_test::lead_sulfate, lamella_test::lead_sulfate_folder, lamella_test::noisy_pattern, lamella_test::number_of,
    lamella_test::Random, lamella_test::synthetic_model;

namespace {

using Fit = Refinement<Structure<double>>;

PowderPattern measured(std::uint64_t seed, const PowderModel<>& model = synthetic_model()) {
  Random random(seed);
  return noisy_pattern(model, even_grid(14, 0.05, 1500), random);
}

/// Every second point from `first` on, with both ends of the pattern, on which the background's polynomials rest: shared by two halves, these
/// count half in each.
PowderPattern half_of(const PowderPattern& whole, std::size_t first) {
  PowderPattern half;
  half.source = whole.source;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool end = i == 0 || i + 1 == whole.size();
    if (!end && i % 2 != first) continue;
    half.two_theta.push_back(whole.two_theta[i]);
    half.intensity.push_back(whole.intensity[i]);
    half.sigma.push_back(whole.sigma[i] * (end ? std::numbers::sqrt2 : 1));
  }
  return half;
}

JointPattern<> ended(const Fit& fit, PowderPattern pattern) { return {fit.model, std::move(pattern), fit.free, fit.calculation}; }

std::size_t place(const JointRefinement<Structure<double>>& joint, const std::string& name) {
  const auto found = std::find(joint.names.begin(), joint.names.end(), name);
  REQUIRE_MESSAGE(found != joint.names.end(), name);
  return static_cast<std::size_t>(found - joint.names.begin());
}

/// The same sample on a neutron diffractometer.
PowderModel<> by_neutrons() {
  PowderModel<> m = synthetic_model();
  m.diffractometer = {neutrons(1.9), Geometry::debye_scherrer, 650, 1};
  m.instrument = {};
  m.instrument.zero = 0.02;
  m.instrument.W = 0.06;
  m.instrument.asymmetry = 0.02;
  m.phases[0].scale = 0.02;
  return m;
}

std::string message_of(std::vector<JointPattern<>> patterns, const JointOptions& options = {}) {
  try {
    refine_jointly(std::move(patterns), options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("two halves of a pattern that share everything are the whole pattern") {
  const PowderPattern whole = measured(3);
  RefinementOptions<> options;
  options.calculation.window_tolerance = 1e-9;  // tails cut by the points of a half would differ from those of the whole
  options.fix = {"pattern.zero"};
  const Fit once = refine(synthetic_model(), whole, options);
  REQUIRE(once.status == FitStatus::converged);
  Fit start = once;
  start.model.phases[0].crystal.cell = hexagonal_cell(2.9625, 16.215);
  JointOptions all;
  all.shared = {"*.*", "*.*.*", "*.*.*.*"};
  const auto joint = refine_jointly<Structure<double>>({ended(start, half_of(whole, 0)), ended(start, half_of(whole, 1))}, all);
  CHECK(joint.status == FitStatus::converged);
  REQUIRE(joint.names.size() == once.free.size());
  CHECK(joint.Rwp == doctest::Approx(once.agreement.Rwp).epsilon(1e-7));
  CHECK(joint.GoF == doctest::Approx(once.agreement.GoF).epsilon(2e-3));  // two residuals more
  for (std::size_t i = 0; i < joint.names.size(); ++i) {
    CAPTURE(joint.names[i]);
    CHECK(joint.names[i] == once.free[i].name);
    CHECK(std::abs(joint.values[i] - once.values[i]) <= 0.02 * once.esd(i));  // where both stop: shifts below 0.01 esd
    CHECK(joint.esd(i) == doctest::Approx(once.esd(i)).epsilon(0.01));
    for (const auto& half : joint.patterns) CHECK(half.values[i] == joint.values[i]);
  }
}

TEST_CASE("X-rays and neutrons of one sample: one cell, one z, each its own zero, and smaller esds than either alone") {
  RefinementOptions<> options;
  const PowderPattern by_x = measured(5), by_n = measured(6, by_neutrons());
  const Fit x = refine(synthetic_model(), by_x, options), n = refine(by_neutrons(), by_n, options);
  const auto joint = refine_jointly<Structure<double>>({ended(x, by_x), ended(n, by_n)});
  CHECK(joint.status == FitStatus::converged);
  CHECK(joint.warnings.empty());
  const auto esd_in = [](const Fit& fit, const std::string& name) { return fit.esd(number_of(fit, name)); };
  for (const auto& [name, truth] : {std::pair<const char*, double>{"O3.cell.a", 2.962}, {"O3.cell.c", 16.21}, {"O3.O1.z", 0.2654}, {"O3.Na1.Uiso", 0.015}}) {
    CAPTURE(name);
    const std::size_t i = place(joint, name);
    CHECK(std::abs(joint.values[i] - truth) <= 3.5 * joint.esd(i));
    CHECK(joint.esd(i) <= std::min(esd_in(x, name), esd_in(n, name)) * 1.01);
    // Two measurements of one value weigh by their variances, apart from what they owe to parameters of their own.
    CHECK(1 / square(joint.esd(i)) >= 0.8 * (1 / square(esd_in(x, name)) + 1 / square(esd_in(n, name))));
    for (std::size_t k = 0; k < 2; ++k) CHECK(joint.patterns[k].values[number_of(joint.patterns[k], name)] == joint.values[i]);
  }
  CHECK(std::abs(joint.values[place(joint, "pattern2.zero")] - 0.02) <= 3.5 * joint.esd(place(joint, "pattern2.zero")));
  CHECK(joint.owner[place(joint, "pattern2.O3.scale")] == 1);
  CHECK(joint.patterns[1].model.phases[0].scale == joint.values[place(joint, "pattern2.O3.scale")]);
  // A quantity derived from either pattern is the same, esd included.
  const auto volume = [](const auto& m) { return m.phases[0].crystal.cell.a * m.phases[0].crystal.cell.a * m.phases[0].crystal.cell.c; };
  const Measured one = derived(joint.patterns[0], volume), other = derived(joint.patterns[1], volume);
  CHECK(one.value == doctest::Approx(other.value).epsilon(1e-12));
  CHECK(one.esd == doctest::Approx(other.esd).epsilon(1e-9));
}

TEST_CASE("what is held in one pattern and free in another is free in both; cells of two temperatures are kept apart on request") {
  PowderModel<> cold = by_neutrons();
  cold.phases[0].crystal.cell = hexagonal_cell(2.962 * 0.999, 16.21 * 0.999);
  const PowderPattern by_x = measured(7), by_n = measured(8, cold);
  RefinementOptions<> options;
  options.fix = {"O3.O1.z", "O3.*.Uiso"};
  PowderModel<> off = synthetic_model();
  off.phases[0].crystal.sites[2].position.z = 0.2664;
  const Fit x = refine(off, by_x, options), n = refine(cold, by_n);
  JointOptions apart;
  apart.separate = {"*.cell.*"};
  const auto joint = refine_jointly<Structure<double>>({ended(x, by_x), ended(n, by_n)}, apart);
  CHECK(joint.status == FitStatus::converged);
  CHECK(joint.warnings.empty());
  const std::size_t z = place(joint, "O3.O1.z");
  CHECK(std::abs(joint.values[z] - 0.2654) <= 3.5 * joint.esd(z));
  CHECK(joint.patterns[0].model.phases[0].crystal.sites[2].position.z == joint.values[z]);
  for (const auto& [name, truth] : {std::pair<const char*, double>{"O3.cell.a", 2.962}, {"pattern2.O3.cell.a", 2.962 * 0.999}, {"pattern2.O3.cell.c", 16.21 * 0.999}})
    CHECK(std::abs(joint.values[place(joint, name)] - truth) <= 3.5 * joint.esd(place(joint, name)));
  CHECK(joint.patterns[1].model.phases[0].crystal.cell.b == joint.patterns[1].model.phases[0].crystal.cell.a);

  const auto one_cell = refine_jointly<Structure<double>>({ended(x, by_x), ended(n, by_n)});
  REQUIRE(one_cell.warnings.size() == 1);
  CHECK(one_cell.warnings[0].find("O3 by pattern 2 alone is 0.1") != std::string::npos);
  CHECK(one_cell.warnings[0].find("shorter") != std::string::npos);
  CHECK(one_cell.warnings[0].find("(1.902") != std::string::npos);
  CHECK(one_cell.GoF > joint.GoF);
}

TEST_CASE("patterns that cannot be refined together say why") {
  const PowderPattern pattern = measured(9);
  RefinementOptions<> options;
  options.plan = {{"scale", {"*.scale", "pattern.background.*"}, 6, 0}, {"cell", {"*.cell.a", "*.cell.c"}, 6, 0}};
  const Fit fit = refine(synthetic_model(), pattern, options);
  CHECK(message_of({ended(fit, pattern)}).find("at least two patterns") != std::string::npos);
  Fit other = fit;
  other.model.phases[0].name = "P3";
  for (auto& f : other.free)
    if (f.name.starts_with("O3")) f.name = "P3" + f.name.substr(2);
  CHECK(message_of({ended(fit, pattern), ended(other, pattern)}).find("share no free parameter, expected phases of one name") != std::string::npos);
  Fit tied = fit;
  std::erase_if(tied.free, [](const FreeParameter& f) { return f.name == "O3.cell.a" || f.name == "O3.cell.c"; });
  const auto names = parameter_names(tied.model);
  const auto index = [&](const char* name) { return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()); };
  tied.free.push_back({"O3.cell.c", {{index("O3.cell.c"), 1}, {index("O3.cell.a"), 0.2}, {index("O3.cell.b"), 0.2}}});
  CHECK(message_of({ended(fit, pattern), ended(tied, pattern)}).find("expected the same ties in both") != std::string::npos);
  PowderPattern empty = pattern;
  std::fill(empty.intensity.begin(), empty.intensity.end(), 0.0);
  CHECK(message_of({ended(fit, pattern), ended(fit, empty)}).find("has no counts") != std::string::npos);
}

namespace {

/// The joint refinement of GSAS-II's tutorial as its project file has it (CIFtutorial/data/NXPbSO4.gpx): reciprocal metric A of the X-ray
/// pattern, and what the neutron pattern has on top, D: it was measured colder, or its wavelength is not quite the stated one.
struct Reference {
  double A, D;
  double xray_edge() const { return 1 / std::sqrt(A); }
  double neutron_edge() const { return 1 / std::sqrt(A + D); }
};
constexpr std::array<Reference, 3> gsas{{{0.013904741830, 2.15399916e-5}, {0.034311099052, 6.04236074e-5}, {0.020642636495, 3.39929625e-5}}};

std::array<double, 3> edges_of(const PowderModel<>& model) {
  const auto& c = model.phases[0].crystal.cell;
  return {c.a, c.b, c.c};
}

void report(const std::string& what, const Fit& fit) {
  const auto e = edges_of(fit.model);
  MESSAGE(what << ": a " << e[0] << ", b " << e[1] << ", c " << e[2] << ", Rwp " << 100 * fit.agreement.Rwp << " %, " << fit.free.size() << " parameters, "
               << fit.cycles << " cycles");
}

PowderModel<> neutron_model() {
  const InstrumentSettings d1a = read_instrument(lead_sulfate_folder() / "inst_d1a.prm");
  PowderModel<> m;
  m.diffractometer = d1a.diffractometer(650);
  m.instrument = d1a.instrument;
  m.instrument.asymmetry = 0.03;
  m.background.coefficients.assign(10, 0.0);
  m.phases.push_back({"PbSO4", lead_sulfate(), 1, 1500, 5e-4});
  return m;
}

}  // namespace

TEST_CASE("slow: data: PbSO4 with the model of GSAS-II has its cells, for X-rays and for neutrons") {
  // Both without axial divergence (GSAS-II's S/L + H/L = 0.002), displaced samples and no zero; ranges and terms of the project.
  PowderModel<> x = lamella_test::lead_sulfate_model();
  x.instrument.asymmetry = 0.001;
  x.diffractometer.radius = 200;
  x.background.coefficients.assign(6, 0.0);
  RefinementOptions<> options;
  options.free = {"pattern.U", "pattern.V"};
  options.fix = {"pattern.asymmetry", "pattern.zero"};
  const Fit by_x = refine(x, lamella_test::lead_sulfate_pattern(14.452, 159.975), options);
  report("X-rays", by_x);
  CHECK(by_x.status == FitStatus::converged);
  CHECK(by_x.agreement.Rwp <= 0.1011);                                                 // 10.108 % there
  CHECK(by_x.model.instrument.displacement == doctest::Approx(0.0758).epsilon(0.02));  // 75.84(57) μm there
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(edges_of(by_x.model)[i] - gsas[i].xray_edge()) <= 1e-4);

  PowderModel<> n = neutron_model();
  n.instrument.asymmetry = 0.001;
  n.instrument.zero = 0;
  n.background.coefficients.assign(8, 0.0);
  n.phases[0].size = 10000;
  n.phases[0].strain = 2.5e-4;  // its 1000 microstrain
  options.free = {"pattern.displacement", "pattern.transparency"};
  options.fix = {"pattern.asymmetry", "pattern.zero", "PbSO4.size", "PbSO4.strain"};
  const Fit by_n = refine(n, select(read_pattern(lead_sulfate_folder() / "PBSO4.CWN"), {10, 155.85}), options);
  report("neutrons", by_n);
  CHECK(by_n.status == FitStatus::converged);
  CHECK(by_n.agreement.Rwp <= 0.0421);  // 4.205 % there
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(edges_of(by_n.model)[i] - gsas[i].neutron_edge()) <= 4e-4);
}

TEST_CASE("slow: data: PbSO4 by X-rays and neutrons together has the cell and the atoms of GSAS-II, and fits both better") {
  const auto refs = lamella_test::read_json("powder/std_pbso4_roundrobin/refs.json");
  const PowderPattern by_x = lamella_test::lead_sulfate_pattern(), by_n = read_pattern(lead_sulfate_folder() / "PBSO4.CWN");
  RefinementOptions<> options;
  const Fit n = refine(neutron_model(), by_n, options);
  options.fix = {"pattern.asymmetry"};
  const Fit x = refine(lamella_test::lead_sulfate_model(), by_x, options);
  CHECK(x.status == FitStatus::converged);
  CHECK(n.status == FitStatus::converged);
  JointOptions apart;
  apart.separate = {"*.cell.*"};  // as there: the neutron pattern has strains of its own
  const auto joint = refine_jointly<Structure<double>>({ended(x, by_x), ended(n, by_n)}, apart);
  report("X-rays", joint.patterns[0]);
  report("neutrons", joint.patterns[1]);
  MESSAGE("both: Rwp " << 100 * joint.Rwp << " %, GoF " << joint.GoF);
  CHECK(joint.status == FitStatus::converged);
  CHECK(joint.patterns[0].agreement.Rwp <= refs["Rwp_xray"].get<double>() / 100);
  CHECK(joint.patterns[1].agreement.Rwp <= refs["Rwp_neutron"].get<double>() / 100);
  CHECK(joint.Rwp <= 0.0617);  // of both together there
  const auto edges = edges_of(joint.patterns[0].model);
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(edges[i] - refs[std::array{"a", "b", "c"}[i]].get<double>()) <= 4e-4);
  // What X-rays leave to the neutrons: the oxygens beside lead. Within 5 esds of the two fits, which differ in their axial divergence.
  for (const auto& [name, value] : {std::pair<const char*, double>{"Pb.x", 0.18764}, {"Pb.z", 0.16721}, {"S.x", 0.06516}, {"S.z", 0.68419},
                                    {"O1.x", -0.09221}, {"O1.z", 0.59537}, {"O2.x", 0.19315}, {"O2.z", 0.54228}, {"O3.x", 0.08094},
                                    {"O3.y", 0.02729}, {"O3.z", 0.80858}}) {
    const std::size_t i = place(joint, std::string("PbSO4.") + name);
    CAPTURE(name);
    CHECK(std::abs(joint.values[i] - value) <= 5 * std::hypot(joint.esd(i), joint.esd(i)));
    CHECK(joint.esd(i) < 5e-4);
  }
}
