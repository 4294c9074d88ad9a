// What a unit cell holds: its formula and mass.
#pragma once

#include <lamella/chemistry/element.hpp>      // element
#include <lamella/chemistry/formula.hpp>      // Formula
#include <lamella/core/scalar.hpp>            // Scalar, value_of
#include <lamella/crystal/coordinates.hpp>    // Fractional
#include <lamella/crystal/structure.hpp>      // Structure, multiplicity

#include <cmath>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// How often the cell repeats a site.
template <Scalar T>
double multiplicity(const Structure<T>& structure, const Site<T>& site) {
  const auto plain = [](const T& x) { return static_cast<double>(value_of(x)); };
  return static_cast<double>(multiplicity(
      structure.space_group, Fractional<double>{plain(site.position.x), plain(site.position.y), plain(site.position.z)}));
}

/// The atoms of one cell.
template <Scalar T>
Formula cell_formula(const Structure<T>& structure) {
  Formula formula;
  for (const auto& site : structure.sites)
    formula.add(site.species, multiplicity(structure, site) * static_cast<double>(value_of(site.occupancy)));
  return formula;
}

namespace detail {

/// The atoms of one cell as text, to 1e-6: shares of mean charges make amounts of many digits.
template <Scalar T>
std::string cell_text(const Structure<T>& structure) {
  Formula rounded;
  for (const auto& [species, amount] : cell_formula(structure)) rounded.add(species, std::round(amount * 1e6) / 1e6);
  return to_string(rounded);
}

}  // namespace detail

/// Mass of the atoms of one cell, unified atomic mass units (g/mol of cells).
template <Scalar T>
T cell_mass(const Structure<T>& structure) {
  T mass(0.0);
  for (const auto& site : structure.sites)
    mass = mass + T(multiplicity(structure, site) * element(site.species).atomic_weight) * site.occupancy;
  return mass;
}

}  // namespace lamella
