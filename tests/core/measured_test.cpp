#include <lamella/core/measured.hpp>

#include <doctest/doctest.h>

#include <charconv>
#include <clocale>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <locale>
#include <string>

#include "../support/random_numbers.hpp"

using namespace lamella;
using lamella_test::Random;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// What value(esd) notation says, read without the code under test.
struct Parsed {
  double value = 0;
  double esd_digits = 0;  ///< the number in parentheses
  double unit = 0;        ///< of the last digit of the value
};

Parsed parse(const std::string& text) {
  const auto open = text.find('('), point = text.find('.');
  REQUIRE(open != std::string::npos);
  REQUIRE(text.back() == ')');
  Parsed p;
  REQUIRE(std::from_chars(text.data(), text.data() + open, p.value).ptr == text.data() + open);
  REQUIRE(std::from_chars(text.data() + open + 1, text.data() + text.size() - 1, p.esd_digits).ptr ==
          text.data() + text.size() - 1);
  const int decimals = point < open ? static_cast<int>(open - point - 1) : 0;
  p.unit = std::pow(10.0, -decimals);
  return p;
}

/// A locale whose decimal sign is a comma and which groups thousands.
struct Comma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("value and esd are written as crystallographers write them") {
  // Rounded by hand with the rule of 19: esd digits 2 to 19.
  struct Row {
    double value, esd;
    const char* text;
  };
  for (const Row& row : {
           Row{2.974213, 0.000051, "2.97421(5)"},
           Row{15.95554, 0.00154, "15.9555(15)"},
           Row{0.26721, 0.00013, "0.26721(13)"},
           Row{3.208, 0.004, "3.208(4)"},
           Row{1.0, 0.019, "1.000(19)"},
           Row{1.0, 0.02, "1.00(2)"},
           Row{1.0, 0.01949, "1.000(19)"},
           Row{1.0, 0.0196, "1.00(2)"},
           Row{120.0, 0.5, "120.0(5)"},
           Row{-0.0787, 0.0004, "-0.0787(4)"},
           Row{-12.346, 0.12, "-12.35(12)"},
           Row{0.0, 0.3, "0.0(3)"},
           Row{4.15678, 0.0000051, "4.156780(5)"},
       }) {
    CAPTURE(row.value);
    CAPTURE(row.esd);
    CHECK(to_string(Measured{row.value, row.esd}) == row.text);
  }
}

TEST_CASE("rounding carries into the next digit") {
  CHECK(to_string(Measured{1.9996, 0.003}) == "2.000(3)");
  CHECK(to_string(Measured{9.99996, 0.0004}) == "10.0000(4)");
  CHECK(to_string(Measured{-0.99996, 0.002}) == "-1.000(2)");
  CHECK(to_string(Measured{1.23456, 0.00996}) == "1.235(10)");   // 0.00996 is 0.010: two digits
  CHECK(to_string(Measured{1.23456, 0.0949}) == "1.23(9)");
  CHECK(to_string(Measured{1.23456, 0.0951}) == "1.23(10)");     // 0.0951 is 0.10 with one digit after the first
  CHECK(to_string(Measured{99.99, 0.2}) == "100.0(2)");
  CHECK(to_string(Measured{999.7, 3.0}) == "1000(3)");
}

TEST_CASE("an esd above the value, or above one, keeps the place of its digits") {
  CHECK(to_string(Measured{0.0002, 0.01}) == "0.000(10)");
  CHECK(to_string(Measured{0.3, 7.0}) == "0(7)");
  CHECK(to_string(Measured{12.3, 1.5}) == "12.3(15)");
  CHECK(to_string(Measured{1234.5, 12.0}) == "1235(12)");
  CHECK(to_string(Measured{123456.0, 340.0}) == "123500(300)");
  CHECK(to_string(Measured{123456.0, 1500.0}) == "123500(1500)");
  CHECK(to_string(Measured{86.1, 9900.0}) == "0(10000)");
}

TEST_CASE("no esd means that the number is exact or was fixed") {
  CHECK(to_string(Measured{2.974, 0.0}) == "2.974");
  CHECK(to_string(Measured{0.1}) == "0.1");
  CHECK(to_string(Measured{-120.0}) == "-120");
  CHECK(to_string(Measured{1e-20}) == "1e-20");
  CHECK(to_string(Measured{0.1 + 0.2}) == "0.30000000000000004");
}

TEST_CASE("an esd that is no number does not pass for an exact value") {
  for (const double esd : {infinity, not_a_number, -0.5}) {
    CAPTURE(esd);
    const std::string text = to_string(Measured{2.974, esd});
    CHECK(text != "2.974");
    CHECK(text.starts_with("2.974("));
    CHECK(text.find_first_of("0123456789", 6) == std::string::npos);  // no digits are claimed
  }
  CHECK(to_string(Measured{not_a_number, 0.1}).starts_with("nan"));
  CHECK(to_string(Measured{not_a_number, not_a_number}).starts_with("nan"));
  CHECK(to_string(Measured{-infinity, 0.1}).starts_with("-inf"));
}

TEST_CASE("huge and tiny numbers come out whole") {
  CHECK(to_string(Measured{3.1e-12, 2e-14}) == "0.00000000000310(2)");
  CHECK(to_string(Measured{6.02214076e23, 3e16}) == "602214080000000000000000(30000000000000000)");
  const std::string huge = to_string(Measured{1.5e308, 2e300});
  CHECK(huge.size() == 309 + 303);
  CHECK(huge.ends_with(")"));
  const std::string tiny = to_string(Measured{1e-290, 3e-295});
  CHECK(tiny.starts_with("0.000"));
  CHECK(tiny.ends_with("00000(3)"));
  const std::string both = to_string(Measured{3e200, 3e-200});  // far below the last bit of the value, but well formed
  CHECK(both.ends_with("(3)"));
  CHECK(both.find('.') == 201);
  const std::string denormal = to_string(Measured{1.0, 4e-320});
  CHECK(denormal.starts_with("1"));
  CHECK(denormal.find("inf") == std::string::npos);
  CHECK(denormal.find("nan") == std::string::npos);
}

TEST_CASE("random values and esds read back within half a unit of the last digit") {
  Random random(7);
  int two_digits = 0;
  for (int i = 0; i < 3000; ++i) {
    const double esd = std::pow(10.0, random.uniform(-9, 5));
    const double value = random.uniform(-1, 1) * std::pow(10.0, random.uniform(-6, 8));
    const std::string text = to_string(Measured{value, esd});
    CAPTURE(value);
    CAPTURE(esd);
    CAPTURE(text);
    const Parsed p = parse(text);
    // Above one the unit of rounding is in the trailing zeros of the esd.
    double unit = p.unit;
    while (p.unit == 1 && unit * 19.5 <= esd) unit *= 10;
    const double digits = p.unit == 1 ? p.esd_digits / unit : p.esd_digits;
    CHECK(digits == std::floor(digits));
    CHECK(digits >= 2);
    CHECK(digits <= 19);
    two_digits += digits > 9;
    const double slack = 1 + 1e-9;
    CHECK(std::abs(p.value - value) <= 0.5 * unit * slack + 1e-15 * std::abs(value));
    CHECK(std::abs(p.esd_digits * p.unit - esd) <= 0.5 * unit * slack);
  }
  CHECK(two_digits > 600);  // 1 to 1.95 of a decade is log10(1.95) = 29 %
  CHECK(two_digits < 1200);
}

TEST_CASE("the decimal sign is a point in every locale") {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
  const std::string old = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  CHECK(to_string(Measured{2.974213, 0.000051}) == "2.97421(5)");
  CHECK(to_string(Measured{12345.5}) == "12345.5");
  CHECK(to_string(Measured{1234567.0, 30.0}) == "1234570(30)");
  std::setlocale(LC_ALL, old.c_str());
  std::locale::global(before);
}
