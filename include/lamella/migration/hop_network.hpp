// The sites of a mobile ion, the hops between them and the barriers of the network that they form.
//
// The critical points of the grid (points without lower neighbours, and points whose lower neighbours fall apart) are refined with
// the exact sum to minima and saddles; the path of steepest descent from each saddle tells which two minima it joins, in which
// cells. Minima and saddles are the nodes and edges of a periodic graph, whose union-find gives the thresholds. Barriers are those of
// a bond-valence site energy: they rank hops and crystals, they are no barriers of first-principles calculations (site_energy.hpp).
#pragma once

#include <lamella/migration/detail/stationary_point.hpp>  // find_stationary, descend
#include <lamella/migration/detail/winding_forest.hpp>    // WindingForest
#include <lamella/migration/percolation.hpp>              // PercolationThresholds, percolation_thresholds
#include <lamella/migration/site_energy.hpp>              // SiteEnergyField
#include <lamella/migration/site_energy_grid.hpp>         // EnergyGrid, site_energy_grid

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// The way from one site to the next.
enum class HopKind : std::uint8_t {
  tetrahedral,  ///< TSH: through a triangle of anions into a tetrahedral site beside
  dumbbell,     ///< ODH: between the two anions of a shared edge
  prism_face,   ///< through the rectangle of four anions between two prisms
  other
};

/// "TSH", "ODH", "prism", "other".
constexpr std::string_view to_string(HopKind kind) {
  switch (kind) {
    case HopKind::tetrahedral: return "TSH";
    case HopKind::dumbbell: return "ODH";
    case HopKind::prism_face: return "prism";
    case HopKind::other: break;
  }
  return "other";
}

/// A local minimum of the site energy.
struct MigrationSite {
  Fractional<double> position;  ///< in the cell at the origin
  double energy = 0;            ///< eV
  bool intermediate = false;    ///< a shallow minimum on the way between deeper ones: no site of its own, part of hops
};

/// A place on the way of a hop.
struct HopPoint {
  double distance = 0;  ///< along the path from its start, Å
  double energy = 0;    ///< above the start, eV
};

/// A hop from one site to the next, from the deeper of the two.
struct Hop {
  HopKind kind = HopKind::other;
  std::size_t from = 0, to = 0;        ///< numbers of the sites
  std::array<int, 3> cell{};           ///< the cell of `to`, as seen from that of `from`
  double barrier = 0;                  ///< from the deeper site to the highest point, eV
  double reverse_barrier = 0;          ///< from the other site, eV
  double length = 0;                   ///< of the path, Å
  Fractional<double> saddle;           ///< the highest point
  double saddle_energy = 0;            ///< eV
  std::vector<HopPoint> profile;       ///< energy along the path
  bool minimum_energy_path = true;     ///< false: a straight way over a point that is a maximum in two directions
  std::size_t multiplicity = 1;        ///< hops of this kind, barrier and length in the cell
};

/// Minima, hops and thresholds of a mobile ion in a framework.
struct HopNetwork {
  std::vector<MigrationSite> sites;    ///< by energy, the lowest first; at most `highest_hop` above it
  std::vector<Hop> hops;               ///< by barrier; one of each kind, barrier and length
  PercolationThresholds thresholds;    ///< refined to 10⁻⁴ eV
  PercolationThresholds grid;          ///< of the grid that the search began with
  std::array<std::size_t, 3> grid_shape{};
  std::vector<std::string> warnings;
};

/// Up to which energy above the lowest site minima and hops are listed, eV.
inline constexpr double highest_hop = 10;

namespace detail {

/// An anion next to a point.
struct NearAnion {
  double distance = 0;
  Cartesian<double> to_point;
};

/// The counter-ions around a point, nearest first.
inline std::vector<NearAnion> anions_around(const SiteEnergyField<double>& field, const Fractional<double>& point) {
  constexpr double reach = 4.5;  // Å
  std::vector<NearAnion> all;
  field.visit(point, [&](const FrameworkIon<double>& ion, const Cartesian<double>& d) {
    if (ion.species.charge * field.mobile().charge > 0) return;
    const double r = std::sqrt(dot(d, d));
    if (!(r < reach)) return;
    // Ions that share a place count once.
    for (const auto& other : all)
      if (const auto apart = other.to_point - d; dot(apart, apart) < 0.04) return;
    all.push_back({r, d});
  });
  std::sort(all.begin(), all.end(), [](const NearAnion& x, const NearAnion& y) { return x.distance < y.distance; });
  return all;
}

/// What the nearest anions form: as many as come before the widest step in distance, from 2 to 6.
enum class AnionShell : std::uint8_t { dumbbell, triangle, rectangle, tetrahedron, other };

inline AnionShell shell_around(const SiteEnergyField<double>& field, const Fractional<double>& point) {
  const auto anions = anions_around(field, point);
  std::size_t count = 0;
  double widest = 1;
  for (std::size_t k = 2; k <= 6 && k < anions.size(); ++k)
    if (const double step = anions[k].distance / anions[k - 1].distance; step > widest) {
      widest = step;
      count = k;
    }
  const auto cosine = [&](std::size_t i, std::size_t j) {
    return dot(anions[i].to_point, anions[j].to_point) / (anions[i].distance * anions[j].distance);
  };
  if (count == 2) return cosine(0, 1) < -0.75 ? AnionShell::dumbbell : AnionShell::other;
  if (count == 3) return AnionShell::triangle;
  if (count == 4) {
    // In the plane of a rectangle each has one opposite; in a tetrahedron no angle is far above 109°.
    std::size_t opposite = 0;
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = i + 1; j < 4; ++j) opposite += cosine(i, j) < -0.8 ? 1 : 0;
    // The long and the short diagonal of a leaning parallelogram, as in an octahedron stretched along the stacking, differ.
    const bool alike = anions[3].distance < 1.12 * anions[0].distance;
    return opposite >= 2 && alike ? AnionShell::rectangle : opposite == 0 ? AnionShell::tetrahedron : AnionShell::other;
  }
  return AnionShell::other;
}

/// A saddle between two minima and the path over it.
struct Pass {
  StationaryPoint saddle;
  std::array<std::size_t, 2> site{};
  std::array<Winding, 2> cell{};                  ///< in which the path from the saddle ends
  std::array<std::vector<PathPoint>, 2> path;     ///< from the saddle to the minimum
};

/// Finds minima and saddles from a grid and puts the network together.
class NetworkSearch {
 public:
  NetworkSearch(const SiteEnergyField<double>& field, const EnergyGrid& grid) : field_(field), grid_(grid) {}

  HopNetwork search() {
    network_.grid = percolation_thresholds(grid_);
    network_.grid_shape = grid_.shape;
    find_critical_points();
    sort_passes();
    find_thresholds();
    mark_intermediates();
    add_hops();
    group_hops();
    keep_sites();
    return std::move(network_);
  }

 private:
  static constexpr double same = 0.05;  // Å: points nearer than this are one

  static double wrapped(double x) noexcept {
    x -= std::floor(x);
    return x > 1 - 1e-6 ? 0 : x;  // as near as points settle
  }
  static Fractional<double> in_cell(const Fractional<double>& p) noexcept { return {wrapped(p.x), wrapped(p.y), wrapped(p.z)}; }

  /// The cell in which `p` is an image of `q`, where it is one.
  std::optional<Winding> image(const Fractional<double>& p, const Fractional<double>& q) const {
    const std::array cell{std::round(p.x - q.x), std::round(p.y - q.y), std::round(p.z - q.z)};
    if (distance(field_.axes(), p, {q.x + cell[0], q.y + cell[1], q.z + cell[2]}) > same) return std::nullopt;
    return Winding{static_cast<std::int32_t>(cell[0]), static_cast<std::int32_t>(cell[1]), static_cast<std::int32_t>(cell[2])};
  }

  std::size_t site_at(const Fractional<double>& p, double energy, Winding& cell) {
    for (std::size_t i = 0; i < network_.sites.size(); ++i)
      if (const auto found = image(p, network_.sites[i].position)) {
        cell = *found;
        return i;
      }
    network_.sites.push_back({in_cell(p), energy, false});
    cell = image(p, network_.sites.back().position).value_or(Winding{});
    return network_.sites.size() - 1;
  }

  /// The part of a set of neighbours that hangs together with its first.
  static std::uint32_t component(std::uint32_t set, const std::array<std::uint32_t, GridNeighbours::count>& adjacent) noexcept {
    std::uint32_t part = set & (~set + 1), fresh = part;
    while (fresh != 0) {
      const auto next = static_cast<std::size_t>(std::countr_zero(fresh));
      fresh &= fresh - 1;
      const std::uint32_t more = adjacent[next] & set & ~part;
      part |= more;
      fresh |= more;
    }
    return part;
  }

  void find_critical_points() {
    // Which of the 26 neighbours are neighbours of each other.
    std::array<std::uint32_t, GridNeighbours::count> adjacent{};
    const auto place = [](std::size_t n) {
      const int m = static_cast<int>(n < 13 ? n : n + 1);
      return std::array{m / 9, m / 3 % 3, m % 3};
    };
    for (std::size_t i = 0; i < adjacent.size(); ++i)
      for (std::size_t j = 0; j < adjacent.size(); ++j) {
        const auto p = place(i), q = place(j);
        if (std::abs(p[0] - q[0]) <= 1 && std::abs(p[1] - q[1]) <= 1 && std::abs(p[2] - q[2]) <= 1)
          adjacent[i] |= std::uint32_t{1} << j;
      }
    const GridNeighbours neighbours(grid_.shape);
    const auto most = static_cast<float>(network_.grid.lowest + highest_barrier);
    std::vector<StationaryPoint> saddles;
    std::vector<Fractional<double>> flats;
    for (std::size_t point = 0; point < grid_.size(); ++point) {
      const float energy = grid_.energy[point];
      if (!(energy <= most)) continue;
      std::uint32_t lower = 0, bit = 1;
      for (const auto& [other, cell] : neighbours(point)) {
        const float e = grid_.energy[other];
        if (e < energy || (e == energy && other < point)) lower |= bit;
        bit <<= 1;
      }
      if (lower == 0) {
        if (const auto minimum = find_stationary(field_, grid_.position(point), Stationary::minimum)) {
          Winding cell{};
          site_at(minimum->position, minimum->energy, cell);
        }
        continue;
      }
      if (component(lower, adjacent) == lower) continue;
      const auto keep = [&](StationaryPoint saddle) {
        if (saddle.energy > static_cast<double>(most)) return;
        saddle.position = in_cell(saddle.position);
        const bool known = std::any_of(saddles.begin(), saddles.end(), [&](const StationaryPoint& s) {
          return image(saddle.position, s.position).has_value();
        });
        if (!known) saddles.push_back(saddle);
      };
      const auto try_from = [&](const Fractional<double>& start) {
        if (const auto saddle = find_stationary(field_, start, Stationary::saddle)) keep(*saddle);
      };
      const Fractional<double> here = grid_.position(point);
      try_from(here);
      if (static_cast<double>(energy) > network_.grid.lowest + highest_hop + 1) continue;
      // Several saddles can lie closer to each other than the points: a shallow minimum between them does not show on the grid. So
      // also from a little way towards each of the parts of the lower neighbours, and around a flat place nearby.
      for (std::uint32_t left = lower; left != 0;) {
        const std::uint32_t part = component(left, adjacent);
        left &= ~part;
        std::array<double, 3> towards{};
        for (std::uint32_t rest = part; rest != 0; rest &= rest - 1) {
          const auto q = place(static_cast<std::size_t>(std::countr_zero(rest)));
          for (std::size_t i = 0; i < 3; ++i) towards[i] += q[i] - 1;
        }
        const double count = std::popcount(part);
        try_from({here.x + towards[0] / count / static_cast<double>(grid_.shape[0]), here.y + towards[1] / count / static_cast<double>(grid_.shape[1]),
                  here.z + towards[2] / count / static_cast<double>(grid_.shape[2])});
      }
      constexpr double flat = 1.5;  // eV/Å²
      if (const auto near = find_stationary(field_, here, Stationary::nearest);
          near && near->index != 1 && std::abs(near->curvature.value[0]) < flat && std::abs(near->curvature.value[1]) < flat) {
        const bool known = std::any_of(flats.begin(), flats.end(), [&](const auto& p) { return image(near->position, p).has_value(); });
        if (known) continue;
        flats.push_back(in_cell(near->position));
        for (const auto& saddle : saddles_around(field_, *near)) keep(saddle);
      }
    }
    for (const auto& saddle : saddles) {
      Pass pass{saddle, {}, {}, {descend(field_, saddle, 1), descend(field_, saddle, -1)}};
      if (pass.path[0].empty() || pass.path[1].empty()) continue;
      for (std::size_t side = 0; side < 2; ++side)
        pass.site[side] = site_at(pass.path[side].back().position, pass.path[side].back().energy, pass.cell[side]);
      passes_.push_back(std::move(pass));
    }
  }

  void sort_passes() {
    std::sort(passes_.begin(), passes_.end(), [](const Pass& x, const Pass& y) { return x.saddle.energy < y.saddle.energy; });
    double lowest = INFINITY;
    for (const auto& site : network_.sites) lowest = std::min(lowest, site.energy);
    network_.thresholds.lowest = std::isfinite(lowest) ? lowest : network_.grid.lowest;
  }

  static Winding between(const Pass& pass, std::size_t side) {
    Winding d;
    for (std::size_t i = 0; i < 3; ++i) d[i] = pass.cell[1 - side][i] - pass.cell[side][i];
    return d;
  }

  /// The longest way from a grid point to one of its 26 neighbours, Å.
  double longest_step() const {
    const auto edge = [&](std::size_t i) { return 1 / static_cast<double>(grid_.shape[i]); };
    double longest = 0;
    for (const double y : {-1.0, 1.0})
      for (const double z : {-1.0, 1.0})
        longest = std::max(longest, distance(field_.axes(), {edge(0), y * edge(1), z * edge(2)}, {0, 0, 0}));
    return longest;
  }

  void find_thresholds() {
    auto& refined = network_.thresholds;
    WindingForest forest(network_.sites.size());
    for (std::size_t i = 0; i < network_.sites.size(); ++i) forest.insert(i);
    std::size_t reached = 0;
    std::array<double, 3> hidden{};
    const double step = longest_step();
    for (const Pass& pass : passes_)
      for (const auto rank = static_cast<std::size_t>(forest.join(pass.site[0], pass.site[1], between(pass, 0))); reached < rank;) {
        hidden[reached] = -pass.saddle.curvature.value[0] * step * step / 8;
        refined.energy[reached++] = pass.saddle.energy;
      }
    // A path over grid points is a path, but for what a saddle halfway between two of them rises above both (which its curvature
    // tells as long as that is little): where the network's lies higher, a saddle has escaped the search.
    for (std::size_t d = 0; d < 3; ++d) {
      const auto& coarse = network_.grid.energy[d];
      if (refined.energy[d] && *refined.energy[d] > refined.lowest + highest_barrier) refined.energy[d].reset();
      if (!coarse || (refined.energy[d] && *refined.energy[d] <= *coarse + std::clamp(hidden[d], 2e-3, 1e-2))) continue;
      refined.energy[d] = coarse;
      network_.warnings.push_back("the " + std::to_string(d + 1) + "D threshold is that of the grid, not refined: its saddle was not found");
    }
  }

  /// A minimum from which one gets out to a deeper one over less than a quarter of the way back.
  void mark_intermediates() {
    std::vector<bool> seen(network_.sites.size(), false);
    for (const Pass& pass : passes_)  // ascending: the first pass of a site is its lowest
      for (std::size_t side = 0; side < 2; ++side) {
        const std::size_t here = pass.site[side], there = pass.site[1 - side];
        if (seen[here]) continue;
        seen[here] = true;
        const double out = pass.saddle.energy - network_.sites[here].energy, back = pass.saddle.energy - network_.sites[there].energy;
        network_.sites[here].intermediate = here != there && out < 0.25 * back;
      }
  }

  /// One step of a path from site to site: over which pass, and from which of its sides.
  struct Step {
    const Pass* pass;
    std::size_t side;
  };

  void add_hops() {
    const double most = network_.thresholds.lowest + highest_hop;
    std::vector<std::vector<Step>> steps(network_.sites.size());
    for (const Pass& pass : passes_) {
      if (pass.saddle.energy > most) continue;
      for (std::size_t side = 0; side < 2; ++side) steps[pass.site[side]].push_back({&pass, side});
    }
    for (std::size_t from = 0; from < network_.sites.size(); ++from) {
      if (network_.sites[from].intermediate || network_.sites[from].energy > most) continue;
      std::vector<Step> way;
      extend(steps, from, from, {}, way);
    }
    drop_detours();
    const std::size_t stepwise = network_.hops.size();
    for (std::size_t i = 0; i < stepwise; ++i) add_direct_hop(i);
  }

  /// Follows the passes from `at` through intermediates until the next site.
  void extend(const std::vector<std::vector<Step>>& steps, std::size_t from, std::size_t at, const Winding& cell, std::vector<Step>& way) {
    constexpr std::size_t longest = 3;
    for (const Step& step : steps[at]) {
      if (!way.empty() && way.back().pass == step.pass && way.back().side != step.side) continue;  // back the same way
      const std::size_t to = step.pass->site[1 - step.side];
      Winding there = cell;
      const Winding d = between(*step.pass, step.side);
      for (std::size_t i = 0; i < 3; ++i) there[i] += d[i];
      way.push_back(step);
      if (network_.sites[to].intermediate) {
        if (way.size() < longest) extend(steps, from, to, there, way);
      } else if (const bool home = to == from && there == Winding{}; !home && is_forward(from, to, there)) {
        add_hop(from, to, there, way);
      }
      way.pop_back();
    }
  }

  /// A way through two intermediates or more is a hop of its own only where it joins what lower and shorter hops do not.
  void drop_detours() {
    const auto& hops = network_.hops;
    std::vector<std::size_t> order(hops.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Equal by symmetry is equal, whatever the rounding, and kept or dropped together.
    const auto rank_of = [&](std::size_t i) { return std::pair{std::round(hops[i].saddle_energy * 1e5), steps_of_hop_[i]}; };
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return std::pair{rank_of(i), i} < std::pair{rank_of(j), j}; });
    WindingForest forest(network_.sites.size());
    for (std::size_t i = 0; i < network_.sites.size(); ++i) forest.insert(i);
    const auto joins = [&](WindingForest& f, const Hop& hop) {
      const std::size_t root = f.root(hop.from);
      const bool together = root == f.root(hop.to);
      const int before = f.rank(root);
      return f.join(hop.from, hop.to, {hop.cell[0], hop.cell[1], hop.cell[2]}) > before || !together;
    };
    std::vector<Hop> kept;
    for (auto first = order.begin(); first != order.end();) {
      const auto last = std::find_if(first, order.end(), [&](std::size_t i) { return rank_of(i) != rank_of(*first); });
      const WindingForest lower = forest;
      for (; first != last; ++first) {
        const Hop& hop = hops[*first];
        const auto new_way = [&] {
          WindingForest alone = lower;
          return joins(alone, hop);
        };
        if (steps_of_hop_[*first] <= 2 || new_way()) kept.push_back(hop);
        joins(forest, hop);
      }
    }
    network_.hops = std::move(kept);
  }

  /// Of the two directions of a hop the one that starts from the deeper site.
  bool is_forward(std::size_t from, std::size_t to, const Winding& cell) const {
    if (from != to) {
      const double e = network_.sites[from].energy, f = network_.sites[to].energy;
      return std::abs(e - f) > 1e-9 ? e < f : from < to;
    }
    return cell > Winding{};
  }

  void add_hop(std::size_t from, std::size_t to, const Winding& cell, const std::vector<Step>& way) {
    std::vector<PathPoint> path;
    const Pass* highest = way.front().pass;
    for (const Step& step : way) {
      const auto& up = step.pass->path[step.side];
      const auto& down = step.pass->path[1 - step.side];
      // Shifted so that it goes on where the last one ended.
      const Fractional<double> start = up.back().position;
      const Fractional<double> last = path.empty() ? network_.sites[from].position : path.back().position;
      const Fractional<double> shift{std::round(last.x - start.x), std::round(last.y - start.y), std::round(last.z - start.z)};
      const auto put = [&](const PathPoint& p) {
        path.push_back({{p.position.x + shift.x, p.position.y + shift.y, p.position.z + shift.z}, p.energy});
      };
      if (!path.empty()) path.pop_back();
      for (auto p = up.rbegin(); p != up.rend(); ++p) put(*p);
      for (std::size_t i = 1; i < down.size(); ++i) put(down[i]);
      if (step.pass->saddle.energy > highest->saddle.energy) highest = step.pass;
    }
    Hop hop = hop_along(path, from, to, cell);
    hop.saddle = in_cell(highest->saddle.position);
    hop.saddle_energy = highest->saddle.energy;
    hop.kind = kind_of(hop.saddle, path);
    network_.hops.push_back(std::move(hop));
    steps_of_hop_.push_back(way.size());
  }

  HopKind kind_of(const Fractional<double>& saddle, const std::vector<PathPoint>& path) const {
    if (field_.mobile().charge < 0) return HopKind::other;  // the names are those of cations between anions
    switch (shell_around(field_, saddle)) {
      case AnionShell::dumbbell: return HopKind::dumbbell;
      case AnionShell::rectangle: return HopKind::prism_face;
      default: break;
    }
    const bool tetrahedral = std::any_of(path.begin(), path.end(), [&](const PathPoint& p) {
      return shell_around(field_, p.position) == AnionShell::tetrahedron;
    });
    return tetrahedral ? HopKind::tetrahedral : HopKind::other;
  }

  Hop hop_along(const std::vector<PathPoint>& path, std::size_t from, std::size_t to, const Winding& cell) const {
    Hop hop;
    hop.from = from;
    hop.to = to;
    for (std::size_t i = 0; i < 3; ++i) hop.cell[i] = cell[i];
    double highest = path.front().energy;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (i > 0) hop.length += distance(field_.axes(), path[i - 1].position, path[i].position);
      hop.profile.push_back({hop.length, path[i].energy - path.front().energy});
      highest = std::max(highest, path[i].energy);
    }
    hop.barrier = highest - path.front().energy;
    hop.reverse_barrier = highest - path.back().energy;
    return hop;
  }

  /// The straight way between two sites that are joined through an intermediate, where it leads between two anions.
  void add_direct_hop(std::size_t stepwise) {
    const Hop known = network_.hops[stepwise];
    if (known.kind != HopKind::tetrahedral) return;
    const auto start = network_.sites[known.from].position, to = network_.sites[known.to].position;
    const Fractional<double> end{to.x + known.cell[0], to.y + known.cell[1], to.z + known.cell[2]};
    const Fractional<double> middle{0.5 * (start.x + end.x), 0.5 * (start.y + end.y), 0.5 * (start.z + end.z)};
    // Each pair once, though several tetrahedra join it.
    for (const Hop& hop : network_.hops)
      if (hop.kind == HopKind::dumbbell && hop.from == known.from && hop.to == known.to && hop.cell == known.cell) return;
    if (shell_around(field_, middle) != AnionShell::dumbbell) return;
    const auto top = find_stationary(field_, middle, Stationary::nearest);
    if (!top || distance(field_.axes(), top->position, middle) > 0.4 || shell_around(field_, top->position) != AnionShell::dumbbell)
      return;
    if (top->energy > network_.thresholds.lowest + highest_hop || top->energy <= known.saddle_energy) return;
    constexpr int points = 24;
    std::vector<PathPoint> path;
    for (const auto& [p, q] : {std::pair{start, top->position}, std::pair{top->position, end}})
      for (int i = path.empty() ? 0 : 1; i <= points; ++i) {
        const double f = static_cast<double>(i) / points;
        const Fractional<double> at{p.x + f * (q.x - p.x), p.y + f * (q.y - p.y), p.z + f * (q.z - p.z)};
        path.push_back({at, field_(at)});
      }
    Hop hop = hop_along(path, known.from, known.to, {known.cell[0], known.cell[1], known.cell[2]});
    hop.kind = HopKind::dumbbell;
    hop.saddle = in_cell(top->position);
    hop.saddle_energy = top->energy;
    hop.minimum_energy_path = top->index == 1;
    network_.hops.push_back(std::move(hop));
  }

  void group_hops() {
    auto& hops = network_.hops;
    std::vector<std::size_t> order(hops.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
      return std::pair{hops[i].barrier, i} < std::pair{hops[j].barrier, j};
    });
    std::vector<Hop> groups;
    for (const std::size_t i : order) {
      Hop& hop = hops[i];
      const auto alike = std::find_if(groups.rbegin(), groups.rend(), [&](const Hop& other) {
        return other.kind == hop.kind && std::abs(other.barrier - hop.barrier) < 2e-4 &&
               std::abs(other.reverse_barrier - hop.reverse_barrier) < 2e-4 && std::abs(other.length - hop.length) < 0.02;
      });
      if (alike == groups.rend()) groups.push_back(std::move(hop));
      else ++alike->multiplicity;
    }
    hops = std::move(groups);
  }

  /// Sorts the sites by energy and leaves out what lies too high.
  void keep_sites() {
    auto& sites = network_.sites;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sites.size(); ++i)
      if (sites[i].energy <= network_.thresholds.lowest + highest_hop) order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
      return std::pair{sites[i].energy, i} < std::pair{sites[j].energy, j};
    });
    std::vector<std::size_t> place(sites.size());
    std::vector<MigrationSite> kept;
    for (const std::size_t i : order) {
      place[i] = kept.size();
      kept.push_back(sites[i]);
    }
    for (Hop& hop : network_.hops) {
      hop.from = place[hop.from];
      hop.to = place[hop.to];
    }
    sites = std::move(kept);
  }

  const SiteEnergyField<double>& field_;
  const EnergyGrid& grid_;
  HopNetwork network_;
  std::vector<Pass> passes_;
  std::vector<std::size_t> steps_of_hop_;  ///< how many passes each hop goes over
};

}  // namespace detail

/// Sites, hops and thresholds of an ion, from a grid of its site energy and refined with the exact sum.
///
/// Hops lead from site to site, over shallow intermediate minima where there are some: that through a tetrahedral site is one hop,
/// not two. Paths are those of steepest descent from the saddle. Where a tetrahedral site joins two sites, the direct hop between
/// the two anions of their shared edge is listed too; it usually is no minimum-energy path but relaxes into the other.
/// Thresholds are above the lowest minimum of the whole cell.
inline HopNetwork hop_network(const SiteEnergyField<double>& field, const EnergyGrid& grid) {
  return detail::NetworkSearch(field, grid).search();
}

/// The same from a grid of at most `spacing` Å.
inline HopNetwork hop_network(const SiteEnergyField<double>& field, double spacing = 0.1) {
  return hop_network(field, site_energy_grid(field, spacing));
}

}  // namespace lamella::inline LAMELLA_ABI
