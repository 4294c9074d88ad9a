#include <lamella/layered/stacking.hpp>

#include <doctest/doctest.h>

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

// The words as drawn by Delmas and in SCIENCE: AB BA CA AC and AB BA BC CB alternate prisms and octahedra.
TEST_CASE("words of four slabs with octahedra and prisms in turn are OP4") {
  for (const std::string_view word : {"AB BA CA AC", "AB BA BC CB"}) {
    CAPTURE(word);
    const auto sequence = parse_layers(word);
    CHECK(sequence.size() == 4);
    CHECK(stacking::name(sequence) == "OP4");
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
