// The tokenizer against gemmi's, value by value. gemmi 0.5 is optional here, and does not compile with clang as C++20.
#include <lamella/io/detail/cif_document.hpp>

#include <doctest/doctest.h>

#if !defined(__clang__) && __has_include(<gemmi/cif.hpp>)
#include <gemmi/cif.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace lamella;

namespace {

/// Compares all items of a text; returns how many values were compared.
std::size_t compare(const std::string& text) {
  const auto ours = detail::parse_cif_syntax(text, "a.cif");
  REQUIRE(ours);
  const auto theirs = gemmi::cif::read_string(text);
  REQUIRE(ours.value().blocks.size() == theirs.blocks.size());
  std::size_t compared = 0;
  for (std::size_t b = 0; b < theirs.blocks.size(); ++b) {
    const auto& block = ours.value().blocks[b];
    CHECK(block.name == theirs.blocks[b].name);
    std::size_t i = 0;
    for (const auto& item : theirs.blocks[b].items) {
      if (item.type == gemmi::cif::ItemType::Frame) continue;
      REQUIRE(i < block.items.size());
      const auto& own = block.items[i++];
      const bool pair = item.type == gemmi::cif::ItemType::Pair;
      const auto tags = pair ? std::vector<std::string>{item.pair[0]} : item.loop.tags;
      const auto values = pair ? std::vector<std::string>{item.pair[1]} : item.loop.values;
      CHECK(own.line == static_cast<std::size_t>(item.line_number));
      REQUIRE(own.tags.size() == tags.size());
      REQUIRE(own.values.size() == values.size());
      for (std::size_t t = 0; t < tags.size(); ++t) CHECK(own.tags[t] == detail::cif_tag(tags[t]));
      std::size_t equal = 0;
      for (std::size_t v = 0; v < values.size(); ++v)
        equal += own.values[v].is_null == gemmi::cif::is_null(values[v]) &&
                 own.values[v].text == gemmi::cif::as_string(values[v]);
      CHECK(equal == values.size());
      compared += values.size();
    }
    CHECK(i == block.items.size());
  }
  return compared;
}

}  // namespace

TEST_CASE("difficult values are cut as gemmi cuts them") {
  CHECK(compare("data_x\n_a 'it's'\n_b \"say \"\"yes\"\n_c '?'\n_d ?\n_e .\n_f ''\n_g a'b#c\n_h "
                "1(2)#no_comment\n_i [x\n"
                "_j\n;text field\n 'with' #all\n\n; _k ;semicolon\n_l\n;\n;\n_m 'x' # comment\n_n text_\n") ==
        14);
}
TEST_CASE("loops, frames and blocks are cut as gemmi cuts them") {
  CHECK(
      compare("# head\ndata_one loop_ _a _b 1 2 3 'four' _c 5 loop_\n_d\n;x\n;\n.\nstop_ _e 6\nsave_f _g 7 "
              "save_\ndata_.\n"
              "LOOP_ _h 8 DATA_two _i data8\n_j loop\n_k stop\r\n_l 'cr lf'\r\n_m\r\n;one\r\n two\r\n;\r\n") >
      10);
}

TEST_CASE("data: every CIF is cut as gemmi cuts it") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(LAMELLA_DATA_DIR)) {
    if (entry.path().extension() != ".cif") continue;
    CAPTURE(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    CHECK(compare(std::string(std::istreambuf_iterator<char>(in), {})) > 10);
    ++files;
  }
  CHECK(files >= 19);
}
#endif
