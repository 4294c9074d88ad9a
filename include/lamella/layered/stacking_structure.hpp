// The crystal of any layer word: cell, space group and sites from a, the layer distances and what fills the layers.
#pragma once

#include <lamella/chemistry/composition.hpp>      // partition
#include <lamella/chemistry/formula.hpp>          // Formula
#include <lamella/core/error.hpp>                 // fail
#include <lamella/core/scalar.hpp>                // Scalar
#include <lamella/crystal/structure.hpp>          // Structure, Site
#include <lamella/layered/stacking.hpp>           // stacking::name
#include <lamella/layered/stacking_symmetry.hpp>  // StackingSymmetry, AlkaliFilling

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The free lengths of an ideal stacking, Å.
template <Scalar T = double>
struct LayerDistances {
  T a{};          ///< edge of the triangular lattice
  T slab{};       ///< slab thickness d(O–TM–O)
  T interslab{};  ///< interslab distance d(O–A–O)
};

/// The space group of a stacking whose alkali sites are filled so, in the setting of `StackingSymmetry`.
inline SpaceGroup space_group(const StackingSymmetry& symmetry) {
  std::vector<SymmetryOperation> generators;
  for (std::string_view rest = symmetry.generators(); !rest.empty();) {
    const std::size_t end = rest.find(';');
    generators.push_back(parse_operation(rest.substr(0, end)));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return SpaceGroup::generated_by(generators, std::string(symmetry.space_group()),
                                  symmetry.space_group_number());
}

namespace detail {

/// Height of a site in fractions of c.
template <Scalar T>
T site_height(const StackingSite& site, std::size_t slabs, const LayerDistances<T>& d) {
  const double n = static_cast<double>(slabs);
  const T middle(site.half_repeats / (2 * n));
  if (site.side == 0) return middle;
  return middle + T(0.5 * site.side / n) * d.slab / (d.slab + d.interslab);
}

}  // namespace detail

/// The crystal AxMO2 of any layer word: hexagonal axes, the space group of the word with this filling, and the sites of its
/// asymmetric unit; the alkali of the formula spreads evenly over the sites that `filling` chooses and sits in the middle of
/// the gap. U (Å²) is 0.012 for alkali, 0.005 for metals and 0.008 for oxygen. P3 becomes R3m with `prism_over_metal` or
/// `prism_over_oxygen` (the same crystal in two orientations), R-3m with `all` or `none`.
/// Throws unless the lengths are positive and finite, the formula has at most one alkali and one slab cation per formula unit
/// and a single anion, and the filling chooses a site in some gap if and only if there is alkali.
template <Scalar T>
Structure<T> stacking_structure(const StackingSequence& sequence, const LayerDistances<T>& distances,
                                const Formula& formula, AlkaliFilling filling = AlkaliFilling::all) {
  const auto positive = [](const T& x) { return T(0.0) < x && x < T(1e6); };
  if (!positive(distances.a) || !positive(distances.slab) || !positive(distances.interslab))
    fail("crystal of a stacking: positive a, slab thickness and interslab distance in Å expected");
  const Sublattices layers = partition(formula);
  constexpr double rounding = 1e-6;
  if (layers.alkali.total() > 1 + rounding || layers.slab.total() > 1 + rounding || layers.anion.size() != 1)
    fail("crystal of a stacking of " + to_string(formula) +
         ": expected at most one alkali and one slab cation per formula unit AxMO2 and a single anion");
  if ((layers.alkali.size() == 0) != (filling == AlkaliFilling::none))
    fail("crystal of a stacking of " + to_string(formula) +
         (layers.alkali.size() == 0
              ? ": no alkali for the sites of this filling, expected AlkaliFilling::none"
              : ": no sites for the alkali, expected a filling other than AlkaliFilling::none"));
  const StackingSymmetry symmetry(sequence, filling);
  const std::size_t slabs = symmetry.slabs();
  const T c = T(static_cast<double>(slabs)) * (distances.slab + distances.interslab);
  Structure<T> structure{std::string(stacking::name(sequence).view()),
                         space_group(symmetry),
                         hexagonal_cell(distances.a, c),
                         {}};
  std::size_t number = 0;
  StackingSiteKind last = StackingSiteKind::alkali;
  for (const StackingSite& site : symmetry) {
    number = site.kind == last ? number + 1 : 1;
    last = site.kind;
    const Formula& content = site.kind == StackingSiteKind::alkali  ? layers.alkali
                             : site.kind == StackingSiteKind::metal ? layers.slab
                                                                    : layers.anion;
    const double share = site.kind == StackingSiteKind::alkali  ? 1 / symmetry.alkali_sites_per_formula_unit()
                         : site.kind == StackingSiteKind::metal ? 1.0
                                                                : 0.5;
    const double u = site.kind == StackingSiteKind::alkali  ? 0.012
                     : site.kind == StackingSiteKind::metal ? 0.005
                                                            : 0.008;
    const Fractional<T> position{T(site.x()), T(site.y()), detail::site_height(site, slabs, distances)};
    for (const auto& term : content)
      structure.sites.push_back({std::string(element(term.species).symbol) + std::to_string(number),
                                 term.species, position, T(share * term.amount), T(u)});
  }
  return structure;
}

}  // namespace lamella::inline LAMELLA_ABI
