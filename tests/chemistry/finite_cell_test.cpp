#include <lamella/chemistry/finite_cell.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace lamella;

namespace {

/// Number of distinct arrangements of these sites, by writing them all down.
double count_permutations(std::string sites) {
  std::sort(sites.begin(), sites.end());
  double count = 0;
  do ++count;
  while (std::next_permutation(sites.begin(), sites.end()));
  return count;
}

}  // namespace

TEST_CASE("the arrangements of a small cell are as many as can be written down") {
  const Sublattices layers = partition("Na0.5Ni0.5Fe0.25Mn0.25O2"_formula);
  CHECK(std::exp(cell_entropy(layers, 4).ln_count) == doctest::Approx(count_permutations("NNFM")));
  CHECK(std::exp(cell_entropy(layers, 8).ln_count) == doctest::Approx(count_permutations("NNNNFFMM")));
  CHECK(std::exp(cell_entropy(layers, 8, with_alkali_vacancies).ln_count) ==
        doctest::Approx(count_permutations("NNNNFFMM") * count_permutations("aaaavvvv")));
  const Sublattices holes = parse_sublattices("Na[Mn0.75Vac0.25]O2");
  CHECK(std::exp(cell_entropy(holes, 8).ln_count) == doctest::Approx(count_permutations("MMMMMMvv")));
  CHECK(cell_entropy(partition("NaCrO2"_formula), 12).ln_count == 0);
}

TEST_CASE("large cells approach the ideal limit from below, as Stirling's next term says") {
  const Sublattices he = partition("NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula);
  const double ideal = configurational_entropy(he, per_formula_unit).in_R;
  double before = 0;
  for (const int n : {10, 100, 1000, 10000, 100000}) {
    const double s = cell_entropy(he, n).in_R();
    CHECK(s > before);
    CHECK(s < ideal);
    // ln n! = n ln n - n + ln(2 pi n)/2 + O(1/n)
    double next = std::log(2 * 3.14159265358979 * n);
    for (const double x : {0.2, 0.2, 0.3, 0.1, 0.1, 0.1}) next -= std::log(2 * 3.14159265358979 * n * x);
    if (n >= 1000) CHECK(s == doctest::Approx(ideal + next / 2 / n).epsilon(1e-5));
    before = s;
  }
  CHECK(before == doctest::Approx(ideal).epsilon(3e-4));
}

TEST_CASE("neutral arrangements of elements and oxidation states, by trying all") {
  // Six sites: 2 Ni (2-4), 2 Mn (2-4), 2 Fe (2-4); the charges must add up to 18.
  const Sublattices layers = partition("NaNi1/3Mn1/3Fe1/3O2"_formula);
  std::string sites = "FFMMNN";
  double neutral = 0, free = 0;
  do {
    for (int code = 0; code < 729; ++code) {
      int charge = 0;
      for (int digits = code, i = 0; i < 6; ++i, digits /= 3) charge += 2 + digits % 3;
      ++free;
      if (charge == 18) ++neutral;
    }
  } while (std::next_permutation(sites.begin(), sites.end()));
  const NeutralCellEntropy s = neutral_cell_entropy(layers, 6);
  CHECK(std::exp(s.neutral.ln_count) == doctest::Approx(neutral));
  CHECK(std::exp(s.free.ln_count) == doctest::Approx(free));
  CHECK(std::exp(s.ln_share()) == doctest::Approx(neutral / free));
  CHECK(s.neutral.in_R() < s.free.in_R());
}

TEST_CASE("one element: the neutral arrangements are a binomial coefficient, written charges stay") {
  // Na0.5CrO2 with Cr 3-6 is not binomial; Na0.5TiO2 with Ti 3-4: half of each.
  const Sublattices layers = partition("Na0.5TiO2"_formula);
  const NeutralCellEntropy s = neutral_cell_entropy(layers, 20);
  CHECK(std::exp(s.neutral.ln_count) == doctest::Approx(184756));  // C(20, 10)
  CHECK(std::exp(s.free.ln_count) == doctest::Approx(1048576));    // 2^20
  CHECK(std::exp(neutral_cell_entropy(layers, 4, with_alkali_vacancies).neutral.ln_count) ==
        doctest::Approx(6 * 6));
  const Sublattices written = partition("Na0.5Ti3+0.5Ti4+0.5O2"_formula);
  CHECK(std::exp(neutral_cell_entropy(written, 20).neutral.ln_count) == doctest::Approx(184756));
  CHECK(neutral_cell_entropy(written, 20).ln_share() == 0);
  // Far in the tail of the distribution, where probabilities underflow: all Ni must be 2+.
  CHECK(neutral_cell_entropy(partition("NaNi0.5Sn0.5O2"_formula), 1000).neutral.ln_count ==
        doctest::Approx(std::lgamma(1001.0) - 2 * std::lgamma(501.0)));
}

TEST_CASE("cells that cannot be are refused") {
  const Sublattices he = partition("NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula);
  CHECK_THROWS_WITH_AS(
      cell_entropy(he, 3),
      "cell of 3 formula units Na[Ni0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1]O2 with 0.600000 Ni: expected a cell in "
      "which all counts are whole",
      Error);
  CHECK_THROWS_AS(cell_entropy(he, 0), Error);
  CHECK_THROWS_AS(cell_entropy(he, 1000000), Error);
  CHECK_THROWS_AS(neutral_cell_entropy(he, 2010), Error);
  CHECK_THROWS_AS(neutral_cell_entropy(partition("Na3CoO2"_formula), 4), Error);
  CHECK_THROWS_AS(cell_entropy(partition("NaMn3+0.5Mn4+0.5O2"_formula), 4), Error);
}
