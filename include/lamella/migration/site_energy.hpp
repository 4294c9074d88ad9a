// Bond-valence site energy: what an ion gains or loses by sitting at a point of a rigid framework of ions.
//
//   E(r) = Σ w D_0 ((exp(α (R_min − R)) − 1)² − 1)                over the counter-ions,
//        + Σ 14.4 eV Å q q'/√(n n') erfc(R/(f (r + r')))/R        over the ions of like charge,
//
// to the cutoff, with the softBV set's Morse parameters and principal quantum numbers n, covalent radii r, and the screening
// factor f. All ions of the mobile element are taken out of the framework, nothing relaxes, and mobile ions do not see each other.
//
// The weight w of the Morse term differs between programs, and the barrier with it by a factor of about 1.9: it is part of the
// type. `BVSE` counts the term half (BVlain, ions, softBV's site energy), `BVEL` whole (FullProf's Bond_Str).
//
// What it can and cannot: it ranks frameworks and paths, and it tells how a barrier follows the geometry (between two O3 cathodes
// −18.5 % at the same a and −21.1 % with a from 2.96 to 3.00 Å, where calculations from first principles give −17.7 %). It does not
// give the barrier: for layered oxides its values are 2 to 5 times those of nudged elastic bands from density functional theory,
// nearly twice that again with `BVEL`. Never quote one for the other.
//
// Sources: S. Adams & R. P. Rao, in Bond Valences (Structure and Bonding 158, 2014) 129-159;
// H. Chen, L. L. Wong & S. Adams, Acta Cryst. B75 (2019) 18.
#pragma once

#include <lamella/bonding/site_energy_parameters.hpp>  // softbv_pair, softbv_ion, covalent_radius, CovalentRadii
#include <lamella/core/error.hpp>                      // fail
#include <lamella/core/measured.hpp>                   // detail::fixed
#include <lamella/core/scalar.hpp>                     // Scalar, value_of
#include <lamella/crystal/coordinates.hpp>             // Fractional, Cartesian
#include <lamella/crystal/structure.hpp>               // Structure
#include <lamella/crystal/unit_cell.hpp>               // CartesianAxes, require_valid
#include <lamella/layered/detail/anion_planes.hpp>     // atoms_of

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Site energy with the Morse term counted half, as BVlain, ions and softBV do. Barriers of this and of `BVEL` do not compare.
struct BVSE {
  static constexpr double morse_weight = 0.5;
  double screening = 0.74;                        ///< f of the Coulomb term, dimensionless
  double cutoff = 10;                             ///< of both sums, Å
  CovalentRadii radii = CovalentRadii::cordero;
};

/// Site energy with the whole Morse term, as the bond-valence energy landscapes of FullProf.
struct BVEL {
  static constexpr double morse_weight = 1;
  double screening = 0.74;
  double cutoff = 10;
  CovalentRadii radii = CovalentRadii::cordero;
};

/// What names a convention of the site energy.
template <class C>
concept SiteEnergyConvention = requires(const C& c) {
  { C::morse_weight } -> std::convertible_to<double>;
  { c.screening } -> std::convertible_to<double>;
  { c.cutoff } -> std::convertible_to<double>;
  { c.radii } -> std::convertible_to<CovalentRadii>;
};

/// The convention of a site energy at run time, for output.
struct SiteEnergySettings {
  double morse_weight = 0;
  double screening = 0;  ///< f, dimensionless
  double cutoff = 0;     ///< Å
  CovalentRadii radii = CovalentRadii::cordero;
};

/// Interaction of the mobile ion with one ion of the framework at a distance R in Å: a Morse term or a screened Coulomb term.
struct SitePotential {
  double depth = 0, alpha = 0, r_min = 0;  ///< w D_0 in eV, α in Å⁻¹, R_min in Å; depth 0: no Morse term
  double strength = 0, range = 0;          ///< 14.4 q q'/√(n n') in eV Å and f (r + r') in Å; strength 0: no Coulomb term

  bool operator==(const SitePotential&) const = default;

  /// Energy at distance `r`, eV.
  template <Scalar T>
  T operator()(const T& r) const {
    using std::erfc, std::exp;
    T energy(0.0);
    if (depth != 0) {
      const T e = exp(T(alpha) * (T(r_min) - r));
      energy += T(depth) * (e * e - T(2.0) * e);
    }
    if (strength != 0) energy += T(strength) * erfc(r / T(range)) / r;
    return energy;
  }

  /// Energy (eV) and its first and second derivative with respect to the distance (eV/Å, eV/Å²).
  std::array<double, 3> derivatives(double r) const {
    std::array<double, 3> f{};
    if (depth != 0) {
      const double e = std::exp(alpha * (r_min - r));
      f = {depth * (e * e - 2 * e), -2 * alpha * depth * (e * e - e), 2 * alpha * alpha * depth * (2 * e * e - e)};
    }
    if (strength != 0) {
      const double c = std::erfc(r / range) / r;
      const double g = 2 * std::numbers::inv_sqrtpi / range * std::exp(-(r / range) * (r / range));
      f[0] += strength * c;
      f[1] -= strength * (c + g) / r;
      f[2] += strength * (2 * (c + g) / (r * r) + 2 * g / (range * range));
    }
    return f;
  }
};

/// An ion of the framework: where it is, how much of it, and which of the potentials it has.
template <Scalar T = double>
struct FrameworkIon {
  Fractional<T> position;
  double occupancy = 0;
  std::size_t potential = 0;
  Species species;
};

/// Energy of the mobile ion at a point with its derivatives along the Cartesian axes of the cell.
struct SiteEnergyExpansion {
  double energy = 0;                                ///< eV
  std::array<double, 3> gradient{};                 ///< eV/Å
  std::array<std::array<double, 3>, 3> hessian{};   ///< eV/Å²
};

/// The site energy of one ion in one framework, whatever the convention: what the grid, the percolation and the hops are computed
/// from. Made by `SiteEnergy`, whose type names the convention.
template <Scalar T = double>
class SiteEnergyField {
 public:
  /// Energy of the mobile ion at a point, eV: the exact sum over all ions within the cutoff. Infinite sums cannot occur; at the
  /// place of an ion of like charge, where the energy diverges, it is that at 10⁻³ Å.
  T operator()(const Fractional<T>& point) const {
    T energy(0.0);
    visit(point, [&](const FrameworkIon<T>& ion, const Cartesian<T>& d) {
      using std::sqrt;
      const T square = dot(d, d);
      const T r = value_of(square) < nearest * nearest ? T(nearest) : sqrt(square);
      energy += T(ion.occupancy) * potentials_[ion.potential](r);
    });
    return energy;
  }

  /// The energy with its gradient and second derivatives at a point, by the analytic derivatives of the pair potentials.
  SiteEnergyExpansion expansion(const Fractional<double>& point) const
    requires std::same_as<T, double>
  {
    SiteEnergyExpansion result;
    visit(point, [&](const FrameworkIon<double>& ion, const Cartesian<double>& d) {
      const double r = std::max(std::sqrt(dot(d, d)), nearest);
      const auto f = potentials_[ion.potential].derivatives(r);
      const double slope = ion.occupancy * f[1] / r;
      const double bend = (ion.occupancy * f[2] - slope) / (r * r);
      const std::array v{d.x, d.y, d.z};
      result.energy += ion.occupancy * f[0];
      for (std::size_t i = 0; i < 3; ++i) {
        result.gradient[i] += slope * v[i];
        result.hessian[i][i] += slope;
        for (std::size_t j = 0; j < 3; ++j) result.hessian[i][j] += bend * v[i] * v[j];
      }
    });
    return result;
  }

  const UnitCell<T>& cell() const noexcept { return cell_; }
  const CartesianAxes<T>& axes() const noexcept { return axes_; }
  Species mobile() const noexcept { return mobile_; }
  const SiteEnergySettings& settings() const noexcept { return settings_; }
  const std::vector<FrameworkIon<T>>& framework() const noexcept { return framework_; }
  const std::vector<SitePotential>& potentials() const noexcept { return potentials_; }
  /// Charge of the cell with its mobile ions, in units of e: other than 0, the oxidation states are not balanced.
  double net_charge() const noexcept { return net_charge_; }

  /// Calls `visitor(ion, d)` for every ion of the framework within the cutoff of `point`; d leads from the ion to the point, Å.
  template <class Visitor>
  void visit(const Fractional<T>& point, Visitor&& visitor) const {
    const auto plain = [](const T& x) { return static_cast<double>(value_of(x)); };
    const double a_x = plain(axes_.a_x), b_x = plain(axes_.b_x), b_y = plain(axes_.b_y), c_x = plain(axes_.c_x),
                 c_y = plain(axes_.c_y), c_z = plain(axes_.c_z);
    const double square = settings_.cutoff * settings_.cutoff;
    for (const FrameworkIon<T>& ion : framework_) {
      const Fractional<T> from{point.x - ion.position.x, point.y - ion.position.y, point.z - ion.position.z};
      const double x = plain(from.x), y = plain(from.y), z = plain(from.z);
      // c alone leads out of the plane of a and b, b alone out of the line of a: the images in the sphere are found exactly.
      const double reach_z = settings_.cutoff / c_z;
      for (double k = std::ceil(-z - reach_z); k <= reach_z - z; ++k) {
        const double d_z = c_z * (z + k);
        const double across = square - d_z * d_z;
        if (across < 0) continue;
        const double reach_y = std::sqrt(across) / b_y, y_0 = y + c_y / b_y * (z + k);
        for (double j = std::ceil(-y_0 - reach_y); j <= reach_y - y_0; ++j) {
          const double d_y = b_y * (y_0 + j);
          const double along = across - d_y * d_y;
          if (along < 0) continue;
          const double reach_x = std::sqrt(along) / a_x, x_0 = x + (b_x * (y + j) + c_x * (z + k)) / a_x;
          for (double i = std::ceil(-x_0 - reach_x); i <= reach_x - x_0; ++i)
            visitor(ion, axes_(Fractional<T>{from.x + T(i), from.y + T(j), from.z + T(k)}));
        }
      }
    }
  }

 protected:
  SiteEnergyField(const Structure<T>& structure, Species mobile, const SiteEnergySettings& settings)
      : cell_(structure.cell), axes_(cartesian_axes(structure.cell)), mobile_(mobile), settings_(settings) {
    require_settings();
    require_valid(plain_cell(structure.cell));
    add_ions(structure);
  }

 private:
  static constexpr double nearest = 1e-3;  // Å

  static UnitCell<double> plain_cell(const UnitCell<T>& c) {
    const auto plain = [](const T& x) { return static_cast<double>(value_of(x)); };
    return {plain(c.a), plain(c.b), plain(c.c), plain(c.alpha), plain(c.beta), plain(c.gamma)};
  }

  void require_settings() const {
    const std::string text = "site energy of " + to_string(mobile_) + ": ";
    if (mobile_.atomic_number == 0 || mobile_.charge == 0) fail(text + "expected an ion such as Na+ that moves");
    if (!(settings_.cutoff >= 3 && settings_.cutoff <= 30))
      fail(text + "cutoff " + to_string(Measured{settings_.cutoff, 0}) + " Å, expected 3 to 30 Å");
    if (!(settings_.screening > 0.1 && settings_.screening < 10))
      fail(text + "screening factor " + to_string(Measured{settings_.screening, 0}) + ", expected 0.1 to 10");
  }

  void add_ions(const Structure<T>& structure) {
    const auto finite = [](const T& x) { return std::isfinite(static_cast<double>(value_of(x))); };
    bool present = false;
    for (const auto& site : structure.sites) {
      const double occupancy = static_cast<double>(value_of(site.occupancy));
      if (!finite(site.position.x) || !finite(site.position.y) || !finite(site.position.z))
        fail("site " + site.label + ": a coordinate is not finite, expected fractions of the cell edges");
      if (!(occupancy >= 0 && occupancy <= 1.0001))
        fail("site " + site.label + ": occupancy " + to_string(Measured{occupancy, 0}) + ", expected 0 to 1");
      if (site.species.atomic_number == mobile_.atomic_number) present = true;
      else if (site.species.charge == 0 && site.species != vacancy && occupancy > 0)
        fail("site " + site.label + ": no oxidation state of " + to_string(site.species) +
             ", expected an ion (in the structure file, or stated beside it)");
    }
    if (!present)
      fail("no " + std::string(symbol(mobile_)) + " in " + (structure.name.empty() ? "the structure" : structure.name) +
           ", expected the mobile ion among its sites");
    const auto atoms = detail::atoms_of(structure);
    require_apart(atoms);
    std::vector<Species> known;
    for (const auto& atom : atoms) {
      if (atom.species.atomic_number == mobile_.atomic_number) {
        net_charge_ += atom.occupancy * (atom.species.charge != 0 ? atom.species.charge : mobile_.charge);
        continue;
      }
      if (atom.species == vacancy || atom.occupancy == 0) continue;
      net_charge_ += atom.occupancy * atom.species.charge;
      const auto found = std::find(known.begin(), known.end(), atom.species);
      const auto potential = static_cast<std::size_t>(found - known.begin());
      if (found == known.end()) {
        known.push_back(atom.species);
        potentials_.push_back(potential_of(atom.species));
      }
      framework_.push_back({atom.position, atom.occupancy, potential, atom.species});
    }
    if (framework_.empty()) fail("site energy of " + to_string(mobile_) + ": no other ions, expected a framework");
  }

  SitePotential potential_of(Species ion) const {
    SitePotential p;
    if (ion.charge * mobile_.charge < 0) {
      const SoftBvPair& pair = mobile_.charge > 0 ? softbv_pair(mobile_, ion) : softbv_pair(ion, mobile_);
      p.depth = settings_.morse_weight * pair.D_0;
      p.alpha = pair.alpha();
      p.r_min = pair.R_min;
    } else {
      constexpr double coulomb = 14.4;  // e²/(4π ε_0) as the set rounds it, eV Å
      const double n = softbv_ion(ion).principal_quantum_number, m = softbv_ion(mobile_).principal_quantum_number;
      p.strength = coulomb * ion.charge * mobile_.charge / std::sqrt(n * m);
      p.range = settings_.screening * (covalent_radius(ion, settings_.radii) + covalent_radius(mobile_, settings_.radii));
    }
    return p;
  }

  /// Ions may share a place as far as their occupancies allow; otherwise two in one place are a mistake of the file.
  void require_apart(const std::vector<detail::LayerAtom<T>>& atoms) const {
    constexpr double closest = 0.5;  // Å
    const auto plain = [](const T& x) { return static_cast<double>(value_of(x)); };
    const auto fraction = [&](const T& x, const T& y) {
      const double d = plain(x) - plain(y);
      return d - std::round(d);
    };
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      double total = atoms[i].occupancy;
      for (std::size_t j = 0; j < atoms.size(); ++j) {
        if (i == j) continue;
        const auto &p = atoms[i].position, &q = atoms[j].position;
        const auto d = axes_(Fractional<T>{T(fraction(p.x, q.x)), T(fraction(p.y, q.y)), T(fraction(p.z, q.z))});
        const double distance = std::sqrt(plain(dot(d, d)));
        if (!(distance < closest)) continue;
        total += atoms[j].occupancy;
        if (total > 1.02)
          fail(to_string(atoms[i].species) + " and " + to_string(atoms[j].species) + " are " + detail::fixed(distance, 3) +
               " Å apart and hold " + detail::fixed(total, 2) +
               " atoms together, expected ions at least 0.5 Å apart, or occupancies that add up to 1");
      }
    }
  }

  UnitCell<T> cell_;
  CartesianAxes<T> axes_;
  Species mobile_;
  SiteEnergySettings settings_;
  std::vector<FrameworkIon<T>> framework_;
  std::vector<SitePotential> potentials_;
  double net_charge_ = 0;
};

/// The site energy of `mobile` in a structure by the convention that the type names, e.g. `SiteEnergy<BVSE>`. Every ion of the
/// structure needs its charge; mean valences are several ions that share a site. Partial occupancies weigh their ions.
///
/// Throws Error for a mobile species without charge or without a site in the structure, ions without charge, pairs without softBV
/// parameters, ions in the same place, coordinates and occupancies that are no numbers, and cutoffs outside 3 to 30 Å.
template <SiteEnergyConvention C, Scalar T = double>
class SiteEnergy : public SiteEnergyField<T> {
 public:
  SiteEnergy(const Structure<T>& structure, Species mobile, const C& convention = {})
      : SiteEnergyField<T>(structure, mobile,
                           {C::morse_weight, convention.screening, convention.cutoff, convention.radii}) {}
};

}  // namespace lamella::inline LAMELLA_ABI
