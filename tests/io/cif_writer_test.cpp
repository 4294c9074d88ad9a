// What is written, read by the own reader and by gemmi.
#include <lamella/io/cif_writer.hpp>
#include <lamella/io/structure_file.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <string>

#include "../support/random_numbers.hpp"
#include "gemmi_reader.hpp"
#include "scratch_folder.hpp"

using namespace lamella;

namespace {

Structure<double> o3() {
  Structure<double> s{"O3 NaCrO2", space_group("R-3m"), hexagonal_cell(2.97421, 15.95554), {}};
  s.sites = {{"Na1", parse_species("Na+"), {0, 0, 0.5}, 0.7, 0.012},
             {"Cr1", parse_species("Cr3+"), {0, 0, 0}, 1, 0.005},
             {"O1", parse_species("O2-"), {0, 0, 0.26721}, 1, 0.008}};
  return s;
}

void check_same(const Structure<double>& a, const Structure<double>& b) {
  CHECK(a.cell.a == b.cell.a);
  CHECK(a.cell.b == b.cell.b);
  CHECK(a.cell.c == b.cell.c);
  CHECK(a.cell.alpha == b.cell.alpha);
  CHECK(a.cell.beta == b.cell.beta);
  CHECK(a.cell.gamma == b.cell.gamma);
  CHECK(a.space_group.number() == b.space_group.number());
  CHECK(a.space_group.name() == b.space_group.name());
  CHECK(std::set<SymmetryOperation>(a.space_group.operations().begin(), a.space_group.operations().end()) ==
        std::set<SymmetryOperation>(b.space_group.operations().begin(), b.space_group.operations().end()));
  REQUIRE(a.sites.size() == b.sites.size());
  for (std::size_t i = 0; i < a.sites.size(); ++i) {
    CHECK(a.sites[i].label == b.sites[i].label);
    CHECK(a.sites[i].species == b.sites[i].species);
    CHECK(a.sites[i].position.x == doctest::Approx(b.sites[i].position.x).epsilon(1e-14));
    CHECK(a.sites[i].position.y == doctest::Approx(b.sites[i].position.y).epsilon(1e-14));
    CHECK(a.sites[i].position.z == doctest::Approx(b.sites[i].position.z).epsilon(1e-14));
    CHECK(a.sites[i].occupancy == b.sites[i].occupancy);
    CHECK(a.sites[i].u_iso == b.sites[i].u_iso);
  }
}

/// A cell with exactly the symmetry of a group: the edges and angles of each crystal family.
UnitCell<double> cell_of(const SpaceGroup& group) {
  for (const UnitCell<double> cell :
       {UnitCell<double>{5.1, 6.2, 7.3, 82, 97, 104}, {5.1, 6.2, 7.3, 90, 104, 90}, {5.1, 6.2, 7.3, 90, 90, 104},
        {5.1, 6.2, 7.3, 104, 90, 90}, {5.1, 6.2, 7.3, 90, 90, 90}, {5.1, 5.1, 7.3, 90, 90, 120}, {5.1, 5.1, 5.1, 70, 70, 70},
        {5.1, 5.1, 7.3, 90, 90, 90}, {5.1, 5.1, 5.1, 90, 90, 90}}) {
    const auto m = metric(cell);
    const double g[3][3] = {{m.xx, m.xy, m.xz}, {m.xy, m.yy, m.yz}, {m.xz, m.yz, m.zz}};
    bool symmetric = true;
    for (const auto& op : group.operations())
      for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
          double image = 0;
          for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t l = 0; l < 3; ++l) image += op.rotation[3 * k + i] * g[k][l] * op.rotation[3 * l + j];
          symmetric = symmetric && std::abs(image - g[i][j]) < 1e-9;
        }
    if (symmetric) return cell;
  }
  FAIL("no cell");
  return {};
}

}  // namespace

TEST_CASE("operations are written as they are read") {
  for (const char* text : {"x,y,z", "-y,x-y,z+1/3", "-x+1/2,y+3/4,-z+5/6", "z+1/24,-x,-y+7/12", "y+2/3,x+1/3,-z+1/3"}) {
    CAPTURE(text);
    CHECK(to_string(parse_operation(text)) == text);
  }
  for (const auto& setting : space_group_settings()) {
    const SpaceGroup group = space_group(setting);
    for (const auto& op : group.operations())
      if (parse_operation(to_string(op)) != op) FAIL_CHECK(setting.symbol << " " << to_string(op));
  }
}

TEST_CASE("a structure written as CIF reads back as the same, here and in gemmi") {
  const auto s = o3();
  const std::string text = to_cif(s);
  CHECK(text.starts_with("data_O3_NaCrO2\n_cell_length_a 2.97421\n"));
  CHECK(text.find("_space_group_name_H-M_alt 'R -3 m :H'\n_space_group_IT_number 166\n_space_group_name_Hall '-R 3 2\"'\n") !=
        std::string::npos);
  CHECK(text.find("\nNa1 Na+ 3 0 0 0.5 0.7 Uiso 0.012\n") != std::string::npos);
  check_same(parse_cif(text, "a.cif"), s);
#ifdef LAMELLA_HAVE_GEMMI
  const auto theirs = gemmi::make_small_structure_from_block(gemmi::cif::read_string(text).sole_block());
  CHECK(theirs.cell.a == s.cell.a);
  CHECK(theirs.cell.gamma == 120);
  CHECK(theirs.cell.images.size() + 1 == 36);
  REQUIRE(theirs.sites.size() == 3);
  CHECK(theirs.sites[2].fract.z == s.sites[2].position.z);
  CHECK(theirs.sites[0].occ == 0.7);
  CHECK(theirs.sites[1].charge == 3);
  CHECK(theirs.sites[1].u_iso == 0.005);
  CHECK(std::string(theirs.sites[1].element.name()) == "Cr");
#endif
}

TEST_CASE("every setting survives, with its operations or by its symbols alone") {
  lamella_test::Random random(7);
  for (const auto& setting : space_group_settings()) {
    CAPTURE(setting.symbol);
    CAPTURE(setting.choice);
    Structure<double> s{"x", space_group(setting), {}, {}};
    s.cell = cell_of(s.space_group);
    s.sites = {{"Na1", parse_species("Na"), {0.1234 + 0.01 * random.uniform(), 0.2345, 0.0567}, 0.02, 0.01}};
    const std::string text = to_cif(s);
    const auto again = parse_cif(text, "a.cif");
    if (setting.number == 68) CHECK(again.space_group.number() == 68);  // two names for the same operations
    else check_same(again, s);
    // Without the operations: by the Hall symbol, then by the Hermann-Mauguin symbol.
    const auto start = text.find("loop_\n_space_group_symop"), end = text.find("loop_\n_atom_site");
    std::string shorter = text.substr(0, start) + text.substr(end);
    CHECK(parse_cif(shorter, "a.cif").space_group.name() == again.space_group.name());
    const auto hall = shorter.find("_space_group_name_Hall"), after = shorter.find('\n', hall);
    shorter.erase(hall, after + 1 - hall);
    CHECK(parse_cif(shorter, "a.cif").space_group.name() == again.space_group.name());
  }
}

TEST_CASE("groups outside the table keep their operations") {
  auto s = o3();
  const SymmetryOperation list[] = {parse_operation("-y,x-y,z"), parse_operation("-x,-y,-z+1/4")};
  s.space_group = SpaceGroup::generated_by(list, "shifted P-3", 0);
  const auto again = parse_cif(to_cif(s), "a.cif");
  CHECK(again.space_group.order() == 6);
  s.space_group = SpaceGroup::generated_by(list, "R-3m", 166);  // a wrong name is not written
  CHECK(to_cif(s).find("H-M") == std::string::npos);
}

TEST_CASE("numbers carry their esds where there are some") {
  const auto s = o3();
  auto esds = s;
  esds.cell = {5e-5, 5e-5, 1.5e-4, 0, 0, 0};
  for (auto& site : esds.sites) {
    site.position = {0, 0, 0};
    site.occupancy = 0;
    site.u_iso = std::numeric_limits<double>::quiet_NaN();
  }
  esds.sites[2].position.z = 1.3e-4;
  const std::string text = to_cif(s, esds);
  CHECK(text.find("_cell_length_a 2.97421(5)\n") != std::string::npos);
  CHECK(text.find("_cell_length_c 15.95554(15)\n") != std::string::npos);
  CHECK(text.find("_cell_angle_gamma 120\n") != std::string::npos);
  CHECK(text.find("O1 O2- 6 0 0 0.26721(13) 1 Uiso 0.008\n") != std::string::npos);
  CHECK(text.find("_cell_volume") == std::string::npos);
  check_same(parse_cif(text, "a.cif"), s);
  const auto again = parse_measured_cif(text, "a.cif");
  CHECK(again.esds.cell.a == 5e-5);
  CHECK(again.esds.cell.c == 1.5e-4);
  CHECK(again.esds.cell.gamma == 0);
  CHECK(again.esds.sites[2].position.z == 1.3e-4);
  CHECK(again.esds.sites[2].u_iso == 0);
  CHECK(to_cif(again.structure, again.esds) == text);
  esds.sites.pop_back();
  CHECK_THROWS_WITH_AS(to_cif(s, esds), "esds of 2 sites, expected 3", Error);
}

TEST_CASE("names and labels that CIF would misread are quoted or replaced") {
  auto s = o3();
  s.name = "a b\n\tü";
  s.sites[0].label = "data_1";
  s.sites[1].label = "_Cr'1";
  s.sites[2].label = "O \"1\"";
  const auto again = parse_cif(to_cif(s), "a.cif");
  CHECK(again.name == "a_b____");
  CHECK(again.sites[0].label == "data_1");
  CHECK(again.sites[1].label == "_Cr'1");
  CHECK(again.sites[2].label == "O \"1\"");
  s.sites[0].label = "";
  CHECK(parse_cif(to_cif(s), "a.cif").sites[0].label == "Na+1");
}

TEST_CASE("what cannot be written is an error") {
  auto s = o3();
  s.sites[1].position.x = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(to_cif(s), "Cr1: x is not finite, expected a number to write", Error);
  s = o3();
  s.sites[0].species = vacancy;
  CHECK_THROWS_WITH_AS(to_cif(s), "site \"Na1\" is a vacancy, expected an element or ion (leave empty sites out)", Error);
  s.sites.clear();
  CHECK_THROWS_AS(to_cif(s), Error);
  s = o3();
  s.cell.a = -1;
  CHECK_THROWS_AS(to_cif(s), Error);
}

TEST_CASE("the kind of a structure file is told by its name or its content") {
  const lamella_test::ScratchFolder folder;
  const auto s = o3();
  auto full = s;
  full.sites[0].occupancy = 1;
  write_cif(folder.path / "a.cif", s);
  write_poscar(folder.path / "POSCAR_1", full);
  CHECK(read_structure(folder.path / "a.cif").sites.size() == 3);
  CHECK(read_structure(folder.path / "POSCAR_1").sites.size() == 12);
  CHECK(read_structure(folder.file("b.txt", to_cif(s))).sites.size() == 3);
  CHECK(read_structure(folder.file("c.txt", "# comment\r\n  " + to_cif(s))).sites.size() == 3);
  CHECK(read_structure(folder.file("d", to_poscar(full))).sites.size() == 12);
  CHECK(read_structure(folder.file("e.vasp", to_poscar(full))).sites.size() == 12);
  CHECK(read_structure(folder.path / "a.cif", "O3_NaCrO2").sites.size() == 3);
  CHECK_THROWS_AS(read_structure(folder.file("f.cif", to_poscar(full))), Error);
  CHECK_THROWS_AS(read_structure(folder.path / "missing"), Error);
}

TEST_CASE("anisotropic displacements are written as a loop of their own and read back where they are asked for") {
  // A threefold axis along c allows U11 = U22 = 2 U12 and U33.
  Structure<double> s = o3();
  s.sites[2].u_aniso = AnisotropicDisplacement<double>{0.0083, 0.0083, 0.0112, 0.00415, 0, 0};
  s.sites[0].u_aniso = AnisotropicDisplacement<double>{0.0121, 0.0121, 0.0304, 0.00605, 0, 0};
  const std::string text = to_cif(s);
  const CifOptions anisotropic{.anisotropic = true};
  const Structure<double> back = parse_cif(text, "text", {}, anisotropic);
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
    CAPTURE(i);
    REQUIRE(back.sites[i].u_aniso);
    const auto &u = *back.sites[i].u_aniso, &v = *s.sites[i].u_aniso;
    CHECK(u.U11 == v.U11);
    CHECK(u.U22 == v.U22);
    CHECK(u.U33 == v.U33);
    CHECK(u.U12 == v.U12);
    CHECK(u.U13 == 0);
    CHECK(u.U23 == 0);
    // With U12 = U11/2 the surface is one of revolution: U11 across the axis, U33 along it.
    CHECK(back.sites[i].u_iso == doctest::Approx((2 * v.U11 + v.U33) / 3).epsilon(1e-12));
  }
  CHECK_FALSE(back.sites[1].u_aniso);
  CHECK(back.sites[1].u_iso == s.sites[1].u_iso);
  for (const auto& site : parse_cif(text, "text").sites) CHECK_FALSE(site.u_aniso);

  // Esds go with them.
  MeasuredStructure measured = without_esds(s);
  measured.esds.sites[2].u_aniso = AnisotropicDisplacement<double>{0.0003, 0.0003, 0.0004, 0.00015, 0, 0};
  const MeasuredStructure again = parse_measured_cif(to_cif(measured.structure, measured.esds), "text", {}, anisotropic);
  REQUIRE(again.esds.sites[2].u_aniso);
  CHECK(again.structure.sites[2].u_aniso->U33 == doctest::Approx(0.0112));
  CHECK(again.esds.sites[2].u_aniso->U33 == doctest::Approx(0.0004));
  CHECK(again.esds.sites[2].u_aniso->U12 == doctest::Approx(0.00015));
  REQUIRE(again.esds.sites[0].u_aniso);
  CHECK(again.esds.sites[0].u_aniso->U33 == 0);
#ifdef LAMELLA_HAVE_GEMMI
  const auto other = gemmi::make_small_structure_from_block(gemmi::cif::read_string(text).sole_block());
  CHECK(other.sites[2].aniso.u11 == doctest::Approx(0.0083).epsilon(1e-6));
  CHECK(other.sites[2].aniso.u33 == doctest::Approx(0.0112).epsilon(1e-6));
  CHECK(other.sites[2].aniso.u12 == doctest::Approx(0.00415).epsilon(1e-6));
  CHECK(other.sites[2].aniso.u23 == 0);
#endif
}

TEST_CASE("anisotropic displacements are made as symmetry has them, or refused") {
  const auto with = [](const std::string& tensor) {
    Structure<double> s = o3();
    s.sites.erase(s.sites.begin(), s.sites.begin() + 2);
    return to_cif(s) + "loop_ _atom_site_aniso_label _atom_site_aniso_U_11 _atom_site_aniso_U_22 _atom_site_aniso_U_33 "
                       "_atom_site_aniso_U_12 _atom_site_aniso_U_13 _atom_site_aniso_U_23\nO1 " + tensor + "\n";
  };
  const CifOptions anisotropic{.anisotropic = true};
  const auto rounded = parse_cif(with("0.0083(2) 0.0083(2) 0.0112 0.0042 0 0"), "text", {}, anisotropic).sites.at(0).u_aniso;
  REQUIRE(rounded);
  CHECK(rounded->U11 == 0.0083);
  CHECK(rounded->U12 == doctest::Approx(0.00415).epsilon(1e-14));
  // B = 8 pi^2 U.
  std::string as_b = with("0.79 0.79 0.79 0.395 0 0");
  for (std::size_t at = as_b.find("aniso_U"); at != std::string::npos; at = as_b.find("aniso_U")) as_b[at + 6] = 'B';
  CHECK(parse_cif(as_b, "text", {}, anisotropic).sites.at(0).u_aniso->U33 == doctest::Approx(0.79 / (8 * 9.869604401089358)));
  CHECK_FALSE(parse_cif(with("0.0083 0.0083 0.0112 0.0042 ? 0"), "text", {}, anisotropic).sites.at(0).u_aniso);
  const auto wrong = try_parse_cif(with("0.0083 0.0083 0.0112 0.0083 0 0"), "text", {}, anisotropic);
  REQUIRE_FALSE(wrong);
  CHECK(std::string(wrong.error().what()).find("site \"O1\": U12 0.0083 is not what the site symmetry allows, expected 0.00415") != std::string::npos);
  CHECK(try_parse_cif(with("0.0083 0.0083 0.0112 0.0083 0 0"), "text"));  // not read
}
