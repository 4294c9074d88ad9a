#include <lamella/io/poscar.hpp>

#include <lamella/crystal/cell_contents.hpp>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "scratch_folder.hpp"

using namespace lamella;

namespace {

const std::string vasp5 =
    "NaCoO2 in one layer\n"
    "1.0\n"
    "  2.9 0.0 0.0\n"
    "  -1.45 2.511473670974872 0.0\n"
    "  0.0 0.0 5.6\n"
    "Na Co O\n"
    "1 1 2\n"
    "Direct\n"
    "0.0 0.0 0.5\n"
    "0.0 0.0 0.0\n"
    "0.333333333333 0.666666666667 0.17\n"
    "0.666666666667 0.333333333333 -0.17\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string error_of(const std::string& text) {
  const auto result = try_parse_poscar(text, "POSCAR");
  REQUIRE(!result);
  const std::string what = result.error().what();
  REQUIRE(what.starts_with("POSCAR:"));
  CHECK(what.find('\n') == std::string::npos);
  return what.substr(7);
}

std::string species_of(const Structure<double>& s) {
  std::string text;
  for (const auto& site : s.sites) text += (text.empty() ? "" : " ") + to_string(site.species);
  return text;
}

}  // namespace

TEST_CASE("a POSCAR of VASP 5 is read in P1 with numbered labels") {
  const auto s = parse_poscar(vasp5, "POSCAR");
  CHECK(s.name == "NaCoO2 in one layer");
  CHECK(s.space_group.order() == 1);
  CHECK(s.space_group.name() == "P1");
  CHECK(s.cell.a == doctest::Approx(2.9).epsilon(1e-15));
  CHECK(s.cell.b == doctest::Approx(2.9).epsilon(1e-12));
  CHECK(s.cell.c == 5.6);
  CHECK(s.cell.alpha == 90);
  CHECK(s.cell.beta == 90);
  CHECK(s.cell.gamma == 120);  // exactly, so that symmetry is seen
  REQUIRE(s.sites.size() == 4);
  CHECK(s.sites[0].label == "Na1");
  CHECK(s.sites[2].label == "O1");
  CHECK(s.sites[3].label == "O2");
  CHECK(s.sites[3].position.z == -0.17);  // as written
  for (const auto& site : s.sites) {
    CHECK(site.occupancy == 1);
    CHECK(site.u_iso == default_u_iso);
  }
  CHECK(species_of(s) == "Na Co O O");
}

TEST_CASE("line ends, blanks, tabs and a byte order mark make no difference") {
  const auto wanted = parse_poscar(vasp5, "POSCAR");
  std::string crlf = "\xEF\xBB\xBF";
  for (const char c : vasp5) crlf += c == '\n' ? "\r\n" : c == ' ' ? "\t  " : std::string(1, c);
  const auto s = parse_poscar(crlf, "POSCAR");
  CHECK(s.cell.b == wanted.cell.b);
  REQUIRE(s.sites.size() == 4);
  CHECK(s.sites[2].position.y == wanted.sites[2].position.y);
}

TEST_CASE("scale factors: one, a volume, three components") {
  const auto plain = parse_poscar(vasp5, "POSCAR");
  const auto doubled = parse_poscar(replaced(vasp5, "\n1.0\n", "\n2.0 a comment\n"), "POSCAR");
  CHECK(doubled.cell.c == doctest::Approx(11.2));
  CHECK(volume(doubled.cell) == doctest::Approx(8 * volume(plain.cell)));
  const auto by_volume = parse_poscar(replaced(vasp5, "\n1.0\n", "\n-40.5\n"), "POSCAR");
  CHECK(volume(by_volume.cell) == doctest::Approx(40.5).epsilon(1e-13));
  CHECK(by_volume.cell.c / by_volume.cell.a == doctest::Approx(5.6 / 2.9).epsilon(1e-13));
  const auto three = parse_poscar(replaced(vasp5, "\n1.0\n", "\n1 1 1.5\n"), "POSCAR");
  CHECK(three.cell.a == doctest::Approx(2.9));
  CHECK(three.cell.c == doctest::Approx(8.4));
  // Cartesian coordinates are scaled with the vectors.
  for (const char* scale : {"1", "1.7", "-40.5", "1 2 3"}) {
    CAPTURE(scale);
    auto text = replaced(replaced(vasp5, "\n1.0\n", "\n" + std::string(scale) + "\n"), "Direct", "Cartesian");
    text = replaced(text, "0.333333333333 0.666666666667 0.17", "0.0 1.6743157806499147 0.952");
    const auto s = parse_poscar(text, "POSCAR");
    CHECK(s.sites[2].position.x == doctest::Approx(1.0 / 3).epsilon(1e-12));
    CHECK(s.sites[2].position.y == doctest::Approx(2.0 / 3).epsilon(1e-12));
    CHECK(s.sites[2].position.z == doctest::Approx(0.17).epsilon(1e-12));
  }
  CHECK(error_of(replaced(vasp5, "\n1.0\n", "\n0\n")).starts_with("2: scale factor 0, expected a factor above 0"));
  CHECK(error_of(replaced(vasp5, "\n1.0\n", "\n1 2\n")) == "2: 2 scale factors, expected one or three");
  CHECK(error_of(replaced(vasp5, "\n1.0\n", "\n1 -2 1\n")) == "2: scale factor -2, expected three factors above 0");
  CHECK(error_of(replaced(vasp5, "\n1.0\n", "\n1,0\n")) ==
        "2: the scale factor \"1,0\" is not a number, expected a number such as 0.25");
  CHECK(error_of(replaced(vasp5, "\n1.0\n", "\n\n")).starts_with("2: the scale factor \"\" is not a number"));
}

TEST_CASE("left-handed vectors are read as the same crystal, not its mirror image") {
  // Four atoms without any symmetry: the sign of their triple product tells the hand.
  const std::string head = "x\n1\n";
  const std::string atoms = "Na Co O F\n1 1 1 1\nCartesian\n0 0 0\n1 0.1 0.2\n0.3 1.5 0.1\n0.2 0.4 2.0\n";
  const auto hand = [](const Structure<double>& s) {
    std::vector<Cartesian<double>> p;
    for (const auto& site : s.sites) p.push_back(to_cartesian(s.cell, site.position) - to_cartesian(s.cell, s.sites[0].position));
    return p[1].x * (p[2].y * p[3].z - p[2].z * p[3].y) - p[1].y * (p[2].x * p[3].z - p[2].z * p[3].x) +
           p[1].z * (p[2].x * p[3].y - p[2].y * p[3].x);
  };
  const auto right = parse_poscar(head + "5 0 0\n0 6 0\n0.5 0 7\n" + atoms, "POSCAR");
  const auto left = parse_poscar(head + "0 6 0\n5 0 0\n0.5 0 7\n" + atoms, "POSCAR");
  CHECK(hand(right) > 1);
  CHECK(hand(left) == doctest::Approx(hand(right)).epsilon(1e-12));
  CHECK(left.cell.a == 6);
  CHECK(left.cell.beta == right.cell.alpha);
  const auto direct = parse_poscar(head + "0 6 0\n5 0 0\n0.5 0 7\nNa\n1\nDirect\n0.1 0.2 0.3\n", "POSCAR");
  CHECK(direct.sites[0].position.x == -0.1);
  CHECK(direct.sites[0].position.z == -0.3);
}

TEST_CASE("species: several lines, repeated, with suffixes of potentials and charges") {
  CHECK(species_of(parse_poscar(replaced(vasp5, "Na Co O\n", "Na_pv/f474ac0d  Co_sv/79d9987ad87  O_s\n"), "p")) == "Na Co O O");
  CHECK(species_of(parse_poscar(replaced(vasp5, "Na Co O\n", "Na+ Co3+ O2-\n"), "p")) == "Na+ Co3+ O2- O2-");
  CHECK(species_of(parse_poscar(replaced(vasp5, "Na Co O\n1 1 2\n", "Na Co\nO\n1 1\n2\n"), "p")) == "Na Co O O");
  const auto repeated = parse_poscar(replaced(vasp5, "Na Co O\n1 1 2\n", "O Co O Na\n1 1 1 1 ! counts\n"), "p");
  CHECK(species_of(repeated) == "O Co O Na");
  CHECK(repeated.sites[2].label == "O2");
  CHECK(species_of(parse_poscar(replaced(vasp5, "0.0 0.0 0.5\n", "0.0 0.0 0.5 Na1+\n"), "p")) == "Na+ Co O O");
  CHECK(species_of(parse_poscar(replaced(vasp5, "Na Co O\n1 1 2\n", "Na Ni Co O\n1 0 1 2\n"), "p")) == "Na Co O O");
  CHECK(error_of(replaced(vasp5, "Na Co O\n", "Na Xx O\n")) ==
        "6: \"Xx\" is no chemical element or ion, expected a symbol such as Na, Na_pv or Na+");
  CHECK(error_of(replaced(vasp5, "0.0 0.0 0.5\n", "0.0 0.0 0.5 K\n")) ==
        "9: the atom is K here and Na in the list of symbols, expected the same");
}

TEST_CASE("a POSCAR of VASP 4 takes its symbols from the atoms or the comment") {
  const auto bare = replaced(vasp5, "Na Co O\n", "");
  CHECK(error_of(bare) == "8: no symbol behind the coordinates in a file of VASP 4, expected one such as Na");
  CHECK(species_of(parse_poscar(replaced(bare, "NaCoO2 in one layer", "Na Co O"), "p")) == "Na Co O O");
  CHECK(error_of(replaced(bare, "NaCoO2 in one layer", "Na Co O2")).starts_with("8: no symbol"));
  CHECK(error_of(replaced(bare, "NaCoO2 in one layer", "Na Co")).starts_with("8: no symbol"));
  auto symbols = replaced(replaced(bare, "0.0 0.0 0.5\n", "0.0 0.0 0.5 Na+\n"), "0.0 0.0 0.0\n0.3", "0.0 0.0 0.0 Co\n0.3");
  symbols = replaced(replaced(symbols, "0.17\n", "0.17 O\n"), "-0.17\n", "-0.17 O\n");
  CHECK(species_of(parse_poscar(symbols, "p")) == "Na+ Co O O");
}

TEST_CASE("selective dynamics, kinds of coordinates, and what follows the atoms") {
  auto selective = replaced(vasp5, "Direct\n", "Selective Dynamics \ncartesian\n");
  CHECK(error_of(selective) == "10: no flags of selective dynamics behind the coordinates, expected three of T and F");
  for (const char* end : {"0.5\n", "0.0\n0.3", "0.17\n", "-0.17\n"})
    selective = replaced(selective, end, replaced(end, "\n", " T F .TRUE.\n"));
  CHECK(parse_poscar(selective, "p").sites[0].position.z == doctest::Approx(0.5 / 5.6));
  for (const char* mode : {"D", "direct", "Dir"}) CHECK(parse_poscar(replaced(vasp5, "Direct", mode), "p").sites.size() == 4);
  for (const char* mode : {"C", "cart", "K", "kartesisch"})
    CHECK(parse_poscar(replaced(vasp5, "Direct", mode), "p").sites[0].position.z == doctest::Approx(0.5 / 5.6));
  CHECK(error_of(replaced(vasp5, "Direct", "")) ==
        "8: \"\" in place of the kind of coordinates, expected \"Direct\" or \"Cartesian\"");
  CHECK(error_of(replaced(vasp5, "Direct\n", "")) ==
        "8: \"0.0 0.0 0.5\" in place of the kind of coordinates, expected \"Direct\" or \"Cartesian\"");
  CHECK(parse_poscar(vasp5 + "\n  NaN NaN NaN\n rubbish", "p").sites.size() == 4);
}

TEST_CASE("faults are named with their line") {
  CHECK(error_of("") == "1: the file ends here, expected a comment");
  CHECK(error_of("x\n") == "2: the file ends here, expected the scale factor");
  CHECK(error_of("x\n1\n1 0 0\n") == "4: the file ends here, expected lattice vector b");
  CHECK(error_of(vasp5.substr(0, vasp5.find("Direct"))).starts_with("8: the file ends here, expected \"Selective dynamics\""));
  CHECK(error_of(vasp5.substr(0, vasp5.find("0.666666666667 0.33"))) == "12: the file ends here, expected the coordinates of an atom");
  CHECK(error_of(replaced(vasp5, "2.9 0.0 0.0", "2.9 0.0")) == "3: lattice vector a has 2 components, expected three");
  CHECK(error_of(replaced(vasp5, "2.9 0.0 0.0", "2,9 0.0 0.0")) ==
        "3: lattice vector a \"2,9\" is not a number, expected a number such as 0.25");
  CHECK(error_of(replaced(vasp5, "2.9 0.0 0.0", "nan 0.0 0.0")).starts_with("3: lattice vector a \"nan\" is not finite"));
  CHECK(error_of(replaced(vasp5, "2.9 0.0 0.0", "0.0 0.0 0.0")) == "5: lattice vector a is 0 Å long, expected 0.1 to 10000 Å");
  CHECK(error_of(replaced(vasp5, "2.9 0.0 0.0", "1e300 0.0 0.0")).starts_with("5: lattice vector"));
  CHECK(error_of(replaced(vasp5, "2.9 0.0 0.0", "-1.45 2.511473670974872 0.0")) ==
        "5: the lattice vectors enclose no volume, expected three that do not lie in a plane");
  CHECK(error_of(replaced(replaced(vasp5, "\n1.0\n", "\n-30\n"), "2.9 0.0 0.0", "-1.45 2.511473670974872 0.0")) ==
        "5: the lattice vectors enclose no volume, expected three that do not lie in a plane");
  CHECK(error_of(replaced(vasp5, "1 1 2\n", "1 1\n")) == "8: the number of atoms \"Direct\" is not a number, expected a number such as 0.25");
  CHECK(error_of(replaced(vasp5, "1 1 2\n", "1 1 2 1\n")) == "7: 4 numbers of atoms, expected 3, one for each symbol");
  CHECK(error_of(replaced(vasp5, "1 1 2\n", "1 1 2.5\n")) == "7: number of atoms 2.5, expected a whole number from 0 to 10000000");
  CHECK(error_of(replaced(vasp5, "1 1 2\n", "1 1 -2\n")).starts_with("7: number of atoms -2, expected"));
  CHECK(error_of(replaced(vasp5, "1 1 2\n", "0 0 0\n")) == "7: 0 atoms, expected 1 to 10000000");
  CHECK(error_of(replaced(vasp5, "1 1 2\n", "1 1 9999999\n")) == "7: 10000001 atoms, expected 1 to 10000000");
  CHECK(error_of(replaced(vasp5, "0.0 0.0 0.5", "0.0 0.0 0,5")) ==
        "9: coordinate \"0,5\" is not a number, expected a number such as 0.25");
  CHECK(error_of(replaced(vasp5, "0.0 0.0 0.5", "0.0 0.0 NaN")).starts_with("9: coordinate \"NaN\" is not finite"));
  CHECK(error_of(replaced(vasp5, "0.0 0.0 0.5", "0.0 0.0")) == "9: atom 1 has 2 coordinates, expected three");
  CHECK(error_of(replaced(vasp5, "0.0 0.0 0.5", "0.0 0.0 1e9")) == "9: fractional coordinate 1e+09, expected at most 1000 in size");
  CHECK(error_of(replaced(vasp5, "1 1 2\n", "1 1 3\n")) == "13: the file ends here, expected the coordinates of an atom");
  CHECK_THROWS_WITH_AS(parse_poscar("", "POSCAR"), "POSCAR:1: the file ends here, expected a comment", Error);
  CHECK_THROWS_AS(read_poscar("/nowhere/POSCAR"), Error);
}

TEST_CASE("what is written reads back as the same crystal") {
  const auto s = parse_poscar(vasp5, "POSCAR");
  const auto again = parse_poscar(to_poscar(s), "again");
  CHECK(again.name == s.name);
  CHECK(volume(again.cell) == doctest::Approx(volume(s.cell)).epsilon(1e-14));
  CHECK(again.cell.gamma == 120);
  REQUIRE(again.sites.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(again.sites[i].species == s.sites[i].species);
    CHECK(again.sites[i].position.x == s.sites[i].position.x);
    CHECK(again.sites[i].position.y == s.sites[i].position.y);
    CHECK(again.sites[i].position.z == s.sites[i].position.z);
  }
  // Symmetry is expanded, atoms are grouped by element.
  Structure<double> o3{"O3\n", space_group("R-3m"), hexagonal_cell(2.96, 16.38), {}};
  o3.sites = {{"O1", parse_species("O2-"), {0, 0, 0.2665}, 1, 0.01}, {"Na1", parse_species("Na+"), {0, 0, 0.5}, 1, 0.01},
              {"Co1", parse_species("Co"), {0, 0, 0}, 1, 0.01},      {"O2", parse_species("O2-"), {0, 0, 0.4}, 1, 0.01}};
  const auto expanded = parse_poscar(to_poscar(o3), "o3");
  CHECK(to_string(cell_formula(expanded)) == to_string(cell_formula([&] {
          auto neutral_sites = o3;
          for (auto& site : neutral_sites.sites) site.species = neutral(site.species);
          return neutral_sites;
        }())));
  CHECK(expanded.sites.size() == 18);
  CHECK(expanded.sites[0].label == "O1");
  CHECK(expanded.sites[12].label == "Na1");
  CHECK(expanded.name == "O3");
  // A general triclinic cell.
  Structure<double> t{"t", SpaceGroup(), {4.1, 5.2, 6.3, 81, 97, 104}, {{"Na1", parse_species("Na"), {0.1, 0.2, 0.3}, 1, 0}}};
  const auto t2 = parse_poscar(to_poscar(t), "t");
  CHECK(t2.cell.alpha == doctest::Approx(81).epsilon(1e-13));
  CHECK(t2.cell.beta == doctest::Approx(97).epsilon(1e-13));
  CHECK(t2.cell.gamma == doctest::Approx(104).epsilon(1e-13));
  CHECK(t2.cell.c == doctest::Approx(6.3).epsilon(1e-14));
  t.sites[0].occupancy = 0.7;
  CHECK_THROWS_WITH_AS(to_poscar(t), doctest::Contains("occupancy 0.7, which a POSCAR cannot hold"), Error);
}

TEST_CASE("data: every POSCAR gives what pymatgen finds") {
  const std::filesystem::path folder = std::filesystem::path(LAMELLA_DATA_DIR) / "volumetric";
  std::ifstream stream(folder / "reference_volumetric.json");
  const auto reference = nlohmann::json::parse(stream).at("poscar");
  std::size_t compared = 0;
  for (const auto& [name, wanted] : reference.items()) {
    if (!wanted.contains("formula")) continue;
    CAPTURE(name);
    const auto s = read_poscar(name.starts_with("iodata/") ? folder / name : folder / "poscar" / name);
    CHECK(s.sites.size() == wanted.at("n_atoms").get<std::size_t>());
    CHECK(volume(s.cell) == doctest::Approx(wanted.at("volume").get<double>()).epsilon(1e-10));
    const std::array<double, 3> edges = {s.cell.a, s.cell.b, s.cell.c}, angles = {s.cell.alpha, s.cell.beta, s.cell.gamma};
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(edges[i] == doctest::Approx(wanted.at("abc")[i].get<double>()).epsilon(1e-10));
      CHECK(angles[i] == doctest::Approx(wanted.at("angles")[i].get<double>()).epsilon(1e-10));
    }
    std::string runs;  // symbols and counts of the runs of equal elements
    for (std::size_t i = 0; i < s.sites.size();) {
      std::size_t j = i;
      while (j < s.sites.size() && neutral(s.sites[j].species) == neutral(s.sites[i].species)) ++j;
      runs += std::string(symbol(s.sites[i].species)) + std::to_string(j - i) + " ";
      i = j;
    }
    std::string wanted_runs;
    const auto& symbols = wanted.at("site_symbols");
    for (std::size_t i = 0; i < symbols.size();) {
      std::size_t count = 0, j = i;
      for (; j < symbols.size() && symbols[j] == symbols[i]; ++j) count += wanted.at("natoms")[j].get<std::size_t>();
      wanted_runs += symbols[i].get<std::string>() + std::to_string(count) + " ";
      i = j;
    }
    CHECK(runs == wanted_runs);
    const auto check = [&](const Fractional<double>& p, const nlohmann::json& q) {
      const std::array<double, 3> own = {p.x, p.y, p.z};
      double worst_kept = 0, worst_reversed = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        worst_kept = std::max(worst_kept, std::abs(own[i] - q[i].get<double>()));
        worst_reversed = std::max(worst_reversed, std::abs(own[i] + q[i].get<double>()));
      }
      CHECK(std::min(worst_kept, worst_reversed) < 1e-11);  // reversed where the vectors are left-handed
    };
    check(s.sites.front().position, wanted.at("first_frac"));
    check(s.sites.back().position, wanted.at("last_frac"));
    const auto last = to_cartesian(s.cell, s.sites.back().position);
    double squared = 0;
    for (const auto& x : wanted.at("last_cart")) squared += x.get<double>() * x.get<double>();
    CHECK(std::sqrt(dot(last, last)) == doctest::Approx(std::sqrt(squared)).epsilon(1e-9));
    const auto again = parse_poscar(to_poscar(s), name);
    CHECK(again.sites.size() == s.sites.size());
    CHECK(volume(again.cell) == doctest::Approx(volume(s.cell)).epsilon(1e-12));
    ++compared;
  }
  CHECK(compared >= 20);
}
