#include <lamella/layered/stacking_symmetry.hpp>

#include <lamella/layered/stacking.hpp>

#include "words.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace lamella;

namespace {

constexpr std::array fillings{AlkaliFilling::none, AlkaliFilling::all, AlkaliFilling::prism_over_metal,
                              AlkaliFilling::prism_over_oxygen};

std::string group(std::string_view word, AlkaliFilling filling) {
  return std::string(StackingSymmetry(parse_layers(word), filling).space_group());
}

// An independent count of the symmetry: the crystal as a set of points (x, y in thirds, z in steps of a slab) and trial by
// all 24 operations of 6/mmm with all translations of the grid.
struct Point {
  int kind, x, y, z;
  auto operator<=>(const Point&) const = default;
};

struct Count {
  int proper_order = 0;  // distinct rotation parts
  int translations = 0;  // pure translations per cell of the word
};

Count brute_force(const StackingSequence& word, AlkaliFilling filling) {
  // Heights in units of 1/20 of a repeat: metal 0, oxygen ±3, alkali 10.
  const int height = 20 * static_cast<int>(word.size());
  std::set<Point> crystal;
  const auto put = [&](int kind, int letter, int z) {
    crystal.insert({kind, letter, 2 * letter % 3, ((z % height) + height) % height});
  };
  for (std::size_t i = 0; i < word.size(); ++i) {
    const int z = 20 * static_cast<int>(i);
    put(0, word[i].metal(), z);
    put(1, word[i].bottom, z - 3);
    put(1, word[i].top, z + 3);
  }
  // The sites by their letters, decided anew: octahedra where the planes differ, else the prisms that the filling names.
  for (std::size_t i = 0; i < word.size() && filling != AlkaliFilling::none; ++i) {
    const Slab low = word[i], high = word[(i + 1) % word.size()];
    for (int letter = 0; letter < 3; ++letter) {
      if (letter == low.top || letter == high.bottom) continue;
      const bool prism = low.top == high.bottom;
      if (prism && filling == AlkaliFilling::prism_over_metal && letter == low.bottom) continue;
      if (prism && filling == AlkaliFilling::prism_over_oxygen && letter != low.bottom) continue;
      put(2, letter, 20 * static_cast<int>(i) + 10);
    }
  }
  Count count;
  for (int turn = 0; turn < 6; ++turn)
    for (const bool reflect : {false, true})
      for (const bool flip : {false, true}) {
        bool any = false;
        for (int dx = 0; dx < 3; ++dx)
          for (int dy = 0; dy < 3; ++dy)
            for (int dz = 0; dz < height; dz += 10) {
              bool maps = true;
              for (const Point& p : crystal) {
                int x = p.x, y = p.y;
                for (int k = 0; k < turn; ++k) {  // by 60°: (x, y) to (x - y, x)
                  const int old = x;
                  x = x - y;
                  y = old;
                }
                if (reflect) {  // across the a axis: (x, y) to (x - y, -y)
                  x = x - y;
                  y = -y;
                }
                const int z = (flip ? height - p.z : p.z) + dz;
                const Point image{p.kind, ((x + dx) % 3 + 3) % 3, ((y + dy) % 3 + 3) % 3, z % height};
                if (!crystal.contains(image)) {
                  maps = false;
                  break;
                }
              }
              any = any || maps;
              if (maps && turn == 0 && !reflect && !flip) ++count.translations;
            }
        if (any) ++count.proper_order;
      }
  return count;
}

}  // namespace

static_assert(StackingSymmetry("AcB CbA BaC"_layers, AlkaliFilling::all).space_group_number() == 166);
static_assert(stacking::O1::space_group == "P-3m1");
static_assert(stacking::O2::space_group == "P63mc");
static_assert(stacking::O3::space_group == "R-3m");
static_assert(stacking::P2::space_group == "P63/mmc");
static_assert(stacking::P3::space_group == "R3m");
static_assert(stacking::OP4::space_group == "P-6m2");
static_assert(stacking::O3::slabs_per_cell == 3 && stacking::P2::slabs_per_cell == 2 &&
              stacking::O1::slabs_per_cell == 1);

// Delmas et al. (1980) and the structures of these types.
TEST_CASE("space groups of the common stackings") {
  CHECK(group("AB", AlkaliFilling::all) == "P-3m1");
  CHECK(group("AB CA BC", AlkaliFilling::all) == "R-3m");
  CHECK(group("AB CA BC", AlkaliFilling::none) == "R-3m");
  CHECK(group("AB CB", AlkaliFilling::all) == "P63mc");
  CHECK(group("AB BA", AlkaliFilling::all) == "P63/mmc");
  CHECK(group("AB BA", AlkaliFilling::prism_over_metal) == "P63/mmc");
  CHECK(group("AB BA", AlkaliFilling::prism_over_oxygen) == "P63/mmc");
  CHECK(group("AB BA CA AC", AlkaliFilling::all) == "P-6m2");
  CHECK(group("AB BA BC CB", AlkaliFilling::all) == "P-6m2");
}

TEST_CASE("P3 is R3m with one of two prisms filled, else R-3m") {
  CHECK(group("AB BC CA", AlkaliFilling::none) == "R-3m");
  CHECK(group("AB BC CA", AlkaliFilling::all) == "R-3m");
  CHECK(group("AB BC CA", AlkaliFilling::prism_over_metal) == "R3m");
  CHECK(group("AB BC CA", AlkaliFilling::prism_over_oxygen) == "R3m");
}

TEST_CASE("the group of every word of up to five slabs has the order that trial of all operations finds") {
  std::set<std::string> seen;
  for (std::size_t n = 1; n <= 5; ++n)
    for (const auto& word : stackings_of(n))
      for (const auto filling : fillings) {
        const StackingSymmetry symmetry(word, filling);
        const Count count = brute_force(word, filling);
        CAPTURE(to_string(word));
        CAPTURE(symmetry.space_group());
        const int order = symmetry.space_group_number() == 194                                           ? 24
                          : symmetry.space_group_number() == 156 || symmetry.space_group_number() == 160 ? 6
                                                                                                         : 12;
        CHECK(count.proper_order == order);
        CHECK(count.translations * int(symmetry.slabs_per_translation()) == int(n));
        CHECK(symmetry.rhombohedral() == (count.translations == 3));
        seen.insert(std::string(symmetry.space_group()));
      }
  CHECK(seen == std::set<std::string>{"P3m1", "R3m", "P-3m1", "R-3m", "P63mc", "P-6m2", "P63/mmc"});
}

TEST_CASE("the sites of every word of up to six slabs add up to its atoms") {
  for (std::size_t n = 1; n <= 6; ++n)
    for (const auto& word : stackings_of(n))
      for (const auto filling : fillings) {
        const StackingSymmetry symmetry(word, filling);
        std::array<std::size_t, 3> atoms{};
        for (const auto& site : symmetry) atoms[std::size_t(site.kind)] += site.multiplicity;
        CAPTURE(to_string(word));
        CHECK(atoms[1] == symmetry.slabs());
        CHECK(atoms[2] == 2 * symmetry.slabs());
        CHECK(double(atoms[0]) ==
              doctest::Approx(symmetry.alkali_sites_per_formula_unit() * double(symmetry.slabs())));
      }
}

// Na_f of P2 (2b) shares two faces with MO6, Na_e (2d) none; P3 prisms share one; O3 octahedra none; O1 octahedra two.
TEST_CASE("faces that alkali sites share with the slabs") {
  const auto faces = [](std::string_view word) {
    std::multiset<int> list;
    for (const auto& site : alkali_sites(parse_layers(word))) list.insert(site.shared_faces);
    return list;
  };
  CHECK(faces("AB BA") == std::multiset<int>{0, 0, 2, 2});
  CHECK(faces("AB BC CA") == std::multiset<int>{1, 1, 1, 1, 1, 1});
  CHECK(faces("AB CA BC") == std::multiset<int>{0, 0, 0});
  CHECK(faces("AB") == std::multiset<int>{2});
  CHECK(faces("AB CB") == std::multiset<int>{1, 1});
}

TEST_CASE("the sites are those of the standard descriptions") {
  const auto has = [](const StackingSymmetry& symmetry, StackingSiteKind kind, int letter, int half_repeats,
                      int side, std::size_t multiplicity) {
    for (const auto& s : symmetry)
      if (s.kind == kind && s.letter == letter && s.half_repeats == half_repeats && s.side == side &&
          s.multiplicity == multiplicity)
        return true;
    return false;
  };
  using enum StackingSiteKind;
  const auto& o3 = stacking::O3::symmetry;  // M 3a (0,0,0), A 3b (0,0,1/2), O 6c (0,0,1/3 - S/2c)
  CHECK(has(o3, metal, 0, 0, 0, 3));
  CHECK(has(o3, alkali, 0, 3, 0, 3));
  CHECK(has(o3, oxygen, 0, 2, -1, 6));
  const auto& p2 = stacking::P2::symmetry;  // M 2a, A 2b (0,0,1/4) and 2d (2/3,1/3,1/4), O 4f (1/3,2/3,S/2c)
  CHECK(has(p2, metal, 0, 0, 0, 2));
  CHECK(has(p2, alkali, 0, 1, 0, 2));
  CHECK(has(p2, alkali, 2, 1, 0, 2));
  CHECK(has(p2, oxygen, 1, 0, 1, 4));
  const auto& p3 = stacking::P3::symmetry;  // M (0,0,0), A (0,0,1/6), O (0,0,1/3 + S/2c) and (0,0,2/3 - S/2c)
  CHECK(has(p3, metal, 0, 0, 0, 3));
  CHECK(has(p3, alkali, 0, 1, 0, 3));
  CHECK(has(p3, oxygen, 0, 2, 1, 3));
  CHECK(has(p3, oxygen, 0, 4, -1, 3));
  const auto& o1 = stacking::O1::symmetry;  // M 1a, A 1b (0,0,1/2), O 2d (1/3,2/3,S/2c)
  CHECK(has(o1, alkali, 0, 1, 0, 1));
  CHECK(has(o1, oxygen, 1, 0, 1, 2));
}

TEST_CASE("a stacking without slabs has no symmetry") {
  CHECK_THROWS_AS(StackingSymmetry(StackingSequence{}), Error);
}
