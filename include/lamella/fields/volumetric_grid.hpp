// A scalar field on the points of a periodic grid: electron localisation, charge density, potential.
#pragma once

#include <lamella/core/constants.hpp>       // bohr_radius
#include <lamella/core/error.hpp>           // fail
#include <lamella/crystal/coordinates.hpp>  // Fractional
#include <lamella/crystal/structure.hpp>    // Structure
#include <lamella/crystal/unit_cell.hpp>    // UnitCell, volume, require_valid

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What the values of a grid are, and by which convention.
enum class FieldQuantity : std::uint8_t {
  electron_localisation,       ///< the electron localisation function, 0 to 1, as in VASP's ELFCAR
  charge_times_volume,         ///< electron density times volume of the cell, electrons, as in VASP's CHGCAR
  magnetisation_times_volume,  ///< (spin up − spin down, or a component of it) times volume, μ_B, as in VASP's CHGCAR
  potential,                   ///< potential energy of an electron, eV, as in VASP's LOCPOT
  atomic_units,                ///< whatever a cube file holds, which does not say: densities are in e bohr⁻³
};

/// Name of a quantity for people.
constexpr std::string_view to_string(FieldQuantity quantity) noexcept {
  switch (quantity) {
    case FieldQuantity::electron_localisation: return "electron localisation function";
    case FieldQuantity::charge_times_volume: return "electron density times cell volume";
    case FieldQuantity::magnetisation_times_volume: return "magnetisation density times cell volume";
    case FieldQuantity::potential: return "potential";
    case FieldQuantity::atomic_units: break;
  }
  return "quantity in atomic units";
}

/// Unit of the values of a quantity.
constexpr std::string_view value_unit(FieldQuantity quantity) noexcept {
  switch (quantity) {
    case FieldQuantity::electron_localisation: return "1";
    case FieldQuantity::charge_times_volume: return "electrons";
    case FieldQuantity::magnetisation_times_volume: return "Bohr magnetons";
    case FieldQuantity::potential: return "eV";
    case FieldQuantity::atomic_units: break;
  }
  return "atomic units";
}

/// Unit of `integral` of a quantity.
constexpr std::string_view integral_unit(FieldQuantity quantity) noexcept {
  switch (quantity) {
    case FieldQuantity::electron_localisation: return "Å³";
    case FieldQuantity::potential: return "eV Å³";
    case FieldQuantity::atomic_units: return "atomic units × bohr³";
    default: return value_unit(quantity);
  }
}

/// Values at the points of a grid that divides each edge of a cell into equal steps; the cell repeats in all directions, and
/// the far faces, being images of the near ones, hold no points of their own.
struct VolumetricGrid {
  FieldQuantity quantity = FieldQuantity::electron_localisation;
  UnitCell<double> cell{};
  std::array<std::size_t, 3> shape{};  ///< points along a, b, c
  /// At index i + shape[0]·(j + shape[1]·k); unit: `value_unit`.
  std::vector<double> values;
  /// −1 where the vectors of the file are left-handed: its index i then stands for −i/shape[0] of the (right-handed) cell.
  double handedness = 1;

  double operator()(std::size_t i, std::size_t j, std::size_t k) const { return values[i + shape[0] * (j + shape[1] * k)]; }

  /// Where a point lies, fractions of the cell.
  Fractional<double> position(std::size_t i, std::size_t j, std::size_t k) const {
    const auto along = [&](std::size_t n, std::size_t d) { return handedness * static_cast<double>(n) / static_cast<double>(shape[d]); };
    return {along(i, 0), along(j, 1), along(k, 2)};
  }
};

/// Grids of one cell and its atoms, as one file holds them.
struct VolumetricData {
  Structure<double> structure;        ///< the atoms, in P1; without sites where the file does not name the elements
  std::vector<VolumetricGrid> grids;  ///< the first, and those that follow it (spin, further orbitals)
  std::vector<std::string> notes;     ///< what the file leaves open
};

/// Throws unless the cell is possible and there is a value for each point.
inline void require_valid(const VolumetricGrid& grid) {
  require_valid(grid.cell);
  const auto& n = grid.shape;
  if (n[0] == 0 || n[1] == 0 || n[2] == 0 || grid.values.size() / n[0] / n[1] != n[2] || grid.values.size() % (n[0] * n[1]) != 0)
    fail("a grid of " + std::to_string(n[0]) + " × " + std::to_string(n[1]) + " × " + std::to_string(n[2]) + " points with " +
         std::to_string(grid.values.size()) + " values, expected one for each point");
}

namespace detail {

/// `x`, a result of sums over values. Throws where values were not finite.
inline double finite_field(double x) {
  if (!std::isfinite(x)) fail("a grid holds values that are not finite, expected numbers");
  return x;
}

}  // namespace detail

/// Mean of the values, `value_unit`. Throws where a value is not finite.
inline double mean(const VolumetricGrid& grid) {
  require_valid(grid);
  double sum = 0;
  // By rows: the partial sums are small, and so is the rounding.
  for (std::size_t row = 0; row < grid.values.size(); row += grid.shape[0]) {
    double part = 0;
    for (std::size_t i = 0; i < grid.shape[0]; ++i) part += grid.values[row + i];
    sum += part;
  }
  return detail::finite_field(sum / static_cast<double>(grid.values.size()));
}

/// Integral over the cell, `integral_unit`: the number of electrons or Bohr magnetons where the values are densities times
/// volume, else mean times volume (in Å³; for atomic units in bohr³, electrons of a density in e bohr⁻³).
inline double integral(const VolumetricGrid& grid) {
  const double average = mean(grid);
  switch (grid.quantity) {
    case FieldQuantity::charge_times_volume:
    case FieldQuantity::magnetisation_times_volume: return average;
    case FieldQuantity::atomic_units: return average * volume(grid.cell) / (bohr_radius * bohr_radius * bohr_radius);
    default: return average * volume(grid.cell);
  }
}

/// A value of a grid and the point that holds it.
struct GridExtremum {
  double value = 0;
  std::array<std::size_t, 3> index{};
};

namespace detail {

inline GridExtremum extremum_at(const VolumetricGrid& grid, std::vector<double>::const_iterator at) {
  const auto n = static_cast<std::size_t>(at - grid.values.begin());
  return {finite_field(*at), {n % grid.shape[0], n / grid.shape[0] % grid.shape[1], n / (grid.shape[0] * grid.shape[1])}};
}

}  // namespace detail

/// The smallest value; of equal ones the first in the order of `values`.
inline GridExtremum minimum(const VolumetricGrid& grid) {
  require_valid(grid);
  return detail::extremum_at(grid, std::min_element(grid.values.begin(), grid.values.end()));
}

/// The largest value; of equal ones the first in the order of `values`.
inline GridExtremum maximum(const VolumetricGrid& grid) {
  require_valid(grid);
  return detail::extremum_at(grid, std::max_element(grid.values.begin(), grid.values.end()));
}

/// The field at any position, by trilinear interpolation between the eight points around it, across the faces of the cell too:
/// exact at the points, never beyond the values around. Throws where the position or a value is not finite.
inline double value_at(const VolumetricGrid& grid, const Fractional<double>& position) {
  require_valid(grid);
  std::array<std::array<std::size_t, 2>, 3> index{};
  std::array<double, 3> share{};  // of the upper neighbour
  const std::array<double, 3> p = {position.x, position.y, position.z};
  for (std::size_t d = 0; d < 3; ++d) {
    if (!std::isfinite(p[d])) fail("a position that is not finite, expected fractional coordinates");
    const double n = static_cast<double>(grid.shape[d]);
    const double inside = grid.handedness * p[d] - std::floor(grid.handedness * p[d]);  // 1 where rounding makes it so
    const double steps = std::floor(inside * n);
    const auto below = static_cast<std::size_t>(steps);
    share[d] = inside * n - steps;
    index[d] = {below % grid.shape[d], (below + 1) % grid.shape[d]};
  }
  double value = 0;
  for (const std::size_t k : {0U, 1U})
    for (const std::size_t j : {0U, 1U})
      for (const std::size_t i : {0U, 1U}) {
        const double weight = (i == 1 ? share[0] : 1 - share[0]) * (j == 1 ? share[1] : 1 - share[1]) * (k == 1 ? share[2] : 1 - share[2]);
        if (weight != 0) value += weight * grid(index[0][i], index[1][j], index[2][k]);
      }
  return detail::finite_field(value);
}

}  // namespace lamella::inline LAMELLA_ABI
