#include <lamella/chemistry/entropy.hpp>
#include <lamella/core/dual.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <span>

using namespace lamella;

namespace {

constexpr Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;
constexpr Formula nfm = "NaNi0.2Fe0.2Mn0.6O2"_formula;

double in_R(const Formula& f, EntropyBasis basis, AlkaliVacancies v = without_alkali_vacancies,
            MixingEntities e = MixingEntities::unambiguous) {
  return configurational_entropy(f, basis, v, e).in_R;
}

}  // namespace

TEST_CASE("entropies of the two reference cathodes on every basis") {
  // -(0.4 ln 0.2 + 0.3 ln 0.3 + 0.3 ln 0.1) and -(0.4 ln 0.2 + 0.6 ln 0.6)
  const double s_he = -(0.4 * std::log(0.2) + 0.3 * std::log(0.3) + 0.3 * std::log(0.1));
  const double s_nfm = -(0.4 * std::log(0.2) + 0.6 * std::log(0.6));
  CHECK(s_he == doctest::Approx(1.6957).epsilon(1e-4));
  CHECK(in_R(he, per_TM_site) == doctest::Approx(s_he).epsilon(1e-14));
  CHECK(in_R(he, per_formula_unit) == doctest::Approx(s_he).epsilon(1e-14));
  CHECK(in_R(he, per_cation) == doctest::Approx(s_he / 2).epsilon(1e-14));
  CHECK(in_R(he, per_atom) == doctest::Approx(s_he / 4).epsilon(1e-14));
  CHECK(in_R(nfm, per_TM_site) == doctest::Approx(s_nfm).epsilon(1e-14));
  CHECK(configurational_entropy(he, per_atom).in_joules() == doctest::Approx(3.5248).epsilon(3e-5));
}

TEST_CASE("an equimolar slab of n elements has ln n, a single element none") {
  CHECK(in_R("NaTi0.2Mn0.2Fe0.2Ni0.2Co0.2O2"_formula, per_TM_site) ==
        doctest::Approx(std::log(5.0)).epsilon(1e-14));
  CHECK(in_R("NaCrO2"_formula, per_TM_site) == 0);
  CHECK(in_R("Na0.5CoO2"_formula, per_TM_site) == 0);
}

TEST_CASE("oxidation states mix only when asked to, and the question has to be answered") {
  constexpr Formula split = "NaNi2+0.2Fe3+0.2Mn3+0.4Mn4+0.2O2"_formula;
  CHECK(in_R(split, per_TM_site, without_alkali_vacancies, by_element) ==
        doctest::Approx(in_R(nfm, per_TM_site)).epsilon(1e-14));
  CHECK(in_R(split, per_TM_site, without_alkali_vacancies, by_species) ==
        doctest::Approx(-(0.6 * std::log(0.2) + 0.4 * std::log(0.4))).epsilon(1e-14));
  CHECK_THROWS_WITH_AS(configurational_entropy(split, per_TM_site),
                       "entropy of NaNi2+0.2Fe3+0.2Mn3+0.4Mn4+0.2O2: an element has several charge states: "
                       "expected by_element or by_species",
                       Error);
}

TEST_CASE("alkali vacancies add the mixing on the alkali layer and count as cations and atoms") {
  constexpr Formula f = "Na0.7Ni0.35Sn0.65O2"_formula;
  const double slab = -(0.35 * std::log(0.35) + 0.65 * std::log(0.65));
  const double alkali = -(0.7 * std::log(0.7) + 0.3 * std::log(0.3));
  CHECK(alkali == doctest::Approx(0.6109).epsilon(1e-4));
  CHECK(in_R(f, per_TM_site) == doctest::Approx(slab).epsilon(1e-14));
  CHECK(in_R(f, per_TM_site, with_alkali_vacancies) == doctest::Approx(slab + alkali).epsilon(1e-14));
  CHECK(in_R(f, per_cation) == doctest::Approx(slab / 1.7).epsilon(1e-14));
  CHECK(in_R(f, per_cation, with_alkali_vacancies) == doctest::Approx((slab + alkali) / 2).epsilon(1e-14));
  CHECK(in_R(f, per_atom) == doctest::Approx(slab / 3.7).epsilon(1e-14));
  CHECK(in_R(f, per_atom, with_alkali_vacancies) == doctest::Approx((slab + alkali) / 4).epsilon(1e-14));
  CHECK(in_R(he, per_atom, with_alkali_vacancies) == doctest::Approx(in_R(he, per_atom)).epsilon(1e-14));
  CHECK(in_R("CoO2"_formula, per_formula_unit, with_alkali_vacancies) == 0);
  // Two alkali metals and vacancies on one site.
  CHECK(in_R("Na0.5K0.25CoO2"_formula, per_formula_unit, with_alkali_vacancies) ==
        doctest::Approx(-(0.5 * std::log(0.5) + 0.5 * std::log(0.25))).epsilon(1e-14));
}

TEST_CASE("a slab with empty sites has different entropies per site and per formula unit") {
  constexpr Formula f = "Na4Mn3Ni3O14"_formula;  // 6/7 of the slab sites are filled
  CHECK(in_R(f, per_TM_site) == doctest::Approx(std::log(2.0)).epsilon(1e-14));
  CHECK(in_R(f, per_formula_unit) == doctest::Approx(std::log(2.0) * 6 / 7).epsilon(1e-14));
}

TEST_CASE("more alkali than sites leaves no vacancies to count") {
  CHECK_THROWS_WITH_AS(
      configurational_entropy("Na1.1Ni0.9O2"_formula, per_TM_site, with_alkali_vacancies),
      "entropy of Na1.1Ni0.9O2: expected at most one alkali per formula unit, to count its vacancies", Error);
  CHECK_THROWS_AS(configurational_entropy("Na2O"_formula, per_atom), Error);
}

TEST_CASE("the text names what the number rests on") {
  CHECK(to_string(configurational_entropy(he, per_TM_site)) == "1.696 R per TM site, slab only");
  CHECK(to_string(configurational_entropy(he, per_cation)) == "0.848 R per cation, slab only");
  CHECK(
      to_string(configurational_entropy("Na0.7CoO2"_formula, per_atom, with_alkali_vacancies, by_element)) ==
      "0.153 R per atom, elements mixing, with alkali vacancies");
}

TEST_CASE("mixing entropy works on any scalar: its derivative by a dual is the analytic one") {
  using D = Dual<double, 1>;
  for (const double x : {0.1, 0.5, 0.9}) {
    const D a = D::variable(x, 0);
    const std::array<D, 2> amounts{a, D(1) - a};
    const D s = ideal_mixing_entropy(std::span<const D>(amounts));
    CHECK(s.value == doctest::Approx(-x * std::log(x) - (1 - x) * std::log(1 - x)));
    CHECK(s.grad[0] == doctest::Approx(std::log((1 - x) / x)));
  }
  const std::array<float, 2> halves{1.0f, 1.0f};
  CHECK(ideal_mixing_entropy(std::span<const float>(halves)) == doctest::Approx(std::log(2.0f)));
  CHECK(ideal_mixing_entropy(std::span<const double>()) == 0);
}

TEST_CASE("entropy of each sublattice, and of all, per formula unit") {
  const auto mixing = [](double x) { return -x * std::log(x) - (1 - x) * std::log(1 - x); };
  const SublatticeEntropies s = sublattice_entropies("Na0.7Ni0.35Sn0.65O1.9F0.1"_formula);
  CHECK(s.alkali == doctest::Approx(mixing(0.7)).epsilon(1e-14));
  CHECK(s.slab == doctest::Approx(mixing(0.35)).epsilon(1e-14));
  CHECK(s.anion == doctest::Approx(2 * mixing(0.05)).epsilon(1e-14));
  CHECK(s.total() == s.alkali + s.slab + s.anion);
  // A metal in both layers: Mg mixes with Na in one, Na with Ni in the other.
  const SublatticeEntropies both = sublattice_entropies("Na0.9Mg0.1[Ni0.8Na0.2]O2"_sublattices);
  CHECK(both.alkali == doctest::Approx(mixing(0.1)).epsilon(1e-13));
  CHECK(both.slab == doctest::Approx(mixing(0.2)).epsilon(1e-14));
  CHECK_THROWS_AS(sublattice_entropies("NaMn3+0.5Mn4+0.5O2"_formula), Error);
  CHECK(sublattice_entropies("Na0.5Mn3+0.5Mn4+0.5O2"_formula, by_species).slab ==
        doctest::Approx(std::log(2.0)));
}

TEST_CASE("written vacancies mix in the slab, but are no sites to count by") {
  constexpr Formula f = "Na4/7[Vac1/7Mn6/7]O2"_formula;
  const double s = -(std::log(1.0 / 7) / 7 + 6 * std::log(6.0 / 7) / 7);
  CHECK(in_R(f, per_formula_unit) == doctest::Approx(s).epsilon(1e-13));
  CHECK(in_R(f, per_TM_site) == doctest::Approx(s * 7 / 6).epsilon(1e-13));
  // Alkali vacancies written or not: the same.
  CHECK(in_R("Na0.7Vac0.3CoO2"_formula, per_formula_unit, with_alkali_vacancies) ==
        doctest::Approx(in_R("Na0.7CoO2"_formula, per_formula_unit, with_alkali_vacancies)).epsilon(1e-14));
}

TEST_CASE("low, medium and high entropy with the thresholds said") {
  CHECK(entropy_class(configurational_entropy(he, per_TM_site)) == EntropyClass::high);  // 1.696
  CHECK(entropy_class(configurational_entropy(nfm, per_TM_site)) == EntropyClass::low);  // 0.950
  CHECK(entropy_class(configurational_entropy("NaNi1/3Fe1/3Mn1/3O2"_formula, per_TM_site)) ==
        EntropyClass::medium);
  CHECK(to_string(EntropyClass::medium) == "medium");
  CHECK_THROWS_WITH_AS(
      entropy_class(configurational_entropy(he, per_cation)),
      "entropy class of 0.848 R per cation, slab only: expected an entropy per TM site without alkali "
      "vacancies",
      Error);
}
