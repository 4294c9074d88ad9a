// A weighted mean or straight line that points are added to, and its χ²: updated by the residual of each new point, without differences
// of large sums.
#pragma once

#include <lamella/core/scalar.hpp>  // square

namespace lamella::inline LAMELLA_ABI {
namespace detail {

class LineGrowth {
 public:
  explicit LineGrowth(bool straight) : straight_(straight) {}

  double chi_square() const noexcept { return chi_square_; }
  /// 0 without points, 1 of a mean or while all points have one x, 2 of a line.
  int parameters() const noexcept { return weight_ > 0 ? (spread_ > 0 ? 2 : 1) : 0; }
  double slope() const noexcept { return slope_; }
  /// 0 where it has none.
  double slope_variance() const noexcept { return spread_ > 0 ? 1 / spread_ : 0; }
  /// The line at x, and its variance; 0 without points.
  double at(double x) const noexcept { return y_ + slope_ * (straight_ ? x - x_ : 0); }
  double variance_at(double x) const noexcept { return weight_ > 0 ? 1 / weight_ + (spread_ > 0 ? square(x - x_) / spread_ : 0) : 0; }
  /// Where the line reaches y, and the variance of that place to first order. Precondition: a slope that is not 0.
  double place_of(double y) const noexcept { return x_ + (y - y_) / slope_; }
  double variance_of_place(double y) const noexcept { return variance_at(place_of(y)) / square(slope_); }
  void clear() noexcept { *this = LineGrowth(straight_); }

  void add(double x, double y, double w) noexcept {
    const double total = weight_ + w, share = w / total, dx = straight_ ? x - x_ : 0, dy = y - y_;
    const double residual = dy - slope_ * dx;
    if (weight_ > 0 && (dx == 0 || spread_ > 0))
      chi_square_ += square(residual) / (1 / w + 1 / weight_ + (spread_ > 0 ? square(dx) / spread_ : 0));
    if (weight_ > 0) {
      const double gain = share * weight_ * dx;
      spread_ += gain * dx;
      if (spread_ > 0) slope_ += gain * residual / spread_;
    }
    x_ += share * dx;
    y_ += share * dy;
    weight_ = total;
  }

 private:
  bool straight_;
  double weight_ = 0, x_ = 0, y_ = 0;  ///< Σw, weighted means
  double spread_ = 0, slope_ = 0;      ///< Σw(x − x̄)²
  double chi_square_ = 0;
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
