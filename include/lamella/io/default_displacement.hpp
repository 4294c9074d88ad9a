// The displacement of sites whose file gives none.
#pragma once

#include <lamella/version.hpp>

namespace lamella::inline LAMELLA_ABI {

/// U_iso of a site whose file gives none, Å²: B about 0.5 Å², usual for oxides at room temperature. A starting value.
inline constexpr double default_u_iso = 0.006;

}  // namespace lamella::inline LAMELLA_ABI
