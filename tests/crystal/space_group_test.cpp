#include <lamella/crystal/space_group.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <vector>

using namespace lamella;

namespace {

std::vector<SymmetryOperation> operations(std::string_view list) {
  std::vector<SymmetryOperation> result;
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(';', start), list.size());
    result.push_back(parse_operation(list.substr(start, end - start)));
    start = end + 1;
  }
  return result;
}

const std::vector<std::string> all_names = {"P1",    "P-1",   "C2/m",    "Pmmn",  "Pnma",
                                            "Cmcm",  "R3m",   "P-3m1",   "R-3m",  "P63/m",
                                            "P63mc", "P-6m2", "P63/mmc", "Pm-3m", "Fm-3m"};

}  // namespace

// International Tables Vol. A: number and order of the group modulo the conventional cell (= the multiplicity of the
// general position).
TEST_CASE("the tabulated groups have the numbers and orders of International Tables") {
  const struct {
    const char* name;
    int number;
    std::size_t order;
  } cases[] = {{"P1", 1, 1},         {"P-1", 2, 2},      {"C2/m", 12, 8},    {"Pmmn", 59, 8},
               {"Pnma", 62, 8},      {"Cmcm", 63, 16},   {"R3m", 160, 18},   {"P-3m1", 164, 12},
               {"R-3m", 166, 36},    {"P63/m", 176, 12}, {"P63mc", 186, 12}, {"P-6m2", 187, 12},
               {"P63/mmc", 194, 24}, {"Pm-3m", 221, 48}, {"Fm-3m", 225, 192}};
  for (const auto& [name, number, order] : cases) {
    CAPTURE(name);
    const auto group = space_group(name);
    CHECK(group.number() == number);
    CHECK(group.order() == order);
    CHECK(group.name() == name);
    CHECK(group.operations()[0] == SymmetryOperation{});
  }
  CHECK(SpaceGroup().order() == 1);
  CHECK(SpaceGroup().name() == "P1");
}

// General positions as printed in International Tables Vol. A, without the centring translations.
TEST_CASE("general positions are those of International Tables") {
  const struct {
    const char* name;
    const char* centring;
    const char* list;
  } cases[] = {
      {"C2/m", "x+1/2,y+1/2,z", "x,y,z;-x,y,-z;-x,-y,-z;x,-y,z"},
      {"Pmmn", "x,y,z",
       "x,y,z;-x+1/2,-y+1/2,z;-x,y+1/2,-z;x+1/2,-y,-z;-x,-y,-z;x+1/2,y+1/2,-z;x,-y+1/2,z;-x+1/2,y,z"},
      {"Pnma", "x,y,z",
       "x,y,z;-x+1/2,-y,z+1/2;-x,y+1/2,-z;x+1/2,-y+1/2,-z+1/2;-x,-y,-z;x+1/2,y,-z+1/2;x,-y+1/2,z;-x+1/2,y+1/"
       "2,z+1/2"},
      {"Cmcm", "x+1/2,y+1/2,z",
       "x,y,z;-x,-y,z+1/2;-x,y,-z+1/2;x,-y,-z;-x,-y,-z;x,y,-z+1/2;x,-y,z+1/2;-x,y,z"},
      {"R3m", "x+2/3,y+1/3,z+1/3", "x,y,z;-y,x-y,z;-x+y,-x,z;-y,-x,z;-x+y,y,z;x,x-y,z"},
      {"R-3m", "x+2/3,y+1/3,z+1/3",
       "x,y,z;-y,x-y,z;-x+y,-x,z;y,x,-z;x-y,-y,-z;-x,-x+y,-z;-x,-y,-z;y,-x+y,-z;x-y,x,-z;-y,-x,z;-x+y,y,z;x,"
       "x-y,z"},
      {"P-3m1", "x,y,z",
       "x,y,z;-y,x-y,z;-x+y,-x,z;y,x,-z;x-y,-y,-z;-x,-x+y,-z;-x,-y,-z;y,-x+y,-z;x-y,x,-z;-y,-x,z;-x+y,y,z;x,"
       "x-y,z"},
      {"P63/m", "x,y,z",
       "x,y,z;-y,x-y,z;-x+y,-x,z;-x,-y,z+1/2;y,-x+y,z+1/2;x-y,x,z+1/2;-x,-y,-z;y,-x+y,-z;x-y,x,-z;x,y,-z+1/"
       "2;-y,x-y,-z+1/2;-x+y,-x,-z+1/2"},
      {"P63mc", "x,y,z",
       "x,y,z;-y,x-y,z;-x+y,-x,z;-x,-y,z+1/2;y,-x+y,z+1/2;x-y,x,z+1/2;-y,-x,z;-x+y,y,z;x,x-y,z;y,x,z+1/"
       "2;x-y,-y,z+1/2;-x,-x+y,z+1/2"},
      {"P-6m2", "x,y,z",
       "x,y,z;-y,x-y,z;-x+y,-x,z;x,y,-z;-y,x-y,-z;-x+y,-x,-z;-y,-x,z;-x+y,y,z;x,x-y,z;-y,-x,-z;-x+y,y,-z;x,x-"
       "y,-z"},
      {"P63/mmc", "x,y,z",
       "x,y,z;-y,x-y,z;-x+y,-x,z;-x,-y,z+1/2;y,-x+y,z+1/2;x-y,x,z+1/2;y,x,-z;x-y,-y,-z;-x,-x+y,-z;-y,-x,-z+1/"
       "2;-x+y,y,-z+1/2;x,x-y,-z+1/2;"
       "-x,-y,-z;y,-x+y,-z;x-y,x,-z;x,y,-z+1/2;-y,x-y,-z+1/2;-x+y,-x,-z+1/2;-y,-x,z;-x+y,y,z;x,x-y,z;y,x,z+1/"
       "2;x-y,-y,z+1/2;-x,-x+y,z+1/2"},
      {"Pm-3m", "x,y,z",
       "x,y,z;-x,-y,z;-x,y,-z;x,-y,-z;z,x,y;z,-x,-y;-z,-x,y;-z,x,-y;y,z,x;-y,z,-x;y,-z,-x;-y,-z,x;"
       "y,x,-z;-y,-x,-z;y,-x,z;-y,x,z;x,z,-y;-x,z,y;-x,-z,-y;x,-z,y;z,y,-x;z,-y,x;-z,y,x;-z,-y,-x;"
       "-x,-y,-z;x,y,-z;x,-y,z;-x,y,z;-z,-x,-y;-z,x,y;z,x,-y;z,-x,y;-y,-z,-x;y,-z,x;-y,z,x;y,z,-x;"
       "-y,-x,z;y,x,z;-y,x,-z;y,-x,-z;-x,-z,y;x,-z,-y;x,z,y;-x,z,-y;-z,-y,x;-z,y,-x;z,-y,-x;z,y,x"},
  };
  for (const auto& [name, centring, list] : cases) {
    CAPTURE(name);
    std::set<SymmetryOperation> wanted;
    SymmetryOperation shift;
    for (int i = 0; i < 3; ++i, shift = parse_operation(centring) * shift)
      for (const auto& op : operations(list)) wanted.insert(shift * op);
    const auto group = space_group(name);
    CHECK(wanted == std::set<SymmetryOperation>(group.operations().begin(), group.operations().end()));
  }
}

TEST_CASE("every tabulated group is closed, has inverses, and lists each operation once") {
  for (const auto& name : all_names) {
    CAPTURE(name);
    const auto group = space_group(name);
    const std::set<SymmetryOperation> all(group.operations().begin(), group.operations().end());
    CHECK(all.size() == group.order());
    std::size_t inverses = 0;
    bool closed = true;
    for (const auto& a : all) {
      for (const auto& b : all) closed = closed && all.contains(a * b);
      inverses += static_cast<std::size_t>(
          std::any_of(all.begin(), all.end(), [&](const auto& b) { return a * b == SymmetryOperation{}; }));
    }
    CHECK(closed);
    CHECK(inverses == group.order());
  }
}

// International Tables Vol. A, reflection conditions of the general positions.
TEST_CASE("systematic absences are the reflection conditions of International Tables") {
  const auto odd = [](int n) { return n % 2 != 0; };
  const auto rhombohedral = [](const Miller& m) { return (-m.h + m.k + m.l) % 3 != 0; };
  // c glide planes normal to a: (h h -2h l) and its images; 6_3 axis: (000l)
  const auto hexagonal_c = [&](const Miller& m) {
    return odd(m.l) && (m.h == m.k || m.k == -2 * m.h || m.h == -2 * m.k);
  };
  const auto none = [](const Miller&) { return false; };
  const struct {
    const char* name;
    std::function<bool(const Miller&)> absent;
  } cases[] = {
      {"P1", none},
      {"P-1", none},
      {"C2/m", [&](const Miller& m) { return odd(m.h + m.k); }},
      {"Pmmn", [&](const Miller& m) { return m.l == 0 && odd(m.h + m.k); }},
      {"Pnma",
       [&](const Miller& m) {
         return (m.h == 0 && odd(m.k + m.l)) || (m.l == 0 && odd(m.h)) ||
                (m.k == 0 && m.l == 0 && odd(m.h)) || (m.h == 0 && m.l == 0 && odd(m.k)) ||
                (m.h == 0 && m.k == 0 && odd(m.l));
       }},
      {"Cmcm", [&](const Miller& m) { return odd(m.h + m.k) || (m.k == 0 && odd(m.l)); }},
      {"R3m", rhombohedral},
      {"P-3m1", none},
      {"R-3m", rhombohedral},
      {"P63/m", [&](const Miller& m) { return m.h == 0 && m.k == 0 && odd(m.l); }},
      {"P63mc", hexagonal_c},
      {"P-6m2", none},
      {"P63/mmc", hexagonal_c},
      {"Pm-3m", none},
      {"Fm-3m", [&](const Miller& m) { return odd(m.h + m.k) || odd(m.k + m.l); }},
  };
  for (const auto& [name, absent] : cases) {
    CAPTURE(name);
    const auto group = space_group(name);
    for (int h = -6; h <= 6; ++h)
      for (int k = -6; k <= 6; ++k)
        for (int l = -7; l <= 7; ++l) {
          const Miller m{h, k, l};
          if (group.is_absent(m) != absent(m)) FAIL_CHECK("at " << h << " " << k << " " << l);
        }
  }
}

TEST_CASE("absences follow from the phases of all images of a general position") {
  for (const auto& name : all_names) {
    CAPTURE(name);
    const auto group = space_group(name);
    for (int h = -3; h <= 3; ++h)
      for (int k = -3; k <= 3; ++k)
        for (int l = -4; l <= 4; ++l) {
          double largest = 0;  // of |F|² over several atoms
          for (const Fractional<double> p :
               {Fractional<double>{0.0713, 0.1297, 0.2311}, Fractional<double>{0.3371, 0.0519, 0.4423}}) {
            double re = 0, im = 0;
            for (const auto& op : group.operations()) {
              const auto q = op(p);
              const double phase = 2 * 3.14159265358979323846 * (h * q.x + k * q.y + l * q.z);
              re += std::cos(phase);
              im += std::sin(phase);
            }
            largest = std::max(largest, re * re + im * im);
          }
          if (group.is_absent({h, k, l}) != (largest < 1e-18))
            FAIL_CHECK("at " << h << " " << k << " " << l << ": " << largest);
        }
  }
}

// International Tables Vol. A, table 3.2.1.x: face forms of the Laue classes.
TEST_CASE("reflections have the multiplicities of their Laue class") {
  const struct {
    const char* name;
    Miller m;
    std::size_t count;
  } cases[] = {
      {"P1", {1, 2, 3}, 2},       {"P-1", {1, 2, 3}, 2},     {"C2/m", {1, 3, 2}, 4},
      {"C2/m", {0, 2, 0}, 2},     {"C2/m", {2, 0, 1}, 2},    {"C2/m", {0, 0, 1}, 2},
      {"Pnma", {1, 2, 3}, 8},     {"Pnma", {0, 1, 1}, 4},    {"Pnma", {2, 0, 0}, 2},
      {"Cmcm", {1, 1, 1}, 8},     {"Pmmn", {1, 0, 1}, 4},    {"R-3m", {0, 0, 3}, 2},
      {"R-3m", {1, 0, 1}, 6},     {"R-3m", {1, 0, 4}, 6},    {"R-3m", {0, 1, 5}, 6},
      {"R-3m", {1, 1, 0}, 6},     {"R-3m", {1, 1, 3}, 12},   {"R-3m", {2, 1, 1}, 12},
      {"R-3m", {3, 0, 0}, 6},     {"R3m", {0, 0, 3}, 2},     {"R3m", {1, 0, 4}, 6},
      {"P-3m1", {1, 0, 1}, 6},    {"P-3m1", {1, 2, 1}, 12},  {"P63/m", {1, 2, 1}, 12},
      {"P63/m", {1, 0, 0}, 6},    {"P63/m", {0, 0, 2}, 2},   {"P63/mmc", {0, 0, 2}, 2},
      {"P63/mmc", {1, 0, 2}, 12}, {"P63/mmc", {1, 1, 0}, 6}, {"P63/mmc", {2, 1, 0}, 12},
      {"P63/mmc", {2, 1, 3}, 24}, {"P63mc", {1, 0, 2}, 12},  {"P-6m2", {1, 0, 2}, 12},
      {"Pm-3m", {1, 0, 0}, 6},    {"Pm-3m", {1, 1, 0}, 12},  {"Pm-3m", {1, 1, 1}, 8},
      {"Pm-3m", {2, 1, 0}, 24},   {"Pm-3m", {2, 1, 1}, 24},  {"Pm-3m", {3, 2, 1}, 48},
      {"Fm-3m", {3, 1, 1}, 24},   {"Fm-3m", {2, 2, 0}, 12},
  };
  for (const auto& [name, m, count] : cases) {
    CAPTURE(name);
    CAPTURE(m.h);
    CAPTURE(m.k);
    CAPTURE(m.l);
    const auto group = space_group(name);
    const auto all = group.equivalents(m);
    CHECK(all.size() == count);
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(std::find(all.begin(), all.end(), m) != all.end());
    for (const auto& other : all) CHECK(group.equivalents(other) == all);
  }
  const auto r = space_group("R-3m").equivalents({1, 0, 4});  // obverse setting: (104), not (014)
  CHECK(std::find(r.begin(), r.end(), Miller{0, 1, 4}) == r.end());
  CHECK(std::find(r.begin(), r.end(), Miller{0, -1, 4}) != r.end());
}

TEST_CASE("symbols are found in their usual spellings") {
  const std::pair<const char*, const char*> cases[] = {
      {"R -3 m", "R-3m"},      {"R -3 m :H", "R-3m"},      {"R-3m:H", "R-3m"},     {"R -3 m H", "R-3m"},
      {"R-3mH", "R-3m"},       {"R -3 m:h", "R-3m"},       {"R 3 m :H", "R3m"},    {"P 63/m m c", "P63/mmc"},
      {"P6_3/mmc", "P63/mmc"}, {"P 6_3/m m c", "P63/mmc"}, {"P63/MMC", "P63/mmc"}, {"C 1 2/m 1", "C2/m"},
      {"C 2/m", "C2/m"},       {"C12/m1", "C2/m"},         {"P n m a", "Pnma"},    {"P m -3 m", "Pm-3m"},
      {"P m 3 m", "Pm-3m"},    {"F m 3 m", "Fm-3m"},       {"P m m n :2", "Pmmn"}, {"P 63 m c", "P63mc"},
      {"P 63/m", "P63/m"},     {"P -6 m 2", "P-6m2"},      {"C m c m", "Cmcm"},    {"P 1", "P1"},
      {"P -1", "P-1"}};
  for (const auto& [symbol, name] : cases) {
    CAPTURE(symbol);
    const auto found = find_space_group(symbol);
    REQUIRE(found.has_value());
    CHECK(found->name() == name);
  }
}

TEST_CASE("unknown symbols are not mistaken for tabulated ones") {
  for (const char* symbol :
       {"", " ", "R-3m:1", "r-3m", "C 1 1 2/m", "P n m", "P 63/m m", "P63/mmcm", "166", "R-3mm"}) {
    CAPTURE(symbol);
    CHECK(!find_space_group(symbol));
    CHECK_THROWS_AS(space_group(symbol), Error);
  }
  CHECK_THROWS_WITH_AS(space_group("I m m x"),
                       "space group \"I m m x\" is not tabulated, expected a Hermann-Mauguin symbol of International Tables "
                       "such as \"R -3 m\", \"C 1 2/m 1\" or \"F d -3 m :1\", or the list of symmetry operations",
                       Error);
}

TEST_CASE("a group is generated from operations, in any order and with repetitions") {
  const auto wanted = space_group("R-3m");
  const auto other = SpaceGroup::generated_by(
      operations("-x,-y,-z;x+1/3,y+2/3,z+2/3;-y,-x,z;-x,-y,-z;-x+y,-x,z"), "R -3 m from elsewhere", 0);
  CHECK(other.order() == 36);
  CHECK(other.name() == "R -3 m from elsewhere");
  CHECK(other.number() == 0);
  CHECK(std::set<SymmetryOperation>(other.operations().begin(), other.operations().end()) ==
        std::set<SymmetryOperation>(wanted.operations().begin(), wanted.operations().end()));
  // rhombohedral axes: the same group with a third of the operations
  CHECK(SpaceGroup::generated_by(operations("z,x,y;-x,-y,-z;-y,-x,-z"), "R-3m:R", 166).order() == 12);
  // a supercell's pure translations
  CHECK(SpaceGroup::generated_by(operations("x+1/4,y,z;x,y+1/3,z"), "P1", 1).order() == 12);
}

TEST_CASE("operations that are no space group are an error, also where their powers would overflow") {
  const std::string_view message =
      "a.cif:3: symmetry operations of X do not form a space group, expected operations that close to at "
      "most 192";
  for (const char* list : {"y,x,z;-x,x+x+y,z",       // two mirrors, an infinite product
                           "x+1/24,y,z;x,y+1/24,z",  // 576 translations
                           "x+1/24,y,z;x,y+1/12,z",  // 288 translations
                           "z,x,y;-y,x-y,z",         // cubic and hexagonal axes mixed
                           "-x,-x-x+y,z;-x-y-y,y,z"}) {
    CAPTURE(list);
    const auto result = SpaceGroup::try_generated_by(operations(list), "X", 0, Place{"a.cif", 3});
    REQUIRE(!result);
    CHECK(result.error().what() == message);
    CHECK_THROWS_AS(SpaceGroup::generated_by(operations(list), "X", 0), Error);
  }
}
