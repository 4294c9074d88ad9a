#include <lamella/layered/measured_layers.hpp>

#include <lamella/io/cif.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace lamella;

namespace {

Species species(const char* text) { return parse_species(text); }

/// O3 with the alkali on 3b; esds of a, c and z.
MeasuredStructure o3(double a, double c, double z, double sigma_a, double sigma_c, double sigma_z) {
  Structure<double> s;
  s.space_group = space_group("R-3m");
  s.cell = hexagonal_cell(a, c);
  s.sites = {{"Li1", species("Li"), {0, 0, 0.5}, 1, 0}, {"Co1", species("Co"), {0, 0, 0}, 1, 0}, {"O1", species("O"), {0, 0, z}, 1, 0}};
  auto measured = without_esds(s);
  measured.esds.cell.a = measured.esds.cell.b = sigma_a;
  measured.esds.cell.c = sigma_c;
  measured.esds.sites[2].position.z = sigma_z;
  return measured;
}

/// NaNiO2 (Dick et al. 1997) with the esds of the cell as published and made-up ones of the oxygen.
MeasuredStructure nanio2() {
  Structure<double> s;
  s.space_group = space_group("C2/m");
  s.cell = {5.3192, 2.8451, 5.5826, 90, 110.449, 90};
  s.sites = {{"Na1", species("Na"), {0, 0.5, 0.5}, 1, 0}, {"Ni1", species("Ni"), {0, 0, 0}, 1, 0}, {"O1", species("O"), {0.28368, 0, 0.80572}, 1, 0}};
  auto measured = without_esds(s);
  measured.esds.cell = {0.0002, 0.0001, 0.0004, 0, 0.002, 0};
  measured.esds.sites[2].position = {0.0003, 0, 0.0004};
  return measured;
}

double quadrature(double x, double y) { return std::sqrt(x * x + y * y); }

}  // namespace

// SCIENCE section 6: sigma_S^2 = (S/c)^2 sigma_c^2 + 4 c^2 sigma_z^2, likewise I with the opposite sign of z, and
// d^2 = a^2/3 + S^2/4.
TEST_CASE("esds of slab, interslab and bonds of O3 are those of the closed formulas") {
  for (const auto& [sigma_a, sigma_c, sigma_z] : {std::array{1e-4, 2e-4, 1e-4}, std::array{3e-4, 6e-4, 2e-4}, std::array{0.02, 0.3, 1e-5}}) {
    const double a = 2.8185, c = 14.0664, z = 0.2592;
    const double slab = 2 * c * (1.0 / 3 - z), interslab = 2 * c * (z - 1.0 / 6);
    const double sigma_slab = quadrature(slab / c * sigma_c, 2 * c * sigma_z);
    const double sigma_interslab = quadrature(interslab / c * sigma_c, 2 * c * sigma_z);
    const double covariance = slab / c * interslab / c * sigma_c * sigma_c - 4 * c * c * sigma_z * sigma_z;
    const auto layers = measure_layers(o3(a, c, z, sigma_a, sigma_c, sigma_z));
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness().value == doctest::Approx(slab).epsilon(1e-12));
    CHECK(layers->slab_thickness().esd == doctest::Approx(sigma_slab).epsilon(1e-10));
    CHECK(layers->interslab_distance().esd == doctest::Approx(sigma_interslab).epsilon(1e-10));
    CHECK(layers->correlation() == doctest::Approx(covariance / (sigma_slab * sigma_interslab)).epsilon(1e-10));
    REQUIRE(layers->layers.layers.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
      const bool is_slab = layers->layers.layers[i].is_slab;
      const double thickness = is_slab ? slab : interslab, sigma = is_slab ? sigma_slab : sigma_interslab;
      const double bond = quadrature(a / std::sqrt(3.0), thickness / 2);
      // Every layer is the same by symmetry, and so is its esd: symmetry moves all oxygen together.
      CHECK(layers->thickness[i].esd == doctest::Approx(sigma).epsilon(1e-10));
      REQUIRE(layers->bond_length[i].has_value());
      CHECK(layers->bond_length[i]->value == doctest::Approx(bond).epsilon(1e-12));
      CHECK(layers->bond_length[i]->esd == doctest::Approx(quadrature(a / (3 * bond) * sigma_a, thickness / (4 * bond) * sigma)).epsilon(1e-10));
    }
    CHECK(layers->notes.empty());
  }
}

// LiCoO2, COD 4505482 (10.1021/cg201238n), refined by SHELXL-97, whose bond lengths and esds the file lists (geom_bond):
// Co1-O1 1.9218(15), Li1-O1 2.0915(18). They rest on z before it was rounded to 0.2397(2).
TEST_CASE("bond lengths of LiCoO2 have the esds that SHELXL gave them") {
  const std::string cif =
      "data_4505482\n_cell_length_a 2.8150(3)\n_cell_length_b 2.8150(3)\n_cell_length_c 14.0516(6)\n_cell_angle_alpha 90.00\n"
      "_cell_angle_beta 90.00\n_cell_angle_gamma 120.00\n_symmetry_space_group_name_H-M 'R -3 m :H'\nloop_\n_atom_site_label\n"
      "_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_U_iso_or_equiv\n"
      "_atom_site_occupancy\nLi1 Li 0.0000 0.0000 0.0000 0.014(2) 1\nCo1 Co 0.0000 0.0000 0.5000 0.0047(2) 1\n"
      "O1 O 0.0000 0.0000 0.2397(2) 0.0070(5) 1\n";
  const auto layers = measure_layers(parse_measured_cif(cif, "4505482.cif"));
  REQUIRE(layers.has_value());
  CHECK(layers->layers.warnings.empty());
  for (std::size_t i = 0; i < layers->layers.layers.size(); ++i) {
    const bool is_slab = layers->layers.layers[i].is_slab;
    REQUIRE(layers->bond_length[i].has_value());
    CHECK(std::abs(layers->bond_length[i]->esd - (is_slab ? 0.0015 : 0.0018)) < 0.00005);  // rounded to that digit
    // z was rounded by up to 5e-5, which moves a bond by 2 c 5e-5 S/4d < 0.0005.
    CHECK(std::abs(layers->bond_length[i]->value - (is_slab ? 1.9218 : 2.0915)) < 0.0005);
  }
  // S + I = c/3 exactly: their esds cancel but for that of c.
  CHECK(layers->slab_thickness().value + layers->interslab_distance().value == doctest::Approx(14.0516 / 3).epsilon(1e-12));
  const auto& covariance = layers->mean_thickness.covariance;
  CHECK(std::sqrt(covariance[0][0] + covariance[1][1] + 2 * covariance[0][1]) == doctest::Approx(0.0006 / 3).epsilon(1e-6));
  CHECK(layers->correlation() < -0.999);
}

TEST_CASE("P2 and P3: one height per oxygen site") {
  Structure<double> p2;
  p2.space_group = space_group("P63/mmc");
  p2.cell = hexagonal_cell(2.85, 10.80);
  p2.sites = {{"Co1", species("Co"), {0, 0, 0}, 1, 0}, {"Na1", species("Na"), {2. / 3, 1. / 3, 0.25}, 0.6, 0}, {"O1", species("O"), {1. / 3, 2. / 3, 0.0908}, 1, 0}};
  auto measured = without_esds(p2);
  measured.esds.sites[2].position.z = 0.0005;
  auto layers = measure_layers(measured);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness().esd == doctest::Approx(2 * 10.80 * 0.0005).epsilon(1e-10));  // S = 2cz, I = c/2 - S
  CHECK(layers->interslab_distance().esd == doctest::Approx(2 * 10.80 * 0.0005).epsilon(1e-10));
  CHECK(layers->correlation() == doctest::Approx(-1).epsilon(1e-10));
  REQUIRE(layers->notes.size() == 1);
  CHECK(layers->notes[0].find("cell") != std::string::npos);

  Structure<double> p3;  // I = c (z2 - z1), S = c/3 - I
  p3.space_group = space_group("R3m");
  p3.cell = hexagonal_cell(2.9, 17.0);
  p3.sites = {{"Co1", species("Co"), {0, 0, 0}, 1, 0}, {"O1", species("O"), {0, 0, 0.398}, 1, 0}, {"O2", species("O"), {0, 0, 0.602}, 1, 0}, {"Na1", species("Na"), {0, 0, 0.17}, 0.6, 0}};
  measured = without_esds(p3);
  measured.esds.cell = {0.0001, 0.0001, 0.001, 0, 0, 0};
  measured.esds.sites[1].position.z = 0.0003;
  measured.esds.sites[2].position.z = 0.0004;
  measured.esds.sites[3].position.z = 0.002;
  layers = measure_layers(measured);
  REQUIRE(layers.has_value());
  CHECK(layers->layers.stacking == "P3");
  const double interslab = 17.0 * 0.204, z_part = 17.0 * 0.0005;
  CHECK(layers->interslab_distance().esd == doctest::Approx(quadrature(interslab / 17 * 0.001, z_part)).epsilon(1e-9));
  CHECK(layers->slab_thickness().esd == doctest::Approx(quadrature((1.0 / 3 - interslab / 17) * 0.001, z_part)).epsilon(1e-9));
  // The metal holds the origin of the polar axis: it needs no esd. Mean of three bonds up and three down.
  const double below = 17 * (0.398 - 1. / 3), above = 17 * (2. / 3 - 0.602), in_plane = 2.9 / std::sqrt(3.0);
  const double down = quadrature(in_plane, below), up = quadrature(in_plane, above);
  const double by_z1 = 0.5 * 17 * below / down, by_z2 = -0.5 * 17 * above / up;
  const double by_a = 0.5 * (in_plane / down + in_plane / up) / std::sqrt(3.0), by_c = 0.5 * (below * below / down + above * above / up) / 17;
  const double sigma = quadrature(quadrature(by_z1 * 0.0003, by_z2 * 0.0004), quadrature(by_a * 0.0001, by_c * 0.001));
  for (std::size_t i = 0; i < layers->layers.layers.size(); ++i)
    if (layers->layers.layers[i].is_slab) {
      CHECK(layers->bond_length[i]->value == doctest::Approx((down + up) / 2).epsilon(1e-10));
      CHECK(layers->bond_length[i]->esd == doctest::Approx(sigma).epsilon(1e-6));
    }
  CHECK(layers->notes.empty());
  // Without the esd of the alkali, its bonds have none; the slabs do not mind.
  measured.esds.sites[3].position.z = 0;
  layers = measure_layers(measured);
  for (std::size_t i = 0; i < layers->layers.layers.size(); ++i) {
    CHECK((layers->bond_length[i]->esd > 0) == layers->layers.layers[i].is_slab);
    CHECK(layers->thickness[i].esd > 0);
  }
  CHECK(layers->notes.size() == 1);
}

TEST_CASE("a monoclinic structure: every parameter moved by its esd, one after the other") {
  const auto measured = nanio2();
  const auto layers = measure_layers(measured);
  REQUIRE(layers.has_value());
  CHECK(layers->layers.stacking == "O'3");
  const auto values = parameter_values(measured.esds);
  std::vector<double> variance(2 + 2 * layers->layers.layers.size(), 0.0);
  double covariance = 0;
  constexpr double step = 1e-3;  // of the esd: the curvature is lost in rounding
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    const auto moved = [&](double by) {
      auto s = measured.structure;
      *parameter_addresses(s)[i] += by * values[i];
      return lamella::detail::layer_distances(*measure_layers(s));
    };
    const auto up = moved(step), down = moved(-step);
    const auto slope = [&](std::size_t k) { return (up[k] - down[k]) / (2 * step); };
    for (std::size_t k = 0; k < variance.size(); ++k) variance[k] += slope(k) * slope(k);
    covariance += slope(0) * slope(1);
  }
  CHECK(layers->slab_thickness().esd == doctest::Approx(std::sqrt(variance[0])).epsilon(1e-6));
  CHECK(layers->interslab_distance().esd == doctest::Approx(std::sqrt(variance[1])).epsilon(1e-6));
  CHECK(layers->correlation() == doctest::Approx(covariance / std::sqrt(variance[0] * variance[1])).epsilon(1e-6));
  for (std::size_t i = 0; i < layers->layers.layers.size(); ++i) {
    CHECK(layers->thickness[i].esd == doctest::Approx(std::sqrt(variance[2 + 2 * i])).epsilon(1e-6));
    CHECK(layers->bond_length[i]->esd == doctest::Approx(std::sqrt(variance[3 + 2 * i])).epsilon(1e-6));
  }
}

TEST_CASE("species that share a site move together") {
  auto measured = o3(2.8185, 14.0664, 0.2592, 1e-4, 2e-4, 1e-4);
  const auto alone = measure_layers(measured);
  measured.structure.sites[2].occupancy = 0.9;
  measured.structure.sites.push_back({"F1", species("F"), {0, 0, 0.2592}, 0.1, 0});
  measured.esds.sites.push_back({"F1", species("F"), {0, 0, 0}, 0, 0});
  SUBCASE("the esd at the first of them") {}
  SUBCASE("the esd at both") { measured.esds.sites[3].position.z = 1e-4; }
  SUBCASE("the esd at the second") { std::swap(measured.esds.sites[2].position.z, measured.esds.sites[3].position.z); }
  const auto shared = measure_layers(measured);
  REQUIRE(shared.has_value());
  CHECK(shared->slab_thickness().esd == doctest::Approx(alone->slab_thickness().esd).epsilon(1e-10));
}

TEST_CASE("an oxygen off the axes: y follows x") {
  // Li2MnO3-like order in P-31m (one slab, O1): oxygen on 6k (x, 0, z), cations on special positions.
  Structure<double> s;
  s.space_group = space_group("P-31m");
  s.cell = hexagonal_cell(4.95, 4.75);
  s.sites = {{"Mn1", species("Mn"), {1. / 3, 2. / 3, 0}, 1, 0}, {"Li1", species("Li"), {0, 0, 0}, 1, 0},
             {"Li2", species("Li"), {1. / 3, 2. / 3, 0.5}, 1, 0}, {"Li3", species("Li"), {0, 0, 0.5}, 1, 0},
             {"O1", species("O"), {0.34, 0, 0.22}, 1, 0}};
  auto measured = without_esds(s);
  measured.esds.cell = {0.001, 0.001, 0.002, 0, 0, 0};
  measured.esds.sites[4].position = {0.0006, 0, 0.0007};
  const auto layers = measure_layers(measured);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness().esd == doctest::Approx(quadrature(2 * 0.22 * 0.002, 2 * 4.75 * 0.0007)).epsilon(1e-10));
  // Mn-O by the law of cosines in the cell, and its derivative by differences.
  const auto mn_o = [](double a, double c, double x, double z) {
    const double u = x - 1.0 / 3, v = -2.0 / 3 + 1;  // oxygen (x, 1, z) is next to manganese at (1/3, 2/3, 0)
    return std::sqrt(a * a * (u * u + v * v - u * v) + c * c * z * z);
  };
  const auto mean = [&](double a, double c, double x, double z) {
    // Six bonds in two kinds: to (x, 1, z), (-x, -x, z) ... all equal by the threefold axis through Mn and the twofold ones.
    return mn_o(a, c, x, z);
  };
  const double h = 1e-5;
  const double by_a = (mean(4.95 + h, 4.75, 0.34, 0.22) - mean(4.95 - h, 4.75, 0.34, 0.22)) / (2 * h);
  const double by_c = (mean(4.95, 4.75 + h, 0.34, 0.22) - mean(4.95, 4.75 - h, 0.34, 0.22)) / (2 * h);
  const double by_x = (mean(4.95, 4.75, 0.34 + h, 0.22) - mean(4.95, 4.75, 0.34 - h, 0.22)) / (2 * h);
  const double by_z = (mean(4.95, 4.75, 0.34, 0.22 + h) - mean(4.95, 4.75, 0.34, 0.22 - h)) / (2 * h);
  const double sigma = quadrature(quadrature(by_a * 0.001, by_c * 0.002), quadrature(by_x * 0.0006, by_z * 0.0007));
  for (std::size_t i = 0; i < layers->layers.layers.size(); ++i)
    if (layers->layers.layers[i].is_slab) {
      CHECK(layers->bond_length[i]->value == doctest::Approx(mean(4.95, 4.75, 0.34, 0.22)).epsilon(1e-10));
      CHECK(layers->bond_length[i]->esd == doctest::Approx(sigma).epsilon(1e-6));
    }
}

TEST_CASE("esds that are not there are not made up") {
  SUBCASE("none at all") {
    const auto layers = measure_layers(without_esds(nanio2().structure));
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness().esd == 0);
    CHECK(layers->correlation() == 0);
    CHECK(layers->notes.empty());
  }
  SUBCASE("of the cell only: the height of the oxygen would dominate") {
    auto measured = nanio2();
    measured.esds.sites[2].position = {0, 0, 0};
    const auto layers = measure_layers(measured);
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness().esd == 0);
    CHECK(layers->bond_length[0]->esd == 0);
    REQUIRE(layers->notes.size() == 1);
    CHECK(layers->notes[0] == "distances that depend on coordinates without an esd have none (O1.x, O1.z)");
  }
  SUBCASE("all but that of x, which no thickness needs") {
    auto measured = nanio2();
    measured.esds.sites[2].position.x = 0;
    const auto layers = measure_layers(measured);
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness().esd > 0);
    CHECK(layers->bond_length[0]->esd == 0);
    CHECK(layers->notes.size() == 1);
  }
  SUBCASE("of another structure") {
    auto measured = nanio2();
    measured.esds.sites.pop_back();
    CHECK_THROWS_WITH_AS(measure_layers(measured), "esds of 2 sites, expected 3", Error);
  }
  SUBCASE("of another kind of displacement") {
    auto measured = nanio2();
    measured.structure.sites[2].u_aniso = AnisotropicDisplacement<double>{0.01, 0.01, 0.01, 0, 0, 0};
    CHECK_THROWS_WITH_AS(measure_layers(measured), "esds of site \"O1\" with other displacement parameters than its own, expected the same", Error);
    auto again = without_esds(measured.structure);
    again.esds.cell = measured.esds.cell;
    again.esds.sites[2].position = measured.esds.sites[2].position;
    CHECK(measure_layers(again)->slab_thickness().esd == measure_layers(nanio2())->slab_thickness().esd);
  }
  SUBCASE("of what is not layered") { CHECK_FALSE(measure_layers(MeasuredStructure{}).has_value()); }
}

TEST_CASE("parameters stand where they are listed, whatever the labels") {
  auto s = nanio2().structure;
  const auto names = parameter_names(s);
  const ParameterIndex index(s);
  CHECK(names[index(s.cell.beta)] == "cell.beta");
  CHECK(names[index(s.sites[0].position.x)] == "Na1.x");
  CHECK(names[index(s.sites[2].position.z)] == "O1.z");
  CHECK(names[index(s.sites[1].u_iso)] == "Ni1.Uiso");
  CHECK(names.size() == index.size());
  const auto named = measure_layers(nanio2());
  auto unnamed = nanio2();
  for (auto& site : unnamed.structure.sites) site.label.clear();
  CHECK(measure_layers(unnamed)->slab_thickness().esd == named->slab_thickness().esd);
}

TEST_CASE("data: published esds carry over to the layers") {
  const std::string data = LAMELLA_DATA_DIR;
  {
    // Rosolen 1997: c 14.0664(2), z 0.2592(1): sigma_S = 2 c sigma_z but for 3e-5.
    const auto layers = measure_layers(read_measured_cif(data + "/structures/1550397.cif"));
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness().esd == doctest::Approx(quadrature(2.0856 / 14.0664 * 2e-4, 2 * 14.0664 * 1e-4)).epsilon(1e-4));
    CHECK(layers->correlation() < -0.999);
  }
  {
    const auto layers = measure_layers(read_measured_cif(data + "/powder/o3_nacro2_lab/nacro2_gsas2.cif"));
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness().value == doctest::Approx(2 * 15.95554 * (1.0 / 3 - 0.26721)).epsilon(1e-9));
    CHECK(layers->slab_thickness().esd == doctest::Approx(2 * 15.95554 * 0.00013).epsilon(1e-4));
    CHECK(layers->interslab_distance().esd == doctest::Approx(2 * 15.95554 * 0.00013).epsilon(1e-4));
    CHECK(layers->correlation() < -0.999);
    CHECK(layers->notes.empty());
  }
}
