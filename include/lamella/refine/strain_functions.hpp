// What a phase does with its alkali content: volume, eigenstrain, slab and interslab as smooth functions of x, with error bands.
//
// Ω, the partial molar volume of the alkali in the host, is the volume that one more alkali adds to it: Ω(x) = dV/dx with V the volume of a
// formula unit AₓMO₂, Å³ per alkali (times 0.602214 cm³/mol). It drives diffusion stress: X. Zhang, W. Shyy & A. M. Sastry, J. Electrochem.
// Soc. 154 (2007) A910, doi 10.1149/1.2759840; where it depends on x, as here, V. Malavé, J. R. Berger & P. A. Martin, J. Appl. Mech. 81
// (2014) 091005, doi 10.1115/1.4027833. It is negative where a cathode swells as alkali leaves.
#pragma once

#include <lamella/core/error.hpp>                // fail
#include <lamella/core/measured.hpp>             // Measured
#include <lamella/core/scalar.hpp>               // square
#include <lamella/fit/detail/noisy_data.hpp>     // weighable, moderate
#include <lamella/fit/function_table.hpp>        // tabulate
#include <lamella/fit/smooth_function.hpp>       // SmoothFunction
#include <lamella/refine/series_record.hpp>      // SeriesRecord

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The functions of one phase over the contents it had by itself. Where two phases coexist, the content of the sample is not that of a phase:
/// such patterns do not count. Absent where too few patterns say it.
struct PhaseFunctions {
  std::size_t phase = 0;                     ///< its number in the record
  std::string name{};
  std::size_t patterns = 0;                  ///< that have the phase alone, and x
  std::optional<SmoothFunction> a{};         ///< Å
  std::optional<SmoothFunction> layer{};     ///< c over its slabs, Å: what stacks of O3, P3 and P2 have in common
  std::optional<SmoothFunction> volume{};    ///< of a formula unit, Å³
  std::optional<SmoothFunction> slab{}, interslab{};  ///< d(O–TM–O), d(O–A–O), Å
  std::vector<std::string> notes{};          ///< what is absent, and why

  /// The range of x of all that is there.
  double lower() const { return a ? a->lower() : 0; }
  double upper() const { return a ? a->upper() : 0; }
};

/// The functions of every phase of a record. x counts as exact: an error that all patterns share (mass, start of the charge) moves them along
/// x. Throws for records that contradict themselves.
inline std::vector<PhaseFunctions> phase_functions(const SeriesRecord& record, const SmoothingOptions& options = {}) {
  check(record);
  std::vector<PhaseFunctions> result;
  for (std::size_t p = 0; p < record.phases.size(); ++p) {
    const SeriesPhase& phase = record.phases[p];
    PhaseFunctions& functions = result.emplace_back();
    functions.phase = p;
    functions.name = phase.name;
    std::vector<const SeriesObservation*> alone;
    for (const auto& pattern : record.patterns)
      if (detail::only_phase(pattern) == p && pattern.x && detail::moderate(pattern.x->value)) alone.push_back(&pattern);
    functions.patterns = alone.size();
    const auto smooth = [&](std::optional<SmoothFunction>& to, const char* what, double divisor, const auto& quantity) {
      std::vector<double> x;
      std::vector<Measured> y;
      for (const auto* pattern : alone) {
        const std::optional<Measured> m = quantity(pattern->phases[p]);
        if (!m || !detail::weighable(*m)) continue;
        x.push_back(pattern->x->value);
        y.push_back({m->value / divisor, m->esd / divisor});
      }
      if (const std::string fault = detail::smoothing_fault(x, y); fault.empty()) to.emplace(x, y, options);
      else functions.notes.push_back(phase.name + ": no function of " + what + ": " + fault);
    };
    using Of = std::optional<Measured>;
    smooth(functions.a, "a", 1, [](const PhaseObservation& o) { return Of(o.a); });
    smooth(functions.layer, "c", phase.slabs, [](const PhaseObservation& o) { return Of(o.c); });
    smooth(functions.volume, "volume", phase.formula_units, [](const PhaseObservation& o) { return Of(o.volume); });
    smooth(functions.slab, "slab", 1, [](const PhaseObservation& o) { return o.slab(); });
    smooth(functions.interslab, "interslab", 1, [](const PhaseObservation& o) { return o.interslab(); });
  }
  return result;
}

/// Ω(x) = dV/dx, Å³ per alkali. Throws where the phase has no function of volume and outside its range of x.
inline Measured partial_molar_volume(const PhaseFunctions& functions, double x) {
  if (!functions.volume) fail("partial molar volume of " + functions.name + ": too few patterns for the volume as a function of x");
  return functions.volume->slope(x);
}

/// The stress-free strain of a hexagonal cell against a reference state: ε = diag(a, a, c) with the stacking axis along z, from lengths over
/// those of the reference less 1.
struct Eigenstrain {
  Measured a{}, c{};
};

namespace detail {

/// f(x)/g(reference) − 1; of one function with the covariance of its two values.
inline Measured strain(const SmoothFunction& f, double x, const SmoothFunction& g, double reference) {
  const Measured now = f(x), then = g(reference);
  const double ratio = now.value / then.value, both = &f == &g ? f.covariance(x, reference) : 0;
  const double variance = (square(now.esd) + square(ratio * then.esd) - 2 * ratio * both) / square(then.value);
  return {ratio - 1, std::sqrt(std::max(0.0, variance))};
}

}  // namespace detail

/// The eigenstrain of a phase at x against the state of a phase (the same or another) at `reference_x`: 0 with esd 0 at that very state.
/// Throws where one has no functions of a and c, and outside their ranges.
inline Eigenstrain eigenstrain(const PhaseFunctions& functions, double x, const PhaseFunctions& reference, double reference_x) {
  for (const auto* f : {&functions, &reference})
    if (!f->a || !f->layer) fail("eigenstrain of " + f->name + ": too few patterns for a and c as functions of x");
  return {detail::strain(*functions.a, x, *reference.a, reference_x), detail::strain(*functions.layer, x, *reference.layer, reference_x)};
}

/// The state that eigenstrains are against: a phase by its place in a list of functions, and a content.
struct StrainReference {
  std::size_t phase = 0;
  double x = 1;
};

/// The state with most alkali that the first phase with functions had; nothing where none has.
inline std::optional<StrainReference> default_strain_reference(const std::vector<PhaseFunctions>& functions) {
  for (std::size_t p = 0; p < functions.size(); ++p)
    if (functions[p].a && functions[p].layer) return StrainReference{p, std::min(functions[p].a->upper(), functions[p].layer->upper())};
  return std::nullopt;
}

/// A smooth function as a table over its range, for simulations: `volume_table.derivative(x)` is Ω(x).
template <std::size_t N, std::floating_point T = double>
FunctionTable<N, T> tabulate(const SmoothFunction& f) {
  return tabulate<N, T>([&](double x) {
    const double inside = std::clamp(x, f.lower(), f.upper());
    const Measured value = f(inside);
    return std::array{value.value, f.slope(inside).value, value.esd};
  }, f.lower(), f.upper());
}

}  // namespace lamella::inline LAMELLA_ABI
