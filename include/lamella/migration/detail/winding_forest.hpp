// Connected components of a periodic graph, and along how many directions each of them runs through the whole crystal.
#pragma once

#include <lamella/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lamella::inline LAMELLA_ABI {
namespace detail {

/// A lattice vector: how many cells one is away along a, b and c.
using Winding = std::array<std::int32_t, 3>;

/// Union-find over the nodes of one cell of a periodic graph. Each node knows by how many cells it is away from the root of its
/// component; a cycle that does not close in the same cell adds its lattice vector to those along which the component repeats
/// itself. Their rank is the dimension in which the component percolates.
class WindingForest {
 public:
  explicit WindingForest(std::size_t nodes) : nodes_(nodes) {}

  bool contains(std::size_t node) const noexcept { return nodes_[node].parent != absent; }
  void insert(std::size_t node) noexcept { nodes_[node].parent = static_cast<std::int32_t>(node); }

  /// Root of the component of `node`.
  std::size_t root(std::size_t node) noexcept {
    Winding away{};
    return find(node, away);
  }

  /// Dimension, 0-3, in which the component of a root percolates.
  int rank(std::size_t root) const noexcept {
    const auto lattice = nodes_[root].lattice;
    return lattice == absent ? 0 : lattices_[static_cast<std::size_t>(lattice)].rank;
  }

  /// Joins node `p` with the image of `q` that lies `shift` cells away from the cell of `p`. Returns the dimension in which the
  /// component percolates now.
  int join(std::size_t p, std::size_t q, const Winding& shift) {
    Winding to_p{}, to_q{};
    std::size_t a = find(p, to_p), b = find(q, to_q);
    // The root of q as seen from the root of p.
    Winding between;
    for (std::size_t i = 0; i < 3; ++i) between[i] = to_p[i] + shift[i] - to_q[i];
    if (a == b) {
      if (between != Winding{}) add(a, between);
      return rank(a);
    }
    if (nodes_[a].size < nodes_[b].size) {
      std::swap(a, b);
      for (auto& w : between) w = -w;
    }
    nodes_[b].parent = static_cast<std::int32_t>(a);
    nodes_[b].away = between;
    nodes_[a].size += nodes_[b].size;
    if (const auto lattice = nodes_[b].lattice; lattice != absent) {
      const Lattice other = lattices_[static_cast<std::size_t>(lattice)];
      if (nodes_[a].lattice == absent) nodes_[a].lattice = lattice;
      else
        for (int i = 0; i < other.rank; ++i) add(a, other.vectors[static_cast<std::size_t>(i)]);
    }
    return rank(a);
  }

 private:
  static constexpr std::int32_t absent = -1;
  struct Node {
    std::int32_t parent = absent;
    std::int32_t lattice = absent;  ///< of a root, where it percolates
    std::int32_t size = 1;          ///< of a root
    Winding away{};                 ///< from the parent
  };
  struct Lattice {
    std::array<Winding, 3> vectors{};
    int rank = 0;
  };

  /// The root, and how far the node is away from it. Shortens the way for the next time.
  std::size_t find(std::size_t node, Winding& away) noexcept {
    std::size_t root = node;
    for (;;) {
      const Node& n = nodes_[root];
      if (static_cast<std::size_t>(n.parent) == root) break;
      for (std::size_t i = 0; i < 3; ++i) away[i] += n.away[i];
      root = static_cast<std::size_t>(n.parent);
    }
    Winding left = away;
    while (node != root) {
      Node& n = nodes_[node];
      const auto next = static_cast<std::size_t>(n.parent);
      const Winding own = n.away;
      n.parent = static_cast<std::int32_t>(root);
      n.away = left;
      for (std::size_t i = 0; i < 3; ++i) left[i] -= own[i];
      node = next;
    }
    return root;
  }

  void add(std::size_t root, const Winding& v) {
    auto& place = nodes_[root].lattice;
    if (place == absent) {
      place = static_cast<std::int32_t>(lattices_.size());
      lattices_.emplace_back();
    }
    Lattice& lattice = lattices_[static_cast<std::size_t>(place)];
    if (lattice.rank == 3) return;
    const auto cross = [](const Winding& x, const Winding& y) {
      const auto minor = [&](std::size_t i, std::size_t j) {
        return std::int64_t{x[i]} * y[j] - std::int64_t{x[j]} * y[i];
      };
      return std::array{minor(1, 2), minor(2, 0), minor(0, 1)};
    };
    const auto& known = lattice.vectors;
    bool independent = v != Winding{};
    if (lattice.rank == 1) independent = cross(known[0], v) != std::array<std::int64_t, 3>{};
    if (lattice.rank == 2) {
      const auto normal = cross(known[0], known[1]);
      independent = normal[0] * v[0] + normal[1] * v[1] + normal[2] * v[2] != 0;
    }
    if (independent) lattice.vectors[static_cast<std::size_t>(lattice.rank++)] = v;
  }

  std::vector<Node> nodes_;
  std::vector<Lattice> lattices_;
};

}  // namespace detail
}  // namespace lamella::inline LAMELLA_ABI
