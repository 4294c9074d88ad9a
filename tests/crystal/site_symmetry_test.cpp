#include <lamella/crystal/site_symmetry.hpp>
#include <lamella/crystal/structure.hpp>
#include <lamella/crystal/unit_cell.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#ifdef LAMELLA_HAVE_SPGLIB
extern "C" {
#include <spglib.h>
}
#endif

using namespace lamella;

// International Tables Vol. A, tables of Wyckoff positions.
TEST_CASE("multiplicities and oriented symbols are those of International Tables") {
  constexpr double third = 1.0 / 3, x = 0.137, y = 0.291, z = 0.413;
  const struct {
    const char* group;
    Fractional<double> position;
    std::size_t multiplicity;
    const char* symbol;
    const char* point_group;
  } cases[] = {
      {"P1", {x, y, z}, 1, "1", "1"},
      {"P-1", {0.5, 0, 0.5}, 1, "-1", "-1"},
      {"C2/m", {0, 0, 0}, 2, "2/m", "2/m"},
      {"C2/m", {x, 0, z}, 4, "m", "m"},
      {"C2/m", {0, y, 0.5}, 4, "2", "2"},
      {"C2/m", {0.25, 0.25, 0}, 4, "-1", "-1"},
      {"Pnma", {x, 0.25, z}, 4, ".m.", "m"},
      {"Cmcm", {0, y, 0.25}, 4, "m2m", "mm2"},
      {"Cmcm", {0, 0, 0}, 4, "2/m..", "2/m"},
      {"R-3m", {0, 0, 0.5}, 3, "-3m", "-3m"},
      {"R-3m", {0, 0, 0.267}, 6, "3m", "3m"},
      {"R-3m", {0.5, 0, 0}, 9, ".2/m", "2/m"},
      {"R-3m", {x, -x, z}, 18, ".m", "m"},
      {"R-3m", {x, y, z}, 36, "1", "1"},
      {"R-3m:R", {x, x, x}, 2, "3m", "3m"},
      {"R3m", {0, 0, z}, 3, "3m", "3m"},
      {"P-3m1", {0, 0, 0}, 1, "-3m.", "-3m"},
      {"P-3m1", {third, 2 * third, z}, 2, "3m.", "3m"},
      {"P-31m", {0, 0, 0}, 1, "-3.m", "-3m"},
      {"P63/mmc", {0, 0, 0}, 2, "-3m.", "-3m"},
      {"P63/mmc", {0, 0, 0.25}, 2, "-6m2", "-6m2"},
      {"P63/mmc", {2 * third, third, 0.25}, 2, "-6m2", "-6m2"},
      {"P63/mmc", {third, 2 * third, z}, 4, "3m.", "3m"},
      {"P63/mmc", {0.5, 0, 0}, 6, ".2/m.", "2/m"},
      {"P63/mmc", {x, 2 * x, 0.25}, 6, "mm2", "mm2"},
      {"P63/mmc", {x, 0, 0}, 12, ".2.", "2"},
      {"P63/mmc", {x, y, 0.25}, 12, "m..", "m"},
      {"P63/mmc", {x, 2 * x, z}, 12, ".m.", "m"},
      {"P6/mmm", {x, 0, 0}, 6, "m2m", "mm2"},
      {"P4/mmm", {x, 0, 0}, 4, "m2m.", "mm2"},
      {"P4/mmm", {x, x, 0}, 4, "m.2m", "mm2"},
      {"P4/mmm", {0, 0.5, z}, 4, "2mm.", "mm2"},
      {"P4/mmm", {0, 0, z}, 2, "4mm", "4mm"},
      {"P4/mmm", {0, 0.5, 0}, 2, "mmm.", "mmm"},
      {"Pm-3m", {0, 0.5, 0.5}, 3, "4/mm.m", "4/mmm"},
      {"Pm-3m", {x, 0, 0}, 6, "4m.m", "4mm"},
      {"Pm-3m", {x, 0.5, 0}, 12, "mm2..", "mm2"},
      {"Pm-3m", {0, y, y}, 12, "m.m2", "mm2"},
      {"Pm-3m", {x, x, x}, 8, ".3m", "3m"},
      {"Fd-3m", {0.125, 0.125, 0.125}, 8, "-43m", "-43m"},
      {"Fd-3m", {0.5, 0.5, 0.5}, 16, ".-3m", "-3m"},
      {"Fd-3m", {x, 0.125, 0.125}, 48, "2.mm", "mm2"},
      {"Fm-3m", {0, 0, 0}, 4, "m-3m", "m-3m"},
      {"Im-3m", {0.25, 0, 0.5}, 12, "-4m.2", "-42m"},
      {"Ia-3d", {0.125, 0, 0.25}, 24, "2.22", "222"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.group);
    CAPTURE(c.symbol);
    const SpaceGroup group = space_group(c.group);
    const SiteSymmetry site = site_symmetry(group, c.position);
    CHECK(site.multiplicity == c.multiplicity);
    CHECK(site.multiplicity == multiplicity(group, c.position));
    CHECK(site.symbol == c.symbol);
    CHECK(site.point_group == c.point_group);
    CHECK(site.operations.size() * site.multiplicity == group.order());
  }
  CHECK_THROWS_AS(site_symmetry(space_group("R-3m"), {std::numeric_limits<double>::quiet_NaN(), 0, 0}), Error);
  // Rounded coordinates lie on their special position.
  CHECK(site_symmetry(space_group("P63/mmc"), {0.3333, 0.6667, 0.25}).symbol == "-6m2");
}

#ifdef LAMELLA_HAVE_SPGLIB
namespace {

UnitCell<double> cell_of(const SpaceGroup& group, const SpaceGroupSetting& setting) {
  switch (crystal_system(group)) {
    case CrystalSystem::triclinic:
      return {5.1, 6.2, 7.3, 82, 97, 104};
    case CrystalSystem::monoclinic: {
      const bool a = setting.choice.find('a') != std::string_view::npos, b = setting.choice.find('b') != std::string_view::npos;
      return {5.1, 6.2, 7.3, a ? 104.0 : 90.0, b ? 104.0 : 90.0, a || b ? 90.0 : 104.0};
    }
    case CrystalSystem::orthorhombic:
      return {5.1, 6.2, 7.3, 90, 90, 90};
    case CrystalSystem::tetragonal:
      return {5.1, 5.1, 7.3, 90, 90, 90};
    case CrystalSystem::cubic:
      return {5.1, 5.1, 5.1, 90, 90, 90};
    default:
      if (setting.choice == "R") return {5.1, 5.1, 5.1, 70, 70, 70};
      return hexagonal_cell(5.1, 7.3);
  }
}

}  // namespace

// spglib names sites of permuted orthorhombic axes in the standard axes; those settings are left out.
TEST_CASE("symbols of special positions are those of spglib") {
  std::size_t settings = 0, sites = 0;
  int hall_number = 0;
  for (const auto& setting : space_group_settings()) {
    ++hall_number;
    const bool permuted = setting.number >= 16 && setting.number < 75 && setting.choice.find_first_of("abc") != std::string_view::npos;
    const SpaceGroup group = space_group(setting);
    if (permuted || group.order() > 24) continue;  // larger crystals take spglib long
    CAPTURE(setting.symbol);
    CAPTURE(setting.choice);
    std::vector<std::array<double, 3>> positions;
    std::vector<int> types;
    const auto add = [&](const Fractional<double>& p) {
      const std::size_t first = positions.size();
      for (const auto& op : group.operations()) {
        const auto q = op(p);
        const auto same = [](double a, double b) { return std::abs(a - b - std::round(a - b)) < 2e-3; };
        bool known = false;
        for (std::size_t i = first; i < positions.size(); ++i)
          known = known || (same(positions[i][0], q.x) && same(positions[i][1], q.y) && same(positions[i][2], q.z));
        if (!known) positions.push_back({q.x, q.y, q.z});
      }
      types.resize(positions.size(), types.empty() ? 1 : types.back() + 1);
      return first;
    };
    add({0.1234, 0.2417, 0.0671});  // two general positions, so that the crystal has no more symmetry than wanted
    add({0.3391, 0.0873, 0.4119});
    std::set<std::string> seen;
    std::vector<std::pair<std::size_t, std::string>> wanted;
    constexpr std::array<double, 7> values = {0, 0.5, 0.25, 0.125, 1.0 / 3, 2.0 / 3, 0.1637};
    for (const double x : values)
      for (const double y : values)
        for (const double z : values) {
          const auto site = site_symmetry(group, {x, y, z});
          if (site.operations.size() > 1 && seen.insert(site.symbol).second) wanted.emplace_back(add({x, y, z}), site.symbol);
        }
    const auto axes = cartesian_axes(cell_of(group, setting));
    double lattice[3][3] = {{axes.a_x, axes.b_x, axes.c_x}, {0, axes.b_y, axes.c_y}, {0, 0, axes.c_z}};
    SpglibDataset* found = spg_get_dataset_with_hall_number(lattice, reinterpret_cast<double(*)[3]>(positions.data()), types.data(),
                                                            static_cast<int>(positions.size()), hall_number, 1e-5);
    if (found == nullptr) continue;
    bool same_axes = true;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t k = 0; k < 3; ++k)
        same_axes = same_axes && std::abs(found->transformation_matrix[i][k] - (i == k ? 1 : 0)) < 1e-6;
    if (same_axes) {
      ++settings;
      for (const auto& [atom, symbol] : wanted) {
        CHECK(std::string(found->site_symmetry_symbols[atom]) == symbol);
        ++sites;
      }
    }
    spg_free_dataset(found);
  }
  MESSAGE(sites << " special positions in " << settings << " settings");
  CHECK(settings > 200);
  CHECK(sites > 500);
}
#endif
