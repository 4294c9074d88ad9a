// How a powder pattern is modelled, by options: phases, radiation, geometry, instrument, what is free. Shared by the programs that refine.
#pragma once

#include <lamella/core/constants.hpp>
#include <lamella/core/error.hpp>
#include <lamella/crystal/found_symmetry.hpp>
#include <lamella/crystal/ionic_species.hpp>
#include <lamella/diffraction/powder_model.hpp>
#include <lamella/diffraction/powder_pattern.hpp>
#include <lamella/io/cif.hpp>
#include <lamella/io/instrument_json.hpp>
#include <lamella/io/instrument_settings.hpp>
#include <lamella/refine/free_intensities.hpp>
#include <lamella/refine/pattern_parameters.hpp>
#include <lamella/refine/plan.hpp>
#include <lamella/refine/rietveld.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace program {

using namespace lamella;

/// What the command line says of the model.
struct PowderOptions {
  std::vector<std::string> phases, fix, free, start, orientations;
  std::string instrument, radiation, form_factors = "as-cif", symmetry = "found", dispersion, geometry;
  std::vector<double> wavelength, range, exclude;
  std::size_t background = 10;
  double neutron = 0, radius = 0;
  std::optional<double> monochromator, polarisation, zero;
  bool refine_zero = false, le_bail = false;
};

inline const std::map<std::string, Radiation> tubes{{"CuKa", radiation::CuKa}, {"CuKa1", radiation::CuKa1}, {"MoKa", radiation::MoKa},
                                             {"CoKa", radiation::CoKa}, {"AgKa", radiation::AgKa}};

inline const std::map<std::string, Geometry> geometries{{"bragg-brentano", Geometry::bragg_brentano}, {"debye-scherrer", Geometry::debye_scherrer},
                                                 {"transmission", Geometry::transmission}};

/// The tube whose mean Kα is that wavelength, for the dispersion correction.
inline std::optional<Anode> anode_near(double wavelength) {
  for (const auto& [name, tube] : tubes)
    if (std::abs(tube.line[0].wavelength - wavelength) < 0.002 * wavelength) return tube.anode;
  return std::nullopt;
}

inline Radiation radiation_of(const PowderOptions& arguments, const PowderPattern& pattern, const std::optional<Diffractometer>& instrument) {
  if (arguments.neutron > 0) return neutrons(arguments.neutron);
  if (!arguments.radiation.empty()) return tubes.at(arguments.radiation);
  const auto& w = arguments.wavelength;
  if (w.size() == 1) return {{{{w[0], 1}}}, 1, anode_near(w[0])};
  if (!w.empty()) return doublet(w[0], w[1], w.size() > 2 ? w[2] : 0.5, anode_near(w[0]));
  if (instrument) return instrument->radiation;
  if (pattern.radiation) return *pattern.radiation;
  fail(pattern.source + " does not state its wavelength, expected --radiation, --wavelength, --neutron or --instrument");
}

/// "FILE.cif" or "FILE.cif:NAME". The name becomes part of parameter names, so it keeps letters, digits and _ only.
inline Phase<Structure<double>> read_phase(const std::string& argument, const std::string& form_factors, bool find_symmetry = true) {
  const auto colon = std::filesystem::exists(argument) ? std::string::npos : argument.rfind(':');
  const std::filesystem::path file = argument.substr(0, colon);
  std::string name = colon == std::string::npos ? file.stem().string() : argument.substr(colon + 1);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  Structure<double> structure = read_cif(file);
  if (find_symmetry && structure.space_group.order() == 1) {
    structure = with_found_symmetry(structure);
    if (structure.space_group.order() > 1)
      std::printf("Phase %s: the file states P 1, its atoms have the symmetry of %s, which is taken (--symmetry as-cif keeps P 1).\n", name.c_str(),
                  structure.space_group.name().c_str());
  }
  if (form_factors == "ionic") structure = with_ionic_species(std::move(structure));
  if (form_factors == "neutral") structure = with_neutral_species(std::move(structure));
  return {name, std::move(structure), 1, 1500, 5e-4};
}

/// "PHASE:H,K,L": preferred orientation of a phase, by its name or its number.
inline void orient(PowderModel<>& model, const std::string& argument) {
  const auto colon = argument.rfind(':');
  Miller axis;
  const char* text = argument.data() + (colon == std::string::npos ? argument.size() : colon + 1);
  const char* const end = argument.data() + argument.size();
  bool read = true;
  for (int* index : {&axis.h, &axis.k, &axis.l}) {
    const auto [next, error] = std::from_chars(text, end, *index);
    read = read && error == std::errc{} && (index == &axis.l ? next == end : next != end && *next == ',');
    text = next == end ? end : next + 1;
  }
  if (!read || axis == Miller{}) fail("--preferred-orientation " + argument + ": expected PHASE:H,K,L, such as " + model.phases.front().name + ":0,0,1");
  const std::string wanted = argument.substr(0, colon);
  for (std::size_t p = 0; p < model.phases.size(); ++p)
    if (model.phases[p].name == wanted || std::to_string(p + 1) == wanted) {
      model.phases[p].preferred_orientation = MarchDollase<double>{axis, 1};
      return;
    }
  fail("--preferred-orientation " + argument + ": no phase is called " + wanted + ", expected " + model.phases.front().name +
       " or a number from 1 to " + std::to_string(model.phases.size()));
}

inline constexpr double largest_asymmetry = 0.03;  ///< where a refinement starts: from too small a one it does not find its way

/// Sets a parameter to its start, and with it what symmetry lets move with it: b with a of hexagonal axes.
inline void set_start(PowderModel<>& model, std::size_t index, double value) {
  FreeParameters parameters = free_parameters(model);
  const std::string name = parameters.names()[index];
  parameters.release(name);
  const auto free = parameters.list();
  const auto address = parameter_addresses(model);
  if (free.size() != 1) {  // held by symmetry, moved by several others, or without use in this geometry
    if (std::abs(*address[index] - value) > 1e-9) fail("--start " + name + ": symmetry or geometry decides this value, expected a parameter that can be refined");
    return;
  }
  for (const auto& moved : free.front().followers)
    if (moved.index == index) {
      const double shift = (value - *address[index]) / moved.coefficient;
      for (const auto& follower : free.front().followers) *address[follower.index] += follower.coefficient * shift;
      *address[index] = value;
      return;
    }
}

inline PowderModel<> model_of(const PowderOptions& arguments, const PowderPattern& pattern) {
  PowderModel<> model;
  auto& d = model.diffractometer;
  model.instrument.W = 0.003;
  model.instrument.asymmetry = largest_asymmetry;
  if (arguments.neutron > 0) model.instrument.W = 0.05;
  std::optional<Diffractometer> instrument;
  if (!arguments.instrument.empty()) {
    const InstrumentSettings settings = read_instrument(arguments.instrument);
    instrument = settings.diffractometer(pattern.radius.value_or(Diffractometer{}.radius));
    d = *instrument;
    model.instrument = settings.instrument;
    if (!(model.instrument.asymmetry > 0)) model.instrument.asymmetry = largest_asymmetry;  // not stated
  } else if (pattern.radius) {
    d.radius = *pattern.radius;
  }
  d.radiation = radiation_of(arguments, pattern, instrument);
  if (!d.radiation.anode && d.radiation.probe == Probe::x_rays) d.radiation.anode = anode_near(d.radiation.line[0].wavelength);
  if (!arguments.geometry.empty()) d.geometry = geometries.at(arguments.geometry);
  if (arguments.radius > 0) d.radius = arguments.radius;
  if (arguments.polarisation) d.polarisation = *arguments.polarisation;
  if (arguments.monochromator) d.polarisation = std::pow(std::cos(*arguments.monochromator * degree), 2);
  if (arguments.zero) model.instrument.zero = *arguments.zero;
  model.background.coefficients.assign(arguments.background, 0.0);
  for (const auto& argument : arguments.phases) {
    model.phases.push_back(read_phase(argument, arguments.form_factors, arguments.symmetry == "found"));
    for (std::size_t i = 0; i + 1 < model.phases.size(); ++i)
      if (model.phases[i].name == model.phases.back().name) fail("two phases are called " + model.phases[i].name + ", expected FILE.cif:NAME with different names");
  }
  for (const auto& argument : arguments.orientations) orient(model, argument);
  if (arguments.le_bail)
    for (std::size_t p = 0; p < model.phases.size(); ++p) free_intensities(model, p, IntensityModel::le_bail, pattern);
  const auto names = parameter_names(model);
  for (const auto* patterns : {&arguments.fix, &arguments.free})
    for (const auto& wanted : *patterns)
      if (std::none_of(names.begin(), names.end(), [&](const auto& name) { return matches(wanted, name); }))
        fail("no parameter of the model matches " + wanted + ", expected a name such as " + names.back() + " or *.scale");
  for (const auto& start : arguments.start) {
    const auto equals = start.find('=');
    const auto name = std::find(names.begin(), names.end(), start.substr(0, equals));
    double value = 0;
    const char* const end = start.data() + start.size();
    const bool read = equals != std::string::npos && std::from_chars(start.data() + equals + 1, end, value).ptr == end;
    if (name == names.end() || !read) fail("--start " + start + ": expected NAME=NUMBER with the name of a parameter, such as " + names.back() + "=0.001");
    set_start(model, static_cast<std::size_t>(name - names.begin()), value);
  }
  return model;
}

inline std::vector<AngleRange> excluded_of(const PowderOptions& arguments) {
  std::vector<AngleRange> ranges;
  for (std::size_t i = 0; i + 1 < arguments.exclude.size(); i += 2) ranges.push_back({arguments.exclude[i], arguments.exclude[i + 1]});
  return ranges;
}

inline AngleRange range_of(const PowderOptions& arguments) {
  return arguments.range.empty() ? AngleRange{} : AngleRange{arguments.range[0], arguments.range[1]};
}

/// What is released, held and corrected in a refinement of `model`.
inline RefinementOptions<> refinement_options(const PowderOptions& arguments, const PowderModel<>& model) {
  RefinementOptions<> options;
  options.fix = arguments.fix;
  options.free = arguments.free;
  options.calculation.scattering.dispersion = arguments.dispersion.empty() ? model.diffractometer.radiation.anode.has_value() : arguments.dispersion == "on";
  // The slits that an instrument file states are known; its widths are where to start from.
  const bool asked = std::any_of(options.free.begin(), options.free.end(), [](const auto& name) { return matches(name, "pattern.asymmetry"); });
  if (!arguments.instrument.empty() && read_instrument(arguments.instrument).instrument.asymmetry > 0 && !asked) options.fix.push_back("pattern.asymmetry");
  if (arguments.refine_zero) {
    options.plan = default_plan(model.diffractometer);
    for (auto& stage : options.plan) std::replace(stage.release.begin(), stage.release.end(), std::string("pattern.displacement"), std::string("pattern.zero"));
  }
  return options;
}

/// Adds the options to a program.
inline void add_powder_options(CLI::App& app, PowderOptions& a) {
  app.add_option("--phase", a.phases, "CIF of a phase, FILE.cif or FILE.cif:NAME; repeatable")->take_all();
  auto* tube = app.add_option("--radiation", a.radiation, "X-ray tube; an XRDML file states its own")->check(CLI::IsMember({"CuKa", "CuKa1", "MoKa", "CoKa", "AgKa"}));
  app.add_option("--wavelength", a.wavelength, "L1[,L2,RATIO] in Å")->delimiter(',')->expected(1, 3)->check(CLI::PositiveNumber)->excludes(tube);
  app.add_option("--neutron", a.neutron, "wavelength of neutrons in Å")->check(CLI::PositiveNumber)->excludes(tube)->excludes("--wavelength");
  app.add_option("--instrument", a.instrument, "instrument file: .prm, .instprm or JSON; its axial divergence is held unless freed");
  app.add_option("--range", a.range, "LO HI: angles to refine against, degrees 2θ")->expected(2);
  app.add_option("--exclude", a.exclude, "LO HI: angles left out; repeatable")->expected(2)->take_all();
  app.add_option("--background", a.background, "Chebyshev terms")->check(CLI::Range(1, 40))->capture_default_str();
  app.add_option("--geometry", a.geometry, "bragg-brentano unless an instrument file says otherwise")->check(CLI::IsMember({"bragg-brentano", "debye-scherrer", "transmission"}));
  app.add_option("--radius", a.radius, "goniometer radius in mm; an XRDML file states its own")->check(CLI::PositiveNumber);
  auto* crystal = app.add_option("--monochromator", a.monochromator, "2θ of a monochromator crystal, degrees (graphite, Cu Kα: 26.6)")->check(CLI::Range(0.0, 180.0));
  app.add_option("--polarisation", a.polarisation, "cos²2θ_M of the monochromator; 1 without one")->check(CLI::Range(0.0, 1.0))->excludes(crystal);
  app.add_option("--form-factors", a.form_factors, "of the species in the CIF, of neutral atoms, or of ions")->check(CLI::IsMember({"as-cif", "neutral", "ionic"}))->capture_default_str();
  app.add_option("--symmetry", a.symmetry, "of a CIF in P 1: as its atoms have it, or as it states")->check(CLI::IsMember({"found", "as-cif"}))->capture_default_str();
  app.add_option("--dispersion", a.dispersion, "f' and f''; on wherever the anode is known")->check(CLI::IsMember({"on", "off"}));
  app.add_option("--zero", a.zero, "zero of 2θ at the start, degrees");
  app.add_flag("--refine-zero", a.refine_zero, "refine the zero instead of the sample displacement");
  app.add_option("--fix", a.fix, "hold a parameter (* stands for one part of a name); repeatable")->take_all();
  app.add_option("--free", a.free, "release one more parameter; repeatable")->take_all();
  app.add_option("--start", a.start, "NAME=VALUE; repeatable")->take_all();
  app.add_option("--preferred-orientation", a.orientations, "PHASE:H,K,L: March-Dollase about that axis; PHASE by name or number; repeatable")->take_all();
  app.add_flag("--lebail", a.le_bail, "intensities free: no structure is refined");
}

}  // namespace program
