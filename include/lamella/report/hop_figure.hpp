// The energy along hops as a Vega-Lite specification.
#pragma once

#include <lamella/core/error.hpp>             // fail
#include <lamella/core/measured.hpp>          // detail::fixed
#include <lamella/migration/hop_network.hpp>  // HopNetwork, Hop

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace lamella::inline LAMELLA_ABI {

/// Energy (eV, above the start) against the distance along the path (Å): of each kind of hop the one with the lowest barrier.
/// `HtmlPage::figure` puts it into a report. Throws where the network has no hops.
inline nlohmann::json hop_figure(const HopNetwork& network) {
  using nlohmann::json;
  if (network.hops.empty()) fail("figure of hops: the network has none, expected a hop");
  json points = json::array();
  std::vector<HopKind> shown;
  for (const Hop& hop : network.hops) {
    if (std::find(shown.begin(), shown.end(), hop.kind) != shown.end()) continue;
    shown.push_back(hop.kind);
    const std::string name = std::string(to_string(hop.kind)) + ", " + detail::fixed(hop.barrier, 3) + " eV";
    for (const HopPoint& p : hop.profile) {
      if (!std::isfinite(p.distance) || !std::isfinite(p.energy)) fail("figure of hops: a profile with a number that is not finite");
      points.push_back({{"distance", p.distance}, {"energy", p.energy}, {"hop", name}});
    }
  }
  const json x{{"field", "distance"}, {"type", "quantitative"}, {"title", "distance along the path / Å"}};
  const json y{{"field", "energy"}, {"type", "quantitative"}, {"title", "energy above the site / eV"}};
  const json tooltip = json::array({{{"field", "hop"}, {"type", "nominal"}, {"title", "hop"}},
                                    {{"field", "distance"}, {"type", "quantitative"}, {"title", "distance / Å"}, {"format", ".3f"}},
                                    {{"field", "energy"}, {"type", "quantitative"}, {"title", "energy / eV"}, {"format", ".4f"}}});
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v5.json"},
          {"description", "Energy along " + std::to_string(shown.size()) + " kinds of hops"},
          {"width", "container"},
          {"height", 320},
          {"data", {{"values", points}}},
          {"mark", {{"type", "line"}, {"interpolate", "monotone"}, {"strokeWidth", 2}}},
          {"encoding",
           {{"x", x},
            {"y", y},
            {"color", {{"field", "hop"}, {"type", "nominal"}, {"title", "hop"}, {"sort", nullptr}}},
            {"order", {{"field", "distance"}}},
            {"tooltip", tooltip}}}};
}

}  // namespace lamella::inline LAMELLA_ABI
