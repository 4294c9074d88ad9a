// Any bytes as a POSCAR: one clear error, or a sound structure that survives the round trip.
#include <lamella/io/poscar.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = try_parse_poscar(text, "POSCAR");
  if (!read) {
    const std::string_view what = read.error().what();
    require(what.starts_with("POSCAR:") && what.find("expected") != std::string_view::npos, "message", what);
    require(what.find('\n') == std::string_view::npos && what.size() < 300, "message of several lines or too long", what);
    return 0;
  }
  const Structure<double>& s = read.value();
  require(is_valid(s.cell), "cell", text);
  require(!s.sites.empty() && s.space_group.order() == 1, "sites", text);
  for (const auto& site : s.sites) {
    require(!site.label.empty() && site.species.atomic_number != 0, "species", text);
    require(std::isfinite(site.position.x) && std::isfinite(site.position.y) && std::isfinite(site.position.z), "position", text);
  }
  const auto again = try_parse_poscar(to_poscar(s), "again");
  require(again.has_value(), again ? "" : again.error().what(), text);
  require(again.value().sites.size() == s.sites.size(), "atoms lost in the round trip", text);
  const double before = volume(s.cell), after = volume(again.value().cell);
  require(std::abs(after - before) <= 1e-6 * before, "volume changes in the round trip", text);
  return 0;
}
