// A crystal structure: cell, space group and the sites of the asymmetric unit.
#pragma once

#include <lamella/chemistry/species.hpp>    // Species
#include <lamella/core/error.hpp>           // fail
#include <lamella/core/scalar.hpp>          // Scalar
#include <lamella/crystal/coordinates.hpp>  // Fractional
#include <lamella/crystal/space_group.hpp>  // SpaceGroup
#include <lamella/crystal/unit_cell.hpp>    // UnitCell, metric, reciprocal_metric

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Anisotropic mean square displacements U_ij, Å², in the axes of the reciprocal cell: the temperature factor of hkl is
/// exp(−2π² Σ U_ij h_i h_j a*_i a*_j) (the convention of CIF).
template <Scalar T = double>
struct AnisotropicDisplacement {
  T U11{}, U22{}, U33{}, U12{}, U13{}, U23{};

  template <Scalar U>
  using rebind = AnisotropicDisplacement<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("U11", self.U11...);
    visit("U22", self.U22...);
    visit("U33", self.U33...);
    visit("U12", self.U12...);
    visit("U13", self.U13...);
    visit("U23", self.U23...);
  }
};

/// The isotropic displacement equivalent to a tensor, Å²: U_eq = 1/3 Σ U_ij a*_i a*_j a_i·a_j, a third of the trace in Cartesian
/// axes. R. X. Fischer & E. Tillmanns, Acta Cryst. C44 (1988) 775.
template <Scalar T>
T equivalent_displacement(const UnitCell<T>& cell, const AnisotropicDisplacement<T>& u) {
  using std::sqrt;
  const auto g = metric(cell);
  const auto r = reciprocal_metric(cell);
  const T a = sqrt(r.xx), b = sqrt(r.yy), c = sqrt(r.zz);
  return T(1.0 / 3) * (u.U11 * a * a * g.xx + u.U22 * b * b * g.yy + u.U33 * c * c * g.zz +
                       T(2.0) * (u.U12 * a * b * g.xy + u.U13 * a * c * g.xz + u.U23 * b * c * g.yz));
}

/// One species on one site of the asymmetric unit. A site shared by several species is listed once for each.
template <Scalar T = double>
struct Site {
  std::string label;  ///< e.g. "Na1"; part of the parameter names
  Species species;    ///< element or ion: decides the form factor
  Fractional<T> position{};
  T occupancy{1};  ///< fraction of the site, 0-1
  T u_iso{};       ///< isotropic mean square displacement U, Å²
  std::optional<AnisotropicDisplacement<T>> u_aniso{};  ///< in place of `u_iso` where there is one

  template <Scalar U>
  using rebind = Site<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    Fractional<T>::parameters(visit, self.position, others.position...);
    visit("occupancy", self.occupancy, others.occupancy...);
    if (self.u_aniso)
      AnisotropicDisplacement<T>::parameters(visit, *self.u_aniso, *others.u_aniso...);
    else
      visit("Uiso", self.u_iso, others.u_iso...);
  }
};

/// A crystal structure.
template <Scalar T = double>
struct Structure {
  using scalar = T;

  std::string name;  ///< e.g. "O3_NaCrO2"
  SpaceGroup space_group;
  UnitCell<T> cell{};
  std::vector<Site<T>> sites;  ///< the asymmetric unit

  template <Scalar U>
  using rebind = Structure<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    visit("cell", self.cell, others.cell...);
    for (std::size_t i = 0; i < self.sites.size(); ++i)
      visit(self.sites[i].label, self.sites[i], others.sites[i]...);
  }
};

/// The same structure on another scalar: names copied, values converted, derivatives zero.
template <Scalar U>
Structure<U> rebound(const Structure<double>& s) {
  Structure<U> r{s.name, s.space_group, {}, {}};
  r.cell = {U(s.cell.a), U(s.cell.b), U(s.cell.c), U(s.cell.alpha), U(s.cell.beta), U(s.cell.gamma)};
  for (const auto& site : s.sites) {
    r.sites.push_back({site.label,
                       site.species,
                       {U(site.position.x), U(site.position.y), U(site.position.z)},
                       U(site.occupancy),
                       U(site.u_iso),
                       {}});
    if (const auto& u = site.u_aniso) r.sites.back().u_aniso = {U(u->U11), U(u->U22), U(u->U33), U(u->U12), U(u->U13), U(u->U23)};
  }
  return r;
}

/// The number of positions in the cell that symmetry generates from a site (its multiplicity). Images closer
/// than 2·10⁻³ of a cell edge count as one, so that coordinates rounded to three digits (0.333, 0.667) still lie on their
/// special position. Throws where a coordinate is not finite.
inline std::size_t multiplicity(const SpaceGroup& group, const Fractional<double>& position) {
  const auto same = [](double x, double y) { return std::abs(x - y - std::round(x - y)) < 2e-3; };
  std::size_t stabilizer = 0;
  for (const auto& op : group.operations()) {
    const auto image = op(position);
    if (same(image.x, position.x) && same(image.y, position.y) && same(image.z, position.z)) ++stabilizer;
  }
  if (stabilizer == 0) fail("a position that is not finite has no multiplicity, expected fractional coordinates");
  return group.order() / stabilizer;
}

}  // namespace lamella::inline LAMELLA_ABI
