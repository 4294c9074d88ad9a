#include <lamella/core/error.hpp>
#include <lamella/io/pattern_table.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace lamella;

namespace {

std::string error_of(const std::string& text) {
  const auto patterns = try_parse_pattern_table(text, "t.txt");
  return patterns ? "read" : patterns.error().what();
}

}  // namespace

TEST_CASE("a table has a pattern for each column of counts, whatever separates the columns") {
  for (const char* text : {"# head\n2theta a b c\n10 1 2 3\n10.5 4 5 6\n", "\xEF\xBB\xBF" "10;1;2;3\r\n10.5;4;5;6\r\n", "10\t1\t2\t3\n10.5\t4\t5\t6"}) {
    CAPTURE(text);
    const auto patterns = try_parse_pattern_table(text, "t.txt");
    REQUIRE(patterns);
    REQUIRE(patterns.value().size() == 3);
    const auto& second = patterns.value()[1];
    CHECK(second.source == "t.txt, pattern 2");
    CHECK(second.two_theta == std::vector<double>{10, 10.5});
    CHECK(second.intensity == std::vector<double>{2, 5});
    CHECK(second.sigma == std::vector<double>{std::sqrt(2.0), std::sqrt(5.0)});
    CHECK(is_pattern_table(text));
  }
  CHECK_FALSE(is_pattern_table("10 1 1\n11 1 1\n"));  // counts and sigma of one pattern
  CHECK_FALSE(is_pattern_table(""));
}

TEST_CASE("what is no table of patterns is one error with the line and what was expected") {
  CHECK(error_of("") == "t.txt:1: no data, expected lines of 2theta in degrees and the counts of each pattern");
  CHECK(error_of("10 1 2 3\n") == "t.txt:1: a single point, expected patterns of two or more");
  CHECK(error_of("10\n11\n") == "t.txt:1: one column, expected lines of 2theta in degrees and the counts of each pattern");
  CHECK(error_of("10 1 2 3\n11 1 2\n") == "t.txt:2: 3 columns, expected 4 as on line 1");
  CHECK(error_of("10 1 2 3\n11 1 x 2\n").starts_with("t.txt:2: column 3: \"x\" "));
  CHECK(error_of("10 1 2 3\n9 1 2 3\n").find("t.txt:2: column 2: angle 9 decreases") == 0);
  CHECK(error_of("10 1 nan 3\n11 1 2 3\n").find("t.txt:1: column 3") == 0);
  CHECK(error_of("10 1 -2 3\n11 1 2 3\n").find("t.txt:1: column 3: negative intensity") == 0);
  // Decimal commas.
  CHECK(error_of("10,5 1 2 3\n11,0 1 2 3\n").starts_with("t.txt:1: column 2: \"5 1 2 3\" "));
  CHECK(error_of("10,5;1;2;3\n11,0;1;2;3\n") == "t.txt:1: no data, expected lines of 2theta in degrees and the counts of each pattern");
}

TEST_CASE("data: the series of a spinel is one table of a hundred patterns") {
  const auto patterns = read_pattern_table(LAMELLA_DATA_DIR "/powder/operando_licovo4_spinel/patterns.txt");
  REQUIRE(patterns.size() == 100);
  CHECK(patterns[0].size() == 3516);
  CHECK(patterns[99].two_theta.back() == doctest::Approx(72.869).epsilon(1e-5));
  CHECK(patterns[0].intensity[0] == 603.3);
}
