// A measured powder pattern: angles, intensities and their standard uncertainties.
#pragma once

#include <lamella/diffraction/radiation.hpp>  // Radiation

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Points of a powder pattern in order of increasing angle; the three columns have the same length.
/// The steps need not be equal: excluded regions and patterns in several pieces leave gaps.
struct PowderPattern {
  std::string source;               ///< where it came from, for messages
  std::vector<double> two_theta;    ///< degrees, strictly increasing
  std::vector<double> intensity;    ///< counts, or counts scaled by a constant
  std::vector<double> sigma;        ///< standard uncertainty of `intensity`, > 0

  std::optional<Radiation> radiation;    ///< as stated by the file
  std::optional<double> radius;          ///< goniometer radius in mm, as stated by the file
  std::string started = {};              ///< time stamp of the first point, as stated by the file
  std::string finished = {};             ///< time stamp of the last point, as stated by the file

  std::size_t size() const noexcept { return two_theta.size(); }
};

/// A closed interval of angles, degrees 2θ.
struct AngleRange {
  double low = 0;
  double high = 180;

  constexpr bool contains(double two_theta) const noexcept { return two_theta >= low && two_theta <= high; }
};

/// The points of `pattern` inside `range` and outside all `excluded` ranges.
inline PowderPattern select(const PowderPattern& pattern, const AngleRange& range,
                            const std::vector<AngleRange>& excluded = {}) {
  PowderPattern kept = pattern;
  kept.two_theta.clear();
  kept.intensity.clear();
  kept.sigma.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const double angle = pattern.two_theta[i];
    bool use = range.contains(angle);
    for (const auto& gap : excluded) use = use && !gap.contains(angle);
    if (!use) continue;
    kept.two_theta.push_back(angle);
    kept.intensity.push_back(pattern.intensity[i]);
    kept.sigma.push_back(pattern.sigma[i]);
  }
  return kept;
}

}  // namespace lamella
