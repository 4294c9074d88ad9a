#include <lamella/layered/stacking_structure.hpp>
#include <lamella/migration/hop_network.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "reference_cells.hpp"

using namespace lamella;
using lamella_test::o3_cell;

namespace {

constexpr Species na = "Na+"_species;

const Hop* hop_of(const HopNetwork& network, HopKind kind) {
  const auto found = std::find_if(network.hops.begin(), network.hops.end(), [&](const Hop& h) { return h.kind == kind; });
  return found == network.hops.end() ? nullptr : &*found;
}

/// What holds of every network, whatever the structure.
void check_sound(const SiteEnergyField<double>& field, const HopNetwork& network) {
  REQUIRE_FALSE(network.sites.empty());
  for (const auto& site : network.sites) {
    CHECK(field(site.position) == doctest::Approx(site.energy).epsilon(1e-9));
    const auto at = field.expansion(site.position);
    for (const double g : at.gradient) CHECK(std::abs(g) < 1e-5);
  }
  for (const Hop& hop : network.hops) {
    REQUIRE(hop.from < network.sites.size());
    REQUIRE(hop.to < network.sites.size());
    const double start = network.sites[hop.from].energy, end = network.sites[hop.to].energy;
    CHECK(field(hop.saddle) == doctest::Approx(hop.saddle_energy).epsilon(1e-9));
    CHECK(hop.barrier == doctest::Approx(hop.saddle_energy - start).epsilon(1e-6));
    CHECK(hop.reverse_barrier == doctest::Approx(hop.saddle_energy - end).epsilon(1e-6));
    CHECK(hop.reverse_barrier <= hop.barrier + 1e-6);
    const auto at = field.expansion(hop.saddle);
    for (const double g : at.gradient) CHECK(std::abs(g) < 1e-5);
    // The profile begins and ends at the sites, and its highest point is the saddle.
    REQUIRE(hop.profile.size() > 10);
    CHECK(hop.profile.front().distance == 0);
    CHECK(hop.profile.front().energy == 0);
    CHECK(hop.profile.back().energy == doctest::Approx(end - start).epsilon(1e-6));
    CHECK(hop.profile.back().distance == doctest::Approx(hop.length));
    double highest = 0;
    for (std::size_t i = 0; i < hop.profile.size(); ++i) {
      highest = std::max(highest, hop.profile[i].energy);
      if (i > 0) CHECK(hop.profile[i].distance > hop.profile[i - 1].distance);
    }
    CHECK(highest == doctest::Approx(hop.barrier));
    // No shorter than the straight way from site to site.
    const auto &p = network.sites[hop.from].position, &q = network.sites[hop.to].position;
    const auto d = to_cartesian(field.cell(), Fractional<double>{q.x - p.x + hop.cell[0], q.y - p.y + hop.cell[1], q.z - p.z + hop.cell[2]});
    CHECK(hop.length >= std::sqrt(dot(d, d)) - 1e-5);  // sites are settled to about 1e-6 Å
  }
  const auto &exact = network.thresholds.energy, &grid = network.grid.energy;
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(exact[i].has_value() == grid[i].has_value());
    if (exact[i]) CHECK(*exact[i] <= *grid[i] + 2e-3);
    if (i > 0 && exact[i]) CHECK(*exact[i] >= *exact[i - 1]);
  }
}

/// The structure in the cell a' = M a, in P1. |det M| cells.
Structure<double> in_other_cell(const Structure<double>& s, const std::array<std::array<int, 3>, 3>& m) {
  const auto axes = cartesian_axes(s.cell);
  std::array<Cartesian<double>, 3> edge;
  for (std::size_t i = 0; i < 3; ++i) edge[i] = axes(Fractional<double>{double(m[i][0]), double(m[i][1]), double(m[i][2])});
  const auto length = [](const Cartesian<double>& v) { return std::sqrt(dot(v, v)); };
  const auto angle = [&](std::size_t i, std::size_t j) { return std::acos(dot(edge[i], edge[j]) / (length(edge[i]) * length(edge[j]))) / degree; };
  Structure<double> r;
  r.name = "other cell";
  r.cell = {length(edge[0]), length(edge[1]), length(edge[2]), angle(1, 2), angle(0, 2), angle(0, 1)};
  const auto det3 = [](const auto& a, const auto& b, const auto& c) {
    return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  };
  const double det = det3(m[0], m[1], m[2]);
  REQUIRE(det > 0);
  for (const auto& atom : detail::atoms_of(s))
    for (int i = -6; i <= 6; ++i)
      for (int j = -6; j <= 6; ++j)
        for (int k = -6; k <= 6; ++k) {
          // Solves f = x M for x by Cramer's rule.
          const std::array<double, 3> f{atom.position.x + i, atom.position.y + j, atom.position.z + k};
          const auto row = [&](std::size_t n) { return std::array<double, 3>{double(m[n][0]), double(m[n][1]), double(m[n][2])}; };
          const Fractional<double> p{det3(f, row(1), row(2)) / det, det3(row(0), f, row(2)) / det, det3(row(0), row(1), f) / det};
          const auto inside = [](double x) { return x > -1e-9 && x < 1 - 1e-9; };
          if (inside(p.x) && inside(p.y) && inside(p.z)) r.sites.push_back({to_string(atom.species), atom.species, p, atom.occupancy, 0});
        }
  REQUIRE(r.sites.size() == static_cast<std::size_t>(std::lround(det)) * detail::atoms_of(s).size());
  return r;
}

}  // namespace

TEST_CASE("O3: one kind of site, hops through tetrahedra and between two oxygen, two dimensions") {
  const SiteEnergy<BVSE> energy(o3_cell(), na);
  const auto network = hop_network(energy, 0.15);
  check_sound(energy, network);
  CHECK(std::count_if(network.sites.begin(), network.sites.end(), [](const auto& s) { return !s.intermediate; }) == 3);
  CHECK(std::count_if(network.sites.begin(), network.sites.end(), [](const auto& s) { return s.intermediate; }) == 6);
  REQUIRE(network.hops.size() == 2);
  const Hop *tsh = hop_of(network, HopKind::tetrahedral), *odh = hop_of(network, HopKind::dumbbell);
  REQUIRE(tsh);
  REQUIRE(odh);
  // The exact values of the reference for this cell ("O3-NFM").
  CHECK(std::abs(tsh->barrier - 1.7589584) < 1e-4);
  CHECK(std::abs(odh->barrier - 3.0850967) < 1e-4);
  CHECK(tsh->multiplicity == 18);  // each of 9 shared edges has two tetrahedra
  CHECK(odh->multiplicity == 9);
  CHECK(tsh->minimum_energy_path);
  CHECK_FALSE(odh->minimum_energy_path);
  CHECK(odh->length == doctest::Approx(2.96));
  CHECK(*network.thresholds.barrier(1) == doctest::Approx(tsh->barrier).epsilon(1e-6));
  CHECK(std::abs(*network.thresholds.barrier(1) - *network.thresholds.barrier(2)) < 1e-6);
  CHECK(network.warnings.empty());
}

TEST_CASE("the same crystal in other cells has the same barriers") {
  const auto hexagonal = o3_cell(2.96, 2.21, 3.3);
  const auto expected = hop_network(SiteEnergy<BVSE>(hexagonal, na), 0.2);
  const double barrier = *expected.thresholds.barrier(2);
  CHECK(std::abs(barrier - 1.4337645) < 1e-4);  // "O3-HE"
  // A skewed cell of the same volume, a triclinic supercell of two, an orthogonal one.
  for (const std::array<std::array<int, 3>, 3>& m : {std::array<std::array<int, 3>, 3>{{{1, 0, 0}, {1, 1, 0}, {1, 1, 1}}},
                                                     {{{1, 1, 0}, {-1, 1, 0}, {0, 1, 1}}},
                                                     {{{1, 0, 0}, {1, 2, 0}, {0, 0, 1}}}}) {
    const auto cell = in_other_cell(hexagonal, m);
    CAPTURE(to_string(cell.cell));
    const SiteEnergy<BVSE> energy(cell, na);
    const auto network = hop_network(energy, 0.2);
    check_sound(energy, network);
    CHECK(std::abs(*network.thresholds.barrier(1) - barrier) < 1e-4);
    CHECK(std::abs(*network.thresholds.barrier(2) - barrier) < 1e-4);
    REQUIRE(hop_of(network, HopKind::dumbbell));
    CHECK(std::abs(hop_of(network, HopKind::dumbbell)->barrier - hop_of(expected, HopKind::dumbbell)->barrier) < 1e-4);
    CHECK(hop_of(network, HopKind::tetrahedral)->multiplicity ==
          hop_of(expected, HopKind::tetrahedral)->multiplicity * cell.sites.size() / 12);
  }
}

TEST_CASE("P2 and P3 hop through prism faces, O1 and O2 through tetrahedra") {
  const Formula formula = parse_formula("Na1+Mn3+O2-2");
  for (const auto& [sequence, filling, prismatic] :
       {std::tuple{stacking::P2::sequence, AlkaliFilling::all, true}, {stacking::P3::sequence, AlkaliFilling::prism_over_metal, true},
        {stacking::O1::sequence, AlkaliFilling::all, false}, {stacking::O2::sequence, AlkaliFilling::all, false}}) {
    const auto cell = stacking_structure(sequence, LayerDistances<double>{2.9, 2.1, prismatic ? 3.5 : 3.2}, formula, filling);
    CAPTURE(cell.name);
    const SiteEnergy<BVSE> energy(cell, na);
    const auto network = hop_network(energy, 0.2);
    check_sound(energy, network);
    REQUIRE_FALSE(network.hops.empty());
    CHECK(network.hops.front().kind == (prismatic ? HopKind::prism_face : HopKind::tetrahedral));
    CHECK(*network.thresholds.barrier(2) - *network.thresholds.barrier(1) < 1e-4);
    CHECK((hop_of(network, HopKind::dumbbell) != nullptr) == !prismatic);
  }
}

TEST_CASE("antifluorite Li2O: grid points on either side of a saddle hide none of its height") {
  Structure<double> cell{"Li2O", space_group("Fm-3m"), {4.619, 4.619, 4.619, 90, 90, 90}, {}};
  cell.sites = {{"Li1", "Li+"_species, {0.25, 0.25, 0.25}, 1, 0}, {"O1", "O2-"_species, {0, 0, 0}, 1, 0}};
  const SiteEnergy<BVSE> energy(cell, "Li+"_species);
  // From the tetrahedron to the octahedron on the threefold axis, where by symmetry the saddle lies; 48 points along each edge
  // come no nearer to it than 0.003 eV below.
  double lowest = INFINITY, highest = -INFINITY;
  for (int i = 0; i <= 10000; ++i) {
    const double x = 0.25 + 0.25 * i / 10000;
    const double e = energy({x, x, x});
    lowest = std::min(lowest, e);
    if (x < 0.45) highest = std::max(highest, e);
  }
  for (const double spacing : {0.2, 0.1}) {
    const auto network = hop_network(energy, spacing);
    CAPTURE(spacing);
    for (std::size_t d = 1; d <= 3; ++d) CHECK(*network.thresholds.barrier(d) == doctest::Approx(highest - lowest).epsilon(1e-4));
    CHECK(network.warnings.empty());
  }
}

TEST_CASE("fluorite: hops that symmetry makes equal are all counted") {
  Structure<double> cell{"CaF2", space_group("Fm-3m"), {5.463, 5.463, 5.463, 90, 90, 90}, {}};
  cell.sites = {{"Ca1", "Ca2+"_species, {0, 0, 0}, 1, 0}, {"F1", "F-"_species, {0.25, 0.25, 0.25}, 1, 0}};
  const SiteEnergy<BVSE> energy(cell, "F-"_species);
  const auto network = hop_network(energy, 0.2);
  // Eight fluoride ions with six neighbours each: 24 pairs, each with the same number of ways.
  REQUIRE_FALSE(network.hops.empty());
  for (const Hop& hop : network.hops) {
    CHECK(hop.multiplicity % 24 == 0);
    CHECK(hop.kind == HopKind::other);
  }
}

TEST_CASE("LiFePO4 conducts along b alone, on a curved way") {
  // Lengths and coordinates typical of this olivine; no number of the test rests on their last digits.
  Structure<double> cell{"LiFePO4", space_group("Pnma"), {10.332, 6.010, 4.692, 90, 90, 90}, {}};
  cell.sites = {{"Li1", "Li+"_species, {0, 0, 0}, 1, 0},
                {"Fe1", "Fe2+"_species, {0.2822, 0.25, 0.9747}, 1, 0},
                {"P1", "P5+"_species, {0.0948, 0.25, 0.4182}, 1, 0},
                {"O1", "O2-"_species, {0.0968, 0.25, 0.7428}, 1, 0},
                {"O2", "O2-"_species, {0.4571, 0.25, 0.2060}, 1, 0},
                {"O3", "O2-"_species, {0.1656, 0.0465, 0.2848}, 1, 0}};
  const SiteEnergy<BVSE> energy(cell, "Li+"_species);
  const auto network = hop_network(energy, 0.2);
  check_sound(energy, network);
  CHECK(*network.thresholds.barrier(1) < 0.2 * *network.thresholds.barrier(2));
  const Hop& hop = network.hops.front();
  CHECK(hop.kind == HopKind::tetrahedral);
  CHECK(hop.barrier == doctest::Approx(*network.thresholds.barrier(1)));
  const auto &p = network.sites[hop.from].position, &q = network.sites[hop.to].position;
  CHECK(std::abs(q.x + hop.cell[0] - p.x) < 0.01);
  CHECK(std::abs(std::abs(q.y + hop.cell[1] - p.y) - 0.5) < 0.01);
  CHECK(std::abs(q.z + hop.cell[2] - p.z) < 0.01);
  CHECK(hop.length > 1.1 * 6.010 / 2);
  CHECK(network.hops.size() < 20);  // no detours through several intermediates
}

TEST_CASE("data: barriers of the reference cells to 0.002 eV, thresholds of a 0.1 Å grid to 0.04 eV") {
  const auto reference = lamella_test::bvse_reference();
  for (const auto& [name, c] : reference["cases"].items()) {
    CAPTURE(name);
    const SiteEnergy<BVSE> energy(lamella_test::reference_cell(c), parse_species(c["mobile"].get<std::string>()));
    const auto network = hop_network(energy, 0.1);
    check_sound(energy, network);
    const bool p2 = c.contains("barrier");
    const double exact = c[p2 ? "barrier" : "barrier_TSH"];
    CHECK(std::abs(*network.thresholds.barrier(1) - exact) < 2e-5);
    CHECK(std::abs(*network.thresholds.barrier(2) - exact) < 2e-5);
    CHECK(std::abs(*network.grid.barrier(2) - exact) < 0.04);
    CHECK(std::abs(*network.grid.barrier(1) - *network.grid.barrier(2)) < 1e-4);
    const Hop* hop = hop_of(network, p2 ? HopKind::prism_face : HopKind::tetrahedral);
    REQUIRE(hop);
    CHECK(std::abs(hop->barrier - exact) < 2e-5);
    if (!p2) {
      REQUIRE(hop_of(network, HopKind::dumbbell));
      CHECK(std::abs(hop_of(network, HopKind::dumbbell)->barrier - c["barrier_ODH"].get<double>()) < 2e-5);
      // 12 to 28 eV: through the slab, that is not at all.
      CHECK(network.thresholds.barrier(3).value_or(100) > 10);
    } else {
      CHECK_FALSE(network.thresholds.barrier(3));
    }
  }
}

TEST_CASE("data: with the whole Morse term, the barriers that FullProf's convention has") {
  // Exact values of a separate search: LiCoO2 2.053, NaCoO2 3.333, NFM 3.349, HE 2.713 eV, to the three digits given.
  const auto reference = lamella_test::bvse_reference();
  for (const auto& [name, barrier] : {std::pair{"O3-LiCoO2", 2.053}, {"O3-NaCoO2", 3.333}, {"O3-NFM", 3.349}, {"O3-HE", 2.713}}) {
    CAPTURE(name);
    const auto& c = reference["cases"][name];
    const SiteEnergy<BVEL> energy(lamella_test::reference_cell(c), parse_species(c["mobile"].get<std::string>()));
    const auto network = hop_network(energy, 0.15);
    CHECK(std::abs(*network.thresholds.barrier(2) - barrier) < 0.001);
  }
}
