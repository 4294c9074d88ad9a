// The background of a powder pattern: a smooth curve, straight pieces, amorphous humps.
#pragma once

#include <lamella/core/error.hpp>   // fail
#include <lamella/core/scalar.hpp>  // Scalar

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A broad maximum, such as that of an amorphous part: a pseudo-Voigt of given area.
template <Scalar T = double>
struct Hump {
  T position{};   ///< degrees 2θ
  T area{};       ///< counts × degrees
  T fwhm{5};      ///< degrees 2θ
  T eta{};        ///< Lorentzian fraction; 0 is a Gaussian

  template <Scalar U>
  using rebind = Hump<U>;
  template <class Visitor, class... Self>
  static constexpr void parameters(Visitor& visit, Self&... self) {
    visit("position", self.position...);
    visit("area", self.area...);
    visit("fwhm", self.fwhm...);
    visit("eta", self.eta...);
  }
};

/// The sum of Chebyshev polynomials of the first kind on the range of the pattern, of a line through given points, and of humps.
template <Scalar T = double>
struct Background {
  std::vector<T> coefficients;  ///< counts; number k multiplies T_k(x), x = −1 … 1 over the range of angles
  std::vector<double> knots;    ///< degrees 2θ, increasing: where the line has its corners; constant beyond the outermost
  std::vector<T> levels;        ///< counts at the knots
  std::vector<Hump<T>> humps;

  template <Scalar U>
  using rebind = Background<U>;
  template <class Visitor, class Self, class... Others>
  static constexpr void parameters(Visitor& visit, Self& self, Others&... others) {
    for (std::size_t k = 0; k < self.coefficients.size(); ++k)
      visit(std::to_string(k), self.coefficients[k], others.coefficients[k]...);
    for (std::size_t k = 0; k < self.levels.size(); ++k)
      visit("level." + std::to_string(k), self.levels[k], others.levels[k]...);
    for (std::size_t k = 0; k < self.humps.size(); ++k)
      visit("hump." + std::to_string(k), self.humps[k], others.humps[k]...);
  }
};

/// The functions that the coefficients and levels of a background multiply, on one grid of angles.
class BackgroundBasis {
 public:
  BackgroundBasis() = default;

  /// Throws where the knots do not increase or do not match the levels.
  BackgroundBasis(const Background<double>& background, std::span<const double> two_theta)
      : points_(two_theta.size()), size_(background.coefficients.size() + background.levels.size()), values_(size_ * points_) {
    const auto& knots = background.knots;
    if (knots.size() != background.levels.size()) fail("background: one level per knot expected");
    for (std::size_t k = 1; k < knots.size(); ++k)
      if (!(knots[k] > knots[k - 1])) fail("background: knots must increase");
    const std::size_t terms = background.coefficients.size();
    const double low = two_theta.front(), high = two_theta.back();
    for (std::size_t i = 0; i < points_; ++i) {
      const double x = (2 * two_theta[i] - low - high) / (high - low);
      double previous = x, current = 1;  // T_{-1} = T_1, T_0
      for (std::size_t k = 0; k < terms; ++k) {
        values_[k * points_ + i] = current;
        previous = std::exchange(current, 2 * x * current - previous);
      }
      if (knots.empty()) continue;
      const auto above = static_cast<std::size_t>(std::upper_bound(knots.begin(), knots.end(), two_theta[i]) - knots.begin());
      if (above == 0 || above == knots.size()) {
        values_[(terms + (above == 0 ? 0 : above - 1)) * points_ + i] = 1;
        continue;
      }
      const double share = (two_theta[i] - knots[above - 1]) / (knots[above] - knots[above - 1]);
      values_[(terms + above - 1) * points_ + i] = 1 - share;
      values_[(terms + above) * points_ + i] = share;
    }
  }

  /// Number of functions: coefficients, then levels.
  std::size_t size() const noexcept { return size_; }
  /// Function number `k` at all angles.
  const double* column(std::size_t k) const { return values_.data() + k * points_; }

 private:
  std::size_t points_ = 0, size_ = 0;
  std::vector<double> values_;  ///< [function][point]
};

}  // namespace lamella
