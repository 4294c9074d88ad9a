// Calculates a powder pattern and its derivatives with respect to the free parameters of its model.
//
// Derivatives come on two levels. Dual numbers carry the model's parameters to the few numbers of each peak: position,
// area, width, mixing. The profile's derivatives with respect to those are analytic and run in vector loops over the
// window of the peak. The chain rule joins the two window by window.
#pragma once

#include <lamella/core/dual.hpp>                       // Dual
#include <lamella/core/error.hpp>                      // fail
#include <lamella/diffraction/axial_divergence.hpp>    // AxialQuadrature
#include <lamella/diffraction/detail/peak_kernel.hpp>  // add_peak, fill_columns, PeakWindow
#include <lamella/diffraction/powder_model.hpp>        // PowderModel
#include <lamella/diffraction/pseudo_voigt.hpp>        // thompson_cox_hastings
#include <lamella/diffraction/reflections.hpp>         // reflections
#include <lamella/diffraction/scattering.hpp>          // scatterer
#include <lamella/diffraction/structure_factor.hpp>    // StructureFactors
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
  FormFactorTable form_factors = FormFactorTable::wk95;
  bool dispersion = true;          ///< with f' and f'' of the radiation's anode; refused where it has none
  /// Tails below this fraction of the strongest peak's height are cut off, or below less where many are cut: together
  /// they stay below ten times this fraction.
  double window_tolerance = 1e-5;
};

/// One peak on the detector: one spectral line of one reflection.
template <Scalar T = double>
struct Peak {
  T position{};            ///< degrees 2θ, shifts included
  T area{};                ///< counts × degrees
  PseudoVoigt<T> shape{};  ///< width in degrees 2θ
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
    tabulate_chebyshev(model.background.coefficients.size());
    dual_address_ = parameter_addresses(dual_);
    phases_.resize(model.phases.size());
    prepare(model);
  }

  std::span<const double> two_theta() const noexcept { return two_theta_; }

  /// Lists the reflections, those outside the range of angles whose tails reach into it included, and fixes the windows
  /// of the peaks for the current parameters.
  void prepare(const Model& model) {
    for (std::size_t p = 0; p < phases_.size(); ++p) {
      const auto structure = structure_of(model.phases[p].crystal);
      auto& phase = phases_[p];
      const auto [low, high] = d_range(model, p);
      phase.reflections = reflections(structure.cell, structure.space_group, low, high);
      phase.scratch = structure;
      phase.dual_scratch = rebound<Wide>(structure);
      list_peaks(model, p, structure);
    }
    freeze_windows(model);
    for (std::size_t p = 0; p < phases_.size(); ++p)
      if (drop_distant_reflections(model, p)) list_peaks(model, p, phases_[p].scratch);
    freeze_windows(model);
  }

  /// Fixes the windows of the peaks anew, for the same reflections.
  void freeze_windows(const Model& model) {
    const double first = two_theta_.front(), last = two_theta_.back();
    double strongest = 0;
    for (std::size_t p = 0; p < phases_.size(); ++p) {
      locate_peaks(model, p, phases_[p].scratch, phases_[p].peaks);
      for (const auto& peak : phases_[p].peaks) {
        if (!std::isfinite(peak.area)) continue;
        const double outside = std::max({0.0, first - peak.position, peak.position - last});
        strongest = std::max(strongest, std::abs(peak.area) * pseudo_voigt(outside, peak.shape));
      }
    }
    // A Lorentzian of height h and width w cut at height c loses the area w sqrt(h c), some of it outside the range.
    // All losses, spread evenly over the range, stay below five times what one peak may lose at a point.
    double losses = 0;
    for (const auto& phase : phases_)
      for (const auto& [position, area, shape] : phase.peaks) {
        const double loss = shape.fwhm * std::sqrt(std::abs(area) * shape.eta * 2 / (std::numbers::pi * shape.fwhm));
        if (std::isfinite(loss)) losses += loss;
      }
    const double allowed = options_.window_tolerance * strongest;
    const double cutoff = std::min(allowed, square(5 * allowed * (last - first) / losses));
    std::size_t widest = 0;
    for (auto& phase : phases_)
      for (std::size_t i = 0; i < phase.peaks.size(); ++i) {
        phase.windows[i] = window_of(phase.peaks[i], model.instrument.asymmetry, cutoff);
        widest = std::max(widest, phase.windows[i].last - phase.windows[i].first);
      }
    columns_.reserve(widest);
  }

  /// The reflections of a phase, in order of decreasing d.
  std::span<const Reflection> reflections_of(std::size_t phase) const { return phases_[phase].reflections; }
  /// Its peaks as of the last call that calculated it: for each reflection one per spectral line.
  std::span<const Peak<double>> peaks_of(std::size_t phase) const { return phases_[phase].peaks; }

  /// Writes the pattern to `y` (one value per angle).
  void calculate(const Model& model, std::span<double> y) {
    background(model, y);
    for (std::size_t p = 0; p < phases_.size(); ++p) add_phase(model, p, y);
  }

  /// Writes the background alone to `y`.
  void background(const Model& model, std::span<double> y) const {
    std::fill(y.begin(), y.end(), 0.0);
    for (std::size_t k = 0; k < model.background.coefficients.size(); ++k)
      axpy(model.background.coefficients[k], chebyshev_.data() + k * y.size(), y.data(), y.size());
  }

  /// Adds one phase to `y`.
  void add_phase(const Model& model, std::size_t p, std::span<double> y) {
    locate_peaks(model, p, phases_[p].scratch, phases_[p].peaks);
    for (std::size_t r = 0; r < phases_[p].reflections.size(); ++r) add_reflection(model, p, r, y);
  }

  /// Adds the peaks of one reflection to `y`, where the last call that calculated its phase left them.
  void add_reflection(const Model& model, std::size_t p, std::size_t r, std::span<double> y) {
    const std::size_t lines = model.diffractometer.radiation.count;
    for (std::size_t i = r * lines; i < (r + 1) * lines; ++i) {
      const auto& w = phases_[p].windows[i];
      const auto& peak = phases_[p].peaks[i];
      if (w.first == w.last || peak.area == 0) continue;
      std::span<const AxialNode<double>> near, far;
      std::array<AxialNode<double>, 2> two{};
      if (w.asymmetric) {
        near = quadrature_.nodes(w.rule, peak.position, model.instrument.asymmetry, std::span(nodes_));
        two = distant_nodes(near);
        far = two;
      }
      detail::add_peak(two_theta_.data(), y.data(), w, peak.position, peak.area, peak.shape, near, far);
    }
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
    index_.clear();
    for (std::size_t f = 0; f < free.size(); ++f) {
      bool other = false;
      for (const auto& follower : free[f].followers) {
        const std::size_t k = background_index(follower.index);
        if (k < chebyshev_terms_)
          axpy(follower.coefficient, chebyshev_.data() + k * n, jacobian.data() + f * n, n);
        else
          other = true;
      }
      if (other) index_.push_back(f);
    }
    for (std::size_t p = 0; p < phases_.size(); ++p) differentiate_phase(model, p, free, y, jacobian);
  }

 private:
  static constexpr std::size_t width = 8;  ///< parameters per sweep of dual numbers
  using Wide = Dual<double, width>;
  using DualModel = typename Model::template rebind<Wide>;

  struct PhaseState {
    std::vector<Reflection> reflections;
    StructureFactors factors;
    Structure<double> scratch;
    Structure<Wide> dual_scratch;
    std::vector<Peak<double>> peaks;
    std::vector<Peak<Wide>> dual_peaks;
    std::vector<detail::PeakWindow> windows;
  };

  /// Derivatives of one peak with respect to one free parameter.
  struct Chain {
    double area, position, fwhm, eta;
  };

  static void axpy(double a, const double* __restrict x, double* __restrict y, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) y[i] += a * x[i];
  }

  /// Position of a parameter among the background coefficients; they follow the eight of the instrument.
  static constexpr std::size_t background_index(std::size_t index) { return index - instrument_parameters; }
  static constexpr std::size_t instrument_parameters = 8;

  void tabulate_chebyshev(std::size_t terms) {
    const std::size_t n = two_theta_.size();
    chebyshev_terms_ = terms;
    chebyshev_.resize(terms * n);
    const double low = two_theta_.front(), high = two_theta_.back();
    for (std::size_t i = 0; i < n; ++i) {
      const double x = (2 * two_theta_[i] - low - high) / (high - low);
      double previous = x, current = 1;  // T_{-1} = T_1, T_0
      for (std::size_t k = 0; k < terms; ++k) {
        chebyshev_[k * n + i] = current;
        previous = std::exchange(current, 2 * x * current - previous);
      }
    }
  }

  Scatterer scatterer_of(Species species, const Model& model, const Place& where) const {
    const Scatterer f = scatterer(species, options_.form_factors, where);
    if (!options_.dispersion) return f;
    const auto& anode = model.diffractometer.radiation.anode;
    if (!anode) fail("no dispersion correction is tabulated for this wavelength, expected an anode or dispersion off");
    return with_dispersion(f, species, *anode);
  }

  static constexpr double margin = 2;     ///< degrees 2θ around the range in which every reflection is kept
  static constexpr double farthest = 165; ///< degrees 2θ: beyond, Lorentz factor and widths grow out of all measure

  /// Smallest and largest d (Å) whose tails or shifts can reach into the pattern.
  std::pair<double, double> d_range(const Model& model, std::size_t p) const {
    double shortest = INFINITY, longest = 0;
    for (const auto& line : model.diffractometer.radiation.lines()) {
      shortest = std::min(shortest, line.wavelength);
      longest = std::max(longest, line.wavelength);
    }
    const double last = two_theta_.back();
    const auto fwhm = shape_at(model, model.phases[p], std::min(0.5 * last * degree, 1.5), longest).fwhm;
    const double reach = 0.5 * fwhm / std::sqrt(options_.window_tolerance);  // of a peak as strong as the strongest
    const double high = std::min(std::max(last + margin, std::min(last + 2 * reach, farthest)), 179.0);
    const double low = 0.5;  // reflections are few there
    return {shortest / (2 * std::sin(0.5 * high * degree)), longest / (2 * std::sin(0.5 * low * degree))};
  }

  /// Makes room for the peaks of the reflections of a phase.
  void list_peaks(const Model& model, std::size_t p, const Structure<double>& structure) {
    auto& phase = phases_[p];
    std::vector<Scatterer> scatterers;
    for (const auto& site : structure.sites)
      scatterers.push_back(scatterer_of(site.species, model, {model.phases[p].name + ", site " + site.label}));
    phase.factors = StructureFactors(structure, phase.reflections, std::move(scatterers));
    const std::size_t peaks = phase.reflections.size() * model.diffractometer.radiation.count;
    phase.peaks.assign(peaks, {});
    phase.dual_peaks.assign(peaks, {});
    phase.windows.assign(peaks, {});
  }

  /// Drops the reflections that neither lie in the range nor reach into it. Returns whether there were any.
  bool drop_distant_reflections(const Model& model, std::size_t p) {
    auto& phase = phases_[p];
    const std::size_t lines = model.diffractometer.radiation.count;
    std::size_t kept = 0;
    for (std::size_t r = 0; r < phase.reflections.size(); ++r) {
      bool near = false;
      for (std::size_t i = r * lines; i < (r + 1) * lines; ++i) {
        const double position = phase.peaks[i].position;
        near = near || phase.windows[i].first != phase.windows[i].last ||
               (position > two_theta_.front() - margin && position < two_theta_.back() + margin);
      }
      if (near) phase.reflections[kept++] = phase.reflections[r];
    }
    const bool dropped = kept < phase.reflections.size();
    phase.reflections.resize(kept);
    return dropped;
  }

  /// The shape of a peak of one phase at `theta` (radians).
  template <class AnyModel, class AnyPhase, Scalar T>
  static PseudoVoigt<T> shape_at(const AnyModel& model, const AnyPhase& phase, const T& theta, double wavelength) {
    using std::cos, std::tan;
    constexpr double smallest_width = 1e-8;  // degrees²: keeps a peak without width from dividing by zero
    const auto& instrument = model.instrument;
    const T tangent = tan(theta), inverse_cosine = T(1.0) / cos(theta);
    T gauss = instrument.U * tangent * tangent + instrument.V * tangent + instrument.W;
    if (!(value_of(gauss) > smallest_width)) gauss = T(smallest_width);
    T lorentz = (instrument.X + T(4 / degree) * phase.strain) * tangent +
                (instrument.Y + T(wavelength / degree) / phase.size) * inverse_cosine;
    if (!(value_of(lorentz) > 0)) lorentz = T(0.0);
    return thompson_cox_hastings(gauss, lorentz);
  }

  template <class AnyModel, Scalar T>
  void locate_peaks(const AnyModel& model, std::size_t p, Structure<T>& scratch, std::vector<Peak<T>>& peaks) const {
    using std::asin, std::sqrt;
    const auto& phase = model.phases[p];
    const auto& state = phases_[p];
    const Structure<T>& structure = structure_of(phase.crystal, scratch);
    const auto g = reciprocal_metric(structure.cell);
    const auto& instrument = model.instrument;
    std::size_t i = 0;
    for (std::size_t r = 0; r < state.reflections.size(); ++r) {
      const auto& reflection = state.reflections[r];
      const T s2 = T(0.25) * g.quadratic_form(reflection.hkl);
      const T s = sqrt(s2);
      const T intensity = phase.scale * T(double(reflection.multiplicity)) * state.factors.squared(r, structure, s2);
      for (const auto& line : model.diffractometer.radiation.lines()) {
        Peak<T>& peak = peaks[i++];
        const T sine = T(line.wavelength) * s;
        if (!(value_of(sine) < 0.99999)) {
          peak = {T(180.0), T(0.0), {T(1.0), T(0.0)}};
          continue;
        }
        const T theta = asin(sine);
        peak.position = T(2 / degree) * theta + angle_shift(instrument, model.diffractometer, theta);
        peak.area = T(line.weight) * intensity * lorentz_polarisation(theta, model.diffractometer.polarisation);
        peak.shape = shape_at(model, phase, theta, line.wavelength);
      }
    }
  }

  detail::PeakWindow window_of(const Peak<double>& peak, double asymmetry, double cutoff) const {
    const auto& [position, area, shape] = peak;
    detail::PeakWindow w;
    if (!(std::isfinite(position) && std::isfinite(area) && std::isfinite(shape.fwhm))) return w;
    const double span = asymmetry > 0 ? axial_span(position, asymmetry) : 0;
    const double height = std::abs(area) * shape.eta * 2 / (std::numbers::pi * shape.fwhm);
    const double core = (detail::gaussian_reach + 1) * shape.fwhm + 0.5 * std::abs(span);
    const double reach = std::max(core, 0.5 * shape.fwhm * std::sqrt(std::max(0.0, height / cutoff - 1)));
    const auto at = [&](double angle) {
      return static_cast<std::size_t>(std::lower_bound(two_theta_.begin(), two_theta_.end(), angle) - two_theta_.begin());
    };
    const double low = std::min(0.0, span), high = std::max(0.0, span);
    w.first = at(position + low - reach);
    w.last = at(position + high + reach);
    w.core_first = at(position + low - core);
    w.core_last = at(position + high + core);
    w.asymmetric = span != 0;
    w.rule = AxialQuadrature::rule_for(std::abs(span), shape.fwhm);
    return w;
  }

  void differentiate_phase(const Model& model, std::size_t p, std::span<const FreeParameter> free, std::span<double> y,
                           std::span<double> jacobian) {
    auto& phase = phases_[p];
    const std::size_t n = y.size(), columns = index_.size(), peaks = phase.peaks.size();
    locate_peaks(model, p, phase.scratch, phase.peaks);
    chain_.resize(peaks * columns);
    asymmetry_chain_.assign(columns, 0.0);
    for (std::size_t first = 0; first < columns; first += width) {
      const std::size_t count = std::min(width, columns - first);
      for_each_parameter([](Wide& x, const double& value) { x = Wide(value); }, dual_, model);
      for (std::size_t k = 0; k < count; ++k)
        for (const auto& follower : free[index_[first + k]].followers)
          dual_address_[follower.index]->grad[k] = follower.coefficient;
      locate_peaks(dual_, p, phase.dual_scratch, phase.dual_peaks);
      for (std::size_t k = 0; k < count; ++k) asymmetry_chain_[first + k] = dual_.instrument.asymmetry.grad[k];
      for (std::size_t i = 0; i < peaks; ++i) {
        const auto& d = phase.dual_peaks[i];
        for (std::size_t k = 0; k < count; ++k)
          chain_[i * columns + first + k] = {d.area.grad[k], d.position.grad[k], d.shape.fwhm.grad[k], d.shape.eta.grad[k]};
      }
    }
    const auto asymmetry = detail::AxialDual::variable(model.instrument.asymmetry, 1);
    for (std::size_t i = 0; i < peaks; ++i) {
      const auto& w = phase.windows[i];
      const auto& peak = phase.peaks[i];
      if (w.first == w.last) continue;
      std::span<const AxialNode<detail::AxialDual>> near, far;
      std::array<AxialNode<detail::AxialDual>, 2> two{};
      if (w.asymmetric) {
        near = quadrature_.nodes(w.rule, detail::AxialDual::variable(peak.position, 0), asymmetry, std::span(dual_nodes_));
        two = distant_nodes(near);
        far = two;
      }
      detail::fill_columns(two_theta_.data(), w, peak.position, peak.shape, near, far, columns_);
      const auto& c = columns_.column;
      const std::size_t points = w.last - w.first;
      axpy(peak.area, c[0].data(), y.data() + w.first, points);
      for (std::size_t k = 0; k < columns; ++k) {
        const Chain& chain = chain_[i * columns + k];
        double* const target = jacobian.data() + index_[k] * n + w.first;
        const std::array<double, detail::PeakColumns::count> factor{
            chain.area, peak.area * chain.position, peak.area * chain.fwhm, peak.area * chain.eta,
            w.asymmetric ? peak.area * asymmetry_chain_[k] : 0.0};
        for (std::size_t q = 0; q < factor.size(); ++q)
          if (factor[q] != 0) axpy(factor[q], c[q].data(), target, points);
      }
    }
  }

  std::vector<double> two_theta_;
  CalculationOptions options_;
  std::size_t chebyshev_terms_ = 0;
  std::vector<double> chebyshev_;  ///< T_k at the points, k by k
  AxialQuadrature quadrature_;
  std::vector<AxialNode<double>> nodes_ = std::vector<AxialNode<double>>(AxialQuadrature::largest);
  std::vector<AxialNode<detail::AxialDual>> dual_nodes_ = std::vector<AxialNode<detail::AxialDual>>(AxialQuadrature::largest);
  std::vector<PhaseState> phases_;
  DualModel dual_;
  std::vector<Wide*> dual_address_;
  detail::PeakColumns columns_;
  std::vector<std::size_t> index_;        ///< free parameters that move peaks
  std::vector<Chain> chain_;              ///< [peak][parameter]
  std::vector<double> asymmetry_chain_;   ///< [parameter]
};

}  // namespace lamella
