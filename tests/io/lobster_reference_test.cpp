// Every file of LOBSTER in the reference data against values read from it by other programs.
#include <lamella/bonding/bond_groups.hpp>
#include <lamella/io/cohpcar.hpp>
#include <lamella/io/gzip.hpp>
#include <lamella/io/icohplist.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>

using namespace lamella;

namespace {

const std::string folder = LAMELLA_DATA_DIR "/lobster/";

nlohmann::json reference(const std::string& name) {
  std::ifstream file(folder + name);
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

// The references round to 6 or 8 decimals; summing some hundred values of five decimals adds 1e-13.
constexpr double rounding = 6e-7;

void check_group(const BondGroup& group, const nlohmann::json& expected) {
  CHECK(group.count == expected.at("n").get<std::size_t>());
  CHECK(std::abs(group.sum_over_bonds - expected.at("sum").get<double>()) < rounding);
  CHECK(std::abs(group.mean_per_bond - expected.at("mean").get<double>()) < rounding);
}

void check_pairs(const BondStrengthList& list, const nlohmann::json& expected) {
  const auto pairs = by_element_pair(list);
  CHECK(pairs.size() == expected.size());
  for (const auto& pair : pairs) {
    const std::string name = pair.elements[0] + "-" + pair.elements[1];
    CAPTURE(name);
    REQUIRE(expected.contains(name));
    const BondGroup group = bond_group(list, pair.bonds);
    check_group(group, expected[name]);
    CHECK(group.shortest == expected[name].at("dmin").get<double>());
    if (expected[name].contains("first_shell_1.15dmin")) {
      const auto& shell = expected[name]["first_shell_1.15dmin"];
      const BondGroup near = bond_group(list, first_shell(list, pair.bonds, 1.15));
      check_group(near, shell);
      CHECK(std::abs(near.mean_length - shell.at("mean_length").get<double>()) < rounding);
    }
  }
}

double total(const BondStrengthList& list) {
  return std::accumulate(list.bonds.begin(), list.bonds.end(), 0.0,
                         [](double sum, const auto& b) { return sum + b.spins_summed(); });
}

}  // namespace

TEST_CASE("data: lists: bonds, sums, means, first shells and the strongest bonds as pymatgen reads them") {
  const auto files = reference("reference_icoxx_pymatgen.json").at("files");
  CHECK(files.size() >= 22);
  for (const auto& [name, expected] : files.items()) {
    CAPTURE(name);
    const auto list = read_icohplist(folder + name);
    CHECK(list.spin_polarised == expected.at("spin_polarized").get<bool>());
    CHECK(list.bonds.size() == expected.at("n_bonds").get<std::size_t>());
    CHECK(std::abs(total(list) - expected.at("total_summed_over_spins").get<double>()) < rounding);
    CHECK((list.measure == StrengthMeasure::icobi) == (name.find("ICOBI") != std::string::npos));
    CHECK((list.measure == StrengthMeasure::icoop) == (name.find("ICOOP") != std::string::npos));
    check_pairs(list, expected.at("pairs"));
    for (const auto& strong : expected.at("strongest5")) {
      const BondStrength& bond =
          list.bonds.at(static_cast<std::size_t>(std::stoi(strong.at("label").get<std::string>())) - 1);
      CHECK(list.partners[bond.first].label == strong.at("atoms")[0].get<std::string>());
      CHECK(list.partners[bond.second].label == strong.at("atoms")[1].get<std::string>());
      CHECK(bond.length == strong.at("length").get<double>());
      CHECK(bond.averaged_over == strong.at("num_bonds_avg").get<std::size_t>());
      CHECK(std::abs(bond.spins_summed() - strong.at("icohp_sum").get<double>()) < rounding);
      CHECK(bond.by_spin[0] == strong.at("by_spin").at("1").get<double>());
      if (list.spin_polarised) CHECK(bond.by_spin[1] == strong.at("by_spin").at("-1").get<double>());
      for (std::size_t k = 0; k < 3; ++k)
        CHECK(bond.translation[k] == strong.at("translation")[k].get<int>());
    }
    if (!expected.contains("extremum_icohpvalue") || list.measure != StrengthMeasure::icohp) continue;
    const auto strongest = std::max_element(
        list.bonds.begin(), list.bonds.end(),
        [&](const auto& x, const auto& y) { return list.strength_per_bond(x) < list.strength_per_bond(y); });
    CHECK(std::abs(strongest->spins_summed() - expected["extremum_icohpvalue"].get<double>()) < rounding);
  }
}

TEST_CASE("data: lists of LOBSTER 5.1 with both spins in a row") {
  const auto lists = reference("reference_icohp_v51_plain.json");
  for (const auto& [name, expected] : lists.at("files").items()) {
    CAPTURE(name);
    const auto list = read_icohplist(folder + name);
    CHECK(list.spin_polarised == (expected.at("n_spin_columns") == 2));
    CHECK(list.bonds.size() == expected.at("n_bonds").get<std::size_t>());
    CHECK(list.by_orbitals.size() == expected.at("n_orbital_rows").get<std::size_t>());
    CHECK(std::abs(total(list) - expected.at("total_summed_over_spins").get<double>()) < rounding);
    check_pairs(list, expected.at("pairs"));
    for (const auto& strong : expected.at("strongest3")) {
      const BondStrength& bond = list.bonds.at(strong[1].get<std::size_t>() - 1);
      CHECK(std::abs(bond.spins_summed() - strong[0].get<double>()) < rounding);
      CHECK(list.partners[bond.first].label == strong[2].get<std::string>());
      CHECK(list.partners[bond.second].label == strong[3].get<std::string>());
      CHECK(bond.length == strong[4].get<double>());
    }
  }
}

TEST_CASE("data: what the tests of pymatgen and LobsterPy assert") {
  const auto published = reference("published_values.json");
  const auto& pymatgen = published["pymatgen-core 85392df tests/io/lobster/test_outputs.py"];
  REQUIRE(published.contains("LobsterPy cb39f3a tests/coxx/test_analyze.py"));
  const auto& analysis = published["LobsterPy cb39f3a tests/coxx/test_analyze.py"];

  // LobsterPy prints sums with two decimals, and means with two or three.
  const auto site = [&](const std::string& file, const char* atom, const char* ligand) {
    const auto list = read_icohplist(folder + "lobsterpy/" + file + "/ICOHPLIST.lobster");
    return std::pair{list, strong_bonds(list, bonds_of(list, list.partner(atom), ligand))};
  };
  const auto [batio3, ti] = site("BaTiO3", "Ti2", "O");
  const BondGroup group = bond_group(batio3, ti);
  CHECK(group.count == analysis["BaTiO3"]["number_of_bonds"].get<std::size_t>());
  CHECK(group.sum_over_bonds == doctest::Approx(-21.23516).epsilon(1e-12));  // the plain sum of the six rows
  CHECK(std::abs(group.sum_over_bonds - analysis["BaTiO3"]["Ti site ICOHP_sum"].get<double>()) < 0.0051);
  CHECK(std::abs(group.mean_per_bond - analysis["BaTiO3"]["O-Ti ICOHP_mean"].get<double>()) < 0.0051);
  for (std::size_t i = 0; i < ti.size(); ++i)
    CHECK(std::to_string(ti[i] + 1) == analysis["BaTiO3"]["relevant_bonds"][i].get<std::string>());
  CHECK(polyhedron(batio3, batio3.partner("Ti2"), "O") == ti);  // also the first shell
  const auto [nacl, na] = site("NaCl", "Na1", "Cl");
  CHECK(std::abs(bond_group(nacl, na).sum_over_bonds - analysis["NaCl"]["Na site ICOHP_sum"].get<double>()) <
        0.0051);
  CHECK(std::abs(bond_group(nacl, na).mean_per_bond - analysis["NaCl"]["Cl-Na ICOHP_mean"].get<double>()) <
        0.00051);
  for (std::size_t i = 0; i < na.size(); ++i)
    CHECK(std::to_string(na[i] + 1) == analysis["NaCl"]["relevant_bonds"][i].get<std::string>());
  const auto [spin, na_spin] = site("NaCl_spin", "Na1", "Cl");
  CHECK(std::abs(bond_group(spin, na_spin).mean_per_bond + 0.565) < 0.00051);
  const std::string legacy = folder + "pymatgen_legacy/";
  const auto aln = read_icohplist(legacy + "ICOHPLIST_511_sp.lobster.AlN");
  CHECK(aln.bonds[1].by_spin[0] == pymatgen["ICOHPLIST_511_sp.lobster.AlN"]["label 2 up"].get<double>());
  CHECK(aln.bonds[1].by_spin[1] == pymatgen["ICOHPLIST_511_sp.lobster.AlN"]["label 2 down"].get<double>());
  const auto nacl51 = read_icohplist(legacy + "ICOHPLIST_511_nsp.lobster.NaCl");
  CHECK(nacl51.bonds[12].spins_summed() ==
        pymatgen["ICOHPLIST_511_nsp.lobster.NaCl"]["label 13"].get<double>());
  const auto part =
      std::find_if(nacl51.by_orbitals.begin(), nacl51.by_orbitals.end(), [&](const OrbitalStrength& o) {
        return o.bond == 9 && nacl51.orbitals[o.first_orbital] == "3s" &&
               nacl51.orbitals[o.second_orbital] == "2p_y";
      });
  REQUIRE(part != nacl51.by_orbitals.end());
  CHECK(part->spins_summed() ==
        pymatgen["ICOHPLIST_511_nsp.lobster.NaCl"]["label 10 orbital 3s-2py"].get<double>());
}

TEST_CASE("data: lists between fragments are read, those between several atoms refused") {
  const std::string legacy = folder + "pymatgen_legacy/";
  const auto resolved = read_icohplist(legacy + "ICOHPLIST.LCFO.lobster.AlN");
  const auto plain = read_icohplist(legacy + "ICOHPLIST_non_orbitalwise.LCFO.lobster.AlN");
  for (const auto* list : {&resolved, &plain}) {
    CHECK(list->fragments);
    CHECK(list->bonds.size() == 28);
    CHECK(list->bonds[15].by_spin[0] == -0.2983);
    CHECK(list->bonds[15].by_spin[1] == -0.29842);
    CHECK(list->partners[0].kind == "AlN");
    CHECK(list->partners[0].element == vacancy);
    CHECK(list->partners[1].element == Species{13, 0});
    CHECK_THROWS_AS(anion_bridges(*list), Error);
  }
  CHECK(resolved.by_orbitals.size() == 1180 - 28);
  for (const char* name : {"NcICOBILIST.lobster.nospin", "NcICOBILIST.lobster.withoutorbitals",
                           "NcICOBILIST.lobster.nospin.withoutorbitals"}) {
    const auto refused = try_read_icohplist(legacy + name);
    REQUIRE_FALSE(refused.has_value());
    CHECK(std::string(refused.error().what()) ==
          legacy + name + ":1: a list of bonds between several atoms (NcICOBI), expected bonds between two");
  }
}

TEST_CASE("data: every list: the orbitals of a bond add up to it") {
  std::size_t lists = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("ICO") || name.find("additional_case") != std::string::npos)
      continue;  // those were cut by hand
    CAPTURE(entry.path().string());
    const auto list = read_icohplist(entry.path());
    ++lists;
    if (list.by_orbitals.empty() || list.measure == StrengthMeasure::icobi)
      continue;  // COBI is not additive in the rows shown
    std::vector<double> sum(list.bonds.size());
    std::vector<std::size_t> rows(list.bonds.size());
    for (const auto& part : list.by_orbitals) {
      sum[part.bond] += part.spins_summed();
      ++rows[part.bond];
    }
    for (std::size_t b = 0; b < sum.size();
         ++b)  // rows are rounded to five decimals; up and down, often the same number, alike
      CHECK(std::abs(sum[b] - list.bonds[b].spins_summed()) <
            2e-5 * std::sqrt(static_cast<double>(2 * rows[b])));
  }
  CHECK(lists == 26);
}

TEST_CASE("data: curves: sizes, Fermi level, lengths and values as pymatgen reads them") {
  const auto files = reference("reference_cohpcar_pymatgen.json").at("files");
  CHECK(files.size() >= 11);
  for (const auto& [name, expected] : files.items()) {
    CAPTURE(name);
    const auto text = try_read_unpacked_text(folder + name);
    REQUIRE(text.has_value());
    const auto curves = parse_cohpcar(text.value(), name);
    REQUIRE(curves.energies.size() == expected.at("n_energies").get<std::size_t>());
    CHECK(curves.energies.front() == expected.at("e_min").get<double>());
    CHECK(curves.energies.back() == expected.at("e_max").get<double>());
    CHECK(curves.fermi_energy == expected.at("efermi").get<double>());
    CHECK(curves.spin_polarised == expected.at("spin_polarized").get<bool>());
    std::vector<std::size_t> whole;  // the average and whole bonds
    for (std::size_t i = 0; i < curves.interactions.size(); ++i)
      if (!curves.interactions[i].is_orbital()) whole.push_back(i);
    CHECK(whole.size() == expected.at("n_bonds").get<std::size_t>());
    if (expected.contains("n_orbital_pairs_first_bond")) {
      const std::size_t first = whole[1], next = whole.size() > 2 ? whole[2] : curves.interactions.size();
      CHECK(next - first - 1 == expected["n_orbital_pairs_first_bond"].get<std::size_t>());
    }
    const auto zero = expected.at("index_of_energy_nearest_zero_in_file_column").get<std::size_t>();
    for (const auto& [key, bond] : expected.at("bonds").items()) {
      CAPTURE(key);
      const std::size_t i = key == "average" ? 0 : whole.at(static_cast<std::size_t>(std::stoi(key)));
      if (key != "average")
        CHECK(curves.interactions[i].length ==
              doctest::Approx(bond.at("length").get<double>()).epsilon(1e-12));
      for (std::size_t spin = 0; spin < curves.spins(); ++spin) {
        const char* which = spin == 0 ? "1" : "-1";
        CHECK(curves.curve(i, zero, spin) == bond.at("COHP_at_k0").at(which).get<double>());
        CHECK(curves.integral(i, zero, spin) == bond.at("ICOHP_at_k0").at(which).get<double>());
        CHECK(curves.integral(i, curves.energies.size() - 1, spin) ==
              bond.at("ICOHP_last").at(which).get<double>());
        double sum = 0;
        for (std::size_t e = 0; e < curves.energies.size(); ++e) sum += curves.curve(i, e, spin);
        CHECK(std::abs(sum - bond.at("COHP_sum_all_points").at(which).get<double>()) < 1e-9);
      }
    }
  }
}

TEST_CASE("data: the integral at the Fermi level is the value of the list") {
  const std::string legacy = folder + "pymatgen_legacy/";
  const auto curves = read_cohpcar(legacy + "COHPCAR.lobster");
  const auto list = read_icohplist(legacy + "ICOHPLIST.lobster");
  REQUIRE(curves.interactions.size() == list.bonds.size() + 1);
  for (std::size_t b = 0; b < list.bonds.size(); ++b) {
    CHECK(std::abs(curves.integral_to_fermi_level(b + 1) - list.bonds[b].spins_summed()) < 1e-12);
    CHECK(curves.interactions[b + 1].length == doctest::Approx(list.bonds[b].length).epsilon(1e-5));
  }
  const auto without_totals = read_cohpcar(legacy + "COHPCAR.lobster.notot.orbitalwise");
  const auto with_totals = read_cohpcar(legacy + "COHPCAR.lobster.orbitalwise");
  REQUIRE(without_totals.interactions.size() == 17);
  for (std::size_t i = 1; i < 17; ++i) {
    CHECK(without_totals.interactions[i].is_orbital());
    CHECK(without_totals.integral_to_fermi_level(i) == with_totals.integral_to_fermi_level(i + 1));
  }
  const auto fragments = read_cohpcar(legacy + "COHPCAR.LCFO.lobster.NaCl");
  CHECK(fragments.interactions.size() == 689);
  CHECK(fragments.interactions[1].first == "NaCl_1");
  CHECK(fragments.interactions[2].first_orbital == "1a1");
}
