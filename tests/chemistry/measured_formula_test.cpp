#include <lamella/chemistry/capacity.hpp>
#include <lamella/chemistry/formula_template.hpp>
#include <lamella/chemistry/measured_formula.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

using namespace lamella;

namespace {

const std::vector<MeasuredAmount> icp = {{"Na"_species, {2.231, 0.030}},
                                         {"Ni"_species, {1.172, 0.012}},
                                         {"Fe"_species, {1.103, 0.020}},
                                         {"Mn"_species, {3.241, 0.025}}};  // masses, mg

/// Means and covariances of any quantities of the sampled masses.
template <class F>
void sample(const std::vector<MeasuredAmount>& masses, F visit) {
  std::mt19937_64 random(2024);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 200000; ++i) {
    std::vector<double> moles;
    for (const MeasuredAmount& m : masses)
      moles.push_back((m.amount.value + m.amount.esd * normal(random)) / element(m.species).atomic_weight);
    visit(moles);
  }
}

}  // namespace

TEST_CASE("two metals normalised to one: the closed formula") {
  // y = a/(a+b): var = (b^2 s_a^2 + a^2 s_b^2)/(a+b)^4, and the other is 1 - y with the opposite error.
  const MeasuredFormula f =
      formula_from_moles({{"Ni"_species, {2, 0.1}}, {"Mn"_species, {3, 0.2}}}, Normalisation::on_slab());
  const double esd = std::sqrt(9 * 0.01 + 4 * 0.04) / 25;
  CHECK(f.amount("Ni"_species).value == doctest::Approx(0.4));
  CHECK(f.amount("Ni"_species).esd == doctest::Approx(esd).epsilon(1e-12));
  CHECK(f.amount("Mn"_species).esd == doctest::Approx(esd).epsilon(1e-12));
  CHECK(f.covariance(0, 1) == doctest::Approx(-esd * esd).epsilon(1e-12));
}

TEST_CASE("masses become moles, and what was set to one has no error in its sum") {
  const MeasuredFormula f = formula_from_masses(icp, Normalisation::on_slab());
  const double ni = 1.172 / 58.6934, fe = 1.103 / 55.845, mn = 3.241 / 54.938043, na = 2.231 / 22.98976928;
  CHECK(f.amount("Na"_species).value == doctest::Approx(na / (ni + fe + mn)).epsilon(1e-6));
  CHECK(f.amount("Mn"_species).value == doctest::Approx(mn / (ni + fe + mn)).epsilon(1e-6));
  double variance = 0;
  for (std::size_t i = 1; i < 4; ++i)
    for (std::size_t j = 1; j < 4; ++j) variance += f.covariance(i, j);
  CHECK(std::abs(variance) < 1e-18);
  const Measured total = derived(f, [](const Formula& g) { return g.total() - g.amount("Na"_species); });
  CHECK(total.value == doctest::Approx(1));
  CHECK(total.esd < 1e-9);
}

TEST_CASE("covariance of the normalised amounts against Monte Carlo") {
  const MeasuredFormula f = formula_from_masses(icp, Normalisation::on_slab());
  std::array<double, 4> mean{};
  std::array<std::array<double, 4>, 4> product{};
  double n = 0;
  sample(icp, [&](const std::vector<double>& m) {
    const double sum = m[1] + m[2] + m[3];
    ++n;
    for (std::size_t i = 0; i < 4; ++i) mean[i] += m[i] / sum;
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 4; ++j) product[i][j] += m[i] * m[j] / sum / sum;
  });
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      const double c = product[i][j] / n - mean[i] * mean[j] / n / n;
      const double scale = std::sqrt(f.covariance(i, i) * f.covariance(j, j));
      CHECK(std::abs(c - f.covariance(i, j)) < 0.01 * scale);
    }
}

TEST_CASE("esd of the entropy against Monte Carlo and the closed formula") {
  const MeasuredFormula f = formula_from_masses(icp, Normalisation::on_slab()).add("O"_species, {2, 0});
  const Measured s = configurational_entropy(f, per_TM_site);
  CHECK(s.value == configurational_entropy(f.formula(), per_TM_site).in_R);
  double n = 0, sum = 0, square = 0;
  sample(icp, [&](const std::vector<double>& m) {
    const double total = m[1] + m[2] + m[3];
    double entropy = 0;
    for (std::size_t i = 1; i < 4; ++i) entropy -= m[i] / total * std::log(m[i] / total);
    ++n;
    sum += entropy;
    square += entropy * entropy;
  });
  CHECK(s.value == doctest::Approx(sum / n).epsilon(1e-4));
  CHECK(s.esd == doctest::Approx(std::sqrt(square / n - sum * sum / n / n)).epsilon(0.01));
  // Two metals: dS/dx = ln((1-x)/x).
  const MeasuredFormula two =
      formula_from_moles({{"Ni"_species, {2, 0.1}}, {"Mn"_species, {3, 0.2}}}, Normalisation::on_slab())
          .add("O"_species, {2, 0});
  CHECK(configurational_entropy(two, per_TM_site).esd ==
        doctest::Approx(two.amount("Ni"_species).esd * std::log(0.6 / 0.4)).epsilon(1e-6));
  // A correlation that is ignored gives another esd: the covariance is used.
  CHECK(theoretical_capacity(f.formula()) > 0);
  const Measured q = derived(f, [](const Formula& g) { return theoretical_capacity(g); });
  CHECK(q.esd / q.value ==
        doctest::Approx(f.amount("Na"_species).esd / f.amount("Na"_species).value).epsilon(0.25));
}

TEST_CASE("normalised on oxygen or on a site with lithium") {
  const MeasuredFormula oxygen =
      formula_from_moles({{"Na"_species, {1.4, 0.01}}, {"Co"_species, {2, 0.02}}, {"O"_species, {4, 0.08}}},
                         Normalisation::on_anions());
  CHECK(oxygen.amount("Co"_species).value == doctest::Approx(1));
  CHECK(oxygen.amount("O"_species).esd < 1e-12);
  CHECK(oxygen.amount("Co"_species).esd ==
        doctest::Approx(std::sqrt(0.01 * 0.01 + 0.02 * 0.02)).epsilon(1e-12));
  const MeasuredFormula lithium =
      formula_from_moles({{"Na"_species, {5, 0.1}}, {"Li"_species, {1.5, 0.03}}, {"Mn"_species, {4.5, 0.05}}},
                         Normalisation::on_species({"Li"_species, "Mn"_species}, 1));
  CHECK(lithium.amount("Li"_species).value == doctest::Approx(0.25));
  CHECK(lithium.amount("Na"_species).value == doctest::Approx(5.0 / 6));
}

TEST_CASE("a template at a measured x: all amounts move together") {
  const MeasuredFormula f = at("Na_xNi_x/2Mn_1-x/2O2"_formula_template, {0.8, 0.02});
  CHECK(f.amount("Na"_species).esd == doctest::Approx(0.02));
  CHECK(f.amount("Ni"_species).esd == doctest::Approx(0.01));
  CHECK(f.amount("O"_species).esd == 0);
  CHECK(f.covariance(0, 1) == doctest::Approx(0.02 * 0.01));
  CHECK(f.covariance(1, 2) == doctest::Approx(-0.01 * 0.01));
  CHECK(configurational_entropy(f, per_TM_site).esd ==
        doctest::Approx(0.01 * std::log(0.6 / 0.4)).epsilon(1e-6));
}

TEST_CASE("what cannot be normalised is refused") {
  CHECK_THROWS_WITH_AS(formula_from_moles({{"Na"_species, {1, 0.1}}}, Normalisation::on_slab()),
                       "normalisation: none of the species of its site was measured, expected at least one",
                       Error);
  CHECK_THROWS_AS(
      formula_from_moles({{"Na"_species, {1, 0.1}}, {"Ni"_species, {1, 0.1}}}, Normalisation::on_anions()),
      Error);
  CHECK_THROWS_WITH_AS(
      formula_from_moles({{"Ni"_species, {1, 0.1}}, {"Ni"_species, {1, 0.1}}}, Normalisation::on_slab()),
      "measured amount of Ni: it is given twice, expected each species once", Error);
  CHECK_THROWS_AS(formula_from_moles({{"Ni"_species, {-1, 0.1}}}, Normalisation::on_slab()), Error);
  CHECK_THROWS_AS(formula_from_moles({{"Ni"_species, {1, -0.1}}}, Normalisation::on_slab()), Error);
  CHECK_THROWS_AS(formula_from_moles({{"Ni"_species, {1, std::nan("")}}}, Normalisation::on_slab()), Error);
  CHECK_THROWS_AS(formula_from_moles({{"Ni"_species, {1, 0.1}}}, Normalisation::on_slab(0)), Error);
  CHECK_THROWS_AS(formula_from_masses({{vacancy, {1, 0.1}}}, Normalisation::on_slab()), Error);
}

TEST_CASE("what was not detected stays zero with its esd") {
  const MeasuredFormula f =
      formula_from_moles({{"Ni"_species, {1, 0.01}}, {"Cu"_species, {0, 0.002}}}, Normalisation::on_slab());
  CHECK(f.amount("Cu"_species).value == 0);
  CHECK(f.amount("Cu"_species).esd == doctest::Approx(0.002));
  CHECK(f.formula().size() == 1);
}

TEST_CASE("the text has the esds") {
  const MeasuredFormula f =
      formula_from_moles({{"Ni"_species, {2, 0.1}}, {"Mn"_species, {3, 0.2}}}, Normalisation::on_slab())
          .add("O"_species, {2, 0});
  CHECK(to_string(f) == "Ni0.40(2)Mn0.60(2)O2");
}
