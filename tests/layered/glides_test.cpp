#include <lamella/layered/glides.hpp>

#include "words.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace lamella;

namespace {

using stacking::O1, stacking::O2, stacking::O3, stacking::OP4, stacking::P2, stacking::P3;

/// The names that the glides of a word lead to.
std::multiset<std::string> names_after(std::string_view word, std::size_t repeat = 0) {
  std::multiset<std::string> names;
  for (const auto& step : glides(parse_layers(word), repeat)) names.emplace(step.name.view());
  return names;
}

// An independent search: a stacking over a repeat of `n` slabs as a string of letters, bottom plane and top plane of each slab
// and the bottom plane of the slab after the repeat ("ABCABC|A"); a glide moves all letters from one slab on.
using Letters = std::string;

Letters letters_of(const StackingSequence& word, std::size_t n) {
  Letters text;
  for (std::size_t i = 0; i < n; ++i) {
    text += char('A' + word[i % word.size()].bottom);
    text += char('A' + word[i % word.size()].top);
  }
  return text + char('A' + word[n % word.size()].bottom);
}

/// The smallest of all strings of the same stacking over that repeat.
Letters smallest(const Letters& text) {
  const std::size_t n = text.size() / 2;
  Letters best;
  // Three repeats, then any window of n slabs, upwards or downwards.
  Letters line;
  int shift = 0;
  for (int r = 0; r < 3; ++r) {
    for (std::size_t i = 0; i < 2 * n; ++i) line += char('A' + (text[i] - 'A' + shift) % 3);
    shift += text[2 * n] - text[0] + 3;
  }
  const Letters reversed(line.rbegin(), line.rend());
  for (const Letters& direction : {line, reversed})
    for (std::size_t start = 0; start < n; ++start)
      for (int first = 0; first < 3; ++first)
        for (const bool mirror : {false, true}) {
          Letters window;
          for (std::size_t i = 0; i <= 2 * n; ++i) {
            const int letter = direction[2 * start + i] - 'A';
            window += char('A' + ((mirror ? 3 - letter : letter) + first) % 3);
          }
          if (best.empty() || window < best) best = window;
        }
  return best;
}

/// Fewest glides from one string to another, breadth first; nothing where none lead there.
std::optional<std::size_t> distance(const Letters& from, const Letters& to) {
  const Letters goal = smallest(to);
  std::map<Letters, std::size_t> seen{{smallest(from), 0}};
  std::deque<Letters> queue{smallest(from)};
  while (!queue.empty()) {
    const Letters now = queue.front();
    queue.pop_front();
    if (now == goal) return seen[now];
    for (std::size_t slab = 1; slab <= now.size() / 2; ++slab)
      for (int move = 1; move <= 2; ++move) {
        Letters next = now;
        for (std::size_t i = 2 * slab; i < next.size(); ++i) next[i] = char('A' + (next[i] - 'A' + move) % 3);
        next = smallest(next);
        if (seen.emplace(next, seen[now] + 1).second) queue.push_back(next);
      }
  }
  return std::nullopt;
}

}  // namespace

static_assert(glide_path(O3::sequence, P3::sequence).glides.size() == 1);
static_assert(glide_path(O3::sequence, P3::sequence).keeps_metal_oxygen_bonds());
static_assert(!glide_path(P2::sequence, O3::sequence).keeps_metal_oxygen_bonds());
static_assert(glides("AcB"_layers).size() == 2);

// Delmas, Fouassier & Hagenmuller (1980): O3, P3 and O1 by gliding slabs of one sense; P2, O2 and OP4 by those of alternate sense.
TEST_CASE("what one glide of every slab leads to") {
  CHECK(names_after("AB CA BC") == std::multiset<std::string>{"O1", "P3"});
  CHECK(names_after("AB BC CA") == std::multiset<std::string>{"O1", "O3"});
  CHECK(names_after("AB") == std::multiset<std::string>{"O3", "P3"});
}

TEST_CASE("O3 to P3: each slab over the one below, by (1/3,2/3,0) or (2/3,1/3,0) as its slabs stand") {
  const auto up = glide_path(parse_layers("BcA CaB AbC"), parse_layers("BcA AbC CaB"));
  REQUIRE(up.glides.size() == 1);
  CHECK(up.slabs == 1);
  CHECK(up.glides[0].glide.thirds() == std::array{1, 2, 0});
  CHECK(up.glides[0].name == "P3");
  const auto down = glide_path(O3::sequence, P3::sequence);
  REQUIRE(down.glides.size() == 1);
  CHECK(down.glides[0].glide.thirds() == std::array{2, 1, 0});
  CHECK(to_string(down) == "1 glide in each 1 slab: above slab 1 by (2/3,1/3,0)");
  CHECK(glide_length(3.0) == doctest::Approx(std::sqrt(3.0)));
}

TEST_CASE("one glide in three slabs of O3 makes an intergrowth") {
  const auto list = glides(O3::sequence, 3);
  CHECK(list.size() == 6);
  for (const auto& step : list) {
    CHECK(step.word.size() == 9);
    std::size_t prisms = 0;
    for (std::size_t i = 0; i < 9; ++i) prisms += step.word.gap(i) == AlkaliCoordination::prismatic;
    CHECK(prisms == (step.glide.letters == -1 ? 3 : 0));  // one P3 gap in three, or one O1 gap
  }
}

TEST_CASE("paths between the common stackings") {
  const auto path = [](const StackingSequence& from, const StackingSequence& to) {
    return glide_path(from, to);
  };
  CHECK(path(O3::sequence, O1::sequence).glides.size() == 1);
  CHECK(path(O3::sequence, O1::sequence).glides[0].name == "O1");
  const auto o2 = path(P2::sequence, O2::sequence);
  CHECK(o2.slabs == 2);
  REQUIRE(o2.glides.size() == 2);
  CHECK(o2.glides[1].name == "O2");
  const auto op4 = path(P2::sequence, OP4::sequence);
  CHECK(op4.slabs == 4);
  REQUIRE(op4.glides.size() == 2);
  CHECK(op4.glides[1].name == "OP4");
  CHECK(canonical(op4.glides[1].word) == canonical(OP4::sequence));
  CHECK(path(P2::sequence, P2::sequence).glides.size() == 0);
  CHECK(to_string(path(P2::sequence, P2::sequence)) == "the same stacking");
  CHECK(path(O3::sequence, parse_layers("BC AB CA")).glides.size() == 0);
}

TEST_CASE("P2 to O3 or P3 breaks metal-oxygen bonds") {
  for (const auto& target : {O3::sequence, P3::sequence, O1::sequence}) {
    const auto path = glide_path(P2::sequence, target);
    CHECK_FALSE(path.keeps_metal_oxygen_bonds());
    CHECK(path.turned_slabs == 1);
    CHECK(path.slabs == 2);
    CHECK(path.glides.size() == 0);
    CHECK(to_string(path) == "M-O bonds must break: 1 of 2 slabs turns upside down");
    CHECK_FALSE(glide_path(target, P2::sequence).keeps_metal_oxygen_bonds());
  }
}

TEST_CASE("paths are the shortest that a breadth-first search finds, and end where they should") {
  std::vector<StackingSequence> all;
  for (std::size_t n = 1; n <= 4; ++n)
    for (const auto& word : stackings_of(n)) all.push_back(word);
  REQUIRE(all.size() > 20);
  std::size_t joined = 0, apart = 0;
  for (const auto& from : all)
    for (const auto& to : all) {
      CAPTURE(to_string(from));
      CAPTURE(to_string(to));
      const auto path = glide_path(from, to);
      if (path.slabs > 6) continue;  // 3^12 states: too many to search
      const auto expected = distance(letters_of(from, path.slabs), letters_of(to, path.slabs));
      CHECK(path.keeps_metal_oxygen_bonds() == expected.has_value());
      (expected ? joined : apart) += 1;
      if (!expected) continue;
      CHECK(path.glides.size() == *expected);
      if (*expected > 0) CHECK(canonical(path.glides[*expected - 1].word) == canonical(to));
    }
  CHECK(joined > 100);
  CHECK(apart > 100);
}

TEST_CASE("every glide keeps the senses of all slabs and can be undone") {
  for (std::size_t n = 1; n <= 4; ++n)
    for (const auto& word : stackings_of(n))
      for (const auto& step : glides(word)) {
        REQUIRE(step.word.size() > 0);
        CHECK(step.name == stacking::name(step.word).view());
        for (std::size_t i = 0; i < 24; ++i)
          CHECK(step.word[i % step.word.size()].sense() == word[i % word.size()].sense());
        bool back = false;
        for (const auto& reverse :
             glides(step.word, word.translation().slabs % step.word.translation().slabs == 0
                                   ? word.translation().slabs
                                   : step.word.translation().slabs))
          back = back || canonical(reverse.word) == canonical(word);
        CHECK(back);
      }
}

TEST_CASE("glides that cannot be are refused") {
  CHECK_THROWS_AS(glides(StackingSequence{}), Error);
  CHECK_THROWS_AS(glides(P2::sequence, 3), Error);
  CHECK_THROWS_AS(glides(O3::sequence, 25), Error);
  CHECK_THROWS_AS(glide_path(StackingSequence{}, O3::sequence), Error);
  CHECK(glides(O3::sequence, 24)[0].word.size() == 0);  // 72 slabs: no word
}
