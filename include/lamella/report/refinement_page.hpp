// A refinement as tables and figure, for the terminal and for a report.
#pragma once

#include <lamella/core/measured.hpp>               // Measured, to_string
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern, AngleRange
#include <lamella/refine/phase_quantities.hpp>     // named_parameters, refined_layers
#include <lamella/report/html_page.hpp>            // HtmlPage
#include <lamella/report/rietveld_figure.hpp>      // rietveld_figure
#include <lamella/report/table.hpp>                // ReportTable

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The refined parameters with esds, and those that were held but differ from zero.
template <CrystalModel Crystal>
ReportTable parameter_table(const Refinement<Crystal>& fit) {
  ReportTable table{.caption = "Refined parameters; esds in units of the last digit, scaled by GoF",
                    .columns = {{"Parameter"}, {"Value", Align::decimal}, {"Unit"}}};
  const auto unit = [](const std::string& name) -> std::string {
    const auto part = name.substr(name.rfind('.') + 1);
    if (part == "a" || part == "b" || part == "c" || part == "size") return "Å";
    if (part == "alpha" || part == "beta" || part == "gamma" || part == "zero" || part == "X" || part == "Y") return "°";
    if (part == "U" || part == "V" || part == "W") return "°²";
    if (part == "Uiso") return "Å²";
    if (part == "displacement") return "mm";
    return name.find(".background.") != std::string::npos ? "counts" : "";
  };
  for (std::size_t f = 0; f < fit.free.size(); ++f)
    table.rows.push_back({fit.free[f].name, Measured{fit.values[f], fit.esd(f)}, unit(fit.free[f].name)});
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

/// "Rwp 7.89 %, Rp 5.93 %, Rexp 6.38 %, GoF 1.24 (background included); background-subtracted Rwp …".
template <CrystalModel Crystal>
std::string agreement_line(const Refinement<Crystal>& fit) {
  const auto& r = fit.agreement;
  const auto percent = [](double x) { return detail::fixed(100 * x, 2) + " %"; };
  return "Rwp " + percent(r.Rwp) + ", Rp " + percent(r.Rp) + ", Rexp " + percent(r.Rexp) + ", GoF " + detail::fixed(r.GoF, 3) +
         " (background included); background-subtracted Rwp " + percent(r.Rwp_background_subtracted) + ", Rp " +
         percent(r.Rp_background_subtracted);
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
  page.table(parameter_table(fit));
  page.paragraph(agreement_line(fit) + ".");
}

}  // namespace lamella
