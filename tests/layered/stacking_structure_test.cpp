#include <lamella/layered/stacking_structure.hpp>

#include <lamella/chemistry/formula.hpp>
#include <lamella/core/dual.hpp>
#include <lamella/crystal/cell_contents.hpp>
#include <lamella/layered/layer_metrology.hpp>

#include "words.hpp"

#include <doctest/doctest.h>

#ifdef LAMELLA_HAVE_SPGLIB
#include <spglib.h>
#endif

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

using namespace lamella;

namespace {

constexpr std::array fillings{AlkaliFilling::none, AlkaliFilling::all, AlkaliFilling::prism_over_metal,
                              AlkaliFilling::prism_over_oxygen};
const Formula with_alkali = "NaCoO2"_formula, without = "CoO2"_formula;
constexpr LayerDistances<double> distances{2.95, 2.07, 3.31};

Structure<double> build(const StackingSequence& word, AlkaliFilling filling) {
  return stacking_structure(word, distances, filling == AlkaliFilling::none ? without : with_alkali, filling);
}

struct Atom {
  int atomic_number;
  double x, y, z;
};

std::vector<Atom> expand(const Structure<double>& structure) {
  std::vector<Atom> atoms;
  for (const auto& site : structure.sites)
    for (const auto& op : structure.space_group.operations()) {
      const auto p = op(site.position);
      const bool known = std::any_of(atoms.begin(), atoms.end(), [&](const Atom& a) {
        const auto off = [](double d) { return std::abs(d - std::round(d)); };
        return off(a.x - p.x) + off(a.y - p.y) + off(a.z - p.z) < 1e-6;
      });
      if (!known) atoms.push_back({site.species.atomic_number, p.x, p.y, p.z});
    }
  return atoms;
}

/// The planes of an expanded cell from bottom to top as letters relative to the cell: "alkali or metal or oxygen, letter".
/// Builds the layer word from the positions alone, without `measure_layers`.
StackingSequence word_of(const Structure<double>& structure) {
  struct Plane {
    double z;
    int number;
    LayerLetter letter;
  };
  std::vector<Plane> planes;
  for (const Atom& a : expand(structure)) {
    const double x = a.x - std::floor(a.x + 1e-6);
    planes.push_back(
        {a.z - std::floor(a.z + 1e-6), a.atomic_number, static_cast<LayerLetter>(std::lround(3 * x) % 3)});
  }
  std::sort(planes.begin(), planes.end(), [](const Plane& p, const Plane& q) { return p.z < q.z; });
  std::erase_if(planes, [](const Plane& p) { return p.number == 11; });
  // Metal planes with the oxygen planes below and above.
  StackingSequence word;
  for (std::size_t i = 0; i < planes.size(); ++i)
    if (planes[i].number == 27)
      word.push_back(
          {planes[(i + planes.size() - 1) % planes.size()].letter, planes[(i + 1) % planes.size()].letter});
  return word;
}

}  // namespace

TEST_CASE("the cell of every word of up to six slabs is that word, with all its atoms") {
  for (std::size_t n = 1; n <= 6; ++n)
    for (const auto& word : stackings_of(n))
      for (const auto filling : fillings) {
        CAPTURE(to_string(word));
        const auto structure = build(word, filling);
        REQUIRE(canonical(word_of(structure)) == word);
        const Formula content = cell_formula(structure);
        const double slabs = content.amount(Species{27, 0});
        CHECK(content.amount(Species{8, 0}) == doctest::Approx(2 * slabs));
        CHECK(content.amount(Species{11, 0}) == doctest::Approx(filling == AlkaliFilling::none ? 0 : slabs));
        CHECK(structure.cell.c == doctest::Approx(slabs * 5.38));
        CHECK(structure.name == std::string(stacking::name(word).view()));
      }
}

TEST_CASE("every word of up to six slabs is measured as what was built") {
  for (std::size_t n = 1; n <= 6; ++n)
    for (const auto& word : stackings_of(n))
      for (const auto filling : fillings) {
        CAPTURE(to_string(word));
        const auto structure = build(word, filling);
        const auto layers = measure_layers(structure);
        REQUIRE(layers);
        REQUIRE(layers->word);
        CHECK(to_string(canonical(*layers->word)) == to_string(word));
        CHECK(layers->stacking == structure.name);
        CHECK(layers->slab_thickness() == doctest::Approx(distances.slab).epsilon(1e-12));
        CHECK(layers->interslab_distance() == doctest::Approx(distances.interslab).epsilon(1e-12));
      }
}

TEST_CASE("every spelling of every word of up to six slabs comes back as the same canonical word and name") {
  std::size_t words = 0;
  for (std::size_t n = 1; n <= 6; ++n)
    for (const auto& word : words_from_a(n)) {
      const auto layers = measure_layers(build(word, AlkaliFilling::all));
      ++words;
      if (!layers || !layers->word || canonical(*layers->word) != canonical(word) || layers->stacking != stacking::name(word).view())
        FAIL_CHECK(to_string(word));
    }
  CHECK(words == 2 * (1 + 6 + 36 + 216 + 1296 + 7776));
}

TEST_CASE("spglib finds the space group of every word of up to six slabs, for every filling") {
#ifdef LAMELLA_HAVE_SPGLIB
  std::size_t confirmed = 0;
  for (std::size_t n = 1; n <= 6; ++n)
    for (const auto& word : stackings_of(n))
      for (const auto filling : fillings) {
        const auto structure = build(word, filling);
        const double a = structure.cell.a, c = structure.cell.c;
        double lattice[3][3] = {{a, -a / 2, 0}, {0, a * std::sqrt(0.75), 0}, {0, 0, c}};  // columns
        std::vector<std::array<double, 3>> positions;
        std::vector<int> types;
        for (const Atom& atom : expand(structure)) {
          positions.push_back({atom.x, atom.y, atom.z});
          types.push_back(atom.atomic_number);
        }
        SpglibDataset* found = spg_get_dataset(lattice, reinterpret_cast<double(*)[3]>(positions.data()),
                                               types.data(), static_cast<int>(types.size()), 1e-5);
        REQUIRE(found != nullptr);
        CAPTURE(to_string(word));
        CHECK(found->spacegroup_number == structure.space_group.number());
        // The cell is the standard one: as many atoms as spglib's own, and as many operations.
        CHECK(found->n_std_atoms == static_cast<int>(types.size()));
        CHECK(found->n_operations == static_cast<int>(structure.space_group.order()));
        std::size_t orbits = 0;
        for (int i = 0; i < found->n_atoms; ++i) orbits += found->crystallographic_orbits[i] == i;
        CHECK(orbits == structure.sites.size());
        spg_free_dataset(found);
        ++confirmed;
      }
  CHECK(confirmed > 1000);
#else
  MESSAGE("skipped: spglib (libsymspg-dev) is not installed");
#endif
}

TEST_CASE("the groups are those of the table") {
  for (const std::string_view word : {"AB", "AB CB", "AB CA BC", "AB BA", "AB BA CA AC", "AB BC CA"})
    for (const auto filling : fillings) {
      const auto group = build(parse_layers(word), filling).space_group;
      const auto tabulated = space_group(group.name());
      CHECK(group.number() == tabulated.number());
      auto sorted = [](const SpaceGroup& g) {
        std::vector<SymmetryOperation> all(g.operations().begin(), g.operations().end());
        std::sort(all.begin(), all.end());
        return all;
      };
      CHECK(sorted(group) == sorted(tabulated));
    }
}

TEST_CASE("alkali spreads over the chosen sites") {
  const auto partial = "Na0.6Ni0.5Mn0.5O2"_formula;
  const auto both = stacking_structure(parse_layers("AB BC CA"), distances, partial, AlkaliFilling::all);
  CHECK(both.space_group.name() == "R-3m");
  CHECK(both.sites[0].occupancy == doctest::Approx(0.3));
  const auto one =
      stacking_structure(parse_layers("AB BC CA"), distances, partial, AlkaliFilling::prism_over_metal);
  CHECK(one.space_group.name() == "R3m");
  CHECK(one.sites[0].occupancy == doctest::Approx(0.6));
  CHECK(one.sites[1].species == Species{28, 0});
  CHECK(one.sites[2].species == Species{25, 0});
  CHECK(one.sites[1].position.z == one.sites[2].position.z);
  const auto op4 = stacking_structure(parse_layers("AB BA CA AC"), distances, partial, AlkaliFilling::all);
  CHECK(cell_formula(op4).amount(Species{11, 0}) == doctest::Approx(4 * 0.6));
}

TEST_CASE("derivatives of the built crystal") {
  using D = Dual<double, 3>;
  const auto crystal = stacking_structure(
      parse_layers("AB CA BC"),
      LayerDistances<D>{D::variable(3.0, 0), D::variable(2.2, 1), D::variable(3.3, 2)}, with_alkali);
  CHECK(crystal.cell.a.grad[0] == 1);
  CHECK(crystal.cell.c.grad[1] == doctest::Approx(3));
  // z = 1/3 - S/(6 (S + I))
  CHECK(crystal.sites.back().position.z.value == doctest::Approx(1.0 / 3 - 2.2 / 33));
  CHECK(crystal.sites.back().position.z.grad[1] == doctest::Approx(-3.3 / (6 * 5.5 * 5.5)));
  CHECK(crystal.sites.back().position.z.grad[2] == doctest::Approx(2.2 / (6 * 5.5 * 5.5)));
}

TEST_CASE("impossible crystals are refused") {
  const auto word = parse_layers("AB CA BC");
  const auto message = [&](const LayerDistances<double>& d, const Formula& formula,
                           AlkaliFilling filling) -> std::string {
    try {
      (void)stacking_structure(word, d, formula, filling);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message({3.0, -2.2, 3.3}, with_alkali, AlkaliFilling::all).find("positive a, slab thickness") !=
        std::string::npos);
  CHECK(
      message({3.0, 2.2, std::nan("")}, with_alkali, AlkaliFilling::all).find("positive a, slab thickness") !=
      std::string::npos);
  CHECK(message(distances, without, AlkaliFilling::all).find("no alkali") != std::string::npos);
  CHECK(message(distances, with_alkali, AlkaliFilling::none).find("no sites for the alkali") !=
        std::string::npos);
  CHECK(message(distances, "Na1.5CoO2"_formula, AlkaliFilling::all).find("at most one alkali") !=
        std::string::npos);
  CHECK_THROWS_AS((void)stacking_structure(StackingSequence{}, distances, with_alkali), Error);
}
