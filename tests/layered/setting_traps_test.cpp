// Structures whose labels, heights or setting are wrong are measured as they are, and the warnings say so; sound ones stay silent.
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/layered/layered_crystal.hpp>

#include <lamella/chemistry/composition.hpp>
#include <lamella/io/cif.hpp>
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace lamella;

namespace {

enum class AlkaliOn { a3, b3 };

void add_sites(Structure<double>& s, const Formula& species, const std::string& label, const Fractional<double>& position) {
  for (const auto& [one, amount] : species)
    if (one != vacancy) s.sites.push_back({label + to_string(one), one, position, std::min(amount, 1.0), 0});
}

/// R-3m with the alkali on 3a (0,0,0) or 3b (0,0,1/2), the metals on the other, oxygen at (0,0,z).
Structure<double> o3(std::string_view formula, double a, double c, double z, AlkaliOn alkali = AlkaliOn::b3) {
  const auto layers = parse_sublattices(formula);
  Structure<double> s;
  s.space_group = space_group("R-3m");
  s.cell = hexagonal_cell(a, c);
  const bool on_3a = alkali == AlkaliOn::a3;
  add_sites(s, layers.alkali, "A", {0, 0, on_3a ? 0.0 : 0.5});
  add_sites(s, layers.slab, "M", {0, 0, on_3a ? 0.5 : 0.0});
  s.sites.push_back({"O1", parse_species("O"), {0, 0, z}, 1, 0});
  return s;
}

Structure<double> p2(std::string_view formula, double a, double c, double z) {
  const auto layers = parse_sublattices(formula);
  Structure<double> s;
  s.space_group = space_group("P63/mmc");
  s.cell = hexagonal_cell(a, c);
  add_sites(s, layers.slab, "M", {0, 0, 0});
  add_sites(s, layers.alkali, "A", {2. / 3, 1. / 3, 0.25});
  s.sites.push_back({"O1", parse_species("O"), {1. / 3, 2. / 3, z}, 1, 0});
  return s;
}

Structure<double> nanio2(double x = 0.28368) {  // Dick et al. 1997
  Structure<double> s;
  s.space_group = space_group("C2/m");
  s.cell = {5.3192, 2.8451, 5.5826, 90, 110.449, 90};
  s.sites = {{"Na1", parse_species("Na"), {0, 0.5, 0.5}, 1, 0}, {"Ni1", parse_species("Ni"), {0, 0, 0}, 1, 0}, {"O1", parse_species("O"), {x, 0, 0.80572}, 1, 0}};
  return s;
}

Structure<double> with_labels_swapped(Structure<double> s) {
  for (auto& site : s.sites) {
    if (site.species == parse_species("O")) continue;
    site.species = parse_species(is_alkali(site.species) ? "Co" : "Na");
  }
  return s;
}

bool warns(const Layers<double>& layers, std::string_view of) {
  return std::any_of(layers.warnings.begin(), layers.warnings.end(), [&](const std::string& w) { return w.find(of) != std::string::npos; });
}

double mean_bond(const Layers<double>& layers, bool slab) {
  for (const auto& layer : layers.layers)
    if (layer.is_slab == slab) return layer.bond_length.value_or(0);
  return 0;
}

/// Slab thicker than interslab, and said so.
void check_swapped(const Structure<double>& s, double metal_oxygen, double alkali_oxygen, double tolerance) {
  const auto layers = measure_layers(s);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness() > layers->interslab_distance());
  CHECK(std::abs(mean_bond(*layers, true) - metal_oxygen) < tolerance);
  CHECK(std::abs(mean_bond(*layers, false) - alkali_oxygen) < tolerance);
  REQUIRE(!layers->warnings.empty());
  CHECK(layers->warnings[0].find("swapped") != std::string::npos);
}

void check_silent(const Structure<double>& s) {
  const auto layers = measure_layers(s);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness() < layers->interslab_distance());
  CAPTURE(layers->warnings.empty() ? std::string() : layers->warnings[0]);
  CHECK(layers->warnings.empty());
}

}  // namespace

TEST_CASE("LiCoO2 with the oxygen height of the other setting: Co-O 2.09 and Li-O 1.92 Å") {
  // COD 4505482 has Li on 3a and z 0.2397: with Li on 3b that height swaps the layers. Published Co-O 1.92, Li-O 2.09.
  check_silent(o3("LiCoO2", 2.815, 14.0516, 0.2397, AlkaliOn::a3));
  check_silent(o3("LiCoO2", 2.815, 14.0516, 0.5 - 0.2397));
  const auto swapped = o3("LiCoO2", 2.815, 14.0516, 0.2397);
  check_swapped(swapped, 2.09, 1.92, 0.005);
  const auto layers = measure_layers(swapped);
  CHECK(warns(*layers, "metal-oxygen bonds of 2.091 Å in a slab, expected 1.845 to 2.045"));  // Co3+ 0.545 + 1.40 ± 0.1
  CHECK(warns(*layers, "alkali-oxygen distances of 1.922 Å"));
}

TEST_CASE("z 0.26 with lithium on 3a: Li-O 1.99 and Ni-O 2.15 Å") {
  // The cell that has these two bonds: c^2 = (2.15^2 - 1.99^2) / (((2 (z - 1/6))^2 - (2 (1/3 - z))^2) / 4), a from either.
  const double z = 0.26, s = 2 * (z - 1.0 / 6), i = 2 * (1.0 / 3 - z);
  const double c = std::sqrt((2.15 * 2.15 - 1.99 * 1.99) * 4 / (s * s - i * i));
  const double a = std::sqrt(3 * (2.15 * 2.15 - s * s * c * c / 4));
  CHECK(a > 2.8);
  CHECK(a < 3.0);
  check_swapped(o3("LiNiO2", a, c, z, AlkaliOn::a3), 2.15, 1.99, 1e-9);
  const auto layers = measure_layers(o3("LiNiO2", a, c, z, AlkaliOn::a3));
  CHECK(warns(*layers, "metal-oxygen bonds of 2.150 Å"));
  CHECK(warns(*layers, "alkali-oxygen distances of 1.990 Å"));
  // The same numbers read in the setting that they belong to.
  const auto right = measure_layers(o3("LiNiO2", a, c, z, AlkaliOn::b3));
  CHECK(!warns(*right, "swapped"));
}

TEST_CASE("LiCoO2 of COD 1533825: z 0.2268 with lithium on 3b is unphysical") {
  auto structure = o3("LiCoO2", 2.814, 14.048, 0.2268);
  check_swapped(structure, 2.2089, 1.8312, 1e-4);
  CHECK(warns(*measure_layers(structure), "metal-oxygen bonds of 2.209 Å"));
  structure.sites[0].species = parse_species("Li+");  // as the file has them
  structure.sites[1].species = parse_species("Co3+");
  structure.sites[2].species = parse_species("O2-");
  check_swapped(structure, 2.2089, 1.8312, 1e-4);
  CHECK(warns(*measure_layers(structure), "metal-oxygen bonds of 2.209 Å"));
}

TEST_CASE("the metal in the thick gap, labels exchanged, in every stacking") {
  const auto check = [](const Structure<double>& s) {
    check_silent(s);
    const auto layers = measure_layers(with_labels_swapped(s));
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness() > layers->interslab_distance());
    CHECK(warns(*layers, "swapped"));
    CHECK(warns(*layers, "metal-oxygen bonds"));
  };
  check(o3("NaCoO2", 2.889, 15.609, 0.269));
  check(p2("Na0.8CoO2", 2.85, 10.80, 0.0908));
  check(nanio2());
  const auto build = [](auto lattice) { return structure_of(layered_crystal(lattice, parse_formula("NaCoO2"))); };
  check(build(layered_lattice<stacking::O1>(2.85, 1.95, 3.3)));
  check(build(layered_lattice<stacking::O2>(2.85, 1.95, 3.3)));
  check(build(layered_lattice<stacking::P3>(2.85, 1.95, 3.5)));
}

TEST_CASE("metals in the alkali layer, anti-site pairs and whole exchange") {
  const auto mixed = [](double share) {
    auto s = o3("LiNiO2", 2.878, 14.19, 0.2585);
    s.sites[0].occupancy = s.sites[1].occupancy = 1 - share;
    s.sites.push_back({"Ni2", parse_species("Ni"), {0, 0, 0.5}, share, 0});
    s.sites.push_back({"Li2", parse_species("Li"), {0, 0, 0}, share, 0});
    return measure_layers(s);
  };
  CHECK(mixed(0)->warnings.empty());
  CHECK(warns(*mixed(0.1), "metals in 3 of 3 interslabs, up to 10.0 % of the cations there"));
  CHECK_FALSE(mixed(0.5).has_value());  // every gap alike: no layers to tell apart
  CHECK(warns(*mixed(1), "swapped"));
}

TEST_CASE("a cell that does not suit the metal") {
  // The lengths of a cell 8 % too large, at the right height of the oxygen.
  const auto layers = measure_layers(o3("NaCrO2", 2.975 * 1.08, 15.96 * 1.08, 0.2672));
  REQUIRE(layers.has_value());
  CHECK(!warns(*layers, "swapped"));
  CHECK(warns(*layers, "metal-oxygen bonds of 2.177 Å in a slab, expected 1.915 to 2.115 Å"));  // Cr3+ 0.615 + 1.40 ± 0.1
}

TEST_CASE("the oxygen of O'3 on the side of P'3") {
  // P'3 has its oxygen at -x of the same angle to the metal: x' a + (z - 1) c cos(beta) = -(x a + (z - 1) c cos(beta)).
  const auto right = measure_layers(nanio2());
  CHECK(right->stacking == "O'3");
  const double lean = 2 * (0.80572 - 1) * 5.5826 * std::cos(110.449 * degree) / 5.3192;
  const auto mirrored = measure_layers(nanio2(-0.28368 - lean));
  REQUIRE(mirrored.has_value());
  CHECK(mirrored->stacking == "P'3");
  CHECK(mirrored->slab_thickness() == doctest::Approx(right->slab_thickness()).epsilon(1e-12));
  CHECK(mean_bond(*mirrored, true) == doctest::Approx(mean_bond(*right, true)).epsilon(1e-9));
  // Sodium still at (0, 1/2, 1/2): in P'3 the middle of an edge, two oxygen at 1.61 Å.
  CHECK(warns(*mirrored, "an alkali-oxygen distance of 1.612 Å"));
  for (const auto& layer : mirrored->layers)
    if (!layer.is_slab) CHECK(layer.coordination == SiteCoordination::irregular);
  // A mere change of sign puts the oxygen on no triangular lattice with the one below.
  CHECK_FALSE(measure_layers(nanio2(-0.28368)).has_value());
}

// Shannon's radii are of ions; the elements of a neutral structure may have any state that neutrality allows.
TEST_CASE("sound structures of many metals are silent") {
  struct Row {
    const char* formula;
    double a, slab, interslab;
  };
  // a and c/3 as published (literature_structures.json), slabs from Shannon's bonds where no height is published.
  for (const auto& [formula, a, slab, interslab] :
       {Row{"NaYO2", 3.404, 2.191, 3.343}, Row{"Na0.7Ni0.35Sn0.65O2", 3.1044, 2.167, 3.379}, Row{"NaNi0.2Fe0.2Mn0.6O2", 2.96, 2.26, 3.2},
        Row{"NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2", 3.00, 2.21, 3.3}, Row{"NaCrO2", 2.97421, 2.110, 3.208}, Row{"LiCoO2", 2.8185, 2.0856, 2.6032},
        Row{"NaNi1/3Fe1/3Mn1/3O2", 2.975, 2.15, 3.185}, Row{"LiCrO2", 2.901, 2.15, 2.660}}) {
    CAPTURE(formula);
    const auto layers = layered_lattice<stacking::O3>(a, slab, interslab);
    check_silent(o3(formula, layers.a, layers.c, layers.z_O));
  }
}

// One row of the table: what is published, and what a structure made of it measures.
TEST_CASE("data: every verified structure of the literature has its published layers, bonds and warnings") {
  std::ifstream file(LAMELLA_DATA_DIR "/tables/literature_structures.json");
  REQUIRE(file);
  int cells = 0, spacings = 0, bonds = 0, suspects = 0;
  const auto table = nlohmann::json::parse(file);
  for (const auto& row : table.at("data")) {
    const std::string verified = row.at("verified"), phase = row.at("phase"), name = row.at("name");
    const auto& cell = row.at("cell");
    if ((verified != "stored_text" && verified != "stored_cif") || !cell.contains("c")) continue;
    CAPTURE(name);
    const auto derived = row.value("derived", nlohmann::json::object());
    const std::string formula = name.starts_with("Na_x") ? "Na0.1Cr0.85Ru0.1Ti0.05O2" : name.substr(0, name.find(' '));
    const double a = cell.at("a"), c = cell.at("c");
    std::optional<double> z;  // of the oxygen, as published or from a published distance
    auto site = AlkaliOn::b3;
    if (row.contains("z_O")) {
      z = row.at("z_O").get<double>();
      if (row.value("alkali_site", "3b") == "3a") site = AlkaliOn::a3;
    } else if (row.contains("na_layer_spacing")) {
      z = 1.0 / 6 + row.at("na_layer_spacing").get<double>() / (2 * c);
    } else if (name == "NaYO2") {
      z = 1.0 / 3 - std::sqrt(2.25 * 2.25 - a * a / 3) / c;  // from Y-O alone: Na-O is then a prediction
    }
    // Without a height, any will do for the sum: a slab of three quarters of a.
    Structure<double> structure;
    double slabs = 3, repeat = c;
    if (phase == "O3") structure = o3(formula, a, c, z.value_or(1.0 / 3 - 0.375 * a / c), site);
    else if (phase == "P2") {
      structure = p2(formula, a, c, z.value_or(0.375 * a / c));
      slabs = 2;
    } else if (phase == "P3") structure = structure_of(layered_crystal(layered_lattice<stacking::P3>(a, 0.75 * a, c / 3 - 0.75 * a), parse_formula(formula)));
    else if (phase == "O'3") {
      structure = nanio2();
      slabs = 1;
      repeat = c * std::sin(cell.at("beta").get<double>() * degree);
    }
    REQUIRE(!structure.sites.empty());
    const auto layers = measure_layers(structure);
    REQUIRE(layers.has_value());
    CHECK(layers->stacking == phase);
    CHECK(layers->slab_thickness() + layers->interslab_distance() == doctest::Approx(repeat / slabs).epsilon(1e-12));
    ++cells;
    if (z || phase == "O'3") {
      const auto compare = [&](const char* key, double value, double tolerance) {
        if (!derived.contains(key)) return;
        CHECK(std::abs(value - derived.at(key).get<double>()) < tolerance);
        ++spacings;
      };
      // The table rounds to 1e-4 Å; NaYO2's slab was calculated from 2.25 and its interslab from 2.58.
      const double rounding = name == "NaYO2" ? 6e-4 : 1.1e-4;
      compare("slab", layers->slab_thickness(), rounding);
      compare("interslab", layers->interslab_distance(), rounding);
      compare("d_MO", mean_bond(*layers, true), 1e-4);
      compare("d_AO", mean_bond(*layers, false), 1e-4);
      const bool suspect = layers->slab_thickness() > layers->interslab_distance();
      CHECK(warns(*layers, "swapped") == suspect);
      if (suspect) {
        CHECK(name.find("SUSPECT") != std::string::npos);
        ++suspects;
      } else {
        CHECK(layers->warnings.empty());
      }
    }
    if (name == "NaYO2") {  // Y-O 2.25(1), Na-O 2.58(1)
      CHECK(mean_bond(*layers, true) == doctest::Approx(2.25).epsilon(1e-9));
      CHECK(std::abs(mean_bond(*layers, false) - 2.58) < 0.01);
      ++bonds;
    }
    if (name.starts_with("Na0.7Ni0.35Sn0.65O2")) {  // d(O-Na-O) 3.379; V 138.87
      CHECK(layers->interslab_distance() == doctest::Approx(3.379).epsilon(1e-9));
      CHECK(volume(structure.cell) == doctest::Approx(138.87).epsilon(1e-4));
      CHECK(std::abs(mean_bond(*layers, true) - (0.35 * 0.69 + 0.65 * 0.69 + 1.40)) < 0.01);  // Shannon: Ni2+ and Sn4+ 0.69
      ++bonds;
    }
    if (name.starts_with("NaNiO2")) {  // Ni-O 1.911(2) x4, 2.144(4) x2; Na-O 2.328(2) x4, 2.369(4) x2: the latter are a prediction
      CHECK(std::abs(mean_bond(*layers, true) - (4 * 1.911 + 2 * 2.144) / 6) < 0.0005);
      CHECK(std::abs(mean_bond(*layers, false) - (4 * 2.328 + 2 * 2.369) / 6) < 0.002);
      ++bonds;
    }
  }
  CHECK(cells == 12);
  CHECK(spacings >= 20);
  CHECK(bonds == 3);
  CHECK(suspects == 1);
}
