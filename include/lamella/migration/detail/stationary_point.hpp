// Minima, saddle points and steepest descents of a site energy, by its analytic first and second derivatives.
#pragma once

#include <lamella/core/constants.hpp>          // degree
#include <lamella/crystal/coordinates.hpp>     // Fractional, Cartesian
#include <lamella/crystal/unit_cell.hpp>       // CartesianAxes
#include <lamella/migration/site_energy.hpp>   // SiteEnergyField, SiteEnergyExpansion

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// Fractional coordinates of a Cartesian vector.
inline Fractional<double> to_fractional(const CartesianAxes<double>& axes, const Cartesian<double>& p) noexcept {
  const double z = p.z / axes.c_z;
  const double y = (p.y - axes.c_y * z) / axes.b_y;
  return {(p.x - axes.b_x * y - axes.c_x * z) / axes.a_x, y, z};
}

inline Fractional<double> moved(const CartesianAxes<double>& axes, const Fractional<double>& p, const std::array<double, 3>& by) noexcept {
  const auto d = to_fractional(axes, {by[0], by[1], by[2]});
  return {p.x + d.x, p.y + d.y, p.z + d.z};
}

/// Distance of two points, not of their images, Å.
inline double distance(const CartesianAxes<double>& axes, const Fractional<double>& p, const Fractional<double>& q) noexcept {
  const auto d = axes(Fractional<double>{p.x - q.x, p.y - q.y, p.z - q.z});
  return std::sqrt(dot(d, d));
}

/// Eigenvalues, ascending, and eigenvectors (rows) of a symmetric matrix, by Jacobi's rotations.
struct PrincipalAxes {
  std::array<double, 3> value{};
  std::array<std::array<double, 3>, 3> vector{};
};

inline PrincipalAxes principal_axes(std::array<std::array<double, 3>, 3> m) noexcept {
  std::array<std::array<double, 3>, 3> v{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  constexpr std::array<std::array<std::size_t, 2>, 3> planes{{{0, 1}, {0, 2}, {1, 2}}};
  for (int sweep = 0; sweep < 30; ++sweep) {
    const double off = m[0][1] * m[0][1] + m[0][2] * m[0][2] + m[1][2] * m[1][2];
    const double on = m[0][0] * m[0][0] + m[1][1] * m[1][1] + m[2][2] * m[2][2];
    if (!(off > 1e-30 * on)) break;
    for (const auto& [p, q] : planes) {
      if (m[p][q] == 0) continue;
      const double theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
      const double t = (theta < 0 ? -1 : 1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
      const double c = 1 / std::sqrt(t * t + 1), s = t * c;
      const auto rotate = [&](double& x, double& y) {
        const double old = x;
        x = c * old - s * y;
        y = s * old + c * y;
      };
      for (std::size_t k = 0; k < 3; ++k) rotate(m[k][p], m[k][q]);
      for (std::size_t k = 0; k < 3; ++k) rotate(m[p][k], m[q][k]);
      for (std::size_t k = 0; k < 3; ++k) rotate(v[p][k], v[q][k]);
    }
  }
  std::array<std::size_t, 3> order{0, 1, 2};
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return m[i][i] < m[j][j]; });
  PrincipalAxes axes;
  for (std::size_t i = 0; i < 3; ++i) {
    axes.value[i] = m[order[i]][order[i]];
    axes.vector[i] = v[order[i]];
  }
  return axes;
}

/// A point where the energy is stationary.
struct StationaryPoint {
  Fractional<double> position;
  double energy = 0;         ///< eV
  int index = 0;             ///< number of directions along which it is a maximum
  PrincipalAxes curvature;   ///< eV/Å²
};

/// What kind of stationary point is looked for: a minimum, a saddle of one direction, or the nearest of any kind.
enum class Stationary { minimum, saddle, nearest };

/// The stationary point that a search from `start` ends in: Newton's steps along the principal axes of curvature, each turned
/// downhill or (the softest one of a saddle) uphill as the kind asks. Nothing where it does not settle, or settles in another kind.
inline std::optional<StationaryPoint> find_stationary(const SiteEnergyField<double>& field, Fractional<double> start, Stationary kind) {
  constexpr int most_steps = 60;
  constexpr double longest = 0.12, settled = 1e-6;  // Å, eV/Å
  for (int step = 0; step < most_steps; ++step) {
    const SiteEnergyExpansion at = field.expansion(start);
    const PrincipalAxes axes = principal_axes(at.hessian);
    std::array<double, 3> along{};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t k = 0; k < 3; ++k) along[i] += axes.vector[i][k] * at.gradient[k];
    const double slope = std::sqrt(along[0] * along[0] + along[1] * along[1] + along[2] * along[2]);
    if (!std::isfinite(slope)) return std::nullopt;
    if (slope < settled) {
      int index = 0;
      for (const double value : axes.value) index += value < 0 ? 1 : 0;
      if (kind == Stationary::minimum && index != 0) return std::nullopt;
      if (kind == Stationary::saddle && index != 1) return std::nullopt;
      return StationaryPoint{start, at.energy, index, axes};
    }
    std::array<double, 3> by{};
    double length = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const double stiff = std::max(std::abs(axes.value[i]), 1e-3);
      const bool uphill = kind == Stationary::nearest ? axes.value[i] < 0 : kind == Stationary::saddle && i == 0;
      const double d = (uphill ? 1 : -1) * along[i] / stiff;
      length += d * d;
      for (std::size_t k = 0; k < 3; ++k) by[k] += d * axes.vector[i][k];
    }
    length = std::sqrt(length);
    if (length > longest)
      for (double& d : by) d *= longest / length;
    start = moved(field.axes(), start, by);
  }
  return std::nullopt;
}

/// The saddles beside a point where the energy is nearly flat in two directions, as at a shallow tetrahedral site: searches from
/// eight directions in the plane of these two, at two distances. Some saddles may come more than once.
inline std::vector<StationaryPoint> saddles_around(const SiteEnergyField<double>& field, const StationaryPoint& flat) {
  std::vector<StationaryPoint> found;
  const auto& axes = flat.curvature.vector;
  for (const double radius : {0.06, 0.15})  // Å
    for (int i = 0; i < 8; ++i) {
      const double x = radius * std::cos(i * 45 * degree), y = radius * std::sin(i * 45 * degree);
      std::array<double, 3> by{};
      for (std::size_t k = 0; k < 3; ++k) by[k] = x * axes[0][k] + y * axes[1][k];
      const auto saddle = find_stationary(field, moved(field.axes(), flat.position, by), Stationary::saddle);
      if (saddle && distance(field.axes(), saddle->position, flat.position) < 0.7) found.push_back(*saddle);
    }
  return found;
}

/// A point of a path and its energy, eV.
struct PathPoint {
  Fractional<double> position;
  double energy = 0;
};

/// The path of steepest descent from a saddle to a minimum, beginning along `sign` times its unstable direction, at steps of about
/// 0.06 Å in the local quadratic approximation (M. Page & J. W. McIver, J. Chem. Phys. 88 (1988) 922). The saddle is the first
/// point and the minimum the last; empty where it leads to none.
inline std::vector<PathPoint> descend(const SiteEnergyField<double>& field, const StationaryPoint& saddle, double sign) {
  constexpr int most_steps = 1000;
  constexpr double longest = 0.06, shortest = 1e-4;  // Å
  std::vector<PathPoint> path{{saddle.position, saddle.energy}};
  std::array<double, 3> by = saddle.curvature.vector[0];
  for (double& d : by) d *= sign;
  double step = 0.5 * longest;
  Fractional<double> p = moved(field.axes(), saddle.position, {step * by[0], step * by[1], step * by[2]});
  for (int n = 0; n < most_steps; ++n) {
    const SiteEnergyExpansion at = field.expansion(p);
    if (!(at.energy <= path.back().energy + 1e-9)) {
      // Past a minimum that is nearer than the step.
      step *= 0.5;
      if (!(step > shortest)) return {};
      p = moved(field.axes(), path.back().position, {step * by[0], step * by[1], step * by[2]});
      continue;
    }
    path.push_back({p, at.energy});
    step = std::min(longest, 2 * step);
    const PrincipalAxes axes = principal_axes(at.hessian);
    std::array<double, 3> along{};
    double slope = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t k = 0; k < 3; ++k) along[i] += axes.vector[i][k] * at.gradient[k];
      slope += along[i] * along[i];
    }
    slope = std::sqrt(slope);
    // Displacement along each axis after the fictitious time t.
    const auto displacement = [&](std::size_t i, double t) {
      const double x = axes.value[i] * t;
      return -along[i] * t * (std::abs(x) < 1e-8 ? 1.0 : -std::expm1(-x) / x);
    };
    const auto length = [&](double t) { return std::hypot(displacement(0, t), displacement(1, t), displacement(2, t)); };
    bool arrives = axes.value[0] > 0;
    if (arrives) {
      double newton = 0;
      for (std::size_t i = 0; i < 3; ++i) newton += along[i] * along[i] / (axes.value[i] * axes.value[i]);
      arrives = std::sqrt(newton) <= step;
    }
    if (arrives || !(slope > 1e-9)) {
      const auto end = find_stationary(field, p, Stationary::minimum);
      if (!end || distance(field.axes(), p, end->position) > 4 * longest) return {};
      path.push_back({end->position, end->energy});
      return path;
    }
    double high = step / slope;
    for (int i = 0; i < 60 && length(high) < step; ++i) high *= 2;
    double low = 0;
    for (int i = 0; i < 50; ++i) (length(0.5 * (low + high)) < step ? low : high) = 0.5 * (low + high);
    by = {};
    for (std::size_t i = 0; i < 3; ++i) {
      const double d = displacement(i, high);
      for (std::size_t k = 0; k < 3; ++k) by[k] += d / step * axes.vector[i][k];
    }
    p = moved(field.axes(), p, {step * by[0], step * by[1], step * by[2]});
  }
  return {};
}

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
