#include <lamella/chemistry/valence_audit.hpp>
#include <lamella/io/spectrum_file.hpp>
#include <lamella/spectra/charge_account.hpp>
#include <lamella/spectra/oxidation_preset.hpp>
#include <lamella/spectra/reference_combination.hpp>
#include <lamella/spectra/spectrum_fit.hpp>

#include <doctest/doctest.h>

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;

namespace {

const std::string folder = LAMELLA_DATA_DIR "/xps/xpsdeeplearning/";
constexpr Species ni2 = "Ni2+"_species, ni3 = "Ni3+"_species, ni4 = "Ni4+"_species;

ReferenceSpectrum reference(Species state, const std::string& file) { return {state, read_spectrum(folder + file)}; }

/// Area of the lines of a reference in a window, above its Shirley background.
double line_area(const Spectrum& s) {
  const auto b = shirley_background(s).values;
  double sum = 0;
  for (std::size_t i = 1; i < s.size(); ++i) sum += 0.5 * (s.energy[i] - s.energy[i - 1]) * (s.counts[i] - b[i] + s.counts[i - 1] - b[i - 1]);
  return sum;
}

}  // namespace

TEST_CASE("fractions and mean valence carry the whole covariance of the areas") {
  Eigen::MatrixXd c(3, 3);
  c << 4, -1, 0.5, -1, 9, -2, 0.5, -2, 1;
  const std::vector<Species> states{ni2, ni3, ni4};
  const std::vector<double> areas{50, 30, 20};
  const auto f = valence_fractions(states, areas, c);
  CHECK(f[0].value == 0.5);
  CHECK(f.mean_valence().value == doctest::Approx(2.7));
  // By hand: d f/d a = (δ − f)/100, mean = Σ q f.
  Eigen::MatrixXd j(3, 3);
  j << 0.5, -0.5, -0.5, -0.3, 0.7, -0.3, -0.2, -0.2, 0.8;
  j /= 100;
  const Eigen::MatrixXd expected = j * c * j.transpose();
  CHECK((f.covariance - expected).norm() < 1e-15);
  CHECK(f[1].esd == doctest::Approx(std::sqrt(expected(1, 1))));
  CHECK(f.mean_valence().esd == doctest::Approx(std::sqrt(Eigen::Vector3d(2, 3, 4).dot(expected * Eigen::Vector3d(2, 3, 4)))));
  CHECK(std::abs(f.covariance.sum()) < 1e-15);  // they sum to one

  // A multiplet of one state, and a satellite of none.
  const auto g = valence_fractions(std::vector<Species>{ni2, ni2, vacancy}, areas, c);
  CHECK(g.size() == 1);
  CHECK(g[0].value == 1);
  CHECK(g[0].esd < 1e-12);
  CHECK(valence_fractions(states, areas).mean_valence().esd == 0);

  CHECK_THROWS_WITH_AS((void)valence_fractions(std::vector<Species>{ni2, "Mn3+"_species, ni4}, areas), doctest::Contains("Ni2+ and Mn3+, expected states of one element"), Error);
  CHECK_THROWS_WITH_AS((void)valence_fractions(states, std::vector<double>{1, -1, 1}), doctest::Contains("area -1"), Error);
  CHECK_THROWS_WITH_AS((void)valence_fractions(states, std::vector<double>{0, 0, 0}), doctest::Contains("no area belongs to a state"), Error);
  CHECK_THROWS_WITH_AS((void)valence_fractions(states, std::vector<double>{1, 1}), doctest::Contains("expected as many of each"), Error);
}

TEST_CASE("shares of the charge, and the valence change that a share asks for") {
  const auto formula = "NaNi0.2Fe0.2Mn0.6O2"_formula;
  const std::vector<ValenceChange> changes{{ni2, {2.0, 0.03}, {3.0, 0.04}}, {"Mn"_species, {3.33, 0.06}, {3.78, 0.08}}};
  const auto account = charge_account(formula, changes, 0.5);
  CHECK(account.elements[0].electrons.value == doctest::Approx(0.2));
  CHECK(account.elements[0].share.value == doctest::Approx(0.4));
  CHECK(account.elements[0].share.esd == doctest::Approx(0.2 * 0.05 / 0.5));
  CHECK(account.elements[1].share.value == doctest::Approx(0.6 * 0.45 / 0.5));
  CHECK(account.rest.value == doctest::Approx(0.06));
  CHECK(account.rest.esd == doctest::Approx(std::hypot(0.02, 0.6 * 0.1 / 0.5)));
  CHECK(to_string(account.elements[0].element) == "Ni");
  // Twice the formula is the same per formula unit.
  CHECK(charge_account("Na2Ni0.4Fe0.4Mn1.2O4"_formula, changes, 0.5).elements[0].share.value == doctest::Approx(0.4));
  CHECK(implied_valence_change(formula, ni2, 0.4, 0.5) == doctest::Approx(1));
  CHECK_THROWS_WITH_AS((void)charge_account(formula, changes, 0), doctest::Contains("a charge of 0"), Error);
  CHECK_THROWS_WITH_AS((void)charge_account("NaCoO2"_formula, changes, 0.5), doctest::Contains("no Ni in it"), Error);
}

TEST_CASE("a combination of references is the best of all subsets, with the covariance of least squares") {
  lamella_test::Random random(3);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<ReferenceSpectrum> references;
    const double position[] = {5, 7, 8, 11};
    for (std::size_t k = 0; k < 4; ++k) {
      ReferenceSpectrum r{{28, static_cast<std::int8_t>(k + 1)}, {}};
      for (int i = 0; i <= 80; ++i) {
        const double x = 0.2 * i, u = (x - position[k]) / 2;
        r.spectrum.energy.push_back(x);
        r.spectrum.counts.push_back(1000 * std::exp(-u * u) + 5);
        r.spectrum.sigma.push_back(1);
      }
      references.push_back(r);
    }
    Spectrum s = references[0].spectrum;
    for (std::size_t i = 0; i < s.size(); ++i) {
      s.counts[i] = 0.3 * references[0].spectrum.counts[i] + 0.02 * references[1].spectrum.counts[i] + 0.4 * references[3].spectrum.counts[i] + 20;
      s.counts[i] = random.poisson(s.counts[i]);
      s.sigma[i] = std::sqrt(std::max(s.counts[i], 1.0));
    }
    const auto found = combine_references(s, references);
    REQUIRE(found.converged());
    // Brute force: least squares on each subset, the best without a negative member.
    double best = INFINITY;
    for (unsigned subset = 0; subset < 16; ++subset) {
      std::vector<std::size_t> members;
      for (std::size_t k = 0; k < 4; ++k)
        if (subset >> k & 1u) members.push_back(k);
      Eigen::MatrixXd a(static_cast<Eigen::Index>(s.size()), static_cast<Eigen::Index>(members.size() + 1));
      Eigen::VectorXd y(a.rows());
      for (std::size_t i = 0; i < s.size(); ++i) {
        const auto row = static_cast<Eigen::Index>(i);
        for (std::size_t m = 0; m < members.size(); ++m) a(row, static_cast<Eigen::Index>(m)) = references[members[m]].spectrum.counts[i] / s.sigma[i];
        a(row, a.cols() - 1) = 1 / s.sigma[i];
        y[row] = s.counts[i] / s.sigma[i];
      }
      const Eigen::VectorXd w = (a.transpose() * a).fullPivLu().solve(a.transpose() * y);
      if (members.empty() || w.head(a.cols() - 1).minCoeff() >= 0) best = std::min(best, (y - a * w).squaredNorm());
    }
    CHECK(found.chi_square == doctest::Approx(best).epsilon(1e-8));
    for (std::size_t k = 0; k < 4; ++k) CHECK(found.areas[k] >= 0);
    CHECK(found.at_zero[2] == (found.areas[2] == 0));
    for (std::size_t i = 0; i < s.size(); i += 9)
      CHECK(found.calculated[i] == doctest::Approx(found.background[i] + found.components[0][i] + found.components[1][i] + found.components[2][i] + found.components[3][i]));
  }
}

TEST_CASE("references that do not fit are refused") {
  Spectrum s{"", "a.dat", {}, {}, {}};
  for (int i = 0; i < 40; ++i) {
    s.energy.push_back(i);
    s.counts.push_back(100 * std::exp(-0.02 * (i - 20) * (i - 20)));
    s.sigma.push_back(1);
  }
  CHECK_THROWS_WITH_AS((void)combine_references(s, {}), doctest::Contains("no references"), Error);
  const std::vector<ReferenceSpectrum> narrow{{ni2, select(s, {5, 30})}};
  CHECK_THROWS_WITH_AS((void)combine_references(s, narrow), doctest::Contains("from 5 to 30 eV, expected the whole window from 0 to 39 eV"), Error);
  const std::vector<ReferenceSpectrum> twice{{ni2, s}, {ni3, s}};
  CHECK(combine_references(s, twice).status == FitStatus::singular);
  CHECK(combine_references(s, twice).fractions.covariance.size() == 0);
}

TEST_CASE("data: mixtures of measured oxides with counting noise are recovered as often within two esds as normal errors are") {
  struct Case {
    EnergyWindow window;
    std::vector<ReferenceSpectrum> references;
    std::vector<double> fractions;
  };
  const std::vector<Case> cases{
      {{637, 660}, {reference("Mn2+"_species, "Mn2p_MnO.txt"), reference("Mn3+"_species, "Mn2p_Mn2O3.txt"), reference("Mn4+"_species, "Mn2p_MnO2.txt")}, {0.1, 0.55, 0.35}},
      {{637, 660}, {reference("Mn2+"_species, "Mn2p_MnO.txt"), reference("Mn3+"_species, "Mn2p_Mn2O3.txt"), reference("Mn4+"_species, "Mn2p_MnO2.txt")}, {0.0, 0.2, 0.8}},
      {{848, 885}, {reference("Ni"_species, "Ni2p_Ni_metal.txt"), reference(ni2, "Ni2p_NiO.txt")}, {0.3, 0.7}},
      {{775, 812}, {reference("Co2+"_species, "Co2p_CoO.txt"), reference("Co3+"_species, "Co2p_Co3O4.txt")}, {0.45, 0.55}},
      {{705, 740}, {reference("Fe2+"_species, "Fe2p_FeO.txt"), reference("Fe3+"_species, "Fe2p_Fe2O3.txt")}, {0.25, 0.75}},
  };
  lamella_test::Random random(20);
  double sum = 0;
  int pulls = 0, within = 0;
  for (const auto& c : cases) {
    // As many counts as a good measurement has: 20 000 at the top.
    auto mixed = select(c.references[0].spectrum, c.window);
    std::fill(mixed.counts.begin(), mixed.counts.end(), 0.0);
    for (std::size_t k = 0; k < c.references.size(); ++k) {
      auto part = mixed;
      for (std::size_t i = 0; i < part.size(); ++i) part.counts[i] = detail::interpolated(c.references[k].spectrum, part.energy[i]);
      const double area = line_area(part);
      for (std::size_t i = 0; i < part.size(); ++i) mixed.counts[i] += c.fractions[k] * part.counts[i] / area;
    }
    const double top = *std::max_element(mixed.counts.begin(), mixed.counts.end());
    const auto clean = mixed;
    for (int trial = 0; trial < 10; ++trial) {
      for (std::size_t i = 0; i < mixed.size(); ++i) {
        mixed.counts[i] = random.poisson(20000 * clean.counts[i] / top);
        mixed.sigma[i] = std::sqrt(std::max(mixed.counts[i], 1.0));
      }
      const auto found = combine_references(mixed, c.references);
      REQUIRE(found.converged());
      CHECK(found.reduced_chi_square == doctest::Approx(1).epsilon(0.35));
      double truth = 0;
      for (std::size_t k = 0; k < c.fractions.size(); ++k) {
        truth += c.fractions[k] * c.references[k].state.charge;
        const double pull = (found.fractions[k].value - c.fractions[k]) / found.fractions[k].esd;
        CHECK(std::abs(pull) < 4);
        within += std::abs(pull) < 2;
        sum += pull * pull;
        ++pulls;
      }
      CHECK(std::abs(found.fractions.mean_valence().value - truth) < 4 * found.fractions.mean_valence().esd);
      CHECK(found.fractions.mean_valence().esd < 0.05);
    }
  }
  // Of normal pulls 95.4 % are within two esds, and their mean square is 1 within 0.13.
  MESSAGE("within two esds: " << within << " of " << pulls << ", mean square pull " << sum / pulls);
  CHECK(within > 0.9 * pulls);
  CHECK(std::abs(sum / pulls - 1) < 0.4);
}

TEST_CASE("data: by the energies of the preset, pure NiO would hold Ni3+ and Ni4+") {
  // All Ni of NiO is 2+. The fractions are what the assignment gives, not what is there.
  const auto s = select(read_spectrum(folder + "Ni2p_NiO.txt"), oxidation_preset("Ni").window);
  auto model = preset_model(oxidation_preset("Ni"));
  const auto background = shirley_background(s).values;
  start_areas(model, s, background);
  auto p = spectrum_parameters(model);
  p.equate("*.fwhm");
  p.release("*.area");
  p.release("*.fwhm");
  const auto fit = fit_spectrum(model, s, p, background);
  REQUIRE(fit.converged());
  const auto areas = component_areas(fit);
  std::vector<Species> states;
  for (const auto& state : oxidation_preset("Ni").states) states.push_back(state.state);
  const auto f = valence_fractions(states, areas.value, areas.covariance);
  MESSAGE("NiO by the preset: Ni2+ " << to_string(f[0]) << ", Ni3+ " << to_string(f[1]) << ", Ni4+ " << to_string(f[2]) << ", width " << to_string(fit.parameter("Ni2+.fwhm")));
  CHECK(f[2].value > 0.2);
  CHECK(f.mean_valence().value > 2.4);
  const auto report = audit("NaNi0.2Fe0.2Mn0.6O2"_formula, f.valences());
  CHECK_FALSE(report.balanced());
  CHECK(report.imbalance == doctest::Approx(0.2 * (f.mean_valence().value - 2)));
  CHECK_THROWS_WITH_AS((void)oxidation_preset("Co"), doctest::Contains("expected Ni or Mn"), Error);
}
