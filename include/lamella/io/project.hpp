// A refinement as a file to go on with: model, pattern, how it is calculated, what is free. JSON, read and written by the same names.
//
//   {"schema": 1, "kind": "refinement project", "chi_square": 8123.4, "Rwp": 0.0789,
//    "diffractometer": {"probe", "wavelengths": [{"wavelength", "weight"}, …], "anode", "geometry", "radius", "polarisation"},
//    "background": {"terms": 10, "knots": [], "humps": 0},
//    "phases": [{"name", "structure": {"name", "space_group": {"name", "number", "hall" or "operations"},
//                "sites": [{"label", "species", "anisotropic"}, …]}, "intensity_model", …}, …],
//    "parameters": {"pattern.zero": 0, …, "O3.cell.a": 2.974, "O3.O1.z": 0.267, …},
//    "free": [{"name": "O3.cell.a", "lower": null, "upper": null, "moves": {"O3.cell.b": 1}}, …],
//    "calculation": {"form_factors", "dispersion", "window_tolerance"},
//    "restraints": [{"quantity": "O3.slab_thickness", "target": 2.1, "sigma": 0.02}, {"function": "my own", "target", "sigma"}, …],
//    "excluded": [[43.5, 45.1], …],
//    "pattern": {"source", "two_theta": […], "intensity": […], "sigma": […], "radiation", "radius"}}
//
// What the model is made of stands under "phases" and "background", every number of it once under "parameters", by the name that
// it has everywhere and in the unit of its model. A phase may have "uniaxial_size": {"axis": [h, k, l]}, "uniaxial_strain",
// "quartic_strain": true, "preferred_orientation": {"axis"}, "texture": {"order", "tilt"}, "extinction": true, "intensities":
// [{"hkl", "multiplicity", "value"}, …]. "moves": the parameters tied to a free one and by how much. Numbers are written so that they
// read back as the same doubles: χ² is the same before and after. Of a restraint that is a function of the user's the file has the
// name only: whoever goes on gives the function again. "excluded": angles left out of the pattern, degrees 2θ. Both may be absent.
#pragma once

#include <lamella/chemistry/species.hpp>               // try_parse_species
#include <lamella/core/error.hpp>                      // Error, Place, fail
#include <lamella/core/result.hpp>                     // Result
#include <lamella/core/scalar.hpp>                     // square
#include <lamella/crystal/hall_symbol.hpp>             // try_parse_hall_symbol
#include <lamella/crystal/space_group.hpp>             // SpaceGroup, identify_setting
#include <lamella/crystal/symmetry_operation.hpp>      // try_parse_operation, to_string
#include <lamella/crystal/unit_cell.hpp>               // is_valid, metric
#include <lamella/diffraction/pattern_calculator.hpp>  // PatternCalculator, CalculationOptions
#include <lamella/diffraction/powder_model.hpp>        // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>      // PowderPattern
#include <lamella/fit/free_parameters.hpp>             // FreeParameter
#include <lamella/fit/parameters.hpp>                  // for_each_named_parameter
#include <lamella/io/atomic_file.hpp>                  // try_write_file
#include <lamella/io/detail/json_reader.hpp>           // JsonReader, nlohmann::json
#include <lamella/io/detail/text.hpp>                  // in_quotes, line_of
#include <lamella/io/instrument_json.hpp>              // geometry_names, anode_names, JsonFaultFinder
#include <lamella/io/text_file.hpp>                    // try_read_text_file
#include <lamella/refine/named_restraint.hpp>          // restrain, has_quantity
#include <lamella/refine/rietveld.hpp>                 // Refinement, refine_further

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A restraint as a file has it.
struct NamedRestraint {
  std::string name;         ///< of the quantity, as `restrain` takes it; of a function whatever its author called it
  double target = 0, sigma = 1;
  bool is_function = false;  ///< a function of the user's, which no file keeps
};

/// Everything that a refinement needs to go on: see `refine_further`.
struct Project {
  PowderModel<> model;
  PowderPattern pattern;               ///< the points that are refined against
  CalculationOptions calculation;
  std::vector<FreeParameter> free;     ///< with what follows them and their bounds; indices as `parameter_names(model)`
  std::optional<double> chi_square;    ///< as the refinement left it, for comparison: Σ((y_o − y_c)/σ)²
  std::optional<double> Rwp;           ///< the same, fraction
  std::vector<NamedRestraint> restraints;
  std::vector<AngleRange> excluded;    ///< left out of the pattern, degrees 2θ
};

/// The project of a refinement against `pattern`, from which `excluded` was left out.
inline Project project_of(const Refinement<Structure<double>>& fit, const PowderPattern& pattern, std::vector<AngleRange> excluded = {}) {
  double sum = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) sum += square((pattern.intensity[i] - fit.calculated[i]) / pattern.sigma[i]);
  Project project{fit.model, pattern, fit.calculation, fit.free, sum, fit.agreement.Rwp, {}, std::move(excluded)};
  for (const auto& r : fit.restraints) project.restraints.push_back({r.name, r.target, r.sigma, !r.named});
  return project;
}

/// The restraints of a project as its model stands; those that are functions are taken from `functions` by name. Throws where one
/// is missing there or the model lacks a quantity.
inline std::vector<Restraint<Structure<double>>> restraints_of(const Project& project, const std::vector<Restraint<Structure<double>>>& functions = {}) {
  std::vector<Restraint<Structure<double>>> list;
  for (const auto& r : project.restraints) {
    if (!r.is_function) {
      list.push_back(restrain(project.model, r.name, r.target, r.sigma));
      continue;
    }
    const auto own = std::find_if(functions.begin(), functions.end(), [&](const auto& f) { return f.name == r.name; });
    if (own == functions.end()) fail("restraint " + r.name + " is a function, which no project keeps: expected it to be given again");
    list.push_back(*own);
  }
  return list;
}

/// χ² = Σ((y_o − y_c)/σ)² of a project, calculated from its model. Throws where that cannot be calculated.
inline double chi_square(const Project& project) {
  PatternCalculator<Structure<double>> calculator(project.model, project.pattern.two_theta, project.calculation);
  std::vector<double> y(project.pattern.size());
  calculator.calculate(project.model, y);
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) sum += square((project.pattern.intensity[i] - y[i]) / project.pattern.sigma[i]);
  return sum;
}

/// Refines a project on, all its free parameters at once and with its restraints, from where it is. `functions`: its restraints that are
/// functions. Throws as `refine` and `restraints_of`.
inline Refinement<Structure<double>> refine_further(const Project& project, int cycles = 30, const std::vector<Restraint<Structure<double>>>& functions = {}) {
  return refine_further(project.model, project.pattern, project.free,
                        {.calculation = project.calculation, .restraints = restraints_of(project, functions)}, cycles);
}

namespace detail {

inline constexpr std::array<std::pair<std::string_view, Probe>, 2> probe_names{{{"x-rays", Probe::x_rays}, {"neutrons", Probe::neutrons}}};
inline constexpr std::array<std::pair<std::string_view, FormFactorTable>, 2> form_factor_names{
    {{"wk95", FormFactorTable::wk95}, {"it92", FormFactorTable::it92}}};
inline constexpr std::array<std::pair<std::string_view, IntensityModel>, 3> intensity_model_names{
    {{"structure", IntensityModel::structure}, {"le-bail", IntensityModel::le_bail}, {"pawley", IntensityModel::pawley}}};

template <class Value, std::size_t N>
std::string_view name_of(Value value, const std::array<std::pair<std::string_view, Value>, N>& words) {
  for (const auto& [name, known] : words)
    if (known == value) return name;
  return "";
}

/// A number to write; `what` names it where it is not finite.
inline nlohmann::json finite(double x, const std::string& what) {
  if (!std::isfinite(x)) fail("project: " + what + " is not finite, expected a number to write");
  return x;
}

inline nlohmann::json to_json(const Radiation& radiation) {
  nlohmann::json out{{"probe", name_of(radiation.probe, probe_names)}, {"wavelengths", nlohmann::json::array()}, {"anode", nullptr}};
  for (const auto& line : radiation.lines())
    out["wavelengths"].push_back({{"wavelength", finite(line.wavelength, "a wavelength")}, {"weight", finite(line.weight, "the weight of a wavelength")}});
  if (radiation.anode) out["anode"] = name_of(*radiation.anode, anode_names);
  return out;
}

inline nlohmann::json to_json(const Miller& m) { return {m.h, m.k, m.l}; }

inline nlohmann::json to_json(const SpaceGroup& group) {
  nlohmann::json out{{"name", group.name()}, {"number", group.number()}};
  if (const SpaceGroupSetting* setting = identify_setting(group)) {
    const OperationList tabulated = parse_hall_symbol(setting->hall);
    if (std::equal(tabulated.begin(), tabulated.end(), group.operations().begin(), group.operations().end())) {
      out["hall"] = setting->hall;
      return out;
    }
  }
  for (const auto& op : group.operations()) out["operations"].push_back(to_string(op));
  return out;
}

inline nlohmann::json to_json(const Phase<Structure<double>>& phase) {
  nlohmann::json out{{"name", phase.name}, {"intensity_model", name_of(phase.intensity_model, intensity_model_names)}};
  auto& structure = out["structure"];
  structure = {{"name", phase.crystal.name}, {"space_group", to_json(phase.crystal.space_group)}, {"sites", nlohmann::json::array()}};
  for (const auto& site : phase.crystal.sites) {
    if (site.species.atomic_number == 0) fail("project: site " + site.label + " is a vacancy, expected an element or ion (leave empty sites out)");
    structure["sites"].push_back({{"label", site.label}, {"species", to_string(site.species)}, {"anisotropic", site.u_aniso.has_value()}});
  }
  if (phase.uniaxial_size) out["uniaxial_size"]["axis"] = to_json(phase.uniaxial_size->axis);
  if (phase.uniaxial_strain) out["uniaxial_strain"]["axis"] = to_json(phase.uniaxial_strain->axis);
  if (phase.quartic_strain) out["quartic_strain"] = true;
  if (phase.preferred_orientation) out["preferred_orientation"]["axis"] = to_json(phase.preferred_orientation->axis);
  if (phase.texture) {
    const auto& harmonics = phase.texture->harmonics;
    out["texture"] = {{"order", harmonics.size() == 0 ? 0 : harmonics.order(harmonics.size() - 1)}, {"tilt", finite(phase.texture->tilt, "a tilt")}};
  }
  if (phase.extinction) out["extinction"] = true;
  for (const auto& i : phase.intensities)
    out["intensities"].push_back({{"hkl", to_json(i.hkl)}, {"multiplicity", i.multiplicity}, {"value", finite(i.value, "an intensity of " + phase.name)}});
  return out;
}

/// Reads a project from parsed JSON.
class ProjectReader {
 public:
  ProjectReader(const nlohmann::json& document, const std::string& source) : root_{&document, ""}, in_(source) {}

  Result<Project> read() {
    in_.allow_only(root_, {"schema", "kind", "version", "chi_square", "Rwp", "diffractometer", "background", "phases", "parameters", "free",
                           "calculation", "restraints", "excluded", "pattern"});
    if (in_.integer(in_.at(root_, "schema"), 0, 1 << 30) != 1) in_.complain("schema", "expected 1");
    if (in_.text(in_.at(root_, "kind")) != "refinement project") in_.complain("kind", "expected \"refinement project\"");
    Project project;
    if (in_.has(root_, "chi_square")) project.chi_square = in_.number(in_.at(root_, "chi_square"), 0);
    if (in_.has(root_, "Rwp")) project.Rwp = in_.number(in_.at(root_, "Rwp"), 0);
    read_pattern(project.pattern);
    read_calculation(project.calculation);
    read_diffractometer(project.model.diffractometer);
    read_background(project.model.background);
    const auto phases = in_.elements(in_.at(root_, "phases"));
    if (phases.empty()) in_.complain("phases", "is empty, expected at least one phase");
    for (const auto& node : phases) {
      if (in_.fault()) break;
      project.model.phases.push_back(phase(node));
    }
    if (!in_.fault()) read_parameters(project);
    if (!in_.fault()) read_free(project);
    if (!in_.fault()) read_restraints(project);
    if (!in_.fault()) read_excluded(project.excluded);
    if (in_.fault()) return *in_.fault();
    return project;
  }

 private:
  void read_pattern(PowderPattern& pattern) {
    const JsonNode node = in_.at(root_, "pattern");
    in_.allow_only(node, {"source", "two_theta", "intensity", "sigma", "radiation", "radius"});
    pattern.source = in_.text(in_.at(node, "source"));
    pattern.two_theta = in_.numbers(in_.at(node, "two_theta"), 0, 180);
    pattern.intensity = in_.numbers(in_.at(node, "intensity"));
    pattern.sigma = in_.numbers(in_.at(node, "sigma"), 0);
    if (pattern.size() < 2) in_.complain("pattern.two_theta", "expected at least two points");
    for (const auto& [key, column] : {std::pair{"pattern.intensity", &pattern.intensity}, {"pattern.sigma", &pattern.sigma}})
      if (column->size() != pattern.size())
        in_.complain(key, std::to_string(column->size()) + " values, expected " + std::to_string(pattern.size()) + " as of two_theta");
    if (in_.fault()) return;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const std::string number = "[" + std::to_string(i) + "]";
      if (!(pattern.sigma[i] > 0)) in_.complain("pattern.sigma" + number, "is 0, expected a standard uncertainty above 0");
      if (i > 0 && !(pattern.two_theta[i] > pattern.two_theta[i - 1])) in_.complain("pattern.two_theta" + number, "expected angles that increase");
    }
    if (in_.has(node, "radiation")) pattern.radiation = radiation(in_.at(node, "radiation"));
    if (in_.has(node, "radius")) pattern.radius = in_.number(in_.at(node, "radius"), 1e-3, 1e6);
  }

  void read_calculation(CalculationOptions& calculation) {
    const JsonNode node = in_.at(root_, "calculation");
    in_.allow_only(node, {"form_factors", "dispersion", "window_tolerance"});
    calculation.scattering.form_factors = in_.word(in_.at(node, "form_factors"), form_factor_names);
    calculation.scattering.dispersion = in_.boolean(in_.at(node, "dispersion"));
    calculation.window_tolerance = in_.number(in_.at(node, "window_tolerance"), 1e-15, 0.5);
  }

  Radiation radiation(const JsonNode& node) {
    Radiation radiation;
    radiation.probe = in_.word(in_.at(node, "probe"), probe_names);
    const auto lines = in_.elements(in_.at(node, "wavelengths"));
    if (lines.empty() || lines.size() > radiation.line.size()) in_.complain(node.path + ".wavelengths", "expected one or two wavelengths");
    radiation.count = std::clamp<std::size_t>(lines.size(), 1, radiation.line.size());
    for (std::size_t i = 0; i < std::min(lines.size(), radiation.count); ++i)
      radiation.line[i] = {in_.number(in_.at(lines[i], "wavelength"), 0.01, 100), in_.number(in_.at(lines[i], "weight"), 1e-9, 1e9)};
    if (in_.has(node, "anode")) radiation.anode = in_.word(in_.at(node, "anode"), anode_names);
    return radiation;
  }

  void read_diffractometer(Diffractometer& diffractometer) {
    const JsonNode node = in_.at(root_, "diffractometer");
    in_.allow_only(node, {"probe", "wavelengths", "anode", "geometry", "radius", "polarisation"});
    diffractometer.radiation = radiation(node);
    diffractometer.geometry = in_.word(in_.at(node, "geometry"), geometry_names);
    diffractometer.radius = in_.number(in_.at(node, "radius"), 1e-3, 1e6);
    diffractometer.polarisation = in_.number(in_.at(node, "polarisation"), 0, 1e6);
  }

  void read_background(Background<>& background) {
    constexpr int most = 1000;
    const JsonNode node = in_.at(root_, "background");
    in_.allow_only(node, {"terms", "knots", "humps"});
    background.coefficients.resize(static_cast<std::size_t>(in_.integer(in_.at(node, "terms"), 0, most)));
    background.knots = in_.numbers(in_.at(node, "knots"), -1e3, 1e3);
    for (std::size_t i = 1; i < background.knots.size(); ++i)
      if (!(background.knots[i] > background.knots[i - 1])) in_.complain("background.knots[" + std::to_string(i) + "]", "expected knots that increase");
    background.levels.resize(background.knots.size());
    background.humps.resize(static_cast<std::size_t>(in_.integer(in_.at(node, "humps"), 0, most)));
  }

  Miller indices(const JsonNode& node) {
    constexpr int most = 10000;
    const auto numbers = in_.elements(node);
    if (numbers.size() != 3) {
      in_.complain(node.path, "expected three whole numbers h, k, l");
      return {};
    }
    const Miller m{in_.integer(numbers[0], -most, most), in_.integer(numbers[1], -most, most), in_.integer(numbers[2], -most, most)};
    if (m == Miller{}) in_.complain(node.path, "is 0 0 0, expected a direction or reflection");
    return m;
  }
  Miller axis(const JsonNode& phase, const std::string& key) {
    const JsonNode node = in_.at(phase, key);
    in_.allow_only(node, {"axis"});
    return indices(in_.at(node, "axis"));
  }
  bool flag(const JsonNode& node, const std::string& key) { return in_.has(node, key) && in_.boolean(in_.at(node, key)); }

  SpaceGroup space_group(const JsonNode& node) {
    in_.allow_only(node, {"name", "number", "hall", "operations"});
    std::string name = in_.text(in_.at(node, "name"));
    const int number = in_.integer(in_.at(node, "number"), 0, 230);
    if (in_.has(node, "hall")) {
      const auto operations = try_parse_hall_symbol(in_.text(in_.at(node, "hall")));
      if (operations) return {operations.value(), std::move(name), number};
      in_.complain(node.path + ".hall", operations.error().what());
      return {};
    }
    std::vector<SymmetryOperation> operations;
    for (const auto& element : in_.elements(in_.at(node, "operations"))) {
      const auto operation = try_parse_operation(in_.text(element));
      if (!operation) in_.complain(element.path, operation.error().what());
      if (in_.fault()) return {};
      operations.push_back(operation.value());
    }
    auto group = SpaceGroup::try_generated_by(operations, std::move(name), number);
    if (!group) in_.complain(node.path + ".operations", group.error().what());
    else if (group.value().order() != operations.size())
      in_.complain(node.path + ".operations", std::to_string(operations.size()) + " different operations expected to be a group, but they generate " +
                                                  std::to_string(group.value().order()));
    return group ? std::move(group).value() : SpaceGroup{};
  }

  Structure<double> structure(const JsonNode& node) {
    in_.allow_only(node, {"name", "space_group", "sites"});
    Structure<double> s{in_.text(in_.at(node, "name")), space_group(in_.at(node, "space_group")), {1, 1, 1, 90, 90, 90}, {}};
    for (const auto& entry : in_.elements(in_.at(node, "sites"))) {
      in_.allow_only(entry, {"label", "species", "anisotropic"});
      const auto species = try_parse_species(in_.text(in_.at(entry, "species")));
      if (!species) in_.complain(entry.path + ".species", species.error().what());
      Site<double> site{in_.text(in_.at(entry, "label")), species ? species.value() : Species{}, {0, 0, 0}, 1, 0, {}};
      if (flag(entry, "anisotropic")) site.u_aniso.emplace();
      s.sites.push_back(std::move(site));
    }
    return s;
  }

  Phase<Structure<double>> phase(const JsonNode& node) {
    in_.allow_only(node, {"name", "structure", "intensity_model", "uniaxial_size", "uniaxial_strain", "quartic_strain", "preferred_orientation",
                          "texture", "extinction", "intensities"});
    Phase<Structure<double>> phase{in_.text(in_.at(node, "name")), structure(in_.at(node, "structure"))};
    phase.intensity_model = in_.word(in_.at(node, "intensity_model"), intensity_model_names);
    if (in_.has(node, "uniaxial_size")) phase.uniaxial_size.emplace().axis = axis(node, "uniaxial_size");
    if (in_.has(node, "uniaxial_strain")) phase.uniaxial_strain.emplace().axis = axis(node, "uniaxial_strain");
    if (flag(node, "quartic_strain")) {
      auto& strain = phase.quartic_strain.emplace();
      strain.forms = quartic_invariants(phase.crystal.space_group);
      strain.coefficients.resize(strain.forms.size());
    }
    if (in_.has(node, "preferred_orientation")) phase.preferred_orientation.emplace().axis = axis(node, "preferred_orientation");
    if (in_.has(node, "texture")) {
      const JsonNode texture = in_.at(node, "texture");
      in_.allow_only(texture, {"order", "tilt"});
      texture_.resize(next_phase_ + 1);
      texture_[next_phase_] = in_.integer(in_.at(texture, "order"), 0, TextureHarmonics::highest_order);
      if (texture_[next_phase_] % 2 != 0) in_.complain(texture.path + ".order", "expected an even number");
      phase.texture.emplace().tilt = in_.number(in_.at(texture, "tilt"), -360, 360);
    }
    if (flag(node, "extinction")) phase.extinction = 0;
    if (in_.has(node, "intensities"))
      for (const auto& entry : in_.elements(in_.at(node, "intensities"))) {
        in_.allow_only(entry, {"hkl", "multiplicity", "value"});
        phase.intensities.push_back({indices(in_.at(entry, "hkl")), in_.integer(in_.at(entry, "multiplicity"), 1, 192), in_.number(in_.at(entry, "value"))});
      }
    if (phase.intensity_model != IntensityModel::structure && phase.intensities.empty())
      in_.complain(node.path + ".intensities", "is empty, expected the free intensities of the phase");
    ++next_phase_;
    return phase;
  }

  void read_parameters(Project& project) {
    const JsonNode node = in_.at(root_, "parameters");
    auto& model = project.model;
    // The harmonics of a texture take the cell: that first, then all together.
    for (std::size_t p = 0; p < model.phases.size(); ++p) {
      auto& cell = model.phases[p].crystal.cell;
      const auto read = [&](const std::string& name, double& value) { value = in_.number(in_.at(node, model.phases[p].name + ".cell." + name)); };
      for_each_named_parameter(read, cell);
      if (in_.fault()) return;
      require_cell(model.phases[p].crystal, "parameters: " + model.phases[p].name + ".cell");
      if (in_.fault()) return;
      if (auto& texture = model.phases[p].texture) texture = harmonics_texture(model.phases[p].crystal.space_group, cell, texture_[p], texture->tilt);
    }
    std::map<std::string, bool> known;
    for_each_named_parameter(
        [&](const std::string& name, double& value) {
          if (!known.emplace(name, true).second) in_.complain("parameters", "two parameters of the model are called " + in_quotes(name) + ", expected different names");
          value = in_.number(in_.at(node, name));
        },
        model);
    if (in_.fault()) return;
    for (const auto& [name, value] : node.value->items())
      if (known.find(name) == known.end()) in_.complain("parameters", "unknown name " + in_quotes(name) + ", expected those of the model's parameters only");
    for (auto& phase : model.phases)
      for (auto& site : phase.crystal.sites)
        if (site.u_aniso) site.u_iso = equivalent_displacement(phase.crystal.cell, *site.u_aniso);
  }

  void require_cell(const Structure<double>& s, const std::string& path) {
    const auto& c = s.cell;
    for (const double edge : {c.a, c.b, c.c})
      if (!(edge > 0.1 && edge < 1e4)) in_.complain(path, "an edge of " + show(edge) + " Angstrom, expected 0.1 to 10000");
    if (in_.fault()) return;
    if (!is_valid(c)) return in_.complain(path, "impossible unit cell " + to_string(c) + ", expected angles that enclose a volume");
    const auto m = metric(c);
    const double g[3][3] = {{m.xx, m.xy, m.xz}, {m.xy, m.yy, m.yz}, {m.xz, m.yz, m.zz}};
    for (const auto& op : s.space_group.operations())
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
          double image = 0;
          for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t l = 0; l < 3; ++l) image += op.rotation[3 * k + i] * g[k][l] * op.rotation[3 * l + j];
          if (std::abs(image - g[i][j]) > 1e-6 * std::sqrt(g[i][i] * g[j][j]))
            return in_.complain(path, "the cell " + to_string(c) + " does not have the symmetry of its space group, expected edges and angles that do");
        }
  }

  void read_free(Project& project) {
    const auto names = parameter_names(project.model);
    const auto index_of = [&](const std::string& name, const std::string& path) {
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) in_.complain(path, "no parameter of the model is called " + in_quotes(name) + ", expected one such as " + in_quotes(names.back()));
      return found == names.end() ? 0 : static_cast<std::size_t>(found - names.begin());
    };
    std::vector<int> role(names.size(), 0);  // 1: free, 2: follows
    for (const auto& entry : in_.elements(in_.at(root_, "free"))) {
      if (in_.fault()) return;
      in_.allow_only(entry, {"name", "lower", "upper", "moves"});
      FreeParameter parameter;
      parameter.name = in_.text(in_.at(entry, "name"));
      parameter.followers.push_back({index_of(parameter.name, entry.path + ".name"), 1.0});
      if (in_.fault()) return;
      int& own = role[parameter.followers.front().index];
      if (own != 0) in_.complain(entry.path, in_quotes(parameter.name) + " is free twice or follows another, expected it once");
      own = 1;
      if (in_.has(entry, "lower")) parameter.lower = in_.number(in_.at(entry, "lower"));
      if (in_.has(entry, "upper")) parameter.upper = in_.number(in_.at(entry, "upper"));
      if (!(parameter.lower <= parameter.upper)) in_.complain(entry.path, "lower is above upper, expected a range");
      if (in_.has(entry, "moves")) {
        const JsonNode moves = in_.at(entry, "moves");
        if (!moves.value->is_object()) in_.complain(moves.path, "is no object, expected names and factors");
        else
          for (const auto& [name, factor] : moves.value->items()) {
            const std::size_t index = index_of(name, moves.path);
            if (in_.fault()) return;
            if (role[index] == 1) in_.complain(moves.path, in_quotes(name) + " is free itself, expected one or the other");
            role[index] = 2;
            parameter.followers.push_back({index, in_.number({&factor, moves.path + "." + name})});
          }
      }
      project.free.push_back(std::move(parameter));
    }
  }

  void read_restraints(Project& project) {
    if (!in_.has(root_, "restraints")) return;
    for (const auto& entry : in_.elements(in_.at(root_, "restraints"))) {
      in_.allow_only(entry, {"quantity", "function", "target", "sigma"});
      NamedRestraint r;
      r.is_function = in_.has(entry, "function");
      if (r.is_function && in_.has(entry, "quantity")) in_.complain(entry.path, "is a quantity and a function, expected one of them");
      const std::string key = r.is_function ? "function" : "quantity";
      r.name = in_.text(in_.at(entry, key));
      r.target = in_.number(in_.at(entry, "target"));
      r.sigma = in_.number(in_.at(entry, "sigma"), 1e-300);
      if (in_.fault()) return;
      if (!r.is_function && !has_quantity(project.model, r.name))
        return in_.complain(entry.path + "." + key, "the model has no " + in_quotes(r.name) +
                                                        ", expected a parameter, PHASE.distance.SITE.SITE, PHASE.slab_thickness or PHASE.interslab_distance");
      project.restraints.push_back(std::move(r));
    }
  }

  void read_excluded(std::vector<AngleRange>& excluded) {
    if (!in_.has(root_, "excluded")) return;
    for (const auto& entry : in_.elements(in_.at(root_, "excluded"))) {
      const auto range = in_.numbers(entry, 0, 180);
      if (range.size() != 2 || !(range[0] <= range[1])) in_.complain(entry.path, "expected two angles, the lower one first");
      if (in_.fault()) return;
      excluded.push_back({range[0], range[1]});
    }
  }

  JsonNode root_;
  JsonReader in_;
  std::vector<int> texture_;     ///< order of the harmonics of each phase that has them
  std::size_t next_phase_ = 0;
};

}  // namespace detail

/// The JSON of a project, as at the top of this header. Throws where a number is not finite, two parameters have one name, or a site
/// is a vacancy.
inline nlohmann::json to_json(const Project& project) {
  using nlohmann::json;
  const auto& [model, pattern, calculation, free, reached, Rwp, restraints, excluded] = project;
  json out{{"schema", 1}, {"kind", "refinement project"}};
  if (reached) out["chi_square"] = detail::finite(*reached, "chi_square");
  if (Rwp) out["Rwp"] = detail::finite(*Rwp, "Rwp");
  const auto& d = model.diffractometer;
  out["diffractometer"] = detail::to_json(d.radiation);
  out["diffractometer"]["geometry"] = detail::name_of(d.geometry, detail::geometry_names);
  out["diffractometer"]["radius"] = detail::finite(d.radius, "the radius");
  out["diffractometer"]["polarisation"] = detail::finite(d.polarisation, "the polarisation");
  out["background"] = {{"terms", model.background.coefficients.size()}, {"knots", model.background.knots}, {"humps", model.background.humps.size()}};
  out["phases"] = json::array();
  for (const auto& phase : model.phases) out["phases"].push_back(detail::to_json(phase));
  out["parameters"] = json::object();
  for_each_named_parameter(
      [&](const std::string& name, double value) {
        if (out["parameters"].contains(name)) fail("project: two parameters are called " + name + ", expected phases and sites of different names");
        out["parameters"][name] = detail::finite(value, name);
      },
      model);
  out["free"] = json::array();
  const auto names = parameter_names(model);
  for (const auto& f : free) {
    json entry{{"name", f.name}, {"lower", nullptr}, {"upper", nullptr}, {"moves", json::object()}};
    if (std::isfinite(f.lower)) entry["lower"] = f.lower;
    if (std::isfinite(f.upper)) entry["upper"] = f.upper;
    for (std::size_t i = 1; i < f.followers.size(); ++i) entry["moves"][names.at(f.followers[i].index)] = detail::finite(f.followers[i].coefficient, "a tie of " + f.name);
    out["free"].push_back(std::move(entry));
  }
  out["calculation"] = {{"form_factors", detail::name_of(calculation.scattering.form_factors, detail::form_factor_names)},
                        {"dispersion", calculation.scattering.dispersion},
                        {"window_tolerance", calculation.window_tolerance}};
  out["restraints"] = json::array();
  for (const auto& r : restraints)
    out["restraints"].push_back({{r.is_function ? "function" : "quantity", r.name},
                                 {"target", detail::finite(r.target, "the target of restraint " + r.name)},
                                 {"sigma", detail::finite(r.sigma, "the sigma of restraint " + r.name)}});
  out["excluded"] = json::array();
  for (const auto& range : excluded) out["excluded"].push_back({detail::finite(range.low, "an excluded angle"), detail::finite(range.high, "an excluded angle")});
  out["pattern"] = {{"source", pattern.source}, {"radiation", nullptr}, {"radius", nullptr}};
  for (const auto& [key, column] : {std::pair{"two_theta", &pattern.two_theta}, {"intensity", &pattern.intensity}, {"sigma", &pattern.sigma}}) {
    for (const double x : *column) detail::finite(x, std::string("a value of ") + key);
    out["pattern"][key] = *column;
  }
  if (pattern.radiation) out["pattern"]["radiation"] = detail::to_json(*pattern.radiation);
  if (pattern.radius) out["pattern"]["radius"] = *pattern.radius;
  return out;
}

/// A project from JSON text in memory; `source` names it in messages. Error where the text is no JSON (with the line), where a key is
/// missing, unknown or out of range (with the key), or where cell and space group, free parameters and model contradict each other.
inline Result<Project> try_parse_project(std::string_view text, std::string source) {
  const nlohmann::json document = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (document.is_discarded()) {
    detail::JsonFaultFinder finder;
    nlohmann::json::sax_parse(text.begin(), text.end(), &finder);
    return Error("not valid JSON, expected a refinement project",
                 Place{std::move(source), detail::line_of(text, finder.position > 0 ? finder.position - 1 : 0)});
  }
  return detail::ProjectReader(document, source).read();
}

/// `try_parse_project` that throws the error.
inline Project parse_project(std::string_view text, std::string source) { return try_parse_project(text, std::move(source)).value(); }

/// A project from a file.
inline Result<Project> try_read_project(const std::filesystem::path& path) {
  const auto text = try_read_text_file(path);
  if (!text) return text.error();
  return try_parse_project(text.value(), path.string());
}

/// `try_read_project` that throws the error.
inline Project read_project(const std::filesystem::path& path) { return try_read_project(path).value(); }

/// Writes a project to a file, all or nothing. Throws as `to_json`, and where the file cannot be written.
inline void write_project(const std::filesystem::path& path, const Project& project) {
  write_file(path, to_json(project).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace lamella::inline LAMELLA_ABI
