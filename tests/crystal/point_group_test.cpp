#include <lamella/crystal/point_group.hpp>

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#ifdef LAMELLA_HAVE_SPGLIB
extern "C" {
#include <spglib.h>
}
#endif

using namespace lamella;

static_assert(point_group(std::array{SymmetryOperation{}, parse_operation("x,-y,z+1/2")}) == "m");
static_assert(rotation_kind(parse_operation("-y,x-y,z+1/3")) == 3);
static_assert(rotation_kind(parse_operation("y,-x+y,-z")) == -3);

// International Tables Vol. A, table 1.4.1.1 (Schoenflies order of the space group numbers).
TEST_CASE("point groups, Laue classes and crystal systems follow from the number") {
  const std::map<int, const char*> first = {  // the first number of each point group
      {1, "1"},      {2, "-1"},     {3, "2"},      {6, "m"},      {10, "2/m"},   {16, "222"},   {25, "mm2"},   {47, "mmm"},
      {75, "4"},     {81, "-4"},    {83, "4/m"},   {89, "422"},   {99, "4mm"},   {111, "-42m"}, {123, "4/mmm"}, {143, "3"},
      {147, "-3"},   {149, "32"},   {156, "3m"},   {162, "-3m"},  {168, "6"},    {174, "-6"},   {175, "6/m"},  {177, "622"},
      {183, "6mm"},  {187, "-6m2"}, {191, "6/mmm"}, {195, "23"},  {200, "m-3"},  {207, "432"},  {215, "-43m"}, {221, "m-3m"}};
  const std::map<int, const char*> laue = {{1, "-1"},    {3, "2/m"},    {16, "mmm"},  {75, "4/m"},    {89, "4/mmm"}, {143, "-3"},
                                           {149, "-3m"}, {168, "6/m"},  {177, "6/mmm"}, {195, "m-3"}, {207, "m-3m"}};
  const std::map<int, CrystalSystem> systems = {
      {1, CrystalSystem::triclinic},  {3, CrystalSystem::monoclinic},  {16, CrystalSystem::orthorhombic}, {75, CrystalSystem::tetragonal},
      {143, CrystalSystem::trigonal}, {168, CrystalSystem::hexagonal}, {195, CrystalSystem::cubic}};
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    const SpaceGroup group = space_group(setting);
    const std::string expected = std::prev(first.upper_bound(setting.number))->second;
    CHECK(point_group(group) == expected);
    CHECK(laue_class(group) == std::prev(laue.upper_bound(setting.number))->second);
    CHECK(crystal_system(group) == std::prev(systems.upper_bound(setting.number))->second);
    const bool centre = expected == "-1" || expected == "-3" || expected == "-3m" || expected == "m-3" || expected == "m-3m" ||
                        expected == "mmm" || expected.find("/m") != std::string::npos;
    CHECK(is_centrosymmetric(group) == centre);
    CHECK(lattice_centring(group) == (setting.choice == "R" ? 'P' : setting.symbol.front()));
  }
  CHECK(to_string(CrystalSystem::trigonal) == "trigonal");
}

#ifdef LAMELLA_HAVE_SPGLIB
TEST_CASE("point groups of all settings are those of spglib") {
  int hall_number = 0;
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    const SpglibSpacegroupType type = spg_get_spacegroup_type(++hall_number);
    CHECK(point_group(space_group(setting)) == std::string(type.pointgroup_international));
  }
}
#endif

TEST_CASE("lattices and faults") {
  CHECK(lattice_centring(space_group_from_hall("T 3")) == 'T');
  CHECK(lattice_centring(space_group_from_hall("H 3")) == 'H');
  const SymmetryOperation quarter[] = {parse_operation("x+1/4,y,z")};
  CHECK(!lattice_centring(SpaceGroup::generated_by(quarter, "supercell", 1)));
  const std::vector<SymmetryOperation> open = {SymmetryOperation{}, parse_operation("-y,x,z")};
  CHECK_THROWS_AS(point_group(open), Error);
}
