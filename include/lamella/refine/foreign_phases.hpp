// Lines of the cell around a sample: beryllium windows, aluminium and copper foils, steel.
//
// What is not worth a phase can be left out (`select` with excluded ranges) or be a narrow hump of the background at a fixed position.
#pragma once

#include <lamella/chemistry/species.hpp>           // parse_species
#include <lamella/core/error.hpp>                  // fail
#include <lamella/crystal/structure.hpp>           // Structure
#include <lamella/crystal/unit_cell.hpp>           // hexagonal_cell
#include <lamella/diffraction/phase.hpp>           // IntensityModel
#include <lamella/diffraction/powder_model.hpp>    // PowderModel
#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/refine/free_intensities.hpp>     // free_intensities

#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// The names that `foreign_structure` knows.
inline constexpr std::string_view foreign_names = "Be, Al, Cu, Fe";

/// A metal of cells at room temperature: Be, P6_3/mmc, a 2.2858, c 3.5843 Å (Y. W. Yang & P. Coppens, Acta Cryst. A34 (1978) 61); Al, Fm-3m,
/// 4.0496 Å; Cu, Fm-3m, 3.6149 Å; α-Fe for ferritic steel, Im-3m, 2.8664 Å (the usual values of tables, which agree within 0.001 Å). They are
/// starts: where the part does not lie in the plane of the sample its lines are shifted, and so is the cell. Throws for another name.
inline Structure<double> foreign_structure(std::string_view name) {
  const auto cubic = [&](const char* group, double a) {
    Structure<double> s{std::string(name), space_group(group), {a, a, a, 90, 90, 90}, {}};
    s.sites = {{std::string(name) + "1", parse_species(name), {0, 0, 0}, 1, 0.008}};
    return s;
  };
  if (name == "Al") return cubic("Fm-3m", 4.0496);
  if (name == "Cu") return cubic("Fm-3m", 3.6149);
  if (name == "Fe") return cubic("Im-3m", 2.8664);
  if (name == "Be") {
    Structure<double> s{"Be", space_group("P63/mmc"), hexagonal_cell(2.2858, 3.5843), {}};
    s.sites = {{"Be1", parse_species("Be"), {1.0 / 3, 2.0 / 3, 0.25}, 1, 0.008}};
    return s;
  }
  fail("metal of a cell \"" + std::string(name) + "\": expected one of " + std::string(foreign_names));
}

/// Adds such a metal to a model, its intensities free (Le Bail): foils and windows are too coarse or too strongly textured for structure
/// factors. Throws where the name is unknown or taken, or the metal has no line in the pattern.
inline void add_foreign_phase(std::string_view name, const PowderPattern& pattern, PowderModel<>& model) {
  for (const auto& phase : model.phases)
    if (phase.name == name) fail("two phases are called " + phase.name + ", expected different names");
  model.phases.push_back({std::string(name), foreign_structure(name), 1, 1000, 5e-4});
  free_intensities(model, model.phases.size() - 1, IntensityModel::le_bail, pattern);
}

}  // namespace lamella
