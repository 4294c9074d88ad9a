// Least-squares fit of a model to a measured spectrum, with exact derivatives and the full covariance.
#pragma once

#include <lamella/core/dual.hpp>                // Dual
#include <lamella/core/measured.hpp>            // Measured
#include <lamella/fit/derived.hpp>              // propagate
#include <lamella/fit/free_parameters.hpp>      // FreeParameters, FreeParameter
#include <lamella/fit/levenberg_marquardt.hpp>  // minimise, LeastSquaresProblem
#include <lamella/spectra/detail/covariance.hpp>  // esd_of, propagated
#include <lamella/spectra/spectrum.hpp>         // Spectrum
#include <lamella/spectra/spectrum_model.hpp>   // SpectrumModel

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// A fitted model with its uncertainties. Esds are scaled by the goodness of fit √(χ²/(points − parameters)).
struct SpectrumFit {
  SpectrumModel<double> model;
  std::vector<FreeParameter> free;
  std::vector<double> values;         ///< of the free parameters
  Eigen::MatrixXd covariance;         ///< of the free parameters, scaled by the reduced χ²; empty where the fit is singular
  double chi_square = 0;              ///< Σ ((observed − calculated)/sigma)²
  double reduced_chi_square = 0;      ///< χ²/(points − parameters); 0 where there are no points to spare
  FitStatus status = FitStatus::converged;
  int cycles = 0;
  EnergyWindow window;                ///< first and last energy, eV
  std::vector<double> fixed_background;                ///< counts, per point; empty: none
  std::vector<double> calculated, background;          ///< counts, per point; the background with the fixed one
  std::vector<std::vector<double>> components;         ///< counts above the background, one curve each
  std::vector<std::string> warnings;                   ///< parameters at bounds or undetermined

  bool converged() const { return status == FitStatus::converged; }
  /// Value and esd of a parameter by its name; of a tied or held one too (esd 0 where it is held). Throws where there is none.
  Measured parameter(std::string_view name) const;
};

namespace detail {

/// Residuals of a spectrum and their derivatives.
class SpectrumProblem final : public LeastSquaresProblem {
 public:
  SpectrumProblem(SpectrumModel<double>& model, const Spectrum& spectrum, std::span<const FreeParameter> free, std::span<const double> fixed)
      : model_(model), spectrum_(spectrum), free_(free), fixed_(fixed), address_(parameter_addresses(model)), moved_(address_.size(), false),
        local_(address_.size() * spectrum.size(), 0.0), sum_(spectrum.size()), work_(spectrum.size()), calculated_(spectrum.size()) {
    for (std::size_t j = 0; j < free_.size(); ++j) {
      start_.push_back(*address_[free_[j].followers.front().index]);
      for (const auto& follower : free_[j].followers) {
        moved_[follower.index] = true;
        follower_start_.push_back(*address_[follower.index]);
      }
    }
    if (model_.background.tougaard != 0 || moved_[background_index(tougaard)]) build_kernel();
  }

  std::vector<double> start() const { return start_; }
  std::size_t residual_count() const override { return spectrum_.size(); }
  std::size_t parameter_count() const override { return free_.size(); }

  bool residuals(std::span<const double> p, std::span<double> r) override { return set(p) && evaluate(r, false); }

  bool linearise(std::span<const double> p, std::span<double> r, std::span<double> jacobian) override {
    if (!set(p) || !evaluate(r, true)) return false;
    const std::size_t n = spectrum_.size();
    for (std::size_t j = 0; j < free_.size(); ++j) {
      double* column = jacobian.data() + j * n;
      std::fill(column, column + n, 0.0);
      for (const auto& [index, coefficient] : free_[j].followers) {
        const double* moved = local_.data() + index * n;
        for (std::size_t i = 0; i < n; ++i) column[i] += coefficient * moved[i];
      }
      for (std::size_t i = 0; i < n; ++i) column[i] /= spectrum_.sigma[i];
    }
    return true;
  }

 private:
  enum Local : std::size_t { position, area, fwhm, mixing, asymmetry, splitting, area_ratio, width_ratio, per_component };
  enum Part : std::size_t { constant, slope, shirley, tougaard };
  std::size_t background_index(Part part) const { return per_component * model_.components.size() + part; }
  double* column(std::size_t index) { return local_.data() + index * spectrum_.size(); }

  /// Sets the model; false where a width is no width.
  bool set(std::span<const double> p) {
    std::size_t k = 0;
    for (std::size_t j = 0; j < free_.size(); ++j)
      for (const auto& [index, coefficient] : free_[j].followers) *address_[index] = follower_start_[k++] + coefficient * (p[j] - start_[j]);
    return std::all_of(model_.components.begin(), model_.components.end(), [](const auto& c) { return c.fwhm > 0 && (c.area_ratio == 0 || c.width_ratio > 0); });
  }

  bool evaluate(std::span<double> r, bool slopes) {
    std::fill(sum_.begin(), sum_.end(), 0.0);
    for (std::size_t k = 0; k < model_.components.size(); ++k) slopes ? add_with_slopes(k) : add(model_.components[k]);
    const auto& b = model_.background;
    const std::size_t n = spectrum_.size();
    for (std::size_t i = 0; i < n; ++i)
      calculated_[i] = sum_[i] + b.constant + b.slope * (spectrum_.energy[i] - b.reference) + (fixed_.empty() ? 0.0 : fixed_[i]);
    follow(shirley, b.shirley, slopes);
    follow(tougaard, b.tougaard, slopes);
    if (slopes) {
      // What follows the lines follows their derivatives too.
      for (std::size_t index = 0; index < per_component * model_.components.size(); ++index) {
        if (!moved_[index] || (b.shirley == 0 && b.tougaard == 0)) continue;
        std::copy(column(index), column(index) + n, sum_.begin());
        for (const auto& [part, factor] : {std::pair{shirley, b.shirley}, {tougaard, b.tougaard}}) {
          if (factor == 0) continue;
          integrate(part);
          for (std::size_t i = 0; i < n; ++i) column(index)[i] += factor * work_[i];
        }
      }
      for (std::size_t i = 0; i < n; ++i) {
        column(background_index(constant))[i] = 1;
        column(background_index(slope))[i] = spectrum_.energy[i] - b.reference;
      }
    }
    bool finite = true;
    for (std::size_t i = 0; i < n; ++i) {
      r[i] = (spectrum_.counts[i] - calculated_[i]) / spectrum_.sigma[i];
      finite = finite && std::isfinite(r[i]);
    }
    return finite;
  }

  void add(const SpectrumComponent<double>& c) {
    for (const auto& [scale, at, width] : {std::array{c.area, c.position, c.fwhm}, std::array{c.area * c.area_ratio, c.position + c.splitting, c.fwhm * c.width_ratio}}) {
      if (scale == 0) continue;
      const LineProfile<double> line(c.shape, width, c.mixing, c.asymmetry);
      for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += scale * line(spectrum_.energy[i] - at);
    }
  }

  /// Adds component `k` to the sum; its derivatives by the chain rule from the slopes of a line in distance and shape.
  void add_with_slopes(std::size_t k) {
    const auto& c = model_.components[k];
    const std::size_t first = per_component * k, n = spectrum_.size();
    for (std::size_t m = 0; m < per_component; ++m) std::fill(column(first + m), column(first + m) + n, 0.0);
    const auto moves = [&](Local m) { return moved_[first + m]; };
    const bool shaped = (has_mixing(c.shape) && moves(mixing)) || (has_asymmetry(c.shape) && moves(asymmetry));
    const bool second = c.area_ratio != 0 || moves(area_ratio);
    if (shaped) {
      accumulate<4>(k, false);
      if (second) accumulate<4>(k, true);
    } else {
      accumulate<2>(k, false);
      if (second) accumulate<2>(k, true);
    }
  }

  /// One line: derivatives with respect to its distance and width, and with N = 4 to mixing and asymmetry.
  template <std::size_t N>
  void accumulate(std::size_t k, bool second) {
    using Wide = Dual<double, N>;
    const auto& c = model_.components[k];
    const std::size_t first = per_component * k;
    const double ratio = second ? c.area_ratio : 1, widen = second ? c.width_ratio : 1, at = second ? c.position + c.splitting : c.position;
    const double scale = c.area * ratio;
    const auto variable = [](double value, std::size_t i) { return i < N ? Wide::variable(value, i) : Wide(value); };
    const LineProfile<Wide> line(c.shape, variable(c.fwhm * widen, 1), variable(c.mixing, 2), variable(c.asymmetry, 3));
    for (std::size_t i = 0; i < sum_.size(); ++i) {
      const Wide f = line(Wide::variable(spectrum_.energy[i] - at, 0));
      sum_[i] += scale * f.value;
      column(first + area)[i] += ratio * f.value;
      column(first + position)[i] -= scale * f.grad[0];
      column(first + fwhm)[i] += scale * widen * f.grad[1];
      if constexpr (N == 4) {
        column(first + mixing)[i] += scale * f.grad[2];
        column(first + asymmetry)[i] += scale * f.grad[3];
      }
      if (second) {
        column(first + splitting)[i] -= scale * f.grad[0];
        column(first + area_ratio)[i] += c.area * f.value;
        column(first + width_ratio)[i] += scale * c.fwhm * f.grad[1];
      }
    }
  }

  /// Adds a background that follows the lines, and sets the slope of its factor.
  void follow(Part part, double factor, bool slopes) {
    const bool moved = moved_[background_index(part)];
    if (factor == 0 && !moved) return;
    integrate(part);
    for (std::size_t i = 0; i < sum_.size(); ++i) calculated_[i] += factor * work_[i];
    if (slopes && moved) std::copy(work_.begin(), work_.end(), column(background_index(part)));
  }

  /// Into `work_` the integral of `sum_` that Shirley's or Tougaard's background is proportional to.
  void integrate(Part part) {
    if (part == shirley) return cumulative_area(spectrum_.energy, sum_.data(), work_.data());
    const std::size_t n = sum_.size();
    for (std::size_t i = 0; i < n; ++i) {
      const double* row = kernel_.data() + i * n;
      double lost = 0;
      for (std::size_t j = 0; j <= i; ++j) lost += row[j] * sum_[j];
      work_[i] = lost;
    }
  }

  void build_kernel() {
    const std::size_t n = spectrum_.size();
    const auto& energy = spectrum_.energy;
    kernel_.assign(n * n, 0.0);
    for (std::size_t i = 1; i < n; ++i)
      for (std::size_t j = 1; j <= i; ++j) {
        const double half = 0.5 * (energy[j] - energy[j - 1]);
        kernel_[i * n + j] += half * model_.background.kernel(energy[i] - energy[j]);
        kernel_[i * n + j - 1] += half * model_.background.kernel(energy[i] - energy[j - 1]);
      }
  }

  SpectrumModel<double>& model_;
  const Spectrum& spectrum_;
  std::span<const FreeParameter> free_;
  std::span<const double> fixed_;
  std::vector<double*> address_;
  std::vector<bool> moved_;                          ///< per parameter of the model
  std::vector<double> start_, follower_start_;
  std::vector<double> local_;                        ///< derivatives with respect to all parameters of the model, [parameter][point]
  std::vector<double> sum_, work_, calculated_;
  std::vector<double> kernel_;                       ///< of Tougaard's integral, [point][point at lower binding energy]
};

}  // namespace detail

/// When a fit of a spectrum ends: tighter than a refinement needs, since a cycle costs little.
inline LevenbergMarquardtOptions spectrum_fit_options() {
  LevenbergMarquardtOptions options;
  options.max_cycles = 200;
  options.chi_square_tolerance = 1e-10;
  options.shift_tolerance = 1e-3;
  return options;
}

/// Fits `model` to `spectrum` from its values as the start; `parameters` says what is free, tied and bounded (see
/// `spectrum_parameters`). A fixed background, if any, has one value per point. Numerical failure is in `status`. Throws for an
/// unsound spectrum, fewer points than free parameters, a start outside the model's domain, and a fixed background of another length.
inline SpectrumFit fit_spectrum(const SpectrumModel<double>& model, const Spectrum& spectrum, const FreeParameters& parameters,
                                std::vector<double> fixed_background = {}, LevenbergMarquardtOptions options = spectrum_fit_options()) {
  SpectrumFit fit;
  fit.model = model;
  fit.free = parameters.list();
  fit.fixed_background = std::move(fixed_background);
  detail::require_spectrum(spectrum, std::max<std::size_t>(2, fit.free.size() + 1));
  if (!fit.fixed_background.empty() && fit.fixed_background.size() != spectrum.size())
    fail("fit of a spectrum: a fixed background of " + std::to_string(fit.fixed_background.size()) + " points, expected " + std::to_string(spectrum.size()));
  if (parameters.names() != parameter_names(model)) fail("fit of a spectrum: parameters of another model, expected those of spectrum_parameters");
  for_each_named_parameter(
      [](const std::string& name, const double& value) {
        if (!std::isfinite(value)) fail("fit of a spectrum: start of " + name + " is not finite");
      },
      model);
  for (const auto& c : model.components)
    if (!(c.fwhm > 0 && c.width_ratio > 0 && c.mixing >= 0 && (c.mixing <= 1 || c.shape == LineShape::voigt) && c.asymmetry >= 0 && c.asymmetry < 1))
      fail("fit of a spectrum: component " + c.name + " starts with an impossible shape, expected fwhm and width_ratio > 0, mixing from 0 to 1 and asymmetry from 0 to below 1");

  detail::SpectrumProblem problem(fit.model, spectrum, fit.free, fit.fixed_background);
  options.lower.clear();
  options.upper.clear();
  for (const auto& f : fit.free) {
    options.lower.push_back(f.lower);
    options.upper.push_back(f.upper);
  }
  auto result = minimise(problem, problem.start(), options);
  std::vector<double> residual(spectrum.size());
  problem.residuals(result.parameters, residual);  // leaves the model at the minimum
  fit.values = result.parameters;
  fit.status = result.status;
  fit.cycles = result.cycles;
  fit.chi_square = result.chi_square;
  fit.reduced_chi_square = result.chi_square / static_cast<double>(spectrum.size() - fit.free.size());
  fit.covariance = detail::scaled(result.covariance, fit.free.size(), fit.reduced_chi_square);
  fit.window = {spectrum.energy.front(), spectrum.energy.back()};
  for (std::size_t j = 0; j < fit.free.size(); ++j)
    if (result.at_bound[j]) fit.warnings.push_back(fit.free[j].name + " ended at its bound");
  for (const std::size_t j : result.undetermined) fit.warnings.push_back("the data do not determine " + fit.free[j].name);
  for (const auto& [a, b] : result.dependent) fit.warnings.push_back(fit.free[a].name + " cannot be told from " + fit.free[b].name);
  if (!fit.converged()) fit.warnings.push_back("fit: " + std::string(to_string(fit.status)));

  auto curves = calculate(fit.model, std::span<const double>(spectrum.energy));
  fit.components = std::move(curves.components);
  fit.background = std::move(curves.background);
  fit.calculated = std::move(curves.total);
  for (std::size_t i = 0; i < fit.fixed_background.size(); ++i) {
    fit.background[i] += fit.fixed_background[i];
    fit.calculated[i] += fit.fixed_background[i];
  }
  return fit;
}

/// Any number of quantities derived from a fitted model, with their covariance: `f` maps a model on any scalar T to std::array<T, M>.
template <class F>
auto derived_jointly(const SpectrumFit& fit, F&& f) {
  using Array = decltype(f(fit.model));
  return propagate<std::tuple_size_v<Array>>(fit.model, fit.free, fit.covariance, std::forward<F>(f));
}

/// One quantity derived from a fitted model, with its esd: `f` maps a model on any scalar T to a T.
template <class F>
Measured derived(const SpectrumFit& fit, F&& f) {
  return derived_jointly(fit, [&](const auto& model) { return std::array{f(model)}; })[0];
}

inline Measured SpectrumFit::parameter(std::string_view name) const {
  const auto names = parameter_names(model);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) fail("parameter " + std::string(name) + " of a spectrum: expected a name such as " + (names.empty() ? "" : names.front()));
  const auto index = static_cast<std::size_t>(found - names.begin());
  std::vector<double> slope(free.size(), 0.0);
  for (std::size_t j = 0; j < free.size(); ++j)
    for (const auto& follower : free[j].followers)
      if (follower.index == index) slope[j] = follower.coefficient;
  return {parameter_values(model)[index], detail::esd_of(covariance, slope)};
}

/// The areas of the components of a fit, counts · eV, and their covariance.
struct ComponentAreas {
  std::vector<double> value;
  Eigen::MatrixXd covariance;  ///< empty where the fit is singular

  /// Number `k` alone.
  Measured operator[](std::size_t k) const { return {value[k], detail::esd_of(covariance, k)}; }
};

/// `component_area` of every component, with their covariance from that of the free parameters.
inline ComponentAreas component_areas(const SpectrumFit& fit) {
  constexpr std::size_t width = 8;
  using Wide = Dual<double, width>;
  const std::size_t count = fit.model.components.size();
  ComponentAreas areas;
  std::vector<std::vector<double>> slopes(count, std::vector<double>(fit.free.size(), 0.0));
  for (std::size_t k = 0; k < count; ++k) {
    auto c = rebound<Wide>(fit.model.components[k]);
    std::size_t local = 0;
    for_each_parameter([&](Wide& x) { x.grad[local++] = 1; }, c);
    const Wide area = component_area(c, fit.window);
    areas.value.push_back(area.value);
    for (std::size_t j = 0; j < fit.free.size(); ++j)
      for (const auto& [index, coefficient] : fit.free[j].followers)
        if (index / width == k) slopes[k][j] += coefficient * area.grad[index % width];
  }
  areas.covariance = detail::propagated(fit.covariance, slopes);
  return areas;
}

}  // namespace lamella
