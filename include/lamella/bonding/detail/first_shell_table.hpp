// Bond valence constants for sums over the first shell: a selection for cathodes and their dopants, each from the paper named.
//
// Written by hand. Where Brown and Altermatt have a value it is theirs (a fit to many structures, b fixed at 0.37 Å), otherwise
// that of Brese and O'Keeffe (extrapolated, b = 0.37 Å) or of Gagné and Hawthorne (R_0 and b fitted; b assumed for Cu3+).
// Not here, because no such paper gives it: Ni3+ - O2-. For single transition-metal ions other fits differ by up to 0.05 Å.
#pragma once

#include <lamella/chemistry/species.hpp>  // Species

#include <array>
#include <cstdint>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// Where bond valence constants were published.
enum class ValenceSource : std::uint8_t {
  brown_altermatt,  ///< Acta Cryst. B41 (1985) 244, doi 10.1107/S0108768185002063
  brese_okeeffe,    ///< Acta Cryst. B47 (1991) 192, doi 10.1107/S0108768190011041
  gagne_hawthorne   ///< Acta Cryst. B71 (2015) 562, doi 10.1107/S2052520615016297
};

/// "I. D. Brown & D. Altermatt, Acta Cryst. B41 (1985) 244", …
constexpr std::string_view citation(ValenceSource source) noexcept {
  switch (source) {
    case ValenceSource::brown_altermatt: return "I. D. Brown & D. Altermatt, Acta Cryst. B41 (1985) 244";
    case ValenceSource::brese_okeeffe: return "N. E. Brese & M. O'Keeffe, Acta Cryst. B47 (1991) 192";
    case ValenceSource::gagne_hawthorne: break;
  }
  return "O. C. Gagné & F. C. Hawthorne, Acta Cryst. B71 (2015) 562";
}

namespace detail {

struct FirstShellRow {
  Species cation, anion;
  double R_0, b;  ///< Å
  ValenceSource source;
};

// clang-format off
inline constexpr std::array<FirstShellRow, 77> first_shell_table = {{
    {{3, 1}, {8, -2}, 1.466, 0.37, ValenceSource::brown_altermatt},  // Li O
    {{3, 1}, {9, -1}, 1.36, 0.37, ValenceSource::brown_altermatt},  // Li F
    {{3, 1}, {17, -1}, 1.91, 0.37, ValenceSource::brese_okeeffe},  // Li Cl
    {{5, 3}, {8, -2}, 1.371, 0.37, ValenceSource::brown_altermatt},  // B O
    {{11, 1}, {8, -2}, 1.803, 0.37, ValenceSource::brown_altermatt},  // Na O
    {{11, 1}, {9, -1}, 1.677, 0.37, ValenceSource::brown_altermatt},  // Na F
    {{11, 1}, {16, -2}, 2.28, 0.37, ValenceSource::brese_okeeffe},  // Na S
    {{11, 1}, {17, -1}, 2.15, 0.37, ValenceSource::brese_okeeffe},  // Na Cl
    {{12, 2}, {8, -2}, 1.693, 0.37, ValenceSource::brown_altermatt},  // Mg O
    {{12, 2}, {9, -1}, 1.578, 0.37, ValenceSource::brown_altermatt},  // Mg F
    {{13, 3}, {8, -2}, 1.651, 0.37, ValenceSource::brown_altermatt},  // Al O
    {{13, 3}, {9, -1}, 1.545, 0.37, ValenceSource::brown_altermatt},  // Al F
    {{14, 4}, {8, -2}, 1.624, 0.37, ValenceSource::brese_okeeffe},  // Si O
    {{15, 5}, {8, -2}, 1.617, 0.37, ValenceSource::brown_altermatt},  // P O
    {{16, 6}, {8, -2}, 1.624, 0.37, ValenceSource::brown_altermatt},  // S O
    {{19, 1}, {8, -2}, 2.132, 0.37, ValenceSource::brown_altermatt},  // K O
    {{19, 1}, {9, -1}, 1.992, 0.37, ValenceSource::brown_altermatt},  // K F
    {{19, 1}, {17, -1}, 2.519, 0.37, ValenceSource::brown_altermatt},  // K Cl
    {{20, 2}, {8, -2}, 1.967, 0.37, ValenceSource::brown_altermatt},  // Ca O
    {{20, 2}, {9, -1}, 1.842, 0.37, ValenceSource::brown_altermatt},  // Ca F
    {{21, 3}, {8, -2}, 1.849, 0.37, ValenceSource::brown_altermatt},  // Sc O
    {{22, 3}, {8, -2}, 1.791, 0.37, ValenceSource::brese_okeeffe},  // Ti O
    {{22, 4}, {8, -2}, 1.815, 0.37, ValenceSource::brown_altermatt},  // Ti O
    {{22, 4}, {9, -1}, 1.76, 0.37, ValenceSource::brese_okeeffe},  // Ti F
    {{23, 3}, {8, -2}, 1.743, 0.37, ValenceSource::brown_altermatt},  // V O
    {{23, 3}, {9, -1}, 1.702, 0.37, ValenceSource::brese_okeeffe},  // V F
    {{23, 4}, {8, -2}, 1.784, 0.37, ValenceSource::brown_altermatt},  // V O
    {{23, 5}, {8, -2}, 1.803, 0.37, ValenceSource::brown_altermatt},  // V O
    {{24, 2}, {8, -2}, 1.73, 0.37, ValenceSource::brese_okeeffe},  // Cr O
    {{24, 3}, {8, -2}, 1.724, 0.37, ValenceSource::brown_altermatt},  // Cr O
    {{24, 6}, {8, -2}, 1.794, 0.37, ValenceSource::brown_altermatt},  // Cr O
    {{25, 2}, {8, -2}, 1.79, 0.37, ValenceSource::brown_altermatt},  // Mn O
    {{25, 2}, {9, -1}, 1.698, 0.37, ValenceSource::brown_altermatt},  // Mn F
    {{25, 3}, {8, -2}, 1.76, 0.37, ValenceSource::brown_altermatt},  // Mn O
    {{25, 4}, {8, -2}, 1.753, 0.37, ValenceSource::brown_altermatt},  // Mn O
    {{25, 7}, {8, -2}, 1.79, 0.37, ValenceSource::brese_okeeffe},  // Mn O
    {{26, 2}, {8, -2}, 1.734, 0.37, ValenceSource::brown_altermatt},  // Fe O
    {{26, 2}, {9, -1}, 1.65, 0.37, ValenceSource::brese_okeeffe},  // Fe F
    {{26, 3}, {8, -2}, 1.759, 0.37, ValenceSource::brown_altermatt},  // Fe O
    {{26, 3}, {9, -1}, 1.679, 0.37, ValenceSource::brown_altermatt},  // Fe F
    {{27, 2}, {8, -2}, 1.692, 0.37, ValenceSource::brown_altermatt},  // Co O
    {{27, 3}, {8, -2}, 1.7, 0.37, ValenceSource::brese_okeeffe},  // Co O
    {{28, 2}, {8, -2}, 1.654, 0.37, ValenceSource::brown_altermatt},  // Ni O
    {{28, 2}, {9, -1}, 1.596, 0.37, ValenceSource::brown_altermatt},  // Ni F
    {{28, 4}, {8, -2}, 1.734, 0.335, ValenceSource::gagne_hawthorne},  // Ni O
    {{29, 1}, {8, -2}, 1.601, 0.335, ValenceSource::gagne_hawthorne},  // Cu O
    {{29, 2}, {8, -2}, 1.679, 0.37, ValenceSource::brown_altermatt},  // Cu O
    {{29, 3}, {8, -2}, 1.737, 0.375, ValenceSource::gagne_hawthorne},  // Cu O
    {{30, 2}, {8, -2}, 1.704, 0.37, ValenceSource::brown_altermatt},  // Zn O
    {{31, 3}, {8, -2}, 1.73, 0.37, ValenceSource::brown_altermatt},  // Ga O
    {{32, 4}, {8, -2}, 1.748, 0.37, ValenceSource::brown_altermatt},  // Ge O
    {{37, 1}, {8, -2}, 2.263, 0.37, ValenceSource::brown_altermatt},  // Rb O
    {{38, 2}, {8, -2}, 2.118, 0.37, ValenceSource::brown_altermatt},  // Sr O
    {{39, 3}, {8, -2}, 2.019, 0.37, ValenceSource::brown_altermatt},  // Y O
    {{40, 4}, {8, -2}, 1.928, 0.37, ValenceSource::brown_altermatt},  // Zr O
    {{41, 5}, {8, -2}, 1.911, 0.37, ValenceSource::brown_altermatt},  // Nb O
    {{42, 6}, {8, -2}, 1.907, 0.37, ValenceSource::brown_altermatt},  // Mo O
    {{44, 4}, {8, -2}, 1.834, 0.37, ValenceSource::brese_okeeffe},  // Ru O
    {{44, 5}, {8, -2}, 1.894, 0.346, ValenceSource::gagne_hawthorne},  // Ru O
    {{47, 1}, {8, -2}, 1.842, 0.37, ValenceSource::brown_altermatt},  // Ag O
    {{48, 2}, {8, -2}, 1.904, 0.37, ValenceSource::brown_altermatt},  // Cd O
    {{49, 3}, {8, -2}, 1.902, 0.37, ValenceSource::brown_altermatt},  // In O
    {{50, 2}, {8, -2}, 1.984, 0.37, ValenceSource::brese_okeeffe},  // Sn O
    {{50, 4}, {8, -2}, 1.905, 0.37, ValenceSource::brown_altermatt},  // Sn O
    {{51, 3}, {8, -2}, 1.932, 0.435, ValenceSource::gagne_hawthorne},  // Sb O
    {{51, 5}, {8, -2}, 1.892, 0.475, ValenceSource::gagne_hawthorne},  // Sb O
    {{52, 4}, {8, -2}, 1.977, 0.37, ValenceSource::brown_altermatt},  // Te O
    {{52, 6}, {8, -2}, 1.917, 0.37, ValenceSource::brown_altermatt},  // Te O
    {{55, 1}, {8, -2}, 2.417, 0.37, ValenceSource::brown_altermatt},  // Cs O
    {{56, 2}, {8, -2}, 2.285, 0.37, ValenceSource::brown_altermatt},  // Ba O
    {{57, 3}, {8, -2}, 2.172, 0.37, ValenceSource::brown_altermatt},  // La O
    {{72, 4}, {8, -2}, 1.923, 0.37, ValenceSource::brese_okeeffe},  // Hf O
    {{73, 5}, {8, -2}, 1.92, 0.37, ValenceSource::brown_altermatt},  // Ta O
    {{74, 6}, {8, -2}, 1.917, 0.37, ValenceSource::brown_altermatt},  // W O
    {{77, 4}, {8, -2}, 1.909, 0.258, ValenceSource::gagne_hawthorne},  // Ir O
    {{77, 5}, {8, -2}, 1.916, 0.37, ValenceSource::brese_okeeffe},  // Ir O
    {{83, 3}, {8, -2}, 2.094, 0.37, ValenceSource::brown_altermatt},  // Bi O
}};
// clang-format on

}  // namespace detail
}  // namespace lamella
