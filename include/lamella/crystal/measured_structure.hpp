// A crystal structure whose numbers have esds.
#pragma once

#include <lamella/crystal/structure.hpp>  // Structure, Site, AnisotropicDisplacement

#include <utility>

namespace lamella::inline LAMELLA_ABI {

/// A structure and the esds of its parameters, which are taken as independent: files state no correlations.
struct MeasuredStructure {
  Structure<double> structure;
  /// The same sites in the same order, each number replaced by its esd in its unit (0: none); displacements anisotropic where
  /// those of `structure` are.
  Structure<double> esds;
};

/// A structure without esds: all are 0.
inline MeasuredStructure without_esds(Structure<double> structure) {
  MeasuredStructure measured{std::move(structure), {}};
  measured.esds.cell = {0, 0, 0, 0, 0, 0};
  for (const auto& site : measured.structure.sites) {
    Site<double> none{site.label, site.species, {0, 0, 0}, 0, 0, {}};
    if (site.u_aniso) none.u_aniso = AnisotropicDisplacement<double>{};
    measured.esds.sites.push_back(std::move(none));
  }
  return measured;
}

}  // namespace lamella
