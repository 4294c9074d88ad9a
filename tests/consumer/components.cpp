// A user's program with every optional component.
#include <lamella/io/cif.hpp>
#include <lamella/io/pattern_file.hpp>
#include <lamella/io/xrdml.hpp>
#include <lamella/report/html_page.hpp>

int main() {
  const auto page = lamella::to_html(lamella::HtmlPage{.title = "a page"}.figure(nlohmann::json::object(), "a figure"));
  const auto cif = lamella::try_parse_cif("data_x\n_cell_length_a 2.97\n", "x.cif");  // has no atoms
  const auto xrdml = lamella::try_parse_xrdml("<a>2.97</a>", "x.xrdml");              // has no pattern
  const auto pattern = lamella::try_parse_pattern("x.dat", "no numbers");
  return page.find("a figure") != page.npos && !cif && !xrdml && !pattern ? 0 : 1;
}
