// Equivalent circuits fitted to impedance spectra: complex weighted least squares from several starts, with a word on what the data
// determine and what they do not.
//
// Positive parameters are fitted by their logarithm: they cannot change sign, and a start may be decades away. Derivatives are exact
// (dual numbers). Esds come from the full covariance, scaled by the goodness of fit.
#pragma once

#include <lamella/core/constants.hpp>                       // two_pi
#include <lamella/core/dual.hpp>                            // Dual
#include <lamella/core/error.hpp>                           // fail
#include <lamella/core/measured.hpp>                        // Measured, to_string
#include <lamella/electrochemistry/circuit_text.hpp>        // Circuit, circuit_parameters, with_parameters
#include <lamella/electrochemistry/impedance_spectrum.hpp>  // ImpedanceSpectrum
#include <lamella/fit/levenberg_marquardt.hpp>              // minimise
#include <lamella/fit/parameters.hpp>                       // parameter_values, parameter_addresses

#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// What a point of a spectrum weighs.
enum class ImpedanceWeighting : std::uint8_t {
  modulus,  ///< 1/|Z|²: equal relative errors, those of an instrument that changes its range
  unit,     ///< 1: equal absolute errors
};

/// How a circuit is fitted.
struct ImpedanceFitOptions {
  ImpedanceWeighting weighting = ImpedanceWeighting::modulus;
  int starts = 10;                ///< so many random ones besides the given one
  bool given_start = true;        ///< also from the values of the circuit
  std::uint64_t seed = 1;         ///< of the random starts: the same seed, the same result
  std::vector<std::string> held = {};  ///< names of parameters that keep their value: "R1", "Q1.n"
  int max_cycles = 100;           ///< per start
};

/// A parameter of a fitted circuit.
struct FittedCircuitParameter {
  std::string name;           ///< "R1", "Q1.Y"
  CircuitQuantity quantity = CircuitQuantity::resistance;
  Measured value;             ///< in the unit of its quantity; esd 0 where it was held or is not determined
  bool held = false;
  bool at_limit = false;      ///< ran to the end of where it was looked for
  bool determined = true;     ///< false: at a limit, like others, or an esd as large as the value
};

/// A minimum that the starts ended in.
struct ImpedanceMinimum {
  std::vector<double> values;  ///< of all parameters
  double chi_square = 0;
  int found = 0;               ///< by how many starts
};

/// A circuit fitted to a spectrum.
struct ImpedanceFit {
  Circuit<double> circuit;                         ///< with the fitted values
  std::vector<FittedCircuitParameter> parameters;  ///< in the order of the circuit
  Eigen::MatrixXd correlation;                     ///< of the parameters; 0 beside what was held or is not determined
  double chi_square = 0;                           ///< Σ |Z - Z(calc)|²/|Z|², or Σ |Z - Z(calc)|² in Ω² with unit weights
  double reduced_chi_square = 0;                   ///< χ² per degree of freedom: 2 · points - free parameters
  FitStatus status = FitStatus::cycle_limit;
  ImpedanceSpectrum calculated;
  std::vector<double> residual_real;               ///< (Z′ - Z′(calc))/|Z|
  std::vector<double> residual_imaginary;          ///< (Z″ - Z″(calc))/|Z|
  std::vector<ImpedanceMinimum> minima;            ///< the best, then at most nine different ones; not those that only exchange elements
  std::vector<std::string> warnings;               ///< what is not determined, not unique or not reached
  bool identifiable = false;                       ///< the data determine every free parameter, and no other minimum is as good

  /// The parameter of that name, or nullptr.
  const FittedCircuitParameter* find(std::string_view name) const {
    for (const auto& p : parameters)
      if (p.name == name) return &p;
    return nullptr;
  }
};

namespace detail {

/// Sizes that a spectrum suggests.
struct SpectrumScale {
  double lowest_z = 0, highest_z = 0;  ///< of |Z|, Ω
  double lowest_omega = 0, highest_omega = 0;
};

inline SpectrumScale scale_of(const ImpedanceSpectrum& spectrum) {
  SpectrumScale s{spectrum.modulus(0), spectrum.modulus(0), two_pi * spectrum.frequency[0], two_pi * spectrum.frequency[0]};
  for (std::size_t i = 1; i < spectrum.size(); ++i) {
    s.lowest_z = std::min(s.lowest_z, spectrum.modulus(i));
    s.highest_z = std::max(s.highest_z, spectrum.modulus(i));
    s.lowest_omega = std::min(s.lowest_omega, two_pi * spectrum.frequency[i]);
    s.highest_omega = std::max(s.highest_omega, two_pi * spectrum.frequency[i]);
  }
  return s;
}

/// Whether a parameter is fitted by its logarithm.
constexpr bool is_logarithmic(CircuitQuantity quantity) { return quantity != CircuitQuantity::exponent; }

/// Where a parameter is looked for, in its own unit: far beyond what the spectrum can tell.
inline std::pair<double, double> limits_of(CircuitQuantity quantity, const SpectrumScale& s) {
  constexpr double far = 1e4;
  const double low = s.lowest_z / far, high = s.highest_z * far;
  switch (quantity) {
    case CircuitQuantity::resistance: return {low, high};
    case CircuitQuantity::capacitance: return {1 / (high * s.highest_omega), 1 / (low * s.lowest_omega)};
    case CircuitQuantity::inductance: return {low / s.highest_omega, high / s.lowest_omega};
    case CircuitQuantity::pseudo_capacitance: return {1 / (high * std::max(s.highest_omega, 1.0)), 1 / (low * std::min(s.lowest_omega, 1.0))};
    case CircuitQuantity::exponent: return {0.05, 1};
    case CircuitQuantity::warburg_coefficient: return {low * std::sqrt(s.lowest_omega), high * std::sqrt(s.highest_omega)};
    case CircuitQuantity::time: return {1 / (far * s.highest_omega), far / s.lowest_omega};
  }
  return {0, 0};
}

/// Numbers from 0 to 1, the same on every machine: SplitMix64, G. L. Steele et al., OOPSLA (2014) 453.
struct RandomNumbers {
  std::uint64_t state = 0;
  double operator()() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }
};

/// A number as plausible as any other for such a parameter of such a spectrum.
inline double random_start(CircuitQuantity quantity, const SpectrumScale& s, RandomNumbers& uniform) {
  const auto between = [&](double low, double high) { return low * std::pow(high / low, uniform()); };
  const double z = between(0.1 * s.lowest_z, 2 * s.highest_z), omega = between(s.lowest_omega, s.highest_omega);
  switch (quantity) {
    case CircuitQuantity::resistance: return z;
    case CircuitQuantity::capacitance: return 1 / (z * omega);
    case CircuitQuantity::inductance: return z / s.highest_omega;
    case CircuitQuantity::pseudo_capacitance: return 1 / (z * std::pow(omega, 0.8));
    case CircuitQuantity::exponent: return 0.5 + 0.5 * uniform();
    case CircuitQuantity::warburg_coefficient: return z * std::sqrt(omega);
    case CircuitQuantity::time: return 1 / omega;
  }
  return 0;
}

/// The circuit of a fit as residuals and slopes of the fitted variables: logarithms, or exponents as they are.
class ImpedanceProblem final : public LeastSquaresProblem {
 public:
  ImpedanceProblem(const Circuit<double>& circuit, const ImpedanceSpectrum& spectrum, ImpedanceWeighting weighting,
                   const std::vector<NamedCircuitParameter>& parameters, std::vector<std::size_t> free)
      : spectrum_(spectrum), parameters_(parameters), free_(std::move(free)), plain_(circuit), dual_(rebound<Wide>(circuit)),
        plain_address_(parameter_addresses(plain_)), dual_address_(parameter_addresses(dual_)) {
    for (std::size_t i = 0; i < spectrum.size(); ++i)
      weight_.push_back(weighting == ImpedanceWeighting::modulus ? 1 / spectrum.modulus(i) : 1.0);
  }

  std::size_t residual_count() const override { return 2 * spectrum_.size(); }
  std::size_t parameter_count() const override { return free_.size(); }

  bool residuals(std::span<const double> q, std::span<double> r) override {
    for (std::size_t k = 0; k < free_.size(); ++k) *plain_address_[free_[k]] = value_at(k, q[k]);
    for (std::size_t i = 0; i < spectrum_.size(); ++i) {
      const auto z = plain_.impedance(two_pi * spectrum_.frequency[i]);
      r[2 * i] = (spectrum_.real[i] - z.re) * weight_[i];
      r[2 * i + 1] = (spectrum_.imaginary[i] - z.im) * weight_[i];
    }
    return true;
  }

  bool linearise(std::span<const double> q, std::span<double> r, std::span<double> jacobian) override {
    const std::size_t rows = residual_count();
    for (std::size_t first = 0; first < free_.size(); first += width) {
      const std::size_t count = std::min(width, free_.size() - first);
      for (std::size_t k = 0; k < free_.size(); ++k) {
        Wide x(value_at(k, q[k]));
        if (k >= first && k < first + count) x.grad[k - first] = slope_at(k, x.value);
        *dual_address_[free_[k]] = x;
      }
      for (std::size_t i = 0; i < spectrum_.size(); ++i) {
        const auto z = dual_.impedance(two_pi * spectrum_.frequency[i]);
        for (std::size_t k = 0; k < count; ++k) {
          jacobian[(first + k) * rows + 2 * i] = z.re.grad[k] * weight_[i];
          jacobian[(first + k) * rows + 2 * i + 1] = z.im.grad[k] * weight_[i];
        }
        r[2 * i] = (spectrum_.real[i] - z.re.value) * weight_[i];
        r[2 * i + 1] = (spectrum_.imaginary[i] - z.im.value) * weight_[i];
      }
    }
    return true;
  }

  /// The parameter at a fitted variable, the variable at a parameter, and the slope of the first.
  double value_at(std::size_t k, double q) const { return logarithmic(k) ? std::exp(q) : q; }
  double variable_at(std::size_t k, double value) const { return logarithmic(k) ? std::log(value) : value; }
  double slope_at(std::size_t k, double value) const { return logarithmic(k) ? value : 1.0; }

 private:
  static constexpr std::size_t width = 8;
  using Wide = Dual<double, width>;
  bool logarithmic(std::size_t k) const { return is_logarithmic(parameters_[free_[k]].quantity); }

  const ImpedanceSpectrum& spectrum_;
  const std::vector<NamedCircuitParameter>& parameters_;
  std::vector<std::size_t> free_;
  std::vector<double> weight_;
  Circuit<double> plain_;
  Circuit<Wide> dual_;
  std::vector<double*> plain_address_;
  std::vector<Wide*> dual_address_;
};

/// Whether two sets of values are one minimum: equal, or equal after elements of one kind have changed places. Only those that `counts`.
inline bool same_minimum(const std::vector<NamedCircuitParameter>& parameters, const std::vector<double>& a, const std::vector<double>& b,
                         const std::vector<bool>& counts) {
  std::vector<bool> taken(a.size(), false);
  for (std::size_t i = 0; i < a.size(); ++i) {
    bool found = !counts[i];
    for (std::size_t j = 0; j < b.size() && !found; ++j) {
      if (taken[j] || parameters[i].quantity != parameters[j].quantity) continue;
      found = std::abs(a[i] - b[j]) <= 0.01 * std::abs(a[i]);
      if (found) taken[j] = true;
    }
    if (!found) return false;
  }
  return true;
}

/// Three digits, for messages.
inline std::string three_digits(double x) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::general, 3);
  return std::string(buffer.data(), end.ptr);
}

/// Twice the logarithm of how much more likely the first minimum is, the standard deviation being unknown: 9 is three sigma. What is
/// left over of data without noise is rounding, `floor`.
inline double likelihood_distance(double chi_square, double best, double floor, std::size_t points) {
  return 2 * static_cast<double>(points) * std::log((chi_square + floor) / (best + floor));
}

/// Says what the data do not determine: `alike` are parameters that act like others, beside those.
inline void judge_identifiability(ImpedanceFit& fit, const std::vector<NamedCircuitParameter>& parameters, double floor,
                                  const std::vector<std::size_t>& nothing, const std::vector<std::pair<std::size_t, std::size_t>>& alike) {
  const auto quoted = [&](const ImpedanceMinimum& m) {
    std::string text;
    for (std::size_t i = 0; i < m.values.size(); ++i) text += (i == 0 ? "" : ", ") + fit.parameters[i].name + " " + three_digits(m.values[i]);
    return text;
  };
  fit.identifiable = true;
  const auto undetermined = [&](FittedCircuitParameter& p, const std::string& why) {
    if (p.determined) fit.warnings.push_back(p.name + " is not determined: " + why);
    p.determined = false;
    fit.identifiable = false;
  };
  for (auto& p : fit.parameters) {
    if (p.held) continue;
    if (p.at_limit && p.quantity == CircuitQuantity::exponent && p.value.value > 0.5)
      fit.warnings.push_back(p.name + " ended at 1: a capacitor would do");
    else if (p.at_limit)
      undetermined(p, "it ran to " + three_digits(p.value.value) + ", far beyond what the spectrum can tell");
    else if (p.value.esd > p.value.value)
      undetermined(p, "its esd is as large as its value");
  }
  for (const std::size_t i : nothing) undetermined(fit.parameters[i], "nothing depends on it");
  for (const auto& [i, other] : alike) {
    undetermined(fit.parameters[i], "it acts like " + fit.parameters[other].name);
    undetermined(fit.parameters[other], "it acts like " + fit.parameters[i].name);
  }
  for (Eigen::Index i = 0; i < fit.correlation.rows(); ++i)
    for (Eigen::Index j = 0; j < i; ++j)
      if (std::abs(fit.correlation(i, j)) > 0.98)
        fit.warnings.push_back(fit.parameters[static_cast<std::size_t>(j)].name + " and " + fit.parameters[static_cast<std::size_t>(i)].name +
                               " cannot be told apart well: correlation " + fixed(fit.correlation(i, j), 3));
  // Minima that differ in nothing that is determined are one valley.
  std::vector<bool> counts;
  for (const auto& p : fit.parameters) counts.push_back(p.determined);
  const std::size_t points = fit.calculated.size();
  std::size_t rivals = 0;
  std::vector<ImpedanceMinimum> kept;
  for (ImpedanceMinimum& m : fit.minima) {
    const bool rival = !kept.empty() && likelihood_distance(m.chi_square, kept[0].chi_square, floor, points) < 9;
    const auto like = std::find_if(kept.begin(), kept.end(), [&](const ImpedanceMinimum& k) {
      const bool near = (m.chi_square + floor) / (k.chi_square + floor) < 1.02 || (&k == kept.data() && rival);
      return near && same_minimum(parameters, k.values, m.values, counts);
    });
    if (like != kept.end()) {
      like->found += m.found;
      continue;
    }
    if (rival && ++rivals <= 2)
      fit.warnings.push_back("another minimum fits as well within 3 sigma, chi-square " +
                             three_digits((m.chi_square + floor) / (kept[0].chi_square + floor)) + " times as large: " + quoted(m));
    kept.push_back(std::move(m));
  }
  if (rivals > 2) fit.warnings.push_back(std::to_string(rivals - 2) + " more minima fit as well within 3 sigma");
  if (rivals > 0) fit.identifiable = false;
  constexpr std::size_t most = 10;
  if (kept.size() > most) kept.resize(most);
  fit.minima = std::move(kept);
}

}  // namespace detail

/// Fits a circuit to a spectrum. `circuit`: typed (equivalent_circuit.hpp) or from text (circuit_text.hpp); its values are one of the
/// starts. Throws where the spectrum is not valid, has no more numbers than parameters, a held name is not one of the circuit, or a held
/// value is not positive. `with_parameters(typed, values)` puts the result back into a typed circuit.
inline ImpedanceFit fit_impedance(const Circuit<double>& circuit, const ImpedanceSpectrum& spectrum, const ImpedanceFitOptions& options = {}) {
  require_valid(spectrum, 2);
  const std::vector<NamedCircuitParameter> parameters = circuit_parameters(circuit);
  const std::vector<double> given = parameter_values(circuit);
  std::vector<bool> held(parameters.size(), false);
  for (const std::string& name : options.held) {
    const auto at = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name == name; });
    if (at == parameters.end()) {
      std::string all;
      for (const auto& p : parameters) all += (all.empty() ? "" : ", ") + p.name;
      fail("no parameter \"" + name + "\" to hold, expected one of " + all);
    }
    const auto i = static_cast<std::size_t>(at - parameters.begin());
    if (!(given[i] > 0 && given[i] < 1e30)) fail("parameter " + name + " held at " + to_string(Measured{given[i], 0}) + ", expected a positive number");
    held[i] = true;
  }
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!held[i]) free.push_back(i);
  if (2 * spectrum.size() <= free.size())
    fail("impedance of " + std::to_string(spectrum.size()) + " points, expected more than " + std::to_string(free.size() / 2) + " for " +
             std::to_string(free.size()) + " parameters",
         Place{spectrum.source});

  detail::ImpedanceProblem problem(circuit, spectrum, options.weighting, parameters, free);
  const detail::SpectrumScale scale = detail::scale_of(spectrum);
  LevenbergMarquardtOptions solver;
  solver.max_cycles = options.max_cycles;
  solver.longest_esd = std::numeric_limits<double>::infinity();  // starts may lie on plateaus, where hardly anything depends on an element yet
  for (std::size_t k = 0; k < free.size(); ++k) {
    const auto [low, high] = detail::limits_of(parameters[free[k]].quantity, scale);
    solver.lower.push_back(problem.variable_at(k, low));
    solver.upper.push_back(problem.variable_at(k, high));
  }
  std::vector<std::vector<double>> starts;
  if (options.given_start || options.starts < 1) {
    std::vector<double> start;
    for (std::size_t k = 0; k < free.size(); ++k) {
      const auto [low, high] = detail::limits_of(parameters[free[k]].quantity, scale);
      const double value = given[free[k]];
      start.push_back(problem.variable_at(k, value > 0 ? std::clamp(value, low, high) : low));
    }
    starts.push_back(std::move(start));
  }
  detail::RandomNumbers uniform{options.seed};
  for (int n = 0; n < options.starts; ++n) {
    std::vector<double> start;
    for (std::size_t k = 0; k < free.size(); ++k)
      start.push_back(problem.variable_at(k, detail::random_start(parameters[free[k]].quantity, scale, uniform)));
    starts.push_back(std::move(start));
  }

  double floor = 0;
  for (std::size_t i = 0; i < spectrum.size(); ++i)
    floor += 1e-20 * (options.weighting == ImpedanceWeighting::modulus ? 1 : spectrum.modulus(i) * spectrum.modulus(i));
  const std::vector<bool> all(parameters.size(), true);
  ImpedanceFit fit;
  std::vector<double> best;
  double best_chi_square = 0;
  int failed = 0;
  const auto all_values = [&](std::span<const double> q) {
    std::vector<double> values = given;
    for (std::size_t k = 0; k < free.size(); ++k) values[free[k]] = problem.value_at(k, q[k]);
    return values;
  };
  for (auto& start : starts) {
    const LeastSquaresResult result = minimise(problem, std::move(start), solver);
    if (result.status == FitStatus::not_finite || !std::isfinite(result.chi_square)) {
      ++failed;
      continue;
    }
    if (best.empty() || result.chi_square < best_chi_square) {
      best = result.parameters;
      best_chi_square = result.chi_square;
    }
    const auto values = all_values(result.parameters);
    const auto known = std::find_if(fit.minima.begin(), fit.minima.end(), [&](const ImpedanceMinimum& m) {
      return std::abs(std::log((m.chi_square + floor) / (result.chi_square + floor))) < 0.01 && detail::same_minimum(parameters, m.values, values, all);
    });
    if (known == fit.minima.end()) {
      fit.minima.push_back({values, result.chi_square, 1});
    } else {
      ++known->found;
      if (result.chi_square < known->chi_square) *known = {values, result.chi_square, known->found};
    }
  }
  std::sort(fit.minima.begin(), fit.minima.end(), [](const auto& a, const auto& b) { return a.chi_square < b.chi_square; });
  if (fit.minima.empty()) fail("no start leads to a finite fit, expected a circuit that can describe the spectrum", Place{spectrum.source});

  solver.chi_square_tolerance = 1e-12;
  solver.shift_tolerance = 1e-4;
  solver.initial_damping = 1e-9;
  const LeastSquaresResult result = minimise(problem, best, solver);
  fit.minima[0].values = all_values(result.parameters);
  fit.minima[0].chi_square = result.chi_square;
  fit.circuit = with_parameters(circuit, fit.minima[0].values);
  fit.chi_square = result.chi_square;
  fit.reduced_chi_square = result.chi_square / static_cast<double>(2 * spectrum.size() - free.size());
  fit.status = result.status;
  const auto count = static_cast<Eigen::Index>(parameters.size());
  fit.correlation = Eigen::MatrixXd::Zero(count, count);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    fit.parameters.push_back({parameters[i].name, parameters[i].quantity, {fit.minima[0].values[i], 0}, held[i], false, true});
  for (std::size_t k = 0; k < free.size(); ++k) {
    auto& p = fit.parameters[free[k]];
    p.at_limit = result.at_bound[k];
    const auto row = static_cast<Eigen::Index>(k);
    if (result.covariance.rows() <= row || !(result.covariance(row, row) > 0)) continue;
    p.value.esd = problem.slope_at(k, p.value.value) * std::sqrt(fit.reduced_chi_square * result.covariance(row, row));
    for (std::size_t l = 0; l < k; ++l) {
      const auto column = static_cast<Eigen::Index>(l);
      const double norm = result.covariance(row, row) * result.covariance(column, column);
      if (!(norm > 0)) continue;
      const double r = std::clamp(result.covariance(row, column) / std::sqrt(norm), -1.0, 1.0);
      fit.correlation(static_cast<Eigen::Index>(free[k]), static_cast<Eigen::Index>(free[l])) = r;
      fit.correlation(static_cast<Eigen::Index>(free[l]), static_cast<Eigen::Index>(free[k])) = r;
    }
  }
  for (Eigen::Index i = 0; i < count; ++i) fit.correlation(i, i) = 1;
  fit.calculated = calculated_spectrum(fit.circuit, spectrum.frequency);
  for (std::size_t i = 0; i < spectrum.size(); ++i) {
    fit.residual_real.push_back((spectrum.real[i] - fit.calculated.real[i]) / spectrum.modulus(i));
    fit.residual_imaginary.push_back((spectrum.imaginary[i] - fit.calculated.imaginary[i]) / spectrum.modulus(i));
  }
  std::vector<std::size_t> nothing;
  for (const std::size_t k : result.undetermined) nothing.push_back(free[k]);
  std::vector<std::pair<std::size_t, std::size_t>> like;
  for (const auto& [k, other] : result.dependent) like.emplace_back(free[k], free[other]);
  detail::judge_identifiability(fit, parameters, floor, nothing, like);
  if (result.status != FitStatus::converged && result.status != FitStatus::singular)
    fit.warnings.push_back("the fit has not converged: " + std::string(to_string(result.status)));
  if (failed > 0) fit.warnings.push_back(std::to_string(failed) + " of " + std::to_string(starts.size()) + " starts failed");
  return fit;
}

/// `fit_impedance` of a typed circuit.
template <CircuitPart P>
ImpedanceFit fit_impedance(const P& circuit, const ImpedanceSpectrum& spectrum, const ImpedanceFitOptions& options = {}) {
  return fit_impedance(circuit_of(circuit), spectrum, options);
}

}  // namespace lamella::inline LAMELLA_ABI
