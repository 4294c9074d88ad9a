// Calculates a powder pattern and its derivatives with respect to the free parameters of its model.
//
// Derivatives come on two levels. Dual numbers carry the model's parameters to the few numbers of each peak: position,
// area, width, mixing. The profile's derivatives with respect to those are analytic and run in vector loops over the
// window of the peak. The chain rule joins the two window by window.
#pragma once

#include <lamella/core/dual.hpp>                       // Dual
#include <lamella/core/error.hpp>                      // fail
#include <lamella/diffraction/axial_divergence.hpp>    // AxialQuadrature
#include <lamella/diffraction/background.hpp>          // BackgroundBasis
#include <lamella/diffraction/detail/peak_kernel.hpp>  // add_peak, fill_columns, PeakWindow
#include <lamella/diffraction/phase_peaks.hpp>         // PhasePeaks, Peak, ScatteringOptions
#include <lamella/diffraction/powder_model.hpp>        // PowderModel
#include <lamella/diffraction/pseudo_voigt.hpp>        // pseudo_voigt
#include <lamella/diffraction/reflections.hpp>         // reflections
#include <lamella/fit/free_parameters.hpp>             // FreeParameter
#include <lamella/fit/parameters.hpp>                  // for_each_parameter

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// How a pattern is calculated.
struct CalculationOptions {
  ScatteringOptions scattering{};
  /// Tails below this fraction of the strongest peak's height are cut off, or below less where many are cut: together
  /// they stay below ten times this fraction.
  double window_tolerance = 1e-5;
};

/// Patterns of one model topology on one grid of angles. `prepare` allocates; afterwards `calculate` and
/// `differentiate` do not. The list of reflections and the windows of the peaks stay as they were prepared, so that
/// the pattern is a smooth function of the parameters in between.
template <CrystalModel Crystal>
class PatternCalculator {
 public:
  using Model = PowderModel<Crystal>;

  /// `two_theta` in degrees, strictly increasing. Throws where a species has no form factor or the angles make no grid.
  PatternCalculator(const Model& model, std::vector<double> two_theta, const CalculationOptions& options = {})
      : two_theta_(std::move(two_theta)), options_(options), dual_(rebound<Wide>(model)) {
    if (two_theta_.size() < 2) fail("powder pattern: at least two points expected");
    for (std::size_t i = 0; i < two_theta_.size(); ++i)
      if (!(two_theta_[i] > 0 && two_theta_[i] < 180 && (i == 0 || two_theta_[i] > two_theta_[i - 1])))
        fail("powder pattern: angles must increase strictly between 0 and 180 degrees 2theta");
    basis_ = BackgroundBasis(model.background, two_theta_);
    columns_.reserve(tile);
    dual_address_ = parameter_addresses(dual_);
    const auto count = [](const auto& part) { return parameter_values(part).size(); };
    first_background_ = count(model.instrument);
    std::size_t next = first_background_ + count(model.background);
    humps_.parameters = {first_background_ + basis_.size(), next};
    humps_.diffracted = false;
    phases_.resize(model.phases.size());
    for (std::size_t p = 0; p < phases_.size(); ++p) {
      const std::size_t first = next;
      next += count(model.phases[p]);
      phases_[p].parameters = {first, next};
    }
    prepare(model);
  }

  std::span<const double> two_theta() const noexcept { return two_theta_; }
  const CalculationOptions& options() const noexcept { return options_; }

  /// Lists the reflections, those outside the range of angles whose tails reach into it included, and fixes the windows
  /// of the peaks for the current parameters.
  void prepare(const Model& model) {
    for (std::size_t p = 0; p < phases_.size(); ++p) {
      auto& phase = phases_[p];
      phase.scratch = structure_of(model.phases[p].crystal);
      phase.dual_scratch = rebound<Wide>(phase.scratch);
      list_peaks(model, p, reflections_in_reach(model, p));
    }
    humps_.resize(model.background.humps.size());
    freeze_windows(model);
    for (std::size_t p = 0; p < phases_.size(); ++p)
      if (auto kept = near_reflections(model, p); kept.size() < reflections_of(p).size()) list_peaks(model, p, std::move(kept));
    freeze_windows(model);
  }

  /// Fixes the windows of the peaks anew, for the same reflections.
  void freeze_windows(const Model& model) {
    const double first = two_theta_.front(), last = two_theta_.back();
    for (std::size_t p = 0; p < phases_.size(); ++p) locate(model, p);
    locate_humps(model.background, humps_.peaks);
    const auto for_each_group = [&](auto&& visit) {
      for (auto& phase : phases_) visit(static_cast<PeakGroup&>(phase), model.instrument.asymmetry);
      visit(humps_, 0.0);
    };
    double strongest = 0;
    for_each_group([&](const PeakGroup& group, double) {
      for (const auto& peak : group.peaks) {
        if (!std::isfinite(peak.area)) continue;
        const double outside = std::max({0.0, first - peak.position, peak.position - last});
        strongest = std::max(strongest, std::abs(peak.area) * pseudo_voigt(outside, peak.shape));
      }
    });
    // A Lorentzian of height h and width w cut at height c loses the area w sqrt(h c), some of it outside the range.
    // All losses, spread evenly over the range, stay below five times what one peak may lose at a point.
    double losses = 0;
    for_each_group([&](const PeakGroup& group, double) {
      for (const auto& [position, area, shape] : group.peaks) {
        const double loss = shape.fwhm * std::sqrt(std::abs(area) * shape.eta * 2 / (std::numbers::pi * shape.fwhm));
        if (std::isfinite(loss)) losses += loss;
      }
    });
    const double allowed = options_.window_tolerance * strongest;
    const double cutoff = losses > 0 ? std::min(allowed, square(5 * allowed * (last - first) / losses)) : allowed;
    for_each_group([&](PeakGroup& group, double asymmetry) {
      for (std::size_t i = 0; i < group.peaks.size(); ++i) group.windows[i] = window_of(group.peaks[i], asymmetry, cutoff);
    });
  }

  /// The reflections of a phase, in order of decreasing d.
  std::span<const Reflection> reflections_of(std::size_t phase) const { return phases_[phase].source.reflections(); }
  /// Its peaks as of the last call that calculated it: for each reflection one per spectral line.
  std::span<const Peak<double>> peaks_of(std::size_t phase) const { return phases_[phase].peaks; }

  /// Writes the pattern to `y` (one value per angle).
  void calculate(const Model& model, std::span<double> y) {
    background(model, y);
    for (std::size_t p = 0; p < phases_.size(); ++p) add_phase(model, p, y);
  }

  /// Writes the background alone to `y`, humps included.
  void background(const Model& model, std::span<double> y) {
    std::fill(y.begin(), y.end(), 0.0);
    const auto& b = model.background;
    for (std::size_t k = 0; k < basis_.size(); ++k)
      axpy(k < b.coefficients.size() ? b.coefficients[k] : b.levels[k - b.coefficients.size()], basis_.column(k), y.data(), y.size());
    locate_humps(b, humps_.peaks);
    for (std::size_t i = 0; i < humps_.peaks.size(); ++i) add_peak(humps_, i, 0, y);
  }

  /// Adds one phase to `y`.
  void add_phase(const Model& model, std::size_t p, std::span<double> y) {
    locate(model, p);
    for (std::size_t i = 0; i < phases_[p].peaks.size(); ++i) add_peak(phases_[p], i, model.instrument.asymmetry, y);
  }

  /// Adds the peaks of one reflection to `y`, where the last call that calculated its phase left them.
  void add_reflection(const Model& model, std::size_t p, std::size_t r, std::span<double> y) {
    const std::size_t lines = model.diffractometer.radiation.count;
    for (std::size_t i = r * lines; i < (r + 1) * lines; ++i) add_peak(phases_[p], i, model.instrument.asymmetry, y);
  }

  /// The points of the pattern that the peaks of a reflection touch: [first, last).
  std::pair<std::size_t, std::size_t> points_of(const Model& model, std::size_t p, std::size_t r) const {
    const std::size_t lines = model.diffractometer.radiation.count;
    std::size_t first = two_theta_.size(), last = 0;
    for (std::size_t i = r * lines; i < (r + 1) * lines; ++i) {
      const auto& w = phases_[p].windows[i];
      if (w.first == w.last) continue;
      first = std::min(first, w.first);
      last = std::max(last, w.last);
    }
    return {std::min(first, last), last};
  }

  /// Writes the pattern to `y` and its derivatives to `jacobian`: one column of y.size() values per free parameter.
  void differentiate(const Model& model, std::span<const FreeParameter> free, std::span<double> y,
                     std::span<double> jacobian) {
    const std::size_t n = y.size();
    background(model, y);
    std::fill(jacobian.begin(), jacobian.end(), 0.0);
    for (std::size_t f = 0; f < free.size(); ++f)
      for (const auto& follower : free[f].followers)
        if (follower.index >= first_background_ && follower.index < first_background_ + basis_.size())
          axpy(follower.coefficient, basis_.column(follower.index - first_background_), jacobian.data() + f * n, n);
    for_each_parameter([](Wide& x, const double& value) { x = Wide(value); }, dual_, model);
    for (std::size_t p = 0; p < phases_.size(); ++p)
      for (std::size_t i = 0; i < model.phases[p].intensities.size(); ++i)  // Le Bail's are no parameters
        if (model.phases[p].intensity_model == IntensityModel::le_bail) dual_.phases[p].intensities[i].value = Wide(model.phases[p].intensities[i].value);
    for (std::size_t p = 0; p < phases_.size(); ++p) {
      auto& phase = phases_[p];
      locate(model, p);
      const auto locate_duals = [&] {
        phase.source.locate(dual_.diffractometer, dual_.instrument, dual_.phases[p], phase.dual_scratch, std::span(phase.dual_peaks));
      };
      differentiate_group(phase, free, model.instrument.asymmetry, locate_duals, y, jacobian);
    }
    // `background` has added the humps to `y`: here only their derivatives are wanted.
    differentiate_group(humps_, free, 0, [&] { locate_humps(dual_.background, humps_.dual_peaks); }, {}, jacobian);
  }

 private:
  static constexpr std::size_t width = 8;   ///< parameters per sweep of dual numbers
  static constexpr std::size_t tile = 256;  ///< points whose columns stay in the nearest cache while they are used
  using Wide = Dual<double, width>;
  using DualModel = typename Model::template rebind<Wide>;

  /// Peaks with a common origin, and the parameters [first, last) that move no others; those of the instrument move all that are
  /// `diffracted`.
  struct PeakGroup {
    std::vector<Peak<double>> peaks;
    std::vector<Peak<Wide>> dual_peaks;
    std::vector<detail::PeakWindow> windows;
    std::pair<std::size_t, std::size_t> parameters;
    bool diffracted = true;

    void resize(std::size_t n) {
      peaks.assign(n, {});
      dual_peaks.assign(n, {});
      windows.assign(n, {});
    }
  };
  struct PhaseState : PeakGroup {
    PhasePeaks source;
    Structure<double> scratch;
    Structure<Wide> dual_scratch;
  };

  /// Derivatives of one peak with respect to one free parameter.
  struct Chain {
    double area, position, fwhm, eta;
  };

  static void axpy(double a, const double* __restrict x, double* __restrict y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] += a * x[i];
  }

  /// y += a u + b v, as cheap as it gets where one or both factors are 0.
  static void add_combination(double a, const double* __restrict u, double b, const double* __restrict v, double* __restrict y, std::size_t n) {
    if (b == 0) {
      if (a != 0) axpy(a, u, y, n);
    } else if (a == 0) {
      axpy(b, v, y, n);
    } else {
      for (std::size_t i = 0; i < n; ++i) y[i] += a * u[i] + b * v[i];
    }
  }

  /// y += Σ factor · column, the five of a peak, in as few passes as there are factors other than 0 for.
  static void add_columns(const std::array<double, detail::PeakColumns::count>& factor, const detail::PeakColumns& columns, double* __restrict y, std::size_t n) {
    const auto& c = columns.column;
    if (factor[0] != 0 && factor[1] != 0 && factor[2] != 0 && factor[3] != 0) {
      const auto [a, b, d, e, unused] = factor;
      const double* __restrict const u = c[0].data();
      const double* __restrict const v = c[1].data();
      const double* __restrict const w = c[2].data();
      const double* __restrict const x = c[3].data();
      for (std::size_t i = 0; i < n; ++i) y[i] += (a * u[i] + b * v[i]) + (d * w[i] + e * x[i]);
    } else {
      add_combination(factor[0], c[0].data(), factor[1], c[1].data(), y, n);
      add_combination(factor[2], c[2].data(), factor[3], c[3].data(), y, n);
    }
    if (factor[4] != 0) axpy(factor[4], c[4].data(), y, n);
  }

  void locate(const Model& model, std::size_t p) {
    auto& phase = phases_[p];
    phase.source.locate(model.diffractometer, model.instrument, model.phases[p], phase.scratch, std::span(phase.peaks));
  }

  template <Scalar T>
  static void locate_humps(const Background<T>& background, std::vector<Peak<T>>& peaks) {
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      const auto& hump = background.humps[i];
      peaks[i] = {hump.position, hump.area, {hump.fwhm, hump.eta}};
    }
  }

  /// Adds one peak to `y`.
  void add_peak(const PeakGroup& group, std::size_t i, double asymmetry, std::span<double> y) {
    const auto& w = group.windows[i];
    const auto& peak = group.peaks[i];
    if (w.first == w.last || peak.area == 0) return;
    detail::PeakNodes<double> nodes;
    if (w.asymmetric) nodes = detail::PeakNodes<double>(quadrature_.nodes(w.rule, peak.position, asymmetry, std::span(nodes_)));
    detail::add_peak(two_theta_.data(), y.data(), w, peak.position, peak.area, peak.shape, nodes);
  }

  static constexpr double margin = 2;     ///< degrees 2θ around the range in which every reflection is kept
  static constexpr double farthest = 165; ///< degrees 2θ: beyond, Lorentz factor and widths grow out of all measure

  /// The reflections whose tails or shifts can reach into the pattern; those of free intensities as listed.
  std::vector<Reflection> reflections_in_reach(const Model& model, std::size_t p) const {
    const auto& phase = model.phases[p];
    const auto& structure = phases_[p].scratch;
    if (phase.intensity_model != IntensityModel::structure) {
      const auto g = reciprocal_metric(structure.cell);
      std::vector<Reflection> list;
      for (const auto& i : phase.intensities) list.push_back({i.hkl, i.multiplicity, 1 / std::sqrt(g.quadratic_form(i.hkl))});
      return list;
    }
    double shortest = INFINITY, longest = 0;
    for (const auto& line : model.diffractometer.radiation.lines()) {
      shortest = std::min(shortest, line.wavelength);
      longest = std::max(longest, line.wavelength);
    }
    const double last = two_theta_.back();
    const auto fwhm = PhasePeaks::isotropic_shape(model.instrument, phase, std::min(0.5 * last * degree, 1.5), longest).fwhm;
    const double reach = 0.5 * fwhm / std::sqrt(options_.window_tolerance);  // of a peak as strong as the strongest
    const double high = std::min(std::max(last + margin, std::min(last + 2 * reach, farthest)), 179.0);
    const double low = 0.5;  // reflections are few there
    return reflections(structure.cell, structure.space_group, shortest / (2 * std::sin(0.5 * high * degree)),
                       longest / (2 * std::sin(0.5 * low * degree)));
  }

  /// Makes room for the peaks of the reflections of a phase.
  void list_peaks(const Model& model, std::size_t p, std::vector<Reflection> list) {
    auto& phase = phases_[p];
    const auto& own = model.phases[p];
    std::vector<Scatterer> scatterers;
    if (own.intensity_model == IntensityModel::structure)
      scatterers = scatterers_of(phase.scratch, model.diffractometer.radiation, options_.scattering, own.name);
    phase.source = PhasePeaks(own, phase.scratch, std::move(list), std::move(scatterers));
    phase.resize(phase.source.reflections().size() * model.diffractometer.radiation.count);
  }

  /// The reflections that lie in the range or reach into it.
  std::vector<Reflection> near_reflections(const Model& model, std::size_t p) const {
    const auto& phase = phases_[p];
    const auto& all = phase.source.reflections();
    if (model.phases[p].intensity_model != IntensityModel::structure) return all;
    const std::size_t lines = model.diffractometer.radiation.count;
    std::vector<Reflection> kept;
    for (std::size_t r = 0; r < all.size(); ++r) {
      bool near = false;
      for (std::size_t i = r * lines; i < (r + 1) * lines; ++i) {
        const double position = phase.peaks[i].position;
        near = near || phase.windows[i].first != phase.windows[i].last ||
               (position > two_theta_.front() - margin && position < two_theta_.back() + margin);
      }
      if (near) kept.push_back(all[r]);
    }
    return kept;
  }

  detail::PeakWindow window_of(const Peak<double>& peak, double asymmetry, double cutoff) const {
    const auto& [position, area, shape] = peak;
    detail::PeakWindow w;
    if (!(std::isfinite(position) && std::isfinite(area) && std::isfinite(shape.fwhm))) return w;
    const double span = asymmetry > 0 ? axial_span(position, asymmetry) : 0;
    const double height = std::abs(area) * shape.eta * 2 / (std::numbers::pi * shape.fwhm);
    const double gaussian = std::abs(area) * (1 - shape.eta) * 2 * std::sqrt(std::numbers::ln2 / std::numbers::pi) / shape.fwhm;
    // Two distant nodes do for the tails from here on; half a width of it for what moves while windows are frozen.
    constexpr double smallest_core = 1.5, leeway = 0.5;
    const double core = std::max(smallest_core, detail::gaussian_reach(cutoff / gaussian) + leeway) * shape.fwhm + 0.5 * std::abs(span);
    const double reach = std::max(core, 0.5 * shape.fwhm * std::sqrt(std::max(0.0, height / cutoff - 1)));
    const auto at = [&](double angle) {
      return static_cast<std::size_t>(std::lower_bound(two_theta_.begin(), two_theta_.end(), angle) - two_theta_.begin());
    };
    const double low = std::min(0.0, span), high = std::max(0.0, span);
    w.first = at(position + low - reach);
    w.last = at(position + high + reach);
    w.core_first = at(position + low - core);
    w.core_last = at(position + high + core);
    const double tail = std::max(core, 6 * shape.fwhm + 4 * std::abs(span));
    w.tail_first = std::max(w.first, std::min(w.core_first, at(position - tail)));
    w.tail_last = std::min(w.last, std::max(w.core_last, at(position + tail)));
    w.asymmetric = span != 0;
    w.rule = AxialQuadrature::rule_for(std::abs(span), shape.fwhm);
    return w;
  }

  /// Adds the derivatives of a group of peaks to `jacobian`, and its peaks to `y` unless that is empty. `locate_duals` fills
  /// the group's peaks of duals from `dual_`, whose derivatives are zero before and after.
  template <class Locate>
  void differentiate_group(PeakGroup& group, std::span<const FreeParameter> free, double s, const Locate& locate_duals, std::span<double> y,
                           std::span<double> jacobian) {
    const std::size_t n = two_theta_.size(), peaks = group.peaks.size();
    if (peaks == 0) return;
    index_.clear();
    for (std::size_t f = 0; f < free.size(); ++f)
      if (std::any_of(free[f].followers.begin(), free[f].followers.end(), [&](const auto& follower) {
            return (group.diffracted && follower.index < first_background_) || (follower.index >= group.parameters.first && follower.index < group.parameters.second);
          }))
        index_.push_back(f);
    const std::size_t columns = index_.size();
    chain_.resize(std::max(chain_.size(), peaks * columns));
    asymmetry_chain_.assign(columns, 0.0);
    for (std::size_t first = 0; first < columns; first += width) {
      const std::size_t count = std::min(width, columns - first);
      for (std::size_t k = 0; k < count; ++k)
        for (const auto& follower : free[index_[first + k]].followers) dual_address_[follower.index]->grad[k] = follower.coefficient;
      locate_duals();
      for (std::size_t k = 0; k < count; ++k) asymmetry_chain_[first + k] = dual_.instrument.asymmetry.grad[k];
      for (std::size_t k = 0; k < count; ++k)
        for (const auto& follower : free[index_[first + k]].followers) dual_address_[follower.index]->grad[k] = 0;
      for (std::size_t i = 0; i < peaks; ++i) {
        const auto& d = group.dual_peaks[i];
        for (std::size_t k = 0; k < count; ++k)
          chain_[i * columns + first + k] = {d.area.grad[k], d.position.grad[k], d.shape.fwhm.grad[k], d.shape.eta.grad[k]};
      }
    }
    const auto asymmetry = detail::AxialDual::variable(s, 1);
    for (std::size_t i = 0; i < peaks; ++i) {
      const auto& w = group.windows[i];
      const auto& peak = group.peaks[i];
      if (w.first == w.last) continue;
      detail::PeakNodes<detail::AxialDual> nodes;
      if (w.asymmetric)
        nodes = detail::PeakNodes<detail::AxialDual>(
            quadrature_.nodes(w.rule, detail::AxialDual::variable(peak.position, 0), asymmetry, std::span(dual_nodes_)));
      for (std::size_t from = w.first; from < w.last; from += tile) {
        const auto part = w.within(from, std::min(from + tile, w.last));
        const std::size_t points = part.last - part.first;
        detail::fill_columns(two_theta_.data(), part, peak.position, peak.shape, nodes, columns_);
        if (!y.empty()) axpy(peak.area, columns_.column[0].data(), y.data() + from, points);
        for (std::size_t k = 0; k < columns; ++k) {
          const Chain& chain = chain_[i * columns + k];
          const double by_asymmetry = w.asymmetric ? peak.area * asymmetry_chain_[k] : 0;
          add_columns({chain.area, peak.area * chain.position, peak.area * chain.fwhm, peak.area * chain.eta, by_asymmetry}, columns_,
                      jacobian.data() + index_[k] * n + from, points);
        }
      }
    }
  }

  std::vector<double> two_theta_;
  CalculationOptions options_;
  BackgroundBasis basis_;
  std::size_t first_background_ = 0;  ///< index of the first parameter of the background; those of the instrument come before
  AxialQuadrature quadrature_;
  std::vector<AxialNode<double>> nodes_ = std::vector<AxialNode<double>>(AxialQuadrature::largest);
  std::vector<AxialNode<detail::AxialDual>> dual_nodes_ = std::vector<AxialNode<detail::AxialDual>>(AxialQuadrature::largest);
  std::vector<PhaseState> phases_;
  PeakGroup humps_;
  DualModel dual_;
  std::vector<Wide*> dual_address_;
  detail::PeakColumns columns_;
  std::vector<std::size_t> index_;        ///< free parameters that move peaks
  std::vector<Chain> chain_;              ///< [peak][parameter]
  std::vector<double> asymmetry_chain_;   ///< [parameter]
};

}  // namespace lamella
