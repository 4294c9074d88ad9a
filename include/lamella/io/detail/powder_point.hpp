// Which angles, intensities and uncertainties the readers of powder patterns accept.
#pragma once

#include <lamella/diffraction/powder_pattern.hpp>  // PowderPattern
#include <lamella/io/detail/text.hpp>              // show

#include <string>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Bounds of intensities and their sigmas. Beyond them a double holds no single counts any more, and squares and
/// reciprocals on the way to a fit may overflow.
inline constexpr double largest_intensity = 1e15;
inline constexpr double smallest_sigma = 1e-15;

/// What is wrong with the next point of `pattern`; empty where nothing is.
inline std::string point_fault(const PowderPattern& pattern, double two_theta, double intensity,
                               double sigma) {
  if (!(two_theta > 0 && two_theta < 180))
    return "angle " + show(two_theta) +
           " lies outside the possible range, expected 2theta in degrees between 0 and 180";
  if (!pattern.two_theta.empty() && !(two_theta > pattern.two_theta.back()))
    return "angle " + show(two_theta) +
           (two_theta < pattern.two_theta.back() ? " decreases" : " is repeated") + " after " +
           show(pattern.two_theta.back()) + ", expected strictly increasing angles";
  if (!(intensity >= 0))
    return "negative intensity " + show(intensity) + ", expected counts of 0 or more, background included" +
           " (the weights of background-subtracted data are unknown)";
  if (!(intensity <= largest_intensity))
    return "intensity " + show(intensity) + " is too large, expected at most " + show(largest_intensity);
  if (!(sigma > 0))
    return "sigma " + show(sigma) + " is not positive, expected the standard uncertainty of the intensity";
  if (!(sigma >= smallest_sigma && sigma <= largest_intensity))
    return "sigma " + show(sigma) + " is impossible, expected " + show(smallest_sigma) + " to " +
           show(largest_intensity);
  return {};
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
