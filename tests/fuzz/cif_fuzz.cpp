// Any bytes as a CIF: one clear error, or sound structures that survive the round trip and can be asked for their layers.
#include <lamella/io/cif.hpp>
#include <lamella/io/cif_writer.hpp>
#include <lamella/layered/measured_layers.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto all = try_parse_cif_structures(text, "a.cif");
  if (!all) {
    const std::string_view what = all.error().what();
    require(what.starts_with("a.cif") && what.find("expected") != std::string_view::npos, "message", what);
    require(what.find('\n') == std::string_view::npos && what.size() < 700, "message of several lines or too long", what);
    return 0;
  }
  require(!all.value().empty(), "no structure", text);
  const auto first = try_parse_measured_cif(text, "a.cif");
  require(first.has_value(), "no structure with esds", text);
  require(first.value().esds.sites.size() == first.value().structure.sites.size(), "sites of the esds", text);
  std::size_t atoms = 0;
  for (const auto& site : first.value().structure.sites) atoms += multiplicity(first.value().structure.space_group, site.position);
  for (const double esd : parameter_values(first.value().esds)) require(esd >= 0 && std::isfinite(esd), "esd", text);
  if (atoms <= 36)
    if (const auto layers = measure_layers(first.value())) {
      require(std::isfinite(layers->slab_thickness().value + layers->interslab_distance().value), "thickness", text);
      for (const auto& thickness : layers->thickness) require(thickness.esd >= 0, "esd of a thickness", text);
    }
  for (const Structure<double>& s : all.value()) {
    require(is_valid(s.cell), "cell", text);
    require(!s.sites.empty(), "sites", text);
    require(s.space_group.order() >= 1 && s.space_group.order() <= 192, "order", text);
    for (const auto& site : s.sites) {
      require(!site.label.empty() && site.species.atomic_number != 0, "species", text);
      require(std::isfinite(site.position.x) && std::isfinite(site.position.y) && std::isfinite(site.position.z), "position", text);
      require(site.occupancy >= 0 && site.u_iso >= 0 && std::isfinite(site.occupancy + site.u_iso), "occupancy or U", text);
      require(multiplicity(s.space_group, site.position) >= 1, "multiplicity", text);
    }
    const auto again = try_parse_cif(to_cif(s), "again.cif");
    require(again.has_value(), again ? "" : again.error().what(), text);
    require(again.value().sites.size() == s.sites.size(), "sites lost in the round trip", text);
    require(again.value().space_group.order() == s.space_group.order(), "group changes in the round trip", text);
  }
  return 0;
}
