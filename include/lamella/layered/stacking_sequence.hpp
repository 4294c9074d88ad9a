// Layer words: sequences of MO2 slabs from bottom to top, what lies between them, and when two of them are one stacking.
//
// Oxygen planes take the positions A (0,0), B (1/3,2/3), C (2/3,1/3) of a triangular lattice. A slab is a pair of planes
// with its metal in the octahedra between them, on the third position: "AcB". Between slabs the alkali sits in octahedra
// where the facing planes differ and in trigonal prisms where they coincide.
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
      fail(
          "stacking sequence: the two oxygen planes of a slab take different letters, so that its metal is "
          "octahedral");
    slabs_[size_++] = slab;
  }

  friend constexpr bool operator==(const StackingSequence& x, const StackingSequence& y) {
    if (x.size_ != y.size_) return false;
    for (std::size_t i = 0; i < x.size_; ++i)
      if (x.slabs_[i] != y.slabs_[i]) return false;
    return true;
  }

  /// The site between slab `i` and the next one.
  constexpr AlkaliCoordination gap(std::size_t i) const {
    return between(slabs_[i], slabs_[(i + 1) % size_]);
  }

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

  /// The shortest stretch after which the word repeats but for a shift of all letters: 1 slab for O3, where each slab
  /// is the one below moved by two letters.
  struct Translation {
    std::size_t slabs = 0;
    int letters = 0;  ///< 0, 1 or 2: what is added to each letter
  };
  constexpr Translation translation() const {
    for (std::size_t p = 1; p < size_; ++p) {
      if (size_ % p != 0) continue;
      const int letters = (slabs_[p].bottom + 3 - slabs_[0].bottom) % 3;
      bool repeats = true;
      for (std::size_t i = 0; i < size_ && repeats; ++i)
        repeats = slabs_[i].moved(letters) == slabs_[(i + p) % size_];
      if (repeats) return {p, letters};
    }
    return {size_, 0};
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
    std::string shown;  // nothing that could break the line, nor a page of it
    for (const char c : word.substr(0, 80)) shown += (c >= 0 && c < ' ') || c == 127 ? '?' : c;
    fail("layer word \"" + shown + (word.size() > 80 ? "...\"" : "\"") + ", character " + std::to_string(pos + 1) + ": " + what +
         "; " + std::string(detail::layer_grammar));
  };
  const auto letter = [&](char first) {
    if (pos >= word.size() || word[pos] < first || word[pos] > first + 2)
      complain("one of the letters A, B, C (oxygen) or a, b, c (metal) is missing");
    return static_cast<LayerLetter>(word[pos++] - first);
  };
  for (; pos < word.size();) {
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
    if (sequence.size() == StackingSequence::capacity) complain("at most 24 slabs fit");
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
            word.push_back(upside_down ? Slab{rename(s.top), rename(s.bottom)}
                                       : Slab{rename(s.bottom), rename(s.top)});
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

}  // namespace lamella::inline LAMELLA_ABI
