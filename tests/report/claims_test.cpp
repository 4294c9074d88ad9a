#include <lamella/report/claims.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace lamella;

static_assert(to_string(Verdict::cannot_tell) == "cannot-tell");

TEST_CASE("claims are grouped by material and say their verdict in a sign and a word") {
  const std::array claims{
      Claim{"HE", "configurational entropy", "1.7", "1.696", "R", Verdict::agrees, "per TM site"},
      Claim{"HE", "retention", "77.1", "81.8", "%", Verdict::disagrees, "two places of the text differ"},
      Claim{"NFM", "d(104)", "2.17", "", "Å", Verdict::cannot_tell, "no a is given"}};
  const VerdictCount count = count_verdicts(claims);
  CHECK(count.agrees == 1);
  CHECK(count.disagrees == 1);
  CHECK(count.cannot_tell == 1);

  const ReportTable table = claims_table(claims);
  REQUIRE(table.rows.size() == 5);
  CHECK(table.rows[0].front().text == "HE");
  CHECK(table.rows[3].front().text == "NFM");
  CHECK(table.rows[4][2].text == "–");
  CHECK(table.rows[2][4].mark == Mark::bad);
  CHECK(to_text(table) ==
        "Reported and computed\n"
        "\n"
        "  Quantity                 Reported  Computed  Unit  Verdict        Why\n"
        "-------------------------------------------------------------------------------------------------\n"
        "HE\n"
        "  configurational entropy      1.7      1.696  R     ✓ agrees       per TM site\n"
        "  retention                   77.1     81.8    %     ✗ disagrees    two places of the text differ\n"
        "NFM\n"
        "  d(104)                       2.17     –      Å     ? cannot tell  no a is given\n");
}
