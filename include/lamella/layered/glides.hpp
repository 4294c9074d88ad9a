// Glides: slabs that slide over one another without breaking a metal-oxygen bond, and the stackings that they join.
//
// A glide moves everything above one gap by (1/3,2/3,0) or (2/3,1/3,0) of the hexagonal cell, a/√3 in length: each letter
// above becomes the next one or the one before. It turns no slab upside down. Two stackings are joined by glides if and
// only if their slabs have the same senses one by one: P2, whose slabs alternate, becomes O2 or OP4 by glides, but O3 or
// P3 only by breaking M-O bonds (C. Delmas, C. Fouassier & P. Hagenmuller, Physica B+C 99 (1980) 81).
#pragma once

#include <lamella/core/error.hpp>                 // fail
#include <lamella/core/scalar.hpp>                // Scalar
#include <lamella/layered/stacking.hpp>           // stacking::name, StackingName
#include <lamella/layered/stacking_sequence.hpp>  // StackingSequence, canonical

#include <array>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>

namespace lamella::inline LAMELLA_ABI {

/// Everything above one gap slides by one letter, in every repeat of a stacking.
struct Glide {
  std::size_t gap = 0;  ///< the gap above the slab of that number, counted from 0 within the repeat
  int letters = 1;  ///< +1: (1/3,2/3,0); −1: (2/3,1/3,0), which differs from −(1/3,2/3,0) by a lattice vector

  constexpr bool operator==(const Glide&) const = default;

  /// The vector in thirds of the hexagonal axes.
  constexpr std::array<int, 3> thirds() const {
    return letters > 0 ? std::array{1, 2, 0} : std::array{2, 1, 0};
  }
};

/// Length of a glide, in the unit of `a`: a/√3.
template <Scalar T>
constexpr T glide_length(const T& a) {
  return a * T(std::numbers::inv_sqrt3);
}

namespace detail {

/// A stacking by what lies between its slabs: the sense of each slab and the letters from its lower plane to the lower
/// plane of the next slab, over a repeat after which all letters may be shifted.
struct StackingSteps {
  std::size_t slabs = 0;
  std::array<int, StackingSequence::capacity> sense{}, step{};  ///< ±1; 0, 1, 2

  constexpr StackingSteps() = default;
  /// `count` slabs of the word from slab `start`: a multiple of its translation, at most the capacity.
  constexpr StackingSteps(const StackingSequence& word, std::size_t start, std::size_t count) : slabs(count) {
    const std::size_t n = word.size();
    for (std::size_t i = 0; i < count; ++i) {
      const Slab& lower = word[(start + i) % n];
      sense[i] = lower.sense();
      step[i] = (word[(start + i + 1) % n].bottom + 3 - lower.bottom) % 3;
    }
  }

  constexpr void apply(const Glide& glide) { step[glide.gap] = (step[glide.gap] + 3 + glide.letters) % 3; }

  /// The word over its period, the first plane on the letter A; nothing where that needs more slabs than the capacity.
  constexpr std::optional<StackingSequence> word() const {
    std::size_t shortest = slabs;
    for (std::size_t p = 1; p < slabs && shortest == slabs; ++p) {
      bool periodic = slabs % p == 0;
      for (std::size_t i = 0; i < slabs && periodic; ++i)
        periodic = sense[i] == sense[(i + p) % slabs] && step[i] == step[(i + p) % slabs];
      if (periodic) shortest = p;
    }
    int shift = 0;
    for (std::size_t i = 0; i < shortest; ++i) shift += step[i];
    const std::size_t length = shortest * (shift % 3 == 0 ? 1 : 3);
    if (length > StackingSequence::capacity) return std::nullopt;
    StackingSequence result;
    int bottom = 0;
    for (std::size_t i = 0; i < length; ++i) {
      result.push_back(
          {static_cast<LayerLetter>(bottom), static_cast<LayerLetter>((bottom + 3 + sense[i % slabs]) % 3)});
      bottom = (bottom + step[i % slabs]) % 3;
    }
    return result;
  }
};

}  // namespace detail

/// A glide and what it leads to.
struct GlideStep {
  Glide glide;
  StackingSequence
      word;  ///< after the glide, over one period, its first plane on A; empty where it exceeds the capacity
  StackingName name;  ///< of that word; empty without a word
};

/// Glides, one after the other or to choose from.
class GlideList {
 public:
  constexpr std::size_t size() const { return size_; }
  constexpr const GlideStep& operator[](std::size_t i) const { return steps_[i]; }
  constexpr const GlideStep* begin() const { return steps_.data(); }
  constexpr const GlideStep* end() const { return steps_.data() + size_; }
  constexpr void push_back(const GlideStep& step) { steps_[size_++] = step; }

 private:
  std::array<GlideStep, 2 * StackingSequence::capacity> steps_{};
  std::size_t size_ = 0;
};

namespace detail {

constexpr GlideStep glide_step(const StackingSteps& after, const Glide& glide) {
  GlideStep result{glide, {}, {}};
  if (const auto word = after.word()) {
    result.word = *word;
    result.name = stacking::name(*word);
  }
  return result;
}

}  // namespace detail

/// Every glide out of a stacking: each gap of a repeat of `repeat` slabs by either vector, the same in all repeats. Without
/// `repeat` it is the shortest translation of the word: one slab for O3, where the glide of every slab over the one below
/// leads to P3 by one vector, (2/3,1/3,0) for "AcB CbA BaC" and (1/3,2/3,0) for "BcA CaB AbC", and to O1 by the other. With
/// `repeat` 3 every third slab glides. Throws unless `repeat` is a multiple of the shortest translation and at most the
/// capacity.
constexpr GlideList glides(const StackingSequence& sequence, std::size_t repeat = 0) {
  if (sequence.size() == 0) fail("glides of a stacking: a word of at least one slab expected");
  const std::size_t translation = sequence.translation().slabs;
  if (repeat == 0) repeat = translation;
  if (repeat % translation != 0 || repeat > StackingSequence::capacity)
    fail(
        "glides of a stacking: a repeat of at most 24 slabs expected, a multiple of the shortest one of the "
        "word");
  GlideList list;
  for (std::size_t gap = 0; gap < repeat; ++gap)
    for (const int letters : {1, -1}) {
      detail::StackingSteps steps(sequence, 0, repeat);
      steps.apply({gap, letters});
      list.push_back(detail::glide_step(steps, {gap, letters}));
    }
  return list;
}

/// How glides lead from one stacking to another.
struct GlidePath {
  std::size_t slabs = 0;  ///< of the repeat that both stackings share; every glide happens once in it
  std::size_t turned_slabs =
      0;  ///< of these slabs have the other sense: their M-O bonds must break, and `glides` is empty
  GlideList glides;  ///< a shortest sequence, from the lowest gap upwards

  /// Whether glides alone lead there: all M-O bonds stay.
  constexpr bool keeps_metal_oxygen_bonds() const { return turned_slabs == 0; }
};

/// The fewest glides per slab that lead from one stacking to another (to any word of it), or the number of slabs that must
/// be rebuilt upside down. Shortest because each gap needs at most one glide: two are either none or the other one.
/// Throws where both words repeat together only after more slabs than the capacity.
constexpr GlidePath glide_path(const StackingSequence& from, const StackingSequence& to) {
  if (from.size() == 0 || to.size() == 0) fail("glide path: words of at least one slab expected");
  const std::size_t slabs = std::lcm(from.translation().slabs, to.translation().slabs);
  if (slabs > StackingSequence::capacity)
    fail("glide path: stackings expected that repeat together after at most 24 slabs");
  const detail::StackingSteps start(from, 0, slabs);
  GlidePath best;
  best.slabs = slabs;
  best.turned_slabs = slabs + 1;
  std::size_t fewest = slabs + 1;
  for (const bool upside_down : {false, true})
    for (const bool letters_reversed : {false, true}) {
      StackingSequence image;
      for (std::size_t i = 0; i < to.size(); ++i) {
        Slab slab = to[upside_down ? to.size() - 1 - i : i];
        if (upside_down) slab = {slab.top, slab.bottom};
        if (letters_reversed)
          slab = {static_cast<LayerLetter>((3 - slab.bottom) % 3),
                  static_cast<LayerLetter>((3 - slab.top) % 3)};
        image.push_back(slab);
      }
      for (std::size_t first = 0; first < slabs; ++first) {
        const detail::StackingSteps end(image, first, slabs);
        std::size_t turned = 0, different = 0;
        for (std::size_t i = 0; i < slabs; ++i) {
          turned += start.sense[i] != end.sense[i];
          different += start.step[i] != end.step[i];
        }
        if (turned > best.turned_slabs || (turned == best.turned_slabs && different >= fewest)) continue;
        best.turned_slabs = turned;
        fewest = different;
        best.glides = {};
        if (turned != 0) continue;
        detail::StackingSteps now = start;
        for (std::size_t i = 0; i < slabs; ++i) {
          if (now.step[i] == end.step[i]) continue;
          const Glide glide{i, (end.step[i] + 3 - now.step[i]) % 3 == 1 ? 1 : -1};
          now.apply(glide);
          best.glides.push_back(detail::glide_step(now, glide));
        }
      }
    }
  return best;
}

/// One line: "2 glides in each 2 slabs: above slab 1 by (1/3,2/3,0), above slab 2 by (2/3,1/3,0)", or "M-O bonds must break:
/// 1 of 2 slabs turns upside down".
inline std::string to_string(const GlidePath& path) {
  const std::string of = std::to_string(path.slabs) + (path.slabs == 1 ? " slab" : " slabs");
  if (!path.keeps_metal_oxygen_bonds())
    return "M-O bonds must break: " + std::to_string(path.turned_slabs) + " of " + of +
           (path.turned_slabs == 1 ? " turns" : " turn") + " upside down";
  if (path.glides.size() == 0) return "the same stacking";
  std::string text = std::to_string(path.glides.size()) + (path.glides.size() == 1 ? " glide" : " glides") +
                     " in each " + of + ":";
  for (const GlideStep& step : path.glides)
    text += (&step == path.glides.begin() ? " above slab " : ", above slab ") +
            std::to_string(step.glide.gap + 1) +
            (step.glide.letters > 0 ? " by (1/3,2/3,0)" : " by (2/3,1/3,0)");
  return text;
}

}  // namespace lamella::inline LAMELLA_ABI
