#include <lamella/core/dual.hpp>
#include <lamella/layered/layer_metrology.hpp>
#include <lamella/layered/layered_crystal.hpp>

#include <lamella/io/cif.hpp>
#include <lamella/io/poscar.hpp>
#include <nlohmann/json.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

using namespace lamella;

namespace {

using Matrix = std::array<std::array<double, 3>, 3>;  // rows: new axes in terms of the old ones

Matrix inverse_of(const Matrix& m) {
  const auto minor = [&](int i, int j) {
    const int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
    return m[std::size_t(a)][std::size_t(c)] * m[std::size_t(b)][std::size_t(d)] - m[std::size_t(a)][std::size_t(d)] * m[std::size_t(b)][std::size_t(c)];
  };
  const double det = m[0][0] * minor(0, 0) + m[0][1] * minor(0, 1) + m[0][2] * minor(0, 2);
  Matrix r{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) r[std::size_t(j)][std::size_t(i)] = minor(i, j) / det;
  return r;
}

/// The same crystal on other axes, as a list of atoms without symmetry.
Structure<double> on_axes(const Structure<double>& s, const Matrix& m) {
  const auto g = metric(s.cell);
  const std::array<std::array<double, 3>, 3> old{{{g.xx, g.xy, g.xz}, {g.xy, g.yy, g.yz}, {g.xz, g.yz, g.zz}}};
  const auto product = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t l = 0; l < 3; ++l) sum += m[i][k] * old[k][l] * m[j][l];
    return sum;
  };
  Structure<double> r;
  r.cell = {std::sqrt(product(0, 0)), std::sqrt(product(1, 1)), std::sqrt(product(2, 2)), 0, 0, 0};
  const auto angle = [&](std::size_t i, std::size_t j) { return std::acos(product(i, j) / std::sqrt(product(i, i) * product(j, j))) / degree; };
  r.cell.alpha = angle(1, 2);
  r.cell.beta = angle(0, 2);
  r.cell.gamma = angle(0, 1);
  const auto inverse = inverse_of(m);
  int reach = 1;  // how many old cells the new one can touch
  for (const auto& row : m)
    for (const double x : row) reach = std::max(reach, 1 + static_cast<int>(3 * std::abs(x)));
  for (const auto& atom : lamella::detail::atoms_of(s)) {
    for (int i = -reach; i <= reach; ++i)
      for (int j = -reach; j <= reach; ++j)
        for (int k = -reach; k <= reach; ++k) {
          const std::array old_position{atom.position.x + i, atom.position.y + j, atom.position.z + k};
          std::array<double, 3> p{};
          for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t l = 0; l < 3; ++l) p[c] += old_position[l] * inverse[l][c];
            p[c] -= std::floor(p[c] + 1e-9);
          }
          bool known = false;
          for (std::size_t n = 0; n < r.sites.size() && !known; ++n) {
            const auto& q = r.sites[n].position;
            const auto off = [](double x, double y) { return std::abs(x - y - std::round(x - y)); };
            known = off(q.x, p[0]) + off(q.y, p[1]) + off(q.z, p[2]) < 1e-6;
          }
          if (!known) r.sites.push_back({"", atom.species, {p[0], p[1], p[2]}, atom.occupancy, 0});
        }
  }
  return r;
}

Structure<double> moved(Structure<double> s, double x, double y, double z) {
  for (auto& site : s.sites) site.position = {site.position.x + x, site.position.y + y, site.position.z + z};
  return s;
}

constexpr Matrix identity{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

// LiCoO2, COD 1550397 (Rosolen 1997): a 2.8185, c 14.0664, z_O 0.2592 with Co at the origin. By hand:
// slab 2c(1/3 - z) and interslab 2c(z - 1/6).
constexpr double a = 2.8185, c = 14.0664, z = 0.2592;
const double slab = 2 * c * (1.0 / 3 - z), interslab = 2 * c * (z - 1.0 / 6);

Structure<double> licoo2() {
  Structure<double> s;
  s.space_group = space_group("R-3m");
  s.cell = hexagonal_cell(a, c);
  s.sites = {{"Li1", parse_species("Li"), {0, 0, 0.5}, 1, 0}, {"Co1", parse_species("Co"), {0, 0, 0}, 1, 0}, {"O1", parse_species("O"), {0, 0, z}, 1, 0}};
  return s;
}

void check_same(const Structure<double>& s, double scale = 1, double tolerance = 1e-9) {
  const auto layers = measure_layers(s);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness() == doctest::Approx(scale * slab).epsilon(tolerance / slab));
  CHECK(layers->interslab_distance() == doctest::Approx(scale * interslab).epsilon(tolerance / interslab));
  CHECK(layers->stacking == "O3");
  REQUIRE(layers->word.has_value());
  CHECK(canonical(*layers->word) == canonical(stacking::O3::sequence));
  CHECK(layers->warnings.empty());
  for (const auto& layer : layers->layers) {
    CHECK(layer.coordination == SiteCoordination::octahedral);
    REQUIRE(layer.bond_length.has_value());
    // Both bonds from Pythagoras: the anion is a/sqrt(3) aside and half the layer above.
    const double height = layer.is_slab ? slab : interslab;
    CHECK(*layer.bond_length == doctest::Approx(scale * std::sqrt(a * a / 3 + height * height / 4)).epsilon(tolerance));
  }
}

}  // namespace

TEST_CASE("the same crystal in ten settings has the same slab and interslab") {
  const auto s = licoo2();
  // Lengths rest on cell angles that went through acos and back: 1e-9 Å is many thousand roundings.
  SUBCASE("hexagonal axes, R-3m") { check_same(s); }
  SUBCASE("rhombohedral axes") { check_same(on_axes(s, {{{2. / 3, 1. / 3, 1. / 3}, {-1. / 3, 1. / 3, 1. / 3}, {-1. / 3, -2. / 3, 1. / 3}}})); }
  SUBCASE("origin anywhere") { check_same(moved(on_axes(s, identity), 0.123, -0.4, 0.377)); }
  SUBCASE("reverse setting") { check_same(on_axes(s, {{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}})); }
  SUBCASE("monoclinic C-centred axes") { check_same(on_axes(s, {{{1, -1, 0}, {1, 1, 0}, {-1. / 3, 1. / 3, 1. / 3}}})); }
  SUBCASE("supercell 2x2x1") { check_same(on_axes(s, {{{2, 0, 0}, {0, 2, 0}, {0, 0, 1}}})); }
  SUBCASE("axes permuted") { check_same(on_axes(s, {{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}})); }
  SUBCASE("upside down") { check_same(on_axes(s, {{{0, 1, 0}, {1, 0, 0}, {0, 0, -1}}})); }
  SUBCASE("strained by 1 %") {
    auto strained = s;
    strained.cell = hexagonal_cell(1.01 * a, 1.01 * c);
    check_same(strained, 1.01);
  }
  SUBCASE("rumpled by noise of 0.02 Å: the distances stay within the noise") {
    auto noisy = on_axes(s, {{{2, 0, 0}, {0, 2, 0}, {0, 0, 1}}});
    std::mt19937_64 random(7);
    std::normal_distribution<double> noise(0, 0.02);
    for (auto& site : noisy.sites)
      site.position = {site.position.x + noise(random) / (2 * a), site.position.y + noise(random) / (2 * a), site.position.z + noise(random) / c};
    const auto layers = measure_layers(noisy);
    REQUIRE(layers.has_value());
    // Four anions a plane, two planes a layer, three layers: the mean of the thicknesses scatters by 0.02 sqrt(2/12).
    CHECK(std::abs(layers->slab_thickness() - slab) < 4 * 0.02 * std::sqrt(2.0 / 12));
    CHECK(std::abs(layers->interslab_distance() - interslab) < 4 * 0.02 * std::sqrt(2.0 / 12));
    CHECK(canonical(*layers->word) == canonical(stacking::O3::sequence));
    CHECK(layers->layers[0].spread > 0.001);
    CHECK(layers->layers[0].spread < 0.1);
  }
  SUBCASE("30 % alkali vacancies") {
    auto vacant = on_axes(s, {{{3, 0, 0}, {0, 3, 0}, {0, 0, 1}}});
    std::mt19937_64 random(3);
    std::erase_if(vacant.sites, [&](const Site<double>& site) { return site.species == parse_species("Li") && random() % 10 < 3; });
    check_same(vacant);
  }
}

TEST_CASE("any axes and any supercell give the same layers") {
  std::mt19937_64 random(20240717);
  const auto pick = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1)); };
  for (int trial = 0; trial < 60; ++trial) {
    CAPTURE(trial);
    Matrix m = identity;
    for (int step = 0; step < 3; ++step) {  // shear at random: stays a basis
      const auto i = static_cast<std::size_t>(pick(0, 2)), j = (i + static_cast<std::size_t>(pick(1, 2))) % 3;
      const int n = j == 2 ? pick(-1, 1) : pick(-2, 2);
      for (std::size_t k = 0; k < 3; ++k) m[i][k] += n * m[j][k];
    }
    const auto grown = static_cast<std::size_t>(pick(0, 2));
    const int times = pick(1, 2);
    for (auto& x : m[grown]) x *= times;
    const auto written = moved(on_axes(licoo2(), m), 0.01 * pick(0, 99), 0.01 * pick(0, 99), 0.01 * pick(0, 99));
    REQUIRE(written.sites.size() == static_cast<std::size_t>(12 * times));
    check_same(written);
  }
}

TEST_CASE("the crystal in any orientation in space: lattice vectors of a POSCAR turned at random") {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  const auto cell_atoms = on_axes(licoo2(), {{{2, 0, 0}, {0, 1, 0}, {0, 0, 1}}});
  const auto axes = cartesian_axes(cell_atoms.cell);
  for (int trial = 0; trial < 40; ++trial) {
    CAPTURE(trial);
    // A random rotation by its quaternion, with a mirror image (left-handed vectors) now and then.
    std::array<double, 4> q{normal(random), normal(random), normal(random), normal(random)};
    const double length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (double& x : q) x /= length;
    const auto [w, i, j, k] = q;
    const Matrix turn{{{1 - 2 * (j * j + k * k), 2 * (i * j - k * w), 2 * (i * k + j * w)},
                       {2 * (i * j + k * w), 1 - 2 * (i * i + k * k), 2 * (j * k - i * w)},
                       {2 * (i * k - j * w), 2 * (j * k + i * w), 1 - 2 * (i * i + j * j)}}};
    const double mirror = trial % 4 == 3 ? -1 : 1;
    std::ostringstream text;
    text.precision(17);
    text << "turned\n1.0\n";
    for (const Fractional<double>& edge : {Fractional<double>{1, 0, 0}, Fractional<double>{0, 1, 0}, Fractional<double>{0, 0, 1}}) {
      const auto v = axes(edge);
      for (const auto& row : turn) text << mirror * (row[0] * v.x + row[1] * v.y + row[2] * v.z) << ' ';
      text << '\n';
    }
    text << "Li Co O\n6 6 12\nDirect\n";
    for (const char* element : {"Li", "Co", "O"})
      for (const auto& site : cell_atoms.sites)
        if (site.species == parse_species(element)) text << site.position.x << ' ' << site.position.y << ' ' << site.position.z << '\n';
    check_same(parse_poscar(text.str(), "POSCAR"));
  }
}

TEST_CASE("tetrahedral alkali is told from octahedral") {
  auto t = licoo2();
  // Below the oxygen at (0, 0, z), as far from it as from the three of the plane below: h = (a^2/3 + I^2)/2I.
  const double h = (a * a / 3 + interslab * interslab) / (2 * interslab);
  t.sites[0].position.z = z - h / c;
  t.sites[0].occupancy = 0.5;
  const auto layers = measure_layers(t);
  REQUIRE(layers.has_value());
  CHECK(layers->stacking == "O3");
  CHECK(layers->slab_thickness() == doctest::Approx(slab).epsilon(1e-12));
  for (const auto& layer : layers->layers) {
    CHECK(layer.coordination == (layer.is_slab ? SiteCoordination::octahedral : SiteCoordination::tetrahedral));
    if (!layer.is_slab) CHECK(*layer.bond_length == doctest::Approx(h).epsilon(1e-9));
  }
}

TEST_CASE("swapped labels or heights are measured as they are and warned of") {
  auto swapped = licoo2();
  SUBCASE("z_O of the other setting") { swapped.sites[2].position.z = 0.5 - z; }
  SUBCASE("metal and alkali exchanged") { std::swap(swapped.sites[0].species, swapped.sites[1].species); }
  const auto layers = measure_layers(swapped);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness() == doctest::Approx(interslab).epsilon(1e-12));  // the metal sits in the thick gap
  CHECK(layers->interslab_distance() == doctest::Approx(slab).epsilon(1e-12));
  REQUIRE(layers->warnings.size() >= 1);
  CHECK(layers->warnings[0].find("swapped") != std::string::npos);
}

TEST_CASE("metals in the alkali layer are counted and reported") {
  auto mixed = licoo2();
  mixed.sites[0].occupancy = 0.96;
  mixed.sites.push_back({"Ni2", parse_species("Ni"), {0, 0, 0.5}, 0.04, 0});
  const auto layers = measure_layers(mixed);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness() == doctest::Approx(slab).epsilon(1e-12));
  REQUIRE(layers->warnings.size() == 1);
  CHECK(layers->warnings[0] == "metals in 3 of 3 interslabs, up to 4.0 % of the cations there");
  // In P1 one of the three: the share of the worst is said.
  auto one = on_axes(licoo2(), identity);
  one.sites.push_back({"Ni2", parse_species("Ni"), {0, 0, 0.5}, 0.08, 0});
  const auto uneven = measure_layers(one);
  REQUIRE(uneven.has_value());
  REQUIRE(uneven->warnings.size() == 1);
  CHECK(uneven->warnings[0] == "metals in 1 of 3 interslabs, up to 7.4 % of the cations there");
}

TEST_CASE("anions that share their sites are measured as one") {
  auto oxyfluoride = licoo2();
  oxyfluoride.sites[2].occupancy = 0.95;
  oxyfluoride.sites.push_back({"F1", parse_species("F"), {0, 0, z}, 0.05, 0});
  SUBCASE("at the same position") {}
  SUBCASE("at an image of it") { oxyfluoride.sites[3].position = {2. / 3, 1. / 3, 1. / 3 - z}; }
  check_same(oxyfluoride);
  check_same(on_axes(licoo2(), identity));
}

TEST_CASE("a hydroxide is slabs with hydrogen between them, a telluride slabs of tellurium") {
  auto other = licoo2();
  SUBCASE("CoOOH: hydrogen midway between two oxygens") {
    other.sites[0].species = parse_species("H");
    const auto layers = measure_layers(other);
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness() == doctest::Approx(slab).epsilon(1e-12));
    CHECK(layers->interslab_distance() == doctest::Approx(interslab).epsilon(1e-12));
    CHECK(layers->stacking == "O3");
    CHECK(layers->warnings.empty());
    for (const auto& layer : layers->layers) {
      REQUIRE(layer.cations.size() == 1);
      CHECK(layer.cations[0].species == parse_species(layer.is_slab ? "Co" : "H"));
      CHECK(layer.bond_length.has_value() == layer.is_slab);
      CHECK(layer.alkali == 0);
    }
  }
  SUBCASE("NaCrTe2: Te without a charge is an anion where there is no oxygen") {
    other.cell = hexagonal_cell(1.4 * a, 1.4 * c);
    for (std::size_t i = 0; const char* element : {"Na", "Cr", "Te"}) other.sites[i++].species = parse_species(element);
    check_same(other, 1.4);
  }
  SUBCASE("with oxygen it is a cation of the slab") {
    other.sites[1].occupancy = 2. / 3;
    other.sites.push_back({"Te1", parse_species("Te"), {0, 0, 0}, 1. / 3, 0});
    const auto layers = measure_layers(other);
    REQUIRE(layers.has_value());
    CHECK(layers->slab_thickness() == doctest::Approx(slab).epsilon(1e-12));
    for (const auto& layer : layers->layers) CHECK(layer.cations.size() == (layer.is_slab ? 2 : 1));
  }
}

TEST_CASE("a missing oxygen is said, and the rest is measured") {
  auto vacant = on_axes(licoo2(), {{{3, 0, 0}, {0, 2, 0}, {0, 0, 1}}});
  const auto is_oxygen = [](const Site<double>& site) { return site.species == parse_species("O"); };
  std::size_t number = 0;
  SUBCASE("from the plane that is looked at first") { number = 0; }
  SUBCASE("from another plane") { number = 17; }
  std::vector<std::size_t> oxygen;
  for (std::size_t i = 0; i < vacant.sites.size(); ++i)
    if (is_oxygen(vacant.sites[i])) oxygen.push_back(i);
  REQUIRE(oxygen.size() == 36);  // six planes of six
  vacant.sites.erase(vacant.sites.begin() + static_cast<std::ptrdiff_t>(oxygen[number]));
  const auto layers = measure_layers(vacant);
  REQUIRE(layers.has_value());
  CHECK(layers->stacking == "O3");
  CHECK(layers->slab_thickness() == doctest::Approx(slab).epsilon(1e-9));
  CHECK(layers->interslab_distance() == doctest::Approx(interslab).epsilon(1e-9));
  REQUIRE(layers->warnings.size() == 1);
  CHECK(layers->warnings[0] == "anions are missing, up to 16.7 % of a plane");
  // Three of the six metals and of the six alkali have lost one of six neighbours; the other bonds are what they were.
  int broken = 0;
  for (const auto& layer : layers->layers) {
    const double height = layer.is_slab ? slab : interslab;
    CHECK(*layer.bond_length == doctest::Approx(std::sqrt(a * a / 3 + height * height / 4)).epsilon(1e-9));
    broken += !layer.coordination;
  }
  CHECK(broken == 2);
}

TEST_CASE("planes that lack a quarter of their anions are no triangular planes") {
  auto kagome = on_axes(licoo2(), {{{2, 0, 0}, {0, 2, 0}, {0, 0, 1}}});
  double last = -1;
  std::sort(kagome.sites.begin(), kagome.sites.end(), [](const auto& x, const auto& y) { return x.position.z < y.position.z; });
  std::erase_if(kagome.sites, [&](const Site<double>& site) {  // the first oxygen of every plane
    if (site.species != parse_species("O") || std::abs(site.position.z - last) < 1e-6) return false;
    last = site.position.z;
    return true;
  });
  REQUIRE(kagome.sites.size() == 48 - 6);
  CHECK_FALSE(measure_layers(kagome).has_value());
}

TEST_CASE("a huge cell with few atoms is no layered structure, and that takes no time") {
  auto sparse = licoo2();
  sparse.space_group = SpaceGroup{};
  sparse.cell = {1e4, 1e4, 1e4, 90, 90, 90};
  CHECK_FALSE(measure_layers(sparse).has_value());
  sparse.cell = {0.1, 0.1, 0.1, 90, 90, 90};
  CHECK_FALSE(measure_layers(sparse).has_value());
}

TEST_CASE("what is not layered is said not to be") {
  Structure<double> rock_salt;
  rock_salt.space_group = space_group("Fm-3m");
  rock_salt.cell = {4.1, 4.1, 4.1, 90, 90, 90};
  rock_salt.sites = {{"Li1", parse_species("Li"), {0, 0, 0}, 0.5, 0}, {"Fe1", parse_species("Fe"), {0, 0, 0}, 0.5, 0}, {"O1", parse_species("O"), {0.5, 0.5, 0.5}, 1, 0}};
  CHECK_FALSE(measure_layers(rock_salt).has_value());
  Structure<double> spinel;  // LiMn2O4 in P1-like Fd-3m cell: its (111) planes hold metal in every gap
  spinel.cell = {8.24, 8.24, 8.24, 90, 90, 90};
  CHECK_FALSE(measure_layers(spinel).has_value());
  CHECK_FALSE(measure_layers(Structure<double>{}).has_value());
}

TEST_CASE("with duals the distances carry their derivatives") {
  using D = Dual<double, 2>;  // with respect to c and z
  auto s = rebound<D>(licoo2());
  s.cell.c = D::variable(c, 0);
  s.sites[2].position.z = D::variable(z, 1);
  const auto layers = measure_layers(s);
  REQUIRE(layers.has_value());
  CHECK(layers->slab_thickness().grad[0] == doctest::Approx(2 * (1.0 / 3 - z)).epsilon(1e-12));
  CHECK(layers->slab_thickness().grad[1] == doctest::Approx(-2 * c).epsilon(1e-12));
  CHECK(layers->interslab_distance().grad[1] == doctest::Approx(2 * c).epsilon(1e-12));
}

TEST_CASE("data: published layered structures") {
  const std::string folder = std::string(LAMELLA_DATA_DIR "/") + "structures/";
  {
    // Dick et al. (1997): Ni-O 1.911(2) x4 and 2.144(4) x2, Na-O 2.328(2) x4 and 2.369(4) x2; slab and interslab from
    // literature_structures.json (2.0324, 3.1984), which rounds to 1e-4.
    const auto layers = measure_layers(read_cif(folder + "NaNiO2_C2m_Dick1997_reconstructed.cif"));
    REQUIRE(layers.has_value());
    CHECK(layers->stacking == "O'3");
    CHECK(layers->slab_thickness() == doctest::Approx(2.0324).epsilon(1e-4));
    CHECK(layers->interslab_distance() == doctest::Approx(3.1984).epsilon(1e-4));
    for (const auto& layer : layers->layers)
      CHECK(*layer.bond_length == doctest::Approx(layer.is_slab ? (4 * 1.911 + 2 * 2.144) / 6 : (4 * 2.3268 + 2 * 2.3684) / 6).epsilon(2e-4));
  }
  {
    const auto layers = measure_layers(read_cif(folder + "dans_Na0.8CoO2_P63mmc.cif"));  // S = 2cz, I = c/2 - S
    REQUIRE(layers.has_value());
    CHECK(layers->stacking == "P2");
    CHECK(layers->slab_thickness() == doctest::Approx(2 * 10.80 * 0.0908).epsilon(1e-9));
    CHECK(layers->interslab_distance() == doctest::Approx(5.40 - 2 * 10.80 * 0.0908).epsilon(1e-9));
    for (const auto& layer : layers->layers) CHECK(layer.coordination == (layer.is_slab ? SiteCoordination::octahedral : SiteCoordination::prismatic));
  }
  const auto ordered = measure_layers(read_cif(folder + "Li2MnO3_12.cif"));  // lithium also in the slabs
  REQUIRE(ordered.has_value());
  CHECK(ordered->stacking == "O'3");
  for (const char* name : {"corundum.cif", "fluorite.cif", "zincite.cif"}) CHECK_FALSE(measure_layers(read_cif(folder + name)).has_value());
}
