#include <lamella/crystal/space_group.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#ifdef LAMELLA_HAVE_SPGLIB
extern "C" {
#include <spglib.h>
}
#endif

#if __has_include(<gemmi/symmetry.hpp>)
#define LAMELLA_HAVE_GEMMI
#include <gemmi/symmetry.hpp>
#endif

using namespace lamella;

// The compiler generates the groups too.
static_assert(parse_hall_symbol("P 1").size() == 1);
static_assert(parse_hall_symbol("-R 3 2\"").size() == 36);
static_assert(parse_hall_symbol("-F 4 2 3").size() == 192);
static_assert(parse_hall_symbol("-P 2ybc").contains(parse_operation("-x,y+1/2,-z+1/2")));
static_assert(find_setting(166)->hall == "-R 3 2\"");
static_assert(find_setting(166, "R")->hall == "-P 3* 2");

namespace {

using Operations = std::set<SymmetryOperation>;

template <class List>
Operations as_set(const List& list) {
  return Operations(std::begin(list), std::end(list));
}

Operations operations_of(const SpaceGroup& group) { return as_set(group.operations()); }

}  // namespace

TEST_CASE("there are 530 settings") { CHECK(space_group_settings().size() == 530); }

#ifdef LAMELLA_HAVE_GEMMI
TEST_CASE("the operations of all 530 settings are those of gemmi") {
  const auto settings = space_group_settings();
  REQUIRE(settings.size() == 530);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < settings.size(); ++i) {
    CAPTURE(settings[i].symbol);
    CAPTURE(settings[i].choice);
    const SpaceGroup group = space_group(settings[i]);
    const auto& theirs = gemmi::spacegroup_tables::main[i];
    REQUIRE(theirs.number == settings[i].number);
    Operations wanted;
    for (const gemmi::Op& op : theirs.operations()) {
      SymmetryOperation same;
      for (std::size_t k = 0; k < 9; ++k) same.rotation[k] = op.rot[k / 3][k % 3] / gemmi::Op::DEN;
      for (std::size_t k = 0; k < 3; ++k) same.translation[k] = op.tran[k] * 24 / gemmi::Op::DEN;
      wanted.insert(same);
    }
    const Operations own = operations_of(group);
    CHECK(own == wanted);
    CHECK(own.size() == group.order());  // each once
    CHECK(group.operations()[0] == SymmetryOperation{});
    CHECK(group.number() == theirs.number);
    equal += static_cast<std::size_t>(own == wanted);
  }
  CHECK(equal == 530);
}
#endif

#ifdef LAMELLA_HAVE_SPGLIB
TEST_CASE("the operations, numbers, choices and Hall symbols of all 530 settings are those of spglib") {
  std::size_t equal = 0;
  int hall_number = 0;
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    CAPTURE(setting.choice);
    ++hall_number;
    const SpglibSpacegroupType type = spg_get_spacegroup_type(hall_number);
    CHECK(type.number == setting.number);
    CHECK(std::string(type.choice) == setting.choice);
    int rotations[192][3][3];
    double translations[192][3];
    const int count = spg_get_symmetry_from_database(rotations, translations, hall_number);
    Operations wanted;
    for (std::size_t n = 0; n < static_cast<std::size_t>(count); ++n) {
      SymmetryOperation op;
      for (std::size_t k = 0; k < 9; ++k) op.rotation[k] = rotations[n][k / 3][k % 3];
      for (std::size_t k = 0; k < 3; ++k)
        op.translation[k] = (static_cast<int>(std::lround(translations[n][k] * 24)) % 24 + 24) % 24;
      wanted.insert(op);
    }
    const Operations own = operations_of(space_group(setting));
    CHECK(own == wanted);
    equal += static_cast<std::size_t>(own == wanted);
    // spglib spells some Hall symbols in the older way; they mean the same.
    CHECK(as_set(parse_hall_symbol(type.hall_symbol)) == own);
    // Full symbols such as "P 2_1/n 2_1/m 2_1/a"; those with "e" do not tell all settings apart.
    const auto* found = find_setting(std::string(type.international_full) +
                                     (setting.choice.starts_with('1') ? ":1" : setting.choice == "R" ? ":R" : ""));
    REQUIRE(found != nullptr);
    CHECK(found->number == setting.number);
    if (std::string(type.international_full).find('e') == std::string::npos) CHECK(found == &setting);
  }
  CHECK(equal == 530);
}
#endif

TEST_CASE("every setting is found by its name, its symbols, its number and choice, and its operations") {
  std::set<std::string> names;
  std::set<int> numbers;
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    CAPTURE(setting.choice);
    const SpaceGroup group = space_group(setting);
    CHECK(names.insert(group.name()).second);
    numbers.insert(setting.number);
    CHECK(find_setting(group.name()) == &setting);
    CHECK(find_setting(setting.number, setting.choice.empty() ? "" : setting.choice) == &setting);
    const std::string origin = setting.choice.starts_with('1') ? ":1" : setting.choice == "R" ? ":R" : "";
    CHECK(find_setting(std::string(setting.symbol) + " " + origin) == &setting);
    if (!setting.other_symbol.empty()) CHECK(find_setting(std::string(setting.other_symbol) + origin) == &setting);
    const SpaceGroup unnamed = SpaceGroup::generated_by(group.operations(), "", 0);
    const SpaceGroupSetting* same = identify_setting(unnamed);
    REQUIRE(same != nullptr);
    // "C c c a :1" and "C c c b :1" are one set of operations, so are two more pairs of number 68.
    if (setting.number == 68) CHECK(operations_of(space_group(*same)) == operations_of(group));
    else CHECK(same == &setting);
  }
  CHECK(names.size() == 530);
  CHECK(numbers.size() == 230);
}

TEST_CASE("standard settings are found by number") {
  for (int number = 1; number <= 230; ++number) {
    CAPTURE(number);
    const SpaceGroup group = space_group(number);
    CHECK(group.number() == number);
    CHECK(find_setting(group.name())->number == number);
    const auto choice = find_setting(number)->choice;
    CHECK((choice.empty() || choice == "b" || choice == "b1" || choice == "2" || choice == "H"));
    if (choice.empty() || choice == "2") CHECK(group.name().find(':') == std::string::npos);
  }
  CHECK(space_group(166).name() == "R-3m");
  CHECK(space_group(166, "R").name() == "R-3m:R");
  CHECK(space_group(227).name() == "Fd-3m");
  CHECK(space_group(227, "1").name() == "Fd-3m:1");
  CHECK(space_group(15).name() == "C2/c");
  CHECK(space_group(14, "b2").name() == "P21/n");
  CHECK(space_group(62, "cab").name() == "Pbnm");
  for (const int number : {0, -1, 231})
    CHECK_THROWS_WITH_AS(space_group(number),
                         doctest::Contains("does not exist, expected a number from 1 to 230"), Error);
  CHECK_THROWS_WITH_AS(space_group(166, "2"),
                       "space group 166 with choice \"2\" does not exist, expected one of the choices H, R", Error);
}

TEST_CASE("symbols are found in many spellings") {
  const struct {
    std::string symbol, name;
  } cases[] = {
      {"R -3 m :R", "R-3m:R"},           {"R -3 m R", "R-3m:R"},         {"R-3mr", "R-3m:R"},
      {"R -3 2/m", "R-3m"},              {"R -3 2/c :H", "R-3c"},        {"P -3 2/m 1", "P-3m1"},
      {"P -3 1 2/c", "P-31c"},           {"F d -3 m :1", "Fd-3m:1"},     {"F d -3 m S", "Fd-3m:1"},
      {"F d -3 m Z", "Fd-3m"},           {"Fd3m", "Fd-3m"},              {"F d 3 m :1", "Fd-3m:1"},
      {"F 41/d -3 2/m", "Fd-3m"},        {"Ia3d", "Ia-3d"},              {"P a 3", "Pa-3"},
      {"P 21/a -3", "Pa-3"},             {"F 4/m -3 2/m", "Fm-3m"},      {"I 41/a 2/m 2/d :2", "I41/amd"},
      {"I 41/a m d S", "I41/amd:1"},     {"P 42/m 21/n 2/m", "P42/mnm"}, {"P 6_3/m 2/m 2/c", "P63/mmc"},
      {"P 21/n 21/m 21/a", "Pnma"},      {"P b n m", "Pbnm"},            {"C 1 2/c 1", "C2/c"},
      {"P 1 21/n 1", "P21/n"},           {"P 21/a", "P21/a"},            {"P 1 1 21/b", "P1121/b"},
      {"P 21/b", "P1121/b"},             {"B 2/m", "B112/m"},            {"A 2/m", "A2/m"},
      {"I 2/m", "I2/m"},                 {"I 1 2/a 1", "I2/a"},          {"C m c a", "Cmce"},
      {"C m c e", "Cmce"},               {"C m m a", "Cmme"},            {"C m m b", "Cmmb"},
      {"A b a 2", "Aea2"},               {"I m m m", "Immm"},            {"I 4/m m m", "I4/mmm"},
      {"P 2 2 2", "P222"},               {"P 2", "P2"},                  {"P 1 1 2", "P112"},
      {"P 2/m 2/m 2/m", "Pmmm"},         {"P n n n :1", "Pnnn:1"},       {"P n n n", "Pnnn"},
      {"P n c b :1", "Pncb:1"},          {"R 3", "R3"},                  {"R 3 :R", "R3:R"},
  };
  for (const auto& [symbol, name] : cases) {
    CAPTURE(symbol);
    const auto found = find_space_group(symbol);
    REQUIRE(found.has_value());
    CHECK(found->name() == name);
  }
  for (const std::string symbol : {"P 4 :3", "Pmmn:3", "Pmmn:", "P 1 1", "R-3m:x", "P m-3 m m", "F d -3 m :H", "C 2/m :1", ":1", "h", "z",
                             "P 2/m 2/m", "P /", "-3", "P -3 -3 -3", "P 21/"}) {
    CAPTURE(symbol);
    CHECK(find_setting(symbol) == nullptr);
  }
}

// International Tables Vol. B (2010), A1.4.2.3: the notation.
TEST_CASE("Hall symbols beyond the table") {
  const auto ops = [](std::string_view symbol) { return as_set(parse_hall_symbol(symbol)); };
  CHECK(ops("-R 3 2\"") == operations_of(space_group("R-3m")));
  CHECK(ops("-r_3_2''") == operations_of(space_group("R-3m")));
  CHECK(ops("  -P   2ybc ") == operations_of(space_group("P21/c")));
  CHECK(ops("P 31 2 (0 0 4)") == operations_of(space_group("P3112")));
  CHECK(ops("P 31 2 (x,y,z+1/3)") == operations_of(space_group("P3112")));
  CHECK(ops("P 61") == operations_of(space_group("P61")));
  CHECK(ops("P 6 (0 0 7)") == ops("P 6"));
  // The origin of 1̄ moved by (1/4 1/4 1/4) and back.
  CHECK(ops("-P 2ab 2bc (3 3 3)") == operations_of(space_group("Pnnn:1")));
  CHECK(ops("P 2 2 -1n (-3 -3 -3)") == operations_of(space_group("Pnnn")));
  // Other axes: I 1 2/m 1 from C 1 2/m 1; the doubled cells of tetragonal groups; rhombohedral from hexagonal axes.
  CHECK(ops("-C 2y (x,y,-x+z)") == operations_of(space_group("I2/m")));
  CHECK(ops("P 4 2 (1/2x+1/2y,-1/2x+1/2y,z)") == ops("C 4 2"));
  CHECK(ops("-P 3* 2 (2/3x-1/3y-1/3z,1/3x+1/3y-2/3z,1/3x+1/3y+1/3z)") == operations_of(space_group("R-3m")));
  CHECK(ops("-R 3 2\" (x+z,-x+y+z,-y+z)") == operations_of(space_group("R-3m:R")));
  CHECK(ops("T 3") == ops("R 3 (-x,-y,z)"));  // reverse setting
  CHECK(ops("H 3").size() == 9);
  // Axes: 2' and 2" lie in the plane normal to the preceding axis.
  CHECK(ops("P 4x 2'").contains(parse_operation("-x,-z,-y")));
  CHECK(ops("P 4y 2\"").contains(parse_operation("z,-y,x")));
  CHECK(ops("P 3x") == as_set(closed(std::vector{parse_operation("x,-z,y-z")})));
  CHECK(space_group_from_hall("-P 2yn").name() == "P21/n");
  CHECK(space_group_from_hall("-P 2yn").number() == 14);
  CHECK(space_group_from_hall("C 4 2").name() == "C 4 2");
  CHECK(space_group_from_hall("C 4 2").number() == 0);
}

TEST_CASE("faults in Hall symbols are named with their character") {
  const auto error = [](std::string_view symbol) {
    const auto result = try_parse_hall_symbol(symbol, Place{"a.cif", 3});
    return result ? std::string("accepted") : std::string(result.error().what());
  };
  const std::string hint = "; expected a symbol such as \"-R 3 2\"\" or \"-P 2ybc\"";
  const auto wanted = [&](std::string_view symbol, const char* character, const char* what) {
    return "a.cif:3: Hall symbol \"" + std::string(symbol) + "\", character " + character + ": " + what + hint;
  };
  const struct {
    std::string symbol;
    const char* character;
    const char* what;
  } cases[] = {
      {"", "1", "unknown lattice letter"},
      {"Q 2", "1", "unknown lattice letter"},
      {"P", "2", "no rotation"},
      {"-P (0 0 1)", "4", "no rotation"},
      {"P 5", "3", "the order of the rotation is none of 1, 2, 3, 4, 6"},
      {"P 7", "3", "the order of the rotation is none of 1, 2, 3, 4, 6"},
      {"P m", "3", "the order of the rotation is none of 1, 2, 3, 4, 6"},
      {"P 2q", "4", "unknown character"},
      {"P 22", "4", "this screw component is not possible here"},
      {"P 411", "5", "this screw component is not possible here"},
      {"P 2xy", "5", "this axis is not possible here"},
      {"P 4'", "4", "a diagonal axis is not possible here"},
      {"P 2*", "4", "this axis is not possible here"},
      {"P 3 3", "5", "the axis is missing"},
      {"P 3*1", "3", "a screw component along a diagonal"},
      {"P 1 1 1 1 1", "11", "more than four rotations"},
      {"P 4 6x", "1", "the rotations do not span a space group"},
      {"P 2 (0 0", "5", "the parenthesis is not closed"},
      {"P 2 (0 0)", "9", "expected three whole numbers in units of 1/12"},
      {"P 2 (0 0 1 1)", "12", "unexpected character in the change of basis"},
      {"P 2 (0 0 9999)", "10", "expected three whole numbers in units of 1/12"},
      {"P 2 (0 0 1) x", "13", "text behind the change of basis"},
      {"P 2 (x,y)", "9", "a comma is missing"},
      {"P 2 (x,y,)", "10", "an empty coordinate"},
      {"P 2 (x,y,w)", "10", "unexpected character in the change of basis"},
      {"P 2 (x,y,1/5z)", "10", "a fraction that is no multiple of 1/24"},
      {"P 2 (x,y,1/0)", "10", "a fraction that is no multiple of 1/24"},
      {"P 2 (x,y,99z)", "10", "a factor that is too large"},
      {"P 2 (x,y,x)", "5", "the new coordinates are not independent"},
      {"P 2 (2x,y,z)", "5", "the new axes are not vectors of the lattice"},
      {"P 4 (x,1/2y,z)", "5", "the new axes do not have the symmetry of the group"},
  };
  for (const auto& [symbol, character, what] : cases) {
    CAPTURE(symbol);
    CHECK(error(symbol) == wanted(symbol, character, what));
    CHECK_THROWS_AS(parse_hall_symbol(symbol), Error);
  }
  CHECK(error(std::string(5000, 'x')).size() < 250);
}
