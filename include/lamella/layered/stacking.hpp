// Stackings of MO2 slabs by name: the name of a layer word, and the common stackings as types.
//
// Names after C. Delmas, C. Fouassier & P. Hagenmuller, Physica B+C 99 (1980) 81: O or P for octahedral or prismatic alkali
// sites, then the number of slabs after which the word repeats.
#pragma once

#include <lamella/layered/stacking_sequence.hpp>  // StackingSequence, ""_layers
#include <lamella/layered/stacking_symmetry.hpp>  // StackingSymmetry, AlkaliFilling

#include <array>
#include <cstddef>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// A short name in a value, usable in constant expressions.
class StackingName {
 public:
  constexpr StackingName() = default;
  constexpr explicit StackingName(std::string_view text) {
    for (const char c : text) push_back(c);
  }
  constexpr void push_back(char c) { text_[size_++] = c; }
  constexpr std::string_view view() const { return {text_.data(), size_}; }
  constexpr operator std::string_view() const { return view(); }  // NOLINT(google-explicit-constructor)
  friend constexpr bool operator==(const StackingName& x, std::string_view y) { return x.view() == y; }

 private:
  std::array<char, 16> text_{};
  std::size_t size_ = 0;
};

namespace stacking {

/// The name in Delmas notation: O3, P3, P2, O2, O1 …; OP4 and the like where octahedral and prismatic layers mix.
/// A name stands for the sites and the period; several words can share it: compare `canonical` words to tell them apart.
constexpr StackingName name(const StackingSequence& sequence) {
  bool octahedral = false, prismatic = false;
  for (std::size_t i = 0; i < sequence.size(); ++i)
    (sequence.gap(i) == AlkaliCoordination::octahedral ? octahedral : prismatic) = true;
  StackingName text;
  if (octahedral) text.push_back('O');
  if (prismatic) text.push_back('P');
  const std::size_t period = sequence.period();
  if (period >= 10) text.push_back(static_cast<char>('0' + period / 10));
  text.push_back(static_cast<char>('0' + period % 10));
  return text;
}

/// The name with a prime where the planes are distorted from triangular lattices: "O'3" (monoclinic), "P'2" …
constexpr StackingName distorted_name(const StackingSequence& sequence) {
  const StackingName plain = name(sequence);
  StackingName primed;
  for (const char c : plain.view()) {
    if (c >= '0' && c <= '9' && (primed.view().back() == 'O' || primed.view().back() == 'P'))
      primed.push_back('\'');
    primed.push_back(c);
  }
  return primed;
}

/// Facts of a stacking, computed from its word and the filling of its alkali sites.
template <class Tag>
struct Facts {
  static constexpr StackingSymmetry symmetry{Tag::sequence, Tag::filling};
  static constexpr std::string_view space_group = symmetry.space_group();
  static constexpr std::size_t slabs_per_cell = symmetry.slabs();           ///< of the hexagonal cell
  static constexpr AlkaliCoordination coordination = Tag::sequence.gap(0);  ///< above the first slab
  static constexpr StackingName delmas_name = name(Tag::sequence);
};

/// O1: one slab per cell, P-3m1 (CdI2 type).
struct O1 : Facts<O1> {
  static constexpr StackingSequence sequence = "AcB"_layers;
  static constexpr AlkaliFilling filling = AlkaliFilling::all;
};
/// O2: two slabs per cell, P6_3mc.
struct O2 : Facts<O2> {
  static constexpr StackingSequence sequence = "AcB CaB"_layers;
  static constexpr AlkaliFilling filling = AlkaliFilling::all;
};
/// O3: three slabs per cell, R-3m (α-NaFeO2 type).
struct O3 : Facts<O3> {
  static constexpr StackingSequence sequence = "AcB CbA BaC"_layers;
  static constexpr AlkaliFilling filling = AlkaliFilling::all;
};
/// P2: two slabs per cell, P6_3/mmc; both kinds of prism filled.
struct P2 : Facts<P2> {
  static constexpr StackingSequence sequence = "AcB BcA"_layers;
  static constexpr AlkaliFilling filling = AlkaliFilling::all;
};
/// P3: three slabs per cell, R3m with one of the two prisms of each gap filled; with both alike it were R-3m.
struct P3 : Facts<P3> {
  static constexpr StackingSequence sequence = "AcB BaC CbA"_layers;
  static constexpr AlkaliFilling filling = AlkaliFilling::prism_over_metal;
};
/// OP4: four slabs per cell with prisms and octahedra in turn, P-6m2; the one that glides make of P2. "AB BA BC CB" is the same
/// stacking.
struct OP4 : Facts<OP4> {
  static constexpr StackingSequence sequence = "AcB BcA CbA AbC"_layers;
  static constexpr AlkaliFilling filling = AlkaliFilling::all;
};

/// Facts of a monoclinic distortion C2/m of a stacking whose slabs are all of one sense: one slab per cell, two formula units.
template <class Tag>
struct MonoclinicFacts {
  static constexpr StackingSequence sequence = Tag::undistorted::sequence;
  static constexpr std::string_view space_group = "C2/m";
  static constexpr std::size_t slabs_per_cell = 1;
  static constexpr AlkaliCoordination coordination = sequence.gap(0);
  static constexpr StackingName delmas_name = distorted_name(sequence);
};

/// O'3: O3 stretched by a cooperative Jahn-Teller effect (α-NaMnO2, NaNiO2), C2/m.
struct O3_prime : MonoclinicFacts<O3_prime> {
  using undistorted = O3;
};
/// P'3: P3 distorted likewise, C2/m; both prisms of each gap alike.
struct P3_prime : MonoclinicFacts<P3_prime> {
  using undistorted = P3;
};

}  // namespace stacking

}  // namespace lamella::inline LAMELLA_ABI
