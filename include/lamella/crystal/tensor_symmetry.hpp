// What symmetry leaves free of tensors: displacements U_ij of a site, and the quartic forms of anisotropic strain.
//
// Both are found by averaging over the operations, never typed. Tables to compare with: W. J. A. M. Peterse & J. H. Palm,
// Acta Cryst. 20 (1966) 147 (displacements); P. W. Stephens, J. Appl. Cryst. 32 (1999) 281 (strain).
#pragma once

#include <lamella/crystal/coordinates.hpp>            // Fractional, Miller
#include <lamella/crystal/detail/row_reduction.hpp>   // row_reduced
#include <lamella/crystal/site_symmetry.hpp>          // site_symmetry
#include <lamella/crystal/space_group.hpp>            // SpaceGroup
#include <lamella/crystal/symmetry_operation.hpp>     // SymmetryOperation

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The displacement tensors that the symmetry of a site allows: a basis, each row as U11 U22 U33 U12 U13 U23 with its first
/// component that is not 0 equal to 1, which stands alone in its column. One row for a site that can only be isotropic,
/// six for a general position.
///
/// U_ij as in CIF, referred to a*_i a*_j: T = exp(−2π² Σ U_ij h_i h_j a*_i a*_j). `reciprocal_edges` are a*, b*, c* in any
/// unit: they matter only where an operation mixes axes that symmetry does not make equal, which none of the tabulated
/// settings does. Positions within 2·10⁻³ of a special one count as special, as in `multiplicity`. Throws where a coordinate is
/// not finite.
inline std::vector<std::array<double, 6>> displacement_freedom(const SpaceGroup& group, const Fractional<double>& position,
                                                               const std::array<double, 3>& reciprocal_edges = {1, 1, 1}) {
  constexpr std::array<std::array<std::size_t, 2>, 6> component{{{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}}};
  const SiteSymmetry site = site_symmetry(group, position);
  std::vector<std::array<double, 6>> mean(6, std::array<double, 6>{});  // row n: the mean image of the n-th unit tensor
  for (const auto& op : site.operations) {
    const auto r = [&](std::size_t i, std::size_t j) {  // of β_ij = 2π² a*_i a*_j U_ij, β' = R β Rᵀ, to U
      return op.rotation[3 * i + j] * reciprocal_edges[j] / reciprocal_edges[i];
    };
    for (std::size_t n = 0; n < 6; ++n) {
      const auto [k, l] = component[n];
      for (std::size_t m = 0; m < 6; ++m) {
        const auto [i, j] = component[m];
        mean[n][m] += r(i, k) * r(j, l);
        if (k != l) mean[n][m] += r(i, l) * r(j, k);
      }
    }
  }
  return detail::row_reduced(std::move(mean));
}

namespace detail {

/// The monomials h^H k^K l^L of order four, in the order in which Stephens' coefficients become the independent ones, with
/// the factor that he writes before S_HKL.
struct QuarticMonomial {
  std::string_view name;
  std::array<int, 3> power;
  double factor;
};

inline constexpr std::array<QuarticMonomial, 15> quartic_monomials = {{
    {"S400", {4, 0, 0}, 1}, {"S040", {0, 4, 0}, 1}, {"S004", {0, 0, 4}, 1}, {"S220", {2, 2, 0}, 3}, {"S202", {2, 0, 2}, 3},
    {"S022", {0, 2, 2}, 3}, {"S310", {3, 1, 0}, 2}, {"S301", {3, 0, 1}, 2}, {"S130", {1, 3, 0}, 2}, {"S031", {0, 3, 1}, 2},
    {"S103", {1, 0, 3}, 2}, {"S013", {0, 1, 3}, 2}, {"S211", {2, 1, 1}, 4}, {"S121", {1, 2, 1}, 4}, {"S112", {1, 1, 2}, 4},
}};

constexpr double integer_power(int base, int exponent) {
  double p = 1;
  for (int i = 0; i < exponent; ++i) p *= base;
  return p;
}

}  // namespace detail

/// A form of order four in h, k, l that a Laue class leaves unchanged: one term of Stephens' anisotropic strain.
struct QuarticForm {
  std::string_view name;               ///< of the independent coefficient, "S400", "S202" …
  std::array<double, 15> coefficients{};  ///< of h⁴ k⁴ l⁴ h²k² h²l² k²l² h³k h³l hk³ k³l hl³ kl³ h²kl hk²l hkl²

  /// The value of the form at hkl.
  constexpr double operator()(const Miller& m) const {
    double sum = 0;
    for (std::size_t n = 0; n < coefficients.size(); ++n) {
      const auto& p = detail::quartic_monomials[n].power;
      if (coefficients[n] != 0)
        sum += coefficients[n] * detail::integer_power(m.h, p[0]) * detail::integer_power(m.k, p[1]) *
               detail::integer_power(m.l, p[2]);
    }
    return sum;
  }
};

/// The independent forms Q of the variance of 1/d² by microstrain, σ²(1/d²) = Σ S_HKL Q_HKL(hkl) in Å⁻⁴, which the Laue class
/// of a group allows (P. W. Stephens, J. Appl. Cryst. 32 (1999) 281): 15 for -1, 9 for 2/m, 6 for mmm, 5 for 4/m and -3, 4 for
/// 4/mmm and -3m, 3 for 6/m and 6/mmm, 2 for cubic groups, whatever the axes.
///
/// The term that gives a form its name carries Stephens' factor: 1 for S400, 3 for S220, 2 for S310, 4 for S211. For R-3m on
/// hexagonal axes: S400 (h²+hk+k²)² + S004 l⁴ + 3 S202 (h²+hk+k²) l² + S301 (2h³+3h²k−3hk²−2k³) l.
inline std::vector<QuarticForm> quartic_invariants(const SpaceGroup& group) {
  constexpr std::size_t count = detail::quartic_monomials.size();
  using Row = std::array<double, count>;
  const auto index_of = [](const std::array<int, 3>& power) {
    std::size_t n = 0;
    while (detail::quartic_monomials[n].power != power) ++n;
    return n;
  };
  std::vector<Row> mean(count, Row{});  // row n: the mean of the n-th monomial over all h R
  for (const auto& op : group.operations()) {
    for (std::size_t n = 0; n < count; ++n) {
      // The product of four linear forms: factor f of the monomial is component `axis[f]` of h R, Σ_i h_i R_i,axis.
      std::array<std::size_t, 4> axis{};
      std::size_t f = 0;
      for (std::size_t j = 0; j < 3; ++j)
        for (int times = 0; times < detail::quartic_monomials[n].power[j]; ++times) axis[f++] = j;
      for (std::size_t choice = 0; choice < 81; ++choice) {
        std::array<int, 3> power{};
        double product = 1;
        std::size_t digits = choice;
        for (const std::size_t j : axis) {
          const std::size_t i = digits % 3;
          digits /= 3;
          ++power[i];
          product *= op.rotation[3 * i + j];
        }
        if (product != 0) mean[n][index_of(power)] += product;
      }
    }
  }
  std::vector<QuarticForm> forms;
  for (const auto& row : detail::row_reduced(std::move(mean))) {
    std::size_t pivot = 0;
    while (row[pivot] == 0) ++pivot;
    const auto& monomial = detail::quartic_monomials[pivot];
    QuarticForm form{monomial.name, row};
    for (double& c : form.coefficients) c *= monomial.factor;
    forms.push_back(form);
  }
  return forms;
}

}  // namespace lamella::inline LAMELLA_ABI
