// Headers with tables: the one committed beside this file is what is written, compiles and has the same numbers.
#include <lamella/io/function_table_header.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "generated_tables.hpp"

using namespace lamella;

namespace {

constexpr auto volume_law(double x) { return std::array{41.0 - x * (2 + 0.1 * x), -2 - 0.2 * x, 0.001}; }

std::string message_of(const std::string& name_space, const std::string& name, double value) {
  FunctionTable<2> table;
  table.value[0] = value;
  try {
    function_table_header<2, double>(name_space, "", {{name, "", table}});
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("what is written is the header beside this test, and its constants are the tables") {
  const auto volume = tabulate<5>(volume_law, 0.4, 1.0);
  const auto text = function_table_header<5, double>("generated", "Made by tests/io/function_table_header_test.cpp from a made-up law.",
                                                     {{"volume", "volume of a formula unit, Å³, against sodium per formula unit;\nits derivative is Ω", volume}});
  std::string path = __FILE__;
  path.replace(path.rfind("function_table_header_test.cpp"), std::string::npos, "generated_tables.hpp");
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  CHECK_MESSAGE(text == content.str(), text);
  static_assert(generated::volume.size() == 5);
  CHECK(generated::volume.value == volume.value);
  CHECK(generated::volume.slope == volume.slope);
  CHECK(generated::volume.esd == volume.esd);
  CHECK(generated::volume(0.77) == volume(0.77));
}

TEST_CASE("floats keep their type, and a comment stays one") {
  const auto text = function_table_header<2, float>("n", "first\nint main\\", {{"t", "a\r\nb", FunctionTable<2, float>{.value = {0.1f, 3}}}});
  CHECK(text.starts_with("// first\n// int main \n#pragma once\n"));
  CHECK(text.find("/// a \n/// b\ninline constexpr lamella::FunctionTable<2, float> t{\n    0.0f, 1.0f,\n    {0.10000000149011612f, 3.0f}") != std::string::npos);
}

TEST_CASE("names that are none and numbers that are not finite are refused") {
  CHECK(message_of("a", "b", 1).empty());
  CHECK(message_of("a", "1b", 1) == "table of a function: \"1b\", expected a name of letters, digits and _");
  CHECK(message_of("a", "b;", 1) == "table of a function: \"b;\", expected a name of letters, digits and _");
  CHECK_FALSE(message_of("", "b", 1).empty());
  CHECK(message_of("a", "b", std::numeric_limits<double>::quiet_NaN()) == "table of a function: a number that is not finite");
}
