// The barrier of the tetrahedral hop in O3 lattices with averaged cations, by a table: for millions of compositions.
// One crystal: `layer_barrier` of migration/layer_barrier.hpp.
//
// Convention: `BVSE` (Morse weight 1/2, screening 0.74, cutoff 10 Å, Cordero's radii). What it can and cannot is said in
// migration/site_energy.hpp: it ranks, it is no barrier of density functional theory.
#pragma once

#include <lamella/bonding/site_energy_parameters.hpp>  // detail::softbv_ions
#include <lamella/chemistry/species.hpp>               // Species, symbol
#include <lamella/core/error.hpp>                      // fail
#include <lamella/core/measured.hpp>                   // detail::fixed
#include <lamella/crystal/structure.hpp>               // Structure
#include <lamella/layered/layered_lattice.hpp>         // LayeredLattice, unit_cell
#include <lamella/migration/site_energy.hpp>           // SiteEnergy, BVSE

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

using O3Lattice = LayeredLattice<stacking::O3>;

/// An energy and its derivatives in the mirror plane of the hop: E, dE/ds, dE/dz, and the second ones ss, sz, zz; s along the
/// projection of the hop, z along c, eV and Å.
using PlaneExpansion = std::array<double, 6>;

/// The site energy of an O3 lattice as a sum: E = E_anions + Σ (charge of an element) E_element, the screened repulsion being linear
/// in the charge, and its range a matter of the element (Cordero's radii) whatever its charge.
class HopTerms {
 public:
  HopTerms(const O3Lattice& lattice, Species mobile, Species anion, std::span<const Species> elements)
      : lattice_(lattice), ions_(ions_of(elements)), field_(structure_of(lattice, mobile, anion, ions_), mobile) {
    term_of_.resize(field_.potentials().size());
    for (const auto& ion : field_.framework())
      term_of_[ion.potential] =
          ion.species == anion ? 0 : 1 + static_cast<std::size_t>(std::find(ions_.begin(), ions_.end(), ion.species) - ions_.begin());
  }

  std::size_t size() const noexcept { return 1 + ions_.size(); }

  /// The terms, that of the anions first, at (s, z) from the octahedral site.
  void expand(double s, double z, std::span<PlaneExpansion> terms) const {
    std::fill(terms.begin(), terms.end(), PlaneExpansion{});
    field_.visit(position(s, z), [&](const FrameworkIon<double>& ion, const Cartesian<double>& d) {
      const double r = std::sqrt(dot(d, d));
      const auto f = field_.potentials()[ion.potential].derivatives(r);
      const double along = (d.x * std::numbers::sqrt3 + d.y) / 2;
      const double slope = f[1] / r, bend = (f[2] - slope) / (r * r);
      const std::size_t t = term_of_[ion.potential];
      const double w = t == 0 ? 1 : 1.0 / ions_[t - 1].charge;
      PlaneExpansion& e = terms[t];
      e[0] += w * f[0];
      e[1] += w * slope * along;
      e[2] += w * slope * d.z;
      e[3] += w * (slope + bend * along * along);
      e[4] += w * bend * along * d.z;
      e[5] += w * (slope + bend * d.z * d.z);
    });
  }

  Fractional<double> position(double s, double z) const {
    const double t = s / (std::numbers::sqrt3 * lattice_.a);
    return {2 * t, t, 0.5 + z / lattice_.c};
  }
  const O3Lattice& lattice() const noexcept { return lattice_; }

 private:
  /// For each element any of its ions in the set: what depends on the charge is divided out again.
  static std::vector<Species> ions_of(std::span<const Species> elements) {
    std::vector<Species> ions;
    for (const Species element : elements) {
      std::optional<Species> found;
      for (const SoftBvIon& row : softbv_ions)
        if (!found && row.ion.atomic_number == element.atomic_number && row.ion.charge > 0) found = row.ion;
      if (!found) fail("no softBV data for " + std::string(symbol(element)) + ", expected an element of the set where barriers are asked for");
      ions.push_back(*found);
    }
    return ions;
  }

  static Structure<double> structure_of(const O3Lattice& lattice, Species mobile, Species anion, const std::vector<Species>& ions) {
    Structure<double> s;
    s.name = "O3";
    s.space_group = space_group("R-3m");
    s.cell = unit_cell(lattice);
    s.sites = {{"A", mobile, {0, 0, 0.5}, 1, 0}, {"X", anion, {0, 0, lattice.z_O}, 1, 0}};
    for (const Species ion : ions) s.sites.push_back({std::string(symbol(ion)), ion, {0, 0, 0}, 1.0 / static_cast<double>(ions.size()), 0});
    return s;
  }

  O3Lattice lattice_;
  std::vector<Species> ions_;
  SiteEnergy<BVSE> field_;
  std::vector<std::size_t> term_of_;
};

/// The sum of terms for the charges of the elements.
inline PlaneExpansion summed(std::span<const PlaneExpansion> terms, std::span<const double> charges) {
  PlaneExpansion sum = terms[0];
  for (std::size_t t = 1; t < terms.size(); ++t)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += charges[t - 1] * terms[t][i];
  return sum;
}

/// The step from a point to where the quadratic expansion is stationary, or nothing where that is no saddle.
inline std::optional<std::array<double, 2>> step_to_saddle(const PlaneExpansion& e) {
  const double determinant = e[3] * e[5] - e[4] * e[4];
  if (!(determinant < -1e-6)) return std::nullopt;
  return std::array{-(e[5] * e[1] - e[4] * e[2]) / determinant, -(e[3] * e[2] - e[4] * e[1]) / determinant};
}

/// The place (s, z) of the saddle, by Newton's method from the starts in turn.
inline std::optional<std::array<double, 2>> find_saddle(const HopTerms& hop, std::span<const double> charges,
                                                        std::span<const std::array<double, 2>> starts) {
  std::vector<PlaneExpansion> terms(hop.size());
  const double whole = hop.lattice().a / std::numbers::sqrt3;  // from the octahedral to the tetrahedral site along s
  for (auto p : starts)
    for (int round = 0; round < 40; ++round) {
      hop.expand(p[0], p[1], terms);
      const auto step = step_to_saddle(summed(terms, charges));
      if (!step) break;
      const double length = std::hypot((*step)[0], (*step)[1]), scale = length > 0.1 ? 0.1 / length : 1;
      p = {p[0] + scale * (*step)[0], p[1] + scale * (*step)[1]};
      // Between the octahedral and the tetrahedral site, and within the gap.
      if (!(p[0] > 0.2 * whole && p[0] < whole && std::abs(p[1]) < 1)) break;
      if (length < 1e-7) return p;
    }
  return std::nullopt;
}

/// Starts that suit O3 lattices of Li, Na and K: three quarters of the way, 0.3 Å off the middle of the gap.
inline std::vector<std::array<double, 2>> usual_starts(const O3Lattice& lattice) {
  std::vector<std::array<double, 2>> starts;
  for (const double share : {0.75, 0.82, 0.68, 0.6})
    for (const double z : {-0.28, -0.2, -0.4}) starts.push_back({share * lattice.a / std::numbers::sqrt3, z});
  return starts;
}

}  // namespace detail

/// The barriers of many compositions whose lattices follow from one parameter, all alkali taken out and the charges of the metals
/// averaged over their sites. The site energy is linear in the charge of each element: its terms at octahedral site and saddle of a mean
/// composition are tabulated along that parameter. For a composition they are summed, and its saddle is that of the second-order
/// expansion. Within 10⁻⁴ eV of `layer_barrier` for the cations of layered oxides (tested).
class BarrierTable {
 public:
  /// `lattices`: at least four, equally spaced in `a`. `mean_charges`: of the elements, e per formula unit. Throws where a lattice
  /// has no saddle.
  BarrierTable(std::span<const LayeredLattice<stacking::O3>> lattices, Species mobile, Species anion, std::span<const Species> elements,
               std::span<const double> mean_charges)
      : terms_(elements.size() + 1) {
    if (lattices.size() < 4 || !(lattices[1].a > lattices[0].a)) fail("barriers of less than four lattices by rising a, expected at least four");
    first_ = lattices[0].a;
    step_ = (lattices.back().a - lattices[0].a) / static_cast<double>(lattices.size() - 1);
    count_ = lattices.size();
    std::vector<detail::PlaneExpansion> at_saddle(terms_), at_site(terms_);
    std::optional<std::array<double, 2>> before;
    for (const auto& lattice : lattices) {
      const detail::HopTerms hop(lattice, mobile, anion, elements);
      auto starts = detail::usual_starts(lattice);
      if (before) starts.insert(starts.begin(), *before);
      const auto saddle = detail::find_saddle(hop, mean_charges, starts);
      if (!saddle)
        fail("no tetrahedral hop in an O3 lattice of a " + detail::fixed(lattice.a, 4) + " Å, slab " + detail::fixed(slab_thickness(lattice), 4) +
             " Å, interslab " + detail::fixed(interslab_distance(lattice), 4) + " Å, expected one with a saddle");
      before = saddle;
      hop.expand((*saddle)[0], (*saddle)[1], at_saddle);
      hop.expand(0, 0, at_site);
      for (std::size_t t = 0; t < terms_; ++t) {
        auto e = at_saddle[t];
        e[0] -= at_site[t][0];
        rows_.insert(rows_.end(), e.begin(), e.end());
      }
    }
  }

  /// Barrier (eV) in the lattice of this `a` for the charges of the elements; negative where there is none.
  double operator()(double a, std::span<const double> charges) const noexcept {
    // Cubic interpolation between four neighbouring lattices.
    const double at = (a - first_) / step_;
    const auto base = static_cast<std::size_t>(std::clamp(std::floor(at) - 1, 0.0, static_cast<double>(count_ - 4)));
    const double x = at - static_cast<double>(base);
    const std::array<double, 4> w = {(x - 1) * (x - 2) * (x - 3) / -6, x * (x - 2) * (x - 3) / 2, x * (x - 1) * (x - 3) / -2, x * (x - 1) * (x - 2) / 6};
    detail::PlaneExpansion sum{};
    for (std::size_t n = 0; n < 4; ++n) {
      const double* row = rows_.data() + (base + n) * terms_ * sum.size();
      for (std::size_t t = 0; t < terms_; ++t, row += sum.size()) {
        const double weight = t == 0 ? w[n] : w[n] * charges[t - 1];
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * row[i];
      }
    }
    const auto step = detail::step_to_saddle(sum);
    if (!step) return -1;
    return sum[0] + 0.5 * (sum[1] * (*step)[0] + sum[2] * (*step)[1]);
  }

 private:
  std::size_t terms_ = 0, count_ = 0;
  double first_ = 0, step_ = 1;
  std::vector<double> rows_;  // by lattice, term, part of the expansion
};

}  // namespace lamella::inline LAMELLA_ABI
