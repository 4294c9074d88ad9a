#include <lamella/layered/stacking_sequence.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace lamella;

namespace {

std::string refusal(const std::string& word) {
  try {
    (void)parse_layers(word);
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

}  // namespace

// Found by tests/fuzz/layer_word_fuzz.cpp: the word was quoted as it came.
TEST_CASE("messages about layer words are one short line of text") {
  CHECK(refusal(std::string("AB\n\0C", 5)) ==
        "layer word \"AB??C\", character 3: one of the letters A, B, C (oxygen) or a, b, c (metal) is missing; expected slabs "
        "such as \"AcB CbA BaC\" or \"AB CA BC\"");
  CHECK(refusal(std::string(5000, 'x')).size() < 300);
  std::string word;
  for (std::size_t i = 0; i < StackingSequence::capacity; ++i) word += "AB ";
  CHECK(refusal(word + "AB").starts_with("layer word \"AB AB"));
}
