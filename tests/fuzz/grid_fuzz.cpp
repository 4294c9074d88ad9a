// Any bytes as a volumetric grid: one clear error, or grids that are sound. The first byte chooses the reader.
#include <lamella/io/gaussian_cube.hpp>
#include <lamella/io/gzip.hpp>
#include <lamella/io/vasp_grid.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

namespace {

void check(const Error& error) {
  const std::string_view what = error.what();
  require(what.starts_with("grid:") && what.find("expected") != std::string_view::npos, "message", what);
  require(what.find('\n') == std::string_view::npos && what.size() < 300, "message of several lines or too long", what);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'z') {
    const auto unpacked = try_gunzip(text, "grid", 1 << 20);
    if (!unpacked) check(unpacked.error());
    else require(unpacked.value().size() <= 1 << 20, "length", text);
    return 0;
  }
  const auto read = data[0] == 'c' ? try_parse_cube(text, "grid") : try_parse_vasp_grid(text, VaspGrid::chgcar, "grid");
  if (!read) {
    check(read.error());
    return 0;
  }
  require(!read.value().grids.empty(), "grids", text);
  for (const auto& grid : read.value().grids) {
    require(is_valid(grid.cell) && grid.values.size() == grid.shape[0] * grid.shape[1] * grid.shape[2], "shape", text);
    require(grid.values.size() <= text.size(), "more values than characters", text);
    for (const double x : grid.values) require(std::isfinite(x), "value", text);
  }
  for (const auto& site : read.value().structure.sites)
    require(site.species.atomic_number != 0 && std::isfinite(site.position.x) && std::isfinite(site.position.y) && std::isfinite(site.position.z),
            "site", text);
  return 0;
}
