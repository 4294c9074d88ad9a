#include <lamella/report/html_page.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

using namespace lamella;

namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

nlohmann::json small_figure() { return {{"data", {{"values", {1, 2.5}}}}, {"mark", "point"}}; }

/// The JSON of figure `number` as a browser reads it.
nlohmann::json embedded(const std::string& page, int number) {
  const std::string opening = "<script type=\"application/json\" id=\"figure-" + std::to_string(number) + "\">";
  const std::size_t from = page.find(opening) + opening.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script", from) - from), nullptr, false);
}

}  // namespace

TEST_CASE("text is escaped wherever it stands") {
  const std::string evil = "<b>\"a\" & 'b'</b><script>alert(1)</script>";
  const std::string safe = "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;";
  HtmlPage page{.title = evil, .subtitle = evil};
  page.heading(evil).paragraph(evil).note(evil).warning(evil).highlights({{evil, evil, evil}});
  page.table({.caption = evil,
              .columns = {{evil}, {evil, Align::decimal}},
              .rows = {{evil}, {evil, evil}, {TableCell(Mark::good, evil), TableCell(Mark::bad, evil)}},
              .notes = {evil}});
  page.details(evil, {html::Block{html::Paragraph{evil}}});
  const std::string document = to_html(page);
  CHECK(count(document, safe) == 21);
  CHECK_FALSE(contains(document, "<b>\"a\""));
  CHECK_FALSE(contains(document, "<script"));
}

TEST_CASE("what is no UTF-8 and control characters become the replacement character") {
  using detail::escape_html;
  CHECK(escape_html("d(O–Na–O) / Å, θ, 𝛼") == "d(O–Na–O) / Å, θ, 𝛼");
  CHECK(escape_html("a\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(escape_html("\xC3") == "\xEF\xBF\xBD");
  CHECK(escape_html("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(escape_html("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(escape_html(std::string("a\0b\tc\n", 6)) == "a\xEF\xBF\xBD" "b\tc\n");
}

TEST_CASE("a specification cannot end its script element and reads back as it was") {
  nlohmann::json figure = small_figure();
  figure["title"] = "</script><script>alert(1)</script><!-- \xE2\x80\xA8";
  HtmlPage page{.title = "t"};
  page.figure(figure, "c").figure(small_figure(), "d");
  const std::string document = to_html(page);
  CHECK_FALSE(contains(document, "alert(1)</script>"));
  CHECK(embedded(document, 1) == figure);
  CHECK(embedded(document, 2) == small_figure());
  CHECK(contains(document, "<figcaption><b>Figure 2.</b> d"));

  figure["title"] = "\xFF";
  HtmlPage broken{.title = "t"};
  broken.figure(figure, "c");
  CHECK(embedded(to_html(broken), 1)["title"] == "\xEF\xBF\xBD");
}

TEST_CASE("a number that is not finite never reaches a page") {
  for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    nlohmann::json figure = small_figure();
    figure["data"]["values"][1] = wrong;
    HtmlPage page{.title = "t"};
    page.figure(figure, "c");
    CHECK_THROWS_WITH_AS(to_html(page), "figure 1: the number at '/data/values/1' is not finite", Error);
  }
}

TEST_CASE("a table has its caption, headings, groups, aligned numbers and marks") {
  HtmlPage page{.title = "t"};
  page.table({.caption = "Cell",
              .columns = {{"Parameter"}, {"Value", Align::decimal}, {"Verdict"}},
              .rows = {{"Lattice"},
                       {"a / Å", Measured{2.97421, 0.00041}, TableCell(Mark::good, "agrees")},
                       {"n", "12", TableCell(Mark::open, "cannot tell")}},
              .notes = {"scaled"}});
  const std::string document = to_html(page);
  CHECK(contains(document, "<caption><b>Table 1.</b> Cell</caption>"));
  CHECK(contains(document, "<th scope=\"col\" class=\"number\">Value</th>"));
  CHECK(contains(document, "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"3\">Lattice</th></tr>"));
  CHECK(contains(document, "<td class=\"number\">2<span style=\"width:6.8ch\">.9742(4)</span></td>"));
  CHECK(contains(document, "<td class=\"number\">12<span style=\"width:6.8ch\"></span></td>"));
  CHECK(contains(document, "<td class=\"mark\"><span class=\"good\"><span class=\"sign\">✓</span>agrees</span></td>"));
  CHECK(contains(document, "<p>scaled</p>"));

  HtmlPage ragged{.title = "t"};
  ragged.table({.caption = "r", .columns = {{"a"}, {"b"}, {"c"}}, .rows = {{"1", "2"}}});
  CHECK_THROWS_AS(to_html(ragged), Error);
}

TEST_CASE("claims are counted and listed") {
  const std::array claims{Claim{"HE", "entropy", "1.7", "1.696", "R", Verdict::agrees, "per TM site"},
                          Claim{"HE", "c", "1", "2", "Å", Verdict::agrees, ""},
                          Claim{"HE", "a", "", "", "Å", Verdict::disagrees, ""}};
  HtmlPage page{.title = "t"};
  page.claims(claims);
  const std::string document = to_html(page);
  CHECK(contains(document, "<span class=\"good\" style=\"flex:2\"></span><span class=\"bad\" style=\"flex:1\"></span></div>"));
  CHECK(contains(document, "</span>2 agree</span>"));
  CHECK(contains(document, "</span>1 does not</span>"));
  CHECK(contains(document, "</span>0 cannot be told</span>"));
}

TEST_CASE("a page is the same whenever it is written, and without figures carries no script") {
  HtmlPage page{.title = "t"};
  page.paragraph("p");
  CHECK(to_html(page) == to_html(page));
  CHECK(count(to_html(page), "<script") == 0);
  page.figure(small_figure(), "c");
  CHECK(count(to_html(page), "<script") == 5);  // three of the CDN, the figure, the page's own
  CHECK(count(to_html(page), "</script>") == 5);
  CHECK(contains(to_html(page), "<!DOCTYPE html>\n<html lang=\"en\">"));
}

TEST_CASE("figures inside details are numbered with the others") {
  HtmlPage page{.title = "t"};
  page.details("more", {html::Block{html::Figure{small_figure(), "inner"}}}).figure(small_figure(), "outer");
  const std::string document = to_html(page);
  CHECK(contains(document, "<b>Figure 1.</b> inner"));
  CHECK(contains(document, "<b>Figure 2.</b> outer"));
}
