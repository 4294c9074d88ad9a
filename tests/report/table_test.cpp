#include <lamella/report/table.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace lamella;

static_assert(detail::display_width("d(O–Na–O) / Å") == 13);
static_assert(detail::display_width("a\xCC\x81") == 1);
static_assert(detail::split_at_point("2.9742(4)").before == "2");
static_assert(detail::split_at_point("-0.98").after == ".98");
static_assert(detail::split_at_point("−.5").before == "−");
static_assert(detail::split_at_point("126(3)").after == "(3)");
static_assert(detail::split_at_point("fixed").before == "fixed");
static_assert(detail::split_at_point("R3m").before == "R3m");

namespace {

ReportTable cell_table() {
  return {.caption = "Unit cell",
          .columns = {{"Parameter"}, {"Value", Align::decimal}, {"Start"}},
          .rows = {{"a / Å", Measured{2.97421, 0.00041}, "2.97"},
                   {"c / Å", Measured{15.9555, 0.002}, "16.0"},
                   {"points", "6762", ""},
                   {"r(slab, interslab)", "-0.98", "not refined"}},
          .notes = {"esds are scaled by GoF"}};
}

}  // namespace

TEST_CASE("numbers of one column have their decimal points in one place") {
  CHECK(to_text(cell_table()) ==
        "Unit cell\n"
        "\n"
        "Parameter                  Value  Start\n"
        "---------------------------------------------\n"
        "a / Å                  2.9742(4)  2.97\n"
        "c / Å                 15.956(2)   16.0\n"
        "points              6762\n"
        "r(slab, interslab)    -0.98       not refined\n"
        "esds are scaled by GoF\n");
}

TEST_CASE("a row of one cell is the heading of the rows below, which are indented") {
  const ReportTable table{.caption = "",
                          .columns = {{"Quantity"}, {"Verdict"}},
                          .rows = {{"HE"}, {"entropy", TableCell(Mark::good, "agrees")}, {"c", TableCell(Mark::bad, "disagrees")}},
                          .notes = {}};
  CHECK(to_text(table) ==
        "  Quantity  Verdict\n"
        "-----------------------\n"
        "HE\n"
        "  entropy   ✓ agrees\n"
        "  c         ✗ disagrees\n");
}

TEST_CASE("a long last column is wrapped at words below itself") {
  const ReportTable table{.caption = "",
                          .columns = {{"n", Align::decimal}, {"Why"}},
                          .rows = {{"1", "the slab and the interslab add up to a third of c"}},
                          .notes = {}};
  CHECK(to_text(table, 25) ==
        "n  Why\n"
        "-------------------------\n"
        "1  the slab and the\n"
        "   interslab add up to a\n"
        "   third of c\n");
  CHECK(to_text(table, 5).find("\n   interslab add up to\n") != std::string::npos);
}

TEST_CASE("a table without columns or with a ragged row is refused") {
  CHECK_THROWS_WITH_AS(to_text(ReportTable{}), "table '': it has no columns", Error);
  ReportTable ragged = cell_table();
  ragged.rows.push_back({"two", "cells"});
  CHECK_THROWS_WITH_AS(to_text(ragged), "table 'Unit cell', row 5: 2 cells, expected 3 or 1", Error);
}

TEST_CASE("a table as Markdown") {
  ReportTable table = cell_table();
  table.rows.insert(table.rows.begin() + 2, {"Fit | of_all"});
  CHECK(to_markdown(table) ==
        "**Unit cell**\n\n| Parameter | Value | Start |\n| --- | ---: | --- |\n| a / Å | 2.9742(4) | 2.97 |\n| c / Å | 15.956(2) | 16.0 |\n"
        "| **Fit \\| of\\_all** |  |  |\n| points | 6762 |  |\n| r(slab, interslab) | -0.98 | not refined |\n\nesds are scaled by GoF\n");
  table.rows.push_back({"one", "two"});
  CHECK_THROWS_AS(to_markdown(table), Error);
}
