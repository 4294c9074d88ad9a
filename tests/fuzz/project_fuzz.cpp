// Any bytes as a refinement project: one clear error, or a project that can be written, read again, and calculated or refused.
#include <lamella/io/project.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "require.hpp"

using namespace lamella;

namespace {

/// How much a project asks to calculate: too much is no fault, but no time for a fuzzer either.
bool is_small(const Project& project) {
  double volumes = 0;
  for (const auto& phase : project.model.phases) volumes += volume(phase.crystal.cell) * static_cast<double>(1 + phase.crystal.sites.size());
  double shortest = 1e9;
  for (const auto& line : project.model.diffractometer.radiation.lines()) shortest = std::min(shortest, line.wavelength);
  return project.pattern.size() < 200 && volumes < 2000 * std::pow(std::min(1.0, shortest), 3);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = try_parse_project(text, "p.json");
  if (!read) {
    const std::string_view what = read.error().what();
    require(what.starts_with("p.json") && what.find("expected") != std::string_view::npos, "message", what);
    require(what.find('\n') == std::string_view::npos && what.size() < 900, "message of several lines or too long", what);
    return 0;
  }
  const Project& project = read.value();
  require(!project.model.phases.empty() && project.pattern.size() >= 2, "phases or points", text);
  for (const double value : parameter_values(project.model)) require(std::isfinite(value), "parameter", text);
  for (const auto& f : project.free) require(!f.followers.empty() && f.lower <= f.upper, "free parameter", text);
  const std::string written = to_json(project).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto again = try_parse_project(written, "p.json");
  require(again.has_value(), again ? "" : again.error().what(), text);
  require(parameter_values(again.value().model) == parameter_values(project.model), "parameters change in the round trip", text);
  require(again.value().free.size() == project.free.size() && again.value().restraints.size() == project.restraints.size(), "round trip", text);
  if (!is_small(project)) return 0;
  double first = 0, second = 0;
  try {
    first = chi_square(project);
    second = chi_square(again.value());
  } catch (const Error& error) {  // a species without form factor, a phase without reflections
    require(std::string_view(error.what()).find('\n') == std::string_view::npos, "message of several lines", error.what());
    return 0;
  }
  require(first == second || (std::isnan(first) && std::isnan(second)), "chi-square changes in the round trip", text);
  return 0;
}
