#include <lamella/io/cif.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../support/random_numbers.hpp"
#include "scratch_folder.hpp"

using namespace lamella;
namespace fs = std::filesystem;

namespace {

/// Lines 2-7 hold the cell, 8 and 9 the space group, 10-17 the head of the loop, 18-20 the sites.
const std::string sound = R"(data_O3
_cell_length_a 2.97421(5)
_cell_length_b 2.97421(5)
_cell_length_c 15.95554(15)
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'R -3 m :H'
_symmetry_Int_Tables_number 166
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
_atom_site_U_iso_or_equiv
Na1 Na1+ 0 0 0.5 0.9 0.012(1)
Cr1 Cr3+ 0 0 0 1 0.006
O1 O2- 0 0 0.26721(13) 1 .
)";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}
std::string changed(std::string_view from, std::string_view to) { return replaced(sound, from, to); }

Structure<double> structure_of(const std::string& text) {
  const auto result = try_parse_cif(text, "a.cif");
  if (!result) FAIL(std::string(result.error().what()));
  return result.value();
}

std::string error_of(const std::string& text) {
  const auto result = try_parse_cif(text, "a.cif");
  if (result) return "no error";
  const std::string message = result.error().what();
  REQUIRE(message.starts_with("a.cif:"));
  CHECK(message.find('\n') == std::string::npos);
  const auto all = try_parse_cif_structures(text, "a.cif");
  CHECK(!all);
  return message.substr(6);
}

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::string operations_of_p63mmc = R"(loop_
_symmetry_equiv_pos_as_xyz
'x, y, z' '-x, -y, -z' '-y, x-y, z' 'y, -x+y, -z' '-x+y, -x, z' 'x-y, x, -z' '-x, -y, z+1/2' 'x, y, -z+1/2' 'y, -x+y, z+1/2'
'-y, x-y, -z+1/2' 'x-y, x, z+1/2' '-x+y, -x, -z+1/2' 'y, x, -z' '-y, -x, z' 'x-y, -y, -z' '-x+y, y, z' '-x, -x+y, -z' 'x, x-y, z'
'-y, -x, -z+1/2' 'y, x, z+1/2' '-x+y, y, -z+1/2' 'x-y, -y, z+1/2' 'x, x-y, -z+1/2' '-x, -x+y, z+1/2'
)";
const std::string p2_cell = R"(data_P2
_cell_length_a 2.85
_cell_length_b 2.85
_cell_length_c 10.8
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
)";
const std::string p2_sites = R"(loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Co1 0 0 0 1
O1 0.3333 0.6667 0.0908(5) 1
Na1 0 0 0.25 0.2
Na2 0.6667 0.3333 0.25 0.6
)";

}  // namespace

TEST_CASE("cell, space group and sites come without their esds") {
  const auto s = structure_of(sound);
  CHECK(s.name == "O3");
  CHECK(s.cell.a == 2.97421);
  CHECK(s.cell.b == 2.97421);
  CHECK(s.cell.c == 15.95554);
  CHECK(s.cell.alpha == 90);
  CHECK(s.cell.gamma == 120);
  CHECK(s.space_group.name() == "R-3m");
  CHECK(s.space_group.number() == 166);
  CHECK(s.space_group.order() == 36);
  REQUIRE(s.sites.size() == 3);
  CHECK(s.sites[0].label == "Na1");
  CHECK(s.sites[0].species == Species{11, 1});
  CHECK(s.sites[0].position.z == 0.5);
  CHECK(s.sites[0].occupancy == 0.9);
  CHECK(s.sites[0].u_iso == 0.012);
  CHECK(s.sites[1].species == Species{24, 3});
  CHECK(s.sites[2].species == Species{8, -2});
  CHECK(s.sites[2].position.z == 0.26721);
  CHECK(s.sites[2].u_iso == default_u_iso);
}

TEST_CASE("esds are read where they are asked for") {
  const auto measured = parse_measured_cif(sound, "a.cif");
  const auto& cell = measured.esds.cell;
  CHECK(cell.a == 5e-5);
  CHECK(cell.b == 5e-5);
  CHECK(cell.c == 15e-5);
  for (const double angle : {cell.alpha, cell.beta, cell.gamma}) CHECK(angle == 0);
  REQUIRE(measured.esds.sites.size() == 3);
  CHECK(measured.esds.sites[0].label == "Na1");
  CHECK(measured.esds.sites[0].u_iso == 0.001);
  CHECK(measured.esds.sites[0].occupancy == 0);
  CHECK(measured.esds.sites[1].u_iso == 0);
  CHECK(measured.esds.sites[2].position.x == 0);
  CHECK(measured.esds.sites[2].position.z == 13e-5);
  CHECK(measured.esds.sites[2].u_iso == 0);
  CHECK(measured.structure.sites[2].position.z == 0.26721);
  CHECK(measured.structure.space_group.name() == "R-3m");

  const auto esd_of_c = [](std::string_view text) { return parse_measured_cif(changed("15.95554(15)", text), "a.cif").esds.cell.c; };
  CHECK(esd_of_c("15.95554") == 0);
  CHECK(esd_of_c("15.95554(0)") == 0);
  CHECK(esd_of_c("15.95554(0.00015)") == 15e-5);  // the esd itself
  CHECK(esd_of_c("16(2)") == 2);
  CHECK(esd_of_c("16.(2)") == 2);
  CHECK(esd_of_c("1.595554E1(15)") == 15e-5);  // in units of the last digit, here 1e-5
  CHECK(esd_of_c("159.5554e-1(15)") == 15e-5);
  CHECK(esd_of_c("1.595554e+01(15)") == 15e-5);

  const auto occupied = parse_measured_cif(changed("0 0 0.5 0.9 0.012(1)", "0 0 0.5 0.90(2) 0.012(1)"), "a.cif");
  CHECK(occupied.esds.sites[0].occupancy == 0.02);
  const auto b = parse_measured_cif(replaced(sound, "_U_iso_or_equiv", "_B_iso_or_equiv"), "a.cif");
  CHECK(b.esds.sites[0].u_iso == doctest::Approx(0.001 / (8 * 3.14159265358979 * 3.14159265358979)).epsilon(1e-12));
  // The blocks and the errors are those of the reader without esds.
  const std::string two = "data_empty\n_x 1\n" + sound + p2_cell + "_symmetry_space_group_name_H-M 'P 63/m m c'\n" + p2_sites;
  CHECK(parse_measured_cif(two, "a.cif").structure.name == "O3");
  CHECK(parse_measured_cif(two, "a.cif", "P2").esds.sites[1].position.z == 5e-4);
  const auto fault = try_parse_measured_cif(two, "a.cif", "P3");
  REQUIRE(!fault);
  CHECK(std::string(fault.error().what()) == "a.cif:1: no data block \"P3\", expected one of empty, O3, P2");
}

TEST_CASE("the spelling of the file does not matter") {
  const auto equal = [](const Structure<double>& a) {
    const auto b = structure_of(sound);
    return a.sites.size() == 3 && a.sites[2].position.z == b.sites[2].position.z && a.cell.c == b.cell.c &&
           a.space_group.order() == 36 && a.sites[0].occupancy == 0.9 &&
           a.sites[2].species == b.sites[2].species;
  };
  std::string crlf, cr, dotted = sound;
  for (const char c : sound) {
    crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    cr += c == '\n' ? '\r' : c;
  }
  for (const auto& [from, to] :
       {std::pair("_cell_length_a", "_cell.length_a"), std::pair("_atom_site_fract_x", "_atom_site.fract_x"),
        std::pair("_symmetry_space_group_name_H-M", "_space_group.name_H-M_alt"),
        std::pair("_symmetry_Int_Tables_number", "_space_group.IT_number")})
    dotted = replaced(dotted, from, to);
  CHECK(equal(structure_of(crlf)));
  CHECK(equal(structure_of(cr)));
  CHECK(equal(structure_of(dotted)));
  CHECK(equal(structure_of("\xEF\xBB\xBF" + sound)));
  CHECK(equal(structure_of(sound.substr(0, sound.size() - 1))));
  CHECK(equal(structure_of("# comment\n\n" + sound + "# end")));
  CHECK(equal(structure_of(changed("_cell_length_c", "_CELL_Length_C"))));
  CHECK(equal(structure_of(changed("data_O3", "DATA_O3"))));
  CHECK(equal(structure_of(changed("loop_\n", "LOOP_ # of sites\n"))));
  CHECK(equal(structure_of(changed("_cell_length_a 2.97421(5)", "_cell_length_a\n  '2.97421(5)'"))));
  CHECK(equal(structure_of(changed("_cell_length_a 2.97421(5)", "_cell_length_a\n;2.97421(5)\n;"))));
  CHECK(equal(structure_of(changed("'R -3 m :H'", "\"R -3 m\""))));
  CHECK(equal(structure_of(changed("'R -3 m :H'", "R-3m"))));
  CHECK(equal(structure_of(changed("'R -3 m :H'", "'R -3 m H'"))));
  CHECK(equal(structure_of(changed("_symmetry_space_group_name_H-M 'R -3 m :H'\n", ""))));
  CHECK(equal(structure_of(changed("_symmetry_Int_Tables_number 166\n", ""))));
  CHECK(equal(structure_of(changed("Na1 Na1+ 0 0 0.5 0.9 0.012(1)\n", "Na1\nNa1+ 0\t0 +0.5\n.9 1.2E-2\n"))));
  CHECK(equal(structure_of(changed(
      "_cell_angle_beta 90",
      "_cell_angle_beta 90.0(0)\n_text\n;\n_cell_angle_beta 80\nloop_\n;\n_other 'it''s 5\" long'"))));
  CHECK(equal(structure_of(
      changed("data_O3\n", "data_O3\nsave_frame\n_cell_length_a 9\nloop_ _x _y 1 2 3 4\nsave_\n"))));
  CHECK(equal(structure_of(changed("loop_\n", "loop_\n_nothing_here\nloop_\n"))));
}

TEST_CASE("species come from the type symbol, in any usual spelling, or from the label") {
  const auto species = [](std::string_view type) {
    return structure_of(changed("Cr3+ ", std::string(type) + " ")).sites[1].species;
  };
  CHECK(species("Cr") == Species{24, 0});
  CHECK(species("Cr0+") == Species{24, 0});
  CHECK(species("Cr+3") == Species{24, 3});
  CHECK(species("CR3+") == Species{24, 3});
  CHECK(species("Mn4+") == Species{25, 4});
  CHECK(species("?") == Species{24, 0});  // of the label, Cr1
  CHECK(species(".") == Species{24, 0});
  const auto labelled = [](std::string_view label) {
    return structure_of(changed("Cr1 Cr3+", std::string(label) + " .")).sites[1].species.atomic_number;
  };
  CHECK(labelled("Cr") == 24);
  CHECK(labelled("Co(1)") == 27);
  CHECK(labelled("O2W") == 8);
  CHECK(labelled("OH2") == 8);
  CHECK(labelled("LA1") == 57);
  CHECK(labelled("C12") == 6);
  CHECK(error_of(changed("Cr1 Cr3+", "CO1 .")) ==
        "19: site label \"CO1\" may begin with C or Co, expected _atom_site_type_symbol");
  CHECK(error_of(changed("Cr1 Cr3+", "CR1 .")).starts_with("19: site label \"CR1\" may begin with C or Cr"));
  CHECK(error_of(changed("Cr1 Cr3+", "M1 .")) ==
        "19: site label \"M1\" names no element, expected _atom_site_type_symbol or a label that begins with "
        "an element symbol");
  CHECK(error_of(changed("Cr1 Cr3+", "Wat1 .")).starts_with("19: site label \"Wat1\" names no element"));
  CHECK(error_of(changed("Cr1 Cr3+", "1Cr .")).starts_with("19: site label \"1Cr\" names no element"));
}

TEST_CASE("displacements are U, B / 8 pi^2, or the mean of the anisotropic ones") {
  CHECK(structure_of(replaced(changed("U_iso_or_equiv", "B_iso_or_equiv"), "0.012(1)", "0.79(2)"))
            .sites[0]
            .u_iso == doctest::Approx(0.79 / 78.95683520871486).epsilon(1e-14));
  // U_ij = U a*_i.a*_j / (|a*_i| |a*_j|) is isotropic in any cell
  lamella_test::Random random(5);
  for (int trial = 0; trial < 20; ++trial) {
    const UnitCell<double> cell{random.uniform(3, 9),    random.uniform(3, 9),    random.uniform(3, 9),
                                random.uniform(75, 105), random.uniform(75, 105), random.uniform(75, 105)};
    const auto r = reciprocal_metric(cell);
    const double u = 0.0123;
    const auto tensor = [&](double ij, double ii, double jj) {
      return std::to_string(u * ij / std::sqrt(ii * jj)) + " ";
    };
    std::string text = "data_x\n_space_group_name_H-M_alt 'P 1'\n";
    const std::pair<const char*, double> values[] = {{"length_a", cell.a},      {"length_b", cell.b},
                                                     {"length_c", cell.c},      {"angle_alpha", cell.alpha},
                                                     {"angle_beta", cell.beta}, {"angle_gamma", cell.gamma}};
    for (const auto& [name, value] : values)
      text += "_cell_" + std::string(name) + " " + std::to_string(value) + "\n";
    text +=
        "loop_ _atom_site_label _atom_site_fract_x _atom_site_fract_y _atom_site_fract_z Na1 0.1 0.2 0.3 Li2 "
        "0.5 0.2 0.3\n"
        "loop_ _atom_site_aniso_label _atom_site_aniso_U_11 _atom_site_aniso_U_22 _atom_site_aniso_U_33 "
        "_atom_site_aniso_U_12 "
        "_atom_site_aniso_U_13 _atom_site_aniso_U_23\nNa1 " +
        tensor(r.xx, r.xx, r.xx) + tensor(r.yy, r.yy, r.yy) + tensor(r.zz, r.zz, r.zz) +
        tensor(r.xy, r.xx, r.yy) + tensor(r.xz, r.xx, r.zz) + tensor(r.yz, r.yy, r.zz);
    const auto s = structure_of(text);
    CHECK(std::abs(s.sites[0].u_iso - u) < 3e-6);
    CHECK(s.sites[1].u_iso == default_u_iso);
    for (const char* ij : {"11", "22", "33", "12", "13", "23"})
      text = replaced(text, "_aniso_U_" + std::string(ij), "_aniso_B_" + std::string(ij));
    CHECK(std::abs(structure_of(text).sites[0].u_iso - u / 78.95683520871486) < 3e-6 / 78);
  }
  // Found by fuzzing: a B as large as can be read must be a U that can be read.
  const auto with_b = [](const std::string& b) { return replaced(changed("0.012(1)", b), "_U_iso_or_equiv", "_B_iso_or_equiv"); };
  const auto largest = structure_of(with_b("390"));
  CHECK(largest.sites[0].u_iso < 5);
  CHECK(error_of(with_b("391")) == "18: site \"Na1\": B_iso 391, expected a number from 0 to 390 Å²");
}

TEST_CASE("operations are used where they are listed, the symbol where they are not") {
  const auto listed = structure_of(p2_cell + operations_of_p63mmc + p2_sites);
  CHECK(listed.space_group.name() == "P63/mmc");  // recognised
  CHECK(listed.space_group.number() == 194);
  const auto named = structure_of(p2_cell + "_space_group_name_H-M_alt 'P 63/m m c'\n" + p2_sites);
  CHECK(named.space_group.order() == 24);
  CHECK(std::equal(listed.space_group.operations().begin(), listed.space_group.operations().end(),
                   named.space_group.operations().begin()));
  const auto both =
      structure_of(p2_cell + "_symmetry_space_group_name_H-M 'P 63/m m c'\n_space_group_IT_number 194\n" +
                   operations_of_p63mmc + p2_sites);
  CHECK(both.space_group.name() == "P63/mmc");
  const auto other = structure_of(p2_cell +
                                  "_symmetry_space_group_name_H-M 'P 3 m 1'\n_space_group_IT_number 156\n"
                                  "loop_ _space_group_symop_operation_xyz 'x,y,z' '-y,x-y,z' '-x+y,-x,z' "
                                  "'-y,-x,z' '-x+y,y,z' 'x,x-y,z'\n" +
                                  p2_sites);
  CHECK(other.space_group.name() == "P3m1");  // not tabulated, but listed
  CHECK(other.space_group.number() == 156);
  CHECK(other.space_group.order() == 6);
  const auto single = structure_of(p2_cell + "_symmetry_equiv_pos_as_xyz 'x, y, z'\n" + p2_sites);
  CHECK(single.space_group.name() == "P1");
  const auto unknown = structure_of(
      p2_cell + "_symmetry_equiv_pos_as_xyz ?\n_space_group_name_H-M_alt 'P 63/m m c'\n" + p2_sites);
  CHECK(unknown.space_group.order() == 24);
}

TEST_CASE("numbered operations, in a column of their own or before the operation, are the same") {
  const auto first = structure_of(
      p2_cell + "loop_\n_space_group_symop_id\n_space_group_symop_operation_xyz\n1 x,y,z\n2 -x,-y,z+1/2\n" +
      p2_sites);
  const auto second = structure_of(
      p2_cell + "loop_\n_space_group_symop_operation_xyz\n'1 x,y,z'\n'2  -x,-y,1/2+z'\n" + p2_sites);
  CHECK(first.space_group.order() == 2);
  CHECK(second.space_group.order() == 2);
  CHECK(first.space_group.operations()[1] == second.space_group.operations()[1]);
}

TEST_CASE("rounded coordinates are moved onto their special positions") {
  const auto s = structure_of(p2_cell + operations_of_p63mmc + p2_sites);
  CHECK(s.sites[1].position.x == doctest::Approx(1.0 / 3).epsilon(1e-15));
  CHECK(s.sites[1].position.y == doctest::Approx(2.0 / 3).epsilon(1e-15));
  CHECK(s.sites[1].position.z == doctest::Approx(0.0908).epsilon(1e-15));
  CHECK(s.sites[3].position.x == doctest::Approx(2.0 / 3).epsilon(1e-15));
  const std::pair<std::size_t, std::size_t> wanted[] = {{0, 2}, {1, 4}, {2, 2}, {3, 2}};
  for (const auto& [site, count] : wanted)
    CHECK(multiplicity(s.space_group, s.sites[site].position) == count);
}

TEST_CASE("a site almost on a special position is an error, unless its occupancy leaves room") {
  const std::string almost =
      p2_cell + operations_of_p63mmc + replaced(p2_sites, "0.6667 0.3333 0.25 0.6", "0.67 0.33 0.25 0.6");
  CHECK(error_of(almost) ==
        "22: site \"Na2\": 3 symmetry images of occupancy 0.6 lie within 0.5 Å of each other, expected "
        "coordinates on the special "
        "position to 0.001 (such as 0.3333) or a lower occupancy");
  const auto split =
      structure_of(replaced(almost, "0.25 0.6", "0.25 0.2"));  // an atom off its site, in one of three places
  CHECK(multiplicity(split.space_group, split.sites[3].position) == 6);
}

TEST_CASE("sites that share a place or a label keep apart names; dummies and unknown values are left out") {
  const auto shared = structure_of(changed("O1 O2-", "Cr1 Mn4+ 0 0 0 0 0.006\nO1 O2-"));
  REQUIRE(shared.sites.size() == 4);
  CHECK(shared.sites[1].label == "Cr1");
  CHECK(shared.sites[2].label == "Cr1_Mn");
  CHECK(error_of(changed("O1 O2-", "Cr1 Cr2+ 0 0 0 0 0.006\nCr1 Cr 0 0 0 0 0.006\nO1 O2-")) ==
        "21: site \"Cr1\" is listed twice with the same element, expected different labels");
  const std::string flagged = replaced(
      changed("_atom_site_occupancy\n", "_atom_site_occupancy\n_atom_site_calc_flag\n"), "0.9 ", "0.9 dum ");
  const auto dummies =
      structure_of(replaced(replaced(flagged, "0 0 0 1 ", "0 0 0 1 d "), "(13) 1 ", "(13) ? . "));
  REQUIRE(dummies.sites.size() == 2);
  CHECK(dummies.sites[0].label == "Cr1");
  CHECK(dummies.sites[1].occupancy == 1);
  const auto unlabelled = structure_of(
      replaced(replaced(replaced(changed("_atom_site_label\n", ""), "Na1 Na1+", "Na1+"), "Cr1 Cr3+", "Cr3+"),
               "O1 O2-", "O2-"));
  CHECK(unlabelled.sites[0].label == "Na1+");
  CHECK(unlabelled.sites[0].species == Species{11, 1});
}

TEST_CASE("the first data block with atoms is read, or the one asked for, or all") {
  const std::string file =
      "data_info\n_pd_instr 'x'\n" + sound + p2_cell + operations_of_p63mmc + p2_sites + "data_end\n_x 1\n";
  CHECK(structure_of(file).name == "O3");
  CHECK(try_parse_cif(file, "a.cif", "P2").value().name == "P2");
  const auto all = parse_cif_structures(file, "a.cif");
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "O3");
  CHECK(all[1].name == "P2");
  CHECK(try_parse_cif(file, "a.cif", "P3").error().what() ==
        std::string("a.cif:1: no data block \"P3\", expected one of info, O3, P2, end"));
  CHECK(try_parse_cif(file, "a.cif", "info").error().what() ==
        std::string(
            "a.cif:1: no _cell_length_a in data block \"info\", expected the six values of the unit cell"));
  // a fault in a later block does not keep the first from being read
  CHECK(try_parse_cif(file + "data_bad\n_atom_site_fract_x 1\n", "a.cif"));
  CHECK(!try_parse_cif_structures(file + "data_bad\n_atom_site_fract_x 1\n", "a.cif"));
}

TEST_CASE("every fault of syntax is one line with the place, the fault and what was expected") {
  const std::string any = ", expected tags and values";
  CHECK(error_of("") == "1: is empty, expected a CIF with a data_ block");
  CHECK(error_of("\n # only a comment\n") == "1: is empty, expected a CIF with a data_ block");
  CHECK(error_of("10 5\n11 6\n") ==
        "1: not valid CIF: text before the first data block, expected data_ and a name");
  CHECK(error_of("\n\n<?xml version=\"1.0\"?>") ==
        "3: not valid CIF: text before the first data block, expected data_ and a name");
  CHECK(error_of("_cell_length_a 3\n" + sound) ==
        "1: not valid CIF: text before the first data block, expected data_ and a name");
  CHECK(error_of(std::string("data_x\n\0\1\2", 10)) ==
        "2: not valid CIF: binary data, expected tags and values");
  CHECK(error_of(changed("'R -3 m :H'", "'R -3\x01 m :H'")) ==
        "8: not valid CIF: binary data, expected a value");
  CHECK(error_of(sound + "_x\n;\n\x7F\n;\n") == "23: not valid CIF: binary data, expected a value");
  CHECK(error_of(changed("_cell_length_b 2.97421(5)", "_cell_length_b")) ==
        "3: not valid CIF: tag \"_cell_length_b\" without a value, expected one");
  CHECK(error_of("data_x\n_tag\n") == "2: not valid CIF: tag \"_tag\" without a value, expected one");
  CHECK(error_of(changed("_cell_length_b 2.97421(5)", "_cell_length_b 2.97421 (5)")) ==
        "3: not valid CIF: value \"(5)\" without a tag, expected a tag, loop_ or data_");
  CHECK(error_of(changed("'R -3 m :H'", "'R -3 m :H")) ==
        "8: not valid CIF: quoted text without the quote that ends it, expected a value");
  CHECK(error_of(sound + "_x\n;\ntext\n") ==
        "22: not valid CIF: text field without the semicolon that ends it, expected a value");
  CHECK(error_of(sound + "_x\n;\ntext\n;more\n") ==
        "24: not valid CIF: text after the semicolon that ends a text field, expected a value");
  CHECK(error_of(sound + "loop_\n") == "21: not valid CIF: loop_ without tags, expected some");
  CHECK(error_of(sound + "stop_\nstop_\n") ==
        "22: not valid CIF: stop_ outside a loop, expected a tag, loop_ or data_");
  CHECK(error_of(sound + "save_x\n_y 1\n") ==
        "21: not valid CIF: save frame without its end, expected save_");
  CHECK(error_of(sound + "save_\n") == "21: not valid CIF: end of no save frame, expected save_ and a name");
  CHECK(error_of(sound + "save_x\nsave_y\n") ==
        "22: not valid CIF: save frame in a save frame, expected save_");
  CHECK(error_of(sound + "_ 1\n") == "21: not valid CIF: tag without a name" + any);
  CHECK(error_of(sound + "_x $frame\n") == "21: not valid CIF: frame reference ($), expected a value");
  CHECK(error_of(changed("0 0 0.26721(13) 1 .", "0 0 0.267")) ==
        "10: not valid CIF: loop of 7 columns with 19 values, expected a multiple of 7");
  CHECK(error_of(sound.substr(0, sound.find("Cr1"))).find("no error") ==
        0);  // cut between two rows: nothing can tell
  CHECK(error_of(sound.substr(0, sound.find("O1 O2-") + 4))
            .starts_with("10: not valid CIF: loop of 7 columns with 16 values"));
}

TEST_CASE("every fault of meaning is one line with the place, the fault and what was expected") {
  CHECK(error_of("data_x\n_cell_length_a 3\n") ==
        "1: no atoms in data block \"x\", expected a loop of sites with _atom_site_fract_x, _y and _z");
  CHECK(error_of("data_x\ndata_y\n_cell_length_a 3\n") ==
        "1: no atoms in any of 2 data blocks, expected a loop of sites with _atom_site_fract_x, _y and _z");
  CHECK(error_of(sound.substr(0, sound.find("Na1 Na1+"))) ==
        "10: no atoms in the loop of sites, expected at least one that is no dummy");

  CHECK(error_of(changed("_cell_length_c 15.95554(15)\n", "")) ==
        "1: no _cell_length_c in data block \"O3\", expected the six values of the unit cell");
  CHECK(error_of(changed("15.95554(15)", "sixteen")) ==
        "4: _cell_length_c \"sixteen\" is not a number, expected a number from 0.1 to 10000 Å");
  CHECK(error_of(changed("15.95554(15)", "?")) ==
        "4: _cell_length_c ? or . is not a number, expected a number from 0.1 to 10000 Å");
  CHECK(error_of(changed("15.95554(15)", "nan")) ==
        "4: _cell_length_c \"nan\" is not finite, expected a number from 0.1 to 10000 Å");
  CHECK(error_of(changed("15.95554(15)", "1e999")) ==
        "4: _cell_length_c \"1e999\" is too large or too small for a double, expected a number from 0.1 to "
        "10000 Å");
  CHECK(error_of(changed("15.95554(15)", "-15.9")) ==
        "4: _cell_length_c -15.9, expected a number from 0.1 to 10000 Å");
  CHECK(error_of(changed("15.95554(15)", "15.9(a)")) ==
        "4: _cell_length_c \"15.9(a)\" is not a number with an esd in parentheses, expected a number from "
        "0.1 to 10000 Å");
  CHECK(error_of(changed("15.95554(15)", "15.9(5")) ==
        "4: _cell_length_c \"15.9(5\" is not a number with an esd in parentheses, expected a number from 0.1 "
        "to 10000 Å");
  CHECK(error_of(changed("15.95554(15)", "15.9()")) ==
        "4: _cell_length_c \"15.9()\" is not a number with an esd in parentheses, expected a number from 0.1 to 10000 Å");
  CHECK(error_of(changed("15.95554(15)", "15.9(1.2.3)")) ==
        "4: _cell_length_c \"15.9(1.2.3)\": the esd in parentheses is not a number, expected such as 1.234(5)");
  CHECK(error_of(changed("15.95554(15)", "15.9(" + std::string(330, '9') + ")"))
            .ends_with("the esd in parentheses is too large or too small for a double, expected such as 1.234(5)"));
  CHECK(error_of(changed("15.95554(15)", "15,9")) ==
        "4: _cell_length_c \"15,9\" is not a number, expected a number from 0.1 to 10000 Å");
  CHECK(error_of(changed("_cell_angle_gamma 120", "_cell_angle_gamma 180")) ==
        "7: _cell_angle_gamma 180, expected a number from 1 to 179 degrees");
  CHECK(error_of(changed("_cell_angle_alpha 90\n_cell_angle_beta 90",
                         "_cell_angle_alpha 120\n_cell_angle_beta 120")) ==
        "7: impossible unit cell (a b c alpha beta gamma = 2.97421 2.97421 15.95554 120 120 120), expected "
        "angles that enclose a volume");
  CHECK(error_of(
            changed("_cell_length_c 15.95554(15)\n", "_cell_length_c 15.95554(15)\n_cell_length_c 14\n")) ==
        "5: tag _cell_length_c is given twice, expected once (also on line 4)");

  CHECK(error_of(
            changed("_symmetry_space_group_name_H-M 'R -3 m :H'\n_symmetry_Int_Tables_number 166\n", "")) ==
        "1: no space group in data block \"O3\", expected symmetry operations or a Hermann-Mauguin symbol");
  CHECK(error_of(replaced(changed("'R -3 m :H'", "'I m m x'"), "166", "71")) ==
        "8: space group \"I m m x\" is not tabulated, expected the list of its symmetry operations");
  CHECK(error_of(replaced(changed("'R -3 m :H'", "'R -3 m :R'"), "166", "166"))
            .starts_with("8: the cell 2.97421 2.97421 15.95554 90 90 120 does not have the symmetry of space group \"R-3m:R\""));
  CHECK(error_of(changed("_symmetry_Int_Tables_number 166", "_symmetry_Int_Tables_number 160")) ==
        "9: space group number 160 contradicts the symbol \"R -3 m :H\", expected 166");
  CHECK(error_of(changed("_symmetry_Int_Tables_number 166", "_symmetry_Int_Tables_number 231")) ==
        "9: space group number 231, expected a number from 1 to 230");
  CHECK(error_of(changed("_symmetry_Int_Tables_number 166", "_symmetry_Int_Tables_number 12.5")) ==
        "9: space group number 12.5, expected a whole number");
  CHECK(error_of(changed("_cell_angle_gamma 120", "_cell_angle_gamma 90")) ==
        "8: the cell 2.97421 2.97421 15.95554 90 90 90 does not have the symmetry of space group \"R-3m\", "
        "expected the axes of its "
        "symmetry operations (standard setting, hexagonal axes for R groups)");
  CHECK(error_of(changed("_cell_length_b 2.97421(5)", "_cell_length_b 2.99"))
            .starts_with("8: the cell 2.97421 2.99 15.95554 90 90 120 does not"));
  const std::string orthorhombic =
      replaced(replaced(p2_cell, "_cell_angle_gamma 120", "_cell_angle_gamma 90"), "data_P2", "data_x");
  CHECK(error_of(orthorhombic + "_space_group_name_H-M_alt 'P m m n'\n" + p2_sites) ==
        "8: space group \"P m m n\" has two choices of origin, expected \"P m m n :2\" or the symmetry "
        "operations");
  CHECK(error_of(orthorhombic + "_space_group_IT_number 59\n" + p2_sites)
            .starts_with("8: space group \"59\" has two choices of origin"));
  CHECK(error_of(p2_cell + replaced(operations_of_p63mmc, " '-x, -x+y, z+1/2'", "") + p2_sites) ==
        "8: the 23 symmetry operations are not a group, expected all 24 that they generate");
  CHECK(error_of(p2_cell + "_space_group_name_H-M_alt 'P 63 m c'\n" + operations_of_p63mmc + p2_sites) ==
        "9: 24 symmetry operations contradict the space group \"P 63 m c\", expected 12");
  CHECK(error_of(p2_cell + "_space_group_IT_number 193\n" + operations_of_p63mmc + p2_sites) ==
        "9: the symmetry operations are those of P63/mmc, expected space group number 194, not 193");
  CHECK(error_of(p2_cell + replaced(operations_of_p63mmc, "'-y, x-y, z'", "'-y, x-w, z'") + p2_sites) ==
        "10: symmetry operation \"-y, x-w, z\", character 7: unknown character; expected three "
        "comma-separated parts such as \"-y,x-y,z+1/3\"");
  CHECK(error_of(p2_cell + "loop_\n_symmetry_equiv_pos_as_xyz\n'y,x,z'\n'-x,x+x+y,z'\n" + p2_sites) ==
        "8: symmetry operations of unnamed do not form a space group, expected operations that close to at "
        "most 192");

  CHECK(error_of(changed("Cr3+", "Xx")) ==
        "19: site \"Cr1\": \"Xx\" is not a chemical species: expected an element symbol such as Na");
  CHECK(error_of(changed("Cr3+", "\n;Xx\ny\n;\n")) ==
        "20: site \"Cr1\": \"Xx?y\" is not a chemical species: expected an element symbol such as Na");
  CHECK(error_of(changed("Cr3+", std::string(5000, 'X'))).size() < 200);
  CHECK(error_of(changed("Cr3+", "Cr3"))
            .starts_with(
                "19: site \"Cr1\": \"Cr3\" is not a chemical species: expected the sign of the charge"));
  CHECK(error_of(changed("0.26721(13)", "?")) ==
        "20: site \"O1\": _atom_site_fract_z ? or . is not a number, expected a number from -100 to 100 "
        "(fraction of the cell edge)");
  CHECK(error_of(changed("0.26721(13)", "inf"))
            .starts_with("20: site \"O1\": _atom_site_fract_z \"inf\" is not finite"));
  CHECK(error_of(changed("0.26721(13)", "1e9"))
            .starts_with("20: site \"O1\": _atom_site_fract_z 1e+09, expected a number from -100 to 100"));
  CHECK(error_of(changed("0.5 0.9", "0.5 1.1")) ==
        "18: site \"Na1\": occupancy 1.1, expected a number from 0 to 1");
  CHECK(error_of(changed("0.5 0.9", "0.5 -0.1")) ==
        "18: site \"Na1\": occupancy -0.1, expected a number from 0 to 1");
  CHECK(error_of(changed("0.5 0.9", "0.5 NaN")) ==
        "18: site \"Na1\": occupancy \"NaN\" is not finite, expected a number from 0 to 1");
  CHECK(error_of(changed("0.012(1)", "-0.01")) ==
        "18: site \"Na1\": U_iso -0.01, expected a number from 0 to 5 Å²");
  CHECK(error_of(changed("_atom_site_fract_y\n", "_atom_site_fract_yy\n")) ==
        "10: no x, y and z of the sites, expected _atom_site_fract_x, _y and _z in one loop");
  CHECK(error_of(replaced(changed("_atom_site_label\n", "_a\n"), "_atom_site_type_symbol\n", "_b\n")) ==
        "10: sites without labels and species, expected _atom_site_label or _atom_site_type_symbol");
  CHECK(error_of(changed("Cr1 Cr3+", ". Cr3+")) == "19: site without a label, expected one such as Na1");
  CHECK(error_of(changed("_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n",
                         "_atom_site_Cartn_x\n_atom_site_Cartn_y\n_atom_site_Cartn_z\n")) ==
        "1: no atoms in data block \"O3\", expected a loop of sites with _atom_site_fract_x, _y and _z");
}

TEST_CASE("a stated multiplicity must fit the position") {
  const auto with = [](const std::string& multiplicity) {
    std::string text = changed("_atom_site_occupancy", "_atom_site_symmetry_multiplicity");
    return replaced(replaced(replaced(text, "0.5 0.9 ", "0.5 3 "), "0 0 0 1 ", "0 0 0 ? "), "(13) 1 ",
                    "(13) " + multiplicity + " ");
  };
  CHECK(structure_of(with("6")).sites.size() == 3);
  CHECK(structure_of(with("2")).sites.size() == 3);  // without centring
  CHECK(error_of(with("18")) ==
        "20: site \"O1\": stated multiplicity 18, expected 6 for its position in space group \"R-3m\"");
  CHECK(error_of(with("six")).starts_with("20: site \"O1\": multiplicity \"six\" is not a number"));
}

TEST_CASE("files that are missing or directories are one clear error") {
  const lamella_test::ScratchFolder folder;
  const auto missing = folder.path / "missing.cif";
  CHECK(try_read_cif(missing).error().what() == missing.string() + ": no such file");
  CHECK(try_read_cif_structures(folder.path).error().what() ==
        folder.path.string() + ": is a directory, expected a file");
  CHECK_THROWS_WITH_AS(read_cif(missing), (missing.string() + ": no such file").c_str(), Error);
  CHECK_THROWS_AS(read_cif_structures(folder.file("a.cif", "data_x\n")), Error);
  CHECK(read_cif(folder.file("b.cif", sound)).sites.size() == 3);
  CHECK(read_cif(folder.file("b.cif", sound), "O3").name == "O3");
}

// Volumes and contents of the cell: pymatgen 2022.11.7 (CifParser), except LaB6 of NIST, whose old symbol P m 3 m pymatgen
// takes for P1; its volume is stated in the file.
TEST_CASE("data: every CIF gives the cell and the contents that pymatgen finds") {
  const struct {
    const char* file;
    const char* group;
    double volume;
    std::map<std::string, double> contents;
  } cases[] = {
      {"powder/li2mno3_mixtures/LiMnO2_59.cif", "P1", 73.877492, {{"Li+", 2}, {"Mn3+", 2}, {"O2-", 4}}},
      {"powder/li2mno3_mixtures/Li2MnO3_12.cif", "P1", 199.772525, {{"Li+", 8}, {"Mn4+", 4}, {"O2-", 12}}},
      {"powder/li2mno3_mixtures/MnO_225.cif", "P1", 87.765160, {{"Mn", 4}, {"O", 4}}},
      {"powder/li2mno3_mixtures/TiO2_141.cif", "P1", 137.243344, {{"Ti", 4}, {"O", 8}}},
      {"powder/std_pbso4_roundrobin/PbSO4-Wyckoff.cif", "Pnma", 318.502728, {{"Pb", 4}, {"S", 4}, {"O", 16}}},
      {"powder/std_nac_11bm/CaF2.cif", "Fm-3m", 163.184606, {{"Ca", 4}, {"F", 8}}},
      {"powder/std_nac_11bm/NAC.cif",
       "I213",
       1077.274569,
       {{"Na+", 8}, {"Ca2+", 12}, {"Al3+", 8}, {"F-", 56}}},
      {"powder/std_lab6_srm660c/nist_srm660c_100a.cif", "Pm-3m", 71.824243, {{"La", 1}, {"B", 6}}},
      {"powder/std_lab6_srm660c/cod_1000055_LaB6.cif", "Pm-3m", 71.866612, {{"La", 1}, {"B", 6}}},
      {"powder/o3_nacro2_lab/nacro2_gsas2.cif", "R-3m", 122.232135, {{"Na", 3}, {"Cr", 3}, {"O", 6}}},
      {"structures/Li2MnO3_12.cif", "P1", 199.772525, {{"Li+", 8}, {"Mn4+", 4}, {"O2-", 12}}},
      {"structures/zincite.cif", "P63mc", 47.630477, {{"Zn2+", 2}, {"O2-", 2}}},
      {"structures/dans_Na0.8CoO2_P63mmc.cif", "P63/mmc", 75.970346, {{"Na", 1.6}, {"Co", 2}, {"O", 4}}},
      {"structures/corundum.cif", "R-3c", 254.822665, {{"Al3+", 12}, {"O2-", 18}}},
      {"structures/fluorite.cif", "Fm-3m", 163.039788, {{"Ca2+", 4}, {"F-", 8}}},
      {"structures/1550397.cif", "R-3m", 96.771990, {{"Li", 3}, {"Co", 3}, {"O", 6}}},
      {"structures/NaNiO2_C2m_Dick1997_reconstructed.cif",
       "C2/m",
       79.161193,
       {{"Na", 2}, {"Ni", 2}, {"O", 4}}},
      {"patternformats/pdcif/nist_srm660c_100a.cif", "Pm-3m", 71.824243, {{"La", 1}, {"B", 6}}},
      {"patternformats/pdcif/1517474.cif",
       "R-3",
       3957.081707,
       {{"Zn", 18}, {"H", 18}, {"C", 72}, {"O", 54}}},
  };
  for (const auto& c : cases) {
    CAPTURE(std::string(c.file));
    const auto result = try_read_cif(fs::path(LAMELLA_DATA_DIR) / c.file);
    if (!result) FAIL_CHECK(std::string(result.error().what()));
    if (!result) continue;
    const auto& s = result.value();
    CHECK(s.space_group.name() == c.group);
    CHECK(std::abs(volume(s.cell) - c.volume) < 2e-5);
    std::map<std::string, double> contents;
    for (const auto& site : s.sites)
      contents[to_string(site.species)] +=
          static_cast<double>(multiplicity(s.space_group, site.position)) * site.occupancy;
    REQUIRE(contents.size() == c.contents.size());
    for (const auto& [species, count] : c.contents)
      CHECK(contents[species] == doctest::Approx(count).epsilon(1e-12));
    CHECK(read_cif_structures(fs::path(LAMELLA_DATA_DIR) / c.file).size() == 1);
  }
}

TEST_CASE("data: labels, positions and displacements are those in the files") {
  const fs::path data = LAMELLA_DATA_DIR;
  const auto nacro2 = read_cif(data / "powder/o3_nacro2_lab/nacro2_gsas2.cif");
  CHECK(nacro2.name == "O3_NaCrO2");
  CHECK(nacro2.cell.a == 2.97421);
  CHECK(nacro2.cell.c == 15.95554);
  CHECK(nacro2.sites[2].label == "O1");
  CHECK(nacro2.sites[2].position.z == 0.26721);
  const auto licoo2 = read_cif(data / "structures/1550397.cif");
  CHECK(licoo2.cell.c == 14.0664);
  CHECK(licoo2.sites[0].position.z == 0.5);
  CHECK(licoo2.sites[2].position.z == 0.2592);
  CHECK(licoo2.sites[2].u_iso == 0.023);
  const auto lab6 = read_cif(data / "powder/std_lab6_srm660c/nist_srm660c_100a.cif");
  CHECK(lab6.name == "cell_LaB6_660c");
  CHECK(lab6.cell.a == 4.15678);
  CHECK(lab6.sites[1].position.x == 0.198);
  CHECK(lab6.sites[1].u_iso == 0.0035);
}

// The file states U_iso_or_equiv beside the U_ij from which its program computed them.
TEST_CASE("data: the mean of anisotropic displacements is the one that the file states") {
  const std::string text = content_of(fs::path(LAMELLA_DATA_DIR) / "structures/dans_Na0.8CoO2_P63mmc.cif");
  const auto stated = structure_of(text);
  const auto computed =
      structure_of(replaced(text, "_atom_site_U_iso_or_equiv", "_atom_site_details_of_ours"));
  REQUIRE(stated.sites.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(stated.sites[i].u_iso > 0);
    CHECK(std::abs(computed.sites[i].u_iso - stated.sites[i].u_iso) < 6e-7);
  }
}
