// The cell edges of all phases: how far they went since the reflections were listed.
#pragma once

#include <lamella/diffraction/phase.hpp>         // structure_of
#include <lamella/diffraction/powder_model.hpp>  // PowderModel

#include <cmath>
#include <cstddef>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

namespace detail {

/// a, b, c of each phase, Å.
template <CrystalModel Crystal>
std::vector<double> cell_edges(const PowderModel<Crystal>& model) {
  std::vector<double> edges;
  for (const auto& phase : model.phases) {
    const auto structure = structure_of(phase.crystal);
    edges.insert(edges.end(), {structure.cell.a, structure.cell.b, structure.cell.c});
  }
  return edges;
}

/// Whether one of them differs from what it was by more than this fraction.
inline bool drifted(const std::vector<double>& edges, const std::vector<double>& before, double fraction) {
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (std::abs(edges[i] - before[i]) > fraction * before[i]) return true;
  return false;
}

}  // namespace detail
}  // namespace lamella
