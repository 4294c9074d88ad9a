// Any bytes as a layer word: no crash, and what is accepted survives the round trip and the algebra.
#include <lamella/layered/stacking.hpp>
#include <lamella/layered/stacking_sequence.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  StackingSequence sequence;
  try {
    sequence = parse_layers(text);
  } catch (const Error& e) {
    const std::string_view what = e.what();
    require(what.find(": ") != std::string_view::npos, "message without a reason", what);
    require(what.find('\n') == std::string_view::npos && what.size() < 300, "message of several lines or too long", what);
    return 0;
  }
  require(sequence.size() > 0 && sequence.size() <= StackingSequence::capacity, "size", text);
  require(parse_layers(to_string(sequence)) == sequence, "word changes in the round trip", text);
  const std::size_t period = sequence.period();
  require(period > 0 && sequence.size() % period == 0, "period", text);
  const StackingSequence first = canonical(sequence);
  require(first.size() == period, "canonical word is longer than the period", text);
  require(canonical(first) == first, "canonical word is not its own", text);
  require(stacking::name(first) == stacking::name(sequence).view(), "name depends on the spelling", text);
  return 0;
}
