// How wide the windows between alkali sites are: of a layered lattice in closed form, and of any structure whose layers were measured.
//
// With the edge a and the interslab distance I, e = √(a²/3 + I²) between oxygen of the two planes:
//   triangle to the tetrahedral site   e²/(2√(e² − a²/4)) − r_O
//   edge between two octahedra         e/2 − r_O
//   rectangle between two prisms       √(a² + I²)/2 − r_O
// They are half the free diameters of a Voronoi decomposition (Zeo++) and say what fits through, not what it costs.
#pragma once

#include <lamella/core/error.hpp>               // fail
#include <lamella/core/scalar.hpp>              // Scalar
#include <lamella/layered/layer_geometry.hpp>   // tetrahedral_window_radius, dumbbell_window_radius, prism_face_radius
#include <lamella/layered/layer_metrology.hpp>  // Layers, SiteCoordination

#include <algorithm>
#include <cmath>
#include <optional>

namespace lamella::inline LAMELLA_ABI {

/// Radii of the largest spheres that pass, Å; absent where the stacking has no such window.
template <Scalar T = double>
struct MigrationWindows {
  std::optional<T> tetrahedral;  ///< TSH: triangle of an octahedron and a tetrahedron
  std::optional<T> dumbbell;     ///< ODH: edge of two octahedra
  std::optional<T> prism_face;   ///< rectangle of two prisms
};

/// Radius of O2- in six-coordination, Å (R. D. Shannon, Acta Cryst. A32 (1976) 751).
inline constexpr double oxide_radius = 1.40;

/// The windows of a layered lattice; on duals with their derivatives. `anion_radius` in Å.
template <class S, Scalar T>
MigrationWindows<T> migration_windows(const LayeredLattice<S, T>& lattice, double anion_radius = oxide_radius) {
  MigrationWindows<T> windows;
  if constexpr (S::coordination == AlkaliCoordination::octahedral) {
    windows.tetrahedral = tetrahedral_window_radius(lattice, anion_radius);
    windows.dumbbell = dumbbell_window_radius(lattice, anion_radius);
  } else {
    windows.prism_face = prism_face_radius(lattice, anion_radius);
  }
  return windows;
}

/// The widest windows of the interslabs of any structure, from their distances and the mean distance of the anions within a plane:
/// those of the undistorted lattice where the planes are distorted. Interslabs whose sites are neither octahedra nor prisms have none.
inline MigrationWindows<double> migration_windows(const Layers<double>& layers, double anion_radius = oxide_radius) {
  MigrationWindows<double> windows;
  const double a = layers.anion_distance;
  const auto widen = [](std::optional<double>& window, double radius) { window = std::max(window.value_or(radius), radius); };
  for (const auto& layer : layers.layers) {
    if (layer.is_slab) continue;
    if (layer.coordination == SiteCoordination::octahedral) {
      const auto lattice = layered_lattice<stacking::O1>(a, 1.0, layer.thickness);  // the slab does not enter
      widen(windows.tetrahedral, tetrahedral_window_radius(lattice, anion_radius));
      widen(windows.dumbbell, dumbbell_window_radius(lattice, anion_radius));
    } else if (layer.coordination == SiteCoordination::prismatic) {
      widen(windows.prism_face, prism_face_radius(layered_lattice<stacking::P2>(a, 1.0, layer.thickness), anion_radius));
    }
  }
  return windows;
}

}  // namespace lamella::inline LAMELLA_ABI
