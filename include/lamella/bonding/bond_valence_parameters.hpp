// Bond valence parameters: individually published ones for sums over the first shell, and the softBV set for sums to a cutoff.
//
// The two are different scales. Constants fitted to first shells alone have long R_0 and give too much when summed further;
// those of softBV share the valence with the second shell and give too little when cut at the first. The convention is
// therefore part of every type here, and nothing adds or compares across it.
#pragma once

#include <lamella/bonding/detail/first_shell_table.hpp>  // first_shell_table, FirstShellRow
#include <lamella/bonding/site_energy_parameters.hpp>    // find_softbv_pair
#include <lamella/chemistry/species.hpp>                 // Species, to_string
#include <lamella/core/error.hpp>                        // fail, Error
#include <lamella/core/scalar.hpp>                       // Scalar

#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Valences of the bonds of the first coordination shell (I. D. Brown). A bond counts where it has at least 3.8 % of the
/// cation's charge: D. Altermatt & I. D. Brown, Acta Cryst. B41 (1985) 240.
struct FirstShell {
  static constexpr std::string_view name = "first-shell";
  static constexpr double smallest_share = 0.038;  ///< of the cation's charge
};

/// Valences of all counter-ions up to the cutoff of the pair, 4 to 8 Å (softBV, S. Adams).
struct LongRange {
  static constexpr std::string_view name = "softbv";
};

template <class C>
concept ValenceConvention = std::same_as<C, FirstShell> || std::same_as<C, LongRange>;

/// A bond valence or a sum of bond valences, in valence units (e), in one convention. Different conventions do not mix.
template <ValenceConvention C, Scalar T = double>
struct BondValence {
  T value{};

  constexpr BondValence& operator+=(const BondValence& y) {
    value += y.value;
    return *this;
  }
  friend constexpr BondValence operator+(BondValence x, const BondValence& y) { return x += y; }
  friend constexpr BondValence operator-(const BondValence& x, const BondValence& y) {
    return {x.value - y.value};
  }
  friend constexpr BondValence operator*(const T& factor, const BondValence& x) { return {factor * x.value}; }
};

/// The constants of s = exp((R_0 − R)/b) for one cation-anion pair in one convention.
template <ValenceConvention C>
struct BondValenceParameters {
  Species cation, anion;
  double R_0 = 0;           ///< length of a bond of valence 1, Å
  double b = 0;             ///< Å; of this pair, not a common value
  double cutoff = 0;        ///< bonds up to this length count, Å
  std::string_view source;  ///< where the constants were published
};

namespace detail {

[[noreturn, gnu::cold]] inline void fail_valence_pair(Species cation, Species anion,
                                                      std::string_view convention) {
  fail("no " + std::string(convention) + " bond valence parameters for " + to_string(cation) + " - " +
       to_string(anion) + ", expected a pair of the table or own parameters");
}

}  // namespace detail

namespace detail {

/// Throws unless the constants are those of some bond: others overflow or never end.
template <ValenceConvention C>
void require_sound(const BondValenceParameters<C>& p) {
  if (p.R_0 > 0 && p.R_0 < 10 && p.b >= 0.1 && p.b < 2 && p.cutoff > 0 && p.cutoff < 20 &&
      p.cation.charge > 0)
    return;
  fail("bond valence parameters of " + to_string(p.cation) + " - " + to_string(p.anion) + ": R_0 = " +
       std::to_string(p.R_0) + " Å, b = " + std::to_string(p.b) + " Å, cutoff " + std::to_string(p.cutoff) +
       " Å, expected a cation, R_0 of 0 to 10, b of 0.1 to 2 and a cutoff of 0 to 20 Å");
}

}  // namespace detail

/// Constants for sums over the first shell, as parameters with the cutoff where a bond has the smallest share that counts.
/// Throws where they are those of no bond, or the first ion is no cation.
inline BondValenceParameters<FirstShell> first_shell_parameters(Species cation, Species anion, double R_0,
                                                                double b, std::string_view source) {
  const double cutoff =
      cation.charge > 0 ? R_0 - b * std::log(FirstShell::smallest_share * cation.charge) : 0;
  const BondValenceParameters<FirstShell> parameters{cation, anion, R_0, b, cutoff, source};
  detail::require_sound(parameters);
  return parameters;
}

/// Bond valence parameters by ion pair: own ones first, then the table of the convention (first shell: a selection of
/// I. D. Brown & D. Altermatt, Acta Cryst. B41 (1985) 244, and others, each with its source; long range: the softBV set).
template <ValenceConvention C>
struct BondValenceSet {
  std::vector<BondValenceParameters<C>> own;

  /// The parameters of a pair, or nothing.
  std::optional<BondValenceParameters<C>> find(Species cation, Species anion) const {
    for (const auto& row : own)
      if (row.cation == cation && row.anion == anion) return row;
    if constexpr (std::same_as<C, FirstShell>) {
      for (const detail::FirstShellRow& row : detail::first_shell_table)
        if (row.cation == cation && row.anion == anion)
          return first_shell_parameters(cation, anion, row.R_0, row.b, citation(row.source));
    } else if (const SoftBvPair* pair = find_softbv_pair(cation, anion)) {
      return BondValenceParameters<C>{
          cation,  anion,        pair->R_0,
          pair->b, pair->cutoff, "S. Adams & R. P. Rao, Structure and Bonding 158 (2014) 129"};
    }
    return std::nullopt;
  }

  /// The parameters of a pair. Throws Error "no first-shell bond valence parameters for Ni3+ - O2-, …".
  BondValenceParameters<C> operator()(Species cation, Species anion) const {
    const auto parameters = find(cation, anion);
    if (!parameters) detail::fail_valence_pair(cation, anion, C::name);
    return *parameters;
  }
};

/// Valence of a bond of that length, Å: exp((R_0 − R)/b), 0 beyond the cutoff. Throws where the length is not positive or not
/// finite.
template <ValenceConvention C, Scalar T>
BondValence<C, T> bond_valence(const BondValenceParameters<C>& parameters, const T& length) {
  using std::exp;
  detail::require_sound(parameters);
  const double plain = static_cast<double>(value_of(length));
  if (!(plain > 0 && std::isfinite(plain)))
    fail("bond length " + std::to_string(plain) + " Å of " + to_string(parameters.cation) + " - " +
         to_string(parameters.anion) + ", expected a positive one");
  if (plain > parameters.cutoff) return {T(0.0)};
  return {exp((T(parameters.R_0) - length) / T(parameters.b))};
}

/// Length of a bond of that valence, Å: R_0 − b ln s. Throws where the valence is not positive.
inline double bond_length(const BondValenceParameters<FirstShell>& parameters,
                          BondValence<FirstShell> valence) {
  if (!(valence.value > 0 && std::isfinite(valence.value)))
    fail("bond valence " + std::to_string(valence.value) + ", expected a positive one");
  return parameters.R_0 - parameters.b * std::log(valence.value);
}

/// The bond length, Å, with which equal bonds to that many anions saturate a cation: R_0 − b ln(V/N). Of first-shell
/// parameters only: those of softBV leave part of the valence to the anions behind, which a coordination number does not tell.
inline double ideal_bond_length(const BondValenceParameters<FirstShell>& parameters, double coordination) {
  if (!(coordination > 0 && std::isfinite(coordination)))
    fail("coordination number " + std::to_string(coordination) + ", expected a positive one");
  return bond_length(parameters, {parameters.cation.charge / coordination});
}

}  // namespace lamella::inline LAMELLA_ABI
