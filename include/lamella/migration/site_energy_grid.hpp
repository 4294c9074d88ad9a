// The site energy on a grid of the whole cell: a map to percolate, to search for sites and to export.
//
// Each pair potential is tabulated as a function of R², at 1024 points to each doubling and linear between them: no root, no
// exponential at a point of the grid. What an ion adds beyond the distance at which all such ions together add less than 10⁻⁴ eV is
// left out. Up to 30 eV above the lowest energy the grid differs from the exact sum by less than 5·10⁻⁴ eV, single precision
// included; what matters is refined with the exact sum afterwards.
#pragma once

#include <lamella/core/error.hpp>                // fail
#include <lamella/core/measured.hpp>             // to_string
#include <lamella/crystal/coordinates.hpp>       // Fractional
#include <lamella/crystal/unit_cell.hpp>         // metric
#include <lamella/migration/site_energy.hpp>     // SiteEnergyField

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Energies at the points (i/n_a, j/n_b, k/n_c) of a cell, eV, k running fastest. Periodic: the point n_a is the point 0.
struct EnergyGrid {
  std::array<std::size_t, 3> shape{};
  std::vector<float> energy;

  std::size_t size() const noexcept { return energy.size(); }
  Fractional<double> position(std::size_t point) const noexcept {
    const std::size_t k = point % shape[2], j = point / shape[2] % shape[1], i = point / shape[2] / shape[1];
    return {static_cast<double>(i) / static_cast<double>(shape[0]), static_cast<double>(j) / static_cast<double>(shape[1]),
            static_cast<double>(k) / static_cast<double>(shape[2])};
  }
};

/// Divisions of the edges of a cell whose points are at most `spacing` Å apart and lie on special positions: multiples of 6, and of
/// 12 on edges above 8 Å. Throws for a spacing that is not between 0.01 and 0.5 Å, and where there were more than 2·10⁷ points.
inline std::array<std::size_t, 3> grid_shape(const UnitCell<double>& cell, double spacing) {
  if (!(spacing >= 0.01 && spacing <= 0.5))
    fail("grid spacing " + to_string(Measured{spacing, 0}) + " Å, expected 0.01 to 0.5 Å");
  require_valid(cell);
  std::array<std::size_t, 3> shape{};
  double points = 1;
  const std::array edges{cell.a, cell.b, cell.c};
  for (std::size_t i = 0; i < 3; ++i) {
    const double step = edges[i] > 8 ? 12 : 6;
    // An edge of a whole number of steps but for rounding keeps that number.
    const double divisions = step * std::max(1.0, std::ceil(edges[i] / (step * spacing) - 1e-9));
    points *= divisions;
    if (!(points <= 2e7))
      fail("grid of " + to_string(Measured{spacing, 0}) + " Å in a cell of " + to_string(cell) +
           ": more than 20 million points, expected a coarser grid");
    shape[i] = static_cast<std::size_t>(divisions);
  }
  return shape;
}

/// Computes the energies on a grid; set up once, nothing is allocated afterwards. Columns of points along c are summed ion by ion.
class SiteEnergyGridCalculator {
 public:
  SiteEnergyGridCalculator(const SiteEnergyField<double>& field, const std::array<std::size_t, 3>& shape)
      : shape_(shape), cutoff_(field.settings().cutoff) {
    for (const std::size_t n : shape)
      if (n < 2 || n > 1000000) fail("grid of " + std::to_string(n) + " points along an edge, expected 2 to 1000000");
    if (static_cast<double>(shape[0]) * static_cast<double>(shape[1]) * static_cast<double>(shape[2]) > 2e7)
      fail("a grid of more than 20 million points, expected a coarser one");
    const auto g = metric(field.cell());
    across_ = {g.xx - g.xz * g.xz / g.zz, g.yy - g.yz * g.yz / g.zz, g.xy - g.xz * g.yz / g.zz};
    edge_ = std::sqrt(g.zz);
    along_a_ = g.xz / edge_;
    along_b_ = g.yz / edge_;
    place_ions(field);
    const double step = edge_ / static_cast<double>(shape_[2]);
    margin_ = static_cast<std::size_t>(std::ceil((cutoff_ + edge_) / step)) + 2;
    column_.resize(shape_[2] + 2 * margin_);
  }

  std::size_t size() const noexcept { return shape_[0] * shape_[1] * shape_[2]; }

  /// Fills `energy`, of `size()` points, eV.
  void calculate(std::span<float> energy) {
    if (energy.size() != size()) fail("a grid of " + std::to_string(size()) + " points computed into " + std::to_string(energy.size()));
    for (std::size_t i = 0; i < shape_[0]; ++i)
      for (std::size_t j = 0; j < shape_[1]; ++j)
        column(static_cast<double>(i) / static_cast<double>(shape_[0]), static_cast<double>(j) / static_cast<double>(shape_[1]),
               energy.subspan((i * shape_[1] + j) * shape_[2], shape_[2]));
  }

 private:
  /// A table of the energy against R². Between 2^e and 2^(e+1) the nodes are 2^(e-10) apart, so that the bits of R² are their number.
  static constexpr int node_bits = 10, first_octave = -6, last_octave = 10;
  static constexpr std::uint32_t shift = 23 - node_bits;
  static constexpr float least = 0x1p-6f;  // R² of 0.125 Å: ions that overlap

  struct Node {
    float energy, slope;
  };
  struct Ion {
    Fractional<double> position;
    std::size_t kind;
  };
  using Content = std::vector<std::pair<std::size_t, double>>;  ///< potentials and their occupancies on one place

  void place_ions(const SiteEnergyField<double>& field) {
    // Ions that share a place act as one.
    struct Shared {
      Fractional<double> position;
      Content content;
    };
    std::vector<Shared> places;
    const auto wrapped = [](double x) { return x - std::floor(x); };
    for (const auto& ion : field.framework()) {
      auto found = std::find_if(places.begin(), places.end(), [&](const Shared& p) {
        return p.position.x == ion.position.x && p.position.y == ion.position.y && p.position.z == ion.position.z;
      });
      if (found == places.end()) found = places.insert(places.end(), {ion.position, {}});
      found->content.emplace_back(ion.potential, ion.occupancy);
    }
    std::vector<Content> kinds;
    std::vector<double> count;
    for (auto& place : places) {
      std::sort(place.content.begin(), place.content.end());
      const auto found = std::find(kinds.begin(), kinds.end(), place.content);
      const auto kind = static_cast<std::size_t>(found - kinds.begin());
      if (found == kinds.end()) {
        kinds.push_back(place.content);
        count.push_back(0);
        add_table(field, place.content);
      }
      ++count[kind];
      ions_.push_back({{wrapped(place.position.x), wrapped(place.position.y), wrapped(place.position.z)}, kind});
    }
    for (std::size_t kind = 0; kind < kinds.size(); ++kind)
      reach_.push_back(reach(field, kinds[kind], count[kind] / volume(field.cell()), 1e-4 / static_cast<double>(kinds.size())));
  }

  static double energy_of(const SiteEnergyField<double>& field, const Content& content, double r) {
    double sum = 0;
    for (const auto& [potential, occupancy] : content) sum += occupancy * field.potentials()[potential](r);
    return sum;
  }

  /// The distance beyond which ions of that many per Å³ contribute less than `tolerance` eV in all; at most the cutoff.
  double reach(const SiteEnergyField<double>& field, const Content& content, double density, double tolerance) const {
    constexpr double step = 0.05;
    double r = cutoff_, left_out = 0;
    while (r > 1) {
      left_out += 4 * std::numbers::pi * r * r * step * density * std::abs(energy_of(field, content, r));
      if (left_out > tolerance) break;
      r -= step;
    }
    return r;
  }

  std::size_t nodes_per_table() const noexcept {
    const float last = static_cast<float>(cutoff_ * cutoff_) * 1.001f;
    return ((std::bit_cast<std::uint32_t>(last) - std::bit_cast<std::uint32_t>(least)) >> shift) + 2;
  }

  void add_table(const SiteEnergyField<double>& field, const Content& content) {
    const std::size_t count = nodes_per_table();
    const auto energy_at = [&](std::size_t node) {
      const auto bits = std::bit_cast<std::uint32_t>(least) + (static_cast<std::uint32_t>(node) << shift);
      const double r = std::sqrt(static_cast<double>(std::bit_cast<float>(bits)));
      return std::pair{energy_of(field, content, r), r * r};
    };
    auto here = energy_at(0);
    for (std::size_t i = 0; i < count; ++i) {
      const auto next = energy_at(i + 1);
      nodes_.push_back({static_cast<float>(here.first), static_cast<float>((next.first - here.first) / (next.second - here.second))});
      here = next;
    }
  }

  void column(double x, double y, std::span<float> energy) {
    std::fill(column_.begin(), column_.end(), 0.0f);
    const double step = edge_ / static_cast<double>(shape_[2]);
    const double determinant = across_[0] * across_[1] - across_[2] * across_[2];
    for (const Ion& ion : ions_) {
      const double reach = reach_[ion.kind], square = reach * reach;
      const Node* const nodes = nodes_.data() + ion.kind * nodes_per_table();
      const double from_x = x - ion.position.x, from_y = y - ion.position.y;
      // Images a and b apart whose line along c comes nearer than the cutoff.
      const double reach_y = reach * std::sqrt(across_[0] / determinant);
      for (double j = std::ceil(-from_y - reach_y); j <= reach_y - from_y; ++j) {
        const double dy = from_y + j;
        const double tilt = across_[2] / across_[0] * dy;
        const double rest = square - (across_[1] - across_[2] * across_[2] / across_[0]) * dy * dy;
        if (!(rest > 0)) continue;
        const double reach_x = std::sqrt(rest / across_[0]);
        for (double i = std::ceil(-from_x - tilt - reach_x); i <= reach_x - from_x - tilt; ++i) {
          const double dx = from_x + i;
          const double away = across_[0] * dx * dx + 2 * across_[2] * dx * dy + across_[1] * dy * dy;
          if (!(away < square)) continue;
          const double half = std::sqrt(square - away);
          // Height of the point k of the column above the ion: start + k step.
          double start = along_a_ * dx + along_b_ * dy - edge_ * ion.position.z;
          const double turns = std::round(start / edge_);
          start -= turns * edge_;  // the sum is periodic
          const double first = std::ceil((-half - start) / step), last = std::floor((half - start) / step);
          const auto offset = static_cast<std::size_t>(first + static_cast<double>(margin_));
          add(column_.data() + offset, static_cast<std::size_t>(std::max(0.0, last - first + 1)),
              static_cast<float>(start + first * step), static_cast<float>(step), static_cast<float>(away),
              nodes);
        }
      }
    }
    // What stands out at both ends belongs to the neighbouring cells.
    std::fill(energy.begin(), energy.end(), 0.0f);
    std::size_t to = (shape_[2] - margin_ % shape_[2]) % shape_[2];
    for (const float e : column_) {
      energy[to] += e;
      if (++to == energy.size()) to = 0;
    }
  }

  static void add(float* energy, std::size_t count, float height, float step, float away, const Node* nodes) {
    constexpr std::uint32_t base = std::bit_cast<std::uint32_t>(least) >> shift, mask = ~((std::uint32_t{1} << shift) - 1);
    for (std::size_t k = 0; k < count; ++k) {
      const float h = height + step * static_cast<float>(static_cast<std::int32_t>(k));
      const float square = std::max(away + h * h, least);
      const auto bits = std::bit_cast<std::uint32_t>(square);
      const Node node = nodes[(bits >> shift) - base];
      energy[k] += node.energy + node.slope * (square - std::bit_cast<float>(bits & mask));
    }
  }

  std::array<std::size_t, 3> shape_;
  double cutoff_;
  std::array<double, 3> across_{};  ///< metric of a and b across c: aa, bb, ab
  double edge_ = 0;                 ///< c, Å
  double along_a_ = 0, along_b_ = 0;
  std::size_t margin_ = 0;
  std::vector<Ion> ions_;
  std::vector<Node> nodes_;
  std::vector<double> reach_;  ///< of each kind of ion, Å
  std::vector<float> column_;
};

/// The site energy on a grid of at most `spacing` Å (`grid_shape`).
inline EnergyGrid site_energy_grid(const SiteEnergyField<double>& field, double spacing = 0.1) {
  EnergyGrid grid{grid_shape(field.cell(), spacing), {}};
  SiteEnergyGridCalculator calculator(field, grid.shape);
  grid.energy.resize(calculator.size());
  calculator.calculate(grid.energy);
  return grid;
}

}  // namespace lamella::inline LAMELLA_ABI
