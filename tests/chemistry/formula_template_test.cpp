#include <lamella/chemistry/formula_template.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <string>
#include <string_view>

using namespace lamella;

namespace {

constexpr FormulaTemplate cabana = "Na_xNi_x/2Mn_1-x/2O2"_formula_template;

std::string message(std::string_view text) {
  const auto result = try_parse_formula_template(text);
  return result ? "accepted as " + to_string(result.value()) : result.error().what();
}

}  // namespace

static_assert("Na_xCoO2"_formula_template.at(0.5) == "Na0.5CoO2"_formula);
static_assert(cabana(1) == "NaNi0.5Mn0.5O2"_formula);
static_assert(cabana.lowest_x() == 0 && cabana.highest_x() == 2);
static_assert("NaCoO2"_formula_template.at(7) == "NaCoO2"_formula);

TEST_CASE("a template is a formula at every x") {
  CHECK(cabana.at(0.5) == "Na0.5Ni0.25Mn0.75O2"_formula);
  CHECK(cabana.at(0) == "MnO2"_formula);
  CHECK(cabana.at(2) == "Na2NiO2"_formula);
  const FormulaTemplate rich = parse_formula_template("Li[Li_{1/3-2x/3}Ni_xMn_{2/3-x/3}]O2");
  CHECK(rich.at(0).amount("Li"_species) == doctest::Approx(4.0 / 3.0).epsilon(1e-15));
  CHECK(rich.at(0.5).amount("Li"_species) == doctest::Approx(1.0).epsilon(1e-15));
  CHECK(rich.at(0.5).amount("Ni"_species) == 0.5);
  CHECK(rich.at(0.5).amount("Mn"_species) == doctest::Approx(0.5).epsilon(1e-15));
  const FormulaTemplate outside = parse_formula_template("Na(Ni0.5Mn0.5)_{(2-x)/2}Ti_0.5*xO2");
  CHECK(outside.at(1) == "NaNi0.25Mn0.25Ti0.5O2"_formula);
  CHECK(parse_formula_template("Mn3+_xMn4+_{1-x}Na_x\u25a1_1-xO2").at(0.75) ==
        parse_formula("Mn3+0.75Mn4+0.25Na0.75Vac0.25O2"));
  CHECK(parse_formula_template("Na_{0.5(x+2(1-x))}O").at(0.5).amount("Na"_species) == 0.75);
}

TEST_CASE("what is zero but for rounding is left out, what is negative is refused") {
  CHECK(parse_formula_template("Na_{1/3-x}Li_{0.3-3x}CoO2").at(0.1).amount("Li"_species) == 0);
  CHECK_THROWS_WITH_AS(
      cabana.at(3),
      "formula Na_{x}Ni_{0.5x}Mn_{1-0.5x}O2 at x = 3.000000 has a negative amount of Mn: expected x from "
      "0.000000 to 2.000000",
      Error);
  CHECK_THROWS_AS(cabana.at(-1e-6), Error);
  CHECK_THROWS_AS(cabana.at(std::numeric_limits<double>::quiet_NaN()), Error);
  CHECK_THROWS_AS(cabana.at(std::numeric_limits<double>::infinity()), Error);
  CHECK_THROWS_WITH_AS(
      parse_formula_template("Na_xNi_2x").at(0),
      "formula Na_{x}Ni_{2x}: x = 0.000000 leaves no atoms: expected a total amount above zero", Error);
  const FormulaTemplate never = parse_formula_template("Na_{-1-x}Ni_xO");
  CHECK(never.lowest_x() > never.highest_x());
  CHECK_THROWS_WITH_AS(
      never.at(0), "formula Na_{-1-x}Ni_{x}O at x = 0.000000 has a negative amount of Na: no x is possible",
      Error);
}

TEST_CASE("bad text is refused with the character and what was expected") {
  CHECK(message("Na_O2") == "formula \"Na_O2\", character 4 (\"O\"): expected a number or x");
  CHECK(message("Na_x+O2") == "formula \"Na_x+O2\", character 6 (\"O\"): expected a number or x");
  CHECK(message("Na_{xO2") == "formula \"Na_{xO2\", character 6 (\"O\"): expected + - or } here");
  CHECK(message("Na_{(1-xO2") == "formula \"Na_{(1-xO2\", character 9 (\"O\"): expected + - or ) here");
  CHECK(message("Na_x/0O2") ==
        "formula \"Na_x/0O2\", character 6 (\"0\"): expected a denominator that is not zero");
  CHECK(message("Na_1/3xO2").find("character 7 (\"x\")") != std::string::npos);
  CHECK(message("Na_yO2") == "formula \"Na_yO2\", character 4 (\"y\"): expected a number or x");
  CHECK(message("(Na_x)_xO2") ==
        "formula \"(Na_x)_xO2\", character 7 (\"_x\"): expected x inside this bracket or after it, not both");
  CHECK(message("Na_{((((((x))))))}O").find("expected at most 4 nested brackets in an amount") !=
        std::string::npos);
  CHECK(message("Na_{x-x}") ==
        "formula \"Na_{x-x}\", character 1 (\"Na_{x-x}\"): expected a total amount above zero");
  CHECK(message("Na_2000000000x").find("expected amounts of at most 1e9") != std::string::npos);
  CHECK_THROWS_AS(parse_formula("Na_xCoO2"), Error);
  CHECK(try_parse_formula("Na_xCoO2").error().what() ==
        std::string(
            "formula \"Na_xCoO2\", character 3 (\"_\"): expected a plain amount such as 0.2; formulas with "
            "_x are templates"));
}

TEST_CASE("terms that cancel are left out (found by fuzzing)") {
  const FormulaTemplate f = parse_formula_template("Li[Ni_{0/3-2x/2}Ni_xMn_{2/4-x/3}]O2");
  CHECK(!f.contains("Ni"_species));
  CHECK(parse_formula_template(to_string(f)) == f);
}

TEST_CASE("a template whose text grows beyond 512 characters is read back (found by fuzzing)") {
  const FormulaTemplate f = parse_formula_template(
      "Na(Ni(NNo4Mn2-262/36OO0C2-NaMnO21.9F0.108Li000008000NNiSCBC00Mg2[FeLiMn])0.7)_{(2-x)/3}O2");
  CHECK(to_string(f).size() > 512);
  CHECK(parse_formula_template(to_string(f)) == f);
}

TEST_CASE("random text is refused or read, and what is read survives a round trip") {
  const std::string_view alphabet = "NaCoMnO()[]_{}xx0123456789./+-* ";
  std::mt19937 random(17);
  int accepted = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text = "Na_";
    const std::size_t length = random() % 9;
    for (std::size_t k = 0; k < length; ++k) text += alphabet[random() % alphabet.size()];
    const auto result = try_parse_formula_template(text);
    if (!result) continue;
    ++accepted;
    CHECK(parse_formula_template(to_string(result.value())) == result.value());
  }
  CHECK(accepted > 100);
}
