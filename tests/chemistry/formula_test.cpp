#include <lamella/chemistry/formula.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <utility>

using namespace lamella;

namespace {

constexpr Species Na = "Na"_species, Ni = "Ni"_species, Fe = "Fe"_species, Mn = "Mn"_species, O = "O"_species;
constexpr Formula he = "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2"_formula;

std::string message(std::string_view text) {
  const auto result = try_parse_formula(text);
  return result ? "accepted as " + to_string(result.value()) : result.error().what();
}

}  // namespace

static_assert(he.size() == 8);
static_assert(he.amount(Ni) == 0.2 && he.amount(Mn) == 0.3 && he.amount(O) == 2);
static_assert(he.amount("Pb"_species) == 0);
static_assert("Na2/3[Ni1/3Mn2/3]O2"_formula.amount(Ni) == 1.0 / 3.0);
static_assert("Mn3+0.2Mn4+0.4"_formula.amount("Mn3+"_species) == 0.2);
static_assert("Mn3+0.25Mn4+0.5"_formula.element_amount(Mn) == 0.75);
static_assert("O2-2"_formula.amount("O2-"_species) == 2);
static_assert("NaCoO2"_formula == "O2 Na Co"_formula);
static_assert(!("NaCoO2"_formula == "Na1+CoO2"_formula));
static_assert((0.5 * "Na2Co2O4"_formula) == "NaCoO2"_formula);
static_assert(lamella::parse_formula("LaB6").total() == 7);

TEST_CASE("amounts are the doubles that were written") {
  for (const auto& [text, value] : {std::pair{"Na0.2", 0.2},
                                    {"Na0.67", 0.67},
                                    {"Na1/3", 1.0 / 3.0},
                                    {"Na45/54", 45.0 / 54.0},
                                    {"Na12", 12.0},
                                    {"Na007.50", 7.5},
                                    {"Na0.1", 0.1},
                                    {"Na1000000000", 1e9},
                                    {"Na0.0000000000000000000100000000000000000", 1e-20},
                                    {"Na0.123456789012345678", 0.123456789012345678}})
    CHECK(parse_formula(text).amount(Na) == value);
}

TEST_CASE("the compile-time decimal conversion equals strtod on random and on halfway decimals") {
  std::mt19937_64 random(20240501);
  for (int i = 0; i < 200000; ++i) {
    std::uint64_t digits = random() % 10'000'000'000'000'000'000u;
    const int shorten = static_cast<int>(random() % 19);
    for (int k = 0; k < shorten; ++k) digits /= 10;
    const int places = static_cast<int>(random() % 38);
    const std::string text = std::to_string(digits) + "e-" + std::to_string(places);
    const double expected = std::strtod(text.c_str(), nullptr);
    if (detail::nearest_double(digits, places) != expected) FAIL_CHECK(text);
  }
  // 2^53 + 1 and 2^53 + 3 lie halfway between doubles: ties to even.
  CHECK(detail::nearest_double(9007199254740993, 0) == 9007199254740992.0);
  CHECK(detail::nearest_double(9007199254740995, 0) == 9007199254740996.0);
  CHECK(detail::nearest_double(90071992547409930, 1) == 9007199254740992.0);
  CHECK(detail::nearest_double(90071992547409931, 1) == 9007199254740994.0);
  CHECK(detail::nearest_double(18446744073709551, 0) == 18446744073709551.0);
}

TEST_CASE("brackets nest and multiply what they hold") {
  CHECK(parse_formula("Na0.5(Ni(Mg2[FeMn])0.5)0.25O2") == parse_formula("Na0.5Ni0.25Mg0.25Fe0.125Mn0.125O2"));
  CHECK(parse_formula("[NaCoO2]") == parse_formula("NaCoO2"));
  CHECK(parse_formula("Na(Ni1/2Mn1/2)O2").amount(Mn) == 0.5);
  CHECK(parse_formula("((((((((((((((((Na))))))))))))))))").amount(Na) == 1);
}

TEST_CASE("spaces separate terms") {
  CHECK(parse_formula(" Na ( Ni0.5 Mn0.5 ) O2 ") == parse_formula("Na(Ni0.5Mn0.5)O2"));
}

TEST_CASE("a charge comes before the amount") {
  const Formula f = parse_formula("Na1+0.67Mn3+0.67Mn4+0.33O2-2");
  CHECK(f.amount("Na+"_species) == 0.67);
  CHECK(f.amount("Mn3+"_species) == 0.67);
  CHECK(f.amount("Mn4+"_species) == 0.33);
  CHECK(f.amount("O2-"_species) == 2);
  CHECK(f.amount(Mn) == 0);
  CHECK(parse_formula("Fe2+Fe3+2O4").amount("Fe2+"_species) == 1);
  CHECK(parse_formula("Mn3+1/3").amount("Mn3+"_species) == 1.0 / 3.0);
}

TEST_CASE("the same species is added up and amounts of zero are left out") {
  CHECK(parse_formula("CH3COOH").amount("C"_species) == 2);
  CHECK(parse_formula("CH3COOH").amount("H"_species) == 4);
  CHECK(parse_formula("Na0CoO2") == parse_formula("CoO2"));
}

TEST_CASE("bad text is refused with the character and what was expected") {
  CHECK(message("") ==
        "formula \"\", character 1 (the end): expected an element symbol or an opening bracket");
  CHECK(message("   ") ==
        "formula \"   \", character 4 (the end): expected an element symbol or an opening bracket");
  CHECK(message("Na0,67CoO2") ==
        "formula \"Na0,67CoO2\", character 4 (\",\"): expected a decimal point, not a comma");
  CHECK(message("NaCoO\xe2\x82\x82") ==
        "formula \"NaCoO\xe2\x82\x82\", character 6 (\"\xe2\x82\x82\"): expected plain digits, not subscripts or "
        "superscripts, as in O2");
  for (const char* raised : {"Na\xe2\x82\x80", "Mn\xc2\xb3+", "Mn\xe2\x81\xb4\xe2\x81\xba", "O2\xe2\x82\x89", "Na\xe2\x81\xb0"})
    CHECK(message(raised).find("expected plain digits, not subscripts") != std::string::npos);
  for (const char* other : {"Na\xe2\x82\x8a", "Na\xe2\x81\xba", "Na\xe2\x82", "Na\xc2\xb4"})
    CHECK(message(other).find("subscripts") == std::string::npos);
  CHECK(message("NaXyO2") == "formula \"NaXyO2\", character 3 (\"Xy\"): expected the symbol of an element");
  CHECK(message("NanO2") == "formula \"NanO2\", character 1 (\"Nan\"): expected the symbol of an element");
  CHECK(message("nan") ==
        "formula \"nan\", character 1 (\"n\"): expected a plain amount such as 0.2 or 1/3, or an element "
        "symbol, which starts with a capital");
  CHECK(message("Na-0.5CoO2") ==
        "formula \"Na-0.5CoO2\", character 3 (\"-\"): expected an amount, which is not negative, or a charge "
        "with its digit, as in Na1+");
  CHECK(message("Na0") == "formula \"Na0\", character 1 (\"Na0\"): expected a total amount above zero");
  CHECK(message("Na0Co0.0") ==
        "formula \"Na0Co0.0\", character 1 (\"Na0Co0.0\"): expected a total amount above zero");
  CHECK(message("Na1e999") ==
        "formula \"Na1e999\", character 4 (\"e\"): expected a plain amount such as 0.2 or 1/3, or an element "
        "symbol, which starts with a capital");
  CHECK(message("Na1000000001") ==
        "formula \"Na1000000001\", character 3 (\"1000000001\"): expected amounts of at most 1e9");
  CHECK(message("(Na1000)10000000") ==
        "formula \"(Na1000)10000000\", character 9 (\"10000000\"): expected amounts of at most 1e9");
  CHECK(message("Na(NiO2") ==
        "formula \"Na(NiO2\", character 3 (\"(\"): expected a closing bracket for this one");
  CHECK(message("NaNi)O2") ==
        "formula \"NaNi)O2\", character 5 (\")\"): expected an opening bracket before this one");
  CHECK(message("Na(Ni]O2") == "formula \"Na(Ni]O2\", character 6 (\"]\"): expected ) here");
  CHECK(message("Na()O2") ==
        "formula \"Na()O2\", character 4 (\")\"): expected an element between the brackets");
  CHECK(message("Na.5O2") ==
        "formula \"Na.5O2\", character 3 (\".\"): expected a digit before the decimal point");
  CHECK(message("Na0.O2") ==
        "formula \"Na0.O2\", character 5 (\"O\"): expected a digit after the decimal point");
  CHECK(message("Na1/0O2") ==
        "formula \"Na1/0O2\", character 5 (\"0\"): expected a denominator that is not zero");
  CHECK(message("Na1/O2") == "formula \"Na1/O2\", character 5 (\"O\"): expected the digits of a denominator");
  CHECK(message("Na0.5/2") ==
        "formula \"Na0.5/2\", character 6 (\"/\"): expected one decimal such as 0.2 or one fraction such as "
        "1/3");
  CHECK(message("Na 0.5CoO2") ==
        "formula \"Na 0.5CoO2\", character 4 (\"0\"): expected the amount right after its element or "
        "bracket, as in Na0.67 or (NiMn)1/2");
  CHECK(message("Mn12+") == "formula \"Mn12+\", character 3 (\"12+\"): expected a charge from 1 to 9");
  CHECK(message("Mn0+") == "formula \"Mn0+\", character 3 (\"0+\"): expected a charge from 1 to 9");
  CHECK(message("Mn0.2+") ==
        "formula \"Mn0.2+\", character 6 (\"+\"): expected a charge only right after the element symbol and "
        "with its digit, as in Mn3+0.2");
  CHECK(message("Na\xc2\xb7O") ==
        "formula \"Na\xc2\xb7O\", character 3 (\"\xc2\xb7\"): expected an element symbol or an "
        "opening bracket");
  CHECK(message("Na\nO2") ==
        "formula \"Na?O2\", character 3 (\"?\"): expected an element symbol or an opening bracket");
  CHECK(message(std::string_view("Na\0O2", 5)) ==
        "formula \"Na?O2\", character 3 (\"?\"): expected an element symbol or an opening bracket");
  CHECK(message("Na0.1234567890123456789") ==
        "formula \"Na0.1234567890123456789\", character 3 (\"0.1234567890123456789\"): expected at most 18 "
        "significant digits and 37 decimals");
  CHECK(message("(((((((((((((((((Na)))))))))))))))))") ==
        "formula \"(((((((((((((((((Na)))))))))))))))))\", character 17 (\"(\"): expected at most 16 nested "
        "brackets");
}

TEST_CASE("too long and too many are refused without touching memory") {
  CHECK(message(std::string(4097, 'O')).find("expected a formula of at most 4096 characters") !=
        std::string::npos);
  CHECK(message(std::string(65, 'O')).find("character 65 (\"O\"): expected at most 64 terms") !=
        std::string::npos);
  std::string many;
  for (int z = 1; z <= 33; ++z) many += element(z).symbol;
  CHECK(message(many).find("(\"A\"): expected at most 32 different species") != std::string::npos);
  CHECK(message("Na" + std::string(400, '9')).find("expected at most 18 significant digits") !=
        std::string::npos);
  CHECK(message("Na0." + std::string(60, '0') + "1")
            .find("expected at most 18 significant digits and 37 decimals") != std::string::npos);
}

TEST_CASE("the throwing reader throws what the other returns, with the character as place") {
  CHECK_THROWS_WITH_AS(parse_formula("Na0,67CoO2"), message("Na0,67CoO2").c_str(), Error);
  CHECK(try_parse_formula("Na0,67CoO2").error().place().column == 4);
  CHECK(try_parse_formula("NaCoO2").value() == "NaCoO2"_formula);
}

TEST_CASE("random bytes are refused or read, and what is read survives a round trip") {
  const std::string_view alphabet = "NaCoMnFeO()[]0123456789./+- ,xXeE\xc2\xb7";
  std::mt19937 random(7);
  int accepted = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text(random() % 12, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const auto result = try_parse_formula(text);
    if (!result) continue;
    ++accepted;
    CHECK(parse_formula(to_string(result.value())) == result.value());
  }
  CHECK(accepted > 100);
}

TEST_CASE("a formula reads back from its text with the same doubles") {
  CHECK(to_string(he) == "NaNi0.2Fe0.2Mn0.3Mg0.1Cu0.1Sn0.1O2");
  CHECK(to_string("Na2/3[Ni1/3Mn2/3]O2"_formula) == "Na2/3Ni1/3Mn2/3O2");
  CHECK(to_string("Na1+Mn3+0.4Mn4+O2-2"_formula) == "Na1+Mn3+0.4Mn4+O2-2");
  CHECK(to_string("Na7/12(Fe1/3)0.5O2"_formula) == "Na7/12Fe1/6O2");
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> exponent(-6, 6);
  for (int i = 0; i < 20000; ++i) {
    Formula f;
    f.add(Na, std::pow(10.0, exponent(random)));
    f.add("Mn4+"_species, static_cast<double>(1 + random() % 60) / static_cast<double>(1 + random() % 60));
    f.add(O, 2);
    if (!(parse_formula(to_string(f)) == f)) FAIL_CHECK(to_string(f));
  }
}

TEST_CASE("molar masses are those of the weights added by hand") {
  CHECK(molar_mass(parse_formula("H2O")) == doctest::Approx(18.015).epsilon(1e-12));
  // 22.98976928 + 0.2 (58.6934 + 55.845) + 0.6 * 54.938043 + 2 * 15.999
  CHECK(molar_mass(parse_formula("NaNi0.2Fe0.2Mn0.6O2")) == doctest::Approx(110.8583).epsilon(1e-6));
  CHECK(molar_mass(he) == doctest::Approx(115.033).epsilon(1e-5));
}

TEST_CASE("a formula refuses amounts that are no amounts") {
  Formula f;
  CHECK_THROWS_WITH_AS(f.add(Na, -0.5), "amount -0.500000 of Na: expected a number from 0 to 1e9", Error);
  CHECK_THROWS_AS(f.add(Na, std::numeric_limits<double>::quiet_NaN()), Error);
  CHECK_THROWS_AS(f.add(Na, std::numeric_limits<double>::infinity()), Error);
  CHECK_THROWS_AS(std::numeric_limits<double>::infinity() * he, Error);
  CHECK(f.empty());
  for (int z = 1; z <= 32; ++z) f.add(Species{static_cast<std::uint8_t>(z), 0}, 1);
  CHECK_THROWS_WITH_AS(f.add("As"_species, 1), "formula with too many species: expected at most 32", Error);
  CHECK_NOTHROW(f.add(Fe, 1));
}

TEST_CASE("vacancies are sites without atoms, mass or charge") {
  constexpr Formula f = "Na4/7[\u25a11/7Mn6/7]O2"_formula;
  static_assert(f.amount(vacancy) == 1.0 / 7.0);
  CHECK(f == parse_formula("Na4/7Vac1/7Mn6/7O2"));
  CHECK(to_string(f) == "Na4/7Vac1/7Mn6/7O2");
  CHECK(f.total() == doctest::Approx(4.0 / 7 + 6.0 / 7 + 2).epsilon(1e-15));
  CHECK(f.sites() == doctest::Approx(4.0 / 7 + 1 + 2).epsilon(1e-15));
  CHECK(atoms(f) == parse_formula("Na4/7Mn6/7O2"));
  CHECK(molar_mass(f) == molar_mass(parse_formula("Na4/7Mn6/7O2")));
  CHECK(parse_formula("Na0.7\u25a10.3 CoO2").amount(vacancy) == 0.3);
  CHECK(parse_formula("(\u25a1Na)0.5CoO2").amount(vacancy) == 0.5);
  CHECK(message("Vac2") == "formula \"Vac2\", character 1 (\"Vac2\"): expected a total amount above zero");
  CHECK(message("NaVac1+CoO2") ==
        "formula \"NaVac1+CoO2\", character 6 (\"1+\"): expected no charge on a vacancy");
  CHECK(message("NaVa2CoO2") ==
        "formula \"NaVa2CoO2\", character 3 (\"Va\"): expected the symbol of an element");
  CHECK(to_string(vacancy) == "Vac");
  CHECK_THROWS_AS(element(vacancy), Error);
}

TEST_CASE("amounts too small to survive the round trip are refused") {
  CHECK(message("(Na0.00000000000000000001)0.5Co").find("expected amounts of at least 1e-20") !=
        std::string::npos);
}

TEST_CASE("a formula of the most species with the longest amounts is read back") {
  Formula f;
  for (int z = 1; z <= 32; ++z) f.add(Species{static_cast<std::uint8_t>(z), 9}, 1.0000000000000002e-20 * z);
  CHECK(to_string(f).size() > 1000);
  CHECK(parse_formula(to_string(f)) == f);
}

TEST_CASE("formulas add up") {
  CHECK("NaCo"_formula + "CoO2"_formula == "NaCo2O2"_formula);
  CHECK("Mn3+O"_formula + "Mn4+O"_formula == "Mn3+Mn4+O2"_formula);
}
