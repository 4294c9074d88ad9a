// All atoms of a cell: the images of every site.
#pragma once

#include <lamella/core/error.hpp>           // fail
#include <lamella/core/scalar.hpp>          // Scalar, value_of
#include <lamella/crystal/coordinates.hpp>  // Fractional
#include <lamella/crystal/structure.hpp>    // Structure

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// One image of a site of the asymmetric unit.
template <Scalar T = double>
struct CellAtom {
  Fractional<T> position{};
  std::size_t site = 0;  ///< index into the sites of the structure
};

/// All atoms of the cell, site by site, the site's own position first. Images closer than 2·10⁻³ of a cell edge count as one, as
/// in `multiplicity`. Throws where a coordinate is not finite.
template <Scalar T>
std::vector<CellAtom<T>> cell_atoms(const Structure<T>& structure) {
  std::vector<CellAtom<T>> atoms;
  const auto same = [](const T& x, const T& y) {
    const double d = static_cast<double>(value_of(x)) - static_cast<double>(value_of(y));
    return std::abs(d - std::round(d)) < 2e-3;
  };
  for (std::size_t s = 0; s < structure.sites.size(); ++s) {
    const auto& position = structure.sites[s].position;
    if (!std::isfinite(static_cast<double>(value_of(position.x + position.y + position.z))))
      fail("site " + structure.sites[s].label +
           " is not at a finite position, expected fractional coordinates");
    const auto first = static_cast<std::ptrdiff_t>(atoms.size());
    for (const auto& op : structure.space_group.operations()) {
      const auto p = op(position);
      const bool known = std::any_of(atoms.begin() + first, atoms.end(), [&](const auto& a) {
        return same(a.position.x, p.x) && same(a.position.y, p.y) && same(a.position.z, p.z);
      });
      if (!known) atoms.push_back({p, s});
    }
  }
  return atoms;
}

}  // namespace lamella::inline LAMELLA_ABI
