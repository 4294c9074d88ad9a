#include <lamella/fields/planar_average.hpp>
#include <lamella/fields/sphere_average.hpp>
#include <lamella/io/grid_file.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace lamella;
using doctest::Approx;

namespace {

const std::filesystem::path folder = std::filesystem::path(LAMELLA_DATA_DIR) / "volumetric";

nlohmann::json json_of(const char* name) { return nlohmann::json::parse(std::ifstream(folder / name)); }

const std::string head = "grid\n1.0\n 3.0 0 0\n -1.5 2.598 0\n 0 0 12.0\nNa Co O\n1 1 2\nDirect\n0 0 0.5\n0 0 0\n0 0 0.26\n0 0 0.74\n\n";
const std::string small = head + " 2 1 3\n 0.1E+01 -.2E+01 +3 4. 0.5-100 1.5D+01\n";

/// Whether text is refused with a message that holds `part`, names the place, and says what was expected.
bool refuses(const Result<VolumetricData>& read, std::string_view part, std::size_t line) {
  if (read) return false;
  const std::string_view what = read.error().what();
  INFO(what);
  CHECK(what.find("expected") != std::string_view::npos);
  CHECK(read.error().place().line == line);
  return what.find(part) != std::string_view::npos;
}

Result<VolumetricData> vasp(const std::string& text) { return try_parse_vasp_grid(text, VaspGrid::chgcar, "CHGCAR"); }

const std::string cube_head = "title\nsecond\n 1 0 0 0\n 2 4.0 0 0\n 1 0 5.0 0\n 3 0 1.0 6.0\n 8 0.1 1 2 3\n";

}  // namespace

TEST_CASE("data: grids against pymatgen and ASE") {
  const auto all = json_of("reference_volumetric.json");
  // Rounding of sums of some 10⁵ values; the reference files are read exactly otherwise.
  const auto near = [](double x) { return Approx(x).epsilon(1e-12); };
  const auto check_block = [&](const VolumetricGrid& grid, const nlohmann::json& expected) {
    REQUIRE(grid.shape == expected["shape"].get<std::array<std::size_t, 3>>());
    CHECK(mean(grid) * static_cast<double>(grid.values.size()) == near(expected["sum"].get<double>()));
    if (expected.contains("min")) {
      CHECK(minimum(grid).value == expected["min"].get<double>());
      CHECK(maximum(grid).value == expected["max"].get<double>());
      const auto index = expected["argmax"].get<std::array<std::size_t, 3>>();
      CHECK(grid(index[0], index[1], index[2]) == maximum(grid).value);
      CHECK(grid(0, 0, 0) == expected["d[0,0,0]"].get<double>());
      CHECK(grid.values.back() == expected["d[-1,-1,-1]"].get<double>());
      const auto third = expected["d[n/3,n/4,n/5]"];
      CHECK(grid(third[0][0].get<std::size_t>(), third[0][1].get<std::size_t>(), third[0][2].get<std::size_t>()) == third[1].get<double>());
    }
    std::size_t averages = 0;
    for (const auto& [key, axis] : {std::pair{"planar_average_a", Miller{1, 0, 0}}, {"planar_average_b", Miller{0, 1, 0}}, {"planar_average_c", Miller{0, 0, 1}}}) {
      if (!expected.contains(key)) continue;
      ++averages;
      const auto values = expected[key].get<std::vector<double>>();
      const auto average = planar_average(grid, axis);
      REQUIRE(average.values.size() == values.size());
      for (std::size_t i = 0; i < values.size(); ++i) CHECK(average.values[i] == near(values[i]));
    }
    CHECK(averages > 0);
  };

  std::size_t files = 0;
  for (const auto& [name, expected] : all["grids"].items()) {
    CAPTURE(name);
    const auto data = read_grid(folder / name);
    ++files;
    if (expected.contains("volume")) CHECK(volume(data.structure.cell) == near(expected["volume"].get<double>()));
    if (!expected.contains("blocks")) {
      REQUIRE(data.grids.size() == 1);
      check_block(data.grids[0], expected);
      continue;
    }
    CHECK(data.grids.size() == expected["blocks"].size());
    check_block(data.grids[0], expected["blocks"]["total"]);
    if (expected["blocks"].contains("diff")) check_block(data.grids[1], expected["blocks"]["diff"]);
    if (expected.contains("integral_electrons")) CHECK(integral(data.grids[0]) == near(expected["integral_electrons"].get<double>()));
    const auto& grid = data.grids[0];
    if (const char* key = "value_at(0.13,0.27,0.41)"; expected.contains(key)) {
      // pymatgen 2022.11 spreads n points over the whole edge, so that its steps are 1/(n-1) where those of the file are 1/n: its
      // value belongs to a position that is nearer to the origin by (n-1)/n.
      const auto squeezed = [&](double x, std::size_t d) { return x * static_cast<double>(grid.shape[d] - 1) / static_cast<double>(grid.shape[d]); };
      CHECK(value_at(grid, {squeezed(0.13, 0), squeezed(0.27, 1), squeezed(0.41, 2)}) == Approx(expected[key].get<double>()).epsilon(1e-12));
    }
  }
  CHECK(files == all["grids"].size());
  REQUIRE(files >= 7);

  for (const auto& [name, expected] : all["cubes"].items()) {
    CAPTURE(name);
    const auto data = read_grid(folder / name);
    REQUIRE(data.grids.size() == 1);
    check_block(data.grids[0], expected);
    CHECK(data.structure.sites.size() == expected["n_atoms"].get<std::size_t>());
    // ASE's bohr differs from CODATA 2018 in the ninth digit; in bohr³ that drops out.
    CHECK(integral(data.grids[0]) == near(expected["integral_sum_x_voxel_bohr3"].get<double>()));
    const auto& cell = data.structure.cell;
    const auto rows = expected["cell_rows_A"];
    const auto length = [&](std::size_t i) { return std::hypot(rows[i][0].get<double>(), rows[i][1].get<double>(), rows[i][2].get<double>()); };
    CHECK(cell.a == Approx(length(0)).epsilon(1e-8));
    CHECK(cell.b == Approx(length(1)).epsilon(1e-8));
    CHECK(cell.c == Approx(length(2)).epsilon(1e-8));
    // The distance of the first atom from the origin of the grid.
    const auto p = expected["first_atom_pos_A"], o = expected["origin_A"];
    const auto v = to_cartesian(cell, data.structure.sites[0].position);
    CHECK(std::sqrt(dot(v, v)) == Approx(std::hypot(p[0].get<double>() - o[0].get<double>(), p[1].get<double>() - o[1].get<double>(),
                                                     p[2].get<double>() - o[2].get<double>())).epsilon(1e-8));
  }
}

TEST_CASE("data: spheres around atoms against brute force") {
  const auto all = json_of("reference_volumetric.json")["sphere_averages"];
  std::size_t spheres = 0;
  for (const auto& [key, expected] : all.items()) {
    const std::string name = key.substr(0, key.find(' '));
    const double radius = std::stod(key.substr(key.find("R=") + 2));
    const auto data = read_grid(folder / name);
    REQUIRE(data.structure.sites.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto sphere = sphere_average(data.grids[0], data.structure.sites[i].position, radius);
      CHECK(symbol(data.structure.sites[i].species) == expected[i]["atom"].get<std::string>());
      CHECK(sphere.points == expected[i]["n_points"].get<std::size_t>());
      CHECK(sphere.mean == Approx(expected[i]["mean"].get<double>()).epsilon(1e-12));
      ++spheres;
    }
  }
  CHECK(spheres == 10);
}

TEST_CASE("data: values that the tests of pymatgen and iodata state") {
  const auto elf = read_grid(folder / "ELFCAR.gz");
  const auto& grid = elf.grids[0];
  CHECK(elf.grids.size() == 2);
  CHECK(elf.notes.empty());
  CHECK(grid.quantity == FieldQuantity::electron_localisation);
  CHECK(elf.grids[1].quantity == FieldQuantity::electron_localisation);
  CHECK(value_at(grid, {0.4 * 17 / 18, 0.5 * 17 / 18, 0.6 * 69 / 70}) == Approx(0.0918471).epsilon(1e-6));  // steps of 1/(n-1), see above
  const auto potential = read_grid(folder / "iodata/LOCPOT.oxygen");
  CHECK(potential.grids[0].quantity == FieldQuantity::potential);
  CHECK(potential.grids[0](0, 1, 0) == 2.13732132354);
  CHECK(potential.grids[0](0, 2, 1) == -5.46876467887);
  const auto water = read_grid(folder / "iodata/CHGCAR.water");
  CHECK(water.grids[0].quantity == FieldQuantity::charge_times_volume);
  REQUIRE(water.structure.sites.size() == 3);
  CHECK(symbol(water.structure.sites[2].species) == "H");
  const auto hashed = read_grid(folder / "LOCPOT.vasp642.gz");
  CHECK(symbol(hashed.structure.sites[1].species) == "Mg");
  CHECK(symbol(hashed.structure.sites[2].species) == "Si");
  const auto cube = read_grid(folder / "iodata/aelta.cube");
  CHECK(cube.grids[0](0, 0, 0) == 9.49232e-06);
  CHECK(cube.structure.sites.size() == 72);
}

TEST_CASE("VASP grids: numbers of Fortran, spin blocks, moments and occupancies between them") {
  const auto data = vasp(small).value();
  REQUIRE(data.grids.size() == 1);
  const std::vector<double> expected = {1, -2, 3, 4, 0.5e-100, 15};
  CHECK(data.grids[0].values == expected);
  CHECK(data.structure.sites.size() == 4);

  const std::string occupancies = "augmentation occupancies 1 3\n 0.1E+01 0.2E+01 0.3E+01\naugmentation occupancies 2 1\n 0.4E+01\n";
  const std::string spin = small + occupancies + " 0.1 0.2 0.3 0.4\n 2 1 3\n 1 2 3 4 5\n 6\n" + occupancies;
  const auto both = vasp(spin).value();
  REQUIRE(both.grids.size() == 2);
  CHECK(both.grids[0].values == expected);
  CHECK(both.grids[1].values == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(both.grids[1].quantity == FieldQuantity::magnetisation_times_volume);
  CHECK(try_parse_vasp_grid(spin, VaspGrid::locpot, "LOCPOT").value().grids[1].quantity == FieldQuantity::potential);
  std::string crlf;
  for (const char c : spin) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  CHECK(vasp(crlf).value().grids[1].values == both.grids[1].values);
  // Without occupancies: a moment for each atom.
  CHECK(vasp(small + " 0.1 0.2 0.3 0.4\n 2 1 3\n 1 2 3 4 5 6\n").value().grids.size() == 2);
  // An electron localisation function beyond 1 is none.
  CHECK(vasp(spin).value().notes.empty());
  CHECK(try_parse_vasp_grid(spin, VaspGrid::elfcar, "ELFCAR").value().notes.size() == 1);
  // Too small for a double.
  CHECK(vasp(head + "1 1 2\n0.1E-320 -0.1-400\n").value().grids[0].values[1] == 0);
}

TEST_CASE("VASP grids: files of VASP 4 name no elements, or behind the coordinates") {
  std::string old = small;
  old.erase(old.find("Na Co O\n"), 8);
  const auto data = vasp(old).value();
  CHECK(data.structure.sites.empty());
  REQUIRE(data.notes.size() == 1);
  CHECK(data.notes[0].find("no elements") != std::string::npos);
  CHECK(data.grids[0].values.size() == 6);
  old.replace(0, 4, "Na Co O");
  CHECK(vasp(old).value().structure.sites.size() == 4);
  CHECK(vasp(old).value().notes.empty());
}

TEST_CASE("VASP grids: left-handed vectors are the inverted crystal, not its mirror image") {
  // All vectors inverted, fractions and grid as they were.
  const std::string text = head + " 2 3 4\n 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24\n";
  std::string inverted = text;
  inverted.replace(inverted.find(" 3.0 0 0\n -1.5 2.598 0\n 0 0 12.0"), 31, " -3.0 0 0\n 1.5 -2.598 0\n 0 0 -12.0");
  const auto right = vasp(text).value(), left = vasp(inverted).value();
  CHECK(left.structure.cell.gamma == Approx(right.structure.cell.gamma));
  CHECK(left.grids[0].handedness == -1);
  CHECK(left.grids[0].values == right.grids[0].values);  // the order of the file
  for (std::size_t i = 0; i < 4; ++i) {
    const auto a = right.structure.sites[i].position, b = left.structure.sites[i].position;
    CHECK(b.z == -a.z);
    CHECK(value_at(left.grids[0], b) == Approx(value_at(right.grids[0], a)).epsilon(1e-12));
    CHECK(sphere_average(left.grids[0], b, 2).mean == Approx(sphere_average(right.grids[0], a, 2).mean).epsilon(1e-12));
  }
  const auto average = planar_average(left.grids[0], {0, 0, 1});
  CHECK(average.values == planar_average(right.grids[0], {0, 0, 1}).values);
  CHECK(average.height(1) == Approx(9));
}

TEST_CASE("VASP grids: cut off, garbage, wrong counts and shapes no memory could hold") {
  for (std::size_t length = 0; length < small.size() - 8; length += 3) {
    CAPTURE(length);
    const auto read = vasp(small.substr(0, length));
    REQUIRE(!read);
    CHECK(std::string_view(read.error().what()).find("expected") != std::string_view::npos);
  }
  CHECK(refuses(vasp(head + "2 1 3\n1 2 3 4\n5"), "ends here", 16));
  // What is left of the last number is a number, but another one.
  const std::string fixed = head + "2 1 3\n0.10000E+01 0.20000E-01 0.30000E-02\n0.40000E-02 0.50000E-02 0.67057E-02";
  CHECK(vasp(fixed).value().grids[0].values[5] == 0.0067057);
  for (std::size_t lost = 1; lost < 11; ++lost) {
    CAPTURE(lost);
    CHECK(refuses(vasp(fixed.substr(0, fixed.size() - lost)), "expected", 16));
  }
  CHECK(refuses(vasp(head + "2 1 3\n1 2 3\n4 5 nan\n"), "not finite", 16));
  CHECK(refuses(vasp(head + "2 1 3\n1 2 3\n4 5 -Infinity\n"), "not finite", 16));
  CHECK(refuses(vasp(head + "2 1 3\n1 2 3\n4 5,5 6\n"), "\"5,5\" is not a number", 16));
  CHECK(refuses(vasp(head + "2 1 3\n1 2 ****** 4 5 6\n"), "\"******\" is not a number", 15));
  CHECK(refuses(vasp(head + "2 1 3\n1 2 1-3 4 5 6\n"), "\"1-3\" is not a number", 15));
  CHECK(refuses(vasp(head + "2 1 3\n1 2 1e400 4 5 6\n"), "\"1e400\"", 15));
  CHECK(refuses(vasp(head + "2 1 3\n1 2 3 4 5 6 7\n"), "more values", 16));
  CHECK(refuses(vasp(small + "1 2 3 4 5 6 7 8 9 10 11 12\n1 2 3 4\n"), "more values", 17));
  CHECK(refuses(vasp(small + "2 1 4\n1 2 3 4 5 6 7 8\n"), "differ", 16));
  CHECK(refuses(vasp(small + "2 1 3\n1 2 3 4\n"), "more than the rest", 17));
  CHECK(refuses(vasp(head + "2 0 3\n1\n"), "division", 14));
  CHECK(refuses(vasp(head + "2 -1 3\n1\n"), "division", 14));
  CHECK(refuses(vasp(head + "2 1.5 3\n1\n"), "division", 14));
  CHECK(refuses(vasp(head + "99999 99999 99999\n1 2 3\n"), "more than the rest of the file can hold", 14));
  CHECK(refuses(vasp(head + "999999 1 1\n1 2 3\n"), "division", 14));
  std::string flat = small;
  flat.replace(flat.find("0 0 12.0"), 8, "0 0 0.00");
  CHECK(refuses(vasp(flat), "lattice vector c", 5));
}

TEST_CASE("cubes: orbitals, several values per point, units, ghosts") {
  const auto plain = parse_cube(cube_head + "1 2 3\n4 5 6\n", "a.cube");
  REQUIRE(plain.grids.size() == 1);
  CHECK(plain.grids[0](0, 0, 2) == 3);  // the third index runs fastest
  CHECK(plain.grids[0](1, 0, 0) == 4);
  CHECK(plain.structure.cell.a == Approx(8 * 0.529177210903));
  CHECK(plain.structure.sites[0].position.x == Approx(1.0 / 8));
  CHECK(plain.structure.sites[0].position.z == Approx(3.0 / 18));
  CHECK(plain.structure.sites[0].position.y == Approx((2 - 3.0 * 3 / 18) / 5));
  CHECK(integral(plain.grids[0]) == Approx(21 * 4.0 * 5 * 6));

  std::string orbitals = cube_head + "2 7 9\n1 10 2 20 3 30\n4 40 5 50 6 60\n";
  orbitals.replace(orbitals.find(" 1 0 0 0"), 8, "-1 0 0 0");
  const auto two = parse_cube(orbitals, "a.cube");
  REQUIRE(two.grids.size() == 2);
  CHECK(two.grids[0].values == plain.grids[0].values);
  CHECK(two.grids[1](1, 0, 2) == 60);

  std::string several = cube_head + "1 10 2 20 3 30\n4 40 5 50 6 60\n";
  several.replace(several.find(" 1 0 0 0"), 8, " 1 0 0 0 2");
  CHECK(parse_cube(several, "a.cube").grids[1].values == two.grids[1].values);

  const std::string angstrom = "t\ns\n 2 1 0 0\n -2 4.0 0 0\n -1 0 5.0 0\n -3 0 0 6.0\n 8 0.1 1 2 3\n 0 0 0 0 0\n1 2 3 4 5 6";
  const auto shifted = parse_cube(angstrom, "a.cube");
  CHECK(shifted.structure.cell.a == Approx(8));
  REQUIRE(shifted.structure.sites.size() == 1);
  CHECK(shifted.structure.sites[0].position.x == Approx(0));
  CHECK(shifted.notes.size() == 1);
}

TEST_CASE("cubes: cut off, garbage, wrong counts") {
  const auto read = [](const std::string& text) { return try_parse_cube(text, "a.cube"); };
  const std::string whole = cube_head + "1 2 3\n4 5 6\n";
  for (std::size_t length = 0; length < whole.size() - 2; ++length) {
    CAPTURE(length);
    const auto cut = read(whole.substr(0, length));
    REQUIRE(!cut);
    CHECK(std::string_view(cut.error().what()).find("expected") != std::string_view::npos);
  }
  CHECK(refuses(read(cube_head + "0.1E-01 0.2E-01 0.3E-01\n0.4E-01 0.5E-01 0.6E-0"), "not cut off", 9));
  CHECK(refuses(read(whole + "7\n"), "behind the last value", 10));
  CHECK(refuses(read(cube_head + "1 2 3\n4 x 6\n"), "\"x\" is not a number", 9));
  CHECK(refuses(read(cube_head + "1 2 3\n4 NaN 6\n"), "not finite", 9));
  auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    return read(text);
  };
  CHECK(refuses(changed(" 2 4.0", " 4000 4.0"), "more than the rest", 7));
  CHECK(refuses(changed(" 2 4.0", " 0 4.0"), "is 0", 4));
  CHECK(refuses(changed(" 2 4.0", " -2 4.0"), "both signs", 6));
  CHECK(refuses(changed(" 2 4.0", " 2.5 4.0"), "whole number", 4));
  CHECK(refuses(changed("1.0 6.0", "1.0 0.0"), "enclose no volume", 6));
  CHECK(refuses(changed(" 8 0.1", " 119 0.1"), "atomic number", 7));
  CHECK(refuses(changed(" 1 0 0 0", " 999999999 0 0 0"), "number of atoms", 3));
}

TEST_CASE("grid files: told by their names") {
  CHECK(grid_file_kind("run/ELFCAR") == GridFile::elfcar);
  CHECK(grid_file_kind("CHGCAR.chargemol.gz") == GridFile::chgcar);
  CHECK(grid_file_kind("AECCAR0") == GridFile::chgcar);
  CHECK(grid_file_kind("CHG") == GridFile::chgcar);
  CHECK(grid_file_kind("nacoo2_locpot.vasp") == GridFile::locpot);
  CHECK(grid_file_kind("elec.cube.gz") == GridFile::cube);
  CHECK(!grid_file_kind("POSCAR"));
  const auto absent = try_read_grid("absent/CHGCAR");
  REQUIRE(!absent);
  CHECK(std::string_view(absent.error().what()) == "absent/CHGCAR: no such file");
}
