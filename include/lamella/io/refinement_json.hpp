// A refinement as JSON.
#pragma once

#include <lamella/core/measured.hpp>             // Measured
#include <lamella/io/measured_json.hpp>          // to_json of it
#include <lamella/refine/joint_refinement.hpp>   // JointRefinement
#include <lamella/refine/phase_quantities.hpp>   // named_parameters, refined_layers …
#include <lamella/refine/refinement.hpp>         // Refinement

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// The result of a refinement: agreement factors (per cent), instrument, phases with cell, sites and layers, all
/// parameters with esds, correlations above 0.9 and warnings. Lengths in Å, angles in degrees.
template <CrystalModel Crystal>
nlohmann::json to_json(const Refinement<Crystal>& fit) {
  using nlohmann::json;
  const auto parameters = named_parameters(fit);
  const auto measured = [&](const std::string& name) {
    for (const auto& p : parameters)
      if (p.name == name) return to_json(p.value);
    return json(nullptr);
  };
  const auto percent = [](double x) { return std::isfinite(x) ? json(100 * x) : json(nullptr); };

  json out;
  const auto& r = fit.agreement;
  out["Rp"] = percent(r.Rp);
  out["Rwp"] = percent(r.Rwp);
  out["Rexp"] = percent(r.Rexp);
  out["GoF"] = r.GoF;
  out["durbin_watson"] = r.durbin_watson;
  out["serial_correlation_factor"] = r.serial_correlation_factor;
  out["background_subtracted"] = {{"Rp", percent(r.Rp_background_subtracted)}, {"Rwp", percent(r.Rwp_background_subtracted)}};
  out["points"] = fit.calculated.size();
  out["parameters"] = fit.free.size();
  out["cycles"] = fit.cycles;
  out["converged"] = fit.converged();
  out["status"] = to_string(fit.status);
  for (const char* name : {"zero", "displacement", "U", "V", "W", "X", "Y", "asymmetry", "transparency", "absorption"})
    out["instrument"][name] = measured(std::string("pattern.") + name);

  out["phases"] = json::array();
  for (std::size_t p = 0; p < fit.model.phases.size(); ++p) {
    const auto& phase = fit.model.phases[p];
    const auto structure = structure_of(phase.crystal);
    const auto cell = derived_jointly(fit, [p](const auto& model) {
      const auto c = structure_of(model.phases[p].crystal).cell;
      return std::array{c.a, c.b, c.c, c.alpha, c.beta, c.gamma};
    });
    json entry{{"name", phase.name}, {"space_group", structure.space_group.name()}};
    entry["scale"] = measured(phase.name + ".scale");
    entry["weight_fraction"] = to_json(weight_fraction(fit, p));
    entry["RB"] = percent(fit.bragg_R[p]);
    entry["RF"] = percent(fit.amplitude_R[p]);
    std::size_t i = 0;
    for (const char* name : {"a", "b", "c", "alpha", "beta", "gamma"}) entry["cell"][name] = to_json(cell[i++]);
    entry["cell"]["volume"] = to_json(cell_volume(fit, p));
    entry["sites"] = json::array();
    for (std::size_t s = 0; s < structure.sites.size(); ++s) {
      const auto& site = structure.sites[s];
      const auto values = derived_jointly(fit, [p, s](const auto& model) {
        const auto own = structure_of(model.phases[p].crystal).sites[s];
        return std::array{own.position.x, own.position.y, own.position.z, own.occupancy, own.u_iso};
      });
      entry["sites"].push_back({{"label", site.label}, {"species", to_string(site.species)}, {"x", to_json(values[0])},
                                {"y", to_json(values[1])}, {"z", to_json(values[2])}, {"occupancy", to_json(values[3])},
                                {"Uiso", to_json(values[4])}});
    }
    entry["size"] = measured(phase.name + ".size");
    entry["strain"] = measured(phase.name + ".strain");
    entry["preferred_orientation"] = nullptr;
    if (const auto& orientation = phase.preferred_orientation)
      entry["preferred_orientation"] = {{"axis", {orientation->axis.h, orientation->axis.k, orientation->axis.l}},
                                        {"r", measured(phase.name + ".preferred_orientation.r")}};
    entry["layers"] = nullptr;
    if (const auto layers = refined_layers(fit, p))
      entry["layers"] = {{"stacking", layers->stacking}, {"slab_thickness", to_json(layers->slab_thickness())},
                         {"interslab_distance", to_json(layers->interslab_distance())}, {"correlation", layers->correlation()}};
    out["phases"].push_back(std::move(entry));
  }

  for (const auto& p : parameters) out["all_parameters"][p.name] = to_json(p.value);
  out["correlations"] = json::array();
  for (std::size_t i = 0; i < fit.free.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (const double c = fit.correlation(i, j); std::abs(c) > 0.9)
        out["correlations"].push_back({{"a", fit.free[j].name}, {"b", fit.free[i].name}, {"r", c}});
  out["warnings"] = fit.warnings;
  return out;
}

/// Several patterns refined together: agreement of all points (per cent), the free parameters with esds, and under "patterns" each
/// pattern as above.
template <CrystalModel Crystal>
nlohmann::json to_json(const JointRefinement<Crystal>& joint) {
  nlohmann::json out{{"Rwp", 100 * joint.Rwp}, {"Rexp", 100 * joint.Rexp}, {"GoF", joint.GoF}, {"parameters", joint.names.size()}, {"cycles", joint.cycles},
                     {"converged", joint.status == FitStatus::converged}, {"status", to_string(joint.status)}, {"warnings", joint.warnings}};
  for (const char* key : {"Rwp", "Rexp", "GoF"})
    if (!std::isfinite(out[key].template get<double>())) out[key] = nullptr;
  for (std::size_t i = 0; i < joint.names.size(); ++i) out["all_parameters"][joint.names[i]] = to_json(Measured{joint.values[i], joint.esd(i)});
  for (const auto& pattern : joint.patterns) out["patterns"].push_back(to_json(pattern));
  return out;
}

}  // namespace lamella
