#include <lamella/layered/stacking.hpp>

#include "words.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace lamella;

namespace {

/// The message of the error that reading `word` throws; empty where it throws none.
std::string refusal(std::string_view word) {
  try {
    (void)parse_layers(word);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

static_assert(stacking::name("AcB"_layers) == "O1");
static_assert(stacking::name("AcB CbA BaC"_layers) == "O3");
static_assert(stacking::name("AcB BaC CbA"_layers) == "P3");
static_assert(stacking::name("AcB BcA"_layers) == "P2");
static_assert(stacking::name("AcB CaB"_layers) == "O2");
static_assert(parse_layers("AB CA BC") == parse_layers("AcB CbA BaC"));
static_assert(canonical("BaC AcB CbA"_layers) == canonical("AcB CbA BaC"_layers));
static_assert(canonical("AcB CbA BaC"_layers) != canonical("AcB BaC CbA"_layers));

TEST_CASE("the tags are the stackings of Delmas, Fouassier and Hagenmuller") {
  CHECK(stacking::O1::delmas_name == "O1");
  CHECK(stacking::O2::delmas_name == "O2");
  CHECK(stacking::O3::delmas_name == "O3");
  CHECK(stacking::P2::delmas_name == "P2");
  CHECK(stacking::P3::delmas_name == "P3");
  CHECK(stacking::O1::slabs_per_cell == 1);
  CHECK(stacking::O2::slabs_per_cell == 2);
  CHECK(stacking::O3::slabs_per_cell == 3);
  CHECK(stacking::P2::slabs_per_cell == 2);
  CHECK(stacking::P3::slabs_per_cell == 3);
  CHECK(stacking::O3::coordination == AlkaliCoordination::octahedral);
  CHECK(stacking::P3::coordination == AlkaliCoordination::prismatic);
}

// Both words are in use; they are one stacking.
TEST_CASE("AB BA CA AC and AB BA BC CB are OP4") {
  for (const std::string_view word : {"AB BA CA AC", "AB BA BC CB"}) {
    CAPTURE(word);
    const auto sequence = parse_layers(word);
    CHECK(sequence.size() == 4);
    CHECK(stacking::name(sequence) == "OP4");
    CHECK(canonical(sequence) == canonical(stacking::OP4::sequence));
  }
}

TEST_CASE("a word that is written longer than its period keeps its name") {
  CHECK(stacking::name(parse_layers("AB AB AB")) == "O1");
  CHECK(stacking::name(parse_layers("AB CA BC AB CA BC")) == "O3");
  CHECK(parse_layers("AB CA BC AB CA BC").period() == 3);
  CHECK(canonical(parse_layers("AB AB AB")) == canonical(parse_layers("CB")));
}

TEST_CASE("a word is printed with its metals") {
  for (const std::string_view word : {"AcB", "AcB CbA BaC", "AcB BcA", "BaC CbA AcB BcA"}) {
    CHECK(to_string(parse_layers(word)) == word);
    CHECK(parse_layers(to_string(parse_layers(word))) == parse_layers(word));
  }
  CHECK(to_string(parse_layers("AB  BA ")) == "AcB BcA");
}

TEST_CASE("the metal of a slab is the third letter and the sense its hand") {
  for (const char* word : {"AcB", "BaC", "CbA"}) CHECK(parse_layers(word)[0].sense() == 1);
  for (const char* word : {"BcA", "CaB", "AbC"}) CHECK(parse_layers(word)[0].sense() == -1);
  CHECK(parse_layers("CaB")[0].metal() == 0);
  CHECK(Slab{0, 1}.moved(1) == Slab{1, 2});
  CHECK(Slab{0, 1}.moved(-1) == Slab{2, 0});
}

TEST_CASE("words that make no sense are refused with the character") {
  const struct {
    const char* word;
    const char* says;
  } cases[] = {
      {"", "no slab"},
      {"   ", "no slab"},
      {"A", "character 2: one of the letters A, B, C"},
      {"AcB C", "character 6: one of the letters A, B, C"},
      {"AD", "character 2: one of the letters A, B, C"},
      {"ab", "character 1: one of the letters A, B, C"},
      {"AdB", "character 2: one of the letters A, B, C"},
      {"AA", "both oxygen planes have the same letter"},
      {"AaB", "the metal is not on the third position"},
      {"AcB,CbA", "character 4: one of the letters A, B, C"},
  };
  for (const auto& [word, says] : cases) {
    CAPTURE(word);
    const std::string message = refusal(word);
    CAPTURE(message);
    CHECK(message.find(says) != std::string::npos);
    CHECK(message.find("expected slabs such as") != std::string::npos);
  }
}

TEST_CASE("a sequence holds no more slabs than its capacity and no slab of one letter") {
  std::string word;
  for (std::size_t i = 0; i < StackingSequence::capacity; ++i) word += "AB ";
  CHECK(parse_layers(word).size() == StackingSequence::capacity);
  CHECK(refusal(word + "AB").find("at most 24 slabs") != std::string::npos);
  StackingSequence sequence;
  CHECK_THROWS_AS(sequence.push_back(Slab{1, 1}), Error);
  CHECK_THROWS_AS(sequence.push_back(Slab{0, 3}), Error);
}

namespace {

/// Stackings of exactly `n` slabs per period, all or those whose alkali sites are all octahedral, counted with strings of
/// letters and no part of the library: classes under rotation of the word, reversal, and the six renamings of the letters.
std::size_t count_stackings(std::size_t n, bool octahedral_only) {
  std::vector<std::string> words{""};
  for (std::size_t plane = 0; plane < 2 * n; ++plane) {
    std::vector<std::string> longer;
    for (const auto& word : words)
      for (const char c : {'A', 'B', 'C'})
        if (word.empty() || word.back() != c || (plane % 2 == 0 && !octahedral_only))
          longer.push_back(word + c);
    words = longer;
  }
  std::set<std::string> classes;
  for (const auto& word : words) {
    if (octahedral_only && word.front() == word.back()) continue;
    bool shorter = false;
    for (std::size_t p = 1; p < n; ++p)
      shorter = shorter || (n % p == 0 && word.substr(2 * p) + word.substr(0, 2 * p) == word);
    if (shorter) continue;
    std::string smallest = word;
    const std::string reversed(word.rbegin(), word.rend());
    for (const auto& direction : {word, reversed})
      for (std::size_t p = 0; p < n; ++p)
        for (const std::string_view names : {"ABC", "BCA", "CAB", "ACB", "BAC", "CBA"}) {
          std::string image = direction.substr(2 * p) + direction.substr(0, 2 * p);
          for (char& c : image) c = names[std::size_t(c - 'A')];
          smallest = std::min(smallest, image);
        }
    classes.insert(smallest);
  }
  return classes.size();
}

}  // namespace

// A name stands for coordination and period alone: three stackings are O3, 68 are O6.
TEST_CASE("names are not unique: as many stackings as an independent count finds") {
  const std::size_t octahedral_count[] = {1, 1, 3, 8, 22, 68}, all_count[] = {1, 3, 9, 36, 147, 705};
  for (std::size_t n = 1; n <= 6; ++n) {
    CAPTURE(n);
    std::size_t octahedral = 0;
    const auto all = stackings_of(n);
    for (const auto& word : all) {
      bool only = true;
      for (std::size_t i = 0; i < n; ++i) only = only && word.gap(i) == AlkaliCoordination::octahedral;
      if (!only) continue;
      ++octahedral;
      CHECK(stacking::name(word) == "O" + std::to_string(n));
    }
    CHECK(octahedral == octahedral_count[n - 1]);
    CHECK(all.size() == all_count[n - 1]);
    CHECK(octahedral == count_stackings(n, true));
    CHECK(all.size() == count_stackings(n, false));
  }
}

TEST_CASE("every word of up to six slabs has one canonical word, and keeps its name in it") {
  for (std::size_t n = 1; n <= 6; ++n) {
    std::set<std::string> known;
    for (const auto& word : stackings_of(n)) known.insert(to_string(word));
    for (const auto& word : words_from_a(n)) {
      const auto smallest = canonical(word);
      REQUIRE(smallest.size() == word.period());
      REQUIRE(canonical(smallest) == smallest);
      REQUIRE(stacking::name(smallest).view() == stacking::name(word).view());
      if (smallest.size() == n) REQUIRE(known.contains(to_string(smallest)));
    }
  }
}
