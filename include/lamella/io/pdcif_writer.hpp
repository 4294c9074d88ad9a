// A refinement as pdCIF, as journals ask for it and `read_pdcif` reads it.
//
// One phase: one data block with cell, space group and operations, sites with esds, R factors, wavelengths, what the profile is, the
// points and the reflections. Several: a block for each phase with its structure and reflections, then one with the pattern. Numbers
// with esds are rounded by the rule of 19; points have nine digits, so that R factors recomputed from them are those stated.
//
// Source: International Tables Vol. G (2006), chapters 3.3 and 4.2: the dictionaries cif_core and cif_pd.
#pragma once

#include <lamella/core/error.hpp>                  // fail
#include <lamella/core/measured.hpp>               // Measured, to_string
#include <lamella/crystal/unit_cell.hpp>           // reciprocal_metric
#include <lamella/diffraction/phase_peaks.hpp>     // scatterers_of
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/diffraction/structure_factor.hpp>  // StructureFactors
#include <lamella/io/atomic_file.hpp>              // write_file
#include <lamella/io/cif_writer.hpp>               // to_cif, detail::cif_value
#include <lamella/refine/phase_quantities.hpp>     // measured_structure, cell_volume, named_parameters
#include <lamella/refine/refinement.hpp>           // Refinement

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// A number with that many significant digits at most. Always a decimal point. Throws where it is not finite.
inline std::string significant(double x, int digits) {
  if (!std::isfinite(x)) fail("pdCIF: a number is not finite, expected a refinement that is");
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::general, digits);
  return std::string(buffer.data(), end.ptr);
}

/// Printable ASCII, other characters as "_": for lines inside a text field, where none may begin with a semicolon.
inline std::string cif_line(std::string_view text) {
  std::string line = "  ";
  for (const char c : text) line += c >= ' ' && c < 127 ? c : '_';
  return line + "\n";
}

inline std::string_view symbol_of(Anode anode) {
  constexpr std::array<std::string_view, 6> symbols{"Cu", "Mo", "Co", "Ag", "Fe", "Cr"};
  return symbols[static_cast<std::size_t>(anode)];
}

/// Structure, volume, weight fraction and agreement of a phase: a data block without its end.
template <CrystalModel Crystal>
std::string pdcif_phase(const Refinement<Crystal>& fit, std::size_t phase, const std::string& block) {
  auto [structure, esds] = measured_structure(fit, phase);
  structure.name = block;
  std::string text = to_cif(structure, esds);
  text += "_cell_volume " + to_string(cell_volume(fit, phase)) + "\n";
  text += "_pd_phase_name " + cif_value(fit.model.phases[phase].name) + "\n";
  if (fit.model.phases[phase].intensity_model == IntensityModel::structure) {
    text += "_refine_ls_R_I_factor " + significant(fit.bragg_R[phase], 6) + "\n";
    text += "_refine_ls_R_factor_all " + significant(fit.amplitude_R[phase], 6) + "\n";
  }
  return text;
}

/// The reflections of a phase in the range of the pattern: a loop.
template <CrystalModel Crystal>
std::string pdcif_reflections(const Refinement<Crystal>& fit, std::size_t phase, const PowderPattern& pattern) {
  const auto& own = fit.model.phases[phase];
  const auto& radiation = fit.model.diffractometer.radiation;
  const auto structure = structure_of(own.crystal);
  const bool calculated = own.intensity_model == IntensityModel::structure;
  StructureFactors factors;
  if (calculated)
    factors = StructureFactors(structure, fit.reflections[phase],
                               scatterers_of(structure, radiation, fit.calculation.scattering, own.name));
  const auto g = reciprocal_metric(structure.cell);
  std::string rows;
  for (std::size_t r = 0; r < fit.reflections[phase].size(); ++r) {
    const auto& [hkl, multiplicity, listed_d] = fit.reflections[phase][r];
    const double position = fit.peaks[phase][r * radiation.count].position;
    if (!(position >= pattern.two_theta.front() && position <= pattern.two_theta.back())) continue;
    const double s2 = 0.25 * g.quadratic_form(hkl);
    rows += std::to_string(hkl.h) + " " + std::to_string(hkl.k) + " " + std::to_string(hkl.l) + " " + std::to_string(multiplicity) + " " +
            significant(0.5 / std::sqrt(s2), 7) + " " + (calculated ? significant(factors.squared(r, structure, s2), 6) : ".") + "\n";
  }
  if (rows.empty()) return {};
  return "loop_\n_refln_index_h\n_refln_index_k\n_refln_index_l\n_refln_symmetry_multiplicity\n_refln_d_spacing\n_refln_F_squared_calc\n" + rows;
}

/// Agreement, radiation, description and points.
template <CrystalModel Crystal>
std::string pdcif_pattern(const Refinement<Crystal>& fit, const PowderPattern& pattern) {
  const auto& d = fit.model.diffractometer;
  const auto& r = fit.agreement;
  std::string text;
  const auto pair = [&text](std::string_view tag, const std::string& value) { text.append(tag).append(" ").append(value).append("\n"); };
  pair("_pd_calc_method", "'Rietveld Refinement'");
  pair("_pd_proc_ls_prof_R_factor", significant(r.Rp, 8));
  pair("_pd_proc_ls_prof_wR_factor", significant(r.Rwp, 8));
  pair("_pd_proc_ls_prof_wR_expected", significant(r.Rexp, 8));
  pair("_refine_ls_goodness_of_fit_all", significant(r.GoF, 6));
  pair("_refine_ls_number_parameters", std::to_string(fit.free.size()));
  pair("_refine_ls_number_restraints", "0");
  pair("_refine_ls_matrix_type", "full");
  pair("_refine_ls_weighting_scheme", "sigma");

  pair("_diffrn_radiation_probe", d.radiation.probe == Probe::neutrons ? "neutron" : "x-ray");
  if (d.radiation.anode) pair("_diffrn_radiation_type", "'" + std::string(symbol_of(*d.radiation.anode)) + " K\\a'");
  text += "loop_\n_diffrn_radiation_wavelength_id\n_diffrn_radiation_wavelength\n_diffrn_radiation_wavelength_wt\n";
  for (std::size_t i = 0; i < d.radiation.count; ++i)
    text += std::to_string(i + 1) + " " + significant(d.radiation.line[i].wavelength, 17) + " " + significant(d.radiation.line[i].weight, 17) + "\n";

  std::string background = std::to_string(fit.model.background.coefficients.size()) + " Chebyshev terms of the first kind";
  if (const auto n = fit.model.background.knots.size(); n > 0) background += ", straight lines between " + std::to_string(n) + " points";
  if (const auto n = fit.model.background.humps.size(); n > 0) background += ", " + std::to_string(n) + " broad pseudo-Voigt maxima";
  pair("_pd_proc_ls_background_function", "'" + background + "'");
  text += "_pd_proc_ls_profile_function\n;\n" + cif_line("Pseudo-Voigt of Thompson, Cox & Hastings (1987) with axial divergence after Finger, Cox & Jephcoat (1994).") +
          cif_line("Gaussian FWHM^2 = U tan^2(theta) + V tan(theta) + W, Lorentzian FWHM = X tan(theta) + Y/cos(theta), degrees 2theta;") +
          cif_line("size in Angstrom with Scherrer constant 1, strain dimensionless; zero in degrees, displacement in mm.") +
          cif_line("Esds are scaled by the goodness of fit.");
  const auto is_of_background = [](const std::string& name) { return name.rfind("pattern.background.", 0) == 0; };
  const auto is_of_structure = [](const std::string& name) {
    for (const char* part : {".cell.", ".lattice.", ".intensity."})
      if (name.find(part) != std::string::npos) return true;
    for (const char* end : {".x", ".y", ".z", ".occupancy", ".Uiso", ".U11", ".U22", ".U33", ".U12", ".U13", ".U23"})
      if (name.ends_with(end)) return true;
    return false;
  };
  for (const auto& p : named_parameters(fit))
    if (!is_of_background(p.name) && !is_of_structure(p.name)) text += cif_line(p.name + " " + to_string(p.value));
  text += ";\n";

  pair("_pd_proc_number_of_points", std::to_string(pattern.size()));
  text += "loop_\n_pd_meas_2theta_scan\n_pd_meas_intensity_total\n_pd_proc_ls_weight\n_pd_calc_intensity_total\n_pd_proc_intensity_bkg_calc\n";
  constexpr int digits = 9;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    text += significant(pattern.two_theta[i], digits) + " " + significant(pattern.intensity[i], digits) + " " +
            significant(1 / (pattern.sigma[i] * pattern.sigma[i]), digits) + " " + significant(fit.calculated[i], digits) + " " +
            significant(fit.background[i], digits) + "\n";
  return text;
}

}  // namespace detail

/// The pdCIF of a refinement against `pattern`; see the top of this header. `name` becomes that of the data blocks. Throws where `pattern`
/// is not the one that was refined against, or a number of the result is not finite.
template <CrystalModel Crystal>
std::string to_pdcif(const Refinement<Crystal>& fit, const PowderPattern& pattern, std::string_view name = "refinement") {
  if (pattern.size() == 0 || pattern.size() != fit.calculated.size())
    fail("pdCIF of " + std::to_string(fit.calculated.size()) + " calculated points, expected a pattern of as many, not of " + std::to_string(pattern.size()));
  const std::string block = detail::cif_name(name);
  const std::size_t phases = fit.model.phases.size();
  if (phases == 1) return detail::pdcif_phase(fit, 0, block) + detail::pdcif_pattern(fit, pattern) + detail::pdcif_reflections(fit, 0, pattern);
  std::string text, list;
  for (std::size_t p = 0; p < phases; ++p) {
    const std::string own = detail::cif_name(std::string(name) + "_phase_" + std::to_string(p + 1));
    text += detail::pdcif_phase(fit, p, own) + "_pd_block_id " + own + "\n" + detail::pdcif_reflections(fit, p, pattern) + "\n";
    list += std::to_string(p + 1) + " " + own + " " + detail::cif_value(fit.model.phases[p].name) + " " +
            to_string(Measured{100 * weight_fraction(fit, p).value, 100 * weight_fraction(fit, p).esd}) + "\n";
  }
  return text + "data_" + block + "\n_pd_block_id " + block + "\nloop_\n_pd_phase_id\n_pd_phase_block_id\n_pd_phase_name\n_pd_phase_mass_%\n" + list +
         detail::pdcif_pattern(fit, pattern);
}

/// Writes `to_pdcif` to a file, all or nothing.
template <CrystalModel Crystal>
void write_pdcif(const std::filesystem::path& path, const Refinement<Crystal>& fit, const PowderPattern& pattern, std::string_view name = "refinement") {
  write_file(path, to_pdcif(fit, pattern, name));
}

}  // namespace lamella::inline LAMELLA_ABI
