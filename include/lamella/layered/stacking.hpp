// Stackings of MO2 slabs: their layer words, the sites between the slabs, and their names.
//
// Oxygen planes take the positions A (0,0), B (1/3,2/3), C (2/3,1/3) of a triangular lattice. A slab is a pair of planes
// with its metal in the octahedra between them, on the third position: "AcB". Between slabs the alkali sits in octahedra
// where the facing planes differ and in trigonal prisms where they coincide. Names after C. Delmas, C. Fouassier &
// P. Hagenmuller, Physica B+C 99 (1980) 81: O or P for the site, then the number of slabs after which the word repeats.
#pragma once

#include <lamella/core/error.hpp>  // fail

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lamella::inline LAMELLA_ABI {

/// A position of a triangular plane: 0, 1, 2 for A, B, C.
using LayerLetter = std::uint8_t;

/// Coordination of the sites between two slabs.
enum class AlkaliCoordination : std::uint8_t { octahedral, prismatic };

/// One MO2 slab by the letters of its two oxygen planes.
struct Slab {
  LayerLetter bottom = 0;
  LayerLetter top = 1;  ///< differs from `bottom`: the metal is octahedral

  constexpr auto operator<=>(const Slab&) const = default;
  /// Letter of the metal: the third one.
  constexpr LayerLetter metal() const { return static_cast<LayerLetter>(3 - bottom - top); }
  /// +1 for AcB, BaC, CbA; −1 for the slabs upside down.
  constexpr int sense() const { return (top + 3 - bottom) % 3 == 1 ? 1 : -1; }
  constexpr Slab moved(int letters) const {
    const auto move = [&](LayerLetter x) { return static_cast<LayerLetter>(((x + letters) % 3 + 3) % 3); };
    return {move(bottom), move(top)};
  }
};

/// The site that two slabs, one upon the other, offer between them.
constexpr AlkaliCoordination between(const Slab& lower, const Slab& upper) {
  return lower.top == upper.bottom ? AlkaliCoordination::prismatic : AlkaliCoordination::octahedral;
}

/// Slabs from bottom to top, repeated for ever.
class StackingSequence {
 public:
  static constexpr std::size_t capacity = 24;  ///< slabs

  constexpr StackingSequence() = default;

  constexpr std::size_t size() const { return size_; }
  constexpr const Slab& operator[](std::size_t i) const { return slabs_[i]; }
  constexpr const Slab* begin() const { return slabs_.data(); }
  constexpr const Slab* end() const { return slabs_.data() + size_; }

  /// Adds a slab on top. Throws when full or where a slab has two planes of one letter.
  constexpr void push_back(const Slab& slab) {
    if (size_ == capacity) fail("stacking sequence: at most 24 slabs expected");
    if (slab.bottom > 2 || slab.top > 2 || slab.bottom == slab.top)
      fail("stacking sequence: the two oxygen planes of a slab take different letters, so that its metal is octahedral");
    slabs_[size_++] = slab;
  }

  friend constexpr bool operator==(const StackingSequence& x, const StackingSequence& y) {
    if (x.size_ != y.size_) return false;
    for (std::size_t i = 0; i < x.size_; ++i)
      if (x.slabs_[i] != y.slabs_[i]) return false;
    return true;
  }

  /// The site between slab `i` and the next one.
  constexpr AlkaliCoordination gap(std::size_t i) const { return between(slabs_[i], slabs_[(i + 1) % size_]); }

  /// Number of slabs after which the word repeats.
  constexpr std::size_t period() const {
    for (std::size_t p = 1; p < size_; ++p) {
      if (size_ % p != 0) continue;
      bool repeats = true;
      for (std::size_t i = 0; i < size_; ++i) repeats = repeats && slabs_[i] == slabs_[(i + p) % size_];
      if (repeats) return p;
    }
    return size_;
  }

 private:
  std::array<Slab, capacity> slabs_{};
  std::size_t size_ = 0;
};

namespace detail {

inline constexpr std::string_view layer_grammar = "expected slabs such as \"AcB CbA BaC\" or \"AB CA BC\"";

}  // namespace detail

/// Reads a layer word: slabs from bottom to top, separated by blanks, each two capital letters for the oxygen planes
/// with or without the small letter of the metal between them. Throws `Error` with the character.
constexpr StackingSequence parse_layers(std::string_view word) {
  StackingSequence sequence;
  std::size_t pos = 0;
  const auto complain = [&](const char* what) {
    fail("layer word \"" + std::string(word) + "\", character " + std::to_string(pos + 1) + ": " + what + "; " +
         std::string(detail::layer_grammar));
  };
  const auto letter = [&](char first) {
    if (pos >= word.size() || word[pos] < first || word[pos] > first + 2) complain("one of the letters A, B, C (oxygen) or a, b, c (metal) is missing");
    return static_cast<LayerLetter>(word[pos++] - first);
  };
  for (; pos < word.size(); ) {
    if (word[pos] == ' ') {
      ++pos;
      continue;
    }
    Slab slab;
    slab.bottom = letter('A');
    const bool has_metal = pos < word.size() && word[pos] >= 'a' && word[pos] <= 'z';
    const LayerLetter metal = has_metal ? letter('a') : LayerLetter{0};
    slab.top = letter('A');
    if (slab.top == slab.bottom) complain("both oxygen planes have the same letter");
    if (has_metal && metal != slab.metal()) complain("the metal is not on the third position");
    sequence.push_back(slab);
  }
  if (sequence.size() == 0) complain("no slab");
  return sequence;
}

inline namespace literals {

/// "AcB CbA BaC"_layers; a word that makes no sense does not compile.
consteval StackingSequence operator""_layers(const char* text, std::size_t size) {
  return parse_layers(std::string_view(text, size));
}

}  // namespace literals

/// "AcB CbA BaC".
inline std::string to_string(const StackingSequence& sequence) {
  std::string word;
  for (const Slab& slab : sequence) {
    if (!word.empty()) word += ' ';
    word += static_cast<char>('A' + slab.bottom);
    word += static_cast<char>('a' + slab.metal());
    word += static_cast<char>('A' + slab.top);
  }
  return word;
}

/// The first of all words that describe the same stacking: from any slab upwards or downwards, with the letters
/// renamed, over one period. Two words are the same stacking if and only if their canonical words are equal.
constexpr StackingSequence canonical(const StackingSequence& sequence) {
  const std::size_t n = sequence.period();
  StackingSequence best;
  for (std::size_t start = 0; start < n; ++start)
    for (const bool upside_down : {false, true})
      for (const bool mirrored : {false, true})
        for (int shift = 0; shift < 3; ++shift) {
          StackingSequence word;
          const auto rename = [&](LayerLetter x) {
            return static_cast<LayerLetter>((mirrored ? 6 - x + shift : x + shift) % 3);
          };
          for (std::size_t i = 0; i < n; ++i) {
            const Slab& s = sequence[upside_down ? (start + n - i) % n : (start + i) % n];
            word.push_back(upside_down ? Slab{rename(s.top), rename(s.bottom)} : Slab{rename(s.bottom), rename(s.top)});
          }
          bool smaller = best.size() == 0;
          for (std::size_t i = 0; i < n && !smaller; ++i) {
            if (word[i] == best[i]) continue;
            smaller = word[i] < best[i];
            break;
          }
          if (smaller) best = word;
        }
  return best;
}

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

/// Facts of a stacking, computed from its word.
template <class Tag>
struct Facts {
  static constexpr std::size_t slabs_per_cell = Tag::sequence.size();
  static constexpr AlkaliCoordination coordination = Tag::sequence.gap(0);
  static constexpr StackingName delmas_name = name(Tag::sequence);
};

/// O1: one slab per cell, P-3m1 (CdI2 type).
struct O1 : Facts<O1> {
  static constexpr StackingSequence sequence = "AcB"_layers;
  static constexpr std::string_view space_group = "P-3m1";
};
/// O3: three slabs per cell, R-3m (α-NaFeO2 type).
struct O3 : Facts<O3> {
  static constexpr StackingSequence sequence = "AcB CbA BaC"_layers;
  static constexpr std::string_view space_group = "R-3m";
};
/// P3: three slabs per cell; R3m while one of the two prisms per slab is filled, R-3m with both alike.
struct P3 : Facts<P3> {
  static constexpr StackingSequence sequence = "AcB BaC CbA"_layers;
  static constexpr std::string_view space_group = "R3m";
};
/// P2: two slabs per cell, P6_3/mmc.
struct P2 : Facts<P2> {
  static constexpr StackingSequence sequence = "AcB BcA"_layers;
  static constexpr std::string_view space_group = "P63/mmc";
};
/// O2: two slabs per cell, P6_3mc.
struct O2 : Facts<O2> {
  static constexpr StackingSequence sequence = "AcB CaB"_layers;
  static constexpr std::string_view space_group = "P63mc";
};

}  // namespace stacking

}  // namespace lamella
