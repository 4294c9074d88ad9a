// What a series says about one of its patterns.
#pragma once

#include <lamella/version.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What became of one pattern of a series.
enum class SeriesStatus : std::uint8_t {
  refined,        ///< from where the one before it ended; the first one in stages
  restarted,      ///< in stages from the last good one: the fit from there had failed or had become much worse
  doubtful,       ///< far above the last good pattern both ways (another phase, a wrong cell), or without any phase; the next starts from the last good one
  not_converged,  ///< neither way ended in a minimum; the next pattern starts from the last good one
  unusable,       ///< empty, without counts, angles that do not increase …: not refined
  unreadable,     ///< the source had no pattern, only an error
};

/// In words.
inline std::string_view to_string(SeriesStatus status) {
  switch (status) {
    case SeriesStatus::refined: return "refined";
    case SeriesStatus::restarted: return "restarted";
    case SeriesStatus::doubtful: return "doubtful";
    case SeriesStatus::not_converged: return "not converged";
    case SeriesStatus::unusable: return "unusable";
    case SeriesStatus::unreadable: return "unreadable";
  }
  return "unknown";
}

/// One pattern of a series. Where it was not refined, or did not converge, there are no values.
struct SeriesPoint {
  std::size_t index = 0;           ///< in the series
  std::string source;              ///< of the pattern
  SeriesStatus status = SeriesStatus::refined;
  double Rwp = 0;                  ///< fraction, the background counted as signal
  double GoF = 0;
  int cycles = 0;                  ///< of all fits of this pattern
  std::vector<double> values{};    ///< of the free parameters of the series
  Eigen::MatrixXd covariance{};    ///< of them, scaled by GoF²
  std::vector<bool> present{};     ///< per phase; of those that are not, all but the scale is held and has no esd
  std::vector<std::string> notes{};  ///< what was decided and why, and what the values suffer from

  bool has_values() const noexcept { return !values.empty(); }
  /// Estimated standard deviation of free parameter number `i`; 0 where the data do not depend on it.
  double esd(std::size_t i) const {
    const auto k = static_cast<Eigen::Index>(i);
    return k < covariance.rows() ? std::sqrt(std::max(0.0, covariance(k, k))) : 0;
  }
};

}  // namespace lamella
