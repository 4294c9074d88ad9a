#include <lamella/crystal/point_group.hpp>
#include <lamella/crystal/symmetry_constraints.hpp>
#include <lamella/crystal/tensor_symmetry.hpp>
#include <lamella/crystal/unit_cell.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "../support/random_numbers.hpp"

using namespace lamella;
using Tensor = std::array<double, 6>;
using Matrix = std::array<std::array<double, 3>, 3>;

namespace {

Matrix full(const Tensor& u) { return {{{u[0], u[3], u[4]}, {u[3], u[1], u[5]}, {u[4], u[5], u[2]}}}; }

/// R M Rᵀ.
Matrix image(const std::array<int, 9>& r, const Matrix& m) {
  Matrix result{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k)
        for (std::size_t l = 0; l < 3; ++l) result[i][j] += r[3 * i + k] * m[k][l] * r[3 * j + l];
  return result;
}

bool same(const Matrix& x, const Matrix& y) {
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      if (std::abs(x[i][j] - y[i][j]) > 1e-12) return false;
  return true;
}

/// The traces of R, R², R³, R⁴ of a rotation.
std::array<double, 4> power_traces(const SymmetryOperation& op) {
  std::array<double, 4> p{};
  SymmetryOperation power;
  for (double& trace : p) {
    power = power * op;
    trace = power.rotation[0] + power.rotation[4] + power.rotation[8];
  }
  return p;
}

}  // namespace

TEST_CASE("displacement tensors of special positions are those of Peterse & Palm") {
  struct Row {
    const char* group;
    Fractional<double> position;
    std::vector<Tensor> expected;
  };
  const std::vector<Row> rows = {
      // Layered oxides: 3a and 6c of R-3m, 2b and 4f of P63/mmc: U11 = U22 = 2 U12.
      {"R-3m", {0, 0, 0}, {{1, 1, 0, 0.5, 0, 0}, {0, 0, 1, 0, 0, 0}}},
      {"R-3m", {0, 0, 0.2645}, {{1, 1, 0, 0.5, 0, 0}, {0, 0, 1, 0, 0, 0}}},
      {"P63/mmc", {0, 0, 0.25}, {{1, 1, 0, 0.5, 0, 0}, {0, 0, 1, 0, 0, 0}}},
      {"P63/mmc", {0.3333, 0.6667, 0.09}, {{1, 1, 0, 0.5, 0, 0}, {0, 0, 1, 0, 0, 0}}},  // rounded thirds
      // R-3m 18f (x,0,0), .2 along a: U12 = U22/2, U23 = 2 U13; 18h (x,-x,z), .m: U11 = U22, U23 = -U13; 9e, .2/m along a.
      {"R-3m", {0.21, 0, 0}, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0.5, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 1, 2}}},
      {"R-3m", {0.21, -0.21, 0.1}, {{1, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 0, 0}, {0, 0, 0, 0, 1, -1}}},
      {"R-3m", {0.5, 0, 0}, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0.5, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 1, 2}}},
      // C2/m 4i, m normal to b; Pnma 4c; a general position.
      {"C2/m", {0.28, 0, 0.8}, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 1, 0}}},
      {"Pnma", {0.19, 0.25, 0.17}, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 0, 1, 0}}},
      {"Pnma",
       {0.1, 0.2, 0.3},
       {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 0, 0}, {0, 0, 0, 0, 1, 0}, {0, 0, 0, 0, 0, 1}}},
      // Spinel Fd-3m: 8a isotropic; 16d .-3m and 32e .3m along a body diagonal.
      {"Fd-3m", {0.125, 0.125, 0.125}, {{1, 1, 1, 0, 0, 0}}},
      {"Fd-3m", {0.5, 0.5, 0.5}, {{1, 1, 1, 0, 0, 0}, {0, 0, 0, 1, 1, 1}}},
      {"Fd-3m", {0.26, 0.26, 0.26}, {{1, 1, 1, 0, 0, 0}, {0, 0, 0, 1, 1, 1}}},
      // Rutile P42/mnm: 2a m.mm and 4f m.2m: U11 = U22, U12 free.
      {"P42/mnm", {0.305, 0.305, 0}, {{1, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 0, 0}}},
      // Fluorapatite P63/m: 6h m.. normal to c.
      {"P63/m", {0.24, 0.99, 0.25}, {{1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}, {0, 0, 1, 0, 0, 0}, {0, 0, 0, 1, 0, 0}}},
      // Rhombohedral axes.
      {"R-3m:R", {0.1, 0.1, 0.1}, {{1, 1, 1, 0, 0, 0}, {0, 0, 0, 1, 1, 1}}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.group);
    CAPTURE(row.position.x);
    const auto freedom = displacement_freedom(space_group(row.group), row.position);
    REQUIRE(freedom.size() == row.expected.size());
    for (std::size_t i = 0; i < freedom.size(); ++i)
      for (std::size_t j = 0; j < 6; ++j) CHECK(freedom[i][j] == doctest::Approx(row.expected[i][j]).epsilon(1e-14));
  }
}

TEST_CASE("displacement tensors of all settings: invariant under the site, complete, and unmixed by unequal axes") {
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    const SpaceGroup group = space_group(setting);
    // Operations mix only axes that the lattice makes equal, so that the basis of a*_i a*_j needs no lengths.
    const CellFreedom cell = cell_freedom(group);
    bool mixes_unequal = false;
    for (const auto& op : group.operations())
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
          if (i != j && op.rotation[3 * i + j] != 0 && cell.tied_to[i] != cell.tied_to[j]) mixes_unequal = true;
    CHECK_FALSE(mixes_unequal);
    std::size_t wrong = 0;
    for (const Fractional<double>& p :
         {Fractional<double>{0, 0, 0}, {0.5, 0, 0}, {0.25, 0.25, 0.25}, {1. / 3, 2. / 3, 0.1}, {0.2, 0.2, 0.2}, {0.17, -0.17, 0.3},
          {0.11, 0.22, 0.31}, {0.19, 0, 0}, {0, 0.23, 0.25}, {0.125, 0.125, 0.125}}) {
      const auto freedom = displacement_freedom(group, p);
      const auto site = site_symmetry(group, p).operations;
      double dimension = 0;  // mean character of the symmetric square
      for (const auto& op : site) {
        const auto trace = power_traces(op);
        dimension += (trace[0] * trace[0] + trace[1]) / 2;
        for (const auto& u : freedom) wrong += static_cast<std::size_t>(!same(image(op.rotation, full(u)), full(u)));
      }
      CHECK(freedom.size() == static_cast<std::size_t>(std::lround(dimension / static_cast<double>(site.size()))));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("displacements where an operation mixes unequal axes") {
  // Twofold axis along a of a rectangular lattice, on the axes a, b, a + c: it takes a + c to 2a - (a + c).
  const auto generator = parse_operation("x+z+z,-y,-z");
  const SpaceGroup group = SpaceGroup::generated_by(std::array{generator}, "oblique", 0);
  const std::array<double, 3> lengths = {0.31, 0.22, 0.17};
  const auto freedom = displacement_freedom(group, {0, 0, 0}, lengths);
  CHECK(freedom.size() == 4);  // as for every twofold axis
  for (Tensor u : freedom) {
    constexpr std::array<std::array<std::size_t, 2>, 6> at{{{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}}};
    for (std::size_t n = 0; n < 6; ++n) u[n] *= lengths[at[n][0]] * lengths[at[n][1]];  // to β
    CHECK(same(image(generator.rotation, full(u)), full(u)));
  }
}

TEST_CASE("quartic forms of the layered lattice are those of Stephens") {
  const auto forms = quartic_invariants(space_group("R-3m"));
  REQUIRE(forms.size() == 4);
  CHECK(forms[0].name == "S400");
  CHECK(forms[1].name == "S004");
  CHECK(forms[2].name == "S202");
  CHECK(forms[3].name == "S301");
  lamella_test::Random random(4);
  for (int i = 0; i < 100; ++i) {
    const Miller m{int(random.uniform(-9, 10)), int(random.uniform(-9, 10)), int(random.uniform(-20, 21))};
    const double h = m.h, k = m.k, l = m.l, plane = h * h + h * k + k * k;
    CHECK(forms[0](m) == doctest::Approx(plane * plane));
    CHECK(forms[1](m) == doctest::Approx(l * l * l * l));
    CHECK(forms[2](m) == doctest::Approx(3 * plane * l * l));
    CHECK(forms[3](m) == doctest::Approx((2 * h * h * h + 3 * h * h * k - 3 * h * k * k - 2 * k * k * k) * l));
  }
  // -31m (SCIENCE: 4 hk(h+k) l) and 6/mmm (none), mmm (six squares), m-3m (two).
  const auto other_setting = quartic_invariants(space_group("P-31m"));
  REQUIRE(other_setting.size() == 4);
  CHECK(other_setting[3].name == "S211");
  CHECK(other_setting[3](Miller{2, 3, -1}) == doctest::Approx(-4.0 * 2 * 3 * 5));
  CHECK(quartic_invariants(space_group("P63/mmc")).size() == 3);
  const auto cubic = quartic_invariants(space_group("Fm-3m"));
  REQUIRE(cubic.size() == 2);
  CHECK(cubic[0](Miller{1, 2, 3}) == doctest::Approx(1 + 16 + 81));
  CHECK(cubic[1].name == "S220");
  CHECK(cubic[1](Miller{1, 2, 3}) == doctest::Approx(3.0 * (4 + 36 + 9)));
  const auto monoclinic = quartic_invariants(space_group("C2/m"));
  std::string names;
  for (const auto& form : monoclinic) names.append(form.name).append(" ");
  CHECK(names == "S400 S040 S004 S220 S202 S022 S301 S103 S121 ");
  CHECK(monoclinic[8](Miller{1, 2, 3}) == doctest::Approx(4.0 * 1 * 4 * 3));
}

TEST_CASE("quartic forms of all settings: invariant, independent, as many as Stephens tabulates") {
  const std::map<std::string, std::size_t> tabulated = {{"-1", 15}, {"2/m", 9}, {"mmm", 6},   {"4/m", 5}, {"4/mmm", 4}, {"-3", 5},
                                                        {"-3m", 4}, {"6/m", 3}, {"6/mmm", 3}, {"m-3", 2}, {"m-3m", 2}};
  lamella_test::Random random(230);
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    const SpaceGroup group = space_group(setting);
    const auto forms = quartic_invariants(group);
    CHECK(forms.size() == tabulated.at(std::string(laue_class(group))));
    double dimension = 0;  // mean character of the fourth symmetric power
    for (const auto& op : group.operations()) {
      const auto p = power_traces(op);
      dimension += (p[0] * p[0] * p[0] * p[0] + 6 * p[0] * p[0] * p[1] + 3 * p[1] * p[1] + 8 * p[0] * p[2] + 6 * p[3]) / 24;
    }
    CHECK(forms.size() == static_cast<std::size_t>(std::lround(dimension / static_cast<double>(group.order()))));
    std::size_t wrong = 0;
    for (int i = 0; i < 4; ++i) {
      const Miller m{int(random.uniform(-9, 10)), int(random.uniform(-9, 10)), int(random.uniform(-9, 10))};
      for (const auto& form : forms)
        for (const auto& image : group.equivalents(m))
          wrong += static_cast<std::size_t>(std::abs(form(image) - form(m)) > 1e-9 * (1 + std::abs(form(m))));
    }
    CHECK(wrong == 0);
  }
}
