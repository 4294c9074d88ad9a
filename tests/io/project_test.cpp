// A refinement that is saved and loaded is the same refinement: the same χ² to the last digits, the same minimum a cycle later.
#include <lamella/io/project.hpp>
#include <lamella/refine/compiled_refinement.hpp>
#include <lamella/refine/free_intensities.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "../refine/refined_values.hpp"
#include "../refine/synthetic_pattern.hpp"
#include "scratch_folder.hpp"

using namespace lamella;
using lamella_test::value_of;
using nlohmann::json;

namespace {

/// Slab thickness of O3 with the metal at 0.
double slab(const Refinement<Structure<double>>& fit) {
  const auto& s = fit.model.phases[0].crystal;
  return 2 * s.cell.c * (1.0 / 3 - s.sites[2].position.z);
}

std::string dump(const Project& project) { return to_json(project).dump(1); }

/// Two phases with everything that a model can have, on a short pattern.
Project everything() {
  Project project;
  auto& m = project.model;
  m = lamella_test::synthetic_model();
  m.instrument.roughness.depth = 0.1;
  m.background.knots = {20, 40, 60};
  m.background.levels = {3, 5, 1};
  m.background.humps = {{30, 200, 8, 0.3}};
  auto& first = m.phases[0];
  first.crystal.sites[0].u_aniso = AnisotropicDisplacement<double>{0.015, 0.015, 0.03, 0.0075, 0, 0};
  first.uniaxial_size = UniaxialSize<double>{{0, 0, 1}, 600, 1500};
  first.quartic_strain = quartic_strain(first.crystal.space_group, first.crystal.cell, 4e-4);
  first.preferred_orientation = MarchDollase<double>{{0, 0, 1}, 0.8};
  first.extinction = 0.02;
  // No tabulated setting: a cell eight times too long.
  Structure<double> odd{"odd", SpaceGroup::generated_by(std::vector{parse_operation("x+1/8,y,z"), parse_operation("-x,-y,-z")}, "odd", 0),
                        {4, 5, 6, 91, 95, 102}, {}};
  odd.sites = {{"M.1", parse_species("Ni2+"), {0.01, 0.2, 0.33}, 0.6, 0.004}, {"M2", parse_species("O"), {0.07, 0.7, 0.1}, 1, 0.01}};
  Phase<Structure<double>> second{"second", odd, 0.02};
  second.uniaxial_strain = UniaxialStrain<double>{{1, 0, 2}, 1e-3, 2e-4};
  second.texture = harmonics_texture(odd.space_group, odd.cell, 4, 90);
  for (std::size_t i = 0; i < second.texture->coefficients.size(); ++i) second.texture->coefficients[i] = 0.01 * static_cast<double>(i);
  m.phases.push_back(second);
  project.pattern.source = "made";
  project.pattern.two_theta = lamella_test::even_grid(15, 0.05, 1000);
  project.pattern.intensity.assign(1000, 130.25);
  project.pattern.sigma.assign(1000, 11.4);
  project.pattern.radiation = radiation::MoKa;
  project.pattern.radius = 217.5;
  project.calculation.scattering.form_factors = FormFactorTable::wk95;
  project.calculation.window_tolerance = 1e-6;
  m.phases.push_back({"third", m.phases[0].crystal, 0.5});
  free_intensities(m, 2, IntensityModel::pawley, project.pattern);
  for (std::size_t i = 0; i < m.phases[2].intensities.size(); ++i) m.phases[2].intensities[i].value = 1.0 / static_cast<double>(3 + i);
  FreeParameters parameters = free_parameters(m);
  for (const char* name : {"*.scale", "*.cell.*", "*.*.x", "*.*.U11", "pattern.background.*", "third.intensity.0_0_3"}) parameters.release(name);
  project.free = parameters.list();
  project.restraints = {{"O3.slab_thickness", 2.2, 0.02}, {"O3.distance.Mn1.O1", 2.0, 0.01}, {"second.distance.M.1.M2", 2.1, 0.05}, {"O3.O1.z", 0.265, 1e-3},
                        {"a law of my own", -1.5, 0.25, true}};
  project.excluded = {{20, 20.5}, {43.1, 44}};
  return project;
}

}  // namespace

TEST_CASE("a refinement saved and loaded has the same chi-square and goes on to the same minimum") {
  lamella_test::Random random(20);
  const auto truth = lamella_test::synthetic_model();
  const auto pattern = lamella_test::noisy_pattern(truth, lamella_test::synthetic_grid(), random);
  auto start = truth;
  start.phases[0].crystal.cell.a = start.phases[0].crystal.cell.b = 2.966;
  start.background.coefficients.assign(5, 0.0);
  RefinementOptions<> options;
  options.free = {"O3.Na1.occupancy"};
  options.constrain = [](FreeParameters& p) { p.equate("O3.*.Uiso"); };
  const auto fit = refine(start, pattern, options);
  REQUIRE(fit.status == FitStatus::converged);

  const lamella_test::ScratchFolder folder;
  const auto file = folder.path / "o3.json";
  write_project(file, project_of(fit, pattern));
  const Project loaded = read_project(file);
  REQUIRE(loaded.chi_square);
  CHECK(*loaded.chi_square > 1000);
  CHECK(std::abs(chi_square(loaded) - *loaded.chi_square) <= 1e-12 * *loaded.chi_square);
  CHECK(*loaded.Rwp == fit.agreement.Rwp);
  CHECK(parameter_names(loaded.model) == parameter_names(fit.model));
  CHECK(parameter_values(loaded.model) == parameter_values(fit.model));  // to the last bit
  CHECK(loaded.pattern.intensity == pattern.intensity);
  REQUIRE(loaded.free.size() == fit.free.size());
  bool shared = false;
  for (const auto& f : loaded.free) shared = shared || (f.name == "O3.Na1.Uiso" && f.followers.size() == 3);
  CHECK(shared);

  // Nothing free: the same agreement. All free: a cycle or two, to where it was.
  const auto same = refine_further(loaded.model, loaded.pattern, {}, {.calculation = loaded.calculation});
  CHECK(same.agreement.Rwp == doctest::Approx(fit.agreement.Rwp).epsilon(1e-12));
  const auto further = refine_further(loaded);
  CHECK(further.status == FitStatus::converged);
  CHECK(further.cycles <= 2);
  CHECK(further.agreement.Rwp == doctest::Approx(fit.agreement.Rwp).epsilon(1e-6));
  for (std::size_t i = 0; i < fit.free.size(); ++i) {
    CAPTURE(fit.free[i].name);
    CHECK(further.free[i].name == fit.free[i].name);
    CHECK(std::abs(further.values[i] - fit.values[i]) < 0.05 * fit.esd(i));
    CHECK(further.esd(i) == doctest::Approx(fit.esd(i)).epsilon(0.02));
  }
  // A parameter shaken by hand finds its way back.
  Project shaken = loaded;
  shaken.model.phases[0].crystal.sites[2].position.z += 0.002;
  const auto back = refine_further(shaken);
  CHECK(std::abs(value_of(back, "O3.O1.z") - value_of(fit, "O3.O1.z")) < 1e-5);
  MESSAGE("chi-square " << *loaded.chi_square << ", again " << chi_square(loaded) << ", " << further.cycles << " cycles further");
}

TEST_CASE("restraints by name are the closed formulas of the lattice, derivatives included") {
  const PowderModel<> m = lamella_test::synthetic_model();
  const auto& s = m.phases[0].crystal;
  const double a = s.cell.a, c = s.cell.c, z = s.sites[2].position.z;
  const double slab = 2 * c * (1.0 / 3 - z), metal_oxygen = std::sqrt(a * a / 3 + slab * slab / 4);
  using Wide = Restraint<Structure<double>>::Wide;
  auto dual = rebound<Wide>(m);
  for_each_parameter([](Wide& x, const double& value) { x = Wide(value); }, dual, m);
  dual.phases[0].crystal.sites[2].position.z.grad[0] = 1;
  const auto check = [&](const char* name, double value, double slope) {
    CAPTURE(name);
    const auto r = restrain(m, name, 1, 1);
    CHECK(r.named);
    CHECK(r.value(m) == doctest::Approx(value).epsilon(1e-12));
    CHECK(r.value_with_slopes(dual).grad[0] == doctest::Approx(slope).epsilon(1e-10));
  };
  check("O3.slab_thickness", slab, -2 * c);
  check("O3.interslab_distance", 2 * c * (z - 1.0 / 6), 2 * c);
  check("O3.distance.Mn1.O1", metal_oxygen, -c * slab / (2 * metal_oxygen));
  check("O3.distance.O1.Mn1", metal_oxygen, -c * slab / (2 * metal_oxygen));
  const double across_slab = std::sqrt(a * a / 3 + slab * slab);  // shorter than a
  check("O3.distance.O1.O1", across_slab, -2 * c * slab / across_slab);
  check("O3.O1.z", z, 1);
  for (const char* name : {"O3.distance.Mn1.O2", "O3.slab", "P2.slab_thickness", ""}) CHECK_THROWS_AS(restrain(m, name, 1, 1), Error);
  CHECK_THROWS_AS(restrain(m, "O3.O1.z", 1, 0), Error);
}

TEST_CASE("a project keeps restraints and excluded regions: reloaded it stays where they hold it") {
  lamella_test::Random random(21);
  const auto truth = lamella_test::synthetic_model();
  const std::vector<AngleRange> excluded{{40, 41.5}};
  const auto pattern = select(lamella_test::noisy_pattern(truth, lamella_test::synthetic_grid(), random), {}, excluded);
  const auto height = [](const auto& m) { return m.phases[0].crystal.sites[0].u_iso; };
  RefinementOptions<> options;
  options.restraints = {restrain(truth, "O3.slab_thickness", 2.25, 1e-3), restrain<Structure<double>>("U of Na", 0.02, 1e-4, height)};
  const auto fit = refine(truth, pattern, options);
  REQUIRE(fit.status == FitStatus::converged);
  const double true_slab = 2 * 16.21 * (1.0 / 3 - 0.2654);
  CHECK(slab(fit) > true_slab + 0.02);  // it pulls

  const lamella_test::ScratchFolder folder;
  write_project(folder.path / "p.json", project_of(fit, pattern, excluded));
  const Project loaded = read_project(folder.path / "p.json");
  REQUIRE(loaded.excluded.size() == 1);
  CHECK(loaded.excluded[0].low == 40);
  CHECK(loaded.excluded[0].high == 41.5);
  CHECK(std::abs(chi_square(loaded) - *loaded.chi_square) <= 1e-12 * *loaded.chi_square);
  CHECK_THROWS_AS(refine_further(loaded), Error);  // the function has to be given again
  const auto further = refine_further(loaded, 30, options.restraints);
  CHECK(further.status == FitStatus::converged);
  CHECK(further.cycles <= 2);
  CHECK(further.agreement.Rwp == doctest::Approx(fit.agreement.Rwp).epsilon(1e-6));
  CHECK(slab(further) == doctest::Approx(slab(fit)).epsilon(1e-6));
  REQUIRE(further.restraints.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(further.restraints[i].value(further.model) == doctest::Approx(fit.restraints[i].value(fit.model)).epsilon(1e-6));
  Project without = loaded;
  without.restraints.clear();
  CHECK(std::abs(slab(refine_further(without)) - true_slab) < 0.01);  // else it leaves
}

TEST_CASE("a project holds everything that a model can have") {
  const Project project = everything();
  const std::string text = dump(project);
  const Project loaded = parse_project(text, "text");
  CHECK(dump(loaded) == text);
  CHECK(parameter_names(loaded.model) == parameter_names(project.model));
  CHECK(parameter_values(loaded.model) == parameter_values(project.model));
  REQUIRE(loaded.restraints.size() == project.restraints.size());
  CHECK(loaded.restraints[4].is_function);
  const auto law = restrain<Structure<double>>("a law of my own", -1.5, 0.25, [](const auto& model) { return model.instrument.zero; });
  const auto kept = restraints_of(loaded, {law}), made = restraints_of(project, {law});
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(kept[i].value(loaded.model) == made[i].value(project.model));
  const double before = chi_square(project);
  CHECK(before > 0);
  CHECK(std::abs(chi_square(loaded) - before) <= 1e-12 * before);
  CHECK(loaded.model.phases[1].crystal.space_group.order() == 16);
  CHECK(loaded.model.phases[0].crystal.space_group.name() == "R-3m");
  CHECK(loaded.pattern.radiation->anode == Anode::Mo);
  REQUIRE(loaded.free.size() == project.free.size());
  for (std::size_t i = 0; i < project.free.size(); ++i) {
    CHECK(loaded.free[i].name == project.free[i].name);
    CHECK(loaded.free[i].lower == project.free[i].lower);
    CHECK(loaded.free[i].upper == project.free[i].upper);
    REQUIRE(loaded.free[i].followers.size() == project.free[i].followers.size());
  }
  Project neutron = project;
  neutron.model.diffractometer.radiation = neutrons(1.8);
  neutron.model.diffractometer.geometry = Geometry::debye_scherrer;
  neutron.model.phases.resize(1);
  neutron.free.clear();
  neutron.restraints.clear();
  const Project back = parse_project(dump(neutron), "text");
  CHECK(back.model.diffractometer.radiation.probe == Probe::neutrons);
  CHECK(std::abs(chi_square(back) - chi_square(neutron)) <= 1e-12 * chi_square(neutron));
}

TEST_CASE("a project edited by hand ends in one error that names the key") {
  const json good = to_json(everything());
  const auto expect = [&](const char* what, const std::string& message, auto edit) {
    CAPTURE(what);
    json document = good;
    edit(document);
    const auto project = try_parse_project(document.dump(), "p.json");
    REQUIRE_FALSE(project);
    const std::string found = project.error().what();
    CAPTURE(found);
    CHECK(found.rfind("p.json: ", 0) == 0);
    CHECK(found.find(message) != std::string::npos);
    CHECK(found.find('\n') == std::string::npos);
  };
  expect("other file", "schema", [](json& d) { d = json{{"a", 1}}; });
  expect("list", "is no object", [](json& d) { d = json::array({1, 2}); });
  expect("kind", "kind: expected \"refinement project\"", [](json& d) { d["kind"] = "result"; });
  expect("typing error", "unknown key \"backgruond\"", [](json& d) { d["backgruond"] = 1; });
  expect("parameter missing", "parameters: no \"first.cell.a\"", [](json& d) { d["phases"][0]["name"] = "first"; });
  expect("parameter unknown", "parameters: unknown name \"O3.O1.q\"", [](json& d) { d["parameters"]["O3.O1.q"] = 1; });
  expect("parameter as text", "parameters.O3.O1.z: is no number", [](json& d) { d["parameters"]["O3.O1.z"] = "0.26"; });
  expect("cell", "parameters: O3.cell: the cell", [](json& d) { d["parameters"]["O3.cell.b"] = 3.1; });
  expect("edge", "parameters: O3.cell: an edge of -1", [](json& d) { d["parameters"]["O3.cell.c"] = -1; });
  expect("species", "phases[0].structure.sites[0].species: ", [](json& d) { d["phases"][0]["structure"]["sites"][0]["species"] = "Qx"; });
  expect("hall", "phases[0].structure.space_group.hall: ", [](json& d) { d["phases"][0]["structure"]["space_group"]["hall"] = "-R 3 9"; });
  expect("operation", "phases[1].structure.space_group.operations[1]: ", [](json& d) { d["phases"][1]["structure"]["space_group"]["operations"][1] = "x,y,q"; });
  expect("no group", "phases[1].structure.space_group.operations: ", [](json& d) { d["phases"][1]["structure"]["space_group"]["operations"].erase(3); });
  expect("columns", "pattern.sigma: 999 values, expected 1000", [](json& d) { d["pattern"]["sigma"].erase(5); });
  expect("sigma", "pattern.sigma[5]: is 0", [](json& d) { d["pattern"]["sigma"][5] = 0; });
  expect("angles", "pattern.two_theta[5]: expected angles that increase", [](json& d) { d["pattern"]["two_theta"][5] = 15; });
  expect("angle", "pattern.two_theta[5]: 200 is out of range", [](json& d) { d["pattern"]["two_theta"][5] = 200; });
  expect("geometry", "diffractometer.geometry: \"round\" is unknown, expected one of bragg-brentano", [](json& d) { d["diffractometer"]["geometry"] = "round"; });
  expect("wavelengths", "diffractometer.wavelengths: expected one or two", [](json& d) { d["diffractometer"]["wavelengths"] = json::array(); });
  expect("terms", "background.terms: expected a whole number", [](json& d) { d["background"]["terms"] = 1e12; });
  expect("order", "phases[1].texture.order: expected an even number", [](json& d) { d["phases"][1]["texture"]["order"] = 3; });
  expect("axis", "phases[0].preferred_orientation.axis: ", [](json& d) { d["phases"][0]["preferred_orientation"]["axis"] = {0, 0, 0}; });
  expect("free", "free[0].name: no parameter of the model is called \"O3.cell.q\"", [](json& d) { d["free"][0]["name"] = "O3.cell.q"; });
  expect("free twice", "free[1]: ", [](json& d) { d["free"][1]["name"] = d["free"][0]["name"]; });
  expect("tie", ": no parameter of the model is called \"nobody\"", [](json& d) { d["free"][0]["moves"]["nobody"] = 1; });
  expect("bounds", "free[0]: lower is above upper", [](json& d) { d["free"][0]["lower"] = 2, d["free"][0]["upper"] = 1; });
  expect("no quantity", "restraints[1].quantity: the model has no \"O3.distance.Mn1.O2\"", [](json& d) { d["restraints"][1]["quantity"] = "O3.distance.Mn1.O2"; });
  expect("no name", "restraints[0]: no \"quantity\"", [](json& d) { d["restraints"][0].erase("quantity"); });
  expect("both", "restraints[0]: is a quantity and a function", [](json& d) { d["restraints"][0]["function"] = "f"; });
  expect("sigma of a restraint", "restraints[4].sigma: 0 is out of range", [](json& d) { d["restraints"][4]["sigma"] = 0; });
  expect("region", "excluded[1]: expected two angles", [](json& d) { d["excluded"][1] = {44, 43}; });
  expect("no phases", "phases: is empty", [](json& d) { d["phases"] = json::array(); });

  const auto missing = try_read_project("/nonexistent/p.json");
  CHECK_FALSE(missing);
  const auto broken = try_parse_project("{\n\"schema\": 1,\n oops", "p.json");
  REQUIRE_FALSE(broken);
  CHECK(std::string(broken.error().what()) == "p.json:3: not valid JSON, expected a refinement project");
}

TEST_CASE("no damage to a project makes the reader crash or accept what it does not understand") {
  const std::string text = dump(everything());
  std::size_t refused = 0, tried = 0;
  for (std::size_t length = 0; length < text.size(); length += 1 + text.size() / 400, ++tried)
    if (!try_parse_project(std::string_view(text).substr(0, length), "p")) ++refused;
  CHECK(refused == tried);
  // Each value in turn replaced by something else: an error, or a project that can be written again.
  const json good = json::parse(text);
  std::set<std::string> places;
  const json flat = good.flatten();
  for (const auto& [pointer, value] : flat.items())
    if (pointer.rfind("/pattern/", 0) != 0 || pointer.ends_with("/5"))
      for (json::json_pointer place(pointer); !place.empty(); place = place.parent_pointer()) places.insert(place.to_string());
  std::size_t accepted = 0;
  for (const auto& place : places) {
    for (const json& other : {json(nullptr), json(-1), json("text"), json::array(), json::object(), json(1e300), json(true)}) {
      json damaged = good;
      damaged[json::json_pointer(place)] = other;
      const auto project = try_parse_project(damaged.dump(), "p");
      if (!project) CHECK(std::string(project.error().what()).find('\n') == std::string::npos);
      else ++accepted, to_json(project.value());
    }
  }
  CHECK(accepted > 0);  // a name, another value of a parameter
}
