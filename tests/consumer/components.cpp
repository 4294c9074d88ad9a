// A user's program with every optional component.
#include <lamella/io/cif.hpp>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

int main() {
  const auto json = nlohmann::json::parse(R"({"a": 2.97})");
  const auto cif = lamella::try_parse_cif("data_x\n_cell_length_a 2.97\n", "x.cif");  // has no atoms
  pugi::xml_document xml;
  const bool read = static_cast<bool>(xml.load_string("<a>2.97</a>"));
  return json["a"] == 2.97 && !cif && read ? 0 : 1;
}
