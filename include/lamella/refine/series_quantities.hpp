// What a refined pattern of a series says of its phases: cell, layers, fractions, alkali content, each with its uncertainty.
#pragma once

#include <lamella/chemistry/composition.hpp>     // is_alkali, detail::is_anion
#include <lamella/core/dual.hpp>                 // value_of
#include <lamella/crystal/cell_contents.hpp>     // multiplicity, cell_mass
#include <lamella/crystal/unit_cell.hpp>         // volume, d_spacing
#include <lamella/diffraction/phase.hpp>         // IntensityModel
#include <lamella/diffraction/powder_model.hpp>  // PowderModel
#include <lamella/fit/derived.hpp>               // propagate
#include <lamella/layered/layer_metrology.hpp>   // measure_layers
#include <lamella/refine/series_point.hpp>       // SeriesPoint
#include <lamella/refine/series_record.hpp>      // SeriesPhase, SeriesObservation

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// Atoms of one cell that a rule counts, by their occupancies.
template <Scalar T, class Rule>
T atoms_in_cell(const Structure<T>& structure, Rule counts) {
  T sum(0.0);
  for (const auto& site : structure.sites)
    if (counts(site.species)) sum = sum + T(multiplicity(structure, site)) * site.occupancy;
  return sum;
}

/// Formula units AₓMO₂ in the cell of a layered structure: half its anions.
template <Scalar T>
double formula_units(const Structure<T>& structure) {
  return 0.5 * static_cast<double>(value_of(atoms_in_cell(structure, [](Species s) { return is_anion(s, true); })));
}

template <Scalar T>
double slab_count(const Layers<T>& layers) {
  return static_cast<double>(std::count_if(layers.layers.begin(), layers.layers.end(), [](const auto& l) { return l.is_slab; }));
}

/// An esd that is only what rounding leaves of derivatives that cancel is none: the edge a where c alone is free.
inline Measured without_rounding(Measured m) {
  constexpr double rounding = 1e-12;
  if (m.esd < rounding * std::abs(m.value)) m.esd = 0;
  return m;
}

/// The parameters of one phase among the free ones, and their share of a covariance.
struct PhaseShare {
  std::vector<FreeParameter> free;
  Eigen::MatrixXd covariance;
};

inline PhaseShare share_of(const std::vector<FreeParameter>& free, const Eigen::MatrixXd& covariance, const std::vector<std::string>& prefixes) {
  std::vector<Eigen::Index> chosen;
  PhaseShare share;
  for (std::size_t i = 0; i < free.size(); ++i)
    if (std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) { return free[i].name.starts_with(prefix); })) {
      chosen.push_back(static_cast<Eigen::Index>(i));
      share.free.push_back(free[i]);
    }
  if (covariance.size() != 0) share.covariance = covariance(chosen, chosen);
  return share;
}

}  // namespace detail

/// What is the same of the phases of a model in all patterns of a series. Phases without layers count as one formula unit in the cell.
template <CrystalModel Crystal>
std::vector<SeriesPhase> series_phases(const PowderModel<Crystal>& model) {
  std::vector<SeriesPhase> phases;
  for (const auto& phase : model.phases) {
    const auto structure = structure_of(phase.crystal);
    SeriesPhase own;
    own.name = phase.name;
    own.formula_units = own.slabs = 1;
    if (const auto layers = measure_layers(structure)) {
      own.stacking = layers->stacking;
      own.formula_units = detail::formula_units(structure);
      own.slabs = detail::slab_count(*layers);
      double mass = 0;
      for (const auto& site : structure.sites)
        if (!is_alkali(site.species)) mass += multiplicity(structure, site) * site.occupancy * element(site.species).atomic_weight;
      own.host_mass = mass / own.formula_units;
    }
    phases.push_back(std::move(own));
  }
  return phases;
}

/// The phases of a pattern as refined: `model` with the values of the point, `free` as the series has them. A layered phase has a and c of
/// its triangular lattice, whatever its cell: a = √(2A/√3) with A the area of a formula unit in its layer, c the height of `slabs`
/// repeats; they are the edges on hexagonal axes. Slab and interslab only where a structure was refined, not free intensities. Of an absent phase there is the weight fraction that its scale means, without an esd. A
/// pattern without values is not usable.
template <CrystalModel Crystal>
SeriesObservation observe(const PowderModel<Crystal>& model, const std::vector<FreeParameter>& free, const SeriesPoint& point,
                          const std::vector<SeriesPhase>& phases) {
  SeriesObservation seen;
  seen.index = point.index;
  seen.Rwp = point.Rwp;
  seen.GoF = point.GoF;
  seen.usable = point.has_values();
  if (!seen.usable) return seen;

  std::vector<std::string> all;
  for (std::size_t p = 0; p < phases.size(); ++p) {
    const std::string prefix = phases[p].name + ".";
    if (point.present[p]) all.push_back(prefix);
    PhaseObservation own;
    own.present = point.present[p];
    if (own.present) {
      const auto share = detail::share_of(free, point.covariance, {prefix});
      const double slabs = phases[p].slabs, units = phases[p].formula_units;
      if (!phases[p].stacking.empty() && measure_layers(structure_of(model.phases[p].crystal))) {
        // Geometry: a, c, volume, slab, interslab, alkali.
        const auto values = propagate<6>(model, share.free, share.covariance, [&](const auto& m) {
          using T = typename std::remove_cvref_t<decltype(m)>::scalar;
          using std::sqrt;
          const auto structure = structure_of(m.phases[p].crystal);
          const auto layers = *measure_layers(structure);
          const T slab = layers.slab_thickness(), interslab = layers.interslab_distance(), size = volume(structure.cell);
          const T area = size / (T(units) * (slab + interslab));
          const T alkali = detail::atoms_in_cell(structure, [](Species s) { return is_alkali(s); }) / T(units);
          return std::array{T(sqrt(T(2 / std::sqrt(3.0)) * area)), T(T(slabs) * (slab + interslab)), size, slab, interslab, alkali};
        });
        own.a = detail::without_rounding(values[0]);
        own.c = detail::without_rounding(values[1]);
        own.volume = values[2];
        // Free intensities say nothing of the height of the anions.
        if (model.phases[p].intensity_model == IntensityModel::structure)
          own.layers = Derived<2>{{values.value[3], values.value[4]},
                                  {{{values.covariance[3][3], values.covariance[3][4]}, {values.covariance[4][3], values.covariance[4][4]}}}};
        if (values[5].esd > 0) own.alkali = values[5];
      } else {
        const auto values = propagate<3>(model, share.free, share.covariance, [&](const auto& m) {
          const auto cell = structure_of(m.phases[p].crystal).cell;
          return std::array{cell.a, cell.c, volume(cell)};
        });
        own.a = values[0];
        own.c = values[1];
        own.volume = values[2];
      }
    }
    seen.phases.push_back(own);
  }

  const auto share = detail::share_of(free, point.covariance, all);
  for (std::size_t p = 0; p < phases.size(); ++p) {
    const auto fraction = [p](const auto& m) {
      using T = typename std::remove_cvref_t<decltype(m)>::scalar;
      T own(0.0), sum(0.0);
      for (std::size_t q = 0; q < m.phases.size(); ++q) {
        const auto structure = structure_of(m.phases[q].crystal);
        const T mass = m.phases[q].scale * cell_mass(structure) * volume(structure.cell);
        sum = sum + mass;
        if (q == p) own = mass;
      }
      return std::array{own / sum};
    };
    Measured& weight = seen.phases[p].weight_fraction;
    if (phases.size() == 1)
      weight = {1, 0};
    else if (seen.phases[p].present)
      weight = propagate<1>(model, share.free, share.covariance, fraction)[0];
    else
      weight = {fraction(model)[0], 0};
  }
  return seen;
}

/// The cell of a phase as refined: a, b, c (Å), α, β, γ (degrees), volume (Å³).
template <CrystalModel Crystal>
Derived<7> observed_cell(const PowderModel<Crystal>& model, const std::vector<FreeParameter>& free, const SeriesPoint& point, std::size_t phase) {
  const auto share = detail::share_of(free, point.covariance, {model.phases[phase].name + "."});
  return propagate<7>(model, share.free, share.covariance, [phase](const auto& m) {
    const auto c = structure_of(m.phases[phase].crystal).cell;
    return std::array{c.a, c.b, c.c, c.alpha, c.beta, c.gamma, volume(c)};
  });
}

}  // namespace lamella
