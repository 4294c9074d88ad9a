// Galvanostatic intermittent titration: pulses of a cycler's record, and the diffusion coefficients that they give.
//
// W. Weppner, R. A. Huggins, J. Electrochem. Soc. 124 (1977) 1569. A pulse of constant current lasts τ; the equilibrium potential changes
// by ΔEs from before it to the end of the rest after it, the potential by ΔEt during it without the ohmic drop. With the diffusion length
// L = m V_m/(M S), the volume of the solid over its area, R/3 for spheres of radius R:
//     D = 4/π L²/τ (ΔEs/ΔEt)²                  (Weppner-Huggins: end points)
//     D = 4/π L²/τ² (ΔEs/(dE/d√t))²            (slope: the line through all points of the pulse)
// The second is (4/π) (I V_m/(z F S))² ((dE/dx)/(dE/d√t))² with dE/dx = ΔEs/Δx. Both hold for diffusion into a half space: while the
// pulse is short beside L²/D, E is linear in √t and the rests reach equilibrium. Where one of these fails, a flag says so.
#pragma once

#include <lamella/core/constants.hpp>                  // faraday_constant
#include <lamella/core/error.hpp>                      // fail
#include <lamella/core/measured.hpp>                   // Measured, to_string
#include <lamella/electrochemistry/cycling_table.hpp>  // CyclingTable, require_columns

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Why a diffusion coefficient may not be one.
enum class GittFlag : std::uint8_t {
  no_rest_before,   ///< E before the pulse is not that of a rest
  no_rest_after,    ///< nothing relaxes after the pulse
  not_relaxed,      ///< E still changes at the end of the rest: the last tenth of it is more than 0.5 % of ΔEs
  few_points,       ///< fewer than five points in the line against √t
  not_linear,       ///< residuals of that line above 5 % of its rise: other processes, or phases
  small_step,       ///< ΔEs within three of its esds: a plateau, where two phases coexist, has no D of this kind
  opposite_steps,   ///< ΔEs and ΔEt have different signs
  long_pulse,       ///< D τ beside L² (R²) so large that finite size makes D more than 10 % too small
};

/// The flag as a word: "long-pulse".
constexpr std::string_view to_string(GittFlag flag) {
  switch (flag) {
    case GittFlag::no_rest_before: return "no-rest-before";
    case GittFlag::no_rest_after: return "no-rest-after";
    case GittFlag::not_relaxed: return "not-relaxed";
    case GittFlag::few_points: return "few-points";
    case GittFlag::not_linear: return "not-linear";
    case GittFlag::small_step: return "small-step";
    case GittFlag::opposite_steps: return "opposite-steps";
    case GittFlag::long_pulse: return "long-pulse";
  }
  return "";
}

/// How pulses are found and measured.
struct GittOptions {
  double pulse_current = 0;  ///< mA: rows of at least this current are pulses; 0: half the largest current
  double rest_current = 0;   ///< mA: rows of at most this current are rests; 0: 1 % of the largest current. Others are switching.
  double settle = 0;         ///< s: so much of each pulse is left out of ΔEt and of the line: ohmic drop and charge transfer
};

/// One pulse with the rests around it.
struct GittPulse {
  std::size_t first = 0, last = 0;  ///< rows of the table, from 0, both in the pulse
  std::size_t rest_last = 0;        ///< last row of the rest after it; `last` where there is none
  double start = 0;                 ///< s
  double duration = 0;              ///< τ, s
  double current = 0;               ///< mean, mA; positive on charge
  double charge_before = 0;         ///< mAh since the first row of the table
  double charge_after = 0;
  double rest = 0;                  ///< length of the rest after it, s
  double voltage_before = 0;        ///< at the end of the rest before, V
  double voltage_after = 0;         ///< at the end of the rest after, V
  double voltage_on = 0;            ///< first of the pulse, after `settle`, V
  double voltage_off = 0;           ///< last of the pulse, V
  Measured steady_step;             ///< ΔEs, V
  Measured transient_step;          ///< ΔEt, V
  Measured slope;                   ///< dE/d√t, V s^(−1/2)
  double intercept = 0;             ///< of that line at the start of the pulse, V
  double rms = 0;                   ///< of its residuals, V
  double drift = 0;                 ///< change of E during the last tenth of the rest, V
  std::vector<GittFlag> flags;

  bool has(GittFlag flag) const { return std::find(flags.begin(), flags.end(), flag) != flags.end(); }
};

namespace detail {

/// A line through points by ordinary least squares: intercept, slope with its esd, rms of the residuals.
struct StraightLine {
  double intercept = 0;
  Measured slope;
  double rms = 0;
};

inline StraightLine straight_line(std::span<const double> x, std::span<const double> y) {
  const auto n = static_cast<double>(x.size());
  double mean_x = 0, mean_y = 0, sxx = 0, sxy = 0, square = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    sxx += (x[i] - mean_x) * (x[i] - mean_x);
    sxy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  StraightLine line;
  if (!(sxx > 0)) return line;
  line.slope.value = sxy / sxx;
  line.intercept = mean_y - line.slope.value * mean_x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double r = y[i] - line.intercept - line.slope.value * x[i];
    square += r * r;
  }
  line.rms = std::sqrt(square / n);
  if (x.size() > 2) line.slope.esd = std::sqrt(square / (n - 2) / sxx);
  return line;
}

/// What single readings of the voltage scatter by: the scatter of at most ten rows up to `last` around a line, but no less than what the
/// resolution of the table lets them.
inline double voltage_noise(const CyclingTable& table, std::size_t first, std::size_t last, double resolution) {
  const std::size_t count = std::min<std::size_t>(10, last - first + 1);
  const std::size_t from = last + 1 - count;
  double rms = 0;
  if (count > 3) rms = straight_line(std::span(table.time).subspan(from, count), std::span(table.voltage).subspan(from, count)).rms;
  return std::max(rms, resolution / std::sqrt(12.0));
}

}  // namespace detail

/// The pulses of a record, in order. Throws where the table has no current, time goes back, or the options are negative.
inline std::vector<GittPulse> gitt_pulses(const CyclingTable& table, const GittOptions& options = {}) {
  require_columns(table);
  const Place place{table.source};
  double largest = 0, resolution = 1;
  for (std::size_t i = 0; i < table.size(); ++i) {
    largest = std::max(largest, std::abs(table.current[i]));
    if (i == 0) continue;
    if (table.time[i] < table.time[i - 1]) fail("GITT, row " + std::to_string(i + 1) + ": time goes back, expected one record in order", place);
    if (const double step = std::abs(table.voltage[i] - table.voltage[i - 1]); step > 1e-9) resolution = std::min(resolution, step);
  }
  if (!(largest > 0)) fail("GITT: no current in any row, expected pulses", place);
  if (!(options.pulse_current >= 0 && options.rest_current >= 0 && options.settle >= 0)) fail("GITT: a negative option, expected mA and s", place);
  const double on = options.pulse_current > 0 ? options.pulse_current : 0.5 * largest;
  const double off = options.rest_current > 0 ? options.rest_current : std::min(0.01 * largest, on);
  if (off > on) fail("GITT: rests of up to " + to_string(Measured{off, 0}) + " mA, expected at most the current of pulses, " + to_string(Measured{on, 0}) + " mA", place);
  const auto sign = [&](std::size_t i) { return std::abs(table.current[i]) >= on ? (table.current[i] > 0 ? 1 : -1) : 0; };
  const auto resting = [&](std::size_t i) { return sign(i) == 0 && std::abs(table.current[i]) <= off; };

  std::vector<GittPulse> pulses;
  std::size_t previous_end = 0;  // one past the last row of the pulse before
  for (std::size_t i = 0; i < table.size();) {
    if (sign(i) == 0) {
      ++i;
      continue;
    }
    GittPulse p;
    p.first = i;
    while (i < table.size() && sign(i) == sign(p.first)) ++i;
    p.last = i - 1;
    std::size_t next = i;
    while (next < table.size() && sign(next) == 0) ++next;
    p.start = table.time[p.first];
    p.duration = table.time[p.last] - p.start;
    for (std::size_t k = p.first; k <= p.last; ++k) p.current += table.current[k] / static_cast<double>(p.last - p.first + 1);

    std::size_t before = p.first;
    for (std::size_t k = p.first; k-- > previous_end && before == p.first;)
      if (resting(k)) before = k;
    if (before == p.first) p.flags.push_back(GittFlag::no_rest_before);
    std::size_t rest_first = next, rest_last = p.last;
    for (std::size_t k = i; k < next; ++k)
      if (resting(k)) {
        rest_first = std::min(rest_first, k);
        rest_last = k;
      }
    p.rest_last = rest_last;
    const bool rests = rest_last > p.last;
    if (rests) p.rest = table.time[rest_last] - table.time[p.last];
    if (!(p.rest > 0)) p.flags.push_back(GittFlag::no_rest_after);

    std::size_t from = p.first;
    while (from < p.last && table.time[from] - p.start < options.settle) ++from;
    p.charge_before = table.charge[before];
    p.charge_after = table.charge[rest_last];
    p.voltage_before = table.voltage[before];
    p.voltage_on = table.voltage[from];
    p.voltage_off = table.voltage[p.last];
    p.voltage_after = table.voltage[rest_last];
    std::vector<double> root;
    for (std::size_t k = from; k <= p.last; ++k) root.push_back(std::sqrt(table.time[k] - p.start));
    const auto line = detail::straight_line(root, std::span(table.voltage).subspan(from, root.size()));
    p.slope = line.slope;
    p.intercept = line.intercept;
    p.rms = line.rms;
    if (root.size() < 5) p.flags.push_back(GittFlag::few_points);

    const double noise = rests ? detail::voltage_noise(table, rest_first, rest_last, resolution) : resolution / std::sqrt(12.0);
    p.steady_step = {p.voltage_after - p.voltage_before, std::numbers::sqrt2 * noise};
    p.transient_step = {p.voltage_off - p.voltage_on, std::numbers::sqrt2 * noise};
    if (rests) {
      const double then = table.time[rest_last] - 0.1 * p.rest;
      std::size_t k = rest_last;
      while (k > p.last && table.time[k] > then) --k;
      const double span = table.time[k + 1 <= rest_last ? k + 1 : k] - table.time[k];
      const double part = span > 0 ? std::clamp((then - table.time[k]) / span, 0.0, 1.0) : 0.0;
      p.drift = p.voltage_after - (table.voltage[k] + part * (table.voltage[k + 1 <= rest_last ? k + 1 : k] - table.voltage[k]));
      if (std::abs(p.drift) > 0.005 * std::abs(p.steady_step.value) + 2 * noise) p.flags.push_back(GittFlag::not_relaxed);
    }
    if (p.rms > 0.05 * std::abs(p.slope.value) * std::sqrt(std::max(p.duration, 0.0))) p.flags.push_back(GittFlag::not_linear);
    if (std::abs(p.steady_step.value) <= 3 * p.steady_step.esd) p.flags.push_back(GittFlag::small_step);
    if (p.steady_step.value * p.transient_step.value < 0) p.flags.push_back(GittFlag::opposite_steps);
    previous_end = i;
    pulses.push_back(std::move(p));
  }
  return pulses;
}

/// The way that ions have to go.
struct DiffusionLength {
  Measured length;      ///< L, volume of the solid over its area, cm
  bool sphere = false;  ///< particles are spheres of radius 3 L, otherwise layers of thickness L with one open face
};

namespace detail {

inline void require_measured(const Measured& m, const char* what, const char* unit) {
  if (!(m.value > 0 && m.value < 1e12 && m.esd >= 0 && m.esd < 1e12))
    fail(std::string(what) + " " + to_string(m) + ", expected a positive number in " + unit);
}

}  // namespace detail

/// Spheres of a radius in µm: L = R/3.
inline DiffusionLength spheres(const Measured& radius) {
  detail::require_measured(radius, "radius", "µm");
  return {{radius.value * 1e-4 / 3, radius.esd * 1e-4 / 3}, true};
}

/// L = (m/M) V_m / S of a mass in mg of molar mass M (g/mol), a molar volume in cm³/mol and an area in cm².
inline DiffusionLength layer(double mass, double molar_mass, const Measured& molar_volume, const Measured& area) {
  detail::require_measured({mass, 0}, "mass", "mg");
  detail::require_measured({molar_mass, 0}, "molar mass", "g/mol");
  detail::require_measured(molar_volume, "molar volume", "cm³/mol");
  detail::require_measured(area, "area", "cm²");
  const double length = mass * 1e-3 / molar_mass * molar_volume.value / area.value;
  return {{length, length * std::hypot(molar_volume.esd / molar_volume.value, area.esd / area.value)}, false};
}

/// Diffusion coefficients of one pulse, cm²/s, by both forms; nothing where a step is 0 or a rest is missing.
struct GittDiffusion {
  std::optional<Measured> weppner_huggins;
  std::optional<Measured> slope;
  std::vector<GittFlag> flags;  ///< those of the pulse, and whether it was too long
};

/// D τ/L² of a layer and D τ/R² of a sphere, as computed, from which on finite size makes D more than 10 % too small. From the surface
/// concentration at constant flux (J. Crank, The Mathematics of Diffusion, 1975): in a layer the excess over √t is 2√π ierfc(L/√(Dτ)), in
/// a sphere √(πDτ)/(2R); either is 5.4 % there.
inline constexpr double longest_layer_pulse = 0.48;
inline constexpr double longest_sphere_pulse = 0.0033;

/// The diffusion coefficients of a pulse. Esds come from the scatter of the voltage and from the esd of the length; they say nothing
/// about what the flags say.
inline GittDiffusion gitt_diffusion(const GittPulse& pulse, const DiffusionLength& way) {
  detail::require_measured(way.length, "diffusion length", "cm");
  GittDiffusion d;
  d.flags = pulse.flags;
  const double tau = pulse.duration;
  if (!(tau > 0) || pulse.has(GittFlag::no_rest_before) || pulse.has(GittFlag::no_rest_after)) return d;  // no ΔEs
  const auto relative = [](const Measured& m) { return m.esd / m.value; };
  const double factor = 4 / std::numbers::pi * way.length.value * way.length.value / tau;
  const auto coefficient = [&](const Measured& other, double time) -> std::optional<Measured> {
    const double ratio = pulse.steady_step.value / other.value;
    const double value = factor / time * ratio * ratio;
    if (!(value > 0) || !std::isfinite(value)) return std::nullopt;
    return Measured{value, 2 * value * std::hypot(relative(pulse.steady_step), relative(other), relative(way.length))};
  };
  d.weppner_huggins = coefficient(pulse.transient_step, 1);
  d.slope = coefficient(pulse.slope, tau);
  const double size = way.sphere ? 3 * way.length.value : way.length.value;
  const double limit = way.sphere ? longest_sphere_pulse : longest_layer_pulse;
  for (const auto& value : {d.weppner_huggins, d.slope})
    if (value && value->value * tau / (size * size) > limit) {
      d.flags.push_back(GittFlag::long_pulse);
      break;
    }
  return d;
}

/// Slopes dE/dx of an equilibrium curve at each of its points, by differences of second order for uneven steps, of first order at both
/// ends. Throws unless there are two points or more and x rises or falls throughout.
inline std::vector<double> equilibrium_slopes(std::span<const double> x, std::span<const double> voltage) {
  const std::size_t n = x.size();
  if (n < 2 || voltage.size() != n) fail("equilibrium curve of " + std::to_string(n) + " compositions and " + std::to_string(voltage.size()) + " voltages, expected two or more of each");
  std::vector<double> slope(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (i + 1 < n && !((x[i + 1] - x[i]) * (x[1] - x[0]) > 0)) fail("equilibrium curve: composition " + std::to_string(i + 2) + " does not go on as the first two do");
    if (i == 0 || i + 1 == n) {
      const std::size_t k = i == 0 ? 0 : n - 2;
      slope[i] = (voltage[k + 1] - voltage[k]) / (x[k + 1] - x[k]);
      continue;
    }
    const double left = x[i] - x[i - 1], right = x[i + 1] - x[i];
    slope[i] = (left * left * voltage[i + 1] + (right * right - left * left) * voltage[i] - right * right * voltage[i - 1]) / (left * right * (left + right));
  }
  return slope;
}

/// D, cm²/s, from slopes: (4/π) (I V_m/(z F S))² ((dE/dx)/(dE/d√t))², I in mA, V_m in cm³/mol, S in cm², slopes in V and V s^(−1/2).
/// Throws where a number is not positive or the slope against √t is 0.
inline double diffusion_from_slopes(double current, double molar_volume, double area, double equilibrium_slope, double root_time_slope, double charge_number = 1) {
  detail::require_measured({std::abs(current), 0}, "current", "mA");
  detail::require_measured({molar_volume, 0}, "molar volume", "cm³/mol");
  detail::require_measured({area, 0}, "area", "cm²");
  detail::require_measured({charge_number, 0}, "charge number", "elementary charges");
  const double flux = current * 1e-3 * molar_volume / (charge_number * faraday_constant * area), ratio = equilibrium_slope / root_time_slope;
  if (!std::isfinite(ratio)) fail("a slope of 0 against the root of time, expected one of a pulse");
  return 4 / std::numbers::pi * flux * flux * ratio * ratio;
}

}  // namespace lamella::inline LAMELLA_ABI
