// A refinement as tables and figure, for the terminal and for a report.
#pragma once

#include <lamella/core/measured.hpp>               // Measured, to_string
#include <lamella/crystal/measured_structure.hpp>  // MeasuredStructure
#include <lamella/crystal/structure.hpp>           // multiplicity
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern, AngleRange
#include <lamella/refine/joint_refinement.hpp>     // JointRefinement
#include <lamella/refine/phase_quantities.hpp>     // measured_structure, refined_layers
#include <lamella/report/html_page.hpp>            // HtmlPage
#include <lamella/report/rietveld_figure.hpp>      // rietveld_figure
#include <lamella/report/table.hpp>                // ReportTable

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// The unit of a parameter, by the last part of its name.
inline std::string unit_of_parameter(const std::string& name) {
  const auto part = name.substr(name.rfind('.') + 1);
  if (part == "a" || part == "b" || part == "c" || part == "size") return "Å";
  if (part == "alpha" || part == "beta" || part == "gamma" || part == "zero" || part == "X" || part == "Y") return "°";
  if (part == "U" || part == "V" || part == "W") return "°²";
  if (part == "Uiso") return "Å²";
  if (part == "displacement" || part == "transparency") return "mm";
  return name.find(".background.") != std::string::npos ? "counts" : "";
}

}  // namespace detail

/// The refined parameters with esds, and those that were held but differ from zero.
template <CrystalModel Crystal>
ReportTable parameter_table(const Refinement<Crystal>& fit) {
  ReportTable table{.caption = "Refined parameters; esds in units of the last digit, scaled by GoF",
                    .columns = {{"Parameter"}, {"Value", Align::decimal}, {"Unit"}}};
  for (std::size_t f = 0; f < fit.free.size(); ++f)
    table.rows.push_back({fit.free[f].name, Measured{fit.values[f], fit.esd(f)}, detail::unit_of_parameter(fit.free[f].name)});
  return table;
}

/// The refined parameters of several patterns; what one has to itself stands under its name: "pattern2.zero".
template <CrystalModel Crystal>
ReportTable parameter_table(const JointRefinement<Crystal>& joint) {
  ReportTable table{.caption = "Refined parameters; esds in units of the last digit, scaled by the GoF of all patterns",
                    .columns = {{"Parameter"}, {"Value", Align::decimal}, {"Unit"}}};
  for (std::size_t i = 0; i < joint.names.size(); ++i)
    table.rows.push_back({joint.names[i], Measured{joint.values[i], joint.esd(i)}, detail::unit_of_parameter(joint.names[i])});
  return table;
}

/// Slab thickness and interslab distance of every layered phase, with esds and their correlation. Empty without one.
template <CrystalModel Crystal>
ReportTable layer_table(const Refinement<Crystal>& fit) {
  ReportTable table{.caption = "Layers",
                    .columns = {{"Phase"}, {"Stacking"}, {"Slab d(O–TM–O) / Å", Align::decimal},
                                {"Interslab d(O–A–O) / Å", Align::decimal}, {"Correlation", Align::decimal}}};
  for (std::size_t p = 0; p < fit.model.phases.size(); ++p)
    if (const auto layers = refined_layers(fit, p))
      table.rows.push_back({fit.model.phases[p].name, layers->stacking, layers->slab_thickness(), layers->interslab_distance(),
                            detail::fixed(layers->correlation(), 5)});
  if (!table.rows.empty())
    table.notes.push_back("Both distances rest on the height of the oxygen: what one gains the other loses. Use the two esds "
                          "together with their correlation, never as if independent.");
  return table;
}

/// Cell, volume and weight fraction of every phase.
template <CrystalModel Crystal>
ReportTable phase_table(const Refinement<Crystal>& fit) {
  ReportTable table{.caption = "Phases",
                    .columns = {{"Phase"}, {"Space group"}, {"a / Å", Align::decimal}, {"b / Å", Align::decimal}, {"c / Å", Align::decimal},
                                {"β / °", Align::decimal}, {"V / Å³", Align::decimal}, {"Weight fraction", Align::decimal}, {"R_B / %", Align::decimal}}};
  for (std::size_t p = 0; p < fit.model.phases.size(); ++p) {
    const auto structure = structure_of(fit.model.phases[p].crystal);
    const auto cell = derived_jointly(fit, [p](const auto& model) {
      const auto c = structure_of(model.phases[p].crystal).cell;
      return std::array{c.a, c.b, c.c, c.beta};
    });
    table.rows.push_back({fit.model.phases[p].name, structure.space_group.name(), cell[0], cell[1], cell[2], cell[3], cell_volume(fit, p),
                          weight_fraction(fit, p), detail::fixed(100 * fit.bragg_R[p], 2)});
  }
  return table;
}

/// The sites of every phase as papers print them: multiplicity, coordinates, occupancy and (equivalent) isotropic U, with esds where
/// they were refined.
template <CrystalModel Crystal>
ReportTable site_table(const Refinement<Crystal>& fit) {
  ReportTable table{.caption = "Atomic coordinates, occupancies and isotropic displacement parameters",
                    .columns = {{"Site"}, {"Species"}, {"Multiplicity", Align::decimal}, {"x", Align::decimal}, {"y", Align::decimal},
                                {"z", Align::decimal}, {"Occupancy", Align::decimal}, {"U / Å²", Align::decimal}}};
  bool anisotropic = false;
  for (std::size_t p = 0; p < fit.model.phases.size(); ++p) {
    if (fit.model.phases[p].intensity_model != IntensityModel::structure) continue;
    const auto [structure, esds] = measured_structure(fit, p);
    if (fit.model.phases.size() > 1) table.rows.push_back({fit.model.phases[p].name});
    for (std::size_t s = 0; s < structure.sites.size(); ++s) {
      const auto &site = structure.sites[s], &esd = esds.sites[s];
      anisotropic = anisotropic || site.u_aniso.has_value();
      table.rows.push_back({site.label, to_string(site.species), std::to_string(multiplicity(structure.space_group, site.position)),
                            Measured{site.position.x, esd.position.x}, Measured{site.position.y, esd.position.y},
                            Measured{site.position.z, esd.position.z}, Measured{site.occupancy, esd.occupancy}, Measured{site.u_iso, esd.u_iso}});
    }
  }
  if (anisotropic) table.notes.push_back("U of sites with anisotropic displacements: a third of the trace.");
  return table;
}

/// The table of supporting information: radiation, range and agreement, and for every phase, one a column, its cell, volume, weight
/// fraction, R_B, R_F, slab and interslab with esds and their correlation.
template <CrystalModel Crystal>
ReportTable publication_table(const Refinement<Crystal>& fit, const PowderPattern& pattern) {
  const std::size_t phases = fit.model.phases.size();
  ReportTable table{.caption = "Crystallographic data and details of the refinement", .columns = {{"Quantity"}}};
  for (const auto& phase : fit.model.phases) table.columns.push_back({phase.name, Align::decimal});
  const auto row = [&](const std::string& name, auto&& cell_of) {
    std::vector<TableCell> cells{name};
    for (std::size_t p = 0; p < phases; ++p) cells.push_back(cell_of(p));
    table.rows.push_back(std::move(cells));
  };
  const auto of_pattern = [&](const std::string& name, const std::string& text) {
    row(name, [&](std::size_t p) { return TableCell(p == 0 ? text : std::string()); });
  };
  const auto percent = [](double x) { return detail::fixed(100 * x, 2); };
  std::vector<MeasuredStructure> structures;
  std::vector<std::optional<RefinedLayers>> layers;
  bool layered = false;
  for (std::size_t p = 0; p < phases; ++p) {
    structures.push_back(measured_structure(fit, p));
    layers.push_back(refined_layers(fit, p));
    layered = layered || layers.back().has_value();
  }
  row("Space group", [&](std::size_t p) { return TableCell(structures[p].structure.space_group.name()); });
  using Edge = double UnitCell<double>::*;
  for (const auto& [name, edge] : {std::pair<const char*, Edge>{"a / Å", &UnitCell<double>::a}, {"b / Å", &UnitCell<double>::b}, {"c / Å", &UnitCell<double>::c},
                                   {"α / °", &UnitCell<double>::alpha}, {"β / °", &UnitCell<double>::beta}, {"γ / °", &UnitCell<double>::gamma}})
    row(name, [&, member = edge](std::size_t p) { return TableCell(Measured{structures[p].structure.cell.*member, structures[p].esds.cell.*member}); });
  row("V / Å³", [&](std::size_t p) { return TableCell(cell_volume(fit, p)); });
  if (phases > 1) row("Weight fraction", [&](std::size_t p) { return TableCell(weight_fraction(fit, p)); });
  row("R_B / %", [&](std::size_t p) { return TableCell(percent(fit.bragg_R[p])); });
  row("R_F / %", [&](std::size_t p) { return TableCell(percent(fit.amplitude_R[p])); });
  if (layered) {
    const auto of_layers = [&](const std::string& name, auto&& text_of) {
      row(name, [&](std::size_t p) { return layers[p] ? TableCell(text_of(*layers[p])) : TableCell("–"); });
    };
    of_layers("Stacking", [](const RefinedLayers& l) { return l.stacking; });
    of_layers("Slab d(O–TM–O) / Å", [](const RefinedLayers& l) { return l.slab_thickness(); });
    of_layers("Interslab d(O–A–O) / Å", [](const RefinedLayers& l) { return l.interslab_distance(); });
    of_layers("Correlation of slab and interslab", [](const RefinedLayers& l) { return detail::fixed(l.correlation(), 4); });
  }
  table.rows.push_back({"Pattern"});
  const auto& radiation = fit.model.diffractometer.radiation;
  std::string wavelengths;
  for (const auto& line : radiation.lines()) wavelengths += (wavelengths.empty() ? "" : ", ") + to_string(Measured{line.wavelength, 0});
  of_pattern(radiation.probe == Probe::neutrons ? "Neutrons, λ / Å" : "X-rays, λ / Å", wavelengths);
  of_pattern("2θ range / °", detail::fixed(pattern.two_theta.front(), 2) + "–" + detail::fixed(pattern.two_theta.back(), 2));
  of_pattern("Points", std::to_string(pattern.size()));
  of_pattern("Refined parameters", std::to_string(fit.free.size()));
  of_pattern("R_p / %", percent(fit.agreement.Rp));
  of_pattern("R_wp / %", percent(fit.agreement.Rwp));
  of_pattern("R_exp / %", percent(fit.agreement.Rexp));
  of_pattern("Goodness of fit R_wp/R_exp", detail::fixed(fit.agreement.GoF, 2));
  table.notes.push_back("Esds in units of the last digit, from the full covariance and scaled by the goodness of fit; R factors with the background included.");
  if (layered)
    table.notes.push_back("Slab and interslab share the error of the oxygen height: their esds belong together with their correlation.");
  return table;
}

/// "Rwp 7.89 %, Rp 5.93 %, Rexp 6.38 %, GoF 1.24 (background included); background-subtracted Rwp …".
template <CrystalModel Crystal>
std::string agreement_line(const Refinement<Crystal>& fit) {
  const auto& r = fit.agreement;
  const auto percent = [](double x) { return detail::fixed(100 * x, 2) + " %"; };
  return "Rwp " + percent(r.Rwp) + ", Rp " + percent(r.Rp) + ", Rexp " + percent(r.Rexp) + ", GoF " + detail::fixed(r.GoF, 3) +
         " (background included); background-subtracted Rwp " + percent(r.Rwp_background_subtracted) + ", Rp " +
         percent(r.Rp_background_subtracted);
}

/// "All patterns: Rwp 6.17 %, Rexp 2.94 %, GoF 2.10 (background included)".
template <CrystalModel Crystal>
std::string agreement_line(const JointRefinement<Crystal>& joint) {
  const auto percent = [](double x) { return detail::fixed(100 * x, 2) + " %"; };
  return "All patterns: Rwp " + percent(joint.Rwp) + ", Rexp " + percent(joint.Rexp) + ", GoF " + detail::fixed(joint.GoF, 3) + " (background included)";
}

/// Observed, calculated, background, difference and reflections of a refinement as a Vega-Lite figure.
template <CrystalModel Crystal>
nlohmann::json refinement_figure(const Refinement<Crystal>& fit, const PowderPattern& pattern,
                                 const std::vector<AngleRange>& excluded = {}) {
  RietveldPlot plot;
  plot.two_theta = pattern.two_theta;
  plot.observed = pattern.intensity;
  plot.calculated = fit.calculated;
  plot.background = fit.background;
  plot.sigma = pattern.sigma;
  for (std::size_t p = 0; p < fit.model.phases.size(); ++p) {
    PhaseTicks ticks{fit.model.phases[p].name, {}};
    const std::size_t lines = fit.model.diffractometer.radiation.count;
    for (std::size_t r = 0; r < fit.reflections[p].size(); ++r) {
      const auto& [hkl, multiplicity, d] = fit.reflections[p][r];
      const double position = fit.peaks[p][r * lines].position;
      if (position < pattern.two_theta.front() || position > pattern.two_theta.back()) continue;
      ticks.reflections.push_back({position, std::to_string(hkl.h) + " " + std::to_string(hkl.k) + " " + std::to_string(hkl.l), d});
    }
    plot.phases.push_back(std::move(ticks));
  }
  for (const auto& range : excluded) plot.excluded.push_back({range.low, range.high});
  return rietveld_figure(plot);
}

/// Adds a refinement to a page: figure first, then phases, layers, parameters and warnings.
template <CrystalModel Crystal>
void add_refinement(HtmlPage& page, const Refinement<Crystal>& fit, const PowderPattern& pattern, const std::string& caption,
                    const std::vector<AngleRange>& excluded = {}) {
  const auto percent = [](double x) { return detail::fixed(100 * x, 2) + " %"; };
  page.highlights({{"Rwp", percent(fit.agreement.Rwp), "expected " + percent(fit.agreement.Rexp)},
                   {"GoF", detail::fixed(fit.agreement.GoF, 2), std::string(to_string(fit.status))},
                   {"points", std::to_string(pattern.size()), std::to_string(fit.free.size()) + " parameters"}});
  page.figure(refinement_figure(fit, pattern, excluded), caption);
  for (const auto& text : fit.warnings) page.warning(text);
  page.table(phase_table(fit));
  if (auto layers = layer_table(fit); !layers.rows.empty()) page.table(std::move(layers));
  if (auto sites = site_table(fit); !sites.rows.empty()) page.table(std::move(sites));
  page.table(parameter_table(fit));
  page.paragraph(agreement_line(fit) + ".");
}

}  // namespace lamella
