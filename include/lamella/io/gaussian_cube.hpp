// Volumetric grids from Gaussian cube files, as Gaussian, CP2K, VASP tools and many others write them.
//
// What is read, and how:
// - Units: bohr, as usual; Å where the three numbers of points are negative.
// - Cell: the voxel vectors times the numbers of points, skew and left-handed ones too. The box is taken as periodic.
// - Origin: fractional coordinates count from the first point of the grid; atoms are shifted accordingly.
// - Values: as written, the index along the third vector running fastest. A negative number of atoms (orbitals) or a number of
//   values per point gives as many grids.
// - Atoms: by atomic number; the column of core charges is left out, and so are atoms of number 0 (ghosts).
//
// Source: Gaussian, cubegen utility, https://gaussian.com/cubegen/.
#pragma once

#include <lamella/chemistry/element.hpp>           // detail::element_table
#include <lamella/chemistry/species.hpp>           // Species, symbol
#include <lamella/core/constants.hpp>              // bohr_radius
#include <lamella/core/error.hpp>                  // Error
#include <lamella/core/result.hpp>                 // Result
#include <lamella/crystal/structure.hpp>           // Structure, Site
#include <lamella/fields/volumetric_grid.hpp>      // VolumetricData, VolumetricGrid
#include <lamella/io/default_displacement.hpp>     // default_u_iso
#include <lamella/io/detail/grid_values.hpp>       // NumberStream
#include <lamella/io/detail/lattice_vectors.hpp>   // LatticeVectors
#include <lamella/io/detail/text.hpp>              // trimmed, show

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The grids of a cube file from text in memory; what is read is said at the top of this header. `source` names the text in
/// messages. Error where the grid is cut off, holds what is no finite number or more values than it declares, or declares more than
/// the text can hold (before anything is allocated for them).
inline Result<VolumetricData> try_parse_cube(std::string_view text, std::string source) {
  constexpr double most_atoms = 10'000'000, most_points = 100'000, largest_coordinate = 1e5;  // bohr or Å
  detail::NumberStream numbers(text, std::move(source));
  const auto integer = [&](const char* name, double most) {
    double x = 0;
    if (numbers.number(x) && (x != std::floor(x) || std::abs(x) > most))
      numbers.complain(std::string(name) + " is " + detail::show(x) + ", expected a whole number up to " + detail::show(most) + " in size");
    return numbers.fault() ? 0 : x;
  };
  VolumetricData data;
  const std::string_view comment = detail::trimmed(numbers.rest_of_line());
  data.structure.name = comment.empty() ? "cube" : std::string(comment.substr(0, 200));
  numbers.rest_of_line();

  const auto vector = [&] {
    detail::CartesianComponents v{};
    for (double& x : v)
      if (numbers.number(x) && !(std::abs(x) <= largest_coordinate))
        numbers.complain("a coordinate of " + detail::show(x) + ", expected at most " + detail::show(largest_coordinate) + " in size");
    return v;
  };
  const double stated_atoms = integer("the number of atoms", most_atoms);
  auto origin = vector();
  // Behind the origin the number of values per point, where it is not 1.
  double per_point = 1;
  if (!numbers.fault()) {
    auto line = numbers;
    if (!detail::trimmed(line.rest_of_line()).empty()) per_point = integer("the number of values per point", 1000);
    if (!numbers.fault() && per_point < 1) numbers.complain("the number of values per point is " + detail::show(per_point) + ", expected 1 or more");
  }
  std::array<std::size_t, 3> shape{};
  std::array<detail::CartesianComponents, 3> vectors{};
  std::size_t in_angstrom = 0;
  for (std::size_t d = 0; d < 3; ++d) {
    const double n = integer("the number of points along a vector", most_points);
    if (!numbers.fault() && n == 0) numbers.complain("the number of points along a vector is 0, expected 1 or more");
    if (n < 0) ++in_angstrom;
    shape[d] = static_cast<std::size_t>(std::abs(n));
    vectors[d] = vector();
    for (double& x : vectors[d]) x *= std::abs(n);
  }
  if (!numbers.fault() && in_angstrom != 0 && in_angstrom != 3)
    numbers.complain("numbers of points of both signs, expected three positive (bohr) or three negative ones (Å)");
  if (numbers.fault()) return *numbers.fault();
  const double length = in_angstrom == 3 ? 1 : bohr_radius;
  for (auto& v : vectors)
    for (double& x : v) x *= length;
  for (double& x : origin) x *= length;
  detail::LatticeVectors lattice;
  if (const auto wrong = lattice.set(vectors); !wrong.empty()) {
    numbers.complain(wrong);
    return *numbers.fault();
  }
  data.structure.cell = lattice.cell();

  std::map<std::size_t, std::size_t> labels;
  std::size_t ghosts = 0;
  for (double n = 0; n < std::abs(stated_atoms) && !numbers.fault(); ++n) {
    const std::size_t z = numbers.count("the atomic number", 0, detail::element_table.size());
    double charge = 0;
    numbers.number(charge);
    auto p = vector();
    if (numbers.fault()) break;
    if (z == 0) {
      ++ghosts;
      continue;
    }
    for (std::size_t i = 0; i < 3; ++i) p[i] = p[i] * length - origin[i];
    const Species species{static_cast<std::uint8_t>(z), 0};
    data.structure.sites.push_back(
        {std::string(symbol(species)) + std::to_string(++labels[z]), species, lattice.fractional(p), 1, default_u_iso});
  }
  if (ghosts > 0) data.notes.push_back(std::to_string(ghosts) + " atoms of atomic number 0 (ghosts) are left out");
  if (stated_atoms < 0 && !numbers.fault()) {  // the orbitals: how many, and their numbers
    per_point = static_cast<double>(numbers.count("the number of orbitals", 1, 100'000));
    double orbital = 0;
    for (double n = 0; n < per_point && !numbers.fault(); ++n) numbers.number(orbital);
  }
  if (numbers.fault() || !numbers.has_room_for(shape, static_cast<std::size_t>(per_point))) return *numbers.fault();

  VolumetricGrid grid{FieldQuantity::atomic_units, data.structure.cell, shape, {}, lattice.handedness()};
  data.grids.assign(static_cast<std::size_t>(per_point), grid);
  for (auto& g : data.grids) g.values.resize(shape[0] * shape[1] * shape[2]);
  for (std::size_t i = 0; i < shape[0]; ++i)
    for (std::size_t j = 0; j < shape[1]; ++j)
      for (std::size_t k = 0; k < shape[2]; ++k)
        for (auto& g : data.grids)
          if (!numbers.number(g.values[i + shape[0] * (j + shape[1] * k)])) return *numbers.fault();
  if (!numbers.peek().empty()) {
    numbers.complain(detail::in_quotes(numbers.peek()) + " behind the last value, expected as many values as points");
    return *numbers.fault();
  }
  return data;
}

/// `try_parse_cube` that throws the error.
inline VolumetricData parse_cube(std::string_view text, std::string source) { return try_parse_cube(text, std::move(source)).value(); }

}  // namespace lamella::inline LAMELLA_ABI
