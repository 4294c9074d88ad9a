// Layer words for exhaustive tests.
#pragma once

#include <lamella/layered/stacking_sequence.hpp>

#include <cstddef>
#include <vector>

/// All words of `n` slabs whose first plane is A: 2 · 6^(n-1).
inline std::vector<lamella::StackingSequence> words_from_a(std::size_t n) {
  using namespace lamella;
  std::vector<StackingSequence> list;
  std::size_t count = 2;
  for (std::size_t i = 1; i < n; ++i) count *= 6;
  for (std::size_t code = 0; code < count; ++code) {
    StackingSequence word;
    std::size_t rest = code;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t choices = i == 0 ? 2 : 6;
      const auto bottom = static_cast<LayerLetter>(rest % choices / 2);
      word.push_back({bottom, static_cast<LayerLetter>((bottom + 1 + rest % 2) % 3)});
      rest /= choices;
    }
    list.push_back(word);
  }
  return list;
}

/// One word of each stacking of exactly `n` slabs per period.
inline std::vector<lamella::StackingSequence> stackings_of(std::size_t n) {
  std::vector<lamella::StackingSequence> list;
  for (const auto& word : words_from_a(n))
    if (canonical(word) == word) list.push_back(word);
  return list;
}
