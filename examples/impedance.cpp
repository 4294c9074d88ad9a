// impedance: an equivalent circuit fitted to an impedance spectrum, and whether the spectrum obeys the Kramers-Kronig relations.
#include <lamella/electrochemistry/impedance_fit.hpp>
#include <lamella/electrochemistry/kramers_kronig.hpp>
#include <lamella/io/impedance_file.hpp>
#include <lamella/report/impedance_figure.hpp>
#include <lamella/report/table.hpp>

#include "program.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace lamella;
using lamella::detail::fixed;
using lamella::detail::three_digits;

namespace {

/// Values given as "R1=0.02" put into the circuit; their names.
std::vector<std::string> put_values(Circuit<double>& circuit, const std::vector<std::string>& assignments, const char* option) {
  const auto parameters = circuit_parameters(circuit);
  std::vector<double> values = parameter_values(circuit);
  std::vector<std::string> names;
  for (const std::string& text : assignments) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const auto at = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name == name; });
    const auto value = equals == std::string::npos ? std::nullopt : lamella::detail::number_in(std::string_view(text).substr(equals + 1));
    if (at == parameters.end() || !value || !(*value > 0)) {
      std::string all;
      for (const auto& p : parameters) all += (all.empty() ? "" : ", ") + p.name;
      fail(std::string(option) + " " + text + ": expected NAME=VALUE, a positive value of one of " + all);
    }
    values[static_cast<std::size_t>(at - parameters.begin())] = *value;
    names.push_back(name);
  }
  circuit = with_parameters(std::move(circuit), values);
  return names;
}

nlohmann::json number(const FittedCircuitParameter& p) {
  return {{"value", p.value.value}, {"esd", p.held || !p.determined || p.value.esd == 0 ? nlohmann::json(nullptr) : nlohmann::json(p.value.esd)},
          {"unit", unit_of(p.quantity)}, {"held", p.held}, {"determined", p.determined}};
}

std::string shown(const FittedCircuitParameter& p) {
  if (p.held) return to_string(Measured{p.value.value, 0});
  if (!p.determined || p.value.esd == 0) return three_digits(p.value.value);
  // An engineering exponent keeps the digits of 0.0000104(3) readable.
  const double size = std::abs(p.value.value);
  if (size >= 1e-3 && size < 1e6) return to_string(p.value);
  const int exponent = 3 * static_cast<int>(std::floor(std::log10(size) / 3));
  const double unit = std::pow(10.0, exponent);
  return to_string(Measured{p.value.value / unit, p.value.esd / unit}) + "e" + std::to_string(exponent);
}

}  // namespace

int main(int argc, char** argv) {
  std::string file, text, json, report;
  ImpedanceWeighting weighting = ImpedanceWeighting::modulus;
  std::vector<std::string> start, fixed_values;
  std::vector<double> range;
  std::optional<std::size_t> sweep;
  int starts = 20;
  std::uint64_t seed = 1;
  bool capacitive = false;
  double mu = 0.85;
  const std::map<std::string, ImpedanceWeighting> weightings{{"modulus", ImpedanceWeighting::modulus}, {"unit", ImpedanceWeighting::unit}};
  CLI::App app{"An equivalent circuit fitted to an impedance spectrum from several starts, with what the data determine of it."};
  app.add_option("FILE", file, "impedance spectrum: CSV, ZPlot, Gamry, BioLogic .mpt, Autolab, Parstat, VersaStudio, CH Instruments, Ivium, …")->required();
  app.add_option("--circuit", text, "such as 'R-(R|C)-W': - series, | parallel; R, C, L, Q (constant phase), W, Wo (to a wall), Ws (to a sink), G (Gerischer)")->required();
  app.add_option("--start", start, "a start value, such as R1=100 (repeatable)")->allow_extra_args(false);
  app.add_option("--fix", fixed_values, "a value that is not refined, such as R1=0.02 (repeatable)")->allow_extra_args(false);
  app.add_option("--weighting", weighting, "modulus: equal relative errors (default); unit: equal absolute errors")->transform(CLI::CheckedTransformer(weightings));
  app.add_option("--range", range, "lowest and highest frequency, Hz")->expected(2);
  app.add_flag("--capacitive", capacitive, "only points with Z'' < 0: without the inductance of the leads");
  app.add_option("--sweep", sweep, "which sweep of a file with several, from 1");
  app.add_option("--starts", starts, "random starts (default 20)")->check(CLI::Range(0, 10000));
  app.add_option("--seed", seed, "of the random starts (default 1)");
  app.add_option("--mu", mu, "limit of the Kramers-Kronig test (default 0.85)");
  app.add_option("--json", json, "write the result as JSON");
  app.add_option("--report", report, "write a self-contained HTML page with Nyquist and Bode plots");
  return program::main(app, argc, argv, [&] {
    Circuit<double> circuit = parse_circuit(text);
    ImpedanceFitOptions options{.weighting = weighting, .starts = starts, .given_start = !start.empty() || starts == 0, .seed = seed};
    (void)put_values(circuit, start, "--start");
    options.held = put_values(circuit, fixed_values, "--fix");
    ImpedanceSpectrum spectrum = read_impedance(file, sweep);
    const std::size_t read = spectrum.size();
    if (capacitive || !range.empty())
      spectrum = selected(spectrum, [&](double f, double, double imaginary) {
        return (!capacitive || imaginary < 0) && (range.empty() || (f >= range[0] && f <= range[1]));
      });
    if (spectrum.size() == 0) fail("none of " + std::to_string(read) + " points is left by --capacitive and --range, expected some", Place{file});

    std::vector<std::string> warnings = spectrum.notes;
    std::optional<KramersKronigTest> test;
    if (spectrum.size() >= 5) {
      test = kramers_kronig_test(spectrum, {.mu_limit = mu});
      if (test->max_residual > 0.02)
        warnings.push_back("the spectrum departs from the Kramers-Kronig relations by up to " + fixed(100 * test->max_residual, 1) +
                           " % of |Z|: drift, non-linearity or a bad contact");
    } else {
      warnings.push_back("no Kramers-Kronig test of fewer than 5 points");
    }
    const auto begin = std::chrono::steady_clock::now();
    const ImpedanceFit fit = fit_impedance(circuit, spectrum, options);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    warnings.insert(warnings.end(), fit.warnings.begin(), fit.warnings.end());
    double square = 0;
    for (std::size_t i = 0; i < spectrum.size(); ++i) square += fit.residual_real[i] * fit.residual_real[i] + fit.residual_imaginary[i] * fit.residual_imaginary[i];
    const double relative_rms = std::sqrt(square / (2 * static_cast<double>(spectrum.size())));
    if (test && relative_rms > 1e-4 && relative_rms > 3 * test->rms_residual)
      warnings.push_back("the circuit leaves " + fixed(100 * relative_rms, 2) + " % of |Z| where " + fixed(100 * test->rms_residual, 2) +
                         " % are noise by the Kramers-Kronig test: it is not the circuit of these data, and its esds are too small");
    if (starts == 0) warnings.push_back("a single start: other minima were not looked for");

    const double rms = std::sqrt(fit.chi_square / (2 * static_cast<double>(spectrum.size())));
    ReportTable elements{.caption = "Elements of " + to_string(fit.circuit), .columns = {{"Name"}, {"Value", Align::decimal}, {"Unit"}, {"Determined"}}};
    for (const auto& p : fit.parameters)
      elements.rows.push_back({p.name, shown(p), std::string(unit_of(p.quantity)),
                               p.held ? TableCell("held") : p.determined ? TableCell(Mark::good, "yes") : TableCell(Mark::bad, "no")});
    if (std::any_of(fit.parameters.begin(), fit.parameters.end(), [](const auto& p) { return !p.held; }))
      elements.notes.push_back("Esds from the full covariance, scaled by the goodness of fit.");
    ReportTable minima{.caption = "Minima of " + std::to_string(starts + (options.given_start ? 1 : 0)) + " starts", .columns = {{"Chi-square", Align::decimal}, {"Found", Align::decimal}, {"Values"}}};
    for (const auto& m : fit.minima) {
      std::string values;
      for (std::size_t i = 0; i < m.values.size(); ++i) values += (i == 0 ? "" : ", ") + fit.parameters[i].name + " " + three_digits(m.values[i]);
      minima.rows.push_back({three_digits(m.chi_square), std::to_string(m.found), values});
    }
    std::printf("%s: %zu points, %.4g to %.4g Hz\n%s\n", file.c_str(), spectrum.size(), *std::min_element(spectrum.frequency.begin(), spectrum.frequency.end()),
                *std::max_element(spectrum.frequency.begin(), spectrum.frequency.end()), to_text(elements).c_str());
    const bool relative = weighting == ImpedanceWeighting::modulus;
    std::printf("chi-square %.6g, root mean square residual %s, %s\n", fit.chi_square, relative ? (fixed(100 * rms, 3) + " % of |Z|").c_str() : (three_digits(rms) + " ohm").c_str(),
                std::string(to_string(fit.status)).c_str());
    if (test)
      std::printf("Kramers-Kronig: largest residual %.3f %% of |Z| with %zu pairs (mu %.2f)\n", 100 * test->max_residual, test->pairs, test->mu);
    std::printf("%s (%.1f ms)\n", fit.identifiable ? "identifiable: the data determine every element" : "not identifiable", 1000 * seconds);
    for (const auto& warning : warnings) std::printf("Caution: %s.\n", warning.c_str());

    if (!json.empty()) {
      nlohmann::json out{{"circuit", to_string(fit.circuit)}, {"points", spectrum.size()}, {"weighting", relative ? "modulus" : "unit"}, {"elements", nlohmann::json::object()},
                         {"chi_square", fit.chi_square}, {"reduced_chi_square", fit.reduced_chi_square}, {"status", to_string(fit.status)}, {"identifiable", fit.identifiable},
                         {"kramers_kronig", nullptr}, {"minima", nlohmann::json::array()}, {"correlations", nlohmann::json::array()}, {"seconds", seconds}, {"warnings", warnings}};
      for (const auto& p : fit.parameters) out["elements"][p.name] = number(p);
      if (test)
        out["kramers_kronig"] = {{"max_residual", test->max_residual}, {"rms_residual", test->rms_residual}, {"pairs", test->pairs}, {"mu", test->mu}, {"limit_reached", test->limit_reached}};
      for (const auto& m : fit.minima) {
        nlohmann::json values = nlohmann::json::object();
        for (std::size_t i = 0; i < m.values.size(); ++i) values[fit.parameters[i].name] = m.values[i];
        out["minima"].push_back({{"chi_square", m.chi_square}, {"found", m.found}, {"values", std::move(values)}});
      }
      for (Eigen::Index i = 0; i < fit.correlation.rows(); ++i)
        for (Eigen::Index k = 0; k < i; ++k)
          if (std::abs(fit.correlation(i, k)) > 0.9)
            out["correlations"].push_back({{"a", fit.parameters[static_cast<std::size_t>(k)].name}, {"b", fit.parameters[static_cast<std::size_t>(i)].name}, {"r", fit.correlation(i, k)}});
      program::write_json(json, "impedance", std::move(out));
    }
    if (!report.empty()) {
      HtmlPage page{.title = "Impedance: " + to_string(fit.circuit), .subtitle = file};
      std::vector<html::Highlights::Item> items{{"rms residual", relative ? fixed(100 * rms, 3) : three_digits(rms), relative ? "% of |Z|" : "Ω"}};
      if (test) items.push_back({"Kramers-Kronig", fixed(100 * test->max_residual, 3), "%, largest residual"});
      items.push_back({"identifiable", fit.identifiable ? "yes" : "no", std::to_string(spectrum.size()) + " points"});
      page.highlights(std::move(items));
      for (const auto& warning : warnings) page.warning(warning + ".");
      const auto [low, high] = std::minmax_element(spectrum.frequency.begin(), spectrum.frequency.end());
      std::vector<double> dense;
      for (int i = 0; i <= 300; ++i) dense.push_back(*low * std::pow(*high / *low, i / 300.0));
      const ImpedanceSpectrum curve = calculated_spectrum(fit.circuit, dense);
      page.figure(nyquist_figure(spectrum, &curve), "Nyquist plot, equal scales; the line is the fit.");
      page.table(std::move(elements));
      page.figure(bode_figure(spectrum, &curve), "Modulus and phase; the line is the fit.");
      page.figure(impedance_residual_figure(spectrum.frequency, fit.residual_real, fit.residual_imaginary), "What the circuit leaves over.");
      if (test)
        page.figure(impedance_residual_figure(spectrum.frequency, test->residual_real, test->residual_imaginary),
                    "What the Kramers-Kronig test leaves over: " + std::to_string(test->pairs) + " resistor-capacitor pairs. Trends that a circuit shows, too, are those of the data.");
      if (fit.minima.size() > 1) page.table(std::move(minima));
      program::write_report(report, page);
    }
    return 0;
  });
}
