// Any bytes as a path of a nudged elastic band: one clear error, or a path with a finite barrier. The first byte chooses the reader.
#include <lamella/io/energy_path.hpp>
#include <lamella/io/energy_path_json.hpp>
#include <lamella/io/outcar_path.hpp>

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
  require(what.starts_with("a.dat:") && what.find("expected") != std::string_view::npos, "message", what);
  require(what.find('\n') == std::string_view::npos && what.size() < 600, "message of several lines or too long", what);
}

void check(const Result<EnergyPath>& result, std::string_view text) {
  if (!result) return check(result.error());
  const EnergyProfile profile(result.value());
  const auto& path = profile.path();
  require(path.size() >= 2 && path.energy.size() == path.size() && (path.force.empty() || path.force.size() == path.size()), "columns", text);
  require(std::isfinite(profile.barrier()) && profile.barrier() >= 0 && profile.reverse_barrier() >= 0, "barrier", text);
  require(profile.extrema().size() >= 2 && std::isfinite(profile.energy(path.distance[0])), "profile", text);
  for (const auto& e : profile.extrema())
    require(std::isfinite(e.energy) && e.distance >= path.distance.front() && e.distance <= path.distance.back(), "extremum", text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'j': check(try_parse_energy_path_json(text, "a.dat"), text); break;
    case 'o': {
      const auto image = try_parse_outcar_image(text, "a.dat");
      if (!image) {
        check(image.error());
        break;
      }
      require(std::isfinite(image.value().energy), "energy", text);
      const OutcarImage images[] = {image.value(), image.value(), image.value()};
      check(try_join_outcar_images(images, "a.dat"), text);
      break;
    }
    default: check(try_parse_energy_path(text, "a.dat"), text); break;
  }
  return 0;
}
