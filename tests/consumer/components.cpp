// A user's program with every optional component.
#include <lamella/version.hpp>

#include <gemmi/cif.hpp>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

int main() {
  const auto json = nlohmann::json::parse(R"({"a": 2.97})");
  const auto cif = gemmi::cif::read_string("data_x\n_cell_length_a 2.97\n");
  pugi::xml_document xml;
  const bool read = static_cast<bool>(xml.load_string("<a>2.97</a>"));
  return json["a"] == 2.97 && cif.blocks.size() == 1 && read ? 0 : 1;
}
